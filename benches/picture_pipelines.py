"""What is made of docs/pipelines.json: the picture of the pipelines, and the tables of docs/pipelines.md.

`python benches/rows.py --json docs/pipelines.json NAME.. -- pipelines tpch` writes the numbers. The first interpreter is
the one with all the peers; the others show the same loops elsewhere. `python benches/picture.py` draws.
"""

from xml.sax.saxutils import escape

OURS = "chunkarray"
FUSED = "sum(v where v > k), v = a * b + c, "
COLLECT = "filter + collect"
NAMES = {"numpy": "NumPy", "numpy (bincount)": "NumPy", "read loop": "reading alone"}
PEERS = "numpy", "numexpr", "pyarrow", "polars"

WIDTH, PANEL = 880, 420
GUTTER = 118  # of a panel, for the bars' names
ROOM = 190  # for the longest bar; what is left of a panel holds its number
BAR, BETWEEN, THIN = 13, 19, 8  # height of a bar, from one to the next, and height of each of two side by side
HEAD, BELOW = 52, 30  # above a panel's first bar; below its last


class Report:
    """One interpreter's numbers: {case: its JSON}."""

    def __init__(self, report):
        about = report["chunkarray"]
        self.name = "%s %s" % (about["interpreter"], about["version"])
        self.numpy, self.peers, self.machine = report["numpy"], report["peers"], report["machine"].replace("(R)", "")
        self.cores, self.load = report["cores"], report["load"][0]
        self.cases = {case["case"]: case for case in report["cases"]}

    def starting(self, begin):
        """The cases whose names begin so, in the order that they ran in."""
        return [case for name, case in self.cases.items() if name.startswith(begin)]

    def where(self):
        """The machine, and whether others were busy on it."""
        return "%s, %d cores, load %.1f when it began" % (self.machine, self.cores, self.load)

    def versions(self):
        """What ran, in words."""
        peers = {"NumPy": self.numpy, **{"DuckDB" if name == "duckdb" else name: v for name, v in self.peers.items()}}
        return ", ".join([self.name, *("%s %s" % (name, v or "missing") for name, v in peers.items())])


def figure(value):
    """A number as people read it."""
    return f"{value:,.0f}" if value >= 100 else "%.1f" % value if value >= 10 else "%.2f" % value


class Panel:
    """Bars of one unit: (name, value, value with two threads or None, whether it is ours)."""

    def __init__(self, title, below, bars, line=None):
        self.title, self.below, self.bars, self.line = title, below, bars, line

    @property
    def height(self):
        return HEAD + BETWEEN * len(self.bars) + BELOW


def panels(reports):
    """What the picture shows."""
    first = reports[0]
    made = []
    for case in first.starting(FUSED):
        best, count = case["best"], case["case"][len(FUSED) :]
        bars = [(OURS, best[OURS], None, True)]
        rest = sorted((best[peer], peer) for peer in PEERS if peer in best)
        bars += [(NAMES.get(peer, peer), value, None, False) for value, peer in rest]
        made.append(Panel("sum(v where v > k), v = a·b + c", count + ", ns each", bars, best.get("read loop")))
    for query in ("Q1", "Q6"):
        one, two = (case["best"] for case in first.starting(query)) if first.starting(query) else ({}, {})
        order = sorted(one, key=lambda peer: (not peer.startswith(OURS), one[peer]))
        bars = [(NAMES.get(peer, peer), one[peer], two.get(peer), peer.startswith(OURS)) for peer in order]
        if bars:
            made.append(Panel("TPC-H " + query, "6,001,215 rows, ms: above on one thread, below on two", bars))
    for case in first.starting(COLLECT):
        best = case["best"]
        bars = [(OURS, best[OURS], best.get(OURS + ", 2 threads"), True)]
        bars += [("NumPy", best["numpy"], None, False)] if "numpy" in best else []
        made.append(
            Panel("filter + collect", "half of 16,777,216 elements, ns each: above on one thread, below on two", bars)
        )
    for case in first.starting(FUSED)[:1]:
        same = [(report.name, report.cases.get(case["case"])) for report in reports]
        bars = [(name, found["best"][OURS], None, True) for name, found in same if found]
        made.append(Panel("The first sum, on other interpreters", case["case"][len(FUSED) :] + ", ns each", bars))
    return made


def draw(reports, colours):
    """The picture as SVG text."""
    out = []

    def text(x, y, content, size=11, colour="faint", anchor="start", weight=400):
        add = '<text x="%.1f" y="%.1f" fill="%s" font-size="%d" font-weight="%d" text-anchor="%s">%s</text>'
        out.append(add % (x, y, colours[colour], size, weight, anchor, escape(content)))

    def bar(x, y, length, height, colour):
        add = '<rect x="%.1f" y="%.1f" width="%.1f" height="%d" rx="2" fill="%s"/>'
        out.append(add % (x, y, max(length, 1.0), height, colours[colour]))

    def number(x, y, value, ratio):
        beside = '<tspan dx="6" fill="%s" font-weight="400">%s</tspan>' % (colours["faint"], ratio) if ratio else ""
        add = '<text x="%.1f" y="%.1f" fill="%s" font-size="11" font-weight="600">%s%s</text>'
        out.append(add % (x, y, colours["text"], figure(value), beside))

    def panel(left, top, shown):
        zero, ours = left + GUTTER, shown.bars[0][1]
        most = max(value for _name, one, two, _ours in shown.bars for value in (one, two or 0.0))
        text(left, top + 16, shown.title, 15, "text", weight=600)
        text(left, top + 33, shown.below)
        place = top + HEAD
        for name, one, two, is_ours in shown.bars:
            text(zero - 7, place + 10, name, 11, "text" if is_ours else "faint", "end")
            ratio = "" if is_ours else "%.1f ×" % (one / ours)
            if two is None:
                bar(zero, place, ROOM * one / most, BAR, "door" if is_ours else "list")
                number(zero + ROOM * one / most + 6, place + 10, one, ratio)
            else:
                bar(zero, place - 1, ROOM * one / most, THIN, "door" if is_ours else "list")
                bar(zero, place + THIN - 1, ROOM * two / most, THIN, "quick" if is_ours else "pale")
                long = ROOM * max(one, two) / most
                number(zero + long + 6, place + 11, one, "/ %s" % figure(two) + (" · " + ratio if ratio else ""))
            place += BETWEEN
        if shown.line is not None:
            x = zero + ROOM * shown.line / most
            out.append(
                '<path d="M%.1f %d V%d" stroke="%s" stroke-width="1.5" stroke-dasharray="4 3"/>'
                % (x, top + HEAD - 4, place - 2, colours["boxed"])
            )
            text(x, place + 11, "reading alone: %s" % figure(shown.line), 11, "boxed", "middle")

    shown, y = panels(reports), 0
    for k in range(0, len(shown), 2):
        pair = shown[k : k + 2]
        for column, each in enumerate(pair):
            panel(column * (WIDTH - PANEL), y, each)
        y += max(each.height for each in pair)
    notes = (
        "One thread where nothing else is said. × is how many times chunkarray's time on one thread a peer takes; shorter is better.",
        reports[0].versions() + ".",
        "Measured side by side, turn by turn; best of many rounds. On %s." % reports[0].where(),
    )
    for k, note in enumerate(notes):
        text(0, y + 12 + 16 * k, note)
    height = y + 12 + 16 * len(notes)
    label = "Times of pipelines beside NumPy, numexpr, pyarrow, polars and DuckDB"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s"\n'
        '  font-family="-apple-system, BlinkMacSystemFont, Segoe UI, Noto Sans, DejaVu Sans, Arial, sans-serif">\n%s\n</svg>\n'
        % (WIDTH, height, WIDTH, height, label, "\n".join(out))
    )


# Tables


def _lines(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| %s |\n" % " | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)


def tables(reports):
    """All numbers, as Markdown: the cases, TPC-H, the goals, the other interpreters."""
    first = reports[0]
    cases = [case for case in first.cases.values() if case["subject"] == "pipelines"]
    queries = [case for case in first.cases.values() if case["subject"] == "tpch"]
    parts = [
        "%s, on %s. All peers of a case in one process, turn by turn, the best of many rounds.\n"
        % (first.versions(), first.where()),
        _lines(["what", "unit", "chunkarray", "peers"], [_case(case) for case in cases]),
    ]
    if queries:
        peers = list(dict.fromkeys(peer for case in queries for peer in case["best"]))
        names = [case["case"].replace(" of 6,001,215 rows", "") for case in queries]
        rows = [[p, *(figure(case["best"][p]) if p in case["best"] else "-" for case in queries)] for p in peers]
        parts.append("TPC-H at scale factor 1, 6,001,215 rows, milliseconds:\n")
        parts.append(_lines(["", *names], rows))
    goals = [_goal(case, verdict) for case in cases for verdict in case["targets"]]
    goals += [_same(reports, other) for other in reports[1:]]
    parts.append("What was to be reached, and whether it was in that run:\n")
    parts.append(_lines(["what", "of", "at most", "was", ""], goals))
    if reports[1:]:
        parts.append("chunkarray alone, on other interpreters (TPC-H in milliseconds):\n")
        rows = [_elsewhere(case, reports) for case in first.cases.values()]
        parts.append(_lines(["what", *(report.name for report in reports)], [row for row in rows if row]))
    return "\n".join(parts)


def _what(case):
    return case["case"].replace("*", "\\*")


def _case(case):
    best = dict(case["best"])
    ours = [figure(best.pop(OURS))] if OURS in best else []
    for name in [name for name in best if name.startswith(OURS) or name.endswith((" map", " maps"))]:
        ours.append("%s: %s" % (name.replace(OURS + ", ", ""), figure(best.pop(name))))
    missing = [case["note"]] if case.get("note") else []
    peers = ["%s %s" % (name, figure(value)) for name, value in best.items()] + missing
    return [_what(case), case["unit"].split(",")[0], ", ".join(ours), ", ".join(peers)]


def _goal(case, verdict):
    of = verdict["peer"] + (" / " + verdict["base"] if verdict["base"] else ", " + case["unit"].split(",")[0])
    return [_what(case), of, figure(verdict["limit"]), figure(verdict["value"]), "yes" if verdict["ok"] else "**no**"]


def _same(reports, other):
    """The goal of the same speed on another interpreter: the loop is the same, so 10 % more at most."""
    case = reports[0].starting(FUSED)[0]
    ours, theirs = (report.cases[case["case"]]["best"][OURS] for report in (reports[0], other))
    verdict = {"peer": other.name, "base": reports[0].name, "limit": 1.1, "value": theirs / ours}
    return _goal(case, dict(verdict, ok=theirs <= 1.1 * ours))


def _elsewhere(case, reports):
    found = [report.cases.get(case["case"], {}).get("best", {}).get(OURS) for report in reports]
    if found[0] is None or not any(found[1:]):
        return None
    return [_what(case), *("-" if value is None else figure(value) for value in found)]
