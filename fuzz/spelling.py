"""Records written as text: what is no record is refused in words, and what is one can be packed, parsed and shown."""

from chunkarray import ChunkArray, Hexdump, Record

SEEDS = [
    "time: TIME[ns], price: F4, flags: >U2",
    "a: U1:3, b: U1:5, 'two words': TEXT[16], _: pad[3], raw: B1[4], grid: F4[2,3]",
    "length: U1, data: B1[length], name: TEXTZ, rest: U2[...]",
    "n: >U2, words: U1, points: F4[n * 2 - words], pad: pad[n % 4], text: TEXT[n]",
    "a: float64, b: <f8, c: =U4, d: int",
    "x: " + "U1[%d]" % (2**31 - 1),
]
WORDS = [
    ":",
    ",",
    "[",
    "]",
    "'",
    '"',
    "pad[",
    "TEXT[",
    "TEXTZ",
    "B1[",
    "...",
    "U1:",
    ">",
    " ",
    "n",
    "length",
    "*",
    "//",
    "(",
    "**",
]
ERRORS = (ValueError, TypeError)


def check(text):
    cls = Record("Spelled", text)
    str(cls.layout()), repr(cls)
    if cls.size is None:
        _try(lambda: bytes(cls.parse(bytes(64), limit=1 << 12)))
    elif cls.size < 1 << 16:
        data = bytes(range(256)) * (cls.size // 256 + 1)
        record = cls.parse(data)
        assert bytes(record) == data[: cls.size]
        assert ChunkArray(cls, [record])[0] == record or any(value != value for value in _flat(record.astuple()))
        repr(record), record.asdict()
        str(Hexdump(data[: cls.size], cls))


def _try(action):
    try:
        action()
    except ValueError:
        pass


def _flat(value):
    if isinstance(value, tuple):
        for each in value:
            yield from _flat(each)
    else:
        yield value
