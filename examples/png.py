"""A PNG picture, described whole: every byte belongs to a named field, and each chunk's checksum is verified.

    python png.py [FILE]

Without a file it makes a small picture of its own. It prints the chunks, changes the text and the resolution by name,
writes the picture back, reads it again, and shows what damage to a single bit looks like.
"""

import os
import sys
import tempfile
import zlib

from chunkarray import U1, Checksum, ChunkArray, Const, Enum, Record, Switch, hexdump


class Header(Record):
    width: ">U4"
    height: ">U4"
    depth: U1
    colour = Enum("U1", GREY=0, RGB=2, PALETTE=3, GREY_ALPHA=4, RGBA=6)
    compression = Enum("U1", DEFLATE=0)
    filtering = Enum("U1", ADAPTIVE=0)
    interlace = Enum("U1", NONE=0, ADAM7=1)


class Colour(Record):
    r: U1
    g: U1
    b: U1


class Resolution(Record):
    x: ">U4"
    y: ">U4"
    unit = Enum("U1", UNKNOWN=0, METRE=1)


class Time(Record):
    year: ">U2"
    month: U1
    day: U1
    hour: U1
    minute: U1
    second: U1


class Words(Record):
    key: "TEXTZ"
    text: "TEXT[...]"


class Chunk(Record):
    length: ">U4"
    kind: "TEXT[4]"
    data = Switch(
        "kind",
        {"IHDR": Header, "PLTE": "Colour[...]", "pHYs": Resolution, "tIME": Time, "tEXt": Words},
        default="B1[...]",
        size="length",
    )
    crc = Checksum("crc32", ">U4", over=("kind", "data"))


class Png(Record):
    signature = Const("B1[8]", b"\x89PNG\r\n\x1a\n")
    chunks: "Chunk[...]"


def line_of(width):
    """The record of one line of an RGB picture, as it is before it is compressed."""
    return Record("Line", [("filter", "U1"), ("pixels", Colour[width])])


def made_up(width=48, height=12):
    """A picture of a sunset."""
    lines = ChunkArray(line_of(width))
    for y in range(height):
        sun = [(x - width / 2) ** 2 / 4 + (y - height * 0.7) ** 2 < height for x in range(width)]
        lines.append((0, [(255, 220, 80) if s else (20 * y, 60 + 8 * y, 180 - 12 * y) for s in sun]))
    return Png(
        chunks=[
            Chunk(data=Header(width, height, 8, "RGB", "DEFLATE", "ADAPTIVE", "NONE")),
            Chunk(data=Resolution(2835, 2835, "METRE")),
            Chunk(data=Time(2026, 11, 21, 16, 20, 0)),
            Chunk(data=Words("Title", "Sunset")),
            Chunk(kind="IDAT", data=zlib.compress(lines.tobytes())),
            Chunk(kind="IEND", data=b""),
        ]
    )


def chunk(png, kind):
    """The first chunk of a kind."""
    return next(chunk for chunk in png.chunks if chunk.kind == kind)


def shown(png):
    """An RGB picture in characters, brighter ones for brighter pixels."""
    header = chunk(png, "IHDR").data
    if (header.colour.name, header.depth, header.interlace.name) != ("RGB", 8, "NONE"):
        return []
    lines = ChunkArray(line_of(header.width))
    lines.frombytes(zlib.decompress(b"".join(c.data for c in png.chunks if c.kind == "IDAT")))
    if any(lines["filter"]):
        return []
    return ["".join(" .:-=+*#%@"[sum(pixel) * 9 // 765] for pixel in line.pixels) for line in lines]


def main(path=None):
    raw = bytes(made_up())
    if path is not None:
        with open(path, "rb") as file:
            raw = file.read()
    png = Png.parse(raw)
    print("%d bytes, of which %d belong to no field" % (len(raw), len(raw) - len(bytes(png))))
    for each in png.chunks:
        print("  %s %6d bytes, CRC-32 %08x  %s" % (each.kind, each.length, each.crc, repr(each.data)[:70]))
    print(*shown(png), sep="\n")

    words = [each for each in png.chunks if each.kind == "tEXt"]
    if words:
        words[0].data.text += " over the sea"  # the length and the checksum follow
    else:
        png.chunks.insert(1, Chunk(data=Words("Title", "a picture")))
    copy = os.path.join(tempfile.mkdtemp(), "changed.png")
    with open(copy, "wb") as file:
        file.write(png.pack())
    with open(copy, "rb") as file:
        again = Png.parse(file.read())
    title = chunk(again, "tEXt")
    print("written back: %r, now %d bytes, CRC-32 %08x" % (title.data.text, title.length, title.crc))
    os.remove(copy)

    damaged = bytearray(raw)
    damaged[20] ^= 1
    try:
        Png.parse(damaged)
    except ValueError as error:
        print("one bit of it damaged:", error)
    hexdump(raw[:96], Png)


if __name__ == "__main__":
    main(*sys.argv[1:2])
