"""Log: appending beside deques of dicts and of JSON strings, reading the newest, and JSON Lines out."""

import io
import json
import os
import sys
import tempfile
from collections import deque

from harness import CPYTHON, MODERN, Case, Target, child, interleave, peer, resident_bytes, scaled

ENTRIES = 10000  # that each container keeps
TEXT = "2026-11-21 12:00:00.000 > " + "0123456789abcdef " * 11
TEXT = TEXT[:200]
RECORD = {"time": 1795262400.25, "direction": "out", "address": 17, "values": [1.5, 2.5, 3.5], "ok": True}


def cases():
    from chunkarray import Log

    def containers():
        return Log(max_entries=ENTRIES), deque(maxlen=ENTRIES), deque(maxlen=ENTRIES)

    # The deque keeps a reference to the same text: nothing is copied, and nothing can be bounded in bytes.
    log, plain, _ = containers()
    peers = {
        "chunkarray": peer("append(v)", append=log.append, v=TEXT),
        "deque of str": peer("append(v)", append=plain.append, v=TEXT),
    }
    values, rounds = interleave(peers, scaled(20000))
    yield Case("log", "append(str of 200 characters)", "ns", values, [Target(None, 1000, applies=MODERN)], rounds)

    log, dicts, texts = containers()
    peers = {
        "chunkarray": peer("append(v)", append=log.append, v=RECORD),
        "deque of dicts": peer("append(copy(v))", append=dicts.append, copy=_copied, v=RECORD),
        "deque of JSON": peer("append(dumps(v))", append=texts.append, dumps=json.dumps, v=RECORD),
    }
    values, rounds = interleave(peers, scaled(5000))
    note = "the deque of dicts copies each dict, so that it keeps what was appended"
    yield Case("log", "append(dict)", "ns", values, (), rounds, note)

    log.extend([RECORD] * ENTRIES)
    dicts.extend([RECORD] * ENTRIES)
    texts.extend([json.dumps(RECORD)] * ENTRIES)
    peers = {
        "chunkarray": peer("tail(10)", tail=log.tail),
        "deque of dicts": peer("[d[k] for k in last]", d=dicts, last=range(-10, 0)),
        "deque of JSON": peer("[loads(d[k]) for k in last]", d=texts, last=range(-10, 0), loads=json.loads),
    }
    values, rounds = interleave(peers, 500)
    yield Case("log", "the newest 10 of dicts", "ns", values, (), rounds)
    yield from _dumping()
    if CPYTHON:
        yield _memory()


def _copied(record):
    return {**record, "values": list(record["values"])}


def _dumping():
    """str entries as JSON Lines, to memory and to a file."""
    from chunkarray import Log

    count = scaled(100000)
    log, plain = Log(max_bytes=1 << 30), deque()
    log.extend([TEXT] * count)
    plain.extend([TEXT] * count)
    size = count * (len(TEXT) + 3)
    encode, memory = json.encoder.encode_basestring, io.BytesIO()

    def lines(file):
        file.seek(0)
        for text in plain:
            file.write((encode(text) + "\n").encode())

    def ours(file):
        file.seek(0)
        log.dump_jsonl(file)

    with tempfile.TemporaryDirectory(dir=_memory_folder()) as folder, open(os.path.join(folder, "x"), "wb") as file:
        for name, target in (("memory", memory), ("a file", file)):
            peers = {
                "chunkarray": peer("dump(f)", dump=ours, f=target),
                "deque of str": peer("dump(f)", dump=lines, f=target),
            }
            values, rounds = interleave(peers, 1, per=size, slowest=60)
            speeds = ", ".join("%s %.0f MB/s" % (name, 1000 / value) for name, value in values.items())
            targets = [Target(None, 2.0, applies=MODERN)]  # 500 MB/s
            yield Case("log", "dump_jsonl of str to %s" % name, "ns a byte", values, targets, rounds, speeds)


def _memory_folder():
    """A folder that no disk slows down, if there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _memory():
    """What 100,000 dicts take, each container in a process of its own."""
    count = scaled(100000)
    values = {
        name: float(child(__file__, name, str(count))[0]) for name in ("chunkarray", "deque of dicts", "deque of JSON")
    }
    return Case("log", "%d dicts" % count, "bytes an entry", values)


def _one(name, count):
    """The child's part: fills a container and prints the bytes an entry took."""
    from chunkarray import Log

    record = dict(RECORD, number=0)
    container = Log(max_bytes=1 << 30) if name == "chunkarray" else deque(maxlen=count)
    container.append("x")
    before = resident_bytes()
    for number in range(count):
        record["number"] = number
        if name == "deque of dicts":
            container.append(_copied(record))
        elif name == "deque of JSON":
            container.append(json.dumps(record))
        else:
            container.append(record)
    print((resident_bytes() - before) / count)


if __name__ == "__main__":
    _one(sys.argv[1], int(sys.argv[2]))
