"""The native kernels, beside what lists and NumPy do: on windows with every step, over chunks of every size."""

import array
import gc
import math
import random
import struct
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunkarray import ChunkArray
from support import ALL, VIEWS_WITH_GAPS, limits, needs_numpy, sample, scaled

LAYOUTS = [
    {"chunk_size": 2},
    {"chunk_size": 2, "growth": "fixed"},
    {"chunk_size": 4, "capacity": 5},
    {"capacity": 100000},
    {},
]
layouts = st.sampled_from(LAYOUTS)
dtypes = st.sampled_from(sorted(ALL))
examples = settings(max_examples=scaled(100, least=10), deadline=None)


def native(a):
    return getattr(a, "_raw", None) or getattr(a, "_native", a)


def make(dtype, values=(), **options):
    """The native array of these elements."""
    return native(ChunkArray(dtype, values, **options))


def window_of(window):
    """What kernels take for a range of positions."""
    return window.start if len(window) else 0, window.step, len(window)


def elements_of(dtype):
    """Values that arrays of a dtype give back as they were."""
    if dtype == "BOOL":
        return st.booleans()
    if "F" in dtype:
        return st.floats(width=32) | st.sampled_from([0.0, -0.0, math.nan, math.inf, 1.5])
    low, high = limits(dtype)
    return st.integers(low, high) | st.integers(max(low, 0), 3)


@st.composite
def windows(draw, length):
    """A range of positions below `length`."""
    edges = st.none() | st.integers(-length - 1, length + 1)
    step = draw(st.none() | st.integers(1, 4) | st.integers(-4, -1))
    return range(length)[slice(draw(edges), draw(edges), step)]


@st.composite
def cases(draw, max_size=40):
    """A dtype, the elements of an array of it, a window on them, and how the array is made."""
    dtype = draw(dtypes)
    values = draw(st.lists(elements_of(dtype), max_size=max_size))
    return dtype, values, draw(windows(len(values))), draw(layouts)


def bits(dtype, values):
    """The bytes of values, by which NaNs can be compared."""
    return make(dtype, values).tobytes()


def picked(values, window):
    return [values[k] for k in window]


# What reads.


@examples
@given(cases())
def test_lists_and_bytes_of_windows(case):
    dtype, values, window, layout = case
    a = make(dtype, values, **layout)
    assert bits(dtype, a._tolist(*window_of(window))) == bits(dtype, picked(values, window))
    assert a._tobytes(*window_of(window)) == bits(dtype, picked(values, window))


@examples
@given(cases(), st.integers(-2, 300) | st.floats() | st.booleans() | st.sampled_from([2**63, 2**64 - 1, -(2**63)]))
def test_finding_and_counting_compare_as_python_does(case, wanted):
    dtype, values, window, layout = case
    a = make(dtype, values, **layout)
    for value in picked(values, window)[:3] + [wanted]:
        equal = [k for k, i in enumerate(window) if values[i] == value]
        assert a._find(*window_of(window), value) == (equal[0] if equal else -1)
        assert a._count(*window_of(window), value) == len(equal)


def test_numbers_are_found_by_value():
    assert make("S8", [1, 2, 3])._find(0, 1, 3, 3.0) == 2
    assert make("S8", [1, 2, 3])._find(0, 1, 3, 3.5) == -1
    assert make("S8", [1, 2, 3])._find(0, 1, 3, True) == 0
    assert make("F8", [1.0, 2.0])._find(0, 1, 2, True) == 0
    assert make("BOOL", [False, True])._find(0, 1, 2, 1.0) == 1
    assert make("BOOL", [False, True])._find(0, 1, 2, 2) == -1
    assert make("U1", [255, 0])._find(0, 1, 2, -1) == -1
    assert make("U1", [255, 0])._find(0, 1, 2, 256) == -1
    assert make("F8", [2.0**53])._find(0, 1, 1, 2**53) == 0
    assert make("F8", [2.0**53])._find(0, 1, 1, 2**53 + 1) == -1
    assert make("F4", [0.1])._find(0, 1, 1, 0.1) == -1
    assert make("F8", [math.nan])._find(0, 1, 1, math.nan) == -1
    assert make("F8", [-0.0])._find(0, 1, 1, 0.0) == 0
    assert make("F8", [0.0])._find(0, 1, 1, -0.0) == 0
    assert make(">F8", [1.0, -0.0])._find(0, 1, 2, 0) == 1
    assert make("F8", [math.inf])._find(0, 1, 1, math.inf) == 0
    assert make("U8", [2**64 - 1])._find(0, 1, 1, 2**64 - 1) == 0
    assert make("U8", [2**64 - 1])._find(0, 1, 1, 2**64) == -1
    assert make("U8", [2**64 - 1])._find(0, 1, 1, 2.0**64) == -1
    assert make("S1", [-1])._find(0, 1, 1, 10**30) == -1


class Seven:
    def __eq__(self, other):
        return other == 7


@pytest.mark.parametrize("value", [Seven(), None, "7", b"7", 7j, (7,)])
def test_other_values_are_left_to_pythons_comparison(value):
    a = make("U1", [7])
    assert a._find(0, 1, 1, value) is NotImplemented
    assert a._count(0, 1, 1, value) is NotImplemented


def test_subclasses_of_numbers_are_left_to_pythons_comparison():
    class Odd(int):
        def __eq__(self, other):
            return False

        __hash__ = None

    assert make("U1", [7])._find(0, 1, 1, Odd(7)) is NotImplemented


def test_integers_of_many_digits_among_floats_are_left_to_pythons_comparison():
    assert make("F8", [2.0**70])._find(0, 1, 1, 2**70) is NotImplemented


def test_shapes_are_no_numbers():
    assert make("F4[2]", [(1, 2)])._find(0, 1, 1, 1.0) is NotImplemented


@examples
@given(cases(), st.data())
def test_mismatch(case, data):
    dtype, values, window, layout = case
    others = list(values)
    for _ in range(data.draw(st.integers(0, 2))):
        if others:
            others[data.draw(st.integers(0, len(others) - 1))] = data.draw(elements_of(dtype))
    differs = [a != b for a, b in zip(picked(values, window), picked(others, window))]
    first = differs.index(True) if True in differs else len(window)
    a, b = make(dtype, values, **layout), make(dtype, picked(others, window), **data.draw(layouts))
    start, step, count = window_of(window)
    assert a._mismatch(start, step, count, b, 0, 1) == first
    backwards = make(dtype, picked(others, window)[::-1])
    assert a._mismatch(start, step, count, backwards, max(0, count - 1), -1) == first


def test_mismatch_compares_floats_by_value():
    a, b = make("F8", [0.0, math.nan, 1.0]), make("F8", [-0.0, math.nan, 1.0])
    assert a._mismatch(0, 1, 3, b, 0, 1) == 1
    assert a._mismatch(1, 1, 2, a, 1, 1) == 0
    assert a._mismatch(2, 1, 1, b, 2, 1) == 1
    with pytest.raises(TypeError):
        a._mismatch(0, 1, 1, make("F4", [0.0]), 0, 1)


# What chooses.


@examples
@given(cases(), st.data())
def test_appending_a_window(case, data):
    dtype, values, window, layout = case
    a = make(dtype, values, **layout)
    a._extend_window(a, *window_of(window))
    b = make(dtype, values[:1], **data.draw(layouts))
    b._extend_window(a, *window_of(window))
    expected = bits(dtype, picked(values, window))
    assert a.tobytes() == bits(dtype, values) + expected
    assert b.tobytes() == bits(dtype, values[:1]) + expected


def ways_to_give_indices(indices):
    yield indices
    yield tuple(indices)
    yield iter(indices)
    yield array.array("q", indices)
    yield array.array("i", indices)
    yield memoryview(array.array("q", [k for i in indices for k in (i, 99)]))[::2]
    yield make("S8", indices, chunk_size=2)
    yield make(">S4", indices, chunk_size=2)
    if all(k >= 0 for k in indices):
        yield bytes(indices)
        yield make("U8", indices)


@examples
@given(cases(), st.data())
def test_taking(case, data):
    dtype, values, window, layout = case
    a = make(dtype, values, **layout)
    length = len(window)
    indices = data.draw(st.lists(st.integers(-length, length - 1), max_size=20)) if length else []
    expected = bits(dtype, [values[window[k]] for k in indices])
    for given_as in ways_to_give_indices(indices):
        b = make(dtype, **data.draw(layouts))
        b._extend_take(a, *window_of(window), given_as)
        assert b.tobytes() == expected


@pytest.mark.parametrize("bad", [5, -6, 2**40, -(2**40)])
def test_an_index_out_of_range_adds_nothing(bad):
    a, b = make("F8", [0.0, 1.0, 2.0, 3.0, 4.0]), make("F8", [7.0])
    for given_as in ([1, bad], array.array("q", [1] * 3000 + [bad]), make("S8", [0, bad, 1000])):
        with pytest.raises(IndexError, match="^index %d is out of range for length 5$" % bad):
            b._extend_take(a, 0, 1, 5, given_as)
    assert b.tolist() == [7.0]


def test_a_huge_index_is_out_of_range():
    a, b = make("F8", [0.0]), make("F8")
    for given_as in (array.array("Q", [2**64 - 1]), make("U8", [2**64 - 1])):
        with pytest.raises(IndexError, match="index 18446744073709551615 is out of range for length 1"):
            b._extend_take(a, 0, 1, 1, given_as)
    with pytest.raises(IndexError):
        b._extend_take(a, 0, 1, 1, [2**64])
    assert len(b) == 0


@pytest.mark.parametrize(
    "bad", [["1"], [1.0], array.array("d", [1.0]), "abc", 3, None, "F8", memoryview(b"abcd").cast("B", (2, 2))]
)
def test_indices_are_a_row_of_integers(bad):
    a, b = make("F8", [0.0, 1.0]), make("F8")
    with pytest.raises(TypeError):
        b._extend_take(a, 0, 1, 2, make("F8", [1.0]) if bad == "F8" else bad)
    assert len(b) == 0


class Broken:
    def __index__(self):
        raise ZeroDivisionError


def test_an_error_of_an_index_passes():
    a, b = make("F8", [0.0, 1.0]), make("F8")
    with pytest.raises(ZeroDivisionError):
        b._extend_take(a, 0, 1, 2, [0, Broken()])
    assert len(b) == 0


def ways_to_give_masks(mask):
    yield mask
    yield tuple(mask)
    yield iter(mask)
    yield memoryview(bytes(mask)).cast("?")
    yield memoryview(bytes(b for m in mask for b in (m, 1))).cast("?")[::2]
    yield make("BOOL", mask, chunk_size=2)


@examples
@given(cases(max_size=200), st.integers(0, 1000), st.sampled_from([0.0, 0.03, 0.5, 0.97, 1.0]), layouts)
def test_masking(case, seed, density, other):
    dtype, values, window, layout = case
    a = make(dtype, values, **layout)
    chance = random.Random(seed)
    mask = [chance.random() < density for _ in window]
    expected = bits(dtype, [values[i] for i, marked in zip(window, mask) if marked])
    for given_as in ways_to_give_masks(mask):
        b = make(dtype, **other)
        b._extend_mask(a, *window_of(window), given_as)
        assert b.tobytes() == expected


def test_a_mask_of_another_length_adds_nothing():
    a, b = make("U1", [1, 2, 3, 4, 5]), make("U1", [7])
    for mask in ([True] * 3, memoryview(b"\1\1\1").cast("?"), make("BOOL", [True] * 3)):
        with pytest.raises(IndexError, match="^boolean mask of length 3 for length 5$"):
            b._extend_mask(a, 0, 1, 5, mask)
    assert b.tolist() == [7]


@pytest.mark.parametrize("bad", [[1, 0], [True, 0], array.array("b", [1, 0]), b"\1\0", "ab", 3, None, ["x", "y"]])
def test_a_mask_holds_bools(bad):
    a, b = make("U1", [1, 2]), make("U1")
    with pytest.raises(TypeError):
        b._extend_mask(a, 0, 1, 2, bad)
    with pytest.raises(TypeError, match="a mask holds bools, not U1"):
        b._extend_mask(a, 0, 1, 2, make("U1", [1, 0]))
    assert len(b) == 0


@needs_numpy
def test_numpy_chooses_alike():
    import numpy

    chance = numpy.random.default_rng(5)
    values = chance.random(scaled(5000))
    a = make("F8", values, chunk_size=16)
    indices = chance.integers(-len(values), len(values), 3000)
    for kind in ("i8", "i4", ">i8", "i2"):
        b = make("F8")
        b._extend_take(a, 0, 1, len(values), indices.astype(kind))
        assert b.tolist() == values[indices.astype(kind)].tolist()
    for density in (0.01, 0.5, 0.99):
        mask = chance.random(len(values)) < density
        b = make("F8")
        b._extend_mask(a, 0, 1, len(values), mask)
        assert b.tolist() == values[mask].tolist()
        b = make("F8")
        b._extend_mask(a, len(values) - 1, -1, len(values), mask[::-1])
        assert b.tolist() == values[mask][::-1].tolist()


# Sorted elements.


def order(dtype):
    """The key that elements are sorted by: NaN comes last."""
    return (lambda x: (x != x, x)) if "F" in dtype else (lambda x: x)


@examples
@given(cases(), st.booleans())
def test_sorting(case, reverse):
    dtype, values, window, layout = case
    a = make(dtype, values, **layout)
    a._sort(*window_of(window), reverse)
    chosen = sorted(picked(values, window), key=order(dtype), reverse=reverse)
    expected = list(values)
    for i, value in zip(window, chosen):
        expected[i] = value
    # Zeros may stand in either order.
    assert [x for x in a.tolist() if x == x] == [x for x in expected if x == x]
    assert [x == x for x in a.tolist()] == [x == x for x in expected]


@pytest.mark.parametrize("dtype", sorted(ALL))
@pytest.mark.parametrize("count", [50, 257, 1000, 20000])
def test_sorting_more(dtype, count):
    chance = random.Random(count)
    count = scaled(count, least=50)
    values = [chance.choice(sample(dtype)) for _ in range(count)]
    if "F" in dtype:
        values = [struct.unpack("f", struct.pack("f", chance.gauss(0, 1e5)))[0] for _ in range(count)]
        values[::97] = [math.nan] * len(values[::97])
        values[1::97] = [-math.inf] * len(values[1::97])
    elif dtype != "BOOL":
        low, high = limits(dtype)
        values = [chance.randint(low, high) for _ in range(count)]
    a = make(dtype, values, chunk_size=64)
    before = sorted(struct.unpack("%dB" % len(a.tobytes()), a.tobytes()))
    a._sort(0, 1, count, False)
    expected = sorted(values, key=order(dtype))
    numbers = [x for x in expected if x == x]
    assert a.tolist()[: len(numbers)] == numbers
    assert all(x != x for x in a.tolist()[len(numbers) :])
    assert sorted(struct.unpack("%dB" % len(a.tobytes()), a.tobytes())) == before
    a._sort(0, 1, count, True)
    assert a.tolist()[count - len(numbers) :] == numbers[::-1]


@pytest.mark.parametrize("shape", ["equal", "sorted", "reversed", "few", "almost", "waves"])
@pytest.mark.parametrize("dtype", ["F8", "U4", "S2", ">F4"])
def test_sorting_what_has_order_already(dtype, shape):
    count = scaled(30000)
    values = {
        "equal": [7] * count,
        "sorted": list(range(count)),
        "reversed": list(range(count))[::-1],
        "few": [k % 3 for k in range(count)],
        "almost": list(range(1, count)) + [0],
        "waves": [k % 1000 for k in range(count)],
    }[shape]
    values = [value % 32768 for value in values]
    a = make(dtype, values)
    a._sort(0, 1, count, False)
    assert a.tolist() == sorted(values)


def test_nans_of_either_sign_keep_their_bytes_and_come_last():
    words = [0x7FF8000000000001, 0xFFF8000000000002, 0x3FF0000000000000, 0xFFF0000000000000, 0xFFFFFFFFFFFFFFFF]
    a = make("F8")
    a.frombytes(struct.pack("<5Q", *words))
    a._sort(0, 1, 5, False)
    after = struct.unpack("<5Q", a.tobytes())
    assert after[:2] == (0xFFF0000000000000, 0x3FF0000000000000)
    assert sorted(after) == sorted(words)


def test_shapes_have_no_order():
    a = make("U1[2]", [(1, 2), (0, 5)])
    for call in (lambda: a._sort(0, 1, 2, False), lambda: a._searchsorted(0, 1, 2, (0, 5), False)):
        with pytest.raises(TypeError):
            call()
    assert a.tolist() == [(1, 2), (0, 5)]


@examples
@given(cases(), st.booleans(), st.integers(-3, 300) | st.floats() | st.booleans(), layouts)
def test_searching_sorted_elements(case, right, wanted, layout):
    dtype, values, window, _ = case
    key = order(dtype)
    values.sort(key=key)
    a = make(dtype, values, **layout)
    window = range(len(values))[:: abs(window.step)]
    chosen = picked(values, window)

    def place(value):
        if value != value:
            before = [x for x in chosen if right or x == x]
        else:
            before = [x for x in chosen if x == x and (x < value or right and x == value)]
        return len(before)

    some = chosen[:3] + chosen[-3:] + [wanted, 2**63, -(2**63) - 1, 2**70]
    for value in some:
        assert a._searchsorted(*window_of(window), value, right) == place(value)
    places = make("S8", [77])
    places._extend_searchsorted(a, *window_of(window), some, right)
    assert places.tolist() == [77] + [place(value) for value in some]
    places = make("S8")
    places._extend_searchsorted(a, *window_of(window), array.array("d", [0.5, 3.0]), right)
    assert places.tolist() == [place(0.5), place(3.0)]
    places = make("S8")
    places._extend_searchsorted(a, *window_of(window), make(dtype, chosen), right)
    assert places.tolist() == [place(value) for value in chosen]


@pytest.mark.parametrize("bad", ["x", None, 1j, []])
def test_values_to_be_found_are_numbers(bad):
    a = make("F8", [1.0, 2.0])
    with pytest.raises(TypeError):
        a._searchsorted(0, 1, 2, bad, False)
    places = make("S8", [1])
    with pytest.raises(TypeError):
        places._extend_searchsorted(a, 0, 1, 2, [1.0, bad], False)
    with pytest.raises(TypeError):
        make("F8")._extend_searchsorted(a, 0, 1, 2, [1.0], False)
    assert places.tolist() == [1]


# What writes.


@examples
@given(cases())
def test_reversing(case):
    dtype, values, window, layout = case
    a = make(dtype, values, **layout)
    a._reverse(*window_of(window))
    expected = list(values)
    for i, value in zip(window, picked(values, window)[::-1]):
        expected[i] = value
    assert a.tobytes() == bits(dtype, expected)


@pytest.mark.parametrize("count", [0, 1, 2047, 2048, 2049, 4097, 30001])
def test_reversing_more(count):
    a = make("F8", range(count))
    a._reverse(0, 1, count)
    assert a.tolist() == list(range(count))[::-1]


@examples
@given(cases())
def test_swapping_bytes(case):
    dtype, values, window, layout = case
    a = make(dtype, values, **layout)
    other = dtype[1:] if dtype.startswith(">") else (">" + dtype if ALL[dtype] > 1 else dtype)
    before = bits(other, picked(values, window))
    a._byteswap(*window_of(window))
    assert a._tobytes(*window_of(window)) == before
    a._byteswap(*window_of(window))
    assert a.tobytes() == bits(dtype, values)


@examples
@given(cases(), st.data())
def test_copying_between_windows_that_may_overlap(case, data):
    dtype, values, window, layout = case
    source = data.draw(windows(len(values)))
    count = min(len(window), len(source))
    (start, step, _), (from_start, from_step, _) = window_of(window), window_of(source)
    expected = list(values)
    for i, value in zip(window, picked(values, source)):
        expected[i] = value
    a = make(dtype, values, **layout)
    a._assign_window(start, step, count, a, from_start, from_step)
    assert a.tobytes() == bits(dtype, expected)
    b = make(dtype, values, **layout)
    b._assign_window(start, step, count, make(dtype, values, **data.draw(layouts)), from_start, from_step)
    assert b.tobytes() == bits(dtype, expected)


@pytest.mark.parametrize("shift", [1, 5000])
def test_copying_many_overlapping_elements(shift):
    a, values = make("U4", range(20000)), list(range(20000))
    a._assign_window(shift, 1, 20000 - shift, a, 0, 1)
    values[shift:] = values[:-shift]
    assert a.tolist() == values


# Shapes and views.


SHAPED = [(k, -k, k + 1) for k in range(50)]


@pytest.mark.parametrize("dtype", ["S2[3]", ">S4[3]", "F8[3]", "S1[3]"])
def test_elements_of_a_shape(dtype):
    a = make(dtype, SHAPED, chunk_size=4)
    b = make(dtype)
    b._extend_take(a, 49, -2, 25, [0, -1])
    assert b.tolist() == [SHAPED[49], SHAPED[1]]
    b._extend_mask(a, 0, 1, 50, [k == 7 for k in range(50)])
    assert b.tolist()[2:] == [SHAPED[7]]
    assert a._mismatch(0, 1, 50, make(dtype, SHAPED[:9] + SHAPED[10:] + SHAPED[:1]), 0, 1) == 9
    a._reverse(0, 1, 50)
    assert a.tolist() == SHAPED[::-1]
    a._byteswap(0, 1, 50)
    a._byteswap(0, 1, 50)
    assert a._tolist(0, 1, 50) == SHAPED[::-1]


def test_large_elements():
    a = make("B1[40000]", chunk_size=2)
    a.frombytes(b"".join(bytes([k]) * 40000 for k in range(5)))
    a._reverse(0, 1, 5)
    assert a._tobytes(0, 2, 3) == b"".join(bytes([k]) * 40000 for k in (4, 2, 0))


@examples
@given(cases())
def test_views_of_windows(case):
    dtype, values, window, layout = case
    a = make(dtype, values, **layout)
    chunks = a._chunks(*window_of(window))
    assert sum(map(len, chunks)) == len(window)
    k = 0
    for chunk in chunks:
        part = window[k : k + len(chunk)]
        assert chunk.start == part.start
        expected = bits(dtype, picked(values, part))
        assert bits(dtype, list(chunk)) == expected
        if VIEWS_WITH_GAPS or len(chunk) < 2 or part.step == 1:
            assert memoryview(chunk).tobytes() == expected
        k += len(chunk)


def test_a_view_with_a_step_says_so():
    a = make("U2", range(10))
    (chunk,) = a._chunks(8, -3, 3)
    assert chunk.nbytes == 6
    if VIEWS_WITH_GAPS:
        view = memoryview(chunk)
        assert (view.strides, view.shape, view.tolist(), view.c_contiguous) == ((-6,), (3,), [8, 5, 2], False)
        view[1] = 77
        assert a.at(5) == 77
    with pytest.raises((BufferError, TypeError)):  # PyPy 8.0: no bytes-like object
        struct.unpack_from("<3H", chunk)
    assert a._chunks(0, 1, 0) == []


@needs_numpy
def test_numpy_sees_a_view_with_a_step():
    import numpy

    a = make("U2", range(10))
    for start, step, count in ((8, -3, 3), (0, 2, 5), (4, 7, 1), (2, 1, 5)):
        (chunk,) = a._chunks(start, step, count)
        assert numpy.asarray(chunk).tolist() == list(range(10))[start::step][:count]
    (chunk,) = make("F4[2]", [(k, -k) for k in range(9)], capacity=9)._chunks(0, 4, 3)
    assert numpy.asarray(chunk).tolist() == [[0, 0], [4, -4], [8, -8]]


def test_positions_are_checked():
    a = make("U1", range(5))
    for window in ((0, 1, 6), (5, 1, 1), (4, -1, 6), (0, 3, 3), (0, 1, 2**62), (0, -(2**62), 3)):
        for call in (
            lambda: a._tolist(*window),
            lambda: a._find(*window, 99),
            lambda: a._sort(*window, False),
            lambda: a._searchsorted(*window, 99, False),
            lambda: make("U1")._extend_window(a, *window),
        ):
            with pytest.raises(IndexError):
                call()
    assert a.tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(TypeError):
        a._tolist(0, 1)
    with pytest.raises(TypeError):
        a._tolist(0, 1, "2")
    with pytest.raises(ValueError):
        a._tolist(0, 1, -2)


# Other threads.


def test_kernels_bear_what_other_threads_do():
    """Elements change, come and go while kernels look at them: nothing worse than an old or a new value comes out."""
    count = scaled(100000)
    a = make("F8", range(count))
    stop = threading.Event()
    failed = []

    def disturb():
        chance = random.Random(1)
        while not stop.is_set():
            try:
                a[chance.randrange(count // 2)] = 0.5
                a.extend(array.array("d", [1.0] * 100))
                a.truncate(count // 2 + 100)
            except IndexError:
                pass
            except BaseException as error:
                failed.append(error)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(scaled(30, least=3)):
            half = count // 2
            b = make("F8")
            b._extend_window(a, 0, 1, half)
            b._extend_take(a, half - 1, -1, half, range(half))
            b._extend_mask(a, 0, 1, half, memoryview(b"\0\1" * (half // 2)).cast("?"))
            assert len(b) == half * 2 + half // 2
            a._find(0, 1, half, -1)
            a._mismatch(0, 1, half, b, 0, 1)
            a._sort(0, 1, half, False)
            a._reverse(0, 1, half)
    finally:
        stop.set()
        thread.join()
    assert not failed


def test_closing_takes_nothing_away_from_a_kernel_at_work():
    for _ in range(scaled(20, least=2)):
        a = make("F8", capacity=10**6)
        a.frombytes(bytes(8 * 10**6))
        closer = threading.Thread(target=a.close)
        closer.start()
        try:
            found = a._find(0, 1, 10**6, 1)
        except IndexError:
            found = -1  # closed before
        closer.join()
        assert found == -1
    del a
    gc.collect()
