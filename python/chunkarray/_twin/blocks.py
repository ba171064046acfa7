"""Memory that never moves: what a chunk's elements lie in."""

import mmap

from .arguments import GREATEST

# From here on a block is address space, whose pages cost memory only once they are used.
LARGE = 1 << 20
PAGE = mmap.PAGESIZE
_PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0x4000)


def bytes_of(elements, size):
    """The bytes that so many elements take: MemoryError for what no address space holds."""
    if elements * size > GREATEST:
        raise MemoryError("%d elements of %d bytes are more than an address space holds" % (elements, size))
    return elements * size


class Block:
    """So many bytes, zeroed, which stay where they are while anybody holds this or a view of it."""

    __slots__ = ("memory", "_address", "__weakref__")

    def __init__(self, size):
        # The view keeps a bytearray from being resized, and so from moving.
        self.memory = memoryview(bytearray(size) if size < LARGE else _region(size))
        self._address = None

    @property
    def address(self):
        """The address of the first byte."""
        if self._address is None:
            import ctypes

            # By way of a pointer: GraalPy's addressof() gives an int that can't be added to.
            self._address = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(self.memory))).value
        return self._address

    @property
    def large(self):
        """Whether its pages are taken as they are used."""
        return len(self.memory) >= LARGE


def _region(size):
    try:
        return mmap.mmap(-1, size, flags=_PRIVATE)
    except (OSError, OverflowError, ValueError):  # the system's refusal, in one shape
        raise MemoryError from None
