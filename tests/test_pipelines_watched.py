"""Runs that take long: their progress, and what ends them."""

import io
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from chunkarray import ChunkArray
from support import IMPLEMENTATION, SCALE, needs_waiting_inside_calls

# More than a minute on any machine: the lambda's loop is run while it is read, and makes that many operations.
ENDLESS = """
import signal, sys
from chunkarray import ChunkArray, sin

def deep(v):
    for _ in range(1000):
        v = sin(v)
    return v

class Enough(Exception):
    pass

def raise_(done):
    raise Enough

def tell(done):  # and stop telling
    global tell
    print("running", flush=True)
    tell = None

def told(done):
    if tell:
        tell(done)

a, out = ChunkArray("F8", [1, 2, 3]), ChunkArray("F8", [1])
for _ in range(22):
    a.extend(a)
ways = {
    "sum": lambda: a.map(deep).sum(),
    "reduce": lambda: a.using(progress=told).map(deep).reduce(lambda x, y: x - y),
    "threads": lambda: a.using(threads=2, progress=told).map(deep).max(),
    "into": lambda: a.using(progress=told).map(deep).into(out),
    "bar": lambda: a.using(progress=True).map(deep).sum(),
    "quiet": lambda: a.using(progress=False).map(deep).sum(),
    "raises": lambda: a.using(progress=raise_).map(deep).into(out),
}
print("ready", flush=True)
try:
    ways[sys.argv[1]]()
except (KeyboardInterrupt, Enough) as error:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print(type(error).__name__, end=" ")
a.append(1)
assert len(a) == 12_582_913 and out.tolist() == [1]
print(a.map(lambda v: v + 1).take(3).collect().tolist(), flush=True)
"""
ENDED = b"KeyboardInterrupt [2.0, 3.0, 4.0]\n"
POSIX = pytest.mark.skipif(os.name != "posix", reason="sends a signal")


def begun(way, **options):
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, way], stdout=subprocess.PIPE, **options)
    assert process.stdout.readline() == b"ready\n"
    return process


def interrupted(process, after):
    """What it prints, where Ctrl-C is sent until it ends."""
    try:
        for pause in (after, 1, 3, 6, 12):
            time.sleep(pause)
            process.send_signal(signal.SIGINT)
            try:
                return process.communicate(timeout=20 if IMPLEMENTATION == "graalpy" else 5)[0]
            except subprocess.TimeoutExpired:
                pass
        raise AssertionError("it goes on")
    finally:
        process.kill()
        process.wait()


@POSIX
@pytest.mark.parametrize("way", ["sum", "reduce", "threads", "into"] if SCALE > 0.1 else ["into"])
def test_control_c(way):
    process = begun(way, stderr=subprocess.PIPE)
    if way != "sum":
        assert process.stdout.readline() == b"running\n"
    assert interrupted(process, 0.5) == ENDED


def test_a_function_that_raises():
    process = begun("raises", stderr=subprocess.PIPE)
    assert process.communicate() == (b"Enough [2.0, 3.0, 4.0]\n", b"")


@POSIX
@pytest.mark.parametrize("way", ["bar", "quiet"] if SCALE > 0.1 else ["bar"])
def test_a_bar_in_a_terminal(way):
    ours, theirs = os.openpty()
    shown = []

    def read():
        try:
            while True:
                data = os.read(ours, 1000)
                if not data:
                    break
                shown.append(data)
        except OSError:  # the other side is closed
            pass

    reader = threading.Thread(target=read)
    process = begun(way, stderr=theirs, env=dict(os.environ, TERM="xterm"))
    os.close(theirs)
    reader.start()
    limit = time.monotonic() + 60
    while way == "bar" and b"".join(shown).count(b" left") < 3 and time.monotonic() < limit:
        time.sleep(0.05)
    assert interrupted(process, 1.5) == ENDED
    reader.join()
    os.close(ours)
    text = b"".join(shown).decode()
    if way == "quiet":
        assert text == ""
        return
    lines = text.split("\r\033[K")
    assert lines[0] == lines[-1] == ""  # nothing else, and cleared at the end
    assert len(lines) > 3
    assert all("%" in line and " of 12.6M " in line and line.endswith(" left") for line in lines[1:-1])
    assert max(map(len, lines)) < 80


class Screen(io.StringIO):
    def isatty(self):
        return True


def screen_of(monkeypatch):
    """A terminal as stderr. It is made by the test itself: pytest gives fixtures another stderr than tests."""
    found = Screen()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setenv("TERM", "xterm")
    return found


def test_short_runs_show_nothing(monkeypatch):
    screen = screen_of(monkeypatch)
    a = ChunkArray("S4", range(1000))
    assert a.using(progress=True).map(lambda v: v + 1).sum() == 500500
    assert screen.getvalue() == ""


def test_the_bar(monkeypatch):
    from chunkarray._pipeline import watched

    screen, clock = screen_of(monkeypatch), [0.0]
    monkeypatch.setattr(watched.time, "perf_counter", lambda: clock[0])

    def run(stop):
        for second in range(5):
            clock[0] = second + 0.5
            stop(second * 1000)
        return 7

    assert watched.watched(run, 8000, True) == 7
    lines = screen.getvalue().split("\r\033[K")
    assert len(lines) == 6 and lines[0] == lines[-1] == ""
    assert " 25 %" in lines[2] and lines[2].endswith("2.00k of 8.00k  800/s  0:08 left")
    assert lines[4].endswith("4.00k of 8.00k  889/s  0:05 left")


@pytest.mark.parametrize("stream", [None, io.StringIO(), io.TextIOWrapper(io.BytesIO(), "ascii")])
def test_where_there_is_no_terminal(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    assert ChunkArray("S4", range(10)).using(progress=True).map(lambda v: v + 1).sum() == 55


def test_a_terminal_that_goes_away(monkeypatch):
    from chunkarray._pipeline import watched

    screen = screen_of(monkeypatch)

    def write(text):
        raise OSError("gone")

    screen.write = write
    monkeypatch.setattr(watched.time, "perf_counter", iter(range(100)).__next__)
    assert watched.watched(lambda stop: [stop(k) for k in range(9)], 9, True) == [None] * 9


def test_runs_beside():
    """What GraalPy does, where this thread alone can be interrupted."""
    from chunkarray._pipeline.watched import watched

    class Enough(Exception):
        pass

    def run(stop):
        for done in range(10_000):
            time.sleep(0.001)
            if stop(done):
                ended.append(done)
                raise RuntimeError("the run was stopped")
        raise AssertionError

    def look(done):
        if done >= 100:
            raise Enough

    ended = []
    with pytest.raises(Enough):
        watched(run, 10_000, look, beside=True)
    assert len(ended) == 1
    assert watched(lambda stop: threading.current_thread().name, 1, None, beside=True) == "chunkarray run"
    with pytest.raises(ZeroDivisionError):
        watched(lambda stop: 1 / 0, 1, None, beside=True)


@needs_waiting_inside_calls
def test_progress_of_a_thread():
    """Other threads than the first one know no signals."""
    found = []
    a = ChunkArray("F8", range(1000))
    chain = a.using(progress=found.append, threads=2).map(lambda v: v * 2)
    threads = [threading.Thread(target=lambda: results.append(chain.sum())) for _ in range(3)]
    results = []
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [999_000] * 3


@pytest.mark.parametrize("bad", [1, "yes", 0.5, []])
def test_bad_progress(bad):
    with pytest.raises(TypeError, match="progress is True, False or a function"):
        ChunkArray("F8").using(progress=bad)
