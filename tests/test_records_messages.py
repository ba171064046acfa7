"""Messages: records whose size the data tells."""

import copy
import doctest
import os
import pickle
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import (
    F4,
    U1,
    U2,
    Bytes,
    Checksum,
    ChunkArray,
    Const,
    Enum,
    Flags,
    Record,
    Sized,
    Stream,
    Switch,
    Text,
    Union,
    field,
)


class Plain(Record):
    kind: U1
    length: ">U2"
    data: "B1[length]"


class Point(Record):
    x: "S2"
    y: "S2"


class Head(Record):
    magic = Const("B1[2]", b"MZ")
    n: "U1:4"
    m: "U1:4"


class Named(Record):
    key: "TEXTZ"
    value: "TEXT[...]"


class Chunk(Record):
    length: ">U4"
    kind: "B1[4]"
    data = Switch("kind", {b"tEXt": Named, b"pnts": "Point[...]"}, default="B1[...]", size="length")
    crc = Checksum("crc32", ">U4", over=("kind", "data"))


class File(Record):
    magic = Const("B1[4]", b"FILE")
    chunks: "Chunk[...]"


class Every(Record):
    head: Head
    a: ">U1:4"
    b: ">U1:4"
    points: "Point[2]"
    u = Union(f="F4", i="U4")
    kind = Enum("U1", A=1, B=2)
    shape: "F4[2]"
    name: "TEXT[8]"
    count: U1
    numbers: "U2[count]"
    path: "Point[head.n]"
    line = Text(until=b"\r\n")
    raw = Bytes(until=b"##")
    pad: "pad[count % 4]"
    check = Checksum("sum8", "U1")


def every(**changes):
    values = dict(
        head=(2, 1), a=3, b=15, points=[(1, 2), (3, 4)], u={"f": 1.5}, kind="A", shape=(1, 2), name="häl",
        numbers=[1, 2, 3], path=[(5, 6), (7, 8)], line="GET /", raw=b"\0\1",
    )  # fmt: skip
    return Every(**{**values, **changes})


def refusal(work, *errors):
    with pytest.raises(errors or (ValueError, TypeError, OverflowError)) as caught:
        work()
    return str(caught.value)


class TestParse:
    def test_a_length_in_front(self):
        message = Plain.parse(b"\x07\x00\x03abcdef")
        assert (message.kind, message.length, message.data) == (7, 3, b"abc")
        assert message.size == 6
        assert bytes(message) == message.pack() == b"\x07\x00\x03abc"
        assert repr(message) == "Plain(kind=7, length=3, data=b'abc')"
        assert list(message) == [7, 3, b"abc"] and message["data"] == b"abc"
        assert Plain.size is None and Plain.fields == ("kind", "length", "data")

    def test_an_offset_and_hex_text(self):
        assert Plain.parse(b"..\x01\x00\x00", 2) == Plain(1, data=b"")
        assert Plain.parse("01 00 02  6869") == Plain(kind=1, data=b"hi")
        assert Plain.parse(memoryview(bytearray(b"\1\0\1x"))).data == b"x"
        assert "lies outside" in refusal(lambda: Plain.parse(b"abc", 4))

    def test_parse_all(self):
        assert [m.data for m in Plain.parse_all(b"\1\0\1a\1\0\0\1\0\2bc")] == [b"a", b"", b"bc"]

    def test_elements(self):
        kind = Record("M", n="U1", numbers="F8[n]", points="Point[n // 2]", rest="U2[...]")
        raw = struct.pack("<B3d2h2H", 3, 1.5, 2.5, 3.5, -1, 7, 8, 9)
        message = kind.parse(raw)
        assert type(message.numbers) is type(ChunkArray("F8")) and message.numbers.tolist() == [1.5, 2.5, 3.5]
        assert message.numbers.contiguous
        assert [point.y for point in message.points] == [7]
        assert message.rest.tolist() == [8, 9]
        assert bytes(message) == raw

    def test_messages_inside(self):
        kind = Record("Outer", [("n", "U1"), ("some", Plain["n"]), ("one", Plain), ("end", "U1")])
        message = kind(some=[Plain(1, data=b"a"), (2, b"bc"), {"kind": 3, "data": b""}], one=(4, b"x"), end=9)
        assert message.n == 3
        assert kind.parse(bytes(message)) == message
        assert [inner.length for inner in message.some] == [1, 2, 0]
        message.some.append(Plain(5, data=b"more"))
        message.one.data = b"longer"
        assert kind.parse(bytes(message)).n == 4
        assert kind.parse(bytes(message)).one.length == 6

    def test_ends(self):
        kind = Record("M", [("a", "TEXTZ"), ("b", Text(until=b"\r\n")), ("c", Bytes(until=b"ab")), ("d", "TEXT[...]")])
        message = kind.parse("é\0 line\r\n\xff".encode("latin-1").replace(b"\xe9", "é".encode()) + b"aab!!")
        assert (message.a, message.b, message.c, message.d) == ("é", " line", b"\xffa", "!!")
        assert kind.parse(bytes(message)) == message
        with pytest.raises(ValueError, match="can't hold its own end"):
            kind("a\0", "b", b"c", "d")
        with pytest.raises(ValueError, match="can't hold its own end"):
            kind("a", "b", b"xa", "d").c = b"..ab"
        assert kind("a", "b", b"xa", "d").c == b"xa"
        assert kind.parse(bytes(kind("a", "b\r", b"xa", "d"))).astuple() == ("a", "b\r", b"xa", "d")

    def test_what_is_text_nowhere(self):
        kind = Record("M", n="U1", text="TEXT[n]")
        assert bytes(kind.parse(b"\x02\xff\x00")) == b"\x02\xff\x00"

    def test_a_long_text_without_copying_it(self):
        kind = Record("M", text="TEXTZ", rest="U1")
        raw = b"x" * 10000 + b"\0\1"
        for data in (raw, bytearray(raw), memoryview(raw)):
            assert len(kind.parse(data).text) == 10000

    def test_the_rest_with_something_behind(self):
        kind = Record("M", [("data", "B1[...]"), ("x", "U2"), ("check", Checksum("sum16", ">U2", over="data"))])
        message = kind(data=b"abc", x=5)
        assert bytes(message) == b"abc\x05\x00\x01\x26"
        assert kind.parse(bytes(message)).data == b"abc"
        kind = Record("M", [("all", "Plain[...]"), ("x", "U2")])
        assert bytes(kind.parse(b"\1\0\1a\1\0\0\7\7"))[-2:] == b"\7\7"

    def test_every_kind_of_field(self):
        message = every()
        raw = bytes(message)
        again = Every.parse(raw)
        assert again == message and bytes(again) == raw
        assert again.head.n == 2 and again.points[1].y == 4 and again.u.f == 1.5 and again.path[1].x == 7
        assert again.kind is Every.__layout__["kind"].members.A and again.shape == (1.0, 2.0)
        assert (again.a, again.b, again.name, again.line, again.raw) == (3, 15, "häl", "GET /", b"\0\1")
        assert Every.fields[-1] == "check" and "pad" not in Every.fields
        again.head.m = 9
        again.points[0].x = -1
        again.u.i = 7
        third = Every.parse(bytes(again))
        assert (third.head.m, third.points[0].x, third.u.i) == (9, -1, 7)

    def test_padding_is_kept(self):
        kind = Record("M", [("a", "U1"), ("_", "pad[2]"), ("n", "U1"), ("_", "pad[n]"), ("b", "TEXTZ")])
        message = kind.parse(b"\1xy\2zz!\0")
        message.b = "?"
        assert bytes(message) == b"\1xy\2zz?\0"
        message.n = 3
        assert bytes(message) == b"\1xy\3\0\0\0?\0"

    def test_counts_are_expressions(self):
        for text, a, b, size in [
            ("a + 2 * b", 1, 2, 5),
            ("(a - b) * 2", 5, 2, 6),
            ("a // 4 + b % 3", 9, 5, 4),
            ("a << b", 3, 1, 6),
            ("(a & 12) >> 2 | b", 13, 4, 7),
            ("-a % 4", 5, 0, 3),
            ("3", 0, 0, 3),
        ]:
            kind = Record("M", [("a", "U1"), ("b", "S1"), ("data", "B1[%s]" % text)])
            message = kind.parse(bytes([a, b]) + bytes(10))
            assert message.data == bytes(size), text
            assert bytes(message) == bytes([a, b]) + bytes(size)


class TestSwitch:
    class Tagged(Record):
        kind = Enum("U1", NUMBER=1, WORDS=2, PAIR=3)
        flags = Flags("U1", URGENT=1)
        body = Switch("kind", {"NUMBER": "U4", 2: "TEXTZ", "PAIR": Point, 4: Plain}, default="B1[2]")

    def test_cases(self):
        kind = self.Tagged
        assert kind.parse(b"\1\0\5\0\0\0").body == 5
        assert kind.parse(b"\2\1hi\0").body == "hi"
        assert kind.parse(b"\3\0\1\0\2\0").body == Point(1, 2)
        assert kind.parse(b"\4\0\1\0\1x").body == Plain(1, data=b"x")
        assert kind.parse(b"\x63\0\1\2").body == b"\1\2"

    def test_writing(self):
        kind = self.Tagged
        assert bytes(kind(kind="WORDS", flags="URGENT", body="x")) == b"\2\1x\0"
        # A record says which case it is.
        assert kind(flags=0, body=Point(1, 2)).kind == 3
        assert kind(flags=0, body=Plain(1, data=b"")).kind == 4
        assert "lacks kind" in refusal(lambda: kind(flags=0, body=7), TypeError)
        message = kind(kind="PAIR", flags=0, body=(1, 2))
        message.body.x = 7
        assert bytes(message) == b"\3\0\7\0\2\0"
        message.body = {"x": 1, "y": 1}
        assert kind.parse(bytes(message)) == message
        with pytest.raises(TypeError, match="Tagged.body: TEXTZ takes a str, not int"):
            kind(kind=2, flags=0, body=3)
        message.kind = 1
        assert refusal(message.pack).startswith("Tagged.body: U4 takes an int, not ")

    def test_no_case(self):
        kind = Record("M", [("tag", "TEXT[2]"), ("body", Switch("tag", {"ab": "U1", "c": "U2"}))])
        assert kind.parse(b"ab\7").body == kind.parse(b"c\0\7\0").body == 7
        assert refusal(lambda: kind.parse(b"xx\0")) == "M.body has no case for tag 'xx' (it has 'ab', 'c')"
        assert refusal(lambda: kind("xx", 1)) == "M.body has no case for tag 'xx' (it has 'ab', 'c')"

    def test_all_that_may_be_inside(self):
        cases = {
            1: Enum("U1", A=1),
            2: Const("U2", 7),
            3: Union(a="U4", b="F4"),
            4: Flags("U1", A=1, B=2),
            5: Point,
            6: "Point[2]",
            7: Sized("TEXT[...]", "k"),
            8: "pad[2]",
            9: Switch("k", {9: "S1"}),
            10: "F4[k - 8]",
            11: "TIME[s]",
        }
        kind = Record("M", [("k", "U1"), ("s", Switch("k", cases))])
        raws = [b"\1\1", b"\2\7\0", b"\3\0\0\x80\x3f", b"\4\3", b"\5\1\0\2\0", b"\6" + bytes(8), b"\7abcdefg"]
        raws += [b"\x08zz", b"\x09\xff", b"\x0a" + bytes(8), b"\x0b" + bytes(8)]
        messages = [kind.parse(raw) for raw in raws]
        assert [bytes(message) for message in messages] == raws
        assert Stream(kind, b"".join(raws)).index().tolist() == [sum(map(len, raws[:k])) for k in range(len(raws))]
        assert messages[0].s.name == "A" and messages[2].s.b == 1.0 and messages[4].s.y == 2 and messages[5].s[1].x == 0
        assert repr(messages[3]) == "M(k=4, s='A|B')"
        assert refusal(lambda: kind.parse(b"\2\1\0")) == "M.s is always 7, not 1, at offset 1"
        assert bytes(kind(3, {"a": 5})) == b"\3\5\0\0\0" and kind(6, [(1, 2), (3, 4)]).s[1].y == 4

    def test_sizes(self):
        kind = Record("M", [("n", "U1"), ("t", "U1"), ("x", Switch("t", {1: "U2", 2: "Point[...]"}, size="n"))])
        assert kind(t=1, x=513).pack() == b"\2\1\1\2"
        assert kind.parse(b"\x08\2" + bytes(8)).x.tolist() == [(0, 0), (0, 0)]
        words = refusal(lambda: kind.parse(b"\3\1abc"))
        assert words == "M.x leaves 1 of its 3 bytes, from offset 4 on"
        words = refusal(lambda: kind.parse(b"\1\1abc"))
        assert words == "M.x is cut off at offset 2: it needs 2 bytes, the 1 bytes that hold it leave 1"
        words = refusal(lambda: kind.parse(b"\7\2" + bytes(9)))
        assert words == "M.x is cut off at offset 2: 7 bytes are no whole number of 4"

    def test_sized(self):
        kind = Record("M", [("n", "U1"), ("body", Sized(Named, "n - 1")), ("end", "U1")])
        message = kind(body=("a", "bc"), end=7)
        assert bytes(message) == b"\x05a\0bc\7"
        message.body.value += "!!"
        assert message.n == 7 and kind.parse(bytes(message)) == message


class TestChecksums:
    def test_sums(self):
        data = bytes(range(256)) * 300
        for name, dtype, expected in [
            ("crc32", ">U4", zlib.crc32(data)),
            ("adler32", "U4", zlib.adler32(data)),
            ("sum8", "U1", sum(data) % 2**8),
            ("sum16", ">U2", sum(data) % 2**16),
            ("sum32", "U8", sum(data) % 2**32),
        ]:
            kind = Record("M", [("n", "U4"), ("data", "B1[n]"), ("check", Checksum(name, dtype, over="data"))])
            message = kind(data=data)
            assert message.check == expected
            assert kind.parse(bytes(message)).check == expected
            wrong = bytearray(bytes(message))
            wrong[4] ^= 255
            with pytest.raises(ValueError, match="M.check is 0x.*, but the %s of data is 0x.*, at offset 76804" % name):
                kind.parse(wrong)
            unchecked = kind.parse(wrong, check=False)
            assert bytes(kind.parse(bytes(unchecked)).data) == unchecked.data

    def test_in_front_and_over_everything(self):
        kind = Record(
            "M",
            [
                ("check", Checksum("sum16", "U2", over=("a", "b", "text"))),
                ("a", "U1:4"),
                ("b", "U1:4"),
                ("text", "TEXTZ"),
            ],
        )
        message = kind(a=1, b=2, text="x")
        assert message.check == 0x21 + ord("x")
        message.b = 3
        assert message.check == 0x31 + ord("x")
        assert kind.parse(message.pack()).b == 3
        kind = Record(
            "M", [("a", "U1"), ("b", "U2"), ("first", Checksum("sum8", "U1")), ("second", Checksum("sum8", "U1"))]
        )
        assert bytes(kind(1, 2)) == b"\1\2\0\3\6"

    def test_it_cannot_be_set_to_something_else(self):
        message = Chunk(kind=b"none", data=b"")
        message.crc = message.crc
        assert "Chunk.crc is the crc32 of kind and data" in refusal(lambda: setattr(message, "crc", 5))
        assert Chunk(kind=b"none", data=b"", crc=message.crc) == message
        assert "not 5" in refusal(lambda: Chunk(kind=b"none", data=b"", crc=5))


class TestMessages:
    def test_the_constructor(self):
        assert Plain(1, data=b"ab") == Plain(kind=1, length=2, data=b"ab") == (1, 2, b"ab")
        assert Plain(1, 2, b"ab") == Plain(1, data=b"ab")
        assert (
            refusal(lambda: Plain(1, 3, b"ab"))
            == "Plain.length counts data and is 2, not 3; it changes with what it counts"
        )
        assert refusal(lambda: Plain(1), TypeError) == "Plain lacks data"
        assert refusal(lambda: Plain(1, 2, b"ab", 4), TypeError) == "Plain takes 3 values (kind, length, data), not 4"
        assert refusal(lambda: Plain(1, kind=2, data=b""), TypeError) == "Plain: kind is given twice"
        assert "has no field 'what', it has kind, length, data" in refusal(lambda: Plain(what=1), TypeError)
        assert "Plain.kind: U1 takes an int, not str" == refusal(lambda: Plain("x", data=b""), TypeError)
        assert "out of range for U1" in refusal(lambda: Plain(256, data=b""), OverflowError)
        kind = Record("M", [("a", field("U1", default=7)), ("b", field("TEXTZ", default="x"))])
        assert kind() == (7, "x") and kind(b="y").a == 7
        assert File(chunks=[]).magic == b"FILE"
        assert "File.magic is always b'FILE', not b'NONE'" in refusal(lambda: File(magic=b"NONE", chunks=[]))

    def test_counts_follow_what_they_count(self):
        message = Plain(1, data=b"ab")
        message.data += b"cdef"
        assert message.length == 6
        message.length = 6
        assert "counts data and is 6, not 7" in refusal(lambda: setattr(message, "length", 7))
        message.data = bytes(70000)
        assert "out of range for >U2" in refusal(message.pack, OverflowError)
        kind = Record("M", n="U1", data="B1[n * 4 + 1]")
        assert kind(data=bytes(9)).n == 2
        words = refusal(kind(data=bytes(8)).pack)
        assert words == "M.data has 8 bytes, which n * 4 + 1 is for no value of n"
        kind = Record("M", rows="U1", columns="U1", cells="U1[rows * columns]")
        assert kind(2, 3, [1, 2, 3, 4, 5, 6]).pack() == b"\2\3\1\2\3\4\5\6"
        words = refusal(kind(2, 3, [1]).pack)
        assert words == "M.cells has 1 elements, but its count, rows * columns, is 6"
        kind = Record("M", [("some", Plain[2])])
        assert refusal(kind([Plain(1, data=b"")]).pack) == "M.some has 1 elements, but its count is 2"
        kind = Record("M", n="U1", a="B1[n]", b="B1[n]")
        assert kind(a=b"ab", b=b"cd").n == 2
        assert refusal(kind(a=b"ab", b=b"c").pack) == "M.b has 1 bytes, but its count, n, is 2"

    def test_bad_values_change_nothing(self):
        message = every()
        before = bytes(message)
        for name, value, words in [
            ("a", 16, "Every.a: 16 is out of range for >U1:4 (0 to 15)"),
            ("kind", "Z", "Every.kind has no value 'Z', it has A, B"),
            ("numbers", ["a"], "Every.numbers: U2 takes an int, not str"),
            ("numbers", "abc", "Every.numbers: U2[count] takes a sequence, not str"),
            ("name", "x" * 9, "Every.name: 9 bytes of UTF-8 for TEXT[8]"),
            ("name", b"x", "Every.name: TEXT[8] takes a str, not bytes"),
            ("raw", "x", "Every.raw: Bytes(until=b'##') takes bytes, not str"),
            ("count", 7, "Every.count counts numbers and is 3, not 7; it changes with what it counts"),
            ("shape", (1,), "Every.shape: F4[2] takes a sequence of 2, not of 1"),
        ]:
            assert refusal(lambda: setattr(message, name, value)) == words
            assert bytes(message) == before
        with pytest.raises(KeyError, match="'what'"):
            message["what"]

    def test_copies(self):
        message = every()
        for other in (copy.copy(message), copy.deepcopy(message), message.copy(), pickle.loads(pickle.dumps(message))):
            assert other == message and other is not message
            other.line = "other"
            assert other != message
        with pytest.raises(TypeError, match="unhashable"):
            hash(message)
        assert message != 5 and Plain(1, data=b"") != Named("a", "b")

    def test_as_plain_objects(self):
        chunk = Chunk(kind=b"tEXt", data=("a", "b"))
        assert File(chunks=[chunk]).asdict() == {
            "magic": b"FILE",
            "chunks": [{"length": 3, "kind": b"tEXt", "data": {"key": "a", "value": "b"}, "crc": chunk.crc}],
        }
        assert File(chunks=[chunk]).astuple() == (b"FILE", [(3, b"tEXt", ("a", "b"), chunk.crc)])

    def test_subclasses_add_fields(self):
        class Longer(Plain):
            more: "TEXTZ"

            @property
            def summary(self):
                return "%s and %s" % (self.data, self.more)

        message = Longer(1, data=b"x", more="y")
        assert bytes(message) == b"\1\0\1xy\0" and isinstance(message, Plain)
        assert Longer.parse(bytes(message)).summary == "b'x' and y"

    def test_names_of_any_kind(self):
        kind = Record("M", [("any name", "U1"), ("size", "U1"), ("pack", "TEXTZ"), ("_values", "U1[size]")])
        message = kind.parse(b"\1\2x\0\3\4")
        assert message["any name"] == 1 and message["size"] == 2 and message["pack"] == "x"
        assert message["_values"].tolist() == [3, 4]
        assert bytes(message) == b"\1\2x\0\3\4"

    def test_they_are_in_no_array(self):
        with pytest.raises((TypeError, ValueError)):
            ChunkArray(Plain)


class TestDefinitions:
    @pytest.mark.parametrize(
        "fields, words",
        [
            ([("data", "B1[length]"), ("length", "U1")], "M.data: its count names length, which comes later"),
            ([("data", "B1[data]")], "M.data: its count names data, which is this field itself"),
            ([("data", "B1[what]")], "M.data: its count names what, which is no field of M"),
            ([("x", "F4"), ("data", "B1[x]")], "M.data: its count names x, which is no integer"),
            ([("x", Head), ("data", "B1[x.what]")], "M.data: its count names x.what, but x has no field what"),
            ([("n", "U1"), ("data", "B1[n ** 2]")], "M.data: 'n ** 2' is no count"),
            ([("n", "U1"), ("data", "B1[f(n)]")], "M.data: 'f(n)' is no count"),
            ([("n", "U1"), ("data", "B1[n +]")], "M.data: 'n +' is no count"),
            ([("n", "U1"), ("data", "B1[%s]" % " + ".join(["n"] * 99))], "M.data: a count has at most 200 characters"),
            (
                [("data", "B1[...]"), ("more", "TEXTZ")],
                "M.data goes to the end of the data, but fields of unknown size",
            ),
            ([("data", Named), ("more", "TEXTZ")], "M.data goes to the end of the data, but fields of unknown size"),
            ([("n", "U1"), ("x", Switch("n", {}))], "M.x: a switch needs a case"),
            ([("x", Switch("n", {1: "U1"})), ("n", "U1")], "M.x: its tag names n, which comes later"),
            ([("n", "F4"), ("x", Switch("n", {1: "TEXTZ"}))], "M.x: its tag n is neither a whole number"),
            ([("n", "U1"), ("x", Switch("n", {"A": "TEXTZ"}))], "M.x: the case 'A' can't be"),
            ([("n", "U1"), ("x", Switch("n", {256: "TEXTZ"}))], "M.x: the case 256 can't be"),
            (
                [("n", Enum("U1", A=1)), ("x", Switch("n", {"B": "TEXTZ"}))],
                "M.x: the case 'B' can't be: n has no value 'B'",
            ),
            ([("n", Enum("U1", A=1)), ("x", Switch("n", {"A": "U1", 1: "U2"}))], "M.x: there are two cases for 1"),
            ([("n", "U1"), ("x", Switch("n", {1: "what"}))], "M.x: unknown type 'what'"),
            ([("n", "U1"), ("x", Checksum("crc32", "U2"))], "M.x: crc32 has 4 bytes, U2 only 2"),
            ([("n", "U1"), ("x", Checksum("sum8", "F4"))], "M.x: a checksum is an unsigned integer, not F4"),
            ([("x", Checksum("sum8", "U1"))], "M.x: sum8 is over no field at all"),
            ([("x", Checksum("sum8", "U1", over="x"))], "M.x: sum8 is over itself"),
            ([("n", "U1"), ("x", Checksum("sum8", "U1", over="y"))], "M.x: sum8 is over y, which is no field of M"),
            ([("x", Const("TEXTZ", "x"))], "M.x: a constant has a fixed size, which TEXTZ has not"),
            ([("n", "U1"), ("x", Switch("n", {1: "U1:3"}))], "M.x: U1:3 is a field of its own, or one of a record"),
            ([("n", "U1"), ("x", Sized(Checksum("sum8", "U1"), "n"))], "M.x: a checksum is a field of its own"),
            ([("n", "U1"), ("n", "TEXTZ")], "M: two fields have the name 'n'"),
        ],
    )
    def test_what_cannot_be(self, fields, words):
        assert refusal(lambda: Record("M", fields), ValueError).startswith(words)

    def test_what_is_no_type(self):
        assert "there is no checksum 'md5'" in refusal(lambda: Checksum("md5", "U4"))
        assert "an end has 1 to 8 bytes, not 0" in refusal(lambda: Record("M", [("x", Text(until=b""))]))
        assert "an end is given as bytes, not str" in refusal(lambda: Record("M", [("x", Text(until="\n"))]))
        assert "a switch's tag is the name of a field" in refusal(lambda: Record("M", [("x", Switch(1, {1: "U1"}))]))
        union = lambda: Record("M", [("x", Union(a="TEXTZ"))])  # noqa: E731
        assert "a has no fixed size, which a union needs" in refusal(union)

    def test_too_deep(self):
        kind = Record("M", text="TEXTZ")
        with pytest.raises(ValueError, match="more than 16 deep"):
            for _ in range(20):
                kind = Record("M", [("inner", kind), ("one", "U1")])


class TestBadInput:
    def where_cut(self, kind, raw):
        """Which field each shortened version of `raw` names, and at which offset."""
        found = []
        for size in range(len(raw)):
            if size == 4:
                continue  # a file without chunks
            words = refusal(lambda: kind.parse(raw[:size]), ValueError)
            assert words.endswith("there are %d" % (size - int(words.split("offset ")[1].split(":")[0])))
            name = words.split(" ")[0]
            if not found or found[-1][0] != name:
                found.append((name, int(words.split("offset ")[1].split(":")[0])))
        return found

    def test_files_that_end_inside_a_field(self):
        raw = bytes(File(chunks=[Chunk(kind=b"abcd", data=b"xyz"), Chunk(kind=b"tEXt", data=("k", "v"))]))
        names = self.where_cut(File, raw[:4] + raw[4:19])[1:]
        assert names[0] == ("File.chunks[0].length", 4)
        assert names[1:] == [("File.chunks[0].kind", 8), ("File.chunks[0].data", 12), ("File.chunks[0].crc", 15)]
        words = refusal(lambda: File.parse(raw[:-1]))
        assert words == "File.chunks[1].crc is cut off at offset 30: it needs 4 bytes, there are 3"

    def test_lengths_chosen_to_exhaust_memory(self):
        words = refusal(lambda: Chunk.parse(b"\xff\xff\xff\xffabcd"))
        assert (
            words
            == "Chunk.data is cut off at offset 8: it needs 4294967295 bytes, the limit of 2147483647 bytes for a message leaves 0"
        )
        kind = Record("M", n="U8", some="F8[n]")
        assert "M.some is cut off at offset 8: it needs 147573952589676412920 bytes" in refusal(
            lambda: kind.parse(b"\xff" * 8)
        )
        kind = Record("M", [("n", "U4"), ("some", Plain["n"])])
        words = refusal(lambda: kind.parse(b"\xff\xff\xff\x0f" + bytes(100)))
        assert words == "M.some is cut off at offset 4: it needs 805306365 bytes, there are 100"
        kind = Record("M", [("n", "U8"), ("m", "U8"), ("some", "B1[n << m]")])
        assert "M.some has a count, n << m, which shifts by 255" in refusal(
            lambda: kind.parse(b"\1" + bytes(7) + b"\xff" + bytes(7))
        )

    def test_elements_without_bytes(self):
        inner = Record("Inner", [("text", "B1[0 * 1]")])
        kind = Record("M", [("n", "U4"), ("some", inner["n"])])
        assert refusal(lambda: kind.parse(b"\2\0\0\0...")) == "M.some[0] has no bytes, at offset 4"

    def test_counts_that_are_none(self):
        kind = Record("M", n="U1", data="B1[n - 4]")
        assert refusal(lambda: kind.parse(b"\1")) == "M.data has a count, n - 4, of -3"
        for sign in ("//", "%"):
            kind = Record("M", n="U1", data="B1[8 %s n]" % sign)
            assert refusal(lambda: kind.parse(b"\0")) == "M.data has a count, 8 %s n, which divides by zero" % sign

    def test_limits(self):
        raw = b"\1\0\5abcde"
        assert Plain.parse(raw, limit=8).data == b"abcde"
        words = "Plain.data is cut off at offset 3: it needs 5 bytes, the limit of 7 bytes for a message leaves 4"
        assert refusal(lambda: Plain.parse(raw, limit=7)) == words
        # The data need not be there: a length that is too large is one at once.
        words = "Plain.data is cut off at offset 3: it needs 5 bytes, the limit of 7 bytes for a message leaves 0"
        assert refusal(lambda: Plain.parse(raw[:3], limit=7)) == words
        kind = Record("M", data="B1[...]")
        assert "the limit of 7 bytes" in refusal(lambda: kind.parse(bytes(8), limit=7))
        kind = Record("M", data="TEXTZ")
        assert (
            refusal(lambda: kind.parse(b"abc\0", limit=3)) == "M.data has no end b'\\x00' from offset 0 on, in 3 bytes"
        )

    def test_constants(self):
        assert refusal(lambda: File.parse(b"PILE")) == "File.magic is always b'FILE', not b'PILE', at offset 0"
        kind = Record("M", [("n", "U1"), ("head", Head), ("text", "TEXTZ")])
        words = refusal(lambda: kind.parse(b"\0ZM\0\0"))
        assert words == "M.head.magic is always b'MZ', not b'ZM', in the record at offset 1"

    @given(st.binary(max_size=60))
    def test_any_bytes(self, data):
        for kind in (File, Every, Chunk, TestSwitch.Tagged):
            try:
                message = kind.parse(data)
            except ValueError as error:
                assert str(error).startswith(kind.__name__ + ".")
            else:
                assert bytes(message) == data[: message.size]

    @given(st.integers(0, 200), st.binary(min_size=1, max_size=3))
    def test_damaged_messages(self, at, other):
        raw = bytearray(bytes(File(chunks=[Chunk(kind=b"pnts", data=[(1, 2)]), Chunk(kind=b"tEXt", data=("k", "v"))])))
        at %= len(raw)
        raw[at : at + len(other)] = other
        try:
            message = File.parse(raw)
        except ValueError as error:
            assert "offset" in str(error)
        else:
            assert bytes(message) == raw


class TestValues:
    @given(
        st.lists(
            st.one_of(
                st.builds(lambda data: Chunk(kind=b"data", data=data), st.binary(max_size=20)),
                st.builds(
                    lambda key, value: Chunk(kind=b"tEXt", data=(key, value)),
                    st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=9),
                    st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
                ),
                st.builds(
                    lambda points: Chunk(kind=b"pnts", data=points),
                    st.lists(st.tuples(*[st.integers(-(2**15), 2**15 - 1)] * 2), max_size=4),
                ),
            ),
            max_size=4,
        )
    )
    def test_there_and_back(self, chunks):
        file = File(chunks=chunks)
        again = File.parse(bytes(file))
        assert again == file and again.asdict() == file.asdict()
        assert file.size == len(bytes(file))

    @given(st.integers(0, 15), st.integers(0, 15), st.lists(st.integers(0, 2**16 - 1), max_size=9), st.floats(width=32))
    def test_fields(self, a, b, numbers, f):
        message = every(a=a, b=b, numbers=numbers, u={"f": f})
        again = Every.parse(bytes(message))
        assert (again.a, again.b, again.numbers.tolist()) == (a, b, numbers)
        assert again.u.f == f or f != f


class TestRegions:
    def tree(self, region):
        return (region.name, region.type, region.offset, region.size, [self.tree(child) for child in region.children])

    def test_every_byte_has_a_name(self):
        from chunkarray._records.regions import regions

        raw = bytes(File(chunks=[Chunk(kind=b"pnts", data=[(1, 2)]), Chunk(kind=b"tEXt", data=("k", "v"))]))
        whole = regions(File.__layout__, b"..." + raw, 3)
        assert (whole.offset, whole.size) == (3, len(raw))
        magic, chunks = whole.children
        assert magic.note == "constant" and len(chunks.children) == 2
        first, second = chunks.children
        assert self.tree(first)[:4] == ("[0]", "Chunk", 7, 16)
        assert [self.tree(child)[:4] for child in second.children] == [
            ("length", ">U4", 23, 4), ("kind", "B1[4]", 27, 4), ("data", "Named", 31, 3), ("crc", "crc32 >U4", 34, 4),
        ]  # fmt: skip
        assert second.children[3].note == "crc32 ok"
        assert [child.shown for child in second.children[2].children] == ["'k'", "'v'"]
        assert first.children[2].children[0].children[1].value == 2

    def test_what_is_wrong(self):
        from chunkarray._records.regions import regions

        raw = bytearray(bytes(File(chunks=[Chunk(kind=b"abcd", data=b"xyz")])))
        raw[12] ^= 1
        raw[0] = 0
        whole = regions(File.__layout__, raw)
        assert whole.children[0].note.startswith("wrong: always")
        assert whole.children[1].children[0].children[3].note.startswith("crc32 wrong: is 0x")
        whole = regions(File.__layout__, raw[:-1])
        assert whole.note == "cut off" and whole.size == len(raw) - 1
        assert whole.children[1].children[0].children[-1].note == "cut off"
        for size in range(len(raw)):
            whole = regions(File.__layout__, raw[:size])
            assert whole.note == ("cut off" if size != 4 else "") and whole.size == size

    def test_every_kind_of_field(self):
        from chunkarray._records.regions import regions

        raw = bytes(every())
        whole = regions(Every.__layout__, raw)
        assert whole.size == len(raw)
        ends = {}
        for region in whole.children:
            ends[region.offset] = region.offset + region.size
        at = 0
        while at < len(raw):
            at = ends[at]
        assert at == len(raw)


def test_small_types():
    """The names to annotate with."""
    kind = Record("M", [("n", U1), ("x", F4["n"]), ("y", U2[...])])
    assert kind.parse(b"\1" + struct.pack("<fH", 1.5, 7)).astuple()[0] == 1


PAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs", "messages.md")


@pytest.mark.skipif(not os.path.exists(PAGE), reason="needs docs, the checkout's folder of that name")
def test_the_page_about_messages():
    with open(PAGE, encoding="utf-8") as file:
        page = doctest.DocTestParser().get_doctest(file.read(), {"__name__": __name__}, "messages.md", PAGE, 0)
    said = []
    assert doctest.DocTestRunner(verbose=False).run(page, out=said.append).failed == 0, "".join(said)


def test_a_count_that_a_switch_and_its_cases_share():
    """It is set from the bytes, whoever names it."""
    message = Record(
        "M", kind="U1", length="U2", body=Switch("kind", {1: "B1[length]"}, default="TEXT[length]", size="length")
    )
    assert message(kind=1, body=b"abc").length == 3
    other = message.parse(bytes(message(kind=2, body="xyzé")))
    assert (other.length, other.body) == (5, "xyzé")
