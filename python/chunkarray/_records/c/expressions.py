"""Constant expressions of C, as they stand in array sizes, enumerators and #if: integers only."""

from .tokens import CHARACTER, IDENTIFIER, NUMBER, character, number

# The binary operators by how tightly they bind, the loosest first.
_LEVELS = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", ">", "<=", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_MOST_BITS = 256  # that a shift may give: C's own types end far below


def evaluate(cursor, value_of):
    """The value of the expression at the cursor. `value_of(cursor)` takes what begins with an identifier, or gives
    None where it can't; it is asked behind a parenthesis, too, for casts. ValueError with the place."""
    condition = _binary(cursor, value_of, 0)
    if not cursor.takes("?"):
        return condition
    chosen = evaluate(cursor, value_of)
    cursor.expect(":", "in the choice")
    other = evaluate(cursor, value_of)
    return chosen if condition else other


def _binary(cursor, value_of, level):
    if level == len(_LEVELS):
        return _unary(cursor, value_of)
    left = _binary(cursor, value_of, level + 1)
    while cursor.text in _LEVELS[level]:
        mark = cursor.take()
        left = _apply(mark, left, _binary(cursor, value_of, level + 1))
    return left


def _apply(mark, left, right):
    sign = mark.text
    if sign in ("/", "%"):
        if right == 0:
            raise mark.error("a division by zero")
        quotient = abs(left) // abs(right)  # C rounds towards zero
        quotient = quotient if (left < 0) == (right < 0) else -quotient
        return quotient if sign == "/" else left - quotient * right
    if sign in ("<<", ">>"):
        if not 0 <= right < _MOST_BITS:
            raise mark.error("a shift by %d" % right)
        return left << right if sign == "<<" else left >> right
    operations = {
        "||": lambda: int(bool(left or right)),
        "&&": lambda: int(bool(left and right)),
        "|": lambda: left | right,
        "^": lambda: left ^ right,
        "&": lambda: left & right,
        "==": lambda: int(left == right),
        "!=": lambda: int(left != right),
        "<": lambda: int(left < right),
        ">": lambda: int(left > right),
        "<=": lambda: int(left <= right),
        ">=": lambda: int(left >= right),
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
    }
    result = operations[sign]()
    if result.bit_length() > _MOST_BITS:
        raise mark.error("this is too large a number")
    return result


def _unary(cursor, value_of):
    for sign, operation in (("-", int.__neg__), ("+", int), ("~", int.__invert__), ("!", lambda value: int(not value))):
        if cursor.takes(sign):
            return operation(_unary(cursor, value_of))
    token = cursor.token
    if token.kind == NUMBER:
        return number(cursor.take())
    if token.kind == CHARACTER:
        return character(cursor.take())
    if token.kind == IDENTIFIER:
        value = value_of(cursor)
        if value is not None:
            return value
        raise token.error("%s is no constant that is known here" % token.text)
    if cursor.takes("("):
        value = evaluate(cursor, value_of)
        cursor.expect(")", "behind the expression")
        return value
    raise token.error("a number is missing, here is %s" % token.shown)
