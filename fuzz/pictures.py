"""hexdump: whatever the bytes are, the picture shows each of them, in the terminal and in HTML."""

import io

from chunkarray import hexdump
from messages import CLASSES, SEEDS, WORDS

ERRORS = ()
__all__ = ["ERRORS", "SEEDS", "WORDS", "check"]


def check(data):
    cls = CLASSES[data[0] % 3] if data else CLASSES[0]
    for record in (None, cls):
        for colour in (False, True):
            out = io.StringIO()
            hexdump(data[1:], record, file=out, width=80 if colour else 120, colour=colour)
            shown = out.getvalue()
            assert shown.endswith("\n") or not data[1:]
            assert "\0" not in shown
            if not colour:
                assert "\x1b" not in shown
    from chunkarray import Hexdump

    html = Hexdump(data[1:], cls)._repr_html_()
    assert "<script" not in html
