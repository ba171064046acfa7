"""What the tests share: how much to do, the facts of each dtype, and running a program in a process of its own."""

import gc
import importlib.util
import os
import subprocess
import sys
import threading

import pytest

import chunkarray

IMPLEMENTATION = sys.implementation.name
CPYTHON = IMPLEMENTATION == "cpython"
ABOUT = chunkarray.about()
HOST = ABOUT["host"]
DOOR = ABOUT["door"]

# PyPy's memoryview forgets the steps between elements in tobytes(), so chunks with gaps have no buffer there.
VIEWS_WITH_GAPS = IMPLEMENTATION != "pypy" or HOST == "python"

# How much of the repetitive work to do. GraalPy without its JIT is 10 to 100 times slower than CPython, HPy's debug mode
# keeps a record for every handle, and the twin is plain Python under a lock that threads queue for.
SCALE = float(
    os.environ.get("CHUNKARRAY_TEST_SCALE")
    or {"graalpy": 0.02, "rustpython": 0.02}.get(IMPLEMENTATION, {"debug": 0.2, "python": 0.05}.get(HOST, 1))
)


# Names in the native module and its classes that are about addresses and memory: the twin has none of that.
OF_THE_BINARY = {"abi", "_handle", "_header", "_extensions", "_exported", "_chunk_at", "_close", "_append_row"}


def _exports_buffers():
    try:
        memoryview(chunkarray.ChunkArray("U1", [1]).chunks()[0])
    except TypeError:
        return False
    return True


# Whether memoryview() takes a Chunk. The twin's is a class in Python, which not every interpreter asks for a buffer: then
# conftest.py counts the tests that ask for one as not run.
EXPORTS_BUFFERS = _exports_buffers()

# Tests that RustPython 0.5 fails by faults of its own, which CPython's run of the same twin does not have. They are
# counted as not run.
RUSTPYTHON_FAULTS = {
    "test_functions_of_ctypes_that_are_not_called": "needs functions of ctypes that have no argtypes before these are set",
    "test_a_str_that_utf_8_has_no_place_for": "needs str.encode, which refuses lone surrogates",
    "test_names_that_repeat_in_a_class": "needs annotations that keep repeated names",
    "test_control_c_ends_a_wait": "needs interruptible-locks",
    "test_as_a_list_of_bytes": "needs equal-results of one test run twice",
    "test_odd_keys": "needs str.encode, which refuses lone surrogates",
    "test_bad_values": "needs array.array, which is CPython's in everything but its errors",
    "test_operations": "needs array.array, which is CPython's in everything but its hashes",
    "test_integers_of_other_classes": "needs list, which is CPython's in everything but __index__",
    "test_values_with_a_will_of_their_own": "needs array.array, which is CPython's in everything but __eq__",
    "test_sequence_patterns": "needs match, which looks for registered sequences",
    "test_views_of_windows": "needs hypothesis, whose iterators this interpreter mixes up here",
    "test_it_keeps_the_newest_that_fit": "needs hypothesis, whose iterators this interpreter mixes up here",
    "test_memory_that_runs_out": "needs MemoryError, and not the end of the process",
    "test_memory_stays_flat": "needs resource.getpagesize",
    "test_deep_documents": "needs json, which here ends the process where documents are deep",
    "test_fields_that_repeat_in_a_class": "needs class bodies that tell of each annotation",
    "test_surrogates": "needs str.encode, which refuses lone surrogates",
    "test_ctypes_structure": "needs ctypes, whose unions are no types of it here",
    "test_ctypes_agrees_on_values": "needs ctypes with _pack_ and big-endian structures",
    "test_one_line_an_entry": "needs str.encode, which refuses lone surrogates",
    "test_files_of_every_kind": "needs str.encode, which refuses lone surrogates",
    "test_files_that_are_no_files_of_io": "needs str.encode, which refuses lone surrogates",
    "test_a_pipe": "needs str.encode, which refuses lone surrogates",
    "test_html_stays_what_it_is": "needs xml.etree, which finds no element in any document here",
    "test_fields_of_such_names": "needs xml.etree, which finds no element in any document here",
    "test_the_same_picture": "needs xml.etree, which finds no element in any document here",
    "test_lines_have_room": "needs hypothesis, whose iterators this interpreter mixes up here",
    "test_what_goes_out_comes_back": "needs str.encode, which refuses lone surrogates",
    "test_map_filter_and_reduce_by_chunks": "needs hypothesis, whose iterators this interpreter mixes up here",
    # Single ones, with their parameters.
    **{
        "%s[%s-text]" % (name, growth): "needs hypothesis, whose iterators this interpreter mixes up here"
        for name in ("test_single_rows_are_what_many_are", "test_fields_that_are_written")
        for growth in ("double", "fixed")
    },
}

needs_numpy = pytest.mark.skipif(
    importlib.util.find_spec("numpy") is None, reason="needs numpy, which is not installed for this interpreter"
)

# There the contexts that calls are given come from a small ring: while a call waits, or runs Python, enough calls of
# other threads come round to its own, and take it away. The process then ends.
needs_waiting_inside_calls = pytest.mark.skipif(
    HOST == "debug", reason="needs hpy's debug mode to bear threads that wait inside of calls"
)

UNSIGNED = {"U1": 1, "U2": 2, "U4": 4, "U8": 8}
SIGNED = {"S1": 1, "S2": 2, "S4": 4, "S8": 8}
RAW = {"B1": 1, "B2": 2, "B4": 4, "B8": 8}
FLOATS = {"F4": 4, "F8": 8}
SIZES = dict(BOOL=1, **UNSIGNED, **SIGNED, **RAW, **FLOATS)
BIG = {">" + name: size for name, size in SIZES.items() if size > 1}
ALL = dict(SIZES, **BIG)


def limits(dtype):
    """The least and the greatest integer of an integer dtype."""
    bits = 8 * ALL[dtype]
    if dtype.lstrip(">")[0] == "S":
        return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return 0, 2**bits - 1


def sample(dtype):
    """A few values that an array of `dtype` gives back as they were."""
    if dtype == "BOOL":
        return [True, False, True]
    if dtype.lstrip(">")[0] == "F":
        return [0.5, -2.0, 1024.25]
    low, high = limits(dtype)
    return [low, high, 7]


def scaled(count, least=1):
    """`count` on a fast interpreter, fewer on a slow one."""
    return max(least, int(count * SCALE))


def collect(until=lambda: True):
    """Lets dead objects go, on interpreters with a tracing collector too, where that may take several turns."""
    for _ in range(10):
        gc.collect()
        if until():
            return


def ways_in(a, value, good):
    """Each way by which a value gets into an array that has an element: `value` beside one that is `good`."""
    return [
        lambda: a.append(value),
        lambda: a.push(value),
        lambda: a.extend([good, value]),
        lambda: a.extend(iter([good, value])),
        lambda: a.__setitem__(0, value),
        lambda: a.__setitem__(slice(0, 1), [value]),
    ]


def run_python(code, *arguments, env=None, check=True, timeout=300):
    """Runs `code` in another process of the same interpreter. Gives the completed process, with text streams."""
    environment = dict(os.environ)
    environment.update(env or {})
    process = subprocess.run(
        [sys.executable] + (["-c", code] if code is not None else []) + list(arguments),
        capture_output=True,
        text=True,
        env=environment,
        timeout=timeout,
    )
    if check and process.returncode:
        raise AssertionError("exit status %d\n%s%s" % (process.returncode, process.stdout, process.stderr))
    return process


def run_together(*workers):
    """Starts all workers at once, waits for them, and raises what they raised."""
    barrier = threading.Barrier(len(workers))
    errors = []

    def run(worker):
        try:
            barrier.wait()
            worker()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


# For programs that run_python() runs. (The system's own count, ru_maxrss, begins with what the parent had.)
MOST = """
import resource

def most():
    '''The most memory that this process had at any time, in bytes.'''
    try:
        with open("/proc/self/status") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""
