//! What twins answer where something is wrong.

use std::ffi::{CStr, c_char};

use chunkarray_core::Error;

/// Why a twin did nothing. Below zero, so that it fits beside every result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    BadHandle = -1,
    WrongType = -2,
    Index = -3,
    NoMemory = -4,
    Frozen = -5,
    Closed = -6,
    AppenderOpen = -7,
    Busy = -8,
    Empty = -9,
    BadArgument = -10,
    InTransaction = -11,
    InUse = -12,
    Panic = hpy_twins::FAILED as i32,
}

use Status::*;

/// Each status with its name and what to tell people.
const ALL: [(Status, &CStr, &CStr); 13] = [
    (
        BadHandle,
        c"BAD_HANDLE",
        c"not the handle of such an object, or the object is gone",
    ),
    (
        WrongType,
        c"WRONG_TYPE",
        c"the elements are of another type",
    ),
    (Index, c"INDEX", c"there is no such element"),
    (NoMemory, c"NO_MEMORY", c"the system refused the memory"),
    (Frozen, c"FROZEN", c"the array is frozen"),
    (Closed, c"CLOSED", c"the object is closed"),
    (
        AppenderOpen,
        c"APPENDER_OPEN",
        c"an appender of the array is open, or not the one that is needed",
    ),
    (Busy, c"BUSY", c"another thread is at work on the object"),
    (Empty, c"EMPTY", c"there is no element"),
    (
        BadArgument,
        c"BAD_ARGUMENT",
        c"an argument is out of range, or null",
    ),
    (
        InTransaction,
        c"IN_TRANSACTION",
        c"a transaction is in the way, or there is none",
    ),
    (
        InUse,
        c"IN_USE",
        c"somebody still uses the object or its memory",
    ),
    (
        Panic,
        c"PANIC",
        c"a bug in chunkarray: the operation broke off",
    ),
];

impl From<Error> for Status {
    #[cold]
    fn from(error: Error) -> Status {
        match error {
            Error::IndexOutOfRange { .. }
            | Error::NoSuchElement { .. }
            | Error::Dropped { .. }
            | Error::Gone { .. } => Index,
            Error::Frozen => Frozen,
            Error::Closed | Error::ArenaClosed => Closed,
            Error::AppenderOpen | Error::NotTheAppendersThread | Error::AppenderClosed => {
                AppenderOpen
            }
            Error::InTransaction | Error::OutOfOrder { .. } => InTransaction,
            Error::ExclusiveInUse | Error::ArenaInUse { .. } => InUse,
            Error::Empty => Empty,
            Error::SizeMismatch { .. } | Error::Unordered => WrongType,
            error if error.is_memory() => NoMemory,
            _ => BadArgument,
        }
    }
}

/// What the body of a twin comes to.
pub type Answer<T> = Result<T, Status>;

/// A result of type S8: what `work` gives, or a status.
#[inline(always)]
pub fn number(work: impl FnOnce() -> Answer<usize>) -> i64 {
    match work() {
        Ok(number) => number as i64,
        Err(status) => status as i64,
    }
}

/// A result of type S4: 0, or a status.
#[inline(always)]
pub fn done(work: impl FnOnce() -> Answer<()>) -> i32 {
    match work() {
        Ok(()) => 0,
        Err(status) => status as i32,
    }
}

/// A result of type S4: 1 for yes, 0 for no, or a status.
#[inline(always)]
pub fn truth(work: impl FnOnce() -> Answer<bool>) -> i32 {
    match work() {
        Ok(truth) => truth.into(),
        Err(status) => status as i32,
    }
}

fn text_of(
    status: i32,
    choose: impl Fn(&(Status, &'static CStr, &'static CStr)) -> &'static CStr,
) -> *const c_char {
    ALL.iter()
        .find(|row| row.0 as i32 == status)
        .map_or(std::ptr::null(), |row| choose(row).as_ptr())
}

hpy_twins::twins! {
    /// Texts for people.
    pub const TEXTS = {
        /// What a negative result means, in English. Static text; null where there is no such status.
        safe fn error_text(status: i32) -> *const c_char {
            text_of(status, |row| row.2)
        }

        /// The name of a negative result, such as "INDEX". Static text; null where there is no such status.
        safe fn error_name(status: i32) -> *const c_char {
            text_of(status, |row| row.1)
        }

        /// The name of the id of an entry in an extension table, such as "HANDLE"; ids count from 1. Static text; null
        /// where there is no such id.
        safe fn extension_name(id: u64) -> *const c_char {
            super::objects::extension_name(id)
        }
    }
}
