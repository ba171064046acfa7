"""What comes of the elements that reach the end of a program: one class for each kind of terminal.

`add` takes the number of the element within the run, how many came before it, and its value; `result` is what Python
gets, None for what has no value of nothing.
"""

import bisect

from .operations import maximum, minimum
from .types import F8, S8, U8

_BLOCK = 1024  # positions that are summed together
_LANES = 8
_SEGMENT = 65536  # positions whose floats a group sums one by one


class FloatSum:
    """A sum of floats, in an order that only the elements' positions tell.

    Each of the 8 lanes of a block of 1024 positions adds its elements in order, from -0.0 on. The lanes are added in
    pairs, (0+4)+(2+6) and (1+5)+(3+7), and the blocks in pairs of neighbours, then pairs of pairs, and so on. What is
    not there is -0.0, which changes nothing.
    """

    __slots__ = ("blocks", "block", "lanes")

    def __init__(self):
        self.blocks, self.block, self.lanes = {}, -1, None

    def add(self, position, came, value):
        """One more."""
        if position // _BLOCK != self.block:
            self._close()
            self.block, self.lanes = position // _BLOCK, [-0.0] * _LANES
        self.lanes[position % _LANES] += value

    def _close(self):
        if self.lanes is not None:
            a, b, c, d, e, f, g, h = self.lanes
            self.blocks[self.block] = ((a + e) + (c + g)) + ((b + f) + (d + h))

    def result(self):
        """The sum, 0.0 of nothing."""
        if self.lanes is None:
            return 0.0
        self._close()
        sums = self.blocks
        while len(sums) > 1 or 0 not in sums:
            pairs = {}
            for block in sorted(sums):
                half = block // 2
                pairs[half] = pairs[half] + sums[block] if half in pairs else sums[block]
            sums = pairs
        return sums[0]


class GroupSum:
    """A sum of floats of one group: in order within segments of 65536 positions, then the segments in order."""

    __slots__ = ("total", "segment", "part")

    def __init__(self):
        self.total, self.segment, self.part = None, -1, None

    def add(self, position, came, value):
        """One more."""
        if position // _SEGMENT != self.segment:
            self.total, self.segment, self.part = self._total(), position // _SEGMENT, -0.0
        self.part += value

    def _total(self):
        return self.part if self.total is None else self.total + self.part

    def result(self):
        """The sum; a group has one element at least."""
        return self._total()


class Fold:
    """What a function of two makes of all values, in order; of nothing it is the start."""

    __slots__ = ("function", "value")

    def __init__(self, function, start=None):
        self.function, self.value = function, start

    def add(self, position, came, value):
        """One more."""
        self.value = value if self.value is None else self.function(self.value, value)

    def result(self):
        """What came out."""
        return self.value


class Place:
    """How many came before the least or the greatest value, the first of equal ones; before the first NaN if any."""

    __slots__ = ("in_front", "value", "place")

    def __init__(self, in_front):
        self.in_front, self.value, self.place = in_front, None, None

    def add(self, position, came, value):
        """One more."""
        best = self.value
        if self.place is None or (best == best and (value != value or self.in_front(value, best))):
            self.value, self.place = value, came

    def result(self):
        """How many, or None."""
        return self.place


class Histogram:
    """Counts of the values in bins of equal width, the last of which has its upper edge too, as NumPy's."""

    __slots__ = ("edges", "counts")

    def __init__(self, low, high, bins):
        if not (high - low > 0 and high - low < float("inf")):
            raise ValueError("a histogram's range is finite, and its end above its begin")
        step = (high - low) / bins
        self.edges = [k * step + low for k in range(bins)] + [high]
        self.counts = [0] * bins

    def add(self, position, came, value):
        """One more; what lies outside is not counted."""
        value, edges = float(value), self.edges
        if edges[0] <= value <= edges[-1]:
            self.counts[min(bisect.bisect_right(edges, value), len(self.counts)) - 1] += 1

    def result(self):
        """A list of the counts."""
        return self.counts


class Groups:
    """Reductions of the elements with equal keys, in order of first appearance."""

    __slots__ = ("most", "places", "keys", "make", "groups")

    def __init__(self, most, width, make):
        self.most, self.make = most, make
        self.places, self.groups = {}, []
        self.keys = [[] for _ in range(width)]

    def add(self, position, came, keys, values):
        """One more, with the value of each reduction."""
        # Zeros are one key, and so are NaNs.
        keys = tuple(key + 0.0 if isinstance(key, float) else key for key in keys)
        place = tuple("NaN" if key != key else key for key in keys)
        found = self.places.get(place)
        if found is None:
            if len(self.groups) == self.most:
                raise ValueError("there are more than %d groups" % self.most)
            found = self.places[place] = len(self.groups)
            self.groups.append(self.make())
            for column, key in zip(self.keys, keys):
                column.append(key)
        for reduction, value in zip(self.groups[found], values):
            reduction.add(position, came, value)

    def results(self):
        """The keys, a list of each, and the results of each reduction, a list of them too."""
        results = zip(*[[reduction.result() for reduction in made] for made in self.groups])
        return [tuple(self.keys), *(map(list, results) if self.groups else [[] for _ in self.make()])]


def reduction(terminal, parameters, grouped=False):
    """The object for a terminal that is a reduction, of all elements or of a group's."""
    word, kind, more = terminal.word, terminal.type, terminal.more
    if word == "n":
        return Fold(lambda count, _: count + 1, 0)
    if word == "sum":
        if kind.kind == "F":
            return GroupSum() if grouped else FloatSum()
        wrap = (U8 if kind.kind == "U" else S8).wrap
        return Fold(lambda total, value: wrap(total + value), 0)
    if word in ("argmin", "argmax"):
        return Place((lambda a, b: a < b) if word == "argmin" else lambda a, b: a > b)
    if word in ("any", "all"):
        return Fold((lambda a, b: a or b) if word == "any" else lambda a, b: a and b, word == "all")
    if word == "hist":
        return Histogram(parameters.read(more["low"], F8), parameters.read(more["high"], F8), more["bins"])
    return Fold({"min": minimum, "max": maximum, "first": lambda a, _: a, "last": lambda _, b: b}[word])
