"""Transactions: appends that all stay or none, alone, nested, and beside other threads."""

import threading
import time

import pytest

from chunkarray import ChunkArray
from support import needs_numpy, needs_waiting_inside_calls, run_together, scaled

THREADS = 8


def make(n=10, dtype="S8", **options):
    options.setdefault("chunk_size", 4)
    return ChunkArray(dtype, range(n), **options)


class Oops(Exception):
    pass


@pytest.mark.parametrize("dtype", ["F8", "S8", "U1", ">S4"])
@pytest.mark.parametrize("growth", ["double", "fixed"])
def test_what_an_exception_undoes(dtype, growth):
    a = make(dtype=dtype, growth=growth)
    with pytest.raises(Oops):
        with a.transaction():
            a.append(1)
            assert a.push(2) == 11
            a.extend([3] * 50)
            a.frombytes(bytes(3 * a.itemsize))
            a += [4]
            assert len(a) == 66
            raise Oops
    assert a.tolist() == list(range(10))
    a.append(5)
    assert a.tolist() == [*range(10), 5]


def test_what_stays():
    a = make()
    with a.transaction() as t:
        assert t.array is a
        a.append(10)
        a.extend([11, 12])
    assert a.tolist() == list(range(13))
    with a.transaction():
        pass
    a.append(13)
    assert len(a) == 14


def test_an_empty_array():
    a = ChunkArray("F8")
    with pytest.raises(Oops):
        with a.transaction():
            a.append(1.0)
            raise Oops
    assert a.tolist() == [] and a.first == 0
    with a.transaction():
        a.append(1.0)
    assert a.tolist() == [1.0]


def test_bad_values_inside():
    a = make(dtype="U1")
    with a.transaction():
        a.append(1)
        with pytest.raises(OverflowError):
            a.extend([2, 300])
        with pytest.raises(TypeError):
            a.append("x")
    assert a.tolist() == [*range(10), 1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration])
def test_exceptions_pass_through(error):
    a = make()
    with pytest.raises(error):
        with a.transaction():
            a.append(1)
            raise error
    assert len(a) == 10


def test_nested():
    a = make(1)
    with a.transaction():
        a.append(1)
        with a.transaction():
            a.append(2)
        with pytest.raises(Oops):
            with a.transaction():
                a.append(3)
                with a.transaction():
                    a.append(4)
                raise Oops
        a.append(5)
    assert a.tolist() == [0, 1, 2, 5]
    with pytest.raises(Oops):
        with a.transaction():
            with a.transaction():
                a.append(6)
            raise Oops
    assert a.tolist() == [0, 1, 2, 5]


def test_taking_away_what_was_put_in():
    a = make()
    with a.transaction():
        a.extend([1, 2, 3, 4])
        assert a.pop() == 4
        a.truncate(12)
        mark = a.save()
        a.append(9)
        a.rewind(mark)
        del a[-1]
    assert a.tolist() == [*range(10), 1]


def test_taking_away_what_was_there_before():
    a = make()
    before = a.save()
    a.append(10)
    refused = [
        a.pop,
        a.clear,
        a.reset,
        a.close,
        a.shrink,
        lambda: a.truncate(5),
        lambda: a.drop_front(1),
        lambda: a.rewind(before),
        lambda: a.__delitem__(-1),
        lambda: a.__delitem__(slice(2, None)),
        lambda: a.freeze(),
    ]
    with a.transaction():
        for action in refused:
            if action is a.shrink or action == a.shrink:
                continue
            with pytest.raises(RuntimeError, match="transaction"):
                action()
            assert a.tolist() == list(range(11))
        a.append(11)
    with a.transaction():
        with a.transaction():
            with pytest.raises(RuntimeError, match="transaction"):
                a.pop()
    assert a.tolist() == list(range(12)) and not a.closed and not a.frozen


def test_item_assignment_is_not_undone():
    a = make(3)
    with pytest.raises(Oops):
        with a.transaction():
            a[0] = 70
            a[1:3] = [71, 72]
            a.fetch_add(2, 1)
            raise Oops
    assert a.tolist() == [70, 71, 73]


def test_ended_out_of_order():
    a = make(2)
    outer, inner = a.transaction(), a.transaction()
    outer.__enter__()
    a.append(2)
    inner.__enter__()
    a.append(3)
    with pytest.raises(RuntimeError, match="ended before one inside it"):
        outer.__exit__(None, None, None)
    assert a.tolist() == [0, 1]
    with pytest.raises(RuntimeError, match="transaction is over"):
        inner.__exit__(None, None, None)
    with a.transaction():
        a.append(4)
    assert a.tolist() == [0, 1, 4]


def test_generators_that_end_in_the_wrong_order():
    a = make(0)

    def adds(x):
        with a.transaction():
            a.append(x)
            yield

    one, two = adds(1), adds(2)
    next(one)
    next(two)
    with pytest.raises(RuntimeError, match="ended before one inside it"):
        one.close()
    with a.transaction():
        with a.transaction():
            a.append(5)
            with pytest.raises(RuntimeError, match="transaction is over"):
                two.close()
    assert a.tolist() == [5]


def test_one_object_twice():
    a = make(0)
    t = a.transaction()
    with t:
        with pytest.raises(RuntimeError, match="begun already"):
            t.__enter__()
        a.append(1)
    with t:
        a.append(2)
    with pytest.raises(RuntimeError, match="never began"):
        a.transaction().__exit__(None, None, None)
    assert a.tolist() == [1, 2]


def test_a_transaction_ends_in_its_own_thread():
    a = make(0)
    t = a.transaction()
    t.__enter__()
    a.append(1)

    def end():
        with pytest.raises(RuntimeError, match="another thread"):
            t.__exit__(None, None, None)

    run_together(end)
    assert a.tolist() == [1]
    t.__exit__(None, None, None)
    run_together(lambda: a.append(2))
    assert a.tolist() == [1, 2]


def test_without_waiting():
    a = make(0)
    begun, go_on = threading.Event(), threading.Event()

    def hold():
        with a.transaction():
            a.append(1)
            begun.set()
            assert go_on.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert begun.wait(30)
    try:
        for _ in range(3):
            with pytest.raises(BlockingIOError):
                with a.transaction(wait=False):
                    raise AssertionError
    finally:
        go_on.set()
        holder.join()
    with a.transaction(wait=False):
        a.append(2)
        with a.transaction(wait=False):
            a.append(3)
    assert a.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "action",
    [
        lambda a: a.append(7),
        lambda a: a.push(7),
        lambda a: a.extend([7]),
        lambda a: a.frombytes(ChunkArray("S8", [7]).tobytes()),
        lambda a: a.extend(range(7, 8)),
        lambda a: a.transaction().__enter__().__exit__(None, None, None) or a.append(7),
    ],
)
def test_others_wait(action):
    a = make(0)
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def hold():
        with pytest.raises(Oops):
            with a.transaction():
                begun.set()
                assert go_on.wait(30)
                a.extend([1, 2, 3])
                raise Oops

    def act():
        action(a)
        done.set()

    holder = threading.Thread(target=hold)
    holder.start()
    assert begun.wait(30)
    other = threading.Thread(target=act)
    other.start()
    assert not done.wait(0.05) and len(a) == 0
    go_on.set()
    other.join(30)
    holder.join(30)
    assert done.is_set() and a.tolist() == [7]


def test_readers_do_not_wait():
    a = make(3)

    def read():
        assert a[0] == 0 and a[-1] == 3 and a.tolist() == [0, 1, 2, 3] and len(a) == 4
        a[0] = 0
        assert a.fetch_add(1, 0) == 1
        a.chunks()

    with a.transaction():
        a.append(3)
        run_together(read)


def test_one_array_inside_another():
    a, b = make(1), make(1)
    with pytest.raises(Oops):
        with a.transaction():
            a.append(1)
            with b.transaction():
                b.append(2)
            raise Oops
    assert a.tolist() == [0] and b.tolist() == [0, 2]


def test_views_while_it_is_undone():
    a = make(6, growth="fixed")
    chunks = a.chunks()
    view = memoryview(chunks[1]).cast("B").cast("q")
    with pytest.raises(Oops):
        with a.transaction():
            a.extend([60, 61, 62])
            inside = memoryview(a.chunks()[1]).cast("B").cast("q")
            assert inside.tolist() == [4, 5, 60, 61]
            raise Oops
    assert view.tolist() == [4, 5] and inside[2] == 60
    a.append(6)
    assert inside[2] == 6


@needs_numpy
def test_numpy_views_while_it_is_undone():
    a = ChunkArray("F8", range(5), capacity=1000)
    n = a.numpy()
    with pytest.raises(Oops):
        with a.transaction():
            a.extend([1.5] * 100)
            raise Oops
    a.append(5)
    n[0] = 9
    assert a.tolist() == [9, 1, 2, 3, 4, 5]


def test_a_closed_or_frozen_array():
    a, b = make(), make()
    a.close()
    b.freeze()
    with pytest.raises(ValueError, match="closed"):
        with a.transaction():
            raise AssertionError
    with pytest.raises(ValueError, match="the array is frozen"):
        with b.transaction():
            raise AssertionError


def test_closing_after_a_failure_inside():
    with pytest.raises(Oops):
        with make() as a:
            with a.transaction():
                raise Oops
    assert a.closed


@needs_waiting_inside_calls
@pytest.mark.parametrize("dtype", ["S8", "F8", ">U4"])
def test_appending_threads_beside_failing_transactions(dtype):
    """Every committed value is there exactly once, and nothing of what failed."""
    a = ChunkArray(dtype, chunk_size=16)
    each = scaled(1000, least=100)
    stop = threading.Event()

    def append(t):
        def run():
            for k in range(each):
                value = t * each + k
                if k % 4 == 0:
                    with a.transaction():
                        a.append(value)
                else:
                    a.append(value)

        return run

    failed = []

    def fail(t):
        def run():
            k = 0
            while not stop.is_set() and k < 100 * each:
                k += 1
                try:
                    with a.transaction():
                        start = len(a)
                        a.append(10**6 + t)
                        a.extend([10**6 + t] * (k % 5))
                        assert a[start] == 10**6 + t and len(a) == start + 1 + k % 5
                        if k % 3 == 0:
                            with a.transaction():
                                a.append(10**6 + t)
                        raise Oops
                except Oops:
                    failed.append(t)

        return run

    failing = [threading.Thread(target=fail(t)) for t in range(3)]
    for thread in failing:
        thread.start()
    try:
        run_together(*map(append, range(THREADS)))
    finally:
        stop.set()
        for thread in failing:
            thread.join()
    assert sorted(a) == list(range(THREADS * each))
    assert failed


@needs_waiting_inside_calls
def test_many_transactions_at_once():
    """What one transaction appends is adjacent."""
    a = ChunkArray("S8", chunk_size=8)
    rounds = scaled(300, least=20)

    def work(t):
        def run():
            for k in range(rounds):
                try:
                    with a.transaction():
                        for _ in range(5):
                            a.append(t * rounds + k)
                        if k % 2:
                            raise Oops
                except Oops:
                    pass

        return run

    run_together(*map(work, range(THREADS)))
    everything = a.tolist()
    assert len(everything) == 5 * THREADS * len(range(0, rounds, 2))
    assert all(everything[k] == everything[k - k % 5] for k in range(len(everything)))
    assert len(set(everything)) == len(everything) // 5


def test_a_long_transaction_does_not_burn_the_processor():
    a = make(0)
    begun = threading.Event()

    def hold():
        with a.transaction():
            begun.set()
            time.sleep(0.3)

    holder = threading.Thread(target=hold)
    holder.start()
    assert begun.wait(30)
    before = time.thread_time() if hasattr(time, "thread_time") else None
    a.append(1)
    if before is not None:
        assert time.thread_time() - before < 0.2
    holder.join()


def test_keep_waits_for_the_end():
    a = ChunkArray("S8", chunk_size=4, keep=8)
    a.extend(range(8))
    with pytest.raises(Oops):
        with a.transaction():
            for k in range(100):
                a.append(k)
            assert len(a) == 108 and a.first == 0
            raise Oops
    assert a.tolist() == list(range(8)) and a.first == 0
    with a.transaction():
        a.extend(range(8, 108))
    assert a.tolist() == list(range(a.first, 108)) and 8 <= len(a) < 12
