//! How a twin fails.
//!
//! The body of a twin may give back a `Result<T, hpy_host::define::Error>` where its C function gives back
//! a `T`. A failure is remembered for the thread, and the function returns
//! [`FAILURE`](crate::PlainResult::FAILURE). So does one whose body panicked. That value may be a proper
//! result as well; whoever gets it and wants to be sure asks the table's entry `twins_error`, which every
//! table has:
//!
//! ```c
//! int64_t twins_error(char *out, uint64_t room);
//! ```
//!
//! It writes what went wrong last on the calling thread as `ValueError: the words`, with a 0 at the end,
//! and forgets it. It returns the bytes of the text without that 0; nothing is written and nothing
//! forgotten where they don't fit into `room`. It returns 0 where nothing went wrong.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hpy_host::define::{Error, Exception};

use crate::PlainResult;

thread_local! {
    static LAST: RefCell<Option<(Exception, String)>> = const { RefCell::new(None) };
}

/// What the body of a twin gives back: a plain value, nothing, or a `Result` of them.
pub trait Outcome {
    /// What its C function gives back.
    type Value: PlainResult;
    /// The value, or why there is none.
    fn settle(self) -> Result<Self::Value, Error>;
}

impl<T: PlainResult> Outcome for T {
    type Value = T;
    #[inline(always)]
    fn settle(self) -> Result<T, Error> {
        Ok(self)
    }
}

impl<T: PlainResult> Outcome for Result<T, Error> {
    type Value = T;
    #[inline(always)]
    fn settle(self) -> Result<T, Error> {
        self
    }
}

/// Runs the body of a twin.
#[doc(hidden)]
#[inline(always)]
pub fn guarded<O: Outcome>(body: impl FnOnce() -> O) -> O::Value {
    match catch_unwind(AssertUnwindSafe(|| body().settle())) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => {
            remember(error);
            O::Value::FAILURE
        }
        Err(panic) => {
            panicked(panic);
            O::Value::FAILURE
        }
    }
}

#[cold]
#[inline(never)]
fn remember(error: Error) {
    let error = match error {
        Error::New(exception, words) => (exception, words),
        Error::NoMemory => (Exception::MemoryError, String::new()),
        Error::Raised => (
            Exception::RuntimeError,
            "a twin knows no interpreter that could hold its exception".into(),
        ),
    };
    // A thread that ends has nobody left to tell.
    let _ = LAST.try_with(|last| *last.borrow_mut() = Some(error));
}

#[cold]
#[inline(never)]
fn panicked(panic: Box<dyn Any + Send>) {
    let what = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown");
    let words = format!("internal error (please report it): {what}");
    // What was thrown may throw again when it is dropped.
    std::mem::forget(panic);
    remember(Error::New(Exception::RuntimeError, words));
}

fn take() -> Option<(Exception, String)> {
    LAST.try_with(|last| last.borrow_mut().take())
        .ok()
        .flatten()
}

/// The result of a twin, or why there is none. To be asked on the thread that called it.
#[inline(always)]
pub fn settled<R: PlainResult>(value: R) -> Result<R, Error> {
    if value.may_be_failure()
        && let Some((exception, words)) = take()
    {
        return Err(Error::New(exception, words));
    }
    Ok(value)
}

crate::twins! {
    /// The entry that every table has.
    pub const ERRORS = {
        /// What went wrong last on this thread, as `ValueError: the words`, and forgets it.
        ///
        /// Writes the text with a 0 at its end to `out`, which has `room` bytes, and gives the bytes of the
        /// text; 0 where nothing went wrong. Where it doesn't fit, nothing is written and nothing forgotten.
        /// A function of this table that failed gave back -13, NaN, 0 or null: these may be results too,
        /// and this tells them apart.
        unsafe fn twins_error(out: *mut u8, room: u64) -> i64 {
            let Some((exception, words)) = take() else {
                return 0;
            };
            let text = format!("{exception:?}: {words}");
            if out.is_null() || room <= text.len() as u64 {
                remember(Error::New(exception, words));
            } else {
                // SAFETY: the caller has `room` bytes there, more than the text has.
                unsafe {
                    out.copy_from_nonoverlapping(text.as_ptr(), text.len());
                    out.add(text.len()).write(0);
                }
            }
            text.len() as i64
        }
    }
}
