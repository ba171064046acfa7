"""The native module `_core` once more, in plain Python: small enough to be read, slow, and the same in all that it does.

It is the model that the property tests hold the native part to, a line in the benchmarks, and what runs where no
native code can. It is used only when asked for, by CHUNKARRAY_HOST=python. Each file here has its counterpart in
the native part, whose names and messages it repeats.
"""

from .arena import Arena
from .array import Array
from .chunk import Chunk, memory
from .dtypes import facts as dtypes
from .dtypes import spellings
from .key_table import KeyTable
from .log import Log
from .pipeline import Kernel
from .scan import scan

__all__ = [
    "Arena",
    "Array",
    "Chunk",
    "Kernel",
    "KeyTable",
    "Log",
    "dtypes",
    "host",
    "memory",
    "scan",
    "spellings",
    "version",
]


def host():
    """Which host runs this module: (name, ABI layout). No host runs Python, so there is no layout."""
    return "python", "none"


def version():
    """The version of this package."""
    from importlib.metadata import version as installed

    return installed("chunkarray")
