"""The usual way through a message as one function: its source is written for a plan, and does what the plan's parts do
as long as nothing is odd. What is odd is left to the part, which knows what to say."""

from .model import NOTHING
from .problems import Problem


def reader(plan):
    """A function as Plan.read() for the plan's messages."""
    from .reading import BytesPart, ChosenPart, MessagePart, Run

    names = {"noting": plan.read_noting, "Problem": Problem}
    lines = [
        "def read(state, at):",
        "    if state.nodes is not None: return noting(state, at)",
        "    memory, end, values = state.memory, state.end, []",
    ]
    for k, part in enumerate(plan.parts):
        names["part%d" % k] = part
        if type(part) is Run:
            lines += _run(k, part, names)
        elif type(part) is BytesPart and part.type.count is not None and _is_plain(part.type.count.tree):
            lines += [
                "    size = " + _source(part.type.count.tree, plan.layout),
                "    if 0 <= size <= end - at:",
                "        values.append(bytes(memory[at : at + size]))",
                "        at += size",
                "    else: at = part%d(state, at, values)" % k,
            ]
        elif type(part) is ChosenPart and part.type.count is None and "." not in part.type.tag:
            names["cases%d" % k], names["default%d" % k] = part.cases, part.default
            lines += [
                "    chosen = cases%d.get(%s, default%d)" % (k, _value(part.type.tag, plan.layout), k),
                "    if chosen is None: chosen = part%d" % k,
                "    at = chosen(state, at, values)",
            ]
        elif type(part) is MessagePart and not part.behind:
            names["read%d" % k], names["make%d" % k] = part.type.record.__plan__.read, part.type.record._of_values
            lines += [
                "    try: inner, at = read%d(state, at)" % k,
                "    except Problem as problem:",
                "        problem.within(part%d.name)" % k,
                "        raise",
                "    values.append(make%d(inner))" % k,
            ]
        else:
            lines.append("    at = part%d(state, at, values)" % k)
    lines.append("    return values, at")
    # Made of numbers and the names given here: no text of the layout's stands in it.
    exec("\n".join(lines), names)
    return names["read"]


def _run(k, part, names):
    """The lines for fields of fixed size."""
    names["unpack%d" % k] = part.unpack
    lines = ["    if end - at < %d: part%d(state, at, values)" % (part.size, k)]
    if part.makers is None:
        lines.append("    values += unpack%d(memory, at)" % k)
    else:
        made = []
        for j, (index, decode) in enumerate(part.makers):
            names["decode%d_%d" % (k, j)] = decode
            made.append("raw[%d]" % index if decode is None else "decode%d_%d(raw[%d])" % (k, j, index))
        lines += ["    raw = unpack%d(memory, at)" % k, "    values += (%s,)" % ", ".join(made)]
    if part.held or any(field.constant is not NOTHING for _, field in part.fields):
        lines.append("    part%d.check(state, at, values)" % k)
    return [*lines, "    at += %d" % part.size]


def _is_plain(tree):
    """Whether an expression is made of numbers, names of this message and operators that always have a result."""
    if isinstance(tree, tuple):
        return tree[0] in "+-*&|" and _is_plain(tree[1]) and _is_plain(tree[2])
    return isinstance(tree, int) or "." not in tree


def _source(tree, layout):
    if isinstance(tree, tuple):
        return "(%s %s %s)" % (_source(tree[1], layout), tree[0], _source(tree[2], layout))
    return str(tree) if isinstance(tree, int) else _value(tree, layout)


def _value(name, layout):
    return "values[%d]" % layout.fields.index(layout[name])
