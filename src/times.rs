//! Times and spans of time: their counts to Python objects and back, by `python/chunkarray/_times.py`.
//!
//! HPy knows nothing of datetime, and NumPy's scalars have to be told without importing NumPy, so this
//! is Python's part; here are the ways that need no call. No lock may be held by callers.

use std::sync::atomic::{AtomicU8, Ordering};

use chunkarray_core::{DType, Kind, Unit};
use hpy_host::define::{Error, Result, checked};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::arguments::Owned;
use crate::element::Within;
use crate::module;

/// No time at all.
const NAT: i64 = i64::MIN;

/// The count that `value` means.
pub fn encode<D: Door>(door: D, dtype: &DType, value: HPy, within: Within<'_>) -> Result<i64> {
    let ctx = door.ctx();
    let (unit, span) = unit_of(dtype);
    let unit = Owned::new(door, module::string(door, unit.name())?)?;
    // For messages; most arrays have no byte order, shape or field to tell about.
    let name = match within {
        Some(path) => Some(format!("{path}: {dtype}")),
        None if dtype.is_big_endian() || !dtype.shape().is_empty() => Some(dtype.name()),
        None => None,
    };
    let name = name
        .map(|name| Owned::new(door, module::string(door, &name)?))
        .transpose()?;
    // SAFETY: all handles are live; the constants are the context's.
    unsafe {
        let name = name.as_ref().map_or((*ctx).h_None, Owned::get);
        let arguments = [value, unit.get(), flag(door, span), name];
        let count = call(door, c"encode", &arguments)?;
        let number = HPyLong_AsInt64_t(ctx, count.get());
        if number == -1 && HPyErr_Occurred(ctx) != 0 {
            return Err(Error::Raised);
        }
        Ok(number)
    }
}

/// The object for a count.
pub fn decode<D: Door>(door: D, dtype: &DType, count: i64) -> Result<HPy> {
    let (unit, span) = unit_of(dtype);
    // As the Python function would answer.
    if count == NAT {
        return Ok(door.none());
    }
    let count = Owned::new(door, door.int(count))?;
    if unit == Unit::Ns {
        return Ok(count.take());
    }
    let unit = Owned::new(door, module::string(door, unit.name())?)?;
    let arguments = [count.get(), unit.get(), flag(door, span)];
    Ok(call(door, c"decode", &arguments)?.take())
}

/// A buffer of counts over the memory of a NumPy array of this very dtype, which NumPy itself refuses to export; none
/// for all other objects.
pub fn counts_of<D: Door>(door: D, dtype: &DType, values: HPy) -> Result<Option<Owned<D>>> {
    let typestr = Owned::new(door, module::string(door, &dtype.typestr())?)?;
    let counts = call(door, c"counts_of", &[values, typestr.get()])?;
    // SAFETY: both handles are live.
    let none = unsafe { HPy_Is(door.ctx(), counts.get(), (*door.ctx()).h_None) != 0 };
    Ok((!none).then_some(counts))
}

/// Whether elements of this kind are times or spans.
pub fn is_time(dtype: &DType) -> bool {
    matches!(dtype.kind(), Kind::Time(_) | Kind::Span(_))
}

fn unit_of(dtype: &DType) -> (Unit, bool) {
    match dtype.kind() {
        Kind::Span(unit) => (unit, true),
        Kind::Time(unit) => (unit, false),
        // Nobody asks.
        _ => (Unit::Ns, true),
    }
}

/// `True` or `False`, lent.
fn flag<D: Door>(door: D, value: bool) -> HPy {
    // SAFETY: the constants are the context's.
    unsafe {
        if value {
            (*door.ctx()).h_True
        } else {
            (*door.ctx()).h_False
        }
    }
}

/// Calls a function of the module.
fn call<D: Door>(door: D, function: &std::ffi::CStr, arguments: &[HPy]) -> Result<Owned<D>> {
    let ctx = door.ctx();
    let times = times(door)?;
    // SAFETY: all handles are live.
    unsafe {
        let function = Owned::new(door, HPy_GetAttr_s(ctx, times.get(), function.as_ptr()))?;
        let (first, count) = (arguments.as_ptr(), arguments.len());
        let answer = HPy_Call(ctx, function.get(), first, count, HPY_NULL);
        Owned::new(door, answer)
    }
}

/// The module, imported at its first use: most programs have no times, and need no datetime.
fn times<D: Door>(door: D) -> Result<Owned<D>> {
    const UNSET: u8 = 0;
    const SETTING: u8 = 1;
    const SET: u8 = 2;
    static STATE: AtomicU8 = AtomicU8::new(UNSET);
    let ctx = door.ctx();
    // SAFETY: the global is one of the module's, and written before it is read. All handles are live.
    unsafe {
        if STATE.load(Ordering::Acquire) == SET {
            return Owned::new(door, HPyGlobal_Load(ctx, *module::TIMES.get()));
        }
        let times = HPyImport_ImportModule(ctx, c"chunkarray._times".as_ptr());
        let times = Owned::new(door, checked(times)?)?;
        // Of several threads that come here at once, one keeps it for all.
        let claim = STATE.compare_exchange(UNSET, SETTING, Ordering::Relaxed, Ordering::Relaxed);
        if claim.is_ok() {
            HPyGlobal_Store(ctx, module::TIMES.get(), times.get());
            STATE.store(SET, Ordering::Release);
        }
        Ok(times)
    }
}
