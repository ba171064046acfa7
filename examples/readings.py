"""python examples/readings.py [FILE SENSOR]: a log of numbers into columns, and the mean of any span of it at once.

Each line is a time in seconds, the name of a sensor and its reading; what is none is counted and passed over. Without
a FILE the program makes up a log of 100,000 lines, of the sensors `inside` and `outside`.
"""

import sys

from chunkarray import ChunkArray


def read(lines, put_time, put_value, sensor):
    """Puts the times and the values of one sensor's lines; gives how many lines were no readings."""
    bad = 0
    for line in lines:
        fields = line.split()
        if len(fields) != 3:
            bad += 1
        elif fields[1] == sensor:
            try:
                time, value = int(fields[0]), float(fields[2])
            except ValueError:
                bad += 1
            else:
                put_time(time)
                put_value(value)
    return bad


def running_total(values, put):
    """Puts the sum of all values up to each of them: a prefix sum."""
    total = 0.0
    put(total)
    for value in values:
        total += value
        put(total)


def means(totals, width):
    """The mean of every `width` readings in a row, each by one subtraction; gives the least and the greatest."""
    low, high = float("inf"), float("-inf")
    for end in range(width, len(totals)):
        mean = (totals[end] - totals[end - width]) / width
        low, high = min(low, mean), max(high, mean)
    return low, high


def made_up(count):
    """The lines of a log as a thermometer and a clock might write it, with a broken one here and there."""
    state = 1
    for k in range(count):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        if k % 1000 == 999:
            yield "%d outside lost\n" % k
        elif k % 2:
            yield "%d outside %.3f\n" % (k, 20 + k % 86400 / 8640 + (state >> 16) / 32768)
        else:
            yield "%d inside %.3f\n" % (k, 20 + (state >> 16) / 32768)


def main(name=None, sensor="outside"):
    times, values, totals = ChunkArray("S8"), ChunkArray("F8"), ChunkArray("F8")
    with times.appender() as put_time, values.appender() as put_value:
        if name is None:
            bad = read(made_up(100000), put_time, put_value, sensor)
        else:
            with open(name) as lines:
                bad = read(lines, put_time, put_value, sensor)
    with totals.appender() as put:
        running_total(values, put)
    print("%d readings, the last at %d s; %d lines are none" % (len(values), times[-1] if times else 0, bad))
    if len(values) >= 3600:
        print("means of 3600 readings in a row: %.3f to %.3f" % means(totals, 3600))


if __name__ == "__main__":
    main(*sys.argv[1:])
