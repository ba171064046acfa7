"""appender(): one owner, nothing lost, everything seen at once, on every door."""

import asyncio
import datetime
import gc
import pickle
import threading
import time
import weakref

import pytest

from chunkarray import ChunkArray
from support import (
    ABOUT,
    ALL,
    CPYTHON,
    IMPLEMENTATION,
    collect,
    limits,
    needs_numpy,
    run_together,
    sample,
    scaled,
)

OPEN = "an appender of this array is open"
OVER = r"put\(\) after the end of the appender's block"
ELSEWHERE = r"put\(\) belongs to the thread that opened the appender"
SOON = 30


class Oops(Exception):
    pass


def make(n=10, dtype="S8", **options):
    options.setdefault("chunk_size", 4)
    return ChunkArray(dtype, range(n), **options)


def raised_in_another_thread(action):
    """The error that `action` raises when another thread runs it, or None."""
    found = []

    def run():
        try:
            action()
        except Exception as error:
            found.append(error)

    run_together(run)
    return found[0] if found else None


def elements_of(chunk, dtype):
    """What the memory of a chunk holds, which may be of any byte order."""
    a = ChunkArray(dtype)
    a.frombytes(chunk)
    return a.tolist()


# What is put


def values_of(dtype):
    return [bool(k % 3) for k in range(200)] if dtype == "BOOL" else [k % 100 for k in range(200)]


@pytest.mark.parametrize("dtype", sorted(ALL))
@pytest.mark.parametrize(
    "options",
    [{}, {"chunk_size": 2}, {"chunk_size": 2, "growth": "fixed"}, {"capacity": 100, "chunk_size": 16}],
    ids=["double", "double-2", "fixed-2", "capacity"],
)
def test_every_dtype_and_layout(dtype, options):
    a = ChunkArray(dtype, sample(dtype), **options)
    expected = sample(dtype) + values_of(dtype) + sample(dtype)
    with a.appender() as put:
        for value in values_of(dtype):
            assert put(value) is None
        for value in sample(dtype):
            put(value)
    assert a.tolist() == expected
    b = ChunkArray(dtype, expected)
    assert a.tobytes() == b.tobytes() and a == b
    a.append(sample(dtype)[0])
    assert len(a) == len(expected) + 1


@pytest.mark.parametrize("dtype", ["F4[3]", ">U2[2]", "S8[2,2]"])
def test_shapes(dtype):
    a = ChunkArray(dtype, chunk_size=2)
    row = ((1, 2), (3, 4)) if dtype == "S8[2,2]" else (1, 2, 3) if dtype == "F4[3]" else (1, 2)
    with a.appender() as put:
        for _ in range(9):
            put(row)
        for bad in (row[:-1], row + row, 5, None):
            with pytest.raises((TypeError, ValueError)):
                put(bad)
        put(list(row))
    assert a.tolist() == [row] * 10


def test_times():
    a, b = ChunkArray("TIME[ms]", chunk_size=2), ChunkArray(">SPAN[s]", chunk_size=2)
    noon = datetime.datetime(2026, 1, 2, 12)
    with a.appender() as put_time, b.appender() as put_span:
        for k in range(9):
            put_time(noon + datetime.timedelta(milliseconds=k))
            put_span(datetime.timedelta(seconds=k))
        put_time(None)
        put_time(5)
        with pytest.raises(TypeError):
            put_time(datetime.timedelta(1))
        with pytest.raises(TypeError):
            put_span(noon)
    assert len(a) == 11 and len(b) == 9
    other = ChunkArray("TIME[ms]", [noon + datetime.timedelta(milliseconds=k) for k in range(9)] + [None, 5])
    assert a.tobytes() == other.tobytes()
    assert b.tolist() == [datetime.timedelta(seconds=k) for k in range(9)]


def test_what_append_converts_put_converts():
    class Indexable:
        def __index__(self):
            return 7

    class Floating:
        def __float__(self):
            return 2.5

    a, b = ChunkArray("F8"), ChunkArray("U2")
    with a.appender() as put, b.appender() as put_int:
        for value in (1, True, Floating(), float("inf"), 2**60):
            put(value)
        for value in (1, True, Indexable(), 65535):
            put_int(value)
    assert a.tolist() == [1.0, 1.0, 2.5, float("inf"), float(2**60)]
    assert b.tolist() == [1, 1, 7, 65535]


@pytest.mark.parametrize("dtype", sorted(set(ALL) - {"BOOL"}))
def test_bad_values_raise_at_their_own_put(dtype):
    a = ChunkArray(dtype, chunk_size=2)
    kind = dtype.lstrip(">")[0]
    bad = [("x", TypeError), (None, TypeError), ([1], TypeError), (1j, TypeError)]
    if kind != "F":
        bad += [(limits(dtype)[0] - 1, OverflowError), (limits(dtype)[1] + 1, OverflowError), (2**70, OverflowError)]
        bad += [(1.5, TypeError)]
    elif dtype.endswith("4"):
        bad += [(1e39, OverflowError)]
    else:
        bad += [(10**400, OverflowError)]
    with a.appender() as put:
        for k, (value, error) in enumerate(bad):
            put(k)
            with pytest.raises(error) as by_put:
                put(value)
            assert len(a) == k + 1 and a[-1] == k
            b = ChunkArray(dtype)
            with pytest.raises(error) as by_append:
                b.append(value)
            assert str(by_put.value) == str(by_append.value)
        put(99)
    assert a.tolist() == [*range(len(bad)), 99]


def test_what_is_no_single_argument():
    a = make(0)
    with a.appender() as put:
        for arguments, names in (((), {}), ((1, 2), {}), ((), {"value": 1})):
            with pytest.raises(TypeError):
                put(*arguments, **names)
    assert a.tolist() == []


@pytest.mark.parametrize("error", [Oops, KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration])
@pytest.mark.parametrize("dtype", ["F8", "S8", ">U2"])
def test_an_exception_inside_loses_nothing(dtype, error):
    a = make(3, dtype)
    with pytest.raises(error):
        with a.appender() as put:
            for k in range(50):
                put(k)
            raise error
    assert a.tolist() == [0, 1, 2, *range(50)]
    a.append(5)
    assert a[-1] == 5


def test_a_bad_value_ends_the_block():
    a = make(3)
    with pytest.raises(TypeError):
        with a.appender() as put:
            put(3)
            put("x")
    with a.appender() as put:
        put(4)
    assert a.tolist() == [0, 1, 2, 3, 4]


def test_a_conversion_with_a_will_of_its_own():
    a = ChunkArray("F8", chunk_size=2)

    class Puts:
        def __float__(self):
            put(1.0)
            return 2.0

    class Raises:
        def __float__(self):
            raise Oops

    class Ends:
        def __float__(self):
            block.__exit__(None, None, None)
            return 4.0

    block = a.appender()
    put = block.__enter__()
    put(Puts())
    with pytest.raises(Oops):
        put(Raises())
    assert a.tolist() == [1.0, 2.0]
    with pytest.raises(RuntimeError):
        put(Ends())
    assert a.tolist() == [1.0, 2.0]
    a.append(3.0)


def test_memory_that_runs_out():
    a = ChunkArray("F8", chunk_size=2, growth="fixed")
    with a.appender() as put:
        put(1.0)
        with pytest.raises((MemoryError, OverflowError, TypeError)):
            put(float)
    with pytest.raises(MemoryError):
        ChunkArray("F8", capacity=2**58)
    assert a.tolist() == [1.0]


# One owner

ELSE = {
    "second appender": lambda a: a.appender().__enter__(),
    "append": lambda a: a.append(1),
    "push": lambda a: a.push(1),
    "extend a list": lambda a: a.extend([1]),
    "extend an iterator": lambda a: a.extend(iter([1])),
    "extend an array": lambda a: a.extend(ChunkArray(a.dtype, [1])),
    "extend another dtype": lambda a: a.extend(ChunkArray("U1", [1])),
    "extend a slice": lambda a: a.extend(a[2:4]),
    "extend itself": lambda a: a.extend(a),
    "frombytes": lambda a: a.frombytes(bytes(a.itemsize)),
    "+=": lambda a: a.__iadd__([1]),
    "*=": lambda a: a.__imul__(2),
    "*= 0": lambda a: a.__imul__(0),
    "pop": lambda a: a.pop(),
    "pop(-1)": lambda a: a.pop(-1),
    "truncate": lambda a: a.truncate(1),
    "clear": lambda a: a.clear(),
    "reset": lambda a: a.reset(),
    "del item": lambda a: a.__delitem__(-1),
    "del slice": lambda a: a.__delitem__(slice(2, None)),
    "close": lambda a: a.close(),
    "freeze": lambda a: a.freeze(),
    "freeze by force": lambda a: a.freeze(force=True),
    "transaction": lambda a: a.transaction().__enter__(),
    "transaction without waiting": lambda a: a.transaction(wait=False).__enter__(),
}


@pytest.mark.parametrize("dtype", ["F8", "S8", "U1", ">S4"])
@pytest.mark.parametrize("name", ELSE)
def test_nothing_else_moves_the_end(dtype, name):
    a = make(dtype=dtype)
    with a.appender() as put:
        put(50)
        with pytest.raises(RuntimeError, match=OPEN):
            ELSE[name](a)
        error = raised_in_another_thread(lambda: ELSE[name](a))
        assert type(error) is RuntimeError and OPEN in str(error)
        put(51)
        assert not a.closed and not a.frozen and len(a) == 12
    assert a.tolist() == [*range(10), 50, 51]
    a.append(52)
    a.extend([53])
    assert a.pop() == 53
    with a.transaction():
        a.append(53)
    assert a.tolist() == [*range(10), 50, 51, 52, 53]


def test_rewind():
    a = make()
    mark = a.save()
    with a.appender() as put:
        put(50)
        later = a.save()
        assert later.position == 11
        put(51)
        for m in (mark, later):
            with pytest.raises(RuntimeError, match=OPEN):
                a.rewind(m)
        assert len(a) == 12
    a.rewind(later)
    assert a.tolist() == [*range(10), 50]
    a.rewind(mark)
    assert a.tolist() == [*range(10)]


def test_an_empty_array_has_one_owner_too():
    a = ChunkArray("F8")
    with a.appender():
        for name in ("append", "second appender", "clear", "close", "transaction"):
            with pytest.raises(RuntimeError, match=OPEN):
                ELSE[name](a)
    a.append(1.0)
    assert a.tolist() == [1.0]


@pytest.mark.parametrize("dtype", ["F8", "S8", ">U2"])
def test_what_goes_on_beside(dtype):
    a = make(dtype=dtype)
    with a.appender() as put:
        put(3)
        a[0] = 70
        a[1:3] = [60, 50]
        a.sort()
        assert a.tolist() == [3, 3, 4, 5, 6, 7, 8, 9, 50, 60, 70]
        a.reverse()
        put(1)
        assert a[0] == 70 and a[-1] == 1
        a.drop_front(5)
        assert a.first == 5 and a.tolist() == [7, 6, 5, 4, 3, 3, 1]
        put(2)
        a.drop_front(100)
        assert len(a) == 0
        put(9)
        assert a.tolist() == [9] and a.first == 13
        if dtype == "S8":
            assert a.fetch_add(0, 5) == 9 and a.compare_exchange(0, 14, 9)
        assert a.copy().tolist() == (a + a).tolist()[1:] == (2 * a).tolist()[:1] == [9]
        a.copy().append(1)
        assert pickle.loads(pickle.dumps(a)).tolist() == [9]
        assert a.save().position == 14
    assert a.tolist() == [9]


def test_drop_front_across_chunks_while_putting():
    a = ChunkArray("S8", chunk_size=2, growth="fixed")
    with a.appender() as put:
        for k in range(100):
            put(k)
            if k % 7 == 6:
                a.drop_front(6)
                assert a[-1] == k and a[0] == a.first
    assert a.tolist() == list(range(a.first, 100)) and a.first == 14 * 6


def test_two_arrays_have_two_appenders():
    a, b = make(0), make(0)
    with a.appender() as put_a:
        with b.appender() as put_b:
            put_a(1)
            put_b(2)
            with pytest.raises(RuntimeError, match=OPEN):
                b.append(3)
        b.append(4)
        put_a(5)
    assert a.tolist() == [1, 5] and b.tolist() == [2, 4]


def test_a_closed_or_frozen_array():
    a, b = make(), make()
    a.close()
    b.freeze()
    with pytest.raises(ValueError, match="closed"):
        a.appender().__enter__()
    with pytest.raises(ValueError, match="the array is frozen"):
        b.appender().__enter__()
    assert a.closed and b.tolist() == list(range(10))


def test_the_array_as_a_context_around():
    with pytest.raises(Oops):
        with make() as a, a.appender() as put:
            put(1)
            raise Oops
    assert a.closed


# Beginning and end


def test_one_after_another():
    a = make(0)
    for k in range(100):
        with a.appender() as put:
            put(k)
    assert a.tolist() == list(range(100))


def test_a_block_that_puts_nothing():
    a = make(2)
    with a.appender():
        pass
    with a.appender() as put:
        assert callable(put)
    a.append(2)
    assert a.tolist() == [0, 1, 2]


@pytest.mark.parametrize("dtype", ["F8", "S8", ">U2"])
def test_put_after_the_block(dtype):
    a = make(2, dtype)
    with a.appender() as put:
        put(2)
    with pytest.raises(RuntimeError, match=OVER):
        put(3)
    error = raised_in_another_thread(lambda: put(3))
    assert type(error) is RuntimeError
    with a.appender() as other:
        other(4)
        with pytest.raises(RuntimeError, match=OVER):
            put(5)
    a.append(6)
    with pytest.raises(RuntimeError, match=OVER):
        put("no number at all")
    a.close()
    with pytest.raises(RuntimeError, match=OVER):
        put(7)
    assert other is not put


def test_one_object_twice():
    a = make(0)
    block = a.appender()
    with block as put:
        put(1)
        with pytest.raises(RuntimeError, match="begun already"):
            block.__enter__()
        put(2)
    with pytest.raises(RuntimeError, match="begun already"):
        block.__enter__()
    with pytest.raises(RuntimeError, match="is over"):
        block.__exit__(None, None, None)
    with pytest.raises(RuntimeError, match="never began"):
        a.appender().__exit__(None, None, None)
    a.append(3)
    assert a.tolist() == [1, 2, 3]


def test_it_begins_with_its_block():
    a = make(0)
    block = a.appender()
    a.append(1)
    with block as put:
        put(2)
    assert a.tolist() == [1, 2]


@pytest.mark.parametrize("dtype", ["F8", "S8", ">U2"])
def test_another_thread(dtype):
    a = make(0, dtype)
    block = a.appender()
    put = block.__enter__()
    put(1)
    for action in (lambda: put(2), lambda: put("x")):
        error = raised_in_another_thread(action)
        assert type(error) is RuntimeError
        with pytest.raises(RuntimeError, match=ELSEWHERE):
            raise error
    error = raised_in_another_thread(lambda: block.__exit__(None, None, None))
    assert type(error) is RuntimeError and "belongs to another thread" in str(error)
    put(3)
    block.__exit__(None, None, None)
    assert a.tolist() == [1, 3]

    def use():
        with a.appender() as theirs:
            theirs(4)

    run_together(use)
    a.append(5)
    assert a.tolist() == [1, 3, 4, 5]


@pytest.mark.parametrize("which", ["both", "the block", "put"])
def test_one_that_was_let_go_of_frees_the_array(which):
    if which != "both" and IMPLEMENTATION == "graalpy" and ABOUT["version"].startswith("24."):
        pytest.skip("needs a collector that takes what a frame had when it caught an exception")
    a = make(0)
    block = a.appender()
    put = block.__enter__()
    put(1)
    watched = weakref.ref(block)
    if which == "the block":
        del block
        collect()
        put(2)  # put keeps it
        with pytest.raises(RuntimeError, match=OPEN):
            a.append(3)
        del put
    elif which == "put":
        del put
        collect()
        with pytest.raises(RuntimeError, match=OPEN):
            a.append(3)
        del block
    else:
        del block, put
    collect(lambda: watched() is None)
    deadline = time.monotonic() + SOON
    while True:
        # Some interpreters tell of a death later than it comes.
        try:
            a.append(4)
            break
        except RuntimeError:
            assert time.monotonic() < deadline
            gc.collect()
            time.sleep(0.01)
    assert a[-1] == 4
    with a.appender() as put:
        put(5)


def test_a_generator_that_is_let_go_of():
    a = make(0)

    def puts():
        with a.appender() as put:
            for k in range(10):
                put(k)
                yield

    steps = puts()
    next(steps)
    next(steps)
    steps.close()
    a.append(7)
    assert a.tolist() == [0, 1, 7]


class Holder(ChunkArray):
    __slots__ = ("put",)


@pytest.mark.skipif(not CPYTHON, reason="needs gc.collect, which finds all that is dead")
def test_an_array_that_holds_its_own_appender():
    a = Holder("F8", [1.0])
    a.put = a.appender().__enter__()
    a.put(2.0)
    watched = weakref.ref(a)
    del a
    collect(lambda: watched() is None)
    assert watched() is None


def test_the_array_lives_as_long_as_its_appender():
    put = make(3).appender().__enter__()
    collect()
    for k in range(100):
        put(k)
    block = make(3).appender()
    with block as put:
        put(1)
    collect()
    with pytest.raises(RuntimeError, match=OVER):
        put(1)


# Seen by whoever reads


@pytest.mark.parametrize("dtype", ["F8", "S8", "U1", ">U2", "BOOL"])
@pytest.mark.parametrize("options", [{"chunk_size": 2}, {"chunk_size": 2, "growth": "fixed"}, {"capacity": 64}])
def test_everything_put_is_seen(dtype, options):
    a = ChunkArray(dtype, **options)
    expected = []
    with a.appender() as put:
        for k in range(60):
            value = bool(k % 2) if dtype == "BOOL" else k
            put(value)
            expected.append(value)
            way = k % 15
            if way == 0:
                assert len(a) == k + 1
            elif way == 1:
                assert a[k] == a[-1] == a.at(k) == value
            elif way == 2:
                assert list(a) == expected
            elif way == 3:
                assert a.tolist() == expected
            elif way == 4:
                assert [x for chunk in a.chunks() for x in elements_of(chunk, dtype)] == expected
            elif way == 5:
                assert a[1:].tolist() == expected[1:] and list(a[k - 1 :]) == expected[k - 1 :]
            elif way == 6:
                assert a.tobytes() == ChunkArray(dtype, expected).tobytes()
            elif way == 7:
                assert a == ChunkArray(dtype, expected) and not a < ChunkArray(dtype, expected)
            elif way == 8:
                assert list(reversed(a)) == expected[::-1]
            elif way == 9:
                assert value in a and a.count(value) == expected.count(value)
                assert a.index(value) == expected.index(value)
            elif way == 10:
                assert a.nbytes == (k + 1) * a.itemsize and bool(a)
            elif way == 11:
                assert a.copy().tolist() == expected and a.take([k, 0]).tolist() == [value, expected[0]]
            elif way == 12:
                assert a.address_of(k) and a.chunk_count >= 1 and a.contiguous in (True, False)
            elif way == 13:
                assert pickle.loads(pickle.dumps(a)).tolist() == expected
            else:
                assert repr(value) in repr(a)
                assert a.wait(k + 1, timeout=0)
    assert a.tolist() == expected


@needs_numpy
def test_numpy_sees_everything():
    import numpy

    a = ChunkArray("F8", capacity=1000)
    with a.appender() as put:
        put(0.5)
        n = a.numpy()
        for k in range(1, 100):
            put(k + 0.5)
            assert a.numpy()[-1] == k + 0.5 and len(a.numpy()) == k + 1
        assert numpy.array_equal(numpy.asarray(a), [k + 0.5 for k in range(100)])
        n[0] = 7.0
        assert a[0] == 7.0
    assert a.numpy().sum() == 7.0 + sum(k + 0.5 for k in range(1, 100))


def test_an_iterator_goes_on_with_what_is_put():
    a = make(0)
    seen = []
    with a.appender() as put:
        put(0)
        for x in a:
            seen.append(x)
            if x < 50:
                put(x + 1)
    assert seen == list(range(51))


@pytest.mark.parametrize("dtype", ["F8", "S8", ">U4"])
def test_other_threads_see_finished_elements_only(dtype):
    a = ChunkArray(dtype, [0], chunk_size=2)
    count = scaled(20_000, least=500)
    done = threading.Event()

    def write():
        try:
            with a.appender() as put:
                for k in range(1, count):
                    put(k)
        finally:
            done.set()

    def read():
        while not done.is_set():
            length = len(a)
            assert a[length - 1] == length - 1
            assert a[-1] >= length - 1
            assert a[length // 2 :].tolist()[: length - length // 2] == list(range(length // 2, length))

    def iterate():
        while not done.is_set():
            for k, x in enumerate(a):
                assert x == k

    def look():
        while not done.is_set():
            length = len(a)
            chunk = a.chunks()[-1]
            assert chunk.start + len(chunk) >= length
            assert elements_of(chunk, dtype) == list(range(chunk.start, chunk.start + len(chunk)))

    run_together(write, read, iterate, look)
    assert a.tolist() == list(range(count))


def test_an_element_is_seen_before_the_next_is_put():
    a = make(0)
    turn, seen = threading.Semaphore(0), threading.Semaphore(0)
    lengths = []

    def look():
        for _ in range(100):
            assert turn.acquire(timeout=SOON)
            lengths.append((len(a), a[-1], [*a][-1], a.tolist()[-1]))
            seen.release()

    def write():
        with a.appender() as put:
            for k in range(100):
                put(k)
                turn.release()
                assert seen.acquire(timeout=SOON)

    run_together(look, write)
    assert lengths == [(k + 1, k, k, k) for k in range(100)]


def test_keep():
    a = ChunkArray("S8", chunk_size=4, keep=10)
    with a.appender() as put:
        for k in range(1000):
            put(k)
            assert a[-1] == k and a.first + len(a) == k + 1
            assert min(k + 1, 10) <= len(a) <= 10 + 4
    assert a.tolist() == list(range(a.first, 1000))
    assert a.committed_bytes < 4096


# Beside transactions


def test_inside_a_transaction():
    a = make(2)
    with a.transaction():
        a.append(2)
        with a.appender() as put:
            put(3)
            with pytest.raises(RuntimeError, match=OPEN):
                a.transaction().__enter__()
        with a.transaction():
            with a.appender() as put:
                put(4)
        a.append(5)
    assert a.tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(Oops):
        with a.transaction():
            with a.appender() as put:
                for k in range(100):
                    put(k)
            assert len(a) == 106
            raise Oops
    assert a.tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(Oops):
        with a.transaction(), a.appender() as put:
            put(6)
            raise Oops
    a.append(7)
    assert a.tolist() == [0, 1, 2, 3, 4, 5, 7]


@pytest.mark.parametrize("error", [None, Oops])
def test_a_transaction_that_ends_first(error):
    a = make(2)
    transaction, block = a.transaction(), a.appender()
    transaction.__enter__()
    put = block.__enter__()
    put(2)
    with pytest.raises(RuntimeError, match="ended before an appender inside it"):
        transaction.__exit__(error, error and error(), None)
    assert a.tolist() == [0, 1]
    with pytest.raises(RuntimeError, match=OVER):
        put(3)
    with pytest.raises(RuntimeError, match="appender is over"):
        block.__exit__(None, None, None)
    a.append(4)
    with a.transaction(), a.appender() as put:
        put(5)
    assert a.tolist() == [0, 1, 4, 5]


def test_others_wait_for_a_transaction():
    a = make(0)
    begun, go_on = threading.Event(), threading.Event()

    def hold():
        with pytest.raises(Oops):
            with a.transaction():
                begun.set()
                assert go_on.wait(SOON)
                a.extend([1, 2, 3])
                raise Oops

    def put_one():
        with a.appender() as put:
            put(7)

    holder, other = threading.Thread(target=hold), threading.Thread(target=put_one)
    holder.start()
    assert begun.wait(SOON)
    other.start()
    other.join(0.05)
    assert other.is_alive() and len(a) == 0
    go_on.set()
    other.join(SOON)
    holder.join(SOON)
    assert a.tolist() == [7]


# Who waits for elements


def test_puts_wake_who_waits():
    a = make(0)
    for goal in (1, 5, 6, 50):
        results = []

        def wait():
            results.append(a.wait(goal, SOON))

        waiting = threading.Thread(target=wait)
        waiting.start()
        with a.appender() as put:
            while len(a) < goal:
                put(len(a))
        waiting.join(SOON)
        assert results == [True]


@pytest.mark.parametrize("dtype", ["F8", "S8", ">U4"])
def test_a_follower_gets_each_as_it_comes(dtype):
    a = ChunkArray(dtype, chunk_size=2)
    got, asked = threading.Semaphore(0), []

    def follow():
        for x in a.follow(timeout=SOON):
            asked.append(x)
            got.release()
            if x == 99:
                break

    def write():
        with a.appender() as put:
            for k in range(100):
                put(k)
                if k % 10 == 9:
                    for _ in range(10):
                        assert got.acquire(timeout=SOON)

    run_together(follow, write)
    assert asked == list(range(100))


def test_following_in_an_event_loop():
    a = make(0)

    def write():
        with a.appender() as put:
            for k in range(100):
                put(k)

    async def follow():
        writer = threading.Thread(target=write)
        writer.start()
        seen = []
        async for x in a.follow(timeout=SOON):
            seen.append(x)
            if x == 99:
                break
        writer.join()
        return seen

    assert asyncio.run(follow()) == list(range(100))


# Classes, arguments


class Doubling(ChunkArray):
    __slots__ = ()

    def append(self, value):
        super().append(2 * value)


def test_a_subclass():
    a = Doubling("S8", [1])
    a.append(2)
    with a.appender() as put:
        put(3)
        with pytest.raises(RuntimeError, match=OPEN):
            a.append(4)
    assert type(a) is Doubling and a.tolist() == [1, 4, 3]


@pytest.mark.parametrize("seconds", [None, 1, 0.5, 1e-3, 10**6, float("inf"), True])
def test_flush_every(seconds):
    a = make(0)
    with a.appender(flush_every=seconds) as put:
        put(1)
        assert a.tolist() == [1]
    with a.appender(seconds) as put:
        put(2)
    assert a.tolist() == [1, 2]


@pytest.mark.parametrize("seconds", [0, -1, 0.0, -0.5, float("nan"), float("-inf"), False])
def test_flush_every_that_is_not_positive(seconds):
    a = make(0)
    with pytest.raises(ValueError, match="flush_every"):
        a.appender(flush_every=seconds)
    a.append(1)


@pytest.mark.parametrize("seconds", ["1", b"1", [], object(), 1j])
def test_flush_every_that_is_no_number(seconds):
    a = make(0)
    with pytest.raises(TypeError, match="flush_every"):
        a.appender(flush_every=seconds)
    a.append(1)


def test_unknown_arguments():
    a = make(0)
    with pytest.raises(TypeError):
        a.appender(1, 2)
    with pytest.raises(TypeError):
        a.appender(flush=1)
    a.append(1)


@pytest.mark.parametrize("dtype", ["F8", "S8"])
def test_a_view_sees_within_flush_every(dtype):
    a = ChunkArray(dtype, [0] * 100, capacity=100)
    try:
        view = memoryview(a.chunks()[0]).cast("B").cast("d" if dtype == "F8" else "q")
    except TypeError:
        pytest.skip("needs memoryview, which takes a Chunk")
    a.truncate(1)
    deadline = time.monotonic() + SOON
    with a.appender(flush_every=0.02) as put:
        for k in range(1, 100, 9):
            for j in range(9):
                put(k + j)
            # Only the memory is looked at, never the array.
            while view[k + 8] != k + 8:
                assert time.monotonic() < deadline
                time.sleep(0.001)
            assert view[: k + 9].tolist() == list(range(k + 9))
    assert a.tolist() == list(range(100))


def test_a_view_sees_all_when_the_block_is_over():
    a = ChunkArray("F8", [0] * 20, capacity=20)
    try:
        view = memoryview(a.chunks()[0]).cast("B").cast("d")
    except TypeError:
        pytest.skip("needs memoryview, which takes a Chunk")
    a.truncate(1)
    with a.appender() as put:
        for k in range(1, 20):
            put(k)
    assert view.tolist() == list(range(20))
