"""Arena: memory that is handed out piece by piece and taken back all at once, as core/src/arena.rs does it."""

import itertools
import threading
import weakref

from . import arguments
from .blocks import Block
from .buffers import bytes_of_buffer, contiguous_buffer
from .chunk import Chunk
from .dtypes import parse as parse_dtype

_ALIGN = 64  # of every chunk, and of an array's first element
_HEADER = 64  # what the native part puts in front of an array's elements
_NUMBERS = itertools.count()


class _Place:
    """A chunk of an arena. `used` counts bytes below the top, from the first aligned one."""

    __slots__ = ("block", "base", "size", "used")

    def __init__(self, size):
        self.block = Block(size + _ALIGN)
        self.base = -_address(self.block) % _ALIGN
        self.size, self.used = size, 0

    def offset(self, size, alignment):
        """Where so many bytes fit behind what is used, or None."""
        start = _address(self.block) + self.base
        offset = self.used + -(start + self.used) % alignment
        return offset if offset + size <= self.size else None


class Arena:
    """A bump allocator for bytes.

    A position is the number of a chunk and the bytes before it there. Arrays take their place here, but their memory
    is their own: the native part has more to do, so that an old piece can't be used to write over an array.
    """

    __slots__ = (
        "id",
        "chunk_size",
        "growth",
        "alignment",
        "closed",
        "_chunks",
        "_current",
        "_marks",
        "_next_mark",
        "_arrays",  # positions of arrays' chunks, and weak references to them
        "_lock",
    )
    __module__ = "chunkarray"

    def __init__(self, *, chunk_size=65536, growth="double", alignment=8):
        self.chunk_size = arguments.size("chunk_size", chunk_size)
        self.growth = arguments.text("growth", growth)
        self.alignment = arguments.size("alignment", alignment)
        if growth not in ("double", "fixed"):
            raise ValueError("growth is 'double' or 'fixed', not %s" % arguments.shown(growth))
        if not _is_power(self.chunk_size):
            raise ValueError("chunk_size must be a power of two, not %d" % chunk_size)
        _check_alignment(self.alignment)
        self.id = next(_NUMBERS)
        self.closed = False
        self._lock = threading.RLock()
        self._next_mark = 0
        self._forget()

    def _forget(self):
        self._chunks, self._marks, self._arrays = [], [], []
        self._current = 0

    @property
    def used(self):
        """Bytes handed out, gaps between them included."""
        with self._lock:
            return sum(chunk.used for chunk in self._chunks)

    @property
    def capacity(self):
        """Bytes that the chunks have place for."""
        with self._lock:
            return sum(chunk.size for chunk in self._chunks)

    @property
    def committed_bytes(self):
        """Bytes of memory taken for chunks."""
        with self._lock:
            return sum(len(chunk.block.memory) for chunk in self._chunks)

    @property
    def chunk_count(self):
        """Number of chunks."""
        return len(self._chunks)

    def __sizeof__(self):
        return object.__sizeof__(self) + self.committed_bytes

    # Handing out.

    def push(self, data, /):
        """Copy a str (as UTF-8) or a buffer into the arena; return a Chunk."""
        return self.push_aligned(data, self.alignment)

    def push_aligned(self, data, alignment, /):
        """As push(), at a multiple of an alignment."""
        alignment = arguments.size("alignment", alignment)
        if isinstance(data, str):
            data = data.encode()
        buffer = contiguous_buffer(data)
        if buffer is None:
            return NotImplemented
        data = bytes_of_buffer(buffer)
        return self._piece(parse_dtype("U1"), len(data), alignment, data)

    def array(self, dtype, count, alignment, /):
        """A Chunk of so many elements that are zero."""
        dtype = parse_dtype(arguments.text("dtype", dtype))
        count = arguments.size("count", count)
        if alignment is None:
            alignment = max(self.alignment, dtype.item_size)
        return self._piece(dtype, count, arguments.size("alignment", alignment), None)

    def _piece(self, dtype, count, alignment, data):
        size = count * dtype.size
        _check_alignment(alignment)
        with self._lock:
            chunk, offset = self._room(size, alignment)
            at = chunk.base + offset
            chunk.block.memory[at : at + size] = bytes(size) if data is None else data
        return Chunk._make(chunk.block, at, dtype, 0, count, dtype.size, False)

    def _block(self, size):
        """The memory of an array's chunk."""
        with self._lock:
            block = Block(size)
            chunk, offset = self._room(_HEADER + size, _ALIGN)
            self._arrays.append(((self._current, offset), weakref.ref(block)))
        return block

    def _room(self, size, alignment):
        """Moves the top up behind so many bytes: their chunk, and where they begin in it."""
        self._check_open()
        if size + alignment > arguments.GREATEST:
            raise MemoryError
        number = self._current
        found = self._chunks[number].offset(size, alignment) if self._chunks else None
        if found is None:
            number = min(number + 1, len(self._chunks))
            spare = [
                k for k, chunk in enumerate(self._chunks) if k >= number and chunk.offset(size, alignment) is not None
            ]
            chunk = self._chunks.pop(spare[0]) if spare else self._new(size, alignment)
            self._chunks.insert(number, chunk)
            found = chunk.offset(size, alignment)
        chunk = self._chunks[number]
        chunk.used = found + size
        self._current = number
        return chunk, found

    def _new(self, size, alignment):
        """A chunk with place for so many bytes at least; more, so that what is a little larger fits next time."""
        needed = size + (alignment if alignment > _ALIGN else 0)
        if self.growth == "fixed":
            return _Place(-(-max(needed, 1) // self.chunk_size) * self.chunk_size)
        usual = max(self.chunk_size, 1 << (max(self.capacity, 1).bit_length() - 1))
        return _Place(max(usual, 1 << (max(needed, 1) - 1).bit_length()))

    # Taking back.

    def save(self):
        """The number of a mark at the top."""
        with self._lock:
            self._check_open()
            top = (self._current, self._chunks[self._current].used if self._chunks else 0)
            if not self._marks or self._marks[-1][1] != top:
                self._marks.append((self._next_mark, top))
                self._next_mark += 1
            return self._marks[-1][0]

    def rewind(self, mark, /):
        """Go back to the mark of this number."""
        mark = arguments.size("a mark", mark)
        with self._lock:
            self._check_open()
            for number, position in self._marks:
                if number == mark:
                    self._go_back(position)
                    self._marks = [known for known in self._marks if known[0] <= mark]
                    return
        raise ValueError("the mark is no longer valid: the arena was rewound below it, or reset")

    def reset(self):
        """Take everything back."""
        with self._lock:
            self._go_back((0, 0))
            self._marks = []

    def shrink(self):
        """Give the memory of spare chunks back."""
        with self._lock:
            nothing = self._current == 0 and not self.used
            del self._chunks[0 if nothing else self._current + 1 :]

    def close(self):
        """Take everything back for good."""
        with self._lock:
            self._go_back((0, 0))
            self.closed = True
            self._forget()

    def _go_back(self, position):
        alive = sum(array() is not None for at, array in self._arrays if at >= position)
        if alive:
            raise BufferError(
                "an array lives above the mark: %d chunks there belong to arrays, or views of them, that live" % alive
            )
        self._arrays = [(at, array) for at, array in self._arrays if at < position]
        for chunk in self._chunks[position[0] + 1 :]:
            chunk.used = 0
        if self._chunks:
            self._chunks[position[0]].used = position[1]
        self._current = position[0]

    def _check_open(self):
        if self.closed:
            raise ValueError("the arena is closed")


def read(given):
    """The arena that a constructor was given: one of these, or the class that holds one."""
    native = getattr(given, "_native", given)
    if not isinstance(native, Arena):
        raise TypeError("arena is an Arena, not %s" % type(given).__name__)
    return native


def _check_alignment(alignment):
    if not _is_power(alignment):
        raise ValueError("an alignment is a power of two, not %d" % alignment)


def _is_power(number):
    return number > 0 and not number & (number - 1)


def _address(block):
    """The address of a block, or any where it can't be known: nobody can tell then whether bytes are aligned."""
    try:
        return block.address
    except (ImportError, AttributeError):
        return 0
