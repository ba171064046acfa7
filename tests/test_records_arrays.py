"""Arrays of records: rows, columns, and whatever stands for a record."""

import copy
import gc
import pickle
import weakref
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chunkarray
from chunkarray import F4, Arena, ChunkArray, Const, Enum, Record, Slice, Union
from support import CPYTHON, collect, needs_numpy, run_together, scaled


class Tick(Record):
    time: "U8"
    price: F4
    flags: ">U2"


class Pos(Record):
    x: F4
    y: F4


class Big(Record):
    """One field of each kind."""

    time: "TIME[s]"
    pos: Pos
    v: "F4[3]"
    low: "U1:3"
    high: "S1:5"
    kind = Enum("U1", DATA=1, ACK=2)
    name: "TEXT[6]"
    raw: "B1[4]"
    magic = Const("U2", 7)
    points: "Pos[2]"
    u = Union(n="U4", f="F4")


class Packed(ChunkArray):
    __slots__ = ("label",)


LAYOUTS = ["rows", "columns"]
TICKS = [(1, 2.5, 3), (2, 3.5, 4), (3, 0.25, 5)]


def big(k):
    """The fields of a record, as people give them."""
    return {
        "time": 100 + k,
        "pos": (k, k + 1),
        "v": (1, 2, k),
        "low": k % 8,
        "high": -(k % 16),
        "kind": "ACK" if k % 2 else "DATA",
        "name": "n%d" % k,
        "raw": b"ab%02d" % (k % 100),
        "points": [(1, 2), (3, k)],
        "u": {"n": k},
    }


def bigs(count, layout="rows", **options):
    a = ChunkArray(Big, layout=layout, **options)
    for k in range(count):
        a.append(big(k))
    return a


@pytest.fixture(params=LAYOUTS)
def layout(request):
    return request.param


# What it is.


def test_it_is_a_chunkarray_of_rows():
    a = ChunkArray(Tick, TICKS)
    assert isinstance(a, ChunkArray) and a.dtype is Tick
    assert (len(a), a.itemsize, a.nbytes) == (3, 14, 42)
    assert isinstance(a[0], Tick) and a[0].price == 2.5 and a[-1] == (3, 0.25, 5)
    assert repr(a) == "ChunkArray(Tick, [(1, 2.5, 3), (2, 3.5, 4), (3, 0.25, 5)])"
    assert repr(ChunkArray(Tick)) == "ChunkArray(Tick)"
    assert repr(a[1:]) == "Slice(Tick, [(2, 3.5, 4), (3, 0.25, 5)])"
    assert not hasattr(a, "__dict__")


def test_arguments_of_the_constructor():
    a = ChunkArray(dtype=Tick, values=TICKS, chunk_size=2, growth="fixed", capacity=2)
    assert (a.chunk_size, a.growth, a.capacity, a.tolist()) == (2, "fixed", 2, TICKS)
    assert ChunkArray(Tick, keep=4, chunk_size=4).keep == 4
    assert type(a)(Tick, TICKS) == a and type(a)() == ChunkArray(Tick)
    assert type(type(a)("F8", [1.5])) is ChunkArray
    with pytest.raises(ValueError, match="layout is 'rows' or 'columns', not 'diagonals'"):
        ChunkArray(Tick, layout="diagonals")
    with pytest.raises(TypeError):
        ChunkArray("F8", layout="rows")
    with pytest.raises(TypeError):
        ChunkArray(Tick, TICKS, 3)
    with pytest.raises(TypeError):
        ChunkArray(Tick, unknown=3)
    with pytest.raises(ValueError, match="element_size is 8, but"):
        ChunkArray(Tick, element_size=8)
    with pytest.raises(TypeError, match="Record has no fields"):
        ChunkArray(Record)


def test_messages_of_no_fixed_size_are_no_elements():
    message = Record("M", length="U1", data="B1[length]")
    with pytest.raises(TypeError, match="M has no fixed size"):
        ChunkArray(message)


def test_subclasses():
    a = Packed(Tick, TICKS)
    a.label = "x"
    assert isinstance(a, Packed) and a[0].price == 2.5 and a["price"].tolist() == [2.5, 3.5, 0.25]
    b = copy.copy(a)
    assert isinstance(b, Packed) and b.label == "x" and b == a
    b = pickle.loads(pickle.dumps(a))
    assert isinstance(b, Packed) and b.label == "x" and b.dtype is Tick
    assert type(a) is type(Packed(Tick)) and type(a) is not type(ChunkArray(Tick))
    with pytest.raises(TypeError, match="not for its subclass Packed"):
        Packed(Tick, layout="columns")


def test_a_constructor_of_a_subclass_runs_once():
    class Counted(ChunkArray):
        calls = 0

        def __init__(self, *arguments, **options):
            type(self).calls += 1
            Counted.total = getattr(Counted, "total", 0) + 1

    a = Counted(Tick, TICKS)
    assert Counted.total == 1 and len(a) == 3
    assert a.copy() == a and a[[0, 1]].tolist() == TICKS[:2] and Counted.total == 1


# Whatever stands for a record.


class Thing:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def test_whatever_stands_for_a_record(layout):
    a = ChunkArray(Tick, layout=layout)
    row = Tick(1, 2.5, 3)
    ways = [
        (1, 2.5, 3),
        [1, 2.5, 3],
        {"flags": 3, "time": 1, "price": 2.5},
        row,
        a.__class__(Tick, [(1, 2.5, 3)])[0],
        Thing(time=1, price=2.5, flags=3, more=4),
        bytes(row),
        bytearray(bytes(row)),
    ]
    for value in ways:
        a.append(value)
        assert a.push(value) == len(a) - 1
        with a.appender() as put:
            put(value)
        a.extend([value, (1, 2.5, 3)])
        a.extend(iter([value]))
        a += [value]
        a[0] = value
        a[:2] = [value, value]
    a.append(time=1, price=2.5, flags=3)
    assert a.push(price=2.5, time=1, flags=3) == len(a) - 1
    with a.appender() as put:
        put(time=1, price=2.5, flags=3)
    a.extend({"time": 1, "price": 2.5, "flags": 3} for _ in range(3))
    assert a.tolist() == [(1, 2.5, 3)] * len(a) and len(a) == 7 * len(ways) + 6


@pytest.mark.parametrize(
    "value, error, words",
    [
        ((1, 2.5), ValueError, "a record takes 3 values"),
        ((1, 2.5, 3, 4), ValueError, "a record takes 3 values"),
        ((1, "2.5", 3), TypeError, "price: F4 takes a float, not str"),
        ((1, 2.5, 65536), OverflowError, "flags"),
        ((-1, 2.5, 3), OverflowError, "time"),
        ({"time": 1, "price": 2.5}, TypeError, "flags"),
        ({"time": 1, "price": 2.5, "flags": 3, "more": 4}, TypeError, "more"),
        (b"too short", ValueError, "14"),
        ("123", TypeError, "not str"),
        (17, TypeError, "not int"),
        (None, TypeError, "not NoneType"),
        (Thing(), TypeError, "not Thing"),
    ],
)
def test_what_stands_for_none(layout, value, error, words):
    a = ChunkArray(Tick, TICKS, layout=layout)
    ways = [
        lambda: a.append(value),
        lambda: a.push(value),
        lambda: a.extend([(1, 2, 3), value]),
        lambda: a.extend(iter([(1, 2, 3), value])),
        lambda: a.__setitem__(0, value),
        lambda: a.__setitem__(slice(0, 1), [value]),
    ]
    for way in ways:
        with pytest.raises(error, match=words):
            way()
        assert a.tolist() == TICKS


def test_calls_that_are_wrong(layout):
    a = ChunkArray(Tick, layout=layout)
    for arguments, fields in [((), {}), (((1, 2, 3), (1, 2, 3)), {}), (((1, 2, 3),), {"time": 1}), ((), {"time": 1})]:
        with pytest.raises(TypeError):
            a.append(*arguments, **fields)
        with pytest.raises(TypeError):
            a.push(*arguments, **fields)
    assert len(a) == 0


def test_fields_of_any_name(layout):
    odd = Record("Odd", [("self", "U1"), ("value", "U1"), ("a b", "U1"), ("append", "U1")])
    a = ChunkArray(odd, layout=layout)
    a.append(self=1, value=2, append=4, **{"a b": 3})
    assert a.push(self=1, value=2, append=4, **{"a b": 3}) == 1
    with a.appender() as put:
        put(self=1, value=2, append=4, **{"a b": 3})
    a.append({"self": 1, "value": 2, "a b": 3, "append": 4})
    assert a.tolist() == [(1, 2, 3, 4)] * 4 and a["a b"].tolist() == [3] * 4 and a[0]["self"] == 1
    a["append"] = 9
    assert a[3].append == 9


def test_in_an_arena(layout):
    arena = Arena()
    a = ChunkArray(Tick, TICKS, layout=layout, arena=arena)
    assert a.arena is arena and a.tolist() == TICKS and a.copy().arena is None
    a.close()


def test_each_kind_of_field(layout):
    a = bigs(3, layout)
    kind = Big.__layout__["kind"].members
    row = a[1]
    assert row.pos == Pos(1, 2) and row.pos.x == 1.0 and row.v == (1.0, 2.0, 1.0)
    assert (row.low, row.high, row.name, row.raw, row.magic) == (1, -1, "n1", b"ab01", 7)
    assert row.kind is kind.ACK and row.points[1].y == 1.0 and row.u.n == 1
    row.pos.x, row.kind, row.u.f, row.points[0].y = 9, "DATA", 1.0, 8
    assert a["pos"]["x"].tolist() == [0.0, 9.0, 2.0] and a["kind"][1] is kind.DATA
    assert a[1].u.n == 0x3F800000 and a[1].points[0] == Pos(1, 8)
    with pytest.raises(ValueError, match="Big.magic is always 7, not 8"):
        a.append(dict(big(1), magic=8))
    with pytest.raises(ValueError, match="SYN"):
        a.append(dict(big(1), kind="SYN"))
    with pytest.raises(OverflowError):
        a.append(dict(big(1), low=8))
    a.append(dict(big(1), magic=7))
    assert len(a) == 4 and a[3].astuple() == bigs(2)[1].astuple()


# Rows.


def test_rows_are_live(layout):
    a = ChunkArray(Tick, TICKS, layout=layout, chunk_size=2)
    first, last = a[0], a[-1]
    a[0] = (7, 7.5, 7)
    assert first == (7, 7.5, 7) and first.price == 7.5
    last.price = 1.5
    assert a[2].price == 1.5 == a["price"][2] and a[2] == Tick(3, 1.5, 5)
    a.extend(TICKS * 10)
    assert first.time == 7 and last.time == 3
    a.truncate(2)
    with pytest.raises(IndexError):
        last.price  # noqa: B018
    with pytest.raises(IndexError):
        last.price = 3
    assert first.time == 7


def test_a_row_keeps_its_array(layout):
    row = ChunkArray(Tick, TICKS, layout=layout)[1]
    gc.collect()
    assert row.time == 2


def test_rows_after_the_front_was_dropped(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    first, second = a[0], a[1]
    a.drop_front(1)
    assert a[0] == second == TICKS[1] and a.first == 1
    with pytest.raises(IndexError):
        first.time  # noqa: B018
    assert [row.time for row in a] == [2, 3] and a.at(-1).time == 3


def test_indices(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    for index in (3, -4, 2**70):
        with pytest.raises(IndexError):
            a[index]
        with pytest.raises(IndexError):
            a.at(index)
        with pytest.raises(IndexError):
            a[index] = TICKS[0]
    with pytest.raises(TypeError):
        a[1.5]
    with pytest.raises(TypeError):
        a[None]
    assert a[True] == TICKS[1]


def test_iteration_sees_what_comes_and_what_goes(layout):
    a = ChunkArray(Tick, TICKS, layout=layout, chunk_size=1)
    seen = []
    for row in a:
        seen.append(row.time)
        if row.time == 2:
            a.append((4, 0, 0))
        if row.time == 3:
            a.pop()
            a.pop()
    assert seen == [1, 2, 3] and len(a) == 2
    rows = iter(a)
    assert len(list(rows)) == 2
    a.append(TICKS[0])
    assert list(rows) == []
    assert [row.time for row in reversed(a)] == [1, 2, 1]
    assert [row.time for row in a[::-2]] == [1, 1]


def test_pop_gives_a_record_of_its_own(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    row = a.pop()
    a.append((9, 9, 9))
    assert row == TICKS[2] and isinstance(row, Tick)
    with pytest.raises(TypeError):
        a.pop(0)
    a.clear()
    with pytest.raises(IndexError):
        a.pop()


def test_what_is_not_assigned_stays():
    padded = Record("Padded", [("a", "U1"), ("b", "U4")], align=True)
    a = ChunkArray(padded)
    a.frombytes(b"\xff" * 16)
    a[0].b = 1
    a["a"][1:] = [2]
    assert a.tobytes() == b"\xff" * 4 + b"\1\0\0\0" + b"\2" + b"\xff" * 7
    a.sort(key=lambda row: row.b)
    assert a.tobytes()[8:] == b"\2" + b"\xff" * 7 and a[0].b == 1


# The sequence.


def test_the_whole_sequence(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    assert a.index((2, 3.5, 4)) == 1 == a.index(a[1]) == a.index(Tick(2, 3.5, 4))
    assert (2, 3.5, 4) in a and (2, 3.5, 5) not in a and 3 not in a and a[0] in a
    with pytest.raises(ValueError):
        a.index((9, 9, 9))
    assert a.count(a[0]) == 1 and (a + a).count((1, 2.5, 3)) == 2 and a[1:].count(a[0]) == 0
    assert a == a.copy() == a[:] and a != a[1:] and a * 2 == a + a and a < a[1:] and a <= a
    assert a == ChunkArray(Tick, TICKS, layout="rows") == a
    b = a.copy()
    b *= 2
    assert len(b) == 6 and b.dtype is Tick and type(b) is type(a)
    b.reverse()
    assert b[0] == TICKS[2]
    b.sort()
    assert b.tolist() == sorted(TICKS * 2)
    b.sort(key=lambda row: row.price, reverse=True)
    assert b["price"].tolist() == [3.5, 3.5, 2.5, 2.5, 0.25, 0.25]
    b[1:5].sort(key=lambda row: -row.time)
    assert b["time"].tolist() == [2, 3, 2, 1, 1, 3]
    del b[-1]
    del b[2:]
    assert b["time"].tolist() == [2, 3]
    for refused in (lambda: b.insert(0, TICKS[0]), lambda: b.remove(TICKS[0])):
        with pytest.raises(TypeError, match="never move"):
            refused()
    assert a[1:].dtype is Tick and isinstance(a[1:], Slice)


def test_sort_keeps_the_order_of_equal_ones(layout):
    a = ChunkArray(Tick, [(k, k % 3, 0) for k in range(20)], layout=layout, chunk_size=4)
    a.sort(key=lambda row: row.price)
    assert a.tolist() == sorted([(k, float(k % 3), 0) for k in range(20)], key=lambda t: t[1])


def test_extending_by_arrays_and_slices(layout):
    a = ChunkArray(Tick, TICKS * 2, layout=layout, chunk_size=2)
    assert ChunkArray(Tick, a[1:4], layout=layout).tolist() == (TICKS * 2)[1:4]
    assert ChunkArray(Tick, a[::-2], layout=layout).tolist() == (TICKS * 2)[::-2]
    b = ChunkArray(Tick, a, layout=layout)
    b.extend(b)
    b += a[::2]
    b[:2] = a[2:4]
    b.extend(b[:1])
    assert b.tolist() == TICKS[2:] + TICKS[:1] + (TICKS * 4)[2:] + (TICKS * 2)[::2] + TICKS[2:]
    same = Record("Same", time="U8", price="F4", flags=">U2")
    other = Record("Other", flags="U2", time="U8", price="F8")
    c = ChunkArray(same, a)
    assert c.tolist() == a.tolist() and c.dtype is same
    d = ChunkArray(other, [(7, 8, 9)])
    b.clear()
    b.extend(d)
    b.append(d[0])
    assert b.tolist() == [(8, 9.0, 7)] * 2
    with pytest.raises(TypeError):
        b.extend(ChunkArray("F8", [1.5]))
    with pytest.raises(TypeError):
        b.extend(ChunkArray(Pos, [(1, 2)]))
    assert len(b) == 2


def test_masks_and_indices(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    assert a[[2, 0, -1]].tolist() == [TICKS[2], TICKS[0], TICKS[2]] == a.take([2, 0, 2]).tolist()
    assert a[[True, False, True]].tolist() == [TICKS[0], TICKS[2]]
    assert a[1:][ChunkArray("BOOL", [False, True])].tolist() == [TICKS[2]]
    assert a[ChunkArray("U1", [1])].tolist() == [TICKS[1]] and a.take(1) == TICKS[1]
    assert a[[0]].dtype is Tick and type(a[[0]]) is type(a)
    a[[0, 1]] = [(5, 5, 5), {"time": 6, "price": 6, "flags": 6}]
    a[[False, False, True]] = (7, 7, 7)
    assert a["time"].tolist() == [5, 6, 7]
    with pytest.raises(IndexError):
        a[[3]]
    with pytest.raises(IndexError):
        a[[True]]


def test_searching_and_atomic_changes_are_refused(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    for refused in (
        lambda: a.searchsorted((1, 2, 3)),
        lambda: a.fetch_add(0, 1),
        lambda: a.compare_exchange(0, (1, 2, 3), (1, 2, 3)),
    ):
        with pytest.raises(TypeError):
            refused()


def test_byteswap(layout):
    a = ChunkArray(Tick, [(1, 0.0, 2)], layout=layout)
    a.byteswap()
    assert a[0] == (1 << 56, 0.0, 512)


def test_marks_transactions_and_the_end(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    mark = a.save()
    a.append((4, 4, 4))
    a.rewind(mark)
    with pytest.raises(ZeroDivisionError), a.transaction():
        a.append(time=5, price=5, flags=5)
        a.extend(TICKS)
        1 / 0  # noqa: B018
    assert a.tolist() == TICKS
    with a.transaction(), a.transaction():
        a.append((4, 4, 4))
    assert len(a) == 4 and a.wait(4, timeout=0)
    assert [row.time for row in a.follow(timeout=0)] == [1, 2, 3, 4]
    a.freeze()
    for change in (
        lambda: a.append((1, 2, 3)),
        lambda: a.__setitem__(0, (1, 2, 3)),
        lambda: setattr(a[0], "time", 1),
        lambda: a.pop(),
        lambda: a["time"].__setitem__(0, 1),
    ):
        with pytest.raises(ValueError, match="frozen"):
            change()
    assert a[0] == TICKS[0] and hash(a) == hash(a)
    b = a.copy()
    b.append((1, 2, 3))
    b.close()
    with pytest.raises(ValueError, match="closed"):
        b.append((1, 2, 3))
    assert len(b) == 0


def test_keep(layout):
    a = ChunkArray(Tick, layout=layout, keep=8, chunk_size=4)
    for k in range(scaled(1000, least=50)):
        a.append((k, k, 0))
    assert 8 <= len(a) <= 12 and a[-1].time == a.first + len(a) - 1 and a[0].time == a.first


def test_threads(layout):
    a = ChunkArray(Record("Twice", x="U8", y="U8"), layout=layout)
    count = scaled(500, least=20)

    def write():
        for k in range(count):
            a.append((k, k))
            a.extend([(k, k)] * 3)

    def read():
        for _ in range(count):
            if len(a):
                row = a[-1]
                assert row.x == row.y

    run_together(write, write, write, read)
    assert len(a) == 12 * count and all(row.x == row.y for row in a)


# Columns.


def test_a_column_is_a_live_view(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    price = a["price"]
    assert (len(price), price[1], price[-1], list(price)) == (3, 3.5, 0.25, [2.5, 3.5, 0.25])
    a.append((4, 4.5, 0))
    assert len(price) == 4 and price[3] == 4.5
    price[0] = 8
    assert a[0].price == 8.0
    part = price[1:3]
    part[0] = 9
    assert a[1].price == 9.0 and len(part) == 2 and list(price[::-1]) == [4.5, 0.25, 9.0, 8.0]
    price[1:3] = [1, 2]
    a["flags"] = 7
    a["time"] = [10, 20, 30, 40]
    assert a.tolist() == [(10, 8.0, 7), (20, 1.0, 7), (30, 2.0, 7), (40, 4.5, 7)]
    assert a.column("price") == price
    assert price == ChunkArray("F4", [8, 1, 2, 4.5]) and price != a["time"]
    assert price.index(2.0) == 2 and 4.5 in price and price.count(1) == 1
    assert min(price) == 1.0 and sum(price) == 15.5 and list(reversed(price)) == [4.5, 2.0, 1.0, 8.0]
    assert price[[0, 2]].tolist() == [8.0, 2.0] and price[[True, False, False, True]].tolist() == [8.0, 4.5]
    price[[0, 1]] = [1.5, 2.5]
    assert (price + price[:1]).tolist() == [1.5, 2.5, 2.0, 4.5, 1.5]
    copied = price.copy()
    assert type(copied) is ChunkArray and copied.dtype == "F4"
    copied.append(1)
    assert price.tobytes() == copied[:4].tobytes()
    price.sort(reverse=True)
    assert price.tolist() == [4.5, 2.5, 2.0, 1.5] and a["time"].tolist() == [10, 20, 30, 40]
    with pytest.raises(IndexError):
        price[4]
    with pytest.raises(ValueError):
        price[1:3] = [1, 2, 3]
    with pytest.raises(TypeError):
        price[:] = ["x"] * 4
    assert price.tolist() == [4.5, 2.5, 2.0, 1.5]


def test_names_that_there_are_not(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    with pytest.raises(KeyError, match="Tick has no field 'nope', it has time, price, flags"):
        a["nope"]
    with pytest.raises(KeyError):
        a["nope"] = 1
    with pytest.raises(KeyError):
        a[1:]["nope"]
    with pytest.raises(TypeError):
        ChunkArray("F8", [1.5])["price"]
    with pytest.raises(TypeError):
        ChunkArray("F8", [1.5])[:]["price"]


def test_columns_of_slices(layout):
    a = ChunkArray(Tick, TICKS, layout=layout, chunk_size=1)
    assert a[1:]["time"].tolist() == [2, 3] and a[::-2]["price"].tolist() == [0.25, 2.5]
    a[1:]["time"] = [20, 30]
    a[::2]["flags"] = 9
    assert a.tolist() == [(1, 2.5, 9), (20, 3.5, 4), (30, 0.25, 9)]
    assert ChunkArray(Tick, layout=layout)["time"].tolist() == []


def test_columns_of_each_kind(layout):
    a = bigs(5, layout, chunk_size=2)
    kind = Big.__layout__["kind"].members
    assert a["kind"][1] is kind.ACK and list(a["kind"][:2]) == [kind.DATA, kind.ACK]
    assert a["kind"].tolist() == [1, 2, 1, 2, 1]
    assert a["low"].tolist() == [0, 1, 2, 3, 4] and a["high"].copy().tolist() == [0, -1, -2, -3, -4]
    assert a["name"].tolist() == ["n0", "n1", "n2", "n3", "n4"] and a["raw"][1] == b"ab01"
    assert a["v"].tolist()[4] == (1.0, 2.0, 4.0) and a["time"][0] == datetime(1970, 1, 1, 0, 1, 40)
    assert a["pos"][2] == Pos(2, 3) and a["pos"].tolist()[2] == (2.0, 3.0) and a["pos"].dtype is Pos
    assert a["pos"]["y"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0] and a["pos"].copy()[1] == Pos(1, 2)
    assert a["points"][3][1].y == 3.0 and a["points"].tolist()[3] == ((1.0, 2.0), (3.0, 3.0))
    assert a["u"]["n"].tolist() == [0, 1, 2, 3, 4] and a["u"][2].n == 2
    for name in ("name", "raw", "u", "points"):
        with pytest.raises(TypeError, match="tolist"):
            a[name].copy()
    a["kind"] = "DATA"
    a["kind"][1:3] = ["ACK", 2]
    a["name"] = "same"
    a["v"] = (7, 8, 9)
    a["v"][1:3] = ((1, 1, 1), (2, 2, 2))
    a["low"] = [5, 4, 3, 2, 1]
    a["pos"] = {"x": 1, "y": 2}
    a["pos"]["x"] = range(5)
    a["pos"][0] = (8, 9)
    a["points"][0][1].x = 6
    a["u"]["f"] = 1.0
    assert a["kind"].tolist() == [1, 2, 2, 1, 1] and a["name"].count("same") == 5
    assert a["v"].tolist() == [(7, 8, 9), (1, 1, 1), (2, 2, 2), (7, 8, 9), (7, 8, 9)]
    assert a["low"].tolist() == [5, 4, 3, 2, 1] and a["high"].tolist() == [0, -1, -2, -3, -4]
    assert a["pos"].tolist() == [(8, 9), (1, 2), (2, 2), (3, 2), (4, 2)] and a["points"][0][1] == (6, 0)
    assert a["u"]["n"].tolist() == [0x3F800000] * 5
    before = a.tolist()
    for change in (
        lambda: a.__setitem__("kind", ["ACK"] * 4 + ["SYN"]),
        lambda: a.__setitem__("name", ["x"] * 4 + ["much too long"]),
        lambda: a.__setitem__("low", [1, 2, 3, 4, 8]),
        lambda: a.__setitem__("magic", 8),
        lambda: a.__setitem__("time", [1, 2]),
    ):
        with pytest.raises((ValueError, OverflowError)):
            change()
        assert a.tolist() == before
    with pytest.raises(TypeError, match="no fields of its own|not str"):
        a["time"]["x"]


def test_what_columns_look_like(layout):
    a = bigs(2, layout)
    assert repr(a["kind"]) == "Column('kind', [DATA, ACK])"
    assert repr(a["pos"]["x"]) == "Column('pos.x', [0.0, 1.0])"
    assert repr(bigs(200)["low"]) == "Column('low', [0, 1, 2, ..., 5, 6, 7], len=200)"
    html = a._repr_html_()
    assert "ChunkArray of Big" in html and "<th" in html
    for name in Big.fields:
        assert name in html
    assert "ACK" in html and "1970-01-01T00:01:41" in html and "ab01" in html
    assert "kind" in a["kind"]._repr_html_() and "<b>" not in ChunkArray(
        Record("R", [("<b>", "U1")]), [(1,)]
    )._repr_html_().replace("&lt;b&gt;", "")


def test_chunks_of_columns():
    a = ChunkArray(Tick, TICKS * 2, chunk_size=4)
    chunks = a["price"].chunks()
    assert [len(chunk) for chunk in chunks] == [4, 2] and [chunk[1] for chunk in chunks] == [3.5, 0.25]
    chunks[0][1] = 6.0
    assert a[1].price == 6.0
    with pytest.raises(TypeError):
        bigs(1)["low"].chunks()
    with pytest.raises(TypeError):
        bigs(1)["name"].chunks()


# Pickles.


def test_pickles_and_copies(layout):
    a = bigs(5, layout, chunk_size=2)
    for made in (pickle.loads(pickle.dumps(a)), copy.copy(a), copy.deepcopy(a), a.copy()):
        assert made == a and made is not a and made.dtype is Big and type(made) is type(a)
        assert (made.chunk_size, made.growth) == (2, "double")
        made.append(big(5))
        assert len(a) == 5
    part = pickle.loads(pickle.dumps(a[1:3]))
    assert part == a[1:3] and part.array.dtype is Big


def test_pickles_of_records_that_no_name_leads_to():
    local = Record(
        "Local", [("a b", "U1:3"), ("c", "S1:5"), ("d", "TIME[ns]"), ("e", "F4[2]"), ("f", Pos), ("g", "TEXT[3]")]
    )
    a = ChunkArray(local)
    a.append((1, -2, 3, (1, 2), (3, 4), "xyz"))
    b = pickle.loads(pickle.dumps(a))
    assert b.dtype is not local and b.dtype.__name__ == "Local" and b.tolist() == a.tolist()
    assert b.dtype.__layout__.text == local.__layout__.text and b[0]["a b"] == 1 and b["f"]["y"].tolist() == [4.0]
    assert copy.copy(a).dtype is local


def test_a_pickle_of_other_records_is_refused(monkeypatch):
    data = pickle.dumps(ChunkArray(Tick, TICKS))
    monkeypatch.setitem(globals(), "Tick", Pos)
    with pytest.raises(ValueError, match="the pickle's records are {time@0:U8"):
        pickle.loads(data)
    monkeypatch.setitem(globals(), "Tick", int)
    with pytest.raises(ValueError, match="the pickle's records"):
        pickle.loads(data)


# NumPy.


@needs_numpy
def test_numpy_sees_the_records_themselves():
    import numpy

    a = ChunkArray(Tick, TICKS, capacity=8)
    view = a.numpy()
    assert view.dtype == numpy.dtype({"names": ["time", "price", "flags"], "formats": ["<u8", "<f4", ">u2"], "itemsize": 14, "offsets": [0, 8, 12]})  # fmt: skip
    assert view.tolist() == TICKS
    view["price"][1] = 7
    assert a[1].price == 7.0
    a[0].time = 99
    assert view["time"][0] == 99 and numpy.asarray(a)["flags"].tolist() == [3, 4, 5]
    assert a[::2].numpy().tolist() == [(99, 2.5, 3), (3, 0.25, 5)]
    assert not a[::2].numpy().flags.owndata
    b = ChunkArray(Tick, TICKS, chunk_size=1)
    assert not b.numpy().flags.writeable and b.numpy().tolist() == TICKS and b.numpy(copy=True).flags.writeable
    with pytest.raises(ValueError, match="copy=False"):
        b.numpy(copy=False)
    assert ChunkArray(Tick).numpy().dtype == view.dtype and len(ChunkArray(Tick).numpy()) == 0


@needs_numpy
def test_columns_reach_numpy_without_a_copy():
    import numpy

    a = ChunkArray(Tick, TICKS, capacity=8)
    price = a["price"].numpy()
    assert price.dtype == "<f4" and price.strides == (14,)
    price[0] = 5
    assert a[0].price == 5.0 and numpy.sum(a["price"]) == 8.75
    assert numpy.array_equal(numpy.asarray(a["flags"]), [3, 4, 5])
    b = ChunkArray(Tick, TICKS, chunk_size=1)
    assert not b["price"].numpy().flags.writeable and b["price"].numpy().tolist() == [2.5, 3.5, 0.25]
    with pytest.raises(ValueError):
        b["price"].numpy(copy=False)


@needs_numpy
@pytest.mark.parametrize("chunk_size", [1, 1024])
def test_numpy_of_each_kind(layout, chunk_size):
    a = bigs(5, layout, chunk_size=chunk_size)
    whole = a.numpy()
    assert whole["kind"].tolist() == [1, 2, 1, 2, 1] and whole["name"].tolist()[3] == b"n3"
    for name in Big.fields:
        column = a[name].numpy()
        assert len(column) == 5
        if name not in ("low", "high"):
            assert column.tolist() == whole[name].tolist(), name
    assert a["low"].numpy().tolist() == [0, 1, 2, 3, 4] and a["high"].numpy().tolist() == [0, -1, -2, -3, -4]
    assert a["u"]["n"].numpy().tolist() == [0, 1, 2, 3, 4] and a["pos"]["x"].numpy().tolist() == [0, 1, 2, 3, 4]
    empty = ChunkArray(Big, layout=layout)
    for name in Big.fields:
        column = empty[name].numpy()
        assert (
            len(column) == 0 and column.dtype == a[name].numpy().dtype and column.shape[1:] == a[name].numpy().shape[1:]
        )


@needs_numpy
def test_from_structured_arrays(layout):
    import numpy

    a = bigs(4, layout)
    b = ChunkArray(Big, a.numpy(), layout=layout)
    assert b == a
    t = ChunkArray(Tick, layout=layout)
    t.extend(numpy.array([(1, 2.5, 3)], [("flags", "u1"), ("price", "f4"), ("time", "u8")]))
    t.extend(numpy.array([(2, 2.5, 3)], [("time", "i8"), ("price", "f8"), ("flags", "i8")]))
    t.append(numpy.array([(3, 2.5, 3)], [("time", "i8"), ("price", "f8"), ("flags", "i8")])[0])
    assert t.tolist() == [(3, 2.5, 1), (2, 2.5, 3), (3, 2.5, 3)]
    for bad, error in (
        (numpy.array([(-1, 2.5, 3)], [("time", "i8"), ("price", "f8"), ("flags", "i8")]), OverflowError),
        (numpy.array([(1, 2.5)], [("time", "i8"), ("price", "f8")]), TypeError),
        (numpy.array([(1, 2.5, 3, 4)], [("time", "i8"), ("price", "f8"), ("flags", "i8"), ("x", "i8")]), TypeError),
    ):
        with pytest.raises(error):
            t.extend(bad)
    changed = a.numpy(copy=True)
    changed["magic"][2] = 8
    with pytest.raises(ValueError, match="magic is always 7, not 8"):
        b.extend(changed)
    assert len(t) == 3 and b == a


@needs_numpy
def test_numpy_arrays_as_columns(layout):
    import numpy

    a = ChunkArray(Tick, TICKS, layout=layout)
    a["price"] = numpy.arange(3) * 0.5
    a["time"] = numpy.array([7, 8, 9], "i4")
    assert a.tolist() == [(7, 0.0, 3), (8, 0.5, 4), (9, 1.0, 5)]
    assert a[numpy.array([True, False, True])]["time"].tolist() == [7, 9]


# Against a list of tuples.

ticks = st.tuples(st.integers(0, 2**64 - 1), st.floats(width=32, allow_nan=False), st.integers(0, 65535))


@given(st.lists(ticks), st.lists(ticks), st.sampled_from(LAYOUTS), st.sampled_from([1, 4, 1024]), st.data())
def test_as_a_list_of_tuples(rows, more, layout, chunk_size, data):
    a = ChunkArray(Tick, rows, layout=layout, chunk_size=chunk_size)
    model = list(rows)
    a.extend(more)
    model += more
    assert a.tolist() == model and [tuple(row) for row in a] == model
    window = slice(*data.draw(st.tuples(*[st.none() | st.integers(-9, 9)] * 2, st.sampled_from([None, 1, 2, -1, -3]))))
    assert a[window].tolist() == model[window] and a[window]["flags"].tolist() == [t[2] for t in model[window]]
    assert a[window].tobytes() == ChunkArray(Tick, model[window]).tobytes()
    if model:
        index = data.draw(st.integers(-len(model), len(model) - 1))
        value = data.draw(ticks)
        a[index] = value
        model[index] = value
        assert a.index(value) == model.index(value) and a[index] == value
    a.sort()
    assert a.tolist() == sorted(model)
    cut = data.draw(st.integers(0, len(model)))
    del a[cut:]
    assert a["price"].tolist() == [t[1] for t in sorted(model)[:cut]]


def test_arrays_of_records_go(layout):
    a = ChunkArray(Tick, TICKS, layout=layout)
    column, row, alive = a["price"], a[0], weakref.ref(a)
    del column, row, a
    collect()
    if CPYTHON:
        assert alive() is None


def test_columns_have_a_class_of_their_own():
    assert isinstance(ChunkArray(Tick)["price"], chunkarray.Column)
