"""Waiting for elements and following them: threads, event loops, and what ends a wait."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from chunkarray import ChunkArray, Follower
from support import IMPLEMENTATION, SCALE, run_together, scaled

SOON = 30  # seconds that nothing here takes, but on a machine that stands still


class Thread(threading.Thread):
    """A thread whose result, or exception, `join` gives."""

    def __init__(self, work, *arguments):
        super().__init__(daemon=True)
        self._work = work, arguments
        self._result = self._error = None
        self.start()

    def run(self):
        work, arguments = self._work
        try:
            self._result = work(*arguments)
        except BaseException as error:
            self._error = error

    def join(self, timeout=SOON):
        super().join(timeout)
        assert not self.is_alive(), "still waiting"
        if self._error:
            raise self._error
        return self._result


def until_somebody_waits(a, count=1):
    """Returns when `count` threads or tasks wait for the array."""
    end = time.monotonic() + SOON
    while len(a._waiters) < count:
        assert time.monotonic() < end
        time.sleep(0.001)


APPENDS = {
    "append": lambda a: a.append(5),
    "push": lambda a: a.push(5),
    "extend": lambda a: a.extend([5]),
    "extend from an iterator": lambda a: a.extend(iter([5])),
    "extend from an array": lambda a: a.extend(ChunkArray(a.dtype, [5])),
    "frombytes": lambda a: a.frombytes(ChunkArray(a.dtype, [5]).tobytes()),
    "+=": lambda a: a.__iadd__([5]),
    "commit": lambda a: commit(a),
    "appender": lambda a: through_appender(a),
}


def commit(a):
    with a.transaction():
        a.append(5)


def through_appender(a):
    with a.appender() as put:
        put(5)


# wait


def test_what_is_there_already():
    a = ChunkArray("F8", [1, 2, 3])
    assert a.wait(0) is True and a.wait(3) is True and a.wait(3, timeout=0) is True


def test_timeouts():
    a = ChunkArray("F8", [1, 2, 3])
    assert a.wait(4, 0) is False
    before = time.monotonic()
    assert a.wait(4, timeout=0.1) is False
    assert 0.09 < time.monotonic() - before < SOON
    a.append(4)
    assert a.wait(4, 0.1) is True
    assert not a._waiters


@pytest.mark.parametrize("dtype", ["F8", "S8", ">U2"])
@pytest.mark.parametrize("name", APPENDS)
def test_each_way_to_append_wakes(dtype, name):
    a = ChunkArray(dtype, [1, 2, 3], chunk_size=2)
    waiting = Thread(a.wait, 4)
    until_somebody_waits(a)
    APPENDS[name](a)
    assert waiting.join() is True
    assert a.tolist() == [1, 2, 3, 5]


def test_it_waits_for_all_of_them():
    a = ChunkArray("F8")
    waiting = Thread(a.wait, 10)
    until_somebody_waits(a)
    for k in range(9):
        a.append(k)
        time.sleep(0.001)
    assert waiting.is_alive()
    a.append(9)
    assert waiting.join() is True


def test_many_wait_for_different_lengths():
    a = ChunkArray("S8", chunk_size=4)
    reached = []

    def wait(n):
        assert a.wait(n) is True
        assert len(a) >= n
        reached.append(n)

    threads = [Thread(wait, n) for n in (7, 3, 20, 3, 12, 1)]
    until_somebody_waits(a, 6)
    for k in range(20):
        a.append(k)
    for thread in threads:
        thread.join()
    assert sorted(reached) == [1, 3, 3, 7, 12, 20] and not a._waiters


def test_elements_that_were_dropped_count():
    a = ChunkArray("S8", range(10), chunk_size=4)
    a.drop_front(8)
    assert len(a) == 2 and a.wait(10, 0) and not a.wait(11, 0)


def test_close_ends_waits():
    a = ChunkArray("F8")
    waiting = [Thread(a.wait, 5), Thread(a.wait, 500)]
    until_somebody_waits(a, 2)
    a.close()
    assert [thread.join() for thread in waiting] == [False, False]
    assert a.wait(5) is False and a.wait(0) is True


def test_freeze_ends_waits():
    a = ChunkArray("F8", [1])
    waiting = Thread(a.wait, 5)
    until_somebody_waits(a)
    a.freeze()
    assert waiting.join() is False and a.wait(5) is False and a.wait(1) is True


def test_shorter_arrays_are_waited_for_as_before():
    a = ChunkArray("F8", [1, 2, 3])
    waiting = Thread(a.wait, 5)
    until_somebody_waits(a)
    a.pop()
    a.clear()
    a.extend([1, 2, 3, 4])
    assert waiting.is_alive()
    a.append(5)
    assert waiting.join() is True


def test_what_a_transaction_appends_counts_when_it_is_over():
    a = ChunkArray("F8", [1])
    waiting = Thread(a.wait, 3)
    until_somebody_waits(a)
    with pytest.raises(KeyError):
        with a.transaction():
            a.extend([2, 3, 4])
            raise KeyError
    with a.transaction():
        a.extend([2, 3, 4])
        time.sleep(0.02)
        assert waiting.is_alive() and len(a) == 4
    assert waiting.join() is True


def test_waiting_begins_beside_a_transaction():
    a = ChunkArray("F8", [1])
    with a.transaction():
        a.append(2)
        waiting = Thread(a.wait, 2)
        until_somebody_waits(a)
        assert Thread(a.wait, 2, 0.01).join() is False
        assert waiting.is_alive()
    assert waiting.join() is True


def test_bad_arguments():
    a = ChunkArray("F8", [1])
    with pytest.raises(ValueError, match="^n is -1, but must not be negative$"):
        a.wait(-1)
    for timeout in (-1, -0.5, float("nan")):
        for action in (lambda: a.wait(5, timeout), lambda: a.follow(timeout=timeout)):
            with pytest.raises(ValueError, match="^timeout is "):
                action()
    for n in (1.0, "1", None):
        with pytest.raises(TypeError):
            a.wait(n)
    with pytest.raises(TypeError):
        a.wait(5, "1")
    with pytest.raises(TypeError):
        a.follow("1")
    with pytest.raises(ValueError, match="^start is 2, but the array ends at 1$"):
        a.follow(2)


def test_very_long_timeouts():
    a = ChunkArray("F8")
    waiting = [Thread(a.wait, 1, timeout) for timeout in (1e15, float("inf"))]
    until_somebody_waits(a, 2)
    a.append(1)
    assert [thread.join() for thread in waiting] == [True, True]


def test_waiting_inside_a_transaction():
    a, b = ChunkArray("F8", [1]), ChunkArray("F8", [1])
    with a.transaction():
        for n in (1, 2):
            with pytest.raises(RuntimeError, match="inside a transaction"):
                a.wait(n, 0.01)
        f = a.follow()
        assert next(f) == 1
        with pytest.raises(RuntimeError, match="inside a transaction"):
            next(f)
        assert b.wait(1)
    a.append(2)
    assert next(f) == 2


# follow


def test_what_is_there_and_what_comes():
    a = ChunkArray("S8", range(3), chunk_size=2)
    seen = []

    def follow():
        for x in a.follow():
            seen.append(x)

    follower = Thread(follow)
    for k in range(3, 50):
        a.append(k)
        if k % 10 == 0:
            until_somebody_waits(a)
    until_somebody_waits(a)
    a.close()
    follower.join()
    assert seen == list(range(50))


@pytest.mark.parametrize("name", APPENDS)
def test_each_way_to_append_wakes_followers(name):
    a = ChunkArray("F8", [1, 2, 3], chunk_size=2)
    f = a.follow(start=3)
    waiting = Thread(next, f)
    until_somebody_waits(a)
    APPENDS[name](a)
    assert waiting.join() == 5


def test_where_to_start():
    a = ChunkArray("S8", range(10))
    for start, first in ((None, 0), (0, 0), (4, 4), (9, 9), (-1, 9), (-3, 7), (-10, 0), (-99, 0)):
        f = a.follow(start)
        assert isinstance(f, Follower) and f.position == first
        assert next(f) == first and f.position == first + 1 and f.missed == 0
    assert list(a.follow(10, timeout=0)) == []
    a.drop_front(4)
    f = a.follow(1)
    assert next(f) == 4 and f.missed == 3
    assert next(a.follow()) == 4 and next(a.follow(-2)) == 8 and next(a.follow(-100)) == 4


def test_timeouts_end_a_follower():
    a = ChunkArray("F8", [1, 2])
    before = time.monotonic()
    f = a.follow(timeout=0.1)
    assert list(f) == [1, 2]
    assert 0.09 < time.monotonic() - before < SOON
    a.append(3)
    assert list(f) == [], "once at the end, always at the end"
    assert list(a.follow(f.position, timeout=0)) == [3]


def test_every_element_has_the_whole_timeout():
    a = ChunkArray("F8")

    def append():
        for k in range(5):
            time.sleep(0.1)
            a.append(k)

    appending = Thread(append)
    assert list(a.follow(timeout=5 * 0.1 + SOON / 30)) == [0, 1, 2, 3, 4]
    appending.join()


def test_freeze_gives_the_rest_and_ends():
    a = ChunkArray("F8", [1, 2])
    f = a.follow()
    assert next(f) == 1
    a.freeze()
    assert list(f) == [2]


def test_falling_behind():
    a = ChunkArray("S8", chunk_size=4, keep=8)
    a.extend(range(6))
    f = a.follow()
    assert [next(f), next(f)] == [0, 1]
    for k in range(6, 100):
        a.append(k)
    first = a.first
    rest = list(a.follow(f.position, timeout=0))
    assert rest == list(range(first, 100))
    assert next(f) == first and f.missed == first - 2
    a.drop_front(3)
    seen = [next(f)]
    assert seen == [a[0]] and f.missed == first - 2 + 2
    a.drop_front(len(a))
    a.append(100)
    assert next(f) == 100


def test_cut_below_what_was_read():
    a = ChunkArray("S8", range(10))
    f = a.follow(timeout=0.01)
    for _ in range(8):
        next(f)
    a.truncate(5)
    a.extend([50, 51])
    assert list(f) == [] and f.position == 7
    follower = a.follow(7)
    waiting = Thread(next, follower)
    until_somebody_waits(a)
    a.truncate(6)
    end = time.monotonic() + SOON
    while follower.position != 6:  # it has looked again at where the array ends
        assert time.monotonic() < end
        time.sleep(0.001)
    a.append(60)
    assert waiting.join() == 60


def test_clear_between_batches():
    a = ChunkArray("S8", chunk_size=4)
    seen = []

    def follow():
        for x in a.follow():
            seen.append(x)

    follower = Thread(follow)
    for batch in range(5):
        a.extend(range(10 * batch, 10 * batch + 10))
        end = time.monotonic() + SOON
        while len(seen) < 10 * batch + 10 or not a._waiters:
            assert time.monotonic() < end
            time.sleep(0.001)
        a.clear()
        while not a._waiters:  # it looks again at where the array ends
            assert time.monotonic() < end
            time.sleep(0.001)
    a.close()
    follower.join()
    assert seen == list(range(50))


def test_what_was_not_committed_is_not_given():
    a = ChunkArray("S8", chunk_size=4)
    seen = []

    def follow():
        for x in a.follow():
            seen.append(x)

    follower = Thread(follow)
    for k in range(scaled(300, least=30)):
        try:
            with a.transaction():
                a.extend([-1, -2, -3] if k % 3 else [k])
                if k % 3:
                    raise KeyError
        except KeyError:
            pass
    a.append(10**6)
    end = time.monotonic() + SOON
    while not seen or seen[-1] != 10**6:
        assert time.monotonic() < end
        time.sleep(0.001)
    a.close()
    follower.join()
    assert seen == [*range(0, scaled(300, least=30), 3), 10**6]


@pytest.mark.parametrize("dtype, keep", [("S8", None), ("F8", None), ("S8", 64)])
def test_many_followers_beside_many_appenders(dtype, keep):
    a = ChunkArray(dtype, chunk_size=16, keep=keep)
    each = scaled(2000, least=100)
    appenders = 4
    results = []

    def follow():
        f = a.follow()
        seen = []
        for x in f:
            if x < 0:
                break
            seen.append(x)
        results.append((seen, f.missed))

    async def follow_in_loop():
        f = a.follow()
        seen = []
        async for x in f:
            if x < 0:
                break
            seen.append(x)
        results.append((seen, f.missed))

    async def three():
        await asyncio.gather(*(follow_in_loop() for _ in range(3)))

    followers = [Thread(follow) for _ in range(3)]
    followers += [Thread(lambda: asyncio.run(three())) for _ in range(2)]
    until_somebody_waits(a, 9)

    def append(t):
        def run():
            for k in range(each):
                a.append(t * each + k)

        return run

    run_together(*map(append, range(appenders)))
    a.append(-1)
    for follower in followers:
        follower.join()
    assert len(results) == 9
    for seen, missed in results:
        assert len(seen) + missed == appenders * each
        assert len(set(seen)) == len(seen)
        if not keep:
            assert seen == a.tolist()[:-1]
    assert not a._waiters


def test_a_follower_keeps_no_dead_threads():
    a = ChunkArray("F8")
    for _ in range(20):
        assert list(a.follow(timeout=0)) == []
        a.wait(5, 0)
    assert not a._waiters


# async for


def test_async_for():
    a = ChunkArray("S8", range(3))

    async def follow():
        seen = []
        async for x in a.follow():
            seen.append(x)
            if x == 9:
                return seen

    async def both():
        following = asyncio.ensure_future(follow())
        for k in range(3, 10):
            await asyncio.sleep(0.001)
            a.append(k)
        return await following

    assert asyncio.run(both()) == list(range(10))
    assert not a._waiters


def test_async_for_with_a_timeout():
    a = ChunkArray("F8", [1])

    async def follow():
        return [x async for x in a.follow(timeout=0.05)]

    assert asyncio.run(follow()) == [1] and not a._waiters


def test_async_for_woken_by_another_thread():
    a = ChunkArray("F8")
    ticks = []

    async def tick():
        while True:
            ticks.append(1)
            await asyncio.sleep(0.001)

    async def follow():
        ticking = asyncio.ensure_future(tick())
        seen = [x async for x in a.follow()]
        ticking.cancel()
        return seen

    following = Thread(lambda: asyncio.run(follow()))
    for k in range(20):
        until_somebody_waits(a)
        a.append(k)
    until_somebody_waits(a)
    a.close()
    assert following.join() == list(range(20))
    assert ticks, "the loop went on meanwhile"


def test_a_cancelled_task():
    a = ChunkArray("F8")

    async def follow():
        async for _ in a.follow():
            pass

    async def cancel():
        task = asyncio.ensure_future(follow())
        await asyncio.sleep(0.01)
        assert len(a._waiters) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert not a._waiters
    a.append(1)


def test_a_loop_that_was_closed_while_a_task_waited():
    a = ChunkArray("F8")

    async def follow():
        async for _ in a.follow():
            pass

    loop = asyncio.new_event_loop()
    task = loop.create_task(follow())
    loop.run_until_complete(asyncio.sleep(0.01))
    waiters = len(a._waiters)
    task._log_destroy_pending = False
    loop.close()
    assert waiters == 1
    a.append(1)
    assert len(a) == 1
    del task
    gc.collect()


def test_async_inside_a_transaction():
    a = ChunkArray("F8")

    async def follow():
        with a.transaction():
            async for _ in a.follow():
                pass

    with pytest.raises(RuntimeError, match="inside a transaction"):
        asyncio.run(follow())


# Exceptions and signals.


def test_the_exception_of_an_appending_signal_handler_leaves_nobody_asleep():
    """`_wake` runs Python code, in which a handler may raise: those who wait are woken all the same."""
    a = ChunkArray("F8")
    waiting = Thread(a.wait, 1)
    until_somebody_waits(a)
    (waiter,) = a._waiters
    wake, calls = waiter.wake, []

    def interrupted():
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        wake()

    waiter.wake = interrupted
    with pytest.raises(KeyboardInterrupt):
        a.append(1)
    assert waiting.join() is True and len(a) == 1


INTERRUPTED = """
import sys, asyncio
from chunkarray import ChunkArray
a = ChunkArray("F8")
b = ChunkArray("F8", [1])
async def loop():
    async for x in a.follow():
        pass
ways = {
    "wait": lambda: a.wait(5),
    "timeout": lambda: a.wait(5, 100),
    "follow": lambda: list(a.follow()),
    "async": lambda: asyncio.run(loop()),
}
print("ready", flush=True)
try:
    ways[sys.argv[1]]()
except KeyboardInterrupt:
    a.append(1)
    print("interrupted", len(a), len(a._waiters), flush=True)
"""


# Seen on GraalPy 24.2 and 25.0 without chunkarray: asyncio.run() of a bare future outlives four Ctrl-C in a minute. A
# handler for SIGINT runs when select.select() has timed out, and not before; in time.sleep() it runs at once.
NOT_GRAALPY = pytest.mark.skipif(
    IMPLEMENTATION == "graalpy", reason="needs signal handlers that run while select() waits, as an event loop does"
)
ASYNC = pytest.param("async", marks=NOT_GRAALPY)


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("way", ["wait", "timeout", "follow", ASYNC] if SCALE > 0.1 else ["wait", ASYNC])
def test_control_c_ends_a_wait(way):
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, way], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "ready\n"
        output = None
        for pause in (0.3, 1, 3, 6, 12):  # the first may come before the wait began, where asyncio sets its handler
            time.sleep(pause)
            process.send_signal(signal.SIGINT)
            try:
                output = process.communicate(timeout=20 if IMPLEMENTATION == "graalpy" else 5)[0]
                break
            except subprocess.TimeoutExpired:
                pass
        assert output == "interrupted 1 0\n"
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")
def test_a_signal_handler_that_appends():
    a = ChunkArray("F8")
    # RustPython runs the handler when the wait is over.
    long = 1 if IMPLEMENTATION == "rustpython" else SOON

    def append(number, frame):
        a.append(7)

    before = signal.signal(signal.SIGALRM, append)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert a.wait(1, timeout=long) is True
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert next(a.follow(start=1, timeout=long)) == 7
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_waiting_costs_no_processor_time():
    a = ChunkArray("F8")
    spent = []

    def wait():
        before = time.thread_time()
        a.wait(1)
        spent.append(time.thread_time() - before)

    waiting = Thread(wait)
    until_somebody_waits(a)
    time.sleep(0.5)
    a.append(1)
    waiting.join()
    assert spent[0] < 0.2
