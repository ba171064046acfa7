"""ChunkArray does what array.array does: the same operations on both give the same values and the same exceptions.

What may differ is the closed list in differences.py. Names that only array.array has (typecode, buffer_info,
fromlist) are no operations of ours.
"""

import copy
import io
import operator
import pickle
import sys
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray
from support import CPYTHON, IMPLEMENTATION, limits

CODES = {"b": "S1", "B": "U1", "h": "S2", "H": "U2", "i": "S4", "I": "U4", "q": "S8", "Q": "U8", "f": "F4", "d": "F8"}
LITTLE = sys.byteorder == "little"
HUGE = 10**30 if CPYTHON else 10**6  # array.array elsewhere has an OverflowError for it


def content(code):
    if code in "fd":
        return [0.5, -2.0, 1024.25, 0.0]
    low, high = limits(CODES[code])
    return [low, high, 7, 0]


def pair(code, values=()):
    """An array of ours and the model."""
    return ChunkArray(CODES[code], values, chunk_size=2), array(code, values)


def plain(value):
    return value.tolist() if isinstance(value, (ChunkArray, array)) or hasattr(value, "array") else value


def outcome(action, *arguments):
    try:
        return plain(action(*arguments))
    except Exception as error:
        return type(error)


def agree(ours, model, action):
    assert outcome(action, ours) == outcome(action, model)
    assert ours.tolist() == model.tolist() and len(ours) == len(model) and list(ours) == list(model)


every_code = pytest.mark.parametrize("code", sorted(CODES))


# What can't be compared there: it keeps a zero where it refuses a value, and makes hashes of arrays.
array_refuses = pytest.mark.skipif(IMPLEMENTATION == "graalpy", reason="needs array.array, to refuse values whole")


@array_refuses
@every_code
def test_bad_values(code):
    ours, model = pair(code, content(code))
    for value in ("x", b"x", None, [], (1,), {}, object(), 1j, float, "", "1"):
        for action in (
            lambda s: s.append(value),
            lambda s: s.__setitem__(0, value),
            lambda s: s.__setitem__(9, value),
            lambda s: s.extend([value]),
            lambda s: s.count(value),
            lambda s: s.index(value),
            lambda s: value in s,
        ):
            agree(ours, model, action)


@array_refuses
@every_code
def test_limits(code):
    ours, model = pair(code, content(code))
    if code in "fd":
        values = [0.1, -1e30, 1e-50, float("inf"), -float("inf"), True, 5, 2**53 + 1]
    else:
        low, high = limits(CODES[code])
        values = [low - 1, high + 1, 10**30, -(10**30), True, 1.0, 1.5, low, high]
    for value in values:
        agree(ours, model, lambda s: s.append(value))
        agree(ours, model, lambda s: s.__setitem__(1, value))
        agree(ours, model, lambda s: s.extend([value]))


@every_code
def test_operations(code):
    ours, model = pair(code, content(code))
    other = pair(code, content(code)[:2])
    for action in (
        lambda s: s * 2,
        lambda s: 3 * s,
        lambda s: s * 0,
        lambda s: s * -1,
        lambda s: s * 1.5,
        lambda s: s + [],
        lambda s: s + (1,),
        lambda s: [] + s,
        lambda s: s + s,
        lambda s: s[0],
        lambda s: s[-4],
        lambda s: s[4],
        lambda s: s[HUGE],
        lambda s: s[-5],
        lambda s: s["0"],
        lambda s: s[0.0],
        lambda s: s[1:3],
        lambda s: s[::-1],
        lambda s: s[::0],
        lambda s: s["a":],
        lambda s: s.index(s[2]),
        lambda s: s.count(s[2]),
        lambda s: s.index(99),
        lambda s: s.tobytes(),
        lambda s: s.tolist(),
        lambda s: s.itemsize,
        lambda s: s.byteswap(),
        lambda s: s.byteswap(),
        lambda s: s.reverse(),
        lambda s: s.frombytes(bytes(3 * s.itemsize)),
        lambda s: s.frombytes(b""),
        lambda s: s.frombytes(bytes(17)) if s.itemsize > 1 else None,
        lambda s: s.frombytes("text"),
        lambda s: s.frombytes(5),
        lambda s: s.fromfile(io.BytesIO(bytes(100)), 2),
        lambda s: s.fromfile(io.BytesIO(bytes(1)), 9),
        lambda s: s.tofile(5),
        lambda s: s.extend(5),
        lambda s: s.extend(None),
        lambda s: s.pop(),
        lambda s: s.pop(-1),
        lambda s: s.pop(99),
        lambda s: operator.delitem(s, -1),
        lambda s: operator.delitem(s, 99),
        lambda s: operator.delitem(s, slice(2, None)),
        lambda s: operator.delitem(s, slice(5, 1)),
        lambda s: None if IMPLEMENTATION == "graalpy" else hash(s),
        lambda s: s < 5,
        lambda s: s == [],
        lambda s: s != 5,
        lambda s: s.no_such_name,
        lambda s: setattr(s, "no_such_name", 1),
        lambda s: copy.copy(s),
        lambda s: copy.deepcopy(s),
        lambda s: [pickle.loads(pickle.dumps(s, protocol)).tolist() for protocol in range(5)],
        lambda s: list(reversed(s)),
        lambda s: memoryview(b"") == s,
        lambda s: operator.imul(s, 2) and None,
        lambda s: operator.imul(s, 0) and None,
        lambda s: s.pop(),
        lambda s: s[0],
    ):
        agree(ours, model, action)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        assert compare(ours, other[0]) == compare(model, other[1])
        assert compare(other[0], ours) == compare(other[1], model)


@pytest.mark.parametrize("one", sorted(CODES))
@pytest.mark.parametrize("two", sorted(CODES))
def test_two_types(one, two):
    (a, model), (b, other) = pair(one, [1, 2, 3]), pair(two, [1, 2, 4])
    for operation in (
        operator.add,
        operator.mul,
        operator.lt,
        operator.le,
        operator.gt,
        operator.ge,
        operator.eq,
        operator.ne,
        lambda x, y: x[:2] == y[:2],
        lambda x, y: x + y[:1],
    ):
        assert outcome(operation, a, b) == outcome(operation, model, other)
    assert a.tolist() == [1, 2, 3] and b.tolist() == [1, 2, 4]


@every_code
def test_bytes_are_the_same(code):
    ours, model = pair(code, content(code))
    assert ours.tobytes() == (model.tobytes() if LITTLE else ours.tobytes()) and ours.itemsize == model.itemsize
    if LITTLE:
        ours.frombytes(model)
        model.frombytes(model.tobytes())
        assert ours.tolist() == model.tolist()


floats = st.floats(width=32, allow_nan=True, allow_infinity=True)


@given(st.lists(floats, max_size=12), st.lists(floats, max_size=12), floats)
def test_floats_compare_by_value(x, y, value):
    for code in "fd":
        (a, model), (b, other) = pair(code, x), pair(code, y)
        for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
            assert compare(a, b) == compare(model, other)
            # A list finds its own NaN by identity, an array makes a new object of each element.
            assert compare(a, a.copy()) == compare(model, array(code, x))
        assert a.count(value) == model.count(value) and (value in a) == (value in model)
        assert outcome(a.index, value) == outcome(model.index, value)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


@every_code
def test_integers_of_other_classes(code):
    ours, model = ChunkArray(CODES[code], content(code)), content(code)  # older arrays don't take them, lists do
    for action in (
        lambda s: s[Index(1)],
        lambda s: s[Index(-9)],
        lambda s: s[Index(0) : Index(2)],
        lambda s: s * Index(2),
        lambda s: s.__setitem__(Index(1), 2),
        lambda s: s.index(s[2], Index(1)),
    ):
        assert outcome(action, ours) == outcome(action, model) and ours.tolist() == model
    if code not in "fd" or CPYTHON:  # PyPy 7.3 makes no float of them through its C API
        ours.append(Index(1))
        assert ours[-1] == 1


class Odd:
    """Equal to everything."""

    def __eq__(self, other):
        return True


class Angry:
    """Not to be compared."""

    def __eq__(self, other):
        raise ZeroDivisionError


@every_code
def test_values_with_a_will_of_their_own(code):
    ours, model = pair(code, content(code))
    for action in (
        lambda s: s.count(Odd()),
        lambda s: s.index(Odd()),
        lambda s: Odd() in s,
        lambda s: s[:0].count(Odd()),
        lambda s: s.count(Angry()),
        lambda s: s.index(Angry()),
        lambda s: Angry() in s,
        lambda s: s.count(2**70),
        lambda s: -(2**70) in s,
        lambda s: s.count(7.0),
        lambda s: 7 + 0j in s,
        lambda s: s.count(True),
    ):
        agree(ours, model, action)
