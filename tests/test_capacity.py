"""capacity: elements that lie in one piece, and one NumPy array of them while the array grows."""

import sys
import warnings

import pytest

import chunkarray
from chunkarray import ChunkArray, ChunkCopyWarning
from support import needs_numpy, scaled


def test_a_huge_capacity_costs_nothing():
    a = ChunkArray("F8", capacity=10**9)
    assert a.capacity == 10**9 and a.contiguous and a.committed_bytes < 2 << 20
    a.extend([1.5] * 1000)
    assert a.contiguous and a.chunk_count == 1 and a.committed_bytes < 4 << 20
    assert a.address_of(999) - a.address_of(0) == 999 * 8


def test_contiguous_until_it_outgrows_its_capacity():
    a = ChunkArray("S8", capacity=100, chunk_size=16)
    address = None
    for k in range(100):
        a.append(k)
        address = address or a.address_of(0)
        assert a.contiguous and a.chunk_count == 1
        assert a.address_of(k) == address + 8 * k
    a.append(100)
    assert not a.contiguous and a.chunk_count == 2 and a.address_of(0) == address
    a.truncate(100)
    assert a.contiguous
    a.extend([1, 2, 3])
    a.drop_front(100)
    assert a.contiguous and a.tolist() == [1, 2, 3]


@needs_numpy
def test_one_view_while_it_grows():
    import numpy

    a = ChunkArray("F8", capacity=10**9)
    a.append(0)
    first = a.numpy()
    count = scaled(300_000, least=10_000)
    a.extend(numpy.arange(1.0, count))
    n = a.numpy()
    assert len(n) == count and n.ctypes.data == first.ctypes.data == a.address_of(0)
    assert n.flags.writeable and numpy.array_equal(n, numpy.arange(count, dtype="f8"))
    n[5] = -5
    assert a[5] == -5
    assert a.numpy(copy=False).ctypes.data == n.ctypes.data


@needs_numpy
def test_the_warning_comes_once_for_each_array():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        a, b = (ChunkArray("F8", range(10), capacity=10) for _ in range(2))
        a.numpy()
        a.append(1)
        b.append(1)
    for array in (a, b):
        with pytest.warns(ChunkCopyWarning, match="outgrew its capacity of 10 elements") as caught:
            n = array.numpy()
        assert len(caught) == 1 and caught[0].filename == __file__
        assert not n.flags.writeable and n.tolist() == array.tolist()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert not array.numpy().flags.writeable
            array.append(1)
            array.numpy()


@needs_numpy
def test_the_line_that_the_warning_shows():
    import numpy

    def line():
        return sys._getframe(1).f_lineno

    for ask in (lambda a: (a.numpy(), line()), lambda a: (numpy.asarray(a), line()), lambda a: (a[:].numpy(), line())):
        a = ChunkArray("F8", range(20), capacity=10)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            _, number = ask(a)
        assert [(w.category, w.filename, w.lineno) for w in caught] == [(ChunkCopyWarning, __file__, number)]


@needs_numpy
def test_who_is_not_warned():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        a = ChunkArray("F8", range(5000))  # was never promised to be in one piece
        assert not a.numpy().flags.writeable
        b = ChunkArray("F8", range(20), capacity=10, chunk_size=16)
        b.numpy(copy=True)  # asked for a copy
        with pytest.raises(ValueError):
            b.numpy(copy=False)
        b[:5].numpy()
        b[12:15].numpy()
        b.truncate(10)
        b.numpy()


def test_the_category():
    assert issubclass(ChunkCopyWarning, UserWarning)
    assert chunkarray.ChunkCopyWarning is ChunkCopyWarning and ChunkCopyWarning.__module__ == "chunkarray"


def test_attributes_are_read_only():
    a = ChunkArray("F8", capacity=100)
    for name, value in (("capacity", 5), ("contiguous", False)):
        try:
            setattr(a, name, value)
        except (AttributeError, TypeError):
            pass
    assert a.capacity == 100 and a.contiguous
