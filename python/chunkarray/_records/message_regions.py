"""What the bytes of a message mean, as a tree of regions: see regions.py, which has those of fixed size."""

from . import model
from .fixed import Held, codec
from .hex_text import as_memory
from .model import NOTHING
from .problems import Problem
from .reading import Plan, State
from .regions import CUT_OFF, Region, Several, constant_note, shown_bytes, shown_value
from .regions import regions as fixed_regions
from .rows import member_of
from .variable import Checksum, Chosen, Counted, InSize

_NO_LIMIT = 2**63
_SHOWN_VALUES = 8
_SHOWN_TEXT = 40


def regions(layout, memory, offset=0):
    """The region of a message of this layout that lies in `memory` at `offset`, as far as it is there."""
    memory = as_memory(memory)
    if not 0 <= offset <= len(memory):
        raise ValueError("offset %d lies outside of the %d bytes" % (offset, len(memory)))
    state = State(memory, offset, _NO_LIMIT, False, [])
    note, nodes = "", state.nodes
    try:
        _, end = Plan(layout).read(state, offset)
    except Problem as problem:
        end = max([offset] + [node.offset + node.size for node in nodes])
        note = CUT_OFF if problem.needs is not None else ""
    return Region("", layout.name, offset, end - offset, note=note, children=_Reader(memory).fields(nodes))


class _Reader:
    """Makes regions of nodes."""

    __slots__ = ("memory",)

    def __init__(self, memory):
        self.memory = memory

    def fields(self, nodes):
        """The regions of a message's fields."""
        found, values = [], [node.value for node in nodes]
        for node in nodes:
            found.append(self.region(node, node.field, values))
        return tuple(found)

    def region(self, node, field, values):
        kind = field.type
        if isinstance(kind, Chosen):
            inner = kind.case(values)
            return self.plain(node, field) if inner is None else self.region(node, inner, values)
        if isinstance(kind, InSize):
            return self.region(node, kind.field, values)
        if field.is_padding:
            return Region("", kind.name, node.offset, node.size, note=node.note or "padding")
        if isinstance(kind, model.Nested) and kind.size is None:
            return self.plain(node, field, children=self.fields(node.children))
        if isinstance(kind, Counted) and isinstance(kind.element, model.Nested):
            return self.plain(node, field, children=self.elements(node, kind.element))
        if node.value is None and isinstance(kind, model.Nested):
            region = fixed_regions(kind.layout, self.memory, node.offset)
            region.name = node.field.name
            return region
        if node.value is None:
            return self.plain(node, field)
        if isinstance(kind, Checksum):
            return self.checksum(node, field)
        return self.value(node, field)

    def plain(self, node, field, **more):
        return Region(node.field.name, field.type.name, node.offset, node.size, note=node.note, **more)

    def elements(self, node, element):
        if element.size is None:
            return tuple([self.region(child, child.field, ()) for child in node.children])

        def make(index):
            region = fixed_regions(element.layout, self.memory, node.offset + index * element.size)
            region.name = "[%d]" % index
            return region

        return Several(node.size // element.size, make)

    def checksum(self, node, field):
        digits = 2 * field.type.bytes
        good = node.value == node.right
        note = "%s ok" % field.type.sum
        if not good:
            note = "%s wrong: is 0x%0*X, computed 0x%0*X" % (field.type.sum, digits, node.value, digits, node.right)
        return self.plain_value(node, field, node.value, "0x%0*X" % (digits, node.value), note)

    def plain_value(self, node, field, value, shown, note=""):
        return Region(
            node.field.name, field.type.name, node.offset, node.size, value=value, shown=shown, note=node.note or note
        )

    def value(self, node, field):
        kind, value = field.type, node.value
        if kind.size is not None and isinstance(codec(field), Held):
            holder = model.lay_out(field.name, [model.Field(field.name, kind)])
            (region,) = fixed_regions(holder, self.memory, node.offset).children
            return region
        if isinstance(value, bytes):
            note = "" if field.constant is NOTHING else constant_note(field, value)
            return self.plain_value(node, field, value, shown_bytes(value), note)
        if isinstance(value, str):
            shown = repr(value) if len(value) <= _SHOWN_TEXT else repr(value[:_SHOWN_TEXT]) + "..."
            return self.plain_value(node, field, value, shown)
        if isinstance(kind, Counted):
            few = [str(each) for each in value[:_SHOWN_VALUES]] + ["..."] * (len(value) > _SHOWN_VALUES)
            return self.plain_value(node, field, value, "(%s)" % ", ".join(few))
        region = self.plain_value(node, field, value, shown_value(field, value))
        if field.constant is not NOTHING:
            region.note = constant_note(field, value)
        if isinstance(kind, model.Bits):
            region.bits = (field.shift, kind.width, kind.size)
        if field.members is not None:
            region.value = member_of(field.members)(value)
        return region
