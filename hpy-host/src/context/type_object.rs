//! What HPy asks of a type that exists.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;
use std::sync::{Mutex, PoisonError};

use hpy_sys::{HPy, HPyContext};

use super::shim::{fill_shims, is_instance, raise};
use crate::capi::capi;
use crate::door::pointer;

/// Names that were handed out. HPy lets its caller keep the pointer while the type lives, but the
/// string object that an interpreter gives may be a passing one; so each different name is kept for
/// good. A program has few of them.
static NAMES: Mutex<BTreeSet<CString>> = Mutex::new(BTreeSet::new());

/// The kept copy of a name.
fn keep(name: &CStr) -> *const c_char {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known.as_ptr();
    }
    let name = name.to_owned();
    // The characters lie on the heap and stay there when the owner moves into the set.
    let address = name.as_ptr();
    names.insert(name);
    address
}

unsafe extern "C" fn get_name(ctx: *mut HPyContext, kind: HPy) -> *const c_char {
    let capi = capi();
    // SAFETY: the caller's handle is live; what is made here is given back here.
    unsafe {
        if !is_instance(pointer(kind), (*ctx).h_TypeType) {
            raise((*ctx).h_TypeError, c"HPyType_GetName takes a type");
            return ptr::null();
        }
        let name = match capi.PyType_GetName {
            Some(get_name) => get_name(pointer(kind)),
            None => (capi.PyObject_GetAttrString)(pointer(kind), c"__name__".as_ptr()),
        };
        if name.is_null() {
            return ptr::null();
        }
        let utf8 = (capi.PyUnicode_AsUTF8AndSize)(name, ptr::null_mut());
        let kept = if utf8.is_null() {
            utf8
        } else {
            keep(CStr::from_ptr(utf8))
        };
        (capi.Py_DecRef)(name);
        kept
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_Type_IsSubtype(sub: HPy, kind: HPy) -> c_int = PyType_IsSubtype;
    }
    ctx.ctx_Type_GetName = Some(get_name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        let first = keep(c"example.Name");
        for i in 0..100 {
            keep(&CString::new(format!("other{i}")).unwrap());
        }
        assert_eq!(keep(c"example.Name"), first);
        // SAFETY: kept for good.
        assert_eq!(unsafe { CStr::from_ptr(first) }, c"example.Name");
    }
}
