"""Programs of the scanner, which finds where messages begin: whatever a program says, it stays within the data."""

from chunkarray._records.program import program_of
from harness import both
from messages import PACKET, PICTURE, Packet, Picture, Record4

PROGRAMS = [bytes(program_of(cls.__layout__)) for cls in (Packet, Picture, Record4) if program_of(cls.__layout__)]
DATA = [PACKET * 2, PICTURE, b"\1\3abc\2\0\3\1x" * 5, b"", bytes(200)]
SEEDS = PROGRAMS
WORDS = [bytes([code]) + bytes(7) for code in range(16)] + [b"\xff" * 8, bytes(8), b"\1" + bytes(7), b"\x7f"]
ERRORS = (ValueError,)


def check(program):
    for data in DATA:
        for limit in (0, 10, 1 << 16):
            both(lambda core: _scanned(core, program, data, limit))


def _scanned(core, program, data, limit):
    offsets = core.Array("U8")
    at, why = core.scan(program, data, 0, 0, limit, offsets)
    assert 0 <= at <= len(data)
    return at, why, offsets.tolist()
