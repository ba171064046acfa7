"""ChunkArray as a class: construction, subclasses, weak references, context manager."""

import copy
import inspect
import sys
import weakref

import pytest

from chunkarray import ChunkArray
from support import DOOR, collect


def test_construction():
    a = ChunkArray("F8", [1, 2], chunk_size=16, growth="fixed", capacity=4)
    assert (a.dtype, a.chunk_size, a.growth, a.capacity) == ("F8", 16, "fixed", 4)
    assert (ChunkArray("F8").chunk_size, ChunkArray("F8").growth, ChunkArray("F8").capacity) == (1024, "double", 0)
    assert ChunkArray(dtype="F8", values=[1]).tolist() == [1.0]


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"chunk_size": 0}, ValueError, "chunk_size"),
        ({"chunk_size": 3}, ValueError, "power of two"),
        ({"chunk_size": -4}, ValueError, "chunk_size"),
        ({"chunk_size": "4"}, TypeError, "chunk_size"),
        ({"chunk_size": 4.0}, TypeError, "chunk_size"),
        ({"capacity": -1}, ValueError, "capacity"),
        ({"capacity": "1"}, TypeError, "capacity"),
        ({"capacity": -(10**30)}, ValueError, "capacity"),
        ({"growth": "triple"}, ValueError, "growth.*double"),
        ({"growth": 2}, TypeError, "growth"),
        ({"capacity": 2**62}, MemoryError, None),
        ({"capacity": 10**30}, MemoryError, None),
        ({"chunk_size": 2**62}, MemoryError, None),
        ({"size": 3}, TypeError, "size"),
        ({"values": 3}, TypeError, None),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        ChunkArray("F8", **options)


def test_too_many_arguments():
    with pytest.raises(TypeError):
        ChunkArray("F8", [], 1024)
    with pytest.raises(TypeError):
        ChunkArray("F8", dtype="F8")


@pytest.mark.skipif(
    DOOR == "subclass" and sys.version_info < (3, 10), reason="Python 3.9 drops the signature of a type from a spec"
)
def test_the_signature():
    assert str(inspect.signature(ChunkArray)).replace('"', "'") == (
        "(dtype=None, values=None, *, chunk_size=1024, growth=None, capacity=0, element_size=None, "
        "keep=None, keep_bytes=None, arena=None)"
    )


def test_no_instance_dict():
    a = ChunkArray("F8")
    assert not hasattr(a, "__dict__")
    with pytest.raises(AttributeError):
        a.colour = "red"


def test_not_hashable():
    with pytest.raises(TypeError, match="unhashable"):
        hash(ChunkArray("F8"))


def test_weak_references():
    a = ChunkArray("F8", [1.0])
    gone = []
    r = weakref.ref(a, gone.append)
    assert r() is a
    del a
    collect(until=lambda: gone)
    assert r() is None and gone == [r]


class Named(ChunkArray):
    """A subclass with a dict."""

    def mean(self):
        return sum(self) / len(self)


class Measured(ChunkArray):
    """A subclass with a constructor and slots of its own."""

    __slots__ = ("unit",)

    def __new__(cls, unit, values=()):
        self = super().__new__(cls, "F8", values, chunk_size=8)
        self.unit = unit
        return self


class Counting(ChunkArray):
    """A subclass that listens to one of the methods."""

    appended = 0

    def append(self, value):
        self.appended += 1
        super().append(value)


def test_subclasses():
    n = Named("F8", [1.0, 2.0])
    n.colour = "red"
    assert n.mean() == 1.5 and isinstance(n, ChunkArray) and n == ChunkArray("F8", [1, 2])
    assert repr(n) == "Named('F8', [1.0, 2.0])"
    assert type(n.copy()) is Named
    other = copy.copy(n)
    assert type(other) is Named and other.colour == "red" and other == n

    m = Measured("mm", [1.0])
    assert m.unit == "mm" and m.tolist() == [1.0] and m.chunk_size == 8
    assert type(m.copy()) is Measured and m[:].copy().tolist() == [1.0]
    assert not hasattr(m, "__dict__")

    c = Counting("U1")
    c.append(1)
    c.append(2)
    assert c.appended == 2 and c.tolist() == [1, 2]


def test_subclasses_with_init():
    class Filled(ChunkArray):
        def __init__(self, dtype, values=None):
            self.append(7)

    assert Filled("S8", [1]).tolist() == [1, 7]


def test_arguments_that_only_init_knows():
    """As object's own constructor: arguments beyond ours are for __init__, where a subclass has one."""

    class Labelled(ChunkArray):
        def __init__(self, dtype, values=None, *, label, **options):
            self.label = label

    a = Labelled("F8", [1.0], label="speed", chunk_size=8)
    assert (a.label, a.tolist(), a.chunk_size) == ("speed", [1.0], 8)
    assert a.copy().tolist() == [1.0] and copy.copy(a).label == "speed"

    class Placed(ChunkArray):
        def __init__(self, dtype, values, place):
            self.place = place

    assert Placed("F8", [2.0], "here").place == "here" and Placed("F8", place="there", values=[]).place == "there"
    for wrong in (
        lambda: Labelled("F8"),
        lambda: Labelled("F8", [1.0], "speed"),
        lambda: Named("F8", [1.0], "speed"),
        lambda: Named("F8", label="speed"),
        lambda: Measured("mm", label="speed"),
        lambda: ChunkArray("F8", label="speed"),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_copies():
    a = ChunkArray("S4", range(10), chunk_size=2, growth="fixed", capacity=3)
    for b in (a.copy(), copy.copy(a), copy.deepcopy(a)):
        assert b == a and type(b) is ChunkArray
        assert (b.dtype, b.chunk_size, b.growth, b.capacity) == ("S4", 2, "fixed", 3)
        b[0] = 99
        b.append(1)
        assert a.tolist() == list(range(10))


def test_context_manager():
    with ChunkArray("F8", [1.0]) as a:
        assert a.tolist() == [1.0]
    assert len(a) == 0 and a.chunk_count == 0
    with pytest.raises(KeyError):
        with a:
            raise KeyError
    assert len(a) == 0


def test_a_closed_array_is_empty_for_good():
    a = ChunkArray("F8", [1.0, 2.0])
    s = a[:]
    a.close()
    a.close()
    assert (
        len(a) == 0
        and a.tolist() == list(a) == []
        and a.chunks() == []
        and a == ChunkArray("F8")
        and a.tobytes() == b""
    )
    for add in (lambda: a.append(1.0), lambda: a.push(1.0), lambda: a.extend([1.0]), lambda: a.frombytes(bytes(8))):
        with pytest.raises(ValueError, match="closed"):
            add()
    with pytest.raises(IndexError):
        a[0]
    with pytest.raises(IndexError):
        s[0]
    assert len(a) == 0


def test_pop_from_empty():
    a = ChunkArray("F8")
    with pytest.raises(IndexError, match="pop from empty ChunkArray"):
        a.pop()


@pytest.mark.parametrize("index, shown", [(3, 3), (-4, -4), (10**12, 10**12), (-(10**12), -(10**12))])
def test_bad_indices(index, shown):
    a = ChunkArray("F8", [1, 2, 3])
    for action in (
        lambda: a[index],
        lambda: a.at(index),
        lambda: a.__setitem__(index, 1.0),
        lambda: a.address_of(index),
    ):
        with pytest.raises(IndexError, match="^index %d is out of range for length 3$" % shown):
            action()


@pytest.mark.parametrize("huge", [2**70, -(2**70)])
def test_indices_beyond_any_size(huge):
    a = ChunkArray("F8", [1, 2, 3])
    for action in (lambda: a[huge], lambda: a.at(huge), lambda: a.__setitem__(huge, 1.0), lambda: a[:][huge]):
        with pytest.raises(IndexError):
            action()


def test_a_bad_value_at_a_bad_index():
    a = ChunkArray("F8", [1])
    with pytest.raises(IndexError):
        a[5] = "x"
    with pytest.raises(TypeError):
        a.at("0")


def test_attributes_of_the_class():
    assert ChunkArray.__module__ == "chunkarray" and ChunkArray.__name__ == ChunkArray.__qualname__ == "ChunkArray"
    assert "never move" in ChunkArray.__doc__
