#![doc = include_str!("../README.md")]

mod guard;
mod macros;
mod plain;
mod table;

pub use plain::{MOST_ARGUMENTS, PANICKED, Plain, PlainResult, Signature};
pub use table::{Function, MAGIC, METHOD, Table, Twin, UNCHECKED};

/// For the macros.
#[doc(hidden)]
pub mod internal {
    pub use crate::guard::guarded;
    pub use crate::table::{cleaned, flags_of, is_symbol_of, joined, total, version};
}
