"""JSON Lines: a log takes what it can of a damaged file, and lists the lines that it leaves out."""

import io
import json
import warnings

from chunkarray import Log

SEEDS = [
    b'{"a": 1}\n[1, 2.5, null]\n"text"\n\n-3\n',
    '{"p\u00e4iv\u00e4": [{"x": {"y": []}}, true]}\n"\\ud83d\\ude00"\n1e308\n'.encode(),
    b"\xef\xbb\xbf{}\r\n[]\r\n",
    b"[" * 40 + b"]" * 40,
]
WORDS = [b"\n", b"\r\n", b'"', b"\\u", b"\\ud800", b"[", b"]", b"{", b"}", b":", b",", b"NaN", b"1e999", b"\xff", b"\0"]
ERRORS = ()
NOT_ON = ("rustpython",)  # whose own json ends the process at some input


def check(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log = Log.load_jsonl(io.BytesIO(data))
    lines = data.count(b"\n") + 1
    assert len(log) + len(log.skipped) <= lines
    for line, _ in log.skipped:
        assert 1 <= line <= lines
    out = io.BytesIO()
    log.dump_jsonl(out)
    assert len(out.getvalue().splitlines()) == len(log)
    for line in out.getvalue().splitlines():
        json.loads(line)
