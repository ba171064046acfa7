"""Slice: a live window on an array, made by a[2:10], without a copy."""

from ._elements import Elements, assign_window, position


class Slice(Elements):
    """A window on the elements of a ChunkArray: which ones is fixed when it is made, their values are live.

    Slices of a slice are windows on the same array. Writing to it writes to the array. When the array is made
    shorter than the window, reading what is gone is an IndexError. It keeps its array alive.
    """

    __slots__ = ("_array", "_range", "__weakref__")

    def __init__(self, array, window):
        self._array = array
        self._range = window

    def _window(self):
        return self._array, self._range

    @property
    def array(self):
        """The array that this is a window on."""
        return self._array

    @property
    def dtype(self):
        """The name of the elements' type."""
        return self._array.dtype

    @property
    def itemsize(self):
        """Bytes of one element."""
        return self._array.itemsize

    @property
    def nbytes(self):
        """Bytes of all elements of the window."""
        return len(self) * self.itemsize

    def __len__(self):
        return len(self._range)

    def __iter__(self):
        return map(self._array.at, self._range)

    def __getitem__(self, key):
        if isinstance(key, slice):
            return Slice(self._array, self._range[key])
        return self._array.at(self._range[position(self, key)])

    def __setitem__(self, key, value):
        if isinstance(key, slice):
            assign_window(self._array, self._range[key], value)
        else:
            self._array[self._range[position(self, key)]] = value

    def tolist(self):
        """The elements as a list."""
        return list(self)

    def tobytes(self):
        """The elements' bytes, in the dtype's byte order."""
        return self.copy().tobytes()
