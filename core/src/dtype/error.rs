//! What is said to who wrote a name that is none.

use std::fmt;

use super::table::{ROWS, UNITS};
use super::{DType, MAX_DIMENSIONS};
use crate::record::RecordError;

/// Why a text names no dtype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DTypeError {
    /// No such name.
    Unknown {
        /// What was written.
        given: String,
    },
    /// `=` or `@`: an order that depends on the machine.
    NativeOrder {
        /// What was written.
        given: String,
        /// The little-endian type, whose name to write.
        instead: DType,
    },
    /// `<` before one of our names: it could be taken for NumPy's text types, and says nothing new.
    NeedlessPrefix {
        /// What was written.
        given: String,
        /// The type whose name to write.
        instead: DType,
    },
    /// A time or a span without one of the units.
    Unit {
        /// What was written.
        given: String,
    },
    /// A shape that is no list of up to four counts, or is too large.
    Shape {
        /// What was written.
        given: String,
    },
    /// A text that begins as a record's layout, and is none.
    Record(RecordError),
}

/// Shows what somebody wrote, at a length that leaves the message readable.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 40;
        write!(f, "'")?;
        for c in self.0.chars().take(MOST) {
            write!(f, "{}", c.escape_debug())?;
        }
        f.write_str(if self.0.chars().nth(MOST).is_some() {
            "...'"
        } else {
            "'"
        })
    }
}

/// All of our names, for a message.
struct Names;

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = UNITS.map(|unit| unit.0).join("|");
        for (k, row) in ROWS.iter().enumerate() {
            let space = if k == 0 { "" } else { " " };
            write!(f, "{space}{}", row.name)?;
            if row.has_unit() {
                write!(f, "[{units}]")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for DTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DTypeError::Unknown { given } => write!(
                f,
                "unknown dtype {}; the names are {Names}, with > in front for big-endian and [n] behind for n of \
                 them in one element; NumPy's names (float64, f8, <f8) and array.array's codes (d) are understood too",
                Quoted(given)
            ),
            DTypeError::NativeOrder { given, instead } => {
                let big = DType {
                    big_endian: true,
                    ..*instead
                };
                write!(
                    f,
                    "dtype {} depends on the machine; write '{instead}'",
                    Quoted(given)
                )?;
                if instead.item_size() > 1 {
                    write!(f, " (little-endian) or '{big}' (big-endian)")?;
                }
                Ok(())
            }
            DTypeError::NeedlessPrefix { given, instead } => write!(
                f,
                "dtype {}: write '{instead}', which is little-endian on every machine",
                Quoted(given)
            ),
            DTypeError::Unit { given } => write!(
                f,
                "dtype {} needs a unit: one of {}, as in TIME[ns]",
                Quoted(given),
                UNITS.map(|unit| unit.0).join(" ")
            ),
            DTypeError::Shape { given } => write!(
                f,
                "dtype {} has a bad shape; write up to {MAX_DIMENSIONS} counts from 1 on, as in F4[3] or F4[2,3]",
                Quoted(given)
            ),
            DTypeError::Record(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DTypeError {}
