"""Functions in Python that get whole chunks: what can't be told with a symbolic value."""

import math
import operator
import os
from collections import deque
from functools import partial

from .._door import ChunkArray
from .._dtypes import dtype_name
from .._elements import make
from .._indexing import select
from .._slice import Slice

_AHEAD = 2  # chunks for each thread that may be done before the ones in front of them


class _Pieces:
    """The elements of each chunk, at most `size` of them, as they are at this moment: an iterable of NumPy arrays, or of
    memoryviews where there is no NumPy. Those of a column, or with gaps between them, may be copied together first; for
    memoryviews, which read no big-endian numbers, these are copied into the machine's order of bytes.

    array, window   the array behind them, and the positions of all of them
    """

    def __init__(self, elements, size):
        if size is not None:
            size = operator.index(size)
            if size < 1:
                raise ValueError("size is at least 1, and this is %d" % size)
        array, window = elements._window()
        if not _has_numpy() and (window.step != 1 or _is_big(array)):  # PyPy's memoryviews know no gaps
            array, window = elements.copy()._window()
        self.array, self.window = array, window
        self._size = size
        self._chunks = array._raw._chunks(window.start, window.step, len(window))

    def __iter__(self):
        view = self._viewer()
        for chunk in self._chunks:
            whole = view(chunk)
            step = self._size or len(whole)
            for start in range(0, len(whole), step):
                yield whole[start : start + step]

    def _viewer(self):
        if not _has_numpy():
            return self._swapped if _is_big(self.array) else memoryview
        from .._numpy import join

        records = self.array._numpy_dtype()
        return lambda chunk: join([chunk], None, records)

    def _swapped(self, chunk):
        native = ChunkArray(self.array.dtype[1:], capacity=max(1, len(chunk)))
        native.frombytes(chunk)
        native.byteswap()
        return memoryview(native.chunks()[0])


def _is_big(array):
    return isinstance(array.dtype, str) and array.dtype[0] == ">"


def _has_numpy():
    try:
        import numpy  # noqa: F401 (whether there is one)
    except ImportError:
        return False
    return True


def _called(function, pieces, threads):
    """What the function gives for each piece, in their order, and the pieces. Several threads call it if they are to; the
    first exception that one of them gets ends it all, as does one of this thread."""
    if not callable(function):
        raise TypeError("this takes a function of a chunk, not %s" % type(function).__name__)
    threads = operator.index(threads)
    if threads < 0:
        raise ValueError("threads is not negative, and this is %d" % threads)
    threads = threads or _cores()
    if threads == 1:
        return ((piece, function(piece)) for piece in pieces)
    return _called_together(function, pieces, threads)


def _called_together(function, pieces, threads):
    from concurrent.futures import ThreadPoolExecutor

    waiting = deque()
    ended = math.inf  # the number of a piece that failed: those behind it need not begin

    def work(number, piece):
        nonlocal ended
        if number > ended:
            return None
        try:
            return function(piece)
        except BaseException:
            ended = number
            raise

    with ThreadPoolExecutor(threads) as pool:
        try:
            for number, piece in enumerate(pieces):
                waiting.append((piece, pool.submit(work, number, piece)))
                if len(waiting) > _AHEAD * threads:
                    piece, future = waiting.popleft()
                    yield piece, future.result()
            while waiting:
                piece, future = waiting.popleft()
                yield piece, future.result()
        finally:
            ended = -1
            for _, future in waiting:
                future.cancel()


def _cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_chunks(elements, function, dtype, threads, size):
    pieces, made = _Pieces(elements, size), None
    for piece, result in _called(function, pieces, threads):
        if made is None:
            made = ChunkArray(_dtype_of(result, piece, pieces.array) if dtype is None else dtype)
        try:
            made.extend(result)
        except TypeError as error:
            raise _unfit(result, made, error) from error
    return ChunkArray(pieces.array.dtype if dtype is None else dtype) if made is None else made


def _dtype_of(result, piece, array):
    """The dtype of a result, if it tells one that is not that of the piece; else that of the array."""
    dtype = getattr(result, "dtype", None)
    if dtype is None or (dtype == getattr(piece, "dtype", None) and result.shape[1:] == piece.shape[1:]):
        return array.dtype
    shape = getattr(result, "shape", ())[1:]
    return "%s[%s]" % (dtype_name(dtype), ",".join(map(str, shape))) if shape else dtype


def _unfit(result, made, error):
    if hasattr(type(result), "__iter__") or hasattr(type(result), "__array__"):
        return TypeError(
            "an array of %s, which map_chunks() makes, takes no such result: %s" % (made._dtype_shown, error)
        )
    return TypeError("the function of a chunk gives a buffer or an iterable, not %s" % type(result).__name__)


def filter_chunks(elements, function, threads, size):
    pieces = _Pieces(elements, size)
    array, window = pieces.array, pieces.window
    made, start = make(array._door, array.dtype, {}), 0
    for piece, mask in _called(function, pieces, threads):
        if not hasattr(type(mask), "__len__") or isinstance(mask, (str, bytes)):
            raise TypeError("a truth value for each element of the chunk is wanted, not %s" % type(mask).__name__)
        if len(mask) != len(piece):
            raise ValueError("%d truth values for a chunk of %d elements" % (len(mask), len(piece)))
        part = Slice(array, window[start : start + len(piece)])
        made.extend(select(part, mask if _is_mask(mask) else list(map(bool, mask))))
        start += len(piece)
    return made


def _is_mask(mask):
    """Whether this is an array of truth values, which selects as it is; of numbers it would be indices."""
    dtype = getattr(mask, "dtype", None)
    return dtype == "BOOL" if isinstance(dtype, str) else getattr(dtype, "kind", None) == "b"


def reduce_chunks(elements, function, initial, combine, threads, size):
    pieces = _Pieces(elements, size)
    if combine is None:
        if threads != 1:
            raise TypeError(
                "reduce_chunks() by several threads reduces each chunk from `initial` on: combine=f, where f(so_far, other) "
                "joins two results, is wanted, too"
            )
        for _, result in _called(lambda piece: piece, pieces, 1):
            initial = function(initial, result)
        return initial
    found = None
    for _, result in _called(partial(function, initial), pieces, threads):
        found = (result,) if found is None else (combine(found[0], result),)
    return initial if found is None else found[0]
