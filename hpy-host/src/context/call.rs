//! Calls.

use std::ptr;

use hpy_sys::{HPY_NULL, HPy, HPyContext, cpy_PyObject};

use super::container::{is_dict, tuple};
use super::shim::{is_instance, raise};
use crate::capi::capi;
use crate::door::{handle, pointer};

/// Calls with positional arguments. A new reference, or null with an exception set.
pub(super) unsafe fn positional(
    ctx: *mut HPyContext,
    callable: *mut cpy_PyObject,
    arguments: &[HPy],
) -> *mut cpy_PyObject {
    // SAFETY: promised by the caller: all of them are live.
    unsafe {
        pointer(call(
            ctx,
            handle(callable),
            arguments.as_ptr(),
            arguments.len(),
            HPY_NULL,
        ))
    }
}

unsafe extern "C" fn call_tuple_dict(
    ctx: *mut HPyContext,
    callable: HPy,
    arguments: HPy,
    keywords: HPy,
) -> HPy {
    let capi = capi();
    // SAFETY: the caller's handles are live, the last two may be null.
    unsafe {
        if !arguments.is_null() && !is_instance(pointer(arguments), (*ctx).h_TupleType) {
            raise(
                (*ctx).h_TypeError,
                c"HPy_CallTupleDict takes a tuple (or null) of arguments",
            );
            return HPY_NULL;
        }
        if !keywords.is_null() && !is_dict(keywords) {
            raise(
                (*ctx).h_TypeError,
                c"HPy_CallTupleDict takes a dict (or null) of keywords",
            );
            return HPY_NULL;
        }
        if !arguments.is_null() {
            let result =
                (capi.PyObject_Call)(pointer(callable), pointer(arguments), pointer(keywords));
            return handle(result);
        }
        let empty = tuple(&[]);
        if empty.is_null() {
            return HPY_NULL;
        }
        let result = (capi.PyObject_Call)(pointer(callable), pointer(empty), pointer(keywords));
        (capi.Py_DecRef)(pointer(empty));
        handle(result)
    }
}

unsafe extern "C" fn call(
    _ctx: *mut HPyContext,
    callable: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> HPy {
    let capi = capi();
    // Handles are object pointers, so the caller's array already is what a vectorcall takes.
    let array = arguments.cast::<*mut cpy_PyObject>();
    // SAFETY: the caller hands in `count` live handles, and behind them one for each of the names.
    unsafe {
        if let Some(vectorcall) = capi.PyObject_Vectorcall {
            return handle(vectorcall(pointer(callable), array, count, pointer(names)));
        }
        if names.is_null() {
            // CPython 3.9 and 3.10 inline PyObject_Vectorcall into its callers, but export this.
            if let Some(vectorcall) = capi.PyObject_VectorcallDict {
                return handle(vectorcall(pointer(callable), array, count, ptr::null_mut()));
            }
        }
        call_by_tuple(callable, arguments, count, names)
    }
}

/// The same call by a tuple and a dict.
unsafe fn call_by_tuple(callable: HPy, arguments: *const HPy, count: usize, names: HPy) -> HPy {
    let capi = capi();
    // SAFETY: as for `call`; what is made here is given back here.
    unsafe {
        let positional = if count == 0 {
            &[]
        } else {
            std::slice::from_raw_parts(arguments, count)
        };
        let positional = tuple(positional);
        if positional.is_null() {
            return HPY_NULL;
        }
        let mut result = ptr::null_mut();
        let keywords = if names.is_null() {
            Some(ptr::null_mut())
        } else {
            keyword_dict(pointer(names), arguments.wrapping_add(count))
        };
        if let Some(keywords) = keywords {
            result = (capi.PyObject_Call)(pointer(callable), pointer(positional), keywords);
            if !keywords.is_null() {
                (capi.Py_DecRef)(keywords);
            }
        }
        (capi.Py_DecRef)(pointer(positional));
        handle(result)
    }
}

/// A dict of the names in a tuple and the values in an array; `None` with an exception set.
unsafe fn keyword_dict(names: *mut cpy_PyObject, values: *const HPy) -> Option<*mut cpy_PyObject> {
    let capi = capi();
    // SAFETY: the caller hands in as many values as there are names. A name that the tuple lends
    // lives as long as the tuple, which the caller holds and nobody can change.
    unsafe {
        let count = (capi.PyTuple_Size)(names);
        if count < 0 {
            return None;
        }
        let dict = (capi.PyDict_New)();
        if dict.is_null() {
            return None;
        }
        for index in 0..count {
            let name = (capi.PyTuple_GetItem)(names, index);
            let value = *values.offset(index);
            if name.is_null() || (capi.PyDict_SetItem)(dict, name, pointer(value)) < 0 {
                (capi.Py_DecRef)(dict);
                return None;
            }
        }
        Some(dict)
    }
}

unsafe extern "C" fn call_method(
    ctx: *mut HPyContext,
    name: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> HPy {
    let capi = capi();
    // SAFETY: as for `call`; the first argument is the object whose method is called.
    unsafe {
        if count == 0 {
            raise(
                (*ctx).h_TypeError,
                c"HPy_CallMethod needs the object as its first argument",
            );
            return HPY_NULL;
        }
        let array = arguments.cast::<*mut cpy_PyObject>();
        handle((capi.PyObject_VectorcallMethod)(
            pointer(name),
            array,
            count,
            pointer(names),
        ))
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    ctx.ctx_CallTupleDict = Some(call_tuple_dict);
    ctx.ctx_Call = Some(call);
    ctx.ctx_CallMethod = Some(call_method);
}
