"""Log: a bounded sequence of entries that stay what they were when they were appended."""

import collections.abc
import copy
import json
import math
import pickle
import sys
import threading
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import Log
from support import CPYTHON, HOST, IMPLEMENTATION, MOST, collect, run_python, scaled
from test_threads import run_together

ENTRIES = [
    "plain",
    "",
    "ünï €\U0001f600",
    '"quoted" \\ and\n\r\t\0\x1f\x7f\u2028',
    b"",
    b"\x00\xff\xfe raw",
    None,
    True,
    False,
    0,
    -1.5,
    10**30,
    [],
    [1, [2, ["three"]]],
    {},
    {"a": 1, "b": [None, {"c": "d"}]},
    {"$bytes": "AP8="},
    {"$$str": []},
    "\ud800",
    "a\udfffb\ud800",
    "\ud83d\ude00",
]
if len("\ud83d\ude00".encode("utf-8", "surrogatepass")) != 6:
    ENTRIES.pop()  # GraalPy itself takes the two for one character when it encodes them
# What entries cost beside their own bytes.
AROUND = 9


def test_it_gives_back_what_was_appended():
    log = Log()
    for entry in ENTRIES:
        assert log.append(entry) is None
    assert list(log) == ENTRIES and len(log) == len(ENTRIES)
    for found, entry in zip(log, ENTRIES):
        assert type(found) is type(entry)
    assert [log[k] for k in range(len(log))] == ENTRIES
    assert [log[k - len(log)] for k in range(len(log))] == ENTRIES
    assert list(reversed(log)) == ENTRIES[::-1]


def test_what_json_makes_of_an_entry():
    class Text(str):
        pass

    log = Log()
    log.extend([(1, 2), {1: "x", None: 2.5}, Text("text"), bytearray(b"x").decode()])
    assert list(log) == [[1, 2], {"1": "x", "null": 2.5}, "text", "x"]
    assert type(log[2]) is str
    log.append([math.nan, math.inf, -math.inf])
    assert str(log[-1]) == str([math.nan, math.inf, -math.inf])


def test_an_entry_is_what_the_object_was_when_it_was_appended():
    log, entry = Log(), {"values": [1]}
    log.append(entry)
    entry["values"].append(2)
    assert log[0] == {"values": [1]}
    log[0]["values"].append(3)  # a new object each time
    assert log[0] == {"values": [1]}


def test_default():
    log = Log(default=lambda object: sorted(object))
    log.append({"set": {3, 1, 2}})
    assert log[0] == {"set": [1, 2, 3]}
    assert Log().default is None and log.default({2, 1}) == [1, 2]
    with pytest.raises(TypeError, match="^default is a function, not int$"):
        Log(default=5)


class Unwilling(Exception):
    pass


def refuse(object):
    raise Unwilling(object)


@pytest.mark.parametrize("add", [Log.append, Log.push, lambda log, entry: log.extend(["good", entry])])
def test_what_json_cannot_tell_changes_nothing(add):
    log = Log()
    log.append("before")
    circle = []
    circle.append(circle)
    for entry, error in (({1, 2}, TypeError), ({(1, 2): 3}, TypeError), (circle, ValueError), (bytearray(), TypeError)):
        with pytest.raises(error) as found:
            add(log, entry)
        with pytest.raises(error) as expected:
            json.dumps(entry)
        assert str(found.value) == str(expected.value)
    hooked = Log(default=refuse)
    with pytest.raises(Unwilling):
        add(hooked, [object()])
    assert list(log) == ["before"] and list(hooked) == []


def test_extend_is_all_or_nothing():
    log = Log()

    def failing():
        yield "one"
        yield "two"
        raise Unwilling

    with pytest.raises(Unwilling):
        log.extend(failing())
    with pytest.raises(TypeError):
        log.extend(5)
    assert len(log) == 0
    log += ["one", b"two"]
    log.extend(log)
    assert list(log) == ["one", b"two"] * 2
    log.extend(Log())
    log.extend([])
    assert len(log) == 4


# Bounds.


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"max_bytes": 8}, ValueError, "max_bytes must be at least 9, not 8"),
        ({"max_bytes": 0}, ValueError, "max_bytes must be at least 9, not 0"),
        ({"max_bytes": -5}, ValueError, "max_bytes is negative: -5"),
        ({"max_entries": 0}, ValueError, "max_entries must be at least 1, not 0"),
        ({"max_entries": -1}, ValueError, "max_entries is negative: -1"),
        ({"max_bytes": "9"}, TypeError, "max_bytes is an int, not str"),
        ({"max_entries": 1.5}, TypeError, "max_entries is an int, not float"),
    ],
)
def test_bounds_that_no_entry_fits(options, error, message):
    with pytest.raises(error) as found:
        Log(**options)
    assert str(found.value) == message
    log = Log()
    log.append("x")
    with pytest.raises(error) as found:
        for name, value in options.items():
            setattr(log, name, value)
    assert str(found.value) == message
    assert (log.max_bytes, log.max_entries, list(log)) == (64 << 20, None, ["x"])


def test_options_go_by_name():
    for arguments in ((100,), (None, 5)):
        with pytest.raises(TypeError):
            Log(*arguments)
    with pytest.raises(TypeError):
        Log(maximum=5)


def test_which_bounds_there_are():
    assert (Log().max_bytes, Log().max_entries) == (64 << 20, None)
    assert (Log(max_entries=5).max_bytes, Log(max_entries=5).max_entries) == (None, 5)
    assert (Log(max_bytes=100).max_bytes, Log(max_bytes=100).max_entries) == (100, None)


def test_the_oldest_entries_go():
    log = Log(max_entries=3)
    for k in range(10):
        assert log.push(k) == k
    assert list(log) == [7, 8, 9]
    assert (log.first, log.dropped, len(log)) == (7, 7, 3)
    log.extend(range(10, 20))
    assert (list(log), log.first, log.dropped) == ([17, 18, 19], 17, 17)


def test_bytes_are_bounded():
    log = Log(max_bytes=100)
    for k in range(30):
        log.append("x" * k)
        assert log.nbytes == sum(len(entry) + AROUND for entry in log) <= 100
        assert log.nbytes + AROUND + k - len(log) > 100 or log.dropped == 0
    log.append("y" * 91)
    assert list(log) == ["y" * 91] and log.nbytes == 100
    for add in (log.append, log.push, lambda entry: log.extend(["fits", entry])):
        with pytest.raises(ValueError) as found:
            add("y" * 92)
        assert str(found.value) == "an entry of 101 bytes does not fit max_bytes=100"
    with pytest.raises(ValueError):
        log.append(["y" * 90])
    assert list(log) == ["y" * 91] and log.dropped == 30


def test_bounds_may_change():
    log = Log(max_entries=10)
    log.extend("x" * k for k in range(10))
    log.max_entries = 4
    assert (list(log), log.dropped) == (["x" * k for k in (6, 7, 8, 9)], 6)
    log.max_bytes = 40
    assert (list(log), log.max_entries) == (["xxxxxxxx", "xxxxxxxxx"], 4)
    log.max_entries = None
    log.extend(["x"] * 4)
    assert len(log) == 4
    log.max_bytes = None
    assert log.max_bytes == 64 << 20  # a log is never without a bound


def test_read_only_attributes():
    log = Log()
    for name in ("first", "dropped", "nbytes", "closed", "default", "skipped", "committed_bytes"):
        with pytest.raises(AttributeError):
            setattr(log, name, 1)


# A sequence.


def test_it_is_a_sequence():
    assert isinstance(Log(), collections.abc.Sequence)
    assert not Log()
    log = Log(max_entries=3)
    log.extend([0, 1, 2, 1, "x", None])  # the first three are dropped
    assert log and log.index(1) == 0 and log.index("x") == 1 and log.index(None, 1) == 2
    assert log.count(1) == 1 and log.count("y") == 0
    assert 1 in log and "x" in log and 0 not in log and b"x" not in log
    for arguments in ((0,), (1, 1), (None, 0, 2)):
        with pytest.raises(ValueError, match="is not in Log"):
            log.index(*arguments)


@pytest.mark.parametrize("index", [3, -4, 10**30, -(10**30)])
def test_indices_out_of_range(index):
    log = Log()
    log.extend("abc")
    with pytest.raises(IndexError, match="out of range"):
        log[index]


def test_wrong_indices():
    log = Log()
    for key in ("x", 1.5, None):
        with pytest.raises(TypeError, match="Log indices must be integers or slices"):
            log[key]
    with pytest.raises(IndexError):
        log[0]


def test_slices_are_lists():
    log, model = Log(max_entries=7), list(range(5, 12))
    log.extend(range(12))
    for key in (
        slice(None), slice(2, 5), slice(-3, None), slice(None, None, 2), slice(None, None, -1), slice(5, 1, -2),
        slice(100, 200), slice(-100, 3), slice(3, 3),
    ):  # fmt: skip
        assert log[key] == model[key]
    assert type(log[:]) is list
    with pytest.raises(ValueError):
        log[::0]


def test_tail():
    log = Log()
    assert log.tail() == []
    log.extend(range(25))
    assert log.tail() == list(range(15, 25))
    assert log.tail(3) == [22, 23, 24] and log.tail(0) == [] and log.tail(n=100) == list(range(25))
    with pytest.raises(ValueError, match="^n is -1, but must not be negative$"):
        log.tail(-1)
    with pytest.raises(TypeError):
        log.tail("3")


def test_iteration_sees_what_is_appended_and_skips_what_is_dropped():
    log = Log(max_entries=5)
    log.extend(range(5))
    entries = iter(log)
    assert [next(entries), next(entries)] == [0, 1]
    log.append(5)  # drops 0
    assert next(entries) == 2
    log.extend(range(6, 10))  # drops up to 4
    assert list(entries) == [5, 6, 7, 8, 9]
    assert list(entries) == []
    backwards = reversed(log)
    assert next(backwards) == 9
    log.extend(range(10, 13))  # drops up to 7
    assert list(backwards) == [8]


def test_equality():
    def made(*entries, **options):
        log = Log(**options)
        log.extend(entries)
        return log

    assert made(1, "x") == made(1, "x") == made(0, 1, "x", max_entries=2)
    assert made(1) != made(2) and made(1) != made(1, 1) and made("1") != made(1) and made("x") != made(b"x")
    assert made({"a": 1, "b": 2}) == made({"b": 2, "a": 1}) and made([1]) == made([1.0])
    assert made(1) != [1] and not made(1) == (1,)
    assert made() == Log()
    with pytest.raises(TypeError):
        hash(Log())


def test_how_it_looks():
    log = Log()
    assert repr(log) == "Log([])"
    log.extend(["a", {"b": 1}])
    assert repr(log) == "Log(['a', {'b': 1}])"
    log = Log(max_entries=10)
    log.extend(range(100))
    assert repr(log) == "Log([90, 91, 92, ..., 97, 98, 99], len=10, dropped=90)"
    log.append("x" * 100000)
    assert len(repr(log)) < 300
    log.append("<script>")
    html = log._repr_html_()
    assert "&lt;script&gt;" in html and "<script>" not in html and "92 dropped" in html


def test_positions_do_not_change():
    log = Log(max_entries=4)
    assert [log.push(x) for x in "abcdef"] == list(range(6))
    assert log._item(3) == "d" == log[3 - log.first]
    with pytest.raises(IndexError, match=r"^position 1 was dropped \(first is 2\)$"):
        log._item(1)
    with pytest.raises(IndexError, match=r"^position 6 is not there yet \(the log ends at 6\)$"):
        log._item(6)


def test_clear():
    log = Log()
    log.extend("abc")
    log.clear()
    assert (len(log), log.first, log.dropped, log.nbytes, list(log)) == (0, 3, 0, 0, [])
    assert log.push("d") == 3 and list(log) == ["d"]


def test_close():
    with Log() as log:
        log.extend("abc")
        assert not log.closed
    assert log.closed and list(log) == [] and len(log) == 0
    for add in (log.append, log.push, lambda entry: log.extend([entry]), lambda entry: log.append("\ud800")):
        with pytest.raises(ValueError, match="^append to a closed log$"):
            add("x")
    log.close()
    log.clear()


def test_copies():
    log = Log(max_entries=5, max_bytes=1000, default=refuse)
    log.extend(ENTRIES)
    for made in (log.copy(), copy.copy(log), copy.deepcopy(log)):
        assert made == log and made is not log and type(made) is Log
        assert (made.max_bytes, made.max_entries, made.default) == (1000, 5, refuse)
        assert (made.first, made.dropped) == (0, 0)
        made.append("more")
        assert log[-1] == ENTRIES[-1]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol):
    log = Log(max_bytes=10**6, default=refuse)
    log.extend(ENTRIES)
    found = pickle.loads(pickle.dumps(log, protocol))
    assert list(found) == ENTRIES and found == log
    assert (found.max_bytes, found.max_entries, found.default) == (10**6, None, refuse)


def test_damaged_pickles():
    log = Log()
    log.append([1])
    restore, (cls, options, entries) = log.__reduce__()[:2]
    assert restore(cls, options, entries) == log
    kind = entries[0]
    for arguments in (
        (dict, options, entries),
        (cls, {}, entries),
        (cls, None, entries),
        (cls, options, None),
        (cls, options, entries[:1]),
        (cls, options, [kind, "text"]),
        (cls, options, [kind, b"{"]),
        (cls, options, [kind, b"\xff"]),
        (cls, options, [ord("s"), b"\xff"]),
        (cls, options, [ord("?"), b""]),
        (cls, options, ["s", b""]),
        (cls, dict(options, max_bytes=-1), entries),
    ):
        with pytest.raises((TypeError, ValueError)):
            restore(*arguments)


class Named(Log):
    def __init__(self, name):
        super().__init__(max_entries=3)
        self.name = name


def test_subclasses():
    log = Named("first")
    log.extend("abcd")
    assert (log.name, list(log), repr(log)) == ("first", ["b", "c", "d"], "Named(['b', 'c', 'd'], dropped=1)")
    for made in (pickle.loads(pickle.dumps(log)), copy.copy(log), copy.deepcopy(log)):
        assert (type(made), made.name, list(made)) == (Named, "first", ["b", "c", "d"])


def test_no_instance_dict_and_weak_references():
    log = Log()
    with pytest.raises(AttributeError):
        log.colour = "red"
    reference = weakref.ref(log)
    assert reference() is log
    del log
    collect(lambda: reference() is None)
    assert reference() is None


@pytest.mark.skipif(IMPLEMENTATION == "pypy", reason="PyPy has no sys.getsizeof")
def test_size_of():
    log = Log()
    before = sys.getsizeof(log)
    log.append("x" * 100000)
    assert sys.getsizeof(log) >= before + 100000
    assert log.committed_bytes >= log.nbytes


def test_it_is_loaded_when_it_is_asked_for():
    import chunkarray

    assert {"Log", "LogHandler"} <= set(dir(chunkarray))
    with pytest.raises(AttributeError, match="^module 'chunkarray' has no attribute 'Lag'$"):
        chunkarray.Lag  # noqa: B018
    later = {"logging"} if HOST == "python" else {"json", "logging"}  # the twin itself needs json
    code = (
        "import sys\n"
        "before = %r - set(sys.modules)\n"
        "from chunkarray import ChunkArray\n"
        "assert before == %r - set(sys.modules)\n"
        "from chunkarray import *\n"
        "assert LogHandler(Log()).log == Log()\n"
    )
    run_python(code % (later, later))


# Against a model.

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# Surrogates too, where two of them stay two.
texts = st.text(st.characters() if "\ud83d\ude00" in ENTRIES else st.characters(codec="utf-8"))
entries = texts | st.binary() | json_values


@given(st.lists(entries, max_size=30), st.integers(1, 40), st.integers(AROUND, 400))
def test_it_keeps_the_newest_that_fit(values, max_entries, max_bytes):
    log = Log(max_entries=max_entries, max_bytes=max_bytes)
    model, costs, dropped = [], [], 0
    for value in values:
        kept = value if isinstance(value, (str, bytes)) else json.dumps(value)
        cost = AROUND + len(kept if isinstance(kept, bytes) else kept.encode("utf-8", "surrogatepass"))
        if cost > max_bytes:
            with pytest.raises(ValueError):
                log.append(value)
            continue
        log.append(value)
        model.append(value)
        costs.append(cost)
        while len(model) > max_entries or sum(costs) > max_bytes:
            del model[0], costs[0]
            dropped += 1
        assert (log.nbytes, log.dropped) == (sum(costs), dropped)
    assert list(log) == model and log.tail(3) == model[-3:] and log == log.copy()


# Threads.


def test_threads_lose_nothing():
    log = Log()
    each = scaled(5000, least=100)

    def worker(t):
        def append():
            for k in range(each):
                if k % 3:
                    log.append("%d %d" % (t, k))
                else:
                    log.append({"t": t, "k": k})

        return append

    run_together(*map(worker, range(6)))
    assert len(log) == 6 * each
    found = sorted(tuple(e.values()) if isinstance(e, dict) else tuple(map(int, e.split())) for e in log)
    assert found == [(t, k) for t in range(6) for k in range(each)]


def test_one_extend_is_adjacent():
    log = Log()
    rounds = scaled(300, least=20)

    def worker(t):
        return lambda: [log.extend([[t, k]] * 5) for k in range(rounds)]

    run_together(*map(worker, range(5)))
    found = list(log)
    assert len(found) == 5 * 5 * rounds
    assert all(found[k] == found[k - k % 5] for k in range(len(found)))


def test_readers_beside_a_log_that_drops():
    log = Log(max_entries=50)
    each = scaled(5000, least=100)
    done = threading.Event()

    def append():
        try:
            for k in range(each):
                log.append(k)
        finally:
            done.set()

    def read():
        while not done.is_set():
            seen = list(log)
            assert seen == sorted(seen) and len(set(seen)) == len(seen)
            tail = log.tail(5)
            assert tail == list(range(tail[0], tail[0] + len(tail))) if tail else True
            try:
                assert log[-1] >= tail[-1] if tail else True
            except IndexError:
                pass
            list(reversed(log))
            log.copy()

    run_together(append, read, read)
    assert log.dropped == max(0, each - 50)


# Following.


def test_wait():
    log = Log(max_entries=2)
    assert log.wait(0) and not log.wait(1, timeout=0)
    log.extend("abc")
    assert log.wait(3, timeout=0) and not log.wait(4, timeout=0.01)
    thread = threading.Thread(target=lambda: log.append({"x": 1}))
    thread.start()
    assert log.wait(4, timeout=30)
    thread.join()
    log.close()
    assert not log.wait(10)


def test_follow():
    log = Log(max_entries=100)
    log.extend(["a", b"b"])
    count = scaled(500, least=50)

    def write():
        for k in range(count):
            log.append([k])
        log.close()

    thread = threading.Thread(target=write)
    follower = log.follow()
    assert next(follower) == "a"
    thread.start()
    found = list(follower)
    thread.join()
    # close() takes what was not read yet, and a follower that is too slow misses what is dropped.
    documents = [entry for entry in found if entry != b"b"]
    assert documents == sorted(documents)
    assert len(found) + 1 + follower.missed == count + 2


def test_follow_ends_when_nothing_comes():
    log = Log()
    log.extend("abc")
    assert list(log.follow(timeout=0)) == ["a", "b", "c"]
    assert list(log.follow(start=2, timeout=0.01)) == ["c"]
    assert list(log.follow(start=-2, timeout=0)) == ["b", "c"]


def test_follow_in_an_event_loop():
    import asyncio

    log = Log()

    async def read():
        return [entry async for entry in log.follow(timeout=30)]

    async def run():
        reader = asyncio.ensure_future(read())
        await asyncio.sleep(0.01)
        thread = threading.Thread(target=lambda: [log.append(k) for k in range(5)])
        thread.start()
        while not log.wait(5, timeout=0):
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)
        log.close()
        thread.join()
        return await reader

    assert asyncio.run(run()) == list(range(5))


# Memory.

ENDLESS = """
from chunkarray import Log

def resident():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096
    except OSError:
        return 0

log = Log(max_bytes=4 << 20)
texts = ["x" * k for k in range(0, 500, 7)]
def run(rounds):
    for k in range(rounds):
        log.append(texts[k %% len(texts)])
        if k %% 10 == 0:
            log.append({"k": k, "text": "y" * 50})
rounds = %d
run(rounds)
before, committed = resident(), log.committed_bytes
for _ in range(4):
    run(rounds)
print(resident() - before, log.committed_bytes - committed, log.committed_bytes)
assert log.nbytes <= 4 << 20 and log.dropped
"""


def test_memory_stays_flat():
    rounds = scaled(100000, least=20000 if CPYTHON else 5000)  # the twin's, too, have to fill the log
    growth, committed_growth, committed = map(int, run_python(ENDLESS % rounds).stdout.split())
    assert committed < 6 << 20
    if rounds > 10000:  # fewer end before the log is full
        assert committed_growth < 1 << 20
    if CPYTHON:
        assert growth < 2 << 20


def test_what_is_dropped_is_given_back():
    process = run_python(
        MOST + "from chunkarray import Log\n"
        "block = bytes(4 << 20)\n"
        "before = most()\n"
        "for k in range(500):\n"
        "    log = Log(max_bytes=1 << 30)\n"
        "    log.append(block)\n"
        "print(most() - before)"
    )
    assert int(process.stdout) < 10**9  # of 2 * 10**9 that went through


@pytest.mark.skipif(IMPLEMENTATION == "graalpy", reason="a Java machine does not survive a limit on its address space")
def test_memory_that_runs_out():
    process = run_python(
        "import resource\n"
        "from chunkarray import Log\n"
        "log = Log(max_bytes=1 << 40)\n"
        "log.append('first')\n"
        "block = bytes(8 << 20)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "try:\n"
        "    while True:\n"
        "        before = len(log)\n"
        "        log.append(block)\n"
        "except MemoryError:\n"
        "    assert len(log) == before and log[0] == 'first' and log.dropped == 0\n"
        "    log.close()\n"
        "    print('refused')\n"
    )
    assert process.stdout.split() == ["refused"]
