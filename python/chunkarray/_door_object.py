"""ChunkArray as a class that holds a native object: for PyPy, GraalPy, HPy's debug mode and the twin.

On the first three a Python subclass of a native HPy type ends the process, or slows it down.
"""

import sys
import threading

from ._array import ArrayMethods
from ._elements import Elements, akin, extend_window
from ._load import core, host
from ._matching import match_as_sequence

_LITTLE_ENDIAN = sys.byteorder == "little"
_VIEWS_ARE_QUICK = host != "native"  # a call costs less than a memoryview only through PyPy's own HPy


@match_as_sequence
class ChunkArray(ArrayMethods):
    __slots__ = ("_native", "_shortened", "_waiters", "__weakref__")
    __module__ = __package__
    __doc__ = ArrayMethods.__doc__
    _core = core  # the module whose Array it holds

    def __new__(
        cls,
        dtype=None,
        values=None,
        *more,
        chunk_size=1024,
        growth=None,
        capacity=0,
        element_size=None,
        keep=None,
        keep_bytes=None,
        arena=None,
        **others,
    ):
        options = {
            "chunk_size": chunk_size,
            "growth": growth,
            "capacity": capacity,
            "keep": keep,
            "keep_bytes": keep_bytes,
            "arena": arena,
        }
        if element_size is not None:
            options["element_size"] = element_size
        if type(dtype) is not str and dtype is not None:
            named = cls._dtype_name(dtype)
            if isinstance(named, type):  # the class for such elements
                return named.__new__(named, dtype, values, *more, **options, **others)
            dtype = named
        if (more or others) and cls.__init__ is object.__init__:
            raise _unexpected(more, others)  # as object's own constructor: nobody would look at them
        self = object.__new__(cls)
        native = cls._core.Array
        self._hold(native(**options) if dtype is None else native(dtype, **options))
        if values is not None:
            cls._door.extend(self, values)
        return self

    def _hold(self, native):
        """Makes this the array of a native object: the rest of the constructor."""
        self._native = native
        self._shortened = 0  # how often elements were taken away: iterators then look again at what is there
        self._waiters = {}

    @property
    def _raw(self):
        """The native object, for what may change the array's end."""
        return self._native

    def _note_shortened(self):
        self._shortened += 1
        if self._waiters:
            self._wake()

    def append(self, value, /):
        """Adds one element at the end."""
        self._raw.append(value)
        if self._waiters:
            self._wake()

    def push(self, value, /):
        """Adds one element at the end and gives its index."""
        index = self._raw.push(value)
        if self._waiters:
            self._wake()
        return index

    def extend(self, values, /):
        """Adds the elements of an iterable or a buffer: all of them, or none if one is bad."""
        source, window = values._window() if isinstance(values, Elements) else (None, None)
        if source is not None and akin(self, source):
            extend_window(self, source, window)  # whole chunks are copied
        else:
            self._raw.extend(values)
        if self._waiters:
            self._wake()

    def at(self, index, /):
        """The element at `index`, an integer: a[index] without slices."""
        return self._native.at(index)

    def __getitem__(self, key, /):
        if type(key) is int:
            return self._native[key]
        return self._getitem(key)

    def __setitem__(self, key, value, /):
        if type(key) is int:
            self._native[key] = value
        else:
            self._setitem(key, value)

    def __delitem__(self, key, /):
        self._delitem(key)

    def __len__(self):
        return len(self._native)

    def __iter__(self):
        return ArrayIterator(self)

    def _each(self, window):
        if window.step == 1 and _VIEWS_ARE_QUICK:
            return WindowIterator(self, window)
        return map(self._native._at, window)

    def _field(self, position, offset, leaf):
        """A field of the record at a position, `offset` bytes behind its start."""
        return self._native._field(position, offset, leaf)

    def _set_field(self, position, offset, leaf, value):
        """Overwrites it."""
        self._native._set_field(position, offset, leaf, value)

    def _field_chunks(self, start, step, count, offset, dtype):
        """What lies `offset` bytes behind the start of each record of a window, as chunks of a dtype."""
        return self._native._field_chunks(start, step, count, offset, dtype)

    def _equal(self, other):
        return self._native._equal(other._native) if isinstance(other, ChunkArray) else NotImplemented

    def pop(self, index=-1, /):
        """Takes the last element away and gives it. IndexError if there is none, TypeError for any other element."""
        if index != -1:
            self._refuse_to_pop_inside(index)
        value = self._raw.pop()
        self._note_shortened()
        return value

    def truncate(self, length, /):
        """Takes away all but the first `length` elements."""
        self._raw.truncate(length)
        self._note_shortened()

    def clear(self):
        """Takes all elements away. Their memory is kept for the next ones."""
        self._raw.clear()
        self._note_shortened()

    def close(self):
        """Takes all elements away for good and gives their memory back at once; views keep theirs."""
        self._raw.close()
        self._note_shortened()

    def __sizeof__(self):
        return object.__sizeof__(self) + self._native.__sizeof__()

    def chunks(self):
        """The chunks that hold the elements, in order. Each keeps its memory alive."""
        return self._native.chunks()

    def address_of(self, index, /):
        """The memory address of the element at `index`. It never changes while the array has the element."""
        return self._native.address_of(index)

    def tolist(self):
        """The elements as a list."""
        return self._native.tolist()

    def tobytes(self):
        """The elements' bytes, in the dtype's byte order."""
        return self._native.tobytes()

    def frombytes(self, buffer, /):
        """Adds the elements whose bytes `buffer` holds, in the dtype's byte order."""
        self._raw.frombytes(buffer)
        if self._waiters:
            self._wake()

    def _make_put(self, appender):
        """The function that puts for an appender that has just been opened. It keeps the appender."""
        native_put = self._native._put

        def put(value, /):
            if not appender.is_open or appender.thread != threading.get_ident():
                raise appender.refusal()
            native_put(value)
            if self._waiters:
                self._wake()

        return put


ChunkArray._door = ChunkArray  # whose constructor subclasses with one of their own go around


def _unexpected(more, others):
    if more:
        return TypeError("ChunkArray() takes at most 2 positional arguments (%d given)" % (2 + len(more)))
    return TypeError("ChunkArray() got an unexpected keyword argument '%s'" % next(iter(others)))


def _constructor(
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
    """The arguments that are the array's own, which inspect.signature() tells."""


ChunkArray.__new__.__wrapped__ = _constructor


def _forward(name, doc):
    def get(self):
        return getattr(self._native, name)

    get.__name__ = name
    return property(get, doc=doc)


for _name, _doc in (
    ("dtype", "The name of the elements' type."),
    ("itemsize", "Bytes of one element."),
    ("element_size", "Bytes of one element, as itemsize."),
    ("nbytes", "Bytes of all elements."),
    ("chunk_size", "Elements in the first chunk."),
    ("growth", "'double' or 'fixed'."),
    ("capacity", "Elements that lie in one piece at the front."),
    ("chunk_count", "Chunks that hold elements."),
    ("arena_capacity", "Elements that fit without a further allocation."),
    ("contiguous", "Whether all elements lie in one piece."),
    ("committed_bytes", "Bytes of memory that the array holds."),
    ("keep", "How many of the newest elements are kept at least, or None for all."),
    ("keep_bytes", "Bytes of the elements that are kept at least, or None for all."),
    ("first", "How many elements were dropped at the front: the position of a[0]."),
    ("frozen", "Whether freeze() was called."),
    ("closed", "Whether close() was called."),
    ("_end", "The position behind the newest element."),
    ("_settled", "As _end, but without the elements of a transaction that is not over."),
    ("_depth", "How many transactions the calling thread is in."),
):
    setattr(ChunkArray, _name, _forward(_name, _doc))
ChunkArray._text = ChunkArray.dtype


# dtypes whose chunks a memoryview reads as the same values that the array gives, by the code it needs for that.
_VIEW_CODES = {
    "U1": "B", "U2": "H", "U4": "I", "U8": "Q", "S1": "b", "S2": "h", "S4": "i", "S8": "q",
    "F4": "f", "F8": "d", "B1": "B", "B2": "H", "B4": "I", "B8": "Q", "BOOL": "?",
}  # fmt: skip


class ArrayIterator:
    """Walks the chunks that are there at the start through memoryviews, which cost less than native calls on
    interpreters with a JIT, and reads what was appended since, or is left after a truncation, one by one."""

    __slots__ = ("_array", "_position", "_chunk", "_view", "_start", "_stop", "_chunks", "_shortened")

    def __init__(self, array):
        self._array = array
        self._position = array.first
        self._start = self._stop = 0
        self._view = self._chunk = None
        self._chunks = None
        self._shortened = array._shortened

    def __iter__(self):
        return self

    def __next__(self):
        position = self._position
        if position < self._stop and self._shortened == self._array._shortened:
            self._position = position + 1
            return self._view[position - self._start]
        return self._next_elsewhere()

    def __length_hint__(self):
        return 0 if self._array is None else max(0, self._array._end - max(self._position, self._array.first))

    def _next_elsewhere(self):
        array = self._array
        if array is None:
            raise StopIteration
        if self._chunks is None:
            self._look_at(array.chunks)
        # As elements that are appended meanwhile are seen, those that are dropped are not. Asked for after the chunks,
        # so that none of them begins behind it.
        self._position = max(self._position, array.first)
        if self._next_chunk():
            return self.__next__()
        try:
            value = array._native._at(self._position)
        except IndexError:
            if self._position < array.first:  # dropped just now
                return self.__next__()
            self._array = self._view = self._chunk = self._chunks = (
                None  # as a list's: once at the end, always at the end
            )
            self._stop = 0
            raise StopIteration from None
        self._position += 1
        return value

    def _look_at(self, chunks):
        """Takes the chunks that `chunks` gives for those to walk, if a memoryview reads the dtype."""
        code = _VIEW_CODES.get(self._array._text) if _LITTLE_ENDIAN else None
        self._chunks = iter([(chunk, code) for chunk in chunks()] if code else ())

    def _next_chunk(self):
        """Goes on in the chunk that has the position, and says whether there is one."""
        if self._shortened == self._array._shortened:
            for chunk, code in self._chunks:
                if self._position < chunk.start + len(chunk):
                    self._chunk = chunk  # the view does not keep it
                    self._view = self._array._core.memory(chunk).cast("B").cast(code)
                    self._start = chunk.start
                    self._stop = chunk.start + len(chunk)
                    return True
        return False


class WindowIterator(ArrayIterator):
    """The same for a slice without gaps, whose length is fixed: what is gone of it is an IndexError."""

    __slots__ = ("_end",)

    def __init__(self, array, window):
        ArrayIterator.__init__(self, array)
        self._position = window.start
        self._end = window.start + len(window)

    def __length_hint__(self):
        return self._end - self._position

    def _next_elsewhere(self):
        array, position = self._array, self._position
        if position >= self._end:
            raise StopIteration
        if self._chunks is None:
            self._look_at(self._whole)
        if self._next_chunk():
            return self.__next__()
        value = array._native._at(position)
        self._position = position + 1
        return value

    def _whole(self):
        """The chunks of the window, or none where a part of it is gone: it is then read up to there."""
        try:
            return self._array._native._chunks(self._position, 1, self._end - self._position)
        except IndexError:
            return []
