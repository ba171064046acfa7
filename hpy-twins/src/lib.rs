#![doc = include_str!("../README.md")]

pub mod error;
mod macros;
mod plain;
mod python;
mod table;

pub use error::Outcome;
pub use plain::{FAILED, MOST_ARGUMENTS, Plain, PlainResult, Signature};
pub use python::{Argument, Given};
pub use table::{Function, MAGIC, METHOD, Table, Twin, UNCHECKED};

/// For the macros.
#[doc(hidden)]
pub mod internal {
    pub use crate::error::{ERRORS, guarded};
    pub use crate::python::{give, positional, take, text};
    pub use crate::table::{cleaned, flags_of, is_symbol_of, joined, total, version};
    pub use hpy_host::door::Door;
    pub use hpy_host::{bind, define};
    pub use hpy_sys::{HPy, HPyDef};
}
