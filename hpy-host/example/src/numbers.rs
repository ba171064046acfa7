//! Integers, floats, bools and the number protocol.

use std::ffi::{CStr, c_int};

use hpy_sys::*;

use crate::define::{exactly, methods, text, truth, tuple};

/// A conversion whose failure value is only a failure if an exception is set.
macro_rules! round_trip {
    ($ctx:ident, $argument:ident, $as:ident, $failure:expr, $from:ident) => {{
        let value = $as($ctx, $argument);
        if value == $failure && HPyErr_Occurred($ctx) != 0 {
            return HPY_NULL;
        }
        $from($ctx, value)
    }};
}

type Unary = unsafe fn(*mut HPyContext, HPy) -> HPy;
type Binary = unsafe fn(*mut HPyContext, HPy, HPy) -> HPy;

const UNARY: &[(&CStr, Unary)] = &[
    (c"index", HPy_Index),
    (c"int", HPy_Long),
    (c"float", HPy_Float),
    (c"neg", HPy_Negative),
    (c"pos", HPy_Positive),
    (c"abs", HPy_Absolute),
    (c"invert", HPy_Invert),
];

const BINARY: &[(&CStr, Binary)] = &[
    (c"add", HPy_Add),
    (c"sub", HPy_Subtract),
    (c"mul", HPy_Multiply),
    (c"matmul", HPy_MatrixMultiply),
    (c"floordiv", HPy_FloorDivide),
    (c"truediv", HPy_TrueDivide),
    (c"mod", HPy_Remainder),
    (c"divmod", HPy_Divmod),
    (c"lshift", HPy_Lshift),
    (c"rshift", HPy_Rshift),
    (c"and_", HPy_And),
    (c"xor", HPy_Xor),
    (c"or_", HPy_Or),
    (c"iadd", HPy_InPlaceAdd),
    (c"isub", HPy_InPlaceSubtract),
    (c"imul", HPy_InPlaceMultiply),
    (c"imatmul", HPy_InPlaceMatrixMultiply),
    (c"ifloordiv", HPy_InPlaceFloorDivide),
    (c"itruediv", HPy_InPlaceTrueDivide),
    (c"imod", HPy_InPlaceRemainder),
    (c"ilshift", HPy_InPlaceLshift),
    (c"irshift", HPy_InPlaceRshift),
    (c"iand", HPy_InPlaceAnd),
    (c"ixor", HPy_InPlaceXor),
    (c"ior", HPy_InPlaceOr),
];

/// The operation of a name; `None` with a ValueError set.
unsafe fn find<T: Copy>(ctx: *mut HPyContext, name: HPy, table: &[(&CStr, T)]) -> Option<T> {
    // SAFETY: the context and the handle are live.
    unsafe {
        let name = text(ctx, name)?;
        let found = table.iter().find(|(known, _)| *known == name);
        if found.is_none() {
            HPyErr_SetString(ctx, (*ctx).h_ValueError, c"unknown operation".as_ptr());
        }
        found.map(|(_, operation)| *operation)
    }
}

methods! {
    INT32: c"int32", c"int32(x): through int32_t." = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyLong_AsInt32_t, -1, HPyLong_FromInt32_t)
    }
    UINT32: c"uint32", c"uint32(x): through uint32_t." = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyLong_AsUInt32_t, u32::MAX, HPyLong_FromUInt32_t)
    }
    UINT32_MASK: c"uint32_mask", c"uint32_mask(x): the low 32 bits." = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyLong_AsUInt32_tMask, u32::MAX, HPyLong_FromUInt32_t)
    }
    INT64: c"int64", c"int64(x): through int64_t." = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyLong_AsInt64_t, -1, HPyLong_FromInt64_t)
    }
    UINT64: c"uint64", c"uint64(x): through uint64_t." = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyLong_AsUInt64_t, u64::MAX, HPyLong_FromUInt64_t)
    }
    UINT64_MASK: c"uint64_mask", c"uint64_mask(x): the low 64 bits." = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyLong_AsUInt64_tMask, u64::MAX, HPyLong_FromUInt64_t)
    }
    SIZE: c"size", c"size(x): through size_t." = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyLong_AsSize_t, usize::MAX, HPyLong_FromSize_t)
    }
    SSIZE: c"ssize", c"ssize(x): through HPy_ssize_t." = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyLong_AsSsize_t, -1, HPyLong_FromSsize_t)
    }
    POINTER: c"pointer", c"pointer(x): through void *." = HPyFunc_O(ctx, _this, x) {
        let address = HPyLong_AsVoidPtr(ctx, x);
        if address.is_null() && HPyErr_Occurred(ctx) != 0 {
            return HPY_NULL;
        }
        HPyLong_FromSize_t(ctx, address as usize)
    }
    INT_AS_DOUBLE: c"int_as_double", c"int_as_double(x): an int through double."
        = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyLong_AsDouble, -1.0, HPyFloat_FromDouble)
    }
    DOUBLE: c"double", c"double(x): a float through double." = HPyFunc_O(ctx, _this, x) {
        round_trip!(ctx, x, HPyFloat_AsDouble, -1.0, HPyFloat_FromDouble)
    }
    EXTREMES: c"extremes", c"extremes(): the last value of each C integer type."
        = HPyFunc_NOARGS(ctx, _this) {
        tuple!(ctx,
            HPyLong_FromInt32_t(ctx, i32::MIN),
            HPyLong_FromUInt32_t(ctx, u32::MAX),
            HPyLong_FromInt64_t(ctx, i64::MIN),
            HPyLong_FromUInt64_t(ctx, u64::MAX),
            HPyLong_FromSize_t(ctx, usize::MAX),
            HPyLong_FromSsize_t(ctx, isize::MIN),
        )
    }
    TRUTH: c"truth", c"truth(x): (whether true, its negation, both as new bools)."
        = HPyFunc_O(ctx, _this, x) {
        let status = HPy_IsTrue(ctx, x);
        if status < 0 {
            return HPY_NULL;
        }
        tuple!(ctx, HPyBool_FromBool(ctx, status != 0), HPyBool_FromBool(ctx, status == 0))
    }
    IS_NUMBER: c"is_number", c"is_number(x): HPyNumber_Check." = HPyFunc_O(ctx, _this, x) {
        truth(ctx, HPyNumber_Check(ctx, x))
    }
    UNARY_OPERATION: c"unary", c"unary(name, x): an operation by its name in `operator`."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([name, x]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        match find(ctx, *name, UNARY) {
            Some(operation) => operation(ctx, *x),
            None => HPY_NULL,
        }
    }
    BINARY_OPERATION: c"binary", c"binary(name, x, y): an operation by its name in `operator`."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([name, x, y]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        match find(ctx, *name, BINARY) {
            Some(operation) => operation(ctx, *x, *y),
            None => HPY_NULL,
        }
    }
    POWER: c"power", c"power(x, y, modulus_or_None): x ** y." = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, y, modulus]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        HPy_Power(ctx, *x, *y, *modulus)
    }
    IN_PLACE_POWER: c"ipower", c"ipower(x, y): x **= y." = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, y]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        HPy_InPlacePower(ctx, *x, *y, (*ctx).h_None)
    }
    COMPARE: c"compare", c"compare(x, y, operator): (the result, its truth)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, y, operator]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let operator = HPyLong_AsInt32_t(ctx, *operator);
        if operator == -1 && HPyErr_Occurred(ctx) != 0 {
            return HPY_NULL;
        }
        let result = HPy_RichCompare(ctx, *x, *y, operator as c_int);
        if result.is_null() {
            return HPY_NULL;
        }
        let bool_result = truth(ctx, HPy_RichCompareBool(ctx, *x, *y, operator as c_int));
        tuple!(ctx, result, bool_result)
    }
}
