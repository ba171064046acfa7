"""python benches/picture.py: draws README's pictures of the doors and of the pipelines, and writes their tables.

They show docs/doors.json, which `python benches/rows.py --json docs/doors.json NAME.. -- doors` writes, and
docs/pipelines.json (see picture_pipelines.py). Out come docs/doors-light.svg, docs/doors-dark.svg and their like, for
GitHub's two themes, and the lines between the markers of README.md and docs/pipelines.md.
`--check` writes nothing and fails where something of that is not what the numbers tell.
"""

import json
import math
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import picture_pipelines

README = Path(__file__).resolve().parent.parent / "README.md"
DOCS = README.parent / "docs"

SEVERAL, ONE = "x += a[i] in sequence, several chunks", "x += a[i] in sequence, one chunk"
APPEND, WALK = "append(x)", "for x in a, several chunks"
# The bars of each panel: what is written beside one, its colour, and the case and the peer that it shows.
PANELS = (
    (
        "One read",
        (
            ("boxed", "boxed", SEVERAL, "boxed"),
            ("a[i]", "door", SEVERAL, "chunkarray"),
            ("a[i], one chunk", "quick", ONE, "chunkarray"),
            ("list[i]", "list", SEVERAL, "list"),
        ),
    ),
    (
        "One append",
        (
            ("boxed", "boxed", APPEND, "boxed"),
            ("a.append(x)", "door", APPEND, "chunkarray"),
            ("put(x)", "quick", APPEND, "appender"),
            ("list.append(x)", "list", APPEND, "list"),
        ),
    ),
)
NOTES = (
    "boxed: a call of the native object that the array holds, for which both sides make objects and throw them away.",
    "a[i]: in sequence, over several chunks. put: with a.appender() as put. The loop is part of each number.",
)
THEMES = {
    "light": dict(
        text="#1f2328", faint="#59636e", rule="#d1d9e0", boxed="#bc4c00", door="#0969da", quick="#54aeff", list="#818b98",
        pale="#c4cad1",
    ),
    "dark": dict(
        text="#f0f6fc", faint="#9198a1", rule="#3d444d", boxed="#db6d28", door="#1f6feb", quick="#79c0ff", list="#656c76",
        pale="#444c56",
    ),
}  # fmt: skip

WIDTH, PANEL = 880, 430
GUTTER = 100  # of a panel, for the bars' names
ROOM = 230  # for the longest bar; what is left of a panel holds its number
BAR, BETWEEN = 12, 16  # height of a bar, and from one to the next
HEAD, GAP = 76, 30  # above the first interpreter; above each one's bars


class Row:
    """One interpreter's numbers."""

    def __init__(self, report):
        about = report["chunkarray"]
        self.name = "%s %s" % (about["interpreter"], about["version"])
        self.door, self.host = about["door"], about["host"]
        self.best = {case["case"]: case["best"] for case in report["cases"] if case["subject"] == "doors"}

    def value(self, case, peer):
        """Nanoseconds, or None where there is no such peer."""
        return self.best[case].get(peer)


def figure(nanoseconds):
    """The number as people read it."""
    if nanoseconds >= 10:
        return f"{nanoseconds:,.0f}"
    return "%.1f" % nanoseconds


def draw(rows, machine, colours):
    """The picture as SVG text."""
    values = [row.value(*bar[2:]) for row in rows for _title, bars in PANELS for bar in bars]
    values = [value for value in values if value is not None]
    low = 10.0 ** math.floor(math.log10(min(values)))
    high = max(values)
    scale = ROOM / math.log10(high / low)

    def along(value):
        return scale * math.log10(value / low)

    out = []

    def text(x, y, content, size=12, colour="faint", anchor="start"):
        add = '<text x="%.1f" y="%.1f" fill="%s" font-size="%d" text-anchor="%s">%s</text>'
        out.append(add % (x, y, colours[colour], size, anchor, escape(content)))

    def strong(x, y, content, size, beside=""):
        add = '<text x="%.1f" y="%.1f" fill="%s" font-size="%d" font-weight="600">%s'
        out.append(add % (x, y, colours["text"], size, escape(content)))
        if beside:
            add = '<tspan dx="7" fill="%s" font-size="11" font-weight="400">%s</tspan>'
            out.append(add % (colours["faint"], escape(beside)))
        out.append("</text>")

    tops, y = [], HEAD
    for row in rows:
        tops.append(y)
        y += GAP + BETWEEN * max(sum(row.value(*bar[2:]) is not None for bar in bars) for _title, bars in PANELS)
    height = y + 24 + 16 * len(NOTES)
    for column, (title, bars) in enumerate(PANELS):
        left = column * (WIDTH - PANEL)
        zero = left + GUTTER
        strong(left, 18, title, 16)
        text(left, 38, "nanoseconds, logarithmic scale")
        decades = [low * 10**k for k in range(int(math.log10(high / low)) + 1)]
        for decade in decades:
            text(zero + along(decade), HEAD - 10, f"{decade:,g}", 11, anchor="middle")
        for row, top in zip(rows, tops):
            if column == 0:
                strong(left, top + 14, row.name, 13, "%s host, %s door" % (row.host, row.door))
            place = top + GAP - 8
            here = [(bar, row.value(*bar[2:])) for bar in bars]
            boxed = here[0][1]
            here = [(bar, value) for bar, value in here if value is not None]
            for decade in decades:
                x, bottom = zero + along(decade), place + BETWEEN * len(here) - 4
                out.append('<path d="M%.1f %d V%d" stroke="%s"/>' % (x, place, bottom, colours["rule"]))
            for (name, colour, _case, _peer), value in here:
                long = max(along(value), 1.0)
                add = '<rect x="%.1f" y="%d" width="%.1f" height="%d" rx="2" fill="%s"/>'
                out.append(add % (zero, place, long, BAR, colours[colour]))
                text(zero - 6, place + 10, name, 11, anchor="end")
                times = boxed / value if boxed else 0.0
                faster = "%s × faster" % figure(times) if colour in ("door", "quick") and times > 1.1 else ""
                strong(zero + long + 5, place + 10, figure(value), 11, faster)
                place += BETWEEN
    for number, note in enumerate((*NOTES, "Measured on %s." % machine)):
        text(0, y + 14 + 16 * number, note, 11)
    label = "Nanoseconds for one read and one append, boxed and through the door, beside a list"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s"\n'
        '  font-family="-apple-system, BlinkMacSystemFont, Segoe UI, Noto Sans, DejaVu Sans, Arial, sans-serif">\n%s\n</svg>\n'
        % (WIDTH, height, WIDTH, height, label, "\n".join(out))
    )


def table(rows):
    """The same numbers, and iteration, as lines of Markdown."""
    columns = [bar[0] if bar[1] != "boxed" else title.lower() + ", boxed" for title, bars in PANELS for bar in bars]
    shown = [bar[2:] for _title, bars in PANELS for bar in bars] + [(WALK, "chunkarray"), (WALK, "list")]
    head = ["ns", "door", *columns, "for x in a", "for x in list"]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        values = [row.value(*each) for each in shown]
        lines.append([row.name, row.door, *("-" if value is None else figure(value) for value in values)])
    return "".join("| %s |\n" % " | ".join(line) for line in lines)


def between_markers(path, mark, lines):
    """{path: its text with `lines` between the two markers}."""
    begin, end = "<!-- %s: written by benches/picture.py -->\n" % mark, "<!-- end of %s -->\n" % mark
    before, found, rest = path.read_text().partition(begin)
    _old, ended, after = rest.partition(end)
    if not found or not ended:
        sys.exit("%s has lost the markers of its table: %s" % (path.name, mark))
    return {path: before + begin + lines + end + after}


def outcome():
    """{path: text} of all that is made from the numbers."""
    made = {}
    reports = json.loads((DOCS / "doors.json").read_text())
    rows = [Row(report) for report in reports.values()]
    machine = next(iter(reports.values()))["machine"].replace("(R)", "")
    made.update(between_markers(README, "doors", table(rows)))
    reports = [picture_pipelines.Report(each) for each in json.loads((DOCS / "pipelines.json").read_text()).values()]
    made.update(between_markers(DOCS / "pipelines.md", "benchmarks", "\n" + picture_pipelines.tables(reports) + "\n"))
    for theme, colours in THEMES.items():
        made[DOCS / ("doors-%s.svg" % theme)] = draw(rows, machine, colours)
        made[DOCS / ("pipelines-%s.svg" % theme)] = picture_pipelines.draw(reports, colours)
    return made


def main():
    stale = {path: text for path, text in outcome().items() if not path.exists() or path.read_text() != text}
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit("not what the numbers in docs/ tell: %s; run benches/picture.py" % ", ".join(map(str, stale)))
        return
    for path, text in stale.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
