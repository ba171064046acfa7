//! Slices.

use std::ffi::{CStr, c_int};

use hpy_sys::{HPy, HPyContext};

use super::shim::{is_instance, raise};
use crate::capi::capi;
use crate::door::{handle, pointer};
use crate::interpreter::{self, Kind};

unsafe extern "C" fn unpack(
    ctx: *mut HPyContext,
    slice: HPy,
    start: *mut isize,
    stop: *mut isize,
    step: *mut isize,
) -> c_int {
    // SAFETY: the caller's handle is live, its pointers can be written.
    unsafe {
        if interpreter::get().kind != Kind::GraalPy {
            return (capi().PySlice_Unpack)(pointer(slice), start, stop, step);
        }
        // GraalPy's own function stops at 32 bits.
        if !is_instance(pointer(slice), (*ctx).h_SliceType) {
            raise((*ctx).h_TypeError, c"a slice is required");
            return -1;
        }
        let Some(by) = part(ctx, slice, c"step", 1) else { return -1 };
        if by == 0 {
            raise((*ctx).h_ValueError, c"slice step cannot be zero");
            return -1;
        }
        // So that the step can be negated.
        let by = by.max(-isize::MAX);
        let (first, last) = if by < 0 { (isize::MAX, isize::MIN) } else { (0, isize::MAX) };
        let Some(from) = part(ctx, slice, c"start", first) else { return -1 };
        let Some(to) = part(ctx, slice, c"stop", last) else { return -1 };
        (*start, *stop, *step) = (from, to, by);
        0
    }
}

/// A part of a slice, cut to what fits; `None` with an exception set.
unsafe fn part(ctx: *mut HPyContext, slice: HPy, name: &CStr, absent: isize) -> Option<isize> {
    let capi = capi();
    // SAFETY: the caller's handle is live; what is made here is given back here.
    unsafe {
        let value = handle((capi.PyObject_GetAttrString)(pointer(slice), name.as_ptr()));
        if value.is_null() {
            return None;
        }
        if super::reference::is_same(ctx, value, (*ctx).h_None) {
            (capi.Py_DecRef)(pointer(value));
            return Some(absent);
        }
        let int = (capi.PyNumber_Index)(pointer(value));
        (capi.Py_DecRef)(pointer(value));
        if int.is_null() {
            return None;
        }
        let number = cut(ctx, handle(int));
        (capi.Py_DecRef)(int);
        number
    }
}

/// An int as an index, the nearest one where it does not fit.
unsafe fn cut(ctx: *mut HPyContext, int: HPy) -> Option<isize> {
    /// `Py_LT`.
    const LESS: c_int = 0;
    let capi = capi();
    // SAFETY: the caller's int is live; what is made here is given back here.
    unsafe {
        let number = (capi.PyLong_AsSsize_t)(pointer(int));
        if number != -1 || (capi.PyErr_Occurred)().is_null() {
            return Some(number);
        }
        if (capi.PyErr_ExceptionMatches)(pointer((*ctx).h_OverflowError)) == 0 {
            return None;
        }
        (capi.PyErr_Clear)();
        let zero = (capi.PyLong_FromSsize_t)(0);
        if zero.is_null() {
            return None;
        }
        let negative = (capi.PyObject_RichCompareBool)(pointer(int), zero, LESS);
        (capi.Py_DecRef)(zero);
        match negative {
            0 => Some(isize::MAX),
            1 => Some(isize::MIN),
            _ => None,
        }
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    ctx.ctx_Slice_Unpack = Some(unpack);
}
