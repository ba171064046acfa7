"""Transactions: appends that all stay, or none of them."""

from ._appender import end_inside
from ._identity import BesideEach

# The transactions that are open, each array's outermost first. Only the thread that they belong to changes a list.
_open = BesideEach(list)


class Transaction:
    """What transaction() gives: a context manager that undoes the appends of its block if that raises."""

    __slots__ = ("_array", "_wait", "_depth")

    def __init__(self, array, wait):
        self._array = array
        self._wait = bool(wait)
        self._depth = 0

    @property
    def array(self):
        """The array."""
        return self._array

    def __enter__(self):
        if self._depth:
            raise RuntimeError("the transaction has begun already; transaction() gives another one")
        self._array._suspend_appends()
        try:
            depth = self._array._raw._begin(self._wait)
        except BaseException:
            self._array._resume_appends()
            raise
        _open[self._array].append(self)
        self._depth = depth
        return self

    def __exit__(self, kind, value, traceback):
        raw = self._array._raw
        if not self._depth:
            raise RuntimeError("the transaction is over: one around it ended before it, or it never began")
        if not raw._depth:
            raise RuntimeError("the transaction belongs to another thread, and ends there")
        inside = self._end(kind is None)
        self._array._note_shortened()
        if inside:
            raise RuntimeError(
                "a transaction ended before %s inside it, as it may happen with generators: both were undone" % inside
            )

    def _end(self, commit):
        """Ends this transaction and what is inside of it, which should be over; gives what was not, by name."""
        raw, depth, transactions = self._array._raw, self._depth, _open[self._array]
        inside = "an appender" if end_inside(self._array) else None
        if raw._depth != depth:
            inside = "one"
        # Before the last of them ends: after that, the list belongs to the thread that begins the next.
        place = transactions.index(self)
        ending = transactions[place:]
        for over in ending:
            over._depth = 0
        del transactions[place:]
        try:
            while raw._depth > depth:
                raw._abort(raw._depth)
            if commit and inside is None:
                raw._commit(depth)
            else:
                raw._abort(depth)
        finally:
            for _ in ending:
                self._array._resume_appends()
        return inside


class TransactionMethods:
    __slots__ = ()

    def _suspend_appends(self):
        """Has appends reach the array at once, until as many calls of `_resume_appends`, where a door holds some back."""

    def _resume_appends(self):
        pass

    def transaction(self, wait=True):
        """A context manager: if its block raises, what was appended in it is taken away again.

            with a.transaction():
                a.append(1.0)
                a.extend(more)              # where this raises, the 1.0 is not in the array either

        Others see the elements as they come, but followers get them when the block is over. Meanwhile appends of other
        threads wait, and so does whatever takes elements away; a block that waits for such a thread waits forever.
        Other transactions wait as well; with wait=False, BlockingIOError instead. Those of the same thread nest: what
        an inner one kept is taken away with the outer one's. Inside, taking away elements from before the block is a
        RuntimeError; item assignment and atomic changes are not undone. Dropping as `keep` says waits for the end.
        """
        return Transaction(self, wait)
