"""Chains: stages that lambdas were given to, one behind the other. Nothing runs before a terminal asks for a result."""

import operator
from types import FunctionType

from .located import function_place
from .operations import constant, operand, strong, truth
from .program import Program, reached
from .records import SYMBOLIC, RecordValue, RowValue, row_of
from .running import DEFAULTS, Taken, run
from .sources import beginning, is_elements
from .terminals import Terminals
from .types import FLOATS, is_time
from .values import Value


def call(function, value):
    """What a function gives for a symbolic value: one for each argument, of those side by side."""
    if type(function) is not FunctionType:
        from .native import recognised

        function = recognised(function)
    if not callable(function):
        raise TypeError("a stage takes a function of an element, not %s" % type(function).__name__)
    arguments = (value,)
    if type(value) is tuple or (type(value) is RowValue and _takes(function) == len(value) > 1):
        arguments = tuple(value)
    try:
        return function(*arguments)
    except RecursionError:
        raise RecursionError(
            "%s calls itself without end: a symbolic value ends no recursion. It is called once, for all elements; "
            "map_chunks takes functions that can't be read that way" % function_place(function)
        ) from None


def _takes(function):
    """How many arguments a function of Python's needs, or None if that is not known."""
    code = getattr(function, "__code__", None)
    if code is None:
        return getattr(function, "_count", None)  # of native ones
    return code.co_argcount - len(getattr(function, "__defaults__", None) or ())


def traced(function, value):
    """What a function gives, as a value, a record or a row. TypeError for what pipelines can't compute."""
    found = call(function, value)
    if type(found) is Value or isinstance(found, SYMBOLIC):
        return found
    if isinstance(found, (tuple, dict)):
        return row_of(found)
    return _number(found, function)


def _number(found, function):
    if found is None:
        raise TypeError(
            "the function gives nothing (None): it is to give what becomes of an element (%s)"
            % function_place(function)
        )
    node, type_ = operand(found)
    if type_ is None:
        raise TypeError(
            "the function gives %s, and elements become numbers, times, or tuples and dicts of them (%s)"
            % (type(found).__name__, function_place(function))
        )
    return strong(node, type_)


def condition(function, value):
    """What a function gives, as a truth value."""
    found = call(function, value)
    if type(found) is not Value:
        if isinstance(found, (*SYMBOLIC, tuple, dict)):
            raise TypeError("a condition is one truth value (%s)" % function_place(function))
        found = _number(found, function)
    return found if found._type == "BOOL" else truth(found)


class Chain(Terminals):
    """Elements on their way: a.map(f), a.filter(f) and what comes behind.

    Each stage gives a new chain. A terminal (sum, collect, ...) runs all of it as one loop, on the array as it is then. A
    chain can be run again, is iterable, and NumPy takes it. print(chain) shows what it does.
    """

    __slots__ = ("_sources", "_value", "_stages", "_skip", "_limit", "_is_whole", "_settings", "__weakref__")
    __module__ = "chunkarray"

    def __init__(self, sources, value, stages=(), skip=0, limit=None, is_whole=True, settings=DEFAULTS):
        self._sources = sources
        self._value = value  # a Value, one of SYMBOLIC, or a tuple of these side by side
        self._stages = stages  # (kind, node or value, its line of the plan or None)
        self._skip = skip  # elements at the front that are left out
        self._limit = limit  # elements that are taken, or None
        self._is_whole = is_whole  # whether all elements come here, so that their positions are known beforehand
        self._settings = settings

    def _with(self, value, limit, skip):
        """The same chain with another value, and of other elements at its source."""
        return Chain(self._sources, value, self._stages, skip, limit, self._is_whole, self._settings)

    def _then(self, kind, node, shown=None, value=None, is_whole=False):
        """A stage more: "map" (for the plan only), "filter", "until", or "remember", of what counts elements here."""
        value = self._value if value is None else value
        stages = (*self._stages, (kind, node, shown))
        return Chain(self._sources, value, stages, self._skip, self._limit, is_whole, self._settings)

    @property
    def value(self):
        """The symbolic value that the next stage gets, to say what agg() is to compute: v = c.value; c.agg(lo=v.min())."""
        return self._value

    # Stages.

    def map(self, function):
        """Each element as the function gives it: a number, or a tuple or dict, which makes records."""
        value = traced(function, self._value)
        return self._then("map", value, None, value, self._is_whole)

    def filter(self, function):
        """The elements for which the function is true."""
        return self._then("filter", condition(function, self._value))

    def take_while(self, function):
        """The elements before the first for which the function is false."""
        return self._then("until", condition(function, self._value))

    def enumerate(self, start=0):
        """Each element with its number before it: the next function takes both, lambda i, x: ..."""
        start = operator.index(start)
        if self._is_whole:
            number, chain = Value("pos", (self._skip,), "S8"), self
        else:
            number, chain = self._counted()
        if start:
            number = number + start
        value = self._value if type(self._value) is tuple else (self._value,)
        return chain._with((number, *value), chain._limit, chain._skip)

    def _counted(self):
        """The number of the elements that came here before, and the chain that counts them."""
        number = Value("count", (), "S8")
        return number, self._then("remember", number, "", None, self._is_whole)

    def take(self, n):
        """The first `n` elements that come here."""
        n = _size("take", n)
        if self._is_whole:
            return self._with(self._value, n if self._limit is None else min(n, self._limit), self._skip)
        number, chain = self._counted()
        return chain._then("until", Value("lt", (number, constant(n, "S8")), "BOOL"), "take %d" % n)

    def skip(self, n):
        """All elements that come here but the first `n`."""
        n = _size("skip", n)
        if self._is_whole:
            limit = self._limit
            return self._with(self._value, None if limit is None else max(0, limit - n), self._skip + n)
        number, chain = self._counted()
        return chain._then("filter", Value("ge", (number, constant(n, "S8")), "BOOL"), "skip %d" % n)

    def scan(self, kind="sum"):
        """The running "sum", "min" or "max" of the elements that came here, this one included."""
        if kind not in ("sum", "min", "max"):
            raise ValueError("scan() takes 'sum', 'min' or 'max', not %r" % (kind,))
        value = self._value
        if type(value) is not Value or (is_time(value._type) and kind == "sum"):
            raise TypeError("scan() takes numbers: map(lambda r: r.price) picks a field of a record")
        if kind == "sum" and value._type not in FLOATS:
            value = value.astype("U8" if value._type[0] == "U" else "S8")
        found = Value("scan " + kind, (value,), value._type)
        return self._then("remember", found, "scan %s" % kind, found)

    # How it runs.

    def using(self, *, threads=None, engine=None, progress=None):
        """The same chain, run in a way of its own.

        threads    how many share the work; 0 for one a core, the default
        engine     "compiled" or "interpreted"; the results are the same
        progress   True for a bar in the terminal (on stderr, for runs of more than a second), or a function that is
                   called about every 50 ms with the number of elements done, and may raise to end the run; False for
                   neither
        """
        ours = list(self._settings)
        if engine is not None:
            if engine not in ("compiled", "interpreted"):
                raise ValueError("engine is 'compiled' or 'interpreted', not %r" % (engine,))
            ours[0] = engine
        if threads is not None:
            ours[1] = _size("threads", threads)
        if progress is not None:
            ours[2] = _watch(progress)
        return Chain(self._sources, self._value, self._stages, self._skip, self._limit, self._is_whole, tuple(ours))

    @property
    def _remembers(self):
        for stage in self._stages:
            if stage[0] == "remember":
                return True
        return False

    def _take(self):
        return Taken(self._sources, self._skip, self._limit)

    def _program(self, terminals):
        """A program with the stages. `terminals` are those to come, as lists of words."""
        program = Program(self._skip)
        live = ()
        if self._remembers:
            wanted = [node for kind, node, _ in self._stages if kind in ("filter", "until")]
            wanted += [word for several in terminals for words in several for word in words if type(word) is Value]
            live = reached(wanted)
        for kind, node, _ in self._stages:
            if kind in ("filter", "until"):
                program.stage(kind, node)
            elif kind == "remember" and id(node) in live:
                program.number(node)
        return program

    def _run(self, program, taken, outputs=(), fresh=False):
        return run(program, taken, outputs, fresh, self._settings)

    # Shown.

    def __repr__(self):
        from .plan import plan

        return plan(self)

    @property
    def engine(self):
        """What runs it: "cranelift", code made for it; "interpreter"; or "python", the twin."""
        return self._kernel().engine

    def explain(self, what="plan"):
        """How its elements are collected, as text: the "plan", with the program and what runs it; "asm", the machine code,
        empty where none was made.
        """
        if what not in ("plan", "asm"):
            raise ValueError("explain() knows 'plan' and 'asm', not %r" % (what,))
        kernel = self._kernel()
        if what == "asm":
            return kernel.code()
        from .plan import explained

        return explained(self, self._collected().program, kernel)

    def _kernel(self):
        from .running import kernel

        return kernel(self._collected().program.text, self._settings[0])

    def _collected(self):
        from .collecting import Collected

        return Collected(self)


def _watch(progress):
    """What running.py takes for `progress`."""
    if progress is True or progress is False:
        return progress or None
    if not callable(progress):
        kind = type(progress).__name__
        raise TypeError("progress is True, False or a function of the number of elements done, not %s" % kind)

    def tell(done):
        progress(done)

    return tell


def _size(name, n):
    n = operator.index(n)
    if n < 0:
        raise ValueError("%s is not negative, and this is %d" % (name, n))
    return n


def chain_of(elements):
    """The chain of all elements of an array, a slice or a column."""
    source, value = beginning(elements)
    return Chain((source,), value)


def is_source(thing):
    """Whether elements come from something: an array, a slice, a column or a chain."""
    return isinstance(thing, Chain) or is_elements(thing)


def zip_(*arrays):
    """The elements of arrays side by side: zip_(a, b).map(lambda x, y: x * y).

    Arrays, slices, columns, and chains of them that only map. They are of one length when the chain runs: ValueError else.
    """
    if not arrays:
        raise TypeError("zip_() takes arrays, slices, columns or chains")
    sources, parts = [], []
    for each in arrays:
        if not is_source(each):
            raise TypeError("zip_() takes arrays, slices, columns and chains, not %s" % type(each).__name__)
        chain = each if isinstance(each, Chain) else chain_of(each)
        if not chain._is_whole or chain._skip or chain._limit is not None:
            raise TypeError("zip_() takes chains that only map: filter, take and skip behind it")
        sources += [source for source in chain._sources if source not in sources]
        parts += chain._value if type(chain._value) is tuple else [chain._value]
    if len(parts) == 1:
        return Chain(tuple(sources), parts[0])
    return Chain(tuple(sources), tuple(parts), stages=())


__all__ = ["Chain", "RecordValue", "call", "chain_of", "condition", "is_source", "traced", "zip_"]
