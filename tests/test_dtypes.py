"""What each dtype holds, takes and refuses."""

import math
import struct
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray, _core
from support import ALL, BIG, FLOATS, RAW, SIGNED, SIZES, UNSIGNED, limits, needs_numpy, sample, ways_in

INTEGERS = sorted(set(ALL) - {"BOOL", "F4", "F8", ">F4", ">F8"})
CODES = dict(zip("U1 U2 U4 U8 S1 S2 S4 S8 B1 B2 B4 B8 F4 F8 BOOL".split(), "BHIQbhiqBHIQfd?"))


def struct_of(dtype):
    return struct.Struct((">" if dtype.startswith(">") else "<") + CODES[dtype.lstrip(">")])


@pytest.mark.parametrize("dtype", sorted(ALL))
def test_values_come_back(dtype):
    a = ChunkArray(dtype, sample(dtype))
    assert a.dtype == dtype
    assert a.tolist() == sample(dtype)
    assert [type(x) for x in a] == [type(x) for x in sample(dtype)]
    assert a.itemsize == a.element_size == ALL[dtype]
    assert a.nbytes == 3 * ALL[dtype]
    assert a.tobytes() == b"".join(map(struct_of(dtype).pack, sample(dtype)))
    b = ChunkArray(dtype)
    b.frombytes(a.tobytes())
    assert b == a
    a[1] = sample(dtype)[0]
    assert a[1] == sample(dtype)[0]
    assert a.pop() == sample(dtype)[2]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_limits_of_integers(dtype):
    low, high = limits(dtype)
    a = ChunkArray(dtype, [low, high])
    assert a.tolist() == [low, high]
    for bad in (low - 1, high + 1, 10**30, -(10**30)):
        message = r"%d is out of range for %s \(%d to %d\)" % (bad, dtype, low, high)
        for action in ways_in(a, bad, low):
            with pytest.raises(OverflowError, match=message):
                action()
    assert a.tolist() == [low, high]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("bad", [1.0, float("nan"), "1", None, 1j, [1]], ids=str)
def test_what_integers_refuse(dtype, bad):
    a = ChunkArray(dtype, [1])
    message = "%s takes an int.*, not %s" % (dtype, type(bad).__name__)
    for action in ways_in(a, bad, 2):
        with pytest.raises(TypeError, match=message):
            action()
    assert a.tolist() == [1]


@pytest.mark.parametrize("dtype", ["F4", "F8", ">F4", ">F8"])
@pytest.mark.parametrize("bad", ["1", None, 1j, [1], b"1"], ids=str)
def test_what_floats_refuse(dtype, bad):
    a = ChunkArray(dtype, [1])
    message = "%s takes a float, not %s" % (dtype, type(bad).__name__)
    for action in ways_in(a, bad, 2):
        with pytest.raises(TypeError, match=message):
            action()
    assert a.tolist() == [1]


@needs_numpy
def test_bool_takes_numpys():
    import numpy

    a = ChunkArray("BOOL", [numpy.True_, numpy.False_])
    for action in ways_in(a, numpy.True_, False):
        action()
    assert a[0] is True and a.tolist().count(True) == 5
    a = ChunkArray("BOOL[2]", [(numpy.bool_(1), numpy.int8(1))])
    assert a.tolist() == [(True, True)]
    for bad, error in ((numpy.float64(1), TypeError), (numpy.int8(2), OverflowError)):
        with pytest.raises(error, match="BOOL"):
            ChunkArray("BOOL", [bad])


def test_what_bool_takes():
    a = ChunkArray("BOOL", [True, False])
    assert a[0] is True and a[1] is False
    with pytest.raises(TypeError, match="BOOL takes a bool, not str"):
        a.append("True")
    with pytest.raises(OverflowError, match="2 is out of range for BOOL"):
        a.append(2)
    with pytest.raises(TypeError):
        a.append(1.0)
    assert a.tolist() == [True, False]


def test_floats():
    a = ChunkArray("F8", [1, True, 2.5])
    assert a.tolist() == [1.0, 1.0, 2.5]
    a.extend([float("inf"), -float("inf"), float("nan"), -0.0, 5e-324])
    assert (
        a[3] == math.inf and a[4] == -math.inf and math.isnan(a[5]) and math.copysign(1, a[6]) == -1 and a[7] == 5e-324
    )
    with pytest.raises(OverflowError, match="out of range for F8"):
        a.append(10**400)
    assert len(a) == 8


@pytest.mark.parametrize("dtype", ["F4", ">F4"])
def test_single_floats(dtype):
    greatest = struct.unpack(">f", b"\x7f\x7f\xff\xff")[0]
    a = ChunkArray(dtype, [greatest, -greatest, 3.4028235e38, 0.1, math.inf])
    assert a.tolist() == [greatest, -greatest, greatest, struct.unpack("f", struct.pack("f", 0.1))[0], math.inf]
    for bad in (3.4028236e38, 1e39, -1e300, 10**400):
        for action in ways_in(a, bad, 1.0):
            with pytest.raises(OverflowError, match="out of range for " + dtype):
                action()
    a.append(math.nan)
    assert math.isnan(a.pop()) and len(a) == 5


@pytest.mark.parametrize("dtype", sorted(RAW) + [">" + name for name in RAW if name != "B1"])
def test_raw_takes_bytes(dtype):
    size = ALL[dtype]
    raw = bytes(range(1, size + 1))
    a = ChunkArray(dtype)
    a.append(raw)
    assert a.tobytes() == raw
    assert a[0] == int.from_bytes(raw, "big" if dtype.startswith(">") else "little")
    for bad in (b"", raw + b"x"):
        with pytest.raises(ValueError):
            a.append(bad)
    assert len(a) == 1


def test_element_size():
    for size, name in ((1, "B1"), (2, "B2"), (4, "B4"), (8, "B8"), (3, "B1[3]"), (16, "B1[16]")):
        a = ChunkArray(element_size=size)
        assert (a.dtype, a.itemsize) == (name, size)
    assert ChunkArray("F8", element_size=8).dtype == "F8"
    for bad in (0, -1):
        with pytest.raises(ValueError):
            ChunkArray(element_size=bad)
    with pytest.raises(ValueError, match="F4"):
        ChunkArray("F4", element_size=8)
    with pytest.raises(TypeError):
        ChunkArray(element_size="8")


def test_fixed_shapes():
    a = ChunkArray("F4[3]", [(1, 2, 3)])
    a.append([4, 5, 6])
    assert a.dtype == "F4[3]" and a.itemsize == 12
    assert a.tolist() == [(1.0, 2.0, 3.0), (4.0, 5.0, 6.0)]
    a[0] = (7, 8, 9)
    assert a[0] == (7.0, 8.0, 9.0) and a.pop() == (4.0, 5.0, 6.0)
    assert a == ChunkArray("F4[3]", [(7, 8, 9)]) and a != ChunkArray("F4[3]", [(7, 8, 8)])
    for bad, error in (
        ((1, 2), ValueError),
        ((1, 2, 3, 4), ValueError),
        (1.0, TypeError),
        ((1, 2, "x"), TypeError),
        ((1, 2, 1e39), OverflowError),
    ):
        with pytest.raises(error):
            a.append(bad)
        with pytest.raises(error):
            a.extend([(0, 0, 0), bad])
    assert a.tolist() == [(7.0, 8.0, 9.0)]
    nested = ChunkArray(">S2[2,2]", [((1, 2), (3, 4))])
    assert nested[0] == ((1, 2), (3, 4)) and nested.tobytes() == b"\0\1\0\2\0\3\0\4"


# What may be written, by what it means. array.array's codes for C's long depend on the machine, and stand below.
SPELLINGS = {
    "U1": "U1 >U1 uint8 u1 <u1 >u1 |u1 B", "S1": "S1 >S1 int8 i1 <i1 >i1 |i1 b", "B1": "B1 >B1",
    "BOOL": "BOOL >BOOL bool b1 <b1 >b1 |b1",
    "U2": "U2 uint16 u2 <u2 H", ">U2": ">U2 >u2", "U4": "U4 uint32 u4 <u4 I", ">U4": ">U4 >u4",
    "U8": "U8 uint64 u8 <u8 Q", ">U8": ">U8 >u8", "S2": "S2 int16 i2 <i2 h", ">S2": ">S2 >i2",
    "S4": "S4 int32 i4 <i4 i", ">S4": ">S4 >i4", "S8": "S8 int64 i8 <i8 q", ">S8": ">S8 >i8",
    "F4": "F4 float32 f4 <f4 f", ">F4": ">F4 >f4", "F8": "F8 float64 f8 <f8 d", ">F8": ">F8 >f8",
    "B2": "B2", ">B2": ">B2", "B4": "B4", ">B4": ">B4", "B8": "B8", ">B8": ">B8",
}  # fmt: skip
for unit in ("s", "ms", "us", "ns"):
    for ours, name, code in (("TIME", "datetime64", "M8"), ("SPAN", "timedelta64", "m8")):
        little = f"{ours} {name} {code} <{code}".split()
        SPELLINGS["%s[%s]" % (ours, unit)] = " ".join("%s[%s]" % (text, unit) for text in little)
        SPELLINGS[">%s[%s]" % (ours, unit)] = f">{ours}[{unit}] >{code}[{unit}]"


def test_every_spelling():
    expected = {text: dtype for dtype, texts in SPELLINGS.items() for text in texts.split()}
    expected.update(l="S%d" % struct.calcsize("l"), L="U%d" % struct.calcsize("L"))
    spellings = _core.spellings()
    for dtype in dict.fromkeys(spellings.values()):
        print("%-10s %s" % (dtype, "  ".join(text for text, meaning in spellings.items() if meaning == dtype)))
    assert spellings == expected
    for text, dtype in expected.items():
        assert ChunkArray(text).dtype == dtype
        assert ChunkArray(text + "[2,3]").dtype == dtype + "[2,3]"
    assert ChunkArray("f4[ 3 , 1]").dtype == "F4[3,1]"


UNKNOWN = [
    "", " ", "F", "F2", "F16", "U3", "S", "B", "B3", "B16", "s8x", "U8 ", " U8", "object", "\0", "F8\0", "Ü8", "F８",
    # Case matters.
    "FLOAT64", "Float64", "bOOL", "Bool", "time[s]", "Time[s]", "s8", "U1 U2", "D", "TIMES[s]",
    # NumPy's types that arrays don't hold, and its spellings of others.
    "f2", "float16", "f16", "c16", "complex128", "S4x", "O", "V8", "a8", "?", "g", "int", "float", "uint", "double",
    # array.array's codes of text; a code has no byte order.
    "u", "w", ">d", "<d", "|d", ">B", "<i",
    # NumPy's long names have no order either, and `|` is for single bytes.
    ">float64", "<float64", "|u2", "|f8", "|U1", "|BOOL", ">", "<", "|", ">>U2", "<>U2", "> U2",
]  # fmt: skip
# array.array's code for unsigned bytes, and no abbreviation of ours.
UNKNOWN.remove("B")


@pytest.mark.parametrize("bad", UNKNOWN, ids=ascii)
def test_names_that_are_none(bad):
    for written in (bad, bad + "[2]" if bad.strip("<>|=@ ") else bad):
        with pytest.raises(ValueError) as caught:
            ChunkArray(written)
        message = str(caught.value)
        assert message.startswith("unknown dtype '"), message
        assert all(name in message for name in SIZES) and "TIME[s|ms|us|ns] SPAN[s|ms|us|ns]" in message


@pytest.mark.parametrize("order", ["=", "@"])
@pytest.mark.parametrize("name", ["F8", "f8", "float64", "d", "i4", "U1", "TIME[ns]", "M8[ms]", "S2[3]"])
def test_an_order_that_depends_on_the_machine_is_refused(order, name):
    instead = ChunkArray(name).dtype
    with pytest.raises(ValueError) as caught:
        ChunkArray(order + name)
    either = "" if instead == "U1" else " (little-endian) or '>%s' (big-endian)" % instead
    assert str(caught.value) == "dtype '%s%s' depends on the machine; write '%s'%s" % (order, name, instead, either)


def test_our_names_need_no_prefix():
    with pytest.raises(ValueError, match="dtype '<F8': write 'F8', which is little-endian on every machine"):
        ChunkArray("<F8")


@pytest.mark.parametrize("bad", "TIME SPAN >TIME TIME[] TIME[D] TIME[S] TIME[3] SPAN[ns TIME[10ns] M8 <m8[D]".split())
def test_times_need_a_unit(bad):
    with pytest.raises(ValueError) as caught:
        ChunkArray(bad)
    assert str(caught.value) == "dtype '%s' needs a unit: one of s ms us ns, as in TIME[ns]" % bad


@pytest.mark.parametrize(
    "bad",
    "F8[ F8] F8[] F8[0] F8[-1] F8[+1] F8[1.5] F8[x] F8[2][3] F8[2]x F8[1,1,1,1,1] F8[2,] F8[,2] TIME[s][0] "
    "F8[99999999999999999999] F8[4294967296,4294967296]".split(),
)
def test_bad_shapes(bad):
    with pytest.raises(ValueError) as caught:
        ChunkArray(bad)
    if bad != "F8]":
        assert str(caught.value).startswith("dtype '%s' has a bad shape; write up to 4 counts" % bad)


def test_the_table_of_dtypes():
    rows = _core.dtypes()
    assert [row["name"] for row in rows] == [
        dtype for dtype in dict.fromkeys(_core.spellings().values()) if dtype[0] != ">"
    ]
    for row in rows:
        a = ChunkArray(row["name"])
        a.frombytes(bytes(a.itemsize))
        (chunk,) = a.chunks()
        assert int(row["bytes"]) == a.itemsize
        assert row["format"] == memoryview(chunk).format
        assert row["typestr"] == chunk.__array_interface__["typestr"]
        assert type(a[0]).__name__ == row["python"].split(",")[0]
        for code in row["array"]:
            assert ChunkArray(code).dtype == row["name"] and array(code).itemsize == a.itemsize
    assert "".join(sorted("".join(row["array"] for row in rows))) == "BHILQbdfhilq"
    # What all of them are called, in other words than the table's.
    assert ["%(name)s %(numpy)s %(arrow)s" % row for row in rows if row["name"] in ("S4", "F4", "B2", "SPAN[us]")] == [
        "S4 int32 int32",
        "F4 float32 float",
        "B2 uint16 uint16",
        "SPAN[us] timedelta64[us] duration[us]",
    ]


@needs_numpy
def test_the_table_is_right_about_numpy():
    import numpy

    for row in _core.dtypes():
        assert numpy.dtype(row["numpy"]) == numpy.dtype(row["typestr"]) == ChunkArray(row["name"]).numpy().dtype


def test_the_twin_has_the_same_table():
    from chunkarray._twin import _dtype_table as table

    rows = []
    for name, kind, size, format, code, numpy, arrow, python in table.ROWS:
        for unit in table.UNITS if kind in ("TIME", "SPAN") else [""]:
            unit = unit and "[%s]" % unit
            codes = [c for c, means in table.ARRAY_CODES if means == kind and struct.calcsize(c) == size]
            rows.append({
                "name": name + unit, "bytes": str(size), "format": format, "arrow": arrow + unit,
                "python": "int" if unit == "[ns]" else python, "array": "".join(codes),
                "typestr": ("|" if size == 1 else "<") + code + unit, "numpy": (numpy or arrow) + unit,
            })  # fmt: skip
    assert rows == _core.dtypes()


def test_python_types():
    assert [ChunkArray(t).dtype for t in (float, int, bool)] == ["F8", "S8", "BOOL"]
    for bad in (str, complex, object, 8, 1.5, b"F8", None, ["F8"]):
        with pytest.raises(TypeError):
            ChunkArray(bad)
    with pytest.raises(TypeError, match="needs a dtype"):
        ChunkArray()


@needs_numpy
def test_numpy_dtypes():
    import numpy

    for described, dtype in (
        (numpy.dtype("f8"), "F8"), (numpy.dtype(">u2"), ">U2"), (numpy.dtype(bool), "BOOL"), (numpy.float32, "F4"),
        (numpy.uint8, "U1"), (numpy.dtype(("f4", (3,))), "F4[3]"), (numpy.dtype((">i2", (2, 2))), ">S2[2,2]"),
    ):  # fmt: skip
        assert ChunkArray(described).dtype == dtype
    for bad in (
        numpy.dtype("S4"),
        numpy.dtype("U4"),
        numpy.dtype(object),
        numpy.dtype("c16"),
        numpy.dtype("f2"),
        numpy.dtype([("x", "f8")]),
    ):
        with pytest.raises(ValueError):
            ChunkArray(bad)
    a = ChunkArray("F8", [numpy.float32(0.5), numpy.int64(3)])
    b = ChunkArray("S2", [numpy.int64(3), numpy.uint8(200)])
    assert a.tolist() == [0.5, 3.0] and b.tolist() == [3, 200]
    with pytest.raises(TypeError):
        b.append(numpy.float64(1.0))


def test_conversions_of_users_classes():
    class Number:
        def __float__(self):
            return 2.5

        def __index__(self):
            return 7

    class Whole:
        def __index__(self):
            return 7

    class Broken:
        def __float__(self):
            raise ZeroDivisionError("mine")

        __index__ = __float__

    assert ChunkArray("F8", [Number()]).tolist() == [2.5]
    for dtype in ("F8", "F4"):
        a = ChunkArray(dtype, [1])
        for action in ways_in(a, Whole(), 1):
            action()
        assert a.tolist() == [7, 7, 7, 1, 7, 1, 7]
    assert ChunkArray("U1", [Number()]).tolist() == [7]
    for dtype in ("F8", "F4", "U1", "S8", "B4"):
        a = ChunkArray(dtype, [1])
        for action in ways_in(a, Broken(), 1):
            with pytest.raises(ZeroDivisionError, match="mine"):
                action()
        assert a.tolist() == [1]


def test_conversions_that_change_the_array():
    class Appends:
        def __float__(self):
            a.append(9.0)
            return 1.0

    class Empties:
        def __float__(self):
            a.clear()
            return 1.0

    a = ChunkArray("F8", [0.0])
    a.append(Appends())
    assert a.tolist() == [0.0, 9.0, 1.0]
    a.extend([Appends(), 2.0])
    assert a.tolist() == [0.0, 9.0, 1.0, 9.0, 1.0, 2.0]
    with pytest.raises(IndexError):
        a[3] = Empties()
    assert a.tolist() == []


@given(st.sampled_from(sorted(set(ALL) - {"BOOL"})), st.lists(st.integers(-(2**70), 2**70) | st.floats(), max_size=8))
def test_takes_what_struct_takes(dtype, candidates):
    packer = struct_of(dtype)
    a, expected = ChunkArray(dtype), b""
    for value in candidates:
        try:
            if isinstance(value, float) and dtype.lstrip(">") not in FLOATS:
                raise OverflowError("PyPy's struct would round it")
            packed = packer.pack(value)
        except (struct.error, OverflowError, ValueError):  # ValueError: PyPy
            with pytest.raises((TypeError, OverflowError)):
                a.append(value)
        else:
            a.append(value)
            expected += packed
    if dtype.lstrip(">") in FLOATS:  # the bits of a NaN may change on the way through a Python float
        assert [x if x == x else None for x in a] == [x if x == x else None for (x,) in packer.iter_unpack(expected)]
    else:
        assert a.tobytes() == expected


def test_the_tables_above_are_complete():
    assert set(SIZES) == set(UNSIGNED) | set(SIGNED) | set(RAW) | set(FLOATS) | {"BOOL"} and len(BIG) == 11
