//! Records: elements made of named fields, each of which says where it lies.
//!
//! Whoever computes a layout writes it down as a text in which every offset and size stands:
//! `{time@0:U8,price@8:F4,mode@12:>U2:0+3}14`. That text is the dtype's name.

mod bits;
mod bytes;
mod error;
mod format;
mod intern;
mod parse;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU32;
use std::sync::Arc;

use crate::{DType, Kind};

pub use error::RecordError;

/// Bytes that a record may have.
const LARGEST: u64 = (1 << 31) - 1;
/// Fields that are no records, of a record and all within it.
const MOST_LEAVES: usize = 4096;
/// How deep records may lie in one another, the outermost one counted.
const DEEPEST: usize = 16;

/// The layout of a record: where each of its fields lies.
///
/// Made by [`DType::parse`] from a text such as `{time@0:U8,price@8:F4}12`: the fields in their order, each with its
/// offset in bytes and its type, then the bytes of the whole. What no field covers is padding. A type is a dtype with
/// its shape, `TEXT[16]`, some bits of a scalar (`U2:4+3` are the three above the lowest four), or a record.
///
/// A layout lives as long as the process, and there is one for each text. So layouts are equal where their addresses
/// are, and a program should not make them from texts without end.
///
/// ```
/// use chunkarray_core::DType;
///
/// let tick = DType::parse("{time@0:U8,price@8:F4}12")?.record().unwrap();
/// assert_eq!((tick.size(), tick.fields().len()), (12, 2));
/// assert_eq!((tick.fields()[1].name(), tick.fields()[1].offset()), ("price", 8));
/// # Ok::<(), chunkarray_core::DTypeError>(())
/// ```
pub struct Record {
    number: NonZeroU32,
    text: Box<str>,
    size: usize,
    fields: Vec<Field>,
    leaves: Vec<Leaf>,
    /// The fields as they lie in memory, of bits that share a unit the first one only.
    regions: Vec<usize>,
    /// Whether elements with the same bytes may be unequal, as floats are.
    by_value: bool,
    /// Whether each field is one number.
    numbers: bool,
}

impl Record {
    /// The text that the layout was made from.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// let points = DType::parse("{x@0:F4,y@4:F4}8[3]")?;
    /// assert_eq!(points.record().unwrap().text(), "{x@0:F4,y@4:F4}8");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes of a record.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// assert_eq!(DType::parse("{x@0:U1}3")?.record().unwrap().size(), 3);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    #[inline]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The fields, in the order of the text.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// let record = DType::parse("{b@1:U1,a@0:U1}2")?.record().unwrap();
    /// assert_eq!(record.fields()[0].name(), "b");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    #[inline]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The fields that are no records, those of records within this one among them, depth first in the order of the
    /// text; each once, whatever the shape of the records around it.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// let record = DType::parse("{at@0:{x@0:F4,y@4:F4}8[2],id@16:U1}17")?.record().unwrap();
    /// let paths: Vec<_> = record.leaves().iter().map(|leaf| leaf.path().to_string()).collect();
    /// assert_eq!(paths, ["at.x", "at.y", "id"]);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }
}

impl Record {
    /// Whether each of the fields is one number, as [`Field::number`] tells.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// assert!(DType::parse("{a@0:U1,b@1:>F8}9")?.record().unwrap().is_numbers());
    /// assert!(!DType::parse("{a@0:U1,b@1:F8[2]}17")?.record().unwrap().is_numbers());
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    #[inline]
    pub fn is_numbers(&self) -> bool {
        self.numbers
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Record) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Record {}

impl Hash for Record {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self).hash(state);
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({})", self.text)
    }
}

/// One field of a record.
#[derive(Debug)]
pub struct Field {
    name: Arc<str>,
    offset: usize,
    kind: FieldKind,
    number: Option<(Stored, bool)>,
}

impl Field {
    /// Its name.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// let record = DType::parse(r#"{"a \"b\""@0:U1}1"#)?.record().unwrap();
    /// assert_eq!(record.fields()[0].name(), "a \"b\"");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes from the start of the record.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// assert_eq!(DType::parse("{a@3:U1}4")?.record().unwrap().fields()[0].offset(), 3);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    #[inline]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What its bytes mean.
    ///
    /// ```
    /// # use chunkarray_core::{DType, FieldKind};
    /// let record = DType::parse("{a@0:U1}1")?.record().unwrap();
    /// assert_eq!(record.fields()[0].kind(), &FieldKind::Plain(DType::parse("U1")?));
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn kind(&self) -> &FieldKind {
        &self.kind
    }

    /// As [`Stored::of`], for fields that are one number each.
    ///
    /// ```
    /// # use chunkarray_core::{DType, Stored};
    /// let record = DType::parse("{a@0:U1,b@1:U1:0+3}2")?.record().unwrap();
    /// assert_eq!(record.fields()[0].number(), Some((Stored::U1, false)));
    /// assert_eq!(record.fields()[1].number(), None);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    #[inline]
    pub fn number(&self) -> Option<(Stored, bool)> {
        self.number
    }
}

/// A number as it is stored: what unsigned integers and raw bits, signed integers and times, floats and truth values come
/// down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Stored {
    U1,
    U2,
    U4,
    U8,
    S1,
    S2,
    S4,
    S8,
    F4,
    F8,
    /// One byte, 0 or 1.
    Bool,
}

impl Stored {
    /// What a dtype's elements are stored as, and whether their bytes are in the other order than this machine's; nothing
    /// if they are not one number each.
    ///
    /// ```
    /// use chunkarray_core::{DType, Stored};
    ///
    /// assert_eq!(Stored::of(&DType::parse("TIME[ns]")?).map(|(stored, _)| stored), Some(Stored::S8));
    /// assert_eq!(Stored::of(&DType::parse("F4[3]")?), None);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn of(dtype: &DType) -> Option<(Stored, bool)> {
        if !dtype.is_scalar() {
            return None;
        }
        let stored = match (dtype.kind(), dtype.item_size()) {
            (Kind::Bool, _) => Stored::Bool,
            (Kind::U | Kind::B, 1) => Stored::U1,
            (Kind::U | Kind::B, 2) => Stored::U2,
            (Kind::U | Kind::B, 4) => Stored::U4,
            (Kind::U | Kind::B, _) => Stored::U8,
            (Kind::S, 1) => Stored::S1,
            (Kind::S, 2) => Stored::S2,
            (Kind::S, 4) => Stored::S4,
            (Kind::S | Kind::Time(_) | Kind::Span(_), _) => Stored::S8,
            (Kind::F, 4) => Stored::F4,
            (Kind::F, _) => Stored::F8,
            (Kind::Record, _) => return None,
        };
        Some((stored, !dtype.is_native()))
    }
}

/// A field that is no record, seen from the outermost one.
#[derive(Debug)]
pub struct Leaf {
    /// Shared with the fields: long names of records with many fields would take more memory than the text.
    names: Vec<Arc<str>>,
    kind: FieldKind,
}

impl Leaf {
    /// The names that lead to it, with dots between them.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// let record = DType::parse("{a@0:{b@0:U1}1}1")?.record().unwrap();
    /// assert_eq!(record.leaves()[0].path().to_string(), "a.b");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn path(&self) -> impl fmt::Display + '_ {
        fmt::from_fn(|f| {
            for (k, name) in self.names.iter().enumerate() {
                let dot = if k > 0 { "." } else { "" };
                write!(f, "{dot}{name}")?;
            }
            Ok(())
        })
    }

    /// What its bytes mean.
    ///
    /// ```
    /// # use chunkarray_core::{DType, FieldKind};
    /// let record = DType::parse("{name@0:TEXT[16]}16")?.record().unwrap();
    /// assert_eq!(record.leaves()[0].kind(), &FieldKind::Text(16));
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn kind(&self) -> &FieldKind {
        &self.kind
    }
}

/// What the bytes of a field mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// An element of a dtype: a scalar, a shape of scalars, a record, a shape of records.
    Plain(DType),
    /// UTF-8, padded with NULs to so many bytes.
    Text(usize),
    /// Some bits of a scalar.
    Bits(Bits),
}

impl FieldKind {
    /// Bytes that the field covers; those of the whole scalar for some bits of it.
    ///
    /// ```
    /// use chunkarray_core::FieldKind;
    ///
    /// assert_eq!(FieldKind::Text(5).size(), 5);
    /// ```
    #[inline]
    pub fn size(&self) -> usize {
        match self {
            FieldKind::Plain(dtype) => dtype.size(),
            FieldKind::Text(size) => *size,
            FieldKind::Bits(bits) => bits.unit.size(),
        }
    }

    /// The dtype of elements that have the bytes of such a field, with its shape: raw bytes for a text, the whole
    /// scalar for some bits of it.
    ///
    /// ```
    /// use chunkarray_core::FieldKind;
    ///
    /// assert_eq!(FieldKind::Text(5).dtype().name(), "B1[5]");
    /// ```
    pub fn dtype(&self) -> DType {
        match self {
            FieldKind::Plain(dtype) => *dtype,
            FieldKind::Text(size) => DType::row_of_bytes(*size),
            FieldKind::Bits(bits) => bits.unit,
        }
    }

    /// Whether it is a row of raw bytes, `B1[n]`, which is one value in a record.
    ///
    /// ```
    /// use chunkarray_core::{DType, FieldKind};
    ///
    /// assert!(FieldKind::Plain(DType::parse("B1[4]")?).is_bytes());
    /// assert!(!FieldKind::Plain(DType::parse("B1")?).is_bytes());
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn is_bytes(&self) -> bool {
        match self {
            FieldKind::Plain(dtype) => {
                dtype.kind() == Kind::B && dtype.item_size() == 1 && dtype.shape().len() == 1
            }
            _ => false,
        }
    }
}

/// The type as it stands in a layout's text.
impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldKind::Plain(dtype) => write!(f, "{dtype}"),
            FieldKind::Text(size) => write!(f, "TEXT[{size}]"),
            FieldKind::Bits(bits) => write!(f, "{}:{}+{}", bits.unit, bits.shift, bits.width),
        }
    }
}

/// Some bits of a scalar, its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bits {
    unit: DType,
    shift: u32,
    width: u32,
}
