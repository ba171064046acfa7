//! The table behind all names of element types: a new type is a new row here.

use std::ffi::{c_int, c_long, c_longlong, c_short};

use super::Unit;

/// Name, unit, how many make a second; in the order of the enum.
pub(super) const UNITS: [(&str, Unit, i64); 4] = [
    ("s", Unit::S, 1),
    ("ms", Unit::Ms, 1_000),
    ("us", Unit::Us, 1_000_000),
    ("ns", Unit::Ns, 1_000_000_000),
];

/// The family that a row belongs to; times and spans get their unit from the spelling.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    U,
    S,
    F,
    B,
    Bool,
    Time,
    Span,
}

/// One scalar type.
pub(super) struct Row {
    /// Our name, without the unit.
    pub(super) name: &'static str,
    pub(super) family: Family,
    pub(super) size: usize,
    /// Character of the buffer protocol.
    pub(super) format: char,
    /// NumPy's kind and size, as behind the byte order in a typestr.
    pub(super) typestr: &'static str,
    /// NumPy's long name. Types that NumPy has no own name for leave it empty, and their typestr means another type.
    pub(super) numpy: &'static str,
    /// Arrow's name, without the unit.
    pub(super) arrow: &'static str,
    /// What an element is in Python, in words.
    pub(super) python: &'static str,
}

impl Row {
    pub(super) fn has_unit(&self) -> bool {
        matches!(self.family, Family::Time | Family::Span)
    }
}

#[rustfmt::skip]
pub(super) const ROWS: [Row; 17] = [
    Row { name: "U1", family: Family::U, size: 1, format: 'B', typestr: "u1", numpy: "uint8", arrow: "uint8", python: "int" },
    Row { name: "U2", family: Family::U, size: 2, format: 'H', typestr: "u2", numpy: "uint16", arrow: "uint16", python: "int" },
    Row { name: "U4", family: Family::U, size: 4, format: 'I', typestr: "u4", numpy: "uint32", arrow: "uint32", python: "int" },
    Row { name: "U8", family: Family::U, size: 8, format: 'Q', typestr: "u8", numpy: "uint64", arrow: "uint64", python: "int" },
    Row { name: "S1", family: Family::S, size: 1, format: 'b', typestr: "i1", numpy: "int8", arrow: "int8", python: "int" },
    Row { name: "S2", family: Family::S, size: 2, format: 'h', typestr: "i2", numpy: "int16", arrow: "int16", python: "int" },
    Row { name: "S4", family: Family::S, size: 4, format: 'i', typestr: "i4", numpy: "int32", arrow: "int32", python: "int" },
    Row { name: "S8", family: Family::S, size: 8, format: 'q', typestr: "i8", numpy: "int64", arrow: "int64", python: "int" },
    Row { name: "F4", family: Family::F, size: 4, format: 'f', typestr: "f4", numpy: "float32", arrow: "float", python: "float" },
    Row { name: "F8", family: Family::F, size: 8, format: 'd', typestr: "f8", numpy: "float64", arrow: "double", python: "float" },
    Row { name: "B1", family: Family::B, size: 1, format: 'B', typestr: "u1", numpy: "", arrow: "uint8", python: "int, bytes" },
    Row { name: "B2", family: Family::B, size: 2, format: 'H', typestr: "u2", numpy: "", arrow: "uint16", python: "int, bytes" },
    Row { name: "B4", family: Family::B, size: 4, format: 'I', typestr: "u4", numpy: "", arrow: "uint32", python: "int, bytes" },
    Row { name: "B8", family: Family::B, size: 8, format: 'Q', typestr: "u8", numpy: "", arrow: "uint64", python: "int, bytes" },
    Row { name: "BOOL", family: Family::Bool, size: 1, format: '?', typestr: "b1", numpy: "bool", arrow: "bool", python: "bool" },
    Row { name: "TIME", family: Family::Time, size: 8, format: 'q', typestr: "M8", numpy: "datetime64", arrow: "timestamp", python: "datetime" },
    Row { name: "SPAN", family: Family::Span, size: 8, format: 'q', typestr: "m8", numpy: "timedelta64", arrow: "duration", python: "timedelta" },
];

/// Which row is `B1`.
pub(super) const RAW_BYTE: usize = 10;
const _: () = assert!(ROWS[RAW_BYTE].size == 1 && matches!(ROWS[RAW_BYTE].family, Family::B));

/// array.array's codes: they name C types, whose sizes are the machine's.
pub(super) const C_CODES: [(char, Family, usize); 12] = [
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
