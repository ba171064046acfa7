"""Reading one element: a[i] in sequence and at random places, at(i), and writing a[i] = x."""

import random
import sys

from harness import CPYTHON, KEEP, Case, Target, filled, interleave, loop, scaled

MODERN = CPYTHON and sys.version_info >= (3, 11)
COUNT = 1000000
READS = 200000  # in a round


def cases():
    containers = filled(scaled(COUNT))
    targets = [Target("list", 1.3, applies=MODERN)]

    def peers(statement, names="a", extra=()):
        def peer(container):
            timed = loop(statement, names)
            return lambda count: timed(count, container, *extra)

        result = {name: peer(container) for name, container in containers.items()}
        timed = loop("pass", names)
        result["empty loop"] = lambda count: timed(count, None, *extra)
        return result

    for name, statement in (("s += a[i] in sequence", "x += a[i]"), ("x = a[i] in sequence", "x = a[i]")):
        if statement.startswith("x =") and not CPYTHON:  # a JIT drops it
            continue
        values, rounds = interleave(peers(statement), scaled(READS))
        yield Case("index", name, "ns", values, targets, rounds)

    order = list(range(scaled(COUNT)))
    random.Random(3).shuffle(order)
    shuffled = {
        name: (
            lambda count, run=loop(KEEP + "a[i]", "a, order", "for i in order:"), a=container: run(
                count, a, order[:count]
            )
        )
        for name, container in containers.items()
    }
    values, rounds = interleave(shuffled, scaled(READS), slowest=0.1)
    yield Case("index", "a[i] at random places", "ns", values, (), rounds)

    timed = loop(KEEP + "at(i)", "at")
    methods = {"chunkarray": lambda count: timed(count, containers["chunkarray"].at)}
    for name in ("list", "array.array"):
        methods[name + ".__getitem__"] = (
            lambda count, run=loop(KEEP + "at(i)", "at"), a=containers[name]: run(count, a.__getitem__)
        )
    values, rounds = interleave(methods, scaled(READS))
    yield Case("index", "at(i)", "ns", values, (), rounds)

    values, rounds = interleave(peers("a[i] = v", "a, v", (2.5,)), scaled(READS))
    yield Case("index", "a[i] = x", "ns", values, (), rounds)
