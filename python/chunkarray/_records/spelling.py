"""From what people write to fields: annotations, pairs, keywords, and the strings among them.

Strings are parsed here and nowhere else, whether they stand in a class, a list or on the command line. What has a
method `__spell__(scope)` says itself which model.Field it is. What only messages have (counts that other fields hold,
text up to an end) is handed on to variable.py:

    variable.counted(element, count, scope)     the FieldType of "element[count]" where count is no number
    variable.worded(word, scope)                the FieldType of one of the words _OF_MESSAGES
"""

import enum
import re
import sys

from .._dtypes import dtype_name
from .._load import core
from . import model
from .model import NOTHING

_COUNTS = re.compile(r"\s*\d+\s*(?:,\s*\d+\s*)*")
_QUOTED = re.compile(r"\[\s*(['\"])([^'\"]*)\1\s*\]")
_OF_MESSAGES = ("TEXTZ",)
_MOST_DIMENSIONS = 4
_DEEPEST = 3  # brackets in front of brackets, of which no more than one pair can have a meaning
_DIGITS = 12  # of a number; longer ones are too large for whatever they count
_BIT_UNITS = ("U", "S", "B", "BOOL")


class UnknownType(ValueError):
    """A name that stands for no type here: what annotates a field may then still be an expression."""


class Scope:
    """Where a field stands: what its type may refer to.

    record    the name of the record that is being made
    name      the name of the field
    earlier   a list of the fields before it
    find      a function that gives the object of a name, or None
    evaluate  a function that gives what an expression means, for annotations that are kept as text; or None
    """

    __slots__ = ("record", "name", "earlier", "find", "evaluate")

    def __init__(self, record, find=None, evaluate=None):
        self.record = record
        self.name = ""
        self.earlier = []
        self.find = find or (lambda name: None)
        self.evaluate = evaluate

    @property
    def path(self):
        """The field's name as messages give it: "Tick.price"."""
        return "%s.%s" % (self.record, self.name)

    def inner(self, name):
        """The scope of fields inside of this one."""
        return Scope("%s.%s" % (self.record, name), self.find, self.evaluate)

    def fields_of(self, pairs):
        """The fields of a list of (name, type), which come behind those of this scope.

        TypeError for what is no pair of a str and a type, ValueError for types that there aren't.
        """
        for pair in pairs:
            if isinstance(pair, model.Field):
                self.earlier.append(pair)
                continue
            try:
                name, written = pair
            except (TypeError, ValueError):
                raise TypeError("%s: a field is a pair (name, type), not %r" % (self.record, pair)) from None
            if not isinstance(name, str):
                raise TypeError("%s: a field's name is a str, not %s" % (self.record, type(name).__name__))
            self.name = str(name)
            self.earlier.append(self.field_of(written))
        return self.earlier

    def field_of(self, written):
        """The model.Field that `written` stands for, with this scope's name."""
        spell = getattr(written, "__spell__", None)
        if spell is not None:
            return spell(self)
        if isinstance(written, model.Field):
            return written
        if isinstance(written, model.FieldType):
            found = written
        elif isinstance(written, str):
            try:
                found = self.parse(str(written))
            except UnknownType:
                meant = self._evaluated(written)
                if meant is NOTHING:
                    raise
                return self.field_of(meant)
        elif hasattr(written, "__metadata__"):
            return self._annotated(written)
        elif hasattr(written, "__layout__"):
            found = self._nested(written)
        else:
            found = self._of_object(written)
        return model.Field("" if isinstance(found, model.Padding) else self.name, found)

    def _evaluated(self, text):
        """What an annotation means that was kept as text, if it is no type by itself; else NOTHING."""
        if self.evaluate is None:
            return NOTHING
        try:
            meant = self.evaluate(text)
        except Exception:  # whatever it is, it is no type
            return NOTHING
        return NOTHING if meant == text else meant

    def parse(self, text):
        """The FieldType that a string stands for. ValueError that says what is wrong with it."""
        text = _QUOTED.sub(r"[\2]", text.strip())  # F4["count"] that was kept as text
        scalar = scalar_of(text)
        if scalar is not None:
            return scalar
        if text.endswith("]"):
            head, inside = _split(text)
            if not head or head.count("[") > _DEEPEST:
                raise UnknownType(self._unknown(text))
            if head in ("pad", "TEXT") and _COUNTS.fullmatch(inside):
                return (model.Padding if head == "pad" else model.Text)(self._count(text, inside))
            return self.repeated(head if head == "TEXT" else self.parse(head), inside)
        unit, colon, width = text.partition(":")
        if colon:
            return self._bits(text, unit.strip(), width.strip())
        if text == "pad":
            return model.Padding(1)
        record = self.find(text)
        if hasattr(record, "__layout__"):
            return self._nested(record)
        if text in _OF_MESSAGES:
            return _variable().worded(text, self)
        raise UnknownType(self._unknown(text))

    def _nested(self, record):
        if record.__layout__ is None:
            raise ValueError("%s: %s has no fields of its own" % (self.path, record.__name__))
        return model.Nested(record)

    def repeated(self, element, inside):
        """An array of `element`, a FieldType, or "TEXT" of a size that the data tells."""
        if not _COUNTS.fullmatch(inside):
            return _variable().counted(element, inside, self)
        counts = tuple(_number(count) for count in inside.split(","))
        text = "%s[%s]" % (element.name, inside)
        if min(counts) < 1 or len(counts) > _MOST_DIMENSIONS:
            raise ValueError(
                "%s: %r has a bad shape; write up to %d counts from 1 on, as in F4[3] or F4[2,3]"
                % (self.path, text, _MOST_DIMENSIONS)
            )
        if element.size is None:
            return _variable().counted(element, inside, self)
        if element.name == "B1" and len(counts) == 1:
            found = model.Bytes(counts[0])
        elif isinstance(element, (model.Scalar, model.Nested)):
            found = model.Repeated(element, counts)
        else:
            raise ValueError(
                "%s: %r: there are arrays of scalars and of records only; make a record of %s"
                % (self.path, text, element.name)
            )
        return self._sized(found)

    def _count(self, text, inside):
        if not re.fullmatch(r"\s*0*[1-9]\d*\s*", inside):
            raise ValueError("%s: %r needs a number of bytes from 1 on" % (self.path, text))
        found = model.Bytes(_number(inside))
        return self._sized(found).size

    def _sized(self, type):
        if type.size > model.LARGEST:
            raise ValueError("%s: %d bytes, but a record has 1 to %d" % (self.path, type.size, model.LARGEST))
        return type

    def _bits(self, text, unit, width):
        scalar = scalar_of(unit)
        if scalar is None:
            raise UnknownType(self._unknown(unit))
        if scalar.kind not in _BIT_UNITS:
            raise ValueError("%s: %r: only unsigned, signed and raw integers and BOOL have bits" % (self.path, text))
        most = 1 if scalar.kind == "BOOL" else 8 * scalar.size
        if not re.fullmatch(r"\d{1,3}", width) or not 1 <= int(width) <= most:
            raise ValueError("%s: %r: of %s there may be 1 to %d bits" % (self.path, text, scalar.name, most))
        return model.Bits(scalar, int(width), from_the_top=unit.startswith(">"))

    def _annotated(self, written):
        """typing.Annotated: the first of its notes that is a type; an enum class in front of them names the values."""
        for note in written.__metadata__:
            if isinstance(note, (str, model.FieldType)) or hasattr(note, "__spell__") or hasattr(note, "__layout__"):
                field = self.field_of(note)
                named = written.__origin__
                if field.members is None and isinstance(named, type) and issubclass(named, enum.Enum):
                    field.members = named
                return field
        return self.field_of(written.__origin__)

    def _of_object(self, written):
        numpy = sys.modules.get("numpy")
        if (
            numpy is not None
            and isinstance(written, numpy.dtype)
            and written.kind in "SVU"
            and written.subdtype is None
        ):
            return self._of_numpy(written)
        if written is str or written is bytes:
            example = "TEXT[16]" if written is str else "B1[16]"
            raise ValueError("%s: %s has no size; write %r" % (self.path, written.__name__, example))
        try:
            return self.parse(dtype_name(written))
        except TypeError:
            shown = written.__name__ if isinstance(written, type) else repr(written)
            raise TypeError(self._unknown(shown)) from None

    def _of_numpy(self, dtype):
        if dtype.names is not None:
            from .record import Record

            return model.Nested(Record.from_numpy(dtype, self.name))
        if dtype.kind == "U" or not dtype.itemsize:
            raise ValueError("%s: a record does not hold the NumPy dtype %s" % (self.path, dtype))
        return self._sized((model.Text if dtype.kind == "S" else model.Bytes)(dtype.itemsize))

    def _unknown(self, shown):
        try:
            core.Array(shown)
        except ValueError as error:
            words = str(error)
            if words.startswith("unknown dtype"):
                words = "unknown type" + words[len("unknown dtype") :].replace("; the names are ", "; the types are ")
                words += "; in records also TEXT[n], B1[n], pad[n], bits such as U1:3, and other records"
        else:
            words = "unknown type %r" % shown
        return "%s: %s" % (self.path, words)


class RecordArrayOf:
    """What Other[4] gives: an array of records as the type of a field."""

    __slots__ = ("record", "inside")

    def __init__(self, record, counts):
        self.record = record
        counts = counts if isinstance(counts, tuple) else (counts,)
        self.inside = ",".join("..." if count is ... else str(count) for count in counts)

    def __spell__(self, scope):
        return model.Field(scope.name, scope.repeated(scope._nested(self.record), self.inside))


_SCALARS = {}


def scalar_of(text):
    """The Scalar of a dtype's name in any of its spellings, or None."""
    if not _SCALARS:
        sizes = {facts["name"]: int(facts["bytes"]) for facts in core.dtypes()}
        for spelling, name in core.spellings().items():
            _SCALARS[spelling] = model.Scalar(name, sizes[name.lstrip(">")])
    return _SCALARS.get(text)


def pairs_of(text):
    """The pairs (name, type) of a text such as "time: U8, price: F4, flags: >U2".

    A name may stand in quotes, and has to if it is no identifier. ValueError that says where the text is wrong.
    """
    pairs = []
    for part in _parts(text):
        match = _PAIR.fullmatch(part)
        if match is None:
            raise ValueError("%r is no field; write name: type, as in 'time: U8, price: F4'" % part.strip())
        name, quoted, written = match.groups()
        pairs.append((quoted[1:-1] if name is None else name, written))
    return pairs


_PAIR = re.compile(r"""\s*(?:(\w+)|("[^"]+"|'[^']+'))\s*:\s*(\S.*?)\s*""", re.DOTALL)


def _parts(text):
    """`text` cut at its commas, but for those in brackets and quotes."""
    parts = [part for part in re.findall(r"""(?:[^,\[("']|\[[^\]]*\]|\([^)]*\)|"[^"]*"|'[^']*'|["'(\[])+""", text)]
    return [part for part in parts if part.strip()]


def _split(text):
    """ "F4[3]" as "F4", "3": what stands in the last brackets, and what before them."""
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        depth += {"]": 1, "[": -1}.get(text[index], 0)
        if not depth:
            return text[:index].strip(), text[index + 1 : -1]
    return "", text


def _number(text):
    """The number of some digits, or a too large one where they are many."""
    return int(text.strip().lstrip("0")[:_DIGITS] or 0)


def _variable():
    from . import variable

    return variable
