//! What lies where in an array: its elements chunk by chunk.

use std::iter::FusedIterator;
use std::ptr::NonNull;

use crate::block::Block;
use crate::raw::RawArray;

/// Elements that lie side by side in one chunk, as long as their array lives.
///
/// A loop over runs pays for finding a chunk once for each, which makes it the fastest way through an array:
///
/// ```
/// use chunkarray_core::{Options, RawArray};
///
/// let array = RawArray::new(8, &Options::default())?;
/// array.extend(&[0.5f64; 5000])?;
/// let (mut sum, mut next) = (0.0, 0);
/// while let Some(run) = array.run(next) {
///     for k in 0..run.end - run.start {
///         // SAFETY: the run holds so many elements, written before.
///         sum += unsafe { run.pointer.cast::<f64>().add(k).read() };
///     }
///     next = run.end;
/// }
/// assert_eq!(sum, 2500.0);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Index of the first one.
    pub start: usize,
    /// Index behind the last one.
    pub end: usize,
    /// Address of the first one.
    pub pointer: NonNull<u8>,
}

/// One chunk's elements. The memory stays as long as this lives, also after the array is gone.
///
/// The array goes on using the chunk: what it writes there, also after a truncation, is seen here.
///
/// ```
/// use chunkarray_core::{Options, RawArray};
///
/// let array = RawArray::new(4, &Options::default())?;
/// array.extend(&[1i32, 2, 3])?;
/// let chunk = array.chunks().next().unwrap();
/// drop(array);
/// assert_eq!((chunk.start, chunk.len, chunk.capacity), (0, 3, 1024));
/// // SAFETY: the chunk holds three elements, and keeps their memory.
/// let seen = unsafe { std::slice::from_raw_parts(chunk.pointer().as_ptr().cast::<i32>(), chunk.len) };
/// assert_eq!(seen, [1, 2, 3]);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChunkRef {
    /// Index of the chunk's first element in the array.
    pub start: usize,
    /// Elements it held when it was asked for.
    pub len: usize,
    /// Elements it has place for.
    pub capacity: usize,
    /// Its memory, which begins with its first element.
    pub block: Block,
}

impl ChunkRef {
    /// Address of the chunk's first element.
    #[inline]
    pub fn pointer(&self) -> NonNull<u8> {
        self.block.pointer()
    }
}

/// The chunks of an array up to the length that it had at the start; made by [`RawArray::chunks`].
#[derive(Debug)]
pub struct Chunks<'a> {
    array: &'a RawArray,
    next: usize,
    len: usize,
}

impl<'a> Chunks<'a> {
    pub(crate) fn new(array: &'a RawArray) -> Self {
        Chunks {
            array,
            next: 0,
            len: array.len(),
        }
    }
}

impl Iterator for Chunks<'_> {
    type Item = ChunkRef;

    fn next(&mut self) -> Option<ChunkRef> {
        if self.next >= self.len {
            return None;
        }
        let place = self.array.table.place(self.next);
        let end = place.start + place.capacity;
        // SAFETY: the chunk holds an element below a length that this thread acquired.
        let block = unsafe { self.array.table.block(&place) };
        let len = end.min(self.len) - place.start;
        self.next = end;
        Some(ChunkRef {
            start: place.start,
            len,
            capacity: place.capacity,
            block,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let table = &self.array.table;
        let left = if self.next < self.len {
            table.ordinal(self.len - 1) + 1 - table.ordinal(self.next)
        } else {
            0
        };
        (left, Some(left))
    }
}

impl ExactSizeIterator for Chunks<'_> {}
impl FusedIterator for Chunks<'_> {}
