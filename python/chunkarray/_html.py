"""A small table of the elements for notebooks."""

from html import escape

from ._elements import values_of

_ROWS = 20  # longer ones are shown by their ends
_EDGE = 5


def table(elements):
    """HTML: a caption with class, dtype and length, and a row for each element shown, of records a column a field."""
    array, window = elements._window()
    length = len(window)
    head = "%s of %s, %s element%s" % (
        type(elements).__name__,
        array._dtype_shown.strip("'"),
        format(length, ","),
        "s"[: length != 1],
    )
    parts = [range(length)] if length <= _ROWS else [range(_EDGE), range(length - _EDGE, length)]
    names, cells = array._cells()
    try:
        shown = [list(zip(part, map(cells, values_of(array, window[part.start : part.stop])))) for part in parts]
    except IndexError as error:
        return "<p>%s: %s</p>" % (escape(head), escape(str(error)))
    gap = _row("&#8942;", ["&#8942;"] * max(1, len(names)))
    rows = gap.join("".join(_row(index, map(escape, values)) for index, values in part) for part in shown)
    header = "<thead>%s</thead>" % _row("", map(escape, names), "th") if names else ""
    return "<table><caption>%s</caption>%s<tbody>%s</tbody></table>" % (escape(head), header, rows)


def _row(index, cells, tag="td"):
    made = "".join('<%s style="text-align: left">%s</%s>' % (tag, cell, tag) for cell in cells)
    return '<tr><th style="text-align: right">%s</th>%s</tr>' % (index, made)
