//! Capsules.
//!
//! A destructor comes as a pair, and the interpreter gets its C-API half: the module's trampoline,
//! which calls back through the context with the capsule.

#![allow(
    non_upper_case_globals,
    reason = "HPy's constants are matched by their own names"
)]

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use hpy_sys::{
    _HPyCapsule_key, HPY_NULL, HPy, HPyCapsule_Destructor, HPyCapsule_key_Context,
    HPyCapsule_key_Destructor, HPyCapsule_key_Name, HPyCapsule_key_Pointer, HPyContext,
    cpy_PyObject,
};

use super::shim::{fill_shims, raise};
use crate::capi::capi;
use crate::door::{handle, pointer};

/// The C API's half of a destructor (`Some(None)` for no destructor at all), or `None` with an
/// exception set when a half is missing.
unsafe fn trampoline(
    ctx: *mut HPyContext,
    destructor: *const HPyCapsule_Destructor,
) -> Option<Option<unsafe extern "C" fn(*mut cpy_PyObject)>> {
    // SAFETY: the caller's pointer is null or points at a destructor.
    unsafe {
        let Some(destructor) = destructor.as_ref() else {
            return Some(None);
        };
        if destructor.cpy_trampoline.is_none() || destructor.impl_.is_none() {
            raise(
                (*ctx).h_ValueError,
                c"a capsule's destructor needs a function and a trampoline",
            );
            return None;
        }
        Some(destructor.cpy_trampoline)
    }
}

unsafe extern "C" fn new(
    ctx: *mut HPyContext,
    address: *mut c_void,
    name: *const c_char,
    destructor: *mut HPyCapsule_Destructor,
) -> HPy {
    // SAFETY: the name and the destructor live as long as the capsule, by HPy's rules.
    unsafe {
        match trampoline(ctx, destructor) {
            Some(destructor) => handle((capi().PyCapsule_New)(address, name, destructor)),
            None => HPY_NULL,
        }
    }
}

unsafe extern "C" fn get(
    ctx: *mut HPyContext,
    capsule: HPy,
    key: _HPyCapsule_key,
    name: *const c_char,
) -> *mut c_void {
    let capi = capi();
    let capsule = pointer(capsule);
    // SAFETY: the caller's handle is live.
    unsafe {
        match key {
            HPyCapsule_key_Pointer => (capi.PyCapsule_GetPointer)(capsule, name),
            HPyCapsule_key_Name => (capi.PyCapsule_GetName)(capsule) as *mut c_void,
            HPyCapsule_key_Context => (capi.PyCapsule_GetContext)(capsule),
            _ => {
                raise(
                    (*ctx).h_ValueError,
                    c"this part of a capsule cannot be read",
                );
                ptr::null_mut()
            }
        }
    }
}

unsafe extern "C" fn set(
    ctx: *mut HPyContext,
    capsule: HPy,
    key: _HPyCapsule_key,
    value: *mut c_void,
) -> c_int {
    let capi = capi();
    let capsule = pointer(capsule);
    // SAFETY: the caller's handle is live, and the value is what the key asks for.
    unsafe {
        match key {
            HPyCapsule_key_Pointer => (capi.PyCapsule_SetPointer)(capsule, value),
            HPyCapsule_key_Name => (capi.PyCapsule_SetName)(capsule, value as *const c_char),
            HPyCapsule_key_Context => (capi.PyCapsule_SetContext)(capsule, value),
            HPyCapsule_key_Destructor => match trampoline(ctx, value.cast_const().cast()) {
                Some(destructor) => (capi.PyCapsule_SetDestructor)(capsule, destructor),
                None => -1,
            },
            _ => {
                raise((*ctx).h_ValueError, c"a capsule has no such part");
                -1
            }
        }
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_Capsule_IsValid(capsule: HPy, name: *const c_char) -> c_int = PyCapsule_IsValid;
    }
    ctx.ctx_Capsule_New = Some(new);
    ctx.ctx_Capsule_Get = Some(get);
    ctx.ctx_Capsule_Set = Some(set);
}
