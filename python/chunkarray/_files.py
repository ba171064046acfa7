"""Elements from and to binary files: nothing but their bytes.

Files are read into the array's own memory behind its end, which is then added. Others wait for that, so files that may
make their readers wait (pipes, sockets) are read aside.
"""

import io
import operator
import os
import stat
import sys

from ._elements import assign_window, make_like

_BLOCK = 1 << 20  # bytes handed to a file at a time
_ROOM = 1 << 24  # bytes of memory that a file gets at a time


def write(elements, file):
    """Writes the bytes of all elements, block by block."""
    array, window = elements._window()
    step = max(1, _BLOCK // array.itemsize)
    # Bytes of their own, since a file object may keep what it is given.
    for start in range(0, len(window), step):
        part = window[start : start + step]
        file.write(array._raw._tobytes(part.start, part.step, len(part)))


def read(array, file, count):
    """Adds `count` elements from a file. Where it holds fewer, those are added, and then it is an EOFError."""
    count = operator.index(count)
    if count < 0:
        raise ValueError("negative count: %d" % count)
    in_place = array.keep is None and hasattr(array._raw, "_room") and _never_waits(file)
    added = _read_in_place(array, file, count) if in_place else _read_aside(array, file, count)
    if added < count:
        raise EOFError("the file ends after %d of %d elements" % (added, count))


def _reads_into(file):
    """Whether a file can be read into memory."""
    if isinstance(file, io.BufferedRandom) and sys.implementation.name == "pypy":
        return False  # its readinto() puts what lies behind its buffer in the wrong place
    return hasattr(file, "readinto") and not isinstance(file, io.TextIOBase)


def _never_waits(file):
    """Whether a file can be read into memory, and gives all that it has at once."""
    if not _reads_into(file):
        return False
    if isinstance(file, io.BytesIO):
        return True
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except (AttributeError, OSError, ValueError):
        return False


def _read_in_place(array, file, count):
    """Reads into memory behind the array's end. Gives how many elements there were."""
    size, left = array.itemsize, count
    with array.transaction():
        while left:
            room = array._raw._room(min(left, max(1, _ROOM // size)))
            if room is None:  # others may still look at that memory, which held elements before
                data = _all_of(file, min(left, max(1, _BLOCK // size)) * size)
                got = len(data)
                wanted = min(left, max(1, _BLOCK // size)) * size
                _refuse_part(array, (count - left) * size + got, got % size)
                array._raw.frombytes(data)
            else:
                memory = array._core.memory(room).cast("B")
                wanted, got = len(memory), _fill(file, memory)
                _refuse_part(array, (count - left) * size + got, got % size)
                array._raw._fill(room.start, got // size)
            left -= got // size
            if got < wanted:
                break
    return count - left


def _read_aside(array, file, count):
    """Reads all, and adds it then. Gives how many elements there were."""
    data = _all_of(file, count * array.itemsize)
    _refuse_part(array, len(data), len(data) % array.itemsize)
    array.frombytes(data)
    return len(data) // array.itemsize


def _all_of(file, wanted):
    """So many bytes of a file, or as many as it has: unbuffered ones and pipes give less than was asked for."""
    pieces, missing = [], wanted
    while missing > 0:
        data = file.read(missing)
        if not isinstance(data, bytes):
            raise TypeError("read() gave %s, not bytes: the file must be opened in binary mode" % type(data).__name__)
        if not data:
            break
        pieces.append(data)
        missing -= len(data)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _fill(file, memory):
    """Reads into memory until it is full or the file ends. Gives the number of bytes."""
    done = file.readinto(memory) or 0
    while done < len(memory):
        # What is left is read aside: a file of PyPy's doesn't take a slice of a view for memory to write to.
        data = file.read(len(memory) - done)
        if not data:
            break
        memory[done : done + len(data)] = data
        done += len(data)
    return done


def _refuse_part(array, nbytes, rest):
    """ValueError if the file ends within an element, `rest` bytes behind its start."""
    if rest:
        array._refuse_bytes(nbytes)


def read_over(elements, file):
    """Overwrites elements by what a file has. Gives how many."""
    array, window = elements._window()
    size, done = array.itemsize, 0
    array._refuse_frozen()
    if window.step != 1 or not (hasattr(array._raw, "_room") and _reads_into(file)):
        made = make_like(array, len(window))
        done = _read_aside(made, file, len(window))
        assign_window(array, window[:done], made)
        return done
    for chunk in elements.chunks():
        memory = array._core.memory(chunk).cast("B")
        got = _fill(file, memory)
        done += got
        if got < len(memory):
            break
    _refuse_part(array, done, done % size)
    return done // size
