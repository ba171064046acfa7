"""KeyTable beside a dict of floats: reading and writing one value, by how many keys there are, and bytes a key."""

import random
import sys

from harness import CPYTHON, IMPLEMENTATION, KEEP, Case, interleave, peer, scaled

SIZES = (3, 10, 30, 100, 300, 1000)
READS = 20000


def cases():
    from chunkarray import KeyTable

    for size in SIZES:
        names = ["sensor/%03d/value" % k for k in range(size)]
        values = [k * 0.5 for k in range(size)]
        containers = {"chunkarray": KeyTable("F8", zip(names, values)), "dict": dict(zip(names, values))}
        order = random.Random(5).choices(names, k=scaled(READS))
        for name, statement in (("x = t[key]", KEEP + "t[key]"), ("t[key] = x", "t[key] = 1.5")):
            peers = {
                key: peer(statement, "for key in order:", t=container, order=order)
                for key, container in containers.items()
            }
            peers["empty loop"] = peer("pass", "for key in order:", order=order)
            found, rounds = interleave(peers, 1, per=len(order))
            yield Case("key_table", "%s, %d keys" % (name, size), "ns", found, (), rounds)
    if IMPLEMENTATION == "pypy":  # which knows no object's size
        return
    for size in SIZES:
        names = ["sensor/%03d/value" % k for k in range(size)]
        table = KeyTable("F8", ((name, 0.5) for name in names))
        # A dict's keys and values are objects of their own, which count where nobody else has them.
        plain = {name: 0.5 + k for k, name in enumerate(names)}
        found = {
            "chunkarray": sys.getsizeof(table) / size,
            "dict": sys.getsizeof(plain) / size,
            "dict, its values counted": (sys.getsizeof(plain) + sum(map(sys.getsizeof, plain.values()))) / size,
            "dict, keys and values counted": (
                sys.getsizeof(plain) + sum(map(sys.getsizeof, plain.values())) + sum(map(sys.getsizeof, plain))
            )
            / size,
        }
        yield Case("key_table", "memory, %d keys of 16 characters" % size, "bytes a key", found)
    if CPYTHON:
        from harness import numpy

        if numpy is not None:
            size = 1000
            names = ["sensor/%03d/value" % k for k in range(size)]
            table = KeyTable("F8", ((name, 0.5) for name in names), capacity=size)
            plain = dict.fromkeys(names, 0.5)
            peers = {
                "chunkarray": peer("f(t.numpy())", f=numpy.sum, t=table),
                "dict": peer("f(g(t.values(), float, z))", f=numpy.sum, g=numpy.fromiter, t=plain, z=size),
            }
            found, rounds = interleave(peers, 50)
            yield Case("key_table", "numpy.sum of 1000 values", "ns", found, (), rounds)
