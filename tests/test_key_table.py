"""KeyTable: a mutable mapping of str to typed values, beside dict."""

import copy
import pickle
import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import ItemsView, KeysView, Mapping, MutableMapping, ValuesView

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkarray import ChunkArray, KeyTable
from support import ALL, IMPLEMENTATION, collect, limits, needs_numpy, sample, scaled

# Two texts with one 64-bit FNV-1a hash.
TWINS = ["8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ"]
ODD_KEYS = ["", "a", "a\0b", "\0", "Kármán", "日本", "\U0001f600", "\ud800", "x" * 1000]
if IMPLEMENTATION != "graalpy":  # whose codec makes one character of two surrogates
    ODD_KEYS.append("\ud83d\ude00")


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def test_as_a_dict():
    t = KeyTable("F8", {"speed": 12.5, "time": 1})
    assert isinstance(t, MutableMapping) and isinstance(t, Mapping)
    assert t["speed"] == 12.5 and t["time"] == 1.0 and type(t["time"]) is float
    t["altitude"] = 900
    t["speed"] += 0.5
    assert list(t) == ["speed", "time", "altitude"] and len(t) == 3
    assert "time" in t and "pressure" not in t
    assert t.get("time") == 1.0 and t.get("pressure") is None and t.get("pressure", 7) == 7
    del t["time"]
    assert list(t.items()) == [("speed", 13.0), ("altitude", 900.0)]
    t["time"] = 2
    assert list(t) == ["speed", "altitude", "time"] == list(reversed(list(reversed(t))))
    assert t.pop("altitude") == 900.0 and t.pop("altitude", None) is None
    assert t.popitem() == ("time", 2.0)
    assert t.setdefault("speed", 99) == 13.0 and t.setdefault("new", 99) == 99.0 and t.setdefault("zero") == 0.0
    assert t.setdefault("speed", "not looked at") == 13.0
    t.clear()
    assert len(t) == 0 and not t and list(t) == []


def test_missing_keys():
    t = KeyTable("F8", {"a": 1})
    for attempt in (lambda: t["b"], lambda: t.pop("b"), lambda: t.__delitem__("b")):
        with pytest.raises(KeyError) as raised:
            attempt()
        assert raised.value.args == ("b",)
    with pytest.raises(KeyError, match="the table is empty"):
        KeyTable("F8").popitem()
    assert dict(t) == {"a": 1.0}


@pytest.mark.parametrize("key", [1, None, b"a", ("a",), 1.5, ["a"]])
def test_keys_are_str(key):
    t = KeyTable("F8", {"a": 1})
    attempts = (
        lambda: t[key],
        lambda: t.__setitem__(key, 1),
        lambda: t.__delitem__(key),
        lambda: key in t,
        lambda: t.get(key),
        lambda: t.pop(key),
        lambda: t.pop(key, 1),
        lambda: t.setdefault(key, 1),
        lambda: t.update([(key, 1)]),
    )
    for attempt in attempts:
        with pytest.raises(TypeError, match="the keys of a KeyTable are str, not " + type(key).__name__):
            attempt()
    assert dict(t) == {"a": 1.0}


def test_str_subclasses():
    class Name(str):
        pass

    t = KeyTable("U1", {Name("a"): 1})
    assert t["a"] == 1 and t[Name("a")] == 1
    assert [type(key) for key in t] == [str]


def test_odd_keys():
    t = KeyTable("U4", {key: k for k, key in enumerate(ODD_KEYS)})
    assert list(t) == ODD_KEYS
    for k, key in enumerate(ODD_KEYS):
        assert key in t and t[key] == k and t.get(key) == k
        assert key + "?" not in t
    assert pickle.loads(pickle.dumps(t)) == t == dict(t)
    for k, key in enumerate(ODD_KEYS):
        assert t.pop(key) == k
        assert list(t) == ODD_KEYS[k + 1 :]


def test_collisions():
    assert fnv1a(TWINS[0]) == fnv1a(TWINS[1])
    t = KeyTable("U1", {TWINS[0]: 1})
    assert TWINS[1] not in t and t.get(TWINS[1]) is None
    with pytest.raises(KeyError):
        t[TWINS[1]]
    with pytest.raises(KeyError):
        del t[TWINS[1]]
    t[TWINS[1]] = 2
    assert (t[TWINS[0]], t[TWINS[1]]) == (1, 2)
    del t[TWINS[0]]
    assert list(t.items()) == [(TWINS[1], 2)]


@pytest.mark.parametrize("dtype", sorted(ALL))
def test_values_of_every_dtype(dtype):
    values = sample(dtype)
    t = KeyTable(dtype, zip("abc", values))
    assert list(t.values()) == values and [type(v) for v in t.values()] == [type(v) for v in values]
    assert t.dtype == ChunkArray(dtype).dtype and t.itemsize == ALL[dtype] and t.nbytes == 3 * ALL[dtype]
    for bad, error in (("1", TypeError), (None, TypeError), ([], TypeError)):
        for attempt in (lambda: t.__setitem__("a", bad), lambda: t.setdefault("new", bad), lambda: t.update(z=bad)):
            with pytest.raises(error):
                attempt()
    if dtype.lstrip(">")[0] in "USB" and dtype != "BOOL":
        low, high = limits(dtype)
        for number in (low - 1, high + 1):
            with pytest.raises(OverflowError, match=str(number)):
                t["a"] = number
    assert list(t.items()) == list(zip("abc", values))


def test_shapes_times_and_names_of_dtypes():
    import datetime

    shaped = KeyTable("F4[2]", {"a": (1, 2)})
    assert shaped["a"] == (1.0, 2.0) and shaped.itemsize == 8
    with pytest.raises(ValueError):
        shaped["a"] = (1, 2, 3)
    moment = datetime.datetime(2026, 11, 21, 13, 5)
    assert KeyTable("TIME[s]", {"a": moment})["a"] == moment
    assert (KeyTable(float).dtype, KeyTable(bool).dtype, KeyTable("int32").dtype) == ("F8", "BOOL", "S4")
    with pytest.raises(ValueError):
        KeyTable("Q8")
    with pytest.raises(TypeError):
        KeyTable(object())
    with pytest.raises(TypeError):
        KeyTable()


@pytest.mark.parametrize("capacity, error", [(-1, ValueError), (2**61, MemoryError), ("1", TypeError)])
def test_bad_capacities(capacity, error):
    with pytest.raises(error):
        KeyTable("F8", capacity=capacity)


def test_update_is_all_or_nothing():
    t = KeyTable("U1", {"a": 1})

    def pairs():
        yield "b", 2
        raise ZeroDivisionError

    attempts = [
        ({"b": 2, "c": 256}, OverflowError),
        ({"b": 2, 3: 3}, TypeError),
        ([("b", 2), ("c",)], ValueError),
        ([("b", 2), 5], TypeError),
        (pairs(), ZeroDivisionError),
        (5, TypeError),
    ]
    for bad, error in attempts:
        with pytest.raises(error):
            t.update(bad)
        assert dict(t) == {"a": 1}
    with pytest.raises(OverflowError):
        t.update({"b": 2}, c=-1)
    assert dict(t) == {"a": 1}
    t.update({"b": 2, "a": 3}, c=4)
    t.update([("d", 5)])
    t.update(OrderedDict(e=6))
    t.update(t)
    assert list(t.items()) == [("a", 3), ("b", 2), ("c", 4), ("d", 5), ("e", 6)]
    with pytest.raises(OverflowError):
        KeyTable("U1", {"a": 300})


def test_union():
    t, other = KeyTable("F8", {"a": 1, "b": 2}), KeyTable("S4", {"b": 3, "c": 4})
    both = t | other
    assert type(both) is KeyTable and both.dtype == "F8" and list(both.items()) == [("a", 1), ("b", 3), ("c", 4)]
    assert list((t | {"c": 4}).items()) == [("a", 1), ("b", 2), ("c", 4)]
    turned = {"c": 4, "a": 0} | t
    assert list(turned.items()) == [("c", 4), ("a", 1), ("b", 2)]
    assert list(t) == ["a", "b"]
    t |= {"z": 26}
    t |= [("y", 25)]
    assert list(t) == ["a", "b", "z", "y"]
    for bad in (5, [("a", 1)], "text"):
        with pytest.raises(TypeError):
            t | bad


def test_views():
    t = KeyTable("U1", {"a": 1, "b": 2})
    keys, values, items = t.keys(), t.values(), t.items()
    assert isinstance(keys, KeysView) and isinstance(values, ValuesView) and isinstance(items, ItemsView)
    t["c"] = 3
    assert list(keys) == ["a", "b", "c"] and list(values) == [1, 2, 3] and len(items) == 3
    assert list(reversed(keys)) == ["c", "b", "a"] and list(reversed(values)) == [3, 2, 1]
    assert list(reversed(items)) == [("c", 3), ("b", 2), ("a", 1)]
    assert keys == {"a", "b", "c"} == t.keys() and keys & {"a", "z"} == {"a"} and keys - {"a"} == {"b", "c"}
    assert ("b", 2) in items and ("b", 3) not in items and ("z", 3) not in items
    assert 2 in values and 9 not in values
    assert repr(keys) == "KeyTableKeys(['a', 'b', 'c'])" and repr(values) == "KeyTableValues([1, 2, 3])"
    assert repr(items) == "KeyTableItems([('a', 1), ('b', 2), ('c', 3)])"


def test_iterators_go_over_what_there_was():
    t = KeyTable("U1", {"a": 1, "b": 2})
    seen = []
    for key in t:
        seen.append(key)
        t[key + key] = 3
        t.pop("b", None)
    assert seen == ["a", "b"] and list(t) == ["a", "aa", "bb"]


def test_equality():
    t = KeyTable("F8", {"a": 1, "b": 2})
    assert t == {"b": 2, "a": 1} and {"a": 1.0, "b": 2} == t and t == KeyTable("S4", {"b": 2, "a": 1})
    assert t != {"a": 1} and t != {"a": 1, "b": 3} and t != {"a": 1, 2: 2} and t != [("a", 1)] and not t == 5
    with pytest.raises(TypeError, match="unhashable"):
        hash(t)


def test_copies_and_pickles():
    t = KeyTable(">S2", {key: k for k, key in enumerate(ODD_KEYS)}, capacity=100)
    copies = [t.copy(), copy.copy(t), copy.deepcopy(t)]
    copies += [pickle.loads(pickle.dumps(t, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for other in copies:
        assert type(other) is KeyTable and other == t and list(other) == list(t)
        assert (other.dtype, other.capacity) == (">S2", 100)
        other["a"] = -5
        assert t["a"] == 1


class Named(KeyTable):
    def __init__(self, name):
        super().__init__("F8")
        self.name = name


def test_subclasses():
    t = Named("wind")
    t["a"] = 1
    for other in (copy.copy(t), copy.deepcopy(t), pickle.loads(pickle.dumps(t))):
        assert type(other) is Named and other.name == "wind" and other == {"a": 1}
    assert type(t.copy()) is Named and type(t | {}) is Named and type({} | t) is Named
    reference = weakref.ref(t)
    del t, other
    if IMPLEMENTATION != "graalpy":  # which has its own time for finding it dead
        collect(lambda: reference() is None)
        assert reference() is None


@pytest.mark.parametrize(
    "change, error",
    [
        ({0: dict}, TypeError),
        ({1: "Q8"}, ValueError),
        ({1: 5}, TypeError),
        ({2: -1}, ValueError),
        ({3: ("a", "b")}, TypeError),
        ({3: ["a", 1]}, TypeError),
        ({3: ["a"]}, ValueError),
        ({4: b"\0"}, ValueError),
        ({4: "ab"}, TypeError),
    ],
)
def test_damaged_pickles(change, error):
    make, arguments = KeyTable("U1", {"a": 1, "b": 2}).__reduce__()
    arguments = [change.get(k, argument) for k, argument in enumerate(arguments)]
    with pytest.raises(error):
        make(*arguments)
    make, arguments = KeyTable("BOOL", {"a": True}).__reduce__()
    with pytest.raises(ValueError):
        make(*arguments[:-1], b"\2")


def test_fromkeys():
    t = KeyTable.fromkeys("F8", ["a", "b", "a"], 1.5)
    assert type(t) is KeyTable and list(t.items()) == [("a", 1.5), ("b", 1.5)]
    assert KeyTable.fromkeys("U1", "ab") == {"a": 0, "b": 0}


def test_repr():
    assert repr(KeyTable("F8")) == "KeyTable('F8', {})"
    assert repr(KeyTable("F8", {"a": 1, "b'": 2})) == "KeyTable('F8', {'a': 1.0, \"b'\": 2.0})"
    many = KeyTable("U2", {str(k): k for k in range(500)})
    assert repr(many) == ("KeyTable('U2', {'0': 0, '1': 1, '2': 2, ..., '497': 497, '498': 498, '499': 499}, len=500)")
    assert repr(Named("wind")) == "Named('F8', {})"


def test_values_are_chunks():
    t = KeyTable("F8", {str(k): k for k in range(500)})
    chunks = t.chunks()
    assert [x for chunk in chunks for x in memoryview(chunk)] == [float(k) for k in range(500)]
    address = chunks[0].address
    view = memoryview(chunks[0])
    for k in range(500, 1000):
        t[str(k)] = k
    assert t.chunks()[0].address == address
    t["0"] = -1
    assert view[0] == -1.0
    view[1] = -2.0
    assert t["1"] == -2.0
    del t["0"]
    assert view[0] == -2.0 and t["2"] == 2.0 and len(t) == 999
    del t
    collect()
    assert view[0] == -2.0


@needs_numpy
def test_values_as_numpy():
    import numpy

    t = KeyTable("F8", {"a": 1, "b": 2})
    values = t.numpy(copy=False)
    assert values.tolist() == [1.0, 2.0] and values.dtype == "f8"
    values *= 2
    assert t["b"] == 4.0
    t["c"] = 9
    assert t.numpy().tolist() == [2.0, 4.0, 9.0]
    many = KeyTable("U4", {str(k): k for k in range(200)})
    assert many.numpy().tolist() == list(range(200)) and not many.numpy().flags.writeable
    with pytest.raises(ValueError):
        many.numpy(copy=False)
    mine = many.numpy(copy=True)
    mine[0] = 5
    assert many["0"] == 0
    one_piece = KeyTable("U4", {str(k): k for k in range(200)}, capacity=1000)
    assert one_piece.capacity == 1000 > many.capacity == 64 and one_piece.numpy(copy=False).tolist() == list(range(200))
    assert KeyTable("F4[2]").numpy().shape == (0, 2) and KeyTable(">S2").numpy().dtype == numpy.dtype(">i2")


def test_memory():
    t = KeyTable("F8")
    for k in range(1000):
        t["key %d" % k] = k
    assert 1000 * (8 + 12 + 7) <= t.committed_bytes <= 1000 * 2 * (8 + 12 + 8) + 4096
    if IMPLEMENTATION != "pypy":  # which knows no object's size
        assert t.committed_bytes < sys.getsizeof(t) < t.committed_bytes + 1000


# Random operations beside a dict.

KEYS = st.sampled_from(["", "a", "b", "ab", "a\0", "é", "\ud800"] + TWINS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["set", "setdefault", "update"]), KEYS, st.integers(-3, 260)),
        st.tuples(st.sampled_from(["get", "del", "pop", "popitem", "in"]), KEYS, st.just(0)),
    ),
    max_size=60,
)


@given(STEPS)
def test_as_a_dict_does(steps):
    t, model = KeyTable("U1"), {}
    for name, key, value in steps:
        if name in ("set", "setdefault", "update") and not 0 <= value <= 255:
            if name != "setdefault" or key not in model:
                with pytest.raises(OverflowError):
                    t.setdefault(key, value) if name == "setdefault" else t.update({"new": 1, key: value})
            continue
        outcomes = []
        for mapping in (t, model):
            try:
                if name == "set":
                    outcomes.append(mapping.__setitem__(key, value))
                elif name == "setdefault":
                    outcomes.append(mapping.setdefault(key, value))
                elif name == "update":
                    outcomes.append(mapping.update({key: value, "a": value}))
                elif name == "get":
                    outcomes.append((mapping.get(key), mapping[key]))
                elif name == "del":
                    outcomes.append(mapping.__delitem__(key))
                elif name == "pop":
                    outcomes.append((mapping.pop(key, None), mapping.pop(key)))
                elif name == "popitem":
                    outcomes.append(mapping.popitem())
                else:
                    outcomes.append(key in mapping)
            except KeyError as error:
                outcomes.append(KeyError if name == "popitem" else error.args)
        assert outcomes[0] == outcomes[1]
        assert list(t.items()) == list(model.items()) and len(t) == len(model)


def test_many_threads():
    t, failures = KeyTable("S8"), []
    rounds = scaled(200, least=20)

    def work(number):
        try:
            for k in range(rounds):
                t["%d/%d" % (number, k)] = k
                t["shared"] = number
                assert t["%d/%d" % (number, k)] == k
                t.setdefault("once", number)
                if k % 2:
                    assert t.pop("%d/%d" % (number, k)) == k
                if k % 50 == 0:
                    assert len(list(t.items())) <= 8 * rounds + 2
                    t.update(t)  # may bring back what was just popped, but nothing that never was
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for key, value in t.items():
        assert key in ("shared", "once") or int(key.split("/")[1]) == value
    for number in range(8):
        assert all("%d/%d" % (number, k) in t for k in range(0, rounds, 2))
