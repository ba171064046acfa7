"""What may stand for a dtype in Python: a name, a Python type, a NumPy dtype, or the size of a raw element.

The names themselves live in one table in the native core; here, other objects are only turned into one of them.
"""

import operator

from ._load import core

_PYTHON_TYPES = {float: "F8", int: "S8", bool: "BOOL"}


def dtype_name(dtype, element_size=None):
    """The name for `dtype`, or for raw elements of `element_size` bytes.

    Raises TypeError for what can't stand for a dtype, ValueError for one that arrays don't hold.
    """
    if element_size is None:
        return _name(dtype)
    size = operator.index(element_size)
    if size <= 0:
        raise ValueError("element_size is %d: it must be at least 1 byte" % size)
    if dtype is None:
        return "B%d" % size if size in (1, 2, 4, 8) else "B1[%d]" % size
    name = _name(dtype)
    itemsize = core.dtype_info(name)[1]
    if itemsize != size:
        raise ValueError("element_size=%d contradicts the dtype %s of %d bytes" % (size, name, itemsize))
    return name


def numpy_dtype(name):
    """The numpy.dtype of an array's elements, their fixed shape included."""
    import numpy

    _, _, typestr, shape = core.dtype_info(name)
    return numpy.dtype((typestr, tuple(shape))) if shape else numpy.dtype(typestr)


def _name(dtype):
    if isinstance(dtype, str):
        return str(dtype)
    if dtype is None:
        raise TypeError("ChunkArray needs a dtype, as in ChunkArray('F8'), or an element_size")
    try:
        return _PYTHON_TYPES[dtype]
    except (KeyError, TypeError):
        pass
    described = _as_numpy_dtype(dtype)
    if described is None:
        raise TypeError("a dtype is a name such as 'F8', float, int, bool or a NumPy dtype, not %s" % _what(dtype))
    return _name_of_numpy_dtype(described)


def _what(dtype):
    return dtype.__name__ if isinstance(dtype, type) else "%s %r" % (type(dtype).__name__, dtype)


def _as_numpy_dtype(dtype):
    """`dtype` as a numpy.dtype if it is one, or one of NumPy's scalar types; else None. Does not import NumPy."""
    import sys

    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if isinstance(dtype, numpy.dtype):
        return dtype
    if isinstance(dtype, type) and issubclass(dtype, numpy.generic):
        return numpy.dtype(dtype)
    return None


def _name_of_numpy_dtype(dtype):
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return _name_of_numpy_dtype(base) + "[%s]" % ",".join(map(str, shape))
    # NumPy's 'S4' is four bytes of text and ours is an integer, so its text must not reach the table of names.
    if dtype.kind in "SUVO":
        raise ValueError("an array does not hold the NumPy dtype %s" % dtype)
    return dtype.str
