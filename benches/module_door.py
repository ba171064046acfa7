"""Functions of another module: by its methods, through chunkarray.door(module), and a function in Python beside both.

The module is hpy-host/example, whose path is to be in CHUNKARRAY_TEST_EXAMPLE; without that there is nothing to measure.
"""

import os
from importlib.machinery import ExtensionFileLoader, ModuleSpec

from harness import IMPLEMENTATION, Case, Target, empty_loop, interleave, peer, scaled


def _load(path):
    from chunkarray import about

    spec = ModuleSpec("example", None, origin=path)
    if about()["host"] == "native":
        import _hpy_universal

        return _hpy_universal.load("example", path, spec)
    spec.loader = ExtensionFileLoader("example", path)
    module = spec.loader.create_module(spec)
    spec.loader.exec_module(module)
    return module


def cases():
    path = os.environ.get("CHUNKARRAY_TEST_EXAMPLE")
    if not path:
        return
    from chunkarray import door

    example = _load(path)
    functions = door(example)
    faster = [Target("method", 0.5, "door", IMPLEMENTATION == "pypy")]
    for statement, name, in_python in (
        ("x += f(i)", "twice", lambda x: 2 * x),
        ("x += f(1.5, 2.5)", "mean", lambda a, b: a / 2.0 + b / 2.0),
    ):
        peers = {
            "method": peer(statement, f=getattr(example, name)),
            "door": peer(statement, f=getattr(functions, name)),
            "in Python": peer(statement, f=in_python),
            "empty loop": empty_loop(),
        }
        values, rounds = interleave(peers, scaled(100000))
        yield Case("module_door", statement.replace("f", name), "ns", values, faster, rounds)
