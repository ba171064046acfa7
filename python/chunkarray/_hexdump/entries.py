"""A tree of regions as the entries of a picture: what is a group, what is a field, which colour it has."""

import re

from .colours import PALETTE, next_colour
from .staircase import FIELD, GAP, GROUP, SAID, Entry

_INDEX = re.compile(r"\[\d+\]")
_MANY, _FIRST, _LAST = 16, 8, 2  # more records in a record than _MANY are shown by these
_DEEPEST = 64  # levels; beyond them a region is one field


class Colours:
    """Which colour each field has: the same in each record of an array, and another one than its neighbour's."""

    def __init__(self):
        self._known = {}
        self._last = len(PALETTE) - 1

    def of(self, path, size=1):
        """The colour of the field with this path, whose indexes do not count. One without bytes is nobody's neighbour."""
        colour = self._known.get(path)
        if colour is None:
            colour = self._known[path] = next_colour(self._last)
        if size:
            if colour == self._last:
                colour = next_colour(colour)
            self._last = colour
        return colour


class Walk:
    """Entries of regions, one after the other.

    read     gives the bytes of [start, end)
    start    offset of the first byte to show
    end      offset behind the last one
    whole    whether long arrays of records are shown in full
    base     what to add to the regions' offsets
    """

    def __init__(self, read, start, end, whole, colours=None):
        self._read = read
        self._start, self._end = start, end
        self._whole = whole
        self._colours = Colours() if colours is None else colours
        self.base = 0

    def members(self, region, depth=0, path=()):
        """The entries of what lies in a region, gaps included."""
        place = region.offset + self.base
        end = place + region.size
        for entry, region_end in self._each(region.children, depth, path, place):
            if entry.kind != SAID and entry.offset > place and region_end is not None:
                yield from self._gap(place, entry.offset, depth)
            if region_end is not None:
                place = max(place, region_end)
            yield entry
        if place < end:
            yield from self._gap(place, end, depth)

    def region(self, region, depth=0, path=()):
        """The entries of a region and what lies in it."""
        offset = region.offset + self.base
        if offset >= self._end and region.size or offset + region.size <= self._start and region.size:
            return
        name = region.name or ""
        path = (*path, _INDEX.sub("", name))
        if getattr(region, "children", ()) and depth < _DEEPEST:
            labels = (name, region.type, region.shown or size_text(region.size), region.note)
            yield Entry(GROUP, offset, region.size, labels, depth)
            yield from self.members(region, depth + 1, path)
        elif region.bits is not None:
            yield self._bits(region, offset, depth, path)
        else:
            yield self._leaf(region, offset, depth, path)

    def _leaf(self, region, offset, depth, path):
        end = offset + region.size
        start, stop = max(offset, self._start), min(end, self._end)
        padding = not region.name and region.note == "padding"
        labels = (region.name, region.type, self._value(region, offset), region.note)
        if padding:
            return Entry(GAP, start, stop - start, ("padding", "", size_text(region.size), ""), depth)
        if start > offset:
            labels = ("%s, from byte %s on" % (labels[0], format(start - offset, ",")), *labels[1:])
        return Entry(FIELD, start, max(0, stop - start), labels, depth, self._colours.of(path, stop - start))

    def _value(self, region, offset):
        """The value in words. Bytes stand in the picture already: of them what can be read as characters."""
        if not region.type.startswith("B1["):
            return region.shown
        data = self._read(offset, offset + min(region.size, 64))
        if data and len(data) == region.size and all(0x20 <= byte < 0x7F for byte in data):
            return repr(data)
        return size_text(region.size)

    def _bits(self, region, offset, depth, path):
        """Bits of a unit: the bytes of it that they lie in, and which of their bits they are."""
        shift, width, size = region.bits
        low, high = shift // 8, min(size - 1, (shift + width - 1) // 8)
        is_big = region.type.startswith(">") or size == 1
        first, last = (size - 1 - high, size - 1 - low) if is_big else (low, high)
        start, stop = offset + first, min(offset + last + 1, self._end)
        data = self._read(start, stop)
        note, drawn = ", ".join(filter(None, (bits_text(shift, width), region.note))), ""
        if high - low < 2 and len(data) == high - low + 1:
            word = int.from_bytes(data, "big" if is_big else "little")
            drawn = pattern(word, 8 * len(data), shift - 8 * low, width)
        labels = (region.name, region.type, region.shown, note)
        return Entry(FIELD, start, max(0, stop - start), labels, depth, self._colours.of(path), bits=drawn)

    def _gap(self, start, end, depth):
        start, end = max(start, self._start), min(end, self._end)
        if start < end:
            yield Entry(GAP, start, end - start, ("no field", "", size_text(end - start), ""), depth)

    def _each(self, children, depth, path, start):
        """Pairs of an entry and, for the first one of each child, where that child ends.

        Of records that follow each other and have the same bytes one is shown, of many of them the ends are.
        """
        children, said = self._chosen(children)
        place, claimed = 0, set()
        while place < len(children):
            if place in said:
                yield Entry(SAID, start, 0, (said[place],), depth), None
            child = children[place]
            entries = self.region(child, depth, path)
            end = child.offset + self.base + child.size
            for entry in entries:
                yield entry, end
                end = None
                if child.bits is not None:
                    claimed.update(range(entry.offset, entry.offset + entry.size))
            if claimed and (place + 1 == len(children) or not _share(child, children[place + 1])):
                # Bytes of a unit of bits in which no field has one.
                offset = child.offset + self.base
                for byte in range(offset, offset + child.size):
                    if byte not in claimed:
                        yield from ((gap, None) for gap in self._gap(byte, byte + 1, depth))
                claimed = set()
            same = self._same(children, place, said)
            if same > 1:
                text = "* %s more %s records with the same bytes" % (format(same, ","), child.type)
                yield Entry(SAID, start, 0, (text,), depth), children[place + same].offset + self.base + child.size
                place += same
            place += 1

    def _chosen(self, children):
        """The children to show, and {place: text} for what is left out before that place."""
        if self._whole or len(children) <= _MANY or not getattr(children[0], "children", ()):
            return children, {}
        # A sequence that makes regions as they are looked at is an array, whose elements are alike.
        if isinstance(children, (tuple, list)) and any(child.type != children[0].type for child in children):
            return children, {}
        first, behind = children[_FIRST], children[len(children) - _LAST]
        size = size_text(behind.offset - first.offset)
        text = "... %s more %s records, %s" % (format(len(children) - _FIRST - _LAST, ","), first.type, size)
        return [*children[:_FIRST], *children[len(children) - _LAST :]], {_FIRST: text}

    def _same(self, children, place, said):
        """How many records that follow have the type and the bytes of the one at `place`."""
        first = children[place]
        if not getattr(first, "children", ()) or not first.size:
            return 0
        count, data = 0, None
        for next_place in range(place + 1, len(children)):
            other = children[next_place]
            if next_place in said or (other.type, other.size) != (first.type, first.size):
                break
            if not self._start <= other.offset + self.base <= self._end - other.size:
                break
            if data is None:
                data = self._bytes(first)
            if self._bytes(other) != data:
                break
            count += 1
        return count

    def _bytes(self, region):
        offset = region.offset + self.base
        return self._read(offset, offset + region.size)


def _share(bits, other):
    """Whether two regions are bits of one unit."""
    return other.bits is not None and (other.offset, other.size) == (bits.offset, bits.size)


def size_text(size):
    """A number of bytes in words."""
    return "1 byte" if size == 1 else "%s bytes" % format(size, ",")


def bits_text(shift, width):
    """Which bits of their unit, counted from the least significant one."""
    return "bit %d" % shift if width == 1 else "bits %d-%d" % (shift + width - 1, shift)


def pattern(word, width, shift, count):
    """The bits of a word, the most significant one first, with dots for all but the `count` bits from `shift` on."""
    digits = ""
    for bit in reversed(range(width)):
        digits += str(word >> bit & 1) if shift <= bit < shift + count else "."
        if bit and bit % 4 == 0:
            digits += " "
    return digits
