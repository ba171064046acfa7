//! The process's slots and seats.

use std::alloc::{Layout, alloc_zeroed};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::Once;

use parking_lot::Mutex;

use super::system::{after_fork, has_heavy_barrier};
use super::*;
use crate::Error;
use crate::sync::this_thread;

const SLOT_SHIFT: u32 = 4;
const SLOTS: u64 = 1 << 28;

fn slot_number(handle: u64) -> usize {
    ((handle >> SLOT_SHIFT) & (SLOTS - 1)) as usize
}

/// Slots come in pages, which are never given back.
const PAGE: usize = 4096;
const PAGES: usize = SLOTS as usize / PAGE;

static PAGES_OF_SLOTS: [AtomicPtr<Slot>; PAGES] =
    [const { AtomicPtr::new(ptr::null_mut()) }; PAGES];

/// A power of two. Threads are told apart by the address of their control block; those that find their seat taken
/// count themselves into slots.
const SEATS: usize = 256;

static ALL_SEATS: [Seat; SEATS] = [const {
    Seat {
        owner: AtomicUsize::new(0),
        using: AtomicU64::new(0),
    }
}; SEATS];

/// Slots that nobody has.
struct Free {
    /// Slots given back, with the generation of their next handle.
    used: Vec<(u32, u32)>,
    /// Slots from here on were never given out.
    fresh: usize,
}

static FREE: Mutex<Free> = Mutex::new(Free {
    used: Vec::new(),
    fresh: 0,
});

/// The slot of a handle, whatever that is.
#[inline(always)]
fn slot_of(handle: u64) -> Option<&'static Slot> {
    let number = slot_number(handle);
    let page = PAGES_OF_SLOTS[number / PAGE].load(Ordering::Acquire);
    if page.is_null() {
        return None;
    }
    // SAFETY: a page has so many slots, and stays.
    Some(unsafe { &*page.add(number % PAGE) })
}

/// The seat of the calling thread, and the thread.
#[inline(always)]
fn seat() -> (&'static Seat, usize) {
    let thread = this_thread();
    // Control blocks lie at multiples of 64 bytes, mostly a power of two apart: mix all bits into the highest ones.
    let mixed = (thread as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (&ALL_SEATS[(mixed >> 56) as usize % SEATS], thread)
}

/// Only the thread that forked goes on in the child.
extern "C" fn empty_seats() {
    for seat in &ALL_SEATS {
        seat.using.store(0, Ordering::Relaxed);
    }
    for page in &PAGES_OF_SLOTS {
        let page = page.load(Ordering::Relaxed);
        if page.is_null() {
            break;
        }
        for k in 0..PAGE {
            // SAFETY: a page has so many slots, and stays.
            unsafe { (*page.add(k)).users.store(0, Ordering::Relaxed) };
        }
    }
}

/// A slot that nobody has, and the generation of its next handle.
fn take_slot() -> Result<(u32, u32), Error> {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        after_fork(empty_seats);
        has_heavy_barrier();
    });
    let mut free = FREE.lock();
    if let Some(slot) = free.used.pop() {
        return Ok(slot);
    }
    let (number, layout) = (free.fresh, Layout::new::<[Slot; PAGE]>());
    let refused = Error::OutOfMemory {
        bytes: layout.size(),
    };
    // So that giving a slot back needs no memory.
    free.used.try_reserve(number + 1).map_err(|_| refused)?;
    let page = PAGES_OF_SLOTS.get(number / PAGE).ok_or(refused)?;
    if page.load(Ordering::Relaxed).is_null() {
        // SAFETY: the layout is not empty. A slot that is all zero is empty.
        let fresh = unsafe { alloc_zeroed(layout) }.cast::<Slot>();
        if fresh.is_null() {
            return Err(refused);
        }
        page.store(fresh, Ordering::Release);
    }
    free.fresh += 1;
    Ok((number as u32, 1))
}

/// The owner's side of a handle, which is valid until this is dropped. That waits for calls in progress.
///
/// ```
/// use std::ptr::NonNull;
/// use chunkarray_core::{Entered, HandleKind, Registered};
///
/// let number = 42_u64;
/// let target = NonNull::from(&number).cast();
/// // SAFETY: the number outlives its handle.
/// let registered = unsafe { Registered::new(HandleKind::Array, target, std::ptr::null(), 0) }?;
/// let handle = registered.handle();
/// let found = Entered::new(handle, HandleKind::Array).map(|entered| entered.target());
/// assert_eq!(found, Some(target));
/// assert!(Entered::new(handle, HandleKind::Log).is_none());
/// drop(registered);
/// assert!(Entered::new(handle, HandleKind::Array).is_none());
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Registered {
    handle: u64,
}

impl Registered {
    /// Gives an object a handle. `detail` and `tag` are for whoever [enters](Entered) by it.
    ///
    /// # Safety
    /// `target` and `detail` stay what they are as long as the new value lives, and may be used by all threads.
    pub unsafe fn new(
        kind: HandleKind,
        target: NonNull<()>,
        detail: *const (),
        tag: u32,
    ) -> Result<Registered, Error> {
        let (number, generation) = take_slot()?;
        let handle = u64::from(generation) << GENERATION_SHIFT
            | u64::from(number) << SLOT_SHIFT
            | kind as u64;
        if let Some(slot) = slot_of(handle) {
            slot.fill(handle, target.as_ptr(), detail.cast_mut(), tag);
        }
        Ok(Registered { handle })
    }

    /// The number to give out.
    ///
    /// ```
    /// # use chunkarray_core::{HandleKind, Registered};
    /// # let number = 42_u64;
    /// # let target = std::ptr::NonNull::from(&number).cast();
    /// // SAFETY: the number outlives its handle.
    /// let log = unsafe { Registered::new(HandleKind::Log, target, std::ptr::null(), 0) }?;
    /// assert_eq!(log.handle() & 15, HandleKind::Log as u64);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn handle(&self) -> u64 {
        self.handle
    }

    /// Does `work` while no call by this handle is in progress; new ones wait. None, and nothing done, if some call
    /// lasts for longer than a moment. The work must not use the handle.
    ///
    /// ```
    /// # use chunkarray_core::{Entered, HandleKind, Registered};
    /// # let number = 42_u64;
    /// # let target = std::ptr::NonNull::from(&number).cast();
    /// // SAFETY: the number outlives its handle.
    /// let log = unsafe { Registered::new(HandleKind::Log, target, std::ptr::null(), 0) }?;
    /// assert_eq!(log.alone(|| 7), Some(7));
    /// let entered = Entered::new(log.handle(), HandleKind::Log);
    /// assert_eq!(log.alone(|| 7), None);
    /// # drop(entered);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn alone<R>(&self, work: impl FnOnce() -> R) -> Option<R> {
        const ROUNDS: u32 = 1000;
        slot_of(self.handle)?.alone(&ALL_SEATS, self.handle, ROUNDS, work)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let Some(slot) = slot_of(self.handle) else {
            return;
        };
        slot.take_back(&ALL_SEATS, self.handle);
        let generation = (self.handle >> GENERATION_SHIFT) as u32;
        // A slot whose generations are used up is not given out again: no handle is ever valid twice.
        if let Some(next) = generation.checked_add(1) {
            let number = slot_number(self.handle) as u32;
            FREE.lock().used.push((number, next));
        }
    }
}

/// A call with a valid handle: the object stays until this is dropped, on the same thread.
///
/// While one is alive, dropping the object's [`Registered`] waits; so does whoever wants to be
/// [alone](Registered::alone) with it, for a moment.
#[derive(Debug)]
pub struct Entered {
    slot: &'static Slot,
    target: NonNull<()>,
    /// None where this call was counted into the slot.
    seat: Option<&'static Seat>,
    not_send: PhantomData<*const ()>,
}

impl Entered {
    /// Looks a handle up: any number at all may be given.
    ///
    /// ```
    /// # use chunkarray_core::{Entered, HandleKind};
    /// for wrong in [0, 1, 17, u64::MAX] {
    ///     assert!(Entered::new(wrong, HandleKind::Array).is_none());
    /// }
    /// ```
    #[inline(always)]
    pub fn new(handle: u64, kind: HandleKind) -> Option<Entered> {
        if handle & KIND != kind as u64 {
            return None;
        }
        let slot = slot_of(handle)?;
        let (seat, thread) = seat();
        if seat.owner.load(Ordering::Relaxed) == thread
            && seat.using.load(Ordering::Relaxed) == 0
            && slot.enter_seated(seat, handle)
        {
            return Some(Entered::within(slot, Some(seat)));
        }
        Self::new_slowly(slot, handle)
    }

    /// For a thread that has gone in.
    #[inline(always)]
    fn within(slot: &'static Slot, seat: Option<&'static Seat>) -> Entered {
        // SAFETY: it was given as one.
        let target = unsafe { NonNull::new_unchecked(slot.target.load(Ordering::Relaxed)) };
        Entered {
            slot,
            target,
            seat,
            not_send: PhantomData,
        }
    }

    /// For a thread's first call, one that has no seat, one within another call, and handles that are not valid.
    #[cold]
    #[inline(never)]
    fn new_slowly(slot: &'static Slot, handle: u64) -> Option<Entered> {
        let (seat, thread) = seat();
        if has_heavy_barrier() {
            // For the next time. A thread that has ended leaves its seat to the next one at the same address.
            let _ = seat
                .owner
                .compare_exchange(0, thread, Ordering::Relaxed, Ordering::Relaxed);
        }
        let mut round = 0;
        loop {
            if slot.enter_counted(handle) {
                return Some(Entered::within(slot, None));
            }
            let now = slot.handle.load(Ordering::Acquire);
            if now == paused(handle) {
                wait_a_little(round);
                round = round.saturating_add(1);
            } else if now != handle {
                return None;
            }
        }
    }

    /// The object.
    #[inline(always)]
    pub fn target(&self) -> NonNull<()> {
        self.target
    }

    /// What was said of the object.
    #[inline(always)]
    pub fn detail(&self) -> *const () {
        self.slot.detail.load(Ordering::Relaxed)
    }

    /// The number that was given with the object.
    #[inline(always)]
    pub fn tag(&self) -> u32 {
        self.slot.tag.load(Ordering::Relaxed)
    }
}

impl Drop for Entered {
    #[inline(always)]
    fn drop(&mut self) {
        match self.seat {
            Some(seat) => Slot::leave_seated(seat),
            None => self.slot.leave_counted(),
        }
    }
}
