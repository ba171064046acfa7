"""Work on many elements at once.

A window is (start, step, count): the elements at the positions start, start + step, ...; IndexError if one of them
was dropped or cut off. Values are converted before anything is changed, and what adds elements adds all or none.
"""

import operator

from .. import _times
from . import arguments
from .buffers import scalars_of_buffer
from .elements import decode, encode, scalars, to_float

_NEAR = 1024  # so many elements are looked at before the rest of a window is


class KernelMethods:
    """Methods of Array."""

    __slots__ = ()

    # What reads.

    def _tolist(self, start, step, count, /):
        """The elements of a window as a list."""
        data, size = self._tobytes(start, step, count), self._dtype.size
        return [decode(self._dtype, data, at) for at in range(0, len(data), size)]

    def _tobytes(self, start, step, count, /):
        """The bytes of a window's elements, in memory order."""
        return self._data(self._positions(start, step, count))

    def _chunks(self, start, step, count, /):
        """A window as a list of Chunk, each a writable buffer."""
        return self._strided(self._dtype, 0, self._positions(start, step, count), step)

    def _strided(self, dtype, offset, positions, step):
        """Chunks over what lies `offset` bytes behind the start of each element."""
        found = []
        while positions:
            begin, capacity = self._table.place(positions[0])
            here = range(begin, begin + capacity)
            length = sum(1 for position in positions if position in here)
            block, byte = self._find_place(positions[0])
            stride = step * self._dtype.size
            found.append(self._chunk(dtype, block, byte + offset, positions[0], length, stride))
            positions = positions[length:]
        return found

    def _find(self, start, step, count, value, /):
        """Number of the first element of a window that equals an int, float or bool; -1 if none does."""
        if not self._compares_with(value):
            return NotImplemented
        for part in (min(count, _NEAR), count):
            values = self._tolist(start, step, part)
            if value in values:
                return values.index(value)
        return -1

    def _count(self, start, step, count, value, /):
        """How many elements of a window equal an int, float or bool; NotImplemented as for _find."""
        if not self._compares_with(value):
            return NotImplemented
        return operator.countOf(self._tolist(start, step, count), value)

    def _compares_with(self, value):
        """Whether elements equal the value by what it is as a number; else only Python can tell."""
        dtype = self._dtype
        if type(value) not in (int, float, bool) or dtype.unit or dtype.shape or dtype.kind == "RECORD":
            return False
        return dtype.kind != "F" or type(value) is float or -(2**63) <= value < 2**64

    def _mismatch(self, start, step, count, other, other_start, other_step, /):
        """Number of the first element of a window that differs from the other array's; count if none does."""
        source = self._source(other)
        mine, theirs = self._positions(start, step, count), source._positions(other_start, other_step, count)
        if self._dtype.kind == "RECORD":
            pairs = zip(map(self._item, mine), map(source._item, theirs))
            return next((k for k, (x, y) in enumerate(pairs) if not equal(x, y)), count)
        if self._dtype.kind != "F" and self._data(mine) == source._data(theirs):
            return count
        for k, (x, y) in enumerate(zip(mine, theirs)):
            x, y = self._data([x]), source._data([y])
            # Floats by value: NaN differs from everything, the zeros are equal.
            if scalars(self._dtype, x) != scalars(self._dtype, y) if self._dtype.kind == "F" else x != y:
                return k
        return count

    def _searchsorted(self, start, step, count, value, right, /):
        """Where a value belongs in a sorted window: in front of its equals, or with right behind them."""
        self._ordered()
        number = self._sought(value)
        return self._search(self._positions(start, step, count), number, right)

    # What adds.

    def _extend_window(self, source, start, step, count, /):
        """Add the elements of a window of an array of this dtype, or none."""
        source = self._source(source)
        self._add(source._data(source._positions(start, step, count)))

    def _extend_take(self, source, start, step, count, indices, /):
        """Add those elements of a window that integers choose, or none. Negative ones count from its end."""
        source = self._source(source)
        chosen = self._keys(indices, "indices", "US", _index)
        positions = source._positions(start, step, count)
        length = len(positions)
        for index in chosen:
            if not -length <= index < length:
                raise IndexError("index %d is out of range for length %d" % (index, length))
        self._add(source._data([positions[index] for index in chosen]))

    def _extend_mask(self, source, start, step, count, mask, /):
        """Add those elements of a window that a boolean mask marks, or none."""
        source = self._source(source)
        marks = self._keys(mask, "masks", ("BOOL",), _mark)
        positions = source._positions(start, step, count)
        if len(marks) != len(positions):
            raise IndexError("boolean mask of length %d for length %d" % (len(marks), len(positions)))
        self._add(source._data([position for position, marked in zip(positions, marks) if marked]))

    def _extend_searchsorted(self, source, start, step, count, values, right, /):
        """Add, to an array of S8, where each of the values belongs in a sorted window of the source."""
        if self.dtype != "S8":
            raise TypeError("places are S8, not %s" % self.dtype)
        if not isinstance(source, KernelMethods):
            raise TypeError("the source is an array, not %s" % type(source).__name__)
        source._ordered()
        numbers = source._numbers(values)
        positions = source._positions(start, step, count)
        self._add(b"".join(encode(self._dtype, source._search(positions, number, right)) for number in numbers))

    # What overwrites.

    def _sort(self, start, step, count, reverse, /):
        """Sort a window; NaN and NaT come last, reversed first."""
        self._ordered()

        def rearrange(elements):
            return sorted(elements, key=self._order, reverse=reverse)

        self._rewrite(start, step, count, rearrange)

    def _reverse(self, start, step, count, /):
        """Reverse the order of a window's elements."""
        self._rewrite(start, step, count, lambda elements: elements[::-1])

    def _byteswap(self, start, step, count, /):
        """Reverse the bytes of each scalar of a window."""
        dtype = self._dtype
        self._rewrite(start, step, count, lambda elements: [swapped(dtype, element) for element in elements])

    def _assign_window(self, start, step, count, source, source_start, source_step, /):
        """Overwrite a window with as many elements of an array of this dtype, as if they were copied first."""
        source = self._source(source)
        read = source._positions(source_start, source_step, count)
        new = [source._data([position]) for position in read]
        self._rewrite(start, step, count, lambda elements: new)

    def _rewrite(self, start, step, count, change):
        with self._lock:
            self._writable()
            positions = self._positions(start, step, count)
            for position, element in zip(positions, change([self._data([position]) for position in positions])):
                self._write(position, element)

    # What they share.

    def _positions(self, start, step, count):
        """The positions of a window, all of which are there."""
        start, step = arguments.index(start), arguments.index(step)
        count = arguments.size("count", count)
        for position in (start, start + step * (count - 1)) if count else ():
            self._check(position)
        return range(start, start + step * count, step) if step else [start] * count

    def _data(self, positions):
        size, find = self._dtype.size, self._find_place
        if isinstance(positions, range) and positions.step == 1:  # whole chunks at a time
            runs = self._runs(positions.start, positions.stop)
            return b"".join([bytes(block.memory[byte : byte + count * size]) for _, count, block, byte in runs])
        places = map(find, positions)
        return b"".join([bytes(block.memory[byte : byte + size]) for block, byte in places])

    def _source(self, array):
        if not isinstance(array, KernelMethods):
            raise TypeError("the source is an array, not %s" % type(array).__name__)
        if array._dtype != self._dtype:
            raise TypeError("the elements are %s, not %s" % (array.dtype, self.dtype))
        return array

    def _keys(self, keys, what, kinds, convert):
        """Indices or the marks of a mask as a list, from an array, a buffer or any iterable."""
        if isinstance(keys, KernelMethods):
            found = keys._dtype, keys.tobytes()
        else:
            found = scalars_of_buffer(what, keys)
        if found is None:
            return [convert(key) for key in keys]
        dtype, data = found
        if dtype.kind not in kinds or dtype.shape:
            raise _no_keys(what, dtype.name)
        return scalars(dtype, data)

    def _ordered(self):
        if self._dtype.shape or self._dtype.kind == "RECORD":
            raise TypeError("elements of %s have no order" % self.dtype)

    def _order(self, element):
        """What an element is sorted by: floats by their bits, so that the zeros and all NaNs have an order too."""
        dtype = self._dtype
        number = dtype.codec.unpack(element)[0]
        if dtype.unit:
            return number == _times.NAT, number
        if dtype.kind == "BOOL":
            return element[0]
        if dtype.kind != "F":
            return number
        bits, sign = int.from_bytes(element, "big" if dtype.big else "little"), 1 << (8 * dtype.size - 1)
        place = bits if bits < sign else sign - 1 - bits  # negative ones descend
        return place + 2 * sign if number != number and place < 0 else place

    def _sought(self, value):
        """The number that a value is sought as: ints and floats as they are, times as their count, NaT as NaN."""
        dtype = self._dtype
        if dtype.unit:
            return self._number(dtype.codec.unpack(encode(dtype, value))[0])
        if type(value) in (int, float, bool) and (dtype.kind != "F" or self._compares_with(value)):
            return value
        return to_float(dtype, value)  # which may be sought among integers too

    def _number(self, scalar):
        return float("nan") if self._dtype.unit and scalar == _times.NAT else scalar

    def _numbers(self, values):
        """The values to be found, as numbers."""
        found = None
        if isinstance(values, KernelMethods):
            if not values._dtype.shape and (values._dtype == self._dtype or not self._dtype.unit):
                return [values._number(scalar) for scalar in scalars(values._dtype, values.tobytes())]
            values = values.tolist()
        elif not self._dtype.unit:
            found = scalars_of_buffer("values", values)
        return [self._sought(value) for value in values] if found is None else scalars(*found)

    def _search(self, positions, number, right):
        unpack, in_front = self._dtype.codec.unpack_from, self._in_front(number, right)
        low, length = 0, len(positions)
        while length:
            half = length // 2
            block, byte = self._find_place(positions[low + half])
            if in_front(unpack(block.memory, byte)[0]):
                low += half + 1
                length -= half + 1
            else:
                length = half
        return low

    def _in_front(self, number, right):
        """The function that tells whether a scalar belongs in front of a number. NaN and NaT are behind all."""
        compare, time = operator.le if right else operator.lt, bool(self._dtype.unit)
        if number != number:
            return lambda scalar: right or (scalar != _times.NAT if time else scalar == scalar)
        if time:
            return lambda scalar: scalar != _times.NAT and compare(scalar, number)
        return lambda scalar: compare(scalar, number)


def equal(x, y):
    """Whether two records have equal values. Tuples of them would not ask a NaN that is the very same object."""
    return all(map(equal, x, y)) if isinstance(x, tuple) else x == y


def swapped(dtype, element):
    """An element with the bytes of each scalar reversed."""
    if dtype.kind in ("TEXT", "BYTES"):
        return element
    size = dtype.item_size
    if dtype.kind != "RECORD":
        return b"".join([element[at : at + size][::-1] for at in range(0, len(element), size)])
    out = bytearray(element)
    # Of the bits that share a unit each would swap it.
    fields = {(field.offset, field.dtype.size): field.dtype for field in dtype.fields}
    for at in range(0, len(element), size):
        for (offset, length), part in fields.items():
            here = slice(at + offset, at + offset + length)
            out[here] = swapped(part, element[here])
    return bytes(out)


def _index(key):
    try:
        return arguments.index(key)
    except TypeError:
        raise _no_keys("indices", type(key).__name__) from None


def _mark(key):
    if key is not True and key is not False:
        raise _no_keys("masks", type(key).__name__)
    return key


def _no_keys(what, given):
    return TypeError("%s, not %s" % ("indices are integers" if what == "indices" else "a mask holds bools", given))
