//! The synchronisation that arrays are built on, and its stand-in for loom, which tries all orders of events.

#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};

/// A mutex taken and given back by hand, on which threads sleep.
#[cfg(not(loom))]
pub(crate) struct Queue(parking_lot::RawMutex);

#[cfg(not(loom))]
impl Queue {
    pub(crate) fn new() -> Self {
        use parking_lot::lock_api::RawMutex as _;
        Queue(parking_lot::RawMutex::INIT)
    }

    pub(crate) fn lock(&self) {
        use parking_lot::lock_api::RawMutex as _;
        self.0.lock();
    }

    pub(crate) fn try_lock(&self) -> bool {
        use parking_lot::lock_api::RawMutex as _;
        self.0.try_lock()
    }

    /// # Safety
    /// The caller holds it.
    pub(crate) unsafe fn unlock(&self) {
        use parking_lot::lock_api::RawMutex as _;
        // SAFETY: the caller's promise.
        unsafe { self.0.unlock() }
    }
}

#[cfg(loom)]
pub(crate) struct Queue(AtomicBool);

#[cfg(loom)]
impl Queue {
    pub(crate) fn new() -> Self {
        Queue(AtomicBool::new(false))
    }

    pub(crate) fn lock(&self) {
        while !self.try_lock() {
            loom::thread::yield_now();
        }
    }

    pub(crate) fn try_lock(&self) -> bool {
        self.0
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    pub(crate) unsafe fn unlock(&self) {
        self.0.store(false, Ordering::Release);
    }
}

/// A number that no other running thread has, and never 0. It costs an instruction where the platform has one for
/// that.
///
/// ```
/// use chunkarray_core::this_thread;
///
/// let mine = this_thread();
/// assert_eq!(this_thread(), mine);
/// std::thread::scope(|scope| {
///     scope.spawn(|| assert_ne!(this_thread(), mine));
/// });
/// ```
#[inline(always)]
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
))]
pub fn this_thread() -> usize {
    // The address of the thread's control block.
    let number: usize;
    // SAFETY: reads the word that the ABI of the platform keeps there, and nothing else.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        std::arch::asm!("mov {}, fs:0", out(reg) number, options(nostack, preserves_flags, readonly, pure));
        #[cfg(target_arch = "aarch64")]
        std::arch::asm!("mrs {}, tpidr_el0", out(reg) number, options(nostack, preserves_flags, nomem, pure));
    }
    number
}

/// A number that no other running thread has, and never 0.
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
)))]
pub fn this_thread() -> usize {
    #[cfg(loom)]
    use loom::thread_local;
    #[cfg(not(loom))]
    use std::thread_local;

    thread_local! {
        // A byte of its own for each thread. Behind a box, as loom's threads are none of the system's.
        static SELF: Box<u8> = Box::new(0);
    }
    SELF.with(|byte| std::ptr::from_ref(&**byte) as usize)
}

/// Lets the thread that is waited for go on: first a few cycles, then the rest of this thread's time.
pub(crate) fn wait_a_little(round: u32) {
    #[cfg(loom)]
    {
        let _ = round;
        loom::thread::yield_now();
    }
    #[cfg(not(loom))]
    if round < SPINS {
        std::hint::spin_loop()
    } else {
        std::thread::yield_now()
    }
}

/// So often a thread looks again before it sleeps or lets others run: about as long as a push takes.
pub(crate) const SPINS: u32 = if cfg!(loom) { 1 } else { 60 };

/// The words that elements of 8 bytes lie in.
#[cfg(not(loom))]
pub(crate) mod cells {
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Reads a word.
    ///
    /// # Safety
    /// `at` is an aligned word of a live chunk that was written before.
    #[inline(always)]
    pub(crate) unsafe fn load_word(at: *const u8) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { AtomicU64::from_ptr(at.cast_mut().cast()).load(Ordering::Relaxed) }
    }

    /// Writes a word.
    ///
    /// # Safety
    /// `at` is an aligned word of a live chunk.
    #[inline(always)]
    pub(crate) unsafe fn store_word(at: *mut u8, value: u64) {
        // SAFETY: the caller's promise.
        unsafe { AtomicU64::from_ptr(at.cast()).store(value, Ordering::Relaxed) }
    }

    /// Copies bytes into a chunk, from where they may overlap with it.
    ///
    /// # Safety
    /// `bytes` bytes are readable at `from` and writable at `to`.
    #[inline]
    pub(crate) unsafe fn copy(from: *const u8, to: *mut u8, bytes: usize) {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy(from, to, bytes) }
    }
}

/// Under loom each word of a chunk holds the address of an atomic that loom watches, so that a reader to whom a value
/// was not published may be given an old one. Loom tests use elements of 8 bytes only.
#[cfg(loom)]
pub(crate) mod cells {
    use loom::sync::atomic::{AtomicU64, Ordering};

    /// What a word holds before anything was written to it.
    pub(crate) const UNWRITTEN: u64 = 0xDEAD;

    pub(crate) unsafe fn prepare(data: *mut u8, bytes: usize) {
        for k in 0..bytes / 8 {
            let cell = Box::into_raw(Box::new(AtomicU64::new(UNWRITTEN)));
            // SAFETY: the caller has so many bytes.
            unsafe { data.cast::<*mut AtomicU64>().add(k).write(cell) };
        }
    }

    pub(crate) unsafe fn discard(data: *mut u8, bytes: usize) {
        for k in 0..bytes / 8 {
            // SAFETY: prepare put it there, and nobody uses the chunk any more.
            drop(unsafe { Box::from_raw(data.cast::<*mut AtomicU64>().add(k).read()) });
        }
    }

    unsafe fn cell<'a>(at: *const u8) -> &'a AtomicU64 {
        // SAFETY: the chunk was prepared and is alive.
        unsafe { &**at.cast::<*const AtomicU64>() }
    }

    pub(crate) unsafe fn load_word(at: *const u8) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { cell(at) }.load(Ordering::Relaxed)
    }

    pub(crate) unsafe fn store_word(at: *mut u8, value: u64) {
        // SAFETY: the caller's promise.
        unsafe { cell(at) }.store(value, Ordering::Relaxed);
    }

    pub(crate) unsafe fn copy(from: *const u8, to: *mut u8, bytes: usize) {
        for k in 0..bytes / 8 {
            // SAFETY: the caller's promise; `from` is ordinary memory.
            unsafe { store_word(to.add(8 * k), from.cast::<u64>().add(k).read_unaligned()) };
        }
    }
}
