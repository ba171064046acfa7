"""append and push: the same float over and over, and 10 million fresh ones in a process of their own."""

import array
import json
import sys

import harness
from harness import CPYTHON, Case, Target, clock, interleave, loop, resident_bytes, scaled

FRESH = 10000000
MODERN = CPYTHON and sys.version_info >= (3, 11)


def _adder(method, make, empty):
    """A peer that empties its container and fills it again, through a bound method or, for None, as container.append."""
    container = make()
    statement, names = ("append(v)", "append, v") if method else ("a.append(v)", "a, v")
    timed = loop(statement, names)

    def run(count):
        empty(container)
        return timed(count, getattr(container, method) if method else container, 1.5)

    return run


def _peers(method):
    from chunkarray import ChunkArray

    hoisted = method is not None
    return {
        "chunkarray": _adder(method, lambda: ChunkArray("F8"), lambda a: a.clear()),
        "list": _adder("append" if hoisted else None, list, lambda a: a.clear()),
        "array.array": _adder("append" if hoisted else None, lambda: array.array("d"), lambda a: a.__delitem__(slice(None))),
    }


def cases():
    empty = loop("pass", "v")
    against = [Target("list", 1.3, applies=MODERN), Target("array.array", 1.0, applies=MODERN)]
    for name, method, targets in (
        ("append(x), the same float", "append", against),
        ("a.append(x), looked up each time", None, ()),
        ("push(x), which gives the index", "push", ()),
    ):
        peers = dict(_peers(method), **{"empty loop": lambda count: empty(count, 1.5)})
        values, rounds = interleave(peers, scaled(200000))
        yield Case("append", name, "ns", values, targets, rounds)
    yield from _fresh()


def _fresh():
    """Each peer in turn in a fresh process: the time, and the memory that the process took for it."""
    count = scaled(FRESH)
    seconds, size = {}, {}
    for _ in range(5):
        for peer in ("chunkarray", "list", "array.array"):
            text, _elapsed = harness.child(__file__, peer, str(count))
            found = json.loads(text)
            seconds.setdefault(peer, []).append(found["seconds"] / count * 1e9)
            if found["bytes"] is not None:
                size.setdefault(peer, []).append(found["bytes"] / count)
    what = "append(i * 0.5), %d fresh floats" % count
    note = "a fresh process for each; pages and allocations are part of it"
    best = {peer: min(values) for peer, values in seconds.items()}
    yield Case("append", what, "ns", best, [Target("list", 1.0, applies=MODERN)], seconds, note)
    if size:
        best = {peer: min(values) for peer, values in size.items()}
        yield Case("append", what + ", memory", "bytes an element", best, [Target(None, 8.1)], size)


def _one(peer, count):
    """The child's part: appends `count` fresh floats and tells what they took."""
    if peer == "chunkarray":
        from chunkarray import ChunkArray

        container = ChunkArray("F8")
    else:
        container = [] if peer == "list" else array.array("d")
    container.append(0.5)
    before = resident_bytes()
    append = container.append
    start = clock()
    for index in range(count):
        append(index * 0.5)
    seconds = clock() - start
    after = resident_bytes()
    print(json.dumps({"seconds": seconds, "bytes": None if before is None else after - before}))


if __name__ == "__main__":
    _one(sys.argv[1], int(sys.argv[2]))
