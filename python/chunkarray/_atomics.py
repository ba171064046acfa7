"""Atomic changes of integer elements, where the array's class is not the native type itself."""


class AtomicMethods:
    """Each reads an integer element, computes and writes it as one step, whatever other threads do meanwhile.

    They give what the element was before. TypeError for elements that are no integers (U, S and B are, of either byte
    order), OverflowError for a value or a result out of range, IndexError for a bad index: nothing is changed then.
    """

    __slots__ = ()

    def fetch_add(self, index, amount, /):
        """Adds `amount` to the element atomically, and gives what it was. OverflowError if the sum is out of range."""
        return self._raw.fetch_add(index, amount)

    def fetch_sub(self, index, amount, /):
        """Subtracts `amount` atomically, and gives what the element was. OverflowError as fetch_add's."""
        return self._raw.fetch_sub(index, amount)

    def fetch_and(self, index, value, /):
        """Keeps the bits that `value` has too, atomically, and gives what the element was."""
        return self._raw.fetch_and(index, value)

    def fetch_or(self, index, value, /):
        """Sets the bits of `value` atomically, and gives what the element was."""
        return self._raw.fetch_or(index, value)

    def fetch_xor(self, index, value, /):
        """Flips the bits of `value` atomically, and gives what the element was."""
        return self._raw.fetch_xor(index, value)

    def fetch_max(self, index, value, /):
        """Raises the element to `value` atomically, if it is less, and gives what it was."""
        return self._raw.fetch_max(index, value)

    def fetch_min(self, index, value, /):
        """Lowers the element to `value` atomically, if it is more, and gives what it was."""
        return self._raw.fetch_min(index, value)

    def exchange(self, index, value, /):
        """Writes the element atomically, and gives what it was."""
        return self._raw.exchange(index, value)

    def compare_exchange(self, index, old, new, /):
        """Writes `new` if the element is `old`, atomically, and gives whether it was."""
        return self._raw.compare_exchange(index, old, new)
