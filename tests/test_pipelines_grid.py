"""python -m chunkarray pipelines: how each operation runs on each type."""

import io
import os
import platform

import pytest

from chunkarray import _core
from chunkarray.__main__ import main
from chunkarray._pipeline import grid
from chunkarray._terminal import Terminal
from support import ABOUT

COMPILED = ABOUT["host"] != "python" and os.name == "posix" and platform.machine() in ("x86_64", "AMD64")

TYPES = ("BOOL", "U1", "U2", "U4", "U8", "S1", "S2", "S4", "S8", "F4", "F8")
INTEGERS = TYPES[1:9]
# What there are no vector instructions for that Cranelift knows, and what has an order.
ONE_BY_ONE = {
    **dict.fromkeys(("clz", "ctz", "floordiv", "mod"), INTEGERS),
    "popcount": ("U2", "U4", "U8", "S2", "S4", "S8"),
    **dict.fromkeys(("to U4", "to U8", "to S8"), ("F4", "F8")),
    "to F4": ("U8", "S8"),
    **dict.fromkeys(("scan sum", "scan min", "scan max", "fold"), TYPES),
}


@pytest.fixture(scope="module")
def cells():
    return grid.grid()


def test_every_operation_is_compiled(cells):
    if not COMPILED:
        assert {cell[0] for cell in cells.values() if cell} <= {"python", "interpreter"}
        return
    for (heading, row, type), cell in cells.items():
        if cell is None:
            continue
        engine, text = cell
        one_by_one = type in ONE_BY_ONE.get(row, ()) or (heading == "of two values" and row in ("shl", "shr"))
        wanted = ("1", "call") if one_by_one else ("8", "call")
        assert engine == "cranelift" and text in wanted, (heading, row, type, cell)


def test_types_have_what_they_should(cells):
    def types(row, heading="of two values"):
        return tuple(type for type in TYPES if cells[heading, row, type])

    assert types("add") == TYPES[1:]
    assert types("and") == TYPES[:9]
    assert types("lt") == types("min") == types("where", "choices and casts") == TYPES
    assert types("exp", "of one value") == types("isnan", "of one value") == ("F4", "F8")
    assert types("any", "what comes of a filter's elements") == ("BOOL",)
    assert len(cells) == len(TYPES) * sum(map(len, grid.ROWS.values()))


def test_calls(cells):
    if COMPILED:
        calls = {row for (_, row, _), cell in cells.items() if cell and cell[1] == "call"}
        assert {"exp", "log", "sin", "pow", "hypot", "floordiv"} <= calls and not calls & {"add", "sqrt", "lt"}


def test_the_table(capsys):
    assert main(["pipelines"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line.startswith("exp")] == ["exp", "exp2", "expm1"]
    assert main(["pipelines", "x"]) == 2


def test_another_engine_shows(monkeypatch):
    class Kernel:
        engine, lanes = "other", 1

        def __init__(self, program):
            if ";neg" not in program:
                self.engine = "first"

        def explain(self):
            return ""

    monkeypatch.setattr(grid, "core", type("core", (), {"Kernel": Kernel}))
    stream = io.StringIO()
    grid.show(Terminal(stream))
    (line,) = [line for line in stream.getvalue().splitlines() if line.startswith("neg")]
    assert "by first" in stream.getvalue() and "In brackets: by other" in stream.getvalue()
    assert line.split()[1:] == ["(1)"] * len(TYPES)


def test_what_is_no_program():
    assert grid.cell("neg T 0;out 0 T 3", "BOOL") is None
    assert grid.cell("neg T 0;out 0 T 3", "S4")[0] == _core.Kernel("in 0 0 S4;neg S4 0;sum S4 1").engine
