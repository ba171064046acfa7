//! Capsules: each holds a boxed number, and its destructor counts.

use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_sys::*;

use crate::define::{Static, call_real_function, cast, exactly, methods, none, text, truth};

static DESTROYED: AtomicUsize = AtomicUsize::new(0);

const NAME: *const c_char = c"example.number".as_ptr();
const OTHER_NAME: *const c_char = c"example.other".as_ptr();

unsafe extern "C" fn destroy(_name: *const c_char, address: *mut c_void, _context: *mut c_void) {
    // SAFETY: the capsule holds what `capsule_new` or `capsule_replace` put in.
    drop(unsafe { Box::from_raw(address.cast::<i64>()) });
    DESTROYED.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn destroy_trampoline(capsule: *mut cpy_PyObject) {
    let function: unsafe extern "C" fn(*const c_char, *mut c_void, *mut c_void) = destroy;
    // SAFETY: for this signature the capsule itself stands in the place of a struct.
    unsafe { call_real_function(HPyFunc_CAPSULE_DESTRUCTOR, cast(function), capsule.cast()) }
}

static DESTRUCTOR: Static<HPyCapsule_Destructor> = Static::new(HPyCapsule_Destructor {
    cpy_trampoline: Some(destroy_trampoline),
    impl_: Some(destroy),
});

/// A destructor without its second half.
static HALF: Static<HPyCapsule_Destructor> = Static::new(HPyCapsule_Destructor {
    cpy_trampoline: None,
    impl_: Some(destroy),
});

/// Reads the number; `None` with an exception set.
unsafe fn number(ctx: *mut HPyContext, capsule: HPy, name: *const c_char) -> Option<*mut i64> {
    // SAFETY: the context and the handle are live.
    let address = unsafe { HPyCapsule_GetPointer(ctx, capsule, name) };
    (!address.is_null()).then_some(address.cast())
}

methods! {
    NEW: c"capsule_new", c"capsule_new(number): a capsule with a destructor."
        = HPyFunc_O(ctx, _this, value) {
        let value = HPyLong_AsInt64_t(ctx, value);
        if value == -1 && HPyErr_Occurred(ctx) != 0 {
            return HPY_NULL;
        }
        let address = Box::into_raw(Box::new(value));
        let capsule = HPyCapsule_New(ctx, address.cast(), NAME, DESTRUCTOR.get());
        if capsule.is_null() {
            drop(Box::from_raw(address));
        }
        capsule
    }
    NEW_BAD: c"capsule_new_bad", c"capsule_new_bad(what): 'null' address or 'half' a destructor."
        = HPyFunc_O(ctx, _this, what) {
        let Some(what) = text(ctx, what) else { return HPY_NULL };
        if what == c"null" {
            HPyCapsule_New(ctx, std::ptr::null_mut(), NAME, std::ptr::null_mut())
        } else {
            HPyCapsule_New(ctx, (&raw const HALF).cast_mut().cast(), NAME, HALF.get())
        }
    }
    GET: c"capsule_get", c"capsule_get(capsule, name): the number."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([capsule, name]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(name) = text(ctx, *name) else { return HPY_NULL };
        match number(ctx, *capsule, name.as_ptr()) {
            Some(number) => HPyLong_FromInt64_t(ctx, *number),
            None => HPY_NULL,
        }
    }
    IS_VALID: c"capsule_is_valid", c"capsule_is_valid(x, name)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([capsule, name]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(name) = text(ctx, *name) else { return HPY_NULL };
        truth(ctx, HPyCapsule_IsValid(ctx, *capsule, name.as_ptr()))
    }
    CAPSULE_NAME: c"capsule_name", c"capsule_name(capsule)." = HPyFunc_O(ctx, _this, capsule) {
        let name = HPyCapsule_GetName(ctx, capsule);
        if name.is_null() {
            return HPY_NULL;
        }
        HPyUnicode_FromString(ctx, name)
    }
    RENAME: c"capsule_rename", c"capsule_rename(capsule): to 'example.other'."
        = HPyFunc_O(ctx, _this, capsule) {
        none(ctx, HPyCapsule_SetName(ctx, capsule, OTHER_NAME))
    }
    CONTEXT: c"capsule_context", c"capsule_context(capsule, n): sets n, returns what was there."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([capsule, value]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let before = HPyCapsule_GetContext(ctx, *capsule);
        if before.is_null() && HPyErr_Occurred(ctx) != 0 {
            return HPY_NULL;
        }
        let value = HPyLong_AsSize_t(ctx, *value);
        if HPyCapsule_SetContext(ctx, *capsule, value as *mut c_void) < 0 {
            return HPY_NULL;
        }
        HPyLong_FromSize_t(ctx, before as usize)
    }
    REPLACE: c"capsule_replace", c"capsule_replace(capsule, number): another number."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([capsule, value]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let value = HPyLong_AsInt64_t(ctx, *value);
        let Some(old) = number(ctx, *capsule, NAME) else { return HPY_NULL };
        let address = Box::into_raw(Box::new(value));
        if HPyCapsule_SetPointer(ctx, *capsule, address.cast()) < 0 {
            drop(Box::from_raw(address));
            return HPY_NULL;
        }
        drop(Box::from_raw(old));
        none(ctx, 0)
    }
    DISARM: c"capsule_disarm", c"capsule_disarm(capsule): frees the number, removes the destructor."
        = HPyFunc_O(ctx, _this, capsule) {
        let Some(address) = number(ctx, capsule, NAME) else { return HPY_NULL };
        if HPyCapsule_SetDestructor(ctx, capsule, std::ptr::null_mut()) < 0 {
            return HPY_NULL;
        }
        drop(Box::from_raw(address));
        none(ctx, 0)
    }
    DESTROYED_COUNT: c"capsules_destroyed", c"capsules_destroyed(): calls of the destructor."
        = HPyFunc_NOARGS(ctx, _this) {
        HPyLong_FromSize_t(ctx, DESTROYED.load(Ordering::Relaxed))
    }
}
