"""The native log's twin: a deque of kinds and bytes, under a lock."""

import base64
import json
import operator
import re
import sys
import threading
from collections import deque

_TEXT, _BYTES, _JSON = map(ord, "sbj")
_AROUND = 9  # what an entry costs beside its bytes: there, one for its kind and eight for where it ends

_SURROGATE = re.compile("[\ud800-\udfff]")
_BETWEEN_A_PAIR = re.compile("(?<=[\ud800-\udbff])(?=[\udc00-\udfff])")
_MARK = re.compile(rb'\{"(?=\$+(?:bytes|str)")')


class Log:
    """A bounded, thread-safe log of str, bytes and JSON texts."""

    __slots__ = ("_lock", "_entries", "max_bytes", "max_entries", "nbytes", "first", "dropped", "closed")

    def __init__(self, max_bytes=None, max_entries=None):
        self.max_bytes, self.max_entries = _bounds(max_bytes, max_entries)
        self._lock = threading.Lock()
        self._entries = deque()
        self.nbytes = self.first = self.dropped = 0
        self.closed = False

    @property
    def end(self):
        return self.first + len(self._entries)

    @property
    def committed_bytes(self):
        return self.nbytes

    def bounds(self):
        with self._lock:
            return self.first, self.end

    def __len__(self):
        return len(self._entries)

    def __sizeof__(self):
        return object.__sizeof__(self) + self.nbytes

    def append(self, value, /):
        return self._push([(_BYTES if isinstance(value, bytes) else _TEXT, _bytes_of(value))])

    def append_json(self, text, /):
        return self._push([(_JSON, _bytes_of(text))])

    def extend(self, pairs, /):
        if not isinstance(pairs, list):
            raise TypeError("extend() takes a list")
        entries = [(kind, _bytes_of(value)) for kind, value in zip(pairs[::2], pairs[1::2])]
        if not {kind for kind, _ in entries} <= {_TEXT, _BYTES, _JSON}:
            raise ValueError("no such kind of entry")
        return self._push(entries)

    def _push(self, entries):
        with self._lock:
            if self.closed:
                raise ValueError("append to a closed log")
            dearest = max((len(data) + _AROUND for _, data in entries), default=0)
            if self.max_bytes is not None and dearest > self.max_bytes:
                raise ValueError("an entry of %d bytes does not fit max_bytes=%d" % (dearest, self.max_bytes))
            position = self.end
            for entry in entries:
                self._entries.append(entry)
                self.nbytes += len(entry[1]) + _AROUND
                self._drop()
            return position

    def _drop(self):
        """Drops the oldest entries, as many as the bounds ask for."""
        while (self.max_entries is not None and len(self._entries) > self.max_entries) or (
            self.max_bytes is not None and self.nbytes > self.max_bytes
        ):
            _, data = self._entries.popleft()
            self.nbytes -= len(data) + _AROUND
            self.first += 1
            self.dropped += 1

    def _at(self, position):
        """Kind and bytes of the entry at a position, or None."""
        index = position - self.first
        return self._entries[index] if 0 <= index < len(self._entries) else None

    def at(self, index, /):
        index = operator.index(index)
        with self._lock:
            length = len(self._entries)
            if -length <= index < length:
                return _value(*self._entries[index])
        raise IndexError("index %d is out of range for length %d" % (index, length))

    def read(self, position, /):
        with self._lock:
            entry = self._at(position)
        return entry and _value(*entry)

    def read_next(self, position, /):
        with self._lock:
            position = max(position, self.first)
            entry = self._at(position)
        return entry and (position, _value(*entry))

    def raw(self, start, stop, /):
        with self._lock:
            entries = map(self._at, range(max(start, self.first), min(stop, self.end)))
            return [part for entry in entries for part in entry]

    def jsonl(self, start, stop, limit, /):
        with self._lock:
            position, lines, size = max(start, self.first), [], 0
            while position < min(stop, self.end) and size <= limit:
                lines.append(_line(*self._at(position)))
                size += len(lines[-1])
                position += 1
        return b"".join(lines), position

    def limit(self, max_bytes, max_entries, /):
        bounds = _bounds(max_bytes, max_entries)
        with self._lock:
            self.max_bytes, self.max_entries = bounds
            self._drop()

    def clear(self):
        with self._lock:
            self._clear()

    def close(self):
        with self._lock:
            self._clear()
            self.closed = True

    def _clear(self):
        self.first = self.end
        self._entries = deque()
        self.nbytes = 0


def _bounds(max_bytes, max_entries):
    """Both bounds, checked."""
    bounds = _bound("max_bytes", max_bytes), _bound("max_entries", max_entries)
    for name, value, least in zip(("max_bytes", "max_entries"), bounds, (_AROUND, 1)):
        if value is not None and value < least:
            raise ValueError("%s must be at least %d, not %d" % (name, least, value))
    return bounds


def _bound(name, value):
    if value is None:
        return None
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError("%s is an int, not %s" % (name, type(value).__name__)) from None
    if number > sys.maxsize:
        raise MemoryError("%s is larger than any memory" % name)
    if number < 0:
        raise ValueError("%s is negative: %d" % (name, number))
    return number


def _bytes_of(value):
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, bytes):
        return bytes(memoryview(value))  # memory of its own, as the native log's
    raise TypeError("a log keeps str and bytes, not %s" % type(value).__name__)


def _value(kind, data):
    """An entry as an object: a str, bytes, or a tuple of a JSON text."""
    if kind == _BYTES:
        return data
    text = data.decode("utf-8", "surrogatepass")
    return (text,) if kind == _JSON else text


def _line(kind, data):
    """An entry as a line of JSON."""
    if kind == _BYTES:
        data = b'{"$bytes": "' + base64.b64encode(data) + b'"}'
    elif kind == _TEXT:
        parts = list(map(_quoted, _BETWEEN_A_PAIR.split(data.decode("utf-8", "surrogatepass"))))
        data = (parts[0] if len(parts) == 1 else '{"$str": [%s]}' % ", ".join(parts)).encode()
    elif _MARK.match(data):
        data = b'{"$' + data[2:]
    return data + b"\n"


def _quoted(text):
    return _SURROGATE.sub(lambda match: "\\u%04x" % ord(match[0]), json.dumps(text, ensure_ascii=False))
