"""What programs give, as Python's objects."""

from .._times import NAT, decode
from .types import is_time, kind_and_unit, rounded


def finished(value, type):
    """A result of a type: F4 rounded to what it holds, times as dates and spans, None for NaT."""
    if type == "F4":
        return rounded(value)
    if is_time(type):
        kind, unit = kind_and_unit(type)
        return decode(value, unit, kind == "SPAN")
    return value


def wrapped(value, type):
    """An integer as the type holds it: modulo its range."""
    size = 8 * int(type[1])
    value &= (1 << size) - 1
    return value - (1 << size) if type[0] == "S" and value >> (size - 1) else value


def missing(value):
    """Whether the count of a time is NaT."""
    return value == NAT
