"""Where an element lies: the chunks of one array, by both policies of growth, as in core/src/table.rs."""

from .blocks import PAGE, Block, bytes_of


class Table:
    """The chunks that there are, by the position of their first element. Chunks never change their place."""

    __slots__ = ("size", "chunk_size", "growth", "capacity", "arena", "blocks", "start", "end")

    def __init__(self, size, chunk_size, growth, capacity, arena=None):
        self.size, self.chunk_size, self.growth, self.capacity = size, chunk_size, growth, capacity
        self.arena = arena
        self.blocks = {}
        self.start = self.end = 0  # positions: there are chunks for all from start to end

    def place(self, position):
        """The chunk that a position falls into, whether it exists or not: its first position, and how many it holds."""
        if position < self.capacity:
            return 0, self.capacity
        unit = (position - self.capacity) // self.chunk_size
        if self.growth == "fixed" or unit == 0:
            return self.capacity + unit * self.chunk_size, self.chunk_size
        # 1, 1, 2, 4, 8, ... times chunk_size: what comes before a chunk is as much as the chunk holds.
        units = 1 << (unit.bit_length() - 1)
        return self.capacity + units * self.chunk_size, units * self.chunk_size

    def runs(self, position, end):
        """The elements from `position` to `end`, chunk by chunk: (position, how many, block, byte in the block)."""
        while position < end:
            start, capacity = self.place(position)
            stop = min(end, start + capacity)
            yield position, stop - position, self.blocks[start], (position - start) * self.size
            position = stop

    def find(self, position):
        """The block and the byte in it of an element that is there."""
        start, _ = self.place(position)
        return self.blocks[start], (position - start) * self.size

    def grow(self, end):
        """Makes chunks for all positions below `end`, or none."""
        before = self.end
        try:
            while self.end < end:
                start, capacity = self.place(self.end)
                bytes_of(start + capacity, self.size)
                size = capacity * self.size
                self.blocks[start] = Block(size) if self.arena is None else self.arena._block(size)
                self.end = start + capacity
        except BaseException:  # an interrupt too
            self.blocks = {start: block for start, block in self.blocks.items() if start < before}
            self.end = before
            raise

    def drop(self, first):
        """Lets the chunks go that end at a position or before it."""
        while self.start < self.end:
            start, capacity = self.place(self.start)
            if start + capacity > first:
                return
            del self.blocks[start]
            self.start = start + capacity

    def shrink(self, first, end):
        """Lets the chunks go that hold none of the elements from `first` to `end`."""
        kept = self.place(end - 1) if first < end else (self.place(first)[0], 0)
        self.end = min(self.end, sum(kept))
        self.start = min(self.start, self.end)
        self.blocks = {start: block for start, block in self.blocks.items() if start < self.end}

    def committed_bytes(self, used):
        """Bytes of memory that the chunks take, of which positions below `used` were ever written."""
        total = 0
        for start, block in list(self.blocks.items()):
            size = len(block.memory)
            if block.large:
                touched = max(0, used - start) * self.size
                size = min(size, -(-touched // PAGE) * PAGE)
            total += size
        return total
