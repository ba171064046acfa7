//! The quick ways for elements that are one plain number each, integers and F4, and to append a tuple of such numbers. Those for F8 stand in
//! `array.rs`, in front of these and not slowed down by them; for all else there are the general ways.
//!
//! What is no plain int (or float) of the right size is left to the general ways, which know the
//! errors. Nothing happens twice: no Python code has run by then.

use std::ffi::c_int;

use chunkarray_core::{Element, load_element};
use hpy_host::define::guarded;
use hpy_host::door::Door;
use hpy_sys::*;

use crate::array::{ArrayObject, filled, index_of};
use crate::locking::Hold;
use crate::{code, record};

/// An element that is a plain number.
pub trait Scalar: Element {
    /// The number that an object is, if it is one of the right type and in range. No exception is set, and no Python
    /// code runs.
    fn take<D: Door>(door: D, value: HPy) -> Option<Self>;
    /// The object for the number.
    fn give<D: Door>(self, door: D) -> HPy;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Scalar for $type {
            #[inline(always)]
            fn take<D: Door>(door: D, value: HPy) -> Option<Self> {
                door.int_of(value).and_then(|number| Self::try_from(number).ok())
            }
            #[inline(always)]
            fn give<D: Door>(self, door: D) -> HPy {
                match i64::try_from(self) {
                    Ok(number) => door.int(number),
                    // SAFETY: nothing but the context and a number is passed.
                    Err(_) => unsafe { HPyLong_FromUInt64_t(door.ctx(), self as u64) },
                }
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Scalar for f64 {
    #[inline(always)]
    fn take<D: Door>(door: D, value: HPy) -> Option<Self> {
        door.float_in_place(value)
    }
    #[inline(always)]
    fn give<D: Door>(self, door: D) -> HPy {
        door.float(self)
    }
}

impl Scalar for f32 {
    #[inline(always)]
    fn take<D: Door>(door: D, value: HPy) -> Option<Self> {
        let wide = door.float_in_place(value)?;
        let narrow = wide as f32;
        (narrow.is_finite() || !wide.is_finite()).then_some(narrow)
    }
    #[inline(always)]
    fn give<D: Door>(self, door: D) -> HPy {
        door.float(f64::from(self))
    }
}

/// An expression for the elements' type by an array's code, another one for arrays without a quick way.
macro_rules! by_code {
    ($code:expr, $T:ident => $quick:expr, else $general:expr) => {
        match $code {
            $crate::code::S8 => {
                type $T = i64;
                $quick
            }
            $crate::code::U8 => {
                type $T = u64;
                $quick
            }
            $crate::code::S4 => {
                type $T = i32;
                $quick
            }
            $crate::code::U4 => {
                type $T = u32;
                $quick
            }
            $crate::code::S2 => {
                type $T = i16;
                $quick
            }
            $crate::code::U2 => {
                type $T = u16;
                $quick
            }
            $crate::code::S1 => {
                type $T = i8;
                $quick
            }
            $crate::code::U1 => {
                type $T = u8;
                $quick
            }
            $crate::code::F4 => {
                type $T = f32;
                $quick
            }
            _ => $general,
        }
    };
}
pub(crate) use by_code;

/// Nothing happened: a case for the general way.
const LEFT: isize = -2;

/// Appends a number; its position, -1 with an exception set, or [`LEFT`].
#[inline(always)]
fn put<T: Scalar, D: Door>(door: D, object: &ArrayObject, this: HPy, value: HPy) -> isize {
    let Some(number) = T::take(door, value) else {
        return LEFT;
    };
    if door.has_gil() {
        // SAFETY: filled, as its code says; and every thread takes this array's lock with the
        // interpreter's lock held (locking.rs), which this thread holds.
        if let Ok(position) = unsafe { object.raw().push_plain(number) } {
            return position as isize;
        }
    }
    put_slowly::<T, D>(door, this, number)
}

/// Appends under the array's lock; the position, or -1 with an exception set.
#[inline(never)]
extern "C" fn put_slowly<T: Scalar, D: Door>(door: D, this: HPy, number: T) -> isize {
    guarded(door, || {
        let array = filled(door, this)?;
        Ok(array.grow(door, Hold::Briefly, |guard| guard.push(number))? as isize)
    })
}

/// Appends a tuple of plain numbers to an array of records; its position.
#[inline(never)]
fn put_record<D: Door>(door: D, object: &ArrayObject, value: HPy) -> Option<usize> {
    /// Larger ones take longer than the general way.
    const LARGEST: usize = 64;
    if !door.has_gil() {
        return None;
    }
    // SAFETY: filled, as its code says.
    let (record, raw) = unsafe { (object.dtype().record()?, object.raw()) };
    if !record.is_numbers() {
        return None;
    }
    let mut room = [0; LARGEST];
    let bytes = room.get_mut(..record.size())?;
    if !record::encode_numbers(door, record, value, bytes) {
        return None;
    }
    // SAFETY: as in `put`; the record is an element.
    unsafe { raw.push_bytes_plain(bytes) }.ok()
}

/// The method `append`, for arrays that are not of F8.
#[inline(always)]
pub fn append<D: Door>(door: D, this: HPy, value: HPy) -> Option<HPy> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    if object.code() == code::RECORD {
        return put_record(door, object, value).map(|_| door.none());
    }
    match by_code!(object.code(), T => put::<T, D>(door, object, this, value), else LEFT) {
        LEFT => None,
        failed if failed < 0 => Some(HPY_NULL),
        _ => Some(door.none()),
    }
}

/// The method `push`, for arrays that are not of F8.
#[inline(always)]
pub fn push<D: Door>(door: D, this: HPy, value: HPy) -> Option<HPy> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    match by_code!(object.code(), T => put::<T, D>(door, object, this, value), else LEFT) {
        LEFT => None,
        failed if failed < 0 => Some(HPY_NULL),
        position => {
            // SAFETY: filled, since an element was appended.
            let index = index_of(unsafe { object.raw() }, position as usize);
            Some(door.int(index))
        }
    }
}

/// The method `at` and `array[index]`, for arrays that are not of F8.
#[inline(always)]
pub fn at<D: Door>(door: D, this: HPy, index: HPy) -> Option<HPy> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    by_code!(object.code() & !code::FROZEN, T => {
        // SAFETY: filled, as its code says.
        let raw = unsafe { object.raw() };
        let position = raw.position(door.int_of(index)? as isize)?;
        // SAFETY: there is an element, and its type is T.
        Some(unsafe { raw.load::<T>(position) }.give(door))
    }, else None)
}

/// `array[index] = value`, for arrays that are not of F8.
#[inline(always)]
pub fn assign<D: Door>(door: D, this: HPy, index: HPy, value: HPy) -> Option<c_int> {
    // SAFETY: slots are called on instances of the type only, which outlive the call.
    let object = unsafe { ArrayObject::of(door, this) };
    if value.is_null() {
        return None;
    }
    by_code!(object.code(), T => {
        // SAFETY: filled, as its code says.
        let raw = unsafe { object.raw() };
        // No Python code runs between the look and the write.
        let position = raw.position(door.int_of(index)? as isize)?;
        let number = T::take(door, value)?;
        // SAFETY: there is an element, and its type is T.
        unsafe { raw.store(position, number) };
        Some(0)
    }, else None)
}

/// The number at `index` from an address on, as an object; none for arrays without a quick way.
///
/// # Safety
/// An element of an array of this code was written there, and its memory is alive.
#[inline(always)]
pub unsafe fn read<D: Door>(door: D, code: u8, base: *const u8, index: usize) -> Option<HPy> {
    by_code!(code & !code::FROZEN, T => {
        let at = base.wrapping_add(index * size_of::<T>());
        // SAFETY: promised by the caller.
        Some(unsafe { load_element::<T>(at) }.give(door))
    }, else None)
}

/// Whether arrays of this code have a quick way to read.
pub fn is_quick(code: u8) -> bool {
    by_code!(code & !code::FROZEN, T => size_of::<T>() > 0, else false)
}
