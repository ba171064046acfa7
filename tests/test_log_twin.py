"""The native log and its twin: the same calls give the same answers and the same errors."""

from hypothesis import given
from hypothesis import strategies as st

from chunkarray import _jsonl
from chunkarray._load import core
from chunkarray._twin.log import Log as Twin
from test_log import texts

values = texts | st.binary(max_size=20) | st.sampled_from([None, 1, b"x" * 70, '{"$bytes": 1}'])
flat = st.lists(
    st.tuples(st.just(_jsonl.TEXT), texts.map(lambda text: text.encode("utf-8", "surrogatepass")))
    | st.tuples(st.just(_jsonl.BYTES), st.binary(max_size=80))
    | st.tuples(st.just(_jsonl.JSON), st.sampled_from(["1", '{"$$str": 2}', '["é"]'])),
    max_size=4,
)
small = st.integers(0, 12)
bounds = st.none() | st.integers(0, 90)
calls = (
    st.tuples(st.just("append"), values)
    | st.tuples(st.just("append_json"), st.sampled_from(["[]", '{"$str": 1}']))
    | st.tuples(st.just("extend"), flat.map(lambda pairs: [part for pair in pairs for part in pair]))
    | st.tuples(st.just("at"), st.integers(-8, 8))
    | st.tuples(st.sampled_from(["read", "read_next"]), small)
    | st.tuples(st.just("raw"), small, small)
    | st.tuples(st.just("jsonl"), small, small, st.integers(0, 60))
    | st.tuples(st.just("limit"), bounds, bounds)
    | st.tuples(st.sampled_from(["clear", "bounds", "__len__", "close"]))
)
ATTRIBUTES = ("first", "end", "dropped", "nbytes", "max_bytes", "max_entries", "closed")


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        if isinstance(error, UnicodeEncodeError):  # in the interpreter's own words
            return UnicodeEncodeError
        return type(error), str(error)


@given(st.lists(calls, max_size=25), st.integers(9, 100), st.integers(1, 6))
def test_the_same_calls(calls, max_bytes, max_entries):
    logs = core.Log(max_bytes, max_entries), Twin(max_bytes, max_entries)
    for name, *arguments in calls:
        ours, theirs = (outcome(getattr(log, name), *arguments) for log in logs)
        assert ours == theirs, name
        assert [getattr(logs[0], a) for a in ATTRIBUTES] == [getattr(logs[1], a) for a in ATTRIBUTES]
