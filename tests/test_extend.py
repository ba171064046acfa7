"""extend: iterables, buffers and arrays; all of their elements or none."""

import itertools
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray
from support import needs_numpy, sample, scaled


@pytest.mark.parametrize(
    "source",
    [list, tuple, iter, set, dict.fromkeys, lambda x: (v for v in x), lambda x: array("d", x), range],
    ids=repr,
)
def test_sources(source):
    given_values = source(3) if source is range else source([0.0, 1.0, 2.0])
    a = ChunkArray("F8", [5.0])
    assert a.extend(given_values) is None
    assert a.tolist() == [5.0, 0.0, 1.0, 2.0]


def test_sources_as_first_values():
    assert ChunkArray("U1", b"abc").tolist() == [97, 98, 99]
    assert ChunkArray("U1", bytearray(b"abc")).tolist() == [97, 98, 99]
    assert ChunkArray("F8", range(3)).tolist() == [0.0, 1.0, 2.0]
    assert ChunkArray("S4", array("i", [1, -2])).tolist() == [1, -2]
    assert ChunkArray("F8", array("i", [1, -2])).tolist() == [1.0, -2.0]
    assert ChunkArray("S2", array("b", [1, -2])).tolist() == [1, -2]
    assert ChunkArray("F8", values=[1]).tolist() == [1.0]
    assert ChunkArray("F8", None).tolist() == ChunkArray("F8", []).tolist() == []


@pytest.mark.parametrize("dtype", ["F8", ">F8", "F4", "S4", ">U2", "B8", "BOOL"])
def test_arrays_as_sources(dtype):
    a = ChunkArray(dtype, sample(dtype) * 5, chunk_size=2)
    b = ChunkArray(dtype, chunk_size=4, growth="fixed")
    b.extend(a)
    b += a[3:]
    assert b.tolist() == a.tolist() + a.tolist()[3:]
    for chunk in a.chunks():
        b.extend(chunk)
    assert b.tolist()[-len(a) :] == a.tolist()
    a.extend(a)
    a += a
    a.extend(a[5:9])
    assert a.tolist() == sample(dtype) * 20 + (sample(dtype) * 3)[5:9]


def test_arrays_of_other_dtypes_as_sources():
    a = ChunkArray("F8", ChunkArray("U2", [1, 2]))
    a.extend(ChunkArray(">F4", [0.5]))
    assert a.tolist() == [1.0, 2.0, 0.5]
    with pytest.raises(OverflowError):
        ChunkArray("U1", ChunkArray("U2", [1, 256]))
    with pytest.raises(TypeError):
        ChunkArray("U1", ChunkArray("F8", [1.0]))


def test_buffers_that_are_not_in_one_piece():
    source = memoryview(array("d", range(10)))
    assert ChunkArray("F8", source[::3]).tolist() == [0.0, 3.0, 6.0, 9.0]
    assert ChunkArray("F8", source[::-1]).tolist() == [float(9 - k) for k in range(10)]
    assert ChunkArray("U1", memoryview(b"abcdef")[::2]).tolist() == [97, 99, 101]


@needs_numpy
def test_numpy_sources():
    import numpy

    assert ChunkArray("F8", numpy.arange(5.0)).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert ChunkArray("F8", numpy.arange(5, dtype=">f8")[::2]).tolist() == [0.0, 2.0, 4.0]
    assert ChunkArray(">U2", numpy.arange(5, dtype=">u2")).tolist() == [0, 1, 2, 3, 4]
    assert ChunkArray("F8", numpy.arange(3, dtype="i4")).tolist() == [0.0, 1.0, 2.0]
    assert ChunkArray("BOOL", numpy.array([True, False])).tolist() == [True, False]
    assert ChunkArray("F4[2]", numpy.ones((3, 2), "f4")).tolist() == [(1.0, 1.0)] * 3
    with pytest.raises(TypeError):
        ChunkArray("S8", numpy.arange(3.0))


@pytest.mark.parametrize("bad", [5, None, 1.5, object()], ids=repr)
def test_what_is_no_source(bad):
    a = ChunkArray("F8", [1.0])
    with pytest.raises(TypeError):
        a.extend(bad)
    assert a.tolist() == [1.0]


def test_text_is_no_source():
    a = ChunkArray("U1", [1])
    with pytest.raises(TypeError, match="U1 takes an int, not str"):
        a.extend("abc")
    assert a.tolist() == [1]


class Interrupted(Exception):
    pass


def failing(count):
    yield from range(count)
    raise Interrupted


@pytest.mark.parametrize("count", [0, 1, 5, 5000])
def test_an_iterable_that_fails_half_way(count):
    count = scaled(count)
    a = ChunkArray("F8", [1.0, 2.0], chunk_size=2)
    before = a.chunk_count, a.address_of(0)
    for _ in range(2):
        with pytest.raises(Interrupted):
            a.extend(failing(count))
        with pytest.raises(TypeError):
            a.extend(itertools.chain(range(count), ["x"]))
        with pytest.raises(TypeError):
            a.extend(list(range(count)) + [None])
        with pytest.raises(TypeError):
            a += tuple(range(count)) + ("x",)
    assert a.tolist() == [1.0, 2.0] and (a.chunk_count, a.address_of(0)) == before
    with pytest.raises(Interrupted):
        ChunkArray("F8", failing(3))


def test_a_list_that_changes_while_it_is_read():
    class Shrinks:
        def __float__(self):
            del source[1:]
            return 1.0

    class Grows:
        def __float__(self):
            if len(source) < 1000:
                source.extend([2.0] * 100)
            return 1.0

    source = [Shrinks()] + [2.0] * 100
    a = ChunkArray("F8")
    a.extend(source)
    assert a[0] == 1.0 and len(a) in (1, 101)
    source = [Grows(), 3.0]
    a.clear()
    a.extend(source)
    assert a.tolist()[:2] == [1.0, 3.0]


def test_an_iterable_that_appends_to_the_array_itself():
    a = ChunkArray("S8", [0])

    def source():
        for k in range(1, 5):
            a.append(100 + k)
            yield k

    a.extend(source())
    assert a.tolist() == [0, 101, 102, 103, 104, 1, 2, 3, 4]


def test_a_wrong_length_hint_does_no_harm():
    class Liar:
        def __init__(self, hint):
            self.hint = hint

        def __iter__(self):
            return iter(range(3))

        def __length_hint__(self):
            return self.hint

    for hint in (0, 1, 10**6):
        assert ChunkArray("S8", Liar(hint)).tolist() == [0, 1, 2]


@given(
    st.lists(st.lists(st.floats(allow_nan=False), max_size=40), max_size=6),
    st.sampled_from([1, 4, 64]),
    st.sampled_from(["double", "fixed"]),
)
def test_bytes_and_buffers_add_up(parts, chunk_size, growth):
    a = ChunkArray("F8", chunk_size=chunk_size, growth=growth)
    b = ChunkArray("F8", chunk_size=chunk_size, growth=growth)
    for part in parts:
        a.extend(array("d", part))
        b.frombytes(array("d", part).tobytes())
    whole = [x for part in parts for x in part]
    assert a.tolist() == b.tolist() == whole
    assert a.tobytes() == b.tobytes() == array("d", whole).tobytes()


def test_frombytes():
    a = ChunkArray("S4", [1])
    for source in (b"\2\0\0\0", bytearray(b"\3\0\0\0"), memoryview(b"\4\0\0\0"), b""):
        a.frombytes(source)
    assert a.tolist() == [1, 2, 3, 4]
    with pytest.raises(ValueError):
        a.frombytes(b"12345")
    for bad in ("1234", 5, None, [1, 2]):
        with pytest.raises(TypeError):
            a.frombytes(bad)
    assert a.tolist() == [1, 2, 3, 4]
