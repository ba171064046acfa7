"""Programs in C and C++ that use chunkarray through its headers, compiled as C11 and C++17, warnings being errors."""

import os
import threading

import pytest

import chunkarray
from chunkarray import ChunkArray
from compiling import CC, CXX, EXAMPLES, SOURCES, compiled, needs_cc, needs_cxx, output, python_headers
from support import ABOUT, run_python, run_together, scaled

BINARY = ABOUT["binary"]


@needs_cc
def test_a_program_without_python(tmp_path):
    program = compiled(os.path.join(EXAMPLES, "without_python.c"), tmp_path)
    lines = output(program, BINARY)
    assert lines[0] == "functions: version %d.%d, 0 missing" % chunkarray.abi.version
    assert lines[1].startswith("elements: 10000000 in ")
    assert lines[2] == "the first one moved: no"
    assert lines[3].startswith("first 0, last 1e+14, sum 3.33333283333")
    assert lines[4:] == [
        "one past the end: there is no such element",
        "as 4-byte ints: the elements are of another type",
        "when it is gone: not the handle of such an object, or the object is gone",
    ]


@needs_cxx
@pytest.mark.parametrize("std", ["c++17", "c++20"])
def test_a_program_in_cpp(tmp_path, std):
    lines = output(compiled(os.path.join(EXAMPLES, "chunks.cpp"), tmp_path, std=std), BINARY)
    assert lines[0].startswith("while the appender is open: an appender of the array is open")
    assert lines[1] == "100003 elements, the last one 3"
    total, words = lines[2].split(",")
    assert total.split()[1] == words.split()[0]
    assert lines[3:] == [
        "waves[0] is 7 now",
        "the array is gone, its first chunk is not: 7 .. 7, 1024 elements",
    ]


@needs_cxx
def test_the_c_header_in_cpp(tmp_path):
    source = tmp_path / "header.cpp"
    source.write_text(
        "#include <chunkarray.h>\nint main() { return CHUNKARRAY_MAJOR - %d; }\n" % chunkarray.abi.version[0]
    )
    output(compiled(str(source), tmp_path, std="c++17"))


@needs_cc
def test_binaries_of_other_versions(tmp_path):
    major, minor = chunkarray.abi.version
    now, next_minor = "version %d.%d, works: 1.5" % (major, minor), "version %d.%d, works: 1.5" % (major, minor + 1)
    lines = output(compiled(os.path.join(SOURCES, "versions.c"), tmp_path), BINARY)
    assert lines == [
        "no file: -101",
        "another library: -102",
        "as it is: 0, " + now,
        "three functions more: 0, " + next_minor,
        "longer entries: 0, " + next_minor,
        "one function less: 1, " + now,
        "a newer major version: -103 the table of functions has another major version than chunkarray.h",
        "an older major version: -103 the table of functions has another major version than chunkarray.h",
        "another signature: -104 a function has another signature than in chunkarray.h",
        "no magic: -102 this is not chunkarray: there is no table of functions in it",
        "short entries: -102 this is not chunkarray: there is no table of functions in it",
        "no table: -102 this is not chunkarray: there is no table of functions in it",
    ]


@needs_cc
def test_every_type_and_bad_input(tmp_path):
    assert output(compiled(os.path.join(SOURCES, "everything.c"), tmp_path), BINARY) == []


# The path of the module, and a program that loads it before it has heard of chunkarray.
HANDED = """
import importlib.machinery, importlib.util, sys
loader = importlib.machinery.ExtensionFileLoader("handed", sys.argv[1])
handed = importlib.util.module_from_spec(importlib.util.spec_from_file_location("handed", sys.argv[1], loader=loader))
loader.exec_module(handed)
assert "chunkarray" not in sys.modules
for wrong in (1.5, [1.0], None):
    try:
        handed.total(wrong)
    except TypeError as error:
        print(error)
from chunkarray import ChunkArray
a = ChunkArray("F8", [1.5, 2.5])
print(handed.total(a))
"""


@pytest.fixture(scope="module")
def handed_path(tmp_path_factory):
    if not CC:
        pytest.skip("needs cc, a C compiler")
    if ABOUT["interpreter"] == "GraalPy":
        pytest.skip("needs the-C-API's PyCapsule, outside of its own emulation of C")
    headers = python_headers()
    source = os.path.join(EXAMPLES, "handed.c")
    return compiled(source, tmp_path_factory.mktemp("handed"), "-shared", "-fPIC", "-isystem", headers)


@pytest.fixture(scope="module")
def handed(handed_path):
    import importlib.machinery
    import importlib.util

    loader = importlib.machinery.ExtensionFileLoader("handed", handed_path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_file_location("handed", handed_path, loader=loader)
    )
    loader.exec_module(module)
    return module


@needs_cc
def test_an_extension_that_never_imports_chunkarray(handed_path):
    lines = run_python(HANDED, handed_path).stdout.splitlines()
    assert lines == [
        "an object of chunkarray's is required, not %s" % name for name in ("float", "list", "NoneType")
    ] + ["4.0"]


@needs_cc
def test_what_it_is_handed(handed):
    a = ChunkArray("F8", [1.5, 2.5], chunk_size=2)
    assert handed.total(a) == 4.0
    handed.fill(a, 1000)
    assert a.tolist() == [1.5, 2.5] + [float(k) for k in range(1000)]
    assert handed.total(a) == 4.0 + sum(range(1000))
    assert handed.total(ChunkArray("F8", growth="fixed", chunk_size=4, keep=8)) == 0.0
    with pytest.raises(TypeError, match="of F8 is required, not of S4"):
        handed.total(ChunkArray("S4", [1]))
    with pytest.raises(RuntimeError, match="another type"):
        handed.fill(ChunkArray("S4", [1]), 1)
    a.freeze()
    with pytest.raises(RuntimeError, match="the array is frozen"):
        handed.fill(a, 1)
    b = ChunkArray("F8", [1.0])
    b.close()
    with pytest.raises((RuntimeError, ValueError), match="closed"):
        handed.fill(b, 1)


@needs_cc
def test_what_each_kind_of_object_has(handed):
    assert handed.ids(ChunkArray("F8")) == [1, 2, 3, 4, 5, 6, 7]
    assert handed.ids(ChunkArray("F4[3]")) == [1, 2, 3, 4]
    assert handed.ids(chunkarray.KeyTable("F8")) == [1, 2, 3]
    for value in (chunkarray.Arena(), chunkarray.Log()):
        assert handed.ids(value) == [1, 2]


@needs_cc
def test_c_and_python_append_together(handed):
    count = scaled(50000)
    a = ChunkArray("F8", chunk_size=4)
    run_together(
        lambda: handed.fill(a, count),
        lambda: handed.fill(a, count),
        lambda: [a.append(float(k)) for k in range(count)],
    )
    assert sorted(a) == sorted(float(k) for k in range(count) for _ in range(3))


@needs_cc
def test_python_waits_for_what_c_appends(handed):
    a = ChunkArray("F8")
    handed.ids(a)
    filler = threading.Timer(0.05, handed.fill, (a, 10))
    filler.start()
    assert a.wait(10, timeout=30)
    filler.join()


def test_there_is_a_compiler_where_it_was_promised():
    # ci/matrix promises one for each row; elsewhere there is what there is.
    if os.environ.get("CHUNKARRAY_TEST_CC") or os.environ.get("CHUNKARRAY_TEST_CXX"):
        assert CC or CXX
