"""python examples/pixels.py [FILE.ppm]: an image as an array of pixels with the names r, g and b.

It is read from its file straight into the array's memory, pixel 100 is changed by name and written back to where it was,
the whole is shown in the terminal, and saved beside the file as a PNG. Without a FILE the program paints one of 800 x
600 pixels, sunset.ppm in a temporary folder.
"""

import os
import struct
import sys
import tempfile
import zlib

from chunkarray import ChunkArray, Record, hexdump

Pixel = Record("Pixel", r="U1", g="U1", b="U1")


def read(file):
    """Width, height and the pixels of a PPM, whose pixels the file stands behind then. ValueError for another file."""
    width, height = header(file)
    pixels = ChunkArray(Pixel, capacity=width * height)
    pixels.fromfile(file, width * height)
    return width, height, pixels


def header(file):
    """Width and height, from the three lines or so before the pixels of a PPM: "P6", the size, 255, and comments."""
    words = []
    while len(words) < 4:
        line = file.readline(1000)
        if not line or not words and not line.startswith(b"P6"):
            raise ValueError("this is no PPM of the kind P6")
        words += line.partition(b"#")[0].split()
    width, height, most = map(int, words[1:4])
    if min(width, height) < 1:
        raise ValueError("an image of %d x %d pixels" % (width, height))
    if most != 255:
        raise ValueError("the pixels have %d steps of light, not 255" % most)
    return width, height


def change(file, pixels, index, **colour):
    """Gives a pixel another colour, and writes it to where it lies in its file."""
    pixel = pixels[index]
    for name, value in colour.items():
        pixel[name] = value
    file.seek((index - len(pixels)) * Pixel.size, os.SEEK_END)
    file.write(bytes(pixel))


def png(width, height, pixels):
    """The image as the bytes of a PNG."""

    def chunk(kind, data):
        return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))

    # A byte 0 before each row says that it is stored as it is.
    rows = (b"\0" + pixels[start : start + width].tobytes() for start in range(0, len(pixels), width))
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            chunk(b"IDAT", zlib.compress(b"".join(rows))),
            chunk(b"IEND", b""),
        ]
    )


def half_blocks(width, height, pixels, columns=80):
    """The image as lines for a terminal with colours: each character is the upper of two pixels, its ground the lower."""
    columns = min(columns, width)
    rows = max(1, height * columns // width // 2)
    for row in range(rows):
        line = []
        for column in range(columns):
            x = column * width // columns
            upper, lower = (pixels[(y * height // (2 * rows)) * width + x] for y in (2 * row, 2 * row + 1))
            line.append("\033[38;2;%d;%d;%d;48;2;%d;%d;%dm▀" % (*upper, *lower))
        yield "".join(line) + "\033[0m"


def letters(width, height, pixels, columns=80):
    """The image as lines of letters, the brighter the denser, for where there is no colour."""
    columns = min(columns, width)
    rows = max(1, height * columns // width // 2)
    for row in range(rows):
        line = ""
        for column in range(columns):
            pixel = pixels[row * height // rows * width + column * width // columns]
            line += " .:-=+*#%@"[(2 * pixel.r + 5 * pixel.g + pixel.b) * 10 // 2048]
        yield line


def sunset(width=800, height=600):
    """The bytes of a PPM: a sun over the sea."""
    horizon, radius = height * 3 // 5, height // 6
    rows = [b"P6\n# made by examples/pixels.py\n%d %d\n255\n" % (width, height)]
    for y in range(height):
        if y < horizon:
            share = y / horizon
            ground = bytes((int(40 + 200 * share), int(30 + 110 * share), int(90 - 10 * share)))
            reach = radius**2 - (y - horizon + radius // 3) ** 2
            half = int(reach**0.5) if reach > 0 else 0
        else:
            share = (y - horizon) / (height - horizon)
            ground = bytes((int(120 - 100 * share), int(70 - 40 * share), int(90 - 20 * share)))
            # The sun's way on the water: stripes that get wider.
            half = int(radius * (0.4 + 0.8 * share)) if (y - horizon) * 40 // height % 2 == 0 else 0
        sun = bytes((255, int(200 - 60 * abs(share - 0.5)), 90))
        left = width // 2 - half
        rows.append(ground * left + sun * (2 * half) + ground * (width - left - 2 * half))
    return b"".join(rows)


def in_colour():
    """Whether the terminal that reads along, if one does, is to get colours."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def main(name=None):
    if name is None:
        name = os.path.join(tempfile.mkdtemp(), "sunset.ppm")
        with open(name, "wb") as file:
            file.write(sunset())
    with open(name, "r+b") as file:
        width, height, pixels = read(file)
        print("%s: %d x %d pixels, %d bytes" % (name, width, height, pixels.nbytes))
        index = min(100, len(pixels) - 1)
        print("pixel %d was %r" % (index, pixels[index]))
        change(file, pixels, index, r=255, g=0, b=128)
        print("pixel %d is  %r" % (index, pixels[index]))
    hexdump(pixels[max(0, index - 1) : index + 2])
    for line in (half_blocks if in_colour() else letters)(width, height, pixels):
        print(line)
    saved = os.path.splitext(name)[0] + ".png"
    with open(saved, "wb") as file:
        file.write(png(width, height, pixels))
    print("saved as %s" % saved)


if __name__ == "__main__":
    main(*sys.argv[1:])
