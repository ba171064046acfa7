//! Calling an instance: `HPy_tp_call` and `HPy_SetCallFunction`.
//!
//! HPy's call functions take an array, the C API's `tp_call` a tuple and a dict. Vectorcall would
//! spare the conversion, but wants the word in each instance filled before anything else happens to
//! it, by every way that an instance can come about.

use std::ffi::c_int;
use std::ptr::null_mut;

use hpy_sys::*;

use super::info::{lookup_nearest, type_of};
use super::raise;
use crate::capi::{PyObject, capi};
use crate::door::pointer;
use crate::trampoline::Items;

/// `HPy_SetCallFunction`: gives one instance a call function of its own.
pub(super) unsafe extern "C" fn set_call_function(
    ctx: *mut HPyContext,
    h: HPy,
    function: *mut HPyCallFunction,
) -> c_int {
    let api = capi();
    // SAFETY: the caller keeps HPy's rules; an instance of a type with a call offset has a word
    // there that the host added for this.
    unsafe {
        let kind = (api.PyObject_Type)(pointer(h));
        if kind.is_null() {
            return -1;
        }
        let offset = lookup_nearest(kind)
            .and_then(|info| info.chain().find(|info| info.call_offset != 0))
            .map(|info| info.call_offset);
        (api.Py_DecRef)(kind);
        let Some(offset) = offset else {
            raise(
                (*ctx).h_TypeError,
                c"the object's type does not implement HPy's call protocol",
            );
            return -1;
        };
        let word = pointer(h)
            .cast::<u8>()
            .add(offset)
            .cast::<cpy_vectorcallfunc>();
        word.write((*function).cpy_trampoline);
        0
    }
}

/// `tp_call` of types with HPy's call protocol: turns a tuple and a dict into the array and the
/// names that the call function takes.
pub(super) unsafe extern "C" fn call(
    this: *mut PyObject,
    arguments: *mut PyObject,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the interpreter calls with an instance of the type, a tuple, and a dict or null; a
    // call offset tells of a word that the host added.
    unsafe {
        let function = lookup_nearest(type_of(this)).and_then(|info| {
            info.chain().find_map(|info| {
                let own = (info.call_offset != 0).then(|| {
                    this.cast::<u8>()
                        .add(info.call_offset)
                        .cast::<cpy_vectorcallfunc>()
                        .read()
                });
                own.flatten().or(info.call)
            })
        });
        let Some(function) = function else {
            let ctx = crate::context::own();
            raise((*ctx).h_TypeError, c"the object has no call function");
            return null_mut();
        };
        let Some(items) = Items::of(arguments) else {
            return null_mut();
        };
        let Some(keywords) = Keywords::of(keywords) else {
            return null_mut();
        };
        if keywords.values.is_empty() {
            return function(this, items.as_ptr().cast(), items.len(), null_mut());
        }
        let positional = std::slice::from_raw_parts(items.as_ptr().cast(), items.len());
        let all = [positional, &keywords.values].concat();
        function(this, all.as_ptr(), positional.len(), keywords.names)
    }
}

/// Keyword arguments, unpacked; holds references.
struct Keywords {
    names: *mut PyObject,
    values: Vec<*mut PyObject>,
}

impl Keywords {
    /// Unpacks a dict; null counts as empty. `None`: an exception is set.
    ///
    /// # Safety
    /// The C API is loaded, the interpreter's lock held, `dict` null or live.
    unsafe fn of(dict: *mut PyObject) -> Option<Keywords> {
        let mut keywords = Keywords {
            names: null_mut(),
            values: Vec::new(),
        };
        if dict.is_null() {
            return Some(keywords);
        }
        let api = capi();
        // SAFETY: promised by the caller; `PyTuple_SetItem` takes the reference that is made for it.
        unsafe {
            let count = (api.PyDict_Size)(dict);
            if count <= 0 {
                return (count == 0).then_some(keywords);
            }
            keywords.names = (api.PyTuple_New)(count);
            if keywords.names.is_null() {
                return None;
            }
            let (mut position, mut name, mut value) = (0, null_mut(), null_mut());
            for index in 0..count {
                if (api.PyDict_Next)(dict, &raw mut position, &raw mut name, &raw mut value) == 0 {
                    let ctx = crate::context::own();
                    raise(
                        (*ctx).h_RuntimeError,
                        c"keyword arguments changed during the call",
                    );
                    return None;
                }
                (api.Py_IncRef)(name);
                if (api.PyTuple_SetItem)(keywords.names, index, name) < 0 {
                    return None;
                }
                (api.Py_IncRef)(value);
                keywords.values.push(value);
            }
        }
        Some(keywords)
    }
}

impl Drop for Keywords {
    fn drop(&mut self) {
        let api = capi();
        // SAFETY: the references were made by `of`, under the lock that is still held.
        unsafe {
            for value in &self.values {
                (api.Py_DecRef)(*value);
            }
            if !self.names.is_null() {
                (api.Py_DecRef)(self.names);
            }
        }
    }
}
