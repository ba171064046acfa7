"""What can be dumped: bytes, records, arrays, slices and files, as one sequence of bytes with a layout or an element."""

import mmap
import os

_EQUAL = 1 << 16  # bytes that are compared at a time


class Source:
    """Bytes, read as they are shown.

    title      what they are, in words, or ""
    size       how many there are
    layout     of the records in them, or None
    single     whether they are one record and not a row of them
    dtype      of the elements in them, or None
    itemsize   bytes of an element
    memory     all of them as one buffer whose slices are bytes, or None where they lie in several places
    """

    layout = dtype = None
    single = False
    itemsize = 1

    def __init__(self, title, memory):
        self.title = title
        self.memory = memory
        self.size = len(memory)

    def read(self, start, end):
        """The bytes of [start, end) as bytes; fewer where there are no more."""
        return bytes(self.memory[start:end])

    def same(self, start, stop, end, step=None):
        """How many times the bytes of [start, stop) are repeated right behind them, up to `end` (bytes)."""
        period = stop - start
        first = self.read(start, stop)
        if self.read(stop, min(stop + period, end)) != first:
            return 0
        # By blocks of many periods, so that gigabytes of zeros take no time to speak of.
        count, block = 1, first * max(1, _EQUAL // period)
        place = stop + period
        while place + len(block) <= end and self.read(place, place + len(block)) == block:
            place += len(block)
            count += len(block) // period
        while place + period <= end and self.read(place, place + period) == first:
            place += period
            count += 1
        return count


class Elements(Source):
    """A ChunkArray, a slice or a column: elements of one size, which may lie in several chunks."""

    def __init__(self, elements):
        self._elements = elements
        dtype = elements.dtype
        self.layout = getattr(dtype, "__layout__", None)
        self.dtype = dtype if self.layout is None else None
        self.itemsize = elements.itemsize if self.layout is None else self.layout.size
        self.memory = None

    @property
    def size(self):
        return len(self._elements) * self.itemsize

    @property
    def title(self):
        count, dtype = len(self._elements), self._elements.dtype
        name = "%s of %s" % (type(self._elements).__name__, getattr(dtype, "__name__", dtype))
        return "%s, %s element%s" % (name, format(count, ","), "s"[: count != 1])

    def read(self, start, end):
        first, last = start // self.itemsize, -(-min(end, self.size) // self.itemsize)
        data = self._elements[first:last].tobytes()
        return data[start - first * self.itemsize : end - first * self.itemsize]

    def values(self, start, end):
        """The elements from index `start` to `end`."""
        return self._elements[start:end].tolist()


def source(obj):
    """The Source of anything that can be dumped. TypeError for what can't be."""
    cls = type(obj)
    if isinstance(obj, Source):
        return obj
    layout = getattr(cls, "__layout__", None)
    if layout is not None:
        data = bytes(obj)
        found = Source(layout.name, data)
        found.layout, found.single = layout, True
        return found
    if isinstance(obj, type):
        if hasattr(obj, "__layout__"):
            raise TypeError(
                "hexdump() takes a %s, not the class: %s.layout() draws that" % (obj.__name__, obj.__name__)
            )
        raise TypeError("hexdump() takes an object with bytes, not the class %s" % obj.__name__)
    if hasattr(obj, "dtype") and hasattr(obj, "itemsize") and hasattr(obj, "chunks"):
        return Elements(obj)
    if isinstance(obj, (str, os.PathLike)):
        with open(obj, "rb") as file:
            return Source(os.fspath(obj), _mapped(file))
    if hasattr(obj, "read"):
        return _opened(obj)
    if isinstance(obj, (bytes, bytearray)):  # a view of a bytearray would forbid it to grow
        return Source("", bytes(obj))
    try:
        view = memoryview(obj)
    except TypeError:
        raise TypeError(
            "hexdump() takes bytes, a record, a ChunkArray, a slice of one, a file or its name, not %s" % cls.__name__
        ) from None
    # As bytes of their own where the bytes do not lie in one piece.
    view = view.cast("B") if view.c_contiguous and view.nbytes else memoryview(view.tobytes())
    return Source("", view)


def _opened(file):
    """A file that somebody has opened: all of it if it is one on a disk, else from where it stands."""
    name = getattr(file, "name", None)  # also a number, and on some interpreters a path object
    title = str(name) if isinstance(name, (str, os.PathLike)) else ""
    try:
        data = _mapped(file)
    except (OSError, ValueError, AttributeError):  # no file of the system, or one that can't be mapped, as a pipe
        data = file.read()
    if isinstance(data, mmap.mmap):
        return Source(title, data)
    if not isinstance(data, bytes):
        raise TypeError("read() gave %s, not bytes: the file must be opened in binary mode" % type(data).__name__)
    return Source(title, data)


def _mapped(file):
    """The content of a file, of which only that is read from the disk which is looked at."""
    number = file.fileno()
    if not os.fstat(number).st_size:  # it can't be mapped; what looks empty, as /proc's files do, may have something
        return file.read()
    try:
        return mmap.mmap(number, 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return file.read()
