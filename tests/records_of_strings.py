"""Records whose annotations are kept as text."""

from __future__ import annotations

from typing import Annotated

from chunkarray import F4, TIME, Const, Record, Text


class Tick(Record):
    time: TIME[ns]
    price: F4
    flags: ">U2"


class Quote(Record):
    bid: Tick
    magic = Const("U1", 7)
    asks: Tick[2]
    name: Text(4)
    volume: Annotated[int, ">U4"] = 3
    mean: float
