"""What print(chain) shows: the stages, one a line."""

from .formula import formula
from .values import Value

_KINDS = {"map": "map", "filter": "filter", "until": "take_while", "remember": "number"}


def plan(chain):
    """The stages of a chain as text."""
    lines = [_source(source) for source in chain._sources]
    if chain._skip:
        lines.append("  skip        %d" % chain._skip)
    if chain._limit is not None:
        lines.append("  take        %d" % chain._limit)
    for kind, value in chain._stages:
        if kind == "remember":
            if value._op == "count":
                continue
            lines.append("  scan        %s" % formula(value))
        else:
            lines.append("  %-10s  %s" % (_KINDS[kind], shown(value)))
    lines.append("  -> %s" % _type(chain._value))
    return "\n".join(lines)


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
