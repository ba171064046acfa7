"""Iteration over 100,000 elements."""

from harness import CPYTHON, MODERN, Case, Target, filled, interleave, peer, scaled


def cases():
    count = scaled(100000)
    containers = filled(count)
    target = Target("array.array", 1.1, applies=MODERN)
    for name, statement, head, targets in (
        # A JIT would drop a loop that uses nothing.
        ("for x in a", "pass" if CPYTHON else "x += v", "for v in a:", [target]),
        ("sum(a)", "x = sum(a)", "for _ in (0,):", ()),
    ):
        peers = {key: peer(statement, head, a=container) for key, container in containers.items()}
        values, rounds = interleave(peers, 1, per=count)
        yield Case("iterate", name, "ns", values, targets, rounds)
