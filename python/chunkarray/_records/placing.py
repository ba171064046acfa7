"""Layouts whose offsets somebody else has decided: a C compiler, ctypes, NumPy.

`model.lay_out` puts fields one behind the other; `place` takes them where they are.
"""

from .model import Bits, Bytes, Field, Layout, Nested, Padding, Repeated, Scalar, Text, Union, check

UNIT_SIZES = (1, 2, 4, 8)  # bytes that bits may lie in


def place(name, fields, size, align=1):
    """The layout of `size` bytes with these fields, whose offsets (and shifts) are set.

    They may come in any order. Gaps become padding, and leaves are numbered. ValueError where two fields overlap that
    are not bits of one unit, or where one does not lie inside.
    """
    placed, names = [], set()
    end = leaf = 0
    last = None
    for field in sorted((field for field in fields if not field.is_padding), key=_order):
        if not field.name or field.name in names:
            raise ValueError(
                "%s: %s" % (name, "two fields have the name %r" % field.name if field.name else "a name is empty")
            )
        names.add(field.name)
        if field.offset + field.size > size:
            raise ValueError("%s: %s ends at byte %d of %d" % (name, field.name, field.offset + field.size, size))
        if field.offset < end and not (last is not None and _share(last, field)):
            raise ValueError("%s: %s and %s overlap at byte %d" % (name, last.name, field.name, field.offset))
        if field.offset > end:
            placed.append(_padding(end, field.offset))
        end = field.offset + field.size
        field.leaf = leaf
        leaf += field.type.leaves
        placed.append(field)
        last = field
    if last is None:
        raise ValueError("%s: a record needs at least one field" % name)
    if end < size:
        placed.append(_padding(end, size))
    layout = Layout(name, placed, size, align)
    check(layout)
    return layout


def field_at(name, type, offset, **facts):
    """A field that lies at `offset`. `facts` as Field's arguments."""
    field = Field(name, type, **facts)
    field.offset = offset
    return field


def _order(field):
    """Fields lie by offset, bits of one unit as they are stated in it."""
    if not isinstance(field.type, Bits):
        return field.offset, 0
    return field.offset, -field.shift if field.type.from_the_top else field.shift


def _share(one, other):
    """Whether two neighbours are different bits of one unit."""
    if not isinstance(one.type, Bits) or not isinstance(other.type, Bits):
        return False
    same = one.offset == other.offset and one.size == other.size and one.type.from_the_top == other.type.from_the_top
    low, high = sorted((one, other), key=lambda field: field.shift)
    return same and low.shift + low.type.width <= high.shift


def _padding(start, end):
    return field_at("", Padding(end - start), start)


def array_of(element, shape, size, make, name):
    """The type of an array of `shape` of elements, each `size` bytes, which is more than the type's for some unions.

    What records have no arrays of is said otherwise: characters are text, rows of characters and of bytes are raw
    bytes, and a union comes inside of a record, whose field `value` it is; `make` makes its class of a layout.
    """
    if not all(shape):
        raise ValueError("%s: an array of no elements" % name)
    if isinstance(element, Text) and element.size == 1 and len(shape) == 1:
        return Text(shape[0])
    if isinstance(element, (Text, Bytes)):
        inner = () if element.size == 1 else (element.size,)
        return Repeated(Scalar("B1", 1), tuple(shape) + inner)
    if isinstance(element, Union):
        element = Nested(make(place(name, [field_at("value", element, 0)], size)))
    if isinstance(element, Repeated):
        return Repeated(element.element, tuple(shape) + element.shape)
    return Repeated(element, tuple(shape))


class PlacedBits:
    """Bits of which somebody else has decided where they lie.

    start     bits from the start of the record: to the least significant one, counted from the least significant one
              of each byte; where `is_big`, to the most significant one, counted from the most significant one
    unit      (offset, size) in bytes of the scalar that they were declared in
    kind      of that scalar, as Scalar.kind
    """

    __slots__ = ("name", "kind", "start", "width", "is_big", "unit", "facts")

    def __init__(self, name, kind, start, width, is_big, unit, **facts):
        self.name = name
        self.kind = kind
        self.start = start
        self.width = width
        self.is_big = is_big
        self.unit = unit
        self.facts = facts

    def moved(self, offset):
        """The same bits, so many bytes later."""
        unit = (self.unit[0] + offset, self.unit[1])
        return PlacedBits(self.name, self.kind, self.start + 8 * offset, self.width, self.is_big, unit, **self.facts)

    first = property(lambda self: self.start // 8)
    end = property(lambda self: (self.start + self.width - 1) // 8 + 1)

    def field(self, unit):
        """The field of these bits in a unit, which is (offset, size)."""
        offset, size = unit
        shift = self.start - 8 * offset
        if self.is_big:
            shift = 8 * size - shift - self.width
        # A truth value has one byte; in a wider unit it is a number, 0 or 1.
        kind = "BOOL" if self.kind == "BOOL" and size == 1 else "%s%d" % (self.kind.replace("BOOL", "U"), size)
        mark = ">" if self.is_big and size > 1 else ""
        field = field_at(self.name, Bits(Scalar(mark + kind, size), self.width, self.is_big), offset, **self.facts)
        field.shift = shift
        return field


def bit_fields(record, bits, others, size):
    """Fields of bits that lie anywhere, beside the fields `others`, in a record of `size` bytes.

    The units in which they were declared may overlap each other and other fields, as C's do. Units of records don't,
    so where they would, the bits get smaller ones. ValueError if there are none for them.
    """
    taken = [(field.offset, field.offset + field.size) for field in others]
    groups = {}
    for each in bits:
        groups.setdefault((each.unit, each.is_big), []).append(each)
    declared = {unit: (unit[0], unit[0] + unit[1]) for unit, _ in groups}
    fields, homeless = [], []
    for (unit, is_big), group in groups.items():
        inside = unit[0] <= min(each.first for each in group) and max(each.end for each in group) <= sum(unit) <= size
        rivals = taken + [extent for other, extent in declared.items() if other != unit]
        if inside and (unit, not is_big) not in groups and _is_free(declared[unit], rivals):
            fields += [each.field(unit) for each in group]
        else:
            homeless += group
    taken += [(field.offset, field.offset + field.size) for field in fields]
    clusters = _clusters(homeless)
    for cluster in clusters:
        first, end = cluster[0].first, max(each.end for each in cluster)
        rivals = taken + [
            (other[0].first, max(each.end for each in other)) for other in clusters if other is not cluster
        ]
        unit = _unit(first, end, rivals, size)
        if unit is None or len({each.is_big for each in cluster}) > 1:
            raise ValueError(
                "%s: the bits of %s share %d bytes, which are no unit of 1, 2, 4 or 8 bytes for themselves"
                % (record, ", ".join(each.name for each in cluster), end - first)
            )
        taken.append((unit[0], sum(unit)))
        fields += [each.field(unit) for each in cluster]
    return fields


def _clusters(bits):
    """Lists of those that share bytes, each from the first one on."""
    clusters = []
    for each in sorted(bits, key=lambda each: each.start):
        if clusters and each.first < max(other.end for other in clusters[-1]):
            clusters[-1].append(each)
        else:
            clusters.append([each])
    return clusters


def _unit(first, end, taken, size):
    """The smallest free unit around these bytes, or None."""
    for length in UNIT_SIZES:
        for offset in range(first, end - length - 1, -1):
            if 0 <= offset and end <= offset + length <= size and _is_free((offset, offset + length), taken):
                return offset, length
    return None


def _is_free(extent, taken):
    return all(extent[1] <= start or end <= extent[0] for start, end in taken)
