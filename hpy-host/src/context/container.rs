//! Lists, dicts, tuples and slices.

use std::ffi::c_int;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use hpy_sys::{HPY_NULL, HPy, HPyContext, cpy_PyObject};

use super::shim::{fill_shims, is_instance, raise};
use crate::capi::{capi, symbol};
use crate::door::{handle, pointer};

unsafe extern "C" fn list_check(ctx: *mut HPyContext, h: HPy) -> c_int {
    // SAFETY: the caller's handle is live, the context is the host's.
    c_int::from(unsafe { is_instance(pointer(h), (*ctx).h_ListType) })
}

unsafe extern "C" fn tuple_check(ctx: *mut HPyContext, h: HPy) -> c_int {
    // SAFETY: the caller's handle is live, the context is the host's.
    c_int::from(unsafe { is_instance(pointer(h), (*ctx).h_TupleType) })
}

/// The type `dict`, which a context of layout A has no place for.
static DICT_TYPE: AtomicPtr<cpy_PyObject> = AtomicPtr::new(ptr::null_mut());

/// Whether the handle is a dict.
///
/// # Safety
/// The interpreter's lock is held, the handle is live.
pub(crate) unsafe fn is_dict(h: HPy) -> bool {
    // SAFETY: promised by the caller; the type is set by `fill`, as every slot is.
    unsafe { is_instance(pointer(h), handle(DICT_TYPE.load(Ordering::Relaxed))) }
}

unsafe extern "C" fn dict_check(_ctx: *mut HPyContext, h: HPy) -> c_int {
    // SAFETY: the caller's handle is live.
    c_int::from(unsafe { is_dict(h) })
}

/// A tuple of the handles, which stay the caller's. Null with an exception set on failure.
pub(crate) unsafe fn tuple(items: &[HPy]) -> HPy {
    let capi = capi();
    // SAFETY: the items are live; each place takes over the reference made for it.
    unsafe {
        let tuple = (capi.PyTuple_New)(items.len() as isize);
        if tuple.is_null() {
            return HPY_NULL;
        }
        for (index, item) in items.iter().enumerate() {
            (capi.Py_IncRef)(pointer(*item));
            if (capi.PyTuple_SetItem)(tuple, index as isize, pointer(*item)) < 0 {
                (capi.Py_DecRef)(tuple);
                return HPY_NULL;
            }
        }
        handle(tuple)
    }
}

unsafe extern "C" fn tuple_from_array(_ctx: *mut HPyContext, items: *mut HPy, n: isize) -> HPy {
    if n <= 0 {
        // SAFETY: an empty tuple takes nothing from the caller. A negative length is refused by
        // the interpreter itself.
        return handle(unsafe { (capi().PyTuple_New)(n) });
    }
    // SAFETY: the caller hands in `n` live handles.
    unsafe { tuple(std::slice::from_raw_parts(items, n as usize)) }
}

unsafe extern "C" fn slice_unpack(
    ctx: *mut HPyContext,
    slice: HPy,
    start: *mut isize,
    stop: *mut isize,
    step: *mut isize,
) -> c_int {
    // SAFETY: the caller's handle is live, its pointers can be written. The interpreters read the
    // fields of a slice without asking whether it is one.
    unsafe {
        if !is_instance(pointer(slice), (*ctx).h_SliceType) {
            raise((*ctx).h_TypeError, c"HPySlice_Unpack takes a slice");
            return -1;
        }
        (capi().PySlice_Unpack)(pointer(slice), start, stop, step)
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_List_New(len: isize) -> HPy = PyList_New;
        ctx_List_Append(list: HPy, item: HPy) -> c_int = PyList_Append;
        ctx_Dict_New() -> HPy = PyDict_New;
        ctx_Dict_Keys(h: HPy) -> HPy = PyDict_Keys;
        ctx_Dict_Copy(h: HPy) -> HPy = PyDict_Copy;
    }
    // Each interpreter exports it, as it does the types that the context's constants are read from.
    let dict_type = symbol("PyDict_Type").unwrap_or(ptr::null_mut());
    DICT_TYPE.store(dict_type.cast(), Ordering::Relaxed);
    ctx.ctx_Slice_Unpack = Some(slice_unpack);
    ctx.ctx_List_Check = Some(list_check);
    ctx.ctx_Dict_Check = Some(dict_check);
    ctx.ctx_Tuple_Check = Some(tuple_check);
    ctx.ctx_Tuple_FromArray = Some(tuple_from_array);
}
