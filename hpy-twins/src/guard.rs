//! Keeps panics out of C.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::PlainResult;

/// Runs the body of a twin. A panic has been reported by the panic hook when it ends here.
#[inline(always)]
pub fn guarded<R: PlainResult>(body: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        // What was thrown may panic again when it is dropped.
        std::mem::forget(panic);
        R::AFTER_PANIC
    })
}
