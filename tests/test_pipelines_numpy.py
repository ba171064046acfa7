"""Reductions as NumPy calls them: np.sum(a), a.mean(axis=0), with all its arguments, of arrays, slices and chains."""

import itertools
import warnings

import pytest

from chunkarray import ChunkArray
from support import needs_numpy

pytestmark = needs_numpy

NAMES = "sum min max mean var std any all argmin argmax ptp prod".split()
OF_ALL = [
    {},
    {"axis": 0},
    {"axis": -1},
    {"axis": 1},
    {"axis": (0,)},
    {"axis": ()},
    {"keepdims": True},
    {"axis": 0, "keepdims": True},
]
DTYPES = [{"dtype": dtype} for dtype in ("f4", "i2", complex, object, float, "int64")]
MASK = [True, False, True, False, True]
OPTIONS = {
    "sum": [*DTYPES, {"initial": 5}, {"where": MASK}, {"initial": 1, "where": MASK}],
    "prod": [*DTYPES, {"initial": 5}],
    "min": [{"initial": 5}, {"initial": -9, "where": MASK}],
    "max": [{"initial": 5}, {"initial": -9, "where": MASK}],
    "mean": [*DTYPES, {"where": MASK}],
    "var": [*DTYPES, {"where": MASK}, {"ddof": 1}, {"ddof": 1.5}, {"ddof": 9}],
    "std": [*DTYPES, {"where": MASK}, {"ddof": 1}, {"ddof": 5}],
    "any": [{"where": MASK}],
    "all": [{"where": MASK}],
}
CASES = [(name, options) for name in NAMES for options in OF_ALL + OPTIONS.get(name, [])]
ARRAYS = {
    "F8": [1.5, -2.0, 3.25, 0.0, 7.0],
    "F4": [1.5, -4.25, 3.25, 0.0, 7.0],
    "S4": [3, -1, 4, 1, -5],
    "U1": [200, 100, 3, 0, 9],
    "BOOL": [True, False, True],
}


def outcome(call):
    import numpy

    try:
        found = call()
    except Exception as error:
        kinds = (ValueError, TypeError, ZeroDivisionError)  # NumPy's AxisError is a ValueError
        return next((kind.__name__ for kind in kinds if isinstance(error, kind)), repr(error))
    return numpy.asarray(found)


@pytest.mark.parametrize("dtype", ARRAYS)
def test_all_arguments(dtype):
    import numpy

    a = ChunkArray(dtype, ARRAYS[dtype], chunk_size=2)
    plain = a.numpy(copy=True)
    sources = [(a, plain), (a[::-2], plain[::-2]), (a.map(lambda v: v), plain), (ChunkArray(dtype), plain[:0])]
    for (name, options), (source, wanted_of) in itertools.product(CASES, sources):
        options = dict(options)
        if "where" in options:
            options["where"] = options["where"][: len(wanted_of)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = outcome(lambda: getattr(numpy, name)(wanted_of, **options))
            found = outcome(lambda: getattr(numpy, name)(source, **options))
        where = (name, options, len(wanted_of), found, wanted)
        if isinstance(wanted, str) or isinstance(found, str):
            assert str(wanted) == str(found), where
            continue
        assert found.shape == wanted.shape, where
        if options.get("dtype") is not object:
            assert numpy.allclose(found, wanted, rtol=1e-6, equal_nan=True), where
        if options.get("keepdims") and dtype != "BOOL":
            assert found.dtype == wanted.dtype, where


def test_where_the_result_goes():
    import numpy

    a = ChunkArray("F8", [3.0, 1.0, 2.0])
    for shape, options in (((), {}), ((1,), {"keepdims": True})):
        out = numpy.zeros(shape)
        assert a.sum(out=out, **options) is out and out == 6
    for name, out in (("sum", numpy.zeros(2)), ("sum", numpy.zeros(1)), ("argmin", numpy.zeros(())), ("sum", 5)):
        wanted = outcome(lambda: getattr(numpy, name)(a.numpy(), out=out))
        assert outcome(lambda: getattr(numpy, name)(a, out=out)) == wanted in ("ValueError", "TypeError")
    out = numpy.zeros((), "i4")
    assert numpy.min(a, out=out) is out and out == 1
    with pytest.raises(TypeError, match="unexpected keyword"):
        a.sum(wrong=1)


def test_chains_of_records_say_what_to_do():
    import numpy

    with pytest.raises(TypeError, match="map.lambda"):
        numpy.sum(ChunkArray("F8", [1]).map(lambda v: (v, v)))


@pytest.mark.parametrize("function", "cumsum sort median count_nonzero diff unique".split())
def test_what_only_numpy_has(function):
    import numpy

    a = ChunkArray("S4", [3, 0, 2, 2])
    for source in (a, a[:], a.map(lambda v: v)):
        assert numpy.array_equal(getattr(numpy, function)(source), getattr(numpy, function)(a.numpy()))
