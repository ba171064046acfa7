"""Arena: pushing bytes, rewinding, and arrays in an arena, beside bytes objects in a list and arrays elsewhere."""

from harness import Case, interleave, peer, scaled

COUNT = 2000


def cases():
    from chunkarray import Arena, ChunkArray

    for size in (16, 200, 4096):
        data = b"x" * size
        arena, kept = Arena(), []
        arena.push(bytes(COUNT * (size + 8)))  # the memory is touched before it is timed
        arena.reset()
        count = scaled(COUNT)
        peers = {
            "chunkarray": peer("push(s)", "for _ in range(%d):" % count, arena.reset, push=arena.push, s=data),
            "list.append(bytearray(s))": peer(
                "put(copy(s))", "for _ in range(%d):" % count, kept.clear, put=kept.append, copy=bytearray, s=data
            ),
        }
        found, rounds = interleave(peers, 1, per=count)
        yield Case("arena", "push(%d bytes)" % size, "ns", found, (), rounds)

    for pushes in (1, 100, 10000):
        arena = Arena()
        mark = arena.save()

        def push(arena=arena, pushes=pushes):
            for _ in range(pushes):
                arena.push(b"x" * 20)

        peers = {"chunkarray": peer("rewind(m)", "for _ in (0,):", push, rewind=arena.rewind, m=mark)}
        found, rounds = interleave(peers, 1)
        yield Case("arena", "rewind over %d pushes" % pushes, "ns", found, (), rounds)

    arena = Arena()
    arena.push(bytes(1 << 20))
    arena.reset()

    def fill(arena):
        ChunkArray("F8", chunk_size=64, arena=arena).append(1.5)

    def in_arena():
        with arena.defer_rewind():
            fill(arena)

    peers = {"chunkarray": peer("f()", f=in_arena), "chunkarray, no arena": peer("f(None)", f=fill)}
    found, rounds = interleave(peers, 200)
    yield Case("arena", "an array of 64 floats, made and rewound", "ns", found, (), rounds)
