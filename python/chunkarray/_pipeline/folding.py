"""reduce(): a function of two, symbolic ones, folded over the elements in order."""

from .aggregates import number_of
from .chain import call, traced
from .operations import cast, constant, operand, strong
from .program import Parameter
from .results import finished
from .types import INT, PROMOTED, SIZES, Weak, machine
from .values import Value

_SHARED = {"add": "sum", "min": "min", "max": "max"}  # what terminals compute on several threads


def reduce(chain, function, initial, associative):
    value = number_of(chain._value, "reduce()")
    start, type = _start(initial, value._type)
    combined, accumulator = _settled(function, value, type)
    type = accumulator._type
    if start is not None:
        start = start if start._type == type else _converted(start, type)
    if associative and _is_shared(combined, accumulator, value):
        return _together(chain, combined, value, start, function)
    return _in_order(chain, combined, accumulator, value, start)


def _start(initial, type):
    """The node of the start, if there is one, and the type to begin with."""
    if initial is None:
        return None, type
    node, kind = operand(initial)
    if kind is None:
        raise TypeError("reduce() begins with a number or a time, not %s" % type_name(initial))
    if isinstance(kind, Weak):
        # Python's integers have no end, so the widest there is.
        wide = "U8" if kind is INT and type[0] == "U" and initial >= 0 else None
        node = strong(node, kind, wide)
    return node, node._type


def type_name(thing):
    return type(thing).__name__


def _settled(function, value, type):
    """What the function makes of the result so far, a value of a type that it keeps."""
    for _ in range(4):
        accumulator = Value("acc", (0,), type)
        combined = traced(lambda *both: call(function, both), (accumulator, value))
        if isinstance(combined, Value) and combined._type == type:
            return combined, accumulator
        if not isinstance(combined, Value) or combined._type not in SIZES or type not in SIZES:
            break
        wider = PROMOTED[type, combined._type]
        if wider == type:
            return cast(combined, type), accumulator
        type = wider
    raise TypeError("reduce() folds values of one type, and this gives %r of %s" % (combined, type))


def _converted(start, type):
    made = cast(start, type)
    if made._op != "par":
        raise TypeError("reduce() begins with a number of the type %s" % type)
    return made


def _is_shared(combined, accumulator, value):
    if combined._op not in _SHARED or combined._type not in SIZES:
        return False
    sides = [_source(each) for each in combined._args]
    return {id(each) for each in sides} == {id(accumulator), id(_source(value))} and combined._type in (
        "S8",
        "U8",
        "F8",
    )


def _source(node):
    return node._args[0] if node._op == "cast" else node


def _together(chain, combined, value, start, function):
    from .aggregates import compute, reduction

    kind = _SHARED[combined._op]
    value = cast(value, combined._type)
    found, n = compute(
        chain, [reduction(kind, value) if kind == "sum" else _some(kind, value), reduction("count", None)]
    )
    if not n:
        if start is None:
            raise _empty()
        return finished(start._args[0], start._type)
    if start is None:
        return found
    from .running import evaluated

    return evaluated(Value(combined._op, (start, constant(found, combined._type)), combined._type))


def _some(kind, value):
    from .aggregates import Reduction

    return Reduction(value._type, [(kind, machine(value._type), value)], lambda found: found)


def _in_order(chain, combined, accumulator, value, start):
    type = accumulator._type
    begin = start
    if start is None:
        # The first element begins: before it the result so far means nothing.
        number = Value("count", (), "S8")
        first = Value("eq", (number, constant(0, "S8")), "BOOL")
        combined = Value("where", (first, cast(value, type) if value._type != type else value, combined), type)
        begin = constant(0, type)
    terminals = [("fold 0", machine(type), combined, Parameter(begin._args[0], begin._type)), ("n",)]
    program = chain._program([terminals])
    places = [program.terminal(words) for words in terminals]
    results = chain._run(program, chain._take())
    found, n = [results[place] for place in places]
    if not n and start is None:
        raise _empty()
    return finished(found, type)


def _empty():
    return TypeError("reduce() of no elements, and without an initial value")
