"""Hex text: what is none names the column."""

import re

from chunkarray import ChunkArray, Record

Tick = Record("Tick", time="U8", price="F4")
SEEDS = ["00 00 00 6C 33 33 74 00 01 02 03 04", "0x00,0x01,0xFF", "00:01:02\\n03_04", "6c33337400" * 3, "00 01\n02 0"]
SEEDS = [seed.replace("\\n", "\n") for seed in SEEDS]
WORDS = [" ", "\n", "0x", "0X", ",", ":", "_", "F", "G", "0", "x", "\u0661", "-"]
ERRORS = ()


def check(text):
    digits = re.sub(r"0[xX](?=[0-9A-Fa-f])|[ \t\r\n:,_]", "", text)
    a = ChunkArray("U1")
    b = ChunkArray(Tick)
    try:
        b.fromhex(text)
        taken = b.tobytes()
    except ValueError as error:
        taken = None
        message = str(error)
    try:
        a.frombytes(bytes.fromhex(digits))
        good = not re.search(r"\s", digits)
    except ValueError:
        good = False
    if taken is not None:
        assert good and a.tobytes() == taken
    elif message.startswith("hex text"):
        place = re.search(r"(?:line (\d+), )?column (\d+)", message)
        line = text.split("\n")[int(place[1] or 1) - 1]
        assert 1 <= int(place[2]) <= len(line), message
    else:
        assert "is cut off at offset" in message, message
        assert good and len(a) % Tick.size
