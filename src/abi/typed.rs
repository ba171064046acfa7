//! Twins for single elements, one set for each type.

use chunkarray_core::kernels::{self, Needle, Number, Window};
use chunkarray_core::{DType, Element, RawArray};
use hpy_twins::{Function, Plain};

use super::Handle;
use super::array::{Array, index_of};
use super::status::{Answer, Status, done, number, truth};
use crate::code;

/// The tag of arrays of truth values: bytes that are 0 or 1.
pub const BOOL: u32 = 0x100;

/// A type that elements and registers have alike.
pub trait Typed: Element + Plain {
    /// The tag of arrays of such elements.
    const TAG: u32;
    /// The tag of arrays that take some of the values.
    const PARTLY: u32 = Self::TAG;
    /// The name of their dtype.
    const DTYPE: &'static str;
    /// The value for a comparison.
    fn number(self) -> Number;
}

macro_rules! typed {
    ($($type:ty, $code:ident, $dtype:literal, $number:ident $(, $partly:ident)?;)*) => {$(
        impl Typed for $type {
            const TAG: u32 = code::$code as u32;
            const DTYPE: &'static str = $dtype;
            $(const PARTLY: u32 = $partly;)?
            fn number(self) -> Number {
                Number::$number(self.into())
            }
        }
    )*};
}
typed! {
    u8, U1, "U1", Int, BOOL;
    u16, U2, "U2", Int;
    u32, U4, "U4", Int;
    u64, U8, "U8", Int;
    i8, S1, "S1", Int;
    i16, S2, "S2", Int;
    i32, S4, "S4", Int;
    i64, S8, "S8", Int;
    f32, F4, "F4", Float;
    f64, F8, "F8", Float;
}

/// An array of such elements.
#[inline(always)]
pub fn array_of<T: Typed>(array: Handle) -> Answer<Array> {
    let call = Array::new(array)?;
    let tag = call.tag();
    if tag == T::TAG || tag == T::PARTLY {
        Ok(call)
    } else {
        Err(Status::WrongType)
    }
}

/// An array of such elements that takes a value.
#[inline(always)]
pub fn array_for<T: Typed>(array: Handle, value: T) -> Answer<Array> {
    let call = array_of::<T>(array)?;
    let takes_all = T::PARTLY == T::TAG || call.tag() == T::TAG;
    if takes_all || matches!(value.number(), Number::Int(0 | 1)) {
        Ok(call)
    } else {
        Err(Status::BadArgument)
    }
}

#[inline(always)]
fn push<T: Typed>(array: Handle, value: T) -> i64 {
    number(|| {
        let call = array_for(array, value)?;
        match call.push(value) {
            Ok(position) => Ok(index_of(&call, position)),
            Err(error) => Err(error.into()),
        }
    })
}

#[inline(always)]
unsafe fn at<T: Typed>(array: Handle, index: i64, out: *mut T) -> i32 {
    done(|| {
        let call = array_of::<T>(array)?;
        let position = call.position(index as isize).ok_or(Status::Index)?;
        // SAFETY: there is an element, of this type; the caller has room for one.
        unsafe { out.write(call.load(position)) };
        Ok(())
    })
}

#[inline(always)]
fn set<T: Typed>(array: Handle, index: i64, value: T) -> i32 {
    done(|| {
        let call = array_for(array, value)?;
        let position = call.position(index as isize).ok_or(Status::Index)?;
        if call.is_frozen() {
            return Err(Status::Frozen);
        }
        // SAFETY: there is an element, of this type.
        unsafe { call.store(position, value) };
        Ok(())
    })
}

fn put<T: Typed>(array: Handle, value: T) -> i64 {
    number(|| {
        let call = array_for(array, value)?;
        let position = call.put(value)?;
        Ok(index_of(&call, position))
    })
}

unsafe fn pop<T: Typed>(array: Handle, out: *mut T) -> i32 {
    done(|| {
        let call = array_of::<T>(array)?;
        let value = call.pop()?;
        // SAFETY: the caller has room for one.
        unsafe { out.write(value) };
        call.wake_all();
        Ok(())
    })
}

fn needle<T: Typed>(value: T) -> Answer<Needle> {
    // Elements whose meaning is another one, such as times, are searched for what they are in memory.
    let dtype = DType::parse(T::DTYPE).map_err(|_| Status::WrongType)?;
    Needle::new(&dtype, value.number()).ok_or(Status::WrongType)
}

unsafe fn find<T: Typed>(array: Handle, value: T, out: *mut i64) -> i32 {
    truth(|| {
        let call = array_of::<T>(array)?;
        let window = Window::all(&call)?;
        let Some(found) = kernels::find(&window, 0, needle(value)?)? else {
            return Ok(false);
        };
        if !out.is_null() {
            // SAFETY: the caller has room for one.
            unsafe { out.write(found as i64) };
        }
        Ok(true)
    })
}

fn count<T: Typed>(array: Handle, value: T) -> i64 {
    number(|| {
        let call = array_of::<T>(array)?;
        Ok(kernels::count(&Window::all(&call)?, needle(value)?)?)
    })
}

macro_rules! twins_of {
    ($($group:ident = $type:ty: $push:ident $at:ident $at_unchecked:ident $set:ident $pop:ident $find:ident $count:ident $put:ident;)*) => {
        $(hpy_twins::twins! {
            /// The twins for elements of this type.
            pub const $group = {
                /// Appends an element, after waiting for others that append or shorten. Its index. Errors: BAD_HANDLE,
                /// WRONG_TYPE, BAD_ARGUMENT (a truth value above 1), NO_MEMORY, FROZEN, CLOSED, APPENDER_OPEN.
                safe fn $push(array: Handle, value: $type) -> i64 {
                    push(array, value)
                }

                /// Reads the element at an index, which counts from the end where it is negative, to `out`. Errors:
                /// BAD_HANDLE, WRONG_TYPE, INDEX.
                unsafe fn $at(array: Handle, index: i64, out: *mut $type) -> i32 {
                    // SAFETY: promised by the caller.
                    unsafe { at(array, index, out) }
                }

                /// The element at an index from 0 to the length less 1 of an array of this type, which is not looked at.
                unsafe fn $at_unchecked(header: *const RawArray, index: i64) -> $type {
                    // SAFETY: promised by the caller.
                    unsafe {
                        let array = &*header;
                        array.load(array.first() + index as usize)
                    }
                }

                /// Overwrites the element at an index, which counts from the end where it is negative. Errors: BAD_HANDLE,
                /// WRONG_TYPE, INDEX, FROZEN, BAD_ARGUMENT (a truth value above 1).
                safe fn $set(array: Handle, index: i64, value: $type) -> i32 {
                    set(array, index, value)
                }

                /// Removes the last element and writes it to `out`. Errors: BAD_HANDLE, WRONG_TYPE, EMPTY, FROZEN,
                /// IN_TRANSACTION, APPENDER_OPEN.
                unsafe fn $pop(array: Handle, out: *mut $type) -> i32 {
                    // SAFETY: promised by the caller.
                    unsafe { pop(array, out) }
                }

                /// Looks for the first element that equals a value: 1, and its index to `out` unless that is null, or 0.
                /// Errors: BAD_HANDLE, WRONG_TYPE, NO_MEMORY.
                unsafe fn $find(array: Handle, value: $type, out: *mut i64) -> i32 {
                    // SAFETY: promised by the caller.
                    unsafe { find(array, value, out) }
                }

                /// How many elements equal a value. Errors: BAD_HANDLE, WRONG_TYPE, NO_MEMORY.
                safe fn $count(array: Handle, value: $type) -> i64 {
                    count(array, value)
                }

                /// Appends an element by the appender that this thread opened. Its index. Programs in C have an inline
                /// appender that is quicker. Errors: BAD_HANDLE, WRONG_TYPE, BAD_ARGUMENT (a truth value above 1),
                /// APPENDER_OPEN if this thread's appender is not open, NO_MEMORY.
                safe fn $put(array: Handle, value: $type) -> i64 {
                    put(array, value)
                }
            }
        })*

        /// `array_push_T`, `array_at_T` and `array_set_T` for arrays with a tag, if there are such.
        pub fn functions(tag: u32) -> Option<[Function; 3]> {
            $(if tag == <$type>::TAG {
                let mut found = [None; 3];
                for (found, name) in found.iter_mut().zip([stringify!($push), stringify!($at), stringify!($set)]) {
                    *found = $group.iter().find(|twin| twin.name().to_bytes() == name.as_bytes());
                }
                return Some([found[0]?.pointer, found[1]?.pointer, found[2]?.pointer]);
            })*
            None
        }
    };
}
twins_of! {
    U1 = u8: array_push_u1 array_at_u1 array_at_u1_unchecked array_set_u1 array_pop_u1 array_find_u1 array_count_u1
        appender_put_u1;
    U2 = u16: array_push_u2 array_at_u2 array_at_u2_unchecked array_set_u2 array_pop_u2 array_find_u2 array_count_u2
        appender_put_u2;
    U4 = u32: array_push_u4 array_at_u4 array_at_u4_unchecked array_set_u4 array_pop_u4 array_find_u4 array_count_u4
        appender_put_u4;
    U8 = u64: array_push_u8 array_at_u8 array_at_u8_unchecked array_set_u8 array_pop_u8 array_find_u8 array_count_u8
        appender_put_u8;
    S1 = i8: array_push_s1 array_at_s1 array_at_s1_unchecked array_set_s1 array_pop_s1 array_find_s1 array_count_s1
        appender_put_s1;
    S2 = i16: array_push_s2 array_at_s2 array_at_s2_unchecked array_set_s2 array_pop_s2 array_find_s2 array_count_s2
        appender_put_s2;
    S4 = i32: array_push_s4 array_at_s4 array_at_s4_unchecked array_set_s4 array_pop_s4 array_find_s4 array_count_s4
        appender_put_s4;
    S8 = i64: array_push_s8 array_at_s8 array_at_s8_unchecked array_set_s8 array_pop_s8 array_find_s8 array_count_s8
        appender_put_s8;
    F4 = f32: array_push_f4 array_at_f4 array_at_f4_unchecked array_set_f4 array_pop_f4 array_find_f4 array_count_f4
        appender_put_f4;
    F8 = f64: array_push_f8 array_at_f8 array_at_f8_unchecked array_set_f8 array_pop_f8 array_find_f8 array_count_f8
        appender_put_f8;
}
