"""Another module's functions, by its own methods and by chunkarray.door(module); and the table they are listed in."""

import math
import os
import struct
import sys
import threading
import types
from importlib.machinery import ExtensionFileLoader, ModuleSpec

import pytest

from chunkarray import ChunkArray, _abi_table, door
from support import HOST, IMPLEMENTATION, run_python, scaled

# The module of hpy-host/example. ci/matrix builds it and says where it is.
PATH = os.environ.get("CHUNKARRAY_TEST_EXAMPLE")
UNBOXED = IMPLEMENTATION == "pypy"
FINDS_SYMBOLS = IMPLEMENTATION != "graalpy"

needs_example = [
    pytest.mark.skipif(not PATH, reason="needs CHUNKARRAY_TEST_EXAMPLE, the path of a built hpy-host/example"),
    pytest.mark.skipif(IMPLEMENTATION == "rustpython", reason="needs HPy, or an API in C for a host of it"),
]


def load():
    """The example, through the host that chunkarray's own binary has here."""
    spec = ModuleSpec("example", None, origin=PATH)
    if HOST == "native":
        import _hpy_universal

        return _hpy_universal.load("example", PATH, spec)
    if HOST == "debug":
        from hpy.universal import load

        return load("example", PATH, spec, debug=True)
    spec.loader = ExtensionFileLoader("example", PATH)
    module = spec.loader.create_module(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=[pytest.param("example", marks=needs_example)])
def example():
    return load()


@pytest.fixture(params=["methods", "door"])
def functions(request, example):
    return example if request.param == "methods" else door(example)


class Index:
    def __index__(self):
        return 4


class Float:
    def __float__(self):
        return 2.5


class Refusing:
    def __index__(self):
        raise KeyError("its own error")

    __float__ = __index__


RESULTS = [
    ("twice", (21,), 42),
    ("twice", (-(2**62),), -(2**63)),
    ("twice", (True,), 2),
    ("twice", (Index(),), 8),
    ("add_bytes", (0, 0), 0),
    ("add_bytes", (55, 200), 255),
    ("mean", (1.0, 2.0), 1.5),
    ("mean", (1, 2), 1.5),
    ("mean", (Float(), Index()), 3.25),
    ("mean", (math.inf, 1.0), math.inf),
    ("single", (0.1,), struct.unpack("f", struct.pack("f", 0.1))[0]),
    ("single", (-math.inf,), -math.inf),
    ("single", (3.4028235e38,), 3.4028234663852886e38),  # nearer to the largest of 4 bytes than to anything above
    ("inverted", (2**64 - 1,), 0),
    ("inverted", (0,), 2**64 - 1),
    ("packed", (-128, -1, 65535), -128 * 2**32 + 0xFFFFFFFF),
    ("same_address", (0,), 0),
    ("same_address", (2**64 - 1,), 2**64 - 1),
    ("check", (0,), None),
]


@pytest.mark.parametrize("name, arguments, result", RESULTS)
def test_results(functions, name, arguments, result):
    for _ in range(3):
        found = getattr(functions, name)(*arguments)
        assert found == result
        assert type(found) is type(result)


def test_not_a_number(functions):
    assert math.isnan(functions.mean(math.nan, 1.0))
    assert math.isnan(functions.single(math.nan))


def test_a_result_that_looks_like_a_failure(functions):
    assert functions.packed(-1, -1, 65523) == -13


ERRORS = [
    ("twice", ("1",), TypeError, r"^twice\(\) argument 1: S8 takes an int, not str$"),
    ("twice", (1.0,), TypeError, r"^twice\(\) argument 1: S8 takes an int, not float$"),
    ("twice", (None,), TypeError, r"^twice\(\) argument 1: S8 takes an int, not NoneType$"),
    (
        "twice",
        (2**63,),
        OverflowError,
        r"argument 1: 9223372036854775808 is out of range for S8 \(-9223372036854775808 ",
    ),
    ("twice", (-(10**30),), OverflowError, r"^twice\(\) argument 1: -1000000000000000000000000000000 is out of range"),
    ("twice", (Refusing(),), KeyError, r"its own error"),
    ("twice", (2**62,), OverflowError, r"^twice\(4611686018427387904\) is too much$"),
    ("twice", (), TypeError, r"argument"),
    ("twice", (1, 2), TypeError, r"argument"),
    ("add_bytes", (1, 256), OverflowError, r"^add_bytes\(\) argument 2: 256 is out of range for U1 \(0 to 255\)$"),
    ("add_bytes", (-1, 1), OverflowError, r"^add_bytes\(\) argument 1: -1 is out of range for U1 \(0 to 255\)$"),
    ("add_bytes", (200, 100), OverflowError, r"^add_bytes\(300\) is too much$"),
    ("add_bytes", (1,), TypeError, r"argument"),
    ("mean", ("1", 1.0), TypeError, r"^mean\(\) argument 1: F8 takes a float, not str$"),
    ("mean", (1.0, 1j), TypeError, r"^mean\(\) argument 2: F8 takes a float, not complex$"),
    ("mean", (1.0, 10**400), OverflowError, r"^mean\(\) argument 2: 10{59}\.\.\. is out of range for F8 \(-1.79"),
    ("mean", (Refusing(), 1.0), KeyError, r"its own error"),
    ("single", (1e300,), OverflowError, r"^single\(\) argument 1: 1e\+300 is out of range for F4 \(-3.4028235e38 to "),
    (
        "inverted",
        (-1,),
        OverflowError,
        r"^inverted\(\) argument 1: -1 is out of range for U8 \(0 to 18446744073709551615\)$",
    ),
    ("packed", (0, 0, 65536), OverflowError, r"^packed\(\) argument 3: 65536 is out of range for U2 \(0 to 65535\)$"),
    ("packed", (0, -32769, 0), OverflowError, r"argument 2: -32769 is out of range for S2 \(-32768 to 32767\)$"),
    ("same_address", (None,), TypeError, r"P takes an int, which is an address, not NoneType$"),
    ("same_address", (2**64,), OverflowError, r"is out of range for P \(0 to 18446744073709551615\)$"),
    ("check", (-3,), ValueError, "^check\\(-3\\): n\u00e9gative$"),
    ("count_up", (1,), TypeError, r"argument"),
]


@pytest.mark.parametrize("name, arguments, error, words", ERRORS)
def test_errors(functions, name, arguments, error, words):
    with pytest.raises(error, match=words) as caught:
        getattr(functions, name)(*arguments)
    assert caught.type is error
    assert functions.check(1) is None  # nothing is left behind for the next call
    assert functions.packed(-1, -1, 65523) == -13


def test_no_names_for_arguments(functions):
    with pytest.raises(TypeError):
        functions.twice(x=1)
    with pytest.raises(TypeError):
        functions.mean(1.0, b=2.0)


def test_a_panic_is_an_error(functions, capfd):
    with pytest.raises(RuntimeError, match=r"^internal error \(please report it\): asked to, with 7$"):
        functions.panic(7)
    assert "asked to, with 7" in capfd.readouterr().err
    assert functions.twice(1) == 2


def test_each_call_is_one(functions):
    before = functions.count_up()
    assert [functions.count_up() for _ in range(3)] == [before + 1, before + 2, before + 3]


def test_failures_belong_to_their_thread(functions):
    wrong = []

    def call(number):
        for turn in range(scaled(300)):
            try:
                functions.check(number if turn % 2 else -number)
                wrong.append("no error") if turn % 2 == 0 else None
            except ValueError as error:
                if str(error) != "check(%d): n\u00e9gative" % -number:
                    wrong.append(str(error))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_what_a_door_has(example):
    functions = door(example)
    names = ["add_bytes", "check", "count_up", "inverted", "mean", "packed", "panic", "same_address", "single", "twice"]
    assert dir(functions) == names
    assert repr(functions) == "<door of example: %s>" % ", ".join(names)
    for name in names:
        function = getattr(functions, name)
        assert function.__name__ == name
        assert function.__doc__ == getattr(example, name).__doc__
        # Elsewhere the method is as quick as it gets.
        assert (function is not getattr(example, name)) == UNBOXED


@pytest.mark.parametrize("name", ["look_unchecked", "twins_error", "thrice"])
def test_what_a_door_has_not(example, name):
    with pytest.raises(AttributeError, match="the door of example has no function '%s'; it has: add_bytes, " % name):
        getattr(door(example), name)


def test_without_cffi(example):
    """Where PyPy was built without cffi, methods are what there is."""
    if not UNBOXED:
        pytest.skip("needs PyPy")
    code = """
import os, sys, warnings
sys.modules["_cffi_backend"] = None
warnings.simplefilter("ignore")
sys.path.insert(0, %r)
from test_module_door import door, load
example = load()
functions = door(example)
assert functions.twice.__name__ == "twice" and functions.twice(21) == 42
assert functions.twice == example.twice
"""
    run_python(code % os.path.dirname(os.path.abspath(__file__)))


# The table


def test_the_table(example):
    table = _abi_table.read(example)
    assert (table.module, table.major, table.minor) == ("example", 1, 1)
    signatures = {name: entry.signature for name, entry in table.entries.items()}
    assert signatures == {
        "twice": "S8(S8)",
        "add_bytes": "U1(U1,U1)",
        "mean": "F8(F8,F8)",
        "single": "F4(F4)",
        "inverted": "U8(U8)",
        "packed": "S8(S1,S2,U2)",
        "same_address": "P(P)",
        "count_up": "U4()",
        "check": "V(S4)",
        "panic": "S4(S4)",
        "look_unchecked": "F8(P)",
        "twins_error": "S8(P,U8)",
    }
    twice = table.entries["twice"]
    assert twice.doc.partition("\n")[2] == "Twice as much. OverflowError where that is too much for 64 bits."
    assert (twice.since, table.entries["panic"].since) == (0, 1)
    assert twice.flags == _abi_table.METHOD
    assert table.entries["look_unchecked"].flags == _abi_table.UNCHECKED
    assert len({entry.address for entry in table.entries.values()}) == len(table.entries)
    assert repr(table) == "<table of example, version 1.1, 12 functions>"


def test_the_table_by_its_address(example):
    table = _abi_table.read(example)
    assert table.address == example.__hpy_twins__()
    assert _abi_table.read(table.address).entries == table.entries


def test_the_table_by_its_symbol(example):
    """As for a module in C, which need not have the method that tells its address."""
    bare = types.SimpleNamespace(__name__="some.example", __file__=PATH)
    if FINDS_SYMBOLS:
        assert _abi_table.read(bare).address == example.__hpy_twins__()
    else:
        with pytest.raises(AttributeError, match="some.example has no table of C functions"):
            _abi_table.read(bare)


HEAD = struct.Struct("=8s6I2Q")
ENTRY = struct.Struct("=4Q2I")


class Memory:
    """Native memory for tables made by hand; keeps what it hands out."""

    def __init__(self):
        self.arrays = []

    def of(self, content):
        """The address of a copy of `content`."""
        self.arrays.append(ChunkArray("U1", bytes(content), capacity=max(1, len(content))))
        assert self.arrays[-1].contiguous
        return self.arrays[-1].address_of(0)

    def table(self, magic=b"HPyTwins", major=1, minor=0, longer=0, head_size=None, entry_size=None, entries=()):
        """An object with a table, whose head and whose entries are `longer` by so many bytes."""
        content = b""
        for name, signature, flags in entries:
            texts = [self.of(text.encode() + b"\0") for text in (name, signature, "Text.")]
            content += ENTRY.pack(*texts, 4096, 0, flags) + b"\xff" * longer
        head = HEAD.pack(
            magic,
            major,
            minor,
            HEAD.size + longer if head_size is None else head_size,
            ENTRY.size + longer if entry_size is None else entry_size,
            len(entries),
            0,
            self.of(content) if content else 0,
            self.of(b"made\0"),
        )
        address = self.of(head + b"\xff" * longer)
        return types.SimpleNamespace(__name__="made_by_hand", __hpy_twins__=lambda: address, memory=self)


def test_a_later_minor_version():
    memory = Memory()
    entries = [("first", "S8(S8)", 0), ("second", "V()", 1 << 31), ("first_unchecked", "P(P)", 1)]
    table = _abi_table.read(memory.table(minor=7, longer=16, entries=entries))
    assert (table.module, table.major, table.minor) == ("made", 1, 7)
    assert [(e.name, e.signature, e.flags) for e in table.entries.values()] == entries
    assert [e.doc for e in table.entries.values()] == ["Text."] * 3


def test_long_texts():
    memory = Memory()
    name = "a" * 5000
    assert list(_abi_table.read(memory.table(entries=[(name, "V()", 0)])).entries) == [name]


def test_no_entries():
    assert _abi_table.read(Memory().table()).entries == {}


@pytest.mark.parametrize("read", [_abi_table.read, door])
def test_another_major_version(read):
    with pytest.raises(ImportError, match="^made_by_hand has a table of version 2.5; this chunkarray reads version 1$"):
        read(Memory().table(major=2, minor=5, entries=[("first", "S8(S8)", 0)]))


@pytest.mark.parametrize("read", [_abi_table.read, door])
def test_no_table_where_there_should_be_one(read):
    memory = Memory()
    with pytest.raises(
        ValueError, match="no table of C functions lies at 0x[0-9a-f]+: it begins with b'HPyTwist', not b'HPyTwins'"
    ):
        read(memory.table(magic=b"HPyTwist"))
    with pytest.raises(ValueError, match="is damaged: heads of 40 and entries of 40 bytes"):
        read(memory.table(head_size=40))
    with pytest.raises(ValueError, match="is damaged: heads of 48 and entries of 32 bytes"):
        read(memory.table(entry_size=32))
    with pytest.raises(ValueError, match="no table of C functions lies at 0x0"):
        read(types.SimpleNamespace(__name__="nothing", __hpy_twins__=lambda: 0))


@pytest.mark.parametrize("module", [math, sys, types, "math", None, 1.5, types.ModuleType("empty")])
def test_modules_without_a_table(module):
    with pytest.raises(AttributeError, match="has no table of C functions"):
        door(module)


@pytest.mark.parametrize(
    "text, result, arguments",
    [("V()", "V", ()), ("S8(P,F8)", "S8", ("P", "F8")), ("P(U1,U2,U4,U8,S1,S2,S4,S8,F4,F8,P)", "P", _abi_table.TYPES)],
)
def test_signatures(text, result, arguments):
    parsed = _abi_table.parse(text)
    assert parsed.result == result
    assert sorted(parsed.arguments) == sorted(arguments)


@pytest.mark.parametrize(
    "text", ["", "S8", "S8(", "S8()x", "S8)", "(S8)", "S8(V)", "S8(P,)", "S8(,P)", "S16(P)", "s8(p)", "S8 (P)"]
)
def test_what_is_no_signature(text):
    with pytest.raises(ValueError, match="is no signature: it is written as S8"):
        _abi_table.parse(text)
