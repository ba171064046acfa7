"""The text of a program: statements, read and checked, as in the crate pipelines, which tells what each means.

Statements stand behind each other with `;` between, words with one space. Each value has the next number, by which
later statements name it. Numbers have one spelling, so that equal programs are equal texts.
"""

from ..arguments import escaped
from .types import BOOL, F8, S8, TYPES

MOST_STATEMENTS = 4096
MOST_BINS = 1 << 24
MOST_ARGUMENTS = 4  # of a function that is called
_MOST = 4096  # inputs, outputs, parameters, accumulators and functions, of each
_GREATEST = 2**31 - 1

# Which types an operation takes, by their kinds.
_BINARY = {
    **dict.fromkeys(("min", "max"), ("U", "S", "F", "BOOL")),
    **dict.fromkeys(("add", "sub", "mul", "floordiv", "mod", "pow"), ("U", "S", "F")),
    **dict.fromkeys(("div", "hypot", "atan2"), ("F",)),
    **dict.fromkeys(("and", "or", "xor"), ("U", "S", "BOOL")),
    **dict.fromkeys(("shl", "shr"), ("U", "S")),
}
_COMPARE = dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), ("U", "S", "F", "BOOL"))
_TEST = dict.fromkeys(("isnan", "isinf", "isfinite"), ("F",))
_UNARY = {
    **dict.fromkeys(("neg", "abs", "sign"), ("U", "S", "F")),
    "not": ("U", "S", "BOOL"),
    **dict.fromkeys(("popcount", "clz", "ctz", "bswap"), ("U", "S")),
    **dict.fromkeys(
        "sqrt floor ceil round trunc exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh".split(),
        ("F",),
    ),
}
# Operations by how many values they take, and those that give a BOOL.
OPERATIONS = {2: {**_BINARY, **_COMPARE}, 1: {**_UNARY, **_TEST}}
QUESTIONS = {**_COMPARE, **_TEST}
_KNOWN = {name for operations in OPERATIONS.values() for name in operations}
# Words behind each terminal's own; `out` may have one more, `group` has any number.
_TERMINALS = {
    **dict.fromkeys(("sum", "min", "max", "argmin", "argmax", "first", "last"), 2),
    **{"any": 1, "all": 1, "n": 0, "fold": 4, "out": 3, "hist": 5},
}
_NOT_GROUPED = ("fold", "out", "hist", "group")


class Statement:
    """One statement: its word, its type, the numbers of the values that it takes, and what else stands in it."""

    __slots__ = ("word", "type", "values", "more")

    def __init__(self, word, type=None, values=(), **more):
        self.word, self.type, self.values, self.more = word, type, values, more


class Program:
    """A program: `body`, what happens to each element, and `terminals`, what comes of those that reach the end."""

    __slots__ = (
        "text", "body", "terminals", "types", "inputs", "outputs", "parameters", "functions", "_accumulators", "_folded"
    )  # fmt: skip

    def __init__(self, text):
        self.text = text
        self.body, self.terminals, self.types = [], [], []
        self.inputs = 0
        self.outputs = {}  # of each, the statements that write it
        self.parameters = {}  # the type of each that is read
        self.functions = {}  # the types of each that is called: those that it takes, and the one that it gives
        self._accumulators = {}
        self._folded = set()
        statements = text.split(";")
        for number, statement in enumerate(statements):
            try:
                if number == MOST_STATEMENTS:
                    raise ValueError("a program has %d statements at most" % MOST_STATEMENTS)
                self._read(statement.split(" "))
            except ValueError as error:
                raise _refused(number, statement[:100], error) from None
        try:
            self._finish()
        except ValueError as error:
            raise _refused(len(statements) - 1, "", error) from None

    @property
    def grouped(self):
        """The number of the terminal that groups those behind it, or how many there are if none does."""
        return next((k for k, t in enumerate(self.terminals) if t.word == "group"), len(self.terminals))

    def _read(self, words):
        word, *rest = words
        if _is_terminal(word, len(rest)):
            found = self._terminal(word, rest)
            if word in _NOT_GROUPED and self.grouped < len(self.terminals):
                raise ValueError("there is none for each group")
            self.terminals.append(found)
            return
        if self.terminals:
            raise ValueError("terminals stand at the end")
        if word in ("filter", "until") and len(rest) == 1:
            self.body.append(Statement(word, None, (self._argument(rest[0], BOOL),)))
            return
        found = self._value(word, rest)
        self.body.append(found)
        self.types.append(BOOL if word in QUESTIONS else found.type)

    # Values.

    def _value(self, word, rest):
        shape = (word, len(rest))
        if shape == ("in", 3):
            return self._input(*rest)
        if shape in (("pos", 0), ("count", 0)):
            return Statement(word, S8)
        if shape == ("par", 2):
            type = _type(rest[1])
            return Statement(word, type, number=self._parameter(rest[0], type))
        if shape == ("cast", 3):
            source, target = _type(rest[0]), _type(rest[1])
            return Statement(word, target, (self._argument(rest[2], source),), source=source)
        if shape == ("where", 4):
            type = _type(rest[0])
            kinds = (BOOL, type, type)
            return Statement(word, type, tuple(map(self._argument, rest[1:], kinds)))
        if shape == ("acc", 2):
            number, type = _number(rest[0], _MOST), _type(rest[1])
            self._accumulator(number, type)
            return Statement(word, type, number=number)
        if shape == ("scan", 3):
            type = _type(rest[1])
            if rest[0] not in ("sum", "min", "max"):
                raise ValueError("there is no scan %s" % quoted(rest[0]))
            if type is BOOL and rest[0] == "sum":
                raise ValueError("there is no scan sum of BOOL")
            return Statement(word, type, (self._argument(rest[2], type),), how=rest[0])
        if word == "call" and len(rest) > 1:
            return self._call(*rest)
        if word not in _KNOWN or not rest:
            raise ValueError("there is no such statement")
        type = _type(rest[0])
        kinds = OPERATIONS.get(len(rest) - 1, {}).get(word)
        if kinds is None:
            raise ValueError("%s takes another number of arguments" % word)
        if type.kind not in kinds:
            raise ValueError("there is no %s of %s" % (word, type.name))
        return Statement(word, type, tuple([self._argument(argument, type) for argument in rest[1:]]))

    def _call(self, number, result, *words):
        number, result = _number(number, _MOST), _type(result)
        if not words or len(words) > 2 * MOST_ARGUMENTS or len(words) % 2:
            raise ValueError("call takes types and values of 1 to %d arguments" % MOST_ARGUMENTS)
        values, types = [], []
        for k in range(0, len(words), 2):
            types.append(_type(words[k]))
            values.append(self._argument(words[k + 1], types[-1]))
        signature = tuple(types), result
        known = self.functions.setdefault(number, signature)
        if known != signature:
            raise ValueError("function %d is %s, not %s" % (number, _shown(*known), _shown(*signature)))
        return Statement("call", result, tuple(values), number=number)

    def _input(self, number, offset, field):
        number, offset = _number(number, _MOST), _number(offset, _GREATEST)
        field, colon, bits = field.partition(":")
        type, big = _stored(field)
        shift, width = _bits(bits, type) if colon else (0, 0)
        self.inputs = max(self.inputs, number + 1)
        return Statement("in", type, number=number, offset=offset, big=big, shift=shift, width=width)

    # Terminals.

    def _terminal(self, word, rest):
        if word == "n":
            return Statement(word)
        if word in ("any", "all"):
            return Statement(word, BOOL, (self._argument(rest[0], BOOL),))
        if word == "fold":
            number, type = _number(rest[0], _MOST), _type(rest[1])
            self._accumulator(number, type)
            if number in self._folded:
                raise ValueError("accumulator %d is folded twice" % number)
            self._folded.add(number)
            value = self._argument(rest[2], type)
            return Statement(word, type, (value,), number=number, start=self._parameter(rest[3], type))
        if word == "out":
            return self._output(*rest) if len(rest) == 4 else self._output(rest[0], None, *rest[1:])
        if word == "group":
            most = _number(rest[0], _GREATEST)
            return Statement(word, None, tuple(map(self._key, rest[1:])), most=most)
        type = _type(rest[0])
        value = self._argument(rest[1], type)
        if word != "hist":
            return Statement(word, type, (value,))
        low, high = (self._parameter(number, F8) for number in rest[2:4])
        bins = _number(rest[4], MOST_BINS)
        if not bins:
            raise ValueError("a histogram has bins")
        return Statement(word, type, (value,), low=low, high=high, bins=bins)

    def _output(self, number, offset, field, value):
        offset = None if offset is None else _number(offset, _GREATEST)
        number = _number(number, _MOST)
        type, big = _stored(field)
        value = self._argument(value, type)
        others = self.outputs.setdefault(number, [])
        if others and None in (offset, others[0].more["offset"]):
            raise ValueError("output %d is written already" % number)
        found = Statement("out", type, (value,), number=number, offset=offset, big=big)
        others.append(found)
        return found

    def _finish(self):
        if not self.terminals:
            raise ValueError("nothing becomes of the elements: there is no terminal")
        for number in range(1 + max(self._accumulators, default=-1)):
            if number not in self._folded:
                raise ValueError("accumulator %d is not folded" % number)
        for number in range(1 + max(self.outputs, default=-1)):
            if number not in self.outputs:
                raise ValueError("nothing is written to output %d" % number)
        for number in range(1 + max(self.functions, default=-1)):
            if number not in self.functions:
                raise ValueError("function %d is not called" % number)

    # What stands in statements.

    def _argument(self, text, type):
        number = self._id(text)
        if self.types[number] is not type:
            raise ValueError("value %d is %s, not %s" % (number, self.types[number].name, type.name))
        return number

    def _id(self, text):
        number = _number(text, MOST_STATEMENTS)
        if number >= len(self.types):
            raise ValueError("there is no value %d yet" % number)
        return number

    def _key(self, text):
        number = self._id(text)
        if self.types[number].name == "F4":
            raise ValueError("value %d is F4, which is no key: cast it to F8" % number)
        return number

    def _parameter(self, text, type):
        number = _number(text, _MOST)
        known = self.parameters.setdefault(number, type)
        if known is not type:
            raise ValueError("parameter %d is %s, not %s" % (number, known.name, type.name))
        return number

    def _accumulator(self, number, type):
        known = self._accumulators.setdefault(number, type)
        if known is not type:
            raise ValueError("accumulator %d is %s, not %s" % (number, known.name, type.name))


def _shown(types, result):
    """The types of a function: F8(F8,S4)."""
    return "%s(%s)" % (result.name, ",".join([type.name for type in types]))


def _is_terminal(word, count):
    """Whether a statement of this word, with so many behind it, is a terminal: `min T A B` is a value."""
    if word == "group":
        return count > 1
    return word in _TERMINALS and (_TERMINALS[word] == count or (word == "out" and count == 4))


def _number(text, most):
    plain = text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
    if not plain or len(text) > 20 or int(text) > most:
        raise ValueError("%s is no number from 0 to %d" % (quoted(text), most))
    return int(text)


def _type(text):
    if text not in TYPES:
        raise ValueError("there is no type %s" % quoted(text))
    return TYPES[text]


def _stored(text):
    """A type as it is stored, and whether it is big-endian."""
    big = text[:1] == ">"
    type = _type(text[big:])
    if big and type.size == 1:
        raise ValueError("a %s has no order of bytes" % type.name)
    return type, big


def _bits(text, type):
    if "+" not in text:
        raise ValueError("bits are SHIFT+WIDTH, not %s" % quoted(text))
    shift, _, width = text.partition("+")
    shift, width = _number(shift, 64), _number(width, 64)
    if type.kind not in ("U", "S") or not width or shift + width > type.bits:
        raise ValueError("a %s has no bits %s" % (type.name, text))
    return shift, width


def _refused(number, statement, error):
    return ValueError("statement %d (%s): %s" % (number, quoted(statement), error))


def quoted(text):
    """Text between quotes."""
    return '"%s"' % escaped(text, '"')
