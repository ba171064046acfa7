//! Address space from the system: reserved in one piece, opened step by step, given back whole.
//!
//! What is reserved and not open costs no memory, and touching it is a fault rather than silent growth.

use std::ptr::{self, NonNull};

use crate::Error;

/// Bytes of a page of this machine.
pub(crate) fn page_size() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    static PAGE: AtomicUsize = AtomicUsize::new(0);
    let known = PAGE.load(Relaxed);
    if known != 0 {
        return known;
    }
    // SAFETY: sysconf only reads a constant of the system.
    let asked = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let page = usize::try_from(asked).unwrap_or(4096);
    PAGE.store(page, Relaxed);
    page
}

/// Bytes of a large page, where the system has them.
pub(crate) const LARGE_PAGE: usize = 2 << 20;

/// Asks for large pages where whole ones fit into what is open of `bytes` at `base`. The system may do so or not.
///
/// # Safety
/// The range lies within one reservation of ours.
pub(crate) unsafe fn prefer_large_pages(base: *mut u8, bytes: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: the range is ours, and advice changes no content.
    unsafe {
        libc::madvise(base.cast(), bytes, libc::MADV_HUGEPAGE);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (base, bytes);
}

/// Takes `bytes` (whole pages) of address space that can't be touched yet.
pub(crate) fn reserve(bytes: usize) -> Result<NonNull<u8>, Error> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a fresh anonymous mapping at an address of the system's choice touches no memory of ours.
    let base = unsafe { libc::mmap(ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0) };
    if base == libc::MAP_FAILED {
        return Err(Error::OutOfMemory { bytes });
    }
    NonNull::new(base.cast()).ok_or(Error::OutOfMemory { bytes })
}

/// Makes `bytes` (whole pages) at `base` readable and writable.
///
/// # Safety
/// The range lies within one reservation of ours.
pub(crate) unsafe fn open(base: *mut u8, bytes: usize) -> Result<(), Error> {
    // SAFETY: the range is ours, and more access takes nothing away from anyone.
    let result = unsafe { libc::mprotect(base.cast(), bytes, libc::PROT_READ | libc::PROT_WRITE) };
    if result == 0 {
        Ok(())
    } else {
        Err(Error::OutOfMemory { bytes })
    }
}

/// Takes the pages of an open range from the system now, in one call: little more than half
/// the price of a fault for each.
///
/// A kernel that can't do so (before Linux 5.14) takes them when they are touched, as ever.
///
/// # Safety
/// As for [`open`], and the range is open.
pub(crate) unsafe fn populate(base: *mut u8, bytes: usize) -> Result<(), Error> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: populating changes no content.
        let result = unsafe { libc::madvise(base.cast(), bytes, libc::MADV_POPULATE_WRITE) };
        let refused = || std::io::Error::last_os_error().raw_os_error() == Some(libc::ENOMEM);
        if result != 0 && refused() {
            return Err(Error::OutOfMemory { bytes });
        }
    }
    Ok(())
}

/// Gives the pages of an open range back: it is zero from then on.
///
/// # Safety
/// As for [`populate`], and nobody needs the content.
pub(crate) unsafe fn discard(base: *mut u8, bytes: usize) {
    // SAFETY: the range is ours, and its content is not needed. Where the system refuses, the memory just stays.
    unsafe { libc::madvise(base.cast(), bytes, libc::MADV_DONTNEED) };
}

/// Gives the pages of an open range back, which can't be touched from then on.
///
/// # Safety
/// As for [`discard`], and nobody looks there.
pub(crate) unsafe fn shut(base: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        discard(base, bytes);
        libc::mprotect(base.cast(), bytes, libc::PROT_NONE);
    }
}

/// Gives a whole reservation back.
///
/// # Safety
/// `base` and `bytes` are those of `reserve`, and nobody uses the memory any more.
pub(crate) unsafe fn release(base: *mut u8, bytes: usize) {
    // SAFETY: the mapping is ours and unused.
    let result = unsafe { libc::munmap(base.cast(), bytes) };
    debug_assert_eq!(result, 0, "munmap of our own mapping can't fail");
}

/// Zeroed memory that is one's own.
pub(crate) struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
    mapped: usize,
}

// SAFETY: it is plain memory with one owner.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// So many bytes, in large pages where the system has them.
    pub(crate) fn new(bytes: usize) -> Result<Mapping, Error> {
        let mapped = bytes
            .max(1)
            .checked_next_multiple_of(page_size())
            .ok_or(Error::OutOfMemory { bytes })?;
        let base = reserve(mapped)?;
        let mapping = Mapping {
            base,
            bytes,
            mapped,
        };
        // SAFETY: the range is a reservation of ours.
        unsafe {
            open(base.as_ptr(), mapped)?;
            prefer_large_pages(base.as_ptr(), mapped);
        }
        Ok(mapping)
    }

    /// All of them.
    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: they are open, zeroed by the system, and borrowed as this is.
        unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr(), self.bytes) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the reservation is whole, and nobody borrows it any more.
        unsafe { release(self.base.as_ptr(), self.mapped) };
    }
}
