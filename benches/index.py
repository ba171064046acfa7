"""Reading one element: a[i] in sequence and at random places, at(i); and writing a[i] = x."""

import random

from harness import CPYTHON, KEEP, MODERN, Case, Target, empty_loop, filled, interleave, peer, scaled

COUNT = 1000000
READS = 200000  # in a round


def cases():
    containers = filled(scaled(COUNT))
    target = [Target("list", 1.3, applies=MODERN)]

    def case(name, statement, targets=(), **more):
        peers = {key: peer(statement, a=container, **more) for key, container in containers.items()}
        peers["empty loop"] = empty_loop()
        values, rounds = interleave(peers, scaled(READS))
        return Case("index", name, "ns", values, targets, rounds)

    yield case("s += a[i] in sequence", "x += a[i]", target)
    if CPYTHON:  # a JIT drops a read that nobody needs
        yield case("x = a[i] in sequence", "x = a[i]", target)
    yield case("a[i] = x", "a[i] = v", v=2.5)

    order = list(range(scaled(COUNT)))
    random.Random(3).shuffle(order)
    order = order[: scaled(READS)]
    peers = {key: peer(KEEP + "a[i]", "for i in order:", a=a, order=order) for key, a in containers.items()}
    values, rounds = interleave(peers, 1, per=len(order))
    yield Case("index", "a[i] at random places", "ns", values, (), rounds)

    peers = {"chunkarray": peer(KEEP + "at(i)", at=containers["chunkarray"].at)}
    for key in ("list", "array.array"):
        peers[key + ".__getitem__"] = peer(KEEP + "at(i)", at=containers[key].__getitem__)
    values, rounds = interleave(peers, scaled(READS))
    yield Case("index", "at(i)", "ns", values, (), rounds)
