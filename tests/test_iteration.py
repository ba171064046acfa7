"""Iterators of arrays and slices while the array changes, against a model that knows positions."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray

KINDS = [
    ("F8", {"chunk_size": 4}, float),
    ("S2", {"chunk_size": 2, "growth": "fixed"}, int),
    ("U1", {"capacity": 10, "chunk_size": 2}, int),
    (">F4", {"chunk_size": 4}, float),
    ("F4[2]", {"chunk_size": 4}, lambda k: (float(k), float(-k))),
    ("TIME[ns]", {"chunk_size": 4}, int),
]

changes = st.lists(
    st.tuples(
        st.sampled_from(
            ["next", "next", "next", "append", "extend", "pop", "truncate", "drop_front", "write", "clear"]
        ),
        st.integers(0, 12),
    ),
    max_size=30,
)


class Model:
    """Elements by position, and what an iterator over them gives."""

    def __init__(self, values):
        self.first, self.values = 0, list(values)

    @property
    def end(self):
        return self.first + len(self.values)

    def change(self, a, what, n, value):
        """Does one thing to the array and to the model alike."""
        length = len(self.values)
        if what == "append":
            a.append(value(n))
            self.values.append(value(n))
        elif what == "extend":
            more = [value(k) for k in range(n)]
            a.extend(more)
            self.values += more
        elif what == "pop" and length:
            assert a.pop() == self.values.pop()
        elif what == "truncate" and n <= length:
            a.truncate(n)
            del self.values[n:]
        elif what == "drop_front":
            a.drop_front(n)
            self.first += min(n, length)
            del self.values[:n]
        elif what == "write" and n < length:
            a[n] = self.values[n] = value(n + 20)
        elif what == "clear":
            a.clear()
            self.values.clear()


@pytest.mark.parametrize("dtype, options, value", KINDS, ids=[kind[0] for kind in KINDS])
@given(steps=changes)
def test_arrays(dtype, options, value, steps):
    first = [value(k) for k in range(9)]
    a, model = ChunkArray(dtype, first, **options), Model(first)
    iterator, position, over = iter(a), 0, False
    for what, n in steps:
        if what != "next":
            model.change(a, what, n, value)
            continue
        assert operator.length_hint(iterator) >= 0
        position = max(position, model.first)
        over = over or position >= model.end
        if over:
            with pytest.raises(StopIteration):
                next(iterator)
        else:
            assert next(iterator) == model.values[position - model.first]
            position += 1
    assert a.first == model.first
    assert list(iterator) == ([] if over else model.values[max(0, position - model.first) :])


@pytest.mark.parametrize("dtype, options, value", KINDS, ids=[kind[0] for kind in KINDS])
@given(steps=changes, step=st.sampled_from([1, 1, 2, 3, -1, -2]), start=st.integers(0, 12), stop=st.integers(0, 12))
def test_slices(dtype, options, value, steps, step, start, stop):
    first = [value(k) for k in range(12)]
    a, model = ChunkArray(dtype, first, **options), Model(first)
    positions = list(range(12)[start:stop:step])
    iterator = iter(a[start:stop:step])
    for what, n in steps:
        if what != "next":
            model.change(a, what, n, value)
        elif not positions:
            with pytest.raises(StopIteration):
                next(iterator)
        elif model.first <= positions[0] < model.end:
            assert next(iterator) == model.values[positions.pop(0) - model.first]
        else:
            with pytest.raises(IndexError):
                next(iterator)
            return
    if all(model.first <= position < model.end for position in positions):
        assert list(iterator) == [model.values[position - model.first] for position in positions]


def test_a_frozen_array_is_not_written():
    a = ChunkArray("F8", [1.0, 2.0, 3.0])
    a[1] = 5.0
    a.freeze()
    for index in (0, 1, -1):
        with pytest.raises(ValueError):
            a[index] = 7.0
    assert a.tolist() == [1.0, 5.0, 3.0] and a[1] == 5.0


def test_values_that_are_written():
    for dtype, good, bad in (
        ("U1", [0, 255], [(-1, OverflowError), (256, OverflowError), (1.5, TypeError)]),
        ("F4", [1.5, float("inf"), 7, True], [(1e300, OverflowError), ("1", TypeError)]),
        ("BOOL", [True, False], [(2, OverflowError), (1.5, TypeError)]),
        ("S8", [-(2**63), 2**63 - 1, True], [(2**63, OverflowError), (None, TypeError)]),
    ):
        a = ChunkArray(dtype, [good[0]] * 5, chunk_size=2)
        for value in good:
            for index in (0, 3, -1):
                a[index] = value
                assert a[index] == value and a.tolist()[index] == value
        for value, error in bad:
            with pytest.raises(error):
                a[3] = value
        assert a[3] == good[-1]
        for index in (5, -6):
            with pytest.raises(IndexError):
                a[index] = good[0]
