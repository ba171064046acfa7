//! What is done to the bytes of records without making objects of them.

use super::{Field, FieldKind, Record};
use crate::{DType, Kind};

impl Record {
    /// The fields as they lie in memory; of bits that share a scalar the first one in the text only.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// let record = DType::parse("{b@1:U2,low@0:U1:0+4,high@0:U1:4+4}3")?.record().unwrap();
    /// let names: Vec<_> = record.regions().map(|field| field.name()).collect();
    /// assert_eq!(names, ["low", "b"]);
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn regions(&self) -> impl Iterator<Item = &Field> {
        self.regions.iter().map(|&k| &self.fields[k])
    }

    /// Reverses the bytes of each scalar of a record; texts and raw bytes stay.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// let record = DType::parse("{id@0:U2,x@2:U1:0+4,name@3:TEXT[2]}5")?.record().unwrap();
    /// let mut bytes = *b"ab1xy";
    /// record.byteswap(&mut bytes);
    /// assert_eq!(&bytes, b"ba1xy");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    ///
    /// # Panics
    /// Where there are fewer bytes than a record has.
    pub fn byteswap(&self, bytes: &mut [u8]) {
        for field in self.regions() {
            let part = &mut bytes[field.offset..][..field.kind.size()];
            match field.kind {
                FieldKind::Plain(dtype) => byteswap(&dtype, part),
                FieldKind::Bits(bits) => byteswap(&bits.unit, part),
                FieldKind::Text(_) => {}
            }
        }
    }

    /// Whether two records have equal values: floats by value (NaN is equal to nothing, the zeros are equal), truth
    /// values by what they mean, all else by its bytes. Padding does not count.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// let record = DType::parse("{x@0:F4,id@4:U1}6")?.record().unwrap();
    /// assert!(record.equal(&[0, 0, 0, 0, 7, 1], &[0, 0, 0, 0x80, 7, 2]));
    /// assert!(!record.equal(&[0, 0, 0, 0, 7, 1], &[0, 0, 0, 0, 8, 1]));
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    ///
    /// # Panics
    /// Where there are fewer bytes than a record has.
    pub fn equal(&self, a: &[u8], b: &[u8]) -> bool {
        if !self.by_value && a[..self.size] == b[..self.size] {
            return true;
        }
        self.fields.iter().all(|field| {
            let range = field.offset..field.offset + field.kind.size();
            let (a, b) = (&a[range.clone()], &b[range]);
            match field.kind {
                FieldKind::Plain(dtype) => equal(&dtype, a, b),
                FieldKind::Text(_) => a == b,
                FieldKind::Bits(bits) => bits.get(a) == bits.get(b),
            }
        })
    }
}

/// Reverses the bytes of each scalar of an element.
pub(crate) fn byteswap(dtype: &DType, bytes: &mut [u8]) {
    let size = dtype.item_size();
    for item in bytes.chunks_exact_mut(size) {
        match dtype.record() {
            Some(record) => record.byteswap(item),
            None => item.reverse(),
        }
    }
}

fn equal(dtype: &DType, a: &[u8], b: &[u8]) -> bool {
    let size = dtype.item_size();
    let pairs = || a.chunks_exact(size).zip(b.chunks_exact(size));
    let float = |bytes: &[u8]| {
        let mut wide = [0; 8];
        wide[..size].copy_from_slice(bytes);
        if dtype.is_big_endian() {
            wide[..size].reverse();
        }
        match size {
            4 => f64::from(f32::from_le_bytes([wide[0], wide[1], wide[2], wide[3]])),
            _ => f64::from_le_bytes(wide),
        }
    };
    match (dtype.record(), dtype.kind()) {
        (Some(record), _) => pairs().all(|(a, b)| record.equal(a, b)),
        (None, Kind::F) => pairs().all(|(a, b)| float(a) == float(b)),
        (None, Kind::Bool) => pairs().all(|(a, b)| (a[0] != 0) == (b[0] != 0)),
        _ => a == b,
    }
}
