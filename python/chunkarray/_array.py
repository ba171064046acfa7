"""What the array classes share, whichever way the interpreter is reached. Everything here is off the hot paths."""

import copyreg
import operator
import sys
from itertools import repeat

from ._atomics import AtomicMethods
from ._dtypes import dtype_name
from ._elements import NEVER_MOVE, as_index, assign_window, is_shaped, make, options_of, position, shower, values_of
from ._extensions import Extensible
from ._following import Followable
from ._indexing import Selectable, assign, select
from ._marks import MarkMethods
from ._retention import RetentionMethods
from ._slice import Slice
from ._transactions import TransactionMethods


class ArrayMethods(
    Selectable, Followable, Extensible, MarkMethods, TransactionMethods, RetentionMethods, AtomicMethods
):
    """A typed array that grows at its end and never moves an element: addresses and views stay valid.

    ChunkArray(dtype=None, values=None, *, chunk_size=1024, growth=None, capacity=0, element_size=None,
               keep=None, keep_bytes=None, arena=None)

    dtype         the name of the elements' type: "U1" to "U8", "S1" to "S8", "F4", "F8", "B1" to "B8" (raw),
                  "BOOL", "TIME[ns]" or "SPAN[ns]" (also s, ms, us: datetime64 and timedelta64 in NumPy), or of a
                  fixed shape, "F4[3]"; the digit counts bytes, ">" in front means big-endian.
                  NumPy's and array.array's names work too, as do float, int, bool and NumPy dtypes.
                  A Record class: an array of its records, whose fields lie together (layout="rows", the default) or
                  each in memory of its own (layout="columns").
    values        an iterable or a buffer to begin with
    chunk_size    elements in the first chunk, a power of two
    growth        "double" (the default): each chunk is twice the one before; "fixed": all have chunk_size
    capacity      elements that are to lie in one piece at the front; costs no memory until they are used
    element_size  instead of a dtype: raw elements of so many bytes
    keep          the newest elements to keep, at least chunk_size: appending drops older ones, whole chunks at a
                  time, and growth is "fixed"
    keep_bytes    the same, in bytes
    arena         an Arena that the chunks are to lie in: it is not rewound below them while the array lives

    TypeError for an element of the wrong type, OverflowError for one out of range, IndexError for a bad index,
    ValueError for an unknown dtype, MemoryError where memory ends. What failed changed nothing.
    Any number of threads may append, extend and read.
    """

    __slots__ = ()

    @classmethod
    def _dtype_name(cls, dtype):
        """The name of the dtype that an object other than a str stands for, or the class that is to be made instead."""
        if not hasattr(dtype, "__layout__"):
            return dtype_name(dtype)
        from ._records.array import array_class

        return array_class(cls, dtype)

    @classmethod
    def _new(cls, dtype, values, options):
        """An array of this class, but not by its constructor, which may be a subclass's own."""
        return cls._door.__new__(cls, dtype, values, **options)

    @property
    def _unseen(self):
        return getattr(self._raw, "_exported", False)

    def _c_object(self):
        raw = self._raw
        if not self._unseen and hasattr(raw, "_extensions"):
            # For good: C code sees nothing that a door holds back.
            self._suspend_appends()
        return raw

    def _window(self):
        return self, range(self.first, self._end)

    def _each(self, window):
        """The elements at the positions of `window`, one by one, as they are when asked for; IndexError if gone."""
        return map(self._raw._at, window)

    # What arrays of records do in ways of their own. `_text` is the dtype as the native arrays name it.

    @property
    def _dtype_shown(self):
        return repr(self.dtype)

    @property
    def _sorts_natively(self):
        return not is_shaped(self._text)

    def _sorted(self, window, key, reverse):
        """The elements of a window in order."""
        return sorted(values_of(self, window), key=key, reverse=reverse)

    def _values(self, window):
        """The elements of a window as they are compared."""
        return self._each(window)

    def _plain(self, value):
        """Any value as it is compared with them."""
        return value

    def _shower(self):
        """What shows an element."""
        return shower(self._text)

    def _cells(self):
        """What a table has for columns: their names, and a function that shows an element as a list of as many."""
        show = self._shower()
        return [], lambda value: [show(value)]

    def _as_numpy(self, window, copy):
        """The elements of a window as one numpy.ndarray."""
        from ._numpy import to_numpy

        return to_numpy(self, window, copy)

    def _numpy_dtype(self):
        """NumPy's dtype of the elements, where chunks don't tell all of it."""

    def _column(self, elements, name):
        """elements[name]"""
        position(elements, name)

    def _set_column(self, elements, name, values):
        """elements[name] = values"""
        position(elements, name)

    @staticmethod
    def _row_fits(record):
        """A function that says of a tuple whether it has the values of a record's fields as they are stored, where the
        door knows that without native code."""

    def _fields(self, positions, offset, leaf):
        """A leaf of the records at a range of positions, one by one."""
        return map(self._field, positions, repeat(offset), repeat(leaf))

    # Keys that are no integers: slices are views, masks and indices select copies.

    def _getitem(self, key):
        if isinstance(key, slice):
            return Slice(self, range(self.first, self._end)[key])
        index = as_index(key)
        return select(self, key) if index is None else self.at(index)

    def _setitem(self, key, value):
        if isinstance(key, slice):
            assign_window(self, range(self.first, self._end)[key], value)
        elif as_index(key) is None:
            assign(self, key, value)
        else:
            self[as_index(key)] = value

    # Refusals of what would move elements.

    def _delitem(self, key):
        length = len(self)
        if isinstance(key, slice):
            gone = sorted(range(length)[key])
            if gone and len(gone) != length - gone[0]:
                raise TypeError(NEVER_MOVE + "only the last ones can be deleted, as in del a[n:]")
            if gone:
                self.truncate(gone[0])
        elif position(self, key) == length - 1:
            self.pop()
        else:
            raise TypeError(NEVER_MOVE + "only the last one can be deleted, as in del a[-1]")

    def insert(self, index, value):
        """Always a TypeError: there is no room between elements that never move."""
        raise TypeError(NEVER_MOVE + "append(x) adds at the end")

    def remove(self, value):
        """Always a TypeError: elements that never move can't close a gap."""
        raise TypeError(NEVER_MOVE + "pop() and truncate(n) take them from the end")

    def _refuse_to_pop_inside(self, index):
        """Raises what pop(index) raises, but for the last element."""
        if len(self) and position(self, index) != len(self) - 1:
            raise TypeError(NEVER_MOVE + "only the last one can be popped")
        operator.index(index)

    # More elements at the end.

    def appender(self, flush_every=None):
        """A context manager that gives the function to append with, the fastest there is for one by one.

            with a.appender() as put:
                for x in source:
                    put(x)

        A bad value raises at its own put; whatever ends the block, what was put stays. Whoever reads the array, from
        any thread, sees each element as soon as it was put.

        An array has one appender at a time, and put belongs to the thread that opened it. Until the block is over, all
        else that moves the end of the array is a RuntimeError: a second appender, append, push, extend, pop,
        truncate, clear, rewind, a transaction, freeze, close. Reading, item assignment, sort and drop_front are not.
        put is a RuntimeError in other threads, and after the block. An appender may lie inside a transaction, and is
        then to end before it: else both are undone.

        flush_every  seconds within which chunks, views and code in C see what was put, also where elements are held
                     back for speed (GraalPy) and nobody reads the array. Where each put writes straight into memory
                     (CPython, PyPy) they see it at once, whatever this says. None: when the array is read next, or
                     the block is over. TypeError for what is no number, ValueError for one that is not positive.
        """
        from ._appender import Appender

        return Appender(self, flush_every)

    _flush = None  # what makes put elements visible in memory, where they are held back

    def _open_appender(self):
        self._raw._open_appender()

    def _close_appender(self):
        return self._raw._close_appender()

    def fromfile(self, file, n, /):
        """Adds `n` elements from a binary file, in the dtype's byte order.

        Where the file has fewer, those are added, and then it is an EOFError, as array.array's.
        """
        from ._files import read

        read(self, file, n)

    def _refuse_bytes(self, nbytes):
        """Raises what so many bytes raise that are no whole number of elements."""
        raise ValueError("%d bytes are not a whole number of elements of %d bytes" % (nbytes, self.itemsize))

    def _refuse_frozen(self):
        if self.frozen:
            raise ValueError("the array is frozen")

    def __iadd__(self, values):
        self.extend(values)
        return self

    def __imul__(self, times):
        times = operator.index(times)
        if times <= 0:
            self.clear()
        elif times > 1:
            self.extend(self * (times - 1))
        return self

    # Following.

    @property
    def _ended(self):
        return self.closed or self.frozen

    def _item(self, position):
        return self._raw._at(position)

    # The end of all changes.

    def freeze(self, force=False):
        """Makes the array read-only for good: every later change is a ValueError, and chunks and views are read-only.

        BufferError while chunks or views of it live through which it could be changed; force=True freezes it all the
        same. A frozen array can be closed, and has a hash, by identity. Its copies are not frozen.
        """
        self._raw.freeze(bool(force))
        if self._waiters:
            self._wake()

    def __hash__(self):
        if self.frozen:
            return object.__hash__(self)
        raise TypeError("unhashable type: %r, as long as it is not frozen" % type(self).__name__)

    # Memory.

    @property
    def arena(self):
        """The Arena that the chunks lie in, or None. Copies and pickles of the array lie in none."""
        native = self._raw._arena()
        if native is None:
            return None
        from ._arena import arena_of

        return arena_of(native)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    # Pickles.

    def __reduce__(self):
        # The bytes have the dtype's own byte order, so a pickle travels between machines and interpreters.
        arguments = (*self._origin(), options_of(self), self.tobytes())
        state = state_of(self)
        return (_unpickle, arguments, state) if state else (_unpickle, arguments)

    def _origin(self):
        """The class and the dtype that a pickle names."""
        return type(self), self.dtype


def state_of(array):
    """The attributes that a subclass added, as copyreg has them: a dict, or a dict and one of the slots."""
    cls = type(array)
    chosen = getattr(cls, "__getstate__", None)
    if chosen is not None and chosen is not getattr(object, "__getstate__", None):
        return array.__getstate__()
    state = getattr(array, "__dict__", None)
    ours = copyreg._slotnames(cls._door)
    slots = {
        name: getattr(array, name) for name in copyreg._slotnames(cls) if name not in ours and hasattr(array, name)
    }
    return (state, slots) if slots else state


def importable(thing):
    """Whether a pickle may name a class: whoever imports that name finds it."""
    found = sys.modules.get(thing.__module__)
    for name in thing.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is thing


def _unpickle(cls, dtype, options, data):
    """Makes the array of a pickle, whose content is not trusted: TypeError or ValueError for what is no array's."""
    if not (isinstance(cls, type) and issubclass(cls, ArrayMethods)):
        raise TypeError("damaged pickle: %r is not a ChunkArray class" % (cls,))
    if type(dtype) is not str:
        if not hasattr(dtype, "array_class"):
            raise TypeError("damaged pickle: the dtype is %s, not str" % type(dtype).__name__)
        cls, dtype = dtype.array_class(cls), dtype.record
    if type(options) is not dict or set(options) - {"keep"} != {"chunk_size", "growth", "capacity"}:
        raise ValueError("damaged pickle: %r are not the options of an array" % (options,))
    if type(data) is not bytes:
        raise TypeError("damaged pickle: the elements are %s, not bytes" % type(data).__name__)
    array = make(cls, dtype, options)
    if len(data) % array.itemsize:
        raise ValueError("damaged pickle: %d bytes are no whole number of %s" % (len(data), array._text))
    if array._text.startswith("BOOL") and data.translate(None, b"\0\1"):
        raise ValueError("damaged pickle: a BOOL is neither 0 nor 1")
    array.frombytes(data)
    return array
