"""Pickles: every protocol and dtype, and pickles that were tampered with."""

import copy
import pickle
import pickletools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray, _array
from support import ALL, sample
from test_class import Measured, Named


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_round_trip(protocol):
    for dtype in sorted(ALL) + ["F4[2]"]:
        a = ChunkArray(dtype, [(1, 2)] if dtype == "F4[2]" else sample(dtype), chunk_size=2, growth="fixed", capacity=1)
        b = pickle.loads(pickle.dumps(a, protocol))
        assert b == a and type(b) is ChunkArray
        assert (b.dtype, b.chunk_size, b.growth, b.capacity) == (dtype, 2, "fixed", 1)
    n = Named("F8", [1.0])
    n.colour = "red"
    m = pickle.loads(pickle.dumps(n, protocol))
    assert type(m) is Named and m == n and m.colour == "red"
    assert pickle.loads(pickle.dumps(Measured("mm", [2.0]), protocol)).tolist() == [2.0]


class Both(ChunkArray):
    """A subclass with slots and a dict."""

    __slots__ = ("unit", "unset", "__dict__")

    def __init__(self, *arguments, unit, **options):
        self.unit = unit


class Stateful(ChunkArray):
    """A subclass that says itself what its state is."""

    def __init__(self, *arguments, **options):
        self.seen = "made"

    def __getstate__(self):
        return {"only": "this"}

    def __setstate__(self, state):
        self.seen = state


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_attributes_of_subclasses(protocol):
    a = Both("F8", [1.0], unit="mm")
    a.colour = ["red"]
    a.itself = a
    for b in (pickle.loads(pickle.dumps(a, protocol)), copy.copy(a), copy.deepcopy(a)):
        assert type(b) is Both and b == a and (b.unit, b.colour) == ("mm", ["red"]) and not hasattr(b, "unset")
    assert b.itself is b and b.colour is not a.colour and copy.copy(a).colour is a.colour
    assert pickle.loads(pickle.dumps(Stateful("F8", [1.0]), protocol)).seen == {"only": "this"}
    assert copy.copy(Stateful("F8", [1.0])).tolist() == [1.0]
    measured = pickle.loads(pickle.dumps(Measured("mm", [2.0]), protocol))
    assert measured.unit == "mm" and measured.chunk_size == 8


def test_what_is_kept_travels_too():
    a = ChunkArray("S8", chunk_size=4, keep=8)
    a.extend(range(100))
    for b in (pickle.loads(pickle.dumps(a)), copy.copy(a), a.copy()):
        assert b == a and b.keep == 8 and b.growth == "fixed"


def test_pickles_are_the_same_everywhere():
    a = ChunkArray("U2", [1, 258])
    assert a.__reduce__() == (
        _array._unpickle,
        (ChunkArray, "U2", {"chunk_size": 1024, "growth": "double", "capacity": 0}, b"\1\0\2\1"),
    )
    names = [argument for opcode, argument, _ in pickletools.genops(pickle.dumps(a, 3)) if opcode.name == "GLOBAL"]
    assert names == ["chunkarray._array _unpickle", "chunkarray ChunkArray"]


GOOD = {"chunk_size": 1024, "growth": "double", "capacity": 0}


@pytest.mark.parametrize(
    "arguments",
    [
        (list, "F8", GOOD, b""),
        ("ChunkArray", "F8", GOOD, b""),
        (ChunkArray, "F7", GOOD, b""),
        (ChunkArray, None, GOOD, b""),
        (ChunkArray, float, GOOD, b""),
        (ChunkArray, b"F8", GOOD, b""),
        (ChunkArray, "F8", GOOD, b"1234567"),
        (ChunkArray, "F8", GOOD, "12345678"),
        (ChunkArray, "F8", GOOD, [1.0]),
        (ChunkArray, "F8", GOOD, None),
        (ChunkArray, "F8", {}, b""),
        (ChunkArray, "F8", None, b""),
        (ChunkArray, "F8", dict(GOOD, values=[1]), b""),
        (ChunkArray, "F8", dict(GOOD, chunk_size=3), b""),
        (ChunkArray, "F8", dict(GOOD, chunk_size=-1), b""),
        (ChunkArray, "F8", dict(GOOD, chunk_size=None), b""),
        (ChunkArray, "F8", dict(GOOD, growth="x"), b""),
        (ChunkArray, "F8", dict(GOOD, capacity=-1), b""),
        (ChunkArray, "BOOL", GOOD, b"\0\1\2"),
    ],
    ids=str,
)
def test_tampered(arguments):
    with pytest.raises((TypeError, ValueError)):
        _array._unpickle(*arguments)


class Forged:
    """Pickles to whatever arguments it was given."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return _array._unpickle, self.arguments


def test_tampered_on_the_wire():
    with pytest.raises(ValueError, match="damaged pickle: 3 bytes are no whole number of F8"):
        pickle.loads(pickle.dumps(Forged(ChunkArray, "F8", GOOD, b"abc")))
    with pytest.raises((MemoryError, ValueError)):
        pickle.loads(pickle.dumps(Forged(ChunkArray, "F8", dict(GOOD, capacity=2**62), b"")))


ORIGINAL = pickle.dumps(ChunkArray("U2", range(20)), 2)


@given(st.lists(st.tuples(st.integers(0, len(ORIGINAL) - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_flipped_bytes(changes):
    damaged = bytearray(ORIGINAL)
    for at, value in changes:
        damaged[at] = value
    # Names of other callables would run them, which is pickle's nature and not what is tested here.
    if bytes(damaged[: ORIGINAL.index(b"ChunkArray") + 12]) != ORIGINAL[: ORIGINAL.index(b"ChunkArray") + 12]:
        return
    try:
        a = pickle.loads(bytes(damaged))
    except Exception:
        return
    if isinstance(a, ChunkArray):
        assert len(a.tolist()) == len(a)
