"""NumPy arrays over, or copied from, a window of an array. NumPy is imported at the first use only."""

from ._elements import make


def to_numpy(array, window, copy):
    """The elements array[i] for i in `window` (a range) as one numpy.ndarray.

    Elements of one chunk are given as the array's own memory. Elements of several chunks can only be copied; that
    copy is read-only, so that nobody writes to it and believes to have written to the array. `copy=True` always
    makes a copy, a writable one; `copy=False` raises ValueError where only a copy is possible.
    """
    import numpy

    pieces = _pieces(numpy, array, window if window.step > 0 else window[::-1])
    if not pieces:
        return _nothing(numpy, array)
    if len(pieces) == 1:
        result = pieces[0].copy() if copy else pieces[0]
    elif copy is not None and not copy:
        raise ValueError(
            "the elements lie in %d chunks, so one NumPy array of them is a copy, and copy=False forbids it; "
            "chunks() gives each chunk without a copy" % len(pieces)
        )
    else:
        result = numpy.concatenate(pieces, dtype=pieces[0].dtype)  # which else would lose its byte order
        result.flags.writeable = bool(copy)
    return result if window.step > 0 else result[::-1]


def convert(result, dtype, copy):
    """What `__array__` gives for a wish of `dtype`: NumPy asks for None, or for a dtype that may be another one."""
    if dtype is None or result.dtype == dtype:
        return result
    if copy is not None and not copy:
        raise ValueError("%s to %s is a conversion, which copies, and copy=False forbids it" % (result.dtype, dtype))
    return result.astype(dtype)


def _pieces(numpy, array, window):
    """One NumPy view for each chunk that holds elements of `window`, which ascends."""
    pieces = []
    if not window:
        return pieces
    step = window.step
    for chunk in array.chunks():
        start, stop = chunk.start, chunk.start + len(chunk)
        if stop <= window.start:
            continue
        if start > window[-1]:
            break
        skipped = max(0, -((window.start - start) // step))  # elements of the window before this chunk
        part = range(window.start + skipped * step, min(stop, window.stop), step)
        if part:
            view = _of_chunk(numpy, chunk)
            pieces.append(view[part.start - start : part.stop - start : step])
    return pieces


def _nothing(numpy, array):
    """An empty numpy.ndarray of the array's dtype and its elements' shape, learnt from a chunk of one zero."""
    one = make(type(array), array.dtype, {})
    one.frombytes(bytes(one.itemsize))
    return _of_chunk(numpy, one.chunks()[0])[:0].copy()


def _of_chunk(numpy, chunk):
    """A NumPy array over the memory of a chunk."""
    view = numpy.asarray(chunk)
    # NumPy reads a buffer where it gets one, and the buffer protocol knows no times: theirs is one of integers.
    return view.view(chunk.__array_interface__["typestr"]) if "[" in chunk.dtype else view
