"""Other people's memory: what exports a buffer, and whether its elements are what a dtype keeps."""

import sys

from . import dtypes
from .chunk import Chunk, memory, view

# What the characters of a buffer's format are to us.
_KINDS = {"c": ("B",), "?": ("BOOL",), "f": ("F",), "d": ("F",)}
_KINDS.update(dict.fromkeys("BHILQN", ("U", "B")), **dict.fromkeys("bhilqn", ("S",)))


def buffer_of(values):
    """A memoryview of what exports memory, None for all else."""
    if isinstance(values, (list, tuple)):
        return None
    try:
        # Not every interpreter lets a class in Python export a buffer.
        return view(values) if isinstance(values, Chunk) else memoryview(values)
    except (TypeError, ValueError, BufferError):
        return None


def buffer_for(dtype, values):
    """A memoryview of what exports elements of the dtype, byte by byte; None for all else."""
    # The buffer of a chunk of times is one of integers: they are no counts for another unit, nor integers.
    if isinstance(values, Chunk) and values.dtype != dtype.name and (dtype.unit or values._dtype.unit):
        return None
    if isinstance(values, Chunk) and dtype.kind == "RECORD":
        return memory(values) if values.dtype == dtype.name and values._contiguous() else None
    found = contiguous_buffer(values)
    return found if found is not None and _is_alike(dtype, found) else None


def contiguous_buffer(values):
    """A memoryview of what exports memory in one piece, None for all else."""
    found = buffer_of(values)
    return found if found is not None and found.c_contiguous else None


def bytes_of_buffer(buffer):
    """The bytes of a buffer in one piece, which are copied only where they have to be."""
    return buffer if buffer.format == "B" and buffer.ndim == 1 else buffer.tobytes()


def _is_alike(dtype, buffer):
    """Whether a buffer's elements are what the dtype keeps, byte by byte."""
    if buffer.itemsize != dtype.item_size or buffer.nbytes % dtype.size:
        return False
    scalar = buffer.ndim == 0 and not dtype.shape
    if not scalar and (buffer.ndim != 1 + len(dtype.shape) or tuple(buffer.shape[1:]) != dtype.shape):
        return False
    return _format_is_alike(dtype, buffer.format)


def scalars_of_buffer(what, values):
    """The dtype and the bytes of a row of scalars; None for what exports none.

    `what` names them in the TypeError about other shapes.
    """
    buffer = buffer_of(values)
    if buffer is None:
        return None
    if buffer.ndim != 1:
        raise TypeError("%s have one dimension, not %d" % (what, buffer.ndim))
    for row in dtypes.ROWS:
        for big in (False, True):
            dtype = dtypes.DType(row, big=big and row[2] > 1)
            if dtype.item_size == buffer.itemsize and _format_is_alike(dtype, buffer.format):
                return dtype, buffer.tobytes()
    return None


def _format_is_alike(dtype, format):
    order, code = ("@" + format)[-2:] if len(format) < 3 else "@x"
    big = {"@": sys.byteorder == "big", "=": sys.byteorder == "big", "<": False, ">": True, "!": True}.get(order)
    kind = "S" if dtype.unit else dtype.kind  # the integers that a time takes are its counts
    return kind in _KINDS.get(code, ()) and (dtype.item_size == 1 or big == dtype.big)
