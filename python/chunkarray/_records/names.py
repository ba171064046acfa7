"""What the types of fields are written with, beside plain strings: U1 to B8, Text, Enum, Const, Union and their kin.

Each has a method `__spell__(scope)`, or is a string; see spelling.py, which turns both into fields.
"""

import enum

from . import model
from .model import NOTHING


class Name(str):
    """The name of a dtype, to annotate fields with: F4, F4[3], TIME["ns"], U1["length"]. It is the string "F4"."""

    __slots__ = ()

    def __getitem__(self, inside):
        counts = inside if isinstance(inside, tuple) else (inside,)
        return Name("%s[%s]" % (self, ",".join("..." if count is ... else str(count) for count in counts)))


U1, U2, U4, U8 = map(Name, ("U1", "U2", "U4", "U8"))
S1, S2, S4, S8 = map(Name, ("S1", "S2", "S4", "S8"))
F4, F8 = map(Name, ("F4", "F8"))
B1, B2, B4, B8 = map(Name, ("B1", "B2", "B4", "B8"))
BOOL, TIME, SPAN = map(Name, ("BOOL", "TIME", "SPAN"))


class Text:
    """Text of `size` bytes, UTF-8, padded with NULs: "TEXT[16]" is the same as Text(16).

    Text(until=b"\\n") is text of any length up to that end, which is part of the message but not of the value.
    """

    __slots__ = ("size", "until")

    def __init__(self, size=None, *, until=None):
        if (size is None) == (until is None):
            raise TypeError("Text takes a size, as in Text(16), or an end, as in Text(until=b'\\n')")
        self.size = size
        self.until = until

    def __spell__(self, scope):
        if self.until is None:
            return scope.field_of("TEXT[%s]" % (self.size,))
        from . import variable

        return model.Field(scope.name, variable.until(self.until, text=True))


class Padding:
    """So many bytes without meaning. "pad[3]" is the same as Padding(3); what the field is called doesn't matter."""

    __slots__ = ("size",)

    def __init__(self, size):
        self.size = size

    def __spell__(self, scope):
        return scope.field_of("pad[%s]" % (self.size,))


class Const:
    """A field of any type that always has the same value: Const("B1[4]", b"RIFF").

    Nobody needs to give it; parsing anything else, or giving another value, is a ValueError.
    """

    __slots__ = ("type", "value")

    def __init__(self, type, value):
        self.type = type
        self.value = value

    def __spell__(self, scope):
        field = scope.field_of(self.type)
        return model.Field(field.name, field.type, field.members, constant=self.value)


class Union:
    """Fields that share the same bytes: Union(number="U4", raw="B1[4]"). The largest gives the size.

    A list of pairs takes any name: Union([("a b", "U4")]).
    """

    __slots__ = ("fields",)

    def __init__(self, fields=(), /, **named):
        self.fields = [*fields, *named.items()]

    def __spell__(self, scope):
        fields = scope.inner(scope.name).fields_of(self.fields)
        return model.Field(scope.name, model.Union(model.overlay(scope.path, fields)))


class FieldSpec:
    """What field() gives."""

    __slots__ = ("type", "default")

    def __init__(self, type, default):
        self.type = type
        self.default = default

    def __spell__(self, scope):
        field = scope.field_of(self.type)
        return model.Field(field.name, field.type, field.members, field.constant, self.default)


def field(type=None, /, *, default=NOTHING):
    """The type of a field whose annotation is for type checkers, and its default.

        kind: int = field(">U2", default=0)

    Without a type it is the annotation's. A field with a default need not be given.
    """
    return FieldSpec(type, default)


class _Members:
    """What enum classes of fields add to Python's: where they are used, which is how their members are pickled."""

    @classmethod
    def __spell__(cls, scope):
        field = scope.field_of(cls.__dtype__)
        return model.Field(field.name, field.type, members=cls)

    def __reduce_ex__(self, protocol):
        owner = type(self).__dict__.get("__owner__")
        if owner is None:  # no record's field is of this type yet: then it has to have a name in its module
            return super().__reduce_ex__(protocol)
        return _member, (*owner, int(self))


def _member(record, name, value):
    return record.__layout__[name].members(value)


class _Enum(_Members, enum.IntEnum):
    pass


class _Flags(_Members, enum.IntFlag):
    pass


def Enum(dtype, members=(), /, **named):  # noqa: N802 (it makes a class)
    """A field whose values have names: Enum("U1", DATA=1, ACK=2).

    An IntEnum class. The field gives its members and takes them, their values and their names; a value that no member
    has is given as an int. `members` is a dict of names that are no identifiers, or an enum class.
    """
    return _make(_Enum, dtype, members, named)


def Flags(dtype, members=(), /, **named):  # noqa: N802 (it makes a class)
    """A field whose bits have names: Flags("U1", SYN=1, ACK=2). An IntFlag class.

    The field gives combinations of its members and takes them, ints and names: "SYN|ACK".
    """
    return _make(_Flags, dtype, members, named)


def _make(base, dtype, members, named):
    word = base.__name__.lstrip("_")
    if isinstance(members, type) and issubclass(members, enum.Enum):
        members = {name: member.value for name, member in members.__members__.items()}
    members = {**dict(members), **named}
    if not members:
        raise ValueError("%s needs members, as in %s('U1', DATA=1)" % (word, word))
    for name, value in members.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError("%s: %s is %s, not int" % (word, name, type(value).__name__))
    made = base(word, members)
    made.__dtype__ = dtype
    return made
