"""Text from anywhere, made safe to show: in a terminal, in HTML, and in columns."""

import unicodedata

# Marks that join the character before them, and Hangul's vowels and finals, which do the same.
_JOINING = ("Mn", "Me", "Mc")
_JAMO = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
_TOO_LONG = 4096  # characters of one text; nobody reads more in one line


def safe(text):
    """`text` with everything escaped that is not seen as a character of its own: "\\x1b", "\\u0301".

    Control characters and escape sequences, marks that combine, what turns the direction of writing, lone surrogates
    and characters without a meaning: a name or a value made of them can neither change the terminal nor hide.
    """
    text = str(text)
    if len(text) > _TOO_LONG:
        text = text[:_TOO_LONG] + "..."
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_seen(char) else _escape(ord(char)) for char in text)


def _is_seen(char):
    code = ord(char)
    if not char.isprintable() or unicodedata.category(char) in _JOINING:
        return False
    return not any(code in block for block in _JAMO)


def _escape(code):
    return "\\x%02x" % code if code < 0x100 else "\\u%04x" % code if code < 0x10000 else "\\U%08x" % code


def columns(text):
    """How many columns of a terminal a safe text takes: East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(char) in "WF" for char in text)


def cut(text, room, ellipsis="…"):
    """The front of a safe text that fits into `room` columns, with an ellipsis if that isn't all."""
    if columns(text) <= room:
        return text
    room -= len(ellipsis)
    taken = 0
    for place, char in enumerate(text):
        taken += columns(char)
        if taken > room:
            return (text[:place] + ellipsis) if room >= 0 else ""
    return text
