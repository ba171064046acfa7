//! Strings.

use std::ffi::{c_char, c_int};

use hpy_sys::{HPy, HPyContext};

use super::shim::{fill_shims, is_instance};
use crate::door::pointer;

unsafe extern "C" fn check(ctx: *mut HPyContext, h: HPy) -> c_int {
    // SAFETY: the caller's handle is live, the context is the host's.
    c_int::from(unsafe { is_instance(pointer(h), (*ctx).h_UnicodeType) })
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_Unicode_FromString(utf8: *const c_char) -> HPy = PyUnicode_FromString;
        ctx_Unicode_AsASCIIString(h: HPy) -> HPy = PyUnicode_AsASCIIString;
        ctx_Unicode_AsLatin1String(h: HPy) -> HPy = PyUnicode_AsLatin1String;
        ctx_Unicode_AsUTF8String(h: HPy) -> HPy = PyUnicode_AsUTF8String;
        ctx_Unicode_AsUTF8AndSize(h: HPy, size: *mut isize) -> *const c_char
            = PyUnicode_AsUTF8AndSize;
        ctx_Unicode_FromWideChar(wide: *const c_int, size: isize) -> HPy = PyUnicode_FromWideChar;
        ctx_Unicode_DecodeFSDefault(bytes: *const c_char) -> HPy = PyUnicode_DecodeFSDefault;
        ctx_Unicode_DecodeFSDefaultAndSize(bytes: *const c_char, size: isize) -> HPy
            = PyUnicode_DecodeFSDefaultAndSize;
        ctx_Unicode_EncodeFSDefault(h: HPy) -> HPy = PyUnicode_EncodeFSDefault;
        ctx_Unicode_ReadChar(h: HPy, index: isize) -> u32 = PyUnicode_ReadChar;
        ctx_Unicode_DecodeASCII(bytes: *const c_char, size: isize, errors: *const c_char) -> HPy
            = PyUnicode_DecodeASCII;
        ctx_Unicode_DecodeLatin1(bytes: *const c_char, size: isize, errors: *const c_char) -> HPy
            = PyUnicode_DecodeLatin1;
        ctx_Unicode_FromEncodedObject(h: HPy, encoding: *const c_char, errors: *const c_char) -> HPy
            = PyUnicode_FromEncodedObject;
        ctx_Unicode_Substring(h: HPy, start: isize, end: isize) -> HPy = PyUnicode_Substring;
    }
    ctx.ctx_Unicode_Check = Some(check);
}
