"""Integers and F4 along their quick ways: what passes there is what passes everywhere."""

import operator
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray
from support import IMPLEMENTATION, RAW, SIGNED, UNSIGNED, limits, needs_numpy, scaled

INTEGERS = sorted({**UNSIGNED, **SIGNED, **RAW})
NUMBERS = INTEGERS + ["F4"]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_all_that_an_int_may_be(dtype):
    class Mine(int):
        if IMPLEMENTATION != "graalpy":  # whose own conversions ask an int's class all the same

            def __index__(self):
                raise AssertionError("an int needs no conversion")

    class Other:
        def __index__(self):
            return 3

    low, high = limits(dtype)
    a = ChunkArray(dtype)
    for value in (low, high, 0, 1, True, False, Mine(5), Other()):
        a.append(value)
        assert a.push(value) == len(a) - 1
        a[0] = value
        assert a[0] == a.at(0) == a[-1] == a[-2] == (3 if isinstance(value, Other) else value)
        assert type(a[-1]) is int
    assert a.tolist() == list(a) == [3, low, high, high, 0, 0, 1, 1, 1, 1, 0, 0, 5, 5, 3, 3]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_what_does_not_fit(dtype):
    low, high = limits(dtype)
    a = ChunkArray(dtype, [7])
    for bad in (low - 1, high + 1, -(2**63) - 1, 2**63 if high < 2**63 else 2**64, 2**100, -(2**100)):
        for action in (a.append, a.push, lambda x: a.__setitem__(0, x), lambda x: a.__setitem__(-1, x)):
            with pytest.raises(OverflowError, match=r"^%d is out of range for %s \(" % (bad, dtype)):
                action(bad)
    for bad in (1.0, "1", None, b"123", (1,)):
        for action in (a.append, a.push, lambda x: a.__setitem__(0, x)):
            with pytest.raises((TypeError, ValueError), match="^" + dtype):
                action(bad)
    assert a.tolist() == [7]


@pytest.mark.parametrize("dtype", NUMBERS)
def test_indices(dtype):
    a = ChunkArray(dtype, range(100), chunk_size=16)
    assert [a[i] for i in range(-100, 100)] == list(range(100)) * 2
    assert [a.at(i) for i in range(-100, 100)] == list(range(100)) * 2
    for bad in (100, -101, 2**31, -(2**63)):
        for action in (
            lambda: a[bad],
            lambda: a.at(bad),
            lambda: a.__setitem__(bad, 1),
            lambda: a.__setitem__(bad, "x"),
        ):
            with pytest.raises(IndexError, match=r"^index %d is out of range for length 100$" % bad):
                action()
    with pytest.raises(IndexError):
        a[2**64]
    for bad in ("1", 1.0, None):
        for action in (lambda: a[bad], lambda: a.at(bad), lambda: a.__setitem__(bad, 1)):
            with pytest.raises(TypeError):
                action()
    assert a.tolist() == list(range(100))


@pytest.mark.parametrize("dtype", NUMBERS)
def test_iterators_see_what_becomes_of_the_array(dtype):
    a = ChunkArray(dtype, range(40), chunk_size=8)
    seen = []
    for x in a:
        seen.append(x)
        if x == 3:
            a.append(40)
        if x == 20:
            a.truncate(30)
        if x == 25:
            a.extend([50, 51])
    assert seen == list(range(30)) + [50, 51]
    walk = iter(a)
    next(walk)
    a.drop_front(3)
    assert next(walk) == 3
    a.clear()
    assert list(walk) == [] and next(walk, None) is None


@pytest.mark.parametrize("dtype", NUMBERS)
def test_frozen_and_closed_arrays(dtype):
    a = ChunkArray(dtype, [1, 2, 3])
    a.freeze()
    for action in (lambda: a.append(4), lambda: a.push(4), lambda: a.__setitem__(0, 4)):
        with pytest.raises(ValueError, match="frozen"):
            action()
    assert list(a) == [a[0], a.at(1), a[-1]] == [1, 2, 3]
    b = ChunkArray(dtype, [1])
    walk = iter(b)
    b.close()
    for action in (lambda: b.append(4), lambda: b.push(4)):
        with pytest.raises(ValueError, match="closed"):
            action()
    with pytest.raises(IndexError):
        b[0]
    assert list(b) == list(walk) == []


def test_f4_takes_what_fits():
    a = ChunkArray("F4", [0.0])
    greatest = 3.4028234663852886e38
    for value in (0.1, -0.0, greatest, -greatest, 1e-45, 1e-60, float("inf"), -float("inf"), 3, True):
        a.append(value)
        a[0] = value
        assert a[0] == a[-1] and type(a[0]) is float
    assert a[0] == 1.0 and a[2] == 0.0 and a[6] == 0.0
    for bad in (3.4028236e38, -1e300, 10**39, 10**400):
        for action in (a.append, a.push, lambda x: a.__setitem__(0, x)):
            with pytest.raises(OverflowError, match="is out of range for F4"):
                action(bad)
    a.append(float("nan"))
    assert a[-1] != a[-1] and len(a) == 12


@pytest.mark.parametrize("method, dtypes", [("__float__", ["F4", "F8"]), ("__index__", ["U1", "S8", "F4", "F8"])])
@pytest.mark.parametrize("error", [TypeError, ValueError])
def test_what_a_conversion_raises_passes(method, dtypes, error):
    def fails(self):
        raise error("its own words")

    value = type("Fails", (), {method: fails})()
    for dtype in dtypes:
        a = ChunkArray(dtype, [1])
        for action in (a.append, a.push, lambda x: a.extend([x]), lambda x: a.__setitem__(0, x)):
            with pytest.raises(error, match="^its own words$"):
                action(value)
        assert a.tolist() == [1]


def test_a_float_is_converted_once():
    class Counts:
        def __init__(self, fails):
            self.calls, self.fails = 0, fails

        def __float__(self):
            self.calls += 1
            if self.fails:
                raise ZeroDivisionError
            return 1e300

        __index__ = __float__

    a = ChunkArray("F4", [1])
    for action in (a.append, a.push, lambda x: a.__setitem__(0, x)):
        for fails in (False, True):
            value = Counts(fails)
            with pytest.raises(ZeroDivisionError if fails else OverflowError):
                action(value)
            assert value.calls == 1
    assert a.tolist() == [1.0]


@needs_numpy
@pytest.mark.parametrize("dtype", NUMBERS)
def test_numpys_numbers(dtype):
    import numpy

    a = ChunkArray(dtype, [1])
    for value in (numpy.int8(5), numpy.uint64(6)) + ((numpy.float32(0.5), numpy.float64(2)) if dtype == "F4" else ()):
        a.append(value)
        a[0] = value
        assert a[0] == a[-1] == value and a[numpy.int32(-1)] == value
    if dtype != "F4":
        refused = [numpy.float64(1)]
        try:
            operator.index(numpy.bool_(True))  # an old NumPy only warns
        except TypeError:
            refused.append(numpy.bool_(True))
        for bad in refused:
            with pytest.raises(TypeError):
                a.append(bad)


@pytest.mark.parametrize("dtype", ["U1", "S4", "U8", "F4"])
def test_threads_lose_nothing(dtype):
    count, workers = scaled(20_000, least=200), 4
    a = ChunkArray(dtype, chunk_size=64)

    def work(me):
        for _ in range(count):
            a.append(me)
            a.push(me)

    threads = [threading.Thread(target=work, args=(me,)) for me in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(a) == 2 * count * workers
    values = a.tolist()
    assert [values.count(me) for me in range(workers)] == [2 * count] * workers


@given(st.sampled_from(INTEGERS), st.lists(st.integers(-(2**65), 2**65).map(lambda n: n >> (n % 62)), max_size=30))
def test_appending_is_what_extending_is(dtype, values):
    one, low, high = ChunkArray(dtype, chunk_size=4), *limits(dtype)
    for value in values:
        try:
            one.append(value)
        except OverflowError:
            assert not low <= value <= high
    fitting = [value for value in values if low <= value <= high]
    assert one == ChunkArray(dtype, fitting) and list(one) == fitting
    assert [one[i] for i in range(len(one))] == one.tolist() == fitting
