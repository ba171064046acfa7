"""Column: the values of one field of many records, as a live view.

Single values are read and written where they lie. What needs all of them at once (comparison, search, masks, sorting)
copies them into an array of the field's dtype, in bulk, and lets that do the work.
"""

from .._elements import as_index, make, position
from .._indexing import Selectable, assign
from .._matching import match_as_sequence
from .model import NOTHING, Bits, Nested, Repeated, Scalar, Text, Union, inner_layout
from .rows import member_of

_AT_ONCE = 4096  # records whose values are made into objects at a time


def column_of(elements, record, name):
    """The column of a field of an array of records, or of a slice of one. KeyError if there is no such field."""
    field = record.__layout__[name]
    return Column(elements, field, (name,), field.offset, field.leaf)


@match_as_sequence
class Column(Selectable):
    """The values of one field of the records of an array, or of a slice of one: a live view without a copy.

    Reading gives what the records have now, writing changes them, and the column of an array grows with it. Slices are
    views, too; a column of inner records has columns of its own: a["pos"]["x"]. It keeps its array alive.
    """

    __slots__ = ("_elements", "_field", "_path", "_offset", "_leaf", "__weakref__")
    __module__ = "chunkarray"

    def __init__(self, elements, field, path, offset, leaf):
        self._elements = elements
        self._field = field
        self._path = path
        self._offset = offset  # bytes from the start of an element
        self._leaf = leaf  # for the native arrays; None inside of a union, which is one leaf of theirs

    @property
    def array(self):
        """The array of records."""
        return self._elements._window()[0]

    @property
    def name(self):
        """The field's name, with those of the records around it: "pos.x"."""
        return ".".join(self._path)

    @property
    def dtype(self):
        """The type of the values: a dtype's name, or a Record class."""
        kind = self._field.type
        return kind.record if isinstance(kind, Nested) else kind.name

    @property
    def itemsize(self):
        """Bytes of a value."""
        return self._field.size

    @property
    def nbytes(self):
        """Bytes of all values."""
        return len(self) * self.itemsize

    def __len__(self):
        return len(self._elements)

    # Single values.

    @property
    def _is_simple(self):
        """Whether a value is one leaf, given as the native arrays have it."""
        kind = self._field.type
        return self._leaf is not None and not isinstance(kind, Union) and inner_layout(kind) is None

    def _at(self, position):
        """The value at a position of the array, as a row gives it."""
        found = self.array._item(position)
        for name in self._path:
            found = found[name]
        return found

    def _around(self, index):
        """The row that has the field, of the record at an index."""
        found = self._elements[index]
        for name in self._path[:-1]:
            found = found[name]
        return found

    def _reader(self):
        """A function that gives the values at a range of positions, one by one."""
        if not self._is_simple:
            return lambda positions: map(self._at, positions)
        fields, offset, leaf = self.array._fields, self._offset, self._leaf
        if self._field.members is None:
            return lambda positions: fields(positions, offset, leaf)
        member = member_of(self._field.members)
        return lambda positions: map(member, fields(positions, offset, leaf))

    def __iter__(self):
        return self._reader()(self._elements._window()[1])

    def __reversed__(self):
        return self._reader()(self._elements._window()[1][::-1])

    def __getitem__(self, key):
        index = as_index(key)
        if index is not None:
            if self._is_simple and self._field.members is None:
                array, window = self._elements._window()
                return array._field(window[position(self, index)], self._offset, self._leaf)
            return self._around(index)[self._path[-1]]
        if isinstance(key, slice):
            return Column(self._elements[key], self._field, self._path, self._offset, self._leaf)
        if isinstance(key, str):
            return self._inner(key)
        return self.copy()[key]

    def _inner(self, name):
        layout = getattr(self._field.type, "layout", None)
        if layout is None:
            raise TypeError("%s is %s, and has no fields of its own" % (self.name, self._field.type.name))
        field = layout[name]
        inside_a_union = self._leaf is None or isinstance(self._field.type, Union)
        leaf = None if inside_a_union else self._leaf + field.leaf
        return Column(self._elements, field, (*self._path, name), self._offset + field.offset, leaf)

    def __setitem__(self, key, value):
        index = as_index(key)
        if index is not None:
            self._around(index)[self._path[-1]] = value
        elif isinstance(key, slice):
            self[key]._write(value)
        elif isinstance(key, str):
            self._inner(key)._write(value)
        else:
            values = self.copy()
            assign(values, key, value)
            self._write(values)

    def _write(self, values):
        """Writes one value, or as many as there are, over all of the column."""
        array, window = self._elements._window()
        if self._is_one(values):
            values = [values] * len(window)
        if not self._copies or self._field.members is not None or self._is_constant or self._is_bits:
            self._write_each(values)
            return
        if isinstance(values, Column) and values._copies:
            values = values.copy()
        source = values if getattr(values, "_text", None) == self._dtype_copied else self._empty(len(window), values)
        self._check_count(len(source), window)
        self.array._raw._set_fields(window.start, window.step, len(window), self._offset, self._leaf, source._raw)

    def _is_one(self, values):
        """Whether this is a single value: no iterable, or one that the field takes as such, as a tuple for a shape."""
        if isinstance(values, (str, dict)) or not hasattr(type(values), "__iter__"):
            return True
        if isinstance(self._field.type, (Scalar, Bits)):
            return isinstance(values, bytes) and self.dtype.lstrip(">")[0] == "B"
        if isinstance(values, tuple):
            return not values or not isinstance(values[0], (tuple, list, dict))
        return isinstance(values, (bytes, bytearray)) or hasattr(type(values), "__layout__")

    @property
    def _is_constant(self):
        return self._field.constant is not NOTHING

    @property
    def _is_bits(self):
        return isinstance(self._field.type, Bits)

    def _check_count(self, count, window):
        if count != len(window):
            raise ValueError("%d values for the %s of %d records" % (count, self.name, len(window)))

    def _write_each(self, values):
        """Writes values that rows know better: names of members, texts, records. All of them are good, or none is
        written."""
        window = self._elements._window()[1]
        values = list(values)
        self._check_count(len(values), window)
        trial = self.array.copy() if len(self.array) == len(window) else self._elements.copy()
        for k, value in enumerate(values):
            row = trial[k]
            for name in self._path[:-1]:
                row = row[name]
            row[self._path[-1]] = value
        self._elements[:] = trial

    # All values.

    @property
    def _copies(self):
        """Whether an array can hold the values: text and unions are no dtype."""
        kind = self._field.type
        return self._leaf is not None and (
            isinstance(kind, (Scalar, Bits)) or (isinstance(kind, Repeated) and isinstance(kind.element, Scalar))
        )

    @property
    def _dtype_copied(self):
        kind = self._field.type
        return kind.unit.name if isinstance(kind, Bits) else kind.text

    def _empty(self, capacity, values=None):
        return make(self.array._door, self._dtype_copied, {"capacity": capacity}, values)

    def copy(self):
        """A new array of the field's dtype with the same values.

        Of bits it is their unit's dtype, of inner records an array of these. TypeError for text, bytes and unions, which
        are no dtype: tolist() gives them.
        """
        from .array import array_class

        array, window = self._elements._window()
        kind = self._field.type
        if isinstance(kind, Nested):
            return array_class(array._door, kind.record)._new(kind.record, self.tolist(), {})
        if not self._copies:
            raise TypeError("%s is %s, which no array holds; tolist() gives the values" % (self.name, kind.name))
        made = self._empty(len(window))
        if window:
            array._copy_field(made, window, self._offset, self._leaf)
        return made

    def _window(self):
        made = self.copy()
        return made, range(len(made))

    def tolist(self):
        """The values as a list: numbers as they are stored, tuples for inner records and shapes."""
        if self._copies:
            return self.copy().tolist()
        if self._leaf is None or isinstance(self._field.type, Union):
            return [getattr(value, "astuple", lambda value=value: value)() for value in self]
        array, window = self._elements._window()
        layout, places = array.record.__layout__, []
        for name in self._path:
            places.append([field.name for field in layout.named].index(name))
            layout = getattr(layout[name].type, "layout", None)
        found = []
        for start in range(0, len(window), _AT_ONCE):
            part = window[start : start + _AT_ONCE]
            values = array._raw._tolist(part.start, part.step, len(part))
            for place in places:
                values = [value[place] for value in values]
            found += values
        return found

    def tobytes(self):
        """The bytes of all values, one after the other; of bits, those of an array of their unit's dtype."""
        if self._copies:
            return self.copy().tobytes()
        array, window = self._elements._window()
        found, size, start, stop = [], array.itemsize, self._offset, self._offset + self.itemsize
        for begin in range(0, len(window), _AT_ONCE):
            part = window[begin : begin + _AT_ONCE]
            data = array._raw._tobytes(part.start, part.step, len(part))
            found += [data[k + start : k + stop] for k in range(0, len(data), size)]
        return b"".join(found)

    def chunks(self):
        """The memory that holds the values, as a list of Chunk with gaps between its elements. Each keeps it alive.

        TypeError for bits, which have no memory of their own, and for text, which is no dtype.
        """
        if isinstance(self._field.type, (Bits, Text)):
            raise TypeError("%s is %s, which no chunk is of" % (self.name, self._field.type.name))
        return self._memory(self._field.type.text)

    def _memory(self, text):
        """The chunks of the field's bytes, as of this dtype."""
        array, window = self._elements._window()
        return array._raw._field_chunks(window.start, window.step, len(window), self._offset, text)

    def numpy(self, copy=None):
        """The values as one numpy.ndarray.

        Where the records lie in one piece it is their own memory, with gaps between the values: writing to it writes to
        the records. Else, and for bits, it is a READ-ONLY copy; `copy=False` raises ValueError instead. `copy=True` makes
        a writable copy in any case.
        """
        from .column_numpy import to_numpy

        return to_numpy(self, copy)

    # In place.

    def _change(self, change):
        values = self.copy()
        change(values)
        self._write(values)

    def readinto(self, file):
        """Overwrites the values from the first on by what a binary file has, and gives how many were overwritten."""
        values = self.copy()
        count = values.readinto(file)
        self[:count] = values[:count]
        return count

    def sort(self, *, key=None, reverse=False):
        """Sorts the values in place, whatever the other fields are; a.sort(key=lambda row: row.price) sorts records."""
        self._change(lambda values: values.sort(key=key, reverse=reverse))

    def reverse(self):
        """Reverses the order of the values in place; those of the other fields stay."""
        self._change(lambda values: values.reverse())

    def byteswap(self):
        """Reverses the bytes of each value in place."""
        self._change(lambda values: values.byteswap())

    # Compared, searched and shown, also where no array holds the values.

    def __eq__(self, other):
        if self._copies or not hasattr(other, "tolist"):
            return super().__eq__(other)
        return self.tolist() == other.tolist()

    def __contains__(self, value):
        return super().__contains__(value) if self._copies else value in self.tolist()

    def index(self, value, *bounds):
        """The index of the first value that equals `value`. ValueError if none does."""
        return super().index(value, *bounds) if self._copies else self.tolist().index(value, *bounds)

    def count(self, value):
        """How many values equal `value`."""
        return super().count(value) if self._copies else self.tolist().count(value)

    def __repr__(self):
        from .._elements import SHOWN_EDGE, SHOWN_WHOLE

        try:
            length = len(self)
            parts = [self] if length <= SHOWN_WHOLE else [self[:SHOWN_EDGE], self[-SHOWN_EDGE:]]
            shown = [", ".join(map(self._shown, part.tolist())) for part in parts]
        except IndexError as error:
            return "<Column %s: %s>" % (self.name, error)
        end = "" if len(parts) == 1 else "], len=%d" % length
        return "Column(%r, [%s%s)" % (self.name, ", ..., ".join(shown), end or "]")

    @property
    def _shown(self):
        from .array import shower_of

        return shower_of(self._field)

    def _repr_html_(self):
        from .._html import table_of

        show = self._shown
        return table_of(
            "Column %s of %s" % (self.name, self.array._dtype_shown),
            len(self),
            [self._field.name],
            lambda value: [show(value)],
            lambda part: self[part.start : part.stop].tolist(),
        )

    def __reduce__(self):
        raise TypeError("a column is a view of an array; its copy() and tolist() can be pickled")
