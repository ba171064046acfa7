"""Slice: a live window on an array, made by a[2:10], without a copy."""

from ._elements import NEVER_MOVE, as_index, assign_window, position
from ._indexing import Selectable, assign, select
from ._matching import match_as_sequence


@match_as_sequence
class Slice(Selectable):
    """A window on the elements of a ChunkArray: which ones is fixed when it is made, their values are live.

    Slices of a slice are windows on the same array. Writing to it, sorting or reversing it changes the array. It
    means the same elements when the array drops its oldest ones; reading what the array no longer has is an
    IndexError. It keeps its array alive. A pickle of it, or a copy.copy, holds its elements only.
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
        return self._array._each(self._range)

    def __getitem__(self, key):
        if type(key) is int:
            try:
                return self._array._item(self._range[key])
            except (IndexError, OverflowError):  # the latter is GraalPy's for what no size can be
                position(self, key)  # the range's own words are other ones
                raise
        if isinstance(key, slice):
            return Slice(self._array, self._range[key])
        index = as_index(key)
        return select(self, key) if index is None else self[index]

    def __setitem__(self, key, value):
        if isinstance(key, slice):
            assign_window(self._array, self._range[key], value)
            return
        index = key if type(key) is int else as_index(key)
        if index is None:
            assign(self, key, value)
        else:
            self._array._raw._set_at(self._range[position(self, index)], value)

    def __delitem__(self, key):
        raise TypeError(NEVER_MOVE + "a slice has no end of its own to delete from")

    def __reduce__(self):
        # As NumPy's views: the elements are what is worth keeping, not the array around them.
        elements = self.copy()
        return type(self), (elements, elements._window()[1])
