"""Windows on an array's chunks: what GraalPy's door reads elements by, and the iterators that walk from one to the next.

A window is a tuple (start, stop, view) that never changes: a memoryview of the elements from `start` up to `stop`.
"""

import sys
from bisect import bisect_right

_NOWHERE = (0, 0, None, None)


class Windows:
    """The windows of an array that were asked for, by indices.

    An array gets a new object when elements were taken away, so that who still adds to this one does no harm.
    """

    __slots__ = ("near", "_starts", "_windows")

    def __init__(self):
        self.near = (0, 0, None)  # the one that was used last
        self._starts, self._windows = [], []

    def find(self, index):
        """The window that has the element at an index, which is `near` then; None if there is none."""
        k = bisect_right(self._starts, index) - 1
        if k >= 0:
            near = self._windows[k]
            if near[0] <= index < near[1]:  # another thread may be in the midst of add()
                self.near = near
                return near
        return None

    def add(self, window):
        """Takes a window in. The array's lock is held."""
        k = bisect_right(self._starts, window[0])
        if k and self._starts[k - 1] == window[0]:
            self._windows[k - 1] = window
        else:
            self._windows.insert(k, window)
            self._starts.insert(k, window[0])
        self.near = window


class _Iterator:
    """Walks positions of an array. Several threads may share one, so what it reads by is a tuple, read once."""

    __slots__ = ("_array", "_position", "_step", "_run")

    def __init__(self, array, position, step):
        self._array = array
        self._position = position
        self._step = step
        self._run = _NOWHERE  # what the array's _run_at() gave

    def __iter__(self):
        return self

    def __next__(self):
        run = self._run
        position = self._position
        if run[0] <= position < run[1] and run[3] is self._array._seen:
            self._position = position + self._step
            return run[2][position - run[0]]
        return self._next_elsewhere()


class ArrayIterator(_Iterator):
    """The elements of an array, those included that are appended meanwhile, and those left where it is cut."""

    __slots__ = ()

    def __init__(self, array):
        _Iterator.__init__(self, array, array.first, 1)

    def __length_hint__(self):
        return max(0, self._array._end - max(self._position, self._array.first))

    def _next_elsewhere(self):
        array = self._array
        while True:
            position = max(self._position, array.first)
            run = array._run_at(position)
            try:
                value = array._native._at(position) if run is None else run[2][position - run[0]]
            except IndexError:
                if position < array.first:  # dropped just now
                    continue
                self._position = sys.maxsize  # as a list's: once at the end, always at the end
                raise StopIteration from None
            self._run = run or _NOWHERE
            self._position = position + 1
            return value


class WindowIterator(_Iterator):
    """The elements of a slice: which ones is fixed, and one that is gone is an IndexError."""

    __slots__ = ("_end",)

    def __init__(self, array, window):
        _Iterator.__init__(self, array, window.start, window.step)
        self._end = window.start + window.step * len(window)

    def __length_hint__(self):
        return (self._end - self._position) // self._step

    def _next_elsewhere(self):
        array, position, step, end = self._array, self._position, self._step, self._end
        if position == end:
            raise StopIteration
        run = array._run_at(position)
        if run is None:
            value = array._native._at(position)
        else:
            start, stop, view, seen = run
            value = view[position - start]
            # Clipped to the slice, so that the quick way needs no end of its own.
            if step > 0:
                run = start, min(stop, end), view, seen
            elif start <= end:
                run = end + 1, stop, view[end + 1 - start :], seen
            self._run = run
        self._position = position + step
        return value
