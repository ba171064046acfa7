"""Layouts of records: the resolved text, in which every offset and every size stands, as in core/src/record.

    {time@0:U8,price@8:F4,flags@12:>U2}14

A text is checked when it is read, and printing what was read gives the same text.
"""

import re
import struct

from .dtypes import MOST_DIMENSIONS, quoted
from .dtypes import parse as parse_dtype

MOST_BYTES = 2**31 - 1
MOST_DEEP = 16
MOST_FIELDS = 4096

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\["\\]|\\u[0-9a-fA-F]{4})*"')
_ESCAPE = re.compile(r'\\(["\\]|u[0-9a-fA-F]{4})')
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_TYPE = re.compile(r"[^,:{}\[\]]*(?:\[[^\[\]{}]*\])*")


class Part:
    """What a record has in the place of a dtype where that is none: TEXT, bytes, bits."""

    __slots__ = ("name", "size", "where")
    unit, big, shape, row = "", False, (), None

    @property
    def item_size(self):
        """Bytes of what stands in memory as one."""
        return self.size


class Text(Part):
    """TEXT[n]: UTF-8, padded with NULs to n bytes."""

    __slots__ = ()
    kind = "TEXT"

    def __init__(self, size):
        self.name, self.size = "TEXT[%d]" % size, size


class Bytes(Part):
    """B1[n] in a record: n bytes."""

    __slots__ = ("row_of_scalars",)
    kind = "BYTES"

    def __init__(self, row_of_scalars):
        self.row_of_scalars = row_of_scalars  # the dtype that it is elsewhere
        self.name, self.size = row_of_scalars.name, row_of_scalars.size


class Bits(Part):
    """`width` bits of a scalar, its unit, of which `shift` less significant ones stand below them."""

    __slots__ = ("dtype", "shift", "width", "mask", "codec")
    kind = "BITS"

    def __init__(self, dtype, shift, width):
        self.dtype, self.shift, self.width = dtype, shift, width
        self.name, self.size = "%s:%d+%d" % (dtype.name, shift, width), dtype.size
        self.mask = ((1 << width) - 1) << shift
        # Of the unit's bits, whatever they mean.
        self.codec = struct.Struct((">" if dtype.big else "<") + {1: "B", 2: "H", 4: "I", 8: "Q"}[dtype.size])

    @property
    def range(self):
        """The least and the greatest value."""
        if self.dtype.kind == "S":
            return -(1 << (self.width - 1)), (1 << (self.width - 1)) - 1
        return 0, (1 << self.width) - 1


class Field:
    """A field: its name, where it begins, in bytes from the start of its record, and what it is."""

    __slots__ = ("name", "offset", "dtype")

    def __init__(self, name, offset, dtype):
        self.name, self.offset, self.dtype = name, offset, dtype


class Record:
    """The type of records: fields, a size and a shape. Stands where a DType does."""

    __slots__ = ("name", "fields", "item_size", "shape", "items", "size", "leaves", "where")
    kind = "RECORD"
    row, unit, big, codec, native = None, "", False, None, True

    def __init__(self, fields, item_size, shape):
        self.fields, self.item_size, self.shape, self.where = fields, item_size, shape, ""
        self.items = 1
        for extent in shape:
            self.items *= extent
        self.size = item_size * self.items
        self.name = "{%s}%d%s" % (
            ",".join("%s@%d:%s" % (_shown_name(field.name), field.offset, field.dtype.name) for field in fields),
            item_size,
            "[%s]" % ",".join(map(str, shape)) if shape else "",
        )
        # Depth-first, each once, whatever the shape of the records around it.
        self.leaves = []
        for field in fields:
            self.leaves += field.dtype.leaves if isinstance(field.dtype, Record) else [field.dtype]

    def __eq__(self, other):
        return self.name == other.name

    __hash__ = None

    @property
    def typestr(self):
        """NumPy's typestr of one record."""
        return "|V%d" % self.item_size

    @property
    def descr(self):
        """NumPy's description of the fields, with nameless ones for the gaps."""
        found, end, unit = [], 0, None
        for field in sorted(self.fields, key=lambda field: field.offset):
            dtype = field.dtype
            if dtype.kind == "BITS":
                if unit == field.offset:
                    continue  # its unit is there already
                unit = field.offset
            if field.offset > end:
                found.append(("", "|V%d" % (field.offset - end)))
            found.append((field.name, *_described(dtype)))
            end = field.offset + dtype.size
        if self.item_size > end:
            found.append(("", "|V%d" % (self.item_size - end)))
        return found


def _described(dtype):
    """What a field of NumPy's description has behind its name."""
    if dtype.kind == "RECORD":
        return (dtype.descr, dtype.shape) if dtype.shape else (dtype.descr,)
    if dtype.kind == "TEXT":
        return ("|S%d" % dtype.size,)
    if dtype.kind == "BYTES":
        return "|u1", (dtype.size,)
    if dtype.kind == "BITS":
        return (dtype.dtype.typestr,)
    return (dtype.typestr, dtype.shape) if dtype.shape else (dtype.typestr,)


def _shown_name(name):
    """A name as it stands in the text."""
    if _IDENTIFIER.fullmatch(name):
        return name
    escaped = ("\\" + c if c in '"\\' else c if c >= " " else "\\u%04x" % ord(c) for c in name)
    return '"%s"' % "".join(escaped)


def parse(text):
    """Reads the text of a record's layout. ValueError, which says where or which field, for all else."""
    reader = _Reader(text)
    found = reader.record("", 1)
    if reader.at < len(text):
        raise reader.wrong("nothing behind the record")
    if found.name != text:
        raise ValueError("a record's layout is written %s" % found.name)
    return found


class _Reader:
    """Reads a layout from the left to the right."""

    __slots__ = ("text", "at", "fields")

    def __init__(self, text):
        self.text, self.at, self.fields = text, 0, 0

    def wrong(self, expected):
        """The error for what stands here instead of what should."""
        message = "the record's layout has %s at column %d, where %s is expected"
        here = quoted(self.text[self.at : self.at + 20]) if self.at < len(self.text) else "its end"
        return ValueError(message % (here, self.at + 1, expected))

    def take(self, character):
        """Whether the character stands here; then it is read."""
        found = self.text[self.at : self.at + 1] == character
        self.at += found
        return found

    def need(self, character):
        """Reads a character that must stand here."""
        if not self.take(character):
            raise self.wrong("'%s'" % character)

    def match(self, pattern, what):
        """Reads what a pattern matches here."""
        found = pattern.match(self.text, self.at)
        if not found or not found[0]:
            raise self.wrong(what)
        self.at = found.end()
        return found[0]

    def number(self):
        """Reads a number."""
        return int(self.match(_NUMBER, "a number"))

    def name(self):
        """Reads a field's name."""
        if self.text[self.at : self.at + 1] != '"':
            return self.match(_IDENTIFIER, "a field's name")
        quoted = self.match(_STRING, "a field's name")
        return _ESCAPE.sub(lambda found: found[1] if found[1] in '"\\' else chr(int(found[1][1:], 16)), quoted[1:-1])

    def record(self, path, depth):
        """Reads a record. `path` is what its fields' names have in front in messages."""
        if depth > MOST_DEEP:
            raise ValueError("%srecords are nested at most %d deep" % (_where(path), MOST_DEEP))
        self.need("{")
        fields = []
        while True:
            fields.append(self.field(path, depth))
            if not self.take(","):
                break
        self.need("}")
        size = self.number()
        shape = self.shape() if self.take("[") else ()
        _check(fields, size, path)
        found = Record(fields, size, shape)
        found.where = _where(path)
        if not found.items or found.size > MOST_BYTES:
            raise ValueError("%sa record has 1 to %d bytes, not %d" % (found.where, MOST_BYTES, found.size))
        return found

    def field(self, path, depth):
        """Reads a field."""
        self.fields += 1
        if self.fields > MOST_FIELDS:
            raise ValueError("a record has at most %d fields" % MOST_FIELDS)
        name = self.name()
        if not name:
            raise ValueError("%sa field has no name" % _where(path))
        path = path + "." + name if path else name
        self.need("@")
        offset = self.number()
        self.need(":")
        if self.text[self.at : self.at + 1] == "{":
            dtype = self.record(path, depth + 1)
        else:
            dtype = self.type(path)
        return Field(name, offset, dtype)

    def type(self, path):
        """Reads the type of a leaf."""
        text = self.match(_TYPE, "a type")
        if text.startswith("TEXT["):
            size = text[5:-1]
            if not _NUMBER.fullmatch(size) or not 0 < int(size) <= MOST_BYTES:
                raise ValueError("%s%s: TEXT has 1 to %d bytes" % (_where(path), text, MOST_BYTES))
            return _placed(Text(int(size)), path)
        try:
            dtype = parse_dtype(text)
        except ValueError as error:
            raise ValueError(_where(path) + str(error)) from None
        if self.take(":"):
            return self.bits(path, dtype)
        dtype = _placed(dtype, path)
        return _placed(Bytes(dtype), path) if dtype.kind == "B" and dtype.shape == (dtype.size,) else dtype

    def bits(self, path, dtype):
        """Reads what stands behind the unit of some bits."""
        shift = self.number()
        self.need("+")
        width = self.number()
        if dtype.shape or dtype.kind not in ("U", "S", "B", "BOOL"):
            raise ValueError(
                "%sbits are those of an unsigned, signed, raw or BOOL scalar, not of %s" % (_where(path), dtype.name)
            )
        if dtype.kind == "BOOL" and width != 1:
            raise ValueError("%sbits of BOOL have width 1, not %d" % (_where(path), width))
        if not width or shift + width > 8 * dtype.size:
            raise ValueError("%s%d bits at %d are not in %s" % (_where(path), width, shift, dtype.name))
        return _placed(Bits(dtype, shift, width), path)

    def shape(self):
        """Reads a shape, behind its bracket."""
        found = [self.number()]
        while self.take(","):
            found.append(self.number())
        self.need("]")
        if len(found) > MOST_DIMENSIONS or not all(found):
            raise ValueError("a shape has up to %d counts from 1 on" % MOST_DIMENSIONS)
        return tuple(found)


def _placed(dtype, path):
    """A leaf's type, which says in messages whose it is."""
    dtype.where = _where(path)
    return dtype


def _where(path):
    """What a message about a field begins with."""
    return path + ": " if path else ""


def _check(fields, size, path):
    """Refuses fields that repeat a name, stand outside of the record's `size` bytes, or overlap."""
    seen = set()
    for field in fields:
        where = _where(path + "." + field.name if path else field.name)
        if field.name in seen:
            raise ValueError("%sthe record has two fields of this name" % where)
        seen.add(field.name)
        end = field.offset + field.dtype.size
        if end > size:
            raise ValueError("%sends at byte %d, outside of the record of %d bytes" % (where, end, size))
    before, taken = None, 0
    for field in sorted(fields, key=lambda field: field.offset):
        dtype = field.dtype
        if before is not None and field.offset < before.offset + before.dtype.size:
            if not _same_unit(before, field) or taken & dtype.mask:
                where = _where(path + "." + field.name if path else field.name)
                raise ValueError("%soverlaps %s" % (where, before.name))
            taken |= dtype.mask
        else:
            before, taken = field, dtype.mask if dtype.kind == "BITS" else 0


def _same_unit(one, other):
    """Whether two fields are bits of one unit."""
    return (
        one.dtype.kind == other.dtype.kind == "BITS"
        and one.offset == other.offset
        and one.dtype.dtype == other.dtype.dtype
    )
