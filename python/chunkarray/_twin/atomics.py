"""Atomic changes of integer elements: read, compute and write as one step, beside threads that do the same."""

import operator

from . import arguments
from .elements import encode, integer

_GREATEST_CHANGE = 2**64 - 1


class AtomicMethods:
    """Methods of Array. They wait for each other and for item assignment, but not for transactions."""

    __slots__ = ()

    def fetch_add(self, index, amount, /):
        """Add to an integer element atomically and return what it was. OverflowError if the sum is out of range."""
        return self._change("fetch_add", index, amount, operator.add)

    def fetch_sub(self, index, amount, /):
        """Subtract from an integer element atomically and return what it was."""
        return self._change("fetch_sub", index, amount, operator.sub)

    def fetch_and(self, index, value, /):
        """Keep the bits that `value` has too, atomically, and return what the element was."""
        return self._replace("fetch_and", index, value, operator.and_)

    def fetch_or(self, index, value, /):
        """Set the bits of `value` atomically and return what the element was."""
        return self._replace("fetch_or", index, value, operator.or_)

    def fetch_xor(self, index, value, /):
        """Flip the bits of `value` atomically and return what the element was."""
        return self._replace("fetch_xor", index, value, operator.xor)

    def fetch_max(self, index, value, /):
        """Raise an integer element to `value` atomically, if it is less, and return what it was."""
        return self._replace("fetch_max", index, value, max)

    def fetch_min(self, index, value, /):
        """Lower an integer element to `value` atomically, if it is more, and return what it was."""
        return self._replace("fetch_min", index, value, min)

    def exchange(self, index, value, /):
        """Write an integer element atomically and return what it was."""
        return self._replace("exchange", index, value, lambda old, new: new)

    def compare_exchange(self, index, old, new, /):
        """Write `new` if the element is `old`, atomically, and return whether it was."""
        self._look("compare_exchange", index)
        expected, value = self._operand(old), self._operand(new)
        found = self._update(index, lambda now: value if now == expected else now)
        return found == expected

    def _change(self, function, index, amount, compute):
        self._look(function, index)
        try:
            number = operator.index(amount)
        except TypeError:
            raise TypeError("%s is changed by an int, not %s" % (self.dtype, type(amount).__name__)) from None
        if abs(number) > _GREATEST_CHANGE:
            shown = arguments.shown(number)
            raise OverflowError("%s is out of range for a change of %s" % (shown, self.dtype))
        return self._update(index, lambda old: compute(old, number))

    def _replace(self, function, index, value, compute):
        self._look(function, index)
        operand = self._operand(value)
        return self._update(index, lambda old: compute(old, operand))

    def _look(self, function, index):
        """Looks at the array and the index first, as item assignment does."""
        self._writable()
        if self._dtype.kind not in "USB" or self._dtype.shape:
            raise TypeError("%s() needs integer elements, not %s" % (function, self.dtype))
        arguments.position(index, len(self))

    def _operand(self, value):
        dtype = self._dtype
        if dtype.kind == "B" and isinstance(value, bytes):
            return dtype.codec.unpack(encode(dtype, value))[0]
        return integer(dtype, value)

    def _update(self, index, compute):
        dtype = self._dtype
        # Converting the operands may have run Python code that shortened the array.
        block, byte = self._find_place(self._first + arguments.position(index, len(self)))
        with self._cells:
            old = dtype.codec.unpack_from(block.memory, byte)[0]
            new = compute(old)
            least, greatest = dtype.range
            if not least <= new <= greatest:
                raise OverflowError("%d is out of range for %s (%d to %d)" % (new, dtype.name, least, greatest))
            dtype.codec.pack_into(block.memory, byte, new)
        return old
