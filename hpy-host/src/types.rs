//! Types: `HPyType_FromSpec`, instances, and what the host has to remember of each type.

mod call;
mod info;
mod instance;
mod shape;
pub(crate) mod spec;

use std::ffi::{CStr, c_int, c_ulong};

use hpy_sys::*;

use crate::capi::capi;
use crate::door::pointer;

pub(crate) use info::{
    FreeFunction, TraverseFunction, TypeInfo, Visit, data, lookup, lookup_nearest, type_of,
};
pub(crate) use spec::{NO_METHOD, definitions, keep, legacy_table, method_def};

pub(crate) fn fill(ctx: &mut HPyContext) {
    ctx.ctx_Type_FromSpec = Some(spec::type_from_spec);
    ctx.ctx_Type_GenericNew = Some(instance::generic_new);
    ctx.ctx_New = Some(instance::new);
    ctx.ctx_SetCallFunction = Some(call::set_call_function);
    shape::fill(ctx);
}

// Slots and flags of the C API by their numbers, which the stable ABI fixes.
const PY_TP_ALLOC: c_int = 47;
const PY_TP_BASE: c_int = 48;
const PY_TP_CALL: c_int = 50;
const PY_TP_CLEAR: c_int = 51;
const PY_TP_DEALLOC: c_int = 52;
const PY_TP_DOC: c_int = 56;
const PY_TP_METHODS: c_int = 64;
const PY_TP_TRAVERSE: c_int = 71;
const PY_TP_MEMBERS: c_int = 72;
const PY_TP_GETSET: c_int = 73;
pub(crate) const PY_TP_FREE: c_int = 74;
const TPFLAGS_HEAPTYPE: c_ulong = 1 << 9;
const TPFLAGS_HAVE_GC: c_ulong = 1 << 14;

/// Sets an exception.
///
/// # Safety
/// `kind` is an exception type of the context, the interpreter's lock is held.
#[cold]
unsafe fn raise(kind: HPy, message: &CStr) {
    // SAFETY: promised by the caller.
    unsafe { (capi().PyErr_SetString)(pointer(kind), message.as_ptr()) }
}
