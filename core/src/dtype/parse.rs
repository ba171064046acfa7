//! Reading a dtype's name, and the list of all names that can be read.

use super::table::{C_CODES, ROWS, Row, UNITS};
use super::{DType, DTypeError, MAX_DIMENSIONS};
use crate::record::{Record, RecordError};

impl DType {
    /// Reads a dtype's name, in any accepted spelling.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// assert_eq!(DType::parse(">f4"), DType::parse(">F4"));
    /// assert!(DType::parse("=F4").unwrap_err().to_string().contains("write 'F4'"));
    /// assert!(DType::parse("float5").unwrap_err().to_string().contains("F4 F8"));
    /// ```
    pub fn parse(text: &str) -> Result<DType, DTypeError> {
        if text.starts_with('{') {
            return DType::parse_record(text).map_err(DTypeError::Record);
        }
        let given = || text.to_owned();
        let unknown = || DTypeError::Unknown { given: given() };
        let (order, rest) = match text.chars().next() {
            Some(c @ ('<' | '>' | '|' | '=' | '@')) => (Some(c), &text[1..]),
            _ => (None, text),
        };
        let (base, brackets) = rest.split_at(rest.find('[').unwrap_or(rest.len()));
        let (row, notation) = find_row(base).ok_or_else(unknown)?;
        let little = DType::scalar(row).with_brackets(brackets, text)?;
        match (order, notation) {
            (None, _) => Ok(little),
            (Some('<'), Notation::NumPyCode) => Ok(little),
            (Some('>'), Notation::Own | Notation::NumPyCode) => Ok(DType {
                big_endian: little.item_size() > 1,
                ..little
            }),
            (Some('|'), Notation::NumPyCode) if little.item_size() == 1 => Ok(little),
            (Some('=' | '@'), _) => Err(DTypeError::NativeOrder {
                given: given(),
                instead: little,
            }),
            (Some('<'), Notation::Own) => Err(DTypeError::NeedlessPrefix {
                given: given(),
                instead: little,
            }),
            _ => Err(unknown()),
        }
    }

    fn parse_record(text: &str) -> Result<DType, RecordError> {
        let (record, shape) = Record::parse(text)?;
        DType::of_record(record, &shape).ok_or_else(|| RecordError::Shape {
            field: String::new(),
        })
    }

    /// Adds the unit and the shape that stand behind the name. `text` is the whole, for the message.
    fn with_brackets(mut self, brackets: &str, text: &str) -> Result<DType, DTypeError> {
        let mut brackets = brackets;
        if self.row().has_unit() {
            let missing = || DTypeError::Unit {
                given: text.to_owned(),
            };
            let (unit, behind) = inside(brackets).ok_or_else(missing)?;
            self.unit = UNITS
                .iter()
                .find(|row| row.0 == unit)
                .ok_or_else(missing)?
                .1;
            brackets = behind;
        }
        if brackets.is_empty() {
            return Ok(self);
        }
        self.read_shape(brackets).ok_or_else(|| DTypeError::Shape {
            given: text.to_owned(),
        })
    }

    fn read_shape(self, brackets: &str) -> Option<DType> {
        let (list, behind) = inside(brackets)?;
        let mut shape = [0; MAX_DIMENSIONS];
        let mut dimensions = 0;
        for part in list.split(',') {
            let digits = part.trim_matches(' ');
            // The standard library's parser would take a sign too.
            if !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            *shape.get_mut(dimensions)? = digits.parse().ok()?;
            dimensions += 1;
        }
        if behind.is_empty() {
            self.with_shape(&shape[..dimensions])
        } else {
            None
        }
    }

    /// Every accepted spelling of a scalar type, each with the type that it means and whose notation it is.
    /// A shape may follow each of them.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// for spelling in DType::spellings() {
    ///     assert_eq!(DType::parse(&spelling.text), Ok(spelling.dtype));
    /// }
    /// ```
    pub fn spellings() -> Vec<Spelling> {
        let mut all = Vec::new();
        for dtype in DType::all() {
            let (row, unit) = (dtype.row(), dtype.unit_suffix());
            let big = DType {
                big_endian: row.size > 1,
                ..dtype
            };
            let mut add = |notation, order: &str, name: &str, dtype| {
                let text = format!("{order}{name}{unit}");
                all.push(Spelling {
                    text,
                    dtype,
                    notation,
                });
            };
            add(Notation::Own, "", row.name, dtype);
            add(Notation::Own, ">", row.name, big);
            if row.numpy.is_empty() {
                continue;
            }
            add(Notation::NumPyName, "", row.numpy, dtype);
            for order in ["", "<", ">"] {
                add(
                    Notation::NumPyCode,
                    order,
                    row.typestr,
                    if order == ">" { big } else { dtype },
                );
            }
            if row.size == 1 {
                add(Notation::NumPyCode, "|", row.typestr, dtype);
            }
        }
        for (code, ..) in C_CODES {
            let text = code.to_string();
            if let Some((row, notation)) = find_row(&text) {
                all.push(Spelling {
                    text,
                    dtype: DType::scalar(row),
                    notation,
                });
            }
        }
        all
    }
}

impl std::str::FromStr for DType {
    type Err = DTypeError;

    fn from_str(text: &str) -> Result<DType, DTypeError> {
        DType::parse(text)
    }
}

/// One accepted spelling of a dtype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// What may be written.
    pub text: String,
    /// What it means.
    pub dtype: DType,
    /// Whose notation it is.
    pub notation: Notation,
}

/// Whose notation a name is, where it is ours first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notation {
    /// Our own: `F8`, `>F8`.
    Own,
    /// NumPy's kind and size: `f8`, `<f8`, `>f8`, `|u1`.
    NumPyCode,
    /// NumPy's long names: `float64`.
    NumPyName,
    /// array.array's codes: `d`.
    ArrayCode,
}

/// The row of a name without prefix and brackets. Our own names win.
fn find_row(base: &str) -> Option<(usize, Notation)> {
    let find = |test: &dyn Fn(&Row) -> bool| ROWS.iter().position(test);
    if let Some(row) = find(&|r| r.name == base) {
        return Some((row, Notation::Own));
    }
    if let Some(row) = find(&|r| !r.numpy.is_empty() && r.typestr == base) {
        return Some((row, Notation::NumPyCode));
    }
    if let Some(row) = find(&|r| !r.numpy.is_empty() && r.numpy == base) {
        return Some((row, Notation::NumPyName));
    }
    let mut characters = base.chars();
    let (code, None) = (characters.next()?, characters.next()) else {
        return None;
    };
    let &(_, family, size) = C_CODES.iter().find(|c| c.0 == code)?;
    Some((
        find(&|r| r.family == family && r.size == size)?,
        Notation::ArrayCode,
    ))
}

/// What stands in the leading brackets, and what comes behind them.
fn inside(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('[')?.split_once(']')
}
