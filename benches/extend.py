"""extend from a buffer, beside copying the same bytes, and from a list of floats."""

import array
import ctypes
import sys

from harness import CPYTHON, Case, Settings, Target, interleave, loop, numpy, scaled

MODERN = CPYTHON and sys.version_info >= (3, 11)
MIB = 1 << 20


def _copies(size):
    """Peers that copy `size` bytes of floats, over and over: what was there before is dropped as part of it."""
    from chunkarray import ChunkArray

    source = array.array("d", bytes(size))
    for index in range(0, len(source), 64):
        source[index] = index * 0.5
    ours = ChunkArray("F8")
    one_piece = ChunkArray("F8", capacity=len(source))
    other = array.array("d")
    # Both ends touched, and never the same bytes as the source.
    target = bytearray(b"\1") * size
    raw = (ctypes.c_char * size).from_buffer(target)
    view = memoryview(source).cast("B")

    def peer(statement, **names):
        timed = loop(statement, ", ".join(names))
        return lambda count: timed(count, *names.values())

    peers = {
        "chunkarray": peer("clear(); extend(s)", clear=ours.clear, extend=ours.extend, s=source),
        "chunkarray, one piece": peer("clear(); extend(s)", clear=one_piece.clear, extend=one_piece.extend, s=source),
        "memmove (ctypes)": peer("move(t, s, z)", move=ctypes.memmove, t=raw, s=source.buffer_info()[0], z=size),
        "bytearray slice": peer("t[:] = s", t=memoryview(target), s=view),
        "array.array": peer("del a[:]; a.extend(s)", a=other, s=source),
    }
    if numpy is not None:
        into = numpy.ones(len(source))
        peers["numpy.copyto"] = peer("copy(t, s)", copy=numpy.copyto, t=into, s=numpy.frombuffer(source))
    return peers


def cases():
    for size in (MIB // 16, MIB, 64 * MIB):
        size = max(4096, int(size * min(1.0, Settings.scale)) // 4096 * 4096)
        times, rounds = interleave(_copies(size), max(1, 16 * MIB // size), slowest=60)
        values = {name: value / size for name, value in times.items()}
        # 80 % of memcpy's speed is 1.25 times its time. Judged is what such a copy is for: a lot of data.
        targets = [Target("memmove (ctypes)", 1.25, applies=MODERN and size >= MIB)]
        gigabytes = ", ".join("%s %.1f GB/s" % (name, 1 / value) for name, value in values.items())
        name = "from a buffer of %d KiB" % (size // 1024)
        yield Case("extend", name, "ns a byte", values, targets, rounds, gigabytes)

    from chunkarray import ChunkArray

    count = scaled(100000)
    floats = [index * 0.5 for index in range(count)]

    def filler(container, empty, statement="extend(s)"):
        timed = loop(statement, "extend, s", "for _ in (0,):")

        def run(n):
            empty()
            return timed(n, container.extend, floats) * n / count

        return run

    ours, other, plain = ChunkArray("F8"), array.array("d"), []
    peers = {
        "chunkarray": filler(ours, ours.clear),
        "list": filler(plain, plain.clear),
        "array.array": filler(other, lambda: other.__delitem__(slice(None))),
    }
    if numpy is not None:
        into = numpy.ones(count)
        timed = loop("t[:] = s", "t, s", "for _ in (0,):")
        peers["numpy t[:] = list"] = lambda n: timed(n, into, floats) * n / count
    values, rounds = interleave(peers, count, slowest=60)
    yield Case("extend", "from a list of floats", "ns", values, [Target("array.array", 1.0, applies=MODERN)], rounds)

    def generated(container, empty):
        timed = loop("extend(v for v in s)", "extend, s", "for _ in (0,):")

        def run(n):
            empty()
            return timed(n, container.extend, floats) * n / count

        return run

    peers = {
        "chunkarray": generated(ours, ours.clear),
        "list": generated(plain, plain.clear),
        "array.array": generated(other, lambda: other.__delitem__(slice(None))),
    }
    values, rounds = interleave(peers, count, slowest=60)
    yield Case("extend", "from a generator of floats", "ns", values, (), rounds)
