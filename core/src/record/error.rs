//! What is said to who wrote a layout that is none.

use std::fmt;

use super::{DEEPEST, LARGEST, MOST_LEAVES};
use crate::DTypeError;

/// Why a text is no record's layout. A `field` is the names that lead to it, with dots between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// The text does not go on as it has to.
    Syntax {
        /// The column, from 1, in characters.
        column: usize,
        /// What should stand there.
        expected: &'static str,
        /// What stands there; nothing at the end of the text.
        found: Option<char>,
    },
    /// A field's type is no dtype.
    Type {
        /// Which field.
        field: String,
        /// What is wrong with it.
        error: Box<DTypeError>,
    },
    /// A field's type in another spelling than its own.
    Spelling {
        /// Which field.
        field: String,
        /// What was written.
        given: String,
        /// What to write.
        instead: String,
    },
    /// A field without a name.
    NoName {
        /// The column, from 1, in characters.
        column: usize,
    },
    /// Two fields of one record have the same name.
    Repeated {
        /// Which name.
        field: String,
    },
    /// A field that reaches behind the record's end.
    Outside {
        /// Which field.
        field: String,
        /// Where it ends.
        end: u64,
        /// Bytes of the record.
        size: u64,
    },
    /// Two fields that share bytes, or bits.
    Overlap {
        /// Which field.
        field: String,
        /// The one in front of it.
        other: String,
    },
    /// A record of no bytes, or of too many.
    Size {
        /// The record's field, or nothing for the outermost one.
        field: String,
        /// How many were written.
        given: u64,
    },
    /// A text of no bytes, or of too many.
    TextSize {
        /// Which field.
        field: String,
    },
    /// A shape of records that is too large, or has too many dimensions.
    Shape {
        /// The record's field, or nothing for the outermost one.
        field: String,
    },
    /// Bits of a type that has none to give, or more bits than it has.
    Bits {
        /// Which field.
        field: String,
        /// What was written.
        given: String,
    },
    /// Records too deep in one another.
    Deep {
        /// Which field.
        field: String,
    },
    /// Too many fields.
    Many,
}

/// What is wrong with which field, or with the outermost record.
struct About<'a>(&'a str);

impl fmt::Display for About<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("record: "),
            field => write!(f, "record, field {field}: "),
        }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::Syntax {
                column,
                expected,
                found,
            } => {
                write!(f, "record, column {column}: expected {expected}, not ")?;
                match found {
                    Some(found) => write!(f, "'{}'", found.escape_debug()),
                    None => f.write_str("the end"),
                }
            }
            RecordError::Type { field, error } => write!(f, "{}{error}", About(field)),
            RecordError::Spelling {
                field,
                given,
                instead,
            } => {
                write!(f, "{}write {instead}, not {given}", About(field))
            }
            RecordError::NoName { column } => {
                write!(f, "record, column {column}: a field has no name")
            }
            RecordError::Repeated { field } => {
                write!(f, "{}two fields have this name", About(field))
            }
            RecordError::Outside { field, end, size } => {
                write!(
                    f,
                    "{}it ends at byte {end}, but the record has {size}",
                    About(field)
                )
            }
            RecordError::Overlap { field, other } => {
                write!(f, "{}it overlaps with {other}", About(field))
            }
            RecordError::Size { field, given } => {
                write!(
                    f,
                    "{}it has 1 to {LARGEST} bytes, not {given}",
                    About(field)
                )
            }
            RecordError::TextSize { field } => {
                write!(f, "{}a text has 1 to {LARGEST} bytes", About(field))
            }
            RecordError::Shape { field } => write!(
                f,
                "{}a bad shape; write up to 4 counts from 1 on, as in [3] or [2,3]",
                About(field)
            ),
            RecordError::Bits { field, given } => write!(
                f,
                "{}{given} are no bits of an integer, of raw bits or of a BOOL (which gives one)",
                About(field)
            ),
            RecordError::Deep { field } => {
                write!(
                    f,
                    "{}records lie more than {DEEPEST} deep in one another",
                    About(field)
                )
            }
            RecordError::Many => write!(f, "record: more than {MOST_LEAVES} fields"),
        }
    }
}

impl std::error::Error for RecordError {}
