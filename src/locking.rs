//! Taking an array's lock from Python code without ever blocking the interpreter.
//!
//! Under an interpreter lock, appends that hold it are plain stores: they need to know that nobody
//! else is inside. So the array's own lock is only ever taken while the interpreter's is held, and
//! whoever finds it taken leaves Python before waiting.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use chunkarray_core::{Exclusive, RawArray};
use hpy_host::define::{Error, Exception};
use hpy_host::door::Door;
use hpy_sys::{HPy_LeavePythonExecution, HPy_ReenterPythonExecution, HPyThreadState};

/// Copies of this many bytes and more run without the interpreter's lock.
pub const LONG: usize = 1 << 18;

/// Runs `work` outside of Python: others may run meanwhile, no interpreter call may be made.
pub fn outside<D: Door, R>(door: D, work: impl FnOnce() -> R) -> R {
    away(door, |_| work())
}

/// The same, for work that comes by in Python now and then.
pub fn away<D: Door, R>(door: D, work: impl FnOnce(&Away<D>) -> R) -> R {
    // SAFETY: the state goes back to the same thread, and a panic in `work` is held up until Python
    // was entered again.
    unsafe {
        let state = Cell::new(HPy_LeavePythonExecution(door.ctx()));
        let away = Away { door, state };
        let result = catch_unwind(AssertUnwindSafe(|| work(&away)));
        HPy_ReenterPythonExecution(door.ctx(), away.state.get());
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// A thread that has left Python. It stays on that thread.
pub struct Away<D> {
    door: D,
    state: Cell<HPyThreadState>,
}

impl<D: Door> Away<D> {
    /// Runs `work` in Python. No core lock may be held.
    pub fn inside<R>(&self, work: impl FnOnce(D) -> R) -> R {
        // SAFETY: as in `away`, the other way round.
        unsafe {
            HPy_ReenterPythonExecution(self.door.ctx(), self.state.get());
            let result = catch_unwind(AssertUnwindSafe(|| work(self.door)));
            self.state.set(HPy_LeavePythonExecution(self.door.ctx()));
            result.unwrap_or_else(|panic| resume_unwind(panic))
        }
    }
}

/// How long the array's lock will be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// For a push, a pop, a small copy: others spin meanwhile.
    Briefly,
    /// For work outside of Python: others sleep meanwhile.
    Long,
}

/// The array's lock: appends and whoever else wants it wait until it is dropped.
pub fn exclusive<D: Door>(door: D, raw: &RawArray, hold: Hold) -> Exclusive<'_> {
    loop {
        let guard = match hold {
            Hold::Briefly => raw.try_lock_briefly(),
            Hold::Long => raw.try_lock(),
        };
        if let Some(guard) = guard {
            return guard;
        }
        if !door.has_gil() {
            // Nobody appends without the lock here, so there is no need to come back and try again,
            // with bad luck for ever.
            return outside(door, || raw.lock());
        }
        outside(door, || raw.wait_until_idle());
    }
}

/// The Python exception for an error of the core.
#[cold]
pub fn raised(error: chunkarray_core::Error) -> Error {
    use chunkarray_core::Error as Core;
    let exception = match error {
        Core::OutOfMemory { .. } => return Error::NoMemory,
        Core::IndexOutOfRange { .. }
        | Core::NoSuchElement { .. }
        | Core::MaskLength { .. }
        | Core::Dropped { .. }
        | Core::Gone { .. }
        | Core::Empty => Exception::IndexError,
        Core::InTransaction
        | Core::OutOfOrder { .. }
        | Core::ExclusiveInUse
        | Core::AppenderOpen
        | Core::AppenderClosed
        | Core::NotTheAppendersThread => Exception::RuntimeError,
        Core::ArenaInUse { .. } => Exception::BufferError,
        Core::Unordered => Exception::TypeError,
        error if error.is_memory() => Exception::MemoryError,
        _ => Exception::ValueError,
    };
    Error::New(exception, error.to_string())
}
