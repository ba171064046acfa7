"""Chunk: one chunk's elements at the moment it was asked for, as a buffer and a sequence."""

from . import arguments
from .elements import decode, encode

_FLAG_WRITABLE = 0x1
_STRIDES = 0x18
_CONTIGUOUS = (0x20 | _STRIDES, 0x40 | _STRIDES, 0x80 | _STRIDES)  # C, Fortran, any


class Chunk:
    """The elements of one chunk, as a buffer and a sequence.

    A chunk shows the elements that its array had when chunks() was called. Its memory stays valid while the chunk
    or a view of it lives, whatever becomes of the array. chunk[i] reads an element and chunk[i] = x writes it, where
    the chunk is not readonly; slices are memoryview's.
    """

    __slots__ = ("_block", "_byte", "_dtype", "_start", "_length", "_stride", "_readonly", "__weakref__")
    __module__ = "chunkarray"

    def __new__(cls):
        raise TypeError("chunks are made by ChunkArray.chunks()")

    def __init_subclass__(cls):
        raise TypeError("type 'chunkarray.Chunk' is not an acceptable base type")

    @classmethod
    def _make(cls, block, byte, dtype, start, length, stride, readonly):
        """`length` elements, of which the first lies at `byte` of the block and each `stride` bytes further."""
        self = object.__new__(cls)
        self._block, self._byte, self._dtype = block, byte, dtype
        self._start, self._length, self._stride, self._readonly = start, length, stride, readonly
        return self

    @property
    def start(self):
        """Index of the first element in its array."""
        return self._start

    @property
    def address(self):
        """Address of the first element."""
        return self._block.address + self._byte

    @property
    def dtype(self):
        """Name of the element type."""
        return self._dtype.name

    @property
    def itemsize(self):
        """Bytes of an element."""
        return self._dtype.size

    @property
    def nbytes(self):
        """Bytes of all elements."""
        return self._length * self._dtype.size

    @property
    def shape(self):
        """Elements, then the dimensions of one element."""
        return (self._length,) + self._dtype.shape

    @property
    def readonly(self):
        """Whether writing is refused."""
        return self._readonly

    @property
    def __array_interface__(self):
        found = {
            "version": 3,
            "typestr": self._dtype.typestr,
            "shape": self.shape,
            "data": (self.address, self._readonly),
        }
        if not self._contiguous():
            strides, step = [], self._dtype.item_size
            for extent in reversed(self.shape):
                strides.insert(0, step)
                step *= extent
            found["strides"] = (self._stride,) + tuple(strides[1:])
        if self._dtype.kind == "RECORD":
            found["descr"] = self._dtype.descr
        return found

    def __len__(self):
        return self._length

    def __getitem__(self, key, /):
        return decode(self._dtype, self._block.memory, self._byte_of(key))

    def __setitem__(self, key, value, /):
        if self._readonly:
            raise ValueError("the chunk is read-only")
        at = self._byte_of(key)  # as a list: a bad index is told before a bad value is looked at
        self._block.memory[at : at + self._dtype.size] = encode(self._dtype, value)

    def __delitem__(self, key, /):
        raise TypeError("elements of a Chunk can't be deleted")

    def _byte_of(self, key):
        try:
            index = arguments.position(key, self._length)
        except TypeError:
            if isinstance(key, slice):
                raise TypeError("a Chunk has no slices; memoryview(chunk) has them") from None
            raise TypeError("Chunk indices must be integers, not %s" % type(key).__name__) from None
        return self._byte + index * self._stride

    def _contiguous(self):
        return self._length < 2 or self._stride == self._dtype.size

    def __buffer__(self, flags, /):
        if self._readonly and flags & _FLAG_WRITABLE:
            raise BufferError("the chunk is read-only")
        if not self._contiguous() and (
            flags & _STRIDES != _STRIDES or any(flags & kind == kind for kind in _CONTIGUOUS)
        ):
            raise BufferError("there are gaps between the elements: they are no contiguous buffer")
        return view(self)


def view(chunk):
    """A memoryview of the chunk's elements, with their format, shape and steps."""
    dtype, length, stride = chunk._dtype, chunk._length, chunk._stride
    size = dtype.size
    if dtype.kind == "RECORD":
        raise BufferError("memoryviews that Python makes have no records; NumPy takes the array interface")
    if not length:
        nothing = chunk._block.memory[:0].cast(
            dtype.format if dtype.native else "B"
        )  # a shape with a 0 in it is refused
        return nothing.toreadonly() if chunk._readonly else nothing
    step, rest = divmod(stride, size) if length > 1 else (1, 0)
    if rest:
        raise BufferError("memoryviews that Python makes have steps of whole elements; NumPy takes the array interface")
    span = (length - 1) * step * size  # from the first element to the last, in bytes
    first = chunk._byte + min(0, span)
    raw = chunk._block.memory[first : first + abs(span) + size]
    elements = abs(span) // size + 1
    if dtype.native:
        shaped = raw.cast(dtype.format, (elements,) + dtype.shape) if dtype.shape else raw.cast(dtype.format)
    else:
        shaped = memoryview(_swapped(dtype, elements).from_buffer(raw))  # cast() knows the machine's order only
    shaped = shaped[::step] if step != 1 else shaped
    return shaped.toreadonly() if chunk._readonly else shaped


def memory(chunk):
    """A memoryview of a chunk's bytes that does not keep the chunk."""
    if not isinstance(chunk, Chunk):
        raise TypeError("memory() takes a Chunk")
    if not chunk._contiguous():
        raise ValueError("memory() takes a Chunk without gaps between its elements")
    raw = chunk._block.memory[chunk._byte : chunk._byte + chunk.nbytes]
    return raw.toreadonly() if chunk._readonly else raw


_C_TYPES = {
    "H": "c_uint16", "I": "c_uint32", "Q": "c_uint64", "h": "c_int16", "i": "c_int32", "q": "c_int64",
    "f": "c_float", "d": "c_double",
}  # fmt: skip


def _swapped(dtype, elements):
    """The ctypes array of so many elements in the order that is not this machine's."""
    import ctypes

    kind = getattr(ctypes, _C_TYPES[dtype.row[3]])
    kind = kind.__ctype_be__ if dtype.big else kind.__ctype_le__
    for extent in reversed((elements,) + dtype.shape):
        kind = kind * extent
    return kind
