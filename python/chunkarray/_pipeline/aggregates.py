"""Aggregates: sum, min, mean and their kin, each as terminals of programs and what is made of their results.

All that are asked for at once are computed in one run. A variance takes a second one, since it needs the mean.
"""

import math
import warnings

from . import values
from .operations import cast, constant, kind_of, truth
from .results import finished, missing, wrapped
from .types import FLOATS, INTEGERS, SIZES, is_time, machine, rounded
from .values import Value

KINDS = ("sum", "min", "max", "mean", "var", "std", "any", "all", "argmin", "argmax", "first", "last", "count")


class Aggregate:
    """What agg() is to compute of a symbolic value: v.sum(), v.mean(), ..."""

    __slots__ = ("_kind", "_value", "_ddof")
    __module__ = "chunkarray"

    def __init__(self, kind, value, ddof=0):
        self._kind = kind
        self._value = value
        self._ddof = ddof

    @property
    def _name(self):
        return "%s()" % self._kind

    def __bool__(self):
        from .located import no_truth

        raise no_truth()

    def __repr__(self):
        if self._value is None:
            return "<count()>"
        from .formula import formula

        return "<%s(%s)>" % (self._kind, formula(self._value))

    def _refuse(self, *_):
        raise TypeError("%s has no value before agg() has run: compute with its result" % self._name)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __neg__ = __abs__ = _refuse


values.aggregate = Aggregate


def number_of(value, name):
    """The value of a reduction, which is a number or a time. TypeError for records and others."""
    if type(value) is not Value:
        if type(value) is tuple:
            raise TypeError("%s takes one value: map(lambda x, y: x * y) makes one of %d" % (name, len(value)))
        raise TypeError("%s takes numbers: map(lambda r: r.price) picks a field of a record" % name)
    return value


class Reduction:
    """One aggregate: what it wants of a run, and what it makes of the results.

    first     terminals of the first run, as words (program.py)
    second    terminals of the second run, given the results of the first, or None
    finish    the result, given the results of both, in the order of the terminals
    type      the type of the result
    """

    __slots__ = ("first", "second", "finish", "type")

    def __init__(self, type, first, finish, second=None):
        self.type = type
        self.first = first
        self.second = second
        self.finish = finish


def reduction(kind, value, ddof=0, dtype=None):
    """The Reduction of a kind of aggregate and a value."""
    if kind == "count":
        return Reduction("S8", [("n",)], lambda n: n)
    value = number_of(value, kind + "()")
    if dtype is not None:
        value = value.astype(dtype)
    return _MAKERS[kind](kind, value, ddof, dtype)


def _sum(kind, value, ddof, dtype):
    type = value._type
    if type[:4] == "TIME":
        raise TypeError("times have no sum: the differences to one of them have")
    terminals = [("sum", machine(type), value)]
    if is_time(type):
        return _with_nat(terminals, value, lambda found: found)
    if type in FLOATS:
        return Reduction(type, terminals, lambda found: finished(found, type))
    wide = "U8" if type[0] == "U" else "S8"
    if dtype is not None and type in INTEGERS:
        return Reduction(type, terminals, lambda found: wrapped(found, type))
    return Reduction(wide, terminals, lambda found: found)


def _with_nat(terminals, value, make):
    """A result of times, which is NaT where one of them is."""
    from .times import is_nat

    type = value._type

    def finish(found, nat):
        return None if nat or found is None else finished(make(found), type)

    return Reduction(type, [*terminals, ("any", is_nat(value))], finish)


def _least(kind, value, ddof, dtype):
    type = value._type
    terminals = [(kind, machine(type), value)]
    if is_time(type):
        terminals.append(("n",))

        def finish(found, n, nat=False):
            return None if nat or (n and missing(found)) else finished(some(found, kind), type)

        if kind == "max":
            from .times import is_nat

            terminals.append(("any", is_nat(value)))
        return Reduction(type, terminals, finish)
    return Reduction(type, terminals, lambda found: finished(some(found, kind), type))


def some(found, kind):
    """A result, of which there is none of no elements."""
    if found is None:
        raise ValueError("%s() of no elements" % kind)
    return found


def _place(kind, value, ddof, dtype):
    if is_time(value._type) and kind == "argmax":
        from .times import is_nat

        value = Value("where", (is_nat(value), constant(2**63 - 1, "S8"), value), value._type)
    return Reduction("S8", [(kind, machine(value._type), value)], lambda found: some(found, kind))


def _truth(kind, value, ddof, dtype):
    return Reduction("BOOL", [(kind, truth(value))], lambda found: found)


def _end(kind, value, ddof, dtype):
    type = value._type
    return Reduction(type, [(kind, machine(type), value)], lambda found: finished(some(found, kind), type))


def _mean(kind, value, ddof, dtype):
    type = value._type
    if type[:4] == "TIME":
        raise TypeError("times have no mean: the differences to one of them have")
    if is_time(type):
        from .times import is_nat

        def of_spans(total, n, nat):
            if nat or not n:
                return None
            return finished(total // n if total >= 0 else -(-total // n), type)  # as NumPy, toward zero

        return Reduction(type, [("sum", "S8", value), ("n",), ("any", is_nat(value))], of_spans)
    result = type if type in FLOATS else "F8"
    return Reduction(
        result,
        [("sum", result, cast(value, result)), ("n",)],
        lambda total, n: _rounded(mean_of(total, n), result),
    )


def mean_of(total, n):
    if not n:
        warnings.warn("mean() of no elements", RuntimeWarning, stacklevel=_outside())
        return math.nan
    return total / n


def _outside():
    """The stacklevel of the caller's warning that shows the line outside of this package."""
    import sys

    level, frame = 1, sys._getframe(1)
    package = __package__.partition(".")[0]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        level, frame = level + 1, frame.f_back
    return level


def _rounded(value, type):
    return rounded(value) if type == "F4" else value


def _spread(kind, value, ddof, dtype):
    if value._type not in SIZES:
        raise TypeError("there is no %s() of %s" % (kind, value._type))
    result = value._type if value._type in FLOATS else "F8"
    wide = cast(value, "F8")

    def second(total, n):
        mean = constant(total / n if n else math.nan, "F8")
        difference = Value("sub", (wide, mean), "F8")
        return [("sum", "F8", Value("mul", (difference, difference), "F8"))]

    def finish(total, n, squares):
        return _rounded(spread_of(kind, squares, n, ddof), result)

    return Reduction(result, [("sum", "F8", wide), ("n",)], finish, second)


def spread_of(kind, squares, n, ddof):
    """The variance or the standard deviation, of the sum of the squares of the differences to the mean."""
    if n <= ddof:
        warnings.warn("%s() of no more elements than ddof" % kind, RuntimeWarning, stacklevel=_outside())
        return math.inf if squares > 0 else math.nan
    found = squares / (n - ddof)
    return math.sqrt(found) if kind == "std" else found


_MAKERS = {
    "sum": _sum,
    "min": _least,
    "max": _least,
    "argmin": _place,
    "argmax": _place,
    "any": _truth,
    "all": _truth,
    "first": _end,
    "last": _end,
    "mean": _mean,
    "var": _spread,
    "std": _spread,
}


def compute(chain, reductions, taken=None):
    """The results of some reductions of a chain, computed together."""
    taken = taken or chain._take()
    program = chain._program(each.first for each in reductions)
    firsts = [[program.terminal(words) for words in each.first] for each in reductions]
    results = chain._run(program, taken)
    found = [[results[k] for k in places] for places in firsts]
    if any(each.second for each in reductions):
        wanted = [each.second(*got) if each.second else [] for each, got in zip(reductions, found)]
        program = chain._program(wanted)
        seconds = [[program.terminal(words) for words in terminals] for terminals in wanted]
        results = chain._run(program, taken)
        found = [got + [results[k] for k in places] for got, places in zip(found, seconds)]
    return [each.finish(*got) for each, got in zip(reductions, found)]


def compute_one(chain, reduction):
    """The result of one reduction."""
    if reduction.second:
        return compute(chain, [reduction])[0]
    program = chain._program((reduction.first,))
    places = [program.terminal(words) for words in reduction.first]
    results = chain._run(program, chain._take())
    return reduction.finish(*[results[place] for place in places])


def asked(value, given, names=()):
    """The aggregates that agg() was asked for, by name: {name: (kind, value, ddof)}.

    Each is an aggregate (v.sum()), the name of one ("mean"), a function of the value that gives one, or, where no name is
    given, a function that gives a dict or a tuple of them.
    """
    found = {}
    for name, wish in given:
        if callable(wish) and not isinstance(wish, (Aggregate, str)):
            wish = _call(wish, value)
        if name is None:
            if isinstance(wish, dict):
                more = wish.items()
            elif isinstance(wish, tuple):
                more = [(_free(_kind(each), found, wish), each) for each in wish]
            else:
                more = [(_kind(wish), wish)]
            for inner, each in more:
                found[_free(inner, found, ())] = _checked(inner, each, value)
        else:
            found[name] = _checked(name, wish, value)
    if not found:
        raise TypeError("agg() takes what it is to compute: agg(total=v.sum(), n='count')")
    return found


def _call(function, value):
    from .chain import call

    return call(function, value)


def _kind(wish):
    return wish if isinstance(wish, str) else getattr(wish, "_kind", "value")


def _free(name, taken, _):
    found, more = name, 1
    while found in taken:
        more += 1
        found = "%s%d" % (name, more)
    return found


def _checked(name, wish, value):
    if isinstance(wish, str):
        if wish not in KINDS:
            raise ValueError("%s: there is no aggregate %r, there are %s" % (name, wish, ", ".join(KINDS)))
        return wish, value, 0
    if type(wish) is not Aggregate:
        raise TypeError("%s: agg() computes aggregates, such as v.sum() or 'mean', not %s" % (name, kind_of(wish)))
    return wish._kind, wish._value, wish._ddof
