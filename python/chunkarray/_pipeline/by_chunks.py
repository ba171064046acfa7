"""Functions in Python that get whole chunks: what can't be told with a symbolic value."""

from .._elements import make
from .._indexing import select


def _pieces(elements):
    """The elements of each chunk, as NumPy arrays, or as memoryviews where there is no NumPy."""
    try:
        import numpy  # noqa: F401 (whether there is one)
    except ImportError:
        return map(memoryview, elements.chunks())
    from .._numpy import join

    array, _ = elements._window()
    records = array._numpy_dtype() if not hasattr(elements, "_leaf") else None
    return (join([chunk], None, records) for chunk in elements.chunks())


def map_chunks(elements, function, dtype=None):
    array, _ = elements._window()
    made = make(array._door, array.dtype if dtype is None else dtype, {})
    for piece in _pieces(elements):
        made.extend(function(piece))
    return made


def filter_chunks(elements, function):
    array, _ = elements._window()
    made, start = make(array._door, array.dtype, {}), 0
    for piece in _pieces(elements):
        mask = function(piece)
        part = elements[start : start + len(piece)]
        if len(mask) != len(piece):
            raise ValueError("%d truth values for a chunk of %d elements" % (len(mask), len(piece)))
        made.extend(select(part, mask if hasattr(mask, "dtype") else list(map(bool, mask))))
        start += len(piece)
    return made


def reduce_chunks(elements, function, initial):
    for piece in _pieces(elements):
        initial = function(initial, piece)
    return initial
