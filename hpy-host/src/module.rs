//! Making a module out of its definition.

use std::ffi::CStr;

use hpy_sys::{HPyContext, HPyModuleDef};

use crate::capi::PyObject;

/// Starts the host and makes a module; what `PyInit_<name>` returns.
///
/// # Safety
/// Called by an interpreter that imports the module.
pub unsafe fn init_module(
    _name: &CStr,
    _def: *mut HPyModuleDef,
    _init_global: unsafe extern "C" fn(*mut HPyContext),
) -> *mut PyObject {
    std::ptr::null_mut()
}
