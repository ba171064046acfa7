"""The table of element types. Written by `ci/dtypes --write` from the core's, core/src/dtype/table.rs."""

# Name, kind, bytes, character of the buffer protocol, NumPy's kind and size, NumPy's name (none: that name means another
# type), Arrow's name, and what an element is in Python. Units, where there are any, stand behind the names.
# fmt: off
ROWS = (
    ("U1", "U", 1, "B", "u1", "uint8", "uint8", "int"),
    ("U2", "U", 2, "H", "u2", "uint16", "uint16", "int"),
    ("U4", "U", 4, "I", "u4", "uint32", "uint32", "int"),
    ("U8", "U", 8, "Q", "u8", "uint64", "uint64", "int"),
    ("S1", "S", 1, "b", "i1", "int8", "int8", "int"),
    ("S2", "S", 2, "h", "i2", "int16", "int16", "int"),
    ("S4", "S", 4, "i", "i4", "int32", "int32", "int"),
    ("S8", "S", 8, "q", "i8", "int64", "int64", "int"),
    ("F4", "F", 4, "f", "f4", "float32", "float", "float"),
    ("F8", "F", 8, "d", "f8", "float64", "double", "float"),
    ("B1", "B", 1, "B", "u1", "", "uint8", "int, bytes"),
    ("B2", "B", 2, "H", "u2", "", "uint16", "int, bytes"),
    ("B4", "B", 4, "I", "u4", "", "uint32", "int, bytes"),
    ("B8", "B", 8, "Q", "u8", "", "uint64", "int, bytes"),
    ("BOOL", "BOOL", 1, "?", "b1", "bool", "bool", "bool"),
    ("TIME", "TIME", 8, "q", "M8", "datetime64", "timestamp", "datetime"),
    ("SPAN", "SPAN", 8, "q", "m8", "timedelta64", "duration", "timedelta"),
)
# fmt: on

# Units of TIME and SPAN. The elements of the last one are ints: Python's own times are coarser.
UNITS = ("s", "ms", "us", "ns")

# array.array's codes, and the kind of type that each means; how wide it is, C decides.
# fmt: off
ARRAY_CODES = (
    ("b", "S"),
    ("B", "U"),
    ("h", "S"),
    ("H", "U"),
    ("i", "S"),
    ("I", "U"),
    ("l", "S"),
    ("L", "U"),
    ("q", "S"),
    ("Q", "U"),
    ("f", "F"),
    ("d", "F"),
)
# fmt: on
