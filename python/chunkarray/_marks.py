"""Marks: places in an array that it can be cut back to."""


class Mark:
    """A place in an array: where it ended when save() was called. rewind() goes back to it.

    It is valid until the array is cut below it, or its elements before it are dropped, and after reset() no more.
    """

    __module__ = __package__
    __slots__ = ("_array", "_id", "_position", "__weakref__")

    def __init__(self, array):
        self._array = array
        self._id, self._position = array._raw._save()

    @property
    def array(self):
        """The array that this is a place in."""
        return self._array

    @property
    def position(self):
        """How many elements had been appended since the array began, but for those taken away at the end."""
        return self._position

    def __repr__(self):
        return "<Mark at position %d of a %s>" % (self._position, type(self._array).__name__)


class MarkMethods:
    __slots__ = ()

    def save(self):
        """A mark of where the array ends now, for rewind()."""
        return Mark(self)

    def rewind(self, mark):
        """Takes away the elements that were appended since save() gave `mark`. Their memory is kept for the next ones.

        A mark can be used again and again, until the array is cut below it. ValueError then, and for a mark of another
        array; RuntimeError inside a transaction that began after it.
        """
        if not isinstance(mark, Mark):
            raise TypeError("rewind() takes a mark, as save() gives it, not %s" % type(mark).__name__)
        if mark._array is not self:
            raise ValueError("the mark belongs to another array")
        self._raw._rewind(mark._id)
        self._note_shortened()

    def reset(self):
        """Takes all elements away, as clear(), and makes all marks invalid."""
        self._raw.reset()
        self._note_shortened()
