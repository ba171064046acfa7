"""The bytes of records: whatever they are, both parts read them alike, and what was read is written as it stood."""

from harness import both

LAYOUTS = [
    "{time@0:U8,price@8:F4,flags@12:>U2}14",
    '{m@0:U1:0+3,k@0:U1:3+5,"two words"@1:TEXT[4],d@5:B1[3],p@8:{x@0:F4,y@4:>S2[2]}10[2],z@30:S2:3+4}32',
    "{a@0:BOOL:7+1,t@1:TIME[us],s@9:>SPAN[s][2],n@25:>F8,r@33:>B4,b@37:BOOL}40",
    "{a@2:>S8:60+4,b@2:>S8:0+60}11",
]
SEEDS = [
    bytes([k]) + piece * 5 for k in range(4) for piece in (bytes(14), bytes(range(32)), b"\xff" * 9, b"ab\xc3\xa9")
]
WORDS = [b"\0", b"\xff" * 8, b"\x80" + bytes(7), b"\x7f\xf0" + bytes(6), b"\xed\xb2\x80", bytes(16), b"\0\0\xc0\x7f"]
ERRORS = ()


def check(data):
    text = LAYOUTS[data[0] % len(LAYOUTS)] if data else LAYOUTS[0]
    both(lambda core: _read(core, text, data[1:]))


def _read(core, text, data):
    a = core.Array(text, chunk_size=2)
    a.frombytes(data[: len(data) // a.itemsize * a.itemsize])
    records = a.tolist()
    again = core.Array(text)
    again.extend(records)
    # A NaN equals nothing, and padding is lost.
    assert repr(again.tolist()) == repr(records)
    a._byteswap(0, 1, len(a))
    a._byteswap(0, 1, len(a))
    assert a.tobytes() == data[: a.nbytes]
    return records, a.tobytes(), again.tobytes(), a._equal(again), a._mismatch(0, 1, len(a), again, 0, 1)
