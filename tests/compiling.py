"""Compiling C and C++ in tests, with warnings as errors.

The compilers are those that CHUNKARRAY_TEST_CC and CHUNKARRAY_TEST_CXX name, else cc and c++ on PATH. Many interpreters
are tested on systems that have neither; ci/matrix names one there that needs nothing else (zig's).
"""

import os
import shlex
import shutil
import subprocess
import sysconfig

import pytest

import chunkarray
from support import HOST

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(os.path.dirname(HERE), "examples", "c")
SOURCES = os.path.join(HERE, "c")

_WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]


def _compiler(variable, name):
    named = os.environ.get(variable)
    if named:
        return shlex.split(named)
    found = shutil.which(name)
    return [found] if found else None


CC = _compiler("CHUNKARRAY_TEST_CC", "cc")
CXX = _compiler("CHUNKARRAY_TEST_CXX", "c++")

_NO_BINARY = "needs the-binary, which CHUNKARRAY_HOST=python does without" if HOST == "python" else ""
needs_binary = pytest.mark.skipif(bool(_NO_BINARY), reason=_NO_BINARY)
needs_cc = pytest.mark.skipif(bool(_NO_BINARY or not CC), reason=_NO_BINARY or "needs cc, a C compiler")
needs_cxx = pytest.mark.skipif(bool(_NO_BINARY or not CXX), reason=_NO_BINARY or "needs cxx, a C++ compiler")


def compiled(source, folder, *options, std="c11"):
    """Compiles one file into `folder`, against chunkarray's headers; gives the path of what came of it."""
    into = os.path.join(str(folder), os.path.splitext(os.path.basename(source))[0])
    into += ".so" if "-shared" in options else ""
    command = [*(CXX if std.startswith("c++") else CC), "-std=" + std, "-O1", *_WARNINGS]
    command += ["-I", chunkarray.get_include(), *options, source, "-o", into, "-ldl"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout.decode(errors="replace")
    return into


def output(*command):
    """What a program printed, as lines; it has to end well, and to be silent on stderr."""
    done = subprocess.run(list(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    assert (done.returncode, done.stderr.decode()) == (0, ""), done.stdout.decode()
    return done.stdout.decode().splitlines()


def python_headers():
    """The folder of this interpreter's Python.h; skips the test where there is none."""
    folder = sysconfig.get_path("include")
    if not folder or not os.path.exists(os.path.join(folder, "Python.h")):
        pytest.skip("needs Python.h of this interpreter")
    return folder
