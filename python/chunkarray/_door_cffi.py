"""ChunkArray on PyPy, where a call into native code costs more than the work behind it.

Elements are read, written, appended and put in place, through cffi pointers that follow the array's own header in
memory. That makes no objects for anybody else, and PyPy's JIT turns it into a few loads and stores. The pointer to the
header knows the type of the elements, so what it leads to needs no choice by dtype.

The quick ways do what is usual. All else (no such index, a value of another type or out of range, a full chunk, a
dtype that is no plain number) they leave to the object door, which does it or knows the error.

While PyPy interprets, other threads, signal handlers and finalisers may run between any two bytecodes. So

- An array's memory stays until the array goes, but for what close() and shrink() give back, and here they do so only
  where nobody can be in the midst of a function of this file (`_alone`): he may have looked at the array's end before,
  and look at the element after.
- Only one thread appends by plain stores (`_Tail`): the first that does, until another thread asks for anything that may
  change the array's end. From then on all appends are native calls, which hold the interpreter's lock. (A typed twin,
  called through cffi, gives that lock up and takes it again, which costs as much as the objects do.)
"""

import os
import sys
import time
from _thread import _count, get_ident

from __pypy__ import strategy

from . import _door_object
from ._cffi import NUMBERS, backend
from ._matching import match_as_sequence

_new_pointer = backend.new_pointer_type
_new_array = backend.new_array_type

# Rounded to a float, what is below it in size is finite.
_F4_LIMIT = float.fromhex("0x1.ffffffp+127")


def _fits_f4(value):
    """Whether an F4 takes a float: one that is finite must stay so."""
    return -_F4_LIMIT < value < _F4_LIMIT or value - value != 0.0


def _fits_u8(value):
    """Whether a U8, which is read and written as an S8, takes an int; the S8 refuses what is too large."""
    return value >= 0


class _Kind:
    """What arrays of one dtype have in common, where that is a plain number.

    takes         the type of the values that are written quickly
    is_plain      whether C's elements are read as the array's without a look
    is_number     whether C's elements are read at all
    store         what writes a value that fits into an element, where C does not do it by itself
    fits          which of them fit, where C does not refuse the others; None for all
    header        the C type of a pointer to the header, and to one for appenders
    put_header
    many          the C type of an array of such numbers
    lists         PyPy's own words for lists that hold nothing but such values
    """

    is_number = True
    store = None

    def __init__(self, takes, element, seen_as=None, fits=None):
        self.takes = takes
        self.fits = fits
        self.is_plain = takes is not bool and seen_as is None
        self.header = _header_of(seen_as or element, 8)
        self.put_header = _header_of(seen_as or element, 16)
        self.many = _new_array(_new_pointer(element), None)
        self.lists = {float: ("FloatListStrategy", "IntegerListStrategy"), int: ("IntegerListStrategy",)}.get(takes, ())


def _header_of(element, limit):
    """The C type of a pointer to the header of an array (`chunkarray_array` in our C header) of elements of a C type.

    `limit` is where the end of the room for appends stands. `spine` and `ring` are two names of `entries`, for the two
    kinds of growth.
    """
    number = NUMBERS["S8"]
    elements = _new_pointer(element)
    ring = backend.new_struct_type("chunkarray_ring")
    slots = _new_array(_new_pointer(elements), 1 << 40)  # mask + 1, in truth
    _complete(ring, ("mask", number, 0), ("previous", number, 8), ("slots", slots, 16))
    header = backend.new_struct_type("chunkarray_array")
    _complete(
        header,
        ("end", number, 0),
        ("limit", number, limit),
        ("tail_bias", elements, 24),
        ("first", number, 32),
        ("cuts", number, 40),
        ("front_len", number, 48),
        ("front", elements, 56),
        ("spine", _new_pointer(elements), 64),
        ("ring", _new_pointer(ring), 64),
        ("shift", number, 80),
        ("growth", number, 88),
        ("state", number, 96),
    )
    return _new_pointer(header)


def _complete(struct, *fields):
    backend.complete_struct_or_union(struct, [(name, kind, -1, offset) for name, kind, offset in fields])


def _kind_of(dtype):
    """The kind of arrays of a dtype; None for what is neither a plain number nor a record."""
    if dtype not in _kinds:
        _kinds[dtype] = _make_kind(dtype)
    return _kinds[dtype]


def _make_kind(dtype):
    if dtype[0] == "{":
        from ._records.door_cffi import row_kind

        return row_kind(dtype, _header_of)
    if dtype in ("U8", "B8"):  # unsigned numbers of this size are long ints, and slow
        return _Kind(int, NUMBERS["U8"], NUMBERS["S8"], _fits_u8)
    if dtype == "F4":
        return _Kind(float, NUMBERS["F4"], fits=_fits_f4)
    if dtype == "BOOL":
        return _Kind(bool, backend.new_primitive_type("_Bool"))
    element = NUMBERS.get(dtype.replace("B", "U"))
    return element and _Kind(float if dtype == "F8" else int, element)


_kinds = {}
_ANY = _header_of(NUMBERS["U1"], 8)
_EMPTY = backend.newp(_ANY)  # the header of an array without elements
_FROZEN = 1  # a bit of `state`

# How many bits the numbers up to 2**16 have.
_BITS = backend.newp(_new_array(_new_pointer(NUMBERS["U1"]), 1 << 16))
for _number in range(1 << 16):
    _BITS[_number] = _number.bit_length()


# Where elements lie.


def _find(header, index):
    """The position of the element at an index; -1 if there is none."""
    position = index + (header.first if index >= 0 else header.end)
    return position if header.first <= position < header.end else -1


def _chunk_at(header, position):
    """The chunk of a position that the array has: a pointer to where the element at position 0 would lie."""
    behind = position - header.front_len
    if behind < 0:
        return header.front
    unit = behind >> header.shift
    if header.growth:
        ring = header.ring  # once: the array may get another one
        return ring.slots[unit & ring.mask] - (header.front_len + (unit << header.shift))
    return header.spine[_BITS[unit] if unit < 1 << 16 else unit.bit_length()]


def _chunk_bounds(header, position):
    """The position of the first element of a position's chunk, and the one behind its last."""
    front = header.front_len
    if position < front:
        return 0, front
    shift = header.shift
    unit = (position - front) >> shift
    if header.growth:
        start, stop = unit, unit + 1
    else:
        stop = 1 << unit.bit_length()
        start = stop // 2 if unit else 0
    return front + (start << shift), front + (stop << shift)


# Who is at work.


def _is_inside(frame, codes=None):
    """Whether one of a chain of frames of the calling thread is of the door's files, or of one of some code objects."""
    while frame is not None:
        code = frame.f_code
        if code in codes if codes else code.co_filename in FILES:
            return True
        frame = frame.f_back
    return False


# Of the functions that read and write memory by themselves: this file, and what it leads to.
FILES = {_is_inside.__code__.co_filename}


def _alone():
    """Whether nobody but the calling method can be in the midst of a function of the door's files.

    To be asked when what is to go is out of sight: who comes later does not find it. Other threads are just counted:
    sys._current_frames(), which could tell where they are, ends PyPy 7.3.11 while others run compiled code.
    """
    return _count() == 0 and not _is_inside(sys._getframe(2))


class _Tail:
    """Appends to an array by plain stores, by the one thread that made this, as long as no other one is in the way."""

    __slots__ = ("header", "store", "slow", "thread", "process", "stopped", "busy", "late")

    def __init__(self, header, store, slow):
        self.header = header
        self.store = store  # that of the array's kind
        self.slow = slow  # the native function for what can't be done here
        self.thread = get_ident()
        self.process = os.getpid()
        self.stopped = False
        self.busy = False  # from the look at the array to the change
        self.late = []  # what a signal handler or a finaliser appended meanwhile

    def append(self, value):
        """Appends a value that fits, and gives its position; -1 if nothing was done, None if it will be done soon."""
        if self.thread != get_ident() or self.stopped:
            return -1
        if self.busy and self.is_interrupted():
            self.late.append(value)
            return None
        header = self.header
        try:
            try:
                self.busy = True
                end = header.end
                if self.stopped or end >= header.limit:
                    return -1
                if self.store is None:
                    header.tail_bias[end] = value
                else:
                    self.store(header.tail_bias[end], value)
                header.end = end + 1  # last: whoever sees it finds all of the element
                return end
            finally:
                self.busy = False
        except OverflowError:
            return -1
        finally:
            self.done()

    def append_slowly(self, value):
        """Appends any value."""
        if self.busy and self.is_interrupted():
            self.late.append(value)
        else:
            self.slow(value)

    def write(self, index, value):
        """Overwrites the element at an index with a value that fits, and says whether it did.

        For arrays whose chunks are used again: another thread could append there before the value is written.
        """
        if self.thread != get_ident() or self.stopped or self.busy:
            return False
        header = self.header
        try:
            try:
                self.busy = True
                position = _find(header, index)
                if self.stopped or position < 0 or header.state & _FROZEN:
                    return False
                _chunk_at(header, position)[position] = value
                return True
            finally:
                self.busy = False
        except OverflowError:
            return False
        finally:
            self.done()

    def write_field(self, position, write, value):
        """The same for a field of the record at a position: `write` writes into an element, and says whether it did."""
        if self.thread != get_ident() or self.stopped or self.busy:
            return False
        header = self.header
        try:
            try:
                self.busy = True
                if self.stopped or not header.first <= position < header.end or header.state & _FROZEN:
                    return False
                return write(_chunk_at(header, position)[position], value)
            finally:
                self.busy = False
        finally:
            self.done()

    def done(self):
        self.busy = False  # once more: Ctrl-C may have come in front of the first time
        while self.late:
            self.append_slowly(self.late.pop(0))

    def is_interrupted(self):
        """Whether this thread is in the midst of append() or write() really: an exception may have left `busy` set."""
        return _is_inside(sys._getframe(2), _AMID)

    def stop(self):
        """Ends the plain stores, for another thread: none is under way when this returns."""
        self.stopped = True
        while self.busy and self.process == os.getpid():  # a child has no other threads
            time.sleep(0)


# The functions that `busy` is about.
_AMID = (_Tail.append.__code__, _Tail.write.__code__, _Tail.write_field.__code__)


@match_as_sequence
class ChunkArray(_door_object.ChunkArray):
    __slots__ = (
        "_kind",
        "_takes",
        "_fits",
        "_counts",
        "_typed",
        "_header",
        "_wraps",
        "_near",
        "_near_row",
        "_tail",
        "_tails",
    )
    __module__ = __package__
    __doc__ = _door_object.ChunkArray.__doc__

    def _hold(self, native):
        super()._hold(native)
        kind = self._kind = _kind_of(native.dtype)
        address = native._header()
        self._counts = backend.cast(_ANY, address)  # the header, for what any array has
        self._typed = _EMPTY if kind is None else backend.cast(kind.header, address)  # for elements
        self._header = _EMPTY if kind is None or not kind.is_number else self._typed  # for those that are numbers
        self._takes = kind and kind.takes
        self._fits = kind and kind.fits
        self._wraps = self._fits is _fits_u8
        self._near = _NOTHING  # where an element was read last
        self._near_row = _NOTHING  # where a record's field was used last, by positions
        self._tail = None
        self._tails = []

    # Appended.

    def append(self, value, /):
        """Adds one element at the end."""
        if type(value) is self._takes and (self._fits is None or self._fits(value)):
            if (self._tail or self._own_tail()).append(value) != -1:
                if self._waiters:
                    self._wake()
                return
        super().append(value)

    _append_at_once = append

    def push(self, value, /):
        """Adds one element at the end and gives its index."""
        if type(value) is self._takes and (self._fits is None or self._fits(value)):
            position = (self._tail or self._own_tail()).append(value)
            if position is None:
                raise RuntimeError(_INTERRUPTED)
            if position >= 0:
                if self._waiters:
                    self._wake()
                return position - self._counts.first
        return super().push(value)

    def extend(self, values, /):
        """Adds the elements of an iterable or a buffer: all of them, or none if one is bad."""
        if self._kind is not None:
            if type(values) in (tuple, range) or hasattr(type(values), "__next__"):  # what is no buffer
                values = list(values)
            if type(values) is list and self._extend(values):
                return
        super().extend(values)

    def _extend(self, values):
        """Adds the elements of a list that PyPy keeps as plain numbers, and says whether it did."""
        if strategy(values) not in self._kind.lists:
            return False
        try:
            elements = backend.newp(self._kind.many, values)  # a copy: others may change the list
        except OverflowError:
            return False
        try:
            if self._fits is _fits_f4 and any(map(_is_infinite, elements)):
                return False
            self.frombytes(backend.buffer(elements))
            return True
        finally:
            backend.release(elements)

    def _make_put(self, appender):
        return super()._make_put(appender) if self._kind is None else _Put(self, appender).put

    def _own_tail(self):
        """The array's tail: that of the first thread that asked."""
        self._tails.append(_Tail(self._typed, self._kind.store, self._native.append))
        self._tail = self._tails[0]
        return self._tail

    @property
    def _raw(self):
        """The native object, for what may change the array's end: no thread is in the midst of that."""
        if self._kind is not None:
            tail = self._tail or self._own_tail()
            if tail.thread != get_ident():
                tail.stop()
            elif tail.busy and tail.is_interrupted():
                raise RuntimeError(_INTERRUPTED)
        return self._native

    # Read and written.

    def at(self, index, /):
        """The element at `index`, an integer: a[index] without slices."""
        return ChunkArray.__getitem__(self, index) if type(index) is int else super().at(index)

    def __getitem__(self, key, /):
        if type(key) is int:
            near = self._near
            if near.start <= key < near.stop:
                value = near.elements[key]
                if near.cuts == self._counts.cuts:  # afterwards: so it is not what came in its place
                    return value
            position = self._position(key)
            if position >= 0:
                value = self._read(_chunk_at(self._header, position), position)
                if self._stayed(position):
                    return value
        return super().__getitem__(key)

    def _position(self, index):
        """The position of the element at an index, whose surroundings are then near; -1 if there is none."""
        header, near = self._header, self._near
        position = _find(header, index)
        # Not at each step from chunk to chunk: that would cost more than it saves.
        if position >= 0 and (index == near.stop or near.cuts != header.cuts) and self._kind.is_plain:
            self._near = _near(header, position, False)
        return position

    def __setitem__(self, key, value, /):
        if type(key) is int and type(value) is self._takes and (self._fits is None or self._fits(value)):
            near = self._near
            if near.start <= key < near.stop and near.stays and near.cuts == self._counts.cuts:
                try:
                    near.elements[key] = value
                    return
                except OverflowError:
                    pass
            header = self._header
            if header.growth:
                if (self._tail or self._own_tail()).write(key, value):
                    return
            else:
                position = self._position(key)
                if position >= 0 and not header.state & _FROZEN:
                    try:
                        _chunk_at(header, position)[position] = value
                        return
                    except OverflowError:
                        pass
        super().__setitem__(key, value)

    def _item(self, position):
        header = self._header
        if header.first <= position < header.end:
            value = self._read(_chunk_at(header, position), position)
            if self._stayed(position):
                return value
        return self._native._at(position)

    def _stayed(self, position):
        """Whether what was read at a position was its element: chunks of the fixed growth are used again for other
        positions, once the array's first one has moved on."""
        return not self._header.growth or self._header.first <= position

    def _read(self, elements, position):
        """The element at a position of a chunk."""
        try:
            value = elements[position]
        except ValueError:  # a BOOL that is neither 0 nor 1
            return self._native._at(position)
        if self._wraps and value < 0:
            value += 1 << 64
        return value

    def __len__(self):
        first = self._counts.first  # in this order: the end never lies in front of it
        return self._counts.end - first

    @property
    def first(self):
        """How many elements were dropped at the front: the position of a[0]."""
        return self._counts.first

    @property
    def _end(self):
        return self._counts.end

    def __iter__(self):
        return super().__iter__() if self._header is _EMPTY else ArrayIterator(self)

    def _each(self, window):
        return super()._each(window) if self._header is _EMPTY else WindowIterator(self, window)

    # Records.

    @staticmethod
    def _row_methods(record):
        """What the class of arrays of a record has from this door: its bases, and what is known of the record."""
        from ._records.door_cffi import RowMethods

        kind = _kind_of(record.__layout__.text)
        return (RowMethods,) if kind else (), kind.names if kind else {}

    @staticmethod
    def _row_fits(record):
        kind = _kind_of(record.__layout__.text)
        return kind and kind.fits

    def _surroundings(self, position):
        """What `_near_row` is to be for a position; None if there is no such element."""
        header = self._typed
        if not header.first <= position < header.end:
            return None
        near = self._near_row = _near(header, position, True)
        return near

    # Given back.

    def close(self):
        """Takes all elements away for good and gives their memory back at once; views keep theirs.

        While there are other threads, the memory goes when the array does.
        """
        self._raw._close()
        if _alone():
            self._near = self._near_row = _NOTHING
            self._native.close()
        self._note_shortened()

    def shrink(self):
        """Gives memory back that holds no elements. It does nothing while there are other threads, which may just read."""
        native = self._raw
        try:
            depth = native._begin(True)  # nobody else takes elements away now
        except ValueError:  # nor from an array that is frozen or closed
            depth = 0
        try:
            if _alone():
                self._near = self._near_row = _NOTHING
                native.shrink()
        finally:
            if depth:
                native._commit(depth)


ChunkArray._door = ChunkArray  # whose constructor subclasses with one of their own go around

_INTERRUPTED = "the array is in the midst of an append of this very thread, which was interrupted for this"


def _is_infinite(value):
    return value - value != 0.0 and value == value


class _Put(_Tail):
    """What an appender gives."""

    __slots__ = ("appender", "array", "waiters", "takes", "fits")

    def __init__(self, array, appender):
        kind = array._kind
        super().__init__(backend.cast(kind.put_header, array._typed), kind.store, array._native._put)
        self.appender = appender
        self.array = array
        self.waiters = array._waiters
        self.takes = kind.takes
        self.fits = kind.fits

    def put(self, value, /):
        """Adds one element at the end, until the appender's block is over."""
        if (
            type(value) is not self.takes
            or (self.fits is not None and not self.fits(value))
            or not self.appender.is_open
            or self.append(value) == -1
        ):
            if not self.appender.is_open or self.thread != get_ident():
                raise self.appender.refusal()
            self.append_slowly(value)
        if self.waiters:
            self.array._wake()


class _Near:
    """A piece of an array that lies in one chunk. It never changes, since several threads may use it.

    What it knows is good as long as the array's `cuts` are. PyPy gives up loops in which too much happens, and to find
    an element from the header anew takes several times as many steps as to look here.
    """

    __slots__ = ("elements", "start", "stop", "cuts", "stays")

    def __init__(self, elements, start, stop, cuts, stays):
        self.elements = elements  # where the element at the index 0, or the position 0, would lie
        self.start = start
        self.stop = stop
        self.cuts = cuts
        self.stays = stays  # so that elements may be written


_NOTHING = _Near(None, 0, 0, -1, False)


def _near(header, position, by_positions):
    """The surroundings of a position that the array has, by indices or by positions."""
    cuts = header.cuts  # first: whatever is cut from now on will be noticed
    first = header.first
    zero = 0 if by_positions else first
    start, stop = _chunk_bounds(header, position)
    stays = not header.growth and not header.state & _FROZEN
    return _Near(
        _chunk_at(header, position) + zero, max(start, first) - zero, min(stop, header.end) - zero, cuts, stays
    )


class _Run:
    """A piece of an array that lies in one chunk, and how far an iterator has come in it.

    Several threads may use one iterator: what it reads by is in one object, of which nothing but the position changes.
    """

    __slots__ = ("array", "header", "elements", "start", "stop", "cuts", "position")

    def __init__(self, array, position):
        """The run that a position lies in: as much of its chunk as the array has; empty if it has not the position."""
        header = array._header
        self.array = array
        self.header = header
        self.cuts = header.cuts  # first: whatever is cut from now on will be noticed
        start, stop = _chunk_bounds(header, position)
        self.start = max(start, header.first)
        self.stop = min(stop, header.end)
        self.position = position
        self.elements = _chunk_at(header, position) if self.start <= position < self.stop else None
        if self.elements is None:
            self.start = self.stop = 0


class ArrayIterator:
    """The elements of an array, those included that are appended meanwhile, and those left where it is cut."""

    __slots__ = ("_array", "_run")

    def __init__(self, array):
        self._array = array
        self._run = _Run(array, array._header.first)

    def __iter__(self):
        return self

    def __next__(self):
        run = self._run
        position = run.position
        if position < run.stop and run.cuts == run.header.cuts:
            run.position = position + 1
            return run.array._read(run.elements, position)
        return self._next_run()

    def __length_hint__(self):
        header = self._run.header
        return max(0, header.end - max(self._run.position, header.first))

    def _next_run(self):
        run, header = self._run, self._run.header
        while True:
            position = max(run.position, header.first)
            if position >= header.end:
                run.header, run.stop = _EMPTY, 0  # as a list's: once at the end, always at the end
                raise StopIteration
            self._run = run = _Run(self._array, position)
            if run.stop:
                return self.__next__()


class WindowIterator:
    """The elements of a slice: which ones is fixed, and one that is gone is an IndexError."""

    __slots__ = ("_array", "_run", "_step", "_end")

    def __init__(self, array, window):
        self._array = array
        self._run = _Run(array, window.start)
        self._step = window.step
        self._end = window.start + window.step * len(window)

    def __iter__(self):
        return self

    def __next__(self):
        run = self._run
        position = run.position
        if position == self._end:
            raise StopIteration
        if not (run.start <= position < run.stop and run.cuts == run.header.cuts):
            self._run = run = _Run(self._array, position)
            if not run.stop:
                value = self._array._native._at(position)  # the IndexError, but for what came just now
                run.position = position + self._step
                return value
        run.position = position + self._step
        return self._array._read(run.elements, position)

    def __length_hint__(self):
        return (self._end - self._run.position) // self._step
