//! Handles: numbers that stand for objects, for callers who may be wrong about them.
//!
//! Who calls through a plain C interface can pass anything: null, a pointer to something else, the handle of an object
//! that is gone. So a handle is no pointer but a number that is looked up, and only a number that was given out and not
//! taken back is found.
//!
//! ```text
//!  63               32 31                 4 3    0
//! +-------------------+--------------------+------+      kind: 1 to 5, so no pointer to words (whose lowest bits are
//! | generation        | slot               | kind |      0 or 8) is a handle
//! +-------------------+--------------------+------+      generation: how often the slot was given out
//! ```
//! A slot holds the handle that is valid now, so one comparison looks at all three parts. Slots are never unmapped.
//!
//! An object may be taken away while another thread is within a call with its handle. Who calls therefore says so
//! first and looks at the slot then; who takes the object away empties the slot first and waits for those within then.
//! Between the two steps of each there must be a full barrier. A caller's would cost more than most calls, so it is
//! left out and the other side has the kernel put one into every running thread (`membarrier`): saying so is then one
//! plain store into a seat of the thread's own. Threads without a seat count themselves into the slot.

use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence, wait_a_little};

/// What a handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum HandleKind {
    /// A [`RawArray`](crate::RawArray).
    Array = 1,
    /// An [`Arena`](crate::Arena).
    Arena = 2,
    /// A [`Log`](crate::Log).
    Log = 3,
    /// A [`KeyTable`](crate::KeyTable).
    KeyTable = 4,
    /// A [`ChunkRef`](crate::ChunkRef).
    Chunk = 5,
}

const KIND: u64 = 0b1111;
const GENERATION_SHIFT: u32 = 32;

/// The handle of kind 15 with the same slot and generation: the object is busy, and callers wait.
fn paused(handle: u64) -> u64 {
    handle | KIND
}

/// Where an object is found by its handle. All zero is an empty slot that was never given out.
#[derive(Debug)]
#[repr(align(32))]
pub(crate) struct Slot {
    /// The valid handle, or 0.
    handle: AtomicU64,
    target: AtomicPtr<()>,
    detail: AtomicPtr<()>,
    /// Calls of threads without a seat.
    users: AtomicU32,
    tag: AtomicU32,
}

/// Where one thread says which handle it is using. On a cache line of its own.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Seat {
    /// The thread, or 0.
    #[cfg_attr(
        loom,
        expect(dead_code, reason = "its tests give each thread a seat by hand")
    )]
    owner: AtomicUsize,
    /// What it uses, or 0.
    using: AtomicU64,
}

/// The caller's barrier: nothing where the other side has the kernel's.
#[inline(always)]
fn light_barrier() {
    #[cfg(loom)]
    fence(Ordering::SeqCst);
    #[cfg(not(loom))]
    std::sync::atomic::compiler_fence(Ordering::SeqCst);
}

/// The barrier of who takes an object away: after it, every store that any thread made in front of a light barrier
/// before it is seen, and every thread's loads behind a later one see what was stored here.
fn heavy_barrier() {
    #[cfg(loom)]
    fence(Ordering::SeqCst);
    #[cfg(not(loom))]
    system::heavy_barrier();
}

impl Slot {
    #[cfg(all(test, loom))]
    fn new() -> Slot {
        Slot {
            handle: AtomicU64::new(0),
            target: AtomicPtr::new(std::ptr::null_mut()),
            detail: AtomicPtr::new(std::ptr::null_mut()),
            users: AtomicU32::new(0),
            tag: AtomicU32::new(0),
        }
    }

    /// Gives the slot out.
    fn fill(&self, handle: u64, target: *mut (), detail: *mut (), tag: u32) {
        self.target.store(target, Ordering::Relaxed);
        self.detail.store(detail, Ordering::Relaxed);
        self.tag.store(tag, Ordering::Relaxed);
        // Release: who finds the handle finds what belongs to it.
        self.handle.store(handle, Ordering::Release);
    }

    /// Goes in by a seat of this thread, which is free.
    #[inline(always)]
    fn enter_seated(&self, seat: &Seat, handle: u64) -> bool {
        seat.using.store(handle, Ordering::Relaxed);
        light_barrier();
        if self.handle.load(Ordering::Acquire) == handle {
            return true;
        }
        seat.using.store(0, Ordering::Release);
        false
    }

    #[inline(always)]
    fn leave_seated(seat: &Seat) {
        // Release: whoever waits for this sees the end of all that was done within.
        seat.using.store(0, Ordering::Release);
    }

    /// Goes in without a seat.
    fn enter_counted(&self, handle: u64) -> bool {
        self.users.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.handle.load(Ordering::Acquire) == handle {
            return true;
        }
        self.users.fetch_sub(1, Ordering::Release);
        false
    }

    fn leave_counted(&self) {
        self.users.fetch_sub(1, Ordering::Release);
    }

    /// Puts `instead` in the handle's place, so that nobody new comes in.
    fn shut(&self, instead: u64) {
        self.handle.store(instead, Ordering::Relaxed);
        heavy_barrier();
    }

    /// Whether somebody is within. Who left before has seen all of their work done.
    fn is_used(&self, seats: &[Seat], handle: u64) -> bool {
        self.users.load(Ordering::Acquire) != 0
            || seats
                .iter()
                .any(|seat| seat.using.load(Ordering::Acquire) == handle)
    }

    /// Takes the slot back, and waits until nobody is within.
    fn take_back(&self, seats: &[Seat], handle: u64) {
        self.shut(0);
        let mut round = 0;
        while self.is_used(seats, handle) {
            wait_a_little(round);
            round = round.saturating_add(1);
        }
    }

    /// Does `work` while nobody is within and callers wait; not at all if somebody stays within for `rounds` looks.
    fn alone<R>(
        &self,
        seats: &[Seat],
        handle: u64,
        rounds: u32,
        work: impl FnOnce() -> R,
    ) -> Option<R> {
        /// Lets callers in again, also after a panic.
        struct Reopen<'a>(&'a Slot, u64);
        impl Drop for Reopen<'_> {
            fn drop(&mut self) {
                self.0.handle.store(self.1, Ordering::Release);
            }
        }

        self.shut(paused(handle));
        let _reopen = Reopen(self, handle);
        for round in 0..rounds {
            if !self.is_used(seats, handle) {
                return Some(work());
            }
            wait_a_little(round);
        }
        None
    }
}

#[cfg(not(loom))]
mod system;
#[cfg(not(loom))]
mod table;
#[cfg(not(loom))]
pub use table::{Entered, Registered};

#[cfg(all(test, loom))]
mod loom_tests;
