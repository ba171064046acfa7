//! The extension module `chunkarray._core`: HPy types over `chunkarray_core`.
//!
//! One binary, two doors. An interpreter that hosts HPy 0.9 calls [`HPyInit__core`]; every other
//! one calls [`PyInit__core`], which brings a host of its own (`hpy_host`) and runs the very same
//! definitions through it.

mod abi;
mod appender;
mod arena;
mod arguments;
mod array;
mod array_iterator;
mod atomics;
mod chunk;
mod code;
mod element;
mod extend;
mod fields;
mod kernels;
mod key_table;
mod locking;
mod log;
mod memory_pressure;
mod module;
mod pipeline;
mod quick;
mod record;
mod room;
mod row;
mod scan;
mod state;
mod times;
mod window;

use hpy_host::define::Trampolines;
use hpy_sys::{HPyContext, HPyModuleDef, cpy_PyObject};

/// The major version of the HPy ABI that the module is built against.
#[unsafe(no_mangle)]
pub extern "C" fn get_required_hpy_major_version__core() -> u32 {
    hpy_sys::ABI_VERSION
}

/// The minor version of the HPy ABI that the module is built against.
#[unsafe(no_mangle)]
pub extern "C" fn get_required_hpy_minor_version__core() -> u32 {
    hpy_sys::ABI_VERSION_MINOR
}

/// A host hands over the context that trampolines go through.
///
/// # Safety
/// Called by a host, with a context that lives as long as the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HPyInitGlobalContext__core(ctx: *mut HPyContext) {
    // SAFETY: promised by the caller.
    unsafe { hpy_host::define::set_global_context(ctx) }
}

/// The door of an interpreter that hosts HPy.
#[unsafe(no_mangle)]
pub extern "C" fn HPyInit__core() -> *mut HPyModuleDef {
    module::definition(Trampolines::Hpy)
}

/// The door of every other interpreter: CPython's import calls it, and so does everybody's who
/// speaks the C API.
///
/// # Safety
/// Called by an import, with the interpreter's lock held.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit__core() -> *mut cpy_PyObject {
    // SAFETY: promised by the caller; the definition lives as long as the process.
    unsafe {
        hpy_host::init_module(
            c"_core",
            module::definition(Trampolines::own()),
            HPyInitGlobalContext__core,
        )
    }
}
