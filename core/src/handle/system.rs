//! What the handles need of the system: a barrier in all threads, and a look at what fork leaves behind.

use std::sync::OnceLock;
use std::sync::atomic::{Ordering, fence};
use std::time::Duration;

/// Whether [`heavy_barrier`] puts a barrier into all running threads. If not, there are no seats.
pub(super) fn has_heavy_barrier() -> bool {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    *REGISTERED.get_or_init(register)
}

/// A barrier in this thread and, where [`has_heavy_barrier`] says so, in all running threads of the process.
pub(super) fn heavy_barrier() {
    fence(Ordering::SeqCst);
    if !has_heavy_barrier() || membarrier(command::PRIVATE_EXPEDITED) {
        return;
    }
    // A process that was forked may have to say again that it wants them. One that has shut itself off from the kernel
    // meanwhile waits, for much longer than a store takes to be seen.
    if !register() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Of linux/membarrier.h.
mod command {
    pub(super) const PRIVATE_EXPEDITED: i32 = 1 << 3;
    pub(super) const REGISTER_PRIVATE_EXPEDITED: i32 = 1 << 4;
}

fn register() -> bool {
    membarrier(command::REGISTER_PRIVATE_EXPEDITED) && membarrier(command::PRIVATE_EXPEDITED)
}

#[cfg(all(target_os = "linux", not(miri)))]
fn membarrier(command: i32) -> bool {
    // SAFETY: the call takes numbers and touches no memory.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
fn membarrier(_: i32) -> bool {
    false
}

/// Has `work` called in every child process, in front of everything else there.
pub(super) fn after_fork(work: extern "C" fn()) {
    #[cfg(all(unix, not(miri)))]
    // SAFETY: the function lives as long as the process: handles are never unmapped, nor is who uses them.
    unsafe {
        libc::pthread_atfork(
            None,
            None,
            Some(std::mem::transmute::<extern "C" fn(), unsafe extern "C" fn()>(work)),
        );
    }
    #[cfg(not(all(unix, not(miri))))]
    let _ = work;
}
