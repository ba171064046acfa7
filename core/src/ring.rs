//! The chunk table of the fixed policy: a ring of chunk addresses, as large as the live chunks need.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr;

use crate::Error;
use crate::sync::{AtomicPtr, Ordering};

/// The address of a chunk's first byte.
type Slot = AtomicPtr<u8>;

/// The first ring has so many slots; few where all orders are tried, so that it is replaced there too.
const FIRST: usize = if cfg!(loom) { 2 } else { 64 };

/// A ring of slots, in which chunk number `q` has slot `q & mask`.
///
/// ```text
///  mask   previous   slots 0 ... mask
/// +------+----------+----+----+----+-- ... --+----+
/// |  63  |    |     | 64 | 65 | 2  |         | 63 |   live: chunks 2 to 65
/// +------+----|-----+----+----+----+-- ... --+----+
///             +--> smaller rings that were full once
/// ```
/// A full ring is replaced by one of twice the size; the old ones stay until the array goes, as a reader may still look
/// there (all of them together are smaller than the new one). So the table is bounded by the live chunks, however many
/// were ever dropped. Mask and slots lie behind one pointer, so a reader sees those that belong together.
///
/// A slot that was ever filled holds the address of a chunk at all times after, and so does each slot of a ring that
/// replaced another one: whoever has seen that a chunk is live finds memory there, also if it is dropped meanwhile.
#[repr(C)]
pub(crate) struct Ring {
    mask: usize,
    previous: *mut Ring,
    /// `mask + 1` of them.
    slots: [Slot; 0],
}

impl Ring {
    /// A ring for at least `wanted` chunks that takes the place of `old`, which may be null. Also gives the bytes that
    /// it takes.
    ///
    /// # Safety
    /// `old` is null or a ring of this function's, all slots of which are filled.
    pub(crate) unsafe fn replace(
        old: *mut Ring,
        wanted: usize,
    ) -> Result<(*mut Ring, usize), Error> {
        let count = wanted.max(FIRST).checked_next_power_of_two();
        let layout = count.and_then(layout);
        let (Some(count), Some(layout)) = (count, layout) else {
            return Err(Error::OutOfMemory { bytes: usize::MAX });
        };
        // SAFETY: the layout is not empty.
        let ring: *mut Ring = unsafe { alloc(layout) }.cast();
        if ring.is_null() {
            return Err(Error::OutOfMemory {
                bytes: layout.size(),
            });
        }
        // SAFETY: the allocation has room for the header and so many slots; the old ring is as the caller promised.
        unsafe {
            (&raw mut (*ring).mask).write(count - 1);
            (&raw mut (*ring).previous).write(old);
            for k in 0..count {
                let chunk = if old.is_null() {
                    ptr::null_mut()
                } else {
                    Ring::slot(old, k).load(Ordering::Relaxed)
                };
                Ring::slots(ring).add(k).write(Slot::new(chunk));
            }
        }
        Ok((ring, layout.size()))
    }

    /// # Safety
    /// `ring` is a ring of `replace`'s.
    #[inline(always)]
    unsafe fn slots(ring: *mut Ring) -> *mut Slot {
        // SAFETY: the caller's promise.
        unsafe { (&raw mut (*ring).slots).cast() }
    }

    /// The slot of chunk `q`.
    ///
    /// # Safety
    /// `ring` is a ring of `replace`'s, alive as long as the reference is used.
    #[inline(always)]
    pub(crate) unsafe fn slot<'a>(ring: *mut Ring, q: usize) -> &'a Slot {
        // SAFETY: the caller's promise; the mask keeps within the slots.
        unsafe { &*Ring::slots(ring).add(q & (*ring).mask) }
    }

    /// How many chunks have slots of their own.
    ///
    /// # Safety
    /// `ring` is null or a ring of `replace`'s.
    pub(crate) unsafe fn size(ring: *mut Ring) -> usize {
        if ring.is_null() {
            return 0;
        }
        // SAFETY: the caller's promise.
        unsafe { (*ring).mask + 1 }
    }

    /// Frees the rings that this one replaced, and tells how many bytes they took.
    ///
    /// # Safety
    /// `ring` is a ring of `replace`'s, and nobody looks at the older ones any more.
    pub(crate) unsafe fn free_previous(ring: *mut Ring) -> usize {
        // SAFETY: the caller's promise.
        unsafe { Ring::free(ptr::replace(&raw mut (*ring).previous, ptr::null_mut())) }
    }

    /// Frees a ring and those that it replaced, and tells how many bytes they took.
    ///
    /// # Safety
    /// `ring` is null or a ring of `replace`'s, and nobody looks at it any more.
    pub(crate) unsafe fn free(mut ring: *mut Ring) -> usize {
        let mut bytes = 0;
        while !ring.is_null() {
            // SAFETY: the caller's promise. The slots are dropped for loom's sake, whose atomics own memory.
            unsafe {
                let count = (*ring).mask + 1;
                let previous = (*ring).previous;
                ptr::drop_in_place(ptr::slice_from_raw_parts_mut(Ring::slots(ring), count));
                if let Some(layout) = layout(count) {
                    dealloc(ring.cast(), layout);
                    bytes += layout.size();
                }
                ring = previous;
            }
        }
        bytes
    }
}

fn layout(count: usize) -> Option<Layout> {
    let slots = Layout::array::<Slot>(count).ok()?;
    Some(Layout::new::<Ring>().extend(slots).ok()?.0)
}
