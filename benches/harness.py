"""What the benchmarks share: fair loops, interleaved rounds, targets, and how a result is told.

Rules that every number here follows:

- All peers of a case run in one process, one after the other in each round (A B C A B C ..), so that a machine
  that slows down slows down all of them. Rounds are short (about a millisecond) and many, and the best of each peer
  counts: on a busy machine that is the one that nobody else disturbed.
- The clock is the processor's: time that the system gave to other programs does not count. GraalPy, whose collector
  works in threads of its own, is timed by the wall.
- All peers run the same statement in the same kind of loop, each in a function of its own, made afresh: an
  interpreter with a JIT then compiles each for what it sees, and none inherits the others' branches. Each repeats it
  as often as fits into its round: a thousand turns of a quick one would be all clock and cold caches.
- Memory is touched before it is timed: fresh pages cost more than what is measured. (The case of 10 million fresh
  floats is the exception: there each peer gets a fresh process, and pays for its own pages.)
- The cyclic garbage collector runs before the rounds and rests during them.
- The loop itself is part of every number; the case "empty loop" tells how much of it.
"""

import array
import gc
import os
import platform
import resource
import subprocess
import sys
from importlib import metadata
from time import perf_counter, thread_time

IMPLEMENTATION = sys.implementation.name
CPYTHON = IMPLEMENTATION == "cpython"
# What the targets for CPython are about.
MODERN = CPYTHON and sys.version_info >= (3, 11)
clock = perf_counter if IMPLEMENTATION == "graalpy" else thread_time
# On CPython a value that was read goes to a name, so that the loop adds as little as it can. A JIT would drop a read
# that nobody needs, so there it is added up.
KEEP = "x = " if CPYTHON else "x += "

try:
    import numpy
except ImportError:
    numpy = None
# What pipelines are measured beside, where it is installed: pip install numexpr pyarrow polars duckdb
PEERS = ("numexpr", "pyarrow", "polars", "duckdb")
WARM_UP = 2
# For one peer, before its rounds are planned: at least, since a compiler that works in the background says nothing
# of how far it is, and at most. GraalPy throws away what it compiled for a class's iterator several times, which takes
# it some ten seconds.
WARM_UP_SECONDS = {"cpython": (0.0, 0.2), "graalpy": (14.0, 40.0)}.get(IMPLEMENTATION, (0.1, 1.0))
# Seconds of the slowest peer's round. GraalPy compiles a loop while it runs, so it gets long ones.
SLICE = {"cpython": 0.002, "graalpy": 0.1}.get(IMPLEMENTATION, 0.005)


class Settings:
    """How long and how big: set once by the command line."""

    rounds = 300  # at most; fewer where `seconds` runs out, but never fewer than three
    seconds = 4.0  # for one case, all of its peers together
    scale = 1.0  # of the numbers of elements


def scaled(count):
    """`count` elements, fewer where the command line asked for a smaller run."""
    return max(1000, int(count * Settings.scale))


class Target:
    """`peer` is to take at most `limit` times what `base` takes (or at most `limit` units, without a base)."""

    def __init__(self, base, limit, peer="chunkarray", applies=True):
        self.base, self.limit, self.peer, self.applies = base, limit, peer, applies


class Case:
    """One measured statement: a value for each peer, the best of its rounds."""

    def __init__(self, subject, name, unit, values, targets=(), rounds=None, note=""):
        self.subject, self.name, self.unit, self.note = subject, name, unit, note
        self.values = {peer: float(value) for peer, value in values.items()}
        self.rounds = rounds or {}
        self.verdicts = list(filter(None, map(self._judge, targets)))

    def _judge(self, target):
        known = [target.peer] + ([target.base] if target.base else [])
        if not target.applies or any(peer not in self.values for peer in known):
            return None
        value = self.values[target.peer] / (self.values[target.base] if target.base else 1.0)
        return {
            "peer": target.peer,
            "base": target.base,
            "value": round(value, 4),
            "limit": target.limit,
            "ok": value <= target.limit,
        }

    def as_json(self):
        result = {
            "subject": self.subject,
            "case": self.name,
            "unit": self.unit,
            "best": self.values,
            "targets": self.verdicts,
        }
        if self.rounds:
            result["rounds"] = self.rounds
        if self.note:
            result["note"] = self.note
        return result

    def print(self):
        ours = self.values.get("chunkarray")
        print("%s: %s, %s" % (self.subject, self.name, self.unit))
        for peer, value in self.values.items():
            beside = ""
            if ours and peer != "chunkarray" and peer != "empty loop":
                beside = "chunkarray is %.2f times it" % (ours / value) if value > 0 else ""
            print("    %-24s %12s  %s" % (peer, figure(value), beside))
        for verdict in self.verdicts:
            base = " / " + verdict["base"] if verdict["base"] else ""
            print(
                "    target %-34s %8s, at most %-7s %s"
                % (
                    verdict["peer"] + base,
                    figure(verdict["value"]),
                    figure(verdict["limit"]),
                    "ok" if verdict["ok"] else "NO",
                )
            )
        if self.note:
            print("    " + self.note)
        sys.stdout.flush()


def figure(value):
    """A number with as many digits as it is worth."""
    if value >= 1000:
        return "%.0f" % value
    return "%.1f" % value if value >= 100 else "%.2f" % value


def loop(statement, names, head="for i in range(n):", after="pass"):
    """A fresh function run(n, NAMES..) that repeats `statement`, then does `after`, and gives the seconds it took."""
    source = """def run(n, %s):
    x = 0.0
    start = clock()
    %s
        %s
    %s
    return clock() - start
""" % (names, head, statement, after)
    space = {"clock": clock}
    exec(compile(source, "<%s>" % statement, "exec"), space)
    return space["run"]


def empty_loop():
    """A peer that does nothing, and tells how much of the others' numbers is the loop."""
    return peer("pass")


def peer(statement, head="for i in range(n):", prepare=None, after="pass", **names):
    """A peer of a case: run(n) -> seconds, `statement` repeated over the given names, after an untimed `prepare()`."""
    timed = loop(statement, ", ".join(names), head, after)

    def run(count):
        if prepare is not None:
            prepare()
        return timed(count, *names.values())

    return run


def by_wall(work, prepare=None):
    """A peer that threads of its own may work for: run(n) -> seconds by the wall, of work() after an untimed prepare()."""

    def run(count):
        seconds = 0.0
        for _ in range(count):
            if prepare is not None:
                prepare()
            start = perf_counter()
            work()
            seconds += perf_counter() - start
        return seconds

    return run


def interleave(peers, count, per=1, slowest=SLICE, warm_up=WARM_UP_SECONDS):
    """Times each of `peers` (name -> run(n) -> seconds) in turn; gives ({name: ns}, {name: [ns of each round]}).

    `count` operations a round, fewer for a peer that would need more than `slowest` seconds for them: a round that
    fits into one time slice of the system is one that other programs can't interrupt. What is given is for one of the
    `per` elements or bytes that an operation handles. `warm_up` is for statements that no JIT has a part in.
    """
    gc.collect()
    collects = gc.isenabled()
    counts = {name: _affordable(run, count, slowest, warm_up) for name, run in peers.items()}
    rounds = {name: [] for name in peers}
    began = perf_counter()
    done = 0
    # The first rounds do not count: memory gets touched, and JITs get to know the loops.
    while done < Settings.rounds + WARM_UP and (done < WARM_UP + 3 or perf_counter() - began < Settings.seconds):
        for name, run in peers.items():
            gc.disable()
            seconds = run(counts[name])
            if collects:
                gc.enable()
            if done >= WARM_UP:
                rounds[name].append(seconds / (counts[name] * per) * 1e9)
        done += 1
    return {name: min(values) for name, values in rounds.items()}, rounds


def _affordable(run, count, slowest, warm_up):
    probe = min(count, 20000)
    needed = _warmed_up(run, probe, warm_up) * count / probe
    return count if needed <= slowest else max(min(probe, 100), int(count * slowest / needed))


def _warmed_up(run, probe, warm_up):
    """Seconds of a run, once it has become as fast as it gets: a JIT needs time to compile, and GraalPy a lot of it."""
    least, most = (perf_counter() + seconds for seconds in warm_up)
    best, since = run(probe), 0
    while perf_counter() < (most if since < 3 else least):
        seconds = run(probe)
        since = since + 1 if seconds > 0.9 * best else 0
        best = min(best, seconds)
    return best


def settle_heap(threshold=1 << 30):
    """Makes glibc keep freed memory, in pieces of up to `threshold` bytes, so that what a list or an array.array frees
    in one round is warm in the next.

    Its blocks of a few MB would otherwise go back to the system each time, and the peers would pay for fresh pages
    where a chunk array, whose memory stays, does not.
    """
    if not CPYTHON:
        return
    try:
        import ctypes

        libc = ctypes.CDLL(None)
        libc.mallopt(-3, threshold)  # M_MMAP_THRESHOLD
        libc.mallopt(-1, threshold)  # M_TRIM_THRESHOLD
    except (ImportError, OSError, AttributeError):
        pass


def resident_bytes():
    """Bytes of memory that the process has in use, or None where the system does not tell."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def child(*arguments):
    """Runs this interpreter with `arguments`; gives what it printed, and the seconds it took by the kind of `clock`."""
    start, used = perf_counter(), _used_by_children()
    done = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True)
    seconds = perf_counter() - start if clock is perf_counter else _used_by_children() - used
    return done.stdout.decode(), seconds


def _used_by_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def filled(count):
    """The same `count` floats in every container there is: {peer: container}."""
    from chunkarray import ChunkArray

    values = [index * 0.5 for index in range(count)]
    result = {"chunkarray": ChunkArray("F8", values), "list": values[:], "array.array": array.array("d", values)}
    if numpy is not None:
        # Of a list that nobody measures: on PyPy one that NumPy has read is slower ever after.
        result["numpy"] = numpy.array(values)
    return result


def version(package):
    """The version of an installed package, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def environment():
    """What ran: interpreter, host, versions, machine."""
    import chunkarray

    return {
        "chunkarray": chunkarray.about(),
        "python": sys.version.replace("\n", " "),
        "numpy": getattr(numpy, "__version__", None),
        "peers": {name: version(name) for name in PEERS},
        "machine": _processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "rounds": Settings.rounds,
        "scale": Settings.scale,
    }


def _processor():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()
