"""Errors that say in which line of whose lambda they happened, and what to write instead."""

import linecache
import re
import sys

_OURS = (__package__.partition(".")[0], "numpy")  # whose frames are no lambda's

_CONDITIONS = (
    (r"\bif\b", "'a if condition else b' and 'if' become chunkarray.where(condition, a, b), or a filter"),
    (r"\band\b", "'x and y' becomes (x) & (y)"),
    (r"\bor\b", "'x or y' becomes (x) | (y)"),
    (r"\bnot\b", "'not x' becomes ~(x)"),
    (r"\bin\b", "'x in (1, 2)' becomes (x == 1) | (x == 2)"),
    (r"[<>]=?[^<>=&|]+[<>]=?", "'a < x < b' becomes (a < x) & (x < b)"),
    (r"\bmin\(", "min(x, y) becomes chunkarray.minimum(x, y)"),
    (r"\bmax\(", "max(x, y) becomes chunkarray.maximum(x, y)"),
    (r"\b(while|for|assert)\b", "a loop runs once, while the lambda is read, for all elements alike"),
)
_OF_MATH = {
    name: name
    for name in (
        "sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan atan2 sinh cosh tanh hypot "
        "isnan isinf isfinite"
    ).split()
}
_OF_MATH.update(fabs="abs", pow="**", fmod="%")
_CONVERSIONS = {
    "float": "x.astype('F8') converts",
    "int": "x.astype('S8') converts",
    "index": "x.astype('S8') converts; a symbolic value is no index and no count",
    "complex": "pipelines have no complex numbers",
}


def user_frame():
    """The innermost frame that is neither this package's nor NumPy's, that of the lambda: None if there is none."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        frame = frame.f_back
    return frame


def place():
    """Where the lambda is: 'line 3 of file.py', and the line itself."""
    frame = user_frame()
    if frame is None:
        return "an unknown line", ""
    code = frame.f_code
    return "line %d of %s" % (frame.f_lineno, code.co_filename), linecache.getline(
        code.co_filename, frame.f_lineno, frame.f_globals
    ).strip()


def _error(what, line, advice):
    where, text = line
    shown = ": " + text if text else ""
    return TypeError("%s\n  %s%s\n  instead: %s" % (what, where, shown, advice))


def no_truth():
    """The error for a symbolic value where Python wants to know now whether it is true."""
    line = place()
    found = [advice for pattern, advice in _CONDITIONS if re.search(pattern, line[1])]
    if not found:
        found = [advice for _, advice in _CONDITIONS[:5]]
    return _error(
        "a symbolic value stands for all elements, and is neither true nor false for `if`, `and`, `or`, `not` and `in`",
        line,
        "; ".join(found),
    )


def no_number(wanted):
    """The error for a symbolic value where Python wants one number: "float", "int", "index" or "complex"."""
    line = place()
    found = []
    for name in re.findall(r"\bmath\.(\w+)", line[1]):
        if name in _OF_MATH:
            ours = _OF_MATH[name]
            how = "chunkarray.%s(x)" % ours if ours == name else "abs(x)" if ours == "abs" else "x %s y" % ours
            found.append("math.%s(x) becomes %s" % (name, how))
        else:
            found.append("there is nothing for math.%s: map_chunks takes a function for each chunk" % name)
    return _error(
        "a symbolic value stands for all elements, and has no value yet for %s"
        % ("math's functions and float()" if wanted == "float" else wanted + "()"),
        line,
        "; ".join(found) or _CONVERSIONS[wanted],
    )


def no_sequence(what, advice):
    """The error for what sequences do and values don't."""
    return _error("a symbolic value stands for one element, and has no %s" % what, place(), advice)


def function_place(function):
    """Where a function is defined, for errors about what it gave."""
    code = getattr(function, "__code__", None)
    if code is None:
        return repr(function)
    return "%s, line %d of %s" % (function.__name__, code.co_firstlineno, code.co_filename)
