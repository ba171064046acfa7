"""Records from and to ctypes structures."""

import ctypes
import sys

from .model import Bits, Bytes, Nested, Scalar, Text, Union, overlay
from .placing import PlacedBits, array_of, bit_fields, field_at, place

_SIGNED, _UNSIGNED, _FLOATS = "bhilq", "BHILQ", "fd"
_ADDRESSES = "zZP"  # char *, wchar_t *, void *
_OF_SCALAR = {
    "U1": ctypes.c_uint8,
    "U2": ctypes.c_uint16,
    "U4": ctypes.c_uint32,
    "U8": ctypes.c_uint64,
    "S1": ctypes.c_int8,
    "S2": ctypes.c_int16,
    "S4": ctypes.c_int32,
    "S8": ctypes.c_int64,
    "F4": ctypes.c_float,
    "F8": ctypes.c_double,
    "BOOL": ctypes.c_bool,
}


def from_ctypes(cls, make):
    """The record class of a ctypes structure or union, with its offsets, as this interpreter's ctypes has them.

    Nested structures become records, arrays of c_char text, pointers raw addresses (B8). The fields of a union come as
    the field `value` of the record. Arrays of no elements are left aside. `make` makes a record class of a layout.
    TypeError if `cls` is neither; ValueError for fields that records don't have.
    """
    if not isinstance(cls, type) or not issubclass(cls, (ctypes.Structure, ctypes.Union)):
        raise TypeError("from_ctypes takes a ctypes.Structure or Union class, not %r" % (cls,))
    return _Reader(make).record(cls)


class _Reader:
    """One conversion: classes that occur twice become one record class."""

    def __init__(self, make):
        self.make = make
        self.made = {}

    def record(self, cls):
        if cls not in self.made:
            name, size = cls.__name__, ctypes.sizeof(cls)
            if issubclass(cls, ctypes.Union):
                fields = [field_at("value", self.union(cls), 0)]
            else:
                fields, bits = self.fields(cls)
                fields += bit_fields(name, bits, fields, size)
            self.made[cls] = self.make(place(name, fields, size, ctypes.alignment(cls)))
        return self.made[cls]

    def union(self, cls):
        name, size = cls.__name__, ctypes.sizeof(cls)
        fields, bits = self.fields(cls)
        for each in bits:  # each alone in its bytes
            fields += bit_fields(name, [each], [], size)
        return Union(overlay(name, fields))

    def fields(self, cls):
        """(fields, PlacedBits) of a class and those that it extends."""
        fields, bits = [], []
        for declared in _declared(cls):
            name, type = declared[:2]
            path = "%s.%s" % (cls.__name__, name)
            if len(declared) > 2:
                bits.append(_placed_bits(cls, name, _scalar(type, path), declared[2], path))
            elif ctypes.sizeof(type):
                fields.append(field_at(name, self.type(type, path), getattr(cls, name).offset))
        return fields, bits

    def type(self, type, path):
        if issubclass(type, ctypes.Structure):
            return Nested(self.record(type))
        if issubclass(type, ctypes.Union):
            return self.union(type)
        if not issubclass(type, ctypes.Array):
            return _scalar(type, path)
        shape = []
        while issubclass(type, ctypes.Array):
            shape.append(type._length_)
            type = type._type_
        return array_of(self.type(type, path), shape, ctypes.sizeof(type), self.make, path)


def _declared(cls):
    for base in reversed(cls.__mro__):
        filling = base.__dict__.get("_filling_", ())
        yield from [declared for declared in base.__dict__.get("_fields_", ()) if declared[0] not in filling]


def _scalar(type, path):
    if issubclass(type, (ctypes._Pointer, ctypes._CFuncPtr)):
        code = "P"
    else:
        code = type._type_
    size = ctypes.sizeof(type)
    if code == "c":
        return Text(1)
    if code in "?v":
        return Scalar("BOOL", 1) if size == 1 else Scalar("U%d" % size, size)
    kinds = {_SIGNED: "S", _UNSIGNED: "U", _FLOATS: "F", _ADDRESSES: "B"}
    kind = next((kinds[codes] for codes in kinds if code in codes), None)
    if kind is None:
        raise ValueError("%s: records have nothing for %s" % (path, type.__name__))
    # Types of the other byte order are classes of their own, which name themselves.
    is_big = size > 1 and getattr(type, "__ctype_be__", None) is type
    return Scalar("%s%s%d" % (">" if is_big else "", kind, size), size)


def _placed_bits(cls, name, scalar, width, path):
    """Where the bits lie, found by setting the lowest and the highest one: what offsets and sizes say differs from
    version to version, and for big-endian structures it isn't what happens."""
    lowest, highest = _bit_set_by(cls, name, 1), _bit_set_by(cls, name, 1 << (width - 1))
    if scalar.kind == "S" and width > 1:
        highest = _bit_set_by(cls, name, -1 << (width - 1))
    if lowest is None or highest is None:
        raise ValueError("%s: ctypes of this interpreter does not set these bits by themselves" % path)
    little = highest - lowest == width - 1
    # The same bits, counted from the most significant one of each byte on.
    from_top, lowest_from_top = (8 * (bit // 8) + 7 - bit % 8 for bit in (highest, lowest))
    big = lowest_from_top - from_top == width - 1
    # Bits in one byte look alike in both orders: then the structure's own order tells how they were stated.
    swapped = hasattr(cls, "_swappedbytes_") == (sys.byteorder == "little")
    is_big = big and (scalar.is_big_endian or not little or (scalar.size == 1 and swapped))
    if not big and not little:
        raise ValueError("%s: ctypes of this interpreter scatters these bits" % path)
    start = from_top if is_big else lowest
    unit = getattr(cls, name).offset
    if not 8 * unit <= start <= start + width <= 8 * (unit + scalar.size):
        unit = start // 8 // scalar.size * scalar.size
    return PlacedBits(name, scalar.kind, start, width, is_big, (unit, scalar.size))


def _bit_set_by(cls, name, value):
    """The number of the only bit that a value of a field sets, from the least significant one of each byte; or None."""
    probe = cls()
    setattr(probe, name, value)
    number = int.from_bytes(ctypes.string_at(ctypes.addressof(probe), ctypes.sizeof(cls)), "little")
    return number.bit_length() - 1 if number and number & (number - 1) == 0 else None


def to_ctypes(layout):
    """A ctypes.Structure class of this layout: the same offsets, the same size, `_pack_` only where it must be.

    Text is an array of c_char, bytes are an array of c_uint8, times are their counts. ValueError, which names the
    field, for what this interpreter's ctypes puts elsewhere.
    """
    return _Writer().structure(layout)


class _Writer:
    def __init__(self):
        self.made = {}

    def structure(self, layout):
        if layout not in self.made:
            natural = self.build(layout, packed=False)
            if _elsewhere(natural, layout) is None:
                self.made[layout] = natural
            else:
                packed = self.made[layout] = self.build(layout, packed=True)
                name = _elsewhere(packed, layout)
                if name is not None:
                    raise ValueError("%s.%s: ctypes of this interpreter puts it elsewhere" % (layout.name, name))
        return self.made[layout]

    def build(self, layout, packed):
        declared = []
        after_bits = False
        for unit in _units(layout):
            if isinstance(unit[0].type, Bits):
                if after_bits and packed:
                    # Before Python 3.14 bits of another type go on in the unit before, full as it is.
                    declared.append((_unused("_pad%d" % unit[0].offset, layout), ctypes.c_uint8 * 0))
                declared += self.bits(unit, layout)
                after_bits = True
                continue
            after_bits = False
            if not unit[0].is_padding:
                declared.append((unit[0].name, self.type(unit[0].type, packed)))
            elif packed:
                declared.append((_unused("_pad%d" % unit[0].offset, layout), ctypes.c_uint8 * unit[0].size))
        body = _body(declared, packed)
        # What from_ctypes is to leave aside.
        body["_filling_"] = frozenset(each[0] for each in declared if each[0] not in layout)
        return _class(layout.name, ctypes.LittleEndianStructure, body)

    def bits(self, unit, layout):
        """The bits of a unit from the least significant one on, with names for those between them."""
        scalar = unit[0].type.unit
        # No c_bool, which would take a single one of these bits for true.
        number = _of_scalar(Scalar("%sU%d" % (">" if scalar.is_big_endian else "", scalar.size), scalar.size))
        declared, end = [], 0

        def fill(stop):
            if stop > end:
                declared.append((_unused("_bits%d_%d" % (unit[0].offset, end), layout), number, stop - end))

        for field in sorted(unit, key=lambda field: field.shift):
            fill(field.shift)
            declared.append((field.name, _of_scalar(field.type.unit), field.type.width))
            end = field.shift + field.type.width
        fill(8 * scalar.size)
        return declared

    def type(self, type, packed):
        if isinstance(type, Scalar):
            return _of_scalar(type)
        if isinstance(type, Text):
            return ctypes.c_char * type.size
        if isinstance(type, Bytes):
            return ctypes.c_uint8 * type.size
        if isinstance(type, Nested):
            return self.structure(type.layout)
        if isinstance(type, Union):
            fields = [(field.name, self.type(field.type, packed)) for field in type.layout.fields]
            return _class(type.layout.name, ctypes.Union, _body(fields, packed))
        made = self.type(type.element, packed)
        for extent in reversed(type.shape):
            made = made * extent
        return made


def _body(fields, packed):
    """The class body that declares the fields. Packed ones follow the rule that keeps units of bits apart, "ms", which
    goes with _pack_ from Python 3.14 on."""
    return {"_pack_": 1, "_layout_": "ms", "_fields_": fields} if packed else {"_fields_": fields}


def _class(name, base, body):
    try:
        return type(base)(name, (base,), body)
    except TypeError as error:  # PyPy's has no bits of c_bool, and names in ASCII only
        raise ValueError("%s: ctypes of this interpreter: %s" % (name, error)) from error


def _units(layout):
    """The fields of a layout in lists: bits of one unit together, each other field alone."""
    units = []
    for field in layout.fields:
        if (
            units
            and isinstance(field.type, Bits)
            and isinstance(units[-1][0].type, Bits)
            and units[-1][0].offset == field.offset
        ):
            units[-1].append(field)
        else:
            units.append([field])
    return units


def _of_scalar(scalar):
    name = {"B": "U", "TIME": "S", "SPAN": "S"}.get(scalar.kind)
    name = "%s%d" % (name, scalar.size) if name else scalar.name.lstrip(">")
    type = _OF_SCALAR[name]
    return type.__ctype_be__ if scalar.is_big_endian else type.__ctype_le__ if scalar.size > 1 else type


def _unused(name, layout):
    while name in layout:
        name = "_" + name
    return name


def _elsewhere(cls, layout):
    """The name of the first field that a class has in another place than the layout, or None."""
    types = {declared[0]: declared[1] for declared in cls._fields_}
    for field in layout.named:
        placed = getattr(cls, field.name)
        if not isinstance(field.type, Bits):
            # A union may be followed by bytes that align it, which the layout calls padding.
            size = ctypes.sizeof(types[field.name])
            if (
                placed.offset != field.offset
                or size < field.size
                or (size > field.size and not isinstance(field.type, Union))
            ):
                return field.name
            continue
        try:
            bits = _placed_bits(cls, field.name, field.type.unit, field.type.width, field.name)
            shift = bits.field((field.offset, field.size)).shift
        except ValueError:
            return field.name
        if shift != field.shift or bits.is_big != field.type.unit.is_big_endian:
            return field.name
    return None if ctypes.sizeof(cls) == layout.size else "its end"
