//! Context variables.

use std::ffi::c_char;
use std::ptr;

use hpy_sys::{HPY_NULL, HPy, HPyContext};

use super::shim::fill_shims;
use crate::capi::capi;
use crate::door::{handle, pointer};
use crate::interpreter::{self, Kind};

unsafe extern "C" fn get(
    _ctx: *mut HPyContext,
    variable: HPy,
    default: HPy,
    result: *mut HPy,
) -> i32 {
    let mut value = ptr::null_mut();
    // SAFETY: the caller's handles are live (the default may be null), its result can be written.
    unsafe {
        let status = (capi().PyContextVar_Get)(pointer(variable), pointer(default), &mut value);
        // GraalPy tells of success, and leaves a value, where it has set an exception.
        let failed = status < 0
            || interpreter::get().kind == Kind::GraalPy && !(capi().PyErr_Occurred)().is_null();
        *result = if failed { HPY_NULL } else { handle(value) };
        if failed { -1 } else { status }
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_ContextVar_New(name: *const c_char, default: HPy) -> HPy = PyContextVar_New;
        ctx_ContextVar_Set(variable: HPy, value: HPy) -> HPy = PyContextVar_Set;
    }
    ctx.ctx_ContextVar_Get = Some(get);
}
