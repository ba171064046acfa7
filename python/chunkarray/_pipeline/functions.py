"""Functions of symbolic values, with NumPy's meanings.

They take numbers, too, and give a number then; of arrays, slices, columns and chains they give a chain.
"""

from . import values
from .operations import common, constant, kind_of, of_floats, operand, strong, truth
from .types import FLOATS, INTEGERS, SIZES, Weak, is_time
from .values import Value

FUNCTIONS = {}  # by name, for NumPy's own of the same name


def _function(function):
    """Makes a function of values take numbers, arrays and chains as well."""
    name = function.__name__

    def given(*arguments):
        for argument in arguments:
            if type(argument) is Value:
                return function(*arguments)
        return of_others(function, arguments)

    given.__name__ = given.__qualname__ = name
    given.__doc__ = function.__doc__
    given.__module__ = "chunkarray"
    given.__wrapped__ = function  # for signatures
    FUNCTIONS[name] = given
    return given


def of_others(function, arguments):
    """A function of values, of arrays and chains, or of plain numbers only."""
    from .chain import is_source, zip_

    places = [place for place, argument in enumerate(arguments) if is_source(argument)]
    if not places:
        return _evaluated(function, arguments)

    def of_elements(*elements):
        filled = list(arguments)
        for place, element in zip(places, elements):
            filled[place] = element
        return function(*filled)

    if len(places) == 1:
        return arguments[places[0]].map(of_elements)
    return zip_(*[arguments[place] for place in places]).map(of_elements)


def _evaluated(function, arguments):
    """The function of plain numbers, by the same code that arrays get."""
    from .running import evaluated

    nodes = []
    for argument in arguments:
        node, type = operand(argument)
        if type is None and argument is not None:
            raise TypeError(
                "%s takes numbers, arrays and symbolic values, not %s" % (function.__name__, kind_of(argument))
            )
        nodes.append(argument if type is None else strong(node, type))
    return evaluated(function(*nodes))


def _value(value, name):
    node, type = operand(value)
    if type is None:
        raise TypeError("%s takes numbers, not %s" % (name, kind_of(value)))
    return strong(node, type)


def _two(name, one, two):
    """Two operands as nodes of one type."""
    found = [operand(one), operand(two)]
    for given, (_, type) in zip((one, two), found):
        if type is None:
            raise TypeError("%s takes numbers, not %s" % (name, kind_of(given)))
    (one, left), (two, right) = found
    if isinstance(left, Weak) and isinstance(right, Weak):
        type = "F8" if "float" in (left, right) else "S8"
        return strong(one, left, type), strong(two, right, type)
    return strong(one, left, right), strong(two, right, left)


# Choices.


@_function
def where(condition, a, b):
    """`a` where the condition is true, else `b`: what `a if condition else b` is for one number.

    Both are computed. The type is that of `a` and `b` together.
    """
    condition = _value(condition, "where")
    if condition._type != "BOOL":
        condition = truth(condition)
    a, b = _two("where", a, b)
    if is_time(a._type) or is_time(b._type):
        from .times import alike

        a, b = alike(a, b)
    else:
        a, b = common("where", a, b)
    return Value("where", (condition, a, b), a._type)


@_function
def minimum(a, b):
    """The lesser of two; NaN where one is NaN."""
    return _least("min", a, b)


@_function
def maximum(a, b):
    """The greater of two; NaN where one is NaN."""
    return _least("max", a, b)


def _least(op, a, b):
    a, b = _two({"min": "minimum", "max": "maximum"}[op], a, b)
    return values.binary(op, a, b)


@_function
def clip(x, low, high):
    """`x`, but not below `low` and not above `high`, of which one may be None."""
    if low is None and high is None:
        raise TypeError("clip takes a lower bound, an upper one, or both")
    found = x
    if low is not None:
        found = maximum(found, low)
    return found if high is None else minimum(found, high)


# Functions of floats.


def _of_floats(name, meaning, op=None):
    op = op or name

    def function(x):
        return of_floats(op, x)

    function.__name__ = name
    function.__doc__ = meaning
    return _function(function)


sqrt = _of_floats("sqrt", "The square root; NaN of negative numbers.")
exp = _of_floats("exp", "e to the power of x.")
exp2 = _of_floats("exp2", "2 to the power of x.")
expm1 = _of_floats("expm1", "e to the power of x, less 1: exact near 0.")
log = _of_floats("log", "The natural logarithm; -inf of 0, NaN of negative numbers.")
log2 = _of_floats("log2", "The logarithm to base 2.")
log10 = _of_floats("log10", "The logarithm to base 10.")
log1p = _of_floats("log1p", "The natural logarithm of 1 + x: exact near 0.")
sin = _of_floats("sin", "The sine of an angle in radians.")
cos = _of_floats("cos", "The cosine of an angle in radians.")
tan = _of_floats("tan", "The tangent of an angle in radians.")
asin = _of_floats("asin", "The angle in radians, from -pi/2 to pi/2, of a sine.")
acos = _of_floats("acos", "The angle in radians, from 0 to pi, of a cosine.")
atan = _of_floats("atan", "The angle in radians, from -pi/2 to pi/2, of a tangent.")
sinh = _of_floats("sinh", "The hyperbolic sine.")
cosh = _of_floats("cosh", "The hyperbolic cosine.")
tanh = _of_floats("tanh", "The hyperbolic tangent.")


@_function
def atan2(y, x):
    """The angle in radians, from -pi to pi, of the point (x, y)."""
    return of_floats("atan2", y, x)


@_function
def hypot(x, y):
    """The distance of the point (x, y) from (0, 0), without overflow on the way."""
    return of_floats("hypot", x, y)


# Rounding.


def _rounding(name, meaning):
    def function(x):
        return values.unary(name, _value(x, name))

    function.__name__ = name
    function.__doc__ = meaning
    return _function(function)


floor = _rounding("floor", "The greatest whole number that is not above x; integers stay as they are.")
ceil = _rounding("ceil", "The least whole number that is not below x; integers stay as they are.")
trunc = _rounding("trunc", "x without its fraction; integers stay as they are.")
sign = _rounding("sign", "-1, 0 or 1, in the type of x; NaN of NaN.")


def rounded_to(value, digits):
    """round(x, digits): half to even, by a power of ten, as NumPy does it."""
    if value._type not in FLOATS:
        if digits > 0:
            return value
        raise TypeError("integers are rounded as floats: round(x.astype('F8'), %d)" % digits)
    factor = constant(float(10 ** abs(digits)), value._type)
    up, down = ("mul", "div") if digits > 0 else ("div", "mul")
    scaled = Value(up, (value, factor), value._type)
    return Value(down, (Value("round", (scaled,), value._type), factor), value._type)


# What floats may be.


def _test(name, meaning):
    def function(x):
        value = _value(x, name)
        if is_time(value._type) and name == "isnan":
            from .times import is_nat

            return is_nat(value)
        if value._type not in FLOATS:  # which are always finite
            if value._type not in SIZES:
                raise TypeError("there is no %s of %s" % (name, value._type))
            return constant(name == "isfinite", "BOOL")
        return Value(name, (value,), "BOOL")

    function.__name__ = name
    function.__doc__ = meaning
    return _function(function)


isnan = _test("isnan", "Whether it is no number; of times, whether it is NaT.")
isinf = _test("isinf", "Whether it is infinite.")
isfinite = _test("isfinite", "Whether it is neither NaN nor infinite.")


# Bits.


def _of_bits(name, op, meaning):
    def function(x):
        value = _value(x, name)
        if value._type not in INTEGERS:
            raise TypeError("%s takes integers, not %s" % (name, value._type))
        return Value(op, (value,), value._type)

    function.__name__ = name
    function.__doc__ = meaning
    return _function(function)


popcount = _of_bits("popcount", "popcount", "How many bits are set, in the type of x.")
leading_zeros = _of_bits("leading_zeros", "clz", "How many bits above the highest one that is set.")
trailing_zeros = _of_bits("trailing_zeros", "ctz", "How many bits below the lowest one that is set.")
byteswap = _of_bits("byteswap", "bswap", "The bytes in the opposite order.")


# For NumPy's functions of other names.


def as_f8(x):
    return _value(x, "float_power").astype("F8")


def truth_of(x):
    return truth(_value(x, "a truth value"))


def rint(x):
    return of_floats("round", x)
