//! The lock that appenders and shorteners of one array take.

use crate::sync::{AtomicBool, AtomicUsize, Ordering, Queue, SPINS, this_thread, wait_a_little};

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
/// A thread may *keep* the lock for a transaction: then each of its own attempts to take it succeeds at once.
pub(crate) struct Lock {
    /// The thread that keeps the lock, or 0. Only a comparison with the looking thread itself means something.
    owner: AtomicUsize,
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
    /// Not at all: this thread keeps it.
    Nested,
}

impl Lock {
    pub(crate) fn new() -> Lock {
        Lock {
            owner: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
            queue: Queue::new(),
        }
    }

    /// Takes the lock for work as short as a push.
    #[inline(always)]
    pub(crate) fn briefly(&self) -> Hold {
        match self.try_briefly() {
            Some(hold) => hold,
            None => self.long(),
        }
    }

    /// Takes the lock for work as short as a push, unless somebody else has it for longer than that.
    #[inline(always)]
    pub(crate) fn try_briefly(&self) -> Option<Hold> {
        if self.take_flag() {
            Some(Hold::Brief)
        } else {
            self.wait_for_flag()
        }
    }

    #[cold]
    #[inline(never)]
    fn wait_for_flag(&self) -> Option<Hold> {
        if self.is_own() {
            return Some(Hold::Nested);
        }
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
        if self.is_own() {
            return Hold::Nested;
        }
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
        if self.is_own() {
            return Some(Hold::Nested);
        }
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

    /// Keeps the lock, which this thread has taken for long.
    pub(crate) fn keep(&self) {
        self.owner.store(this_thread(), Ordering::Relaxed);
    }

    /// Keeps the lock no more: it is held for long, and to be given back so.
    ///
    /// # Safety
    /// This thread keeps it.
    pub(crate) unsafe fn unkeep(&self) {
        self.owner.store(0, Ordering::Relaxed);
    }

    /// Whether this thread keeps the lock.
    pub(crate) fn is_own(&self) -> bool {
        let owner = self.owner.load(Ordering::Relaxed);
        owner != 0 && owner == this_thread()
    }

    /// Waits for the end of long work, if there is any of another thread's.
    pub(crate) fn wait_for_long(&self) {
        if self.is_own() {
            return;
        }
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
