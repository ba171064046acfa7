//! Exponentials, logarithms, sin and cos without branches, so that loops of them become vector instructions.
//!
//! They are Taylor series of reduced arguments, long enough that what is left out is far below a rounding. Multiply-adds
//! are fused, by the processor or by software: the results are the same on every one.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, LN_2, LOG2_E, LOG10_E};

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

/// ln(2) is this much more than its float.
const LN_2_LOW: f64 = 2.319_046_813_846_299_6e-17;

/// 2^-28: below it, odd functions that are x near 0 are x, with its sign, and to the last bit of the smallest floats.
const SMALL: f64 = 3.725_290_298_461_914e-9;

/// 2^-54: below it, all functions are that are x near 0.
const TINY: f64 = 5.551_115_123_125_783e-17;

/// A number that is no smaller than `low` and no greater than `high`; NaN stays.
#[inline(always)]
fn between(x: f64, low: f64, high: f64) -> f64 {
    let bounded = if x > high { high } else { x };
    if bounded < low { low } else { bounded }
}

/// 2 to the power of an integer that is no less than -1022 and no more than 1023, in the lower bits.
#[inline(always)]
fn power_of_2(k: u64) -> f64 {
    f64::from_bits(k.wrapping_add(1023) << 52)
}

/// The sum of two floats, and what rounding takes from it.
#[inline(always)]
fn sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_of_it = sum - a;
    (sum, (a - (sum - b_of_it)) + (b - b_of_it))
}

/// The product of two floats, and what rounding takes from it.
#[inline(always)]
fn product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// How many ln(2) are in `x`, and what is left: a number up to the half of it, and what rounding takes from it.
#[inline(always)]
fn doublings(x: f64) -> (u64, f64, f64) {
    let (k, power) = nearest(x * LOG2_E);
    // Exact, as most of it cancels out; then the rest, with what rounding takes from it.
    let high = k.mul_add(-LN_2, x);
    let r = k.mul_add(-LN_2_LOW, high);
    let low = k.mul_add(-LN_2_LOW, high - r);
    (power, r, low)
}

/// e to the power of `r + low`, less 1 and `r`; `r` is at most the half of ln(2).
#[inline(always)]
fn exp_rest(r: f64, low: f64) -> f64 {
    // 1/2!, 1/3!, ..., 1/13!
    const SERIES: [f64; 12] = series(13, 1, false);
    (r * r).mul_add(polynomial(r, SERIES), low)
}

/// A number times 2 to some power.
#[inline(always)]
fn scaled(x: f64, power: u64) -> f64 {
    // In two steps: neither overflows nor is rounded before the result is.
    let power = power.wrapping_add(2048);
    let first = power >> 1;
    let second = power.wrapping_sub(first);
    let scale = |power: u64| f64::from_bits(power.wrapping_sub(1) << 52);
    x * scale(first) * scale(second)
}

/// e to the power of `x`.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    // Beyond these it is infinite or 0.
    let (power, r, low) = doublings(between(x, -746.0, 710.0));
    scaled(1.0 + (r + exp_rest(r, low)), power)
}

/// 2 to the power of `x`.
#[inline(always)]
pub fn exp2(x: f64) -> f64 {
    // Beyond these it is infinite or 0.
    let bounded = between(x, -1076.0, 1025.0);
    let (k, power) = nearest(bounded);
    let rest = bounded - k;
    let (r, low) = product(rest, LN_2);
    let low = rest.mul_add(LN_2_LOW, low);
    scaled(1.0 + (r + exp_rest(r, low)), power)
}

/// e to the power of `x`, less 1.
#[inline(always)]
pub fn expm1(x: f64) -> f64 {
    // 1/3!, 1/4!, ..., 1/13!
    const SERIES: [f64; 11] = series(13, 1, false);
    // Beyond these it is infinite or -1.
    let (power, r, low) = doublings(between(x, -40.0, 710.0));
    // Most of it may cancel out: the square is kept with what rounding takes from it.
    let (square, square_low) = product(0.5 * r, r);
    let cube = 2.0 * square * r;
    let rest = cube.mul_add(polynomial(r, SERIES), low + square_low);
    // Half of all, which is finite.
    let half = power_of_2(power.wrapping_sub(1));
    let (high, first_low) = sum(half - 0.5, half * r);
    let (high, second_low) = sum(high, half * square);
    let value = 2.0 * (high + half.mul_add(rest, first_low + second_low));
    if x.abs() < TINY { x } else { value }
}

/// What hyperbolic functions are made of: the halves of e to the power of x and of -x are both of a power of two, and of
/// hyperbolic functions of what is left.
struct Halves {
    /// (2^k - 2^-k)/4 and (2^k + 2^-k)/4, with what they lack: no more than 2^1023, so that all is finite up to the end.
    less: (f64, f64),
    more: (f64, f64),
    r: f64,
    /// What sinh(r) is more than r, and cosh(r) more than 1.
    odd: f64,
    even: f64,
}

impl Halves {
    /// Of the size of `x`.
    #[inline(always)]
    fn new(x: f64) -> Halves {
        // 1/15!, 1/13!, ..., 1/3! and 1/14!, 1/12!, ..., 1/2!
        const ODD: [f64; 7] = series(15, 2, false);
        const EVEN: [f64; 7] = series(14, 2, false);
        // Beyond it they are infinite.
        let (power, r, low) = doublings(between(x.abs(), 0.0, 710.6));
        let z = r * r;
        let up = power_of_2(power.wrapping_sub(2));
        let down = 0.0625 / up;
        Halves {
            less: sum(up, -down),
            more: sum(up, down),
            r,
            odd: (z * r).mul_add(polynomial(z, ODD), low),
            even: z.mul_add(polynomial(z, EVEN), r * low),
        }
    }

    /// The half of sinh, and what it lacks.
    #[inline(always)]
    fn sinh(&self) -> (f64, f64) {
        self.half((self.less, self.even), (self.more, self.odd))
    }

    /// The half of cosh, and what it lacks.
    #[inline(always)]
    fn cosh(&self) -> (f64, f64) {
        self.half((self.more, self.even), (self.less, self.odd))
    }

    /// By the addition theorem: one of the powers' parts times cosh(r), and the other times sinh(r).
    #[inline(always)]
    fn half(&self, even: ((f64, f64), f64), odd: ((f64, f64), f64)) -> (f64, f64) {
        let (((even, even_low), cosh), ((odd, odd_low), sinh)) = (even, odd);
        let (first, first_low) = product(odd, self.r);
        let (high, low) = sum(even, first);
        let low = low + odd_low.mul_add(self.r, even_low + first_low);
        (high, even.mul_add(cosh, odd.mul_add(sinh, low)))
    }
}

/// The hyperbolic sine.
#[inline(always)]
pub fn sinh(x: f64) -> f64 {
    let (high, low) = Halves::new(x).sinh();
    let value = (2.0 * (high + low)).copysign(x);
    if x.abs() < SMALL { x } else { value }
}

/// The hyperbolic cosine.
#[inline(always)]
pub fn cosh(x: f64) -> f64 {
    let (high, low) = Halves::new(x).cosh();
    2.0 * (high + low)
}

/// The hyperbolic tangent.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    // Beyond it is 1.
    let halves = Halves::new(between(x.abs(), 0.0, 22.0));
    let ((sinh, sinh_low), (cosh, cosh_low)) = (halves.sinh(), halves.cosh());
    let (sinh, sinh_low) = sum(sinh, sinh_low);
    let (cosh, cosh_low) = sum(cosh, cosh_low);
    let quotient = sinh / cosh;
    let rest = (-quotient).mul_add(cosh, sinh) + (-quotient).mul_add(cosh_low, sinh_low);
    let value = (quotient + rest / cosh).copysign(x);
    if x.abs() < SMALL { x } else { value }
}

/// The logarithm of a positive number in parts: `k`, and with `x = m 2^k`, m from the root of a half to that of 2, what
/// log(m) is made of: f = m - 1, f^2 / 2, and the rest, which is log(m) - f + f^2 / 2.
#[inline(always)]
fn log_parts(x: f64) -> (f64, f64, f64, f64) {
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
    let bits = scaled.to_bits().wrapping_add(ONE - ROOT_HALF);
    let k = f64::from_bits(bits >> 52 | WHOLE.to_bits()) - shift;
    let m = f64::from_bits((bits & (u64::MAX >> 12)).wrapping_add(ROOT_HALF));
    let f = m - 1.0;
    let (half, rest) = log_rest(f);
    (k, f, half, rest)
}

/// f^2 / 2, and what log(1 + f) is more than f less that.
#[inline(always)]
fn log_rest(f: f64) -> (f64, f64) {
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
    let s = f / (2.0 + f);
    let z = s * s;
    let half = 0.5 * f * f;
    (half, s * z.mul_add(polynomial(z, SERIES), half))
}

/// What a logarithm is of a number that has none, or an infinite one.
#[inline(always)]
fn log_at_ends(x: f64, log: f64) -> f64 {
    let log = if x < f64::INFINITY { log } else { x };
    let log = if x > 0.0 { log } else { f64::NAN };
    let log = if x == 0.0 { f64::NEG_INFINITY } else { log };
    if x.is_nan() { x } else { log }
}

/// ln(2) in 32 bits, so that multiples are exact, and what is left.
const LN_2_FIRST: f64 = 0.693_147_180_369_123_8;
const LN_2_SECOND: f64 = 1.908_214_929_270_587_7e-10;

/// The natural logarithm.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    let (k, f, half, rest) = log_parts(x);
    let low = k.mul_add(LN_2_SECOND, rest);
    log_at_ends(x, k.mul_add(LN_2_FIRST, f - (half - low)))
}

/// The natural logarithm of 1 more.
#[inline(always)]
pub fn log1p(x: f64) -> f64 {
    let (one_more, one_more_low) = sum(1.0, x);
    let (k, f, _, _) = log_parts(one_more);
    // What rounding took from 1 + x belongs to f, too; beyond 2^100 there is none.
    let scale = power_of_2(nearest(-between(k, -100.0, 100.0)).1);
    let (f, f_low) = sum(f, one_more_low * scale);
    let (half, rest) = log_rest(f);
    let low = k.mul_add(LN_2_SECOND, rest + (-f).mul_add(f_low, f_low));
    let log = log_at_ends(one_more, k.mul_add(LN_2_FIRST, f - (half - low)));
    if x.abs() < TINY { x } else { log }
}

/// What the floats of log2(e) and log10(e) lack; log10(2) in 32 bits, so that multiples are exact, and what is left.
const LOG2_E_LOW: f64 = 2.035_527_374_093_103_3e-17;
const LOG10_E_LOW: f64 = 1.098_319_650_216_765e-17;
const LOG10_2_FIRST: f64 = 0.301_029_995_549_470_2;
const LOG10_2_SECOND: f64 = 1.145_110_089_802_183_8e-10;

/// The logarithm to another base: `k` times that of 2, in two parts, and the natural one of m times `factor`.
#[inline(always)]
fn log_to(x: f64, (first, second): (f64, f64), (factor, factor_low): (f64, f64)) -> f64 {
    let (k, f, half, rest) = log_parts(x);
    let half_low = (0.5 * f).mul_add(f, -half);
    let high = f - half;
    let low = rest + (((f - high) - half) - half_low);
    let (of_m, of_m_low) = product(high, factor);
    let of_m_low = low.mul_add(factor, high.mul_add(factor_low, of_m_low));
    let (log, log_low) = sum(k * first, of_m);
    log_at_ends(x, log + (log_low + k.mul_add(second, of_m_low)))
}

/// The logarithm to base 2.
#[inline(always)]
pub fn log2(x: f64) -> f64 {
    log_to(x, (1.0, 0.0), (LOG2_E, LOG2_E_LOW))
}

/// The logarithm to base 10.
#[inline(always)]
pub fn log10(x: f64) -> f64 {
    log_to(x, (LOG10_2_FIRST, LOG10_2_SECOND), (LOG10_E, LOG10_E_LOW))
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

/// The sine of an angle below [`ANGLES`] on either side.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    let (quarter, r, low) = quarters(x);
    // Of -0.0 it is -0.0, whose sign the sums lose.
    let value = sine(quarter, r, low);
    if x == 0.0 { x } else { value }
}

/// The cosine of an angle below [`ANGLES`] on either side.
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
        type Function = fn(f64) -> f64;
        // Functions that are right up to a limit on both sides, or for what is more than a limit.
        let both: [(&str, Function, Function, f64); 8] = [
            ("exp", exp, f64::exp, 760.0),
            ("exp2", exp2, f64::exp2, 1100.0),
            ("expm1", expm1, f64::exp_m1, 760.0),
            ("sinh", sinh, f64::sinh, 760.0),
            ("cosh", cosh, f64::cosh, 760.0),
            ("tanh", tanh, f64::tanh, 30.0),
            ("sin", sin, f64::sin, ANGLES),
            ("cos", cos, f64::cos, ANGLES),
        ];
        for (name, ours, theirs, limit) in both {
            for x in floats(limit) {
                let (a, b) = (ours(x), theirs(x));
                assert!(apart(a, b) <= 2, "{name} {x:e}: {a:e} {b:e}");
            }
        }
        let above: [(&str, Function, Function, f64); 4] = [
            ("log", log, f64::ln, 0.0),
            ("log2", log2, f64::log2, 0.0),
            ("log10", log10, f64::log10, 0.0),
            ("log1p", log1p, f64::ln_1p, -1.0),
        ];
        for (name, ours, theirs, least) in above {
            for x in floats(f64::MAX).filter(|&x| x > least) {
                let (a, b) = (ours(x), theirs(x));
                assert!(apart(a, b) <= 2, "{name} {x:e}: {a:e} {b:e}");
            }
        }
    }

    /// A float and what it lacks of a number.
    type Double = (f64, f64);

    fn plus(a: Double, b: Double) -> Double {
        let (high, low) = sum(a.0, b.0);
        sum(high, low + (a.1 + b.1))
    }

    fn times(a: Double, b: Double) -> Double {
        let (high, low) = product(a.0, b.0);
        sum(high, low + (a.0 * b.1 + a.1 * b.0))
    }

    /// `a` by a float.
    fn by(a: Double, b: f64) -> Double {
        let first = a.0 / b;
        let (back, back_low) = product(first, b);
        sum(first, ((a.0 - back) - back_low + a.1) / b)
    }

    /// e to the power of `x`, to 100 bits: a series of a small part of it, squared.
    fn exact_exp(x: Double) -> Double {
        let small = by(x, 1024.0);
        let mut power = (1.0, 0.0);
        for n in (1..18).rev() {
            power = plus((1.0, 0.0), by(times(power, small), f64::from(n)));
        }
        for _ in 0..10 {
            power = times(power, power);
        }
        power
    }

    /// By how many units in the last place of `value` it is not what it should be.
    fn off(value: f64, exact: Double) -> f64 {
        let unit = f64::from_bits(exact.0.abs().to_bits() + 1) - exact.0.abs();
        (((value - exact.0) - exact.1) / unit).abs()
    }

    #[test]
    fn less_than_one_unit_off() {
        let mut state = 1_u64;
        for _ in 0..20_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let unit = (state >> 11) as f64 / (1_u64 << 53) as f64;
            let x = (unit - 0.5) * 40.0;
            let (up, down) = (exact_exp((x, 0.0)), exact_exp((-x, 0.0)));
            let half = |a: Double| (0.5 * a.0, 0.5 * a.1);
            assert!(off(exp(x), up) < 1.0, "exp {x:e}");
            assert!(off(expm1(x), plus(up, (-1.0, 0.0))) < 1.0, "expm1 {x:e}");
            assert!(off(cosh(x), half(plus(up, down))) < 1.0, "cosh {x:e}");
            let sinh_of = half(plus(up, (-down.0, -down.1)));
            assert!(off(sinh(x), sinh_of) < 1.0, "sinh {x:e}");
            let exact = exact_exp(times((x, 0.0), (LN_2, LN_2_LOW)));
            assert!(off(exp2(x), exact) < 1.0, "exp2 {x:e}");
            // A step of Newton's: log(y) = z + (y - e^z) / e^z, all but exact if z is near.
            let y = up.0 * (0.5 + unit);
            let z = log(y);
            let power = exact_exp((z, 0.0));
            let rest = plus((y, 0.0), (-power.0, -power.1));
            let exact = sum(z, rest.0 / power.0);
            assert!(off(z, exact) < 1.0, "log {y:e}");
            let exact_10 = times(exact, (LOG10_E, LOG10_E_LOW));
            assert!(off(log10(y), exact_10) < 1.0, "log10 {y:e}");
            let exact_2 = times(exact, (LOG2_E, LOG2_E_LOW));
            assert!(off(log2(y), exact_2) < 1.0, "log2 {y:e}");
        }
    }

    #[test]
    fn powers_have_whole_logarithms() {
        for n in -1074_i32..1024 {
            let x = exp2(f64::from(n));
            assert_eq!(log2(x), f64::from(n));
            assert_eq!(
                x,
                2.0_f64.powi(n.max(-1022)) * 2.0_f64.powi((n + 1022).min(0))
            );
        }
        let mut x = 1.0;
        for n in 0..23 {
            assert_eq!(log10(x), f64::from(n));
            x *= 10.0;
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
        assert_eq!(
            (exp2(1024.0), exp2(-1074.0), exp2(-1076.0)),
            (inf, 5e-324, 0.0)
        );
        assert_eq!(
            (expm1(-inf), expm1(800.0), log1p(-1.0), log1p(inf)),
            (-1.0, inf, -inf, inf)
        );
        assert_eq!(
            (log2(0.0), log10(0.0), log2(inf), log10(inf)),
            (-inf, -inf, inf, inf)
        );
        assert_eq!(
            (sinh(-inf), cosh(-inf), tanh(-inf), tanh(30.0)),
            (-inf, inf, -1.0, 1.0)
        );
        assert!(apart(sinh(710.4), 710.4_f64.sinh()) <= 1 && cosh(-710.5) == inf);
        assert!(log1p(-1.5).is_nan() && log2(-1.0).is_nan() && log10(-1.0).is_nan());
        type Function = fn(f64) -> f64;
        for f in [expm1 as Function, log1p, sinh, tanh] {
            for x in [0.0, -0.0, 5e-324, -5e-324, 1e-300, 1e-17] {
                assert_eq!(f(x).to_bits(), x.to_bits());
            }
            assert!(f(nan).is_nan());
        }
        assert!(
            exp2(nan).is_nan() && cosh(nan).is_nan() && log2(nan).is_nan() && log10(nan).is_nan()
        );
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
