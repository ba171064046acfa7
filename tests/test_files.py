"""Elements to and from binary files, as array.array's."""

import io
import os
from array import array

import pytest

from chunkarray import ChunkArray
from support import ALL, sample


@pytest.mark.parametrize("dtype", sorted(ALL) + ["F4[2]"])
def test_round_trip(dtype, tmp_path):
    content = [(1.0, 2.0)] * 3 if dtype == "F4[2]" else sample(dtype)
    a = ChunkArray(dtype, content, chunk_size=1)
    with open(tmp_path / "elements", "wb") as file:
        assert a.tofile(file) is None
        a[1:].tofile(file)
        a[::-1].tofile(file)
    with open(tmp_path / "elements", "rb") as file:
        assert file.read() == a.tobytes() + a[1:].tobytes() + a[::-1].tobytes()
        file.seek(0)
        b = ChunkArray(dtype)
        assert b.fromfile(file, 3) is None
        b.fromfile(file, 5)
    assert b.tolist() == content + content[1:] + content[::-1]


def test_the_same_bytes_as_array():
    a, model = ChunkArray("S4", range(1000), chunk_size=4), array("i", range(1000))
    ours, theirs = io.BytesIO(), io.BytesIO()
    a.tofile(ours)
    model.tofile(theirs)
    assert ours.getvalue() == theirs.getvalue() == a.tobytes()


def test_large_files(tmp_path):
    a = ChunkArray("U4", range(700_000))
    with open(tmp_path / "large", "wb") as file:
        a.tofile(file)
    assert os.path.getsize(tmp_path / "large") == a.nbytes
    b = ChunkArray("U4")
    with open(tmp_path / "large", "rb") as file:
        b.fromfile(file, len(a))
    assert a == b


def test_a_file_that_ends_early():
    a, model = ChunkArray("S4", [9]), array("i", [9])
    for sequence in (a, model):
        with pytest.raises(EOFError):
            sequence.fromfile(io.BytesIO(array("i", [1, 2]).tobytes()), 3)
        with pytest.raises(EOFError):
            sequence.fromfile(io.BytesIO(b""), 1)
        assert sequence.tolist() == [9, 1, 2]
    with pytest.raises(EOFError, match="the file ends after 2 of 3 elements"):
        a.fromfile(io.BytesIO(array("i", [1, 2]).tobytes()), 3)


def test_a_file_that_ends_within_an_element():
    for sequence in (ChunkArray("S4", [9]), array("i", [9])):
        with pytest.raises(ValueError):
            sequence.fromfile(io.BytesIO(b"1234567"), 2)
        assert sequence.tolist() == [9]


def test_files_that_give_less_than_was_asked_for():
    class Dripping(io.RawIOBase):
        def __init__(self, data):
            self.data = data

        def read(self, size=-1):
            piece, self.data = self.data[: min(size, 5)], self.data[min(size, 5) :]
            return piece

    a = ChunkArray("S4")
    a.fromfile(Dripping(array("i", range(10)).tobytes()), 10)
    assert a.tolist() == list(range(10))
    with pytest.raises(EOFError):
        a.fromfile(Dripping(array("i", range(10)).tobytes()), 11)
    assert len(a) == 20


@pytest.mark.parametrize(
    "count, error", [(-1, ValueError), (-(10**30), ValueError), (1.5, TypeError), ("1", TypeError)]
)
def test_bad_counts(count, error):
    a = ChunkArray("S4", [1])
    with pytest.raises(error):
        a.fromfile(io.BytesIO(bytes(100)), count)
    assert a.tolist() == [1]


def test_bad_files():
    a = ChunkArray("U1", [65])
    for file, error in ((io.StringIO("abc"), TypeError), (None, AttributeError), ("name", AttributeError)):
        with pytest.raises(error):
            a.fromfile(file, 1)
        with pytest.raises(error):
            a.tofile(file)
    assert a.tolist() == [65]

    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        a.tofile(Full())


def test_files_keep_nothing_of_the_array():
    """A file object may keep what it is given: it must be a copy."""
    kept = []

    class Keeping:
        def write(self, data):
            kept.append(data)

    a = ChunkArray("U1", [1, 2, 3])
    a.tofile(Keeping())
    a[0] = 9
    assert b"".join(kept) == b"\1\2\3"


def test_byteswap_reads_files_of_other_machines():
    a, model = ChunkArray("U4", [1, 2**24, 0x01020304], chunk_size=2), array("I", [1, 2**24, 0x01020304])
    a.byteswap()
    model.byteswap()
    assert a.tolist() == model.tolist() == [2**24, 1, 0x04030201]
    a[1:].byteswap()
    assert a.tolist() == [2**24, 2**24, 0x01020304]
    b = ChunkArray(">F8", [1.5])
    assert ChunkArray("F8", [1.5]).tobytes()[::-1] == b.tobytes()
    b.byteswap()
    assert b.tobytes() == ChunkArray("F8", [1.5]).tobytes()
    c = ChunkArray("U2[2]", [(1, 2)])
    c.byteswap()
    assert c.tolist() == [(256, 512)]
    d = ChunkArray("U1", [1, 2])
    d.byteswap()
    assert d.tolist() == [1, 2]
