//! `Appender`: what `ChunkArray.appender()` puts with, and the array's own part of it.
//!
//! On CPython the Python class is a subclass of the type here, and its bound method `put` is what the
//! block gets: a call goes straight in, and finds in one comparison each that the block runs, that this
//! is its thread, and that there is room. Elsewhere the doors put in their own ways.

use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

use chunkarray_core::{Element, this_thread};
use hpy_host::bind;
use hpy_host::define::{Error, Result, Trampolines, Traverse, guarded, method, traverse};
use hpy_host::door::{self, Door};
use hpy_sys::*;

use crate::arguments::Owned;
use crate::array::{ArrayObject, as_array, call_hook, filled, with_room};
use crate::extend::{self, Way};
use crate::locking::{Hold, exclusive, raised};
use crate::quick::{self, Scalar};
use crate::{code, element};

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
    /// Its handle, lent by the owner: under the own host, where alone this type lives, handles are object pointers.
    handle: AtomicPtr<cpy_PyObject>,
    array: AtomicPtr<ArrayObject>,
    /// The thread that runs the block.
    thread: AtomicUsize,
    /// The array's code while the block runs, in which it does not change; else [`code::UNFILLED`].
    code: AtomicU8,
}

impl Traverse for AppenderObject {
    unsafe fn fields(data: *mut c_void) -> impl IntoIterator<Item = *mut HPyField> {
        // SAFETY: promised by the caller.
        [unsafe { &raw mut (*data.cast::<AppenderObject>()).owner }]
    }
}

impl AppenderObject {
    /// The instance data behind a handle.
    ///
    /// # Safety
    /// `this` is an instance of `Appender`, alive for as long as the reference is used.
    #[inline(always)]
    unsafe fn of<'a, D: Door>(door: D, this: HPy) -> &'a AppenderObject {
        // SAFETY: promised by the caller; but for the owner, the data is only written through atomics.
        unsafe { &*door.data(this).cast::<AppenderObject>() }
    }

    #[inline(always)]
    fn code(&self) -> u8 {
        self.code.load(Ordering::Relaxed)
    }

    /// The array, for as long as the appender is there. One was attached, if the block runs or ran.
    fn handle(&self) -> HPy {
        door::handle(self.handle.load(Ordering::Relaxed))
    }

    /// Whether this is the thread that the block belongs to.
    #[inline(always)]
    fn is_mine(&self) -> bool {
        self.thread.load(Ordering::Relaxed) == this_thread()
    }

    /// Puts a number where nothing stands in the way. No Python code runs, so that the block can't end meanwhile.
    ///
    /// # Safety
    /// The block runs, in this thread, and `T` has the size of an element.
    #[inline(always)]
    unsafe fn put<T: Element, D: Door>(&self, door: D, this: HPy, number: T) -> HPy {
        if door.has_gil() {
            // SAFETY: the owner keeps the array, which was filled; this is its appender's thread, and it holds the
            // interpreter's lock.
            let put = unsafe {
                (*self.array.load(Ordering::Relaxed))
                    .raw()
                    .put_plain(number)
            };
            if put.is_ok() {
                return door.none();
            }
        }
        put_slowly::<T, D>(door, this, number)
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
        (*object)
            .handle
            .store(door::pointer(array), Ordering::Relaxed);
        let array: *mut ArrayObject = door.data(array).cast();
        (*object).array.store(array, Ordering::Relaxed);
        (*object).thread.store(this_thread(), Ordering::Relaxed);
        (*object).code.store((*array).code(), Ordering::Relaxed);
    }
    Ok(door.none())
}

fn detach<D: Door>(door: D, this: HPy) -> Result<HPy> {
    // SAFETY: methods are called on instances of the type only. The owner stays until the appender goes, for a put that
    // another thread may just be trying.
    let object = unsafe { AppenderObject::of(door, this) };
    object.code.store(code::UNFILLED, Ordering::Relaxed);
    Ok(door.none())
}

/// Puts a float without a detour.
#[inline(always)]
fn put_quick<D: Door>(door: D, this: HPy, value: HPy) -> Option<HPy> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { AppenderObject::of(door, this) };
    if object.code() != code::F8 || !object.is_mine() {
        return None;
    }
    let number = door.float_in_place(value)?;
    // SAFETY: as the code says.
    Some(unsafe { object.put(door, this, number) })
}

/// The same for elements of other types, and for ints as floats.
#[inline(always)]
fn put_number<D: Door>(door: D, this: HPy, value: HPy) -> Option<HPy> {
    // SAFETY: as above.
    let object = unsafe { AppenderObject::of(door, this) };
    if !object.is_mine() {
        return None;
    }
    if object.code() == code::F8 {
        let number = door.int_of(value)? as f64;
        // SAFETY: as the code says.
        return Some(unsafe { object.put(door, this, number) });
    }
    quick::by_code!(object.code(), T => {
        let number = T::take(door, value)?;
        // SAFETY: as the code says.
        Some(unsafe { object.put(door, this, number) })
    }, else None)
}

/// Puts a converted number under the array's lock.
#[cold]
#[inline(never)]
extern "C" fn put_slowly<T: Element, D: Door>(door: D, this: HPy, number: T) -> HPy {
    guarded(door, || {
        // SAFETY: methods are called on instances of the type only.
        let array = unsafe { AppenderObject::of(door, this) }.handle();
        filled(door, array)?.grow(door, Hold::Briefly, |guard| guard.put(number))?;
        Ok(door.none())
    })
}

fn put<D: Door>(door: D, this: HPy, value: HPy) -> Result<HPy> {
    refuse_elsewhere(door, this, value)?;
    // SAFETY: methods are called on instances of the type only.
    let array = filled(door, unsafe { AppenderObject::of(door, this) }.handle())?;
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
    let object = unsafe { AppenderObject::of(door, this) };
    if object.code() == code::UNFILLED || !object.is_mine() {
        Owned::new(door, call_hook(door, this, c"_refuse", [value])?)?;
        return Err(raised(chunkarray_core::Error::AppenderClosed));
    }
    Ok(())
}
