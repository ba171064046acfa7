"""Where elements come from: arrays, slices and columns, as inputs of programs."""

from .._door import ChunkArray
from .._elements import Elements, is_shaped
from .._records.model import inner_layout
from .records import RecordValue, ShapeValue, of_type, scalar
from .values import Value

_SCALARS = {}  # the type of a value, and what programs read it as, by the dtype of a plain array
_NAME = "x"  # of an element in plans


class Source:
    """An array, a slice of one, or a column.

    elements   the object itself
    window     a function that gives the array behind it, and the positions of the elements, as they are when called
    """

    __slots__ = ("elements", "window")

    def __init__(self, elements, window):
        self.elements = elements
        self.window = window

    def name_at(self, offset, column):
        """What plans call the value at an offset: the name of the field, if there is one."""
        elements = self.elements
        array = getattr(elements, "array", elements)
        layout = getattr(getattr(elements, "record", None) or getattr(array, "record", None), "__layout__", None)
        if layout is None:
            return _NAME
        if column is not None:
            offset += array._raw.columns[column].field.offset
        path = []
        while layout is not None:
            inside = [field for field in layout.named if field.offset <= offset < field.offset + field.size]
            if not inside:
                break
            path.append(inside[0].name)
            layout, offset = inner_layout(inside[0].type), offset - inside[0].offset
        return ".".join([_NAME, *path])


class Input:
    """A native array that a program reads: that of a source, or of one of its columns (layout="columns")."""

    __slots__ = ("source", "column")

    def __init__(self, source, column=None):
        self.source = source
        self.column = column

    def native(self, array):
        raw = array._raw
        return raw if self.column is None else raw.columns[self.column].raw

    def name_at(self, offset):
        """What people call the value at an offset."""
        return self.source.name_at(offset, self.column)


class _Reader:
    """What records.py reads by. It knows the source, which does not know it: chains are no work for collectors."""

    __slots__ = ("_source", "_columns", "_inputs")

    def __init__(self, source, array):
        self._source = source
        self._columns = getattr(array._raw, "columns", None)
        self._inputs = {}

    def read(self, offset, dtype, bits=""):
        if self._columns is None:
            return scalar(self._input(None), offset, dtype, bits)
        found = None
        for column in self._columns:
            field = column.field
            if not field.offset <= offset < field.offset + field.size:
                continue
            if bits and bits != field.text[-len(bits) :]:
                continue  # other bits of the same unit
            value = scalar(self._input(column.index), offset - field.offset, dtype, bits)
            found = value if found is None else found | value  # a unit, of which each column has its own bits
        return found

    def _input(self, column):
        found = self._inputs.get(column)
        if found is None:
            found = self._inputs[column] = Input(self._source, column)
        return found


def beginning(elements):
    """The Source of an array, a slice or a column, and what stands for its elements."""
    if type(elements) is not ChunkArray and hasattr(elements, "_leaf"):
        array, field = elements.array, elements._field
        source = Source(elements, elements._elements._window)
        return source, of_type(_Reader(source, array).read, field.type, elements._offset, field.shift)
    source = Source(elements, elements._window)
    array = elements if type(elements) is ChunkArray else getattr(elements, "array", elements)
    known = _SCALARS.get(array._text)
    if known is not None:  # the most, quickly
        return source, Value("in", (Input(source), 0, known[1]), known[0])
    return source, _read(_Reader(source, array).read, array)


def _read(read, array):
    """What stands for the elements of an array of records, of shapes, or of a type that comes for the first time."""
    record = getattr(array, "record", None)
    if record is not None:
        return RecordValue(read, record.__layout__, 0, record)
    text = array._text
    if is_shaped(text):
        return ShapeValue(read, *_shape(text))
    value = read(0, text)
    _SCALARS[text] = value._type, value._args[2]
    return value


def _shape(text):
    """The element and the shape of a dtype as F4[3]."""
    from .._records.model import Scalar
    from .types import SIZES, machine, type_of

    name, _, counts = text[:-1].rpartition("[")
    return Scalar(name, SIZES[machine(type_of(name))]), tuple(map(int, counts.split(",")))


def is_elements(thing):
    return isinstance(thing, Elements)
