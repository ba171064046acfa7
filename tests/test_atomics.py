"""Atomic changes of integer elements."""

import random

import pytest

from chunkarray import ChunkArray
from support import ALL, RAW, SIGNED, UNSIGNED, limits, run_together, scaled

THREADS = 8

INTEGERS = [name for name in ALL if name.lstrip(">") in dict(UNSIGNED, **SIGNED, **RAW)]
OTHERS = ["F4", "F8", "BOOL", "U2[2]", ">F8"]
OPERATIONS = {
    "fetch_add": lambda old, x: old + x,
    "fetch_sub": lambda old, x: old - x,
    "fetch_and": lambda old, x: old & x,
    "fetch_or": lambda old, x: old | x,
    "fetch_xor": lambda old, x: old ^ x,
    "fetch_max": max,
    "fetch_min": min,
    "exchange": lambda old, x: x,
}


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(dtype, name):
    low, high = limits(dtype)
    values = [low, high, 0, 1, 5, high // 3, low // 3, *(random.Random(1).randint(low, high) for _ in range(5))]
    for old in values:
        for x in values:
            a = ChunkArray(dtype, [7, old])
            result = OPERATIONS[name](old, x)
            if low <= result <= high:
                assert getattr(a, name)(1, x) == old
                assert a.tolist() == [7, result]
            else:
                with pytest.raises(
                    OverflowError, match=r"^%d is out of range for %s \(%d to %d\)$" % (result, dtype, low, high)
                ):
                    getattr(a, name)(1, x)
                assert a.tolist() == [7, old]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_compare_exchange(dtype):
    low, high = limits(dtype)
    a = ChunkArray(dtype, [low, high])
    assert a.compare_exchange(1, high, 5) is True and a.tolist() == [low, 5]
    assert a.compare_exchange(-1, high, 6) is False and a.tolist() == [low, 5]
    assert a.compare_exchange(0, low, high) is True and a.tolist() == [high, 5]


def test_amounts_may_be_larger_than_an_element():
    a = ChunkArray("U8", [2**64 - 1])
    assert a.fetch_add(0, -(2**64 - 1)) == 2**64 - 1
    assert a.fetch_sub(0, -(2**64 - 1)) == 0 and a[0] == 2**64 - 1
    b = ChunkArray("S1", [-128])
    assert b.fetch_add(0, 255) == -128 and b[0] == 127


@pytest.mark.parametrize("amount", [2**64, -(2**64), 10**40, -(10**40)])
def test_amounts_beyond_any_element(amount):
    a = ChunkArray("S8", [3])
    for name in ("fetch_add", "fetch_sub"):
        with pytest.raises(OverflowError, match="out of range"):
            getattr(a, name)(0, amount)
    assert a.tolist() == [3]


@pytest.mark.parametrize("dtype", OTHERS)
def test_elements_that_are_no_integers(dtype):
    a = ChunkArray(dtype)
    a.frombytes(bytes(a.itemsize))
    for name in OPERATIONS:
        with pytest.raises(
            TypeError, match="^%s.. needs integer elements, not %s$" % (name, dtype.replace("[", r"\["))
        ):
            getattr(a, name)(0, 0)
    with pytest.raises(TypeError, match="^compare_exchange.. needs integer elements"):
        a.compare_exchange(0, 0, 1)


def test_bad_arguments():
    a = ChunkArray("U1", [1, 2])
    for name in OPERATIONS:
        operation = getattr(a, name)
        for index in (2, -3, 10**12):
            with pytest.raises(IndexError, match="^index %d is out of range for length 2$" % index):
                operation(index, 1)
        for value in (1.0, "1", None, [1]):
            with pytest.raises(TypeError, match="U1"):
                operation(0, value)
        with pytest.raises(TypeError):
            operation("0", 1)
        with pytest.raises(TypeError):
            operation(0)
        with pytest.raises(TypeError):
            operation(0, 1, 2)
        with pytest.raises(TypeError):
            operation(0, value=1)
    for old, new in ((256, 1), (1, 256), (-1, 0)):
        with pytest.raises(OverflowError):
            a.compare_exchange(0, old, new)
    with pytest.raises(TypeError):
        a.compare_exchange(0, 1, "2")
    with pytest.raises(OverflowError, match="out of range for U1"):
        a.fetch_or(0, 256)
    assert a.tolist() == [1, 2]


def test_an_operand_that_shortens_the_array():
    a = ChunkArray("U4", [1, 2])

    class Shortens:
        def __index__(self):
            a.truncate(1)
            return 1

    for change in (lambda: a.fetch_add(1, Shortens()), lambda: a.exchange(0 - 1, Shortens())):
        try:
            change()
        except IndexError:
            pass
    assert a.tolist() == [1]


def test_raw_elements_take_bytes():
    a = ChunkArray(">B2", [0x0102])
    assert a.fetch_or(0, b"\x80\x01") == 0x0102 and a[0] == 0x8103
    assert a.compare_exchange(0, b"\x81\x03", 1) and a[0] == 1


@pytest.mark.parametrize("dtype", ["U2", ">S4", "U8", ">B8", "S8"])
def test_many_threads_lose_no_change(dtype):
    a = ChunkArray(dtype, [0, 0, 0])
    each = scaled(3000, least=100)

    def count():
        for _ in range(each):
            a.fetch_add(0, 1)

    def count_by_comparing():
        for _ in range(each):
            while True:
                old = a[1]
                if a.compare_exchange(1, old, old + 1):
                    break

    def record(t):
        def run():
            for k in range(each):
                a.fetch_max(2, k * THREADS + t)

        return run

    half = THREADS // 2
    run_together(*[count] * half, *[count_by_comparing] * half, *map(record, range(THREADS)))
    assert a.tolist() == [half * each, half * each, THREADS * each - 1]
