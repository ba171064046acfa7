//! Appending and shortening, by the one thread that holds an array's lock.

use std::marker::PhantomData;
use std::ops::Range;

use crate::Error;
use crate::element::{self, Element};
use crate::lock::Hold;
use crate::options::bytes_of;
use crate::raw::RawArray;
use crate::sync::{Ordering, cells};

/// The right to change an array's length, held until it is dropped.
///
/// It borrows the array and stays on its thread; the array's other methods that lock would wait for it forever (but in
/// a transaction of this thread), so use its own.
#[must_use = "the lock is given back at once"]
pub struct Exclusive<'a> {
    pub(crate) array: &'a RawArray,
    pub(crate) hold: Hold,
    not_send: PhantomData<*const ()>,
}

impl<'a> Exclusive<'a> {
    /// The right, for a thread that has just taken the lock.
    #[inline(always)]
    pub(crate) fn new(array: &'a RawArray, hold: Hold) -> Self {
        array.append_limit.store(0, Ordering::Relaxed);
        let exclusive = Exclusive {
            array,
            hold,
            not_send: PhantomData,
        };
        if hold == Hold::Nested {
            exclusive.count(1);
        }
        exclusive
    }

    /// The array's length. Nobody else changes it now, but for an open appender.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.push(1u64)?;
    /// assert_eq!(exclusive.len(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.end() - self.array.first.load(Ordering::Relaxed)
    }

    /// The position behind the newest element.
    #[inline(always)]
    pub(crate) fn end(&self) -> usize {
        self.array.end.load(Ordering::Relaxed)
    }

    /// Bytes of an element.
    pub(crate) fn element_size(&self) -> usize {
        self.array.element_size()
    }

    /// Whether there is no element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// assert!(exclusive.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends an element and gives its position.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// assert_eq!(exclusive.push(1u64)?, 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn push<T: Element>(&self, value: T) -> Result<usize, Error> {
        self.array.check_size(size_of::<T>())?;
        // SAFETY: the place is that of an element behind the end, and this thread holds the lock.
        self.append(size_of::<T>(), |at| unsafe { element::store(at, value) })
    }

    /// Appends an element given as bytes, and gives its position.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// assert_eq!(exclusive.push_bytes(b"8 bytes.")?, 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn push_bytes(&self, value: &[u8]) -> Result<usize, Error> {
        self.array.check_size(value.len())?;
        // SAFETY: as in push.
        self.append(value.len(), |at| unsafe { element::store_bytes(at, value) })
    }

    /// Appends what `write` writes to the next element's address, and gives its position. Typed callers know the
    /// element's size as a constant.
    #[inline(always)]
    fn append(&self, size: usize, write: impl FnOnce(*mut u8)) -> Result<usize, Error> {
        let array = self.array;
        let position = self.end();
        let at_limit = position >= array.limit.load(Ordering::Relaxed);
        if at_limit {
            self.make_tail(position)?;
        }
        let bias = array.tail_bias.load(Ordering::Relaxed);
        write(bias.wrapping_add(position * size));
        array.end.store(position + 1, Ordering::Release);
        if at_limit {
            self.retain();
        }
        Ok(position)
    }

    /// Appends whole elements given as bytes: adjacent, all of them or none, visible at once. Gives their positions.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// assert_eq!(exclusive.extend_from_bytes(b"8 bytes.")?, 0..1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn extend_from_bytes(&self, from: &[u8]) -> Result<Range<usize>, Error> {
        // SAFETY: a slice is readable.
        unsafe { self.extend_from_pointer(from.as_ptr(), from.len()) }
    }

    /// Appends elements: adjacent, all of them or none, visible at once. Gives their positions.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// assert_eq!(exclusive.extend(&[1u64, 2])?, 0..2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn extend<T: Element>(&self, from: &[T]) -> Result<Range<usize>, Error> {
        self.array.check_size(size_of::<T>())?;
        self.extend_from_bytes(bytemuck::cast_slice(from))
    }

    /// Appends whole elements from memory that others may write to meanwhile, as a Python buffer's.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// let from = [1u64, 2];
    /// // SAFETY: 16 bytes are readable there.
    /// assert_eq!(unsafe { exclusive.extend_from_pointer(from.as_ptr().cast(), 16) }?, 0..2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// `bytes` bytes at `from` are readable during the call.
    pub unsafe fn extend_from_pointer(
        &self,
        from: *const u8,
        bytes: usize,
    ) -> Result<Range<usize>, Error> {
        self.check_growable()?;
        // SAFETY: the caller's promise.
        unsafe { self.copy_new(from, bytes) }
    }

    /// Appends whole elements given as bytes, for whoever may.
    ///
    /// # Safety
    /// `bytes` bytes at `from` are readable during the call.
    pub(crate) unsafe fn copy_new(
        &self,
        from: *const u8,
        bytes: usize,
    ) -> Result<Range<usize>, Error> {
        let array = self.array;
        let size = array.element_size();
        if !bytes.is_multiple_of(size) {
            return Err(Error::RaggedBytes {
                given: bytes,
                element_size: size,
            });
        }
        self.write_new(bytes / size, |k, to, count, watched| {
            // SAFETY: the caller's promise; the elements' memory is open, and this thread holds the lock.
            unsafe {
                let from = from.add(k * size);
                if watched {
                    element::store_many(to, from, count, size);
                } else {
                    cells::copy(from, to, count * size);
                }
            }
            Ok(())
        })
    }

    /// Appends `count` elements, all of them or none, visible at once: `make` is told the number of the first one,
    /// where to write, and how many. Nobody else looks there meanwhile. Its error ends the work, and nothing is added.
    pub(crate) fn extend_with(
        &self,
        count: usize,
        mut make: impl FnMut(usize, *mut u8, usize) -> Result<(), Error>,
    ) -> Result<Range<usize>, Error> {
        /// What readers may see is made aside, so many bytes at a time.
        const ASIDE: usize = 16 << 10;
        self.check_growable()?;
        let size = self.array.element_size();
        let mut aside = Vec::<u64>::new();
        self.write_new(count, |k, to, count, watched| {
            if !watched {
                return make(k, to, count);
            }
            let step = (ASIDE / size).clamp(1, count);
            let words = (step * size).div_ceil(8);
            if aside.len() < words {
                let refused = |_| Error::OutOfMemory { bytes: words * 8 };
                aside.try_reserve(words).map_err(refused)?;
                aside.resize(words, 0);
            }
            let mut done = 0;
            while done < count {
                let some = step.min(count - done);
                let from = aside.as_mut_ptr().cast();
                make(k + done, from, some)?;
                // SAFETY: the elements' memory is open, this thread holds the lock, and `aside` holds so many.
                unsafe { element::store_many(to.add(done * size), from, some, size) };
                done += some;
            }
            Ok(())
        })
    }

    /// Appends `count` elements that `write` puts in place: it is told the number of the first one, its address, how
    /// many lie there, and whether readers that raced with a truncation may still look at them.
    fn write_new(
        &self,
        count: usize,
        mut write: impl FnMut(usize, *mut u8, usize, bool) -> Result<(), Error>,
    ) -> Result<Range<usize>, Error> {
        let array = self.array;
        let start = self.end();
        self.prepare(count, true)?;
        let (mut next, end) = (start, start + count);
        let untouched = array.untouched.load(Ordering::Relaxed);
        while next < end {
            let place = array.table.place(next);
            let mut stop = end.min(place.end());
            let watched = next < untouched;
            if watched {
                stop = stop.min(untouched);
            }
            // SAFETY: prepare made the chunks of all these elements and opened them, and this thread holds the lock.
            let to = unsafe { array.pointer(next) };
            write(next - start, to, stop - next, watched)?;
            next = stop;
        }
        array.end.store(end, Ordering::Release);
        self.retain();
        Ok(start..end)
    }

    /// Makes place for `additional` more elements, or changes nothing. The memory is taken as it is used.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.reserve(5000)?;
    /// assert!(array.arena_capacity() >= 5000);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn reserve(&self, additional: usize) -> Result<(), Error> {
        self.check_reservable()?;
        self.prepare(additional, false)
    }

    /// As [`reserve`](Self::reserve), and takes the memory at once: for who is about to write there, and knows how much.
    ///
    /// Much at a time comes in large pages, where the system has them, which takes two thirds of the time.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.lock().reserve_populated(5000)?;
    /// assert!(array.committed_bytes() >= 5000 * 8);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn reserve_populated(&self, additional: usize) -> Result<(), Error> {
        self.check_reservable()?;
        self.prepare(additional, true)
    }

    /// Makes place for `additional` more elements, or changes nothing; `fill` takes the memory at once.
    pub(crate) fn prepare(&self, additional: usize, fill: bool) -> Result<(), Error> {
        let array = self.array;
        let element_size = array.element_size();
        let end = self.end();
        let wanted = end.checked_add(additional).ok_or(Error::TooLarge {
            elements: usize::MAX,
            element_size,
        })?;
        bytes_of(wanted, element_size)?;
        let before = array.allocated.load(Ordering::Relaxed);
        // All address space first: where there is not enough, no memory was taken in vain.
        let made = self
            .install_chunks(wanted)
            .and_then(|()| self.open_chunks(end, wanted, fill));
        if made.is_err() {
            self.remove_chunks(before);
        }
        made
    }

    /// Makes chunks for all elements below `wanted`.
    fn install_chunks(&self, wanted: usize) -> Result<(), Error> {
        loop {
            let end = self.array.allocated.load(Ordering::Relaxed);
            if end >= wanted {
                return Ok(());
            }
            self.install_chunk(end)?;
        }
    }

    /// Opens the chunks of elements `from` to `to`, which exist.
    fn open_chunks(&self, from: usize, to: usize, fill: bool) -> Result<(), Error> {
        let mut next = from;
        while next < to {
            let place = self.array.table.place(next);
            self.open_chunk(next, place.end().min(to), fill)?;
            next = place.end();
        }
        Ok(())
    }

    /// Makes the chunk at a position the tail and opens it for at least that element, for those who append.
    #[cold]
    #[inline(never)]
    fn make_tail(&self, position: usize) -> Result<(), Error> {
        self.check_growable()?;
        let limit = self.next_tail(position)?;
        self.array.limit.store(limit, Ordering::Relaxed);
        Ok(())
    }

    /// Makes the chunk at a position the tail and opens it for at least that element. Gives the position where appends
    /// need something new.
    #[cold]
    #[inline(never)]
    pub(crate) fn next_tail(&self, position: usize) -> Result<usize, Error> {
        let array = self.array;
        bytes_of(position + 1, array.element_size())?;
        if position >= array.allocated.load(Ordering::Relaxed) {
            self.install_chunk(position)?;
        }
        let open = self.open_chunk(position, position + 1, true)?;
        let place = array.table.place(position);
        // SAFETY: the chunk was made under the lock that this thread holds.
        let data = unsafe { array.table.data(&place) };
        let bias = data.wrapping_sub(place.start * array.element_size());
        array.tail_bias.store(bias, Ordering::Relaxed);
        array.tail_start.store(place.start, Ordering::Relaxed);
        Ok(open.min(self.next_drop() - 1))
    }

    /// Opens the chunk at a position, which exists, up to element `to`, and gives the position where what is open ends.
    fn open_chunk(&self, position: usize, to: usize, fill: bool) -> Result<usize, Error> {
        let array = self.array;
        let size = array.element_size();
        let place = array.table.place(position);
        // SAFETY: the chunk exists, and this thread holds the lock.
        let block = unsafe { array.table.block(&place) };
        let before = block.held();
        let open = block.open_to((to - place.start) * size, fill)?;
        array
            .held
            .fetch_add(block.held() - before, Ordering::Relaxed);
        Ok(place.start + open / size)
    }

    /// Makes the chunk at a position, the first one behind those that there are.
    pub(crate) fn install_chunk(&self, position: usize) -> Result<(), Error> {
        let array = self.array;
        let place = array.table.place(position);
        let block = self.block_for(&place)?;
        array.table.install(&place, block);
        array.allocated.store(place.end(), Ordering::Relaxed);
        Ok(())
    }

    /// Shortens the array to `len` elements; does nothing where it is not longer.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.extend(&[1u64, 2])?;
    /// exclusive.truncate(1)?;
    /// assert_eq!(exclusive.len(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn truncate(&self, len: usize) -> Result<(), Error> {
        self.cut(self.array.first.load(Ordering::Relaxed).saturating_add(len))
    }

    /// Removes all elements.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.extend(&[1u64, 2])?;
    /// exclusive.clear()?;
    /// assert!(exclusive.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn clear(&self) -> Result<(), Error> {
        self.truncate(0)
    }

    /// Removes the elements from position `end` on; not those that were there when the innermost transaction began.
    pub(crate) fn cut(&self, end: usize) -> Result<(), Error> {
        self.check_cuttable()?;
        let array = self.array;
        if end >= self.end() {
            return Ok(());
        }
        if self
            .innermost_transaction()
            .is_some_and(|start| end < start)
        {
            return Err(Error::InTransaction);
        }
        self.take_back(end);
        if end < array.tail_start.load(Ordering::Relaxed) {
            // The next append looks for its chunk again.
            array.limit.store(end, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Moves the end back.
    pub(crate) fn take_back(&self, end: usize) {
        let array = self.array;
        self.touch(self.end());
        array.end.store(end, Ordering::Release);
        self.count_cut();
        if let Some(extra) = array.extra() {
            self.with(extra, |locked| locked.marks.cut(end));
        }
    }

    /// Removes the last element and gives it.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.extend(&[1u64, 2])?;
    /// assert_eq!(exclusive.pop::<u64>()?, 2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn pop<T: Element>(&self) -> Result<T, Error> {
        self.array.check_size(size_of::<T>())?;
        let last = self.last()?;
        // SAFETY: it is the newest element, which nobody else takes away; the size was checked.
        let value = unsafe { self.array.load(last) };
        self.cut(last)?;
        Ok(value)
    }

    /// Removes the last element and copies it into `into`, which has an element's size.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.push_bytes(b"8 bytes.")?;
    /// let mut element = [0; 8];
    /// exclusive.pop_bytes(&mut element)?;
    /// assert_eq!(&element, b"8 bytes.");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn pop_bytes(&self, into: &mut [u8]) -> Result<(), Error> {
        self.array.check_size(into.len())?;
        let last = self.last()?;
        // SAFETY: as in pop.
        unsafe { element::load_bytes(self.array.pointer(last), into) };
        self.cut(last)
    }

    /// Position of the newest element, which may be removed.
    fn last(&self) -> Result<usize, Error> {
        self.check_cuttable()?;
        if self.is_empty() {
            Err(Error::Empty)
        } else {
            Ok(self.end() - 1)
        }
    }
}

impl Drop for Exclusive<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.hold == Hold::Nested {
            // The transaction keeps the lock.
            return self.count(-1);
        }
        let array = self.array;
        match array.extra() {
            Some(extra) if extra.watch.is_active() => self.look_at_watch(extra),
            _ if !array.has_state(RawArray::SHARED | RawArray::APPENDER) => {
                let limit = array.limit.load(Ordering::Relaxed);
                // Release: see push_plain.
                array.append_limit.store(limit, Ordering::Release);
            }
            _ => {}
        }
        // SAFETY: an Exclusive exists only while its maker holds the lock in this way.
        unsafe { array.lock.release(self.hold) };
    }
}

impl std::fmt::Debug for Exclusive<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exclusive")
            .field("array", self.array)
            .finish_non_exhaustive()
    }
}
