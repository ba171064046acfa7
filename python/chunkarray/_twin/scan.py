"""Finding where messages begin: the counterpart of src/scan.rs and core/src/message/, whose instructions are told there."""

import struct

from . import arguments
from .array import Array

MOST_WORDS = 1 << 16
_REGISTERS = 32
_DEEPEST = 16
_LARGEST = 2**31 - 1
_GREATEST = 2**63 - 1

_DONE, _LOAD, _CONST, _MATH, _SKIP, _SKIP_BY, _UNTIL, _SWITCH, _JUMP, _REPEAT, _REPEAT_REST, _NEXT, _REST, _EXPECT = (
    range(14)
)
_BIG, _SIGNED, _RAW = 1, 2, 4


class _Look(Exception):
    """The message is odd."""


class _Cut(Exception):
    """The data ends inside of the message."""


def scan(program, data, start, base, limit, offsets):
    """Append to `offsets`, an array of U8, where each message in `data` begins, from `start` on.

    `base` is added to each. Gives where it stopped and why: 'end', 'cut' or 'look'.
    """
    words = _buffer("program", program)
    size = min(len(words) // 8, MOST_WORDS + 1)
    ops = read_program(struct.unpack_from("<%dq" % size, words))
    data = _buffer("data", data)
    at = arguments.size("start", start)
    base = arguments.size("base", base)
    limit = arguments.size("limit", limit)
    if not isinstance(offsets, Array) or offsets.dtype != "U8":
        raise TypeError("offsets is an array of U8")
    found = []
    try:
        at, why = _scan(ops, data, at, limit, found)
    finally:
        offsets.extend([base + offset for offset in found])
    return at, why


def _buffer(what, value):
    try:
        return memoryview(value).cast("B")
    except TypeError:
        raise TypeError("%s takes a contiguous buffer, not %s" % (what, type(value).__name__)) from None


def _scan(ops, data, at, limit, found):
    while at != len(data):
        if at > len(data):
            return at, "look"
        end = min(at + limit, len(data))
        try:
            after = _pass(ops, data, at, end)
        except _Look:
            return at, "look"
        except _Cut:
            return at, "cut" if end == len(data) else "look"
        if after == at:
            return at, "look"
        found.append(at)
        at = after
    return at, "end"


def _pass(ops, data, at, end):
    """Where the message ends that begins at `at`, in data that ends at `end`."""
    registers = [0] * _REGISTERS
    loops = [None] * _DEEPEST
    place = 0
    while True:
        op = ops[place]
        place += 1
        kind = op[0]
        if kind == _DONE:
            return at
        if kind == _LOAD:
            registers[op[1]] = _load(op, data, at, end)
        elif kind == _CONST or kind == _MATH:
            registers[op[1]] = op[2] if kind == _CONST else _compute(op[2], registers[op[3]], registers[op[4]])
        elif kind == _SKIP or kind == _SKIP_BY:
            size = op[1] if kind == _SKIP else _fitting(registers[op[1]] * op[2])
            if size < 0:
                raise _Look
            if size > end - at:
                raise _Cut
            at += size
        elif kind == _UNTIL:
            at = _behind(data, op[1], at, end)
        elif kind == _SWITCH:
            place = op[2].get(registers[op[1]], op[3])
            if place is None:
                raise _Look
        elif kind == _JUMP:
            place = op[1]
        elif kind == _REPEAT:
            left = registers[op[1]]
            if left < 0:
                raise _Look
            loops[op[2]] = [left, at, None]
            if left == 0:
                place = op[3]
        elif kind == _REPEAT_REST:
            stop = end - op[1]
            if stop < at:
                raise _Cut
            loops[op[2]] = [_GREATEST, at, stop]
            if at == stop:
                place = op[3]
        elif kind == _NEXT:
            if _goes_on(loops[op[1]], at):
                place = op[2]
        elif kind == _REST:
            if end - op[1] < at:
                raise _Cut
            at = end - op[1]
        elif registers[op[1]] != op[2]:
            raise _Look


def _goes_on(loop, at):
    if at == loop[1]:
        raise _Look
    loop[1] = at
    loop[0] -= 1
    if loop[2] is None:
        return loop[0] > 0
    if at > loop[2]:
        raise _Look
    return at < loop[2]


def _load(op, data, at, end):
    _, _, delta, width, flags, shift, bits = op
    at += delta
    if at + width > end:
        raise _Cut
    number = int.from_bytes(data[at : at + width], "big" if flags & _BIG else "little", signed=bool(flags & _SIGNED))
    if number > _GREATEST:
        if not flags & _RAW:
            raise _Look
        number -= 1 << 64
    return number >> shift & (1 << bits) - 1 if bits else number


def _behind(data, pattern, at, end):
    while at + len(pattern) <= end:
        window = bytes(data[at : min(at + 4096, end)])
        found = window.find(pattern)
        if found >= 0:
            return at + found + len(pattern)
        at += len(window) - len(pattern) + 1
    raise _Cut


def _compute(what, left, right):
    if what == 0:
        return _fitting(left + right)
    if what == 1:
        return _fitting(left - right)
    if what == 2:
        return _fitting(left * right)
    if what in (3, 4):
        # As in the native part, what has no quotient has no remainder either.
        if right == 0 or (right == -1 and left == -_GREATEST - 1):
            raise _Look
        return left // right if what == 3 else left % right
    if what == 5:
        return left & right
    if what == 6:
        return left | right
    if right < 0 or (what == 7 and right >= 63) or right >= 2**32:
        raise _Look
    return _fitting(left << right) if what == 7 else left >> min(right, 63)


def _fitting(number):
    if not -_GREATEST - 1 <= number <= _GREATEST:
        raise _Look
    return number


def read_program(words):
    """The instructions of a program, as tuples. ValueError that says what is wrong, and at which word."""
    return _Reader(words).read()


class _Reader:
    def __init__(self, words):
        self.words = words
        self.at = 0
        self.open = []  # the loops that are open: where each began, and where it says that it ends

    def read(self):
        if len(self.words) > MOST_WORDS:
            raise _wrong("more words than there may be", MOST_WORDS)
        ops, places, inside = [], [], []
        while self.at < len(self.words):
            places.append(self.at)
            inside.append(self.open[-1][0] if self.open else None)
            op = self.op()
            if op[0] in (_REPEAT, _REPEAT_REST):
                self.open.append((len(ops), op[3]))
            elif op[0] == _NEXT and self.open.pop()[1] != len(ops) + 1:
                raise _wrong("a loop that ends elsewhere", self.at)
            ops.append(op)
        if self.open or not ops or ops[-1] != (_DONE,):
            raise _wrong("the end without DONE", self.at)
        for place, op in enumerate(ops):
            targets = [op[1]] if op[0] == _JUMP else []
            if op[0] == _SWITCH:
                targets = op[4] + ([] if op[3] is None else [op[3]])
            for target in targets:
                if not place < target < len(ops) or inside[target] != inside[place]:
                    raise _wrong("a jump to where none may go", places[place])
        return ops

    def word(self):
        if self.at >= len(self.words):
            raise _wrong("an instruction that is cut off", self.at)
        self.at += 1
        return self.words[self.at - 1]

    def within(self, least, greatest):
        word = self.word()
        if not least <= word <= greatest:
            raise _wrong("an operand out of range", self.at - 1)
        return word

    def register(self):
        return self.within(0, _REGISTERS - 1)

    def size(self):
        return self.within(0, _LARGEST)

    def target(self):
        return self.within(0, MOST_WORDS)

    def depth(self):
        if len(self.open) >= _DEEPEST:
            raise _wrong("more loops inside of loops than there may be", self.at)
        return len(self.open)

    def op(self):
        kind = self.word()
        if kind == _DONE:
            return (kind,)
        if kind == _LOAD:
            return self.load()
        if kind in (_CONST, _EXPECT):
            return kind, self.register(), self.word()
        if kind == _MATH:
            what = self.within(0, 8)
            return kind, self.register(), what, self.register(), self.register()
        if kind in (_SKIP, _REST):
            return kind, self.size()
        if kind == _SKIP_BY:
            return kind, self.register(), self.size()
        if kind == _UNTIL:
            length = self.within(1, 8)
            return kind, (self.word() & 2**64 - 1).to_bytes(8, "little")[:length]
        if kind == _SWITCH:
            return self.switch()
        if kind == _JUMP:
            return kind, self.target()
        if kind == _REPEAT:
            depth = self.depth()
            return kind, self.register(), depth, self.target()
        if kind == _REPEAT_REST:
            depth = self.depth()
            return kind, self.size(), depth, self.target()
        if kind == _NEXT:
            if not self.open:
                raise _wrong("the end of a loop that never began", self.at)
            return kind, len(self.open) - 1, self.open[-1][0] + 1
        raise _wrong("an unknown instruction", self.at - 1)

    def switch(self):
        register, count = self.register(), self.target()
        default = self.within(-1, MOST_WORDS)
        cases, targets = {}, []
        for _ in range(count):
            value, target = self.word(), self.target()
            cases.setdefault(value, target)
            targets.append(target)
        return _SWITCH, register, cases, None if default < 0 else default, targets

    def load(self):
        register, delta, width = self.register(), self.size(), self.within(1, 8)
        if width not in (1, 2, 4, 8):
            raise _wrong("a number of a size that there is none of", self.at)
        flags, shift, bits = self.within(0, 7), self.within(0, 63), self.within(0, 63)
        if bits and shift + bits > 8 * width:
            raise _wrong("bits outside of their number", self.at)
        return _LOAD, register, delta, width, flags, shift, bits


def _wrong(reason, word):
    return ValueError("no program: %s at word %d" % (reason, word))
