"""The text of a program: statements, read and checked.

Statements stand behind each other with `;` between, words with one space. Each value has the next number, by which
later statements name it. The same text is written by the Python part and read by the crate pipelines, which tells
what each statement means.
"""

import re

from ..arguments import escaped
from .types import BOOL, F8, S8, TYPES

MOST_STATEMENTS = 4096
_GREATEST = 2**31 - 1  # of a number in a text
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}")
_BITS = re.compile(r"(>?[A-Z]+[0-9]?):(0|[1-9][0-9]?)\+([1-9][0-9]?)")

INTEGERS = "US"
_KINDS = {
    # Which types an operation takes, by their kinds.
    **dict.fromkeys("add sub mul floordiv mod pow".split(), ("U", "S", "F")),
    **dict.fromkeys("div hypot atan2".split(), ("F",)),
    **dict.fromkeys("min max eq ne lt le gt ge".split(), ("U", "S", "F", "BOOL")),
    **dict.fromkeys("and or xor".split(), ("U", "S", "BOOL")),
    **dict.fromkeys("shl shr".split(), ("U", "S")),
}
_KINDS_OF_ONE = {
    **dict.fromkeys("neg abs sign".split(), ("U", "S", "F")),
    "not": ("U", "S", "BOOL"),
    **dict.fromkeys("popcount clz ctz bswap".split(), ("U", "S")),
    **dict.fromkeys(
        "sqrt floor ceil round trunc exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh "
        "isnan isinf isfinite".split(),
        ("F",),
    ),
}
_TO_BOOL = set("eq ne lt le gt ge isnan isinf isfinite".split())
_TERMINALS = set("sum min max argmin argmax first last any all n fold out hist group".split())
_REDUCED = {
    **dict.fromkeys("sum min max argmin argmax first last".split(), ("U", "S", "F", "BOOL")),
    "hist": ("U", "S", "F"),
}


class Statement:
    """One statement: its word, its type, the numbers of the values that it takes, and what else stands in it."""

    __slots__ = ("word", "type", "values", "more")

    def __init__(self, word, type=None, values=(), **more):
        self.word, self.type, self.values, self.more = word, type, values, more


class Program:
    """A program: `body`, what happens to each element, and `terminals`, what comes of those that reach the end."""

    __slots__ = ("text", "body", "terminals", "types", "inputs", "outputs", "parameters")

    def __init__(self, text):
        self.text = text
        self.body, self.terminals, self.types = [], [], []
        self.inputs = []  # of each, up to where its elements are read
        self.outputs = []  # of each, the statements that write it
        self.parameters = 0
        statements = text.split(";")
        if len(statements) > MOST_STATEMENTS:
            raise ValueError("a program has %d statements at most, not %d" % (MOST_STATEMENTS, len(statements)))
        for number, statement in enumerate(statements):
            try:
                self._read(statement.split(" "))
            except ValueError as error:
                message = 'statement %d ("%s"): %s' % (number, escaped(statement, '"'), error)
                raise ValueError(message) from None
        if not self.terminals:
            raise ValueError("the program has no terminal")
        self._check_accumulators()

    @property
    def grouped(self):
        """The number of the terminal that groups those behind it, or how many there are if none does."""
        return next((k for k, t in enumerate(self.terminals) if t.word == "group"), len(self.terminals))

    def _read(self, words):
        word, *rest = words
        terminal = self._terminal(word, rest) if self._is_terminal(word, rest) else None
        if terminal is not None:
            self.terminals.append(terminal)
            return
        if self.terminals:
            raise ValueError("it stands behind a terminal")
        if word in ("filter", "until"):
            self.body.append(Statement(word, None, self._values(self._count(rest, 1), BOOL)))
            return
        found = self._value(word, rest)
        self.body.append(found)
        self.types.append(BOOL if word in _TO_BOOL else found.type)

    def _is_terminal(self, word, rest):
        # Of three words, min and max are values: `min T A B`.
        return word in _TERMINALS and not (word in ("min", "max") and len(rest) == 3)

    # Values.

    def _value(self, word, rest):
        if word == "in":
            return self._input(*self._count(rest, 3))
        if word == "pos" or word == "count":
            self._count(rest, 0)
            return Statement(word, S8)
        if word == "par":
            number, type = self._count(rest, 2)
            return Statement(word, self._type(type), number=self._parameter(number))
        if word == "cast":
            source, target, value = self._count(rest, 3)
            source = self._type(source)
            return Statement(word, self._type(target), self._values([value], source), source=source)
        if word == "where":
            type, condition, *others = self._count(rest, 4)
            type = self._type(type)
            return Statement(word, type, self._values([condition], BOOL) + self._values(others, type))
        if word == "acc":
            number, type = self._count(rest, 2)
            return Statement(word, self._type(type), number=self._number(number))
        if word == "scan":
            how, type, value = self._count(rest, 3)
            if how not in ("sum", "min", "max"):
                raise ValueError("a scan is of sum, min or max, not %s" % how)
            type = self._type(type, ("U", "S", "F"))
            return Statement(word, type, self._values([value], type), how=how)
        if word in _KINDS:
            type, *values = self._count(rest, 3)
            type = self._type(type, _KINDS[word])
            return Statement(word, type, self._values(values, type))
        if word in _KINDS_OF_ONE:
            type, value = self._count(rest, 2)
            type = self._type(type, _KINDS_OF_ONE[word])
            return Statement(word, type, self._values([value], type))
        raise ValueError("there is no such statement")

    def _input(self, number, offset, text):
        number, offset = self._number(number, MOST_STATEMENTS - 1), self._number(offset)
        bits = _BITS.fullmatch(text)
        type, big = self._placed(bits.group(1) if bits else text)
        shift, width = (int(bits.group(2)), int(bits.group(3))) if bits else (0, 0)
        if bits and (type.kind == "F" or shift + width > type.bits):
            raise ValueError("%s has no such bits" % type.name)
        self.inputs += [0] * (number + 1 - len(self.inputs))
        self.inputs[number] = max(self.inputs[number], offset + type.size)
        return Statement("in", type, number=number, offset=offset, big=big, shift=shift, width=width)

    # Terminals.

    def _terminal(self, word, rest):
        grouped = self.grouped < len(self.terminals)
        if word == "n":
            self._count(rest, 0)
            return Statement(word)
        if word in ("any", "all"):
            return Statement(word, BOOL, self._values(self._count(rest, 1), BOOL))
        if word == "hist":
            if grouped:
                raise ValueError("it stands behind a group")
            type, value, low, high, bins = self._count(rest, 5)
            type = self._type(type, _REDUCED[word])
            bins = self._number(bins)
            if not bins:
                raise ValueError("a histogram has one bin at least")
            low, high = self._parameter(low), self._parameter(high)
            return Statement(word, type, self._values([value], type), low=low, high=high, bins=bins)
        if word in _REDUCED:
            type, value = self._count(rest, 2)
            type = self._type(type, _REDUCED[word])
            return Statement(word, type, self._values([value], type))
        if grouped:
            raise ValueError("it stands behind a group")
        if word == "fold":
            number, type, value, start = self._count(rest, 4)
            type, number = self._type(type), self._number(number)
            if any(t.word == "fold" and t.more["number"] == number for t in self.terminals):
                raise ValueError("there are two folds of this number")
            return Statement(word, type, self._values([value], type), number=number, start=self._parameter(start))
        if word == "out":
            return self._output(rest)
        most, *keys = rest or [""]
        most = self._number(most)
        if not keys:
            raise ValueError("a group has one key at least")
        for key in keys:
            (key,) = self._values([key])
            if self.types[key].kind == "F" and self.types[key] is not F8:
                raise ValueError("floats group as F8, not %s" % self.types[key].name)
        return Statement(word, None, self._values(keys), most=most)

    def _output(self, rest):
        whole = len(rest) == 3
        number, offset, type, value = (rest[0], "0", *rest[1:]) if whole else self._count(rest, 4)
        number, offset = self._number(number, MOST_STATEMENTS - 1), self._number(offset)
        type, big = self._placed(type)
        found = Statement("out", type, self._values([value], type), number=number, offset=offset, big=big, whole=whole)
        self.outputs += [[] for _ in range(number + 1 - len(self.outputs))]
        others = self.outputs[number]
        if others and (whole or others[0].more["whole"]):
            raise ValueError("output %d is written as a whole and once more" % number)
        others.append(found)
        return found

    def _check_accumulators(self):
        folds = {t.more["number"]: t.type for t in self.terminals if t.word == "fold"}
        for statement in self.body:
            if statement.word == "acc" and folds.get(statement.more["number"]) is not statement.type:
                message = "there is no fold %d of %s"
                raise ValueError(message % (statement.more["number"], statement.type.name))

    # What stands in statements.

    def _count(self, rest, count):
        if len(rest) != count:
            raise ValueError("it takes %d words, not %d" % (count, len(rest)))
        return rest

    def _number(self, text, greatest=_GREATEST):
        if not _NUMBER.fullmatch(text):
            raise ValueError("%r is no number" % text[:20])
        if int(text) > greatest:
            raise ValueError("%s is greater than %d" % (text, greatest))
        return int(text)

    def _parameter(self, text):
        number = self._number(text, MOST_STATEMENTS - 1)
        self.parameters = max(self.parameters, number + 1)
        return number

    def _type(self, text, kinds=None):
        if text not in TYPES:
            raise ValueError("there is no type %r" % text[:20])
        if kinds and TYPES[text].kind not in kinds:
            raise ValueError("it takes no %s" % text)
        return TYPES[text]

    def _placed(self, text):
        """A type, and whether it lies in memory big-endian."""
        big = text[:1] == ">"
        type = self._type(text[big:])
        if big and type.size == 1:
            raise ValueError("one byte has no order")
        return type, big

    def _values(self, texts, type=None):
        numbers = []
        for text in texts:
            number = self._number(text)
            if number >= len(self.types):
                raise ValueError("there is no value %d before it" % number)
            if type is not None and self.types[number] is not type:
                raise ValueError("value %d is %s, not %s" % (number, self.types[number].name, type.name))
            numbers.append(number)
        return tuple(numbers)
