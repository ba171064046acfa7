//! The names of element types, and what stands behind each.
//!
//! Everything is derived from [`ROWS`], [`UNITS`] and [`C_CODES`]: parsing, printing, NumPy's and the buffer protocol's
//! notations, and the list of all spellings.

use std::ffi::{c_int, c_long, c_longlong, c_short};
use std::fmt;

use crate::Error;

/// What the bytes of a scalar mean. How many there are, [`DType::item_size`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Unsigned integer.
    U,
    /// Signed integer, two's complement.
    S,
    /// IEEE 754 float.
    F,
    /// Raw bits: an integer without sign that is shown in hex.
    B,
    /// Truth value in one byte.
    Bool,
    /// Point in time: a signed count of units since 1970-01-01T00:00:00Z.
    Time(Unit),
    /// Length of time: a signed count of units.
    Span(Unit),
}

/// The unit of times and spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

impl Unit {
    /// The unit as it is written in a dtype's name.
    ///
    /// ```
    /// assert_eq!(chunkarray_core::Unit::Us.name(), "us");
    /// ```
    pub fn name(self) -> &'static str {
        UNITS[self as usize].0
    }

    /// How many of this unit make a second.
    ///
    /// ```
    /// assert_eq!(chunkarray_core::Unit::Ms.per_second(), 1_000);
    /// ```
    pub fn per_second(self) -> i64 {
        UNITS[self as usize].2
    }
}

/// Name, unit, how many make a second; in the order of the enum.
const UNITS: [(&str, Unit, i64); 4] = [
    ("s", Unit::S, 1),
    ("ms", Unit::Ms, 1_000),
    ("us", Unit::Us, 1_000_000),
    ("ns", Unit::Ns, 1_000_000_000),
];

/// The family that a row belongs to; times and spans get their unit from the spelling.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    U,
    S,
    F,
    B,
    Bool,
    Time,
    Span,
}

/// One scalar type.
struct Row {
    /// Our name, without the unit.
    name: &'static str,
    family: Family,
    size: usize,
    /// Character of the buffer protocol.
    format: char,
    /// NumPy's kind and size, as behind the byte order in a typestr.
    typestr: &'static str,
    /// NumPy's long name. Types that NumPy has no own name for leave it empty, and their typestr means another type.
    numpy: &'static str,
}

#[rustfmt::skip]
const ROWS: [Row; 17] = [
    Row { name: "U1", family: Family::U, size: 1, format: 'B', typestr: "u1", numpy: "uint8" },
    Row { name: "U2", family: Family::U, size: 2, format: 'H', typestr: "u2", numpy: "uint16" },
    Row { name: "U4", family: Family::U, size: 4, format: 'I', typestr: "u4", numpy: "uint32" },
    Row { name: "U8", family: Family::U, size: 8, format: 'Q', typestr: "u8", numpy: "uint64" },
    Row { name: "S1", family: Family::S, size: 1, format: 'b', typestr: "i1", numpy: "int8" },
    Row { name: "S2", family: Family::S, size: 2, format: 'h', typestr: "i2", numpy: "int16" },
    Row { name: "S4", family: Family::S, size: 4, format: 'i', typestr: "i4", numpy: "int32" },
    Row { name: "S8", family: Family::S, size: 8, format: 'q', typestr: "i8", numpy: "int64" },
    Row { name: "F4", family: Family::F, size: 4, format: 'f', typestr: "f4", numpy: "float32" },
    Row { name: "F8", family: Family::F, size: 8, format: 'd', typestr: "f8", numpy: "float64" },
    Row { name: "B1", family: Family::B, size: 1, format: 'B', typestr: "u1", numpy: "" },
    Row { name: "B2", family: Family::B, size: 2, format: 'H', typestr: "u2", numpy: "" },
    Row { name: "B4", family: Family::B, size: 4, format: 'I', typestr: "u4", numpy: "" },
    Row { name: "B8", family: Family::B, size: 8, format: 'Q', typestr: "u8", numpy: "" },
    Row { name: "BOOL", family: Family::Bool, size: 1, format: '?', typestr: "b1", numpy: "bool" },
    Row { name: "TIME", family: Family::Time, size: 8, format: 'q', typestr: "M8", numpy: "datetime64" },
    Row { name: "SPAN", family: Family::Span, size: 8, format: 'q', typestr: "m8", numpy: "timedelta64" },
];

/// array.array's codes: they name C types, whose sizes are the machine's.
const C_CODES: [(char, Family, usize); 12] = [
    ('b', Family::S, 1),
    ('B', Family::U, 1),
    ('h', Family::S, size_of::<c_short>()),
    ('H', Family::U, size_of::<c_short>()),
    ('i', Family::S, size_of::<c_int>()),
    ('I', Family::U, size_of::<c_int>()),
    ('l', Family::S, size_of::<c_long>()),
    ('L', Family::U, size_of::<c_long>()),
    ('q', Family::S, size_of::<c_longlong>()),
    ('Q', Family::U, size_of::<c_longlong>()),
    ('f', Family::F, 4),
    ('d', Family::F, 8),
];

/// Dimensions that the shape of an element may have.
const MAX_DIMENSIONS: usize = 4;

/// The type of an array's elements.
///
/// Names count bytes: `U1 U2 U4 U8` are unsigned integers, `S1 S2 S4 S8` signed ones, `F4 F8` floats, `B1 B2 B4 B8` raw
/// bits, then `BOOL`, `TIME[s|ms|us|ns]` and `SPAN[s|ms|us|ns]`. Without a prefix they are little-endian on every
/// machine; `>` makes them big-endian. `F4[3]` is an element of three floats. NumPy's lower-case names and
/// array.array's codes are understood too.
///
/// ```
/// use chunkarray_core::DType;
///
/// let point = DType::parse(">F4[3]")?;
/// assert_eq!((point.item_size(), point.size(), point.shape()), (4, 12, &[3][..]));
/// assert_eq!(DType::parse("float64")?.name(), "F8");
/// # Ok::<(), chunkarray_core::DTypeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DType {
    /// Index into `ROWS`.
    row: u8,
    /// Meaningful for times and spans only, else seconds.
    unit: Unit,
    big_endian: bool,
    dimensions: u8,
    shape: [usize; MAX_DIMENSIONS],
}

impl DType {
    /// Reads a dtype's name, in any accepted spelling.
    pub fn parse(text: &str) -> Result<DType, DTypeError> {
        let unknown = || DTypeError::Unknown {
            given: text.to_owned(),
        };
        if let Some(rest) = text.strip_prefix(['=', '@']) {
            let Ok(little) = DType::parse(rest) else {
                return Err(unknown());
            };
            return Err(DTypeError::NativeOrder {
                given: text.to_owned(),
                instead: little,
            });
        }
        let (order, rest) = match text.chars().next() {
            Some(c @ ('<' | '>' | '|')) => (Some(c), &text[1..]),
            _ => (None, text),
        };
        let (base, mut brackets) = match rest.find('[') {
            Some(at) => (&rest[..at], &rest[at..]),
            None => (rest, ""),
        };
        let (row, notation) = find_row(base).ok_or_else(unknown)?;
        let mut dtype = DType::scalar(row);
        match (order, notation) {
            (None, _) => {}
            (Some('>'), Notation::Own | Notation::Typestr) => {
                dtype.big_endian = dtype.item_size() > 1
            }
            (Some('<'), Notation::Typestr) => {}
            (Some('|'), Notation::Typestr) if dtype.item_size() == 1 => {}
            (Some('<'), Notation::Own) => {
                let Ok(instead) = DType::parse(rest) else {
                    return Err(unknown());
                };
                return Err(DTypeError::NeedlessPrefix {
                    given: text.to_owned(),
                    instead,
                });
            }
            _ => return Err(unknown()),
        }
        if matches!(ROWS[row].family, Family::Time | Family::Span) {
            let missing = || DTypeError::Unit {
                given: text.to_owned(),
            };
            let (unit, behind) = inside(brackets).ok_or_else(missing)?;
            dtype.unit = UNITS
                .iter()
                .find(|row| row.0 == unit)
                .ok_or_else(missing)?
                .1;
            brackets = behind;
        }
        if brackets.is_empty() {
            return Ok(dtype);
        }
        let bad_shape = || DTypeError::Shape {
            given: text.to_owned(),
        };
        let (list, behind) = inside(brackets).ok_or_else(bad_shape)?;
        if !behind.is_empty() {
            return Err(bad_shape());
        }
        let mut shape = [0; MAX_DIMENSIONS];
        let mut dimensions = 0;
        for part in list.split(',') {
            // Digits only: the standard library's parser would take a sign.
            let digits = part.trim_matches(' ');
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(bad_shape());
            }
            *shape.get_mut(dimensions).ok_or_else(bad_shape)? =
                digits.parse().map_err(|_| bad_shape())?;
            dimensions += 1;
        }
        dtype.with_shape(&shape[..dimensions]).ok_or_else(bad_shape)
    }

    fn scalar(row: usize) -> DType {
        DType {
            row: row as u8,
            unit: Unit::S,
            big_endian: false,
            dimensions: 0,
            shape: [0; MAX_DIMENSIONS],
        }
    }

    /// An element of this scalar type in a fixed shape; nothing if the shape is empty or too large.
    fn with_shape(mut self, shape: &[usize]) -> Option<DType> {
        let mut size = self.item_size();
        for &extent in shape {
            size = size
                .checked_mul(extent)
                .filter(|&s| s != 0 && s <= isize::MAX as usize)?;
        }
        self.shape.get_mut(..shape.len())?.copy_from_slice(shape);
        self.dimensions = shape.len() as u8;
        Some(self)
    }

    /// The type of raw elements of `size` bytes: `B1`, `B2`, `B4`, `B8`, or a row of `B1`.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// assert_eq!(DType::of_element_size(8)?.name(), "B8");
    /// assert_eq!(DType::of_element_size(12)?.name(), "B1[12]");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn of_element_size(size: usize) -> Result<DType, Error> {
        let raw = |wanted: usize| {
            ROWS.iter()
                .position(|r| r.family == Family::B && r.size == wanted)
        };
        let refused = Error::BadElementSize { given: size };
        match raw(size) {
            Some(row) => Ok(DType::scalar(row)),
            None => raw(1)
                .and_then(|row| DType::scalar(row).with_shape(&[size]))
                .ok_or(refused),
        }
    }

    fn row(&self) -> &'static Row {
        &ROWS[usize::from(self.row)]
    }

    /// What the bytes of a scalar mean.
    pub fn kind(&self) -> Kind {
        match self.row().family {
            Family::U => Kind::U,
            Family::S => Kind::S,
            Family::F => Kind::F,
            Family::B => Kind::B,
            Family::Bool => Kind::Bool,
            Family::Time => Kind::Time(self.unit),
            Family::Span => Kind::Span(self.unit),
        }
    }

    /// Bytes of one scalar.
    pub fn item_size(&self) -> usize {
        self.row().size
    }

    /// Scalars in one element.
    pub fn items(&self) -> usize {
        self.shape().iter().product()
    }

    /// Bytes of one element.
    pub fn size(&self) -> usize {
        self.item_size() * self.items()
    }

    /// The alignment that a scalar likes.
    pub fn align(&self) -> usize {
        self.item_size()
    }

    /// Whether the most significant byte comes first.
    pub fn is_big_endian(&self) -> bool {
        self.big_endian
    }

    /// Whether this machine reads the scalars as they lie in memory.
    pub fn is_native(&self) -> bool {
        self.item_size() == 1 || self.big_endian == cfg!(target_endian = "big")
    }

    /// Extents of an element, none for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape[..usize::from(self.dimensions)]
    }

    /// The canonical name: parsing it gives this type again.
    pub fn name(&self) -> String {
        self.to_string()
    }

    /// The buffer protocol's format of one scalar, with `<` or `>` only where the order is not the machine's.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// assert_eq!(DType::parse(">U2")?.format(), ">H");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn format(&self) -> String {
        let order = match (self.is_native(), self.big_endian) {
            (true, _) => "",
            (false, true) => ">",
            (false, false) => "<",
        };
        format!("{order}{}", self.row().format)
    }

    /// NumPy's typestr of one scalar, as in `__array_interface__`. Raw bits are unsigned integers there.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// assert_eq!(DType::parse("TIME[ns]")?.typestr(), "<M8[ns]");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn typestr(&self) -> String {
        let order = match (self.item_size(), self.big_endian) {
            (1, _) => '|',
            (_, true) => '>',
            (_, false) => '<',
        };
        format!("{order}{}{}", self.row().typestr, self.unit_suffix())
    }

    fn unit_suffix(&self) -> String {
        match self.kind() {
            Kind::Time(unit) | Kind::Span(unit) => format!("[{}]", unit.name()),
            _ => String::new(),
        }
    }

    /// Every accepted spelling of a scalar type, each with the type that it means.
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
        for (k, row) in ROWS.iter().enumerate() {
            let scalar = DType::scalar(k);
            let units: &[_] = match row.family {
                Family::Time | Family::Span => &UNITS,
                _ => &UNITS[..1],
            };
            for &(_, unit, _) in units {
                let dtype = DType { unit, ..scalar };
                let suffix = dtype.unit_suffix();
                let big = DType {
                    big_endian: row.size > 1,
                    ..dtype
                };
                let mut add = |text: String, dtype| all.push(Spelling { text, dtype });
                add(format!("{}{suffix}", row.name), dtype);
                add(format!(">{}{suffix}", row.name), big);
                if row.numpy.is_empty() {
                    continue;
                }
                add(format!("{}{suffix}", row.numpy), dtype);
                for order in ["", "<", ">", "|"] {
                    if order == "|" && row.size > 1 {
                        continue;
                    }
                    let meant = if order == ">" { big } else { dtype };
                    add(format!("{order}{}{suffix}", row.typestr), meant);
                }
            }
        }
        for (code, ..) in C_CODES {
            let text = code.to_string();
            if let Some((row, _)) = find_row(&text) {
                all.push(Spelling {
                    text,
                    dtype: DType::scalar(row),
                });
            }
        }
        all
    }
}

/// One accepted spelling of a dtype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// What may be written.
    pub text: String,
    /// What it means.
    pub dtype: DType,
}

/// Whose notation a name is.
#[derive(Clone, Copy)]
enum Notation {
    Own,
    /// NumPy's kind and size.
    Typestr,
    /// NumPy's long names and array.array's codes: they take no prefix.
    Bare,
}

/// The row of a name without prefix and brackets. Our own names win.
fn find_row(base: &str) -> Option<(usize, Notation)> {
    let find = |test: &dyn Fn(&Row) -> bool| ROWS.iter().position(test);
    if let Some(row) = find(&|r| r.name == base) {
        return Some((row, Notation::Own));
    }
    if let Some(row) = find(&|r| !r.numpy.is_empty() && r.typestr == base) {
        return Some((row, Notation::Typestr));
    }
    if let Some(row) = find(&|r| !r.numpy.is_empty() && r.numpy == base) {
        return Some((row, Notation::Bare));
    }
    let mut characters = base.chars();
    let (code, None) = (characters.next()?, characters.next()) else {
        return None;
    };
    let &(_, family, size) = C_CODES.iter().find(|c| c.0 == code)?;
    Some((
        find(&|r| r.family == family && r.size == size)?,
        Notation::Bare,
    ))
}

/// What stands in the leading brackets, and what comes behind them.
fn inside(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('[')?.split_once(']')
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = if self.big_endian { ">" } else { "" };
        write!(f, "{order}{}{}", self.row().name, self.unit_suffix())?;
        let mut separator = '[';
        for extent in self.shape() {
            write!(f, "{separator}{extent}")?;
            separator = ',';
        }
        if self.dimensions > 0 {
            f.write_str("]")
        } else {
            Ok(())
        }
    }
}

impl std::str::FromStr for DType {
    type Err = DTypeError;

    fn from_str(text: &str) -> Result<DType, DTypeError> {
        DType::parse(text)
    }
}

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
            if matches!(row.family, Family::Time | Family::Span) {
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
        }
    }
}

impl std::error::Error for DTypeError {}
