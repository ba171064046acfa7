"""Arrays whose dtype is the layout of a record: what ChunkArray stands on for its records."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import _load
from support import HOST, VIEWS_WITH_GAPS, needs_numpy, scaled

Array = _load.core.Array

needs_views = pytest.mark.skipif(HOST == "python", reason="needs memoryviews of records, which Python code can't make")

TICK = "{time@0:U8,price@8:F4,flags@12:>U2}14"
TICKS = [(k, k / 2, 3 * k) for k in range(5)]


def ticks():
    return Array(TICK, TICKS)


def test_an_array_of_tuples():
    a = ticks()
    assert (a.dtype, a.itemsize, a.element_size, len(a)) == (TICK, 14, 14, 5)
    assert a.tolist() == TICKS
    assert a.at(-1) == TICKS[-1] and a[1] == TICKS[1]
    a.append((7, 1.5, 65535))
    assert a.push([8, 2.5, 0]) == 6
    assert a.pop() == (8, 2.5, 0)
    assert a.at(5) == (7, 1.5, 65535)
    a[0] = (9, 9, 9)
    assert a.at(0) == (9, 9.0, 9)
    a._set_at(1, (1, 1.0, 1))
    assert a._at(1) == (1, 1.0, 1)
    assert a._tolist(4, -2, 3) == [TICKS[4], TICKS[2], (9, 9.0, 9)]


def test_the_bytes_are_those_that_the_layout_says():
    a = ticks()
    assert a.tobytes() == b"".join(struct.pack("<Qf", *t[:2]) + struct.pack(">H", t[2]) for t in TICKS)
    a.frombytes(struct.pack("<Qf", 1, 0.25) + b"\1\2")
    assert a.at(5) == (1, 0.25, 258)
    with pytest.raises(ValueError):
        a.frombytes(bytes(13))
    assert len(a) == 6


def test_padding_is_written_as_zeros():
    a = Array("{a@1:U1,b@4:U2}8")
    a.frombytes(b"\xff" * 8)
    a[0] = (1, 2)
    assert a.tobytes() == b"\0\1\0\0\2\0\0\0"


def test_assignment_of_a_field_leaves_other_bytes():
    a = Array("{a@1:U1,b@4:U2}8")
    a.frombytes(b"\xff" * 8)
    a._set_field(0, 4, 1, 2)
    assert a.tobytes() == b"\xff\xff\xff\xff\2\0\xff\xff"


def test_bytes_of_the_record_s_size_are_taken_as_they_are():
    a = Array("{a@1:U1,b@4:U2}8", [bytes(range(8))])
    assert a.tobytes() == bytes(range(8))
    with pytest.raises(ValueError, match="a record takes bytes of length 8, not 7"):
        a.append(bytes(7))


BAD_VALUES = [
    ((1, 2.0), ValueError, r"^a record takes 3 values \(time, price, flags\), not 2$"),
    ((1, 2.0, 3, 4), ValueError, r"^a record takes 3 values \(time, price, flags\), not 4$"),
    ([], ValueError, r"^a record takes 3 values \(time, price, flags\), not 0$"),
    (5, TypeError, r"^a record takes a tuple of 3 values \(time, price, flags\), not int$"),
    ("abc", TypeError, r"^a record takes a tuple of 3 values \(time, price, flags\), not str$"),
    ({1: 2}, TypeError, r"^a record takes a tuple of 3 values \(time, price, flags\), not dict$"),
    (None, TypeError, r"^a record takes a tuple of 3 values \(time, price, flags\), not NoneType$"),
    ((1, "x", 3), TypeError, r"^price: F4 takes a float, not str$"),
    ((1.5, 2.0, 3), TypeError, r"^time: U8 takes an int, not float$"),
    ((1, 2.0, 65536), OverflowError, r"^flags: 65536 is out of range for >U2 \(0 to 65535\)$"),
    ((-1, 2.0, 3), OverflowError, r"^time: -1 is out of range for U8 \(0 to 18446744073709551615\)$"),
    ((1, 1e300, 3), OverflowError, r"^price: 1e\+300 is out of range for F4 "),
]


@pytest.mark.parametrize("value, error, words", BAD_VALUES)
def test_bad_values(value, error, words):
    a = ticks()
    before = a.tobytes()
    with pytest.raises(error, match=words):
        a.append(value)
    with pytest.raises(error, match=words):
        a[0] = value
    with pytest.raises(error, match=words):
        a.extend([TICKS[0], value])
    with pytest.raises(error, match=words):
        Array(TICK, [value])
    assert a.tobytes() == before


def test_of_many_names_some_are_told():
    text = "{%s}10" % ",".join("f%d@%d:U1" % (k, k) for k in range(10))
    with pytest.raises(ValueError, match=r"a record takes 10 values \(f0, f1, f2, f3, f4, f5, ...\), not 1$"):
        Array(text, [(1,)])
    with pytest.raises(ValueError, match=r"a record takes 1 value \(a\), not 2$"):
        Array("{a@0:U1}1", [(1, 2)])


def test_what_a_value_raises_passes():
    class Odd:
        def __index__(self):
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        ticks().append((Odd(), 1.0, 2))


NESTED = "{pos@0:{x@0:F4,y@4:F4}8,pts@8:{x@0:S2,y@2:S2}4[2],id@16:U1,grid@17:U1[2,2]}24"


def test_records_in_records():
    value = ((1.5, 2.5), ((1, 2), (-3, 4)), 9, ((1, 2), (3, 4)))
    a = Array(NESTED, [value])
    assert a.at(0) == value
    assert a.tobytes() == struct.pack("<2f4h5B3x", 1.5, 2.5, 1, 2, -3, 4, 9, 1, 2, 3, 4)
    for bad, error, words in [
        (((1.5, "y"), value[1], 9, value[3]), TypeError, r"^pos\.y: F4 takes a float, not str$"),
        (((1.5,), value[1], 9, value[3]), ValueError, r"^pos: a record takes 2 values \(x, y\), not 1$"),
        ((value[0], ((1, 2), (1, 40000)), 9, value[3]), OverflowError, r"^pts\.y: 40000 is out of range for S2 "),
        ((value[0], ((1, 2),), 9, value[3]), ValueError, r"^pts: record\[2\] takes a sequence of 2, not of 1$"),
        ((value[0], 5, 9, value[3]), TypeError, r"^pts: record\[2\] takes a sequence of 2, not int$"),
        ((value[0], value[1], 9, ((1, 2), (3,))), ValueError, r"^grid: U1\[2,2\] takes a sequence of 2, not of 1$"),
    ]:
        with pytest.raises(error, match=words):
            a.append(bad)
    assert len(a) == 1


def test_elements_that_are_a_shape_of_records():
    a = Array("{x@0:U1,y@1:U1}2[2]", [((1, 2), (3, 4))])
    assert (a.dtype, a.itemsize, a.at(0)) == ("{x@0:U1,y@1:U1}2[2]", 4, ((1, 2), (3, 4)))
    assert a._field(0, 3, 1) == 4
    with pytest.raises(ValueError):
        a.append(((1, 2),))


def test_texts():
    a = Array("{name@0:TEXT[5],n@5:U1}6", [("ab", 1), ("h\xe9\u20ac"[:2], 2), ("", 3), ("abcde", 4)])
    assert [t[0] for t in a.tolist()] == ["ab", "h\xe9", "", "abcde"]
    assert a.tobytes()[:6] == b"ab\0\0\0\1"
    a.frombytes(b"\xff\xfea\0\0\5")
    assert a.at(4) == ("\udcff\udcfea", 5)
    a.append(("\udcff\udcfea", 5))  # goes back to what it was
    assert a.tobytes()[24:30] == a.tobytes()[30:36]
    a.append(("a\0b", 6))
    assert a.at(6) == ("a\0b", 6)
    with pytest.raises(ValueError, match=r"^name: 6 bytes of UTF-8 for TEXT\[5\]$"):
        a.append(("\u20ac\u20ac", 1))
    with pytest.raises(TypeError, match=r"^name: TEXT\[5\] takes a str, not bytes$"):
        a.append((b"ab", 1))
    with pytest.raises(ValueError):  # a UnicodeEncodeError
        a.append(("\ud800", 1))
    assert len(a) == 7
    a._set_field(3, 0, 0, "x")
    assert a.at(3) == ("x", 4)


def test_raw_bytes():
    a = Array("{data@0:B1[4],flag@4:B1}5")
    for value in [b"abcd", bytearray(b"abcd"), memoryview(b"abcd"), [97, 98, 99, 100], (97, 98, 99, b"d")]:
        a.append((value, 255))
        assert a.pop() == (b"abcd", 255)
    a.append((b"a\0\0\0", 0))
    assert a.at(0) == (b"a\0\0\0", 0)
    for value, error, words in [
        (b"abc", ValueError, r"^data: B1\[4\] takes bytes of length 4, not 3$"),
        (bytearray(5), ValueError, r"^data: B1\[4\] takes bytes of length 4, not 5$"),
        ([1, 2], ValueError, r"^data: B1\[4\] takes a sequence of 4, not of 2$"),
        ([1, 2, 3, 256], OverflowError, r"^data: 256 is out of range for B1\[4\] \(0 to 255\)$"),
        (5, TypeError, r"^data: B1\[4\] takes a sequence of 4, not int$"),
        ("abcd", TypeError, r"^data: B1\[4\] takes an int or bytes, not str$"),
    ]:
        with pytest.raises(error, match=words):
            a.append((value, 0))
    assert len(a) == 1
    assert a._field(0, 0, 0) == b"a\0\0\0"


BITS = "{low@0:>U2:0+4,high@0:>U2:4+12,on@2:BOOL:3+1,off@2:BOOL:0+1,s@3:S1:2+3}4"


def test_bits():
    a = Array(BITS, [(5, 0xABC, True, False, -4), (15, 0, False, 1, 3)])
    assert a.tolist() == [(5, 0xABC, True, False, -4), (15, 0, False, True, 3)]
    assert a.tobytes() == b"\xab\xc5\x08\x10" + b"\x00\x0f\x01\x0c"
    assert isinstance(a.at(0)[2], bool)
    a._set_field(0, 0, 0, 0)
    assert a.tobytes()[:4] == b"\xab\xc0\x08\x10"
    a._set_field(0, 3, 4, -1)
    assert (a._field(0, 3, 4), a._field(0, 0, 1), a._field(0, 2, 2)) == (-1, 0xABC, True)
    for value, error, words in [
        ((16, 0, 0, 0, 0), OverflowError, r"^low: 16 is out of range for >U2:4 \(0 to 15\)$"),
        ((0, -1, 0, 0, 0), OverflowError, r"^high: -1 is out of range for >U2:12 \(0 to 4095\)$"),
        ((0, 0, 2, 0, 0), OverflowError, r"^on: 2 is out of range for BOOL \(0 to 1\)$"),
        ((0, 0, 0, 0, 4), OverflowError, r"^s: 4 is out of range for S1:3 \(-4 to 3\)$"),
        ((0, 0, 0, 0, 10**30), OverflowError, r"^s: 10+ is out of range for S1:3 \(-4 to 3\)$"),
        (("x", 0, 0, 0, 0), TypeError, r"^low: >U2:4 takes an int, not str$"),
        ((0, 0, "x", 0, 0), TypeError, r"^on: BOOL takes a bool, not str$"),
        ((b"x", 0, 0, 0, 0), TypeError, r"^low: >U2:4 takes an int, not bytes$"),
    ]:
        with pytest.raises(error, match=words):
            a.append(value)
    assert len(a) == 2


def test_bits_of_a_whole_scalar():
    a = Array("{a@0:U8:0+64,b@8:S8:0+64}16", [(2**64 - 1, -(2**63))])
    assert a.at(0) == (2**64 - 1, -(2**63))
    assert a._field(0, 0, 0) == 2**64 - 1 and a._field(0, 8, 1) == -(2**63)


def test_times():
    from datetime import datetime, timedelta, timezone

    a = Array("{at@0:TIME[ms],took@8:>SPAN[us],ns@16:TIME[ns]}24")
    a.append((datetime(2024, 1, 2, tzinfo=timezone.utc), timedelta(seconds=1), 5))
    a.append((None, 7, None))
    assert a.at(0) == (datetime(2024, 1, 2), timedelta(seconds=1), 5)
    assert a.at(1) == (None, timedelta(microseconds=7), None)
    with pytest.raises(TypeError, match=r"^at: TIME\[ms\] takes a datetime, a date or an int, not str$"):
        a.append(("x", 1, 2))
    with pytest.raises(OverflowError, match=r"^took: .*>SPAN\[us\]"):
        a.append((1, 2**63, 2))


# --- one field ---------------------------------------------------------------------------------------------------


def test_a_field():
    a = ticks()
    assert [a._field(3, offset, leaf) for leaf, offset in enumerate([0, 8, 12])] == [3, 1.5, 9]
    a._set_field(3, 8, 1, 7.25)
    assert a.at(3) == (3, 7.25, 9)
    for value, error, words in [
        ("x", TypeError, r"^price: F4 takes a float, not str$"),
        (1e300, OverflowError, r"^price: "),
    ]:
        with pytest.raises(error, match=words):
            a._set_field(3, 8, 1, value)
    assert a.at(3) == (3, 7.25, 9)


def test_a_field_of_records_in_records():
    value = ((1.5, 2.5), ((1, 2), (-3, 4)), 9, ((1, 2), (3, 4)))
    a = Array(NESTED, [value])
    assert [a._field(0, offset, leaf) for leaf, offset in enumerate([0, 4, 8, 10, 16, 17])] == [
        *value[0],
        *value[1][0],
        9,
        ((1, 2), (3, 4)),
    ]
    assert a._field(0, 12, 2) == -3
    a._set_field(0, 14, 3, 77)
    assert a.at(0)[1] == ((1, 2), (-3, 77))
    with pytest.raises(OverflowError, match=r"^pts\.y: "):
        a._set_field(0, 14, 3, 40000)


def test_a_field_of_what_is_not_there():
    a = ticks()
    a.drop_front(0)
    for position in (5, 10**6):
        with pytest.raises(IndexError) as mine:
            a._field(position, 0, 0)
        with pytest.raises(IndexError) as words:
            a._at(position)
        assert str(mine.value) == str(words.value)
        with pytest.raises(IndexError):
            a._set_field(position, 0, 0, 1)
    for offset in (7, 14, 2**62):
        with pytest.raises(ValueError):
            a._field(0, offset, 0)
        with pytest.raises(ValueError):
            a._set_field(0, offset, 0, 1)
    with pytest.raises(IndexError):
        a._field(0, 0, 3)
    for bad in (-1, -(2**70)):
        with pytest.raises(ValueError):
            a._field(0, bad, 0)
        with pytest.raises(ValueError):
            a._field(bad, 0, 0)
    for bad in ("x", 1.5, None):
        with pytest.raises(TypeError):
            a._field(0, 0, bad)
    with pytest.raises(TypeError, match="elements of F8 have no fields"):
        Array("F8", [1.0])._field(0, 0, 0)
    with pytest.raises(TypeError, match="elements of F8 have no fields"):
        Array("F8", [1.0])._set_field(0, 0, 0, 1.0)
    with pytest.raises(TypeError):
        a._field(0, 0)


def test_a_frozen_array_s_fields():
    a = ticks()
    a.freeze()
    assert a._field(0, 8, 1) == 0.0
    with pytest.raises(ValueError, match="frozen"):
        a._set_field(0, 8, 1, 1.0)
    with pytest.raises(ValueError, match="frozen"):
        a._set_fields(0, 1, 1, 8, 1, Array("F4", [1.0]))
    bits = Array(BITS, [(5, 0xABC, True, False, -4)])
    bits.freeze()
    with pytest.raises(ValueError, match="frozen"):
        bits._set_field(0, 0, 0, 1)


def test_a_value_that_shortens_the_array():
    a = ticks()

    class Odd:
        def __index__(self):
            a.truncate(1)
            return 5

    with pytest.raises(IndexError):
        a._set_field(3, 0, 0, Odd())
    assert a.tolist() == TICKS[:1]


# --- columns -----------------------------------------------------------------------------------------------------


def column(a, dtype, offset, leaf, start=0, step=1, count=None):
    out = Array(dtype)
    out._extend_field(a, start, step, len(a) if count is None else count, offset, leaf)
    return out.tolist()


def test_a_column():
    a = ticks()
    assert column(a, "U8", 0, 0) == [t[0] for t in TICKS]
    assert column(a, "F4", 8, 1) == [t[1] for t in TICKS]
    assert column(a, ">U2", 12, 2, 4, -2, 3) == [12, 6, 0]
    many = Array(TICK, ((k, k, k) for k in range(500)), chunk_size=64)
    assert column(many, ">U2", 12, 2) == list(range(500))


def test_columns_of_all_kinds():
    nested = Array(NESTED, [((k, 2), ((1, 2), (-3, k)), 9, ((1, 2), (3, k))) for k in range(3)])
    assert column(nested, "S2", 14, 3) == [0, 1, 2]
    assert column(nested, "U1[2,2]", 17, 5) == [((1, 2), (3, k)) for k in range(3)]
    assert column(nested, "U1", 20, 5) == [0, 1, 2]
    bits = Array(BITS, [(5, 0xABC, True, False, -4), (15, 0, False, 1, 3)])
    assert column(bits, ">U2", 0, 0) == [5, 15]
    assert column(bits, ">U2", 0, 1) == [0xABC, 0]
    assert column(bits, "BOOL", 2, 3) == [False, True]
    assert column(bits, "S1", 3, 4) == [-4, 3]
    texts = Array("{n@0:U1,name@1:TEXT[3]}4", [(1, "ab"), (2, "xyz")])
    assert column(texts, "B1[3]", 1, 1) == [(97, 98, 0), (120, 121, 122)]


def test_bad_columns():
    a = ticks()
    for dtype in ("F8", ">U8", "U8[1]", TICK):
        with pytest.raises(TypeError, match=r"^time: the elements are .*, not U8$"):
            column(a, dtype, 0, 0)
    with pytest.raises(ValueError):
        column(a, "U8", 7, 0)
    with pytest.raises(IndexError):
        column(a, "U8", 0, 0, 0, 1, 6)
    with pytest.raises(IndexError):
        column(a, "U8", 0, 3)
    with pytest.raises(TypeError, match="elements of F8 have no fields"):
        column(Array("F8", [1.0]), "F8", 0, 0)
    with pytest.raises(TypeError, match="the source is an array, not list"):
        Array("U8")._extend_field([1], 0, 1, 1, 0, 0)


def test_setting_a_column():
    a = ticks()
    a._set_fields(0, 1, 5, 8, 1, Array("F4", [9, 8, 7, 6, 5]))
    a._set_fields(4, -2, 3, 12, 2, Array(">U2", [1, 2, 3]))
    assert a.tolist() == [(0, 9.0, 3), (1, 8.0, 3), (2, 7.0, 2), (3, 6.0, 9), (4, 5.0, 1)]
    bits = Array(BITS, [(5, 0xABC, True, False, -4), (15, 0, False, 1, 3)])
    bits._set_fields(0, 1, 2, 0, 0, Array(">U2", [1, 2]))
    bits._set_fields(0, 1, 2, 3, 4, Array("S1", [-1, 1]))
    bits._set_fields(0, 1, 2, 2, 3, Array("BOOL", [True, False]))
    assert bits.tolist() == [(1, 0xABC, True, True, -1), (2, 0, False, False, 1)]
    before = bits.tobytes()
    with pytest.raises(OverflowError, match=r"^s: -5 is out of range for S1:3 \(-4 to 3\)$"):
        bits._set_fields(0, 1, 2, 3, 4, Array("S1", [1, -5]))
    with pytest.raises(OverflowError, match=r"^low: 16 is out of range for >U2:4 \(0 to 15\)$"):
        bits._set_fields(0, 1, 2, 0, 0, Array(">U2", [1, 16]))
    with pytest.raises(ValueError, match=r"^low: 1 values for 2 elements$"):
        bits._set_fields(0, 1, 2, 0, 0, Array(">U2", [1]))
    with pytest.raises(TypeError, match=r"^low: the elements are U2, not >U2$"):
        bits._set_fields(0, 1, 2, 0, 0, Array("U2", [1, 2]))
    with pytest.raises(TypeError):
        bits._set_fields(0, 1, 2, 0, 0, [1, 2])
    with pytest.raises(IndexError):
        bits._set_fields(0, 1, 3, 0, 0, Array(">U2", [1, 2, 3]))
    assert bits.tobytes() == before


def test_many_bits():
    count = scaled(5000, least=300)
    a = Array("{a@0:U4:3+5,b@0:U4:10+20}5", ((k % 32, k) for k in range(count)), chunk_size=128)
    assert column(a, "U4", 0, 1) == list(range(count))
    a._set_fields(0, 1, count, 0, 0, Array("U4", ((k + 1) % 32 for k in range(count))))
    assert a.tolist() == [((k + 1) % 32, k) for k in range(count)]


# --- what all arrays do ------------------------------------------------------------------------------------------


def test_windows():
    a = ticks()
    b = Array(TICK)
    b._extend_window(a, 4, -2, 3)
    b._extend_take(a, 0, 1, 5, [-1, 0])
    b._extend_mask(a, 0, 1, 5, [False, True, False, False, False])
    assert b.tolist() == [TICKS[k] for k in (4, 2, 0, 4, 0, 1)]
    a._assign_window(0, 1, 2, b, 0, 1)
    assert a.tolist()[:2] == [TICKS[4], TICKS[2]]
    a._reverse(0, 1, 5)
    assert a.tolist()[-1] == TICKS[4]
    with pytest.raises(TypeError):
        Array("{x@0:U1}14")._extend_window(a, 0, 1, 1)
    a.extend(b)
    a.extend(a.tolist())
    assert len(a) == 22
    for chunk in ticks().chunks():
        a.extend(chunk)
    assert a.tolist()[-5:] == TICKS


def test_what_records_have_no_order_for():
    a = ticks()
    for work in (
        lambda: a._sort(0, 1, 5, False),
        lambda: a._searchsorted(0, 1, 5, 1, False),
        lambda: a._searchsorted(0, 1, 5, TICKS[0], False),
        lambda: Array("S8")._extend_searchsorted(a, 0, 1, 5, [TICKS[0]], False),
        lambda: Array("{x@0:U8}8", [(1,), (2,)])._sort(0, 1, 2, False),
        lambda: a.fetch_add(0, 1),
    ):
        with pytest.raises(TypeError):
            work()
    assert a._find(0, 1, 5, 1) is NotImplemented
    assert a._find(0, 1, 5, TICKS[0]) is NotImplemented
    assert a._count(0, 1, 5, 1.0) is NotImplemented
    with pytest.raises(TypeError):
        Array("F8", [1.0])._extend_take(a, 0, 1, 5, a)
    assert a.tolist() == TICKS


def test_comparison():
    a, b = ticks(), ticks()
    assert a._equal(b) is True
    b._set_field(3, 12, 2, 0)
    assert a._equal(b) is False
    assert a._mismatch(0, 1, 5, b, 0, 1) == 3
    assert a._equal(Array("{x@0:U1}14")) is NotImplemented
    # Floats by value, padding not at all.
    floats = Array("{x@0:F8,n@12:U1,t@14:BOOL,b@15:U1:1+3}16")
    floats.frombytes(struct.pack("<d", 0.0) + b"\0\0\0\0\1\0\1\x04" + struct.pack("<d", -0.0) + b"\1\2\3\4\1\5\2\xf5")
    assert floats._mismatch(0, 1, 1, floats, 1, 1) == 1
    nan = Array("{x@0:F8,n@12:U1}16", [(math.nan, 1)])
    assert nan._equal(nan) is False
    assert nan._mismatch(0, 1, 1, nan, 0, 1) == 0


def test_byteswap():
    a = Array("{a@0:U2,b@2:U2:0+4,c@2:U2:4+4,n@4:TEXT[2],p@6:{x@0:S4,y@4:B1[2]}6[2],q@18:>F8,r@26:U2[2]}31")
    a.frombytes(bytes(range(31)))
    a._byteswap(0, 1, 1)
    order = [1, 0, 3, 2, 4, 5, 9, 8, 7, 6, 10, 11, 15, 14, 13, 12, 16, 17, *range(25, 17, -1), 27, 26, 29, 28, 30]
    assert a.tobytes() == bytes(order)


def test_large_windows():
    count = scaled(40000, least=2000)
    a = Array(TICK)
    a.frombytes(b"".join(struct.pack("<QfH", k, 0.5, k % 251) for k in range(count)))
    b = Array(TICK)
    b._extend_window(a, count - 1, -1, count)
    b._reverse(0, 1, count)
    assert b._equal(a) is True
    assert column(a, "U8", 0, 0) == list(range(count))
    a._set_fields(0, 1, count, 0, 0, Array("U8", range(count, 2 * count)))
    assert a._field(count - 1, 0, 0) == 2 * count - 1
    a._byteswap(0, 1, count)
    a._byteswap(0, 1, count)
    assert a._field(count - 1, 0, 0) == 2 * count - 1


def test_appender():
    a = Array(TICK)
    a._open_appender()
    a._put(TICKS[0])
    a._put_all(TICKS[1:])
    with pytest.raises(ValueError):
        a._put((1,))
    a._close_appender()
    assert a.tolist() == TICKS


# --- chunks ------------------------------------------------------------------------------------------------------


def test_chunks():
    (chunk,) = ticks().chunks()
    assert (chunk.dtype, chunk.itemsize, chunk.shape, chunk.nbytes) == (TICK, 14, (5,), 70)
    assert chunk[1] == TICKS[1] and chunk[-1] == TICKS[-1]
    chunk[1] = (5, 5.5, 5)
    assert chunk[1] == (5, 5.5, 5)
    with pytest.raises(ValueError):
        chunk[1] = (5,)


@needs_views
def test_a_view_of_a_chunk():
    (chunk,) = ticks().chunks()
    view = memoryview(chunk)
    assert (view.itemsize, view.ndim, view.shape, view.nbytes) == (14, 1, (5,), 70)
    assert view.format == "T{<Q:time:f:price:>H:flags:}"
    assert view.tobytes()[:8] == bytes(8)


@needs_views
def test_formats():
    for text, format in [
        ("{a@1:U1,b@4:U2}8", "T{x<B:a:2xH:b:2x}"),
        (BITS, "T{>H:low:?:on:b:s:}"),
        ("{name@0:TEXT[5],data@5:B1[3],t@8:>TIME[ns]}16", "T{<5s:name:(3)B:data:>q:t:}"),
        (NESTED, "T{T{<f:x:f:y:}:pos:(2)T{h:x:h:y:}:pts:B:id:(2,2)B:grid:3x}"),
    ]:
        a = Array(text)
        a.frombytes(bytes(a.itemsize))
        assert memoryview(a.chunks()[0]).format == format


def test_a_colon_in_a_name():
    a = Array('{"a:b"@0:U1}1', [(7,)])
    (chunk,) = a.chunks()
    with pytest.raises(BufferError, match="colon" if HOST != "python" else None):
        memoryview(chunk)
    assert chunk.__array_interface__["descr"] == [("a:b", "|u1")]
    a.extend(chunk)
    assert a.tolist() == [(7,), (7,)]


def test_the_array_interface():
    a = Array("{id@1:>U2,p@4:{x@0:F4}4[2,1],name@12:TEXT[3],b@15:U1:0+2,c@15:U1:2+6}18")
    a.frombytes(bytes(18))
    interface = a.chunks()[0].__array_interface__
    assert interface["typestr"] == "|V18"
    assert interface["descr"] == [
        ("", "|V1"),
        ("id", ">u2"),
        ("", "|V1"),
        ("p", [("x", "<f4")], (2, 1)),
        ("name", "|S3"),
        ("b", "|u1"),
        ("", "|V2"),
    ]


def test_field_chunks():
    a = Array(TICK, ((k, k / 2, k) for k in range(100)), chunk_size=32)
    chunks = a._field_chunks(0, 1, 100, 8, "F4")
    assert [len(chunk) for chunk in chunks] == [32, 32, 36] or sum(map(len, chunks)) == 100
    assert [x for chunk in chunks for x in chunk] == [k / 2 for k in range(100)]
    assert chunks[1].start == len(chunks[0]) and chunks[0].address == a.address_of(0) + 8
    (back,) = a._field_chunks(9, -3, 3, 12, ">U2")
    assert list(back) == [9, 6, 3]
    back[1] = 600
    assert a.at(6) == (6, 3.0, 600)
    with pytest.raises(OverflowError):
        back[1] = 70000
    (shaped,) = Array(NESTED, [((1, 2), ((1, 2), (-3, 4)), 9, ((1, 2), (3, 4)))])._field_chunks(0, 1, 1, 17, "U1[2,2]")
    assert shaped[0] == ((1, 2), (3, 4)) and shaped.shape == (1, 2, 2)
    for dtype in ("TEXT[2]", "U1:0+3", "U9", ""):
        with pytest.raises(ValueError):
            a._field_chunks(0, 1, 100, 0, dtype)
    for offset in (11, 14, 2**62):
        with pytest.raises(ValueError):
            a._field_chunks(0, 1, 100, offset, "F4")
    with pytest.raises(IndexError):
        a._field_chunks(0, 1, 101, 0, "F4")
    with pytest.raises(TypeError, match="elements of F8 have no fields"):
        Array("F8", [1.0])._field_chunks(0, 1, 1, 0, "F4")
    assert a._field_chunks(0, 1, 0, 8, "F4") == []


def test_a_field_chunk_of_records():
    a = Array(NESTED, [((k, 2), ((1, 2), (-3, k)), 9, ((1, 2), (3, k))) for k in range(3)])
    (chunk,) = a._field_chunks(0, 1, 3, 8, "{x@0:S2,y@2:S2}4[2]")
    assert list(chunk) == [((1, 2), (-3, k)) for k in range(3)]
    if VIEWS_WITH_GAPS and HOST != "python":
        view = memoryview(chunk)
        assert (view.format, view.shape, view.strides) == ("T{<h:x:h:y:}", (3, 2), (24, 4))


@needs_numpy
def test_numpy_sees_the_fields():
    import numpy

    a = Array(NESTED, [((k, 2), ((1, 2), (-3, k)), 9, ((1, 2), (3, k))) for k in range(3)])
    seen = numpy.asarray(a.chunks()[0])
    assert seen.dtype.names[:4] == ("pos", "pts", "id", "grid") and seen.dtype.itemsize == 24
    assert seen["pts"]["y"].tolist() == [[2, 0], [2, 1], [2, 2]]
    assert seen["grid"].tolist()[2] == [[1, 2], [3, 2]]
    seen["pos"]["x"][1] = 7
    assert a._field(1, 0, 0) == 7.0
    flags = numpy.asarray(ticks().chunks()[0])
    assert flags.dtype == numpy.dtype([("time", "<u8"), ("price", "<f4"), ("flags", ">u2")])
    again = Array(TICK)
    again.frombytes(flags.tobytes())
    assert again.tolist() == TICKS
    prices = numpy.asarray(ticks()._field_chunks(0, 1, 5, 8, "F4")[0])
    assert prices.strides == (14,) and prices.tolist() == [t[1] for t in TICKS]


# --- texts -------------------------------------------------------------------------------------------------------

GOOD_TEXTS = [
    "{a@0:U1}1",
    "{a@0:U1}2147483647",
    "{_a1@0:U1,\xe9t\xe9@1:U1}2",
    '{"any name"@0:U1,"a\\"b\\\\c\\u00e9\\n"@1:U1,"\\ud83d\\ude00"@2:U1,"\U0001f600 x"@3:U1}4',
    "{b@1:U1,a@0:U1}2",
    "{a@0:TIME[ns],b@8:>SPAN[ms][2,3]}56",
    "{a@0:U1:0+1,b@1:U1,c@0:U1:7+1}2",
    "{a@0:{b@0:{c@0:U1}1}1}1",
    "{a@0:{b@0:U1}1[1,2,3,4]}24",
    "{a@0:U1}1[2,2,2,2]",
    "{a@0:TEXT[7],b@7:B1[9]}16",
    "{a@0:F4[3]}12",
    "{a@0:U1:0+2,b@0:S1:2+2,c@0:BOOL:4+1,d@0:B1:5+3}1",
]


@pytest.mark.parametrize("text", GOOD_TEXTS)
def test_a_text_is_the_dtype(text):
    a = Array(text, chunk_size=1)
    assert a.dtype == text


def nested(depth):
    return "{a@0:" * depth + "U1" + "}1" * depth


BAD_TEXTS = [
    ("{}8", "column 2: expected a name"),
    ("{", "column 2: expected a name, not the end"),
    ("{a", "column 3: expected @ and an offset, not the end"),
    ("{a@0", "column 5: expected : and a type, not the end"),
    ("{a@0:", "column 6: expected a type, not the end"),
    ("{a@0:U1", "column 8: expected a comma or }, not the end"),
    ("{a@0:U1}", "column 9: expected the record's size in bytes, not the end"),
    ("{a@0:U1}1x", "column 10: expected nothing more, not 'x'"),
    ("{a@0:U1}1[", "column 11: expected a count, not the end"),
    ("{a@0:U1}1[2", "column 12: expected a comma or ], not the end"),
    ("{a@0:U1}1[2][2]", "column 13: expected nothing more"),
    ("{a@0:U1}1[0]", "a bad shape"),
    ("{a@0:U1}1[1,1,1,1,1]", "a bad shape"),
    ("{a@0:U1}1[9999999999999999999999]", "a bad shape"),
    ("{a @0:U1}1", "column 3: expected @ and an offset, not ' '"),
    ("{ a@0:U1}1", "column 2: expected a name, not ' '"),
    ("{1a@0:U1}1", "column 2: expected a name, not '1'"),
    ("{a-b@0:U1}1", "column 3: expected @ and an offset, not '-'"),
    ("{a@00:U1}1", "column 4: expected a number without zeros in front"),
    ("{a@-1:U1}1", "column 4: expected an offset in bytes, not '-'"),
    ("{a@0:U1,}1", "column 9: expected a name, not '}'"),
    ('{""@0:U1}1', "column 2: a field has no name"),
    ('{"a@0:U1}1', 'column 11: expected a character of a name or ", not the end'),
    ('{"a\nb"@0:U1}1', "column 4: expected a character of a name"),
    ('{"\\x"@0:U1}1', "column 4: expected"),
    ('{"\\u12g4"@0:U1}1', "four hex digits"),
    ('{"\\ud800"@0:U1}1', "four hex digits"),
    ('{"\\udc00\\ud800"@0:U1}1', "four hex digits"),
    ("{a@0:U9}1", "field a: unknown dtype 'U9'"),
    ("{a@0:float64}8", "field a: write F8, not float64"),
    ("{a@0:F4[ 3]}12", r"field a: write F4\[3\], not F4\[ 3\]"),
    ("{a@0:F4[0]}12", "field a: dtype 'F4.0.' has a bad shape"),
    ("{a@0:TIME}8", "field a: dtype 'TIME' needs a unit"),
    ("{a@0:=U2}8", "field a: dtype '=U2' depends on the machine"),
    ("{a@0:TEXT}8", "field a: unknown dtype"),
    ("{a@0:TEXT[0]}8", r"field a \(TEXT\[0\]\): a text has 1 to 2147483647 bytes"),
    ("{a@0:TEXT[01]}8", r"field a \(TEXT\[01\]\): a text has"),
    ("{a@0:TEXT[2][2]}8", "a text has"),
    ("{a@0:TEXT[2}8", "column 15: expected a comma or }, not the end|a text has"),
    ("{a@0:U1,a@1:U1}2", "field a: two fields have this name"),
    ('{a@0:U1,"a"@1:U1}2', "field a: two fields have this name"),
    ("{p@0:{x@0:U1,x@1:U1}2}2", "field p.x: two fields have this name"),
    ("{a@0:U2}1", "field a: it ends at byte 2, but the record has 1"),
    ("{a@8:U1}8", "field a: it ends at byte 9, but the record has 8"),
    ("{p@0:{x@0:U2}1}2", "field p.x: it ends at byte 2, but the record has 1"),
    ("{a@99999999999999999999:U1}8", "field a: it ends at byte 18446744073709551615"),
    ("{a@0:U2,b@1:U1}8", "field b: it overlaps with a"),
    ("{b@1:U1,a@0:U2}8", "field b: it overlaps with a"),
    ("{a@0:U1:0+2,b@0:U1:1+2}8", "field b: it overlaps with a"),
    ("{a@0:U2:0+2,b@0:>U2:2+2}8", "field b: it overlaps with a"),
    ("{a@0:U2:0+2,b@0:U4:2+2}8", "field b: it overlaps with a"),
    ("{a@0:U2:0+2,b@1:U1:2+2}8", "field b: it overlaps with a"),
    ("{a@0:U1:0+2,b@0:U1}8", "overlaps"),
    ("{a@0:U1:0+2,b@0:U1:4+2,c@0:U1:1+1}8", "field c: it overlaps with b"),
    ("{a@0:U1}0", "record: it has 1 to 2147483647 bytes, not 0"),
    ("{a@0:U1}2147483648", "record: it has 1 to 2147483647 bytes, not 2147483648"),
    ("{p@0:{a@0:U1}0}8", "field p: it has 1 to 2147483647 bytes, not 0"),
    ("{p@0:{a@0:U1}1[4294967296,4294967296]}8", "field p: it ends at byte"),
    ("{a@0:F4:0+3}8", "field a: F4:0.3 are no bits of"),
    ("{a@0:U1:0+9}8", "are no bits of"),
    ("{a@0:U1:0+0}8", "are no bits of"),
    ("{a@0:U1:8+1}8", "are no bits of"),
    ("{a@0:U8:1+64}8", "are no bits of"),
    ("{a@0:BOOL:0+2}8", "are no bits of"),
    ("{a@0:U1[2]:0+2}8", "are no bits of"),
    ("{a@0:TIME[s]:0+2}8", "are no bits of"),
    ("{a@0:U1:3}8", "are no bits of"),
    ("{a@0:U1:+3}8", "are no bits of"),
    ("{a@0:U1:0+3:1}8", "are no bits of"),
    ("{a@0:U1:00+3}8", "are no bits of"),
    (nested(17), "records lie more than 16 deep in one another"),
    ("{%s}5000" % ",".join("f%d@%d:U1" % (k, k) for k in range(4097)), "more than 4096 fields"),
]


@pytest.mark.parametrize("text, words", BAD_TEXTS, ids=range(len(BAD_TEXTS)))
def test_a_bad_text(text, words):
    with pytest.raises(ValueError, match=words):
        Array(text)


def test_the_largest_texts():
    assert Array(nested(16), chunk_size=1).dtype == nested(16)
    most = "{%s}4096" % ",".join("f%d@%d:U1" % (k, k) for k in range(4096))
    a = Array(most, [tuple(k % 256 for k in range(4096))])
    assert a._field(0, 4095, 4095) == 255
    assert a.at(0)[300] == 300 % 256


def test_a_surrogate_in_a_name():
    with pytest.raises(ValueError):
        Array('{"\ud800"@0:U1}1')


NAMES = st.text(max_size=4)
PIECES = st.sampled_from(
    ["{", "}", "a", "b", "@", ":", ",", "0", "1", "2", "8", "14", "U1", "F4", ">U2", "TEXT[", "[", "]", "+", '"', "\\"]
    + [" ", "{a@0:U1}1", ",b@1:U1:", "BOOL", "TIME[ns]", "99999999999999999999", "\\ud800", "\xe9", "\0"]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_any_text(text):
    try:
        a = Array("{" + text, chunk_size=1)
    except (ValueError, MemoryError):
        return
    assert a.dtype == "{" + text


SCALARS = {
    "U1": st.integers(0, 255),
    ">U2": st.integers(0, 65535),
    "U8": st.integers(0, 2**64 - 1),
    ">S4": st.integers(-(2**31), 2**31 - 1),
    "S8": st.integers(-(2**63), 2**63 - 1),
    "F4": st.floats(width=32, allow_nan=False),
    ">F8": st.floats(allow_nan=False),
    "BOOL": st.booleans(),
    "B4": st.integers(0, 2**32 - 1),
    "B1[3]": st.binary(min_size=3, max_size=3),
    "S2[2]": st.tuples(*[st.integers(-(2**15), 2**15 - 1)] * 2),
    "TEXT[9]": st.text(max_size=3, alphabet="a\xe9\u20ac x"),
}
SIZES = {"B1[3]": 3, "S2[2]": 4, "TEXT[9]": 9, "BOOL": 1}


@st.composite
def layouts(draw, depth=2):
    """A text, its size, and a strategy of its values."""
    fields, values, offset = [], [], 0
    for number in range(draw(st.integers(1, 4))):
        offset += draw(st.integers(0, 3))
        if depth and draw(st.integers(0, 3)) == 0:
            text, size, value = draw(layouts(depth - 1))
        else:
            text = draw(st.sampled_from(sorted(SCALARS)))
            size, value = SIZES.get(text) or int(text[-1]), SCALARS[text]
        fields.append("f%d@%d:%s" % (number, offset, text))
        values.append(value)
        offset += size
    size = offset + draw(st.integers(0, 3))
    return "{%s}%d" % (",".join(fields), size), size, st.tuples(*values)


@given(st.data())
def test_what_is_written_is_read(data):
    text, size, values = data.draw(layouts())
    rows = data.draw(st.lists(values, max_size=5))
    a = Array(text, chunk_size=2)
    for row in rows:
        a.append(row)
    assert (a.dtype, a.itemsize, a.tolist()) == (text, size, rows)
    again = Array(text, rows)
    assert again.tobytes() == a.tobytes() and again._equal(a) is True
    third = Array(text)
    third.frombytes(a.tobytes())
    assert third.tolist() == rows
    third._byteswap(0, 1, len(rows))
    third._byteswap(0, 1, len(rows))
    assert third.tobytes() == a.tobytes()
