"""What print(chain) shows: the stages, one a line."""

from .formula import formula
from .values import Value

_KINDS = {"map": "map", "filter": "filter", "until": "take_while"}


def plan(chain):
    """The stages of a chain as text."""
    lines = [_source(source) for source in chain._sources]
    if chain._skip:
        lines.append(_line("skip", chain._skip))
    if chain._limit is not None:
        lines.append(_line("take", chain._limit))
    for kind, value, known in chain._stages:
        if known is None:
            lines.append(_line(_KINDS[kind], shown(value)))
        elif known:
            lines.append(_line(*known.split()))
    lines.append("  -> %s" % _type(chain._value))
    return "\n".join(lines)


def _line(name, what):
    return "  %-10s  %s" % (name, what)


def explained(chain, written, kernel):
    """The plan, the program with the numbers of its values, and what its kernel says of itself."""
    program = written.text
    lines, number = [str(chain), "program"], 0
    for k, callee in enumerate(written.functions):
        lines.append("  function %d is %s: %s" % (k, callee.name, callee.types))
    for statement in program.split(";"):
        word = statement.partition(" ")[0]
        if word in _WITHOUT_VALUES:
            lines.append("       %s" % statement)
        else:
            lines.append("  %3d  %s" % (number, statement))
            number += 1
    lines.append("engine: %s" % kernel.engine)
    more = kernel.explain()
    if more != program.replace(";", "\n"):
        lines.append(more)
    return "\n".join(lines)


_WITHOUT_VALUES = ("filter", "until", "out")


def shown(value):
    """A value, or the fields of a record, as formulas."""
    if type(value) is Value:
        return formula(value)
    names = getattr(value, "_names", None)
    if names is None:
        return repr(value)
    return ", ".join("%s = %s" % (name, formula(each)) for name, each in zip(names, value._values))


def _source(source):
    elements = source.elements
    array, window = source.window()
    name = type(elements).__name__
    if hasattr(elements, "_leaf"):
        return "%s %s of %s, len=%d" % (name, elements.name, array._dtype_shown, len(window))
    return "%s(%s), len=%d" % (name, array._dtype_shown, len(window))


def _type(value):
    if type(value) is Value:
        return value._type
    if type(value) is tuple:
        return ", ".join(map(_type, value))
    return repr(value)
