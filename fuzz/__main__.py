"""python fuzz [TARGET..] [--seconds S] [--seed N] [--input N] [--list]

Feeds the parsers of the installed chunkarray with damaged input, on the interpreter that runs this. Whatever is read,
the only errors may be those that are documented, within a bound of time and memory; and where there are two parts that
do the same, the native one and its twin in Python, both must do the same.

Each input is made from the seed and its own number. What fails is printed with that number, and `--input N` runs it
alone; a process that dies or hangs is told from outside, for every target runs in a process of its own.
"""

import argparse
import importlib
import os
import subprocess
import sys
import time

import harness

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="python fuzz", description=__doc__, formatter_class=plain)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="of " + ", ".join(harness.targets()) + " (all)")
    parser.add_argument("--seconds", type=float, default=10, help="for each target (%(default)g)")
    parser.add_argument("--seed", type=int, default=0, help="another one makes other inputs (%(default)s)")
    parser.add_argument("--input", type=int, metavar="N", help="only this one, in this process")
    parser.add_argument("--list", action="store_true", help="what each target is about")
    parser.add_argument("--counter", help=argparse.SUPPRESS)  # we are the process of one target
    options = parser.parse_args()
    unknown = set(options.targets) - set(harness.targets())
    if unknown:
        parser.error("no such target: %s" % ", ".join(sorted(unknown)))
    chosen = options.targets or harness.targets()
    if options.list:
        for name in chosen:
            print("%-14s %s" % (name, importlib.import_module(name).__doc__.split("\n")[0]))
    elif options.input is not None:
        (name,) = chosen
        harness.run_one(name, options.seed, options.input, show=True)
    elif options.counter:
        (name,) = chosen
        harness.run_many(name, options.seed, options.seconds, options.counter)
    else:
        sys.exit(not all([watch(name, options.seed, options.seconds) for name in chosen]))


def watch(name, seed, seconds):
    """Runs one target in a process of its own, and tells how that ended."""
    if sys.implementation.name in getattr(importlib.import_module(name), "NOT_ON", ()):
        print("%-14s is not for %s" % (name, sys.implementation.name), flush=True)
        return True
    counter = harness.Counter()
    start = time.monotonic()
    command = [sys.executable, HERE, name, "--seed", str(seed), "--seconds", str(seconds), "--counter", counter.path]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    last, since, ended = -1, start, None
    while ended is None:
        try:
            ended = process.wait(0.2)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
            if counter.number != last:
                last, since = counter.number, now
            elif now - since > harness.MOST_SECONDS:
                process.kill()
                process.wait()
                ended = "no end after %d seconds" % harness.MOST_SECONDS
    number = counter.number
    counter.close()
    if ended == 0:
        print("%-14s %d inputs in %.0f s" % (name, number + 1, time.monotonic() - start), flush=True)
        return True
    if ended != harness.FAILED:  # which was told already
        if isinstance(ended, int):
            ended = "ended by signal %d" % -ended if ended < 0 else "ended with status %d" % ended
        print("%-14s input %d: %s" % (name, number, ended))
    print("%-14s to run it alone: python fuzz %s --seed %d --input %d" % (name, name, seed, number), flush=True)
    return False


if __name__ == "__main__":
    main()
