"""What `import chunkarray` adds to the start of a process."""

from statistics import median

from harness import CPYTHON, Case, Settings, Target, child, numpy


def cases():
    programs = {"pass": "pass", "chunkarray": "import chunkarray", "array.array": "import array"}
    if numpy is not None:
        programs["numpy"] = "import numpy"
    times = {name: [] for name in programs}
    _out, once = child("-c", "import chunkarray")
    runs = min(max(3, Settings.rounds // 12), max(2, int(4 * Settings.seconds / (once * len(programs)))))
    for _ in range(runs):
        for name, program in programs.items():
            times[name].append(child("-c", program)[1] * 1e3)
    found = {name: median(values) for name, values in times.items()}
    # Paired: each import beside the empty program that ran right before it.
    adds = {}
    for name in list(programs)[1:]:
        adds[name] = median(full - bare for full, bare in zip(times[name], times["pass"]))
    yield Case("import", "whole process", "ms of processor time, median of %d" % runs, found, (), times)
    yield Case("import", "what it adds", "ms of processor time", adds, [Target(None, 25, applies=CPYTHON)])
