//! What the context functions share: how values cross to the C API, and the macro that makes the
//! functions which are nothing but a C-API call.

use std::ffi::{c_char, c_int, c_long, c_void};

use hpy_sys::{HPy, HPyContext, cpy_PyObject};

use crate::capi::capi;
use crate::door::{handle, pointer};

/// How a value of an HPy signature looks in the C API.
pub(crate) trait Cross {
    /// Its type there.
    type C;
    /// Into the C API.
    fn into_c(self) -> Self::C;
    /// Out of the C API.
    fn from_c(c: Self::C) -> Self;
}

impl Cross for HPy {
    type C = *mut cpy_PyObject;
    #[inline(always)]
    fn into_c(self) -> Self::C {
        pointer(self)
    }
    #[inline(always)]
    fn from_c(c: Self::C) -> Self {
        handle(c)
    }
}

macro_rules! cross_unchanged {
    ($($type:ty),* $(,)?) => {$(
        impl Cross for $type {
            type C = $type;
            #[inline(always)]
            fn into_c(self) -> $type {
                self
            }
            #[inline(always)]
            fn from_c(c: $type) -> $type {
                c
            }
        }
    )*};
}
cross_unchanged!(
    (),
    c_int,
    u32,
    isize,
    c_long,
    usize,
    u64,
    f64,
    *const c_char,
    *const c_int,
    *mut c_void,
    *mut isize,
);

/// Fills context functions each of which is one call of a C-API function with the same arguments.
///
/// Why such a call is sound, once for all of them: HPy asks the caller of a context function for
/// what the C API asks of its caller (the interpreter's lock, live handles, NUL-terminated
/// strings); a handle is an object pointer, so the arguments need no more than a cast; and a
/// C-API function that returns an object returns a new reference, which is what a new handle is.
/// No function that returns a borrowed reference, and none that steals one, stands in these lists.
macro_rules! fill_shims {
    ($ctx:expr; $(
        $slot:ident($($argument:ident: $type:ty),*) $(-> $ret:ty)? = $function:ident;
    )*) => {$({
        unsafe extern "C" fn shim(
            _ctx: *mut hpy_sys::HPyContext,
            $($argument: $type),*
        ) $(-> $ret)? {
            #[allow(unused_imports, reason = "not every signature has something to convert")]
            use $crate::context::shim::Cross;
            // SAFETY: the caller keeps HPy's rules, which are the C API's; see `fill_shims`.
            Cross::from_c(unsafe {
                ($crate::capi::capi().$function)($($argument.into_c()),*)
            })
        }
        $ctx.$slot = Some(shim);
    })*};
}
pub(crate) use fill_shims;

/// Whether the object's type is `kind` or derives from it. It asks the type, not `__class__`, as
/// the C API's own `Check` macros do, which no interpreter exports.
///
/// # Safety
/// The interpreter's lock is held, `object` is live, `kind` is a type.
pub(crate) unsafe fn is_instance(object: *mut cpy_PyObject, kind: HPy) -> bool {
    let capi = capi();
    // SAFETY: promised by the caller; the new reference is given back.
    unsafe {
        let its_type = (capi.PyObject_Type)(object);
        if its_type.is_null() {
            (capi.PyErr_Clear)();
            return false;
        }
        let answer = (capi.PyType_IsSubtype)(its_type, pointer(kind)) != 0;
        (capi.Py_DecRef)(its_type);
        answer
    }
}

/// Sets an exception with a message of this crate.
///
/// # Safety
/// The interpreter's lock is held, `kind` is an exception type.
#[cold]
pub(crate) unsafe fn raise(kind: HPy, message: &std::ffi::CStr) {
    // SAFETY: promised by the caller.
    unsafe { (capi().PyErr_SetString)(pointer(kind), message.as_ptr()) }
}

/// Calls `function` of a Python module: what serves where a C-API function is not exported.
/// Returns a new reference, or null with an exception set.
///
/// # Safety
/// The interpreter's lock is held, the arguments are live.
#[cold]
pub(crate) unsafe fn call_in_module(
    ctx: *mut HPyContext,
    module: &std::ffi::CStr,
    function: &std::ffi::CStr,
    arguments: &[HPy],
) -> *mut cpy_PyObject {
    let capi = capi();
    // SAFETY: promised by the caller; what is made here is given back here.
    unsafe {
        let module = (capi.PyImport_ImportModule)(module.as_ptr());
        if module.is_null() {
            return module;
        }
        let callable = (capi.PyObject_GetAttrString)(module, function.as_ptr());
        (capi.Py_DecRef)(module);
        if callable.is_null() {
            return callable;
        }
        let result = super::call::positional(ctx, callable, arguments);
        (capi.Py_DecRef)(callable);
        result
    }
}
