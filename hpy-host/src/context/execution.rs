//! Leaving Python and coming back. The thread state travels as a pointer.

use std::ffi::c_void;

use hpy_sys::{HPyContext, HPyThreadState};

use crate::capi::capi;

unsafe extern "C" fn leave(_ctx: *mut HPyContext) -> HPyThreadState {
    // SAFETY: the caller holds the interpreter's lock and uses no handle until it is back.
    let state = unsafe { (capi().PyEval_SaveThread)() };
    HPyThreadState { _i: state as isize }
}

unsafe extern "C" fn reenter(_ctx: *mut HPyContext, state: HPyThreadState) {
    // SAFETY: the state is what `leave` gave to this thread.
    unsafe { (capi().PyEval_RestoreThread)(state._i as *mut c_void) }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    ctx.ctx_LeavePythonExecution = Some(leave);
    ctx.ctx_ReenterPythonExecution = Some(reenter);
}
