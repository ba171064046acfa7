"""What the operations of a program do to values.

Integers wrap around, F4 are rounded after each operation. Floats follow IEEE 754 without traps, where Python's `math`
raises. Functions such as exp are Python's, which the native engines meet within a few units in the last place.
"""

import math
import operator

from .types import BOOL, INFINITY, NAN

# Integers.


def floordiv(a, b):
    """Rounded down; 0 by zero."""
    return a // b if b else 0


def mod(a, b):
    """Of the divisor's sign; 0 by zero."""
    return a % b if b else 0


def _power(kind):
    # A negative exponent's bits, as an unsigned one.
    return lambda a, b: pow(a, _unsigned(kind, b), 1 << 64)


def _shl(kind):
    return lambda a, count: a << count if 0 <= count < kind.bits else 0


def _shr(kind):
    return lambda a, count: a >> count if 0 <= count < kind.bits else -(a < 0)


def _popcount(kind):
    return lambda a: bin(_unsigned(kind, a)).count("1")


def _clz(kind):
    return lambda a: kind.bits - _unsigned(kind, a).bit_length()


def _ctz(kind):
    return lambda a: (a & -a).bit_length() - 1 if a else kind.bits


def _bswap(kind):
    return lambda a: int.from_bytes(kind.little.pack(a), "big")


def _unsigned(kind, a):
    return a & ((1 << kind.bits) - 1)


# Both.


def minimum(a, b):
    """NaN if either is; of the zeros the negative one."""
    if a != a or b != b:
        return NAN
    return a if a < b or (a == b and _is_negative(a)) else b


def maximum(a, b):
    """NaN if either is; of the zeros the positive one."""
    if a != a or b != b:
        return NAN
    return b if a < b or (a == b and _is_negative(a)) else a


def _is_negative(a):
    return isinstance(a, float) and math.copysign(1.0, a) < 0


def _sign(a):
    return a if a != a else type(a)((a > 0) - (a < 0))


# Floats.


def _div(a, b):
    if b:
        return a / b
    return NAN if not a or a != a else math.copysign(INFINITY, a) * math.copysign(1.0, b)


def _remainder(a, b):
    """C's fmod: of the dividend's sign."""
    if not b or a != a or b != b or abs(a) == INFINITY:
        return NAN
    return math.fmod(a, b)


def _float_divmod(kind):
    """NumPy's divmod of floats, each step of which is rounded to the type."""

    def divmod_(a, b):
        if not b:
            return _div(a, b), NAN
        rest = _remainder(a, b)
        quotient = kind.wrap(_div(kind.wrap(a - rest), b))
        if not rest:
            rest = math.copysign(0.0, b)
        elif (b < 0) != (rest < 0):
            rest = kind.wrap(rest + b)
            quotient = kind.wrap(quotient - 1.0)
        if not quotient:
            return math.copysign(0.0, _div(a, b)), rest
        down = _floor(quotient)
        return (down + 1.0 if quotient - down > 0.5 else down), rest

    return divmod_


def _float_power(a, b):
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INFINITY if a < 0 and b % 2 == 1 else INFINITY
    except ValueError:
        if a:
            return NAN  # a negative number's power that is no whole one
        return math.copysign(INFINITY, a) if b % 2 == 1 else INFINITY


def _rounded(function):
    """A function to whole numbers, which keeps the sign of a zero and what is not finite."""
    return lambda a: math.copysign(float(function(a)), a) if abs(a) < INFINITY else a


_floor = _rounded(math.floor)


def _or_nan(function):
    """A function whose domain errors are NaN and whose overflows are infinite."""

    def called(a):
        try:
            return function(a)
        except ValueError:
            return NAN
        except OverflowError:
            return INFINITY

    return called


def _logarithm(function):
    return lambda a: -INFINITY if not a else _or_nan(function)(a)


def _log1p(a):
    return -INFINITY if a == -1.0 else _or_nan(math.log1p)(a)


def _sinh(a):
    try:
        return math.sinh(a)
    except OverflowError:
        return math.copysign(INFINITY, a)


def _hypot(a, b):
    return INFINITY if INFINITY in (abs(a), abs(b)) else _or_nan(lambda x: math.hypot(x, b))(a)


_COMPARISONS = {name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")}
_OF_INTEGERS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "floordiv": floordiv, "mod": mod,
    "min": min, "max": max, "and": operator.and_, "or": operator.or_, "xor": operator.xor,
}  # fmt: skip
_OF_A_TYPE = {"shl": _shl, "shr": _shr, "pow": _power}
_OF_FLOATS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": _div, "min": minimum, "max": maximum,
    "pow": _float_power, "hypot": _hypot, "atan2": math.atan2,
}  # fmt: skip
_SIGNS = {"neg": operator.neg, "abs": abs, "not": operator.invert}
_BITS = {"popcount": _popcount, "clz": _clz, "ctz": _ctz, "bswap": _bswap}
_TESTS = {
    "isnan": lambda a: a != a,
    "isinf": lambda a: abs(a) == INFINITY,
    "isfinite": lambda a: abs(a) < INFINITY,
}
_FUNCTIONS = {
    "neg": operator.neg,
    "abs": abs,
    "floor": _floor,
    "ceil": _rounded(math.ceil),
    "round": _rounded(round),
    "trunc": _rounded(math.trunc),
    "exp2": _or_nan(lambda a: 2.0**a),
    "log": _logarithm(math.log),
    "log2": _logarithm(math.log2),
    "log10": _logarithm(math.log10),
    "log1p": _log1p,
    "sinh": _sinh,
    **{
        name: _or_nan(getattr(math, name))
        for name in ("sqrt", "exp", "expm1", "sin", "cos", "tan", "asin", "acos", "atan", "cosh", "tanh")
    },
}


def of_two(name, kind):
    """The operation on two values of a type."""
    if name in _COMPARISONS:
        return _COMPARISONS[name]
    if name in ("floordiv", "mod") and kind.kind == "F":
        both, part = _float_divmod(kind), int(name == "mod")
        return lambda a, b: both(a, b)[part]
    if kind.kind == "F":
        function = _OF_FLOATS[name]
    else:
        function = _OF_A_TYPE[name](kind) if name in _OF_A_TYPE else _OF_INTEGERS[name]
    wrap = kind.wrap
    return lambda a, b: wrap(function(a, b))


def of_one(name, kind):
    """The operation on one value of a type."""
    if name in _TESTS:
        return _TESTS[name]
    if kind is BOOL:
        return operator.not_
    wrap = kind.wrap
    if name == "sign":
        function = _sign
    elif kind.kind == "F":
        function = _FUNCTIONS[name]
    else:
        function = _BITS[name](kind) if name in _BITS else _SIGNS[name]
    return lambda a: wrap(function(a))
