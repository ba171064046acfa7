"""Many threads through whichever door there is: every value is there exactly once, whoever reads or looks meanwhile.

How many each of the 8 threads appends, of what CHUNKARRAY_TEST_SCALE does not change:

==================================  ============  ==========================================
interpreter                         chunks of 2,  chunks of 2, growth fixed; of 1024 and up,
                                    4, 8, ..      growth double
==================================  ============  ==========================================
CPython and PyPy                       1,000,000                                     100,000
GraalPy                                   10,000                                       1,000
the twin (CHUNKARRAY_HOST=python)         10,000                                       1,000
HPy's debug mode                           2,000                                         200
==================================  ============  ==========================================
"""

import itertools
import os
import random
import sys
import threading
import time

import pytest

from chunkarray import ChunkArray
from support import HOST, IMPLEMENTATION, needs_waiting_inside_calls, run_together

THREADS = 8
SCALE = float(os.environ.get("CHUNKARRAY_TEST_SCALE") or 1)
if HOST in ("python", "debug"):
    SCALE *= {"python": 0.01, "debug": 0.002}[HOST]
else:
    SCALE *= {"graalpy": 0.01}.get(IMPLEMENTATION, 1)

# GraalPy never frees what memoryview() was called with: hundreds of thousands of views would make each collection of all
# later tests take seconds.
PAUSE = 0.01 if IMPLEMENTATION == "graalpy" else 0


def count(full):
    return max(100, int(full * SCALE))


@pytest.fixture(params=["as it is", "a microsecond"])
def switching(request):
    """How often the interpreter lets another thread go on, where it can be told."""
    if request.param == "as it is":
        yield
        return
    if not hasattr(sys, "setswitchinterval"):
        pytest.skip("needs sys.setswitchinterval")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


class Bystanders:
    """Threads that read and look until the work is done, and find nothing that was not appended: values are ints from
    0 to `stop`."""

    def __init__(self, array, stop):
        self.array = array
        self.stop = stop
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(work,)) for work in (self._read, self._look)]
        self.rounds = {}
        self.errors = []

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self.over.set()
        for thread in self.threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def _run(self, work):
        try:
            work()
        except BaseException as error:
            self.errors.append(error)

    def check(self, value):
        assert type(value) is int and 0 <= value < self.stop, value

    def _read(self):
        """Single elements, iterators, lengths: an element never changes, and the length never shrinks."""
        a, chance, known, before = self.array, random.Random(5), {}, 0
        while not self.over.is_set():
            length = len(a)
            assert length >= before
            before = length
            if not length:
                continue
            index = chance.randrange(length)
            known[index] = a[index]
            self.check(known[index])
            self.check(a[-1])
            self.check(a[length - 1])
            for value in itertools.islice(a, 50):
                self.check(value)
            for value in a[-20:]:
                self.check(value)
            if len(known) > 200:
                assert all(a[index] == value for index, value in known.items())
                known.clear()
        assert all(a[index] == value for index, value in known.items())

    def _look(self):
        """Chunks and memoryviews of them: what a view has shown stays."""
        a, kept = self.array, []
        while not (self.over.wait(PAUSE) if PAUSE else self.over.is_set()):
            start = len(a) - 64
            if start < 0:
                continue
            for chunk in a[start : start + 64].chunks():
                view = memoryview(chunk).cast("B").cast("q")
                values = view.tolist()
                assert len(values) == len(chunk)
                for value in values:
                    self.check(value)
                if len(kept) < 500:
                    kept.append((chunk, view, values))
            if len(a) < 5000:
                chunks = a.chunks()
                assert [chunk.start for chunk in chunks] == sorted(chunk.start for chunk in chunks)
                assert sum(map(len, chunks)) >= start + 64
        for chunk, view, values in kept:
            assert view.tolist() == values == a[chunk.start : chunk.start + len(chunk)].tolist()


def every_value_once(a, total):
    """Whether the ints from 0 to `total` are in the array, each of them once."""
    assert len(a) == total
    a.sort()
    assert a.tobytes() == ChunkArray("S8", range(total)).tobytes()


@pytest.mark.parametrize(
    "options, full",
    [
        ({"chunk_size": 2}, 1_000_000),
        ({}, 100_000),
        ({"chunk_size": 2, "growth": "fixed"}, 100_000),
    ],
    ids=["2-double", "1024-double", "2-fixed"],
)
def test_appends(options, full, switching):
    a, each = ChunkArray("S8", **options), count(full)

    def worker(start):
        def run():
            append = a.append
            for value in range(start, start + each):
                append(value)

        return run

    with Bystanders(a, THREADS * each):
        run_together(*(worker(each * t) for t in range(THREADS)))
    every_value_once(a, THREADS * each)


@needs_waiting_inside_calls
@pytest.mark.parametrize("growth", ["double", "fixed"])
def test_a_bit_of_everything(growth, switching):
    """Appends, pushes, extends from each kind of source, and transactions that fail or not: each block of an extend is
    adjacent, each push has the index that it gave, nothing of what failed is there."""
    a, each = ChunkArray("S8", chunk_size=2, growth=growth), count(30_000)
    total = THREADS * each
    failed = total  # a value that is only ever appended in vain
    pushed, blocks = [], []

    def appends(start):
        for value in range(start, start + each):
            a.append(value)

    def pushes(start):
        for value in range(start, start + each):
            pushed.append((a.push(value), value))

    def extends(start):
        value, stop, kinds = start, start + each, itertools.cycle([list, iter, lambda v: ChunkArray("S8", v), tuple])
        while value < stop:
            size = min(7, stop - value)
            block = list(range(value, value + size))
            a.extend(next(kinds)(block))
            blocks.append((value, size))
            value += size

    def transactions(start):
        value, stop = start, start + each
        while value < stop:
            size = min(5, stop - value)
            with a.transaction():
                for k in range(size):
                    a.append(value + k)
            value += size
            try:
                with a.transaction():
                    a.append(failed)
                    a.extend([failed] * 3)
                    raise ZeroDivisionError
            except ZeroDivisionError:
                pass

    works = [appends, appends, appends, pushes, pushes, extends, extends, transactions]

    def worker(t):
        return lambda: works[t](t * each)

    run_together(*map(worker, range(THREADS)))
    place = {value: index for index, value in enumerate(a)}
    assert all(place[value] == index for index, value in pushed)
    assert all(place[value + k] == place[value] + k for value, size in blocks for k in range(size))
    every_value_once(a, total)


@pytest.mark.parametrize("growth", ["double", "fixed"])
def test_appenders_by_turns(growth, switching):
    """Threads that take turns at an array's appender, and others that append when there is none. Few values: most of
    the time goes by with waiting for a turn."""
    a, each = ChunkArray("S8", chunk_size=2, growth=growth), count(2_000)

    def until_it_goes(action):
        while True:
            try:
                return action()
            except RuntimeError as error:
                assert "an appender of this array is open" in str(error)
                time.sleep(1e-4)  # which lets the others go on, on every interpreter

    def puts(start):
        def run():
            value, stop = start, start + each
            while value < stop:
                size = min(100, stop - value)

                def block():
                    with a.appender() as put:
                        first = len(a)
                        for k in range(size):
                            put(value + k)
                        assert len(a) == first + size and a[-1] == value + size - 1 and a[first] == value

                until_it_goes(block)
                value += size

        return run

    def appends(start):
        def run():
            for value in range(start, start + each):
                until_it_goes(lambda: a.append(value))

        return run

    with Bystanders(a, THREADS * each):
        run_together(*((puts if t % 2 else appends)(t * each) for t in range(THREADS)))
    every_value_once(a, THREADS * each)


@pytest.mark.parametrize("options", [{}, {"chunk_size": 2}, {"chunk_size": 2, "growth": "fixed"}])
def test_one_appender_beside_readers(options, switching):
    a, each = ChunkArray("S8", **options), count(100_000)
    with Bystanders(a, each):
        with a.appender() as put:
            for value in range(each):
                put(value)
    assert a.tobytes() == ChunkArray("S8", range(each)).tobytes()
