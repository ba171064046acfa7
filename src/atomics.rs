//! Atomic changes of integer elements: read, compute and write as one step, beside any number of
//! threads that do the same, on the memory that views of the array see.

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

use chunkarray_core::{DType, Kind};
use hpy_host::bind;
use hpy_host::define::{Error, Exception, Result, Trampolines, method};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::arguments::{self, Owned};
use crate::array::{Filled, filled, with_room};
use crate::element::{self, SCALAR};

/// The methods of this file.
pub fn methods(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"fetch_add",
            bind!(t, keywords: fetch_add),
            c"fetch_add($self, index, amount, /)\n--\n\nAdd to an integer element atomically and return what it was.\n\n\
              OverflowError if the sum is out of the dtype's range, which then changes nothing; TypeError for\n\
              elements that are no integers.",
        ),
        method(
            c"fetch_sub",
            bind!(t, keywords: fetch_sub),
            c"fetch_sub($self, index, amount, /)\n--\n\nSubtract from an integer element atomically and return what it was.\n\n\
              Errors as fetch_add's.",
        ),
        method(
            c"fetch_and",
            bind!(t, keywords: fetch_and),
            c"fetch_and($self, index, value, /)\n--\n\nKeep the bits that `value` has too, atomically, and return what the element was.\n\n\
              TypeError for elements that are no integers.",
        ),
        method(
            c"fetch_or",
            bind!(t, keywords: fetch_or),
            c"fetch_or($self, index, value, /)\n--\n\nSet the bits of `value` atomically and return what the element was.\n\n\
              TypeError for elements that are no integers.",
        ),
        method(
            c"fetch_xor",
            bind!(t, keywords: fetch_xor),
            c"fetch_xor($self, index, value, /)\n--\n\nFlip the bits of `value` atomically and return what the element was.\n\n\
              TypeError for elements that are no integers.",
        ),
        method(
            c"fetch_max",
            bind!(t, keywords: fetch_max),
            c"fetch_max($self, index, value, /)\n--\n\nRaise an integer element to `value` atomically, if it is less, and return what it was.\n\n\
              TypeError for elements that are no integers.",
        ),
        method(
            c"fetch_min",
            bind!(t, keywords: fetch_min),
            c"fetch_min($self, index, value, /)\n--\n\nLower an integer element to `value` atomically, if it is more, and return what it was.\n\n\
              TypeError for elements that are no integers.",
        ),
        method(
            c"exchange",
            bind!(t, keywords: exchange),
            c"exchange($self, index, value, /)\n--\n\nWrite an integer element atomically and return what it was.\n\n\
              TypeError for elements that are no integers.",
        ),
        method(
            c"compare_exchange",
            bind!(t, keywords: compare_exchange),
            c"compare_exchange($self, index, old, new, /)\n--\n\nWrite `new` if the element is `old`, atomically, and return whether it was.\n\n\
              TypeError for elements that are no integers.",
        ),
    ]
}

/// Every integer that an element can be, and the sum of any two of them.
type Wide = i128;

/// An integer dtype: how a word of memory is read as a number.
#[derive(Clone, Copy)]
struct Integers {
    bytes: usize,
    signed: bool,
    big_endian: bool,
}

impl Integers {
    fn of(dtype: &DType, function: &str) -> Result<Self> {
        let signed = match dtype.kind() {
            Kind::S => true,
            Kind::U | Kind::B => false,
            _ => return Err(refused(dtype, function)),
        };
        if !dtype.shape().is_empty() || dtype.size() > SCALAR {
            return Err(refused(dtype, function));
        }
        Ok(Integers {
            bytes: dtype.size(),
            signed,
            big_endian: dtype.is_big_endian(),
        })
    }

    /// The number that an element's bytes, as they lie in memory, stand for.
    fn number(self, memory: &[u8]) -> Wide {
        let mut wide = [0; SCALAR];
        wide[..self.bytes].copy_from_slice(memory);
        if self.big_endian {
            wide[..self.bytes].reverse();
        }
        let word = u64::from_le_bytes(wide);
        let spare = 64 - 8 * self.bytes;
        if self.signed {
            Wide::from((word << spare) as i64 >> spare)
        } else {
            Wide::from(word)
        }
    }

    fn range(self) -> (Wide, Wide) {
        let bits = 8 * self.bytes - usize::from(self.signed);
        let most = (1 << bits) - 1;
        (if self.signed { -most - 1 } else { 0 }, most)
    }

    /// The bytes of a number in memory, or `None` where it is out of range.
    fn memory(self, number: Wide) -> Option<[u8; SCALAR]> {
        let (least, most) = self.range();
        if !(least..=most).contains(&number) {
            return None;
        }
        let mut wide = (number as u64).to_le_bytes();
        if self.big_endian {
            wide[..self.bytes].reverse();
        }
        Some(wide)
    }
}

#[cold]
fn refused(dtype: &DType, function: &str) -> Error {
    Error::type_error(format!(
        "{function}() needs integer elements, not {}",
        dtype.name()
    ))
}

/// Changes the word at `at` by `change`, which gives the new bytes for the old ones or refuses; gives the old ones.
///
/// # Safety
/// `at` is the address of an element of `size` bytes, 1, 2, 4 or 8, whose memory is alive.
unsafe fn update<E>(
    at: *mut u8,
    size: usize,
    mut change: impl FnMut(&[u8]) -> std::result::Result<[u8; SCALAR], E>,
) -> std::result::Result<[u8; SCALAR], E> {
    macro_rules! on {
        ($atomic:ty, $word:ty) => {{
            const SIZE: usize = size_of::<$word>();
            // SAFETY: the caller's promise; an element of such a size is aligned to it, and whoever
            // else looks at it does so atomically.
            let word = unsafe { <$atomic>::from_ptr(at.cast()) };
            let mut old = word.load(Ordering::Relaxed);
            loop {
                let bytes = change(&old.to_ne_bytes())?;
                let mut narrow = [0; SIZE];
                narrow.copy_from_slice(&bytes[..SIZE]);
                let new = <$word>::from_ne_bytes(narrow);
                match word.compare_exchange_weak(old, new, Ordering::AcqRel, Ordering::Relaxed) {
                    Ok(_) => {
                        let mut wide = [0; SCALAR];
                        wide[..SIZE].copy_from_slice(&old.to_ne_bytes());
                        return Ok(wide);
                    }
                    Err(now) => old = now,
                }
            }
        }};
    }
    match size {
        1 => on!(AtomicU8, u8),
        2 => on!(AtomicU16, u16),
        4 => on!(AtomicU32, u32),
        _ => on!(AtomicU64, u64),
    }
}

/// Looks at the array and the index first, as item assignment does.
fn ready<'a, D: Door>(
    door: D,
    this: HPy,
    index: HPy,
    function: &str,
) -> Result<(Filled<'a>, Integers, isize)> {
    let array = filled(door, this)?;
    let integers = Integers::of(array.dtype, function)?;
    let index = arguments::index(door, index)?;
    array.position(index)?;
    Ok((array, integers, index))
}

/// The address of the element at an index.
fn address(array: Filled<'_>, index: isize) -> Result<*mut u8> {
    // Again, since converting the operands may have run Python code that shortened the array.
    array.writable()?;
    let position = array.position(index)?;
    // SAFETY: there is an element.
    Ok(unsafe { array.raw.pointer(position) })
}

/// An operand that has to be an element itself.
fn operand<D: Door>(door: D, array: Filled<'_>, integers: Integers, value: HPy) -> Result<Wide> {
    with_room(integers.bytes, |bytes| {
        element::encode(door, array.dtype, value, bytes)?;
        Ok(integers.number(bytes))
    })
}

/// An operand that is added: any int that leads from one element to another.
fn amount<D: Door>(door: D, array: Filled<'_>, value: HPy) -> Result<Wide> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let number = HPy_Index(ctx, value);
        if number.is_null() {
            if HPyErr_ExceptionMatches(ctx, (*ctx).h_TypeError) == 0 {
                return Err(Error::Raised);
            }
            HPyErr_Clear(ctx);
            return Err(Error::type_error(format!(
                "{} is changed by an int, not {}",
                array.dtype.name(),
                arguments::type_name(door, value)
            )));
        }
        let number = Owned::new(door, number)?;
        let small = HPyLong_AsInt64_t(ctx, number.get());
        if small != -1 || HPyErr_Occurred(ctx) == 0 {
            return Ok(Wide::from(small));
        }
        HPyErr_Clear(ctx);
        if let Some(large) = magnitude(door, number.get()) {
            return Ok(Wide::from(large));
        }
        let negative = Owned::new(door, HPy_Negative(ctx, number.get()))?;
        match magnitude(door, negative.get()) {
            Some(large) => Ok(-Wide::from(large)),
            None => Err(Error::New(
                Exception::OverflowError,
                format!(
                    "{} is out of range for a change of {}",
                    arguments::shown(door, number.get()),
                    array.dtype.name()
                ),
            )),
        }
    }
}

/// An int as a u64, if it is one. No exception is left.
fn magnitude<D: Door>(door: D, number: HPy) -> Option<u64> {
    let ctx = door.ctx();
    // SAFETY: `number` is a live int.
    unsafe {
        let value = HPyLong_AsUInt64_t(ctx, number);
        if value != u64::MAX || HPyErr_Occurred(ctx) == 0 {
            return Some(value);
        }
        HPyErr_Clear(ctx);
    }
    None
}

/// Adds or subtracts.
fn sum<D: Door>(
    door: D,
    this: HPy,
    arguments: [HPy; 2],
    function: &str,
    compute: impl Fn(Wide, Wide) -> Wide,
) -> Result<HPy> {
    let (array, integers, index) = ready(door, this, arguments[0], function)?;
    let amount = amount(door, array, arguments[1])?;
    let at = address(array, index)?;
    // SAFETY: the address of an element, whose memory stays while the array lives.
    let old = unsafe {
        update(at, integers.bytes, |old| {
            let result = compute(integers.number(old), amount);
            integers.memory(result).ok_or_else(|| {
                let (least, most) = integers.range();
                let message = format!(
                    "{result} is out of range for {} ({least} to {most})",
                    array.dtype.name()
                );
                Error::New(Exception::OverflowError, message)
            })
        })
    }?;
    element::decode(door, array.dtype, &old[..integers.bytes])
}

/// Replaces an element by something within its range.
fn replace<D: Door>(
    door: D,
    this: HPy,
    arguments: [HPy; 2],
    function: &str,
    compute: impl Fn(Wide, Wide) -> Wide,
) -> Result<HPy> {
    let (array, integers, index) = ready(door, this, arguments[0], function)?;
    let value = operand(door, array, integers, arguments[1])?;
    let at = address(array, index)?;
    // SAFETY: the address of an element, whose memory stays while the array lives.
    let old = unsafe {
        update(at, integers.bytes, |old| {
            let new = compute(integers.number(old), value);
            integers
                .memory(new)
                .ok_or_else(|| refused(array.dtype, function))
        })
    }?;
    element::decode(door, array.dtype, &old[..integers.bytes])
}

macro_rules! operations {
    ($($kind:ident $name:ident = |$old:ident, $value:ident| $compute:expr;)*) => {$(
        fn $name<D: Door>(
            door: D,
            this: HPy,
            arguments: *const HPy,
            count: usize,
            names: HPy,
        ) -> Result<HPy> {
            let name = stringify!($name);
            // SAFETY: the host's arguments.
            let given = unsafe { arguments::positional(door, name, arguments, count, names)? };
            $kind(door, this, given, name, |$old: Wide, $value: Wide| $compute)
        }
    )*};
}

operations! {
    sum fetch_add = |old, value| old + value;
    sum fetch_sub = |old, value| old - value;
    replace fetch_and = |old, value| old & value;
    replace fetch_or = |old, value| old | value;
    replace fetch_xor = |old, value| old ^ value;
    replace fetch_max = |old, value| old.max(value);
    replace fetch_min = |old, value| old.min(value);
    replace exchange = |_old, value| value;
}

fn compare_exchange<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    let name = "compare_exchange";
    // SAFETY: the host's arguments.
    let [index, old, new] = unsafe { arguments::positional(door, name, arguments, count, names)? };
    let (array, integers, index) = ready(door, this, index, name)?;
    let expected = operand(door, array, integers, old)?;
    let value = operand(door, array, integers, new)?;
    let at = address(array, index)?;
    // SAFETY: the address of an element, whose memory stays while the array lives.
    let done = unsafe {
        update(at, integers.bytes, |old| {
            if integers.number(old) != expected {
                return Err(());
            }
            integers.memory(value).ok_or(())
        })
    };
    // SAFETY: nothing but the context and a flag is passed.
    hpy_host::define::checked(unsafe { HPyBool_FromBool(door.ctx(), done.is_ok()) })
}
