"""What the operators of symbolic values do: NumPy's rules for types, and the operations of programs for them."""

import datetime

from . import values
from .types import (
    FLOAT,
    FLOATS,
    INT,
    INTEGERS,
    LIMITS,
    PROMOTED,
    SIZES,
    UNSIGNED,
    Weak,
    checked,
    floating,
    is_numpy_scalar,
    is_time,
    numpy_type,
    settled,
)
from .values import Value

_SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//", "mod": "%", "and": "&", "or": "|", "xor": "^",
    "shl": "<<", "shr": ">>", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "pow": "**",
    "min": "minimum", "max": "maximum",
}  # fmt: skip
_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


def constant(value, type):
    """The node of a constant: a number of this type, checked before."""
    return Value("par", (value,), type)


def operand(value):
    """A value and its type, which is weak for Python's own numbers. (None, None) for what pipelines don't compute with.

    TypeError for arrays: their elements are to come as a value of their own.
    """
    kind = type(value)
    if kind is Value:
        return value, value._type
    if kind is int:
        return value, INT
    if kind is float:
        return value, FLOAT
    if kind is bool:
        return constant(value, "BOOL"), "BOOL"
    return _other_operand(value)


def _other_operand(value):
    if is_numpy_scalar(value):
        if value.dtype.kind in "mM":
            from .times import constant_of_numpy

            made = constant_of_numpy(value)
            return made, made._type
        type = numpy_type(value)
        if type is None:  # NumPy would ask us again if we left it to the scalar
            raise TypeError("pipelines compute with no %s" % value.dtype)
        return constant(value.item(), type), type
    if isinstance(value, (datetime.date, datetime.timedelta)):
        from .times import constant_of_python

        made = constant_of_python(value)
        return made, made._type
    if isinstance(value, float):
        return float(value), FLOAT
    if isinstance(value, int):  # of another class, as members of enums are
        return int(value), INT
    if getattr(value, "shape", None) == () and hasattr(value, "__array__"):
        return operand(value[()])  # an array of no dimension
    if hasattr(value, "_window") or hasattr(value, "__array__"):
        from .located import no_sequence

        raise no_sequence(
            "room for the elements of an array, such as this %s" % kind_of(value),
            "zip_(a, b).map(lambda x, y: ...) gives the elements of two arrays side by side",
        )
    return None, None


def strong(value, type, other=None):
    """An operand as a node, where a weak one takes the type that it has beside `other`."""
    if not isinstance(type, Weak):
        return value
    type = settled(type, other)
    return constant(checked(value, type), type)


def cast(value, type):
    """The value as another number type, by the same cast as NumPy's."""
    if value._type == type:
        return value
    if value._op == "par":
        exact = _constant_cast(value._args[0], type)
        if exact is not None:
            return constant(exact, type)
    return Value("cast", (value,), type)


def _constant_cast(value, type):
    """A constant in another type, or None if only the program knows what becomes of it."""
    if type in LIMITS:
        low, high = LIMITS[type]
        return int(value) if isinstance(value, int) and low <= value <= high else None
    return bool(value) if type == "BOOL" else float(value) if abs(value) <= 2**53 else None


def pair(op, one, two):
    """Two operands as nodes of one type, or None if one of them is nothing to compute with."""
    one, left = operand(one)
    two, right = operand(two)
    if left is None or right is None:
        return None
    one, two = strong(one, left, right), strong(two, right, left)
    return common(op, one, two)


def common(op, one, two):
    """Two nodes of numbers as the type that NumPy promotes them to."""
    left, right = one._type, two._type
    if left == right:
        return one, two
    try:
        type = PROMOTED[left, right]
    except KeyError:
        raise unfit(op, left, right) from None
    return cast(one, type), cast(two, type)


def unfit(op, *types):
    return TypeError("there is no %s of %s" % (_SIGNS.get(op, op), " and ".join(types)))


def _binary(op, one, two):
    if type(one) is Value and one._type in FLOATS and op in _OF_ALL_NUMBERS:  # the most, quickly
        kind, left = type(two), one._type
        if kind is Value:
            if two._type == left:
                return Value(op, (one, two), left)
        elif kind is float or kind is int:
            return Value(op, (one, Value("par", (checked(two, left),), left)), left)
    one, left = operand(one)
    two, right = operand(two)
    if left is None or right is None:
        return NotImplemented
    if left[-1] == "]" or right[-1] == "]":
        from .times import binary

        return binary(op, one, left, two, right)
    if isinstance(left, Weak):
        one = strong(one, left, right)
    elif isinstance(right, Weak):
        two = strong(two, right, left)
    one, two = common(op, one, two)
    common_type = one._type
    if common_type in FLOATS:
        if op in _OF_INTEGERS:
            raise unfit(op, left, right)
    elif common_type == "BOOL":
        if op in _OF_BOOL:
            op = _OF_BOOL[op]
            if op is None:
                raise TypeError("there is no - of truth values: x ^ y tells where they differ")
        elif op in _OF_INTEGERS or op in ("floordiv", "mod"):
            common_type = "S1"
            one, two = cast(one, common_type), cast(two, common_type)
    if op == "div" and common_type not in FLOATS:
        common_type = "F8"
        one, two = cast(one, common_type), cast(two, common_type)
    if op in ("shl", "shr") and (left == "U8" or right == "U8") and common_type == "F8":
        raise unfit(op, left, right)
    return Value(op, (one, two), common_type)


_OF_ALL_NUMBERS = frozenset(("add", "sub", "mul", "div", "floordiv", "mod", "min", "max"))
_OF_INTEGERS = frozenset(("and", "or", "xor", "shl", "shr"))
_OF_BOOL = {"add": "or", "mul": "and", "sub": None, "and": "and", "or": "or", "xor": "xor", "min": "and", "max": "or"}


def _comparison(op, one, two):
    if type(one) is Value and one._type in FLOATS and (type(two) is float or type(two) is int):
        left = one._type
        return Value(op, (one, Value("par", (checked(two, left),), left)), "BOOL")
    given = one, two
    one, left = operand(one)
    two, right = operand(two)
    if left is None or right is None:
        # Not NotImplemented, of which Python would make a plain False.
        strange = kind_of(given[0] if left is None else given[1])
        raise TypeError("a symbolic value is compared with numbers, times and other values, not %s" % strange)
    if left[-1] == "]" or right[-1] == "]":
        from .times import comparison

        return comparison(op, one, left, two, right)
    if isinstance(left, Weak):
        return _comparison(_MIRRORED[op], two, one)
    if right is INT and left in INTEGERS:
        low, high = LIMITS[left]
        if not low <= two <= high:  # which no element is
            above = two > high
            return constant({"eq": False, "ne": True, "lt": above, "le": above}.get(op, not above), "BOOL")
    if isinstance(right, Weak):
        two = strong(two, right, left)
    if {left, two._type} == _MIXED:
        return _exactly(op, one, two)
    one, two = common(op, one, two)
    return Value(op, (one, two), "BOOL")


_MIXED = {"U8", "S8"}


def _exactly(op, one, two):
    """U8 beside S8, of which F8 would not tell close neighbours apart."""
    if one._type == "S8":
        return _exactly(_MIRRORED[op], two, one)
    negative = Value("lt", (two, constant(0, "S8")), "BOOL")
    compared = Value(op, (one, cast(two, "U8")), "BOOL")
    if op in ("ne", "gt", "ge"):
        return Value("or", (negative, compared), "BOOL")
    return Value("and", (Value("not", (negative,), "BOOL"), compared), "BOOL")


_AS_THEY_ARE = frozenset(("pos", "floor", "ceil", "trunc", "round"))


def _unary(op, value):
    type = value._type
    if is_time(type):
        from .times import unary

        return unary(op, value)
    if op == "pos" or (op in _AS_THEY_ARE and type not in FLOATS):
        return value
    if type == "BOOL" and op != "not":
        if op == "abs":
            return value
        raise TypeError("there is no %s of truth values%s" % (op, ": ~x is the opposite" if op == "neg" else ""))
    if op == "not" and type in FLOATS:
        raise TypeError("there is no ~ of %s" % type)
    if op == "abs" and type in UNSIGNED:
        return value
    return Value(op, (value,), type)


def of_floats(op, *numbers):
    """A function that computes in floats, of values that may be integers."""
    nodes = []
    for number in numbers:
        node, type = operand(number)
        if type is None or type[-1] == "]":
            raise TypeError("%s takes numbers, not %s" % (op, type or kind_of(number)))
        nodes.append((node, type))
    nodes = [strong(node, type, next((t for _, t in nodes if t is not type), None)) for node, type in nodes]
    type = nodes[0]._type
    for node in nodes[1:]:
        type = PROMOTED[type, node._type]
    type = floating(type)
    return Value(op, tuple([cast(node, type) for node in nodes]), type)


def kind_of(value):
    return type(value).__name__


def _power(one, two):
    base, left = operand(one)
    exponent, right = operand(two)
    if left is None or right is None:
        return NotImplemented
    if left[-1] == "]" or right[-1] == "]":
        raise unfit("pow", left, right)
    if right in (INT, FLOAT) and left in FLOATS or (right is FLOAT and left in SIZES):
        quick = _special_power(cast(base, settled(FLOAT, left)), exponent)
        if quick is not None:
            return quick
    if right is INT and left in INTEGERS and exponent == 2:
        return Value("mul", (base, base), left)
    base, exponent = common("pow", strong(base, left, right), strong(exponent, right, left))
    type = base._type
    if type == "BOOL":
        type = "S1"
        base, exponent = cast(base, type), cast(exponent, type)
    if type in INTEGERS and type not in UNSIGNED:
        known = exponent._args[0] if exponent._op == "par" else None
        if known is not None and known < 0:
            raise ValueError("integers have no power of %d: x.astype('F8') ** %d" % (known, known))
        if known is None and not _never_negative(exponent):
            raise TypeError(
                "an exponent of %s may be negative, of which integers have no power: "
                "make it unsigned, y.astype('U8'), or x a float, x.astype('F8')" % exponent._type
            )
    return Value("pow", (base, exponent), type)


def _never_negative(node):
    return node._op == "cast" and (node._args[0]._type in UNSIGNED or node._args[0]._type == "BOOL")


def _special_power(base, exponent):
    """x ** 2 and others as NumPy computes them, or None."""
    if exponent == 2:
        return Value("mul", (base, base), base._type)
    if exponent == 1:
        return base
    if exponent == 0.5:
        return Value("sqrt", (base,), base._type)
    if exponent == -1:
        return Value("div", (constant(1.0, base._type), base), base._type)
    return None


def truth(value):
    """A number as a truth value: whether it is not zero."""
    return cast(value, "BOOL") if not is_time(value._type) else Value("ne", (value, constant(0, value._type)), "BOOL")


def _convert(value, dtype):
    from .types import named

    type = dtype if dtype in SIZES else named(dtype)
    if is_time(type) or is_time(value._type):
        from .times import convert

        return convert(value, type)
    return cast(value, type)


values.binary = _binary
values.comparison = _comparison
values.unary = _unary
values.power = _power
values.convert = _convert
