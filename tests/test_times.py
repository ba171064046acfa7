"""TIME and SPAN: what they take, what they give, and that this is what NumPy does."""

import sys
from datetime import date, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chunkarray import ChunkArray
from support import needs_numpy, ways_in

UNITS = ["s", "ms", "us", "ns"]
WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
MICROSECONDS = {"s": 10**6, "ms": 1000, "us": 1}
NAT = -(2**63)
EPOCH = datetime(1970, 1, 1)

COUNTS = st.one_of(
    st.integers(NAT, 2**63 - 1),
    st.integers(-(2**36), 2**38),  # seconds that a datetime holds
    st.integers(-(2**46), 2**48),  # milliseconds
    st.integers(-(2**56), 2**58),  # microseconds
)
DTYPES = st.builds(
    "{}{}[{}]".format, st.sampled_from(["", ">"]), st.sampled_from(["TIME", "SPAN"]), st.sampled_from(UNITS)
)


def unit_of(dtype):
    return dtype.split("[")[1].split("]")[0]


@pytest.mark.parametrize("order", ["", ">"])
@pytest.mark.parametrize("unit", UNITS)
def test_times(order, unit):
    moments = [datetime(2026, 11, 21, 12, 30, 59), EPOCH, datetime(1969, 12, 31, 23, 59, 59), datetime(2262, 4, 11)]
    a = ChunkArray("%sTIME[%s]" % (order, unit), moments)
    a.append(None)
    if unit == "ns":
        assert a.tolist() == [(moment - EPOCH) // timedelta(microseconds=1) * 1000 for moment in moments] + [None]
    else:
        assert a.tolist() == moments + [None]
        assert [type(x) for x in a] == [datetime] * 4 + [type(None)]
        assert a[0].tzinfo is None
        assert a.index(moments[2]) == 2 and moments[3] in a and a.count(None) == 1 and datetime(2000, 1, 1) not in a
    assert a.itemsize == 8 and a.nbytes == 40
    assert a.pop() is None and a == a.copy()
    a[0] = moments[1]
    assert a[0] == a[1] and a.at(0) == a[1]
    assert list(reversed(a)) == a.tolist()[::-1] and a[1:3].tolist() == a.tolist()[1:3]


@pytest.mark.parametrize("order", ["", ">"])
@pytest.mark.parametrize("unit", UNITS)
def test_spans(order, unit):
    spans = [timedelta(seconds=90), timedelta(0), timedelta(days=-3, seconds=1)]
    a = ChunkArray("%sSPAN[%s]" % (order, unit), spans + [None])
    if unit == "ns":
        assert a.tolist() == [90 * 10**9, 0, (1 - 3 * 86400) * 10**9, None]
    else:
        assert a.tolist() == spans + [None]
        assert type(a[0]) is timedelta and spans[2] in a and a.index(None) == 3


def test_bytes_are_counts_in_the_order_of_the_dtype():
    assert ChunkArray("TIME[s]", [EPOCH + timedelta(seconds=258)]).tobytes() == b"\2\1\0\0\0\0\0\0"
    assert ChunkArray(">SPAN[ms]", [timedelta(milliseconds=258)]).tobytes() == b"\0\0\0\0\0\0\1\2"
    assert ChunkArray("SPAN[ms]", [None]).tobytes() == b"\0\0\0\0\0\0\0\x80"
    a = ChunkArray("TIME[us]")
    a.frombytes(b"\0" * 16)
    assert a.tolist() == [EPOCH, EPOCH]


def test_ints_are_counts():
    a = ChunkArray("TIME[ms]", [1500, -1, True])
    assert a.tolist() == [EPOCH + timedelta(milliseconds=n) for n in (1500, -1, 1)]

    class Number:
        def __index__(self):
            return 7

    a.append(Number())
    assert a[-1] == EPOCH + timedelta(milliseconds=7)
    assert ChunkArray("SPAN[ns]", range(3)).tolist() == [0, 1, 2]


def test_dates_are_their_midnight():
    assert ChunkArray("TIME[s]", [date(2020, 2, 29), date.min]).tolist() == [datetime(2020, 2, 29), datetime.min]


def test_aware_datetimes_are_converted_to_utc():
    east = timezone(timedelta(hours=5, minutes=30))
    a = ChunkArray("TIME[s]", [datetime(2020, 1, 1, tzinfo=east), datetime(2020, 1, 1, tzinfo=timezone.utc)])
    assert a.tolist() == [datetime(2019, 12, 31, 18, 30), datetime(2020, 1, 1)]
    # Beyond what a datetime in UTC holds.
    a.append(datetime(1, 1, 1, tzinfo=east))
    assert a[-1] == (datetime.min - EPOCH) // timedelta(seconds=1) - 19800


@pytest.mark.parametrize("unit", UNITS[:3])
def test_what_datetime_and_timedelta_cannot_hold_is_an_int(unit):
    each = MICROSECONDS[unit]
    for kind, least, greatest in (
        ("TIME", datetime.min - EPOCH, datetime.max - EPOCH),
        ("SPAN", timedelta.min, timedelta.max),
    ):
        low, high = -(-(least // timedelta(microseconds=1)) // each), greatest // timedelta(microseconds=1) // each
        a = ChunkArray("%s[%s]" % (kind, unit))
        for count, inside in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
            if abs(count) >= 2**63:
                continue
            a.append(count)
            assert isinstance(a[-1], int) != inside
            assert a[-1] != count if inside else a[-1] == count
            a.append(a[-1])  # and back
            assert a[-1] == a[-2]
    least = ChunkArray("SPAN[%s]" % unit, [NAT + 1])[0]
    assert least == (timedelta(microseconds=NAT + 1) if unit == "us" else NAT + 1)


@pytest.mark.parametrize(
    "dtype, bad",
    [
        ("TIME[s]", datetime(2020, 1, 1, 0, 0, 0, 1)),
        ("TIME[ms]", datetime(2020, 1, 1, 0, 0, 0, 1001)),
        (">TIME[ms]", datetime(1969, 1, 1, 0, 0, 0, 999)),
        ("SPAN[s]", timedelta(milliseconds=-1)),
        ("SPAN[ms]", timedelta(microseconds=1)),
    ],
)
def test_what_is_no_whole_number_of_the_unit(dtype, bad):
    a = ChunkArray(dtype, [5])
    for action in ways_in(a, bad, 1):
        with pytest.raises(ValueError) as caught:
            action()
        assert str(caught.value) == "%r is no whole number of %s for %s" % (bad, WORDS[unit_of(dtype)], dtype)
    assert a == ChunkArray(dtype, [5])


@pytest.mark.parametrize(
    "dtype, bad",
    [
        ("TIME[ns]", datetime(2300, 1, 1)),
        ("TIME[ns]", date(1600, 1, 1)),
        (">SPAN[ns]", timedelta(days=110_000)),
        ("SPAN[us]", timedelta(days=-999_999_999)),
        ("TIME[s]", 2**63),
        ("SPAN[ms]", -(2**63) - 1),
        (">TIME[us]", 10**30),
    ],
)
def test_out_of_range(dtype, bad):
    a = ChunkArray(dtype, [5])
    for action in ways_in(a, bad, 1):
        with pytest.raises(OverflowError) as caught:
            action()
        assert str(caught.value) == "%r is out of range for %s (-9223372036854775808 to 9223372036854775807)" % (
            bad,
            dtype,
        )
    assert a == ChunkArray(dtype, [5])


@pytest.mark.parametrize("kind, takes", [("TIME", "a datetime, a date or an int"), ("SPAN", "a timedelta or an int")])
@pytest.mark.parametrize("unit", UNITS)
def test_wrong_types(kind, takes, unit):
    dtype = "%s[%s]" % (kind, unit)
    a = ChunkArray(dtype, [5])
    for bad in ("2020-01-01", b"", 1.0, [1], (), object(), timedelta(1) if kind == "TIME" else datetime(2020, 1, 1)):
        for action in ways_in(a, bad, 1):
            with pytest.raises(TypeError) as caught:
                action()
            assert str(caught.value) == "%s takes %s, not %s" % (dtype, takes, type(bad).__name__)
    assert a == ChunkArray(dtype, [5])


def test_errors_of_users_classes_pass():
    class Broken:
        def __index__(self):
            raise ZeroDivisionError("mine")

    class Zone(tzinfo):
        def utcoffset(self, moment):
            raise ZeroDivisionError("mine")

    for dtype, bad in (("SPAN[s]", Broken()), ("TIME[s]", datetime(2020, 1, 1, tzinfo=Zone()))):
        a = ChunkArray(dtype, [1])
        for action in ways_in(a, bad, 1):
            with pytest.raises(ZeroDivisionError, match="mine"):
                action()
        assert len(a) == 1


def test_conversions_may_change_the_array():
    class Clears:
        def __index__(self):
            a.clear()
            return 1

    a = ChunkArray("SPAN[s]", [1, 2, 3])
    with pytest.raises(IndexError):
        a[2] = Clears()
    assert a.tolist() == []


def test_fixed_shapes():
    a = ChunkArray("TIME[s][2]", [(EPOCH, None)])
    a.append([date(2000, 1, 1), 5])
    assert a.dtype == "TIME[s][2]" and a.itemsize == 16
    assert a.tolist() == [(EPOCH, None), (datetime(2000, 1, 1), EPOCH + timedelta(seconds=5))]
    for bad, error in (((1, "x"), TypeError), ((1, 2, 3), ValueError), ((timedelta(1), 1), TypeError)):
        with pytest.raises(error, match=r"TIME\[s\]\[2\]"):
            a.append(bad)
    nested = ChunkArray(">SPAN[ms][2,1]", [((1,), (None,))])
    assert nested[0] == ((timedelta(milliseconds=1),), (None,))


def test_repr():
    a = ChunkArray("TIME[ns]", [datetime(2026, 11, 21, 8, 5, 3), 1, None])
    assert repr(a) == "ChunkArray('TIME[ns]', [%s])" % ", ".join(
        ["2026-11-21T08:05:03.000000000", "1970-01-01T00:00:00.000000001", "NaT"]
    )
    assert repr(ChunkArray("TIME[s]", [date(7, 1, 2)])) == "ChunkArray('TIME[s]', [0007-01-02T00:00:00])"
    assert repr(ChunkArray(">TIME[ms]", [-1])) == "ChunkArray('>TIME[ms]', [1969-12-31T23:59:59.999])"
    assert repr(ChunkArray("SPAN[us]", [5, None])[:]) == "Slice('SPAN[us]', [5, NaT])"
    assert repr(ChunkArray("SPAN[s][2]", [(1, None)])) == "ChunkArray('SPAN[s][2]', [(1, NaT)])"
    # Beyond datetime's years, too.
    assert repr(ChunkArray("TIME[s]", [2**40])) == "ChunkArray('TIME[s]', [36812-02-20T00:36:16])"


def test_a_chunk_of_times():
    a = ChunkArray("TIME[ms]", [EPOCH, None])
    (chunk,) = a.chunks()
    view = memoryview(chunk)
    assert view.format == "q" and view.tolist() == [0, NAT]
    assert chunk.__array_interface__["typestr"] == "<M8[ms]" and chunk.dtype == "TIME[ms]"
    assert list(chunk) == [EPOCH, None]
    chunk[1] = date(2020, 1, 1)
    assert a[1] == datetime(2020, 1, 1)
    # Its memory is one of integers, but they are no counts of another unit, nor integers.
    assert ChunkArray("TIME[us]", chunk).tolist() == a.tolist()
    with pytest.raises(TypeError, match="S8 takes an int, not datetime"):
        ChunkArray("S8", chunk)
    with pytest.raises(TypeError):
        ChunkArray("TIME[ms]", ChunkArray("SPAN[ms]", [1]).chunks()[0])
    assert ChunkArray("TIME[ms]", memoryview(chunk)) == a


def test_arrays_of_other_units():
    a = ChunkArray("TIME[s]", [EPOCH, None, datetime(2020, 1, 1)])
    b = ChunkArray("TIME[us]", a)
    assert b.tolist() == a.tolist() and b == a
    assert ChunkArray("TIME[s]", b) == a
    b.append(datetime(2020, 1, 1, 0, 0, 0, 1))
    with pytest.raises(ValueError):
        a.extend(b)
    assert len(a) == 3


def test_pickles_and_copies():
    import copy
    import pickle

    for dtype in ("TIME[ns]", ">SPAN[s]", "TIME[ms][2]"):
        a = ChunkArray(dtype, [(1, None)] if "][" in dtype else [1, None])
        for b in (pickle.loads(pickle.dumps(a)), copy.copy(a), copy.deepcopy(a), a.copy()):
            assert b == a and b.dtype == dtype


@given(DTYPES, st.lists(COUNTS, max_size=6))
@example("TIME[s]", [NAT, NAT + 1, 0, 2**63 - 1])
def test_counts_come_back(dtype, counts):
    a = ChunkArray(dtype, counts)
    order = "big" if dtype.startswith(">") else "little"
    assert a.tobytes() == b"".join(count.to_bytes(8, order, signed=True) for count in counts)
    assert ChunkArray(dtype, a.tolist()) == a
    for value, count in zip(a, counts):
        if count == NAT:
            assert value is None
        elif isinstance(value, int):
            assert value == count
        else:
            assert (value - EPOCH if "TIME" in dtype else value) == timedelta(
                microseconds=count * MICROSECONDS[unit_of(dtype)]
            )


@given(st.sampled_from(UNITS), st.datetimes() | st.datetimes(timezones=st.just(timezone(timedelta(hours=-7)))))
def test_datetimes_come_back(unit, moment):
    a = ChunkArray("TIME[%s]" % unit)
    utc = moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta(0)) if moment.year not in (1, 9999) else None
    try:
        a.append(moment)
    except (ValueError, OverflowError) as error:
        assert len(a) == 0
        if isinstance(error, ValueError):
            assert moment.microsecond % MICROSECONDS[unit]
        else:
            assert unit == "ns" and not 1677 < moment.year < 2262
    else:
        if utc is not None and unit != "ns":
            assert a[0] == utc


@needs_numpy
@pytest.mark.skipif(sys.version_info < (3, 10), reason="needs a NumPy whose item() of a span minds timedelta's range")
@given(DTYPES, st.lists(COUNTS, max_size=6))
def test_values_are_numpys(dtype, counts):
    import numpy

    a = ChunkArray(dtype, counts)
    view = a.numpy()
    described = "%s%s8[%s]" % (">" if dtype.startswith(">") else "<", "M" if "TIME" in dtype else "m", unit_of(dtype))
    assert view.dtype == numpy.dtype(described) and view.dtype.str == described
    assert view.shape == (len(counts),)
    items = view.tolist()  # as .item() of each
    assert a.tolist() == items and [type(x) for x in a] == [type(x) for x in items]
    assert ChunkArray(dtype, list(view)) == a  # its scalars
    assert ChunkArray(dtype, view) == a  # its memory
    assert ChunkArray(view.dtype, view[::-2]).tolist() == a.tolist()[::-2]
    assert ChunkArray(dtype, view.astype(view.dtype.newbyteorder("S"))) == a
    if "TIME" in dtype:
        shown = ["%s" % x for x in view]
    else:
        shown = ["NaT" if count == NAT else str(count) for count in counts]
    assert repr(a) == "ChunkArray(%s)" % ", ".join([repr(dtype)] + ["[%s]" % ", ".join(shown)] * bool(counts))


@needs_numpy
@given(
    st.sampled_from(["TIME", "SPAN"]),
    st.sampled_from(UNITS),
    st.sampled_from("Y M W D h m s ms us ns ps fs as".split()),
    st.integers(1, 7),
    st.integers(-(2**66), 2**66).map(lambda n: n >> (n % 50)),
)
def test_numpys_scalars_of_other_units(kind, unit, theirs, several, count):
    import numpy

    if not NAT < count < 2**63:
        return
    value = getattr(numpy, "datetime64" if kind == "TIME" else "timedelta64")(count, (theirs, several))
    dtype = "%s[%s]" % (kind, unit)
    lasts = dict(zip("as fs ps ns us ms s".split(), (10**k for k in range(0, 21, 3))))
    lasts.update(m=60 * 10**18, h=3600 * 10**18, D=86400 * 10**18, W=604800 * 10**18)
    a = ChunkArray(dtype)
    if theirs in "YM":
        if kind == "SPAN":
            with pytest.raises(ValueError, match="no whole number"):
                a.append(value)
            return
        if abs(count) > 2**30:
            return  # NumPy's own conversion to days wraps around
        exact = int(value.astype("M8[D]").view("i8")) * lasts["D"]
    else:
        exact = count * several * lasts[theirs]
    expected, rest = divmod(exact, lasts[unit])
    if rest:
        with pytest.raises(ValueError, match="no whole number"):
            a.append(value)
    elif not NAT <= expected < 2**63:
        with pytest.raises(OverflowError, match="out of range"):
            a.append(value)
    else:
        a.append(value)
        assert a == ChunkArray(dtype, [expected])


@needs_numpy
def test_numpys_views_and_dtypes():
    import numpy

    a = ChunkArray("TIME[ns]", [1, 2, None], capacity=10)
    view = a.numpy()
    view[0] = numpy.datetime64(7, "ns")
    assert a[0] == 7 and numpy.shares_memory(view, a.numpy())
    assert a[::-1].numpy()[2] == view[0] and numpy.isnat(a[::-1].numpy()[0])
    assert numpy.asarray(a).dtype == "M8[ns]" and ChunkArray("SPAN[s]").numpy().dtype == "m8[s]"
    assert ChunkArray(numpy.dtype("M8[ns]")).dtype == "TIME[ns]"
    assert ChunkArray(numpy.dtype(">m8[ms]")).dtype == ">SPAN[ms]"
    assert ChunkArray("datetime64[us]").dtype == "TIME[us]" and ChunkArray("<m8[s]").dtype == "SPAN[s]"
    for bad in ("M8", "M8[D]", "m8[25s]", numpy.dtype("M8[D]"), numpy.dtype("m8"), numpy.dtype("M8[10ns]")):
        with pytest.raises(ValueError, match="needs a unit: one of s ms us ns"):
            ChunkArray(bad)
    shaped = ChunkArray("TIME[s][2]", numpy.array([["2020-01-01", "NaT"]] * 3, "M8[s]"))
    assert shaped.tolist() == [(datetime(2020, 1, 1), None)] * 3
    assert shaped.numpy().shape == (3, 2) and shaped.numpy().dtype == "M8[s]"


@needs_numpy
def test_numpys_times_of_the_wrong_kind():
    import numpy

    for dtype, bad in (
        ("TIME[s]", numpy.timedelta64(1, "s")),
        ("SPAN[s]", numpy.datetime64(1, "s")),
        ("S8", numpy.datetime64(1, "s")),
        ("S8", numpy.timedelta64(1, "s")),
    ):
        a = ChunkArray(dtype, [1])
        with pytest.raises(TypeError):
            a.append(bad)
        with pytest.raises(TypeError):
            a.extend(numpy.array([bad]))
        assert len(a) == 1
    a = ChunkArray("TIME[s]")
    a.extend(numpy.array([1, 2], "M8[m]"))
    assert a.tolist() == [EPOCH + timedelta(minutes=1), EPOCH + timedelta(minutes=2)]
    with pytest.raises(ValueError, match="no whole number of seconds"):
        a.extend(numpy.array([1000, 1], "M8[ms]"))
    assert len(a) == 2
    assert ChunkArray("SPAN[s]", [numpy.int8(3), numpy.timedelta64("NaT", "s")]).tolist() == [
        timedelta(seconds=3),
        None,
    ]
