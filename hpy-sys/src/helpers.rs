//! What HPy defines in C as inline functions above the context: written by hand, since a binding
//! generator sees no bodies.
//!
//! The rules of the crate's documentation hold for all of them.

#![allow(
    clippy::useless_conversion,
    reason = "C's long has 32 bits on some systems"
)]

use crate::api::*;
use crate::bindings::*;
use crate::handle::HPY_NULL;
use core::ffi::{c_char, c_int, c_long, c_longlong, c_ulong, c_ulonglong, c_void};
use core::ptr;

/// Makes an instance of a type with native data, and stores the address of that data in `data`.
///
/// Some hosts store a wrong address for instances of Python subclasses: take it from
/// `_HPy_AsStruct_Object` where the type can be subclassed.
#[inline(always)]
pub unsafe fn HPy_New(ctx: *mut HPyContext, h_type: HPy, data: *mut *mut c_void) -> HPy {
    // SAFETY: as the caller promises for the context and the arguments; no slot is empty.
    unsafe { (*ctx).ctx_New.unwrap_unchecked()(ctx, h_type, data) }
}

/// Ends the process with a message.
///
/// # Panics
/// If the host comes back from it.
#[cold]
pub unsafe fn HPy_FatalError(ctx: *mut HPyContext, message: *const c_char) -> ! {
    // SAFETY: as the caller promises for the context and the message; no slot is empty.
    unsafe { (*ctx).ctx_FatalError.unwrap_unchecked()(ctx, message) };
    unreachable!("ctx_FatalError came back");
}

/// A handle with the bits of a pointer.
#[inline(always)]
pub fn HPy_FromVoidP(pointer: *mut c_void) -> HPy {
    HPy {
        _i: pointer.expose_provenance() as isize,
    }
}

/// The bits of a handle as a pointer.
#[inline(always)]
pub fn HPy_AsVoidP(h: HPy) -> *mut c_void {
    ptr::with_exposed_provenance_mut(h._i as usize)
}

/// The pointer in a capsule of that name, or null and an exception.
#[inline]
pub unsafe fn HPyCapsule_GetPointer(
    ctx: *mut HPyContext,
    capsule: HPy,
    name: *const c_char,
) -> *mut c_void {
    // SAFETY: as the caller promises.
    unsafe { HPyCapsule_Get(ctx, capsule, HPyCapsule_key_Pointer, name) }
}

/// The name of a capsule.
#[inline]
pub unsafe fn HPyCapsule_GetName(ctx: *mut HPyContext, capsule: HPy) -> *const c_char {
    // SAFETY: as the caller promises; the name is not looked at for this key.
    unsafe {
        HPyCapsule_Get(ctx, capsule, HPyCapsule_key_Name, ptr::null())
            .cast_const()
            .cast()
    }
}

/// The context pointer of a capsule.
#[inline]
pub unsafe fn HPyCapsule_GetContext(ctx: *mut HPyContext, capsule: HPy) -> *mut c_void {
    // SAFETY: as the caller promises; the name is not looked at for this key.
    unsafe { HPyCapsule_Get(ctx, capsule, HPyCapsule_key_Context, ptr::null()) }
}

/// Replaces the pointer in a capsule.
#[inline]
pub unsafe fn HPyCapsule_SetPointer(
    ctx: *mut HPyContext,
    capsule: HPy,
    pointer: *mut c_void,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Pointer, pointer) }
}

/// Replaces the name of a capsule. The host keeps the pointer, not a copy.
#[inline]
pub unsafe fn HPyCapsule_SetName(ctx: *mut HPyContext, capsule: HPy, name: *const c_char) -> c_int {
    // SAFETY: as the caller promises; hosts only read the name.
    unsafe { HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Name, name.cast_mut().cast()) }
}

/// Replaces the context pointer of a capsule.
#[inline]
pub unsafe fn HPyCapsule_SetContext(
    ctx: *mut HPyContext,
    capsule: HPy,
    context: *mut c_void,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Context, context) }
}

/// Replaces the destructor of a capsule. The host keeps the pointer, not a copy.
#[inline]
pub unsafe fn HPyCapsule_SetDestructor(
    ctx: *mut HPyContext,
    capsule: HPy,
    destructor: *mut HPyCapsule_Destructor,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Destructor, destructor.cast()) }
}

/// Raises an exception made from `errno`. Returns a null handle.
#[inline]
pub unsafe fn HPyErr_SetFromErrno(ctx: *mut HPyContext, h_type: HPy) -> HPy {
    // SAFETY: as the caller promises; null stands for no file name.
    unsafe { HPyErr_SetFromErrnoWithFilenameObjects(ctx, h_type, HPY_NULL, HPY_NULL) }
}

/// Raises an exception made from `errno` and a file name. Returns a null handle.
#[inline]
pub unsafe fn HPyErr_SetFromErrnoWithFilenameObject(
    ctx: *mut HPyContext,
    h_type: HPy,
    filename: HPy,
) -> HPy {
    // SAFETY: as the caller promises; null stands for no file name.
    unsafe { HPyErr_SetFromErrnoWithFilenameObjects(ctx, h_type, filename, HPY_NULL) }
}

/// A tuple of these objects. C takes them as variable arguments, Rust as an array.
#[inline]
pub unsafe fn HPyTuple_Pack<const N: usize>(ctx: *mut HPyContext, mut items: [HPy; N]) -> HPy {
    // SAFETY: as the caller promises for the handles; the array lives until the host has read it.
    unsafe { HPyTuple_FromArray(ctx, items.as_mut_ptr(), N as HPy_ssize_t) }
}

/// Deletes an attribute: 0, or -1 and an exception.
#[inline]
pub unsafe fn HPy_DelAttr(ctx: *mut HPyContext, obj: HPy, name: HPy) -> c_int {
    // SAFETY: as the caller promises; a null value means to delete.
    unsafe { HPy_SetAttr(ctx, obj, name, HPY_NULL) }
}

/// Deletes an attribute: 0, or -1 and an exception.
#[inline]
pub unsafe fn HPy_DelAttr_s(ctx: *mut HPyContext, obj: HPy, utf8_name: *const c_char) -> c_int {
    // SAFETY: as the caller promises; a null value means to delete.
    unsafe { HPy_SetAttr_s(ctx, obj, utf8_name, HPY_NULL) }
}

/// An `int`.
#[inline]
pub unsafe fn HPyLong_FromLong(ctx: *mut HPyContext, value: c_long) -> HPy {
    // SAFETY: as the caller promises.
    unsafe { HPyLong_FromInt64_t(ctx, i64::from(value)) }
}

/// An `int`.
#[inline]
pub unsafe fn HPyLong_FromUnsignedLong(ctx: *mut HPyContext, value: c_ulong) -> HPy {
    // SAFETY: as the caller promises.
    unsafe { HPyLong_FromUInt64_t(ctx, u64::from(value)) }
}

/// An `int`.
#[inline]
pub unsafe fn HPyLong_FromLongLong(ctx: *mut HPyContext, value: c_longlong) -> HPy {
    // SAFETY: as the caller promises.
    unsafe { HPyLong_FromInt64_t(ctx, value) }
}

/// An `int`.
#[inline]
pub unsafe fn HPyLong_FromUnsignedLongLong(ctx: *mut HPyContext, value: c_ulonglong) -> HPy {
    // SAFETY: as the caller promises.
    unsafe { HPyLong_FromUInt64_t(ctx, value) }
}

/// Whether `long` is narrower than 64 bits, so that the range to be checked is another one.
const LONG_IS_32_BITS: bool = size_of::<c_long>() == size_of::<i32>();

/// The value of an `int`, or of what `__index__` gives. -1 may mean an exception.
#[inline]
pub unsafe fn HPyLong_AsLong(ctx: *mut HPyContext, h: HPy) -> c_long {
    // SAFETY: as the caller promises.
    unsafe {
        if LONG_IS_32_BITS {
            HPyLong_AsInt32_t(ctx, h) as c_long
        } else {
            HPyLong_AsInt64_t(ctx, h) as c_long
        }
    }
}

/// The value of an `int`. The largest number may mean an exception.
#[inline]
pub unsafe fn HPyLong_AsUnsignedLong(ctx: *mut HPyContext, h: HPy) -> c_ulong {
    // SAFETY: as the caller promises.
    unsafe {
        if LONG_IS_32_BITS {
            HPyLong_AsUInt32_t(ctx, h) as c_ulong
        } else {
            HPyLong_AsUInt64_t(ctx, h) as c_ulong
        }
    }
}

/// The low bits of an `int`, whatever its size.
#[inline]
pub unsafe fn HPyLong_AsUnsignedLongMask(ctx: *mut HPyContext, h: HPy) -> c_ulong {
    // SAFETY: as the caller promises.
    unsafe {
        if LONG_IS_32_BITS {
            HPyLong_AsUInt32_tMask(ctx, h) as c_ulong
        } else {
            HPyLong_AsUInt64_tMask(ctx, h) as c_ulong
        }
    }
}

/// The value of an `int`, or of what `__index__` gives. -1 may mean an exception.
#[inline]
pub unsafe fn HPyLong_AsLongLong(ctx: *mut HPyContext, h: HPy) -> c_longlong {
    // SAFETY: as the caller promises.
    unsafe { HPyLong_AsInt64_t(ctx, h) }
}

/// The value of an `int`. The largest number may mean an exception.
#[inline]
pub unsafe fn HPyLong_AsUnsignedLongLong(ctx: *mut HPyContext, h: HPy) -> c_ulonglong {
    // SAFETY: as the caller promises.
    unsafe { HPyLong_AsUInt64_t(ctx, h) }
}

/// The low bits of an `int`, whatever its size.
#[inline]
pub unsafe fn HPyLong_AsUnsignedLongLongMask(ctx: *mut HPyContext, h: HPy) -> c_ulonglong {
    // SAFETY: as the caller promises.
    unsafe { HPyLong_AsUInt64_tMask(ctx, h) }
}

/// `True` for every number but 0.
#[inline]
pub unsafe fn HPyBool_FromLong(ctx: *mut HPyContext, value: c_long) -> HPy {
    // SAFETY: as the caller promises.
    unsafe { HPyBool_FromBool(ctx, value != 0) }
}

/// Clips the bounds of a slice to a sequence of `length` elements, and returns how many it selects.
///
/// # Panics
/// If `step` is 0.
pub fn HPySlice_AdjustIndices(
    length: HPy_ssize_t,
    start: &mut HPy_ssize_t,
    stop: &mut HPy_ssize_t,
    step: HPy_ssize_t,
) -> HPy_ssize_t {
    assert!(step != 0, "the step of a slice cannot be 0");
    // Backwards, a bound may stand before the first element, but not behind the last.
    let (lowest, highest) = if step < 0 {
        (-1, length - 1)
    } else {
        (0, length)
    };
    for bound in [&mut *start, &mut *stop] {
        *bound = if *bound < 0 {
            (*bound + length).max(lowest)
        } else {
            (*bound).min(highest)
        };
    }
    let distance = if step < 0 {
        *start - *stop
    } else {
        *stop - *start
    };
    if distance <= 0 {
        return 0;
    }
    distance.unsigned_abs().div_ceil(step.unsigned_abs()) as HPy_ssize_t
}

/// Calls a method with a tuple and a dict (or null).
pub unsafe fn HPy_CallMethodTupleDict(
    ctx: *mut HPyContext,
    name: HPy,
    receiver: HPy,
    args: HPy,
    kw: HPy,
) -> HPy {
    // SAFETY: as the caller promises; the method is a handle of ours, closed at the end.
    unsafe { call_and_close(ctx, HPy_GetAttr(ctx, receiver, name), args, kw) }
}

/// Calls a method with a tuple and a dict (or null).
pub unsafe fn HPy_CallMethodTupleDict_s(
    ctx: *mut HPyContext,
    utf8_name: *const c_char,
    receiver: HPy,
    args: HPy,
    kw: HPy,
) -> HPy {
    // SAFETY: as the caller promises; the method is a handle of ours, closed at the end.
    unsafe { call_and_close(ctx, HPy_GetAttr_s(ctx, receiver, utf8_name), args, kw) }
}

/// # Safety
/// As everywhere here; `method` may be null after an exception, otherwise it is given away.
unsafe fn call_and_close(ctx: *mut HPyContext, method: HPy, args: HPy, kw: HPy) -> HPy {
    if method.is_null() {
        return HPY_NULL;
    }
    // SAFETY: as the caller promises; `method` is not used after it is closed.
    unsafe {
        let result = HPy_CallTupleDict(ctx, method, args, kw);
        HPy_Close(ctx, method);
        result
    }
}

/// Makes a type and stores it as an attribute: 1, or 0 and an exception.
pub unsafe fn HPyHelpers_AddType(
    ctx: *mut HPyContext,
    obj: HPy,
    name: *const c_char,
    spec: *mut HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> c_int {
    // SAFETY: as the caller promises; the type is a handle of ours, closed at the end.
    unsafe {
        let made = HPyType_FromSpec(ctx, spec, params);
        if made.is_null() {
            return 0;
        }
        let result = HPy_SetAttr_s(ctx, obj, name, made);
        HPy_Close(ctx, made);
        c_int::from(result == 0)
    }
}

/// Shows a field to a traversing collector. Whoever gets a number other than 0 returns it.
#[inline]
pub unsafe fn HPy_VISIT(field: *mut HPyField, visit: HPyFunc_visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the caller passes a field of its own, and what the collector gave it.
    unsafe {
        if (*field).is_null() {
            0
        } else {
            visit.unwrap_unchecked()(field, arg)
        }
    }
}
