"""Files without a copy, as in src/room.rs."""

from . import arguments
from .chunk import Chunk


class RoomMethods:
    """Methods of Array."""

    __slots__ = ()

    def _room(self, most, /):
        """A Chunk over memory for up to so many elements behind the end, which are not there yet; None where they have
        to be appended.

        For who is in a transaction: else others may append there meanwhile.
        """
        most = arguments.size("most", most)
        with self._lock:
            self._open()
            self._resizable()
            start = self._limit
            first, capacity = self._table.place(start)
            count = min(most, first + capacity - start)
            if not count or start < self._used and self._dtype.kind != "RECORD":
                return None
            self._table.grow(start + count)
            block, byte = self._table.find(start)
            return Chunk._make(block, byte, self._dtype, start, count, self._dtype.size, False)

    def _fill(self, start, count, /):
        """Add so many elements that were written into the room that begins at a position.

        ValueError if the end is elsewhere.
        """
        start, count = arguments.size("start", start), arguments.size("count", count)
        with self._lock:
            self._open()
            self._resizable()
            end = start + count
            if start != self._limit or end > sum(self._table.place(start)) or end > self._table.end:
                raise ValueError("the array does not end where the room begins")
            self._used = max(self._used, end)
            self._limit = end
            self._drop_by_keep()
