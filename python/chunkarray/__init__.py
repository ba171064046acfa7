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
    "B1",
    "B2",
    "B4",
    "B8",
    "BOOL",
    "Bytes",
    "Checksum",
    "Chunk",
    "ChunkArray",
    "ChunkCopyWarning",
    "Column",
    "Const",
    "Enum",
    "F4",
    "F8",
    "Flags",
    "Follower",
    "Hexdump",
    "KeyTable",
    "Log",
    "LogHandler",
    "Mark",
    "Padding",
    "Record",
    "S1",
    "S2",
    "S4",
    "S8",
    "SPAN",
    "Sized",
    "Slice",
    "Stream",
    "Switch",
    "TIME",
    "Text",
    "U1",
    "U2",
    "U4",
    "U8",
    "Union",
    "abi",
    "about",
    "door",
    "field",
    "get_include",
    "hexdump",
]

# Imported when they are asked for: json, logging and ctypes take longer to load than all the rest.
_LATER = {"Log": "_log", "LogHandler": "_log_handler", "abi": "_abi_listing", "door": "_module_door"}
_LATER.update(Hexdump="_hexdump", hexdump="_hexdump", Record="_records.record")
for _name in (
    "U1 U2 U4 U8 S1 S2 S4 S8 F4 F8 B1 B2 B4 B8 BOOL TIME SPAN Const Enum Flags Padding Text Union field"
).split():
    _LATER[_name] = "_records.names"
for _name in "Bytes Checksum Sized Switch".split():
    _LATER[_name] = "_records.variable"
_LATER["Column"] = "_records.column"
_LATER["Stream"] = "_records.stream"


def __getattr__(name):
    if name not in _LATER:
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
    from importlib import import_module

    found = globals()[name] = getattr(import_module("." + _LATER[name], __name__), name)
    return found


def __dir__():
    return sorted({*globals(), *_LATER})
