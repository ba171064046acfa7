"""Rows and their fields one by one, which on PyPy and GraalPy take a shorter way than arrays as a whole do."""

import struct
import threading
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray, Record, Union
from support import ABOUT, HOST, IMPLEMENTATION, limits, run_together, scaled
from test_interrupted import add_amid_additions

_NAN = float("nan")


def _float4(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


floats = st.floats(allow_nan=False)
float4s = st.floats(allow_nan=False, width=32)


def integers(dtype):
    return st.integers(*limits(dtype))


class Vector(Record):
    x: "F4"
    y: ">S2"


def texts(size):
    """Text of so many bytes at most, with and without bytes that are no UTF-8."""
    surrogates = "" if IMPLEMENTATION == "rustpython" else "\udc80\udcff"  # which its str.encode refuses
    characters = st.sampled_from("aZ\0ä€\U0001f600" + surrogates)

    def fitting(x):
        # Cut, not filtered: where draws are refused hypothesis shows all of this, which GraalPy and RustPython fail at.
        while len(_utf8(x)) > size:
            x = x[:-1]
        return x.rstrip("\0")

    return st.text(characters, max_size=size).map(fitting)


def _utf8(text):
    return text.encode("utf-8", "surrogateescape")


def times(step):
    return st.none() | st.integers(-(10**9), 10**9).map(lambda k: datetime(1970, 1, 1) + k * step)


# Layouts, and what gives values for each of their fields.
LAYOUTS = {
    "unsigned": ({name: name for name in ("U1", "U2", "U4", "U8")}, [integers(x) for x in ("U1", "U2", "U4", "U8")]),
    "signed": ({name: name for name in ("S1", "S2", "S4", "S8")}, [integers(x) for x in ("S1", "S2", "S4", "S8")]),
    "big": (
        {"a": ">U2", "b": ">U4", "c": ">U8", "d": ">S2", "e": ">S4", "f": ">S8"},
        [integers(x) for x in ("U2", "U4", "U8", "S2", "S4", "S8")],
    ),
    "others": (
        {"a": "F8", "b": "BOOL", "c": "F4", "d": "TIME[ns]", "e": "B4", "f": ">TIME[ns]", "g": "SPAN[s]"},
        [floats, st.booleans(), float4s, st.none() | st.integers(1 - 2**63, 2**63 - 1), integers("U4"),
         st.none() | st.integers(-1000, 1000), st.sampled_from([None, timedelta(days=-3), timedelta(seconds=5)])],
    ),
    "gaps": ({"a": "U1", "p": "pad[11]", "b": "U2", "q": "pad[3]"}, [integers("U1"), integers("U2")]),
    "bits": (
        {"a": "U1:3", "b": "U1:5", "c": ">U2:4", "d": ">U2:11", "e": "S4:7", "f": "BOOL:1", "g": "U8:40", "h": "U8:24"},
        [st.integers(0, 7), st.integers(0, 31), st.integers(0, 15), st.integers(0, 2047), st.integers(-64, 63),
         st.booleans(), st.integers(0, 2**40 - 1), st.integers(0, 2**24 - 1)],
    ),
    "records": ({"a": Vector, "b": "U1"}, [st.tuples(float4s, integers("S2")), integers("U1")]),
    "text": (
        {"a": "TEXT[5]", "b": "B1[3]", "c": "TEXT[1]", "d": "B1[1]", "e": ">F8", "f": ">F4", "g": ">F8[2]"},
        [texts(5), st.binary(min_size=3, max_size=3), texts(1), st.binary(min_size=1, max_size=1), floats, float4s,
         st.tuples(floats, floats)],
    ),
    "shapes": (
        {"a": "F4[2]", "b": "U1[2,3]", "c": ">S2[1]", "d": "BOOL[2]", "e": "U1[40]", "f": "TIME[us][2]",
         "g": "TIME[us]", "h": "SPAN[ms]", "i": ">TIME[s]", "j": "TIME[ms]"},
        [st.tuples(float4s, float4s), st.tuples(*[st.tuples(*[integers("U1")] * 3)] * 2), st.tuples(integers("S2")),
         st.tuples(st.booleans(), st.booleans()), st.binary(min_size=40, max_size=40).map(tuple),
         st.tuples(times(timedelta(microseconds=1)), times(timedelta(microseconds=1))),
         times(timedelta(microseconds=7)), st.none() | st.integers(-1000, 1000).map(lambda k: timedelta(seconds=k / 8)),
         times(timedelta(seconds=1)), times(timedelta(milliseconds=1))],
    ),
}  # fmt: skip
CLASSES = {name: Record(name.replace(" ", "_"), list(fields.items())) for name, (fields, _) in LAYOUTS.items()}

each_layout = pytest.mark.parametrize("name", LAYOUTS)
each_growth = pytest.mark.parametrize("growth", ["double", "fixed"])


def rows_of(name):
    return st.lists(st.tuples(*LAYOUTS[name][1]), min_size=1, max_size=9)


def plain(value):
    return value.astuple() if isinstance(value, Record) else value


@each_layout
@each_growth
@given(data=st.data())
def test_single_rows_are_what_many_are(name, growth, data):
    rows = data.draw(rows_of(name))
    whole = ChunkArray(CLASSES[name], chunk_size=2, growth=growth)
    whole.extend(rows)
    for way in ("append", "push", "put"):
        a = ChunkArray(CLASSES[name], [rows[0]] * 11, chunk_size=2, growth=growth)
        for row in a:  # padding, too, is to be written anew
            row._of.chunks()
        a.frombytes(b"\0" * 3 * a.itemsize)
        a.clear()
        if way == "put":
            with a.appender() as put:
                for row in rows:
                    put(row)
        else:
            for k, row in enumerate(rows):
                assert getattr(a, way)(row) == (k if way == "push" else None)
        assert a.tobytes() == whole.tobytes() and a.tolist() == rows
    names = CLASSES[name].fields
    for row, values in zip(whole, rows):
        assert [plain(row[field]) for field in names] == list(values)
    for k, field in enumerate(names):
        assert [plain(value) for value in whole[field]] == [values[k] for values in rows]


@each_layout
@each_growth
@given(data=st.data())
def test_fields_that_are_written(name, growth, data):
    rows = data.draw(rows_of(name))
    other = data.draw(rows_of(name))[0]
    at = data.draw(st.integers(0, len(rows) - 1))
    field = data.draw(st.integers(0, len(other) - 1))
    a = ChunkArray(CLASSES[name], rows, chunk_size=2, growth=growth)
    for _ in range(5):  # until doors that look at memory have done so
        assert plain(a[at][CLASSES[name].fields[field]]) == rows[at][field]
    a[at][CLASSES[name].fields[field]] = other[field]
    expected = [list(row) for row in rows]
    expected[at][field] = other[field]
    assert a.tolist() == [tuple(row) for row in expected]


BAD = {
    "unsigned": [
        ("U1", -1),
        ("U1", 256),
        ("U2", 65536),
        ("U4", -1),
        ("U8", 2**64),
        ("U8", -1),
        ("U8", 1.5),
        ("U4", "1"),
    ],
    "signed": [("S1", 128), ("S2", -32769), ("S8", 2**63), ("S8", None)],
    "big": [("a", -1), ("a", 65536), ("c", 2**64), ("f", 2**63), ("d", 32768), ("e", 1.0)],
    "others": [("a", "1"), ("b", 2), ("c", 1e300), ("c", None), ("d", 2**63), ("e", 2**32)],
    "text": [
        ("a", "äääx"),
        ("a", "\ud800"),
        ("a", b"a"),
        ("a", None),
        ("b", b"ab"),
        ("b", "abc"),
        ("d", b""),
        ("e", "1"),
        ("f", 1e300),
        ("f", None),
        ("g", (1.0, 2.0, 3.0)),
    ],
    "shapes": [
        ("a", (1.0,)),
        ("a", (1.0, "x")),
        ("a", 1.0),
        ("b", ((1, 2, 3), (1, 2, 256))),
        ("b", ((1, 2), (3, 4))),
        ("c", (1.5,)),
        ("d", (True, 2)),
        ("e", (300,) * 40),
        ("f", (1, "x")),
        ("g", 1.5),
        ("g", 2**63),
        ("h", timedelta(microseconds=5)),
        ("i", datetime(2020, 1, 1, 0, 0, 0, 5)),
        ("h", timedelta.max),
        ("h", datetime(2020, 1, 1)),
        ("g", timedelta(1)),
    ],
    "bits": [("a", 8), ("a", -1), ("d", 2048), ("e", 64), ("e", -65), ("f", 2), ("g", 2**40), ("h", 0.5)],
}


GOOD = {
    "others": (0.5, True, 1.5, 7, 9, None, None),
    "bits": (1, 1, 1, 1, 1, True, 1, 1),
    "text": ("ab", b"abc", "", b"x", 1.5, 2.5, (3.5, 4.5)),
    "shapes": (
        *((1.0, 2.0), ((1, 2, 3), (4, 5, 6)), (7,), (True, False), (1,) * 40, (datetime(2020, 1, 1), None)),
        *(datetime(2020, 1, 1), timedelta(1), datetime(1960, 1, 1), None),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_values_change_nothing(name):
    fields = CLASSES[name].fields
    good = GOOD.get(name, (1,) * len(fields))
    a = ChunkArray(CLASSES[name], [good])
    a.append(good)
    before = a.tobytes()
    for field, value in BAD[name]:
        row = tuple(value if f == field else x for f, x in zip(fields, good))
        errors = []
        for way in (
            lambda: a.append(row),
            lambda: a.push(row),
            lambda: a.extend([row]),
            lambda: setattr(a[1], field, value),
        ):
            with pytest.raises((TypeError, OverflowError, ValueError)) as raised:
                way()
            errors.append((raised.type, str(raised.value)))
            assert a.tobytes() == before and len(a) == 2
        # What is no time or no text of UTF-8 at all is told in other words.
        assert len(set(errors)) == 1 and (field + ": " in errors[0][1] or errors[0][0] is UnicodeEncodeError), errors
    for row in (good[:-1], (*good, 1), ()):
        with pytest.raises(ValueError):
            a.append(row)
    for row in ("abc", 5, None):
        with pytest.raises(TypeError):
            a.append(row)
    assert a.tobytes() == before


def test_floats_that_are_no_numbers():
    a = ChunkArray(CLASSES["others"])
    for value in (_NAN, float("inf"), float("-inf")):
        a.append((value, True, value, None, 1, 1, 1))
    a.append((1, False, 7, None, 1, 1, 1))  # integers for floats
    a.append((True, False, True, None, 1, 1, 1))
    expected = ["nan", "inf", "-inf"]
    assert [str(row.a) for row in a] == [*expected, "1.0", "1.0"]
    assert [str(row.c) for row in a] == [*expected, "7.0", "1.0"]


@given(st.floats(), st.floats(width=32), st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1))
def test_floats_of_the_other_byte_order_to_the_last_bit(eight, four, bits, more):
    a = ChunkArray(Record("Floats", a=">F8", b=">F4", c=">F8[2]"), chunk_size=2)
    a.append((eight, four, (eight, -eight)))
    assert a.tobytes() == struct.pack(">dfdd", eight, four, eight, -eight)
    assert repr(a[0].astuple()) == repr((eight, four, (eight, -eight)))
    data = struct.pack(">QIQQ", bits, more, bits, bits)
    a.frombytes(data)
    assert repr(a[1].astuple()) == repr(a.tolist()[1])
    if bits >> 52 & 0x7FF != 0x7FF:  # what is no number may become another one
        (a[1].a,) = struct.unpack(">d", data[:8])
        assert a.tobytes()[28:36] == data[:8]


@given(st.binary(min_size=10, max_size=10))
def test_text_of_any_bytes(data):
    a = ChunkArray(Record("Texts", a="TEXT[5]", b="B1[3]", c="TEXT[1]", d="B1[1]"))
    a.frombytes(data)
    assert a[0].a == data[:5].rstrip(b"\0").decode("utf-8", "surrogateescape") == a.tolist()[0][0]
    assert a[0].b == data[5:8] and a[0].d == data[9:]


@each_growth
def test_records_in_arrays_of_records(growth):
    inner = Record("Inner", x="F4", n=">U2", low="U1:4", high="U1:4")
    outer = Record("Outer", [("k", "U1"), ("pos", inner), ("several", inner[2]), ("grid", inner[2, 2]), ("end", "U4")])
    one = (1.5, 2, 3, 4)
    a = ChunkArray(outer, chunk_size=2, growth=growth)
    for k in range(5):
        a.append((k, one, (one, one), ((one, one), (one, one)), k))
    before = a.tobytes()
    for k, row in enumerate(a):
        inside = [row.pos, row.several[0], row.several[1], *row.grid[0], *row.grid[1]]
        assert all((each.x, each.n, each.low, each.high) == one for each in inside)
        for n, each in enumerate(inside):
            each.x, each.n, each.high = n, n + k, n
        assert [(each.x, each.n, each.low, each.high) for each in inside] == [(n, n + k, 3, n) for n in range(7)]
        with pytest.raises(OverflowError, match="grid.n|n: "):
            inside[-1].n = 65536
        assert (row.k, row.end) == (k, k)
        for each in inside:
            each.x, each.n, each.high = one[0], one[1], one[3]
    assert a.tobytes() == before
    row = a[4]
    inside = row.grid[1][1]
    a.truncate(4)
    for change in (lambda: inside.x, lambda: row.pos.n, lambda: setattr(inside, "x", 1)):
        with pytest.raises(IndexError):
            change()
    assert a.tobytes() == before[: 4 * outer.size]


@each_growth
def test_fields_of_unions(growth):
    point = Record("Place", x="F4", y="F4")
    value = Union(number="U4", raw="B1[4]", share="F4", pos=point, low="U1:4", text="TEXT[6]")
    a = ChunkArray(Record("Either", [("k", "U1"), ("value", value)]), chunk_size=2, growth=growth)
    for k in range(5):
        a.append((k, {"number": k}))
    for k, row in enumerate(a):
        assert (row.value.number, row.value.raw, row.value.low) == (k, bytes([k, 0, 0, 0]), k)
        row.value.share = 1.0
        assert row.value.number == 0x3F800000 and row.value.pos.x == 1.0
        row.value.pos.y = 2.0
        assert row.value.pos == (1.0, 2.0)
        row.value.low = 5
        assert row.value.number == 0x3F800005
        row.value.text = "äb"
        assert row.value.text == "äb"
        for field, bad in (("number", -1), ("share", "x"), ("low", 16), ("text", "1234567"), ("raw", b"12345")):
            with pytest.raises((TypeError, ValueError, OverflowError), match=field):
                setattr(row.value, field, bad)
        assert row.value.text == "äb" and row.k == k
    value = a[4].value
    a.truncate(4)
    for change in (lambda: value.number, lambda: setattr(value, "number", 1)):
        with pytest.raises(IndexError):
            change()


def test_rows_that_are_gone():
    a = ChunkArray(CLASSES["unsigned"], [(k, k, k, k) for k in range(10)], chunk_size=2, growth="fixed")
    rows = list(a)
    assert [row.U2 for row in rows] == list(range(10))
    a.drop_front(4)
    for row in rows[:4]:
        with pytest.raises(IndexError):
            assert row.U2 == 0
        with pytest.raises(IndexError):
            row.U2 = 5
    assert rows[4].U2 == 4 and a[0].U4 == 4
    a.truncate(2)
    with pytest.raises(IndexError):
        assert rows[6].U1 == 0
    a.append((77, 77, 77, 77))
    assert rows[6].U1 == 77  # the position has an element again
    a.freeze()
    with pytest.raises(ValueError):
        a[0].U1 = 5
    with pytest.raises(ValueError):
        a.append((1, 1, 1, 1))
    assert a[0].U1 == 4
    b = ChunkArray(CLASSES["unsigned"], [(1, 2, 3, 4)])
    row = b[0]
    assert row.U8 == 4
    b.close()
    with pytest.raises((IndexError, ValueError)):
        assert row.U8 == 0


def test_rows_of_an_array_that_grows_under_an_iterator():
    a = ChunkArray(CLASSES["unsigned"], [(0, 0, 0, 0)], chunk_size=2)
    seen = []
    for row in a:
        seen.append(row.U4)
        if row.U4 < 40:
            a.append((row.U4 + 1,) * 4)
    assert seen == list(range(41))


class Odd(Record):
    """15 bytes: each number of a row begins at another distance from what its type would be aligned to."""

    time: "U8"
    price: "F4"
    flags: ">U2"
    kind: "U1"


def odd(k):
    return 2**60 + k, k / 2, k, k % 256


def test_fields_that_begin_anywhere():
    count = 40  # several chunks, of which each begins elsewhere, too
    for options in (
        {"chunk_size": 1},
        {"chunk_size": 4, "growth": "fixed"},
        {"capacity": 16},
        {"chunk_size": 8, "keep": count},
    ):
        a = ChunkArray(Odd, map(odd, range(count)), **options)
        assert [(r.time, r.price, r.flags, r.kind) for r in a] == list(map(odd, range(count)))
        assert [(a[k].kind, a[k].time) for k in range(-count, count)] == [
            (k % 256, 2**60 + k) for k in (*range(count), *range(count))
        ]
        for k in range(count):
            a[k].time, a[k].price, a[k].flags, a[k].kind = odd(k + 7)
        assert a.tolist() == [odd(k + 7) for k in range(count)]


def test_columns_one_by_one():
    a = ChunkArray(Record("Outer", [("pos", Vector), ("n", "U1"), ("name", "TEXT[5]")]), chunk_size=2)
    a.extend([((k, -k), k, "n%d" % k) for k in range(9)])
    x, n, name = a["pos"]["x"], a["n"], a["name"]
    assert [x[k] for k in range(9)] == list(range(9)) and list(reversed(n)) == [*range(8, -1, -1)]
    assert [name[k] for k in range(-9, 9)] == ["n%d" % (k % 9) for k in range(-9, 9)]
    for column in (x, n, name, n[2:5]):
        for index in (len(column), -len(column) - 1, 10**20):
            message = "^index %d is out of range for length %d$" % (index, len(column))
            with pytest.raises(IndexError, match=message):
                assert column[index] is None
            with pytest.raises(IndexError, match=message):
                column[index] = 1
    x[3], n[-1], name[0], n[2:5][1] = 1.5, 77, "five!", 5
    assert (a[3].pos.x, a[8].n, a[0].name, a[3].n) == (1.5, 77, "five!", 5)
    for value in ("sixsix", "\u20ac\u20ac"):
        with pytest.raises(ValueError, match="bytes of UTF-8"):
            name[0] = value
    a[1].name = "\u20ac"
    assert name[1] == "\u20ac" and a["pos"][2] == (2.0, -2)
    a.frombytes(b"\0" * 7 + b"a\0\xff\0\0")
    assert a[-1].name == name[9] == "a\0\udcff"


def test_what_is_seen_of_rows_just_appended():
    a = ChunkArray(Odd, chunk_size=4)
    for k in range(30):
        a.append(odd(k))
        assert len(a) == k + 1
        if k % 3 == 0:
            assert a[k].price == k / 2 and a[-1].kind == k
        elif k % 3 == 1:
            assert a["flags"][k] == k and a.tolist()[-1] == odd(k)
    assert a.push(odd(30)) == 30
    a.append((7, 7, 7, 7))  # an integer for a float, between others
    a.append(odd(32))
    a.append({"time": 8, "price": 8.0, "flags": 8, "kind": 8})
    a.append(odd(34))
    assert a.tolist()[30:] == [odd(30), (7, 7.0, 7, 7), odd(32), (8, 8.0, 8, 8), odd(34)]
    assert a.pop().astuple() == odd(34) and a.pop().price == 8.0
    a.append(odd(33))
    del a[2:]
    a.append(odd(2))
    assert a.tolist() == [odd(0), odd(1), odd(2)] and [row.flags for row in a] == [0, 1, 2]


def test_rows_of_a_transaction_that_fails():
    a = ChunkArray(Odd, [odd(0)], chunk_size=2)
    row = a[0]
    for fails in (True, False):
        try:
            with a.transaction():
                for k in range(1, 6):
                    a.append(odd(k))
                    assert a[k].price == k / 2
                if fails:
                    a.append(("no", 1.0, 1, 1))
        except TypeError:
            assert len(a) == 1
        assert row.time == 2**60 and [r.kind for r in a] == ([0] if fails else [0, 1, 2, 3, 4, 5])
    with pytest.raises(IndexError):
        a[6]


def test_rows_that_are_put():
    a = ChunkArray(Odd, chunk_size=2)
    with a.appender() as put:
        for k in range(20):
            put(odd(k))
            if k % 4 == 0:
                put(time=k, price=k, flags=k, kind=k)
                assert a[len(a) - 1].price == k and a[-2].time == 2**60 + k
        for bad in (("no", 1.0, 1, 1), (1, 1.0, 1), (1, 1.0, 65536, 1), 5):
            with pytest.raises((TypeError, ValueError, OverflowError)):
                put(bad)
        assert len(a) == 25
    with pytest.raises(RuntimeError, match="after the end"):
        put(odd(1))
    assert a.tolist() == [row for k in range(20) for row in [odd(k), (k, k, k, k)][: 1 + (k % 4 == 0)]]


def test_a_class_of_ones_own_sees_all_appends():
    seen = []

    class Watched(ChunkArray):
        __slots__ = ()

        def append(self, value):
            seen.append(value)
            super().append(value)

    a = Watched(Odd)
    a.append(odd(1))
    a.append(time=2, price=2, flags=2, kind=2)
    assert len(seen) == 2 and a.tolist() == [odd(1), (2, 2.0, 2, 2)]


THREADS = 8


@pytest.mark.parametrize("options", [{"chunk_size": 2}, {"chunk_size": 2, "growth": "fixed"}], ids=["double", "fixed"])
@pytest.mark.parametrize("first", [True, False], ids=["one thread before the others", "all at once"])
def test_threads_lose_and_tear_nothing(options, first):
    record = Record("Event", thread="U1", number="U4", half="F8", again=">U4", negative="S8")
    each = scaled(20_000, least=100)
    a = ChunkArray(record, **options)
    ended = []  # append() is one step, for threads; left -= 1 is not

    def row(thread, k):
        return thread, k, k / 2, k, -k

    def whole(values):
        thread, k, half, again, negative = values
        return thread <= THREADS and half == k / 2 and again == k and negative == -k

    if first:
        a.append(row(THREADS, 0))

    def append(thread):
        def run():
            try:
                for k in range(each):
                    a.append(row(thread, k))
            finally:
                ended.append(thread)

        return run

    def read():
        while len(ended) < THREADS:
            n = len(a)
            if n:
                # A row is there with all of its fields as soon as it is counted.
                last = a[n - 1]
                assert whole((last.thread, last.number, last.half, last.again, last.negative))

    run_together(*map(append, range(THREADS)), read)
    assert len(a) == THREADS * each + first
    rows = a.tolist()
    assert all(map(whole, rows))
    for thread in range(THREADS):
        assert [values[1] for values in rows if values[0] == thread] == list(range(each))


@pytest.mark.skipif(HOST == "python", reason="needs appends that nothing comes amid, which the twin's are not")
@pytest.mark.parametrize("way", ["append", "put"])
def test_appends_amid_appends_of_one_thread(way):
    a = ChunkArray(Record("Pair", a="U4", b="F8"), chunk_size=2)
    count = add_amid_additions(a, way, lambda k: (k, k / 2))
    assert sorted(a.tolist()) == [(k, k / 2) for k in range(1, count + 1)]


@pytest.mark.skipif(HOST in ("python", "debug"), reason="needs memory that is not Python's, and that is given back")
@pytest.mark.skipif(ABOUT["interpreter"] == "GraalPy", reason="needs threads that take turns sooner than GraalPy's")
def test_memory_that_is_given_back_beside_readers():
    record = CLASSES["unsigned"]
    content = ChunkArray(record, [(7, 7, 7, 7)]).tobytes() * 30_000
    arrays = [None]
    over = threading.Event()

    def read():
        while not over.is_set():
            a = arrays[0]
            if a is not None:
                try:
                    for k in range(len(a) - 5, len(a)):
                        row = a[k]
                        assert row.U8 == 7
                        row.U2 = 7
                except (IndexError, ValueError):
                    pass

    def change():
        try:
            for _ in range(scaled(20, least=2)):
                a = ChunkArray(record, capacity=30_000)
                a.frombytes(content)
                arrays[0] = a
                a.close()
        finally:
            over.set()

    run_together(change, read, read)
