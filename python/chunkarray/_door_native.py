"""ChunkArray as a subclass of the native type: calls go straight in, without a Python frame.

The native type comes first in the bases: a method of `ArrayMethods` can then never shadow a native slot, which
would put a Python frame in front of each append and index. Slices, and whatever else is not an integer, come back
from the native slots through the hooks `_getitem`, `_setitem` and `_delitem`.
"""

from ._array import ArrayMethods
from ._identity import BesideEach
from ._load import core
from ._matching import match_as_sequence

_waiters = BesideEach(dict)  # here and not in a slot: it would cost memory in arrays that nobody waits for


@match_as_sequence
class ChunkArray(core.Array, ArrayMethods):
    __slots__ = ()
    __module__ = __package__
    __doc__ = ArrayMethods.__doc__

    def _note_shortened(self):
        pass  # native iterators look at the length each time, and native methods wake who waits

    @property
    def _waiters(self):
        return _waiters[self]

    def _watch_for(self, position):
        self._watch(position)

    _core = core
    _item = core.Array._at
    _text = core.Array.dtype

    def _make_put(self, appender):
        appender._attach(self)
        return appender.put


ChunkArray._door = ChunkArray  # whose constructor subclasses with one of their own go around

# Else CPython would take its general, slower way to call a method that belongs to a base class.
core.adopt(ChunkArray)
