"""The programs in examples/ as they are, and the same code with lists and with array.array in the place of the arrays.

Where there is NumPy, it does the same in its own way: whole columns at a time. Times are those of the part that works
on the containers; each container gets a copy of the program of its own.
"""

import array
import importlib.util
import os

from harness import Case, clock, interleave, numpy, scaled

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples")
CODES = {"F8": "d", "S8": "q", "U4": "I"}
MILLISECOND = 1000000  # ns
# How a column is made; ChunkArray's own way is the programs'.
MAKERS = {"list": lambda dtype, count=0: [], "array.array": lambda dtype, count=0: array.array(CODES[dtype])}


def cases():
    for program in (_particles, _readings, _columns):
        name, runs = program()
        peers = {peer: _timed(run) for peer, run in runs.items()}
        results = {peer: [round(float(value), 6) for value in run()] for peer, run in runs.items()}
        if any(result != results["chunkarray"] for result in results.values()):
            raise AssertionError("%s: different results: %s" % (name, results))
        values, rounds = interleave(peers, 1, per=MILLISECOND, slowest=60)
        yield Case("examples", name, "ms", values, (), rounds)


def _load(name):
    """The program as a module of its own, whatever was loaded before."""
    spec = importlib.util.spec_from_file_location("example_" + name, os.path.join(FOLDER, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _timed(run):
    def timed(_count):
        start = clock()
        run()
        return clock() - start

    return timed


def _particles():
    balls, steps = 100, scaled(2000)

    def variant(*new):
        program = _load("particles")

        def run():
            height, events = program.simulate(balls, steps, *new)
            return height[0], len(events.time), sum(events.ball), sum(events.speed)

        return run

    runs = {"chunkarray": variant(), **{name: variant(new) for name, new in MAKERS.items()}}
    if numpy is not None:
        runs["numpy"] = lambda: _particles_numpy(_load("particles"), balls, steps)
    return "particles.py: %d balls, %d steps" % (balls, steps), runs


def _particles_numpy(program, balls, steps):
    height, speed = 1.0 + numpy.arange(balls) / balls, numpy.zeros(balls)
    who, speeds = [], []
    for _ in range(steps):
        speed -= program.GRAVITY * program.STEP
        height += speed * program.STEP
        (hit,) = numpy.nonzero(height < 0.0)
        if len(hit):
            height[hit] = -height[hit]
            speed[hit] *= -program.BOUNCE
            who.append(hit)
            speeds.append(speed[hit])
    who, speeds = numpy.concatenate(who), numpy.concatenate(speeds)
    return height[0], len(who), who.sum(), speeds.sum()


def _readings():
    count = scaled(20000)
    lines = list(_load("readings").made_up(count))
    width = 100

    def ours():
        times, values, totals = ChunkArray("S8"), ChunkArray("F8"), ChunkArray("F8")
        with times.appender() as put_time, values.appender() as put_value:
            program.read(lines, put_time, put_value, "outside")
        with totals.appender() as put:
            program.running_total(values, put)
        return len(times), *program.means(totals, width)

    def variant(new):
        program = _load("readings")

        def run():
            times, values, totals = new("S8"), new("F8"), new("F8")
            program.read(lines, times.append, values.append, "outside")
            program.running_total(values, totals.append)
            return len(times), *program.means(totals, width)

        return run

    def with_numpy():
        times, values = [], []
        reader.read(lines, times.append, values.append, "outside")
        times, values = numpy.array(times), numpy.array(values)
        totals = numpy.concatenate([[0.0], numpy.cumsum(values)])
        found = (totals[width:] - totals[:-width]) / width
        return len(times), found.min(), found.max()

    from chunkarray import ChunkArray

    program, reader = _load("readings"), _load("readings")
    runs = {"chunkarray": ours, **{name: variant(new) for name, new in MAKERS.items()}}
    if numpy is not None:
        runs["numpy"] = with_numpy
    return "readings.py: %d lines" % count, runs


def _columns():
    count, steps = 50, 10

    def variant(*new):
        program = _load("columns")

        def run():
            bodies = program.cloud(count, *new)
            program.advance(bodies, steps)
            return [bodies[name][0] for name in program.NAMES]

        return run

    runs = {"chunkarray": variant(), **{name: variant(new) for name, new in MAKERS.items()}}
    if numpy is not None:
        program = _load("columns")
        runs["numpy"] = lambda: _columns_numpy(program, count, steps)
    return "columns.py: %d bodies, %d steps" % (count, steps), runs


def _columns_numpy(program, count, steps, step=0.001):
    start = program.cloud(count, MAKERS["list"])
    place, speed = (numpy.array([start[name] for name in names]) for names in ("xyz", "uvw"))
    mass = numpy.array(start["mass"])
    for _ in range(steps):
        away = place[:, None, :] - place[:, :, None]
        square = (away * away).sum(0) + program.SOFTENING
        speed += step * (away * (mass / (square * numpy.sqrt(square)))).sum(2)
        place += speed * step
    return [*place[:, 0], *speed[:, 0], mass[0]]
