//! `Chunk`: one chunk's elements at the moment it was asked for, as a buffer.
//!
//! A chunk object owns a reference to the memory, so a view of it stays good whatever becomes of
//! the array. It holds no Python object, and everything that an exported buffer points to (shape,
//! strides, format) lies in the chunk object itself: interpreters that never release a buffer leak
//! nothing.

use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr::{self, NonNull};

use chunkarray_core::{Block, DType};
use hpy_host::bind;
use hpy_host::buffer;
use hpy_host::define::{
    Error, Exception, Result, Trampolines, attribute, checked, checked_status, destroy, slot,
};
use hpy_host::door::{Door, handle};
use hpy_host::interpreter::{self, Kind};
use hpy_sys::*;

use crate::arguments::Owned;
use crate::module;

/// Instance data. All zero in an instance that nobody filled, which every method bears.
#[repr(C)]
pub struct ChunkObject {
    /// A null pointer, and so all zero, until it is filled.
    view: Option<Box<View>>,
}

/// What a filled instance holds.
struct View {
    /// Keeps the memory; never looked at.
    _block: Block,
    address: *mut u8,
    start: usize,
    dtype: DType,
    format: CString,
    /// Elements, then the dimensions of one element.
    shape: Vec<isize>,
    strides: Vec<isize>,
}

/// What the requests for a buffer mean, as in Python's `Py_buffer` documentation.
mod flags {
    use std::ffi::c_int;
    pub const FORMAT: c_int = 0x4;
    pub const ND: c_int = 0x8;
    pub const STRIDES: c_int = 0x10 | ND;
    /// One of these asks for memory without gaps: in C's order, in Fortran's, in any.
    pub const CONTIGUOUS: c_int = 0x20 | 0x40 | 0x80;
}

/// What a new chunk object shows.
pub struct Content {
    pub block: Block,
    pub address: *mut u8,
    pub start: usize,
    pub len: usize,
    /// Positions from one element to the next.
    pub step: isize,
    pub dtype: DType,
}

/// A new `Chunk`.
pub fn make<D: Door>(door: D, content: Content) -> Result<HPy> {
    let ctx = door.ctx();
    let Content {
        block,
        address,
        start,
        len,
        step,
        dtype,
    } = content;
    // How far it is from one element to the next matters where there are two.
    let step = if len > 1 { step } else { 1 };
    let mut shape = vec![len as isize];
    shape.extend(dtype.shape().iter().map(|&rows| rows as isize));
    let mut strides = vec![0; shape.len()];
    let mut bytes = dtype.item_size() as isize;
    for (stride, rows) in strides.iter_mut().zip(&shape).rev() {
        *stride = bytes;
        bytes *= rows;
    }
    strides[0] *= step;
    let format = CString::new(dtype.format()).unwrap_or_default();
    // SAFETY: the global holds the Chunk type since the module was executed; the data of the new
    // instance is zeroed, which is a `None` that needs no drop.
    unsafe {
        let class = Owned::new(door, HPyGlobal_Load(ctx, *module::CHUNK.get()))?;
        let mut data = ptr::null_mut();
        let chunk = checked(HPy_New(ctx, class.get(), &raw mut data))?;
        let object: *mut ChunkObject = door.data(chunk).cast();
        (&raw mut (*object).view).write(Some(Box::new(View {
            _block: block,
            address,
            start,
            dtype,
            format,
            shape,
            strides,
        })));
        Ok(chunk)
    }
}

/// The definitions of the type.
pub fn definitions(t: Trampolines) -> Vec<HPyDef> {
    vec![
        slot(HPy_tp_new, bind!(t, new: new)),
        slot(HPy_bf_getbuffer, bind!(t, get_buffer: get_buffer)),
        slot(HPy_sq_length, bind!(t, length: length)),
        attribute(
            c"start",
            bind!(t, getter: start),
            c"Index of the first element in its array.",
        ),
        attribute(
            c"address",
            bind!(t, getter: address),
            c"Address of the first element.",
        ),
        attribute(
            c"itemsize",
            bind!(t, getter: itemsize),
            c"Bytes of an element.",
        ),
        attribute(
            c"nbytes",
            bind!(t, getter: nbytes),
            c"Bytes of all elements.",
        ),
        attribute(
            c"dtype",
            bind!(t, getter: dtype),
            c"Name of the element type.",
        ),
        attribute(
            c"shape",
            bind!(t, getter: shape),
            c"Elements, then the dimensions of one element.",
        ),
        attribute(
            c"__array_interface__",
            bind!(t, getter: array_interface),
            c"NumPy's description of the memory (array interface, version 3).",
        ),
        destroy(free),
    ]
}

/// Name, documentation and size of the type.
pub const NAME: &CStr = c"chunkarray.Chunk";
pub const DOC: &CStr = c"The elements of one chunk, as a writable buffer.\n\n\
A chunk shows the elements that its array had when chunks() was called. Its memory stays\n\
valid while the chunk or a view of it lives, whatever becomes of the array.";

/// Calling the type is refused here: PyPy's HPy ends the process when it is asked for the data of an
/// instance that was not made by `HPy_New`.
fn new<D: Door>(_: D, _: HPy, _: *const HPy, _: isize, _: HPy) -> Result<HPy> {
    Err(Error::type_error("chunks are made by ChunkArray.chunks()"))
}

fn view<'a, D: Door>(door: D, this: HPy) -> Result<&'a View> {
    // SAFETY: methods are called on instances of the type only, and the object outlives the call.
    let object = unsafe { &*door.data(this).cast::<ChunkObject>() };
    object
        .view
        .as_deref()
        .ok_or_else(|| Error::type_error("chunks are made by ChunkArray.chunks()"))
}

unsafe extern "C" fn free(data: *mut c_void) {
    // SAFETY: the host passes instance data once, at its end.
    unsafe { ptr::drop_in_place(data.cast::<ChunkObject>()) };
}

fn get_buffer<D: Door>(door: D, this: HPy, out: &mut HPy_buffer, wanted: c_int) -> Result<c_int> {
    let view = match view(door, this) {
        Ok(view) => view,
        Err(_) => {
            return Err(Error::New(
                Exception::BufferError,
                "an empty chunk object".into(),
            ));
        }
    };
    let shaped = wanted & flags::ND == flags::ND;
    let strided = wanted & flags::STRIDES == flags::STRIDES;
    if has_gaps(view) && (!strided || wanted & flags::CONTIGUOUS != 0) {
        return Err(Error::New(
            Exception::BufferError,
            "the elements of a window with a step do not lie side by side".into(),
        ));
    }
    out.buf = view.address.cast();
    out.len = nbytes_of(view) as HPy_ssize_t;
    out.itemsize = view.dtype.item_size() as HPy_ssize_t;
    out.readonly = 0;
    // A consumer that asks for no shape sees bytes, a row of them.
    out.ndim = if shaped { view.shape.len() as c_int } else { 1 };
    out.format = if wanted & flags::FORMAT != 0 {
        view.format.as_ptr().cast_mut()
    } else {
        ptr::null_mut()
    };
    out.shape = if shaped {
        view.shape.as_ptr().cast_mut()
    } else {
        ptr::null_mut()
    };
    out.strides = if strided {
        view.strides.as_ptr().cast_mut()
    } else {
        ptr::null_mut()
    };
    out.suboffsets = ptr::null_mut();
    out.internal = ptr::null_mut();
    // SAFETY: `this` is live.
    out.obj = unsafe { HPy_Dup(door.ctx(), this) };
    Ok(0)
}

/// Whether the elements do not lie side by side.
fn has_gaps(view: &View) -> bool {
    view.strides[0] != view.dtype.size() as isize
}

fn nbytes_of(view: &View) -> usize {
    view.shape[0] as usize * view.dtype.size()
}

fn length<D: Door>(door: D, this: HPy) -> Result<isize> {
    Ok(view(door, this)?.shape[0])
}

fn start<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    checked(door.int(view(door, this)?.start as i64))
}

fn address<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    checked(door.int(view(door, this)?.address as i64))
}

fn itemsize<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    checked(door.int(view(door, this)?.dtype.size() as i64))
}

fn nbytes<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    checked(door.int(nbytes_of(view(door, this)?) as i64))
}

fn dtype<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    module::string(door, &view(door, this)?.dtype.name())
}

fn shape<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    integers(door, &view(door, this)?.shape)
}

/// A tuple of ints.
fn integers<D: Door>(door: D, numbers: &[isize]) -> Result<HPy> {
    let items: Vec<Owned<D>> = numbers
        .iter()
        .map(|&number| Owned::new(door, door.int(number as i64)))
        .collect::<Result<_>>()?;
    let mut handles: Vec<HPy> = items.iter().map(Owned::get).collect();
    // SAFETY: the handles are live; the tuple takes references of its own.
    checked(unsafe { HPyTuple_FromArray(door.ctx(), handles.as_mut_ptr(), handles.len() as isize) })
}

fn array_interface<D: Door>(door: D, this: HPy, closure: *mut c_void) -> Result<HPy> {
    let ctx = door.ctx();
    let view = view(door, this)?;
    let address = Owned::new(door, door.int(view.address as i64))?;
    // SAFETY: all handles are live; the constants are the context's.
    unsafe {
        let data = Owned::new(
            door,
            HPyTuple_FromArray(ctx, [address.get(), (*ctx).h_False].as_mut_ptr(), 2),
        )?;
        let dict = Owned::new(door, HPyDict_New(ctx))?;
        let entries = [
            (c"version", Owned::new(door, door.int(3))?),
            (
                c"typestr",
                Owned::new(door, module::string(door, &view.dtype.typestr())?)?,
            ),
            (c"shape", Owned::new(door, shape(door, this, closure)?)?),
            (c"data", data),
        ];
        for (name, value) in entries {
            checked_status(HPy_SetItem_s(ctx, dict.get(), name.as_ptr(), value.get()))?;
        }
        if has_gaps(view) {
            let strides = Owned::new(door, integers(door, &view.strides)?)?;
            let name = c"strides".as_ptr();
            checked_status(HPy_SetItem_s(ctx, dict.get(), name, strides.get()))?;
        }
        Ok(dict.take())
    }
}

/// A memoryview of a chunk's bytes: on GraalPy one without an exporter, which the caller keeps beside
/// the chunk. (Its `memoryview()` takes references to the exporter that it never gives back.)
pub fn memory<D: Door>(door: D, chunk: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: all handles are live; the memory is the chunk's, which the caller keeps.
    unsafe {
        let class = Owned::new(door, HPyGlobal_Load(ctx, *module::CHUNK.get()))?;
        if HPy_TypeCheck(ctx, chunk, class.get()) == 0 {
            return Err(Error::type_error("memory() takes a Chunk"));
        }
        let view = view(door, chunk)?;
        if has_gaps(view) {
            return Err(Error::value_error("memory() takes a Chunk without gaps"));
        }
        if interpreter::get().kind == Kind::GraalPy {
            let address = NonNull::new(view.address).unwrap_or(NonNull::dangling());
            return checked(handle(buffer::view_of(address, nbytes_of(view), true)));
        }
        let arguments = Owned::new(door, HPyTuple_FromArray(ctx, [chunk].as_mut_ptr(), 1))?;
        checked(HPy_CallTupleDict(
            ctx,
            (*ctx).h_MemoryViewType,
            arguments.get(),
            HPY_NULL,
        ))
    }
}
