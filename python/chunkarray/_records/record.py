"""Record: classes whose instances are named fields over memory.

An instance of fixed size is a *row*: it holds no values, but says where in an array they lie. One that is made by
itself has an array of its own, of one element. Messages, whose size the data tells, are in variable.py: their
classes are made here, too, and derive from `variable.Message`.
"""

import enum
import operator
import sys

from . import model
from .body import Body, take_fields
from .hex_text import as_memory
from .parsing import check_constants, lacking
from .rows import Rows, accessor, fresh, take_all
from .spelling import RecordArrayOf, Scope, pairs_of
from .union import Overlay
from .values import filled, name_of, settable

# What rows keep for themselves: fields of these names are reached as r["_at"] only.
_SLOTS = ("_of", "_at", "_base", "_leaf")


class RecordType(type):
    """The class of record classes."""

    @classmethod
    def __prepare__(meta, name, bases, **options):
        return Body()

    def __new__(meta, name, bases, body, align=None):
        if not any(isinstance(base, RecordType) for base in bases) or body.get("__layout__", meta) is None:
            return super().__new__(meta, name, bases, _without_own(body))
        find = _finder(body, sys._getframe(1))
        scope = Scope(name, find, find.evaluate)
        try:
            pairs = take_fields(body)
        except ValueError as error:
            raise ValueError("%s: %s" % (name, error)) from None
        return _make(meta, name, bases, _without_own(body), scope, pairs, align)

    def __init__(cls, name, bases, body, align=None):
        super().__init__(name, bases, body)

    def __getitem__(cls, counts):
        return RecordArrayOf(cls, counts)


class _OfClass:
    """A value that a class and its instances have alike."""

    def __init__(self, compute, doc):
        self.compute = compute
        self.__doc__ = doc

    def __get__(self, instance, cls):
        return self.compute(cls)


class _BehindFields:
    """Gives classes what they have by this name besides fields, on the class of classes, which is asked first."""

    def __init__(self, name):
        self.name = name

    def __get__(self, cls, meta):
        if cls is None:
            return self
        for base in cls.__mro__:
            found = base.__dict__.get(self.name, self)
            if found is not self and base.__dict__.get("__accessors__", {}).get(self.name) is not found:
                return found.__get__(None, cls) if hasattr(found, "__get__") else found
        raise AttributeError(self.name)

    def __set__(self, cls, value):
        raise AttributeError("%s.%s can't be set" % (cls.__name__, self.name))


class Record(metaclass=RecordType):
    """A record of named fields, of which each has a type, a size and an offset.

        class Tick(Record):
            time: "TIME[ns]"
            price: F4
            flags: ">U2"

        Record("Tick", [("time", "TIME[ns]"), ("any name", "F4")])
        Record("Tick", time="TIME[ns]", price="F4", flags=">U2")
        Record("Tick", "time: TIME[ns], price: F4, flags: >U2")

    Types are the names of dtypes, with a shape ("F4[3]"), TEXT[n], B1[n] (bytes), bits ("U1:3"), pad[n], other records
    and arrays of them, Const, Enum, Flags and Union. A field lies where the one before it ends; align=True puts it
    where C compilers do. ValueError for what is no layout.
    """

    __slots__ = _SLOTS
    __layout__ = None

    def __new__(cls, /, *values, **named):
        if cls is Record:
            return _define(sys._getframe(1), *values, **named)
        return fresh(cls, filled(cls.__layout__, values, named))

    # What belongs to the class. Fields of these names are reached through instances, these through the class.

    size = _OfClass(lambda cls: cls.__layout__.size, "Bytes of a record; None where the data tells.")
    fields = _OfClass(lambda cls: tuple(field.name for field in cls.__layout__.named), "The names of the fields.")

    @classmethod
    def parse(cls, data, offset=0):
        """The record that lies in `data`, a buffer or hex text, `offset` bytes from its start.

        ValueError where the data ends inside of a field, which it names, and for constants that are others.
        """
        memory = as_memory(data)
        size = cls.__layout__.size
        offset = operator.index(offset)
        if not 0 <= offset <= len(memory):
            raise ValueError("offset %d lies outside of the %d bytes" % (offset, len(memory)))
        if len(memory) - offset < size:
            raise ValueError(lacking(cls.__layout__, len(memory) - offset))
        made = fresh(cls, bytes(memory[offset : offset + size]))
        check_constants(made)
        return made

    @classmethod
    def parse_all(cls, data):
        """A ChunkArray of all the records that `data`, a buffer or hex text, consists of."""
        from .. import ChunkArray

        array = ChunkArray(cls)
        array.frombytes(as_memory(data))
        return array

    @classmethod
    def pack(cls, /, *values, **named):
        """The bytes of a record with these values: the constructor's arguments."""
        return bytes(cls(*values, **named))

    # What belongs to an instance.

    def astuple(self):
        """The values of the fields, as they are stored: numbers for members, tuples for records inside, bytes for unions."""
        return take_all(self.__layout__, self)

    def asdict(self):
        """The fields' names and values, those of records inside as dicts."""
        return {name: _as_plain(accessor.fget(self)) for name, accessor in self.__accessors__.items()}

    def copy(self):
        """A record of its own with the same bytes, that no array holds."""
        return fresh(type(self), bytes(self))

    def _stored(self):
        return take_all(self.__layout__, self)

    def __bytes__(self):
        of, layout = self._of, self.__layout__
        if isinstance(of, Overlay):
            return of.bytes_at(self._at, self._base, layout.size)
        (chunk,) = of._field_chunks(self._at, 1, 1, self._base, layout.text)
        return memoryview(chunk).tobytes()

    def __getitem__(self, name):
        return _accessor(self, name).fget(self)

    def __setitem__(self, name, value):
        _accessor(self, name).fset(self, value)

    def __iter__(self):
        return iter([accessor.fget(self) for accessor in self.__accessors__.values()])

    def __eq__(self, other):
        if type(other) is type(self):
            return take_all(self.__layout__, self) == take_all(other.__layout__, other)
        if isinstance(other, tuple):
            return tuple(self) == other
        return NotImplemented

    def __hash__(self):
        raise TypeError("unhashable type: %r, whose fields can change" % type(self).__name__)

    def __repr__(self):
        return "%s(%s)" % (
            type(self).__name__,
            ", ".join("%s=%s" % (_written(name), _shown(self, name)) for name in self.__accessors__),
        )

    def __copy__(self):
        return fresh(type(self), bytes(self))

    def __deepcopy__(self, memo):
        return fresh(type(self), bytes(self))

    def __reduce__(self):
        return _unpickle, (type(self), bytes(self))


# So that Tick.parse is the method though a field has that name, the class of classes finds them first.
for _name in [name for name in vars(Record) if not name.startswith("_")]:
    if isinstance(vars(Record)[_name], (classmethod, _OfClass)):
        setattr(RecordType, _name, _BehindFields(_name))


def record_of(name, layout, accessors):
    """The class of the rows over a layout that no class states: a union's."""
    body = {"__slots__": (), "__layout__": layout, "__stated__": (layout.fields, None), "__accessors__": accessors}
    body["__module__"] = __name__
    body.update((name, accessor) for name, accessor in accessors.items() if _is_attribute(name))
    return type.__new__(RecordType, name, (Record,), body)


def _accessor(row, name):
    try:
        return row.__accessors__[name]
    except (KeyError, TypeError):
        names = ", ".join(row.__accessors__)
        raise KeyError("%s has no field %r, it has %s" % (type(row).__name__, name, names)) from None


def _as_plain(value):
    if isinstance(value, Record):
        return Record.asdict(value)
    if isinstance(value, Rows):
        return [_as_plain(inner) for inner in value]
    return value


def _written(name):
    return name if name.isidentifier() else repr(name)


def _shown(row, name):
    value = row.__accessors__[name].fget(row)
    if isinstance(value, enum.Enum):
        return repr(name_of(value))
    return repr(value)


def _unpickle(cls, data):
    """Makes the record of a pickle, whose content is not trusted."""
    if not (isinstance(cls, RecordType) and cls.__layout__ is not None):
        raise TypeError("damaged pickle: %r is not a record class" % (cls,))
    if type(data) is not bytes:
        raise TypeError("damaged pickle: the record is %s, not bytes" % type(data).__name__)
    return cls.parse(data)


def _define(frame, name, fields=(), /, *, align=None, **named):
    """What Record("Tick", ...) makes: a class that belongs to the module of the caller."""
    if not isinstance(name, str):
        raise TypeError("a record's name is a str, not %s" % type(name).__name__)
    if align is not None and not isinstance(align, bool):
        # A keyword is a field, but this one: a field of this name needs a list of pairs.
        raise TypeError("%s: align is True or False; a field of this name needs a list of pairs" % name)
    pairs = pairs_of(fields) if isinstance(fields, str) else list(fields)
    pairs += named.items()
    scope = Scope(name, _finder({}, frame))
    body = {"__module__": frame.f_globals.get("__name__", "__main__"), "__qualname__": name}
    return _make(RecordType, name, (Record,), body, scope, pairs, align)


def _make(meta, name, bases, body, scope, pairs, align):
    """The class: its layout from the fields, and what gives and takes their values."""
    outer = [base for base in bases if getattr(base, "__layout__", None) is not None]
    if len(outer) > 1:
        raise TypeError("%s: a record derives from one other record, not from %d" % (name, len(outer)))
    for base in outer:
        if align is None:
            align = base.__stated__[1]
        scope.earlier += [_again(field) for field in base.__stated__[0]]
    fields = tuple(scope.fields_of(pairs))
    layout = model.lay_out(name, fields, bool(align))
    if layout.size is None:
        from .variable import Message

        bases = tuple(Message if base is Record else base for base in bases)
        if not any(issubclass(base, Message) for base in bases):
            bases = (Message, *bases)
        make_accessor = Message._accessor
    else:
        make_accessor = accessor
    accessors = {field.name: make_accessor(field) for field in layout.named}
    body.setdefault("__slots__", ())
    body["__layout__"] = layout
    body["__stated__"] = (fields, align)
    body["__accessors__"] = accessors
    body.setdefault("__match_args__", tuple(n for n in settable(layout) if _is_attribute(n)))
    inherited = outer[0].__layout__ if outer else ()
    for field in layout.named:
        if _is_attribute(field.name) and (field.name not in inherited or layout.size is None or align):
            body.setdefault(field.name, accessors[field.name])
    made = type.__new__(meta, name, bases, body)
    for field in layout.named:
        if field.members is not None and "__dtype__" in field.members.__dict__:
            if "__owner__" not in field.members.__dict__:
                field.members.__owner__ = (made, field.name)
    return made


def _is_attribute(name):
    return name.isidentifier() and name not in _SLOTS and not (name.startswith("__") and name.endswith("__"))


def _again(field):
    """A field of another record's layout, to be laid out anew."""
    return model.Field(field.name, field.type, field.members, field.constant, field.default)


def _without_own(body):
    body = dict(body)
    if not body.get("__annotations__", True):
        del body["__annotations__"]
    return body


class _finder:
    """Finds what a name means where a record is stated: in the class body, the function around it, or the module."""

    def __init__(self, body, frame):
        self.body = body
        self.frame = frame

    def __call__(self, name):
        first, *rest = name.split(".")
        for names in (self.body, self.frame.f_locals, self.frame.f_globals):
            if first in names:
                found = names[first]
                for attribute in rest:
                    found = getattr(found, attribute, None)
                return found
        return None

    def evaluate(self, text):
        """What an annotation that is kept as text means. NameError or another error if it means nothing."""
        return eval(text, self.frame.f_globals, {**self.frame.f_locals, **self.body})
