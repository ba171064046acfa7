"""Array: the elements, in chunks that never move."""

import threading
import weakref

from . import arguments, dtypes
from .arena import read as read_arena
from .atomics import AtomicMethods
from .blocks import LARGE, bytes_of
from .buffers import buffer_for, bytes_of_buffer, contiguous_buffer
from .chunk import Chunk
from .elements import decode, encode
from .fields import FieldMethods
from .kernels import KernelMethods, equal
from .room import RoomMethods
from .state import StateMethods
from .table import Table


class Array(StateMethods, KernelMethods, FieldMethods, RoomMethods, AtomicMethods):
    """A typed, growable array whose elements never move: the part of ChunkArray that is native elsewhere.

    Every element has a position, which counts from the first one that there ever was; the elements are those from
    `first` to `_end`. Whoever changes that holds the lock, calls nothing that may run a user's code meanwhile, and
    publishes the end after the elements; readers take no lock.
    """

    __slots__ = (
        "_dtype",
        "_table",
        "_first",
        "_limit",  # the end
        "_used",  # no element from here on was ever written
        "_kept",  # elements to keep
        "_marks",  # where each mark is
        "_dropped_mark",  # the last one whose position was dropped
        "_begun",  # where the transactions began that are not over, outermost first
        "_owner",  # whose they are
        "_appender",  # the thread that has opened an appender
        "_is_closed",
        "_is_frozen",
        "_views",  # the chunks that were handed out
        "_lock",  # of who changes the length
        "_cells",  # of who changes an element, or makes a chunk
        "__weakref__",
    )
    __module__ = "chunkarray"
    __hash__ = None

    def __new__(
        cls,
        dtype=None,
        values=None,
        *,
        chunk_size=1024,
        growth=None,
        capacity=0,
        element_size=None,
        keep=None,
        keep_bytes=None,
        arena=None,
    ):
        self = object.__new__(cls)
        self._dtype = _read_dtype(dtype, element_size)
        chunk_size = arguments.size("chunk_size", chunk_size)
        capacity = arguments.size("capacity", capacity)
        size = self._dtype.size
        growth, self._kept = read_keep(size, chunk_size, growth, keep, keep_bytes)
        if chunk_size & (chunk_size - 1) or not chunk_size:
            raise ValueError("chunk_size must be a power of two, not %d" % chunk_size)
        bytes_of(chunk_size, size)
        bytes_of(self._kept or 0, size)
        arena = None if arena is None else read_arena(arena)
        self._table = Table(size, chunk_size, growth, capacity, arena)
        if bytes_of(capacity, size) >= LARGE:
            self._table.grow(capacity)
        self._first = self._limit = self._used = self._dropped_mark = 0
        self._marks = {}
        self._begun = []
        self._owner = self._appender = self._views = None
        self._is_closed = self._is_frozen = False
        self._lock, self._cells = threading.RLock(), threading.RLock()
        if values is not None:
            self.extend(values)
        return self

    def _arena(self, /):
        """The arena that the chunks lie in, or None."""
        return None

    # What it is.

    @property
    def dtype(self):
        """Name of the element type."""
        return self._dtype.name

    @property
    def itemsize(self):
        """Bytes of an element."""
        return self._dtype.size

    @property
    def element_size(self):
        """Bytes of an element."""
        return self._dtype.size

    @property
    def nbytes(self):
        """Bytes of all elements."""
        return len(self) * self._dtype.size

    @property
    def chunk_size(self):
        """Elements in the first chunk."""
        return self._table.chunk_size

    @property
    def growth(self):
        """How chunks grow: 'double' or 'fixed'."""
        return self._table.growth

    @property
    def capacity(self):
        """Elements of the contiguous region in front of the chunks."""
        return self._table.capacity

    @property
    def chunk_count(self):
        """Number of chunks."""
        return len(self._runs())

    @property
    def arena_capacity(self):
        """Elements that fit into the chunks there are."""
        return max(0, self._table.end - self._first)

    @property
    def contiguous(self):
        """Whether all elements lie in one chunk."""
        return self.chunk_count <= 1

    @property
    def committed_bytes(self):
        """Bytes of memory taken for chunks."""
        return self._table.committed_bytes(self._used)

    def _arena(self):
        """The arena that the chunks lie in, or None."""
        return self._table.arena

    def __sizeof__(self):
        return object.__sizeof__(self) + self.committed_bytes

    def __len__(self):
        first = self._first  # before the end, which then is not less
        return self._limit - first

    # Adding elements.

    def append(self, value, /):
        """Add one element at the end."""
        self._add(encode(self._dtype, value))

    def push(self, value, /):
        """Add one element at the end and return its index."""
        return self._add(encode(self._dtype, value))

    def extend(self, values, /):
        """Add all elements of an iterable or a buffer, or none."""
        if isinstance(values, Array) and values._dtype == self._dtype:
            self._add(values.tobytes())
            return
        buffer = buffer_for(self._dtype, values)
        if buffer is not None:
            self._add(bytes_of_buffer(buffer))
            return
        side = bytearray()
        for value in values:
            side += encode(self._dtype, value)
        self._add(side)

    def frombytes(self, buffer, /):
        """Add elements from their bytes. ValueError if they are not a whole number of elements."""
        view = contiguous_buffer(buffer)
        if view is None:
            raise TypeError("frombytes() takes a contiguous buffer, not %s" % type(buffer).__name__)
        self._add(bytes_of_buffer(view))

    def _add(self, data, appender=None):
        """Appends whole elements given as bytes: adjacent, all or none. Gives the index of the first.

        `appender` is the thread whose put this is.
        """
        table, size = self._table, self._dtype.size
        with self._lock:
            self._open()
            if len(data) % size:
                raise ValueError("%d bytes are not a whole number of elements of %d bytes" % (len(data), size))
            self._resizable(appender)
            start = self._limit
            end = start + len(data) // size
            table.grow(end)
            taken = 0
            for _, count, block, byte in table.runs(start, end):
                block.memory[byte : byte + count * size] = data[taken : taken + count * size]
                taken += count * size
            self._used = max(self._used, end)
            self._limit = end
            self._drop_by_keep()
            return start - self._first

    def _open(self):
        if self._is_closed:
            raise ValueError("the array is closed")

    # Single elements.

    def at(self, index, /):
        """The element at an index; a negative one counts from the end."""
        return self._item(self._first + arguments.position(index, len(self)))

    def _at(self, position, /):
        """The element at a position; IndexError if it was dropped or cut off."""
        return self._item(self._check(arguments.size("position", position)))

    def __getitem__(self, index, /):
        return self.at(index)

    def __setitem__(self, index, value, /):
        arguments.position(index, len(self))  # as a list: a bad index is told before a bad value is looked at
        data = encode(self._dtype, value)
        self._writable()
        # The conversion may have run Python code that shortened the array.
        self._write(self._first + arguments.position(index, len(self)), data)

    def _set_at(self, position, value, /):
        """Overwrite the element at a position."""
        position = self._check(arguments.size("position", position))
        data = encode(self._dtype, value)
        self._writable()
        self._write(self._check(position), data)

    def __delitem__(self, index, /):
        raise TypeError("elements are taken away by pop() and truncate()")

    def address_of(self, index, /):
        """The address of an element, which stays while the array or a view of it lives."""
        block, byte = self._find_place(self._first + arguments.position(index, len(self)))
        return block.address + byte

    def _item(self, position):
        block, byte = self._find_place(position)
        return decode(self._dtype, block.memory, byte)

    def _write(self, position, data):
        block, byte = self._find_place(position)
        with self._cells:
            block.memory[byte : byte + len(data)] = data

    def _find_place(self, position):
        """The block and the byte in it of an element."""
        try:
            return self._table.find(position)
        except KeyError:  # another thread has just dropped it
            self._check(position)
            raise

    def _check(self, position):
        """The position itself, if there is an element."""
        if position < self._first:
            raise IndexError("position %d was dropped (first is %d)" % (position, self._first))
        if position >= self._limit:
            raise IndexError("position %d is gone: the array was truncated to %d" % (position, self._limit))
        return position

    def _runs(self, start=None, end=None):
        """The elements, or those of these positions, chunk by chunk as Table.runs() gives them."""
        while True:
            first = self._first if start is None else start
            try:
                return list(self._table.runs(first, self._limit if end is None else end))
            except KeyError:  # another thread has just dropped some
                if start is not None:
                    self._check(start)

    # Many elements at once.

    def chunks(self, /):
        """The chunks as a list of Chunk, each a buffer of the elements it has now."""
        dtype = self._dtype
        return [
            self._chunk(dtype, block, byte, position, count, dtype.size)
            for position, count, block, byte in self._runs()
        ]

    def _chunk(self, dtype, block, byte, start, length, stride):
        with self._cells:  # readers don't wait for a transaction
            made = Chunk._make(block, byte, dtype, start, length, stride, self._is_frozen)
            if self._views is None:
                self._views = weakref.WeakSet()
            self._views.add(made)
            return made

    def tolist(self, /):
        """The elements as a list."""
        size = self._dtype.size
        return [
            decode(self._dtype, block.memory, byte + k * size)
            for _, count, block, byte in self._runs()
            for k in range(count)
        ]

    def tobytes(self, /):
        """The elements' bytes, in memory order."""
        size = self._dtype.size
        return b"".join([bytes(block.memory[byte : byte + count * size]) for _, count, block, byte in self._runs()])

    def _equal(self, other, /):
        """Whether two arrays of one dtype hold equal elements; NotImplemented for others."""
        if not isinstance(other, Array) or other._dtype != self._dtype:
            return NotImplemented
        if self._dtype.kind == "RECORD":
            return len(self) == len(other) and all(map(equal, self.tolist(), other.tolist()))
        if self._dtype.kind != "F":
            return self.tobytes() == other.tobytes()
        # By value: NaN is equal to nothing, not even to itself, as a list would have it; the zeros are equal.
        mine, theirs = self.tobytes(), other.tobytes()
        unpack = self._dtype.codec.iter_unpack
        return len(mine) == len(theirs) and all(x == y for (x,), (y,) in zip(unpack(mine), unpack(theirs)))


def _read_dtype(dtype, element_size):
    if element_size is None:
        if dtype is None:
            raise TypeError("ChunkArray() needs a dtype, such as 'F8'")
        return dtypes.parse(arguments.text("dtype", dtype))
    if dtype is None:
        return dtypes.of_element_size(arguments.size("element_size", element_size))
    found = dtypes.parse(arguments.text("dtype", dtype))
    size = arguments.size("element_size", element_size)
    if found.size != size:
        raise ValueError("element_size is %d, but %s has %d bytes" % (size, found.name, found.size))
    return found


def read_keep(element_size, chunk_size, growth, keep, keep_bytes):
    """`growth`, and `keep` in elements (None: all are kept), which depend on each other."""
    if growth is not None and arguments.text("growth", growth) not in ("double", "fixed"):
        raise ValueError("growth is 'double' or 'fixed', not \"%s\"" % arguments.escaped(growth, '"'))
    if keep is None and keep_bytes is None:
        return growth or "double", None
    if keep is not None and keep_bytes is not None:
        raise TypeError("either keep or keep_bytes, not both")
    name, given, unit = ("keep", keep, 1) if keep_bytes is None else ("keep_bytes", keep_bytes, element_size)
    amount = arguments.size(name, given)
    if growth == "double":
        raise ValueError("%s goes with growth='fixed': chunks that double would not stay bounded" % name)
    if amount // unit < chunk_size:
        least = min(chunk_size * unit, 2 * arguments.GREATEST + 1)
        raise ValueError("%s is %d, less than one chunk (%d)" % (name, amount, least))
    return "fixed", amount // unit
