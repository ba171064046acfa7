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
        """The value of a field of the element at a position; the field lies `offset` bytes behind its start.

        IndexError if the element is gone, TypeError if elements have no fields.
        """
        leaf, offset = self._leaf(offset, leaf)
        block, byte = self._find_place(self._check(arguments.size("position", position)))
        return decode(leaf, block.memory, byte + offset)

    def _set_field(self, position, offset, leaf, value, /):
        """Overwrite a field of the element at a position, and nothing else of it.

        Errors as _field's, and for the value as append's.
        """
        leaf, offset = self._leaf(offset, leaf)
        position = self._check(arguments.size("position", position))
        data = encode(leaf, value)
        self._writable()
        # The conversion may have run Python code that shortened the array.
        self._write_part(self._check(position), offset, leaf, data)

    def _field_chunks(self, start, step, count, offset, dtype, /):
        """What lies at an offset of a window's elements as a list of Chunk of a dtype."""
        self._has_fields()
        dtype = dtypes.parse(arguments.text("dtype", dtype))
        offset = self._inside(offset, dtype)
        return self._strided(dtype, offset, self._positions(start, step, count), arguments.index(step))

    def _extend_field(self, source, start, step, count, offset, leaf, /):
        """Add a field of each element of a window of an array of records, or none."""
        _needs_array(source)
        leaf, offset = source._leaf(offset, leaf)
        self._takes(leaf)
        data = []
        for position in source._positions(start, step, count):
            block, byte = source._find_place(position)
            if leaf.kind == "BITS":
                data.append(encode(self._dtype, decode(leaf, block.memory, byte + offset)))
            else:
                data.append(bytes(block.memory[byte + offset : byte + offset + self._dtype.size]))
        self._add(b"".join(data))

    def _set_fields(self, start, step, count, offset, leaf, source, /):
        """Overwrite a field of each element of a window with the elements of an array."""
        leaf, offset = self._leaf(offset, leaf)
        _needs_array(source)
        source._takes(leaf)
        start, step, count = arguments.index(start), arguments.index(step), arguments.size("count", count)
        if len(source) != count:
            raise ValueError("%s%d values for %d elements" % (leaf.where, len(source), count))
        size, data = source._dtype.size, source.tobytes()
        data = [data[at : at + size] for at in range(0, len(data), size)]
        if leaf.kind == "BITS":
            data = [encode(leaf, decode(source._dtype, part)) for part in data]
        with self._lock:
            self._writable()
            for position, part in zip(self._positions(start, step, count), data):
                self._write_part(position, offset, leaf, part)

    def _leaf(self, offset, leaf):
        """The type of a leaf, and the offset as an int."""
        self._has_fields()
        leaf, leaves = arguments.size("leaf", leaf), self._dtype.leaves
        if leaf >= len(leaves):
            raise IndexError("leaf %d of %d" % (leaf, len(leaves)))
        return leaves[leaf], self._inside(offset, leaves[leaf])

    def _has_fields(self):
        if self._dtype.kind != "RECORD":
            raise TypeError("elements of %s have no fields" % self.dtype)

    def _inside(self, offset, dtype):
        """An offset at which something lies inside of an element."""
        offset = arguments.size("offset", offset)
        if offset + dtype.size > self._dtype.size:
            raise ValueError(
                "%d bytes at offset %d reach behind an element of %d" % (dtype.size, offset, self._dtype.size)
            )
        return offset

    def _takes(self, leaf):
        """Refuses if the elements of this array are not what a leaf has: with its shape, or one scalar of it."""
        whole, mine = getattr(leaf, "dtype", leaf), self._dtype
        if mine != whole and (mine.shape or mine.row != whole.row or (mine.unit, mine.big) != (whole.unit, whole.big)):
            raise TypeError("%sthe elements are %s, not %s" % (leaf.where, mine.name, whole.name))

    def _write_part(self, position, offset, leaf, data):
        """Writes a field that was encoded."""
        block, byte = self._find_place(position)
        with self._cells:
            put(leaf, block.memory, byte + offset, data)


def _needs_array(source):
    if not isinstance(source, FieldMethods):
        raise TypeError("the source is an array, not %s" % type(source).__name__)
