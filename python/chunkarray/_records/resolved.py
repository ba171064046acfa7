"""Record classes from the text that the native arrays have for a dtype: "{time@0:U8,price@8:F4}12".

That text knows sizes, offsets and types, but neither names of values nor constants, and unions are raw bytes in it.
"""

from .._twin import records
from .making import of_layout
from .model import Bits, Bytes, Nested, Repeated, Scalar, Text
from .placing import field_at, place
from .record import Record


def record_of_text(name, text):
    """The record class of a dtype's text. ValueError for what is none."""
    return _record(name, records.parse(text))


def _record(name, described):
    fields = []
    for field in described.fields:
        made = field_at(field.name, _type(field.name, field.dtype), field.offset)
        made.shift = getattr(field.dtype, "shift", None)
        fields.append(made)
    return of_layout(Record, place(name, fields, described.item_size), __name__)


def _type(name, dtype):
    if isinstance(dtype, records.Record):
        found = Nested(_record(name, dtype))
    elif isinstance(dtype, records.Text):
        return Text(dtype.size)
    elif isinstance(dtype, records.Bytes):
        return Bytes(dtype.size)
    elif isinstance(dtype, records.Bits):
        return Bits(_scalar(dtype.dtype), dtype.width)
    else:
        found = _scalar(dtype)
    return Repeated(found, dtype.shape) if dtype.shape else found


def _scalar(dtype):
    return Scalar(dtype.name.partition("[")[0] + ("[%s]" % dtype.unit if dtype.unit else ""), dtype.item_size)
