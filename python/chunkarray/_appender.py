"""appender(): the fastest way to append one by one."""

import threading
import weakref

from ._identity import BesideEach
from ._load import core

# The appender that is open, of each array that has one: in a list, as a weak reference.
_open = BesideEach(list)

# Where ChunkArray is a native type, so is what an appender puts with: its base class then has the method `put`.
_Base = getattr(core, "Appender", object)


class Appender(_Base):
    """What appender() gives: a context manager whose block is the array's only way to grow meanwhile.

    It lives as long as somebody holds it or the function that it gave; then it lets the array go, as at the end of the
    block.
    """

    __slots__ = ("_array", "_flush_every", "_ending", "is_open", "thread", "__weakref__")

    def __init__(self, array, flush_every):
        self._array = array
        self._flush_every = _seconds(flush_every)
        self._ending = None
        self.is_open = False  # from the beginning of the block to its end
        self.thread = None  # whose it is, from the beginning on

    def __enter__(self):
        if self.thread is not None:
            raise RuntimeError("the appender has begun already; appender() gives another one")
        array = self._array
        array._open_appender()
        self.thread = threading.get_ident()
        self._ending = _Ending(self, array)
        self.is_open = True
        _open[array][:] = [weakref.ref(self)]
        if self._flush_every is not None and array._flush is not None:
            self._ending.flush_regularly(self._flush_every)
        return array._make_put(self)

    def __exit__(self, *exception):
        if not self.is_open:
            raise RuntimeError("the appender is over: a transaction around it ended before it, or it never began")
        if self.thread != threading.get_ident():
            raise RuntimeError("the appender belongs to another thread, and ends there")
        self._end()

    def _end(self):
        self.is_open = False
        if _Base is not object:
            self._detach()
        self._ending.now()

    def refusal(self):
        """The error of a put that comes too late, or from another thread."""
        if self.is_open and self.thread != threading.get_ident():
            return RuntimeError("put() belongs to the thread that opened the appender")
        return RuntimeError("put() after the end of the appender's block")

    def _refuse(self, value):
        raise self.refusal()


class _Ending:
    """Lets the array go when the appender's block is over, or when the appender is there no more."""

    __slots__ = ("_array", "_watched", "_over")

    def __init__(self, appender, array):
        # Neither keeps the array nor the appender, which may hold each other. Not __del__: GraalPy never calls it.
        self._array = weakref.ref(array)
        self._watched = weakref.finalize(appender, self._let_go)
        self._watched.atexit = False
        self._over = None

    def now(self):
        self._watched()  # once, whoever comes first

    def _let_go(self):
        if self._over is not None:
            self._over.set()
        array = self._array()
        if array is not None:
            try:
                if array._flush is not None:
                    array._flush()
            finally:
                array._close_appender()
                del _open[array][:]

    def flush_regularly(self, seconds):
        self._over = threading.Event()
        arguments = (self._array, min(seconds, threading.TIMEOUT_MAX), self._over)
        threading.Thread(target=_flush, args=arguments, name="chunkarray-flush", daemon=True).start()


def _flush(reference, seconds, over):
    """The thread that makes what was put visible to those who look at the memory itself."""
    while not over.wait(seconds):
        array = reference()
        if array is None:
            return
        try:
            array._flush()
        except MemoryError:  # whoever reads the array next meets it
            pass
        del array


def end_inside(array):
    """Ends the appender of an array whose transaction ends, and says whether there was one, as there should not be."""
    for reference in list(_open[array]):
        appender = reference()
        if appender is not None and appender.is_open:
            appender._end()
            return True
    return bool(array._close_appender())  # another one, of C's


def _seconds(flush_every):
    if flush_every is None:
        return None
    if isinstance(flush_every, (str, bytes, bytearray)):
        raise TypeError("flush_every takes seconds or None, not %s" % type(flush_every).__name__)
    try:
        seconds = float(flush_every)
    except TypeError:
        raise TypeError("flush_every takes seconds or None, not %s" % type(flush_every).__name__) from None
    if not seconds > 0:
        raise ValueError("flush_every is %r, but must be a positive number of seconds" % (flush_every,))
    return seconds
