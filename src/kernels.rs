//! The methods of `Array` that work on many elements at once.
//!
//! A window is `(start, step, count)`: the elements at the positions `start`, `start + step`, ... Python objects are
//! converted before anything is locked; long work runs outside of Python, on windows that keep their memory, so that
//! whatever other threads do meanwhile, `close()` included, takes nothing away from it.

use std::ptr;

use chunkarray_core::kernels::{self, Integers, Mask, Needle, Number, Window};
use chunkarray_core::{DType, Exclusive, Kind};
use hpy_host::bind;
use hpy_host::capi::capi;
use hpy_host::define::{Error, Result, Trampolines, checked, checked_status, method};
use hpy_host::door::{Door, handle};
use hpy_host::interpreter;
use hpy_host::numbers::Integer;
use hpy_host::objects::defines;
use hpy_sys::*;

use crate::arguments::{self, Owned, positional, type_name};
use crate::array::{Filled, as_array, filled, with_room};
use crate::chunk::{self, Content};
use crate::element;
use crate::extend::{Scalars, each};
use crate::locking::{Hold, LONG, exclusive, outside, raised};

/// The methods.
pub fn methods(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"_sort",
            bind!(t, keywords: sort),
            c"_sort($self, start, step, count, reverse, /)\n--\n\nSort a window; NaN and NaT come last, reversed first.",
        ),
        method(
            c"_reverse",
            bind!(t, keywords: reverse),
            c"_reverse($self, start, step, count, /)\n--\n\nReverse the order of a window's elements.",
        ),
        method(
            c"_byteswap",
            bind!(t, keywords: byteswap),
            c"_byteswap($self, start, step, count, /)\n--\n\nReverse the bytes of each scalar of a window.",
        ),
        method(
            c"_find",
            bind!(t, keywords: find),
            c"_find($self, start, step, count, value, /)\n--\n\n\
              Number of the first element of a window that equals an int, float or bool; -1 if none does.\n\n\
              NotImplemented for other values, and for dtypes whose elements are no numbers.",
        ),
        method(
            c"_count",
            bind!(t, keywords: count),
            c"_count($self, start, step, count, value, /)\n--\n\n\
              How many elements of a window equal an int, float or bool; NotImplemented as for _find.",
        ),
        method(
            c"_mismatch",
            bind!(t, keywords: mismatch),
            c"_mismatch($self, start, step, count, other, other_start, other_step, /)\n--\n\n\
              Number of the first element of a window that differs from the other array's; count if none does.",
        ),
        method(
            c"_extend_window",
            bind!(t, keywords: extend_window),
            c"_extend_window($self, source, start, step, count, /)\n--\n\n\
              Add the elements of a window of an array of this dtype, or none.",
        ),
        method(
            c"_extend_take",
            bind!(t, keywords: extend_take),
            c"_extend_take($self, source, start, step, count, indices, /)\n--\n\n\
              Add those elements of a window that integers choose, or none. Negative ones count from its end.\n\n\
              IndexError if one names no element.",
        ),
        method(
            c"_extend_mask",
            bind!(t, keywords: extend_mask),
            c"_extend_mask($self, source, start, step, count, mask, /)\n--\n\n\
              Add those elements of a window that a boolean mask marks, or none.\n\n\
              IndexError if the mask has another length.",
        ),
        method(
            c"_searchsorted",
            bind!(t, keywords: searchsorted),
            c"_searchsorted($self, start, step, count, value, right, /)\n--\n\n\
              Where a value belongs in a sorted window: in front of its equals, or with right behind them.",
        ),
        method(
            c"_extend_searchsorted",
            bind!(t, keywords: extend_searchsorted),
            c"_extend_searchsorted($self, source, start, step, count, values, right, /)\n--\n\n\
              Add, to an array of S8, where each of the values belongs in a sorted window of the source.",
        ),
        method(
            c"_assign_window",
            bind!(t, keywords: assign_window),
            c"_assign_window($self, start, step, count, source, source_start, source_step, /)\n--\n\n\
              Overwrite a window with as many elements of an array of this dtype.",
        ),
        method(
            c"_tolist",
            bind!(t, keywords: tolist),
            c"_tolist($self, start, step, count, /)\n--\n\nThe elements of a window as a list.",
        ),
        method(
            c"_tobytes",
            bind!(t, keywords: tobytes),
            c"_tobytes($self, start, step, count, /)\n--\n\nThe bytes of a window's elements, in memory order.",
        ),
        method(
            c"_chunks",
            bind!(t, keywords: chunks),
            c"_chunks($self, start, step, count, /)\n--\n\nA window as a list of Chunk, each a writable buffer.",
        ),
    ]
}

/// Positions of elements, as they were passed.
#[derive(Clone, Copy)]
pub struct Positions {
    pub start: usize,
    pub step: isize,
    pub count: usize,
}

impl Positions {
    pub fn read<D: Door>(door: D, [start, step, count]: [HPy; 3]) -> Result<Self> {
        let count = arguments::size(door, "count", count)?;
        Ok(Positions {
            // An empty range may begin anywhere, in front of the first position too.
            start: match count {
                0 => 0,
                _ => arguments::size(door, "start", start)?,
            },
            step: arguments::index(door, step)?,
            count,
        })
    }

    /// The elements of an array at these positions.
    pub fn of(self, array: &Filled<'_>) -> Result<Window> {
        Window::new(array.raw, self.start, self.step, self.count).map_err(raised)
    }

    /// The same, but for the first `skipped`, and `count` of them at most.
    pub fn part(self, skipped: usize, count: usize) -> Self {
        let skipped = skipped.min(self.count);
        let offset = self.step.wrapping_mul(skipped as isize);
        Positions {
            start: self.start.wrapping_add_signed(offset),
            step: self.step,
            count: count.min(self.count - skipped),
        }
    }
}

/// Runs `work` on so many bytes: outside of Python where they are many.
fn run<D: Door, R>(door: D, bytes: usize, work: impl FnOnce() -> R) -> R {
    if bytes >= LONG {
        outside(door, work)
    } else {
        work()
    }
}

/// The array behind a handle, of the dtype of another.
fn source<'a, D: Door>(door: D, array: &Filled<'_>, h: HPy) -> Result<Filled<'a>> {
    match as_array(door, h)? {
        Some(source) if source.dtype == array.dtype => Ok(source),
        Some(source) => Err(Error::type_error(format!(
            "the elements are {}, not {}",
            source.dtype.name(),
            array.dtype.name()
        ))),
        None => Err(Error::type_error(format!(
            "the source is an array, not {}",
            type_name(door, h)
        ))),
    }
}

fn truth<D: Door>(door: D, h: HPy) -> Result<bool> {
    // SAFETY: `h` is live.
    Ok(checked_status(unsafe { HPy_IsTrue(door.ctx(), h) })? != 0)
}

/// Overwrites elements of a window, with nobody else changing the array's length.
fn rewrite<D: Door>(
    door: D,
    this: HPy,
    positions: [HPy; 3],
    work: impl FnOnce(&DType, &Window) -> std::result::Result<(), chunkarray_core::Error>,
) -> Result<HPy> {
    let array = filled(door, this)?;
    let positions = Positions::read(door, positions)?;
    rewrite_positions(door, array, positions, |window| work(array.dtype, window))?;
    Ok(door.none())
}

pub fn rewrite_positions<D: Door>(
    door: D,
    array: Filled<'_>,
    positions: Positions,
    work: impl FnOnce(&Window) -> std::result::Result<(), chunkarray_core::Error>,
) -> Result<()> {
    let bytes = positions.count.saturating_mul(array.dtype.size());
    let hold = if bytes >= LONG {
        Hold::Long
    } else {
        Hold::Briefly
    };
    let _guard = exclusive(door, array.raw, hold);
    array.writable()?;
    let window = positions.of(&array)?;
    run(door, bytes, || work(&window)).map_err(raised)
}

fn sort<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [start, step, count, reverse] =
        unsafe { positional(door, "_sort", arguments, count, names)? };
    let reverse = truth(door, reverse)?;
    ordered(filled(door, this)?.dtype)?;
    rewrite(door, this, [start, step, count], |dtype, window| {
        kernels::sort(dtype, window, reverse)
    })
}

fn reverse<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let positions = unsafe { positional(door, "_reverse", arguments, count, names)? };
    rewrite(door, this, positions, |_, window| kernels::reverse(window))
}

fn byteswap<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let positions = unsafe { positional(door, "_byteswap", arguments, count, names)? };
    rewrite(door, this, positions, kernels::byteswap)
}

/// The value as a number, if it is exactly an int, a float or a bool, and elements compare with it by value.
fn number<D: Door>(door: D, dtype: &DType, value: HPy) -> Result<Option<Number>> {
    let ctx = door.ctx();
    // SAFETY: `value` is live; the constants are the context's.
    unsafe {
        let class = Owned::new(door, HPy_Type(ctx, value))?;
        let is = |kind| HPy_Is(ctx, class.get(), kind) != 0;
        if is((*ctx).h_FloatType) {
            return match door.to_float(value) {
                Some(float) => Ok(Some(Number::Float(float))),
                None => Err(Error::Raised),
            };
        }
        if is((*ctx).h_BoolType) {
            return Ok(Some(Number::Int(i128::from(truth(door, value)?))));
        }
        if !is((*ctx).h_LongType) {
            return Ok(None);
        }
    }
    integer(door, dtype, value)
}

/// The value of an int, or of what has `__index__`, but for ints of more than 64 bits among floats: these compare with
/// them to the last bit.
fn integer<D: Door>(door: D, dtype: &DType, value: HPy) -> Result<Option<Number>> {
    Ok(match element::integer(door, dtype, value)? {
        Integer::Small(small) => Some(Number::Int(i128::from(small))),
        Integer::Large(large) => Some(Number::Int(i128::from(large))),
        _ if dtype.kind() == Kind::F => None,
        // Among integers it is beyond all that there are.
        Integer::Huge { negative: true } => Some(Number::Float(f64::NEG_INFINITY)),
        Integer::Huge { negative: false } => Some(Number::Float(f64::INFINITY)),
    })
}

fn not_implemented<D: Door>(door: D) -> HPy {
    // SAFETY: a constant of the context.
    unsafe { HPy_Dup(door.ctx(), (*door.ctx()).h_NotImplemented) }
}

/// What is looked for, if elements of the array can be compared with it here.
fn needle<D: Door>(door: D, array: &Filled<'_>, value: HPy) -> Result<Option<Needle>> {
    Ok(number(door, array.dtype, value)?.and_then(|number| Needle::new(array.dtype, number)))
}

fn find<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    /// What is found among the first few costs no more than they do.
    const NEAR: usize = 1024;
    // SAFETY: the host's arguments.
    let [start, step, count, value] =
        unsafe { positional(door, "_find", arguments, count, names)? };
    let array = filled(door, this)?;
    let positions = Positions::read(door, [start, step, count])?;
    let Some(needle) = needle(door, &array, value)? else {
        return Ok(not_implemented(door));
    };
    let near = kernels::find(&positions.part(0, NEAR).of(&array)?, 0, needle).map_err(raised)?;
    let found = if near.is_some() || positions.count <= NEAR {
        near
    } else {
        let window = positions.of(&array)?;
        let bytes = positions.count.saturating_mul(array.dtype.size());
        run(door, bytes, || kernels::find(&window, NEAR, needle)).map_err(raised)?
    };
    checked(door.int(found.map_or(-1, |k| k as i64)))
}

fn count<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [start, step, count, value] =
        unsafe { positional(door, "_count", arguments, count, names)? };
    let array = filled(door, this)?;
    let positions = Positions::read(door, [start, step, count])?;
    let Some(needle) = needle(door, &array, value)? else {
        return Ok(not_implemented(door));
    };
    let window = positions.of(&array)?;
    let bytes = positions.count.saturating_mul(array.dtype.size());
    let found = run(door, bytes, || kernels::count(&window, needle)).map_err(raised)?;
    checked(door.int(found as i64))
}

fn mismatch<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [start, step, count, other, other_start, other_step] =
        unsafe { positional(door, "_mismatch", arguments, count, names)? };
    let array = filled(door, this)?;
    let other = source(door, &array, other)?;
    let mine = Positions::read(door, [start, step, count])?.of(&array)?;
    let theirs = Positions::read(door, [other_start, other_step, count])?.of(&other)?;
    let bytes = mine.len().saturating_mul(array.dtype.size());
    let first = run(door, bytes, || {
        kernels::mismatch(array.dtype, &mine, &theirs)
    });
    checked(door.int(first.map_err(raised)? as i64))
}

/// Adds elements to an array, `bytes` of work.
pub fn add<D: Door>(
    door: D,
    array: Filled<'_>,
    bytes: usize,
    mut work: impl FnMut(
        &Exclusive<'_>,
    ) -> std::result::Result<std::ops::Range<usize>, chunkarray_core::Error>,
) -> Result<HPy> {
    if bytes >= LONG {
        array.grow(door, Hold::Long, |guard| outside(door, || work(guard)))?;
    } else {
        array.grow(door, Hold::Briefly, work)?;
    }
    Ok(door.none())
}

fn extend_window<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [from, start, step, count] =
        unsafe { positional(door, "_extend_window", arguments, count, names)? };
    let array = filled(door, this)?;
    let from = source(door, &array, from)?;
    let window = Positions::read(door, [start, step, count])?.of(&from)?;
    let bytes = window.len().saturating_mul(array.dtype.size());
    add(door, array, bytes, |guard| {
        kernels::extend_window(guard, &window)
    })
}

fn extend_take<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [from, start, step, count, indices] =
        unsafe { positional(door, "_extend_take", arguments, count, names)? };
    let array = filled(door, this)?;
    let from = source(door, &array, from)?;
    let positions = Positions::read(door, [start, step, count])?;
    let size = array.dtype.size();
    if let Some(indices) = as_array(door, indices)? {
        if !is_integer(indices.dtype) {
            return Err(no_indices(&indices.dtype.name()));
        }
        let chosen = Window::all(indices.raw).map_err(raised)?;
        let window = positions.of(&from)?;
        return add(door, array, chosen.len().saturating_mul(size), |guard| {
            kernels::extend_taken(guard, &window, Integers::Window(&chosen, indices.dtype))
        });
    }
    if let Some(chosen) = Scalars::of(door, "indices", indices)? {
        if !is_integer(&chosen.dtype) {
            return Err(no_indices(&chosen.dtype.name()));
        }
        let window = positions.of(&from)?;
        return add(door, array, chosen.len().saturating_mul(size), |guard| {
            kernels::extend_taken(guard, &window, Integers::Memory(chosen.memory()))
        });
    }
    let mut chosen = Vec::new();
    each(door, indices, |item| {
        match arguments::index(door, item) {
            Ok(index) => chosen.push(index as i64),
            Err(Error::Raised) if raised_type_error(door) => {
                return Err(no_indices(&type_name(door, item)));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    })?;
    let window = positions.of(&from)?;
    add(door, array, chosen.len().saturating_mul(size), |guard| {
        kernels::extend_taken(guard, &window, Integers::Values(&chosen))
    })
}

fn is_integer(dtype: &DType) -> bool {
    matches!(dtype.kind(), Kind::U | Kind::S) && dtype.shape().is_empty()
}

fn no_indices(given: &str) -> Error {
    Error::type_error(format!("indices are integers, not {given}"))
}

/// Whether the exception that is set is a TypeError; it is set no more then.
fn raised_type_error<D: Door>(door: D) -> bool {
    let ctx = door.ctx();
    // SAFETY: an exception is set; the constants are the context's.
    unsafe {
        let is = HPyErr_ExceptionMatches(ctx, (*ctx).h_TypeError) != 0;
        if is {
            HPyErr_Clear(ctx);
        }
        is
    }
}

fn extend_mask<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [from, start, step, count, mask] =
        unsafe { positional(door, "_extend_mask", arguments, count, names)? };
    let array = filled(door, this)?;
    let from = source(door, &array, from)?;
    let positions = Positions::read(door, [start, step, count])?;
    let bytes = positions.count.saturating_mul(array.dtype.size());
    let is_bool = |dtype: &DType| dtype.kind() == Kind::Bool && dtype.shape().is_empty();
    if let Some(mask) = as_array(door, mask)? {
        if !is_bool(mask.dtype) {
            return Err(no_mask(&mask.dtype.name()));
        }
        let marks = Window::all(mask.raw).map_err(raised)?;
        let window = positions.of(&from)?;
        return add(door, array, bytes, |guard| {
            kernels::extend_masked(guard, &window, Mask::Window(&marks))
        });
    }
    if let Some(marks) = Scalars::of(door, "masks", mask)? {
        if !is_bool(&marks.dtype) {
            return Err(no_mask(&marks.dtype.name()));
        }
        let window = positions.of(&from)?;
        return add(door, array, bytes, |guard| {
            kernels::extend_masked(guard, &window, Mask::Memory(marks.memory()))
        });
    }
    let mut marks = Vec::new();
    each(door, mask, |item| {
        let ctx = door.ctx();
        // SAFETY: `item` is live; the constants are the context's.
        unsafe {
            let marked = HPy_Is(ctx, item, (*ctx).h_True) != 0;
            if !marked && HPy_Is(ctx, item, (*ctx).h_False) == 0 {
                return Err(no_mask(&type_name(door, item)));
            }
            marks.push(u8::from(marked));
        }
        Ok(())
    })?;
    let window = positions.of(&from)?;
    add(door, array, bytes, |guard| {
        kernels::extend_masked(guard, &window, Mask::Values(&marks))
    })
}

fn no_mask(given: &str) -> Error {
    Error::type_error(format!("a mask holds bools, not {given}"))
}

/// A value to be found among elements of a dtype: by value where it is an int or a float, else as an element.
fn sought<D: Door>(door: D, dtype: &DType, value: HPy) -> Result<Number> {
    if matches!(dtype.kind(), Kind::Time(_) | Kind::Span(_)) {
        return with_room(dtype.size(), |bytes| {
            element::encode(door, dtype, value, bytes)?;
            Ok(as_number(dtype, bytes))
        });
    }
    if let Some(number) = number(door, dtype, value)? {
        return Ok(number);
    }
    // NumPy's integers, of which a float may not hold every digit.
    if defines(door, value, &[c"__index__"])
        && let Some(number) = integer(door, dtype, value)?
    {
        return Ok(number);
    }
    Ok(Number::Float(element::float(door, dtype, value)?))
}

/// The number that an element's bytes stand for.
fn as_number(dtype: &DType, bytes: &[u8]) -> Number {
    let mut wide = [0; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    if dtype.is_big_endian() {
        wide[..bytes.len()].reverse();
    }
    let word = u64::from_le_bytes(wide);
    let spare = 64 - 8 * bytes.len() as u32;
    let signed = (word << spare) as i64 >> spare;
    match dtype.kind() {
        Kind::F if spare == 0 => Number::Float(f64::from_bits(word)),
        Kind::F => Number::Float(f64::from(f32::from_bits(word as u32))),
        Kind::Time(_) | Kind::Span(_) if signed == i64::MIN => Number::Float(f64::NAN),
        Kind::S | Kind::Time(_) | Kind::Span(_) => Number::Int(i128::from(signed)),
        Kind::U | Kind::B | Kind::Bool | Kind::Record => Number::Int(i128::from(word)),
    }
}

fn ordered(dtype: &DType) -> Result<()> {
    if dtype.is_scalar() {
        Ok(())
    } else {
        let name = dtype.name();
        Err(Error::type_error(format!(
            "elements of {name} have no order"
        )))
    }
}

fn searchsorted<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [start, step, count, value, right] =
        unsafe { positional(door, "_searchsorted", arguments, count, names)? };
    let array = filled(door, this)?;
    ordered(array.dtype)?;
    let right = truth(door, right)?;
    let value = sought(door, array.dtype, value)?;
    let Positions { start, step, count } = Positions::read(door, [start, step, count])?;
    // SAFETY: chunks are given back with the interpreter's lock held only, which this thread holds; without one, never.
    let place =
        unsafe { kernels::search_sorted(array.raw, start, step, count, array.dtype, value, right) };
    checked(door.int(place.map_err(raised)? as i64))
}

fn extend_searchsorted<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [from, start, step, count, values, right] =
        unsafe { positional(door, "_extend_searchsorted", arguments, count, names)? };
    let array = filled(door, this)?;
    if array.dtype.name() != "S8" {
        return Err(Error::type_error(format!(
            "places are S8, not {}",
            array.dtype.name()
        )));
    }
    let Some(from) = as_array(door, from)? else {
        return Err(Error::type_error(format!(
            "the source is an array, not {}",
            type_name(door, from)
        )));
    };
    ordered(from.dtype)?;
    let right = truth(door, right)?;
    let positions = Positions::read(door, [start, step, count])?;
    let numbers = numbers(door, from.dtype, values)?;
    let window = positions.of(&from)?;
    // A search is as much work as copying a few dozen elements.
    add(door, array, numbers.len().saturating_mul(256), |guard| {
        kernels::extend_searched(guard, &window, from.dtype, &numbers, right)
    })
}

/// The values to be found, as numbers.
fn numbers<D: Door>(door: D, dtype: &DType, values: HPy) -> Result<Vec<Number>> {
    let mut numbers = Vec::new();
    let mut from_bytes = |dtype: &DType, bytes: &[u8]| -> Result<()> {
        let elements = bytes.chunks_exact(dtype.size());
        numbers
            .try_reserve_exact(elements.len())
            .map_err(|_| Error::NoMemory)?;
        numbers.extend(elements.map(|element| as_number(dtype, element)));
        Ok(())
    };
    let time = matches!(dtype.kind(), Kind::Time(_) | Kind::Span(_));
    if let Some(values) = as_array(door, values)?
        && values.dtype.is_scalar()
        && (values.dtype == dtype || !time)
    {
        from_bytes(values.dtype, &crate::extend::snapshot(values.raw)?)?;
        return Ok(numbers);
    }
    if !time && let Some(values) = Scalars::of(door, "values", values)? {
        let mut bytes = Vec::new();
        let total = values.len() * values.dtype.item_size();
        bytes
            .try_reserve_exact(total)
            .map_err(|_| Error::NoMemory)?;
        bytes.resize(total, 0);
        values.memory().read(0, &mut bytes);
        from_bytes(&values.dtype, &bytes)?;
        return Ok(numbers);
    }
    each(door, values, |item| {
        numbers.push(sought(door, dtype, item)?);
        Ok(())
    })?;
    Ok(numbers)
}

fn assign_window<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [start, step, count, from, from_start, from_step] =
        unsafe { positional(door, "_assign_window", arguments, count, names)? };
    let array = filled(door, this)?;
    let from = source(door, &array, from)?;
    let positions = Positions::read(door, [start, step, count])?;
    let from = Positions::read(door, [from_start, from_step, count])?.of(&from)?;
    rewrite_positions(door, array, positions, |window| {
        kernels::assign(window, &from)
    })?;
    Ok(door.none())
}

fn tolist<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let positions = unsafe { positional(door, "_tolist", arguments, count, names)? };
    let ctx = door.ctx();
    let array = filled(door, this)?;
    let window = Positions::read(door, positions)?.of(&array)?;
    let size = array.dtype.size();
    // SAFETY: all handles are live. No list builder: PyPy's HPy leaks what is put into one.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        with_room(size, |bytes| {
            for k in 0..window.len() {
                window.read(k, bytes);
                let item = Owned::new(door, element::decode(door, array.dtype, bytes)?)?;
                checked_status(HPyList_Append(ctx, list.get(), item.get()))?;
            }
            Ok(())
        })?;
        Ok(list.take())
    }
}

fn tobytes<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let positions = unsafe { positional(door, "_tobytes", arguments, count, names)? };
    let array = filled(door, this)?;
    bytes_of(door, &array, &Positions::read(door, positions)?.of(&array)?)
}

/// The method `tobytes`.
pub fn all_bytes<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    bytes_of(door, &array, &Window::all(array.raw).map_err(raised)?)
}

/// A `bytes` of a window's elements.
fn bytes_of<D: Door>(door: D, array: &Filled<'_>, window: &Window) -> Result<HPy> {
    let total = window
        .len()
        .checked_mul(array.dtype.size())
        .ok_or(Error::NoMemory)?;
    if D::OWN && interpreter::get().kind == interpreter::Kind::CPython {
        // There a new bytes object may be filled in as long as nobody else has it.
        // SAFETY: the interpreter's lock is held for the calls; the object has room for `total` bytes.
        return unsafe {
            let object = (capi().PyBytes_FromStringAndSize)(ptr::null(), total as isize);
            let bytes = Owned::new(door, handle(object))?;
            let to = (capi().PyBytes_AsString)(object).cast_mut();
            run(door, total, || window.read_to(0, to.cast(), window.len()));
            Ok(bytes.take())
        };
    }
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(total)
        .map_err(|_| Error::NoMemory)?;
    bytes.resize(total, 0);
    run(door, total, || window.read(0, &mut bytes));
    // SAFETY: the bytes are copied.
    checked(unsafe {
        HPyBytes_FromStringAndSize(door.ctx(), bytes.as_ptr().cast(), bytes.len() as isize)
    })
}

fn chunks<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let positions = unsafe { positional(door, "_chunks", arguments, count, names)? };
    let ctx = door.ctx();
    let array = filled(door, this)?;
    let positions = Positions::read(door, positions)?;
    let window = positions.of(&array)?;
    // SAFETY: all handles are live.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        for (k, at, count, block) in window.pieces() {
            let content = Content {
                address: at.as_ptr(),
                start: positions.part(k, 1).start,
                len: count,
                stride: positions.step.wrapping_mul(array.dtype.size() as isize),
                block: block.clone(),
                dtype: *array.dtype,
                readonly: array.raw.is_frozen(),
            };
            let chunk = Owned::new(door, chunk::make(door, content)?)?;
            checked_status(HPyList_Append(ctx, list.get(), chunk.get()))?;
        }
        Ok(list.take())
    }
}
