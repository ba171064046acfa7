"""Which class is `ChunkArray` here.

Only under the own host on CPython is it sound to subclass a native HPy type; everywhere else the class holds a
native object. All of them share `_array.ArrayMethods` and pass the same tests.
"""

import sys

from ._load import host

__all__ = ["DOOR", "ChunkArray"]

if host == "own" and sys.implementation.name == "cpython":
    from ._door_native import ChunkArray

    DOOR = "subclass"
elif host == "own" and sys.implementation.name == "graalpy":
    from ._door_views import ChunkArray

    DOOR = "views"
else:
    from ._door_object import ChunkArray

    DOOR = "object"
