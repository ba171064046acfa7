//! `Array`: the native array behind `ChunkArray`.
//!
//! On CPython `ChunkArray` is a subclass of this type, so its methods are the ones that a call
//! reaches first; elsewhere a Python class holds one of these. Methods that append or read a float
//! have a quick way beside the general one.

use std::ffi::{CStr, c_int, c_void};
use std::mem::{MaybeUninit, offset_of};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use chunkarray_core::{Chunks, DType, Exclusive, Growth, Options, RawArray};
use hpy_host::bind;
use hpy_host::define::{
    Error, Exception, Result, Trampolines, attribute, checked, checked_status, destroy, guarded,
    member, method, slot,
};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::abi::python::without_readers;
use crate::arguments::{self, Owned, Parameters, given};
use crate::chunk::{self, Content};
use crate::element::{self, SCALAR};
use crate::locking::{Hold, exclusive, raised};
use crate::{
    abi, appender, arena, array_iterator, atomics, code, extend, fields, kernels, memory_pressure,
    module, quick, room, row, state, window,
};

/// Instance data. All zero is a valid, unfilled instance.
#[repr(C)]
pub struct ArrayObject {
    /// The interpreter's list of weak references, under the own host.
    weak_references: *mut c_void,
    /// One of [`code`]'s. Atomic for builds without an interpreter lock.
    code: AtomicU8,
    /// Memory that the collector was told about, in [`TOLD`] bytes.
    told: AtomicU32,
    dtype: MaybeUninit<DType>,
    raw: MaybeUninit<RawArray>,
}

// An empty array costs 256 bytes at most: with CPython's header and what its collector puts in front, or with the
// larger header of free-threaded CPython.
const _: () = assert!(size_of::<ArrayObject>() + 32 <= 256);

/// What `told` counts in, so that it reaches for 256 GiB.
const TOLD: usize = 64;

impl ArrayObject {
    /// The instance data behind a handle.
    ///
    /// # Safety
    /// `this` is an instance of `Array`, alive for as long as the reference is used.
    #[inline(always)]
    pub unsafe fn of<'a, D: Door>(door: D, this: HPy) -> &'a ArrayObject {
        // SAFETY: promised by the caller; after `new` the data is only written through atomics.
        unsafe { &*door.data(this).cast::<ArrayObject>() }
    }

    #[inline(always)]
    pub fn code(&self) -> u8 {
        self.code.load(Ordering::Relaxed)
    }

    /// Whether this is an array of plain doubles, which the quick ways to read are for.
    #[inline(always)]
    pub fn has_floats(&self) -> bool {
        self.code() & code::F8 != 0
    }

    /// Whether this is an array of plain doubles that may change, which the quick ways to write are for.
    #[inline(always)]
    pub fn takes_floats(&self) -> bool {
        self.code() == code::F8
    }

    /// What the elements are.
    ///
    /// # Safety
    /// The instance was filled.
    #[inline(always)]
    pub unsafe fn dtype(&self) -> &DType {
        // SAFETY: promised by the caller.
        unsafe { self.dtype.assume_init_ref() }
    }

    /// The elements.
    ///
    /// # Safety
    /// The instance was filled.
    #[inline(always)]
    pub unsafe fn raw(&self) -> &RawArray {
        // SAFETY: promised by the caller.
        unsafe { self.raw.assume_init_ref() }
    }
}

/// An array that was filled.
#[derive(Clone, Copy)]
pub struct Filled<'a> {
    object: &'a ArrayObject,
    /// The instance, lent for the length of the call.
    handle: HPy,
    /// The elements.
    pub raw: &'a RawArray,
    /// What they are.
    pub dtype: &'a DType,
}

impl Filled<'_> {
    /// The element at `position` as a Python object.
    pub fn item<D: Door>(&self, door: D, position: usize) -> Result<HPy> {
        with_room(self.dtype.size(), |bytes| {
            self.raw.read_bytes_at(position, bytes).map_err(raised)?;
            element::decode(door, self.dtype, bytes)
        })
    }

    /// Adds elements: `work` runs under the array's lock, and once more after a collection where
    /// the first try found no memory.
    pub fn grow<D: Door, T>(
        &self,
        door: D,
        hold: Hold,
        mut work: impl FnMut(&Exclusive<'_>) -> std::result::Result<T, chunkarray_core::Error>,
    ) -> Result<T> {
        let mut attempt = || {
            let guard = exclusive(door, self.raw, hold);
            work(&guard)
        };
        let mut outcome = attempt();
        // Dead arrays that a tracing collector has not met yet may still hold the memory.
        if matches!(outcome, Err(chunkarray_core::Error::OutOfMemory { .. }))
            && memory_pressure::collect(door)
        {
            outcome = attempt();
        }
        let value = outcome.map_err(raised)?;
        self.tell_collector(door);
        self.tell_waiters(door)?;
        Ok(value)
    }

    /// Takes elements away: `work` runs under the array's lock.
    pub fn shorten<D: Door, T>(
        &self,
        door: D,
        work: impl FnOnce(&Exclusive<'_>) -> std::result::Result<T, chunkarray_core::Error>,
    ) -> Result<T> {
        let outcome = work(&exclusive(door, self.raw, Hold::Briefly));
        let value = outcome.map_err(raised)?;
        self.raw.wake_all();
        self.tell_waiters(door)?;
        Ok(value)
    }

    /// Calls the hook of those who wait, if what they wait for has come. No lock may be held.
    #[inline]
    pub fn tell_waiters<D: Door>(&self, door: D) -> Result<()> {
        if self.raw.take_due() {
            Owned::new(door, call_hook(door, self.handle, c"_wake", [])?)?;
        }
        Ok(())
    }

    /// Tells the collector what the array grew by since it was last told. No lock may be held.
    pub fn tell_collector<D: Door>(&self, door: D) {
        let now = u32::try_from(self.raw.committed_bytes() / TOLD).unwrap_or(u32::MAX);
        let before = self.object.told.swap(now, Ordering::Relaxed);
        if now > before {
            memory_pressure::grown(door, (now - before) as usize * TOLD);
        } else {
            memory_pressure::released((before - now) as usize * TOLD);
        }
    }

    /// Tells the quick ways that the array was frozen.
    pub fn refuse_changes(&self) {
        self.object.code.fetch_or(code::FROZEN, Ordering::Relaxed);
    }

    /// Refuses where elements may not be written. To be asked after conversions, which may run any
    /// Python code, and before the first write.
    pub fn writable(&self) -> Result<()> {
        if self.raw.is_frozen() {
            Err(raised(chunkarray_core::Error::Frozen))
        } else {
            Ok(())
        }
    }

    /// Converts a value and writes it over the element at the position that `find` gives.
    pub fn set_item<D: Door>(
        &self,
        door: D,
        value: HPy,
        find: impl Fn() -> Result<usize>,
    ) -> Result<()> {
        with_room(self.dtype.size(), |bytes| {
            // As a list: a bad index is told before a bad value is looked at.
            find()?;
            element::encode(door, self.dtype, value, bytes)?;
            self.writable()?;
            // The conversion may have run Python code that shortened the array.
            let position = find()?;
            self.raw.write_bytes_at(position, bytes).map_err(raised)
        })
    }

    /// The position that Python's index `i` means: counted from the end where it is negative.
    pub fn position(&self, i: isize) -> Result<usize> {
        self.raw.position(i).ok_or_else(|| {
            let len = self.raw.len();
            let message = format!("index {i} is out of range for length {len}");
            Error::New(Exception::IndexError, message)
        })
    }
}

/// Bytes of the elements that are made on the stack, though they are no scalars.
const SMALL: usize = 128;

/// Gives `work` room for the bytes of one element, all zero, on the stack where they are few.
pub fn with_room<T>(size: usize, work: impl FnOnce(&mut [u8]) -> Result<T>) -> Result<T> {
    if size <= SCALAR {
        work(&mut [0; SCALAR][..size])
    } else if size <= SMALL {
        work(&mut [0; SMALL][..size])
    } else {
        let mut room = Vec::new();
        room.try_reserve_exact(size).map_err(|_| Error::NoMemory)?;
        room.resize(size, 0);
        work(&mut room)
    }
}

/// Calls what the Python class has for keys that are no integers.
pub fn call_hook<D: Door, const N: usize>(
    door: D,
    this: HPy,
    name: &CStr,
    arguments: [HPy; N],
) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let hook = Owned::new(door, HPy_GetAttr_s(ctx, this, name.as_ptr()))?;
        checked(HPy_Call(ctx, hook.get(), arguments.as_ptr(), N, HPY_NULL))
    }
}

/// The filled instance behind `self`.
pub fn filled<'a, D: Door>(door: D, this: HPy) -> Result<Filled<'a>> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    if object.code() == code::UNFILLED {
        return Err(Error::New(
            Exception::RuntimeError,
            "the array was never initialised".into(),
        ));
    }
    // SAFETY: filled, as its code says.
    unsafe {
        Ok(Filled {
            object,
            handle: this,
            raw: object.raw(),
            dtype: object.dtype(),
        })
    }
}

/// Name and documentation of the type.
pub const NAME: &CStr = c"chunkarray.Array";
pub const DOC: &CStr = c"Array(dtype=None, values=None, *, chunk_size=1024, growth=None, \
capacity=0, element_size=None, keep=None, keep_bytes=None, arena=None)\n--\n\n\
A typed, growable array whose elements never move: the native part of ChunkArray.";

/// The methods.
pub fn methods(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"append",
            bind!(t, o: append, append_quick, quick::append),
            c"append($self, value, /)\n--\n\nAdd one element at the end.\n\n\
              TypeError if the dtype does not take the value, OverflowError if it is out of range,\n\
              MemoryError if there is no memory; the array is then what it was.",
        ),
        method(
            c"push",
            bind!(t, o: push, push_quick, quick::push),
            c"push($self, value, /)\n--\n\nAdd one element at the end and return its index.\n\n\
              Errors as append's.",
        ),
        method(
            c"extend",
            bind!(t, o: extend::extend),
            c"extend($self, values, /)\n--\n\nAdd all elements of an iterable or a buffer, or none.\n\n\
              A buffer of the same format is copied as it is; the elements of one call are adjacent.\n\
              Errors as append's, and whatever the iterable raises.",
        ),
        method(
            c"at",
            bind!(t, o: at, at_quick, quick::at),
            c"at($self, index, /)\n--\n\nThe element at an index; a negative one counts from the end.\n\n\
              IndexError if there is none.",
        ),
        method(
            c"pop",
            bind!(t, keywords: pop),
            c"pop($self, index=-1, /)\n--\n\nRemove the last element and return it.\n\n\
              IndexError if there is none, TypeError for any other element.",
        ),
        method(
            c"truncate",
            bind!(t, o: truncate),
            c"truncate($self, length, /)\n--\n\nShorten the array to a length; one that is not longer stays as it is.\n\n\
              The memory is kept for reuse.",
        ),
        method(
            c"clear",
            bind!(t, noargs: clear),
            c"clear($self, /)\n--\n\nRemove all elements. The memory is kept for reuse.",
        ),
        method(
            c"close",
            bind!(t, noargs: close),
            c"close($self, /)\n--\n\nRemove all elements for good and give their memory back.\n\n\
              Views keep theirs. Appending to a closed array is a ValueError.",
        ),
        method(
            c"_close",
            bind!(t, noargs: close_gently),
            c"_close($self, /)\n--\n\nAs close(), but the memory stays until close() or until the array goes.",
        ),
        method(
            c"chunks",
            bind!(t, noargs: chunks),
            c"chunks($self, /)\n--\n\nThe chunks as a list of Chunk, each a writable buffer of the elements it has now.",
        ),
        method(
            c"address_of",
            bind!(t, o: address_of),
            c"address_of($self, index, /)\n--\n\nThe address of an element, which stays while the array or a view of it lives.",
        ),
        method(
            c"tobytes",
            bind!(t, noargs: kernels::all_bytes),
            c"tobytes($self, /)\n--\n\nThe elements' bytes, in memory order.",
        ),
        method(
            c"frombytes",
            bind!(t, o: extend::frombytes),
            c"frombytes($self, buffer, /)\n--\n\nAdd elements from their bytes.\n\n\
              ValueError if they are not a whole number of elements.",
        ),
        method(
            c"tolist",
            bind!(t, noargs: tolist),
            c"tolist($self, /)\n--\n\nThe elements as a list.",
        ),
        method(
            c"_equal",
            bind!(t, o: equal),
            c"_equal($self, other, /)\n--\n\nWhether two arrays of one dtype hold equal elements; NotImplemented for others.",
        ),
        method(
            c"_arena",
            bind!(t, noargs: arena_of),
            c"_arena($self, /)\n--\n\nThe native arena that the chunks lie in, or None.",
        ),
        method(c"__sizeof__", bind!(t, noargs: size_of_object), c"Bytes of the object and its chunks."),
    ]
    .into_iter()
    .chain(abi::python::array_methods(t))
    .chain(appender::array_methods(t))
    .chain(atomics::methods(t))
    .chain(state::methods(t))
    .chain(fields::methods(t))
    .chain(room::methods(t))
    .chain(row::methods(t))
    .chain(kernels::methods(t))
    .chain(window::methods(t))
    .collect()
}

/// The definitions of the type; `subclassed` where `ChunkArray` is a subclass of it.
pub fn definitions(t: Trampolines, subclassed: bool) -> Vec<HPyDef> {
    let mut definitions = methods(t);
    definitions.extend(state::attributes(t));
    definitions.extend(abi::python::array_attributes(t));
    definitions.extend([
        slot(HPy_tp_new, bind!(t, new: new)),
        slot(HPy_mp_length, bind!(t, length: length, length_quick)),
        slot(
            HPy_mp_subscript,
            bind!(t, binary: subscript, subscript_quick, quick::at),
        ),
        slot(
            HPy_mp_ass_subscript,
            bind!(t, assign: assign, assign_quick, quick::assign),
        ),
        attribute(
            c"dtype",
            bind!(t, getter: dtype),
            c"Name of the element type.",
        ),
        attribute(
            c"itemsize",
            bind!(t, getter: itemsize),
            c"Bytes of an element.",
        ),
        attribute(
            c"element_size",
            bind!(t, getter: itemsize),
            c"Bytes of an element.",
        ),
        attribute(
            c"nbytes",
            bind!(t, getter: nbytes),
            c"Bytes of all elements.",
        ),
        attribute(
            c"chunk_size",
            bind!(t, getter: chunk_size),
            c"Elements in the first chunk.",
        ),
        attribute(
            c"growth",
            bind!(t, getter: growth),
            c"How chunks grow: 'double' or 'fixed'.",
        ),
        attribute(
            c"capacity",
            bind!(t, getter: capacity),
            c"Elements of the contiguous region in front of the chunks.",
        ),
        attribute(
            c"chunk_count",
            bind!(t, getter: chunk_count),
            c"Number of chunks.",
        ),
        attribute(
            c"arena_capacity",
            bind!(t, getter: arena_capacity),
            c"Elements that fit into the chunks there are.",
        ),
        attribute(
            c"contiguous",
            bind!(t, getter: contiguous),
            c"Whether all elements lie in one chunk.",
        ),
        attribute(
            c"committed_bytes",
            bind!(t, getter: committed_bytes),
            c"Bytes of memory taken for chunks.",
        ),
        destroy(free),
    ]);
    if subclassed {
        // For those who ask for a sequence, as bisect does; a[i] takes the mapping's way.
        definitions.push(slot(HPy_sq_item, bind!(t, item: sequence_item)));
        definitions.push(attribute(
            c"_raw",
            bind!(t, getter: itself),
            c"The native object: the array itself.",
        ));
        definitions.push(slot(hpy_host::slots::TP_ITER, bind!(t, unary: iterate)));
        definitions.push(member(
            c"__weaklistoffset__",
            HPyMember_HPYSSIZET,
            offset_of!(ArrayObject, weak_references),
        ));
    }
    definitions
}

unsafe extern "C" fn free(data: *mut c_void) {
    // SAFETY: the host passes instance data once, at its end. The memory that chunks still hold is
    // no longer behind this array; views of it keep their own references.
    unsafe {
        let object = &mut *data.cast::<ArrayObject>();
        if std::mem::replace(object.code.get_mut(), code::UNFILLED) == code::UNFILLED {
            return;
        }
        memory_pressure::released(*object.told.get_mut() as usize * TOLD);
        abi::python::forget_array(object.raw.assume_init_ref());
        object.raw.assume_init_drop();
    }
}

const PARAMETERS: Parameters<10> = Parameters {
    function: "ChunkArray",
    names: [
        c"dtype",
        c"values",
        c"chunk_size",
        c"growth",
        c"capacity",
        c"element_size",
        c"keep",
        c"keep_bytes",
        c"arena",
        c"layout",
    ],
    positional: 2,
};

fn new<D: Door>(
    door: D,
    class: HPy,
    arguments: *const HPy,
    count: isize,
    names: HPy,
) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: the host passes live handles.
    let [
        dtype,
        values,
        chunk_size,
        growth,
        capacity,
        element_size,
        keep,
        keep_bytes,
        arena,
        layout,
    ] = unsafe { PARAMETERS.read_ours(door, arguments, count, names, || has_init(door, class))? };
    let (dtype, element_size) = (given(door, dtype), given(door, element_size));
    let dtype = dtype.map(|dtype| named(door, class, dtype)).transpose()?;
    if let Some(other) = &dtype {
        // SAFETY: the handle and the context's constant are live.
        if unsafe { HPy_TypeCheck(ctx, other.get(), (*ctx).h_TypeType) } != 0 {
            return made_by(door, other.get(), arguments, count, names);
        }
    }
    if layout.is_some() {
        return Err(Error::type_error("layout= goes with records only"));
    }
    let dtype = match (dtype, element_size) {
        (Some(dtype), None) => parse_dtype(door, dtype.get())?,
        (None, Some(bytes)) => {
            let bytes = arguments::size(door, "element_size", bytes.get())?;
            DType::of_element_size(bytes).map_err(|error| Error::value_error(error.to_string()))?
        }
        (Some(dtype), Some(bytes)) => {
            let dtype = parse_dtype(door, dtype.get())?;
            let bytes = arguments::size(door, "element_size", bytes.get())?;
            if dtype.size() != bytes {
                return Err(Error::value_error(format!(
                    "element_size is {bytes}, but {} has {} bytes",
                    dtype.name(),
                    dtype.size()
                )));
            }
            dtype
        }
        (None, None) => {
            return Err(Error::type_error(
                "ChunkArray() needs a dtype, such as 'F8'",
            ));
        }
    };
    let mut options = Options::default();
    if let Some(chunk_size) = chunk_size {
        options.chunk_size = arguments::size(door, "chunk_size", chunk_size.get())?;
    }
    if let Some(capacity) = capacity {
        options.capacity = arguments::size(door, "capacity", capacity.get())?;
    }
    let growth = given(door, growth)
        .map(|growth| parse_growth(door, growth.get()))
        .transpose()?;
    let (keep, keep_bytes) = (given(door, keep), given(door, keep_bytes));
    state::retain(door, &mut options, dtype.size(), growth, keep, keep_bytes)?;
    let arena = given(door, arena)
        .map(|arena| arena::of(door, arena.get()))
        .transpose()?;
    let raw = RawArray::new_in(dtype.size(), &options, arena).map_err(raised)?;
    // SAFETY: `class` is Array or a subclass of it, so a new instance has zeroed instance data of
    // our type behind it, which has nothing to drop.
    let array = unsafe {
        let mut data = std::ptr::null_mut();
        let array = Owned::new(door, HPy_New(ctx, class, &raw mut data))?;
        let object = door.data(array.get()).cast::<ArrayObject>();
        (*object).code = AtomicU8::new(code::of(&dtype));
        (*object).told = AtomicU32::new(0);
        (*object).dtype.write(dtype);
        (*object).raw.write(raw);
        array
    };
    if let Some(values) = given(door, values) {
        extend::into(
            door,
            filled(door, array.get())?,
            values.get(),
            extend::Way::Extend,
        )?;
    }
    Ok(array.take())
}

/// A growth policy by name.
pub fn parse_growth<D: Door>(door: D, growth: HPy) -> Result<Growth> {
    match arguments::text(door, "growth", growth)?.as_str() {
        "double" => Ok(Growth::Double),
        "fixed" => Ok(Growth::Fixed),
        other => Err(Error::value_error(format!(
            "growth is 'double' or 'fixed', not {other:?}"
        ))),
    }
}

/// Whether a class has a constructor `__init__` of its own, which other arguments may be for: as
/// with Python's own `object`, they are an error only where nobody would look at them.
fn has_init<D: Door>(door: D, class: HPy) -> Result<bool> {
    let ctx = door.ctx();
    // SAFETY: the class and the context's constants are live.
    unsafe {
        let theirs = Owned::new(door, HPy_GetAttr_s(ctx, class, c"__init__".as_ptr()))?;
        let object = (*ctx).h_BaseObjectType;
        let plain = Owned::new(door, HPy_GetAttr_s(ctx, object, c"__init__".as_ptr()))?;
        Ok(HPy_Is(ctx, theirs.get(), plain.get()) == 0)
    }
}

/// The name of a dtype. Other objects (types, NumPy's dtypes) are named by the Python class, which may also give the
/// class that makes arrays of such elements.
fn named<D: Door>(door: D, class: HPy, dtype: Owned<D>) -> Result<Owned<D>> {
    let ctx = door.ctx();
    // SAFETY: both handles are live.
    unsafe {
        if HPyUnicode_Check(ctx, dtype.get()) != 0
            || HPy_HasAttr_s(ctx, class, c"_dtype_name".as_ptr()) == 0
        {
            return Ok(dtype);
        }
        let hook = Owned::new(door, HPy_GetAttr_s(ctx, class, c"_dtype_name".as_ptr()))?;
        let argument = dtype.get();
        Owned::new(
            door,
            HPy_Call(ctx, hook.get(), &raw const argument, 1, HPY_NULL),
        )
    }
}

/// What the constructor `__new__` of another class makes of the same arguments.
fn made_by<D: Door>(
    door: D,
    class: HPy,
    arguments: *const HPy,
    count: isize,
    names: HPy,
) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: the host passes so many live handles, and a dict or nothing: the class is one of Python's, which only the
    // own host gives to this constructor.
    unsafe {
        let make = Owned::new(door, HPy_GetAttr_s(ctx, class, c"__new__".as_ptr()))?;
        let mut all = vec![class];
        all.extend((0..count as usize).map(|k| *arguments.add(k)));
        let all = HPyTuple_FromArray(ctx, all.as_mut_ptr(), all.len() as isize);
        let all = Owned::new(door, all)?;
        checked(HPy_CallTupleDict(ctx, make.get(), all.get(), names))
    }
}

/// The dtype of a name.
pub(crate) fn parse_dtype<D: Door>(door: D, dtype: HPy) -> Result<DType> {
    let name = arguments::text(door, "dtype", dtype)?;
    DType::parse(&name).map_err(|error| Error::value_error(error.to_string()))
}

/// Appends a float without a detour, where nothing stands in the way; `answer` makes the result.
#[inline(always)]
fn put_float<D: Door>(
    door: D,
    this: HPy,
    value: HPy,
    answer: impl Fn(D, &ArrayObject, usize) -> HPy,
) -> Option<HPy> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    if !object.takes_floats() {
        return None;
    }
    let Some(number) = door.to_float(value) else {
        refuse_float(door, this, value);
        return Some(HPY_NULL);
    };
    if door.has_gil() {
        // SAFETY: filled, as its code says; and every thread takes this array's lock with the
        // interpreter's lock held (locking.rs), which this thread holds.
        if let Ok(position) = unsafe { object.raw().push_plain(number) } {
            return Some(answer(door, object, position));
        }
    }
    match put_float_slowly(door, this, number) {
        position if position < 0 => Some(HPY_NULL),
        position => Some(answer(door, object, position as usize)),
    }
}

/// Raises what `append` raises for a value that is no float.
#[cold]
#[inline(never)]
extern "C" fn refuse_float<D: Door>(door: D, this: HPy, value: HPy) {
    guarded(door, || -> Result<c_int> {
        Err(element::float_failed(
            door,
            filled(door, this)?.dtype,
            value,
        ))
    });
}

/// Appends a converted float under the array's lock; its position, or -1 with an exception set.
#[inline(never)]
extern "C" fn put_float_slowly<D: Door>(door: D, this: HPy, number: f64) -> isize {
    guarded(door, || {
        let position = filled(door, this)?.grow(door, Hold::Briefly, |guard| guard.push(number))?;
        Ok(position as isize)
    })
}

#[inline(always)]
fn append_quick<D: Door>(door: D, this: HPy, value: HPy) -> Option<HPy> {
    put_float(door, this, value, |door, _, _| door.none())
}

#[inline(always)]
fn push_quick<D: Door>(door: D, this: HPy, value: HPy) -> Option<HPy> {
    put_float(door, this, value, |door, object, position| {
        // SAFETY: filled, since an element was appended.
        door.int(index_of(unsafe { object.raw() }, position))
    })
}

/// The index of an element that was just appended.
#[inline(always)]
pub fn index_of(raw: &RawArray, position: usize) -> i64 {
    // Other threads may have appended so much meanwhile that it was dropped.
    position.saturating_sub(raw.first()) as i64
}

/// Converts a value and appends it.
fn push_object<D: Door>(door: D, array: Filled<'_>, value: HPy) -> Result<usize> {
    with_room(array.dtype.size(), |bytes| {
        element::encode(door, array.dtype, value, bytes)?;
        if door.has_gil() {
            // SAFETY: every thread takes this array's lock with the interpreter's lock held (locking.rs), which this
            // thread holds; the bytes are an element's.
            if let Ok(position) = unsafe { array.raw.push_bytes_plain(bytes) } {
                return Ok(position);
            }
        }
        array.grow(door, Hold::Briefly, |guard| guard.push_bytes(bytes))
    })
}

/// Appends a value.
pub fn append<D: Door>(door: D, this: HPy, value: HPy) -> Result<HPy> {
    push_object(door, filled(door, this)?, value)?;
    Ok(door.none())
}

fn push<D: Door>(door: D, this: HPy, value: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let position = push_object(door, array, value)?;
    checked(door.int(index_of(array.raw, position)))
}

/// Reads a float by index without a detour.
#[inline(always)]
fn at_quick<D: Door>(door: D, this: HPy, index: HPy) -> Option<HPy> {
    float_at(door, this, index, at_cold)
}

#[cold]
#[inline(never)]
extern "C" fn at_cold<D: Door>(door: D, this: HPy, index: HPy) -> HPy {
    guarded(door, || at(door, this, index))
}

/// The float at an index, if this is an array of floats; `cold` for an index that is no int or names no
/// element.
#[inline(always)]
fn float_at<D: Door>(
    door: D,
    this: HPy,
    index: HPy,
    cold: extern "C" fn(D, HPy, HPy) -> HPy,
) -> Option<HPy> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    if !object.has_floats() {
        std::hint::cold_path();
        return None;
    }
    let Some(i) = door.to_index(index) else {
        return Some(cold(door, this, index));
    };
    // SAFETY: filled, as its code says.
    let raw = unsafe { object.raw() };
    let Some(position) = raw.position(i) else {
        return Some(cold(door, this, index));
    };
    // SAFETY: there is an element, and elements of an F8 array are f64.
    Some(door.float(unsafe { raw.load::<f64>(position) }))
}

/// Reads a float by its position without a detour.
#[inline(always)]
pub fn at_position_quick<D: Door>(door: D, this: HPy, position: HPy) -> Option<HPy> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    if !object.has_floats() {
        return None;
    }
    // SAFETY: filled, as its code says.
    let raw = unsafe { object.raw() };
    match door.to_index(position) {
        Some(at) if raw.live().contains(&(at as usize)) => {
            // SAFETY: there is an element, and elements of an F8 array are f64.
            Some(door.float(unsafe { raw.load::<f64>(at as usize) }))
        }
        _ => Some(at_position_cold(door, this, position)),
    }
}

#[cold]
#[inline(never)]
extern "C" fn at_position_cold<D: Door>(door: D, this: HPy, position: HPy) -> HPy {
    // SAFETY: nothing but the context is passed. The quick way leaves an exception for what is no int.
    unsafe { HPyErr_Clear(door.ctx()) };
    guarded(door, || state::at(door, this, position))
}

/// The object itself, where it is the native one.
fn itself<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    // SAFETY: `this` is live.
    Ok(unsafe { HPy_Dup(door.ctx(), this) })
}

fn at<D: Door>(door: D, this: HPy, index: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let position = array.position(arguments::index(door, index)?)?;
    array.item(door, position)
}

/// Reads a float by index without a detour; slices and everything else are for `_getitem`.
#[inline(always)]
fn subscript_quick<D: Door>(door: D, this: HPy, key: HPy) -> Option<HPy> {
    float_at(door, this, key, subscript_cold)
}

#[cold]
#[inline(never)]
extern "C" fn subscript_cold<D: Door>(door: D, this: HPy, key: HPy) -> HPy {
    guarded(door, || subscript(door, this, key))
}

/// What a subscript is: an index, or something that the Python class knows about.
enum Key {
    Index(isize),
    Other,
}

fn key<D: Door>(door: D, key: HPy) -> Result<Key> {
    if let Some(i) = door.to_index(key) {
        return Ok(Key::Index(i));
    }
    let ctx = door.ctx();
    // SAFETY: the key and the constants are live; an exception is set.
    unsafe {
        HPyErr_Clear(ctx);
        // Told at once, without one more exception.
        if HPy_TypeCheck(ctx, key, (*ctx).h_SliceType) != 0 {
            return Ok(Key::Other);
        }
    }
    match arguments::index(door, key) {
        Ok(i) => Ok(Key::Index(i)),
        Err(Error::Raised) => {
            // SAFETY: an exception is set. A TypeError says that the key is no integer.
            unsafe {
                if HPyErr_ExceptionMatches(ctx, (*ctx).h_TypeError) == 0 {
                    return Err(Error::Raised);
                }
                HPyErr_Clear(ctx);
            }
            Ok(Key::Other)
        }
        Err(error) => Err(error),
    }
}

fn subscript<D: Door>(door: D, this: HPy, index: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    match key(door, index)? {
        Key::Index(i) => array.item(door, array.position(i)?),
        Key::Other => call_hook(door, this, c"_getitem", [index]),
    }
}

/// The element at an index that was counted from the front already.
fn sequence_item<D: Door>(door: D, this: HPy, index: isize) -> Result<HPy> {
    let array = filled(door, this)?;
    if index < 0 {
        let len = array.raw.len();
        let message = format!("index {index} is out of range for length {len}");
        return Err(Error::New(Exception::IndexError, message));
    }
    array.item(door, array.position(index)?)
}

/// Overwrites a float by index without a detour.
#[inline(always)]
fn assign_quick<D: Door>(door: D, this: HPy, key: HPy, value: HPy) -> Option<c_int> {
    // SAFETY: slots are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    if !object.takes_floats() || value.is_null() {
        return None;
    }
    let Some(i) = door.to_index(key) else {
        return Some(assign_cold(door, this, key, value));
    };
    // SAFETY: filled, as its code says.
    let raw = unsafe { object.raw() };
    // As a list: a bad index is told before a bad value is looked at.
    if raw.position(i).is_none() {
        return Some(assign_cold(door, this, key, value));
    }
    let Some(number) = door.to_float(value) else {
        refuse_float(door, this, value);
        return Some(-1);
    };
    // The conversion may have run Python code that shortened or froze the array.
    let Some(position) = raw.position(i).filter(|_| object.takes_floats()) else {
        return Some(assign_cold(door, this, key, value));
    };
    // SAFETY: there is an element, and elements of an F8 array are f64.
    unsafe { raw.store(position, number) };
    Some(0)
}

#[cold]
#[inline(never)]
extern "C" fn assign_cold<D: Door>(door: D, this: HPy, key: HPy, value: HPy) -> c_int {
    guarded(door, || assign(door, this, key, value))
}

fn assign<D: Door>(door: D, this: HPy, index: HPy, value: HPy) -> Result<c_int> {
    let array = filled(door, this)?;
    if value.is_null() {
        Owned::new(door, call_hook(door, this, c"_delitem", [index])?)?;
        return Ok(0);
    }
    match key(door, index)? {
        Key::Index(i) => array.set_item(door, value, || array.position(i))?,
        Key::Other => {
            Owned::new(door, call_hook(door, this, c"_setitem", [index, value])?)?;
        }
    }
    Ok(0)
}

#[inline(always)]
fn length_quick<D: Door>(door: D, this: HPy) -> Option<isize> {
    // SAFETY: slots are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    // SAFETY: filled, as its code says.
    (object.code() != code::UNFILLED).then(|| unsafe { object.raw() }.len() as isize)
}

fn length<D: Door>(door: D, this: HPy) -> Result<isize> {
    Ok(filled(door, this)?.raw.len() as isize)
}

fn iterate<D: Door>(door: D, this: HPy) -> Result<HPy> {
    filled(door, this)?;
    array_iterator::make(door, this)
}

fn pop<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    let array = filled(door, this)?;
    if count > 0 || !names.is_null() {
        refuse_to_pop_inside(door, this, arguments, count, names)?;
    }
    with_room(array.dtype.size(), |bytes| {
        array.shorten(door, |guard| guard.pop_bytes(bytes))?;
        element::decode(door, array.dtype, bytes)
    })
}

/// Raises what `pop(index)` raises, but for the last element.
#[cold]
fn refuse_to_pop_inside<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<()> {
    if count > 1 {
        return Err(Error::type_error(format!(
            "pop() takes at most 1 argument ({count} given)"
        )));
    }
    // SAFETY: `names` is null or live.
    if !names.is_null() && unsafe { HPy_Length(door.ctx(), names) } > 0 {
        return Err(Error::type_error("pop() takes no keyword arguments"));
    }
    if count == 1 {
        // SAFETY: as many live handles as `count` says.
        let index = unsafe { *arguments };
        let hook = c"_refuse_to_pop_inside";
        Owned::new(door, call_hook(door, this, hook, [index])?)?;
    }
    Ok(())
}

fn truncate<D: Door>(door: D, this: HPy, length: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let length = arguments::size(door, "length", length)?;
    array.shorten(door, |guard| guard.truncate(length))?;
    Ok(door.none())
}

fn clear<D: Door>(door: D, this: HPy) -> Result<HPy> {
    filled(door, this)?.shorten(door, |guard| guard.clear())?;
    Ok(door.none())
}

fn close<D: Door>(door: D, this: HPy) -> Result<HPy> {
    end(door, this, |array, guard| {
        let released = without_readers(door, array.raw, || {
            // SAFETY: nobody looks at elements without the array's lock.
            unsafe { guard.close_and_release() }
        });
        // Else the memory goes when the array does.
        released.unwrap_or_else(|| guard.close())
    })
}

fn close_gently<D: Door>(door: D, this: HPy) -> Result<HPy> {
    end(door, this, |_, guard| guard.close())
}

/// Removes all elements for good, as `work` does.
fn end<D: Door>(
    door: D,
    this: HPy,
    work: impl FnOnce(&Filled<'_>, &Exclusive<'_>) -> std::result::Result<(), chunkarray_core::Error>,
) -> Result<HPy> {
    let array = filled(door, this)?;
    work(&array, &exclusive(door, array.raw, Hold::Briefly)).map_err(raised)?;
    array.tell_collector(door);
    array.raw.wake_all();
    array.tell_waiters(door)?;
    Ok(door.none())
}

fn chunks<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    chunk_list(door, array.raw.chunks(), array.dtype, array.raw.is_frozen())
}

/// A list of chunk objects, whose memory is `readonly` or not.
pub fn chunk_list<D: Door>(
    door: D,
    chunks: Chunks<'_>,
    dtype: &DType,
    readonly: bool,
) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        for chunk in chunks {
            let chunk = chunk::make(
                door,
                Content {
                    address: chunk.pointer().as_ptr(),
                    start: chunk.start,
                    len: chunk.len,
                    stride: dtype.size() as isize,
                    block: chunk.block,
                    dtype: *dtype,
                    readonly,
                },
            )?;
            let chunk = Owned::new(door, chunk)?;
            checked_status(HPyList_Append(ctx, list.get(), chunk.get()))?;
        }
        Ok(list.take())
    }
}

fn arena_of<D: Door>(door: D, this: HPy) -> Result<HPy> {
    match filled(door, this)?.raw.arena() {
        Some(arena) => arena::make(door, arena.clone()),
        None => Ok(door.none()),
    }
}

fn address_of<D: Door>(door: D, this: HPy, index: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let position = array.position(arguments::index(door, index)?)?;
    let address = array.raw.address_at(position).map_err(raised)?;
    checked(door.int(address.as_ptr() as i64))
}

fn tolist<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    let array = filled(door, this)?;
    // SAFETY: all handles are live. No list builder: PyPy's HPy leaks what is put into one.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        for position in array.raw.live() {
            let item = Owned::new(door, array.item(door, position)?)?;
            checked_status(HPyList_Append(ctx, list.get(), item.get()))?;
        }
        Ok(list.take())
    }
}

/// Whether `other` is an array; its elements if so.
pub fn as_array<'a, D: Door>(door: D, other: HPy) -> Result<Option<Filled<'a>>> {
    let ctx = door.ctx();
    // SAFETY: `other` is live; the global holds the type since the module was executed.
    let is_array = unsafe {
        let class = Owned::new(door, HPyGlobal_Load(ctx, *module::ARRAY.get()))?;
        HPy_TypeCheck(ctx, other, class.get()) != 0
    };
    if is_array {
        filled(door, other).map(Some)
    } else {
        Ok(None)
    }
}

fn equal<D: Door>(door: D, this: HPy, other: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    let array = filled(door, this)?;
    let other = as_array(door, other)?.filter(|other| other.dtype == array.dtype);
    // SAFETY: nothing but the context and its constants are passed.
    let answer = unsafe {
        match other {
            None => (*ctx).h_NotImplemented,
            Some(other) if extend::equal(array, other) => (*ctx).h_True,
            Some(_) => (*ctx).h_False,
        }
    };
    // SAFETY: a constant of the context.
    Ok(unsafe { HPy_Dup(ctx, answer) })
}

fn size_of_object<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let header = hpy_host::interpreter::get().header_bytes;
    let size = header + size_of::<ArrayObject>() + array.raw.committed_bytes();
    checked(door.int(size as i64))
}

fn dtype<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    module::string(door, &filled(door, this)?.dtype.name())
}

fn growth<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    module::string(
        door,
        match filled(door, this)?.raw.options().growth {
            Growth::Double => "double",
            Growth::Fixed => "fixed",
        },
    )
}

fn contiguous<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    let contiguous = filled(door, this)?.raw.is_contiguous();
    // SAFETY: nothing but the context and a flag is passed.
    checked(unsafe { HPyBool_FromBool(door.ctx(), contiguous) })
}

/// Read-only attributes that are one number.
macro_rules! numbers {
    ($($name:ident = |$array:ident| $number:expr;)*) => {$(
        fn $name<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
            let $array = filled(door, this)?;
            checked(door.int($number as i64))
        }
    )*};
}

numbers! {
    itemsize = |array| array.dtype.size();
    nbytes = |array| array.raw.nbytes();
    chunk_size = |array| array.raw.options().chunk_size;
    capacity = |array| array.raw.options().capacity;
    chunk_count = |array| array.raw.chunk_count();
    arena_capacity = |array| array.raw.arena_capacity();
    committed_bytes = |array| array.raw.committed_bytes();
}
