"""Frozen arrays: read-only for good."""

import copy
import gc
import pickle

import pytest

from chunkarray import ChunkArray
from support import CPYTHON, IMPLEMENTATION, collect, needs_numpy


def frozen(dtype="S8", n=10, **options):
    a = ChunkArray(dtype, range(n), chunk_size=4, **options)
    a.freeze()
    return a


CHANGES = {
    "append": lambda a: a.append(1),
    "push": lambda a: a.push(1),
    "extend": lambda a: a.extend([1]),
    "extend nothing": lambda a: a.extend([]),
    "extend an iterator": lambda a: a.extend(iter([1])),
    "extend an array": lambda a: a.extend(ChunkArray(a.dtype, [1])),
    "extend itself": lambda a: a.extend(a),
    "frombytes": lambda a: a.frombytes(bytes(a.itemsize)),
    "iadd": lambda a: a.__iadd__([1]),
    "imul": lambda a: a.__imul__(2),
    "imul 0": lambda a: a.__imul__(0),
    "appender": lambda a: a.appender().__enter__(),
    "item": lambda a: a.__setitem__(0, 1),
    "item -1": lambda a: a.__setitem__(-1, 1),
    "slice": lambda a: a.__setitem__(slice(0, 2), [1, 2]),
    "item of a slice": lambda a: a[2:5].__setitem__(0, 1),
    "slice of a slice": lambda a: a[2:5].__setitem__(slice(0, 1), [1]),
    "del item": lambda a: a.__delitem__(-1),
    "del slice": lambda a: a.__delitem__(slice(2, None)),
    "pop": lambda a: a.pop(),
    "truncate": lambda a: a.truncate(1),
    "clear": lambda a: a.clear(),
    "reset": lambda a: a.reset(),
    "drop_front": lambda a: a.drop_front(1),
    "transaction": lambda a: a.transaction().__enter__(),
    "reverse": lambda a: a.reverse(),
    "sort": lambda a: a.sort(),
    "byteswap": lambda a: a.byteswap(),
    "reverse a slice": lambda a: a[1:5].reverse(),
}
ATOMICS = {
    "fetch_add": lambda a: a.fetch_add(0, 1),
    "exchange": lambda a: a.exchange(0, 5),
    "compare_exchange": lambda a: a.compare_exchange(0, 0, 5),
}


@pytest.mark.parametrize("dtype", ["F8", "S8", ">U2"])
@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_refused(dtype, name):
    a = frozen(dtype)
    with pytest.raises(ValueError, match="^the array is frozen$"):
        CHANGES[name](a)
    assert a.tolist() == list(range(10)) and a.first == 0


@pytest.mark.parametrize("name", ATOMICS)
def test_atomic_changes_are_refused(name):
    a = frozen("U8")
    with pytest.raises(ValueError, match="^the array is frozen$"):
        ATOMICS[name](a)
    assert a.tolist() == list(range(10))


def test_rewind_is_refused():
    a = ChunkArray("S8", [1])
    mark = a.save()
    a.append(2)
    a.freeze()
    with pytest.raises(ValueError, match="^the array is frozen$"):
        a.rewind(mark)
    assert a.tolist() == [1, 2]


def test_what_a_frozen_array_still_does():
    for dtype in ("F8", "S8", "BOOL", "U1[2]"):
        a = ChunkArray(dtype)
        a.frombytes(bytes([1]) * 0 + bytes(6 * a.itemsize))
        values = a.tolist()
        assert a.frozen is False
        a.freeze()
        assert a.frozen is True
        a.freeze()
        assert a.frozen is True
        assert a.tolist() == list(a) == values and a[0] == values[0] and a[-1] == a.at(5) == values[5]
        assert a[1:3].tolist() == values[1:3] and len(a) == 6 and list(reversed(a)) == values
        assert a == a.copy() and values[0] in a and a.index(values[0]) == 0 and a.count(values[0]) == 6
        assert a.tobytes() == bytes(6 * a.itemsize) and a.nbytes == 6 * a.itemsize
        assert a.wait(6) and list(a.follow()) == values
        a.shrink()
        a.save()
        assert a.tolist() == values
        with pytest.raises(IndexError):
            a[6]


def test_hash_by_identity():
    a, b = frozen(), frozen()
    c = ChunkArray("S8")
    assert hash(a) == hash(a) and a == b and len({a, b, a}) == 2 and {a: 1}[a] == 1
    for unhashable in (c, a[:], c[:]):
        with pytest.raises(TypeError, match="unhashable"):
            hash(unhashable)
    c.freeze()
    hash(c)


def test_chunks_are_read_only():
    a = frozen()
    for chunk in a.chunks():
        assert chunk.readonly
        view = memoryview(chunk)
        assert view.readonly
        with pytest.raises(TypeError):
            view.cast("B")[0] = 1
        with pytest.raises((ValueError, TypeError)):
            chunk[0] = 1
        assert chunk.__array_interface__["data"][1] is True
    assert not ChunkArray("F8", [1]).chunks()[0].readonly


@needs_numpy
def test_numpy_arrays_are_read_only():
    import numpy

    a = frozen("F8", 4)
    n = a.numpy()
    assert not n.flags.writeable and n.ctypes.data == a.address_of(0)
    with pytest.raises(ValueError):
        n[0] = 1
    assert a.numpy(copy=True).flags.writeable
    assert not numpy.asarray(a).flags.writeable


def test_views_in_the_way():
    a = ChunkArray("F8", range(10), chunk_size=4)
    chunks = a.chunks()
    with pytest.raises(BufferError, match="view"):
        a.freeze()
    assert not a.frozen
    a.append(1)
    view = memoryview(chunks[2])
    del chunks
    collect()
    with pytest.raises(BufferError):
        a.freeze()
    if IMPLEMENTATION == "graalpy":
        return  # never frees an object that memoryview() was called with
    view.release()
    del view
    collect()
    a.freeze()
    with pytest.raises(ValueError):
        a.append(1)


@needs_numpy
def test_numpy_views_in_the_way():
    a = ChunkArray("F8", range(10))
    n = a.numpy()
    with pytest.raises(BufferError, match="force=True"):
        a.freeze()
    del n
    if CPYTHON:  # elsewhere, NumPy's arrays hold on to the objects behind them for long, or for good
        a.freeze()
        assert a.frozen


def test_garbage_is_not_in_the_way():
    a = ChunkArray("F8", range(10))

    class Holder:
        pass

    holder = Holder()
    holder.me = holder
    holder.chunk = a.chunks()
    del holder
    a.freeze()
    assert a.frozen
    gc.collect()


def test_forced():
    a = ChunkArray("U1", range(10))
    view = memoryview(a.chunks()[0])
    a.freeze(force=True)
    assert a.frozen
    view[0] = 77  # what was handed out stays as it was
    assert a[0] == 77
    assert a.chunks()[0].readonly
    with pytest.raises(ValueError, match="frozen"):
        a[0] = 1
    b = ChunkArray("U1", [1])
    b.chunks()
    b.freeze(True)
    assert b.frozen


def test_bad_arguments():
    a = ChunkArray("F8", [1])
    with pytest.raises(TypeError):
        a.freeze(1, 2)
    with pytest.raises(TypeError):
        a.freeze(strength=3)
    assert not a.frozen


def test_frozen_is_no_switch():
    a = ChunkArray("F8", [1])
    try:
        a.frozen = True
    except (AttributeError, TypeError):
        pass
    assert a.frozen is False


def test_copies_are_not_frozen():
    a = frozen()
    for b in (a.copy(), a[:].copy(), copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert b == a and not b.frozen
        b.append(5)


def test_closing_a_frozen_array():
    a = frozen()
    with a:
        pass
    assert a.closed and a.tolist() == []
    with pytest.raises(ValueError):
        a.append(1)
    b = ChunkArray("F8")
    b.close()
    with pytest.raises(ValueError, match="closed"):
        b.freeze()


def test_empty_arrays():
    a = ChunkArray("F8")
    a.freeze()
    assert a.tolist() == [] and a.chunks() == []
    for change in (lambda: a.append(1), lambda: a.extend([]), lambda: a.pop()):
        with pytest.raises(ValueError, match="frozen"):
            change()


def test_a_value_that_freezes_the_array():
    a = ChunkArray("S8", [1, 2])

    class Freezes:
        def __index__(self):
            a.freeze()
            return 7

    with pytest.raises(ValueError, match="frozen"):
        a[0] = Freezes()
    assert a.tolist() == [1, 2]
    b = ChunkArray("F8", [1, 2])

    class FreezesB:
        def __float__(self):
            b.freeze()
            return 7.0

    for change in (lambda: b.__setitem__(0, FreezesB()), lambda: b.append(FreezesB()), lambda: b.extend([FreezesB()])):
        with pytest.raises(ValueError, match="frozen"):
            change()
    assert b.tolist() == [1, 2]


def test_arrays_with_capacity_and_keep():
    a = ChunkArray("F8", range(10), capacity=10**6)
    b = ChunkArray("F8", range(100), chunk_size=4, keep=8)
    for array in (a, b):
        values, first = array.tolist(), array.first
        array.freeze()
        with pytest.raises(ValueError, match="frozen"):
            array.append(1)
        assert array.tolist() == values and array.first == first


def test_subclasses():
    class Mine(ChunkArray):
        pass

    a = Mine("F8", [1])
    a.freeze()
    assert {a: 2}[a] == 2
    a.note = 3  # its own attributes are its own
    with pytest.raises(ValueError):
        a.pop()
