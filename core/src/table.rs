//! Where an element lies: the chunk table of both growth policies.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr;

use crate::Error;
use crate::block::Block;
use crate::options::{Growth, Options, bytes_of};
use crate::sync::{AtomicPtr, AtomicUsize, Ordering};

/// A leaf of the fixed policy starts with so many chunks (as a shift), the next one has as many, then twice as many.
const LEAF_SHIFT: u32 = 6;

/// One entry: the address where element (or chunk) 0 would lie if the whole array lay in one piece around this chunk.
/// Such a *bias* needs no subtraction of the chunk's start: the address of element `i` is `bias + i * size`.
type Slot = AtomicPtr<u8>;

/// The chunks of one array, found by index without a lock and never moved.
///
/// Both policies put blocks of 1, 1, 2, 4, 8, ... units behind one another, and a spine of one slot for each, long
/// enough for the whole address space, so that it is made once and never reallocated. The unit of
/// [`Growth::Double`] is `chunk_size` elements; that of [`Growth::Fixed`] is 64 entries of a table of chunks.
///
/// ```text
/// front: capacity=N, one region      spine (made with the first chunk)
/// +-----------------------------+    +----+----+----+----+-- ... --+   slot = position of the highest bit of
/// | 0 1 2 ...             N - 1 |    | 0  | 1  | 2  | 3  |         |          2 * (unit of the element) + 1
/// +-----------------------------+    +-|--+-|--+-|--+-|--+-- ... --+
///                                      |    |    |    |
/// double:   chunk of S elements <------+    |    |    +---------> chunk of 4S
///                chunk of S elements <------+    +--> chunk of 2S
///
/// fixed:    leaf of 64 entries <-------+    +--> leaf of 64       leaf of 128, 256, ...
///           +--+--+--+-- ... --+
///           |c0|c1|c2|         |   each entry: a chunk of S elements
///           +--+--+--+-- ... --+
/// ```
/// An entry is written once, under the array's lock, before the length that makes it reachable is published; it stays
/// until the array is dropped. A chunk exists if it starts below the array's allocated end, so no entry is compared
/// with null.
pub(crate) struct Table {
    /// Elements in the front region.
    front_len: usize,
    front: Slot,
    spine: AtomicPtr<Slot>,
    element_size: usize,
    /// Bytes that the spine and the leaves take.
    bytes: AtomicUsize,
    /// log2 of `chunk_size`.
    shift: u8,
    growth: Growth,
}

/// The chunk that an index falls into, whether it exists or not.
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
    /// The number of a chunk, found through a leaf.
    Leaf(usize),
}

impl Place {
    /// Position behind its last element.
    pub(crate) fn end(&self) -> usize {
        self.start + self.capacity
    }
}

/// The block of 1, 1, 2, 4, ... units that holds unit `q`.
#[inline(always)]
fn slot_of(q: usize) -> usize {
    // One bit-scan, and no test for q == 0. Can't overflow: q is at most isize::MAX.
    (2 * q + 1).ilog2() as usize
}

/// First unit of a slot's block, and how many units it has.
fn units_of(slot: usize) -> (usize, usize) {
    match slot {
        0 => (0, 1),
        k => (1 << (k - 1), 1 << (k - 1)),
    }
}

impl Table {
    pub(crate) fn new(element_size: usize, options: &Options) -> Table {
        Table {
            front_len: options.capacity,
            front: Slot::new(ptr::null_mut()),
            spine: AtomicPtr::new(ptr::null_mut()),
            element_size,
            bytes: AtomicUsize::new(0),
            shift: options.chunk_size.trailing_zeros() as u8,
            growth: options.growth,
        }
    }

    #[inline(always)]
    pub(crate) fn element_size(&self) -> usize {
        self.element_size
    }

    /// Bytes of memory that the table takes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            chunk_size: 1 << self.shift,
            growth: self.growth,
            capacity: self.front_len,
        }
    }

    /// Address of element `i`. `size` is the element size, which typed callers know as a constant.
    ///
    /// # Safety
    /// The chunk of element `i` exists, and this thread has seen it become so (through an acquire load of the length,
    /// or under the lock).
    #[inline(always)]
    pub(crate) unsafe fn pointer(&self, i: usize, size: usize) -> *mut u8 {
        debug_assert_eq!(size, self.element_size);
        let bias = if i < self.front_len {
            self.front.load(Ordering::Relaxed)
        } else {
            let q = (i - self.front_len) >> self.shift;
            // SAFETY: the chunk exists, so the spine does, and it spans all indices; the same holds for the leaf.
            unsafe {
                match self.growth {
                    Growth::Double => self.slot(slot_of(q)).load(Ordering::Relaxed),
                    Growth::Fixed => self.leaf_entry(q).load(Ordering::Relaxed),
                }
            }
        };
        bias.wrapping_add(i * size)
    }

    /// # Safety
    /// The spine exists and `k` lies within it.
    #[inline(always)]
    unsafe fn slot(&self, k: usize) -> &Slot {
        // SAFETY: the caller's promise.
        unsafe { &*self.spine.load(Ordering::Relaxed).add(k) }
    }

    /// # Safety
    /// The leaf of chunk `q` exists.
    #[inline(always)]
    unsafe fn leaf_entry(&self, q: usize) -> &Slot {
        // SAFETY: the caller's promise. A leaf's slot is biased by the number of the leaf's first chunk.
        unsafe {
            let leaf = self.slot(slot_of(q >> LEAF_SHIFT)).load(Ordering::Relaxed);
            &*leaf.cast::<Slot>().wrapping_add(q)
        }
    }

    /// How many chunks come before that of element `i`.
    pub(crate) fn ordinal(&self, i: usize) -> usize {
        if i < self.front_len {
            return 0;
        }
        let q = (i - self.front_len) >> self.shift;
        usize::from(self.front_len > 0)
            + match self.growth {
                Growth::Double => slot_of(q),
                Growth::Fixed => q,
            }
    }

    /// The chunk that element `i` falls into.
    pub(crate) fn place(&self, i: usize) -> Place {
        if i < self.front_len {
            return Place {
                start: 0,
                capacity: self.front_len,
                entry: Entry::Front,
            };
        }
        let q = (i - self.front_len) >> self.shift;
        match self.growth {
            Growth::Double => {
                let slot = slot_of(q);
                let (first, units) = units_of(slot);
                // No overflow: the first element of a chunk is not behind `i`, and no later chunk is larger than
                // all before it; what is too large for an address space is refused when its bytes are counted.
                Place {
                    start: self.front_len + (first << self.shift),
                    capacity: units << self.shift,
                    entry: Entry::Spine(slot),
                }
            }
            Growth::Fixed => Place {
                start: self.front_len + (q << self.shift),
                capacity: 1 << self.shift,
                entry: Entry::Leaf(q),
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

    /// Makes the chunk of a place that has none.
    /// Only the holder of the lock calls this, and places come in order.
    pub(crate) fn install(&self, place: &Place) -> Result<(), Error> {
        // The end too must be a number of bytes that an address space can have.
        bytes_of(
            place.start.saturating_add(place.capacity),
            self.element_size,
        )?;
        let bytes = bytes_of(place.capacity, self.element_size)?;
        self.make_room(place)?;
        let bias = Block::new(bytes)?
            .into_pointer()
            .wrapping_sub(place.start * self.element_size);
        // SAFETY: make_room made the spine and the leaf.
        let slot = unsafe {
            match place.entry {
                Entry::Front => &self.front,
                Entry::Spine(slot) => self.slot(slot),
                Entry::Leaf(q) => self.leaf_entry(q),
            }
        };
        // Relaxed: who finds the chunk has acquired the length that is published later.
        slot.store(bias, Ordering::Relaxed);
        Ok(())
    }

    /// Makes the spine and the leaf that a place needs. They stay, also where the chunk is then refused.
    fn make_room(&self, place: &Place) -> Result<(), Error> {
        if matches!(place.entry, Entry::Front) {
            return Ok(());
        }
        if self.spine.load(Ordering::Relaxed).is_null() {
            let spine = self.new_slots(self.spine_len())?;
            self.spine.store(spine, Ordering::Relaxed);
        }
        if let Entry::Leaf(q) = place.entry {
            let k = slot_of(q >> LEAF_SHIFT);
            let (first, entries) = leaf_entries(k);
            // SAFETY: the spine was made above and spans all leaves.
            let slot = unsafe { self.slot(k) };
            // Chunks come in order: a leaf is made for its first chunk, or was made for that one and the chunk refused.
            if q == first && slot.load(Ordering::Relaxed).is_null() {
                let leaf = self.new_slots(entries)?;
                slot.store(leaf.wrapping_sub(first).cast(), Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn new_slots(&self, count: usize) -> Result<*mut Slot, Error> {
        let slots = allocate_slots(count)?;
        self.bytes
            .fetch_add(count * size_of::<Slot>(), Ordering::Relaxed);
        Ok(slots)
    }

    /// Slots for every chunk (or leaf) up to the end of the address space.
    fn spine_len(&self) -> usize {
        let most = isize::MAX as usize >> self.shift;
        1 + match self.growth {
            Growth::Double => slot_of(most),
            Growth::Fixed => slot_of(most >> LEAF_SHIFT),
        }
    }

    /// Takes the reference of an existing chunk out of the table.
    ///
    /// # Safety
    /// The chunk exists, nobody can reach it any more, and it is not taken twice.
    pub(crate) unsafe fn take(&self, place: &Place) -> Block {
        // SAFETY: the caller's promise.
        unsafe { Block::from_pointer(self.data(place)) }
    }

    /// Another reference to an existing chunk.
    ///
    /// # Safety
    /// As for `pointer`, with the place's first element.
    pub(crate) unsafe fn block(&self, place: &Place) -> Block {
        // SAFETY: the table's own reference is only looked at, so it is not dropped here.
        let own = std::mem::ManuallyDrop::new(unsafe { Block::from_pointer(self.data(place)) });
        Block::clone(&own)
    }

    /// Drops the chunks below `end` and what leads to them: the table is then as new.
    ///
    /// # Safety
    /// `end` is the end of the last chunk, and nobody else looks at the table meanwhile.
    pub(crate) unsafe fn release(&self, end: usize) {
        let mut next = 0;
        while next < end {
            let place = self.place(next);
            next = place.end();
            // SAFETY: all chunks below the end exist, each is taken once.
            drop(unsafe { self.take(&place) });
        }
        let spine = self.spine.load(Ordering::Relaxed);
        if spine.is_null() {
            return;
        }
        if self.growth == Growth::Fixed {
            for k in 0..self.spine_len() {
                // SAFETY: k lies within the spine.
                let leaf = unsafe { self.slot(k) }.load(Ordering::Relaxed);
                if leaf.is_null() {
                    break;
                }
                let (first, entries) = leaf_entries(k);
                // SAFETY: the leaf was allocated with so many entries and biased by its first chunk.
                unsafe { free_slots(leaf.cast::<Slot>().wrapping_add(first), entries) };
            }
        }
        self.spine.store(ptr::null_mut(), Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
        // SAFETY: the spine was allocated with this length.
        unsafe { free_slots(spine, self.spine_len()) };
    }
}

/// The first chunk of a leaf, and how many it has.
fn leaf_entries(k: usize) -> (usize, usize) {
    let (first, units) = units_of(k);
    (first << LEAF_SHIFT, units << LEAF_SHIFT)
}

fn slots_layout(count: usize) -> Result<Layout, Error> {
    Layout::array::<Slot>(count).map_err(|_| Error::OutOfMemory { bytes: usize::MAX })
}

fn allocate_slots(count: usize) -> Result<*mut Slot, Error> {
    let layout = slots_layout(count)?;
    // SAFETY: count is never 0, so the layout is not empty.
    let slots = unsafe { alloc(layout) }.cast::<Slot>();
    if slots.is_null() {
        return Err(Error::OutOfMemory {
            bytes: layout.size(),
        });
    }
    for k in 0..count {
        // SAFETY: the allocation has `count` slots.
        unsafe { slots.add(k).write(Slot::new(ptr::null_mut())) };
    }
    Ok(slots)
}

/// # Safety
/// `slots` came from `allocate_slots(count)` and is used no more.
unsafe fn free_slots(slots: *mut Slot, count: usize) {
    // SAFETY: the caller's promise. The entries are dropped for loom's sake, whose atomics own memory.
    unsafe {
        ptr::drop_in_place(ptr::slice_from_raw_parts_mut(slots, count));
        if let Ok(layout) = slots_layout(count) {
            dealloc(slots.cast(), layout);
        }
    }
}
