"""C types, functions and memory by the backend of cffi, which is part of PyPy.

Not by cffi itself, which would load a parser of C: the few types that are needed have names of their own.
"""

import _cffi_backend as backend

NUMBERS = {
    "S1": backend.new_primitive_type("int8_t"),
    "S2": backend.new_primitive_type("int16_t"),
    "S4": backend.new_primitive_type("int32_t"),
    "S8": backend.new_primitive_type("int64_t"),
    "U1": backend.new_primitive_type("uint8_t"),
    "U2": backend.new_primitive_type("uint16_t"),
    "U4": backend.new_primitive_type("uint32_t"),
    "U8": backend.new_primitive_type("uint64_t"),
    "F4": backend.new_primitive_type("float"),
    "F8": backend.new_primitive_type("double"),
}
VOID = backend.new_void_type()
CHARS = backend.new_pointer_type(backend.new_primitive_type("char"))
ADDRESS = backend.new_primitive_type("uintptr_t")

_libraries = []  # one that is closed takes its functions with it


def function(address, signature, pointer=ADDRESS):
    """The C function at an address, to be called with numbers.

    `signature` has `result` and `arguments` in byte-width names; `pointer` is the C type that stands for P: by default
    an integer as wide as a pointer, which is passed alike.
    """
    types = dict(NUMBERS, P=pointer, V=VOID)
    kind = backend.new_function_type(tuple(types[name] for name in signature.arguments), types[signature.result], False)
    return backend.cast(kind, address)


def memory(address, size):
    """The bytes that lie there."""
    return bytes(backend.buffer(backend.cast(CHARS, address), size))


def symbol(path, name):
    """The address of a symbol in a library; None where there is none."""
    try:
        library = backend.load_library(path, 0)
        found = library.load_function(CHARS, name)
    except (AttributeError, OSError):
        return None
    _libraries.append(library)
    return int(backend.cast(ADDRESS, found))
