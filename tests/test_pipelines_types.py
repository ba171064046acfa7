"""What symbolic values compute, and in which types: beside NumPy where there is one, else beside plain Python."""

import datetime
import math
import operator
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chunkarray
from chunkarray import ChunkArray, Record, zip_
from support import needs_numpy, scaled

examples = settings(max_examples=scaled(100, least=10), deadline=None)

NUMBERS = ["BOOL", "U1", "U2", "U4", "U8", "S1", "S2", "S4", "S8", "F4", "F8", ">S4", ">F8", ">U2", "B4"]
COUNT = 6


def values_of(dtype):
    name = dtype.lstrip(">")
    if name == "BOOL":
        return st.booleans()
    if name[0] == "F":
        return st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.0, 2.5, -3.0])
    bits = 8 * int(name[1])
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if name[0] == "S" else (0, 2**bits - 1)
    return st.integers(low, high) | st.integers(max(low, -3), 4)


@st.composite
def inputs(draw, dtypes=NUMBERS):
    """Three dtypes, and as many elements of each."""
    chosen = draw(st.lists(st.sampled_from(dtypes), min_size=3, max_size=3))
    return [(dtype, draw(st.lists(values_of(dtype), min_size=COUNT, max_size=COUNT))) for dtype in chosen]


OPERATORS = {
    name: getattr(operator, name)
    for name in "add sub mul truediv floordiv mod and_ or_ xor lshift rshift eq ne lt le gt ge".split()
}
LEAVES = st.integers(0, 2) | st.tuples(st.just("constant"), st.integers(-3, 300) | st.sampled_from([0.5, -2.0, True]))


def trees(functions):
    return st.recursive(
        LEAVES,
        lambda inner: (
            st.tuples(st.sampled_from(sorted(OPERATORS)), inner, inner)
            | st.tuples(st.sampled_from(functions), inner, inner)
        ),
        max_leaves=5,
    )


def is_constant(tree):
    """Whether it is made of Python's numbers alone, by Python."""
    if isinstance(tree, int):
        return False
    return tree[0] == "constant" or (tree[0] in OPERATORS and all(map(is_constant, tree[1:])))


def evaluate(tree, leaves, library):
    if isinstance(tree, int):
        return leaves[tree]
    if tree[0] == "constant":
        return tree[1]
    operands = [evaluate(each, leaves, library) for each in tree[1:]]
    if tree[0] in OPERATORS:
        return OPERATORS[tree[0]](*operands)
    if all(map(is_constant, tree[1:])):
        operands[0] = leaves[0]  # of numbers alone NumPy makes scalars of a type, and we numbers
    return library(tree[0], *operands)


def outcome(function):
    """What it gives, or the class of what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function()
        except (TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
            return type(error)


# Beside NumPy.

FUNCTIONS = ["minimum", "maximum", "where", "isnan", "neg", "abs", "floor", "invert", "sign", "square"]


def with_numpy(name, one, two):
    import numpy

    if name == "where":
        return numpy.where(one < two, one, two)
    if name in ("minimum", "maximum"):
        return getattr(numpy, name)(one, two)
    if name == "square":
        return (
            one**2 if numpy.asarray(one).dtype.kind != "b" else numpy.power(one, 2)
        )  # whose short cut has another type
    if name in ("neg", "abs", "invert"):
        return getattr(operator, name)(one)
    if name == "floor" and numpy.asarray(one).dtype.kind in "iub":
        return one  # as NumPy from 2.1 on
    return getattr(numpy, name)(one)


def with_ours(name, one, two):
    if name == "where":
        return chunkarray.where(one < two, one, two)
    if name in ("minimum", "maximum"):
        return getattr(chunkarray, name)(one, two)
    if name == "square":
        return one**2
    if name in ("neg", "abs", "invert"):
        return getattr(operator, name)(one)
    return getattr(chunkarray, name)(one)


@needs_numpy
@examples
@given(inputs(), trees(FUNCTIONS))
def test_random_expressions_beside_numpy(columns, tree):
    import numpy

    arrays = [ChunkArray(dtype, values, chunk_size=4) for dtype, values in columns]
    theirs = outcome(lambda: numpy.asarray(evaluate(tree, [each.numpy(copy=True) for each in arrays], with_numpy)))
    chain = outcome(lambda: zip_(*arrays).map(lambda *leaves: evaluate(tree, leaves, with_ours)))
    ours = chain if isinstance(chain, type) else chain.collect().numpy()
    if isinstance(theirs, type):
        assert isinstance(ours, type), tree
        return
    if theirs.ndim == 0 or theirs.dtype == "f2":
        return  # a constant alone, in which both know other types; and floats that we have none of
    assert not isinstance(ours, type), (ours, theirs)
    assert ours.dtype == theirs.dtype.newbyteorder("="), (tree, columns)
    numpy.testing.assert_array_equal(ours, theirs)
    numpy.testing.assert_array_equal(chain.using(engine="interpreted").collect().numpy(), theirs)


UNARY = "sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh floor ceil trunc sign isnan isinf isfinite"


@needs_numpy
@pytest.mark.parametrize("dtype", ["U2", "S4", "U8", "F4", "F8"])
@pytest.mark.parametrize("name", UNARY.split() + ["arcsin", "arccos", "arctan", "arctan2", "hypot", "power", "rint"])
def test_functions_beside_numpy(name, dtype):
    import numpy

    values = [0, 1, 2, 3, 100] if dtype[0] == "U" else [-100, -1, 0, 1, 2, 100]
    if dtype[0] == "F":
        values += [0.5, -0.25, 1e-5, 1e30, math.inf, -math.inf, math.nan]
    if dtype[0] != "F" and name in ("floor", "ceil", "trunc"):
        return  # integers stay, as in NumPy from 2.1 on
    a = ChunkArray(dtype, values)
    function = getattr(numpy, name)
    more = (2.5,) if function.nin == 2 else ()
    theirs = outcome(lambda: function(a.numpy(), *more))
    found = a.map(lambda v: function(v, *more)).collect().numpy()
    assert found.dtype == theirs.dtype
    numpy.testing.assert_allclose(found, theirs, rtol=1e-5 if found.dtype == "f4" else 1e-13)
    ours = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2"}.get(name, name)
    if hasattr(chunkarray, ours):
        again = a.map(lambda v: getattr(chunkarray, ours)(v, *more)).collect().numpy()
        numpy.testing.assert_array_equal(again, found)


@needs_numpy
def test_numpys_scalars_and_functions_on_symbolic_values():
    import numpy

    a = ChunkArray("F4", [1.5, -2.5, math.nan])
    types = {
        "F8": [lambda v: v * numpy.float64(2), lambda v: numpy.float64(2) * v, lambda v: v + numpy.int32(1)],
        "F4": [lambda v: v * numpy.float32(2), lambda v: numpy.int16(2) + v, lambda v: numpy.array(2, "f4") * v],
        "BOOL": [lambda v: numpy.float32(0) < v, lambda v: numpy.logical_and(v > 0, v < 2), numpy.isnan],
    }
    for dtype, functions in types.items():
        for function in functions:
            assert a.map(function).collect().dtype == dtype
    with numpy.errstate(invalid="ignore"):
        for function in (
            lambda v: numpy.where(v > 0, v, numpy.float32(0)),
            lambda v: numpy.clip(v, -1, 1),
            lambda v: numpy.round(v * 1.23456, 2),
            lambda v: numpy.maximum(v, 0) + numpy.abs(v),
            lambda v: numpy.rint(v) + numpy.square(v),
        ):
            numpy.testing.assert_array_equal(a.map(function).collect().numpy(), function(a.numpy()))
    assert a.agg(lambda v: {"n": numpy.sum(v > 0), "hi": numpy.max(v * 0 + 1)})["n"] == 1
    for bad in (
        lambda v: numpy.sum(v, axis=0),
        lambda v: numpy.sort(v),
        lambda v: numpy.add.reduce(v),
        lambda v: numpy.frexp(v),
        lambda v: v + numpy.array([1, 2, 3]),
        lambda v: numpy.array([1, 2, 3]) + v,
        lambda v: numpy.sqrt(v, where=True),
        lambda v: v + numpy.complex128(1),
    ):
        with pytest.raises(TypeError):
            a.map(bad)


@needs_numpy
@examples
@given(inputs(), st.booleans())
def test_numpy_reduces_arrays_by_kernels(columns, sliced):
    import numpy

    for dtype, values in columns:
        a = ChunkArray(dtype, values, chunk_size=4)
        a = a[1::2] if sliced else a
        plain = a.numpy(copy=True)
        for name in "sum min max any all argmin argmax mean std var".split():
            theirs = outcome(lambda name=name, plain=plain: getattr(numpy, name)(plain))
            ours = outcome(lambda name=name, a=a: getattr(numpy, name)(a))
            exact = name not in ("sum", "mean", "std", "var")
            assert ours == pytest.approx(theirs, rel=0 if exact else 1e-5, abs=0 if exact else 1e-9, nan_ok=True) or (
                plain.dtype.kind == "f" and not exact and not numpy.isfinite(theirs)
            ), (name, dtype, values)


@needs_numpy
def test_numpys_arguments_of_reductions():
    import numpy

    a = ChunkArray("S2", [3, 1, 2], chunk_size=2)
    out = numpy.zeros((), "i8")
    assert (numpy.sum(a, axis=0), numpy.sum(a, dtype="f4"), a.sum(0), a.std(ddof=1)) == (6, 6.0, 6, 1.0)
    assert a.sum(out=out) is out
    assert out == 6
    assert numpy.max(a, keepdims=True).tolist() == [3]
    assert numpy.sum(a, initial=10) == 16
    assert numpy.sum(a, where=[True, False, True]) == 5
    assert a.mean(keepdims=True).tolist() == [2.0]
    with pytest.raises(Exception, match="axis 1"):
        a.sum(axis=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'axes'"):
        a.sum(axes=1)
    shaped = ChunkArray("F4[2]", [(1, 2), (3, 4)])
    assert (numpy.sum(shaped), numpy.sum(shaped, axis=0).tolist(), shaped.max()) == (10, [4, 6], 4)


# Beside plain Python.


def wrapped(value, low=-(2**63)):
    return (value - low) % 2**64 + low


def in_python(name, one, two):
    if name == "minimum":
        return min(one, two)
    if name == "maximum":
        return max(one, two)
    if name == "where":
        return one if one < two else two
    return {"neg": -one, "abs": abs(one), "square": one * one}[name]


PLAIN = ["minimum", "maximum", "where", "neg", "abs", "square"]
ARITHMETIC = st.recursive(
    st.integers(0, 2) | st.tuples(st.just("constant"), st.integers(-9, 9)),
    lambda inner: (
        st.tuples(st.sampled_from(["add", "sub", "mul", "and_", "or_", "xor"]), inner, inner)
        | st.tuples(st.sampled_from(PLAIN), inner, inner)
    ),
    max_leaves=6,
)


@examples
@given(st.lists(st.tuples(*[st.integers(-1000, 1000)] * 3), min_size=1, max_size=8), ARITHMETIC)
def test_random_expressions_beside_python(rows, tree):
    arrays = [ChunkArray("S8", column, chunk_size=2) for column in zip(*rows)]
    # Once with a value to be symbolic, whatever the tree is.
    chain = zip_(*arrays).map(lambda *leaves: leaves[0] * 0 + evaluate(tree, leaves, with_ours))
    assert chain.collect().tolist() == [wrapped(evaluate(tree, row, in_python)) for row in rows]


@pytest.mark.parametrize(
    ("dtype", "function", "wanted"),
    [
        ("U1", lambda v: v + 1, "U1"),
        ("U1", lambda v: v + 1.0, "F8"),
        ("F4", lambda v: v * 2.5, "F4"),
        ("F4", lambda v: 1 / v, "F4"),
        ("S2", lambda v: v / 2, "F8"),
        ("BOOL", lambda v: v + 1, "S8"),
        ("BOOL", lambda v: v + v, "BOOL"),
        ("BOOL", lambda v: v // v, "S1"),
        ("U4", lambda v: v + v.astype("S4"), "S8"),
        ("U8", lambda v: v + v.astype("S1"), "F8"),
        ("F4", lambda v: v + v.astype("S4"), "F8"),
        ("F4", lambda v: v + v.astype("U2"), "F4"),
        ("S1", lambda v: v == 1000, "BOOL"),
        ("U2", lambda v: ~v, "U2"),
        ("B4", lambda v: v >> 3, "U4"),
        (">F8", lambda v: v, "F8"),
        ("S4", chunkarray.sqrt, "F8"),
        ("S2", chunkarray.sqrt, "F4"),
        ("F8", lambda v: round(v, 2), "F8"),
        ("F8", math.floor, "S8"),
        ("S4", lambda v: v**2, "S4"),
        ("S4", lambda v: v**2.0, "F8"),
        ("U8", lambda v: chunkarray.popcount(v), "U8"),
        ("F8", lambda v: v.astype(int), "S8"),
        ("F8", lambda v: v.astype("f4"), "F4"),
    ],
)
def test_types_of_results(dtype, function, wanted):
    a = ChunkArray(dtype, [1, 1])
    found = a.map(function)
    assert found.value.dtype == found.collect().dtype == wanted


def test_integers():
    a = ChunkArray("S4", [-7, 7, -(2**31), 0])
    assert a.map(lambda v: v // 2).collect().tolist() == [-4, 3, -(2**30), 0]
    assert a.map(lambda v: v % 3).collect().tolist() == [2, 1, 1, 0]
    assert a.map(lambda v: v // 0).collect().tolist() == [0] * 4
    assert a.map(lambda v: v % 0).collect().tolist() == [0] * 4
    assert a.map(lambda v: v // -1).collect().tolist() == [7, -7, -(2**31), 0]
    assert a.map(lambda v: v << 40).collect().tolist() == [0] * 4
    assert a.map(lambda v: v >> 40).collect().tolist() == [-1, 0, -1, 0]
    assert a.map(abs).collect().tolist() == [7, 7, -(2**31), 0]
    assert a.map(lambda v: divmod(v, 4)).collect().tolist() == [(-2, 1), (1, 3), (-(2**29), 0), (0, 0)]
    assert a.map(lambda v: 10 + v).collect().tolist() == [3, 17, 10 - 2**31, 10]
    u = ChunkArray("U2", [1, 0x1234, 0])
    assert u.map(chunkarray.byteswap).collect().tolist() == [256, 0x3412, 0]
    assert u.map(chunkarray.leading_zeros).collect().tolist() == [15, 3, 16]
    assert u.map(chunkarray.trailing_zeros).collect().tolist() == [0, 2, 16]
    assert u.map(lambda v: v & 0xF0 | 1).collect().tolist() == [1, 0x31, 1]


def test_constants_out_of_range():
    a = ChunkArray("U1", [0, 255])
    for bad in (lambda v: v + 256, lambda v: v - (-1), lambda v: v & 2**70, lambda v: v * 10**5000):
        with pytest.raises(OverflowError, match="out of range for U1"):
            a.map(bad)
    for function, wanted in (
        (lambda v: v < 256, [True, True]),
        (lambda v: v == -1, [False, False]),
        (lambda v: v != 10**30, [True, True]),
        (lambda v: -1 > v, [False, False]),
        (lambda v: 300 >= v, [True, True]),
    ):
        assert a.map(function).collect().tolist() == wanted
    with pytest.raises(OverflowError, match="bits is out of range for F8"):
        ChunkArray("F8", [1]).map(lambda v: v + 10**400)
    with pytest.raises(OverflowError, match="S8"):
        ChunkArray("BOOL", [True]).map(lambda v: v + 2**63)


def test_exact_comparisons_of_u8_and_s8():
    u, s = ChunkArray("U8", [2**63, 5, 0, 2**53 + 1]), ChunkArray("S8", [-(2**63), 5, -1, 2**53])
    both = list(zip(u, s))
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        compare = getattr(operator, name)
        assert zip_(u, s).map(compare).collect().tolist() == [compare(x, y) for x, y in both]
        assert zip_(s, u).map(compare).collect().tolist() == [compare(y, x) for x, y in both]


def test_powers():
    a = ChunkArray("F8", [4.0, 9.0, -1.0])
    assert a.map(lambda v: v**0.5).take(2).collect().tolist() == [2, 3]
    assert a.map(lambda v: v**2).collect().tolist() == [16, 81, 1]
    assert a.map(lambda v: v**-1).collect().tolist() == [0.25, 1 / 9, -1]
    assert a.map(lambda v: pow(2, v)).collect().tolist() == [16, 512, 0.5]
    s = ChunkArray("S4", [2, -3])
    assert s.map(lambda v: v**3).collect().tolist() == [8, -27]
    assert s.map(lambda v: v ** (v + 3).astype("U1")).collect().tolist() == [32, 1]
    with pytest.raises(ValueError, match="power of -1"):
        s.map(lambda v: v**-1)
    with pytest.raises(TypeError, match="may be negative"):
        s.map(lambda v: v**v)


@pytest.mark.parametrize(
    "function",
    [
        lambda v: v & 1,
        lambda v: v << 1,
        lambda v: ~v,
        lambda v: v | 1.5,
        lambda v: (v > 0) - (v > 1),
        lambda v: -(v > 0),
        lambda v: chunkarray.popcount(v),
        lambda v: v.astype("TEXT[3]"),
        lambda v: v.astype("F4[2]"),
        lambda v: v.astype("TIME[s]"),
        lambda v: v + "x",
        lambda v: "x" + v,
        lambda v: v + None,
        lambda v: v + 1j,
        lambda v: chunkarray.sqrt("x"),
        lambda v: chunkarray.where(v > 0, v, "x"),
        lambda v: chunkarray.clip(v, None, None),
    ],
)
def test_operations_that_there_are_not(function):
    with pytest.raises((TypeError, ValueError)):
        ChunkArray("F8", [1]).map(function)


def test_functions_of_numbers_and_arrays():
    assert (chunkarray.sqrt(16), chunkarray.minimum(1, 2.5), chunkarray.where(False, 1, 2)) == (4.0, 1.0, 2)
    assert math.isnan(chunkarray.log(-1))
    assert (chunkarray.popcount(255), chunkarray.isnan(1.0), chunkarray.sign(-3)) == (8, False, -1)
    assert chunkarray.clip(5, 0, 3) == 3
    a, b = ChunkArray("F8", [1, 4]), ChunkArray("F8", [3, 2])
    assert chunkarray.sqrt(a).sum() == 3
    assert chunkarray.maximum(a, b).collect().tolist() == [3, 4]
    assert chunkarray.where(a.map(lambda v: v > 2), a[:], -1).collect().tolist() == [-1, 4]
    with pytest.raises(TypeError, match="sqrt takes numbers"):
        chunkarray.sqrt("4")


# Times.

SECOND = datetime.timedelta(seconds=1)
DAY = datetime.datetime(2024, 2, 28)


def test_times():
    t = ChunkArray("TIME[ms]", [DAY, DAY + SECOND, None, DAY + 2 * SECOND])
    assert t.filter(lambda v: v > DAY).collect().tolist() == [DAY + SECOND, DAY + 2 * SECOND]
    assert t.filter(lambda v: v == DAY.date()).count() == 1
    assert t.filter(lambda v: v != DAY).count() == 3
    assert t.map(lambda v: v + SECOND).collect().tolist() == [DAY + SECOND, DAY + 2 * SECOND, None, DAY + 3 * SECOND]
    spans = t.map(lambda v: v - DAY)
    assert spans.value.dtype == "SPAN[us]"
    assert spans.collect().tolist() == [0 * SECOND, SECOND, None, 2 * SECOND]
    assert t.map(lambda v: (v - DAY) / SECOND).take(2).collect().tolist() == [0, 1]
    assert t.map(lambda v: (v - DAY) // SECOND).collect().tolist() == [0, 1, 0, 2]
    assert t.filter(chunkarray.isnan).count() == 1
    assert t.min() is None is t.max()
    assert (t[:2].min(), t[:2].max(), t.argmin(), t.argmax()) == (DAY, DAY + SECOND, 2, 2)
    assert t.map(lambda v: v.astype("TIME[s]")).collect().dtype == "TIME[s]"
    assert t.map(lambda v: v.astype("S8")).first() == int((DAY - datetime.datetime(1970, 1, 1)) / SECOND) * 1000
    for bad in (
        lambda v: v + v,
        lambda v: v * 2,
        lambda v: SECOND - v,
        lambda v: v < 3,
        lambda v: -v,
        lambda v: v + 1.5,
    ):
        with pytest.raises(TypeError):
            t.map(bad)
    for name in ("sum", "mean", "std"):
        with pytest.raises(TypeError, match="times have no|there is no"):
            getattr(t, name)()


def test_spans():
    s = ChunkArray("SPAN[s]", [1, -5, 4])
    assert (s.sum(), s.min(), s.max(), s.map(abs).sum()) == (0 * SECOND, -5 * SECOND, 4 * SECOND, 10 * SECOND)
    assert s[::2].mean() == 2 * SECOND
    assert s.map(lambda v: v * 2 + 1).collect().tolist() == [3 * SECOND, -9 * SECOND, 9 * SECOND]
    assert s.map(lambda v: v % datetime.timedelta(seconds=3)).collect().tolist() == [SECOND, SECOND, SECOND]
    assert s.map(lambda v: v * 0.5).collect().tolist() == [0 * SECOND, -2 * SECOND, 2 * SECOND]
    assert s.map(lambda v: v / SECOND).collect().tolist() == [1, -5, 4]
    assert s.map(lambda v: chunkarray.maximum(v, 0 * SECOND)).sum() == 5 * SECOND
    s.append(None)
    assert (s.sum(), s.mean(), s.max(), s.map(lambda v: -v).last()) == (None, None, None, None)


@needs_numpy
def test_times_beside_numpy():
    import numpy

    t = ChunkArray("TIME[s]", [0, 1, None, 100])
    s = ChunkArray("SPAN[ms]", [5, None, 7000, -1])
    x, y = t.numpy(copy=True), s.numpy(copy=True)
    for function in (
        lambda x, y: x + y,
        lambda x, y: x - y,
        lambda x, y: y + y,
        lambda x, y: y * 3,
        lambda x, y: abs(y) // 2,
        lambda x, y: y / 4,
        lambda x, y: y / -0.3,
        lambda x, y: y // (y + numpy.timedelta64(1, "s")),
        lambda x, y: y % numpy.timedelta64(3, "ms"),
        lambda x, y: x > numpy.datetime64(0, "ms"),
        lambda x, y: x - numpy.datetime64(10, "s"),
        lambda x, y: numpy.maximum(x, x[::1] if hasattr(x, "shape") else x),
        lambda x, y: numpy.isnat(x),
    ):
        theirs = function(x, y)
        ours = zip_(t, s).map(function).collect().numpy()
        assert ours.dtype == theirs.dtype
        numpy.testing.assert_array_equal(ours, theirs)


def test_fields_of_every_type():
    class All(Record):
        a: "U1"
        b: ">S2"
        c: "F4"
        d: ">F8"
        e: "BOOL"
        f: "B2"
        g: "S4:5"
        h: "S4:7"
        i: ">U2:4"
        j: ">U2:12"

    rows = [(1, -2, 0.5, 2.5, True, 0x1234, -16, 63, 15, 4095), (2, 3, 1.5, -1.0, False, 1, 15, -64, 0, 1)]
    a = ChunkArray(All, rows)
    for name, values in zip(All.fields, zip(*rows)):
        assert a.map(lambda r, name=name: r[name]).collect().tolist() == list(values)
        assert a[name].map(lambda v: v).collect().tolist() == list(values)
