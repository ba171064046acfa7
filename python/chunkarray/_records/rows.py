"""The properties of rows: how each kind of field is read from and written to the memory that a row stands for.

A row's `_of` is an array, or what behaves as one: `_field(position, offset, leaf)` and `_set_field(position, offset,
leaf, value)` read and write one leaf. `_at` is the position of the element there, `_base` where in the element the row
begins, in bytes, and `_leaf` the number of its first leaf.

Most rows are whole elements, where both are 0: the properties ask for that first. What they pass on is then the same in
each turn of a loop, and PyPy, which does not compute with it again, needs half the time.
"""

import operator

from . import model
from .model import NOTHING
from .values import checked_constant, is_flags, named_value, stored


def row(cls, of, at, base=0, leaf=0):
    """The row of class `cls` over an element of the array `of`, or over a part of it."""
    self = object.__new__(cls)
    self._of = of
    self._at = at
    self._base = base
    self._leaf = leaf
    return self


def accessor(field):
    """The property of a field of fixed size."""
    type = field.type
    if isinstance(type, model.Nested):
        made = _nested(field, type.record)
    elif isinstance(type, model.Repeated) and isinstance(type.element, model.Nested):
        made = _several(field, type)
    elif isinstance(type, model.Union):
        from .union import union_property

        made = union_property(field)
    elif field.members is not None:
        made = _named(field)
    else:
        made = _simple(field)
    if field.constant is not NOTHING:
        return _constant(field, made)
    return made


def _simple(field):
    offset, leaf = field.offset, field.leaf

    def get(self):
        if self._base or self._leaf:
            return self._of._field(self._at, self._base + offset, self._leaf + leaf)
        return self._of._field(self._at, offset, leaf)

    def put(self, value):
        if self._base or self._leaf:
            self._of._set_field(self._at, self._base + offset, self._leaf + leaf, value)
        else:
            self._of._set_field(self._at, offset, leaf, value)

    return property(get, put, doc=described(field))


def _named(field):
    plain = _simple(field)
    read, write, name_of = plain.fget, plain.fset, member_of(field.members)

    def get(self):
        return name_of(read(self))

    def put(self, value):
        write(self, named_value(field.name, field, value))

    return property(get, put, doc=plain.__doc__)


def member_of(members):
    """A function that gives the member of a number, and the number itself where there is none."""
    if is_flags(members):
        return members
    known = {int(member.value): member for member in members}

    def member(value):
        return known.get(value, value)

    return member


def _constant(field, made):
    def put(self, value):
        made.fset(self, checked_constant("%s.%s" % (type(self).__name__, field.name), field, value))

    return property(made.fget, put, doc=made.__doc__)


def _nested(field, cls):
    offset, leaf = field.offset, field.leaf

    def get(self):
        if self._base or self._leaf:
            return row(cls, self._of, self._at, self._base + offset, self._leaf + leaf)
        return row(cls, self._of, self._at, offset, leaf)

    def put(self, value):
        write(get(self), value)

    return property(get, put, doc=described(field))


def _several(field, type):
    offset, leaf = field.offset, field.leaf

    def get(self):
        return Rows(type.element.record, self._of, self._at, self._base + offset, self._leaf + leaf, type.shape)

    def put(self, values):
        get(self)[:] = values

    return property(get, put, doc=described(field))


def described(field):
    """The docstring of a field's property."""
    return "%s at byte %s" % (field.type.name, field.offset)


def write(target, value):
    """Writes the values given for a record into a row: all of them, or none if one is bad."""
    layout = target.__layout__
    values = stored(layout, value)
    scratch = fresh(type(target), values)
    put_all(layout, target, scratch._stored())


def put_all(layout, target, values):
    """Writes a native tuple into a row, field by field. Padding keeps what it has."""
    for field, value in zip(layout.named, values):
        kind = field.type
        if isinstance(kind, model.Nested):
            inner = row(kind.record, target._of, target._at, target._base + field.offset, target._leaf + field.leaf)
            put_all(kind.layout, inner, value)
        elif isinstance(kind, model.Repeated) and isinstance(kind.element, model.Nested):
            _put_each(_rows_of(target, field), value)
        else:
            target._of._set_field(target._at, target._base + field.offset, target._leaf + field.leaf, value)


def _put_each(rows, values):
    for inner, value in zip(rows, values):
        if isinstance(inner, Rows):
            _put_each(inner, value)
        else:
            put_all(inner.__layout__, inner, value)


def take_all(layout, source):
    """The native tuple of what a row stands for."""
    values = []
    for field in layout.named:
        kind = field.type
        if isinstance(kind, model.Nested):
            inner = row(kind.record, source._of, source._at, source._base + field.offset, source._leaf + field.leaf)
            values.append(take_all(kind.layout, inner))
        elif isinstance(kind, model.Repeated) and isinstance(kind.element, model.Nested):
            values.append(_take_each(_rows_of(source, field)))
        else:
            values.append(source._of._field(source._at, source._base + field.offset, source._leaf + field.leaf))
    return tuple(values)


def _take_each(rows):
    return tuple([_take_each(x) if isinstance(x, Rows) else take_all(x.__layout__, x) for x in rows])


def _rows_of(source, field):
    kind = field.type
    base, leaf = source._base + field.offset, source._leaf + field.leaf
    return Rows(kind.element.record, source._of, source._at, base, leaf, kind.shape)


def fresh(cls, values):
    """A record by itself, in an array of one element. `values` are a native tuple, or its bytes."""
    from .array import array_of_one

    return row(cls, array_of_one(cls, values), 0)


class Rows:
    """The records of a field such as Point[4]: a sequence of live rows, whose length never changes."""

    __slots__ = ("_record", "_of", "_at", "_base", "_leaf", "_shape", "_size")
    __hash__ = None

    def __init__(self, record, of, at, base, leaf, shape):
        self._record = record
        self._of = of
        self._at = at
        self._base = base
        self._leaf = leaf
        self._shape = shape
        self._size = record.__layout__.size
        for extent in shape[1:]:
            self._size *= extent

    def __len__(self):
        return self._shape[0]

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(len(self))[index]]
        i = operator.index(index)
        if i < 0:
            i += len(self)
        if not 0 <= i < len(self):
            raise IndexError("index %d is out of range for %d records" % (operator.index(index), len(self)))
        base = self._base + i * self._size
        if len(self._shape) > 1:
            return Rows(self._record, self._of, self._at, base, self._leaf, self._shape[1:])
        return row(self._record, self._of, self._at, base, self._leaf)

    def __setitem__(self, index, value):
        if not isinstance(index, slice):
            target = self[index]
            if isinstance(target, Rows):
                target[:] = value
            else:
                write(target, value)
            return
        targets, values = self[index], list(value)
        if len(values) != len(targets):
            raise ValueError("%d records can't be replaced by %d" % (len(targets), len(values)))
        checked = [self._checked(target, value) for target, value in zip(targets, values)]
        _put_each(targets, checked)

    def _checked(self, target, value):
        """The native tuple of what is given for one of the records, or for several in a further dimension."""
        if isinstance(target, Rows):
            if len(value) != len(target):
                raise ValueError("%d records can't be replaced by %d" % (len(target), len(value)))
            return tuple([self._checked(inner, given) for inner, given in zip(target, value)])
        return fresh(self._record, stored(self._record.__layout__, value))._stored()

    def __iter__(self):
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other):
        if not isinstance(other, (Rows, list, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other))

    def __repr__(self):
        return repr(list(self))
