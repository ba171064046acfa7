//! A float's value, read in place.
//!
//! Calling `PyFloat_AsDouble` costs as much as the rest of an append. Where a self-test at start
//! proved that a float's value lies right behind its header, and that the header's last word is its
//! type, [`in_place`] reads it there. Never on GraalPy, whose floats are no native memory.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::capi::{PyObject, capi};
use crate::interpreter::{self, Kind};

/// What the self-test found; `header_bytes` is zero where nothing was proven.
struct Layout {
    header_bytes: usize,
    float_type: *mut PyObject,
}

struct Cell(UnsafeCell<Layout>);

// SAFETY: written once, while the host boots, before anyone can read.
unsafe impl Sync for Cell {}

static LAYOUT: Cell = Cell(UnsafeCell::new(Layout {
    header_bytes: 0,
    float_type: std::ptr::null_mut(),
}));

/// The value of an object whose type is exactly `float`. `None` for every other object, and for
/// all objects where reading in place was not proven to work.
///
/// `object` is a live object of the interpreter.
#[inline(always)]
pub fn in_place(object: *mut PyObject) -> Option<f64> {
    // SAFETY: written before anyone could read.
    let layout = unsafe { &*LAYOUT.0.get() };
    if layout.header_bytes == 0 {
        return None;
    }
    // SAFETY: the self-test passed, so this is CPython or PyPy, where each live object begins with
    // a header of this size that ends in the type's pointer; an exact float's value follows it.
    unsafe {
        let payload = object.cast::<u8>().add(layout.header_bytes);
        // Another thread may assign to `__class__` meanwhile, though never from or to a float.
        let kind = payload
            .sub(size_of::<usize>())
            .cast::<AtomicPtr<PyObject>>();
        let is_float = (*kind).load(Ordering::Relaxed) == layout.float_type;
        is_float.then(|| payload.cast::<f64>().read())
    }
}

/// Whether [`in_place`] can give a value on this interpreter.
pub fn is_proven() -> bool {
    // SAFETY: as in `in_place`.
    unsafe { (*LAYOUT.0.get()).header_bytes != 0 }
}

/// Tries the layout on a handful of objects; on any doubt [`in_place`] stays off.
pub(crate) fn self_test() {
    let interpreter = interpreter::get();
    if interpreter.kind == Kind::GraalPy {
        return;
    }
    let Some(float_type) = crate::capi::symbol("PyFloat_Type") else {
        return;
    };
    let layout = Layout {
        header_bytes: interpreter.header_bytes,
        float_type: float_type.cast(),
    };
    // SAFETY: the host is booting: nobody else reads yet.
    unsafe { *LAYOUT.0.get() = layout };
    if !passes() {
        // SAFETY: as above.
        unsafe { (*LAYOUT.0.get()).header_bytes = 0 };
    }
}

/// Whether floats of telling values are read back bit by bit, and other objects are refused.
fn passes() -> bool {
    let api = capi();
    let values = [
        0.0,
        -0.0,
        1.5,
        -1.0,
        1e300,
        5e-324,
        f64::MAX,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    // SAFETY: the C API is loaded and the lock held while the host boots; references made here are
    // given back here.
    unsafe {
        values.iter().all(|value| {
            let object = (api.PyFloat_FromDouble)(*value);
            if object.is_null() {
                (api.PyErr_Clear)();
                return false;
            }
            let read = in_place(object);
            (api.Py_DecRef)(object);
            read.is_some_and(|read| read.to_bits() == value.to_bits())
        }) && {
            let number = (api.PyLong_FromSsize_t)(7);
            if number.is_null() {
                (api.PyErr_Clear)();
                return false;
            }
            let read = in_place(number);
            (api.Py_DecRef)(number);
            read.is_none() && in_place(api.none).is_none()
        }
    }
}
