"""C declarations: what can't be read names the line and the column."""

import re

from chunkarray import Record

SEEDS = [
    "struct Tick { uint64_t time; float price; unsigned short flags : 3, : 2, more : 5; };",
    "#pragma pack(push, 1)\n#define N 4\ntypedef struct point { double x, y; } Point;\n"
    "struct S { Point at[N][2]; union { int i; float f; } u; char name[N * 2]; enum { A, B = 5 } kind; };\n#pragma pack(pop)",
    "/* a */ struct A { struct B *next; // b\n const volatile long long int x; _Bool ok; } __attribute__((packed));",
    "typedef unsigned char byte; struct alignas(8) C { byte raw[sizeof(int) << 1]; signed char s; };",
    "enum class Kind : uint8_t { One = 1, Two }; struct D { Kind kind; std::uint32_t size; };",
]
WORDS = [
    "{",
    "}",
    ";",
    "[",
    "]",
    "*",
    "(",
    ")",
    ":",
    ",",
    "#",
    "\\\n",
    "/*",
    "*/",
    "//",
    '"',
    "'",
    "struct ",
    "union ",
    "int ",
]
WORDS += [
    "sizeof(",
    "1 << 62",
    "0x",
    "#if 1\n",
    "#endif\n",
    "#include <x>\n",
    "/ 0",
    "% 0",
    "#define N N\n",
    "~",
    "&",
    "->",
]
ERRORS = ()


def check(text):
    try:
        cls = Record.from_c(text)
    except ValueError as error:
        assert re.match(r"line \d+, column \d+|[^\n]+", str(error)), error
        return
    if cls.size < 1 << 16:
        record = cls.parse(bytes(cls.size))
        repr(record)
        assert bytes(record) == bytes(cls.size)
        again = Record.from_c(cls.c())
        assert again.size == cls.size
