"""Loads the native module `chunkarray._core`, and decides by which door.

One binary serves every interpreter. It has two entry points, and this file is the only place that chooses:

=========  ==================================================================================================
host       what runs the binary
=========  ==================================================================================================
``native`` the interpreter's own HPy. PyPy 7.3.14 to 7.3.23 only: older ones carry an HPy that ends the
           process when it meets a newer module, later ones carry none.
``own``    the HPy host inside the binary, over the interpreter's C API. Everywhere else.
``debug``  HPy's debug mode, which reports leaked handles. CPython with the package ``hpy`` installed.
``python`` no binary at all: the twin of ``_core`` in plain Python, on any interpreter. Only when asked for.
=========  ==================================================================================================

The environment variable CHUNKARRAY_HOST forces one of them.
"""

import os
import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec

NAME = __package__ + "._core"
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_core.hpy0.so")
HOSTS = ("native", "own", "debug", "python")
NATIVE_PYPY = ((7, 3, 14), (7, 3, 23))  # the first and the last PyPy whose HPy is known to be sound
SUPPORTED = "CPython 3.9 or later, PyPy 7.3.11 or later, GraalPy 24.2 or later, on Linux x86-64"


class Found:
    """What this process runs on, as far as the choice of a host depends on it."""

    def __init__(self, implementation=None, version=None, pypy=None):
        self.implementation = implementation or sys.implementation.name
        self.version = tuple(version or sys.version_info[:3])
        # sys.implementation.version of PyPy is PyPy's own version on some releases and Python's on others.
        self.pypy = tuple(pypy or getattr(sys, "pypy_version_info", (0, 0, 0))[:3])

    def __str__(self):
        text = "%s, Python %s" % (self.implementation, ".".join(map(str, self.version)))
        if self.implementation == "pypy":
            text += ", PyPy " + ".".join(map(str, self.pypy))
        return text + ", on " + sys.platform

    @property
    def has_native(self):
        """Whether the interpreter itself hosts HPy 0.9 and is known to do it well."""
        return (
            self.implementation == "pypy"
            and NATIVE_PYPY[0] <= self.pypy <= NATIVE_PYPY[1]
            # Never the package `hpy`: it can be on the path of interpreters that host nothing.
            and _importable("_hpy_universal")
        )


def choose(forced, found):
    """The host to load the binary with, or ImportError where there is none.

    `forced` is the value of CHUNKARRAY_HOST or None.
    """
    if forced:
        if forced not in HOSTS:
            raise ImportError(
                "CHUNKARRAY_HOST=%s: there is no such host; use one of %s, or leave it unset"
                % (forced, ", ".join(HOSTS))
            )
        if forced == "native" and not found.has_native:
            raise _refusal(
                found,
                "CHUNKARRAY_HOST=native: this interpreter has no sound HPy 0.9 of its own (PyPy %s to %s has)"
                % tuple(".".join(map(str, v)) for v in NATIVE_PYPY),
            )
        if forced == "debug" and found.implementation != "cpython":
            raise _refusal(found, "CHUNKARRAY_HOST=debug: HPy's debug mode runs on CPython with the package hpy")
    if found.version < (3, 9):
        raise _refusal(found, "this Python is too old")
    if forced == "python":
        return forced
    if found.implementation not in ("cpython", "pypy", "graalpy"):
        raise _refusal(found, "this interpreter is not known to chunkarray; CHUNKARRAY_HOST=python needs no binary")
    if forced:
        return forced
    return "native" if found.has_native else "own"


def load():
    """Loads the binary, or what stands in for it. Returns the module `_core` and the name of the host it runs under."""
    found = Found()
    host = choose(os.environ.get("CHUNKARRAY_HOST"), found)
    if host == "python":
        from . import _twin as module

        sys.modules[NAME] = module
        return module, host
    if not os.path.exists(PATH):
        raise _refusal(found, "the binary is missing: %s" % PATH)
    loader = ExtensionFileLoader(NAME, PATH)
    spec = ModuleSpec(NAME, loader, origin=PATH)
    spec.has_location = True
    try:
        if host == "native":
            import _hpy_universal

            module = _hpy_universal.load(NAME, PATH, spec)
        elif host == "debug":
            from hpy.universal import load as load_hpy

            module = load_hpy(NAME, PATH, spec, debug=True)
        else:
            module = loader.create_module(spec)
            loader.exec_module(module)
    except Exception as error:  # whatever it was, an import that fails is an ImportError
        raise _refusal(found, "%s host: %s" % (host, error)) from error
    for attribute, value in (
        ("__file__", PATH),
        ("__loader__", loader),
        ("__spec__", spec),
        ("__package__", __package__),
    ):
        setattr(module, attribute, value)
    sys.modules[NAME] = module
    return module, host


def _importable(name):
    try:
        __import__(name)
    except Exception:  # a half-made HPy may throw anything at import (GraalPy 24.2 does at load)
        return False
    return True


def _refusal(found, tried):
    return ImportError(
        "chunkarray cannot run here.\n  found:     %s\n  tried:     %s\n  supported: %s" % (found, tried, SUPPORTED),
        name=NAME,
        path=PATH,
    )


core, host = load()
