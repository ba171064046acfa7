"""Pictures of bytes and of layouts: exact ones, in text, in colour and as HTML; the two commands; hostile names."""

import io
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import Checksum, ChunkArray, Const, Enum, Hexdump, Record, Switch, Union, hexdump
from chunkarray.__main__ import main
from chunkarray._hexdump import colours, escaping
from chunkarray._hexdump.command import SpecError, record
from chunkarray._hexdump.entries import Colours, pattern
from chunkarray._hexdump.picture import Picture
from record_classes import record_classes
from support import run_python, scaled

ESCAPE = re.compile(r"\033\[[0-9;]*m")

Point = Record("Point", x="F4", y=">S2")
Tick = Record("Tick", [("time", "U8"), ("price", "F4"), ("flags", ">U2"), ("mode", "U1:3"), ("kind", "U1:5")])
Path = Record("Path", [("magic", Const("B1[4]", b"PATH")), ("points", Point[3]), ("_", "pad[2]"), ("name", "TEXT[4]")])
TICK = Tick(1, 2.5, 3, 5, 20)


def lines(picture, columns=None):
    return picture.text(columns=columns).splitlines()


def picture_of(text):
    """The lines of a picture as a test writes it: indented, between empty lines."""
    margin = min(len(line) - len(line.lstrip()) for line in text.splitlines() if line.strip())
    return [line[margin:].rstrip() for line in text.strip("\n").splitlines() if line.strip()]


class TestBytes:
    def test_a_classic_dump(self):
        assert lines(Hexdump(bytes(range(0x1C, 0x30)))) == picture_of("""
            20 bytes
                   0  1  2  3  4  5  6  7   8  9  a  b  c  d  e  f
            0000  1c 1d 1e 1f 20 21 22 23  24 25 26 27 28 29 2a 2b  .... !"#$%&'()*+
            0010  2c 2d 2e 2f                                       ,-./
        """)

    def test_rows_that_repeat(self):
        data = b"0123456789abcdef" + bytes(16 * 38) + b"\x01" * 32 + b"\x02" * 16 * 4 + b"end"
        assert lines(Hexdump(data)) == picture_of("""
            723 bytes
                   0  1  2  3  4  5  6  7   8  9  a  b  c  d  e  f
            0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef
            0010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  ................
                  * 37 more rows of zeros
            0270  01 01 01 01 01 01 01 01  01 01 01 01 01 01 01 01  ................
            0280  01 01 01 01 01 01 01 01  01 01 01 01 01 01 01 01  ................
            0290  02 02 02 02 02 02 02 02  02 02 02 02 02 02 02 02  ................
                  * 3 more rows like this one
            02d0  65 6e 64                                          end
        """)

    def test_a_start_inside_of_a_row(self):
        assert lines(Hexdump(b"0123456789abcdef", start=6, length=5, width=8))[2:] == [
            "0006                    36 37        67",
            "0008  38 39 61                 89a",
        ]

    @pytest.mark.parametrize("data", [b"", bytearray(), memoryview(b"")])
    def test_nothing(self, data):
        assert lines(Hexdump(data)) == ["0 bytes"]
        assert lines(Hexdump(data, Tick)) == ["0 Tick records, 0 bytes"]

    @pytest.mark.parametrize("make", [bytes, bytearray, memoryview, io.BytesIO])
    def test_who_has_bytes(self, make):
        assert lines(Hexdump(make(b"0123456789")))[2] == lines(Hexdump(b"0123456789"))[2]

    def test_a_view_with_gaps(self):
        assert lines(Hexdump(memoryview(b"0123456789")[::3])) == lines(Hexdump(b"0369"))

    def test_more_than_is_easily_looked_at(self):
        shown = lines(Hexdump(bytes(range(256)) * 16))
        assert len(shown) == 2 + 128 + 1
        assert shown[-1] == "... 2,048 bytes more, from 0x800 (2048) on"
        assert len(lines(Hexdump(bytes(range(256)) * 16, length=10**30))) == 2 + 256

    def test_gigabytes_of_zeros(self, tmp_path):
        """Squeezed rows are found quickly, and a file is not read into memory."""
        path = tmp_path / "sparse"
        size = scaled(1 << 26, least=1 << 20)
        with open(path, "wb") as file:
            file.truncate(size)
        more = format(size // 16 - 1, ",")
        assert lines(Hexdump(path))[3].strip() == "* %s more rows of zeros" % more

    def test_files(self, tmp_path):
        path = tmp_path / "some.bin"
        path.write_bytes(bytes(TICK))
        expected = lines(Hexdump(bytes(TICK)))[1:]
        for obj in (path, str(path)):
            assert lines(Hexdump(obj)) == ["%s: 15 bytes" % path, *expected]
        with open(path, "rb") as file:
            assert lines(Hexdump(file)) == ["%s: 15 bytes" % path, *expected]
        with open(path, "rb", buffering=0) as file:
            assert lines(Hexdump(file))[1:] == expected
        (tmp_path / "empty").write_bytes(b"")
        assert lines(Hexdump(tmp_path / "empty")) == ["%s: 0 bytes" % (tmp_path / "empty")]
        with pytest.raises(FileNotFoundError):
            Hexdump(tmp_path / "none")
        with open(path, "w") as file, pytest.raises((TypeError, OSError, ValueError)):
            Hexdump(file)
        with pytest.raises(TypeError, match=r"^read\(\) gave str, not bytes: the file must be opened in binary mode$"):
            Hexdump(io.StringIO("text"))


class TestRecords:
    def test_a_record(self):
        assert lines(Hexdump(TICK), 112) == picture_of("""
            Tick: 15 bytes
                   0  1  2  3  4  5  6  7   8  9  a  b  c  d  e  f                    field  type  value
            0000  01 00 00 00 00 00 00 00                           ........          time   U8    1
            0008                           00 00 20 40                      .. @      price  F4    2.5
            000c                                       00 03                    ..    flags  >U2   3
            000e                                             a5                   .   mode   U1:3  5  .... .101  bits 2-0
            000e                                             a5                       kind   U1:5  20  1010 0...  bits 7-3
        """)

    def test_eighty_columns(self):
        assert lines(Hexdump(TICK), 80) == picture_of("""
            Tick: 15 bytes
                   0  1  2  3  4  5  6  7            field  type  value
            0000  01 00 00 00 00 00 00 00  ........  time   U8    1
            0008  00 00 20 40              .. @      price  F4    2.5
            000c              00 03            ..    flags  >U2   3
            000e                    a5           .   mode   U1:3  5  .... .101  bits 2-0
            000e                    a5               kind   U1:5  20  1010 0...  bits 7-3
        """)

    def test_several_levels(self):
        path = Path(points=[(1.5, -1), (2.5, 2), (3.5, 3)], name="ab")
        assert lines(Hexdump(path, width=8)) == picture_of("""
            Path: 28 bytes
                   0  1  2  3  4  5  6  7            field    type      value
            0000  50 41 54 48              PATH      magic    B1[4]     b'PATH'  constant
                                                     points   Point[3]  18 bytes
                                                     │ [0]    Point     6 bytes
            0004              00 00 c0 3f      ...?  │ │ x    F4        1.5
            0008  ff ff                    ..        │ │ y    >S2       -1
                                                     │ [1]    Point     6 bytes
            000a        00 00 20 40          .. @    │ │ x    F4        2.5
            000e                    00 02        ..  │ │ y    >S2       2
                                                     │ [2]    Point     6 bytes
            0010  00 00 60 40              ..`@      │ │ x    F4        3.5
            0014              00 03            ..    │ │ y    >S2       3
            0016                    00 00        ..  padding            2 bytes
            0018  61 62 00 00              ab..      name     TEXT[4]   'ab'
        """)

    def test_one_behind_the_other(self):
        data = b"".join(bytes(Point(x, 7)) for x in (1, 2, 2, 2, 2, 3)) + b"\x00\x00\x80"
        assert lines(Hexdump(data, Point, width=8)) == picture_of("""
            7 Point records, 39 bytes
                   0  1  2  3  4  5  6  7            field  type   value
                                                     [0]    Point  6 bytes
            0000  00 00 80 3f              ...?      │ x    F4     1.0
            0004              00 07            ..    │ y    >S2    7
                                                     [1]    Point  6 bytes
            0006                    00 00        ..  │ x    F4     2.0
            0008  00 40                    .@        │
            000a        00 07                ..      │ y    >S2    7
                  * 3 more Point records with the same bytes
                                                     [5]    Point  6 bytes
            001e                    00 00        ..  │ x    F4     3.0
            0020  40 40                    @@        │
            0022        00 07                ..      │ y    >S2    7
                                                     [6]    Point  3 bytes  cut off
            0024              00 00 80         ...   │ x    F4     cut off
        """)

    def test_a_constant_that_is_another(self):
        data = bytes(Path(points=[(0, 0)] * 3, name="")) + b"no PATH" * 4
        shown = lines(Hexdump(data, Path))
        assert shown[-1] == "28 bytes from 0x1c on: not of Path"
        assert not any("[1]    Path" in line for line in shown)
        assert any("wrong: always b'PATH'" in line for line in lines(Hexdump(data[28:], Path)))
        assert "no PATH" in Hexdump(data, Path, length=56).text()

    def test_unions_show_their_bytes_for_each_member(self):
        Value = Record("Value", tag="U1", value=Union(whole="U4", half="U2"))
        shown = lines(Hexdump(Value.parse("01 61 62 63 64"), width=8))
        assert [line[:28].rstrip() for line in shown[-2:]] == ["0001     61 62 63 64", "0001     61 62"]
        assert shown[-2].split()[-3:] == ["whole", "U4", "1684234849"]
        assert [line[29:38].strip() for line in shown[-2:]] == ["abcd", ""]  # as characters only once

    def test_bits_of_several_bytes(self):
        Head = Record("Head", [("version", ">U2:4"), ("length", ">U2:12"), ("low", "U4:20"), ("high", "U4:12")])
        shown = lines(Hexdump(Head(1, 0x234, 0x56789, 0xABC)), 150)
        assert [line.split() for line in shown[-4:]] == [
            "0000 12 . version >U2:4 1 0001 .... bits 15-12".split(),
            "0000 12 34 4 length >U2:12 564 .... 0010 0011 0100 bits 11-0".split(),
            "0002 89 67 c5 .g. low U4:20 354185 bits 19-0".split(),
            "0004 c5 ab . high U4:12 2748 1010 1011 1100 .... bits 31-20".split(),
        ]

    def test_bytes_of_bits_in_which_nobody_has_one(self):
        shown = lines(Hexdump(Record("Top", [("a", ">U4:2"), ("b", "U1")]).parse("c0010203 04")))
        assert [line.split()[1] for line in shown[2:]] == ["c0", "01", "02", "03", "04"]
        assert [line.split()[-4:-2] for line in shown[3:6]] == [["no", "field"]] * 3

    def test_named_values(self):
        Kind = Enum("U1", DATA=1, ACK=2)
        shown = lines(Hexdump(Record("Packet", kind=Kind)(2)))
        assert shown[-1].endswith("kind   U1    ACK (2)")

    def test_a_long_field_is_shown_by_its_ends(self):
        Blob = Record("Blob", size="U4", data="B1[1000]", end="U1")
        blob = Blob(1000, bytes(k * 7 % 251 for k in range(1000)), 9)
        shown = lines(Hexdump(blob), 100)
        assert len(shown) == 2 + 1 + 8 + 1
        assert shown[-3].strip() == "… 896 more bytes"
        assert len(lines(Hexdump(blob, length=1005), 100)) == 2 + 1 + 63 + 1
        zeros = lines(Hexdump(Blob(0, bytes(1000), 0)), 100)
        assert zeros[5].strip() == "* 60 more rows of zeros"

    def test_many_records_in_a_record_are_shown_by_their_ends(self):
        Many = Record("Many", points=Point[1000], end="U1")
        shown = lines(Hexdump(Many([(k, k) for k in range(1000)], 9)))
        assert "      ... 990 more Point records, 5,940 bytes" in shown
        assert [line.split()[1] for line in shown if "[" in line and "Many" not in line][-1] == "[999]"
        assert len(shown) < 60

    def test_part_of_a_record(self):
        shown = lines(Hexdump(bytes(TICK), Tick, length=10, width=8))
        assert shown[-1].split() == ["0008", "00", "00", "..", "price", "F4", "2.5"]
        assert len(shown) == 2 + 3 - 1 or len(shown) == 2 + 3

    def test_rows_of_arrays(self):
        ticks = ChunkArray(Tick, [(k, k * 0.5, 0, 0, 0) for k in range(1000)], chunk_size=16)
        assert lines(Hexdump(ticks[500]))[1:] == lines(Hexdump(Tick(500, 250.0, 0, 0, 0)))[1:]
        shown = lines(Hexdump(ticks[500:510]))
        assert shown[0] == "Slice of Tick, 10 elements: 150 bytes"
        assert shown[2].split() == ["[0]", "Tick", "15", "bytes"]
        whole = lines(Hexdump(ticks))
        assert whole[0].endswith("of Tick, 1,000 elements: 15,000 bytes")
        assert re.fullmatch(r"\.\.\. 978 Tick records, 14,670 bytes more, from 0x14a \(330\) on", whole[-1])

    def test_the_row_itself_for_a_notebook(self):
        assert TICK._repr_html_() == Hexdump(TICK).html()


class TestMessages:
    Chunk = Record(
        "Chunk", [("length", ">U2"), ("data", "TEXT[length]"), ("sum", Checksum("sum8", "U1", over=("data",)))]
    )

    def test_a_message(self):
        message = self.Chunk(data="abc")
        expected = picture_of("""
            Chunk: 6 bytes
                   0  1  2  3  4  5  6  7            field   type          value
            0000  00 03                    ..        length  >U2           3
            0002        61 62 63             abc     data    TEXT[length]  'abc'
            0005                 26             &    sum     sum8 U1       0x26  sum8 ok
        """)
        assert lines(Hexdump(message, width=8)) == expected
        assert lines(Hexdump(bytes(message), self.Chunk, width=8)) == expected
        assert message._repr_html_() == Hexdump(message).html()

    def test_messages_one_behind_the_other_to_a_damaged_end(self):
        data = bytes(self.Chunk(data="abc")) + b"\0\1z\0" + b"\0\xffend"
        shown = lines(Hexdump(data, self.Chunk, width=8))
        assert [line.split("[")[1][0] for line in shown if line.lstrip().startswith("[")] == ["0", "1", "2"]
        assert any("sum8 wrong: is 0x00, computed 0x7A" in line for line in shown)
        assert shown[-1].endswith("cut off")


class TestArrays:
    def test_elements_of_a_row_stand_beside_it(self):
        assert lines(Hexdump(ChunkArray(">U2", [1, 2, 515]), width=4)) == picture_of("""
            ChunkArray of >U2, 3 elements: 6 bytes
                   0  1  2  3        field  type  value
            0000  00 01 00 02  ....  [0:2]  >U2   1, 2
            0004  02 03        ..    [2]    >U2   515
        """)

    def test_elements_longer_than_a_row(self):
        shown = lines(Hexdump(ChunkArray("F8[3]", [(1.0, 2.0, 3.0), (4.0, 5.0, 6.0)])))
        assert [line[74:] for line in shown[2:]] == [
            "[0]    F8[3]  (1.0, 2.0, 3.0)",
            "[1]    F8[3]  (4.0, 5.0, 6.0)",
            "",
        ]

    def test_slices_and_single_bytes(self):
        array = ChunkArray("U4", range(100), chunk_size=16)
        assert "98, 96" in Hexdump(array[98::-2]).text()
        assert lines(Hexdump(ChunkArray("U1", b"0123")))[2] == lines(Hexdump(b"0123"))[2]
        assert "NaT" in Hexdump(ChunkArray("TIME[s]", [None])).text()

    def test_an_array_that_grows(self):
        array = ChunkArray("U2", [1])
        picture = Hexdump(array)
        array.append(515)
        assert lines(picture)[0] == "ChunkArray of U2, 2 elements: 4 bytes"
        assert lines(picture)[2].endswith("[0:2]  U2    1, 515")

    def test_a_bytearray_may_go_on_growing(self):
        data = bytearray(b"abc")
        picture = Hexdump(data)
        data += b"def"
        assert lines(picture)[0] == "3 bytes"


class TestWrongArguments:
    @pytest.mark.parametrize("obj", [None, 1, 1.5, object(), [1, 2], {}])
    def test_nothing_with_bytes(self, obj):
        with pytest.raises(TypeError, match="^hexdump.. takes bytes, a record, .* not %s$" % type(obj).__name__):
            hexdump(obj)

    def test_a_class(self):
        with pytest.raises(TypeError, match=r"takes a Tick, not the class: Tick\.layout\(\) draws that$"):
            hexdump(Tick)
        with pytest.raises(TypeError, match="not the class int$"):
            hexdump(int)

    def test_numbers(self):
        for name in ("start", "length"):
            with pytest.raises(ValueError, match="%s is -1" % name):
                hexdump(b"abc", **{name: -1})
            with pytest.raises(TypeError):
                hexdump(b"abc", **{name: 1.5})
        for width in (0, -1, 257):
            with pytest.raises(ValueError, match="^width is %d, but a row has 1 to 256 bytes$" % width):
                hexdump(b"abc", width=width)
        assert lines(Hexdump(b"abc", start=10**30)) == ["3 bytes"]

    def test_record(self):
        with pytest.raises(TypeError, match="^record takes a Record class, not 'U1'$"):
            hexdump(b"abc", "U1")


class Hostile(Picture):
    """A picture that is one name."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def _lines(self, room, unicode=True):
        yield [(escaping.safe(self.name), 1, escaping.safe(self.name))]


HOSTILE = [
    "\x1b[2J\x1b[31mred", "\x07\x08\r\n\t\0", "<script>alert('&\"')</script>", "a\u0301\u0302\u0303", "\u202eabc\u2066",
    "\ud800", "\u200b\ufeff", "漢字", "שלום", "\U0001f468\u200d\U0001f469", "\u1161", "x" * 10_000, "\x85\x9b31m", "\u2028",
]  # fmt: skip


class TestHostileText:
    @pytest.mark.parametrize("name", HOSTILE, ids=map(str, range(len(HOSTILE))))
    def test_what_is_shown_of_a_name(self, name):
        shown = escaping.safe(name)
        assert shown.isprintable() and len(shown) <= 5000
        assert not any(char in shown for char in "\x1b\x9b\u202e\u200b\u0301\u200d")
        assert escaping.columns(shown) >= len(shown)
        for room in (0, 1, 2, 5):
            assert escaping.columns(escaping.cut(shown, room)) <= room

    @pytest.mark.parametrize("name", HOSTILE, ids=map(str, range(len(HOSTILE))))
    def test_html_stays_what_it_is(self, name):
        page = Hostile(name).page()
        assert "<script" not in page
        root = ElementTree.fromstring(Hostile(name).html())
        assert "".join(root.itertext()) == escaping.safe(name)

    @pytest.mark.parametrize("name", [name for name in HOSTILE if len(name) < 100 and "\ud800" not in name])
    def test_fields_of_such_names(self, name):
        record = Record("Any", [(name, "TEXT[40]"), ("other", "U1")])
        shown = Hexdump(record(name[:8], 1))
        for text in (shown.text(True, 80), record.layout().text(True, 80)):
            assert "\x1b" not in ESCAPE.sub("", text)
            assert all(line.isprintable() for line in ESCAPE.sub("", text).splitlines())
            assert "\r" not in text and len(text.splitlines()) == text.count("\n") + 1
        ElementTree.fromstring(shown.html())

    def test_wide_characters_take_two_columns(self):
        assert escaping.columns("漢字a") == 5
        assert escaping.cut("漢字a", 4) == "漢…"
        assert escaping.cut("漢字a", 5) == "漢字a"


class TestAnyRecord:
    """Random record classes over random bytes: what is shown is there, and in its place."""

    @given(st.data())
    def test_every_byte_stands_in_its_place(self, data):
        record = data.draw(record_classes(2)).cls
        content = data.draw(st.binary(max_size=3 * record.size))
        picture = Hexdump(content, record, length=len(content), width=8)
        shown, squeezed = {}, False
        for line in lines(picture, 200)[2:]:
            squeezed |= line.lstrip().startswith(("* ", "..."))
            offset = re.match(r"([0-9a-f]{4})  ", line)
            if offset is None:
                continue
            start = int(offset[1], 16)
            cells = [line[6 + 3 * column :][:2].strip() for column in range(8)]
            assert not any(cells[: start % 8])
            found = {start - start % 8 + column: cell for column, cell in enumerate(cells) if cell}
            assert start in found
            shown.update(found)
        assert all(int(cell, 16) == content[place] for place, cell in shown.items())
        assert squeezed or len(shown) == len(content) or picture.title.endswith("not of %s" % record.__name__)

    @given(st.data(), st.integers(60, 170))
    def test_lines_have_room(self, data, room):
        record = data.draw(record_classes(2)).cls
        content = data.draw(st.binary(max_size=3 * record.size))
        for picture in (Hexdump(content, record), record.layout()):
            for line in picture.text(columns=room).splitlines():
                assert escaping.columns(line) <= room
            ElementTree.fromstring(picture.html())

    @given(st.binary(max_size=200), st.integers(0, 250), st.none() | st.integers(0, 250), st.integers(1, 40))
    def test_plain_bytes(self, content, start, length, width):
        shown = b""
        for line in lines(Hexdump(content, start=start, length=length, width=width), 10_000)[2:]:
            more = re.match(r" +\* ([0-9,]+) more rows", line)
            if more:
                shown += shown[-width:] * int(more[1].replace(",", ""))
            else:
                hexes = line[6 : 6 + 3 * width + (width > 8)]
                shown += bytes.fromhex(hexes)
        assert shown == content[start:][:length]


class TestColour:
    def test_on_and_off(self):
        plain, coloured = io.StringIO(), io.StringIO()
        hexdump(TICK, colour=False, file=plain)
        hexdump(TICK, colour=True, file=coloured)
        assert "\033" not in plain.getvalue()
        assert ESCAPE.sub("", coloured.getvalue()).split() == plain.getvalue().split()
        assert coloured.getvalue().count("\033[0m") == len(ESCAPE.findall(coloured.getvalue())) / 2

    @pytest.mark.parametrize(
        "environment, expected",
        [({}, False), ({"FORCE_COLOR": "1"}, True), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)],
    )
    def test_what_the_environment_says(self, monkeypatch, environment, expected):
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        file = io.StringIO()
        hexdump(TICK, file=file)
        assert ("\033" in file.getvalue()) == expected

    def test_a_terminal(self, monkeypatch):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "80")
        for mode, sequence in (("truecolor", "48;2;119;170;221m"), ("", "48;5;110m")):
            monkeypatch.setenv("COLORTERM", mode)
            file = Terminal()
            hexdump(TICK, file=file)
            assert sequence in file.getvalue()
            assert max(map(len, ESCAPE.sub("", file.getvalue()).splitlines())) <= 80
        monkeypatch.setenv("TERM", "linux")
        file = Terminal()
        hexdump(TICK, file=file)
        assert "\033[30;44m" in file.getvalue()
        monkeypatch.setenv("TERM", "dumb")
        file = Terminal()
        hexdump(TICK, file=file)
        assert "\033" not in file.getvalue()

    def test_a_stream_with_few_characters(self):
        file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        hexdump(Record("Any", text="TEXT[8]", points=Point[2])("é", [(1, 2), (3, 4)]), file=file)
        file.flush()
        assert b"'\\xe9'" in file.buffer.getvalue() and b"| [0]" in file.buffer.getvalue()

    def test_neighbours_differ(self):
        found = Colours()
        taken = [found.of(path) for path in ["a", "b", "c"] * 3 + ["d"] * 5 + list(range(40))]
        assert all(one != other for one, other in zip(taken, taken[1:]))
        assert taken[:3] == taken[3:6]  # the same field has the same colour again
        assert found.of("a") == taken[0]

    def test_neighbours_differ_for_the_colour_blind(self):
        for kind in SEEN_BY:
            seen = [seen_colour(code, kind) for code, _basic in colours.PALETTE]
            for one, other in zip(seen, seen[1:] + seen[:1]):
                assert sum((a - b) ** 2 for a, b in zip(one, other)) ** 0.5 > 25, kind

    def test_black_text_on_the_colours_is_read(self):
        for code, _basic in colours.PALETTE:
            red, green, blue = linear(code)
            luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
            assert (luminance + 0.05) / 0.05 > 7  # WCAG's AAA


# What is left of a colour's linear red, green and blue for an eye without one of the three cones: Machado, Oliveira and
# Fernandes (2009), severity 1.
SEEN_BY = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def linear(code):
    values = [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]


def seen_colour(code, kind):
    """The colour in CIELAB, where distances are those that are seen: 2.3 just so, 100 from black to white."""
    rgb = [min(1, max(0, sum(a * b for a, b in zip(row, linear(code))))) for row in SEEN_BY[kind]]
    to_xyz = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8729))  # white is (1, 1, 1)
    x, y, z = (sum(a * b for a, b in zip(row, rgb)) for row in to_xyz)
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


class TestHtml:
    @pytest.mark.parametrize("picture", [Hexdump(TICK), Hexdump(bytes(range(256))), Tick.layout(), Path.layout()])
    def test_the_same_picture(self, picture):
        root = ElementTree.fromstring(picture._repr_html_())
        text = "".join(root.itertext()).splitlines()
        assert [line.rstrip() for line in text] == picture.text(columns=150).splitlines()
        page = picture.page()
        assert page.startswith("<!doctype html>") and "color-scheme: light dark" in page
        assert page.count("<span") == page.count("</span>")

    def test_what_a_browser_tells_about_a_region(self):
        assert 'title="price: offset 8, 4 bytes"' in Hexdump(TICK).html()

    def test_in_a_notebook(self, monkeypatch):
        shown = []

        class IPython:
            class display:
                display = shown.append

            @staticmethod
            def get_ipython():
                return type("Shell", (), {"kernel": 1})()

        monkeypatch.setitem(sys.modules, "IPython", IPython)
        hexdump(TICK)
        assert [picture.html() for picture in shown] == [Hexdump(TICK).html()]
        file = io.StringIO()
        hexdump(TICK, file=file)
        assert len(shown) == 1 and "price" in file.getvalue()


class TestLayout:
    def test_a_layout(self):
        Mixed = Record("Mixed", [("a", "U1"), ("b", "U4"), ("c", ">F8"), ("d", "U1:3"), ("e", "U1:5"), ("p", Point[2])])
        assert lines(Mixed.layout(), 100) == picture_of("""
            Mixed: 26 bytes, no alignment
                   0  1  2  3  4  5  6  7  field  type         at bytes  order   align
            0000  ··                       a      U1            0     1              1
            0001     lo ·· ·· hi           b      U4            1     4  little      4 !
            0005                 hi ·· ··  c      >F8           5     8  big         8 !
            0008  ·· ·· ·· ·· lo
            000d                 ··        d      U1:3         13     1              1  .... .###  bits 2-0
            000d                 ··        e      U1:5         13     1              1  #### #...  bits 7-3
                                           p      Point[2]     14    12              1
            000e                    lo ··  │ x    F4           14     4  little      4 !
            0010  ·· hi                    │
            0012        hi lo              │ y    >S2          18     2  big         2
                  * 1 more Point record, 6 bytes
            lo, hi: the least and the most significant byte of a number. Bits are counted from the least
            significant one. !: not at a multiple of the alignment.
        """)

    def test_alignment(self):
        Aligned = Record("Aligned", [("a", "U1"), ("b", "U4")], align=True)
        assert lines(Aligned.layout(), 80)[:5] == picture_of("""
            Aligned: 8 bytes, aligned to 4
                   0  1  2  3  4  5  6  7  field    type     at bytes  order   align
            0000  ··                       a        U1        0     1              1
            0001     -- -- --              padding            1     3
            0004              lo ·· ·· hi  b        U4        4     4  little      4
        """)

    def test_constants_defaults_and_members(self):
        text = Record("R", [("m", Const("B1[2]", b"ab")), ("k", Enum("U1", A=1, B=2))]).layout().text(columns=120)
        assert "always b'ab'" in text and "A=1, B=2" in text

    def test_shows_itself(self):
        file = io.StringIO()
        Tick.layout().show(file=file)
        assert file.getvalue() == str(Tick.layout()) + "\n" == repr(Tick.layout()) + "\n"

    def test_what_only_the_data_tells(self):
        Body = Record("Body", a="U2", b=">U2")
        Message = Record(
            "Message",
            [
                ("kind", Enum("U1", DATA=1, ACK=2)),
                ("length", "U1"),
                ("body", Switch("kind", {"DATA": "B1[length]", "ACK": Body})),
                ("more", Body[...]),
            ],
        )
        assert lines(Message.layout(), 100) == picture_of("""
            Message: as many bytes as the data tells, no alignment
                   0  1  2  3  4  5  6  7  field    type             at bytes  order   align
            0000  ··                       kind     U1                0     1              1  DATA=1, ACK=2
            0001     ··                    length   U1                1     1              1
                                           body     Switch(kind)      2     ?              1
            0002        …                  │ DATA:  B1[length]        2     ?              1
                                           │ ACK:   Body              2     4              1
            0002        lo hi              │ │ a    U2                2     2  little      2
            0004              hi lo        │ │ b    >U2               4     2  big         2
                                           more     Body[...]         ?     ?              1
              +0  lo hi                    │ a      U2               +0     2  little      2
              +2        hi lo              │ b      >U2              +2     2  big         2
            lo, hi: the least and the most significant byte of a number. Bits are counted from the least
            significant one. +: from the start of the record around it. ?: only the data tells.
        """)

    def test_a_field_of_many_bytes(self):
        assert len(lines(Record("Big", data="U2[1000000000]").layout())) < 10


class TestPattern:
    def test_bits(self):
        assert pattern(0b10100101, 8, 0, 3) == ".... .101"
        assert pattern(0b10100101, 8, 3, 5) == "1010 0..."
        assert pattern(0x1234, 16, 4, 8) == ".... 0010 0011 ...."


SPEC = "time: U8, price: F4, flags: >U2, mode: U1:3, kind: U1:5"


class TestCommands:
    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "ticks.bin"
        path.write_bytes(bytes(TICK) * 2)
        return str(path)

    def run(self, capsys, *arguments):
        status = main(list(arguments))
        printed = capsys.readouterr()
        return status, printed.out.splitlines(), printed.err

    def test_hexdump(self, capsys, file):
        status, out, _err = self.run(capsys, "hexdump", file, "--record", SPEC)
        assert status == 0
        assert out[0] == "%s: 30 bytes" % file
        assert [line.split()[-1] for line in out[2:4]] == ["bytes", "1"]
        status, out, _err = self.run(capsys, "hexdump", file, "--offset", "0xf", "--length", "8", "--width", "8")
        assert out[2:] == lines(Hexdump(bytes(TICK) * 2, start=15, length=8, width=8))[2:]

    def test_layout(self, capsys):
        status, out, _err = self.run(capsys, "layout", SPEC)
        assert status == 0 and out[0] == "Record: 15 bytes, no alignment"
        assert self.run(capsys, "layout", "a: U1, b: U8", "--align")[1][0] == "Record: 16 bytes, aligned to 8"

    def test_html(self, capsys, file):
        for arguments in (["hexdump", file], ["layout", SPEC]):
            status, out, _err = self.run(capsys, *arguments, "--html")
            assert status == 0 and out[0] == "<!doctype html>" and out[-1] == "</html>"

    def test_classes_by_name(self, tmp_path, monkeypatch):
        path = tmp_path / "formats.py"
        path.write_text(
            "from chunkarray import Record\nclass Head(Record):\n    size: 'U4'\n    name: 'TEXT[4]'\nx = 1\n"
        )
        assert record("%s:Head" % path).size == 8
        monkeypatch.syspath_prepend(str(tmp_path))
        assert record("formats:Head").fields == ("size", "name")
        for spec, words in (
            ("formats:x", "formats:x is no Record class"),
            ("formats:y", "formats has no y"),
            ("%s.py:A" % (tmp_path / "none"), "none.py can't be imported: "),
            ("a:U1", 'a can\'t be imported: .*; a field alone is written with a blank: "a: U1"'),
        ):
            with pytest.raises(SpecError, match=re.escape(words) if ".*" not in words else words):
                record(spec)

    @pytest.mark.parametrize(
        "arguments, words",
        [
            (["hexdump", "/no/such/file"], "No such file"),
            (["hexdump", "FILE", "--record", "a: U9"], "unknown type 'U9'"),
            (["hexdump", "FILE", "--record", "a"], "'a' is no field"),
            (["hexdump", "FILE", "--record", ""], "needs at least one field"),
            (["hexdump", "FILE", "--offset", "31"], "--offset 31: there are 30 bytes"),
            (["hexdump", "FILE", "--width", "0"], "width is 0"),
            (["layout", "a: U1, a: U2"], "a"),
            (["layout", "no_such_module:Record"], "no_such_module can't be imported"),
        ],
    )
    def test_errors(self, capsys, file, arguments, words):
        status, out, err = self.run(capsys, *[file if argument == "FILE" else argument for argument in arguments])
        assert status == 1 and out == []
        assert (
            err.startswith("python -m chunkarray %s: " % arguments[0]) and words in err and len(err.splitlines()) == 1
        )

    @pytest.mark.parametrize(
        "arguments", [["hexdump"], ["layout"], ["hexdump", "x", "--length", "-1"], ["hexdump", "x", "--offset", "y"]]
    )
    def test_usage(self, capsys, arguments):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
        assert "usage: python -m chunkarray %s" % arguments[0] in capsys.readouterr().err

    def test_in_a_process_of_their_own(self, file):
        out = run_python(None, "-m", "chunkarray", "layout", SPEC, env={"PYTHONIOENCODING": "utf-8"}).stdout
        assert "\033" not in out and "price" in out
        done = subprocess.run(
            [sys.executable, "-m", "chunkarray", "hexdump", "-", "--record", SPEC],
            input=bytes(TICK),
            stdout=subprocess.PIPE,
            timeout=300,
        )
        assert done.returncode == 0 and b"price" in done.stdout and b"Tick" not in done.stdout
