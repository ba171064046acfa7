//! Twins that change an integer element in one step, beside any number of threads that do the same.

use std::sync::atomic::{AtomicI8, AtomicI16, AtomicI32, AtomicI64, Ordering};
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

use super::Handle;
use super::array::Array;
use super::status::{Answer, Status, done, truth};
use super::typed::{Typed, array_of};

/// The address of an element that may be written.
fn place<T: Typed>(call: &Array, index: i64) -> Answer<*mut T> {
    if call.tag() != T::TAG {
        return Err(Status::WrongType);
    }
    let position = call.position(index as isize).ok_or(Status::Index)?;
    if call.is_frozen() {
        return Err(Status::Frozen);
    }
    // SAFETY: there is an element, of this type.
    Ok(unsafe { call.pointer_of(position) })
}

macro_rules! twins_of {
    ($($group:ident = $type:ty, $atomic:ty: $add:ident $exchange:ident;)*) => {$(
        hpy_twins::twins! {
            /// The twins for elements of this type.
            pub const $group = {
                /// Adds to an element in one step, and writes what it was before to `out` unless that is null. A negative
                /// index counts from the end. Errors: BAD_HANDLE, WRONG_TYPE, INDEX, FROZEN, BAD_ARGUMENT, and nothing
                /// changed, if the sum is out of range.
                unsafe fn $add(array: Handle, index: i64, amount: $type, out: *mut $type) -> i32 {
                    done(|| {
                        let call = array_of::<$type>(array)?;
                        // SAFETY: an element, aligned to its size, that all others access atomically as well.
                        let word = unsafe { <$atomic>::from_ptr(place(&call, index)?) };
                        let add = |now: $type| now.checked_add(amount);
                        let before = word
                            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, add)
                            .map_err(|_| Status::BadArgument)?;
                        if !out.is_null() {
                            // SAFETY: the caller has room for one.
                            unsafe { out.write(before) };
                        }
                        Ok(())
                    })
                }

                /// Overwrites an element if it is `old`, in one step: 1 if it was, 0 if not. A negative index counts from
                /// the end. Errors: BAD_HANDLE, WRONG_TYPE, INDEX, FROZEN.
                safe fn $exchange(array: Handle, index: i64, old: $type, value: $type) -> i32 {
                    truth(|| {
                        let call = array_of::<$type>(array)?;
                        // SAFETY: an element, aligned to its size, that all others access atomically as well.
                        let word = unsafe { <$atomic>::from_ptr(place(&call, index)?) };
                        Ok(word.compare_exchange(old, value, Ordering::AcqRel, Ordering::Relaxed).is_ok())
                    })
                }
            }
        }
    )*};
}
twins_of! {
    U1 = u8, AtomicU8: array_fetch_add_u1 array_compare_exchange_u1;
    U2 = u16, AtomicU16: array_fetch_add_u2 array_compare_exchange_u2;
    U4 = u32, AtomicU32: array_fetch_add_u4 array_compare_exchange_u4;
    U8 = u64, AtomicU64: array_fetch_add_u8 array_compare_exchange_u8;
    S1 = i8, AtomicI8: array_fetch_add_s1 array_compare_exchange_s1;
    S2 = i16, AtomicI16: array_fetch_add_s2 array_compare_exchange_s2;
    S4 = i32, AtomicI32: array_fetch_add_s4 array_compare_exchange_s4;
    S8 = i64, AtomicI64: array_fetch_add_s8 array_compare_exchange_s8;
}
