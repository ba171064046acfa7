//! Numbers out of objects, alike on all interpreters, with errors in the caller's own words.

use std::ffi::{CStr, c_int};

use hpy_sys::*;

use crate::define::{Error, Exception, Result, checked_status};
use crate::door::Door;
use crate::objects::{Owned, defines, shown};

/// An integer: within `i64`, or within `u64`, or beyond.
#[derive(Clone, Copy, Debug)]
pub enum Integer {
    /// Within `i64`.
    Small(i64),
    /// Within `u64` only.
    Large(u64),
    /// Within neither.
    Huge {
        /// Whether it is below them.
        negative: bool,
    },
}

/// An integer, from ints and whatever has `__index__`. `wrong_type` is the error for all else.
#[inline]
pub fn integer<D: Door>(
    door: D,
    value: HPy,
    wrong_type: impl FnOnce() -> Error,
) -> Result<Integer> {
    if let Some(small) = door.int_of(value) {
        return Ok(Integer::Small(small));
    }
    let ctx = door.ctx();
    // SAFETY: `value` is live. `HPy_Index` first: conversions that truncate a float differ between
    // interpreters, `__index__` does not.
    unsafe {
        let number = HPy_Index(ctx, value);
        if number.is_null() {
            let again = || drop(Owned::new(door, HPy_Index(ctx, value)));
            if HPyErr_ExceptionMatches(ctx, (*ctx).h_TypeError) == 0
                || is_its_own(door, value, &[c"__index__"], again)
            {
                return Err(Error::Raised);
            }
            HPyErr_Clear(ctx);
            return Err(wrong_type());
        }
        let number = Owned::new(door, number)?;
        let small = HPyLong_AsInt64_t(ctx, number.get());
        if small != -1 || HPyErr_Occurred(ctx) == 0 {
            return Ok(Integer::Small(small));
        }
        if HPyErr_ExceptionMatches(ctx, (*ctx).h_OverflowError) == 0 {
            // GraalPy asks the `__index__` of an int's subclass once more.
            return Err(Error::Raised);
        }
        HPyErr_Clear(ctx);
        let large = HPyLong_AsUInt64_t(ctx, number.get());
        if large != u64::MAX || HPyErr_Occurred(ctx) == 0 {
            return Ok(Integer::Large(large));
        }
        HPyErr_Clear(ctx);
        let zero = Owned::new(door, door.int(0))?;
        let negative = HPy_RichCompareBool(ctx, number.get(), zero.get(), HPy_LT as c_int);
        let negative = checked_status(negative)? != 0;
        Ok(Integer::Huge { negative })
    }
}

/// Whether the pending exception is that of a value's own method, as one of these, so that it passes.
///
/// hpy's hosts on CPython forget an exception where a name is looked up: `again` raises it once more, by the same
/// conversion.
fn is_its_own<D: Door>(door: D, value: HPy, methods: &[&CStr], again: impl FnOnce()) -> bool {
    // SAFETY: nothing but the context is passed.
    let is_pending = || unsafe { HPyErr_Occurred(door.ctx()) != 0 };
    if !defines(door, value, methods) {
        return false;
    }
    if !is_pending() {
        again();
    }
    is_pending()
}

/// The float of what has `__index__` and no `__float__`, which PyPy did not ask before 8.0. An exception
/// is set, that nothing became a float; it stays where this is not the reason.
#[cold]
#[inline(never)]
pub(crate) fn float_by_index<D: Door>(door: D, value: HPy) -> Option<f64> {
    let ctx = door.ctx();
    // SAFETY: the caller's handle is live, and an exception is set.
    unsafe {
        if HPyErr_ExceptionMatches(ctx, (*ctx).h_TypeError) == 0
            || is_its_own(door, value, &[c"__float__"], || {
                HPyFloat_AsDouble(ctx, value);
            })
        {
            return None;
        }
        if !defines(door, value, &[c"__index__"]) {
            // Looking for what is not there forgets the exception.
            HPyErr_SetString(ctx, (*ctx).h_TypeError, c"must be a number".as_ptr());
            return None;
        }
        HPyErr_Clear(ctx);
        let number = Owned::new(door, HPy_Index(ctx, value)).ok()?;
        let float = HPyFloat_AsDouble(ctx, number.get());
        (float != -1.0 || HPyErr_Occurred(ctx) == 0).then_some(float)
    }
}

/// The error where [`Door::to_float`] gave none: `wrong_type` for a built-in object that is no number,
/// `too_large` for an int beyond all floats; what a user's `__float__` raised passes.
#[cold]
pub fn float_failed<D: Door>(
    door: D,
    value: HPy,
    wrong_type: impl FnOnce() -> Error,
    too_large: impl FnOnce() -> Error,
) -> Error {
    let ctx = door.ctx();
    // SAFETY: an exception is set; `value` is live.
    unsafe {
        if HPyErr_ExceptionMatches(ctx, (*ctx).h_OverflowError) != 0
            && HPy_TypeCheck(ctx, value, (*ctx).h_LongType) != 0
        {
            HPyErr_Clear(ctx);
            return too_large();
        }
        if HPyErr_ExceptionMatches(ctx, (*ctx).h_TypeError) == 0
            || (HPy_TypeCheck(ctx, value, (*ctx).h_ComplexType) == 0
                && is_its_own(door, value, &[c"__float__", c"__index__"], || {
                    door.to_float(value);
                }))
        {
            return Error::Raised;
        }
        HPyErr_Clear(ctx);
    }
    wrong_type()
}

/// The error for a number that a type of this name can't hold.
#[cold]
pub fn out_of_range<D: Door>(door: D, value: HPy, name: &str, range: &str) -> Error {
    let message = format!(
        "{} is out of range for {name} ({range})",
        shown(door, value)
    );
    Error::New(Exception::OverflowError, message)
}
