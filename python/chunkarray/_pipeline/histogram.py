"""histogram(): how many values lie in each of some intervals."""

import math
import operator

from .._door import ChunkArray
from .aggregates import compute, number_of, reduction
from .operations import cast
from .program import Parameter
from .types import SIZES


def histogram(chain, bins, range_):
    value = number_of(chain._value, "histogram()")
    if value._type not in SIZES:
        raise TypeError("histogram() counts numbers, not %s" % value._type)
    try:
        bins = operator.index(bins)
    except TypeError:
        raise TypeError("bins is the number of intervals, which are of equal width") from None
    if bins < 1:
        raise ValueError("a histogram has at least one interval, not %d" % bins)
    wide, taken = cast(value, "F8"), chain._take()
    low, high = _edges(chain, wide, taken, range_)
    if low == high:  # as NumPy
        low, high = low - 0.5, high + 0.5
    words = ("hist F8", wide, Parameter(low, "F8"), Parameter(high, "F8"), str(bins))
    program = chain._program([[words]])
    place = program.terminal(words)
    counts = chain._run(program, taken)[place]
    step = (high - low) / bins
    edges = [k * step + low for k in range(bins)] + [high]
    return ChunkArray("S8", counts), ChunkArray("F8", edges)


def _edges(chain, value, taken, range_):
    if range_ is not None:
        low, high = map(float, range_)
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError("the range of a histogram is finite, not %r to %r" % (low, high))
        if low > high:
            raise ValueError("the range of a histogram ascends, and %r is above %r" % (low, high))
        return low, high
    (n,) = compute(chain, [reduction("count", None)], taken)
    if not n:
        return 0.0, 1.0
    low, high = compute(chain, [reduction("min", value), reduction("max", value)], taken)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("the values range from %r to %r: give the range, as in range=(0, 1)" % (low, high))
    return low, high
