"""Records on PyPy: the fields of a record as a C structure, and the code that stores and reads them.

PyPy's JIT turns code that names each field of a structure, and says what fits into it, into a few loads and stores. So
that code is written here for each layout, as Python source. What it leaves alone, the object door does: text, shapes,
floats of the other byte order, and values that do not fit.
"""

import sys
import types

from .._cffi import NUMBERS, backend
from .._twin import records

_LARGEST = 2**63 - 1
_ROUNDS_TO_F4 = "-%r < {0} < %r or {0} - {0} != 0.0" % ((float.fromhex("0x1.ffffffp+127"),) * 2)


def swapped_2(value):
    """The number that has the two bytes of another one in the opposite order."""
    return value >> 8 | (value & 0xFF) << 8


def swapped_4(value):
    """The same for four bytes."""
    return value >> 24 | value >> 8 & 0xFF00 | (value & 0xFF00) << 8 | (value & 0xFF) << 24


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
        source = _Source(records.parse(text))
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


class _Source:
    """Writes the source of a layout's functions."""

    def __init__(self, record):
        self.record = record
        self.members = {}  # of the structure: name -> (C type, offset)
        self.reads = []
        self.writes = []
        self.checks = []
        self.stores = []
        self.units = {}  # of bits: offset -> (dtype, terms)
        self.taken = set()  # bytes
        self.is_whole = True  # whether all leaves can be stored
        self._record(record, "values", 0)
        self._units()
        self._gaps()

    def structure(self):
        """The structure as a C type."""
        made = backend.new_struct_type("chunkarray_record")
        members = [(name, kind, -1, offset) for name, (kind, offset) in self.members.items()]
        backend.complete_struct_or_union(made, members, None, self.record.item_size, 1)
        return made

    def functions(self):
        """The functions, by name."""
        lines = []
        for k, (_, read) in enumerate(self.reads):
            if read:
                lines += ["def read_%d(element):" % k, *read]
        for k, (_, check, write) in enumerate(self.writes):
            if write:
                lines += ["def write_%d(element, value):" % k, "    if not (%s):" % check, "        return False"]
                lines += [*write, "    return True"]
        for name, rows in ("READS", self.reads), ("WRITES", self.writes):
            cells = [
                "(%d, %s)" % (row[0], "%s_%d" % (name.lower()[:-1], k) if row[-1] else None)
                for k, row in enumerate(rows)
            ]
            lines.append("%s = (%s,)" % (name, ", ".join(cells)))
        if self.is_whole:
            lines += ["def fits(values):", *self.checks, "    return True"]
            lines += ["def store(element, values):", *self.stores]
        # A module's namespace: PyPy looks names up there when it compiles, and in another dict each time.
        space = types.ModuleType(__name__).__dict__
        space.update(swapped_2=swapped_2, swapped_4=swapped_4)
        exec(compile("\n".join(lines), "<records>", "exec"), space)
        return space

    def _record(self, record, name, base):
        names = ["%s_%d" % (name, k) for k in range(len(record.fields))]
        self.checks.append("    if len(%s) != %d: return False" % (name, len(names)))
        unpack = "    %s, = %s" % (", ".join(names), name)
        self.checks.append(unpack)
        self.stores.append(unpack)
        for each, field in zip(names, record.fields):
            offset, dtype = base + field.offset, field.dtype
            if isinstance(dtype, records.Record):
                if dtype.shape:
                    self._leave(len(dtype.leaves))
                else:
                    self.checks.append("    if type(%s) is not tuple: return False" % each)
                    self._record(dtype, each, offset)
            elif dtype.kind == "BITS":
                self._bits(each, offset, dtype)
            elif dtype.shape or dtype.kind in ("TEXT", "BYTES") or (dtype.kind == "F" and dtype.big):
                self._leave(1)
            else:
                self._scalar(each, offset, dtype)

    def _leave(self, leaves):
        """Leaves fields to the native array."""
        self.is_whole = False
        self.reads += [(-1, None)] * leaves
        self.writes += [(-1, None, None)] * leaves

    def _member(self, kind, offset):
        name = "%s_%d" % (kind.lower(), offset)
        self.members[name] = NUMBERS[kind], offset
        return "element." + name

    def _scalar(self, name, offset, dtype):
        size = dtype.item_size
        self.taken.update(range(offset, offset + size))
        kind = {"B": "U", "TIME": "S", "SPAN": "S"}.get(dtype.kind, dtype.kind)
        if kind == "F":
            member = self._member("F%d" % size, offset)
            check = "type({0}) is float" if size == 8 else "type({0}) is float and (%s)" % _ROUNDS_TO_F4
            read, write = ["    return " + member], ["    %s = {0}" % member]
        elif kind == "BOOL":
            member = self._member("U1", offset)
            check = "type({0}) is bool"
            read = ["    value = " + member, "    return value == 1 if value < 2 else None"]
            write = ["    %s = 1 if {0} else 0" % member]
        else:
            low, high = (-(1 << (8 * size - 1)), (1 << (8 * size - 1)) - 1) if kind == "S" else (0, (1 << 8 * size) - 1)
            read, write = self._integer(kind, size, offset, dtype.big and size > 1)
            if dtype.kind in ("TIME", "SPAN"):
                # Finer ones than Python's own times are ints. The least int is none of them.
                read = [*read[:-1], "    return None if value == %d else value" % low] if dtype.unit == "ns" else None
                low += 1
            check = "type({0}) is int and %d <= {0} <= %d" % (low, min(high, _LARGEST))
        self.reads.append((offset, read))
        self.writes.append((offset, check.format("value"), [line.format("value") for line in write]))
        self.checks.append("    if not (%s): return False" % check.format(name))
        self.stores += [line.format(name) for line in write]

    def _integer(self, kind, size, offset, big):
        """The lines that read an integer, and those that write what stands for {0}."""
        # Unsigned numbers of 8 bytes are long ints in PyPy, and slow.
        unsigned = kind == "U"
        if not big:
            member = self._member("S8" if size == 8 else "%s%d" % (kind, size), offset)
            read = ["    value = " + member]
            if size == 8 and unsigned:
                read.append("    if value < 0: value += %d" % (1 << 64))
            return [*read, "    return value"], ["    %s = {0}" % member]
        if size == 8:
            upper, lower = self._member("U4", offset), self._member("U4", offset + 4)
            read = ["    value = swapped_4(%s) << 32 | swapped_4(%s)" % (upper, lower)]
            write = ["    %s = swapped_4({0} >> 32 & %d)" % (upper, 0xFFFFFFFF)]
            write.append("    %s = swapped_4({0} & %d)" % (lower, 0xFFFFFFFF))
        else:
            member = self._member("U%d" % size, offset)
            read = ["    value = swapped_%d(%s)" % (size, member)]
            write = ["    %s = swapped_%d({0} & %d)" % (member, size, (1 << 8 * size) - 1)]
        if not unsigned:
            read.append("    if value >= %d: value -= %d" % (1 << (8 * size - 1), 1 << (8 * size)))
        return [*read, "    return value"], write

    def _bits(self, name, offset, dtype):
        unit = dtype.dtype
        read, _ = self._integer("U", unit.item_size, offset, unit.big and unit.item_size > 1)
        value = "value >> %d & %d" % (dtype.shift, (1 << dtype.width) - 1)
        if unit.kind == "BOOL":
            read[-1:] = ["    return value >> %d & 1 == 1" % dtype.shift]
            check, term = "type(%s) is bool" % name, "(1 if %s else 0)" % name
        else:
            read[-1:] = ["    value = " + value]
            if unit.kind == "S":
                half = 1 << (dtype.width - 1)
                read.append("    if value >= %d: value -= %d" % (half, 2 * half))
            read.append("    return value")
            check = "type(%s) is int and %d <= %s <= %d" % (name, dtype.range[0], name, min(dtype.range[1], _LARGEST))
            term = "(%s & %d)" % (name, (1 << dtype.width) - 1)
        self.reads.append((offset, read))
        self.writes.append((-1, None, None))  # the other bits may be changed meanwhile by another thread
        self.checks.append("    if not (%s): return False" % check)
        self.units.setdefault(offset, (unit, []))[1].append("%s << %d" % (term, dtype.shift))

    def _units(self):
        """The units of bits, once all of their bits are known; those that nobody claims are zeros."""
        for offset, (unit, terms) in self.units.items():
            size = unit.item_size
            self.taken.update(range(offset, offset + size))
            _, write = self._integer("U", size, offset, unit.big and size > 1)
            self.stores.append("    unit = " + " | ".join(terms))
            if size == 8 and not unit.big:
                self.stores.append("    if unit > %d: unit -= %d" % (_LARGEST, 1 << 64))
            self.stores += [line.format("unit") for line in write]

    def _gaps(self):
        """The bytes that are no field's are zeros."""
        start, size = 0, self.record.item_size
        while start < size:
            if start in self.taken:
                start += 1
                continue
            stop = next((k for k in range(start, min(start + 8, size)) if k in self.taken), min(start + 8, size))
            width = next(width for width in (8, 4, 2, 1) if width <= stop - start)
            self.stores.append("    %s = 0" % self._member("S8" if width == 8 else "U%d" % width, start))
            start += width


class RowMethods:
    """The fields of an array's records, through cffi."""

    __slots__ = ()

    def _field(self, position, offset, leaf):
        near = self._near_row
        if near.start <= position < near.stop:
            begin, read = self._reads[leaf]
            if read is not None and begin == offset:
                value = read(near.elements[position])
                if value is not None and near.cuts == self._counts.cuts:  # afterwards: it is not what came in its place
                    return value
        return self._field_elsewhere(position, offset, leaf)

    def _field_elsewhere(self, position, offset, leaf):
        begin, read = self._reads[leaf]
        if read is not None and begin == offset:
            near = self._surroundings(position)
            if near is not None:
                value = read(near.elements[position])
                if value is not None and near.cuts == self._counts.cuts:
                    return value
        return self._native._field(position, offset, leaf)

    def _set_field(self, position, offset, leaf, value):
        begin, write = self._writes[leaf]
        if write is not None and begin == offset:
            near = self._near_row
            if not (near.start <= position < near.stop and near.cuts == self._counts.cuts):
                near = self._surroundings(position)
            if near is not None:
                if not near.stays:
                    if (self._tail or self._own_tail()).write_field(position, write, value):
                        return
                elif near.cuts == self._counts.cuts and write(near.elements[position], value):
                    return
        self._native._set_field(position, offset, leaf, value)

    def _fields(self, positions, offset, leaf):
        for position in positions:  # which PyPy compiles better than map()
            yield self._field(position, offset, leaf)
