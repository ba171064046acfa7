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

#[cfg(test)]
mod tests {
    use super::*;

    crate::twins! {
        const FALLIBLE = {
            /// Fails for negative numbers.
            safe fn root(x: f64) -> Result<f64, Error> {
                if x < 0.0 { Err(Error::value_error(format!("{x} has no root"))) } else { Ok(x.sqrt()) }
            }
            /// Fails for zero.
            safe fn check(x: u32) -> Result<(), Error> {
                if x == 0 { Err(Error::NoMemory) } else { Ok(()) }
            }
            /// Panics for zero.
            safe fn inverse(x: i8) -> i8 {
                100 / x
            }
        }
    }

    fn words<R>(result: Result<R, Error>) -> String {
        match result {
            Ok(_) => "none".into(),
            Err(Error::New(exception, words)) => format!("{exception:?}: {words}"),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn a_failure_is_told_once() {
        assert_eq!(FALLIBLE.len(), 3);
        assert_eq!(root(4.0), 2.0);
        let failed = root(-1.0);
        assert!(failed.is_nan());
        assert_eq!(words(settled(failed)), "ValueError: -1 has no root");
        assert_eq!(words(settled(failed)), "none");
        check(0);
        assert_eq!(words(settled(())), "MemoryError: ");
        check(1);
        assert_eq!(words(settled(())), "none");
    }

    #[test]
    fn a_panic_is_a_failure() {
        assert_eq!(inverse(0), crate::FAILED);
        assert_eq!(
            words(settled(crate::FAILED)),
            "RuntimeError: internal error (please report it): attempt to divide by zero"
        );
        assert_eq!(inverse(50), 2);
    }

    #[test]
    fn a_result_that_looks_like_a_failure_is_none() {
        assert_eq!(words(settled(crate::FAILED)), "none");
        assert_eq!(words(settled(0_u64)), "none");
    }

    #[test]
    fn a_failure_belongs_to_its_thread() {
        let failed = root(-1.0);
        let elsewhere = std::thread::spawn(move || words(settled(failed)));
        assert_eq!(elsewhere.join().ok().as_deref(), Some("none"));
        assert_eq!(words(settled(failed)), "ValueError: -1 has no root");
    }

    #[test]
    fn the_text_for_c_waits_for_room() {
        let text = "ValueError: -4 has no root";
        root(-4.0);
        let mut out = [0xFF_u8; 64];
        // SAFETY: `out` has more room than is said.
        let ask =
            |out: &mut [u8], room: usize| unsafe { twins_error(out.as_mut_ptr(), room as u64) };
        assert_eq!(ask(&mut out, 0), text.len() as i64);
        assert_eq!(ask(&mut out, text.len()), text.len() as i64);
        assert_eq!(out, [0xFF; 64]);
        assert_eq!(ask(&mut out, text.len() + 1), text.len() as i64);
        assert_eq!(&out[..text.len()], text.as_bytes());
        assert_eq!(out[text.len()..text.len() + 2], [0, 0xFF]);
        assert_eq!(ask(&mut out, 64), 0);
    }
}
