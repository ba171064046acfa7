"""The palette, and what a style is in a terminal and in HTML.

The colours are the eight of Paul Tol's scheme "light", which is made to lie behind black text and to be told apart by
people who are colour-blind. Since text and background are both set, they read alike on dark and on light. Neighbours
in PALETTE are far from one another in normal vision, protanopia, deuteranopia and tritanopia (a test computes it); so
fields take them in this order.
"""

import os

# What a region can look like: its colour for terminals of 24 bits and for HTML, and the nearest one of the 16 that
# every terminal has.
PALETTE = (
    ("#77aadd", 44),
    ("#eedd88", 103),
    ("#44bb99", 42),
    ("#bbcc33", 43),
    ("#ffaabb", 105),
    ("#aaaa00", 102),
    ("#99ddff", 106),
    ("#ee8866", 101),
)

# All other styles: for terminals, and as CSS. Their colours read on white and on black. The last four are the classes of
# bytes in a dump without fields.
_STYLES = {
    "bold": ("1", "font-weight:bold"),
    "dim": ("2", "opacity:.6"),
    "good": ("32", "color:#22915a"),
    "bad": ("1;31", "color:#dc4a4a;font-weight:bold"),
    "text": ("36", "color:#2f88ad"),
    "space": ("32", "color:#22915a"),
    "control": ("35", "color:#b868b8"),
    "high": ("33", "color:#b07a1e"),
}

FULL, INDEXED, BASIC = "24 bits", "256 colours", "16 colours"


def depth():
    """How many colours the terminal says it has: FULL, INDEXED or BASIC."""
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return FULL
    return INDEXED if "256" in os.environ.get("TERM", "") else BASIC


def next_colour(colour):
    """The number of the colour that follows this one."""
    return (colour + 1) % len(PALETTE)


def sgr(style, depth):
    """The parameters of the escape sequence that begins a style: the number of a colour, or a name."""
    if isinstance(style, str):
        return _STYLES[style][0]
    code, basic = PALETTE[style]
    red, green, blue = (int(code[place : place + 2], 16) for place in (1, 3, 5))
    if depth == FULL:
        return "38;2;0;0;0;48;2;%d;%d;%d" % (red, green, blue)
    if depth == INDEXED:
        return "38;5;16;48;5;%d" % _indexed(red, green, blue)
    return "30;%d" % basic


def css(style):
    """A style as CSS."""
    return _STYLES[style][1] if isinstance(style, str) else "background:%s;color:#000" % PALETTE[style][0]


def _indexed(*rgb):
    """The nearest colour of the 6 x 6 x 6 cube among the 256."""
    steps = (0, 95, 135, 175, 215, 255)
    red, green, blue = (min(range(6), key=lambda k, value=value: abs(steps[k] - value)) for value in rgb)
    return 16 + 36 * red + 6 * green + blue
