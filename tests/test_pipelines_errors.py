"""What can't be read as a pipeline: errors name the file and the line of the lambda, and what to write instead."""

import builtins
import inspect
import math
import threading

import pytest

import chunkarray
from chunkarray import ChunkArray, Record, zip_
from support import needs_waiting_inside_calls, run_together, scaled

A = ChunkArray("F8", [1, 2, 3])


def lines_of(function):
    lines, first = inspect.getsourcelines(function)
    return range(first, first + len(lines))


def with_if(v):
    w = v * 2
    if w > 3:
        return w
    return v


def with_while(v):
    while v > 1:
        v = v - 1
    return v


CONDITIONS = [
    (with_if, "where"),
    (with_while, "a loop runs once"),
    (lambda v: v if v > 1 else 0, "chunkarray.where(condition, a, b)"),
    (lambda v: v > 1 and v < 3, "(x) & (y)"),
    (lambda v: v > 1 or v < 3, "(x) | (y)"),
    (lambda v: not v, "~(x)"),
    (lambda v: v in (1, 2), "(x == 1) | (x == 2)"),
    (lambda v: 1 < v < 3, "(a < x) & (x < b)"),
    (lambda v: min(v, 3), "chunkarray.minimum(x, y)"),
    (lambda v: max(0, v), "chunkarray.maximum(x, y)"),
    (lambda v: bool(v), "where"),
]


@pytest.mark.parametrize(("function", "advice"), CONDITIONS)
def test_conditions(function, advice):
    for call in (A.map, A.filter, lambda f: A.agg(x=f), lambda f: A.group_by(f), lambda f: A.reduce(lambda a, b: f(b))):
        with pytest.raises(TypeError) as caught:
            call(function)
        message = str(caught.value)
        assert "neither true nor false" in message
        assert advice in message
        assert function.__code__.co_filename in message
        assert any("line %d of" % line in message for line in lines_of(function))


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (lambda v: math.sin(v), "math.sin(x) becomes chunkarray.sin(x)"),
        (lambda v: math.pow(v, 2), "math.pow(x) becomes x ** y"),
        (lambda v: math.fabs(v), "math.fabs(x) becomes abs(x)"),
        (lambda v: math.gamma(v), "nothing for math.gamma: map_chunks"),
        (lambda v: float(v), "x.astype('F8')"),
        (lambda v: int(v), "x.astype('S8')"),
        (lambda v: range(v), "x.astype('S8')"),
        (lambda v: complex(v), "no complex numbers"),
        (lambda v: len(v), "count()"),
        (lambda v: 3 in v, "x == y"),
        (lambda v: sum(v), "operators and functions apply"),
        (lambda v: v[0], "one number"),
    ],
)
def test_what_wants_one_number(function, advice):
    with pytest.raises(TypeError) as caught:
        A.map(function)
    message = str(caught.value)
    assert advice in message
    assert "line %d of %s" % (function.__code__.co_firstlineno, function.__code__.co_filename) in message


def test_functions_that_are_not_pythons():
    with pytest.raises(TypeError, match="test_pipelines_errors"):
        A.map(math.sin)
    with pytest.raises(TypeError, match="takes a function of an element, not float"):
        A.map(1.5)
    with pytest.raises(TypeError, match="not NoneType"):
        A.filter(None)


def nothing(v):
    v * 2  # noqa: B018 (what is forgotten here)


def test_functions_that_give_what_is_no_element():
    with pytest.raises(TypeError, match=r"gives nothing \(None\).*nothing, line \d+ of .*test_pipelines_errors"):
        A.map(nothing)
    with pytest.raises(TypeError, match="gives nothing"):
        A.filter(nothing)
    for bad, word in (
        (lambda v: "text", "str"),
        (lambda v: [v, v], "list"),
        (lambda v: print, "builtin"),
        (str, "str"),
    ):
        with pytest.raises(TypeError, match=word):
            A.map(bad)
    for bad in (lambda v: (), lambda v: (v, "x"), lambda v: {1: v}, lambda v: (v, (v, v))):
        with pytest.raises(TypeError):
            A.map(bad)
    with pytest.raises(TypeError, match="one truth value"):
        A.filter(lambda v: (v > 1, v < 3))


def test_wrong_numbers_of_arguments():
    with pytest.raises(TypeError, match="argument"):
        A.map(lambda: 1)
    with pytest.raises(TypeError, match="argument"):
        zip_(A, A).map(lambda x: x)
    with pytest.raises(TypeError, match="argument"):
        A.enumerate().filter(lambda x: x)


def endless(v):
    return endless(v - 1) * v


def test_recursion():
    with pytest.raises(RecursionError, match="endless, line .* calls itself without end"):
        A.map(endless)


def test_errors_of_the_lambda_reach_the_caller():
    class OfTheirOwn(Exception):
        pass

    def fail(v):
        raise OfTheirOwn(v.dtype)

    with pytest.raises(OfTheirOwn, match="F8"):
        A.map(fail)


def test_arrays_within_a_lambda():
    other = ChunkArray("F8", [1])
    for bad in (lambda v: v + other, lambda v: other[:] * v, lambda v: chunkarray.minimum(v, other)):
        with pytest.raises(TypeError, match="zip_"):
            A.map(bad)


def test_symbolic_values_stay_where_they_are():
    kept = []
    A.map(lambda v: kept.append(v) or v)
    (v,) = kept
    assert "F8" in repr(v)
    with pytest.raises(AttributeError):
        v.name = 1
    with pytest.raises(TypeError, match="float"):
        A.append(v)
    with pytest.raises(TypeError):
        "%d" % v  # noqa: B018


def test_terminals_of_records_and_tuples():
    t = ChunkArray(Record("P", x="F8", name="TEXT[3]"), [(1, "a")])
    for name in ("sum", "min", "mean", "any", "argmax", "std"):
        with pytest.raises(TypeError, match="takes numbers: map"):
            getattr(t.filter(lambda r: r.x > 0), name)()
        with pytest.raises(TypeError, match="one value: map"):
            getattr(zip_(A, A), name)()
    for call in (
        lambda: t.filter(lambda r: r.name),
        lambda: t.map(lambda r: r.name + 1),
        lambda: t.map(lambda r: (r.x, r.name)),
        lambda: t.map(lambda r: r.name).collect(),
        lambda: t.map(lambda r: r.name == 3),
        lambda: t.scan(),
        lambda: t.histogram(),
        lambda: t.reduce(lambda a, b: a),
    ):
        with pytest.raises(TypeError):
            call()
    assert t.filter(lambda r: r.x > 0).count() == 1


def test_bad_numbers_of_stages():
    chain = A.map(lambda v: v)
    for call in (chain.take, chain.skip):
        with pytest.raises(ValueError, match="not negative"):
            call(-1)
        with pytest.raises(TypeError):
            call(1.5)
    with pytest.raises(ValueError, match="'product'"):
        chain.scan("product")


def test_every_name_that_hints_use():
    for name in ("where", "minimum", "maximum", "zip_"):
        assert callable(getattr(chunkarray, name))
    from chunkarray._pipeline import located

    for name in located._OF_MATH:
        ours = located._OF_MATH[name]
        assert hasattr(chunkarray, ours) or hasattr(builtins, ours) or ours in ("**", "%")


def test_closed_arrays():
    a = ChunkArray("F8", [1, 2])
    chain = a.map(lambda v: v + 1)
    a.close()
    assert chain.collect().tolist() == []  # as iteration does
    with pytest.raises(ValueError, match="closed"):
        ChunkArray("F8", [1]).map(lambda v: v).into(a)


@needs_waiting_inside_calls
def test_truncated_while_it_runs():
    a = ChunkArray("S8", [1] * 1000, chunk_size=16)
    chain, stop = a.filter(lambda v: v == 1), threading.Event()

    def shorten():
        try:
            for _ in range(scaled(50, least=3)):
                a.truncate(10)
                a.extend([1] * 990)
        finally:
            stop.set()

    def run():
        while not stop.is_set():
            try:
                assert 10 <= chain.sum() <= 1000
            except IndexError:
                pass  # gone before it began

    run_together(shorten, run, run)
    assert chain.sum() == 1000


@needs_waiting_inside_calls
def test_growing_while_it_runs():
    a = ChunkArray("S8", chunk_size=16)
    stop = threading.Event()

    def grow():
        try:
            for k in range(scaled(2000, least=50)):
                a.append(k)
        finally:
            stop.set()

    def run():
        while not stop.is_set():
            found = a.map(lambda v: v).agg(lambda v: {"n": v.count(), "total": v.sum()})
            assert found["total"] == found["n"] * (found["n"] - 1) // 2

    run_together(grow, run)
