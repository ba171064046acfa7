"""NumPy arrays over, or copied from, a window of an array. NumPy is imported at the first use only."""

import sys
import warnings

from ._elements import make
from ._identity import BesideEach

_warned = BesideEach(list)  # not empty where it happened


class ChunkCopyWarning(UserWarning):
    """One NumPy array of the whole was asked for, and had to be a copy, since the array outgrew its `capacity`."""

    __module__ = __package__


def to_numpy(array, window, copy):
    """The elements at the positions of `window` (a range) as one numpy.ndarray.

    Elements of one chunk are given as the array's own memory. Elements of several chunks can only be copied; that
    copy is read-only, so that nobody writes to it and believes to have written to the array. `copy=True` always
    makes a copy, a writable one; `copy=False` raises ValueError where only a copy is possible.
    """
    chunks = array._raw._chunks(window.start, window.step, len(window))
    if not chunks:
        return _nothing(array)
    if copy is None and len(chunks) > 1:
        _warn(array)
    return join(chunks, copy, array._numpy_dtype())


def join(chunks, copy, records=None):
    """The elements of some chunks, at least one, as one numpy.ndarray, as to_numpy() gives them.

    `records` is the dtype to give for records.
    """
    import numpy

    if records is None:
        return _join([_of_chunk(numpy, chunk) for chunk in chunks], copy)
    return _join([numpy.asarray(_Raw(chunk)) for chunk in chunks], copy).view(records)


def _join(pieces, copy):
    if len(pieces) == 1:
        return pieces[0].copy() if copy else pieces[0]
    import numpy

    if copy is not None and not copy:
        raise ValueError(
            "the elements lie in %d chunks, so one NumPy array of them is a copy, and copy=False forbids it; "
            "chunks() gives each chunk without a copy" % len(pieces)
        )
    result = numpy.concatenate(pieces, dtype=pieces[0].dtype)  # which else would lose its byte order
    result.flags.writeable = bool(copy)
    return result


def _warn(array):
    """Tells once that elements which `capacity` was to keep in one piece lie in several."""
    if not 0 < array.capacity < array._end or _warned[array]:
        return
    _warned[array].append(True)
    warnings.warn(
        "the array outgrew its capacity of %d elements, so its elements lie in several chunks, and one NumPy array of "
        "them is a read-only copy; chunks() gives each chunk without a copy" % array.capacity,
        ChunkCopyWarning,
        stacklevel=_frames_of_ours(),
    )


def _frames_of_ours():
    """The stacklevel of the caller's warning that shows the line outside of this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        level, frame = level + 1, frame.f_back
    return level


def convert(result, dtype, copy):
    """What `__array__` gives for a wish of `dtype`: NumPy asks for None, or for a dtype that may be another one."""
    if dtype is None or result.dtype == dtype:
        return result
    if copy is not None and not copy:
        raise ValueError("%s to %s is a conversion, which copies, and copy=False forbids it" % (result.dtype, dtype))
    return result.astype(dtype)


def _nothing(array):
    """An empty numpy.ndarray of the array's dtype and its elements' shape, learnt from a chunk of one zero."""

    one = make(type(array), array.dtype, {})
    one.frombytes(bytes(one.itemsize))
    return join(one.chunks(), True, array._numpy_dtype())[:0]


class _Raw:
    """The memory of a chunk of records, which is kept, without what is in them."""

    __slots__ = ("chunk", "__array_interface__")

    def __init__(self, chunk):
        self.chunk = chunk
        interface = dict(chunk.__array_interface__, typestr="|V%d" % chunk.itemsize)
        interface.pop("descr", None)
        self.__array_interface__ = interface


def _of_chunk(numpy, chunk):
    """A NumPy array over the memory of a chunk."""
    view = numpy.asarray(chunk)
    # NumPy reads a buffer where it gets one, and the buffer protocol knows no times: theirs is one of integers.
    times = "[" in chunk.dtype and chunk.dtype[0] != "{"
    return view.view(chunk.__array_interface__["typestr"]) if times else view
