"""chunkarray.abi: the listing of the C functions, what it says of each, and calls of them from Python."""

import os
import platform
import re
import sys

import pytest

import chunkarray
from chunkarray import Arena, ChunkArray, KeyTable, Log, _abi_types
from chunkarray.__main__ import main
from compiling import EXAMPLES, needs_binary
from support import ABOUT, CPYTHON, HOST, IMPLEMENTATION, SCALE, run_python

abi = chunkarray.abi

# Its ctypes calls no function by its address.
needs_ctypes = pytest.mark.skipif(IMPLEMENTATION == "graalpy", reason="needs ctypes that calls addresses")


def header(name="chunkarray.h"):
    with open(os.path.join(chunkarray.get_include(), name), encoding="utf-8") as file:
        return file.read()


def test_get_include():
    assert os.path.isabs(chunkarray.get_include())
    assert {"chunkarray.h", "chunkarray.hpp"} <= set(os.listdir(chunkarray.get_include()))


@needs_binary
def test_the_listing():
    functions = list(abi)
    assert len(functions) == len(abi) > 100
    names = [function.name for function in functions]
    assert len(set(names)) == len(names) and "array_push_f8" in abi and "array_push_f9" not in abi
    assert repr(abi) == "<chunkarray.abi %d.%d: %d C functions>" % (*abi.version, len(abi))
    assert abi.version[0] == 1 and abi.address > 0
    push = abi["array_push_f8"]
    assert repr(push) == "<chunkarray.abi array_push_f8: S8(P,F8)>"
    assert push.declaration == "int64_t array_push_f8(chunkarray_handle array, double value)"
    assert push.checked and push.since == "1.0" and push.address and push.summary and push.doc.startswith(push.summary)
    assert not abi["array_at_f8_unchecked"].checked


@needs_binary
def test_every_function_says_what_its_signature_says():
    letters = {"int64_t": "S8", "int32_t": "S4", "int16_t": "S2", "int8_t": "S1", "float": "F4", "double": "F8"}
    letters.update({"uint64_t": "U8", "uint32_t": "U4", "uint16_t": "U2", "uint8_t": "U1"})
    for function in abi:
        given = [letters.get(argument.c, "P") for argument in function.arguments]
        back = letters.get(function.result.c, "P") if function.result else "V"
        assert function.signature == "%s(%s)" % (back, ",".join(given)), function
        assert function.doc and function.address
        assert function.checked == (not function.name.endswith("_unchecked"))


@needs_binary
def test_the_header_is_that_of_the_binary():
    text = header()
    assert "#define CHUNKARRAY_MAJOR %d\n#define CHUNKARRAY_MINOR %d\n" % abi.version in text
    members = text.partition("/* of the table that was loaded */")[2].partition("} chunkarray_api;")[0]
    declared = re.findall(r"^    [\w ]+[ *]\(\*(\w+)\)\(", members, re.MULTILINE)
    assert sorted(declared) == sorted(function.name for function in abi)
    for function in abi:
        assert function.declaration.replace(function.name, "(*%s)" % function.name, 1) + ";" in text
        assert '{"%s", "%s",' % (function.name, function.signature) in text


@needs_binary
def test_explain():
    text = abi.explain("array_push_f8")
    lines = text.splitlines()
    assert len(lines) <= 36 and max(map(len, lines)) <= 100  # a screenful
    assert "int64_t array_push_f8(chunkarray_handle array, double value);" in text
    if platform.machine() == "x86_64":
        assert re.search(r"array +chunkarray_handle +8 +rdi ", text)
        assert re.search(r"value +double +8 +xmm0 ", text)
        assert re.search(r"result +int64_t +8 +rax ", text)
    assert re.search(r"-1 +BAD_HANDLE ", text) and re.search(r"-2 +WRONG_TYPE ", text)
    assert "ca.array_push_f8(array, 1.5);" in text
    assert 'chunkarray.abi["array_push_f8"].ctypes()' in text
    for function in list(abi)[:: 1 if SCALE >= 0.2 else 20]:
        text = abi.explain(function.name)
        assert function.declaration in text and all(argument.name in text for argument in function.arguments)
        assert ("UNCHECKED" in text) == (not function.checked)
    assert "chunkarray_chunk out;" in abi.explain("array_chunk")
    assert "24 bytes written by the call" in abi.explain("array_chunk")


@needs_binary
def test_names_that_are_not_there():
    with pytest.raises(KeyError, match="array_push_f8"):
        abi["array_psh_f8"]
    with pytest.raises(KeyError, match="no C function 'zzz'"):
        abi.explain("zzz")
    with pytest.raises(KeyError):
        abi[0]


@needs_binary
def test_the_command(capsys):
    assert main(["abi"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("%d C functions, version %d.%d" % (len(abi), *abi.version))
    assert re.search(r"^array_push_T +S8\(P,T\) +Appends an element", output, re.MULTILINE)
    assert re.search(r"^array_at_T_unchecked +T\(P,S8\) ", output, re.MULTILINE)
    assert re.search(r"^array_len +S8\(P\) ", output, re.MULTILINE)
    assert main(["abi", "--explain", "array_push_f8"]) == 0
    assert capsys.readouterr().out == abi.explain("array_push_f8") + "\n"
    assert main(["abi", "--explain", "array_psh_f8"]) == 1
    assert "array_push_f8" in capsys.readouterr().err
    assert main(["abi", "--explain"]) == 2 and main(["abi", "everything"]) == 2
    assert "--explain NAME" in capsys.readouterr().err
    assert "array_push_T" in run_python(None, "-m", "chunkarray", "abi").stdout


@pytest.mark.skipif(HOST != "python", reason="only the twin is without a binary")
def test_without_a_binary():
    assert repr(abi) == "<chunkarray.abi: no binary>"
    for attempt in (
        lambda: len(abi),
        lambda: list(abi),
        lambda: abi["array_push_f8"],
        lambda: abi.explain("array_push_f8"),
        lambda: abi.version,
        lambda: abi.handle(ChunkArray("F8")),
        lambda: abi.header(ChunkArray("F8")),
    ):
        with pytest.raises(RuntimeError, match="CHUNKARRAY_HOST=python"):
            attempt()


@needs_binary
def test_handles():
    objects = [ChunkArray("F8"), ChunkArray("S4"), Arena(), Log(), KeyTable("F8")]
    handles = [abi.handle(value) for value in objects]
    assert handles == [abi.handle(value) for value in objects]
    assert len(set(handles)) == len(handles) and all(0 < handle < 2**64 for handle in handles)
    assert 0 < abi.header(objects[0]) != abi.header(objects[1])
    for wrong in ([1.5], None, 3, objects[0].chunks, ChunkArray):
        with pytest.raises(TypeError, match="required"):
            abi.handle(wrong)
    for wrong in (objects[2], objects[3], objects[4], []):
        with pytest.raises(TypeError, match="ChunkArray"):
            abi.header(wrong)


def test_registers():
    """Where arguments are passed, beyond those that registers have room for."""
    line = "(%s, x: f64, y: f32) -> f64" % ", ".join("i%d: i32" % k for k in range(8))
    given, result = _abi_types.arguments("f", line)
    convention, places, back = _abi_types.registers(given, result, "x86_64")
    assert places == "rdi rsi rdx rcx r8 r9 stack+0 stack+8 xmm0 xmm1".split() and back == "xmm0"
    assert "System V" in convention
    assert _abi_types.registers(given, None, "aarch64")[1:] == ("x0 x1 x2 x3 x4 x5 x6 x7 v0 v1".split(), "")
    assert set(_abi_types.registers(given, result, "abacus")[1]) == {"?"}
    given, result = _abi_types.arguments("g", "()")
    assert (given, result) == ([], None)
    with pytest.raises(ValueError, match="no C type"):
        _abi_types.arguments("h", "(a: HashMap)")


def load_example():
    import importlib.util

    spec = importlib.util.spec_from_file_location("by_ctypes", os.path.join(EXAMPLES, "by_ctypes.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@needs_binary
@needs_ctypes
def test_calls_by_ctypes():
    a = ChunkArray("F8", [0.5], chunk_size=2)
    assert load_example().append_and_sum(a) == 45.5
    assert a.tolist() == [0.5] + [float(k) for k in range(10)]
    assert abi["array_len"].ctypes()(abi.handle(a)) == 11
    assert abi["array_dtype"].ctypes()(abi.handle(a)) is not None
    assert abi["array_push_s4"].ctypes()(abi.handle(a), 1) == abi.errors["WRONG_TYPE"][0]
    handle = abi.handle(a)
    del a
    if CPYTHON:
        assert abi["array_len"].ctypes()(handle) == abi.errors["BAD_HANDLE"][0]


@needs_binary
@needs_ctypes
def test_what_c_is_told_after_close():
    a = ChunkArray("F8", [0.5])
    handle = abi.handle(a)
    push = abi["array_push_f8"].ctypes()
    assert push(handle, 1.0) == 1
    a.close()
    assert push(handle, 1.0) in (abi.errors["CLOSED"][0], abi.errors["BAD_HANDLE"][0])


@needs_binary
@pytest.mark.skipif(not CPYTHON, reason="needs ctypes.pythonapi")
def test_functions_that_an_array_names():
    a = ChunkArray("F8", [0.5])
    assert load_example().append_and_read(a) == 2.5
    assert a.tolist() == [0.5, 2.5]


@needs_binary
@needs_ctypes
def test_the_example_as_a_program():
    printed = run_python(None, os.path.join(EXAMPLES, "by_ctypes.py")).stdout.splitlines()
    assert printed[0].endswith("45.5") and len(printed) == (2 if CPYTHON else 1)


def test_importing_chunkarray_reads_no_table():
    code = "import sys, chunkarray; print('chunkarray._abi_listing' in sys.modules, 'ctypes' in sys.modules)"
    if ABOUT["door"] == "subclass":
        assert run_python(code).stdout.split() == ["False", "False"]
    assert "abi" in dir(chunkarray) and sys.modules["chunkarray"].abi is abi
