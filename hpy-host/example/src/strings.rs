//! Bytes and strings.

use std::ffi::CStr;

use hpy_sys::*;

use crate::define::{exactly, methods, text, text_or_none, truth, tuple};

/// An index argument; `None` with an exception set.
unsafe fn index(ctx: *mut HPyContext, h: HPy) -> Option<isize> {
    // SAFETY: the context and the handle are live.
    unsafe {
        let value = HPyLong_AsSsize_t(ctx, h);
        (value != -1 || HPyErr_Occurred(ctx) == 0).then_some(value)
    }
}

methods! {
    AS_TEXT: c"as_text", c"as_text(x): (repr, str, ascii)." = HPyFunc_O(ctx, _this, x) {
        tuple!(ctx, HPy_Repr(ctx, x), HPy_Str(ctx, x), HPy_ASCII(ctx, x))
    }
    AS_BYTES: c"as_bytes", c"as_bytes(x): bytes(x)." = HPyFunc_O(ctx, _this, x) {
        HPy_Bytes(ctx, x)
    }
    HASH: c"hash", c"hash(x)." = HPyFunc_O(ctx, _this, x) {
        let hash = HPy_Hash(ctx, x);
        if hash == -1 {
            return HPY_NULL;
        }
        HPyLong_FromSsize_t(ctx, hash)
    }
    UTF8: c"utf8", c"utf8(s): (a str of its UTF-8, the size in bytes)." = HPyFunc_O(ctx, _this, x) {
        let mut size = 0;
        let utf8 = HPyUnicode_AsUTF8AndSize(ctx, x, &mut size);
        if utf8.is_null() {
            return HPY_NULL;
        }
        tuple!(ctx, HPyUnicode_FromString(ctx, utf8), HPyLong_FromSsize_t(ctx, size))
    }
    ENCODE: c"encode", c"encode(s, codec): 'ascii', 'latin1', 'utf8' or 'fs'."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([string, codec]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(codec) = text(ctx, *codec) else { return HPY_NULL };
        match codec.to_bytes() {
            b"ascii" => HPyUnicode_AsASCIIString(ctx, *string),
            b"latin1" => HPyUnicode_AsLatin1String(ctx, *string),
            b"utf8" => HPyUnicode_AsUTF8String(ctx, *string),
            b"fs" => HPyUnicode_EncodeFSDefault(ctx, *string),
            _ => HPyErr_SetString(ctx, (*ctx).h_ValueError, c"unknown codec".as_ptr()),
        }
    }
    DECODE: c"decode", c"decode(b, codec, errors_or_None): 'ascii', 'latin1' or 'fs'."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([bytes, codec, errors]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let (Some(codec), Some(errors)) = (text(ctx, *codec), text_or_none(ctx, *errors)) else {
            return HPY_NULL;
        };
        let size = HPyBytes_Size(ctx, *bytes);
        let bytes = HPyBytes_AsString(ctx, *bytes);
        if bytes.is_null() {
            return HPY_NULL;
        }
        match codec.to_bytes() {
            b"ascii" => HPyUnicode_DecodeASCII(ctx, bytes, size, errors),
            b"latin1" => HPyUnicode_DecodeLatin1(ctx, bytes, size, errors),
            b"fs" => tuple!(ctx,
                HPyUnicode_DecodeFSDefault(ctx, bytes),
                HPyUnicode_DecodeFSDefaultAndSize(ctx, bytes, size),
            ),
            _ => HPyErr_SetString(ctx, (*ctx).h_ValueError, c"unknown codec".as_ptr()),
        }
    }
    FROM_ENCODED: c"from_encoded", c"from_encoded(x, encoding_or_None, errors_or_None)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, encoding, errors]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let (Some(encoding), Some(errors)) =
            (text_or_none(ctx, *encoding), text_or_none(ctx, *errors))
        else {
            return HPY_NULL;
        };
        HPyUnicode_FromEncodedObject(ctx, *x, encoding, errors)
    }
    WIDE: c"wide", c"wide(): a str from wchar_t, once with its size and once by its NUL."
        = HPyFunc_NOARGS(ctx, _this) {
        let wide: [wchar_t; 4] = [0x41, 0xe9, 0x1f600, 0];
        tuple!(ctx,
            HPyUnicode_FromWideChar(ctx, wide.as_ptr(), 2),
            HPyUnicode_FromWideChar(ctx, wide.as_ptr(), -1),
        )
    }
    READ_CHAR: c"read_char", c"read_char(s, i): the code point."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([string, i]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(i) = index(ctx, *i) else { return HPY_NULL };
        let character = HPyUnicode_ReadChar(ctx, *string, i);
        if character == u32::MAX {
            return HPY_NULL;
        }
        HPyLong_FromUInt32_t(ctx, character)
    }
    SUBSTRING: c"substring", c"substring(s, start, end)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([string, start, end]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let (Some(start), Some(end)) = (index(ctx, *start), index(ctx, *end)) else {
            return HPY_NULL;
        };
        HPyUnicode_Substring(ctx, *string, start, end)
    }
    BYTES: c"bytes_info", c"bytes_info(b): (size, size, the bytes, the bytes up to a NUL)."
        = HPyFunc_O(ctx, _this, x) {
        let size = HPyBytes_Size(ctx, x);
        if size < 0 {
            return HPY_NULL;
        }
        let bytes = HPyBytes_AsString(ctx, x);
        if bytes.is_null() {
            return HPY_NULL;
        }
        // An exact bytes object was asked for above, so the unchecked forms may be used.
        let same = HPyBytes_AS_STRING(ctx, x);
        if CStr::from_ptr(same) != CStr::from_ptr(bytes) {
            return HPyErr_SetString(ctx, (*ctx).h_SystemError, c"two contents".as_ptr());
        }
        tuple!(ctx,
            HPyLong_FromSsize_t(ctx, size),
            HPyLong_FromSsize_t(ctx, HPyBytes_GET_SIZE(ctx, x)),
            HPyBytes_FromStringAndSize(ctx, bytes, size),
            HPyBytes_FromString(ctx, bytes),
        )
    }
    BYTES_FROM_NULL: c"bytes_from_null", c"bytes_from_null(): asks for bytes at NULL."
        = HPyFunc_NOARGS(ctx, _this) {
        HPyBytes_FromStringAndSize(ctx, std::ptr::null(), 4)
    }
    CHECKS: c"checks", c"checks(x): whether it is (bytes, str, list, dict, tuple, callable)."
        = HPyFunc_O(ctx, _this, x) {
        tuple!(ctx,
            truth(ctx, HPyBytes_Check(ctx, x)),
            truth(ctx, HPyUnicode_Check(ctx, x)),
            truth(ctx, HPyList_Check(ctx, x)),
            truth(ctx, HPyDict_Check(ctx, x)),
            truth(ctx, HPyTuple_Check(ctx, x)),
            truth(ctx, HPyCallable_Check(ctx, x)),
        )
    }
}
