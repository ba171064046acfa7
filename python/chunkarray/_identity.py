"""Something beside an object that has no room for it."""

import weakref


class BesideEach:
    """A value for each of some objects, by identity, made when it is first asked for and kept as long as the object.

    For objects that take weak references, but neither attributes nor a place in a dict. Needs no lock: an operation of
    a dict is atomic.
    """

    __slots__ = ("_make", "_entries")

    def __init__(self, make):
        self._make = make
        self._entries = {}

    def __getitem__(self, thing):
        key = id(thing)
        entry = self._entries.get(key)
        if entry is not None and entry[0]() is not thing:
            # Another object of that address died, and its callback has yet to come.
            self._entries.pop(key, None)
            entry = None
        if entry is None:
            entry = self._entries.setdefault(key, (weakref.ref(thing, self._forgetter(key)), self._make()))
        return entry[1]

    def _forgetter(self, key):
        entries = self._entries

        def forget(reference):
            entry = entries.get(key)
            if entry is not None and entry[0] is reference:
                entries.pop(key, None)

        return forget
