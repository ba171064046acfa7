//! How a binding function reaches the interpreter: through a host's context, or straight through.
//!
//! A binding function is written once, generic over [`Door`], and compiled twice: once for
//! [`Native`], where every operation is a context call (PyPy's own HPy, the debug mode of the `hpy`
//! package), and once for [`Own`], where handles are object pointers and the few operations of the
//! hot paths need no context at all. Whatever is not listed here goes through [`Door::ctx`] and the
//! wrappers of `hpy_sys`, which work alike behind both doors.

use hpy_sys::{HPy, HPyContext, cpy_PyObject};

use crate::capi::capi;
use crate::interpreter::Kind;
use crate::numbers::float_by_index;

/// A way into the interpreter. The caller of any method holds the interpreter's lock (where there
/// is one), and hands in live handles that came through the same door.
pub trait Door: Copy {
    /// Whether handles are `PyObject` pointers.
    const OWN: bool;

    /// The context that every other HPy call takes.
    fn ctx(self) -> *mut HPyContext;

    /// Whether the interpreter runs one thread at a time.
    fn has_gil(self) -> bool;

    /// A new handle of `None`.
    fn none(self) -> HPy;

    /// A new float; null with an exception set when memory runs out.
    fn float(self, value: f64) -> HPy;

    /// A new int; null with an exception set when memory runs out.
    fn int(self, value: i64) -> HPy;

    /// A number's value as `PyFloat_AsDouble` gives it (an int's and `__float__`'s too), read in
    /// place where that is proven to work. `None`: an exception is set.
    fn to_float(self, h: HPy) -> Option<f64>;

    /// An int's value, for use as an index. `None`: an exception is set, and for all that is no int
    /// the caller has to ask `__index__` itself: interpreters differ in whether this does.
    fn to_index(self, h: HPy) -> Option<isize>;

    /// An int's value (a bool's too). `None`, and no exception, for one that does not fit and for all
    /// that is no int. Runs no Python code.
    fn int_of(self, h: HPy) -> Option<i64>;

    /// The value of an object whose type is exactly `float`, where reading it in place is proven to
    /// work. `None`, and no exception, for all else.
    fn float_in_place(self, h: HPy) -> Option<f64>;

    /// The instance data of an object whose type this module made.
    ///
    /// # Safety
    /// `h` is an instance of such a type, of the object shape.
    unsafe fn data(self, h: HPy) -> *mut u8;

    /// The object behind a handle, as a new C-API reference (to be given back by `Py_DecRef`).
    fn as_pyobject(self, h: HPy) -> *mut cpy_PyObject;
}

/// The door of another host: all goes through the context that the host passed in.
#[derive(Clone, Copy, Debug)]
pub struct Native(pub *mut HPyContext);

impl Door for Native {
    const OWN: bool = false;

    #[inline(always)]
    fn ctx(self) -> *mut HPyContext {
        self.0
    }

    #[inline(always)]
    fn has_gil(self) -> bool {
        // No host of HPy 0.9 runs on an interpreter without a lock.
        true
    }

    #[inline(always)]
    fn none(self) -> HPy {
        // SAFETY: the context is live for the length of the call that it was passed to.
        unsafe { hpy_sys::HPy_Dup(self.0, (*self.0).h_None) }
    }

    #[inline(always)]
    fn float(self, value: f64) -> HPy {
        // SAFETY: as in `none`.
        unsafe { hpy_sys::HPyFloat_FromDouble(self.0, value) }
    }

    #[inline(always)]
    fn int(self, value: i64) -> HPy {
        // SAFETY: as in `none`.
        unsafe { hpy_sys::HPyLong_FromInt64_t(self.0, value) }
    }

    #[inline(always)]
    fn to_float(self, h: HPy) -> Option<f64> {
        // SAFETY: as in `none`, and the caller's handle is live.
        unsafe {
            let value = hpy_sys::HPyFloat_AsDouble(self.0, h);
            if value != -1.0 || hpy_sys::HPyErr_Occurred(self.0) == 0 {
                Some(value)
            } else {
                float_by_index(self, h)
            }
        }
    }

    #[inline(always)]
    fn to_index(self, h: HPy) -> Option<isize> {
        // SAFETY: as in `to_float`.
        unsafe {
            let value = hpy_sys::HPyLong_AsSsize_t(self.0, h);
            (value != -1 || hpy_sys::HPyErr_Occurred(self.0) == 0).then_some(value)
        }
    }

    #[inline(always)]
    fn int_of(self, h: HPy) -> Option<i64> {
        // SAFETY: as in `to_float`.
        unsafe {
            if hpy_sys::HPy_TypeCheck(self.0, h, (*self.0).h_LongType) == 0 {
                return None;
            }
            let value = hpy_sys::HPyLong_AsInt64_t(self.0, h);
            if value == -1 && hpy_sys::HPyErr_Occurred(self.0) != 0 {
                hpy_sys::HPyErr_Clear(self.0);
                return None;
            }
            Some(value)
        }
    }

    #[inline(always)]
    fn float_in_place(self, _: HPy) -> Option<f64> {
        None
    }

    #[inline(always)]
    unsafe fn data(self, h: HPy) -> *mut u8 {
        // SAFETY: promised by the caller.
        unsafe { hpy_sys::_HPy_AsStruct_Object(self.0, h).cast() }
    }

    #[inline(always)]
    fn as_pyobject(self, h: HPy) -> *mut cpy_PyObject {
        // SAFETY: as in `none`.
        unsafe { hpy_sys::HPy_AsPyObject(self.0, h) }
    }
}

/// The door of this crate's own host: handles are object pointers, and the calls of the hot paths go
/// straight to the interpreter's C API.
///
/// `CPYTHON`: the interpreter is known to be a CPython with its lock, so that the size of its object
/// header is a constant; [`Trampolines::own`](crate::define::Trampolines::own) finds out.
#[derive(Clone, Copy, Debug)]
pub struct OwnHost<const CPYTHON: bool>;

/// The own host's door on any interpreter.
pub type Own = OwnHost<false>;

/// The header of CPython's objects, in a build with the interpreter's lock.
pub(crate) const CPYTHON_HEADER_BYTES: usize = 16;

/// The object pointer that a handle of the own host is.
#[inline(always)]
pub fn pointer(h: HPy) -> *mut cpy_PyObject {
    h._i as *mut cpy_PyObject
}

/// The handle that an object pointer is under the own host; a reference passes with it.
#[inline(always)]
pub fn handle(object: *mut cpy_PyObject) -> HPy {
    HPy {
        _i: object as isize,
    }
}

impl<const CPYTHON: bool> Door for OwnHost<CPYTHON> {
    const OWN: bool = true;

    #[inline(always)]
    fn ctx(self) -> *mut HPyContext {
        crate::context::own()
    }

    #[inline(always)]
    fn has_gil(self) -> bool {
        CPYTHON || !crate::interpreter::get().free_threaded
    }

    #[inline(always)]
    fn none(self) -> HPy {
        let capi = capi();
        // SAFETY: None lives as long as the interpreter. Where it is immortal a new reference of it
        // is the pointer itself.
        unsafe {
            if !capi.immortal_constants {
                (capi.Py_IncRef)(capi.none);
            }
        }
        handle(capi.none)
    }

    #[inline(always)]
    fn float(self, value: f64) -> HPy {
        // SAFETY: the caller holds the interpreter's lock.
        handle(unsafe { (capi().PyFloat_FromDouble)(value) })
    }

    #[inline(always)]
    fn int(self, value: i64) -> HPy {
        // SAFETY: the caller holds the interpreter's lock.
        handle(unsafe { (capi().PyLong_FromLongLong)(value) })
    }

    #[inline(always)]
    fn to_float(self, h: HPy) -> Option<f64> {
        if let Some(value) = crate::float::in_place(pointer(h)) {
            return Some(value);
        }
        // SAFETY: the caller holds the interpreter's lock and hands in a live object.
        unsafe {
            let value = (capi().PyFloat_AsDouble)(pointer(h));
            if value != -1.0 || (capi().PyErr_Occurred)().is_null() {
                Some(value)
            } else {
                float_by_index(self, h)
            }
        }
    }

    #[inline(always)]
    fn to_index(self, h: HPy) -> Option<isize> {
        // SAFETY: as in `to_float`.
        unsafe {
            let value = (capi().PyLong_AsSsize_t)(pointer(h));
            (value != -1 || (capi().PyErr_Occurred)().is_null()).then_some(value)
        }
    }

    #[inline(always)]
    fn int_of(self, h: HPy) -> Option<i64> {
        // Elsewhere than on CPython the call below may try to convert what is no int.
        let strict = CPYTHON || crate::interpreter::get().kind == Kind::CPython;
        // SAFETY: as in `to_float`.
        unsafe {
            if !strict {
                let ctx = self.ctx();
                if hpy_sys::HPy_TypeCheck(ctx, h, (*ctx).h_LongType) == 0 {
                    return None;
                }
            }
            let value = (capi().PyLong_AsSsize_t)(pointer(h));
            if value == -1 && !(capi().PyErr_Occurred)().is_null() {
                (capi().PyErr_Clear)();
                return None;
            }
            Some(value as i64)
        }
    }

    #[inline(always)]
    fn float_in_place(self, h: HPy) -> Option<f64> {
        crate::float::in_place(pointer(h))
    }

    #[inline(always)]
    unsafe fn data(self, h: HPy) -> *mut u8 {
        // SAFETY: an instance of a type that this host made is a native object on every
        // interpreter, and its data lies behind the header.
        unsafe {
            let header = if CPYTHON {
                CPYTHON_HEADER_BYTES
            } else {
                crate::interpreter::get().header_bytes
            };
            (pointer(h) as *mut u8).add(header)
        }
    }

    #[inline(always)]
    fn as_pyobject(self, h: HPy) -> *mut cpy_PyObject {
        // SAFETY: the caller holds the interpreter's lock and hands in a live object.
        unsafe { (capi().Py_IncRef)(pointer(h)) };
        pointer(h)
    }
}
