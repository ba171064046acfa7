"""Streams of messages: in memory, in files, and as they arrive; and the scanner that finds where they begin."""

import io
import os
import random
import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import Checksum, ChunkArray, Const, Enum, Record, Sized, Stream, Switch, Text
from chunkarray._load import core, host
from chunkarray._twin import Array as TwinArray
from chunkarray._twin.scan import scan as twin_scan
from support import scaled


class Plain(Record):
    kind: "U1"
    length: ">U2"
    data: "B1[length]"


class Tagged(Record):
    kind = Enum("U1", NUMBER=1, WORDS=2, PLAIN=3, SOME=4)
    body = Switch("kind", {"NUMBER": "U4", 2: Text(until=b"\r\n"), "PLAIN": Plain, "SOME": Plain[2]})


class Fixed(Record):
    a: "U1"
    b: ">U2"


class Sealed(Record):
    magic = Const("B1[3]", b"MSG")
    n: ">U1:3"
    m: ">U1:5"
    count: ">S2"
    items: "F4[count]"
    name: "TEXTZ"
    some: "Plain[n]"
    pad: "pad[-m % 4]"
    last = Sized(Fixed, 3)
    check = Checksum("adler32", "U4")


def plain(count):
    return [Plain(k % 256, data=b"x" * (k % 5)) for k in range(count)]


def tagged():
    return [
        Tagged(kind="NUMBER", body=7),
        Tagged(kind="WORDS", body="hi"),
        Tagged(body=Plain(1, data=b"abc")),
        Tagged(kind="SOME", body=[Plain(1, data=b""), Plain(2, data=b"x")]),
    ]


def sealed(n, m, items, name):
    return Sealed(m=m, items=items, name=name, some=plain(n), last=(1, 2))


def refusal(work):
    with pytest.raises((ValueError, TypeError)) as caught:
        work()
    return str(caught.value)


def offsets_of(messages):
    found, at = [], 0
    for message in messages:
        found.append(at)
        at += len(bytes(message))
    return found


class TestInMemory:
    def test_as_a_sequence(self):
        messages = plain(scaled(300, least=20))
        raw = Stream(Plain).pack(messages)
        stream = Stream(Plain, raw)
        assert len(stream) == len(messages)
        assert stream[7] == messages[7] and stream[-1] == messages[-1]
        assert stream[3:9:2] == messages[3:9:2]
        assert list(stream) == messages
        assert stream.index().tolist() == offsets_of(messages)
        assert type(stream.offsets) is ChunkArray and stream.offsets.dtype == "U8"
        assert stream.offsets is stream.index()
        with pytest.raises(IndexError):
            stream[len(messages)]
        assert len(Stream(Plain, b"")) == 0 and list(Stream(Plain, b"")) == []

    def test_all_buffers(self):
        raw = Stream(Plain).pack(plain(5))
        array = ChunkArray("U1", list(raw), chunk_size=4)
        for source in (raw, bytearray(raw), memoryview(raw), io.BytesIO(raw), array):
            assert list(Stream(Plain, source)) == plain(5)
            assert len(Stream(Plain, source)) == 5

    def test_tags(self):
        raw = Stream(Tagged).pack(tagged())
        assert Stream(Tagged, raw).index().tolist() == offsets_of(tagged())
        assert list(Stream(Tagged, raw)) == tagged()
        words = "Tagged.body has no case for kind 9 (it has 1, 2, 3, 4)"
        assert refusal(lambda: len(Stream(Tagged, raw + b"\x09"))) == words
        assert refusal(lambda: list(Stream(Tagged, raw + b"\x09"))) == words

    def test_everything_at_once(self):
        messages = [sealed(k % 8, k % 32, [k] * (k % 3), "n" * (k % 5)) for k in range(40)]
        raw = Stream(Sealed).pack(messages)
        stream = Stream(Sealed, raw)
        assert stream.index().tolist() == offsets_of(messages)
        assert list(stream) == messages

    def test_fixed_records(self):
        raw = b"".join(bytes(Fixed(k, k)) for k in range(10))
        stream = Stream(Fixed, raw)
        assert stream.index().tolist() == list(range(0, 30, 3))
        assert stream[4] == Fixed(4, 4) and [record.b for record in stream] == list(range(10))
        words = "Fixed needs 3 bytes, there are 2: b is cut off at offset 1, 30 bytes from the start"
        assert refusal(lambda: len(Stream(Fixed, raw + b"xx"))) == words
        assert "more than the limit of 2" in refusal(lambda: len(Stream(Fixed, raw, limit=2)))

    def test_the_rest(self):
        kind = Record("M", n="U1", data="B1[...]")
        assert Stream(kind, b"\1abc").index().tolist() == [0]
        assert Stream(kind, b"\1abc")[0].data == b"abc"

    def test_cut_off(self):
        raw = Stream(Plain).pack(plain(9)) + b"\1\0\5ab"
        words = "Plain.data is cut off at offset %d: it needs 5 bytes, there are 2" % (len(raw) - 2)
        stream = Stream(Plain, raw)
        assert refusal(lambda: len(stream)) == words
        assert refusal(lambda: list(Stream(Plain, raw))) == words
        assert stream.index(partial=True).tolist() == offsets_of(plain(9))
        assert refusal(lambda: len(stream)) == words

    def test_limits(self):
        raw = Stream(Plain).pack(plain(5))
        assert len(Stream(Plain, raw, limit=7)) == 5
        words = refusal(lambda: len(Stream(Plain, raw, limit=6)))
        assert refusal(lambda: Stream(Plain, raw, limit=-1)) == "limit is negative: -1"
        assert len(Stream(Plain, raw, limit=2**70)) == 5
        assert "the limit of 6 bytes for a message leaves 3" in words and words.startswith("Plain.data")

    def test_checksums(self):
        raw = bytearray(Stream(Sealed).pack([sealed(1, 2, [1], "x"), sealed(0, 0, [], "y")]))
        raw[-5] ^= 1
        stream = Stream(Sealed, raw)
        assert len(stream) == 2 and stream[0].name == "x"
        assert "the adler32 of all before it is" in refusal(lambda: stream[1])
        assert Stream(Sealed, raw, check=False)[1].last.b == 3
        raw[1] ^= 1
        assert "Sealed.magic is always b'MSG'" in refusal(lambda: len(Stream(Sealed, raw)))

    def test_messages_without_bytes(self):
        kind = Record("M", data="B1[0 * 1]")
        assert refusal(lambda: len(Stream(kind, b"x"))) == "M has no bytes, at offset 0"
        assert refusal(lambda: list(Stream(kind, b"x"))) == "M has no bytes, at offset 0"
        assert refusal(lambda: Stream(kind).feed(b"x")) == "M has no bytes, at offset 0"

    def test_what_the_scanner_has_no_instructions_for(self):
        deep = Record("M", [("n%d" % k, "U1") for k in range(40)] + [("data%d" % k, "B1[n%d]" % k) for k in range(40)])
        messages = [deep(**{"data%d" % k: b"x" * (k % 3) for k in range(40)})] * 3
        raw = Stream(deep).pack(messages)
        assert Stream(deep, raw).index().tolist() == offsets_of(messages)
        wide = Record("M", [("n", "U8"), ("data", "B1[n % 3]")])
        messages = [wide(2**64 - 1 - k, b"x" * ((2**64 - 1 - k) % 3)) for k in range(5)]
        assert Stream(wide, Stream(wide).pack(messages)).index().tolist() == offsets_of(messages)

    def test_what_is_no_stream(self):
        assert "is no record class" in refusal(lambda: Stream(int, b""))
        assert "not int" in refusal(lambda: Stream(Plain, 5))
        assert "comes once" in refusal(lambda: len(Stream(Plain, iter([b""]))))
        assert "from feed()" in refusal(lambda: list(Stream(Plain)))
        assert "is not fed" in refusal(lambda: Stream(Plain, b"").feed(b""))
        assert repr(Stream(Plain)) == "<Stream of Plain>"


class TestFiles:
    def test_paths_and_files(self, tmp_path):
        path = tmp_path / "messages"
        with open(path, "wb") as file:
            file.write(b"head")
            assert (
                Stream(Plain).write(file, [*plain(9), (1, b"tuple"), {"kind": 2, "data": b"dict"}])
                == sum(map(len, map(bytes, plain(9)))) + 15
            )
        expected = [*plain(9), Plain(1, data=b"tuple"), Plain(2, data=b"dict")]
        with open(path, "rb") as file:
            file.seek(4)
            with Stream(Plain, file) as stream:
                assert list(stream) == expected and len(stream) == 11
                assert stream.index()[0] == 4
        path.write_bytes(path.read_bytes()[4:])
        for source in (path, str(path)):
            with Stream(Plain, source) as stream:
                assert stream[-1].data == b"dict" and list(stream) == expected

    def test_an_empty_file(self, tmp_path):
        path = tmp_path / "nothing"
        path.write_bytes(b"")
        with Stream(Plain, path) as stream:
            assert list(stream) == [] and len(stream) == 0

    def test_pipes(self):
        read, write = os.pipe()
        raw = Stream(Plain).pack(plain(50))

        def send():
            with open(write, "wb", buffering=0) as file:
                for at in range(0, len(raw), 7):
                    file.write(raw[at : at + 7])

        sender = threading.Thread(target=send)
        sender.start()
        with open(read, "rb") as file:
            assert list(Stream(Plain, file)) == plain(50)
        sender.join()

    def test_text_files(self):
        assert "the file must be binary" in refusal(lambda: list(Stream(Plain, io.StringIO("x"))))


class TestArriving:
    @pytest.mark.parametrize("size", [1, 2, 7, 1000])
    def test_pieces(self, size):
        raw = Stream(Plain).pack(plain(60))
        pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
        assert list(Stream(Plain, pieces)) == plain(60)
        stream, found = Stream(Plain), []
        for piece in pieces:
            found += stream.feed(piece)
            assert stream.offset + stream.pending == len(b"".join(pieces[: pieces.index(piece) + 1])) or size < 1000
        assert found == plain(60) and stream.pending == 0 and stream.offset == len(raw)
        assert stream.finish() == []

    def test_they_come_as_soon_as_they_are_whole(self):
        stream = Stream(Tagged)
        assert stream.feed(b"\2hi\r") == [] and stream.pending == 4
        assert stream.feed(b"\n\1\0") == [Tagged(kind=2, body="hi")]
        assert stream.feed(bytearray(b"\0\0\0\1\1")) == [Tagged(kind=1, body=0)]
        assert stream.offset == 10 and stream.pending == 2

    def test_sockets(self):
        left, right = socket.socketpair()
        with left, right:
            Stream(Plain).write(left, plain(20))
            left.close()
            assert list(Stream(Plain, right)) == plain(20)

    def test_the_end_comes_too_early(self):
        stream = Stream(Plain)
        assert stream.feed(b"\1\0\1a\1\0\5ab") == [Plain(1, data=b"a")]
        words = "Plain.data is cut off at offset 7: it needs 5 bytes, there are 2"
        assert refusal(stream.finish) == words
        assert refusal(lambda: list(Stream(Plain, [b"\1\0\1a", b"\1\0\5", b"ab"]))) == words

    def test_what_is_wrong_comes_after_what_is_good(self):
        stream = Stream(Tagged)
        assert stream.feed(b"\1\0\0\0\0\x63") == [Tagged(kind=1, body=0)]
        for _ in range(2):
            assert refusal(lambda: stream.feed(b"")).startswith("Tagged.body has no case for kind 99")
        assert refusal(stream.finish).startswith("Tagged.body has no case for kind 99")

    def test_a_length_beyond_the_limit_is_refused_at_once(self):
        stream = Stream(Plain, limit=1000)
        words = (
            "Plain.data is cut off at offset 7: it needs 65535 bytes, the limit of 1000 bytes for a message leaves 0"
        )
        assert stream.feed(b"\1\0\1a") == [Plain(1, data=b"a")]
        assert refusal(lambda: stream.feed(b"\1\xff\xff")) == words

    def test_the_rest_comes_at_the_end(self):
        kind = Record("M", n="U1", data="B1[...]")
        assert list(Stream(kind, [b"\1a", b"bc"])) == [kind(1, b"abc")]
        assert refusal(lambda: list(Stream(kind, [b"\1a", b"bc"], limit=3))).startswith("M.data is cut off at offset 1")

    def test_offsets_of_errors_count_from_the_start(self):
        raw = Stream(Sealed).pack([sealed(1, 2, [1], "x")] * 3)
        size = len(raw) // 3
        bad = bytearray(raw)
        bad[-1] ^= 1
        assert refusal(lambda: list(Stream(Sealed, [bad[:50], bad[50:]]))).endswith("at offset %d" % (3 * size - 4))
        bad[2 * size] = 0
        assert refusal(lambda: list(Stream(Sealed, [bad[:50], bad[50:]]))).endswith("at offset %d" % (2 * size))

    @given(st.lists(st.binary(max_size=9), max_size=9), st.integers(0, 2**32))
    def test_any_pieces(self, texts, seed):
        chance = random.Random(seed)
        messages = [Plain(1, data=text) for text in texts]
        raw, pieces, at = Stream(Plain).pack(messages), [], 0
        while at < len(raw):
            size = chance.randint(1, 9)
            pieces.append(raw[at : at + size])
            at += size
        assert list(Stream(Plain, pieces)) == messages
        assert Stream(Plain, raw).index().tolist() == offsets_of(messages)


def words(*numbers):
    return struct.pack("<%dq" % len(numbers), *numbers)


LOAD, MATH, SKIP, SKIP_BY, UNTIL, SWITCH, JUMP, REPEAT, REPEAT_REST, NEXT, REST, EXPECT = 1, *range(3, 14)
PREFIXED = (LOAD, 0, 0, 1, 0, 0, 0, SKIP, 1, SKIP_BY, 0, 1, 0)


def scanned(scan, array, program, data, start=0, base=0, limit=2**31):
    """What a scanner finds, or the words of its error."""
    offsets = array("U8")
    try:
        at, why = scan(program, data, start, base, limit, offsets)
    except ValueError as error:
        return str(error)
    return offsets._tolist(0, 1, len(offsets)), at, why


def both(program, data, *more):
    """What the scanner here finds, which is what the twin finds."""
    found = scanned(core.scan, core.Array, program, data, *more)
    assert found == scanned(twin_scan, TwinArray, program, data, *more)
    return found


SMALL = st.integers(0, 3)
SIZES = st.one_of(st.integers(0, 5), st.just(2**31 - 1))
PLACES = st.integers(0, 12)


def op(kind, *operands):
    return st.tuples(st.just(kind), *operands)


OPS = st.one_of(
    op(LOAD, SMALL, st.integers(0, 8), st.sampled_from([1, 2, 4, 8, 3]), st.integers(0, 7), st.integers(0, 9), st.integers(0, 9)),
    op(2, SMALL, st.integers(-(2**63), 2**63 - 1)),
    op(MATH, st.integers(0, 8), SMALL, SMALL, SMALL),
    op(SKIP, SIZES),
    op(SKIP_BY, SMALL, SIZES),
    op(UNTIL, st.integers(1, 8), SMALL),
    st.tuples(SMALL, st.integers(-1, 12), st.lists(st.tuples(SMALL, PLACES), max_size=3)).map(
        lambda t: (SWITCH, t[0], len(t[2]), t[1], *[word for case in t[2] for word in case])
    ),
    op(JUMP, PLACES),
    op(REPEAT, SMALL, PLACES),
    op(REPEAT_REST, SIZES, PLACES),
    op(NEXT),
    op(REST, SIZES),
    op(EXPECT, SMALL, SMALL),
)  # fmt: skip


def mended(ops):
    """A program of these instructions, whose loops end where they say."""
    ops, loops = [list(each) for each in ops], []
    for place, each in enumerate(ops):
        if each[0] in (REPEAT, REPEAT_REST):
            loops.append(each)
        elif each[0] == NEXT and loops:
            loops.pop()[2] = place + 1
    return words(*[word for each in ops for word in each], 0)


class TestScanner:
    def test_it_finds_messages(self):
        assert both(words(*PREFIXED), b"\0\1a\2bc") == ([0, 1, 3], 6, "end")
        assert both(words(*PREFIXED), b"\0\1a\2b") == ([0, 1], 3, "cut")
        assert both(words(*PREFIXED), b"..\0\1a", 2, 100) == ([102, 103], 5, "end")
        assert both(words(*PREFIXED), b"\5abcde\1a", 0, 0, 3) == ([], 0, "look")
        assert both(words(0), b"x") == ([], 0, "look")

    def test_many(self):
        count = scaled(200_000, least=2000)
        offsets = core.Array("U8")
        assert core.scan(words(*PREFIXED), b"\2ab" * count, 0, 0, 100, offsets) == (3 * count, "end")
        assert len(offsets) == count and offsets._at(count - 1) == 3 * (count - 1)

    @pytest.mark.parametrize(
        "program, reason",
        [
            ((), "the end without DONE at word 0"),
            ((SKIP, 1), "the end without DONE at word 2"),
            ((99,), "an unknown instruction at word 0"),
            ((SKIP,), "an instruction that is cut off at word 1"),
            ((SKIP, -1, 0), "an operand out of range at word 1"),
            ((LOAD, 0, 0, 3, 0, 0, 0, 0), "a number of a size that there is none of at word 4"),
            ((LOAD, 0, 0, 1, 0, 4, 5, 0), "bits outside of their number at word 7"),
            ((JUMP, 0, 0), "a jump to where none may go at word 0"),
            ((REPEAT, 0, 9, SKIP, 1, NEXT, 0), "a loop that ends elsewhere at word 6"),
            ((NEXT, 0), "the end of a loop that never began at word 1"),
            ((REPEAT, 0, 1) * 17, "more loops inside of loops than there may be at word 49"),
            ((0,) * 65537, "more words than there may be at word 65536"),
        ],
    )
    def test_what_is_no_program(self, program, reason):
        assert both(words(*program), b"x") == "no program: " + reason

    def test_bad_arguments(self):
        offsets = core.Array("U8")
        for arguments, error in [
            ((5, b"", 0, 0, 9, offsets), TypeError),
            ((words(0), 5, 0, 0, 9, offsets), TypeError),
            ((words(0), b"", -1, 0, 9, offsets), ValueError),
            ((words(0), b"", "x", 0, 9, offsets), TypeError),
            ((words(0), b"", 0, 0, 9, core.Array("S8")), TypeError),
            ((words(0), b"", 0, 0, 9, []), TypeError),
            ((words(0), b""), TypeError),
        ]:
            with pytest.raises(error):
                core.scan(*arguments)
        assert len(offsets) == 0
        assert core.scan(words(SKIP, 1, 0), b"abc", 7, 0, 9, offsets) == (7, "look")

    @given(
        st.lists(OPS, max_size=11), st.binary(max_size=30).map(lambda b: bytes(x % 5 for x in b)), st.integers(0, 40)
    )
    def test_any_program_over_any_data(self, ops, data, limit):
        both(mended(ops), data, 0, 0, limit)

    @given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=9), st.binary(max_size=9))
    def test_any_words(self, numbers, data):
        both(words(*numbers), data)

    @pytest.mark.skipif(host == "python", reason="needs threads beside a native scan")
    def test_others_run_meanwhile(self):
        data = b"\2ab" * scaled(3_000_000, least=1000)
        ticks, done = [], threading.Event()

        def tick():
            while not done.wait(0.0001):
                ticks.append(1)

        thread = threading.Thread(target=tick)
        thread.start()
        offsets = core.Array("U8")
        core.scan(words(*PREFIXED), data, 0, 0, 100, offsets)
        done.set()
        thread.join()
        assert len(offsets) == len(data) // 3
