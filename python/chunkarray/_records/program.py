"""From the layout of a message to the program that finds where messages end: see core/src/message/program.rs.

A program only gets over a message. It loads what lengths, counts and tags are made of, compares constants, and leaves
everything that is odd to parse(), which knows names. What it has no instructions for is Unscannable: then messages are
found by parsing them.
"""

import struct

from . import model
from .fixed import codec, plain_constant
from .model import NOTHING
from .reading import is_first_of_unit
from .variable import (
    Chosen,
    Counted,
    CountedBytes,
    CountedPadding,
    CountedText,
    InSize,
    Until,
    fixed_size,
)

_DONE, _LOAD, _CONST, _MATH, _SKIP, _SKIP_BY, _UNTIL, _SWITCH, _JUMP, _REPEAT, _REPEAT_REST, _NEXT, _REST, _EXPECT = (
    range(14)
)
_BIG, _SIGNED, _RAW = 1, 2, 4
_MATHS = {"+": 0, "-": 1, "*": 2, "//": 3, "%": 4, "&": 5, "|": 6, "<<": 7, ">>": 8}
_REGISTERS = 32
_MOST_WORDS = 1 << 16


class Unscannable(Exception):
    """There are no instructions for such messages."""


def program_of(layout):
    """The words of the program for a layout, eight bytes each, or None where there is none."""
    try:
        builder = _Builder()
        builder.message(layout, 0, 0)
        return builder.words()
    except Unscannable:
        return None


class _Builder:
    def __init__(self):
        self.ops = []

    def words(self):
        words = [word for op in self.ops for word in op] + [_DONE]
        if len(words) > _MOST_WORDS:
            raise Unscannable
        return struct.pack("<%dq" % len(words), *words)

    def emit(self, *words):
        self.ops.append(list(words))
        return len(self.ops) - 1

    def message(self, layout, behind, free):
        """The instructions for a message, whose registers begin at `free`; `behind` bytes follow it."""
        names = _names(layout.fields)
        registers, run = {}, 0
        for index, field in enumerate(layout.fields):
            if fixed_size(field) is None:
                self.skip(run)
                run = 0
                after = sum(fixed_size(f) or 0 for f in layout.fields[index + 1 :] if _has_bytes(f))
                self.variable(field, behind + after, _Registers(registers, layout, free))
                continue
            at = run
            if not _has_bytes(field):
                at -= field.type.size
            else:
                run += fixed_size(field)
            self.constant(field, at, free)
            for name in names.get(field.name, ()):
                if free >= _REGISTERS:
                    raise Unscannable
                self.load(free, field, name, at)
                registers[name] = free
                free += 1
        self.skip(run)

    def skip(self, size):
        if size > model.LARGEST:
            raise Unscannable
        if size:
            self.emit(_SKIP, size)

    def constant(self, field, at, free):
        if field.constant is NOTHING or isinstance(field.type, model.Bits):
            return
        if free >= _REGISTERS:
            raise Unscannable
        raw = codec(field).encode(plain_constant(field))
        while raw:
            width = next(width for width in (8, 4, 2, 1) if width <= len(raw))
            self.emit(_LOAD, free, at, width, _RAW, 0, 0)
            self.emit(_EXPECT, free, _word(raw[:width]))
            raw, at = raw[width:], at + width

    def load(self, register, field, name, at):
        """Loads what a name stands for, in `field` or in a record in it, whose bytes begin `at` from here."""
        for part in name.split(".")[1:]:
            field = field.type.layout[part]
            at += field.offset
        kind = field.type
        if isinstance(kind, (model.Text, model.Bytes)):
            if kind.size not in (1, 2, 4, 8):
                raise Unscannable
            self.emit(_LOAD, register, at, kind.size, _RAW, 0, 0)
            return
        unit = kind.unit if isinstance(kind, model.Bits) else kind
        if not isinstance(unit, model.Scalar) or unit.kind not in "USB":
            raise Unscannable
        flags = (_BIG if unit.is_big_endian else 0) | (_SIGNED if unit.kind == "S" else 0)
        if not isinstance(kind, model.Bits):
            self.emit(_LOAD, register, at, unit.size, flags, 0, 0)
            return
        if kind.width > 63 or unit.kind == "S":
            raise Unscannable
        self.emit(_LOAD, register, at, unit.size, flags | _RAW, field.shift, kind.width)

    def count(self, count, scope):
        """The register that has a count."""
        return self.expression(count.tree, scope, scope.free)

    def expression(self, tree, scope, free):
        if isinstance(tree, str):
            return scope.names[tree]
        if free >= _REGISTERS:
            raise Unscannable
        if isinstance(tree, int):
            if not -(2**63) <= tree < 2**63:
                raise Unscannable
            self.emit(_CONST, free, tree)
            return free
        sign, left, right = tree
        left = self.expression(left, scope, free)
        right = self.expression(right, scope, free + (left == free))
        self.emit(_MATH, _MATHS[sign], free, left, right)
        return free

    def variable(self, field, behind, scope):
        kind = field.type
        if isinstance(kind, Until):
            self.emit(_UNTIL, len(kind.end), _word(kind.end))
        elif isinstance(kind, Counted) and kind.element.size is None:
            self.several(kind, behind, scope)
        elif isinstance(kind, (CountedBytes, CountedText, CountedPadding, InSize, Counted)) or (
            isinstance(kind, Chosen) and kind.count is not None
        ):
            if kind.count is None:
                self.emit(_REST, behind)
            else:
                self.emit(
                    _SKIP_BY, self.count(kind.count, scope), kind.element.size if isinstance(kind, Counted) else 1
                )
        elif isinstance(kind, Chosen):
            self.chosen(kind, behind, scope)
        else:
            self.message(kind.layout, behind, scope.free)

    def several(self, kind, behind, scope):
        if kind.count is None:
            begin = self.emit(_REPEAT_REST, behind, 0)
        else:
            begin = self.emit(_REPEAT, self.count(kind.count, scope), 0)
        self.message(kind.element.layout, 0, scope.free)
        self.emit(_NEXT)
        self.ops[begin][2] = len(self.ops)

    def chosen(self, kind, behind, scope):
        switch = self.emit(_SWITCH, scope.names[kind.tag], len(kind.cases), -1)
        jumps = []
        for value, field in [*kind.cases.items(), *([] if kind.default is None else [(None, kind.default)])]:
            target = len(self.ops)
            if value is None:
                self.ops[switch][3] = target
            else:
                self.ops[switch] += [_tag_word(value, scope.layout, kind.tag), target]
            if fixed_size(field) is None:
                self.variable(field, behind, scope)
            else:
                self.constant(field, 0, scope.free)
                self.skip(fixed_size(field))
            jumps.append(self.emit(_JUMP, 0))
        for jump in jumps:
            self.ops[jump][1] = len(self.ops)
        self.emit(_SKIP, 0)  # so that there is something to jump to


class _Registers:
    """Which register holds which name of a layout, and from which one on they are free."""

    def __init__(self, names, layout, free):
        self.names = names
        self.layout = layout
        self.free = free


def _has_bytes(field):
    """Whether a field has bytes of its own: of bits that share a unit, the first."""
    return not isinstance(field.type, model.Bits) or is_first_of_unit(field)


def _names(fields):
    """The names that a message refers to, by the field that each begins with."""
    found = {}
    for field in fields:
        for name in _names_in(field.type):
            names = found.setdefault(name.partition(".")[0], [])
            if name not in names:
                names.append(name)
    return found


def _names_in(kind):
    names = []
    if getattr(kind, "count", None) is not None:
        names += kind.count.names
    if isinstance(kind, Chosen) and kind.count is None:
        names.append(kind.tag)
        for field in [*kind.cases.values(), *([] if kind.default is None else [kind.default])]:
            names += _names_in(field.type)
    return names


def _word(raw):
    return int.from_bytes(raw.ljust(8, b"\0"), "little", signed=True)


def _tag_word(value, layout, name):
    """A tag's value as the register has it."""
    from .counts import find

    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise Unscannable
        return int(value)
    return _word(codec(find(layout, name)).encode(value))
