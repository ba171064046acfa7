"""Records that state fields in both ways, annotated and assigned.

pytest rewrites the modules of tests, and RustPython has no line numbers for what was rewritten: by these alone can it
tell the order of such fields. This module is left as it is.
"""

import enum
from typing import Annotated

from chunkarray import F4, F8, U1, Const, Enum, Flags, Padding, Record, Text, Union, field


class Point(Record):
    x: F8
    y: F8


class Shape(Record):
    magic = Const("B1[4]", b"SHAP")
    kind = Enum("U1", DOT=1, LINE=2)
    style = Flags("U1", BOLD=1, DASHED=2, CLOSED=4)
    name: Text(8)
    center: Point
    corners: Point[2]
    either = Union(number="U4", raw="B1[4]", half=">U2")
    weight: F4 = 1.5


class Noted(Record):
    time: Annotated[int, "TIME[ns]"]
    price: Annotated[float, F4]
    flags: Annotated[int, ">U2"] = 0


class Mixed(Record):
    a: U1
    magic = Const("B1[2]", b"ok")
    b: U1 = 5
    c = Enum("U1", A=1)
    d: U1
    e: int = field("U1")
    f = "U1"


class Padded(Record):
    a: U1
    _: "pad[3]"
    b: U1
    _also = Padding(2)
    c: U1


class Color(enum.IntEnum):
    RED = 1
    BLUE = 2


class Pixel(Record):
    a: Annotated[Color, "U1"]
    b = Enum("U1", Color)
    c = Enum("U1:4", {"any name": 3})


class Value(Record):
    tag: U1
    value = Union(point=Point, parts="U4[4]", small="U1", inner=Union(x="F4", y="U4"))
