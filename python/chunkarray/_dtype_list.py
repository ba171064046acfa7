"""python -m chunkarray dtypes: the types of elements, and every way to write them."""

from ._load import core
from ._terminal import Terminal

# Heading, and the fact of the table that stands below it.
COLUMNS = (
    ("name", "name"),
    ("size", "bytes"),
    ("in Python", "python"),
    ("NumPy", "numpy"),
    ("code", "code"),
    ("array", "array"),  # array.array's codes
    ("Arrow", "arrow"),
    ("buf", "format"),
)
RULES = (
    (">U2", "big-endian, of any type; without prefix little-endian"),
    ("float64  f8  <f8  >f8", "NumPy's names and codes, in lower case"),
    ("d", "array.array's codes, with C's sizes on this machine"),
    ("F4[3]  F4[2,3]", "elements of a fixed shape, of any type"),
    ("element_size=8", "B8, likewise 1, 2 and 4; B1[n] for other sizes"),
    ("float  int  bool", "mean F8, S8 and BOOL; NumPy's dtypes are taken too"),
    ("=F8  @F8", "refused: the machine would decide what they mean"),
)


def rows():
    """The facts of each type, as dicts of strings, with NumPy's code; what is no name for the type in brackets."""
    return [_with_code(row, core.spellings()) for row in core.dtypes()]


def _with_code(row, spellings):
    code = row["typestr"].lstrip("<>|")
    if spellings[code] == row["name"]:
        return dict(row, code=code)
    # Raw bits, which NumPy gets as unsigned integers.
    return dict(row, code="(%s)" % code, numpy="(%s)" % row["numpy"])


def show(terminal=None):
    """Prints the table."""
    terminal = terminal or Terminal()
    table = [[row[fact] for _, fact in COLUMNS] for row in rows()]
    widths = [max(map(len, column)) for column in zip([heading for heading, _ in COLUMNS], *table)]

    def line(cells):
        return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths))

    terminal.write(("bold", line([heading for heading, _ in COLUMNS])))
    for cells in table:
        terminal.write(("title", cells[0].ljust(widths[0])), line(cells)[widths[0] :])
    terminal.write()
    width = max(len(written) for written, _ in RULES)
    for written, meaning in RULES:
        terminal.write(("title", written.ljust(width)), "  ", meaning)
