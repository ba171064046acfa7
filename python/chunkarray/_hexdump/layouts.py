"""The picture of a layout: where each field of a record lies, in which byte order, and which bits are whose.

The same staircase as a hexdump's. In the place of bytes stands what they are in their number: `lo` its least significant
byte, `hi` its most significant one.
"""

from itertools import islice

from .._records.model import NOTHING, Bits, Padding, Repeated, Scalar, inner_layout
from .._records.variable import Checksum, Chosen, Counted, InSize
from .entries import Colours, bits_text, pattern, size_text
from .escaping import safe
from .staircase import FIELD, GAP, GROUP, SAID, UNPLACED, Entry, Staircase

_LEGEND = (
    "lo, hi: the least and the most significant byte of a number. Bits are counted from the least significant one."
)
_UNALIGNED = "!: not at a multiple of the alignment."
_RELATIVE = "+: from the start of the record around it."
_UNKNOWN = "?: only the data tells."
_MEMBERS = 6  # of an enum that are named
_MOST = 2000  # lines of fields
_DEEPEST = 32


class _Place:
    """Where something lies: an offset from the start of all, or (`relative`) of the record around it; None: unknown."""

    __slots__ = ("offset", "relative")

    def __init__(self, offset, relative=False):
        self.offset = offset
        self.relative = relative

    def plus(self, offset):
        """The place of a field with this offset in a record that lies here."""
        if offset is None or self.offset is None:
            return _Place(None)
        return _Place(self.offset + offset, self.relative)

    def inside(self):
        """The place of a record here, as its fields are to tell theirs."""
        return self if self.offset is not None else _Place(0, True)

    def __str__(self):
        if self.offset is None:
            return "?"
        return ("+" if self.relative else "") + format(self.offset, ",")


class LayoutPicture(Staircase):
    """What Record.layout() gives: str() of it is plain text, a notebook shows it in colour, and show() prints it."""

    __slots__ = ("_numbers", "_places", "_colours")
    _has_characters = False
    _readable = 50
    _long = 4
    _heads = ("field", "type", "   at bytes  order   align")

    def __init__(self, layout, width=None):
        self._width = width
        self._whole = False
        size = "as many bytes as the data tells" if layout.size is None else size_text(layout.size)
        how = "aligned to %d" % layout.align if layout.align > 1 else "no alignment"
        self.title = "%s: %s, %s" % (layout.name, size, how)
        self._numbers = {}  # of an entry that has numbers: bytes of one, and whether it is big-endian
        self._places = {}  # of entries whose place is relative or unknown
        self._colours = Colours()
        entries = self._members(layout, _Place(0), 0, ())
        self._entries = list(islice(entries, _MOST))
        left_out = next(entries, None) is not None
        unaligned = any(entry.labels[2].endswith("!") for entry in self._entries if entry.kind != SAID)
        legend = [
            (_LEGEND, bool(self._numbers)),
            (_UNALIGNED, unaligned),
            (_RELATIVE, any(place.relative for place in self._places.values())),
            (_UNKNOWN, layout.size is None),
        ]
        legend = [text for text, is_needed in legend if is_needed]
        self._footer = ["... and more fields"] * left_out + ([" ".join(legend)] if legend else [])

    def _read(self, start, end):
        return bytes(end - start)

    def _offset_text(self, entry, start, digits):
        place = self._places.get(entry)
        if place is None:
            return super()._offset_text(entry, start, digits)
        return ("?" if place.offset is None else "+%x" % start).rjust(digits)

    def _cells(self, entry, start, end, unicode):
        between = "··" if unicode else ".."
        if entry.kind == GAP:
            return ["--"] * (end - start)
        size, is_big = self._numbers.get(entry, (0, False))
        if size < 2:
            return [between] * (end - start)
        marks = ["lo", *[between] * (size - 2), "hi"]
        marks = marks[::-1] if is_big else marks
        return [marks[(place - entry.offset) % size] for place in range(start, end)]

    def _members(self, layout, here, depth, path):
        """The entries of the fields of a record that lies `here`."""
        for field in layout.fields:
            yield from self._field(field, layout, here.plus(field.offset), depth, (*path, field.name))

    def _field(self, field, layout, place, depth, path):
        type = field.type
        while isinstance(type, InSize):
            type = type.field.type
        inner = inner_layout(type)
        if field.is_padding:
            yield self._entry(GAP, place, type.size, ("padding", "", _facts(place, type), ""), depth)
        elif isinstance(type, Bits):
            yield self._bits(field, place, depth, path)
        elif isinstance(type, Chosen) and depth < _DEEPEST:
            yield self._group(field, place, depth)
            yield from self._cases(type, layout, place, depth + 1, path)
        elif isinstance(type, Counted) and hasattr(type.element, "layout") and depth < _DEEPEST:
            yield self._group(field, place, depth)
            yield from self._members(type.element.layout, place.inside(), depth + 1, path)
        elif inner is None or depth >= _DEEPEST:
            yield self._leaf(field, place, depth, path)
        else:
            yield self._group(field, place, depth)
            yield from self._members(inner, place.inside(), depth + 1, path)
            if isinstance(type, Repeated):
                count = type.size // inner.size - 1
                if count:
                    each = "s, %s each" % size_text(inner.size) if count > 1 else ", " + size_text(inner.size)
                    yield Entry(SAID, 0, 0, ("* %s more %s record%s" % (format(count, ","), inner.name, each),), depth)

    def _cases(self, type, layout, place, depth, path):
        """What a switch may come to: each case under the value of its tag."""
        tag = layout[type.tag] if type.tag in layout else None
        cases = [(_shown_case(tag, key), field) for key, field in type.cases.items()]
        if type.default is not None:
            cases.append(("else", type.default))
        for shown, field in cases:
            for entry in self._field(field, layout, place, depth, (*path, shown)):
                if entry.depth == depth and entry.kind != SAID:
                    entry.labels = ("%s:" % shown, *entry.labels[1:])
                yield entry

    def _group(self, field, place, depth):
        labels = (field.name, field.type.name, _facts(place, field.type), _note(field))
        return self._entry(GROUP, place, field.type.size, labels, depth)

    def _leaf(self, field, place, depth, path):
        type = field.type
        scalar = _scalar(type)
        size = scalar.size if isinstance(type, Checksum) else type.size
        labels = (field.name, type.name, _facts(place, type), _note(field))
        entry = self._entry(FIELD, place, size, labels, depth, self._colours.of(path))
        if isinstance(scalar, Scalar) and scalar.size > 1:
            self._numbers[entry] = scalar.size, scalar.is_big_endian
        return entry

    def _bits(self, field, place, depth, path):
        """Bits: the bytes of their unit that have some of them."""
        type, size = field.type, field.type.size
        low, high = field.shift // 8, (field.shift + type.width - 1) // 8
        first = size - 1 - high if type.unit.is_big_endian else low
        note = ", ".join(filter(None, (bits_text(field.shift, type.width), _note(field))))
        count = 8 * (high - low + 1)
        drawn = ""
        if count <= 16:
            drawn = pattern(0, count, field.shift - 8 * low, type.width).replace("0", "#")
        labels = (field.name, type.name, _facts(place, type), note)
        colour = self._colours.of(path)
        return self._entry(FIELD, place.plus(first), high - low + 1, labels, depth, colour, bits=drawn)

    def _entry(self, kind, place, size, labels, depth, colour=0, bits=""):
        """An entry, whose place or size the data may tell."""
        if kind != GROUP and (place.offset is None or size is None):
            kind = UNPLACED
        entry = Entry(kind, place.offset or 0, size or 0, labels, depth, colour, bits=bits)
        if place.relative or place.offset is None:
            self._places[entry] = place
        return entry


def _scalar(type):
    """What a type has numbers of, if any."""
    if isinstance(type, (Repeated, Counted)):
        return type.element
    return type.unit if isinstance(type, Bits) else type.scalar if isinstance(type, Checksum) else type


def _facts(place, type):
    """Offset, size, byte order and alignment of a type, below `heads`."""
    scalar = _scalar(type)
    order = ""
    if isinstance(scalar, Scalar) and scalar.size > 1:
        order = "big" if scalar.is_big_endian else "little"
    size = scalar.size if isinstance(type, Checksum) else type.size
    size = "?" if size is None else format(size, ",")
    align = "" if isinstance(type, Padding) else type.align
    mark = " !" if align and place.offset is not None and place.offset % align else "  "
    return ("%5s %5s  %-6s  %5s%s" % (place, size, order, align, mark)).rstrip()


def _shown_case(tag, key):
    """A value of a tag, by its name where it has one."""
    if tag is not None and tag.members is not None:
        for member in tag.members:
            if member == key:
                return member.name
    return safe(repr(key))


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
