"""Following: waiting for elements that other threads append, in threads and in event loops, without polling.

Only where C code has been let at what they wait for do they look by themselves, every 10 ms: it can't wake Python.

Who waits stands in the dict `_waiters` of what it waits for. Whoever adds elements, takes some away or closes looks
whether anybody waits, and if so calls `_wake`, holding no lock. There is no lock around the dict either: each of its
operations is atomic, and a signal handler or a finaliser that appends in the midst of one finds nothing half done.
"""

import operator
import sys
import threading
import time

_NOTHING = object()
_LOOK = 0.01  # seconds


class Followable:
    """A sequence that only grows at its end and shrinks at its ends, which others may wait for.

    Classes give these, where a position counts the elements since the sequence began, and never changes its meaning:

    first                 the position of the oldest element
    _settled              the position behind the newest element that will not be taken back by an exception
    _ended                whether nothing will ever be added any more
    _item(position)       the element there, or an IndexError
    _waiters              a dict; after each change, `if self._waiters: self._wake()`
    _watch_for(position)  called before somebody waits for `_settled` to reach a position, where changes are to be
                          looked for elsewhere than in `_waiters`
    _depth                how many transactions on it the calling thread is in
    _unseen               whether it may be changed by somebody who does not call `_wake`
    """

    __slots__ = ()

    _depth = 0
    _unseen = False

    def _watch_for(self, position):
        pass

    def wait(self, n, timeout=None):
        """Waits until `n` elements were appended since the array began: until first + len is at least `n`.

        Returns True then, and False after `timeout` seconds, or when nothing can come any more because of close() or
        freeze(). Ctrl-C ends a wait. Elements of a transaction count when it is over.
        ValueError for a negative n or timeout, RuntimeError inside a transaction of the same thread, which would wait
        for itself.
        """
        goal = operator.index(n)
        if goal < 0:
            raise ValueError("n is %d, but must not be negative" % goal)
        deadline = _deadline(timeout)
        _refuse_in_transaction(self)
        while self._settled < goal:
            if self._ended or not _sleep(self, _Waiter(goal), deadline):
                return self._settled >= goal
        return True

    def follow(self, start=None, timeout=None):
        """Gives the elements from the oldest on, those included that are appended later, as an iterator.

        start    the position to begin with instead of the oldest element's; a negative one counts from the end
        timeout  how many seconds without a new element end it; else only close() and freeze() do

        `for x in a.follow()` waits in the thread, `async for x in a.follow()` in the event loop; appends in any thread
        wake them. Ctrl-C ends a wait. One that does not keep up with `keep` or drop_front() goes on with the oldest
        element there is, and counts in `missed` how many it did not see. Where the array is cut below what was read
        already, it goes on with what is appended there; one that is busy meanwhile takes the end that it then finds.
        Elements of a transaction are given when it is over; inside one of the same thread, waiting is a RuntimeError.
        Any number of followers may follow an array; each belongs to one thread or task.
        ValueError for a start behind the end, or a negative timeout.
        """
        return Follower(self, start, timeout)

    def _wake(self):
        """Wakes those whose wait is over. Called by whoever changed something, without any lock."""
        try:
            _tell(self)
        except BaseException:  # a signal's exception belongs to this thread, and must not leave others asleep
            _tell(self)
            raise


class Follower:
    """The elements of an array from a position on, those that are still to come included: what follow() gives."""

    __module__ = __package__
    __slots__ = ("_source", "_position", "_timeout", "_missed", "__weakref__")

    def __init__(self, source, start=None, timeout=None):
        _deadline(timeout)
        first, end = source.first, source._settled
        if start is None:
            position = first
        else:
            position = operator.index(start)
            if position < 0:
                position = max(first, position + end)
            if position > end:
                raise ValueError("start is %d, but the array ends at %d" % (position, end))
        self._source = source
        self._position = position
        self._timeout = timeout
        self._missed = 0

    @property
    def position(self):
        """The position of the next element."""
        return self._position

    @property
    def missed(self):
        """How many elements were dropped before they were read."""
        return self._missed

    def __iter__(self):
        return self

    def __next__(self):
        value = self._read()
        if value is _NOTHING:
            deadline = _deadline(self._timeout)
            while value is _NOTHING:
                waiter = self._waiter()
                if not (self._may_wait() and _sleep(self._source, waiter, deadline)):
                    return self._last(StopIteration)
                value = self._read(waiter.lowest)
        return value

    def __aiter__(self):
        return self

    async def __anext__(self):
        value = self._read()
        if value is _NOTHING:
            deadline = _deadline(self._timeout)
            while value is _NOTHING:
                waiter = self._waiter()
                if not (self._may_wait() and await _sleep_in_loop(self._source, waiter, deadline)):
                    return self._last(StopAsyncIteration)
                value = self._read(waiter.lowest)
        return value

    def _read(self, lowest=sys.maxsize):
        """The next element, or _NOTHING where it has not come yet; `lowest` is how far the array was cut meanwhile."""
        source = self._source
        self._position = min(self._position, lowest)
        while source is not None:
            first = source.first
            if self._position < first:
                self._missed += first - self._position
                self._position = first
            settled = source._settled
            if self._position >= settled:
                self._position = settled  # lower where the array was cut
                break
            try:
                value = source._item(self._position)
            except IndexError:  # dropped or cut just now
                continue
            self._position += 1
            return value
        return _NOTHING

    def _waiter(self):
        return _Waiter(self._position + 1, self._position)

    def _may_wait(self):
        """Whether there is something to wait for."""
        source = self._source
        if source is None or source._ended:
            return False
        _refuse_in_transaction(source)
        return True

    def _last(self, stop):
        """The element that came just before the end; else the iteration is over for good."""
        value = self._read()
        if value is _NOTHING:
            self._source = None
            raise stop
        return value


class _Waiter:
    """Somebody who waits for a sequence to grow to `goal`, or to be cut below `floor`."""

    __slots__ = ("goal", "floor", "lowest", "wake")

    def __init__(self, goal, floor=0):
        self.goal = goal
        self.floor = self.lowest = floor

    def is_due(self, source):
        return not self.floor <= source._settled < self.goal or source._ended

    def look(self, source):
        """Whether it is due, for a waiter that nobody may tell."""
        if not self.is_due(source):
            return False
        self.lowest = min(self.lowest, source._settled)
        return True


def _tell(source):
    waiters = source._waiters
    while True:
        remaining = []
        for waiter in list(waiters):
            if waiter.is_due(source):
                waiter.lowest = min(waiter.lowest, source._settled)
                # First this, then that: an exception between the two makes a second call, which does no harm.
                waiter.wake()
                waiters.pop(waiter, None)
            else:
                remaining.append(waiter)
        if not remaining:
            return
        source._watch_for(min(waiter.goal for waiter in remaining))
        # What changed before the watch began, nobody else tells.
        if not any(waiter.is_due(source) for waiter in remaining):
            return


def _sleep(source, waiter, deadline):
    """Sleeps until the waiter is due, and gives whether it was, or whether the deadline came first."""
    lock = threading.Lock()
    lock.acquire()

    def wake():
        try:
            lock.release()
        except RuntimeError:  # by another thread already
            pass

    waiter.wake = wake
    waiters = source._waiters
    waiters[waiter] = None
    try:
        source._watch_for(waiter.goal)
        # What changed before the waiter was there, nobody tells.
        if waiter.is_due(source):
            return True
        while True:
            left = threading.TIMEOUT_MAX if deadline is None else deadline - time.monotonic()
            if left <= 0:
                return False
            unseen = source._unseen
            if lock.acquire(timeout=min(left, _LOOK if unseen else threading.TIMEOUT_MAX)):
                return True
            if unseen and waiter.look(source):
                return True
    finally:
        waiters.pop(waiter, None)


async def _sleep_in_loop(source, waiter, deadline):
    """As `_sleep`, for a task of the running event loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def settle(due):
        if not woken.done():
            woken.set_result(due)

    def wake():
        try:
            loop.call_soon_threadsafe(settle, True)
        except RuntimeError:  # the loop was closed, and the task with it
            pass

    waiter.wake = wake
    waiters = source._waiters
    waiters[waiter] = None
    timers = {}

    def look():
        if waiter.look(source):
            settle(True)
        elif not woken.done():
            timers["look"] = loop.call_later(_LOOK, look)

    try:
        source._watch_for(waiter.goal)
        if waiter.is_due(source):
            return True
        if deadline is not None:
            timers["end"] = loop.call_later(max(0, deadline - time.monotonic()), settle, False)
        if source._unseen:
            look()
        return await woken
    finally:
        waiters.pop(waiter, None)
        for timer in timers.values():
            timer.cancel()


def _deadline(timeout):
    """When `timeout` seconds from now are over; None for never."""
    if timeout is None:
        return None
    if not timeout >= 0:  # so is no NaN
        raise ValueError("timeout is %r, but must be a number of seconds, not negative" % (timeout,))
    return time.monotonic() + timeout


def _refuse_in_transaction(source):
    if source._depth:
        raise RuntimeError("waiting inside a transaction of the same thread would never end")
