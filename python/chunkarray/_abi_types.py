"""What the types in a table of C functions mean: in C, in registers, and for whoever owns what a pointer points to.

The text of an entry begins with the arguments as the source has them, `(array: Handle, value: f64) -> i64`. Names and
types in it say more than the signature does, whose `P` is a handle or any pointer. (ci/abi, which writes the C header,
reads this file too: it imports nothing of the package that needs the binary.)
"""

import platform
import re
from collections import namedtuple

Type = namedtuple("Type", "c size floating")
Type.__doc__ = "How a type is written in C, its bytes, and whether it goes into a register of floats."

Argument = namedtuple("Argument", "name type c whose")
Argument.__doc__ = (
    'An argument\'s name ("result" for what comes back), type as the source has it and in C, and its owner.'
)

NUMBERS = {
    "i8": Type("int8_t", 1, False),
    "i16": Type("int16_t", 2, False),
    "i32": Type("int32_t", 4, False),
    "i64": Type("int64_t", 8, False),
    "u8": Type("uint8_t", 1, False),
    "u16": Type("uint16_t", 2, False),
    "u32": Type("uint32_t", 4, False),
    "u64": Type("uint64_t", 8, False),
    "f32": Type("float", 4, True),
    "f64": Type("double", 8, True),
}
HANDLE = "Handle"
# What pointers point to, beside numbers.
POINTED = {
    "c_char": "char",
    "c_void": "void",
    "RawArray": "chunkarray_array",
    "ChunkSpan": "chunkarray_chunk",
    "Extensions": "chunkarray_extensions",
}

STRUCT_SIZES = {"ChunkSpan": 24}

# Letters of signatures, for what the source calls otherwise.
SIGNED = {"S1": "i8", "S2": "i16", "S4": "i32", "S8": "i64", "U1": "u8", "U2": "u16", "U4": "u32", "U8": "u64"}
SIGNED.update({"F4": "f32", "F8": "f64"})

# What the letters in names of typed functions mean: array_push_f8 takes a double.
ELEMENTS = {letter.lower(): NUMBERS[rust].c for letter, rust in SIGNED.items()}

# Where a name says for which type of elements the function is.
_FAMILY = re.compile(r"_(%s)(?=$|_unchecked$)" % "|".join(ELEMENTS))

# Registers of arguments and results, by machine: of integers and pointers, of floats, and of the two kinds of results.
_REGISTERS = {
    "x86_64": (
        "System V, x86-64",
        ("rdi", "rsi", "rdx", "rcx", "r8", "r9"),
        tuple("xmm%d" % k for k in range(8)),
        ("rax", "xmm0"),
    ),
    "aarch64": (
        "AAPCS64",
        tuple("x%d" % k for k in range(8)),
        tuple("v%d" % k for k in range(8)),
        ("x0", "v0"),
    ),
}


def declaration(line):
    """[(name, type)] and the type of the result (None: nothing) of a line such as "(array: Handle) -> i64"."""
    inside, _, result = re.sub(r"\* +(?=mut|const)", "*", line).partition(")")  # rustc may write `* mut u8`
    if not inside.startswith("("):
        raise ValueError("%r is no list of arguments" % line)
    pairs = [text.partition(":") for text in inside[1:].split(",") if text.strip()]
    return [(name.strip(), kind.strip()) for name, _, kind in pairs], result.replace("->", "").strip() or None


def in_c(kind):
    """The C type of a type as the source has it. ValueError for one that has none here."""
    if kind is None:
        return "void"
    if kind in NUMBERS:
        return NUMBERS[kind].c
    if kind == HANDLE:
        return "chunkarray_handle"
    for prefix, const in (("*mut ", ""), ("*const ", "const ")):
        if kind.startswith(prefix):
            target = kind[len(prefix) :].rpartition("::")[2]
            if kind[len(prefix) :].startswith("*"):
                pointed = in_c(kind[len(prefix) :])
            else:
                pointed = POINTED.get(target) or in_c(target)
            return "%s%s%s*" % ("" if pointed.endswith("*") else const, pointed, "" if pointed.endswith("*") else " ")
    raise ValueError("there is no C type for %r" % kind)


def is_float(kind):
    """Whether a type goes into the registers of floats."""
    return kind in NUMBERS and NUMBERS[kind].floating


def size(kind):
    """Bytes of a type."""
    return NUMBERS[kind].size if kind in NUMBERS else 8


def _pointed_size(kind):
    """Bytes of what a pointer points to; None where that depends."""
    target = kind.rpartition(" ")[2].rpartition("::")[2]
    return NUMBERS[target].size if target in NUMBERS else STRUCT_SIZES.get(target)


def _whose(kind, c):
    if kind in NUMBERS:
        return "a value"
    if kind == HANDLE:
        return "a value, looked up at each call"
    if "RawArray" in kind:
        return "borrowed from the array, which has to live"
    if "c_char" in kind:
        return "yours: a text that ends in 0, read by the call"
    size_ = None if c.endswith("void *") else _pointed_size(kind)
    amount = "%d byte%s " % (size_, "" if size_ == 1 else "s") if size_ else ""
    return "yours: %s%s by the call" % (amount, "written" if kind.startswith("*mut") else "read")


def _whose_result(name, kind, pairs):
    if kind in NUMBERS:
        return "a value"
    if kind == HANDLE:
        return "yours, to be ended by %s_%s" % (
            name.partition("_")[0],
            "delete" if name.endswith("_new") else "release",
        )
    if "c_char" in kind:
        return "chunkarray's: not to be freed"
    owner = next((each for each, argument in pairs if argument == HANDLE), "object")
    return "borrowed from the %s, which has to live" % owner


def arguments(name, line):
    """The Arguments of a function, and the one that is its result (None: it gives nothing)."""
    pairs, result = declaration(line)
    untyped = family(name)[1] is None

    def c(kind):
        # Bytes of whatever type: C then takes a pointer to that type as it is.
        return in_c(kind.replace("u8", "c_void") if untyped and kind in ("*mut u8", "*const u8") else kind)

    given = [Argument(each, kind, c(kind), _whose(kind, c(kind))) for each, kind in pairs]
    return given, result and Argument("result", result, c(result), _whose_result(name, result, pairs))


def registers(given, result, machine=None):
    """The name of the calling convention, the place of each argument in it, and the result's."""
    machine = machine or platform.machine()
    if machine not in _REGISTERS:
        return "unknown", ["?"] * len(given), "?"
    convention, integers, floats, results = _REGISTERS[machine]
    places, free, stack = [], {False: list(integers), True: list(floats)}, 0
    for argument in given:
        rest = free[is_float(argument.type)]
        if rest:
            places.append(rest.pop(0))
        else:
            places.append("stack+%d" % (8 * stack))
            stack += 1
    return convention, places, results[is_float(result.type)] if result else ""


def family(name):
    """The name with T for the type of elements that it names, and that type: ("array_push_T", "f8"), or (name, None)."""
    found = _FAMILY.search(name)
    return (_FAMILY.sub("_T", name), found.group(1)) if found else (name, None)


def common(letters, texts, names):
    """What the `texts` of a family's members have in common: one for all, or with T for the name of each one's type."""
    if len(set(texts)) == 1:
        return texts[0]
    [found] = {re.sub(r"\b%s\b" % names[letter], "T", text) for letter, text in zip(letters, texts)}
    return found
