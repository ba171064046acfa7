"""The reductions of arrays, slices, columns and chains, with the arguments that NumPy passes them."""

import sys

from .._door import ChunkArray
from .aggregates import compute_one, reduction
from .chain import Chain, chain_of
from .types import FLOATS, named
from .values import Value

_NAMES = ("keepdims", "initial", "where", "correction", "mean")  # of NumPy's arguments


def reduced(elements, kind, axis, dtype, out, options, ddof=0):
    """The result of a reduction of a chain, or of what one begins with. What only NumPy knows is left to NumPy."""
    chain = elements if type(elements) is Chain else chain_of(elements)
    value = chain._value
    is_number = type(value) is Value or type(elements) is Chain  # of a chain of records the error says more
    if axis is None and dtype is None and out is None and not options and is_number:  # the most, quickly
        return compute_one(chain, reduction(kind, value, ddof))
    for name in options:
        if name not in _NAMES:
            raise TypeError("%s() got an unexpected keyword argument %r" % (kind, name))
    keepdims = options.pop("keepdims", False)
    keepdims = bool(keepdims) and not _is_absent(keepdims)
    options = {name: value for name, value in options.items() if not _is_absent(value)}
    if options or not is_number or not _is_of_all(axis, kind) or not _is_ours(dtype, kind):
        return _by_numpy(elements, kind, axis, dtype, out, options, ddof, keepdims)
    wanted = reduction(kind, value, ddof, dtype)
    result = compute_one(chain, wanted)
    if out is None and not keepdims:
        return result
    found = ChunkArray(wanted.type, [result]).numpy(copy=True)
    if not keepdims:
        found = found.reshape(())
    if out is None:
        return found
    if getattr(out, "shape", None) != found.shape or out.dtype != found.dtype:  # NumPy knows whether that may be
        return _by_numpy(elements, kind, axis, dtype, out, options, ddof, keepdims)
    out[...] = found
    return out


def _is_of_all(axis, kind):
    """Whether an axis means all elements, which have one."""
    return axis is None or axis in (0, -1) or (axis in ((0,), (-1,)) and kind[:3] != "arg")


def _is_ours(dtype, kind):
    """Whether the result has a dtype that pipelines compute with; means of integers are NumPy's own."""
    if dtype is None:
        return True
    try:
        return named(dtype) in FLOATS or kind == "sum"
    except (TypeError, ValueError):
        return False


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
    if keepdims:
        arguments["keepdims"] = keepdims
    return getattr(numpy.asarray(elements), kind)(**arguments)
