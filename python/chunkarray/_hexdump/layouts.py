"""The picture of a layout: where each field of a record lies, in which byte order, and which bits are whose.

The same staircase as a hexdump's. In the place of bytes stands what they are in their number: `lo` its least significant
byte, `hi` its most significant one.
"""

from .._records.model import NOTHING, Bits, Padding, Repeated, Scalar, inner_layout
from .entries import Colours, bits_text, pattern, size_text
from .staircase import FIELD, GAP, GROUP, SAID, UNPLACED, Entry, Staircase

_LEGEND = (
    "lo, hi: the least and the most significant byte of a number. Bits are counted from the least significant one."
)
_UNALIGNED = "!: not at a multiple of the alignment."
_MEMBERS = 6  # of an enum that are named
_DEEPEST = 64


class LayoutPicture(Staircase):
    """What Record.layout() gives: str() of it is plain text, a notebook shows it in colour, and show() prints it."""

    __slots__ = ("_numbers",)
    has_characters = False
    readable = 50
    long = 4
    heads = ("field", "type", "   at bytes  order   align")

    def __init__(self, layout, width=None):
        self.width = width
        self.whole = False
        size = "as many bytes as the data tells" if layout.size is None else size_text(layout.size)
        how = "aligned to %d" % layout.align if layout.align > 1 else "no alignment"
        self.title = "%s: %s, %s" % (layout.name, size, how)
        self._numbers = {}  # (offset, size) of a field that has numbers: bytes of one, and whether it is big-endian
        self.entries = list(self._members(layout, 0, 0, Colours()))
        unaligned = any(entry.labels[2].endswith("!") for entry in self.entries if entry.kind != SAID)
        legend = [_LEGEND] * bool(self._numbers) + [_UNALIGNED] * unaligned
        self.footer = [" ".join(legend)] if legend else []

    def read(self, start, end):
        return bytes(end - start)

    def cells(self, entry, start, end, unicode):
        between = "··" if unicode else ".."
        if entry.kind == GAP:
            return ["--"] * (end - start)
        size, is_big = self._numbers.get((entry.offset, entry.size), (0, False))
        if size < 2:
            return [between] * (end - start)
        marks = ["lo", *[between] * (size - 2), "hi"]
        marks = marks[::-1] if is_big else marks
        return [marks[(place - entry.offset) % size] for place in range(start, end)]

    def _members(self, layout, base, depth, colours, path=()):
        """The entries of a record's fields. `base` is the record's own offset, None where it is not known."""
        for field in layout.fields:
            offset = None if base is None or field.offset is None else base + field.offset
            yield from self._field(field, offset, depth, colours, (*path, field.name))

    def _field(self, field, offset, depth, colours, path):
        type = field.type
        inner = inner_layout(type)
        if field.is_padding:
            yield _entry(GAP, offset, type.size, ("padding", "", _facts(offset, type), ""), depth)
        elif isinstance(type, Bits):
            yield self._bits(field, offset, depth, colours.of(path))
        elif inner is None or depth >= _DEEPEST:
            yield self._leaf(field, offset, depth, colours.of(path))
        else:
            yield _entry(GROUP, offset, type.size, (field.name, type.name, _facts(offset, type), _note(field)), depth)
            yield from self._members(inner, offset, depth + 1, colours, path)
            if isinstance(type, Repeated):
                count = type.size // inner.size - 1
                if count:
                    text = "* %s more %s records, %s each" % (format(count, ","), inner.name, size_text(inner.size))
                    yield Entry(SAID, 0, 0, (text,), depth)

    def _leaf(self, field, offset, depth, colour):
        type = field.type
        scalar = type.element if isinstance(type, Repeated) else type
        labels = (field.name, type.name, _facts(offset, type), _note(field))
        entry = _entry(FIELD, offset, type.size, labels, depth, colour)
        if isinstance(scalar, Scalar) and scalar.size > 1:
            self._numbers[entry.offset, entry.size] = scalar.size, scalar.is_big_endian
        return entry

    def _bits(self, field, offset, depth, colour):
        """Bits: the bytes of their unit that have some of them."""
        type, size = field.type, field.type.size
        low, high = field.shift // 8, (field.shift + type.width - 1) // 8
        first = size - 1 - high if type.unit.is_big_endian else low
        note = ", ".join(filter(None, (bits_text(field.shift, type.width), _note(field))))
        count = 8 * (high - low + 1)
        drawn = ""
        if count <= 16:
            drawn = pattern(0, count, field.shift - 8 * low, type.width).replace("0", "#")
        labels = (field.name, type.name, _facts(offset, type), note)
        offset = None if offset is None else offset + first
        return _entry(FIELD, offset, high - low + 1, labels, depth, colour, bits=drawn)


def _entry(kind, offset, size, labels, depth, colour=0, bits=""):
    """An entry, whose place or size the data may tell."""
    if offset is None or size is None:
        kind = GROUP if kind == GROUP else UNPLACED
    return Entry(kind, offset or 0, size or 0, labels, depth, colour, bits=bits)


def _facts(offset, type):
    """Offset, size, byte order and alignment of a type, below `heads`."""
    scalar = type.element if isinstance(type, Repeated) else type.unit if isinstance(type, Bits) else type
    order = ""
    if isinstance(scalar, Scalar) and scalar.size > 1:
        order = "big" if scalar.is_big_endian else "little"
    at = "?" if offset is None else format(offset, ",")
    size = "?" if type.size is None else format(type.size, ",")
    align = "" if isinstance(type, Padding) else type.align
    mark = " !" if align and offset is not None and offset % align else "  "
    return ("%5s %5s  %-6s  %5s%s" % (at, size, order, align, mark)).rstrip()


def _note(field):
    """What else there is to know of a field."""
    said = []
    if field.constant is not NOTHING:
        said.append("always %r" % (field.constant,))
    elif field.default is not NOTHING:
        said.append("default %r" % (field.default,))
    if field.members is not None:
        names = ["%s=%d" % (member.name, member.value) for member in field.members]
        said.append(", ".join(names[:_MEMBERS]) + (", ..." if len(names) > _MEMBERS else ""))
    return "; ".join(said)
