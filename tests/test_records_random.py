"""Laws that hold for every record: what goes in comes out, whichever way, and each byte has one meaning."""

import ctypes
import pickle
import struct

from hypothesis import given
from hypothesis import strategies as st

import chunkarray
from chunkarray import ChunkArray, Hexdump, Record, _twin
from record_classes import record_classes
from support import needs_numpy


@st.composite
def records(draw, deep=1):
    """A random record class and some values for it."""
    made = draw(record_classes(deep))
    return made, draw(st.lists(made.values, min_size=1, max_size=3))


@given(records())
def test_layouts(drawn):
    """Both readers of layouts take what the model says, and find the same size and number of leaves."""
    made, _ = drawn
    layout = made.cls.__layout__
    for core in (chunkarray._core, _twin):
        assert core.Array(layout.text).itemsize == layout.size == made.cls.size
    assert len(_twin.Array(layout.text)._dtype.leaves) == layout.leaves
    assert [field.name for field in layout.named] == list(made.cls.fields) == list(made.kinds)
    # The fields lie one behind the other, and padding between them.
    before = end = 0
    for field in layout.fields:
        assert field.offset == end or field.shift is not None and field.offset == before
        before, end = field.offset, field.offset + field.size
    assert end == layout.size


@given(records())
def test_values(drawn):
    """Whatever way values are given, the record is the same."""
    made, (value, *_) = drawn
    cls, names = made.cls, list(made.kinds)
    record = cls(*value)
    assert record.astuple() == value
    by_name = dict(zip(names, value))
    assert cls(**by_name) == record
    given_only = {name: by_name[name] for name in names if made.kinds[name].given}
    assert cls(**given_only) == record
    assert cls(*given_only.values()) == record
    data = bytes(record)
    assert len(data) == cls.size
    assert cls.pack(*value) == data
    assert cls.parse(data) == record and bytes(cls.parse(data)) == data
    assert cls.parse(data.hex(" ")) == cls.parse(data.hex().upper()) == record
    assert cls.parse(b"__" + data, offset=2) == record
    assert record.copy() == record
    for name in names:
        assert cls.parse(data)[name] == record[name]
    assert repr(cls.parse(data)) == repr(record)


@given(records())
def test_assignment(drawn):
    """Fields that are written one by one make the record that was written at once; others' bytes stay."""
    made, values = drawn
    cls = made.cls
    a = ChunkArray(cls)
    a.frombytes(b"\xff" * cls.size)  # constants are others, too
    record = a[0]
    untouched = b"".join(bytes(field.size) if field.name else b"\xff" * field.size for field in cls.__layout__.fields)
    for name, value in zip(made.kinds, values[-1]):
        record[name] = value
    assert record.astuple() == values[-1]
    if not any(field.shift is not None for field in cls.__layout__.fields):
        for at, byte in enumerate(untouched):
            assert not byte or a.tobytes()[at] == byte
    for name, value in zip(made.kinds, values[0]):
        a[name] = [value]
    assert record.astuple() == values[0]


@given(records(), st.sampled_from([1, 4]), st.sampled_from(["tuple", "list", "dict", "row", "bytes", "names"]))
def test_arrays(drawn, chunk_size, way):
    made, values = drawn
    cls = made.cls
    a = ChunkArray(cls, chunk_size=chunk_size)
    for value in values:
        named = dict(zip(made.kinds, value))
        if way == "names":
            a.append(**named)
        else:
            a.append(
                {"tuple": value, "list": list(value), "dict": named, "row": cls(*value), "bytes": cls.pack(*value)}[way]
            )
    assert [row.astuple() for row in a] == values
    assert a.tobytes() == b"".join(cls.pack(*value) for value in values)
    again = cls.parse_all(a.tobytes())
    assert again == a and [row.astuple() for row in again] == values
    extended = ChunkArray(cls, values)
    assert extended == a
    for name in made.kinds:
        assert [row[name] for row in a] == list(a[name])
    assert a.index(values[-1]) == values.index(values[-1])
    repr(a), a._repr_html_()


@given(records())
def test_regions(drawn):
    """Every byte of a record belongs to one region, or to some bits' unit."""
    from chunkarray._records.regions import regions

    made, (value, *_) = drawn
    data = made.cls.pack(*value)
    root = regions(made.cls.__layout__, data)
    assert (root.offset, root.size) == (0, len(data))
    _check_tiling(root)
    for have in range(len(data)):
        _check_inside(regions(made.cls.__layout__, data[:have]), have)


def _check_tiling(region):
    end = region.offset
    overlaid = region.type.startswith("Union")
    for child in region.children:
        if overlaid:
            assert child.offset == region.offset
        elif child.bits is not None and child.offset + child.size == end:
            pass  # of the unit before
        else:
            assert child.offset == end
        end = max(end, child.offset + child.size)
        _check_tiling(child)
    if region.children:
        assert end == region.offset + region.size


def _check_inside(region, have):
    assert 0 <= region.offset and region.offset + region.size <= have
    for child in region.children:
        _check_inside(child, have)


@given(records(), st.data())
def test_bad_bytes(drawn, data):
    """Bytes that are no record are refused in words, and what is refused changes nothing."""
    made, _ = drawn
    cls = made.cls
    given = data.draw(st.binary(max_size=2 * cls.size + 1))
    try:
        cls.parse(given)
    except ValueError as error:
        assert cls.__name__ in str(error)
    else:
        assert len(given) >= cls.size
    a = ChunkArray(cls)
    try:
        a.frombytes(given)
    except ValueError as error:
        assert len(given) % cls.size and "is cut off at offset" in str(error)
        assert len(a) == 0
    else:
        assert a.tobytes() == given


@needs_numpy
@given(records())
def test_numpy(drawn):
    import numpy

    made, values = drawn
    a = ChunkArray(made.cls, values)
    theirs = a.numpy()
    assert theirs.dtype.itemsize == made.cls.size and theirs.tobytes() == a.tobytes()
    again = ChunkArray(made.cls)
    if made.plain:
        again.extend(theirs)
        assert again == a
    described = numpy.frombuffer(a.tobytes(), theirs.dtype)
    for name in made.kinds:
        field = made.cls.__layout__[name]
        if field.text in ("F4", "F8", "U2", ">U4", "S8"):
            assert described[name].tolist() == list(a[name])
        assert field.shift is not None or theirs.dtype.fields[name][1] == field.offset


@given(records())
def test_elsewhere(drawn):
    """A layout that went to another library and came back has the same size, and its fields where they were."""
    made, (value, *_) = drawn
    cls, data = made.cls, made.cls.pack(*value)
    format = _unless_refused(cls.struct_format, "no bits", "one byte order")
    if format is not None:
        assert struct.calcsize(format) == cls.size
        assert struct.pack(format, *struct.unpack(format, data)) == data
        assert Record.from_struct(format).size == cls.size
    structure = _unless_refused(cls.ctypes, "ctypes")
    if structure is not None:
        assert ctypes.sizeof(structure) == cls.size
        copied = structure.from_buffer_copy(data)
        # PyPy's bytes() takes no structure with bits.
        assert ctypes.string_at(ctypes.addressof(copied), cls.size) == data
        # Bits beside those of another byte order may have no unit of their own there.
        again = _unless_refused(lambda: Record.from_ctypes(structure), "bits")
        if again is not None:
            _check_fields(cls, again, data)
    text = _unless_refused(cls.c, "C")
    if text is not None:
        again = _unless_refused(lambda: Record.from_c(text), "bits")
        if again is not None:
            assert again.size == cls.size
            _check_fields(cls, again, data)
    cls.cpp()


def _unless_refused(convert, *why):
    try:
        return convert()
    except ValueError as error:
        assert any(words in str(error) for words in why), error
        return None


def _check_fields(cls, other, data):
    if not all(name.isidentifier() and name.isascii() for name in cls.fields):
        return  # C's names are others then
    record, again = cls.parse(data), other.parse(data)
    for field in [field for field in cls.__layout__.named if field.name in other.fields]:
        # C's types have no byte order: theirs is a comment.
        same = field.text.startswith(">") == other.__layout__[field.name].text.startswith(">")
        if same and isinstance(record[field.name], (int, float)):
            assert again[field.name] == record[field.name]
            assert other.__layout__[field.name].offset == field.offset or field.shift is not None


@given(records())
def test_columns(drawn):
    made, values = drawn
    rows = ChunkArray(made.cls, values)
    columns = ChunkArray(made.cls, values, layout="columns")
    assert [row.astuple() for row in columns] == values
    for name in made.kinds:
        assert list(columns[name]) == list(rows[name])
    columns.extend(rows)
    assert [row.astuple() for row in columns] == values * 2
    assert columns.tobytes() == rows.tobytes() * 2


@given(records())
def test_pickles(drawn):
    made, values = drawn
    a = ChunkArray(made.cls, values)
    again = pickle.loads(pickle.dumps(a))
    assert again.tobytes() == a.tobytes() and len(again) == len(values)


@given(records())
def test_pictures(drawn):
    """Pictures of all kinds can be drawn, and name every field."""
    made, values = drawn
    a = ChunkArray(made.cls, values)
    shown = [str(Hexdump(a[0])), str(Hexdump(a.tobytes(), made.cls)), str(made.cls.layout())]
    shown += [Hexdump(a)._repr_html_(), made.cls.layout()._repr_html_()]
    for name in made.kinds:
        if name.isidentifier() and name.isascii():
            assert all(name in picture for picture in shown)
