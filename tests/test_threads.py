"""Threads: nothing is lost or torn, on interpreters with a GIL and without."""

import threading

import pytest

from chunkarray import ChunkArray
from support import run_together, scaled

THREADS = 8
EACH = scaled(10_000, least=200)


@pytest.mark.parametrize("dtype, growth", [("F8", "double"), ("S8", "fixed"), ("B8", "double")])
def test_append(dtype, growth):
    a = ChunkArray(dtype, chunk_size=64, growth=growth)

    def worker(start):
        def append():
            for k in range(EACH):
                a.append(start + k)

        return append

    run_together(*(worker(EACH * t) for t in range(THREADS)))
    assert sorted(a) == list(range(THREADS * EACH))


def test_push_gives_each_an_index_of_its_own():
    a = ChunkArray("S8", chunk_size=16)
    pushed = [[] for _ in range(THREADS)]

    def worker(t):
        def push():
            for k in range(EACH):
                value = t * EACH + k
                pushed[t].append((a.push(value), value))

        return push

    run_together(*map(worker, range(THREADS)))
    everything = sorted(pair for pairs in pushed for pair in pairs)
    assert [index for index, _ in everything] == list(range(THREADS * EACH))
    assert [value for _, value in everything] == a.tolist()


def test_one_extend_is_adjacent():
    a = ChunkArray("S8", chunk_size=16)
    rounds = max(10, EACH // 100)

    def worker(t):
        def extend():
            for k in range(rounds):
                block = [t * rounds + k] * 7
                a.extend(block if k % 3 == 0 else iter(block) if k % 3 == 1 else ChunkArray("S8", block))

        return extend

    run_together(*map(worker, range(THREADS)))
    everything = a.tolist()
    assert len(everything) == 7 * THREADS * rounds
    assert all(everything[k] == everything[k - k % 7] for k in range(len(everything)))
    assert len(set(everything)) == THREADS * rounds


def test_readers_see_finished_elements_only():
    a = ChunkArray("F8", [0.25], chunk_size=16)
    done = threading.Event()

    def write():
        try:
            for k in range(EACH):
                a.append(k + 0.25)
                if k % 50 == 0:
                    a.extend([k + 0.25] * 20)
        finally:
            done.set()

    def read():
        while not done.is_set():
            assert a[len(a) - 1] % 1 == 0.25
            assert a[-1] % 1 == 0.25
            for x in a[-5:]:
                assert x % 1 == 0.25

    def look():
        while not done.is_set():
            chunks = a.chunks()
            assert memoryview(chunks[-1])[len(chunks[-1]) - 1] % 1 == 0.25

    run_together(write, read, read, look)
    assert all(x % 1 == 0.25 for x in a)


def test_shortening_beside_appending():
    a = ChunkArray("S8", chunk_size=16)
    popped = [0] * 4

    def append():
        for k in range(EACH):
            a.append(k + 1)

    def pop(t):
        def run():
            for _ in range(EACH // 4):
                try:
                    assert a.pop() > 0
                    popped[t] += 1
                except IndexError:
                    pass

        return run

    run_together(append, append, pop(0), pop(1), pop(2), pop(3))
    assert len(a) == 2 * EACH - sum(popped)
    assert all(0 < x <= EACH for x in a)


def test_everything_at_once():
    """Lengths change meanwhile, so only the values are checked, and that nothing breaks."""
    a = ChunkArray("F8", chunk_size=16)
    rounds = max(20, EACH // 50)

    def append():
        for _ in range(rounds * 10):
            a.append(1.5)

    def shorten():
        for k in range(rounds):
            a.truncate(len(a) // 2)
            if k % 8 == 0:
                a.clear()

    def read():
        for _ in range(rounds):
            try:
                a[len(a) // 2]
                a[3:9].tolist()
            except IndexError:
                pass
            assert all(x == 1.5 for x in a)
            a.tobytes()
            a.chunks()

    def extend():
        for _ in range(rounds):
            a.extend([1.5] * 100)
            a.frombytes(b"\0\0\0\0\0\0\xf8\x3f" * 50)

    run_together(append, append, shorten, read, read, extend)
    assert all(x == 1.5 for x in a)


@pytest.mark.parametrize("attempt", range(scaled(20, least=2)))
def test_close_beside_appending_and_reading(attempt):
    a = ChunkArray("F8", range(100), chunk_size=16)
    # The loops have an end of their own: some interpreters let a thread wait very long for its turn.
    rounds = scaled(20_000, least=100)

    def append():
        try:
            for _ in range(rounds):
                a.append(1.0)
        except ValueError as error:
            assert "closed" in str(error)

    def read():
        for _ in range(rounds // 10):
            try:
                a[len(a) // 2]
                a[-1]
            except IndexError:
                pass
            a.chunks()

    run_together(append, append, read, read, a.close)
    assert a.tolist() == []
    with pytest.raises(ValueError):
        a.append(1.0)
