"""How a message is written: lengths and counts from what they count, checksums last.

`accept` turns what is given for a field into what a message keeps, `written` turns that into bytes. What doesn't fit is
a Problem that becomes an error of the type that arrays give.
"""

import struct

from .fixed import plain_value, raw_bytes, text_bytes
from .model import Bits, Nested
from .problems import Problem
from .reading import Run, array_of, checksum, is_first_of_unit, no_case
from .variable import (
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

_MISFITS = (TypeError, ValueError, OverflowError)


class Misfit(Problem):
    """A value that a field does not take."""

    def __init__(self, error, name=""):
        words = str(error)
        if name and words.startswith(name):  # what knows the field's name has put it in front, or that of its holder
            words = words[len(name) :].removeprefix("." + name)
        else:
            words = ": " + words
        super().__init__(words)
        self.kind = type(error) if type(error) in _MISFITS else ValueError

    def error(self):
        return self.kind(self.where + self.words)


def accept(field, value, values):
    """What a message keeps for a value that is given for a field. `values` are those of the whole message so far."""
    return _in_field(field, field.name, _accept, value, values)


def _in_field(field, told, work, value, values):
    """`work` on a field's value, whose errors get the field's name. `told` is the name that they may begin with."""
    try:
        return work(field, value, values)
    except Problem as problem:
        problem.within(field.name or "padding")
        raise
    except _MISFITS as error:
        raise Misfit(error, told).within(field.name or "padding") from None


def _accept(field, value, values):
    type = field.type
    if fixed_size(field) is not None:
        return plain_value(field, value)
    if isinstance(type, (CountedBytes, CountedPadding)):
        return raw_bytes(type.name, value)
    if isinstance(type, CountedText):
        text_bytes(type.name, value)
        return str(value)
    if isinstance(type, Until):
        raw = text_bytes(type.name, value) if type.is_text else raw_bytes(type.name, value)
        if type.end in raw + type.end[:-1]:
            raise ValueError("%s can't hold its own end %r" % (type.name, type.end))
        return str(value) if type.is_text else raw
    if isinstance(type, InSize):
        return _accept(type.field, value, values)
    if isinstance(type, Chosen):
        return _accept(_case(type, values), value, values)
    if isinstance(type, Nested):
        return instance(type.record, value)
    return _accept_several(type, value)


def _case(type, values):
    case = type.case(values)
    if case is None:
        raise Problem(no_case(type, type.tag_of(values)))
    return case


def _accept_several(type, value):
    element = type.element
    if isinstance(value, (str, bytes)):
        raise TypeError("%s takes a sequence, not %s" % (type.name, value.__class__.__name__))
    if isinstance(element, Nested) and element.size is None:
        found = []
        for index, each in enumerate(value):
            try:
                found.append(instance(element.record, each))
            except _MISFITS as error:
                raise Misfit(error).within("[%d]" % index) from None
        return found
    from .. import ChunkArray

    dtype = element.record if isinstance(element, Nested) else element.text
    if isinstance(value, ChunkArray) and value.dtype == dtype:
        return value
    array = array_of(element)
    array.extend(value)
    return array


def instance(record, value):
    """A message from what is given for one: itself, a tuple or list of its values, or a dict."""
    if isinstance(value, record):
        return value
    if isinstance(value, dict):
        return record(**value)
    if isinstance(value, (tuple, list)):
        return record(*value)
    raise TypeError("%s takes one of its own, a tuple or a dict, not %s" % (record.__name__, type(value).__name__))


def packed(plan, values):
    """The bytes of a message, in pieces: one for each field, but bits of one unit are one piece."""
    pieces, settled = settle(plan, values)
    for index in plan.sums:
        seal(plan, index, pieces)
    return [piece for piece in pieces if piece is not None], settled


def seal(plan, index, pieces):
    """Computes a checksum and puts it in its place."""
    type = plan.layout.fields[index].type
    for place in type.places:
        if place in plan.sums and place > index:
            seal(plan, place, pieces)
    number = checksum(type, [pieces[place] for place in type.places if pieces[place] is not None])
    pieces[index] = plan.codecs[index].encode(number)
    return number


def settle(plan, values):
    """The bytes of all fields but checksums, and the values with the counts that they have."""
    fields = plan.layout.fields
    values = list(values)
    pieces, amounts = [None] * len(fields), {}
    for index, field in enumerate(fields):
        if fixed_size(field) is None and not isinstance(field.type, CountedPadding):
            pieces[index], amounts[index] = _write(field, values[index], values)
    set_counts(plan, values, amounts)
    for index, field in enumerate(fields):
        count = getattr(field.type, "count", None)
        if isinstance(field.type, CountedPadding):
            pieces[index] = _write_padding(field, values, index)
        elif count is not None and index not in plan.counted:
            _check_amount(field, count, values, amounts[index])
    _write_fixed(plan, values, pieces)
    return pieces, values


def set_counts(plan, values, amounts):
    """Sets the fields that count others. `amounts` has how many there are of what each of these holds."""
    for index, (source, factor) in plan.counters.items():
        field = plan.layout.fields[source]
        values[index] = 0
        number, rest = divmod(amounts[source] - field.type.count.value(values), factor)
        if rest:
            what = "%d %s" % (amounts[source], _units_of(field.type))
            words = " has %s, which %s is for no value of %s"
            name = plan.layout.fields[index].name
            raise Problem(words % (what, field.type.count.text, name)).within(field.name)
        values[index] = number


def counts(plan, values):
    """The values with the counts that they have."""
    values = list(values)
    set_counts(plan, values, {source: amount(plan, source, values) for source in plan.counted})
    return values


def amount(plan, index, values):
    """How many elements or bytes there are of what a field counts."""
    field = plan.layout.fields[index]
    value = values[index]
    if isinstance(field.type, (CountedBytes, Counted)):
        return len(value)
    if isinstance(field.type, CountedText):
        return len(text_bytes(field.type.name, value))
    return _write(field, value, values)[1]


def _units_of(type):
    return "elements" if isinstance(type, Counted) else "bytes"


def _check_amount(field, count, values, amount):
    try:
        expected = count.evaluate(values)
    except Problem as problem:
        problem.within(field.name)
        raise
    if expected != amount:
        told = "" if not count.names else ", %s," % count.text
        words = " has %d %s, but its count%s is %d"
        raise Problem(words % (amount, _units_of(field.type), told, expected)).within(field.name)


def _write_padding(field, values, index):
    count = field.type.count
    kept = values[index] or b""
    if count is None:
        return kept
    try:
        size = count.evaluate(values)
    except Problem as problem:
        problem.within("padding")
        raise
    return kept if len(kept) == size else bytes(size)


def _write_fixed(plan, values, pieces):
    for part in plan.parts:
        if type(part) is not Run:
            continue
        first, last = part.fields[0][0], part.fields[-1][0] + 1
        if part.pack is not None and not plan.sums:  # which want each field by itself
            try:
                pieces[first] = part.pack(*values[first:last])
                continue
            except (struct.error, *_MISFITS):
                pass  # a count that doesn't fit: below it gets a name
        _write_each(plan, first, last, values, pieces)


def _write_each(plan, first, last, values, pieces):
    unit = None
    for index in range(first, last):
        field, value = plan.layout.fields[index], values[index]
        if isinstance(field.type, Checksum):
            continue
        if field.is_padding:
            pieces[index] = value or bytes(field.size)
            continue
        try:
            piece = plan.codecs[index].encode(value)
        except _MISFITS as error:
            raise Misfit(error).within(field.name) from None
        if isinstance(field.type, Bits) and not is_first_of_unit(field):
            pieces[unit] = bytes(map(int.__or__, pieces[unit], piece))
            continue
        unit, pieces[index] = index, piece


def _write(field, value, values):
    """The bytes of a field whose size the data tells, and how many of what its count counts there are."""
    return _in_field(field, "", _written, value, values)


def _written(field, value, values):
    type = field.type
    if isinstance(type, CountedBytes):
        return value, len(value)
    if isinstance(type, CountedText):
        raw = text_bytes(type.name, value)
        return raw, len(raw)
    if isinstance(type, Until):
        raw = text_bytes(type.name, value) if type.is_text else value
        return raw + type.end, None
    if isinstance(type, (InSize, Chosen)):
        inner = type.field if isinstance(type, InSize) else _case(type, values)
        raw = _any(inner, _accept(inner, value, values), values, type.count)
        return raw, len(raw)
    if isinstance(type, Nested):
        return b"".join(packed(value.__plan__, value._values)[0]), None
    if type.element.size is not None:
        return value.tobytes(), len(value)
    found = []
    for index, each in enumerate(value):
        try:
            each = instance(type.element.record, each)
            found += packed(each.__plan__, each._values)[0]
        except Problem as problem:
            problem.within("[%d]" % index)
            raise
        except TypeError as error:
            raise Misfit(error).within("[%d]" % index) from None
    return b"".join(found), len(value)


def _any(field, value, values, outer):
    """The bytes of what is inside of a switch or of a stated size, which is what `outer` counts."""
    if fixed_size(field) is not None:
        from .fixed import codec

        return codec(field).encode(value)
    if isinstance(field.type, CountedPadding):
        return value
    raw, there = _written(field, value, values)
    count = field.type.count if isinstance(field.type, (CountedBytes, CountedText, Counted)) else None
    # The same count in bytes inside and outside is set from these bytes, when all of them are known.
    is_same = count is not None and outer is not None and count.text == outer.text and there == len(raw)
    if count is not None and not is_same:
        _check_amount(field, count, values, there)
    return raw
