"""What the targets share: making inputs, running them, and telling which one failed.

A target is a file of this folder with

    SEEDS       good inputs, all bytes or all str, that others are made from
    WORDS       pieces that mean something there, which are put in
    ERRORS      the exceptions that bad input may raise
    NOT_ON      the interpreters (sys.implementation.name) that don't bear it, if there are any
    check(data) does with the input what a user would; AssertionError, or an exception that is not documented, fails
"""

import importlib
import mmap
import os
import random
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
FAILED = 3  # how a target's process ends that has told what failed
MOST_SECONDS = 30  # for one input
MOST_MEMORY = 2 << 30  # bytes of address space, beyond what there is at the start

# Numbers on which sizes, counts and offsets turn.
NUMBERS = [0, 1, 2, 3, 7, 8, 15, 16, 17, 63, 64, 127, 128, 255, 256, 4095, 4096, 4097, 65535, 65536]
NUMBERS += [2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**30]


def targets():
    """The names of all targets."""
    files = sorted(name[:-3] for name in os.listdir(HERE) if name.endswith(".py"))
    return [name for name in files if name not in ("__main__", "harness")]


class Counter:
    """A number that another process of this machine sees, too, and that outlives the process that wrote it."""

    def __init__(self, path=None):
        if path is None:
            handle, path = tempfile.mkstemp(prefix="fuzz")
            os.write(handle, bytes(8))
            os.close(handle)
        self.path = path
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    @property
    def number(self):
        return int.from_bytes(self._memory[:8], "little") - 1

    @number.setter
    def number(self, number):
        self._memory[:8] = (number + 1).to_bytes(8, "little")

    def close(self):
        self._memory.close()
        os.unlink(self.path)


def make(target, seed, number):
    """The input of this number: a seed of the target, changed here and there."""
    chance = random.Random("%s %d" % (seed, number))
    data = chance.choice(target.SEEDS)
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3, 5])):
        data = _change(chance, data, target)
    return data


def _change(chance, data, target):
    start = chance.randint(0, len(data))
    stop = min(len(data), start + chance.choice([0, 1, 1, 2, 4, 8, 64]))
    kind = chance.randint(0, 6)
    if kind == 0:
        put = data[:0]  # cut out
    elif kind == 1:
        put = data[start:stop] * chance.choice([2, 2, 3, 50])
    elif kind == 2:
        put = chance.choice(target.WORDS)
    elif kind == 3:
        other = chance.choice(target.SEEDS)
        begin = chance.randint(0, len(other))
        put = other[begin : begin + chance.randint(0, 20)]
    elif kind == 4:
        put = _number(chance, data)
    elif kind == 5:
        return data[:start]  # cut short
    else:
        put = _damaged(chance, data[start:stop])
    return data[:start] + put + data[stop:]


def _number(chance, data):
    """A number as it stands in such data: digits in a text, some bytes in bytes."""
    number = chance.choice(NUMBERS)
    if isinstance(data, str):
        return chance.choice(["", "", "-"]) + str(number)
    size = chance.choice([1, 2, 4, 8])
    return (number & (1 << 8 * size) - 1).to_bytes(size, chance.choice(["little", "big"]))


def _damaged(chance, piece):
    if isinstance(piece, str):
        return "".join(
            chance.choice([c, chr(chance.choice([0, 9, 10, 32, 34, 39, 92, 127, 228, 8364, 128512]))]) for c in piece
        )
    return bytes(byte ^ 1 << chance.randint(0, 7) for byte in piece)


def run_one(name, seed, number, show=False):
    """Runs one input. Gives whether it was taken; raises what is no documented error."""
    target = importlib.import_module(name)
    data = make(target, seed, number)
    if show:
        print(repr(data))
    try:
        target.check(data)
    except target.ERRORS as error:
        if show:
            print("refused, as documented: %s: %s" % (type(error).__name__, error))
        return False
    if show:
        print("taken")
    return True


def run_many(name, seed, seconds, path):
    """Runs one input after the other, and writes each one's number to the counter before."""
    importlib.import_module(name)
    _bound_memory()
    counter, end, number = Counter(path), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        counter.number = number
        try:
            run_one(name, seed, number)
        except Exception:
            target = importlib.import_module(name)
            print("%-14s input %d: %.2000r" % (name, number, make(target, seed, number)))
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
            os._exit(FAILED)
        number += 1
    sys.stdout.flush()


def _bound_memory():
    """A bound on the process's memory where the system has one: a MemoryError tells what would take all."""
    try:
        import resource

        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * mmap.PAGESIZE
        # The native part keeps address space for many arrays, which costs no memory.
        resource.setrlimit(resource.RLIMIT_AS, (now + MOST_MEMORY, now + MOST_MEMORY))
    except (ImportError, OSError, ValueError):
        pass


def both(do):
    """What `do` gives for the native part and for its twin in Python, which must be the same, errors included."""
    import chunkarray
    from chunkarray import _twin

    found = []
    for core in (chunkarray._core, _twin):
        try:
            found.append((do(core), None))
        except Exception as error:
            found.append((None, error))
    # C has no NUL in a message.
    told = [(repr(value), type(error), str(error).replace("\0", "\\0")) for value, error in found]
    assert told[0] == told[-1], "\n%s\n%s" % (told[0], told[-1])
    value, error = found[0]
    if error is not None:
        raise error
    return value
