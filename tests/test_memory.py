"""Memory: what runs out is a MemoryError, what is dropped comes back."""

import pytest

from support import CPYTHON, HOST, IMPLEMENTATION, MOST, run_python, scaled

LIMITED = """
import gc, resource, sys
from chunkarray import ChunkArray
limit = %d
a = ChunkArray("F8", range(1000), growth=%r, chunk_size=%d)
view = memoryview(a.chunks()[0])
address = a.address_of(0)
block = bytes(8 << 16)
more = ChunkArray("U1", b"x" * (16 << 20))
spare = bytes(4 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
refused = 0
for attempt in range(3):
    try:
        while True:
            before = len(a)
            a.frombytes(block)
    except MemoryError:
        refused += 1
        assert len(a) == before
try:
    while True:
        before = len(more)
        more.extend(more)
except MemoryError:
    refused += 1
    assert len(more) == before
try:
    ChunkArray("F8", capacity=1 << 56)
except MemoryError:
    refused += 1
del spare  # small chunks leave nothing else to the interpreter
assert a.address_of(0) == address and a[:1000].tolist() == view.tolist()[:1000] == [float(k) for k in range(1000)]
a.close(); more.close()
# What a view shows, and what threads may read without a lock of the interpreter, goes with the array.
del view, a, more
gc.collect()
b = ChunkArray("F8", range(1000))
assert len(b) == 1000
print(refused, before > 1000)
"""


@pytest.mark.skipif(IMPLEMENTATION == "graalpy", reason="a Java machine does not survive a limit on its address space")
@pytest.mark.parametrize("growth, chunk_size", [("double", 1024), ("fixed", 1024), ("fixed", 8 << 20)])
def test_memory_that_runs_out(growth, chunk_size):
    if growth == "fixed" and chunk_size == 1024 and (not CPYTHON or HOST == "python"):
        pytest.skip("small chunks leave nothing to the interpreter, which then can't even tell")
    # The process has mapped something already, and an array's table of chunks is address space too.
    process = run_python(LIMITED % (2 << 30, growth, chunk_size))
    assert process.stdout.split() == ["5", "True"]


def test_sizes_that_no_memory_has():
    from chunkarray import ChunkArray

    for options in ({"capacity": 2**60}, {"chunk_size": 2**60}, {"capacity": 2**63}, {"chunk_size": 2**100}):
        with pytest.raises((MemoryError, ValueError)):
            ChunkArray("F8", **options)
    with pytest.raises((MemoryError, ValueError)):
        ChunkArray(element_size=2**62)
    with pytest.raises((MemoryError, ValueError)):
        ChunkArray("F8[%d]" % 2**58, capacity=1000)


DROPPED = (
    MOST
    + """
from chunkarray import ChunkArray

block = bytes(1 << 20)
before = most()
for k in range(512):
    # Of either kind: chunks from malloc, and one region of address space.
    a = ChunkArray("F8") if k % 2 else ChunkArray("U1", capacity=4 << 20)
    for _ in range(4):
        a.frombytes(block)
    assert a.nbytes == 4 << 20
print(before, most())
"""
)


def test_what_is_dropped_is_given_back():
    """2 GiB in arrays of 4 MiB, of which one is alive at a time."""
    before, most = map(int, run_python(DROPPED, timeout=900).stdout.split())
    print("%.0f MB before, %.0f MB at most" % (before / 1e6, most / 1e6))
    assert most - before < 1e9


def test_growing_and_shortening_again_and_again():
    from chunkarray import ChunkArray

    a = ChunkArray("F8", chunk_size=64)
    held = []
    for k in range(scaled(200, least=20)):
        a.extend(range(1000))
        held.append(a.committed_bytes)
        if k % 3 == 0:
            a.clear()
        elif k % 3 == 1:
            a.truncate(100)
        else:
            a.pop()
    assert max(held[len(held) // 2 :]) <= max(held[: len(held) // 2])
