"""Records on PyPy: their fields are members of a C structure, which cffi reads and writes."""

import sys

from .._cffi import NUMBERS, backend
from .._twin import records
from .door_source import Source


class RowKind:
    """What arrays of records of one layout have in common: as `_Kind` of the door for plain numbers.

    reads   for each leaf where it lies, and a function of an element that gives its value: None for what is left to the
            native array, instead of the function or of the value
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
        self.reads, self.writes = made["READS"], made["WRITES"]
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
        name = "%s_%d" % (kind.lower(), offset)
        self.members[name] = NUMBERS[kind], offset
        return "element." + name

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
        if not (near.start <= position < near.stop and near.cuts == self._counts.cuts):
            near = self._surroundings(position)
        if near is not None:
            begin, read = self._reads[leaf]
            if read is not None and begin == offset:
                value = read(near.elements[position])
                if value is not None and near.cuts == self._counts.cuts:
                    return value
        return self._native._field(position, offset, leaf)

    def _set_field(self, position, offset, leaf, value):
        near = self._near_row
        if not (near.start <= position < near.stop and near.cuts == self._counts.cuts):
            near = self._surroundings(position)
        if near is not None and near.stays and near.cuts == self._counts.cuts:
            begin, write = self._writes[leaf]
            if write is not None and begin == offset and write(near.elements[position], value):
                return
        self._native._set_field(position, offset, leaf, value)

    def _fields(self, positions, offset, leaf):
        for position in positions:  # which PyPy compiles better than map()
            yield self._field(position, offset, leaf)
