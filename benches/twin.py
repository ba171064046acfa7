"""The array beside its twin in plain Python: what the native part is for. A subject of its own, since rounds are as
long as the slowest peer wants them."""

from harness import Case, Target, empty_loop, interleave, peer, scaled

COUNT = 10000


def cases():
    from chunkarray import ChunkArray, about, twin

    count = min(scaled(COUNT), COUNT)
    both = {"chunkarray": ChunkArray("F8"), "twin": twin.ChunkArray("F8")}
    # Where the twin is what runs, the two are one.
    target = [Target("twin", 1.0, applies=about()["host"] != "python")]

    def measured(name, statement, head="for i in range(n):", per=None, empty=False):
        peers = {"empty loop": empty_loop()} if per is None else {}
        for key, container in both.items():
            prepare = container.clear if empty else None
            peers[key] = peer(statement, head, prepare=prepare, a=container, v=1.5)
        values, rounds = interleave(peers, count if per is None else 1, **({} if per is None else {"per": per}))
        return Case("twin", name, "ns", values, target, rounds)

    yield measured("a.append(x)", "a.append(v)", empty=True)
    for container in both.values():
        container.clear()
        container.extend([0.5] * count)
    yield measured("x = a[i] in sequence", "x += a[i]")
    yield measured("for x in a", "x += e", "for e in a:", per=count)
