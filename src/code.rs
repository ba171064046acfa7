//! What an array object is, in one byte, as far as the quick ways care.

use chunkarray_core::{DType, Kind, Stored};

/// All zero: an instance that was never filled.
pub const UNFILLED: u8 = 0;
/// Little-endian 8-byte floats: a bit of its own, as the quickest ways are theirs.
pub const F8: u8 = 1;
/// A bit beside the kind of elements: never to be changed again.
pub const FROZEN: u8 = 2;
/// Elements without quick ways.
pub const OTHER: u8 = 0x10;
/// Little-endian 4-byte floats.
pub const F4: u8 = 0x20;
/// Little-endian integers, raw bits among the unsigned ones.
pub const S1: u8 = 0x30;
pub const S2: u8 = 0x40;
pub const S4: u8 = 0x50;
pub const S8: u8 = 0x60;
pub const U1: u8 = 0x70;
pub const U2: u8 = 0x80;
pub const U4: u8 = 0x90;
pub const U8: u8 = 0xA0;

/// Records.
pub const RECORD: u8 = 0xB0;

/// The code of a new array.
pub fn of(dtype: &DType) -> u8 {
    if dtype.kind() == Kind::Record && dtype.shape().is_empty() {
        return RECORD;
    }
    if matches!(dtype.kind(), Kind::Time(_) | Kind::Span(_)) {
        return OTHER;
    }
    match Stored::of(dtype) {
        Some((stored, false)) if !dtype.is_big_endian() => match stored {
            Stored::F8 => F8,
            Stored::F4 => F4,
            Stored::S1 => S1,
            Stored::S2 => S2,
            Stored::S4 => S4,
            Stored::S8 => S8,
            Stored::U1 => U1,
            Stored::U2 => U2,
            Stored::U4 => U4,
            Stored::U8 => U8,
            Stored::Bool => OTHER,
        },
        _ => OTHER,
    }
}
