"""What records are made of: fields, their types, and where each of them lies.

A *layout* is computed here, once, for all who need it: the record classes, the native arrays (which get it as a text in
which each offset stands, see `Layout.text`), the pictures, and the descriptions that other libraries understand.
Sizes and offsets are in bytes; alignment is 1 unless it is asked for, so that a field begins where the one before it
ended.
"""

import json

LARGEST = 2**31 - 1  # bytes of a record
MOST_FIELDS = 4096
DEEPEST = 16
NOTHING = type("Nothing", (), {"__repr__": lambda self: "<nothing>", "__slots__": ()})()


class FieldType:
    """What the bytes of a field mean.

    size      bytes, or None where the data tells
    align     what offsets are a multiple of in a record with align=True
    name      as it is written and shown: "F4[3]", "TEXT[16]"; for a record its class's name
    text      the same as the native arrays take it, or None where size is None
    leaves    how many numbers the native arrays count for it (fields that are no records)
    """

    __slots__ = ()
    size = None
    align = 1
    text = None
    leaves = 1

    def __repr__(self):
        return "<%s>" % self.name


class Scalar(FieldType):
    """One element of a dtype: a number, raw bits, a truth value or a time. `name` is its canonical one: ">U2"."""

    __slots__ = ("name", "size", "align")

    def __init__(self, name, size):
        self.name = name
        self.size = self.align = size

    @property
    def text(self):
        return self.name

    @property
    def is_big_endian(self):
        return self.name[0] == ">"

    @property
    def kind(self):
        """U, S, F, B, BOOL, TIME or SPAN."""
        name = self.name.lstrip(">")
        return name[0] if name[1:].isdigit() else name.partition("[")[0]


class Bits(FieldType):
    """Some bits of an unsigned, signed, raw or BOOL scalar, the *unit*, which neighbours of the same unit share.

    They are laid into it as they are stated, from its least significant bit on; where the unit is written with ">",
    from its most significant one, as protocols draw them (for one byte, too: ">U1:4").
    """

    __slots__ = ("unit", "width", "from_the_top")

    def __init__(self, unit, width, from_the_top=False):
        self.unit = unit
        self.width = width
        self.from_the_top = from_the_top

    size = property(lambda self: self.unit.size)
    align = property(lambda self: self.unit.align)

    @property
    def name(self):
        mark = ">" if self.from_the_top and self.unit.size == 1 else ""
        return "%s%s:%d" % (mark, self.unit.name, self.width)


class Text(FieldType):
    """Text of a fixed number of bytes, UTF-8, padded with NULs."""

    __slots__ = ("size",)

    def __init__(self, size):
        self.size = size

    name = text = property(lambda self: "TEXT[%d]" % self.size)


class Bytes(FieldType):
    """A fixed number of raw bytes, given as bytes."""

    __slots__ = ("size",)

    def __init__(self, size):
        self.size = size

    name = text = property(lambda self: "B1[%d]" % self.size)


class Repeated(FieldType):
    """An array of fixed shape, of scalars or of records. `shape` is a tuple of ints."""

    __slots__ = ("element", "shape", "size")

    def __init__(self, element, shape):
        self.element = element
        self.shape = shape
        self.size = element.size
        for extent in shape:
            self.size *= extent

    align = property(lambda self: self.element.align)
    leaves = property(lambda self: self.element.leaves)

    @property
    def _suffix(self):
        return "[%s]" % ",".join(map(str, self.shape))

    @property
    def name(self):
        return self.element.name + self._suffix

    @property
    def text(self):
        return self.element.text + self._suffix


class Nested(FieldType):
    """A record inside of another one. `record` is its class, `layout` that class's."""

    __slots__ = ("record", "layout")

    def __init__(self, record):
        self.record = record
        self.layout = record.__layout__

    name = property(lambda self: self.layout.name)
    size = property(lambda self: self.layout.size)
    align = property(lambda self: self.layout.align)
    text = property(lambda self: self.layout.text)
    leaves = property(lambda self: self.layout.leaves)


class Union(FieldType):
    """Fields that share the same bytes, of which the largest gives the size. `layout` has them all, at offset 0.

    To the native arrays it is raw bytes.
    """

    __slots__ = ("layout",)

    def __init__(self, layout):
        self.layout = layout

    name = property(lambda self: "Union(%s)" % ", ".join(field.name for field in self.layout.fields))
    size = property(lambda self: self.layout.size)
    align = property(lambda self: self.layout.align)
    text = property(lambda self: "B1[%d]" % self.size)


class Padding(FieldType):
    """Bytes without meaning: written as zeros, kept when the fields around them change."""

    __slots__ = ("size",)
    leaves = 0

    def __init__(self, size):
        self.size = size

    name = property(lambda self: "padding[%d]" % self.size)


class Field:
    """One field of a layout.

    name      its name; "" for padding
    type      a FieldType, without what is below
    offset    bytes from the start of the record; None behind a field whose size the data tells
    shift     for Bits: how many less significant bits of the unit come before it
    members   an enum class if its values have names, else None (Enum and Flags: what they give are its members)
    constant  the only value that it may have, which nobody needs to give, or NOTHING
    default   the value where none is given, or NOTHING
    leaf      the number of its first leaf for the native arrays
    codec     what messages know of its bytes, once they need it: see fixed.py
    """

    __slots__ = ("name", "type", "offset", "shift", "members", "constant", "default", "leaf", "codec")

    def __init__(self, name, type, members=None, constant=NOTHING, default=NOTHING):
        self.name = name
        self.type = type
        self.offset = self.shift = None
        self.members = members
        self.constant = constant
        self.default = default
        self.leaf = 0
        self.codec = None

    size = property(lambda self: self.type.size)

    @property
    def is_padding(self):
        return isinstance(self.type, Padding)

    @property
    def text(self):
        """The field's type as the native arrays take it."""
        if isinstance(self.type, Bits):
            return "%s:%d+%d" % (self.type.unit.text, self.shift, self.type.width)
        return self.type.text

    def alone(self, size=None):
        """The dtype of a native array of records that have only this field, at offset 0, and so many bytes."""
        return "{%s@0:%s}%d" % (_written(self.name), self.text, self.size if size is None else size)

    def __repr__(self):
        return "<%s: %s at %s>" % (self.name, self.type.name, self.offset)


class Layout:
    """The fields of a record, in the order in which they lie.

    name      the record's name
    fields    a tuple of Field, padding included
    size      bytes, or None where the data tells
    align     what arrays and outer records align it to, if they align
    leaves    how many leaves the native arrays count for it
    depth     1, and more for records inside of records
    """

    __slots__ = (
        *("name", "fields", "size", "align", "leaves", "depth", "_by_name", "_text"),
        *("filling", "has_constants", "leaf_types"),
    )

    def __init__(self, name, fields, size, align):
        self.name = name
        self.fields = tuple(fields)
        self.size = size
        self.align = align
        self.leaves = sum(field.type.leaves for field in self.fields)
        inner = [inner_layout(field.type) for field in self.fields]
        self.depth = 1 + max((layout.depth for layout in inner if layout is not None), default=0)
        self._by_name = {field.name: field for field in self.fields if not field.is_padding}
        self._text = None
        # What values.py, parsing.py and union.py find when they need it first.
        self.filling = self.has_constants = self.leaf_types = None

    @property
    def named(self):
        """The fields that have a name: all but padding."""
        return self._by_name.values()

    def __getitem__(self, name):
        """The field of this name. KeyError that lists the names if there is none."""
        try:
            return self._by_name[name]
        except KeyError:
            raise KeyError("%s has no field %r, it has %s" % (self.name, name, ", ".join(self._by_name))) from None

    def __contains__(self, name):
        return name in self._by_name

    @property
    def text(self):
        """The dtype of a native array of such records, or None where the size is not fixed.

        Each offset and size stands in it: "{time@0:U8,price@8:F4}12". Equal texts are equal layouts, whatever the
        names of the classes.
        """
        if self._text is None and self.size is not None:
            inner = ",".join("%s@%d:%s" % (_written(f.name), f.offset, f.text) for f in self.named)
            self._text = "{%s}%d" % (inner, self.size)
        return self._text

    def __repr__(self):
        return "<layout of %s: %s>" % (self.name, ", ".join(map(repr, self.fields)))


def inner_layout(type):
    """The layout inside of a type: of a record, an array of records or a union; else None."""
    return getattr(type.element if isinstance(type, Repeated) else type, "layout", None)


def _written(name):
    return name if name.isidentifier() else json.dumps(name)


def lay_out(name, fields, align=False):
    """The layout of a record of these fields, whose offsets, shifts and leaves it sets.

    `align` puts each field, and the end, at a multiple of its alignment, as C compilers do. ValueError for names that
    repeat, for no fields at all, and for more or larger ones than there may be.
    """
    placed, seen = [], set()
    offset, largest, leaf = 0, 1, 0
    unit = None  # the open unit of bits: its type, offset and how many bits are taken
    for field in fields:
        if not field.is_padding and not field.name:
            raise ValueError("%s: a field has no name" % name)
        if field.name and field.name in seen:
            raise repeated(name, field.name)
        seen.add(field.name)
        type = field.type
        if isinstance(type, Bits):
            key = (type.unit.name, type.from_the_top)
            if unit is None or unit[0] != key or unit[2] + type.width > 8 * type.size:
                if align and offset is not None:
                    offset = _gap(placed, offset, type.align)
                unit = [key, offset, 0]
                offset = None if offset is None else offset + type.size
            field.offset = unit[1]
            field.shift = 8 * type.size - unit[2] - type.width if type.from_the_top else unit[2]
            unit[2] += type.width
        else:
            unit = None
            if align and offset is not None:
                offset = _gap(placed, offset, type.align)
            field.offset = offset
            offset = None if offset is None or type.size is None else offset + type.size
        largest = max(largest, type.align)
        field.leaf = leaf
        leaf += type.leaves
        placed.append(field)
    if not seen - {""}:
        raise ValueError("%s: a record needs at least one field" % name)
    if align and offset is not None:
        offset = _gap(placed, offset, largest)
    layout = Layout(name, placed, offset, largest if align else 1)
    check(layout)
    return layout


def repeated(record, name):
    """The error for a name that two fields of a record have."""
    return ValueError("%s: two fields have the name %r" % (record, name))


def overlay(name, fields):
    """The layout of a union: fields that all begin at offset 0. Errors as lay_out()'s."""
    for field in fields:
        if field.size is None:
            raise ValueError("%s: %s has no fixed size, which a union needs" % (name, field.name))
    layouts = [lay_out(name, [field]) for field in fields]  # which checks each by itself
    if len({field.name for field in fields}) < len(layouts) or not layouts:
        raise ValueError("%s: a union needs fields of different names" % name)
    leaf = 0
    for field in fields:
        field.leaf = leaf
        leaf += field.type.leaves
    layout = Layout(name, fields, max(field.size for field in fields), max(field.type.align for field in fields))
    check(layout)
    return layout


def _gap(placed, offset, align):
    """Adds padding up to the next multiple of `align`, and gives that."""
    missing = -offset % align
    if missing:
        padding = Field("", Padding(missing))
        padding.offset = offset
        placed.append(padding)
    return offset + missing


def check(layout):
    """ValueError if a layout is larger, wider or deeper than records may be."""
    if layout.size is not None and not 0 < layout.size <= LARGEST:
        raise ValueError("%s: %d bytes, but a record has 1 to %d" % (layout.name, layout.size, LARGEST))
    if max(layout.leaves, len(layout.fields)) > MOST_FIELDS:
        raise ValueError("%s: more than %d fields" % (layout.name, MOST_FIELDS))
    if layout.depth > DEEPEST:
        raise ValueError("%s: records lie more than %d deep in one another" % (layout.name, DEEPEST))
