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
from ._door import ChunkArray
from ._following import Follower
from ._load import core as _core
from ._marks import Mark
from ._numpy import ChunkCopyWarning
from ._slice import Slice

Chunk = _core.Chunk
__version__ = _core.version()
__all__ = ["ChunkArray", "Chunk", "ChunkCopyWarning", "Follower", "Mark", "Slice", "about"]
