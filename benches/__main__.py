"""python benches [SUBJECT..] [--json FILE] [--rounds N] [--seconds S] [--scale X]

Measures the installed chunkarray on the interpreter that runs this, beside list, array.array and, where it is
installed, NumPy. Numbers vary from run to run and from machine to machine; what is compared was run side by side.
"""

import argparse
import importlib
import json
import sys
import traceback

import harness

SUBJECTS = (
    *("append", "index", "iterate", "doors", "scalars", "extend", "kernels", "twin"),
    *(
        "key_table",
        "arena",
        "log",
        "records",
        "messages",
        "empty",
        "import_time",
        "hosts",
        "module_door",
        "c",
        "examples",
        "pipelines",
        "tpch",
    ),
)


def main():
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="python benches", description=__doc__, formatter_class=plain)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help="of " + ", ".join(SUBJECTS) + " (all)")
    parser.add_argument("--json", metavar="FILE", help="write all numbers there; - for standard output alone")
    parser.add_argument("--rounds", type=int, default=harness.Settings.rounds, help="rounds at most (%(default)s)")
    parser.add_argument("--seconds", type=float, default=harness.Settings.seconds, help="for one case (%(default)s)")
    parser.add_argument("--scale", type=float, default=1.0, help="times the number of elements (%(default)s)")
    options = parser.parse_args()
    unknown = [subject for subject in options.subjects if subject not in SUBJECTS]
    if unknown:
        parser.error("no such subject: %s" % ", ".join(unknown))
    harness.Settings.rounds = options.rounds
    harness.Settings.seconds = options.seconds
    harness.Settings.scale = options.scale
    harness.settle_heap()

    report = harness.environment()
    speak = options.json != "-"
    if speak:
        about = report["chunkarray"]
        print(
            "%s %s (Python %s), host %s, chunkarray %s, numpy %s%s\n%s, %s cores, load %.1f\n"
            % (
                about["interpreter"],
                about["version"],
                about["python"],
                about["host"],
                about["wheel_version"],
                report["numpy"] or "not installed",
                "".join(", %s %s" % (name, version or "not installed") for name, version in report["peers"].items()),
                report["machine"],
                report["cores"],
                report["load"][0],
            )
        )
    found, failed = [], []
    for subject in options.subjects or SUBJECTS:
        try:
            for case in importlib.import_module(subject).cases():
                if speak:
                    case.print()
                found.append(case)
        except Exception:  # the other subjects' numbers are worth having
            traceback.print_exc()
            failed.append(subject)
    report["cases"] = [case.as_json() for case in found]
    verdicts = [verdict for case in found for verdict in case.verdicts]
    if speak and verdicts:
        print("\n%d of %d targets reached" % (sum(verdict["ok"] for verdict in verdicts), len(verdicts)))
    if options.json == "-":
        json.dump(report, sys.stdout, indent=1)
        print()
    elif options.json:
        with open(options.json, "w") as file:
            json.dump(report, file, indent=1)
            file.write("\n")
    if failed:
        sys.exit("could not measure: " + ", ".join(failed))


if __name__ == "__main__":
    main()
