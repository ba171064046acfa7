"""Arena: memory that is handed out piece by piece and taken back all at once."""

import gc
import sys
import weakref

from ._dtypes import dtype_name
from ._extensions import Extensible
from ._load import core

# How often to collect before an array that may be dead is taken for alive. GraalPy frees native objects in turns.
_TURNS = {"cpython": 1, "pypy": 2}.get(sys.implementation.name, 3)

# The Python object of each native arena, so that an array finds its own without keeping it.
_ARENAS = weakref.WeakValueDictionary()


class Arena(Extensible):
    """A bump allocator: pieces of memory one behind the other, which never move and are taken back all at once.

    Arena(*, chunk_size=65536, growth="double", alignment=8)

    chunk_size  bytes of the first chunk, a power of two
    growth      "double": chunks grow with the arena; "fixed": all have chunk_size. A piece that is larger than the
                next chunk gets a chunk of its own size.
    alignment   what the address of a piece is a multiple of, a power of two

        >>> arena = Arena()
        >>> name = arena.push("Kármán")        # a Chunk: a writable buffer of the UTF-8 bytes
        >>> with arena.defer_rewind():
        ...     scratch = arena.array("F8", 1000)
        >>> arena.used, bytes(name).decode()
        (8, 'Kármán')

    A piece keeps its memory, so it stays valid whatever becomes of the arena. After a rewind below it the arena uses
    that memory again, and the piece shows what comes to lie there, as a view does.

    Arrays may live in an arena: `ChunkArray("F8", arena=arena)`. While such an array lives, or a view of it, the arena
    can't be rewound below its chunks, reset or closed: that is a BufferError that changes nothing. An array's memory
    comes back to the arena by rewinding only, and an array that grows without end does not belong in one.

    Any number of threads may use an arena. ValueError for sizes below 0, alignments that are no power of two, marks
    that are gone or another arena's, and a closed arena; MemoryError where memory ends. What failed changed nothing.
    """

    __slots__ = ("__weakref__", "_native")
    __module__ = __package__
    _core = core  # the module whose Arena it holds

    def __init__(self, *, chunk_size=65536, growth="double", alignment=8):
        self._native = self._core.Arena(chunk_size=chunk_size, growth=growth, alignment=alignment)
        _ARENAS[_name(self._native)] = self

    def push(self, data, *, alignment=None):
        """Copies `data`, a str (as UTF-8) or any buffer, into the arena and gives its place as a Chunk of bytes.

        Its address is a multiple of `alignment`, a power of two, or of the arena's if none is given.
        """
        native = self._native
        piece = native.push(data) if alignment is None else native.push_aligned(data, alignment)
        if piece is not NotImplemented:
            return piece
        try:
            view = memoryview(data)
        except TypeError:
            raise TypeError("push() takes a str, bytes or another buffer, not %s" % type(data).__name__) from None
        # Memory with gaps. PyPy's memoryview forgets them where there are two dimensions, which NumPy's arrays do not.
        return self.push(getattr(data, "tobytes", view.tobytes)(), alignment=alignment)

    def array(self, dtype, count, *, alignment=None):
        """A Chunk of `count` elements of a dtype, all zero, that neither moves nor grows.

        Its address is a multiple of `alignment`, or else of the arena's and of an element's size.
        """
        return self._native.array(dtype_name(dtype), count, alignment)

    def save(self):
        """A mark at the top, for rewind()."""
        return ArenaMark(self, self._native.save())

    def rewind(self, mark):
        """Takes back what was pushed after the mark was made. The memory is kept for the next pieces.

        The mark can be used again. ValueError if the arena was rewound below it before, or reset; BufferError if an
        array lives above it.
        """
        if not isinstance(mark, ArenaMark):
            raise TypeError("rewind() takes a mark that save() made, not %s" % type(mark).__name__)
        if mark._arena._native.id != self._native.id:
            raise ValueError("the mark belongs to another arena")
        _unless_arrays_live(self._native.rewind, mark._number)

    def defer_rewind(self):
        """A context manager that rewinds, at the end of its block, to where the arena was at the beginning."""
        return _DeferredRewind(self)

    def reset(self):
        """Takes everything back, and all marks with it. BufferError if an array lives in the arena."""
        _unless_arrays_live(self._native.reset)

    def shrink(self):
        """Gives memory that was taken back, and is not used again yet, to the system."""
        self._native.shrink()

    def close(self):
        """Takes everything back for good and gives the memory to the system, but for pieces that somebody has.

        BufferError if an array lives in the arena.
        """
        _unless_arrays_live(self._native.close)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    @property
    def used(self):
        """Bytes handed out, with the gaps between them that alignment made."""
        return self._native.used

    @property
    def nbytes(self):
        """Bytes handed out, as used."""
        return self._native.used

    @property
    def capacity(self):
        """Bytes that the chunks have place for, the spare ones included."""
        return self._native.capacity

    @property
    def committed_bytes(self):
        """Bytes of memory that the arena holds."""
        return self._native.committed_bytes

    @property
    def chunk_count(self):
        """Chunks, the spare ones included."""
        return self._native.chunk_count

    @property
    def chunk_size(self):
        """Bytes of the first chunk."""
        return self._native.chunk_size

    @property
    def growth(self):
        """'double' or 'fixed'."""
        return self._native.growth

    @property
    def alignment(self):
        """What the address of a piece is a multiple of."""
        return self._native.alignment

    @property
    def closed(self):
        """Whether the arena was closed."""
        return self._native.closed

    def __sizeof__(self):
        return object.__sizeof__(self) + self._native.__sizeof__()

    def __repr__(self):
        if self.closed:
            return "<%s, closed>" % type(self).__name__
        numbers = (type(self).__name__, self.used, self.capacity, self.chunk_count)
        return "<%s, %d of %d bytes used, chunks: %d>" % numbers

    def __reduce__(self):
        raise TypeError("an Arena is memory that others point into: it can't be copied or pickled")


class ArenaMark:
    """A position in an arena to go back to, made by Arena.save()."""

    __slots__ = ("_arena", "_number")

    def __init__(self, arena, number):
        self._arena = arena
        self._number = number

    def __repr__(self):
        return "<mark %d of %r>" % (self._number, self._arena)


class _DeferredRewind:
    __slots__ = ("_arena", "_mark")

    def __init__(self, arena):
        self._arena = arena

    def __enter__(self):
        self._mark = self._arena.save()
        return self._arena

    def __exit__(self, *exception):
        if not self._arena.closed:
            self._arena.rewind(self._mark)


def _name(native):
    return type(native), native.id  # the twin's numbers are its own


def arena_of(native):
    """The Arena that a native arena belongs to; a new one where the old one is gone."""
    arena = _ARENAS.get(_name(native))
    if arena is None:
        arena = Arena.__new__(Arena)
        arena._native = native
        arena = _ARENAS.setdefault(_name(native), arena)
    return arena


def _unless_arrays_live(operation, *arguments):
    """Calls the operation. Arrays that are in its way may be garbage that nobody has collected yet."""
    for _ in range(_TURNS):
        try:
            return operation(*arguments)
        except BufferError:
            pass
        gc.collect()
    return operation(*arguments)
