"""Constants in many records: taken as the bytes say, and looked at when asked for."""

import io

import pytest

from chunkarray import ChunkArray, Const, Enum, Record, Union

Inner = Record("Inner", [("mark", Const("U2", 0x0102)), ("n", "U1")])
Packet = Record(
    "Packet",
    [
        ("magic", Const("B1[2]", b"PK")),
        ("version", Const(">U2:4", 5)),
        ("flags", ">U2:12"),
        ("zero", Const("F4", 0.0)),
        ("inner", Inner),
        ("several", Inner[2]),
        ("either", Union(a=Const("U1", 7), b="U1")),
        ("kind", Enum("U1", A=1, B=2)),
    ],
)
layouts = pytest.mark.parametrize("layout", ["rows", "columns"])


def good(k=0):
    return Packet(flags=k & 4095, inner=(k & 255,), several=[(1,), (2,)], either={"b": 3}, kind="A")


def test_what_is_good():
    data = b"".join(bytes(good(k)) for k in range(3))
    a = Packet.parse_all(data * 1000)
    a.check()
    assert len(a) == 3000
    ChunkArray(Packet).check()
    ChunkArray(Record("None", a="U1"), [(1,)]).check()


@layouts
@pytest.mark.parametrize(
    "at, byte, words",
    [
        (0, 0x51, "Packet.magic is always b'PK', not b'QK'"),
        (2, 0x63, "Packet.version is always 5, not 6"),
        (7, 1, "Packet.zero is always 0.0, not 2.3509887016445750e-38"),
        (9, 2, "Packet.inner.mark is always 258, not 514"),
        (15, 0, "Packet.several.mark is always 258, not 2"),
    ],
)
def test_what_is_another_value(layout, at, byte, words):
    data = bytearray(bytes(good()) * 9)
    data[5 * Packet.size + at] = byte
    a = ChunkArray(Packet, layout=layout)
    a.frombytes(data)
    a.fromfile(io.BytesIO(data), 9)
    assert len(a) == 18 and a.tobytes() == data * 2
    with pytest.raises(ValueError) as raised:
        a.check()
    words = "row 5: " + words
    assert str(raised.value) == words or "zero" in words and str(raised.value).startswith(words[:35])
    with pytest.raises(ValueError, match="^row 5: "):
        Packet.parse_all(bytes(data))
    a.drop_front(6)
    with pytest.raises(ValueError, match="^row 8: "):
        a.check()


def test_other_bytes_of_the_same_value():
    data = bytearray(bytes(good()))
    data[7] = 0x80  # -0.0
    data[2] |= 0x0F  # the bits beside
    data[18] = 99  # a union's
    a = Packet.parse_all(data)
    assert len(a) == 1 and str(a[0].zero) == "-0.0"
