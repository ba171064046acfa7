"""ChunkArray over the twin, beside the one that `import chunkarray` gives: both in one process, to be compared.

    >>> from chunkarray import twin
    >>> twin.ChunkArray("F8", [1.5, 2.5])
    ChunkArray('F8', [1.5, 2.5])

It does what `chunkarray.ChunkArray` does, in plain Python. To run a whole program on it, set CHUNKARRAY_HOST=python.
"""

from . import _twin
from ._door_object import ChunkArray as _ChunkArray

__all__ = ["Chunk", "ChunkArray"]

Chunk = _twin.Chunk


class ChunkArray(_ChunkArray):
    __slots__ = ()
    __doc__ = _ChunkArray.__doc__
    _core = _twin


ChunkArray._door = ChunkArray  # whose constructor subclasses with one of their own go around
