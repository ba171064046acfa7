"""How the binary is loaded, and what is said where it can't be."""

import os
import sys

import pytest

from chunkarray import _load
from support import ABOUT, CPYTHON, DOOR, HOST, IMPLEMENTATION, run_python

PYPY_OLD = dict(implementation="pypy", version=(3, 9, 16), pypy=(7, 3, 11))
PYPY_NATIVE = dict(implementation="pypy", version=(3, 11, 11), pypy=(7, 3, 19))
PYPY_NEW = dict(implementation="pypy", version=(3, 11, 13), pypy=(8, 0, 1))
CPYTHON_NEW = dict(implementation="cpython", version=(3, 15, 0))
GRAALPY = dict(implementation="graalpy", version=(3, 12, 8))


@pytest.mark.parametrize(
    "found, hpy, host",
    [
        (CPYTHON_NEW, False, "own"),
        (CPYTHON_NEW, True, "own"),
        (PYPY_OLD, True, "own"),
        (PYPY_NATIVE, True, "native"),
        (PYPY_NATIVE, False, "own"),
        (PYPY_NEW, True, "own"),
        (GRAALPY, True, "own"),
        (dict(PYPY_NATIVE, pypy=(7, 3, 14)), True, "native"),
        (dict(PYPY_NATIVE, pypy=(7, 3, 23)), True, "native"),
        (dict(PYPY_NATIVE, pypy=(7, 3, 24)), True, "own"),
    ],
)
def test_the_host_of_each_interpreter(monkeypatch, found, hpy, host):
    monkeypatch.setattr(_load, "_importable", lambda name: hpy)
    assert _load.choose(None, _load.Found(**found)) == host
    assert _load.choose("", _load.Found(**found)) == host
    for forced in ("own", "python"):
        assert _load.choose(forced, _load.Found(**found)) == forced


def test_python_runs_anywhere():
    for implementation in ("rustpython", "brandnew"):
        found = _load.Found(implementation=implementation, version=(3, 14, 0))
        assert _load.choose("python", found) == "python"
        with pytest.raises(ImportError, match="CHUNKARRAY_HOST=python"):  # which is what to do
            _load.choose(None, found)


@pytest.mark.parametrize(
    "forced, found",
    [
        ("natif", CPYTHON_NEW),
        ("native", CPYTHON_NEW),
        ("native", PYPY_OLD),
        ("native", PYPY_NEW),
        ("native", GRAALPY),
        ("debug", PYPY_NATIVE),
        (None, dict(implementation="rustpython", version=(3, 12, 0))),
        ("own", dict(implementation="ironpython", version=(3, 12, 0))),
        (None, dict(implementation="cpython", version=(3, 8, 19))),
        ("python", dict(implementation="cpython", version=(3, 8, 19))),
    ],
)
def test_refusals(monkeypatch, forced, found):
    monkeypatch.setattr(_load, "_importable", lambda name: True)
    with pytest.raises(ImportError) as caught:
        _load.choose(forced, _load.Found(**found))
    message = str(caught.value)
    if forced == "natif":
        assert "CHUNKARRAY_HOST=natif" in message and all(host in message for host in _load.HOSTS)
    else:
        assert found["implementation"] in message and ".".join(map(str, found["version"])) in message
        for part in ("found:", "tried:", "supported:", "CPython", "PyPy", "GraalPy"):
            assert part in message


IMPORTS = """
import os, sys
os.environ["CHUNKARRAY_HOST"] = "nonsense"
try:
    import chunkarray
except ImportError as error:
    print(error)
del os.environ["CHUNKARRAY_HOST"]
sys.implementation.name = "brandnew"
try:
    import chunkarray
except ImportError as error:
    print(error)
"""


def test_imports_that_are_refused():
    first, *second = run_python(IMPORTS).stdout.splitlines()
    assert first.startswith("CHUNKARRAY_HOST=nonsense: there is no such host")
    assert second[0] == "chunkarray cannot run here." and "brandnew" in second[1]


def test_the_host_that_was_asked_for():
    wanted = os.environ.get("CHUNKARRAY_HOST")
    assert HOST == wanted or not wanted
    doors = {"cpython": "subclass", "pypy": "cffi", "graalpy": "views"}
    assert DOOR == (doors[IMPLEMENTATION] if HOST in ("own", "native") else "object")


WITHOUT_CFFI = """
import sys, warnings
sys.modules["_cffi_backend"] = None
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from chunkarray import ChunkArray, about
    import chunkarray.twin
a = ChunkArray("F8", [1.5])
a.append(2.5)
with a.appender() as put:
    put(3.5)
print(about()["door"], a.tolist(), [(w.category.__name__, str(w.message)) for w in caught])
"""


@pytest.mark.skipif(DOOR != "cffi", reason="needs PyPy, whose door is made of cffi")
def test_without_cffi():
    out = run_python(WITHOUT_CFFI).stdout
    assert out.startswith("object [1.5, 2.5, 3.5] [('RuntimeWarning', 'chunkarray is slower than it could be here")
    assert out.count("RuntimeWarning") == 1


def test_the_module():
    import chunkarray._core as core

    assert sys.modules["chunkarray._core"] is core is _load.core
    assert core.__name__ == ("chunkarray._twin" if HOST == "python" else "chunkarray._core")
    assert core.__file__ == core.__spec__.origin == ABOUT["binary"]


MAIN_THEN_SECOND = """
import sys, traceback
import chunkarray
first = chunkarray.ChunkArray("F8", [1.0])
script = '''
try:
    import chunkarray
except ImportError as error:
    outcome = "refused: %s" % error
else:
    outcome = "loaded"
import os
os.write({pipe}, outcome.encode())
'''
import os
read, write = os.pipe()
script = script.replace("{pipe}", str(write))
made = 0
def create():
    try:
        import _interpreters as module
    except ImportError:
        import _xxsubinterpreters as module
    if hasattr(module, "new_config"):
        for kind in ("isolated", "legacy"):
            yield module, module.create(kind)
    else:
        try:
            yield module, module.create(isolated=True)
            yield module, module.create(isolated=False)
        except TypeError:
            yield module, module.create()
for module, interpreter in create():
    failed = module.run_string(interpreter, script)
    assert not failed, failed
    print(os.read(read, 10000).decode())
    first.append(2.0)
    module.destroy(interpreter)
    first.append(3.0)
assert first[0] == 1.0 and first[-1] == 3.0
chunkarray.ChunkArray("S8", range(10)).tolist()
print("first works")
"""


@pytest.mark.skipif(not CPYTHON or HOST != "own", reason="only CPython has interpreters within a process")
def test_a_second_interpreter_is_refused():
    process = run_python(MAIN_THEN_SECOND)
    lines = [line for line in process.stdout.splitlines() if line.startswith(("refused", "loaded", "first"))]
    assert len(lines) >= 2 and lines[-1] == "first works"
    assert all(line.startswith("refused: ") for line in lines[:-1]), process.stdout


@pytest.mark.skipif(not ABOUT["free_threaded"], reason="this interpreter was built with a GIL")
def test_the_gil_stays_off():
    process = run_python(
        "import sys; assert not sys._is_gil_enabled(); import chunkarray; chunkarray.ChunkArray('F8', [1.0]); print(sys._is_gil_enabled())",
        env={"PYTHONWARNINGS": "error"},
    )
    assert process.stdout.strip() == "False" and not process.stderr


@pytest.mark.skipif(not CPYTHON or HOST != "own", reason="the promise is for CPython")
def test_import_imports_little():
    # How long it takes is measured in benches/; what would make it long is looked at here.
    code = "import sys; before = set(sys.modules); import chunkarray; print(*sorted(set(sys.modules) - before))"
    imported = run_python(code).stdout.split()
    assert "chunkarray._core" in imported
    for heavy in (
        "numpy",
        "json",
        "ctypes",
        "inspect",
        "typing",
        "pickle",
        "sysconfig",
        "platform",
        "importlib.metadata",
    ):
        assert heavy not in imported
