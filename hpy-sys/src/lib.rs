//! Raw bindings to the HPy 0.9 universal ABI.
#![no_std]

#[allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    reason = "generated, with the names of C; what they mean is in HPy's documentation"
)]
#[rustfmt::skip]
mod bindings;
mod handle;

pub use bindings::*;
pub use handle::{HPY_NULL, HPYFIELD_NULL, HPYGLOBAL_NULL};

/// The major version of the ABI: what `get_required_hpy_major_version_<module>` returns.
pub const ABI_VERSION: u32 = HPY_ABI_VERSION;

/// The minor version of the ABI: what `get_required_hpy_minor_version_<module>` returns.
pub const ABI_VERSION_MINOR: u32 = HPY_ABI_VERSION_MINOR;
