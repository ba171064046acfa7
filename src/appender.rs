//! `Appender`: what `ChunkArray.appender()` puts with, and the array's own part of it.
//!
//! On CPython the Python class is a subclass of the type here, and its bound method `put` is what the
//! block gets: a call goes straight in, and finds in one comparison each that the block runs, that this
//! is its thread, and that there is room. Elsewhere the doors put in their own ways.

use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use chunkarray_core::this_thread;
use hpy_host::bind;
use hpy_host::define::{Error, Result, Trampolines, Traverse, guarded, method, traverse};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::arguments::Owned;
use crate::array::{ArrayObject, as_array, call_hook, filled, with_room};
use crate::element;
use crate::extend::{self, Way};
use crate::locking::{Hold, exclusive, raised};
use crate::quick::{self, Scalar};

/// The methods of `Array` that belong here.
pub fn array_methods(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"_open_appender",
            bind!(t, noargs: open),
            c"_open_appender($self, /)\n--\n\nLet the calling thread, and nobody else, append until the appender is closed.\n\n\
              RuntimeError if one is open.",
        ),
        method(
            c"_put",
            bind!(t, o: put_into),
            c"_put($self, value, /)\n--\n\nAdd one element at the end for the appender that this thread has opened.",
        ),
        method(
            c"_put_all",
            bind!(t, o: put_all),
            c"_put_all($self, values, /)\n--\n\nAdd elements that were put and held back, all or none, from any thread.\n\n\
              RuntimeError if no appender is open.",
        ),
        method(
            c"_close_appender",
            bind!(t, noargs: close),
            c"_close_appender($self, /)\n--\n\nClose the appender, from any thread, and return whether one was open.",
        ),
    ]
}

fn open<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let guard = exclusive(door, array.raw, Hold::Briefly);
    guard.open_appender().map_err(raised)?;
    Ok(door.none())
}

fn close<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    // The lock first, by the way that leaves Python: a transaction of another thread may have it.
    let guard = exclusive(door, array.raw, Hold::Briefly);
    // SAFETY: `put_plain` runs under an interpreter's lock only, which this thread holds.
    let was_open = unsafe { guard.abandon_appender() };
    // SAFETY: nothing but the context and a flag is passed.
    hpy_host::define::checked(unsafe { HPyBool_FromBool(door.ctx(), was_open) })
}

/// Converts a value and puts it.
fn put_into<D: Door>(door: D, array: HPy, value: HPy) -> Result<HPy> {
    let array = filled(door, array)?;
    with_room(array.dtype.size(), |bytes| {
        element::encode(door, array.dtype, value, bytes)?;
        array.grow(door, Hold::Briefly, |guard| guard.put_bytes(bytes))
    })?;
    Ok(door.none())
}

fn put_all<D: Door>(door: D, this: HPy, values: HPy) -> Result<HPy> {
    extend::into(door, filled(door, this)?, values, Way::Put)?;
    Ok(door.none())
}

/// Instance data; all zero before the block.
#[repr(C)]
pub struct AppenderObject {
    /// Keeps the array alive: `array` points into its instance data.
    owner: HPyField,
    /// Null unless the block runs.
    array: AtomicPtr<ArrayObject>,
    /// The thread that runs it.
    thread: AtomicUsize,
}

impl Traverse for AppenderObject {
    unsafe fn fields(data: *mut c_void) -> impl IntoIterator<Item = *mut HPyField> {
        // SAFETY: promised by the caller.
        [unsafe { &raw mut (*data.cast::<AppenderObject>()).owner }]
    }
}

impl AppenderObject {
    /// The array, while its block runs in this thread.
    ///
    /// # Safety
    /// `this` is an instance of `Appender`, alive for as long as the reference is used.
    #[inline(always)]
    unsafe fn array<'a, D: Door>(door: D, this: HPy) -> Option<&'a ArrayObject> {
        // SAFETY: promised by the caller; the owner keeps the array.
        unsafe {
            let object = &*door.data(this).cast::<AppenderObject>();
            let array = object.array.load(Ordering::Relaxed);
            if array.is_null() || object.thread.load(Ordering::Relaxed) != this_thread() {
                return None;
            }
            Some(&*array)
        }
    }
}

/// The definitions of the type.
pub fn definitions(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"put",
            bind!(t, o: put, put_quick, put_number),
            c"put($self, value, /)\n--\n\nAdd one element at the end.\n\n\
              Errors as append's; RuntimeError in another thread, and after the appender's block.",
        ),
        method(
            c"_attach",
            bind!(t, o: attach),
            c"_attach($self, array, /)\n--\n\nBegin the block of an array whose appender this thread has just opened.",
        ),
        method(
            c"_detach",
            bind!(t, noargs: detach),
            c"_detach($self, /)\n--\n\nEnd the block.",
        ),
        traverse::<AppenderObject>(),
    ]
}

/// Name and documentation of the type.
pub const NAME: &CStr = c"chunkarray._core.Appender";
pub const DOC: &CStr = c"What an array's appender puts with: the native part of it.";

fn attach<D: Door>(door: D, this: HPy, array: HPy) -> Result<HPy> {
    if as_array(door, array)?.is_none() {
        return Err(Error::type_error("an appender is an array's"));
    }
    // SAFETY: methods are called on instances of the type only, and the array is one of ours.
    unsafe {
        let object: *mut AppenderObject = door.data(this).cast();
        HPyField_Store(door.ctx(), this, &raw mut (*object).owner, array);
        (*object).thread.store(this_thread(), Ordering::Relaxed);
        (*object)
            .array
            .store(door.data(array).cast(), Ordering::Relaxed);
    }
    Ok(door.none())
}

fn detach<D: Door>(door: D, this: HPy) -> Result<HPy> {
    // SAFETY: methods are called on instances of the type only. The owner stays until the appender goes, for a put that
    // another thread may just be trying.
    let object = unsafe { &*door.data(this).cast::<AppenderObject>() };
    object.array.store(ptr::null_mut(), Ordering::Relaxed);
    Ok(door.none())
}

/// Puts a float without a detour, where nothing stands in the way. No Python code runs, so the block can't end meanwhile.
#[inline(always)]
fn put_quick<D: Door>(door: D, this: HPy, value: HPy) -> Option<HPy> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let array = unsafe { AppenderObject::array(door, this) }?;
    if !array.takes_floats() {
        return None;
    }
    let number = door.float_in_place(value)?;
    if door.has_gil() {
        // SAFETY: filled, as its code says; this is the appender's thread, and it holds the interpreter's lock.
        if unsafe { array.raw().put_plain(number) }.is_ok() {
            return Some(door.none());
        }
    }
    Some(put_slowly::<f64, D>(door, this, number))
}

/// The same for elements of other types, and for ints as floats.
#[inline(always)]
fn put_number<D: Door>(door: D, this: HPy, value: HPy) -> Option<HPy> {
    // SAFETY: as above.
    let array = unsafe { AppenderObject::array(door, this) }?;
    if array.takes_floats() {
        let number = door.int_of(value)? as f64;
        return Some(put_scalar(door, this, array, number));
    }
    quick::by_code!(array.code(), T => {
        let number = T::take(door, value)?;
        Some(put_scalar(door, this, array, number))
    }, else None)
}

#[inline(always)]
fn put_scalar<T: chunkarray_core::Element, D: Door>(
    door: D,
    this: HPy,
    array: &ArrayObject,
    number: T,
) -> HPy {
    if door.has_gil() {
        // SAFETY: as in `put_quick`.
        if unsafe { array.raw().put_plain(number) }.is_ok() {
            return door.none();
        }
    }
    put_slowly::<T, D>(door, this, number)
}

/// Puts a converted number under the array's lock.
#[cold]
#[inline(never)]
extern "C" fn put_slowly<T: chunkarray_core::Element, D: Door>(
    door: D,
    this: HPy,
    number: T,
) -> HPy {
    guarded(door, || {
        let array = owner(door, this)?;
        filled(door, array.get())?.grow(door, Hold::Briefly, |guard| guard.put(number))?;
        Ok(door.none())
    })
}

/// The array of an appender whose block runs.
fn owner<D: Door>(door: D, this: HPy) -> Result<Owned<D>> {
    // SAFETY: methods are called on instances of the type only; an array was attached.
    Owned::new(door, unsafe {
        let object: *mut AppenderObject = door.data(this).cast();
        HPyField_Load(door.ctx(), this, (*object).owner)
    })
}

fn put<D: Door>(door: D, this: HPy, value: HPy) -> Result<HPy> {
    refuse_elsewhere(door, this, value)?;
    let array = owner(door, this)?;
    let array = filled(door, array.get())?;
    with_room(array.dtype.size(), |bytes| {
        element::encode(door, array.dtype, value, bytes)?;
        // The conversion may have run Python code that ended the block.
        refuse_elsewhere(door, this, value)?;
        array.grow(door, Hold::Briefly, |guard| guard.put_bytes(bytes))
    })?;
    Ok(door.none())
}

/// Raises what a put of another thread, or after the block, raises.
fn refuse_elsewhere<D: Door>(door: D, this: HPy, value: HPy) -> Result<()> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    if unsafe { AppenderObject::array(door, this) }.is_none() {
        Owned::new(door, call_hook(door, this, c"_refuse", [value])?)?;
    }
    Ok(())
}
