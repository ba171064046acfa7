//! `Chunk`: one chunk's elements at the moment it was asked for, as a buffer.
//!
//! A chunk object owns a reference to the memory, so a view of it stays good whatever becomes of
//! the array. It holds no Python object, and everything that an exported buffer points to (shape,
//! strides, format) lies in the chunk object itself: interpreters that never release a buffer leak
//! nothing.

use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr::{self, NonNull};

use chunkarray_core::{Block, DType, load_part, store_part};
use hpy_host::bind;
use hpy_host::buffer;
use hpy_host::define::{
    Error, Exception, Result, Trampolines, attribute, checked, checked_status, destroy, slot,
};
use hpy_host::door::{Door, handle};
use hpy_host::interpreter::{self, Kind};
use hpy_sys::*;

use crate::arguments::{self, Owned, type_name};
use crate::array::with_room;
use crate::{element, module, record};

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
    readonly: bool,
    format: CString,
    /// Elements, then the dimensions of one element.
    shape: Vec<isize>,
    /// Bytes from one to the next of each.
    strides: Vec<isize>,
}

impl View {
    fn nbytes(&self) -> usize {
        self.shape[0] as usize * self.dtype.size()
    }

    /// Whether the elements follow each other without a gap. Those of an element always do.
    fn is_contiguous(&self) -> bool {
        self.shape[0] < 2 || self.strides[0] == self.dtype.size() as isize
    }

    /// Whether that is so with the first index running fastest too.
    fn is_fortran_contiguous(&self) -> bool {
        let longer = self.shape.iter().filter(|&&extent| extent > 1).count();
        self.is_contiguous() && (longer < 2 || self.nbytes() == 0)
    }

    /// The address of the element that Python's `i` means: counted from the end where it is negative.
    fn address_of(&self, i: isize) -> Result<*mut u8> {
        let len = self.shape[0];
        let position = if i < 0 { i.wrapping_add(len) } else { i };
        if !(0..len).contains(&position) {
            let message = format!("index {i} is out of range for length {len}");
            return Err(Error::New(Exception::IndexError, message));
        }
        // Within the chunk, where no product overflows.
        Ok(self.address.wrapping_offset(position * self.strides[0]))
    }
}

/// What the requests for a buffer mean, as in Python's `Py_buffer` documentation.
mod flags {
    use std::ffi::c_int;
    pub const WRITABLE: c_int = 0x1;
    pub const FORMAT: c_int = 0x4;
    pub use hpy_host::buffer::{ANY_CONTIGUOUS, C_CONTIGUOUS, F_CONTIGUOUS, ND, STRIDES};
}

/// What a new chunk object shows: `len` elements, each `stride` bytes behind the one before (negative: in front of
/// it), all within the block, and all of them written.
pub struct Content {
    /// Keeps the memory.
    pub block: Block,
    /// Where the first one lies.
    pub address: *mut u8,
    /// The position of the first one in the array.
    pub start: usize,
    /// How many.
    pub len: usize,
    /// Bytes from one to the next. Not 0.
    pub stride: isize,
    /// What they are.
    pub dtype: DType,
    /// Whether writing is refused.
    pub readonly: bool,
}

/// A new `Chunk`.
pub fn make<D: Door>(door: D, content: Content) -> Result<HPy> {
    let ctx = door.ctx();
    let Content {
        block,
        address,
        start,
        len,
        stride,
        dtype,
        readonly,
    } = content;
    let mut shape = vec![len as isize];
    shape.extend(dtype.shape().iter().map(|&rows| rows as isize));
    let mut strides = vec![0; shape.len()];
    let mut bytes = dtype.item_size() as isize;
    for (inner, rows) in strides.iter_mut().zip(&shape).rev() {
        *inner = bytes;
        bytes *= rows;
    }
    strides[0] = stride;
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
            readonly,
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
        slot(HPy_mp_length, bind!(t, length: length)),
        // What makes it iterable: CPython asks for this slot, and no host of HPy has one for iterators.
        slot(HPy_sq_item, bind!(t, item: item)),
        slot(HPy_mp_subscript, bind!(t, binary: subscript)),
        slot(HPy_mp_ass_subscript, bind!(t, assign: assign)),
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
            c"readonly",
            bind!(t, getter: readonly),
            c"Whether writing is refused.",
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
pub const DOC: &CStr = c"The elements of one chunk, as a buffer and a sequence.\n\n\
A chunk shows the elements that its array had when chunks() was called. Its memory stays\n\
valid while the chunk or a view of it lives, whatever becomes of the array. chunk[i] reads an\n\
element and chunk[i] = x writes it, where the chunk is not readonly; slices are memoryview's.";

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

/// The dtype of a chunk's elements; none for all other objects.
pub fn dtype_of<D: Door>(door: D, object: HPy) -> Result<Option<DType>> {
    let ctx = door.ctx();
    // SAFETY: `object` is live; the global holds the type since the module was executed.
    let is_chunk = unsafe {
        let class = Owned::new(door, HPyGlobal_Load(ctx, *module::CHUNK.get()))?;
        HPy_TypeCheck(ctx, object, class.get()) != 0
    };
    if is_chunk {
        Ok(Some(view(door, object)?.dtype))
    } else {
        Ok(None)
    }
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
    let asked = |flags: c_int| wanted & flags == flags;
    let refused = |why: &str| Err(Error::New(Exception::BufferError, why.into()));
    if view.readonly && asked(flags::WRITABLE) {
        return refused("the chunk is read-only");
    }
    if asked(flags::FORMAT) && view.dtype.record().is_some_and(|r| r.format().is_none()) {
        return refused("a field's name has a colon, which a buffer's format knows no place for");
    }
    if !view.is_contiguous() && interpreter::get().kind == Kind::PyPy {
        // Its memoryview knows the strides and forgets them in tobytes(): it would show what lies in the gaps, and
        // with a negative step what lies behind the chunk. NumPy takes the array interface then.
        return refused(
            "there are gaps between the elements, which PyPy's memoryview would show as elements",
        );
    }
    if !view.is_contiguous()
        && (!asked(flags::STRIDES)
            || asked(flags::C_CONTIGUOUS)
            || asked(flags::F_CONTIGUOUS)
            || asked(flags::ANY_CONTIGUOUS))
    {
        return refused("there are gaps between the elements: they are no contiguous buffer");
    }
    if asked(flags::F_CONTIGUOUS) && !view.is_fortran_contiguous() {
        return refused("the elements are no Fortran-contiguous buffer");
    }
    let shaped = asked(flags::ND);
    let strided = asked(flags::STRIDES);
    out.buf = view.address.cast();
    out.len = view.nbytes() as HPy_ssize_t;
    out.itemsize = view.dtype.item_size() as HPy_ssize_t;
    out.readonly = c_int::from(view.readonly);
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
    checked(door.int(view(door, this)?.nbytes() as i64))
}

fn dtype<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    module::string(door, &view(door, this)?.dtype.name())
}

fn shape<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    numbers(door, &view(door, this)?.shape)
}

fn readonly<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    let readonly = view(door, this)?.readonly;
    // SAFETY: nothing but the context and a flag is passed.
    checked(unsafe { HPyBool_FromBool(door.ctx(), readonly) })
}

/// A tuple of ints.
fn numbers<D: Door>(door: D, numbers: &[isize]) -> Result<HPy> {
    let items: Vec<Owned<D>> = numbers
        .iter()
        .map(|&number| Owned::new(door, door.int(number as i64)))
        .collect::<Result<_>>()?;
    let mut handles: Vec<HPy> = items.iter().map(Owned::get).collect();
    // SAFETY: the handles are live; the tuple takes references of its own.
    checked(unsafe { HPyTuple_FromArray(door.ctx(), handles.as_mut_ptr(), handles.len() as isize) })
}

/// The position that a key means: a TypeError for what is no integer.
fn position<D: Door>(door: D, key: HPy) -> Result<isize> {
    arguments::index(door, key).map_err(|error| {
        let ctx = door.ctx();
        // SAFETY: where the error is raised, an exception is set.
        unsafe {
            if !matches!(error, Error::Raised)
                || HPyErr_ExceptionMatches(ctx, (*ctx).h_TypeError) == 0
            {
                return error;
            }
            HPyErr_Clear(ctx);
            let message = if HPy_TypeCheck(ctx, key, (*ctx).h_SliceType) != 0 {
                "a Chunk has no slices; memoryview(chunk) has them".into()
            } else {
                format!(
                    "Chunk indices must be integers, not {}",
                    type_name(door, key)
                )
            };
            Error::type_error(message)
        }
    })
}

fn subscript<D: Door>(door: D, this: HPy, key: HPy) -> Result<HPy> {
    let view = view(door, this)?;
    read(door, view, position(door, key)?)
}

fn item<D: Door>(door: D, this: HPy, index: isize) -> Result<HPy> {
    read(door, view(door, this)?, index)
}

fn read<D: Door>(door: D, view: &View, index: isize) -> Result<HPy> {
    let at = view.address_of(index)?;
    with_room(view.dtype.size(), |bytes| {
        // SAFETY: an element of this size lies there, and the block keeps its memory.
        unsafe { load_part(at, bytes) };
        element::decode(door, &view.dtype, bytes)
    })
}

fn assign<D: Door>(door: D, this: HPy, key: HPy, value: HPy) -> Result<c_int> {
    let view = view(door, this)?;
    if value.is_null() {
        return Err(Error::type_error("elements of a Chunk can't be deleted"));
    }
    if view.readonly {
        return Err(Error::value_error("the chunk is read-only"));
    }
    // As a list: a bad index is told before a bad value is looked at.
    let at = view.address_of(position(door, key)?)?;
    with_room(view.dtype.size(), |bytes| {
        element::encode(door, &view.dtype, value, bytes)?;
        // SAFETY: an element of this size lies there, and the block keeps its memory.
        unsafe { store_part(at, bytes) };
        Ok(0)
    })
}

fn array_interface<D: Door>(door: D, this: HPy, closure: *mut c_void) -> Result<HPy> {
    let ctx = door.ctx();
    let view = view(door, this)?;
    let address = Owned::new(door, door.int(view.address as i64))?;
    // SAFETY: all handles are live; the constants are the context's.
    unsafe {
        let flag = if view.readonly {
            (*ctx).h_True
        } else {
            (*ctx).h_False
        };
        let data = Owned::new(
            door,
            HPyTuple_FromArray(ctx, [address.get(), flag].as_mut_ptr(), 2),
        )?;
        let dict = Owned::new(door, HPyDict_New(ctx))?;
        if !view.is_contiguous() {
            let strides = Owned::new(door, numbers(door, &view.strides)?)?;
            let name = c"strides".as_ptr();
            checked_status(HPy_SetItem_s(ctx, dict.get(), name, strides.get()))?;
        }
        if let Some(record) = view.dtype.record() {
            let fields = Owned::new(door, record::description(door, record)?)?;
            let name = c"descr".as_ptr();
            checked_status(HPy_SetItem_s(ctx, dict.get(), name, fields.get()))?;
        }
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
        Ok(dict.take())
    }
}

/// A memoryview of a chunk's bytes: on GraalPy one without an exporter, which the caller keeps beside
/// the chunk. (Its `memoryview()` takes references to the exporter that it never gives back.)
pub fn memory<D: Door>(door: D, chunk: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    if dtype_of(door, chunk)?.is_none() {
        return Err(Error::type_error("memory() takes a Chunk"));
    }
    let view = view(door, chunk)?;
    // SAFETY: all handles are live; the memory is the chunk's, which the caller keeps.
    unsafe {
        if !view.is_contiguous() {
            return Err(Error::value_error(
                "memory() takes a Chunk without gaps between its elements",
            ));
        }
        if interpreter::get().kind == Kind::GraalPy {
            let address = NonNull::new(view.address).unwrap_or(NonNull::dangling());
            return checked(handle(buffer::view_of(
                address,
                view.nbytes(),
                !view.readonly,
            )));
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
