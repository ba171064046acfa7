"""The programs in examples/: each runs alone, and comes to the same result with lists in the place of the arrays."""

import struct
import zlib

import pytest

from chunkarray import ChunkArray
from example_programs import load, needs_examples, run
from support import scaled

pytestmark = needs_examples


def plain(dtype, count=0):
    return []


class TestParticles:
    def test_simulation(self):
        particles = load("particles")
        balls, steps = scaled(20, least=5), 1500
        height, events = particles.simulate(balls, steps)
        assert type(height) is type(events.time) is ChunkArray
        listed, others = particles.simulate(balls, steps, plain)
        assert height.tolist() == listed
        assert events.time.tolist() == others.time
        assert events.ball.tolist() == others.ball
        assert events.speed.tolist() == others.speed
        assert particles.bounces(events, balls) == particles.bounces(others, balls)

    def test_physics(self):
        """A ball that falls from 1 m meets the ground after the time, and with the speed, that school teaches."""
        particles = load("particles")
        height, events = particles.simulate(1, 500)
        assert events.ball.tolist() == [0]
        assert events.time[0] == pytest.approx((2 / particles.GRAVITY) ** 0.5, abs=2 * particles.STEP)
        assert events.speed[0] == pytest.approx(particles.BOUNCE * (2 * particles.GRAVITY) ** 0.5, rel=0.01)

    def test_alone(self):
        assert run("particles", 3, 1400)[0] == "3 balls, 1.4 s: 4 bounces"


class TestReadings:
    LINES = ["1 a 1.5\n", "2 b 9\n", "x a 3\n", "3 a y\n", "\n", "4 a 2.5 more\n", "5 a -4\n"]

    def test_what_is_a_reading(self):
        readings = load("readings")
        times, values = ChunkArray("S8"), ChunkArray("F8")
        with times.appender() as put_time, values.appender() as put_value:
            assert readings.read(self.LINES, put_time, put_value, "a") == 4
        assert times.tolist() == [1, 5]
        assert values.tolist() == [1.5, -4.0]

    def test_totals_and_means(self):
        readings = load("readings")
        count = scaled(5000, least=500)
        listed, values, totals = [], ChunkArray("F8", chunk_size=16), ChunkArray("F8", chunk_size=16)
        readings.read(readings.made_up(count), lambda time: None, listed.append, "outside")
        with values.appender() as put:
            assert readings.read(readings.made_up(count), lambda time: None, put, "outside") == count // 1000
        with totals.appender() as put:
            readings.running_total(values, put)
        assert values.tolist() == listed
        assert len(totals) == len(values) + 1
        assert totals[-1] == pytest.approx(sum(listed))
        spans = [sum(listed[k : k + 50]) / 50 for k in range(len(listed) - 49)]
        assert readings.means(totals, 50) == (pytest.approx(min(spans)), pytest.approx(max(spans)))

    def test_alone(self, tmp_path):
        log = tmp_path / "log.txt"
        log.write_text("".join(self.LINES))
        assert run("readings", log, "a") == ["2 readings, the last at 5 s; 4 lines are none"]
        assert run("readings", log, "nobody")[0].startswith("0 readings")


class TestColumns:
    def test_same_as_with_lists(self):
        columns = load("columns")
        count = scaled(12, least=4)
        ours, lists = columns.cloud(count), columns.cloud(count, plain)
        assert all(ours[name].contiguous for name in columns.NAMES)
        columns.advance(ours, 3)
        columns.advance(lists, 3)
        assert {name: column.tolist() for name, column in ours.items()} == lists

    def test_what_stays_the_same(self):
        columns = load("columns")
        bodies = columns.cloud(scaled(12, least=4))
        before = columns.energy(bodies)
        columns.advance(bodies, 20)
        assert columns.energy(bodies) == pytest.approx(before, rel=1e-3)
        for axis in "uvw":
            assert sum(m * c for m, c in zip(bodies["mass"], bodies[axis])) == pytest.approx(0.0, abs=1e-12)

    def test_alone(self):
        lines = run("columns", 5, 2)
        assert lines[0] == "5 bodies, 2 steps"
        assert lines[1].startswith("energy -0.")


class TestPixels:
    SIZE = 16, 12

    @pytest.fixture
    def image(self, tmp_path):
        path = tmp_path / "image.ppm"
        path.write_bytes(load("pixels").sunset(*self.SIZE))
        return path

    def test_a_pixel_by_name_and_back(self, image):
        pixels = load("pixels")
        before = image.read_bytes()
        with open(image, "r+b") as file:
            width, height, array = pixels.read(file)
            assert (width, height, len(array)) == (*self.SIZE, 192)
            assert array.tobytes() == before[-576:]
            pixels.change(file, array, 100, r=1, g=2, b=3)
        assert tuple(array[100]) == (1, 2, 3)
        place = len(before) - 576 + 300
        assert image.read_bytes() == before[:place] + bytes((1, 2, 3)) + before[place + 3 :]

    def test_the_png_has_the_same_pixels(self, image):
        pixels = load("pixels")
        with open(image, "rb") as file:
            width, height, array = pixels.read(file)
        data = pixels.png(width, height, array)
        assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[16:29] == struct.pack(">IIBBBBB", 16, 12, 8, 2, 0, 0, 0)
        (length,) = struct.unpack(">I", data[33:37])
        rows = zlib.decompress(data[41 : 41 + length])
        assert b"".join(rows[y * 49 + 1 : y * 49 + 49] for y in range(12)) == array.tobytes()
        assert data[41 + length : 45 + length] == struct.pack(">I", zlib.crc32(data[37 : 41 + length]))

    def test_pictures(self, image):
        pixels = load("pixels")
        with open(image, "rb") as file:
            found = pixels.read(file)
        lines = list(pixels.letters(*found, columns=8))
        assert len(lines) == 3 and set(map(len, lines)) == {8}
        blocks = list(pixels.half_blocks(*found, columns=8))
        assert len(blocks) == 3 and all(line.count("▀") == 8 and line.endswith("\033[0m") for line in blocks)
        first, below = found[2][0], found[2][2 * 16]
        assert blocks[0].startswith("\033[38;2;%d;%d;%d;48;2;%d;%d;%dm" % (*first, *below))

    @pytest.mark.parametrize(
        "data", [b"", b"P5\n1 1\n255\n0", b"P6\n1 1\n65535\n000000", b"P6\n0 1\n255\n", b"P6\nx\n1 255\n"]
    )
    def test_other_files(self, tmp_path, data):
        path = tmp_path / "other"
        path.write_bytes(data)
        with open(path, "rb") as file, pytest.raises(ValueError):
            load("pixels").read(file)

    @pytest.mark.parametrize("less, error, words", [(3, EOFError, "191 of 192"), (4, ValueError, "Pixel.b is cut off")])
    def test_a_short_file(self, image, less, error, words):
        image.write_bytes(image.read_bytes()[:-less])
        with open(image, "rb") as file, pytest.raises(error, match=words):
            load("pixels").read(file)

    def test_alone(self, image):
        lines = run("pixels", image)
        assert lines[0] == "%s: 16 x 12 pixels, 576 bytes" % image
        assert lines[2].endswith("Pixel(r=255, g=0, b=128)")
        assert lines[-1] == "saved as %s" % image.with_suffix(".png")
