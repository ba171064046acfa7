"""Iteration over 100,000 elements."""

import sys

from harness import CPYTHON, Case, Target, filled, interleave, loop, scaled

MODERN = CPYTHON and sys.version_info >= (3, 11)


def cases():
    count = scaled(100000)

    def peer(container):
        # A JIT would drop a loop that uses nothing.
        timed = loop("pass" if CPYTHON else "x += v", "a", "for v in a:")
        # The whole container is walked, whatever the harness would like: it then asks for that many.
        return lambda n: timed(n, container) * n / len(container)

    values, rounds = interleave({name: peer(container) for name, container in filled(count).items()}, count, slowest=60)
    yield Case("iterate", "for x in a", "ns", values, [Target("array.array", 1.1, applies=MODERN)], rounds)

    def summed(container):
        timed = loop("x = sum(a)", "a", "for _ in (0,):")
        return lambda n: timed(n, container) * n / len(container)

    values, rounds = interleave({name: summed(container) for name, container in filled(count).items()}, count, slowest=60)
    yield Case("iterate", "sum(a)", "ns", values, (), rounds)
