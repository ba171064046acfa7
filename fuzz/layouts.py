"""Names of dtypes, and resolved layouts of records: the native part and its twin read them alike."""

import chunkarray
from harness import both

SEEDS = [
    *("F8", ">U2", "TIME[ns]", "SPAN[us]", "F4[2,3]", "float64", "<f8", "|u1", "d", "M8[ms]", "=U4"),
    "{time@0:U8,price@8:F4,flags@12:>U2}14",
    '{m@0:U1:0+3,k@0:U1:3+5,"two words"@1:TEXT[4],d@5:B1[3],p@8:{x@0:F4,y@4:>S2[2]}10[2],z@30:S2:3+4}32',
    '{"\\u00e4\\ud83d\\ude00\\"\\\\"@0:BOOL:7+1,t@1:TIME[ns],s@9:>SPAN[s][2]}25[2,2]',
    "{a@0:" * 16 + "U1" + "}1" * 16,
    "{%s}4096" % ",".join("f%d@%d:U1" % (k, k) for k in range(4096)),
]
WORDS = ["{", "}", "[", "]", ",", ":", "@", "+", '"', "\\u", "\\", "TEXT[", "TIME[", "F4", "{a@0:", ">", "0", " "]
ERRORS = (ValueError, MemoryError)


def check(text):
    # How other characters are shown depends on the interpreter's tables of Unicode.
    one = chunkarray._core
    name, size = both(lambda core: _facts(core.Array(text))) if text.isascii() else _facts(one.Array(text))
    assert _facts(one.Array(name)) == (name, size)
    if text[0] == "{":
        assert name == text


def _facts(array):
    return array.dtype, array.itemsize
