"""JSON Lines: a log's entries to files and back. Files given by path are replaced in one step, or not at all."""

import base64
import codecs
import contextlib
import io
import json
import operator
import os
import re
import stat
import warnings

# The kinds of a log's entries.
TEXT, BYTES, JSON = map(ord, "sbj")

# Bytes that are rendered and written at once: large enough for the disk, small enough to let others append between.
BLOCK = 1 << 18
# Entries that are read before they are added in one go.
BATCH = 1000

# What stands for something else, or for an object that looks like it: the first key, and how many $ it begins with.
_MARK = re.compile(r'[ \t\r]*\{[ \t\r]*"(\$+)(?:bytes|str)"')
_SPACE = " \t\r\n"


def dump(native, target, start, append):
    """Log.dump_jsonl."""
    first, end = native.bounds()
    if start is None:
        start = first
    else:
        start = operator.index(start)
        if not 0 <= start <= end:
            raise ValueError("start is %d, but must lie between 0 and the log's end, %d" % (start, end))
    blocks = _blocks(native, start, end)
    if hasattr(target, "write"):
        if append:
            raise TypeError("append=True is for a path; a file is written to where it stands")
        _write(target, blocks)
    elif append:
        _append(_path("dump_jsonl", target), blocks)
    else:
        _replace(_path("dump_jsonl", target), blocks)
    return end


def _path(function, target):
    try:
        return os.fspath(target)
    except TypeError:
        raise TypeError("%s() takes a path or a file, not %s" % (function, type(target).__name__)) from None


def _blocks(native, start, end):
    """The lines of the entries at positions from `start` to `end`, many of them at once."""
    while start < end:
        lines, start = native.jsonl(start, end, BLOCK)
        yield lines


def _write(file, blocks):
    """Writes bytes to a file of bytes or text, also to one that takes only a part at a time."""
    is_text = isinstance(file, io.TextIOBase)
    is_raw = isinstance(file, io.RawIOBase)
    for block in blocks:
        if not is_text:
            try:
                written = file.write(block)
            except TypeError:  # a file of text that does not say so takes no bytes
                is_text = True
        if is_text:
            file.write(block.decode("utf-8"))
        while is_raw and written != len(block):
            if written is None:
                raise BlockingIOError("the file takes no more bytes now")
            block = block[written:]
            written = file.write(block)


def _replace(path, blocks):
    """Writes a file beside the one at `path`, and puts it in its place when it is on the disk."""
    path = os.path.realpath(path)  # a link stays one
    try:
        old = os.stat(path)
    except FileNotFoundError:
        old = None
    if old is not None and not stat.S_ISREG(old.st_mode):
        # A device or a pipe can't be replaced; for a folder this is the error.
        with open(path, "wb", buffering=0) as file:
            _write(file, blocks)
        return
    folder = os.path.dirname(path)
    name = ".chunkarray-%s.tmp" % os.urandom(8).hex()
    temporary = os.path.join(folder, os.fsencode(name) if isinstance(path, bytes) else name)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with open(descriptor, "wb", buffering=0) as file:
            _write(file, blocks)
            if old is not None:
                os.chmod(temporary, stat.S_IMODE(old.st_mode))
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _append(path, blocks):
    """Adds lines to a file. A line that a crash cut stays a line of its own."""
    with open(path, "a+b", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            if file.read(1) != b"\n":
                _write(file, [b"\n"])
        _write(file, blocks)
        os.fsync(file.fileno())


def _sync_folder(folder):
    """Has the new name on the disk as well. Some file systems can't; the file is complete all the same."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def load(native, source, skipped):
    """Log.load_jsonl: adds the entries of `source`, and (line number, reason) of each bad line to `skipped`."""
    if hasattr(source, "read"):
        name = getattr(source, "name", None) or "the file"
        total = _load(native, _lines(source), skipped)
    else:
        name = _path("load_jsonl", source)
        with open(name, "rb") as file:
            total = _load(native, file, skipped)
    if skipped:
        message = "%s: %d of %d lines skipped, see Log.skipped; the first is line %d: %s"
        warnings.warn(message % (name, len(skipped), total, *skipped[0]), RuntimeWarning, stacklevel=3)


def _lines(file):
    """The lines of a file; their bytes where they can be had, since a decoder stops at the first broken one."""
    buffer = getattr(file, "buffer", None)
    if buffer is not None and codecs.lookup(file.encoding).name == "utf-8":
        try:
            file.seek(file.tell())  # puts the buffer where the text stands
        except io.UnsupportedOperation:  # a pipe, which is read from here on
            return buffer
        except OSError:  # in the midst of an iteration over the text
            return file
        return buffer
    return file


def _load(native, lines, skipped):
    max_bytes = native.max_bytes
    batch, number = [], 0
    for number, line in enumerate(lines, 1):
        if number == 1:
            bom = "\ufeff" if isinstance(line, str) else codecs.BOM_UTF8
            line = line[len(bom) :] if line.startswith(bom) else line
        if not line.strip():
            continue
        try:
            entry = _parse(line)
            if max_bytes is not None and len(entry[1]) + 9 > max_bytes:
                raise ValueError("an entry of %d bytes does not fit max_bytes=%d" % (len(entry[1]) + 9, max_bytes))
        except json.JSONDecodeError as error:
            skipped.append((number, "no JSON: %s at column %d" % (error.msg, error.colno)))
        except UnicodeDecodeError as error:
            skipped.append((number, "no UTF-8: %s at byte %d" % (error.reason, error.start)))
        except (ValueError, RecursionError) as error:
            skipped.append((number, str(error)))
        else:
            batch += entry
        if len(batch) >= 2 * BATCH:
            native.extend(batch)
            batch.clear()
    native.extend(batch)
    return number


def _parse(line):
    """The kind and the bytes of the entry that a line stands for. ValueError for none."""
    text = line if isinstance(line, str) else line.decode("utf-8")
    document = json.loads(text)
    if isinstance(document, str):
        return TEXT, document.encode("utf-8", "surrogatepass")
    if type(document) in (int, float) and not text.endswith("\n"):
        raise ValueError("a number without the end of its line may have been cut")
    mark = isinstance(document, dict) and _MARK.match(text)
    if mark:
        if len(mark[1]) > 1:
            return JSON, _one_line('{"' + text[mark.start(1) + 1 :])
        if len(document) == 1:
            return _marked(document)
    return JSON, _one_line(text)


def _one_line(text):
    """A JSON text's bytes, without the space around it, and without line breaks of any kind within."""
    text = text.strip(_SPACE)
    if "\r" in text:
        text = text.replace("\r", " ")  # between tokens: within a string it would be no JSON
    return text.encode("utf-8", "surrogatepass")


def _marked(document):
    """The bytes or str that an object with one key stands for."""
    ((key, value),) = document.items()
    if key == "$bytes" and isinstance(value, str):
        return BYTES, base64.b64decode(value, validate=True)
    if key == "$str" and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return TEXT, b"".join(part.encode("utf-8", "surrogatepass") for part in value)
    raise ValueError("%s stands for %s, but its value does not" % (key, "bytes" if key == "$bytes" else "a str"))
