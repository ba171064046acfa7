"""ChunkArray does what list does: the same operations on both give the same values and the same exceptions.

What may differ is the closed list in differences.py.
"""

import bisect
import copy
import itertools
import operator
import random
import statistics
import sys
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray, Slice

values = st.integers(-(2**40), 2**40)
few = st.integers(-3, 3)  # so that equal ones come up
indices = st.integers(-12, 12)
slices = (
    st.slices(10)
    | st.builds(slice, indices, indices)
    | st.builds(slice, indices, indices, st.sampled_from([-3, -1, 1, 2]))
)
shapes = st.fixed_dictionaries(
    {
        "chunk_size": st.sampled_from([1, 2, 4, 64]),
        "growth": st.sampled_from(["double", "fixed"]),
        "capacity": st.sampled_from([0, 1, 3, 100]),
    }
)


def plain(value):
    """A result in terms that a list's can be compared with."""
    return value.tolist() if isinstance(value, (ChunkArray, Slice)) else value


def outcome(action, *arguments):
    try:
        return plain(action(*arguments))
    except Exception as error:
        return type(error)


def same(sequence, values):
    """`values` as a sequence of the same class, which comparing and joining ask for."""
    return ChunkArray("S8", values, chunk_size=2) if isinstance(sequence, (ChunkArray, Slice)) else list(values)


def assign_keeping_length(sequence, key, new):
    """Slice assignment that keeps the length, which list would not insist on."""
    if len(range(len(sequence))[key]) != len(new):
        raise ValueError
    sequence[key] = new


def delete_at_the_end(sequence, key):
    """Deletion of what is at the end, all that an array can delete."""
    gone = sorted(range(len(sequence))[key])
    if gone and gone != list(range(gone[0], len(sequence))):
        raise TypeError
    del sequence[key]


COMPARISONS = st.sampled_from([operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne])
lists = st.lists(values | few, max_size=9)

READS = [
    st.tuples(st.just(lambda s, i: s[i]), indices),
    st.tuples(st.just(lambda s, k: s[k]), slices),
    st.tuples(st.just(lambda s, j, k: s[j][k]), slices, slices),
    st.tuples(st.just(lambda s, j, k, i: s[j][k][i]), slices, slices, indices),
    st.tuples(st.just(lambda s, i: s.index(s[i])), indices),
    st.tuples(st.just(lambda s, x, i, j: s.index(x, i, j)), few, indices, indices),
    st.tuples(st.just(lambda s, x: s.index(x)), few),
    st.tuples(st.just(lambda s, x: s.index(x, -(10**30), 10**30)), few),
    st.tuples(st.just(lambda s, x: s.count(x)), few),
    st.tuples(st.just(lambda s, x: x in s), few),
    st.tuples(st.just(lambda s: len(s))),
    st.tuples(st.just(lambda s: list(s))),
    st.tuples(st.just(lambda s: list(reversed(s)))),
    st.tuples(st.just(lambda s: s.copy())),
    st.tuples(st.just(lambda s: copy.copy(s))),
    st.tuples(st.just(lambda s: copy.deepcopy(s))),
    st.tuples(st.just(lambda s: s == s.copy())),
    st.tuples(st.just(lambda s, o, xs: o(s, same(s, xs))), COMPARISONS, lists),
    st.tuples(st.just(lambda s, o, k: o(s, s[k])), COMPARISONS, slices),
    st.tuples(st.just(lambda s, o, k: o(s[k], s)), COMPARISONS, slices),
    st.tuples(st.just(lambda s, o: o(s, 5)), COMPARISONS),
    st.tuples(st.just(lambda s, o: o(s, "x")), COMPARISONS),
    st.tuples(st.just(lambda s, xs: s + same(s, xs)), lists),
    st.tuples(st.just(lambda s, j, k: s[j] + s[k]), slices, slices),
    st.tuples(st.just(lambda s, x: s + x), st.sampled_from([5, None, "x", (1, 2)])),
    st.tuples(st.just(lambda s, x: x + s), st.sampled_from([5, None, "x", (1, 2)])),
    st.tuples(st.just(lambda s, n: s * n), st.integers(-2, 5)),
    st.tuples(st.just(lambda s, n: n * s), st.integers(-2, 5)),
    st.tuples(st.just(lambda s, k, n: s[k] * n), slices, st.integers(-2, 5)),
    st.tuples(st.just(lambda s, x: s * x), st.sampled_from([1.5, None, "x", (), []])),
    st.tuples(st.just(lambda s: (min(s), max(s), sum(s)))),
    st.tuples(st.just(lambda s: sorted(s))),
    st.tuples(st.just(lambda s, f: s[f]), st.sampled_from([1.5, None, "x", (1,), {}])),
    st.tuples(st.just(lambda s, f: s.index(1, f)), st.sampled_from([1.5, "x"])),
]

WRITES = [
    st.tuples(st.just(lambda s, x: s.append(x)), values),
    st.tuples(st.just(lambda s, xs: s.extend(xs)), lists),
    st.tuples(st.just(lambda s, xs: s.extend(iter(xs))), lists),
    st.tuples(st.just(lambda s, xs: s.extend(array("q", xs))), lists),
    st.tuples(st.just(lambda s, xs: operator.iadd(s, xs)), lists),
    st.tuples(st.just(lambda s: s.extend(s))),
    st.tuples(st.just(lambda s, k: s.extend(s[k])), slices),
    st.tuples(st.just(lambda s, n: operator.imul(s, n) and None), st.sampled_from([-1, 0, 1, 1, 2])),
    st.tuples(st.just(lambda s, n: operator.imul(s, n)), st.sampled_from([1.5, None, "x"])),
    st.tuples(st.just(lambda s, x: s.extend(x)), st.sampled_from([5, None])),
    st.tuples(st.just(lambda s, x: operator.iadd(s, x)), st.sampled_from([5, None])),
    st.tuples(st.just(lambda s: s.pop())),
    st.tuples(st.just(lambda s: s.pop(-1))),
    st.tuples(st.just(lambda s: s.pop(len(s) - 1 if s else 0))),
    st.tuples(st.just(lambda s, x: s.pop(x)), st.sampled_from([20, -20, 1.5, "x"])),
    st.tuples(st.just(lambda s: s.clear())),
    st.tuples(st.just(lambda s: s.reverse())),
    st.tuples(st.just(lambda s: s.sort())),
    st.tuples(st.just(lambda s: s.sort(reverse=True))),
    st.tuples(st.just(lambda s: s.sort(key=lambda x: -x))),
    st.tuples(st.just(lambda s: s.sort(key=lambda x: x % 3, reverse=True))),
    st.tuples(st.just(lambda s: s.sort(key=5))),
    st.tuples(st.just(lambda s, i, x: operator.setitem(s, i, x)), indices, values),
    st.tuples(st.just(lambda s, k, xs: assign_keeping_length(s, k, xs)), slices, st.lists(values, max_size=4)),
    st.tuples(st.just(lambda s, k, j: assign_keeping_length(s, k, s[j])), slices, slices),
    st.tuples(st.just(lambda s, k: operator.setitem(s, k, 5)), slices),
    st.tuples(st.just(lambda s: operator.delitem(s, -1))),
    st.tuples(st.just(lambda s, i: operator.delitem(s, i)), st.sampled_from([20, -20, 10**30, 1.5, "x", None])),
    st.tuples(st.just(lambda s, n: operator.delitem(s, slice(n, None))), indices),
    st.tuples(st.just(lambda s, k: delete_at_the_end(s, k)), slices),
]


@given(shapes, st.lists(st.one_of(*READS, *WRITES), max_size=30))
def test_random_operations(options, operations):
    ours, model = ChunkArray("S8", **options), []
    for action, *arguments in operations:
        if len(model) > 200:
            break
        assert outcome(action, ours, *arguments) == outcome(action, model, *arguments)
        assert len(ours) == len(model)
        assert ours.tolist() == list(ours) == model
        assert bool(ours) == bool(model)


@given(shapes, lists, slices, slices)
def test_slices_in_order(options, content, j, k):
    """What sorts, reverses and overwrites a slice changes the array as it changes the same places of a list."""
    a, model = ChunkArray("S8", content, **options), list(content)
    for change in (
        lambda part: part.reverse(),
        lambda part: part.sort(),
        lambda part: part.sort(key=lambda x: x % 5, reverse=True),
        lambda part: part.sort(reverse=True),
    ):
        change(a[j][k])
        part = model[j][k]
        change(part)
        for at, x in zip(range(len(model))[j][k], part):
            model[at] = x
        assert a.tolist() == model


@pytest.mark.parametrize("operation", range(len(READS)))
def test_reading_a_slice_is_reading_a_list(operation):
    @given(st.lists(few, max_size=9), slices, READS[operation])
    def check(content, key, read):
        action, *arguments = read
        a, model = ChunkArray("S8", content, chunk_size=2), list(content)
        assert outcome(action, a[key], *arguments) == outcome(action, model[key], *arguments)

    check()


def test_what_the_standard_library_does_with_sequences():
    content = [5, 3, 9, 3, 1]
    a = ChunkArray("S8", content)
    assert random.Random(1).choice(a) == random.Random(1).choice(content)
    assert random.Random(1).choices(a, k=9) == random.Random(1).choices(content, k=9)
    shuffled, model = a.copy(), list(content)
    random.Random(1).shuffle(shuffled)
    random.Random(1).shuffle(model)
    assert shuffled.tolist() == model
    ordered = ChunkArray("S8", sorted(content))
    assert [bisect.bisect(ordered, x) for x in range(11)] == [bisect.bisect(sorted(content), x) for x in range(11)]
    assert list(itertools.chain(a, a[1:])) == content + content[1:]
    assert list(itertools.islice(a, 1, None, 2)) == content[1::2]
    assert list(zip(a, a[::-1])) == list(zip(content, content[::-1]))
    assert statistics.mean(a) == statistics.mean(content) and statistics.median(a) == 3
    assert sorted(a) == sorted(content) and max(a[1:]) == 9 and any(a) and all(a)
    assert operator.indexOf(a, 9) == 2 and operator.countOf(a, 3) == 2 and operator.concat(a, a) == a + a
    first, *rest = a
    assert (first, rest) == (5, [3, 9, 3, 1])
    with pytest.raises(TypeError):
        bisect.insort(ordered, 4)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="match came with Python 3.10")
def test_sequence_patterns():
    code = """
def matched(value):
    match value:
        case []:
            return "none"
        case [x]:
            return x
        case [1, x, *rest]:
            return x, list(rest)
        case [_, *_]:
            return "other"
"""
    scope = {}
    exec(code, scope)
    matched = scope["matched"]

    class Named(ChunkArray):
        pass

    for cls in (ChunkArray, Named):
        assert [matched(cls("S8", content)) for content in ([], [7], [1, 2, 3, 4], [2, 3])] == [
            "none",
            7,
            (2, [3, 4]),
            "other",
        ]
    assert matched(ChunkArray("S8", range(9))[1:4]) == (2, [3])


def test_exceptions_say_what_list_says():
    a = ChunkArray("S8", [1, 2, 3])
    for action, error, words in (
        (lambda: a[3], IndexError, "index 3 is out of range for length 3"),
        (lambda: a[1:][2], IndexError, "index 2 is out of range for length 2"),
        (lambda: a[:0][-1], IndexError, "index -1 is out of range for length 0"),
        (
            lambda: a["x"],
            TypeError,
            "ChunkArray indices must be integers, slices, or arrays of integers or bools, not str",
        ),
        (lambda: a.index(9), ValueError, "9 is not in ChunkArray"),
        (lambda: ChunkArray("S8").pop(), IndexError, "pop from empty ChunkArray"),
        (lambda: a.pop(5), IndexError, "index 5 is out of range for length 3"),
        (lambda: a.pop(0), TypeError, "elements of a ChunkArray never move: only the last one can be popped"),
        (lambda: a + [1], TypeError, ""),
        (lambda: [1] + a, TypeError, ""),
        (lambda: a + ChunkArray("F8"), TypeError, "arrays of S8 and F8 can't be joined"),
        (lambda: a < [1], TypeError, "not supported between instances of 'ChunkArray' and 'list'"),
        (lambda: a * 2**62, MemoryError, ""),
        (lambda: a.sort(lambda x: x), TypeError, ""),
    ):
        with pytest.raises(error) as raised:
            action()
        assert words in str(raised.value)
        assert a.tolist() == [1, 2, 3]


def test_a_key_function_that_fails_changes_nothing():
    a = ChunkArray("S8", [3, 1, 2])
    with pytest.raises(ZeroDivisionError):
        a.sort(key=lambda x: 1 // (x - 1))
    assert a.tolist() == [3, 1, 2]


def test_sorting_is_stable():
    pairs = [(k % 3, k) for k in range(50)]
    a = ChunkArray("S4[2]", pairs, chunk_size=4)
    a.sort(key=operator.itemgetter(0))
    assert a.tolist() == sorted(pairs, key=operator.itemgetter(0))
    a.sort(key=operator.itemgetter(0), reverse=True)
    assert a.tolist() == sorted(sorted(pairs, key=operator.itemgetter(0)), key=operator.itemgetter(0), reverse=True)


def test_joining_and_repeating_gives_the_same_class_in_one_piece():
    class Named(ChunkArray):
        pass

    n = Named("U2", range(9), chunk_size=2, growth="fixed")
    for made in (n + n, n * 3, 3 * n, n[::2] + n, n[1:4] * 2, n.take([1, 2]), n[[1, 2]]):
        assert type(made) is Named and (made.dtype, made.chunk_size, made.growth) == ("U2", 2, "fixed")
        assert made.contiguous and made.capacity == len(made)
        made.append(7)
        assert made[-1] == 7
    assert (n + n).tolist() == [*range(9), *range(9)] and (3 * n).tolist() == [*range(9)] * 3
