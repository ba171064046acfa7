//! What hpy-host offers beyond HPy: the iterator slots, iterating over others, others' buffers.

use std::ffi::{CStr, c_int};
use std::ptr;

use hpy_host::buffer::{self, Buffer};
use hpy_host::{capi, iter};
use hpy_sys::*;

use crate::define::{definitions, methods, slots, tuple};

/// The instance data of the iterator.
#[repr(C)]
struct Countdown {
    next: i64,
}

slots! {
    NEW = HPy_tp_new, HPyFunc_NEWFUNC(ctx, kind, arguments, count, _keywords) {
        let start = if count == 1 { HPyLong_AsInt64_t(ctx, *arguments) } else { 3 };
        if start == -1 && HPyErr_Occurred(ctx) != 0 {
            return HPY_NULL;
        }
        let mut unused = ptr::null_mut();
        let this = HPy_New(ctx, kind, &mut unused);
        if !this.is_null() {
            (*_HPy_AsStruct_Object(ctx, this).cast::<Countdown>()).next = start;
        }
        this
    }
    ITER = hpy_host::slots::TP_ITER, HPyFunc_UNARYFUNC(ctx, this) {
        HPy_Dup(ctx, this)
    }
    NEXT = hpy_host::slots::TP_ITERNEXT, HPyFunc_UNARYFUNC(ctx, this) {
        let countdown = &mut *_HPy_AsStruct_Object(ctx, this).cast::<Countdown>();
        if countdown.next == -13 {
            return HPyErr_SetString(ctx, (*ctx).h_RuntimeError, c"an unlucky number".as_ptr());
        }
        if countdown.next == 0 {
            return HPY_NULL;
        }
        countdown.next -= 1;
        HPyLong_FromInt64_t(ctx, countdown.next)
    }
}

definitions! {
    DEFINES = [NEW, ITER, NEXT];
}

/// The C API, wherever the context came from; `false` with an exception set.
unsafe fn c_api(ctx: *mut HPyContext) -> bool {
    match capi::load() {
        Ok(_) => true,
        Err(missing) => {
            let message = format!("{missing}\0");
            // SAFETY: the context is live.
            unsafe {
                HPyErr_SetString(ctx, (*ctx).h_SystemError, message.as_ptr().cast());
            }
            false
        }
    }
}

methods! {
    SUM: c"sum_of", c"sum_of(iterable): by +, or 0." = HPyFunc_O(ctx, _this, x) {
        if !c_api(ctx) {
            return HPY_NULL;
        }
        let decref = capi::capi().Py_DecRef;
        let object = HPy_AsPyObject(ctx, x);
        let iterator = iter::get_iter(object);
        decref(object);
        if iterator.is_null() {
            return HPY_NULL;
        }
        let mut sum = HPyLong_FromInt64_t(ctx, 0);
        while !sum.is_null() {
            let item = iter::next(iterator);
            if item.is_null() {
                break;
            }
            let h = HPy_FromPyObject(ctx, item);
            decref(item);
            let next = HPy_Add(ctx, sum, h);
            HPy_Close(ctx, h);
            HPy_Close(ctx, sum);
            sum = next;
        }
        decref(iterator);
        if !sum.is_null() && HPyErr_Occurred(ctx) != 0 {
            HPy_Close(ctx, sum);
            return HPY_NULL;
        }
        sum
    }
    BUFFER_OF: c"buffer_of", c"buffer_of(x): (its bytes, format, item size, writable, shape[0] or -1)."
        = HPyFunc_O(ctx, _this, x) {
        if !c_api(ctx) {
            return HPY_NULL;
        }
        let object = HPy_AsPyObject(ctx, x);
        let held = Buffer::get(object, buffer::FORMAT | buffer::STRIDES);
        (capi::capi().Py_DecRef)(object);
        let Some(held) = held else { return HPY_NULL };
        if !held.is_c_contiguous() {
            return HPyErr_SetString(ctx, (*ctx).h_BufferError, c"not contiguous".as_ptr());
        }
        let format: &CStr = held.format();
        let first = held.shape().and_then(|shape| shape.first().copied()).unwrap_or(-1);
        tuple!(ctx,
            HPyBytes_FromStringAndSize(ctx, held.pointer().as_ptr().cast(), held.len() as isize),
            HPyUnicode_FromString(ctx, format.as_ptr()),
            HPyLong_FromSize_t(ctx, held.item_size()),
            HPyBool_FromBool(ctx, !held.is_read_only()),
            HPyLong_FromSsize_t(ctx, first),
        )
    }
    HOST: c"host", c"host(): the name of the context, and whether it is hpy-host's own."
        = HPyFunc_NOARGS(ctx, _this) {
        tuple!(ctx,
            HPyUnicode_FromString(ctx, (*ctx).name),
            HPyBool_FromBool(ctx, ctx == hpy_host::context::own()),
        )
    }
}

/// Makes the iterator type and adds it to the module: under hpy-host only, since other hosts refuse
/// the slots.
pub unsafe fn add(ctx: *mut HPyContext, module: HPy) -> c_int {
    let mut spec = HPyType_Spec {
        name: c"example.Countdown".as_ptr(),
        basicsize: size_of::<Countdown>() as c_int,
        itemsize: 0,
        flags: HPy_TPFLAGS_DEFAULT,
        builtin_shape: HPyType_BuiltinShape_Object,
        legacy_slots: ptr::null_mut(),
        defines: DEFINES.get().cast(),
        doc: c"Countdown(start=3): an iterator.".as_ptr(),
    };
    // SAFETY: the context and the module are live; the definitions are static.
    unsafe {
        let made = HPyHelpers_AddType(
            ctx,
            module,
            c"Countdown".as_ptr(),
            &mut spec,
            ptr::null_mut(),
        );
        made - 1
    }
}
