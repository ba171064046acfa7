"""append, push and an appender's put: the same float over and over, and 10 million fresh ones in a process of their
own."""

import array
import json
import sys

from harness import (
    CPYTHON,
    IMPLEMENTATION,
    MODERN,
    Case,
    Target,
    child,
    clock,
    empty_loop,
    interleave,
    loop,
    peer,
    resident_bytes,
    scaled,
)

FRESH = 10000000


def cases():
    from chunkarray import ChunkArray

    ours, plain, other = ChunkArray("F8"), [], array.array("d")

    def remove_all():
        del other[:]

    against = [Target("list", 1.3, applies=MODERN), Target("array.array", 1.0, applies=MODERN)]
    for name, method, targets in (
        ("append(x), the same float", "append", against),
        ("a.append(x), looked up each time", None, against),
        ("push(x), which gives the index", "push", ()),
    ):
        peers = {"empty loop": empty_loop()}
        for key, container, empty in (
            ("chunkarray", ours, ours.clear),
            ("list", plain, plain.clear),
            ("array.array", other, remove_all),
        ):
            if method is None:
                peers[key] = peer("a.append(v)", prepare=empty, a=container, v=1.5)
            else:
                # Where there is no push, append is what it is measured beside.
                add = getattr(container, method, container.append)
                peers[key] = peer("add(v)", prepare=empty, add=add, v=1.5)
        values, rounds = interleave(peers, scaled(200000))
        yield Case("append", name, "ns", values, targets, rounds)
    yield _appender()
    yield from _fresh()


def _appender():
    """An appender's put beside what it is to be faster than, or as fast as."""
    from chunkarray import ChunkArray

    ours, ahead, plain = ChunkArray("F8"), ChunkArray("F8"), []
    timed = loop("put(v)", "put, v")

    def put_all(count):
        ahead.clear()
        with ahead.appender() as put:
            return timed(count, put, 1.5)

    peers = {
        "empty loop": empty_loop(),
        "chunkarray": put_all,
        "chunkarray, append": peer("add(v)", prepare=ours.clear, add=ours.append, v=1.5),
        "list": peer("add(v)", prepare=plain.clear, add=plain.append, v=1.5),
    }
    values, rounds = interleave(peers, scaled(200000))
    targets = [
        # Of one call into native code there is nothing to save; a tenth is for the noise of two equal numbers.
        Target("chunkarray, append", 1.1, applies=MODERN),
        Target("list", 0.4, applies=IMPLEMENTATION == "pypy"),
    ]
    return Case("append", "put(x) of an appender, the same float", "ns", values, targets, rounds)


def _fresh():
    """Each peer in turn in a fresh process: the time, and the memory that the process took for it."""
    count = scaled(FRESH)
    nanoseconds, size = {}, {}
    for _ in range(5):
        for name in ("chunkarray", "list", "array.array"):
            found = json.loads(child(__file__, name, str(count))[0])
            nanoseconds.setdefault(name, []).append(found["seconds"] / count * 1e9)
            # What a tracing collector keeps for itself says nothing of what an array needs.
            if CPYTHON and found["bytes"] is not None:
                size.setdefault(name, []).append(found["bytes"] / count)
    what = "append(i * 0.5), %d fresh floats" % count
    note = "a fresh process for each; pages and allocations are part of it"
    best = {name: min(values) for name, values in nanoseconds.items()}
    yield Case("append", what, "ns", best, [Target("list", 1.0, applies=MODERN)], nanoseconds, note)
    if size:
        best = {name: min(values) for name, values in size.items()}
        yield Case("append", what + ", memory", "bytes an element", best, [Target(None, 8.1, applies=MODERN)], size)


def _one(name, count):
    """The child's part: appends `count` fresh floats and tells what they took."""
    if name == "chunkarray":
        from chunkarray import ChunkArray

        container = ChunkArray("F8")
    else:
        container = [] if name == "list" else array.array("d")
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
