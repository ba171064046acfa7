"""python examples/columns.py [BODIES] [STEPS]: bodies that attract each other, one column for each quantity.

The columns could be handed to NumPy at any moment without a copy: with a capacity they lie in one piece.
"""

import sys

from chunkarray import ChunkArray

SOFTENING = 0.01  # added to squared distances: forces stay finite where bodies meet
NAMES = ("x", "y", "z", "u", "v", "w", "mass")  # place, velocity, mass


def column(dtype, count):
    return ChunkArray(dtype, capacity=count)


def cloud(count, new=column):
    """`count` bodies at rest all over a ball, of 1 mass together: {name: column}."""
    bodies = {name: new("F8", count) for name in NAMES}
    state = 1
    while len(bodies["mass"]) < count:
        place = []
        for _ in range(3):
            state = state * 1103515245 + 12345 & 0x7FFFFFFF
            place.append((state >> 8) / 4194304 - 1.0)
        if sum(c * c for c in place) <= 1.0:
            for name, value in zip(NAMES, (*place, 0.0, 0.0, 0.0, 1.0 / count)):
                bodies[name].append(value)
    return bodies


def advance(bodies, steps, step=0.001):
    """Moves the bodies on by `steps` steps: velocities first, then places."""
    x, y, z, u, v, w, mass = (bodies[name] for name in NAMES)
    count = len(mass)
    for _ in range(steps):
        for i in range(count):
            xi, yi, zi, mi = x[i], y[i], z[i], mass[i]
            ui, vi, wi = u[i], v[i], w[i]
            for j in range(i + 1, count):
                dx, dy, dz = x[j] - xi, y[j] - yi, z[j] - zi
                square = dx * dx + dy * dy + dz * dz + SOFTENING
                pull = step / (square * square**0.5)
                ui += dx * pull * mass[j]
                vi += dy * pull * mass[j]
                wi += dz * pull * mass[j]
                u[j] -= dx * pull * mi
                v[j] -= dy * pull * mi
                w[j] -= dz * pull * mi
            u[i], v[i], w[i] = ui, vi, wi
        for i in range(count):
            x[i] += u[i] * step
            y[i] += v[i] * step
            z[i] += w[i] * step


def energy(bodies):
    """Kinetic and potential energy together, which stays the same, but for the error of the steps."""
    x, y, z, u, v, w, mass = (bodies[name] for name in NAMES)
    total = 0.0
    for i in range(len(mass)):
        total += mass[i] * (u[i] ** 2 + v[i] ** 2 + w[i] ** 2) / 2
        for j in range(i + 1, len(mass)):
            square = (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 + (z[i] - z[j]) ** 2 + SOFTENING
            total -= mass[i] * mass[j] / square**0.5
    return total


def main(count=100, steps=100):
    bodies = cloud(count)
    before = energy(bodies)
    advance(bodies, steps)
    after = energy(bodies)
    print("%d bodies, %d steps" % (count, steps))
    print("energy %.6f before, %.6f after" % (before, after))
    print("momentum %.1e" % max(abs(sum(m * c for m, c in zip(bodies["mass"], bodies[axis]))) for axis in "uvw"))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
