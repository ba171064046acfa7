"""Retention: elements given up at the front, and memory given back."""


class RetentionMethods:
    __slots__ = ()

    def drop_front(self, n, /):
        """Drops the `n` oldest elements, or all if there are fewer: `first` grows by as many.

        The others keep their places, and so do views of the dropped ones. The memory of whole chunks is reused.
        ValueError for a negative n, RuntimeError inside a transaction.
        """
        self._raw.drop_front(n)
        self._note_shortened()

    def shrink(self):
        """Gives memory back that holds no elements. Python without a GIL keeps it until the array goes."""
        self._raw.shrink()
