"""Where elements come from: arrays, slices and columns, as inputs of programs."""

from .._elements import Elements, is_shaped
from .._records.model import inner_layout
from .records import RecordValue, ShapeValue, of_type, scalar


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


class Source:
    """An array, a slice of one, or a column, and what stands for its elements.

    elements   the object itself
    window     a function that gives the array behind it, and the positions of the elements, as they are when called
    value      what stands for an element
    name       what it is called in plans
    """

    __slots__ = ("elements", "window", "value", "name", "_inputs", "_columns")

    def __init__(self, elements, name="x"):
        self.elements = elements
        self.name = name
        column = elements if hasattr(elements, "_leaf") else None
        self.window = (column._elements if column is not None else elements)._window
        array = column.array if column is not None else getattr(elements, "array", elements)
        self._columns = getattr(array._raw, "columns", None)
        self._inputs = {}
        if column is not None:
            field = column._field
            self.value = of_type(self._read, field.type, column._offset, field.shift)
        elif getattr(array, "record", None) is not None:
            self.value = RecordValue(self._read, array.record.__layout__, 0, array.record)
        elif is_shaped(array._text):
            self.value = ShapeValue(self._read, *_shape(array._text))
        else:
            self.value = self._read(0, array._text)

    def _read(self, offset, dtype, bits=""):
        """What records.py reads by."""
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

    def name_at(self, offset, column):
        """What plans call the value at an offset: the name of the field, if there is one."""
        elements = self.elements
        layout = getattr(
            getattr(elements, "record", None) or getattr(getattr(elements, "array", None), "record", None),
            "__layout__",
            None,
        )
        if layout is None:
            return self.name
        if column is not None:
            offset += self._columns[column].field.offset
        path = []
        while layout is not None:
            inside = [field for field in layout.named if field.offset <= offset < field.offset + field.size]
            if not inside:
                break
            path.append(inside[0].name)
            layout, offset = inner_layout(inside[0].type), offset - inside[0].offset
        return ".".join([self.name, *path])

    def _input(self, column):
        if column not in self._inputs:
            self._inputs[column] = Input(self, column)
        return self._inputs[column]


def _shape(text):
    """The element and the shape of a dtype as F4[3]."""
    from .._records.model import Scalar
    from .types import SIZES, machine, type_of

    name, _, counts = text[:-1].rpartition("[")
    return Scalar(name, SIZES[machine(type_of(name))]), tuple(map(int, counts.split(",")))


def is_elements(thing):
    return isinstance(thing, Elements)
