"""Masks, arrays of indices, take and searchsorted: copies, with NumPy's meaning."""

import bisect
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray
from support import ALL, needs_numpy, sample

LENGTH = 9


@pytest.fixture
def a():
    return ChunkArray("S8", range(10, 10 + LENGTH), chunk_size=2)


def as_view(format, items):
    """A memoryview of another format than bytes, as other packages export them."""
    return memoryview(array("b", [int(item) for item in items])).cast("B").cast(format)


MASKS = {
    "list": list,
    "array": lambda mask: ChunkArray("BOOL", mask, chunk_size=2),
    "slice": lambda mask: ChunkArray("BOOL", [True, *mask, False], chunk_size=2)[1:-1],
    "reversed slice": lambda mask: ChunkArray("BOOL", mask[::-1])[::-1],
    "buffer": lambda mask: as_view("?", mask),
    "buffer with gaps": lambda mask: as_view("?", [item for item in mask for _ in "ab"])[::2],
}
INDICES = {
    "list": list,
    "S8": lambda indices: ChunkArray("S8", indices, chunk_size=2),
    "S1": lambda indices: ChunkArray("S1", indices),
    "big-endian": lambda indices: ChunkArray(">S2", indices),
    "slice": lambda indices: ChunkArray("S4", [99, *indices])[1:],
    "reversed slice": lambda indices: ChunkArray("S4", indices[::-1])[::-1],
    "array.array": lambda indices: array("i", indices),
    "array.array of bytes": lambda indices: array("b", indices),
    "buffer with gaps": lambda indices: memoryview(array("q", [i for index in indices for i in (index, 0)]))[::2],
}
masks = st.lists(st.booleans(), min_size=LENGTH, max_size=LENGTH)
lists_of_indices = st.lists(st.integers(-LENGTH, LENGTH - 1), max_size=20)


@pytest.mark.parametrize("kind", sorted(MASKS))
def test_masks(kind):
    @given(masks)
    def check(mask):
        a = ChunkArray("S8", range(10, 10 + LENGTH), chunk_size=2)
        chosen = [x for x, wanted in zip(a, mask) if wanted]
        made = a[MASKS[kind](mask)]
        assert type(made) is ChunkArray and made.tolist() == chosen and made.contiguous
        assert a[1:][MASKS[kind](mask[1:])].tolist() == [x for x, wanted in zip(a[1:], mask[1:]) if wanted]
        assert a[::-1][MASKS[kind](mask)].tolist() == [x for x, wanted in zip(a[::-1], mask) if wanted]
        model = [-1 if wanted else x for x, wanted in zip(a, mask)]
        a[MASKS[kind](mask)] = -1
        assert a.tolist() == model
        a[MASKS[kind](mask)] = range(sum(mask))
        fresh = iter(range(sum(mask)))
        assert a.tolist() == [next(fresh) if wanted else x for x, wanted in zip(model, mask)]

    check()


@pytest.mark.parametrize("kind", sorted(INDICES))
def test_indices(kind):
    @given(lists_of_indices)
    def check(indices):
        a = ChunkArray("S8", range(10, 10 + LENGTH), chunk_size=2)
        before = a.tolist()
        for made in (a[INDICES[kind](indices)], a.take(INDICES[kind](indices))):
            assert type(made) is ChunkArray and made.tolist() == [before[i] for i in indices] and made.contiguous
        backwards = a[::-1]
        assert backwards[INDICES[kind](indices)].tolist() == [before[::-1][i] for i in indices]
        a[INDICES[kind](indices)] = list(range(len(indices)))
        model = list(before)
        for i, x in zip(indices, range(len(indices))):
            model[i] = x
        assert a.tolist() == model
        a[INDICES[kind](indices)] = -5
        assert a.tolist() == [-5 if k in {i % LENGTH for i in indices} else x for k, x in enumerate(model)]

    check()


@pytest.mark.parametrize("dtype", sorted(ALL) + ["F4[2]"])
def test_every_dtype(dtype):
    content = [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)] if dtype == "F4[2]" else sample(dtype)
    a = ChunkArray(dtype, content, chunk_size=1)
    made = a[[2, 0, -1]]
    assert made.dtype == dtype and made.tolist() == [content[2], content[0], content[2]]
    assert a[[True, False, True]].tolist() == [content[0], content[2]]
    a[[0, 1]] = content[2]
    assert a.tolist() == [content[2]] * 3
    a[[True, True, False]] = content[:2]
    assert a.tolist() == content


def test_copies_have_no_part_in_the_array(a):
    made = a[[0, 1]]
    made[0] = 99
    assert a[0] == 10
    made.append(1)
    assert made.tolist() == [99, 11, 1]


def test_nothing_selected(a):
    for nothing in ([], [False] * LENGTH, ChunkArray("S8"), array("i")):
        assert a[nothing].tolist() == [] and a[nothing].dtype == "S8"
        a[nothing] = []
        a[nothing] = 5
    assert a[:0][[]].tolist() == [] and ChunkArray("F8")[[]].tolist() == []
    assert a.tolist() == list(range(10, 10 + LENGTH))


def test_ranges_and_views_of_oneself(a):
    assert a[range(8, -1, -4)].tolist() == [18, 14, 10]
    own = ChunkArray("S8", [2, 0, 1])
    assert own[own].tolist() == [1, 2, 0]
    own[own] = own
    assert own.tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", sorted(MASKS))
@pytest.mark.parametrize("length", [0, LENGTH - 1, LENGTH + 1])
def test_masks_of_another_length(a, kind, length):
    if kind == "list" and not length:
        return  # an empty list selects nothing by index
    mask = MASKS[kind]([True] * length)
    for action in (lambda: a[mask], lambda: a.__setitem__(mask, 1)):
        with pytest.raises(IndexError, match="boolean mask of length %d for length %d" % (length, LENGTH)):
            action()
    assert a.tolist() == list(range(10, 10 + LENGTH))


@pytest.mark.parametrize("kind", sorted(INDICES))
@pytest.mark.parametrize("bad", [LENGTH, -LENGTH - 1, 100])
def test_indices_out_of_range(a, kind, bad):
    indices = INDICES[kind]([0, bad, 1])
    for action in (
        lambda: a[indices],
        lambda: a.take(indices),
        lambda: a.__setitem__(indices, 1),
        lambda: a.__setitem__(indices, [1, 2, 3]),
    ):
        with pytest.raises(IndexError, match="index %d is out of range for length %d" % (bad, LENGTH)):
            action()
    assert a.tolist() == list(range(10, 10 + LENGTH))


@pytest.mark.parametrize(
    "key, error",
    [
        ([1.0], IndexError),
        ([0, "x"], IndexError),
        ([[0, 1]], IndexError),
        ([None], IndexError),
        (array("d", [1.0]), IndexError),
        (ChunkArray("F8", [1.0]), IndexError),
        (ChunkArray("S4[2]", [(1, 2)]), IndexError),
        ([2**70], IndexError),
        ([-(2**70)], IndexError),
        ((0, 1), TypeError),
        ("0", TypeError),
        (b"\0", TypeError),
        ({0: 1}, TypeError),
        ({0}, TypeError),
        (None, TypeError),
        (1.0, TypeError),
        (iter([1]), TypeError),
    ],
    ids=repr,
)
def test_keys_that_select_nothing(a, key, error):
    for action in (lambda: a[key], lambda: a.__setitem__(key, 1), lambda: a[:][key]):
        with pytest.raises(error):
            action()
    assert a.tolist() == list(range(10, 10 + LENGTH))


def test_bad_values_write_nothing(a):
    before = a.tolist()
    for value, error in (
        ([1, 2], ValueError),
        ([1, 2, 3, 4], ValueError),
        ([1, "x", 3], TypeError),
        ([1, 2, 2**70], OverflowError),
        ("x", TypeError),
        (None, TypeError),
        (2.5, TypeError),
        (2**70, OverflowError),
    ):
        for key in ([0, 1, 2], [True] * 3 + [False] * (LENGTH - 3)):
            with pytest.raises(error):
                a[key] = value
            assert a.tolist() == before
    with pytest.raises(ValueError, match="2 values for 3 elements"):
        a[[0, 1, 2]] = [1, 2]
    with pytest.raises(TypeError):
        del a[[0, 1]]


def test_take_of_one(a):
    assert a.take(0) == 10 and a.take(-1) == 18 and a[2:].take(1) == 13
    for bad in (9, -10, 2**70):
        with pytest.raises(IndexError, match="index %d is out of range for length 9" % bad):
            a.take(bad)
    for bad in (None, 1.0, "x"):
        with pytest.raises(TypeError):
            a.take(bad)
    with pytest.raises(TypeError, match="bools"):
        a.take([True, False])
    assert a.take((1, 2)).tolist() == [11, 12]


@pytest.mark.parametrize("dtype", ["F8", "F4", "S8", "U2", ">S4", "U1"])
def test_searchsorted(dtype):
    @given(st.lists(st.integers(0, 20), max_size=30), st.lists(st.integers(0, 21), max_size=9), st.sampled_from([1, 4]))
    def check(content, wanted, chunk_size):
        content.sort()
        a = ChunkArray(dtype, content, chunk_size=chunk_size)
        left, right = (
            [bisect.bisect_left(content, x) for x in wanted],
            [bisect.bisect_right(content, x) for x in wanted],
        )
        assert [a.searchsorted(x) for x in wanted] == [a.searchsorted(x, "left") for x in wanted] == left
        assert [a.searchsorted(x, side="right") for x in wanted] == right
        for values in (wanted, tuple(wanted), array("h", wanted), ChunkArray("S4", wanted), ChunkArray(dtype, wanted)):
            found = a.searchsorted(values)
            assert type(found) is ChunkArray and found.dtype == "S8" and found.tolist() == left
            assert a.searchsorted(values, "right").tolist() == right
        if content:
            assert [a[1:].searchsorted(x) for x in wanted] == [bisect.bisect_left(content[1:], x) for x in wanted]

    check()


def test_searchsorted_between_types():
    a = ChunkArray("S8", [1, 2, 2, 3, 2**62, 2**62 + 1])
    assert a.searchsorted(2.5) == 3 and a.searchsorted(2.0, "right") == 3 and a.searchsorted(-(10**30)) == 0
    assert a.searchsorted(10**30) == 6 and a.searchsorted(float("inf")) == 6 and a.searchsorted(-float("inf")) == 0
    assert a.searchsorted(2**62 + 1) == 5 and a.searchsorted([0.5, 1, 2.5]).tolist() == [0, 0, 3]
    nan = float("nan")
    b = ChunkArray("F8", [-1.0, 0.0, 1.0, nan, nan])
    assert b.searchsorted(nan) == 3 and b.searchsorted(nan, "right") == 5 and b.searchsorted(float("inf")) == 3
    assert b.searchsorted(-0.0) == 1 and b.searchsorted(0, "right") == 2
    assert b[::2].searchsorted(1) == 1 and ChunkArray("F8").searchsorted(1) == 0


def test_bad_searches(a):
    for side in ("middle", "", None, 1):
        with pytest.raises(ValueError, match="side is 'left' or 'right', not"):
            a.searchsorted(1, side)
    for value in ("x", None, ["x"], [None], object()):
        with pytest.raises(TypeError):
            a.searchsorted(value)


@needs_numpy
@given(
    st.lists(st.integers(-100, 100), max_size=12),
    st.lists(st.integers(-14, 13), max_size=12),
    st.lists(st.booleans(), max_size=14),
    st.sampled_from(["i1", "u2", ">i4", "i8"]),
)
def test_like_numpy(content, indices, mask, kind):
    import numpy

    a, model = ChunkArray("S8", content, chunk_size=2), numpy.array(content, "i8")
    if kind == "u2":
        indices = [abs(index) for index in indices]

    def outcome(sequence, key):
        try:
            return sequence[key].tolist()
        except Exception as error:
            return type(error)

    keys = [numpy.array(indices, kind), numpy.array(indices, kind)[::2]]
    if mask:  # NumPy lets an empty one pass, whatever the length
        keys.append(numpy.array(mask, bool))
    for key in keys:
        assert outcome(a, key) == outcome(model, key)
        assert outcome(a[::-2], key) == outcome(model[::-2], key)
    keys = numpy.array([index for index in indices if -len(content) <= index < len(content)], kind)
    assert a.take(keys).tolist() == numpy.take(model, keys).tolist()
    ordered, model = ChunkArray("S8", sorted(content)), numpy.sort(model)
    for side in ("left", "right"):
        found = ordered.searchsorted(numpy.array(indices, "i8"), side)
        assert found.tolist() == model.searchsorted(indices, side).tolist()
        assert numpy.searchsorted(ordered, indices, side).tolist() == found.tolist()


@needs_numpy
def test_numpys_objects(a):
    import numpy

    assert a[numpy.int16(2)] == 12 and a[numpy.array(2)] == 12 and a.take(numpy.int8(-1)) == 18
    assert a[a.numpy() > 14].tolist() == [15, 16, 17, 18]
    assert a[[numpy.bool_(k % 2) for k in range(LENGTH)]].tolist() == [11, 13, 15, 17]
    assert a[[numpy.int8(1), 2]].tolist() == [11, 12]
    a[a.numpy() > 14] = numpy.int64(0)
    assert a.tolist() == [10, 11, 12, 13, 14, 0, 0, 0, 0]
    a[numpy.arange(3)] = numpy.array([7, 8, 9])
    assert a.tolist()[:3] == [7, 8, 9]
    with pytest.raises(IndexError):
        a[numpy.zeros((2, 2), int)]
    with pytest.raises(IndexError):
        a[numpy.array([1.0])]
    with pytest.raises(TypeError):
        a[numpy.array(1.5)]
    assert numpy.take(a, [0, 1]).tolist() == [7, 8]


def test_selecting_after_the_oldest_were_dropped():
    a = ChunkArray("S8", range(20), chunk_size=4)
    a.drop_front(6)
    assert a[[0, -1]].tolist() == [6, 19] and a.searchsorted(10) == 4
    assert a[[k == 3 for k in range(14)]].tolist() == [9]
    a[[0, 1]] = 0
    assert a.tolist()[:3] == [0, 0, 8]
    with pytest.raises(IndexError, match="index 14 is out of range for length 14"):
        a[[14]]
