"""Work on many elements at once, beside NumPy and list: sorting, choosing, searching, comparing, copying.

Sorting uses all processors, so it is timed by the wall, for every peer alike. All elements are random, and what is
sorted is put back in its old order before each round, untimed. Results are new memory, for every peer alike.
"""

import random

from harness import CPYTHON, MODERN, Case, Target, by_wall, interleave, numpy, peer, scaled, settle_heap

ONCE = "for _ in (0,):"
GROWTHS = (("chunkarray", "double"), ("chunkarray, fixed", "fixed"))


def cases():
    # glibc then gives large results back to the system when they are dropped, as it does by itself and as arrays do.
    settle_heap(1 << 25)
    yield from _sorting()
    if numpy is not None:
        yield from _choosing()
        yield from _searching()
        yield from _comparing()
        yield from _copying()
    settle_heap()


def _arrays(dtype, values):
    from chunkarray import ChunkArray

    return {name: ChunkArray(dtype, values, growth=growth) for name, growth in GROWTHS}


def _target(limit, least=1000000, count=1000000):
    """At most `limit` times NumPy's time, for both growths, where there are enough elements for it to be about them."""
    applies = MODERN and count >= least
    return [Target("numpy", limit, name, applies) for name, _ in GROWTHS]


def _random(dtype, count):
    """Random elements: a NumPy array, or a list where there is none."""
    if numpy is not None:
        chance = numpy.random.default_rng(7)
        return chance.random(count) if dtype == "F8" else chance.integers(0, 2**64, count, dtype="u8")
    chance = random.Random(7)
    return [chance.random() if dtype == "F8" else chance.getrandbits(64) for _ in range(count)]


def _sorting():
    for dtype, count in (("F8", scaled(10**7)), ("U8", scaled(10**7)), ("F8", scaled(10**6))):
        values = _random(dtype, count)
        peers = {}
        for name, array in _arrays(dtype, values).items():
            source = array.copy()
            peers[name] = by_wall(array.sort, lambda a=array, s=source: a.__setitem__(slice(None), s))
        if numpy is not None:
            array = values.copy()
            peers["numpy"] = by_wall(array.sort, lambda a=array, s=values: numpy.copyto(a, s))
        if count <= 10**6:
            # Longer ones would take seconds each.
            floats = list(values) if numpy is None else values.tolist()
            array = list(floats)
            peers["list"] = by_wall(array.sort, lambda a=array, s=floats: a.__setitem__(slice(None), s))
        result, rounds = interleave(peers, 1, per=count)
        # A million is a matter of a few milliseconds, in which threads hardly get going.
        targets = _target(1.0, 10**7, count)
        yield Case("kernels", "sort of %d %s" % (count, dtype), "ns an element, by the wall", result, targets, rounds)


def _case(name, statement, count, arrays, other, others=None, limit=1.5, note="", unit="ns an element", **names):
    """A case of `statement` on each of `arrays`, and of `other` on NumPy's v."""
    peers = {key: peer(statement, ONCE, a=a, **dict(names, **(others or {}).get(key, {}))) for key, a in arrays.items()}
    peers["numpy"] = peer(other, ONCE, np=numpy, **names)
    result, rounds = interleave(peers, 1, per=count)
    if note:
        note = ", ".join("%s %.1f GB/s" % (key, note / value) for key, value in result.items() if value)
    return Case("kernels", name, unit, result, _target(limit, 10**6, count), rounds, note)


def _choosing():
    count = scaled(10**7)
    x = _random("F8", count)
    arrays = _arrays("F8", x)
    indices = numpy.random.default_rng(8).integers(0, count, count)
    yield _case("take, random indices", "a.take(k)", count, arrays, "v.take(k)", v=x, k=indices)
    indices.sort()
    yield _case("take, ascending indices", "a.take(k)", count, arrays, "v.take(k)", v=x, k=indices)
    for density in (0.01, 0.1, 0.5, 0.9, 0.99):
        mask = numpy.random.default_rng(9).random(count) < density
        name = "boolean mask, %g %% marked" % (density * 100)
        yield _case(name, "a[m]", count, arrays, "v[m]", v=x, m=mask)


def _searching():
    """One value among 100 million: the same each time, and another each time, for which memory has to be fetched."""
    from chunkarray import ChunkArray

    count = scaled(10**8)
    arrays = {name: ChunkArray("F8", growth=growth) for name, growth in GROWTHS}
    step = max(1, count // 20)
    for start in range(0, count, step):
        part = numpy.arange(start, min(start + step, count), dtype="f8")
        for array in arrays.values():
            array.extend(part)
    x = numpy.arange(count, dtype="f8")
    values = (numpy.random.default_rng(10).random(20000) * count).tolist()
    for name, sought in (("the same", values[:1] * len(values)), ("another", values)):
        peers = {key: peer("a.searchsorted(y)", "for y in s:", a=a, s=sought) for key, a in arrays.items()}
        peers["numpy"] = peer("a.searchsorted(y)", "for y in s:", a=x, s=sought)
        result, rounds = interleave(peers, 1, per=len(values))
        targets = [Target(None, 1000.0, key, MODERN and count >= 10**8) for key in arrays] if name == "the same" else ()
        title = "searchsorted of one value among %d F8, %s each time" % (count, name)
        yield Case("kernels", title, "ns", result, targets, rounds)


def _comparing():
    count = scaled(10**7)
    x = _random("F8", count)
    arrays, same = _arrays("F8", x), {key: {"b": b} for key, b in _arrays("F8", x).items()}
    y = x.copy()
    yield _case("a == b", "a == b", count, arrays, "np.array_equal(v, w)", same, 1.5, 16.0, v=x, w=y)
    yield _case("x in a, which it is not", "5.0 in a", count, arrays, "(v == 5.0).any()", None, 1.5, 8.0, v=x)
    yield _case("a.count(x)", "a.count(5.0)", count, arrays, "(v == 5.0).sum()", None, 1.5, 8.0, v=x)
    few = scaled(10**6)
    floats, others = x[:few].tolist(), x[:few].tolist()
    arrays, same = _arrays("F8", floats), _arrays("F8", floats)
    for name, statement in (("a == b", "a == b"), ("x in a", "5.0 in a"), ("a.count(x)", "a.count(5.0)")):
        peers = {key: peer(statement, ONCE, a=a, b=same[key]) for key, a in arrays.items()}
        peers["list"] = peer(statement, ONCE, a=floats, b=others)
        result, rounds = interleave(peers, 1, per=few)
        targets = [Target("list", 1.0, applies=CPYTHON)]
        yield Case("kernels", name + ", %d elements" % few, "ns an element", result, targets, rounds)


def _copying():
    count = scaled(10**7)
    x = _random("F8", count)
    arrays = _arrays("F8", x)
    yield _case("a.tobytes()", "a.tobytes()", count, arrays, "v.tobytes()", None, 1.5, 8.0, v=x)
    yield _case("a[:].copy()", "a[:].copy()", count, arrays, "v[:].copy()", None, 1.5, 8.0, v=x)
    yield _case("a[::2].copy()", "a[::2].copy()", count // 2, arrays, "v[::2].copy()", None, 1.5, 8.0, v=x)
    yield _case("a.reverse()", "a.reverse()", count, arrays, "v[:] = v[::-1].copy()", None, 1.5, v=x)
    yield _case("a.byteswap()", "a.byteswap()", count, arrays, "v.byteswap(True)", None, 1.5, v=x)
