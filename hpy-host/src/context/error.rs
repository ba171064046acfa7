//! Exceptions and warnings, fatal errors, and the dump of an object.

use std::ffi::{CStr, c_char, c_int};

use hpy_sys::{HPy, HPyContext};

use super::shim::fill_shims;
use crate::capi::capi;
use crate::door::pointer;
use crate::interpreter::{self, Kind};

unsafe extern "C" fn occurred(_ctx: *mut HPyContext) -> c_int {
    // SAFETY: the caller holds the interpreter's lock.
    c_int::from(unsafe { !(capi().PyErr_Occurred)().is_null() })
}

unsafe extern "C" fn no_memory(_ctx: *mut HPyContext) {
    // SAFETY: the caller holds the interpreter's lock. The result is always null.
    unsafe { (capi().PyErr_NoMemory)() };
}

unsafe extern "C" fn set_from_errno_with_filename_objects(
    _ctx: *mut HPyContext,
    kind: HPy,
    first: HPy,
    second: HPy,
) {
    // Nothing may run before this call that could change errno.
    // SAFETY: the caller's handles are live, the file names may be null. The result is always null.
    unsafe {
        (capi().PyErr_SetFromErrnoWithFilenameObjects)(
            pointer(kind),
            pointer(first),
            pointer(second),
        )
    };
}

unsafe extern "C" fn fatal_error(_ctx: *mut HPyContext, message: *const c_char) {
    // SAFETY: the message is NUL-terminated, or null.
    unsafe {
        // GraalPy exports the function and does not implement it: it raises, and would come back.
        if interpreter::get().kind != Kind::GraalPy {
            (capi().Py_FatalError)(message);
        }
        let message = if message.is_null() { c"(no message)" } else { CStr::from_ptr(message) };
        eprintln!("Fatal Python error: {}", message.to_string_lossy());
    }
    std::process::abort()
}

unsafe extern "C" fn dump(_ctx: *mut HPyContext, h: HPy) {
    let capi = capi();
    // SAFETY: the caller's handle is live, or null. What is pending stays pending.
    unsafe {
        if let Some(py_object_dump) = capi._PyObject_Dump {
            return py_object_dump(pointer(h));
        }
        if h.is_null() {
            eprintln!("<object at NULL>");
            return;
        }
        let (mut kind, mut value, mut traceback) = (
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        );
        (capi.PyErr_Fetch)(&mut kind, &mut value, &mut traceback);
        let text = (capi.PyObject_Repr)(pointer(h));
        let utf8 = if text.is_null() {
            std::ptr::null()
        } else {
            (capi.PyUnicode_AsUTF8AndSize)(text, std::ptr::null_mut())
        };
        if utf8.is_null() {
            (capi.PyErr_Clear)();
            eprintln!("<object at {:p}, which has no repr>", pointer(h));
        } else {
            eprintln!(
                "object at {:p}: {}",
                pointer(h),
                CStr::from_ptr(utf8).to_string_lossy()
            );
        }
        if !text.is_null() {
            (capi.Py_DecRef)(text);
        }
        (capi.PyErr_Restore)(kind, value, traceback);
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_Err_SetString(kind: HPy, message: *const c_char) = PyErr_SetString;
        ctx_Err_SetObject(kind: HPy, value: HPy) = PyErr_SetObject;
        ctx_Err_SetFromErrnoWithFilename(kind: HPy, filename: *const c_char) -> HPy
            = PyErr_SetFromErrnoWithFilename;
        ctx_Err_ExceptionMatches(kind: HPy) -> c_int = PyErr_ExceptionMatches;
        ctx_Err_Clear() = PyErr_Clear;
        ctx_Err_NewException(name: *const c_char, base: HPy, dict: HPy) -> HPy = PyErr_NewException;
        ctx_Err_NewExceptionWithDoc(
            name: *const c_char, doc: *const c_char, base: HPy, dict: HPy
        ) -> HPy = PyErr_NewExceptionWithDoc;
        ctx_Err_WarnEx(category: HPy, message: *const c_char, stack_level: isize) -> c_int
            = PyErr_WarnEx;
        ctx_Err_WriteUnraisable(object: HPy) = PyErr_WriteUnraisable;
    }
    ctx.ctx_Err_Occurred = Some(occurred);
    ctx.ctx_Err_NoMemory = Some(no_memory);
    ctx.ctx_Err_SetFromErrnoWithFilenameObjects = Some(set_from_errno_with_filename_objects);
    ctx.ctx_FatalError = Some(fatal_error);
    ctx.ctx_Dump = Some(dump);
}
