"""Integers and 4-byte floats: append, a[i], a[i] = x and iteration, beside a list and an array.array of the same."""

import array

from harness import CPYTHON, KEEP, MODERN, Case, Target, empty_loop, interleave, peer, scaled

COUNT = 100000
TYPES = (("S8", "q", 100), ("U4", "I", 100), ("U1", "B", 100), ("F4", "f", 1.5))


def cases():
    from chunkarray import ChunkArray

    count = scaled(COUNT)
    for dtype, code, value in TYPES:
        containers = {
            "chunkarray": ChunkArray(dtype, [value]) * count,
            "list": [value] * count,
            "array.array": array.array(code, [value]) * count,
        }
        target = [Target("list", 1.3, applies=MODERN)]

        def case(name, peers, targets=(), per=None, dtype=dtype):
            if per is None:
                peers["empty loop"] = empty_loop()
            values, rounds = interleave(peers, 1 if per else count, **({"per": per} if per else {}))
            return Case("scalars", "%s: %s" % (dtype, name), "ns", values, targets, rounds)

        reads = {key: peer(KEEP + "a[i]", a=container) for key, container in containers.items()}
        yield case("a[i] in sequence", reads)
        writes = {key: peer("a[i] = v", a=container, v=value) for key, container in containers.items()}
        yield case("a[i] = x", writes)
        statement = "pass" if CPYTHON else "x += v"
        walks = {key: peer(statement, "for v in a:", a=container) for key, container in containers.items()}
        yield case("for x in a", walks, per=count)

        def empty(container):
            return lambda: container.__delitem__(slice(0, None))

        appends = {
            key: peer("add(v)", prepare=empty(container), add=container.append, v=value)
            for key, container in containers.items()
        }
        yield case("append(x), the same number", appends, target)
