"""Log: what a program said and heard, bounded, for as long as it runs."""

import html
import json
import operator
import reprlib
import sys
from collections.abc import Sequence

from . import _jsonl
from ._extensions import Extensible
from ._following import Followable
from ._load import core

MAX_BYTES = 64 << 20  # where neither bound is given

_load = json.loads
_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = 80


class Log(Extensible, Followable):
    """A thread-safe log of JSON-like entries, bounded in bytes and entries: the oldest go when new ones come.

    Log(*, max_bytes=None, max_entries=None, default=None)

    max_bytes    the most bytes that all entries may take, each with 9 of its own beside; 64 MiB where neither bound
                 is given
    max_entries  the most entries
    default      called with an object that JSON has no form for, gives one that it has: as json.dumps(default=)

    An entry is serialised by json.dumps when it is appended, so that what becomes of the object later does not show;
    what is read is a new object each time, as JSON gives it back: lists for tuples, str for keys. A str or bytes is
    kept and given back as it is, lone surrogates too (GraalPy's own codec makes one character of a high one that
    stands right before a low one).

    It is a sequence of the entries that are left. An entry also has a position, which counts the entries since the
    log began and never changes: the oldest one's is `first`.

    TypeError for what JSON can't tell, and whatever `default` raises; ValueError for a bound that no entry fits, an
    entry larger than `max_bytes`, and after close(). What failed changed nothing.
    """

    __slots__ = ("_native", "_default", "_encode", "_waiters", "_skipped", "__weakref__")
    __module__ = __package__
    __hash__ = None

    def __init__(self, *, max_bytes=None, max_entries=None, default=None):
        if default is not None and not callable(default):
            raise TypeError("default is a function, not %s" % type(default).__name__)
        self._native = core.Log(*_bounds(max_bytes, max_entries))
        self._default = default
        self._encode = json.JSONEncoder(default=default).encode
        self._waiters = {}
        self._skipped = []

    # Adding entries.

    def append(self, entry, /):
        """Adds an entry at the end. Any thread may."""
        if type(entry) is str:
            try:
                self._native.append(entry)
            except UnicodeEncodeError:  # a lone surrogate
                self._put(entry)
        else:
            self._put(entry)
        if self._waiters:
            self._wake()

    def push(self, entry, /):
        """Adds an entry at the end and gives its position."""
        position = self._put(entry)
        if self._waiters:
            self._wake()
        return position

    def extend(self, entries, /):
        """Adds all entries of an iterable, one behind the other, or none if one is bad."""
        if isinstance(entries, Log):
            flat = entries._raw()
        else:
            flat = []
            for entry in entries:
                flat.extend(self._serialised(entry))
        self._native.extend(flat)
        if self._waiters:
            self._wake()

    def __iadd__(self, entries):
        self.extend(entries)
        return self

    def _put(self, entry):
        if isinstance(entry, str):
            try:
                return self._native.append(entry)
            except UnicodeEncodeError:
                return self._native.extend(list(self._serialised(entry)))
        if isinstance(entry, bytes):
            return self._native.append(entry)
        return self._native.append_json(self._encode(entry))

    def _serialised(self, entry):
        """The kind of an entry and its bytes."""
        if isinstance(entry, str):
            return _jsonl.TEXT, str.encode(entry, "utf-8", "surrogatepass")
        if isinstance(entry, bytes):
            return _jsonl.BYTES, entry
        return _jsonl.JSON, self._encode(entry)

    # Reading them.

    def __len__(self):
        return len(self._native)

    def __getitem__(self, key, /):
        if isinstance(key, slice):
            return self._entries(range(*self._native.bounds())[key])
        try:
            index = operator.index(key)
        except TypeError:
            raise TypeError("Log indices must be integers or slices, not %s" % type(key).__name__) from None
        value = self._native.at(index)
        return _load(value[0]) if type(value) is tuple else value

    def __iter__(self):
        read_next = self._native.read_next
        found = read_next(0)
        while found is not None:
            position, value = found
            yield _load(value[0]) if type(value) is tuple else value
            found = read_next(position + 1)

    def __reversed__(self):
        for position in reversed(range(*self._native.bounds())):
            value = self._native.read(position)
            if value is None:  # dropped meanwhile, and with it all that are older
                return
            yield _load(value[0]) if type(value) is tuple else value

    def __contains__(self, entry):
        return entry in iter(self)

    def index(self, entry, start=0, stop=sys.maxsize):
        """The index of the first entry that equals `entry`, of those in [start, stop). ValueError if none does."""
        first, end = self._native.bounds()
        for position in range(first, end)[start:stop]:
            try:
                value = self._item(position)
            except IndexError:  # dropped meanwhile
                continue
            if value is entry or value == entry:
                return position - first
        raise ValueError("%r is not in %s" % (entry, type(self).__name__))

    def count(self, entry):
        """How many entries equal `entry`."""
        return operator.countOf(iter(self), entry)

    def tail(self, n=10):
        """The newest `n` entries as a list, the newest last; fewer where there are not so many."""
        count = operator.index(n)
        if count < 0:
            raise ValueError("n is %d, but must not be negative" % count)
        first, end = self._native.bounds()
        return self._entries(range(max(first, end - count), end))

    def _entries(self, positions):
        """The entries at positions as a list; those that were dropped meanwhile are left out."""
        values = filter(_is_there, map(self._native.read, positions))
        return [_load(value[0]) if type(value) is tuple else value for value in values]

    def _item(self, position):
        """The entry at a position."""
        value = self._native.read(position)
        if value is None:
            first, end = self._native.bounds()
            if position < first:
                raise IndexError("position %d was dropped (first is %d)" % (position, first))
            raise IndexError("position %d is not there yet (the log ends at %d)" % (position, end))
        return _load(value[0]) if type(value) is tuple else value

    def _raw(self):
        """All entries as the native log keeps them: a list of kinds and bytes in turn."""
        return self._native.raw(*self._native.bounds())

    # What it is, and what it holds.

    @property
    def first(self):
        """The position of the oldest entry: how many were dropped or cleared since the log began."""
        return self._native.first

    @property
    def dropped(self):
        """How many entries the bounds pushed out since the log began."""
        return self._native.dropped

    @property
    def nbytes(self):
        """Bytes that the entries take, 9 for each beside its own: what `max_bytes` bounds."""
        return self._native.nbytes

    @property
    def committed_bytes(self):
        """Bytes of memory that the log holds."""
        return self._native.committed_bytes

    @property
    def max_bytes(self):
        """The most bytes that the entries may take, or None. May be set: a lower bound drops the oldest entries."""
        return self._native.max_bytes

    @max_bytes.setter
    def max_bytes(self, value):
        self._limit(value, self._native.max_entries)

    @property
    def max_entries(self):
        """The most entries, or None. May be set: a lower bound drops the oldest entries."""
        return self._native.max_entries

    @max_entries.setter
    def max_entries(self, value):
        self._limit(self._native.max_bytes, value)

    def _limit(self, max_bytes, max_entries):
        self._native.limit(*_bounds(max_bytes, max_entries))
        if self._waiters:
            self._wake()

    @property
    def default(self):
        """What is called for objects that JSON has no form for, or None."""
        return self._default

    @property
    def closed(self):
        """Whether the log was closed."""
        return self._native.closed

    @property
    def skipped(self):
        """The lines that load_jsonl() could not read: a list of (line number, reason)."""
        return self._skipped

    def clear(self):
        """Takes all entries away and gives their memory back. Positions go on; `dropped` does not count them."""
        self._native.clear()
        if self._waiters:
            self._wake()

    def close(self):
        """Takes all entries away for good. Appending is a ValueError from now on; who follows the log is at its end."""
        self._native.close()
        if self._waiters:
            self._wake()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __sizeof__(self):
        return object.__sizeof__(self) + self._native.__sizeof__()

    # Following, by the mixin.

    @property
    def _settled(self):
        return self._native.end

    @property
    def _ended(self):
        return self._native.closed

    # The whole log.

    def __eq__(self, other):
        if not isinstance(other, Log):
            return NotImplemented
        ours, theirs = self._raw(), other._raw()
        return len(ours) == len(theirs) and (ours == theirs or all(map(_alike, _pairs(ours), _pairs(theirs))))

    def __repr__(self):
        first, end = self._native.bounds()
        if end - first <= 6:
            shown = list(map(_shown.repr, self._entries(range(first, end))))
        else:
            oldest, newest = range(first, first + 3), range(end - 3, end)
            shown = list(map(_shown.repr, self._entries(oldest) + self._entries(newest)))
            shown.insert(-3, "...")
        more = ", len=%d" % (end - first) if end - first > 6 else ""
        more += ", dropped=%d" % self.dropped if self.dropped else ""
        return "%s([%s]%s)" % (type(self).__name__, ", ".join(shown), more)

    def _repr_html_(self):
        first, end = self._native.bounds()
        rows = []
        for position in range(max(first, end - 10), end):
            value = self._native.read(position)
            if value is not None:
                entry = _shown.repr(_load(value[0]) if type(value) is tuple else value)
                rows.append("<tr><th>%d</th><td><code>%s</code></td></tr>" % (position, html.escape(entry)))
        caption = "%s: %d entries, %d bytes, %d dropped" % (type(self).__name__, end - first, self.nbytes, self.dropped)
        return "<table><caption>%s</caption>%s</table>" % (html.escape(caption), "".join(rows))

    def copy(self):
        """A new log of the same entries, bounds and default; its positions begin with 0."""
        return _make(type(self), self._options(), self._raw())

    def __copy__(self):
        copy = self.copy()
        getattr(copy, "__dict__", {}).update(getattr(self, "__dict__", {}))
        return copy

    def __reduce__(self):
        arguments = (type(self), self._options(), self._raw())
        state = getattr(self, "__dict__", None)
        return (_unpickle, arguments, state) if state else (_unpickle, arguments)

    def _options(self):
        return {"max_bytes": self.max_bytes, "max_entries": self.max_entries, "default": self._default}

    # JSON Lines.

    def dump_jsonl(self, target, *, start=None, append=False):
        """Writes the entries as JSON Lines: one JSON document a line, in UTF-8. Gives the position to go on from.

        target  a path, or a file to write to (of bytes or text). A file at a path is replaced when all is written and
                on the disk; whatever fails before leaves it as it was.
        start   the position of the first entry to write; the oldest is the default
        append  add to the file at a path instead, and have it on the disk

        Entries that are appended meanwhile are not written, those that are dropped before their turn neither.
        A str is a JSON string, bytes are {"$bytes": "<base64>"}; an entry that looks like that gets one more $, which
        load_jsonl() takes away. Two surrogates that JSON would take for one character are {"$str": [.., ..]}.
        """
        return _jsonl.dump(self._native, target, start, append)

    @classmethod
    def load_jsonl(cls, source, *, max_bytes=None, max_entries=None, default=None):
        """A log of the entries that dump_jsonl() or anybody else wrote, one JSON document a line, in UTF-8.

        source  a path, or a file to read from (of bytes or text)

        Without bounds nothing is dropped: `max_bytes` grows to what the entries take. A line that is no JSON document,
        such as one cut by a crash, is left out: `skipped` lists (line number, reason), and a RuntimeWarning tells.
        """
        log = _make(cls, {"max_bytes": max_bytes, "max_entries": max_entries, "default": default})
        if max_bytes is None and max_entries is None:
            log._native.limit(None, None)
            _jsonl.load(log._native, source, log._skipped)
            log._native.limit(max(MAX_BYTES, log.nbytes), None)
        else:
            _jsonl.load(log._native, source, log._skipped)
        return log


# Unlike ChunkArray: no consumer of columns takes a log for one, and pattern matching asks for it.
Sequence.register(Log)


def _bounds(max_bytes, max_entries):
    """The bounds that the native log gets: a log always has one."""
    return MAX_BYTES if max_bytes is None and max_entries is None else max_bytes, max_entries


def _is_there(value):
    return value is not None


def _pairs(flat):
    """(kind, bytes) of each entry."""
    return zip(flat[::2], flat[1::2])


def _alike(ours, theirs):
    """Whether two entries are equal: the same bytes, or documents that are equal as objects."""
    return ours == theirs or (ours[0] == theirs[0] == _jsonl.JSON and _load(ours[1]) == _load(theirs[1]))


def _make(cls, options, entries=()):
    """A log of the class `cls`. Subclasses may have a constructor of their own, so theirs is not called."""
    log = cls.__new__(cls)
    Log.__init__(log, **options)
    log._native.extend(list(entries))
    return log


def _unpickle(cls, options, entries):
    """Makes the log of a pickle, whose content is not trusted: TypeError or ValueError for what is no log's."""
    if not (isinstance(cls, type) and issubclass(cls, Log)):
        raise TypeError("damaged pickle: %r is not a Log class" % (cls,))
    if type(options) is not dict or set(options) != {"max_bytes", "max_entries", "default"}:
        raise ValueError("damaged pickle: %r are not the options of a log" % (options,))
    if type(entries) is not list or len(entries) % 2:
        raise TypeError("damaged pickle: the entries are no list of kinds and bytes")
    checked = []
    for kind, data in _pairs(entries):
        if type(data) is not bytes:
            raise TypeError("damaged pickle: an entry is %s, not bytes" % type(data).__name__)
        if kind == _jsonl.TEXT:
            data.decode("utf-8", "surrogatepass")
        elif kind == _jsonl.JSON:
            data = json.dumps(_load(data)).encode()
        checked += kind, data
    return _make(cls, options, checked)
