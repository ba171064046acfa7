//! Binary search among sorted elements.

use std::ops::Range;

use super::window::{Window, check};
use crate::{DType, Error, Exclusive, Kind, RawArray};

/// A number from outside, compared with elements by value whatever their type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An integer.
    Int(i128),
    /// A float. NaN stands for "not a time" too.
    Float(f64),
}

impl Number {
    /// The integer that equals this number, if there is one.
    ///
    /// ```
    /// use chunkarray_core::kernels::Number;
    ///
    /// assert_eq!(Number::Float(3.0).as_integer(), Some(3));
    /// assert_eq!(Number::Float(3.5).as_integer(), None);
    /// ```
    pub fn as_integer(self) -> Option<i128> {
        match self {
            Number::Int(integer) => Some(integer),
            // Larger ones are integers too, but no element's.
            Number::Float(float) if float.abs() < 1e38 && float.fract() == 0.0 => {
                Some(float as i128)
            }
            Number::Float(_) => None,
        }
    }

    /// The bits of the float of `size` bytes that equals this number, if there is one.
    pub(super) fn as_float(self, size: usize) -> Option<u64> {
        let wide = match self {
            Number::Float(float) => float,
            Number::Int(integer) => {
                let float = integer as f64;
                // Beyond this the conversion back would saturate.
                if float.abs() > 1e38 || float as i128 != integer {
                    return None;
                }
                float
            }
        };
        if size == 8 {
            return (!wide.is_nan()).then_some(wide.to_bits());
        }
        let narrow = wide as f32;
        (f64::from(narrow) == wide).then_some(u64::from(narrow.to_bits()))
    }
}

/// What the elements in front of the place that is looked for have in common.
#[derive(Clone, Copy, Debug)]
enum Goal {
    All,
    None,
    NotNan,
    /// Less than the bound, or equal to it where that is wanted.
    Float(f64, bool),
    /// At most this, in signed order.
    Signed(i64),
    /// At most this, in unsigned order.
    Unsigned(u64),
    /// At most this; the least value comes last.
    Time(i64),
    NotNat,
}

impl Goal {
    /// The goal of a search for `number`: the elements less than it, or with `right` those not greater either.
    fn new(dtype: &DType, number: Number, right: bool) -> Goal {
        if let Number::Float(nan) = number
            && nan.is_nan()
        {
            return match (dtype.kind(), right) {
                (_, true) => Goal::All,
                (Kind::F, false) => Goal::NotNan,
                (Kind::Time(_) | Kind::Span(_), false) => Goal::NotNat,
                (_, false) => Goal::All,
            };
        }
        if dtype.kind() == Kind::F {
            return match number {
                Number::Float(float) => Goal::Float(float, right),
                Number::Int(integer) => {
                    let float = integer as f64;
                    // No float lies between an integer and the float next to it.
                    match (float as i128).cmp(&integer) {
                        std::cmp::Ordering::Less => Goal::Float(float, true),
                        std::cmp::Ordering::Equal => Goal::Float(float, right),
                        std::cmp::Ordering::Greater => Goal::Float(float, false),
                    }
                }
            };
        }
        // The greatest integer that lies in front.
        let most = match number {
            Number::Int(integer) => integer.saturating_sub(i128::from(!right)),
            Number::Float(float) if float.fract() == 0.0 => {
                (float as i128).saturating_sub(i128::from(!right))
            }
            Number::Float(float) => float.floor() as i128,
        };
        let time = matches!(dtype.kind(), Kind::Time(_) | Kind::Span(_));
        match dtype.integer_range() {
            // No integer dtype is without a range.
            None => Goal::None,
            Some((least, _)) if most < least + i128::from(time) => Goal::None,
            Some((_, greatest)) if most >= greatest => {
                if time {
                    Goal::NotNat
                } else {
                    Goal::All
                }
            }
            Some(_) if time => Goal::Time(most as i64),
            Some((0, _)) => Goal::Unsigned(most as u64),
            Some(_) => Goal::Signed(most as i64),
        }
    }

    /// How many of `count` elements, sorted with those that fulfil the goal in front, fulfil it. `word` gives the bytes
    /// of the `k`th in an integer, in memory's order.
    #[inline(always)]
    fn run(self, dtype: &DType, count: usize, word: impl Fn(usize) -> u64) -> usize {
        let bits = 8 * dtype.item_size() as u32;
        let swapped = !dtype.is_native();
        let value = |k| {
            let word = word(k);
            if swapped {
                word.swap_bytes() >> (64 - bits)
            } else {
                word
            }
        };
        let signed = |k| (value(k) << (64 - bits)) as i64 >> (64 - bits);
        let float = |k| {
            if bits == 64 {
                f64::from_bits(value(k))
            } else {
                f64::from(f32::from_bits(value(k) as u32))
            }
        };
        match self {
            Goal::All => count,
            Goal::None => 0,
            Goal::NotNan => partition(count, |k| !float(k).is_nan()),
            Goal::Float(bound, true) => partition(count, |k| float(k) <= bound),
            Goal::Float(bound, false) => partition(count, |k| float(k) < bound),
            Goal::Signed(most) => partition(count, |k| signed(k) <= most),
            Goal::Unsigned(most) => partition(count, |k| value(k) <= most),
            Goal::Time(most) => partition(count, |k| {
                let value = signed(k);
                value <= most && value != i64::MIN
            }),
            Goal::NotNat => partition(count, |k| signed(k) != i64::MIN),
        }
    }
}

/// How many of `count` elements are in front, where all that are come before all that are not.
#[inline(always)]
fn partition(count: usize, in_front: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut len) = (0, count);
    // Elements may change meanwhile: the result is then any number up to `count`.
    while len > 0 {
        let half = len / 2;
        if in_front(low + half) {
            low += half + 1;
            len -= half + 1;
        } else {
            len = half;
        }
    }
    low
}

/// Where a number belongs among sorted elements at `count` positions from `start` on, `step` apart: in front of those
/// equal to it, or with `right` behind them. NaN and "not a time" come last.
///
/// ```
/// use chunkarray_core::kernels::{Number, search_sorted};
/// use chunkarray_core::{DType, Options, RawArray};
///
/// let array = RawArray::new(8, &Options::default())?;
/// array.extend(&[1.0, 2.0, 2.0, f64::NAN])?;
/// let find = |number, right| {
///     // SAFETY: nobody else has the array.
///     unsafe { search_sorted(&array, 0, 1, 4, &DType::parse("F8").unwrap(), number, right) }
/// };
/// assert_eq!((find(Number::Int(2), false)?, find(Number::Int(2), true)?), (1, 3));
/// assert_eq!(find(Number::Float(f64::NAN), false)?, 3);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
///
/// # Safety
/// No chunk of the array is given back during the call (`close_and_release`, `shrink`).
pub unsafe fn search_sorted(
    array: &RawArray,
    start: usize,
    step: isize,
    count: usize,
    dtype: &DType,
    number: Number,
    right: bool,
) -> Result<usize, Error> {
    check(array, start, step, count)?;
    if array.element_size() != dtype.size() || !dtype.shape().is_empty() {
        return Err(Error::SizeMismatch {
            given: dtype.item_size(),
            element_size: array.element_size(),
        });
    }
    let at = |k: usize| start.wrapping_add_signed(step.wrapping_mul(k as isize));
    let goal = Goal::new(dtype, number, right);
    // SAFETY: `check` saw a length with all these positions; the sizes agree.
    Ok(unsafe {
        match dtype.size() {
            1 => goal.run(dtype, count, |k| u64::from(array.load::<u8>(at(k)))),
            2 => goal.run(dtype, count, |k| u64::from(array.load::<u16>(at(k)))),
            4 => goal.run(dtype, count, |k| u64::from(array.load::<u32>(at(k)))),
            _ => goal.run(dtype, count, |k| array.load::<u64>(at(k))),
        }
    })
}

/// Where a number belongs among the sorted elements of a window, as [`search_sorted`].
///
/// ```
/// use chunkarray_core::kernels::{Number, Window, search_window};
/// use chunkarray_core::{DType, Options, RawArray};
///
/// let array = RawArray::new(1, &Options::default())?;
/// array.extend(&[3u8, 5, 9])?;
/// let window = Window::new(&array, 0, 1, 3)?;
/// assert_eq!(search_window(&window, &DType::parse("U1").unwrap(), Number::Float(5.5), false), 2);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
///
/// # Panics
/// Where the window's elements have another size than the dtype's scalars.
pub fn search_window(window: &Window, dtype: &DType, number: Number, right: bool) -> usize {
    assert_eq!(window.element_size(), dtype.item_size());
    let goal = Goal::new(dtype, number, right);
    let size = dtype.item_size();
    // First the chunk, then the place in it.
    let (pieces, len) = (window.piece_count(), window.len());
    let first = |k: usize| window.word(k, 0, size);
    let chunk = goal.run(dtype, pieces, first);
    let Some(chunk) = chunk.checked_sub(1) else {
        return 0;
    };
    let (begin, end) = window.piece_range(chunk);
    debug_assert!(end <= len);
    begin + goal.run(dtype, end - begin, |k| window.word(chunk, k, size))
}

/// Appends, to an array of 8-byte integers, where each number belongs among the sorted elements of a window, as
/// [`search_sorted`]. All of them, or none.
///
/// ```
/// use chunkarray_core::kernels::{Number, Window, extend_searched};
/// use chunkarray_core::{DType, Options, RawArray};
///
/// let (from, to) = (RawArray::new(1, &Options::default())?, RawArray::new(8, &Options::default())?);
/// from.extend(&[3u8, 5, 9])?;
/// let window = Window::new(&from, 0, 1, 3)?;
/// let numbers = [Number::Int(9), Number::Int(-1)];
/// extend_searched(&to.lock(), &window, &DType::parse("U1").unwrap(), &numbers, true)?;
/// assert_eq!((to.read::<i64>(0)?, to.read::<i64>(1)?), (3, 0));
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn extend_searched(
    to: &Exclusive<'_>,
    window: &Window,
    dtype: &DType,
    numbers: &[Number],
    right: bool,
) -> Result<Range<usize>, Error> {
    const PLACE: usize = size_of::<i64>();
    if to.element_size() != PLACE {
        return Err(Error::SizeMismatch {
            given: PLACE,
            element_size: to.element_size(),
        });
    }
    to.extend_with(numbers.len(), |first, at, count| {
        for (k, &number) in numbers[first..first + count].iter().enumerate() {
            let place = search_window(window, dtype, number, right) as i64;
            // SAFETY: there is room for `count` elements of this size at `at`, where nobody else looks.
            unsafe {
                at.add(k * PLACE)
                    .cast::<[u8; PLACE]>()
                    .write(place.to_le_bytes());
            }
        }
        Ok(())
    })
}
