//! Types: `HPyType_FromSpec` and what goes with it.
use std::ffi::c_void;

use hpy_sys::*;

use crate::capi::PyObject;

pub(crate) fn fill(_ctx: &mut HPyContext) {}

/// Instance data.
pub(crate) unsafe fn data(_object: *mut PyObject) -> *mut c_void {
    unreachable!()
}
