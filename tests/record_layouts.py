"""Random layouts of records: their resolved text, which names every offset and size, and values that fit them.

{time@0:U8,price@8:F4,flags@12:>U2}14
"""

import math
from datetime import timedelta

from hypothesis import strategies as st

from support import ALL, limits

UNITS = ["s", "ms", "us", "ns"]
MICROSECONDS = {"s": 10**6, "ms": 10**3, "us": 1}
TIMES = [order + "%s[%s]" % (kind, unit) for order in ("", ">") for kind in ("TIME", "SPAN") for unit in UNITS]
SCALARS = sorted(ALL) + TIMES
ODD_NAMES = ["two words", "a.b", "päivä", 'a "quoted" one', "back\\slash", "1st", "{", "@0:U1,", "tab\t", "class"]

names = st.sampled_from([*"abcdefgh", "x1", "_", "Name"]) | st.sampled_from(ODD_NAMES)


class Leaf:
    """A field's type: its text, its bytes, and values that it takes and gives back as they are."""

    leaves = property(lambda self: [(0, self)])

    def __init__(self, text, size, values):
        self.text, self.size, self.values = text, size, values


class Layout:
    """A record: fields as (name, offset, type), a size and a shape."""

    def __init__(self, fields, item_size, shape=()):
        self.fields, self.item_size, self.shape = fields, item_size, shape
        self.count = math.prod(shape)
        self.size = item_size * self.count
        listed = ",".join("%s@%d:%s" % (shown(name), offset, kind.text) for name, offset, kind in fields)
        self.text = "{%s}%d%s" % (listed, item_size, "[%s]" % ",".join(map(str, shape)) if shape else "")
        self.values = shaped(st.tuples(*[kind.values for _, _, kind in fields]), shape)

    def __repr__(self):
        return "<%s>" % self.text

    @property
    def leaves(self):
        """The leaves in their order, each with its first offset."""
        return [(offset + more, leaf) for _, offset, kind in self.fields for more, leaf in kind.leaves]


def shown(name):
    """A name as it stands in the text."""
    if name.isascii() and name.isidentifier():
        return name
    return '"%s"' % "".join("\\" + c if c in '"\\' else c if c >= " " else "\\u%04x" % ord(c) for c in name)


def shaped(values, shape):
    """Tuples of so many values, outermost dimension first."""
    for extent in reversed(shape):
        values = st.tuples(*[values] * extent)
    return values


def scalar_values(dtype):
    """What a scalar dtype takes and gives back as it is, NaN aside."""
    kind = dtype.lstrip(">")
    if kind == "BOOL":
        return st.booleans()
    if kind[0] == "F":
        return st.floats(width=8 * ALL[dtype], allow_nan=False)
    if kind[:4] in ("TIME", "SPAN"):
        unit = MICROSECONDS.get(kind[5:-1])
        if not unit:
            return st.integers(-(2**62), 2**62)  # nanoseconds are ints
        if kind[0] == "S":
            return st.integers(-(10**9), 10**9).map(lambda count: timedelta(microseconds=count * unit))
        return st.datetimes().map(lambda time: time.replace(microsecond=time.microsecond // unit * unit % 10**6))
    return st.integers(*limits(dtype)) | st.integers(0, 3)


shapes = st.lists(st.integers(1, 3), min_size=1, max_size=2).map(tuple)


@st.composite
def scalars(draw):
    dtype = draw(st.sampled_from(SCALARS))
    size = ALL.get(dtype, 8)
    shape = draw(st.just(()) | st.just(()) | shapes)
    if dtype == "B1" and len(shape) == 1:
        return Leaf("B1[%d]" % shape, shape[0], st.binary(min_size=shape[0], max_size=shape[0]))
    suffix = "[%s]" % ",".join(map(str, shape)) if shape else ""
    return Leaf(dtype + suffix, size * math.prod(shape), shaped(scalar_values(dtype), shape))


def texts(size):
    fits = st.text(st.characters(codec="utf-8"), max_size=size).map(lambda s: s.rstrip("\0"))
    return fits.filter(lambda s: len(s.encode()) <= size)


text_fields = st.integers(1, 9).map(lambda size: Leaf("TEXT[%d]" % size, size, texts(size)))


@st.composite
def bit_fields(draw):
    """Several fields in the bits of one scalar, from the least significant one up or in any order."""
    unit = draw(st.sampled_from([dtype for dtype in sorted(ALL) if dtype.lstrip(">")[0] != "F"]))
    found, shift = [], 0
    while True:
        shift += draw(st.integers(0, 3))
        width = 1 if unit == "BOOL" else draw(st.integers(1, 20))
        if shift + width > 8 * ALL[unit] or len(found) == 4:
            break
        low, high = (-(1 << width - 1), (1 << width - 1) - 1) if unit.lstrip(">")[0] == "S" else (0, (1 << width) - 1)
        values = st.booleans() if unit == "BOOL" else st.integers(low, high)
        found.append(Leaf("%s:%d+%d" % (unit, shift, width), ALL[unit], values))
        shift += width
    return draw(st.permutations(found or [Leaf(unit, ALL[unit], scalar_values(unit))]))


@st.composite
def layouts(draw, deep=2, shape=False):
    """A record of a few fields, with gaps, in any order; nested ones in it."""
    one = scalars() | text_fields
    if deep:
        one = one | layouts(deep - 1, shape=True)
    places = draw(st.lists(one.map(lambda kind: [kind]) | bit_fields(), min_size=1, max_size=5))
    gap = st.sampled_from([0, 0, 0, 1, 3])
    given = draw(st.lists(names, unique=True, min_size=sum(map(len, places)), max_size=sum(map(len, places))))
    fields, offset = [], 0
    for kinds in places:
        offset += draw(gap)
        fields += [(given.pop(), offset, kind) for kind in kinds]
        offset += kinds[0].size
    if draw(st.booleans()):
        fields = draw(st.permutations(fields))
    return Layout(fields, offset + draw(gap), draw(st.just(()) | shapes) if shape else ())
