"""The types of symbolic values, and NumPy's rules for what comes of two of them.

A type is the name of a dtype without byte order: BOOL, U1 to U8, S1 to S8, F4, F8, TIME[unit], SPAN[unit]. Raw bits (B1 to
B8) are computed with as unsigned integers, as in NumPy. Programs know the first eleven only (`machine`): times are S8.
"""

import operator
import struct
import sys

SIZES = {"BOOL": 1, "U1": 1, "U2": 2, "U4": 4, "U8": 8, "S1": 1, "S2": 2, "S4": 4, "S8": 8, "F4": 4, "F8": 8}
UNSIGNED = ("U1", "U2", "U4", "U8")
SIGNED = ("S1", "S2", "S4", "S8")
INTEGERS = frozenset(UNSIGNED + SIGNED)
FLOATS = frozenset(("F4", "F8"))
LIMITS = {}
for _name in INTEGERS:
    _bits = 8 * SIZES[_name]
    LIMITS[_name] = (0, 2**_bits - 1) if _name[0] == "U" else (-(2 ** (_bits - 1)), 2 ** (_bits - 1) - 1)
_F8 = struct.Struct("<d").pack
UNITS = ("s", "ms", "us", "ns")  # from the coarsest to the finest


def _promote(one, two):
    if one == two or two == "BOOL":
        return one
    if one == "BOOL":
        return two
    if one in FLOATS or two in FLOATS:
        # F4 holds integers of 16 bits exactly, and NumPy takes it for no larger ones.
        small = all(name == "F4" or SIZES[name] <= 2 for name in (one, two))
        return "F4" if small else "F8"
    if one[0] == two[0]:
        return max(one, two, key=SIZES.get)
    unsigned, signed = (one, two) if one[0] == "U" else (two, one)
    if SIZES[signed] > SIZES[unsigned]:
        return signed
    return "F8" if unsigned == "U8" else "S%d" % (2 * SIZES[unsigned])


PROMOTED = {(one, two): _promote(one, two) for one in SIZES for two in SIZES}


def is_time(type):
    return type[-1] == "]"


def time_of(kind, unit):
    return "%s[%s]" % (kind, unit)


def kind_and_unit(type):
    """("TIME", "ns") for TIME[ns]."""
    return type[:4], type[5:-1]


def machine(type):
    """The type as programs know it."""
    return "S8" if type[-1] == "]" else type


def type_of(dtype):
    """The type of the elements of a dtype, by its name: without byte order, raw bits as integers."""
    name = dtype.lstrip(">")
    return "U" + name[1:] if name[0] == "B" and name != "BOOL" else name


def floating(type):
    """The type that functions of floats, as sqrt, compute numbers of a type in.

    As in NumPy, but that F4 stands for its floats of two bytes.
    """
    return type if type in FLOATS else "F8" if SIZES[type] > 2 else "F4"


def named(dtype):
    """The type that people mean by `dtype`, any that ChunkArray takes. TypeError or ValueError if values have none."""
    from .._dtypes import dtype_name
    from .._elements import is_shaped
    from .._load import core

    if hasattr(dtype, "__layout__"):
        raise TypeError("a value is a number, not a record: %s is the class of records" % dtype.__name__)
    name = core.Array(dtype_name(dtype), chunk_size=1).dtype
    if is_shaped(name):
        raise TypeError("a value is one number, and %s is of several" % name)
    found = type_of(name)
    if found not in SIZES and found[:4] not in ("TIME", "SPAN"):
        raise TypeError("a value is a number or a time, and %s is neither" % name)
    return found


# Constants.


class Weak(str):
    """What a number of Python's own is: it takes the type of what it meets, if that is of its kind (NEP 50)."""

    __slots__ = ()


INT, FLOAT = Weak("int"), Weak("float")


def settled(weak, other):
    """The type of a weak constant beside a value of the type `other`, or alone (None)."""
    if weak is INT:
        return "S8" if other is None or other == "BOOL" else other
    return other if other in FLOATS else "F8"


def checked(value, type):
    """A Python number as one of a type. OverflowError if it is out of range."""
    if type in LIMITS:
        low, high = LIMITS[type]
        value = operator.index(value)
        if not low <= value <= high:
            raise OverflowError("%s is out of range for %s (%d to %d)" % (shown(value), type, low, high))
        return value
    if type in FLOATS:
        try:
            return float(value)
        except OverflowError:
            raise OverflowError("%s is out of range for %s" % (shown(value), type)) from None
    return bool(value)


def shown(value):
    """A number in messages: digits without end help nobody, and some interpreters refuse to print them."""
    if isinstance(value, int) and value.bit_length() > 200:
        return "an integer of %d bits" % value.bit_length()
    return repr(value)


def packed(value, type):
    """The eight bytes of a constant of a machine type, as programs take parameters."""
    if type == "F8":
        return _F8(value)
    if type == "F4":
        return _f4(value) + b"\0\0\0\0"
    if type[0] == "U":
        return struct.pack("<Q", value)
    return struct.pack("<q", value)


def _f4(value):
    try:
        return struct.pack("<f", value)
    except OverflowError:  # as NumPy rounds it
        return struct.pack("<f", float("inf") if value > 0 else float("-inf"))


def rounded(value):
    """A float as F4 has it."""
    return struct.unpack("<f", _f4(value))[0]


def numpy_type(scalar):
    """The type of one of NumPy's scalars, or None if pipelines know none for it."""
    dtype = scalar.dtype
    if dtype.kind in "biu":
        return "BOOL" if dtype.kind == "b" else {"i": "S", "u": "U"}[dtype.kind] + str(dtype.itemsize)
    if dtype.kind == "f" and dtype.itemsize <= 8:
        return "F8" if dtype.itemsize == 8 else "F4"
    return None


def is_numpy_scalar(value):
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)
