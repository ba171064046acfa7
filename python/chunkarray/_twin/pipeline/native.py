"""Functions that programs call, by ctypes, one element after the other."""

try:
    import ctypes
except ImportError:  # of which some interpreters have none
    ctypes = None

_EACH, _WITH_DATA, _BLOCK = range(3)


def called(index, types, kind, address, data):
    """A function of the kind, at an address, as one of Python's. `types` are those that it takes, and the one it gives."""
    if ctypes is None:
        raise NotImplementedError("plain Python calls functions by ctypes, which this interpreter does not have")
    if kind not in (_EACH, _WITH_DATA, _BLOCK):
        raise ValueError("functions are of the kinds 0 to 2, not %d" % kind)
    if not address:
        raise ValueError("function %d is a null pointer" % index)
    takes, gives = [_ctype(type) for type in types[0]], _ctype(types[1])
    if kind == _BLOCK:
        return _loop(takes, gives, address, data)
    if kind == _EACH:
        return ctypes.CFUNCTYPE(gives, *takes)(address)
    function = ctypes.CFUNCTYPE(gives, *takes, ctypes.c_void_p)(address)
    return lambda *values: function(*values, data)


def _ctype(type):
    if type.kind == "BOOL":
        return ctypes.c_bool
    if type.kind == "F":
        return ctypes.c_float if type.size == 4 else ctypes.c_double
    return getattr(ctypes, "c_%sint%d" % ("u" if type.kind == "U" else "", type.bits))


def _loop(takes, gives, address, data):
    """The inner loop of a ufunc, with one value of each argument."""
    pointers = ctypes.POINTER(ctypes.c_void_p)
    counts = ctypes.POINTER(ctypes.c_ssize_t)
    function = ctypes.CFUNCTYPE(None, pointers, counts, counts, ctypes.c_void_p)(address)
    kinds = [*takes, gives]
    steps = (ctypes.c_ssize_t * len(kinds))(*map(ctypes.sizeof, kinds))

    def one(*values):
        cells = [kind(value) for kind, value in zip(kinds, (*values, 0))]
        places = (ctypes.c_void_p * len(kinds))(*map(ctypes.addressof, cells))
        function(places, ctypes.byref(ctypes.c_ssize_t(1)), steps, data)
        return cells[-1].value

    return one
