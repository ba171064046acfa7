"""extend from a buffer, beside copying the same bytes, and from a list or a generator of floats."""

import array
import ctypes

from harness import MODERN, Case, Settings, Target, interleave, numpy, peer, scaled

MIB = 1 << 20
ONCE = "for _ in (0,):"


def cases():
    for size in (MIB // 16, MIB, 64 * MIB):
        size = max(4096, int(size * min(1.0, Settings.scale)) // 4096 * 4096)
        values, rounds = interleave(_copies(size), max(1, 16 * MIB // size), per=size, slowest=60)
        # 80 % of memcpy's speed is 1.25 times its time. Judged is what such a copy is for: a lot of data.
        targets = [Target("memmove (ctypes)", 1.25, applies=MODERN and size >= MIB)]
        gigabytes = ", ".join("%s %.1f GB/s" % (name, 1 / value) for name, value in values.items())
        name = "from a buffer of %d KiB" % (size // 1024)
        yield Case("extend", name, "ns a byte", values, targets, rounds, gigabytes)
    yield from _from_iterables()


def _copies(size):
    """Peers that copy `size` bytes of floats, over and over: what was there before is dropped as part of it."""
    from chunkarray import ChunkArray

    source = array.array("d", bytes(size))
    for index in range(0, len(source), 64):
        source[index] = index * 0.5
    ours = ChunkArray("F8")
    one_piece = ChunkArray("F8", capacity=len(source))
    # Both ends touched, and never the same bytes as the source.
    target = bytearray(b"\1") * size
    raw = (ctypes.c_char * size).from_buffer(target)
    view = memoryview(source).cast("B")
    peers = {
        "chunkarray": peer("clear(); extend(s)", clear=ours.clear, extend=ours.extend, s=source),
        "chunkarray, one piece": peer("clear(); extend(s)", clear=one_piece.clear, extend=one_piece.extend, s=source),
        "memmove (ctypes)": peer("move(t, s, z)", move=ctypes.memmove, t=raw, s=source.buffer_info()[0], z=size),
        "bytearray slice": peer("t[:] = s", t=memoryview(target), s=view),
        "array.array": peer("del a[:]; a.extend(s)", a=array.array("d"), s=source),
    }
    if numpy is not None:
        into = numpy.ones(len(source))
        peers["numpy.copyto"] = peer("copy(t, s)", copy=numpy.copyto, t=into, s=numpy.frombuffer(source))
    return peers


def _from_iterables():
    from chunkarray import ChunkArray

    count = scaled(100000)
    floats = [index * 0.5 for index in range(count)]
    ours, other, plain = ChunkArray("F8"), array.array("d"), []

    def remove_all():
        del other[:]

    target = Target("array.array", 1.0, applies=MODERN)
    for name, statement, targets in (
        ("from a list of floats", "a.extend(s)", [target]),
        ("from a generator of floats", "a.extend(v for v in s)", ()),
    ):
        peers = {
            "chunkarray": peer(statement, ONCE, ours.clear, a=ours, s=floats),
            "list": peer(statement, ONCE, plain.clear, a=plain, s=floats),
            "array.array": peer(statement, ONCE, remove_all, a=other, s=floats),
        }
        if numpy is not None and "(s)" in statement:
            peers["numpy t[:] = list"] = peer("t[:] = s", ONCE, t=numpy.ones(count), s=floats)
        values, rounds = interleave(peers, 1, per=count)
        yield Case("extend", name, "ns", values, targets, rounds)
