//! The loops of terminals.

use super::Work;
use super::frame::Frame;
use crate::Type;
use crate::layout::{LANES, least, most};
use crate::program::{Id, Terminal};
use crate::scalar::Ordered;
use crate::types::{with_integer, with_type};
use crate::wide::widely;

/// The loop of a terminal that is fused; none of the others.
pub fn fused(
    terminal: &Terminal,
    slot: &dyn Fn(Id) -> usize,
    word: usize,
    masked: bool,
) -> Option<Work> {
    Some(match *terminal {
        Terminal::Sum { ty: Type::F4, a } => float_sum::<f32>(slot(a), word, masked),
        Terminal::Sum { ty: Type::F8, a } => float_sum::<f64>(slot(a), word, masked),
        // BOOL lies as a byte of 0 or 1.
        Terminal::Sum { ty: Type::Bool, a } => integer_sum!(u8, slot(a), word, masked),
        Terminal::Sum { ty, a } => with_integer!(ty, T => integer_sum!(T, slot(a), word, masked)),
        Terminal::Min { ty, a } => {
            let start = most(ty);
            with_type!(ty, T => best::<T>(slot(a), word, masked, start, Ordered::lesser))
        }
        Terminal::Max { ty, a } => {
            let start = least(ty);
            with_type!(ty, T => best::<T>(slot(a), word, masked, start, Ordered::greater))
        }
        Terminal::Any { a } => {
            let reduce = |state: bool, a: bool| state | a;
            truths(slot(a), word, masked, false, reduce)
        }
        Terminal::All { a } => truths(slot(a), word, masked, true, |state, a| state & a),
        _ => return None,
    })
}

/// Adds to lanes by position: what is not marked adds -0.0, which changes nothing.
fn float_sum<F: Copy + Into<f64> + 'static>(a: usize, word: usize, masked: bool) -> Work {
    #[inline(always)]
    fn add<F: Copy + Into<f64>>(
        lanes: &mut [f64; LANES],
        first: usize,
        values: &[F],
        what: impl Fn(usize, F) -> f64,
    ) {
        let mut k = 0;
        let head = (LANES - first % LANES) % LANES;
        for &value in &values[..head.min(values.len())] {
            lanes[(first + k) % LANES] += what(k, value);
            k += 1;
        }
        let (whole, rest) = values[k..].as_chunks::<LANES>();
        let mut sums = *lanes;
        for eight in whole {
            for (lane, &value) in eight.iter().enumerate() {
                sums[lane] += what(k + lane, value);
            }
            k += LANES;
        }
        *lanes = sums;
        for (lane, &value) in rest.iter().enumerate() {
            lanes[lane] += what(k + lane, value);
        }
    }
    Box::new(move |frame, range| {
        let count = range.end;
        // SAFETY: the value was written, of this type; the state has these words.
        let (values, lanes) = unsafe {
            (
                frame.read::<F>(a, count),
                &mut *frame.state::<[f64; LANES]>(word),
            )
        };
        let first = frame.piece.position;
        if masked {
            let mask = &frame.mask(count)[..values.len()];
            widely(|| {
                add(lanes, first, values, |k, value| {
                    let value = value.into();
                    if mask[k] != 0 { value } else { -0.0 }
                });
            });
        } else {
            widely(|| add(lanes, first, values, |_, value| value.into()));
        }
    })
}

macro_rules! integer_sum {
    ($T:ty, $slot:expr, $word:expr, $masked:expr) => {{
        let (slot, word, masked) = ($slot, $word, $masked);
        Box::new(move |frame: &Frame<'_>, range: std::ops::Range<usize>| {
            // SAFETY: the value was written, of this type; the state has this word.
            let (values, state) = unsafe {
                (
                    frame.read::<$T>(slot, range.end),
                    &mut *frame.state::<u64>(word),
                )
            };
            let sum = if masked {
                let mask = frame.mask(range.end);
                widely(|| {
                    let both = values.iter().zip(mask);
                    both.fold(0_u64, |sum, (&value, &mark)| {
                        let kept = (value as i64 as u64) & 0_u64.wrapping_sub(mark.into());
                        sum.wrapping_add(kept)
                    })
                })
            } else {
                widely(|| {
                    let all = values.iter();
                    all.fold(0_u64, |sum, &value| sum.wrapping_add(value as i64 as u64))
                })
            };
            *state = state.wrapping_add(sum);
        })
    }};
}
use integer_sum;

/// The least or greatest: it doesn't matter in which order.
fn best<T: Copy + Send + Sync + 'static>(
    a: usize,
    word: usize,
    masked: bool,
    start: u64,
    better: impl Fn(T, T) -> T + Copy + Send + Sync + 'static,
) -> Work {
    #[inline(always)]
    fn of<T: Copy>(
        start: T,
        values: &[T],
        better: impl Fn(T, T) -> T,
        what: impl Fn(usize, T) -> T,
    ) -> T {
        // Several at a time, so that none waits for the one before.
        let mut lanes = [start; 16];
        let (whole, rest) = values.as_chunks::<16>();
        let mut k = 0;
        for some in whole {
            for (lane, &value) in some.iter().enumerate() {
                lanes[lane] = better(lanes[lane], what(k + lane, value));
            }
            k += 16;
        }
        for (lane, &value) in rest.iter().enumerate() {
            lanes[lane] = better(lanes[lane], what(k + lane, value));
        }
        lanes.into_iter().fold(start, better)
    }
    // SAFETY: the first bytes of the word are the type's value.
    let start: T = unsafe { std::mem::transmute_copy(&start) };
    Box::new(move |frame, range| {
        // SAFETY: the value was written, of this type; the state has this word.
        let (values, state) =
            unsafe { (frame.read::<T>(a, range.end), &mut *frame.state::<T>(word)) };
        let found = if masked {
            let mask = &frame.mask(range.end)[..values.len()];
            widely(|| {
                of(start, values, better, |k, value| {
                    if mask[k] != 0 { value } else { start }
                })
            })
        } else {
            widely(|| of(start, values, better, |_, value| value))
        };
        *state = better(*state, found);
    })
}

fn truths(
    a: usize,
    word: usize,
    masked: bool,
    neutral: bool,
    reduce: impl Fn(bool, bool) -> bool + Send + Sync + 'static,
) -> Work {
    Box::new(move |frame, range| {
        // SAFETY: the value was written, as BOOL; the state has this word, of 0 or 1.
        let (values, state) = unsafe {
            (
                frame.read::<bool>(a, range.end),
                &mut *frame.state::<bool>(word),
            )
        };
        let found = if masked {
            let both = values.iter().zip(frame.mask(range.end));
            both.fold(neutral, |found, (&value, &mark)| {
                reduce(found, if mark != 0 { value } else { neutral })
            })
        } else {
            values
                .iter()
                .fold(neutral, |found, &value| reduce(found, value))
        };
        *state = reduce(*state, found);
    })
}

/// Writes the values of those that came to the end side by side.
pub fn column(ty: Type, a: usize, column: usize, masked: bool) -> Work {
    fn compact<T: Copy + 'static>(a: usize, column: usize, masked: bool) -> Work {
        Box::new(move |frame, range| {
            let count = range.end;
            // SAFETY: the value was written, of this size; the column has room for all of them, and one more.
            unsafe {
                let values = frame.read::<T>(a, count);
                let to: *mut T = (*frame.piece.columns.add(column)).cast();
                if masked {
                    let mut next = 0;
                    // Each is written, and the next one over it where it is not marked: no branch to guess.
                    for (&value, &mark) in values.iter().zip(frame.mask(count)) {
                        *to.add(next) = value;
                        next += usize::from(mark);
                    }
                } else {
                    std::ptr::copy_nonoverlapping(values.as_ptr(), to, count);
                }
            }
        })
    }
    match ty.size() {
        1 => compact::<u8>(a, column, masked),
        2 => compact::<u16>(a, column, masked),
        4 => compact::<u32>(a, column, masked),
        _ => compact::<u64>(a, column, masked),
    }
}
