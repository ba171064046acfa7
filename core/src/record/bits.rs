//! Fields of some bits of a scalar.

use super::Bits;
use crate::{DType, Kind};

impl Bits {
    /// The scalar that they are bits of.
    ///
    /// ```
    /// use chunkarray_core::{DType, FieldKind};
    ///
    /// let record = DType::parse("{mode@0:>U2:4+3}2")?.record().unwrap();
    /// let FieldKind::Bits(bits) = record.fields()[0].kind() else { panic!() };
    /// assert_eq!((bits.unit().name().as_str(), bits.shift(), bits.width()), (">U2", 4, 3));
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn unit(&self) -> &DType {
        &self.unit
    }

    /// How many less significant bits of the scalar's value come before them.
    ///
    /// ```
    /// # use chunkarray_core::{DType, FieldKind};
    /// let record = DType::parse("{low@0:U1:0+4,high@0:U1:4+4}1")?.record().unwrap();
    /// let FieldKind::Bits(high) = record.fields()[1].kind() else { panic!() };
    /// assert_eq!(high.shift(), 4);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// How many they are.
    ///
    /// ```
    /// # use chunkarray_core::{DType, FieldKind};
    /// let record = DType::parse("{low@0:U1:0+4,high@0:U1:4+4}1")?.record().unwrap();
    /// let FieldKind::Bits(low) = record.fields()[0].kind() else { panic!() };
    /// assert_eq!(low.width(), 4);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The smallest and the largest value.
    ///
    /// ```
    /// # use chunkarray_core::{DType, FieldKind};
    /// let record = DType::parse("{level@0:S1:0+4}1")?.record().unwrap();
    /// let FieldKind::Bits(level) = record.fields()[0].kind() else { panic!() };
    /// assert_eq!(level.range(), (-8, 7));
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn range(&self) -> (i128, i128) {
        let values = 1 << self.width;
        if self.unit.kind() == Kind::S {
            (-values / 2, values / 2 - 1)
        } else {
            (0, values - 1)
        }
    }

    /// The value, from the bytes of the scalar: a signed one as `i64` has it.
    ///
    /// ```
    /// # use chunkarray_core::{DType, FieldKind};
    /// let record = DType::parse("{mode@0:>U2:4+3}2")?.record().unwrap();
    /// let FieldKind::Bits(mode) = record.fields()[0].kind() else { panic!() };
    /// assert_eq!(mode.get(&[0x00, 0x50]), 5);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    ///
    /// # Panics
    /// Where there are more than eight bytes.
    #[inline]
    pub fn get(&self, scalar: &[u8]) -> u64 {
        let spare = 64 - self.width;
        let top = word(scalar, self.unit.is_big_endian()) >> self.shift << spare;
        if self.unit.kind() == Kind::S {
            (top as i64 >> spare) as u64
        } else {
            top >> spare
        }
    }

    /// Writes the value's lowest bits into the bytes of the scalar, and leaves the others of them as they are.
    ///
    /// ```
    /// # use chunkarray_core::{DType, FieldKind};
    /// let record = DType::parse("{mode@0:>U2:4+3}2")?.record().unwrap();
    /// let FieldKind::Bits(mode) = record.fields()[0].kind() else { panic!() };
    /// let mut scalar = [0xff, 0xff];
    /// mode.put(&mut scalar, 2);
    /// assert_eq!(scalar, [0xff, 0xaf]);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    ///
    /// # Panics
    /// Where there are more than eight bytes.
    #[inline]
    pub fn put(&self, scalar: &mut [u8], value: u64) {
        let mask = self.mask();
        let kept = word(scalar, self.unit.is_big_endian()) & !mask;
        put_word(
            scalar,
            self.unit.is_big_endian(),
            kept | (value << self.shift & mask),
        );
    }

    /// The bits of the scalar's value that they are.
    pub(super) fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.width) << self.shift
    }

    /// The scalar's bytes for a value of these bits alone, as an element of the scalar's type.
    pub(crate) fn as_scalar(&self, value: u64, scalar: &mut [u8]) {
        put_word(scalar, self.unit.is_big_endian(), value);
    }

    /// The value of a whole scalar, as [`get`](Self::get) gives it.
    pub(crate) fn of_scalar(&self, scalar: &[u8]) -> u64 {
        let whole = Bits {
            unit: self.unit,
            shift: 0,
            width: 8 * scalar.len() as u32,
        };
        let value = whole.get(scalar);
        // Every byte that is not zero is true.
        if self.unit.kind() == Kind::Bool {
            u64::from(value != 0)
        } else {
            value
        }
    }

    /// Whether a value is one of those in [`range`](Self::range).
    pub(crate) fn holds(&self, value: u64) -> bool {
        let (least, most) = self.range();
        let value = if self.unit.kind() == Kind::S {
            i128::from(value as i64)
        } else {
            i128::from(value)
        };
        (least..=most).contains(&value)
    }
}

/// The name of the type as people write it, without where the bits lie.
impl std::fmt::Display for Bits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.unit, self.width)
    }
}

#[inline]
fn word(scalar: &[u8], big_endian: bool) -> u64 {
    let mut wide = [0; 8];
    let bytes = &mut wide[..scalar.len()];
    bytes.copy_from_slice(scalar);
    if big_endian {
        bytes.reverse();
    }
    u64::from_le_bytes(wide)
}

#[inline]
fn put_word(scalar: &mut [u8], big_endian: bool, word: u64) {
    scalar.copy_from_slice(&word.to_le_bytes()[..scalar.len()]);
    if big_endian {
        scalar.reverse();
    }
}
