"""Resolved layouts of records, as the native part reads them: good ones print as they were, bad ones say why not."""

import pytest

import chunkarray

Array = chunkarray._core.Array

GOOD = {
    "{a@0:U1}1": 1,
    "{time@0:U8,price@8:F4,flags@12:>U2}14": 14,
    "{b@4:F4,a@0:F4}8": 8,  # not in the order in which they lie
    "{a@3:U1}9": 9,  # padding on both sides
    "{a@0:F4[3],b@12:>S2[2,1],c@16:TIME[ns],d@24:>SPAN[s][2]}40": 40,
    "{name@0:TEXT[16],raw@16:B1[3],word@19:B4}23": 23,
    "{low@0:U1:0+3,high@0:U1:3+5}1": 1,
    "{high@0:>U8:60+4,low@0:>U8:0+60}8": 8,
    "{is@0:BOOL:0+1,was@0:BOOL:7+1}1": 1,
    "{p@0:{x@0:F4,y@4:F4}8[2,2],q@32:{x@0:U1}1}33": 33,
    "{a@0:U1}2[3]": 6,
    '{"two words"@0:U1,"\\"\\\\"@1:U1,"tab\\u0009"@2:U1,"päivä"@3:U1,päivä2@4:U1}5': 5,
    "{a@0:" * 16 + "U1" + "}1" * 16: 1,
    "{a@0:B1[2147483647]}2147483647": 2**31 - 1,
    "{%s}4096" % ",".join("f%d@%d:U1" % (k, k) for k in range(4096)): 4096,
}


@pytest.mark.parametrize("text", GOOD, ids=lambda text: text[:40])
def test_good(text):
    a = Array(text)
    assert a.dtype == text
    assert a.itemsize == a.element_size == GOOD[text]
    assert len(a) == 0


BAD = {
    # What is no text of a layout at all.
    "{": "record, column 2: expected a name, not the end",
    "{}": "record, column 2: expected a name, not '}'",
    "{}0": "record, column 2: expected a name, not '}'",
    "{a}1": "record, column 3: expected @ and an offset, not '}'",
    "{a@:U1}1": "record, column 4: expected an offset in bytes, not ':'",
    "{a@-1:U1}1": "record, column 4: expected an offset in bytes, not '-'",
    "{a@00:U1}1": "record, column 4: expected a number without zeros in front, not '0'",
    "{a@0U1}1": "record, column 5: expected : and a type, not 'U'",
    "{a@0:}1": "record, column 6: expected a type, not '}'",
    "{a@0:U1}": "record, column 9: expected the record's size in bytes, not the end",
    "{a@0:U1,}1": "record, column 9: expected a name, not '}'",
    "{a@0:U1 ,b@1:U1}2": "record, field a: unknown dtype 'U1 '; the names are",
    "{a@0:U1}1 ": "record, column 10: expected nothing more, not ' '",
    "{ a@0:U1}1": "record, column 2: expected a name, not ' '",
    "{1a@0:U1}1": "record, column 2: expected a name, not '1'",
    "{a@0:{b@0:U1}1": "record, column 15: expected a comma or }, not the end",
    # Names.
    '{""@0:U1}1': "record, column 2: a field has no name",
    '{"a@0:U1}1': 'record, column 11: expected a character of a name or ", not the end',
    '{"\\x"@0:U1}1': "record, column 4: expected \", \\, /, b, f, n, r, t or u behind \\, not 'x'",
    '{"\\u12"@0:U1}1': "record, column 7: expected four hex digits, not '\\\"'",
    '{"\\ud800"@0:U1}1': "record, column 5: expected four hex digits that make a character, not 'd'",
    "{a@0:U1,a@1:U1}2": "record, field a: two fields have this name",
    "{p@0:{x@0:U1,x@1:U1}2}2": "record, field p.x: two fields have this name",
    '{a@0:U1,"a"@1:U1}2': "record, field a: two fields have this name",
    # Types.
    "{a@0:U3}3": "record, field a: unknown dtype 'U3'; the names are U1 U2",
    "{a@0:f4}4": "record, field a: write F4, not f4",
    "{a@0:F4[ 2 ]}8": "record, field a: write F4[2], not F4[ 2 ]",
    "{a@0:=U2}2": "record, field a: dtype '=U2' depends on the machine; write 'U2' (little-endian) or '>U2' (big-endian)",
    "{a@0:F4[0]}4": "record, field a: dtype 'F4[0]' has a bad shape; write up to 4 counts",
    "{a@0:TEXT}4": "record, field a: unknown dtype 'TEXT'",
    "{a@0:TEXT[0]}4": "record, field a (TEXT[0]): a text has 1 to 2147483647 bytes",
    "{a@0:TEXT[2147483648]}4": "record, field a (TEXT[2147483648]): a text has 1 to 2147483647 bytes",
    "{a@0:TEXT[2][2]}4": "record, field a (TEXT[2][2]): a text has 1 to 2147483647 bytes",
    "{a@0:U1:0+0}1": "record, field a: U1:0+0 are no bits of an integer, of raw bits or of a BOOL (which gives one)",
    "{a@0:U1:1+8}1": "record, field a: U1:1+8 are no bits of an integer",
    "{a@0:F4:0+3}4": "record, field a: F4:0+3 are no bits of an integer",
    "{a@0:U1[2]:0+3}4": "record, field a: U1[2]:0+3 are no bits of an integer",
    "{a@0:BOOL:0+2}4": "record, field a: BOOL:0+2 are no bits of an integer",
    "{a@0:U1:3}1": "record, field a: U1:3 are no bits of an integer",
    "{a@0:TIME[s]:0+3}8": "record, field a: TIME[s]:0+3 are no bits of an integer",
    "{p@0:{x@0:U1}1[0]}1": "record, field p: a bad shape; write up to 4 counts from 1 on, as in [3] or [2,3]",
    "{p@0:{x@0:U1}1[1,1,1,1,1]}1": "record, field p: a bad shape",
    "{x@0:U1}1[0]": "record: a bad shape; write up to 4 counts from 1 on, as in [3] or [2,3]",
    "{x@0:U1}1[9223372036854775808]": "record: a bad shape",
    # Places.
    "{a@0:U1}0": "record: it has 1 to 2147483647 bytes, not 0",
    "{a@0:U1}2147483648": "record: it has 1 to 2147483647 bytes, not 2147483648",
    "{a@0:U1}99999999999999999999": "record: it has 1 to 2147483647 bytes, not 18446744073709551615",
    "{p@0:{x@0:U1}0}1": "record, field p: it has 1 to 2147483647 bytes, not 0",
    "{a@0:U4}3": "record, field a: it ends at byte 4, but the record has 3",
    "{p@0:{x@2:U2}3}3": "record, field p.x: it ends at byte 4, but the record has 3",
    "{a@99999999999999999999:U1}1": "record, field a: it ends at byte 18446744073709551615, but the record has 2147483647",
    "{a@0:U2,b@1:U1}4": "record, field b: it overlaps with a",
    "{b@1:U1,a@0:U2}4": "record, field b: it overlaps with a",
    "{a@0:U1,b@0:U1}4": "record, field b: it overlaps with a",
    "{a@0:U1:0+3,b@0:U1:2+3}1": "record, field b: it overlaps with a",
    "{a@0:U2:0+3,b@1:U2:8+3}4": "record, field b: it overlaps with a",
    "{a@0:U1:0+3,b@0:U1}1": "record, field b: it overlaps with a",
    "{a@0:U2:0+3,b@0:>U2:3+3}2": "record, field b: it overlaps with a",
    "{a@0:" * 17 + "U1" + "}1" * 17: "record, field %s: records lie more than 16 deep in one another"
    % ".".join("a" * 16),
    "{%s}4097" % ",".join("f%d@%d:U1" % (k, k) for k in range(4097)): "record: more than 4096 fields",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:40])
def test_bad(text):
    with pytest.raises(ValueError) as caught:
        Array(text)
    assert str(caught.value).startswith(BAD[text])
    # Again, for who keeps what was read before.
    with pytest.raises(ValueError) as again:
        Array(text)
    assert str(again.value) == str(caught.value)


def test_a_text_that_no_utf_8_has():
    with pytest.raises(ValueError):
        Array("{\ud800@0:U1}1")
