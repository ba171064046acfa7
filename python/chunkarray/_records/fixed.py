"""The fields of fixed size in a message: from bytes to values and back, one at a time.

A message keeps for each a *plain* value: numbers (those of members, too), text, bytes, tuples; for records and unions the
bytes themselves, until somebody asks for them: then a row over memory of its own, see Held.
"""

import struct

from .._twin import elements
from .._twin.dtypes import parse as parse_dtype
from . import model
from .model import NOTHING
from .variable import Checksum


def codec(field):
    """What is known of a field's bytes: a Codec, made when it is first asked for."""
    if field.codec is None:
        field.codec = _codec(field)
    return field.codec


def _codec(field):
    type = field.type.scalar if isinstance(field.type, Checksum) else field.type
    if isinstance(type, model.Scalar):
        return ScalarCodec(type)
    if isinstance(type, model.Bits):
        return BitsCodec(field)
    if isinstance(type, model.Text):
        return TextCodec(type.size)
    if isinstance(type, (model.Bytes, model.Padding)):
        return BytesCodec(type.size)
    if isinstance(type, model.Repeated) and isinstance(type.element, model.Scalar):
        return ShapedCodec(type)
    return Held(field)


class Codec:
    """size    bytes
    code    how struct names it, without a byte order
    order   "<" or ">" if struct has to know the byte order, else ""
    """

    order = ""
    decode = None  # a function from what struct gives to the plain value, or None where they are the same

    @property
    def code(self):
        return "%ds" % self.size

    def read(self, memory, at):
        """The plain value of the bytes from `at` on, which are there."""
        raw = bytes(memory[at : at + self.size])
        return raw if self.decode is None else self.decode(raw)

    def encode(self, value):
        """The bytes of a value. TypeError, ValueError or OverflowError if it doesn't fit."""
        raise NotImplementedError

    def plain(self, value):
        """What a message keeps for a value that is given. Errors as encode()'s."""
        return self.read(self.encode(value), 0)


class ScalarCodec(Codec):
    def __init__(self, type):
        self.dtype = parse_dtype(type.name)
        self.size = type.size
        order, self._code = self.dtype.codec.format
        if type.size > 1:
            self.order = order
        if self.dtype.unit:
            self.decode = self._time

    code = property(lambda self: self._code)

    def _time(self, number):
        from .. import _times

        return _times.decode(number, self.dtype.unit, self.dtype.kind == "SPAN")

    def read(self, memory, at):
        return elements.decode(self.dtype, memory, at)

    def encode(self, value):
        return elements.encode(self.dtype, value)


class BitsCodec(ScalarCodec):
    """Some bits. What struct gives is their unit, and encode() gives them as a unit in which the others are zero."""

    def __init__(self, field):
        super().__init__(field.type.unit)
        self.name = field.type.name
        self.shift, self.width = field.shift, field.type.width
        self.mask = (1 << self.width) - 1
        self.kind = field.type.unit.kind
        self.least, self.most = 0, self.mask
        if self.kind == "S":
            self.least, self.most = -(1 << self.width - 1), self.mask >> 1

    def decode(self, unit):
        value = unit >> self.shift & self.mask
        if self.kind == "BOOL":
            return bool(value)
        return value - self.mask - 1 if value > self.most else value

    def read(self, memory, at):
        return self.decode(int(self.dtype.codec.unpack_from(memory, at)[0]))

    def encode(self, value):
        number = elements.integer(_WIDE, value) if self.kind != "BOOL" else int(bool(value))
        if not self.least <= number <= self.most:
            raise OverflowError("%s is out of range for %s (%d to %d)" % (value, self.name, self.least, self.most))
        unit = (number & self.mask) << self.shift
        return unit.to_bytes(self.size, "big" if self.order == ">" else "little")


_WIDE = parse_dtype("S8")


class TextCodec(Codec):
    def __init__(self, size):
        self.size = size

    @staticmethod
    def decode(raw):
        return bytes(raw).rstrip(b"\0").decode("utf-8", "surrogateescape")

    def encode(self, value):
        raw = text_bytes("TEXT[%d]" % self.size, value)
        if len(raw) > self.size:
            raise ValueError("%d bytes of UTF-8 for TEXT[%d]" % (len(raw), self.size))
        return raw.ljust(self.size, b"\0")


class BytesCodec(Codec):
    def __init__(self, size):
        self.size = size

    def encode(self, value):
        raw = raw_bytes("B1[%d]" % self.size, value)
        if len(raw) != self.size:
            raise ValueError("B1[%d] takes %d bytes, not %d" % (self.size, self.size, len(raw)))
        return raw


class ShapedCodec(Codec):
    def __init__(self, type):
        self.dtype = parse_dtype(type.name)
        self.size = type.size
        if len(type.shape) == 1 and not self.dtype.unit:
            order, code = self.dtype.codec.format
            self.decode = struct.Struct("%s%d%s" % (order, type.shape[0], code)).unpack

    def decode(self, raw):
        return elements.decode(self.dtype, raw)

    def encode(self, value):
        return elements.encode(self.dtype, value)


class Held(Codec):
    """Records, arrays of records and unions: a record with nothing but this field holds them.

    The plain value is its bytes, or, once somebody asked for what is in it, that record.
    """

    def __init__(self, field):
        from .making import of_layout
        from .parsing import has_constants
        from .record import Record

        self.size = field.type.size
        self.type = field.type
        layout = model.lay_out(field.name, [model.Field(field.name, field.type)])
        self.record = of_layout(Record, layout, __name__)
        self.accessor = self.record.__accessors__[field.name]
        self.has_constants = has_constants(layout)

    def hold(self, plain):
        """The record for a plain value."""
        from .rows import fresh

        return fresh(self.record, plain) if isinstance(plain, bytes) else plain

    def get(self, held):
        """What the message gives for it: a row, or a sequence of rows."""
        return self.accessor.fget(held)

    def plain(self, value):
        from .values import filled

        if isinstance(value, self.record):
            return value
        if isinstance(value, bytes) and len(value) == self.size:
            return value
        from .rows import fresh

        return fresh(self.record, filled(self.record.__layout__, (value,)))

    def encode(self, value):
        return self.bytes_of(self.plain(value))

    @staticmethod
    def bytes_of(plain):
        """The bytes of a plain value."""
        return plain if isinstance(plain, bytes) else plain._of.tobytes()

    def check(self, memory, at):
        """ValueError for a constant in it that has another value."""
        from .parsing import check_constants

        check_constants(self.hold(bytes(memory[at : at + self.size])))


def text_bytes(name, value):
    """The UTF-8 of a str. TypeError for all else."""
    if not isinstance(value, str):
        raise TypeError("%s takes a str, not %s" % (name, type(value).__name__))
    return value.encode("utf-8", "surrogateescape")


def raw_bytes(name, value):
    """The bytes of a buffer, or of a sequence of ints. TypeError for all else."""
    if type(value) is bytes:
        return value
    if isinstance(value, (str, int)) or not hasattr(value, "__len__"):
        raise TypeError("%s takes bytes, not %s" % (name, type(value).__name__))
    try:
        return bytes(memoryview(value).cast("B"))
    except TypeError:
        return bytes(value)


def plain_value(field, value):
    """The plain value of what is given for a field: members and their names become numbers. Errors as encode()'s."""
    if field.members is not None:
        from .values import named_value

        value = named_value(field.name, field, value)
    elif isinstance(field.type, model.Bytes) and isinstance(value, str):
        value = value.encode("latin-1")
    return codec(field).plain(value)


def plain_constant(field):
    """The plain value of a field's constant, or NOTHING."""
    return NOTHING if field.constant is NOTHING else plain_value(field, field.constant)
