"""Kernels: programs over elements. Each runs on every engine that there is, and gives the same on all of them."""

import math
import signal
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chunkarray
from support import HOST, IMPLEMENTATION, needs_numpy, run_together, scaled

Array, Kernel = chunkarray._core.Array, chunkarray._core.Kernel
ENGINES = ["interpreted"] if HOST == "python" else ["interpreted", "best"]
INTEGERS = ["U1", "U2", "U4", "U8", "S1", "S2", "S4", "S8"]
FLOATS = ["F4", "F8"]
INF, NAN = math.inf, math.nan


def whole(values, dtype="F8", **made_with):
    """A window of all elements of a new array."""
    return Array(dtype, values, **made_with), 0, 1


def plain(value):
    """A result in terms of which NaN equals itself, and the zeros do not equal each other."""
    if isinstance(value, (list, tuple)):
        return [plain(x) for x in value]
    return type(value).__name__, repr(value)


def run(text, *inputs, params=(), into=(), count=None, threads=2):
    """The results of a program, from all engines. `into` are the dtypes of its outputs, whose elements come behind."""
    if count is None:
        count = len(inputs[0][0])
    given = b"".join(struct.pack("<d" if isinstance(x, float) else "<q", x) for x in params)
    found = []
    for engine in ENGINES:
        outputs = tuple(Array(dtype) for dtype in into)
        results = Kernel(text, engine).run(inputs, count, given, outputs, threads)
        found.append(list(results) + [output.tolist() for output in outputs])
    assert all(plain(other) == plain(found[0]) for other in found)
    return found[0]


def apply(operation, dtype, *columns, result=None):
    """What an operation makes of columns of values of a type."""
    inputs = [whole(column, dtype) for column in columns]
    reads = "".join("in %d 0 %s;" % (k, dtype) for k in range(len(columns)))
    arguments = " ".join(map(str, range(len(columns))))
    result = result or dtype
    text = reads + "%s %s;out 0 %s %d" % (operation, arguments, result, len(columns))
    return run(text, *inputs, into=[result])[-1]


def test_what_it_tells():
    kernel = Kernel("in 0 0 F8;sum F8 0;n")
    assert kernel.engine in ("python", "interpreter", "cranelift")
    assert (kernel.engine == "python") == (HOST == "python")
    assert kernel.lanes >= 1
    assert isinstance(kernel.code(), str)
    assert kernel.explain()
    assert Kernel("n", "interpreted").run((), 7, b"", (), 1) == (7,)


def test_terminals():
    text = "in 0 0 F8;gt F8 0 0;sum F8 0;n;min F8 0;max F8 0;argmin F8 0;argmax F8 0;first F8 0;last F8 0;any 1;all 1"
    assert run(text, whole([3.0, 1.0, 4.0, 1.0])) == [9.0, 4, 1.0, 4.0, 1, 2, 3.0, 1.0, False, False]
    assert run(text, whole([])) == [0.0, 0, None, None, None, None, None, None, False, True]
    found = run(text, whole([3.0, NAN, 4.0, NAN]))
    assert plain(found[:6]) == plain([NAN, 4, NAN, NAN, 1, 1])
    assert run("par 0 BOOL;any 0;all 0", params=[1], count=3) == [True, True]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_terminals_of_integers(dtype):
    low, high = (0, 255) if dtype[0] == "U" else (-128, 127)
    text = "in 0 0 T;sum T 0;min T 0;max T 0;argmin T 0;argmax T 0;last T 0".replace("T", dtype)
    assert run(text, whole([5, high, low, high, 7], dtype)) == [12 + low + 2 * high, low, high, 2, 1, 7]
    if dtype[1] == "8":
        most = 2**64 - 1 if dtype == "U8" else 2**63 - 1
        assert run(text, whole([most, 2], dtype))[0] == (1 if dtype == "U8" else 1 - 2**63)


def test_terminals_of_bools():
    text = "in 0 0 BOOL;sum BOOL 0;min BOOL 0;max BOOL 0;argmax BOOL 0;first BOOL 0;all 0"
    assert run(text, whole([False, True, True], "BOOL")) == [2, False, True, 1, False, False]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_wrap_around(dtype):
    bits, signed = 8 * int(dtype[1]), dtype[0] == "S"
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)

    def wrapped(x):
        return (x - low) % 2**bits + low

    values = [low, low + 1, 0, 1, 2, 3, 7, high - 1, high] + ([-1, -2, -7] if signed else [])
    pairs = [(a, b) for a in values for b in values]
    first, second = [list(column) for column in zip(*pairs)]

    def check(operation, expected):
        assert apply("%s %s" % (operation, dtype), dtype, first, second) == [wrapped(expected(*p)) for p in pairs]

    check("add", lambda a, b: a + b)
    check("sub", lambda a, b: a - b)
    check("mul", lambda a, b: a * b)
    check("floordiv", lambda a, b: a // b if a and b else 0)  # of GraalPy 24.2's integers, 0 // -(2**63) is -1
    check("mod", lambda a, b: a % b if a and b else 0)
    check("min", min)
    check("max", max)
    check("and", lambda a, b: a & b)
    check("or", lambda a, b: a | b)
    check("xor", lambda a, b: a ^ b)
    check("shl", lambda a, b: a << b if 0 <= b < bits else 0)
    check("shr", lambda a, b: a >> b if 0 <= b < bits else -(a < 0))
    for name, function in [("neg", lambda a: -a), ("abs", abs), ("not", lambda a: ~a)]:
        assert apply("%s %s" % (name, dtype), dtype, values) == [wrapped(function(a)) for a in values]
    assert apply("sign " + dtype, dtype, values) == [(a > 0) - (a < 0) for a in values]
    raw = [a & 2**bits - 1 for a in values]
    assert apply("popcount " + dtype, dtype, values) == [bin(a).count("1") for a in raw]
    assert apply("clz " + dtype, dtype, values) == [bits - a.bit_length() for a in raw]
    assert apply("ctz " + dtype, dtype, values) == [(a & -a).bit_length() - 1 if a else bits for a in raw]
    swapped = [int.from_bytes(a.to_bytes(bits // 8, "little"), "big") for a in raw]
    assert apply("bswap " + dtype, dtype, values) == [wrapped(a) for a in swapped]
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        expected = [getattr(a, "__%s__" % name)(b) for a, b in pairs]
        assert apply("%s %s" % (name, dtype), dtype, first, second, result="BOOL") == expected


@pytest.mark.parametrize("dtype", INTEGERS)
def test_powers_of_integers(dtype):
    bits = 8 * int(dtype[1])
    bases, exponents = [0, 1, 2, 3, 10, 7, 5], [0, 100, 7, 5, 2, 63, 1]
    expected = [pow(a, b, 2**bits) for a, b in zip(bases, exponents)]
    if dtype[0] == "S":
        expected = [x - 2**bits if x >> bits - 1 else x for x in expected]
        # A negative exponent's bits are those of an unsigned one.
        bases, exponents = bases + [-2, -3, 1, -1, -1, 2], exponents + [3, 2, -1, -3, -4, -1]
        expected += [-8, 9, 1, -1, 1, 0]
    assert apply("pow " + dtype, dtype, bases, exponents) == expected


def test_bools():
    first, second = [False, False, True, True], [False, True, False, True]
    assert apply("and BOOL", "BOOL", first, second) == [False, False, False, True]
    assert apply("or BOOL", "BOOL", first, second) == [False, True, True, True]
    assert apply("xor BOOL", "BOOL", first, second) == [False, True, True, False]
    assert apply("not BOOL", "BOOL", first) == [True, True, False, False]
    assert apply("lt BOOL", "BOOL", first, second) == [False, True, False, False]
    assert apply("min BOOL", "BOOL", first, second) == [False, False, False, True]


def f4(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def test_floats_of_four_bytes_are_rounded_each_time():
    a, b = [f4(0.1), f4(16777216.0), f4(1e38), 1.0], [f4(0.2), 1.0, f4(9e38 / 10), 3.0]
    assert apply("add F4", "F4", a, b) == [f4(x + y) for x, y in zip(a, b)]
    assert apply("mul F4", "F4", a, b) == [f4(a[0] * b[0]), a[1], INF, 3.0]
    assert apply("div F4", "F4", a, b)[3] == f4(1 / 3)
    assert apply("sqrt F4", "F4", [2.0, -1.0])[0] == f4(math.sqrt(2))
    # The sum of F4 is one of F8.
    assert run("in 0 0 F4;sum F4 0", whole([f4(0.1)] * 10, "F4"))[0] == pytest.approx(10 * f4(0.1), abs=1e-15)


@pytest.mark.parametrize("dtype", FLOATS)
def test_floats_at_their_edges(dtype):
    a = [1.0, -1.0, 0.0, NAN, INF, -0.0, 7.5, -7.5, 7.5, -0.0, 0.0, 1.0, -1.0]
    b = [0.0, 0.0, 0.0, 1.0, INF, 1.0, 2.0, 2.0, -2.0, 0.0, -0.0, INF, INF]

    def check(operation, expected, *columns):
        assert plain(apply("%s %s" % (operation, dtype), dtype, *(columns or (a, b)))) == plain(expected)

    check("div", [INF, -INF, NAN, NAN, NAN, -0.0, 3.75, -3.75, -3.75, NAN, NAN, 0.0, -0.0])
    check("floordiv", [INF, -INF, NAN, NAN, NAN, -0.0, 3.0, -4.0, -4.0, NAN, NAN, 0.0, -1.0])
    check("mod", [NAN, NAN, NAN, NAN, NAN, 0.0, 1.5, 0.5, -0.5, NAN, NAN, 1.0, INF])
    check("min", [0.0, -1.0, 0.0, NAN, INF, -0.0, 2.0, -7.5, -2.0, -0.0, -0.0, 1.0, -1.0])
    check("max", [1.0, 0.0, 0.0, NAN, INF, 1.0, 7.5, 2.0, 7.5, 0.0, 0.0, INF, INF])
    c = [0.5, 1.5, 2.5, -0.5, -1.5, -0.0, 0.0, INF, -INF, NAN, 8388609.0]
    check("round", [0.0, 2.0, 2.0, -0.0, -2.0, *c[5:]], c)
    check("floor", [0.0, 1.0, 2.0, -1.0, -2.0, *c[5:]], c)
    check("ceil", [1.0, 2.0, 3.0, -0.0, -1.0, *c[5:]], c)
    check("trunc", [0.0, 1.0, 2.0, -0.0, -1.0, *c[5:]], c)
    check("sign", [1.0, 1.0, 1.0, -1.0, -1.0, 0.0, 0.0, 1.0, -1.0, NAN, 1.0], c)
    check("neg", [-x for x in c], c)
    check("abs", [abs(x) for x in c], c)
    check("sqrt", [1.5, -0.0, INF, NAN], [2.25, -0.0, INF, -1.0])
    for name in ("isnan", "isinf", "isfinite"):
        expected = [getattr(math, name)(x) for x in c]
        assert apply("%s %s" % (name, dtype), dtype, c, result="BOOL") == expected
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        expected = [getattr(x, "__%s__" % name)(y) for x, y in zip(a, b)]
        assert apply("%s %s" % (name, dtype), dtype, a, b, result="BOOL") == expected


@pytest.mark.parametrize("dtype", FLOATS)
def test_functions(dtype):
    close = {"F4": 3e-7, "F8": 1e-15}[dtype]
    x = [0.25, 0.5, 0.75, 1.0]
    for name in "exp expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh".split():
        expected = [getattr(math, name)(v) for v in x]
        assert apply("%s %s" % (name, dtype), dtype, x) == pytest.approx(expected, rel=close, abs=close)
    assert apply("exp2 " + dtype, dtype, x) == pytest.approx([2**v for v in x], rel=close)
    for name in ("pow", "hypot", "atan2"):
        expected = [getattr(math, name)(v, w) for v, w in zip(x, x[::-1])]
        assert apply("%s %s" % (name, dtype), dtype, x, x[::-1]) == pytest.approx(expected, rel=close)
    edges = {
        "exp": [(1000.0, INF), (-1000.0, 0.0), (-INF, 0.0), (NAN, NAN), (0.0, 1.0)],
        "exp2": [(2000.0, INF), (-INF, 0.0), (3.0, 8.0)],
        "expm1": [(1000.0, INF), (-INF, -1.0), (-0.0, -0.0)],
        "log": [(0.0, -INF), (-0.0, -INF), (-1.0, NAN), (INF, INF), (1.0, 0.0)],
        "log2": [(0.0, -INF), (-1.0, NAN), (8.0, 3.0)],
        "log10": [(0.0, -INF), (-1.0, NAN), (INF, INF)],
        "log1p": [(-1.0, -INF), (-2.0, NAN), (-0.0, -0.0)],
        "sin": [(INF, NAN), (-0.0, -0.0)],
        "cos": [(INF, NAN), (0.0, 1.0)],
        "tan": [(INF, NAN), (-0.0, -0.0)],
        "asin": [(2.0, NAN), (-0.0, -0.0)],
        "acos": [(2.0, NAN), (1.0, 0.0)],
        "sinh": [(2000.0, INF), (-2000.0, -INF), (-0.0, -0.0)],
        "cosh": [(2000.0, INF), (-INF, INF)],
        "tanh": [(INF, 1.0), (-INF, -1.0), (-0.0, -0.0)],
    }
    for name, pairs in edges.items():
        arguments, expected = [list(column) for column in zip(*pairs)]
        assert plain(apply("%s %s" % (name, dtype), dtype, arguments)) == plain(expected), name
    powers = [(0.0, -1.0, INF), (-0.0, -1.0, -INF), (-0.0, -2.0, INF), (-8.0, 1 / 3, NAN), (-10.0, 999.0, -INF)]
    powers += [(NAN, 0.0, 1.0), (1.0, NAN, 1.0), (-1.0, INF, 1.0), (INF, -1.0, 0.0)]
    a, b, expected = [list(column) for column in zip(*powers)]
    if dtype == "F4":
        b[3] = 0.5
    assert plain(apply("pow " + dtype, dtype, a, b)) == plain(expected)
    assert apply("hypot " + dtype, dtype, [INF, 3.0], [NAN, 4.0]) == [INF, 5.0]


def test_casts_of_floats():
    x = [1.9, -1.9, 300.7, -129.0, 70000.5, 3e9, -3e9, 1e19, 2.0**63, 1.8e19, 1e30, -1e30, INF, -INF, NAN]
    S4, S8 = -(2**31), -(2**63)
    expected = {
        "S1": [1, -1, 44, 127, 112, *[0] * 10],
        "U1": [1, 255, 44, 127, 112, *[0] * 10],
        "S2": [1, -1, 300, -129, 4464, *[0] * 10],
        "U2": [1, 65535, 300, 65407, 4464, *[0] * 10],
        "S4": [1, -1, 300, -129, 70000, *[S4] * 10],
        "U4": [1, 2**32 - 1, 300, 2**32 - 129, 70000, 3 * 10**9, 2**32 - 3 * 10**9 % 2**32, *[0] * 8],
        "S8": [1, -1, 300, -129, 70000, 3 * 10**9, -3 * 10**9, *[S8] * 8],
        "U8": [1, 2**64 - 1, 300, 2**64 - 129, 70000, 3 * 10**9, 2**64 - 3 * 10**9, 10**19, 2**63, 18 * 10**18]
        + [0, 2**63, 0, 2**63, 2**63],
        "BOOL": [True] * 15,
    }
    for target, values in expected.items():
        found = run("in 0 0 F8;cast F8 %s 0;out 0 %s 1" % (target, target), whole(x), into=[target])
        assert found[-1] == values, target
    assert run("in 0 0 F4;cast F4 BOOL 0;out 0 BOOL 1", whole([0.0, -0.0, 0.5], "F4"), into=["BOOL"])[-1] == [
        False, False, True,
    ]  # fmt: skip
    narrow = run("in 0 0 F8;cast F8 F4 0;out 0 F4 1", whole([1e39, -1e39, 0.1, 1e-50]), into=["F4"])[-1]
    assert narrow == [INF, -INF, f4(0.1), 0.0]


def nearest_f4(number):
    """The F4 nearest to an int, by fractions."""
    guess = f4(float(number))
    around = [guess]
    for step in (1, -1):
        (bits,) = struct.unpack("<i", struct.pack("<f", guess))
        around.append(struct.unpack("<f", struct.pack("<i", bits + step))[0])
    distance = min(abs(Fraction(x) - number) for x in around)
    best = [x for x in around if abs(Fraction(x) - number) == distance]
    return best[0] if len(best) == 1 else next(x for x in best if struct.pack("<f", x)[0] % 2 == 0)


def test_casts_of_integers():
    numbers = [2**63 - 1, 2**62 + 2**38 + 1, 2**62 + 2**38, 16777217, -16777219, -(2**63), 3, 2**60 + 2**36 + 1]
    found = run("in 0 0 S8;cast S8 F4 0;out 0 F4 1", whole(numbers, "S8"), into=["F4"])[-1]
    assert found == [nearest_f4(n) for n in numbers]
    found = run("in 0 0 U8;cast U8 F4 0;out 0 F4 1", whole([2**64 - 1, 2**63 + 2**39 + 1], "U8"), into=["F4"])[-1]
    assert found == [2.0**64, nearest_f4(2**63 + 2**39 + 1)]
    found = run("in 0 0 U8;cast U8 F8 0;out 0 F8 1", whole([2**64 - 1, 2**53 + 1], "U8"), into=["F8"])[-1]
    assert found == [2.0**64, 2.0**53]
    for source, target, value, expected in [
        ("S2", "U1", -1, 255), ("U2", "S1", 200, -56), ("S1", "U8", -2, 2**64 - 2), ("U8", "S8", 2**63, -(2**63)),
        ("S4", "BOOL", -5, True), ("BOOL", "S8", True, 1), ("BOOL", "F4", True, 1.0), ("U1", "F4", 7, 7.0),
    ]:  # fmt: skip
        text = "in 0 0 %s;cast %s %s 0;out 0 %s 1" % (source, source, target, target)
        assert run(text, whole([value], source), into=[target])[-1] == [expected]


def defined_sum(values, kept):
    """A sum of floats as it is defined: lanes of blocks, then the blocks as a full tree, -0.0 where nothing is."""
    blocks = []
    for at in range(0, len(values), 1024):
        lanes = [-0.0] * 8
        for p in range(at, min(at + 1024, len(values))):
            if kept(values[p]):
                lanes[p % 8] += values[p]
        a, b, c, d, e, f, g, h = lanes
        blocks.append(((a + e) + (c + g)) + ((b + f) + (d + h)))
    while len(blocks) > 1:
        blocks += [-0.0] * (len(blocks) % 2)
        blocks = [a + b for a, b in zip(blocks[::2], blocks[1::2])]
    return blocks[0] if any(map(kept, values)) else 0.0


def waves(count):
    return [math.sin(k) * 10.0 ** (k % 23) for k in range(count)]


@pytest.mark.parametrize("count", [1, 7, 8, 1023, 1024, 1025, 3000])
def test_sums_are_the_same_for_all_layouts(count):
    values = waves(count)
    text = "in 0 0 F8;par 0 F8;gt F8 0 1;filter 2;sum F8 0"
    for limit in (-INF, 0.0, 1e30):
        expected = defined_sum(values, lambda x, limit=limit: x > limit)
        for made_with in ({}, {"chunk_size": 1}, {"chunk_size": 64, "growth": "fixed"}, {"capacity": 1030}):
            assert plain(run(text, whole(values, **made_with), params=[limit])) == plain([expected])
        array = Array("F8", [0.5, *values[::-1], 0.5])
        assert plain(run(text, (array, count, -1), params=[limit], count=count)) == plain([expected])
    assert plain(run("in 0 0 F8;sum F8 0", whole(-0.0 for _ in range(count)))) == plain([-0.0])


def test_all_threads_give_the_same():
    # A thread gets some ten thousand elements at a time.
    count = 3000 if HOST == "python" else scaled(150_000, 70_000)
    values = waves(count)
    text = "in 0 0 F8;par 0 F8;gt F8 0 1;filter 2;sum F8 0;min F8 0;argmax F8 0;n;first F8 0;last F8 0;out 0 F8 0"
    kept = [x for x in values if x > 0]
    expected = [defined_sum(values, lambda x: x > 0), min(kept), kept.index(max(kept)), len(kept), kept[0], kept[-1]]
    for made_with in ({}, {"chunk_size": 64, "growth": "fixed"}):
        array = whole(values, **made_with)
        for threads in (1, 2, 5):
            found = run(text, array, params=[0.0], into=["F8"], threads=threads)
            assert found == [*expected, len(kept), kept]


def test_stages():
    values = [5, 1, 4, 2, 8, 3, 9]
    text = "in 0 0 S8;par 0 S8;lt S8 1 0;filter 2;count;scan sum S8 0;pos;out 0 S8 3;out 1 S8 4;out 2 S8 5;sum S8 0"
    places, sums, positions = [0, 1, 2, 3], [5, 9, 17, 26], [0, 2, 4, 6]
    assert run(text, whole(values, "S8"), params=[3], into=["S8"] * 3) == [4, 4, 4, 26, places, sums, positions]
    until = "in 0 0 S8;par 0 S8;lt S8 0 1;until 2;scan max S8 0;out 0 S8 3;n"
    assert run(until, whole(values, "S8"), params=[8], into=["S8"]) == [4, 4, [5, 5, 5, 5]]
    take = "in 0 0 S8;par 0 S8;lt S8 1 0;filter 2;count;lt S8 3 1;until 4;out 0 S8 0"
    assert run(take, whole(values, "S8"), params=[3], into=["S8"]) == [3, [5, 4, 8]]
    where = "in 0 0 S8;par 0 S8;lt S8 0 1;where S8 2 0 1;out 0 S8 3"
    assert run(where, whole(values, "S8"), params=[4], into=["S8"]) == [7, [4, 1, 4, 2, 4, 3, 4]]
    scan = "in 0 0 F8;scan min F8 0;scan max F8 0;out 0 F8 1;out 1 F8 2"
    found = run(scan, whole([2.0, 1.0, NAN, 0.0]), into=["F8"] * 2)
    assert plain(found[2:]) == plain([[2.0, 1.0, NAN, NAN], [2.0, 2.0, NAN, NAN]])
    narrow = run("in 0 0 F4;scan sum F4 0;out 0 F4 1", whole([16777216.0, 1.0, 1.0], "F4"), into=["F4"])
    assert narrow[-1] == [16777216.0] * 3


def test_folds():
    text = "in 0 0 S8;acc 0 S8;par 0 S8;mul S8 1 2;add S8 3 0;fold 0 S8 4 1;n"
    assert run(text, whole([1, 2, 3], "S8"), params=[10, 7]) == [7123, 3]
    assert run(text, whole([], "S8"), params=[10, 7]) == [7, 0]
    both = "in 0 0 F8;acc 0 F8;acc 1 F8;add F8 1 0;mul F8 2 0;fold 0 F8 3 0;fold 1 F8 4 1"
    assert run(both, whole([1.5, 2.0, 4.0]), params=[0.0, 1.0]) == [7.5, 12.0]
    assert run("acc 0 BOOL;not BOOL 0;fold 0 BOOL 1 0", params=[0], count=3) == [True]


def test_two_inputs_and_windows():
    first, second = Array("S4", range(10), chunk_size=2), Array("F8", range(100, 120), chunk_size=4)
    second.drop_front(8)
    text = "in 0 0 S4;cast S4 F8 0;in 1 0 F8;mul F8 1 2;out 0 F8 3"
    found = run(text, (first, 9, -2), (second, 9, 3), count=4, into=["F8"])
    assert found == [4, [9.0 * 109, 7.0 * 112, 5.0 * 115, 3.0 * 118]]
    same = run("in 0 0 S4;in 1 0 S4;sub S4 1 0;sum S4 2", (first, 0, 1), (first, 1, 1), count=9)
    assert same == [9]
    assert run("in 0 0 S4;sum S4 0", (first, 5, 0), count=3) == [15]


def test_fields():
    array = Array("{a@0:U1,b@1:>F4,c@5:>U2,d@7:S8,e@15:F8}23")
    rows = [(k % 256, k + 0.5, 1000 + k, -k, 0.25 * k) for k in range(scaled(3000, 40))]
    array.extend(rows)
    text = "in 0 0 U1;in 0 1 >F4;in 0 5 >U2;in 0 7 S8;in 0 15 F8;" + ";".join(
        "sum %s %d" % (kind, k) for k, kind in enumerate(["U1", "F4", "U2", "S8", "F8"])
    )
    rows = array.tolist()
    assert run(text, (array, 0, 1), count=len(rows)) == [sum(column) for column in zip(*rows)]
    back = Array("{x@0:>S8,y@8:F4,z@13:BOOL}16")
    results = Kernel("in 0 7 S8;in 0 1 >F4;lt F4 1 1;out 0 0 >S8 0;out 0 8 F4 1;out 0 13 BOOL 2").run(
        ((array, 1, 2),), 3, b"", (back,), 1
    )
    assert results == (3, 3, 3)
    assert back.tolist() == [(rows[k][3], rows[k][1], False) for k in (1, 3, 5)]
    assert back.tobytes()[12] == 0
    big = run("in 0 0 >U4;out 0 >U4 0", whole([1, 2**31], ">U4"), into=[">U4"])
    assert big == [2, [1, 2**31]]


def test_bits():
    array = Array("B2", [0xABCD, 0x1234, 0xF00F])
    for shift, width in [(0, 1), (0, 16), (4, 8), (15, 1), (3, 7)]:
        expected = [x >> shift & (1 << width) - 1 for x in (0xABCD, 0x1234, 0xF00F)]
        text = "in 0 0 U2:%d+%d;out 0 U2 0" % (shift, width)
        assert run(text, (array, 0, 1), count=3, into=["U2"])[-1] == expected
        signed = [x - (1 << width) if x >> width - 1 else x for x in expected]
        assert run(text.replace("U", "S"), (array, 0, 1), count=3, into=["S2"])[-1] == signed
    assert run("in 0 0 >U2:0+8;out 0 U2 0", (array, 0, 1), count=3, into=["U2"])[-1] == [0xAB, 0x12, 0xF0]


def test_histograms():
    values = [0.0, 0.1, 0.25, 0.5, 0.999, 1.0, 1.1, -0.1, NAN, INF]
    assert run("in 0 0 F8;hist F8 0 0 1 4", whole(values), params=[0.0, 1.0]) == [[2, 1, 1, 2]]
    assert run("in 0 0 U1;hist U1 0 0 1 3", whole([0, 1, 2, 3, 4], "U1"), params=[0.0, 3.0]) == [[1, 1, 2]]
    assert run("in 0 0 F4;hist F4 0 0 1 1", whole([], "F4"), params=[0.0, 3.0]) == [[0]]
    kernel = Kernel("in 0 0 F8;hist F8 0 0 1 4")
    for low, high in [(1.0, 1.0), (2.0, 1.0), (0.0, INF), (NAN, 1.0), (-1.7e308, 1.7e308)]:
        with pytest.raises(ValueError, match="histogram"):
            kernel.run((whole([]),), 0, struct.pack("<dd", low, high), (), 1)


@needs_numpy
@given(st.lists(st.floats(-3, 3) | st.sampled_from([0.1 * k for k in range(-30, 30)])), st.integers(1, 70))
def test_histograms_are_numpys(values, bins):
    import numpy

    low, high = -1.7, 2.3
    found = run("in 0 0 F8;hist F8 0 0 1 %d" % bins, whole(values), params=[low, high])
    assert found == [numpy.histogram(values, bins, (low, high))[0].tolist()]


def test_groups():
    keys, values = [3, 1, 3, 2, 1, 3], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    text = "in 0 0 S4;in 1 0 F8;n;group 3 0;sum F8 1;n;min F8 1;argmax F8 1;last F8 1"
    expected = [6, ([3, 1, 2],), [10.0, 7.0, 4.0], [3, 2, 1], [1.0, 2.0, 4.0], [5, 4, 3], [6.0, 5.0, 4.0]]
    assert run(text, whole(keys, "S4"), whole(values)) == expected
    with pytest.raises(ValueError, match="more than 2 groups"):
        run(text.replace("group 3", "group 2"), whole(keys, "S4"), whole(values))
    floats = "in 0 0 F8;in 1 0 S4;group 9 0 1;n"
    found = run(floats, whole([0.0, NAN, -0.0, NAN, 1.0]), whole([1, 1, 1, 1, 2], "S4"))
    assert plain(found) == plain([([0.0, NAN, 1.0], [1, 1, 2]), [2, 2, 1]])
    assert run("in 0 0 BOOL;group 9 0;n", whole([], "BOOL")) == [([],), []]


def test_an_input_is_an_output_too():
    for engine in ENGINES:
        array = Array("S8", [1, 2, 3])
        assert Kernel("in 0 0 S8;add S8 0 0;out 0 S8 1", engine).run(((array, 0, 1),), 3, b"", (array,), 1) == (3,)
        assert array.tolist() == [1, 2, 3, 2, 4, 6]


@pytest.mark.parametrize(
    "text",
    [
        "", ";", "n;", "in 0 0 F8", "sum", "sum F8 0", "in 0 0 F8;sum F8 1", "in 0 0 F8;sum F4 0", "in 0 0 F9;n",
        "in 0 0 f8;n", "in 0 0 <F8;n", "in 0 0 >U1;n", "in  0 0 F8;n", "in 0 0 F8 ;n", "in 0 0 F8; n", "in 0 0;n",
        "in 00 0 F8;n", "in -1 0 F8;n", "in 0 x F8;n", "in 0 99999999999999999999 F8;n", "in 4097 0 F8;n", "IN 0 0 F8;n",
        "in 0 0 F8:0+3;n", "in 0 0 U2:9+8;n", "in 0 0 U2:0+0;n", "in 0 0 U2:0;n", "in 0 0 BOOL:0+1;n", "par 0 F8;par 0 S8;n", "in 0 0 F8;add F8 0 0 0;n",
        "in 0 0 F8;add F8 0;n", "in 0 0 F8;and F8 0 0;n", "in 0 0 S8;div S8 0 0;n", "in 0 0 S8;sqrt S8 0;n",
        "in 0 0 F8;shl F8 0 0;n", "in 0 0 BOOL;add BOOL 0 0;n", "in 0 0 BOOL;neg BOOL 0;n", "add F8 0 0;n",
        "in 0 0 F8;filter 0;n", "in 0 0 F8;until 0;n", "in 0 0 F8;filter;n", "n;in 0 0 F8", "n;filter 0",
        "in 0 0 F8;where F8 0 0 0;n", "in 0 0 F8;cast F4 F8 0;n", "in 0 0 F8;any 0", "in 0 0 F8;scan mean F8 0;n",
        "in 0 0 BOOL;scan sum BOOL 0;n", "acc 0 F8;n", "par 0 F8;acc 0 F4;fold 0 F8 0 0",
        "par 0 F8;fold 0 F8 0 0;fold 0 F8 0 0", "par 0 F8;hist F8 0 0 0 0", "par 0 F8;hist F8 0 0 0 16777217", "par 0 F8;fold 1 F8 0 0",
        "par 0 F4;group 5 0;n", "par 0 F8;group 5", "par 0 F8;group 5 1;n", "par 0 F8;group 5 0;group 5 0;n",
        "par 0 F8;group 5 0;out 0 F8 0", "par 0 F8;group 5 0;fold 0 F8 0 0", "par 0 F8;group 5 0;hist F8 0 0 0 1",
        "par 0 F8;out 0 F8 0;out 0 F8 0", "par 0 F8;out 0 F8 0;out 0 0 F8 0", "par 4097 F8;n", "par 0 F8;out 4097 F8 0", "par 0 F8;out 1 F8 0",
        "pos 1;n", "count 0;n", "n 1", "\0", "\u0660", "in 0 0 F\u0668;n", "n;" * 4096 + "n",
    ],
)  # fmt: skip
def test_texts_that_are_no_programs(text):
    for engine in ENGINES:
        with pytest.raises(ValueError):
            Kernel(text, engine)


def test_bad_kernels():
    with pytest.raises(TypeError, match="text is a str, not bytes"):
        Kernel(b"n")
    with pytest.raises(TypeError, match="engine is a str, not int"):
        Kernel("n", 1)
    with pytest.raises(ValueError, match='"fast"'):
        Kernel("n", "fast")
    with pytest.raises(TypeError):
        Kernel()
    if HOST == "python":
        with pytest.raises(ValueError, match="no code"):
            Kernel("n", "compiled")


def test_bad_runs():
    array, output = Array("F8", [1.0, 2.0]), Array("F4")
    kernel = Kernel("in 0 0 F8;par 0 F8;mul F8 0 1;cast F8 F4 2;out 0 F4 3")
    good = dict(inputs=((array, 0, 1),), count=2, params=bytes(8), outputs=(output,), threads=1)

    def check(error, words, **changed):
        with pytest.raises(error, match=words):
            kernel.run(*dict(good, **changed).values())
        assert len(output) == 0

    check(ValueError, "reads 1 inputs, not 0", inputs=())
    check(TypeError, "an input is", inputs=(([1.0, 2.0], 0, 1),))
    check(TypeError, "an input is", inputs=(array,))
    check(TypeError, "inputs are a tuple, not int", inputs=5)
    check(IndexError, "position 2 is gone", count=3)
    check(ValueError, "count is negative", count=-1)
    check(TypeError, "count is an int", count=2.0)
    check(ValueError, "parameters", params=b"")
    check(ValueError, "parameters", params=bytes(7))
    check(ValueError, "parameters", params=bytes(16))
    check(TypeError, "params are bytes, not str", params="x")
    check(ValueError, "writes to 1 outputs, not 0", outputs=())
    check(ValueError, "elements of 8 bytes, and 4", outputs=(Array("F8"),))
    check(TypeError, "outputs are arrays", outputs=([],))
    check(TypeError, "threads is an int", threads="2")
    check(ValueError, "threads is negative", threads=-1)
    check(ValueError, "reaches behind an element of 4 bytes", inputs=((Array("F4", [1, 2]), 0, 1),))
    assert kernel.run(*good.values()) == (2,)
    output.clear()
    output.freeze()
    check(ValueError, "frozen")
    array.close()
    check(IndexError, "position", outputs=(Array("F4"),))
    two = Kernel("pos;out 0 S8 0;out 1 S8 0")
    first, second = Array("S8"), Array("S8")
    with pytest.raises(ValueError, match="given as two outputs"):
        two.run((), 3, b"", (first, first), 1)
    second.freeze()
    with pytest.raises(ValueError, match="frozen"):
        two.run((), 3, b"", (first, second), 1)
    assert len(first) == 0


def test_stops():
    array, seen = Array("S8"), []
    kernel = Kernel("pos;out 0 S8 0;sum S8 0")
    count = scaled(20_000, 10_000)
    assert kernel.run((), count, b"", (array,), 1, seen.append) == (count, count * (count - 1) // 2)
    assert seen == sorted(seen)

    def fail(done):
        raise KeyError(done)

    slow = "pos;cast S8 F8 0;" + "".join("sin F8 %d;" % k for k in range(1, 40)) + "cast F8 S8 40;out 0 S8 41"
    for engine in ENGINES:
        count = 10**9 if HOST != "python" else 10**5
        for stop, error in ((lambda done: True, RuntimeError), (fail, KeyError)):
            before = len(array)
            with pytest.raises(error):
                Kernel(slow, engine).run((), count, b"", (array,), 2, stop)
            assert len(array) == before


@pytest.mark.parametrize("engine", ENGINES)
def test_arrays_that_change_meanwhile(engine):
    source, output, runs, added = Array("S8", range(5000)), Array("S8"), [], []
    kernel = Kernel("in 0 0 S8;add S8 0 0;sum S8 0;out 0 S8 1", engine)

    def work():
        for k in range(scaled(200, 10)):
            count = 1000 + 3999 * (k % 2)
            try:
                runs.append(kernel.run(((source, 0, 1),), count, b"", (output,), 2))
            except IndexError:  # cut off before it began
                pass

    def change():
        for _ in range(scaled(200, 10)):
            source.truncate(1000)
            output.append(-1)
            added.append(1)
            source.extend(range(1000, 5000))

    run_together(work, change)
    assert all(result == (count * (count - 1) // 2, count) for result in runs for count in result[1:])
    assert len(output) == len(added) + sum(result[1] for result in runs)
    assert output.tolist().count(-1) == len(added)


# Seen on GraalPy 25.0: it calls the handler when a thread comes back into Python, and forgets what the handler raised.
@pytest.mark.skipif(IMPLEMENTATION == "graalpy", reason="needs signal handlers that raise into native calls")
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")
@pytest.mark.parametrize("engine", ENGINES)
def test_signals(engine):
    class Enough(Exception):
        pass

    def handler(number, frame):
        calls.append(number)
        output.append(-1)  # nobody holds its lock meanwhile
        if len(calls) == 3:
            raise Enough

    calls, output = [], Array("S8")
    text = "pos;" + "".join("sqrt F8 %d;" % k for k in range(1, 30)).replace("sqrt F8 1;", "cast S8 F8 0;sqrt F8 1;", 1)
    kernel = Kernel(text + "par 0 F8;ge F8 30 31;filter 32;cast F8 S8 30;out 0 S8 33", engine)
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
    try:
        with pytest.raises(Enough):
            kernel.run((), 10**12, struct.pack("<d", INF), (output,), 2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert output.tolist() == [-1] * len(calls)
    assert kernel.run((), 3, struct.pack("<d", 0), (output,), 2) == (3,)
