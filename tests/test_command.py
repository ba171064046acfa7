"""python -m chunkarray, and the tour."""

import json
import os
import re

import pytest

import chunkarray
from support import ABOUT, CPYTHON, run_python


def test_about():
    found = chunkarray.about()
    assert json.loads(json.dumps(dict(found))) == found
    assert set(found) == {
        "interpreter", "version", "python", "free_threaded", "host", "abi_layout", "door", "wheel_version", "platform", "binary",
    }  # fmt: skip
    assert found["interpreter"] in ("CPython", "PyPy", "GraalPy") and re.match(r"\d+\.\d+", found["version"])
    assert found["host"] in ("native", "own", "debug") and found["abi_layout"] in ("A", "B", "C")
    assert found["door"] in ("subclass", "object") and os.path.exists(found["binary"])
    assert found["wheel_version"] == chunkarray.__version__ and re.match(r"\d+\.\d+\.\d+", chunkarray.__version__)


def test_about_in_a_terminal():
    output = run_python(None, "-m", "chunkarray").stdout
    for name, value in ABOUT.items():
        if not isinstance(value, bool):
            assert re.search(r"^%s +%s$" % (re.escape(name.replace("_", " ")), re.escape(str(value))), output, re.M)


@pytest.mark.parametrize("arguments", [["nonsense"], ["about", "x"], ["tour", "a", "b"], ["-h"]])
def test_usage(arguments):
    process = run_python(None, "-m", "chunkarray", *arguments, check=False)
    help_wanted = arguments == ["-h"]
    assert process.returncode == (0 if help_wanted else 2)
    assert "python -m chunkarray" in (process.stdout if help_wanted else process.stderr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("files")
    for k in range(30):
        path = root / ("folder%d" % (k % 3)) / ("file%d.txt" % k)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(range(256)) * k)
        os.utime(str(path), (1_600_000_000 + k, 1_600_000_000 + 1000 * k))
    return root


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


def test_tour_of_a_folder(folder):
    output = run_python(None, "-m", "chunkarray", "tour", str(folder), env={"PYTHONIOENCODING": "utf-8"}).stdout
    check_tour(output)
    assert "times of 30 files" in re.sub(r"\s+", " ", output).lower()
    assert "2020-09-13" in output


def test_tour_of_a_file(folder):
    output = run_python(None, "-m", "chunkarray", "tour", str(folder / "folder2" / "file29.txt"), env={"PYTHONIOENCODING": "ascii"}).stdout
    check_tour(output)
    assert "0x0706050403020100" in output  # the file's first word
    output.encode("ascii")


@pytest.mark.parametrize("content", [None, b"", b"abc"])
def test_tour_of_what_is_no_data(tmp_path, content):
    path = tmp_path / "data"
    if content is not None:
        path.write_bytes(content)
    process = run_python(None, "-m", "chunkarray", "tour", str(path), check=False)
    assert process.returncode == 1 and "Traceback" not in process.stderr
    assert ("cannot read" if content is None else "too little") in process.stdout + process.stderr
