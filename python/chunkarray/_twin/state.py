"""What becomes of an array beside growing: dropping at the front, marks, transactions, freezing."""

import gc
import itertools
import threading

from . import arguments
from .elements import encode

_numbers = itertools.count(1)  # of marks
_NO_APPENDER = "this thread has no appender of this array open"


class StateMethods:
    """Methods of Array. A transaction keeps the array's lock, so that others' changes wait until it is over."""

    __slots__ = ()

    @property
    def first(self):
        """How many elements were dropped at the front: the position of the oldest one."""
        return self._first

    @property
    def keep(self):
        """How many of the newest elements are kept at least, or None for all."""
        return self._kept

    @property
    def keep_bytes(self):
        """Bytes of the elements that are kept at least, or None for all."""
        return None if self._kept is None else self._kept * self.itemsize

    @property
    def frozen(self):
        """Whether freeze() was called."""
        return self._is_frozen

    @property
    def closed(self):
        """Whether close() was called."""
        return self._is_closed

    @property
    def _end(self):
        """The position behind the newest element."""
        return self._limit

    @property
    def _settled(self):
        """As _end, but without the elements of a transaction that is not over."""
        begun = self._begun
        return begun[0] if begun else self._limit

    @property
    def _depth(self):
        """How many transactions the calling thread is in."""
        return len(self._begun) if self._owner == threading.get_ident() else 0

    def _writable(self):
        if self._is_frozen:
            raise ValueError("the array is frozen")

    def _alone(self, appender=None):
        """Refuses beside an appender, unless it is that of the thread `appender`."""
        if self._appender != appender:
            raise RuntimeError("an appender of this array is open" if appender is None else _NO_APPENDER)

    def _resizable(self, appender=None):
        self._writable()
        self._alone(appender)

    # At the end.

    def pop(self, /):
        """Remove the last element and return it."""
        with self._lock:
            self._resizable()
            if not len(self):
                raise IndexError("pop from empty ChunkArray")
            value = self._item(self._limit - 1)
            self._cut(self._limit - 1)
            return value

    def truncate(self, length, /):
        """Shorten the array to a length; one that is not longer stays as it is."""
        length = arguments.size("length", length)
        with self._lock:
            self._cut(self._first + length)

    def clear(self, /):
        """Remove all elements. The memory is kept for reuse."""
        self.truncate(0)

    def reset(self, /):
        """Remove all elements, and make all marks invalid."""
        with self._lock:
            self._cut(self._first)
            self._marks, self._dropped_mark = {}, 0

    def close(self, /):
        """Remove all elements for good and give their memory back. Views keep theirs."""
        with self._lock:
            self._alone()
            self._refuse_within_transaction()
            self._is_closed = True
            self._limit = self._first
            self._marks = {}
            self._table.shrink(self._first, self._limit)

    def _cut(self, end):
        """Takes the elements from the position `end` on away, if there are any."""
        self._resizable()
        if end >= self._limit:
            return
        if self._begun and end < self._begun[-1]:
            self._refuse_within_transaction()
        self._limit = end
        self._marks = {mark: position for mark, position in self._marks.items() if position <= end}

    def _refuse_within_transaction(self):
        if self._begun:
            raise RuntimeError("elements from before the transaction can't be removed before it has ended")

    # At the front.

    def drop_front(self, n, /):
        """Drop the n oldest elements, or all if there are fewer. The memory of whole chunks is given back."""
        n = arguments.size("n", n)
        with self._lock:
            self._writable()
            n = min(n, len(self))
            if n:
                self._refuse_within_transaction()
                self._drop(self._first + n)

    def _drop(self, first):
        """Lets all elements in front of a position go, and the chunks that hold no others."""
        if first > self._first:
            self._first = first
            gone = [mark for mark, position in self._marks.items() if position < first]
            self._dropped_mark = max([self._dropped_mark, *gone])
            self._marks = {mark: position for mark, position in self._marks.items() if position >= first}
            self._table.drop(first)

    def _drop_by_keep(self):
        """Drops whole chunks, as long as enough elements are left."""
        if self._kept is not None and not self._begun:
            self._drop(self._table.place(max(0, self._limit - self._kept))[0])

    def shrink(self, /):
        """Give memory back that holds no elements."""
        with self._lock:
            self._alone()
            self._table.shrink(self._first, self._limit)

    # Marks.

    def _save(self, /):
        """A mark of where the array ends now: its number and that position."""
        with self._lock:
            last = max(self._marks, default=0)
            if not last or self._marks[last] != self._limit:
                last = next(_numbers)
                self._marks = {**self._marks, last: self._limit}
            return last, self._limit

    def _rewind(self, mark, /):
        """Cut the array back to a mark, which stays valid."""
        with self._lock:
            self._writable()
            if mark not in self._marks:
                why = "the array was cut below it"
                if mark <= self._dropped_mark:
                    why = "its position was dropped (first is %d)" % self._first
                raise ValueError("the mark is no longer valid: " + why)
            self._cut(self._marks[mark])

    # Transactions.

    def _begin(self, wait, /):
        """Begin a transaction of the calling thread, and return how many it is in now."""
        if self._is_closed:
            raise ValueError("the array is closed")
        while not self._lock.acquire(timeout=-1 if wait else 0.001):
            if self._begun:  # and not only an append
                raise BlockingIOError("another thread is at work on the array")
        try:
            self._resizable()
        except BaseException:
            self._lock.release()
            raise
        self._owner = threading.get_ident()
        self._begun = self._begun + [self._limit]
        return len(self._begun)

    def _commit(self, depth, /):
        """End the innermost transaction of the calling thread and keep its elements."""
        self._finish(arguments.size("depth", depth))

    def _abort(self, depth, /):
        """End the innermost transaction of the calling thread and take its elements away."""
        self._finish(arguments.size("depth", depth), cut=True)

    def _finish(self, given, cut=False):
        depth = self._depth
        if not depth:
            raise RuntimeError("transaction %d was ended, but this thread is in no transaction" % given)
        if given != depth:
            message = "transactions end in reverse order: %d was ended, but %d is the innermost"
            raise RuntimeError(message % (given, depth))
        if cut:
            self._cut(self._begun[-1])
        self._begun = self._begun[:-1]
        if not self._begun:
            self._owner = None
            self._drop_by_keep()
        self._lock.release()

    # Appenders.

    def _open_appender(self, /):
        """Let the calling thread, and nobody else, append until the appender is closed."""
        with self._lock:
            if self._is_closed:
                raise ValueError("append to a closed array")
            self._resizable()
            self._appender = threading.get_ident()

    def _put(self, value, /):
        """Add one element at the end for the appender that this thread has opened."""
        me = threading.get_ident()
        if self._appender != me:
            raise RuntimeError(_NO_APPENDER)
        self._add(encode(self._dtype, value), me)

    def _put_all(self, values, /):
        """Add elements that were put and held back, all or none, from any thread."""
        side = b"".join([encode(self._dtype, value) for value in values])
        if self._appender is None:
            raise RuntimeError(_NO_APPENDER)
        self._add(side, self._appender)

    def _close_appender(self, /):
        """Close the appender, and return whether one was open."""
        was_open = self._appender is not None
        self._appender = None
        return was_open

    # The end of all changes.

    def freeze(self, force=False, /):
        """Make the array read-only for good. BufferError while writable chunks of it live, unless forced."""
        with self._lock, self._cells:
            if self._may_freeze(force):
                self._is_frozen = True

    def _may_freeze(self, force):
        """Whether the array is to be frozen, which it may be already. Raises what freeze() does."""
        if self._is_closed:
            raise ValueError("the array is closed")
        if self._is_frozen:
            return False
        if not force:
            self._refuse_views()
        self._refuse_within_transaction()
        self._alone()
        return True

    def _refuse_views(self, /):
        """Raise the BufferError that freeze() would, and do nothing else."""
        if self._has_views():
            gc.collect()
            if self._has_views():
                raise BufferError(
                    "the array could be changed through chunks or views of it that live; "
                    "freeze(force=True) freezes it all the same"
                )

    def _has_views(self):
        return any(not chunk.readonly for chunk in list(self._views or ()))

    def _watch(self, position, /):
        """Whether the array reached a position. Who waits for that is told by the class in Python."""
        return self._settled >= arguments.size("position", position)
