"""Reads the table of typed C functions that a module made with the crate hpy-twins exports.

The table is the data symbol `HPyTwins_<module>`. Where it lies is also told by the module's method `__hpy_twins__`,
if it has one: not every interpreter can look a symbol up. Numbers are in the machine's order, offsets in bytes:

    head   0 magic "HPyTwins", 8 major u32, 12 minor u32, 16 size of the head u32, 20 size of an entry u32,
           24 number of entries u32, 28 flags u32, 32 address of the first entry, 40 address of the module's name
    entry  0 name, 8 signature, 16 documentation, 24 address of the function, 32 since which minor version u32, 36 flags u32
"""

import os
import struct
import sys
from collections import namedtuple

_cffi = _ctypes = None
try:
    from . import _cffi
except ImportError:
    if sys.implementation.name != "graalpy":  # whose ctypes reads no memory and tells no addresses
        try:
            import ctypes as _ctypes
        except ImportError:  # a Python that was built without libffi
            pass

MAGIC = b"HPyTwins"
MAJOR = 1  # the version of tables that is read here; of any minor version
UNCHECKED = 1  # a flag: the function trusts its caller
METHOD = 2  # a flag: the module has a method of this name that does the same
TYPES = ("S1", "S2", "S4", "S8", "U1", "U2", "U4", "U8", "F4", "F8", "P")  # of arguments; results may be "V", nothing

_HEAD = struct.Struct("=8s6I2Q")
_ENTRY = struct.Struct("=4Q2I")

Entry = namedtuple("Entry", "name signature doc since flags address")
Entry.__doc__ = "One function of a table: texts, the minor version it came with, flags, and where its code lies."

Signature = namedtuple("Signature", "result arguments")
Signature.__doc__ = 'The types of a function: "V" or one of TYPES, and a tuple of TYPES.'


class Table:
    """A module's typed C functions: `module`, `major`, `minor`, `address`, and `entries`, a dict of Entry by name."""

    def __init__(self, module, major, minor, address, entries):
        self.module = module
        self.major = major
        self.minor = minor
        self.address = address
        self.entries = entries

    def __repr__(self):
        return "<table of %s, version %d.%d, %d functions>" % (self.module, self.major, self.minor, len(self.entries))


def parse(signature):
    """The Signature that a text such as "S8(P,F8)" means. ValueError for any other text."""
    result, opening, rest = signature.partition("(")
    arguments = tuple(rest[:-1].split(",")) if rest[:-1] else ()
    known = result == "V" or result in TYPES
    if not (opening and rest.endswith(")") and known and all(argument in TYPES for argument in arguments)):
        raise ValueError(
            "%r is no signature: it is written as S8(P,F8), of V or one of %s" % (signature, ", ".join(TYPES))
        )
    return Signature(result, arguments)


def read(where):
    """The Table at an address, or of a module.

    AttributeError for a module that has none, ValueError for an address at which none lies, ImportError for a table of
    another major version than this chunkarray reads, or where the interpreter has no way to read memory.
    """
    address = where if isinstance(where, int) else find(where)
    magic, major, minor, head_size, entry_size, count, _, first, name = _HEAD.unpack(_memory(address, _HEAD.size))
    if magic != MAGIC:
        raise ValueError("no table of C functions lies at 0x%x: it begins with %r, not %r" % (address, magic, MAGIC))
    if major != MAJOR:
        raise ImportError(
            "%s has a table of version %d.%d; this chunkarray reads version %d" % (_named(where), major, minor, MAJOR)
        )
    if head_size < _HEAD.size or entry_size < _ENTRY.size:
        raise ValueError(
            "the table at 0x%x is damaged: heads of %d and entries of %d bytes" % (address, head_size, entry_size)
        )
    entries = {}
    content = _memory(first, count * entry_size) if count else b""
    for offset in range(0, count * entry_size, entry_size):
        at_name, at_signature, at_doc, code, since, flags = _ENTRY.unpack_from(content, offset)
        entry = Entry(_text(at_name), _text(at_signature), _text(at_doc), since, flags, code)
        entries[entry.name] = entry
    return Table(_text(name), major, minor, address, entries)


def find(module):
    """The address of a module's table. AttributeError for a module that has none."""
    told = getattr(module, "__hpy_twins__", None)
    if told is not None:
        return told()
    name = getattr(module, "__name__", None)
    path = getattr(module, "__file__", None)
    if name and path and os.path.splitext(path)[1] not in (".py", ".pyc"):
        address = _symbol(path, "HPyTwins_" + name.rpartition(".")[2])
        if address is not None:
            return address
    raise AttributeError(
        "%s has no table of C functions (the symbol HPyTwins_..., see the crate hpy-twins)" % _named(module)
    )


def _named(where):
    return "the memory at 0x%x" % where if isinstance(where, int) else getattr(where, "__name__", None) or repr(where)


def _text(address):
    """The C string at an address."""
    text = b""
    while True:
        # Never across the end of a page that the text may end in: the next one need not be there.
        piece = _memory(address, 256 - address % 256)
        end = piece.find(b"\0")
        if end >= 0:
            return (text + piece[:end]).decode()
        text += piece
        address += len(piece)


def _memory(address, size):
    """The bytes that lie there."""
    if not address:
        raise ValueError("no table of C functions lies at 0x0")
    if _cffi:
        return _cffi.memory(address, size)
    if _ctypes:
        return _ctypes.string_at(address, size)
    try:
        with open("/proc/self/mem", "rb", buffering=0) as file:  # on Linux the process's own memory
            file.seek(address)
            return file.read(size)
    except OSError as error:
        raise ImportError("this interpreter has no way to read memory at 0x%x: %s" % (address, error)) from None


def _symbol(path, name):
    """The address of a symbol in a library; None where there is none, or no way to tell."""
    if _cffi:
        return _cffi.symbol(path, name)
    if _ctypes:
        try:
            return _ctypes.addressof(_ctypes.c_char.in_dll(_ctypes.CDLL(path), name))
        except (OSError, ValueError):
            pass
    return None
