"""python examples/particles.py [PARTICLES] [STEPS]: bouncing balls, and a record of every bounce.

The state of the balls is two columns that are read and written in place. What happens to them is appended to three
more columns, which could be watched meanwhile: elements never move.
"""

import sys

from chunkarray import ChunkArray

GRAVITY, STEP, BOUNCE = 9.81, 0.001, 0.9


class Events:
    """One entry a bounce: its time in seconds, the number of the ball, and its speed after it in m/s."""

    def __init__(self, new):
        self.time, self.ball, self.speed = new("F8"), new("U4"), new("F8")


def simulate(balls, steps, new=ChunkArray):
    """Lets `balls` balls fall from 1 m and more for `steps` steps; gives (heights, Events). `new` makes a column."""
    height, speed, events = new("F8"), new("F8"), Events(new)
    for ball in range(balls):
        height.append(1.0 + ball / balls)
        speed.append(0.0)
    for step in range(1, steps + 1):
        for ball in range(balls):
            v = speed[ball] - GRAVITY * STEP
            h = height[ball] + v * STEP
            if h < 0.0:
                h, v = -h, -v * BOUNCE
                events.time.append(step * STEP)
                events.ball.append(ball)
                events.speed.append(v)
            height[ball] = h
            speed[ball] = v
    return height, events


def bounces(events, balls):
    """How often each ball has bounced, as a list."""
    found = [0] * balls
    for ball in events.ball:
        found[ball] += 1
    return found


def main(balls=1000, steps=3000):
    height, events = simulate(balls, steps)
    counts = bounces(events, balls)
    print("%d balls, %.1f s: %d bounces" % (balls, steps * STEP, len(events.time)))
    if counts and max(counts):
        busiest = counts.index(max(counts))
        print("ball %d bounced %d times, last at %.3f m" % (busiest, counts[busiest], height[busiest]))
        print("the hardest bounce: %.2f m/s" % max(events.speed))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
