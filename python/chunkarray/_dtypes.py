"""What may stand for a dtype's name in Python: a Python type, a NumPy dtype or one of NumPy's scalar types.

The names themselves live in one table in the native core; here, other objects are only turned into names.
"""

import sys

_PYTHON_TYPES = {float: "F8", int: "S8", bool: "BOOL"}


def dtype_name(dtype):
    """The name that `dtype` stands for. TypeError if it stands for none, ValueError if arrays don't hold it."""
    if isinstance(dtype, str):
        return str(dtype)
    if isinstance(dtype, type) and dtype in _PYTHON_TYPES:
        return _PYTHON_TYPES[dtype]
    described = _as_numpy_dtype(dtype)
    if described is None:
        raise TypeError(
            "a dtype is a name such as 'F8', float, int, bool or a NumPy dtype, not %s"
            % (dtype.__name__ if isinstance(dtype, type) else repr(dtype))
        )
    return _name_of_numpy_dtype(described)


def _as_numpy_dtype(dtype):
    """`dtype` as a numpy.dtype if it is one, or one of NumPy's scalar types; else None. Does not import NumPy."""
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
