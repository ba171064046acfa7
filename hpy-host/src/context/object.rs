//! The object protocol: attributes, items, comparison, conversion to text.

use std::ffi::{c_char, c_int};

use hpy_sys::{HPy, HPyContext, cpy_PyObject};

use super::shim::{fill_shims, is_instance};
use crate::capi::capi;
use crate::door::{handle, pointer};

unsafe extern "C" fn type_check(_ctx: *mut HPyContext, object: HPy, kind: HPy) -> c_int {
    // SAFETY: the caller's handles are live, and the second one is a type.
    c_int::from(unsafe { is_instance(pointer(object), kind) })
}

/// Runs an item operation with a key that lives as long as the call.
unsafe fn with_key<T>(
    key: *mut cpy_PyObject,
    failure: T,
    operation: impl FnOnce(*mut cpy_PyObject) -> T,
) -> T {
    if key.is_null() {
        return failure;
    }
    let result = operation(key);
    // SAFETY: the key was made for this call.
    unsafe { (capi().Py_DecRef)(key) };
    result
}

/// The three item operations for one kind of key.
macro_rules! items_by {
    ($key:ident: $type:ty = $make:ident; $get:ident $set:ident $delete:ident) => {
        unsafe extern "C" fn $get(_ctx: *mut HPyContext, object: HPy, $key: $type) -> HPy {
            let capi = capi();
            // SAFETY: the caller's handle is live, and its key is valid.
            unsafe {
                with_key((capi.$make)($key), HPy { _i: 0 }, |key| {
                    handle((capi.PyObject_GetItem)(pointer(object), key))
                })
            }
        }

        unsafe extern "C" fn $set(
            _ctx: *mut HPyContext,
            object: HPy,
            $key: $type,
            value: HPy,
        ) -> c_int {
            let capi = capi();
            // SAFETY: the caller's handles are live, and its key is valid.
            unsafe {
                with_key((capi.$make)($key), -1, |key| {
                    (capi.PyObject_SetItem)(pointer(object), key, pointer(value))
                })
            }
        }

        unsafe extern "C" fn $delete(_ctx: *mut HPyContext, object: HPy, $key: $type) -> c_int {
            let capi = capi();
            // SAFETY: the caller's handle is live, and its key is valid.
            unsafe {
                with_key((capi.$make)($key), -1, |key| {
                    (capi.PyObject_DelItem)(pointer(object), key)
                })
            }
        }
    };
}
items_by! { index: isize = PyLong_FromSsize_t; get_item_i set_item_i delete_item_i }
items_by! { name: *const c_char = PyUnicode_FromString; get_item_s set_item_s delete_item_s }

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_IsTrue(h: HPy) -> c_int = PyObject_IsTrue;
        ctx_Callable_Check(h: HPy) -> c_int = PyCallable_Check;
        ctx_Length(h: HPy) -> isize = PyObject_Size;
        ctx_Type(h: HPy) -> HPy = PyObject_Type;
        ctx_GetAttr(h: HPy, name: HPy) -> HPy = PyObject_GetAttr;
        ctx_GetAttr_s(h: HPy, name: *const c_char) -> HPy = PyObject_GetAttrString;
        ctx_HasAttr(h: HPy, name: HPy) -> c_int = PyObject_HasAttr;
        ctx_HasAttr_s(h: HPy, name: *const c_char) -> c_int = PyObject_HasAttrString;
        ctx_SetAttr(h: HPy, name: HPy, value: HPy) -> c_int = PyObject_SetAttr;
        ctx_SetAttr_s(h: HPy, name: *const c_char, value: HPy) -> c_int = PyObject_SetAttrString;
        ctx_GetItem(h: HPy, key: HPy) -> HPy = PyObject_GetItem;
        ctx_SetItem(h: HPy, key: HPy, value: HPy) -> c_int = PyObject_SetItem;
        ctx_DelItem(h: HPy, key: HPy) -> c_int = PyObject_DelItem;
        ctx_Contains(h: HPy, key: HPy) -> c_int = PySequence_Contains;
        ctx_Repr(h: HPy) -> HPy = PyObject_Repr;
        ctx_Str(h: HPy) -> HPy = PyObject_Str;
        ctx_ASCII(h: HPy) -> HPy = PyObject_ASCII;
        ctx_Bytes(h: HPy) -> HPy = PyObject_Bytes;
        ctx_RichCompare(a: HPy, b: HPy, operator: c_int) -> HPy = PyObject_RichCompare;
        ctx_RichCompareBool(a: HPy, b: HPy, operator: c_int) -> c_int = PyObject_RichCompareBool;
        ctx_Hash(h: HPy) -> isize = PyObject_Hash;
    }
    ctx.ctx_TypeCheck = Some(type_check);
    ctx.ctx_GetItem_i = Some(get_item_i);
    ctx.ctx_GetItem_s = Some(get_item_s);
    ctx.ctx_SetItem_i = Some(set_item_i);
    ctx.ctx_SetItem_s = Some(set_item_s);
    ctx.ctx_DelItem_i = Some(delete_item_i);
    ctx.ctx_DelItem_s = Some(delete_item_s);
}
