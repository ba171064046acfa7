//! Tuple and list builders. A builder is the unfinished object itself.
//!
//! HPy reports what goes wrong once, at the end: a builder that could not be made is null, takes
//! items without complaint, and Build raises the MemoryError. An index outside of the builder is
//! refused by the interpreter when the item is set; Build then passes that exception on.

use hpy_sys::{HPY_NULL, HPy, HPyContext, HPyListBuilder, HPyTupleBuilder, cpy_PyObject};

use crate::capi::capi;
use crate::door::{handle, pointer};

/// What both kinds do once the object is made.
unsafe fn started(object: *mut cpy_PyObject) -> isize {
    if object.is_null() {
        // SAFETY: the caller holds the interpreter's lock.
        unsafe { (capi().PyErr_Clear)() };
    }
    object as isize
}

unsafe fn finished(builder: isize) -> HPy {
    let capi = capi();
    let object = builder as *mut cpy_PyObject;
    // SAFETY: the caller gives the builder up; it owns the object.
    unsafe {
        if object.is_null() {
            (capi.PyErr_NoMemory)();
            return HPY_NULL;
        }
        if !(capi.PyErr_Occurred)().is_null() {
            (capi.Py_DecRef)(object);
            return HPY_NULL;
        }
    }
    handle(object)
}

unsafe fn cancelled(builder: isize) {
    if builder != 0 {
        // SAFETY: the caller gives the builder up; it owns the object.
        unsafe { (capi().Py_DecRef)(builder as *mut cpy_PyObject) }
    }
}

macro_rules! builder {
    ($type:ident.$object:ident: $new:ident $set_item:ident; $start:ident $set:ident $build:ident $cancel:ident) => {
        unsafe extern "C" fn $start(_ctx: *mut HPyContext, size: isize) -> $type {
            // SAFETY: the caller holds the interpreter's lock.
            unsafe {
                $type {
                    $object: started((capi().$new)(size)),
                }
            }
        }

        unsafe extern "C" fn $set(_ctx: *mut HPyContext, builder: $type, index: isize, item: HPy) {
            if builder.$object == 0 {
                return;
            }
            // SAFETY: nobody else has seen the object yet; the place takes the reference over, and
            // a refusal gives it back and leaves its exception for Build.
            unsafe {
                (capi().Py_IncRef)(pointer(item));
                (capi().$set_item)(builder.$object as *mut cpy_PyObject, index, pointer(item));
            }
        }

        unsafe extern "C" fn $build(_ctx: *mut HPyContext, builder: $type) -> HPy {
            // SAFETY: the caller gives the builder up.
            unsafe { finished(builder.$object) }
        }

        unsafe extern "C" fn $cancel(_ctx: *mut HPyContext, builder: $type) {
            // SAFETY: the caller gives the builder up.
            unsafe { cancelled(builder.$object) }
        }
    };
}
builder! {
    HPyTupleBuilder._tup: PyTuple_New PyTuple_SetItem;
    tuple_new tuple_set tuple_build tuple_cancel
}
builder! {
    HPyListBuilder._lst: PyList_New PyList_SetItem;
    list_new list_set list_build list_cancel
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    ctx.ctx_TupleBuilder_New = Some(tuple_new);
    ctx.ctx_TupleBuilder_Set = Some(tuple_set);
    ctx.ctx_TupleBuilder_Build = Some(tuple_build);
    ctx.ctx_TupleBuilder_Cancel = Some(tuple_cancel);
    ctx.ctx_ListBuilder_New = Some(list_new);
    ctx.ctx_ListBuilder_Set = Some(list_set);
    ctx.ctx_ListBuilder_Build = Some(list_build);
    ctx.ctx_ListBuilder_Cancel = Some(list_cancel);
}
