"""Values as the formulas that they are, for people."""

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//", "mod": "%", "pow": "**", "and": "&", "or": "|",
    "xor": "^", "shl": "<<", "shr": ">>", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip
_PREFIX = {"neg": "-", "not": "~"}
_LEAVES = {"pos": "position", "count": "number", "acc": "so_far"}
_NAMES = {"min": "minimum", "max": "maximum", "clz": "leading_zeros", "ctz": "trailing_zeros", "bswap": "byteswap"}
_LONGEST = 80  # operations that are shown


def formula(node):
    """A value as an expression, with "..." for what would make it too long."""
    return _shown(node, [_LONGEST], False)


def _shown(node, left, inside):
    op, arguments = node._op, node._args
    if op == "in":
        return arguments[0].name_at(arguments[1])
    if op == "par":
        return _constant(node)
    if op in _LEAVES:
        return _LEAVES[op]
    left[0] -= 1
    if left[0] < 0:
        return "..."
    if op in _INFIX:
        one, two = (_shown(argument, left, True) for argument in arguments)
        return ("(%s %s %s)" if inside else "%s %s %s") % (one, _INFIX[op], two)
    if op in _PREFIX:
        return _PREFIX[op] + _shown(arguments[0], left, True)
    if op == "same":
        return _shown(arguments[0], left, inside)
    if op == "call":
        name = op.callee.name
    else:
        name = node._type if op == "cast" else _NAMES.get(op, op.replace("scan ", "running_"))
    return "%s(%s)" % (name, ", ".join([_shown(argument, left, False) for argument in arguments]))


def _constant(node):
    value = node._args[0]
    if node._type[-1] == "]":
        from .._times import text

        kind, unit = node._type[:4], node._type[5:-1]
        return text(value, unit, kind == "SPAN")
    return repr(value)
