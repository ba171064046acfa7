"""Messages one after the other: in memory and files, where each can be reached, and from sockets, as they arrive."""

import os
import stat

from .._load import core
from .hex_text import as_memory
from .message import LIMIT, limit_of
from .parsing import lacking
from .problems import CutOff, Problem
from .program import program_of
from .reading import State
from .variable import takes_rest
from .writing import instance

_PIECE = 1 << 16  # bytes that are asked for at a time


class Stream:
    """Messages, or records of fixed size, one behind the other.

        for message in Stream(Message, "capture.bin"): ...
        stream[1000]; len(stream); stream.index()

    record    their class
    source    where they are: bytes, another buffer or an array, the path of a file, a file open for binary reading (from where it
              stands), a socket, or an iterable of bytes. None: they are given to feed(), piece by piece
    limit     how many bytes a message may have at most: a longer one is a ValueError before any of it is read
    check     whether checksums are verified

    Those in buffers and regular files can be reached by index. From other sources messages come once, in order.
    """

    __slots__ = ("record", "limit", "check", "offset", "_memory", "_start", "_pieces", "_fed", "_needs", "_offsets")

    def __init__(self, record, source=None, *, limit=LIMIT, check=True):
        if getattr(record, "__layout__", None) is None:
            raise TypeError("a stream is one of records; %r is no record class" % (record,))
        self.record = record
        self.limit = limit_of(limit)
        self.check = check
        self.offset = 0
        self._memory, self._start, self._pieces = _opened(source)
        self._fed = bytearray()
        self._needs = 0
        self._offsets = None

    # Messages in memory.

    def index(self, *, partial=False):
        """Where each message begins, in bytes from the start of the source: a ChunkArray of U8.

        It is found once; only lengths, tags and constants are looked at. Errors as those of the messages themselves.
        `partial`: a last message that is cut off is left out, as in a file that still grows; then it is found anew
        each time.
        """
        if self._offsets is not None:
            return self._offsets
        offsets, whole = self._find(partial)
        if whole:
            self._offsets = offsets
        return offsets

    @property
    def offsets(self):
        """What index() gives."""
        return self.index()

    def _find(self, partial):
        from .. import ChunkArray

        memory, offsets, at = self._reachable(), ChunkArray("U8"), self._start
        program = program_of(self.record.__layout__)
        while True:
            if program is not None:
                at, why = core.scan(program, memory, at, 0, self.limit, offsets._raw)
            if at == len(memory):
                return offsets, True
            try:
                _, end = self._read(memory, at, False)
            except CutOff:
                if partial:
                    return offsets, False
                raise
            offsets.append(at)
            at = end

    def _reachable(self):
        if self._memory is None:
            raise TypeError("a stream from a socket or an iterable comes once; only iterate over it")
        return self._memory

    def _read(self, memory, at, check, base=0):
        """The message at `at`, and the offset behind it."""
        layout = self.record.__layout__
        if layout.size is None:
            message, end = self.record._parse(memory, at, self.limit, check, base)
            if end == at:
                raise ValueError("%s has no bytes, at offset %d" % (layout.name, base + at))
            return message, end
        if layout.size > self.limit:
            raise ValueError("%s has %d bytes, more than the limit of %d" % (layout.name, layout.size, self.limit))
        if len(memory) - at < layout.size:
            words = "%s, %d bytes from the start" % (lacking(layout, len(memory) - at), base + at)
            raise CutOff(words, at + layout.size)
        return self.record.parse(bytes(memory[at : at + layout.size])), at + layout.size

    def __len__(self):
        return len(self.index())

    def __getitem__(self, index):
        offsets = self.index()
        if isinstance(index, slice):
            return [self._read(self._memory, at, self.check)[0] for at in offsets[index]]
        return self._read(self._memory, offsets[index], self.check)[0]

    def __iter__(self):
        if self._pieces is not None:
            return self._arriving()
        if self._memory is None:
            raise TypeError("a stream without a source gives its messages where they arrive: from feed()")
        return self._in_memory()

    def _in_memory(self):
        memory, at = self._memory, self._start
        if self.record.__layout__.size is None:
            yield from self._messages(memory, at)
            return
        while at < len(memory):
            record, at = self._read(memory, at, self.check)
            self.offset = at
            yield record

    def _messages(self, memory, at):
        """As _read() for one message after the other, with one state for all."""
        record, read, limit = self.record, self.record.__plan__.read, self.limit
        state, total = State(memory, at, limit, self.check), len(memory)
        make = record._of_values
        while at < total:
            state.start, state.end = at, min(at + limit, total)
            try:
                values, end = read(state, at)
            except Problem as problem:
                raise problem.within(record.__layout__.name).error() from None
            if end == at:
                raise ValueError("%s has no bytes, at offset %d" % (record.__layout__.name, at))
            self.offset = at = end
            yield make(values)

    # Messages that arrive.

    def _arriving(self):
        for piece in self._pieces:
            yield from self.feed(piece)
        yield from self.finish()

    def feed(self, data):
        """The messages that are complete with these bytes, a list; what is left waits for more.

        ValueError for what is wrong with a message, once those before it were given, and again whenever it is called:
        nobody knows where the next one begins. `offset` tells how many bytes belong to messages that were given.
        """
        if self._pieces is None and self._memory is not None:
            raise TypeError("a stream with a source is not fed")
        self._fed += as_memory(data)
        if takes_rest_of(self.record) and len(self._fed) <= self.limit:
            return []
        return self._complete()

    def finish(self):
        """Says that no more bytes come: the messages that only the end completes, a list.

        ValueError where a message is cut off: it names the field and the offset.
        """
        self._needs = 0
        found = self._complete()
        if self._fed:
            self._read(self._fed, 0, self.check, self.offset)
        return found

    @property
    def pending(self):
        """How many bytes wait for the rest of their message."""
        return len(self._fed)

    def _complete(self):
        found, fed, at = [], self._fed, 0
        if len(fed) < self._needs:
            return found
        try:
            while at < len(fed):
                message, at = self._read(fed, at, self.check, self.offset)
                found.append(message)
                self._needs = 0
        except CutOff as error:
            self._needs = error.needs - at
        except ValueError:
            if not found:
                raise
        finally:
            self.offset += at
            del fed[:at]
        return found

    # Writing.

    def pack(self, messages):
        """The bytes of messages, one behind the other; tuples and dicts of their values are taken, too."""
        return b"".join([bytes(instance(self.record, message)) for message in messages])

    def write(self, file, messages):
        """Writes messages to a file open for binary writing, or to a socket. Gives the number of bytes."""
        send = file.write if hasattr(file, "write") else file.sendall
        total = 0
        for message in messages:
            data = bytes(instance(self.record, message))
            send(data)
            total += len(data)
        return total

    def close(self):
        """Closes what the stream has opened itself."""
        memory, self._memory = self._memory, None
        if hasattr(memory, "close"):
            try:
                memory.close()
            except BufferError:  # somebody has a view of it still, with which it goes
                pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __repr__(self):
        return "<Stream of %s>" % self.record.__layout__.name


def takes_rest_of(record):
    """Whether a message of this class goes to the end of the data."""
    layout = record.__layout__
    return layout.size is None and any(takes_rest(field.type) for field in layout.fields)


def _opened(source):
    """(memory, start, None) for what can be reached at any offset, else (None, 0, pieces)."""
    if source is None:
        return None, 0, None
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            return _memory_of_file(file)
    if hasattr(source, "recv"):
        return None, 0, iter(lambda: source.recv(_PIECE), b"")
    if hasattr(source, "getbuffer"):  # io.BytesIO
        return bytes(source.getbuffer()), source.tell(), None
    if hasattr(source, "read"):
        return _memory_of_file(source)
    if type(source) is bytes:
        return source, 0, None
    try:
        memoryview(source)
    except TypeError:
        if hasattr(source, "tobytes"):  # our own arrays, whose chunks need not lie in one piece
            return source.tobytes(), 0, None
        if not hasattr(source, "__iter__"):
            raise TypeError(
                "a stream's source is a buffer, a path, a binary file, a socket or an iterable of bytes, not %s"
                % type(source).__name__
            ) from None
        return None, 0, iter(source)
    return as_memory(source), 0, None


def _memory_of_file(file):
    try:
        number = file.fileno()
        regular = stat.S_ISREG(os.fstat(number).st_mode)
    except (OSError, AttributeError, ValueError):
        regular = False
    if not regular:
        return None, 0, _pieces_of(file)
    start = file.tell()
    size = os.fstat(number).st_size
    if not size:
        return b"", 0, None
    try:
        import mmap

        return mmap.mmap(number, 0, access=mmap.ACCESS_READ), start, None
    except (ImportError, OSError, ValueError, NotImplementedError):
        file.seek(0)
        return file.read(), start, None


def _pieces_of(file):
    read = getattr(file, "read1", file.read)
    while True:
        piece = read(_PIECE)
        if piece is None or isinstance(piece, str):
            raise TypeError("read() gave %s, not bytes: the file must be binary, and blocking" % type(piece).__name__)
        if not piece:
            return
        yield piece
