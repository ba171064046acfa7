"""The names of element types, and what stands behind each: everything comes from the table, which is the core's."""

import struct
import sys

from . import arguments
from ._dtype_table import ARRAY_CODES, ROWS, UNITS

MOST_DIMENSIONS = 4


class DType:
    """The type of an array's elements: a row of the table, a unit, a byte order and a shape."""

    __slots__ = ("row", "unit", "big", "shape", "name", "kind", "item_size", "items", "size", "codec", "where")

    def __init__(self, row, unit="", big=False, shape=()):
        self.row, self.unit, self.big, self.shape = row, unit, big, shape
        self.where = ""  # what messages begin with, where this is a field of a record
        name, self.kind, self.item_size, code = row[:4]
        self.name = "%s%s%s%s" % (
            ">" if big else "",
            name,
            "[%s]" % unit if unit else "",
            "[%s]" % ",".join(map(str, shape)) if shape else "",
        )
        self.items = 1
        for extent in shape:
            self.items *= extent
        self.size = self.item_size * self.items
        # Of one scalar.
        self.codec = struct.Struct((">" if big else "<") + code)

    def __eq__(self, other):
        return self.name == other.name

    __hash__ = None

    @property
    def native(self):
        """Whether this machine reads the scalars as they lie in memory."""
        return self.item_size == 1 or self.big == (sys.byteorder == "big")

    @property
    def format(self):
        """The buffer protocol's format of one scalar, with an order only where it is not the machine's."""
        return ("" if self.native else ">" if self.big else "<") + self.row[3]

    @property
    def typestr(self):
        """NumPy's typestr of one scalar."""
        order = "|" if self.item_size == 1 else ">" if self.big else "<"
        return order + self.row[4] + ("[%s]" % self.unit if self.unit else "")

    @property
    def range(self):
        """The least and the greatest integer that a scalar holds; None for floats."""
        bits = 8 * self.item_size
        if self.kind in "UB":
            return 0, 2**bits - 1
        if self.kind == "BOOL":
            return 0, 1
        return None if self.kind == "F" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def parse(text):
    """Reads a dtype's name, in any accepted spelling. ValueError, which says what to write, for all else."""
    if text[:1] == "{":
        from . import records

        return records.parse(text)
    order, rest = (text[0], text[1:]) if text[:1] in tuple("<>|=@") else ("", text)
    base, bracket, behind = rest.partition("[")
    row, notation = _find_row(base)
    if row is None:
        raise _unknown(text)
    little = _with_brackets(row, bracket + behind, text)
    if not order or (order == "<" and notation == "NumPy's codes"):
        return little
    if order == ">" and notation in ("own", "NumPy's codes"):
        return _big(little)
    if order == "|" and notation == "NumPy's codes" and little.item_size == 1:
        return little
    if order in "=@":
        raise _native_order(text, little)
    if order == "<" and notation == "own":
        message = "dtype %s: write '%s', which is little-endian on every machine"
        raise ValueError(message % (quoted(text), little.name))
    raise _unknown(text)


def of_element_size(size):
    """The type of raw elements of `size` bytes: B1, B2, B4, B8, or a row of B1."""
    for row in ROWS:
        if row[1] == "B" and row[2] == size:
            return DType(row)
    if not 0 < size <= arguments.GREATEST:
        raise ValueError("element_size must be at least 1 and fit the address space, not %d" % size)
    return DType(_row("B1"), shape=(size,))


def spellings():
    """Every accepted name of a scalar dtype, with the canonical name of what it means."""
    found = {}
    for row in ROWS:
        name, _, size, _, typestr, numpy = row[:6]
        for unit in UNITS if _has_unit(row) else ("",):
            dtype = DType(row, unit)
            big, suffix = _big(dtype), "[%s]" % unit if unit else ""
            found[name + suffix] = dtype.name
            found[">" + name + suffix] = big.name
            if not numpy:
                continue
            found[numpy + suffix] = dtype.name
            for order in ("", "<", ">"):
                found[order + typestr + suffix] = big.name if order == ">" else dtype.name
            if size == 1:
                found["|" + typestr + suffix] = dtype.name
    for code, _ in ARRAY_CODES:
        row, _ = _find_row(code)
        if row:
            found[code] = DType(row).name
    return found


def facts():
    """What there is to tell of each scalar dtype: a list of dicts of strings."""
    return [_facts(DType(row, unit)) for row in ROWS for unit in (UNITS if _has_unit(row) else ("",))]


def _facts(dtype):
    row, unit = dtype.row, "[%s]" % dtype.unit if dtype.unit else ""
    return {
        "name": dtype.name,
        "bytes": str(dtype.item_size),
        "python": "int" if dtype.unit == "ns" else row[7],  # finer than Python's own times
        # What NumPy makes of a type that it has no own name for.
        "numpy": next(other[5] for other in ROWS if other[4] == row[4] and other[5]) + unit,
        "typestr": dtype.typestr,
        "array": "".join(code for code, _ in ARRAY_CODES if dtype.native and _find_row(code)[0] == row),
        "arrow": row[6] + unit,
        "format": dtype.format,
    }


def _row(name):
    return next(row for row in ROWS if row[0] == name)


def _find_row(base):
    """The row of a name without prefix and brackets, and whose notation it is. Our own names win."""
    for column, notation in ((0, "own"), (4, "NumPy's codes"), (5, "NumPy's names")):
        for row in ROWS:
            if base and row[column] == base and (column == 0 or row[5]):
                return row, notation
    for code, kind in ARRAY_CODES:
        if code == base:
            size = struct.calcsize(code)  # C's, on this machine
            return next(row for row in ROWS if row[1] == kind and row[2] == size), "array.array's codes"
    return None, None


def _has_unit(row):
    return row[1] in ("TIME", "SPAN")


def _big(dtype):
    return DType(dtype.row, dtype.unit, dtype.item_size > 1, dtype.shape)


def _with_brackets(row, brackets, text):
    """Adds the unit and the shape that stand behind the name."""
    unit = ""
    if _has_unit(row):
        unit, brackets = _inside(brackets)
        if unit not in UNITS:
            message = "dtype %s needs a unit: one of %s, as in TIME[ns]"
            raise ValueError(message % (quoted(text), " ".join(UNITS)))
    if not brackets:
        return DType(row, unit)
    listed, behind = _inside(brackets)
    parts = [part.strip(" ") for part in (listed or "").split(",")]
    good = not behind and len(parts) <= MOST_DIMENSIONS and all(p.isdigit() and p.isascii() for p in parts)
    shape = tuple(map(int, parts)) if good else ()
    size = row[2]
    for extent in shape:
        size *= extent
    if not shape or not 0 < size <= arguments.GREATEST:
        message = "dtype %s has a bad shape; write up to %d counts from 1 on, as in F4[3] or F4[2,3]"
        raise ValueError(message % (quoted(text), MOST_DIMENSIONS))
    return DType(row, unit, False, shape)


def _inside(text):
    """What stands in the leading brackets (None: there are none), and what comes behind them."""
    if text[:1] != "[" or "]" not in text:
        return None, text
    inside, _, behind = text[1:].partition("]")
    return inside, behind


def _native_order(text, little):
    message = "dtype %s depends on the machine; write '%s'" % (quoted(text), little.name)
    if little.item_size > 1:
        message += " (little-endian) or '%s' (big-endian)" % _big(little).name
    return ValueError(message)


def _unknown(text):
    names = " ".join(row[0] + ("[%s]" % "|".join(UNITS) if _has_unit(row) else "") for row in ROWS)
    return ValueError(
        "unknown dtype %s; the names are %s, with > in front for big-endian and [n] behind for n of them in one "
        "element; NumPy's names (float64, f8, <f8) and array.array's codes (d) are understood too"
        % (quoted(text), names)
    )


def quoted(text):
    """What somebody wrote, at a length that leaves the message readable."""
    return "'%s%s'" % (arguments.escaped(text[:40], "'\""), "..." if len(text) > 40 else "")
