"""Chunks, and views of them that live while the array grows."""

import hashlib
from array import array

import pytest

from chunkarray import Chunk, ChunkArray
from support import ABOUT, ALL, CPYTHON, DOOR, IMPLEMENTATION, VIEWS_WITH_GAPS, collect, needs_numpy, sample, scaled


def view_of(chunk):
    """The chunk's values, for dtypes that memoryview reads itself."""
    return memoryview(chunk).tolist()


@pytest.mark.parametrize("growth", ["double", "fixed"])
@pytest.mark.parametrize("capacity", [0, 5])
def test_chunks_hold_the_elements_in_order(growth, capacity):
    a = ChunkArray("F8", range(100), chunk_size=4, growth=growth, capacity=capacity)
    chunks = a.chunks()
    assert all(type(chunk) is Chunk for chunk in chunks)
    assert [x for chunk in chunks for x in view_of(chunk)] == a.tolist()
    assert [chunk.start for chunk in chunks] == [sum(map(len, chunks[:k])) for k in range(len(chunks))]
    assert len(chunks) == a.chunk_count and a.contiguous == (len(chunks) == 1)
    for chunk in chunks:
        assert chunk.address == a.address_of(chunk.start)
        assert (chunk.dtype, chunk.itemsize, chunk.nbytes) == ("F8", 8, 8 * len(chunk))
    if not capacity:
        sizes = [4, 4, 8, 16, 32, 36] if growth == "double" else [4] * 25
        assert list(map(len, chunks)) == sizes


def test_an_empty_array_has_no_chunks():
    a = ChunkArray("F8")
    assert a.chunks() == [] and a.chunk_count == 0 and a.contiguous and a.nbytes == 0


@pytest.mark.parametrize("dtype", sorted(set(ALL) - {"BOOL"}) + ["BOOL"])
def test_the_buffer_of_a_chunk(dtype):
    a = ChunkArray(dtype, sample(dtype))
    view = memoryview(a.chunks()[0])
    assert (
        view.itemsize == ALL[dtype] and view.nbytes == a.nbytes and view.shape == (3,) and view.strides == (ALL[dtype],)
    )
    assert not view.readonly and view.ndim == 1 and view.contiguous
    assert bytes(view) == view.tobytes() == a.tobytes()
    if dtype in ("F8", "U1", "S4", "BOOL"):
        assert view.format == {"F8": "d", "U1": "B", "S4": "i", "BOOL": "?"}[dtype]
        assert view.tolist() == sample(dtype)
    if dtype.startswith(">"):
        assert view.format[0] == ">"


def test_the_buffer_of_shaped_elements():
    view = memoryview(ChunkArray("F4[3]", [(1, 2, 3), (4, 5, 6)]).chunks()[0])
    assert view.format == "f" and view.shape == (2, 3) and view.strides == (12, 4)
    assert view.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def test_views_stay_valid_while_the_array_grows():
    a = ChunkArray("F8", [0.5, 1.5, 2.5])
    view = memoryview(a.chunks()[0])
    addresses = [a.address_of(k) for k in range(3)]
    for k in range(scaled(200_000)):
        a.append(k)
    assert [a.address_of(k) for k in range(3)] == addresses
    assert view.tolist() == [0.5, 1.5, 2.5]
    view[1] = 7.0
    assert a[1] == 7.0
    a[2] = 8.0
    assert view[2] == 8.0


@pytest.mark.skipif(not CPYTHON, reason="other interpreters let the view dangle")
def test_what_array_does_instead():
    model = array("d", [0.5])
    view = memoryview(model)
    with pytest.raises(BufferError):
        model.append(1.0)
    assert view[0] == 0.5


def test_addresses_never_change():
    a = ChunkArray("U4", chunk_size=2)
    addresses = []
    for k in range(scaled(5000, least=200)):
        a.append(k)
        addresses.append(a.address_of(k))
    assert [a.address_of(k) for k in range(len(a))] == addresses
    assert len(set(addresses)) == len(a)
    a.extend(range(1000))
    assert [a.address_of(k) for k in range(len(addresses))] == addresses
    assert a.address_of(-1) == a.address_of(len(a) - 1)
    with pytest.raises(IndexError):
        a.address_of(len(a))


def test_views_outlive_the_array():
    a = ChunkArray("F8", range(50), chunk_size=4)
    chunks = a.chunks()
    views = [memoryview(chunk) for chunk in chunks[:3]]
    last = chunks[-1]
    del a, chunks
    collect()
    other = [ChunkArray("F8", [9.0] * 50, chunk_size=4) for _ in range(100)]
    assert [x for view in views for x in view] == [float(k) for k in range(16)]
    assert view_of(last)[-1] == 49.0 and len(other) == 100


@pytest.mark.parametrize("shorten", ["clear", "truncate", "close", "pop"])
def test_views_outlive_the_elements(shorten):
    a = ChunkArray("S8", range(100), chunk_size=4)
    views = [memoryview(chunk) for chunk in a.chunks()]
    before = [view.tolist() for view in views]
    if shorten == "truncate":
        a.truncate(0)
    elif shorten == "pop":
        while a:
            a.pop()
    else:
        getattr(a, shorten)()
    assert len(a) == 0
    assert [view.tolist() for view in views] == before
    if shorten == "close":
        a = ChunkArray("S8", chunk_size=4)  # closed for good; its memory may now be this one's, unless a view keeps it
    a.extend(range(1000, 1100))
    collect()
    assert a.tolist() == list(range(1000, 1100))
    for view, old in zip(views, before):  # the old elements, or the new ones in the same place: never anything else
        assert view.tolist() in (old, [x + 1000 for x in old])


def test_a_chunk_shows_what_was_there_when_it_was_made():
    a = ChunkArray("S8", [1, 2])
    chunk = a.chunks()[0]
    a.append(3)
    assert len(chunk) == 2 and view_of(chunk) == [1, 2]
    assert view_of(a.chunks()[0]) == [1, 2, 3]


def test_chunks_come_from_arrays_only():
    try:
        chunk = Chunk()
    except TypeError:
        return
    for use in (lambda: len(chunk), lambda: chunk.address, lambda: memoryview(chunk)):
        with pytest.raises((TypeError, BufferError)):
            use()


def test_read_only_attributes():
    a = ChunkArray("F8", [1.0])
    of_both = ["dtype", "itemsize", "nbytes"]
    of_arrays = "element_size chunk_size growth capacity chunk_count arena_capacity contiguous committed_bytes".split()
    for owner, names in ((a, of_both + of_arrays), (a.chunks()[0], [*of_both, "start", "address"])):
        for name in names:
            value = getattr(owner, name)
            try:
                setattr(owner, name, 77)
            except (AttributeError, TypeError):
                pass
            else:
                assert ABOUT["host"] == "native" and type(owner) is Chunk  # PyPy's HPy ignores what a setter returns
            assert getattr(owner, name) == value != 77
    # Nothing is left behind for a later call to raise: -1.0 is what makes one look for an exception.
    a.append(-1.0)
    assert a[-1] == -1.0


def test_capacity_is_one_piece_and_free_of_charge():
    a = ChunkArray("F8", capacity=10**9)
    assert a.capacity == 10**9 and a.committed_bytes < 2**24
    a.extend(range(scaled(100_000)))
    assert a.contiguous and a.chunk_count == 1 and a.committed_bytes < 2**24
    assert a.address_of(len(a) - 1) - a.address_of(0) == 8 * (len(a) - 1)
    assert a.arena_capacity >= len(a)


def test_committed_bytes():
    a = ChunkArray("F8")
    assert a.committed_bytes == 0
    a.extend(range(10_000))
    assert a.nbytes <= a.committed_bytes <= 3 * a.nbytes
    a.close()
    assert len(a) == 0
    if not ABOUT["free_threaded"]:  # there, others may be reading: the memory goes when the array does
        assert a.committed_bytes < 1000  # a table of chunks may stay


@pytest.mark.skipif(not CPYTHON, reason="sys.getsizeof is CPython's")
def test_sizeof():
    import sys

    # A class that holds a native object is an object more.
    assert sys.getsizeof(ChunkArray("F8")) <= (256 if DOOR == "subclass" else 384)
    assert 8 * 10_000 < sys.getsizeof(ChunkArray("F8", range(10_000))) < 3 * 8 * 10_000


@needs_numpy
def test_numpy_of_an_array_in_one_piece_is_its_own_memory():
    import numpy

    a = ChunkArray("F8", [1.0, 2.0, 3.0])
    n = a.numpy()
    assert n.dtype == "f8" and n.tolist() == [1.0, 2.0, 3.0] and n.flags.writeable
    assert n.__array_interface__["data"][0] == a.address_of(0)
    n[0] = 5.0
    assert a[0] == 5.0
    for k in range(scaled(100_000)):
        a.append(k)
    assert n.tolist() == [5.0, 2.0, 3.0]
    assert numpy.shares_memory(n, a.numpy(copy=False)[:3]) if a.contiguous else True
    independent = ChunkArray("F8", [1.0]).numpy(copy=True)
    independent[0] = 2.0
    assert independent.flags.writeable


@needs_numpy
def test_numpy_of_an_array_in_pieces_is_a_read_only_copy():
    a = ChunkArray("S4", range(100), chunk_size=4)
    n = a.numpy()
    assert n.tolist() == a.tolist() and not n.flags.writeable
    with pytest.raises(ValueError):
        n[0] = 1
    with pytest.raises(ValueError, match="copy=False"):
        a.numpy(copy=False)
    n = a.numpy(copy=True)
    n[0] = 77
    assert a[0] == 0 and n[0] == 77


@needs_numpy
def test_numpy_of_every_dtype():
    for dtype in sorted(ALL) + ["F4[3]", ">S2[2,2]"]:
        values = {"F4[3]": [(1, 2, 3)] * 3, ">S2[2,2]": [((1, 2), (3, 4))] * 3}.get(dtype) or sample(dtype)
        for chunk_size in (1, 64):
            a = ChunkArray(dtype, values, chunk_size=chunk_size)
            empty = ChunkArray(dtype).numpy()
            n = a.numpy()
            assert n.tobytes() == a.tobytes() and n.shape[0] == 3 and n.nbytes == a.nbytes
            assert empty.dtype == n.dtype and empty.shape == (0,) + n.shape[1:]


@needs_numpy
def test_numpy_takes_arrays_and_slices():
    import numpy

    a = ChunkArray("F8", range(10), chunk_size=4)
    assert numpy.asarray(a).tolist() == a.tolist()
    assert numpy.array(a, dtype="f4").dtype == "f4"
    assert float(numpy.sum(a[2:5])) == 9.0
    assert numpy.asarray(a, dtype="i8").tolist() == list(range(10))
    assert numpy.asarray(a[:3]).__array_interface__["data"][0] == a.address_of(0)


@needs_numpy
def test_numpy_of_slices():
    for growth in ("double", "fixed"):
        a = ChunkArray("S8", range(60), chunk_size=4, growth=growth, capacity=3)
        for start in (None, 0, 2, 3, 17, 59, 60, -1):
            for stop in (None, 0, 3, 18, 60, -2):
                for step in (1, 2, 7, -1, -3, 100):
                    key = slice(start, stop, step)
                    assert a[key].numpy().tolist() == list(range(60))[key], key
    piece = a[3:7]
    n = piece.numpy()
    n[0] = -5
    assert a[3] == -5 and piece[0] == -5
    assert a[6:2:-1].numpy().tolist() == [6, 5, 4, -5]


@needs_numpy
def test_array_interface():
    import numpy

    chunk = ChunkArray(">U2", [1, 2, 3]).chunks()[0]
    interface = chunk.__array_interface__
    assert interface["version"] == 3 and interface["typestr"] == ">u2" and tuple(interface["shape"]) == (3,)
    assert tuple(interface["data"]) == (chunk.address, False)
    assert numpy.asarray(chunk).tolist() == [1, 2, 3]


@pytest.mark.parametrize("dtype", sorted(ALL))
def test_a_chunk_is_a_sequence(dtype):
    a = ChunkArray(dtype, sample(dtype))
    (chunk,) = a.chunks()
    assert [chunk[i] for i in (0, 1, 2, -3, -2, -1)] == sample(dtype) * 2
    assert list(chunk) == a.tolist() and [type(x) for x in chunk] == [type(x) for x in a]
    assert sample(dtype)[1] in chunk and list(reversed(chunk)) == a.tolist()[::-1]
    chunk[0] = chunk[-1] = sample(dtype)[1]
    assert a.tolist() == [sample(dtype)[1]] * 3
    assert not chunk.readonly


def test_indexes_of_a_chunk():
    a = ChunkArray("S4", [1, 2, 3])
    (chunk,) = a.chunks()
    for bad in (3, -4, 10**6):
        for action in (lambda: chunk[bad], lambda: chunk.__setitem__(bad, 7), lambda: chunk.__setitem__(bad, "x")):
            with pytest.raises(IndexError) as caught:
                action()
            assert str(caught.value) == "index %d is out of range for length 3" % bad
    with pytest.raises(IndexError):
        chunk[2**70]
    for bad in ("1", 1.0, None):
        with pytest.raises(TypeError, match="Chunk indices must be integers, not " + type(bad).__name__):
            chunk[bad]
    for action in (lambda: chunk[:], lambda: chunk.__setitem__(slice(1), [1])):
        with pytest.raises(TypeError, match=r"memoryview\(chunk\) has them"):
            action()
    for bad, error in (("x", TypeError), (1.5, TypeError), (2**31, OverflowError)):
        with pytest.raises(error, match="S4"):
            chunk[0] = bad
    with pytest.raises(TypeError):
        del chunk[0]
    a.append(4)  # the chunk has what the array had when it was asked for
    with pytest.raises(IndexError):
        chunk[3]
    assert a.tolist() == [1, 2, 3, 4] and chunk[True] == 2


def test_an_element_of_a_chunk_outlives_the_array():
    a = ChunkArray("F4[2]", [(1, 2)] * 3)
    (chunk,) = a.chunks()
    a.close()
    del a
    chunk[1] = (5, 6)
    assert list(chunk) == [(1.0, 2.0), (5.0, 6.0), (1.0, 2.0)]


@pytest.mark.parametrize("dtype", sorted(ALL) + ["S2[3]", "TIME[s]"])
@pytest.mark.parametrize("step", [2, 3, -1, -4])
def test_chunks_with_gaps(dtype, step):
    values = [(1, 2, 3)] * 11 if "[3]" in dtype else [None, 5] * 5 + [7] if dtype == "TIME[s]" else None
    values = values or (sample(dtype) * 4)[:11]
    a = ChunkArray(dtype, values)
    chunks = a[::step].chunks()
    assert [x for chunk in chunks for x in chunk] == a.tolist()[::step]
    (chunk,) = chunks
    assert len(chunk) == len(a.tolist()[::step]) and chunk.nbytes == len(chunk) * a.itemsize
    assert chunk.start == (0 if step > 0 else 10) and chunk.address == a.address_of(chunk.start)
    assert chunk.__array_interface__["strides"][0] == step * a.itemsize
    if VIEWS_WITH_GAPS:
        view = memoryview(chunk)
        assert view.strides[0] == step * a.itemsize and view.shape[0] == len(chunk) and not view.c_contiguous
        assert view.tobytes() == a[::step].tobytes()
    else:
        with pytest.raises(BufferError, match="gaps"):
            memoryview(chunk)
    assert chunk[-1] == a.tolist()[::step][-1]
    chunk[1] = chunk[0]
    assert a[::step][1] == a[::step][0]
    with pytest.raises(IndexError):
        chunk[len(chunk)]


@needs_numpy
def test_chunks_with_gaps_in_numpy():
    import numpy

    a = ChunkArray(">U2[2]", [(i, i + 1) for i in range(10)], capacity=10)
    (chunk,) = a[7:1:-3].chunks()
    view = numpy.asarray(chunk)
    assert view.tolist() == [[7, 8], [4, 5]] and view.dtype == ">u2" and view.strides == (-12, 2)
    view[1] = 0
    assert a[4] == (0, 0)


@pytest.mark.skipif(IMPLEMENTATION == "graalpy", reason="memoryview asks for anything there")
def test_who_needs_memory_without_gaps_is_refused():
    (chunk,) = ChunkArray("U1", range(9))[::2].chunks()
    with pytest.raises(BufferError, match="gaps"):
        hashlib.sha1(chunk)
    with pytest.raises((TypeError, BufferError)):
        memoryview(chunk).cast("B")
    assert memoryview(ChunkArray("U1", range(9))[::9].chunks()[0]).c_contiguous  # a single element has no gaps
