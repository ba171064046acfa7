"""What people give for a record, as the tuple that the native arrays take.

That tuple has a value for each named field, constants included; nested records are tuples in it, unions bytes. People
give tuples, lists, dicts, keywords, records and other objects with attributes; they leave out constants and defaults,
and write the names of members.
"""

import enum
import re

from .._load import core
from . import model
from .model import NOTHING


def is_plain(layout):
    """Whether a full tuple of values needs no translation at all: the native append then takes it as it is."""
    return not _of(layout).converters and len(_of(layout).given) == len(_of(layout).names)


def settable(layout):
    """The names of the fields whose values are given by position: all but constants."""
    return _of(layout).given


def filled(layout, values=(), named=None):
    """The native tuple of a record of this layout, from values by position and a dict of values by name.

    By position come all fields, or all but the constants. TypeError for a field that is missing, given twice or not
    there, ValueError for another value than the constant's or a name that no member has.
    """
    return _of(layout).fill(values, named)


def stored(layout, value):
    """The native tuple of one object given for a record: a record, a dict, a sequence or an object with attributes."""
    return _of(layout).translate(value)


class _Filling:
    """What is known of a layout: its names, which of them are given by position, and what is to be translated."""

    __slots__ = ("layout", "names", "given", "by_default", "converters", "constants")

    def __init__(self, layout):
        self.layout = layout
        self.names = tuple(field.name for field in layout.named)
        self.given = tuple(field.name for field in layout.named if field.constant is NOTHING)
        self.by_default = {
            field.name: field.default if field.constant is NOTHING else field.constant
            for field in layout.named
            if field.default is not NOTHING or field.constant is not NOTHING
        }
        self.constants = {field.name: field for field in layout.named if field.constant is not NOTHING}
        self.converters = {}
        for field in layout.named:
            convert = converter("%s.%s" % (layout.name, field.name), field)
            if convert is not None:
                self.converters[field.name] = convert

    def fill(self, values, named):
        if named and not values and len(named) == len(self.names):
            try:
                return self._finish([named[name] for name in self.names])
            except KeyError:
                pass  # one that there isn't, and so one is missing
        names = self.names if len(values) == len(self.names) else self.given
        if len(values) > len(names):
            raise TypeError(
                "%s takes %s, not %d" % (self.layout.name, _amount(len(self.given), "value", self.given), len(values))
            )
        if not named and len(values) == len(self.names):
            return self._finish(values)
        found = dict(zip(names, values))
        for name in named or ():
            if name in found:
                raise TypeError("%s: %s is given twice" % (self.layout.name, name))
            if name not in self.names:
                raise TypeError("%s has no field %r, it has %s" % (self.layout.name, name, ", ".join(self.names)))
            found[name] = named[name]
        return self._complete(found)

    def _complete(self, found):
        for name, value in self.by_default.items():
            found.setdefault(name, value)
        missing = [name for name in self.names if name not in found]
        if missing:
            raise TypeError("%s lacks %s" % (self.layout.name, ", ".join(missing)))
        return self._finish([found[name] for name in self.names])

    def _finish(self, values):
        if not self.converters:
            return tuple(values)
        convert = self.converters
        return tuple([convert[name](value) if name in convert else value for name, value in zip(self.names, values)])

    def translate(self, value):
        if isinstance(value, dict):
            return self.fill((), value)
        own = getattr(type(value), "__layout__", None)
        if own is not None:
            if own is self.layout or own.text == self.layout.text:
                return value._stored()
            return self._from_attributes(value)
        if isinstance(value, (tuple, list)):
            if len(value) not in (len(self.names), len(self.given)):
                raise ValueError(
                    "a record takes %s, not %d" % (_amount(len(self.names), "value", self.names), len(value))
                )
            return self.fill(value, None)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value)
        if isinstance(value, str):
            raise TypeError("%s takes a tuple, a dict or an object with its fields, not str" % self.layout.name)
        if hasattr(type(value), "__getitem__") and hasattr(type(value), "__len__"):
            return self.translate(tuple(value))
        return self._from_attributes(value)

    def _from_attributes(self, value):
        found = {name: getattr(value, name) for name in self.names if hasattr(value, name)}
        if not found:
            raise TypeError(
                "%s takes a tuple, a dict or an object with its fields, not %s"
                % (self.layout.name, type(value).__name__)
            )
        return self._complete(found)


def _of(layout):
    if layout.filling is None:
        layout.filling = _Filling(layout)
    return layout.filling


def converted(layout, field, value):
    """What is given for one field as the native arrays take it."""
    convert = _of(layout).converters.get(field.name)
    return value if convert is None else convert(value)


def converter(path, field):
    """A function that translates what is given for a field, or None where the native arrays take it as it is."""
    if field.constant is not NOTHING:
        return _constant(path, field)
    if field.members is not None:
        return lambda value: named_value(path, field, value)
    type = field.type
    if isinstance(type, model.Nested):
        return lambda value: _within(field.name, stored, type.layout, value)
    if isinstance(type, model.Repeated) and isinstance(type.element, model.Nested):
        inner = type.element.layout
        return lambda value: _each(field.name, inner, type.shape, value)
    if isinstance(type, model.Union):
        return lambda value: _union_bytes(field.name, type, value)
    return None


def _constant(path, field):
    def check(value):
        return checked_constant(path, field, value)

    return check


def checked_constant(path, field, value):
    """The constant as the native arrays take it. ValueError if `value`, given for it, is another one."""
    expected = field.constant
    if value is not expected and value != expected and _settled(field, value) != expected:
        shown = repr(expected) if field.members is None else shown_member(field.members, expected)
        raise ValueError("%s is always %s, not %r" % (path, shown, value))
    return expected


def settle(record, field):
    """Turns a field's constant into what the native arrays give for it, once its record is made, and tries its default.

    Errors as an append's: TypeError, ValueError, OverflowError that name the field.
    """
    if field.size is None or field.is_padding:
        return
    path = "%s.%s" % (record, field.name)
    if field.constant is not NOTHING:
        if model.inner_layout(field.type) is not None:
            raise ValueError("%s: only scalars, bytes, text and arrays of scalars can be constant" % path)
        field.constant = _settled(field, field.constant, path)
    if field.default is not NOTHING:
        _settled(field, field.default, path)


def _settled(field, value, path=None):
    try:
        if field.members is not None:
            value = named_value(path or field.name, field, value)
        elif field.constant is NOTHING:
            convert = converter(path or field.name, field)
            value = value if convert is None else convert(value)
        array = core.Array(field.alone(), chunk_size=1)
        array.append((value,))
    except (TypeError, ValueError, OverflowError) as error:
        if path is None:
            return NOTHING
        words = str(error)
        own = "%s: " % field.name
        if words.startswith(own):
            words = "%s: %s" % (path, words[len(own) :])
        raise type(error)(words) from None
    return array._field(0, 0, 0) if field.constant is not NOTHING else None


def named_value(path, field, value):
    """The number that a value of a field with named values stands for: names, "SYN|ACK" too, become numbers."""
    if not isinstance(value, str):
        return value if type(value) is int else _as_int(value)
    members = field.members.__members__
    if value in members:
        return int(members[value])
    parts = [part.strip() for part in value.split("|")]
    if hasattr(field.members, "__or__") and is_flags(field.members) and all(part in members for part in parts):
        total = 0
        for part in parts:
            total |= int(members[part])
        return total
    raise ValueError("%s has no value %r, it has %s" % (path, value, ", ".join(members)))


def shown_member(members, number):
    """How a number is shown whose values have names: 'DATA', 'SYN|ACK', or the number itself."""
    if not is_flags(members):
        for member in members:
            if member.value == number:
                return repr(member.name)
        return repr(number)
    return repr(name_of(members(number)))


def is_flags(members):
    """Whether an enum class has bits as its members, which can be combined."""
    return issubclass(members, enum.Flag)


def name_of(member):
    """The name of a member as it can be given again: "DATA", "SYN|ACK", the number where it has none."""
    if not isinstance(member, enum.Flag) or member.name in type(member).__members__:
        return member.name
    rest, names = int(member), []
    for name, each in type(member).__members__.items():
        if int(each) and int(each) & rest == int(each):
            names.append(name)
            rest &= ~int(each)
    return "|".join(names) if names and not rest else int(member)


def _as_int(value):
    return int(value) if isinstance(value, int) else getattr(value, "value", value)


def _each(path, layout, shape, values):
    if len(values) != shape[0]:
        raise ValueError("%s takes %s, not %d" % (path, _amount(shape[0], "record"), len(values)))
    inner = _each if len(shape) > 1 else _stored_within
    return tuple([inner("%s[%d]" % (path, i), layout, shape[1:], value) for i, value in enumerate(values)])


def _stored_within(path, layout, shape, value):
    return _within(path, stored, layout, value)


def _within(path, convert, *arguments):
    """convert(*arguments), whose errors then begin with the path of the field that it is for."""
    try:
        return convert(*arguments)
    except (TypeError, ValueError, OverflowError) as error:
        if type(error) not in (TypeError, ValueError, OverflowError):
            raise  # one that other code made has its own arguments
        raise prefixed(path, error) from None


def prefixed(path, error):
    """The same error of something that lies inside of `path`: "x: ..." becomes "path.x: ..."."""
    words = str(error)
    head, colon, _ = words.partition(": ")
    return type(error)("%s%s%s" % (path, "." if colon and _PATH.fullmatch(head) else ": ", words))


_PATH = re.compile(r"[\w.\[\]]+")


def _union_bytes(path, type, value):
    """The bytes of a union: given as such, as a union record, or as a dict of one of its fields."""
    from .union import union_bytes

    return union_bytes(path, type, value)


def _amount(count, thing, names=()):
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return "%d %s%s%s" % (count, thing, "" if count == 1 else "s", " (%s)" % shown if shown else "")
