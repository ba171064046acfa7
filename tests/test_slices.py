"""Slices are live windows."""

import copy
import pickle
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray, Slice
from support import ALL, collect, needs_numpy, sample


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


slices = st.builds(
    slice,
    st.integers(-25, 25) | st.none(),
    st.integers(-25, 25) | st.none(),
    st.sampled_from([None, 1, -1, 2, -2, 3, -7]),
)


@given(slices, slices, st.sampled_from([1, 4, 64]))
def test_overlapping_assignment(target, source, chunk_size):
    """What is assigned is as it was before the first element was written."""
    a = ChunkArray("S8", range(20), chunk_size=chunk_size)
    model = list(range(20))
    count = min(len(model[target]), len(model[source]))
    places = range(20)[target][:count]
    for at, value in zip(places, model[source][:count]):
        model[at] = value
    a[target][:count] = a[source][:count]
    assert a.tolist() == model


def test_assignment_between_arrays(a):
    b = ChunkArray("S8", [1, 2, 3], chunk_size=1)
    a[:3] = b
    a[::-1][:3] = b[::-1]
    assert a.tolist()[:3] == [1, 2, 3] and a.tolist()[-3:] == [1, 2, 3]
    a[3:6] = ChunkArray("U1", [7, 8, 9])[::-1]
    assert a.tolist()[3:6] == [9, 8, 7]
    with pytest.raises(TypeError):
        a[:2] = ChunkArray("F8", [0.5, 1.5])
    a[:] = a
    assert a.tolist()[3:6] == [9, 8, 7]


@pytest.mark.parametrize("dtype", sorted(ALL) + ["F4[2]"])
def test_every_dtype(dtype):
    content = [(1.0, 2.0), (3.0, 4.0), (0.5, -1.0)] if dtype == "F4[2]" else sample(dtype)
    a = ChunkArray(dtype, content * 3, chunk_size=2)
    part = a[1::2]
    values = (content * 3)[1::2]
    assert part.tolist() == list(part) == values and part == part.copy()
    assert part.tobytes() == ChunkArray(dtype, values).tobytes()
    part.reverse()
    assert part.tolist() == values[::-1] and a.tolist()[::2] == (content * 3)[::2]
    part.sort()
    assert part.tolist() == sorted(values)
    part.sort(reverse=True)
    assert part.tolist() == sorted(values, reverse=True)
    part.byteswap()
    part.byteswap()
    assert part.tolist() == sorted(values, reverse=True)
    a[:3] = a[3:6]
    part[:] = [content[0]] * len(part)
    assert part.count(content[0]) == len(part) and part.index(content[0]) == 0
    assert (part + part).tolist() == [content[0]] * 2 * len(part)


def test_a_slice_of_what_is_gone(a):
    s = a[10:15]
    a.truncate(12)
    assert len(s) == 5 and s[1] == 11
    for action in (
        lambda: s[3],
        lambda: s.__setitem__(3, 1),
        lambda: s.tolist(),
        lambda: list(s),
        lambda: s.tobytes(),
        lambda: s.copy(),
        lambda: s.chunks(),
        lambda: s.sort(),
        lambda: s.reverse(),
        lambda: s.byteswap(),
        lambda: s.count(10),
        lambda: s.index(99),
        lambda: s == s.array[:5],
        lambda: s.__setitem__(slice(None), range(5)),
        lambda: a.__setitem__(slice(0, 5), s),
        lambda: s[[0, 3]],
        lambda: s.searchsorted(4),
        lambda: s + s,
    ):
        with pytest.raises(IndexError, match=r"^position 1[234] is gone: the array was truncated to 12$"):
            action()
    assert "gone" in repr(s) and "gone" in s._repr_html_()
    assert a.tolist() == list(range(12))
    a.extend(range(100, 110))
    assert s.tolist() == [10, 11, 100, 101, 102]


def test_a_slice_means_the_same_elements_after_others_were_dropped():
    a = ChunkArray("S8", range(20), chunk_size=4)
    s, behind = a[2:7], a[10:14]
    a.drop_front(5)
    assert behind.tolist() == list(behind) == [10, 11, 12, 13] and behind[0] == 10 and a[5:9] == behind
    assert s[3] == 5 and s[3:].tolist() == [5, 6] and len(s) == 5
    behind[0] = 99
    assert a[5] == 99
    for action in (lambda: s[0], lambda: s.tolist(), lambda: s.__setitem__(0, 1), lambda: s.sort()):
        with pytest.raises(IndexError, match=r"^position 2 was dropped \(first is 5\)$"):
            action()
    assert a[0:2].tolist() == [5, 6] and a[-1:].tolist() == [19]


def test_slices_of_an_array_that_was_closed(a):
    s = a[2:4]
    a.close()
    with pytest.raises(IndexError):
        s[0]
    with pytest.raises(IndexError):
        s.tolist()
    assert a[:].tolist() == []


def test_iteration_sees_assignments_and_ends_at_what_is_gone(a):
    seen = []
    for x in a[2:8]:
        seen.append(x)
        a[len(seen) + 2] = -x
    assert seen == [2, -2, 2, -2, 2, -2]
    a = ChunkArray("S8", range(20), chunk_size=4)
    iterator = iter(a[10:20])
    assert next(iterator) == 10
    a.truncate(12)
    assert next(iterator) == 11
    with pytest.raises(IndexError):
        next(iterator)


def test_chunks(a):
    chunks = a[2:11].chunks()
    assert [list(chunk) for chunk in chunks] == [[2, 3], [4, 5, 6, 7], [8, 9, 10]]
    assert [chunk.start for chunk in chunks] == [2, 4, 8] and chunks[0].address == a.address_of(2)
    chunks[0][0] = 22
    assert a[2] == 22
    assert a[5:5].chunks() == []
    for part in (a[1::3], a[::-2], a[7:3:-1]):
        assert [x for chunk in part.chunks() for x in chunk] == part.tolist()


@needs_numpy
def test_numpy_without_a_copy(a):
    import numpy

    for part in (a[8:13], a[8:16:3], a[15:8:-2]):
        view = part.numpy()
        assert view.tolist() == part.tolist() and view.flags.writeable
        view[0] = 99
        assert part[0] == 99
        assert numpy.shares_memory(view, numpy.asarray(a.chunks()[2]))
        assert part.numpy(copy=False).tolist() == part.tolist()
        own = part.numpy(copy=True)
        own[0] = 5
        assert part[0] == 99
    across = a[2:10]
    assert across.numpy().tolist() == across.tolist() and not across.numpy().flags.writeable
    with pytest.raises(ValueError, match="copy=False"):
        across.numpy(copy=False)
    assert a[::-3].numpy().tolist() == a[::-3].tolist() and a[3:3].numpy().dtype == "<i8"
    assert numpy.asarray(a[1:3], dtype="f4").tolist() == [1.0, 2.0] and numpy.sum(a[:4]) == 6


def test_copies_and_pickles_hold_the_elements_only(a):
    s = a[3:9:2]
    for other in (copy.copy(s), copy.deepcopy(s), *(pickle.loads(pickle.dumps(s, k)) for k in range(5))):
        assert type(other) is Slice and other == s and len(other.array) == 3
        other[0] = 99
        assert a[3] == 3


def test_weak_references(a):
    s = a[:]
    r = weakref.ref(s)
    assert r() is s
    del s
    collect(until=lambda: r() is None)
    assert r() is None


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


def test_what_slices_do_not_have(a):
    for name in ("append", "extend", "push", "pop", "clear", "truncate", "insert", "remove", "frombytes", "fromfile"):
        assert not hasattr(a[:], name)
    with pytest.raises(TypeError):
        del a[:][0]
    with pytest.raises(AttributeError):
        a[:].colour = "red"


def test_bad_slices(a):
    with pytest.raises(ValueError):
        a[::0]
    with pytest.raises(TypeError):
        a["1":]
    assert a[5:2].tolist() == a[100:].tolist() == [] and repr(a[5:2]) == "Slice('S8')"
