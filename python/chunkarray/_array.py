"""What the array classes share, whichever way the interpreter is reached. Everything here is off the hot paths."""

from ._dtypes import dtype_name
from ._elements import Elements, assign_window, make, options_of, position
from ._slice import Slice

_NEVER_MOVE = "elements of a ChunkArray never move: "


class ArrayMethods(Elements):
    """A typed array that grows at its end and never moves an element: addresses and views stay valid.

    ChunkArray(dtype=None, values=None, *, chunk_size=1024, growth=None, capacity=0, element_size=None,
               keep=None, keep_bytes=None)

    dtype         the name of the elements' type: "U1" to "U8", "S1" to "S8", "F4", "F8", "B1" to "B8" (raw),
                  "BOOL", "TIME[ns]" or "SPAN[ns]" (also s, ms, us: datetime64 and timedelta64 in NumPy), or of a
                  fixed shape, "F4[3]"; the digit counts bytes, ">" in front means big-endian.
                  NumPy's and array.array's names work too, as do float, int, bool and NumPy dtypes.
    values        an iterable or a buffer to begin with
    chunk_size    elements in the first chunk, a power of two
    growth        "double" (the default): each chunk is twice the one before; "fixed": all have chunk_size
    capacity      elements that are to lie in one piece at the front; costs no memory until they are used
    element_size  instead of a dtype: raw elements of so many bytes
    keep          the newest elements to keep, at least chunk_size: appending drops older ones, whole chunks at a
                  time, and growth is "fixed"
    keep_bytes    the same, in bytes

    TypeError for an element of the wrong type, OverflowError for one out of range, IndexError for a bad index,
    ValueError for an unknown dtype, MemoryError where memory ends. What failed changed nothing.
    Any number of threads may append, extend and read.
    """

    __slots__ = ()

    _dtype_name = staticmethod(dtype_name)

    def _window(self):
        return self, range(len(self))

    # Slices, and refusals of what would move elements.

    def _getitem(self, key):
        if isinstance(key, slice):
            return Slice(self, range(len(self))[key])
        return self.at(position(self, key))

    def _setitem(self, key, value):
        if isinstance(key, slice):
            assign_window(self, range(len(self))[key], value)
        else:
            self[position(self, key)] = value

    def _delitem(self, key):
        length = len(self)
        if isinstance(key, slice):
            gone = sorted(range(length)[key])
            if gone and len(gone) != length - gone[0]:
                raise TypeError(_NEVER_MOVE + "only the last ones can be deleted, as in del a[n:]")
            if gone:
                self.truncate(gone[0])
        elif position(self, key) == length - 1:
            self.pop()
        else:
            raise TypeError(_NEVER_MOVE + "only the last one can be deleted, as in del a[-1]")

    def insert(self, index, value):
        """Always a TypeError: there is no room between elements that never move."""
        raise TypeError(_NEVER_MOVE + "append(x) adds at the end")

    def remove(self, value):
        """Always a TypeError: elements that never move can't close a gap."""
        raise TypeError(_NEVER_MOVE + "pop() and truncate(n) take them from the end")

    def __iadd__(self, values):
        self.extend(values)
        return self

    # Memory.

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    # Pickles.

    def __reduce__(self):
        # The bytes have the dtype's own byte order, so a pickle travels between machines and interpreters.
        arguments = (type(self), self.dtype, options_of(self), self.tobytes())
        state = getattr(self, "__dict__", None)
        return (_unpickle, arguments, state) if state else (_unpickle, arguments)


def _unpickle(cls, dtype, options, data):
    """Makes the array of a pickle, whose content is not trusted: TypeError or ValueError for what is no array's."""
    from ._door import ChunkArray

    if not (isinstance(cls, type) and issubclass(cls, ChunkArray)):
        raise TypeError("damaged pickle: %r is not a ChunkArray class" % (cls,))
    if type(dtype) is not str:
        raise TypeError("damaged pickle: the dtype is %s, not str" % type(dtype).__name__)
    if type(options) is not dict or set(options) != {"chunk_size", "growth", "capacity"}:
        raise ValueError("damaged pickle: %r are not the options of an array" % (options,))
    if type(data) is not bytes:
        raise TypeError("damaged pickle: the elements are %s, not bytes" % type(data).__name__)
    array = make(cls, dtype, options)
    if len(data) % array.itemsize:
        raise ValueError("damaged pickle: %d bytes are no whole number of %s" % (len(data), array.dtype))
    if array.dtype.startswith("BOOL") and data.translate(None, b"\0\1"):
        raise ValueError("damaged pickle: a BOOL is neither 0 nor 1")
    array.frombytes(data)
    return array
