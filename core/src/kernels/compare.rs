//! Where two windows differ.

use super::wide::widely;
use super::window::{Scratch, Window};
use crate::{DType, Error, Kind};

/// The number of the first element that differs between windows of one dtype, or the length of the shorter one.
///
/// Floats are compared by value: NaN differs from everything, the zeros are equal. Records are compared field by field.
/// All else is compared by its bytes.
///
/// ```
/// use chunkarray_core::kernels::{Window, mismatch};
/// use chunkarray_core::{DType, Options, RawArray};
///
/// let array = RawArray::new(8, &Options::default())?;
/// array.extend(&[0.0, -0.0, 1.0, f64::NAN])?;
/// let (there, back) = (Window::new(&array, 0, 1, 3)?, Window::new(&array, 1, -1, 2)?);
/// let nan = Window::new(&array, 3, 1, 1)?;
/// let dtype = DType::parse("F8").unwrap();
/// assert_eq!(mismatch(&dtype, &there, &back)?, 2);
/// assert_eq!(mismatch(&dtype, &nan, &nan)?, 0);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn mismatch(dtype: &DType, a: &Window, b: &Window) -> Result<usize, Error> {
    let count = a.len().min(b.len());
    let size = a.element_size();
    let block = a.block_len();
    let mut theirs = Scratch::new(block, size)?;
    let found = a.each_block(0, |k, mine| {
        let wanted = (count.saturating_sub(k)).min(mine.len() / size);
        let mine = &mine[..wanted * size];
        let theirs = theirs.elements(wanted, size);
        b.read(k, theirs);
        let at = first_difference(dtype, mine, theirs).map(|byte| k + byte / size);
        at.or((k + wanted == count).then_some(count))
    })?;
    Ok(found.unwrap_or(count))
}

/// Where in memory the first scalar begins that differs.
fn first_difference(dtype: &DType, x: &[u8], y: &[u8]) -> Option<usize> {
    if let Some(record) = dtype.record() {
        let size = record.size();
        let mut pairs = x.chunks_exact(size).zip(y.chunks_exact(size));
        return pairs
            .position(|(x, y)| !record.equal(x, y))
            .map(|k| k * size);
    }
    match (dtype.kind(), dtype.item_size(), dtype.is_big_endian()) {
        (Kind::F, 8, false) => widely(|| by_value(x, y, f64::from_le_bytes)),
        (Kind::F, 8, true) => widely(|| by_value(x, y, f64::from_be_bytes)),
        (Kind::F, _, false) => widely(|| by_value(x, y, f32::from_le_bytes)),
        (Kind::F, _, true) => widely(|| by_value(x, y, f32::from_be_bytes)),
        _ if x == y => None,
        _ => x.iter().zip(y).position(|(x, y)| x != y),
    }
}

#[inline(always)]
fn by_value<const N: usize, T: PartialEq>(
    x: &[u8],
    y: &[u8],
    read: impl Fn([u8; N]) -> T,
) -> Option<usize> {
    // Without a way out of the inner loop it becomes a few vector instructions.
    const GROUP: usize = 64;
    let (x, _) = x.as_chunks::<N>();
    let (y, _) = y.as_chunks::<N>();
    let differ = |k: usize| read(x[k]) != read(y[k]);
    let mut k = 0;
    for (x, y) in x.chunks(GROUP).zip(y.chunks(GROUP)) {
        let equal = x
            .iter()
            .zip(y)
            .fold(true, |equal, (x, y)| equal & (read(*x) == read(*y)));
        if !equal {
            return (k..k + x.len()).find(|&k| differ(k)).map(|k| k * N);
        }
        k += x.len();
    }
    None
}
