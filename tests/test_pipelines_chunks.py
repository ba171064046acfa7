"""map_chunks, filter_chunks and reduce_chunks: functions of Python that get whole chunks."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunkarray import ChunkArray, Record
from support import needs_numpy, scaled

LAYOUTS = [{"chunk_size": 2}, {"chunk_size": 4, "growth": "fixed"}, {"capacity": 100}]
WAYS = [{}, {"threads": 3}, {"size": 3}, {"threads": 0, "size": 1}]


@settings(max_examples=scaled(40, least=5), deadline=None)
@given(st.lists(st.integers(-100, 100), max_size=30), st.sampled_from(LAYOUTS), st.sampled_from(WAYS))
def test_map_filter_and_reduce_by_chunks(values, layout, way):
    a = ChunkArray("S4", values, **layout)
    assert a.map_chunks(lambda chunk: [int(v) * 2 for v in chunk], **way).tolist() == [v * 2 for v in values]
    assert a.filter_chunks(lambda chunk: [int(v) % 3 == 0 for v in chunk], **way).tolist() == [
        v for v in values if v % 3 == 0
    ]
    assert (
        a[1:].reduce_chunks(lambda found, chunk: found + [int(v) for v in chunk], [], combine=list.__add__, **way)
        == values[1:]
    )
    in_order = {"size": way.get("size")}
    assert a[::-2].reduce_chunks(lambda found, chunk: found + [int(v) for v in chunk], [], **in_order) == values[::-2]


def test_what_they_get_and_give():
    a = ChunkArray("S4", range(10), chunk_size=4)
    assert a.map_chunks(lambda chunk: [len(chunk)], dtype="U8").tolist() == [len(chunk) for chunk in a.chunks()]
    assert a.map_chunks(lambda chunk: [len(chunk)], size=3).tolist() == [3, 1, 3, 1, 2]
    assert a.map_chunks(lambda chunk: ChunkArray("F8", [0.5])).dtype == "F8"
    assert a.map_chunks(lambda chunk: []).dtype == "S4"
    assert ChunkArray("S4").map_chunks(lambda chunk: 1 / 0, "F8").dtype == "F8"
    assert ChunkArray("S4").reduce_chunks(lambda found, chunk: 1 / 0, 7) == 7
    assert ChunkArray("S4").reduce_chunks(lambda found, chunk: 1 / 0, 7, combine=max, threads=2) == 7
    seen = []
    a.map_chunks(lambda chunk: seen.append(type(chunk).__name__) or [])
    assert set(seen) <= {"ndarray", "memoryview"}


class Failed(Exception):
    pass


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_exceptions_end_it(threads):
    a, called = ChunkArray("S4", range(1000), chunk_size=1, growth="fixed"), []

    def fail(chunk):
        called.append(int(chunk[0]))
        if chunk[0] == 10:
            raise Failed(int(chunk[0]))
        return [True]

    for call in (
        lambda: a.map_chunks(fail, threads=threads),
        lambda: a.filter_chunks(fail, threads=threads),
        lambda: a.reduce_chunks(lambda found, chunk: fail(chunk), 0, combine=max, threads=threads),
    ):
        called.clear()
        with pytest.raises(Failed, match="^10$"):
            call()
        assert 11 <= len(called) < 11 + 4 * threads
    with pytest.raises(Failed):
        a.reduce_chunks(lambda found, chunk: fail(chunk), 0)
    assert a.tolist() == list(range(1000))


def test_the_first_exception_is_that_of_the_first_chunk():
    a = ChunkArray("S4", range(2), chunk_size=1, growth="fixed")

    def fail(chunk):
        time.sleep(0.05 if chunk[0] == 0 else 0)
        raise Failed(int(chunk[0]))

    with pytest.raises(Failed, match="^0$"):
        a.map_chunks(fail, threads=2)


def test_threads_work_at_the_same_time():
    a = ChunkArray("S4", range(4), chunk_size=1, growth="fixed")
    together = threading.Barrier(2, timeout=20)

    def meet(chunk):
        together.wait()
        return chunk

    assert a.map_chunks(meet, threads=2).tolist() == [0, 1, 2, 3]


def test_an_array_that_changes_meanwhile():
    """What was there when it began is what it takes."""

    def change(chunk):
        a.append(9)
        a.drop_front(2)
        return [True] * len(chunk)

    a = ChunkArray("S4", range(8), chunk_size=4, growth="fixed")
    with pytest.raises(IndexError):
        a.filter_chunks(change)
    a = ChunkArray("S4", range(8), chunk_size=2)
    assert a.filter_chunks(lambda chunk: [a.append(9) is None for _ in chunk]).tolist() == list(range(8))
    assert a.map_chunks(lambda chunk: change(chunk) and list(map(int, chunk))).tolist() == [*range(8), *[9] * 8]


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda a: a.filter_chunks(lambda chunk: [True]), ValueError, "1 truth values for a chunk of 4 elements"),
        (lambda a: a.filter_chunks(lambda chunk: True), TypeError, "a truth value for each element of the chunk"),
        (lambda a: a.filter_chunks(lambda chunk: None), TypeError, "not NoneType"),
        (lambda a: a.map_chunks(lambda chunk: None), TypeError, "gives a buffer or an iterable, not NoneType"),
        (lambda a: a.map_chunks(lambda chunk: 5), TypeError, "gives a buffer or an iterable, not int"),
        (
            lambda a: a.map_chunks(lambda chunk: [0.5]),
            TypeError,
            "an array of 'S4', which map_chunks.. makes, takes no such",
        ),
        (lambda a: a.map_chunks(lambda chunk: [2**40]), OverflowError, "out of range"),
        (lambda a: a.map_chunks(lambda chunk: chunk, "X9"), ValueError, "unknown dtype"),
        (lambda a: a.map_chunks(5), TypeError, "a function of a chunk, not int"),
        (lambda a: a.map_chunks(lambda chunk: chunk, threads=-1), ValueError, "threads is not negative"),
        (lambda a: a.map_chunks(lambda chunk: chunk, threads=0.5), TypeError, "float"),
        (lambda a: a.map_chunks(lambda chunk: chunk, size=0), ValueError, "size is at least 1"),
        (lambda a: a.reduce_chunks(lambda x, chunk: x, 0, threads=2), TypeError, "combine=f"),
    ],
)
def test_bad_input(call, error, words):
    a = ChunkArray("S4", range(9), chunk_size=4)
    with pytest.raises(error, match=words):
        call(a)
    assert a.tolist() == list(range(9))


class Tick(Record):
    price: "F8"
    size: ">U2"
    side: "U1:1"
    kind: "U1:7"


TICKS = [(k * 1.5, 10 - k, k % 2, k) for k in range(9)]


def test_columns():
    a = ChunkArray(Tick, TICKS, chunk_size=4)
    assert a["price"].map_chunks(lambda chunk: [float(v) + 1 for v in chunk]).tolist() == [t[0] + 1 for t in TICKS]
    assert a[2:]["size"].filter_chunks(lambda chunk: [int(v) < 5 for v in chunk]).tolist() == [4, 3, 2]
    assert a["side"].reduce_chunks(lambda total, chunk: total + sum(map(int, chunk)), 0) == 4


@needs_numpy
def test_numpy_arrays():
    import numpy

    a = ChunkArray("S4", range(20), chunk_size=4)
    assert a.map_chunks(numpy.sqrt).dtype == "F8"
    assert a.map_chunks(lambda chunk: chunk > 4).tolist() == [v > 4 for v in range(20)]
    assert a.map_chunks(lambda chunk: chunk.sum()).tolist() == [6, 22, 92, 70]
    assert a.filter_chunks(lambda chunk: chunk % 2, threads=2).tolist() == list(range(1, 20, 2))  # no indices
    for strange in ("f2", "c16", "U3"):
        with pytest.raises(ValueError, match="dtype"):
            a.map_chunks(lambda chunk, strange=strange: chunk.astype(strange))
    with pytest.raises(TypeError, match="takes no such result"):
        a.map_chunks(lambda chunk: chunk if len(chunk) == 4 else chunk * 0.5)
    with pytest.raises(IndexError, match="dimension"):
        a.filter_chunks(lambda chunk: numpy.zeros((len(chunk), 2), bool))
    pairs = ChunkArray("F4[2]", [(1, 2), (3, 4)])
    assert pairs.map_chunks(lambda chunk: chunk * 2).dtype == "F4[2]"
    assert pairs.map_chunks(lambda chunk: chunk * numpy.float64(0.5)).tolist() == [(0.5, 1.0), (1.5, 2.0)]
    assert pairs.map_chunks(lambda chunk: chunk.sum(axis=1)).tolist() == [3.0, 7.0]
    assert ChunkArray("B4", [1]).map_chunks(lambda chunk: chunk + 1).dtype == "B4"
    assert ChunkArray(">F4", [1]).map_chunks(lambda chunk: chunk).dtype == ">F4"
    times = ChunkArray("TIME[s]", [0, 5, 9])
    assert times.map_chunks(lambda chunk: chunk - chunk[0]).dtype == "SPAN[s]"
    records = ChunkArray(Tick, TICKS, chunk_size=4)
    assert records.map_chunks(lambda chunk: chunk[::-1])[0].size == 7
    assert records.map_chunks(lambda chunk: chunk["price"], threads=2).tolist() == [t[0] for t in TICKS]
    assert records.filter_chunks(lambda chunk: chunk["price"] > 9).tolist() == TICKS[7:]
