"""Laws that hold for every message: what is packed is parsed again, and damaged bytes are refused or mean what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chunkarray
from chunkarray import Bytes, Checksum, Hexdump, Record, Sized, Stream, Switch, Text, _twin
from chunkarray._records.program import program_of
from record_layouts import scalar_values, scalars, text_fields, texts

Point = Record("Point", x="S2", y=">U1:3", z=">U1:5")
POINTS = st.tuples(st.integers(-9, 9), st.integers(0, 7), st.integers(0, 31))
Pair = Record("Pair", key="TEXTZ", count="U1", data="B1[count]")
PAIRS = st.tuples(st.sampled_from(["", "k", "kä"]), st.binary(max_size=3))


class Made:
    """A message class, values for it by name, and whether its last field goes to the end of the data."""

    def __init__(self, cls, values, takes_rest):
        self.cls, self.values, self.takes_rest = cls, values, takes_rest

    def __repr__(self):
        return "<%s: %s>" % (self.cls.__name__, [(f.name, f.type.name) for f in self.cls.__layout__.fields])


@st.composite
def part(draw, k, counts):
    """Fields that belong together, as pairs, and values for those of them that are to be given."""
    n, name = "n%d" % k, "f%d" % k
    kind = draw(st.integers(0, 8))
    counter = (n, draw(st.sampled_from(["U1", ">U2", "U4", "S2", "U1:7"])))
    factor = draw(st.sampled_from(["%s", "%s", "%s - 2", "%s * 2"]))
    if kind <= 4:
        written, items = [
            ("B1", st.binary(max_size=6)),
            ("TEXT", texts(6)),
            ("U2", st.lists(st.integers(0, 65535), max_size=6)),
            (">F4[2]", st.lists(st.tuples(*[scalar_values("F4")] * 2), max_size=4)),
            ("Point", st.lists(POINTS, max_size=4)),
        ][kind]
        if "*" in factor:
            items = items.filter(lambda value: len(value.encode() if isinstance(value, str) else value) % 2 == 0)
        if kind != 1:  # text counts bytes, as everything, but NULs at its end stay
            counts.append(n)
        return [counter, (name, "%s[%s]" % (written, factor % n))], {name: items}
    if kind == 5:
        end = draw(st.sampled_from([b"\0", b"\r\n", b"##"]))
        data = st.binary(max_size=6).filter(lambda value: end not in value + end[:-1] and not value.endswith(end[:1]))
        if draw(st.booleans()):
            return [(name, Bytes(until=end))], {name: data}
        words = st.text("abcä", max_size=5)
        return [(name, Text(until=end))], {name: words}
    if kind == 6:
        cases = {1: "U2", 2: Pair, 3: Point}
        tag = draw(st.sampled_from([1, 2, 3]))
        values = {1: st.integers(0, 65535), 2: PAIRS, 3: POINTS}[tag]
        return [(n, "U1"), (name, Switch(n, cases))], {n: st.just(tag), name: values}
    if kind == 7:
        return [(n, "U2"), (name, Sized(Pair, n))], {name: PAIRS}
    leaf = draw(st.one_of(scalars(), text_fields))
    return [(name, leaf.text)], {name: leaf.values}


@st.composite
def messages(draw):
    pairs, values, counts = [], {}, []
    for k in range(draw(st.integers(1, 4))):
        more, given_values = draw(part(k, counts))
        pairs += more
        values.update(given_values)
        if counts and draw(st.booleans()):
            pairs.append(("", "pad[%s & 3]" % counts[-1]))
    takes_rest = draw(st.integers(0, 3)) == 0
    if takes_rest:
        pairs.append(("rest", "U2[...]"))
        values["rest"] = st.lists(st.integers(0, 65535), max_size=3)
    else:
        pairs.append(("last", "TEXTZ"))  # so that there is no fixed size
        values["last"] = st.just("")
    if draw(st.booleans()):
        pairs.append(("sum", Checksum(draw(st.sampled_from(["crc32", "adler32", "sum16"])), "U4")))
    cls = Record("M", pairs)
    return Made(cls, draw(st.fixed_dictionaries(values)), takes_rest)


def plain(value):
    if isinstance(value, Record):
        return tuple(plain(each) for each in value)
    if hasattr(value, "tolist"):
        return [plain(each) for each in value]
    return value


@given(messages())
def test_what_is_packed_is_parsed(made):
    cls = made.cls
    message = cls(**made.values)
    data = bytes(message)
    again = cls.parse(data)
    assert bytes(again) == data and again == message and repr(again) == repr(message)
    for name, value in made.values.items():
        found = plain(again[name])
        if found != value:  # a Pair's count is not given
            assert len(found) == 3 and (found[0], found[2]) == value
    assert cls.parse(data.hex(":")) == message
    if not made.takes_rest:
        assert bytes(cls.parse(data + b"more")) == data
        assert bytes(cls.parse(b"in front" + data, offset=8)) == data
        with pytest.raises(ValueError, match="limit|no end"):
            cls.parse(data, limit=len(data) - 1)


@given(messages())
def test_what_is_cut_off(made):
    data = bytes(made.cls(**made.values))
    for end in range(len(data)):
        try:
            message = made.cls.parse(data[:end])
        except ValueError as error:
            assert str(error).startswith("M")
        else:
            assert made.takes_rest and bytes(message) == data[:end]


@given(messages(), st.data())
def test_damaged_bytes(made, data):
    good = bytearray(bytes(made.cls(**made.values)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(good) - 1))
        good[place] = data.draw(st.sampled_from([0, 1, 127, 128, 255]) | st.integers(0, 255))
    given_bytes = bytes(good)
    try:
        message = made.cls.parse(given_bytes)
    except ValueError as error:
        assert str(error).startswith("M")
    else:
        size = len(bytes(message))
        assert bytes(message) == given_bytes[:size]
    repr(Hexdump(given_bytes, made.cls)), str(Hexdump(given_bytes, made.cls))


@given(st.lists(messages(), min_size=1, max_size=1), st.integers(1, 5), st.integers(1, 9))
def test_streams(many, count, piece):
    (made,) = many
    if made.takes_rest:
        return
    message = made.cls(**made.values)
    data = bytes(message)
    stream = Stream(made.cls, data * count)
    assert stream.index().tolist() == [k * len(data) for k in range(count)]
    assert len(stream) == count and stream[-1] == message and list(stream) == [message] * count
    pieces = [(data * count)[at : at + piece] for at in range(0, len(data) * count, piece)]
    assert list(Stream(made.cls, pieces)) == [message] * count
    assert Stream(made.cls).pack([message] * count) == data * count
    program = program_of(made.cls.__layout__)
    if program is not None:
        found = []
        for core in (chunkarray._core, _twin):
            offsets = core.Array("U8")
            found.append((core.scan(program, data * count, 0, 0, 1 << 20, offsets), offsets.tolist()))
        assert found[0] == found[1]
