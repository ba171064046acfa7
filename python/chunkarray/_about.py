"""about(): what chunkarray runs on in this process."""

import sys

_NAMES = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy", "rustpython": "RustPython"}


def about():
    """Which interpreter, host, ABI layout and door are at work in this process, as a dict of plain values.

    interpreter, version   what runs this program, by its own version number
    python                 the version of the language that it implements
    free_threaded          whether the interpreter was built to run without a GIL
    host                   "native", "own" or "debug": what runs the binary, see CHUNKARRAY_HOST; "python" for none
    abi_layout             "A", "B" or "C": how that host orders its functions; "none" in plain Python
    door                   which way calls go in: "subclass" where ChunkArray is a subclass of the native type; elsewhere
                           it holds one, and goes around it by "cffi" or by "views" of its chunks, or not: "object"
    wheel_version          the version of chunkarray
    platform, binary       the system's name and the file that was loaded
    """
    import sysconfig

    from ._door import DOOR
    from ._load import core, host

    return {
        "interpreter": _NAMES.get(sys.implementation.name, sys.implementation.name),
        "version": _interpreter_version(),
        "python": "%d.%d.%d" % sys.version_info[:3],
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "host": host,
        "abi_layout": core.host()[1],
        "door": DOOR,
        "wheel_version": core.version(),
        "platform": sysconfig.get_platform(),
        "binary": core.__file__,
    }


def _interpreter_version():
    if hasattr(sys, "pypy_version_info"):
        return "%d.%d.%d" % sys.pypy_version_info[:3]
    if sys.implementation.name == "graalpy":
        return __graalpython__.get_graalvm_version()  # noqa: F821 (a builtin of GraalPy)
    return sys.version.split()[0]
