//! The types that cross in registers, and the signatures made of them.

use std::ffi::CStr;

/// What a twin that failed gives back, where the result is a signed integer.
pub const FAILED: i8 = -13;

/// A type that a C function takes and gives back as it is: a number or a pointer.
///
/// # Safety
/// In C the type is what `NAME` says: `S` a signed and `U` an unsigned integer, `F` a float, and the
/// digit is the number of bytes; `P` a pointer, or anything else that is passed as one.
pub unsafe trait Plain: Copy {
    /// The name in signatures.
    const NAME: &'static str;
    /// Given back by a twin that failed: [`FAILED`] for a signed integer, NaN for a float, otherwise
    /// zero. All of these may be results too: see [`error`](crate::error).
    const FAILURE: Self;
}

macro_rules! plain {
    ($($type:ty = $name:literal, $after:expr;)*) => {$(
        // SAFETY: Rust's numbers are C's of the same size.
        unsafe impl Plain for $type {
            const NAME: &'static str = $name;
            const FAILURE: Self = $after;
        }
    )*};
}
plain! {
    i8 = "S1", FAILED;
    i16 = "S2", FAILED as i16;
    i32 = "S4", FAILED as i32;
    i64 = "S8", FAILED as i64;
    u8 = "U1", 0;
    u16 = "U2", 0;
    u32 = "U4", 0;
    u64 = "U8", 0;
    f32 = "F4", f32::NAN;
    f64 = "F8", f64::NAN;
}

// SAFETY: a thin pointer is C's.
unsafe impl<T> Plain for *const T {
    const NAME: &'static str = "P";
    const FAILURE: Self = std::ptr::null();
}

// SAFETY: a thin pointer is C's.
unsafe impl<T> Plain for *mut T {
    const NAME: &'static str = "P";
    const FAILURE: Self = std::ptr::null_mut();
}

/// What a twin may give back: something [`Plain`], or nothing, which is `V` in signatures.
///
/// # Safety
/// As for [`Plain`].
pub unsafe trait PlainResult: Copy {
    /// The name in signatures.
    const NAME: &'static str;
    /// Given back by a twin that failed.
    const FAILURE: Self;

    /// Whether this is what a twin that failed gives back, bit by bit.
    #[inline(always)]
    fn may_be_failure(self) -> bool {
        bits(self) == bits(Self::FAILURE)
    }
}

#[inline(always)]
fn bits<T: Copy>(value: T) -> u64 {
    let mut bits = 0_u64;
    // What is plain fits into a register, or is `()`.
    let size = size_of::<T>().min(size_of::<u64>());
    // SAFETY: both hold `size` bytes, and a plain value has no padding.
    unsafe {
        std::ptr::copy_nonoverlapping(
            (&raw const value).cast(),
            (&raw mut bits).cast::<u8>(),
            size,
        )
    };
    bits
}

// SAFETY: promised by `Plain`.
unsafe impl<T: Plain> PlainResult for T {
    const NAME: &'static str = <T as Plain>::NAME;
    const FAILURE: Self = <T as Plain>::FAILURE;
}

// SAFETY: a C function without a result.
unsafe impl PlainResult for () {
    const NAME: &'static str = "V";
    const FAILURE: Self = ();
}

/// Room for a signature of [`MOST_ARGUMENTS`] arguments.
const LONGEST: usize = 48;

/// How many arguments a twin can have.
pub const MOST_ARGUMENTS: usize = 12;

/// A type of C functions, and how it is written: the result, then the arguments in parentheses, as in
/// `S8(P,F8)`.
///
/// ```
/// use hpy_twins::Signature;
///
/// assert_eq!(<extern "C" fn(*mut u8, f64) -> i64 as Signature>::TEXT, c"S8(P,F8)");
/// assert_eq!(<unsafe extern "C" fn() as Signature>::TEXT, c"V()");
/// ```
pub trait Signature {
    #[doc(hidden)]
    const BYTES: &'static [u8; LONGEST];
    /// The signature.
    const TEXT: &'static CStr = match CStr::from_bytes_until_nul(Self::BYTES) {
        Ok(text) => text,
        Err(_) => panic!("a longer signature than there can be"),
    };
}

const fn write(result: &str, arguments: &[&str]) -> [u8; LONGEST] {
    let mut text = [0; LONGEST];
    let mut end = append(&mut text, 0, result);
    end = append(&mut text, end, "(");
    let mut k = 0;
    while k < arguments.len() {
        if k > 0 {
            end = append(&mut text, end, ",");
        }
        end = append(&mut text, end, arguments[k]);
        k += 1;
    }
    append(&mut text, end, ")");
    text
}

const fn append(text: &mut [u8; LONGEST], end: usize, more: &str) -> usize {
    let more = more.as_bytes();
    let mut k = 0;
    while k < more.len() {
        text[end + k] = more[k];
        k += 1;
    }
    end + more.len()
}

macro_rules! signatures {
    ($($($argument:ident)*;)*) => {$(
        impl<R: PlainResult, $($argument: Plain),*> Signature for extern "C" fn($($argument),*) -> R {
            const BYTES: &'static [u8; LONGEST] = &write(R::NAME, &[$($argument::NAME),*]);
        }
        impl<R: PlainResult, $($argument: Plain),*> Signature
            for unsafe extern "C" fn($($argument),*) -> R
        {
            const BYTES: &'static [u8; LONGEST] = &write(R::NAME, &[$($argument::NAME),*]);
        }
    )*};
}
signatures! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_name() {
        type All = extern "C" fn(
            i8,
            i16,
            i32,
            i64,
            u8,
            u16,
            u32,
            u64,
            f32,
            f64,
            *const u8,
            *mut f64,
        ) -> *const i32;
        assert_eq!(All::TEXT, c"P(S1,S2,S4,S8,U1,U2,U4,U8,F4,F8,P,P)");
        assert!(All::TEXT.count_bytes() < LONGEST);
    }
}
