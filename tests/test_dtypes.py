"""What each dtype holds, takes and refuses."""

import math
import struct

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


def test_every_spelling():
    spellings = _core.spellings()
    for spelling, dtype in spellings.items():
        print("%-16s %s" % (spelling, dtype))
    assert set(ALL) <= set(spellings)
    for spelling, dtype in spellings.items():
        assert ChunkArray(spelling).dtype == dtype
    for ours, theirs in {
        "f8": "F8",
        "i4": "S4",
        "u2": "U2",
        "float64": "F8",
        "int32": "S4",
        "uint8": "U1",
        "bool": "BOOL",
        "d": "F8",
        "B": "U1",
        "q": "S8",
    }.items():
        assert spellings[ours] == theirs


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "F",
        "F2",
        "F16",
        "U3",
        "s8x",
        "FLOAT64",
        "=F8",
        "@F8",
        ">",
        "F8[",
        "F8[0]",
        "F8[-1]",
        "F8[99999999999999999999]",
        "\0",
        "Ü8",
        "object",
        "U8 ",
    ],
)
def test_bad_names(bad):
    with pytest.raises(ValueError) as caught:
        ChunkArray(bad)
    if bad[:1] in ("=", "@"):
        assert "F8" in str(caught.value)
    elif "[" not in bad:
        assert all(name in str(caught.value) for name in SIZES), caught.value


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

    class Broken:
        def __float__(self):
            raise ZeroDivisionError("mine")

        __index__ = __float__

    assert ChunkArray("F8", [Number()]).tolist() == [2.5]
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
