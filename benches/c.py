"""push and at from C, through chunkarray.h: the inline functions and the calls, beside a plain array that grows by
realloc. It needs a C compiler ($CC, else cc); without one, or without a binary, there is nothing to measure.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile

from harness import Case, Settings, Target, scaled

COUNT = 100000
# Of the issue that the header is for: a push and a read through it take less than two nanoseconds.
NS = 2.0


def _compiled(folder):
    """The path of the program, or None where there is no compiler."""
    import chunkarray

    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not shutil.which(compiler[0]) or chunkarray.about()["host"] == "python":
        print("c: needs cc, a C compiler, and the binary", file=sys.stderr)
        return None
    path = os.path.join(folder, "c")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "c.c")
    options = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-I", chunkarray.get_include()]
    subprocess.run([*compiler, *options, source, "-o", path, "-ldl"], check=True)
    return path


def cases():
    import chunkarray

    with tempfile.TemporaryDirectory() as folder:
        program = _compiled(folder)
        if program is None:
            return
        # A round of all peers takes about 20 ns for an element.
        count = scaled(COUNT)
        rounds = max(3, min(Settings.rounds, int(6 * Settings.seconds / (count * 40e-9))))
        command = [program, chunkarray.about()["binary"], str(count), str(rounds)]
        versions, *lines = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    found = {}
    for line in lines:
        case, peer, ns = line.split("\t")
        found.setdefault(case, {}).setdefault(peer, []).append(float(ns))
    for case, peers in found.items():
        values = {peer: min(values) for peer, values in peers.items()}
        ratios = ", ".join("%s %.2f" % (peer, value / values["plain array"]) for peer, value in values.items())
        yield Case(
            "c",
            case,
            "ns",
            values,
            [Target(None, NS, "inline")],
            peers,
            "%s; times the plain array: %s" % (versions, ratios),
        )
