//! What one operation gives for one value, where Rust has no such operation: the same in every engine.

/// The lesser and the greater of two floats: NaN if one is, and -0.0 is less than 0.0.
pub trait Ordered: Copy {
    fn lesser(self, other: Self) -> Self;
    fn greater(self, other: Self) -> Self;
}

macro_rules! ordered_floats {
    ($($float:ident)*) => {$(
        impl Ordered for $float {
            #[inline(always)]
            fn lesser(self, other: Self) -> Self {
                // Zeros are the only equal ones with different bits; the sum of NaN and anything is NaN.
                let equal = $float::from_bits(self.to_bits() | other.to_bits());
                let unordered = self + other;
                let same = if self == other { equal } else { unordered };
                let more = if other < self { other } else { same };
                if self < other { self } else { more }
            }

            #[inline(always)]
            fn greater(self, other: Self) -> Self {
                let equal = $float::from_bits(self.to_bits() & other.to_bits());
                let unordered = self + other;
                let same = if self == other { equal } else { unordered };
                let less = if other > self { other } else { same };
                if self > other { self } else { less }
            }
        }
    )*};
}
ordered_floats!(f32 f64);

macro_rules! ordered {
    ($($integer:ident)*) => {$(
        impl Ordered for $integer {
            #[inline(always)]
            fn lesser(self, other: Self) -> Self {
                self.min(other)
            }

            #[inline(always)]
            fn greater(self, other: Self) -> Self {
                self.max(other)
            }
        }
    )*};
}
ordered!(bool u8 u16 u32 u64 i8 i16 i32 i64);

/// Integers, those without a sign too.
pub trait Integer: Copy {
    fn is_below_zero(self) -> bool;
}

macro_rules! integers {
    ($($unsigned:ident $signed:ident)*) => {$(
        impl Integer for $unsigned {
            #[inline(always)]
            fn is_below_zero(self) -> bool {
                false
            }
        }

        impl Integer for $signed {
            #[inline(always)]
            fn is_below_zero(self) -> bool {
                self < 0
            }
        }
    )*};
}
integers!(u8 i8 u16 i16 u32 i32 u64 i64);

/// What argmin and argmax look for: NaN is in front of all, and behind all.
pub trait Best: Copy {
    fn is_before(self, other: Self) -> bool;
    fn is_behind(self, other: Self) -> bool;
}

macro_rules! best {
    ($is_nan:expr; $($number:ident)*) => {$(
        impl Best for $number {
            #[inline(always)]
            fn is_before(self, other: Self) -> bool {
                self < other || $is_nan(self as _) && !$is_nan(other as _)
            }

            #[inline(always)]
            fn is_behind(self, other: Self) -> bool {
                self > other || $is_nan(self as _) && !$is_nan(other as _)
            }
        }
    )*};
}
best!(f64::is_nan; f32 f64);
best!(|_: u8| false; bool u8 u16 u32 u64 i8 i16 i32 i64);

/// See [`Value::Cast`](crate::Value::Cast).
#[inline(always)]
pub fn float_to_s8(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) {
        // SAFETY: just checked; NaN is in no range.
        unsafe { value.to_int_unchecked() }
    } else {
        i64::MIN
    }
}

/// See [`Value::Cast`](crate::Value::Cast).
#[inline(always)]
pub fn float_to_s4(value: f64) -> i32 {
    if value > -2_147_483_649.0 && value < 2_147_483_648.0 {
        // SAFETY: just checked.
        unsafe { value.to_int_unchecked() }
    } else {
        i32::MIN
    }
}

/// See [`Value::Cast`](crate::Value::Cast).
#[inline(always)]
pub fn float_to_u8(value: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    if value >= HALF {
        float_to_s8(value - HALF) as u64 ^ 1 << 63
    } else {
        float_to_s8(value) as u64
    }
}

/// Integers by squaring, wrapping; the exponent's bits are an unsigned number.
macro_rules! powers {
    ($($name:ident $integer:ident)*) => {$(
        #[inline(always)]
        pub fn $name(base: $integer, exponent: u64) -> $integer {
            let (mut base, mut exponent, mut power): ($integer, u64, $integer) = (base, exponent, 1);
            while exponent != 0 {
                if exponent & 1 != 0 {
                    power = power.wrapping_mul(base);
                }
                base = base.wrapping_mul(base);
                exponent >>= 1;
            }
            power
        }
    )*};
}
powers!(pow_u1 u8 pow_u2 u16 pow_u4 u32 pow_u8 u64);

/// Division of floats as Python and NumPy define it.
macro_rules! float_divisions {
    ($($floor_div:ident $modulo:ident $float:ident)*) => {$(
        #[inline]
        pub fn $floor_div(a: $float, b: $float) -> $float {
            if b == 0.0 {
                return a / b;
            }
            let rest = a % b;
            let mut quotient = (a - rest) / b;
            if rest != 0.0 && (b < 0.0) != (rest < 0.0) {
                quotient -= 1.0;
            }
            if quotient == 0.0 {
                return (0.0 as $float).copysign(a / b);
            }
            let floor = quotient.floor();
            if quotient - floor > 0.5 { floor + 1.0 } else { floor }
        }

        #[inline]
        pub fn $modulo(a: $float, b: $float) -> $float {
            let rest = a % b;
            if b == 0.0 {
                return rest;
            }
            if rest == 0.0 {
                return (0.0 as $float).copysign(b);
            }
            if (b < 0.0) != (rest < 0.0) { rest + b } else { rest }
        }
    )*};
}
float_divisions!(floor_div_f4 mod_f4 f32 floor_div_f8 mod_f8 f64);
