//! exp, log, sin and cos without branches, so that loops of them become vector instructions.
//!
//! They are Taylor series of reduced arguments, long enough that what is left out is far below a rounding. Multiply-adds
//! are fused, by the processor or by software: the results are the same on every one.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, LN_2, LOG2_E};

/// Added to a float below 2^51, it leaves the nearest integer in the lower bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The nearest integer (below 2^51), as a float and in the lower bits of an integer.
#[inline(always)]
fn nearest(x: f64) -> (f64, u64) {
    let shifted = x + ROUND;
    (
        shifted - ROUND,
        shifted.to_bits().wrapping_sub(ROUND.to_bits()),
    )
}

/// A polynomial with these coefficients, the highest first.
#[inline(always)]
fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    let mut sum = coefficients[0];
    for &coefficient in &coefficients[1..] {
        sum = sum.mul_add(x, coefficient);
    }
    sum
}

/// The inverses of factorials.
const fn inverse_factorial(n: u32) -> f64 {
    let (mut product, mut k) = (1.0, 2);
    while k <= n {
        product *= k as f64;
        k += 1;
    }
    1.0 / product
}

/// `N` inverse factorials, of `from`, two less, ... if `step` is 2, with signs that take turns, the last one positive.
const fn series<const N: usize>(from: u32, step: u32, alternating: bool) -> [f64; N] {
    let mut coefficients = [0.0; N];
    let mut k = 0;
    while k < N {
        let value = inverse_factorial(from - step * k as u32);
        let negative = alternating && (N - 1 - k) % 2 == 1;
        coefficients[k] = if negative { -value } else { value };
        k += 1;
    }
    coefficients
}

/// e to the power of `x`; less than 0.8 ulp off.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    // ln(2) is this much more than its float.
    const LN_2_LOW: f64 = 2.319_046_813_846_299_6e-17;
    // 1/2!, 1/3!, ..., 1/13!
    const SERIES: [f64; 12] = series(13, 1, false);
    // Beyond these it is infinite or 0; NaN stays.
    let bounded = if x > 710.0 { 710.0 } else { x };
    let bounded = if bounded < -746.0 { -746.0 } else { bounded };
    let (k, power) = nearest(bounded * LOG2_E);
    // Exact, as most of it cancels out; then the rest, with what rounding takes from it.
    let high = k.mul_add(-LN_2, bounded);
    let r = k.mul_add(-LN_2_LOW, high);
    let low = k.mul_add(-LN_2_LOW, high - r);
    let sum = 1.0 + (r + (r * r).mul_add(polynomial(r, SERIES), low));
    // In two steps: neither overflows nor is rounded before the result is.
    let power = power.wrapping_add(2048);
    let first = power >> 1;
    let second = power.wrapping_sub(first);
    let scale = |power: u64| f64::from_bits(power.wrapping_sub(1) << 52);
    sum * scale(first) * scale(second)
}

/// The natural logarithm of `x`; less than 0.9 ulp off.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    // ln(2) in 32 bits, so that multiples are exact, and what is left.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    // 2/23, 2/21, ..., 2/3: of 2 artanh(s) = log((1 + s) / (1 - s)).
    const SERIES: [f64; 11] = {
        let mut coefficients = [0.0; 11];
        let mut k = 0;
        while k < 11 {
            coefficients[k] = 2.0 / (23 - 2 * k) as f64;
            k += 1;
        }
        coefficients
    };
    const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    // 2^52: an integer below it is in the lower bits of what is more by it.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let tiny = x < f64::MIN_POSITIVE;
    let scaled = if tiny {
        x * 18_014_398_509_481_984.0
    } else {
        x
    };
    let shift = if tiny {
        WHOLE + 1023.0 + 54.0
    } else {
        WHOLE + 1023.0
    };
    // x = m 2^k, m from the root of a half to that of 2.
    let bits = scaled.to_bits().wrapping_add(ONE - ROOT_HALF);
    let k = f64::from_bits(bits >> 52 | WHOLE.to_bits()) - shift;
    let m = f64::from_bits((bits & (u64::MAX >> 12)).wrapping_add(ROOT_HALF));
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let half = 0.5 * f * f;
    let rest = z * polynomial(z, SERIES);
    let low = s.mul_add(half + rest, k * LN_2_LOW);
    let log = k.mul_add(LN_2_HIGH, f - (half - low));
    let log = if x < f64::INFINITY { log } else { x };
    let log = if x > 0.0 { log } else { f64::NAN };
    let log = if x == 0.0 { f64::NEG_INFINITY } else { log };
    if x.is_nan() { x } else { log }
}

/// Below this, [`sin`] and [`cos`] are right.
pub const ANGLES: f64 = 1_048_576.0;

/// Quarter turns in `x`, and what is left: an angle, and what rounding takes from it.
#[inline(always)]
fn quarters(x: f64) -> (u64, f64, f64) {
    // What a quarter turn is more than its float.
    const SECOND: f64 = 6.123_233_995_736_766e-17;
    const THIRD: f64 = -1.497_384_904_859_169_8e-33;
    let (k, quarter) = nearest(x * FRAC_2_PI);
    // Exact, as most of it cancels out.
    let high = k.mul_add(-FRAC_PI_2, x);
    // The second part may cancel out nearly all that is left: both are kept with what rounding takes from them.
    let second = k * SECOND;
    let second_low = k.mul_add(SECOND, -second);
    let first = high - second;
    let back = first - high;
    let first_low = (high - (first - back)) - (second + back);
    let rest = k.mul_add(-THIRD, first_low - second_low);
    let r = first + rest;
    let low = (first - r) + rest;
    (quarter, r, low)
}

/// The sine of `quarter` quarter turns and an angle of at most half a quarter.
#[inline(always)]
fn sine(quarter: u64, r: f64, low: f64) -> f64 {
    // 1/17!, -1/15!, ..., 1/5!, -1/3!, and so on for the cosine up to 1/18!.
    const SINE: [f64; 8] = negated(series(17, 2, true));
    const COSINE: [f64; 8] = series(18, 2, true);
    let z = r * r;
    // r + low - r^3/3! + ...
    let odd = (z * r).mul_add(polynomial(z, SINE), (-0.5 * z).mul_add(low, low));
    let sine = r + odd;
    // 1 - z/2 + z^2/4! - ... - r low
    let half = 0.5 * z;
    let most = 1.0 - half;
    let even = (z * z).mul_add(polynomial(z, COSINE), -(r * low));
    let cosine = most + (((1.0 - most) - half) + even);
    let value = if quarter & 1 == 0 { sine } else { cosine };
    f64::from_bits(value.to_bits() ^ (quarter & 2) << 62)
}

const fn negated<const N: usize>(mut of: [f64; N]) -> [f64; N] {
    let mut k = 0;
    while k < N {
        of[k] = -of[k];
        k += 1;
    }
    of
}

/// The sine of an angle below [`ANGLES`] on either side; less than 0.8 ulp off.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    let (quarter, r, low) = quarters(x);
    // Of -0.0 it is -0.0, whose sign the sums lose.
    let value = sine(quarter, r, low);
    if x == 0.0 { x } else { value }
}

/// The cosine of an angle below [`ANGLES`] on either side; less than 0.8 ulp off.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    let (quarter, r, low) = quarters(x);
    sine(quarter.wrapping_add(1), r, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many floats lie between two of the same sign.
    fn apart(a: f64, b: f64) -> u64 {
        if a.is_nan() && b.is_nan() {
            return 0;
        }
        a.to_bits().abs_diff(b.to_bits())
    }

    /// Floats of all sizes up to a limit.
    fn floats(limit: f64) -> impl Iterator<Item = f64> {
        let mut state = 1_u64;
        (0..200_000).flat_map(move |k| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let unit = (state >> 11) as f64 / (1_u64 << 53) as f64;
            let x = match k % 3 {
                0 => unit * limit,
                1 => unit,
                _ => f64::from_bits(state >> 1).min(limit),
            };
            [x, -x]
        })
    }

    #[test]
    fn near_the_standard_library() {
        for x in floats(760.0) {
            assert!(apart(exp(x), x.exp()) <= 1, "exp {x:e}");
        }
        for x in floats(f64::MAX) {
            if x > 0.0 {
                assert!(apart(log(x), x.ln()) <= 1, "log {x:e}: {:e}", log(x));
            }
        }
        for x in floats(ANGLES) {
            assert!(apart(sin(x), x.sin()) <= 1, "sin {x:e}");
            assert!(apart(cos(x), x.cos()) <= 1, "cos {x:e}");
        }
    }

    #[test]
    fn at_the_edges() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        assert_eq!(
            (exp(inf), exp(-inf), exp(0.0), exp(-0.0)),
            (inf, 0.0, 1.0, 1.0)
        );
        assert_eq!((exp(709.8), exp(-745.2), exp(-745.1)), (inf, 0.0, 5e-324));
        assert_eq!(
            (log(0.0), log(-0.0), log(inf), log(1.0)),
            (-inf, -inf, inf, 0.0)
        );
        assert!(log(-1.0).is_nan() && log(-inf).is_nan() && log(nan).is_nan() && exp(nan).is_nan());
        assert_eq!((sin(-0.0).to_bits(), cos(0.0)), ((-0.0_f64).to_bits(), 1.0));
        assert!(sin(nan).is_nan() && cos(nan).is_nan());
        for k in 1..1000 {
            // Where the angle nearly vanishes.
            let x = f64::from(k) * FRAC_PI_2;
            assert!(apart(sin(x), x.sin()) <= 1, "sin {x:e}");
            assert!(apart(cos(x), x.cos()) <= 1, "cos {x:e}");
        }
    }
}
