"""Columns as NumPy arrays."""

from .._numpy import join
from .model import Bits, Nested, Text, Union


def to_numpy(column, copy):
    """The values of a column as one numpy.ndarray, as Column.numpy() gives them."""
    import numpy

    from .numpy_ import dtype_of

    kind = column._field.type
    chunks = column._memory()
    if not chunks:
        return numpy.empty(0, dtype_of(kind))
    if isinstance(kind, Bits):
        if copy is not None and not copy:
            raise ValueError("%s is some bits of a number: NumPy gets a copy, and copy=False forbids it" % column.name)
        found = _bits(numpy, join(chunks, None), column._field)
        found.flags.writeable = bool(copy)
        return found
    found = join(chunks, copy, dtype_of(kind) if isinstance(kind, (Nested, Union)) else None)
    return found.view("S%d" % kind.size)[:, 0] if isinstance(kind, Text) else found


def _bits(numpy, units, field):
    """The values of some bits, in the type of their unit."""
    if field.type.unit.kind == "BOOL":
        units = units.view("u1")
    found = (units.astype(units.dtype.newbyteorder("=")).view("u%d" % units.itemsize) >> field.shift) & (
        (1 << field.type.width) - 1
    )
    if field.type.unit.kind == "BOOL":
        return found.astype(bool)
    if field.type.unit.kind == "S":
        sign = 1 << (field.type.width - 1)
        found = (found.astype("i8") ^ sign) - sign
    return found.astype(units.dtype.newbyteorder("="))
