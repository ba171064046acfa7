//! The synchronisation that arrays are built on, and its stand-in for loom, which tries all orders of events.

#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// A lock of one byte that is taken and given back by hand: its holder may be an object that outlives a scope.
pub(crate) struct Lock {
    #[cfg(not(loom))]
    raw: parking_lot::RawMutex,
    #[cfg(loom)]
    raw: AtomicBool,
}

#[cfg(not(loom))]
impl Lock {
    pub(crate) fn new() -> Self {
        use parking_lot::lock_api::RawMutex as _;
        Lock {
            raw: parking_lot::RawMutex::INIT,
        }
    }

    #[inline]
    pub(crate) fn lock(&self) {
        use parking_lot::lock_api::RawMutex as _;
        self.raw.lock();
    }

    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        use parking_lot::lock_api::RawMutex as _;
        self.raw.try_lock()
    }

    #[inline]
    pub(crate) fn is_locked(&self) -> bool {
        use parking_lot::lock_api::RawMutex as _;
        self.raw.is_locked()
    }

    /// Gives the lock back.
    ///
    /// # Safety
    /// The caller holds it.
    #[inline]
    pub(crate) unsafe fn unlock(&self) {
        use parking_lot::lock_api::RawMutex as _;
        // SAFETY: the caller holds the lock.
        unsafe { self.raw.unlock() }
    }
}

#[cfg(loom)]
impl Lock {
    pub(crate) fn new() -> Self {
        Lock {
            raw: AtomicBool::new(false),
        }
    }

    pub(crate) fn lock(&self) {
        while !self.try_lock() {
            loom::thread::yield_now();
        }
    }

    pub(crate) fn try_lock(&self) -> bool {
        self.raw
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.raw.load(Ordering::Relaxed)
    }

    /// Gives the lock back.
    ///
    /// # Safety
    /// The caller holds it.
    pub(crate) unsafe fn unlock(&self) {
        self.raw.store(false, Ordering::Release);
    }
}
