"""The loops of NumPy's and others' ufuncs: where they lie, read from the ufunc itself.

The beginning of the C struct is part of NumPy's public C API (PyUFuncObject in ufuncobject.h). What is read there is
compared with what Python says of the ufunc before a pointer is followed.
"""

import sys

from .signatures import MOST, Signature

_TYPES = {
    "?": "BOOL", "b": "S1", "B": "U1", "h": "S2", "H": "U2", "i": "S4", "I": "U4", "l": "S8", "L": "U8", "q": "S8",
    "Q": "U8", "f": "F4", "d": "F8",
}  # fmt: skip
_known = {}  # loops, with the ufunc, by its identity


def ufunc_of(function):
    """The ufunc that a function is, or that numba's vectorize() made for it; None if there is none."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if not isinstance(function, numpy.ufunc):
        function = getattr(function, "ufunc", None)
    return function if isinstance(function, numpy.ufunc) else None


def loops(ufunc):
    """The loops over numbers of a ufunc: [(Signature, address, data)]. TypeError if there are none, or no way to them."""
    key = id(ufunc), ufunc.ntypes  # numba's get more loops with time
    found = _known.get(key)
    if found is None:
        found = _known[key] = _loops(ufunc), ufunc
    return found[0]


def _loops(ufunc):
    name = ufunc.__name__
    if ufunc.signature is not None:
        raise TypeError("the ufunc %s works on parts of arrays, not on numbers; %s" % (name, _CHUNKS))
    if ufunc.nout != 1:
        raise TypeError(
            "the ufunc %s gives %d results, and pipelines call what gives one; %s" % (name, ufunc.nout, _CHUNKS)
        )
    if not 1 <= ufunc.nin <= MOST:
        raise TypeError("the ufunc %s takes %d numbers, and functions of 1 to %d are called" % (name, ufunc.nin, MOST))
    wanted = []
    for number, text in enumerate(ufunc.types):
        takes, _, gives = text.partition("->")
        if _TYPES.keys() >= {*takes, *gives}:
            wanted.append((number, Signature([_TYPES[each] for each in takes], _TYPES[gives])))
    if not wanted:
        raise TypeError(
            "the ufunc %s has no loop over numbers, but %s; %s" % (name, ", ".join(ufunc.types) or "none", _CHUNKS)
        )
    if sys.implementation.name != "cpython":
        raise TypeError(
            "the loops of the ufunc %s can't be reached on %s; %s" % (name, sys.implementation.name, _CHUNKS)
        )
    functions, data = _pointers(ufunc)
    return [(types, functions[number], data[number]) for number, types in wanted if functions[number]]


_CHUNKS = "map_chunks takes a function of NumPy arrays for each chunk"


def _pointers(ufunc):
    """The addresses of all loops, and of the data that each takes."""
    import ctypes

    import numpy

    class Begin(ctypes.Structure):
        """PyUFuncObject, behind what all objects begin with."""

        _fields_ = [
            ("nin", ctypes.c_int),
            ("nout", ctypes.c_int),
            ("nargs", ctypes.c_int),
            ("identity", ctypes.c_int),
            ("functions", ctypes.POINTER(ctypes.c_void_p)),
            ("data", ctypes.POINTER(ctypes.c_void_p)),
            ("ntypes", ctypes.c_int),
            ("reserved1", ctypes.c_int),
            ("name", ctypes.c_char_p),
            ("types", ctypes.POINTER(ctypes.c_byte)),
        ]

    head, count = object.__basicsize__, len(ufunc.types)
    if type(ufunc).__basicsize__ < head + ctypes.sizeof(Begin):
        raise _unknown(ufunc)
    begin = Begin.from_address(id(ufunc) + head)
    said = ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes, count
    if (begin.nin, begin.nout, begin.nargs, begin.ntypes, begin.ntypes) != said or not begin.functions:
        raise _unknown(ufunc)
    codes = [numpy.dtype(code).num for text in ufunc.types for code in text.replace("->", "")]
    if begin.name != ufunc.__name__.encode() or begin.types[: len(codes)] != codes:
        raise _unknown(ufunc)
    return begin.functions[:count], [each or 0 for each in begin.data[:count]] if begin.data else [0] * count


def _unknown(ufunc):
    return TypeError("the ufunc %s is not laid out as NumPy's C API says; %s" % (ufunc.__name__, _CHUNKS))
