//! Searching for a value.

use super::search::Number;
use super::wide::widely;
use super::window::Window;
use crate::{DType, Error, Kind};

/// A value as elements of a dtype hold it: what an element's bytes have to be to equal it.
///
/// A number equals an element as in Python, by value: 3.0 is found among integers, an integer that no float equals is
/// not found among floats, NaN equals nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needle {
    /// What is looked for, in the machine's order of an element's bytes.
    wanted: Wanted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Nothing,
    /// Elements that are `bits` where `mask` is set.
    Bits {
        bits: u64,
        mask: u64,
    },
    NotZero,
}

impl Needle {
    /// The needle for a number among elements of a dtype; none for dtypes whose elements are no numbers: times, spans,
    /// shapes and records.
    ///
    /// ```
    /// use chunkarray_core::DType;
    /// use chunkarray_core::kernels::{Needle, Number};
    ///
    /// assert!(Needle::new(&DType::parse("U1")?, Number::Float(3.0)).is_some());
    /// assert!(Needle::new(&DType::parse("F4[3]")?, Number::Float(3.0)).is_none());
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn new(dtype: &DType, number: Number) -> Option<Needle> {
        if !dtype.is_scalar() {
            return None;
        }
        let bits = 8 * dtype.item_size() as u32;
        let ones = u64::MAX >> (64 - bits);
        let (little, mask) = match dtype.kind() {
            Kind::Time(_) | Kind::Span(_) => return None,
            Kind::F => match number.as_float(dtype.item_size()) {
                None => (None, ones),
                // The sign of a zero does not count.
                Some(zero) if zero << (65 - bits) == 0 => (Some(0), ones >> 1),
                Some(float) => (Some(float), ones),
            },
            Kind::Bool if number.as_integer() == Some(1) => {
                return Some(Needle {
                    wanted: Wanted::NotZero,
                });
            }
            _ => {
                let (least, most) = dtype.integer_range()?;
                let inside = |&integer: &i128| (least..=most).contains(&integer);
                let integer = number.as_integer().filter(inside);
                (integer.map(|integer| integer as u64 & ones), ones)
            }
        };
        let in_memory = |value: u64| {
            if dtype.is_native() {
                value
            } else {
                value.swap_bytes() >> (64 - bits)
            }
        };
        Some(Needle {
            wanted: match little {
                None => Wanted::Nothing,
                Some(bits) => Wanted::Bits {
                    bits: in_memory(bits),
                    mask: in_memory(mask),
                },
            },
        })
    }
}

/// Unsigned integers of an element's size.
trait Word: bytemuck::Pod + Eq + std::ops::BitAnd<Output = Self> {
    fn from_bits(bits: u64) -> Self;
}

macro_rules! words {
    ($($word:ty)*) => {$(
        impl Word for $word {
            fn from_bits(bits: u64) -> Self {
                bits as $word
            }
        }
    )*};
}
words!(u8 u16 u32 u64);

/// The number of the first element from the `from`th on that equals the needle.
///
/// ```
/// use chunkarray_core::kernels::{Needle, Number, Window, find};
/// use chunkarray_core::{DType, Options, RawArray};
///
/// let array = RawArray::new(2, &Options::default())?;
/// array.extend(&[3u16, 5, 3])?;
/// let needle = Needle::new(&DType::parse("U2").unwrap(), Number::Int(3)).unwrap();
/// let window = Window::new(&array, 0, 1, 3)?;
/// assert_eq!((find(&window, 0, needle)?, find(&window, 1, needle)?), (Some(0), Some(2)));
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn find(window: &Window, from: usize, needle: Needle) -> Result<Option<usize>, Error> {
    #[inline(always)]
    fn among<W: Word>(words: &[u8], equal: impl Fn(W) -> bool) -> Option<usize> {
        // Without a way out of the inner loop it becomes a few vector instructions.
        const GROUP: usize = 64;
        let words: &[W] = bytemuck::cast_slice(words);
        let mut k = 0;
        for group in words.chunks(GROUP) {
            if group.iter().fold(false, |found, &w| found | equal(w)) {
                return group.iter().position(|&w| equal(w)).map(|at| k + at);
            }
            k += group.len();
        }
        None
    }
    fn run<W: Word>(window: &Window, from: usize, wanted: Wanted) -> Result<Option<usize>, Error> {
        let zero = W::from_bits(0);
        window.each_block(from, |k, words| {
            let at = match wanted {
                Wanted::Nothing => None,
                Wanted::NotZero => widely(|| among::<W>(words, |w| w != zero)),
                Wanted::Bits { bits, mask } => {
                    let (bits, mask) = (W::from_bits(bits), W::from_bits(mask));
                    widely(|| among::<W>(words, |w| w & mask == bits))
                }
            };
            at.map(|at| k + at)
        })
    }
    if needle.wanted == Wanted::Nothing {
        return Ok(None);
    }
    match window.element_size() {
        1 => run::<u8>(window, from, needle.wanted),
        2 => run::<u16>(window, from, needle.wanted),
        4 => run::<u32>(window, from, needle.wanted),
        _ => run::<u64>(window, from, needle.wanted),
    }
}

/// How many elements equal the needle.
///
/// ```
/// use chunkarray_core::kernels::{Needle, Number, Window, count};
/// use chunkarray_core::{DType, Options, RawArray};
///
/// let array = RawArray::new(2, &Options::default())?;
/// array.extend(&[3u16, 5, 3])?;
/// let needle = Needle::new(&DType::parse("U2").unwrap(), Number::Int(3)).unwrap();
/// assert_eq!(count(&Window::new(&array, 0, 1, 3)?, needle)?, 2);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn count(window: &Window, needle: Needle) -> Result<usize, Error> {
    #[inline(always)]
    fn among<W: Word>(words: &[u8], equal: impl Fn(W) -> bool) -> usize {
        let words: &[W] = bytemuck::cast_slice(words);
        // Bytes are counted in bytes as long as these can't overflow: more lanes a vector.
        let mut total = 0;
        for group in words.chunks(255) {
            total += usize::from(
                group
                    .iter()
                    .fold(0_u8, |found, &w| found + u8::from(equal(w))),
            );
        }
        total
    }
    fn run<W: Word>(window: &Window, wanted: Wanted) -> Result<usize, Error> {
        let zero = W::from_bits(0);
        let mut total = 0;
        window.each_block(0, |_, words| {
            total += match wanted {
                Wanted::Nothing => 0,
                Wanted::NotZero => widely(|| among::<W>(words, |w| w != zero)),
                Wanted::Bits { bits, mask } => {
                    let (bits, mask) = (W::from_bits(bits), W::from_bits(mask));
                    widely(|| among::<W>(words, |w| w & mask == bits))
                }
            };
            None::<()>
        })?;
        Ok(total)
    }
    if needle.wanted == Wanted::Nothing {
        return Ok(0);
    }
    match window.element_size() {
        1 => run::<u8>(window, needle.wanted),
        2 => run::<u16>(window, needle.wanted),
        4 => run::<u32>(window, needle.wanted),
        _ => run::<u64>(window, needle.wanted),
    }
}
