"""chunkarray's C functions by ctypes, twice: with chunkarray's help, and from an array alone, without importing it.

python by_ctypes.py
"""

import ctypes


class Extension(ctypes.Structure):
    """chunkarray_extension of chunkarray.h."""

    _fields_ = [("id", ctypes.c_uint64), ("pointer", ctypes.c_void_p)]


class Extensions(ctypes.Structure):
    """chunkarray_extensions of chunkarray.h."""

    _fields_ = [
        ("magic", ctypes.c_char * 8),
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("entry_size", ctypes.c_uint32),
        ("entries", ctypes.c_void_p),
    ]


HANDLE, DTYPE, PUSH, AT = 2, 3, 5, 6


def extensions(obj):
    """{id: pointer} of an object of chunkarray's. CPython only: ctypes knows no capsules elsewhere."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    table = Extensions.from_address(get(obj.__chunkarray_c__, b"chunkarray.extensions"))
    if table.magic != b"ChunkExt" or table.major != 1:
        raise ValueError("an extension table of another version")
    entries = (Extension.from_address(table.entries + k * table.entry_size) for k in range(table.count))
    return {entry.id: entry.pointer for entry in entries}


def append_and_read(array):
    """Appends 2.5 to an array of F8 and reads it back, by what the array itself tells."""
    found = extensions(array)
    assert ctypes.string_at(found[DTYPE]) == b"F8"
    push = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, ctypes.c_double)(found[PUSH])
    at = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_uint64, ctypes.c_int64, ctypes.c_void_p)(found[AT])
    value = ctypes.c_double()
    index = push(found[HANDLE], 2.5)
    assert index >= 0 and at(found[HANDLE], index, ctypes.addressof(value)) == 0
    return value.value


def append_and_sum(array):
    """Appends 0.0, 1.0, .. 9.0 to an array of F8 by `chunkarray.abi`, and adds up what its chunks hold."""
    from chunkarray import abi

    handle = abi.handle(array)
    push = abi["array_push_f8"].ctypes()
    for k in range(10):
        if push(handle, k) < 0:
            raise RuntimeError("push")
    count, chunk = abi["array_chunk_count"].ctypes(), abi["array_chunk"].ctypes()
    found = (ctypes.c_uint64 * 3)()  # chunkarray_chunk: address, position, number of elements
    total = 0.0
    for k in range(count(handle)):
        if chunk(handle, k, ctypes.addressof(found)) < 0:
            raise RuntimeError("chunk")
        total += sum((ctypes.c_double * found[2]).from_address(found[0]))
    return total


if __name__ == "__main__":
    import sys

    from chunkarray import ChunkArray

    print("sum by the functions that chunkarray lists:", append_and_sum(ChunkArray("F8", [0.5])))
    if sys.implementation.name == "cpython":
        print("read by the functions that the array names:", append_and_read(ChunkArray("F8")))
