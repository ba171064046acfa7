"""What is looked at when the bytes of a record come from outside."""

from . import model
from .model import NOTHING
from .values import checked_constant


def lacking(layout, have):
    """The words for a record of fixed size of which there are only `have` bytes."""
    path, offset = cut_off(layout, have)
    return "%s needs %d bytes, there are %d: %s is cut off at offset %d" % (
        layout.name, layout.size, have, path, offset,
    )  # fmt: skip


def cut_off(layout, have, base=0):
    """The path and the offset of the first field that does not lie within the first `have` bytes of a record."""
    for field in layout.fields:
        start = base + field.offset
        if start + field.size <= have:
            continue
        name = field.name or "padding"
        inner, several = model.inner_layout(field.type), ""
        if inner is None or isinstance(field.type, model.Union):
            return name, start
        if isinstance(field.type, model.Repeated):
            index = max(have - start, 0) // inner.size
            start += index * inner.size
            several = "".join("[%d]" % i for i in _unravel(index, field.type.shape))
        path, offset = cut_off(inner, have, start)
        return "%s%s.%s" % (name, several, path), offset
    return "the end", base + layout.size


def _unravel(index, shape):
    found = []
    for extent in reversed(shape):
        index, rest = divmod(index, extent)
        found.append(rest)
    return reversed(found)


def has_constants(layout):
    """Whether some field of the layout, or of a record inside of it, always has the same value."""
    if layout.has_constants is None:
        layout.has_constants = any(
            field.constant is not NOTHING or inner is not None and has_constants(inner)
            for field, inner in [(field, model.inner_layout(field.type)) for field in layout.named]
        )
    return layout.has_constants


def check_constants(record, path=None):
    """ValueError that names the first constant of a row whose bytes are others."""
    from .rows import Rows

    layout = record.__layout__
    if not has_constants(layout):
        return
    path = path or layout.name
    for field in layout.named:
        inner = model.inner_layout(field.type)
        if inner is not None and isinstance(field.type, model.Union):
            continue  # which of its fields is meant, only the reader knows
        if inner is not None and has_constants(inner):
            value = record.__accessors__[field.name].fget(record)
            for each in _flat(value) if isinstance(value, Rows) else [value]:
                check_constants(each, "%s.%s" % (path, field.name))
        elif field.constant is not NOTHING:
            value = record.__accessors__[field.name].fget(record)
            if value != field.constant:
                checked_constant("%s.%s" % (path, field.name), field, value)


def _flat(rows):
    from .rows import Rows

    for each in rows:
        if isinstance(each, Rows):
            yield from _flat(each)
        else:
            yield each
