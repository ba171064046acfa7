//! Functions of floats, and what else is too long for one instruction: routines over many values, which both engines
//! call.
//!
//! What a routine gives for a value depends on neither how many there are nor where it stands, nor on the processor.
//!
//! # Errors
//! exp, sin and cos are less than 0.8 ulp off, log less than 0.9 (the largest of thousands of random arguments were
//! 0.77, 0.73, 0.70 and 0.81). The others, and sin and cos beyond 2^20, are those of the crate `libm`, a port of musl's,
//! and as exact as these. F4 is computed as F8 and rounded. Quotient and rest of floats are NumPy's, each step rounded.

use crate::elementary;
use crate::scalar;
#[cfg(all(target_arch = "x86_64", not(miri)))]
use crate::wide::has_avx2;
use crate::{Binary, Type, Unary};

/// Computes `count` values from as many at `from`, which may be `to` itself.
///
/// # Safety
/// `count` values are readable at `from` and writable at `to`, aligned for their type, and nobody else touches them.
/// The two don't overlap unless they are the same.
pub type Map1 = unsafe extern "C" fn(from: *const u8, to: *mut u8, count: usize);

/// Computes `count` values from as many at `a` and at `b`; any of these may be `to` itself.
///
/// # Safety
/// As for [`Map1`].
pub type Map2 = unsafe extern "C" fn(a: *const u8, b: *const u8, to: *mut u8, count: usize);

/// # Safety
/// As for [`Map1`].
#[inline(always)]
unsafe fn map1<T: Copy>(from: *const u8, to: *mut u8, count: usize, f: impl Fn(T) -> T) {
    let (from, to): (*const T, *mut T) = (from.cast(), to.cast());
    for k in 0..count {
        // SAFETY: the caller's promise.
        unsafe { *to.add(k) = f(*from.add(k)) };
    }
}

/// # Safety
/// As for [`Map2`].
#[inline(always)]
unsafe fn map2<T: Copy>(
    a: *const u8,
    b: *const u8,
    to: *mut u8,
    count: usize,
    f: impl Fn(T, T) -> T,
) {
    let (a, b, to): (*const T, *const T, *mut T) = (a.cast(), b.cast(), to.cast());
    for k in 0..count {
        // SAFETY: the caller's promise.
        unsafe { *to.add(k) = f(*a.add(k), *b.add(k)) };
    }
}

/// One of two functions with the same body.
macro_rules! either {
    (($($name:ident: $ty:ty),*) -> $routine:ident $body:expr) => {{
        unsafe extern "C" fn plain($($name: $ty),*) {
            // SAFETY: the caller's promise.
            unsafe { $body }
        }
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            #[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
            unsafe extern "C" fn wide($($name: $ty),*) {
                // SAFETY: the caller's promise.
                unsafe { $body }
            }
            if has_avx2() { wide as $routine } else { plain as $routine }
        }
        #[cfg(not(all(target_arch = "x86_64", not(miri))))]
        {
            plain as $routine
        }
    }};
}

/// A routine of one argument: `$map` with `$f`, for wide vectors and fused multiply-add where the processor has them.
///
/// `$f` is written into both, since a closure that two functions call is a function of its own, which knows of neither.
macro_rules! routine1 {
    ($ty:ident, $f:expr) => {
        routine1!(map1, $ty, $f)
    };
    ($map:ident, $ty:ident, $f:expr) => {
        either!((from: *const u8, to: *mut u8, count: usize) -> Map1 { $map::<$ty>(from, to, count, $f) })
    };
}

/// A routine of two arguments.
macro_rules! routine2 {
    ($ty:ident, $f:expr) => {
        either!((a: *const u8, b: *const u8, to: *mut u8, count: usize) -> Map2 { map2::<$ty>(a, b, to, count, $f) })
    };
}

/// Values that are computed at a time: in memory of their own, so that the compiler knows that nothing overlaps.
const SOME: usize = 32;

/// As [`map1`], for functions of several values that the compiler makes vector instructions of.
///
/// # Safety
/// As for [`Map1`].
#[inline(always)]
unsafe fn map_blocks<T: Copy + Default>(
    from: *const u8,
    to: *mut u8,
    count: usize,
    f: impl Fn([T; SOME]) -> [T; SOME],
) {
    let (from, to): (*const T, *mut T) = (from.cast(), to.cast());
    let mut k = 0;
    while k < count {
        let some = SOME.min(count - k);
        // SAFETY: the caller's promise.
        unsafe {
            let mut values = [T::default(); SOME];
            if some == SOME {
                values = from.add(k).cast::<[T; SOME]>().read();
            } else {
                values[..some].copy_from_slice(std::slice::from_raw_parts(from.add(k), some));
            }
            let results = f(values);
            if some == SOME {
                to.add(k).cast::<[T; SOME]>().write(results);
            } else {
                std::ptr::copy_nonoverlapping(results.as_ptr(), to.add(k), some);
            }
        }
        k += some;
    }
}

/// `f` of each.
#[inline(always)]
fn each<A: Copy, B: Copy + Default>(values: [A; SOME], f: impl Fn(A) -> B) -> [B; SOME] {
    let mut results = [B::default(); SOME];
    for (result, &value) in results.iter_mut().zip(&values) {
        *result = f(value);
    }
    results
}

/// A function of angles, where some may be beyond what the quick one takes.
#[inline(always)]
fn angles(values: [f64; SOME], f: impl Fn(f64) -> f64, beyond: fn(f64) -> f64) -> [f64; SOME] {
    let is_beyond = |x: f64| x.abs() > elementary::ANGLES;
    let mut results = [0.0; SOME];
    let mut some_beyond = false;
    for (result, &x) in results.iter_mut().zip(&values) {
        *result = f(x);
        some_beyond |= is_beyond(x);
    }
    if some_beyond {
        for (result, &x) in results.iter_mut().zip(&values) {
            if is_beyond(x) {
                *result = beyond(x);
            }
        }
    }
    results
}

/// The routine of an operation on one value, if it has one.
pub fn unary(op: Unary, ty: Type) -> Option<Map1> {
    /// F4 is computed as F8 and rounded.
    macro_rules! of_float {
        ($f:expr) => {
            match ty {
                Type::F8 => routine1!(f64, $f),
                Type::F4 => routine1!(f32, |value| $f(f64::from(value)) as f32),
                _ => return None,
            }
        };
        (quick $f:expr) => {
            match ty {
                Type::F8 => routine1!(map_blocks, f64, |values| each(values, $f)),
                Type::F4 => routine1!(map_blocks, f32, |values| each(values, |x| $f(f64::from(x))
                    as f32)),
                _ => return None,
            }
        };
        (angles $f:expr, $beyond:expr) => {
            match ty {
                Type::F8 => routine1!(map_blocks, f64, |values| angles(values, $f, $beyond)),
                Type::F4 => routine1!(map_blocks, f32, |values| {
                    each(angles(each(values, f64::from), $f, $beyond), |y| y as f32)
                }),
                _ => return None,
            }
        };
    }
    Some(match op {
        Unary::Exp => of_float!(quick elementary::exp),
        Unary::Exp2 => of_float!(libm::exp2),
        Unary::Expm1 => of_float!(libm::expm1),
        Unary::Log => of_float!(quick elementary::log),
        Unary::Log2 => of_float!(libm::log2),
        Unary::Log10 => of_float!(libm::log10),
        Unary::Log1p => of_float!(libm::log1p),
        Unary::Sin => of_float!(angles elementary::sin, libm::sin),
        Unary::Cos => of_float!(angles elementary::cos, libm::cos),
        Unary::Tan => of_float!(libm::tan),
        Unary::Asin => of_float!(libm::asin),
        Unary::Acos => of_float!(libm::acos),
        Unary::Atan => of_float!(libm::atan),
        Unary::Sinh => of_float!(libm::sinh),
        Unary::Cosh => of_float!(libm::cosh),
        Unary::Tanh => of_float!(libm::tanh),
        _ => return None,
    })
}

/// The routine of an operation on two values, if it has one.
pub fn binary(op: Binary, ty: Type) -> Option<Map2> {
    macro_rules! of_float {
        ($f:expr) => {
            match ty {
                Type::F8 => routine2!(f64, $f),
                Type::F4 => routine2!(f32, |a, b| $f(f64::from(a), f64::from(b)) as f32),
                _ => return None,
            }
        };
    }
    Some(match (op, ty) {
        (Binary::FloorDiv, Type::F4) => routine2!(f32, scalar::floor_div_f4),
        (Binary::FloorDiv, Type::F8) => routine2!(f64, scalar::floor_div_f8),
        (Binary::Mod, Type::F4) => routine2!(f32, scalar::mod_f4),
        (Binary::Mod, Type::F8) => routine2!(f64, scalar::mod_f8),
        (Binary::Pow, Type::U1) => routine2!(u8, |a, b| scalar::pow_u1(a, b.into())),
        (Binary::Pow, Type::U2) => routine2!(u16, |a, b| scalar::pow_u2(a, b.into())),
        (Binary::Pow, Type::U4) => routine2!(u32, |a, b| scalar::pow_u4(a, b.into())),
        (Binary::Pow, Type::U8) => routine2!(u64, scalar::pow_u8),
        // The lower bits of a product don't know of signs.
        (Binary::Pow, Type::S1) => return binary(op, Type::U1),
        (Binary::Pow, Type::S2) => return binary(op, Type::U2),
        (Binary::Pow, Type::S4) => return binary(op, Type::U4),
        (Binary::Pow, Type::S8) => return binary(op, Type::U8),
        (Binary::Pow, _) => of_float!(libm::pow),
        (Binary::Hypot, _) => of_float!(libm::hypot),
        (Binary::Atan2, _) => of_float!(libm::atan2),
        _ => return None,
    })
}
