"""What happens between any two steps of an operation: code of other threads, signal handlers and finalisers.

A trace function stands for them: it runs at each line of Python that an operation consists of. Where operations are
native there are no such lines, and the tests see nothing special.
"""

import os
import sys
import threading

import pytest

import chunkarray
from chunkarray import ChunkArray
from support import ABOUT, HOST, IMPLEMENTATION, needs_waiting_inside_calls, run_together, scaled

OURS = os.path.dirname(chunkarray.__file__)

KINDS = [("F8", {}), ("S2", {"growth": "fixed", "chunk_size": 2}), ("F4", {"capacity": 7})]
KINDS_AND_NAMES = {"argnames": "dtype, options", "argvalues": KINDS, "ids": ["double", "fixed", "front"]}


def interrupted(step, work, operation):
    """Calls `operation`, and `work` amid it, at the line of the package's own code that has the number `step`. Whether
    there was one."""
    left = step

    def trace(frame, event, argument):
        nonlocal left
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            left -= 1
            if left == -1:
                work()
        return trace

    sys.settrace(trace)
    try:
        operation()
    finally:
        sys.settrace(None)
    return left < 0


def at_every_step(test):
    """Calls `test(step)` until there is no such step."""
    step = 0
    while test(step):
        step += 1


def add_amid_additions(a, way, value):
    """Adds value(1), value(2), ... to an array by "append" or "put", each second one at another step of the one before
    it. How many there are."""
    count = 0

    def one(add):
        nonlocal count
        count += 1
        add(value(count))

    def run(add):
        at_every_step(lambda step: interrupted(step, lambda: one(add), lambda: one(add)))

    if way == "put":
        with a.appender() as put:
            run(put)
    else:
        run(a.append)
    return count


@pytest.fixture
def quick_switches():
    """Threads take turns as often as they can. GraalPy would do little else for minutes."""
    if not hasattr(sys, "setswitchinterval") or IMPLEMENTATION == "graalpy":
        yield
        return
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.skipif(HOST == "python", reason="needs appends that nothing comes amid, which the twin's are not")
@pytest.mark.parametrize(**KINDS_AND_NAMES)
@pytest.mark.parametrize("way", ["append", "put"])
def test_appends_amid_appends_of_one_thread(dtype, options, way):
    a, kind = ChunkArray(dtype, **options), type(ChunkArray(dtype, [1])[0])
    count = add_amid_additions(a, way, kind)
    assert sorted(a) == list(range(1, count + 1))


OTHERS = {
    "append": lambda a: a.append(2),
    "push": lambda a: a.push(2),
    "extend": lambda a: a.extend([2, 2]),
    "clear": lambda a: a.clear(),
    "pop": lambda a: a.pop(),
    "drop_front": lambda a: a.drop_front(1),
    "freeze": lambda a: a.freeze(),
    "close": lambda a: a.close(),
}


def transaction(a):
    with a.transaction():
        a.append(2)


def appender(a):
    with a.appender() as put:
        put(2)


OTHERS.update(transaction=transaction, appender=appender)


@pytest.mark.parametrize(**KINDS_AND_NAMES)
@pytest.mark.parametrize("other", OTHERS)
def test_another_thread_amid_an_append(dtype, options, other, quick_switches):
    """It begins at each step in turn, and has a while to do what it can before the step is over."""

    def test(step):
        a, kind = ChunkArray(dtype, **options), type(ChunkArray(dtype, [1])[0])
        a.append(kind(1))
        thread = threading.Thread(target=lambda: OTHERS[other](a))
        outcome = []

        def work():
            thread.start()
            thread.join(0.002)

        def append():
            try:
                outcome.append(a.push(kind(3)))
            except (ValueError, RuntimeError) as error:  # frozen, closed, an appender is open
                outcome.append(error)

        there = interrupted(step, work, append)
        if there:
            thread.join()
        found = a.tolist()
        assert len(found) == len(a)
        added = {"extend": 2, "append": 1, "push": 1, "transaction": 1, "appender": 1}.get(other, 0) if there else 0
        assert found.count(2) == added
        if added == 2:
            assert abs(found.index(2) - (len(found) - 1 - found[::-1].index(2))) == 1
        if added or not there:
            assert found.count(1) == 1
            assert found.count(3) == (not isinstance(outcome[0], Exception))
        elif other == "close":
            assert not found
        else:
            assert found in ([1], [3], [1, 3], []), found
        return there

    at_every_step(test)


@pytest.mark.skipif(HOST == "python", reason="needs memory that is not Python's")
@needs_waiting_inside_calls
@pytest.mark.parametrize("give_back", ["close", "shrink", "drop_front"])
@pytest.mark.parametrize(
    "options",
    [{"capacity": 200_000}, {"chunk_size": 4}, {"chunk_size": 4, "growth": "fixed"}],
    ids=["front", "double", "fixed"],
)
def test_memory_that_is_given_back_beside_readers(options, give_back, quick_switches):
    """Readers see elements or their end, and never memory that is gone."""
    if IMPLEMENTATION == "graalpy" and ("capacity" not in options or give_back != "close"):
        pytest.skip("needs threads that take turns sooner than GraalPy's: it takes minutes")
    count = 140_000 if "capacity" in options else 3_000
    content = ChunkArray("F8", [7.0]).tobytes() * count
    arrays = [None]
    over = threading.Event()

    def read(each):
        def run():
            while not over.is_set():
                a = arrays[0]
                if a is not None:
                    try:
                        each(a)
                    except (IndexError, ValueError):
                        pass

        return run

    def items(a):
        for k in range(len(a) - 5, len(a)):
            assert a[k] == 7.0

    def last(a):
        assert a[-1] == 7.0

    def iterator(a):
        for k, value in enumerate(a):
            assert value == 7.0
            if k > 50:
                break

    def window(a):
        for value in a[-50:-1]:
            assert value == 7.0

    def write(a):
        a[-1] = 7.0

    def change():
        try:
            for _ in range(scaled(20, least=2)):
                a = ChunkArray("F8", b"", **options)
                a.frombytes(content)
                arrays[0] = a
                for _ in range(3):
                    if give_back == "close":
                        a.close()
                        break
                    if give_back == "shrink":
                        a.truncate(len(a) // 2)
                    else:
                        a.drop_front(len(a) // 2)
                    a.shrink()
        finally:
            over.set()

    run_together(change, *map(read, (items, last, iterator, window, write)))


@pytest.mark.skipif(ABOUT["free_threaded"], reason="needs an interpreter lock, by which readers are kept away")
def test_memory_that_is_given_back_where_nobody_reads():
    if threading.active_count() > 1:
        pytest.skip("needs a process without other threads, which an earlier test left")
    a = ChunkArray("F8", [1.0] * 100_000)
    before = a.committed_bytes
    assert before >= 800_000
    a.truncate(1000)
    a.shrink()
    assert a.committed_bytes < before / 2
    a.close()
    assert a.committed_bytes <= before / 4
