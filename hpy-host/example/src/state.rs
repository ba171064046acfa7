//! Globals, context variables, and leaving Python.

use std::time::{Duration, Instant};

use hpy_sys::*;

use crate::define::{Static, exactly, methods, none, or_null, text};

/// A global of the module.
pub static KEPT: Static<HPyGlobal> = Static::new(HPYGLOBAL_NULL);

methods! {
    KEEP: c"keep", c"keep(x): keeps it in a global; keep(None) lets go." = HPyFunc_O(ctx, _this, x) {
        HPyGlobal_Store(ctx, KEPT.get(), or_null(ctx, x));
        none(ctx, 0)
    }
    LOOK_AT_KEPT: c"kept", c"kept(): what keep() was given, or None." = HPyFunc_NOARGS(ctx, _this) {
        let kept = *KEPT.get();
        if kept._i == 0 {
            return none(ctx, 0);
        }
        HPyGlobal_Load(ctx, kept)
    }
    VARIABLE_NEW: c"variable_new", c"variable_new(name, default_or_None): a context variable."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([name, default]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(name) = text(ctx, *name) else { return HPY_NULL };
        HPyContextVar_New(ctx, name.as_ptr(), or_null(ctx, *default))
    }
    VARIABLE_GET: c"variable_get", c"variable_get(variable, default_or_None): 'unset' if there is no value."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([variable, default]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let mut value = HPY_NULL;
        if HPyContextVar_Get(ctx, *variable, or_null(ctx, *default), &mut value) < 0 {
            return HPY_NULL;
        }
        if value.is_null() {
            return HPyUnicode_FromString(ctx, c"unset".as_ptr());
        }
        value
    }
    VARIABLE_SET: c"variable_set", c"variable_set(variable, value): the token."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([variable, value]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        HPyContextVar_Set(ctx, *variable, *value)
    }
    SLEEP: c"sleep", c"sleep(seconds): outside of Python; the seconds it took."
        = HPyFunc_O(ctx, _this, seconds) {
        let seconds = HPyFloat_AsDouble(ctx, seconds);
        if seconds == -1.0 && HPyErr_Occurred(ctx) != 0 {
            return HPY_NULL;
        }
        let start = Instant::now();
        let state = HPy_LeavePythonExecution(ctx);
        std::thread::sleep(Duration::from_secs_f64(seconds.clamp(0.0, 10.0)));
        HPy_ReenterPythonExecution(ctx, state);
        HPyFloat_FromDouble(ctx, start.elapsed().as_secs_f64())
    }
}
