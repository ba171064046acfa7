"""Sequence patterns: `match a: case [first, *rest]`.

A class matches them if it carries the flag that collections.abc.Sequence gives to its subclasses and to what is
registered with it. Arrays are neither (see _elements.py), so they get the flag from an abstract class of their own.
"""

from abc import ABCMeta


class _Matched(metaclass=ABCMeta):  # noqa: B024 (its methods don't matter, its flag does)
    __slots__ = ()
    __abc_tpflags__ = 1 << 5  # Py_TPFLAGS_SEQUENCE


def match_as_sequence(cls):
    """Makes `cls` and its subclasses match sequence patterns. A class decorator."""
    _Matched.register(cls)
    return cls
