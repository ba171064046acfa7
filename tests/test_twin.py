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
        return type(error), re.sub(r"0x[0-9a-f]+", "", str(error))


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
