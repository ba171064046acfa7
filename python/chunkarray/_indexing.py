"""Masks, arrays of indices, take and searchsorted, with NumPy's meaning: they copy, where slices are views."""

import operator
import sys

from ._elements import Elements, as_index, make, make_like, position
from ._load import core

_INTEGER_CODES = frozenset("bBhHiIlLqQnN")
_NUMBERS = frozenset((float, int))
_MANY = (Elements, core.Chunk, list, tuple, range)


class Selectable(Elements):
    """Elements that masks, arrays of indices and searches select."""

    __slots__ = ()

    def take(self, indices):
        """A new array of the elements at `indices`, in their order; the element itself for a single integer.

        `indices` are a list or an array of integers, negative ones count from the end. IndexError if one is out of
        range.
        """
        index = as_index(indices)
        if index is not None:
            array, window = self._window()
            return array._item(window[position(self, index)])
        keys = _keys(self, list(indices) if isinstance(indices, tuple) else indices)
        if keys.mask:
            raise TypeError("take() needs integers, not bools: a[mask] selects by a mask")
        return _copy(self, keys)

    def searchsorted(self, value, side="left"):
        """Where `value` belongs in the elements, which ascend: an index such that all before it are less.

        With side="right", all before it are less or equal. For a list or an array of values, a ChunkArray of "S8"
        with the index of each. As NumPy's, NaN belongs behind all numbers. ValueError for another side.
        """
        right = side == "right"
        if not right and side != "left":
            raise ValueError("side is 'left' or 'right', not %r" % (side,))
        array, window = self._window()
        if type(value) in _NUMBERS or not (isinstance(value, _MANY) or _dimensions(value)):
            return array._raw._searchsorted(window.start, window.step, len(window), value, right)
        keep, values = _native(value)
        found = make(array._door, "S8", {"capacity": len(keep)})
        found._raw._extend_searchsorted(array._raw, window.start, window.step, len(window), values, right)
        return found


def select(elements, key):
    """elements[key] for a key that is neither an integer nor a slice: a copy, by a mask or by indices, or a column."""
    if isinstance(key, str):
        return elements._window()[0]._column(elements, key)
    return _copy(elements, _keys(elements, key))


def assign(elements, key, value):
    """elements[key] = value for a mask or for indices, one value for all of them or as many values; or for a column."""
    if isinstance(key, str):
        elements._window()[0]._set_column(elements, key, value)
        return
    keys = _keys(elements, key)
    array, window = elements._window()
    positions = keys.positions(window)
    values = _values(array, value, len(positions))
    set_at = array._raw._set_at
    for at, new in zip(positions, values):
        set_at(at, new)


def _keys(elements, key):
    """What `key` selects by. TypeError, as a list's, if it is neither a list nor an array."""
    if isinstance(key, core.Chunk):
        key = make(elements._window()[0]._door, key.dtype, {}, key)
    keys = _Keys.of(key)
    if keys is None:
        position(elements, key)
    return keys


def _copy(elements, keys):
    array, window = elements._window()
    made = make_like(array, keys.count())
    extend = made._raw._extend_mask if keys.mask else made._raw._extend_take
    extend(array._raw, window.start, window.step, len(window), keys.native)
    return made


class _Keys:
    """Indices or a mask.

    mask    whether it is a mask
    keys    the keys as a sequence of ints or bools
    native  the same as the kernels take them
    """

    def __init__(self, mask, keys, native):
        self.mask = mask
        self.keys = keys
        self.native = native

    @classmethod
    def of(cls, key):
        """What `key` means, or None if it is neither a list nor an array. IndexError for an array of other things."""
        if isinstance(key, Elements):
            keys, native = _native(key)
            return cls(_is_mask(_KINDS.get(keys._text.lstrip(">"), "") or keys._text), keys, native)
        if isinstance(key, (list, range)):
            if len(key) and all(map(_is_bool, key)):
                keys = list(map(bool, key))
                return cls(True, keys, keys)
            keys = list(map(_index, key))
            return cls(False, keys, keys)
        if isinstance(key, (str, bytes, bytearray, tuple)):
            return None
        return cls._of_buffer(key)

    @classmethod
    def _of_buffer(cls, key):
        if hasattr(type(key), "__array__"):
            import numpy

            key = numpy.asarray(key)
            if not key.ndim:
                return None
            kind = {"b": "?", "i": "q", "u": "q"}.get(key.dtype.kind, str(key.dtype))
            if key.ndim > 1:
                raise IndexError("an array has one dimension, but the index has %d" % key.ndim)
            keys = numpy.ascontiguousarray(key, key.dtype.newbyteorder("="))
            return cls(_is_mask(kind), keys, keys)
        try:
            view = memoryview(key)
        except TypeError:
            return None
        if view.ndim != 1:
            raise IndexError("an array has one dimension, but the index has %d" % view.ndim)
        mask = _is_mask(view.format.lstrip("@=<") if sys.byteorder == "little" else view.format.lstrip("@=>"))
        keys = view if view.contiguous else view.tolist()
        return cls(mask, keys, key if view.contiguous else keys)

    def count(self):
        """How many elements they select."""
        if not self.mask:
            return len(self.keys)
        if isinstance(self.keys, (Elements, list)):
            return self.keys.count(True)
        if isinstance(self.keys, memoryview):
            return self.keys.tolist().count(True)
        return int(self.keys.sum())

    def positions(self, window):
        """The positions that they select of `window`, as a list. IndexError if one is out of range."""
        keys = self.keys if isinstance(self.keys, list) else self.keys.tolist()
        length = len(window)
        if self.mask:
            if len(keys) != length:
                raise IndexError("boolean mask of length %d for length %d" % (len(keys), length))
            return [at for at, chosen in zip(window, keys) if chosen]
        for index in keys:
            if not -length <= index < length:
                raise IndexError("index %d is out of range for length %d" % (index, length))
        return [window[index] for index in keys]


# What our integer and bool dtypes are among the format codes of buffers.
_KINDS = dict({name + size: "q" for name in "US" for size in "1248"}, BOOL="?")


def _is_mask(code):
    """Whether a format code is that of a mask; False for integers, IndexError for all else."""
    if code == "?":
        return True
    if code in _INTEGER_CODES:
        return False
    raise IndexError("arrays used as indices must be of integers or bools, not %s" % code)


def _is_bool(value):
    return type(value) is bool or type(value).__name__ in ("bool_", "bool")  # NumPy's, whichever its version


def _index(value):
    try:
        return operator.index(value)
    except TypeError:
        raise IndexError("arrays used as indices must be of integers or bools, not %s" % type(value).__name__) from None


def _native(values):
    """Many values: an object that has their length, to be kept meanwhile, and what the kernels take for them."""
    if isinstance(values, Elements):
        array, window = values._window()
        if window.step != 1 or len(window) != len(array):
            array = values.copy()
        return array, array._raw
    return values, values


def _dimensions(value):
    """Whether `value` is an array of other people's, rather than one value."""
    dimensions = getattr(value, "ndim", None)
    if dimensions is None:
        try:
            dimensions = memoryview(value).ndim
        except TypeError:
            return False
    return dimensions > 0


def _values(array, value, count):
    """`count` values to assign: all of `value`, or it alone as often. TypeError or ValueError if it is neither."""
    checked = make(type(array), array.dtype, {})
    if not array._sorts_natively or not (isinstance(value, _MANY) or _dimensions(value)):
        try:
            checked.append(value)
        except TypeError:
            if not hasattr(type(value), "__iter__"):
                raise
        except ValueError:  # an element of another shape
            if not isinstance(value, _MANY) and not _dimensions(value):
                raise
        else:
            return checked.tolist() * count
    checked.extend(value)
    if len(checked) != count:
        raise ValueError("%d values for %d elements" % (len(checked), count))
    return checked.tolist()
