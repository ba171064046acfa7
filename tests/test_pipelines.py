"""Chains: stages, terminals, and what they give, beside plain Python."""

import functools
import itertools
import math
import operator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chunkarray
from chunkarray import ChunkArray, Record, maximum, minimum, where, zip_
from support import SCALE, needs_numpy, run_python, scaled

ENGINE = ChunkArray("U1").map(lambda v: v).engine


@pytest.fixture(autouse=True, params=["best", "interpreter"] if ENGINE == "cranelift" and SCALE > 0.1 else ["best"])
def engine(request, monkeypatch):
    """All of it with and without code that was made for it."""
    if request.param == "interpreter":
        monkeypatch.setattr("chunkarray._pipeline.running.ENGINE", "interpreted")


examples = settings(
    max_examples=scaled(40, least=5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LAYOUTS = [{"chunk_size": 2}, {"chunk_size": 2, "growth": "fixed"}, {"capacity": 100}, {}]
numbers = st.lists(st.integers(-100, 100), max_size=30)


class Tick(Record):
    time: "TIME[ms]"
    price: "F8"
    size: ">U2"
    kind: "U1:3"
    side: "U1:1"
    name: "TEXT[5]"


TICKS = [(k * 1000, k * 1.5, 10 - k, k % 8, k % 2, "ab"[k % 2] * (k % 4)) for k in range(9)]


def ticks(**options):
    return ChunkArray(Tick, TICKS, **options)


# Stages.


@examples
@given(numbers, st.sampled_from(LAYOUTS))
def test_map_and_filter(values, layout):
    a = ChunkArray("S4", values, **layout)
    chain = a.map(lambda v: v * 3 + 1).filter(lambda v: v % 2 == 0).map(lambda v: v - 7)
    wanted = [v * 3 + 1 - 7 for v in values if (v * 3 + 1) % 2 == 0]
    assert chain.collect().tolist() == wanted == list(chain)
    assert chain.collect().dtype == "S4"
    assert (chain.sum(), chain.count(), chain.any(), chain.all()) == (
        sum(wanted),
        len(wanted),
        any(wanted),
        all(wanted),
    )
    if wanted:
        assert (chain.min(), chain.max(), chain.first(), chain.last()) == (
            *(min(wanted), max(wanted)),
            *(wanted[0], wanted[-1]),
        )
        assert (chain.argmin(), chain.argmax()) == (wanted.index(min(wanted)), wanted.index(max(wanted)))
        assert chain.mean() == pytest.approx(sum(wanted) / len(wanted))


def _drop(values, n):
    return list(values)[n:]


STAGES = {
    "map": (lambda c, n: c.map(lambda v: v + n), lambda v, n: [x + n for x in v]),
    "filter": (lambda c, n: c.filter(lambda v: v > n), lambda v, n: [x for x in v if x > n]),
    "take": (lambda c, n: c.take(n), lambda v, n: v[:n]),
    "skip": (lambda c, n: c.skip(n), lambda v, n: v[n:]),
    "take_while": (
        lambda c, n: c.take_while(lambda v: v < 10 * n),
        lambda v, n: list(itertools.takewhile(lambda x: x < 10 * n, v)),
    ),
    "enumerate": (
        lambda c, n: c.enumerate(n).map(lambda i, v: i * 2 + v),
        lambda v, n: [i * 2 + x for i, x in enumerate(v, n)],
    ),
    "scan": (lambda c, n: c.scan("sum"), lambda v, n: list(itertools.accumulate(v))),
    "least": (lambda c, n: c.scan("min"), lambda v, n: list(itertools.accumulate(v, min))),
    "greatest": (lambda c, n: c.scan("max"), lambda v, n: list(itertools.accumulate(v, max))),
}


@examples
@given(numbers, st.lists(st.tuples(st.sampled_from(sorted(STAGES)), st.integers(0, 8)), max_size=5))
def test_stages_in_any_order(values, stages):
    chain, wanted = ChunkArray("S8", values, chunk_size=4).map(lambda v: v), values
    for name, n in stages:
        ours, theirs = STAGES[name]
        chain, wanted = ours(chain, n), theirs(wanted, n)
    assert chain.collect().tolist() == wanted
    assert (chain.sum(), chain.count()) == (sum(wanted), len(wanted))


def test_slices_and_columns():
    a = ChunkArray("F8", range(20), chunk_size=4)
    assert a[5:15:3].map(lambda v: v * 2).collect().tolist() == [10, 16, 22, 28]
    assert a[::-1].take_while(lambda v: v > 16).collect().tolist() == [19, 18, 17]
    assert (a[3:5].sum(), a[::-4].max(), a[2:].argmin()) == (7, 19, 0)
    for layout in ("rows", "columns"):
        t = ticks(layout=layout)
        assert t["price"].sum() == sum(row[1] for row in TICKS)
        assert t["size"][2:5].map(lambda v: v + 1).collect().tolist() == [9, 8, 7]
        assert t["kind"].max() == 7


def test_zip():
    a, b = ChunkArray("F8", range(5), chunk_size=2), ChunkArray("S2", range(5, 10))
    assert zip_(a, b).map(lambda x, y: x * y).collect().tolist() == [0, 6, 14, 24, 36]
    assert zip_(a, b.map(lambda v: v + 1)).filter(lambda x, y: y > 7).count() == 3
    assert zip_(a, b).collect().tolist() == [(float(k), k + 5) for k in range(5)]
    assert zip_(a[::-1], b[:], a).map(lambda x, y, z: x + y + z).collect().tolist() == [9, 10, 11, 12, 13]
    assert zip_(a, b).enumerate().map(lambda i, x, y: i + x + y).sum() == 10 + 10 + 35
    b.append(1)
    with pytest.raises(ValueError, match="5 and 6"):
        zip_(a, b).count()
    with pytest.raises(TypeError, match="only map"):
        zip_(a, b.filter(lambda v: v > 3))
    with pytest.raises(TypeError, match="not list"):
        zip_(a, [1])
    with pytest.raises(TypeError, match="zip_"):
        zip_()


def test_a_chain_sees_the_array_as_it_is_when_it_runs():
    a = ChunkArray("U4", [1, 2])
    chain = a.map(lambda v: v * 10)
    assert chain.sum() == 30
    a.append(3)
    a[0] = 5
    assert (chain.sum(), list(chain), chain.take(1).sum()) == (100, [50, 20, 30], 50)
    part = a[1:].filter(lambda v: v > 0)
    a.truncate(2)
    with pytest.raises(IndexError):
        part.count()
    assert a.filter(lambda v: v > 0).count() == 2


def test_chains_of_one_another():
    a = ChunkArray("S8", range(10))
    one = a.filter(lambda v: v > 3)
    two, three = one.map(lambda v: -v), one.take(2)
    assert (one.sum(), two.sum(), three.sum()) == (39, -39, 9)


def test_constants_are_taken_when_the_lambda_is_read():
    a, k = ChunkArray("F8", [1, 2]), 10
    chain = a.map(lambda v: v * k)
    k = 20
    assert (chain.sum(), a.map(lambda v: v * k).sum()) == (30, 60)


def test_lambdas_that_give_constants():
    a = ChunkArray("F8", [1, 2, 3])
    assert a.map(lambda v: 1).sum() == 3
    assert a.map(lambda v: 2.5).collect().tolist() == [2.5] * 3
    assert (a.filter(lambda v: True).count(), a.filter(lambda v: 0).count()) == (3, 0)


def test_nothing_runs_before_the_terminal():
    calls = []

    def double(v):
        calls.append(v)
        return v * 2

    chain = ChunkArray("F8", range(100)).map(double)
    assert len(calls) == 1
    assert (chain.sum(), chain.max(), len(list(chain)), len(calls)) == (9900, 198, 100, 1)


# Records.


@pytest.mark.parametrize("layout", ["rows", "columns"])
def test_fields(layout):
    t = ticks(layout=layout)
    assert t.map(lambda r: r.price * r.size).sum() == sum(row[1] * row[2] for row in TICKS)
    assert t.map(lambda r: r["kind"] + r.side).collect().tolist() == [row[3] + row[4] for row in TICKS]
    assert t.filter(lambda r: r.name == "bbb").count() == sum(row[5] == "bbb" for row in TICKS)
    assert t.filter(lambda r: r.name != "").count() == sum(row[5] != "" for row in TICKS)
    assert t.filter(lambda r: r.name == "longer than it").count() == 0
    kept = t.filter(lambda r: r.side == 1).collect()
    assert kept.dtype is Tick
    assert kept.tolist() == t[1::2].tolist()


def test_tuples_and_dicts_make_records():
    t = ticks()
    pairs = t.map(lambda r: (r.price, r.size > 5)).collect()
    assert pairs.tolist() == [(row[1], row[2] > 5) for row in TICKS]
    named = t.map(lambda r: {"twice": r.price * 2, "when": r.time})
    assert named.filter(lambda r: r.twice > 20).map(lambda r: r["twice"]).sum() == 21 + 24
    assert named.collect()["twice"].sum() == 108
    assert named.collect()["when"].dtype == "TIME[ms]"
    assert t.map(lambda r: (r.price, r.size)).map(lambda price, size: price + size).sum() == 54 + 54
    assert t.map(lambda r: (r.price, r.size)).map(lambda pair: pair[0] + pair.f1).sum() == 108


def test_nested_records_shapes_and_unions():
    class Point(Record):
        x: "F4"
        y: "F4"

    class Body(Record):
        at: Point
        corners: "S2[2,2]"
        path: Point[2]
        raw: "B1[3]"

    bodies = ChunkArray(
        Body,
        [((1, 2), ((1, 2), (3, 4)), ((5, 6), (7, 8)), b"abc"), ((3, 4), ((5, 6), (7, 8)), ((1, 1), (2, 2)), b"xyz")],
    )
    assert bodies.map(lambda b: b.at.x + b.at.y).collect().tolist() == [3, 7]
    assert bodies.map(lambda b: b.corners[1, 0] - b.corners[-1][1]).collect().tolist() == [-1, -1]
    assert bodies.map(lambda b: b.path[1].y).sum() == 10
    assert bodies.filter(lambda b: b.raw == b"xyz").count() == 1
    assert bodies.map(lambda b: b.at).collect().tolist() == [(1, 2), (3, 4)]
    assert bodies["at"]["x"].max() == 3
    shaped = ChunkArray(">F4[3]", [(1, 2, 3), (4, 5, 6)])
    assert shaped.map(lambda v: sum(v)).collect().tolist() == [6, 15]
    assert shaped.filter(lambda v: v[0] > 2).collect().tolist() == [(4, 5, 6)]
    with pytest.raises(IndexError, match="index 3"):
        shaped.map(lambda v: v[3])


def test_fields_that_do_not_exist():
    with pytest.raises(AttributeError, match="Tick has no field 'prize', it has time, price"):
        ticks().map(lambda r: r.prize)
    with pytest.raises(KeyError, match="no field 'prize'"):
        ticks().map(lambda r: r["prize"])
    with pytest.raises(AttributeError, match="it has a, b"):
        ticks().map(lambda r: {"a": r.price, "b": 1}).map(lambda r: r.c)


# Terminals.


def test_sums_are_in_64_bits():
    assert ChunkArray("U1", [255] * 300).sum() == 255 * 300
    assert ChunkArray("S8", [2**63 - 1, 1]).sum() == -(2**63)
    assert ChunkArray("U8", [2**64 - 1, 2]).sum() == 1
    assert ChunkArray("BOOL", [True, False, True]).sum() == 2
    assert ChunkArray("F4", [0.1] * 3).sum() != 0.1 * 3
    assert ChunkArray("U1", [200, 100]).sum(dtype="U1") == 44
    assert ChunkArray("S4", [1, 2]).sum(dtype=float) == 3.0


def test_nothing_to_reduce():
    a = ChunkArray("F8")
    assert (a.sum(), a.any(), a.all(), a.map(lambda v: v).count()) == (0, False, True, 0)
    for name in ("min", "max", "argmin", "argmax"):
        with pytest.raises(ValueError, match="%s\\(\\) of no elements" % name):
            getattr(a, name)()
    for name in ("mean", "std", "var"):
        with pytest.warns(RuntimeWarning, match=name):
            assert math.isnan(getattr(a, name)())
    with pytest.raises(ValueError, match="first"):
        a.map(lambda v: v).first()
    assert a.map(lambda v: v + 1).collect().tolist() == []


def test_nan():
    a = ChunkArray("F8", [1, math.nan, -math.inf])
    assert all(map(math.isnan, [a.min(), a.max(), a.sum(), a.mean(), a.std()]))
    assert (a.argmin(), a.argmax(), a[::2].min()) == (1, 1, -math.inf)
    assert a.filter(lambda v: ~chunkarray.isnan(v)).count() == 2


def test_spread():
    values = [2, 4, 4, 4, 5, 5, 7, 9]
    for a in (ChunkArray("U1", values), ChunkArray("F4", values), ChunkArray("F8", values).map(lambda v: v)):
        assert (a.var(), a.std(), a.mean()) == (4.0, 2.0, 5.0)
        assert a.var(ddof=1) == pytest.approx(32 / 7, rel=1e-6)
    far = ChunkArray("F8", [1e9 + v for v in values])
    assert far.std() == 2.0


@examples
@given(numbers, st.integers(-5, 5))
def test_reduce_as_functools(values, start):
    a = ChunkArray("S2", values, chunk_size=4)
    for function in (operator.add, operator.sub, lambda so_far, v: so_far * 3 + v, operator.xor):
        wanted = functools.reduce(function, values, start)
        wanted = (wanted + 2**63) % 2**64 - 2**63
        assert a.reduce(function, start) == wanted
    for ours, theirs in ((operator.add, operator.add), (minimum, min), (maximum, max)):
        for associative in (False, True):
            assert a.reduce(ours, start, associative=associative) == functools.reduce(theirs, values, start)
    if values:
        assert a.map(lambda v: v * 1.0).reduce(operator.sub) == functools.reduce(operator.sub, values)
    else:
        with pytest.raises(TypeError, match="of no elements"):
            a.reduce(operator.add)


def test_reduce_keeps_one_type():
    a = ChunkArray("U1", [200, 100])
    assert a.reduce(operator.add, 0) == 300
    assert a.reduce(lambda so_far, v: so_far + v * 0.5, 1) == 151.0
    assert a.reduce(lambda so_far, v: where(v > so_far, v, so_far)) == 200
    with pytest.raises(TypeError, match="one type"):
        a.reduce(lambda so_far, v: (so_far, v), 0)
    with pytest.raises(TypeError, match="begins with"):
        a.reduce(operator.add, "")


def test_histogram():
    a = ChunkArray("S4", [0, 1, 1, 2, 3, 10])
    counts, edges = a.histogram(5)
    assert (counts.tolist(), edges.tolist()) == ([3, 2, 0, 0, 1], [0, 2, 4, 6, 8, 10])
    counts, edges = a.map(lambda v: v * 0.5).histogram(2, range=(0, 2))
    assert (counts.tolist(), edges.tolist()) == ([3, 2], [0, 1, 2])
    assert ChunkArray("F8", [3]).histogram(2)[1].tolist() == [2.5, 3, 3.5]
    assert ChunkArray("F8").histogram(2)[0].tolist() == [0, 0]
    for bad in ({"bins": 0}, {"range": (2, 1)}, {"range": (0, math.inf)}):
        with pytest.raises(ValueError):
            a.histogram(**bad)
    with pytest.raises(ValueError, match="give the range"):
        ChunkArray("F8", [1, math.nan]).histogram()
    with pytest.raises(TypeError):
        a.histogram([1, 2, 3])


def test_agg():
    a = ChunkArray("F8", [1, 2, 3, 4])
    found = a.agg(lo=lambda v: v.min(), hi="max", mean=lambda v: (v * v).mean(), std="std", n="count")
    assert found == {"lo": 1, "hi": 4, "mean": 7.5, "std": math.sqrt(1.25), "n": 4}
    chain = a.filter(lambda v: v > 1)
    v = chain.value
    assert chain.agg(total=v.sum(), places=(v > 2).sum(), last=v.last()) == {"total": 9, "places": 2, "last": 4}
    assert chain.agg(lambda v: (v.sum(), v.min(), v.min())) == {"sum": 9, "min": 2, "min2": 2}
    assert chain.agg(lambda v: {"a": v.argmax(), "b": v.first()}) == {"a": 2, "b": 2}
    assert ticks().agg(lambda r: {"n": r.count(), "price": r.price.max()}) == {"n": 9, "price": 12}
    for bad, error in (((), TypeError), ((lambda v: v,), TypeError), ((lambda v: 1,), TypeError)):
        with pytest.raises(error, match="agg"):
            a.agg(*bad)
    with pytest.raises(ValueError, match="'median'"):
        a.agg(x="median")
    with pytest.raises(TypeError, match="compute with its result"):
        a.agg(lambda v: v.max() - v.min())


def test_group_by():
    t = ticks()
    found = t.group_by("side").agg(n="count", total=lambda r: r.price.sum(), hi=lambda r: r.size.max())
    wanted = {}
    for row in TICKS:
        wanted.setdefault(row[4], []).append(row)
    assert found.tolist() == [
        (side, len(rows), sum(r[1] for r in rows), max(r[2] for r in rows)) for side, rows in wanted.items()
    ]
    assert found["total"].sum() == t["price"].sum()
    two = t.filter(lambda r: r.price > 0).group_by((lambda r: r.kind % 3, "side")).agg(lambda r: {"m": r.price.mean()})
    keys = list(dict.fromkeys((row[3] % 3, row[4]) for row in TICKS[1:]))
    assert [tuple(row)[:2] for row in two] == keys
    spread = t.group_by("side").agg(s=lambda r: r.price.std())
    assert spread["s"].tolist() == pytest.approx([3 * math.sqrt(2), 1.5 * math.sqrt(5)])
    assert t.group_by(lambda r: (r.kind > 3, r.side)).count()["count"].sum() == 9
    assert ChunkArray("F8", [0.0, -0.0, math.nan, math.nan]).group_by(lambda v: v).count()["count"].tolist() == [2, 2]
    assert ChunkArray("S8").group_by(lambda v: v).count().tolist() == []
    assert t.group_by("time").agg(first=lambda r: r.time.first())["first"].tolist() == t["time"].tolist()


def test_groups_that_are_too_many_and_bad_keys():
    a = ChunkArray("S8", range(10))
    with pytest.raises(ValueError, match="5"):
        a.group_by(lambda v: v, max_groups=5).count()
    assert len(a.group_by(lambda v: v, max_groups=10).count()) == 10
    for bad in (0, -1):
        with pytest.raises(ValueError, match="max_groups"):
            a.group_by(lambda v: v, max_groups=bad)
    with pytest.raises(TypeError, match="takes a key"):
        a.group_by(())
    with pytest.raises(TypeError, match="no records"):
        a.group_by("price")
    with pytest.raises(ValueError, match="'key'"):
        a.group_by(lambda v: v).agg(key="sum")


# Arrays of results.


def test_into():
    a = ChunkArray("S4", [1, 2, 3])
    out = ChunkArray("F8", [0.5])
    assert a.map(lambda v: v + 1).into(out) is out
    assert out.tolist() == [0.5, 2, 3, 4]
    big = a.map(lambda v: v * 256).into(ChunkArray(">S2"))
    assert big.tolist() == [256, 512, 768]
    assert a.filter(lambda v: v > 1).into(a).tolist() == [1, 2, 3, 2, 3]
    for layout in ("rows", "columns"):
        target = ChunkArray(Record("Pair", x="F4", y=">S8"), layout=layout)
        a[:3].map(lambda v: {"y": v, "x": v * 0.5}).into(target)
        a[:1].map(lambda v: (v, v)).into(target)
        assert target.tolist() == [(0.5, 1), (1, 2), (1.5, 3), (1, 1)]


def test_arrays_that_take_nothing_of_it():
    a = ChunkArray("F8", [1.5])
    with pytest.raises(TypeError, match="astype"):
        a.map(lambda v: v).into(ChunkArray("S8"))
    with pytest.raises(TypeError, match="astype"):
        ChunkArray("S8", [1]).map(lambda v: v).into(ChunkArray("U8"))
    with pytest.raises(TypeError, match="TIME"):
        a.map(lambda v: v).into(ChunkArray("TIME[s]"))
    with pytest.raises(TypeError, match="not list"):
        a.map(lambda v: v).into([])
    with pytest.raises(TypeError, match="2 fields"):
        a.map(lambda v: (v, v, v)).into(ChunkArray(Record("P", x="F8", y="F8")))
    with pytest.raises(TypeError, match="fields x, y"):
        a.map(lambda v: {"x": v, "z": v}).into(ChunkArray(Record("P", x="F8", y="F8")))
    frozen = ChunkArray("F8")
    frozen.freeze()
    with pytest.raises(ValueError, match="frozen"):
        a.map(lambda v: v).into(frozen)


# How it runs, and how it looks.


def test_settings():
    seen = []
    a = ChunkArray("F8", range(100))
    for threads in (0, 1, 2):
        assert a.using(threads=threads).map(lambda v: v * 2).sum() == 9900
    assert a.using(engine="interpreted").map(lambda v: v * 2).sum() == 9900
    assert a.map(lambda v: v).using(progress=seen.append).sum() == 4950
    for bad, error in (({"threads": -1}, ValueError), ({"engine": "fast"}, ValueError), ({"progress": 1}, TypeError)):
        with pytest.raises(error):
            a.using(**bad)


def test_a_chain_shows_its_plan():
    a = ChunkArray("F8", range(8), chunk_size=4)
    chain = a.map(lambda v: v * 2 + 1).filter(lambda v: v > 4).take(3)
    shown = str(chain)
    assert "ChunkArray('F8'), len=8" in shown
    assert "map         (x * 2.0) + 1.0" in shown
    assert "filter      ((x * 2.0) + 1.0) > 4.0" in shown
    assert shown.endswith("take        3\n  -> F8")
    assert "price > 3.0" in str(ticks().filter(lambda r: r.price > 3))
    assert chain.engine in ("python", "interpreter", "cranelift")
    assert "mul F8" in chain.explain()
    assert isinstance(chain.explain("asm"), str)
    with pytest.raises(ValueError, match="'plan'"):
        chain.explain("all")
    assert "F8" in repr(chain.value)


def test_one_kernel_for_all_constants():
    from chunkarray._pipeline import running

    a = ChunkArray("F8", [1, 2, 3])
    a.map(lambda v: v * 2 + 1).sum()
    before = len(running._kernels)
    for k in range(3, 10):
        assert a.map(lambda v, k=k: v * k + 1).sum() == 6 * k + 3
    assert len(running._kernels) == before


def test_what_no_result_needs_is_not_computed():
    a = ChunkArray("F8", [1, 2, 3])
    chain = a.map(lambda v: (chunkarray.exp(v), v + 1, v + 1)).map(lambda r: r.f1 * r.f2)
    text = chain.explain().split("program")[1].split("engine")[0]
    assert ("exp" in text, text.count("add")) == (False, 1)


@pytest.mark.parametrize("depth", [50, 3000])
def test_long_expressions(depth):
    def many(v):
        for _ in range(depth):
            v = v + v * 0
        return v

    a = ChunkArray("S8", [1, 2])
    if depth < 100:
        assert a.map(many).sum() == 3
    else:
        with pytest.raises(ValueError, match="4096"):
            a.map(many).sum()
    assert len(repr(a.map(many))) < 2000


@needs_numpy
def test_numpy_takes_chains():
    import numpy

    chain = ChunkArray("S4", [1, 2, 3]).map(lambda v: v * 2)
    assert numpy.asarray(chain).tolist() == [2, 4, 6]
    assert numpy.asarray(chain).dtype == numpy.dtype("i4")
    assert numpy.array(chain, dtype=float).tolist() == [2.0, 4.0, 6.0]
    assert ticks().map(lambda r: (r.price, r.size)).collect().numpy().dtype.names == ("f0", "f1")


def test_a_process_that_imports_it_later_with_an_engine_of_its_choice():
    code = """
import sys, chunkarray
a = chunkarray.ChunkArray("F8", [1])
assert not [name for name in sys.modules if "chunkarray._pipeline." in name], sys.modules
assert a.sum() == 1
print(a.map(lambda v: v).engine)
"""
    assert run_python(code, env={"CHUNKARRAY_ENGINE": "interpreter"}).stdout.strip() in ("interpreter", "python")
