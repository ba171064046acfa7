//! [hpy-host](hpy_host) for HPy modules written in C.
//!
//! A module that was made with `HPy_MODINIT(name, def)` needs three more lines, and this library
//! linked in, to load on interpreters without HPy as well:
//!
//! ```c
//! PyObject *hpy_host_init_module(const char *, HPyModuleDef *, void (*)(HPyContext *));
//! HPy_EXPORTED_SYMBOL PyObject *PyInit_name(void)
//! { return hpy_host_init_module("name", HPyInit_name(), HPyInitGlobalContext_name); }
//! ```
//!
//! (In the universal ABI HPy's headers call `PyObject` `cpy_PyObject`.)

use std::ffi::{CStr, c_char};

use hpy_sys::{HPyContext, HPyModuleDef, cpy_PyObject};

/// What `PyInit_<name>` returns: see [`hpy_host::init_module`].
///
/// # Safety
/// An interpreter calls it, through `PyInit_<name>`. The name is NUL-terminated, the definition and
/// what it points to are static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hpy_host_init_module(
    name: *const c_char,
    def: *mut HPyModuleDef,
    init_global: unsafe extern "C" fn(*mut HPyContext),
) -> *mut cpy_PyObject {
    // SAFETY: promised by the caller.
    unsafe { hpy_host::init_module(CStr::from_ptr(name), def, init_global) }
}
