"""Records on PyPy: their fields are members of a C structure, which cffi reads and writes."""

import sys

import pypyjit

from .. import _times
from .._cffi import CHARS, NUMBERS, backend
from .._twin import records
from .door_source import Source, span_of, time_of

# These take so many steps that PyPy would give up a loop they are part of, and from then on read all fields by a call:
# it is to compile them by themselves.
for _each in (time_of, span_of, _times.encode):
    pypyjit.dont_trace_here(0, False, _each.__code__)


class RowKind:
    """What arrays of records of one layout have in common: as `_Kind` of the door for plain numbers.

    names   what the class of such arrays has: `_reads` and `_writes` below, and the C type of a pointer to an element
    reads   for each leaf where it lies, where it may lie at most, and a function of an element that gives its value:
            None for what is left to the native array, instead of the function or of the value
    writes  the same with a function of an element and a value, which says whether that was written
    store   a function of an element and a tuple that fits, which writes all of its bytes
    takes, fits   the type of the values that may be stored, and a function that says whether one is
    """

    is_plain = is_number = False
    many = None
    lists = ()

    def __init__(self, text, header_of):
        source = _Structure(records.parse(text))
        structure = source.structure()
        self.header = header_of(structure, 8)
        self.put_header = header_of(structure, 16)
        made = source.functions()
        # What the class of such arrays has.
        self.names = {
            "_reads": made["READS"],
            "_writes": made["WRITES"],
            "_pointer": backend.new_pointer_type(structure),
        }
        self.fits, self.store = made.get("fits"), made.get("store")
        self.takes = tuple if self.store else None


def row_kind(text, header_of):
    """The kind of arrays of a layout, or None where elements are not read by it."""
    from .._door_cffi import FILES

    FILES.add(RowMethods._field.__code__.co_filename)
    return RowKind(text, header_of) if sys.byteorder == "little" and text[-1] != "]" else None


class _Structure(Source):
    """Writes functions of an element, whose fields are members of a C structure."""

    def __init__(self, record):
        self.members = {}  # of the structure: name -> (C type, offset)
        super().__init__(record)

    def member(self, kind, offset):
        return self._named("%s_%d" % (kind.lower(), offset), NUMBERS[kind], offset)

    def piece(self, offset, size):
        name = "bytes%d_%d" % (size, offset)
        return "buffer(%s)[:]" % self._named(name, backend.new_array_type(CHARS, size), offset)

    def _named(self, name, kind, offset):
        self.members[name] = kind, offset
        return "element." + name

    def functions(self):
        return super().functions(buffer=backend.buffer)

    def structure(self):
        """The structure as a C type."""
        made = backend.new_struct_type("chunkarray_record")
        members = [(name, kind, -1, offset) for name, (kind, offset) in self.members.items()]
        backend.complete_struct_or_union(made, members, None, self.record.item_size, 1)
        return made


class RowMethods:
    """The fields of an array's records, through cffi."""

    __slots__ = ()

    def _field(self, position, offset, leaf):
        near = self._near_row
        if near.start <= position < near.stop:
            value = self._read_leaf(near.elements + position, offset, leaf)
            if value is not None and near.cuts == self._counts.cuts:  # afterwards: it is not what came in its place
                return value
        return self._field_elsewhere(position, offset, leaf)

    def _field_elsewhere(self, position, offset, leaf):
        if self._reads[leaf][2] is not None:
            near = self._surroundings(position)
            if near is not None:
                value = self._read_leaf(near.elements + position, offset, leaf)
                if value is not None and near.cuts == self._counts.cuts:
                    return value
        return self._native._field(position, offset, leaf)

    def _read_leaf(self, element, offset, leaf):
        """The value of a leaf in the element that a pointer leads to; None where the native array is to tell."""
        start, last, read = self._reads[leaf]
        if read is None:
            return None
        if offset != start:  # in an array of records inside of the element
            if not start < offset <= last:
                return None
            element = self._moved(element, offset - start)
        return read(element[0])

    def _moved(self, element, distance):
        """A pointer to what looks like the element so many bytes behind it."""
        return backend.cast(self._pointer, backend.cast(CHARS, element) + distance)

    def _set_field(self, position, offset, leaf, value):
        start, last, write = self._writes[leaf]
        if write is not None and start <= offset <= last:
            near = self._near_row
            if not (near.start <= position < near.stop and near.cuts == self._counts.cuts):
                near = self._surroundings(position)
            if near is not None:
                if not near.stays:
                    if offset == start and (self._tail or self._own_tail()).write_field(position, write, value):
                        return
                elif near.cuts == self._counts.cuts:
                    element = near.elements + position
                    if offset != start:
                        element = self._moved(element, offset - start)
                    if write(element[0], value):
                        return
        self._native._set_field(position, offset, leaf, value)

    def _fields(self, positions, offset, leaf):
        return LeafIterator(self, positions, offset, leaf)


class LeafIterator:
    """A leaf of the records at a range of positions, which PyPy compiles better than a generator or map()."""

    __slots__ = ("_array", "_position", "_end", "_step", "_offset", "_leaf")

    def __init__(self, array, positions, offset, leaf):
        self._array = array
        self._position = positions.start
        self._step = positions.step
        self._end = positions.start + positions.step * len(positions)
        self._offset = offset
        self._leaf = leaf

    def __iter__(self):
        return self

    def __next__(self):
        position = self._position
        if position == self._end:
            raise StopIteration
        value = self._array._field(position, self._offset, self._leaf)
        self._position = position + self._step
        return value

    def __length_hint__(self):
        return (self._end - self._position) // self._step
