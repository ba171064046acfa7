"""Formats of the struct module: what struct takes is a record of the same size and values, or refused in words."""

import struct

from chunkarray import Record

SEEDS = ["<Qf", ">3sxH2d?", "@bqi0q", "=4p10s", "!hhl", "nNP", "<c3x2F", "ee"]
WORDS = list("@=<>!xcbB?hHiIlLqQnNefdspPFD0123456789 ") + ["0q", "99999", "2147483647s"]
ERRORS = (ValueError, struct.error)


def check(format):
    cls = Record.from_struct(format)
    assert cls.size == struct.calcsize(format)
    if cls.size < 1 << 16:
        record = cls.parse(bytes(cls.size))
        repr(record)
        assert bytes(record) == bytes(cls.size)
        values = struct.unpack(cls.struct_format(), bytes(cls.size)) if format[:1] in ("<", ">", "!") else ()
        assert all(not value for value in values if not isinstance(value, (bytes, complex)))
