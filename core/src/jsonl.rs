//! Log entries as JSON Lines: one JSON document a line, in UTF-8.
//!
//! | entry | line |
//! | --- | --- |
//! | [`TEXT`] | a JSON string |
//! | [`BYTES`] | `{"$bytes": "<base64>"}` |
//! | [`JSON`] | the document as it is |
//! | [`TEXT`] with a high surrogate right before a low one | `{"$str": ["..\ud800", "\udc00.."]}`: in one JSON string the two would be read as one character |
//! | [`JSON`] that begins like one of these objects | the same with one more `$`: `{"$$bytes": 1}` is the document `{"$bytes": 1}` |
//!
//! A reader takes one `$` away where there are two and more, so that no document is mistaken for another.

use crate::Error;

/// The kind of an entry that is text: UTF-8 that may hold lone surrogates, as Python's `surrogatepass` encodes them.
pub const TEXT: u8 = b's';
/// The kind of an entry that is bytes.
pub const BYTES: u8 = b'b';
/// The kind of an entry that is a JSON document without line breaks.
pub const JSON: u8 = b'j';

/// What stands behind the dollars in the one key of the objects that are not documents.
const MARKS: [&[u8]; 2] = [b"bytes\"", b"str\""];

/// Adds an entry's line to `out`.
///
/// ```
/// use chunkarray_core::jsonl;
///
/// let mut out = Vec::new();
/// jsonl::write_line(jsonl::BYTES, b"\x00\xff", &mut out)?;
/// jsonl::write_line(jsonl::JSON, br#"{"$bytes": "AP8="}"#, &mut out)?;
/// assert_eq!(out, b"{\"$bytes\": \"AP8=\"}\n{\"$$bytes\": \"AP8=\"}\n");
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn write_line(kind: u8, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    match kind {
        TEXT => write_text(bytes, out)?,
        BYTES => {
            add(out, b"{\"$bytes\": \"")?;
            write_base64(bytes, out)?;
            add(out, b"\"}")?;
        }
        _ if looks_like_a_mark(bytes) => {
            add(out, b"{\"$")?;
            add(out, &bytes[2..])?;
        }
        _ => add(out, bytes)?,
    }
    add(out, b"\n")
}

/// Adds bytes, where memory may run out.
#[inline]
fn add(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
    reserve(out, bytes.len())?;
    out.extend_from_slice(bytes);
    Ok(())
}

#[inline]
fn reserve(out: &mut Vec<u8>, bytes: usize) -> Result<(), Error> {
    out.try_reserve(bytes)
        .map_err(|_| Error::OutOfMemory { bytes })
}

/// Whether a document begins as an object that stands for something else, or for an object that does.
fn looks_like_a_mark(json: &[u8]) -> bool {
    let Some(behind) = json.strip_prefix(b"{\"$") else {
        return false;
    };
    let dollars = behind.iter().take_while(|&&byte| byte == b'$').count();
    MARKS.iter().any(|mark| behind[dollars..].starts_with(mark))
}

/// How the two halves of a surrogate pair begin where each is encoded by itself.
fn is_high(bytes: &[u8]) -> bool {
    matches!(bytes, [0xED, 0xA0..=0xAF, _, ..])
}

fn is_low(bytes: &[u8]) -> bool {
    matches!(bytes, [0xED, 0xB0..=0xBF, _, ..])
}

fn write_text(text: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    let start = out.len();
    add(out, b"\"")?;
    if write_escaped(text, out, |_| Ok(false))? {
        return add(out, b"\"");
    }
    out.truncate(start);
    add(out, b"{\"$str\": [\"")?;
    write_escaped(text, out, |out| {
        add(out, b"\", \"")?;
        Ok(true)
    })?;
    add(out, b"\"]}")
}

/// Adds text as the inside of a JSON string. Between a high surrogate and a low one `apart` is asked: it separates
/// them, or says no, and then this answers `false` at once.
fn write_escaped(
    text: &[u8],
    out: &mut Vec<u8>,
    apart: impl Fn(&mut Vec<u8>) -> Result<bool, Error>,
) -> Result<bool, Error> {
    let mut rest = text;
    loop {
        let plain = plain_length(rest);
        add(out, &rest[..plain])?;
        rest = &rest[plain..];
        let Some(&byte) = rest.first() else {
            return Ok(true);
        };
        let mut width = 1;
        match byte {
            b'"' | b'\\' => add(out, &[b'\\', byte])?,
            b'\n' => add(out, b"\\n")?,
            b'\r' => add(out, b"\\r")?,
            b'\t' => add(out, b"\\t")?,
            0x08 => add(out, b"\\b")?,
            0x0C => add(out, b"\\f")?,
            0xED if is_high(rest) || is_low(rest) => {
                width = 3;
                let unit = 0xD000 | u16::from(rest[1] & 0x3F) << 6 | u16::from(rest[2] & 0x3F);
                add_unit(out, unit)?;
                if is_high(rest) && is_low(&rest[3..]) && !apart(out)? {
                    return Ok(false);
                }
            }
            0xED => add(out, &[byte])?,
            _ => add_unit(out, byte.into())?,
        }
        rest = &rest[width..];
    }
}

/// Adds `\uXXXX`.
fn add_unit(out: &mut Vec<u8>, unit: u16) -> Result<(), Error> {
    const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";
    add(out, b"\\u")?;
    let digits = [12, 8, 4, 0].map(|shift| HEXADECIMAL[usize::from(unit >> shift & 15)]);
    add(out, &digits)
}

/// Not 0 for a byte that cannot stand in a JSON string, or that begins what may be a surrogate. No branch, and no
/// `bool`: only so the compiler makes one comparison of vectors of a whole block.
#[inline(always)]
fn special(byte: u8) -> u8 {
    u8::from(byte < 0x20)
        | u8::from(byte == b'"')
        | u8::from(byte == b'\\')
        | u8::from(byte == 0xED)
}

/// How many bytes at the beginning can be copied as they are.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let is_plain = |block: &&[u8; BLOCK]| block.iter().fold(0, |any, &b| any | special(b)) == 0;
    let plain = blocks.iter().take_while(is_plain).count() * BLOCK;
    let rest = &bytes[plain..];
    let more = rest.iter().position(|&byte| special(byte) != 0);
    plain + more.unwrap_or(rest.len())
}

/// Adds bytes in base64 of the usual alphabet, with padding.
fn write_base64(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    reserve(out, bytes.len().div_ceil(3).saturating_mul(4))?;
    for group in bytes.chunks(3) {
        let mut three = [0; 3];
        three[..group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        let mut four = [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 63) as usize]);
        four[group.len() + 1..].fill(b'=');
        out.extend_from_slice(&four);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: u8, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        write_line(kind, bytes, &mut out).unwrap();
        String::from_utf8(out).expect("lines are UTF-8")
    }

    #[test]
    fn text_is_escaped_wherever_it_must_be() {
        for padding in 0..70 {
            let around = "x".repeat(padding);
            for (raw, escaped) in [
                ("\"", "\\\""),
                ("\\", "\\\\"),
                ("\n\r\t", "\\n\\r\\t"),
                ("\u{0}\u{8}\u{c}\u{1f}\u{7f}", "\\u0000\\b\\f\\u001f\u{7f}"),
                (
                    "\u{d7ff}\u{e000}\u{10ffff}\u{2028}é",
                    "\u{d7ff}\u{e000}\u{10ffff}\u{2028}é",
                ),
            ] {
                let text = format!("{around}{raw}{around}");
                let expected = format!("\"{around}{escaped}{around}\"\n");
                assert_eq!(line(TEXT, text.as_bytes()), expected);
            }
        }
    }

    #[test]
    fn lone_surrogates_become_escapes_and_neighbours_stay_apart() {
        assert_eq!(line(TEXT, b"a\xed\xa0\x80b"), "\"a\\ud800b\"\n");
        assert_eq!(
            line(TEXT, b"\xed\xbf\xbf\xed\xa0\x80"),
            "\"\\udfff\\ud800\"\n"
        );
        assert_eq!(
            line(TEXT, b"a\xed\xa0\x80\xed\xb0\x80b\n"),
            "{\"$str\": [\"a\\ud800\", \"\\udc00b\\n\"]}\n"
        );
        // What no encoder makes is still no reason to panic.
        assert_eq!(line(BYTES, b"\xed"), "{\"$bytes\": \"7Q==\"}\n");
        let mut out = Vec::new();
        write_line(TEXT, b"\xed\xa0", &mut out).unwrap();
    }

    #[test]
    fn bytes_are_base64() {
        for (raw, encoded) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"\xff\xef\xbe", "/+++"),
        ] {
            assert_eq!(line(BYTES, raw), format!("{{\"$bytes\": \"{encoded}\"}}\n"));
        }
    }

    #[test]
    fn documents_that_look_alike_get_one_more_dollar() {
        for (json, written) in [
            ("{\"$bytes\": \"\"}", "{\"$$bytes\": \"\"}\n"),
            ("{\"$$$str\": 1, \"x\": 2}", "{\"$$$$str\": 1, \"x\": 2}\n"),
            ("{\"$byte\": 1}", "{\"$byte\": 1}\n"),
            ("{\"$bytes_\": 1}", "{\"$bytes_\": 1}\n"),
            ("[1]", "[1]\n"),
        ] {
            assert_eq!(line(JSON, json.as_bytes()), written);
        }
    }
}
