"""Records from and to ctypes, NumPy, struct, C and C++: the same offsets, and the same values in the same bytes."""

import ctypes
import random
import shutil
import struct
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunkarray import F8, Const, Enum, Flags, Record, Text, Union
from support import CPYTHON, needs_numpy, scaled

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="needs cc, which is not installed here")
needs_whole_ctypes = pytest.mark.skipif(not CPYTHON, reason="needs ctypes that places bits and doubles as C does")


def text(record):
    return record.__layout__.text


# ctypes


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int16), ("y", ctypes.c_float)]


class Word(ctypes.Union):
    _fields_ = [("f", ctypes.c_float), ("b", ctypes.c_uint8 * 5)]


def test_ctypes_structure():
    class Whole(ctypes.Structure):
        _fields_ = [
            ("a", ctypes.c_uint8),
            ("b", ctypes.c_int32.__ctype_be__),
            ("p", Point),
            ("ps", Point * 3 * 2),
            ("tag", ctypes.c_char * 7),
            ("u", Word),
            ("us", Word * 2),
            ("address", ctypes.c_void_p),
            ("to", ctypes.POINTER(Point)),
            ("ok", ctypes.c_bool),
            ("rows", ctypes.c_char * 4 * 3),
        ]

    record = Record.from_ctypes(Whole)
    assert record.__name__ == "Whole" and record.__module__ == __name__
    assert record.size == ctypes.sizeof(Whole)
    for name, *_ in Whole._fields_:
        assert record.__layout__[name].offset == getattr(Whole, name).offset
    point = "{x@0:S2,y@4:F4}8"
    assert text(record) == (
        "{a@0:U1,b@4:>S4,p@8:%s,ps@16:%s[2,3],tag@64:TEXT[7],u@72:B1[5],us@80:{value@0:B1[5]}8[2],"
        "address@96:B8,to@104:B8,ok@112:BOOL,rows@113:B1[3,4]}128" % (point, point)
    )
    assert type(record.__layout__["p"].type.record) is type(record)
    assert record.__layout__["p"].type.record is record.__layout__["ps"].type.element.record


def test_ctypes_agrees_on_values():
    class Mixed(ctypes.BigEndianStructure):
        _pack_ = 1
        _layout_ = "ms"
        _fields_ = [("a", ctypes.c_uint8), ("b", ctypes.c_uint32), ("c", ctypes.c_double), ("d", ctypes.c_int16 * 2)]

    record = Record.from_ctypes(Mixed)
    assert text(record) == "{a@0:U1,b@1:>U4,c@5:>F8,d@13:>S2[2]}17"
    theirs = Mixed(1, 0x01020304, 2.5, (ctypes.c_int16.__ctype_be__ * 2)(-2, 3))
    ours = record(1, 0x01020304, 2.5, (-2, 3))
    assert bytes(ours) == ctypes.string_at(ctypes.addressof(theirs), ctypes.sizeof(theirs))
    assert record.parse(bytes(ours)) == ours


def test_ctypes_classes_that_extend_others():
    class Longer(Point):
        _fields_ = [("z", ctypes.c_uint64)]

    assert text(Record.from_ctypes(Longer)) == "{x@0:S2,y@4:F4,z@8:U8}16"


def test_a_ctypes_union_by_itself():
    record = Record.from_ctypes(Word)
    assert record.size == 8 and record.fields == ("value",)
    assert record({"f": 1.0}).value.b == (0, 0, 128, 63, 0)


def test_what_ctypes_has_and_records_do_not():
    with pytest.raises(TypeError, match="from_ctypes takes a ctypes.Structure or Union class, not 3"):
        Record.from_ctypes(3)
    with pytest.raises(TypeError, match="from_ctypes takes"):
        Record.from_ctypes(ctypes.c_int)
    wide = type("Wide", (ctypes.Structure,), {"_fields_": [("x", ctypes.c_wchar)]})
    with pytest.raises(ValueError, match="Wide.x: records have nothing for c_wchar"):
        Record.from_ctypes(wide)
    with pytest.raises(ValueError, match="Nothing: a record needs at least one field"):
        Record.from_ctypes(type("Nothing", (ctypes.Structure,), {"_fields_": [("none", ctypes.c_int * 0)]}))


@needs_whole_ctypes
def test_bits_of_ctypes():
    class Little(ctypes.Structure):
        _fields_ = [("a", ctypes.c_uint16, 3), ("b", ctypes.c_uint16, 13), ("c", ctypes.c_int32)]

    class Big(ctypes.BigEndianStructure):
        _fields_ = [
            ("a", ctypes.c_uint16, 3),
            ("b", ctypes.c_uint16, 13),
            ("c", ctypes.c_uint8, 4),
            ("d", ctypes.c_uint8, 4),
        ]

    class Signed(ctypes.Structure):
        _fields_ = [("a", ctypes.c_uint32, 3), ("b", ctypes.c_int32, 9)]

    assert text(Record.from_ctypes(Little)) == "{a@0:U2:0+3,b@0:U2:3+13,c@4:S4}8"
    assert text(Record.from_ctypes(Big)) == "{a@0:>U2:13+3,b@0:>U2:0+13,c@2:U1:4+4,d@2:U1:0+4}4"
    assert text(Record.from_ctypes(Signed)) == "{a@0:U4:0+3,b@0:S4:3+9}4"
    for cls in (Little, Big, Signed):
        record = Record.from_ctypes(cls)
        values = [
            (1 << field.type.width) // 3 if hasattr(field.type, "width") else 77 for field in record.__layout__.named
        ]
        assert bytes(record(*values)) == bytes(cls(*values))


KINDS = [
    "U1",
    "U2",
    "U4",
    "U8",
    "S1",
    "S2",
    "S4",
    "S8",
    "F4",
    "F8",
    "B1",
    "B4",
    "BOOL",
    ">U2",
    ">S4",
    ">F8",
    ">B8",
    "TIME[ns]",
]
SCALARS = st.sampled_from(KINDS)
TYPES = st.one_of(
    SCALARS,
    st.builds("{}[{}]".format, SCALARS.filter(lambda name: name != "B1"), st.integers(1, 4)),
    st.builds("{}[2,{}]".format, SCALARS, st.integers(1, 3)),
    st.builds("TEXT[{}]".format, st.integers(1, 9)),
    st.builds("B1[{}]".format, st.integers(1, 9)),
    st.builds("pad[{}]".format, st.integers(1, 5)),
)


def record_of(types, align=False, name="R"):
    return Record(name, [("f%d" % i, type) for i, type in enumerate(types)], align=align)


RECORDS = st.builds(
    record_of,
    st.lists(TYPES, min_size=1, max_size=8).filter(lambda types: not all(t[0] == "p" for t in types)),
    st.booleans(),
)
NESTED = st.one_of(
    RECORDS,
    st.builds(
        lambda inner, count, align: Record(
            "Outer", [("a", "U1"), ("r", inner), ("rs", inner[count]), ("z", ">U2")], align=align
        ),
        RECORDS,
        st.integers(1, 3),
        st.booleans(),
    ),
)


def offsets(layout):
    """What has to come back from wherever a layout went: names, offsets and sizes, those inside of records too."""
    found = []
    for field in layout.named:
        inner = getattr(getattr(field.type, "element", field.type), "layout", None)
        found.append((field.name, field.offset, field.size, inner and offsets(inner)))
    return found


def without_padding(found):
    """The same without what other libraries need a field for."""
    return [
        (name, offset, size, inner and without_padding(inner))
        for name, offset, size, inner in found
        if not name.startswith("_pad")
    ]


@settings(max_examples=scaled(60, least=4))
@given(NESTED)
def test_to_ctypes_and_back(record):
    made = record.ctypes()
    assert ctypes.sizeof(made) == record.size
    for field in record.__layout__.named:
        assert getattr(made, field.name).offset == field.offset
    back = Record.from_ctypes(made)
    assert offsets(back.__layout__) == offsets(record.__layout__)
    # Numbers become numbers of the same kind and byte order; raw ones and times have none in ctypes.
    for field in record.__layout__.named:
        if field.type.name.lstrip(">")[0] in "USF":
            assert back.__layout__[field.name].type.name == field.type.name


@needs_whole_ctypes
def test_bits_to_ctypes():
    tick = Record(
        "Tick", mode="U1:3", kind="U1:5", a="U4:20", flags=">U2:3", rest=">U2:13", top=">U1:4", low=">U1:3", end="F8"
    )
    made = tick.ctypes()
    values = (5, 17, 99_999, 6, 4_444, 9, 5, 2.5)
    theirs = made(**dict(zip(tick.fields, values)))
    assert bytes(theirs) == bytes(tick(*values))
    assert offsets(Record.from_ctypes(tick.ctypes()).__layout__)[:2] == offsets(tick.__layout__)[:2]


def test_natural_alignment_needs_no_pack():
    record = Record("R", a="U1", b="F4", c="U2", align=True)
    assert not hasattr(record.ctypes(), "_pack_")
    assert [field[0] for field in record.ctypes()._fields_] == ["a", "b", "c"]
    assert record.ctypes()._fields_[1][1] is ctypes.c_float


def test_a_union_to_ctypes():
    record = Record("R", kind="U1", value=Union(f="F4", b="B1[6]"))
    made = record.ctypes()
    theirs = made.from_buffer_copy(bytes(record(1, {"f": 2.5})))
    assert theirs.kind == 1 and theirs.value.f == 2.5 and ctypes.sizeof(made) == 7


# NumPy


@needs_numpy
def test_numpy_dtype():
    import numpy

    dtype = numpy.dtype(
        [
            ("a", "u1"),
            ("b", ">f8", (2, 3)),
            ("s", "S5"),
            ("w", "<U3"),
            ("v", "V4"),
            ("t", "M8[ms]"),
            (("a title", "c"), "<c8"),
            ("n", [("x", ">i2"), ("ok", "?")], 2),
            ("d", "m8[us]"),
        ]
    )
    record = Record.from_numpy(dtype, "Whole")
    assert text(record) == (
        "{a@0:U1,b@1:>F8[2,3],s@49:TEXT[5],w@54:U4[3],v@66:B1[4],t@70:TIME[ms],c@78:F4[2],"
        "n@86:{x@0:>S2,ok@2:BOOL}3[2],d@92:SPAN[us]}100"
    )
    assert record.__name__ == "Whole" and record.size == dtype.itemsize


@needs_numpy
def test_numpy_offsets_and_alignment():
    import numpy

    aligned = Record.from_numpy(numpy.dtype("u1,f8,i2", align=True))
    assert text(aligned) == "{f0@0:U1,f1@8:F8,f2@16:S2}24" and aligned.__layout__.align == 8
    backwards = numpy.dtype({"names": ["z", "a"], "formats": ["<u2", "<u4"], "offsets": [8, 2], "itemsize": 16})
    assert text(Record.from_numpy(backwards)) == "{a@2:U4,z@8:U2}16"
    union = numpy.dtype([("kind", "u1"), ("u", {"names": ["f", "i"], "formats": ["<f4", "<u4"], "offsets": [0, 0]})])
    record = Record.from_numpy(union)
    assert record(1, {"f": 1.0}).u.i == 0x3F800000
    assert record.numpy_dtype() == union
    overlapping = numpy.dtype({"names": ["a", "b"], "formats": ["<u4", "<u4"], "offsets": [0, 2]})
    with pytest.raises(ValueError, match="Record: a and b overlap at byte 2"):
        Record.from_numpy(overlapping)


@needs_numpy
@pytest.mark.parametrize("code", ["f2", "O", "M8[D]", "M8", "g", "S0", "V0"])
def test_what_numpy_has_and_records_do_not(code):
    with pytest.raises(ValueError, match="^(R.x: (records have nothing for|.* counts in no unit)|.*)"):
        Record.from_numpy([("x", code)], "R")
    with pytest.raises(TypeError, match="from_numpy takes a structured dtype"):
        Record.from_numpy("f8")


@needs_numpy
@settings(max_examples=scaled(80, least=4))
@given(NESTED)
def test_to_numpy_and_back(record):
    import numpy

    dtype = record.numpy_dtype()
    assert dtype.itemsize == record.size
    assert {name: dtype.fields[name][1] for name in dtype.names} == {f.name: f.offset for f in record.__layout__.named}
    back = Record.from_numpy(dtype)
    assert offsets(back.__layout__) == offsets(record.__layout__)
    assert back.numpy_dtype() == dtype
    numpy.zeros(2, dtype)


@needs_numpy
def test_numpy_agrees_on_values():
    import numpy

    tick = Record("Tick", time="TIME[us]", price=">F4", flags=">U2", xs="S2[3]", tag=Text(6), mode="U1:3", kind="U1:5")
    values = (5, 2.5, 7, (-1, 2, -3), "chunk", 5, 9)
    theirs = numpy.frombuffer(bytes(tick(*values)), tick.numpy_dtype())[0]
    assert theirs["price"] == 2.5 and theirs["flags"] == 7 and theirs["xs"].tolist() == [-1, 2, -3]
    assert theirs["tag"] == b"chunk" and theirs["time"] == numpy.datetime64(5, "us")
    assert theirs["mode"] == 5 | 9 << 3  # the unit, by the name of its first bits
    assert "kind" not in theirs.dtype.names


# struct


@pytest.mark.parametrize(
    "format, expected",
    [
        ("<Qf4sH", "{f0@0:U8,f1@8:F4,f2@12:B1[4],f3@16:U2}18"),
        (">3f2xhB", "{f0@0:>F4[3],f1@14:>S2,f2@16:U1}17"),
        ("!c?d", "{f0@0:B1[1],f1@1:BOOL,f2@2:>F8}10"),
        ("<5pB", "{f0@0:{length@0:U1,data@1:B1[4]}5,f1@5:U1}6"),
        ("< i 2 h".replace("2 h", "2h"), "{f0@0:S4,f1@4:S2[2]}8"),
    ],
)
def test_struct_formats(format, expected):
    record = Record.from_struct(format)
    assert text(record) == expected
    assert record.size == struct.calcsize(format)


def test_native_struct_formats():
    """Without an order, or with @, it is the machine's: sizes and alignment of its C compiler, no padding at the end."""
    for prefix in ("", "@"):
        assert text(Record.from_struct(prefix + "bqh")) == "{f0@0:S1,f1@8:S8,f2@16:S2}18"
        assert Record.from_struct(prefix + "bqh0q").size == 24
        assert text(Record.from_struct(prefix + "blP")) == "{f0@0:S1,f1@%d:S%d,f2@%d:B%d}%d" % (
            (struct.calcsize("l"),) * 2 + (2 * struct.calcsize("P"), struct.calcsize("P"), 3 * struct.calcsize("P"))
        )
    assert text(Record.from_struct("=bqh")) == "{f0@0:S1,f1@1:S8,f2@9:S2}11"


def test_names_of_struct_formats():
    assert Record.from_struct("<Qf", "time price", "Tick").fields == ("time", "price")
    assert Record.from_struct("<Qf", "time, price").fields == ("time", "price")
    assert text(Record.from_struct("<2fH", ["x", "flags"])) == "{x@0:F4[2],flags@8:U2}10"
    assert text(Record.from_struct("<2fH", ["x", "y", "flags"])) == "{x@0:F4,y@4:F4,flags@8:U2}10"
    with pytest.raises(ValueError, match="Tick: 4 names for a format of 2 items, 3 values"):
        Record.from_struct("<2fH", "a b c d", "Tick")
    with pytest.raises(ValueError, match="two fields have the name 'a'"):
        Record.from_struct("<fH", "a a")


@pytest.mark.parametrize("format", ["<e", "<k", "<3", "", "<0s", "<4x"])
def test_bad_struct_formats(format):
    with pytest.raises((ValueError, struct.error)):
        Record.from_struct(format)
    with pytest.raises(TypeError):
        Record.from_struct(3)


def test_to_struct():
    tick = Record(
        "Tick", [("time", "U8"), ("p", Record("P", x="F4", y="F4")), ("_", "pad[2]"), ("tag", Text(3)), ("n", "S2[3]")]
    )
    assert tick.struct_format() == "<Q" + "ff" + "2x" + "3s" + "3h"
    assert Record("R", a="U1", b=">F8").struct_format() == ">Bd"
    with pytest.raises(ValueError, match="R: R.a is little-endian, R.b big-endian; a struct format has one byte order"):
        Record("R", a="U2", b=">U2").struct_format()
    with pytest.raises(ValueError, match=r"R.a: struct has no bits \(the unit is U1 at 0\)"):
        Record("R", a="U1:3").struct_format()


@settings(max_examples=scaled(100, least=4))
@given(
    st.lists(st.sampled_from("bBhHiIqQfd?x"), min_size=1, max_size=10),
    st.sampled_from(["<", ">", "", "@", "="]),
    st.data(),
)
def test_struct_agrees_on_values(codes, order, data):
    counts = [data.draw(st.integers(1, 3)) for _ in codes]
    format = order + "".join("%d%s" % pair for pair in zip(counts, codes))
    memory = data.draw(st.binary(min_size=struct.calcsize(format), max_size=struct.calcsize(format)))
    if all(code == "x" for code in codes):
        return
    record = Record.from_struct(format)
    theirs = []
    ours = record.parse(memory)
    for value in ours:
        theirs += value if isinstance(value, tuple) else [value]
    assert repr(theirs) == repr(list(struct.unpack(format, memory)))
    back = record.struct_format()
    assert struct.calcsize(back) == record.size
    if sys.byteorder == "little" or order in ("<", ">"):
        assert repr(struct.unpack(back, memory)) == repr(struct.unpack(format, memory))


# C


def test_from_c():
    record = Record.from_c(
        """
        #ifndef TICK_H
        #define TICK_H
        #include <stdint.h>
        #define NAME_SIZE (2 * 8)  /* bytes, with \\
                                      the end */
        // A point.
        typedef struct point { float x, y; } point_t;
        enum kind { DATA = 1, ACK, LAST = ACK + 0x10 };
        struct tick {
            uint8_t version : 4, : 1, flags : 3;
            enum kind kind;
            char name[NAME_SIZE];
            unsigned long long time;
            point_t where, path[2][3];
            union { float f; uint32_t w; } value;
            union { uint16_t word; struct { uint8_t low, high; }; };
            struct { int64_t when; };
            const void *next;
            int (*compare)(const void *, const void *);
            __be16 port;
        };
        #endif
        """
    )
    point = "{x@0:F4,y@4:F4}8"
    assert text(record) == (
        "{version@0:U1:0+4,flags@0:U1:5+3,kind@4:U4,name@8:TEXT[16],time@24:U8,where@32:%s,path@40:%s[2,3],"
        "value@88:B1[4],anonymous1@92:B1[2],when@96:S8,next@104:B8,compare@112:B8,port@120:>U2}128" % (point, point)
    )
    assert record.__name__ == "tick" and record.__module__ == __name__ and record.__layout__.align == 8
    kind = record.__layout__["kind"].members
    assert [(member.name, member.value) for member in kind] == [("DATA", 1), ("ACK", 2), ("LAST", 18)]
    zeros = record.parse(bytes(128))
    zeros.kind = "ACK"
    zeros.anonymous1 = {"word": 0x0201}
    assert zeros.kind is kind.ACK and zeros.anonymous1.anonymous1.high == 2


def test_packed_c():
    packed = "{a@0:U1,b@1:U4,c@5:U2:0+3,d@5:U2:3+13}7"
    for declaration in (
        "struct __attribute__((packed)) p { uint8_t a; uint32_t b; uint16_t c:3, d:13; };",
        "struct p { uint8_t a; uint32_t b; uint16_t c:3, d:13; } __attribute__((__packed__));",
        "#pragma pack(push, 1)\nstruct p { uint8_t a; uint32_t b; uint16_t c:3, d:13; };\n#pragma pack(pop)\n",
        "#pragma pack(1)\nstruct p { uint8_t a; uint32_t b; uint16_t c:3, d:13; };",
        "#define PACKED __attribute__((packed))\ntypedef struct { uint8_t a; uint32_t b; uint16_t c:3, d:13; } PACKED p;",
        "struct [[gnu::packed]] p { std::uint8_t a; std::uint32_t b; std::uint16_t c:3, d:13; };",
    ):
        assert text(Record.from_c(declaration)) == packed
    after = "#pragma pack(push, 2)\n#pragma pack(pop)\nstruct p { char a; int b; };"
    assert Record.from_c(after).size == 8
    assert Record.from_c("#pragma pack(2)\nstruct p { char a; int b; };").size == 6
    assert Record.from_c("struct p { char a; alignas(16) int b; };").size == 32
    assert Record.from_c("struct p { char a; } __attribute__((aligned(8)));").size == 8


def test_cpp():
    record = Record.from_c(
        """
        #include <cstdint>
        namespace protocol { inline namespace v1 {
        constexpr std::size_t SIZE = sizeof(double) / 2;
        enum class Kind : std::uint8_t { Data = 1, Ack };
        using Id = std::uint16_t;
        struct Header final {
            static constexpr int VERSION = 3;
            Kind kind;
            Id ids[SIZE];
            bool ok = true;
            int version = VERSION;
        };
        static_assert(sizeof(Header) == 16 && alignof(Header) == 4 && offsetof(Header, version) == 12, "Header");
        }}
        extern "C" { void handle(struct Header *header); }
        """
    )
    assert text(record) == "{kind@0:U1,ids@2:U2[4],ok@10:BOOL,version@12:S4}16"
    made = record("Data", (1, 2, 3, 4))
    assert made.kind == 1 and made.ok is True and made.version == 3


def test_which_struct():
    declarations = (
        "struct a { int x; }; typedef struct { int y; } b_t; union c { int f; float g; }; struct a last(int);"
    )
    assert Record.from_c(declarations).__name__ == "c"
    assert Record.from_c(declarations, "a").fields == ("x",)
    assert Record.from_c(declarations, name="b_t").fields == ("y",)
    # What one struct can't be does not keep others from being records.
    assert Record.from_c("struct head { int size; char text[]; }; struct last { struct head *first; };").size == 8
    with pytest.raises(ValueError, match="the text declares no struct 'd'; it has a, b_t, c"):
        Record.from_c(declarations, "d")
    with pytest.raises(ValueError, match="the text declares no struct"):
        Record.from_c("enum e { A };")


def test_big_endian_c():
    declaration = "struct s { uint16_t a : 4, b : 12; uint32_t c; float d; __le16 e; };"
    assert text(Record.from_c(declaration, byte_order=">")) == "{a@0:>U2:12+4,b@0:>U2:0+12,c@4:>U4,d@8:>F4,e@12:U2}16"
    by_attribute = declaration[:-1] + ' __attribute__((scalar_storage_order("big-endian")));'
    assert text(Record.from_c(by_attribute)) == text(Record.from_c(declaration, byte_order=">"))
    with pytest.raises(ValueError, match="byte_order is '<' or '>', not '='"):
        Record.from_c(declaration, byte_order="=")
    which = (
        "#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__\nstruct s { int big; };\n#else\nstruct s { int little; };\n#endif"
    )
    assert Record.from_c(which, byte_order=">").fields == ("big",)
    assert Record.from_c(which).fields == ("little",)


@pytest.mark.parametrize(
    "declaration, message",
    [
        ("struct a {\n    int x;\n    fool y;\n};", "line 3, column 5: the type fool is not known"),
        ("struct a { int x[]; };", "line 1, column 17: x has no length, so its record would have no fixed size"),
        ("struct a { int x[0]; };", "line 1, column 17: x has no elements"),
        ("struct a { int x[-1]; };", "line 1, column 17: x has -1 elements"),
        ("struct a { int x[n]; };", "line 1, column 18: n is no constant that is known here"),
        ("struct a { int x[1 / 0]; };", "line 1, column 20: a division by zero"),
        ("struct a { int x[1 << 1000]; };", "line 1, column 20: a shift by 1000"),
        ("struct a { int x[1u << 30]; };", "line 1, column 17: x is larger than 2147483647 bytes"),
        ("struct a { char x[1u << 30], y[1u << 30]; };", "line 1, column 30: the struct is larger than 2147483647 bytes"),
        ("struct a { int x : 33; };", "line 1, column 20: 33 bits do not fit a type of 32"),
        ("struct a { float x : 3; };", "line 1, column 22: bits of this type are not understood"),
        ("struct a { int x };", "line 1, column 18: ';' is missing behind the member, here is '}'"),
        ("struct a { int x;", "line 1, column 1: this struct has no '}'"),
        ("struct a { };", "line 1, column 1: this struct has no members"),
        ("struct a { struct b x; };", "line 1, column 21: b is not complete"),
        ("struct a { long double x; };", "line 1, column 12: records have nothing for long double"),
        ("struct a { void x; };", "line 1, column 17: void is not complete"),
        ("struct a { int f(int); };", "line 1, column 16: f is a function, which a struct of data doesn't have"),
        ("struct a { int x; } /* \n", "line 1, column 21: this comment has no end"),
        ("struct a { int x; } @;", "line 1, column 21: '@' is nothing in C"),
        ("struct a : b { int x; };", "line 1, column 10: a struct that extends another one is not understood"),
        ("struct a { int x; } __attribute__((mode(QI)));", "line 1, column 36: the attribute mode is not understood"),
        ("struct a { int x; };\nstruct a { int x; };", "line 2, column 8: a is declared twice"),
        ("#define F(x) x\nstruct a { int F(3); };", "line 2, column 16: F is a macro with arguments, which are not replaced here"),
        ("#if 1\nstruct a { int x; };", "line 1, column 2: this #if has no #endif"),
        ("#endif", "line 1, column 2: #endif without an #if"),
        ("#error no such machine", "line 1, column 2: #error no such machine"),
        ("#pragma pack(3)", "line 1, column 2: this #pragma pack is not understood; it packs to 1, 2, 4, 8 or 16".replace("column 2", "column 2")),
        ("#pragma pack(pop)", "line 1, column 2: #pragma pack(pop) without a push"),
        ("struct a { int x; };\nstatic_assert(sizeof(struct a) == 5, \"a\");", "line 2, column 1: this assertion does not hold here"),
        ("typedef struct { int x; } a __attribute__((packed));", "line 1, column 27: packed and aligned belong between the '}' and the name"),
        ("enum e { A = 300 }; enum e : uint8_t { B = 300 };", "the values of this enum do not fit 1 bytes"),
        ("struct a { int " + "x" * 3 + "[" + "(" * 3000 + "1];", "the declarations are nested too deep"),
        ("struct a { int x, x; };", "a: two fields have the name 'x'"),
    ],
)  # fmt: skip
def test_bad_c(declaration, message):
    with pytest.raises(ValueError) as caught:
        Record.from_c(declaration)
    assert message in str(caught.value)


def test_macros_that_grow_without_end():
    bomb = "#define a0 1+1\n" + "".join("#define a%d a%d+a%d\n" % (i, i - 1, i - 1) for i in range(1, 40))
    with pytest.raises(ValueError, match="the macros grow beyond 100000 words"):
        Record.from_c(bomb + "struct s { int x[a39]; };")
    assert Record.from_c("#define int int\nstruct s { int x; };").size == 4


class Declarations:
    """Random structs as C and what the compiler is asked of them."""

    NUMBERS = (
        "uint8_t int8_t uint16_t int16_t uint32_t int32_t uint64_t int64_t float double char bool long short".split()
    )
    BITS = "uint8_t int8_t uint16_t int16_t uint32_t int32_t uint64_t int64_t bool".split()
    SIZES = dict(zip(BITS, (8, 8, 16, 16, 32, 32, 64, 64, 1)))

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.texts = []

    def struct(self, name, depth=0):
        pick = self.random
        members, asked = [], []
        keyword = "union" if pick.random() < 0.15 else "struct"
        for i in range(pick.randrange(1, 7)):
            label = "m%d" % i
            choice = pick.random()
            if choice < 0.4:
                type = pick.choice(self.BITS)
                width = pick.randrange(1, self.SIZES[type] + 1)
                if pick.random() < 0.1 and keyword == "struct":
                    members.append("%s : %d;" % (type, pick.choice([0, pick.randrange(1, self.SIZES[type] + 1)])))
                members.append("%s %s : %d;" % (type, label, width))
            elif choice < 0.85 or depth > 1:
                type = pick.choice(self.NUMBERS)
                align = pick.choice(["", "", "", "", "", " __attribute__((packed))", " __attribute__((aligned(8)))"])
                members.append("%s %s%s%s;" % (type, label, pick.choice(["", "", "[3]", "[2][2]"]), align))
            else:
                inner = "%s_%s" % (name, label)
                self.struct(inner, depth + 1)
                members.append("%s %s%s;" % (inner, label, pick.choice(["", "[2]"])))
            asked.append((label, choice < 0.4))
        around = pick.choice(
            ["%s"] * 3 + ["#pragma pack(push, %d)\n%%s\n#pragma pack(pop)" % pick.choice([1, 2, 4, 8])]
        )
        packed = pick.choice(["", "", " __attribute__((packed))", " __attribute__((aligned(4)))"])
        self.texts.append(around % ("typedef %s { %s }%s %s;" % (keyword, " ".join(members), packed, name)))
        return asked


@needs_compiler
def test_the_compiler_agrees(tmp_path):
    """Sizes, offsets and the bits of structs of all kinds, as cc has them."""
    declarations = Declarations(3)
    names, own = {}, {}
    for i in range(scaled(250, 20)):
        before = len(declarations.texts)
        names["s%d" % i] = declarations.struct("s%d" % i)
        own["s%d" % i] = "\n".join(declarations.texts[before:])
    code = [
        "#include <stdbool.h>",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "#include <stdio.h>",
        "#include <string.h>",
    ]
    code += [*declarations.texts, "int main(void) {"]
    for name, asked in names.items():
        code.append('printf("%s %%zu %%zu\\n", sizeof(%s), _Alignof(%s));' % (name, name, name))
        for label, is_bits in asked:
            if is_bits:
                code.append(
                    '{ %s x; memset(&x, 0, sizeof x); x.%s = -1; printf("%s.%s ");' % (name, label, name, label)
                )
                code.append(
                    'for (size_t i = 0; i < sizeof x; i++) printf("%02x", ((unsigned char *)&x)[i]); puts(""); }'
                )
            else:
                code.append('printf("%s.%s %%zu\\n", offsetof(%s, %s));' % (name, label, name, label))
    code += ["}"]
    source, program = tmp_path / "structs.c", tmp_path / "structs"
    source.write_text("\n".join(code))
    subprocess.run([COMPILER, "-w", "-O0", "-o", str(program), str(source)], check=True)
    printed = subprocess.run([str(program)], check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    said = dict(line.split(" ", 1) for line in printed.splitlines())
    refused = 0
    for name, asked in names.items():
        try:
            record = Record.from_c(own[name])
        except ValueError as error:
            # Bits that no unit of 1, 2, 4 or 8 bytes has to itself, which packed structs can have.
            assert "which are no unit" in str(error)
            refused += 1
            continue
        layout = record.__layout__
        assert "%d %d" % (layout.size, layout.align) == said[name], name
        fields = layout if "value" not in layout else layout["value"].type.layout
        for label, is_bits in asked:
            field, path = fields[label], "%s.%s" % (name, label)
            if is_bits:
                unit = (((1 << field.type.width) - 1) << field.shift).to_bytes(field.size, "little")
                image = bytes(field.offset) + unit + bytes(layout.size - field.offset - field.size)
                assert image.hex() == said[path], path
            else:
                assert str(field.offset) == said[path], path
    assert refused < len(names) / 4


EVERYTHING = [
    ("time", "TIME[ns]"), ("price", "F4"), ("flags", ">U2"), ("mode", ">U1:3"), ("kind", ">U1:5"), ("a", "U2:3"), ("b", "S2:9"),
    ("state", Enum("U1", DATA=1, ACK=2)), ("any name", Text(5)), ("raw", "B1[6]"), ("p", Record("P", x="F4", y="F4")),
    ("ps", Record("P", x="F8")[2, 3]), ("u", Union(f="F4", i="U4")), ("_", "pad[3]"), ("magic", Const("B1[4]", b"*/%s")),
    ("q", ">U2:3"), ("r", ">U2:13"), ("set", Flags(">U4", A=1)), ("ok", "BOOL"), ("linux", "S1"), ("class", "U1"), ("1st", "F8[2]"),
]  # fmt: skip


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_declarations_come_back(language):
    record = Record("Every thing", EVERYTHING)
    declaration = getattr(record, language)()
    back = Record.from_c(declaration)  # which checks the assertions
    assert back.__name__ == "Every_thing" and back.size == record.size
    layout = {name: (offset, size) for name, offset, size, _ in offsets(back.__layout__)}
    for name, offset, _, _ in offsets(record.__layout__):
        name = {
            "any name": "any_name",
            "linux": "_linux",
            "class": "_class",
            "1st": "_1st",
            "q": "q_r",
            "r": "q_r",
        }.get(name, name)
        assert layout[name][0] == offset
    assert "struct P_2" in declaration
    if language == "cpp":
        assert back.__layout__["state"].members["ACK"] == 2


@needs_compiler
@pytest.mark.parametrize("language, flags", [("c", ["-xc", "-std=c11"]), ("cpp", ["-xc++", "-std=c++11"])])
def test_compilers_take_the_declarations(language, flags, tmp_path):
    if language == "cpp" and shutil.which("c++") is None:
        pytest.skip("needs c++, which is not installed here")
    source = tmp_path / "records.h"
    code = getattr(Record("Everything", EVERYTHING), language)()
    source.write_text(code)
    subprocess.run(
        [COMPILER, *flags, "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", str(source)], check=True
    )


@settings(max_examples=scaled(60, least=4))
@given(NESTED)
def test_to_c_and_back(record):
    for declaration in (record.c(), record.cpp()):
        back = Record.from_c(declaration)
        assert without_padding(offsets(back.__layout__)) == offsets(record.__layout__)


UNITS = "U1 U2 U4 U8 S1 S2 S4 S8 B4 >U1 >U2 >U4 >U8 >S4".split()
BITS = st.one_of(
    st.sampled_from(UNITS).flatmap(lambda unit: st.builds((unit + ":{}").format, st.integers(1, 8 * int(unit[-1])))),
    st.sampled_from([*UNITS, "BOOL", "BOOL:1"]),
)


@settings(max_examples=scaled(150, least=4))
@given(st.builds(record_of, st.lists(BITS, min_size=1, max_size=6), st.booleans()))
def test_bits_to_elsewhere_and_back(record):
    def places(layout, only_little):
        found = {field.name: (field.offset, field.size, field.shift) for field in layout.named}
        # Bits of big-endian units of several bytes are one number in C.
        is_odd = {f.name for f in record.__layout__.named if f.shift is not None and f.type.unit.is_big_endian}
        return {
            name: place
            for name, place in found.items()
            if name in record.__layout__ and not (only_little and name in is_odd)
        }

    for declaration in (record.c(), record.cpp()):
        back = Record.from_c(declaration)
        assert back.size == record.size and places(back.__layout__, True) == places(record.__layout__, True)
    if CPYTHON:
        try:
            made = record.ctypes()
        except ValueError as error:
            assert "ctypes of this interpreter puts it elsewhere" in str(error)
            return
        assert places(Record.from_ctypes(made).__layout__, False) == places(record.__layout__, False)


# What has no fixed size, and what follows


def test_records_without_a_size():
    with pytest.raises(TypeError, match="Record has no fixed size, which this needs"):
        Record.c()


def test_records_that_extend_foreign_ones():
    base = Record.from_struct("<BH", "a b", "Base")

    class Longer(base):
        c: F8

    assert text(Longer) == "{a@0:U1,b@1:U2,c@3:F8}11"
    odd = Record.from_c("struct odd { uint8_t a:2, :3, b:3; };")
    with pytest.raises(ValueError, match="Longer: b is at .* odd, which it derives from"):

        class Longer(odd):
            c: F8
