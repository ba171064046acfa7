//! Trackers: handles that are closed together.

use std::ffi::c_int;

use hpy_sys::{HPy, HPyContext, HPyTracker};

use super::shim::raise;
use crate::capi::capi;
use crate::door::pointer;

/// Room that a tracker of unknown size starts with.
const INITIAL: usize = 5;

/// The tracked handles. There is always room for one more: a handle whose Add fails for want of
/// memory is tracked all the same.
type Tracked = Vec<HPy>;

/// The handles behind a tracker.
unsafe fn tracked<'a>(tracker: HPyTracker) -> &'a mut Tracked {
    // SAFETY: the tracker came from `new` and was not closed; one thread uses it at a time.
    unsafe { &mut *(tracker._i as *mut Tracked) }
}

unsafe extern "C" fn new(ctx: *mut HPyContext, size: isize) -> HPyTracker {
    let mut handles = Tracked::new();
    // SAFETY: the context is the host's, the caller holds the interpreter's lock.
    unsafe {
        let Ok(size) = usize::try_from(size) else {
            raise((*ctx).h_ValueError, c"a tracker's size cannot be negative");
            return HPyTracker { _i: 0 };
        };
        let size = if size == 0 { INITIAL } else { size };
        if handles.try_reserve_exact(size.saturating_add(1)).is_err() {
            (capi().PyErr_NoMemory)();
            return HPyTracker { _i: 0 };
        }
    }
    HPyTracker {
        _i: Box::into_raw(Box::new(handles)) as isize,
    }
}

unsafe extern "C" fn add(_ctx: *mut HPyContext, tracker: HPyTracker, h: HPy) -> c_int {
    // SAFETY: the caller's tracker is open.
    let handles = unsafe { tracked(tracker) };
    handles.push(h);
    if handles.try_reserve(1).is_err() {
        // SAFETY: the caller holds the interpreter's lock.
        unsafe { (capi().PyErr_NoMemory)() };
        return -1;
    }
    0
}

unsafe extern "C" fn forget_all(_ctx: *mut HPyContext, tracker: HPyTracker) {
    // SAFETY: the caller's tracker is open.
    unsafe { tracked(tracker).clear() }
}

unsafe extern "C" fn close(_ctx: *mut HPyContext, tracker: HPyTracker) {
    // SAFETY: the caller gives up the tracker, which came from `new`, and the handles in it. A
    // handle may be null, as it may be for Close.
    unsafe {
        let handles = Box::from_raw(tracker._i as *mut Tracked);
        for h in handles.iter().filter(|h| !h.is_null()) {
            (capi().Py_DecRef)(pointer(*h));
        }
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    ctx.ctx_Tracker_New = Some(new);
    ctx.ctx_Tracker_Add = Some(add);
    ctx.ctx_Tracker_ForgetAll = Some(forget_all);
    ctx.ctx_Tracker_Close = Some(close);
}
