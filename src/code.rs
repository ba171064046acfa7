//! What an array object is, in one byte, as far as the quick ways care.

use chunkarray_core::{DType, Kind};

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

/// The code of a new array.
pub fn of(dtype: &DType) -> u8 {
    if !dtype.is_scalar() || dtype.is_big_endian() || !dtype.is_native() {
        return OTHER;
    }
    match (dtype.kind(), dtype.item_size()) {
        (Kind::F, 8) => F8,
        (Kind::F, 4) => F4,
        (Kind::S, 1) => S1,
        (Kind::S, 2) => S2,
        (Kind::S, 4) => S4,
        (Kind::S, 8) => S8,
        (Kind::U | Kind::B, 1) => U1,
        (Kind::U | Kind::B, 2) => U2,
        (Kind::U | Kind::B, 4) => U4,
        (Kind::U | Kind::B, 8) => U8,
        _ => OTHER,
    }
}
