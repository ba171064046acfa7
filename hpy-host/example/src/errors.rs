//! Exceptions and warnings.

use std::ffi::c_int;

use hpy_sys::*;

use crate::define::{exactly, methods, none, or_null, text, text_or_none, truth};

unsafe extern "C" {
    /// Where C keeps `errno`.
    safe fn __errno_location() -> *mut c_int;
}

methods! {
    RAISE: c"raise_message", c"raise_message(type, message)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([kind, message]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(message) = text(ctx, *message) else { return HPY_NULL };
        HPyErr_SetString(ctx, *kind, message.as_ptr())
    }
    RAISE_OBJECT: c"raise_object", c"raise_object(type, value)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([kind, value]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        HPyErr_SetObject(ctx, *kind, *value)
    }
    RAISE_ERRNO: c"raise_errno", c"raise_errno(errno, filename_or_None)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([number, filename]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let number = HPyLong_AsInt32_t(ctx, *number);
        let Some(filename) = text_or_none(ctx, *filename) else { return HPY_NULL };
        *__errno_location() = number;
        HPyErr_SetFromErrnoWithFilename(ctx, (*ctx).h_OSError, filename)
    }
    RAISE_ERRNO_OBJECTS: c"raise_errno_objects", c"raise_errno_objects(errno, file, file_or_None)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([number, first, second]) = exactly(ctx, arguments, count) else {
            return HPY_NULL;
        };
        let number = HPyLong_AsInt32_t(ctx, *number);
        let second = or_null(ctx, *second);
        *__errno_location() = number;
        HPyErr_SetFromErrnoWithFilenameObjects(ctx, (*ctx).h_OSError, *first, second)
    }
    RAISE_NO_MEMORY: c"raise_no_memory", c"raise_no_memory()." = HPyFunc_NOARGS(ctx, _this) {
        HPyErr_NoMemory(ctx)
    }
    CATCH: c"catch", c"catch(f, type): None, or whether the exception that f() raised is of a type."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([f, kind]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let result = HPy_CallTupleDict(ctx, *f, HPY_NULL, HPY_NULL);
        if !result.is_null() {
            HPy_Close(ctx, result);
            return none(ctx, 0);
        }
        if HPyErr_Occurred(ctx) == 0 {
            return HPyErr_SetString(ctx, (*ctx).h_SystemError, c"no exception".as_ptr());
        }
        let matches = HPyErr_ExceptionMatches(ctx, *kind);
        HPyErr_Clear(ctx);
        if HPyErr_Occurred(ctx) != 0 {
            return HPY_NULL;
        }
        truth(ctx, matches)
    }
    NEW_EXCEPTION: c"new_exception", c"new_exception(name, doc_or_None, base_or_None, dict_or_None)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([name, doc, base, dict]) = exactly(ctx, arguments, count) else {
            return HPY_NULL;
        };
        let (Some(name), Some(doc)) = (text(ctx, *name), text_or_none(ctx, *doc)) else {
            return HPY_NULL;
        };
        let (base, dict) = (or_null(ctx, *base), or_null(ctx, *dict));
        if doc.is_null() {
            HPyErr_NewException(ctx, name.as_ptr(), base, dict)
        } else {
            HPyErr_NewExceptionWithDoc(ctx, name.as_ptr(), doc, base, dict)
        }
    }
    WARN: c"warn", c"warn(category, message)." = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([category, message]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(message) = text(ctx, *message) else { return HPY_NULL };
        none(ctx, HPyErr_WarnEx(ctx, *category, message.as_ptr(), 1))
    }
    UNRAISABLE: c"unraisable", c"unraisable(x): an exception that nobody can catch."
        = HPyFunc_O(ctx, _this, x) {
        HPyErr_SetString(ctx, (*ctx).h_ValueError, c"nobody catches this".as_ptr());
        HPyErr_WriteUnraisable(ctx, x);
        none(ctx, 0)
    }
    DUMP: c"dump", c"dump(x): writes about it to stderr." = HPyFunc_O(ctx, _this, x) {
        _HPy_Dump(ctx, x);
        none(ctx, 0)
    }
    FATAL: c"fatal", c"fatal(message): ends the process." = HPyFunc_O(ctx, _this, message) {
        let Some(message) = text(ctx, message) else { return HPY_NULL };
        HPy_FatalError(ctx, message.as_ptr())
    }
}
