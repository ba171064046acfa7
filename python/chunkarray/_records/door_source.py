"""The source of functions that read and store a record's fields one by one: what the doors of JITs compile.

A JIT turns code that names each field, and says what fits into it, into a few loads and stores. So that code is written
here for each layout, as Python source. How memory is reached, each door says: a *member* is what stands for a number in
that source, where it is read and where it is assigned to. What is left alone the object door does: text, shapes, floats
of the other byte order, and values that do not fit.
"""

import types

from .._twin import records

LARGEST = 2**63 - 1
_ROUNDS_TO_F4 = "-%r < {0} < %r or {0} - {0} != 0.0" % ((float.fromhex("0x1.ffffffp+127"),) * 2)


def swapped_2(value):
    """The number that has the two bytes of another one in the opposite order."""
    return value >> 8 | (value & 0xFF) << 8


def swapped_4(value):
    """The same for four bytes."""
    return value >> 24 | value >> 8 & 0xFF00 | (value & 0xFF00) << 8 | (value & 0xFF) << 24


class Source:
    """Writes the source of a layout's functions.

    reads   for each leaf where it lies, and the lines that read it: None for what is left to the native array
    writes  the same with the lines that write, and in front of them what says whether a value fits
    stores  the lines that write all bytes of a record; of use where all leaves can be stored (`is_whole`)
    """

    element = "element"  # the parameters of the functions that tell which record it is
    begin = ()  # the lines that all of them begin with

    def __init__(self, record):
        self.record = record
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

    def member(self, kind, offset):
        """What stands for a number of a dtype, in the machine's byte order, in a record."""
        raise NotImplementedError

    def functions(self):
        """The functions, by name."""
        lines = []
        for k, (_, read) in enumerate(self.reads):
            if read:
                lines += ["def read_%d(%s):" % (k, self.element), *self.begin, *read]
        for k, (_, check, write) in enumerate(self.writes):
            if write:
                lines += ["def write_%d(%s, value):" % (k, self.element), "    if not (%s):" % check]
                lines += ["        return False", *self.begin, *write, "    return True"]
        for name, rows in ("READS", self.reads), ("WRITES", self.writes):
            cells = [
                "(%d, %s)" % (row[0], "%s_%d" % (name.lower()[:-1], k) if row[-1] else None)
                for k, row in enumerate(rows)
            ]
            lines.append("%s = (%s,)" % (name, ", ".join(cells)))
        if self.is_whole:
            lines += ["def fits(values):", *self.checks, "    return True"]
            lines += ["def store(%s, values):" % self.element, *self.begin, *self.stores]
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

    def _scalar(self, name, offset, dtype):
        size = dtype.item_size
        self.taken.update(range(offset, offset + size))
        kind = {"B": "U", "TIME": "S", "SPAN": "S"}.get(dtype.kind, dtype.kind)
        if kind == "F":
            member = self.member("F%d" % size, offset)
            check = "type({0}) is float" if size == 8 else "type({0}) is float and (%s)" % _ROUNDS_TO_F4
            read, write = ["    return " + member], ["    %s = {0}" % member]
        elif kind == "BOOL":
            member = self.member("U1", offset)
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
            check = "type({0}) is int and %d <= {0} <= %d" % (low, min(high, LARGEST))
        self.reads.append((offset, read))
        self.writes.append((offset, check.format("value"), [line.format("value") for line in write]))
        self.checks.append("    if not (%s): return False" % check.format(name))
        self.stores += [line.format(name) for line in write]

    def _integer(self, kind, size, offset, big):
        """The lines that read an integer, and those that write what stands for {0}."""
        # Unsigned numbers of 8 bytes are long ints in PyPy, and slow.
        unsigned = kind == "U"
        if not big:
            member = self.member("S8" if size == 8 else "%s%d" % (kind, size), offset)
            read = ["    value = " + member]
            if size == 8 and unsigned:
                read.append("    if value < 0: value += %d" % (1 << 64))
            return [*read, "    return value"], ["    %s = {0}" % member]
        if size == 8:
            upper, lower = self.member("U4", offset), self.member("U4", offset + 4)
            read = ["    value = swapped_4(%s) << 32 | swapped_4(%s)" % (upper, lower)]
            write = ["    %s = swapped_4({0} >> 32 & %d)" % (upper, 0xFFFFFFFF)]
            write.append("    %s = swapped_4({0} & %d)" % (lower, 0xFFFFFFFF))
        else:
            member = self.member("U%d" % size, offset)
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
            check = "type(%s) is int and %d <= %s <= %d" % (name, dtype.range[0], name, min(dtype.range[1], LARGEST))
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
                self.stores.append("    if unit > %d: unit -= %d" % (LARGEST, 1 << 64))
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
            self.stores.append("    %s = 0" % self.member("S8" if width == 8 else "U%d" % width, start))
            start += width
