"""Messages: damaged bytes are refused in words, and what is read is written as it stood, as the index finds it."""

import io

from chunkarray import Bytes, Checksum, Const, Enum, Record, Sized, Stream, Switch, Text
from chunkarray._records.program import program_of
from harness import both

LIMIT = 1 << 16


class Point(Record):
    x: "S2"
    y: ">S2"


class Named(Record):
    key: "TEXTZ"
    value: "TEXT[...]"


class Part(Record):
    length: ">U4"
    kind: "B1[4]"
    data = Switch("kind", {b"name": Named, b"dots": "Point[...]"}, default="B1[...]", size="length")
    crc = Checksum("crc32", ">U4", over=("kind", "data"))


class Picture(Record):
    magic = Const("B1[4]", b"PIC\n")
    parts: "Part[...]"


class Packet(Record):
    a: ">U1:3"
    kind = Enum(">U1:5", DATA=1, ACK=2)
    count: "U1"
    words: "U1"
    points: "Point[count]"
    numbers: "F4[words * 2 + 1]"
    line = Text(until=b"\r\n")
    raw = Bytes(until=b"##")
    room: "U2"
    inner = Sized(Named, "room - 1")
    pad: "pad[count % 4]"
    sum = Checksum("sum16", "U2")


class Record4(Record):
    kind: "U1"
    length: "U1"
    data: "B1[length]"


def _part(kind, data):
    return bytes(Part(kind=kind, data=data))


PACKET = bytes(
    Packet(
        a=5, kind="ACK", points=[(1, 2), (-3, 4)], numbers=[0.5] * 5, line="päivää", raw=b"\0#\xff", inner=("k", "v")
    )
)
PICTURE = bytes(Picture(parts=[Part(kind=b"name", data=("k", "value")), Part(kind=b"dots", data=[(1, 2)])]))
PICTURE += _part(b"IEND", b"")
CLASSES = (Packet, Picture, Record4)
SEEDS = [b"\0" + PACKET * 2, b"\1" + PICTURE, b"\2" + b"\1\3abc\2\0\3\1x" * 5]
WORDS = [b"\0", b"\xff" * 4, b"\r\n", b"##", b"\0\0\0\0", b"name", b"dots", b"\x7f\xff\xff\xff", b"PIC\n", PACKET[:9]]
ERRORS = ()


def check(data):
    cls = CLASSES[data[0] % 3] if data else Packet
    data = data[1:]
    found, at = [], 0
    while at < len(data):
        try:
            message = cls.parse(data, at, LIMIT)
        except ValueError as error:
            assert str(error).startswith(cls.__name__), error
            break
        assert bytes(message) == data[at : at + message.size]
        repr(message), message.asdict(), message.astuple()
        found.append((at, message))
        at += message.size
        if not message.size:
            break
    _streams(cls, data, found, at)
    both(lambda core: _scanned(core, cls, data))


def _streams(cls, data, found, end):
    """Reading one by one, from pieces and by the index gives the same messages up to the first that is bad."""
    try:
        told = list(Stream(cls, data, limit=LIMIT).index())
    except ValueError as error:
        assert str(error)
    else:
        # The index looks at no checksum and at no text: what is bad by these is found when it is read.
        assert told[: len(found)] == [at for at, _ in found]
    arrived = []
    try:
        for message in Stream(cls, (data[k : k + 7] for k in range(0, len(data), 7)), limit=LIMIT):
            arrived.append(message)
    except ValueError as error:
        assert str(error)
    assert arrived == [message for _, message in found][: len(arrived)]
    if end == len(data):
        assert len(arrived) == len(found)
        out = io.BytesIO()
        assert Stream(cls).write(out, arrived) == len(data) and out.getvalue() == data


def _scanned(core, cls, data):
    """What the scanner finds, native and in Python."""
    program = program_of(cls.__layout__)
    if program is None:
        return None
    offsets = core.Array("U8")
    return core.scan(program, data, 0, 0, LIMIT, offsets), offsets.tolist()
