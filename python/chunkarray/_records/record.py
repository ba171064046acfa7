"""Record: classes whose instances are named fields over memory.

An instance of fixed size is a *row*: it holds no values, but says where in an array they lie. One that is made by
itself has an array of its own, of one element. Messages, whose size the data tells, are in variable.py: their
classes are made here, too, and derive from `variable.Message`.
"""

import enum
import operator
import sys

from .hex_text import as_memory
from .making import SLOTS, BehindFields, OfClass, RecordType, define
from .parsing import check_constants, lacking
from .rows import Rows, fresh, take_all
from .values import filled, name_of


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

    __slots__ = SLOTS
    __layout__ = None

    def __new__(cls, /, *values, **named):
        if cls is Record:
            return define(cls, sys._getframe(1), *values, **named)
        return fresh(cls, filled(cls.__layout__, values, named))

    # What belongs to the class. Fields of these names are reached through instances, these through the class.

    size = OfClass(lambda cls: cls.__layout__.size, "Bytes of a record; None where the data tells.")
    fields = OfClass(lambda cls: tuple(field.name for field in cls.__layout__.named), "The names of the fields.")

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

    @classmethod
    def layout(cls):
        """Where each field lies, its size, byte order, alignment and bits: a picture.

        str() of it is text, show() prints it in colour where there is a terminal, a notebook shows it, and page() is
        a document for browsers.
        """
        from .._hexdump import LayoutPicture

        return LayoutPicture(cls.__layout__)

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

    def chunk(self):
        """The bytes of the record as a Chunk of one element: a live view, for NumPy and whoever takes buffers."""
        (chunk,) = self._of._field_chunks(self._at, 1, 1, self._base, self.__layout__.text)
        return chunk

    def _stored(self):
        return take_all(self.__layout__, self)

    def __bytes__(self):
        (chunk,) = self._of._field_chunks(self._at, 1, 1, self._base, "B1[%d]" % self.__layout__.size)
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

    def _repr_html_(self):
        from .._hexdump import Hexdump

        return Hexdump(self).html()

    def __copy__(self):
        return fresh(type(self), bytes(self))

    def __deepcopy__(self, memo):
        return fresh(type(self), bytes(self))

    def __reduce__(self):
        return _unpickle, (type(self), bytes(self))


# So that Tick.parse is the method though a field has that name, the class of classes finds them first.
for _name in [name for name in vars(Record) if not name.startswith("_")]:
    if isinstance(vars(Record)[_name], (classmethod, OfClass)):
        setattr(RecordType, _name, BehindFields(_name))


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
