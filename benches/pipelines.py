"""Chains beside NumPy, numexpr, pyarrow and polars, and beside a plain read loop in C: what memory gives.

One thread each, unless a case says otherwise: numexpr, pyarrow and polars are told so. All times are by the wall. What
each peer computes is compared with ours before it is timed. Peers that are not installed are missing from the cases,
and named in them. The data are 65,536 random numbers, again and again, so that every interpreter has the same.

read.c is the read loop: it adds up the same arrays as 64-bit words, as fast as the compiler's vectors go.
"""

import ctypes
import itertools
import math
import os
import random
import shlex
import shutil
import subprocess
import tempfile
from time import perf_counter

import harness
from harness import CPYTHON, WARM_UP_SECONDS, Case, Target, by_wall, interleave, numpy, scaled

os.environ["POLARS_MAX_THREADS"] = "1"  # it is read when polars is imported

BLOCK = 1 << 16
MANY = 1 << 24
K = 0.7  # of a * b + c of numbers between 0 and 1, two thirds are more
QUICK = (0.0, 0.2)  # seconds of warming up: no loop of Python's is in these numbers
HALF = 0.5
NS = "ns an element, by the wall"
MICROSECOND = 1000  # ns


def cases():
    data = _Data()
    _warm_up(_chain(data.block))
    yield from _fused(data)
    yield from _threads(data)
    yield from _collecting(data)
    yield from _six_maps(data)
    yield from _functions(data)
    yield from _reductions(data)
    yield from _groups(data)
    yield from _start()


def _warm_up(run):
    """Lets a JIT compile what reads lambdas, once for all cases: the loops themselves know no JIT."""
    end = perf_counter() + WARM_UP_SECONDS[1] / 2
    while perf_counter() < end:
        run()


class _Data:
    """The arrays of all cases, and the peers that there are."""

    def __init__(self):
        chance = random.Random(7)
        self.count = max(BLOCK, scaled(MANY))
        self.block = [self._filled([chance.random() for _ in range(BLOCK)], BLOCK) for _ in range(3)]
        self.many = [self._filled(block, self.count) for block in self.block]
        self.missing = [name for name in ("numpy", "numexpr", "pyarrow", "polars") if not self._has(name)]
        self.read = _read_loop()
        if self.read is None:
            self.missing.append("the read loop, for want of a C compiler")

    @staticmethod
    def _filled(values, count):
        from chunkarray import ChunkArray

        array = ChunkArray("F8", values)
        while len(array) < count:
            array.extend(array[: count - len(array)])
        return array

    @staticmethod
    def _has(name):
        return numpy is not None and (name == "numpy" or harness.version(name) is not None)

    def has(self, name):
        return name not in self.missing

    def note(self, *peers):
        """What is missing of the peers that a case would have."""
        lacks = [name for name in self.missing if name.split(",")[0] in peers]
        return "missing: " + ", ".join(lacks) if lacks else ""


def _read_loop():
    """read(arrays, threads), which adds up all words of NumPy arrays or arrays of one chunk; None without a compiler."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not shutil.which(compiler[0]):
        return None
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "read.c")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "read.so")
        options = "-std=gnu11 -O3 -march=native -Wall -Wextra -Werror -shared -fPIC".split()
        subprocess.run([*compiler, *options, source, "-o", path, "-lpthread"], check=True)
        function = ctypes.CDLL(path).read_words
    function.restype = ctypes.c_uint64
    function.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_size_t]

    def read(arrays, threads=1):
        addresses = [a.address_of(0) if hasattr(a, "address_of") else a.ctypes.data for a in arrays]
        pointers = (ctypes.c_void_p * len(arrays))(*addresses)
        return lambda: function(pointers, len(arrays), len(arrays[0]), threads)

    return read


def _plain(arrays):
    """The same elements, each array in one piece: NumPy's, or ours of one chunk."""
    from chunkarray import ChunkArray

    if numpy is not None:
        return [numpy.array(array) for array in arrays]
    found = []
    for array in arrays:
        found.append(ChunkArray("F8", capacity=len(array)))
        found[-1].extend(array)
    return found


def _same(results):
    """AssertionError where the peers' results differ by more than rounding: numbers, or sequences of them."""
    (first, wanted), *others = results.items()
    for name, found in others:
        pairs = zip(wanted, found) if hasattr(wanted, "__len__") else [(wanted, found)]
        if hasattr(wanted, "__len__") and len(wanted) != len(found):
            raise AssertionError("%s has %d results, %s %d" % (name, len(found), first, len(wanted)))
        for ours, theirs in pairs:
            if not math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12):
                raise AssertionError("%s gives %r, %s %r" % (name, theirs, first, ours))


def _measured(title, works, count, targets=(), note="", unit=NS, unchecked=(), prepare=None):
    """A case of {peer: function}: checked, then timed. `unchecked` peers do no such work."""
    works = {peer: work for peer, work in works.items() if work is not None}
    _same({peer: _sample(work()) for peer, work in works.items() if peer not in unchecked})
    timed = {peer: by_wall(work, prepare) for peer, work in works.items()}
    # Short ones several times: all that fits into the caches is to be there.
    turns = max(1, 20 * BLOCK // count)
    values, rounds = interleave(timed, turns, per=count, slowest=60, warm_up=QUICK)
    if callable(targets):
        targets = targets(values)
    return Case("pipelines", title, unit, values, targets, rounds, note)


def _sample(result):
    """Some of a long result: comparing all of it would take longer than the case."""
    if not hasattr(result, "__len__"):
        return float(result)
    step = max(1, len(result) // 1000)
    return [float(value) for value in result[::step]] + [len(result)]


def _elements(count):
    return "%s elements" % format(count, ",")


# sum(v where v > k) of v = a * b + c


def _chain(arrays, threads=1, engine=None):
    from chunkarray import zip_

    def run():
        chain = zip_(*arrays).map(lambda a, b, c: a * b + c).filter(lambda v: v > K)
        return chain.using(threads=threads, engine=engine).sum()

    return run


def _fused(data):
    for arrays in (data.many, data.block):
        plain, count = _plain(arrays), len(arrays[0])
        works = {"chunkarray": _chain(arrays), "interpreter": _chain(arrays, engine="interpreted")}
        works.update(_fused_peers(data, plain))
        if data.read and count == data.count:
            works["read loop"] = data.read(plain)
        note = data.note("numpy", "numexpr", "pyarrow", "polars", "the read loop")

        def targets(values, count=count):
            if count == BLOCK:
                return [Target("numpy", 1 / 3)]
            ratios = (("numpy", 3), ("numexpr", 3), ("pyarrow", 2), ("polars", 2))
            least = [Target(name, 1 / ratio) for name, ratio in ratios]
            bandwidth = values.get("read loop", 0.0) / 0.9
            # 1.1 ns, or 90 % of what memory gives, whichever is slower.
            return [Target(None, 1.1) if bandwidth < 1.1 else Target("read loop", 1 / 0.9), *least]

        title = "sum(v where v > k), v = a * b + c, " + _elements(count)
        yield _measured(title, works, count, targets, note, unchecked=("read loop",))


def _fused_peers(data, plain):
    if data.has("numpy"):
        a, b, c = plain

        def by_numpy():
            v = a * b + c
            return v[v > K].sum()

        yield "numpy", by_numpy
    if data.has("numexpr"):
        import numexpr

        numexpr.set_num_threads(1)
        names = {"a": a, "b": b, "c": c, "k": K}
        yield "numexpr", lambda: numexpr.evaluate("sum(where(a * b + c > k, a * b + c, 0.0))", names).item()
    if data.has("pyarrow"):
        import pyarrow
        import pyarrow.compute as pc

        pyarrow.set_cpu_count(1)
        x, y, z = map(pyarrow.array, plain)

        def by_pyarrow():
            v = pc.add(pc.multiply(x, y), z)
            return pc.sum(pc.filter(v, pc.greater(v, K))).as_py()

        yield "pyarrow", by_pyarrow
    if data.has("polars"):
        import polars
        from polars import col

        frame = polars.DataFrame(dict(zip("abc", plain)))

        def by_polars():
            v = frame.lazy().select(v=col.a * col.b + col.c)
            return v.filter(col.v > K).select(col.v.sum()).collect().item()

        yield "polars", by_polars


def _threads(data):
    """Two threads, beside two threads that only read: by how much each is faster than one."""
    works = {}
    plain = _plain(data.many) if data.read else None
    for threads in (1, 2):
        name = "" if threads == 1 else ", %d threads" % threads
        works["chunkarray" + name] = _chain(data.many, threads)
        if data.read:
            works["read loop" + name] = data.read(plain, threads)

    def targets(values):
        if "read loop" not in values:
            return ()
        limit = values["chunkarray"] / values["read loop"] / 0.9
        return [Target("read loop, 2 threads", limit, "chunkarray, 2 threads")]

    title = "the same on one and on two threads, " + _elements(data.count)
    unchecked = [name for name in works if name.startswith("read")]
    yield _measured(title, works, data.count, targets, data.note("the read loop"), unchecked=unchecked)


def _collecting(data):
    array, count = data.many[0], data.count
    works = {
        "chunkarray": lambda: array.filter(lambda v: v > HALF).using(threads=1).collect(),
        "chunkarray, 2 threads": lambda: array.filter(lambda v: v > HALF).using(threads=2).collect(),
    }
    if numpy is not None:
        (v,) = _plain([array])
        works["numpy"] = lambda: v[v > HALF]
    title = "filter + collect, half of %s" % _elements(count)
    yield _measured(title, works, count, [Target("numpy", 1 / 2)], data.note("numpy"))


def _six_maps(data):
    array = data.many[0]

    def one():
        return array.map(lambda v: v * 0.5 + 0.25).using(threads=1).sum()

    def six():
        chain = array.using(threads=1)
        for k in range(6):
            chain = chain.map(lambda v, k=k: v * 0.5 + (0.25 + k))
        return chain.sum()

    works = {"one map": one, "six maps": six}
    title = "one map of v * x + y, and six, then the sum, " + _elements(data.count)
    yield _measured(title, works, data.count, [Target("one map", 1.3, "six maps")], unchecked=("six maps",))


def _functions(data):
    """Functions that take long, and the sum of them; NumPy's into memory that is there already."""
    import chunkarray

    count = max(BLOCK, data.count // 16)
    array = data.many[0][:count]
    (v,) = _plain([array])
    for name in ("exp", "log", "sin"):
        ours = getattr(chunkarray, name)
        works = {"chunkarray": lambda f=ours: array.map(f).using(threads=1).sum()}
        if numpy is not None:
            theirs, results = getattr(numpy, name), numpy.zeros(count)
            works["numpy"] = lambda f=theirs, out=results: f(v, out=out).sum()
        title = "sum of %s(v), %s" % (name, _elements(count))
        yield _measured(title, works, count, [Target("numpy", 1.5)], data.note("numpy"))


def _reductions(data):
    from chunkarray import ChunkArray

    array, count = data.many[0], data.count
    one = array.using(threads=1)
    (v,) = _plain([array])
    # Scanned into memory that is there already, as NumPy's out= is.
    out, sums = ChunkArray("F8", capacity=count), None if numpy is None else numpy.zeros(count)

    def scan():
        out.clear()
        return one.scan("sum").into(out)

    for name, ours, theirs in (
        ("std", one.std, lambda: v.std()),
        ("argmin", one.argmin, lambda: v.argmin()),
        ("histogram of 100 bins", lambda: one.histogram(100, (0, 1))[0], lambda: numpy.histogram(v, 100, (0, 1))[0]),
        ("running sum", scan, lambda: numpy.cumsum(v, out=sums)),
    ):
        works = {"chunkarray": ours, "numpy": None if numpy is None else theirs}
        yield _measured("%s, %s" % (name, _elements(count)), works, count, (), data.note("numpy"))


def _groups(data):
    """Sums of 100 groups."""
    from chunkarray import ChunkArray, Record

    count = max(BLOCK, data.count // 4)
    rows = ChunkArray(Record("Sale", shop="U1", price="F8"), layout="columns")
    block = ((int(shop * 100), price) for shop, price in zip(data.block[0], data.block[1]))
    rows.extend(list(block))
    while len(rows) < count:
        rows.extend(rows[: count - len(rows)])
    one = rows.using(threads=1)

    def ours():
        groups = one.group_by("shop").agg(total=lambda r: r.price.sum())
        return [total for _shop, total in sorted(map(tuple, groups))]

    works = {"chunkarray": ours}
    if data.has("numpy"):
        shop, price = (numpy.array(rows[name]) for name in ("shop", "price"))
        works["numpy (bincount)"] = lambda: numpy.bincount(shop, price)
    if data.has("pyarrow"):
        import pyarrow

        table = pyarrow.table({"shop": shop, "price": price})

        def by_pyarrow():
            found = table.group_by("shop", use_threads=False).aggregate([("price", "sum")])
            return found.sort_by("shop")["price_sum"].to_numpy()

        works["pyarrow"] = by_pyarrow
    if data.has("polars"):
        import polars

        frame = polars.DataFrame({"shop": shop, "price": price})

        def by_polars():
            return frame.lazy().group_by("shop").agg(polars.col.price.sum()).sort("shop").collect()["price"].to_numpy()

        works["polars"] = by_polars
    title = "group_by of 100 keys, and sums, " + _elements(count)
    yield _measured(title, works, count, (), data.note("numpy", "pyarrow", "polars"))


def _start():
    """What it takes until the loop runs, with the lambdas read: of 16 elements, for which the loop itself is nothing."""
    from chunkarray import ChunkArray, maximum, minimum, zip_

    arrays = [ChunkArray("F8", range(16)) for _ in range(3)]
    # The first time: each turn is a chain that differs in some operation, and so a new kernel.
    operations = (
        *(lambda v: v + 2.0, lambda v: v - 2.0, lambda v: v * 2.0, lambda v: v / 2.0),
        *(lambda v: minimum(v, 2.0), lambda v: maximum(v, 2.0), lambda v: -v, abs),
    )
    fresh = itertools.cycle(itertools.product(operations, repeat=4))

    def cold():
        first, second, third, fourth = next(fresh)
        chain = zip_(*arrays).map(lambda a, b, c: fourth(third(second(first(a * b + c))))).filter(lambda v: v > K)
        chain.using(threads=1).sum()

    array = arrays[0]

    def again():
        array.map(lambda v: v * 2.0 + 1.0).filter(lambda v: v > K).sum()

    for title, work, limit, chosen in (
        ("lambdas read, compiled and run, 16 elements", cold, 1000.0, True),
        ("lambdas read again and run, 16 elements", again, 20.0, CPYTHON),
    ):
        values, rounds = interleave(
            {"chunkarray": by_wall(work)}, 200, per=MICROSECOND, slowest=0.1, warm_up=(0.0, 1.0)
        )
        yield Case("pipelines", title, "us, by the wall", values, [Target(None, limit, applies=chosen)], rounds)
