//! Freeing and tracing the instances of the types that the host makes.
//!
//! While an instance is freed no call may take it (PyPy aborts), but for the few that CPython's own
//! rules ask for. The order is: fields, destroy functions from the most derived type to the base,
//! `tp_free` of the instance's type, and last that type's reference. An instance of a Python
//! subclass comes here from the subclass's own dealloc, with the subclass as its type.

use std::ffi::{c_int, c_void};

use hpy_sys::{HPyField, HPyFunc_visitproc};

use crate::capi::{PyObject, capi};
use crate::interpreter::{self, Kind};
use crate::types::{
    self, FreeFunction, PY_TP_FREE, TraverseFunction, TypeInfo, Visit, lookup, lookup_nearest,
};

/// `tp_dealloc`.
pub(crate) unsafe extern "C" fn dealloc(this: *mut PyObject) {
    let api = capi();
    // SAFETY: the interpreter frees an instance of a type that carries this function, or of a
    // subclass, and holds its lock where it has one.
    unsafe {
        let kind = types::type_of(this);
        let exact = lookup(kind);
        let Some(info) = exact.or_else(|| lookup_nearest(kind)) else {
            return;
        };
        if interpreter::get().kind == Kind::CPython {
            // Otherwise the subclass's dealloc, which called this one, has done it.
            let finalize = exact.is_some_and(|info| info.has_finalizer && info.own_dealloc);
            if finalize
                && api
                    .PyObject_CallFinalizerFromDealloc
                    .is_some_and(|finalize| finalize(this) < 0)
            {
                // Somebody holds the instance again.
                return;
            }
            if info.collected
                && let Some(untrack) = api.PyObject_GC_UnTrack
            {
                untrack(this.cast());
            }
            clear_weak_references(this, info);
        } else if info.collected
            && interpreter::get().kind == Kind::GraalPy
            && let Some(untrack) = api.PyObject_GC_UnTrack
        {
            untrack(this.cast());
        }
        clear_fields(this, info);
        for info in info.chain() {
            if let Some(destroy) = info.destroy {
                destroy(this.cast::<u8>().add(info.data_offset).cast());
            }
        }
        if let Some(dealloc) = info.inherited.dealloc {
            // A built-in base frees its own content, and then the instance.
            dealloc(this);
        } else {
            let free = (api.PyType_GetSlot)(kind, PY_TP_FREE);
            if let Some(free) = std::mem::transmute::<*mut c_void, Option<FreeFunction>>(free) {
                free(this);
            }
        }
        (api.Py_DecRef)(kind);
    }
}

/// Tells whoever holds a weak reference that the instance is gone. CPython leaves this to the
/// dealloc of the type that has the list; the others do it themselves.
///
/// # Safety
/// As for [`dealloc`], on CPython.
unsafe fn clear_weak_references(this: *mut PyObject, info: &TypeInfo) {
    if info.weaklist_offset == 0 {
        return;
    }
    // SAFETY: the offset is that of a pointer in the instance, which nobody else uses any more.
    unsafe {
        let list = this
            .cast::<u8>()
            .add(info.weaklist_offset)
            .cast::<*mut c_void>();
        if !list.read().is_null()
            && let Some(clear) = capi().PyObject_ClearWeakRefs
        {
            clear(this);
        }
    }
}

/// `tp_traverse`.
pub(crate) unsafe extern "C" fn traverse(
    this: *mut PyObject,
    visit: Visit,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the collector hands in an instance, as in `dealloc`.
    unsafe {
        let kind = types::type_of(this);
        // Each instance of a heap type holds a reference to it. (Other collectors know.)
        if interpreter::get().kind == Kind::CPython {
            let stop = visit(kind, argument);
            if stop != 0 {
                return stop;
            }
        }
        let Some(info) = lookup_nearest(kind) else {
            return 0;
        };
        for info in info.chain() {
            let Some(function) = info.traverse else {
                continue;
            };
            let data = this.cast::<u8>().add(info.data_offset).cast();
            let stop = visit_fields(function, data, visit, argument);
            if stop != 0 {
                return stop;
            }
        }
        info.inherited
            .traverse
            .map_or(0, |traverse| traverse(this, visit, argument))
    }
}

/// `tp_clear`.
pub(crate) unsafe extern "C" fn clear(this: *mut PyObject) -> c_int {
    // SAFETY: the collector hands in an instance, as in `dealloc`.
    unsafe {
        let Some(info) = lookup_nearest(types::type_of(this)) else {
            return 0;
        };
        clear_fields(this, info);
        info.inherited.clear.map_or(0, |clear| clear(this))
    }
}

/// Empties all fields of an instance.
///
/// # Safety
/// `this` is an instance of the type or of a subclass; the interpreter's lock is held.
unsafe fn clear_fields(this: *mut PyObject, info: &'static TypeInfo) {
    unsafe extern "C" fn clear_field(field: *mut HPyField, _argument: *mut c_void) -> c_int {
        // SAFETY: a field of the instance. It is emptied first: giving the reference back may run
        // code that looks at it.
        unsafe {
            let object = (*field)._i as *mut PyObject;
            (*field)._i = 0;
            if !object.is_null() {
                (capi().Py_DecRef)(object);
            }
        }
        0
    }
    for info in info.chain() {
        if let Some(traverse) = info.traverse {
            // SAFETY: promised by the caller.
            unsafe {
                let data = this.cast::<u8>().add(info.data_offset).cast();
                traverse(data, Some(clear_field), std::ptr::null_mut());
            }
        }
    }
}

/// Shows the collector's visitor each object that a traverse function's fields hold.
///
/// # Safety
/// `data` is instance data of the type that the function belongs to.
pub(crate) unsafe fn visit_fields(
    function: TraverseFunction,
    data: *mut c_void,
    visit: Visit,
    argument: *mut c_void,
) -> c_int {
    struct Visitor {
        visit: Visit,
        argument: *mut c_void,
    }
    unsafe extern "C" fn visit_field(field: *mut HPyField, visitor: *mut c_void) -> c_int {
        // SAFETY: the struct below, and a field of the instance; it holds an object pointer.
        unsafe {
            let visitor = &*visitor.cast::<Visitor>();
            let object = (*field)._i as *mut PyObject;
            if object.is_null() {
                0
            } else {
                (visitor.visit)(object, visitor.argument)
            }
        }
    }
    let mut visitor = Visitor { visit, argument };
    let visit_field: HPyFunc_visitproc = Some(visit_field);
    // SAFETY: promised by the caller.
    unsafe { function(data, visit_field, (&raw mut visitor).cast()) }
}
