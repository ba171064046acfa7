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
/// It borrows the array and stays on its thread; the array's other methods that lock would wait for it forever, so
/// use its own.
#[must_use = "the lock is given back at once"]
pub struct Exclusive<'a> {
    array: &'a RawArray,
    hold: Hold,
    not_send: PhantomData<*const ()>,
}

impl<'a> Exclusive<'a> {
    /// The right, for a thread that has just taken the lock.
    #[inline(always)]
    pub(crate) fn new(array: &'a RawArray, hold: Hold) -> Self {
        array.append_limit.store(0, Ordering::Relaxed);
        Exclusive {
            array,
            hold,
            not_send: PhantomData,
        }
    }

    /// The array's length. Nobody else changes it now.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.array.len.load(Ordering::Relaxed)
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends an element and gives its index.
    #[inline]
    pub fn push<T: Element>(&self, value: T) -> Result<usize, Error> {
        self.array.check_size(size_of::<T>())?;
        let (index, at) = self.next_place(size_of::<T>())?;
        // SAFETY: the place is that of an element behind the length, and this thread holds the lock.
        unsafe { element::store(at, value) };
        self.array.len.store(index + 1, Ordering::Release);
        Ok(index)
    }

    /// Appends an element given as bytes.
    pub fn push_bytes(&self, value: &[u8]) -> Result<usize, Error> {
        self.array.check_size(value.len())?;
        let (index, at) = self.next_place(value.len())?;
        // SAFETY: as in push.
        unsafe { element::store_bytes(at, value) };
        self.array.len.store(index + 1, Ordering::Release);
        Ok(index)
    }

    /// Index and address of the next element, whose size typed callers know as a constant.
    #[inline(always)]
    fn next_place(&self, size: usize) -> Result<(usize, *mut u8), Error> {
        let array = self.array;
        let index = self.len();
        if index >= array.limit.load(Ordering::Relaxed) {
            self.make_tail(index)?;
        }
        let bias = array.tail_bias.load(Ordering::Relaxed);
        Ok((index, bias.wrapping_add(index * size)))
    }

    /// Appends whole elements given as bytes: adjacent, all of them or none, visible at once.
    pub fn extend_from_bytes(&self, from: &[u8]) -> Result<Range<usize>, Error> {
        // SAFETY: a slice is readable.
        unsafe { self.extend_from_pointer(from.as_ptr(), from.len()) }
    }

    /// Appends elements: adjacent, all of them or none, visible at once.
    pub fn extend<T: Element>(&self, from: &[T]) -> Result<Range<usize>, Error> {
        self.array.check_size(size_of::<T>())?;
        self.extend_from_bytes(bytemuck::cast_slice(from))
    }

    /// Appends whole elements from memory that others may write to meanwhile, as a Python buffer's.
    ///
    /// # Safety
    /// `bytes` bytes at `from` are readable during the call.
    pub unsafe fn extend_from_pointer(
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
        let first = self.len();
        let count = bytes / size;
        self.prepare(count, true)?;
        let (mut next, end) = (first, first + count);
        // Readers that raced with a truncation may still look at what lies below.
        let untouched = array.untouched.load(Ordering::Relaxed);
        let mut from = from;
        while next < end {
            let place = array.table.place(next);
            let mut stop = end.min(place.start + place.capacity);
            // SAFETY: reserve made the chunks of all these elements and opened them, and this thread holds the lock.
            unsafe {
                let to = array.pointer(next);
                if next < untouched {
                    stop = stop.min(untouched);
                    element::store_many(to, from, stop - next, size);
                } else {
                    cells::copy(from, to, (stop - next) * size);
                }
                from = from.add((stop - next) * size);
            }
            next = stop;
        }
        array.len.store(end, Ordering::Release);
        Ok(first..end)
    }

    /// Makes place for `additional` more elements, or changes nothing. The memory is taken as it is used.
    pub fn reserve(&self, additional: usize) -> Result<(), Error> {
        self.prepare(additional, false)
    }

    /// Makes place for `additional` more elements, or changes nothing; `fill` takes the memory at once.
    fn prepare(&self, additional: usize, fill: bool) -> Result<(), Error> {
        let array = self.array;
        let element_size = array.element_size();
        let len = self.len();
        let wanted = len.checked_add(additional).ok_or(Error::TooLarge {
            elements: usize::MAX,
            element_size,
        })?;
        bytes_of(wanted, element_size)?;
        let before = array.end.load(Ordering::Relaxed);
        // All address space first: where there is not enough, no memory was taken in vain.
        let made = self
            .install_chunks(wanted)
            .and_then(|()| self.open_chunks(len, wanted, fill));
        if made.is_err() {
            self.remove_chunks(before);
        }
        made
    }

    /// Makes chunks for all elements below `wanted`.
    fn install_chunks(&self, wanted: usize) -> Result<(), Error> {
        loop {
            let end = self.array.end.load(Ordering::Relaxed);
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
            let end = place.start + place.capacity;
            self.open_chunk(next, end.min(to), fill)?;
            next = end;
        }
        Ok(())
    }

    /// Makes the chunk of element `index` the tail and opens it for at least that element.
    #[cold]
    #[inline(never)]
    fn make_tail(&self, index: usize) -> Result<(), Error> {
        let array = self.array;
        bytes_of(index + 1, array.element_size())?;
        if index >= array.end.load(Ordering::Relaxed) {
            self.install_chunk(index)?;
        }
        let open = self.open_chunk(index, index + 1, true)?;
        let place = array.table.place(index);
        // SAFETY: the chunk was made under the lock that this thread holds.
        let data = unsafe { array.table.data(&place) };
        let bias = data.wrapping_sub(place.start * array.element_size());
        array.tail_bias.store(bias, Ordering::Relaxed);
        array.tail_start.store(place.start, Ordering::Relaxed);
        array.limit.store(open, Ordering::Relaxed);
        Ok(())
    }

    /// Opens the chunk of element `index`, which exists, up to element `to`, and gives the index where what is open ends.
    fn open_chunk(&self, index: usize, to: usize, fill: bool) -> Result<usize, Error> {
        let array = self.array;
        let size = array.element_size();
        let place = array.table.place(index);
        // SAFETY: the chunk exists, and this thread holds the lock.
        let block = unsafe { array.table.block(&place) };
        let before = block.held();
        let open = block.open_to((to - place.start) * size, fill)?;
        array
            .held
            .fetch_add(block.held() - before, Ordering::Relaxed);
        Ok(place.start + open / size)
    }

    /// Makes the chunk of element `index`, the first one behind the end.
    pub(crate) fn install_chunk(&self, index: usize) -> Result<(), Error> {
        let array = self.array;
        let place = array.table.place(index);
        debug_assert_eq!(place.start, array.end.load(Ordering::Relaxed));
        let table = array.table.install(&place)?;
        // SAFETY: installed just now, by this thread.
        let block = unsafe { array.table.block(&place) };
        array
            .held
            .fetch_add(table + block.held(), Ordering::Relaxed);
        array
            .end
            .store(place.start + place.capacity, Ordering::Relaxed);
        Ok(())
    }

    /// Removes the chunks from `end` on, which never held an element.
    fn remove_chunks(&self, end: usize) {
        let array = self.array;
        let mut next = end;
        let old = array.end.swap(end, Ordering::Relaxed);
        while next < old {
            let place = array.table.place(next);
            // SAFETY: the chunk was made behind every length that was ever published, so nobody can reach it.
            let block = unsafe { array.table.take(&place) };
            array.held.fetch_sub(block.held(), Ordering::Relaxed);
            next = place.start + place.capacity;
        }
    }

    /// Shortens the array to `len` elements; does nothing where it is not longer.
    pub fn truncate(&self, len: usize) {
        let array = self.array;
        let before = self.len();
        if len >= before {
            return;
        }
        if before > array.untouched.load(Ordering::Relaxed) {
            array.untouched.store(before, Ordering::Relaxed);
        }
        array.len.store(len, Ordering::Release);
        if len < array.tail_start.load(Ordering::Relaxed) {
            // The next append looks for its chunk again.
            array.limit.store(len, Ordering::Relaxed);
        }
    }

    /// Removes all elements.
    pub fn clear(&self) {
        self.truncate(0);
    }

    /// Removes all elements and gives the memory of all chunks back, but for those that a [`Block`](crate::Block)
    /// elsewhere keeps.
    ///
    /// # Safety
    /// No other thread reads elements meanwhile, or uses a pointer to one that no block keeps: readers take no lock,
    /// so the caller keeps them away by other means (Python's GIL).
    pub unsafe fn release_chunks(&self) {
        let array = self.array;
        array.len.store(0, Ordering::Release);
        array.limit.store(0, Ordering::Relaxed);
        array.tail_start.store(0, Ordering::Relaxed);
        array.held.store(0, Ordering::Relaxed);
        let end = array.end.swap(0, Ordering::Relaxed);
        // SAFETY: `end` was the end of the last chunk, and the caller keeps others away.
        unsafe { array.table.release(end) };
    }

    /// Removes the last element and gives it.
    pub fn pop<T: Element>(&self) -> Result<T, Error> {
        self.array.check_size(size_of::<T>())?;
        let last = self.len().checked_sub(1).ok_or(Error::Empty)?;
        // SAFETY: `last` lies below the length, which nobody else changes; the size was checked.
        let value = unsafe { self.array.load(last) };
        self.truncate(last);
        Ok(value)
    }

    /// Removes the last element and copies it into `into`, which has an element's size.
    pub fn pop_bytes(&self, into: &mut [u8]) -> Result<(), Error> {
        self.array.check_size(into.len())?;
        let last = self.len().checked_sub(1).ok_or(Error::Empty)?;
        // SAFETY: as in pop.
        unsafe { element::load_bytes(self.array.pointer(last), into) };
        self.truncate(last);
        Ok(())
    }
}

impl Drop for Exclusive<'_> {
    #[inline]
    fn drop(&mut self) {
        let array = self.array;
        if !array.shared.load(Ordering::Relaxed) {
            let limit = array.limit.load(Ordering::Relaxed);
            // Release: see push_plain.
            array.append_limit.store(limit, Ordering::Release);
        }
        // SAFETY: an Exclusive exists only while its maker holds the lock in this way.
        unsafe { array.lock.release(self.hold) };
    }
}
