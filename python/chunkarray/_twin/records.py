"""Layouts of records: the resolved text, in which every offset and every size stands, as in core/src/record.

{time@0:U8,price@8:F4,flags@12:>U2}14
"""

import re
import struct

from . import arguments
from .dtypes import MOST_DIMENSIONS
from .dtypes import parse as parse_dtype

MOST = 2**64 - 1  # of a number: greater ones are this one
MOST_BYTES = 2**31 - 1
MOST_LEAVES = 4096
MOST_DEEP = 16

# Beyond ASCII Python knows which characters make identifiers; none of them means anything here.
_PLAIN_NAME = re.compile(r"[A-Za-z_\x80-\U0010ffff][A-Za-z_0-9\x80-\U0010ffff]*")
_NUMBER = re.compile(r"0|[1-9][0-9]*")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Part:
    """What a record has in the place of a dtype where that is none: TEXT, bytes, bits.

    `dtype` is that of elements which have the bytes of such a field: raw ones for a text, the whole scalar for bits.
    """

    __slots__ = ("name", "size", "dtype", "where")
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
        self.name, self.size, self.dtype = "TEXT[%d]" % size, size, parse_dtype("B1[%d]" % size)


class Bytes(Part):
    """B1[n] in a record: n bytes."""

    __slots__ = ()
    kind = "BYTES"

    def __init__(self, dtype):
        self.name, self.size, self.dtype = dtype.name, dtype.size, dtype


class Bits(Part):
    """`width` bits of a scalar, its unit, of which `shift` less significant ones stand below them."""

    __slots__ = ("shift", "width", "mask", "codec")
    kind = "BITS"

    def __init__(self, dtype, shift, width):
        self.dtype, self.shift, self.width = dtype, shift, width
        # The name as people write it, without where the bits lie.
        self.name, self.size = "%s:%d" % (dtype.name, width), dtype.size
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

    def __init__(self, text, fields, item_size, shape):
        self.fields, self.item_size, self.shape, self.where = fields, item_size, shape, ""
        self.items = 1
        for extent in shape:
            self.items *= extent
        self.size = item_size * self.items
        self.name = text + ("[%s]" % ",".join(map(str, shape)) if shape else "")
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


def parse(text):
    """Reads the text of a record's layout. ValueError, which says at which column or in which field, for all else."""
    reader = _Reader(text)
    found = reader.record()
    if reader.at < len(text):
        raise reader.wrong("nothing more")
    if found.size > arguments.GREATEST:
        raise reader.bad(_BAD_SHAPE)
    return found


class _Reader:
    """Reads a layout from the left to the right."""

    __slots__ = ("text", "at", "leaves", "path")

    def __init__(self, text):
        self.text, self.at, self.leaves = text, 0, 0
        self.path = []  # the names that lead to where we are

    def wrong(self, expected, at=None):
        """The error for what stands here instead of what should."""
        at = self.at if at is None else at
        found = "'%s'" % arguments.escaped(self.text[at], "'\"") if at < len(self.text) else "the end"
        return ValueError("record, column %d: expected %s, not %s" % (at + 1, expected, found))

    def bad(self, message, *names):
        """The error about the field where we are, or one in it."""
        path = ".".join((*self.path, *names))
        return ValueError("record%s: %s" % (", field " + path if path else "", message))

    @property
    def next(self):
        """The next character; nothing at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, character):
        """Whether the character stands here; then it is read."""
        found = self.next == character
        self.at += found
        return found

    def need(self, character, expected):
        """Reads a character that must stand here."""
        if not self.take(character):
            raise self.wrong(expected)

    def number(self, expected):
        """Reads a number in digits, without zeros in front."""
        found = _NUMBER.match(self.text, self.at)
        if not found:
            raise self.wrong(expected)
        if found[0] == "0" and self.text[found.end() : found.end() + 1] in tuple("0123456789"):
            raise self.wrong("a number without zeros in front")
        self.at = found.end()
        return min(int(found[0]), MOST) if len(found[0]) <= 20 else MOST

    def record(self):
        """Reads a record, and the shape that may stand behind it."""
        start = self.at
        self.need("{", "{")
        if len(self.path) >= MOST_DEEP:
            raise self.bad("records lie more than %d deep in one another" % MOST_DEEP)
        fields = [self.field()]
        while not self.take("}"):
            self.need(",", "a comma or }")
            fields.append(self.field())
        size = self.number("the record's size in bytes")
        if not 0 < size <= MOST_BYTES:
            raise self.bad("it has 1 to %d bytes, not %d" % (MOST_BYTES, size))
        self.check(fields, size)
        return Record(self.text[start : self.at], fields, size, self.shape())

    def field(self):
        """Reads a field."""
        column = self.at + 1
        name = self.name()
        if not name:
            raise ValueError("record, column %d: a field has no name" % column)
        self.need("@", "@ and an offset")
        offset = self.number("an offset in bytes")
        self.need(":", ": and a type")
        self.path.append(name)
        dtype = self.record() if self.next == "{" else self.leaf()
        dtype.where = ".".join(self.path) + ": "
        if offset + dtype.size > MOST_BYTES:
            raise self.outside(offset + dtype.size, MOST_BYTES)
        self.path.pop()
        return Field(name, offset, dtype)

    def name(self):
        """Reads an identifier, or a JSON string."""
        if self.take('"'):
            return self.quoted()
        found = _PLAIN_NAME.match(self.text, self.at)
        if not found:
            raise self.wrong("a name")
        self.at = found.end()
        return found[0]

    def quoted(self):
        """Reads what follows a quotation mark, up to the next one."""
        found = []
        while not self.take('"'):
            character = self.next
            if character < " ":
                raise self.wrong('a character of a name or "')
            self.at += 1
            found.append(self.escaped() if character == "\\" else character)
        return "".join(found)

    def escaped(self):
        """Reads a character as JSON writes it, behind the backslash."""
        if self.take("u"):
            return self.unit()
        plain = _ESCAPES.get(self.next)
        if plain is None:
            raise self.wrong('", \\, /, b, f, n, r, t or u behind \\')
        self.at += 1
        return plain

    def unit(self):
        """Reads the digits of uXXXX, or of two of them where the character lies beyond 16 bits."""
        start = self.at
        high = self.hex()
        if 0xD800 <= high < 0xDC00 and self.text.startswith("\\u", self.at):
            self.at += 2
            low = self.hex()
            if 0xDC00 <= low < 0xE000:
                return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)
        elif not 0xD800 <= high < 0xE000:
            return chr(high)
        raise self.wrong("four hex digits that make a character", start)

    def hex(self):
        """Reads four hex digits."""
        value = 0
        for _ in range(4):
            if self.next not in tuple("0123456789abcdefABCDEF"):
                raise self.wrong("four hex digits")
            value = value << 4 | int(self.next, 16)
            self.at += 1
        return value

    def shape(self):
        """Reads the shape behind a record, which may be none."""
        found = []
        if not self.take("["):
            return ()
        while True:
            found.append(self.number("a count"))
            if self.take("]"):
                break
            self.need(",", "a comma or ]")
            if len(found) == MOST_DIMENSIONS:
                raise self.bad(_BAD_SHAPE)
        if 0 in found:
            raise self.bad(_BAD_SHAPE)
        return tuple(found)

    def leaf(self):
        """Reads a type that is no record."""
        self.leaves += 1
        if self.leaves > MOST_LEAVES:
            raise ValueError("record: more than %d fields" % MOST_LEAVES)
        given = self.type()
        if given.startswith("TEXT["):
            size = _plain_number(given[5:-1]) if given.endswith("]") else None
            if size is None or not 0 < size <= MOST_BYTES:
                path = ".".join(self.path)
                raise ValueError("record, field %s (%s): a text has 1 to %d bytes" % (path, given, MOST_BYTES))
            return Text(size)
        unit, colon, bits = given.partition(":")
        dtype = self.dtype(unit)
        dtype.where = ".".join(self.path) + ": "
        if colon:
            return self.bits(given, dtype, bits)
        return Bytes(dtype) if dtype.kind == "B" and dtype.shape == (dtype.size,) else dtype

    def type(self):
        """Reads up to a comma or a brace outside of brackets."""
        start, depth = self.at, 0
        while self.next:
            depth += (self.next == "[") - (self.next == "]")
            if depth <= 0 and self.next in ",}":
                break
            self.at += 1
        if self.at == start:
            raise self.wrong("a type")
        return self.text[start : self.at]

    def bits(self, given, dtype, text):
        """Reads what stands behind the unit of some bits."""
        shift, plus, width = text.partition("+")
        shift, width = _plain_number(shift), _plain_number(width)
        most = 1 if dtype.kind == "BOOL" else 64
        good = dtype.kind in ("U", "S", "B", "BOOL") and not dtype.shape and plus and None not in (shift, width)
        if not good or not 0 < width <= most or shift + width > 8 * dtype.size:
            raise self.bad("%s are no bits of an integer, of raw bits or of a BOOL (which gives one)" % given)
        return Bits(dtype, shift, width)

    def dtype(self, given):
        """Reads a dtype, which has to have its own spelling here."""
        try:
            dtype = parse_dtype(given)
        except ValueError as error:
            raise self.bad(str(error)) from None
        if dtype.name != given:
            raise self.bad("write %s, not %s" % (dtype.name, given))
        return dtype

    def check(self, fields, size):
        """Refuses names that repeat, and fields that lie outside of the record's `size` bytes or overlap."""
        by_name = sorted(fields, key=lambda field: field.name)
        for one, other in zip(by_name, by_name[1:]):
            if one.name == other.name:
                raise self.bad("two fields have this name", other.name)
        before, taken = None, 0
        for field in sorted(fields, key=lambda field: field.offset):
            end, bits = field.offset + field.dtype.size, 0
            if end > size:
                raise self.outside(end, size, field.name)
            if field.dtype.kind == "BITS":
                bits = field.dtype.mask
            if before is not None and field.offset < before.offset + before.dtype.size:
                if not _same_unit(before, field) or taken & bits:
                    raise self.bad("it overlaps with %s" % before.name, field.name)
                bits |= taken
            before, taken = field, bits

    def outside(self, end, size, *names):
        """The error for a field that reaches behind the record's end."""
        return self.bad("it ends at byte %d, but the record has %d" % (min(end, MOST), size), *names)


_BAD_SHAPE = "a bad shape; write up to %d counts from 1 on, as in [3] or [2,3]" % MOST_DIMENSIONS


def _plain_number(digits):
    """A number in digits, without zeros in front; None for all else."""
    return int(digits) if _NUMBER.fullmatch(digits) and len(digits) < 20 else None


def _same_unit(one, other):
    """Whether two fields are bits of one unit."""
    return (
        one.dtype.kind == other.dtype.kind == "BITS"
        and one.offset == other.offset
        and one.dtype.size == other.dtype.size
        and one.dtype.dtype.big == other.dtype.dtype.big
    )
