//! Many elements at once: from arrays, buffers and iterables, and the comparison of whole arrays.
//!
//! An extend is all or nothing. Elements of an iterable are collected aside first, since converting
//! them may run any Python code, and appended in one piece; buffers are copied without the
//! interpreter's lock.

use std::ffi::{CStr, c_int};

use chunkarray_core::kernels::Memory;
use chunkarray_core::{DType, Kind, RawArray, SideBlock};
use hpy_host::buffer::{self, Buffer};
use hpy_host::capi::capi;
use hpy_host::define::{Error, Result, checked};
use hpy_host::door::{self, Door};
use hpy_host::iter;
use hpy_sys::*;

use crate::arguments::Owned;
use crate::array::{Filled, as_array, filled, with_room};
use crate::locking::{Hold, LONG, outside, raised};
use crate::{chunk, element, times};

/// The method `extend`.
pub fn extend<D: Door>(door: D, this: HPy, values: HPy) -> Result<HPy> {
    into(door, filled(door, this)?, values, Way::Extend)?;
    Ok(door.none())
}

/// For whom elements are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// For whoever may append.
    Extend,
    /// For the array's appender.
    Put,
}

/// Appends all of `values`, or none.
pub fn into<D: Door>(door: D, array: Filled<'_>, values: HPy, way: Way) -> Result<()> {
    if let Some(other) = as_array(door, values)?
        && other.dtype == array.dtype
    {
        // A copy first: the other array may be this one.
        return append_bytes(door, array, &snapshot(other.raw)?, way);
    }
    if let Some(held) = buffer_of(door, array.dtype, values)?
        && is_alike(array.dtype, &held.buffer)
    {
        return append_buffer(door, array, &held.buffer, way);
    }
    let mut side = SideBlock::new();
    let size = array.dtype.size();
    if element::is_plain_f64(array.dtype) {
        each(door, values, |item| {
            side.push(element::float(door, array.dtype, item)?)
                .map_err(raised)
        })?;
    } else {
        with_room(size, |bytes| {
            each(door, values, |item| {
                element::encode(door, array.dtype, item, bytes)?;
                side.push_bytes(bytes).map_err(raised)
            })
        })?;
    }
    append_bytes(door, array, side.as_bytes(), way)
}

/// The method `frombytes`.
pub fn frombytes<D: Door>(door: D, this: HPy, bytes: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let Some(held) = contiguous_buffer(door, bytes) else {
        return Err(Error::type_error(format!(
            "frombytes() takes a contiguous buffer, not {}",
            crate::arguments::type_name(door, bytes)
        )));
    };
    append_buffer(door, array, &held.buffer, Way::Extend)?;
    Ok(door.none())
}

/// Appends numbers that are as they lie in an array of U8.
pub fn append_u64<D: Door>(door: D, array: Filled<'_>, numbers: &[u64]) -> Result<()> {
    let (at, bytes) = (numbers.as_ptr().cast(), size_of_val(numbers));
    // SAFETY: a slice is readable, and numbers have no padding.
    unsafe { append_pointer(door, array, at, bytes, Way::Extend) }
}

fn append_bytes<D: Door>(door: D, array: Filled<'_>, bytes: &[u8], way: Way) -> Result<()> {
    // SAFETY: a slice is readable.
    unsafe { append_pointer(door, array, bytes.as_ptr(), bytes.len(), way) }
}

fn append_buffer<D: Door>(door: D, array: Filled<'_>, buffer: &Buffer, way: Way) -> Result<()> {
    // SAFETY: the exporter keeps the memory while the buffer is held; others may write to it.
    unsafe { append_pointer(door, array, buffer.pointer().as_ptr(), buffer.len(), way) }
}

/// # Safety
/// `bytes` bytes at `from` are readable during the call.
unsafe fn append_pointer<D: Door>(
    door: D,
    array: Filled<'_>,
    from: *const u8,
    bytes: usize,
    way: Way,
) -> Result<()> {
    // With the interpreter's lock held: puts look at no other.
    let hold = if bytes >= LONG && way == Way::Extend {
        Hold::Long
    } else {
        Hold::Briefly
    };
    array.grow(door, hold, |guard| {
        // SAFETY: promised by the caller.
        let copy = || unsafe {
            match way {
                Way::Extend => guard.extend_from_pointer(from, bytes),
                Way::Put => guard.put_from_pointer(from, bytes),
            }
        };
        if hold == Hold::Long {
            outside(door, copy)
        } else {
            copy()
        }
    })?;
    Ok(())
}

/// All elements' bytes, as they are when each chunk is read.
pub fn snapshot(raw: &RawArray) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let total = raw.nbytes();
    bytes
        .try_reserve_exact(total)
        .map_err(|_| Error::NoMemory)?;
    for chunk in raw.chunks() {
        let size = chunk.len * raw.element_size();
        // SAFETY: the chunk holds that many bytes and its block is kept; a thread that writes at
        // the same time makes the copy hold old or new values.
        bytes.extend_from_slice(unsafe {
            std::slice::from_raw_parts(chunk.pointer().as_ptr(), size)
        });
    }
    Ok(bytes)
}

/// A buffer and the reference to its object, in the order in which they are given up.
pub struct Held {
    pub buffer: Buffer,
    _object: Reference,
}

/// A C-API reference.
struct Reference(*mut cpy_PyObject);

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: a new reference, given back once, with the interpreter's lock held.
        unsafe { (capi().Py_DecRef)(self.0) };
    }
}

/// The object's memory, as [`contiguous_buffer`] finds it, where its elements may be the dtype's.
fn buffer_of<D: Door>(door: D, dtype: &DType, values: HPy) -> Result<Option<Held>> {
    // The buffer of a chunk of times is one of integers: they are no counts for another unit, nor integers.
    if let Some(other) = chunk::dtype_of(door, values)?
        && other != *dtype
        && (dtype.record().is_some() || times::is_time(dtype) || times::is_time(&other))
    {
        return Ok(None);
    }
    if times::is_time(dtype)
        && let Some(counts) = times::counts_of(door, dtype, values)?
    {
        return Ok(contiguous_buffer(door, counts.get()));
    }
    Ok(contiguous_buffer(door, values))
}

/// The object's memory, if it exports any and it lies in one piece. No exception is left.
pub fn contiguous_buffer<D: Door>(door: D, object: HPy) -> Option<Held> {
    // Asked for one piece, PyPy 7.3.11 gives a view with gaps all the same.
    any_buffer(door, object, buffer::C_CONTIGUOUS | buffer::FORMAT)
        .filter(|held| held.buffer.is_c_contiguous())
}

/// The object's memory as the flags want it, if it exports any. No exception is left.
fn any_buffer<D: Door>(door: D, object: HPy, flags: c_int) -> Option<Held> {
    let ctx = door.ctx();
    // SAFETY: `object` is live. Lists and tuples are the usual case, and the question below costs
    // an exception that is thrown away.
    if unsafe { HPyList_Check(ctx, object) != 0 || HPyTuple_Check(ctx, object) != 0 } {
        return None;
    }
    let object = Reference(door.as_pyobject(object));
    // SAFETY: the C API was loaded when the module was executed; the object is live.
    unsafe {
        match Buffer::get(object.0, flags) {
            Some(buffer) => Some(Held {
                buffer,
                _object: object,
            }),
            None => {
                HPyErr_Clear(ctx);
                None
            }
        }
    }
}

/// Scalars of another object, in its own memory where they lie in one piece there, else copied.
pub struct Scalars {
    held: Held,
    copied: Option<Vec<u8>>,
    pub dtype: DType,
}

impl Scalars {
    /// The scalars of an object that exports a row of them; `what` names them in the TypeError about other shapes.
    pub fn of<D: Door>(door: D, what: &str, object: HPy) -> Result<Option<Scalars>> {
        let held = match contiguous_buffer(door, object) {
            Some(held) => held,
            None => match any_buffer(door, object, buffer::STRIDES | buffer::FORMAT) {
                Some(held) => held,
                None => return Ok(None),
            },
        };
        if held.buffer.dimensions() != 1 {
            let dimensions = held.buffer.dimensions();
            return Err(Error::type_error(format!(
                "{what} have one dimension, not {dimensions}"
            )));
        }
        let Some(dtype) = scalar_type(&held.buffer) else {
            return Ok(None);
        };
        let copied = if held.buffer.is_c_contiguous() {
            None
        } else {
            Some(row(&held.buffer)?)
        };
        Ok(Some(Scalars {
            held,
            copied,
            dtype,
        }))
    }

    pub fn len(&self) -> usize {
        self.held.buffer.len() / self.dtype.item_size()
    }

    pub fn memory(&self) -> Memory<'_> {
        let at = match &self.copied {
            Some(bytes) => bytes.as_ptr(),
            None => self.held.buffer.pointer().as_ptr(),
        };
        // SAFETY: the exporter keeps its memory as long as the buffer is held.
        unsafe { Memory::new(at, self.len(), &self.dtype) }
    }
}

/// The bytes of a row of scalars with gaps between them.
fn row(buffer: &Buffer) -> Result<Vec<u8>> {
    let (Some(&[count]), Some(&[stride])) = (buffer.shape(), buffer.strides()) else {
        return Err(Error::type_error("a buffer without shape and strides"));
    };
    let size = buffer.item_size();
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(buffer.len())
        .map_err(|_| Error::NoMemory)?;
    for k in 0..count {
        let at = buffer.pointer().as_ptr().wrapping_offset(k * stride);
        // SAFETY: the exporter's shape and strides say that a scalar lies there. Byte by byte, since others may write.
        bytes.extend((0..size).map(|byte| unsafe { at.add(byte).read_volatile() }));
    }
    Ok(bytes)
}

/// The dtype of a buffer's scalars.
fn scalar_type(buffer: &Buffer) -> Option<DType> {
    let size = buffer.item_size();
    DType::all()
        .into_iter()
        .flat_map(|dtype| [Some(dtype), dtype.big_endian()])
        .flatten()
        .find(|dtype| dtype.item_size() == size && format_is_alike(dtype, buffer.format()))
}

/// Whether a buffer's elements are what the dtype keeps, byte by byte.
fn is_alike(dtype: &DType, buffer: &Buffer) -> bool {
    if buffer.item_size() != dtype.item_size() || !buffer.len().is_multiple_of(dtype.size()) {
        return false;
    }
    // The trailing dimensions are those of one element.
    let inner = dtype.shape();
    let fits = match buffer.shape() {
        Some(shape) if !inner.is_empty() => {
            shape.len() == inner.len() + 1
                && shape[1..]
                    .iter()
                    .zip(inner)
                    .all(|(&given, &ours)| given == ours as isize)
        }
        _ => buffer.dimensions() <= 1 && inner.is_empty(),
    };
    fits && format_is_alike(dtype, buffer.format())
}

fn format_is_alike(dtype: &DType, format: &CStr) -> bool {
    let bytes = format.to_bytes();
    if let Some(record) = dtype.record() {
        return record.format().is_some_and(|ours| ours.as_bytes() == bytes);
    }
    let (order, code) = match bytes {
        [order @ (b'@' | b'=' | b'<' | b'>' | b'!'), code] => (*order, *code),
        [code] => (b'@', *code),
        _ => return false,
    };
    let big = matches!(order, b'>' | b'!')
        || (matches!(order, b'@' | b'=') && cfg!(target_endian = "big"));
    let same_order = dtype.item_size() == 1 || big == dtype.is_big_endian();
    let same_kind = match code {
        b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' => matches!(dtype.kind(), Kind::U | Kind::B),
        // The integers that a time takes are its counts.
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => dtype.kind() == Kind::S || times::is_time(dtype),
        b'f' | b'd' => dtype.kind() == Kind::F,
        b'?' => dtype.kind() == Kind::Bool,
        b'c' => dtype.kind() == Kind::B,
        _ => false,
    };
    same_order && same_kind
}

/// Calls `take` with each item of an iterable.
pub fn each<D: Door>(door: D, values: HPy, mut take: impl FnMut(HPy) -> Result<()>) -> Result<()> {
    if D::OWN {
        // SAFETY: under the own host handles are object pointers; the iterator is ours.
        unsafe {
            let iterator = iter::get_iter(door::pointer(values));
            let iterator = Owned::new(door, door::handle(iterator))?;
            loop {
                let item = door::handle(iter::next(door::pointer(iterator.get())));
                if item.is_null() {
                    let failed = HPyErr_Occurred(door.ctx()) != 0;
                    return if failed { Err(Error::Raised) } else { Ok(()) };
                }
                take(Owned::new(door, item)?.get())?;
            }
        }
    }
    // HPy 0.9 has no iterators: what is no sequence yet becomes a list.
    let ctx = door.ctx();
    // SAFETY: all handles are live. The sequence may change while items are converted, so its
    // length is asked for each time.
    unsafe {
        let sequence = if HPyList_Check(ctx, values) != 0 || HPyTuple_Check(ctx, values) != 0 {
            Owned::new(door, HPy_Dup(ctx, values))?
        } else {
            let arguments = Owned::new(door, HPyTuple_FromArray(ctx, [values].as_mut_ptr(), 1))?;
            let list = HPy_CallTupleDict(ctx, (*ctx).h_ListType, arguments.get(), HPY_NULL);
            Owned::new(door, checked(list)?)?
        };
        let mut index = 0;
        while index < HPy_Length(ctx, sequence.get()) {
            take(Owned::new(door, HPy_GetItem_i(ctx, sequence.get(), index))?.get())?;
            index += 1;
        }
    }
    Ok(())
}

/// Whether two arrays of one dtype hold the same number of equal elements: floats by value (NaN is
/// equal to nothing, the zeros are equal), all else by bytes.
pub fn equal(a: Filled<'_>, b: Filled<'_>) -> bool {
    let (mine, theirs) = (a.raw.live(), b.raw.live());
    if mine.len() != theirs.len() {
        return false;
    }
    let size = a.raw.element_size();
    let mut done = 0;
    while done < mine.len() {
        let (at, other) = (mine.start + done, theirs.start + done);
        let (Some(x), Some(y)) = (a.raw.run(at), b.raw.run(other)) else {
            // One of them was shortened meanwhile.
            return false;
        };
        let count = (x.end - at).min(y.end - other).min(mine.len() - done);
        // SAFETY: both runs hold that many elements, and chunks stay while their
        // array lives.
        let (x, y) = unsafe {
            (
                std::slice::from_raw_parts(x.pointer.as_ptr(), count * size),
                std::slice::from_raw_parts(y.pointer.as_ptr(), count * size),
            )
        };
        if !equal_bytes(a.dtype, x, y) {
            return false;
        }
        done += count;
    }
    true
}

fn equal_bytes(dtype: &DType, x: &[u8], y: &[u8]) -> bool {
    if let Some(record) = dtype.record() {
        let size = record.size();
        let mut pairs = x.chunks_exact(size).zip(y.chunks_exact(size));
        return pairs.all(|(x, y)| record.equal(x, y));
    }
    fn by_value<const N: usize, T: PartialEq>(
        x: &[u8],
        y: &[u8],
        read: impl Fn([u8; N]) -> T,
    ) -> bool {
        let (x, _) = x.as_chunks::<N>();
        let (y, _) = y.as_chunks::<N>();
        x.iter().zip(y).all(|(x, y)| read(*x) == read(*y))
    }
    match (dtype.kind(), dtype.item_size(), dtype.is_big_endian()) {
        (Kind::F, 8, false) => by_value(x, y, f64::from_le_bytes),
        (Kind::F, 8, true) => by_value(x, y, f64::from_be_bytes),
        (Kind::F, _, false) => by_value(x, y, f32::from_le_bytes),
        (Kind::F, _, true) => by_value(x, y, f32::from_be_bytes),
        _ => x == y,
    }
}
