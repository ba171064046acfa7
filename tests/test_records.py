"""Records: how they are written, where their fields lie, and what their instances do."""

import copy
import ctypes
import doctest
import enum
import gc
import operator
import os
import pickle
import re
import sys
from datetime import datetime
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chunkarray
import records_of_strings
from chunkarray import (
    B1,
    F4,
    F8,
    TIME,
    U1,
    U2,
    U4,
    ChunkArray,
    Const,
    Enum,
    Flags,
    Record,
    Text,
    Union,
    field,
)
from records_defined import Color, Mixed, Noted, Padded, Pixel, Point, Shape, Value
from support import IMPLEMENTATION, SCALE, needs_numpy, scaled

LATE = sys.version_info >= (3, 14) and IMPLEMENTATION == "cpython"
PAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs", "records.md")


class Tick(Record):
    time: "TIME[ns]"
    price: F4
    flags: ">U2"


def shape(**more):
    values = dict(kind="LINE", style="BOLD|CLOSED", name="bow", center=(1, 2), corners=[(3, 4), (5, 6)], either=b"abcd")
    return Shape(**dict(values, **more))


def text_of(record):
    return record.__layout__.text


# One layout, however it is written.

TICK = "{time@0:TIME[ns],price@8:F4,flags@12:>U2}14"


class Assigned(Record):
    time = TIME["ns"]
    price = "F4"
    flags: int = field(">U2")


WRITTEN = {
    "annotations": Tick,
    "assignments": Assigned,
    "Annotated": Noted,
    "pairs": Record("Tick", [("time", "TIME[ns]"), ("price", "F4"), ("flags", ">U2")]),
    "a dict": Record("Tick", {"time": TIME["ns"], "price": F4, "flags": ">U2"}),
    "keywords": Record("Tick", time="TIME[ns]", price="F4", flags=">U2"),
    "pairs and keywords": Record("Tick", [("time", "TIME[ns]")], price="F4", flags=">U2"),
    "NumPy's names": Record("Tick", time="M8[ns]", price="float32", flags=">u2"),
    "a text": Record("Tick", "time: TIME[ns], price: F4, flags: >U2"),
    "a text with quotes": Record("Tick", "\"time\" : TIME[ns] ,\n 'price': F4, flags: >U2,"),
    "strings as annotations": records_of_strings.Tick,
}


@pytest.mark.parametrize("how", sorted(WRITTEN))
def test_one_layout_in_every_spelling(how):
    record = WRITTEN[how]
    assert text_of(record) == TICK
    assert record.size == 14
    assert record.fields == ("time", "price", "flags")
    assert bytes(record(1, 2.5, 3)) == bytes(Tick(1, 2.5, 3)) == bytes.fromhex("0100000000000000 00002040 0003")


SPELLED = {
    "U1": "U1", ">U1": "U1", "  U4 ": "U4", "<u4": "U4", "d": "F8", "F4[3]": "F4[3]", "F4[ 2 , 3 ]": "F4[2,3]",
    ">U2[2]": ">U2[2]", "TIME[us][2]": "TIME[us][2]", "M8[s]": "TIME[s]", "B1[16]": "B1[16]", "B1[2,3]": "B1[2,3]",
    "TEXT[16]": "TEXT[16]", "U1:3": "U1:0+3", ">U1:3": "U1:5+3", ">U4:12": ">U4:20+12", "BOOL:1": "BOOL:0+1",
    "Point": "{x@0:F8,y@8:F8}16", "Point[2]": "{x@0:F8,y@8:F8}16[2]",
    "records_of_strings.Tick": TICK,
}  # fmt: skip


@pytest.mark.parametrize("written", sorted(SPELLED))
def test_types_as_strings(written):
    made = Record("R", [("f", written)])
    assert text_of(made).startswith("{f@0:%s}" % SPELLED[written])


@pytest.mark.parametrize(
    "written, text",
    [
        (float, "F8"),
        (int, "S8"),
        (bool, "BOOL"),
        (F4, "F4"),
        (F4[3], "F4[3]"),
        (F4[2, 3], "F4[2,3]"),
        (TIME["ns"], "TIME[ns]"),
        (TIME["ns"][4], "TIME[ns][4]"),
        (Text(16), "TEXT[16]"),
        (B1[5], "B1[5]"),
        (Point, "{x@0:F8,y@8:F8}16"),
        (Point[2, 3], "{x@0:F8,y@8:F8}16[2,3]"),
        (Const("U2", 7), "U2"),
        (Enum("U2", A=1), "U2"),
        (Flags(">U4", A=1), ">U4"),
        (Enum("U1:3", A=1), "U1:0+3"),
        (Union(a="F4", b="U8"), "B1[8]"),
        (Const(Enum("U1", A=1), "A"), "U1"),
    ],
    ids=str,
)
def test_types_as_objects(written, text):
    assert text_of(Record("R", [("f", written)])).startswith("{f@0:%s}" % text)
    assert text_of(Record("R", f=written)).startswith("{f@0:%s}" % text)


@needs_numpy
def test_types_of_numpy():
    import numpy

    class R(Record):
        a: numpy.float32
        b: numpy.dtype(">u2")
        c: numpy.dtype("S5")
        d: numpy.dtype("V3")
        e: numpy.dtype((numpy.uint8, (2, 3)))
        f: numpy.dtype([("x", "<f8"), ("y", "<f8")])

    assert text_of(R) == "{a@0:F4,b@4:>U2,c@6:TEXT[5],d@11:B1[3],e@14:U1[2,3],f@20:{x@0:F8,y@8:F8}16}36"
    with pytest.raises(ValueError, match="R.f: a record does not hold the NumPy dtype <U3"):
        Record("R", f=numpy.dtype("U3"))


def test_names_are_strings_for_arrays_too():
    assert ChunkArray(F4, [1]).dtype == "F4"
    assert ChunkArray(TIME["ns"]).dtype == "TIME[ns]"
    assert F4 == "F4" and F4[3] == "F4[3]" and B1["n"] == "B1[n]" and U1[...] == "U1[...]"


def test_the_order_is_that_of_the_lines():
    assert Mixed.fields == ("a", "magic", "b", "c", "d", "e", "f")


def test_what_is_no_field():
    class Measured(Record):
        """What it is."""

        UNIT: ClassVar[str] = "mV"
        volts: F4
        _hidden = "not a type"
        LIMIT = 5

        class Inner(Record):
            a: U1

        class Kind(enum.IntEnum):
            A = 1

        def doubled(self):
            return 2 * self.volts

        @property
        def squared(self):
            return self.volts**2

    assert Measured.fields == ("volts",)
    assert Measured.UNIT == "mV" and Measured.LIMIT == 5 and Measured._hidden == "not a type"
    assert Measured.__doc__ == "What it is."
    r = Measured(1.5)
    assert (r.doubled(), r.squared) == (3.0, 2.25)
    with pytest.raises(AttributeError):
        r.other = 1


def test_subclasses_append_fields():
    class More(Tick):
        volume: U4

        def total(self):
            return self.price * self.volume

    assert text_of(More) == "{time@0:TIME[ns],price@8:F4,flags@12:>U2,volume@14:U4}18"
    assert More(1, 2.5, 3, 4).total() == 10
    assert isinstance(More(1, 2.5, 3, 4), Tick)

    class Named(More):
        pass

    assert text_of(Named) == text_of(More)
    assert Named(1, 2.5, 3, 4).total() == 10
    with pytest.raises(ValueError, match="^Twice: two fields have the name 'price'$"):

        class Twice(Tick):
            price: F8

    with pytest.raises(TypeError, match="^Both: a record derives from one other record, not from 2$"):

        class Both(Tick, Point):
            pass


def test_records_in_functions_find_their_names():
    class Inner(Record):
        a: U1

    class Outer(Record):
        one: Inner
        two: "Inner"
        three: "Inner[2]"

    assert Outer.size == 4


# Where fields lie.


class Packed(Record):
    a: U1
    b: U4
    c: U2


class Aligned(Record, align=True):
    a: U1
    b: U4
    c: U2


def test_padding():
    assert text_of(Padded) == "{a@0:U1,b@4:U1,c@7:U1}8"
    assert Padded.fields == ("a", "b", "c")
    assert bytes(Padded(1, 2, 3)) == b"\1\0\0\0\2\0\0\3"
    assert text_of(Record("R", [("a", "U1"), ("_", "pad[3]"), ("_", "pad"), ("b", "U1")])) == "{a@0:U1,b@5:U1}6"
    row = Padded.parse(b"\1\xaa\xbb\xcc\2\xdd\xee\3")
    row.b = 7
    assert bytes(row) == b"\1\xaa\xbb\xcc\7\xdd\xee\3"


def test_alignment():
    assert text_of(Packed) == "{a@0:U1,b@1:U4,c@5:U2}7"
    assert text_of(Aligned) == "{a@0:U1,b@4:U4,c@8:U2}12"
    assert bytes(Aligned(1, 2, 3)) == b"\1\0\0\0\2\0\0\0\3\0\0\0"
    assert Record("R", [("align", "U1")]).fields == ("align",)
    with pytest.raises(TypeError, match="^R: align is True or False; a field of this name needs a list of pairs$"):
        Record("R", align="U1")

    class Longer(Aligned):  # a subclass aligns as its base does
        d: U4

    assert text_of(Longer) == "{a@0:U1,b@4:U4,c@8:U2,d@12:U4}16"


C_TYPES = {
    "U1": ctypes.c_uint8, "U2": ctypes.c_uint16, "U4": ctypes.c_uint32, "U8": ctypes.c_uint64,
    "S1": ctypes.c_int8, "S2": ctypes.c_int16, "S4": ctypes.c_int32, "S8": ctypes.c_int64,
    "F4": ctypes.c_float, "F8": ctypes.c_double, "BOOL": ctypes.c_bool, "TEXT[5]": ctypes.c_char * 5,
    "F4[3]": ctypes.c_float * 3, "U2[2,3]": ctypes.c_uint16 * 3 * 2,
}  # fmt: skip


class CPoint(ctypes.Structure):
    _fields_ = [("x", ctypes.c_uint8), ("y", ctypes.c_double)]


class AlignedPoint(Record, align=True):
    x: U1
    y: F8


@pytest.mark.skipif(
    IMPLEMENTATION == "graalpy", reason="needs ctypes, whose nested structures are shorter than C's here"
)
@settings(max_examples=scaled(60, least=4))
@given(st.lists(st.sampled_from([*C_TYPES, "AlignedPoint", "AlignedPoint[2]"]), min_size=1, max_size=8))
def test_alignment_is_that_of_c_compilers(types):
    c = dict(C_TYPES, **{"AlignedPoint": CPoint, "AlignedPoint[2]": CPoint * 2})
    names = ["f%d" % i for i in range(len(types))]
    made = Record("R", zip(names, types), align=True)
    structure = type("S", (ctypes.Structure,), {"_fields_": [(name, c[type]) for name, type in zip(names, types)]})
    assert made.size == ctypes.sizeof(structure)
    for name in names:
        assert made.__layout__[name].offset == getattr(structure, name).offset


# Bits.


def test_bits_share_bytes_in_the_stated_order():
    class Bits(Record):
        mode: "U1:3"
        kind: "U1:5"
        on: "BOOL:1"
        level: "S2:4"
        rest: "S2:12"

    assert text_of(Bits) == "{mode@0:U1:0+3,kind@0:U1:3+5,on@1:BOOL:0+1,level@2:S2:0+4,rest@2:S2:4+12}4"
    r = Bits(5, 17, True, -8, 2047)
    assert tuple(r) == (5, 17, True, -8, 2047)
    assert bytes(r) == bytes([5 | 17 << 3, 1]) + (2047 << 4 | 8).to_bytes(2, "little")
    r.mode = 0
    assert tuple(r) == (0, 17, True, -8, 2047)
    for name, value in [("mode", 8), ("mode", -1), ("level", 8), ("level", -9)]:
        with pytest.raises(OverflowError):
            r[name] = value
    assert tuple(r) == (0, 17, True, -8, 2047)


def test_bits_from_the_top_are_as_protocols_draw_them():
    class Address(Record):  # the first bytes of an IPv4 header
        version: ">U1:4"
        words: ">U1:4"
        service: U1
        flags: ">U2:3"
        offset: ">U2:13"

    r = Address.parse("45 00 40 05")
    assert tuple(r) == (4, 5, 0, 2, 5)
    r.words = 15
    assert bytes(r) == b"\x4f\x00\x40\x05"


def test_bits_that_do_not_fit_begin_a_new_unit():
    made = Record("R", a="U1:5", b="U1:4", c="U2:1", d="U1:1", e="U1", f="U1:1")
    offsets = [made.__layout__[name].offset for name in made.fields]
    assert offsets == [0, 1, 2, 4, 5, 6] and made.size == 7


# Values that have names.


def test_enums():
    r = shape()
    assert r.kind == 2 and r.kind.name == "LINE" and isinstance(r.kind, int)
    r.kind = "DOT"
    assert r.kind.name == "DOT"
    r.kind = 2
    assert r.kind.name == "LINE"
    r.kind = type(r.kind).DOT
    assert r.kind == 1
    r.kind = 77  # what no member is
    assert r.kind == 77 and type(r.kind) is int
    assert "kind=77" in repr(r)
    with pytest.raises(ValueError, match=r"^kind has no value 'CIRCLE', it has DOT, LINE$"):
        r.kind = "CIRCLE"
    with pytest.raises(OverflowError):
        r.kind = 256
    assert r.kind == 77


def test_flags():
    r = shape()
    assert r.style == 5 and "style='BOLD|CLOSED'" in repr(r)
    kind = type(r.style)
    assert r.style == kind.BOLD | kind.CLOSED
    r.style |= kind.DASHED
    assert r.style == 7
    r.style = "DASHED"
    assert r.style == 2 and r.style in kind
    r.style = "BOLD | DASHED"
    assert r.style == 3
    r.style = 9
    assert r.style == 9 and "style=9" in repr(r)
    with pytest.raises(ValueError, match="^style has no value 'BOLD|THIN', it has BOLD, DASHED, CLOSED$"):
        r.style = "BOLD|THIN"
    assert Shape(1, 0, "", (0, 0), [(0, 0)] * 2, bytes(4)).style == 0


def test_enum_classes_of_ones_own():
    r = Pixel("RED", Color.BLUE, "any name")
    assert r.a is Color.RED and r.b == Color.BLUE and r.c == 3
    assert bytes(r) == b"\1\2\3"


def test_members_pickle():
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(shape().kind, protocol)) is shape().kind
        assert pickle.loads(pickle.dumps(shape().style, protocol)) == shape().style


def test_bad_enums():
    with pytest.raises(ValueError, match=r"^Enum needs members, as in Enum\('U1', DATA=1\)$"):
        Enum("U1")
    with pytest.raises(TypeError, match="^Flags: A is str, not int$"):
        Flags("U1", A="x")


# Constants and defaults.


def test_constants_need_not_be_given():
    r = shape()
    assert r.magic == b"SHAP" and bytes(r)[:4] == b"SHAP"
    assert shape(magic=b"SHAP") == r
    r.magic = b"SHAP"
    for change in [lambda: shape(magic=b"shap"), lambda: operator.setitem(r, "magic", b"shap")]:
        with pytest.raises(ValueError, match="^Shape.magic is always b'SHAP', not b'shap'$"):
            change()
    with pytest.raises(ValueError, match="^Shape.magic is always b'SHAP', not b'SHIP'$"):
        Shape.parse(bytes(r).replace(b"SHAP", b"SHIP"))


def test_constants_in_records_inside():
    class Inner(Record):
        sign = Const(">U2", 0x1234)

    class Outer(Record):
        head: Inner
        rest: Inner[2]

    r = Outer(Inner(), [(), {}])
    assert bytes(r) == b"\x12\x34" * 3
    with pytest.raises(ValueError, match="^Outer.rest.sign is always 4660, not 0$"):
        Outer.parse("12 34 12 34 00 00")


def test_constants_of_every_type():
    class R(Record):
        a = Const("F4", 0.1)
        b = Const("F4[2]", [1, 2])
        c = Const(Enum("U1", A=1, B=2), "B")
        d = Const("TEXT[4]", "abc")
        e = Const("U1:4", 9)

    r = R()
    assert tuple(r)[1:] == ((1.0, 2.0), 2, "abc", 9)
    assert R.parse(bytes(r)) == R(a=0.1, b=(1, 2), c="B", d="abc", e=9) == r
    with pytest.raises(ValueError, match="^R.c is always 'B', not 1$"):
        R(c=1)


def test_defaults():
    class Given(Record):
        a: U1 = 7
        b: Text(4) = "x"
        c: Point = (1, 2)
        d = Const("U1", 3)
        e: int = field("U1", default=9)

    assert Given().asdict() == {"a": 7, "b": "x", "c": {"x": 1.0, "y": 2.0}, "d": 3, "e": 9}
    assert Given(1, "y").astuple() == (1, "y", (1.0, 2.0), 3, 9)
    assert Given(e=1).e == 1


# Unions.


def test_unions():
    r = shape(either={"number": 0x01020304})
    assert r.either.number == 0x01020304 and r.either.raw == b"\4\3\2\1" and r.either.half == 0x0403
    r.either.half = 0xAABB
    assert r.either.raw == b"\xaa\xbb\2\1"
    other = shape(either=r.either)
    assert other.either == r.either and other.either.raw == r.either.raw
    r.either = b"wxyz"
    assert other.either.raw == b"\xaa\xbb\2\1" and r.either.raw == b"wxyz" and bytes(r.either) == b"wxyz"
    for bad in [5, {}, {"number": 1, "raw": b""}, {"other": 1}, "text"]:
        with pytest.raises(TypeError, match=r"^either takes 4 bytes or \{'number': ...\} or "):
            r.either = bad
    with pytest.raises(ValueError, match="^either takes 4 bytes, not 3$"):
        r.either = b"abc"
    with pytest.raises(OverflowError):
        r.either = {"number": 2**32}
    assert r.either.raw == b"wxyz"


def test_unions_of_records_in_arrays():
    class Values(Record):
        several: Value[2]

    r = Values([(1, {"point": (1.0, 2.0)}), (2, {"inner": {"x": 1.0}})])
    assert r.several[0].value.point.y == 2.0
    assert r.several[1].value.inner.y == 0x3F800000
    r.several[1].value.point = (5, 6)
    r.several[1].value.point.x = 7
    r.several[1].value.inner.y = 0
    assert r.several[1].value.point.y == 6 and r.several[0].value.point.x == 1.0
    assert r.several[1].value.parts[0] == 0


# Instances.


def test_reading_and_writing():
    t = Tick(1, 2.5, 3)
    assert (t.time, t.price, t.flags) == (1, 2.5, 3)
    assert (t["time"], t["price"], t["flags"]) == (1, 2.5, 3)
    t.price, t["flags"] = 7.5, 4
    t.time = datetime(1970, 1, 1, 0, 0, 1)
    assert t.astuple() == (10**9, 7.5, 4)
    for name, value, error in [("price", "x", TypeError), ("flags", 65536, OverflowError), ("flags", 1.5, TypeError)]:
        with pytest.raises(error):
            setattr(t, name, value)
    assert t.astuple() == (10**9, 7.5, 4)
    with pytest.raises(AttributeError):
        t.prize = 1
    with pytest.raises(KeyError, match="Tick has no field 'prize', it has time, price, flags"):
        t["prize"]
    with pytest.raises(KeyError):
        t[0]


def test_any_field_name():
    odd = ["any name", "", "1st", "a.b", "_at", "_of", "__layout__", "class", "size", "parse", "copy", "ä", "x:y", 'q"']
    with pytest.raises(ValueError, match="^R: a field has no name$"):
        Record("R", [(name, "U1") for name in odd])
    odd.remove("")
    made = Record("R", [(name, "U1") for name in odd])
    assert made.size == len(odd) and made.fields == tuple(odd)
    r = made(*range(len(odd)))
    assert [r[name] for name in odd] == list(range(len(odd)))
    r["_at"] = 77
    assert r["_at"] == 77 and r.copy == 9 and r.size == 7
    assert made.parse(bytes(r)) == r
    assert repr(r).startswith("R('any name'=0, '1st'=1, 'a.b'=2, _at=77,")
    assert pickle.loads(pickle.dumps(copy.copy(Tick(1, 2, 3)))) == Tick(1, 2, 3)


def test_what_the_constructor_takes():
    assert Tick(1, 2.5, 3) == Tick(time=1, price=2.5, flags=3) == Tick(1, flags=3, price=2.5) == (1, 2.5, 3)
    for arguments, named, words in [
        ((), {}, "Tick lacks time, price, flags"),
        ((1, 2.5), {}, "Tick lacks flags"),
        ((1, 2.5, 3, 4), {}, "Tick takes 3 values (time, price, flags), not 4"),
        ((1, 2.5, 3), {"flags": 3}, "Tick: flags is given twice"),
        ((1, 2.5, 3), {"prize": 3}, "Tick has no field 'prize', it has time, price, flags"),
        ((1, "x", 3), {}, "price: F4 takes a float, not str"),
        (((1, 2.5, 3),), {}, "Tick lacks price, flags"),
    ]:
        with pytest.raises(TypeError) as caught:
            Tick(*arguments, **named)
        assert str(caught.value) == words
        with pytest.raises(TypeError):
            Tick.pack(*arguments, **named)
    with pytest.raises(OverflowError, match="^flags: "):
        Tick(1, 2.5, 65536)


def test_records_inside():
    r = shape()
    r.center.x = 9
    assert r.center == (9, 2) and r.center == Point(9, 2) and r.center != Point(9, 3)
    center = r.center
    r.center = Point(7, 8)
    assert center.y == 8 and bytes(center) == bytes(Point(7, 8))
    r.center = {"x": 1, "y": 2}
    r.center = [3, 4]
    with pytest.raises(TypeError):
        r.center = (5, "y")
    with pytest.raises(TypeError):
        r.center = 5
    with pytest.raises(ValueError, match=r"^a record takes 2 values \(x, y\), not 3$"):
        r.center = (1, 2, 3)
    assert r.center == (3, 4)
    for more, error, words in [
        ({"center": (1, 2, 3)}, ValueError, "center: a record takes 2 values (x, y), not 3"),
        ({"center": {"x": 1}}, TypeError, "center: Point lacks y"),
        ({"center": (1, "y")}, TypeError, "center.y: F8 takes a float, not str"),
        ({"corners": [(1, 2)]}, ValueError, "corners takes 2 records, not 1"),
        ({"corners": [(1, 2), (3,)]}, ValueError, "corners[1]: a record takes 2 values (x, y), not 1"),
        ({"either": {"number": -1}}, OverflowError, "either.number: -1 is out of range for U4 (0 to 4294967295)"),
    ]:
        with pytest.raises(error) as caught:
            shape(**more)
        assert str(caught.value) == words

    class Near:
        x, y, z = 5, 6, 7

    r.center = Near()
    assert r.center == (5, 6)


def test_arrays_of_records_inside():
    r = shape()
    assert len(r.corners) == 2 and r.corners[1].x == 5 and r.corners[-1] == (5, 6)
    assert [tuple(corner) for corner in r.corners] == [(3.0, 4.0), (5.0, 6.0)]
    r.corners[0] = (1, 1)
    r.corners[1].y = 9
    assert r.corners == [(1, 1), (5, 9)] and repr(r.corners) == "[Point(x=1.0, y=1.0), Point(x=5.0, y=9.0)]"
    r.corners = [Point(0, 0), {"x": 2, "y": 3}]
    assert r.corners == shape(corners=((0, 0), (2, 3))).corners
    for bad, error in [([(1, 1)], ValueError), ([(1, 1), (1, "x")], TypeError), ([(1, 1)] * 3, ValueError)]:
        with pytest.raises(error):
            r.corners = bad
        assert r.corners == [(0, 0), (2, 3)]
    for index in (2, -3):
        with pytest.raises(IndexError):
            r.corners[index]
    with pytest.raises(TypeError):
        r.corners["x"]


def test_arrays_of_more_dimensions():
    class Grid(Record):
        points: Point[2, 3]
        tail: U1

    r = Grid([[(i, j) for j in range(3)] for i in range(2)], 7)
    assert r.points[1][2] == (1, 2) and len(r.points) == 2 and len(r.points[0]) == 3
    r.points[1][0].x = 42
    r.points[0] = [(8, 8)] * 3
    assert r.points == [[(8, 8)] * 3, [(42, 0), (1, 1), (1, 2)]] and r.tail == 7
    assert r.astuple()[0][1][0] == (42.0, 0.0)


def test_equality():
    assert Tick(1, 2.5, 3) == Tick(1, 2.5, 3) != Tick(1, 2.5, 4)
    assert Tick(1, 2.5, 3) == (1, 2.5, 3) and Tick(1, 2.5, 3) != [1, 2.5, 3] and Tick(1, 2.5, 3) != "x"
    same = Record("Tick", time="TIME[ns]", price="F4", flags=">U2")
    assert same(1, 2.5, 3) != Tick(1, 2.5, 3)
    with pytest.raises(TypeError, match="unhashable type: 'Tick'"):
        hash(Tick(1, 2.5, 3))


def test_as_other_values():
    r = shape()
    assert dict(r.asdict(), kind=int(r.kind), style=int(r.style)) == {
        "magic": b"SHAP", "kind": 2, "style": 5, "name": "bow", "center": {"x": 1.0, "y": 2.0},
        "corners": [{"x": 3.0, "y": 4.0}, {"x": 5.0, "y": 6.0}],
        "either": {"number": 0x64636261, "raw": b"abcd", "half": 0x6162}, "weight": 1.5,
    }  # fmt: skip
    stored = (b"SHAP", 2, 5, "bow", (1.0, 2.0), ((3.0, 4.0), (5.0, 6.0)), b"abcd", 1.5)
    assert r.astuple() == stored and Shape(*stored) == r
    time, price, flags = Tick(1, 2.5, 3)
    assert (time, price, flags) == (1, 2.5, 3)


def test_repr():
    assert repr(Tick(1, 2.5, 3)) == "Tick(time=1, price=2.5, flags=3)"
    assert repr(shape()) == (
        "Shape(magic=b'SHAP', kind='LINE', style='BOLD|CLOSED', name='bow', center=Point(x=1.0, y=2.0), "
        "corners=[Point(x=3.0, y=4.0), Point(x=5.0, y=6.0)], "
        "either=either(number=1684234849, raw=b'abcd', half=24930), weight=1.5)"
    )
    again = eval(repr(Tick(1, 2.5, 3)))
    assert again == Tick(1, 2.5, 3)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol):
    for r in [Tick(1, 2.5, 3), shape(), Aligned(1, 2, 3)]:
        again = pickle.loads(pickle.dumps(r, protocol))
        assert type(again) is type(r) and again == r and bytes(again) == bytes(r)
    assert pickle.loads(pickle.dumps(Tick, protocol)) is Tick


def test_damaged_pickles():
    make, (cls, data) = Tick(1, 2.5, 3).__reduce__()
    for bad, error in [
        ((int, data), TypeError),
        ((cls, "x"), TypeError),
        ((cls, data[:-1]), ValueError),
        ((Record, data), TypeError),
    ]:
        with pytest.raises(error):
            make(*bad)


def test_copies_are_independent():
    r = shape()
    for other in [r.copy(), copy.copy(r), copy.deepcopy(r)]:
        assert other == r and bytes(other) == bytes(r)
        other.center.x = 99
        assert r.center.x == 1


def test_a_chunk_is_the_memory_itself():
    t = Tick(1, 2.5, 3)
    chunk = t.chunk()
    assert len(chunk) == 1 and chunk[0] == (1, 2.5, 3)
    t.price = 7
    assert chunk[0] == (1, 7.0, 3)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="needs match")
def test_patterns():
    names = {"Tick": Tick, "Shape": Shape, "t": Tick(1, 2.5, 3), "s": shape()}
    exec(
        "match t:\n case Tick(time, price, flags=f): found = time, price, f\n"
        "match s:\n case Shape(kind, style): kinds = int(kind), int(style)\n",
        names,
    )
    assert names["found"] == (1, 2.5, 3) and names["kinds"] == (2, 5)


def test_rows_keep_their_memory():
    center = shape().center
    gc.collect()
    assert center == (1, 2)


def test_rows_of_arrays():
    ticks = ChunkArray(Tick, [(i, i, i) for i in range(3000)])
    row, other = ticks[2999], ticks[2048]
    row.price = 7.5
    assert ticks[-1] == (2999, 7.5, 2999) and row == ticks[2999]
    ticks.extend([(0, 0, 0)] * 5000)
    row.flags = 1
    assert ticks[2999].flags == 1
    ticks.drop_front(1024)
    assert row.price == 7.5 and other.time == 2048
    kept = row.copy()
    ticks.truncate(0)
    for use in [
        lambda: row.price,
        lambda: setattr(row, "price", 1),
        lambda: bytes(row),
        lambda: repr(row),
        lambda: row == kept,
    ]:
        with pytest.raises(IndexError):
            use()
    assert kept == (2999, 7.5, 1)


# Bytes and hex text.

DATA = bytes.fromhex("01000000 00000000 00002040 0003")


def test_parse_and_pack():
    assert Tick.parse(DATA) == (1, 2.5, 3)
    assert Tick.parse(bytearray(b"??" + DATA + b"rest"), 2) == (1, 2.5, 3)
    assert Tick.parse(memoryview(DATA)) == (1, 2.5, 3)
    assert Tick.pack(1, 2.5, 3) == Tick.pack(time=1, price=2.5, flags=3) == DATA == bytes(Tick.parse(DATA))
    assert Tick.parse("01000000 00000000 00002040 0003") == (1, 2.5, 3)
    parsed = Tick.parse(DATA)
    parsed.price = 0  # its own memory
    assert DATA[8:12] == b"\0\0\x20\x40"


HEX = ["00 00 00 6C 33 33 74 00", "0000006c33337400", "0x00 0x00, 0x00,0x6C 0x33:33:74:00", "0x0000006C\n33_33_74_00\n"]


@pytest.mark.parametrize("text", HEX)
def test_hex_text(text):
    made = Record("R", a=">U4", b="B1[4]")
    assert made.parse(text) == (0x6C, b"\x33\x33\x74\x00")


@pytest.mark.parametrize(
    "text, words",
    [
        ("00 00 00 6", "hex text: the digit '6' at column 10 has no second one"),
        ("0", "hex text: the digit '0' at column 1 has no second one"),
        ("00 0 00", "hex text: the digit '0' at column 4 has no second one"),
        ("00 0g", "hex text: 'g' at column 5 is no hex digit"),
        ("00 g0", "hex text: 'g' at column 4 is no hex digit"),
        ("0x", "hex text: the digit '0' at column 1 has no second one"),
        ("00\n00 é0", "hex text: 'é' at line 2, column 4 is no hex digit"),
        ("00 00\n0", "hex text: the digit '0' at line 2, column 1 has no second one"),
    ],
)
def test_bad_hex_text(text, words):
    with pytest.raises(ValueError) as caught:
        Tick.parse(text)
    assert str(caught.value) == words


@given(st.binary(max_size=40), st.sampled_from(["", " ", ":", "\n", ", 0x"]))
def test_hex_text_of_any_bytes(data, between):
    from chunkarray._records.hex_text import from_hex

    assert from_hex(between.join("%02x" % byte for byte in data)) == data


def test_too_few_bytes():
    for size, words in [
        (9, "Tick needs 14 bytes, there are 9: price is cut off at offset 8"),
        (0, "Tick needs 14 bytes, there are 0: time is cut off at offset 0"),
        (13, "Tick needs 14 bytes, there are 13: flags is cut off at offset 12"),
    ]:
        with pytest.raises(ValueError) as caught:
            Tick.parse(bytes(size))
        assert str(caught.value) == words
    whole = bytes(shape())
    for size, where in [
        (20, "center.x is cut off at offset 14"),
        (40, "corners[0].y is cut off at offset 38"),
        (62, "either is cut off at offset 62"),
    ]:
        with pytest.raises(ValueError, match="^Shape needs 70 bytes, there are %d: " % size) as caught:
            Shape.parse(whole[:size])
        assert str(caught.value).endswith(where)
    with pytest.raises(ValueError, match="^offset 3 lies outside of the 2 bytes$"):
        Tick.parse(b"xx", 3)
    with pytest.raises(ValueError):
        Tick.parse(DATA, -1)
    with pytest.raises(TypeError, match="^bytes, a buffer or hex text is needed, not int$"):
        Tick.parse(5)


@settings(max_examples=scaled(40, least=4))
@given(st.binary(min_size=70, max_size=70))
def test_any_bytes_parse_and_come_back(data):
    data = b"SHAP" + data[4:]
    r = Shape.parse(data)
    assert bytes(r) == data and bytes(r.copy()) == data
    repr(r), r.asdict(), tuple(r)
    if r.astuple() == r.astuple():  # no NaN
        assert Shape(*r.astuple()) == r


# Bad definitions.

BAD = [
    ([], {}, ValueError, "R: a record needs at least one field"),
    ([("_", "pad[3]")], {}, ValueError, "R: a record needs at least one field"),
    ([("a", "U1"), ("a", "U2")], {}, ValueError, "R: two fields have the name 'a'"),
    ([("a", "U1")], {"a": "U2"}, ValueError, "R: two fields have the name 'a'"),
    ([("a",)], {}, TypeError, "R: a field is a pair (name, type), not ('a',)"),
    ([5], {}, TypeError, "R: a field is a pair (name, type), not 5"),
    ([(5, "U1")], {}, TypeError, "R: a field's name is a str, not int"),
    ([("a", "F4[0]")], {}, ValueError, "R.a: 'F4[0]' has a bad shape; write up to 4 counts from 1 on, as in F4[3] or F4[2,3]"),
    ([("a", "F4[1,2,3,4,5]")], {}, ValueError, "R.a: 'F4[1,2,3,4,5]' has a bad shape; write up to 4 counts from 1 on, as in F4[3] or F4[2,3]"),
    ([("a", Point[0])], {}, ValueError, "R.a: 'Point[0]' has a bad shape; write up to 4 counts from 1 on, as in F4[3] or F4[2,3]"),
    ([("a", "TEXT[0]")], {}, ValueError, "R.a: 'TEXT[0]' needs a number of bytes from 1 on"),
    ([("a", Text(0))], {}, ValueError, "R.a: 'TEXT[0]' needs a number of bytes from 1 on"),
    ([("a", "pad[0]")], {}, ValueError, "R.a: 'pad[0]' needs a number of bytes from 1 on"),
    ([("a", "U1:0")], {}, ValueError, "R.a: 'U1:0': of U1 there may be 1 to 8 bits"),
    ([("a", "U1:9")], {}, ValueError, "R.a: 'U1:9': of U1 there may be 1 to 8 bits"),
    ([("a", "U1:x")], {}, ValueError, "R.a: 'U1:x': of U1 there may be 1 to 8 bits"),
    ([("a", "BOOL:2")], {}, ValueError, "R.a: 'BOOL:2': of BOOL there may be 1 to 1 bits"),
    ([("a", "F4:3")], {}, ValueError, "R.a: 'F4:3': only unsigned, signed and raw integers and BOOL have bits"),
    ([("a", "TEXT[4][2]")], {}, ValueError, "R.a: 'TEXT[4][2]': there are arrays of scalars and of records only; make a record of TEXT[4]"),
    ([("a", "B1[4][2]")], {}, ValueError, "R.a: 'B1[4][2]': there are arrays of scalars and of records only; make a record of B1[4]"),
    ([("a", "Point[2][3]")], {}, ValueError, "R.a: 'Point[2][3]': there are arrays of scalars and of records only; make a record of Point[2]"),
    ([("a", str)], {}, ValueError, "R.a: str has no size; write 'TEXT[16]'"),
    ([("a", bytes)], {}, ValueError, "R.a: bytes has no size; write 'B1[16]'"),
    ([("a", "B1[2147483648]")], {}, ValueError, "R.a: 2147483648 bytes, but a record has 1 to 2147483647"),
    ([("a", "U8[999999999999]")], {}, ValueError, "R.a: 7999999999992 bytes, but a record has 1 to 2147483647"),
    ([("a", "B1[2147483647]"), ("b", "U1")], {}, ValueError, "R: 2147483648 bytes, but a record has 1 to 2147483647"),
    ([("a%d" % i, "U1") for i in range(4097)], {}, ValueError, "R: more than 4096 fields"),
    ([("a", "U1[%s]" % ("9" * 5000))], {}, ValueError, "R.a: 999999999999 bytes, but a record has 1 to 2147483647"),
    ([("a", "U1:" + "9" * 5000)], {}, ValueError, "R.a: 'U1:%s': of U1 there may be 1 to 8 bits" % ("9" * 5000)),
    ([("a", Record)], {}, ValueError, "R.a: Record has no fields of its own"),
    ([("a", "Record")], {}, ValueError, "R.a: Record has no fields of its own"),
    ([("a", Record[2])], {}, ValueError, "R.a: Record has no fields of its own"),
    ([("a", Const("U1", 256))], {}, OverflowError, "R.a: 256 is out of range for U1 (0 to 255)"),
    ([("a", Const("B1[4]", b"abc"))], {}, ValueError, "R.a: B1[4] takes bytes of length 4, not 3"),
    ([("a", Const("F4", "x"))], {}, TypeError, "R.a: F4 takes a float, not str"),
    ([("a", Const(Point, (1, 2)))], {}, ValueError, "R.a: only scalars, bytes, text and arrays of scalars can be constant"),
    ([("a", field("U1", default=-1))], {}, OverflowError, "R.a: -1 is out of range for U1 (0 to 255)"),
    ([("a", field(Enum("U1", A=1), default="B"))], {}, ValueError, "R.a has no value 'B', it has A"),
    ([("a", Union())], {}, ValueError, "R.a: a union needs fields of different names"),
    ([("a", Union([("b", "U1"), ("b", "U2")]))], {}, ValueError, "R.a: a union needs fields of different names"),
    ([("a", Union(b="U3"))], {}, ValueError, "R.a.b: unknown type 'U3'"),
]  # fmt: skip


@pytest.mark.parametrize("fields, named, error, words", BAD, ids=range(len(BAD)))
def test_bad_definitions(fields, named, error, words):
    with pytest.raises(error) as caught:
        Record("R", fields, **named)
    assert str(caught.value).partition("; the types are")[0] == words


@pytest.mark.parametrize(
    "written",
    [
        "U3",
        "",
        "F",
        "u3",
        "Nothing",
        "Point.x",
        "[3]",
        "F4[",
        "F4]",
        "]",
        "U1::3",
        ":",
        "U1[3]x",
        "a b",
        "=F4",
        "<U2",
        "F4" + "[1]" * 5000,
    ],
    ids=range(17),
)
def test_unknown_types(written):
    with pytest.raises(ValueError, match="^R.a: "):
        Record("R", a=written)


def test_unknown_types_are_told_which_there_are():
    with pytest.raises(ValueError) as caught:
        Record("R", a="F5")
    words = str(caught.value)
    assert words.startswith("R.a: unknown type 'F5'; the types are U1 U2 ")
    assert "TEXT[n], B1[n], pad[n], bits such as U1:3, and other records" in words
    with pytest.raises(TypeError, match="^R.a: unknown type 'object'"):
        Record("R", a=object)
    with pytest.raises(ValueError, match="^R.a: dtype '=F4' depends on the machine; write 'F4'"):
        Record("R", a="=F4")


def test_names_that_repeat_in_a_class():
    with pytest.raises(ValueError, match="^Twice: two fields have the name 'a'$"):

        class Twice(Record):
            a: U1
            b: U1
            a: U2  # noqa: PIE794


def test_names_that_are_not_there_in_a_class():
    with pytest.raises(ValueError, match="^Lost.b: unknown type 'Nowhere'"):

        class Lost(Record):
            a: U1
            b: "Nowhere"


@pytest.mark.skipif(not LATE, reason="needs annotations that are evaluated late, Python 3.14's")
def test_annotations_that_are_evaluated_late():
    names = {"Record": Record, "U1": U1, "Const": Const, "__name__": __name__}
    exec(
        "class Later(Record):\n"
        "    a: U1; b = Const('U1', 2); c: 'U1'\n"
        "    d: (\n"
        "        U1\n"
        "    )\n"
        "    e = Const('U1', 5)\n",
        names,
    )
    assert names["Later"].fields == ("a", "b", "c", "d", "e")
    with pytest.raises(ValueError, match="^Lost.b: unknown type 'Nowhere'"):
        exec("class Lost(Record):\n    a: U1\n    b: Nowhere\n", names)


def test_bad_texts():
    for text, words in [
        ("a", "'a' is no field; write name: type, as in 'time: U8, price: F4'"),
        ("a: U1, b", "'b' is no field; write name: type, as in 'time: U8, price: F4'"),
        ("a b: U1", "'a b: U1' is no field; write name: type, as in 'time: U8, price: F4'"),
        ("a:", "'a:' is no field; write name: type, as in 'time: U8, price: F4'"),
        ("", "R: a record needs at least one field"),
    ]:
        with pytest.raises(ValueError) as caught:
            Record("R", text)
        assert str(caught.value) == words


@settings(max_examples=scaled(150, least=4))
@given(st.text(alphabet="U148FBTEX[]:,>pad 23.()'\"xyPoint", max_size=14))
def test_any_text_is_a_type_or_a_value_error(text):
    for make in (lambda: Record("R", [("a", text)]), lambda: Record("R", text)):
        try:
            made = make()
        except ValueError as error:
            assert str(error)
        else:
            assert made.size is None or made.size > 0


def test_nesting_has_an_end():
    inner = Point
    for _ in range(15):
        inner = Record("R", [("a", inner)])
    with pytest.raises(ValueError, match="^R: records lie more than 16 deep in one another$"):
        Record("R", [("a", inner)])


def test_classes_do_not_leak():
    for _ in range(int(100 * SCALE) + 1):
        Record("R", a="U1", b=Enum("U1", A=1))
    assert Record("R", "a: U1").size == 1


def test_the_package_lists_what_records_are_made_of():
    for name in ["Record", "Const", "Enum", "Flags", "Padding", "Text", "Union", "field", "U1", "F8", "BOOL", "TIME"]:
        assert name in chunkarray.__all__ and hasattr(chunkarray, name)


@pytest.mark.skipif(not os.path.exists(PAGE), reason="needs docs, the checkout's folder of that name")
def test_the_page_about_records(capsys):
    with open(PAGE, encoding="utf-8") as file:
        blocks = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
    names, failed = {"__name__": __name__}, []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    for block in blocks:
        if block.startswith(">>>"):
            example = doctest.DocTestParser().get_doctest(block, names, "records.md", PAGE, 0)
            failed.append(runner.run(example, clear_globs=False, out=failed.append).failed)
            names = example.globs
        else:
            exec(block, names)
    assert len(blocks) > 12 and not any(failed), "".join(map(str, failed))
