//! Reading a layout's text, and checking what it says.

use super::{Bits, DEEPEST, FieldKind, LARGEST, MOST_LEAVES, RecordError};
use crate::{DType, Kind};

/// A layout that was read and found good, before it is kept for good.
pub(super) struct Draft<'a> {
    /// From the brace up to the size.
    pub(super) text: &'a str,
    pub(super) size: usize,
    pub(super) fields: Vec<DraftField<'a>>,
}

/// A field of it.
pub(super) struct DraftField<'a> {
    pub(super) name: String,
    pub(super) offset: usize,
    pub(super) kind: DraftKind<'a>,
}

/// What a field of it is.
pub(super) enum DraftKind<'a> {
    Leaf(FieldKind),
    Record(Draft<'a>, Vec<usize>),
}

impl DraftKind<'_> {
    /// Bytes, which a shape may make more than there can be.
    fn size(&self) -> u64 {
        match self {
            DraftKind::Leaf(kind) => kind.size() as u64,
            DraftKind::Record(draft, shape) => shape
                .iter()
                .fold(draft.size as u64, |size, &n| size.saturating_mul(n as u64)),
        }
    }
}

/// Reads a whole text: a record, and the shape that may stand behind it.
pub(super) fn parse(text: &str) -> Result<(Draft<'_>, Vec<usize>), RecordError> {
    let mut reader = Reader {
        text,
        at: 0,
        leaves: 0,
        path: Vec::new(),
    };
    let draft = reader.record()?;
    let shape = reader.shape()?;
    if reader.peek().is_some() {
        return Err(reader.expected("nothing more"));
    }
    Ok((draft, shape))
}

struct Reader<'a> {
    text: &'a str,
    /// Bytes that were read.
    at: usize,
    leaves: usize,
    /// The names that lead to where we are.
    path: Vec<String>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn column(&self) -> usize {
        self.text[..self.at].chars().count() + 1
    }

    #[cold]
    fn expected(&self, expected: &'static str) -> RecordError {
        RecordError::Syntax {
            column: self.column(),
            expected,
            found: self.peek(),
        }
    }

    /// Reads one character, if it is the next one.
    fn take(&mut self, wanted: char) -> bool {
        let is = self.peek() == Some(wanted);
        if is {
            self.at += wanted.len_utf8();
        }
        is
    }

    fn require(&mut self, wanted: char, expected: &'static str) -> Result<(), RecordError> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.expected(expected))
        }
    }

    fn field(&self) -> String {
        self.path.join(".")
    }

    /// A number in digits, without zeros in front; more than any size where it has too many of them.
    fn number(&mut self, expected: &'static str) -> Result<u64, RecordError> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let text = &self.rest()[..digits];
        if digits == 0 {
            return Err(self.expected(expected));
        }
        if digits > 1 && text.starts_with('0') {
            return Err(self.expected("a number without zeros in front"));
        }
        self.at += digits;
        Ok(text.parse().unwrap_or(u64::MAX))
    }

    fn record(&mut self) -> Result<Draft<'a>, RecordError> {
        let start = self.at;
        self.require('{', "{")?;
        if self.path.len() >= DEEPEST {
            return Err(RecordError::Deep {
                field: self.field(),
            });
        }
        let mut fields = Vec::new();
        loop {
            fields.push(self.record_field()?);
            if self.take('}') {
                break;
            }
            self.require(',', "a comma or }")?;
        }
        let size = self.number("the record's size in bytes")?;
        let draft = Draft {
            text: &self.text[start..self.at],
            size: size as usize,
            fields,
        };
        if !(1..=LARGEST).contains(&size) {
            return Err(RecordError::Size {
                field: self.field(),
                given: size,
            });
        }
        self.check(&draft)?;
        Ok(draft)
    }

    fn record_field(&mut self) -> Result<DraftField<'a>, RecordError> {
        let column = self.column();
        let name = self.name()?;
        if name.is_empty() {
            return Err(RecordError::NoName { column });
        }
        self.require('@', "@ and an offset")?;
        let offset = self.number("an offset in bytes")?;
        self.require(':', ": and a type")?;
        self.path.push(name);
        let kind = if self.peek() == Some('{') {
            let draft = self.record()?;
            DraftKind::Record(draft, self.shape()?)
        } else {
            self.leaves += 1;
            if self.leaves > MOST_LEAVES {
                return Err(RecordError::Many);
            }
            DraftKind::Leaf(self.leaf()?)
        };
        let end = offset.saturating_add(kind.size());
        if end > LARGEST {
            let field = self.field();
            let size = LARGEST;
            return Err(RecordError::Outside { field, end, size });
        }
        Ok(DraftField {
            name: self.path.pop().unwrap_or_default(),
            offset: offset as usize,
            kind,
        })
    }

    /// An identifier, or a JSON string.
    fn name(&mut self) -> Result<String, RecordError> {
        if self.take('"') {
            return self.quoted();
        }
        // Beyond ASCII Python knows which characters make identifiers; none of them means anything here.
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return Err(self.expected("a name"));
        }
        let rest = self.rest();
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.expected("a name"));
        }
        self.at += length;
        Ok(rest[..length].to_owned())
    }

    /// What follows a quotation mark, up to the next one.
    fn quoted(&mut self) -> Result<String, RecordError> {
        let mut name = String::new();
        loop {
            let next = self.peek();
            match next {
                Some('"') => {
                    self.at += 1;
                    return Ok(name);
                }
                Some('\\') => name.push(self.escaped()?),
                Some(c) if c >= ' ' => {
                    self.at += c.len_utf8();
                    name.push(c);
                }
                _ => return Err(self.expected("a character of a name or \"")),
            }
        }
    }

    /// A character as JSON writes it with a backslash.
    fn escaped(&mut self) -> Result<char, RecordError> {
        self.at += 1;
        let plain = match self.peek() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unit(),
            _ => return Err(self.expected("\", \\, /, b, f, n, r, t or u behind \\")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// The character of `uXXXX`, or of two of them where it lies beyond 16 bits.
    fn unit(&mut self) -> Result<char, RecordError> {
        const EXPECTED: &str = "four hex digits that make a character";
        let start = self.at;
        let high = self.hex()?;
        let low = match high {
            0xD800..=0xDBFF if self.rest().starts_with("\\u") => {
                self.at += 1;
                Some(self.hex()?)
            }
            _ => None,
        };
        let units = [Some(high), low].into_iter().flatten();
        let mut characters = char::decode_utf16(units);
        match (characters.next(), characters.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => {
                self.at = start + 1;
                Err(self.expected(EXPECTED))
            }
        }
    }

    /// Four hex digits behind a `u`.
    fn hex(&mut self) -> Result<u16, RecordError> {
        self.at += 1;
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|c| c.to_digit(16));
            let digit = digit.ok_or_else(|| self.expected("four hex digits"))?;
            self.at += 1;
            value = value << 4 | digit as u16;
        }
        Ok(value)
    }

    /// The shape behind a record; empty where none stands there.
    fn shape(&mut self) -> Result<Vec<usize>, RecordError> {
        let mut shape = Vec::new();
        if !self.take('[') {
            return Ok(shape);
        }
        loop {
            let extent = self.number("a count")?;
            shape.push(extent.try_into().unwrap_or(usize::MAX));
            if self.take(']') {
                break;
            }
            self.require(',', "a comma or ]")?;
            if shape.len() == DType::MOST_DIMENSIONS {
                return Err(RecordError::Shape {
                    field: self.field(),
                });
            }
        }
        if shape.contains(&0) {
            return Err(RecordError::Shape {
                field: self.field(),
            });
        }
        Ok(shape)
    }

    /// A type that is no record.
    fn leaf(&mut self) -> Result<FieldKind, RecordError> {
        let rest = self.rest();
        let mut depth = 0;
        let end = rest.find(|c| {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            depth <= 0 && matches!(c, ',' | '}')
        });
        let given = &rest[..end.unwrap_or(rest.len())];
        if given.is_empty() {
            return Err(self.expected("a type"));
        }
        self.at += given.len();
        if let Some(behind) = given.strip_prefix("TEXT[") {
            return self.text_size(given, behind);
        }
        if let Some((unit, bits)) = given.split_once(':') {
            return self.bits(given, unit, bits);
        }
        Ok(FieldKind::Plain(self.dtype(given)?))
    }

    fn text_size(&mut self, given: &str, behind: &str) -> Result<FieldKind, RecordError> {
        let digits = behind.strip_suffix(']').unwrap_or(behind);
        let size = plain_number(digits).filter(|size| (1..=LARGEST).contains(size));
        match size {
            Some(size) if digits.len() < behind.len() => Ok(FieldKind::Text(size as usize)),
            _ => Err(RecordError::TextSize {
                field: format!("{} ({given})", self.field()),
            }),
        }
    }

    fn bits(&mut self, given: &str, unit: &str, bits: &str) -> Result<FieldKind, RecordError> {
        let unit = self.dtype(unit)?;
        let has_bits = matches!(unit.kind(), Kind::U | Kind::S | Kind::B | Kind::Bool);
        let most = if unit.kind() == Kind::Bool { 1 } else { 64 };
        let total = 8 * unit.item_size() as u64;
        let read = |(shift, width): (&str, &str)| {
            let (shift, width) = (plain_number(shift)?, plain_number(width)?);
            let fits = (1..=most).contains(&width) && shift.checked_add(width)? <= total;
            fits.then_some(Bits {
                unit,
                shift: shift as u32,
                width: width as u32,
            })
        };
        let bits = bits.split_once('+').and_then(read);
        match bits {
            Some(bits) if has_bits && unit.shape().is_empty() => Ok(FieldKind::Bits(bits)),
            _ => Err(RecordError::Bits {
                field: self.field(),
                given: given.to_owned(),
            }),
        }
    }

    fn dtype(&mut self, given: &str) -> Result<DType, RecordError> {
        let dtype = DType::parse(given).map_err(|error| RecordError::Type {
            field: self.field(),
            error: Box::new(error),
        })?;
        let instead = dtype.name();
        if instead != given {
            return Err(RecordError::Spelling {
                field: self.field(),
                given: given.to_owned(),
                instead,
            });
        }
        Ok(dtype)
    }

    /// Refuses names that repeat, and fields that lie outside of the record or overlap.
    fn check(&self, draft: &Draft<'_>) -> Result<(), RecordError> {
        let path = |field: &DraftField<'_>| {
            let names: Vec<&str> = self.path.iter().map(String::as_str).collect();
            [names, vec![&*field.name]].concat().join(".")
        };
        let mut by_name: Vec<_> = draft.fields.iter().collect();
        by_name.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(same) = by_name.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(RecordError::Repeated {
                field: path(same[1]),
            });
        }
        let mut in_memory: Vec<_> = draft.fields.iter().collect();
        in_memory.sort_by_key(|field| field.offset);
        // The field in front that reaches furthest, where it ends, and which of its bits are taken if it gives some.
        let mut front: Option<(&DraftField<'_>, u64, u64)> = None;
        for field in in_memory {
            let end = field.offset as u64 + field.kind.size();
            if end > draft.size as u64 {
                return Err(RecordError::Outside {
                    field: path(field),
                    end,
                    size: draft.size as u64,
                });
            }
            let bits = match &field.kind {
                DraftKind::Leaf(FieldKind::Bits(bits)) => bits.mask(),
                _ => 0,
            };
            let mut taken = bits;
            if let Some((other, reach, others)) = front
                && (field.offset as u64) < reach
            {
                let shared = match (&field.kind, &other.kind) {
                    (
                        DraftKind::Leaf(FieldKind::Bits(mine)),
                        DraftKind::Leaf(FieldKind::Bits(theirs)),
                    ) => {
                        mine.unit.size() == theirs.unit.size()
                            && mine.unit.is_big_endian() == theirs.unit.is_big_endian()
                            && field.offset == other.offset
                            && bits & others == 0
                    }
                    _ => false,
                };
                if !shared {
                    return Err(RecordError::Overlap {
                        field: path(field),
                        other: other.name.clone(),
                    });
                }
                taken |= others;
            }
            front = Some((field, end, taken));
        }
        Ok(())
    }
}

/// A number in digits, without zeros in front.
fn plain_number(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    if plain { digits.parse().ok() } else { None }
}
