"""Constants in all the records of an array, which files and buffers may have otherwise."""

from .._load import core
from .model import NOTHING, Bits, Repeated, Union, inner_layout
from .parsing import check_constants, has_constants

_AT_ONCE = 1 << 16  # bytes of records that are looked at in one go


def check_all(array):
    """ValueError for the first row of an array of records that has a constant with another value: which, and what."""
    layout = array.record.__layout__
    if not has_constants(layout):
        return
    places = list(_places(layout))
    size, window = layout.size, array._window()[1]
    rows = max(1, _AT_ONCE // size)
    for start in range(0, len(window), rows):
        part = window[start : start + rows]
        data = array._raw._tobytes(part.start, part.step, len(part))
        if all(_has(data, size, *place) for place in places):
            continue
        for index, position in enumerate(part, start):  # other bytes may still be the same value, as those of -0.0
            try:
                check_constants(array._item(position))
            except ValueError as error:
                raise ValueError("row %d: %s" % (index, error)) from None


def _places(layout, base=0):
    """Where a record has constants: bytes from its start, the bytes that lie there, and which of their bits count."""
    for field in layout.named:
        inner, offset = inner_layout(field.type), base + field.offset
        if isinstance(field.type, Union):
            continue  # which of its fields is meant, only the reader knows
        if inner is not None and has_constants(inner):
            count = field.size // inner.size if isinstance(field.type, Repeated) else 1
            for k in range(count):
                yield from _places(inner, offset + k * inner.size)
        elif field.constant is not NOTHING:
            one = core.Array(field.alone(), chunk_size=1)
            one.append((field.constant,))
            yield offset, one.tobytes(), _mask(field)


def _mask(field):
    """Which bits of a field's bytes are its own; None for all."""
    kind = field.type
    if not isinstance(kind, Bits):
        return None
    bits = (1 << kind.width) - 1 << field.shift
    return bits.to_bytes(kind.size, "big" if kind.unit.is_big_endian else "little")


def _has(data, size, offset, expected, mask):
    """Whether each record of `size` bytes in `data` has these bytes at an offset."""
    count = len(data) // size
    for k, byte in enumerate(expected):
        found = data[offset + k :: size]
        if mask is not None:
            found = found.translate(bytes([each & mask[k] for each in range(256)]))
        if found.count(byte) != count:
            return False
    return True
