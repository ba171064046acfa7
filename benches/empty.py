"""What an array costs that holds nothing: time to make and drop one, and its memory."""

import array
import sys

from harness import CPYTHON, Case, Target, child, interleave, numpy, peer, resident_bytes, scaled


def _makers():
    """{peer: (the statement that makes an empty one, what it calls)}"""
    from chunkarray import ChunkArray

    makers = {
        "chunkarray": ("make('F8')", ChunkArray),
        "list": ("make()", list),
        "array.array": ("make('d')", array.array),
    }
    if numpy is not None:
        makers["numpy"] = ("make(0)", numpy.empty)
    return makers


def cases():
    makers = _makers()
    peers = {name: peer("x = " + statement, make=make) for name, (statement, make) in makers.items()}
    values, rounds = interleave(peers, scaled(20000))
    yield Case("empty", "make one and drop it", "ns", values, [Target(None, 500, applies=CPYTHON)], rounds)

    sizes = {}
    for name, (statement, make) in makers.items():
        try:
            sizes[name] = sys.getsizeof(eval(statement, {"make": make}))
        except TypeError:  # PyPy does not tell
            return
    yield Case("empty", "sys.getsizeof", "bytes", sizes, [Target(None, 256, applies=CPYTHON)])

    if not CPYTHON:  # what a tracing collector holds says nothing of what an object needs
        return
    count = scaled(100000)
    sizes = {name: float(child(__file__, name, str(count))[0]) for name in makers}
    yield Case("empty", "memory of %d of them" % count, "bytes each", sizes, [Target(None, 256)])


def _one(name, count):
    """The child's part: how much memory `count` of them took, in bytes each."""
    statement, make = _makers()[name]
    create = eval("lambda: " + statement, {"make": make})
    every = [create()] * count
    before = resident_bytes()
    for index in range(count):
        every[index] = create()
    print((resident_bytes() - before) / count)


if __name__ == "__main__":
    _one(sys.argv[1], int(sys.argv[2]))
