"""NumPy's structured arrays as records: by their bytes where every value surely fits, else one by one."""

from .model import Bits, Text, Union
from .numpy_ import to_numpy


def records_of(layout, values):
    """What stands for records of a layout in a structured array: their bytes, or an iterator of dicts.

    Fields are taken by their names.
    """
    import numpy

    values = numpy.asarray(values).reshape(-1)
    own = to_numpy(layout)
    if values.dtype != own:
        if not _fit(numpy, layout, values.dtype, own):
            return _dicts(layout, values)
        made = numpy.zeros(len(values), own)
        for name in values.dtype.names:
            made[name] = values[name]
        values = made
    return numpy.ascontiguousarray(values).view("u1")


def _fit(numpy, layout, dtype, own):
    """Whether each value that one dtype has fits the other one's field of that name, and no field is left over."""
    names = {field.name for field in layout.named}
    if set(dtype.names) != names or any(isinstance(field.type, Bits) for field in layout.named):
        return False
    return all(
        dtype[name] == own[name] or dtype[name].names is None and numpy.can_cast(dtype[name], own[name], "safe")
        for name in names
    )


def _dicts(layout, values):
    """Each structure as a dict: what is missing, too large or of another kind is then told as append tells it."""
    names = values.dtype.names
    unions = [each for each in names if each in layout and isinstance(layout[each].type, Union)]
    for one in values:
        found = dict(zip(names, one.item()))
        for name in unions:
            found[name] = one[name].tobytes()
        for name, value in found.items():
            if isinstance(value, bytes) and name in layout and isinstance(layout[name].type, Text):
                found[name] = value.decode("utf-8", "surrogateescape")
        yield found
