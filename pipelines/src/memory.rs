//! Memory that the system may refuse.

use crate::Error;

/// The unit of [`Buffer`]: as aligned as vectors want it.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Line([u8; 64]);

/// Bytes that begin at a multiple of 64.
pub struct Buffer {
    lines: Vec<Line>,
}

impl Buffer {
    /// So many bytes, all 0.
    pub fn new(bytes: usize) -> Result<Buffer, Error> {
        let mut lines = empty(bytes.div_ceil(64))?;
        lines.resize(bytes.div_ceil(64), Line([0; 64]));
        Ok(Buffer { lines })
    }

    /// Where they begin.
    pub fn at(&mut self) -> *mut u8 {
        self.lines.as_mut_ptr().cast()
    }

    /// The first bytes.
    pub fn bytes(&self, count: usize) -> &[u8] {
        let count = count.min(64 * self.lines.len());
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
