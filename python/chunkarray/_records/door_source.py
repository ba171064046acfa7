"""The source of functions that read and store a record's fields one by one: what the doors of JITs compile.

A JIT turns code that names each field, and says what fits into it, into a few loads and stores. So that code is written
here for each layout, as Python source. How memory is reached, each door says: a *member* is what stands for a number in
that source, where it is read and where it is assigned to. What is left alone, the object door does: large shapes,
writing some bits, and values that do not fit.
"""

import struct
import types
from datetime import datetime, timedelta

from .. import _times
from .._twin import records

LARGEST = 2**63 - 1
_ROUNDS_TO_F4 = "-%r < {0} < %r or {0} - {0} != 0.0" % ((float.fromhex("0x1.ffffffp+127"),) * 2)


def swapped_2(value):
    """The number that has the two bytes of another one in the opposite order."""
    return value >> 8 | (value & 0xFF) << 8


def swapped_4(value):
    """The same for four bytes."""
    return value >> 24 | value >> 8 & 0xFF00 | (value & 0xFF00) << 8 | (value & 0xFF) << 24


def float_4(bits):
    """The float of the bits of an F4; None for an infinity and for what is no number."""
    exponent, part = bits >> 23 & 0xFF, bits & 0x7FFFFF
    if exponent == 0xFF:
        return None
    value = (part | 1 << 23 if exponent else part) * _SCALES[(exponent or 1) + 925]
    return -value if bits >> 31 else value


def float_8(upper, lower):
    """The same for an F8, of which there are two times 32 bits."""
    exponent, part = upper >> 20 & 0x7FF, (upper & 0xFFFFF) << 32 | lower
    if exponent == 0x7FF:
        return None
    value = (part | 1 << 52 if exponent else part) * _SCALES[exponent or 1]
    return -value if upper >> 31 else value


# What the last bit of an F8 is worth, by its exponent. An F4's exponent 1 has the same worth there as 926 here.
_SCALES = [2.0 ** max(exponent - 1075, -1074) for exponent in range(0x7FF)]


def text_of(data):
    """The text in the bytes of a field."""
    return data.rstrip(b"\0").decode("utf-8", "surrogateescape")


def fits_text(value, size):
    """Whether a str has that many bytes of UTF-8 at most."""
    if len(value) > size or value.isascii():
        return len(value) <= size
    try:
        return len(value.encode("utf-8", "surrogateescape")) <= size
    except UnicodeEncodeError:
        return False


def text_bytes(value, size):
    """The bytes of a text that fits."""
    return value.encode("utf-8", "surrogateescape").ljust(size, b"\0")


def is_count(value, unit, span):
    """Whether a value has a count of a unit of time, other than ns, which no code of others is needed for."""
    if type(value) is not (timedelta if span else datetime):
        return value is None
    if not span and value.tzinfo is not None:
        return False
    try:
        _times.encode(value, unit, span)
    except (ValueError, OverflowError):
        return False
    return True


def time_of(count, unit):
    """The datetime of a count."""
    return _times.decode(count, unit, False)


def span_of(count, unit):
    """The timedelta of a count."""
    return _times.decode(count, unit, True)


# What the code that is made here calls.
_HELPERS = {
    each.__name__: each
    for each in (swapped_2, swapped_4, float_4, float_8, text_of, fits_text, text_bytes, time_of, span_of, is_count)
}
_HELPERS.update(
    count_of=_times.encode,
    pack_4=struct.Struct(">f").pack,
    pack_8=struct.Struct(">d").pack,
)
_MOST_ITEMS = 32  # of a field with a shape: those of larger ones are left to the native array


class Source:
    """Writes the source of a layout's functions.

    In the lines of a read, {0} stands for the name that gets the value; in those of a check and of a write for the
    value. A check returns False for what is left to the native array, a read None.
    """

    element = "element"  # the parameters of the functions that tell which record it is
    begin = ()  # the lines that all of them begin with

    def __init__(self, record):
        self.record = record
        self.reads = []  # for each leaf: offset, the greatest one, lines
        self.writes = []  # the same, with lines that check and lines that write
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

    def piece(self, offset, size):
        """What stands for some bytes of a record: it is assigned to, and bytes() of it reads them."""
        raise NotImplementedError

    def functions(self, **helpers):
        """The functions, by name; `helpers` is what members need besides.

        READS and WRITES have for each leaf where it lies, where it may lie at most, and a function, or None. `store`
        writes all bytes of a record, and `fits` says of a tuple whether it may.
        """
        lines = []
        for k, (_, _, read) in enumerate(self.reads):
            if read:
                lines += ["def read_%d(%s):" % (k, self.element), *self.begin, *read, "    return value"]
        for k, (_, _, write) in enumerate(self.writes):
            if write:
                lines += ["def write_%d(%s, value):" % (k, self.element), *self.begin, *write, "    return True"]
        for name, rows in ("READS", self.reads), ("WRITES", self.writes):
            cells = [
                "(%d, %d, %s)" % (start, last, "%s_%d" % (name.lower()[:-1], k) if body else None)
                for k, (start, last, body) in enumerate(rows)
            ]
            lines.append("%s = (%s,)" % (name, ", ".join(cells)))
        if self.is_whole:
            lines += ["def fits(values):", *self.checks, "    return True"]
            lines += ["def store(%s, values):" % self.element, *self.begin, *self.stores]
        # A module's namespace: PyPy looks names up there when it compiles, and in another dict each time.
        space = types.ModuleType(__name__).__dict__
        space.update(_HELPERS, **helpers)
        exec(compile("\n".join(lines), "<records>", "exec"), space)
        return space

    def _record(self, record, name, base):
        names = ["%s_%d" % (name, k) for k in range(len(record.fields))]
        self._unpack(names, name)
        for each, field in zip(names, record.fields):
            offset, dtype = base + field.offset, field.dtype
            if isinstance(dtype, records.Record):
                if dtype.shape:
                    self._several(each, offset, dtype)
                else:
                    self.checks.append("    if type(%s) is not tuple: return False" % each)
                    self._record(dtype, each, offset)
            elif dtype.kind == "BITS":
                self._bits(each, offset, dtype)
            else:
                self._leaf(each, offset, dtype)

    def _unpack(self, names, name):
        """Takes a tuple apart, which checks and stores do alike."""
        self.checks.append("    if len(%s) != %d: return False" % (name, len(names)))
        for lines in self.checks, self.stores:
            lines.append("    %s, = %s" % (", ".join(names), name))

    def _several(self, name, offset, dtype):
        """An array of records: its leaves are read and written where they are; all of it is left to the native array."""
        checks, stores = self.checks, self.stores
        self.checks, self.stores = [], []
        self._record(records.Record(dtype.name, dtype.fields, dtype.item_size, ()), name, offset)
        self.checks, self.stores, self.is_whole = checks, stores, False

    def _leaf(self, name, offset, dtype):
        """A field that is no record and no bits."""
        last = self.record.item_size - dtype.size
        if dtype.shape and dtype.items > _MOST_ITEMS:
            self.is_whole = False
            self.reads.append((-1, -1, None))
            self.writes.append((-1, -1, None))
            return
        self.taken.update(range(offset, offset + dtype.size))
        if dtype.shape:
            read, check, write = self._shape(dtype, dtype.shape, offset)
        else:
            read, check, write = self._scalar(dtype, offset)
        self.reads.append((offset, last, [line.format("value") for line in read]))
        self.writes.append((offset, last, [line.format("value") for line in (*check, *write)]))
        self.checks += [line.format(name) for line in check]
        self.stores += [line.format(name) for line in write]

    def _shape(self, dtype, shape, offset):
        """The lines for a field of some shape. Its items have names that begin as its own."""
        if not shape:
            return self._scalar(dtype, offset)
        size = dtype.item_size
        for extent in shape[1:]:
            size *= extent
        names = ["{0}_%d" % k for k in range(shape[0])]
        taken_apart = "    %s, = {0}" % ", ".join(names)
        read, check, write = [], ["    if type({0}) is not tuple or len({0}) != %d: return False" % shape[0]], []
        check.append(taken_apart)
        write.append(taken_apart)
        for k, each in enumerate(names):
            lines = self._shape(dtype, shape[1:], offset + k * size)
            for all_lines, its in zip((read, check, write), lines):
                all_lines += [line.replace("{0}", each) for line in its]
        read.append("    {0} = (%s,)" % ", ".join(names))
        return read, check, write

    def _scalar(self, dtype, offset):
        """The lines that read a value, those that check one, and those that write it."""
        size, kind, big = dtype.item_size, dtype.kind, dtype.big and dtype.item_size > 1
        if kind in ("TEXT", "BYTES"):
            size = dtype.size
            piece = self.piece(offset, size)
            if kind == "BYTES":
                check = "type({0}) is bytes and len({0}) == %d" % size
                read, write = "    {0} = bytes(%s)" % piece, "    %s = {0}" % piece
            else:
                check = "type({0}) is str and fits_text({0}, %d)" % size
                read, write = "    {0} = text_of(bytes(%s))" % piece, "    %s = text_bytes({0}, %d)" % (piece, size)
            read, write = [read], [write]
        elif kind == "F":
            check = "type({0}) is float" if size == 8 else "type({0}) is float and (%s)" % _ROUNDS_TO_F4
            read, write = self._big_float(size, offset) if big else self._plainly(self.member("F%d" % size, offset))
        elif kind == "BOOL":
            member = self.member("U1", offset)
            check = "type({0}) is bool"
            read = ["    {0} = " + member, "    if {0} > 1: return None", "    {0} = {0} == 1"]
            write = ["    %s = 1 if {0} else 0" % member]
        else:
            low, high = (
                (0, (1 << 8 * size) - 1) if kind in "UB" else (-(1 << (8 * size - 1)), (1 << (8 * size - 1)) - 1)
            )
            read, write = self._integer("U" if kind in "UB" else "S", size, offset, big)
            if dtype.unit:
                read.append("    if {0} == %d: return None" % low)
                low += 1  # the least count is that of no time at all
            check = "type({0}) is int and %d <= {0} <= %d" % (low, min(high, LARGEST))
            if dtype.unit and dtype.unit != "ns":  # finer ones than Python's own times are ints
                time = '{0}, "%s", %s' % (dtype.unit, kind == "SPAN")
                read.append('    {0} = %s_of({0}, "%s")' % (kind.lower(), dtype.unit))
                check += " or is_count(%s)" % time
                write.insert(0, "    if type({0}) is not int: {0} = count_of(%s)" % time)
        return read, ["    if not (%s): return False" % check], write

    def _plainly(self, member):
        return ["    {0} = " + member], ["    %s = {0}" % member]

    def _big_float(self, size, offset):
        parts = [self.member("U4", at) for at in range(offset, offset + size, 4)]
        read = "    {0} = float_%d(%s)" % (size, ", ".join("swapped_4(%s)" % part for part in parts))
        write = "    %s = pack_%d({0})" % (self.piece(offset, size), size)
        return [read, "    if {0} is None: return None"], [write]

    def _integer(self, kind, size, offset, big):
        """The lines that read an integer, and those that write it."""
        # Unsigned numbers of 8 bytes are long ints in PyPy, and slow.
        unsigned = kind == "U"
        if not big:
            member = self.member("S8" if size == 8 else "%s%d" % (kind, size), offset)
            read, write = self._plainly(member)
            if size == 8 and unsigned:
                read.append("    if {0} < 0: {0} += %d" % (1 << 64))
            return read, write
        if size == 8:
            upper, lower = self.member("U4", offset), self.member("U4", offset + 4)
            read = ["    {0} = swapped_4(%s) << 32 | swapped_4(%s)" % (upper, lower)]
            write = ["    %s = swapped_4({0} >> 32 & %d)" % (upper, 0xFFFFFFFF)]
            write.append("    %s = swapped_4({0} & %d)" % (lower, 0xFFFFFFFF))
        else:
            member = self.member("U%d" % size, offset)
            read = ["    {0} = swapped_%d(%s)" % (size, member)]
            write = ["    %s = swapped_%d({0} & %d)" % (member, size, (1 << 8 * size) - 1)]
        if not unsigned:
            read.append("    if {0} >= %d: {0} -= %d" % (1 << (8 * size - 1), 1 << (8 * size)))
        return read, write

    def _bits(self, name, offset, dtype):
        unit = dtype.dtype
        read, _ = self._integer("U", unit.item_size, offset, unit.big and unit.item_size > 1)
        read.append("    {0} = {0} >> %d & %d" % (dtype.shift, (1 << dtype.width) - 1))
        if unit.kind == "BOOL":
            read.append("    {0} = {0} == 1")
            check, term = "type(%s) is bool" % name, "(1 if %s else 0)" % name
        else:
            if unit.kind == "S":
                half = 1 << (dtype.width - 1)
                read.append("    if {0} >= %d: {0} -= %d" % (half, 2 * half))
            check = "type(%s) is int and %d <= %s <= %d" % (name, dtype.range[0], name, min(dtype.range[1], LARGEST))
            term = "(%s & %d)" % (name, (1 << dtype.width) - 1)
        last = self.record.item_size - dtype.size
        self.reads.append((offset, last, [line.format("value") for line in read]))
        self.writes.append((-1, -1, None))  # the other bits may be changed meanwhile by another thread
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
