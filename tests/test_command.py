"""python -m chunkarray, and the tour."""

import io
import json
import os
import re
import subprocess
import sys

import pytest

import chunkarray
from chunkarray import _core, _tour
from chunkarray.__main__ import main
from support import ABOUT, CPYTHON, run_python


def test_about():
    found = chunkarray.about()
    assert json.loads(json.dumps(dict(found))) == found
    assert set(found) == {
        "interpreter", "version", "python", "free_threaded", "host", "abi_layout", "door", "wheel_version", "platform", "binary",
    }  # fmt: skip
    assert found["interpreter"] in ("CPython", "PyPy", "GraalPy", "RustPython") and re.match(
        r"\d+\.\d+", found["version"]
    )
    assert found["host"] in ("native", "own", "debug", "python")
    assert found["abi_layout"] in (("none",) if found["host"] == "python" else ("A", "B", "C"))
    assert found["door"] in ("subclass", "object", "cffi", "views") and os.path.exists(found["binary"])
    assert found["wheel_version"] == chunkarray.__version__ and re.match(r"\d+\.\d+\.\d+", chunkarray.__version__)


def test_the_commands_in_a_process_of_their_own(folder):
    output = run_python(None, "-m", "chunkarray").stdout
    for name, value in ABOUT.items():
        if not isinstance(value, bool):
            assert re.search(r"^%s +%s$" % (re.escape(name.replace("_", " ")), re.escape(str(value))), output, re.M)
    check_tour(run_python(None, "-m", "chunkarray", "tour", str(folder), env={"PYTHONIOENCODING": "ascii"}).stdout)


def test_the_list_of_dtypes(capsys):
    assert main(["dtypes"]) == 0
    printed = capsys.readouterr().out
    for row in _core.dtypes():
        (line,) = [line for line in printed.splitlines() if line.split()[:2] == [row["name"], row["bytes"]]]
        for fact in ("python", "numpy", "array", "arrow", "format"):
            assert row[fact] in line
    assert max(map(len, printed.splitlines())) <= 80
    for written in (">U2", "F4[3]", "element_size=8", "=F8"):
        assert written in printed


@pytest.mark.parametrize("arguments", [["nonsense"], ["about", "x"], ["dtypes", "x"], ["tour", "a", "b"], ["-h"]])
def test_usage(arguments, capsys):
    help_wanted = arguments == ["-h"]
    assert main(arguments) == (0 if help_wanted else 2)
    printed = capsys.readouterr()
    assert "python -m chunkarray tour" in (printed.out if help_wanted else printed.err)


def test_a_reader_that_leaves_early():
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "chunkarray"], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=300
    )
    os.close(writer)
    assert process.returncode == 1 and "Error" not in process.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("files")
    for k in range(30):
        path = root / ("folder%d" % (k % 3)) / ("file%d.txt" % k)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(range(256)) * k)
        os.utime(str(path), (1_600_000_000 + k, 1_600_000_000 + 1000 * k))
    return root


@pytest.fixture(autouse=True)
def short_measurements(monkeypatch):
    monkeypatch.setattr(_tour, "SECONDS", 0.02)


def check_tour(output):
    assert "\033" not in output and "\r" not in output
    assert max(map(len, output.splitlines())) <= 80
    addresses = re.search(r"address of a\[0\] +(0x[0-9a-f]+) +(0x[0-9a-f]+)$", output, re.M)
    assert addresses and addresses.group(1) == addresses.group(2)
    ours = re.search(r"^ +ChunkArray +(\S+ ns) +(\S+) B +(.*)$", output, re.M)
    assert ours.group(3) == "valid all the time"
    theirs = re.search(r"^ +array.array +(\S+ ns) +\S+ B +(.*)$", output, re.M)
    assert theirs.group(2) == "BufferError at the first append" or not CPYTHON
    assert re.search(r"^ +list +(\S+ ns) .*there is none", output, re.M)
    assert len(re.findall(r"^ +(?:ChunkArray|array.array|list) .*[GM]B/s", output, re.M)) == 3


def tour_output(name, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert _tour.tour(str(name), stream) == 0
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


def test_tour_of_a_folder(folder):
    output = tour_output(folder)
    check_tour(output)
    assert "times of 30 files" in re.sub(r"\s+", " ", output).lower()
    assert "2020-09-13" in output


def test_tour_of_a_file(folder):
    output = tour_output(folder / "folder2" / "file29.txt", "ascii")
    check_tour(output)
    assert "0x0706050403020100" in output  # the file's first word


@pytest.mark.parametrize("content", [None, b"", b"abc"])
def test_tour_of_what_is_no_data(tmp_path, content, capsys):
    path = tmp_path / "data"
    if content is not None:
        path.write_bytes(content)
    assert main(["tour", str(path)]) == 1
    assert ("cannot read" if content is None else "too little") in capsys.readouterr().out


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


def test_colour_on_terminals_only(folder, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Screen()
    _tour.tour(str(folder), screen)
    assert "\033[" in screen.getvalue()
    plain = re.sub(r"\033\[[0-9;]*[mK]", "", screen.getvalue())
    assert max(map(len, plain.replace("\r", "\n").splitlines())) <= 80
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    _tour.tour(str(folder), screen)
    assert not re.search(r"\033\[[0-9;]*m", screen.getvalue())


def test_the_progress_line(monkeypatch):
    from chunkarray import _terminal

    clock = [0.0]
    monkeypatch.setattr(_terminal.time, "perf_counter", lambda: clock[0])
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    with _terminal.Terminal(screen).progress("working") as progress:
        progress.at(0.1)
        assert screen.getvalue() == ""  # nothing within the first second
        clock[0] = 1.5
        progress.at(0.5, "half of it")
        assert "working" in screen.getvalue() and " 50 %" in screen.getvalue() and "half of it" in screen.getvalue()
    assert screen.getvalue().endswith("\r\033[K")
    silent = io.StringIO()
    with _terminal.Terminal(silent).progress("working") as progress:
        clock[0] = 100.0
        progress.at(0.5)
    assert silent.getvalue() == ""
