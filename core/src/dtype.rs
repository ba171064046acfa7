//! The names of element types, and what stands behind each.
//!
//! Everything is derived from one table: parsing, printing, NumPy's and the buffer protocol's notations, and the list
//! of all spellings.

mod error;
mod parse;
mod table;

use std::fmt;
use std::num::NonZeroU32;

use crate::Error;
use crate::record::Record;
use table::{C_CODES, Family, RAW_BYTE, ROWS, Row, UNITS};

pub use error::DTypeError;
pub use parse::{Notation, Spelling};

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
    /// Named fields, which [`DType::record`] tells.
    Record,
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

/// Dimensions that the shape of an element may have.
const MAX_DIMENSIONS: usize = DType::MOST_DIMENSIONS;

/// The type of an array's elements.
///
/// Names count bytes: `U1 U2 U4 U8` are unsigned integers, `S1 S2 S4 S8` signed ones, `F4 F8` floats, `B1 B2 B4 B8` raw
/// bits, then `BOOL`, `TIME[s|ms|us|ns]` and `SPAN[s|ms|us|ns]`. Without a prefix they are little-endian on every
/// machine; `>` makes them big-endian. `F4[3]` is an element of three floats. NumPy's lower-case names and
/// array.array's codes are understood too. `{time@0:U8,price@8:F4}12` is a [`Record`].
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
    /// Where there is one, elements are records of this number, and what stands here but the shape means nothing. A
    /// number takes less space in each array than an address.
    record: Option<NonZeroU32>,
}

impl DType {
    /// Dimensions that the shape of an element may have.
    pub(crate) const MOST_DIMENSIONS: usize = 4;

    /// Records in a shape; nothing if that is too large.
    pub(crate) fn of_record(record: &'static Record, shape: &[usize]) -> Option<DType> {
        DType {
            record: Some(record.number()),
            ..DType::scalar(0)
        }
        .with_shape(shape)
    }

    /// A row of so many raw bytes, not none and not more than a record has.
    pub(crate) fn row_of_bytes(count: usize) -> DType {
        let mut row = DType::scalar(RAW_BYTE);
        row.shape[0] = count;
        row.dimensions = 1;
        row
    }

    fn scalar(row: usize) -> DType {
        DType {
            row: row as u8,
            unit: Unit::S,
            big_endian: false,
            dimensions: 0,
            shape: [0; MAX_DIMENSIONS],
            record: None,
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
    ///
    /// ```
    /// # use chunkarray_core::{DType, Kind, Unit};
    /// assert_eq!(DType::parse("TIME[ns]")?.kind(), Kind::Time(Unit::Ns));
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    #[inline]
    pub fn kind(&self) -> Kind {
        if self.record.is_some() {
            return Kind::Record;
        }
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

    /// The layout of elements that are records, each by itself or in a shape.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// let record = DType::parse("{x@0:F4}4[3]")?.record().unwrap();
    /// assert_eq!(record.fields()[0].name(), "x");
    /// assert!(DType::parse("F4")?.record().is_none());
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    #[inline]
    pub fn record(&self) -> Option<&'static Record> {
        self.record.and_then(Record::of_number)
    }

    /// Whether an element is one scalar: it has no shape and is no record.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert!(DType::parse("F4")?.is_scalar());
    /// assert!(!DType::parse("F4[3]")?.is_scalar());
    /// assert!(!DType::parse("{x@0:F4}4")?.is_scalar());
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    #[inline]
    pub fn is_scalar(&self) -> bool {
        self.dimensions == 0 && self.record.is_none()
    }

    /// Bytes of one scalar, or of one record.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert_eq!(DType::parse("F4[3]")?.item_size(), 4);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    #[inline]
    pub fn item_size(&self) -> usize {
        match self.record() {
            Some(record) => record.size(),
            None => self.row().size,
        }
    }

    /// Scalars in one element.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert_eq!(DType::parse("F4[2,3]")?.items(), 6);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn items(&self) -> usize {
        self.shape().iter().product()
    }

    /// Bytes of one element.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert_eq!(DType::parse("F4[3]")?.size(), 12);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn size(&self) -> usize {
        self.item_size() * self.items()
    }

    /// The alignment that a scalar likes. Records are laid out for any.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert_eq!(DType::parse("F4[3]")?.align(), 4);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn align(&self) -> usize {
        match self.record {
            Some(_) => 1,
            None => self.item_size(),
        }
    }

    /// Whether the most significant byte comes first.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert!(DType::parse(">U2")?.is_big_endian());
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn is_big_endian(&self) -> bool {
        self.big_endian
    }

    /// The same type with the most significant byte first; none for scalars of one byte, and for records.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert_eq!(DType::parse("U2")?.big_endian().map(|dtype| dtype.name()), Some(">U2".into()));
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn big_endian(self) -> Option<DType> {
        (self.item_size() > 1 && self.record.is_none()).then_some(DType {
            big_endian: true,
            ..self
        })
    }

    /// Whether this machine reads the scalars as they lie in memory. Of a record each field tells for itself.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert_eq!(DType::parse("U2")?.is_native(), cfg!(target_endian = "little"));
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn is_native(&self) -> bool {
        self.item_size() == 1
            || self.record.is_some()
            || self.big_endian == cfg!(target_endian = "big")
    }

    /// Extents of an element, none for a scalar.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert_eq!(DType::parse("F4[2,3]")?.shape(), [2, 3]);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn shape(&self) -> &[usize] {
        &self.shape[..usize::from(self.dimensions)]
    }

    /// The canonical name: parsing it gives this type again.
    ///
    /// ```
    /// # use chunkarray_core::{DType};
    /// assert_eq!(DType::parse(">f4")?.name(), ">F4");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn name(&self) -> String {
        self.to_string()
    }

    /// The buffer protocol's format of one scalar, with `<` or `>` only where the order is not the machine's; of one
    /// record its fields, or only how many bytes it has where a name has a colon, which the notation knows no place for.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// assert_eq!(DType::parse(">U2")?.format(), ">H");
    /// assert_eq!(DType::parse("{time@0:U8,price@8:F4,flags@14:>U2}16")?.format(), "T{<Q:time:f:price:2x>H:flags:}");
    /// assert_eq!(DType::parse(r#"{"a:b"@0:U8}8"#)?.format(), "8s");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn format(&self) -> String {
        if let Some(record) = self.record() {
            return record
                .format()
                .unwrap_or_else(|| format!("{}s", record.size()));
        }
        let order = match (self.is_native(), self.big_endian) {
            (true, _) => "",
            (false, true) => ">",
            (false, false) => "<",
        };
        format!("{order}{}", self.row().format)
    }

    /// NumPy's typestr of one scalar, as in `__array_interface__`. Raw bits are unsigned integers there, and records raw
    /// bytes.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// assert_eq!(DType::parse("TIME[ns]")?.typestr(), "<M8[ns]");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn typestr(&self) -> String {
        if let Some(record) = self.record() {
            return format!("|V{}", record.size());
        }
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

    /// What the documentation tells of the scalar type: each fact's name and itself. All but `array`, which has
    /// array.array's codes on this machine, are the same everywhere. Of a record it tells nothing but its text.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// let facts = DType::parse("TIME[ns]")?.facts();
    /// assert!(facts.contains(&("numpy", "datetime64[ns]".to_owned())));
    /// assert!(facts.contains(&("arrow", "timestamp[ns]".to_owned())));
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn facts(&self) -> [(&'static str, String); 8] {
        if let Some(record) = self.record() {
            let text = record.text().to_owned();
            let mut facts = DType::scalar(RAW_BYTE)
                .facts()
                .map(|(name, _)| (name, String::new()));
            facts[0].1 = text;
            return facts;
        }
        let (row, unit) = (self.row(), self.unit_suffix());
        // What NumPy makes of a type that it has no own name for.
        let alike = |other: &&Row| other.typestr == row.typestr && !other.numpy.is_empty();
        let numpy = ROWS.iter().find(alike).map_or("", |other| other.numpy);
        let python = match self.kind() {
            // Finer than Python's own times.
            Kind::Time(Unit::Ns) | Kind::Span(Unit::Ns) => "int",
            _ => row.python,
        };
        let scalar = DType {
            unit: self.unit,
            big_endian: self.big_endian,
            ..DType::scalar(usize::from(self.row))
        };
        [
            ("name", scalar.name()),
            ("bytes", row.size.to_string()),
            ("python", python.to_owned()),
            ("numpy", format!("{numpy}{unit}")),
            ("typestr", self.typestr()),
            ("array", self.array_codes()),
            ("arrow", format!("{}{unit}", row.arrow)),
            ("format", self.format()),
        ]
    }

    /// array.array's codes for the scalar type on this machine, in the order of its documentation.
    fn array_codes(&self) -> String {
        let row = self.row();
        C_CODES
            .iter()
            .filter(|code| code.1 == row.family && code.2 == row.size && self.is_native())
            .map(|code| code.0)
            .collect()
    }

    /// The smallest and the largest integer that a scalar holds; nothing for floats and records.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// assert_eq!(DType::parse("U1")?.integer_range(), Some((0, 255)));
    /// assert_eq!(DType::parse("F8")?.integer_range(), None);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn integer_range(&self) -> Option<(i128, i128)> {
        let bits = 8 * self.row().size as u32;
        match self.kind() {
            Kind::U | Kind::B => Some((0, (1 << bits) - 1)),
            Kind::S | Kind::Time(_) | Kind::Span(_) => {
                Some((-(1 << (bits - 1)), (1 << (bits - 1)) - 1))
            }
            Kind::Bool => Some((0, 1)),
            Kind::F | Kind::Record => None,
        }
    }

    /// Every scalar type in its little-endian form, in the order of the documentation.
    ///
    /// ```
    /// use chunkarray_core::DType;
    ///
    /// let names: Vec<String> = DType::all().iter().map(DType::name).collect();
    /// assert_eq!(names.join(" "), "U1 U2 U4 U8 S1 S2 S4 S8 F4 F8 B1 B2 B4 B8 BOOL \
    ///     TIME[s] TIME[ms] TIME[us] TIME[ns] SPAN[s] SPAN[ms] SPAN[us] SPAN[ns]");
    /// ```
    pub fn all() -> Vec<DType> {
        let mut all = Vec::new();
        for (k, row) in ROWS.iter().enumerate() {
            let units = if row.has_unit() {
                &UNITS[..]
            } else {
                &UNITS[..1]
            };
            all.extend(units.iter().map(|unit| DType {
                unit: unit.1,
                ..DType::scalar(k)
            }));
        }
        all
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(record) = self.record() {
            f.write_str(record.text())?;
        } else {
            let order = if self.big_endian { ">" } else { "" };
            write!(f, "{order}{}{}", self.row().name, self.unit_suffix())?;
        }
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
