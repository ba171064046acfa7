"""Elements: what a whole array and a slice of one do alike. Everything here is off the hot paths."""

import operator
import re
import sys

# Longer ones are shown by their ends, as NumPy does; a million elements in a log help nobody.
SHOWN_WHOLE = 100
SHOWN_EDGE = 3


class Elements:
    """A sequence of elements of one dtype: compared, searched, shown and handed to NumPy.

    Classes give `dtype`, `__len__`, `__iter__` and `_window`. It is no collections.abc.Sequence on purpose: polars
    asks for that first, and would then read element by element instead of taking whole chunks.
    """

    __slots__ = ()
    __hash__ = None

    def _window(self):
        """The array that holds the elements, and their indices in it as a range."""
        raise NotImplementedError

    def _equal(self, other):
        """Whether all elements equal the other's, or NotImplemented where that needs a look at each."""
        return NotImplemented

    def __eq__(self, other):
        if not isinstance(other, Elements):
            return NotImplemented
        if len(self) != len(other):
            return False
        equal = self._equal(other)
        return all(map(operator.eq, self, other)) if equal is NotImplemented else equal

    def __contains__(self, value):
        return value in iter(self)

    def __reversed__(self):
        array, window = self._window()
        return _until_gone(array.at, reversed(window))

    def __repr__(self):
        array, window = self._window()
        return "%s(%s)" % (type(self).__name__, ", ".join(filter(None, (repr(self.dtype), _shown(array, window)))))

    def index(self, value, start=0, stop=sys.maxsize):
        """The index of the first element that equals `value`, of those in [start, stop). ValueError if none does."""
        found = range(len(self))[start:stop]
        try:
            if len(found) == len(self):
                return operator.indexOf(iter(self), value)
            return found.start + operator.indexOf(iter(self[start:stop]), value)
        except ValueError:
            raise ValueError("%r is not in %s" % (value, type(self).__name__)) from None

    def count(self, value):
        """How many elements equal `value`."""
        return operator.countOf(iter(self), value)

    def copy(self):
        """A new array of the same elements, with the array's growth, chunk_size and capacity."""
        array, _ = self._window()
        return make(type(array), array.dtype, options_of(array), self)

    def numpy(self, copy=None):
        """The elements as one numpy.ndarray.

        Where they lie in one piece (an array: where `contiguous`), it is the array's own memory: it stays valid
        while the array grows, and writing to it writes to the array. Else it is a READ-ONLY copy, so that no write
        is lost in silence; `copy=False` raises ValueError instead. `copy=True` makes a writable copy in any case.
        """
        from ._numpy import to_numpy

        array, window = self._window()
        return to_numpy(array, window, copy)

    def __array__(self, dtype=None, copy=None):
        from ._numpy import convert

        return convert(self.numpy(copy=copy), dtype, copy)


def make(cls, dtype, options, values=None):
    """An array of the class `cls`. Subclasses may have a constructor of their own, so theirs is not called."""
    from ._door import ChunkArray

    return ChunkArray.__new__(cls, dtype, values, **options)


def options_of(array):
    """The keyword arguments that make an array like this one."""
    return {"chunk_size": array.chunk_size, "growth": array.growth, "capacity": array.capacity}


def position(elements, key):
    """The index from the front that `key` means in `elements`: IndexError or TypeError, as a list's, if none."""
    try:
        index = operator.index(key)
    except TypeError:
        raise TypeError(
            "%s indices must be integers or slices, not %s" % (type(elements).__name__, type(key).__name__)
        ) from None
    length = len(elements)
    if not -length <= index < length:
        raise IndexError("index %d is out of range for length %d" % (index, length))
    return index + length if index < 0 else index


def assign_window(array, window, values):
    """Slice assignment: writes `values` over the elements of `window`. All of them are good, or none is written."""
    checked = make(type(array), array.dtype, {}, values)
    if len(checked) != len(window):
        raise ValueError(
            "elements of a ChunkArray never move, so slice assignment keeps the length: %d values for %d elements"
            % (len(checked), len(window))
        )
    for index, value in zip(window, checked):
        array[index] = value


def _until_gone(at, indices):
    """The elements at `indices`, which descend, as far as the array still has them."""
    for index in indices:
        try:
            value = at(index)
        except IndexError:  # the array was truncated meanwhile
            return
        yield value


def _shown(array, window):
    """The elements as __repr__ shows them, or nothing for none."""
    if not window:
        return ""
    show = _shower(array.dtype)
    if len(window) <= SHOWN_WHOLE:
        return "[%s]" % ", ".join(show(array.at(i)) for i in window)
    ends = [", ".join(show(array.at(i)) for i in part) for part in (window[:SHOWN_EDGE], window[-SHOWN_EDGE:])]
    return "[%s, ..., %s], len=%d" % (ends[0], ends[1], len(window))


_RAW = re.compile(r">?B(\d)")
_TIME = re.compile(r">?(TIME|SPAN)\[(\w+)\]")


def _shower(dtype):
    """What shows an element of `dtype`: raw bits as hex, times as dates, all else as Python does."""
    raw, time = _RAW.match(dtype), _TIME.match(dtype)
    if raw:
        digits = 2 * int(raw[1])

        def scalar(value):
            return "0x%0*x" % (digits, value)

    elif time:
        from ._times import text

        def scalar(value):
            return text(value, time[2], time[1] == "SPAN")

    else:
        return repr

    def show(value):
        if not isinstance(value, tuple):
            return scalar(value)
        return "(%s%s)" % (", ".join(map(show, value)), "," if len(value) == 1 else "")

    return show
