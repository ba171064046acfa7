//! Sorting.

use super::window::{Scratch, Window};
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
    let size = window.element_size();
    if dtype.item_size() != size {
        return Err(Error::SizeMismatch {
            given: dtype.item_size(),
            element_size: size,
        });
    }
    let mut scratch = Scratch::new(window.len(), size)?;
    let bytes = scratch.elements(window.len(), size);
    window.read(0, bytes);
    let keys = Keys::new(dtype, reverse);
    match size {
        1 => keys.sort::<u8>(bytemuck::cast_slice_mut(bytes)),
        2 => keys.sort::<u16>(bytemuck::cast_slice_mut(bytes)),
        4 => keys.sort::<u32>(bytemuck::cast_slice_mut(bytes)),
        _ => keys.sort::<u64>(bytemuck::cast_slice_mut(bytes)),
    }
    window.write(0, bytes);
    Ok(())
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
trait Key: bytemuck::Pod + Ord {
    /// The highest bit.
    const SIGN: Self;
    const ONE: Self;
    /// How many NaNs have the sign bit set.
    const NEGATIVE_NANS: Self;
    fn swapped(self) -> Self;
    fn wrapping_add(self, other: Self) -> Self;
    fn wrapping_sub(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn not(self) -> Self;
}

macro_rules! keys {
    ($($key:ty: $nans:expr;)*) => {$(
        impl Key for $key {
            const SIGN: Self = 1 << (<$key>::BITS - 1);
            const ONE: Self = 1;
            const NEGATIVE_NANS: Self = $nans;
            #[inline(always)]
            fn swapped(self) -> Self {
                self.swap_bytes()
            }
            #[inline(always)]
            fn wrapping_add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn wrapping_sub(self, other: Self) -> Self {
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
                Kind::U | Kind::B | Kind::Bool => Order::Unsigned,
                Kind::S => Order::Signed,
                Kind::Time(_) | Kind::Span(_) => Order::Time,
                Kind::F => Order::Float,
            },
        }
    }

    fn sort<K: Key>(self, elements: &mut [K]) {
        for x in elements.iter_mut() {
            *x = self.key(*x);
        }
        elements.sort_unstable();
        for x in elements.iter_mut() {
            *x = self.element(*x);
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
            Order::Time => x.xor(K::SIGN).wrapping_sub(K::ONE),
            Order::Float => {
                let x = if x >= K::SIGN {
                    x.not()
                } else {
                    x.xor(K::SIGN)
                };
                x.wrapping_sub(K::NEGATIVE_NANS)
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
            Order::Time => x.wrapping_add(K::ONE).xor(K::SIGN),
            Order::Float => {
                let x = x.wrapping_add(K::NEGATIVE_NANS);
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
