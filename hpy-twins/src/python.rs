//! The methods beside the twins: objects in, plain values through, an object out.

use std::ffi::CStr;

use hpy_host::define::{Error, Result, checked};
use hpy_host::door::Door;
use hpy_host::numbers::{self, Integer};
#[doc(hidden)]
pub use hpy_host::objects::positional;
use hpy_host::objects::type_name;
use hpy_sys::*;

use crate::plain::{Plain, PlainResult};

/// What a method takes for an argument of this type.
///
/// Integers take ints and what has `__index__`, floats what `float()` takes but text, pointers the ints
/// that addresses are. All else is a TypeError, and what doesn't fit an OverflowError.
pub trait Argument: Plain {
    /// The value of an object.
    fn take<D: Door>(door: D, value: HPy) -> Result<Self>;
}

/// What a method gives back for a result of this type.
pub trait Given: PlainResult {
    /// A new object.
    fn give<D: Door>(self, door: D) -> Result<HPy>;
}

fn wrong_type<D: Door, T: Plain>(door: D, takes: &str, value: HPy) -> Error {
    let name = <T as Plain>::NAME;
    Error::type_error(format!(
        "{name} takes {takes}, not {}",
        type_name(door, value)
    ))
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Argument for $type {
            #[inline]
            fn take<D: Door>(door: D, value: HPy) -> Result<Self> {
                let number = numbers::integer(door, value, || wrong_type::<D, $type>(door, "an int", value))?;
                let narrow = match number {
                    Integer::Small(number) => <$type>::try_from(number).ok(),
                    Integer::Large(number) => <$type>::try_from(number).ok(),
                    Integer::Huge { .. } => None,
                };
                narrow.ok_or_else(|| {
                    let range = format!("{} to {}", <$type>::MIN, <$type>::MAX);
                    numbers::out_of_range(door, value, <$type as Plain>::NAME, &range)
                })
            }
        }

        impl Given for $type {
            #[inline]
            #[allow(irrefutable_let_patterns, reason = "only the largest type does not fit")]
            fn give<D: Door>(self, door: D) -> Result<HPy> {
                checked(match i64::try_from(self) {
                    Ok(number) => door.int(number),
                    // SAFETY: nothing but the context and a number is passed.
                    Err(_) => unsafe { HPyLong_FromUInt64_t(door.ctx(), self as u64) },
                })
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! floats {
    ($($type:ident),*) => {$(
        impl Argument for $type {
            #[inline]
            fn take<D: Door>(door: D, value: HPy) -> Result<Self> {
                let too_large = || {
                    let range = format!("-{0:e} to {0:e}", $type::MAX);
                    numbers::out_of_range(door, value, <$type as Plain>::NAME, &range)
                };
                let wide = door.to_float(value).ok_or_else(|| {
                    let wrong_type = || wrong_type::<D, $type>(door, "a float", value);
                    numbers::float_failed(door, value, wrong_type, too_large)
                })?;
                let narrow = wide as $type;
                if narrow.is_infinite() && wide.is_finite() {
                    return Err(too_large());
                }
                Ok(narrow)
            }
        }

        impl Given for $type {
            #[inline]
            fn give<D: Door>(self, door: D) -> Result<HPy> {
                checked(door.float(f64::from(self)))
            }
        }
    )*};
}
floats!(f32, f64);

macro_rules! pointers {
    ($($kind:tt $from:ident)*) => {$(
        impl<T> Argument for *$kind T {
            #[inline]
            fn take<D: Door>(door: D, value: HPy) -> Result<Self> {
                let wrong_type = || wrong_type::<D, Self>(door, "an int, which is an address", value);
                let address = match numbers::integer(door, value, wrong_type)? {
                    Integer::Small(number) => usize::try_from(number).ok(),
                    Integer::Large(number) => usize::try_from(number).ok(),
                    Integer::Huge { .. } => None,
                };
                let address = address.ok_or_else(|| {
                    let range = format!("0 to {}", usize::MAX);
                    numbers::out_of_range(door, value, <Self as Plain>::NAME, &range)
                })?;
                Ok(std::ptr::$from(address))
            }
        }

        impl<T> Given for *$kind T {
            #[inline]
            fn give<D: Door>(self, door: D) -> Result<HPy> {
                (self.expose_provenance() as u64).give(door)
            }
        }
    )*};
}
pointers!(const with_exposed_provenance mut with_exposed_provenance_mut);

impl Given for () {
    #[inline]
    fn give<D: Door>(self, door: D) -> Result<HPy> {
        Ok(door.none())
    }
}

/// An argument of a method; what is wrong with it begins with whose it is.
#[doc(hidden)]
#[inline(always)]
pub fn take<D: Door, T: Argument>(door: D, method: &str, position: usize, value: HPy) -> Result<T> {
    T::take(door, value).map_err(|error| match error {
        Error::New(exception, words) => Error::New(
            exception,
            format!("{method}() argument {position}: {words}"),
        ),
        raised => raised,
    })
}

/// The object for a twin's result, or the exception that it failed with.
#[doc(hidden)]
#[inline(always)]
pub fn give<D: Door, R: Given>(door: D, value: R) -> Result<HPy> {
    crate::error::settled(value)?.give(door)
}

/// A text of a definition.
#[doc(hidden)]
pub const fn text(bytes: &'static [u8]) -> &'static CStr {
    match CStr::from_bytes_until_nul(bytes) {
        Ok(text) => text,
        Err(_) => panic!("a text without its end"),
    }
}
