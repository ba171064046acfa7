"""Slices are live windows."""

import pytest

from chunkarray import ChunkArray, Slice


@pytest.fixture
def a():
    return ChunkArray("S8", range(20), chunk_size=4)


def test_a_slice_is_a_window(a):
    s = a[5:10]
    assert type(s) is Slice and len(s) == 5 and s.array is a
    assert s.tolist() == list(s) == [5, 6, 7, 8, 9] and list(reversed(s)) == [9, 8, 7, 6, 5]
    assert (s.dtype, s.itemsize, s.nbytes) == ("S8", 8, 40)
    a[6] = 66
    assert s[1] == 66 and 66 in s and s.index(66) == 1 and s.count(66) == 1
    s[0] = 55
    assert a[5] == 55
    a.append(1)
    assert len(s) == 5
    assert s.tobytes() == ChunkArray("S8", s).tobytes()


def test_slices_of_slices(a):
    s = a[::-2][1:8:3]
    assert s.tolist() == list(range(20))[::-2][1:8:3] and s.array is a
    assert s[-1] == s.tolist()[-1] and s[::-1].tolist() == s.tolist()[::-1]
    for bad in (3, -4):
        with pytest.raises(IndexError, match="index %d is out of range for length 3" % bad):
            s[bad]
        with pytest.raises(IndexError):
            s[bad] = 1


def test_assignment_keeps_the_length(a):
    a[2:5] = [1, 1, 1]
    a[::-5] = iter([7, 7, 7, 7])
    a[10:13][1:] = (8, 9)
    expected = list(range(20))
    expected[2:5] = [1, 1, 1]
    expected[::-5] = [7, 7, 7, 7]
    expected[11:13] = [8, 9]
    assert a.tolist() == expected
    for bad, error in (
        ([1], ValueError),
        ([1, 2, 3, 4], ValueError),
        ([1, 2, "x"], TypeError),
        ([1, 2, 2**70], OverflowError),
        (5, TypeError),
    ):
        with pytest.raises(error):
            a[2:5] = bad
    assert a.tolist() == expected
    with pytest.raises(ValueError, match="never move.*4 values for 3 elements"):
        a[2:5] = range(4)
    with pytest.raises(ValueError):
        a[5:5] = [1]
    a[5:5] = []


def test_overlapping_assignment(a):
    a[0:10] = a[1:11]
    assert a.tolist()[:11] == list(range(1, 11)) + [10]
    a[:] = a[::-1]
    assert a.tolist()[-1] == 1


def test_a_slice_of_what_is_gone(a):
    s = a[10:15]
    a.truncate(12)
    assert len(s) == 5 and s[1] == 11
    with pytest.raises(IndexError):
        s[3]
    with pytest.raises(IndexError):
        s.tolist()
    a.extend(range(100, 110))
    assert s.tolist() == [10, 11, 100, 101, 102]


def test_slices_keep_the_array_alive():
    s = ChunkArray("S8", range(1000))[10:20]
    assert s.tolist() == list(range(10, 20))


def test_copy_of_a_slice(a):
    copy = a[3:6].copy()
    assert type(copy) is ChunkArray and copy.tolist() == [3, 4, 5] and copy.dtype == "S8" and copy.chunk_size == 4
    copy[0] = 9
    assert a[3] == 3


def test_slices_are_not_hashable(a):
    with pytest.raises(TypeError):
        hash(a[:])


def test_bad_slices(a):
    with pytest.raises(ValueError):
        a[::0]
    with pytest.raises(TypeError):
        a["1":]
    assert a[5:2].tolist() == a[100:].tolist() == [] and repr(a[5:2]) == "Slice('S8')"
