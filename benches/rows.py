"""python benches/rows.py [--markdown] [--brief] [--save FOLDER] NAME=PYTHON.. [-- OPTION..]

Runs `python benches OPTION..` with each PYTHON in turn (each with chunkarray installed) and prints one table.
A NAME of the form name:host sets CHUNKARRAY_HOST=host. --save keeps each report as FOLDER/NAME.json; such a file in the
place of a PYTHON is read instead. --brief leaves out the cases without a target. Example:

    python benches/rows.py 3.13=/usr/bin/python3.13 pypy=~/pypy/bin/pypy pypy:own=~/pypy/bin/pypy -- append index
"""

import argparse
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


def table(reports, markdown, brief):
    """Lines: one for each case, with a column for each interpreter."""
    names = list(reports)
    rows, judged = {}, set()
    for name, report in reports.items():
        for case in report["cases"]:
            key = "%s: %s, %s" % (case["subject"], case["case"], case["unit"].split(",")[0])
            rows.setdefault(key, {})[name] = _cell(case)
            if case["targets"]:
                judged.add(key)
    lines = [["what"] + names]
    for key, cells in rows.items():
        if key in judged or not brief:
            lines.append([key] + [cells.get(name, "-") for name in names])
    if markdown:
        lines.insert(1, ["---"] * len(lines[0]))
        return ["| " + " | ".join(line) + " |" for line in lines]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names) + 1)]
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--brief", action="store_true")
    parser.add_argument("--save", metavar="FOLDER")
    parser.add_argument("rows", nargs="+", metavar="NAME=PYTHON")
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
    print("\n".join(table(reports, given.markdown, given.brief)))
    return 0 if len(reports) == len(given.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
