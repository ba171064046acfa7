//! Floats, bools and the number protocol.

use std::ffi::{c_int, c_long};
use std::ptr;

use hpy_sys::{HPy, HPyContext, cpy_PyObject};

use super::shim::fill_shims;
use crate::capi::capi;
use crate::door::{handle, pointer};
use crate::interpreter::{self, Kind};

unsafe extern "C" fn bool_from_bool(_ctx: *mut HPyContext, value: bool) -> HPy {
    // SAFETY: the caller holds the interpreter's lock.
    handle(unsafe { (capi().PyBool_FromLong)(c_long::from(value)) })
}

/// A float's value, or that of what has `__float__` or `__index__`.
unsafe extern "C" fn float_as_double(_ctx: *mut HPyContext, h: HPy) -> f64 {
    let capi = capi();
    // SAFETY: the caller's handle is live.
    unsafe {
        let value = (capi.PyFloat_AsDouble)(pointer(h));
        if value == -1.0
            && interpreter::get().kind != Kind::CPython
            && !(capi.PyErr_Occurred)().is_null()
        {
            return double_of_index(pointer(h));
        }
        value
    }
}

/// PyPy's `PyFloat_AsDouble` does not know that `__index__` will do. Called with its exception set,
/// which stays where there is no way out.
#[cold]
unsafe fn double_of_index(object: *mut cpy_PyObject) -> f64 {
    let capi = capi();
    // SAFETY: the caller's object is live; what is made here is given back here.
    unsafe {
        let (mut kind, mut value, mut traceback) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        (capi.PyErr_Fetch)(&mut kind, &mut value, &mut traceback);
        let only_index = (capi.PyObject_HasAttrString)(object, c"__float__".as_ptr()) == 0
            && (capi.PyObject_HasAttrString)(object, c"__index__".as_ptr()) == 1;
        if !only_index {
            (capi.PyErr_Restore)(kind, value, traceback);
            return -1.0;
        }
        for old in [kind, value, traceback].into_iter().filter(|old| !old.is_null()) {
            (capi.Py_DecRef)(old);
        }
        let int = (capi.PyNumber_Index)(object);
        if int.is_null() {
            return -1.0;
        }
        let result = (capi.PyLong_AsDouble)(int);
        (capi.Py_DecRef)(int);
        result
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_Float_FromDouble(value: f64) -> HPy = PyFloat_FromDouble;
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
    ctx.ctx_Float_AsDouble = Some(float_as_double);
    ctx.ctx_Bool_FromBool = Some(bool_from_bool);
}
