"""Elements between Python and memory: what a dtype takes, what it gives, and the errors, as in src/element.rs.

Converting may run any Python code (__float__, __index__), so it comes before any lock is taken: an element is
encoded into bytes first and stored afterwards.
"""

import operator

from .. import _times
from .arguments import shown

_INFINITY = float("inf")
_TAKES = {
    "F": "a float", "U": "an int", "S": "an int", "B": "an int or bytes", "BITS": "an int", "BOOL": "a bool",
    "TIME": "a datetime, a date or an int", "SPAN": "a timedelta or an int",
}  # fmt: skip
_NAMES = 6  # of a record's fields that a message lists
_FLOATS = {4: "-3.4028235e38 to 3.4028235e38", 8: "-1.7976931348623157e308 to 1.7976931348623157e308"}


def encode(dtype, value):
    """The bytes of one element. Bits are in their place, among zeros."""
    return _encode_rows(dtype, dtype.shape, value) if dtype.shape else _encode_scalar(dtype, value)


def decode(dtype, memory, at=0):
    """The Python object for the element whose bytes begin at `at`.

    A float, an int, a bool, a time, a tuple of rows or of a record's fields; in records a str or bytes too.
    """
    if dtype.shape:
        return _decode_rows(dtype, dtype.shape, memory, at, dtype.size)
    return _decode_scalar(dtype, memory, at)


def scalars(dtype, memory):
    """The scalars of whole elements as Python numbers, without the kinds' own objects: for sorting and searching."""
    return [number for (number,) in dtype.codec.iter_unpack(memory)]


def _encode_rows(dtype, shape, value):
    if not shape:
        return _encode_scalar(dtype, value)
    rows = shape[0]
    length = _length(value)
    if length is None:
        raise TypeError("%s takes a sequence of %d, not %s" % (_named(dtype), rows, type(value).__name__))
    if length != rows:
        raise ValueError("%s takes a sequence of %d, not of %d" % (_named(dtype), rows, length))
    return b"".join([_encode_rows(dtype, shape[1:], value[row]) for row in range(rows)])


def _length(value):
    """The length of a sequence, None for what is none."""
    try:
        return len(value)
    except Exception:  # what has no length is no sequence, whatever it says
        return None


def _named(dtype):
    """A dtype's name for messages, where the layout of a record would be too much, behind the field whose it is."""
    if dtype.kind != "RECORD":
        return dtype.where + dtype.name
    shape = "[%s]" % ",".join(map(str, dtype.shape))
    return dtype.where + ("record" + shape if dtype.shape else "a record")


def _decode_rows(dtype, shape, memory, at, size):
    if not shape:
        return _decode_scalar(dtype, memory, at)
    step = size // shape[0]
    return tuple([_decode_rows(dtype, shape[1:], memory, at + row * step, step) for row in range(shape[0])])


def _encode_scalar(dtype, value):
    kind = dtype.kind
    if kind == "F":
        return _float(dtype, value)
    if kind in ("TIME", "SPAN") and not isinstance(value, int):
        return dtype.codec.pack(_times.encode(value, dtype.unit, kind == "SPAN", _named(dtype)))
    if kind == "B" and isinstance(value, bytes):
        if len(value) != dtype.item_size:
            raise ValueError("%s takes bytes of length %d, not %d" % (_named(dtype), dtype.item_size, len(value)))
        return bytes(value)  # as they stand, whatever the byte order
    if kind == "BOOL":
        return dtype.codec.pack(_boolean(dtype, value))
    encoder = _OF_RECORDS.get(kind)
    return encoder(dtype, value) if encoder else dtype.codec.pack(integer(dtype, value))


def _boolean(dtype, value):
    return bool(value if _is_numpy_bool(value) else integer(dtype, value))


def _is_numpy_bool(value):
    """Whether this is one of NumPy's booleans, which have no __index__. Told by their name: nobody needs NumPy."""
    kind = type(value)
    return kind.__name__ in ("bool", "bool_") and kind.__module__ == "numpy"


def _decode_scalar(dtype, memory, at):
    decoder = _FROM_RECORDS.get(dtype.kind)
    if decoder:
        return decoder(dtype, memory, at)
    number = dtype.codec.unpack_from(memory, at)[0]
    if dtype.unit:
        return _times.decode(number, dtype.unit, dtype.kind == "SPAN")
    return number


def integer(dtype, value):
    """An int within the dtype's range, from what has __index__."""
    try:
        number = operator.index(value)
    except TypeError:
        if hasattr(type(value), "__index__"):
            raise  # its own error
        raise wrong_type(dtype, value) from None
    least, greatest = dtype.range
    if not least <= number <= greatest:
        raise overflow(dtype, value)
    return int(number)


def to_float(dtype, value):
    """A float, from what has __float__ or __index__."""
    if type(value) is float:
        return value
    kind = type(value)
    if isinstance(value, complex) or not (hasattr(kind, "__float__") or hasattr(kind, "__index__")):
        raise wrong_type(dtype, value)
    try:
        return float(value)
    except OverflowError:
        if isinstance(value, int):
            raise overflow(dtype, value) from None
        raise


def _float(dtype, value):
    number = to_float(dtype, value)
    if dtype.item_size == 8:
        return dtype.codec.pack(number)
    try:
        narrow = dtype.codec.pack(number)
    except OverflowError:
        raise overflow(dtype, value) from None
    # Some interpreters' struct gives an infinity instead.
    if abs(number) < _INFINITY and abs(dtype.codec.unpack(narrow)[0]) == _INFINITY:
        raise overflow(dtype, value)
    return narrow


def wrong_type(dtype, value):
    """The error for a value of a type that the dtype does not take."""
    return TypeError("%s takes %s, not %s" % (_named(dtype), _TAKES[dtype.kind], type(value).__name__))


def overflow(dtype, value):
    """The error for a value out of the dtype's range."""
    limits = _FLOATS[dtype.item_size] if dtype.kind == "F" else "%d to %d" % dtype.range
    return OverflowError("%s%s is out of range for %s (%s)" % (dtype.where, shown(value), dtype.name, limits))


# What only records have.


def _record(dtype, value):
    size, count = dtype.item_size, len(dtype.fields)
    if isinstance(value, bytes):
        if len(value) != size:
            raise ValueError("%sa record takes bytes of length %d, not %d" % (dtype.where, size, len(value)))
        return bytes(value)
    # Both have a length, and items that are no values.
    length = None if isinstance(value, (str, dict)) else _length(value)
    takes = "%d value%s (%s)" % (
        count,
        "s" * (count != 1),
        ", ".join([field.name for field in dtype.fields[:_NAMES]] + ["..."] * (count > _NAMES)),
    )
    if length is None:
        raise TypeError("%sa record takes a tuple of %s, not %s" % (dtype.where, takes, type(value).__name__))
    if length != count:
        raise ValueError("%sa record takes %s, not %d" % (dtype.where, takes, length))
    out = bytearray(size)
    for k, field in enumerate(dtype.fields):
        put(field.dtype, out, field.offset, encode(field.dtype, value[k]))
    return bytes(out)


def put(dtype, memory, at, data):
    """Writes an encoded element over the one at `at`. Of bits' unit, the others stay."""
    if dtype.kind == "BITS":
        codec, mask = dtype.codec, dtype.mask
        (old,), (new,) = codec.unpack_from(memory, at), codec.unpack(data)
        codec.pack_into(memory, at, old & ~mask | new)
    else:
        memory[at : at + len(data)] = data


def _unrecord(dtype, memory, at):
    return tuple([decode(field.dtype, memory, at + field.offset) for field in dtype.fields])


def _text(dtype, value):
    if not isinstance(value, str):
        raise TypeError("%s takes a str, not %s" % (_named(dtype), type(value).__name__))
    data = value.encode("utf-8", "surrogateescape")
    if len(data) > dtype.size:
        raise ValueError("%s%d bytes of UTF-8 for %s" % (dtype.where, len(data), dtype.name))
    return data.ljust(dtype.size, b"\0")


def _untext(dtype, memory, at):
    return bytes(memory[at : at + dtype.size]).rstrip(b"\0").decode("utf-8", "surrogateescape")


def _bytes(dtype, value):
    data = value if isinstance(value, bytes) else _buffered(value)
    if data is None:
        return encode(dtype.dtype, value)
    if len(data) != dtype.size:
        raise ValueError("%s takes bytes of length %d, not %d" % (_named(dtype), dtype.size, len(data)))
    return bytes(data)


def _buffered(value):
    """The bytes of a buffer of bytes; None for all else."""
    try:
        buffer = None if isinstance(value, (list, tuple)) else memoryview(value)
    except (TypeError, ValueError, BufferError):
        return None
    return buffer.tobytes() if buffer is not None and buffer.c_contiguous and buffer.format in ("B", "c") else None


def _unbytes(dtype, memory, at):
    return bytes(memory[at : at + dtype.size])


def _bits(dtype, value):
    number = _boolean(dtype.dtype, value) if dtype.dtype.kind == "BOOL" else integer(dtype, value)
    return dtype.codec.pack((number & (1 << dtype.width) - 1) << dtype.shift)


def _unbits(dtype, memory, at):
    number = (dtype.codec.unpack_from(memory, at)[0] & dtype.mask) >> dtype.shift
    if dtype.dtype.kind == "BOOL":
        return bool(number)
    return number - (1 << dtype.width) if number > dtype.range[1] else number  # which only signed ones are


_OF_RECORDS = {"RECORD": _record, "TEXT": _text, "BYTES": _bytes, "BITS": _bits}
_FROM_RECORDS = {"RECORD": _unrecord, "TEXT": _untext, "BYTES": _unbytes, "BITS": _unbits}
