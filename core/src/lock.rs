//! The lock that appenders and shorteners of one array take.

use crate::sync::{AtomicBool, Ordering, Queue, SPINS, wait_a_little};

/// A lock for work of two lengths.
///
/// Most of the work is a push: a few nanoseconds, in which a mutex would spend more on its two read-modify-writes than
/// on the push. So there is a flag, `busy`, taken by one read-modify-write and given back by a plain store; nobody is
/// woken then, as whoever finds it taken looks again soon.
///
/// Long work (a copy, a transaction) takes the `queue` first and keeps it: who finds `busy` taken for longer than a push
/// lasts goes to sleep on the queue. Whoever holds the queue waits for pushes only, so that is soon over.
///
/// ```text
/// push:       busy = 1 . . . . busy = 0
/// long work:  queue.lock, busy = 1 . . . . . . . . busy = 0, queue.unlock
/// waiting:    look at busy for a while, then as long work
/// ```
/// A thread may keep the lock for a transaction: then it asks [`RawArray::is_own`](crate::RawArray) first, as it would
/// wait for itself.
pub(crate) struct Lock {
    busy: AtomicBool,
    queue: Queue,
}

/// How a lock was taken, and so how it is given back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Only the flag.
    Brief,
    /// The flag and the queue.
    Long,
    /// Not at all: this thread keeps it for a transaction.
    Nested,
}

impl Lock {
    pub(crate) fn new() -> Lock {
        Lock {
            busy: AtomicBool::new(false),
            queue: Queue::new(),
        }
    }

    /// Takes the lock for work as short as a push, if nobody has it.
    #[inline(always)]
    pub(crate) fn try_at_once(&self) -> Option<Hold> {
        self.take_flag().then_some(Hold::Brief)
    }

    /// Takes the lock for work as short as a push, unless somebody else has it for longer than that.
    pub(crate) fn try_briefly(&self) -> Option<Hold> {
        for round in 0..SPINS {
            wait_a_little(round);
            if !self.is_busy() && self.take_flag() {
                return Some(Hold::Brief);
            }
        }
        None
    }

    /// Takes the lock for as long as need be.
    pub(crate) fn long(&self) -> Hold {
        self.queue.lock();
        let mut round = 0;
        // Only pushes are in the way now.
        while self.is_busy() || !self.take_flag() {
            wait_a_little(round);
            round = round.saturating_add(1);
        }
        Hold::Long
    }

    /// Takes the lock for as long as need be, if nobody else has it.
    pub(crate) fn try_long(&self) -> Option<Hold> {
        if !self.queue.try_lock() {
            return None;
        }
        if self.take_flag() {
            return Some(Hold::Long);
        }
        // SAFETY: taken above.
        unsafe { self.queue.unlock() };
        None
    }

    /// Waits for the end of long work, if there is any of another thread's.
    pub(crate) fn wait_for_long(&self) {
        self.queue.lock();
        // SAFETY: taken just above.
        unsafe { self.queue.unlock() };
    }

    /// Whether somebody holds the lock.
    #[inline]
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn take_flag(&self) -> bool {
        self.busy
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Gives the lock back.
    ///
    /// # Safety
    /// The caller holds it, in this way.
    #[inline(always)]
    pub(crate) unsafe fn release(&self, hold: Hold) {
        self.busy.store(false, Ordering::Release);
        if hold == Hold::Long {
            // SAFETY: the caller's promise.
            unsafe { self.queue.unlock() };
        }
    }
}
