"""Random record classes, in all spellings, and values that fit them, as the native arrays store them."""

from hypothesis import strategies as st

from chunkarray import Const, Enum, Flags, Record, Union
from record_layouts import names, scalars, shaped, shapes, text_fields
from support import ALL, limits

ENUM_UNITS = ["U1", ">U2", "S4"]


class Kind:
    """A field's type as it is written, and values for it; of constants and padding nobody gives one.

    `plain` tells whether other libraries have the same: no bits, unions and records inside.
    """

    def __init__(self, written, values, named=True, given=True, plain=True):
        self.written, self.values, self.named, self.given, self.plain = written, values, named, given, plain


class Made:
    """A record class, the kinds of its fields by name, and tuples of their values."""

    def __init__(self, cls, kinds):
        self.cls, self.kinds = cls, kinds
        self.values = st.tuples(*[kind.values for kind in kinds.values()])
        self.plain = all(kind.plain for kind in kinds.values())

    def __repr__(self):
        return "<%s: %s>" % (self.cls.__name__, self.cls.__layout__.text)


def of_leaf(leaf):
    return Kind(leaf.text, leaf.values)


@st.composite
def bits(draw):
    unit = draw(st.sampled_from([dtype for dtype in sorted(ALL) + [">U1"] if dtype.lstrip(">")[0] != "F"]))
    kind = unit.lstrip(">")
    width = 1 if kind == "BOOL" else draw(st.integers(1, 8 * ALL[kind]))
    if kind == "BOOL":
        values = st.booleans()
    elif kind[0] == "S":
        values = st.integers(-(1 << width - 1), (1 << width - 1) - 1)
    else:
        values = st.integers(0, (1 << width) - 1)
    return Kind("%s:%d" % (unit, width), values, plain=False)


@st.composite
def constants(draw):
    leaf = draw(st.one_of(scalars(), text_fields))
    value = draw(leaf.values)
    return Kind(Const(leaf.text, value), st.just(value), given=False)


@st.composite
def named_values(draw):
    unit = draw(st.sampled_from(ENUM_UNITS))
    make = draw(st.sampled_from([Enum, Flags])) if unit[0] != "S" else Enum
    # Flags of one bit each, beyond which ints have no names.
    members = {"A": 1, "B": 2, "C": 64}
    values = st.integers(0, limits(unit)[1]) if make is Enum else st.sampled_from([0, 1, 2, 3, 64, 67])
    return Kind(make(unit, members), values)


@st.composite
def unions(draw):
    inside = draw(st.lists(st.one_of(scalars(), text_fields), min_size=1, max_size=3))
    size = max(leaf.size for leaf in inside)
    fields = [("u%d" % k, leaf.text) for k, leaf in enumerate(inside)]
    return Kind(Union(fields), st.binary(min_size=size, max_size=size), plain=False)


@st.composite
def nested(draw, deep):
    made = draw(record_classes(deep - 1))
    shape = draw(st.just(()) | shapes)
    written = made.cls[shape] if shape else made.cls
    return Kind(written, shaped(made.values, shape), plain=False)


def kinds(deep):
    found = [
        *(st.one_of(scalars(), text_fields).map(of_leaf), bits(), constants(), named_values(), unions()),
        st.integers(1, 3).map(lambda size: Kind("pad[%d]" % size, st.nothing(), named=False)),
    ]
    return st.one_of(*found, nested(deep)) if deep else st.one_of(*found)


@st.composite
def record_classes(draw, deep=2):
    """A Made of a few fields."""
    chosen = draw(st.lists(kinds(deep), min_size=1, max_size=6).filter(lambda found: any(k.named for k in found)))
    given_names = draw(st.lists(names, unique=True, min_size=len(chosen), max_size=len(chosen)))
    pairs = [(name if kind.named else "", kind.written) for name, kind in zip(given_names, chosen)]
    align = draw(st.booleans())
    spelling = draw(st.integers(0, 2))
    if spelling == 1 and all(name.isidentifier() for name, _ in pairs):
        cls = Record("Random", **dict(pairs), align=align)
    elif spelling == 2 and all(isinstance(written, str) and '"' not in name for name, written in pairs):
        text = ", ".join("%s: %s" % ('"%s"' % name if name else "_", written) for name, written in pairs)
        cls = Record("Random", text, align=align)
    else:
        cls = Record("Random", pairs, align=align)
    return Made(cls, {name: kind for name, kind in zip(given_names, chosen) if kind.named})
