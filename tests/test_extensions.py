"""What C code is given of an object, and what becomes of the object then: __chunkarray_c__, handles, waiting for C."""

import asyncio
import gc
import pickle
import threading
import time

import pytest

import chunkarray
from chunkarray import Arena, ChunkArray, KeyTable, Log
from compiling import needs_binary
from support import DOOR, HOST, IMPLEMENTATION, scaled

abi = chunkarray.abi

# Its ctypes calls no function by its address.
needs_ctypes = pytest.mark.skipif(IMPLEMENTATION == "graalpy", reason="needs ctypes that calls addresses")

MAKERS = [lambda: ChunkArray("F8", [0.5]), Arena, Log, lambda: KeyTable("F8")]


def function(name):
    return abi[name].ctypes()


@pytest.fixture
def soon():
    """For waits that end by what they wait for, and not by their timeout of 30 seconds."""
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < 20


def native(thing):
    return thing._c_object()


def is_capsule(thing, name):
    shown = repr(thing)
    # GraalPy 24.2 shows no name.
    return type(thing).__name__ == "PyCapsule" and (name in shown or '"' not in shown and IMPLEMENTATION == "graalpy")


@needs_binary
@pytest.mark.parametrize("make", MAKERS)
def test_the_capsule(make):
    thing = make()
    capsule = thing.__chunkarray_c__
    assert is_capsule(capsule, "chunkarray.extensions")
    with pytest.raises(AttributeError):
        thing.__chunkarray_c__ = None
    del thing
    gc.collect()
    del capsule  # after its object, which is where it would show if it owned something


@needs_binary
def test_the_capsule_of_the_table():
    capsule = chunkarray._core._twins
    assert is_capsule(capsule, "chunkarray._core._twins")


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.skipif(HOST != "python", reason="only the twin is without a binary")
def test_without_a_binary(make):
    with pytest.raises(RuntimeError, match="binary"):
        make().__chunkarray_c__  # noqa: B018 (the attribute is what is tested)


@needs_binary
@pytest.mark.parametrize("make", MAKERS)
def test_handles_are_never_used_again(make):
    seen = set()
    for _ in range(scaled(1000)):
        thing = make()
        handle = native(thing)._handle()
        assert handle == native(thing)._handle()
        assert handle not in seen
        seen.add(handle)


@needs_binary
def test_an_exported_array_is_an_array_as_before():
    a = ChunkArray("S4", [1, 2, 3], chunk_size=2)
    a.__chunkarray_c__  # noqa: B018
    a.append(4)
    assert a.push(5) == 4
    a.extend([6, 7])
    a[0] = 10
    with a.transaction():
        a.append(8)
    assert a.tolist() == list(a) == [10, 2, 3, 4, 5, 6, 7, 8] and (a[3], a[-1], a.at(1)) == (4, 8, 2)
    with a.appender() as put:
        put(9)
    assert pickle.loads(pickle.dumps(a)) == a
    assert a.copy() == a
    a.truncate(2)
    a.shrink()
    assert a.tolist() == [10, 2]
    a.freeze()
    with pytest.raises(ValueError, match="frozen"):
        a.append(1)


@needs_binary
def test_memory_is_given_back_unless_c_code_may_look():
    for known in (False, True):
        a = ChunkArray("F8", range(100000))
        native(a)._handle()  # what a door needs
        if known:
            a.__chunkarray_c__  # noqa: B018
        before = a.committed_bytes
        a.close()
        assert len(a) == 0
        if known:
            assert a.committed_bytes == before
        elif DOOR == "subclass" and not chunkarray.about()["free_threaded"]:
            assert a.committed_bytes < before // 10


@needs_binary
@needs_ctypes
def test_calls_beside_close_and_the_end():
    """Other threads are within a call, without the interpreter's lock, when memory goes."""
    push, at_or_status = function("array_push_f8"), function("array_count_f8")
    refused = {abi.errors[name][0] for name in ("CLOSED", "BAD_HANDLE")}
    handles, stop = [0], threading.Event()
    found = []

    def call():
        try:
            while not stop.is_set():
                counted = at_or_status(handles[0], 1.0)
                assert counted >= 0 or counted in refused
                pushed = push(handles[0], 2.0)
                assert pushed >= 0 or pushed in refused
        except BaseException as error:
            found.append(error)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for k in range(scaled(200)):
        a = ChunkArray("F8", [1.0] * 5000, chunk_size=64)
        handles[0] = native(a)._handle()
        if k % 3 == 0:
            a.truncate(1)
            a.shrink()
        if k % 2:
            a.close()
        del a
    stop.set()
    for thread in threads:
        thread.join()
    assert not found


@needs_binary
@needs_ctypes
def test_waiting_for_what_c_appends(soon):
    a = ChunkArray("S8")
    handle = abi.handle(a)
    push = function("array_push_s8")
    threading.Timer(0.05, lambda: [push(handle, k) for k in range(10)]).start()
    assert a.wait(10, timeout=30)
    follower = a.follow(timeout=30)
    assert [next(follower) for _ in range(10)] == list(range(10))
    threading.Timer(0.05, push, (handle, 10)).start()
    assert next(follower) == 10
    begin = time.monotonic()
    assert not a.wait(12, timeout=0.1)
    assert time.monotonic() - begin >= 0.1


@needs_binary
@needs_ctypes
def test_who_sleeps_already_when_c_code_comes(soon):
    a = ChunkArray("S8")
    results = []
    sleeper = threading.Thread(target=lambda: results.append(a.wait(3, timeout=30)))
    sleeper.start()
    while not a._waiters:
        time.sleep(0.001)
    handle, push = abi.handle(a), function("array_push_s8")
    for k in range(3):
        push(handle, k)
    sleeper.join()
    assert results == [True]


@needs_binary
@needs_ctypes
def test_waiting_in_an_event_loop(soon):
    a = ChunkArray("S8")
    handle, push = abi.handle(a), function("array_push_s8")

    async def read():
        got = []
        threading.Timer(0.05, lambda: [push(handle, k) for k in range(5)]).start()
        async for value in a.follow(timeout=30):
            got.append(value)
            if len(got) == 5:
                break
        got.extend([value async for value in a.follow(5, timeout=0.05)])
        return got

    assert asyncio.run(read()) == list(range(5))


@needs_binary
@needs_ctypes
def test_a_log_that_c_appends_to(soon):
    log = Log()
    handle, append = abi.handle(log), function("log_append_text")
    import ctypes

    text = ctypes.create_string_buffer("größer".encode())
    threading.Timer(0.05, append, (handle, ctypes.addressof(text), len(text) - 1)).start()
    assert next(log.follow(timeout=30)) == "größer"
    assert function("log_len")(handle) == len(log) == 1
