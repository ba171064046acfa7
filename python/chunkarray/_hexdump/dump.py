"""chunkarray.hexdump: the picture of what some bytes mean."""

import operator
import sys

from .entries import Colours, Walk, size_text
from .escaping import safe
from .sources import source
from .staircase import FIELD, GROUP, PLAIN, SAID, Entry, Staircase

_ROWS = 128  # rows of bytes or lines of fields where no length is given


class Hexdump(Staircase):
    """What hexdump() prints, as an object: str() of it is plain text, and a notebook shows it in colour.

        >>> picture = Hexdump(ticks[0])
        >>> open("tick.html", "w").write(picture.page())

    It takes hexdump()'s arguments but for `colour` and `file`. Each time that it is shown it shows what an array or a
    file has by then; of a record and of a bytearray it is what they had when the picture was made.
    """

    __slots__ = ("_source", "_asked")

    @property
    def _available(self):
        """How many bytes there are, shown or not."""
        return self._source.size

    def __init__(self, obj, record=None, *, start=0, length=None, width=None):
        found = source(obj)
        start = operator.index(start)
        if start < 0:
            raise ValueError("start is %d, but it counts bytes from the beginning" % start)
        if length is not None and operator.index(length) < 0:
            raise ValueError("length is %d, but it is a number of bytes" % length)
        if width is not None and not 1 <= operator.index(width) <= 256:
            raise ValueError("width is %d, but a row has 1 to 256 bytes" % width)
        self._source = found
        self._width = width
        self._whole = length is not None
        self._asked = (None if record is None else _layout(record)), start, length
        self._build()

    def _build(self):
        """Title, entries and footer."""
        found = self._source
        record, start, length = self._asked
        layout = found.layout if record is None else record
        self.title, self._footer = "", []
        start = min(start, found.size)
        end = found.size if length is None else min(found.size, start + operator.index(length))
        if layout is not None:
            self._records(layout, start, end, found.single and record is None)
        elif found.dtype is not None and found.itemsize > 1:
            self._elements(start, end)
        else:
            self._plain(start, end)
        if not self.title and layout is not None and not found.title:
            count = format(-(-(found.size - start) // layout.size), ",") + " " if layout.size else ""
            self.title = "%s%s records, %s" % (count, layout.name, size_text(found.size - start))
        elif not self.title:
            self.title = ": ".join(filter(None, (found.title, size_text(found.size))))

    def _lines(self, room, unicode=True):
        self._build()
        return super()._lines(room, unicode)

    def _read(self, start, end):
        return self._source.read(start, end)

    def _same(self, start, stop, end):
        return self._source.same(start, stop, end)

    def _more(self, place, end, what=""):
        """The line for what a dump without a length leaves out."""
        if place < end:
            self._footer.append("... %s%s more, from %#x (%d) on" % (what, size_text(end - place), place, place))

    def _plain(self, start, end):
        """Bytes, shown by what they are as characters."""
        stop = end
        if not self._whole:
            stop = self._some_rows(start, end, 16 if self._width is None else self._width)
        self._entries = [Entry(PLAIN, start, stop - start, ("", "", "", ""))] if stop > start else []
        self._more(stop, end)

    def _some_rows(self, start, end, width):
        """Where a dump of plain bytes ends that has _ROWS rows, of which repeated ones are squeezed."""
        place = start
        for _row in range(_ROWS):
            if place >= end:
                break
            stop = min(end, place - place % width + width)
            if stop - place == width:
                same = self._same(place, stop, end)
                stop += same * width if same > 1 else 0
            place = stop
        return place

    def _elements(self, start, end):
        """Elements of a dtype, those of a row beside it."""
        from .._elements import shower

        found = self._source
        show = shower(found.dtype)
        size = found.itemsize

        def labels(row, stop):
            first, last = -(-row // size), -(-stop // size)  # the elements that begin in the row
            if first >= last:
                return "", "", "", ""
            name = "[%d]" % first if last - first == 1 else "[%d:%d]" % (first, last)
            return name, found.dtype, ", ".join(map(show, found.values(first, last))), ""

        stop = end
        if not self._whole:
            stop = self._some_rows(start, end, 16 if self._width is None else self._width)
        unit = Entry(FIELD, start, stop - start, labels, unit=size)
        self._entries = [unit] if stop > start else []
        self._more(stop, end)

    def _records(self, layout, start, end, single):
        """Records: one, or one behind the other until the bytes or the lines end."""
        from .._records.regions import regions

        found = self._source
        limit = sys.maxsize if self._whole else _ROWS
        walk = Walk(found.read, start, end, self._whole, Colours())
        entries = self._entries = []
        place, number = start, 0
        while place < end and len(entries) < limit:
            if layout.size is not None:
                tree = regions(layout, found.read(place, min(place + layout.size, found.size)))
                walk.base = place
            elif found.memory is not None:
                tree = regions(layout, found.memory, place)
            else:
                tree = regions(layout, found.read(place, found.size))
                walk.base = place
            if single or (not number and tree.size >= end - place):
                self.title = "%s: %s" % (layout.name, size_text(tree.size))
                entries.extend(walk.members(tree))
                place += tree.size
                break
            if number and any(child.note.startswith("wrong") for child in tree.children):
                self._unlike(layout, place, end)
                return
            name = "[%d]" % ((place // layout.size) if layout.size and start == 0 else number)
            entries.append(Entry(GROUP, place, tree.size, (name, layout.name, size_text(tree.size), tree.note)))
            entries.extend(walk.members(tree, 1, (layout.name,)))
            number += 1
            if not tree.size:
                break
            stop = place + tree.size
            same = self._same(place, stop, end) if layout.size is not None and tree.size == layout.size else 0
            if same > 1:
                text = "* %s more %s records with the same bytes" % (format(same, ","), safe(layout.name))
                entries.append(Entry(SAID, place, 0, (text,)))
                stop += same * layout.size
                number += same
            place = stop
        self._rest(layout, place, end)

    def _rest(self, layout, place, end):
        """The line for the records that are not shown."""
        count = -(-(end - place) // layout.size) if layout.size else 0
        self._more(place, end, "%s %s records, " % (format(count, ","), safe(layout.name)) if count else "")

    def _unlike(self, layout, place, end):
        """What follows the last record where a constant has another value: it is no such record."""
        if self._whole:
            self._entries.append(Entry(PLAIN, place, end - place, ("", "", "", "")))
        text = "%s from %#x on: not of %s" % (size_text(end - place), place, layout.name)
        self._footer.append(text)


def _layout(record):
    layout = getattr(record, "__layout__", None)
    if layout is None:
        raise TypeError("record takes a Record class, not %r" % (record,))
    return layout


def hexdump(obj, record=None, *, start=0, length=None, width=None, colour=None, file=None):
    """Prints what bytes mean: each field a coloured region, with its name, type and value beside it.

    obj       bytes or anything with a buffer, a record or a message, a ChunkArray, a slice or a column of one, a binary
              file, or a file's name
    record    the Record class of the bytes, one behind the other; records and their arrays know it
    start     offset of the first byte to show, which is where the first record begins
    length    how many bytes to show, all of them; by default as much as is easily looked at, long fields and arrays
              by their ends, and a last line tells how much more there is
    width     bytes in a row: 16 where the terminal has room for that and what stands beside it, else 8
    colour    True or False; by default where a terminal reads along. NO_COLOR and FORCE_COLOR in the environment count
    file      where to print, sys.stdout by default

    In a notebook the picture is shown in colour. `Hexdump` is the same as an object. TypeError for what has no bytes,
    ValueError for a negative start or length and for a width that is not 1 to 256; OSError where a file can't be read.
    """
    picture = Hexdump(obj, record, start=start, length=length, width=width)
    notebook = _notebook() if file is None and colour is None else None
    if notebook is None:
        picture.show(colour, file)
    else:
        notebook(picture)


def _notebook():
    """What displays an object in the notebook that runs this, or None where none does."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if not getattr(shell, "kernel", None):
        return None
    return sys.modules["IPython"].display.display
