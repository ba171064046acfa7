"""Arenas: pieces that never move, marks, rewinding, and arrays that live in them."""

import copy
import pickle
import sys
import threading
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import Arena, Chunk, ChunkArray
from support import ABOUT, CPYTHON, IMPLEMENTATION, collect, needs_numpy, scaled


def test_push_copies_bytes():
    arena = Arena()
    data = bytearray(b"abc")
    piece = arena.push(data)
    data[0] = ord("x")
    assert isinstance(piece, Chunk)
    assert bytes(memoryview(piece)) == b"abc"
    assert (len(piece), piece.nbytes, piece.dtype, piece[0]) == (3, 3, "U1", ord("a"))
    memoryview(piece)[1] = ord("y")
    assert bytes(memoryview(piece)) == b"ayc"


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"", b""),
        ("", b""),
        ("Kármán", "Kármán".encode()),
        ("a\0b", b"a\0b"),
        (b"\0\xff", b"\0\xff"),
        (bytearray(b"abc"), b"abc"),
        (memoryview(b"abcdef")[1:3], b"bc"),
        (memoryview(b"abcdef")[::2], b"ace"),
        (memoryview(b"abcdef")[::-1], b"fedcba"),
    ],
)
def test_what_may_be_pushed(data, expected):
    piece = Arena().push(data)
    assert bytes(memoryview(piece)) == expected
    assert bytes(memoryview(Arena().push(data, alignment=64))) == expected


def test_other_objects_buffers():
    from array import array

    arena = Arena()
    assert bytes(memoryview(arena.push(array("d", [1.5])))) == array("d", [1.5]).tobytes()
    chunk = ChunkArray("U2", [1, 2]).chunks()[0]
    assert bytes(memoryview(arena.push(chunk))) == b"\1\0\2\0"
    assert bytes(memoryview(arena.push(arena.push(b"again")))) == b"again"


@needs_numpy
def test_numpy_arrays():
    import numpy

    arena = Arena()
    values = numpy.arange(12, dtype="i4").reshape(3, 4)
    assert bytes(memoryview(arena.push(values))) == values.tobytes()
    assert bytes(memoryview(arena.push(values[:, ::2]))) == values[:, ::2].tobytes()
    room = numpy.asarray(arena.array("F4", 5))
    room += 1.5
    assert room.tolist() == [1.5] * 5 and room.dtype == "f4"


@pytest.mark.parametrize("bad", [1, 1.5, None, [1, 2], object()])
def test_what_is_no_buffer(bad):
    arena = Arena()
    with pytest.raises(TypeError, match="push\\(\\) takes a str, bytes or another buffer, not "):
        arena.push(bad)
    assert arena.used == 0


def test_a_str_that_utf_8_has_no_place_for():
    arena = Arena()
    with pytest.raises(UnicodeEncodeError):
        arena.push("\ud800")
    assert arena.used == 0


def test_numbers():
    arena = Arena(chunk_size=1024)
    assert (arena.used, arena.nbytes, arena.capacity, arena.chunk_count, arena.committed_bytes) == (0, 0, 0, 0, 0)
    arena.push(b"abc")
    arena.push(b"abc")
    assert (arena.used, arena.nbytes, arena.capacity, arena.chunk_count) == (11, 11, 1024, 1)
    arena.push(bytes(1024))
    assert (arena.used, arena.chunk_count) == (11 + 1024, 2)
    arena.push(bytes(5000))
    assert arena.capacity >= 11 + 1024 + 5000
    assert arena.committed_bytes >= arena.used
    assert (arena.chunk_size, arena.growth, arena.alignment, arena.closed) == (1024, "double", 8, False)
    if IMPLEMENTATION != "pypy":  # which knows no object's size
        assert sys.getsizeof(arena) > arena.used
    assert repr(arena) == "<Arena, %d of %d bytes used, chunks: 3>" % (arena.used, arena.capacity)


def test_growth():
    double, fixed = Arena(chunk_size=64), Arena(chunk_size=64, growth="fixed")
    for _ in range(100):
        double.push(bytes(64))
        fixed.push(bytes(64))
    assert fixed.chunk_count == 100
    assert double.chunk_count < 10


def test_alignment():
    arena = Arena(alignment=32)
    for size in range(1, 20):
        assert arena.push(bytes(size)).address % 32 == 0
    assert arena.push(b"x", alignment=4096).address % 4096 == 0
    first, second = arena.push(b"x", alignment=1), arena.push(b"x", alignment=1)
    assert second.address == first.address + 1
    arena = Arena(alignment=1)
    arena.push(b"x")
    assert arena.array("F8", 3).address % 8 == 0
    assert arena.array("U1", 3, alignment=256).address % 256 == 0
    assert arena.push(b"y", alignment=1 << 20).address % (1 << 20) == 0


@pytest.mark.parametrize("dtype", ["F8", ">U4", "BOOL", "S2[3]", float, "B8"])
def test_arrays_of_zeros(dtype):
    arena = Arena()
    with arena.defer_rewind():
        arena.push(b"\xff" * 1000)
    piece = arena.array(dtype, 20)
    assert len(piece) == 20 and piece.dtype == ChunkArray(dtype).dtype
    assert bytes(memoryview(piece).cast("B") if len(piece.shape) == 1 else memoryview(piece)) == bytes(piece.nbytes)
    assert len(arena.array(dtype, 0)) == 0


def test_pieces_never_move():
    arena = Arena(chunk_size=256)
    pieces = [arena.push(b"%d" % k) for k in range(scaled(2000, least=100))]
    addresses = [piece.address for piece in pieces]
    assert [piece.address for piece in pieces] == addresses
    assert [int(bytes(memoryview(piece))) for piece in pieces] == list(range(len(pieces)))


def test_pieces_outlive_the_arena():
    arena = Arena()
    piece = arena.push(b"abc")
    view = memoryview(piece)
    del arena, piece
    collect()
    assert bytes(view) == b"abc"


@pytest.mark.parametrize("end", ["rewind", "reset", "close"])
def test_pieces_stay_memory(end):
    arena = Arena(chunk_size=1024)
    mark = arena.save()
    pieces = [arena.push(b"%03d" % k * 100) for k in range(100)]
    arena.rewind(mark) if end == "rewind" else getattr(arena, end)()
    assert bytes(memoryview(pieces[7])) == b"007" * 100  # nobody came to lie there
    for piece in pieces:
        memoryview(piece)[:] = b"\xff" * 300
    if end != "close":
        newer = arena.push(b"\1" * 300)
        assert newer.address == pieces[0].address
        assert bytes(memoryview(pieces[0])) == b"\1" * 300


def test_save_and_rewind():
    arena = Arena()
    arena.push(b"kept")
    outer = arena.save()
    arena.push(b"a" * 100)
    inner = arena.save()
    arena.push(b"b" * 100000)
    arena.rewind(inner)
    assert arena.used == 8 + 100
    arena.push(b"c")
    arena.rewind(inner)  # a mark may be used again
    arena.rewind(outer)
    assert arena.used == 4
    with pytest.raises(ValueError, match="the mark is no longer valid: the arena was rewound below it, or reset"):
        arena.rewind(inner)
    arena.push(b"d" * 1000)
    with pytest.raises(ValueError, match="no longer valid"):
        arena.rewind(inner)
    arena.rewind(outer)
    arena.reset()
    assert arena.used == 0
    with pytest.raises(ValueError, match="no longer valid"):
        arena.rewind(outer)


def test_marks_of_others():
    one, other = Arena(), Arena()
    with pytest.raises(ValueError, match="the mark belongs to another arena"):
        one.rewind(other.save())
    for bad in (None, 0, "mark", object()):
        with pytest.raises(TypeError, match="rewind\\(\\) takes a mark that save\\(\\) made, not "):
            one.rewind(bad)


def test_defer_rewind():
    arena = Arena()
    arena.push(b"kept")
    with arena.defer_rewind() as same:
        assert same is arena
        arena.push(bytes(1000))
        with arena.defer_rewind():
            arena.push(bytes(100000))
        assert arena.used == 8 + 1000
        with pytest.raises(ZeroDivisionError):
            with arena.defer_rewind():
                arena.push(bytes(100000))
                raise ZeroDivisionError
        assert arena.used == 8 + 1000
    assert arena.used == 4


def test_rewinding_keeps_memory_and_shrink_gives_it_back():
    arena = Arena()
    most = None
    for _ in range(20):
        with arena.defer_rewind():
            for size in (10, 5000, 100000, 3000000):
                arena.push(bytes(size))
            if most is None:
                most = arena.committed_bytes
            assert arena.committed_bytes == most
    arena.shrink()
    assert (arena.capacity, arena.committed_bytes, arena.chunk_count) == (0, 0, 0)
    arena.push(b"abc")
    with arena.defer_rewind():
        arena.push(bytes(3000000))
    arena.shrink()
    assert arena.chunk_count == 1 and arena.used == 3


def test_close():
    arena = Arena()
    piece = arena.push(b"abc")
    mark = arena.save()
    with arena:
        pass
    assert arena.closed and arena.committed_bytes == arena.used == 0
    assert bytes(memoryview(piece)) == b"abc"
    assert repr(arena) == "<Arena, closed>"
    for use in (lambda: arena.push(b"a"), lambda: arena.array("F8", 1), arena.save, lambda: arena.rewind(mark)):
        with pytest.raises(ValueError, match="the arena is closed"):
            use()
    arena.close()
    arena.reset()
    arena.shrink()
    with arena.__class__() as other:
        with other.defer_rewind():
            other.close()
    assert other.closed


@pytest.mark.parametrize(
    "options, error",
    [
        ({"chunk_size": 0}, ValueError),
        ({"chunk_size": 100}, ValueError),
        ({"chunk_size": -64}, ValueError),
        ({"chunk_size": 2**70}, MemoryError),
        ({"chunk_size": "64"}, TypeError),
        ({"growth": "triple"}, ValueError),
        ({"growth": 2}, TypeError),
        ({"alignment": 0}, ValueError),
        ({"alignment": 3}, ValueError),
        ({"alignment": -8}, ValueError),
        ({"alignment": 1.0}, TypeError),
        ({"aligned": 1}, TypeError),
    ],
)
def test_bad_options(options, error):
    with pytest.raises(error):
        Arena(**options)


def test_bad_sizes():
    arena = Arena()
    arena.push(b"abc")
    before = (arena.used, arena.capacity, arena.chunk_count)
    for alignment, error in (
        (0, ValueError),
        (24, ValueError),
        (-8, ValueError),
        (2**62, MemoryError),
        ("8", TypeError),
    ):
        with pytest.raises(error):
            arena.push(b"abc", alignment=alignment)
        with pytest.raises(error):
            arena.array("F8", 1, alignment=alignment)
    for count, error in (
        (-1, ValueError),
        (2**61, MemoryError),
        (2**100, MemoryError),
        (-(2**100), ValueError),
        (1.5, TypeError),
    ):
        with pytest.raises(error):
            arena.array("F8", count)
    with pytest.raises(ValueError):
        arena.array("Q8", 1)
    with pytest.raises(TypeError):
        arena.array(object(), 1)
    assert (arena.used, arena.capacity, arena.chunk_count) == before


def test_an_arena_is_not_copied():
    arena = Arena()
    for attempt in (lambda: pickle.dumps(arena), lambda: copy.copy(arena), lambda: copy.deepcopy(arena)):
        with pytest.raises(TypeError, match="it can't be copied or pickled"):
            attempt()


def test_weak_references_and_subclasses():
    class Named(Arena):
        def __init__(self, name, **options):
            super().__init__(**options)
            self.name = name

    arena = Named("scratch", alignment=16)
    assert (arena.name, arena.alignment) == ("scratch", 16)
    assert ChunkArray("F8", arena=arena).arena is arena
    reference = weakref.ref(arena)
    assert reference() is arena
    del arena
    collect(lambda: reference() is None)
    assert reference() is None


# Arrays in an arena.


def refusal(operation, *arguments):
    """The message of the BufferError that an operation raises. Here, and not in the test, so that the error's
    traceback does not keep the test's arrays."""
    with pytest.raises(BufferError) as raised:
        operation(*arguments)
    return str(raised.value)


def test_an_array_in_an_arena():
    arena = Arena()
    a = ChunkArray("F8", [1.5, 2.5], chunk_size=16, arena=arena)
    assert a.arena is arena
    assert arena.used >= 16 * 8
    a.extend(range(1000))
    assert arena.used >= 1002 * 8
    assert a.tolist() == [1.5, 2.5] + [float(k) for k in range(1000)]
    assert all(a.address_of(k) % 8 == 0 for k in range(0, 1000, 100))
    a[5] = -1.0
    assert a[5] == -1.0
    view = memoryview(a.chunks()[0])
    a.append(7.0)
    assert view[0] == 1.5 and a.pop() == 7.0
    assert ChunkArray("F8").arena is None


@pytest.mark.parametrize("dtype, values", [("U1", [1, 2]), (">S4", [-1, 5]), ("BOOL", [True]), ("F4[3]", [(1, 2, 3)])])
def test_arrays_of_any_dtype(dtype, values):
    arena = Arena(chunk_size=64)
    a = ChunkArray(dtype, values * 50, chunk_size=4, arena=arena)
    assert a == ChunkArray(dtype, values * 50)


def test_options_of_the_array():
    arena = Arena()
    fixed = ChunkArray("U2", range(1000), chunk_size=64, growth="fixed", arena=arena)
    region = ChunkArray("U8", range(1000), capacity=500000, arena=arena)
    assert fixed.tolist() == region.tolist() == list(range(1000))
    assert region.contiguous
    assert ChunkArray(element_size=3, arena=arena).arena is arena
    assert ChunkArray("F8", arena=None).arena is None
    for bad in (1, "arena", object(), Arena):
        with pytest.raises(TypeError, match="arena is an Arena, not "):
            ChunkArray("F8", arena=bad)


def test_rewinding_below_an_array_is_refused():
    arena = Arena()
    mark = arena.save()
    below = arena.push(b"below")
    a = ChunkArray("F8", range(100), arena=arena)
    above = arena.save()
    arena.push(bytes(100))
    used = arena.used
    for attempt in ([arena.rewind, mark], [arena.reset], [arena.close]):
        assert refusal(*attempt).startswith("an array lives above the mark: ")
        assert arena.used == used and not arena.closed
    arena.rewind(above)  # nothing but bytes is above
    a.append(1.0)
    assert len(a) == 101 and a[99] == 99.0 and bytes(memoryview(below)) == b"below"
    if IMPLEMENTATION == "graalpy":
        a.close()  # it finds what is dead in its own time
    del a
    if IMPLEMENTATION == "graalpy":  # after a refusal the array was still held there, by nobody here
        return
    arena.rewind(mark)
    assert arena.used == 0
    arena.close()


def test_a_view_of_a_dead_array_counts_too():
    arena = Arena()
    a = ChunkArray("F8", range(100), arena=arena)
    chunk = a.chunks()[0]
    del a
    collect()
    assert refusal(arena.reset)
    # GraalPy never lets go of what memoryview() was asked about.
    assert (chunk if IMPLEMENTATION == "graalpy" else memoryview(chunk))[99] == 99.0
    del chunk
    if IMPLEMENTATION != "graalpy":  # which never frees what memoryview() was called with
        arena.reset()


def test_defer_rewind_around_an_array():
    arena = Arena()
    with arena.defer_rewind():
        a = ChunkArray("F8", range(1000), arena=arena)
        del a
    assert arena.used == 0
    with pytest.raises(BufferError):
        with arena.defer_rewind():
            b = ChunkArray("F8", range(1000), arena=arena)
    assert b[999] == 999.0
    with arena.defer_rewind():
        ChunkArray("F8", range(1000), arena=arena).close()
    assert b.arena is arena


def test_close_lets_an_arrays_memory_go():
    arena = Arena()
    a = ChunkArray("F8", range(1000), arena=arena)
    a.close()
    if ABOUT["free_threaded"]:  # readers take no lock, so the memory stays until nobody has the array
        del a
    arena.reset()
    assert arena.used == 0


def test_the_array_may_outlive_the_arena_object():
    arena = Arena()
    a = ChunkArray("F8", range(100), arena=arena)
    reference = weakref.ref(arena)
    del arena
    collect(lambda: reference() is None)
    assert reference() is None
    a.extend(range(100000))
    assert a[50] == 50.0 and a[-1] == 99999.0
    again = a.arena
    assert isinstance(again, Arena) and a.arena is again and again.used >= a.nbytes
    assert refusal(again.reset)


def test_an_empty_array_of_a_closed_arena():
    arena = Arena()
    a = ChunkArray("F8", arena=arena)
    arena.close()
    with pytest.raises(ValueError, match="the arena is closed"):
        a.append(1.0)
    assert len(a) == 0


def test_copies_lie_elsewhere():
    arena = Arena()
    a = ChunkArray("F8", range(100), arena=arena)
    for other in (a.copy(), copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert other == a and other.arena is None


def test_an_old_piece_cannot_harm_an_array():
    arena = Arena()
    mark = arena.save()
    old = arena.push(bytes(5000))
    arena.rewind(mark)
    a = ChunkArray("U8", range(200), arena=arena)
    memoryview(old)[:] = b"\xff" * 5000
    assert a.tolist() == list(range(200))
    chunks = a.chunks()
    del a, chunks, old
    arena.reset()
    # Now that nobody has the piece, its place may hold an array.
    collect()
    b = ChunkArray("U8", range(200), arena=arena)
    assert b.tolist() == list(range(200))


def test_arrays_in_cycles():
    class Node(ChunkArray):
        pass

    arena = Arena()
    node = Node("F8", range(10), arena=arena)
    node.itself = node
    del node
    arena.reset()  # collects once before it refuses
    assert arena.used == 0


# Threads.


def test_many_threads():
    arena = Arena(chunk_size=1024)
    rounds = scaled(300, least=20)
    pieces, failures = [[] for _ in range(8)], []

    def work(number):
        try:
            a = ChunkArray("U1", chunk_size=16, arena=arena)
            for k in range(rounds):
                pieces[number].append(arena.push(bytes([number]) * (k % 50)))
                a.append(number)
            assert a.tolist() == [number] * rounds
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for number, own in enumerate(pieces):
        assert [bytes(memoryview(piece)) for piece in own] == [bytes([number]) * (k % 50) for k in range(rounds)]


@pytest.mark.skipif(not CPYTHON, reason="on tracing collectors most rewinds are refused: arrays die late")
def test_threads_that_rewind():
    arena = Arena(chunk_size=1024)
    bottom, failures, done = arena.save(), [], threading.Event()

    def rewind():
        while not done.is_set():
            try:
                arena._native.rewind(bottom._number)
            except BufferError:
                pass

    def work(number):
        try:
            for k in range(scaled(200, least=20)):
                a = ChunkArray("U8", chunk_size=4, arena=arena)
                for value in range(20):
                    a.append(value + k)
                    memoryview(arena.push(bytes(40)))[:] = b"\xff" * 40
                assert a.tolist() == list(range(k, k + 20))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    rewinder = threading.Thread(target=rewind)
    for thread in threads + [rewinder]:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    rewinder.join()
    assert not failures


# Random operations beside a list.

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.integers(0, 300), st.sampled_from([None, 1, 8, 64])),
        st.tuples(st.just("save"), st.just(0), st.just(None)),
        st.tuples(st.just("rewind"), st.integers(0, 3), st.just(None)),
        st.tuples(st.just("reset"), st.just(0), st.just(None)),
        st.tuples(st.just("shrink"), st.just(0), st.just(None)),
    ),
    max_size=40,
)


@given(STEPS, st.sampled_from([64, 256, 1024]), st.sampled_from(["double", "fixed"]))
def test_as_a_list_of_bytes(steps, chunk_size, growth):
    arena = Arena(chunk_size=chunk_size, growth=growth)
    live, marks, gone, fill = [], [], [], 0
    for name, number, alignment in steps:
        if name == "push":
            fill = (fill + 1) % 256
            data = bytes([fill]) * number
            live.append((arena.push(data, alignment=alignment), data))
            assert live[-1][0].address % (alignment or 8) == 0
        elif name == "save":
            marks.append((arena.save(), len(live), arena.used))
        elif name == "rewind" and number < len(marks):
            mark, count, used = marks[number]
            arena.rewind(mark)
            del live[count:]
            # A mark at the same place, with nothing between, is as good as this one.
            gone += [mark for mark, _, later in marks[number + 1 :] if later != used]
            del marks[number + 1 :]
            assert arena.used == used
        elif name == "reset":
            arena.reset()
            gone += [mark for mark, _, _ in marks]
            live, marks = [], []
        elif name == "shrink":
            arena.shrink()
        assert [bytes(memoryview(piece)) for piece, _ in live] == [data for _, data in live]
        assert arena.used <= arena.capacity
    for mark in gone:
        with pytest.raises(ValueError):
            arena.rewind(mark)
