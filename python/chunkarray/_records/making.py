"""How record classes are made: from a class body, a list of pairs or keywords to a layout and the class that has it."""

import sys

from . import model
from .body import Body, take_fields
from .rows import accessor
from .spelling import RecordArrayOf, Scope, pairs_of
from .values import settable, settle

# What rows keep for themselves: fields of these names are reached as r["_at"] only.
SLOTS = ("_of", "_at", "_base", "_leaf")
RESERVED = (*SLOTS, "_stored", "_values", "_of_values", "_parse")


class RecordType(type):
    """The class of record classes."""

    @classmethod
    def __prepare__(meta, name, bases, **options):
        return Body(name)

    def __new__(meta, name, bases, body, align=None):
        if not any(isinstance(base, RecordType) for base in bases) or body.get("__layout__", meta) is None:
            return super().__new__(meta, name, bases, _without_own(body))
        find = _Finder(body, sys._getframe(1))
        scope = Scope(name, find, find.evaluate)
        pairs = take_fields(body)
        return _make(meta, name, bases, _without_own(body), scope, pairs, align)

    def __init__(cls, name, bases, body, align=None):
        super().__init__(name, bases, body)

    def __getitem__(cls, counts):
        return RecordArrayOf(cls, counts)


class OfClass:
    """A value that a class and its instances have alike."""

    def __init__(self, compute, doc):
        self.compute = compute
        self.__doc__ = doc

    def __get__(self, instance, cls):
        return self.compute(cls)


class BehindFields:
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


def define(root, frame, name, fields=(), /, *, align=None, **named):
    """What Record("Tick", ...) makes: a class that belongs to the module of the caller."""
    if not isinstance(name, str):
        raise TypeError("a record's name is a str, not %s" % type(name).__name__)
    if align is not None and not isinstance(align, bool):
        # A keyword is a field, but this one: a field of this name needs a list of pairs.
        raise TypeError("%s: align is True or False; a field of this name needs a list of pairs" % name)
    if isinstance(fields, str):
        fields = pairs_of(fields)
    pairs = [*(fields.items() if isinstance(fields, dict) else fields), *named.items()]
    scope = Scope(name, _Finder({}, frame))
    body = {"__module__": module_of(frame), "__qualname__": name}
    return _make(RecordType, name, (root,), body, scope, pairs, align)


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
    for base in outer:
        _check_extension(layout, base)
    body["__stated__"] = (fields, align)
    return _class(meta, bases, body, layout)


def of_layout(root, layout, module):
    """The class of a layout that was made elsewhere: a union's, or what another library described."""
    body = {"__module__": module, "__qualname__": layout.name, "__stated__": (layout.fields, None)}
    return _class(RecordType, (root,), body, layout)


def _class(meta, bases, body, layout):
    outer = [base for base in bases if getattr(base, "__layout__", None) is not None]
    body.setdefault("__slots__", ())
    body["__layout__"] = layout
    for field in layout.named:
        settle(layout.name, field)
    inherited = outer[0].__accessors__ if outer else {}
    if layout.size is None:
        from .message import Message, members

        bases = tuple(Message if base.__layout__ is None else base for base in bases)
        if not any(issubclass(base, Message) for base in bases):
            bases = (Message, *bases)
        body.update(members(layout))
        inherited = {}  # properties of messages belong to one layout
    else:
        body["__accessors__"] = {field.name: accessor(field) for field in layout.named}
    for name, made in body["__accessors__"].items():
        # What a class between has put in the place of a property stays: the field lies where it did.
        if is_attribute(name) and name not in inherited:
            body.setdefault(name, made)
    body.setdefault("__match_args__", tuple(name for name in settable(layout) if is_attribute(name)))
    cls = type.__new__(meta, layout.name, bases, body)
    for field in layout.named:
        if field.members is not None:
            _name_members(field, cls)
    return cls


def _check_extension(layout, base):
    """ValueError unless the fields of a base lie where they do in the base: its properties read both."""
    for field in base.__layout__.named:
        mine = layout[field.name]
        if (mine.offset, mine.shift, mine.leaf) != (field.offset, field.shift, field.leaf):
            raise ValueError(
                "%s: %s is at %s here and at %s in %s, which it derives from; state the field anew"
                % (layout.name, field.name, mine.offset, field.offset, base.__name__)
            )


def _name_members(field, cls):
    """Enum("U1", ...) gets the name and the place of the first field that it is the type of."""
    own = field.members.__dict__
    if "__dtype__" in own and "__owner__" not in own:
        field.members.__owner__ = (cls, field.name)
        field.members.__name__ = field.name
        field.members.__qualname__ = "%s.%s" % (cls.__qualname__, field.name)
        field.members.__module__ = cls.__module__


def module_of(frame):
    """The name of the module whose code runs in a frame: classes that are made there belong to it."""
    return frame.f_globals.get("__name__", "__main__")


def is_attribute(name):
    """Whether a field of this name is an attribute, too."""
    return name.isidentifier() and name not in RESERVED and not (name.startswith("__") and name.endswith("__"))


def _again(field):
    """A field of another record's layout, to be laid out anew."""
    return model.Field(field.name, field.type, field.members, field.constant, field.default)


def _without_own(body):
    """A class body as type() takes it: a plain dict, without annotations that only the namespace has put there."""
    body = dict(body)
    if not body.get("__annotations__", True):
        del body["__annotations__"]
    return body


class _Finder:
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
