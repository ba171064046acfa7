//! Functions of floats, and what else is too long for one instruction: routines over many values, which both engines
//! call.
//!
//! What a routine gives for a value depends on neither how many there are nor where it stands, nor on the processor.
//!
//! # Errors
//! Exponentials, logarithms, sin, cos, sinh, cosh and tanh are less than 1 ulp off (the largest of tens of thousands of
//! random arguments, beside 120 bits: exp 0.80, exp2 0.85, expm1 0.90, log 0.81, log1p 0.81, log2 0.56, log10 0.57, sin
//! 0.73, cos 0.70, sinh 0.70, cosh 0.61, tanh 0.66). The others, and sin and cos beyond 2^20, are those of the crate
//! `libm`, a port of musl's, and as exact as these. F4 is computed as F8 and rounded. Quotient and rest of floats are
//! NumPy's, each step rounded.

use crate::elementary;
use crate::scalar;
use crate::wide::Level;
#[cfg(all(target_arch = "x86_64", not(miri)))]
use crate::wide::{enabled, features};
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

/// One of several functions with the same body, compiled for a [`Level`] each: the one for `$level`, which the processor
/// has.
///
/// The body is written into all of them, since a closure that several functions call is a function of its own, which
/// knows of no level.
macro_rules! compiled_for {
    ($level:expr, ($($name:ident: $ty:ty),*) -> $routine:ident $body:expr) => {{
        unsafe extern "C" fn plain($($name: $ty),*) {
            // SAFETY: the caller's promise.
            unsafe { $body }
        }
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        features! { avx2, enabled
            unsafe extern "C" fn with_avx2($($name: $ty),*) {
                // SAFETY: the caller's promise.
                unsafe { $body }
            }
        }
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        features! { avx512, enabled
            unsafe extern "C" fn with_avx512($($name: $ty),*) {
                // SAFETY: the caller's promise.
                unsafe { $body }
            }
        }
        match $level {
            Level::Plain => plain as $routine,
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Level::Avx2 => with_avx2 as $routine,
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Level::Avx512 => with_avx512 as $routine,
        }
    }};
}

/// A routine of one argument that goes one by one.
macro_rules! routine1 {
    ($ty:ident, $f:expr) => {{
        unsafe extern "C" fn routine(from: *const u8, to: *mut u8, count: usize) {
            // SAFETY: the caller's promise.
            unsafe { map1::<$ty>(from, to, count, $f) }
        }
        routine as Map1
    }};
}

/// A routine of two arguments.
macro_rules! routine2 {
    ($ty:ident, $f:expr) => {{
        unsafe extern "C" fn routine(a: *const u8, b: *const u8, to: *mut u8, count: usize) {
            // SAFETY: the caller's promise.
            unsafe { map2::<$ty>(a, b, to, count, $f) }
        }
        routine as Map2
    }};
}

/// A routine of one argument, in vectors.
macro_rules! vectors {
    ($level:expr, $ty:ident, $f:expr) => {
        compiled_for!($level, (from: *const u8, to: *mut u8, count: usize) -> Map1 {
            map_blocks::<$ty>(from, to, count, $f)
        })
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
    unary_for(Level::widest(), op, ty)
}

/// The one for a level that the processor has.
fn unary_for(level: Level, op: Unary, ty: Type) -> Option<Map1> {
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
                Type::F8 => vectors!(level, f64, |values| each(values, $f)),
                Type::F4 => vectors!(level, f32, |values| each(values, |x| $f(f64::from(x))
                    as f32)),
                _ => return None,
            }
        };
        (angles $f:expr, $beyond:expr) => {
            match ty {
                Type::F8 => vectors!(level, f64, |values| angles(values, $f, $beyond)),
                Type::F4 => vectors!(level, f32, |values| {
                    each(angles(each(values, f64::from), $f, $beyond), |y| y as f32)
                }),
                _ => return None,
            }
        };
    }
    Some(match op {
        Unary::Exp => of_float!(quick elementary::exp),
        Unary::Exp2 => of_float!(quick elementary::exp2),
        Unary::Expm1 => of_float!(quick elementary::expm1),
        Unary::Log => of_float!(quick elementary::log),
        Unary::Log2 => of_float!(quick elementary::log2),
        Unary::Log10 => of_float!(quick elementary::log10),
        Unary::Log1p => of_float!(quick elementary::log1p),
        Unary::Sin => of_float!(angles elementary::sin, libm::sin),
        Unary::Cos => of_float!(angles elementary::cos, libm::cos),
        Unary::Tan => of_float!(libm::tan),
        Unary::Asin => of_float!(libm::asin),
        Unary::Acos => of_float!(libm::acos),
        Unary::Atan => of_float!(libm::atan),
        Unary::Sinh => of_float!(quick elementary::sinh),
        Unary::Cosh => of_float!(quick elementary::cosh),
        Unary::Tanh => of_float!(quick elementary::tanh),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Any floats, those at the edges of what functions take among them.
    fn floats() -> Vec<f64> {
        let edges = [
            0.0,
            1.0,
            5e-324,
            1e-310,
            0.7,
            709.8,
            745.2,
            1e6,
            1e22,
            f64::MAX,
        ];
        let mut values = vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        values.extend(edges.iter().flat_map(|&x| [x, -x]));
        let mut state = 1_u64;
        for k in 0..10_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let any = f64::from_bits(state);
            let unit = (state >> 11) as f64 / (1_u64 << 53) as f64;
            values.push([any, unit, (unit - 0.5) * 1500.0, 1.0 + unit / 64.0][k % 4]);
        }
        values
    }

    #[test]
    fn the_same_on_every_processor() {
        let widest = Level::widest();
        let mut levels = vec![Level::Plain];
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            levels.extend((widest != Level::Plain).then_some(Level::Avx2));
            levels.extend((widest == Level::Avx512).then_some(Level::Avx512));
        }
        let wide = floats();
        let narrow: Vec<f32> = wide.iter().map(|&x| x as f32).collect();
        for op in Unary::ALL.iter().copied() {
            let Some(reference) = unary_for(Level::Plain, op, Type::F8) else {
                continue;
            };
            for &level in &levels {
                let of = |routine: Map1, count: usize| {
                    let mut results = vec![0.0_f64; count];
                    // SAFETY: there are so many values, and the memory differs.
                    unsafe { routine(wide.as_ptr().cast(), results.as_mut_ptr().cast(), count) };
                    results
                };
                let other = unary_for(level, op, Type::F8).unwrap();
                // What is left over goes another way.
                for count in [wide.len(), 37] {
                    let (a, b) = (of(reference, count), of(other, count));
                    for ((x, a), b) in wide.iter().zip(a).zip(b) {
                        let same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
                        assert!(same, "{level:?} {op:?} {x:e}: {a:e} {b:e}");
                    }
                }
                let of = |level: Level| {
                    let routine = unary_for(level, op, Type::F4).unwrap();
                    let mut results = vec![0.0_f32; narrow.len()];
                    let (from, to) = (narrow.as_ptr(), results.as_mut_ptr());
                    // SAFETY: as above.
                    unsafe { routine(from.cast(), to.cast(), narrow.len()) };
                    results
                };
                for ((x, a), b) in narrow.iter().zip(of(Level::Plain)).zip(of(level)) {
                    let same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
                    assert!(same, "{level:?} {op:?} of F4 {x:e}: {a:e} {b:e}");
                }
            }
        }
    }
}
