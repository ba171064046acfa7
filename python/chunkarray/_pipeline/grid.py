"""python -m chunkarray pipelines: how each operation runs on each type."""

from .._load import core
from .._terminal import Terminal
from .._twin.pipeline.program import OPERATIONS, QUESTIONS
from .._twin.pipeline.types import TYPES

_INPUTS = "in 0 0 T;in 1 0 T;in 2 0 BOOL"


def _of_values(name, count):
    result = "BOOL" if name in QUESTIONS else "T"
    return "%s T %s;out 0 %s 3" % (name, " ".join("01"[:count]), result)


# What stands in a row: programs of a type `T`, whose values 0 and 1 are of it and whose value 2 is a BOOL.
ROWS = {
    "of one value": {name: _of_values(name, 1) for name in OPERATIONS[1]},
    "of two values": {name: _of_values(name, 2) for name in OPERATIONS[2]},
    "of two values, the second one the same for all": {
        "shl": "par 0 T;shl T 0 3;out 0 T 4",
        "shr": "par 0 T;shr T 0 3;out 0 T 4",
    },
    "choices and casts": {
        "where": "where T 2 0 1;out 0 T 3",
        **{"to %s" % name: "cast T %s 0;out 0 %s 3" % (name, name) for name in TYPES},
    },
    "what comes of a filter's elements": {
        "out": "filter 2;out 0 T 0",
        **{word: "filter 2;%s T 0" % word for word in ("sum", "min", "max", "argmin", "argmax", "first", "last")},
        **{word: "filter 2;%s 0" % word for word in ("any", "all")},
        "hist": "par 0 F8;par 1 F8;filter 2;hist T 0 0 1 10",
        "group": "filter 2;group 9 0;n",
    },
    "in order, one by one": {
        **{"scan %s" % word: "scan %s T 0;out 0 T 3" % word for word in ("sum", "min", "max")},
        "fold": "acc 0 T;par 0 T;fold 0 T 0 0",
    },
}


def cell(program, type):
    """How a row's program runs on the type of this name: the engine, and how many elements it takes at a time, as text
    (`call` for a routine that takes a block). None where there is no such operation."""
    words = [type if word == "T" else word for word in (_INPUTS + ";" + program).replace(";", " ; ").split(" ")]
    try:
        kernel = core.Kernel(" ".join(words).replace(" ; ", ";"))
    except ValueError:
        return None
    how = kernel.explain()
    if "(a routine" in how:
        return kernel.engine, "call"
    return kernel.engine, "1" if "(each of the 8 by itself)" in how else str(kernel.lanes)


def grid():
    """The cells of all rows, each under (heading, row, type)."""
    found = {}
    for heading, rows in ROWS.items():
        for row, program in rows.items():
            for type in TYPES:
                found[heading, row, type] = cell(program, type)
    return found


def show(terminal=None):
    """Prints the grid."""
    terminal = terminal or Terminal()
    cells = grid()
    first, *others = sorted({found[0] for found in cells.values() if found})
    terminal.write("How many elements an operation takes at a time, by ", ("bold", first), ".")
    terminal.write(("dim", "call: a routine takes up to 1024;  1: one by one;  -: there is none of this type"))
    if others:
        terminal.write(("bad", "In brackets: by %s." % " and ".join(others)))
    for heading, rows in ROWS.items():
        terminal.write()
        terminal.write(("bold", heading))
        terminal.write(("title", " " * 9 + "".join("%6s" % type for type in TYPES)))
        for row in rows:
            line = ""
            for type in TYPES:
                engine, text = cells[heading, row, type] or (first, "-")
                line += "%6s" % (text if engine == first else "(%s)" % text)
            terminal.write(("title", row.ljust(9)), line)
