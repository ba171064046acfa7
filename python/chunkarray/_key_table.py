"""KeyTable: a short list of typed values, found by name."""

from collections.abc import ItemsView, KeysView, Mapping, MutableMapping, ValuesView

from ._dtypes import dtype_name
from ._elements import SHOWN_EDGE, SHOWN_WHOLE
from ._extensions import Extensible
from ._load import core

_MISSING = object()


class KeyTable(Extensible, MutableMapping):
    """Typed values by str, in the order in which the keys came: a dict in less memory, with its values as an array.

    KeyTable(dtype, items=None, *, capacity=64)

    dtype     the type of all values, by any name that ChunkArray takes
    items     a mapping, or an iterable of pairs, to begin with
    capacity  values that are to lie in one piece at the front, 64 at least; many cost no memory until they are used

        >>> state = KeyTable("F8", {"speed": 12.5, "altitude": 900.0})
        >>> state["speed"] += 0.5
        >>> state.numpy()
        array([ 13., 900.])

    There is no hash table: a lookup compares 64-bit FNV-1a hashes one after the other, and then the one key in full.
    On CPython 3.13 that takes 80 to 100 ns up to a hundred keys, 170 ns at a thousand and grows on from there; a dict
    takes 20 ns at any size, so this is never the faster one. What it saves is memory: a key of 16 characters and its
    float take 46 bytes in a table of 100 and 36 in one of 1,000, where a dict with its str and float objects takes 120;
    they are even at 10 keys, and below that, or where other objects have the same key strings, a dict is the smaller
    one. And the values of all keys are one array: a sum of 1,000 takes NumPy a fifth of the time that a dict's does.

    It is a mutable mapping: what dicts do, it does alike, but for these. Keys are str and nothing else: any other is a
    TypeError. Values become what the dtype keeps, with ChunkArray's errors. `update` and `|=` take all entries or,
    where one is bad, none. Iterators go over the entries that there were when they began. The values are a NumPy
    array: they don't move while keys are added, and move up when a key in front of them is deleted.

    Any number of threads may use it; each method is one step that no other thread comes between.
    """

    __slots__ = ("__weakref__", "_native")
    __module__ = __package__
    _core = core  # the module whose KeyTable it holds

    def __init__(self, dtype, items=None, *, capacity=64):
        self._native = self._core.KeyTable(dtype_name(dtype), capacity=capacity)
        if items is not None:
            self.update(items)

    @classmethod
    def fromkeys(cls, dtype, keys, value=0):
        """A table of the keys of an iterable, which all have one value."""
        return cls(dtype, ((key, value) for key in keys))

    def __getitem__(self, key):
        return self._native[key]

    def __setitem__(self, key, value):
        self._native[key] = value

    def __delitem__(self, key):
        del self._native[key]

    def __contains__(self, key):
        return self._native.contains(key)

    def __len__(self):
        return len(self._native)

    def __iter__(self):
        return iter(self._native.keys())

    def __reversed__(self):
        return reversed(self._native.keys())

    def get(self, key, default=None):
        """The value of a key, or `default` if there is no such key."""
        return self._native.find(key, default)

    def setdefault(self, key, default=0):
        """The value of a key, which becomes `default` if there is no such key."""
        return self._native.setdefault(key, default)

    def pop(self, key, default=_MISSING):
        """Takes a key away and gives its value; `default`, or a KeyError, if there is no such key."""
        try:
            return self._native.pop(key)
        except KeyError:
            if default is _MISSING:
                raise
            return default

    def popitem(self):
        """Takes the last key away and gives it with its value. KeyError if there is none."""
        return self._native.popitem()

    def clear(self):
        """Takes all keys away."""
        self._native.clear()

    def update(self, items=(), /, **more):
        """Takes over the entries of a mapping or an iterable of pairs, and keyword arguments: all of them or none."""
        added = self._core.KeyTable(self.dtype)
        if isinstance(items, KeyTable) and items.dtype == self.dtype and items._core is self._core:
            added.merge(items._native)
        elif isinstance(items, Mapping) or hasattr(items, "keys"):
            for key in items.keys():
                added[key] = items[key]
        else:
            for key, value in items:
                added[key] = value
        for key, value in more.items():
            added[key] = value
        self._native.merge(added)

    def keys(self):
        """The keys: a set-like view."""
        return KeyTableKeys(self)

    def values(self):
        """The values: a view."""
        return KeyTableValues(self)

    def items(self):
        """The pairs of keys and values: a set-like view."""
        return KeyTableItems(self)

    def copy(self):
        """A new table of the same entries."""
        copy = self._empty()
        copy._native.merge(self._native)
        return copy

    def _empty(self):
        """A table like this one, without entries. Subclasses may have a constructor of their own."""
        other = type(self).__new__(type(self))
        other._native = self._core.KeyTable(self.dtype, capacity=self.capacity)
        return other

    def __or__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        merged = self.copy()
        merged.update(other)
        return merged

    def __ror__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        merged = self._empty()
        merged.update(other)
        merged.update(self)
        return merged

    def __ior__(self, other):
        self.update(other)
        return self

    def __eq__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    @property
    def dtype(self):
        """The name of the values' type."""
        return self._native.dtype

    @property
    def itemsize(self):
        """Bytes of one value."""
        return self._native.itemsize

    @property
    def nbytes(self):
        """Bytes of all values."""
        return self._native.nbytes

    @property
    def capacity(self):
        """Values that lie in one piece at the front."""
        return self._native.capacity

    @property
    def committed_bytes(self):
        """Bytes of memory that keys and values take."""
        return self._native.committed_bytes

    def chunks(self):
        """The chunks that hold the values, in the order of the keys. Each keeps its memory alive."""
        return self._native.chunks()

    def numpy(self, copy=None):
        """The values as one numpy.ndarray, in the order of the keys.

        Up to `capacity` values are the table's own memory: writing to it writes to the table. More are a READ-ONLY
        copy; `copy=False` raises ValueError instead. `copy=True` makes a writable copy in any case.
        """
        chunks = self.chunks()
        if not chunks:
            from ._door import ChunkArray

            return ChunkArray(self.dtype).numpy(copy)
        from ._numpy import join

        return join(chunks, copy)

    def __sizeof__(self):
        return object.__sizeof__(self) + self._native.__sizeof__()

    def __repr__(self):
        items = self._native.items()
        edge = len(items) if len(items) <= SHOWN_WHOLE else SHOWN_EDGE
        shown = ["%r: %r" % item for item in items[:edge]]
        if edge < len(items):
            shown += ["..."] + ["%r: %r" % item for item in items[-edge:]]
        more = ", len=%d" % len(items) if edge < len(items) else ""
        return "%s(%r, {%s}%s)" % (type(self).__name__, self.dtype, ", ".join(shown), more)

    def __reduce__(self):
        arguments = (type(self), self.dtype, self.capacity) + self._native.state()
        state = getattr(self, "__dict__", None)
        return (_unpickle, arguments, state) if state else (_unpickle, arguments)


class KeyTableKeys(KeysView):
    """The keys of a KeyTable, live."""

    __slots__ = ()

    def __reversed__(self):
        return reversed(self._mapping)

    def __repr__(self):
        return _shown(self)


class KeyTableValues(ValuesView):
    """The values of a KeyTable, live."""

    __slots__ = ()

    def __iter__(self):
        return iter(self._mapping._native.values())

    def __reversed__(self):
        return reversed(self._mapping._native.values())

    def __repr__(self):
        return _shown(self)


class KeyTableItems(ItemsView):
    """The pairs of keys and values of a KeyTable, live."""

    __slots__ = ()

    def __iter__(self):
        return iter(self._mapping._native.items())

    def __reversed__(self):
        return reversed(self._mapping._native.items())

    def __repr__(self):
        return _shown(self)


def _shown(view):
    return "%s(%r)" % (type(view).__name__, list(view))


def _unpickle(cls, dtype, capacity, keys, data):
    """Makes the table of a pickle, whose content is not trusted: TypeError or ValueError for what is no table's."""
    from ._door import ChunkArray

    if not (isinstance(cls, type) and issubclass(cls, KeyTable)):
        raise TypeError("damaged pickle: %r is not a KeyTable class" % (cls,))
    if type(dtype) is not str or type(keys) is not list or type(data) is not bytes:
        raise TypeError("damaged pickle: a KeyTable is kept as str, list and bytes")
    values = ChunkArray(dtype)
    if len(data) != len(keys) * values.itemsize:
        raise ValueError("damaged pickle: %d bytes are not %d values of %s" % (len(data), len(keys), dtype))
    if values.dtype.startswith("BOOL") and data.translate(None, b"\0\1"):
        raise ValueError("damaged pickle: a BOOL is neither 0 nor 1")
    values.frombytes(data)
    table = cls.__new__(cls)
    table._native = cls._core.KeyTable(dtype, capacity=capacity)
    for key, value in zip(keys, values):
        table._native[key] = value
    return table
