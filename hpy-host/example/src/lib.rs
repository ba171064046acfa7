//! An HPy module that a host can be tried with: it has a bit of everything that HPy 0.9 has, and no
//! purpose of its own.
//!
//! It is written against `hpy_sys` the way a C module is written against HPy's headers, with HPy's
//! own kind of trampolines (`define`); but for `twins`, which shows hpy-twins. It exports both doors:
//! HPy's, for an interpreter that hosts HPy, and `PyInit_example`, which brings the host of hpy-host.
//! `test_example.py` runs the same tests through either.
#![allow(
    missing_docs,
    reason = "what a function does is in its docstring, which Python shows"
)]
#![allow(clippy::missing_safety_doc, reason = "a host calls, under HPy's rules")]

mod calls;
mod capsules;
mod containers;
mod define;
mod errors;
mod extensions;
mod members;
mod numbers;
mod point;
mod state;
mod strings;
mod twins;

use std::ptr;

use define::{Static, definitions, slots};
use hpy_host::define::{Trampolines, set_global_context};
use hpy_sys::*;

slots! {
    EXEC = HPy_mod_exec, HPyFunc_INQUIRY(ctx, module) {
        let own = ctx == hpy_host::context::own();
        if point::add(ctx, module, own) < 0 || members::add(ctx, module) < 0 {
            return -1;
        }
        if own && extensions::add(ctx, module) < 0 {
            return -1;
        }
        0
    }
    EXEC_AGAIN = HPy_mod_exec, HPyFunc_INQUIRY(ctx, module) {
        HPy_SetAttr_s(ctx, module, c"answer".as_ptr(), (*ctx).h_True)
    }
}

definitions! {
    DEFINES = [
    EXEC,
    EXEC_AGAIN,
    numbers::INT32,
    numbers::UINT32,
    numbers::UINT32_MASK,
    numbers::INT64,
    numbers::UINT64,
    numbers::UINT64_MASK,
    numbers::SIZE,
    numbers::SSIZE,
    numbers::POINTER,
    numbers::INT_AS_DOUBLE,
    numbers::DOUBLE,
    numbers::EXTREMES,
    numbers::TRUTH,
    numbers::IS_NUMBER,
    numbers::UNARY_OPERATION,
    numbers::BINARY_OPERATION,
    numbers::POWER,
    numbers::IN_PLACE_POWER,
    numbers::COMPARE,
    strings::AS_TEXT,
    strings::AS_BYTES,
    strings::HASH,
    strings::UTF8,
    strings::ENCODE,
    strings::DECODE,
    strings::FROM_ENCODED,
    strings::WIDE,
    strings::READ_CHAR,
    strings::SUBSTRING,
    strings::BYTES,
    strings::BYTES_FROM_NULL,
    strings::CHECKS,
    containers::LIST_OF,
    containers::APPEND,
    containers::TUPLE_OF,
    containers::TUPLE_BUILT,
    containers::LIST_BUILT,
    containers::BUILD_CANCELLED,
    containers::SQUARES,
    containers::TRACK_AND_FORGET,
    containers::DICT_OF,
    containers::DICT_KEYS,
    containers::DICT_COPY,
    containers::UNPACK_SLICE,
    containers::LENGTH,
    containers::CONTAINS,
    containers::GET_ITEM,
    containers::SET_ITEM,
    containers::DELETE_ITEM,
    containers::GET_ATTRIBUTE,
    containers::HAS_ATTRIBUTE,
    containers::SET_ATTRIBUTE,
    containers::TYPE_OF,
    containers::IS_INSTANCE,
    containers::IS_SUBTYPE,
    containers::IS,
    containers::PAIR,
    calls::CALL,
    calls::CALL_METHOD,
    calls::CALL_TUPLE_DICT,
    calls::IMPORT,
    calls::BUILTIN,
    calls::RUN,
    errors::RAISE,
    errors::RAISE_OBJECT,
    errors::RAISE_ERRNO,
    errors::RAISE_ERRNO_OBJECTS,
    errors::RAISE_NO_MEMORY,
    errors::CATCH,
    errors::NEW_EXCEPTION,
    errors::WARN,
    errors::UNRAISABLE,
    errors::DUMP,
    errors::FATAL,
    capsules::NEW,
    capsules::NEW_BAD,
    capsules::GET,
    capsules::IS_VALID,
    capsules::CAPSULE_NAME,
    capsules::RENAME,
    capsules::CONTEXT,
    capsules::REPLACE,
    capsules::DISARM,
    capsules::DESTROYED_COUNT,
    state::KEEP,
    state::LOOK_AT_KEPT,
    state::VARIABLE_NEW,
    state::VARIABLE_GET,
    state::VARIABLE_SET,
    state::SLEEP,
    point::COUNTS,
    point::SET_CALL_OF,
    extensions::SUM,
    extensions::BUFFER_OF,
    extensions::HOST,
    ];
}

static GLOBALS: Static<[*mut HPyGlobal; 3]> =
    Static::new([state::KEPT.get(), point::TYPE.get(), ptr::null_mut()]);

/// A definition of the module, for one host that asks for it: it lives as long as the process.
///
/// Only what hpy-twins makes has other trampolines than HPy's, which work under any host: under our own
/// its methods get direct ones.
fn module(trampolines: Trampolines) -> *mut HPyModuleDef {
    // SAFETY: hosts write into what the list points to, never into the list.
    let given = unsafe { &*DEFINES.get() };
    let (_end, given) = given.split_last().expect("a list ends with its null");
    let twins = twins::definitions(trampolines)
        .into_iter()
        .map(|definition| Box::into_raw(Box::new(definition)));
    let all: Vec<*mut HPyDef> = given
        .iter()
        .copied()
        .chain(twins)
        .chain([ptr::null_mut()])
        .collect();
    Box::into_raw(Box::new(HPyModuleDef {
        doc: c"A bit of everything that HPy has.".as_ptr(),
        size: 0,
        legacy_methods: ptr::null_mut(),
        defines: all.leak().as_mut_ptr(),
        globals: GLOBALS.get().cast(),
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn get_required_hpy_major_version_example() -> u32 {
    ABI_VERSION
}

#[unsafe(no_mangle)]
pub extern "C" fn get_required_hpy_minor_version_example() -> u32 {
    ABI_VERSION_MINOR
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn HPyInitGlobalContext_example(ctx: *mut HPyContext) {
    // SAFETY: a host hands in its context.
    unsafe {
        define::set_context(ctx);
        set_global_context(ctx);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn HPyInit_example() -> *mut HPyModuleDef {
    module(Trampolines::Hpy)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit_example() -> *mut cpy_PyObject {
    // SAFETY: an interpreter imports the module; the definitions live as long as the process.
    unsafe {
        hpy_host::init_module(
            c"example",
            module(Trampolines::own()),
            HPyInitGlobalContext_example,
        )
    }
}
