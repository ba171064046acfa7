"""Pictures of bytes and of layouts: each field a coloured region with its name, type and value.

colours    the palette, and what a style is in a terminal and in HTML
escaping   text from anywhere, made safe to show, and how many columns it takes
picture    lines of coloured pieces, as text and as HTML
staircase  entries, each with its own bytes, laid out in rows: the picture itself
entries    a tree of regions as entries
sources    what can be dumped, as bytes and entries
layouts    the picture of a layout
command    the two commands
"""

from .dump import Hexdump, hexdump
from .layouts import LayoutPicture

__all__ = ["Hexdump", "LayoutPicture", "hexdump"]
