//! Sorting.

mod buckets;
mod counting;
mod local;

use super::window::Window;
use crate::{DType, Error, Kind};

/// Sorts the elements: numbers by value, NaN and "not a time" last; `reverse` gives exactly the opposite order.
///
/// They are sorted aside and then written back: readers see old and new values meanwhile, and a write that comes
/// between is lost.
///
/// ```
/// use chunkarray_core::kernels::{Window, sort};
/// use chunkarray_core::{DType, Options, RawArray};
///
/// let array = RawArray::new(8, &Options::default())?;
/// array.extend(&[f64::NAN, 2.0, f64::NEG_INFINITY])?;
/// sort(&DType::parse("F8").unwrap(), &Window::new(&array, 0, 1, 3)?, false)?;
/// assert_eq!((array.read::<f64>(0)?, array.read::<f64>(1)?), (f64::NEG_INFINITY, 2.0));
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn sort(dtype: &DType, window: &Window, reverse: bool) -> Result<(), Error> {
    if !dtype.is_scalar() {
        return Err(Error::Unordered);
    }
    if dtype.item_size() != window.element_size() {
        return Err(Error::SizeMismatch {
            given: dtype.item_size(),
            element_size: window.element_size(),
        });
    }
    if window.len() < 2 {
        return Ok(());
    }
    let keys = Keys::new(dtype, reverse);
    match dtype.item_size() {
        1 => counting::sort::<u8>(window, keys),
        2 => counting::sort::<u16>(window, keys),
        4 => buckets::sort::<u32>(window, keys),
        _ => buckets::sort::<u64>(window, keys),
    }
}

/// How elements become unsigned integers of the same order, and back.
#[derive(Clone, Copy, Debug)]
struct Keys {
    swapped: bool,
    reverse: bool,
    order: Order,
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Unsigned,
    Signed,
    /// The least value stands for "not a time".
    Time,
    Float,
}

/// Unsigned integers of an element's size.
trait Key: bytemuck::Pod + Ord + Send + Sync {
    /// The highest bit.
    const SIGN: Self;
    const ONE: Self;
    const MAX: Self;
    /// How many NaNs have the sign bit set.
    const NEGATIVE_NANS: Self;
    fn swapped(self) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn not(self) -> Self;
    /// The key less a smaller one and without its lowest bits; 0 where the other one is greater.
    fn above(self, base: Self, shift: u32) -> usize;
    fn bits(self) -> u32;
}

macro_rules! keys {
    ($($key:ty: $nans:expr;)*) => {$(
        impl Key for $key {
            const SIGN: Self = 1 << (<$key>::BITS - 1);
            const ONE: Self = 1;
            const MAX: Self = <$key>::MAX;
            const NEGATIVE_NANS: Self = $nans;
            #[inline(always)]
            fn swapped(self) -> Self {
                self.swap_bytes()
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            #[inline(always)]
            fn not(self) -> Self {
                !self
            }
            #[inline(always)]
            fn above(self, base: Self, shift: u32) -> usize {
                (self.saturating_sub(base) >> shift) as usize
            }
            fn bits(self) -> u32 {
                <$key>::BITS - self.leading_zeros()
            }
        }
    )*};
}
keys! {
    u8: 0;
    u16: 0;
    u32: (1 << 23) - 1;
    u64: (1 << 52) - 1;
}

impl Keys {
    fn new(dtype: &DType, reverse: bool) -> Keys {
        Keys {
            swapped: !dtype.is_native(),
            reverse,
            order: match dtype.kind() {
                Kind::U | Kind::B | Kind::Bool | Kind::Record => Order::Unsigned,
                Kind::S => Order::Signed,
                Kind::Time(_) | Kind::Span(_) => Order::Time,
                Kind::F => Order::Float,
            },
        }
    }

    /// Turns elements into keys.
    fn encode<K: Key>(self, elements: &mut [K]) {
        // A loop for each kind, which the compiler makes vector instructions of.
        match self {
            Keys {
                swapped: false,
                reverse: false,
                order: Order::Unsigned,
            } => {}
            Keys {
                swapped: false,
                reverse: false,
                order: Order::Float,
            } => {
                let plain = Keys {
                    swapped: false,
                    reverse: false,
                    order: Order::Float,
                };
                elements.iter_mut().for_each(|x| *x = plain.key(*x));
            }
            _ => elements.iter_mut().for_each(|x| *x = self.key(*x)),
        }
    }

    /// Turns keys into elements.
    fn decode<K: Key>(self, keys: &mut [K]) {
        match self {
            Keys {
                swapped: false,
                reverse: false,
                order: Order::Unsigned,
            } => {}
            Keys {
                swapped: false,
                reverse: false,
                order: Order::Float,
            } => {
                let plain = Keys {
                    swapped: false,
                    reverse: false,
                    order: Order::Float,
                };
                keys.iter_mut().for_each(|x| *x = plain.element(*x));
            }
            _ => keys.iter_mut().for_each(|x| *x = self.element(*x)),
        }
    }

    /// The key of an element. Every step can be undone, so equal keys are equal bytes.
    #[inline(always)]
    fn key<K: Key>(self, element: K) -> K {
        let x = if self.swapped {
            element.swapped()
        } else {
            element
        };
        let x = match self.order {
            Order::Unsigned => x,
            Order::Signed => x.xor(K::SIGN),
            // The least goes round to the end.
            Order::Time => x.xor(K::SIGN).minus(K::ONE),
            Order::Float => {
                let x = if x >= K::SIGN {
                    x.not()
                } else {
                    x.xor(K::SIGN)
                };
                x.minus(K::NEGATIVE_NANS)
            }
        };
        if self.reverse { x.not() } else { x }
    }

    /// The element of a key.
    #[inline(always)]
    fn element<K: Key>(self, key: K) -> K {
        let x = if self.reverse { key.not() } else { key };
        let x = match self.order {
            Order::Unsigned => x,
            Order::Signed => x.xor(K::SIGN),
            Order::Time => x.plus(K::ONE).xor(K::SIGN),
            Order::Float => {
                let x = x.plus(K::NEGATIVE_NANS);
                if x >= K::SIGN {
                    x.xor(K::SIGN)
                } else {
                    x.not()
                }
            }
        };
        if self.swapped { x.swapped() } else { x }
    }
}
