"""TIME and SPAN elements: Python's and NumPy's times to counts of a unit, and back.

A TIME is a signed 64-bit count of units since 1970-01-01T00:00:00 UTC, a SPAN one without a beginning; the least
count means NaT, no time at all. What comes out is what NumPy's `.item()` gives: a naive datetime in UTC or a
timedelta, an int where these can't hold the value (nanoseconds, and what lies beyond their range), None for NaT.
NumPy is never imported here: whoever passes one of its scalars has done so.
"""

import operator
import sys
from datetime import date, datetime, timedelta

LEAST, GREATEST = -(2**63), 2**63 - 1
NAT = LEAST

# What each unit of NumPy lasts in attoseconds, its finest. Years and months have no fixed length.
_LASTS = {
    "W": 604800 * 10**18, "D": 86400 * 10**18, "h": 3600 * 10**18, "m": 60 * 10**18, "s": 10**18,
    "ms": 10**15, "us": 10**12, "ns": 10**9, "ps": 10**6, "fs": 10**3, "as": 1,
}  # fmt: skip
_WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
# What a datetime and a timedelta can hold, in microseconds, and how many of these the units last that are no finer.
_DATETIMES = (datetime.min - _EPOCH) // _MICROSECOND, (datetime.max - _EPOCH) // _MICROSECOND
_TIMEDELTAS = timedelta.min // _MICROSECOND, timedelta.max // _MICROSECOND
_MICROSECONDS = {unit: _LASTS[unit] // _LASTS["us"] for unit in ("s", "ms", "us")}


def encode(value, unit, span, name=None):
    """The count of `unit` ("s", "ms", "us" or "ns") that `value` means as a SPAN (`span` true) or as a TIME.

    A TIME takes a datetime (a naive one is UTC, an aware one is converted), a date (its midnight) and
    numpy.datetime64; a SPAN takes a timedelta and numpy.timedelta64; both take an int, which is the count, and None.

    TypeError for other types, ValueError for what is no whole number of the unit, OverflowError beyond 64 bits.
    `name` is the dtype's name for these messages, where it has a byte order or a shape.
    """
    if isinstance(value, int):
        return _within(operator.index(value), value, unit, span, name)
    if value is None:
        return NAT
    count = None
    if isinstance(value, timedelta):
        if span:
            count = _nanoseconds_of_timedelta(value) * 10**9
    elif isinstance(value, date):
        if value != value:  # pandas.NaT, which claims to be a datetime, stands for a missing span too
            return NAT
        if not span:
            count = _nanoseconds_of_date(value) * 10**9
    else:
        numpy = sys.modules.get("numpy")
        kind = getattr(numpy, "timedelta64" if span else "datetime64", None)
        if kind is not None and isinstance(value, kind):
            if numpy.isnat(value):
                return NAT
            count = _attoseconds_of_numpy(numpy, value, unit, span, name)
        # A timedelta64 is one of NumPy's integers, but not a number of units without more ado.
        elif getattr(type(value), "__index__", None) and not isinstance(value, getattr(numpy, "timedelta64", ())):
            return _within(operator.index(value), value, unit, span, name)
    if count is None:
        takes = "a timedelta or an int" if span else "a datetime, a date or an int"
        raise TypeError("%s takes %s, not %s" % (name or _name(unit, span), takes, type(value).__name__))
    count, rest = divmod(count, _LASTS[unit])
    if rest:
        raise _not_whole(value, unit, span, name)
    return _within(count, value, unit, span, name)


def decode(count, unit, span):
    """The object for `count` units: a timedelta (`span` true) or a naive datetime in UTC, None for NaT.

    An int, the count itself, where these can't hold it: nanoseconds, and what lies beyond their range.
    """
    if count == NAT:
        return None
    if unit == "ns":
        return count
    microseconds = count * _MICROSECONDS[unit]
    least, greatest = _TIMEDELTAS if span else _DATETIMES
    if not least <= microseconds <= greatest:
        return count
    # Not timedelta(microseconds=...), whose arithmetic goes through floats for numbers this large on some interpreters,
    # and no sum of a datetime and a timedelta, which takes PyPy thirty times as long.
    seconds, microseconds = divmod(microseconds, 1000000)
    days, seconds = divmod(seconds, 86400)
    if span:
        return timedelta(days, seconds, microseconds)
    year, month, day = _civil(days)
    return datetime(year, month, day, seconds // 3600, seconds // 60 % 60, seconds % 60, microseconds)


def counts_of(values, typestr):
    """A buffer of the counts in `values` if that is a NumPy array of the dtype `typestr` ("<M8[ns]"), else None.

    It is the array's own memory where that has no gaps. NumPy exports no buffers of its times.
    """
    numpy = sys.modules.get("numpy")
    if isinstance(values, getattr(numpy, "ndarray", ())) and values.dtype.str == typestr:
        return numpy.ascontiguousarray(values).view(typestr[0] + "i8")
    return None


def text(value, unit, span):
    """An element as repr() of an array shows it: a TIME in ISO 8601 to the digits of its unit, a SPAN as its count."""
    count = encode(value, unit, span)
    if count == NAT:
        return "NaT"
    if span:
        return str(count)
    seconds, fraction = divmod(count, _LASTS["s"] // _LASTS[unit])
    days, seconds = divmod(seconds, 86400)
    year, month, day = _civil(days)
    digits = {"s": 0, "ms": 3, "us": 6, "ns": 9}[unit]
    return "%04d-%02d-%02dT%02d:%02d:%02d%s" % (
        year,
        month,
        day,
        seconds // 3600,
        seconds // 60 % 60,
        seconds % 60,
        ".%0*d" % (digits, fraction) if digits else "",
    )


def _name(unit, span):
    return "%s[%s]" % ("SPAN" if span else "TIME", unit)


def _within(count, value, unit, span, name):
    if LEAST <= count <= GREATEST:
        return count
    raise OverflowError(
        "%s is out of range for %s (%d to %d)" % (_shown(value), name or _name(unit, span), LEAST, GREATEST)
    )


def _not_whole(value, unit, span, name):
    return ValueError("%s is no whole number of %s for %s" % (_shown(value), _WORDS[unit], name or _name(unit, span)))


def _shown(value):
    """repr(value) for messages: numbers and strangers shortened as the native part does, times as they are."""
    try:
        shown = repr(value)
    except Exception:  # an int too long to print ends here
        return "the value"
    return shown if len(shown) <= 60 or isinstance(value, (date, timedelta)) else shown[:60] + "..."


def _nanoseconds_of_timedelta(value):
    seconds = value.days * 86400 + value.seconds
    # pandas.Timedelta is a timedelta with nanoseconds below its microseconds.
    return (seconds * 10**6 + value.microseconds) * 1000 + getattr(value, "nanoseconds", 0)


def _nanoseconds_of_date(value):
    """From the fields, not by subtraction: an aware datetime near the ends of the range has no UTC counterpart."""
    days = value.toordinal() - _EPOCH.toordinal()
    if not isinstance(value, datetime):
        return days * 86400 * 10**9
    seconds = ((days * 24 + value.hour) * 60 + value.minute) * 60 + value.second
    # pandas.Timestamp is a datetime with nanoseconds below its microseconds.
    nanoseconds = (seconds * 10**6 + value.microsecond) * 1000 + getattr(value, "nanosecond", 0)
    offset = value.utcoffset()
    return nanoseconds if offset is None else nanoseconds - _nanoseconds_of_timedelta(offset)


def _attoseconds_of_numpy(numpy, value, unit, span, name):
    theirs, several = numpy.datetime_data(value.dtype)
    count = int(value.view("i8")) * several
    if theirs == "generic":  # a number without a unit takes any
        theirs = unit
    if theirs in _LASTS:
        return count * _LASTS[theirs]
    if span:  # years or months
        raise _not_whole(value, unit, span, name)
    months = count if theirs == "M" else 12 * count
    return _days(1970 + months // 12, months % 12 + 1) * _LASTS["D"]


# The Gregorian calendar without bounds, in eras of 400 years that begin in March, so that the leap day comes last.


def _days(year, month):
    """Days from 1970-01-01 to the first day of a month."""
    year -= month < 3
    era, year = divmod(year, 400)
    return era * 146097 + year * 365 + year // 4 - year // 100 + (153 * ((month + 9) % 12) + 2) // 5 - 719468


def _civil(days):
    """Year, month and day of so many days since 1970-01-01."""
    era, day = divmod(days + 719468, 146097)
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= year * 365 + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    month = month + 3 if month < 10 else month - 9
    return era * 400 + year + (month < 3), month, day + 1
