"""ChunkArray on GraalPy, where a call into native code costs a thousand times what the work behind it does.

Elements are appended to a list and moved from there into the native array in bulk: by whoever asks for the native
object, as everything does that reads or changes the array, and now and then by the appends themselves. Elements are
read through memoryviews of the chunks. GraalPy's JIT turns both into a few loads and stores.

The quick ways do what is usual. All else (no such index, a value of another type or out of range, a frozen array) they
leave to the object door, which does it or knows the error. They compare two values at a time: GraalPy's JIT makes
quicker code of `a <= b and b <= c` than of `a <= b <= c`.

Other threads and signal handlers may run between any two bytecodes. What is relied on is that each operation of a
list is one step, and that an array's memory stays until the array goes, but for what close() and shrink() give back:
they do so here only where nobody is in the midst of a function of this file (`_alone`).
"""

import sys
import threading
from _thread import get_ident
from array import array

from . import _door_object
from ._door_object import _VIEW_CODES
from ._door_windows import NOWHERE, ArrayIterator, SliceIterator, Windows
from ._elements import is_shaped
from ._matching import match_as_sequence

# So many elements are held back at most: more make none of them cheaper.
_MOST = 4096

_INFINITY = float("inf")
# The largest that F4 has. All integers up to the other one are floats, too.
_LARGEST_F4 = float.fromhex("0x1.fffffep+127")
_EXACT = 2**53


def _kind(code):
    """The type of the values that may be held back for an array of the code `code`, and the range that they lie in."""
    if code == "?":
        return bool, False, True
    if code == "d":
        return float, -_INFINITY, _INFINITY
    if code == "f":
        return float, -_LARGEST_F4, _LARGEST_F4
    bits = 8 * array(code).itemsize
    return (int, 0, 2**bits - 1) if code.isupper() else (int, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


_KINDS = {code: _kind(code) for code in "BHIQbhiqfd?"}


class _Held:
    """Values on their way into an array, in order. All of them are good ones.

    Any thread may append to the list of them; whoever holds the array's lock moves them, and those appended meanwhile
    stay for the next time.
    """

    __slots__ = ("values", "room", "moving", "_code", "_goal", "_left")

    def __init__(self, code):
        self.values = []
        self.room = 1  # so many are moved; 0 where nothing is to be held back
        self._code = code
        self.moving = False
        self._goal = None
        self._left = 0

    def move(self, native, add):
        """Moves what is there by `add`, a function that takes a buffer of elements."""
        if self.moving:
            return  # a signal handler in the midst of it
        self.moving = True
        try:
            if self._goal is not None and native._end >= self._goal[0]:
                del self.values[: self._goal[1]]  # a signal's exception had come between two lines below
            self._goal = None
            count = len(self.values)
            if count:
                self._goal = (native._end + count, count)
                try:
                    self._give(add, self.values[:count])
                except Exception:
                    if native._end < self._goal[0]:
                        self._goal = None
                    raise
                del self.values[:count]
                self._goal = None
                self._left -= count
            if self.room:
                self._look_for_room(native)
        finally:
            self.moving = False

    def _give(self, add, values):
        elements = array("B" if self._code == "?" else self._code, values)
        add(memoryview(elements).cast("?") if self._code == "?" else elements)

    def _look_for_room(self, native):
        """Where the array's chunks end, no more are held back: who appends what there is no memory for meets the
        MemoryError."""
        if self._left <= 0:
            self._left = native.arena_capacity - len(native)
        self.room = min(max(self._left, 1), _MOST)

    @property
    def is_late(self):
        """Whether what was moved is still in the list."""
        return self._goal is not None

    def take_back(self, value):
        """Takes back a value that was not moved, and says whether it was there: that one or its like, which is as
        good."""
        for k, other in enumerate(self.values):
            if other == value:
                del self.values[k]
                return True
        return False


@match_as_sequence
class ChunkArray(_door_object.ChunkArray):
    __slots__ = (
        "_lock",  # of who moves elements or takes windows; may be taken again by its owner's signal handlers
        "_suspended",  # for how many reasons nothing is held back
        "_takes", "_least", "_greatest",  # which values may be: of which type, and from where to where
        "_kind",  # these three, where nothing is suspended; None for dtypes that are no plain numbers
        "_held",  # appended values
        "_put",  # values that an appender put; those are there only where appends are suspended
        "_keeps",  # whether appending drops elements
        "_code",  # what a memoryview calls the elements; None where it can't read them
        "_writes",  # the type of the values that are written in place; None where none are
        "_near",  # the window that was used last
        "_seen", "_was_seen",  # the windows, and whether there ever was one
        "_misses",  # of records: how often no window showed one
    )  # fmt: skip
    __module__ = __package__
    __doc__ = _door_object.ChunkArray.__doc__

    _object = _door_object.ChunkArray._native  # the native object as it is

    def _hold(self, native):
        self._object = native
        self._shortened = 0
        self._waiters = {}
        self._lock = threading.RLock()
        self._suspended = 0
        dtype = native.dtype
        self._keeps = native.keep is not None
        self._code = _VIEW_CODES.get(dtype)
        # What a time takes and gives differs in one value, which is None.
        code = "q" if dtype.startswith(("TIME[", "SPAN[")) and not is_shaped(dtype) else self._code
        self._kind = None if code is None else _KINDS[code]
        self._takes, self._least, self._greatest = self._kind or (None, 0, 0)
        self._held = _Held(code)
        self._put = None
        self._near = NOWHERE
        self._seen = Windows()
        self._was_seen = False
        self._writes = self._may_write()

    @property
    def _native(self):
        if self._held.values or self._put is not None:
            self._flush()
        return self._object

    def _flush(self):
        """Moves what is held back. MemoryError if there is none for it; it is then still held back."""
        native = self._object
        with self._lock:
            if self._put is not None:
                self._put.move(native, native._put_all)
            elif not self._suspended:
                self._held.move(native, native.frombytes)
                if self._keeps:
                    self._forget()

    def _suspend_appends(self):
        """Has appends go straight into the native object, where they wait or are refused, until `_resume_appends`."""
        with self._lock:
            self._flush()
            self._suspended += 1
            self._takes = None
            self._held.room = 0

    def _resume_appends(self):
        with self._lock:
            self._suspended -= 1
            if not self._suspended and self._kind is not None:
                self._takes = self._kind[0]
                self._held.room = 1

    def _forget(self):
        """Forgets the windows, since elements were taken away."""
        with self._lock:
            seen, self._seen = self._seen, Windows()
            seen.forget()

    def _note_shortened(self):
        self._forget()
        super()._note_shortened()

    # More elements at the end.

    def append(self, value, /):
        """Adds one element at the end."""
        if type(value) is self._takes and self._least <= value and value <= self._greatest:
            held = self._held
            held.values.append(value)
            if len(held.values) >= held.room or self._waiters:
                self._appended(value)
        elif type(value) is int and self._takes is float and -_EXACT <= value <= _EXACT:
            ChunkArray.append(self, float(value))
        else:
            self._add(super().append, value)

    def _add(self, add, value):
        """Adds by a method of the object door."""
        runs_no_code = type(value) in (int, float, bool)
        if not runs_no_code:
            self._suspend_appends()  # what a conversion or an iterator appends meanwhile comes first
        try:
            return add(value)
        finally:
            if self._keeps:
                self._forget()
            if not runs_no_code:
                self._resume_appends()

    def _appended(self, value):
        """Does what is to be done now and then, after a value was held back."""
        with self._lock:
            held = self._held
            if self._suspended:
                # A transaction began just now, or the like. All that was held back before is moved already.
                taken_back = held.take_back(value)
            else:
                taken_back = False
                try:
                    self._flush()
                except Exception:  # a MemoryError, most likely
                    if not held.is_late:
                        held.take_back(value)
                    raise
        if taken_back:
            self._add(super().append, value)
        elif self._waiters:
            self._wake()

    def push(self, value, /):
        """Adds one element at the end and gives its index."""
        return self._add(super().push, value)

    def extend(self, values, /):
        """Adds the elements of an iterable or a buffer: all of them, or none if one is bad."""
        self._add(super().extend, values)

    def frombytes(self, buffer, /):
        """Adds the elements whose bytes `buffer` holds, in the dtype's byte order."""
        self._add(super().frombytes, buffer)

    # An appender.

    def _open_appender(self):
        self._suspend_appends()
        try:
            super()._open_appender()
        except BaseException:
            self._resume_appends()
            raise
        self._put = _Held(self._held._code)

    def _close_appender(self):
        put = self._put
        was_open = self._object._close_appender()  # may wait for a transaction, so without the lock
        if was_open and put is not None:  # which it is where C code opened one
            with self._lock:
                self._held.values[:0] = put.values  # those that there was no memory for
                if self._put is put:  # else another thread has opened the next appender already
                    self._put = None
                self._resume_appends()
        return was_open

    def _make_put(self, appender):
        """The function that puts for an appender that has just been opened. It keeps the appender."""
        if self._kind is None:
            return super()._make_put(appender)
        held, thread = self._put, appender.thread
        takes, least, greatest = self._kind
        values = held.values

        def put(value, /):
            if not appender.is_open or thread != get_ident():
                raise appender.refusal()
            if type(value) is takes and least <= value and value <= greatest:
                values.append(value)
                if len(values) >= held.room or self._waiters:
                    self._put_now(held)
            elif type(value) is int and takes is float and -_EXACT <= value <= _EXACT:
                put(float(value))
            else:
                self._native._put(value)
                if self._keeps:
                    self._forget()
                if self._waiters:
                    self._wake()

        return put

    def _put_now(self, held):
        try:
            self._flush()
        except Exception:
            if not held.is_late:
                held.values.pop()  # nobody else puts
            raise
        if self._waiters:
            self._wake()

    def _c_object(self):
        raw = super()._c_object()
        # C code may take elements away and freeze, which is not noticed here.
        self._code = self._writes = None
        self._forget()
        return raw

    # Fewer elements.

    def pop(self, index=-1, /):
        """Takes the last element away and gives it. IndexError if there is none, TypeError for any other element."""
        held = self._held
        if held.values and index == -1 and self._code != "f":  # which rounds
            with self._lock:
                if held.values and self._takes is not None and not held.moving:
                    value = held.values.pop()
                    self._note_shortened()
                    return value
        return super().pop(index)

    def freeze(self, force=False):
        """Makes the array read-only for good: every later change is a ValueError, and chunks and views are read-only.

        BufferError while chunks or views of it live through which it could be changed; force=True freezes it all the
        same. A frozen array can be closed, and has a hash, by identity. Its copies are not frozen.
        """
        self._suspend_appends()
        self._writes = None
        try:
            super().freeze(force)
        finally:
            if not self._object.frozen:
                self._resume_appends()
                self._writes = self._may_write()

    def close(self):
        """Takes all elements away for good and gives their memory back at once; views keep theirs."""
        self._suspend_appends()
        native = self._object
        try:
            native._close()
        except BaseException:
            self._resume_appends()
            raise
        self._note_shortened()
        if not self._was_seen or _alone():
            native.close()

    def shrink(self):
        """Gives memory back that holds no elements. Python without a GIL keeps it until the array goes."""
        self._forget()
        if not self._was_seen or _alone():
            self._native.shrink()

    # Reading and writing in place.

    def _may_write(self):
        """What `_writes` is to be."""
        native = self._object
        # Chunks of the fixed growth are used again: another thread could append there before the value is written.
        if self._code is None or native.growth != "double" or native.frozen:
            return None
        return self._kind[0]

    def __setitem__(self, key, value, /):
        if type(key) is int and type(value) is self._writes and self._least <= value and value <= self._greatest:
            near = self._near
            k = key - near.start
            if k >= 0 and k < near.count:
                near.view[k] = value
                return
            near = self._window_of(key)
            if near is not None:
                near.view[key - near.start] = value
                return
        super().__setitem__(key, value)

    def __getitem__(self, key, /):
        if type(key) is int:
            near = self._near
            k = key - near.start
            if k >= 0 and k < near.count:
                return near.view[k]
            return self._element(key)
        return self._getitem(key)

    def at(self, index, /):
        """The element at `index`, an integer: a[index] without slices."""
        return ChunkArray.__getitem__(self, index) if type(index) is int else super().at(index)

    def _element(self, index):
        """The element at an index that is not in the window that was used last."""
        window = self._window_of(index)
        return self._native[index] if window is None else window.view[index - window.start]

    def _window_of(self, index):
        """The window that has the element at an index, which is near then, or None where none can."""
        window = self._seen.find(index) or self._make_window(index)
        if window is not None:
            self._near = window
        return window

    def _make_window(self, index):
        if index < 0 or self._code is None:
            return None
        with self._lock:
            native = self._native
            if not self._was_seen:
                if native._arena() is not None:  # whoever rewinds it counts on what close() gives back
                    self._code = self._writes = None
                    return None
                self._was_seen = True
            first = native.first
            try:
                start, stop, memory = native._chunk_at(index)
            except IndexError:
                return None
            if first != native.first or not start <= index < stop:  # others dropped elements meanwhile
                return None
            return self._seen.add(start, first + start, self._view(memory))

    def _view(self, memory):
        """What a window shows elements by: as long as there are elements in these bytes."""
        return memory.cast(self._code)

    def _window_at(self, position):
        """The window that has the element at a position, or None where none can."""
        window = self._window_of(position - self._native.first)
        if window is not None and 0 <= position - window.position < window.count:
            return window
        return None  # or others dropped elements meanwhile

    def __iter__(self):
        return super().__iter__() if self._code is None else ArrayIterator(self)

    def _each(self, window):
        return super()._each(window) if self._code is None else SliceIterator(self, window)

    def __len__(self):
        held = self._held
        if held.values and not self._keeps:
            with self._lock:
                if not self._suspended and not held.moving:
                    return len(self._object) + len(held.values)
        return len(self._native)

    # Records.

    @classmethod
    def _row_methods(cls, record):
        """What the class of arrays of records that is made from this one has from this door: its bases and attributes."""
        from ._records.door_views import row_methods

        return row_methods(cls, record)


ChunkArray._door = ChunkArray  # whose constructor subclasses with one of their own go around


# Of all functions that read or write by windows.
_FILES = {_Held.move.__code__.co_filename, Windows.find.__code__.co_filename}


def _alone():
    """Whether nobody but the calling method is in the midst of a function of this file or the windows'.

    To be asked when the array's elements are out of sight: who comes later does not find them. GraalPy does not tell
    what other threads do, so they may be anywhere.
    """
    if threading.active_count() > 1:
        return False
    frame = sys._getframe(1).f_back
    while frame is not None:
        if frame.f_code.co_filename in _FILES:
            return False
        frame = frame.f_back
    return True
