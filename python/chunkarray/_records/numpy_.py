"""Records from and to NumPy's structured dtypes."""

from .model import Bits, Bytes, Nested, Repeated, Scalar, Text, Union, overlay
from .placing import array_of, field_at, place

_KINDS = {"u": "U", "i": "S", "f": "F", "b": "BOOL"}
_TIMES = {"M": "TIME", "m": "SPAN"}
_CODES = {"U": "u%d", "S": "i%d", "F": "f%d", "B": "u%d", "BOOL": "?", "TIME": "M8[%s]", "SPAN": "m8[%s]"}
_COMPLEX = {8: "F4", 16: "F8"}
_UNITS = ("s", "ms", "us", "ns")


def from_numpy(dtype, make, name="Record"):
    """The record class of a structured dtype (or of what numpy.dtype takes for one), called `name`.

    Fields lie where they lie there, whatever the order in which the dtype names them; titles are left aside. S is
    text, V raw bytes, U four bytes for each character (U4[n]), a complex number two floats. Fields of an inner dtype
    that all begin at its first byte are a union. `make` makes a record class of a layout. TypeError for what is no
    structured dtype; ValueError for fields that records don't have.
    """
    import numpy

    dtype = numpy.dtype(dtype)
    if dtype.names is None:
        raise TypeError(
            "from_numpy takes a structured dtype, such as [('time', 'u8'), ('price', 'f4')], not %s" % dtype
        )
    return make(_layout(dtype, make, name))


def _layout(dtype, make, name):
    if _is_union(dtype):
        fields = [field_at("value", _union(dtype, make, name), 0)]
    else:
        fields = [field_at(each, type, offset) for each, type, offset in _fields(dtype, make, name)]
    return place(name, fields, dtype.itemsize, dtype.alignment if dtype.isalignedstruct else 1)


def _fields(dtype, make, name):
    """(name, type, offset) of each field of a dtype."""
    for each in dtype.names:
        described, offset = dtype.fields[each][:2]
        yield each, _type(described, make, "%s.%s" % (name, each)), offset


def _is_union(dtype):
    return len(dtype.names) > 1 and not any(dtype.fields[each][1] for each in dtype.names)


def _union(dtype, make, name):
    return Union(overlay(name, [field_at(each, type, 0) for each, type, _ in _fields(dtype, make, name)]))


def _type(dtype, make, path):
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return array_of(_type(base, make, path), shape, base.itemsize, make, path)
    if dtype.names is not None:
        inner = path.rpartition(".")[2]
        return _union(dtype, make, inner) if _is_union(dtype) else Nested(make(_layout(dtype, make, inner)))
    kind, size = dtype.kind, dtype.itemsize
    mark = ">" if dtype.str[0] == ">" else ""
    if kind in "SVU" and size:
        return {"S": Text, "V": Bytes}[kind](size) if kind != "U" else Repeated(Scalar(mark + "U4", 4), (size // 4,))
    if kind == "c" and size in _COMPLEX:
        return Repeated(Scalar(mark + _COMPLEX[size], size // 2), (2,))
    if kind in _KINDS and size in (1, 2, 4, 8) and (kind != "f" or size > 2):
        return Scalar(mark + _KINDS[kind] + (str(size) if kind != "b" else ""), size)
    if kind in _TIMES:
        unit = dtype.str.partition("[")[2]
        if unit.rstrip("]") in _UNITS:
            return Scalar("%s%s[%s" % (mark, _TIMES[kind], unit), 8)
        raise ValueError("%s: %s counts in no unit that records have: s, ms, us, ns" % (path, dtype))
    raise ValueError("%s: records have nothing for NumPy's %r" % (path, dtype))


def to_numpy(layout):
    """The structured numpy.dtype of this layout: the same names, offsets and size.

    Raw numbers are unsigned, raw bytes are u1 with a shape, as chunks give them. The bits of a unit are one field of
    that unit, named by the first of them. A union has all of its fields, at the same offset.
    """
    import numpy

    fields, seen = {}, set()
    for field in layout.named:
        if isinstance(field.type, Bits):
            if field.offset in seen:
                continue
            seen.add(field.offset)
        fields[field.name] = (dtype_of(field.type), field.offset)
    return numpy.dtype(
        {
            "names": list(fields),
            "formats": [dtype for dtype, _ in fields.values()],
            "offsets": [offset for _, offset in fields.values()],
            "itemsize": layout.size,
        }
    )


def dtype_of(type):
    """What numpy.dtype takes for a field's type: a name, (name, shape), or a dtype."""
    if isinstance(type, Bits):
        return dtype_of(type.unit)
    if isinstance(type, Scalar):
        code = _CODES[type.kind]
        if "%" in code:
            code %= type.name.partition("[")[2].rstrip("]") or type.size
        return (">" if type.is_big_endian else "<") + code
    if isinstance(type, Text):
        return "S%d" % type.size
    if isinstance(type, Bytes):
        return "u1", (type.size,)
    if isinstance(type, Repeated):
        return dtype_of(type.element), type.shape
    if isinstance(type, Union):
        return to_numpy(type.layout)
    assert isinstance(type, Nested)
    return to_numpy(type.layout)
