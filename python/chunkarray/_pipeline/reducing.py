"""The reductions of arrays, slices and columns, with the arguments that NumPy passes them."""

import sys

from .aggregates import compute, reduction
from .chain import chain_of
from .values import Value

_NAMES = ("keepdims", "initial", "where", "correction", "mean")  # of NumPy's arguments


def reduced(elements, kind, axis, dtype, out, options, ddof=0):
    """The result of a reduction. What only NumPy knows (several axes, where=) is left to NumPy."""
    for name in options:
        if name not in _NAMES:
            raise TypeError("%s() got an unexpected keyword argument %r" % (kind, name))
    keepdims = options.pop("keepdims", False)
    options = {name: value for name, value in options.items() if not _is_absent(value)}
    chain = chain_of(elements)
    if (
        options
        or not (axis is None or axis in (0, -1, (0,), (-1,), ()))
        or type(chain.value) is not Value
        or axis == ()
    ):
        return _by_numpy(elements, kind, axis, dtype, out, options, ddof, keepdims)
    result = compute(chain, [reduction(kind, chain.value, ddof, dtype)])[0]
    if out is None and not (keepdims and not _is_absent(keepdims)):
        return result
    import numpy

    if out is not None:
        out[...] = result
        return out
    return numpy.array([result])


def _is_absent(value):
    """Whether this is what NumPy passes for an argument that was not given."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and value is numpy._NoValue


def _by_numpy(elements, kind, axis, dtype, out, options, ddof, keepdims):
    try:
        import numpy
    except ImportError:
        raise TypeError("%s() of these elements or with these arguments needs NumPy" % kind) from None
    arguments = dict(options, axis=axis, out=out)
    if dtype is not None:
        arguments["dtype"] = dtype
    if ddof:
        arguments["ddof"] = ddof
    if keepdims and not _is_absent(keepdims):
        arguments["keepdims"] = keepdims
    return getattr(numpy.asarray(elements), kind)(**arguments)
