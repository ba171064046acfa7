"""Records from and to the format strings of the struct module."""

import re
import struct
import sys

from .model import Bits, Bytes, Nested, Repeated, Scalar, Text, Union
from .placing import field_at, place

_ORDERS = "@=<>!"
_ITEM = re.compile(r"(\d*)([a-zA-Z?])")
_KINDS = {
    "?": "BOOL",
    "b": "S",
    "B": "U",
    "h": "S",
    "H": "U",
    "i": "S",
    "I": "U",
    "l": "S",
    "L": "U",
    "q": "S",
    "Q": "U",
    "n": "S",
    "N": "U",
    "P": "B",
    "f": "F",
    "d": "F",
    "F": "F",
    "D": "F",
}
_COMPLEX = "FD"
_CODES = {"U": "BHIQ", "S": "bhiq", "B": "BHIQ", "TIME": "bhiq", "SPAN": "bhiq", "F": "  fd", "BOOL": "?"}


def from_struct(format, make, names=None, name="Record"):
    """The record class of a struct format, called `name`, with the offsets that struct.unpack reads at.

    names   the fields' names, as a str ("time price flags", commas allowed) or an iterable of str: one for each item
            of the format, or one for each value; without them they are f0, f1, ...

    `<`, `>` and `!` (which is `>`) pack the fields. `=` does so too, in this machine's byte order. `@` and no order at
    all mean this machine's byte order, its C compiler's sizes (`l` has 8 bytes on 64-bit Linux and macOS) and its
    alignment: gaps become padding, but, as in struct, none is added at the end unless `0q` or the like asks for it.
    "3f" is F4[3], or three fields where there are names for each value. `s` and `c` are raw bytes, `p` a record of
    `length` and `data`, `x` padding, a complex number two floats. ValueError for what no record has (`e`, "0s") and
    for another number of names.
    """
    if isinstance(format, (bytes, bytearray)):
        format = bytes(format).decode("latin-1")
    if not isinstance(format, str):
        raise TypeError("from_struct takes a format such as '<Qf', not %s" % type(format).__name__)
    order = format[0] if format[:1] and format[0] in _ORDERS else "@"
    total = struct.calcsize(format)  # which refuses what is no format
    items = list(_items(format, order))
    labels = ["f%d" % i for i in range(len(items))] if names is None else _words(names)
    if len(labels) != len(items):
        items, whole = [single for item in items for single in item.singles()], len(items)
        if len(labels) != len(items):
            raise ValueError(
                "%s: %d names for a format of %d items, %d values" % (name, len(labels), whole, len(items))
            )
    big = order in ">!" or (order in "@=" and sys.byteorder == "big")
    fields = [
        field_at(label, item.type(">" if big else "", label, make), item.offset) for label, item in zip(labels, items)
    ]
    return make(place(name, fields, total))


class _Item:
    """A part of a format: `count` values of `code`, each of `size` bytes, from `offset` on."""

    __slots__ = ("code", "count", "size", "offset")

    def __init__(self, code, count, size, offset):
        self.code = code
        self.count = count
        self.size = size
        self.offset = offset

    def singles(self):
        """The same, an item for each value: that of s and p is one."""
        if self.code in "sp":
            return [self]
        return [_Item(self.code, 1, self.size, self.offset + i * self.size) for i in range(self.count)]

    def type(self, mark, name, make):
        if self.code == "p":
            parts = [field_at("length", Scalar("U1", 1), 0)]
            if self.count > 1:
                parts.append(field_at("data", Bytes(self.count - 1), 1))
            return Nested(make(place(name, parts, self.count)))
        if self.code in "sc":
            return Bytes(self.count)
        if self.code not in _KINDS:
            raise ValueError("%s: records have nothing for the %r of struct" % (name, self.code))
        shape = (self.count,) if self.count > 1 else ()
        size = self.size
        if self.code in _COMPLEX:
            shape, size = shape + (2,), size // 2
        kind = _KINDS[self.code]
        scalar = Scalar("BOOL" if kind == "BOOL" else "%s%s%d" % (mark if size > 1 else "", kind, size), size)
        return Repeated(scalar, shape) if shape else scalar


def _items(format, order):
    """The items of a format that hold values, where struct puts them."""
    prefix = "" if order == "@" else order
    before = prefix
    for digits, code in _ITEM.findall(format):
        count = int(digits or 1)
        # What comes before, with the gap that the code's alignment asks for.
        offset = struct.calcsize("%s0%s" % (before, code))
        before += "%d%s" % (count, code)
        if count and code != "x":
            yield _Item(code, count, 1 if code in "sp" else struct.calcsize(prefix + code), offset)


def _words(names):
    return names.replace(",", " ").split() if isinstance(names, str) else list(names)


def to_struct(layout):
    """The struct format of this layout: struct.unpack gives the same values, those of inner records one by one.

    It begins with `<` or `>`, gaps are `x`. Text, raw bytes and unions are `s`, times and raw numbers integers.
    ValueError for bits, which struct does not have, and for fields of both byte orders, since a format has one.
    """
    parts, orders = [], {}
    _add(layout, parts, orders)
    if len(orders) > 1:
        little, big = orders["<"], orders[">"]
        raise ValueError(
            "%s: %s is little-endian, %s big-endian; a struct format has one byte order" % (layout.name, little, big)
        )
    return next(iter(orders), "<") + "".join(parts)


def _add(layout, parts, orders):
    for field in layout.fields:
        path = "%s.%s" % (layout.name, field.name)
        type, count = field.type, ""
        if isinstance(type, Repeated):
            count = type.size // type.element.size
            type = type.element
        if isinstance(type, Bits):
            raise ValueError("%s: struct has no bits (the unit is %s at %d)" % (path, type.unit.name, field.offset))
        if field.is_padding:
            parts.append("%dx" % type.size)
        elif isinstance(type, Nested):
            for _ in range(count or 1):
                _add(type.layout, parts, orders)
        elif isinstance(type, Scalar):
            if type.size > 1:
                orders.setdefault(">" if type.is_big_endian else "<", path)
            codes = _CODES[type.kind]
            parts.append("%s%s" % (count, codes[type.size.bit_length() - 1]))
        else:
            assert isinstance(type, (Text, Bytes, Union))
            parts.append("%ds" % type.size)
