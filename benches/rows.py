"""python benches/rows.py [--brief|--peers] [--markdown] [--readme MARK] [--save FOLDER] [--json FILE]
                          NAME[=PYTHON].. [-- OPTION..]

Runs `python benches OPTION..` with each PYTHON in turn (each with chunkarray installed) and prints one table.
A NAME of the form name:host sets CHUNKARRAY_HOST=host. A NAME alone is a row of ci/interpreters.toml that `ci/matrix`
has fetched and installed the wheel in. --save keeps each report as FOLDER/NAME.json; such a file in the place of a
PYTHON is read instead. --json writes one file with what counts of all reports, for picture.py. --brief leaves out the
cases without a target, --peers gives each peer a line of its own. --readme writes the table into README.md, between
<!-- MARK: .. --> and <!-- end of MARK -->. Examples:

    python benches/rows.py 3.13=/usr/bin/python3.13 pypy=~/pypy/bin/pypy pypy:own=~/pypy/bin/pypy -- append index
    python benches/rows.py --json docs/doors.json cpython-3.14 pypy-8.0 graalpy-25.0 -- doors
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def measure(name, python, options):
    """The report of one interpreter, or None if it could not run."""
    if python.endswith(".json"):
        with open(python) as file:
            return json.load(file)
    environment = dict(os.environ)
    if not python:
        row = _fetched(name)
        python = str(row.launcher)
        # Rows that live in a Debian tree of their own are to see this folder.
        environment["CHUNKARRAY_SHOW"] = os.path.dirname(HERE)
        if row.choose_host:
            environment["CHUNKARRAY_HOST"] = row.host
    if ":" in name:
        environment["CHUNKARRAY_HOST"] = name.split(":", 1)[1]
    done = subprocess.run(
        [os.path.expanduser(python), HERE, "--json", "-", *options],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    if done.returncode:
        print("%s: failed with status %d" % (name, done.returncode), file=sys.stderr)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def _fetched(name):
    """The row of the matrix that is called `name`."""
    spec = importlib.util.spec_from_file_location("matrix_rows", os.path.join(HERE, "..", "ci", "rows.py"))
    matrix = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = matrix  # where dataclasses look for it
    spec.loader.exec_module(matrix)
    (row,) = matrix.choose(matrix.load()[1], [name])
    if not row.launcher.exists():
        raise SystemExit("%s is not fetched: run ci/matrix --rows %s" % (name, name))
    return row


def what_counts(reports):
    """The reports without the single rounds."""
    short = {}
    for name, report in reports.items():
        cases = [{key: value for key, value in case.items() if key != "rounds"} for case in report["cases"]]
        short[name] = {**report, "cases": cases}
        short[name]["chunkarray"] = {key: value for key, value in report["chunkarray"].items() if key != "binary"}
    return short


def table(reports, markdown, brief, peers):
    """Lines: one for each case, or for each peer of one, with a column for each interpreter."""
    names = list(reports)
    head = ["what", "peer"] if peers else ["what"]
    rows, judged = {}, set()
    for name, report in reports.items():
        for case in report["cases"]:
            what = "%s: %s, %s" % (case["subject"], case["case"], case["unit"].split(",")[0])
            if case["targets"]:
                judged.add(what)
            cells = {(what, peer): "%.3g" % value for peer, value in case["best"].items()}
            for key, cell in cells.items() if peers else [((what,), _cell(case))]:
                rows.setdefault(key, {})[name] = cell
    lines = [head + names]
    for key, cells in rows.items():
        if key[0] in judged or not brief:
            lines.append([*key, *(cells.get(name, "-") for name in names)])
    if markdown:
        lines.insert(1, ["---"] * len(lines[0]))
        return ["| " + " | ".join(line) + " |" for line in lines]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]


def _cell(case):
    """What chunkarray takes and, in parentheses, a peer: the one that the case is judged by, or the nearest."""
    best = case["best"]
    if "chunkarray" not in best:
        return ", ".join("%s %.3g" % (peer, value) for peer, value in best.items() if peer != "empty loop")
    bases = [verdict["base"] for verdict in case["targets"]] + ["list", "memmove (ctypes)", "array.array"]
    for base in bases:
        if base in best:
            return "%.3g (%s %.3g)" % (best["chunkarray"], base.split(" ")[0], best[base])
    return "%.3g" % best["chunkarray"]


def write_into_readme(mark, lines):
    """Puts the lines between the two marks of README.md."""
    readme = os.path.join(os.path.dirname(HERE), "README.md")
    with open(readme) as file:
        text = file.read()
    begin = text.find("<!-- %s: " % mark)
    begin = text.find("\n", begin) + 1 if begin >= 0 else -1
    end = text.find("<!-- end of %s -->" % mark, begin)
    if begin < 0 or end < 0:
        raise SystemExit("README.md has lost the marks of its table: %s" % mark)
    with open(readme, "w") as file:
        file.write(text[:begin] + "\n".join(lines) + "\n" + text[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--brief", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--save", metavar="FOLDER")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--readme", metavar="MARK")
    parser.add_argument("rows", nargs="+", metavar="NAME[=PYTHON]")
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    given, options = parser.parse_args(arguments[:cut]), arguments[cut + 1 :]
    reports = {}
    for row in given.rows:
        name, _, python = row.partition("=")
        report = measure(name, python, options)
        if report is None:
            continue
        reports[name] = report
        if given.save:
            with open(os.path.join(given.save, name + ".json"), "w") as file:
                json.dump(report, file, indent=1)
    if given.readme:
        write_into_readme(given.readme, table(reports, True, given.brief, given.peers))
    if given.json:
        with open(given.json, "w") as file:
            json.dump(what_counts(reports), file, indent=1)
            file.write("\n")
    print("\n".join(table(reports, given.markdown, given.brief, given.peers)))
    return 0 if len(reports) == len(given.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
