"""The array and its twin in plain Python: the same random operations on both give the same values and the same errors.

The twin is the model here: small, slow and simple. Values are compared with their types, and exceptions with their
words.
"""

import math
import operator
import re
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chunkarray
from chunkarray import _twin, twin
from record_layouts import layouts
from support import ABOUT, ALL, HOST, OF_THE_BINARY, limits, ways_in

if HOST == "python":
    pytest.skip("here the array is the twin itself", allow_module_level=True)

BOTH = (chunkarray.ChunkArray, twin.ChunkArray)
SHAPED = ["F4[2]", ">S2[2,1]"]
TIMES = ["TIME[ms]", ">SPAN[us]", "TIME[ns]"]
DTYPES = sorted(ALL) + SHAPED + TIMES

options = st.fixed_dictionaries(
    {"chunk_size": st.sampled_from([1, 2, 4, 64]), "capacity": st.sampled_from([0, 0, 3, 100])},
    optional={"growth": st.sampled_from(["double", "fixed"]), "keep": st.sampled_from([4, 5, 8, 64])},
)
good_options = options.filter(
    lambda o: not ("keep" in o and (o.get("growth") == "double" or o["keep"] < o["chunk_size"]))
)


def values_of(dtype):
    """Values that arrays of `dtype` take, and now and then others."""
    kind = dtype.lstrip(">")
    anything = st.sampled_from([None, "x", 1.5, -1, 2**64, 10**30, b"\1", (1, 2), math.inf, True, 1j])
    if "[" in kind and kind[:4] not in ("TIME", "SPAN"):
        rows = st.tuples(st.integers(-5, 5), st.integers(-5, 5))
        good = rows if kind == "F4[2]" else rows.map(lambda pair: tuple((x,) for x in pair))
    elif kind == "BOOL":
        good = st.booleans()
    elif kind[0] == "F":
        good = st.floats(width=32) | st.integers(-3, 3)
    elif kind[:4] in ("TIME", "SPAN"):
        good = st.integers(-(2**62), 2**62) | st.none() | (st.datetimes() if kind[0] == "T" else st.timedeltas())
    else:
        good = st.integers(*limits(dtype)) | st.integers(0, 3)
    return st.one_of(good, good, good, good, anything)


indices = st.integers(-9, 9)
slices = st.builds(slice, st.none() | indices, st.none() | indices, st.sampled_from([None, 1, 2, -1, -3]))
keys = indices | slices


def operations(dtype):
    """Functions of an array and of a list that keeps what they have in hand, such as marks and slices."""
    value, many = values_of(dtype), st.lists(values_of(dtype), max_size=7)
    # Bytes that are neither 0 nor 1 are no BOOLs, and come back as they are or as 1.
    data = st.binary(max_size=24).map(lambda b: bytes(x & 1 for x in b) if dtype == "BOOL" else b)

    def case(function, *arguments):
        return st.tuples(st.just(function), *arguments)

    return st.one_of(
        case(lambda a, hand, x: a.append(x), value),
        case(lambda a, hand, x: a.push(x), value),
        case(lambda a, hand, xs: a.extend(xs), many),
        case(lambda a, hand, xs: a.extend(iter(xs)), many),
        case(lambda a, hand: a.extend(a)),
        case(lambda a, hand, k: a.extend(a[k]), slices),
        case(lambda a, hand, raw: a.frombytes(raw), data),
        case(lambda a, hand, xs: a.extend(array("d", xs)), st.lists(st.floats(), max_size=3)),
        case(lambda a, hand, k: a[k], keys),
        case(lambda a, hand, k, x: operator.setitem(a, k, x), indices, value),
        case(lambda a, hand, k, xs: operator.setitem(a, k, xs), slices, many),
        case(lambda a, hand, k, j: operator.setitem(a, k, a[j]), slices, slices),
        case(lambda a, hand, k: operator.delitem(a, k), keys),
        case(lambda a, hand: a.pop()),
        case(lambda a, hand, n: a.truncate(n), st.integers(-1, 12)),
        case(lambda a, hand: a.clear()),
        case(lambda a, hand: a.reset()),
        case(lambda a, hand, n: a.drop_front(n), st.integers(-1, 9)),
        # Without an interpreter lock nothing is given back, as readers take no lock either.
        case(lambda a, hand: None if ABOUT["free_threaded"] else a.shrink()),
        case(lambda a, hand: hand.append(a.save())),
        case(lambda a, hand, n: a.rewind(hand[n]), st.integers(0, 3)),
        case(transaction, many, st.booleans()),
        case(lambda a, hand, k: hand.append(a[k]), slices),
        case(lambda a, hand, n: hand[n].tolist(), st.integers(0, 3)),
        case(lambda a, hand, x: x in a, value),
        case(lambda a, hand, x: a.count(x), value),
        case(lambda a, hand, x: a.index(x), value),
        case(lambda a, hand, k, x: a[k].index(x), slices, value),
        case(lambda a, hand, x, side: ascending(a).searchsorted(x, side), value, st.sampled_from(["left", "right"])),
        case(lambda a, hand, xs: ascending(a).searchsorted(xs), many),
        case(lambda a, hand, ks: a.take(ks), st.lists(indices, max_size=5)),
        case(lambda a, hand, ks: a[ks], st.lists(indices, max_size=5)),
        case(lambda a, hand, mask: a[mask], st.lists(st.booleans(), max_size=9)),
        case(lambda a, hand, r: a[:].sort(reverse=r), st.booleans()),
        case(lambda a, hand, k, r: a[k].sort(reverse=r), slices, st.booleans()),
        case(lambda a, hand, k: a[k].reverse(), slices),
        case(lambda a, hand, k: a[k].byteswap(), slices),
        case(lambda a, hand, k: a[k].tobytes(), slices),
        case(lambda a, hand, k: shape_of(a[k].chunks()), slices),
        case(lambda a, hand, k: a[k] == a[k], slices),
        case(lambda a, hand, k, j: a[k] < a[j], slices, slices),
        case(lambda a, hand: a.copy()),
        case(lambda a, hand, k: a[k] + a, slices),
        case(lambda a, hand, n: a * n, st.integers(-1, 3)),
        case(lambda a, hand, i, x: a.fetch_add(i, x), indices, value),
        case(lambda a, hand, i, x: a.fetch_xor(i, x), indices, value),
        case(lambda a, hand, i, x: a.fetch_max(i, x), indices, value),
        case(lambda a, hand, i, x, y: a.compare_exchange(i, x, y), indices, value, value),
        case(lambda a, hand: list(reversed(a))),
        case(lambda a, hand: repr(a)),
        case(lambda a, hand, i: a.address_of(i) - a.address_of(i), indices),
        case(lambda a, hand: a.freeze(force=True) if len(hand) > 3 else None),
        case(lambda a, hand: a.close() if len(hand) > 4 else None),
    )


class Undo(Exception):
    pass


def transaction(a, hand, values, undo):
    with a.transaction():
        a.extend(values)
        if values:
            a.pop()
            a.pop()
        if undo:
            raise Undo


def ascending(a):
    a = a.copy()
    a.sort()
    return a


def plain(value):
    """A result in terms of which both are alike. A NaN equals itself here, the zeros do not equal each other."""
    if isinstance(value, float):
        return "float", repr(value)
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(x) for x in value]
    if hasattr(value, "tolist"):
        return type(value).__name__, value.dtype, plain(value.tolist())
    return type(value).__name__, value


def shape_of(chunks):
    return [(c.start, len(c), c.dtype, c.itemsize, c.nbytes, c.shape, c.readonly, plain(list(c))) for c in chunks]


def outcome(action, *arguments):
    try:
        return plain(action(*arguments))
    except Exception as error:
        # The names of classes are those of different modules; and how ints end differs among interpreters.
        # C has no NUL in a message.
        return type(error), re.sub(r"0x[0-9a-f]+", "", str(error)).replace("\0", "\\0")


def state(a):
    """All that an array tells of itself."""
    names = "dtype itemsize nbytes chunk_size growth capacity keep keep_bytes first frozen closed".split()
    names += "chunk_count arena_capacity contiguous _end _settled _depth".split()
    return [len(a), {name: getattr(a, name) for name in names}, shape_of(a.chunks()), plain(list(a)), a.tobytes()]


@pytest.mark.parametrize("dtype", DTYPES)
def test_random_operations(dtype):
    @given(good_options, st.lists(operations(dtype), max_size=25))
    def check(made_with, actions):
        (ours, hand), (model, theirs) = [(cls(dtype, **made_with), []) for cls in BOTH]
        for action, *arguments in actions:
            assert outcome(action, ours, hand, *arguments) == outcome(action, model, theirs, *arguments)
            assert state(ours) == state(model)

    check()


@given(
    st.sampled_from(DTYPES + [None, "F7", 8, "=U2"]),
    st.dictionaries(
        st.sampled_from(["chunk_size", "growth", "capacity", "element_size", "keep", "keep_bytes"]),
        st.sampled_from([-1, 0, 1, 3, 8, 64, 1024, 2**62, 2**63, 10**30, "double", "fixed", "x'\"\n", None, 2.5]),
        max_size=3,
    ),
)
def test_constructors(dtype, made_with):
    def make(cls):
        a = cls(*([] if dtype is None else [dtype]), **made_with)
        return [a.dtype, a.chunk_size, a.growth, a.capacity, a.keep, a.keep_bytes, a.arena_capacity]

    if max((v for v in made_with.values() if isinstance(v, int)), default=0) > 2**40:
        # What the system refuses is said without words on one side or the other.
        ours, model = (outcome(make, cls) for cls in BOTH)
        assert ours == model or ours[0] is model[0] is MemoryError
    else:
        assert outcome(make, BOTH[0]) == outcome(make, BOTH[1])


@pytest.mark.parametrize("dtype", DTYPES)
def test_values(dtype):
    @given(values_of(dtype) | st.integers(-(2**70), 2**70) | st.floats() | st.binary(max_size=9) | st.text(max_size=2))
    def check(value):
        good = {"F4[2]": (1, 2), ">S2[2,1]": ((1,), (2,))}.get(dtype, 1)
        results = []
        for cls in BOTH:
            a = cls(dtype, [good])
            results.append([outcome(way) for way in ways_in(a, value, good)] + [state(a)])
        assert results[0] == results[1]

    check()


ODD = [
    None,
    "x",
    1.5,
    -1,
    2**64,
    10**30,
    b"",
    b"\1\2",
    bytearray(3),
    (),
    (1, 2),
    [[1]],
    {},
    math.nan,
    True,
    "\udc80",
    1j,
]
ARRAYS = (chunkarray._core.Array, _twin.Array)


@st.composite
def record_values(draw, layout):
    """Records that arrays of a layout take, in all spellings, and now and then others."""
    value = draw(layout.values)
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(min_size=layout.size, max_size=layout.size))
    if kind == 1:
        return draw(st.sampled_from(ODD))
    if kind == 2:
        return _with_odd(draw, value)
    return list(value) if kind == 3 else value


def _with_odd(draw, value):
    """A value with something else somewhere in it."""
    if not isinstance(value, tuple) or not value or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(ODD))
    k = draw(st.integers(0, len(value) - 1))
    return (*value[:k], _with_odd(draw, value[k]), *value[k + 1 :])


def record_operations(layout):
    """As operations(), of native arrays of records, and of another one of the same layout."""
    value = record_values(layout)
    many = st.lists(value, max_size=4)
    place = st.integers(0, 9)
    window = st.builds(
        lambda start, step, count: (start, step, count) if step > 0 else (start - step * count, step, count),
        st.integers(0, 4), st.sampled_from([1, 1, 2, -1, -2]), st.integers(0, 4),
    )  # fmt: skip
    numbered = [(offset, number, leaf) for number, (offset, leaf) in enumerate(layout.leaves)]
    # A leaf of a nested record lies wherever the caller says; now and then that is outside.
    leaf = st.sampled_from(numbered) | st.tuples(st.integers(0, layout.size), place, st.just(numbered[0][2]))
    any_leaf = st.sampled_from(numbered)

    def case(function, *arguments):
        return st.tuples(st.just(function), *arguments)

    def extend_field(a, b, w, where):
        offset, number, kind = where
        made = type(a)(kind.text.partition(":")[0])
        made._extend_field(a, *w, offset, number)
        return made.dtype, made.tolist(), made.tobytes()

    def set_fields(a, b, w, where, values):
        offset, number, kind = where
        source = type(a)(kind.text.partition(":")[0])
        source.extend(values[: w[2]])
        return a._set_fields(*w, offset, number, source)

    return st.one_of(
        case(lambda a, b, x: a.append(x), value),
        case(lambda a, b, x: a.push(x), value),
        case(lambda a, b, xs: a.extend(xs), many),
        case(lambda a, b, xs: a.extend(iter(xs)), many),
        case(lambda a, b, xs: b.extend(xs), many),
        case(lambda a, b: a.extend(b)),
        case(lambda a, b, raw: a.frombytes(raw), st.binary(max_size=2 * layout.size)),
        case(lambda a, b, i: a.at(i), indices),
        case(lambda a, b, i, x: operator.setitem(a, i, x), indices, value),
        case(lambda a, b, i, x: a._set_at(i, x), place, value),
        case(lambda a, b: a.pop()),
        case(lambda a, b, n: a.drop_front(n), st.integers(0, 2)),
        case(lambda a, b, w: a._tolist(*w), window),
        case(lambda a, b, w: a._tobytes(*w), window),
        case(lambda a, b, w: interfaces(a._chunks(*w)), window),
        case(lambda a, b, w: a._byteswap(*w), window),
        case(lambda a, b, w: a._reverse(*w), window),
        case(lambda a, b, w: a._sort(*w, False), window),
        case(lambda a, b, w, x: a._find(*w, x), window, value | st.just(1)),
        case(lambda a, b, w, x: a._count(*w, x), window, value | st.just(1)),
        case(lambda a, b, w, x: a._searchsorted(*w, x, False), window, value),
        case(lambda a, b, w: a._mismatch(*w, b, 0, 1), window),
        case(lambda a, b, w: a._assign_window(*w, b, 0, 1), window),
        case(lambda a, b, w: a._extend_window(b, *w), window),
        case(lambda a, b, w, ks: a._extend_take(b, *w, ks), window, st.lists(indices, max_size=3)),
        case(lambda a, b, w, ms: a._extend_mask(b, *w, ms), window, st.lists(st.booleans(), max_size=4)),
        case(lambda a, b: a._equal(b)),
        case(lambda a, b, i: a.fetch_add(i, 1), indices),
        case(lambda a, b, i, where: a._field(i, *where[:2]), place, leaf),
        any_leaf.flatmap(
            lambda where: case(
                lambda a, b, i, x: a._set_field(i, *where[:2], x), place, where[2].values | st.sampled_from(ODD)
            )
        ),
        case(lambda a, b, w, where: interfaces(a._field_chunks(*w, where[0], where[2].text)), window, leaf),
        case(lambda a, b, w, x: interfaces(a._field_chunks(*w, x, "F4")), window, st.integers(-1, layout.size)),
        case(extend_field, window, leaf),
        any_leaf.flatmap(
            lambda where: case(
                lambda a, b, w, xs: set_fields(a, b, w, where, xs), window, st.lists(where[2].values, max_size=4)
            )
        ),
    )


def interfaces(chunks):
    """What chunks show, and how they say that it lies."""
    found = []
    for chunk in chunks:
        described = dict(chunk.__array_interface__)
        assert described.pop("data") == (chunk.address, chunk.readonly)
        found.append((sorted(described.items()), shape_of([chunk])))
    return found


@given(st.data())
def test_random_records(data):
    layout = data.draw(layouts())
    options = {"chunk_size": data.draw(st.sampled_from([1, 2, 4]))}
    ours, model = [[cls(layout.text, **options) for _ in "ab"] for cls in ARRAYS]
    good = data.draw(st.lists(layout.values, max_size=4))
    for arrays in (ours, model):
        arrays[0].extend(good)
    assert plain(ours[0].tolist()) == plain(model[0].tolist()) == plain(good)
    for action, *arguments in data.draw(st.lists(record_operations(layout), max_size=12)):
        assert outcome(action, *ours, *arguments) == outcome(action, *model, *arguments)
        for a, b in zip(ours, model):
            assert (a.dtype, a.itemsize, len(a), a.first) == (b.dtype, b.itemsize, len(b), b.first)
            assert plain(a.tolist()) == plain(b.tolist()) and a.tobytes() == b.tobytes()


@given(st.data())
def test_texts_of_records(data):
    """A layout's text with something wrong in it is refused in the same words."""
    text = data.draw(layouts()).text
    for _ in range(data.draw(st.integers(0, 2))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 3)))
        put = st.sampled_from(["", "0", "1", "99", ",", ":", "@", "{", "}", "[2]", '"', "\\", "+", "x", " ", ">", "F4"])
        text = text[:start] + data.draw(put | st.just(text[start:stop])) + text[stop:]

    def parse(cls):
        a = cls(text)
        return a.dtype, a.itemsize

    assert outcome(parse, ARRAYS[0]) == outcome(parse, ARRAYS[1])


names = (
    st.sampled_from(sorted(_twin.spellings()))
    | st.text(max_size=9)
    | st.text("<>=@|FfUuiBTIMESPAN0123456789[],", max_size=9)
)


@given(names, st.sampled_from(["", "", "[3]", "[2, 3]", "[0]", "[1,2,3,4,5]", "[9999999999999999999999]", "[ns]", "["]))
def test_names_of_dtypes(name, behind):
    def parse(cls):
        a = cls(name + behind)
        return a.dtype, a.itemsize

    try:
        name.encode()
    except UnicodeEncodeError:
        return
    if all(32 < ord(c) < 127 for c in name):  # how other characters are shown depends on tables of Unicode
        assert outcome(parse, BOTH[0]) == outcome(parse, BOTH[1])
    else:
        assert outcome(parse, BOTH[0])[0] == outcome(parse, BOTH[1])[0]


def test_the_tables():
    assert list(_twin.spellings().items()) == list(chunkarray._core.spellings().items())
    assert _twin.dtypes() == chunkarray._core.dtypes()
    for dtype in DTYPES:
        ours, model = (cls(dtype, capacity=1) for cls in BOTH)
        for a in (ours, model):
            a.frombytes(bytes(a.itemsize))
        (chunk,), (its,) = ours.chunks(), model.chunks()
        mine, theirs = dict(chunk.__array_interface__), dict(its.__array_interface__)
        assert mine.pop("data") and theirs.pop("data") and mine == theirs


@pytest.mark.parametrize("name", ["Array", "Chunk", "Log", "Arena", "KeyTable"])
def test_the_classes(name):
    """The twin has what the native classes have, but for how they are called."""
    native = {member for member in dir(getattr(chunkarray._core, name)) if not member.startswith("__")}
    native.discard("_raw")  # the native array itself, where ChunkArray is a subclass of its class
    assert native - OF_THE_BINARY <= set(dir(getattr(_twin, name)))


def test_one_does_not_take_the_others_for_its_own():
    ours, model = (cls("U2", [1, 2, 3]) for cls in BOTH)
    for one, other in ((ours, model), (model, ours)):
        one = one.copy()
        one.extend(other)
        assert one.tolist() == [1, 2, 3, 1, 2, 3] and type(one.copy()) is type(one)
