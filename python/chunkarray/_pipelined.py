"""What arrays, slices and columns compute: chains of lambdas, and NumPy's reductions. All of it lies in _pipeline/, which
is imported when it is asked for."""


class Reductions:
    """Reductions of all elements, with the arguments that NumPy passes: np.sum(a) calls a.sum()."""

    __slots__ = ()

    def sum(self, axis=None, dtype=None, out=None, **options):
        """The sum: of integers modulo 2**64, of floats the same on any number of threads. Arguments as NumPy's."""
        return _reduce(self, "sum", axis, dtype, out, options)

    def min(self, axis=None, out=None, **options):
        """The least element, NaN if there is one; ValueError of none. Arguments as NumPy's."""
        return _reduce(self, "min", axis, None, out, options)

    def max(self, axis=None, out=None, **options):
        """The greatest element, NaN if there is one; ValueError of none. Arguments as NumPy's."""
        return _reduce(self, "max", axis, None, out, options)

    def mean(self, axis=None, dtype=None, out=None, **options):
        """The arithmetic mean; NaN and a RuntimeWarning of no elements. Arguments as NumPy's."""
        return _reduce(self, "mean", axis, dtype, out, options)

    def var(self, axis=None, dtype=None, out=None, ddof=0, **options):
        """The variance: the squared differences to the mean, divided by the count less `ddof`. Arguments as NumPy's."""
        return _reduce(self, "var", axis, dtype, out, options, ddof)

    def std(self, axis=None, dtype=None, out=None, ddof=0, **options):
        """The standard deviation, the root of var(). Arguments as NumPy's."""
        return _reduce(self, "std", axis, dtype, out, options, ddof)

    def any(self, axis=None, out=None, **options):
        """Whether an element is true, or no zero. Arguments as NumPy's."""
        return _reduce(self, "any", axis, None, out, options)

    def all(self, axis=None, out=None, **options):
        """Whether all elements are true, or no zero. Arguments as NumPy's."""
        return _reduce(self, "all", axis, None, out, options)

    def argmin(self, axis=None, out=None, **options):
        """The index of the first least element, of the first NaN if there is one. Arguments as NumPy's."""
        return _reduce(self, "argmin", axis, None, out, options)

    def argmax(self, axis=None, out=None, **options):
        """The index of the first greatest element, of the first NaN if there is one. Arguments as NumPy's."""
        return _reduce(self, "argmax", axis, None, out, options)


class Pipelined(Reductions):
    """The beginnings of chains: a.map(f), a.filter(f), and what else arrays, slices and columns compute."""

    __slots__ = ()

    # The first stage of a chain.

    def map(self, function):
        """A chain of what the function gives of each element; it is called once, with a symbolic value."""
        return _chain(self).map(function)

    def filter(self, function):
        """A chain of the elements for which the function is true; it is called once, with a symbolic value."""
        return _chain(self).filter(function)

    def enumerate(self, start=0):
        """A chain of each element with its number before it: a.enumerate().map(lambda i, x: i * x)."""
        return _chain(self).enumerate(start)

    def take_while(self, function):
        """A chain of the elements before the first for which the function is false."""
        return _chain(self).take_while(function)

    def scan(self, kind="sum"):
        """A chain of the running "sum", "min" or "max"."""
        return _chain(self).scan(kind)

    def using(self, *, threads=None, engine=None, progress=None):
        """A chain that is run in a way of its own: see Chain.using."""
        return _chain(self).using(threads=threads, engine=engine, progress=progress)

    # Results.

    def agg(self, function=None, /, **named):
        """Several results of one run, as a dict: a.agg(lo=lambda v: v.min(), mean="mean")."""
        return _chain(self).agg(function, **named)

    def group_by(self, key, *, max_groups=65536):
        """Groups of elements with equal keys; .agg(...) computes for each."""
        return _chain(self).group_by(key, max_groups=max_groups)

    def reduce(self, function, initial=None, *, associative=False):
        """What a function of two makes of all elements, in order, as functools.reduce."""
        return _chain(self).reduce(function, initial, associative=associative)

    def histogram(self, bins=10, range=None):
        """How many elements lie in each of `bins` intervals, and their edges: two arrays, as NumPy's histogram."""
        return _chain(self).histogram(bins, range)

    # Functions in Python, for what a symbolic value does not do.

    def map_chunks(self, function, dtype=None, *, threads=1, size=None):
        """A new array of what a function of Python gives for each chunk, one behind the other.

        function   gets the elements of a chunk as a NumPy array, or a memoryview where there is no NumPy, and gives a
                   buffer or an iterable, of any length. What it raises ends it all
        dtype      that of the new array; by default that of the first result if it has one, as NumPy's arrays do, else
                   the one of these elements
        threads    how many may call the function at the same time; 0 for one a core. The order stays
        size       how many elements of a chunk the function gets at most; by default all of them
        """
        from ._pipeline.by_chunks import map_chunks

        return map_chunks(self, function, dtype, threads, size)

    def filter_chunks(self, function, *, threads=1, size=None):
        """A new array of the elements for which a function of each chunk gives true: a truth value for each of them.

        ValueError for another number of them. `threads` and `size` as in map_chunks().
        """
        from ._pipeline.by_chunks import filter_chunks

        return filter_chunks(self, function, threads, size)

    def reduce_chunks(self, function, initial, *, combine=None, threads=1, size=None):
        """What function(so_far, chunk) makes of all chunks, in order; `initial` is the first so_far.

        With `combine`, each chunk is reduced on its own, from `initial` on, and combine(one, other) joins the results, in
        order; then `threads` may work at the same time. `threads` and `size` as in map_chunks().
        """
        from ._pipeline.by_chunks import reduce_chunks

        return reduce_chunks(self, function, initial, combine, threads, size)


# What is imported takes the place of these: an import in a function takes a twentieth of a run of few elements.


def _chain(elements):
    global _chain
    from ._pipeline.chain import chain_of as _chain

    return _chain(elements)


def _reduce(elements, kind, axis, dtype, out, options, ddof=0):
    global _reduce
    from ._pipeline.reducing import reduced as _reduce

    return _reduce(elements, kind, axis, dtype, out, options, ddof)
