"""NumPy's own functions on symbolic values: np.sqrt(v), np.where(v > 0, v, 0), np.clip(v, 0, 1)."""

import operator
import sys

from . import functions
from .values import Value

_UFUNCS = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "true_divide": operator.truediv, "floor_divide": operator.floordiv, "remainder": operator.mod,
    "power": operator.pow, "float_power": lambda x, y: functions.as_f8(x) ** y, "divmod": divmod,
    "negative": operator.neg, "positive": operator.pos, "absolute": abs, "fabs": lambda x: abs(functions.as_f8(x)),
    "bitwise_and": operator.and_, "bitwise_or": operator.or_, "bitwise_xor": operator.xor, "invert": operator.invert,
    "bitwise_invert": operator.invert, "left_shift": operator.lshift, "right_shift": operator.rshift,
    "bitwise_left_shift": operator.lshift, "bitwise_right_shift": operator.rshift,
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.lt, "less_equal": operator.le,
    "greater": operator.gt, "greater_equal": operator.ge,
    "rint": functions.rint, "square": lambda x: x * x, "reciprocal": lambda x: 1 / x,
    "bitwise_count": lambda x: functions.popcount(abs(x)).astype("U1"), "isnat": functions.isnan,
    "logical_and": lambda x, y: functions.truth_of(x) & functions.truth_of(y),
    "logical_or": lambda x, y: functions.truth_of(x) | functions.truth_of(y),
    "logical_xor": lambda x, y: functions.truth_of(x) ^ functions.truth_of(y),
    "logical_not": lambda x: ~functions.truth_of(x),
    "arcsin": functions.asin, "arccos": functions.acos, "arctan": functions.atan, "arctan2": functions.atan2,
    "deg2rad": lambda x: x * 0.017453292519943295, "radians": lambda x: x * 0.017453292519943295,
    "rad2deg": lambda x: x * 57.29577951308232, "degrees": lambda x: x * 57.29577951308232,
}  # fmt: skip
_REDUCTIONS = ("sum", "min", "max", "mean", "any", "all", "argmin", "argmax", "std", "var")


def ufunc_result(ufunc, method, inputs, options):
    """What a ufunc of NumPy gives of symbolic values. TypeError where there is nothing for it."""
    name = ufunc.__name__
    function = (_UFUNCS.get(name) or functions.FUNCTIONS.get(name)) if _is_numpys(ufunc, name) else None
    if method != "__call__" or options:
        what = "numpy.%s.%s" % (name, method) if method != "__call__" else "numpy.%s with %s=" % (name, min(options))
        raise TypeError("%s is not for symbolic values: numpy.%s(x) alone is" % (what, name))
    if function is None:
        from .native import native

        function = native(ufunc)
    return function(*map(_plain, inputs))


def _is_numpys(ufunc, name):
    """Whether a ufunc is NumPy's own: others may have the same name."""
    return getattr(sys.modules.get("numpy"), name, ufunc) is ufunc


def _plain(value):
    """An operand whose operators leave the work to symbolic values, as NumPy's scalars do not."""
    from .operations import operand, strong

    if type(value) is Value:
        return value
    node, type_ = operand(value)
    return value if type_ is None else strong(node, type_) if type(node) is Value else node


def function_result(function, arguments, options):
    """What a function of NumPy that is no ufunc gives."""
    name = function.__name__
    if name in ("where", "clip") and not options:
        return functions.FUNCTIONS[name](*map(_plain_or_none, arguments))
    if name in ("round", "round_", "around"):
        return _round(*arguments, **options)
    if name in ("amin", "amax"):
        name = name[1:]
    if name in _REDUCTIONS and len(arguments) == 1 and not options:
        return getattr(arguments[0], name)()
    if name == "isclose":
        return _isclose(*arguments, **options)
    raise TypeError(
        "pipelines know nothing for numpy.%s of a symbolic value%s; map_chunks takes a function of NumPy arrays for each "
        "chunk" % (function.__name__, " with these arguments" if options else "")
    )


def _plain_or_none(value):
    return None if value is None else _plain(value)


def _round(value, decimals=0):
    return round(value, decimals)


def _isclose(a, b, rtol=1e-5, atol=1e-8):
    return (a == b) | (functions.isfinite(b) & (abs(a - b) <= atol + rtol * abs(b)))
