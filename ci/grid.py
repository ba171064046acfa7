"""The matrix's results as a table, as JSON, and as one closing line."""

from __future__ import annotations

import collections
import textwrap

from building import Wheel
from running import Result

COLUMNS = [
    "row",
    "interpreter",
    "host",
    "layout",
    "door",
    "passed",
    "failed",
    "skipped",
    "not run",
    "seconds",
    "result",
]
RIGHT = {"passed", "failed", "skipped", "not run", "seconds"}


def cells(result: Result) -> list[str]:
    about = result.about
    threads = "t" if about.get("free_threaded") else ""
    name = f"{about['interpreter']} {about['version']}{threads}" if about else "-"
    ran = result.status not in ("absent", "missing")
    counts = [result.passed, result.failed, result.skipped, sum(map(len, result.not_run.values()))]
    return [
        result.id,
        name,
        str(about.get("host", "-")),
        str(about.get("abi_layout", "-")),
        str(about.get("door", "-")),
        *(str(count) if ran else "-" for count in counts),
        f"{result.seconds:.0f}" if ran else "-",
        result.status,
    ]


def table(results: list[Result]) -> str:
    lines = [COLUMNS, *map(cells, results)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    text = []
    for line in lines:
        padded = (
            cell.rjust(width) if name in RIGHT else cell.ljust(width)
            for name, cell, width in zip(COLUMNS, line, widths)
        )
        text.append("  ".join(padded).rstrip())
    text.insert(1, "-" * max(map(len, text)))
    return "\n".join(text)


def remarks(results: list[Result]) -> str:
    """What does not fit into the table: notes, failures, tests that were not run, by name."""
    text = []
    for result in results:
        text += [f"{result.id}: {note}" for note in result.notes]
        text += [f"{result.id}: failed: {test}" for test in result.failures[:10]]
        if len(result.failures) > 10:
            text.append(f"{result.id}: and {len(result.failures) - 10} more, see {result.log}")
    # Rows that lack a package lack it for the same tests: said once for all of them.
    same = collections.defaultdict(list)
    for result in results:
        for package, tests in result.not_run.items():
            same[package, tuple(sorted(tests))].append(result.id)
    for (package, tests), ids in same.items():
        names = ", ".join(test.rpartition("/")[2] for test in tests)
        text.append(f"not run for want of {package} on {', '.join(ids)}:")
        text += textwrap.wrap(names, 116, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    return "\n".join(text)


def closing_line(results: list[Result]) -> str:
    """The sum over all rows, in the words of a test runner."""
    ran = [result for result in results if result.status not in ("absent", "missing")]
    failed = sum(result.failed or not result.good for result in ran)
    skipped = sum(result.skipped + sum(map(len, result.not_run.values())) for result in results)
    return f"matrix: {sum(result.passed for result in results)} passed, {failed} failed, {skipped} skipped"


def as_json(wheel: Wheel, results: list[Result]) -> dict:
    content = wheel.path.stat().st_size
    return {
        "wheel": {"file": wheel.path.name, "sha256": wheel.sha256, "bytes": content},
        "rows": [{**result.as_json(), "good": result.good} for result in results],
    }
