//! The loops that compute values.

use std::ops::Range;

use super::Work;
use super::frame::Frame;
use crate::math::{self, Map1, Map2};
use crate::native;
use crate::program::{Binary, Bits, Compare, Id, Scan, Test, Unary, Value};
use crate::scalar::{Integer, Ordered, float_to_s4, float_to_s8, float_to_u8};
use crate::types::{with_integer, with_type};
use crate::wide::widely;
use crate::{BLOCK, Type};

/// One value from each of a slot's. The slots differ.
fn map1<A: Copy + 'static, R: Copy + 'static>(
    to: usize,
    a: usize,
    f: impl Fn(A) -> R + Copy + Send + Sync + 'static,
) -> Work {
    Box::new(move |frame, range| {
        // SAFETY: the argument was written, of this type, and its slot is not the result's.
        let (to, a) = unsafe { (frame.write::<R>(to, BLOCK), frame.read::<A>(a, range.end)) };
        let Range { start, end } = range;
        widely(|| {
            for (to, &a) in to[start..end].iter_mut().zip(&a[start..end]) {
                *to = f(a);
            }
        });
    })
}

/// One value from two, each. The result's slot differs from theirs.
fn map2<A: Copy + 'static, R: Copy + 'static>(
    to: usize,
    a: usize,
    b: usize,
    f: impl Fn(A, A) -> R + Copy + Send + Sync + 'static,
) -> Work {
    Box::new(move |frame, range| {
        let Range { start, end } = range;
        // SAFETY: the arguments were written, of this type, and their slots are not the result's.
        let (to, a, b) = unsafe {
            (
                frame.write::<R>(to, BLOCK),
                frame.read::<A>(a, end),
                frame.read::<A>(b, end),
            )
        };
        let (to, a, b) = (&mut to[start..end], &a[start..end], &b[start..end]);
        widely(|| {
            for k in 0..to.len().min(a.len()).min(b.len()) {
                to[k] = f(a[k], b[k]);
            }
        });
    })
}

/// A value that depends on the element's number in the piece.
fn fill<R: Copy + 'static>(
    to: usize,
    make: impl Fn(&Frame<'_>, &mut [R], usize) + Send + Sync + 'static,
) -> Work {
    Box::new(move |frame, range| {
        // SAFETY: nothing else uses the result's slot.
        let to = unsafe { frame.write::<R>(to, range.end) };
        make(frame, &mut to[range.start..], range.start);
    })
}

/// The loop of a value other than `count`, `scan`, `acc`, `call`.
pub fn value(value: &Value, to: usize, slot: &dyn Fn(Id) -> usize) -> Work {
    match *value {
        Value::In {
            input,
            offset,
            ty,
            big,
            bits,
        } => field(input, offset as usize, ty, big, bits, to),
        Value::Par { index, ty } => with_type!(ty, T => fill::<T>(to, move |frame, to, _| {
            to.fill(frame.parameter(index));
        })),
        Value::Cast { from, to: into, a } => cast(from, into, to, slot(a)),
        Value::Binary { op, ty, a, b } => binary(op, ty, to, slot(a), slot(b)),
        Value::Compare { op, ty, a, b } => compare(op, ty, to, slot(a), slot(b)),
        Value::Unary { op, ty, a } => unary(op, ty, to, slot(a)),
        Value::Test { op, ty, a } => match ty {
            Type::F4 => test!(op, f32, to, slot(a)),
            _ => test!(op, f64, to, slot(a)),
        },
        Value::Where { ty, c, a, b } => {
            let (c, a, b) = (slot(c), slot(a), slot(b));
            with_type!(ty, T => choose::<T>(to, c, a, b))
        }
        Value::Pos | Value::Acc { .. } | Value::Count | Value::Scan { .. } | Value::Call { .. } => {
            fill::<i64>(to, |frame, to, start| {
                let first = (frame.piece.position + start) as i64;
                for (k, to) in to.iter_mut().enumerate() {
                    *to = first + k as i64;
                }
            })
        }
    }
}

macro_rules! test {
    ($op:expr, $F:ident, $to:expr, $a:expr) => {
        match $op {
            Test::IsNan => map1($to, $a, |a: $F| a.is_nan()),
            Test::IsInf => map1($to, $a, |a: $F| a.is_infinite()),
            Test::IsFinite => map1($to, $a, |a: $F| a.is_finite()),
        }
    };
}
use test;

fn choose<T: Copy + 'static>(to: usize, c: usize, a: usize, b: usize) -> Work {
    Box::new(move |frame, range| {
        let Range { start, end } = range;
        // SAFETY: the arguments were written, of these types, and their slots are not the result's.
        let (to, c, a, b) = unsafe {
            (
                frame.write::<T>(to, BLOCK),
                frame.read::<bool>(c, end),
                frame.read::<T>(a, end),
                frame.read::<T>(b, end),
            )
        };
        let (to, c) = (&mut to[start..end], &c[start..end]);
        let (a, b) = (&a[start..end], &b[start..end]);
        widely(|| {
            for k in 0..to.len().min(c.len()).min(a.len()).min(b.len()) {
                to[k] = if c[k] { a[k] } else { b[k] };
            }
        });
    })
}

/// Reads fields, and changes them to values in place.
fn field(input: u32, offset: usize, ty: Type, big: bool, bits: Option<Bits>, to: usize) -> Work {
    fn load<T: Copy>(
        input: u32,
        offset: usize,
        to: usize,
        change: impl Fn(&mut [T]) + Send + Sync + 'static,
    ) -> Work {
        Box::new(move |frame, range| {
            let source = frame.source(input);
            // SAFETY: the field lies within each element, which is readable; the result's slot has room, and nothing
            // else uses it.
            let to = unsafe {
                let to = &mut frame.write::<T>(to, range.end)[range.start..];
                let at = source.at.offset(source.stride * range.start as isize);
                let from = at.add(offset);
                let size = size_of::<T>();
                chunkarray_core::load_parts(
                    to.as_mut_ptr().cast(),
                    from,
                    source.stride,
                    to.len(),
                    size,
                );
                to
            };
            change(to);
        })
    }
    if ty == Type::Bool {
        // What lies there may be any byte, which no `bool` is.
        return load::<u8>(input, offset, to, |to| {
            widely(|| to.iter_mut().for_each(|byte| *byte = u8::from(*byte != 0)));
        });
    }
    match (ty, big) {
        (Type::F4, true) => load::<u32>(input, offset, to, |to| {
            widely(|| to.iter_mut().for_each(|word| *word = word.swap_bytes()));
        }),
        (Type::F8, true) => load::<u64>(input, offset, to, |to| {
            widely(|| to.iter_mut().for_each(|word| *word = word.swap_bytes()));
        }),
        (Type::F4, false) => load::<u32>(input, offset, to, |_| ()),
        (Type::F8, false) => load::<u64>(input, offset, to, |_| ()),
        _ => with_integer!(ty, T => match (big, bits) {
            (false, None) => load::<T>(input, offset, to, |_| ()),
            (true, None) => load::<T>(input, offset, to, |to| {
                widely(|| to.iter_mut().for_each(|word| *word = word.swap_bytes()));
            }),
            (_, Some(Bits { shift, width })) => load::<T>(input, offset, to, move |to| {
                // Up, so that what is above is lost, and down again, with the sign where there is one.
                let (up, down) = (T::BITS - shift - width, T::BITS - width);
                widely(|| {
                    for word in to {
                        let whole = if big { word.swap_bytes() } else { *word };
                        *word = whole.wrapping_shl(up).wrapping_shr(down);
                    }
                });
            }),
        }),
    }
}

fn cast(from: Type, into: Type, to: usize, a: usize) -> Work {
    /// From an integer or BOOL.
    macro_rules! from_integer {
        ($A:ident) => {
            match into {
                Type::F4 => map1(to, a, |a: $A| a as f32),
                Type::F8 => map1(to, a, |a: $A| a as f64),
                Type::Bool => map1(to, a, |a: $A| a != 0),
                _ => with_integer!(into, R => map1(to, a, |a: $A| a as R)),
            }
        };
    }
    macro_rules! from_float {
        ($A:ident) => {
            match into {
                Type::F4 => map1(to, a, |a: $A| a as f32),
                Type::F8 => map1(to, a, |a: $A| a as f64),
                Type::Bool => map1(to, a, |a: $A| a != 0.0),
                Type::U4 => map1(to, a, |a: $A| float_to_s8(a.into()) as u32),
                Type::U8 => map1(to, a, |a: $A| float_to_u8(a.into())),
                Type::S8 => map1(to, a, |a: $A| float_to_s8(a.into())),
                _ => with_integer!(into, R => map1(to, a, |a: $A| float_to_s4(a.into()) as R)),
            }
        };
    }
    match from {
        // A `bool` is a byte of 0 or 1.
        Type::Bool => from_integer!(u8),
        Type::F4 => from_float!(f32),
        Type::F8 => from_float!(f64),
        _ => with_integer!(from, A => from_integer!(A)),
    }
}

#[allow(clippy::bool_comparison)] // One of the types is BOOL.
fn compare(op: Compare, ty: Type, to: usize, a: usize, b: usize) -> Work {
    with_type!(ty, T => match op {
        Compare::Eq => map2(to, a, b, |a: T, b: T| a == b),
        Compare::Ne => map2(to, a, b, |a: T, b: T| a != b),
        Compare::Lt => map2(to, a, b, |a: T, b: T| a < b),
        Compare::Le => map2(to, a, b, |a: T, b: T| a <= b),
        Compare::Gt => map2(to, a, b, |a: T, b: T| a > b),
        Compare::Ge => map2(to, a, b, |a: T, b: T| a >= b),
    })
}

/// Both arguments' routine.
fn routine2<T: Copy>(routine: Map2, to: usize, a: usize, b: usize) -> Work {
    Box::new(move |frame, range| {
        // SAFETY: the arguments were written, of this type, and their slots are not the result's.
        unsafe {
            let to = &mut frame.write::<T>(to, range.end)[range.start..];
            let a = &frame.read::<T>(a, range.end)[range.start..];
            let b = &frame.read::<T>(b, range.end)[range.start..];
            routine(
                a.as_ptr().cast(),
                b.as_ptr().cast(),
                to.as_mut_ptr().cast(),
                to.len(),
            );
        }
    })
}

fn routine1<T: Copy>(routine: Map1, to: usize, a: usize) -> Work {
    Box::new(move |frame, range| {
        // SAFETY: the argument was written, of this type, and its slot is not the result's.
        unsafe {
            let to = &mut frame.write::<T>(to, range.end)[range.start..];
            let a = &frame.read::<T>(a, range.end)[range.start..];
            routine(a.as_ptr().cast(), to.as_mut_ptr().cast(), to.len());
        }
    })
}

fn binary(op: Binary, ty: Type, to: usize, a: usize, b: usize) -> Work {
    if let Some(routine) = math::binary(op, ty) {
        return with_type!(ty, T => routine2::<T>(routine, to, a, b));
    }
    match op {
        Binary::Min => return with_type!(ty, T => map2(to, a, b, |a: T, b: T| a.lesser(b))),
        Binary::Max => return with_type!(ty, T => map2(to, a, b, |a: T, b: T| a.greater(b))),
        _ => {}
    }
    macro_rules! float {
        ($F:ident) => {
            match op {
                Binary::Add => map2(to, a, b, |a: $F, b: $F| a + b),
                Binary::Sub => map2(to, a, b, |a: $F, b: $F| a - b),
                Binary::Mul => map2(to, a, b, |a: $F, b: $F| a * b),
                // The others are none of floats, or are routines.
                _ => map2(to, a, b, |a: $F, b: $F| a / b),
            }
        };
    }
    match ty {
        Type::F4 => float!(f32),
        Type::F8 => float!(f64),
        Type::Bool => match op {
            Binary::And => map2(to, a, b, |a: bool, b: bool| a & b),
            Binary::Or => map2(to, a, b, |a: bool, b: bool| a | b),
            _ => map2(to, a, b, |a: bool, b: bool| a ^ b),
        },
        _ => with_integer!(ty, T => integer_binary!(op, T, to, a, b)),
    }
}

macro_rules! integer_binary {
    ($op:expr, $T:ident, $to:expr, $a:expr, $b:expr) => {
        match $op {
            Binary::Add => map2($to, $a, $b, |a: $T, b: $T| a.wrapping_add(b)),
            Binary::Sub => map2($to, $a, $b, |a: $T, b: $T| a.wrapping_sub(b)),
            Binary::Mul => map2($to, $a, $b, |a: $T, b: $T| a.wrapping_mul(b)),
            Binary::And => map2($to, $a, $b, |a: $T, b: $T| a & b),
            Binary::Or => map2($to, $a, $b, |a: $T, b: $T| a | b),
            Binary::Xor => map2($to, $a, $b, |a: $T, b: $T| a ^ b),
            Binary::Shl => map2($to, $a, $b, |a: $T, b: $T| {
                let inside = (b as u64) < u64::from($T::BITS);
                let shifted = a.wrapping_shl(b as u32);
                if inside { shifted } else { 0 }
            }),
            Binary::Shr => map2($to, $a, $b, |a: $T, b: $T| {
                let inside = (b as u64) < u64::from($T::BITS);
                let shifted = a.wrapping_shr(b as u32);
                // Half of the bits twice: all of them.
                let beyond = a.wrapping_shr($T::BITS / 2).wrapping_shr($T::BITS / 2);
                if inside { shifted } else { beyond }
            }),
            Binary::FloorDiv => map2($to, $a, $b, |a: $T, b: $T| {
                if b == 0 {
                    return 0;
                }
                let (quotient, rest) = (a.wrapping_div(b), a.wrapping_rem(b));
                // Of opposite signs: rounded towards zero, which is up.
                let up = rest != 0 && (rest ^ b).is_below_zero();
                if up {
                    quotient.wrapping_sub(1)
                } else {
                    quotient
                }
            }),
            _ => map2($to, $a, $b, |a: $T, b: $T| {
                if b == 0 {
                    return 0;
                }
                let rest = a.wrapping_rem(b);
                let up = rest != 0 && (rest ^ b).is_below_zero();
                if up { rest.wrapping_add(b) } else { rest }
            }),
        }
    };
}
use integer_binary;

fn unary(op: Unary, ty: Type, to: usize, a: usize) -> Work {
    if let Some(routine) = math::unary(op, ty) {
        return with_type!(ty, T => routine1::<T>(routine, to, a));
    }
    macro_rules! float {
        ($F:ident) => {
            match op {
                Unary::Neg => map1(to, a, |a: $F| -a),
                Unary::Abs => map1(to, a, |a: $F| a.abs()),
                Unary::Sqrt => map1(to, a, |a: $F| a.sqrt()),
                Unary::Floor => map1(to, a, |a: $F| a.floor()),
                Unary::Ceil => map1(to, a, |a: $F| a.ceil()),
                Unary::Round => map1(to, a, |a: $F| a.round_ties_even()),
                Unary::Trunc => map1(to, a, |a: $F| a.trunc()),
                // The others are none of floats, or are routines.
                _ => map1(to, a, |a: $F| {
                    let one = (1.0 as $F).copysign(a);
                    let zero = if a == 0.0 { 0.0 } else { one };
                    if a.is_nan() { a } else { zero }
                }),
            }
        };
    }
    match ty {
        Type::F4 => float!(f32),
        Type::F8 => float!(f64),
        Type::Bool => map1(to, a, |a: bool| !a),
        _ => with_integer!(ty, T => integer_unary!(op, T, to, a)),
    }
}

macro_rules! integer_unary {
    ($op:expr, $T:ident, $to:expr, $a:expr) => {
        match $op {
            Unary::Neg => map1($to, $a, |a: $T| a.wrapping_neg()),
            Unary::Not => map1($to, $a, |a: $T| !a),
            Unary::Popcount => map1($to, $a, |a: $T| a.count_ones() as $T),
            Unary::Clz => map1($to, $a, |a: $T| a.leading_zeros() as $T),
            Unary::Ctz => map1($to, $a, |a: $T| a.trailing_zeros() as $T),
            Unary::Bswap => map1($to, $a, |a: $T| a.swap_bytes()),
            Unary::Abs => map1($to, $a, |a: $T| {
                if a.is_below_zero() {
                    a.wrapping_neg()
                } else {
                    a
                }
            }),
            // What is left is the sign.
            _ => map1($to, $a, |a: $T| {
                let minus = (0 as $T).wrapping_sub(1);
                if a.is_below_zero() {
                    minus
                } else {
                    $T::from(a != 0)
                }
            }),
        }
    };
}
use integer_unary;

/// How many elements came here before each.
pub fn count(to: usize, word: usize, masked: bool) -> Work {
    fill::<i64>(to, move |frame, to, start| {
        // SAFETY: the state has this word.
        let state = unsafe { &mut *frame.state::<i64>(word) };
        let mask = masked.then(|| &frame.mask(start + to.len())[start..]);
        for (k, to) in to.iter_mut().enumerate() {
            *to = *state;
            *state += mask.map_or(1, |mask| i64::from(mask[k]));
        }
    })
}

/// A running result.
pub fn scan(op: Scan, ty: Type, to: usize, a: usize, word: usize, masked: bool) -> Work {
    fn running<T: Copy + 'static>(
        to: usize,
        a: usize,
        word: usize,
        masked: bool,
        f: impl Fn(T, T) -> T + Send + Sync + 'static,
    ) -> Work {
        fill::<T>(to, move |frame, to, start| {
            let end = start + to.len();
            // SAFETY: the argument was written, of this type, not to the result's slot; the state has this word.
            let (a, state) = unsafe {
                (
                    &frame.read::<T>(a, end)[start..],
                    &mut *frame.state::<T>(word),
                )
            };
            let mask = masked.then(|| &frame.mask(end)[start..]);
            for (k, (to, &a)) in to.iter_mut().zip(a).enumerate() {
                if mask.is_none_or(|mask| mask[k] != 0) {
                    *state = f(*state, a);
                }
                *to = *state;
            }
        })
    }
    match (op, ty) {
        (Scan::Min, _) => {
            with_type!(ty, T => running::<T>(to, a, word, masked, |x, y| x.lesser(y)))
        }
        (Scan::Max, _) => {
            with_type!(ty, T => running::<T>(to, a, word, masked, |x, y| x.greater(y)))
        }
        (Scan::Sum, Type::F4) => running::<f32>(to, a, word, masked, |x, y| x + y),
        (Scan::Sum, Type::F8) => running::<f64>(to, a, word, masked, |x, y| x + y),
        (Scan::Sum, _) => {
            with_integer!(ty, T => running::<T>(to, a, word, masked, |x, y| x.wrapping_add(y)))
        }
    }
}

/// What a function gives.
pub fn call(value: &Value, to: usize, slot: &dyn Fn(Id) -> usize, masked: bool) -> Work {
    let Value::Call {
        function,
        ty,
        arguments,
    } = *value
    else {
        unreachable!("only calls are");
    };
    let arguments = arguments.map(|argument| argument.map(|(ty, a)| (ty.size(), slot(a))));
    Box::new(move |frame, range| {
        let count = range.len();
        let place = |argument: Option<(usize, usize)>| match argument {
            Some((size, slot)) => frame
                .slot(slot)
                .wrapping_add(size * range.start)
                .cast_const(),
            None => std::ptr::null(),
        };
        let [a, b, c, d] = arguments.map(place);
        let mask = match masked {
            true => frame.mask(range.end)[range.start..].as_ptr(),
            false => std::ptr::null(),
        };
        let to = frame.slot(to).wrapping_add(ty.size() * range.start);
        // SAFETY: the piece has this function; the arguments were written, of its types, and their slots are not the
        // result's.
        unsafe {
            let bound = frame.piece.functions.add(function as usize);
            native::call(bound, mask, count, to, a, b, c, d);
        }
    })
}

/// What an accumulator holds.
pub fn accumulator(ty: Type, to: usize, word: usize) -> Work {
    with_type!(ty, T => fill::<T>(to, move |frame, to, _| {
        // SAFETY: the state has this word.
        to.fill(unsafe { *frame.state::<T>(word) });
    }))
}

/// What an accumulator becomes.
pub fn keep(ty: Type, a: usize, word: usize) -> Work {
    with_type!(ty, T => Box::new(move |frame: &Frame<'_>, range: Range<usize>| {
        // SAFETY: the value was written, of this type; the state has this word.
        unsafe {
            if let Some(&last) = frame.read::<T>(a, range.end).last() {
                *frame.state::<T>(word) = last;
            }
        }
    }))
}
