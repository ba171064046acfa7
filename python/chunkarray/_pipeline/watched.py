"""Runs that somebody watches: with a function or a bar in the terminal, from this thread or from beside."""

import math
import sys
import threading
import time

from .._terminal import Terminal

_OFTEN = 0.05  # seconds


class Bar:
    """A bar on stderr, if that is a terminal, for runs of more than a second. It is gone when the run has ended.

    total   how many elements there are
    """

    def __init__(self, total):
        self._total = total
        self._start = time.perf_counter()
        self._line = None
        if sys.stderr is not None:
            self._line = Terminal(sys.stderr).progress("run")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._draw(lambda line: line.__exit__(*exception))

    def __call__(self, done):
        """Shows that so many elements are done."""
        rate = done / max(time.perf_counter() - self._start, 1e-9)
        left = (self._total - done) / rate if rate else None
        note = "%s of %s  %s/s  %s left" % (_short(done), _short(self._total), _short(rate), _duration(left))
        self._draw(lambda line: line.at(done / self._total, note))

    def _draw(self, what):
        if self._line is not None:
            try:
                what(self._line)
            except (OSError, ValueError):  # the terminal is gone, which ends no run
                self._line = None


def _short(count):
    """A count in at most five characters: 812, 3.25k, 16.8M, 120G."""
    units = ["", "k", "M", "G", "T"]
    while count >= 999.5 and len(units) > 1:
        count /= 1000
        del units[0]
    digits = 0 if count >= 99.95 or units[0] == "" else 1 if count >= 9.995 else 2
    return "%.*f%s" % (digits, count, units[0])


def _duration(seconds):
    """A time as minutes and seconds, 0:09, or in hours, 1.5 h."""
    if seconds is None:
        return "?"
    return "%d:%02d" % divmod(math.ceil(seconds), 60) if seconds <= 3599 else "%.1f h" % (seconds / 3600)


def watched(start, count, progress, beside=False):
    """The result of start(stop), a run of native code that calls stop(elements done) about every 50 ms.

    count      how many elements there are
    progress   a function of the elements done, True for a Bar, or None
    beside     whether another thread is to run it, while this one waits where handlers of signals may raise
    """
    if progress is True:
        with Bar(count) as bar:
            return watched(start, count, bar, beside)
    return _beside(start, progress) if beside else start(progress)


def _beside(start, progress):
    """The result of start(stop), which another thread calls."""
    outcome, told, ended, over = [], [0], [], threading.Event()

    def stop(done):
        told[0] = done
        return bool(ended)

    def work():
        try:
            outcome.append((start(stop), None))
        except BaseException as error:  # which is the waiting thread's
            outcome.append((None, error))
        over.set()

    thread = threading.Thread(target=work, name="chunkarray run")
    thread.start()
    try:
        while not over.wait(_OFTEN):
            if progress is not None:
                progress(told[0])
    except BaseException:
        ended.append(True)
        thread.join()
        raise
    result, error = outcome.pop()
    if error is not None:
        raise error
    return result
