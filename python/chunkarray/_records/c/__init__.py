"""Records from and to declarations in C and C++."""

from .reader import from_c
from .writer import to_c, to_cpp

__all__ = ["from_c", "to_c", "to_cpp"]
