"""A small table of the elements for notebooks."""

from html import escape

from ._elements import values_of

_ROWS = 20  # longer ones are shown by their ends
_EDGE = 5


def table(elements):
    """HTML: a caption with class, dtype and length, and a row for each element shown, of records a column a field."""
    array, window = elements._window()
    what = "%s of %s" % (type(elements).__name__, array._dtype_shown.strip("'"))
    return table_of(what, len(window), *array._cells(), lambda part: values_of(array, window[part.start : part.stop]))


def table_of(what, length, names, cells, values):
    """HTML: a caption, the names of the columns, if they have any, and a row for each element shown.

    `values` gives the elements of a range of indices, `cells` what a row shows of an element.
    """
    head = "%s, %s element%s" % (what, format(length, ","), "s"[: length != 1])
    parts = [range(length)] if length <= _ROWS else [range(_EDGE), range(length - _EDGE, length)]
    try:
        shown = [list(zip(part, map(cells, values(part)))) for part in parts]
    except IndexError as error:
        return "<p>%s: %s</p>" % (escape(head), escape(str(error)))
    gap = _row("&#8942;", ["&#8942;"] * max(1, len(names)))
    rows = gap.join("".join(_row(index, map(escape, values)) for index, values in part) for part in shown)
    header = "<thead>%s</thead>" % _row("", map(escape, names), "th") if names else ""
    return "<table><caption>%s</caption>%s<tbody>%s</tbody></table>" % (escape(head), header, rows)


def _row(index, cells, tag="td"):
    made = "".join('<%s style="text-align: left">%s</%s>' % (tag, cell, tag) for cell in cells)
    return '<tr><th style="text-align: right">%s</th>%s</tr>' % (index, made)
