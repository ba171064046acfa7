"""What one array does, in examples; test_like_list.py and test_like_array.py compare whole programs."""

import operator

import pytest

from chunkarray import ChunkArray
from support import scaled


def test_what_list_allows_and_moving_elements_would_need():
    a = ChunkArray("S8", [1, 2, 3])
    for forbidden in (
        lambda: a.insert(0, 5),
        lambda: a.remove(2),
        lambda: a.pop(0),
        lambda: a.pop(-2),
        lambda: operator.delitem(a, 0),
        lambda: operator.delitem(a, slice(0, 1)),
        lambda: operator.delitem(a, slice(None, None, 2)),
    ):
        with pytest.raises(TypeError):
            forbidden()
        assert a.tolist() == [1, 2, 3]
    for say_why in (
        lambda: a.insert(0, 5),
        lambda: a.remove(2),
        lambda: a.pop(0),
        lambda: operator.delitem(a, 1),
    ):
        with pytest.raises(TypeError, match="never move"):
            say_why()
    with pytest.raises(IndexError):
        del a[3]
    del a[3:], a[2:2]
    assert a.tolist() == [1, 2, 3]
    del a[::-1]
    assert a.tolist() == []


def test_push_gives_the_index():
    a = ChunkArray("F8")
    assert [a.push(0.5 * k) for k in range(3000 if scaled(10) > 5 else 300)] == list(range(len(a)))
    assert a[-1] == a.at(-1) == a.at(len(a) - 1) == 0.5 * (len(a) - 1)
    assert a.append(1.0) is None and a.extend([]) is None


def test_truncate():
    a = ChunkArray("S8", range(10), chunk_size=2)
    a.truncate(20)
    assert len(a) == 10
    a.truncate(3)
    assert a.tolist() == [0, 1, 2]
    with pytest.raises(ValueError):
        a.truncate(-1)
    a.append(7)
    assert a.tolist() == [0, 1, 2, 7]


def test_iteration_sees_what_is_appended_and_stops_for_good():
    a = ChunkArray("S8", [1, 2, 3], chunk_size=2)
    seen = []
    iterator = iter(a)
    for x in iterator:
        seen.append(x)
        if len(seen) < 9:
            a.append(10 * x)
    assert seen == [1, 2, 3, 10, 20, 30, 100, 200, 300, 1000, 2000]
    a.append(5)
    assert list(iterator) == []


def test_iteration_of_an_array_that_is_shortened():
    a = ChunkArray("S8", range(100), chunk_size=4)
    seen = []
    for x in a:
        seen.append(x)
        if x % 10 == 9:
            a.truncate(len(a) - 20)
    model, expected = list(range(100)), []
    for x in model:
        expected.append(x)
        if x % 10 == 9:
            del model[-20:]
    assert seen == expected
    a = ChunkArray("S8", range(10))
    backwards = reversed(a)
    assert next(backwards) == 9
    a.truncate(3)
    assert list(backwards) == []


def test_iteration_sees_assignments():
    a = ChunkArray("F8", [1.0] * 50, chunk_size=4)
    total = 0.0
    for k, x in enumerate(a):
        total += x
        if k + 1 < len(a):
            a[k + 1] = 3.0
    assert total == 1.0 + 49 * 3.0


def test_iterators_are_independent():
    a = ChunkArray("U2", range(40), chunk_size=4)
    assert [(x, y) for x, y in zip(a, iter(a))] == [(k, k) for k in range(40)]
    assert [(x, y) for x in a for y in a][:41][-1] == (1, 0)


def test_equality():
    a = ChunkArray("F8", [1.0, 2.0])
    assert a == ChunkArray("F8", [1.0, 2.0], chunk_size=1, growth="fixed")
    assert a == ChunkArray("S4", [1, 2]) and ChunkArray("S4", [1, 2]) == a and a == ChunkArray(">F4", [1, 2])
    assert not a != ChunkArray("F8", [1, 2])
    assert a != ChunkArray("F8", [1.0]) and a != ChunkArray("F8", [1.0, 3.0])
    assert a[:] == a and a == a[:] and a[1:] == a[1:2] and a[:1] != a[1:]
    assert a == type("Named", (ChunkArray,), {})("F8", [1, 2]) and type("Named", (ChunkArray,), {})("F8", [1, 2]) == a
    assert a != [1.0, 2.0] and not a == [1.0, 2.0] and a != "a" and a != None  # noqa: E711
    nan = float("nan")
    assert ChunkArray("F8", [nan]) != ChunkArray("F8", [nan])
    assert ChunkArray("F8", [0.0]) == ChunkArray("F8", [-0.0])
    assert ChunkArray("F8") == ChunkArray("U1")
    assert a.__eq__([1.0, 2.0]) is NotImplemented


def test_elements_that_equal_values_of_other_types():
    a = ChunkArray("F8", [1, 2, 2])
    assert 1 in a and True in a and 2.0 in a and "2" not in a and None not in a
    assert a.count(2) == 2 and a.index(2) == 1
    with pytest.raises(ValueError, match="5 is not in ChunkArray"):
        a.index(5)
    with pytest.raises(ValueError, match="1 is not in Slice"):
        a[1:].index(1)


@pytest.mark.parametrize("key", ["x", None, 1.0, (1, 2), {1: 2}])
def test_keys_that_are_neither_integer_nor_slice(key):
    a = ChunkArray("F8", [1.0])
    for action in (
        lambda: a[key],
        lambda: operator.setitem(a, key, 1.0),
        lambda: operator.delitem(a, key),
        lambda: a[:][key],
    ):
        with pytest.raises(TypeError, match="indices must be integers, slices, .*, not " + type(key).__name__):
            action()


def test_keys_with_index():
    class Key:
        def __index__(self):
            return 1

    a = ChunkArray("F8", [1.0, 2.0])
    assert a[Key()] == a.at(Key()) == a[True] == a[:][Key()] == 2.0
    a[Key()] = 5.0
    assert a.tolist() == [1.0, 5.0]
    assert a[Key() : 2].tolist() == [5.0]


def test_not_a_registered_sequence():
    from collections.abc import Sequence

    assert not isinstance(ChunkArray("F8"), Sequence)


def test_repr():
    assert repr(ChunkArray("F8")) == "ChunkArray('F8')"
    assert repr(ChunkArray("F8", [1.5, 2])) == "ChunkArray('F8', [1.5, 2.0])"
    assert repr(ChunkArray(">B2", [255, 4096])) == "ChunkArray('>B2', [0x00ff, 0x1000])"
    assert repr(ChunkArray("BOOL", [True])) == "ChunkArray('BOOL', [True])"
    assert repr(ChunkArray("U4", range(5))[1:3]) == "Slice('U4', [1, 2])"
    assert repr(ChunkArray("U4", range(2000))) == "ChunkArray('U4', [0, 1, 2, ..., 1997, 1998, 1999], len=2000)"
    a = ChunkArray("S2", range(-50, 50))
    assert eval(repr(a)) == a
    b = ChunkArray("F8", [1.0, 2.0])
    part = b[:]
    b.clear()
    assert repr(part) == "<Slice of 2 F8: position 0 is gone: the array was truncated to 0>"


def test_html():
    a = ChunkArray("F8", [1.5, 2.0])
    html = a._repr_html_()
    assert "ChunkArray of F8, 2 elements" in html and html.count("<tr>") == 2 and ">1.5<" in html
    assert "ChunkArray of F8, 0 elements" in ChunkArray("F8")._repr_html_()
    assert "1 element<" in a[1:]._repr_html_() and "Slice of F8" in a[1:]._repr_html_()
    long = ChunkArray("B1", [255] * 12345)._repr_html_()
    assert "12,345 elements" in long and long.count("<tr>") == 11 and "0xff" in long and len(long) < 3000
    cls = type("<b>&", (ChunkArray,), {})
    assert "<b>" not in cls("U1", [1])._repr_html_() and "&lt;b&gt;&amp;" in cls("U1", [1])._repr_html_()
