"""A module in C, compiled here against HPy's own headers, with hpy-host linked in.

It shows that what HPy's macros make (definitions, trampolines, helpers) works under hpy-host as it
is. The headers are not ours: they are fetched from the package index (the pinned wheel, checked by
its sha256), unless HPY_DEVEL names the `hpy/devel` folder of that wheel.

Environment:
    TINY_MODULE     a compiled module: nothing is compiled then (interpreters without a compiler)
    HPY_HOST_C      libhpy_host_c.a; else the newest below target/ is taken
    CC              the C compiler
"""

import gc
import glob
import hashlib
import importlib.machinery
import importlib.util
import os
import shlex
import subprocess
import sys
import tempfile
import time
import zipfile

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
WHEEL = "hpy==0.9.0"
WHEEL_SHA256 = "48b42aff81a6797ad01d314940d8aadddedeb987c42f00453079553c15fbf70a"
CPYTHON = sys.implementation.name == "cpython"


def headers():
    """The folder hpy/devel of the pinned wheel."""
    given = os.environ.get("HPY_DEVEL")
    if given:
        return given
    folder = tempfile.mkdtemp()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", WHEEL]
    command += ["--only-binary=:all:", "--python-version=3.11", "--implementation=cp"]
    command += ["--platform=manylinux_2_17_x86_64", "--dest", folder]
    subprocess.run(command, check=True)
    (wheel,) = glob.glob(os.path.join(folder, "*.whl"))
    with open(wheel, "rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == WHEEL_SHA256
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return os.path.join(folder, "hpy", "devel")


def compiled():
    """The path of the module."""
    given = os.environ.get("TINY_MODULE")
    if given:
        return given
    host = os.environ.get("HPY_HOST_C")
    if not host:
        target = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "..", "target"))
        built = glob.glob(os.path.join(target, "*", "libhpy_host_c.a"))
        assert built, "build it first: cargo build --release -p hpy-host-c"
        host = max(built, key=os.path.getmtime)
    devel = headers()
    path = os.path.join(tempfile.mkdtemp(), "tiny.so")
    command = shlex.split(os.environ.get("CC", "cc"))
    command += ["-shared", "-fPIC", "-O1", "-Wall", "-DHPY_ABI_UNIVERSAL", "-DHPY"]
    command += ["-I", os.path.join(devel, "include"), os.path.join(HERE, "tiny.c")]
    for helper in ("argparse", "buildvalue", "format", "helpers"):
        command.append(os.path.join(devel, "src", "runtime", helper + ".c"))
    command += [host, "-lpthread", "-ldl", "-lm", "-o", path]
    subprocess.run(command, check=True)
    return path


def load():
    """Loads the module as an interpreter without HPy does."""
    path = compiled()
    loader = importlib.machinery.ExtensionFileLoader("tiny", path)
    spec = importlib.util.spec_from_file_location("tiny", path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


tiny = load()


def settled(count, enough):
    """Collects garbage until count() has grown by `enough`, or stays as it is."""
    for _ in range(20):
        gc.collect()
        if count() >= enough:
            break
        time.sleep(0.02)
    return count()


def test_methods():
    assert tiny.__doc__ == "A module in C."
    assert tiny.nothing() is None
    assert tiny.twice(4) == 8 and tiny.twice("ab") == "abab"
    with pytest.raises(TypeError):
        tiny.nothing(1)
    with pytest.raises(TypeError):
        tiny.twice()
    with pytest.raises(TypeError):
        tiny.twice(None)


def test_parsing_arguments():
    assert tiny.join(1, "a") == (1, "a", 0.5)
    assert tiny.join(1, "a", 2) == (1, "a", 2.0)
    with pytest.raises(TypeError):
        tiny.join("a", "a")
    with pytest.raises(TypeError):
        tiny.join(1)
    with pytest.raises(ValueError, match=r"^-5 is negative \(because\)$"):
        tiny.join(-5, "because")


def test_parsing_keywords():
    assert tiny.named(1) == (Ellipsis, 1)
    assert tiny.named(1, 2) == (2, 1)
    assert tiny.named(second=2, first=1) == (2, 1)
    with pytest.raises(TypeError):
        tiny.named()
    with pytest.raises(TypeError):
        tiny.named(second=2)


def test_capsules():
    before = tiny.freed()
    for _ in range(20):
        assert type(tiny.capsule()).__name__ == "PyCapsule"
    assert settled(tiny.freed, before + 20) - before >= (20 if CPYTHON else 15)


def test_a_type():
    box = tiny.Box(3, held="something")
    assert repr(box) == "<Box of 3>"
    assert (box.value, box.ratio, box.held) == (3, 0.25, "something")
    box.value = 5
    assert len(box) == 5 and list(box) == [0, 10, 20, 30, 40]
    assert box.grow(-1) is box and box.value == 4
    assert box == tiny.Box(4) and box != tiny.Box(5) and box < tiny.Box(5) and box != 4
    assert repr(box + box) == "<Box of 8>"
    assert box(1, 2, a=3) == (4, 2, 1) and box() == (4, 0, 0)
    assert bytes(memoryview(box)) == b"\1\2\3\4"
    with pytest.raises(TypeError):
        box + 1
    with pytest.raises((AttributeError, TypeError)):
        box.ratio = 1.0
    with pytest.raises(AttributeError, match="empty"):
        tiny.Box(1).held
    with pytest.raises(TypeError):
        tiny.Box("a")
    with pytest.raises(IndexError):
        box[4]


def test_boxes_are_destroyed():
    before = tiny.destroyed()
    for i in range(50):
        tiny.Box(i, [i])
    assert settled(tiny.destroyed, before + 50) - before >= (50 if CPYTHON else 40)


def test_globals():
    x = object()
    assert tiny.keep(x) is None
    assert tiny.keep(None) is x
