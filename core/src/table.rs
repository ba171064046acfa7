//! Where an element lies: the chunk table of both growth policies.

use std::ptr;

use crate::Error;
use crate::block::Block;
use crate::options::{Growth, Options, bytes_of};
use crate::ring::Ring;
use crate::spine::{self, Slot, slot_of, units_of};
use crate::sync::{AtomicPtr, Ordering};

/// The chunks of one array, found by position without a lock and never moved.
///
/// ```text
/// front: capacity=N, one region      double: a spine of one slot for each power of two, made with the first chunk
/// +-----------------------------+    +----+----+----+----+-- ... --+   slot = position of the highest bit of
/// | 0 1 2 ...             N - 1 |    | 0  | 1  | 2  | 3  |         |          2 * (p >> shift) + 1
/// +-----------------------------+    +-|--+-|--+-|--+-|--+-- ... --+
///                                      |    |    |    |
///        chunk of S elements <---------+    |    |    +---------> chunk of 4S
///             chunk of S elements <---------+    +--> chunk of 2S
///
///                                    fixed: a ring of chunks of S elements (see Ring)
/// ```
/// The spine spans the address space, so it is never reallocated; the ring may be replaced by a larger one. An entry is
/// written under the array's lock, before the end that makes it reachable is published. The entry of a chunk that was
/// dropped stays until another chunk takes its slot. The array owns the chunks of the positions between its `begin` and
/// `allocated`, so no entry is compared with null.
///
/// Others look at it too: see [`RawArray::LAYOUT`](crate::RawArray::LAYOUT).
#[repr(C)]
pub(crate) struct Table {
    /// Elements in the front region.
    pub(crate) front_len: usize,
    pub(crate) front: Slot,
    /// The spine's first slot, or the ring.
    pub(crate) entries: AtomicPtr<u8>,
    pub(crate) element_size: usize,
    /// log2 of `chunk_size`.
    pub(crate) shift: usize,
    pub(crate) growth: Growth,
}

/// The chunk that a position falls into, whether it exists or not.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Position of its first element.
    pub(crate) start: usize,
    /// Elements it has place for.
    pub(crate) capacity: usize,
    entry: Entry,
}

#[derive(Clone, Copy)]
enum Entry {
    Front,
    /// A slot of the spine.
    Spine(usize),
    /// The number of a chunk in the ring.
    Ring(usize),
}

impl Place {
    /// Position behind its last element.
    pub(crate) fn end(&self) -> usize {
        self.start + self.capacity
    }

    /// Whether the chunk is like any other of its array, so that their memory may be exchanged.
    pub(crate) fn is_even(&self) -> bool {
        matches!(self.entry, Entry::Ring(_))
    }
}

impl Table {
    pub(crate) fn new(element_size: usize, options: &Options) -> Table {
        Table {
            front_len: options.capacity,
            front: Slot::new(ptr::null_mut()),
            entries: AtomicPtr::new(ptr::null_mut()),
            element_size,
            shift: options.chunk_size.trailing_zeros() as usize,
            growth: options.growth,
        }
    }

    #[inline(always)]
    pub(crate) fn element_size(&self) -> usize {
        self.element_size
    }

    pub(crate) fn chunk_size(&self) -> usize {
        1 << self.shift
    }

    pub(crate) fn growth(&self) -> Growth {
        self.growth
    }

    pub(crate) fn capacity(&self) -> usize {
        self.front_len
    }

    /// Address of the element at position `p`. `size` is the element size, which typed callers know as a constant.
    ///
    /// # Safety
    /// The chunk exists, or did, and this thread has seen it (as the live positions, or under the lock).
    #[inline(always)]
    pub(crate) unsafe fn pointer(&self, p: usize, size: usize) -> *mut u8 {
        debug_assert_eq!(size, self.element_size);
        if p < self.front_len {
            return self.front.load(Ordering::Relaxed).wrapping_add(p * size);
        }
        let behind = p - self.front_len;
        let q = behind >> self.shift;
        // SAFETY: the chunk exists, so the spine or the ring does.
        unsafe {
            match self.growth {
                Growth::Double => {
                    let bias = self.spine(slot_of(q)).load(Ordering::Relaxed);
                    bias.wrapping_add(p * size)
                }
                Growth::Fixed => {
                    let within = behind & (self.chunk_size() - 1);
                    self.chunk(q).wrapping_add(within * size)
                }
            }
        }
    }

    /// # Safety
    /// The spine exists and `k` lies within it.
    #[inline(always)]
    unsafe fn spine(&self, k: usize) -> &Slot {
        // SAFETY: the caller's promise.
        unsafe { &*self.entries.load(Ordering::Relaxed).cast::<Slot>().add(k) }
    }

    /// # Safety
    /// The ring exists.
    #[inline(always)]
    unsafe fn chunk(&self, q: usize) -> *mut u8 {
        // Acquire: both the ring and what a slot holds may be replaced after the end that this thread has seen.
        let ring = self.entries.load(Ordering::Acquire).cast::<Ring>();
        // SAFETY: the caller's promise; replaced rings stay as long as anybody may look.
        unsafe { Ring::slot(ring, q).load(Ordering::Acquire) }
    }

    /// How many chunks come before that of position `p`.
    pub(crate) fn ordinal(&self, p: usize) -> usize {
        if p < self.front_len {
            return 0;
        }
        let q = (p - self.front_len) >> self.shift;
        usize::from(self.front_len > 0)
            + match self.growth {
                Growth::Double => slot_of(q),
                Growth::Fixed => q,
            }
    }

    /// The chunk that position `p` falls into.
    pub(crate) fn place(&self, p: usize) -> Place {
        if p < self.front_len {
            return Place {
                start: 0,
                capacity: self.front_len,
                entry: Entry::Front,
            };
        }
        let q = (p - self.front_len) >> self.shift;
        match self.growth {
            Growth::Double => {
                let slot = slot_of(q);
                let (first, units) = units_of(slot);
                // No overflow: the first element of a chunk is not behind `p`, and no later chunk is larger than
                // all before it; what is too large for an address space is refused when its bytes are counted.
                Place {
                    start: self.front_len + (first << self.shift),
                    capacity: units << self.shift,
                    entry: Entry::Spine(slot),
                }
            }
            Growth::Fixed => Place {
                start: self.front_len + (q << self.shift),
                capacity: self.chunk_size(),
                entry: Entry::Ring(q),
            },
        }
    }

    /// The address of an existing chunk's first element.
    ///
    /// # Safety
    /// As for `pointer`, with the place's first element.
    pub(crate) unsafe fn data(&self, place: &Place) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.pointer(place.start, self.element_size) }
    }

    /// Bytes of the chunk of a place, if the array may reach so far.
    pub(crate) fn chunk_bytes(&self, place: &Place) -> Result<usize, Error> {
        // The end too must be a number of bytes that an address space can have.
        let end = place.start.saturating_add(place.capacity);
        bytes_of(end, self.element_size)?;
        bytes_of(place.capacity, self.element_size)
    }

    /// Makes an entry for a place, where the oldest chunk that the array has is that of position `begin`. It stays, also
    /// where the chunk is then refused. Gives the bytes that were taken for it. Only the holder of the lock calls this.
    pub(crate) fn make_room(&self, place: &Place, begin: usize) -> Result<usize, Error> {
        let entries = self.entries.load(Ordering::Relaxed);
        let (entries, bytes) = match place.entry {
            Entry::Spine(_) if entries.is_null() => {
                let (spine, bytes) = spine::allocate(self.shift)?;
                (spine.cast(), bytes)
            }
            Entry::Ring(q) => {
                let oldest = begin.saturating_sub(self.front_len) >> self.shift;
                let wanted = q + 1 - oldest;
                let ring = entries.cast::<Ring>();
                // SAFETY: the entries are a ring or null; where it is too small, each of its slots has a chunk.
                unsafe {
                    if wanted <= Ring::size(ring) {
                        return Ok(0);
                    }
                    let (ring, bytes) = Ring::replace(ring, wanted)?;
                    (ring.cast(), bytes)
                }
            }
            _ => return Ok(0),
        };
        // Release: who finds a ring finds what it holds.
        self.entries.store(entries, Ordering::Release);
        Ok(bytes)
    }

    /// Enters the chunk of a place that has room. Only the holder of the lock calls this, and places come in order.
    pub(crate) fn install(&self, place: &Place, block: Block) {
        let data = block.into_pointer();
        let bias = data.wrapping_sub(place.start * self.element_size);
        // Relaxed is enough where a slot is written once: who finds the chunk has acquired the end that is published
        // later. The slot of a ring may be that of a chunk that a reader saw before.
        // SAFETY: make_room made the spine or the ring.
        unsafe {
            match place.entry {
                Entry::Front => self.front.store(bias, Ordering::Relaxed),
                Entry::Spine(slot) => self.spine(slot).store(bias, Ordering::Relaxed),
                Entry::Ring(q) => {
                    let ring = self.entries.load(Ordering::Relaxed).cast::<Ring>();
                    Ring::slot(ring, q).store(data, Ordering::Release);
                }
            }
        }
    }

    /// Takes the reference of an existing chunk out of the table. Its entry stays as it is.
    ///
    /// # Safety
    /// The array has the chunk, and it is not taken twice.
    pub(crate) unsafe fn take(&self, place: &Place) -> Block {
        // SAFETY: the caller's promise.
        unsafe { Block::from_pointer(self.data(place)) }
    }

    /// How many references there are to an existing chunk, the table's own among them.
    ///
    /// # Safety
    /// The array has the chunk.
    pub(crate) unsafe fn references(&self, place: &Place) -> usize {
        // SAFETY: the table's own reference is only looked at, so it is not dropped here.
        std::mem::ManuallyDrop::new(unsafe { self.take(place) }).references_acquired()
    }

    /// Another reference to an existing chunk.
    ///
    /// # Safety
    /// As for `pointer`, with the place's first element.
    pub(crate) unsafe fn block(&self, place: &Place) -> Block {
        // SAFETY: the table's own reference is only looked at, so it is not dropped here.
        let own = std::mem::ManuallyDrop::new(unsafe { self.take(place) });
        Block::clone(&own)
    }

    /// Drops the chunks of positions `begin` to `end`, and all entries: the table is then as new.
    ///
    /// # Safety
    /// These are the chunks that the array has, and nobody else looks at the table meanwhile.
    pub(crate) unsafe fn release(&self, begin: usize, end: usize) {
        let mut next = begin;
        while next < end {
            let place = self.place(next);
            next = place.end();
            // SAFETY: the array has the chunk, and each is taken once.
            drop(unsafe { self.take(&place) });
        }
        let entries = self.entries.swap(ptr::null_mut(), Ordering::Relaxed);
        // SAFETY: the entries were made by the functions that belong to these, and nobody looks.
        unsafe {
            match self.growth {
                Growth::Double => spine::free(entries.cast(), self.shift),
                Growth::Fixed => {
                    Ring::free(entries.cast());
                }
            }
        }
    }

    /// Frees the rings that were replaced, and tells how many bytes they took.
    ///
    /// # Safety
    /// Nobody else looks at the table meanwhile.
    pub(crate) unsafe fn release_replaced(&self) -> usize {
        let entries = self.entries.load(Ordering::Relaxed);
        if self.growth == Growth::Fixed && !entries.is_null() {
            // SAFETY: the caller's promise; the entries of the fixed policy are a ring.
            unsafe { Ring::free_previous(entries.cast()) }
        } else {
            0
        }
    }
}
