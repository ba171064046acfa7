//! Raw bindings to the universal ABI of [HPy](https://hpyproject.org) 0.9.
//!
//! HPy has no library to link: a host hands a table of handles and functions, the
//! [`HPyContext`], to a module, and a module hands tables of definitions to the host. This crate
//! has both sides' types, and a function for every entry of the context, under the name it has in
//! C. So it serves whoever writes a module, and whoever writes a host.
//!
//! - the types and constants of the headers, as bindgen sees them. C's enums are plain numbers
//!   here, because the values come from foreign code;
//! - the functions: `HPyFloat_AsDouble(ctx, h)` calls the slot `ctx_Float_AsDouble`. Constants are
//!   read from the context: `(*ctx).h_None`;
//! - [`Layout`]: hosts that all say "ABI 0.0" do not agree on where 19 of the functions are. The
//!   functions of this crate find them everywhere; read those slots through no other way;
//! - [`SLOTS`] and [`for_each_slot!`]: the context as data, for hosts.
//!
//! What C compiles into each module as a helper with variable arguments (`HPyArg_Parse`,
//! `HPy_BuildValue`, `HPyErr_Format`) is not here, nor are the macros that define trampolines.
//!
//! # Safety
//! For every function that takes a context:
//! - `ctx` is the context that the host gave to the running call, and none of its functions is null;
//! - handles are open, belong to that context, and are null only where HPy allows it;
//! - pointers are valid for what HPy's documentation says about the function, strings end in 0;
//! - the thread is allowed to call the interpreter: not between `HPy_LeavePythonExecution` and
//!   `HPy_ReenterPythonExecution`, but for the latter itself.
#![no_std]
#![allow(
    non_camel_case_types,
    non_snake_case,
    clippy::missing_safety_doc,
    reason = "the names are those of C, and one set of rules, above, holds for all functions"
)]

#[rustfmt::skip]
#[allow(
    missing_docs,
    clippy::undocumented_unsafe_blocks,
    reason = "generated: each function passes its arguments on, under the rules above"
)]
mod api;
#[rustfmt::skip]
#[allow(
    missing_docs,
    non_upper_case_globals,
    reason = "generated: what the names mean is in HPy's documentation"
)]
mod bindings;
mod handle;
mod helpers;
mod layout;
#[rustfmt::skip]
mod slots;

pub use api::*;
pub use bindings::*;
pub use handle::{HPY_NULL, HPYFIELD_NULL, HPYGLOBAL_NULL};
pub use helpers::*;
pub use layout::{Layout, Slot};
pub use slots::SLOTS;

/// The major version of the ABI: what `get_required_hpy_major_version_<module>` returns.
pub const ABI_VERSION: u32 = HPY_ABI_VERSION;

/// The minor version of the ABI: what `get_required_hpy_minor_version_<module>` returns.
pub const ABI_VERSION_MINOR: u32 = HPY_ABI_VERSION_MINOR;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
