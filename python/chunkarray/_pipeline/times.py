"""Times and spans among symbolic values: TIME - TIME is a SPAN, as in NumPy, and NaT stays NaT.

To programs they are integers of 64 bits, of which the least is NaT. Those of two units are computed with in the finer.
"""

import datetime

from .._times import NAT, encode
from .types import FLOAT, FLOATS, INT, INTEGERS, UNITS, Weak, is_time, kind_and_unit, time_of
from .values import Value

_OF_NUMPY = {"D": "s", "h": "s", "m": "s", "W": "s", "M": "s", "Y": "s", "generic": "s"}


def _node(op, arguments, type):
    return Value(op, arguments, type)


def _count(value, type):
    return Value("par", (value,), type)


def constant_of_python(value):
    """The node of a datetime, a date or a timedelta: of microseconds, a date of seconds."""
    span = isinstance(value, datetime.timedelta)
    unit = "us" if span or isinstance(value, datetime.datetime) else "s"
    return _count(encode(value, unit, span), time_of("SPAN" if span else "TIME", unit))


def constant_of_numpy(value):
    """The node of a datetime64 or a timedelta64, in its own unit if that is one of ours, else in seconds."""
    import numpy

    unit = numpy.datetime_data(value.dtype)[0]
    unit = _OF_NUMPY.get(unit, unit)
    if unit not in UNITS:
        raise ValueError("pipelines know times in s, ms, us and ns, not %r" % (value,))
    span = value.dtype.kind == "m"
    return _count(encode(value, unit, span), time_of("SPAN" if span else "TIME", unit))


def _is_nat(value):
    return _node("eq", (_number(value), _count(NAT, "S8")), "BOOL")


def is_nat(value):
    """Whether a time is NaT."""
    return _is_nat(value)


def _number(value):
    """The count of a time as the integer that it is."""
    return value if value._type == "S8" else Value("same", (value,), "S8")


def _guarded(result, *operands):
    """A result, or NaT where an operand is NaT."""
    missing = None
    for each in operands:
        if each._op == "par" and each._args[0] != NAT:
            continue
        nat = _is_nat(each)
        missing = nat if missing is None else _node("or", (missing, nat), "BOOL")
    if missing is None:
        return result
    return _node("where", (missing, _count(NAT, result._type), result), result._type)


def _in_unit(value, unit):
    """A time in a finer unit."""
    kind, own = kind_and_unit(value._type)
    if own == unit:
        return value
    type, factor = time_of(kind, unit), 1000 ** (UNITS.index(unit) - UNITS.index(own))
    if value._op == "par":
        count = value._args[0]
        return _count(count if count == NAT else _within(count * factor, type), type)
    return _guarded(_node("mul", (_number(value), _count(factor, "S8")), type), value)


def _within(count, type):
    if not -(2**63) < count < 2**63:
        raise OverflowError("the constant is out of range for %s" % type)
    return count


def _of_one_unit(one, two):
    unit = max(kind_and_unit(one._type)[1], kind_and_unit(two._type)[1], key=UNITS.index)
    return _in_unit(one, unit), _in_unit(two, unit), unit


def _unfit(op, left, right):
    from .operations import unfit

    return unfit(op, left, right)


def _spans(op, one, left, two, right):
    """Both operands as times: integers beside a time are spans of its unit."""
    nodes = []
    for node, type, other in ((one, left, right), (two, right, left)):
        if isinstance(type, Weak) or type in INTEGERS:
            if type is FLOAT:
                raise _unfit(op, left, right)
            span = time_of("SPAN", kind_and_unit(other)[1])
            if type is INT:
                node = _count(_within(node, span), span)
            else:
                node = Value("same", (_as_s8(node),), span)
        elif not is_time(type):
            raise _unfit(op, left, right)
        nodes.append(node)
    return nodes


def _as_s8(node):
    from .operations import cast

    return cast(node, "S8")


def binary(op, one, left, two, right):
    """What an operator gives of two operands of which one is a time."""
    if op in ("add", "sub", "min", "max"):
        one, two = _spans(op, one, left, two, right)
        return _sum(op, *_of_one_unit(one, two))
    first, second = left[:4], right[:4]
    if first == "SPAN" and second == "SPAN" and op in ("div", "floordiv", "mod"):
        one, two, unit = _of_one_unit(one, two)
        if op == "div":
            quotient = _node("div", (_as_f8(one), _as_f8(two)), "F8")
            return _node("where", (_either_nat(one, two), Value("par", (float("nan"),), "F8"), quotient), "F8")
        result = _node(op, (_number(one), _number(two)), "S8" if op == "floordiv" else time_of("SPAN", unit))
        # NumPy: the quotient of NaT is 0, the rest of NaT, or of a division by nothing, is NaT.
        if op == "floordiv":
            return _node("where", (_either_nat(one, two), _count(0, "S8"), result), "S8")
        zero = _node("eq", (_number(two), _count(0, "S8")), "BOOL")
        guarded = _guarded(result, one, two)
        return _node("where", (zero, _count(NAT, result._type), guarded), result._type)
    if op == "mul" and second == "SPAN" and first != "TIME":
        return _scaled("mul", two, one, left)
    if op in ("mul", "div", "floordiv") and first == "SPAN" and second != "TIME":
        return _scaled(op, one, two, right)
    raise _unfit(op, left, right)


def _either_nat(one, two):
    return _node("or", (_is_nat(one), _is_nat(two)), "BOOL")


def _as_f8(node):
    from .operations import cast

    return cast(_number(node), "F8")


def _sum(op, one, two, unit):
    kinds = one._type[:4], two._type[:4]
    if op in ("min", "max"):
        if kinds[0] != kinds[1]:
            raise _unfit(op, one._type, two._type)
        kind = kinds[0]
    elif op == "add":
        if kinds == ("TIME", "TIME"):
            raise _unfit(op, one._type, two._type)
        kind = "TIME" if "TIME" in kinds else "SPAN"
    else:
        if kinds == ("SPAN", "TIME"):
            raise _unfit(op, one._type, two._type)
        kind = "SPAN" if kinds[0] == kinds[1] else "TIME"
    result = _node(op, (_number(one), _number(two)), time_of(kind, unit))
    return result if op == "min" else _guarded(result, one, two)  # NaT is the least


def _scaled(op, span, number, type):
    """A span times, or divided by, a number: `/` rounds toward zero, as in NumPy, and `//` down."""
    from .operations import cast, strong

    number = strong(number, type)
    if number._type in FLOATS:
        product = _node(op, (_as_f8(span), cast(number, "F8")), "F8")
        return _guarded(Value("same", (cast(product, "S8"),), span._type), span)
    if number._type not in INTEGERS:
        raise _unfit(op, span._type, type)
    number, count = cast(number, "S8"), _number(span)
    if op == "mul":
        return _guarded(_node(op, (count, number), span._type), span)
    if op == "div":
        quotient = _node("floordiv", (_node("abs", (count,), "S8"), _node("abs", (number,), "S8")), "S8")
        zero = _count(0, "S8")
        opposite = _node("xor", (_node("lt", (count, zero), "BOOL"), _node("lt", (number, zero), "BOOL")), "BOOL")
        result = _node("where", (opposite, _node("neg", (quotient,), "S8"), quotient), span._type)
    else:
        result = _node(op, (count, number), span._type)
    none = _node("eq", (number, _count(0, "S8")), "BOOL")  # of a division by nothing comes no span
    return _node("where", (none, _count(NAT, span._type), _guarded(result, span)), span._type)


def alike(one, two):
    """Two times of one kind in one unit, for a choice between them. None of them may be a number."""
    if not (is_time(one._type) and one._type[:4] == two._type[:4]):
        raise _unfit("where", one._type, two._type)
    return _of_one_unit(one, two)[:2]


def comparison(op, one, left, two, right):
    """A comparison of which one side is a time. With NaT it is false, but for !=."""
    for this, that in ((left, right), (right, left)):
        if this[:4] == "TIME" and not is_time(that):
            raise _unfit(op, left, right)
    one, two = _spans(op, one, left, two, right)
    if one._type[:4] != two._type[:4]:
        raise _unfit(op, left, right)
    one, two, _ = _of_one_unit(one, two)
    result = _node(op, (_number(one), _number(two)), "BOOL")
    for each in (one, two):
        if each._op == "par" and each._args[0] != NAT:
            continue
        nat = _is_nat(each)
        if op == "ne":
            result = _node("or", (result, nat), "BOOL")
        else:
            result = _node("and", (result, _node("not", (nat,), "BOOL")), "BOOL")
    return result


def unary(op, value):
    if value._type[:4] == "SPAN" and op in ("neg", "abs", "pos"):
        # The least integer is its own negative, so NaT stays.
        return value if op == "pos" else _node(op, (_number(value),), value._type)
    raise TypeError("there is no %s of %s" % (op, value._type))


def convert(value, type):
    """astype() from or to a time: to another unit, from integers, and to the integers that they are."""
    from .operations import cast

    if not is_time(type):
        number = _number(value)
        return cast(number, type)
    if not is_time(value._type):
        if value._type in FLOATS:
            raise TypeError("there is no %s of %s: make it an integer first, x.astype('S8')" % (type, value._type))
        return Value("same", (cast(value, "S8"),), type)
    (kind, own), (wanted, unit) = kind_and_unit(value._type), kind_and_unit(type)
    if kind != wanted:
        raise TypeError("there is no %s of %s" % (type, value._type))
    if UNITS.index(unit) >= UNITS.index(own):
        return _in_unit(value, unit)
    factor = 1000 ** (UNITS.index(own) - UNITS.index(unit))
    return _guarded(_node("floordiv", (_number(value), _count(factor, "S8")), type), value)
