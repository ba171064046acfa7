"""ChunkArray(Tick): arrays whose elements are records.

To the native arrays a record is a tuple, or its bytes. Here rows are given for them, whatever stands for a record is
taken, and fields are reached by name. The class is made for each record and each ChunkArray class when it is first
asked for: `RecordMethods` in front of that class, whose methods do the work.
"""

from .._array import importable
from .._door import ChunkArray
from .._elements import akin, extend_window, make_like, position, shower
from .hex_text import from_hex
from .model import Nested, Repeated, Scalar
from .parsing import cut_off, has_constants
from .rows import row
from .values import filled, is_plain, stored


class RecordMethods:
    """An array of records: rows that are live, columns by name, and everything else that arrays have.

    append, push and put take a tuple, a list, a dict, values by name (`a.append(time=1, price=2.5)`), a row, an object
    with the fields as attributes, or bytes of the record's size. Constants and defaults need not be given.
    a[i] is a row: r.price reads the array's memory, and r.price = x writes to it. a["price"] is a column.
    """

    __slots__ = ()
    record = None  # the Record class
    _takes_tuples = False  # whether the native arrays know all about its values, so that tuples need no look at them

    def __new__(cls, dtype=None, values=None, *more, layout="rows", **options):
        record = cls.record
        if dtype is not None and dtype is not record:
            if layout != "rows":
                options["layout"] = layout
            return cls._made_of(dtype, values, *more, **options)
        if layout != "rows":
            if layout != "columns":
                raise ValueError("layout is 'rows' or 'columns', not %r" % (layout,))
            from .columns import columns_class

            return columns_class(cls._made_of, record)(record, values, *more, **options)
        self = super().__new__(cls, record.__layout__.text, None, *more, **options)
        if values is not None:
            RecordMethods.extend(self, values)
        return self

    @classmethod
    def _new(cls, dtype, values, options):
        made = cls._door.__new__(cls, dtype.__layout__.text, None, **options)
        if values is not None:
            RecordMethods.extend(made, values)
        return made

    @property
    def dtype(self):
        """The Record class."""
        return self.record

    @property
    def _dtype_shown(self):
        return self.record.__name__

    # Rows.

    def _row(self, position):
        """The row at a position, whether or not there is one."""
        return row(self.record, self, position)

    def _item(self, position):
        if not self.first <= position < self._end:
            self._raw._at(position)  # the IndexError, but for what came just now
        return row(self.record, self, position)

    def __getitem__(self, key, /):
        if type(key) is not int:
            return self._getitem(key)
        first, end = self.first, self._end
        at = key + (first if key >= 0 else end)
        if not first <= at < end:
            at = first + position(self, key)
        return row(self.record, self, at)

    def at(self, index, /):
        """The row at `index`, an integer: a[index] without slices and names."""
        return row(self.record, self, self.first + position(self, index))

    def __setitem__(self, key, value, /):
        if type(key) is not int:
            return self._setitem(key, value)
        self._give(super().__setitem__, key, value)

    def __iter__(self):
        return RowIterator(self)

    def _each(self, window):
        return map(self._item, window)

    def pop(self, index=-1, /):
        """Takes the last record away and gives it. IndexError if there is none, TypeError for any other element."""
        return row(self.record, array_of_one(self.record, super().pop(index)), 0)

    # More records at the end.

    def append(self, /, *value, **fields):
        """Adds one record at the end: a tuple, a list, a dict, a row, an object with its fields, or values by name."""
        if not fields and len(value) == 1 and type(value[0]) is tuple and self._takes_tuples:
            self._append_plain(value[0])
        else:
            self._add_row(self._append_plain, value, fields)

    def push(self, /, *value, **fields):
        """Adds one record at the end and gives its index."""
        if not fields and len(value) == 1 and type(value[0]) is tuple and self._takes_tuples:
            return self._push_plain(value[0])
        return self._add_row(self._push_plain, value, fields)

    def extend(self, values, /):
        """Adds the records of an iterable: all of them, or none if one is bad.

        NumPy's structured arrays are taken by the names of their fields, arrays of records of the same layout whole.
        """
        if getattr(values, "_window", None) is None:
            described = getattr(getattr(values, "dtype", None), "names", None)
            if described is not None and hasattr(values, "__array__"):
                return self._extend_structured(values)
        else:
            source, window = values._window()
            if akin(self, source):
                extend_window(self, source, window)
                if self._waiters:
                    self._wake()
                return None
        if not self._takes_tuples:
            values = map(self._stored, values)
        elif type(values) is not list or not all(type_ is tuple for type_ in set(map(type, values))):
            values = map(self._tuple_of, values)
        super().extend(values)

    def _extend_structured(self, values):
        """Adds a NumPy array of structures."""
        from .structured import records_of

        found = records_of(self.record.__layout__, values)
        if hasattr(found, "__next__"):
            super().extend(map(self._stored, found))
        else:
            self._extend_bytes(found)

    def _extend_bytes(self, data):
        """Adds records by their bytes, in which constants are looked at."""
        if has_constants(self.record.__layout__):
            trial = self._new(self.record, None, {})
            trial._raw.frombytes(data)
            trial.check()
        self.frombytes(data)

    def check(self):
        """Looks at the constants of all records, which bytes from files and buffers may have otherwise.

        frombytes, fromfile, fromhex and readinto take bytes as they are. ValueError for the first row with a constant
        that has another value: its index, the field and both values.
        """
        from .constants import check_all

        check_all(self)

    def _stored(self, value):
        return stored(self.record.__layout__, value)

    def _tuple_of(self, value):
        return value if type(value) is tuple else self._stored(value)

    def _add_row(self, add, value, fields):
        """Adds by a method that takes what the native arrays take."""
        if fields or len(value) != 1:
            if value:
                raise TypeError("one record is a single value, or values by name: append((1, 2.5)), append(time=1)")
            return add(filled(self.record.__layout__, (), fields))
        if self._takes_tuples and type(value[0]) is tuple:
            return add(*value)
        return self._give(add, *value)

    def _give(self, take, *arguments):
        """Calls a method that takes what the native arrays take as its last argument, for any value there."""
        *others, value = arguments
        if self._takes_tuples and type(value) in (tuple, list):
            return take(*arguments)
        return take(*others, stored(self.record.__layout__, value))

    def _append_other(self, /, *value, **fields):
        """What the native append leaves to Python: all but tuples that fit."""
        self._add_row(self._door.append.__get__(self), value, fields)

    def _make_put(self, appender):
        native_put, takes_tuples = super()._make_put(appender), self._takes_tuples

        def put(*value, **fields):
            if takes_tuples and not fields and len(value) == 1 and type(value[0]) is tuple:
                native_put(value[0])
            else:
                self._add_row(native_put, value, fields)

        return put

    def fromhex(self, text, /):
        """Adds the records whose bytes a text shows as hex digits, such as "00 00 00 6C 33 33 74 00".

        ValueError for what is no hex digit, or an odd number of them, which names the column; and for what is no whole
        number of records, which names the field that is cut off.
        """
        self.frombytes(from_hex(text))

    def frombytes(self, buffer, /):
        """Adds the records whose bytes `buffer` holds. ValueError that names the field where the last one is cut off."""
        try:
            super().frombytes(buffer)
        except ValueError:
            self._refuse_bytes(memoryview(buffer).nbytes)
            raise

    def _refuse_bytes(self, nbytes):
        refuse_part(self.record.__layout__, nbytes)

    # What elements do, and records do in ways of their own.

    _sorts_natively = False

    def _sorted(self, window, key, reverse):
        if key is None:
            return sorted(self._values(window), reverse=reverse)
        keys = [key(each) for each in self._each(window)]
        order = sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)
        made = make_like(self, len(order))
        made._raw._extend_take(self._raw, window.start, window.step, len(window), order)
        return made

    def _values(self, window):
        return self._raw._tolist(window.start, window.step, len(window))

    def _plain(self, value):
        """What a value is compared as with the tuples of `_values`."""
        if getattr(type(value), "__layout__", None) is None:
            return value
        return value.astuple()

    def _shower(self):
        cells = self._cells()[1]

        def show(values):
            shown = cells(values)
            return "(%s%s)" % (", ".join(shown), "," if len(shown) == 1 else "")

        return show

    def _cells(self):
        fields = list(self.record.__layout__.named)
        shows = [shower_of(field) for field in fields]
        return [field.name for field in fields], lambda values: [show(x) for show, x in zip(shows, values)]

    def _numpy_dtype(self):
        from .numpy_ import to_numpy

        return to_numpy(self.record.__layout__)

    # Columns.

    def column(self, name):
        """The column of a field: a live view of its values. KeyError that lists the names if there is no such field."""
        return self[name]

    def _copy_field(self, made, window, offset, leaf):
        """Adds a field of a window to an array of the field's dtype."""
        made._raw._extend_field(self._raw, window.start, window.step, len(window), offset, leaf)

    def _column(self, elements, name):
        from .column import column_of

        return column_of(elements, self.record, name)

    def _set_column(self, elements, name, values):
        self._column(elements, name)[:] = values

    # Copies and pickles.

    def _origin(self):
        return self._made_of, ByName(self.record, "rows")


class RowIterator:
    """The rows of an array, those included that are appended meanwhile, and those left where it is cut."""

    __slots__ = ("_array", "_record", "_position")

    def __init__(self, array):
        self._array = array
        self._record = array.record
        self._position = array.first

    def __iter__(self):
        return self

    def __next__(self):
        array, at = self._array, self._position
        if array is None:
            raise StopIteration
        if at < array.first:
            at = array.first
        if at >= array._end:
            self._array = None  # as a list's: once at the end, always at the end
            raise StopIteration
        self._position = at + 1
        return row(self._record, array, at)

    def __length_hint__(self):
        array = self._array
        return 0 if array is None else max(0, array._end - max(self._position, array.first))


# Classes.


def array_class(cls, record):
    """The class of arrays of a record, made from the ChunkArray class `cls`."""
    if record.__layout__ is None:
        raise TypeError("Record has no fields: ChunkArray takes a class of its own, such as Record('Tick', time='U8')")
    if record.__layout__.size is None:
        message = "%s has no fixed size, and elements of an array have: Stream(%s, ...) reads and indexes such messages"
        raise TypeError(message % (record.__name__, record.__name__))
    made = _classes(record)
    found = made.get(cls)
    return found or made.setdefault(cls, _make_class(cls, record))


def _classes(record):
    """The array classes of a record, by the class that they are made from."""
    found = record.__dict__.get("__arrays__")
    if found is None:
        found = record.__arrays__ = {}
    return found


def _make_class(cls, record):
    body = {
        "__slots__": (),
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": RecordMethods.__doc__,
        "record": record,
        "_made_of": cls,
        "_takes_tuples": is_plain(record.__layout__),
        # What super() would find, which PyPy looks up anew each time.
        "_append_plain": cls.append,
        "_push_plain": cls.push,
    }
    quick = getattr(cls, "_append_row", None)
    if quick is not None and body["_takes_tuples"] and cls.append is cls._door.append:
        body["append"] = quick
    bases = ()
    of_the_door = getattr(cls, "_row_methods", None)
    if of_the_door is not None:
        bases, more = of_the_door(record)
        body.update(more)
    return type(cls.__name__, (*bases, RecordMethods, cls), body)


def array_of_one(record, values):
    """An array of one record, given as the native arrays take it."""
    made = array_class(ChunkArray, record)
    one = ChunkArray.__new__(made, record.__layout__.text, chunk_size=1)
    made._door.append(one, values)
    return one


# Pickles.


class ByName:
    """A record class in the pickle of an array: by its name where it can be imported, else as its layout.

    `layout` is how the array has its records, "rows" or "columns".
    """

    __slots__ = ("record", "layout")

    def __init__(self, record, layout):
        self.record = record
        self.layout = layout

    def array_class(self, cls):
        """The class of such arrays, made from a ChunkArray class."""
        if self.layout == "rows":
            return array_class(cls, self.record)
        from .columns import columns_class

        return columns_class(cls, self.record)

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        record = self.record
        text = record.__layout__.text
        if importable(record):
            return _named, (record, text, self.layout)
        return _stated, (record.__name__, text, self.layout)


def _named(record, text, layout):
    now = getattr(getattr(record, "__layout__", None), "text", None)
    if now != text:
        raise ValueError("the pickle's records are %s, and %r is %s now" % (text, record, now))
    return ByName(record, _checked(layout))


def _stated(name, text, layout):
    from .resolved import record_of_text

    return ByName(record_of_text(name, text), _checked(layout))


def _checked(layout):
    if layout not in ("rows", "columns"):
        raise ValueError("damaged pickle: %r is no layout of an array" % (layout,))
    return layout


# Messages and texts.


def refuse_part(layout, nbytes):
    """ValueError if so many bytes are no whole number of records: where in the last one they end."""
    whole, rest = divmod(nbytes, layout.size)
    if rest:
        path, offset = cut_off(layout, nbytes, whole * layout.size)
        message = "%d bytes are %d %s of %d bytes and %d more: the last one lacks %d, %s.%s is cut off at offset %d"
        lacking = layout.size - rest
        raise ValueError(message % (nbytes, whole, layout.name, layout.size, rest, lacking, layout.name, path, offset))


def shower_of(field):
    """What shows a stored value of a field."""
    kind = field.type
    if field.members is not None:
        known = {int(member): name for name, member in field.members.__members__.items()}
        return lambda value: known.get(value, repr(value))
    if isinstance(kind, Nested):
        cells = [shower_of(inner) for inner in kind.layout.named]
        return lambda values: "(%s)" % ", ".join(show(value) for show, value in zip(cells, values))
    if isinstance(kind, Scalar) or (isinstance(kind, Repeated) and isinstance(kind.element, Scalar)):
        return shower(kind.text)
    return repr
