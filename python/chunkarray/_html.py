"""A small table of the elements for notebooks."""

from html import escape

from ._elements import shower, values_of

_ROWS = 20  # longer ones are shown by their ends
_EDGE = 5


def table(elements):
    """HTML: a caption with class, dtype and length, and a row for each element shown."""
    array, window = elements._window()
    length = len(window)
    head = "%s of %s, %s element%s" % (type(elements).__name__, array.dtype, format(length, ","), "s"[: length != 1])
    parts = [range(length)] if length <= _ROWS else [range(_EDGE), range(length - _EDGE, length)]
    show = shower(array.dtype)
    try:
        shown = [list(zip(part, map(show, values_of(array, window[part.start : part.stop])))) for part in parts]
    except IndexError as error:
        return "<p>%s: %s</p>" % (escape(head), escape(str(error)))
    row = '<tr><th style="text-align: right">%s</th><td style="text-align: left">%s</td></tr>'
    gap = row % ("&#8942;", "&#8942;")
    rows = gap.join("".join(row % (index, escape(value)) for index, value in part) for part in shown)
    return "<table><caption>%s</caption><tbody>%s</tbody></table>" % (escape(head), rows)
