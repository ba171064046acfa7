"""Regions: what the bytes of a record mean, as a tree."""

import pytest

from chunkarray import F4, TIME, U1, U4, Const, Enum, Record, Union
from chunkarray._records.regions import regions


class Point(Record):
    x: F4
    y: F4


class Sample(Record):
    magic: Const("B1[2]", b"ok")
    kind: Enum("U1", DATA=1, ACK=2)
    low: "U2:4"
    high: "U2:12"
    _: "pad[3]"
    time: TIME["s"]
    points: Point[3]
    grid: Point[2, 2]
    either: Union(number=U4, point=Point)
    parts: "U1[12]"
    raw: "B1[3]"
    name: "TEXT[4]"


SAMPLE = Sample(
    kind="ACK",
    low=3,
    high=77,
    time=0,
    points=[(i, i) for i in range(3)],
    grid=[[(i, j) for j in range(2)] for i in range(2)],
    either={"number": 5},
    parts=range(12),
    raw=b"\0\1\xff",
    name="né",
)
DATA = bytes(SAMPLE)


def walk(region):
    yield region
    for child in region.children:
        yield from walk(child)


def by_name(region):
    return {child.name: child for child in region.children}


def test_every_field_has_a_region():
    root = regions(Sample.__layout__, b"??" + DATA + b"?", 2)
    assert (root.type, root.offset, root.size, root.note) == ("Sample", 2, Sample.size, "")
    assert [child.name for child in root.children] == [
        "magic", "kind", "low", "high", "", "time", "points", "grid", "either", "parts", "raw", "name",
    ]  # fmt: skip
    for child in root.children:
        if child.name:
            field = Sample.__layout__[child.name]
            assert (child.type, child.offset - 2, child.size) == (field.type.name, field.offset, field.size)
    found = by_name(root)
    assert found["magic"].note == "constant" and found[""].note == "padding"
    assert found["low"].bits == (0, 4, 2) and found["high"].bits == (4, 12, 2) and found["kind"].bits is None
    assert {name: region.shown for name, region in found.items() if region.shown} == {
        "magic": "'ok'", "kind": "ACK (2)", "low": "3", "high": "77", "time": "1970-01-01T00:00:00",
        "parts": "(0, 1, 2, 3, 4, 5, 6, 7, ...)", "raw": "00 01 ff", "name": "'né'",
    }  # fmt: skip
    assert found["kind"].value == 2 and found["parts"].value == tuple(range(12)) and found["points"].value is None


def test_every_byte_has_a_name():
    root = regions(Sample.__layout__, DATA)
    claimed = [False] * Sample.size
    for region in walk(root):
        assert root.offset <= region.offset and region.offset + region.size <= root.size
        if not len(region.children):
            claimed[region.offset : region.offset + region.size] = [True] * region.size
    assert all(claimed)


def test_arrays_and_unions():
    found = by_name(regions(Sample.__layout__, DATA))
    points = found["points"].children
    assert len(points) == 3 and points[-1].name == "[2]" and points[-1].children[1].value == 2.0
    assert [region.offset for region in points[:2]] == [16, 24]
    with pytest.raises(IndexError):
        points[3]
    inner = found["grid"].children[1].children[0]
    assert inner.type == "Point" and [child.value for child in inner.children] == [1.0, 0.0]
    number, point = found["either"].children
    assert number.offset == point.offset == found["either"].offset and number.value == 5
    assert [child.name for child in point.children] == ["x", "y"]


@pytest.mark.parametrize("size", range(0, Sample.size))
def test_what_is_cut_off(size):
    root = regions(Sample.__layout__, DATA[:size])
    assert root.note == "cut off" and root.size == size
    leaves = [region for region in walk(root) if not len(region.children)]
    assert leaves[-1].note == "cut off" or any(region.note == "cut off" for region in walk(root.children[-1]))
    for region in walk(root):
        assert region.offset + region.size <= size
        assert region.value is None or region.note != "cut off"


def test_constants_that_are_others():
    found = by_name(regions(Sample.__layout__, DATA.replace(b"ok", b"no")))
    assert found["magic"].note == "wrong: always b'ok'" and found["magic"].value == b"no"


def test_bad_offsets():
    for offset in (-1, 5):
        with pytest.raises(ValueError, match="lies outside of the 4 bytes$"):
            regions(Point.__layout__, b"1234", offset)
