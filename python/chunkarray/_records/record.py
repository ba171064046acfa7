"""Record: classes whose instances are named fields over memory.

An instance of fixed size is a *row*: it holds no values, but says where in an array they lie. One that is made by
itself has an array of its own, of one element. Messages, whose size the data tells, are in variable.py: their
classes are made here, too, and derive from `variable.Message`.
"""

import enum
import functools
import operator
import sys

from .hex_text import as_memory
from .making import SLOTS, BehindFields, OfClass, RecordType, define, module_of, of_layout
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

    size = OfClass(lambda cls: cls.__layout__ and cls.__layout__.size, "Bytes of a record; None where the data tells.")
    fields = OfClass(
        lambda cls: tuple([f.name for f in cls.__layout__.named] if cls.__layout__ else ()), "Their names."
    )

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
        """A ChunkArray of all the records that `data`, a buffer or hex text, consists of.

        ValueError where the data ends inside of a record, and for constants that are others.
        """
        from .. import ChunkArray

        array = ChunkArray(cls)
        array.frombytes(as_memory(data))
        array.check()
        return array

    @classmethod
    def pack(cls, /, *values, **named):
        """The bytes of a record with these values: the constructor's arguments."""
        return bytes(cls(*values, **named))

    @classmethod
    def layout(cls):
        """A picture of the layout: each field's offset, size, type and name, in a terminal or a notebook."""
        from .._hexdump import LayoutPicture

        return LayoutPicture(cls.__layout__)

    # The same layout elsewhere. NumPy, ctypes and the readers are loaded when they are asked for.

    @classmethod
    def ctypes(cls):
        """The ctypes.Structure class of this layout: the same offsets, and `_pack_` only where it must be.

        Text is an array of c_char, raw bytes of c_uint8, times are their counts. ValueError, which names the field, for
        what this interpreter's ctypes puts elsewhere.
        """
        from .ctypes_ import to_ctypes

        return to_ctypes(_fixed(cls))

    @classmethod
    def numpy_dtype(cls):
        """The structured numpy.dtype of this layout, which arrays of this record have in NumPy.

        Raw numbers are unsigned, raw bytes u1 with a shape; the bits of a unit are one field, named by the first of
        them; the fields of a union share their offset.
        """
        from .numpy_ import to_numpy

        return to_numpy(_fixed(cls))

    @classmethod
    def struct_format(cls):
        """The format of the struct module that packs the same values, those of records inside one by one.

        ValueError for bits, and for fields of both byte orders.
        """
        from .struct_ import to_struct

        return to_struct(_fixed(cls))

    @classmethod
    def c(cls):
        """The declaration of a packed struct in C11, with its size and offsets asserted and commented."""
        from .c import to_c

        return to_c(_fixed(cls))

    @classmethod
    def cpp(cls):
        """The same in C++11, with an enum class for each field whose values have names."""
        from .c import to_cpp

        return to_cpp(_fixed(cls))

    @classmethod
    def from_ctypes(cls, structure):
        """The record class of a ctypes structure or union, with its offsets, as this interpreter's ctypes has them.

        Structures inside become records, c_char text, pointers raw addresses (B8); the fields of a union come as the
        field `value`. ValueError for fields that records don't have.
        """
        from .ctypes_ import from_ctypes

        return from_ctypes(structure, _maker(sys._getframe(1)))

    @classmethod
    def from_numpy(cls, dtype, name="Record"):
        """The record class of a structured numpy.dtype, called `name`: each field where it lies there.

        S is text, V raw bytes, U four bytes for each character, a complex number two floats; titles are left aside.
        """
        from .numpy_ import from_numpy

        return from_numpy(dtype, _maker(sys._getframe(1)), name)

    @classmethod
    def from_struct(cls, format, names=None, name="Record"):
        """The record class of a struct format such as "<Qf", called `name`, its fields called `names` or f0, f1, ...

        Without one of `<`, `>`, `!` and `=` the format has this machine's byte order, sizes and alignment, as in the
        struct module.
        """
        from .struct_ import from_struct

        return from_struct(format, _maker(sys._getframe(1)), names, name)

    @classmethod
    def from_c(cls, text, name=None, byte_order="<"):
        """The record class of a struct or union that `text` declares in C or C++: the last one, or that called `name`.

        It lies as GCC and Clang lay it out on 64-bit machines; `byte_order=">"` as on big-endian ones. docs/records.md
        says what is understood; ValueError with line and column for the rest.
        """
        from .c import from_c

        return from_c(text, _maker(sys._getframe(1)), name, byte_order)

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
        try:
            return memoryview(chunk).tobytes()
        except TypeError:  # the twin's chunks have no buffers everywhere
            return bytes(chunk[0])

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

    __hash__ = None  # what can change has none

    def __repr__(self):
        return "%s(%s)" % (
            type(self).__name__,
            ", ".join("%s=%s" % (_written(name), _shown(self, name)) for name in self.__accessors__),
        )

    def _repr_html_(self):
        from .._hexdump import Hexdump

        return Hexdump(self)._repr_html_()

    def __copy__(self):
        return fresh(type(self), bytes(self))

    def __deepcopy__(self, memo):
        return fresh(type(self), bytes(self))

    def __reduce__(self):
        return _unpickle, (type(self), bytes(self))


# So that Tick.parse is the method though a field has that name, the class of classes finds them first.
for _name in [name for name in vars(Record) if not name.startswith("_")]:
    if isinstance(vars(Record)[_name], (classmethod, staticmethod, OfClass)):
        setattr(RecordType, _name, BehindFields(_name))


def _fixed(cls):
    """The layout of a class, which has to be one of fixed size."""
    if cls.__layout__ is None or cls.__layout__.size is None:
        raise TypeError("%s has no fixed size, which this needs" % cls.__name__)
    return cls.__layout__


def _maker(frame):
    """A function that makes record classes of layouts, which belong to the module that asked for them."""
    return functools.partial(of_layout, Record, module=module_of(frame))


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
    if cls.__layout__.size is None:
        return cls.parse(data)
    if len(data) != cls.__layout__.size:
        raise ValueError("damaged pickle: %d bytes are no %s" % (len(data), cls.__name__))
    return fresh(cls, data)
