"""Pointers to functions in C, as Python knows them: ctypes, cffi, capsules, SciPy's LowLevelCallable, numba's cfunc.

Each is read for its address and the types that it says of itself, without importing what it is made of.
"""

import sys

from .signatures import parsed, signature

_CODES = {
    "?": "BOOL", "b": "signed char", "B": "unsigned char", "h": "short", "H": "unsigned short", "i": "int",
    "I": "unsigned int", "l": "long", "L": "unsigned long", "q": "long long", "Q": "unsigned long long", "f": "float",
    "d": "double", "P": "void *",
}  # fmt: skip
_ADDRESS = "chunkarray.native(address, signature) takes an address"
_NEEDS_LOCK = 4  # of ctypes' flags: PYFUNCTYPE and pythonapi, whose functions want the interpreter's lock


class Pointer:
    """A pointer to a function.

    name      what people call it
    address   0 for a null pointer
    own       a function without arguments that gives the Signature that it says of itself, or None; TypeError for what
              pipelines can't call
    data      user data, an address
    calls     whether it is known to call a function of Python's
    """

    __slots__ = ("name", "address", "own", "data", "calls")

    def __init__(self, name, address, own, data=0, calls=False):
        self.name = name
        self.address = address
        self.own = own
        self.data = data
        self.calls = calls


def pointer_of(function):
    """The Pointer of a function, or None if this is none that is known here."""
    for reader in _READERS:
        found = reader(function)
        if found is not None:
            return found
    return None


def _name(function):
    return getattr(function, "__name__", None) or "native"


# ctypes.


def _of_ctypes(function):
    ctypes = sys.modules.get("ctypes")
    if ctypes is None:
        return None
    if not isinstance(function, (ctypes.c_void_p, ctypes._CFuncPtr)):
        return None
    if sys.implementation.name == "graalpy":  # where it is a number that means something else
        raise TypeError("what a pointer of ctypes points to can't be seen on graalpy: %s" % _ADDRESS)
    if isinstance(function, ctypes.c_void_p):
        return Pointer("native", function.value or 0, lambda: None)
    name = _name(function)
    # cast() gives the place of the pointer on RustPython.
    address = ctypes.c_void_p.from_address(ctypes.addressof(function)).value or 0
    return Pointer(name, address, lambda: _ctypes_signature(function, name), 0, _is_callback(function))


def _is_callback(function):
    """Whether a function of ctypes' calls one of Python's."""
    if getattr(function, "callable", None) is not None:  # PyPy's
        return True
    kept = getattr(function, "_objects", None)
    return isinstance(kept, dict) and any(type(each).__name__ == "CThunkObject" for each in kept.values())


def _ctypes_signature(function, name):
    if getattr(type(function), "_flags_", 0) & _NEEDS_LOCK:
        raise TypeError("%s wants the interpreter's lock (PYFUNCTYPE), and pipelines run without it" % name)
    if getattr(function, "errcheck", None) is not None:
        raise TypeError("%s has an errcheck, which nobody would call" % name)
    takes = function.argtypes
    gives = function.restype
    if takes is None or (gives is None and not takes):  # () is what RustPython has before they are set
        return None
    if gives is None:
        raise TypeError("%s gives nothing (void)" % name)
    return signature(
        _ctype_name(gives, "%s gives" % name), [_ctype_name(each, "%s takes" % name) for each in takes], name
    )


def _ctype_name(type_, doing):
    """The name in C of a type of ctypes'."""
    import ctypes

    code = getattr(type_, "_type_", None)
    if isinstance(type_, type) and isinstance(code, str):
        if code in _CODES and getattr(type_, "__ctype_le__", type_) is type_:  # not of the other order of bytes
            return _CODES[code]
        if code in "zZ":
            return "char *"
    elif isinstance(type_, type) and issubclass(type_, (ctypes.Structure, ctypes.Union)):
        kind = "struct" if issubclass(type_, ctypes.Structure) else "union"
        return "%s %s" % (kind, type_.__name__)
    elif code is not None:
        return "%s *" % getattr(code, "__name__", "void")
    elif not isinstance(type_, type):
        raise TypeError("%s what %r makes of it, which is a function of Python's" % (doing, type_))
    return type_.__name__


# cffi.


def _of_cffi(function):
    if type(function).__module__ != "_cffi_backend":
        return None
    import _cffi_backend as backend

    try:
        type_ = backend.typeof(function)
    except TypeError:
        return None
    if type_.kind not in ("function", "pointer"):
        return None
    address = int(backend.cast(backend.new_primitive_type("uintptr_t"), function))
    own = (lambda: None) if type_.kind == "pointer" else lambda: _cffi_signature(type_)
    return Pointer("native", address, own, 0, " calling <" in repr(function))


def _cffi_signature(type_):
    if type_.ellipsis:
        raise TypeError("native takes any number of arguments (...), which can't be called here")
    return signature(type_.result.cname, [each.cname for each in type_.args], "native")


# Capsules.


def _of_capsule(function, name="native"):
    if type(function).__name__ != "PyCapsule":
        return None
    if sys.implementation.name != "cpython":
        raise TypeError("what a capsule holds can't be seen on %s: %s" % (sys.implementation.name, _ADDRESS))
    from ctypes import c_char_p, c_void_p, py_object, pythonapi

    get = {}
    for what, gives, takes in (
        ("Name", c_char_p, (py_object,)),
        ("Pointer", c_void_p, (py_object, c_char_p)),
        ("Context", c_void_p, (py_object,)),
    ):
        get[what] = pythonapi["PyCapsule_Get" + what]  # of its own: others' have other types
        get[what].restype, get[what].argtypes = gives, takes
    text = get["Name"](function)
    address, data = get["Pointer"](function, text), get["Context"](function)
    own = (lambda: None) if text is None else lambda: parsed(text.decode("utf-8", "replace"), name)
    return Pointer(name, address or 0, own, data or 0)


def _of_scipy(function):
    if type(function).__name__ != "LowLevelCallable" or not isinstance(function, tuple):
        return None
    return _of_capsule(tuple.__getitem__(function, 0), _name(function.function))


# numba.


def _of_numba(function):
    address = getattr(function, "address", None)
    types = getattr(function, "_sig", None)
    if type(address) is not int or types is None:
        return None
    name = _name(function)

    def own():
        return signature(_numba_name(types.return_type), map(_numba_name, types.args), name)

    return Pointer(name, address, own)


def _numba_name(type_):
    name = str(type_)
    return "void *" if name in ("void*", "none*", "voidptr") else "void" if name == "none" else name


_READERS = (_of_ctypes, _of_cffi, _of_capsule, _of_scipy, _of_numba)
