"""The text of programs: each value once, constants as parameters, and nothing that no result needs.

Equal texts are the same kernel, so all that may differ from one run to the next is a parameter. The grammar is that of the
native part (pipelines/src/program.rs).
"""

from .types import machine, packed
from .values import Value

MOST = 4096  # statements
_DEEPEST = 100  # calls within calls
_SPECIAL = frozenset(("same", "call", "cast", "scan sum", "scan min", "scan max"))
_OF_OPERANDS = frozenset(("eq", "ne", "lt", "le", "gt", "ge", "isnan", "isinf", "isfinite"))


class _Machine(dict):
    """The types as programs know them, by the types of values."""

    def __missing__(self, type):
        found = self[type] = machine(type)
        return found


_TYPES = _Machine()


class Parameter:
    """A number that a terminal takes as a parameter."""

    __slots__ = ("value", "type")

    def __init__(self, value, type):
        self.value = value
        self.type = type


class Program:
    """A program that is being written.

    inputs   the Inputs that `in 0`, `in 1`, ... read
    """

    def __init__(self, skipped=0):
        self.inputs = []
        self._statements = []
        self._values = 0
        self._skipped = skipped  # elements at the front that the run leaves out
        self._numbers = {}  # of nodes, by identity
        self._texts = {}  # of statements
        self._parameters = {}
        self._kept = []  # nodes that only live here, whose identities are not to come again
        self._terminals = {}
        self._functions = {}

    def __len__(self):
        return len(self._statements) + len(self._terminals)

    def stage(self, kind, node):
        """Writes a stage: "filter" or "until"."""
        text = "%s %s" % (kind, self.number(node))
        if len(self._statements) >= MOST:
            self._refuse()
        self._statements.append(text)

    def terminal(self, words):
        """Writes a terminal, given as its words: str, nodes and Parameters. Gives its number among the results."""
        shown = []
        for word in words:
            if type(word) is Value:
                word = str(self.number(word))
            elif type(word) is Parameter:
                word = str(self._parameter(word.value, _TYPES[word.type]))
            shown.append(word)
        return self._terminals.setdefault(" ".join(shown), len(self._terminals))

    @property
    def text(self):
        return ";".join(self._statements + list(self._terminals))

    @property
    def parameters(self):
        """Eight bytes for each parameter."""
        return b"".join([data for _, data in self._parameters])

    @property
    def functions(self):
        """What is called: Callees, by their numbers."""
        return list(self._functions.values())

    def number(self, node):
        """The number of a value, which is written, with all that it takes, if it is not yet."""
        found = self._numbers.get(id(node))
        return self._written(node) if found is None else found

    def _written(self, node, depth=0):
        leaf = _LEAVES.get(node._op)
        if leaf is not None:
            found = self._numbers[id(node)] = leaf(self, node)
            return found
        if depth > _DEEPEST:
            return self._written_deep(node)
        numbers, arguments = self._numbers, []
        for argument in node._args:
            found = numbers.get(id(argument))
            arguments.append(self._written(argument, depth + 1) if found is None else found)
        found = numbers[id(node)] = self._operation(node, arguments)
        return found

    def _written_deep(self, node):
        """The same without calls in calls, of which there may not be as many as expressions are deep."""
        numbers, stack = self._numbers, [node]
        while stack:
            top = stack[-1]
            missing = [argument for argument in reversed(top._args) if id(argument) not in numbers]
            if id(top) in numbers or not missing:
                stack.pop()
                if id(top) not in numbers:
                    numbers[id(top)] = self._operation(top, [numbers[id(each)] for each in top._args])
                continue
            for argument in missing:
                if argument._op in _LEAVES:
                    numbers[id(argument)] = _LEAVES[argument._op](self, argument)
                else:
                    stack.append(argument)
        return numbers[id(node)]

    def _operation(self, node, arguments):
        op = node._op
        if op in _SPECIAL:
            return self._special(op, node, arguments)
        type = _TYPES[(node._args[0] if op in _OF_OPERANDS else node)._type]
        if len(arguments) == 2:  # the most, quickly
            return self._value("%s %s %d %d" % (op, type, *arguments))
        return self._value("%s %s %s" % (op, type, " ".join(map(str, arguments))))

    def _special(self, op, node, arguments):
        if op == "same":
            return arguments[0]
        if op == "call":
            return self._value(self._call(op.callee, arguments))
        type = _TYPES[node._type]
        if op == "cast":
            return self._value("cast %s %s %d" % (_TYPES[node._args[0]._type], type, arguments[0]))
        # What remembers elements means something else behind a filter.
        return self._value("%s %s %d" % (op, type, arguments[0]), True)

    def _call(self, callee, arguments):
        key = callee.given, str(callee.types), len(callee.types.passed)
        if key not in self._functions:
            self._functions[key] = callee
        words = ["call %d %s" % (list(self._functions).index(key), callee.types.gives)]
        return " ".join(words + ["%s %d" % each for each in zip(callee.types.passed, arguments)])

    def _value(self, text, each_time=False):
        """The number of a statement's value. Equal ones are written once, but for those that mean something else
        `each_time`."""
        number = None if each_time else self._texts.get(text)
        if number is None:
            if len(self._statements) >= MOST:
                self._refuse()
            self._statements.append(text)
            number = self._texts[text] = self._values
            self._values = number + 1
        return number

    def _refuse(self):
        raise ValueError("the lambdas of a pipeline are of at most %d operations together" % MOST)

    def _parameter(self, value, type):
        return self._parameters.setdefault((type, packed(value, type)), len(self._parameters))

    # Leaves.

    def _in(self, node):
        input, offset, spec = node._args
        if input not in self.inputs:
            self.inputs.append(input)
        return self._value("in %s %s %s" % (self.inputs.index(input), offset, spec))

    def _par(self, node):
        type = _TYPES[node._type]
        return self._value("par %s %s" % (self._parameter(node._args[0], type), type))

    def _pos(self, node):
        position = self._value("pos")
        later = self._skipped - node._args[0]
        if not later:
            return position
        more = Value("par", (later,), "S8")
        self._kept.append(more)
        return self._value("add S8 %d %d" % (position, self.number(more)))

    def _count(self, node):
        return self._value("count", True)

    def _acc(self, node):
        return self._value("acc %d %s" % (node._args[0], machine(node._type)))


_LEAVES = {
    "in": Program._in,
    "par": Program._par,
    "pos": Program._pos,
    "count": Program._count,
    "acc": Program._acc,
}


def reached(nodes):
    """The identities of all nodes that these need."""
    found, stack = set(), list(nodes)
    while stack:
        node = stack.pop()
        if id(node) not in found:
            found.add(id(node))
            if node._op not in _LEAVES:
                stack.extend(node._args)
    return found
