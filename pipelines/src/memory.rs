//! Memory that the system may refuse.

use crate::Error;

/// Bytes that the processor fetches together.
const LINE: usize = 64;

/// The unit of [`Buffer`]: as aligned as vectors want it.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Line([u8; LINE]);

/// Bytes that begin at a multiple of 64.
pub struct Buffer {
    lines: Vec<Line>,
}

impl Buffer {
    /// So many bytes, all 0.
    pub fn new(bytes: usize) -> Result<Buffer, Error> {
        let mut lines = empty(bytes.div_ceil(LINE))?;
        lines.resize(bytes.div_ceil(LINE), Line([0; LINE]));
        Ok(Buffer { lines })
    }

    /// Where they begin.
    pub fn at(&mut self) -> *mut u8 {
        self.lines.as_mut_ptr().cast()
    }

    /// The first bytes.
    pub fn bytes(&self, count: usize) -> &[u8] {
        let count = count.min(LINE * self.lines.len());
        // SAFETY: lines are plain bytes side by side.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), count) }
    }
}

/// An empty vector with room for so many.
pub fn empty<T>(count: usize) -> Result<Vec<T>, Error> {
    let mut vector = Vec::new();
    reserve(&mut vector, count)?;
    Ok(vector)
}

/// So many copies of a value.
pub fn filled<T: Clone>(value: T, count: usize) -> Result<Vec<T>, Error> {
    let mut vector = empty(count)?;
    vector.resize(count, value);
    Ok(vector)
}

/// Makes room for more.
pub fn reserve<T>(vector: &mut Vec<T>, more: usize) -> Result<(), Error> {
    vector.try_reserve(more).map_err(|_| {
        Error::Array(chunkarray_core::Error::OutOfMemory {
            bytes: more.saturating_mul(size_of::<T>()),
        })
    })
}

/// Asks the processor to fetch memory that is read soon: what lies `ahead` of so many elements, so many bytes further on.
/// It need not be there.
pub fn prefetch(from: *const u8, ahead: usize, stride: isize, count: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // Those that are far apart, and those that run backwards, are left to the processor's own guesses.
        if !(0..=LINE as isize).contains(&stride) {
            return;
        }
        let from = from.wrapping_add(ahead);
        for at in (0..count * stride as usize).step_by(LINE) {
            // SAFETY: this reads nothing, and no address is wrong.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(at).cast()) };
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = (from, ahead, stride, count);
}
