"""python benches/rows.py [--json FILE] [--markdown] NAME=PYTHON.. [-- OPTION..]

Runs `python benches OPTION..` with each PYTHON in turn (each with chunkarray installed) and prints one table.
A NAME of the form name:host sets CHUNKARRAY_HOST=host. Example:

    python benches/rows.py 3.13=/usr/bin/python3.13 pypy=~/pypy/bin/pypy pypy:own=~/pypy/bin/pypy -- append index
"""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def measure(name, python, options):
    """The report of one interpreter, or None if it could not run."""
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
        return None
    return json.loads(done.stdout)


def table(reports, markdown):
    """Lines: a case each, a column for each interpreter, `chunkarray` and its ratio to list or the nearest peer."""
    names = list(reports)
    rows = {}
    for name, report in reports.items():
        for case in report["cases"]:
            key = "%s: %s, %s" % (case["subject"], case["case"], case["unit"])
            rows.setdefault(key, {})[name] = _cell(case)
    lines = [["what"] + names]
    for key, cells in rows.items():
        lines.append([key] + [cells.get(name, "-") for name in names])
    widths = [max(len(line[column]) for line in lines) for column in range(len(names) + 1)]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths)] for line in lines]
    if not markdown:
        return ["  ".join(line).rstrip() for line in padded]
    rule = ["-" * width for width in widths]
    return ["| " + " | ".join(line) + " |" for line in padded[:1] + [rule] + padded[1:]]


def _cell(case):
    best = case["best"]
    if "chunkarray" not in best:
        pairs = ["%s %.4g" % (peer, value) for peer, value in best.items() if peer != "empty loop"]
        text = ", ".join(pairs)
    else:
        ours = best["chunkarray"]
        text = "%.4g" % ours
        for peer in ("list", "memmove (ctypes)", "array.array"):
            if best.get(peer):
                text += " (%.2f x %s)" % (ours / best[peer], peer.split(" ")[0])
                break
    missed = [verdict for verdict in case["targets"] if not verdict["ok"]]
    return text + (" NO" if missed else "")


def main(arguments):
    options = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, options = arguments[:cut], arguments[cut + 1 :]
    markdown = "--markdown" in arguments
    path = None
    if "--json" in arguments:
        at = arguments.index("--json")
        path = arguments[at + 1]
        del arguments[at : at + 2]
    pairs = [argument.split("=", 1) for argument in arguments if argument != "--markdown"]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        sys.exit(__doc__)
    reports = {}
    for name, python in pairs:
        report = measure(name, python, options)
        if report is not None:
            reports[name] = report
    print("\n".join(table(reports, markdown)))
    if path:
        with open(path, "w") as file:
            json.dump(reports, file, indent=1)
            file.write("\n")
    return 0 if len(reports) == len(pairs) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
