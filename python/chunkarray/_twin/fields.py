"""Fields of records: one at a time, and all those of a window.

A leaf is a field that is no record, by its number: depth-first in the order of the layout's text, each once. Where a
field begins, counted in bytes from the start of its element, the caller says: a record in an array of records has
its leaves at several places.
"""

from . import arguments, dtypes
from .elements import decode, encode, put


class FieldMethods:
    """Methods of Array."""

    __slots__ = ()

    def _field(self, position, offset, leaf, /):
        """One field of the element at a position."""
        position = arguments.size("position", position)
        dtype, offset = self._leaf(offset, leaf)
        block, byte = self._find_place(self._check(position))
        return decode(dtype, block.memory, byte + offset)

    def _set_field(self, position, offset, leaf, value, /):
        """Overwrite one field of the element at a position. Its other bytes stay as they are."""
        position = self._check(arguments.size("position", position))
        dtype, offset = self._leaf(offset, leaf)
        data = encode(dtype, value)
        self._writable()
        # The conversion may have run Python code that shortened the array.
        self._put_part(dtype, self._check(position), offset, data)

    def _field_chunks(self, start, step, count, offset, dtype, /):
        """One field of a window as a list of Chunk, strided, of a dtype that the caller names."""
        dtype = dtypes.parse(arguments.text("dtype", dtype))
        offset = self._inside(offset, dtype)
        return self._strided(dtype, offset, self._positions(start, step, count), step)

    def _extend_field(self, source, start, step, count, offset, leaf, /):
        """Add one field of a window of records, or nothing of it."""
        if not isinstance(source, FieldMethods):
            raise TypeError("the source is an array, not %s" % type(source).__name__)
        dtype, offset = source._leaf(offset, leaf)
        self._takes(dtype)
        positions = source._positions(start, step, count)
        data = [source._part(dtype, position, offset) for position in positions]
        if dtype.kind == "BITS":
            data = [encode(self._dtype, decode(dtype, part)) for part in data]
        self._add(b"".join(data))

    def _set_fields(self, start, step, count, offset, leaf, source, /):
        """Overwrite one field of a window of records with as many elements of an array of the field's dtype."""
        dtype, offset = self._leaf(offset, leaf)
        if not isinstance(source, FieldMethods):
            raise TypeError("the source is an array, not %s" % type(source).__name__)
        source._takes(dtype)
        with self._lock:
            self._writable()
            positions = self._positions(start, step, count)
            if len(source) != len(positions):
                raise ValueError("%d values for %d elements" % (len(source), len(positions)))
            size, data = source._dtype.size, source.tobytes()
            data = [data[at : at + size] for at in range(0, len(data), size)]
            if dtype.kind == "BITS":
                data = [encode(dtype, decode(source._dtype, part)) for part in data]
            for position, part in zip(positions, data):
                self._put_part(dtype, position, offset, part)

    def _leaf(self, offset, leaf):
        """The type of a leaf, and the offset as an int."""
        if self._dtype.kind != "RECORD":
            raise TypeError("elements of %s have no fields" % self.dtype)
        leaf, leaves = arguments.size("leaf", leaf), self._dtype.leaves
        if leaf >= len(leaves):
            raise IndexError("leaf %d is out of range for %d leaves" % (leaf, len(leaves)))
        return leaves[leaf], self._inside(offset, leaves[leaf])

    def _inside(self, offset, dtype):
        """An offset at which something lies inside of an element."""
        offset = arguments.size("offset", offset)
        if offset + dtype.size > self._dtype.size:
            raise ValueError("%s at %d is outside of %d bytes" % (dtype.name, offset, self._dtype.size))
        return offset

    def _takes(self, leaf):
        """Refuses if this array is not of a leaf's scalars."""
        expected = leaf.dtype.name if leaf.kind == "BITS" else leaf.name
        if leaf.kind == "TEXT" or self.dtype != expected:
            raise TypeError("the field is %s, not %s" % (leaf.name, self.dtype))

    def _part(self, dtype, position, offset):
        """The bytes of something that lies `offset` bytes behind the start of an element."""
        block, byte = self._find_place(position)
        return bytes(block.memory[byte + offset : byte + offset + dtype.size])

    def _put_part(self, dtype, position, offset, data):
        """Writes a field that was encoded."""
        block, byte = self._find_place(position)
        with self._cells:
            put(dtype, block.memory, byte + offset, data)
