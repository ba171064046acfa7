"""The types of values in a program, and how each lies in memory."""

import struct

_CODES = {
    "BOOL": "?", "U1": "B", "U2": "H", "U4": "I", "U8": "Q", "S1": "b", "S2": "h", "S4": "i", "S8": "q",
    "F4": "f", "F8": "d",
}  # fmt: skip
INFINITY = float("inf")
NAN = float("nan")


_F4 = struct.Struct("<f")


def to_f4(number):
    """The F4 nearest to a float, of two equally near ones the even one; infinite beyond the greatest."""
    try:
        return _F4.unpack(_F4.pack(number))[0]
    except (OverflowError, struct.error):
        return INFINITY if number > 0 else -INFINITY


class Type:
    """What a value is: a bool, an int that wraps around, or a float that is rounded to its size."""

    __slots__ = ("name", "kind", "size", "bits", "wrap", "least", "greatest", "little", "big")

    def __init__(self, name):
        self.name = name
        self.kind = "BOOL" if name == "BOOL" else name[0]
        self.size = 1 if name == "BOOL" else int(name[1])
        self.bits = 8 * self.size
        self.little, self.big = struct.Struct("<" + _CODES[name]), struct.Struct(">" + _CODES[name])
        self.least = self.greatest = None
        if self.kind in "US":
            self.greatest = (1 << self.bits - (self.kind == "S")) - 1
            self.least = self.greatest + 1 - (1 << self.bits)
            self.wrap = self._wrap
        else:
            self.wrap = bool if self.kind == "BOOL" else to_f4 if self.size == 4 else float

    def _wrap(self, number):
        """The integer of this type that is equal to `number` but for the bits above."""
        return ((number - self.least) & ((1 << self.bits) - 1)) + self.least

    def read(self, memory, at, big=False):
        """The value whose bytes begin at `at`."""
        return (self.big if big else self.little).unpack_from(memory, at)[0]

    def write(self, value, big=False):
        """The bytes of a value."""
        try:
            return (self.big if big else self.little).pack(value)
        except (OverflowError, struct.error):  # an F4 as large as no finite one
            return (self.big if big else self.little).pack(INFINITY if value > 0 else -INFINITY)


TYPES = {name: Type(name) for name in _CODES}
BOOL, S4, S8, U8, F8 = (TYPES[name] for name in ("BOOL", "S4", "S8", "U8", "F8"))


def cast(source, target, value):
    """A value of the type `source` as one of `target`, as NumPy's astype() gives it on x86-64."""
    if target.kind == "BOOL":
        return value != 0
    if target.kind == "F":
        if source.kind != "F" and target.size == 4:
            return to_f4(_one_rounding(int(value)))
        return target.wrap(float(value))
    if source.kind != "F":
        return target.wrap(int(value))
    if target is U8 and value >= 2.0**63:
        return target.wrap(_truncated(value - 2.0**63, S8) - 2**63)
    return target.wrap(_truncated(value, S4 if target.size < 4 or target is S4 else S8))


def _truncated(value, through):
    """A float without its fraction: the least integer of the type for NaN and what is out of its range."""
    whole = int(value) if abs(value) < INFINITY else through.greatest + 1
    return whole if through.least <= whole <= through.greatest else through.least


def _one_rounding(number):
    """A float that rounds to the same F4 as the integer itself: its last bit is set if any was cut off."""
    extra = max(0, abs(number).bit_length() - 53)
    size = abs(number) >> extra
    size |= size << extra != abs(number)
    return float(size << extra if number >= 0 else -(size << extra))
