"""Retention: drop_front, keep and keep_bytes, first, and memory that stays bounded."""

import copy
import pickle
import random

import pytest

from chunkarray import ChunkArray
from support import ABOUT, CPYTHON, HOST, IMPLEMENTATION, collect, needs_numpy, run_python, run_together, scaled


def make(n=20, **options):
    options.setdefault("chunk_size", 4)
    options.setdefault("growth", "fixed")
    return ChunkArray("S8", range(n), **options)


# drop_front


@pytest.mark.parametrize("growth", ["fixed", "double"])
@pytest.mark.parametrize("dtype", ["F8", "U1", ">S4"])
def test_exactly_the_oldest_are_dropped(growth, dtype):
    a = ChunkArray(dtype, range(100), chunk_size=4, growth=growth)
    expected, first = list(range(100)), 0
    for n in (0, 1, 2, 1, 7, 30, 0, 13):
        a.drop_front(n)
        expected, first = expected[n:], first + n
        assert a.tolist() == list(a) == expected and a.first == first
        assert len(a) == len(expected) and a[0] == expected[0] and a[-1] == 99
        assert [chunk.start for chunk in a.chunks()][0] == first
        assert sum(map(len, a.chunks())) == len(expected)
        a.append(50)
        expected.append(50)
        assert a.pop() == expected.pop()


def test_more_than_there_are():
    a = make(5)
    a.drop_front(100)
    assert a.tolist() == [] and a.first == 5 and not a
    a.drop_front(1)
    assert a.first == 5
    a.extend([7, 8])
    assert a.tolist() == [7, 8] and a.first == 5 and a[0] == 7 and a[-2] == 7
    a.drop_front(10**18)
    assert a.first == 7


def test_positions_keep_their_meaning():
    a = make(20)
    position = a.first + 7
    for _ in range(7):
        a.drop_front(1)
        a.append(0)
        assert a[position - a.first] == 7
    a.drop_front(1)
    assert position < a.first


def test_indices_count_from_the_oldest():
    a = make(20)
    a.drop_front(6)
    assert a.index(6) == 0 and a.at(1) == 7 and a.push(99) == 14
    a[0] = 60
    a[-1] = 70
    assert a[:2].tolist() == [60, 7] and a[-2:].tolist() == [19, 70]
    for index in (15, -16):
        with pytest.raises(IndexError, match="^index %d is out of range for length 15$" % index):
            a[index]
    del a[10:]
    assert a.tolist() == [60, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    a.truncate(3)
    assert a.tolist() == [60, 7, 8] and a.first == 6
    a.clear()
    assert a.first == 6 and len(a) == 0
    a.append(1)
    assert a.tolist() == [1] and a.first == 6


def test_bad_counts():
    a = make(5)
    with pytest.raises(ValueError, match="negative"):
        a.drop_front(-1)
    for n in ("1", 1.0, None):
        with pytest.raises(TypeError):
            a.drop_front(n)
    with pytest.raises(TypeError):
        a.drop_front()
    assert a.first == 0 and len(a) == 5
    for attribute in ("first", "keep", "keep_bytes"):
        try:
            setattr(a, attribute, 3)
        except (AttributeError, TypeError):
            pass
    assert a.first == 0 and a.keep is None


def test_views_of_dropped_chunks_stay_as_they_were():
    a = make(20)
    chunks = a.chunks()
    views = [memoryview(chunk).cast("B").cast("q") for chunk in chunks]
    a.drop_front(12)
    for k in range(200):
        a.append(1000 + k)
        if len(a) > 16:
            a.drop_front(4)
    a.close()
    assert [list(view) for view in views] == [list(range(k, k + 4)) for k in range(0, 20, 4)]


def test_views_of_live_chunks_stay_views():
    a = make(20)
    chunk = a.chunks()[3]
    view = memoryview(chunk).cast("B").cast("q")
    a.drop_front(13)
    a[1] = 140
    assert view[2] == 140 and chunk.start == 12
    assert a.chunks()[0].start == 13


def test_slices_of_what_was_dropped():
    a = make(20)
    s = a[2:8]
    a.drop_front(4)
    with pytest.raises(IndexError, match=r"position 2 was dropped \(first is 4\)"):
        s[0]
    assert s[-1] == 7 and s[2] == 4
    assert a[0:3].tolist() == [4, 5, 6]


def test_iteration_goes_on_with_what_is_left():
    a = make(20)
    seen = []
    for x in a:
        seen.append(x)
        if x == 2:
            a.drop_front(9)
    assert seen == [0, 1, 2, *range(9, 20)]


def test_memory_is_reused_or_given_back():
    a = make(0, chunk_size=1024)
    a.extend([0] * 10_000)
    before = a.committed_bytes
    for _ in range(scaled(100, least=10)):
        a.extend([1] * 5000)
        a.drop_front(5000)
    assert a.committed_bytes <= 2 * before and len(a) == 10_000


@pytest.mark.parametrize("growth", ["fixed", "double"])
def test_shrink(growth):
    a = make(0, chunk_size=16, growth=growth)
    a.extend(range(10_000))
    a.truncate(100)
    before = a.committed_bytes
    a.shrink()
    # Without a GIL, nothing keeps readers away from memory before the array goes.
    assert a.committed_bytes < before or ABOUT["free_threaded"]
    assert a.tolist() == list(range(100))
    a.extend(range(100, 1000))
    a.drop_front(990)
    a.shrink()
    assert a.tolist() == list(range(990, 1000)) and a.first == 990
    a.clear()
    a.shrink()
    a.shrink()
    a.append(5)
    assert a.tolist() == [5] and a.first == 990


def test_a_model():
    """Random operations, beside a list that remembers how many elements were dropped."""
    random_ = random.Random(4)
    for growth in ("fixed", "double"):
        a, model, first = ChunkArray("S4", chunk_size=4, growth=growth), [], 0
        for _ in range(scaled(1500, least=150)):
            what = random_.randrange(8)
            if what < 3:
                new = [random_.randrange(100) for _ in range(random_.randrange(12))]
                a.extend(new)
                model += new
            elif what == 3:
                n = random_.randrange(10)
                first += min(n, len(model))
                a.drop_front(n)
                del model[:n]
            elif what == 4:
                n = random_.randrange(len(model) + 5)
                a.truncate(n)
                del model[n:]
            elif what == 5 and model:
                assert a.pop() == model.pop()
            elif what == 6:
                a.shrink()
            elif what == 7 and random_.randrange(20) == 0:
                a.clear()
                model.clear()
            assert a.tolist() == model and a.first == first and len(a) == len(model)
            assert sum(map(len, a.chunks())) == len(model)


# keep


def test_options():
    a = ChunkArray("F8", keep=5000)
    assert (a.keep, a.keep_bytes, a.growth, a.chunk_size) == (5000, 40_000, "fixed", 1024)
    b = ChunkArray("F8", keep_bytes=20_001)
    assert (b.keep, b.keep_bytes, b.growth) == (2500, 20_000, "fixed")
    c = ChunkArray("F8")
    assert c.keep is None and c.keep_bytes is None and c.first == 0
    assert ChunkArray("F8", keep=1024, growth="fixed").keep == 1024
    assert ChunkArray("F8", keep=None, keep_bytes=None, growth=None).growth == "double"


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"keep": 1023}, ValueError, r"^keep is 1023, less than one chunk \(1024\)$"),
        ({"keep": 0}, ValueError, r"^keep is 0, less than one chunk \(1024\)$"),
        ({"keep": -1}, ValueError, "keep is negative"),
        ({"keep_bytes": 8191}, ValueError, r"^keep_bytes is 8191, less than one chunk \(8192\)$"),
        ({"keep_bytes": -(10**30)}, ValueError, "keep_bytes is negative"),
        ({"keep": 5000, "growth": "double"}, ValueError, "^keep goes with growth='fixed'"),
        ({"keep_bytes": 50_000, "growth": "double"}, ValueError, "^keep_bytes goes with growth='fixed'"),
        ({"keep": 5000, "keep_bytes": 50_000}, TypeError, "^either keep or keep_bytes, not both$"),
        ({"keep": "5000"}, TypeError, "keep"),
        ({"keep_bytes": 5000.0}, TypeError, "keep_bytes"),
        ({"keep": 10**30}, MemoryError, None),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        ChunkArray("F8", **options)


@pytest.mark.parametrize("dtype", ["F8", "S8", "U1"])
@pytest.mark.parametrize("keep", [4, 5, 8, 30])
def test_keep_one_by_one(dtype, keep):
    a = ChunkArray(dtype, chunk_size=4, keep=keep)
    for k in range(120):
        a.append(k)
        assert len(a) == k + 1 - a.first and (a.first == 0 or keep <= len(a) < keep + 4)
        assert a[-1] == k and a[0] == a.first
    assert a.tolist() == list(range(a.first, 120)) and a.first % 4 == 0


def test_keep_and_extend():
    a = ChunkArray("S8", chunk_size=4, keep=10)
    for k in range(0, 1000, 7):
        a.extend(range(k, k + 7))
        assert a.first == 0 or 10 <= len(a) < 14
        assert a.tolist() == list(range(a.first, k + 7))
    a.extend(range(2000, 3000))
    assert 10 <= len(a) < 14 and a[-1] == 2999 and a.first + len(a) == 1001 + 1000


def test_values_of_the_constructor():
    a = ChunkArray("S8", range(100), chunk_size=4, keep=10)
    assert a.tolist() == list(range(a.first, 100)) and 10 <= len(a) < 14


def test_a_program_may_take_away_more():
    a = ChunkArray("S8", range(100), chunk_size=4, keep=10)
    a.truncate(3)
    a.drop_front(2)
    assert len(a) == 1
    first = a.first
    a.extend(range(9))
    assert len(a) == 10 and a.first == first


def test_memory_of_keep_stays():
    a = ChunkArray("F8", chunk_size=64, keep=1000)
    a.extend([0.5] * 3000)
    for _ in range(64):
        a.append(0.5)
    before = a.committed_bytes
    for k in range(scaled(20_000, least=2000)):
        a.append(k)
    a.extend([1.5] * 900)
    assert a.committed_bytes <= before + 2 * 64 * 8 and a.committed_bytes < 40_000


def test_views_under_keep():
    a = ChunkArray("S8", chunk_size=4, keep=8)
    views = []
    for k in range(100):
        a.append(k)
        if len(a) % 4 == 0:
            chunk = a.chunks()[-1]
            views.append((chunk.start, memoryview(chunk).cast("B").cast("q")))
    for start, view in views:
        assert list(view) == list(range(start, start + 4))


def test_copies_and_pickles():
    a = ChunkArray("S8", range(100), chunk_size=4, keep=10)
    values = a.tolist()
    assert a.first > 0
    for b in (a.copy(), copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert b.tolist() == values and (b.keep, b.growth, b.chunk_size, b.first) == (10, "fixed", 4, 0)
        b.extend(range(50))
        assert 10 <= len(b) < 14
    assert a.tolist() == values
    c = ChunkArray("F8", [1, 2, 3])
    c.drop_front(1)
    for d in (c.copy(), pickle.loads(pickle.dumps(c))):
        assert d.tolist() == [2, 3] and d.first == 0 and d.keep is None


def test_subclasses_keep():
    class Mine(ChunkArray):
        pass

    a = Mine("F8", range(100), chunk_size=4, keep=8)
    assert type(a.copy()) is Mine and a.copy().keep == 8 and len(a) < 12


def test_keep_beside_readers_and_appenders():
    a = ChunkArray("S8", chunk_size=16, keep=64)
    each = scaled(5000, least=200)
    done = []

    def append():
        try:
            for k in range(each):
                a.append(k)
                if k % 100 == 0:
                    a.extend([k] * 40)
        finally:
            done.append(1)

    def read():
        while len(done) < 3:
            try:
                assert 0 <= a[0] < each and 0 <= a[-1] < each
                assert 0 <= a[len(a) // 2] < each
            except IndexError:
                pass
            assert all(0 <= x < each for x in a)
            before = a.first
            assert a.first >= before
            for chunk in a.chunks():
                memoryview(chunk).tobytes()

    def drop():
        for _ in range(each // 10):
            a.drop_front(3)

    run_together(append, append, append, read, read, drop)
    assert a.first + len(a) == 3 * (each + 40 * len(range(0, each, 100)))
    assert len(a) < 80


@needs_numpy
def test_numpy_views_under_keep():
    import numpy

    a = ChunkArray("F8", chunk_size=1024, keep=4096)
    a.extend(numpy.arange(4096.0))
    view = a[1024:2048].numpy()
    for _ in range(20):
        a.extend(numpy.ones(1024))
    assert numpy.array_equal(view, numpy.arange(1024.0, 2048.0))
    del view
    collect()


def test_keeping_more_than_there_can_be():
    with pytest.raises(MemoryError):
        ChunkArray("U2", keep=2**62)
    assert ChunkArray("U1", keep=2**62).keep_bytes == 2**62


GROWS = """
import gc, resource, sys
from chunkarray import ChunkArray

def resident():
    for _ in range(3):
        gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

total, keep, rounds = map(int, sys.argv[1:])
a = ChunkArray("F8", keep=keep)
b = ChunkArray("S8", keep_bytes=8 * keep)
block = [0.5] * 1000
def run(count):
    for _ in range(count // 10_000):
        for k in range(1000):
            a.append(k)
            b.append(k)
        for _ in range(9):
            a.extend(block)
            b.extend(range(1000))
run(total)
before = resident()
for _ in range(rounds):
    run(total)
    after = resident()  # which collects, so that garbage does not pile up to a larger heap
assert keep <= len(a) < keep + 2024 and keep <= len(b) < keep + 2024, (len(a), len(b))
assert a.first > total and b.first > total
print(before, after, a.committed_bytes + b.committed_bytes)
"""


@pytest.mark.skipif(HOST == "debug", reason="HPy's debug mode keeps a record for every handle")
def test_memory_stays_flat():
    """A program that appends on and on, shortened: many times what is kept goes through."""
    pytest.importorskip("resource")
    try:
        open("/proc/self/statm").close()
    except OSError:
        pytest.skip("no /proc here")
    total = scaled(4_000_000, least=100_000)
    rounds = 1 if CPYTHON else 3  # collectors that take their time need more to tell growth from noise
    run = run_python(GROWS, *map(str, (total, total // 20, rounds)), timeout=900)
    before, after, committed = map(int, run.stdout.split())
    # Without keep, it would have been 16 bytes for each element.
    assert committed < 16 * (total // 20 + 3 * 1024) + (1 << 20), committed
    if IMPLEMENTATION != "graalpy":  # whose own heap moves by more than all these elements take
        assert after - before < 16 * total * rounds // (4 if CPYTHON else 2), (before, after)
