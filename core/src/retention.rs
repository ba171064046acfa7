//! Letting go of the oldest elements, and what becomes of their chunks.
//!
//! While the array lives, a chunk's memory stays mapped: a reader without the lock may have seen that an element is
//! live just before it was dropped. So a dropped chunk is used again for new elements, or waits aside.

use crate::Error;
use crate::block::Block;
use crate::exclusive::Exclusive;
use crate::options::{Growth, Options};
use crate::raw::RawArray;
use crate::sync::{Ordering, fence};
use crate::table::Place;

/// Dropped chunks that are not in the table any more.
#[derive(Default)]
pub(crate) struct Aside {
    /// Those of the fixed policy's size, for new elements.
    even: Vec<Block>,
    /// Where the next search among them begins.
    cursor: usize,
    /// All others, which are few: for nothing but readers that come late.
    other: Vec<Block>,
}

/// So many of the chunks aside are looked at for each new one, so that many views don't make appending slow.
const LOOKS: usize = 8;

impl Aside {
    fn make_room(&mut self, count: usize) -> bool {
        self.even.try_reserve(count).is_ok() && self.other.try_reserve(1).is_ok()
    }

    fn put(&mut self, place: &Place, block: Block) {
        if place.is_even() {
            self.even.push(block);
        } else {
            self.other.push(block);
        }
    }

    /// A block for new elements that nobody else holds any more.
    fn take(&mut self) -> Option<Block> {
        for _ in 0..LOOKS.min(self.even.len()) {
            self.cursor = (self.cursor + 1) % self.even.len();
            if self.even[self.cursor].references_acquired() == 1 {
                return Some(self.even.swap_remove(self.cursor));
            }
        }
        None
    }
}

impl RawArray {
    /// Drops the `count` oldest elements, or all if there are fewer, and tells how many these were.
    ///
    /// Positions keep their meaning: [`first`](Self::first) moves on. The memory of chunks that held only dropped
    /// elements is used for new ones, or goes back to the system; a chunk that a [`Block`] elsewhere keeps stays as it
    /// is.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[1u64, 2, 3])?;
    /// assert_eq!(array.drop_front(2)?, 2);
    /// assert_eq!((array.first(), array.len(), array.read::<u64>(0)?), (2, 1, 3));
    /// assert_eq!(array.read_at::<u64>(1), Err(Error::Dropped { position: 1, first: 2 }));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn drop_front(&self, count: usize) -> Result<usize, Error> {
        self.briefly().drop_front(count)
    }
}

impl Exclusive<'_> {
    /// Drops the `count` oldest elements, or all if there are fewer, and tells how many these were.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.extend(&[1u64, 2])?;
    /// assert_eq!(exclusive.drop_front(5)?, 2);
    /// assert_eq!((array.first(), array.end()), (2, 2));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn drop_front(&self, count: usize) -> Result<usize, Error> {
        self.check_thawed()?;
        let count = count.min(self.len());
        if count > 0 {
            if self.innermost_transaction().is_some() {
                return Err(Error::InTransaction);
            }
            self.let_go(self.array.first.load(Ordering::Relaxed) + count);
        }
        Ok(count)
    }

    /// The elements to keep, where older ones are to be dropped. Not in a transaction: aborted, it would else have
    /// taken more away than it added.
    fn keep(&self) -> Option<usize> {
        let keep = self.array.extra()?.keep?;
        self.innermost_transaction().is_none().then_some(keep)
    }

    /// Drops the chunks that `keep` elements don't need.
    pub(crate) fn retain(&self) {
        if let Some(keep) = self.keep() {
            let oldest = self.end().saturating_sub(keep);
            self.let_go(self.array.table.place(oldest).start);
        }
    }

    /// The end at which the oldest chunk is to be dropped.
    pub(crate) fn next_drop(&self) -> usize {
        match self.keep() {
            Some(keep) => {
                let first = self.array.first.load(Ordering::Relaxed);
                self.array.table.place(first).end().saturating_add(keep)
            }
            None => usize::MAX,
        }
    }

    /// Drops the elements in front of position `until`.
    pub(crate) fn let_go(&self, until: usize) {
        let array = self.array;
        if until <= array.first.load(Ordering::Relaxed) {
            return;
        }
        array.first.store(until, Ordering::Release);
        self.count_cut();
        // Before anything is written over the dropped elements: see `check_kept`. And before their chunks' references
        // are counted: see `Chunks::next`.
        fence(Ordering::SeqCst);
        if let Some(extra) = array.extra() {
            self.with(extra, |locked| locked.marks.purge(until));
        }
        self.put_aside();
    }

    /// Takes dropped chunks that are of no use for new elements out of the table, and gives the pages of large ones
    /// back. Where there is no memory for that they stay, and the next time will do.
    fn put_aside(&self) {
        let array = self.array;
        let first = array.first.load(Ordering::Relaxed);
        loop {
            let begin = array.begin.load(Ordering::Relaxed);
            let place = array.table.place(begin);
            let owned = begin < array.allocated.load(Ordering::Relaxed);
            if !owned || place.end() > first || place.is_even() || !self.set_aside(&place) {
                break;
            }
        }
        let Some(extra) = array.extra() else { return };
        let freed: usize = self.with(extra, |locked| {
            locked.aside.other.iter().map(Block::discard).sum()
        });
        array.held.fetch_sub(freed, Ordering::Relaxed);
    }

    /// Moves the oldest chunk, which was dropped, from the table to those aside, if there is memory for that.
    fn set_aside(&self, place: &Place) -> bool {
        let Ok(extra) = self.make_extra() else {
            return false;
        };
        let array = self.array;
        self.with(extra, |locked| {
            if !locked.aside.make_room(1) {
                return false;
            }
            // SAFETY: the array has the chunk, and will not have it any more.
            locked.aside.put(place, unsafe { array.table.take(place) });
            array.begin.store(place.end(), Ordering::Relaxed);
            true
        })
    }

    /// The memory for the chunk of a place that has none, and room for it in the table: that of a chunk of dropped
    /// elements, or fresh.
    pub(crate) fn block_for(&self, place: &Place) -> Result<Block, Error> {
        let array = self.array;
        let bytes = array.table.chunk_bytes(place)?;
        let mut used = self.used_chunk(place);
        if used.is_none() {
            // Else the chunk has left its room.
            let begin = array.begin.load(Ordering::Relaxed);
            let bytes = array.table.make_room(place, begin)?;
            array.held.fetch_add(bytes, Ordering::Relaxed);
            used = self.used_block(place);
        }
        if let Some(block) = used {
            // Readers may still look at what it held.
            self.touch(place.end());
            return Ok(block);
        }
        // A reader that raced with the drop of a chunk may come by the new one's place in the ring.
        let seen = place.is_even() && array.first.load(Ordering::Relaxed) > 0;
        let block = match array.arena() {
            Some(arena) => arena.block(bytes, seen)?,
            None => Block::new(bytes, seen)?,
        };
        if seen {
            self.touch(place.end());
        }
        array.held.fetch_add(block.held(), Ordering::Relaxed);
        Ok(block)
    }

    /// The oldest chunk in the table, if it was dropped and nobody else holds it, for a place like it.
    fn used_chunk(&self, place: &Place) -> Option<Block> {
        let array = self.array;
        while place.is_even() {
            let begin = array.begin.load(Ordering::Relaxed);
            let oldest = array.table.place(begin);
            let owned = begin < array.allocated.load(Ordering::Relaxed);
            if !owned || oldest.end() > array.first.load(Ordering::Relaxed) {
                break;
            }
            // SAFETY: the array has the chunk.
            if oldest.is_even() && unsafe { array.table.references(&oldest) } == 1 {
                array.begin.store(oldest.end(), Ordering::Relaxed);
                // SAFETY: the array has the chunk, and will not have it any more.
                return Some(unsafe { array.table.take(&oldest) });
            }
            if !self.set_aside(&oldest) {
                break;
            }
        }
        None
    }

    /// A block aside that nobody else holds any more, for a place like its last one.
    fn used_block(&self, place: &Place) -> Option<Block> {
        let extra = self.array.extra().filter(|_| place.is_even())?;
        self.with(extra, |locked| locked.aside.take())
    }

    /// Readers may look at elements in front of `end`.
    pub(crate) fn touch(&self, end: usize) {
        self.array.untouched.fetch_max(end, Ordering::Relaxed);
    }

    /// Removes the chunks from position `end` on, which hold no element.
    pub(crate) fn remove_chunks(&self, end: usize) {
        let array = self.array;
        let old = array.allocated.load(Ordering::Relaxed);
        // Where chunks were dropped, a reader may come by those that took their places in the ring.
        let seen = array.table.growth() == Growth::Fixed && array.first.load(Ordering::Relaxed) > 0;
        let count = (old - end) / array.table.chunk_size() + 1;
        let mut aside = None;
        if seen {
            let Ok(extra) = self.make_extra() else { return };
            if !self.with(extra, |locked| locked.aside.make_room(count)) {
                return;
            }
            aside = Some(extra);
        }
        array.allocated.store(end, Ordering::Relaxed);
        let mut next = end;
        while next < old {
            let place = array.table.place(next);
            // SAFETY: the array has the chunk, and will not have it any more.
            let block = unsafe { array.table.take(&place) };
            match aside {
                Some(extra) => self.with(extra, |locked| locked.aside.put(&place, block)),
                None => {
                    array.held.fetch_sub(block.held(), Ordering::Relaxed);
                }
            }
            next = place.end();
        }
    }

    /// Gives back the memory that no element needs: chunks that were dropped, chunks behind the last element, what of
    /// the last one was opened in vain. Blocks elsewhere keep theirs, and an [exported](RawArray::export) array keeps
    /// all.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.reserve(100_000)?;
    /// array.push(1u64)?;
    /// // SAFETY: nobody else has this array.
    /// unsafe { array.lock().shrink() }?;
    /// assert_eq!(array.arena_capacity(), 1024);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// As for [`close_and_release`](Self::close_and_release).
    pub unsafe fn shrink(&self) -> Result<(), Error> {
        self.check_no_appender()?;
        let array = self.array;
        if array.is_exported() {
            return Ok(());
        }
        let (first, end) = (array.first.load(Ordering::Relaxed), self.end());
        let old = array.allocated.load(Ordering::Relaxed);
        let begin = array.begin.load(Ordering::Relaxed);
        let start = array.table.place(first).start.max(begin);
        if first == end {
            // SAFETY: the caller's promise.
            unsafe { self.release_all() };
            return Ok(());
        }
        self.count_cut();
        let last = array.table.place(end - 1);
        for (from, to) in [(begin, start), (last.end(), old)] {
            let mut next = from;
            while next < to {
                let place = array.table.place(next);
                // SAFETY: the array has the chunk, and will not have it any more.
                let block = unsafe { array.table.take(&place) };
                array.held.fetch_sub(block.held(), Ordering::Relaxed);
                next = place.end();
            }
        }
        array.begin.store(start, Ordering::Relaxed);
        array.allocated.store(last.end(), Ordering::Relaxed);
        self.drop_aside();
        // SAFETY: the chunk of the last element exists, and nobody looks at the table meanwhile.
        let (tail, rings) = unsafe {
            let rings = array.table.release_replaced();
            (array.table.block(&last), rings)
        };
        let used = (end - last.start) * array.element_size();
        let given_back = rings + tail.shut(used);
        array.held.fetch_sub(given_back, Ordering::Relaxed);
        let open = last.start + tail.open() / array.element_size();
        array.limit.fetch_min(open, Ordering::Relaxed);
        Ok(())
    }

    /// Drops all chunks, and leaves the positions as they are.
    ///
    /// # Safety
    /// As for [`close_and_release`](Self::close_and_release), and there is no element.
    pub(crate) unsafe fn release_all(&self) {
        let array = self.array;
        self.count_cut();
        let end = self.end();
        let start = array.table.place(end).start;
        let begin = array.begin.swap(start, Ordering::Relaxed);
        let allocated = array.allocated.swap(start, Ordering::Relaxed);
        array.limit.fetch_min(end, Ordering::Relaxed);
        self.drop_aside();
        array.held.store(0, Ordering::Relaxed);
        // SAFETY: these are the chunks that the array has, and the caller keeps others away.
        unsafe { array.table.release(begin, allocated) };
    }

    fn drop_aside(&self) {
        let array = self.array;
        if let Some(extra) = array.extra() {
            let aside = self.with(extra, |locked| std::mem::take(&mut locked.aside));
            let held = aside.even.iter().chain(&aside.other).map(Block::held).sum();
            array.held.fetch_sub(held, Ordering::Relaxed);
        }
    }
}

/// What `keep` may be.
pub(crate) fn check_keep(options: &Options) -> Result<(), Error> {
    match options.keep {
        Some(_) if options.growth == Growth::Double => Err(Error::KeepNeedsFixed),
        Some(keep) if keep < options.chunk_size => Err(Error::KeepTooSmall {
            keep,
            chunk_size: options.chunk_size,
        }),
        _ => Ok(()),
    }
}
