"""Signatures of functions in C: "F8(F8,S4)" in the names of dtypes, "double (double, int)" in C's own."""

import struct

from .types import SIZES

MOST = 4  # arguments
DATA = "void *"  # what takes user data
_LONG, _POINTER = 8 * struct.calcsize("l"), 8 * struct.calcsize("P")
_NAMES = {
    **{name: name for name in SIZES},
    **{"B%d" % size: "U%d" % size for size in (1, 2, 4, 8)},
    "bool": "BOOL", "_Bool": "BOOL", "boolean": "BOOL", "npy_bool": "BOOL",
    "float": "F4", "float32": "F4", "npy_float": "F4", "double": "F8", "float64": "F8", "npy_double": "F8",
    "size_t": "U%d" % (_POINTER // 8), "uintptr_t": "U%d" % (_POINTER // 8), "uintp": "U%d" % (_POINTER // 8),
    **dict.fromkeys(("ssize_t", "Py_ssize_t", "ptrdiff_t", "intptr_t", "intp", "npy_intp"), "S%d" % (_POINTER // 8)),
}  # fmt: skip
for _bits in (8, 16, 32, 64):
    for _sign, _letter in (("", "S"), ("u", "U")):
        for _form in ("%sint%d", "%sint%d_t", "npy_%sint%d"):
            _NAMES[_form % (_sign, _bits)] = "%s%d" % (_letter, _bits // 8)
_OF_INTEGERS = frozenset(("signed", "unsigned", "char", "short", "int", "long"))
_OF_TYPES = frozenset((*_NAMES, *_OF_INTEGERS, "complex", "_Complex", "_Imaginary", "void"))  # which name no argument


class Signature:
    """The types of a function.

    takes    those of its arguments, of SIZES
    gives    that of its result
    data     whether a `void *` stands behind the arguments
    passed   those of all that is passed: 1 to 4, those of the arguments and maybe of a zero behind them
    """

    __slots__ = ("takes", "gives", "data", "passed")

    def __init__(self, takes, gives, data=False, passed=None):
        self.takes = takes
        self.gives = gives
        self.data = data
        self.passed = takes if passed is None else passed

    def __eq__(self, other):
        return (self.passed, self.gives, self.data) == (other.passed, other.gives, other.data)

    __hash__ = None

    def __str__(self):
        return "%s(%s)" % (self.gives, ",".join([*self.takes, *([DATA] if self.data else ())]))


def signature(gives, takes, what):
    """The Signature of types by their names. TypeError for functions that pipelines can't call; `what` names this one."""
    takes = list(takes)
    data = bool(takes) and _words(takes[-1]) == ["void", "*"]
    if data:
        takes.pop()
    # Functions of Cython's that methods may replace: 0 says that none is to be looked for.
    zeros = ["S4"] if takes and takes[-1].endswith("__pyx_skip_dispatch") else []
    takes = takes[: len(takes) - len(zeros)]
    if not 1 <= len(takes) <= MOST - len(zeros):
        raise TypeError(
            "%s takes %s, and functions of 1 to %d are called"
            % (what, "%d numbers" % len(takes) if takes else "no numbers", MOST)
        )
    if _words(gives) == ["void"]:
        raise TypeError("%s gives nothing (void)" % what)
    result = _type(gives, "%s gives" % what)
    takes = [_type(each, "%s takes" % what) for each in takes]
    return Signature(takes, result, data, takes + zeros)


def parsed(text, what):
    """The Signature of a text. ValueError for what is none."""
    front, bracket, rest = text.strip().partition("(")
    if not bracket or rest[-1:] != ")" or not front.strip() or set("()") & set(rest[:-1]):
        raise ValueError("%r is no signature: one is as 'F8(F8,S4)' or 'double (double, int)'" % (text,))
    inside = rest[:-1].strip()
    takes = [each.strip() for each in inside.split(",")] if inside and inside != "void" else []
    if "..." in takes:
        raise TypeError("%s takes any number of arguments (...), which can't be called here" % what)
    if "" in takes:
        raise ValueError("%r is no signature: one is as 'F8(F8,S4)' or 'double (double, int)'" % (text,))
    return signature(front.strip(), takes, what)


def _words(name):
    words = name.replace("*", " * ").split()
    return [word for word in words if word not in ("const", "volatile", "restrict")]


def _type(name, doing):
    """The type of a number in C."""
    words = _words(name)
    found = _number(words)
    if found is None and len(words) > 1 and words[-1].isidentifier() and words[-1] not in _OF_TYPES:
        found = _number(words[:-1])  # with the argument's name behind it
    if found is not None:
        return found
    if "*" in words:
        raise TypeError("%s a pointer (%s), and pipelines have numbers" % (doing, name))
    if words[:1] in (["struct"], ["union"]):
        raise TypeError("%s a %s (%s), and pipelines have numbers" % (doing, words[0], name))
    raise TypeError("%s %r, which is no type of numbers that pipelines know" % (doing, name))


def _number(words):
    found = _NAMES.get(" ".join(words))
    if found is None and words and _OF_INTEGERS.issuperset(words):
        found = _integer(words)
    return found


def _integer(words):
    letter = "U" if "unsigned" in words else "S"
    if "char" in words:
        # A plain char has a sign on some machines only.
        return None if len(words) == 1 else letter + "1"
    if "short" in words:
        return letter + "2"
    longs = words.count("long")
    return "%s%d" % (letter, 4 if not longs else _LONG // 8 if longs == 1 else 8)
