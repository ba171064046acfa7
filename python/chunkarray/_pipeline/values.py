"""Symbolic values: what a lambda is called with. Each operator gives another one, which notes what is to be computed.

A value is a node of a graph. What it computes is told by

_op     "in", "par", "pos", "count", "scan sum" ..., "acc", "cast", "where", or an operation of programs ("add")
_args   the values it takes; for leaves what tells them apart
_type   the type of the result (types.py)
"""

from . import located

# Filled by operations.py and aggregates.py, which import this module.
binary = comparison = unary = power = aggregate = convert = None


class Value:
    """One element of a pipeline, of which it is not known yet which.

    Operators, comparisons, `& | ~ ^ << >>`, abs(), round(), and the functions of chunkarray (where, sqrt, minimum, ...)
    and of NumPy give further values. Comparisons give truth values, which `&`, `|` and `~` combine. Python's own `if`,
    `and`, `or`, `not`, `in`, int() and math's functions want to know one number now: they are a TypeError that says what
    to write instead.

    sum(), min(), mean() and their kin say what agg() is to compute.
    """

    __slots__ = ("_op", "_args", "_type")
    __module__ = "chunkarray"

    def __init__(self, op, args, type):
        self._op = op
        self._args = args
        self._type = type

    @property
    def dtype(self):
        """The name of the type."""
        return self._type

    def astype(self, dtype):
        """The value as another type, as NumPy's astype: floats lose their fraction, integers wrap."""
        return convert(self, dtype)

    # Arithmetic.

    def __add__(self, other):
        return binary("add", self, other)

    def __radd__(self, other):
        return binary("add", other, self)

    def __sub__(self, other):
        return binary("sub", self, other)

    def __rsub__(self, other):
        return binary("sub", other, self)

    def __mul__(self, other):
        return binary("mul", self, other)

    def __rmul__(self, other):
        return binary("mul", other, self)

    def __truediv__(self, other):
        return binary("div", self, other)

    def __rtruediv__(self, other):
        return binary("div", other, self)

    def __floordiv__(self, other):
        return binary("floordiv", self, other)

    def __rfloordiv__(self, other):
        return binary("floordiv", other, self)

    def __mod__(self, other):
        return binary("mod", self, other)

    def __rmod__(self, other):
        return binary("mod", other, self)

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __pow__(self, other, modulo=None):
        if modulo is not None:
            return NotImplemented
        return power(self, other)

    def __rpow__(self, other):
        return power(other, self)

    # Bits and truth values.

    def __and__(self, other):
        return binary("and", self, other)

    def __rand__(self, other):
        return binary("and", other, self)

    def __or__(self, other):
        return binary("or", self, other)

    def __ror__(self, other):
        return binary("or", other, self)

    def __xor__(self, other):
        return binary("xor", self, other)

    def __rxor__(self, other):
        return binary("xor", other, self)

    def __lshift__(self, other):
        return binary("shl", self, other)

    def __rlshift__(self, other):
        return binary("shl", other, self)

    def __rshift__(self, other):
        return binary("shr", self, other)

    def __rrshift__(self, other):
        return binary("shr", other, self)

    def __invert__(self):
        return unary("not", self)

    # Comparisons.

    def __eq__(self, other):
        return comparison("eq", self, other)

    def __ne__(self, other):
        return comparison("ne", self, other)

    def __lt__(self, other):
        return comparison("lt", self, other)

    def __le__(self, other):
        return comparison("le", self, other)

    def __gt__(self, other):
        return comparison("gt", self, other)

    def __ge__(self, other):
        return comparison("ge", self, other)

    __hash__ = object.__hash__

    # What Python has own functions for.

    def __neg__(self):
        return unary("neg", self)

    def __pos__(self):
        return unary("pos", self)

    def __abs__(self):
        return unary("abs", self)

    def __round__(self, ndigits=None):
        if not ndigits:
            return unary("round", self)
        from .functions import rounded_to

        return rounded_to(self, ndigits)

    def __floor__(self):
        return convert(unary("floor", self), "S8")

    def __ceil__(self):
        return convert(unary("ceil", self), "S8")

    def __trunc__(self):
        return convert(unary("trunc", self), "S8")

    # What there is no answer to.

    def __bool__(self):
        raise located.no_truth()

    def __float__(self):
        raise located.no_number("float")

    def __int__(self):
        raise located.no_number("int")

    def __index__(self):
        raise located.no_number("index")

    def __complex__(self):
        raise located.no_number("complex")

    def __contains__(self, value):
        raise located.no_sequence("elements to look among", "x == y compares")

    def __len__(self):
        raise located.no_sequence("length", "x.count() counts the elements within agg(); a chain has count()")

    def __iter__(self):
        raise located.no_sequence(
            "elements to loop over", "operators and functions apply to each element by themselves"
        )

    def __getitem__(self, key):
        raise located.no_sequence("parts", "a lambda gets one number; names are those of records' fields")

    def __repr__(self):
        from .formula import formula

        return "<%s: %s>" % (self._type, formula(self))

    # NumPy.

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        from .numpy_ import ufunc_result

        return ufunc_result(ufunc, method, inputs, options)

    def __array_function__(self, function, types, arguments, options):
        from .numpy_ import function_result

        return function_result(function, arguments, options)

    # What agg() is to compute.

    def sum(self):
        """For agg(): the sum of all."""
        return aggregate("sum", self)

    def min(self):
        """For agg(): the least; NaN if there is one."""
        return aggregate("min", self)

    def max(self):
        """For agg(): the greatest; NaN if there is one."""
        return aggregate("max", self)

    def mean(self):
        """For agg(): the arithmetic mean."""
        return aggregate("mean", self)

    def var(self, ddof=0):
        """For agg(): the variance, the sum of squares divided by the count less `ddof`."""
        return aggregate("var", self, ddof)

    def std(self, ddof=0):
        """For agg(): the standard deviation, the root of var()."""
        return aggregate("std", self, ddof)

    def any(self):
        """For agg(): whether one is true."""
        return aggregate("any", self)

    def all(self):
        """For agg(): whether all are true."""
        return aggregate("all", self)

    def argmin(self):
        """For agg(): the index of the first least one, among those that came past the filters."""
        return aggregate("argmin", self)

    def argmax(self):
        """For agg(): the index of the first greatest one, among those that came past the filters."""
        return aggregate("argmax", self)

    def first(self):
        """For agg(): the first."""
        return aggregate("first", self)

    def last(self):
        """For agg(): the last."""
        return aggregate("last", self)

    def count(self):
        """For agg(): how many there are."""
        return aggregate("count", self)
