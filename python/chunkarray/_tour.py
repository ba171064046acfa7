"""python -m chunkarray tour [FILE]: a person's first look, on data that every machine has.

The array is filled with the times of the files below the interpreter's own library folder, and with their bytes
(or with the 8-byte words and the bytes of a file that the user names), while somebody holds a view of it. The same
data then goes into `array.array` and `list`. Everything that is printed was measured or seen in this run.
"""

import os
import sys
import sysconfig
import time
from array import array

from . import ChunkArray, __version__, about
from ._terminal import Terminal

# GraalPy runs its first calls some hundred times slower than its later ones.
MOST_BYTES = (1 if sys.implementation.name == "graalpy" else 16) << 20
MOST_FILES = 20_000
MOST_WORDS = 100_000
SECONDS = 0.5  # for all runs of one container; at least one is made


class Data:
    """What the arrays are filled with: numbers for single appends, and pieces of bytes."""

    def __init__(self, what, dtype, code, numbers, pieces, show):
        self.what = what  # the numbers in words
        self.dtype = dtype  # of the ChunkArray
        self.code = code  # of the array.array
        self.numbers = numbers
        self.pieces = pieces
        self.show = show  # a number as people read it
        self.bytes = sum(map(len, pieces))


def tour(name=None, stream=None):
    """Shows the tour on `stream`, standard output if none is given. Gives the exit status."""
    terminal = Terminal(stream)
    found = about()
    dot = " · " if terminal.unicode else ", "
    terminal.write()
    terminal.write(
        ("bold", " chunkarray " + __version__),
        ("dim", dot + dot.join(("%(interpreter)s %(version)s" % found, "%(host)s host" % found, found["platform"]))),
    )
    try:
        data = (
            _of_file(name)
            if name and not os.path.isdir(name)
            else _of_folder(name or sysconfig.get_path("stdlib"), terminal)
        )
    except OSError as error:
        terminal.write()
        terminal.write(("bad", "    cannot read %s: %s" % (error.filename, error.strerror)))
        return 1
    if len(data.numbers) < 2:
        terminal.write()
        terminal.write(("bad", "    %s holds too little for a tour: 16 bytes, or two files, are the least" % name))
        return 1
    _watch(terminal, data)
    _compare(terminal, data)
    _compare_bytes(terminal, data)
    terminal.write()
    return 0


# Where the data comes from.


def _of_folder(root, terminal):
    times, pieces, total = [], [], 0
    with terminal.progress("reading files") as progress:
        for path, status in _files(root):
            times.append(status.st_mtime)
            if total < MOST_BYTES:
                try:
                    with open(path, "rb") as file:
                        pieces.append(file.read(MOST_BYTES - total))
                except OSError:  # somebody else's, or gone since
                    continue
                total += len(pieces[-1])
            progress.at(None, "%s files, %.1f MiB" % (_thousands(len(times)), total / 2**20))
    return Data(
        "the times of %s files below %s" % (_thousands(len(times)), _short(root)),
        "F8",
        "d",
        times,
        list(filter(None, pieces)),
        _date,
    )


def _files(root):
    """(path, status) of the regular files below a folder, at most MOST_FILES of them."""
    folders, count = [root], 0
    while folders and count < MOST_FILES:
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            if folder == root:
                raise
            continue
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False) and count < MOST_FILES:
                    count += 1
                    yield entry.path, entry.stat()
            except OSError:
                continue


def _of_file(name):
    with open(name, "rb") as file:
        content = file.read(MOST_BYTES)
    words = array("Q", content[: len(content) // 8 * 8][: 8 * MOST_WORDS])
    if sys.byteorder == "big":
        words.byteswap()
    pieces = [content[k : k + 65536] for k in range(0, len(content), 65536)]
    return Data(
        "the first %s words of %s" % (_thousands(len(words)), _short(name)),
        "U8",
        "Q",
        words.tolist(),
        pieces,
        "0x{:016x}".format,
    )


# The sections.


def _watch(terminal, data):
    """Appends while a view lives, and shows what became of it."""
    terminal.title(1, "Appending while somebody looks")
    a = ChunkArray(data.dtype)
    a.append(data.numbers[0])
    kind, view, value = _view(a)
    address, seen = a.address_of(0), value()
    for number in data.numbers[1:]:
        a.append(number)
    terminal.text(
        "%s went into a ChunkArray(%r), one append each. A %s of the first element was made at once and kept."
        % (data.what[0].upper() + data.what[1:], data.dtype, kind)
    )
    terminal.write()
    later = "%s appends later" % _thousands(len(a) - 1)
    terminal.write(("dim", "    %-24s %-22s %s" % ("", "at first", later)))
    for label, before, after in (
        ("address of a[0]", "0x%x" % address, "0x%x" % a.address_of(0)),
        ("a[0] in the " + kind, data.show(seen), data.show(value())),
    ):
        terminal.write("    %-24s %-22s " % (label, before), ("good" if before == after else "bad", after))
    a[0] = 0
    same = value() == 0
    terminal.write(
        "    %-24s %-22s " % ("after a[0] = 0", ""),
        ("good" if same else "bad", data.show(value()) + ("" if same else " (the view is stale)")),
    )
    del view
    terminal.write()
    terminal.text("Its elements now lie in %s. None of them was ever moved:" % _counted(a.chunk_count, "chunk"))
    terminal.write()
    chunks = a.chunks()
    longest = max(map(len, chunks))
    numbers = len(str(len(chunks) - 1))
    for k, chunk in enumerate(chunks):
        terminal.write(
            ("dim", "    chunk %*d  0x%x  " % (numbers, k, chunk.address)),
            ("good", terminal.bar(len(chunk) / longest, 30)),
            "%9s" % _thousands(len(chunk)),
        )


def _compare(terminal, data):
    """The same numbers in the containers that Python brings: time, memory, and the fate of a view."""
    count = len(data.numbers)
    terminal.title(2, "The same %s numbers in other containers" % _thousands(count))
    terminal.write()
    rows = []
    with terminal.progress("appending") as progress:
        for k, (name, make, fate, size) in enumerate(
            (
                ("ChunkArray", lambda: ChunkArray(data.dtype), _fate_of_chunk_view, _committed),
                ("array.array", lambda: array(data.code), _fate_of_array_view, _size_of_array),
                ("list", list, _fate_of_list_view, _size_of_list),
            )
        ):
            seconds, filled = _best(make, "append", data.numbers, progress, k / 3)
            rows.append((name, "%.0f ns" % (1e9 * seconds / count), _each(size(filled), count), fate(make, data)))
    _table(terminal, ("", "append", "memory", "a view kept while it grew"), rows)


def _compare_bytes(terminal, data):
    """The bytes, piece by piece."""
    terminal.title(3, "%.1f MiB of bytes in %s" % (data.bytes / 2**20, _counted(len(data.pieces), "piece")))
    terminal.write()
    rows = []
    with terminal.progress("extending") as progress:
        for k, (name, make, add, size) in enumerate(
            (
                ("ChunkArray", lambda: ChunkArray("U1"), "extend", _committed),
                ("array.array", lambda: array("B"), "frombytes", _size_of_array),
                ("list", list, "extend", _size_of_pointers),
            )
        ):
            seconds, filled = _best(make, add, data.pieces, progress, k / 3)
            rows.append((name, _speed(data.bytes / seconds), _each(size(filled), data.bytes), add))
    _table(terminal, ("", "speed", "memory", "how"), rows)
    _footnote(terminal)


def _footnote(terminal):
    text = "Memory is bytes for an element. Times are the best of the runs that fit in %.1f seconds." % SECONDS
    if sys.implementation.name != "cpython":
        text += " This interpreter does not tell the memory of a list, nor what an array.array holds in reserve."
    terminal.write()
    terminal.text(text, "dim")


def _table(terminal, head, rows):
    columns = "    %-12s %10s %10s   "
    terminal.write(("dim", (columns + "%s") % head))
    for name, speed, memory, fate in rows:
        good, text = fate if isinstance(fate, tuple) else (None, fate)
        line = columns % (name, speed, memory)
        terminal.write(
            ("bold", line) if name == "ChunkArray" else line,
            text if good is None else ("good" if good else "bad", text),
        )


# Views.


def _view(a):
    """A view of the first chunk: its kind, the view, and a function that reads its first element."""
    chunk = a.chunks()[0]
    try:
        import numpy
    except ImportError:
        view = memoryview(chunk)
        return "memoryview", view, lambda: view[0]
    view = numpy.asarray(chunk)
    return "NumPy view", view, lambda: view[0].item()


def _fate_of_chunk_view(make, data):
    a = make()
    a.append(data.numbers[0])
    view = memoryview(a.chunks()[0])
    try:
        _append_all(a.append, data.numbers[1:])
    except BufferError:
        return False, "BufferError at the first append"
    a[0] = 0
    return (True, "valid all the time") if view[0] == 0 else (False, "shows old memory")


def _fate_of_array_view(make, data):
    a = make()
    a.append(data.numbers[0])
    view = memoryview(a)
    address = a.buffer_info()[0]
    try:
        _append_all(a.append, data.numbers[1:])
    except BufferError:
        return False, "BufferError at the first append"
    # Some interpreters let it happen. The view is not read: it may point to freed memory.
    moved = a.buffer_info()[0] != address
    del view
    return False, "stale: the elements moved away" if moved else "not refused, not promised"


def _fate_of_list_view(make, data):
    try:
        memoryview(make())
    except TypeError:
        return None, "there is none: a list holds objects"
    return None, "there is one"


# Measuring.


def _best(make, method, values, progress, done):
    """The least seconds of several runs, each with a new container, and the last container."""
    best, began, spent = float("inf"), time.perf_counter(), 0.0
    while spent < SECONDS:
        made = make()
        start = time.perf_counter()
        _append_all(getattr(made, method), values)
        now = time.perf_counter()
        best, spent = min(best, now - start), now - began
        progress.at(done + min(1.0, spent / SECONDS) / 3, type(made).__name__)
    return max(best, 1e-9), made


def _append_all(append, values):
    for value in values:
        append(value)


def _committed(a):
    return a.committed_bytes


def _size_of_array(a):
    # Off CPython nobody tells how much an array.array holds in reserve.
    return sys.getsizeof(a) if sys.implementation.name == "cpython" else a.itemsize * len(a)


def _size_of_list(a):
    """The list and the objects that only it holds; None where the interpreter does not tell."""
    return sys.getsizeof(a) + sum(map(sys.getsizeof, a)) if sys.implementation.name == "cpython" else None


def _size_of_pointers(a):
    """The list alone: the interpreter keeps one object for each byte's value anyway."""
    return sys.getsizeof(a) if sys.implementation.name == "cpython" else None


# Words and numbers.


def _date(seconds):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def _each(size, count):
    return "?" if size is None else "%.2f B" % (size / count)


def _speed(bytes_per_second):
    return "%.1f GB/s" % (bytes_per_second / 1e9) if bytes_per_second >= 1e9 else "%.0f MB/s" % (bytes_per_second / 1e6)


def _thousands(count):
    return f"{count:,}"


def _counted(count, what):
    return "%s %s%s" % (_thousands(count), what, "" if count == 1 else "s")


def _short(path):
    """The path, shortened in the middle to fit beside other words."""
    path = os.fspath(path)
    return path if len(path) <= 44 else path[:12] + "..." + path[-29:]
