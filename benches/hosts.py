"""The same native type in one process under two hosts: the interpreter's own HPy, and the host in the binary.

Runs on CPython where the package `hpy` is installed, and on PyPy with an HPy of its own; elsewhere there is nothing to
compare. Each host gets a copy of the binary, since a binary keeps its state in statics and serves one host only.
"""

import functools
import os
import shutil
import tempfile
from importlib.machinery import ExtensionFileLoader, ModuleSpec

from harness import CPYTHON, IMPLEMENTATION, KEEP, MODERN, Case, Target, empty_loop, interleave, peer, scaled


def _modules(folder):
    """{host: module `_core`}, empty where the interpreter has only one host."""
    from chunkarray import about

    try:
        if CPYTHON:
            from hpy.universal import load
        elif IMPLEMENTATION == "pypy" and about()["abi_layout"]:
            from _hpy_universal import load
        else:
            return {}
    except ImportError:
        return {}
    native = "hpy" if CPYTHON else "native"
    paths = {}
    for host in (native, "own"):
        os.mkdir(os.path.join(folder, host))
        paths[host] = os.path.join(folder, host, "_core.hpy0.so")
        shutil.copyfile(about()["binary"], paths[host])
    loader = ExtensionFileLoader("_core", paths["own"])
    spec = ModuleSpec("_core", loader, origin=paths["own"])
    own = loader.create_module(spec)
    loader.exec_module(own)
    spec = ModuleSpec("_core", None, origin=paths[native])
    return {native: load("_core", paths[native], spec), "own": own}


def cases():
    with tempfile.TemporaryDirectory() as folder:
        modules = _modules(folder)
        if modules:
            yield from _compare(modules)


def _compare(modules):
    count = scaled(100000)
    arrays = {}
    for host, module in modules.items():
        arrays[host] = module.Array("F8")
        arrays[host].extend([index * 0.5 for index in range(count)])
    native = next(iter(modules))
    # On CPython the own host is to be 20 % cheaper than the package's; on PyPy the interpreter's is to be far cheaper.
    call = [Target("hpy", 0.8, "own", MODERN)]
    read = call + [Target("own", 0.35, "native")]
    for name, statement, method, targets in (
        ("at(i)", KEEP + "f(i)", "at", read),
        ("a[i]", KEEP + "f[i]", None, call),
        ("len(a)", "len(f)", None, ()),  # most of it is the builtin `len`, which is nobody's host
        ("push(x)", "f(1.5)", "push", call),
        ("append(x)", "f(1.5)", "append", call),
    ):
        peers = {"empty loop": empty_loop()}
        for host, array in arrays.items():
            cut = functools.partial(array.truncate, count)
            peers[host] = peer(statement, prepare=cut, f=getattr(array, method) if method else array)
        values, rounds = interleave(peers, count)
        net = {host: values[host] - values["empty loop"] for host in modules}
        note = "own / %s: %.2f, without the loop itself %.2f" % (
            native,
            values["own"] / values[native],
            net["own"] / max(net[native], 0.1),
        )
        yield Case("hosts", name, "ns", values, targets, rounds, note)
