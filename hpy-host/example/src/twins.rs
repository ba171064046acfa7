//! Functions that can be called without objects: what hpy-twins makes of them is a method of the module
//! and an entry of the table `HPyTwins_example` each.

use std::sync::atomic::{AtomicU32, Ordering};

use hpy_host::define::{Error, Exception};

hpy_twins::twins! {
    /// With objects and without.
    pub const TWINS, fn methods = {
        /// Twice as much. OverflowError where that is too much for 64 bits.
        safe fn twice(x: i64) -> Result<i64, Error> {
            x.checked_mul(2).ok_or_else(|| too_much("twice", x))
        }

        /// The sum of two bytes. OverflowError above 255.
        safe fn add_bytes(a: u8, b: u8) -> Result<u8, Error> {
            a.checked_add(b).ok_or_else(|| too_much("add_bytes", i64::from(a) + i64::from(b)))
        }

        /// The mean of two numbers.
        safe fn mean(a: f64, b: f64) -> f64 {
            a / 2.0 + b / 2.0
        }

        /// The number as the nearest of 4 bytes.
        safe fn single(x: f32) -> f32 {
            x
        }

        /// All bits turned around.
        safe fn inverted(x: u64) -> u64 {
            !x
        }

        /// Gives every argument back, in one number: the first in the highest bits.
        safe fn packed(a: i8, b: i16, c: u16) -> i64 {
            i64::from(a) << 32 | (i64::from(b) & 0xFFFF) << 16 | i64::from(c)
        }

        /// The address itself.
        safe fn same_address(at: *const u8) -> *const u8 {
            at
        }

        /// How many times this was called.
        safe fn count_up() -> u32 {
            COUNT.fetch_add(1, Ordering::Relaxed) + 1
        }

        /// Nothing. ValueError for a negative number.
        safe fn check(x: i32) -> Result<(), Error> {
            if x < 0 {
                return Err(Error::value_error(format!("check({x}): négative")));
            }
            Ok(())
        }

        /// Panics.
        #[since(1)]
        safe fn panic(x: i32) -> i32 {
            panic!("asked to, with {x}")
        }
    }
}

hpy_twins::twins! {
    /// For those who know what they pass.
    pub const UNCHECKED = {
        /// The number at this address.
        #[since(1)]
        unsafe fn look_unchecked(at: *const f64) -> f64 {
            // SAFETY: promised by the caller.
            unsafe { *at }
        }
    }
}

hpy_twins::table! {
    HPyTwins_example: module "example", version 1.1, groups [TWINS, UNCHECKED],
    fn definitions [methods]
}

static COUNT: AtomicU32 = AtomicU32::new(0);

fn too_much(function: &str, x: i64) -> Error {
    Error::New(
        Exception::OverflowError,
        format!("{function}({x}) is too much"),
    )
}
