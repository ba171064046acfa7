"""ChunkArray(Tick, layout="columns"): records of which each field lies in an array of its own.

To people it is an array of records like any other. Numbers and shapes are columns that are ChunkArrays in their own
right; what has no dtype of its own (text, bits, inner records, unions) lies in an array of records of that one field.
"""

import sys
import threading

from .. import _door_object
from .._twin import arguments
from .._twin.array import read_keep
from .._twin.state import StateMethods
from .._twin.table import Table
from .array import ByName, RecordMethods, array_class
from .column import column_of
from .model import NOTHING, Repeated, Scalar
from .values import is_plain

_LENGTH = "a column of a record array has the array's length: append rows to that"


class _OfFixedLength:
    """The column of one field: a ChunkArray whose length is that of the array of records, which alone can change it."""

    __slots__ = ()

    @classmethod
    def _new(cls, dtype, values, options):
        return cls._door._new(dtype, values, options)

    def _origin(self):
        return self._door, self.dtype


def _refusal(name):
    def refuse(self, *arguments, **options):
        raise TypeError(_LENGTH)

    refuse.__name__ = name
    refuse.__doc__ = "Always a TypeError: " + _LENGTH + "."
    return refuse


for _name in (
    *("append", "push", "extend", "frombytes", "fromfile", "appender", "transaction", "pop", "truncate", "clear"),
    *("close", "reset", "rewind", "drop_front", "freeze", "__iadd__", "__imul__", "__delitem__"),
):
    setattr(_OfFixedLength, _name, _refusal(_name))

_column_classes = {}


def _column_class(door):
    """The class of the columns that are arrays of a door's."""
    if door not in _column_classes:
        names = {"__slots__": (), "__module__": door.__module__, "__doc__": _OfFixedLength.__doc__}
        _column_classes[door] = type(door.__name__, (_OfFixedLength, door), names)
    return _column_classes[door]


class _Places(Table):
    """Which positions lie in one chunk, of each column: all have chunks of as many elements."""

    __slots__ = ("columns",)

    def drop(self, first):
        for column in self.columns:
            column.call("drop_front", first - column.array.first)

    def shrink(self, first, end):
        for column in self.columns:
            column.array._door.shrink(column.array)  # the door's own, which knows who may still look there


class _Column:
    """One field and the array that it lies in.

    is_plain    whether its elements are the field's values; else they are records of this one field
    """

    __slots__ = ("field", "index", "array", "raw", "is_plain", "native", "append", "append_value")

    def __init__(self, field, index, door, options):
        kind = field.type
        self.field = field
        self.index = index
        self.is_plain = isinstance(kind, Scalar) or (isinstance(kind, Repeated) and isinstance(kind.element, Scalar))
        self.array = _column_class(door)(kind.text if self.is_plain else field.alone(), **options)
        self.raw = self.array._raw
        self.native = self.array._core.Array
        at_once = getattr(door, "_append_at_once", None)  # quicker than the native method, and seen by it
        self.append = at_once.__get__(self.array) if at_once else self.native.append.__get__(self.raw)
        self.append_value = self.append if self.is_plain else self._append_in_a_tuple

    @property
    def is_whole(self):
        """Whether the array says all about the field: no names of values, no constant."""
        return self.is_plain and self.field.members is None and self.field.constant is NOTHING

    def call(self, name, *arguments):
        """Calls a method of the native array, which the column refuses to others."""
        found = getattr(self.native, name)(self.raw, *arguments)
        if name in ("truncate", "drop_front", "reset"):
            self.array._note_shortened()
        return found

    def read(self, position):
        """The value at a position."""
        value = self.raw._at(position)
        return value if self.is_plain else value[0]

    def write(self, position, value):
        self.raw._set_at(position, value if self.is_plain else (value,))

    def _append_in_a_tuple(self, value):
        self.append((value,))

    def values(self, start, step, count):
        """The values of a window as a list."""
        found = self.raw._tolist(start, step, count)
        return found if self.is_plain else [value for (value,) in found]

    def add(self, rows, count):
        """Adds the field's values of all elements of a native array of records."""
        if self.is_plain:
            self.raw._extend_field(rows, 0, 1, count, self.field.offset, self.field.leaf)
        else:
            index = self.index
            self.call("extend", [(values[index],) for values in rows.tolist()])


class Columns(StateMethods):
    """What behaves as the native array of records, over one array a field.

    Rows are converted aside, then added to each column under the lock, and the end is published when all have them.
    """

    _views = None
    __hash__ = None

    def __init__(self, record, door, chunk_size, growth, capacity, keep, keep_bytes, arena):
        layout = self.layout = record.__layout__
        chunk_size = arguments.size("chunk_size", chunk_size)
        capacity = arguments.size("capacity", capacity)
        self.growth, self._kept = read_keep(layout.size, chunk_size, growth, keep, keep_bytes)
        options = {"chunk_size": chunk_size, "growth": self.growth, "capacity": capacity, "arena": arena}
        self.columns = [_Column(field, index, door, options) for index, field in enumerate(layout.named)]
        self._appends = [column.append_value for column in self.columns]
        self._fits = door._row_fits(record)
        self._adding = False
        self._late = []  # what is to be added once that is over
        self._table = _Places(1, chunk_size, self.growth, capacity)
        self._table.columns = self.columns
        self._first = self._limit = self._dropped_mark = 0
        self._marks = {}
        self._idle = []  # native arrays of records, empty, for rows on their way
        self._begun = []
        self._owner = self._appender = None
        self._is_closed = self._is_frozen = False
        self._lock = self._cells = threading.RLock()
        self.chunk_size, self.capacity = chunk_size, capacity

    # What it is.

    @property
    def dtype(self):
        return "columns of " + self.layout.text

    @property
    def itemsize(self):
        return self.layout.size

    element_size = itemsize

    @property
    def nbytes(self):
        return len(self) * self.layout.size

    @property
    def chunk_count(self):
        return max(column.array.chunk_count for column in self.columns)

    @property
    def arena_capacity(self):
        return min(column.array.arena_capacity for column in self.columns)

    @property
    def contiguous(self):
        return all(column.array.contiguous for column in self.columns)

    @property
    def committed_bytes(self):
        return sum(column.array.committed_bytes for column in self.columns)

    def _arena(self):
        return self.columns[0].array._raw._arena()

    def __sizeof__(self):
        return object.__sizeof__(self) + sum(column.array.__sizeof__() for column in self.columns)

    def __len__(self):
        first = self._first  # before the end, which then is not less
        return self._limit - first

    # Adding rows.

    def _aside(self, values=None):
        """A native array of records, for rows on their way."""
        made = self.columns[0].native(self.layout.text)
        if values is not None:
            made.extend(values)
        return made

    def _add(self, rows, appender=None):
        """Adds the rows of a native array: adjacent, all or none. Gives the index of the first."""
        count = len(rows)
        return self._add_each(count, lambda column: column.add(rows, count), appender)

    def _add_each(self, count, add, appender=None):
        """Adds `count` rows, of which `add` adds a field to its column. Gives the index of the first."""
        return self._add_rows(count, self._add_to_each, add, appender)

    def _add_to_each(self, add):
        for column in self.columns:
            add(column)

    def _add_rows(self, count, add, what, appender):
        """Adds `count` rows, all of whose fields add(what) adds, or none. Gives the index of the first."""
        with self._lock:
            if self._is_closed:
                raise ValueError("the array is closed")
            if self._is_frozen or self._appender != appender:
                self._resizable(appender)
            if self._adding and self._is_amid(sys._getframe(1)):
                self._late.append((count, add, what, appender))
                return None
            try:
                self._adding = True
                start = self._limit
                add(what)
                self._limit = start + count
            except BaseException:
                self._trim()
                raise
            finally:
                self._adding = False
                while self._late:
                    self._add_rows(*self._late.pop(0))
            if self._kept is not None:
                self._drop_by_keep()
            return start - self._first

    def _is_amid(self, frame):
        """Whether one of a chain of frames of the calling thread adds rows here: then the caller is a signal handler or a
        finaliser, which came in between. Ctrl-C may have left `_adding` set."""
        while frame is not None:
            if frame.f_code is Columns._add_rows.__code__ and frame.f_locals.get("self") is self:
                return True
            frame = frame.f_back
        return False

    def _trim(self):
        """Takes away what columns have behind the end."""
        for column in self.columns:
            column.call("truncate", self._limit - column.array.first)

    def append(self, value, /):
        self._add_one(value)

    def push(self, value, /):
        index = self._add_one(value)
        if index is None:
            raise RuntimeError("a row is being added by this very thread, which was interrupted for this push")
        return index

    def _add_one(self, value, appender=None):
        fits = self._fits
        values = value if fits is not None and type(value) is tuple and fits(value) else self._converted(value)
        return self._add_rows(1, self._append_to_each, values, appender)

    def _append_to_each(self, values):
        for append, value in zip(self._appends, values):
            append(value)

    def _converted(self, value):
        """The tuple that a native array of records gives for a value."""
        try:
            rows = self._idle.pop()
        except IndexError:
            rows = self._aside()
        rows.append(value)
        values = rows.pop()
        self._idle.append(rows)
        return values

    def extend(self, values, /):
        self._add(self._aside(values))

    def frombytes(self, data, /):
        rows = self._aside()
        rows.frombytes(data)
        self._add(rows)

    def _put(self, value, /):
        me = threading.get_ident()
        if self._appender != me:
            raise RuntimeError("this thread has no appender of this array open")
        self._add_one(value, me)

    def _extend_window(self, source, start, step, count, /):
        def add(column):
            column.raw._extend_window(source.columns[column.index].array._raw, start, step, count)

        self._add_each(count, add)

    def _extend_take(self, source, start, step, count, indices, /):
        indices = _as_list(indices)

        def add(column):
            column.raw._extend_take(source.columns[column.index].array._raw, start, step, count, indices)

        self._add_each(len(indices), add)

    def _extend_mask(self, source, start, step, count, mask, /):
        mask = _as_list(mask)

        def add(column):
            column.raw._extend_mask(source.columns[column.index].array._raw, start, step, count, mask)

        self._add_each(mask.count(True), add)

    # Fewer rows.

    def _cut(self, end):
        super()._cut(end)
        self._trim()

    def _item(self, position):
        return tuple([column.read(position) for column in self.columns])

    def close(self, /):
        super().close()
        for column in self.columns:
            column.array._door.close(column.array)

    def freeze(self, force=False, /):
        with self._lock:
            if not self._may_freeze(force):
                return
            for column in self.columns:  # all of them, as nothing can be refused any more
                column.array._door.freeze(column.array, True)  # the door's own, which knows what it keeps open
            self._is_frozen = True

    def _refuse_views(self, /):
        for column in self.columns:
            column.raw._refuse_views()

    # Reading and writing.

    def _check(self, position):
        """The position itself, if there is a row."""
        position = arguments.size("position", position)
        if position < self._first:
            raise IndexError("position %d was dropped (first is %d)" % (position, self._first))
        if position >= self._limit:
            raise IndexError("position %d is gone: the array was truncated to %d" % (position, self._limit))
        return position

    def _window(self, start, step, count):
        if count:
            self._check(start)
            self._check(start + step * (count - 1))
        return start, step, count

    def _at(self, position, /):
        return self._item(self._check(position))

    def at(self, index, /):
        return self._item(self._first + arguments.position(index, len(self)))

    __getitem__ = at

    def _set_at(self, position, value, /):
        position = self._check(position)
        values = self._converted(value)
        self._writable()
        for column, new in zip(self.columns, values):
            column.write(position, new)

    def __setitem__(self, index, value, /):
        self._set_at(self._first + arguments.position(index, len(self)), value)

    def _tolist(self, start, step, count, /):
        window = self._window(start, step, count)
        return list(zip(*[column.values(*window) for column in self.columns]))

    def tolist(self, /):
        return self._tolist(self._first, 1, len(self))

    def _tobytes(self, start, step, count, /):
        return self._aside(self._tolist(start, step, count)).tobytes()

    def tobytes(self, /):
        return self._tobytes(self._first, 1, len(self))

    def _find(self, start, step, count, value, /):
        return NotImplemented

    _count = _find

    def _mismatch(self, start, step, count, other, other_start, other_step, /):
        for column in self.columns:
            theirs = other.columns[column.index].array._raw
            count = column.raw._mismatch(start, step, count, theirs, other_start, other_step)
        return count

    def _equal(self, other):
        return len(self) == len(other) and self._mismatch(self._first, 1, len(self), other, other._first, 1) == len(
            self
        )

    def _reverse(self, start, step, count, /):
        for column in self.columns:
            column.raw._reverse(start, step, count)

    def _byteswap(self, start, step, count, /):
        for column in self.columns:
            column.raw._byteswap(start, step, count)

    def _assign_window(self, start, step, count, source, source_start, source_step, /):
        self._writable()
        self._window(start, step, count)
        for column in self.columns:
            theirs = source.columns[column.index].array._raw
            column.raw._assign_window(start, step, count, theirs, source_start, source_step)

    # Fields.

    def _column_of(self, leaf):
        for column in self.columns:
            if leaf < column.field.leaf + column.field.type.leaves:
                return column
        raise IndexError("leaf %d of %d" % (leaf, self.layout.leaves))

    def _field(self, position, offset, leaf, /):
        self._check(position)
        column = self._column_of(leaf)
        if column.is_plain:
            return column.raw._at(position)
        return column.raw._field(position, offset - column.field.offset, leaf - column.field.leaf)

    def _set_field(self, position, offset, leaf, value, /):
        self._check(position)
        column = self._column_of(leaf)
        if column.is_plain:
            column.raw._set_at(position, value)
        else:
            column.raw._set_field(position, offset - column.field.offset, leaf - column.field.leaf, value)

    def _field_chunks(self, start, step, count, offset, dtype, /):
        window = self._window(start, step, count)
        for column in self.columns:
            field = column.field
            if field.offset <= offset and offset - field.offset < field.size and dtype != self._bytes_text:
                if column.is_plain and dtype == field.type.text:
                    return column.raw._chunks(*window)
                if not column.is_plain:
                    return column.raw._field_chunks(*window, offset - field.offset, dtype)
        # Several fields at once lie nowhere in one piece: what is given is a copy.
        rows = self._aside(self._tolist(*window))
        return rows._field_chunks(0, 1, count, offset, dtype)

    @property
    def _bytes_text(self):
        return "B1[%d]" % self.layout.size

    def _copy_field(self, made, start, step, count, offset, leaf):
        """Adds a field of a window to a native array of the field's dtype."""
        column = self._column_of(leaf)
        raw = column.raw
        if column.is_plain:
            made._extend_window(raw, start, step, count)
        else:
            made._extend_field(raw, start, step, count, offset - column.field.offset, leaf - column.field.leaf)

    def _set_fields(self, start, step, count, offset, leaf, source, /):
        column = self._column_of(leaf)
        raw = column.raw
        self._window(start, step, count)
        if column.is_plain:
            raw._assign_window(start, step, count, source, 0, 1)
        else:
            raw._set_fields(start, step, count, offset - column.field.offset, leaf - column.field.leaf, source)

    # What rows by columns don't have.

    def chunks(self, /):
        raise TypeError(_NO_ROWS)

    def _chunks(self, start, step, count, /):
        raise TypeError(_NO_ROWS)

    def address_of(self, index, /):
        raise TypeError(_NO_ROWS)

    def _atomic(self, *arguments):
        raise TypeError("atomic changes are of integers, and these are records: a column has them")

    fetch_add = fetch_sub = fetch_and = fetch_or = fetch_xor = fetch_max = fetch_min = _atomic
    exchange = compare_exchange = _atomic


def _as_list(keys):
    return keys.tolist() if hasattr(keys, "tolist") else list(keys)


_NO_ROWS = 'records by columns lie in no memory as rows; a["name"].chunks() has that of a column'


class ColumnsMethods(RecordMethods):
    """An array of records by columns: as one by rows, but each field lies in memory by itself."""

    __slots__ = ()
    _append_plain = _door_object.ChunkArray.append
    _push_plain = _door_object.ChunkArray.push

    def __new__(
        cls,
        dtype=None,
        values=None,
        *more,
        layout="columns",
        chunk_size=1024,
        growth=None,
        capacity=0,
        keep=None,
        keep_bytes=None,
        arena=None,
        **others,
    ):
        if (dtype is not None and dtype is not cls.record) or layout != "columns":
            return cls._made_of(dtype or cls.record, values, *more, layout=layout, **others)
        if (more or others) and cls.__init__ is object.__init__:
            raise _door_object._unexpected(more, others)
        self = object.__new__(cls)
        self._hold(Columns(cls.record, cls._door, chunk_size, growth, capacity, keep, keep_bytes, arena))
        if values is not None:
            RecordMethods.extend(self, values)
        return self

    @classmethod
    def _new(cls, dtype, values, options):
        return ColumnsMethods.__new__(cls, cls.record, values, **options)

    def _c_object(self):
        raise TypeError("C code gets the columns of this array, which are arrays: a['name'].__chunkarray_c__")

    def extend(self, values, /):
        """Adds the records of an iterable: all of them, or none if one is bad."""
        if getattr(values, "_window", None) is not None:
            source, window = values._window()
            if source._text == self.record.__layout__.text and window:
                rows = self._native._aside()
                rows._extend_window(source._raw, window.start, window.step, len(window))
                self._raw._add(rows)
                if self._waiters:
                    self._wake()
                return
        super().extend(values)

    def _column(self, elements, name):
        if elements is self:
            for column in self._native.columns:
                if column.field.name == name and column.is_whole:
                    return column.array
        return column_of(elements, self.record, name)

    def _set_column(self, elements, name, values):
        column_of(elements, self.record, name)[:] = values

    def _copy_field(self, made, window, offset, leaf):
        self._native._copy_field(made._raw, window.start, window.step, len(window), offset, leaf)

    def _as_numpy(self, window, copy):
        import numpy

        if copy is not None and not copy:
            raise ValueError("records by columns are one NumPy array only as a copy, and copy=False forbids it")
        data = self._native._tobytes(window.start, window.step, len(window))
        found = numpy.frombuffer(data, self._numpy_dtype())
        return found.copy() if copy else found

    def _origin(self):
        return self._made_of, ByName(self.record, "columns")

    def __getstate__(self):
        return None  # the records are all there is


def columns_class(cls, record):
    """The class of arrays of a record by columns, for the ChunkArray class `cls`."""
    if cls._door is not cls:
        raise TypeError("layout='columns' is for ChunkArray itself, not for its subclass %s" % cls.__name__)
    array_class(cls, record)  # which refuses what has no fixed size
    if "__columns__" not in record.__dict__:
        record.__columns__ = {}
    made = record.__columns__
    if cls not in made:
        body = {
            "__slots__": (),
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": ColumnsMethods.__doc__,
            "record": record,
            "_made_of": cls,
            "_takes_tuples": is_plain(record.__layout__),
            "_door": cls,
            # For isinstance(a, ChunkArray): a native type can't be a base here, as it would bring elements of its own.
            "__class__": property(lambda self: self._made_of),
        }
        made[cls] = type(cls.__name__, (ColumnsMethods, _door_object.ChunkArray), body)
    return made[cls]
