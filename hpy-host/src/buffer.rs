//! The memory of other objects, through the buffer protocol: HPy 0.9 can export but not consume.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::ptr::NonNull;

use hpy_sys::HPy_buffer;

use crate::capi::{PyObject, capi};

/// What `PyObject_GetBuffer` may write, in words. A `Py_buffer` is 80 bytes on CPython and GraalPy;
/// PyPy's is larger than its own users think, so it gets 2,048 bytes.
const WORDS: usize = 256;

// The fields that HPy names come first in every interpreter's struct, in this order.
const _: () = assert!(size_of::<HPy_buffer>() == 80);

/// `PyBUF_SIMPLE`: contiguous bytes, without format or shape.
pub const SIMPLE: c_int = 0;
/// `PyBUF_WRITABLE`: refuse read-only memory.
pub const WRITABLE: c_int = 0x1;
/// `PyBUF_FORMAT`: tell the element format.
pub const FORMAT: c_int = 0x4;
/// `PyBUF_ND`: tell the shape.
pub const ND: c_int = 0x8;
/// `PyBUF_STRIDES`: tell the strides (memory need not be contiguous).
pub const STRIDES: c_int = 0x10 | ND;
/// `PyBUF_C_CONTIGUOUS`: contiguous, last index fastest.
pub const C_CONTIGUOUS: c_int = 0x20 | STRIDES;
/// `PyBUF_F_CONTIGUOUS`: contiguous, first index fastest.
pub const F_CONTIGUOUS: c_int = 0x40 | STRIDES;
/// `PyBUF_ANY_CONTIGUOUS`: either of these.
pub const ANY_CONTIGUOUS: c_int = 0x80 | STRIDES;

/// A memoryview (of bytes) of memory that no object owns. Null with an exception set.
///
/// It is meant for views that never leave the object that keeps the memory: nothing stops a view of
/// this kind, or a slice of it, from outliving what it shows. GraalPy makes them worth having: there
/// every memoryview of a native *object* keeps that object alive for good, also after `release()`
/// (seen on 24.2 and 25.0), while this one refers to no object.
///
/// # Safety
/// The C API is loaded and the interpreter's lock held. `memory` points to `len` bytes, writable if
/// asked for, which stay as long as anything looks at the view.
pub unsafe fn view_of(memory: NonNull<u8>, len: usize, writable: bool) -> *mut PyObject {
    /// `PyBUF_READ` and `PyBUF_WRITE`, which are no request flags.
    const READ: c_int = 0x100;
    const WRITE: c_int = 0x200;
    let Some(make) = capi().PyMemoryView_FromMemory else {
        // SAFETY: an exception type, or null (which the interpreter reports); the lock is held.
        unsafe {
            let kind = crate::context::variable("PyExc_NotImplementedError");
            let message = c"this interpreter has no PyMemoryView_FromMemory";
            (capi().PyErr_SetString)(kind.unwrap_or(std::ptr::null_mut()), message.as_ptr());
        }
        return std::ptr::null_mut();
    };
    let access = if writable { WRITE } else { READ };
    // SAFETY: promised by the caller; no memory is larger than `isize::MAX` bytes.
    unsafe { make(memory.as_ptr().cast(), len as isize, access) }
}

/// A buffer that another object exports, held until dropped.
///
/// Dropping calls the interpreter: its lock must be held. While the buffer is held the exporter
/// keeps the memory where it is, but others may write to it.
pub struct Buffer {
    // Boxed: an exporter may point into the struct itself, so it must not move before release.
    view: Box<[u64; WORDS]>,
    // Bound to the thread that holds the interpreter's lock.
    not_send: PhantomData<*mut c_void>,
}

impl Buffer {
    /// Asks `object` for its memory. `None`: an exception is set (a TypeError or a BufferError, as
    /// the object has it).
    ///
    /// # Safety
    /// The C API is loaded, the interpreter's lock held, `object` live.
    pub unsafe fn get(object: *mut PyObject, flags: c_int) -> Option<Buffer> {
        let mut view = Box::new([0_u64; WORDS]);
        // SAFETY: promised by the caller; the struct has room for every interpreter's.
        let status =
            unsafe { (capi().PyObject_GetBuffer)(object, view.as_mut_ptr().cast(), flags) };
        (status == 0).then_some(Buffer {
            view,
            not_send: PhantomData,
        })
    }

    fn view(&self) -> &HPy_buffer {
        // SAFETY: the leading fields of each interpreter's struct are those of HPy's.
        unsafe { &*self.view.as_ptr().cast::<HPy_buffer>() }
    }

    /// The first byte; dangling where the buffer is empty.
    pub fn pointer(&self) -> NonNull<u8> {
        NonNull::new(self.view().buf.cast()).unwrap_or(NonNull::dangling())
    }

    /// Bytes in all.
    pub fn len(&self) -> usize {
        usize::try_from(self.view().len).unwrap_or(0)
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of one element.
    pub fn item_size(&self) -> usize {
        usize::try_from(self.view().itemsize).unwrap_or(0)
    }

    /// Whether writing is forbidden.
    pub fn is_read_only(&self) -> bool {
        self.view().readonly != 0
    }

    /// The element format in `struct`'s notation; bytes (`B`) where the exporter told none.
    pub fn format(&self) -> &CStr {
        let format: *const c_char = self.view().format;
        if format.is_null() {
            return c"B";
        }
        // SAFETY: the exporter keeps its NUL-terminated format as long as the buffer is held.
        unsafe { CStr::from_ptr(format) }
    }

    /// Number of dimensions.
    pub fn dimensions(&self) -> usize {
        usize::try_from(self.view().ndim).unwrap_or(0)
    }

    /// Elements along each dimension; `None` where the exporter told none.
    pub fn shape(&self) -> Option<&[isize]> {
        // SAFETY: a shape has one entry a dimension, kept as long as the buffer is held.
        unsafe { self.extents(self.view().shape) }
    }

    /// Bytes from one element to the next along each dimension; `None` where the exporter told
    /// none, which means contiguous.
    pub fn strides(&self) -> Option<&[isize]> {
        // SAFETY: as for the shape.
        unsafe { self.extents(self.view().strides) }
    }

    /// # Safety
    /// `first` is null, or has one entry a dimension.
    unsafe fn extents(&self, first: *mut isize) -> Option<&[isize]> {
        if first.is_null() || self.dimensions() == 0 {
            return None;
        }
        // SAFETY: promised by the caller.
        Some(unsafe { std::slice::from_raw_parts(first, self.dimensions()) })
    }

    /// Whether the elements follow each other without a gap, last index fastest.
    pub fn is_c_contiguous(&self) -> bool {
        if !self.view().suboffsets.is_null() {
            return false;
        }
        let (Some(shape), Some(strides)) = (self.shape(), self.strides()) else {
            return true;
        };
        if self.is_empty() {
            return true;
        }
        let mut expected = self.view().itemsize;
        for (extent, stride) in shape.iter().zip(strides).rev() {
            if *extent > 1 && *stride != expected {
                return false;
            }
            expected = expected.saturating_mul(*extent);
        }
        true
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: filled by a successful `PyObject_GetBuffer`, not moved since, released once.
        unsafe { (capi().PyBuffer_Release)(self.view.as_mut_ptr().cast()) }
    }
}
