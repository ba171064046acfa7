"""Columns as NumPy arrays."""

from .._numpy import join
from .model import Bits, Bytes, Repeated, Scalar


def to_numpy(column, copy):
    """The values of a column as one numpy.ndarray, as Column.numpy() gives them."""
    import numpy

    kind = column._field.type
    if isinstance(kind, Bits):
        return _some_bits(numpy, column, copy)
    plain = isinstance(kind, (Scalar, Bytes)) or (isinstance(kind, Repeated) and isinstance(kind.element, Scalar))
    # What NumPy knows better than chunks is read as bytes first.
    chunks = column._memory(kind.text if plain else "B1[%d]" % kind.size)
    if plain and chunks:
        return join(chunks, copy)
    from .numpy_ import dtype_of

    if not chunks:
        return numpy.empty(0, dtype_of(kind))
    found = join(chunks, copy)
    if isinstance(kind, Repeated):
        return found.view(dtype_of(kind.element)).reshape(len(found), *kind.shape)
    return found.view(dtype_of(kind))[:, 0]


def _some_bits(numpy, column, copy):
    if copy is not None and not copy:
        raise ValueError("%s is some bits of a number: NumPy gets a copy, and copy=False forbids it" % column.name)
    chunks = column._memory(column._field.type.unit.text)
    if not chunks:
        from .numpy_ import dtype_of

        return numpy.empty(0, dtype_of(column._field.type))
    found = _bits(numpy, join(chunks, None), column._field)
    found.flags.writeable = bool(copy)
    return found


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
