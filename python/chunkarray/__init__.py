"""Typed, growable arrays whose elements never move.

    >>> from chunkarray import ChunkArray
    >>> a = ChunkArray("F8", [1.5, 2.5])
    >>> view = memoryview(a.chunks()[0])
    >>> a.append(3.5)                          # the view stays valid: nothing was moved
    >>> a
    ChunkArray('F8', [1.5, 2.5, 3.5])

One binary runs on CPython, PyPy and GraalPy; `python -m chunkarray` tells what it found here, and
`python -m chunkarray tour` shows the array at work on real data.
"""

from ._about import about
from ._arena import Arena
from ._door import ChunkArray
from ._following import Follower
from ._include import get_include
from ._key_table import KeyTable
from ._load import core as _core
from ._marks import Mark
from ._numpy import ChunkCopyWarning
from ._slice import Slice

Chunk = _core.Chunk
__version__ = _core.version()
__all__ = [
    "Arena",
    "ChunkArray",
    "Chunk",
    "ChunkCopyWarning",
    "Follower",
    "Hexdump",
    "KeyTable",
    "Log",
    "LogHandler",
    "Mark",
    "Slice",
    "abi",
    "about",
    "door",
    "get_include",
    "hexdump",
]

# Imported when they are asked for: json, logging and ctypes take longer to load than all the rest.
_LATER = {
    name: module
    for module, names in {
        "_log": "Log",
        "_log_handler": "LogHandler",
        "_abi_listing": "abi",
        "_module_door": "door",
        "_hexdump": "Hexdump hexdump",
        "_records.record": "Record",
        "_records.names": (
            "B1 B2 B4 B8 BOOL Const Enum F4 F8 Flags Padding S1 S2 S4 S8 SPAN TIME Text U1 U2 U4 U8 Union field"
        ),
        "_records.variable": "Bytes Checksum Sized Switch",
        "_records.column": "Column",
        "_records.stream": "Stream",
        "_records.problems": "CutOff",
        "_pipeline.chain": "Chain zip_",
        "_pipeline.native": "Native native",
        "_pipeline.functions": (
            "acos asin atan atan2 byteswap ceil clip cos cosh exp exp2 expm1 floor hypot isfinite isinf isnan "
            "leading_zeros log log10 log1p log2 maximum minimum popcount sign sin sinh sqrt tan tanh trailing_zeros trunc "
            "where"
        ),
    }.items()
    for name in names.split()
}
__all__ += [name for name in _LATER if name not in __all__]


def __getattr__(name):
    if name not in _LATER:
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
    from importlib import import_module

    found = globals()[name] = getattr(import_module("." + _LATER[name], __name__), name)
    return found


def __dir__():
    return sorted({*globals(), *_LATER})
