"""python benches/dumps.py: draws the pictures of docs/hexdump.md, and README's, from what hexdump() and layout() give.

Out come docs/hexdump-*-light.svg and docs/hexdump-*-dark.svg, for GitHub's two themes. `--check` writes nothing and
fails where something of that is not what they give now. It needs no binary: it runs the package in this checkout in plain
Python.
"""

import os
import re
import sys
import zlib
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
os.environ["CHUNKARRAY_HOST"] = "python"
sys.path.insert(0, str(ROOT / "python"))

from chunkarray import Checksum, ChunkArray, Const, Enum, Hexdump, Record, Switch  # noqa: E402
from chunkarray._hexdump import colours, escaping  # noqa: E402

THEMES = {
    "light": dict(text="#1f2328", ground="#ffffff", rule="#d1d9e0", good="#1a7f37", bad="#cf222e"),
    "dark": dict(text="#e6edf3", ground="#0d1117", rule="#3d444d", good="#3fb950", bad="#ff7b72"),
}
# The bytes' classes, on light and on dark.
CLASSES = {
    "light": dict(text="#0b7285", space="#1a7f37", control="#8250df", high="#9a6700"),
    "dark": dict(text="#39c5cf", space="#3fb950", control="#d2a8ff", high="#d29922"),
}
SIZE = 13  # of the font; a column of it has COLUMN
COLUMN, LINE, MARGIN = 7.8, 19, 16
WORDS = re.compile(r"[^ ]+(?: [^ ]+)*")  # what two blanks or more separate, which SVG would make one


Header = Record(
    "Header",
    [
        ("width", ">U4"),
        ("height", ">U4"),
        ("depth", "U1"),
        ("colour", Enum("U1", GREY=0, RGB=2, PALETTE=3)),
        ("compression", "U1"),
        ("filter", "U1"),
        ("interlace", "U1"),
    ],
)
Chunk = Record(
    "Chunk",
    [
        ("length", ">U4"),
        ("type", "TEXT[4]"),
        ("data", Switch("type", {"IHDR": Header}, default="B1[...]", size="length")),
        ("crc", Checksum("crc32", ">U4", over=("type", "data"))),
    ],
)
Png = Record("Png", [("signature", Const("B1[8]", b"\x89PNG\r\n\x1a\n")), ("chunks", Chunk[...])])
Packet = Record("Packet", "version: U1:4, kind: U1:4, time: TIME[s], price: >F4, name: TEXT[6]")


def image():
    """A whole PNG of 2 x 2 pixels. Its data is stored and not compressed: every zlib gives the same bytes."""
    rows = b"".join(b"\0" + row for row in (b"\xff\0\0\0\xff\0", b"\0\0\xff\xff\xff\xff"))
    header = Header(2, 2, 8, 2, 0, 0, 0)
    parts = [("IHDR", header), ("IDAT", zlib.compress(rows, 0)), ("IEND", b"")]
    return Png(chunks=[Chunk(type=type, data=data) for type, data in parts]).pack()


def pictures():
    """{name: (picture, columns)} of all that is drawn."""
    packets = ChunkArray(Packet, [(4, 1, 1_767_225_600 + k, 2.5 + k, "EUR%d" % k) for k in range(3)])
    text = b"\x89 plain bytes, as characters too\n" + bytes(16 * 40) + "and zeros: grüße\n".encode()
    return {
        "png": (Hexdump(image(), Png), 112),
        "records": (Hexdump(packets), 126),
        "layout": (Packet.layout(), 110),
        "format": (Png.layout(), 112),
        "bytes": (Hexdump(text), 80),
    }


def draw(picture, columns, theme):
    """A picture as SVG text. Each piece has its own place and length, so it stands right in any font."""
    known = THEMES[theme]
    styles = {**CLASSES[theme], "good": known["good"], "bad": known["bad"]}
    lines = list(picture._lines(columns))
    wide = max(sum(escaping.columns(piece[0]) for piece in line) for line in lines)
    width, height = round(2 * MARGIN + COLUMN * wide), 2 * MARGIN + LINE * len(lines)
    out = []
    for row, line in enumerate(lines):
        column, top = 0, MARGIN + LINE * row
        for text, style, _tip in line:
            length = escaping.columns(text)
            left = MARGIN + COLUMN * column
            column += length
            if isinstance(style, int):
                box = '<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>'
                out.append(box % (left, top + 1, COLUMN * length, LINE - 2, colours.PALETTE[style][0]))
            fill = "#000000" if isinstance(style, int) else styles.get(style, known["text"])
            more = {"bold": ' font-weight="600"', "dim": ' opacity="0.6"', "bad": ' font-weight="600"'}.get(style, "")
            for word in WORDS.finditer(text):
                place = left + COLUMN * escaping.columns(text[: word.start()])
                length = COLUMN * escaping.columns(word[0])
                out.append(
                    '<text x="%.1f" y="%d" textLength="%.1f" fill="%s"%s>%s</text>'
                    % (place, top + 14, length, fill, more, escape(word[0]))
                )
    frame = '<rect x="0.5" y="0.5" width="%d" height="%d" rx="6" fill="%s" stroke="%s"/>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s"\n'
        '  font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, Liberation Mono, monospace"'
        ' font-size="%d">\n%s\n%s\n</svg>\n'
        % (
            *(width, height, width, height, escape(escaping.safe(picture.title)), SIZE),
            frame % (width - 1, height - 1, known["ground"], known["rule"]),
            "\n".join(out),
        )
    )


def outcome():
    """{path: text} of all pictures."""
    return {
        DOCS / ("hexdump-%s-%s.svg" % (name, theme)): draw(picture, columns, theme)
        for name, (picture, columns) in pictures().items()
        for theme in THEMES
    }


def main():
    stale = {
        path: text for path, text in outcome().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit("not what hexdump gives now: %s; run benches/dumps.py" % ", ".join(map(str, stale)))
        return
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
