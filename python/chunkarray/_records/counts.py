"""Counts and lengths that earlier fields tell: "length", "length - 4", "header.words * 4".

Such an expression is made of whole numbers, names of earlier fields and + - * // % & | >> << with parentheses. It is
read by Python's parser and rebuilt from the few nodes that are allowed, so that nothing else can ever run.
"""

import ast
import operator

from . import model
from .problems import Problem

LONGEST = 200  # characters, which also bounds the numbers that products come to
_MOST_SHIFT = 62

_OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
_FUNCTIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "<<": lambda left, right: left << _shift(right),
    ">>": lambda left, right: left >> _shift(right),
}


def _shift(bits):
    if not 0 <= bits <= _MOST_SHIFT:
        raise ArithmeticError("shifts by %d" % bits)
    return bits


class Count:
    """A count: its text, and once it is bound to a layout, what it comes to.

    tree      ints, names (strings, dotted for fields of records inside), and tuples (operator, left, right)
    value     a function of a message's list of values, from bind() on
    """

    __slots__ = ("text", "tree", "value")

    def __init__(self, path, text):
        self.text = text = text.strip()
        if len(text) > LONGEST:
            raise ValueError("%s: a count has at most %d characters, not %d" % (path, LONGEST, len(text)))
        try:
            self.tree = _rebuilt(ast.parse(text, mode="eval").body)
        except (SyntaxError, ValueError):
            raise ValueError(
                "%s: %r is no count; write a number, the name of an earlier field, or + - * // %% & | << >> of these"
                % (path, text)
            ) from None
        self.value = None

    @property
    def names(self):
        """The names in it, each once."""
        return list(dict.fromkeys(_names(self.tree)))

    def bind(self, path, layout, before):
        """Finds the fields that it names, which are among the first `before` ones. ValueError if one is not."""
        getters = {name: getter(path, "count", layout, before, name) for name in self.names}
        for name in self.names:
            if not is_integer(find(layout, name)):
                raise ValueError("%s: its count names %s, which is no integer" % (path, name))
        source = _source(self.tree, {name: "_%d" % k for k, name in enumerate(getters)})
        # Made of numbers, operators and the names given here: see _rebuilt().
        scope = {"_%d" % k: get for k, get in enumerate(getters.values())}
        scope.update(("f%d" % k, _FUNCTIONS[sign]) for k, sign in enumerate(_FUNCTIONS))
        scope["__builtins__"] = {}
        if isinstance(self.tree, str) and "." not in self.tree:
            self.value = operator.itemgetter(index_of(layout, self.tree))
        else:
            self.value = eval("lambda values: " + source, scope)
        if not getters:
            self._check_constant(path)

    def _check_constant(self, path):
        """A count of numbers alone comes to the same for every message: what is wrong with it is known now."""
        try:
            self.evaluate(None)
        except Problem as problem:
            raise ValueError(path + problem.words) from None

    def counter(self, layout, taken):
        """(place, factor) of the field that this count tells: the count is factor times that field, plus what is known.

        None where it tells none: there has to be exactly one that is not among the `taken` places, which are told
        otherwise, and no operators but + - * around it.
        """
        straight = _straight(self.tree)
        if straight is None:
            return None
        found = []
        for name, factor in straight[0].items():
            index = index_of(layout, name.partition(".")[0])
            if index in taken:
                continue
            if "." in name or not factor or layout.fields[index].constant is not model.NOTHING:
                return None
            found.append((index, factor))
        return found[0] if len(found) == 1 else None

    def evaluate(self, values):
        """What it comes to for these values: an int from 0 on. Problem if it comes to nothing."""
        try:
            count = self.value(values)
        except ArithmeticError as error:
            words = "divides by zero" if isinstance(error, ZeroDivisionError) else str(error)
            raise Problem(" has a count, %s, which %s" % (self.text, words)) from None
        if count < 0:
            raise Problem(" has a count, %s, of %d" % (self.text, count))
        return count


def find(layout, name):
    """The field that a name, dotted for those of records inside, stands for in a layout."""
    first, *rest = name.split(".")
    field = layout[first]
    for part in rest:
        field = field.type.layout[part]
    return field


def is_integer(field):
    """Whether a field's values are whole numbers."""
    type = field.type
    return isinstance(type, model.Bits) or (isinstance(type, model.Scalar) and type.kind in "USB")


def index_of(layout, name):
    """The place of a field among all of a layout."""
    return layout.fields.index(layout[name])


def getter(path, what, layout, before, name):
    """A function from a message's values to that of a field it names. ValueError where there is none so early.

    `what` names what asks: "count", "tag".
    """
    first, *rest = name.split(".")
    if first not in layout:
        raise ValueError("%s: its %s names %s, which is no field of %s" % (path, what, first, layout.name))
    index = index_of(layout, first)
    if index >= before:
        where = "is this field itself" if index == before else "comes later"
        raise ValueError("%s: its %s names %s, which %s" % (path, what, first, where))
    field, offset = layout.fields[index], 0
    for part in rest:
        inner = field.type.layout if isinstance(field.type, model.Nested) else ()
        if field.size is None or part not in inner:
            raise ValueError("%s: its %s names %s, but %s has no field %s" % (path, what, name, field.name, part))
        field = inner[part]
        offset += field.offset
    if not rest:
        return operator.itemgetter(index)
    from .fixed import Held, codec

    if isinstance(codec(field), Held):
        raise ValueError("%s: its %s names %s, which is a record" % (path, what, name))
    read = codec(field).read
    return lambda values: read(Held.bytes_of(values[index]), offset)


def _rebuilt(node):
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _rebuilt(node.value)
        if isinstance(inner, str):
            return "%s.%s" % (inner, node.attr)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return ("-", 0, _rebuilt(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return (_OPERATORS[type(node.op)], _rebuilt(node.left), _rebuilt(node.right))
    raise ValueError


def _names(tree):
    if isinstance(tree, str):
        return [tree]
    return _names(tree[1]) + _names(tree[2]) if isinstance(tree, tuple) else []


def _source(tree, variables):
    if isinstance(tree, str):
        return "%s(values)" % variables[tree]
    if isinstance(tree, int):
        return str(tree)
    sign, left, right = tree
    return "f%d(%s, %s)" % (list(_FUNCTIONS).index(sign), _source(left, variables), _source(right, variables))


def _straight(tree):
    """({name: factor}, addend) of an expression that is a sum of multiples of names, else None."""
    if isinstance(tree, str):
        return {tree: 1}, 0
    if isinstance(tree, int):
        return {}, tree
    sign, left, right = tree[0], _straight(tree[1]), _straight(tree[2])
    if left is None or right is None or sign not in "+-*":
        return None
    if sign == "*":
        if right[0]:
            left, right = right, left
        return None if right[0] else ({name: k * right[1] for name, k in left[0].items()}, left[1] * right[1])
    sign = 1 if sign == "+" else -1
    names = {name: left[0].get(name, 0) + sign * right[0].get(name, 0) for name in {**left[0], **right[0]}}
    return names, left[1] + sign * right[1]
