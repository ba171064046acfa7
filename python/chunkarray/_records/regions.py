"""What the bytes of a record mean, as a tree of regions: what pictures of them are drawn from."""

from .._elements import shower
from .._load import core
from . import model
from .hex_text import as_memory
from .model import NOTHING
from .rows import member_of
from .union import Overlay
from .values import shown_member

CUT_OFF = "cut off"
_SHOWN_BYTES = 24
_SHOWN_VALUES = 8


class Region:
    """Some bytes that have a name and a meaning.

    name      a field's name, "[3]" for a record in an array, "" for padding
    type      as it is written: "F4", ">U2", "U1:3", "TEXT[16]"; for records the class's name
    offset    bytes from the start of the memory
    size      bytes; of a region that is cut off, those that are there
    bits      None or (shift, width, size of the unit): offset and size are then those of the whole unit
    value     as the field of a row gives it; None for records
    shown     the value as text
    note      "constant", "padding", "cut off" or what else is to be said, else ""
    children  the regions inside, a sequence, in order; those of a union lie over one another
    """

    __slots__ = ("name", "type", "offset", "size", "bits", "value", "shown", "note", "children")

    def __init__(self, name, type, offset, size, bits=None, value=None, shown="", note="", children=()):
        self.name = name
        self.type = type
        self.offset = offset
        self.size = size
        self.bits = bits
        self.value = value
        self.shown = shown
        self.note = note
        self.children = children

    def __repr__(self):
        return "<%s: %s, %d bytes at %d%s>" % (
            self.name or "region",
            self.type,
            self.size,
            self.offset,
            ", " + self.shown if self.shown else "",
        )


def regions(layout, memory, offset=0):
    """The region of a record of this layout that lies in `memory`, a buffer or hex text, at `offset`.

    Where the memory ends before the record does, there is what there is, and what lacks bytes is noted as cut off.
    """
    memory = as_memory(memory)
    if layout.size is None:
        from .message import regions as of_message

        return of_message(layout, memory, offset)
    if not 0 <= offset <= len(memory):
        raise ValueError("offset %d lies outside of the %d bytes" % (offset, len(memory)))
    there = bytes(memory[offset : offset + layout.size])
    source = core.Array(layout.text, chunk_size=1)
    source.frombytes(there.ljust(layout.size, b"\0"))
    return _Reader(source, offset, len(there)).record("", layout, 0, 0)


class Several:
    """The records of an array as regions, each made when it is looked at."""

    __slots__ = ("count", "make")

    def __init__(self, count, make):
        self.count = count
        self.make = make

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self.make(i) for i in range(self.count)[index]]
        return self.make(range(self.count)[index])

    def __iter__(self):
        return map(self.make, range(self.count))


class _Reader:
    """One record: a native array that has it as its only element, where it began, and how many bytes there are."""

    __slots__ = ("source", "origin", "have")

    def __init__(self, source, origin, have):
        self.source = source
        self.origin = origin
        self.have = have

    def region(self, name, type, base, size, **more):
        """A region of what there is between `base` and `base + size`."""
        if base + size > self.have:
            more["note"] = CUT_OFF
            size = max(self.have - base, 0)
        return Region(name, type, self.origin + base, size, **more)

    def record(self, name, layout, base, leaf):
        return self.region(name, layout.name, base, layout.size, children=self.fields(layout, base, leaf))

    def fields(self, layout, base, leaf):
        found = []
        for field in layout.fields:
            found.append(self.field(field, base + field.offset, leaf + field.leaf))
            if base + field.offset + field.size > self.have:
                break  # it is the one that is cut off
        return tuple(found)

    def field(self, field, base, leaf):
        kind = field.type
        if field.is_padding:
            return self.region("", kind.name, base, field.size, note="padding")
        if isinstance(kind, model.Nested):
            return self.record(field.name, kind.layout, base, leaf)
        if isinstance(kind, model.Union):
            return self.region(field.name, kind.name, base, field.size, children=self.union(kind.layout, base, leaf))
        if isinstance(kind, model.Repeated) and isinstance(kind.element, model.Nested):
            return self.array(field.name, kind, kind.shape, base, leaf)
        if base + field.size > self.have:
            return self.region(field.name, kind.name, base, field.size)
        bits = (field.shift, kind.width, kind.size) if isinstance(kind, model.Bits) else None
        number = self.source._field(0, base, leaf)
        value = number if field.members is None else member_of(field.members)(number)
        note = "" if field.constant is NOTHING else constant_note(field, number)
        shown = shown_value(field, number)
        return self.region(field.name, kind.name, base, field.size, bits=bits, value=value, shown=shown, note=note)

    def union(self, layout, base, leaf):
        inner = _Reader(Overlay(layout, self.source, base, leaf), self.origin + base, self.have - base)
        return tuple([inner.field(field, 0, field.leaf) for field in layout.fields])

    def array(self, name, kind, shape, base, leaf):
        size = kind.element.size
        for extent in shape[1:]:
            size *= extent

        def make(index):
            at = base + index * size
            if len(shape) > 1:
                return self.array("[%d]" % index, kind, shape[1:], at, leaf)
            return self.record("[%d]" % index, kind.element.layout, at, leaf)

        there = min(shape[0], max(-(-(self.have - base) // size), 0))
        text = "%s[%s]" % (kind.element.name, ",".join(map(str, shape)))
        return self.region(name, text, base, shape[0] * size, children=Several(there, make))


def constant_note(field, number):
    """What is to be said of a constant that has this value."""
    if number == field.constant:
        return "constant"
    members = field.members
    return "wrong: always %s" % (repr(field.constant) if members is None else shown_member(members, field.constant))


def shown_value(field, number):
    """A value of a field as text, from what the native arrays give: raw numbers as hex, times as dates, names."""
    kind = field.type
    if field.members is not None:
        named = shown_member(field.members, number)
        return named if named == repr(number) else "%s (%d)" % (named.strip("'"), number)
    if isinstance(number, bytes):
        return shown_bytes(number)
    if isinstance(number, tuple):
        show = shower(kind.element.name)
        return "(%s%s)" % (", ".join(_flat(number, show)), ", ..." if _is_longer(number) else "")
    if isinstance(kind, model.Bits):
        return ("0x%x" % number) if kind.unit.kind == "B" else repr(number)
    return shower(kind.name)(number) if isinstance(kind, model.Scalar) else repr(number)


def shown_bytes(data):
    """Bytes as text where they are text, as hex where they are not; the first of them where they are many."""
    more = "" if len(data) <= _SHOWN_BYTES else " ... %d bytes" % len(data)
    data = data[:_SHOWN_BYTES]
    if data and all(32 <= byte < 127 for byte in data.rstrip(b"\0")) and data.rstrip(b"\0"):
        return repr(data)[1:] + more
    return " ".join("%02x" % byte for byte in data) + more


def _flat(values, show):
    return [
        "(%s)" % ", ".join(_flat(value, show)) if isinstance(value, tuple) else show(value)
        for value in values[:_SHOWN_VALUES]
    ]


def _is_longer(values):
    return len(values) > _SHOWN_VALUES
