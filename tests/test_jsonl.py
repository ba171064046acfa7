"""JSON Lines: what a log writes, what it reads, and what becomes of files that break."""

import gzip
import io
import json
import os
import stat
import threading
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import Log
from support import needs_waiting_inside_calls, scaled
from test_log import ENTRIES, json_values, texts

KEEPS_PAIRS = "\ud83d\ude00" in ENTRIES
SURROGATES = "\ud800\udbff\udc00\udfff" if KEEPS_PAIRS else "\udc00"


def logged(*entries, **options):
    log = Log(**options)
    log.extend(entries)
    return log


def dumped(*entries):
    """The lines that the entries make, without their ends."""
    file = io.BytesIO()
    logged(*entries).dump_jsonl(file)
    data = file.getvalue()
    assert data.endswith(b"\n") or not entries
    return data.split(b"\n")[:-1]


def loaded(data, **options):
    """The log of a file with these bytes, which are all good."""
    log = Log.load_jsonl(io.BytesIO(data), **options)
    assert log.skipped == []
    return log


def skipping(data, **options):
    """Entries and skipped lines of a file that has bad lines, about which there is one warning."""
    with pytest.warns(RuntimeWarning) as found:
        log = Log.load_jsonl(io.BytesIO(data), **options)
    assert len(found) == 1 and "%d of " % len(log.skipped) in str(found[0].message)
    assert "line %d: %s" % log.skipped[0] in str(found[0].message)
    return list(log), log.skipped


# The form of an entry.


@pytest.mark.parametrize("entry", ENTRIES, ids=repr)
def test_one_line_an_entry(entry):
    (line,) = dumped(entry)
    line.decode("utf-8")
    document = json.loads(line)
    if not isinstance(entry, bytes) and entry not in ({"$bytes": "AP8="}, {"$$str": []}, "\ud83d\ude00"):
        assert document == entry
    found = loaded(line + b"\n")
    assert list(found) == [entry] and type(found[0]) is type(entry)
    assert dumped(*found) == [line]


def test_the_form_of_each_kind():
    assert dumped('é\n"\\\u2028\x07', b"\x00\xff", {"é": [1]}, None) == [
        '"é\\n\\"\\\\\u2028\\u0007"'.encode(),
        b'{"$bytes": "AP8="}',
        b'{"\\u00e9": [1]}',
        b"null",
    ]


def test_look_alikes():
    for key in ("$bytes", "$str", "$$bytes", "$$$str"):
        for entry in ({key: "AP8="}, {key: 1, "more": 2}, {key: {key: ""}}, {key: 1, "$" + key: 2}):
            (line,) = dumped(entry)
            assert line.startswith(b'{"$' + key.encode() + b'"')
            assert list(loaded(line)) == [entry]
    for entry in ({"x": {"$bytes": ""}}, [{"$bytes": ""}], {"$": 1}, {"$other": 1}, {"": "$bytes"}, "$bytes"):
        (line,) = dumped(entry)
        assert json.loads(line) == entry and list(loaded(line)) == [entry]


def test_other_writers_spacing_makes_no_difference():
    for line, entry in [
        (b'{"$bytes":"AP8="}', b"\x00\xff"),
        (b' {\t"$bytes" : "AP8=" } \r', b"\x00\xff"),
        (b'{"$str":["a","b"]}', "ab"),
        (b'{ "$$bytes" : "AP8=" }', {"$bytes": "AP8="}),
        (b'{ "$$bytes":1,"x":2}', {"$bytes": 1, "x": 2}),
        (b'{"$bytes": "AP8=", "more": 1}', {"$bytes": "AP8=", "more": 1}),
        (b"[1,\r2]", [1, 2]),
    ]:
        log = loaded(line + b"\n")
        assert list(log) == [entry]
        assert list(loaded(b"\n".join(dumped(*log)) + b"\n")) == [entry]


def test_surrogates():
    if KEEPS_PAIRS:
        assert dumped("\ud83d\ude00") == [b'{"$str": ["\\ud83d", "\\ude00"]}']
    assert dumped("\ud800x", "\ude00\ud83d") == [b'"\\ud800x"', b'"\\ude00\\ud83d"']
    # One character, which needs no surrogates.
    assert dumped("\U0001f600") == ['"\U0001f600"'.encode()]
    assert loaded(b'"\\ud83d\\ude00"\n')[0] == "\U0001f600"


@given(st.lists(texts | st.text(SURROGATES + '"x\ud7ff\ue000') | st.binary() | json_values))
def test_what_goes_out_comes_back(entries):
    lines = dumped(*entries)
    assert len(lines) == len(entries)
    found = loaded(b"".join(line + b"\n" for line in lines))
    assert list(found) == entries
    assert dumped(*found) == lines


def test_long_entries_and_many():
    entries = ["x" * k + "\n" + "é" * k for k in range(0, 3000, 7)] + [os.urandom(300000), "é\x00" * 300000]
    entries += [{"k": k} for k in range(scaled(20000, least=500))]
    file = io.BytesIO()
    log = logged(*entries)
    assert log.dump_jsonl(file) == len(entries)
    assert list(loaded(file.getvalue())) == entries


# Where it is written to.


def test_files_of_every_kind(tmp_path):
    log = logged(*ENTRIES)
    expected = b"".join(line + b"\n" for line in dumped(*ENTRIES))
    text, raw = io.StringIO(), io.BytesIO()
    log.dump_jsonl(text)
    log.dump_jsonl(raw)
    assert text.getvalue() == expected.decode() and raw.getvalue() == expected
    text.seek(0)
    assert Log.load_jsonl(text) == log
    for name in (str(tmp_path / "text"), os.fsencode(tmp_path / "bytes"), tmp_path / "path"):
        log.dump_jsonl(name)
        with open(name, "rb") as file:
            assert file.read() == expected
        assert Log.load_jsonl(name) == log
    with gzip.open(tmp_path / "zipped", "wb") as file:
        log.dump_jsonl(file)
    with gzip.open(tmp_path / "zipped") as file:
        assert Log.load_jsonl(file) == log
    with open(tmp_path / "opened", "w", encoding="utf-8") as file:
        log.dump_jsonl(file)
    with open(tmp_path / "opened", encoding="utf-8") as file:
        assert Log.load_jsonl(file) == log


def test_files_that_are_no_files_of_io():
    class Text:
        def __init__(self):
            self.parts = []

        def write(self, part):
            if not isinstance(part, str):
                raise TypeError("str only")
            self.parts.append(part)

    class Slow(io.RawIOBase):
        def __init__(self):
            self.taken = b""

        def writable(self):
            return True

        def write(self, part):
            self.taken += bytes(part[:1000])
            return min(len(part), 1000)

    log = logged(*ENTRIES, "x" * 3000)
    expected = b"".join(line + b"\n" for line in dumped(*ENTRIES, "x" * 3000))
    text, slow = Text(), Slow()
    log.dump_jsonl(text)
    log.dump_jsonl(slow)
    assert "".join(text.parts).encode() == expected == slow.taken


def test_an_empty_log(tmp_path):
    Log().dump_jsonl(tmp_path / "empty")
    assert (tmp_path / "empty").read_bytes() == b""
    assert list(Log.load_jsonl(tmp_path / "empty")) == []


def test_a_pipe():
    reading, writing = os.pipe()
    log = logged(*ENTRIES)

    def write():
        with open(writing, "wb") as file:
            log.dump_jsonl(file)

    thread = threading.Thread(target=write)
    thread.start()
    with open(reading, encoding="utf-8") as file:
        assert Log.load_jsonl(file) == log
    thread.join()


@pytest.mark.parametrize("target", [5, None, object(), 1.5])
def test_what_is_no_file(target):
    with pytest.raises(TypeError, match=r"^dump_jsonl\(\) takes a path or a file, not "):
        Log().dump_jsonl(target)
    with pytest.raises(TypeError, match=r"^load_jsonl\(\) takes a path or a file, not "):
        Log.load_jsonl(target)


def test_start_and_append(tmp_path):
    path = tmp_path / "stream"
    log = logged("a", "b", "c", max_entries=4)
    position = log.dump_jsonl(path, append=True)
    assert position == 3
    log.extend("de")
    position = log.dump_jsonl(path, append=True, start=position)
    assert position == 5 and log.dump_jsonl(path, append=True, start=position) == 5
    assert list(Log.load_jsonl(path)) == list("abcde")
    log.dump_jsonl(path, start=0)  # 0 was dropped
    assert list(Log.load_jsonl(path)) == list("bcde")
    for start in (-1, 6):
        with pytest.raises(ValueError, match="^start is %d, but must lie between 0 and the log's end, 5$" % start):
            log.dump_jsonl(path, start=start)
    with pytest.raises(TypeError):
        log.dump_jsonl(io.BytesIO(), append=True)
    # What a crash cut stays a line of its own.
    path.write_bytes(b'"a"\n{"cut": ')
    log.dump_jsonl(path, append=True, start=4)
    with pytest.warns(RuntimeWarning):
        found = Log.load_jsonl(path)
    assert list(found) == ["a", "e"] and [number for number, _ in found.skipped] == [2]


# Files are replaced in one step.


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("old")
    os.chmod(path, 0o640)
    with open(path) as old:
        logged("new").dump_jsonl(path)
        assert old.read() == "old"  # another file by now
    assert path.read_text() == '"new"\n'
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640
    assert os.listdir(tmp_path) == ["log.jsonl"]


def test_a_new_file_has_usual_permissions(tmp_path):
    logged("new").dump_jsonl(tmp_path / "ours")
    with open(tmp_path / "usual", "w"):
        pass
    assert os.stat(tmp_path / "ours").st_mode == os.stat(tmp_path / "usual").st_mode


def test_a_link_stays_one(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("old")
    os.symlink(tmp_path / "folder" / "file", tmp_path / "link")
    logged("new").dump_jsonl(tmp_path / "link")
    assert os.path.islink(tmp_path / "link")
    assert (tmp_path / "folder" / "file").read_text() == '"new"\n'
    assert os.listdir(tmp_path / "folder") == ["file"]


def test_a_relative_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    logged("new").dump_jsonl("here")
    assert os.listdir(tmp_path) == ["here"]


def test_a_device():
    logged("gone").dump_jsonl(os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_what_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "log.jsonl"
    path.write_text("old")

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    for name in ("fsync", "replace", "chmod"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(OSError, match="No space left"):
                logged("new").dump_jsonl(path)
        assert path.read_text() == "old" and os.listdir(tmp_path) == ["log.jsonl"]
    with pytest.raises(OSError):
        logged("new").dump_jsonl(tmp_path)
    with pytest.raises(FileNotFoundError):
        logged("new").dump_jsonl(tmp_path / "missing" / "file")
    with pytest.raises(FileNotFoundError):
        Log.load_jsonl(tmp_path / "missing")
    assert os.listdir(tmp_path) == ["log.jsonl"]


def test_a_file_that_fails_midway():
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    log = logged("a", "b")
    with pytest.raises(OSError, match="No space left"):
        log.dump_jsonl(Full())
    assert list(log) == ["a", "b"]


@needs_waiting_inside_calls
def test_dumping_beside_appending():
    log, done = Log(max_entries=1000), threading.Event()

    def append():
        k = 0
        while not done.is_set():
            log.append({"k": k})
            k += 1

    thread = threading.Thread(target=append)
    thread.start()
    files = []
    try:
        for _ in range(scaled(50, least=3)):
            files.append(io.BytesIO())
            log.dump_jsonl(files[-1])
    finally:
        done.set()
        thread.join()
    # Read only now: GraalPy's json gives its lock away at every number, and waits for it beside a thread that is busy.
    for file in files:
        numbers = [json.loads(line)["k"] for line in file.getvalue().splitlines()]
        assert numbers == sorted(set(numbers)) and len(numbers) <= 1000


# Files that broke.


def test_a_line_that_a_crash_cut():
    whole = b'"one"\n{"two": 222}\n'
    assert list(loaded(whole[:-1])) == ["one", {"two": 222}]  # only the end of the line is missing
    for cut in range(2, 13):
        entries, skipped = skipping(whole[:-cut])
        assert entries == ["one"] and [number for number, _ in skipped] == [2]
    assert list(loaded(whole[:-13])) == ["one"]


def test_a_number_without_its_line_end_may_be_cut():
    assert skipping(b"[1]\n123") == ([[1]], [(2, "a number without the end of its line may have been cut")])
    assert list(loaded(b"123\n-4.5\n")) == [123, -4.5]
    assert list(loaded(b"1\ntrue")) == [1, True]


def test_broken_lines_are_told_and_nothing_else_is_lost():
    data = b'"a"\n\xff\xfe"\n\n{"x": 1\n"b"\n"\xed\xa0\x80"\nnope\n\0\0\0\n{"$bytes": "*"}\n{"$str": 5}\n[1]\n'
    entries, skipped = skipping(data)
    assert entries == ["a", "b", [1]]
    assert [number for number, _ in skipped] == [2, 4, 6, 7, 8, 9, 10]
    assert skipped[0][1].startswith("no UTF-8: ") and skipped[1][1].startswith("no JSON: ")


def test_broken_utf8_in_a_file_of_text(tmp_path):
    path = tmp_path / "broken"
    path.write_bytes(b'"a"\n"\xff"\n"b"\n')
    with open(path, encoding="utf-8") as file:
        with pytest.warns(RuntimeWarning):
            log = Log.load_jsonl(file)
    assert list(log) == ["a", "b"] and [number for number, _ in log.skipped] == [2]


def test_deep_documents():
    entries, skipped = skipping(b'"a"\n' + b"[" * 200000 + b"\n" + b'"b"\n')
    assert entries == ["a", "b"] and [number for number, _ in skipped] == [2]


def test_byte_order_mark_blank_lines_and_line_ends_of_windows():
    assert list(loaded(b'\xef\xbb\xbf"a"\r\n\r\n  \n"b"\r\n')) == ["a", "b"]
    assert list(Log.load_jsonl(io.StringIO('\ufeff"a"\r\n"b"'))) == ["a", "b"]


def test_bounds():
    data = b"".join(b'"%04d"\n' % k for k in range(5000))
    log = loaded(data, max_entries=10)
    assert list(log) == ["%04d" % k for k in range(4990, 5000)] and log.dropped == 4990
    log = loaded(data)
    assert len(log) == 5000 and log.max_bytes == 64 << 20 and log.max_entries is None
    entries, skipped = skipping(b'"fits"\n"%s"\n"more"\n' % (b"x" * 100), max_bytes=50)
    assert entries == ["fits", "more"] and skipped == [(2, "an entry of 109 bytes does not fit max_bytes=50")]
    with pytest.raises(ValueError):
        Log.load_jsonl(io.BytesIO(b""), max_bytes=1)
    log = loaded(b"", default=sorted)
    log.append({3, 1})
    assert log[0] == [1, 3]


def test_warnings_as_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            Log.load_jsonl(io.BytesIO(b"{"))


class Named(Log):
    def __init__(self, name):
        super().__init__()


def test_subclasses():
    log = Named.load_jsonl(io.BytesIO(b'"a"\n'))
    assert type(log) is Named and list(log) == ["a"]
