//! Room behind the end, which is filled before anybody sees it: what files are read into without a copy.

use crate::block::Block;
use crate::exclusive::Exclusive;
use crate::sync::Ordering;
use crate::{ChunkRef, Error};

impl Exclusive<'_> {
    /// Memory for up to `most` elements (1 at least) behind the end, in one piece: what is left of the chunk that the
    /// next element goes into. Nothing is added before [`fill`](Self::fill).
    ///
    /// Readers that raced with a truncation may still look at memory that held elements before, and would see elements
    /// that are half written. Where these don't `tear` that is `None`, and they are to be appended instead.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(1, &Options { chunk_size: 4, ..Options::default() })?;
    /// let exclusive = array.lock();
    /// let room = exclusive.room(100, false)?.unwrap();
    /// assert_eq!((room.start, room.len), (0, 4));
    /// // SAFETY: the memory is the array's, and nobody else appends to it.
    /// unsafe { room.pointer().cast::<[u8; 2]>().write([7, 8]) };
    /// // SAFETY: both elements were written.
    /// unsafe { exclusive.fill(0, 2) }?;
    /// drop(exclusive);
    /// let mut last = [0];
    /// array.read_bytes_at(1, &mut last)?;
    /// assert_eq!((array.len(), last), (2, [8]));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn room(&self, most: usize, tear: bool) -> Result<Option<ChunkRef>, Error> {
        self.check_growable()?;
        let array = self.array;
        let start = self.end();
        let place = array.table.place(start);
        let len = most.min(place.end() - start);
        if len == 0 || !tear && start < array.untouched.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.prepare(len, true)?;
        // SAFETY: the chunk was just made, under the lock that this thread holds.
        let block: Block = unsafe { array.table.block(&place) };
        Ok(Some(ChunkRef {
            start,
            len,
            capacity: place.end() - start,
            block,
            skipped: (start - place.start) * array.element_size(),
        }))
    }

    /// Adds the `count` elements that were written into the room that begins at position `start`.
    ///
    /// [`Error::RoomTaken`] if others appended meanwhile, or there was no such room.
    ///
    /// # Safety
    /// The elements were written to the memory that [`room`](Self::room) gave, and nobody writes there any more.
    pub unsafe fn fill(&self, start: usize, count: usize) -> Result<(), Error> {
        self.check_growable()?;
        let array = self.array;
        let end = start.checked_add(count);
        let end = end.filter(|&end| end <= array.table.place(start).end());
        let end = end.filter(|&end| end <= array.allocated.load(Ordering::Relaxed));
        let Some(end) = end.filter(|_| start == self.end()) else {
            return Err(Error::RoomTaken);
        };
        array.end.store(end, Ordering::Release);
        self.retain();
        Ok(())
    }
}
