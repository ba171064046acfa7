//! The array blind to its element type: length, table and lock in one place.

#[cfg(not(loom))]
use std::mem::offset_of;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use crate::Error;
use crate::arena::Arena;
use crate::block::LARGE;
use crate::chunks::Chunks;
use crate::element::{self, Element};
use crate::exclusive::Exclusive;
use crate::extra::Extra;
use crate::lock::{Hold, Lock};
use crate::options::{Options, bytes_of};
use crate::sync::{AtomicPtr, AtomicUsize, Ordering, this_thread};
use crate::table::Table;

/// Elements of `element_size` bytes in chunks that never move. Any number of threads may read and append.
///
/// An element's *position* says how many were appended before it since the array began; it never changes its meaning.
/// Its *index* counts from the oldest element that the array still has, which lies at position
/// [`first`](Self::first): `position = first + index`. As long as nothing was dropped at the front, both are the same.
///
/// ```text
/// position  0           first         tail_start         end        limit              allocated
///           |             |                |              |           |                     |
///           +-------------+----------------+--------------+-----------+---------------------+
///           | dropped     | chunks of      | tail chunk:  | open      | reserved, not open  |
///           |             | elements       | elements     |           |                     |
///           +-------------+----------------+--------------+-----------+---------------------+
///                          readers look here, without a lock      next append: at end
/// ```
/// What holds at all times:
/// - Elements from `first` to `end` are written and their chunks are in the table before `end` is published (release);
///   who acquires `first`, then `end`, may read what lies between without a lock.
/// - Only the holder of the lock writes behind `end`, or moves `end` back or `first` on, with the one exception of
///   [`push_plain`](Self::push_plain), whose caller is alone by other means.
/// - `append_limit` is `limit` while the lock is free and 0 while it is held, so that one comparison tells an
///   appender both that there is room and that nobody else is at work.
/// - The memory of chunks stays until the array is dropped: a reader that raced with a truncation reads an old or a
///   new value.
///
/// Elements of 1, 2, 4 and 8 bytes are read and written in one piece; others may tear if one thread writes an element
/// while another reads it.
#[repr(C)]
pub struct RawArray {
    /// Behind the newest element.
    pub(crate) end: AtomicUsize,
    pub(crate) append_limit: AtomicUsize,
    pub(crate) put_limit: AtomicUsize,
    /// Where the element at position 0 would lie if the tail chunk's surroundings were one piece.
    pub(crate) tail_bias: AtomicPtr<u8>,
    /// Of the oldest element.
    pub(crate) first: AtomicUsize,
    pub(crate) cuts: AtomicUsize,
    pub(crate) table: Table,
    /// Bits: see [`FROZEN`](Self::FROZEN) and its neighbours.
    pub(crate) state: AtomicUsize,
    // From here on it is nobody else's business.
    pub(crate) lock: Lock,
    // The rest is for the holder of the lock; atomics so that a look from outside is sound.
    pub(crate) tail_start: AtomicUsize,
    /// Appending needs nothing new below this position.
    pub(crate) limit: AtomicUsize,
    /// The start of the oldest chunk: one with an element that was not dropped, or one that waits to be used again.
    pub(crate) begin: AtomicUsize,
    /// The end of the last chunk.
    pub(crate) allocated: AtomicUsize,
    /// No reader has ever been promised memory from here on.
    pub(crate) untouched: AtomicUsize,
    /// Bytes of memory that the chunks and the table hold.
    pub(crate) held: AtomicUsize,
    pub(crate) extra: AtomicPtr<Extra>,
}

/// [`RawArray::push_plain`] did nothing: somebody holds the lock, the tail chunk is full, or the array is shared.
///
/// It says not which, so that the caller's fast path is one comparison and a jump. The slow path is to take the lock
/// with [`try_lock_briefly`](RawArray::try_lock_briefly); where that fails, somebody holds it for long, and the caller
/// gives up whatever that thread may need before it [waits](RawArray::wait_until_idle).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushSlow;

// SAFETY: the raw pointers in the table are owned references to plain memory, reached as the rules above say.
unsafe impl Send for RawArray {}
// SAFETY: as above.
unsafe impl Sync for RawArray {}

/// Copies of up to so many bytes are as short as a few pushes.
const BRIEF: usize = 4096;

const _: () = assert!(cfg!(loom) || size_of::<RawArray>() <= 168);

impl RawArray {
    /// The part of an array that programs in other languages may look at, as a C struct of 8-byte fields: name, C type
    /// and offset of each.
    ///
    /// ```text
    /// end           position behind the newest element (load-acquire); elements in front of it are written
    /// append_limit  `push_plain` goes below this position: 0 while the lock is held or the array is shared
    /// put_limit     an appender's `put_plain` goes below this position: 0 while none is open
    /// tail_bias     bias pointer of the chunk that the next element goes to
    /// first         position of the oldest element (load-acquire, before `end`)
    /// cuts          another number whenever a pointer to elements or an `end` that was kept may be out of date
    /// front_len     positions below this one lie in the front region
    /// front         its bias pointer
    /// entries       the chunks behind it, see below; null as long as there are none
    /// element_size  bytes of an element
    /// shift         log2 of the chunk size
    /// growth        0: chunks double, 1: chunks of one size
    /// state         bits: 1 frozen, 2 closed, 4 shared, 8 exported, 16 an appender is open
    /// ```
    /// The element at position `p = first + index`, with `first <= p < end`, lies at `bias + p * element_size` for the
    /// *bias pointer* of its chunk. (It is where position 0 would lie if all were one piece, and points to nothing.)
    /// Where `p < front_len`, the bias is `front`. Else, with `q = (p - front_len) >> shift`:
    ///
    /// - growth 0: `entries` is an array of bias pointers, and the chunk's is number `bit_length(2 * q + 1) - 1`.
    /// - growth 1: `entries` (load-acquire) is a struct `{ size_t mask; void *unused; void *chunks[]; }`. The chunk
    ///   begins at `chunks[q & mask]` (load-acquire) with position `(q << shift) + front_len`.
    ///
    /// Each of these may change at any time, but for `front_len`, `element_size`, `shift` and `growth`; only this crate
    /// writes them, and the one thread whose appender is open: it writes the element at `tail_bias + end * element_size`
    /// while `end < put_limit` and then `end + 1` to `end` (store-release).
    ///
    /// Memory stays readable as long as the array lives and is not closed or shrunk, or was
    /// [exported](Self::export). What is read of an element that is removed meanwhile is its value, a later one's or zero.
    ///
    /// ```
    /// # use chunkarray_core::RawArray;
    /// assert_eq!(RawArray::LAYOUT[0], ("end", "int64_t", 0));
    /// ```
    #[cfg(not(loom))]
    pub const LAYOUT: &[(&str, &str, usize)] = &[
        ("end", "int64_t", offset_of!(RawArray, end)),
        (
            "append_limit",
            "int64_t",
            offset_of!(RawArray, append_limit),
        ),
        ("put_limit", "int64_t", offset_of!(RawArray, put_limit)),
        (
            "tail_bias",
            "unsigned char *",
            offset_of!(RawArray, tail_bias),
        ),
        ("first", "int64_t", offset_of!(RawArray, first)),
        ("cuts", "int64_t", offset_of!(RawArray, cuts)),
        (
            "front_len",
            "int64_t",
            offset_of!(RawArray, table.front_len),
        ),
        (
            "front",
            "unsigned char *",
            offset_of!(RawArray, table.front),
        ),
        ("entries", "void *", offset_of!(RawArray, table.entries)),
        (
            "element_size",
            "int64_t",
            offset_of!(RawArray, table.element_size),
        ),
        ("shift", "int64_t", offset_of!(RawArray, table.shift)),
        ("growth", "int64_t", offset_of!(RawArray, table.growth)),
        ("state", "int64_t", offset_of!(RawArray, state)),
    ];

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
        RawArray::new_in(element_size, options, None)
    }

    /// An empty array whose chunks lie in an arena, where there is one. The array keeps the arena.
    ///
    /// The arena is not rewound below a chunk of the array, or of a view of it, that lives.
    ///
    /// ```
    /// use chunkarray_core::{Arena, ArenaOptions, Error, Options, RawArray};
    ///
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// let array = RawArray::new_in(8, &Options::default(), Some(arena.clone()))?;
    /// array.push(1.5f64)?;
    /// assert!(arena.used() > 8192);
    /// assert_eq!(arena.reset(), Err(Error::ArenaInUse { chunks: 1 }));
    /// drop(array);
    /// assert_eq!(arena.reset(), Ok(()));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new_in(
        element_size: usize,
        options: &Options,
        arena: Option<Arc<Arena>>,
    ) -> Result<RawArray, Error> {
        options.check(element_size)?;
        let array = RawArray {
            end: AtomicUsize::new(0),
            append_limit: AtomicUsize::new(0),
            put_limit: AtomicUsize::new(0),
            tail_bias: AtomicPtr::new(ptr::null_mut()),
            first: AtomicUsize::new(0),
            cuts: AtomicUsize::new(0),
            table: Table::new(element_size, options),
            state: AtomicUsize::new(0),
            lock: Lock::new(),
            tail_start: AtomicUsize::new(0),
            limit: AtomicUsize::new(0),
            begin: AtomicUsize::new(0),
            allocated: AtomicUsize::new(0),
            untouched: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            extra: AtomicPtr::new(ptr::null_mut()),
        };
        if options.keep.is_some() || arena.is_some() {
            let extra = Extra::allocate(options.keep, arena)?;
            array.extra.store(extra, Ordering::Relaxed);
        }
        if bytes_of(options.capacity, element_size)? >= LARGE {
            array.lock().install_chunk(0)?;
        }
        Ok(array)
    }

    /// How many elements there are.
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
        let live = self.live();
        live.end - live.start
    }

    /// Whether there is no element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert!(array.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of an element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.element_size(), 8);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline(always)]
    pub fn element_size(&self) -> usize {
        self.table.element_size()
    }

    /// What the array was made with.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.options().chunk_size, 1024);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn options(&self) -> Options {
        Options {
            chunk_size: self.table.chunk_size(),
            growth: self.table.growth(),
            capacity: self.table.capacity(),
            keep: self.extra().and_then(|extra| extra.keep),
        }
    }

    /// The arena that the chunks lie in, if they do.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// assert!(RawArray::new(8, &Options::default())?.arena().is_none());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn arena(&self) -> Option<&Arc<Arena>> {
        self.extra().and_then(|extra| extra.arena.as_ref())
    }

    /// Bytes that the elements take.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[0u64; 3])?;
    /// assert_eq!(array.nbytes(), 24);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn nbytes(&self) -> usize {
        self.len() * self.element_size()
    }

    /// How many chunks hold elements.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[0u64; 1025])?;
    /// assert_eq!(array.chunk_count(), 2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn chunk_count(&self) -> usize {
        self.chunks().len()
    }

    /// Elements that fit without another chunk.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[0u64; 1025])?;
    /// assert_eq!(array.arena_capacity(), 2048);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn arena_capacity(&self) -> usize {
        let allocated = self.allocated.load(Ordering::Relaxed);
        allocated.saturating_sub(self.first.load(Ordering::Relaxed))
    }

    /// Bytes of memory that the array holds for its elements and its table. Open memory counts, reserved does not.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// assert!((8192..10_000).contains(&array.committed_bytes()));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn committed_bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether all elements lie in one piece.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let options = Options { capacity: 1_000_000, ..Options::default() };
    /// let array = RawArray::new(8, &options)?;
    /// array.extend(&[0u64; 100_000])?;
    /// assert!(array.is_contiguous());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn is_contiguous(&self) -> bool {
        let live = self.live();
        live.is_empty() || live.end <= self.table.place(live.start).end()
    }

    /// The address of element `index`: it stays the same as long as the array lives.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// let address = array.address_of(0)?;
    /// array.extend(&[2u64; 100_000])?;
    /// assert_eq!(array.address_of(0)?, address);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn address_of(&self, index: usize) -> Result<NonNull<u8>, Error> {
        let position = self.check_index(index)?;
        // SAFETY: the position was checked; a chunk's memory is never at null.
        Ok(unsafe { NonNull::new_unchecked(self.pointer(position)) })
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
    #[inline(always)]
    pub fn read<T: Element>(&self, index: usize) -> Result<T, Error> {
        self.check_size(size_of::<T>())?;
        let position = self.check_index(index)?;
        // SAFETY: position and size were checked.
        Ok(unsafe { self.load(position) })
    }

    /// Overwrites element `index`.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// array.write(0, 2u64)?;
    /// assert_eq!(array.read::<u64>(0)?, 2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline(always)]
    pub fn write<T: Element>(&self, index: usize, value: T) -> Result<(), Error> {
        self.check_size(size_of::<T>())?;
        let position = self.check_index(index)?;
        self.check_thawed()?;
        // SAFETY: position and size were checked.
        unsafe { self.store(position, value) };
        Ok(())
    }

    /// Copies element `index` into `into`, which has an element's size.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.push(*b"abc")?;
    /// let mut element = [0; 3];
    /// array.read_bytes(0, &mut element)?;
    /// assert_eq!(&element, b"abc");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn read_bytes(&self, index: usize, into: &mut [u8]) -> Result<(), Error> {
        self.check_size(into.len())?;
        let position = self.check_index(index)?;
        // SAFETY: position and size were checked.
        unsafe { element::load_bytes(self.pointer(position), into) };
        Ok(())
    }

    /// Overwrites element `index` with `from`, which has an element's size.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.push(*b"abc")?;
    /// array.write_bytes(0, b"xyz")?;
    /// assert_eq!(&array.read::<[u8; 3]>(0)?, b"xyz");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn write_bytes(&self, index: usize, from: &[u8]) -> Result<(), Error> {
        self.check_size(from.len())?;
        let position = self.check_index(index)?;
        self.check_thawed()?;
        // SAFETY: position and size were checked.
        unsafe { element::store_bytes(self.pointer(position), from) };
        Ok(())
    }

    /// Appends an element and gives its position. Any thread may.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.push(1.5f64)?, 0);
    /// assert_eq!(array.push(1u8), Err(Error::SizeMismatch { given: 1, element_size: 8 }));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn push<T: Element>(&self, value: T) -> Result<usize, Error> {
        self.briefly().push(value)
    }

    /// Appends an element given as bytes, and gives its position.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// assert_eq!(array.push_bytes(b"abc")?, 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn push_bytes(&self, value: &[u8]) -> Result<usize, Error> {
        self.briefly().push_bytes(value)
    }

    /// Appends an element with plain loads and stores and one test, and gives its position.
    ///
    /// Where it answers with [`PushSlow`], nothing has happened.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// for k in 0..3 {
    ///     // SAFETY: nobody else has this array, and its elements have the size of an f64.
    ///     if unsafe { array.push_plain(f64::from(k)) }.is_err() {
    ///         array.push(f64::from(k))?;
    ///     }
    /// }
    /// assert_eq!(array.len(), 3);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// - `T` has the size of an element.
    /// - The caller holds a token (Python's GIL) that every other thread holds as well while it is in `push_plain`,
    ///   and *while it takes the lock* of this array (`lock`, `try_lock`, or a method that does so itself). The lock may
    ///   then be kept and given back without the token. Where that can't be promised, call [`share`](Self::share) first.
    #[inline(always)]
    pub unsafe fn push_plain<T: Element>(&self, value: T) -> Result<usize, PushSlow> {
        // The limit first: a thread without the token may just be giving the lock back. Who sees the limit that it
        // restored sees the end that it left.
        let limit = self.append_limit.load(Ordering::Acquire);
        // SAFETY: the caller's promise makes this thread the only appender below that limit.
        unsafe { self.append_below(limit, value) }
    }

    /// As [`push_plain`](Self::push_plain), for an element given as bytes.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.push(*b"abc")?;
    /// // SAFETY: nobody else has this array, and its elements have three bytes.
    /// assert_eq!(unsafe { array.push_bytes_plain(b"def") }.ok(), Some(1));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// As for [`push_plain`](Self::push_plain); the bytes have the size of an element.
    #[inline]
    pub unsafe fn push_bytes_plain(&self, value: &[u8]) -> Result<usize, PushSlow> {
        debug_assert_eq!(value.len(), self.element_size());
        // As in `push_plain`.
        let limit = self.append_limit.load(Ordering::Acquire);
        let end = self.end.load(Ordering::Relaxed);
        if end >= limit {
            return Err(PushSlow);
        }
        let bias = self.tail_bias.load(Ordering::Relaxed);
        // SAFETY: below the limit, the tail chunk holds this position, and the caller is the only appender.
        unsafe { element::store_bytes(bias.wrapping_add(end * value.len()), value) };
        self.end.store(end + 1, Ordering::Release);
        Ok(end)
    }

    /// Appends an element if that ends up below a limit that was loaded before.
    ///
    /// # Safety
    /// `T` has the size of an element, the tail chunk is open up to the limit, and nobody else appends meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn append_below<T: Element>(
        &self,
        limit: usize,
        value: T,
    ) -> Result<usize, PushSlow> {
        let end = self.end.load(Ordering::Relaxed);
        if end >= limit {
            return Err(PushSlow);
        }
        let bias = self.tail_bias.load(Ordering::Relaxed);
        // SAFETY: below the limit, the tail chunk holds this position, and the caller is the only appender.
        unsafe { element::store(bias.wrapping_add(end * size_of::<T>()), value) };
        self.end.store(end + 1, Ordering::Release);
        Ok(end)
    }

    /// Appends whole elements given as bytes: adjacent, all of them or none, visible at once. Gives their positions.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(2, &Options::default())?;
    /// assert_eq!(array.extend_from_bytes(b"abcd")?, 0..2);
    /// assert_eq!(
    ///     array.extend_from_bytes(b"abc"),
    ///     Err(Error::RaggedBytes { given: 3, element_size: 2 })
    /// );
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn extend_from_bytes(&self, from: &[u8]) -> Result<Range<usize>, Error> {
        let guard = if from.len() <= BRIEF {
            self.briefly()
        } else {
            self.lock()
        };
        guard.extend_from_bytes(from)
    }

    /// Appends elements: adjacent, all of them or none, visible at once. Gives their positions.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.extend(&[1.0, 2.0])?, 0..2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn extend<T: Element>(&self, from: &[T]) -> Result<Range<usize>, Error> {
        self.check_size(size_of::<T>())?;
        self.extend_from_bytes(bytemuck::cast_slice(from))
    }

    /// Shortens the array to `len` elements; does nothing where it is not longer. The memory stays for reuse.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[1u64, 2, 3])?;
    /// array.truncate(1)?;
    /// array.truncate(2)?;
    /// assert_eq!(array.len(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn truncate(&self, len: usize) -> Result<(), Error> {
        self.briefly().truncate(len)
    }

    /// Removes all elements. The memory stays for reuse.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// array.clear()?;
    /// assert!(array.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn clear(&self) -> Result<(), Error> {
        self.truncate(0)
    }

    /// Removes the last element and gives it.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// assert_eq!(array.pop::<u64>(), Ok(1));
    /// assert_eq!(array.pop::<u64>(), Err(Error::Empty));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn pop<T: Element>(&self) -> Result<T, Error> {
        self.briefly().pop()
    }

    /// Removes the last element and copies it into `into`, which has an element's size.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.push(*b"abc")?;
    /// let mut element = [0; 3];
    /// array.pop_bytes(&mut element)?;
    /// assert_eq!(&element, b"abc");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn pop_bytes(&self, into: &mut [u8]) -> Result<(), Error> {
        self.briefly().pop_bytes(into)
    }

    /// Makes place for `additional` more elements, or changes nothing. The memory is taken as it is used.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.reserve(1_000_000)?;
    /// assert!(array.arena_capacity() >= 1_000_000);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn reserve(&self, additional: usize) -> Result<(), Error> {
        self.lock().reserve(additional)
    }

    /// The array's elements at this moment as chunks that keep their memory alive.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[0u64; 2000])?;
    /// let lengths: Vec<usize> = array.chunks().map(|chunk| chunk.len).collect();
    /// assert_eq!(lengths, [1024, 976]);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn chunks(&self) -> Chunks<'_> {
        Chunks::new(self)
    }

    /// Waits until nobody else appends or shortens, and keeps others from it.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// let first = exclusive.push(1u64)?;
    /// // Nobody can come between.
    /// assert_eq!(exclusive.push(2u64)?, first + 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn lock(&self) -> Exclusive<'_> {
        Exclusive::new(self, self.long())
    }

    /// As [`lock`](Self::lock), without waiting.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// assert!(array.try_lock().is_none());
    /// drop(exclusive);
    /// assert!(array.try_lock().is_some());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn try_lock(&self) -> Option<Exclusive<'_>> {
        let hold = match self.is_own() {
            true => Some(Hold::Nested),
            false => self.lock.try_long(),
        };
        Some(Exclusive::new(self, hold?))
    }

    /// As [`try_lock`](Self::try_lock), at a third of the price, for work as short as a push: others who want the lock
    /// meanwhile spin. Says no only where somebody else works longer than that.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// let popped = array.try_lock_briefly().map(|exclusive| exclusive.pop::<u64>());
    /// assert_eq!(popped, Some(Ok(1)));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline(always)]
    pub fn try_lock_briefly(&self) -> Option<Exclusive<'_>> {
        let hold = match self.lock.try_at_once() {
            Some(hold) => hold,
            None => self.wait_briefly()?,
        };
        Some(Exclusive::new(self, hold))
    }

    /// Takes the lock for work as short as a push.
    #[inline(always)]
    pub(crate) fn briefly(&self) -> Exclusive<'_> {
        match self.try_lock_briefly() {
            Some(exclusive) => exclusive,
            None => self.lock(),
        }
    }

    #[cold]
    #[inline(never)]
    fn wait_briefly(&self) -> Option<Hold> {
        if self.is_own() {
            Some(Hold::Nested)
        } else {
            self.lock.try_briefly()
        }
    }

    fn long(&self) -> Hold {
        if self.is_own() {
            Hold::Nested
        } else {
            self.lock.long()
        }
    }

    /// Whether this thread keeps the lock for a transaction.
    pub(crate) fn is_own(&self) -> bool {
        self.extra()
            .is_some_and(|extra| extra.owner.load(Ordering::Relaxed) == this_thread())
    }

    /// Waits until whoever works longer under the lock gives it back. Needs no token: it does not touch the array.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| array.lock().extend(&[0u64; 5000]));
    ///     array.wait_until_idle();
    /// });
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn wait_until_idle(&self) {
        if !self.is_own() {
            self.lock.wait_for_long();
        }
    }

    /// Whether somebody holds the lock at this moment.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// assert!(array.is_busy());
    /// # drop(exclusive);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn is_busy(&self) -> bool {
        self.lock.is_busy()
    }

    #[inline(always)]
    pub(crate) fn check_size(&self, given: usize) -> Result<(), Error> {
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
    fn check_index(&self, index: usize) -> Result<usize, Error> {
        let live = self.live();
        let len = live.end - live.start;
        if index < len {
            Ok(live.start + index)
        } else {
            Err(Error::IndexOutOfRange { index, len })
        }
    }
}

// Programs that were compiled with the layout rely on it.
#[cfg(not(loom))]
const _: () = {
    let mut k = 0;
    while k < RawArray::LAYOUT.len() {
        assert!(RawArray::LAYOUT[k].2 == 8 * k);
        k += 1;
    }
    assert!(offset_of!(RawArray, lock) == 8 * k);
};

impl Drop for RawArray {
    fn drop(&mut self) {
        let allocated = self.allocated.load(Ordering::Relaxed);
        let begin = self.begin.load(Ordering::Relaxed);
        // SAFETY: these are the chunks that the array has, and it is borrowed by nobody.
        unsafe {
            self.table.release(begin, allocated);
            Extra::free(self.extra.load(Ordering::Relaxed));
        }
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
