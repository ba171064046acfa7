//! Bytes.

use std::ffi::{c_char, c_int};

use hpy_sys::{HPY_NULL, HPy, HPyContext};

use super::shim::{fill_shims, is_instance, raise};
use crate::capi::capi;
use crate::door::{handle, pointer};

unsafe extern "C" fn check(ctx: *mut HPyContext, h: HPy) -> c_int {
    // SAFETY: the caller's handle is live, the context is the host's.
    c_int::from(unsafe { is_instance(pointer(h), (*ctx).h_BytesType) })
}

unsafe extern "C" fn from_string_and_size(
    ctx: *mut HPyContext,
    bytes: *const c_char,
    len: isize,
) -> HPy {
    // SAFETY: the caller's bytes are readable; a null pointer is refused.
    unsafe {
        if bytes.is_null() {
            // The C API gives uninitialised bytes to be filled in; a handle cannot be filled in.
            raise(
                (*ctx).h_ValueError,
                c"HPyBytes_FromStringAndSize needs bytes, not NULL",
            );
            return HPY_NULL;
        }
        handle((capi().PyBytes_FromStringAndSize)(bytes, len))
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    // GET_SIZE and AS_STRING promise HPy an exact type, so that a host may skip the check; asking
    // with it costs little.
    fill_shims! { ctx;
        ctx_Bytes_Size(h: HPy) -> isize = PyBytes_Size;
        ctx_Bytes_GET_SIZE(h: HPy) -> isize = PyBytes_Size;
        ctx_Bytes_AsString(h: HPy) -> *const c_char = PyBytes_AsString;
        ctx_Bytes_AS_STRING(h: HPy) -> *const c_char = PyBytes_AsString;
        ctx_Bytes_FromString(bytes: *const c_char) -> HPy = PyBytes_FromString;
    }
    ctx.ctx_Bytes_Check = Some(check);
    ctx.ctx_Bytes_FromStringAndSize = Some(from_string_and_size);
}
