//! Instances: `HPy_New`.

use std::ffi::c_void;
use std::ptr::null_mut;

use hpy_sys::*;

use super::info::{AllocFunction, lookup, lookup_nearest};
use super::{PY_TP_ALLOC, raise};
use crate::capi::{PyObject, capi};
use crate::door::{handle, pointer};

/// Whether the object is a type.
///
/// # Safety
/// The caller keeps HPy's rules: a live handle, the interpreter's lock.
pub(super) unsafe fn is_type(ctx: *mut HPyContext, h: HPy) -> bool {
    let api = capi();
    // SAFETY: promised by the caller; the new reference is given back.
    unsafe {
        let kind = (api.PyObject_Type)(pointer(h));
        if kind.is_null() {
            (api.PyErr_Clear)();
            return false;
        }
        let answer = (api.PyType_IsSubtype)(kind, pointer((*ctx).h_TypeType)) != 0;
        (api.Py_DecRef)(kind);
        answer
    }
}

/// `HPy_New`: a zeroed instance, and its data through `data`.
pub(super) unsafe extern "C" fn new(
    ctx: *mut HPyContext,
    h_type: HPy,
    data: *mut *mut c_void,
) -> HPy {
    let kind = pointer(h_type);
    // SAFETY: the caller keeps HPy's rules.
    unsafe {
        let (info, alloc) = match lookup(kind) {
            Some(info) => (Some(info), info.alloc),
            None if is_type(ctx, h_type) => (lookup_nearest(kind), alloc_of(kind)),
            None => {
                raise((*ctx).h_TypeError, c"HPy_New arg 1 must be a type");
                return HPY_NULL;
            }
        };
        let Some(alloc) = alloc else {
            raise(
                (*ctx).h_TypeError,
                c"HPy_New arg 1 must be a type with instances",
            );
            return HPY_NULL;
        };
        // The allocator zeroes, counts the type and has the collector track the instance.
        let object = alloc(kind, 0);
        if object.is_null() {
            return HPY_NULL;
        }
        let offset = info.map_or(0, |info| info.data_offset);
        *data = object.cast::<u8>().add(offset).cast();
        handle(object)
    }
}

/// `HPyType_GenericNew`: a zeroed instance, whatever the arguments.
pub(super) unsafe extern "C" fn generic_new(
    ctx: *mut HPyContext,
    h_type: HPy,
    _args: *const HPy,
    _nargs: HPy_ssize_t,
    _kw: HPy,
) -> HPy {
    let mut data = null_mut();
    // SAFETY: the caller keeps HPy's rules.
    unsafe { new(ctx, h_type, &raw mut data) }
}

/// `tp_alloc` of a heap type.
///
/// # Safety
/// `kind` is a live type and the C API is loaded.
pub(super) unsafe fn alloc_of(kind: *mut PyObject) -> Option<AllocFunction> {
    // SAFETY: promised by the caller; the slot holds a function of this signature or null.
    unsafe {
        let function = (capi().PyType_GetSlot)(kind, PY_TP_ALLOC);
        std::mem::transmute::<*mut c_void, Option<AllocFunction>>(function)
    }
}
