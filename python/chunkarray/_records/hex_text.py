"""Bytes as people write them: 00 00 00 6C 33 33 74 00."""

import re

_SEPARATORS = " \t\r\n:,_"
_TOKEN = re.compile(r"0[xX]|[0-9A-Fa-f]{2}|[ \t\r\n:,_]+")


def as_memory(data):
    """The bytes of a buffer, as a flat memoryview, or of hex text. TypeError for what is neither."""
    if isinstance(data, str):
        return memoryview(from_hex(data))
    try:
        memory = memoryview(data)
    except TypeError:
        raise TypeError("bytes, a buffer or hex text is needed, not %s" % type(data).__name__) from None
    if memory.ndim == 1 and memory.format == "B" and memory.c_contiguous:
        return memory
    return memory.cast("B") if memory.c_contiguous else memoryview(memory.tobytes())


def from_hex(text):
    """The bytes of hex text: two digits each, with spaces, new lines, colons, commas and 0x between them.

    ValueError that names the column, counted from 1, of what is no hex digit, or of a digit without its second; for
    text of several lines the line, too.
    """
    found, index = bytearray(), 0
    while index < len(text):
        token = _TOKEN.match(text, index)
        if token is None or token.group() in ("0x", "0X") and not _is_digit(text, index + 2):
            raise ValueError(_bad(text, index))
        token = token.group()
        if token[0] not in _SEPARATORS and token not in ("0x", "0X"):
            found.append(int(token, 16))
        index += len(token)
    return bytes(found)


def _is_digit(text, index):
    return index < len(text) and text[index] in "0123456789abcdefABCDEF"


def _bad(text, index):
    """The words for what stands at `index`: no hex digit, or one whose second is missing or is none."""
    if _is_digit(text, index) and index + 1 < len(text) and text[index + 1] not in _SEPARATORS + "xX":
        index += 1
    line = text.count("\n", 0, index)
    column = index - text.rfind("\n", 0, index)
    place = "column %d" % column if not text.count("\n") else "line %d, column %d" % (line + 1, column)
    if _is_digit(text, index):
        return "hex text: the digit %r at %s has no second one" % (text[index], place)
    return "hex text: %r at %s is no hex digit" % (text[index], place)
