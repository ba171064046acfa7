"""Values as the formulas that they are, for people."""

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//", "mod": "%", "pow": "**", "and": "&", "or": "|",
    "xor": "^", "shl": "<<", "shr": ">>", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip
_PREFIX = {"neg": "-", "not": "~"}
_NAMES = {"min": "minimum", "max": "maximum", "clz": "leading_zeros", "ctz": "trailing_zeros", "bswap": "byteswap"}
_DEEPEST = 12


def formula(node, names=None, depth=0):
    """A value as an expression. `names` has names for some nodes, by identity."""
    if names and depth and id(node) in names:
        return names[id(node)]
    op, arguments = node._op, node._args
    if op == "in":
        return arguments[0].name_at(arguments[1])
    if op == "par":
        return _constant(node)
    if op in ("pos", "count", "acc"):
        return {"pos": "position", "count": "number", "acc": "so_far"}[op]
    if depth >= _DEEPEST:
        return "..."
    parts = [formula(argument, names, depth + 1) for argument in arguments]
    if op in _INFIX:
        return (
            "(%s %s %s)" % (parts[0], _INFIX[op], parts[1]) if depth else "%s %s %s" % (parts[0], _INFIX[op], parts[1])
        )
    if op in _PREFIX:
        return _PREFIX[op] + (parts[0] if parts[0][0] == "(" or " " not in parts[0] else "(%s)" % parts[0])
    if op == "same":
        return parts[0]
    if op == "cast":
        return "%s(%s)" % (node._type, parts[0].strip("()") if parts[0].count("(") == 1 else parts[0])
    return "%s(%s)" % (_NAMES.get(op, op.replace("scan ", "running_")), ", ".join(parts))


def _constant(node):
    value = node._args[0]
    if node._type[-1] == "]":
        from .._times import text

        kind, unit = node._type[:4], node._type[5:-1]
        return text(value, unit, kind == "SPAN")
    return repr(value)
