"""Unions: fields that share the same bytes.

To the native arrays a union is raw bytes. `Overlay` reads and writes its fields in them, and behaves as an array to the
row that people get for it.
"""

from .._load import core
from .._twin import elements, records
from . import model
from .rows import described, row
from .values import converted, prefixed


def union_property(field):
    """The property of a union field: a row over its bytes, which writes into them."""
    offset, leaf, type = field.offset, field.leaf, field.type
    cls = union_class(field.name, type.layout)

    def get(self):
        return row(cls, Overlay(type.layout, self._of, self._base + offset, self._leaf + leaf), self._at)

    def put(self, value):
        value = union_bytes(field.name, type, value)
        self._of._set_field(self._at, self._base + offset, self._leaf + leaf, value)

    return property(get, put, doc=described(field))


def union_class(name, layout):
    """The record class of a union's rows."""
    from .making import of_layout
    from .record import Record

    made = model.Layout(name, layout.fields, layout.size, layout.align)
    return of_layout(Record, made, __name__)


class Overlay:
    """The bytes of a union, as an array of the union's fields."""

    __slots__ = ("layout", "of", "base", "leaf")

    def __init__(self, layout, of, base, leaf):
        self.layout = layout
        self.of = of
        self.base = base
        self.leaf = leaf

    def _field(self, at, offset, leaf):
        return elements.decode(_leaves(self.layout)[leaf], self.of._field(at, self.base, self.leaf), offset)

    def _set_field(self, at, offset, leaf, value):
        leaf = _leaves(self.layout)[leaf]
        data = elements.encode(leaf, value)
        memory = bytearray(self.of._field(at, self.base, self.leaf))
        elements.put(leaf, memory, offset, data)
        self.of._set_field(at, self.base, self.leaf, bytes(memory))

    def _field_chunks(self, start, step, count, offset, dtype):
        return self.of._field_chunks(start, step, count, self.base + offset, dtype)


def _leaves(layout):
    """The types of a union's leaves, by their numbers."""
    if layout.leaf_types is None:
        layout.leaf_types = [leaf for field in layout.named for leaf in records.parse(field.alone()).leaves]
    return layout.leaf_types


def scratch(field, size, memory):
    """A native array of one record, the bytes `memory`, which has only this field, at offset 0."""
    array = core.Array(field.alone(size), chunk_size=1)
    array.frombytes(memory)
    return array


def union_bytes(path, type, value):
    """The bytes of what is given for a union: bytes, a row of such a union, or a dict of one of its fields."""
    size = type.size
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = bytes(value)
        if len(value) != size:
            raise ValueError("%s takes %d bytes, not %d" % (path, size, len(value)))
        return value
    if getattr(getattr(value, "__layout__", None), "fields", None) is type.layout.fields:
        return value._of.of._field(value._at, value._of.base, value._of.leaf)
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in type.layout:
        ((name, given),) = value.items()
        field = type.layout[name]
        array = scratch(field, size, bytes(size))
        try:
            array._set_at(0, (converted(type.layout, field, given),))
        except (TypeError, ValueError, OverflowError) as error:
            raise prefixed(path, error) from None
        return array.tobytes()
    names = " or ".join("{%r: ...}" % field.name for field in type.layout.named)
    shown = repr(value) if isinstance(value, dict) else value.__class__.__name__
    raise TypeError("%s takes %d bytes or %s, not %s" % (path, size, names, shown))
