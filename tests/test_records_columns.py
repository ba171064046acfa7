"""ChunkArray(Tick, layout="columns"): what is its own. What it has in common with rows is in test_records_arrays.py."""

import copy
import pickle
import threading

import pytest

from chunkarray import Chunk, ChunkArray, Record
from support import CPYTHON, EXPORTS_BUFFERS, HOST, IMPLEMENTATION, needs_numpy, run_together, scaled
from test_interrupted import add_amid_additions, at_every_step, interrupted

Tick = Record("Tick", time="U8", price="F4", flags=">U2")
Mixed = Record("Mixed", [("n", "U4"), ("low", "U1:3"), ("high", "U1:5"), ("name", "TEXT[4]"), ("v", "F4[2]")])
TICKS = [(1, 2.5, 3), (2, 3.5, 4), (3, 0.25, 5)]


def ticks(values=TICKS, **options):
    return ChunkArray(Tick, values, layout="columns", **options)


def test_columns_are_arrays_in_their_own_right():
    a = ticks(chunk_size=2)
    price = a["price"]
    assert isinstance(price, ChunkArray) and price.dtype == "F4" and price.tolist() == [2.5, 3.5, 0.25]
    assert price is a["price"] is a.column("price")
    assert a["flags"].dtype == ">U2" and a["flags"].itemsize == 2 and a["flags"].nbytes == 6
    assert [type(chunk) for chunk in price.chunks()] == [Chunk, Chunk] and price.chunks()[0].itemsize == 4
    price[1] = 8
    assert a[1] == (2, 8.0, 4)
    a[0].price = 7
    assert price[0] == 7.0 and price[:2].tolist() == [7.0, 8.0]
    price.sort()
    assert a.tolist() == [(1, 0.25, 3), (2, 7.0, 4), (3, 8.0, 5)]
    assert a["time"].fetch_add(0, 5) == 1 and a[0].time == 6
    a.append((9, 9, 9))
    assert len(price) == 4 and price[-1] == 9.0
    copied = price.copy()
    copied.append(1)
    assert type(copied) is ChunkArray and len(price) == 4
    assert type(price + price) is ChunkArray and type(price[[0]]) is ChunkArray


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.append(1),
        lambda c: c.push(1),
        lambda c: c.extend([1]),
        lambda c: c.frombytes(bytes(4)),
        lambda c: c.fromfile(None, 1),
        lambda c: c.pop(),
        lambda c: c.truncate(0),
        lambda c: c.clear(),
        lambda c: c.close(),
        lambda c: c.reset(),
        lambda c: c.drop_front(1),
        lambda c: c.rewind(c.save()),
        lambda c: c.transaction(),
        lambda c: c.appender(),
        lambda c: c.freeze(),
        lambda c: c.__delitem__(-1),
        lambda c: c.__iadd__([1]),
        lambda c: c.__imul__(2),
    ],
)
def test_a_column_does_not_change_its_length(change):
    a = ticks()
    with pytest.raises(
        TypeError, match="the column of a record array|a column of a record array has the array's length"
    ):
        change(a["price"])
    assert a.tolist() == TICKS and len(a["price"]) == 3


def test_it_is_a_chunkarray_to_isinstance():
    a = ticks()
    assert isinstance(a, ChunkArray) and isinstance(a, type(ticks())) and not isinstance(a, list)
    assert a.__class__ is ChunkArray
    assert copy.copy(a) == a == pickle.loads(pickle.dumps(a)) and isinstance(copy.copy(a), ChunkArray)


@pytest.mark.parametrize("way", ["shrink", "close"])
def test_columns_whose_memory_was_given_back(way):
    a = ticks(chunk_size=1 << 20)
    price, row = a["price"], a[0]
    assert price[0] == row.price == 2.5
    if way == "shrink":
        a.clear()
    getattr(a, way)()
    for read in (lambda: price[0], lambda: row.price, lambda: a[0]):
        with pytest.raises((IndexError, ValueError)):
            read()
    assert len(price) == len(a) == 0 and list(price) == []
    if way == "shrink":
        a.append((5, 6, 7))
        assert price[0] == row.price == 6.0


def test_freeze_takes_all_columns_or_none():
    a = ticks()
    writable = a["flags"].chunks()  # of the last column
    with pytest.raises(BufferError):
        a.freeze()
    assert not a.frozen and not any(a[name].frozen for name in Tick.fields)
    a.append((4, 4, 4))
    a["time"][0] = 7
    with a.appender() as put:
        with pytest.raises(RuntimeError):
            a.freeze(force=True)
        put((5, 5, 5))
    with a.transaction(), pytest.raises(RuntimeError):
        a.freeze(force=True)
    assert not any(a[name].frozen for name in Tick.fields)
    a.freeze(force=True)
    assert a.frozen and all(a[name].frozen for name in Tick.fields) and len(writable[0]) == 3
    a.freeze()
    with pytest.raises(ValueError):
        a["time"][0] = 1


def test_an_error_in_any_field_changes_none():
    a = ticks()
    for bad in ((1, 1.0, 65536), (1, "x", 1), (-1, 1.0, 1), (1, 2)):
        for way in (a.append, a.push, lambda bad: a.extend([(5, 5, 5), bad])):
            with pytest.raises((TypeError, ValueError, OverflowError)):
                way(bad)
            assert a.tolist() == TICKS and {len(a[name]) for name in Tick.fields} == {3}


def test_values_with_a_will_of_their_own():
    class Appending:
        def __init__(self, array):
            self.array = array

        def __index__(self):
            self.array.append((7, 7, 7))
            return 1

    a = ticks()
    a.append((Appending(a), 1, 1))
    assert a.tolist() == TICKS + [(7, 7.0, 7), (1, 1.0, 1)]
    a[0] = (Appending(a), 2, 2)
    assert a.tolist() == [(1, 2.0, 2)] + TICKS[1:] + [(7, 7.0, 7), (1, 1.0, 1), (7, 7.0, 7)]


@pytest.mark.skipif(HOST == "python", reason="needs appends that nothing comes amid, which the twin's are not")
@pytest.mark.parametrize("way", ["append", "put"])
def test_appends_amid_appends_of_one_thread(way):
    a = ChunkArray(Record("Pair", a="U4", b="F8"), layout="columns", chunk_size=2)
    count = add_amid_additions(a, way, lambda k: (k, k / 2))
    assert sorted(a.tolist()) == [(k, k / 2) for k in range(1, count + 1)]
    assert [len(a[name]) for name in "ab"] == [count] * 2


def lengths(a):
    return {len(a[name]) for name in "ab"}


@pytest.mark.skipif(HOST == "python", reason="needs appends that nothing comes amid, which the twin's are not")
@pytest.mark.skipif(IMPLEMENTATION == "graalpy", reason="needs sys.settrace whose exceptions meet except and finally")
def test_appends_that_end_in_an_exception_at_any_step():
    a = ChunkArray(Record("Pair", a="U4", b="F8"), layout="columns", chunk_size=2)

    def stop():
        raise KeyboardInterrupt

    def attempt(step):
        before = len(a)
        try:
            return interrupted(step, stop, lambda: a.append((before, before / 2)))
        except KeyboardInterrupt:
            assert len(a) - before in (0, 1)
            return True
        finally:
            a.append((len(a), len(a) / 2))
            assert len(a) - before in (1, 2) and lengths(a) == {len(a)}

    at_every_step(attempt)
    assert a.tolist() == [(k, k / 2) for k in range(len(a))]


def test_readers_never_see_half_a_row():
    a = ChunkArray(Record("Same", a="U8", b="U4", c="F8"), layout="columns", chunk_size=16)
    count = scaled(400, least=30)
    done = threading.Event()

    def write():
        for k in range(count):
            a.append((k, k, k))
            if k % 7 == 0:
                a.extend([(k, k, k)] * 5)
        done.set()

    def read():
        while not done.is_set():
            end = len(a)
            for row in a[max(0, end - 3) : end]:
                assert row.a == row.b == row.c

    def cut():
        while not done.is_set():
            mark = a.save()
            with pytest.raises(ZeroDivisionError), a.transaction():
                a.append((1, 2, 3))
                raise ZeroDivisionError
            assert mark.position <= len(a)

    run_together(write, cut)
    assert all(row.a == row.b == row.c for row in a)
    done.clear()
    run_together(write, read, write)
    assert all(row.a == row.b == row.c for row in a) and len({len(a[name]) for name in a.dtype.fields}) == 1


def test_fields_that_are_no_dtype():
    a = ChunkArray(Mixed, [(1, 2, 3, "ab", (1, 2))], layout="columns")
    a.append((2, 7, 31, "xyz", (3, 4)))
    assert a["low"].tolist() == [2, 7] and a["high"].tolist() == [3, 31] and a["name"].tolist() == ["ab", "xyz"]
    with pytest.raises(OverflowError):
        a["low"][0] = 8
    a["low"][0] = 1
    a["name"] = ["p", "q"]
    assert a.tolist() == [(1, 1, 3, "p", (1.0, 2.0)), (2, 7, 31, "q", (3.0, 4.0))]
    assert a.tobytes() == ChunkArray(Mixed, a).tobytes()
    rows = ChunkArray(Mixed)
    rows.frombytes(a.tobytes())
    assert rows == a == rows and ChunkArray(Mixed, rows[::-1], layout="columns").tolist() == a.tolist()[::-1]


def test_what_rows_by_columns_have_not():
    a = ticks()
    for ask in (lambda: a.chunks(), lambda: a[1:].chunks(), lambda: a.address_of(0)):
        with pytest.raises(TypeError, match="lie in no memory as rows"):
            ask()
    with pytest.raises(TypeError):
        a.__chunkarray_c__  # noqa: B018
    assert a["time"].address_of(0) > 0


def test_facts():
    a = ticks(chunk_size=2, capacity=4)
    assert (a.itemsize, a.nbytes, a.chunk_size, a.growth, a.capacity) == (14, 42, 2, "double", 4)
    assert a.committed_bytes > 0 and a.arena_capacity >= 3
    assert not CPYTHON or a.__sizeof__() > a.committed_bytes
    assert a.contiguous and a["price"].contiguous and a.keep is None and a.arena is None
    a.extend(TICKS)
    assert not a.contiguous and a.chunk_count == 2
    b = ticks(keep=4, chunk_size=2)
    assert (b.keep, b.growth, b.keep_bytes) == (4, "fixed", 56)
    with pytest.raises(ValueError):
        ticks(keep=1, chunk_size=2)
    with pytest.raises(ValueError):
        ticks(chunk_size=3)
    with pytest.raises(TypeError):
        ticks(colour="red")


def test_dropping_and_cutting_reach_every_column():
    a = ticks(TICKS * 4, chunk_size=2)
    a.drop_front(3)
    a.truncate(7)
    assert [len(a[name]) for name in Tick.fields] == [7] * 3 and a["price"].first == a.first == 3
    assert a["time"].tolist() == [1, 2, 3] * 2 + [1]
    a.shrink()
    a.clear()
    a.append((1, 2, 3))
    assert a["flags"].tolist() == [3] and a.tolist() == [(1, 2.0, 3)]
    a.reset()
    a.close()
    assert len(a) == len(a["price"]) == 0


def test_an_appender_shuts_others_out():
    a = ticks()
    with a.appender() as put:
        put((4, 4, 4))
        with pytest.raises(RuntimeError):
            a.append((5, 5, 5))
        with pytest.raises(RuntimeError):
            a.pop()
        put(time=6, price=6, flags=6)
    with pytest.raises(RuntimeError):
        put((7, 7, 7))
    assert a["time"].tolist() == [1, 2, 3, 4, 6]


def test_between_rows_and_columns():
    rows = ChunkArray(Tick, TICKS * 3, chunk_size=2)
    columns = ticks(rows, chunk_size=4)
    assert columns == rows and rows == columns and columns[1:] == rows[1:]
    columns.extend(rows[::2])
    rows.extend(columns[9:])
    assert columns == rows
    columns[:3] = rows[3:6]
    rows[6:9] = columns[:3]
    assert columns == rows and ChunkArray(Tick, columns) == rows


@needs_numpy
def test_numpy():
    import numpy

    a = ticks(capacity=8)
    price = a["price"].numpy()
    price[0] = 9
    assert a[0].price == 9.0 and price.strides == (4,)
    whole = a.numpy()
    assert whole.tolist() == a.tolist() and not whole.flags.writeable and a.numpy(copy=True).flags.writeable
    assert a[::2].numpy()["time"].tolist() == [1, 3]
    with pytest.raises(ValueError, match="copy=False"):
        a.numpy(copy=False)
    assert numpy.asarray(a)["flags"].tolist() == [3, 4, 5]


def test_views_of_columns():
    if not EXPORTS_BUFFERS:
        pytest.skip("needs __buffer__, asked of a class in Python")
    a = ticks(capacity=8)
    view = memoryview(a["time"].chunks()[0])
    view[0] = 99
    a.extend(TICKS)
    assert a[0].time == 99 and len(view) == 3
