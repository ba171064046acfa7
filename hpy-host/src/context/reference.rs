//! Handles, fields and globals: all of them are object pointers here, and a handle, a stored field
//! and a stored global each own one reference.
//!
//! A field or global comes in by value when it is loaded, so nothing here can order a load against
//! a store in another thread: as with every host of HPy, the module serialises them itself.

use std::ffi::c_int;

use hpy_sys::{HPy, HPyContext, HPyField, HPyGlobal, cpy_PyObject};

use crate::capi::capi;
use crate::door::{handle, pointer};
use crate::interpreter::{self, Kind};

/// A new reference of an object; null stays null.
#[inline(always)]
unsafe fn retain(object: *mut cpy_PyObject) {
    if !object.is_null() {
        // SAFETY: the caller holds the interpreter's lock and hands in a live object.
        unsafe { (capi().Py_IncRef)(object) }
    }
}

/// Gives a reference back; null stays null.
#[inline(always)]
unsafe fn release(object: *mut cpy_PyObject) {
    if !object.is_null() {
        // SAFETY: the caller holds the interpreter's lock and owns the reference.
        unsafe { (capi().Py_DecRef)(object) }
    }
}

unsafe extern "C" fn dup(_ctx: *mut HPyContext, h: HPy) -> HPy {
    // SAFETY: the caller's handle is live.
    unsafe { retain(pointer(h)) };
    h
}

unsafe extern "C" fn close(_ctx: *mut HPyContext, h: HPy) {
    // SAFETY: the caller owns the handle and gives it up.
    unsafe { release(pointer(h)) }
}

unsafe extern "C" fn from_pyobject(_ctx: *mut HPyContext, object: *mut cpy_PyObject) -> HPy {
    // SAFETY: the caller's object is live.
    unsafe { retain(object) };
    handle(object)
}

unsafe extern "C" fn as_pyobject(_ctx: *mut HPyContext, h: HPy) -> *mut cpy_PyObject {
    // SAFETY: the caller's handle is live.
    unsafe { retain(pointer(h)) };
    pointer(h)
}

/// Stores into a field or a global: the new reference first, the old one given back last, since
/// giving it back may run Python code that looks at the place.
unsafe fn store(place: &mut isize, h: HPy) {
    // SAFETY: the caller's handle is live, and the place owns what it held.
    unsafe {
        retain(pointer(h));
        let old = std::mem::replace(place, h._i);
        release(old as *mut cpy_PyObject);
    }
}

unsafe extern "C" fn field_store(
    _ctx: *mut HPyContext,
    _target: HPy,
    field: *mut HPyField,
    h: HPy,
) {
    // SAFETY: the field lies in the target's instance data.
    unsafe { store(&mut (*field)._i, h) }
}

unsafe extern "C" fn field_load(ctx: *mut HPyContext, _source: HPy, field: HPyField) -> HPy {
    // SAFETY: the source is live and so is what its field holds; an empty field gives a null handle.
    unsafe { dup(ctx, HPy { _i: field._i }) }
}

unsafe extern "C" fn global_store(_ctx: *mut HPyContext, global: *mut HPyGlobal, h: HPy) {
    // SAFETY: a global is a static of the module.
    unsafe { store(&mut (*global)._i, h) }
}

unsafe extern "C" fn global_load(ctx: *mut HPyContext, global: HPyGlobal) -> HPy {
    // SAFETY: what a global holds is live; an empty one gives a null handle.
    unsafe { dup(ctx, HPy { _i: global._i }) }
}

/// Whether two handles stand for one object.
///
/// # Safety
/// The interpreter's lock is held, the handles are live.
unsafe fn is_same(ctx: *mut HPyContext, h: HPy, other: HPy) -> bool {
    if h._i == other._i {
        return true;
    }
    if interpreter::get().kind == Kind::CPython {
        return false;
    }
    // Where objects move or are boxed on demand, two pointers may stand for one object.
    let capi = capi();
    // SAFETY: promised by the caller; what is made here is given back here.
    unsafe {
        if let Some(py_is) = capi.Py_Is {
            return py_is(pointer(h), pointer(other)) != 0;
        }
        let answer = super::shim::call_in_module(ctx, c"operator", c"is_", &[h, other]);
        if answer.is_null() {
            (capi.PyErr_Clear)();
            return false;
        }
        let same = (capi.PyObject_IsTrue)(answer);
        (capi.Py_DecRef)(answer);
        same == 1
    }
}

unsafe extern "C" fn is(ctx: *mut HPyContext, h: HPy, other: HPy) -> c_int {
    // SAFETY: the caller's handles are live.
    c_int::from(unsafe { is_same(ctx, h, other) })
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    ctx.ctx_Dup = Some(dup);
    ctx.ctx_Close = Some(close);
    ctx.ctx_FromPyObject = Some(from_pyobject);
    ctx.ctx_AsPyObject = Some(as_pyobject);
    ctx.ctx_Field_Store = Some(field_store);
    ctx.ctx_Field_Load = Some(field_load);
    ctx.ctx_Global_Store = Some(global_store);
    ctx.ctx_Global_Load = Some(global_load);
    ctx.ctx_Is = Some(is);
}
