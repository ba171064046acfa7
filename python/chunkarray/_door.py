"""Which class is `ChunkArray` here.

Only under the own host on CPython is it sound to subclass a native HPy type; everywhere else the class holds a
native object. All of them share `_array.ArrayMethods` and pass the same tests.
"""

import sys

from ._load import host

__all__ = ["DOOR", "ChunkArray"]

DOOR = "object"
if host == "own" and sys.implementation.name == "cpython":
    from ._door_native import ChunkArray

    DOOR = "subclass"
elif host == "own" and sys.implementation.name == "graalpy":
    from ._door_views import ChunkArray

    DOOR = "views"
elif host in ("own", "native") and sys.implementation.name == "pypy":
    try:
        import _cffi_backend  # noqa: F401 (what the door is made of)
    except ImportError as error:
        import warnings

        warnings.warn(
            "chunkarray is slower than it could be here: this PyPy was built without cffi (%s)" % error,
            RuntimeWarning,
            stacklevel=2,
        )
    else:
        from ._door_cffi import ChunkArray

        DOOR = "cffi"
if DOOR == "object":
    from ._door_object import ChunkArray
