"""Elements: what a whole array and a slice of one do alike.

Both are a *window*: an array and a range of positions in it. A position counts from the first element that the array
ever had, so it means the same element after others were dropped at the front. Everything here is off the hot paths
of a single element, and hands whole windows to the native kernels.
"""

import operator
import re
import sys
from itertools import islice

from ._pipelined import Pipelined

# Longer ones are shown by their ends, as NumPy does; a million elements in a log help nobody.
SHOWN_WHOLE = 100
SHOWN_EDGE = 3

NEVER_MOVE = "elements of a ChunkArray never move: "


class Elements(Pipelined):
    """A sequence of elements of one dtype: compared, searched, sorted, joined, shown and handed to NumPy.

    Classes give `dtype`, `__len__`, `__iter__` and `_window`. It is no collections.abc.Sequence on purpose: polars
    asks for that first, and would then read element by element instead of taking whole chunks.
    """

    __slots__ = ()
    __hash__ = None

    def _window(self):
        """The array that holds the elements, and their positions in it as a range."""
        raise NotImplementedError

    # Compared with others.

    def __eq__(self, other):
        if not isinstance(other, Elements):
            return NotImplemented
        (array, window), (other_array, others) = self._window(), other._window()
        count = len(window)
        return count == len(others) and _difference(array, window, other_array, others, count) == count

    def __lt__(self, other):
        return _compare(self, other, operator.lt)

    def __le__(self, other):
        return _compare(self, other, operator.le)

    def __gt__(self, other):
        return _compare(self, other, operator.gt)

    def __ge__(self, other):
        return _compare(self, other, operator.ge)

    # Searched.

    def __contains__(self, value):
        return _find(*self._window(), value) >= 0

    def index(self, value, start=0, stop=sys.maxsize):
        """The index of the first element that equals `value`, of those in [start, stop). ValueError if none does."""
        array, window = self._window()
        part = range(len(window))[operator.index(start) : operator.index(stop)]
        found = _find(array, window[part.start : part.stop], value)
        if found < 0:
            raise ValueError("%r is not in %s" % (value, type(self).__name__))
        return part.start + found

    def count(self, value):
        """How many elements equal `value`."""
        array, window = self._window()
        found = array._raw._count(window.start, window.step, len(window), value)
        return operator.countOf(array._values(window), array._plain(value)) if found is NotImplemented else found

    # Put in another order, in place.

    def sort(self, *, key=None, reverse=False):
        """Sorts the elements in place, as list.sort does; equal ones keep their order, NaN comes last.

        key       a function of an element: they are sorted by what it gives
        reverse   the opposite order
        """
        array, window = self._window()
        if key is None and array._sorts_natively:
            array._raw._sort(window.start, window.step, len(window), bool(reverse))
        else:
            assign_window(array, window, array._sorted(window, key, bool(reverse)))

    def reverse(self):
        """Reverses the order of the elements in place."""
        array, window = self._window()
        array._raw._reverse(window.start, window.step, len(window))

    def byteswap(self):
        """Reverses the bytes of each element in place, which makes numbers of the other byte order readable."""
        array, window = self._window()
        array._raw._byteswap(window.start, window.step, len(window))

    def __reversed__(self):
        array, window = self._window()
        return _until_gone(array._item, reversed(window))

    # Joined and repeated: new arrays.

    def __add__(self, other):
        if not isinstance(other, Elements):
            return NotImplemented
        (array, window), (other_array, others) = self._window(), other._window()
        if array._text != other_array._text:
            raise TypeError("arrays of %s and %s can't be joined" % (array._text, other_array._text))
        made = make_like(array, len(window) + len(others))
        extend_window(made, array, window)
        extend_window(made, other_array, others)
        return made

    def __mul__(self, times):
        try:
            times = operator.index(times)
        except TypeError:
            return NotImplemented
        array, window = self._window()
        total = len(window) * max(0, times)
        if total > sys.maxsize:
            raise MemoryError
        made = make_like(array, total)
        if total:
            extend_window(made, array, window)
            while len(made) < total:  # by doubling
                extend_window(made, made, range(min(len(made), total - len(made))))
        return made

    __rmul__ = __mul__

    # Copied and handed over.

    def copy(self):
        """A new array of the same elements, with the array's growth, chunk_size and capacity."""
        array, window = self._window()
        made = make(type(array), array.dtype, options_of(array))
        extend_window(made, array, window)
        return made

    def tolist(self):
        """The elements as a list."""
        return values_of(*self._window())

    def tobytes(self):
        """The elements' bytes, in the dtype's byte order."""
        array, window = self._window()
        return array._raw._tobytes(window.start, window.step, len(window))

    def tofile(self, file):
        """Writes the elements' bytes to a binary file, in the dtype's byte order."""
        from ._files import write

        write(self, file)

    def readinto(self, file):
        """Overwrites the elements from the first on by what a binary file has, and gives how many were overwritten.

        The file writes into the elements' own memory. Where it ends within an element, that one's first bytes are
        overwritten too, and then it is a ValueError.
        """
        from ._files import read_over

        return read_over(self, file)

    def chunks(self):
        """The memory that holds the elements, in their order, as a list of Chunk. Each keeps its memory alive."""
        array, window = self._window()
        return array._raw._chunks(window.start, window.step, len(window))

    def numpy(self, copy=None):
        """The elements as one numpy.ndarray.

        Where they lie in one piece (an array: where `contiguous`), it is the array's own memory: it stays valid
        while the array grows, and writing to it writes to the array. Else it is a READ-ONLY copy, so that no write
        is lost in silence; `copy=False` raises ValueError instead. `copy=True` makes a writable copy in any case.
        """
        array, window = self._window()
        return array._as_numpy(window, copy)

    def __array__(self, dtype=None, copy=None):
        from ._numpy import convert

        return convert(self.numpy(copy=copy), dtype, copy)

    # Shown.

    def __repr__(self):
        array, window = self._window()
        try:
            shown = _shown(array, window)
        except IndexError as error:  # a debugger shows slices of what is gone, too
            return "<%s of %d %s: %s>" % (type(self).__name__, len(window), array._text, error)
        return "%s(%s)" % (type(self).__name__, ", ".join(filter(None, (array._dtype_shown, shown))))

    def _repr_html_(self):
        from ._html import table

        return table(self)


# Arrays made from others.


def make(cls, dtype, options, values=None):
    """An array of the class `cls`. Subclasses may have a constructor of their own, so theirs is not called."""
    return cls._new(dtype, values, options)


def make_like(array, count):
    """An empty array of the class, the dtype and the chunks of another one, where `count` elements are contiguous."""
    options = {"chunk_size": array.chunk_size, "growth": array.growth, "capacity": count}
    return make(type(array), array.dtype, options)


def options_of(array):
    """The keyword arguments that make an array like this one."""
    options = {"chunk_size": array.chunk_size, "growth": array.growth, "capacity": array.capacity}
    if array.keep is not None:
        options["keep"] = array.keep
    return options


# Windows.


def values_of(array, window):
    """The elements at the positions of `window` as a list."""
    return array._raw._tolist(window.start, window.step, len(window))


def extend_window(made, array, window):
    """Adds the elements at the positions `window` of `array`, which has the same dtype, to the array `made`."""
    made._raw._extend_window(array._raw, window.start, window.step, len(window))


def akin(array, other):
    """Whether the kernels of one array take the other: both are of one dtype, and neither is the other's twin."""
    return array._text == other._text and array._door is other._door


def as_index(key):
    """`key` as an int, or None if it is no integer."""
    try:
        return operator.index(key)
    except TypeError:
        return None


def position(elements, key):
    """The index from the front that `key` means in `elements`: IndexError or TypeError, as a list's, if none."""
    index = as_index(key)
    if index is None:
        raise TypeError(
            "%s indices must be integers, slices, or arrays of integers or bools, not %s"
            % (type(elements).__name__, type(key).__name__)
        )
    length = len(elements)
    if not -length <= index < length:
        raise IndexError("index %d is out of range for length %d" % (index, length))
    return index + length if index < 0 else index


def assign_window(array, window, values):
    """Slice assignment: writes `values` over the elements of `window`. All of them are good, or none is written."""
    source, read = values._window() if isinstance(values, Elements) else (None, None)
    if source is None or not akin(array, source):
        source = make(type(array), array.dtype, {}, values)
        read = range(len(source))
    if len(read) != len(window):
        raise ValueError(
            NEVER_MOVE
            + "slice assignment keeps the length, but these are %d values for %d elements" % (len(read), len(window))
        )
    array._raw._assign_window(window.start, window.step, len(window), source._raw, read.start, read.step)


# Comparison and search.


def _difference(array, window, other, others, count):
    """The first index below `count` at which the elements of two windows differ, else `count`."""
    if akin(array, other):
        return array._raw._mismatch(window.start, window.step, count, other._raw, others.start, others.step)
    try:
        return operator.indexOf(map(operator.eq, islice(array._values(window), count), other._values(others)), False)
    except ValueError:
        return count


def _compare(one, two, operation):
    """`operation` between the first elements that differ; between the lengths where none does: as lists compare."""
    if not isinstance(two, Elements):
        return NotImplemented
    (array, window), (other, others) = one._window(), two._window()
    count = min(len(window), len(others))
    index = _difference(array, window, other, others, count)
    if index == count:
        return operation(len(window), len(others))
    return operation(array._raw._at(window[index]), other._raw._at(others[index]))


def _find(array, window, value):
    """The index in `window` of the first element that equals `value`, or -1."""
    found = array._raw._find(window.start, window.step, len(window), value)
    if found is NotImplemented:  # an object that only Python can compare
        try:
            return operator.indexOf(array._values(window), array._plain(value))
        except ValueError:
            return -1
    return found


def _until_gone(at, positions):
    """The elements at `positions`, which descend, as far as the array still has them."""
    for each_position in positions:
        try:
            value = at(each_position)
        except IndexError:  # the array was truncated meanwhile, or dropped its oldest elements
            return
        yield value


# What elements look like.


def _shown(array, window):
    """The elements as __repr__ shows them, or nothing for none."""
    if not window:
        return ""
    show = array._shower()
    if len(window) <= SHOWN_WHOLE:
        return "[%s]" % ", ".join(map(show, values_of(array, window)))
    ends = [", ".join(map(show, values_of(array, part))) for part in (window[:SHOWN_EDGE], window[-SHOWN_EDGE:])]
    return "[%s, ..., %s], len=%d" % (ends[0], ends[1], len(window))


_SHAPED = re.compile(r">?([A-Z]\w?|BOOL|(TIME|SPAN)\[\w+\])\[")


def is_shaped(dtype):
    """Whether an element is several scalars."""
    return _SHAPED.match(dtype) is not None


_RAW = re.compile(r">?B(\d)")
_TIME = re.compile(r">?(TIME|SPAN)\[(\w+)\]")


def shower(dtype):
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
