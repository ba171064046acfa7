"""Messages: finding where each begins, and reading them, beside construct and classes written by hand, as Kaitai's are."""

import io
import struct

from harness import CPYTHON, Case, Target, interleave, peer, scaled

try:
    import construct
except ImportError:
    construct = None

COUNT = 3000  # messages that the slower ones read


class Prefixed:
    """A message with its length in front, as compilers of descriptions write such classes for Python."""

    def __init__(self, file):
        self.kind = struct.unpack("B", file.read(1))[0]
        self.length = struct.unpack(">H", file.read(2))[0]
        self.data = file.read(self.length)


class Tagged:
    """A message whose tag says what follows."""

    def __init__(self, file):
        self.kind = struct.unpack("B", file.read(1))[0]
        if self.kind == 1:
            self.body = struct.unpack("<I", file.read(4))[0]
        elif self.kind == 2:
            self.body = Prefixed(file)
        elif self.kind == 3:
            self.body = struct.unpack("<dd", file.read(16))
        else:
            raise ValueError(self.kind)


def formats():
    """For each format its name, our class, the one by hand, construct's, and the bytes of a few messages."""
    from chunkarray import Record, Switch

    ours = Record("Prefixed", [("kind", "U1"), ("length", ">U2"), ("data", "B1[length]")])
    theirs = construct and construct.Struct(
        "kind" / construct.Int8ub,
        "length" / construct.Int16ub,
        "data" / construct.Bytes(construct.this.length),
    )
    few = b"".join(bytes(ours(kind=k, data=b"x" * (8 + k))) for k in range(6))
    yield "length-prefixed", ours, Prefixed, theirs, few, 6
    tagged = Record("Tagged", [("kind", "U1"), ("body", Switch("kind", {1: "U4", 2: ours, 3: "F8[2]"}))])
    them = construct and construct.Struct(
        "kind" / construct.Int8ub,
        "body"
        / construct.Switch(
            construct.this.kind,
            {1: construct.Int32ul, 2: theirs, 3: construct.Array(2, construct.Float64l)},
        ),
    )
    few = b"".join(bytes(tagged(kind, body)) for kind, body in ((1, 7), (2, (1, b"abc")), (3, (1.5, 2.5))))
    yield "tag-switched", tagged, Tagged, them, few, 3


def walk(cls, data):
    """Where the messages of a class by hand begin: it has to read them."""
    file, offsets = io.BytesIO(data), []
    while file.tell() < len(data):
        offsets.append(file.tell())
        cls(file)
    return offsets


def read(cls, data):
    file, messages = io.BytesIO(data), []
    while file.tell() < len(data):
        messages.append(cls(file))
    return messages


def cases():
    from chunkarray import Stream

    for name, record, by_hand, described, few, each in formats():
        data = few * (COUNT // each)
        many = few * (scaled(100 * COUNT) // each)
        turn = "for i in range(n):"
        values, rounds = interleave(
            {"chunkarray": peer("Stream(record, data).index()", turn, Stream=Stream, record=record, data=many)},
            1,
            per=len(many) // len(few) * each,
            slowest=1,
        )
        peers = {"by hand": peer("walk(cls, data)", turn, walk=walk, cls=by_hand, data=data)}
        if described is not None:
            whole = construct.GreedyRange(construct.Struct("at" / construct.Tell, "message" / described))
            peers["construct"] = peer("parse(data)", turn, parse=whole.parse, data=data)
        others, more = interleave(peers, 1, per=COUNT, slowest=10)
        values.update(others)
        rounds.update(more)
        targets = [Target(None, 100, applies=CPYTHON)]
        targets += [Target(other, 0.05, applies=CPYTHON) for other in ("by hand", "construct")]
        yield Case("messages", "index, %s, a message" % name, "ns", values, targets, rounds)

        peers = {
            "chunkarray": peer("list(Stream(record, data))", turn, Stream=Stream, record=record, data=data),
            "by hand": peer("read(cls, data)", turn, read=read, cls=by_hand, data=data),
        }
        if described is not None:
            peers["construct"] = peer("parse(data)", turn, parse=construct.GreedyRange(described).parse, data=data)
        values, rounds = interleave(peers, 1, per=COUNT, slowest=10)
        yield Case("messages", "parse, %s, a message" % name, "ns", values, (), rounds)
