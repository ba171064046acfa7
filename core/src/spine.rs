//! The chunk table of the doubling policy: one slot for each power of two.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr;

use crate::Error;
use crate::sync::AtomicPtr;

/// The address where element 0 would lie if the whole array lay in one piece around this chunk. Such a *bias* needs no
/// subtraction of the chunk's start: the address of the element at position `p` is `bias + p * size`.
pub(crate) type Slot = AtomicPtr<u8>;

/// The block of 1, 1, 2, 4, ... units that holds unit `q`.
#[inline(always)]
pub(crate) fn slot_of(q: usize) -> usize {
    // One bit-scan, and no test for q == 0. Can't overflow: q is at most isize::MAX.
    (2 * q + 1).ilog2() as usize
}

/// First unit of a slot's block, and how many units it has.
pub(crate) fn units_of(slot: usize) -> (usize, usize) {
    match slot {
        0 => (0, 1),
        k => (1 << (k - 1), 1 << (k - 1)),
    }
}

/// Slots for every chunk up to the end of the address space, where a unit has `1 << shift` elements.
fn length(shift: usize) -> usize {
    1 + slot_of(isize::MAX as usize >> shift)
}

fn layout(shift: usize) -> Option<Layout> {
    Layout::array::<Slot>(length(shift)).ok()
}

/// A spine without chunks, and the bytes that it takes.
pub(crate) fn allocate(shift: usize) -> Result<(*mut Slot, usize), Error> {
    let Some(layout) = layout(shift) else {
        return Err(Error::OutOfMemory { bytes: usize::MAX });
    };
    // SAFETY: a spine has at least one slot, so the layout is not empty.
    let slots: *mut Slot = unsafe { alloc(layout) }.cast();
    if slots.is_null() {
        return Err(Error::OutOfMemory {
            bytes: layout.size(),
        });
    }
    for k in 0..length(shift) {
        // SAFETY: the allocation has so many slots.
        unsafe { slots.add(k).write(Slot::new(ptr::null_mut())) };
    }
    Ok((slots, layout.size()))
}

/// Frees a spine.
///
/// # Safety
/// `slots` is null or came from `allocate(shift)`, and nobody looks at it any more.
pub(crate) unsafe fn free(slots: *mut Slot, shift: usize) {
    if slots.is_null() {
        return;
    }
    // SAFETY: the caller's promise. The slots are dropped for loom's sake, whose atomics own memory.
    unsafe {
        ptr::drop_in_place(ptr::slice_from_raw_parts_mut(slots, length(shift)));
        if let Some(layout) = layout(shift) {
            dealloc(slots.cast(), layout);
        }
    }
}
