"""The picture itself: rows of bytes, in which each field has lines of its own, with its name, type and value beside it.

    0000  01 00 00 00 00 00 00 00                           ........          time   U8   1
    0008                           00 00 20 40                      .. @      price  F4   2.5

Bytes stand in the column of their offset, so a picture reads like any hexdump, and without colour too.
"""

import re
import textwrap

from .colours import next_colour
from .escaping import columns, cut, safe
from .picture import Picture

FIELD, GROUP, GAP, PLAIN, UNPLACED, SAID = "field", "group", "gap", "plain", "unplaced", "said"

_NAME = 40  # columns, at most, of a name with what is before it
_TYPE = 24  # columns, at most, of a type
_OWN_BITS = re.compile(r"([^. ]+(?: [^. ]+)*)")
_WIDTHS = (16, 8, 4)  # bytes in a row


class Entry:
    """One thing with a name and bytes: a field, or a group of fields, whose bytes its members show.

    kind      FIELD; GROUP; GAP, bytes without a field; PLAIN, bytes that are shown by what they are as characters;
              UNPLACED, a field whose place or size is not known; SAID, a line of text, which is the name
    offset    of its first byte
    size      how many bytes
    labels    (name, type, value, note), made safe; or a function of an offset and its end that gives them for a row
    depth     in how many groups it lies
    colour    a number of the palette
    unit      bytes of one element, where elements that follow each other are to be told apart; else 0
    bits      the bits of a field that has only some, as `pattern` gives them, or ""
    """

    __slots__ = ("kind", "offset", "size", "labels", "depth", "colour", "unit", "bits")

    def __init__(self, kind, offset, size, labels, depth=0, colour=0, unit=0, bits=""):
        self.kind = kind
        self.offset = offset
        self.size = size
        self.labels = labels if callable(labels) else tuple(map(safe, labels))
        self.depth = depth
        self.colour = colour
        self.unit = unit
        self.bits = bits

    def label(self, start, end):
        """Name, type, value and note for the row with these bytes; None for a row that continues a field."""
        if callable(self.labels):
            return tuple(map(safe, self.labels(start, end)))
        return self.labels if start == self.offset else None

    def styles(self, start, data):
        """The style of each byte of `data`, which is at offset `start`."""
        if self.kind == PLAIN:
            return [_class_of(byte) for byte in data]
        if self.kind == GAP:
            return ["dim"] * len(data)
        if not self.unit:
            return [self.colour] * len(data)
        pair = (self.colour, next_colour(self.colour))
        return [pair[(place - self.offset) // self.unit % 2] for place in range(start, start + len(data))]


def _class_of(byte):
    if byte == 0:
        return "dim"
    if byte in b" \t\n\r\v\f":
        return "space"
    return "text" if 0x20 < byte < 0x7F else "high" if byte > 0x7F else "control"


class Staircase(Picture):
    """A picture of entries. Subclasses give:

    title      the line above all, or ""
    _heads     what stands above names, types and values
    _entries   a list of Entry, in the order in which they are shown
    _footer    lines below all, as text
    _width     bytes in a row, or None for as many of 16, 8 and 4 as leave room for what is beside them
    _whole     whether long fields are shown in full
    _read      a method
    """

    __slots__ = ("title", "_entries", "_footer", "_width", "_whole")
    _has_characters = True
    _readable = 28  # columns of a value with which it can be read, mostly; half of them are better than narrower rows
    _long = 8  # rows that are shown of a field with more, where not all of it is wanted
    _heads = ("field", "type", "value")

    def _read(self, start, end):
        """The bytes from offset `start` to `end`."""
        raise NotImplementedError

    def _offset_text(self, entry, start, digits):
        """What is written before a row of an entry that begins at `start`, in `digits` columns."""
        return "%0*x" % (digits, start)

    def _same(self, start, stop, end):
        """How many times the bytes of [start, stop) are repeated right behind them, up to `end`."""
        return 0

    def _cells(self, entry, start, end, unicode):
        """What is written in the columns of these bytes of an entry: two characters each."""
        return ["%02x" % byte for byte in self._read(start, end)]

    def _lines(self, room, unicode=True):
        return _Drawing(self, room, unicode).lines()


class _Drawing:
    """A staircase at one number of columns."""

    def __init__(self, picture, room, unicode):
        self._picture = picture
        self._room = room
        self._unicode = unicode
        self._ellipsis, self._guide = ("…", "│ ") if unicode else ("...", "| ")
        shown = [entry for entry in picture._entries if entry.kind != SAID]
        end = max((entry.offset + entry.size for entry in shown if entry.kind != UNPLACED), default=0)
        self._digits = next(digits for digits in (4, 6, 8, 12, 16, 64) if end <= 16**digits)
        self._measure(shown)
        self._choose()
        self._seen = 0  # offset up to which bytes have been shown

    def _measure(self, entries):
        """How many columns names, types and the rest would like to have."""
        names, types, rest = ([columns(head)] for head in self._picture._heads)
        for entry in entries:
            if entry.kind == PLAIN:
                continue
            labels = entry.label(entry.offset, entry.offset + min(16, entry.size))
            if entry.unit:  # rows of elements, the last of which have the longest names
                last = (entry.offset + entry.size) // entry.unit
                labels = ("[%d:%d]" % (last, last), *labels[1:])
            names.append(2 * entry.depth + columns(labels[0]))
            types.append(columns(labels[1]))
            rest.append(sum(columns(text) + 2 for text in (*labels[2:], entry.bits) if text) - 2)
        self._labelled = len(names) > 1
        self._name, self._type, self._rest = min(max(names), _NAME), min(max(types), _TYPE), max(rest)

    def _left(self, width, characters):
        """Columns left of the labels."""
        hexes = 3 * width - 1 + (width > 8)
        return self._digits + 2 + hexes + (2 + width if characters else 0)

    def _choose(self):
        """Bytes in a row, and whether they are shown as characters, too: as much of both as there is room for."""
        picture = self._picture
        has_characters = picture._has_characters
        widths = _WIDTHS if picture._width is None else (picture._width,)
        tries = [
            (width, characters) for width in widths for characters in (True, False) if has_characters >= characters
        ]
        before = self._name + self._type + 6 if self._labelled else 0
        fit = None
        for share in (1, 2):  # a value that is cut is better than rows of 4 bytes
            wanted = before and before + min(self._rest, picture._readable // share)
            for width, characters in tries:
                if self._left(width, characters) + wanted <= self._room and not (share == 1 and width == _WIDTHS[-1]):
                    fit = fit or (width, characters)
        width, characters = fit or tries[-1]
        self._width, self._characters = width, characters
        self._left_columns = self._left(width, characters)
        if self._room - self._left_columns - self._name - self._type < 16:  # the value tells more than the type
            self._type = 0
        self._blank = [(" " * self._left_columns, None, "")]

    def lines(self):
        picture = self._picture
        if picture.title:
            yield [(cut(safe(picture.title), self._room, self._ellipsis), "bold", "")]
        if any(entry.kind != SAID for entry in picture._entries):
            yield [(self._column_heads(), "dim", "")]
        for entry in picture._entries:
            if entry.kind == SAID:
                yield self._said(entry.labels[0])
            elif entry.kind == GROUP:
                yield from self._labelled_line(self._blank, entry, entry.labels)
            elif entry.kind == UNPLACED:
                yield from self._labelled_line(self._unplaced(entry), entry, entry.labels)
            else:
                yield from self._field(entry)
        for text in picture._footer:
            for line in textwrap.wrap(safe(text), max(20, self._room)):
                yield [(cut(line, self._room, self._ellipsis), "dim", "")]

    def _column_heads(self):
        heads = self._spread(["%2x" % place if place < 256 else "  " for place in range(self._width)], 0)
        line = (" " * (self._digits + 2) + "".join(heads)).ljust(self._left_columns)
        if not self._labelled:
            return line.rstrip()
        name, type, value = self._picture._heads
        line += "  %s  %s  %s" % (name.ljust(self._name), type.ljust(self._type)[: self._type], value)
        return cut(line, self._room, self._ellipsis)

    def _said(self, text):
        """A line that says what is not shown, below the bytes."""
        indent = " " * (self._digits + 2)
        return [(indent, None, ""), (cut(text, self._room - len(indent), self._ellipsis), "dim", "")]

    def _spread(self, cells, column):
        """Cells with the blanks before each: the first one stands in `column`, 0 to width - 1."""
        middle = 8 if self._width > 8 else 0
        out = []
        for place, cell in enumerate(cells, column):
            blank = ("  " if middle and place % middle == 0 else " ") if place else ""
            out.append(blank + cell)
        return out

    def _field(self, entry):
        """The lines of a field."""
        below = None  # what had no room beside the first row: it stands beside the next one, or by itself
        if not entry.size:
            yield from self._labelled_line(self._blank, entry, entry.label(entry.offset, entry.offset))
        for row in self._rows(entry):
            if isinstance(row, str):
                yield self._said(row)
                continue
            start, end = row
            pieces = self._bytes(entry, start, end)
            self._seen = max(self._seen, end)
            if entry.kind == PLAIN:
                yield pieces
                continue
            label = entry.label(start, end)
            if label is None:
                yield pieces + (below or [("  ", None, ""), (self._guide * entry.depth, "dim", "")])
                below = None
            else:
                beside, below = self._beside(entry, label)
                yield pieces + beside
        if below:
            yield [*self._blank, *below]

    def _labelled_line(self, pieces, entry, label):
        """A row, and one below it for what has no room beside it."""
        beside, below = self._beside(entry, label)
        yield pieces + beside
        if below:
            yield [*self._blank, *below]

    def _unplaced(self, entry):
        """A row for a field whose offset or size is not known: as many of its bytes as fit into one."""
        column = entry.offset % self._width
        end = min(entry.size, self._width - column)
        cells = self._picture._cells(entry, entry.offset, entry.offset + end, self._unicode)
        if end < entry.size or not end:
            cells[-1:] = [self._ellipsis[:2]]
        blank = "".join(self._spread(["  "] * column, 0)) + (" " if column else "")
        text = "".join(self._spread(cells, column)).lstrip(" ")
        behind = " " * (self._left_columns - self._digits - 2 - len(blank) - len(text))
        before = self._picture._offset_text(entry, entry.offset, self._digits)
        return [(before, "dim", ""), ("  " + blank, None, ""), (text, entry.colour, ""), (behind, None, "")]

    def _rows(self, entry):
        """Each row of a field as (start, end), or as what stands in the place of several."""
        width, end = self._width, entry.offset + entry.size
        place, shown = entry.offset, 0
        while place < end:
            stop = min(end, place - place % width + width)
            rows_left = -(-(end - place) // width)
            if (
                not self._picture._whole
                and not (entry.kind == PLAIN or entry.unit)
                and shown >= self._picture._long - 2
                and rows_left > 2
            ):
                last = end - ((end - 1) % width + 1)
                yield "%s %s more bytes" % (self._ellipsis, format(last - place, ","))
                place = last
                shown = 0
                continue
            yield place, stop
            shown += 1
            same = self._picture._same(place, stop, end) if stop - place == width else 0
            if same > 1:
                zeros = not any(self._picture._read(place, stop))
                yield "* %s more rows %s" % (format(same, ","), "of zeros" if zeros else "like this one")
                stop += same * width
                shown += 1
            place = stop

    def _bytes(self, entry, start, end):
        """Offset, bytes and characters of one row."""
        picture = self._picture
        column = start % self._width
        data = picture._read(start, end)
        styles = entry.styles(start, data)
        cells = self._spread(picture._cells(entry, start, end, self._unicode), column)
        hexes = _joined(cells, styles)
        # What is before the first byte, and behind the last one.
        whole = self._spread(["  "] * self._width, 0)
        before = "".join(whole[:column])
        behind = "".join(whole[column + len(cells) :])
        name = entry.label(entry.offset, entry.offset + 1)[0] if not callable(entry.labels) else ""
        tip = "%s: offset %d, %d bytes" % (name, entry.offset, entry.size) if name else ""
        pieces = [(picture._offset_text(entry, start, self._digits), "dim", ""), ("  " + before, None, "")]
        pieces += [(text, style, tip if isinstance(style, int) else "") for text, style in hexes]
        pieces.append((behind, None, ""))
        if self._characters:
            # Bytes that several fields share are characters only once.
            new = max(0, self._seen - start)
            marks = [chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data]
            marks = [" "] * min(new, len(marks)) + marks[new:]
            styles = [None] * min(new, len(marks)) + styles[new:]
            pieces.append(("  " + " " * column, None, ""))
            pieces += [(text, style, "") for text, style in _joined(marks, styles)]
            pieces.append((" " * (self._width - column - len(data)), None, ""))
        return pieces

    def _beside(self, entry, labels):
        """Name, type and value as pieces, and those for the line below where not all of it has room, else None."""
        name, type, value, note = labels
        room = self._room - self._left_columns - 2
        guides = self._guide * entry.depth
        name = cut(name, max(4, self._name - len(guides)), self._ellipsis)
        type = cut(type, self._type, self._ellipsis)
        start = self._name + 2 + self._type + 2
        head = [
            ("  ", None, ""),
            (guides, "dim", ""),
            (name, {GROUP: "bold", GAP: "dim"}.get(entry.kind, entry.colour), ""),
            (" " * (self._name + 2 - len(guides) - columns(name)), None, ""),
            (type, "dim", ""),
            (" " * (start - self._name - 2 - columns(type)), None, ""),
        ]
        value = [(value, "dim" if entry.kind in (GROUP, GAP) else None, "")] if value else []
        # The field's own bits in its colour, the others, which are dots, not.
        parts = [part for part in _OWN_BITS.split(entry.bits) if part]
        rest = [(part, "dim" if part.strip(" ")[:1] in (".", "") else entry.colour, "") for part in parts]
        if note:
            rest += [*([("  ", None, "")] if rest else []), (note, _judged(note), "")]
        between = [("  ", None, "")] if value and rest else []
        if start + _width(value) + _width(between) + _width(rest) <= room or not rest:
            return self._fitting(head + value + between + rest, room + 2), None
        blank = " " * max(0, min(start, room - _width(rest)) - len(guides))
        below = [("  ", None, ""), (guides, "dim", ""), (blank, None, ""), *rest]
        return self._fitting(head + value, room + 2), self._fitting(below, room + 2)

    def _fitting(self, pieces, room):
        """As many of the pieces as have room, the last of them cut off."""
        out = []
        for text, style, tip in pieces:
            if room <= 0:
                break
            text = cut(text, room, self._ellipsis)
            room -= columns(text)
            out.append((text, style, tip))
        return out


def _width(pieces):
    return sum(columns(piece[0]) for piece in pieces)


def _judged(note):
    """The style of a note: whether it tells of something good or bad."""
    words = note.lower().replace(":", " ").split()
    if "wrong" in words or "cut off" in note:
        return "bad"
    return "good" if "ok" in words else "dim"


def _joined(cells, styles):
    """Neighbours of one style as one piece, with the blanks between them in their colour, too."""
    out = []
    for cell, style in zip(cells, styles):
        blank = cell[: len(cell) - len(cell.lstrip(" "))] if len(cell) > 1 else ""
        if out and out[-1][1] == style:
            out[-1] = (out[-1][0] + cell, style)
        else:
            if blank:
                out.append((blank, None))
            out.append((cell[len(blank) :], style))
    return out
