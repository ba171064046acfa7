"""Reads arguments, and says what was wrong with one, in the words of src/arguments.rs."""

import operator

GREATEST = 2**63 - 1  # of a size or an index


def text(what, value):
    """A str: a TypeError that begins with `what` for everything else."""
    if not isinstance(value, str):
        raise TypeError("%s is a str, not %s" % (what, type(value).__name__))
    value.encode()  # text that is not Unicode is refused here
    return str(value)


def index(value):
    """An integer that stands for an index: ints, and what has __index__."""
    number = operator.index(value)
    if not -GREATEST - 1 <= number <= GREATEST:
        raise IndexError("index %s is out of range for any array" % shown(value))
    return number


def size(what, value):
    """A size that a caller passes: a non-negative int."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError("%s is an int, not %s" % (what, type(value).__name__)) from None
    if number < -GREATEST - 1:
        raise ValueError("%s is negative" % what)
    if number > GREATEST:
        raise MemoryError("%s is larger than any memory" % what)
    if number < 0:
        raise ValueError("%s is negative: %d" % (what, number))
    return number


def position(key, length):
    """The index from the front that `key` means in a sequence of `length`: IndexError if there is none."""
    number = index(key)
    if not -length <= number < length:
        raise IndexError("index %d is out of range for length %d" % (number, length))
    return number + length if number < 0 else number


def shown(value):
    """repr(value), shortened, for messages."""
    try:
        text = repr(value)
    except Exception:  # an int too long to print ends here
        return "the value"
    return text if len(text) <= 60 else text[:60] + "..."


def escaped(text, quotes):
    """Text as it is shown between `quotes`: control characters and the quotes themselves are escaped."""
    short = {"\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\", **{q: "\\" + q for q in quotes}}
    return "".join(short.get(c) or (c if c.isprintable() else "\\u{%x}" % ord(c)) for c in text)
