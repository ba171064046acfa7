"""Programs of pipelines: bad ones are refused alike, and of good ones both engines and the twin make the same."""

import random
import re
import struct
import zlib

import chunkarray
from chunkarray import _twin

INTEGERS = ["U1", "U2", "U4", "U8", "S1", "S2", "S4", "S8"]
FLOATS = ["F4", "F8"]
TYPES = [*INTEGERS, *FLOATS, "BOOL"]
ORDERED = "min max eq ne lt le gt ge".split()
BINARY = dict.fromkeys(INTEGERS, "add sub mul floordiv mod pow and or xor shl shr".split() + ORDERED)
BINARY.update(dict.fromkeys(FLOATS, "add sub mul div floordiv mod pow hypot atan2".split() + ORDERED))
BINARY["BOOL"] = ["and", "or", "xor", *ORDERED]
UNARY = dict.fromkeys(INTEGERS, "neg abs not sign popcount clz ctz bswap".split())
# What a library computes, and another one for the twin: the last bits may differ there.
ROUGH = "pow hypot atan2 exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh".split()
UNARY.update(dict.fromkeys(FLOATS, "neg abs sign sqrt floor ceil round trunc isnan isinf isfinite".split() + ROUGH[3:]))
UNARY["BOOL"] = ["not"]
TO_BOOL = ["eq", "ne", "lt", "le", "gt", "ge", "isnan", "isinf", "isfinite"]
SIZE = 16  # bytes of an element
MOST = 64  # inputs, outputs and parameters that are made


def program(chance):
    """A good program."""
    types, statements = [], []

    def value(type, text):
        types.append(type)
        statements.append(text)
        return len(types) - 1

    def some(type):
        known = [number for number, other in enumerate(types) if other == type]
        return (
            chance.choice(known)
            if known
            else value(type, "par %d %s" % (chance.randrange(9) * 11 + TYPES.index(type), type))
        )

    for number in range(chance.randint(1, 3)):
        type = chance.choice(TYPES)
        size = 1 if type == "BOOL" else int(type[1])
        order = chance.choice(["", ">"]) if size > 1 else ""
        value(type, "in %d %d %s%s" % (number, chance.randint(0, SIZE - size), order, type))
    for _ in range(chance.randint(0, 15)):
        type, kind = chance.choice(types), chance.randint(0, 9)
        if kind < 4:
            op = chance.choice(BINARY[type])
            one, two = some(type), some(type)
            value("BOOL" if op in TO_BOOL else type, "%s %s %d %d" % (op, type, one, two))
        elif kind < 6:
            op = chance.choice(UNARY[type])
            value("BOOL" if op in TO_BOOL else type, "%s %s %d" % (op, type, some(type)))
        elif kind == 6:
            to = chance.choice(TYPES)
            value(to, "cast %s %s %d" % (type, to, some(type)))
        elif kind == 7:
            condition, one, two = some("BOOL"), some(type), some(type)
            value(type, "where %s %d %d %d" % (type, condition, one, two))
        elif kind == 8:
            statements.append("%s %d" % (chance.choice(["filter", "filter", "until"]), some("BOOL")))
        elif type == "BOOL":
            value("S8", chance.choice(["pos", "count"]))
        else:
            value(type, "scan %s %s %d" % (chance.choice(["sum", "min", "max"]), type, some(type)))
    for number in range(chance.randint(1, 4)):
        type = chance.choice(types)
        kind = chance.choice(["sum", "min", "max", "argmin", "argmax", "first", "last", "out %d" % number])
        statements.append("%s %s %d" % (kind, type, some(type)))
    return ";".join(statements)


SEEDS = [program(random.Random(number)) for number in range(500)]
WORDS = [
    " ",
    ";",
    ";;",
    "in 0 0 F8",
    ";n",
    ";any 0",
    "group 3 0",
    "fold 0 F8 0 0",
    "acc 0 F8",
    "hist F8 0 0 1 5",
    "count",
    "pos",
]
WORDS += [
    *TYPES,
    *TO_BOOL,
    "sum",
    "scan sum",
    "filter 0",
    "until 0",
    "cast",
    "where",
    ":3+4",
    ":0+64",
    ">",
    "-1",
    "\u0663",
]
ERRORS = (ValueError,)


def check(text):
    chance = random.Random(zlib.crc32(text.encode("utf-8", "surrogatepass")))
    found = {name: _made(core, engine, text) for name, core, engine in KERNELS}
    kernels = [kernel for kernel, _ in found.values()]
    told = {name: error and str(error).replace("\0", "\\0") for name, (_, error) in found.items()}
    assert len(set(told.values())) == 1, told
    error = found["twin"][1]
    if error is not None:
        raise error
    wanted = _Wanted(text, chance)
    for count in (0, 1, chance.randint(2, 40), chance.randint(1000, 5000)):
        results = [
            wanted.run(core, kernel, count)
            for (_, core, _), kernel in zip(KERNELS, kernels)
            if count < 99 or core is not _twin
        ]
        same = results[:2] if wanted.is_rough else results
        assert all(result == same[0] for result in same), (count, results)


KERNELS = [
    ("interpreter", chunkarray._core, "interpreted"),
    ("best", chunkarray._core, "best"),
    ("twin", _twin, "best"),
]


def _made(core, engine, text):
    try:
        return core.Kernel(text, engine), None
    except ValueError as error:
        return None, error


class _Wanted:
    """What a program runs over."""

    def __init__(self, text, chance):
        self._seed = chance.random()
        self._inputs = _most(r"\bin (\d+)", text)
        self._parameters = _most(r"\bpar (\d+)", text)
        for found in re.findall(r"\bfold \d+ \w+ \d+ (\d+)", text) + re.findall(r"\bhist \w+ \d+ (\d+ \d+)", text):
            self._parameters = max(self._parameters, *(int(number) + 1 for number in found.split()))
        outputs = {int(number): dtype for number, dtype in re.findall(r"\bout (\d+) (>?[A-Z]+\d?) \d+(?:;|$)", text)}
        self._outputs = [outputs.get(number, "B1[%d]" % SIZE) for number in range(_most(r"\bout (\d+)", text))]
        self._threads = chance.choice([1, 2])
        self.is_rough = any(re.search(r"\b%s F" % word, text) for word in ROUGH) or "hist" in text

    def run(self, core, kernel, count):
        """What comes of so many elements, where the kernel refuses it the error; comparable."""
        chance = random.Random(self._seed)
        inputs = []
        for _ in range(min(self._inputs, MOST)):
            array = core.Array("B1[%d]" % SIZE, chunk_size=chance.choice([16, 1024]))
            some = b"".join([_element(chance) for _ in range(min(count, 101))])
            array.frombytes((some * (count // 101 + 1))[: SIZE * count])
            inputs.append((array, 0, 1))
        parameters = b"".join(_element(chance)[:8] for _ in range(min(self._parameters, 4096)))
        outputs = tuple([core.Array(dtype) for dtype in self._outputs[:MOST]])
        try:
            results = kernel.run(tuple(inputs), count, parameters, outputs, self._threads)
        except (ValueError, TypeError, IndexError) as error:
            assert not any(map(len, outputs))
            return type(error).__name__, str(error)
        return repr(results), [repr(array.tolist()) for array in outputs]


def _most(pattern, text):
    """One more than the greatest number in a text."""
    return max([int(number) + 1 for number in re.findall(pattern, text) if len(number) < 6], default=0)


def _element(chance):
    """Bytes that are good numbers of several types."""
    kind = chance.randint(0, 4)
    if kind == 0:
        return struct.pack(
            "<dd", chance.uniform(-100, 100), chance.choice([0.0, -0.0, 1.5, float("inf"), float("nan"), 1e300])
        )
    if kind == 1:
        return struct.pack("<ffff", *[chance.choice([chance.uniform(-9, 9), 0.0, 1.0, 3e38]) for _ in range(4)])
    if kind == 2:
        return struct.pack("<qq", chance.randint(-9, 9), chance.choice([-(2**63), 2**63 - 1, -1, 0, 1, 64]))
    if kind == 3:
        return struct.pack("<16b", *[chance.randint(-3, 3) for _ in range(16)])
    return bytes(chance.getrandbits(8) for _ in range(16))
