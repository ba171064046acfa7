"""What C's types mean here: their sizes, their alignment, and the types of fields that they become.

The sizes are those of 64-bit Linux and macOS (LP64), whatever machine this runs on.
"""

from ..model import MOST_FIELDS, Nested, Scalar, Text, Union, overlay
from ..placing import array_of, bit_fields, field_at, place


class Number:
    """A number, an address or a character. `order` is ">" or "<" where the type itself has one, as __be16 does.

    kind    as Scalar.kind, or "TEXT" for char
    """

    __slots__ = ("kind", "size", "align", "order")

    def __init__(self, kind, size, order=None):
        self.kind = kind
        self.size = self.align = size
        self.order = order

    def field_type(self, order, make, path):
        """The type of a field, of numbers in this byte order where the type has none of its own."""
        return Text(1) if self.kind == "TEXT" else Scalar(self.dtype(order), self.size)

    def dtype(self, order):
        if self.kind == "BOOL":
            return "BOOL"
        mark = ">" if (self.order or order) == ">" and self.size > 1 else ""
        return "%s%s%d" % (mark, self.kind, self.size)

    @property
    def bits_kind(self):
        """The kind of bits of this type, or None where C has none."""
        return {"TEXT": "S", "U": "U", "S": "S", "BOOL": "BOOL"}.get(self.kind) if self.order is None else None

    def members(self, order):
        return None


class Enumeration(Number):
    """An enum: a number whose values have names."""

    __slots__ = ("values", "made")

    def __init__(self, number, values):
        super().__init__(number.kind, number.size, number.order)
        self.values = values
        self.made = {}

    def members(self, order):
        """The enum class of the fields in this byte order; none for so many names that making it would take minutes."""
        if len(self.values) > MOST_FIELDS:
            return None
        dtype = self.dtype(order)
        if dtype not in self.made:
            from ..names import Enum

            self.made[dtype] = Enum(dtype, self.values)
        return self.made[dtype]


class Array:
    """An array with a length."""

    __slots__ = ("element", "count", "size", "align")

    bits_kind = None

    def __init__(self, element, count):
        self.element = element
        self.count = count
        self.size = element.size * count
        self.align = element.align

    def field_type(self, order, make, path):
        shape, element = [], self
        while isinstance(element, Array):
            shape.append(element.count)
            element = element.element
        return array_of(element.field_type(order, make, path), shape, element.size, make, path)

    def members(self, order):
        return None


class Unmeasured:
    """An array without a length, or of no elements, at a struct's end: no bytes, and an error where it becomes a field."""

    __slots__ = ("error", "size", "align")

    bits_kind = None

    def __init__(self, element, error):
        self.error = error
        self.size = 0
        self.align = element.align

    def field_type(self, order, make, path):
        raise self.error

    def members(self, order):
        return None


class Placement:
    """Where a compiler puts the members of a struct or union: GCC's and Clang's rules for x86-64 and 64-bit ARM.

    pack      the limit of #pragma pack for the alignment of members, or None
    packed    whether __attribute__((packed)) is on all of them
    """

    def __init__(self, is_union, pack, packed):
        self.is_union = is_union
        self.pack = pack
        self.packed = packed
        self.bit = 0  # the first free one
        self.unit = (0, 0)  # offset and size in bytes of what the last bit field lies in
        self.size = 0
        self.align = 1

    def _limited(self, align):
        return min(align, self.pack) if self.pack else align

    def add(self, type, align=None, packed=False):
        """The offset of a member. `align` is what alignas or aligned() ask for."""
        natural = 1 if packed or self.packed else type.align
        wanted = self._limited(max(natural, align or 1))
        self.align = max(self.align, wanted)
        offset = 0 if self.is_union else _up(_up(self.bit, 8) // 8, wanted)
        self.unit = (0, 0)
        self._end(8 * (offset + type.size))
        return offset

    def add_bits(self, type, width, is_named, align=None, packed=False):
        """The first bit of a bit field, which lies in `unit` then. One of width 0 ends its unit."""
        packed = packed or self.packed
        if not width:
            self.bit = 0 if self.is_union else _up(self.bit, 8 * type.align)
            return self.bit
        if align:
            self.bit = _up(self.bit, 8 * self._limited(align))
            self.align = max(self.align, self._limited(align))
        unit = 8 * type.align
        # It may not touch more units of its type than one, unless packed; any #pragma pack lifts that, too.
        if not packed and not self.pack and self.bit // unit != (self.bit + width - 1) // unit:
            self.bit = _up(self.bit, unit)
        if is_named:
            self.align = max(self.align, 1 if packed and not self.pack else self._limited(type.align))
        start = self.bit
        self._end(start + width)
        first, size = self.unit
        if size != type.size or not 8 * first <= start <= start + width <= 8 * (first + size):
            # Packed ones begin at any byte, and so do the units that to_c() declares whole.
            first = start // 8 if packed or self.pack else start // unit * type.align
            self.unit = (first, type.size)
        return start

    def _end(self, bit):
        self.size = max(self.size, _up(bit, 8) // 8)
        self.bit = 0 if self.is_union else bit

    def end(self, align=None):
        """(size, alignment) of the whole, of which `align` is asked."""
        self.align = max(self.align, align or 1)
        return _up(self.size, self.align), self.align


def _up(number, multiple):
    return -(-number // multiple) * multiple


class Struct:
    """A struct or union, complete once `size` is set.

    name      its tag, its typedef, or the member's name that it is the type of
    parts     its members: Member and PlacedBits
    order     the byte order of its numbers
    """

    bits_kind = None

    def __init__(self, name, is_union):
        self.name = name
        self.is_union = is_union
        self.size = self.align = None
        self.parts = []
        self.order = None
        self._record = None

    def add(self, name, type, offset, default):
        """A member, as the compiler places it. An unnamed struct lends its members, but to a union."""
        if name or self.is_union or type.is_union:
            name = name or "anonymous%d" % (1 + sum(part.name.startswith("anonymous") for part in self.parts))
            if isinstance(type, Struct):
                type.name = type.name or name
            self.parts.append(Member(name, type, offset, default, self.order))
            return
        for part in type.parts:
            self.parts.append(part.moved(offset))

    def record(self, make):
        """The record class, made once. That of a union has one field, `value`."""
        if self._record is None:
            if self.is_union:
                fields = [field_at("value", self.field_type(None, make, self.name), 0)]
            else:
                fields = self._fields(make)
            self._record = make(place(self.name, fields, self.size, self.align))
        return self._record

    def field_type(self, order, make, path):
        if not self.is_union:
            return Nested(self.record(make))
        fields = [part.field(make, self.name) for part in self.parts if isinstance(part, Member)]
        for part in self.parts:
            if not isinstance(part, Member):
                fields += bit_fields(self.name, [part], [], self.size)
        return Union(overlay(self.name, fields))

    def members(self, order):
        return None

    def _fields(self, make):
        fields = [part.field(make, self.name) for part in self.parts if isinstance(part, Member)]
        bits = [part for part in self.parts if not isinstance(part, Member)]
        return fields + bit_fields(self.name, bits, fields, self.size)

    def offset_of(self, name):
        """The offset of a member, or None if there is none of this name; bits have none in C."""
        return next((part.offset for part in self.parts if isinstance(part, Member) and part.name == name), None)


class Member:
    """A member of a struct that is no bit field."""

    __slots__ = ("name", "type", "offset", "default", "order")

    def __init__(self, name, type, offset, default, order):
        self.name = name
        self.type = type
        self.offset = offset
        self.default = default
        self.order = order

    def field(self, make, record):
        type = self.type.field_type(self.order, make, "%s.%s" % (record, self.name))
        return field_at(self.name, type, self.offset, members=self.type.members(self.order), default=self.default)

    def moved(self, offset):
        return Member(self.name, self.type, self.offset + offset, self.default, self.order)
