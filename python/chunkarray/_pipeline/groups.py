"""group_by(): reductions for each group of elements with equal keys."""

import math

from .._door import ChunkArray
from .aggregates import asked, number_of, reduction, spread_of
from .chain import traced
from .operations import cast, constant
from .records import RowValue
from .results import finished
from .terminals import window_size
from .types import FLOATS, SIZES
from .values import Value


class Groups:
    """Groups of a chain's elements, of which agg() computes what is asked for."""

    __slots__ = ("_chain", "_keys", "_most")
    __module__ = "chunkarray"

    def __init__(self, chain, key, most):
        self._chain = chain
        self._most = window_size(most, "max_groups")
        if not self._most:
            raise ValueError("max_groups is at least 1")
        self._keys = {}
        for each in key if isinstance(key, (tuple, list)) else (key,):
            self._add(each)
        if not self._keys:
            raise TypeError("group_by() takes a key: a function, the name of a field, or a tuple of these")

    def _add(self, key):
        value = self._chain._value
        if isinstance(key, str):
            found, name = value[key] if not isinstance(value, (Value, tuple)) else _no_field(key, value), key
        else:
            found, name = traced(key, value), "key"
        if isinstance(found, RowValue):
            for inner, each in zip(found._names, found._values):
                named = name + inner[1:] if inner == "f%d" % len(self._keys) else inner
                self._put(named, each)
        else:
            self._put(name, found)

    def _put(self, name, value):
        value = number_of(value, "a key of group_by()")
        free, more = name, 1
        while free in self._keys:
            free, more = "%s%d" % (name, more), more + 1
        self._keys[free] = value

    def __repr__(self):
        from .plan import plan

        return "%s\n  group_by %s" % (plan(self._chain), ", ".join(self._keys))

    def agg(self, function=None, /, **named):
        """An array of records, one for each group in order of first appearance: its keys, then what was asked for.

        What is asked for is written as for a chain's agg(). ValueError for more groups than max_groups.
        """
        chain = self._chain
        given = [] if function is None else [(None, function)]
        wanted = asked(chain._value, [*given, *named.items()])
        for name in wanted:
            if name in self._keys:
                raise ValueError("%r is the name of a key and of a result" % name)
        taken = chain._take()
        columns = [_Column(*wish, chain, taken) for wish in wanted.values()]
        keys = [cast(key, "F8") if key._type == "F4" else key for key in self._keys.values()]
        group = ("group %d" % self._most, *keys)
        terminals = [[group], *[column.terminals for column in columns]]
        program = chain._program(terminals)
        program.terminal(group)
        places = [[program.terminal(words) for words in column.terminals] for column in columns]
        results = chain._run(program, taken)
        record = [(name, key._type) for name, key in self._keys.items()]
        record += [(name, column.type) for name, column in zip(wanted, columns)]
        rows = zip(
            *[[finished(value, key._type) for value in found] for found, key in zip(results[0], self._keys.values())],
            *[map(column.finish, *[results[k] for k in place]) for column, place in zip(columns, places)],
        )
        from .._records.record import Record

        return ChunkArray(Record("Group", record), list(rows))

    def count(self):
        """How many elements each group has: agg(count="count")."""
        return self.agg(count="count")


def _no_field(name, value):
    raise TypeError("group_by(%r) names a field, and the elements are no records but %r" % (name, value))


class _Column:
    """One result for each group: the terminals, and what is made of theirs."""

    __slots__ = ("terminals", "finish", "type")

    def __init__(self, kind, value, ddof, chain, taken):
        if kind in ("var", "std"):
            self._spread(kind, value, ddof, chain, taken)
            return
        found = reduction(kind, value)
        self.terminals, self.finish, self.type = found.first, found.finish, found.type

    def _spread(self, kind, value, ddof, chain, taken):
        # The mean of each group is only known in the end, so differences are taken to that of all.
        from .aggregates import compute

        value = number_of(value, kind + "()")
        if value._type not in SIZES:
            raise TypeError("there is no %s() of %s" % (kind, value._type))
        self.type = value._type if value._type in FLOATS else "F8"
        wide = cast(value, "F8")
        total, n = compute(chain, [reduction("sum", wide), reduction("count", None)], taken)
        middle = total / n if n and math.isfinite(total) else 0.0
        difference = Value("sub", (wide, constant(middle, "F8")), "F8")
        squares = Value("mul", (difference, difference), "F8")
        self.terminals = [("sum F8", difference), ("sum F8", squares), ("n",)]

        def finish(total, squares, n):
            rest = squares - total * total / n
            return spread_of(kind, rest if not rest < 0 else 0.0, n, ddof)

        self.finish = finish
