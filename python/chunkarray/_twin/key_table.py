"""KeyTable: typed values by str. A dict finds them here, where the native part searches hashes from the front."""

import threading

from . import arguments
from .array import Array
from .dtypes import parse as parse_dtype
from .elements import decode, encode


class KeyTable:
    """Typed values by str, in the order in which the keys came."""

    __slots__ = ("_dtype", "_places", "_values", "_lock")
    __module__ = "chunkarray"
    __hash__ = None

    def __init__(self, dtype, *, capacity=64):
        self._dtype = parse_dtype(arguments.text("dtype", dtype))
        capacity = max(64, arguments.size("capacity", capacity))
        self._values = Array(self._dtype.name, chunk_size=64, capacity=capacity)
        self._places = {}  # the number of each key, in order
        self._lock = threading.RLock()

    @property
    def dtype(self):
        """Name of the values' type."""
        return self._dtype.name

    @property
    def itemsize(self):
        """Bytes of a value."""
        return self._dtype.size

    @property
    def nbytes(self):
        """Bytes of all values."""
        return self._values.nbytes

    @property
    def capacity(self):
        """Values that lie in one piece at the front."""
        return self._values.capacity

    @property
    def committed_bytes(self):
        """Bytes of memory taken for keys and values; for each key, what the native part takes."""
        with self._lock:
            return self._values.committed_bytes + sum(12 + len(_bytes_of(key)) for key in self._places)

    def __sizeof__(self):
        return object.__sizeof__(self) + self.committed_bytes

    def __len__(self):
        return len(self._places)

    def __getitem__(self, key, /):
        with self._lock:
            return self._read(self._places[_key(key)])

    def __setitem__(self, key, value, /):
        value = encode(self._dtype, value)
        with self._lock:
            self._write(_key(key), value)

    def __delitem__(self, key, /):
        self.pop(key)

    def contains(self, key, /):
        """Whether there is such a key."""
        return _key(key) in self._places

    def find(self, key, default, /):
        """The value of a key, or the default."""
        key = _key(key)
        with self._lock:
            return self._read(self._places[key]) if key in self._places else default

    def setdefault(self, key, default, /):
        """The value of a key, which gets the default if there is none."""
        key = _key(key)
        if key not in self._places:
            value = encode(self._dtype, default)
            with self._lock:
                if key not in self._places:
                    self._write(key, value)
        return self[key]

    def pop(self, key, /):
        """Take a key away and return its value. KeyError if there is none."""
        with self._lock:
            place = self._places.pop(_key(key))
            value = self._read(place)
            for k in range(place, len(self._places)):
                self._values[k] = self._values[k + 1]
            self._values.truncate(len(self._places))
            self._places = {key: k for k, key in enumerate(self._places)}
            return value

    def popitem(self):
        """Take the last key away and return it with its value. KeyError if there is none."""
        with self._lock:
            if not self._places:
                raise KeyError("popitem(): the table is empty")
            key = next(reversed(self._places))
            return key, self.pop(key)

    def merge(self, other, /):
        """Take over all entries of another table of the same dtype, or none."""
        if not isinstance(other, KeyTable):
            raise TypeError("merge() takes a native KeyTable")
        if other._dtype != self._dtype:
            raise TypeError("merge() takes a table of the same dtype")
        keys, data = other.state()
        size = self._dtype.size
        with self._lock:
            for k, key in enumerate(keys):
                self._write(key, data[k * size : (k + 1) * size])

    def clear(self):
        """Take all keys away."""
        with self._lock:
            self._places = {}
            self._values.clear()

    def keys(self):
        """The keys as a list."""
        with self._lock:
            return list(self._places)

    def values(self):
        """The values as a list."""
        return [value for _, value in self.items()]

    def items(self):
        """The entries as a list of pairs."""
        keys, data = self.state()
        return [(key, decode(self._dtype, data, k * self._dtype.size)) for k, key in enumerate(keys)]

    def state(self):
        """The keys as a list, and the values' bytes."""
        with self._lock:
            return list(self._places), self._values.tobytes()

    def chunks(self):
        """The values' chunks as a list of Chunk, each a writable buffer."""
        return self._values.chunks()

    def _read(self, place):
        return self._values[place]

    def _write(self, key, data):
        place = self._places.get(key)
        if place is None:
            self._values.frombytes(data)
            self._places[key] = len(self._places)
        else:
            self._values[place] = decode(self._dtype, data)


def _key(key):
    if not isinstance(key, str):
        raise TypeError("the keys of a KeyTable are str, not %s" % type(key).__name__)
    return str.__str__(key)


def _bytes_of(key):
    return key.encode("utf-8", "surrogatepass")
