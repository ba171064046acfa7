"""Lines of coloured pieces, as text for a terminal, as plain text and as HTML."""

import sys
from html import escape

from .._terminal import Terminal
from . import colours

# Columns where there is no terminal whose width would count.
_PLAIN_COLUMNS = 120
_HTML_COLUMNS = 150

# Colours follow the page, so that a notebook's dark theme is as good as its light one; the regions set their own.
_PRE = (
    "<pre style=\"font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    'font-size:13px;line-height:1.4;white-space:pre;overflow-x:auto;text-align:left;margin:0">%s</pre>'
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>
:root { color-scheme: light dark }
body { margin: 1.5em; background: Canvas; color: CanvasText }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3 } }
span[title]:hover { outline: 2px solid currentcolor }
</style>
</head>
<body>
%s
</body>
</html>
"""


class Picture:
    """What can be shown as lines. A line is a list of pieces: (text, style, tip).

    Style is None, the number of a colour or one of the names in `colours`; tip is what a browser tells about the piece,
    or "". str() of a picture is plain text, in a notebook it shows itself in colour, and show() prints it.
    """

    __slots__ = ()
    title = ""

    def _lines(self, room, unicode=True):
        """The lines, for `room` columns. Without `unicode` they are ASCII but for names and values."""
        raise NotImplementedError

    def text(self, colour=False, columns=None, unicode=True):
        """The picture as text, without a newline at its end.

        colour    with the escape sequences that terminals understand
        columns   how long lines may be; 120 by default
        """
        room = _PLAIN_COLUMNS if columns is None else columns
        depth = colours.depth()
        return "\n".join(_line(pieces, depth if colour else None) for pieces in self._lines(room, unicode))

    def html(self, columns=None):
        """The picture as a piece of HTML that takes no style from the page but the colour of its text."""
        lines = self._lines(_HTML_COLUMNS if columns is None else columns)
        return _PRE % "\n".join("".join(map(_span, pieces)) for pieces in lines)

    def page(self, columns=None):
        """The picture as a whole HTML document, light or dark as the reader wants it."""
        return _PAGE % (escape(self.title), self.html(columns))

    def show(self, colour=None, file=None):
        """Prints the picture to `file`, sys.stdout by default.

        colour    True or False; by default on a terminal only, and as NO_COLOR and FORCE_COLOR say
        """
        terminal = Terminal(file, widest=None)
        coloured = terminal.coloured if colour is None else colour
        columns = terminal.width if terminal.live else None
        text = self.text(coloured, columns, terminal.unicode)
        encoding = getattr(terminal.stream, "encoding", None)
        if encoding:  # where the values have what it has no place for
            text = text.encode(encoding, "backslashreplace").decode(encoding)
        print(text, file=terminal.stream)

    def __str__(self):
        return self.text()

    def __repr__(self):
        """The picture itself, for whoever types at a prompt: in colour there."""
        terminal = Terminal(widest=None)
        if not hasattr(sys, "ps1") or not terminal.live:
            return self.text()
        return self.text(terminal.coloured, terminal.width, terminal.unicode)

    def _repr_html_(self):
        return self.html()


def _line(pieces, depth):
    """One line as text."""
    if depth is None:
        return "".join(piece[0] for piece in pieces).rstrip()
    out = []
    for text, style, _tip in pieces:
        plain = style is None or not text.strip() and isinstance(style, str)
        out.append(text if plain else "\033[%sm%s\033[0m" % (colours.sgr(style, depth), text))
    return "".join(out).rstrip(" ")


def _span(piece):
    """One piece as HTML. Its text has been made safe; what runs from right to left must not reorder the line."""
    text, style, tip = piece
    written = escape(text)
    if not text.isascii():
        written = '<bdi dir="ltr">%s</bdi>' % written
    if style is None and not tip:
        return written
    style = "" if style is None else ' style="%s"' % colours.css(style)
    tip = ' title="%s"' % escape(tip) if tip else ""
    return "<span%s%s>%s</span>" % (style, tip, written)
