"""What is no record, no message and no value for one: each is refused in exactly these words, and nothing is lost."""

import io

import pytest

from chunkarray import Checksum, ChunkArray, Const, Enum, Record, Sized, Stream, Switch, Union

MOST = 2**31 - 1


def refused(kind, words, action, /, *arguments, **named):
    with pytest.raises(kind) as caught:
        action(*arguments, **named)
    told = caught.value.args[0] if kind is KeyError else str(caught.value)
    assert told == words
    assert isinstance(caught.value, kind)


# What is no layout.


def test_fields_that_repeat():
    words = "Tick: two fields have the name 'a'"
    refused(ValueError, words, Record, "Tick", [("a", "U1"), ("a", "U2")])
    refused(ValueError, words, Record, "Tick", "a: U1, a: U2")
    words = "Tick.u: a union needs fields of different names"
    refused(ValueError, words, Record, "Tick", u=Union([("a", "U1"), ("a", "U2")]))


def test_fields_that_repeat_in_a_class():
    with pytest.raises(ValueError, match="^Tick: two fields have the name 'a'$"):

        class Tick(Record):
            a: "U1"
            a: "U2"  # noqa: F811


@pytest.mark.parametrize("written", ["U3", "u9", "Other", "TEXT", "", ">", "U1]", "F4[", "?!"])
def test_unknown_types(written):
    with pytest.raises(ValueError) as caught:
        Record("Tick", [("a", written)])
    assert str(caught.value).startswith("Tick.a: ")
    if written.isidentifier():
        assert str(caught.value).startswith("Tick.a: unknown type '%s'; the types are U1 U2 U4 U8 S1" % written)
        assert str(caught.value).endswith(
            "; in records also TEXT[n], B1[n], pad[n], bits such as U1:3, and other records"
        )


def test_no_fields():
    for fields in ([], "", [("", "pad[3]")]):
        refused(ValueError, "Tick: a record needs at least one field", Record, "Tick", fields)


SHAPE = "Tick.a: '%s' has a bad shape; write up to 4 counts from 1 on, as in F4[3] or F4[2,3]"


@pytest.mark.parametrize(
    "written, words",
    [
        ("U1[0]", SHAPE % "U1[0]"),
        ("B1[0]", SHAPE % "B1[0]"),
        ("F4[1,2,3,4,5]", SHAPE % "F4[1,2,3,4,5]"),
        ("TEXT[0]", "Tick.a: 'TEXT[0]' needs a number of bytes from 1 on"),
        ("pad[0]", "Tick.a: 'pad[0]' needs a number of bytes from 1 on"),
        ("U1:0", "Tick.a: 'U1:0': of U1 there may be 1 to 8 bits"),
        ("U1:9", "Tick.a: 'U1:9': of U1 there may be 1 to 8 bits"),
        ("BOOL:2", "Tick.a: 'BOOL:2': of BOOL there may be 1 to 1 bits"),
        ("F4:3", "Tick.a: 'F4:3': only unsigned, signed and raw integers and BOOL have bits"),
        ("U1[2][3]", "Tick.a: 'U1[2][3]': there are arrays of scalars and of records only; make a record of U1[2]"),
        ("U1[2147483648]", "Tick.a: 2147483648 bytes, but a record has 1 to 2147483647"),
        ("U8[65536,65536]", "Tick.a: 34359738368 bytes, but a record has 1 to 2147483647"),
    ],
)
def test_sizes(written, words):
    refused(ValueError, words, Record, "Tick", a=written)


def test_records_of_more_than_two_gigabytes():
    words = "M: 2147483648 bytes, but a record has 1 to 2147483647"
    refused(ValueError, words, Record, "M", a="U1[%d]" % MOST, b="U1")
    assert Record("M", a="U1[%d]" % MOST).size == MOST


def test_too_many_and_too_deep():
    refused(ValueError, "R: more than 4096 fields", Record, "R", [("f%d" % k, "U1") for k in range(4097)])
    inner = "U1"
    for _ in range(16):
        inner = Record("R", a=inner)
    refused(ValueError, "R: records lie more than 16 deep in one another", Record, "R", a=inner)


# What is no message.


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"data": "B1[n]", "n": "U1"}, "M.data: its count names n, which comes later"),
        ({"data": "B1[data]"}, "M.data: its count names data, which is this field itself"),
        ({"data": "B1[n]"}, "M.data: its count names n, which is no field of M"),
        ({"n": "F4", "data": "B1[n]"}, "M.data: its count names n, which is no integer"),
        ({"body": Switch("kind", {1: "U1"}), "kind": "U1"}, "M.body: its tag names kind, which comes later"),
        ({"body": Switch("kind", {1: "U1"})}, "M.body: its tag names kind, which is no field of M"),
        ({"kind": "U1", "body": Switch("kind", {})}, "M.body: a switch needs a case"),
        (
            {"kind": Enum("U1", A=1), "body": Switch("kind", {1: "U1", "A": "U2"})},
            "M.body: there are two cases for 'A'",
        ),
        (
            {"kind": Enum("U1", A=1), "body": Switch("kind", {"B": "U2"})},
            "M.body: the case 'B' can't be: kind has no value 'B', it has A",
        ),
        ({"a": "U1", "crc": Checksum("crc32", "U2")}, "M.crc: crc32 has 4 bytes, U2 only 2"),
        (
            {"a": "U1", "crc": Checksum("crc32", "U4", over="b")},
            "M.crc: crc32 is over b, which is no field of M",
        ),
    ],
)
def test_fields_that_refer_to_others(fields, words):
    refused(ValueError, words, Record, "M", list(fields.items()))


@pytest.mark.parametrize(
    "count", ["n +", "open(n)", "n()", "n[0]", "n if n else n", "lambda: n", "n ** 9", "n.__class__", "1.5"]
)
def test_counts_that_are_none(count):
    with pytest.raises(ValueError, match="^M.data: ") as caught:
        Record("M", n="U1", data="B1[%s]" % count)
    if "class" not in count:
        words = (
            "M.data: %r is no count; write a number, the name of an earlier field, or + - * // %% & | << >> of these"
        )
        assert str(caught.value) == words % count


@pytest.mark.parametrize(
    "count, words", [("-1", "-1, of -1"), ("2 - 5", "2 - 5, of -3"), ("8 // 0", "8 // 0, which divides by zero")]
)
def test_counts_that_no_message_has(count, words):
    refused(ValueError, "M.data has a count, " + words, Record, "M", n="U1", data="B1[%s]" % count)


Named = Record("L", length="U4", data="B1[length]")
Chosen = Record("M", kind="U1", body=Switch("kind", {1: "U1"}))


def test_switches_without_a_case():
    words = "M.body has no case for kind 2 (it has 1)"
    refused(ValueError, words, Chosen.parse, b"\2\1")
    refused(ValueError, words, Chosen.pack, 2, 1)


def test_messages_that_are_longer_than_the_data():
    data = b"\1\0\0\0a\3\0\0\0ab"
    words = "L.data is cut off at offset 9: it needs 3 bytes, there are 2"
    refused(ValueError, words, lambda: list(Stream(Named, data)))
    refused(ValueError, words, lambda: list(Stream(Named, io.BytesIO(data))))
    refused(ValueError, words, lambda: list(Stream(Named, [data[:3], data[3:]])))
    refused(ValueError, words, Stream(Named, data).index)
    words = "L.length is cut off at offset 5: it needs 4 bytes, there are 2"
    refused(ValueError, words, lambda: list(Stream(Named, data[:7])))
    # Those before are not lost.
    stream = Stream(Named, data)
    messages = iter(stream)
    assert next(messages).data == b"a" and stream.offset == 5
    with pytest.raises(ValueError):
        next(messages)
    assert Stream(Named, data).index(partial=True).tolist() == [0]


def test_messages_that_are_longer_than_a_limit():
    words = "L.data is cut off at offset 4: it needs 8 bytes, the limit of 10 bytes for a message leaves 6"
    refused(ValueError, words, Named.parse, b"\x08\0\0\0" + bytes(8), limit=10)
    words = "L.data is cut off at offset 9: it needs 3 bytes, the limit of 6 bytes for a message leaves 2"
    refused(ValueError, words, lambda: list(Stream(Named, b"\1\0\0\0a\3\0\0\0abc", limit=6)))
    assert Named.parse(b"\6\0\0\0" + bytes(8), limit=10).data == bytes(6)


def test_lengths_that_would_exhaust_memory():
    many = Record("C", n="U4", m="U4", x="F8[n*m]")
    with pytest.raises(ValueError, match="^C.x is cut off at offset 8: it needs 147573952520956936200 bytes, "):
        many.parse(b"\xff" * 8 + bytes(8))
    shifted = Record("C", n="U1", x="F8[1 << n]")
    with pytest.raises(ValueError, match="^C.x is cut off at offset 1: it needs 36893488147419103232 bytes, "):
        shifted.parse(b"\x3e" + bytes(10))
    refused(ValueError, "C.x has a count, 1 << n, which shifts by 255", shifted.parse, b"\xff")
    signed = Record("C", n="S4", x="F8[n]")
    refused(ValueError, "C.x has a count, n, of -1", signed.parse, b"\xff" * 4)
    divided = Record("C", n="U1", x="F8[10 // n]")
    refused(ValueError, "C.x has a count, 10 // n, which divides by zero", divided.parse, b"\0")


def test_sizes_that_are_stated():
    sized = Record("S", n="U1", body=Sized(Record("I", a="U2"), "n"))
    words = "S.body is cut off at offset 1: it needs 2 bytes, the 1 bytes that hold it leave 1"
    refused(ValueError, words, sized.parse, b"\1abc")
    refused(ValueError, "S.body leaves 1 of its 3 bytes, from offset 3 on", sized.parse, b"\3abc")


def test_ends_that_are_missing():
    text = Record("Z", name="TEXTZ")
    refused(ValueError, "Z.name has no end b'\\x00' from offset 0 on, in 3 bytes", text.parse, b"abc")
    refused(ValueError, "Z.name has no end b'\\x00' from offset 0 on, in 5 bytes", text.parse, b"abc" * 10, limit=5)


def test_checksums_that_are_wrong():
    summed = Record("K", a="B1[2]", crc=Checksum("crc32", "U4"))
    words = "K.crc is 0x34333231, but the crc32 of all before it is 0x9E83486D, at offset 2"
    refused(ValueError, words, summed.parse, b"ab1234")
    assert summed.parse(b"ab1234", check=False).a == b"ab"


def test_offsets():
    refused(ValueError, "offset -1 lies outside of the 4 bytes", Named.parse, bytes(4), offset=-1)
    refused(ValueError, "offset 5 lies outside of the 4 bytes", Named.parse, bytes(4), offset=5)


# What is no record.

Tick = Record("Tick", time="U8", price="F4", flags=">U2")


@pytest.mark.parametrize(
    "text, words",
    [
        ("00 0", "hex text: the digit '0' at column 4 has no second one"),
        ("00 0 11", "hex text: the digit '0' at column 4 has no second one"),
        ("00 01\n 0", "hex text: the digit '0' at line 2, column 2 has no second one"),
        ("00 xy", "hex text: 'x' at column 4 is no hex digit"),
        ("00 01\n\n g", "hex text: 'g' at line 3, column 2 is no hex digit"),
    ],
)
def test_hex_text(text, words):
    refused(ValueError, words, Tick.parse, text)
    a = ChunkArray(Tick)
    refused(ValueError, words, a.fromhex, text)
    assert len(a) == 0


def test_data_that_ends_inside_of_a_field():
    words = "Tick needs 14 bytes, there are 9: price is cut off at offset 8"
    refused(ValueError, words, Tick.parse, b"123456789")
    refused(ValueError, "Tick needs 14 bytes, there are 0: time is cut off at offset 0", Tick.parse, b"")
    a = ChunkArray(Tick, [(1, 2, 3)])
    words = "37 bytes are 2 Tick of 14 bytes and 9 more: the last one lacks 5, Tick.price is cut off at offset 36"
    refused(ValueError, words, a.frombytes, bytes(37))
    assert a.tolist() == [(1, 2.0, 3)]
    deep = Record("Deep", head="U1", ticks=Tick[3])
    words = "Deep needs 43 bytes, there are 26: ticks[1].price is cut off at offset 23"
    refused(ValueError, words, deep.parse, bytes(26))


VALUES = [
    ((1, 2), ValueError, "a record takes 3 values (time, price, flags), not 2"),
    ((1, 2, 3, 4), ValueError, "a record takes 3 values (time, price, flags), not 4"),
    ((1, "x", 3), TypeError, "price: F4 takes a float, not str"),
    ((2**64, 1, 2), OverflowError, "time: 18446744073709551616 is out of range for U8 (0 to 18446744073709551615)"),
    ((1, 1e39, 2), OverflowError, "price: 1e+39 is out of range for F4 (-3.4028235e38 to 3.4028235e38)"),
    ((1, 2, -1), OverflowError, "flags: -1 is out of range for >U2 (0 to 65535)"),
    (None, TypeError, "Tick takes a tuple, a dict or an object with its fields, not NoneType"),
    ("abc", TypeError, "Tick takes a tuple, a dict or an object with its fields, not str"),
    ({"time": 1}, TypeError, "Tick lacks price, flags"),
    (dict(time=1, price=2, flags=3, x=4), TypeError, "Tick has no field 'x', it has time, price, flags"),
    (b"123", ValueError, "a record takes bytes of length 14, not 3"),
]


@pytest.mark.parametrize("value, kind, words", VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("layout", ["rows", "columns"])
def test_values_that_do_not_fit(value, kind, words, layout):
    a = ChunkArray(Tick, [(1, 2, 3)], layout=layout)
    refused(kind, words, a.append, value)
    refused(kind, words, a.extend, [(4, 5, 6), value])
    refused(kind, words, a.__setitem__, 0, value)
    assert [row.astuple() for row in a] == [(1, 2.0, 3)]


Every = Record(
    "X",
    name="TEXT[4]",
    raw="B1[2]",
    mode="U1:3",
    kind=Enum("U1", A=1),
    c=Const("U2", 7),
    u=Union(a="U4", b="B1[4]"),
    pos=Record("P", x="F4")[2],
)
GOOD = {"name": "a", "raw": b"12", "mode": 1, "kind": 1, "u": b"1234", "pos": [(1,), (2,)]}


@pytest.mark.parametrize(
    "name, value, kind, words",
    [
        ("name", "h\u00e4llo", ValueError, "name: 6 bytes of UTF-8 for TEXT[4]"),
        ("name", 5, TypeError, "name: TEXT[4] takes a str, not int"),
        ("raw", b"1", ValueError, "raw: B1[2] takes bytes of length 2, not 1"),
        ("raw", 5, TypeError, "raw: B1[2] takes a sequence of 2, not int"),
        ("mode", 8, OverflowError, "mode: 8 is out of range for U1:3 (0 to 7)"),
        ("mode", "x", TypeError, "mode: U1:3 takes an int, not str"),
        ("kind", "B", ValueError, "X.kind has no value 'B', it has A"),
        ("kind", 256, OverflowError, "kind: 256 is out of range for U1 (0 to 255)"),
        ("c", 8, ValueError, "X.c is always 7, not 8"),
        ("u", b"1", ValueError, "u takes 4 bytes, not 1"),
        ("u", {"z": 1}, TypeError, "u takes 4 bytes or {'a': ...} or {'b': ...}, not {'z': 1}"),
        ("pos", [(1,)], ValueError, "pos takes 2 records, not 1"),
        ("pos", [(1,), ("x",)], TypeError, "pos.x: F4 takes a float, not str"),
    ],
)
def test_fields_that_do_not_fit(name, value, kind, words):
    refused(kind, words, Every, **dict(GOOD, **{name: value}))
    record = Every(**GOOD)
    before = bytes(record)
    with pytest.raises(kind):
        record[name] = value
    assert bytes(record) == before
    a = ChunkArray(Every, [record])
    with pytest.raises(kind):
        a.append(**dict(GOOD, **{name: value}))
    with pytest.raises(kind):
        a[0][name] = value
    assert a.tobytes() == before


def test_constants_that_are_others():
    refused(ValueError, "X.c is always 7, not 0", Every.parse, bytes(Every.size))


def test_fields_that_there_are_not():
    record = Tick(1, 2, 3)
    refused(KeyError, "Tick has no field 'flag', it has time, price, flags", record.__getitem__, "flag")
    refused(KeyError, "Tick has no field 'flag', it has time, price, flags", record.__setitem__, "flag", 1)
    with pytest.raises(AttributeError):
        record.flag = 1
    with pytest.raises(KeyError):
        ChunkArray(Tick)["flag"]


def test_arrays_of_messages():
    words = "L has no fixed size, and elements of an array have: Stream(L, ...) reads and indexes such messages"
    refused(TypeError, words, ChunkArray, Named)
