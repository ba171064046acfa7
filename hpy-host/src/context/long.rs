//! Integers.
//!
//! HPy gives the rules of CPython 3.10 and later, and gives them everywhere:
//! - signed conversions and the masking ones take what has `__index__`, and refuse floats;
//! - unsigned conversions, sizes, pointers and doubles take an int (or a subclass) only.
//!
//! Older and other interpreters are looser (3.9 turns 3.7 into 3 with a warning) or ask in other
//! ways, so there the object is first made into what the conversion is defined for.

use std::ffi::{c_long, c_void};
use std::ptr;

use hpy_sys::{HPy, HPyContext, cpy_PyObject};

use super::shim::{fill_shims, is_instance, raise};
use crate::capi::capi;
use crate::door::pointer;
use crate::interpreter::{self, Kind};

/// Whether the interpreter's own conversions have exactly the rules above.
#[inline(always)]
fn exact_rules() -> bool {
    let interpreter = interpreter::get();
    interpreter.kind == Kind::CPython && interpreter.version >= (3, 10, 0)
}

/// Converts what has `__index__`.
#[inline(always)]
unsafe fn of_index<T>(h: HPy, failure: T, convert: impl FnOnce(*mut cpy_PyObject) -> T) -> T {
    if exact_rules() {
        return convert(pointer(h));
    }
    let capi = capi();
    // SAFETY: the caller's handle is live; the new reference is given back.
    unsafe {
        let int = (capi.PyNumber_Index)(pointer(h));
        if int.is_null() {
            return failure;
        }
        let value = convert(int);
        (capi.Py_DecRef)(int);
        value
    }
}

/// Converts an int or an instance of a subclass.
#[inline(always)]
unsafe fn of_int<T>(
    ctx: *mut HPyContext,
    h: HPy,
    failure: T,
    convert: impl FnOnce(*mut cpy_PyObject) -> T,
) -> T {
    // SAFETY: the caller's handle is live, the context is the host's.
    unsafe {
        if !exact_rules() && !is_instance(pointer(h), (*ctx).h_LongType) {
            raise((*ctx).h_TypeError, c"an integer is required");
            return failure;
        }
    }
    convert(pointer(h))
}

/// Whether a conversion that gave its failure value has really failed.
#[inline(always)]
fn failed() -> bool {
    // SAFETY: context functions run with the interpreter's lock held.
    unsafe { !(capi().PyErr_Occurred)().is_null() }
}

unsafe extern "C" fn as_int32(ctx: *mut HPyContext, h: HPy) -> i32 {
    // SAFETY: the caller's handle is live.
    unsafe {
        let value = of_index(h, -1, |int| (capi().PyLong_AsLong)(int));
        i32::try_from(value).unwrap_or_else(|_| {
            raise(
                (*ctx).h_OverflowError,
                c"Python int too large to convert to C int32_t",
            );
            -1
        })
    }
}

unsafe extern "C" fn as_uint32(ctx: *mut HPyContext, h: HPy) -> u32 {
    // SAFETY: the caller's handle is live.
    unsafe {
        let value = of_int(ctx, h, u64::MAX, |int| (capi().PyLong_AsUnsignedLong)(int));
        u32::try_from(value).unwrap_or_else(|_| {
            // The failure value does not fit either; its exception stays the one that was set.
            if value != u64::MAX || !failed() {
                raise(
                    (*ctx).h_OverflowError,
                    c"Python int too large to convert to C uint32_t",
                );
            }
            u32::MAX
        })
    }
}

unsafe extern "C" fn as_uint32_mask(_ctx: *mut HPyContext, h: HPy) -> u32 {
    // SAFETY: the caller's handle is live.
    unsafe { of_index(h, u64::MAX, |int| (capi().PyLong_AsUnsignedLongMask)(int)) as u32 }
}

unsafe extern "C" fn as_int64(_ctx: *mut HPyContext, h: HPy) -> i64 {
    // SAFETY: the caller's handle is live.
    unsafe { of_index(h, -1, |int| (capi().PyLong_AsLongLong)(int)) }
}

unsafe extern "C" fn as_uint64(ctx: *mut HPyContext, h: HPy) -> u64 {
    // SAFETY: the caller's handle is live.
    unsafe {
        of_int(ctx, h, u64::MAX, |int| {
            (capi().PyLong_AsUnsignedLongLong)(int)
        })
    }
}

unsafe extern "C" fn as_uint64_mask(_ctx: *mut HPyContext, h: HPy) -> u64 {
    // SAFETY: the caller's handle is live.
    unsafe {
        of_index(h, u64::MAX, |int| {
            (capi().PyLong_AsUnsignedLongLongMask)(int)
        })
    }
}

unsafe extern "C" fn as_size(ctx: *mut HPyContext, h: HPy) -> usize {
    if !exact_rules() {
        // PyPy's own function has a ValueError for negative ints.
        const { assert!(size_of::<usize>() == size_of::<u64>()) };
        // SAFETY: the caller's handle is live.
        return unsafe { as_uint64(ctx, h) } as usize;
    }
    // SAFETY: the caller's handle is live.
    unsafe { (capi().PyLong_AsSize_t)(pointer(h)) }
}

unsafe extern "C" fn as_ssize(ctx: *mut HPyContext, h: HPy) -> isize {
    // SAFETY: the caller's handle is live.
    unsafe { of_int(ctx, h, -1, |int| (capi().PyLong_AsSsize_t)(int)) }
}

unsafe extern "C" fn as_void_ptr(ctx: *mut HPyContext, h: HPy) -> *mut c_void {
    let capi = capi();
    // SAFETY: the caller's handle is live.
    unsafe {
        if exact_rules() {
            return (capi.PyLong_AsVoidPtr)(pointer(h));
        }
        // GraalPy's own function knows no upper half of the addresses.
        let value = of_int(ctx, h, -1, |int| (capi.PyLong_AsLongLong)(int));
        let too_large = value == -1
            && failed()
            && (capi.PyErr_ExceptionMatches)(pointer((*ctx).h_OverflowError)) != 0;
        if !too_large {
            return match value {
                -1 if failed() => ptr::null_mut(),
                value => ptr::without_provenance_mut(value as usize),
            };
        }
        (capi.PyErr_Clear)();
        let value = (capi.PyLong_AsUnsignedLongLong)(pointer(h));
        if value == u64::MAX && failed() {
            return ptr::null_mut();
        }
        ptr::without_provenance_mut(value as usize)
    }
}

unsafe extern "C" fn as_double(ctx: *mut HPyContext, h: HPy) -> f64 {
    // SAFETY: the caller's handle is live.
    unsafe { of_int(ctx, h, -1.0, |int| (capi().PyLong_AsDouble)(int)) }
}

unsafe extern "C" fn from_int32(_ctx: *mut HPyContext, value: i32) -> HPy {
    // SAFETY: the caller holds the interpreter's lock.
    crate::door::handle(unsafe { (capi().PyLong_FromLong)(c_long::from(value)) })
}

unsafe extern "C" fn from_uint32(_ctx: *mut HPyContext, value: u32) -> HPy {
    // SAFETY: the caller holds the interpreter's lock.
    crate::door::handle(unsafe { (capi().PyLong_FromLong)(c_long::from(value)) })
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_Long_FromInt64_t(value: i64) -> HPy = PyLong_FromLongLong;
        ctx_Long_FromUInt64_t(value: u64) -> HPy = PyLong_FromUnsignedLongLong;
        ctx_Long_FromSize_t(value: usize) -> HPy = PyLong_FromSize_t;
        ctx_Long_FromSsize_t(value: isize) -> HPy = PyLong_FromSsize_t;
    }
    ctx.ctx_Long_FromInt32_t = Some(from_int32);
    ctx.ctx_Long_FromUInt32_t = Some(from_uint32);
    ctx.ctx_Long_AsInt32_t = Some(as_int32);
    ctx.ctx_Long_AsUInt32_t = Some(as_uint32);
    ctx.ctx_Long_AsUInt32_tMask = Some(as_uint32_mask);
    ctx.ctx_Long_AsInt64_t = Some(as_int64);
    ctx.ctx_Long_AsUInt64_t = Some(as_uint64);
    ctx.ctx_Long_AsUInt64_tMask = Some(as_uint64_mask);
    ctx.ctx_Long_AsSize_t = Some(as_size);
    ctx.ctx_Long_AsSsize_t = Some(as_ssize);
    ctx.ctx_Long_AsVoidPtr = Some(as_void_ptr);
    ctx.ctx_Long_AsDouble = Some(as_double);
}
