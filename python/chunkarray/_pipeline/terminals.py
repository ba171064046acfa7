"""The terminals of a chain: what runs it and gives a result."""

import operator

from .._pipelined import Reductions
from .aggregates import asked, compute, compute_one, reduction


class Terminals(Reductions):
    """Results, of those elements that come to the end of the chain."""

    __slots__ = ()

    def _one(self, kind):
        return compute_one(self, reduction(kind, self._value))

    def first(self):
        """The first. ValueError of no elements."""
        return self._one("first")

    def last(self):
        """The last. ValueError of no elements."""
        return self._one("last")

    def count(self):
        """How many there are."""
        return self._one("count")

    def agg(self, function=None, /, **named):
        """Several results of one run, as a dict.

        Named, each a function of the value, the name of an aggregate, or an aggregate of this chain's `value`:
        agg(lo=lambda v: v.min(), mean="mean"); v = c.value; c.agg(lo=v.min(), mean=(v * v).mean(), n=v.count()).
        Or one function that gives a dict of aggregates: agg(lambda v: dict(lo=v.min(), n=v.count())).
        """
        given = [] if function is None else [(None, function)]
        wanted = asked(self._value, [*given, *named.items()])
        reductions = [reduction(*wish) for wish in wanted.values()]
        return dict(zip(wanted, compute(self, reductions)))

    def group_by(self, key, *, max_groups=65536):
        """Groups of elements with equal keys; .agg(...) computes for each.

        key          a function of the value, the name of a field, or a tuple of these
        max_groups   how many there may be: ValueError for more
        """
        from .groups import Groups

        return Groups(self, key, max_groups)

    def reduce(self, function, initial=None, *, associative=False):
        """What a function of two makes of all elements, in order, as functools.reduce.

        It is called once with symbolic values: the result so far and an element. TypeError of no elements where there is
        no `initial`. `associative=True` lets the order of sums, least and greatest ones be another, and several threads
        take part; it is for functions whose result does not depend on it.
        """
        from .folding import reduce

        return reduce(self, function, initial, associative)

    def histogram(self, bins=10, range=None):
        """How many lie in each of `bins` intervals of equal width, and their edges: two arrays, as NumPy's histogram.

        range   the lower and the upper edge; the least and the greatest value where it is not given
        """
        from .histogram import histogram

        return histogram(self, bins, range)

    def collect(self):
        """A new array of the elements."""
        from .collecting import collect

        return collect(self)

    def into(self, out):
        """Adds the elements to an array, and gives it. TypeError where its dtype does not take them."""
        from .collecting import into

        return into(self, out)

    def __iter__(self):
        return iter(self.collect())

    def __array__(self, dtype=None, copy=None):
        from .._numpy import convert

        if copy is not None and not copy:
            raise ValueError("a chain's elements are computed, and copy=False forbids it")
        return convert(self.collect().numpy(copy=True), dtype, None)


def window_size(n, name):
    """A number of elements that is not negative."""
    n = operator.index(n)
    if n < 0:
        raise ValueError("%s is not negative, and this is %d" % (name, n))
    return n
