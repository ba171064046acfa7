"""Records from and to files, bytes and hex text; files without a copy."""

import io
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray, Record
from support import needs_waiting_inside_calls, scaled

Tick = Record("Tick", time="U8", price="F4", flags=">U2")
TICKS = [(k, k / 2, k % 1000) for k in range(2000)]


@pytest.fixture(params=["rows", "columns"])
def layout(request):
    return request.param


class Dripping(io.RawIOBase):
    """A pipe, more or less: gives a few bytes at a time, and says of itself what a pipe says."""

    def __init__(self, data, step=5):
        self.data = data
        self.step = step

    def read(self, size=-1):
        piece, self.data = self.data[: min(size, self.step)], self.data[min(size, self.step) :]
        return piece


class DrippingInto(Dripping):
    def readinto(self, memory):
        piece = self.read(len(memory))
        memory[: len(piece)] = piece
        return len(piece)


def test_round_trip(layout, tmp_path):
    a = ChunkArray(Tick, TICKS, layout=layout, chunk_size=16)
    with open(tmp_path / "ticks", "wb") as file:
        a.tofile(file)
        a[::-3].tofile(file)
    with open(tmp_path / "ticks", "rb") as file:
        b = ChunkArray(Tick, layout=layout)
        assert b.fromfile(file, len(a)) is None
        c = ChunkArray(Tick, TICKS[:3], layout=layout, chunk_size=4)
        c.fromfile(file, len(a[::-3]))
        assert file.read() == b""
    assert b == a and c[3:] == a[::-3] and c.tolist()[:3] == TICKS[:3]


def test_every_kind_of_file(layout, tmp_path):
    data = ChunkArray(Tick, TICKS).tobytes()
    (tmp_path / "ticks").write_bytes(data)
    for make in (
        lambda: io.BytesIO(data),
        lambda: open(tmp_path / "ticks", "rb"),
        lambda: open(tmp_path / "ticks", "rb", buffering=0),
        lambda: open(tmp_path / "ticks", "r+b"),
        lambda: Dripping(data, 1000),
        lambda: DrippingInto(data, 1000),
    ):
        for chunk_size in (1, 64, 4096):
            with make() as file:
                a = ChunkArray(Tick, layout=layout, chunk_size=chunk_size)
                a.fromfile(file, len(TICKS))
                assert a.tolist() == TICKS


def test_memory_that_held_elements_before(layout):
    a = ChunkArray(Tick, TICKS[:100], layout=layout, chunk_size=8)
    data = io.BytesIO(a.tobytes())
    for length in (0, 3, 8, 50, 100):
        a.truncate(length)
        data.seek(0)
        a.fromfile(data, 100)
        assert a.tolist() == TICKS[:length] + TICKS[:100]
        a.truncate(100)
        a[:] = TICKS[:100]


def test_views_of_what_was_cut_see_what_comes():
    a = ChunkArray("U4", range(8), capacity=16)
    view = a.chunks()[0]
    a.truncate(4)
    a.fromfile(io.BytesIO(bytes(range(16))), 4)
    assert view[4] == 0x03020100 == a[4] and len(a) == 8


def test_a_file_with_a_short_last_record(layout):
    data = ChunkArray(Tick, TICKS[:3]).tobytes()
    for make in (io.BytesIO, Dripping, DrippingInto):
        a = ChunkArray(Tick, TICKS[:1], layout=layout, chunk_size=1)
        words = "37 bytes are 2 Tick of 14 bytes and 9 more: the last one lacks 5, Tick.price is cut off at offset 36"
        with pytest.raises(ValueError, match=words):
            a.fromfile(make(data[:37]), 10)
        assert a.tolist() == TICKS[:1]
        with pytest.raises(EOFError, match="the file ends after 2 of 10 elements"):
            a.fromfile(make(data[:28]), 10)
        assert a.tolist() == TICKS[:1] + TICKS[:2]
        with pytest.raises(EOFError):
            a.fromfile(make(b""), 1)
        a.fromfile(make(data), 0)
        with pytest.raises(ValueError, match="negative count: -1"):
            a.fromfile(make(data), -1)
        assert len(a) == 3
    a = ChunkArray(Tick, layout=layout)
    with pytest.raises(
        ValueError, match="29 bytes are 2 Tick of 14 bytes and 1 more: the last one lacks 13, Tick.time"
    ):
        a.frombytes(data[:29])
    assert len(a) == 0


def test_inner_fields_are_named():
    inner = Record("Pos", x="U2", y="U2")
    outer = Record("Outer", [("tag", "U1"), ("points", inner[3]), ("end", "U1")])
    a = ChunkArray(outer)
    with pytest.raises(ValueError, match=r"Outer.points\[1\].y is cut off at offset 7"):
        a.frombytes(bytes(8))


def test_what_is_no_binary_file(tmp_path):
    a = ChunkArray(Tick, TICKS[:1])
    with pytest.raises(TypeError, match="binary mode"):
        a.fromfile(io.StringIO("x" * 28), 2)
    (tmp_path / "text").write_text("x" * 28)
    with open(tmp_path / "text") as file, pytest.raises(TypeError, match="binary mode"):
        a.fromfile(file, 2)
    with pytest.raises(AttributeError):
        a.fromfile("ticks", 2)

    class Broken(io.BytesIO):
        def readinto(self, memory):
            memory[:3] = b"abc"
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        a.fromfile(Broken(bytes(140)), 10)
    assert a.tolist() == TICKS[:1]


def test_huge_counts_take_no_memory():
    a = ChunkArray(Tick, capacity=10**7)
    with pytest.raises(EOFError):
        a.fromfile(io.BytesIO(ChunkArray(Tick, TICKS[:3]).tobytes()), 10**7)
    assert a.tolist() == TICKS[:3]
    b = ChunkArray(Tick)
    with pytest.raises(EOFError):
        b.fromfile(io.BytesIO(bytes(14)), 2**40)
    assert len(b) == 1 and b.committed_bytes < 1 << 26


def test_frozen_closed_and_busy_arrays():
    a = ChunkArray(Tick, TICKS[:2])
    with a.appender(), pytest.raises(RuntimeError):
        a.fromfile(io.BytesIO(bytes(14)), 1)
    with a.transaction():
        a.fromfile(io.BytesIO(bytes(14)), 1)
    assert len(a) == 3
    with pytest.raises(ZeroDivisionError), a.transaction():
        a.fromfile(io.BytesIO(bytes(28)), 2)
        raise ZeroDivisionError
    assert len(a) == 3
    a.freeze(force=True)  # PyPy lets the chunk that the file was read into go when it likes
    for read in (lambda: a.fromfile(io.BytesIO(bytes(14)), 1), lambda: a.readinto(io.BytesIO(bytes(14)))):
        with pytest.raises(ValueError, match="frozen"):
            read()
    a.close()
    with pytest.raises(ValueError, match="closed"):
        a.fromfile(io.BytesIO(bytes(14)), 1)


def test_a_pipe_does_not_hold_up_others():
    read_end, write_end = os.pipe()
    a = ChunkArray(Tick)
    with open(read_end, "rb") as reader, open(write_end, "wb") as writer:
        thread = threading.Thread(target=lambda: a.fromfile(reader, 2))
        thread.start()
        a.append((1, 1, 1))  # while the other one waits for its pipe
        writer.write(ChunkArray(Tick, TICKS[5:7]).tobytes())
        writer.flush()
        thread.join()
    assert sorted(a.tolist()) == [(1, 1.0, 1)] + TICKS[5:7]


@needs_waiting_inside_calls
def test_several_threads_read_files(tmp_path):
    data = ChunkArray(Tick, TICKS).tobytes()
    (tmp_path / "ticks").write_bytes(data)
    a = ChunkArray(Tick)
    rounds = scaled(6, least=2)

    def read():
        for _ in range(rounds):
            with open(tmp_path / "ticks", "rb") as file:
                a.fromfile(file, len(TICKS))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(a) == 3 * rounds * len(TICKS)
    for start in range(0, len(a), len(TICKS)):
        assert a[start : start + len(TICKS)].tobytes() == data


def test_keep_holds_while_a_file_is_read(layout):
    a = ChunkArray(Tick, layout=layout, keep=64, chunk_size=16)
    a.fromfile(io.BytesIO(ChunkArray(Tick, TICKS).tobytes()), len(TICKS))
    assert 64 <= len(a) <= 80 and a[-1] == TICKS[-1] and a.first + len(a) == len(TICKS)


def test_readinto(layout):
    data = ChunkArray(Tick, TICKS[10:20]).tobytes()
    a = ChunkArray(Tick, TICKS[:10], layout=layout, chunk_size=4)
    assert a.readinto(io.BytesIO(data)) == 10 and a.tolist() == TICKS[10:20]
    assert a[2:5].readinto(io.BytesIO(data)) == 3 and a.tolist()[2:5] == TICKS[10:13]
    assert a[::-2].readinto(io.BytesIO(data[:28])) == 2 and a[9] == TICKS[10] and a[7] == TICKS[11]
    assert a.readinto(DrippingInto(data)) == 10 and a.tolist() == TICKS[10:20]
    assert a.readinto(io.BytesIO(b"")) == 0
    with pytest.raises(ValueError, match="15 bytes are 1 Tick of 14 bytes and 1 more"):
        a.readinto(io.BytesIO(bytes(15)))
    assert len(a) == 10 and a.tolist()[2:] == TICKS[12:20]
    assert a["price"].readinto(io.BytesIO(b"\0\0\x80\x3f" * 3)) == 3 and a["price"].tolist()[:4] == [1, 1, 1, 6.5]
    columns = io.BytesIO()
    a["flags"][:3].tofile(columns)
    assert columns.getvalue() == ChunkArray(">U2", a["flags"].tolist()[:3]).tobytes()
    numbers = ChunkArray("U2", range(4))
    assert numbers.readinto(io.BytesIO(b"\7\0\10\0")) == 2 and numbers.tolist() == [7, 8, 2, 3]


def test_hex_text(layout):
    a = ChunkArray(Record("P", x="U1", y=">U2"), layout=layout)
    a.fromhex("01 00:02 0x03, 0004")
    a.fromhex("")
    assert a.tolist() == [(1, 2), (3, 4)]
    for text, words in (("01 0", "column 4"), ("01 0g 00", "column 5"), ("01 00", "1 more|and 2 more")):
        with pytest.raises(ValueError, match=words):
            a.fromhex(text)
    with pytest.raises(TypeError):
        a.fromhex(b"01 00 02")
    assert len(a) == 2


@given(st.integers(1, 40), st.integers(0, 600), st.integers(0, 30), st.sampled_from([1, 4, 256]), st.booleans())
def test_as_many_as_there_are(step, nbytes, before, chunk_size, waits):
    data = bytes(range(256)) * 3
    a = ChunkArray(Tick, TICKS[:before], chunk_size=chunk_size)
    a.truncate(before // 2)
    kept = a.tolist()
    file = Dripping(data[:nbytes], step) if waits else io.BytesIO(data[:nbytes])
    whole, rest = divmod(nbytes, 14)
    try:
        a.fromfile(file, 20)
    except EOFError:
        assert whole < 20 and not rest
    except ValueError:
        assert whole < 20 and rest
        whole = 0
    else:
        whole = 20
    assert a.tolist() == kept + rows_of(data[: 14 * whole])


def rows_of(data):
    a = ChunkArray(Tick)
    a.frombytes(data)
    return a.tolist()
