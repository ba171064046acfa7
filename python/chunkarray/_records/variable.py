"""The types of fields whose size the data tells, and how they are written.

A record with such a field is a *message*; message.py has its class, reading.py and writing.py know its bytes.
"""

from . import model
from .counts import Count, find, getter, index_of, is_integer
from .model import Field, FieldType

LONGEST_END = 8  # bytes of what ends a text
SUMS = {"crc32": 4, "adler32": 4, "sum8": 1, "sum16": 2, "sum32": 4}  # bytes of each


class Variable(FieldType):
    """A type whose size the data tells.

    count    a Count of elements or bytes, or None: "..." goes to the end
    """

    __slots__ = ("count",)

    def __init__(self, count):
        self.count = count

    @property
    def takes_rest(self):
        """Whether it goes to the end of the data."""
        return self.count is None

    @property
    def _inside(self):
        return "..." if self.count is None else self.count.text

    def bind(self, path, layout, before):
        """Finds the fields that it refers to, when the record is made. ValueError if there are none such."""
        if self.count is not None:
            self.count.bind(path, layout, before)


class CountedBytes(Variable):
    """B1[length]: raw bytes, given as bytes."""

    __slots__ = ()
    name = property(lambda self: "B1[%s]" % self._inside)


class CountedText(Variable):
    """TEXT[length]: UTF-8, all of its bytes."""

    __slots__ = ()
    name = property(lambda self: "TEXT[%s]" % self._inside)


class CountedPadding(model.Padding):
    """pad[expression]: bytes without meaning. A Padding of unknown size, otherwise as Variable."""

    __slots__ = ("count",)
    takes_rest = Variable.takes_rest
    bind = Variable.bind
    _inside = Variable._inside
    name = property(lambda self: "pad[%s]" % self._inside)

    def __init__(self, count):
        super().__init__(None)
        self.count = count


class Counted(Variable):
    """F4[count] or Other[count]: elements of one type after the other."""

    __slots__ = ("element",)

    def __init__(self, element, count):
        super().__init__(count)
        self.element = element

    name = property(lambda self: "%s[%s]" % (self.element.name, self._inside))


class Until(Variable):
    """Text or bytes up to and with an end, which does not belong to the value."""

    __slots__ = ("end", "is_text")
    takes_rest = False

    def __init__(self, end, is_text):
        super().__init__(None)
        self.end = end
        self.is_text = is_text

    def bind(self, path, layout, before):
        pass

    @property
    def name(self):
        if self.is_text and self.end == b"\0":
            return "TEXTZ"
        return "%s(until=%r)" % ("Text" if self.is_text else "Bytes", self.end)


class InSize(Variable):
    """A type in exactly as many bytes as its count says."""

    __slots__ = ("field",)

    def __init__(self, field, count):
        super().__init__(count)
        self.field = field

    name = property(lambda self: "%s in %s bytes" % (self.field.type.name, self.count.text))
    takes_rest = False

    def bind(self, path, layout, before):
        super().bind(path, layout, before)
        bind_type(path, self.field.type, layout, before)


class Chosen(Variable):
    """One of several types: the one whose case the tag, an earlier field, names.

    tag        its name
    cases      a dict from the tag's values to Fields of this one's name
    default    the Field where no case fits, or None
    tag_of     a function from a message's values to the tag's, from bind() on
    """

    __slots__ = ("tag", "cases", "default", "tag_of")

    def __init__(self, tag, cases, default, count):
        super().__init__(count)
        self.tag = tag
        self.cases = cases
        self.default = default
        self.tag_of = None

    name = property(lambda self: "Switch(%s)" % self.tag)

    @property
    def takes_rest(self):
        fields = [*self.cases.values()] + ([self.default] if self.default is not None else [])
        return self.count is None and any(takes_rest(field.type) for field in fields)

    def bind(self, path, layout, before):
        super().bind(path, layout, before)
        self.tag_of = getter(path, "tag", layout, before, self.tag)
        tag = find(layout, self.tag)
        if not is_integer(tag) and not isinstance(tag.type, (model.Text, model.Bytes)):
            raise ValueError("%s: its tag %s is neither a whole number nor of fixed text or bytes" % (path, self.tag))
        from .fixed import plain_value

        cases = {}
        for key, field in self.cases.items():
            try:
                value = plain_value(tag, key)
            except (TypeError, ValueError, OverflowError) as error:
                raise ValueError("%s: the case %r can't be: %s" % (path, key, error)) from None
            if value in cases:
                raise ValueError("%s: there are two cases for %r" % (path, key))
            cases[value] = field
        self.cases = cases
        for field in [*cases.values(), *([self.default] if self.default is not None else ())]:
            bind_type(path, field.type, layout, before)

    def case(self, values):
        """The Field for a message's values, or None."""
        return self.cases.get(self.tag_of(values), self.default)


class Checksum(FieldType):
    """A checksum over other fields of the message: Checksum("crc32", ">U4", over=("kind", "data")).

    crc32, adler32, or the sum of the bytes in 8, 16 or 32 bits (sum8, sum16, sum32). Without `over` it is over all
    fields in front of it. It is computed by pack, need not be given, and is verified by parse.
    """

    __slots__ = ("sum", "scalar", "over", "places")

    def __init__(self, sum, dtype, *, over=None):
        if sum not in SUMS:
            raise ValueError("there is no checksum %r; there are %s" % (sum, " ".join(SUMS)))
        self.sum = sum
        self.scalar = dtype
        self.over = (over,) if isinstance(over, str) else over if over is None else tuple(over)
        self.places = ()

    name = property(lambda self: "%s %s" % (self.sum, self.scalar.name))

    @property
    def bytes(self):
        """How many bytes it has, in a message that has no fixed size only because checksums are not for arrays."""
        return self.scalar.size

    def __spell__(self, scope):
        scalar = scope.field_of(self.scalar).type
        if not isinstance(scalar, model.Scalar) or scalar.kind not in "UB":
            raise ValueError("%s: a checksum is an unsigned integer, not %s" % (scope.path, scalar.name))
        least = SUMS[self.sum]
        if scalar.size < least:
            raise ValueError(
                "%s: %s has %d bytes, %s only %d" % (scope.path, self.sum, least, scalar.name, scalar.size)
            )
        return Field(scope.name, Checksum(self.sum, scalar, over=self.over))

    def bind(self, path, layout, before):
        """Finds the fields that it is over."""
        if self.over is None:
            self.places = tuple(range(before))
        else:
            for name in self.over:
                if name not in layout:
                    raise ValueError("%s: %s is over %s, which is no field of %s" % (path, self.sum, name, layout.name))
            self.places = tuple(index_of(layout, name) for name in self.over)
        if before in self.places:
            raise ValueError("%s: %s is over itself" % (path, self.sum))
        if not self.places:
            raise ValueError("%s: %s is over no field at all" % (path, self.sum))

    @property
    def shown_over(self):
        """What it is over, for messages."""
        return "all before it" if self.over is None else " and ".join(self.over)


class Switch:
    """A field whose type an earlier field, its tag, chooses.

        body = Switch("kind", {"DATA": Data, 2: "U4"}, default="B1[...]", size="length")

    The cases are values of the tag, or names of its members. Without a default, another value is a ValueError. `size`
    is how many bytes the field has, a count as in "B1[length]": then what is in it has to take them all.
    """

    __slots__ = ("tag", "cases", "default", "size")

    def __init__(self, tag, cases, *, default=None, size=None):
        self.tag = tag
        self.cases = cases
        self.default = default
        self.size = size

    def __spell__(self, scope):
        if not isinstance(self.tag, str):
            raise TypeError("%s: a switch's tag is the name of a field, not %s" % (scope.path, type(self.tag).__name__))
        if not self.cases:
            raise ValueError("%s: a switch needs a case" % scope.path)
        cases = {key: _inner(scope, written) for key, written in dict(self.cases).items()}
        default = None if self.default is None else _inner(scope, self.default)
        return Field(scope.name, Chosen(self.tag, cases, default, _count(scope.path, self.size)))


class Sized:
    """A field in as many bytes as an earlier field says: Sized(Body, "size"). What is in it has to take them all."""

    __slots__ = ("type", "size")

    def __init__(self, type, size):
        self.type = type
        self.size = size

    def __spell__(self, scope):
        return Field(scope.name, InSize(_inner(scope, self.type), _count(scope.path, self.size)))


class Bytes:
    """Bytes of any length up to an end, which is part of the message but not of the value: Bytes(until=b"\\r\\n")."""

    __slots__ = ("until",)

    def __init__(self, *, until):
        self.until = until

    def __spell__(self, scope):
        return Field(scope.name, until(self.until, text=False))


def until(end, *, text):
    """The FieldType of text or bytes up to `end`."""
    if not isinstance(end, bytes):
        raise TypeError("an end is given as bytes, not %s" % type(end).__name__)
    if not 1 <= len(end) <= LONGEST_END:
        raise ValueError("an end has 1 to %d bytes, not %d" % (LONGEST_END, len(end)))
    return Until(bytes(end), text)


def worded(word, scope):
    """The FieldType of a word that stands for no fixed type, or None."""
    return Until(b"\0", True) if word == "TEXTZ" else None


def counted(element, inside, scope):
    """The FieldType of "element[inside]" where `inside` is no list of numbers, or the element has no fixed size."""
    count = None if inside.strip() == "..." else Count(scope.path, inside)
    if isinstance(element, str):
        if element == "TEXT":
            return CountedText(count)
        element = scope.field_of(element).type
    if element.name == "B1":
        return CountedBytes(count)
    if isinstance(element, model.Padding):
        return CountedPadding(count)
    if isinstance(element, (model.Scalar, model.Nested)):
        return Counted(element, count)
    if isinstance(element, model.Repeated) and isinstance(element.element, model.Scalar):
        return Counted(element, count)
    raise ValueError(
        "%s: there are arrays of scalars and of records only; make a record of %s" % (scope.path, element.name)
    )


def takes_rest(type):
    """Whether a type goes to the end of the data, so that nothing but fields of fixed size can follow it."""
    if isinstance(type, model.Nested) and type.size is None:
        return any(takes_rest(field.type) for field in type.layout.fields)
    return getattr(type, "takes_rest", False)


def fixed_size(field):
    """How many bytes a field always has, or None."""
    return field.type.bytes if isinstance(field.type, Checksum) else field.type.size


def bind(layout):
    """Checks a message's layout, and lets its types find the fields that they refer to. ValueError for what can't be."""
    for index, field in enumerate(layout.fields):
        path = "%s.%s" % (layout.name, field.name or "padding")
        _fixed_constant(path, field)
        bind_type(path, field.type, layout, index)
        if takes_rest(field.type) and None in [fixed_size(later) for later in layout.fields[index + 1 :]]:
            raise ValueError("%s goes to the end of the data, but fields of unknown size follow it" % path)
    if _depth(layout) > model.DEEPEST:
        raise ValueError("%s: records lie more than %d deep in one another" % (layout.name, model.DEEPEST))


def bind_type(path, type, layout, before):
    """As bind(), for one type that stands at place `before`."""
    if hasattr(type, "bind"):
        type.bind(path, layout, before)


def _depth(layout):
    return 1 + max(_depth_of(field.type) for field in layout.fields)


def _depth_of(type):
    if isinstance(type, Chosen):
        return max(_depth_of(field.type) for field in [*type.cases.values(), type.default] if field is not None)
    if isinstance(type, InSize):
        return _depth_of(type.field.type)
    inner = model.inner_layout(type.element if isinstance(type, Counted) else type)
    return 0 if inner is None else _depth(inner) if inner.size is None else inner.depth


def _inner(scope, written):
    field = scope.field_of(written)
    if isinstance(field.type, (Checksum, model.Bits)):
        what = "a checksum" if isinstance(field.type, Checksum) else field.type.name
        raise ValueError("%s: %s is a field of its own, or one of a record" % (scope.path, what))
    return _fixed_constant(scope.path, field)


def _fixed_constant(path, field):
    """The field. ValueError if it has a constant and no fixed size."""
    if field.constant is not model.NOTHING and field.size is None:
        raise ValueError("%s: a constant has a fixed size, which %s has not" % (path, field.type.name))
    return field


def _count(path, written):
    if written is None:
        return None
    if isinstance(written, int):
        written = str(written)
    if not isinstance(written, str):
        raise TypeError("%s: a size is a count such as 'length - 4', not %s" % (path, type(written).__name__))
    return Count(path, written)
