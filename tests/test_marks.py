"""Marks: save, rewind, reset, and what makes a mark invalid."""

import copy
import gc

import pytest

from chunkarray import ChunkArray, Mark
from support import scaled


def make(n=10, **options):
    options.setdefault("chunk_size", 4)
    return ChunkArray("S8", range(n), **options)


@pytest.mark.parametrize("growth", ["double", "fixed"])
def test_rewind_takes_away_what_was_appended(growth):
    a = make(growth=growth)
    mark = a.save()
    assert isinstance(mark, Mark) and mark.array is a and mark.position == 10
    a.extend(range(1000))
    a.rewind(mark)
    assert a.tolist() == list(range(10))
    a.append(7)
    assert a.tolist() == [*range(10), 7]


def test_a_mark_can_be_used_again():
    a = make()
    mark = a.save()
    for k in range(5):
        a.extend([k] * k)
        a.rewind(mark)
        assert len(a) == 10
    a.rewind(mark)
    assert a.tolist() == list(range(10))


def test_nested_marks():
    a = make(1)
    marks = []
    for k in range(1, 20):
        marks.append(a.save())
        a.append(k)
    a.rewind(marks[15])
    assert len(a) == 16
    a.rewind(marks[3])
    assert len(a) == 4
    for deeper in marks[4:]:
        with pytest.raises(ValueError, match="^the mark is no longer valid: the array was cut below it$"):
            a.rewind(deeper)
    a.rewind(marks[3])
    a.rewind(marks[0])
    assert a.tolist() == [0]


@pytest.mark.parametrize(
    "cut",
    [
        lambda a: a.pop(),
        lambda a: a.truncate(3),
        lambda a: a.clear(),
        lambda a: a.reset(),
        lambda a: a.close(),
        lambda a: a.__delitem__(-1),
        lambda a: a.__delitem__(slice(5, None)),
        lambda a: a.rewind(a_mark_below(a)),
    ],
)
def test_cut_below_the_mark(cut):
    """However long it has grown since: what the mark stood behind is gone."""
    a = make()
    mark = a.save()
    cut(a)
    length = len(a)
    if not a.closed:
        a.extend(range(100))
        length += 100
    with pytest.raises(ValueError, match="no longer valid"):
        a.rewind(mark)
    assert len(a) == length


def a_mark_below(a):
    a.truncate(8)
    mark = a.save()
    a.append(8)
    return mark


def test_cut_above_the_mark():
    a = make()
    mark = a.save()
    a.extend([1, 2, 3])
    a.pop()
    a.truncate(11)
    a.truncate(10)
    a.extend([4])
    a.rewind(mark)
    assert a.tolist() == list(range(10))


def test_a_mark_of_an_empty_array():
    a = ChunkArray("F8")
    mark = a.save()
    assert mark.position == 0
    a.extend([1.0, 2.0])
    a.clear()
    a.append(3.0)
    a.rewind(mark)
    assert a.tolist() == []


def test_reset():
    a = make()
    empty = ChunkArray("F8")
    mark, other = a.save(), empty.save()
    a.reset()
    empty.reset()
    assert a.tolist() == [] and a.first == 0
    a.extend(range(20))
    for array, old in ((a, mark), (empty, other)):
        with pytest.raises(ValueError, match="no longer valid"):
            array.rewind(old)
    assert a.tolist() == list(range(20))
    a.rewind(a.save())


def test_bad_marks():
    a, b = make(), make()
    for wrong in (10, None, "mark", a):
        with pytest.raises(TypeError, match="^rewind.. takes a mark, as save.. gives it, not "):
            a.rewind(wrong)
    with pytest.raises(ValueError, match="^the mark belongs to another array$"):
        a.rewind(b.save())
    with pytest.raises(ValueError, match="another array"):
        copy.copy(a).rewind(a.save())
    assert a == b


def test_views_of_what_was_rewound_see_what_comes_there():
    a = make(4)
    mark = a.save()
    a.extend([10, 11, 12, 13])
    view = memoryview(a.chunks()[1]).cast("B").cast("q")
    part = a[5:7]
    a.rewind(mark)
    assert view[1] == 11
    with pytest.raises(IndexError):
        part[0]
    a.extend([20, 21, 22, 23])
    assert view[1] == 21 and part.tolist() == [21, 22]


def test_memory_is_kept_for_the_next_elements():
    a = make(0)
    mark = a.save()
    a.extend(range(5000))
    before, address = a.committed_bytes, a.address_of(0)
    for _ in range(scaled(50, least=5)):
        a.rewind(mark)
        a.extend(range(5000))
    assert a.committed_bytes == before and a.address_of(0) == address


def test_iterators_look_again():
    a = make()
    mark = a.save()
    a.extend([97, 98, 99])
    seen = []
    for x in a:
        seen.append(x)
        if x == 97:
            a.rewind(mark)
            a.append(5)
    assert seen == [*range(10), 97]


def test_marks_keep_their_array_and_cost_nothing_for_ever():
    a = make()
    for _ in range(scaled(20_000, least=200)):
        a.append(1)
        a.save()
        a.pop()
    gc.collect()
    assert a.committed_bytes < 100_000
    assert "position 10" in repr(a.save())
    mark = make(3).save()
    assert mark.array.tolist() == [0, 1, 2]


def test_a_mark_after_drops():
    a = make(20, growth="fixed")
    mark = a.save()
    a.drop_front(6)
    a.extend([5, 6])
    a.rewind(mark)
    assert a.tolist() == list(range(6, 20)) and a.first == 6
    a.drop_front(14)
    a.rewind(mark)
    assert a.tolist() == [] and a.first == 20
    a.extend(range(10))
    a.drop_front(1)
    with pytest.raises(ValueError, match="dropped"):
        a.rewind(mark)
    assert a.tolist() == list(range(1, 10))


def test_subclasses_have_marks():
    class Mine(ChunkArray):
        pass

    a = Mine("U1", [1])
    mark = a.save()
    a.append(2)
    a.rewind(mark)
    assert a.tolist() == [1]
