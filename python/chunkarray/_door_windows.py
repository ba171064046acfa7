"""Windows on an array's chunks: what GraalPy's door reads elements by, and the iterators that walk through them."""

from bisect import bisect_right


class Window:
    """A memoryview of the elements from an index on, as many as `count` says.

    `count` becomes 0 when elements were taken away, and then no element is found by this window any more: who reads
    by it looks at that number alone. `view` may grow, so it is to be read after `count`.
    """

    __slots__ = ("start", "position", "count", "view")

    def __init__(self, start, position, view):
        self.start = start  # the index of its first element
        self.position = position  # the same as a position, which stays the element's when others are dropped
        self.count = len(view)
        self.view = view


NOWHERE = Window(0, 0, b"")


class Windows:
    """The windows of an array that were asked for, in order.

    An array gets a new object when elements were taken away, so that who still adds to this one does no harm.
    """

    __slots__ = ("_starts", "_windows")

    def __init__(self):
        self._starts, self._windows = [], []

    def find(self, index):
        """The window that has the element at an index; None if there is none."""
        k = bisect_right(self._starts, index) - 1
        if k >= 0:
            window = self._windows[k]
            k = index - window.start
            if k >= 0 and k < window.count:  # another thread may be in the midst of add()
                return window
        return None

    def add(self, start, position, view):
        """The window of a view, which is new or has grown. The array's lock is held."""
        k = bisect_right(self._starts, start)
        if k and self._starts[k - 1] == start:
            window = self._windows[k - 1]
            if window.position == position:
                window.view = view
                window.count = len(view)
                return window
            window.count = 0  # others dropped elements just now, and will have all windows forgotten
            window = self._windows[k - 1] = Window(start, position, view)
        else:
            window = Window(start, position, view)
            self._windows.insert(k, window)
            self._starts.insert(k, start)
        return window

    def forget(self):
        """Has nobody find anything by these windows any more. The array's lock is held."""
        for window in self._windows:
            window.count = 0


class ArrayIterator:
    """The elements of an array, those included that are appended meanwhile, and those left where it is cut.

    Several threads may share one, so each function reads the window once.
    """

    __slots__ = ("_array", "_position", "_window")

    def __init__(self, array):
        self._array = array
        self._position = array.first
        self._window = NOWHERE

    def __iter__(self):
        return self

    def __next__(self):
        window = self._window
        position = self._position
        k = position - window.position
        if k >= 0 and k < window.count:
            self._position = position + 1
            return window.view[k]
        return self._next_elsewhere()

    def __length_hint__(self):
        array = self._array
        return 0 if array is None else max(0, array._end - max(self._position, array.first))

    def _next_elsewhere(self):
        array = self._array
        while array is not None:
            position = max(self._position, array.first)
            window = array._window_at(position)
            try:
                value = array._native._at(position) if window is None else window.view[position - window.position]
            except IndexError:
                if position < array.first:  # dropped just now
                    continue
                break
            if window is not None:
                self._window = window
            self._position = position + 1
            return value
        self._array, self._window = None, NOWHERE  # as a list's: once at the end, always at the end
        raise StopIteration


class SliceIterator:
    """The elements of a slice: which ones is fixed, and one that is gone is an IndexError."""

    __slots__ = ("_array", "_position", "_step", "_end", "_window")

    def __init__(self, array, window):
        self._array = array
        self._position = window.start
        self._step = window.step
        self._end = window.start + window.step * len(window)
        self._window = NOWHERE

    def __iter__(self):
        return self

    def __next__(self):
        window = self._window
        position = self._position
        k = position - window.position
        if k >= 0 and k < window.count and position != self._end:
            self._position = position + self._step
            return window.view[k]
        return self._next_elsewhere()

    def __length_hint__(self):
        return (self._end - self._position) // self._step

    def _next_elsewhere(self):
        array, position = self._array, self._position
        if position == self._end:
            raise StopIteration
        window = array._window_at(position)
        if window is None:
            value = array._native._at(position)
        else:
            value = window.view[position - window.position]
            self._window = window
        self._position = position + self._step
        return value
