//! Floats, bools and the number protocol.

use std::ffi::{c_int, c_long};

use hpy_sys::{HPy, HPyContext};

use super::shim::fill_shims;
use crate::capi::capi;
use crate::door::handle;

unsafe extern "C" fn bool_from_bool(_ctx: *mut HPyContext, value: bool) -> HPy {
    // SAFETY: the caller holds the interpreter's lock.
    handle(unsafe { (capi().PyBool_FromLong)(c_long::from(value)) })
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_Float_FromDouble(value: f64) -> HPy = PyFloat_FromDouble;
        ctx_Float_AsDouble(h: HPy) -> f64 = PyFloat_AsDouble;
        ctx_Number_Check(h: HPy) -> c_int = PyNumber_Check;
        ctx_Index(h: HPy) -> HPy = PyNumber_Index;
        ctx_Long(h: HPy) -> HPy = PyNumber_Long;
        ctx_Float(h: HPy) -> HPy = PyNumber_Float;
        ctx_Negative(h: HPy) -> HPy = PyNumber_Negative;
        ctx_Positive(h: HPy) -> HPy = PyNumber_Positive;
        ctx_Absolute(h: HPy) -> HPy = PyNumber_Absolute;
        ctx_Invert(h: HPy) -> HPy = PyNumber_Invert;
        ctx_Add(a: HPy, b: HPy) -> HPy = PyNumber_Add;
        ctx_Subtract(a: HPy, b: HPy) -> HPy = PyNumber_Subtract;
        ctx_Multiply(a: HPy, b: HPy) -> HPy = PyNumber_Multiply;
        ctx_MatrixMultiply(a: HPy, b: HPy) -> HPy = PyNumber_MatrixMultiply;
        ctx_FloorDivide(a: HPy, b: HPy) -> HPy = PyNumber_FloorDivide;
        ctx_TrueDivide(a: HPy, b: HPy) -> HPy = PyNumber_TrueDivide;
        ctx_Remainder(a: HPy, b: HPy) -> HPy = PyNumber_Remainder;
        ctx_Divmod(a: HPy, b: HPy) -> HPy = PyNumber_Divmod;
        ctx_Power(a: HPy, b: HPy, modulus: HPy) -> HPy = PyNumber_Power;
        ctx_Lshift(a: HPy, b: HPy) -> HPy = PyNumber_Lshift;
        ctx_Rshift(a: HPy, b: HPy) -> HPy = PyNumber_Rshift;
        ctx_And(a: HPy, b: HPy) -> HPy = PyNumber_And;
        ctx_Xor(a: HPy, b: HPy) -> HPy = PyNumber_Xor;
        ctx_Or(a: HPy, b: HPy) -> HPy = PyNumber_Or;
        ctx_InPlaceAdd(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceAdd;
        ctx_InPlaceSubtract(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceSubtract;
        ctx_InPlaceMultiply(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceMultiply;
        ctx_InPlaceMatrixMultiply(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceMatrixMultiply;
        ctx_InPlaceFloorDivide(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceFloorDivide;
        ctx_InPlaceTrueDivide(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceTrueDivide;
        ctx_InPlaceRemainder(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceRemainder;
        ctx_InPlacePower(a: HPy, b: HPy, modulus: HPy) -> HPy = PyNumber_InPlacePower;
        ctx_InPlaceLshift(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceLshift;
        ctx_InPlaceRshift(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceRshift;
        ctx_InPlaceAnd(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceAnd;
        ctx_InPlaceXor(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceXor;
        ctx_InPlaceOr(a: HPy, b: HPy) -> HPy = PyNumber_InPlaceOr;
    }
    ctx.ctx_Bool_FromBool = Some(bool_from_bool);
}
