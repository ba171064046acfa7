"""Records on GraalPy: their fields through memoryviews of the chunks' bytes.

A field's bytes begin anywhere, and a memoryview reads numbers of n bytes at each n-th byte only. So there are up to n
views of the same bytes, each of which begins one byte behind the other: a number at byte b is the element b // n of view
b % n. GraalPy's JIT turns that into a few loads.

Rows that are appended are held back as tuples, as numbers are in `_door_views`. When they are moved, the code that
stores a row writes them into a buffer, which the native array takes whole.
"""

import sys
from _thread import get_ident

from .._door_views import _FILES, _Held
from .._door_windows import NOWHERE
from .._load import core
from .._twin import records
from .array import RowIterator
from .door_source import Source
from .rows import row

_CODES = {"U1": "B", "U2": "H", "U4": "I", "S1": "b", "S2": "h", "S4": "i", "S8": "q", "F4": "f", "F8": "d"}
_PATIENCE = 4  # how often an array is asked for what no window shows until one is made
_AT_ONCE = 4096  # rows, at most, that a buffer is kept for


class _Views(Source):
    """Writes functions of the views of some rows, and of the number of one of them."""

    element = "views, k"

    def __init__(self, record):
        self.views = {}  # what is viewed: code, bytes of a number, and where the first one begins; None for anywhere
        self.begin = ("    at = k * %d" % record.item_size,)
        super().__init__(record)

    def member(self, kind, offset):
        code, size = _CODES[kind], int(kind[1])
        first = None if self.record.item_size % size else offset % size
        view = self._view(code, size, first)
        if first is None:
            view += "[at + %d & %d]" % (offset, size - 1)
        return "%s[at + %d >> %d]" % (view, offset, size.bit_length() - 1)

    def piece(self, offset, size):
        return "%s[at + %d : at + %d]" % (self._view("B", 1, 0), offset, offset + size)

    def _view(self, code, size, first):
        return "views[%d]" % self.views.setdefault((code, size, first), len(self.views))


class RowKind:
    """What arrays of records of one layout have in common.

    reads   for each leaf where it lies, where it may lie at most, and a function of views and the number of a row that
            gives its value: None for what is left to the native array, instead of the function or of the value
    writes  the same with a function of these and a value, which says whether that was written
    fits    a function that says whether a tuple may be held back; None where none may
    """

    def __init__(self, record):
        source = _Views(record)
        made = source.functions()
        self.text, self.size = record.name, record.item_size
        self.reads, self.writes = made["READS"], made["WRITES"]
        self.fits, self._store = made.get("fits"), made.get("store")
        self._views = tuple(source.views)
        self._unused = []  # buffers

    def views(self, memory):
        """The views of the bytes of some rows, as the functions want them."""
        return tuple(
            [
                _view(memory, code, size, first)
                if first is not None
                else tuple([_view(memory, code, size, first) for first in range(size)])
                for code, size, first in self._views
            ]
        )

    def packed(self, rows):
        """The bytes of tuples that fit, and what is to be called with them when they are needed no more."""
        count = len(rows)
        buffer = None
        if self._unused:
            try:
                buffer = self._unused.pop()  # nobody else has it now
            except IndexError:
                pass
        if buffer is None or len(buffer[0]) < count * self.size:
            room = max(16, 1 << (count - 1).bit_length())
            memory = memoryview(bytearray(room * self.size))
            buffer = memory, self.views(memory)
        memory, views = buffer
        store = self._store
        for k, values in enumerate(rows):
            store(views, k, values)
        return memory[: count * self.size], buffer

    def take_back(self, buffer):
        """Keeps a buffer for the next rows."""
        if len(self._unused) < 2 and len(buffer[0]) <= _AT_ONCE * self.size:
            self._unused.append(buffer)


def _view(memory, code, size, first):
    count = (len(memory) - first) // size
    return memory[first : first + count * size].cast(code) if count else None


_kinds = {}


def row_kind(record):
    """The kind of arrays of a record class."""
    text = record.__layout__.text
    found = _kinds.get(text)
    return found or _kinds.setdefault(text, RowKind(records.parse(text)))


class _HeldRows(_Held):
    """Rows on their way into an array, as tuples."""

    __slots__ = ()

    def _give(self, add, values):
        kind = self._code
        data, buffer = kind.packed(values)
        add(data)
        kind.take_back(buffer)


class _PutRows(_HeldRows):
    """The same for those that an appender put, which are not taken by their bytes but as a chunk."""

    __slots__ = ()

    def _give(self, add, values):
        def add_chunk(data):
            array = core.Array(self._code.text, capacity=len(values))
            array.frombytes(data)
            add(array.chunks()[0])

        super()._give(add_chunk, values)


class _RowViews:
    """What a window shows rows by."""

    __slots__ = ("views", "_count")

    def __init__(self, views, count):
        self.views = views
        self._count = count

    def __len__(self):
        return self._count


class RowMethods:
    """Rows and their fields through windows, and rows that are held back."""

    __slots__ = ()
    _row_kind = None

    def _hold(self, native):
        super()._hold(native)
        kind = self._row_kind
        self._misses = 0
        self._code = "B"
        self._held = _HeldRows(kind)
        self._kind = kind, 0, 0  # no value is of such a type: what _door_views does with values, it leaves alone
        if kind.fits is None or not self._takes_tuples:
            self._suspended = 1  # for good
            self._held.room = 0
        else:
            self._takes = kind
        self._writes = self._may_write()

    # More rows at the end.

    def _append_held(self, value):
        """Adds one record, given as the native arrays take it."""
        kind = self._takes
        if kind is not None and type(value) is tuple and kind.fits(value):
            held = self._held
            held.values.append(value)
            if len(held.values) >= held.room or self._waiters:
                self._appended(value)
        else:
            self._door.append(self, value)

    def _open_appender(self):
        super()._open_appender()
        self._put = _PutRows(self._row_kind)

    def _make_put(self, appender):
        put_any, kind = super()._make_put(appender), self._row_kind
        if kind.fits is None or not self._takes_tuples:
            return put_any
        fits, held, thread = kind.fits, self._put, appender.thread
        values = held.values

        def put(*value, **fields):
            if not fields and len(value) == 1 and type(value[0]) is tuple and fits(value[0]):
                if not appender.is_open or thread != get_ident():
                    raise appender.refusal()
                values.append(value[0])
                if len(values) >= held.room or self._waiters:
                    self._put_now(held)
            else:
                put_any(*value, **fields)

        return put

    # Rows.

    def __getitem__(self, key, /):
        if type(key) is int:
            near = self._near
            k = key - near.start
            if k >= 0 and k < near.count:
                return row(self.record, self, near.position + k)
            if key >= 0:
                position = self.first + key
                if self._surroundings(position) is not None:
                    return row(self.record, self, position)
        return super().__getitem__(key)

    def at(self, index, /):
        """The row at `index`, an integer: a[index] without slices and names."""
        return RowMethods.__getitem__(self, index) if type(index) is int else super().at(index)

    def _item(self, position):
        near = self._near
        k = position - near.position
        if k >= 0 and k < near.count:
            return row(self.record, self, position)
        return super()._item(position)

    def __iter__(self):
        return WindowRows(self)

    # Fields.

    def _view(self, memory):
        kind = self._row_kind
        return _RowViews(kind.views(memory), len(memory) // kind.size)

    def _surroundings(self, position):
        """The window of a position, which is near then; None if there is none, or not yet."""
        near = self._near
        index = position - (near.position - near.start if near.count else self.first)
        window = self._seen.find(index)
        if window is None:
            # Views cost more than some calls: too much for a record by itself, or where each new row is looked at once.
            self._misses += 1
            if self._misses % _PATIENCE == 0:
                window = self._make_window(index)
        if window is None or not 0 <= position - window.position < window.count:
            return None  # others dropped elements meanwhile
        self._near = window
        return window

    def _field(self, position, offset, leaf):
        near = self._near
        k = position - near.position
        if k < 0 or k >= near.count:
            near = self._surroundings(position)
        if near is not None:
            begin, _, read = self._field_reads[leaf]
            if read is not None and begin == offset:
                value = read(near.view.views, position - near.position)
                if value is not None:
                    return value
        return self._native._field(position, offset, leaf)

    def _set_field(self, position, offset, leaf, value):
        if self._writes is not None:
            near = self._near
            k = position - near.position
            if k < 0 or k >= near.count:
                near = self._surroundings(position)
            if near is not None:
                begin, _, write = self._field_writes[leaf]
                if write is not None and begin == offset and write(near.view.views, position - near.position, value):
                    return
        self._native._set_field(position, offset, leaf, value)

    def _fields(self, positions, offset, leaf):
        for position in positions:
            yield self._field(position, offset, leaf)


class WindowRows(RowIterator):
    """The rows of an array, which looks at its end only where a window ends."""

    __slots__ = ("_window",)

    def __init__(self, array):
        super().__init__(array)
        self._window = NOWHERE

    def __next__(self):
        position, window = self._position, self._window
        k = position - window.position
        if k >= 0 and k < window.count:
            self._position = position + 1
            return row(self._record, self._array, position)
        self._window = NOWHERE  # which may grow, when this is over
        found = super().__next__()
        self._window = found._of._surroundings(found._at) or NOWHERE
        return found


# So that memory is not given back while these functions read it.
_FILES.add(RowMethods._field.__code__.co_filename)


def row_methods(cls, record):
    """The bases and attributes of the class of arrays of a record that is made from the ChunkArray class `cls`."""
    if sys.byteorder != "little":
        return (), {}
    kind = row_kind(record)
    names = {"_row_kind": kind, "_field_reads": kind.reads, "_field_writes": kind.writes}
    if cls.append is cls._door.append:  # else rows go through it
        names["_append_plain"] = RowMethods._append_held
    return (RowMethods,), names
