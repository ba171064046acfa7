//! Freeing.
use std::ffi::{c_int, c_void};

use hpy_sys::*;

use crate::capi::PyObject;

pub(crate) unsafe fn visit_fields(
    _function: unsafe extern "C" fn(*mut c_void, HPyFunc_visitproc, *mut c_void) -> c_int,
    _data: *mut c_void,
    _visit: unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int,
    _arg: *mut c_void,
) -> c_int {
    0
}
