"""Symbolic records, shapes and texts: what a lambda gets for elements that are no single number.

`read(offset, text)` gives the value of the bytes `offset` behind the start of an element, where `text` is a dtype of the
native arrays, or bits of one: ">U2:4+3".
"""

from .._records import model
from . import values
from .operations import constant, operand, strong, truth
from .types import machine, type_of
from .values import Value


def scalar(input, offset, dtype, bits=""):
    """The value of a scalar of a dtype in an input."""
    type = type_of(dtype)
    mark = ">" if dtype[0] == ">" else ""
    if bits and type == "BOOL":
        return truth(Value("in", (input, offset, "U1" + bits), "U1"))
    return Value("in", (input, offset, mark + machine(type) + bits), type)


def of_type(read, kind, offset, shift=None):
    """What stands for a field of a record: `kind` is its FieldType."""
    if isinstance(kind, model.Scalar):
        return read(offset, kind.name)
    if isinstance(kind, model.Bits):
        return read(offset, kind.unit.name, ":%d+%d" % (shift, kind.width))
    if isinstance(kind, (model.Nested, model.Union)):
        return RecordValue(read, kind.layout, offset, getattr(kind, "record", None))
    if isinstance(kind, model.Repeated):
        return ShapeValue(read, kind.element, kind.shape, offset)
    return BytesValue(read, kind, offset)


class RecordValue:
    """A symbolic record: r.price and r["price"] are the values of its fields."""

    __slots__ = ("_read", "_layout", "_offset", "_record", "_known")

    def __init__(self, read, layout, offset=0, record=None):
        self._read = read
        self._layout = layout
        self._offset = offset
        self._record = record  # the class; None for a union
        self._known = {}

    def __getattr__(self, name):
        if name in self._layout:
            return self[name]
        if name == "count":
            return lambda: values.aggregate("count", None)
        raise AttributeError(
            "%s has no field %r, it has %s" % (self._layout.name, name, ", ".join(f.name for f in self._layout.named))
        )

    def __getitem__(self, name):
        known = self._known.get(name)
        if known is None:
            if isinstance(name, int):
                return self[[field.name for field in self._layout.named][name]]
            field = self._layout[name]
            known = self._known[name] = of_type(self._read, field.type, self._offset + field.offset, field.shift)
        return known

    def __iter__(self):
        return (self[field.name] for field in self._layout.named)

    def __len__(self):
        return len(self._layout.named)

    def __repr__(self):
        return "<%s: symbolic record>" % self._layout.name

    def _words(self):
        """The bytes of its fields, as values with their offsets."""
        found = {}  # by offset: bits of one unit are written once
        for field in self._layout.named:
            for offset, word in words(self._read, self._offset + field.offset, field.size):
                found[field.offset + offset] = word
        return list(found.items())


class RowValue:
    """The record of the values that a lambda gave as a tuple or a dict."""

    __slots__ = ("_names", "_values")

    def __init__(self, names, values):
        self._names = tuple(names)
        self._values = tuple(values)

    def __getattr__(self, name):
        if name in self._names:
            return self._values[self._names.index(name)]
        if name == "count":
            return lambda: values.aggregate("count", None)
        raise AttributeError("the record has no field %r, it has %s" % (name, ", ".join(self._names)))

    def __getitem__(self, name):
        return self._values[name] if isinstance(name, int) else getattr(self, name)

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __repr__(self):
        return "<%s>" % ", ".join("%s: %s" % (name, value.dtype) for name, value in zip(self._names, self._values))


class ShapeValue:
    """A symbolic element of a fixed shape: v[0], v[1, 2], and `x, y, z = v`."""

    __slots__ = ("_read", "_element", "shape", "_offset")

    def __init__(self, read, element, shape, offset=0):
        self._read = read
        self._element = element
        self.shape = shape
        self._offset = offset

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, key):
        found = self
        for index in key if isinstance(key, tuple) else (key,):
            if not isinstance(found, ShapeValue):
                raise IndexError("too many indices for an element of the shape %s" % (self.shape,))
            found = found._part(index)
        return found

    def _part(self, index):
        if isinstance(index, slice):
            raise TypeError("an element of a shape has no slices here: v[0], v[1]")
        extent, inner = self.shape[0], self.shape[1:]
        if not -extent <= index < extent:
            raise IndexError("index %d is out of range for length %d" % (index, extent))
        size = self._element.size
        for each in inner:
            size *= each
        offset = self._offset + (index % extent) * size
        if inner:
            return ShapeValue(self._read, self._element, inner, offset)
        return of_type(self._read, self._element, offset)

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def __repr__(self):
        return "<%s%s: symbolic>" % (self._element.name, list(self.shape))

    def _words(self):
        size = self._element.size
        for each in self.shape:
            size *= each
        return words(self._read, self._offset, size)


class BytesValue:
    """Symbolic text or bytes, which are compared with others for equality, and no more."""

    __slots__ = ("_read", "_kind", "_offset")

    def __init__(self, read, kind, offset):
        self._read = read
        self._kind = kind
        self._offset = offset

    def __eq__(self, other):
        size = self._kind.size
        if isinstance(other, str) and isinstance(self._kind, model.Text):
            other = other.encode("utf-8", "surrogateescape")
        if not isinstance(other, (bytes, bytearray)):
            raise TypeError("%s is compared with a str or bytes, not %s" % (self._kind.name, type(other).__name__))
        if len(other) > size:
            return constant(False, "BOOL")
        other = bytes(other).ljust(size, b"\0")
        found = None
        for offset, word in self._words():
            length = int(word._type[1])
            equal = word == int.from_bytes(other[offset : offset + length], "little")
            found = equal if found is None else found & equal
        return found

    def __ne__(self, other):
        return ~(self == other)

    __hash__ = None

    def __repr__(self):
        return "<%s: symbolic>" % self._kind.name

    def __bool__(self):
        from .located import no_truth

        raise no_truth()

    def _words(self):
        return words(self._read, self._offset, self._kind.size)


def words(read, start, size):
    """The bytes of a part of an element, as (offset from `start` on, value) of integers that are as wide as fits."""
    offset, found = 0, []
    while offset < size:
        length = 8
        while length > size - offset:
            length //= 2
        found.append((offset, read(start + offset, "U%d" % length)))
        offset += length
    return found


SYMBOLIC = (RecordValue, RowValue, ShapeValue, BytesValue)


def row_of(given):
    """The row of the tuple or dict that a lambda gave. TypeError for what is no number in it."""
    if isinstance(given, dict):
        names, values = list(given), list(given.values())
        for name in names:
            if not isinstance(name, str):
                raise TypeError("the names of a record's fields are str, not %s" % type(name).__name__)
    else:
        names, values = ["f%d" % k for k in range(len(given))], given
    if not names:
        raise TypeError("a record needs at least one field")
    nodes = []
    for name, value in zip(names, values):
        node, type_ = (None, None) if isinstance(value, SYMBOLIC) else operand(value)
        if type_ is None:
            raise TypeError("%s: a record is made of numbers and times here, not of %s" % (name, type(value).__name__))
        nodes.append(strong(node, type_))
    return RowValue(names, nodes)
