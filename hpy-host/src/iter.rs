//! Iterating over any object: HPy 0.9 has no way to do it.
//!
//! Object pointers in and out, so that a module can use this under another host as well
//! (`HPy_AsPyObject`, then [`capi::load`](crate::capi::load)).

use crate::capi::{PyObject, capi};

/// `iter(object)` as a new reference; null with an exception set.
///
/// # Safety
/// The C API is loaded, the interpreter's lock held, `object` live.
pub unsafe fn get_iter(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: promised by the caller.
    unsafe { (capi().PyObject_GetIter)(object) }
}

/// The next element as a new reference. Null at the end, and null with an exception set if the
/// iterator raised.
///
/// # Safety
/// As for [`get_iter`]; `iterator` came from there.
pub unsafe fn next(iterator: *mut PyObject) -> *mut PyObject {
    // SAFETY: promised by the caller.
    unsafe { (capi().PyIter_Next)(iterator) }
}
