"""Kernel: the counterpart of src/pipeline.rs."""

import operator

from .. import arguments
from ..array import Array
from . import operations
from .program import Program
from .reductions import Fold, Groups, reduction
from .types import cast

_ENGINES = ("best", "compiled", "interpreted")
_OFTEN = 1 << 14  # steps of the program between two looks at `stop`


class Kernel:
    """Kernel(text, engine="best"): a program that can be run over windows of arrays, any number of times.

    ValueError if the text is no program, or if engine="compiled": nothing is compiled here.
    """

    __slots__ = ("_program", "__weakref__")
    __module__ = "chunkarray._core"

    def __new__(cls, text, engine="best"):
        self = object.__new__(cls)
        text = arguments.text("text", text)
        engine = arguments.text("engine", engine)
        if engine not in _ENGINES:
            message = 'engine is "best", "compiled" or "interpreted", not "%s"'
            raise ValueError(message % arguments.escaped(engine, '"'))
        self._program = Program(text)
        if engine == "compiled":
            raise ValueError("no code can be generated: this is plain Python")
        return self

    @property
    def engine(self):
        """What runs the program."""
        return "python"

    @property
    def lanes(self):
        """Elements that one step works on."""
        return 1

    def code(self):
        """The machine code that was made, as text; empty where none was."""
        return ""

    def explain(self):
        """The program, a statement a line."""
        return "\n".join(self._program.text.split(";"))

    def run(self, inputs, count, params, outputs, threads, stop=None, fresh=False, functions=(), /):
        """Run over `count` elements of each input, a tuple of (array, start, step), and give a tuple of results.

        Elements are those at the positions start, start + step, ... `params` has 8 bytes for each parameter, `outputs`
        are the arrays that are appended to, all or none; an input may be among them, unless they are `fresh`, which
        says that nobody else knows them. `threads` is how many may work, 0 for one on each core. `stop`, if given, is
        called now and then with how many elements are done; if it gives something true or raises, the run ends: with
        RuntimeError or with what was raised. `functions` are what the program calls: a tuple of (kind, address, data), of
        the kinds 0, a C function of numbers, 1, one that takes `data` behind them, and 2, the loop of a ufunc.

        IndexError if an element is gone, ValueError if something does not fit the program.
        """
        program = self._program
        count = arguments.size("count", count)
        arguments.size("threads", threads)
        inputs = [_elements(window, count) for window in _tuple("inputs", inputs)]
        parameters = _Parameters(params, program)
        outputs = _tuple("outputs", outputs)
        _check(program, [size for _, size in inputs], outputs)
        _check_open(outputs)
        functions = _functions(program, _tuple("functions", functions))
        run = _Run(program, inputs, [array.itemsize for array in outputs], parameters, functions)
        often = _OFTEN // max(1, len(run.steps)) + 1
        for position in range(count):
            if stop is not None and position % often == 0 and position and stop(position):
                raise RuntimeError("the run was stopped")
            if not run.step(position):
                break
        _check_open(outputs)
        for array, data in zip(outputs, run.outputs):
            array._add(data)
        return tuple(run.results())


def _tuple(what, value):
    if not isinstance(value, tuple):
        raise TypeError("%s are a tuple, not %s" % (what, type(value).__name__))
    return value


def _elements(window, count):
    """The bytes of a window's elements, which are read once, and how many each has."""
    if not isinstance(window, tuple) or len(window) != 3 or not isinstance(window[0], Array):
        raise TypeError("an input is a tuple of an array, a start and a step")
    array, start, step = window
    # Bytes: the same on all interpreters, and read once.
    return bytes(array._tobytes(start, step, count)), array.itemsize


class _Parameters:
    """The parameters of a run."""

    def __init__(self, data, program):
        if not isinstance(data, bytes):
            raise TypeError("params are bytes, not %s" % type(data).__name__)
        wanted = 1 + max(program.parameters, default=-1)
        if len(data) != 8 * wanted:
            raise ValueError("%d parameters have %d bytes, not %d" % (wanted, 8 * wanted, len(data)))
        self.data = data

    def read(self, number, kind):
        """One as a value of a type."""
        return kind.read(self.data, 8 * number)


def _check(program, sizes, outputs):
    """Refuses arrays that are not what a program reads and writes."""
    if not all(isinstance(array, Array) for array in outputs):
        raise TypeError("outputs are arrays")
    if len(set(map(id, outputs))) < len(outputs):
        raise ValueError("an array is given as two outputs")
    if len(sizes) < program.inputs:
        raise ValueError("the program reads %d inputs, not %d" % (program.inputs, len(sizes)))
    if len(outputs) != len(program.outputs):
        raise ValueError("the program writes to %d outputs, not %d" % (len(program.outputs), len(outputs)))
    for statement in program.body:
        if statement.word == "in":
            _inside(statement, sizes[statement.more["number"]])
    for number, statements in program.outputs.items():
        size = outputs[number].itemsize
        for statement in statements:
            if statement.more["offset"] is not None:
                _inside(statement, size)
            elif statement.type.size != size:
                message = "output %d has elements of %d bytes, and %d are written"
                raise ValueError(message % (number, size, statement.type.size))


def _functions(program, given):
    """What the program calls, as functions of Python's."""
    if len(given) != len(program.functions):
        raise ValueError("the program calls %d functions, not %d" % (len(program.functions), len(given)))
    if not given:
        return ()
    from .native import called

    return [called(index, program.functions[index], *function) for index, function in enumerate(given)]


def _check_open(outputs):
    for array in outputs:
        with array._lock:
            array._open()
            array._resizable()


def _inside(statement, size):
    offset, kind = statement.more["offset"], statement.type
    if offset + kind.size > size:
        message = "a %s at offset %d reaches behind an element of %d bytes"
        raise ValueError(message % (kind.name, offset, size))


class _Run:
    """One run of a program: what it has seen so far."""

    def __init__(self, program, inputs, sizes, parameters, functions):
        self.program, self.inputs, self.sizes, self.functions = program, inputs, sizes, functions
        self.position = self.came = 0
        self.folds = {}  # by their number
        self.outputs = [bytearray() for _ in program.outputs]
        self.steps = [self._step(statement, parameters) for statement in program.body]
        split = program.grouped
        self.plain = [self._terminal(terminal, parameters) for terminal in program.terminals[:split]]
        self.groups = None
        if split < len(program.terminals):
            group, *self.grouped = program.terminals[split:]
            self.keys = group.values
            self.groups = Groups(
                group.more["most"],
                len(group.values),
                lambda: [reduction(t, parameters, grouped=True) for t in self.grouped],
            )
            self.groups.make()  # which refuses what is wrong before anything runs

    def step(self, position):
        """Takes one element through the program: False if the run ends here."""
        self.position, values = position, []
        for word, function in self.steps:
            value = function(values)
            if word is None:
                values.append(value)
            elif not value:
                return word == "filter"
        for terminal, reduced in zip(self.program.terminals, self.plain):
            if reduced is not None:
                reduced.add(position, self.came, values[terminal.values[0]] if terminal.values else None)
        for number, statements in self.program.outputs.items():
            self.outputs[number] += _element(statements, self.sizes[number], values)
        if self.groups is not None:
            self.groups.add(
                position,
                self.came,
                [values[key] for key in self.keys],
                [values[t.values[0]] if t.values else None for t in self.grouped],
            )
        self.came += 1
        return True

    def _terminal(self, terminal, parameters):
        """What reduces the elements for a terminal; None for an output, whose result is how many came."""
        if terminal.word == "out":
            return None
        if terminal.word == "fold":
            start = parameters.read(terminal.more["start"], terminal.type)
            made = self.folds[terminal.more["number"]] = Fold(lambda _, value: value, start)
            return made
        return reduction(terminal, parameters)

    def _step(self, statement, parameters):
        """None or the word of a stage, and the function that makes a value from those before."""
        word, kind, numbers, more = statement.word, statement.type, statement.values, statement.more
        if word in ("filter", "until"):
            return word, operator.itemgetter(*numbers)
        if word == "in":
            return None, self._input(kind, **more)
        if word == "pos":
            return None, lambda values: self.position
        if word == "par":
            value = parameters.read(more["number"], kind)
            return None, lambda values: value
        if word == "cast":
            source = more["source"]
            return None, lambda values: cast(source, kind, values[numbers[0]])
        if word == "where":
            condition, a, b = numbers
            return None, lambda values: values[a] if values[condition] else values[b]
        if word == "acc":
            return None, lambda values: self.folds[more["number"]].value
        if word == "count":
            return None, _running(Fold(lambda count, _: count + 1, -1), 0)
        if word == "scan":
            function = operations.of_two({"sum": "add"}.get(more["how"], more["how"]), kind)
            return None, _running(Fold(function), numbers[0])
        if word == "call":
            called = self.functions[more["number"]]
            return None, lambda values: called(*[values[number] for number in numbers])
        if len(numbers) == 1:
            function, a = operations.of_one(word, kind), numbers[0]
            return None, lambda values: function(values[a])
        function, (a, b) = operations.of_two(word, kind), numbers
        return None, lambda values: function(values[a], values[b])

    def _input(self, kind, number, offset, big, shift, width):
        """The function that reads a field of the current element."""
        data, size = self.inputs[number]
        if not width:
            return lambda values: kind.read(data, self.position * size + offset, big)
        order, mask, sign = "big" if big else "little", (1 << width) - 1, (kind.kind == "S") << (width - 1)

        def bits(values):
            at = self.position * size + offset
            found = int.from_bytes(data[at : at + kind.size], order) >> shift & mask
            return kind.wrap((found ^ sign) - sign)

        return bits

    def results(self):
        """The results of all terminals, in their order."""
        found = [self.came if reduced is None else reduced.result() for reduced in self.plain]
        return found + (self.groups.results() if self.groups is not None else [])


def _running(fold, number):
    """The function that adds a value to those that came to the same statement before."""

    def add(values):
        fold.add(None, None, values[number] if values else None)
        return fold.value

    return add


def _element(statements, size, values):
    """The bytes of an element of an output; what no statement writes is zero."""
    element = bytearray(size)
    for statement in statements:
        data = statement.type.write(values[statement.values[0]], statement.more["big"])
        at = statement.more["offset"] or 0
        element[at : at + len(data)] = data
    return element
