"""collect() and into(): what comes out of a chain, written to an array."""

from .._door import ChunkArray
from .._records import model
from .operations import cast
from .records import BytesValue, RecordValue, RowValue, ShapeValue, row_of
from .types import FLOATS, INTEGERS, PROMOTED, SIZES, is_time, machine, type_of
from .values import Value


def dtype_of(value):
    """The dtype of an array of such values: a name, or a Record class."""
    if type(value) is Value:
        return value._type
    if isinstance(value, RowValue):
        from .._records.record import Record

        return Record("Row", [(name, each._type) for name, each in zip(value._names, value._values)])
    if isinstance(value, RecordValue) and value._record is not None:
        return value._record
    if isinstance(value, ShapeValue) and isinstance(value._element, model.Scalar):
        return "%s[%s]" % (value._element.name, ",".join(map(str, value.shape)))
    if isinstance(value, BytesValue) and isinstance(value._kind, model.Bytes):
        return value._kind.name
    raise TypeError("no array holds elements such as %r: map() picks what is to be collected" % (value,))


class Collected:
    """The program that writes a chain's values to an array.

    dtype     the dtype of such an array
    program   the program, whose only output is that array
    """

    __slots__ = ("dtype", "program")

    def __init__(self, chain, array=None):
        value = chain._value
        if type(value) is tuple:
            value = row_of(value) if len(value) > 1 else value[0]
        self.dtype = dtype_of(value) if array is None else array.dtype
        terminals = _plain(value) if array is None else _fitting(value, array)
        self.program = chain._program([terminals])
        for words in terminals:
            self.program.terminal(words)


def _plain(value):
    """The terminals that write a value to an array of its own dtype."""
    if type(value) is Value:
        return [("out 0", machine(value._type), value)]
    if isinstance(value, RowValue):
        terminals, offset = [], 0
        for each in value._values:  # records without alignment, as dtype_of() has them
            kind = machine(each._type)
            terminals.append(("out 0 %d" % offset, kind, each))
            offset += SIZES[kind]
        return terminals
    return [("out 0 %d" % offset, word._type, word) for offset, word in value._words()]


def _fitting(value, array):
    """The terminals that write a value to a given array. TypeError where NumPy would call the cast unsafe."""
    record = getattr(array, "record", None)
    if record is None and type(value) is Value:
        return [_written("out 0 0" if array._text[0] == ">" else "out 0", array._text, value, "the elements")]
    if record is not None and isinstance(value, RowValue):
        return _row_written(value, record.__layout__)
    theirs = dtype_of(value)
    same = theirs.__layout__.text == array._text if hasattr(theirs, "__layout__") else theirs == array._text
    if same and (record is None) == isinstance(theirs, str):
        return _plain(value)
    raise TypeError("an array of %s takes no %r" % (array._dtype_shown, value))


def _row_written(value, layout):
    fields = list(layout.named)
    names = [field.name for field in fields]
    if all(name == "f%d" % k for k, name in enumerate(value._names)):  # a tuple: by place
        if len(fields) != len(value._values):
            raise TypeError(
                "%s has %d fields, and these are %d values" % (layout.name, len(fields), len(value._values))
            )
        given = zip(fields, value._values)
    else:
        if sorted(names) != sorted(value._names):
            raise TypeError(
                "%s has the fields %s, and these are %s" % (layout.name, ", ".join(names), ", ".join(value._names))
            )
        given = [(layout[name], each) for name, each in zip(value._names, value._values)]
    terminals = []
    for field, each in given:
        if not isinstance(field.type, model.Scalar):
            raise TypeError("%s.%s is %s, which pipelines don't write" % (layout.name, field.name, field.type.name))
        terminals.append(_written("out 0 %d" % field.offset, field.type.name, each, field.name))
    return terminals


def _written(words, dtype, value, name):
    """The terminal that writes a number as one of a dtype."""
    type = type_of(dtype)
    own = value._type
    if own != type and not _goes_into(own, type):
        raise TypeError(
            "%s are %s, and %s goes into them only by map(lambda x: x.astype(%r))" % (name, dtype, own, type)
        )
    if is_time(type):
        value = value.astype(type)
    else:
        value = cast(value, type)
    return (words, (">" if dtype[0] == ">" else "") + machine(type), value)


def _goes_into(own, type):
    """Whether NumPy's rule "same_kind" allows the cast."""
    if is_time(own) or is_time(type):
        return own[:4] == type[:4] or (type[:4] == "SPAN" and own in INTEGERS)
    if PROMOTED[own, type] == type or (own in FLOATS) and (type in FLOATS):
        return True
    return own in INTEGERS and (type in FLOATS or type[0] == "S" or own[0] == type[0] and type != "BOOL")


def collect(chain):
    """A new array of the values."""
    found = Collected(chain)
    made = ChunkArray(found.dtype)
    chain._run(found.program, chain._take(), (made._raw,), fresh=True)
    return made


def into(chain, out):
    """Adds the values to an array, and gives it."""
    from .._array import ArrayMethods

    if not isinstance(out, ArrayMethods):
        raise TypeError("into() takes a ChunkArray, not %s" % type(out).__name__)
    out._refuse_frozen()
    found = Collected(chain, out)
    if getattr(out._raw, "columns", None) is not None:  # rows first: their columns grow together
        aside = ChunkArray(out.record)
        chain._run(found.program, chain._take(), (aside._raw,), fresh=True)
        out.extend(aside)
        return out
    chain._run(found.program, chain._take(), (out._raw,))
    if out._waiters:
        out._wake()
    return out
