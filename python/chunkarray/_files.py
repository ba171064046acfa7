"""Elements from and to binary files: nothing but their bytes."""

import operator

_BLOCK = 1 << 20  # bytes handed to a file at a time


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
    wanted = count * array.itemsize
    data = file.read(wanted)
    if not isinstance(data, bytes):
        raise TypeError("read() gave %s, not bytes: the file must be opened in binary mode" % type(data).__name__)
    pieces = [data]
    missing = wanted - len(data)
    while data and missing > 0:  # unbuffered files and pipes give less than was asked for
        data = file.read(missing)
        pieces.append(data)
        missing -= len(data)
    array.frombytes(b"".join(pieces))
    if missing > 0:
        raise EOFError("the file ends after %d of %d elements" % ((wanted - missing) // array.itemsize, count))
