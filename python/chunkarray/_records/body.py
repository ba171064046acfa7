"""The fields that a class body states, in the order in which they stand there.

A field may be annotated (`price: F4`), assigned (`magic = Const(...)`) or both, and their order is that of the lines,
which classes keep only for each of the two kinds by itself: so the namespace of the body is one that remembers. From
Python 3.14 on annotations are evaluated later, and are then found by where they stand in the source.
"""

import itertools
import sys
import typing

from .model import repeated
from .names import FieldSpec

_LATE = sys.version_info >= (3, 14)


class Body(dict):
    """The namespace of a class body."""

    def __init__(self, record):
        super().__init__()
        self.record = record  # its name
        self.stated = []  # (name, where), for each assignment and each annotation
        if not _LATE:
            self["__annotations__"] = _Annotations(self)

    def __setitem__(self, name, value):
        if _LATE and name == "__annotations__":  # from __future__ import annotations
            value = _Annotations(self)
        if not (name.startswith("__") and name.endswith("__")):
            self.stated.append((name, _place(sys._getframe(1))))
        super().__setitem__(name, value)


class _Annotations(dict):
    """The annotations of a body, where they are evaluated at once."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def __setitem__(self, name, value):
        if name in self:
            raise repeated(self.body.record, name)
        self.body.stated.append((name, _place(sys._getframe(1))))
        super().__setitem__(name, value)


def _place(frame):
    """Line and column of what a frame is at: needed only where annotations come late, to sort them in."""
    if not _LATE:
        return None
    line, index = frame.f_lineno, frame.f_lasti // 2
    for start, _, column, _ in itertools.islice(frame.f_code.co_positions(), index, index + 1):
        if start == line:
            return line, column or 0
    return line, 0


def take_fields(body):
    """The pairs (name, type) of a class body, which are taken out of it. ValueError for names that repeat."""
    annotations, stated = _annotations_of(body)
    pairs, seen = [], set()
    for name, _ in stated:
        if name in seen:
            continue
        seen.add(name)
        if name in annotations:
            written = annotations[name]
            if _is_class_variable(written):
                continue
            if name in body:
                written = _with_value(written, body.pop(name))
            pairs.append((name, written))
        elif name in body and _is_field(body, name, body[name]):
            pairs.append((name, body.pop(name)))
    body.pop("__annotations__", None)  # those of fields say nothing about the class's own attributes
    return pairs


def _with_value(annotation, value):
    """What `name: annotation = value` states: a value that is a type wins, any other one is the default."""
    if isinstance(value, FieldSpec):
        return FieldSpec(annotation if value.type is None else value.type, value.default)
    if hasattr(value, "__spell__") and not isinstance(value, int):  # members of enums are values
        return value
    return FieldSpec(annotation, value)


def _annotations_of(body):
    """The annotations by name, and what is stated, in order."""
    late = body.get("__annotate_func__") or body.get("__annotate__")
    if late is None:
        return body.get("__annotations__", {}), body.stated
    try:
        annotations = late(1)
    except NameError:
        import annotationlib

        annotations = {
            name: getattr(written, "__forward_arg__", written)
            for name, written in annotationlib.call_annotate_function(late, annotationlib.Format.FORWARDREF).items()
        }
    places = _places(late, annotations, body.record)
    lines = {line for _, (line, _) in places}
    for name, (line, column) in body.stated:
        # No column is known (RustPython), or no line either (a module that pytest rewrote, there).
        if column == 0 and line in lines and name not in annotations and _is_field(body, name, body.get(name)):
            message = (
                "%s: whether %s comes before or behind the fields beside it can't be told here: give each a line, or"
            )
            raise ValueError((message + " state pairs") % (body.record, name))
    return annotations, sorted(body.stated + places, key=lambda at: at[1])


def _places(annotate, annotations, record):
    """The name and the place of each annotation, from the code that evaluates them: it stores them one by one."""
    import dis

    instructions = list(dis.get_instructions(annotate))
    stored = [at for at, each in enumerate(instructions) if each.opname == "STORE_SUBSCR"]
    if stored:
        places = [(instructions[at - 1].argval, instructions[at - 1]) for at in stored]
    else:  # RustPython puts all on the stack, each behind its name, and makes the dict at the end
        rest = iter(instructions)
        places = [(name, next(next(rest) for each in rest if each.argval == name)) for name in annotations]
    found = []
    for name, instruction in places:
        if any(name == other for other, _ in found):
            raise repeated(record, name)
        where = instruction.positions
        found.append((name, (where.lineno or 0, where.col_offset or 0)))
    return found


def _is_class_variable(written):
    if isinstance(written, str):
        return written.startswith(("ClassVar", "typing.ClassVar"))
    return written is typing.ClassVar or typing.get_origin(written) is typing.ClassVar


def _is_field(body, name, value):
    """Whether what a body assigns without an annotation is a field."""
    if hasattr(value, "__spell__") and not isinstance(value, int):
        return True
    if hasattr(value, "__layout__") and isinstance(value, type):
        return value.__qualname__ != "%s.%s" % (body["__qualname__"], name)  # else a class inside of this one
    return isinstance(value, str) and not name.startswith("_")
