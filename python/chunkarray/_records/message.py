"""Messages: records whose size the data tells.

A message holds plain values (see fixed.py), one for each field, padding included. Counts and checksums are not kept but
computed when they are asked for, so that a message is never at odds with itself.
"""

import enum
import operator

from . import model
from .fixed import Held, codec, plain_value
from .hex_text import as_memory
from .model import NOTHING
from .problems import Problem
from .reading import Plan, State
from .record import Record
from .rows import member_of
from .values import checked_constant, is_flags, shown_member
from .variable import Checksum, Chosen, InSize, bind, fixed_size
from .writing import accept, counts, packed, seal, settle

LIMIT = 2**31 - 1  # bytes of a message, unless the caller says otherwise
_GREATEST = 2**62
_SHOWN = 60  # characters of a value in repr()


def members(layout):
    """What the class of a message's layout has in its body. ValueError for what can't be."""
    bind(layout)
    plan = Plan(layout)
    return {"__plan__": plan, "__accessors__": {field.name: _accessor(plan, field) for field in layout.named}}


class _Pack:
    """Of the class, pack(...) gives the bytes of a message with these values, as that of every record; of an instance,
    pack() gives its own."""

    def __get__(self, instance, cls):
        if instance is not None:
            return instance.__bytes__
        return lambda *values, **named: bytes(cls(*values, **named))


class _Size:
    """Bytes of a message; of the class None, for the data tells."""

    def __get__(self, instance, cls):
        return None if instance is None else sum(map(len, _pieces(instance)))


def _pieces(message):
    try:
        return packed(message.__plan__, message._values)[0]
    except Problem as problem:
        raise problem.within(message.__layout__.name).error() from None


class Message(Record):
    """A record whose size the data tells: with counts and lengths in earlier fields, tags that choose types, ends."""

    __slots__ = ("_values",)
    __layout__ = None
    __plan__ = None

    def __new__(cls, /, *values, **named):
        self = object.__new__(cls)
        self._values = _filled(cls, values, named)
        return self

    @classmethod
    def _of_values(cls, values):
        """A message of plain values, which it keeps."""
        self = object.__new__(cls)
        self._values = values
        return self

    @classmethod
    def parse(cls, data, offset=0, limit=LIMIT, *, check=True):
        """The message that begins in `data`, a buffer or hex text, `offset` bytes from its start. Its `size` tells how
        many bytes it has; more may follow.

        ValueError for data that ends inside of a field, a message of more than `limit` bytes, a tag that has no case,
        constants that are others, and checksums that are wrong; `check=False` leaves the latter to others. It names the
        field and its offset, and nothing is made for lengths that the data doesn't have.
        """
        return cls._parse(memory_of(data), offset, limit, check)[0]

    @classmethod
    def _parse(cls, memory, offset, limit, check, base=0):
        """As parse(), with the offset behind the message. `base` is added to the offsets in errors."""
        offset = operator.index(offset)
        if not 0 <= offset <= len(memory):
            raise ValueError("offset %d lies outside of the %d bytes" % (offset, len(memory)))
        state = State(memory, offset, limit_of(limit), check, base=base)
        try:
            values, end = cls.__plan__.read(state, offset)
        except Problem as problem:
            raise problem.within(cls.__layout__.name).error() from None
        return cls._of_values(values), end

    @classmethod
    def parse_all(cls, data, *, check=True):
        """A list of all the messages that `data`, a buffer or hex text, consists of. Errors as parse()'s."""
        memory, found, at = memory_of(data), [], 0
        while at < len(memory):
            message, end = cls._parse(memory, at, LIMIT, check)
            if end == at:
                raise ValueError("%s has no bytes, at offset %d" % (cls.__layout__.name, at))
            found.append(message)
            at = end
        return found

    pack = _Pack()
    size = _Size()

    def __bytes__(self):
        return b"".join(_pieces(self))

    def astuple(self):
        """The values of the fields; messages and records inside are tuples, too."""
        return tuple(map(_as_tuple, self))

    def asdict(self):
        """The fields' names and values; messages and records inside are dicts, too."""
        return {name: _as_dict(accessor.fget(self)) for name, accessor in self.__accessors__.items()}

    def copy(self):
        """A message of its own with the same bytes."""
        return type(self).parse(bytes(self))

    def __eq__(self, other):
        if type(other) is type(self):
            return bytes(self) == bytes(other)
        if isinstance(other, tuple):
            return tuple(self) == other
        return NotImplemented

    def __hash__(self):
        raise TypeError("unhashable type: %r, whose fields can change" % type(self).__name__)

    def __repr__(self):
        return "%s(%s)" % (
            type(self).__name__,
            ", ".join("%s=%s" % (name, _shown(accessor.fget(self))) for name, accessor in self.__accessors__.items()),
        )

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        return _unpickle, (type(self), bytes(self))

    def _stored(self):
        raise TypeError("%s has no fixed size, so arrays don't hold it" % type(self).__name__)

    def chunk(self):
        """Messages lie in no memory: TypeError that names bytes()."""
        raise TypeError("%s has no fixed size and lies in no memory; bytes() gives its bytes" % type(self).__name__)


def _unpickle(cls, data):
    """Makes the message of a pickle, whose content is not trusted."""
    if not (isinstance(cls, type) and issubclass(cls, Message) and cls.__layout__ is not None):
        raise TypeError("damaged pickle: %r is no class of messages" % (cls,))
    if type(data) is not bytes:
        raise TypeError("damaged pickle: the message is %s, not bytes" % type(data).__name__)
    message, end = cls._parse(data, 0, LIMIT, True)
    if end != len(data):
        raise ValueError("damaged pickle: %d bytes behind the %s" % (len(data) - end, cls.__name__))
    return message


def limit_of(limit):
    """A limit of bytes that a caller gives. ValueError if it is negative."""
    limit = operator.index(limit)
    if limit < 0:
        raise ValueError("limit is negative: %d" % limit)
    return min(limit, _GREATEST)


def memory_of(data):
    """The bytes of a buffer or of hex text, as something whose slices are bytes or can be made bytes."""
    return data if type(data) is bytes else as_memory(data)


def _settled(message):
    try:
        return settle(message.__plan__, message._values)
    except Problem as problem:
        raise problem.within(message.__layout__.name).error() from None


def _accessor(plan, field):
    """The property of a field."""
    index = plan.layout.fields.index(field)
    kind = plan.codecs[index]
    doc = "%s%s" % (field.type.name, "" if field.offset is None else " at byte %d" % field.offset)
    if isinstance(field.type, Checksum):
        return property(*_of_checksum(plan, field, index), doc=doc)
    if index in plan.counters:
        return property(*_of_counter(plan, field, index), doc=doc)
    if isinstance(kind, Held):
        return property(*_of_held(field, index, kind), doc=doc)
    if field.members is not None:
        return property(*_of_members(field, index), doc=doc)
    if isinstance(field.type, (Chosen, InSize)):
        return property(*_of_inner(field, index), doc=doc)

    def get(self):
        return self._values[index]

    return property(get, _setter(field, index), doc=doc)


def _setter(field, index):
    def put(self, value):
        if field.constant is not NOTHING:
            checked_constant("%s.%s" % (type(self).__name__, field.name), field, value)
            return
        self._values[index] = _accepted(type(self), field, value, self._values)

    return put


def _accepted(cls, field, value, values):
    try:
        return accept(field, value, values)
    except Problem as problem:
        raise problem.within(cls.__layout__.name).error() from None


def _of_members(field, index):
    member = member_of(field.members)

    def get(self):
        return member(self._values[index])

    return get, _setter(field, index)


def _of_held(field, index, kind):
    def get(self):
        held = self._values[index] = kind.hold(self._values[index])
        return kind.get(held)

    return get, _setter(field, index)


def _of_inner(field, index):
    """What is in a switch or in a stated size: as a field of that type by itself gives it."""

    def get(self):
        inner, value = inner_of(field, self._values), self._values[index]
        if inner is None or fixed_size(inner) is None:
            return value
        kind = codec(inner)
        if isinstance(kind, Held):
            record = inner.type.record if isinstance(inner.type, model.Nested) else None
            if not isinstance(value, bytes) and record is not None and isinstance(value, record):
                return value
            held = self._values[index] = kind.hold(value)
            return kind.get(held)
        return value if inner.members is None else member_of(inner.members)(value)

    return get, _setter(field, index)


def inner_of(field, values):
    """The field that is meant inside of a switch or a stated size, through all levels; None without a case."""
    while field is not None and isinstance(field.type, (Chosen, InSize)):
        field = field.type.case(values) if isinstance(field.type, Chosen) else field.type.field
    return field


def _of_counter(plan, field, index):
    source, _ = plan.counters[index]

    def get(self):
        try:
            number = counts(plan, self._values)[index]
        except Problem as problem:
            raise problem.within(self.__layout__.name).error() from None
        return number if field.members is None else member_of(field.members)(number)

    def put(self, value):
        counts = plan.layout.fields[source].name
        is_now = get(self)
        if plain_value(field, value) != is_now:
            words = "%s.%s counts %s and is %d, not %r; it changes with what it counts"
            raise ValueError(words % (self.__layout__.name, field.name, counts, is_now, value))

    return get, put


def _of_checksum(plan, field, index):
    def get(self):
        pieces, _ = _settled(self)
        return seal(plan, index, pieces)

    def put(self, value):
        is_now = get(self)
        if value != is_now:
            words = "%s.%s is the %s of %s, 0x%X, not %r"
            type = field.type
            raise ValueError(words % (self.__layout__.name, field.name, type.sum, type.shown_over, is_now, value))

    return get, put


def _filled(cls, given, named):
    """The plain values of a message from values by position and by name."""
    plan, layout = cls.__plan__, cls.__layout__
    computed = {*plan.counters, *plan.sums}
    fields = list(layout.named)
    settable = [field for field in fields if field.constant is NOTHING]
    names = [field.name for field in (fields if len(given) == len(fields) else settable)]
    if len(given) < len(settable):
        names = [field.name for field in settable if layout.fields.index(field) not in computed]
    if len(given) > len(names):
        names = [field.name for field in settable]
        raise TypeError("%s takes %d values (%s), not %d" % (layout.name, len(names), ", ".join(names), len(given)))
    found = dict(zip(names, given))
    for name, value in named.items():
        if name in found:
            raise TypeError("%s: %s is given twice" % (layout.name, name))
        if name not in layout:
            names = ", ".join(field.name for field in layout.named)
            raise TypeError("%s has no field %r, it has %s" % (layout.name, name, names))
        found[name] = value
    values = [None] * len(layout.fields)
    later = []
    for index, field in enumerate(layout.fields):
        if field.is_padding:
            values[index] = b""
            continue
        if field.constant is not NOTHING:
            path = "%s.%s" % (layout.name, field.name)
            checked_constant(path, field, found.get(field.name, field.constant))
            values[index] = plain_value(field, field.constant)
            continue
        if field.name in found:
            if index in computed:
                later.append(field.name)
            else:
                values[index] = _accepted(cls, field, found[field.name], values)
        elif index in computed:
            values[index] = 0
        elif field.default is not NOTHING:
            values[index] = _accepted(cls, field, field.default, values)
        else:
            values[index] = _tag_for(cls, field, found, values)
    if later:
        message = cls._of_values(values)
        for name in later:
            cls.__accessors__[name].fset(message, found[name])
    return values


def _tag_for(cls, field, found, values):
    """The tag that isn't given, where the record that is given for a switch has only one case."""
    for other in cls.__layout__.named:
        if isinstance(other.type, Chosen) and other.type.tag == field.name and other.name in found:
            given = type(found[other.name])
            fitting = [value for value, case in other.type.cases.items() if getattr(case.type, "record", None) is given]
            if len(fitting) == 1:
                return fitting[0]
    raise TypeError("%s lacks %s" % (cls.__layout__.name, field.name))


def _as_tuple(value):
    if isinstance(value, Record):
        return Record.astuple(value) if value.__layout__.size is not None else Message.astuple(value)
    return [_as_tuple(each) for each in value] if isinstance(value, list) else value


def _as_dict(value):
    if isinstance(value, Record):
        return Record.asdict(value) if value.__layout__.size is not None else Message.asdict(value)
    return [_as_dict(each) for each in value] if isinstance(value, list) else value


def _shown(value):
    if isinstance(value, enum.Enum):
        return shown_member(type(value), int(value)) if is_flags(type(value)) else repr(value.name)
    if isinstance(value, bytes) and len(value) > _SHOWN:
        return "%r... (%d bytes)" % (value[: _SHOWN // 2], len(value))
    if isinstance(value, str) and len(value) > _SHOWN:
        return "%r... (%d characters)" % (value[: _SHOWN // 2], len(value))
    if isinstance(value, list) and len(value) > 4:
        return "[%s, ... (%d)]" % (", ".join(map(_shown, value[:3])), len(value))
    return repr(value)


def regions(layout, memory, offset):
    """The region of a message: see regions.py."""
    from .message_regions import regions

    return regions(layout, memory, offset)
