//! What lies where in an array: its elements chunk by chunk.

use std::iter::FusedIterator;
use std::ptr::NonNull;

use crate::block::Block;
use crate::raw::RawArray;
use crate::sync::{Ordering, fence};

/// Elements that lie side by side in one chunk, as long as their array lives.
///
/// A loop over runs pays for finding a chunk once for each, which makes it the fastest way through an array:
///
/// ```
/// use chunkarray_core::{Options, RawArray};
///
/// let array = RawArray::new(8, &Options::default())?;
/// array.extend(&[0.5f64; 5000])?;
/// let (mut sum, mut next) = (0.0, array.first());
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
    /// Position of the first one.
    pub start: usize,
    /// Position behind the last one.
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
    /// Position of the first of the elements.
    pub start: usize,
    /// Elements it held when it was asked for.
    pub len: usize,
    /// Elements it has place for, from the first of them on.
    pub capacity: usize,
    /// Its memory, which begins with what the chunk held first: elements that were dropped since lie in front of
    /// [`pointer`](Self::pointer).
    pub block: Block,
    /// Bytes of the block in front of the first element.
    pub(crate) skipped: usize,
}

impl ChunkRef {
    /// Address of the first of the elements.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(4, &Options::default())?;
    /// array.push(1u32)?;
    /// let chunk = array.chunks().next().unwrap();
    /// assert_eq!(chunk.pointer(), array.address_of(0)?);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn pointer(&self) -> NonNull<u8> {
        // SAFETY: so many bytes of the block, and at least one element, lie there.
        unsafe { self.block.pointer().add(self.skipped) }
    }
}

/// The chunks of an array up to the end that it had at the start; made by [`RawArray::chunks`].
#[derive(Debug)]
pub struct Chunks<'a> {
    array: &'a RawArray,
    /// Position of the next chunk's first element.
    next: usize,
    end: usize,
}

impl<'a> Chunks<'a> {
    pub(crate) fn new(array: &'a RawArray) -> Self {
        let live = array.live();
        Chunks {
            array,
            next: live.start,
            end: live.end,
        }
    }
}

impl RawArray {
    /// The chunk that the element at `position` lies in, from its oldest element on; `None` where there is no element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(4, &Options { chunk_size: 2, ..Options::default() })?;
    /// array.extend(&[1u32, 2, 3])?;
    /// let chunk = array.chunk_at(1).unwrap();
    /// assert_eq!((chunk.start, chunk.len), (0, 2));
    /// assert!(array.chunk_at(3).is_none());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn chunk_at(&self, position: usize) -> Option<ChunkRef> {
        let live = self.live();
        if !live.contains(&position) {
            return None;
        }
        let mut chunks = Chunks {
            array: self,
            next: self.table.place(position).start,
            end: live.end,
        };
        // It may have been dropped meanwhile, and then this is a later one.
        chunks.next().filter(|chunk| chunk.start <= position)
    }
}

impl Iterator for Chunks<'_> {
    type Item = ChunkRef;

    fn next(&mut self) -> Option<ChunkRef> {
        let array = self.array;
        while self.next < self.end {
            let start = self.next.max(array.first());
            if start >= self.end {
                break;
            }
            let place = array.table.place(start);
            self.next = place.end();
            // SAFETY: the chunk holds an element that this thread has seen among the live ones.
            let block = unsafe { array.table.block(&place) };
            // If it is dropped only after this, its references are counted after this one was added: see `let_go`.
            fence(Ordering::SeqCst);
            if array.first() >= place.end() {
                continue;
            }
            return Some(ChunkRef {
                start,
                len: place.end().min(self.end) - start,
                capacity: place.end() - start,
                block,
                skipped: (start - place.start) * array.element_size(),
            });
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let table = &self.array.table;
        let left = if self.next < self.end {
            table.ordinal(self.end - 1) + 1 - table.ordinal(self.next)
        } else {
            0
        };
        (left, Some(left))
    }
}

impl ExactSizeIterator for Chunks<'_> {}
impl FusedIterator for Chunks<'_> {}
