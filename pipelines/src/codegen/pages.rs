//! Memory for code: first written, then executable, never both.

use std::io;
use std::ptr::{self, NonNull};

use crate::Error;

/// Pages with code, which can't be written any more.
#[derive(Debug)]
pub struct Pages {
    at: NonNull<u8>,
    bytes: usize,
}

// SAFETY: nobody writes to the pages any more.
unsafe impl Send for Pages {}
// SAFETY: as above.
unsafe impl Sync for Pages {}

impl Pages {
    /// Puts code, which may stand anywhere, into pages of its own.
    pub fn new(code: &[u8]) -> Result<Pages, Error> {
        let refused = |what: &str| Error::NoCode {
            why: format!("{what}: {}", io::Error::last_os_error()),
        };
        let bytes = code.len().max(1);
        // SAFETY: new memory, at an address that the system chooses.
        let at = unsafe {
            libc::mmap(
                ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if at == libc::MAP_FAILED {
            return Err(refused("no memory for code"));
        }
        let Some(at) = NonNull::new(at.cast::<u8>()) else {
            return Err(refused("no address for code"));
        };
        // From here on they are given back in any case.
        let pages = Pages { at, bytes };
        // SAFETY: the pages are so large, writable, and nobody else's.
        unsafe { ptr::copy_nonoverlapping(code.as_ptr(), at.as_ptr(), code.len()) };
        // SAFETY: the pages are ours as a whole, and nothing but this looks at them. x86 needs no more than this for
        // its processors to see new instructions.
        let done =
            unsafe { libc::mprotect(at.as_ptr().cast(), bytes, libc::PROT_READ | libc::PROT_EXEC) };
        if done != 0 {
            return Err(refused("code can't be made executable"));
        }
        Ok(pages)
    }

    /// The first byte of the code.
    pub fn start(&self) -> *const u8 {
        self.at.as_ptr()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: they were mapped with this address and size, and who runs the code keeps them.
        unsafe { libc::munmap(self.at.as_ptr().cast(), self.bytes) };
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn code_runs_and_is_not_writable() {
        // mov eax, 42; ret
        let pages = Pages::new(&[0xb8, 42, 0, 0, 0, 0xc3]).unwrap();
        // SAFETY: that is a function that takes nothing.
        let function: extern "sysv64" fn() -> i32 = unsafe { std::mem::transmute(pages.start()) };
        assert_eq!(function(), 42);
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let begin = format!("{:x}-", pages.start() as usize);
        let line = maps.lines().find(|line| line.starts_with(&begin)).unwrap();
        assert!(line.contains(" r-xp "), "{line}");
    }
}
