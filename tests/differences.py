"""The closed list of what a ChunkArray does otherwise than list and array.array.

One table, which the tests take what they may tolerate from, and which docs/differences.md prints word by word.
Each entry: a name, the words of the documentation, and what ChunkArray and its model do in an example.
"""

from array import array

from chunkarray import ChunkArray, Slice


def _slices_are_views():
    a, model = ChunkArray("S8", [1, 2, 3]), [1, 2, 3]
    view, copied = a[1:], model[1:]
    a[1] = model[1] = 9
    return type(view) is Slice and view.tolist() == [9, 3] and copied == [2, 3]


def _slice_assignment_keeps_the_length():
    a, model = ChunkArray("S8", [1, 2, 3]), [1, 2, 3]
    model[1:2] = [7, 7]
    return _raised(ValueError, lambda: a.__setitem__(slice(1, 2), [7, 7])) and model == [1, 7, 7, 3]


def _elements_never_move():
    a = ChunkArray("S8", [1, 2, 3])
    refused = (
        lambda: a.insert(1, 5),
        lambda: a.remove(2),
        lambda: a.pop(0),
        lambda: a.__delitem__(0),
        lambda: a.__delitem__(slice(0, 1)),
    )
    return all(_raised(TypeError, action, "never move") for action in refused) and a.tolist() == [1, 2, 3]


def _a_failed_extend_adds_nothing():
    a, model = ChunkArray("S8"), array("q")
    failed = _raised(TypeError, lambda: a.extend([1, "x"])), _raised(TypeError, lambda: model.extend([1, "x"]))
    return all(failed) and len(a) == 0 and len(model) == 1


def _too_large_for_f4():
    model = array("f", [1e39])
    return _raised(OverflowError, lambda: ChunkArray("F4", [1e39])) and model[0] == float("inf")


def _extends_by_any_iterable():
    a, model = ChunkArray("F8"), array("d")
    a.extend(array("i", [1]))
    return a.tolist() == [1.0] and _raised(TypeError, lambda: model.extend(array("i", [1])))


def _sorts_nan_last():
    nan = float("nan")
    a = ChunkArray("F8", [2.0, nan, 1.0])
    a.sort()
    return a.tolist()[:2] == [1.0, 2.0] and a[2] != a[2]


def _raised(error, action, words=""):
    try:
        action()
    except error as raised:
        return words in str(raised)
    return False


DIFFERENCES = [
    (
        "slices are views",
        "`a[2:10]` is a `Slice`: a live window on the array, with its own length. `a[2:10].copy()` is a copy. "
        "`list` and `array.array` copy.",
        _slices_are_views,
    ),
    (
        "slice assignment keeps the length",
        "`a[2:4] = values` takes as many values as it replaces; other numbers are a ValueError.",
        _slice_assignment_keeps_the_length,
    ),
    (
        "elements never move",
        "`insert`, `remove`, `pop(i)` and `del a[i]` are TypeErrors that say so, but for the last elements: "
        "`del a[-1]`, `del a[n:]`, `pop()`.",
        _elements_never_move,
    ),
    (
        "a failed extend adds nothing",
        "`extend` and `+=` add all values or none. `list` and `array.array` keep those before the bad one.",
        _a_failed_extend_adds_nothing,
    ),
    (
        "too large for F4",
        "A finite value too large for `F4` is an OverflowError; `array.array('f')` stores infinity.",
        _too_large_for_f4,
    ),
    (
        "extends by any iterable",
        "`extend` and `+=` take any iterable, an array of another dtype too, as `list` does, and check each value; "
        "`array.array` takes arrays of its own type only. `+` joins arrays of one dtype only, as `array.array`'s.",
        _extends_by_any_iterable,
    ),
    (
        "sorts NaN last",
        "`sort()` puts NaN behind all numbers, as NumPy does; `list.sort()` leaves any order around it.",
        _sorts_nan_last,
    ),
]


def as_markdown():
    """The list as docs/differences.md prints it."""
    return "".join("- **%s**: %s\n" % (name, words) for name, words, _ in DIFFERENCES)
