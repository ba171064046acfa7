//! The array blind to its element type: length, table and lock in one place.

use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::{self, NonNull};

use crate::Error;
use crate::block::{Block, LARGE};
use crate::element::{self, Element};
use crate::options::{Options, bytes_of};
use crate::sync::{AtomicBool, AtomicPtr, AtomicUsize, Lock, Ordering};
use crate::table::Table;

/// Elements of `element_size` bytes in chunks that never move. Any number of threads may read and append.
///
/// ```text
/// index   0                     first_of_tail        len        limit                   end
///         |                          |                |           |                      |
///         +-------+-------+----------+----------------+-----------+----------------------+
///         | chunk | chunk | chunk    | tail: elements | open      | reserved, not open   |
///         +-------+-------+----------+----------------+-----------+----------------------+
///         readers look here, without a lock .........>  next append
/// ```
/// What holds at all times:
/// - Elements below `len` are written and their chunks are in the table before `len` is published (release); who
///   acquires `len` may read them without a lock.
/// - Only the holder of the lock writes behind `len` or moves `len` back, with the one exception of
///   [`push_plain`](Self::push_plain), whose caller is alone by other means.
/// - `append_limit` is `limit` while the lock is free and 0 while it is held, so that one comparison tells an
///   appender both that there is room and that nobody else is at work.
/// - Chunks stay until the array is dropped: a reader that raced with a truncation reads an old or a new value.
///
/// Elements of 1, 2, 4 and 8 bytes are read and written in one piece; others may tear if one thread writes an element
/// while another reads it. Bulk copies go behind `len`, where only readers that raced with a truncation may still look.
#[repr(C)]
pub struct RawArray {
    len: AtomicUsize,
    append_limit: AtomicUsize,
    /// Where element 0 would lie if the tail chunk's surroundings were one piece.
    tail_bias: AtomicPtr<u8>,
    lock: Lock,
    /// Set for good: `append_limit` stays 0.
    shared: AtomicBool,
    table: Table,
    // The rest is for the holder of the lock; atomics so that a look from outside is sound.
    tail_start: AtomicUsize,
    /// Appending needs nothing new below this index.
    limit: AtomicUsize,
    /// The end of the last chunk.
    end: AtomicUsize,
    held: AtomicUsize,
}

/// Why [`RawArray::push_plain`] left the element to the slow path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushSlow {
    /// Somebody holds the lock: wait for it (without whatever they may need).
    Busy,
    /// The tail is full or the array is shared: take the lock and push.
    Full,
}

// SAFETY: the raw pointers in the table are owned references to plain memory, reached as the rules above say.
unsafe impl Send for RawArray {}
// SAFETY: as above.
unsafe impl Sync for RawArray {}

const _: () = assert!(cfg!(loom) || size_of::<RawArray>() <= 160);

impl RawArray {
    /// An empty array. It holds no memory; a large capacity takes its address space at once.
    ///
    /// ```
    /// use chunkarray_core::{Options, RawArray};
    ///
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!((array.len(), array.committed_bytes()), (0, 0));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn new(element_size: usize, options: &Options) -> Result<RawArray, Error> {
        options.check(element_size)?;
        let array = RawArray {
            len: AtomicUsize::new(0),
            append_limit: AtomicUsize::new(0),
            tail_bias: AtomicPtr::new(ptr::null_mut()),
            lock: Lock::new(),
            shared: AtomicBool::new(false),
            table: Table::new(element_size, options),
            tail_start: AtomicUsize::new(0),
            limit: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
        };
        if bytes_of(options.capacity, element_size)? >= LARGE {
            array.lock().install_chunk(0)?;
        }
        Ok(array)
    }

    /// How many elements there are. Whoever has seen a length may read everything below it.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(4, &Options::default())?;
    /// array.push(1.5f32)?;
    /// assert_eq!(array.len(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of an element.
    #[inline(always)]
    pub fn element_size(&self) -> usize {
        self.table.element_size()
    }

    /// What the array was made with.
    pub fn options(&self) -> Options {
        self.table.options()
    }

    /// Bytes that the elements take.
    pub fn nbytes(&self) -> usize {
        self.len() * self.element_size()
    }

    /// How many chunks hold elements.
    pub fn chunk_count(&self) -> usize {
        self.runs().count()
    }

    /// Elements that fit without another chunk.
    pub fn arena_capacity(&self) -> usize {
        self.end.load(Ordering::Relaxed)
    }

    /// Bytes of memory that the array holds for its elements and its table. Open memory counts, reserved does not.
    pub fn committed_bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether all elements lie in one piece.
    pub fn is_contiguous(&self) -> bool {
        let len = self.len();
        len == 0 || len <= self.table.place(0).capacity
    }

    /// The address of element `index`: it stays the same as long as the array lives.
    pub fn address_of(&self, index: usize) -> Result<NonNull<u8>, Error> {
        self.check_index(index)?;
        // SAFETY: the index lies below a length that this thread acquired; a chunk's memory is never at null.
        Ok(unsafe { NonNull::new_unchecked(self.pointer(index)) })
    }

    /// The address of element `index`, unchecked.
    ///
    /// # Safety
    /// `index` is less than a length that this thread has seen.
    #[inline(always)]
    pub unsafe fn pointer(&self, index: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.table.pointer(index, self.table.element_size()) }
    }

    /// The address of element `index` of a type known to the compiler, unchecked: shifts instead of multiplying.
    ///
    /// # Safety
    /// As for [`pointer`](Self::pointer), and `T` has the size of an element.
    #[inline(always)]
    pub unsafe fn pointer_of<T: Element>(&self, index: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe { self.table.pointer(index, size_of::<T>()).cast() }
    }

    /// Element `index`, unchecked.
    ///
    /// # Safety
    /// As for [`pointer_of`](Self::pointer_of).
    #[inline(always)]
    pub unsafe fn load<T: Element>(&self, index: usize) -> T {
        // SAFETY: the caller's promise; elements below the length were written.
        unsafe { element::load(self.pointer_of::<T>(index).cast()) }
    }

    /// Overwrites element `index`, unchecked.
    ///
    /// # Safety
    /// As for [`pointer_of`](Self::pointer_of).
    #[inline(always)]
    pub unsafe fn store<T: Element>(&self, index: usize, value: T) {
        // SAFETY: the caller's promise.
        unsafe { element::store(self.pointer_of::<T>(index).cast(), value) }
    }

    /// Element `index`.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(2.5f64)?;
    /// assert_eq!(array.read::<f64>(0)?, 2.5);
    /// assert_eq!(array.read::<f64>(5), Err(Error::IndexOutOfRange { index: 5, len: 1 }));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn read<T: Element>(&self, index: usize) -> Result<T, Error> {
        self.check_size(size_of::<T>())?;
        self.check_index(index)?;
        // SAFETY: index and size were checked.
        Ok(unsafe { self.load(index) })
    }

    /// Overwrites element `index`.
    #[inline]
    pub fn write<T: Element>(&self, index: usize, value: T) -> Result<(), Error> {
        self.check_size(size_of::<T>())?;
        self.check_index(index)?;
        // SAFETY: index and size were checked.
        unsafe { self.store(index, value) };
        Ok(())
    }

    /// Copies element `index` into `into`, which has an element's size.
    pub fn read_bytes(&self, index: usize, into: &mut [u8]) -> Result<(), Error> {
        self.check_size(into.len())?;
        self.check_index(index)?;
        // SAFETY: index and size were checked.
        unsafe { element::load_bytes(self.pointer(index), into) };
        Ok(())
    }

    /// Overwrites element `index` with `from`, which has an element's size.
    pub fn write_bytes(&self, index: usize, from: &[u8]) -> Result<(), Error> {
        self.check_size(from.len())?;
        self.check_index(index)?;
        // SAFETY: index and size were checked.
        unsafe { element::store_bytes(self.pointer(index), from) };
        Ok(())
    }

    /// Appends an element and gives its index. Any thread may.
    #[inline]
    pub fn push<T: Element>(&self, value: T) -> Result<usize, Error> {
        self.lock().push(value)
    }

    /// Appends an element given as bytes.
    pub fn push_bytes(&self, value: &[u8]) -> Result<usize, Error> {
        self.lock().push_bytes(value)
    }

    /// Appends an element with plain loads and stores and one test.
    ///
    /// Where it answers with [`PushSlow`], nothing has happened.
    ///
    /// # Safety
    /// - `T` has the size of an element.
    /// - The caller holds a token (Python's GIL) that every other thread holds as well while it is in `push_plain`,
    ///   and *while it takes the lock* of this array (`lock`, `try_lock`, or a method that does so itself). The lock may
    ///   then be kept and given back without the token. Where that can't be promised, call [`share`](Self::share) first.
    #[inline(always)]
    pub unsafe fn push_plain<T: Element>(&self, value: T) -> Result<usize, PushSlow> {
        let len = self.len.load(Ordering::Relaxed);
        if len >= self.append_limit.load(Ordering::Relaxed) {
            return Err(self.why_slow());
        }
        let bias = self.tail_bias.load(Ordering::Relaxed);
        // SAFETY: below the limit, the tail chunk holds this index, and the caller is the only appender.
        unsafe { element::store(bias.wrapping_add(len * size_of::<T>()), value) };
        self.len.store(len + 1, Ordering::Release);
        Ok(len)
    }

    #[cold]
    #[inline(never)]
    fn why_slow(&self) -> PushSlow {
        if self.lock.is_locked() {
            PushSlow::Busy
        } else {
            PushSlow::Full
        }
    }

    /// Makes [`push_plain`](Self::push_plain) answer [`PushSlow::Full`] from now on, so that threads without the token
    /// may append. Can't be undone. The caller holds the token.
    pub fn share(&self) {
        let guard = self.lock();
        self.shared.store(true, Ordering::Relaxed);
        drop(guard);
    }

    /// Appends whole elements given as bytes: adjacent, all of them or none, visible at once.
    pub fn extend_from_bytes(&self, from: &[u8]) -> Result<Range<usize>, Error> {
        self.lock().extend_from_bytes(from)
    }

    /// Appends elements: adjacent, all of them or none, visible at once.
    pub fn extend<T: Element>(&self, from: &[T]) -> Result<Range<usize>, Error> {
        self.lock().extend(from)
    }

    /// Shortens the array to `len` elements; does nothing where it is not longer. The memory stays for reuse.
    pub fn truncate(&self, len: usize) {
        self.lock().truncate(len);
    }

    /// Removes all elements. The memory stays for reuse.
    pub fn clear(&self) {
        self.truncate(0);
    }

    /// Removes the last element and gives it.
    pub fn pop<T: Element>(&self) -> Result<T, Error> {
        self.lock().pop()
    }

    /// Removes the last element and copies it into `into`, which has an element's size.
    pub fn pop_bytes(&self, into: &mut [u8]) -> Result<(), Error> {
        self.lock().pop_bytes(into)
    }

    /// Makes memory ready for `additional` more elements.
    pub fn reserve(&self, additional: usize) -> Result<(), Error> {
        self.lock().reserve(additional)
    }

    /// The array's elements at this moment as chunks that keep their memory alive.
    pub fn chunks(&self) -> Chunks<'_> {
        Chunks { runs: self.runs() }
    }

    /// The longest run of elements in one chunk that begins with `index`, or nothing at the end of the array.
    pub fn run(&self, index: usize) -> Option<Run> {
        let len = self.len();
        if index >= len {
            return None;
        }
        let place = self.table.place(index);
        let end = len.min(place.start + place.capacity);
        // SAFETY: index lies below a length that this thread acquired.
        let pointer = unsafe { NonNull::new_unchecked(self.pointer(index)) };
        Some(Run {
            start: index,
            end,
            pointer,
        })
    }

    fn runs(&self) -> Runs<'_> {
        Runs {
            array: self,
            next: 0,
            len: self.len(),
        }
    }

    /// Waits until nobody else appends or shortens, and keeps others from it.
    #[inline]
    pub fn lock(&self) -> Exclusive<'_> {
        self.lock.lock();
        self.locked()
    }

    /// As [`lock`](Self::lock), without waiting.
    #[inline]
    pub fn try_lock(&self) -> Option<Exclusive<'_>> {
        if self.lock.try_lock() {
            Some(self.locked())
        } else {
            None
        }
    }

    #[inline(always)]
    fn locked(&self) -> Exclusive<'_> {
        self.append_limit.store(0, Ordering::Relaxed);
        Exclusive {
            array: self,
            not_send: PhantomData,
        }
    }

    /// Waits until whoever holds the lock gives it back. Needs no token: it does not touch the array.
    pub fn wait_until_idle(&self) {
        self.lock.lock();
        // SAFETY: taken just above.
        unsafe { self.lock.unlock() };
    }

    /// Whether somebody holds the lock at this moment.
    #[inline]
    pub fn is_busy(&self) -> bool {
        self.lock.is_locked()
    }

    #[inline(always)]
    fn check_size(&self, given: usize) -> Result<(), Error> {
        let element_size = self.element_size();
        if given == element_size {
            Ok(())
        } else {
            Err(Error::SizeMismatch {
                given,
                element_size,
            })
        }
    }

    #[inline(always)]
    fn check_index(&self, index: usize) -> Result<(), Error> {
        let len = self.len();
        if index < len {
            Ok(())
        } else {
            Err(Error::IndexOutOfRange { index, len })
        }
    }
}

impl Drop for RawArray {
    fn drop(&mut self) {
        let end = self.end.load(Ordering::Relaxed);
        // SAFETY: `end` is the end of the last chunk, and the array is borrowed by nobody.
        unsafe { self.table.release(end) };
    }
}

impl std::fmt::Debug for RawArray {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawArray")
            .field("len", &self.len())
            .field("element_size", &self.element_size())
            .field("options", &self.options())
            .finish_non_exhaustive()
    }
}

/// The right to change an array's length, held until it is dropped.
///
/// It borrows the array and stays on its thread; the array's other methods that lock would wait for it forever, so
/// use its own.
#[must_use = "the lock is given back at once"]
pub struct Exclusive<'a> {
    array: &'a RawArray,
    not_send: PhantomData<*const ()>,
}

impl Exclusive<'_> {
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
        let (index, at) = self.next_place()?;
        // SAFETY: the place is that of an element behind the length, and this thread holds the lock.
        unsafe { element::store(at, value) };
        self.array.len.store(index + 1, Ordering::Release);
        Ok(index)
    }

    /// Appends an element given as bytes.
    pub fn push_bytes(&self, value: &[u8]) -> Result<usize, Error> {
        self.array.check_size(value.len())?;
        let (index, at) = self.next_place()?;
        // SAFETY: as in push.
        unsafe { element::store_bytes(at, value) };
        self.array.len.store(index + 1, Ordering::Release);
        Ok(index)
    }

    /// Index and address of the next element.
    #[inline(always)]
    fn next_place(&self) -> Result<(usize, *mut u8), Error> {
        let array = self.array;
        let index = self.len();
        if index >= array.limit.load(Ordering::Relaxed) {
            self.make_tail(index)?;
        }
        let bias = array.tail_bias.load(Ordering::Relaxed);
        Ok((index, bias.wrapping_add(index * array.element_size())))
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
        self.reserve(count)?;
        let (mut next, end) = (first, first + count);
        let mut from = from;
        while next < end {
            let place = array.table.place(next);
            let run = (place.start + place.capacity).min(end) - next;
            // SAFETY: reserve made the chunks of all these elements and opened them, and this thread holds the lock.
            // `copy`, as the bytes may be a view of this very array.
            unsafe {
                ptr::copy(from, array.pointer(next), run * size);
                from = from.add(run * size);
            }
            next += run;
        }
        array.len.store(end, Ordering::Release);
        Ok(first..end)
    }

    /// Makes memory ready for `additional` more elements, or changes nothing.
    pub fn reserve(&self, additional: usize) -> Result<(), Error> {
        let array = self.array;
        let element_size = array.element_size();
        let len = self.len();
        let wanted = len.checked_add(additional).ok_or(Error::TooLarge {
            elements: usize::MAX,
            element_size,
        })?;
        bytes_of(wanted, element_size)?;
        let before = array.end.load(Ordering::Relaxed);
        let mut next = len;
        while next < wanted {
            let place = array.table.place(next);
            let end = place.start + place.capacity;
            if let Err(error) = self.open_chunk(next, end.min(wanted)) {
                self.remove_chunks(before);
                return Err(error);
            }
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
        let open = self.open_chunk(index, index + 1)?;
        let place = array.table.place(index);
        // SAFETY: open_chunk made the chunk, under the lock that this thread holds.
        let data = unsafe { array.table.data(&place) };
        let bias = data.wrapping_sub(place.start * array.element_size());
        array.tail_bias.store(bias, Ordering::Relaxed);
        array.tail_start.store(place.start, Ordering::Relaxed);
        array.limit.store(open, Ordering::Relaxed);
        Ok(())
    }

    /// Makes the chunk of element `index` where there is none, opens it up to element `to`, and gives the index where
    /// what is open ends.
    fn open_chunk(&self, index: usize, to: usize) -> Result<usize, Error> {
        let array = self.array;
        if index >= array.end.load(Ordering::Relaxed) {
            self.install_chunk(index)?;
        }
        let size = array.element_size();
        let place = array.table.place(index);
        // SAFETY: the chunk exists, and this thread holds the lock.
        let block = unsafe { array.table.block(&place) };
        let before = block.held();
        let open = block.open_to((to - place.start) * size)?;
        array
            .held
            .fetch_add(block.held() - before, Ordering::Relaxed);
        Ok(place.start + open / size)
    }

    /// Makes the chunk of element `index`, the first one behind the end.
    fn install_chunk(&self, index: usize) -> Result<(), Error> {
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
        if len >= self.len() {
            return;
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
            array.append_limit.store(limit, Ordering::Relaxed);
        }
        // SAFETY: an Exclusive exists only while its maker holds the lock.
        unsafe { array.lock.unlock() };
    }
}

/// Elements that lie side by side in one chunk.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Index of the first one.
    pub start: usize,
    /// Index behind the last one.
    pub end: usize,
    /// Address of the first one.
    pub pointer: NonNull<u8>,
}

/// The runs of an array up to the length that it had at the start.
struct Runs<'a> {
    array: &'a RawArray,
    next: usize,
    len: usize,
}

impl Iterator for Runs<'_> {
    type Item = (Run, usize);

    /// A run and the capacity of its chunk.
    fn next(&mut self) -> Option<(Run, usize)> {
        if self.next >= self.len {
            return None;
        }
        let place = self.array.table.place(self.next);
        let start = self.next;
        self.next = place.start + place.capacity;
        // SAFETY: start lies below a length that this thread acquired.
        let pointer = unsafe { NonNull::new_unchecked(self.array.pointer(start)) };
        Some((
            Run {
                start,
                end: self.next.min(self.len),
                pointer,
            },
            place.capacity,
        ))
    }
}

/// One chunk's elements. The memory stays as long as this lives, also after the array is gone.
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
    pub fn pointer(&self) -> NonNull<u8> {
        self.block.pointer()
    }
}

/// The chunks of an array up to the length that it had at the start.
pub struct Chunks<'a> {
    runs: Runs<'a>,
}

impl Iterator for Chunks<'_> {
    type Item = ChunkRef;

    fn next(&mut self) -> Option<ChunkRef> {
        let (run, capacity) = self.runs.next()?;
        let table = &self.runs.array.table;
        // SAFETY: the chunk holds an element below a length that this thread acquired.
        let block = unsafe { table.block(&table.place(run.start)) };
        Some(ChunkRef {
            start: run.start,
            len: run.end - run.start,
            capacity,
            block,
        })
    }
}
