"""One read, one append and iteration by each way into an array: boxed, through the door, and a list beside both.

`boxed` is a call of the native object that the array holds, for which the interpreter makes objects on both sides.
`chunkarray` is what a program writes, a[i] and a.append(x): where the door is cffi's or one of views, it gets along
without that call. CPython's ChunkArray is the native type itself, so there is nothing to compare.

Who appends also reads the last element when all are in: what a door puts off until somebody looks is part of the time.
"""

import random

from harness import IMPLEMENTATION, Case, Target, empty_loop, interleave, peer, scaled

COUNT = 100000
# What the doors were built to reach, by interpreter: {peer: {base: limit}} for each case. GraalPy's is that of 25,
# since 24 runs here without its compiler.
UP_CALL = {"pypy": {"boxed": 1 / 15}, "graalpy": {"boxed": 1 / 40}}
LIMITS = {
    "read, one chunk": {"pypy": {"list": 2}},
    "read, several chunks": {"pypy": {"list": 6}},
    "read at random, one chunk": {"pypy": {"list": 2}},
    "read at random, several chunks": {"pypy": {"list": 12}},
    "append": {"pypy": {"list": 1}, "graalpy": {"boxed": 1 / 10}},
    "append, appender": {"pypy": {"list": 0.4}, "graalpy": {"boxed": 1 / 30}},
    "iterate": {"pypy": {"list": 2}, "graalpy": {"list": 7}},
}


def cases():
    from chunkarray import ChunkArray, about

    native = None
    if about()["door"] != "subclass" and about()["host"] != "python":
        from chunkarray._load import core

        native = core.Array
    count = scaled(COUNT)
    yield from _reads(ChunkArray, native, count)
    yield from _writes(ChunkArray, native, count)


def _targets(case):
    from chunkarray import about

    if IMPLEMENTATION == "graalpy" and int(about()["version"].split(".")[0]) < 25:
        return
    up_call = UP_CALL.get(IMPLEMENTATION, {}) if case.startswith("read") else {}
    for ours, name in (("chunkarray", case), ("appender", case + ", appender")):
        limits = {**LIMITS.get(name, {}).get(IMPLEMENTATION, {}), **up_call}
        for base, limit in limits.items():
            yield Target(base, limit, ours)


def _measure(case, name, peers, count, per=1):
    values, rounds = interleave(peers, count, per)
    return Case("doors", name, "ns", values, list(_targets(case)), rounds)


def _reads(ChunkArray, native, count):
    order = list(range(count))
    random.Random(3).shuffle(order)
    floats = [k * 0.5 for k in range(count)]
    for chunks, options in (("one chunk", {"capacity": count}), ("several chunks", {})):
        containers = {"chunkarray": ChunkArray("F8", floats, **options)}
        if native:
            containers["boxed"] = native("F8", **options)
            containers["boxed"].extend(floats)
        containers["list"] = [k * 0.5 for k in range(count)]  # of its own: nobody else has looked at it

        def each(statement, head="for i in range(n):", containers=containers, **more):
            return {key: peer(statement, head, a=container, **more) for key, container in containers.items()}

        peers = {**each("x += a[i]"), "empty loop": empty_loop()}
        yield _measure("read, " + chunks, "x += a[i] in sequence, " + chunks, peers, count)
        peers = each("x += a[i]", "for i in o[:n]:", o=order)
        yield _measure("read at random, " + chunks, "x += a[i] at random, " + chunks, peers, count)

    peers = {key: peer("x += v", "for v in a:", a=a) for key, a in containers.items() if key != "boxed"}
    if native:
        peers["boxed"] = peer("x += v", "for v in map(f, r):", f=containers["boxed"]._at, r=range(count))
    yield _measure("iterate", "for x in a, several chunks", peers, 1, count)


def _writes(ChunkArray, native, count):
    def fresh():
        found = {"chunkarray": ChunkArray("F8"), "boxed": native and native("F8"), "list": []}
        return {key: container for key, container in found.items() if container is not None}

    peers = {key: peer("a.append(v)", prepare=a.clear, after="x = a[-1]", a=a, v=1.5) for key, a in fresh().items()}
    a = ChunkArray("F8")
    # The end of the block belongs to the time.
    block = "with a.appender() as put:"
    peers["appender"] = peer("for i in range(n): put(v)", block, a.clear, after="x = a[-1]", a=a, v=1.5)
    yield _measure("append", "append(x)", peers, count)

    peers = {}
    for key, a in fresh().items():
        a.extend([0.5] * count)
        peers[key] = peer("a[i] = v", after="x = a[-1]", a=a, v=1.5)
    yield _measure("write", "a[i] = x in sequence", peers, count)
