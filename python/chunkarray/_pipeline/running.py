"""Programs are compiled once and run: kernels by their text, inputs as they are when a run begins."""

import os
import sys
import threading

from .._load import core
from .program import Program
from .types import machine

# What runs programs where a chain says nothing else; read once, as CHUNKARRAY_HOST is.
ENGINE = "interpreted" if os.environ.get("CHUNKARRAY_ENGINE") == "interpreter" else "best"
_KEPT = 256  # kernels; compiled code that nobody asked for again is dropped
_kernels = {}
DEFAULTS = None, 0, None  # engine, threads, progress
# GraalPy calls the handlers of signals when a thread comes back into Python out of native code, and forgets what they
# raise. There the main thread waits in Python while another one runs what may take longer than a moment.
FORGETS = sys.implementation.name == "graalpy"
_MOMENT = 1 << 24  # statements times elements


def kernel(text, engine=None):
    """The kernel of a program. `engine` is "compiled" or "interpreted"; None leaves it to CHUNKARRAY_ENGINE."""
    key = engine, text = engine or ENGINE, text
    found = _kernels.pop(key, None)
    if found is None:
        found = core.Kernel(text, engine)
        while len(_kernels) >= _KEPT:
            _kernels.pop(next(iter(_kernels)), None)
    _kernels[key] = found  # as the youngest
    return found


class Taken:
    """The elements that a run reads, as they are when it begins.

    windows   for each source: the array, and the positions of its elements
    count     how many there are
    """

    __slots__ = ("windows", "count", "_sources")

    def __init__(self, sources, skip=0, limit=None):
        self._sources = sources
        if len(sources) == 1:  # the most, quickly
            array, window = sources[0].window()
            if skip or limit is not None:
                window = window[skip : None if limit is None else skip + limit]
            self.windows, self.count = [(array, window)], len(window)
            return
        self.windows, lengths, known = [], [], {}
        for source in sources:
            of = source.window.__self__
            if id(of) not in known:  # columns of one array are of one length, however it grows
                known[id(of)] = source.window()
            array, window = known[id(of)]
            lengths.append(len(window))
            if skip or limit is not None:
                window = window[skip : None if limit is None else skip + limit]
            self.windows.append((array, window))
        if lengths.count(lengths[0]) != len(lengths):
            raise ValueError(
                "arrays side by side are of one length, and these are of %s" % " and ".join(map(str, lengths))
            )
        self.count = len(self.windows[0][1])

    def native(self, input):
        """What kernels take for an input: the native array, the first position and the step."""
        array, window = self.windows[self._sources.index(input.source)]
        return input.native(array), window.start, window.step


def run(program, taken, outputs=(), fresh=False, settings=DEFAULTS):
    """Runs a program. Gives the results of its terminals, a tuple.

    `fresh` says that nobody else knows the outputs yet, so that they can be written to at once.
    """
    inputs = tuple([taken.native(input) for input in program.inputs])
    engine, threads, progress = settings
    found, count = kernel(program.text, engine), taken.count
    parameters, outputs = program.parameters, tuple(outputs)
    callees, functions = program.functions, ()
    if callees:
        functions = tuple([callee.given for callee in callees])
        if not threads and any([callee.calls for callee in callees]):
            threads = 1
    if progress is None and not FORGETS:  # the most, quickly
        return found.run(inputs, count, parameters, outputs, threads, None, fresh, functions)
    from .watched import watched

    def start(stop):
        return found.run(inputs, count, parameters, outputs, threads, stop, fresh, functions)

    is_long = FORGETS and count * len(program) >= _MOMENT and threading.current_thread() is threading.main_thread()
    return watched(start, count, progress, is_long)


class _One:
    """The elements of a run without inputs, for constants."""

    windows = ()
    count = 1


def evaluated(node):
    """What a node without inputs is."""
    from .results import finished

    program = Program()
    program.terminal(("first", machine(node._type), node))
    return finished(run(program, _One)[0], node._type)
