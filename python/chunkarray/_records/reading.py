"""How a message is read: a Plan for each layout, made of parts that each read the fields that lie together.

A part is called with the state of the reading, an offset and the list of the message's values so far; it adds one
value for each of its fields, padding included, and gives the offset behind them. What is wrong is a Problem.
"""

import struct
import zlib

from . import model
from .fixed import Held, codec, plain_constant
from .model import NOTHING
from .problems import Problem
from .quick import reader
from .variable import (
    SUMS,
    Checksum,
    Chosen,
    Counted,
    CountedBytes,
    CountedPadding,
    CountedText,
    InSize,
    Until,
    fixed_size,
)

_WINDOW = 4096  # bytes that are looked at for an end at a time


class State:
    """A reading.

    memory    bytes, or anything that gives them by slices
    start     where the message begins
    limit     how many bytes it may have at most
    end       where the data ends, or what may be read of it
    size      inside of a field of a stated size, that; else None
    check     whether checksums are verified
    nodes     None, or a list to which each field adds a Node: then constants and checksums are not judged
    base      what is added to offsets in messages: how much of the data is gone already
    """

    __slots__ = ("memory", "start", "limit", "end", "size", "check", "nodes", "base")

    def __init__(self, memory, start, limit, check=True, nodes=None, base=0):
        self.base = base
        self.memory = memory
        self.start = start
        self.limit = limit
        self.end = min(len(memory), start + limit)
        self.size = None
        self.check = check
        self.nodes = nodes

    def short(self, at, needed):
        """The Problem of a field at `at` that needs more bytes than there are."""
        there = self.end - at
        words = " is cut off at offset %d: it needs %d bytes, " % (self.base + at, needed)
        if self.size is not None:
            return Problem(words + "the %d bytes that hold it leave %d" % (self.size, there))
        if at + needed - self.start > self.limit:
            return Problem(words + "the limit of %d bytes for a message leaves %d" % (self.limit, there))
        return Problem(words + "there are %d" % there, at + needed)


class Plan:
    """How messages of a layout are read.

    parts       functions as above, with the offsets of their fields within them
    least       the fewest bytes that a message has
    codecs      those of the fields of fixed size, None for the others
    sums        the places of checksums
    counters    for the place of each field that another one's count tells: the other's place, and the factor
    counted     the places of those others
    read        a function from a state and an offset to the values of the message there, and the offset behind it
    """

    __slots__ = ("layout", "parts", "least", "codecs", "sums", "counters", "counted", "read")

    def __init__(self, layout):
        self.layout = layout
        self.parts = []
        self.codecs = [None if fixed_size(field) is None else codec(field) for field in layout.fields]
        self.sums = [k for k, field in enumerate(layout.fields) if isinstance(field.type, Checksum)]
        run, order = [], ""
        for index, field in enumerate(layout.fields):
            if fixed_size(field) is not None:
                wants = self.codecs[index].order
                if order and wants and order != wants:
                    self.parts.append(Run(run, self.codecs))
                    run, order = [], ""
                run.append((index, field))
                order = order or wants
                continue
            if run:
                self.parts.append(Run(run, self.codecs))
                run, order = [], ""
            behind = sum(map(_size_of, _units(layout.fields[index + 1 :])))
            self.parts.append(variable_part(field, behind))
        if run:
            self.parts.append(Run(run, self.codecs))
        self.least = sum(part.least for part in self.parts)
        self.counters = {}
        for index, field in enumerate(layout.fields):
            count = getattr(field.type, "count", None)
            if count is not None and not field.is_padding:
                counter = count.counter(layout, self.counters)
                if counter is not None:
                    self.counters[counter[0]] = (index, counter[1])
        self.counted = {index for index, _ in self.counters.values()}
        self.read = self.read_noting if self.sums else reader(self)

    def read_noting(self, state, at):
        """As read(), noting where the fields lie: for checksums and pictures."""
        values, places, nodes = [], [], state.nodes
        for part in self.parts:
            before, start = len(values), at
            inner = state.nodes = None if nodes is None else []
            try:
                at = part(state, at, values)
            except Problem as problem:
                if nodes is not None:
                    nodes += part.broken(state, start, inner, problem)
                raise
            for index, offset in enumerate(part.offsets, before):
                size = fixed_size(self.layout.fields[index])
                size = at - start if size is None else size
                places.append((start + offset, size))
                if nodes is not None:
                    children = inner if len(part.offsets) == 1 else []
                    nodes.append(Node(self.layout.fields[index], start + offset, size, values[index], children))
        state.nodes = nodes
        for index in self.sums:
            self._verify(state, values, places, index, nodes)
        return values, at

    def _verify(self, state, values, places, index, nodes):
        type = self.layout.fields[index].type
        if nodes is None and not state.check:
            return
        right = checksum(type, [state.memory[at : at + size] for at, size in covered(type, places)])
        if nodes is not None:
            nodes[index].right = right
        elif right != values[index]:
            digits = 2 * type.bytes
            words = " is 0x%0*X, but the %s of %s is 0x%0*X, at offset %d"
            words %= digits, values[index], type.sum, type.shown_over, digits, right, state.base + places[index][0]
            raise Problem(words).within(self.layout.fields[index].name)


class Node:
    """Where a field lies, and what is in it: for pictures.

    right    what a checksum should be
    note     what is wrong with it: "cut off", or other words
    """

    __slots__ = ("field", "offset", "size", "value", "children", "right", "note")

    def __init__(self, field, offset, size, value, children, note=""):
        self.field = field
        self.offset = offset
        self.size = size
        self.value = value
        self.children = children
        self.right = None
        self.note = note


def broken_node(state, field, at, children, problem):
    """The node of a field that a problem was met in."""
    note = "cut off" if "is cut off" in problem.words or problem.needs is not None else problem.words.strip(" :")
    return Node(field, at, max(state.end - at, 0), None, children, note)


def covered(type, places):
    """Of the places of all fields, those that a checksum is over; bits that share their bytes are counted once."""
    return list(dict.fromkeys(places[index] for index in type.places))


def checksum(type, pieces):
    """The checksum of bytes, given in pieces."""
    if type.sum in ("crc32", "adler32"):
        compute = getattr(zlib, type.sum)
        total = compute(b"")
        for piece in pieces:
            total = compute(piece, total)
        return total & 0xFFFFFFFF
    return sum(map(sum, map(bytes, pieces))) % (1 << 8 * SUMS[type.sum])


def is_first_of_unit(field):
    """Whether bits are the first of their unit."""
    return field.shift == (8 * field.type.size - field.type.width if field.type.from_the_top else 0)


def _units(fields):
    """Fields, with the bits of one unit counted once."""
    return [field for field in fields if not isinstance(field.type, model.Bits) or is_first_of_unit(field)]


def _size_of(field):
    return fixed_size(field) or 0


class Run:
    """Neighbours of fixed size: one call of struct reads them all."""

    def __init__(self, fields, codecs):
        self.offsets = offsets = []
        self.fields = fields
        codes, makers, size, order = [], [], 0, "<"
        for index, field in fields:
            kind = codecs[index]
            order = kind.order or order
            if not isinstance(field.type, model.Bits) or is_first_of_unit(field):
                codes.append(kind.code)
                offsets.append(size)
                size += kind.size
            else:
                offsets.append(offsets[-1])
            makers.append((len(codes) - 1, kind.decode))
        self.size = self.least = size
        codec = struct.Struct(order + "".join(codes))
        self.unpack = codec.unpack_from
        self.makers = makers if any(decode for _, decode in makers) or len(codes) < len(makers) else None
        self.pack = codec.pack if self.makers is None else None  # for plain values, which are known to fit
        self.checks = [
            (place, plain_constant(field), field)
            for place, (_, field) in enumerate(fields)
            if field.constant is not NOTHING
        ]
        self.held = [
            (place, codecs[index])
            for place, (index, _) in enumerate(fields)
            if isinstance(codecs[index], Held) and codecs[index].has_constants
        ]
        if any(isinstance(codecs[index], Held) or field.is_padding for index, field in fields):
            self.pack = None

    def __call__(self, state, at, values):
        if state.end - at < self.size:
            raise self._short(state, at)
        raw = self.unpack(state.memory, at)
        if self.makers is None:
            values += raw
        else:
            values += [raw[k] if decode is None else decode(raw[k]) for k, decode in self.makers]
        if (self.checks or self.held) and state.nodes is None:
            self.check(state, at, values)
        return at + self.size

    def broken(self, state, at, children, problem):
        """The nodes of what is there of the fields, where it was too short."""
        found = []
        for (_, field), offset in zip(self.fields, self.offsets):
            size = fixed_size(field)
            if at + offset + size > state.end:
                return [*found, broken_node(state, field, at + offset, [], problem)]
            found.append(Node(field, at + offset, size, codec(field).read(state.memory, at + offset), []))
        return found

    def _short(self, state, at):
        for (_, field), offset in zip(self.fields, self.offsets):
            size = fixed_size(field)
            if offset + size > state.end - at:
                break
        problem = state.short(at + offset, size)
        if problem.needs is not None:
            problem.needs = at + self.size
        return problem.within(field.name or "padding")

    def check(self, state, at, values):
        """Problem for the first constant that has another value."""
        before = len(values) - len(self.fields)
        for place, expected, field in self.checks:
            if values[before + place] != expected:
                words = " is always %r, not %r, at offset %d"
                found = values[before + place]
                raise Problem(words % (field.constant, found, state.base + at + self.offsets[place])).within(field.name)
        for place, kind in self.held:
            try:
                kind.check(state.memory, at + self.offsets[place])
            except ValueError as error:
                path, _, words = str(error).partition(" ")
                first, _, path = path.partition(".")
                problem = Problem(" %s, in the record at offset %d" % (words, state.base + at + self.offsets[place]))
                raise problem.within(path) from None


def variable_part(field, behind):
    """The part of a field whose size the data tells. `behind` bytes follow it in the same message."""
    type = field.type
    for kind, part in _PARTS.items():
        if isinstance(type, kind):
            return part(field, behind)
    raise AssertionError(type)


def part_of(field, behind):
    """The part of one field of any type."""
    if fixed_size(field) is None:
        return variable_part(field, behind)
    return Run([(0, field)], [codec(field)])


class Part:
    """One field of variable size. `take(state, at, values)` gives its value and the offset behind it."""

    offsets = (0,)
    least = 0

    def __init__(self, field, behind):
        self.field = field
        self.name = field.name or "padding"
        self.type = field.type
        self.behind = behind

    def __call__(self, state, at, values):
        try:
            value, at = self.take(state, at, values)
        except Problem as problem:
            problem.within(self.name)
            raise
        values.append(value)
        return at

    def broken(self, state, at, children, problem):
        """The node of the field, in which a problem was met."""
        return [broken_node(state, self.field, at, children, problem)]

    def bytes_there(self, state, at, values, size=1):
        """How many bytes its elements of `size` have, and whether the message has them: else a Problem."""
        count = self.type.count
        if count is None:
            room = state.end - at - self.behind
            if room < 0:
                raise state.short(at, self.behind)
            if state.size is None and len(state.memory) - state.start > state.limit:
                raise state.short(at, len(state.memory) - at)
            if room % size:
                raise Problem(
                    " is cut off at offset %d: %d bytes are no whole number of %d" % (state.base + at, room, size)
                )
            return room
        needed = count.evaluate(values) * size
        if needed > state.end - at:
            raise state.short(at, needed)
        return needed


class BytesPart(Part):
    def take(self, state, at, values):
        end = at + self.bytes_there(state, at, values)
        return bytes(state.memory[at:end]), end


class TextPart(Part):
    def take(self, state, at, values):
        end = at + self.bytes_there(state, at, values)
        return bytes(state.memory[at:end]).decode("utf-8", "surrogateescape"), end


class ScalarsPart(Part):
    """Elements of a dtype, or records of fixed size: an array of them."""

    def take(self, state, at, values):
        element = self.type.element
        size = self.bytes_there(state, at, values, element.size)
        return array_of(element, state.memory[at : at + size], size // element.size), at + size


def array_of(element, memory=b"", count=0):
    """A ChunkArray of elements of a type, from their bytes: in one piece, and no larger than it has to be."""
    from .. import ChunkArray

    dtype = element.record if isinstance(element, model.Nested) else element.text
    array = ChunkArray(dtype, capacity=count, chunk_size=8)
    if count:
        array.frombytes(memory)
    return array


class MessagesPart(Part):
    """Messages, one after the other: a list of them."""

    def take(self, state, at, values):
        element = self.type.element
        plan = element.record.__plan__
        count = self.type.count
        found = []
        if count is None:
            stop = at + self.bytes_there(state, at, values)
            outer, state.end = state.end, stop
            while at < stop:
                at = self._one(state, at, element, plan, found)
            state.end = outer
        else:
            count = count.evaluate(values)
            needed = count * max(plan.least, 1)
            if needed > state.end - at:  # before anything is made for a count that can't be true
                raise state.short(at, needed)
            for _ in range(count):
                at = self._one(state, at, element, plan, found)
        return found, at

    @staticmethod
    def _one(state, at, element, plan, found):
        """Adds the message at `at` to those that were found, and gives the offset behind it."""
        nodes = state.nodes
        inner = state.nodes = None if nodes is None else []
        name = "[%d]" % len(found)
        try:
            values, end = plan.read(state, at)
            if end == at:
                raise Problem(" has no bytes, at offset %d" % (state.base + at))
        except Problem as problem:
            if nodes is not None:
                nodes.append(broken_node(state, model.Field(name, element), at, inner, problem))
            problem.within(name)
            raise
        message = element.record._of_values(values)
        if nodes is not None:
            nodes.append(Node(model.Field(name, element), at, end - at, message, inner))
            state.nodes = nodes
        found.append(message)
        return end


def _counted_part(field, behind):
    element = field.type.element
    return (MessagesPart if element.size is None else ScalarsPart)(field, behind)


class MessagePart(Part):
    """A message inside of a message."""

    def __init__(self, field, behind):
        super().__init__(field, behind)
        self.least = field.type.record.__plan__.least

    def take(self, state, at, values):
        if not self.behind:
            inner, end = self.type.record.__plan__.read(state, at)
        else:
            outer, state.end = state.end, state.end - self.behind
            if state.end < at:
                state.end = outer
                raise state.short(at, self.behind)
            inner, end = self.type.record.__plan__.read(state, at)
            state.end = outer
        return self.type.record._of_values(inner), end


class UntilPart(Part):
    least = 1

    def take(self, state, at, values):
        end = self.type.end
        found = find(state.memory, end, at, state.end)
        if found < 0:
            problem = state.short(at, max(state.end - at, 0) + 1)
            problem.words = " has no end %r from offset %d on, in %d bytes" % (end, state.base + at, state.end - at)
            raise problem
        value = bytes(state.memory[at:found])
        return value.decode("utf-8", "surrogateescape") if self.type.is_text else value, found + len(end)


def find(memory, end, at, stop):
    """Where `end` first stands in memory[at:stop], or -1."""
    if isinstance(memory, (bytes, bytearray)):
        return memory.find(end, at, stop)
    while at + len(end) <= stop:
        window = bytes(memory[at : min(at + _WINDOW, stop)])
        found = window.find(end)
        if found >= 0:
            return at + found
        at += len(window) - len(end) + 1
    return -1


class InSizePart(Part):
    """A field in a stated number of bytes."""

    def __init__(self, field, behind):
        super().__init__(field, behind)
        self.inner = part_of(field.type.field, 0)

    def take(self, state, at, values):
        return in_size(self, state, at, values, self.inner)


class ChosenPart(Part):
    def __init__(self, field, behind):
        super().__init__(field, behind)
        behind = 0 if field.type.count is not None else behind
        self.cases = {value: part_of(case, behind) for value, case in field.type.cases.items()}
        self.default = None if field.type.default is None else part_of(field.type.default, behind)

    def take(self, state, at, values):
        tag = self.type.tag_of(values)
        inner = self.cases.get(tag, self.default)
        if inner is None:
            raise Problem(no_case(self.type, tag))
        if self.type.count is not None:
            return in_size(self, state, at, values, inner)
        return through(inner, state, at, values)


def no_case(type, tag):
    """The words for a switch that has no case for a tag."""
    shown = ", ".join(map(repr, list(type.cases)[:8])) + (", ..." if len(type.cases) > 8 else "")
    return " has no case for %s %r (it has %s)" % (type.tag, tag, shown)


def through(inner, state, at, values):
    """The value that another part reads with the names of this message, and the offset behind it."""
    place = len(values)
    try:
        end = inner(state, at, values)
    except Problem as problem:
        problem.path.pop()  # the field's own name, which whoever called adds, too
        raise
    value = values.pop()
    assert len(values) == place
    return value, end


def in_size(part, state, at, values, inner):
    """As through(), where the count of `part` says how many bytes there are for it."""
    try:
        size = part.bytes_there(state, at, values)
    except Problem:
        if state.nodes is not None:
            _note_what_is_there(state, at, values, inner)
        raise
    outer = state.end, state.size
    state.end, state.size = at + size, size
    value, end = through(inner, state, at, values)
    state.end, state.size = outer
    if end != at + size:
        raise Problem(" leaves %d of its %d bytes, from offset %d on" % (at + size - end, size, state.base + end))
    return value, at + size


def _note_what_is_there(state, at, values, inner):
    """Adds the nodes of the inside of a field that is cut off."""
    nodes = state.nodes
    try:
        through(inner, state, at, list(values))
    except Problem:
        pass
    state.nodes = nodes


_PARTS = {
    CountedBytes: BytesPart,
    CountedText: TextPart,
    CountedPadding: BytesPart,
    Counted: _counted_part,
    Until: UntilPart,
    InSize: InSizePart,
    Chosen: ChosenPart,
    model.Nested: MessagePart,
}
