"""Random programs: the kernels of the binary, on each engine, give what the twin's give, errors included."""

import math
import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chunkarray
from chunkarray import _twin
from support import HOST, limits

if HOST == "python":
    pytest.skip("here the kernel is the twin itself", allow_module_level=True)

INTEGERS = ["U1", "U2", "U4", "U8", "S1", "S2", "S4", "S8"]
TYPES = [*INTEGERS, "F4", "F8", "BOOL"]
SIZES = {name: 1 if name == "BOOL" else int(name[1]) for name in TYPES}
# Functions such as exp are another's in the binary, and may differ in the last bits.
BINARY = {
    "US": "add sub mul floordiv mod pow min max and or xor shl shr eq ne lt le gt ge".split(),
    "F": "add sub mul div floordiv mod min max eq ne lt le gt ge".split(),
    "B": "and or xor min max eq ne lt le gt ge".split(),
}
UNARY = {
    "US": "neg abs not sign popcount clz ctz bswap".split(),
    "F": "neg abs sign sqrt floor ceil round trunc isnan isinf isfinite".split(),
    "B": ["not"],
}
TO_BOOL = set("eq ne lt le gt ge isnan isinf isfinite".split())
REDUCTIONS = ["sum", "min", "max", "argmin", "argmax", "first", "last"]


def kind(dtype):
    return "US" if dtype[0] in "US" else dtype[0]


def values_of(dtype):
    if dtype == "BOOL":
        return st.booleans()
    if dtype[0] == "F":
        few = st.sampled_from([0.0, -0.0, 1.0, -1.5, 2.5, math.inf, -math.inf, math.nan])
        return few | st.floats(-1e3, 1e3, width=32) | st.floats(width=8 * SIZES[dtype])
    return st.integers(*limits(dtype)) | st.integers(max(-3, limits(dtype)[0]), 3)


def parameter(dtype, value):
    if dtype[0] == "F":
        return struct.pack("<f4x" if dtype == "F4" else "<d", value)
    return (int(value) & 2**64 - 1).to_bytes(8, "little")


class Writer:
    """Writes a program, one statement after the other."""

    def __init__(self, draw):
        self.draw = draw
        self.body, self.types = [], []
        self.parameters = b""
        self.folds = []

    def pick(self, choices):
        return self.draw(st.sampled_from(choices))

    def value(self, dtype, text):
        self.body.append(text)
        self.types.append(dtype)

    def some(self, dtype):
        """The number of a value of a type, which is made if there is none."""
        found = [k for k, known in enumerate(self.types) if known == dtype]
        if not found:
            self.new_parameter(dtype)
            found = [len(self.types) - 1]
        return self.pick(found)

    def new_parameter(self, dtype):
        number = len(self.parameters) // 8
        self.parameters += parameter(dtype, self.draw(values_of(dtype)))
        self.value(dtype, "par %d %s" % (number, dtype))
        return number

    def step(self, inputs):
        dtype = self.pick(self.types or TYPES)
        of = kind(dtype)
        what = self.draw(st.integers(0, 15))
        if what < 6:
            name = self.pick(BINARY[of])
            a, b = self.some(dtype), self.some(dtype)
            self.value("BOOL" if name in TO_BOOL else dtype, "%s %s %d %d" % (name, dtype, a, b))
        elif what < 8:
            name = self.pick(UNARY[of])
            self.value("BOOL" if name in TO_BOOL else dtype, "%s %s %d" % (name, dtype, self.some(dtype)))
        elif what < 10:
            to = self.pick(TYPES)
            self.value(to, "cast %s %s %d" % (dtype, to, self.some(dtype)))
        elif what == 10:
            condition = self.some("BOOL")
            self.value(dtype, "where %s %d %d %d" % (dtype, condition, self.some(dtype), self.some(dtype)))
        elif what == 11:
            self.value("S8", self.pick(["pos", "count"]))
        elif what == 12:
            how = self.pick(["min", "max"] if dtype == "BOOL" else ["sum", "min", "max"])
            self.value(dtype, "scan %s %s %d" % (how, dtype, self.some(dtype)))
        elif what == 13:
            self.body.append("%s %d" % (self.pick(["filter", "filter", "until"]), self.some("BOOL")))
        elif what == 14 and len(self.folds) < 2:
            self.folds.append(dtype)
            self.value(dtype, "acc %d %s" % (len(self.folds) - 1, dtype))
        else:
            number = self.pick(range(len(inputs)))
            dtype = self.pick(TYPES)
            offset = self.draw(st.integers(0, 16 - SIZES[dtype]))
            order = self.pick(["", ">"]) if SIZES[dtype] > 1 else ""
            bits = ""
            if kind(dtype) == "US" and self.draw(st.booleans()):
                shift = self.draw(st.integers(0, 8 * SIZES[dtype] - 1))
                bits = ":%d+%d" % (shift, self.draw(st.integers(1, 8 * SIZES[dtype] - shift)))
            self.value(dtype, "in %d %d %s%s%s" % (number, offset, order, dtype, bits))

    def terminals(self):
        """The terminals, and the types of the outputs."""
        found, outputs = [], []
        for number, dtype in enumerate(self.folds):
            a = self.some(dtype)
            start = self.new_parameter(dtype)
            found.append("fold %d %s %d %d" % (number, dtype, a, start))
        for _ in range(self.draw(st.integers(0 if found else 1, 4))):
            what = self.draw(st.integers(0, 9))
            dtype = self.pick(self.types or TYPES)
            if what < 5:
                found.append("%s %s %d" % (self.pick(REDUCTIONS), dtype, self.some(dtype)))
            elif what == 5:
                found.append("%s %d" % (self.pick(["any", "all"]), self.some("BOOL")))
            elif what == 6:
                found.append("n")
            elif what < 9:
                order = self.pick(["", ">"]) if SIZES[dtype] > 1 else ""
                found.append("out %d %s%s %d" % (len(outputs), order, dtype, self.some(dtype)))
                outputs.append(order + dtype)
            else:
                value = self.some(dtype)
                low, high = self.new_parameter("F8"), self.new_parameter("F8")
                found.append("hist %s %d %d %d %d" % (dtype, value, low, high, self.draw(st.integers(1, 9))))
        if self.draw(st.integers(0, 3)) == 0:
            keys = [self.some(self.pick([t for t in TYPES if t != "F4"])) for _ in range(self.draw(st.integers(1, 2)))]
            found.append("group %d %s" % (self.draw(st.integers(0, 20)), " ".join(map(str, keys))))
            for _ in range(self.draw(st.integers(0, 3))):
                dtype = self.pick(self.types)
                found.append("%s %s %d" % (self.pick(REDUCTIONS), dtype, self.some(dtype)))
        return found, outputs


@st.composite
def programs(draw):
    """The text, its parameters, bytes that repeat in its inputs, which have 16 an element, and the types of its outputs."""
    count = draw(st.integers(0, 12) | st.sampled_from([100, 1030]))
    seeds = draw(st.lists(st.binary(min_size=16, max_size=64), min_size=1, max_size=2))
    writer = Writer(draw)
    for number in range(len(seeds)):
        for dtype in draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=2)):
            writer.value(dtype, "in %d %d %s" % (number, draw(st.integers(0, 16 - SIZES[dtype])), dtype))
    for _ in range(draw(st.integers(0, 12))):
        writer.step(seeds)
    terminals, outputs = writer.terminals()
    return ";".join(writer.body + terminals), writer.parameters, seeds, count, outputs


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(x) for x in value]
    return type(value).__name__, repr(value)


def outcome(core, engine, program, made_with, window, threads):
    text, parameters, seeds, count, outputs = program
    start, step = window
    start = start if step > 0 else start + count - 1 if count else 0
    arrays = []
    for seed in seeds:
        array = core.Array("B1[16]", **made_with)
        array.frombytes((seed * (1 + 16 * (count + 3) // len(seed)))[: 16 * (count + 3)])
        arrays.append(array)
    into = tuple(core.Array(dtype) for dtype in outputs)
    try:
        kernel = core.Kernel(text, engine)
        results = kernel.run(tuple((array, start, step) for array in arrays), count, parameters, into, threads)
    except Exception as error:
        results = type(error).__name__, str(error)
    # The NaNs of a sum differ in bits that mean nothing.
    return plain(results), [plain(array.tolist()) for array in into]


@given(
    programs(),
    st.fixed_dictionaries({"chunk_size": st.sampled_from([1, 4, 256])}),
    st.tuples(st.integers(0, 3), st.sampled_from([1, 1, -1])),
    st.sampled_from([1, 3]),
)
def test_random_programs(program, made_with, window, threads):
    model = outcome(_twin, "best", program, made_with, window, 1)
    for engine in ("interpreted", "best"):
        assert outcome(chunkarray._core, engine, program, made_with, window, threads) == model


WORDS = "in par cast add eq neg isnan where acc count pos scan sum min filter until n any out hist group fold".split()
WORDS += "0 1 2 3 F8 S4 U1 BOOL >S4 U2:0+3 00 -1 4097 ; ; ; ; ; ;".split() + ["", "\u0663"]


@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_random_texts(words):
    text = re.sub(" ?; ?", ";", " ".join(words))
    found = []
    for core in (chunkarray._core, _twin):
        try:
            core.Kernel(text, "interpreted")
            found.append(None)
        except ValueError as error:
            found.append(str(error))
    assert found[0] == found[1]
