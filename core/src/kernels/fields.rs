//! One field of many records: out of a window, and into it.

use std::ops::Range;

use super::window::{Scratch, Window};
use crate::element::check_part;
use crate::{Bits, Error, Exclusive};

/// Appends a field of each of a window's records, that at `offset`, to an array of the field's elements. All of them, or
/// none. `bits` where the field is some bits of a scalar: then the elements are such scalars.
///
/// ```
/// use chunkarray_core::kernels::{Window, extend_field};
/// use chunkarray_core::{Options, RawArray};
///
/// let (from, to) = (RawArray::new(3, &Options::default())?, RawArray::new(1, &Options::default())?);
/// from.extend(&[*b"abc", *b"def"])?;
/// extend_field(&to.lock(), &Window::all(&from)?, 1, None)?;
/// assert_eq!((to.read::<u8>(0)?, to.read::<u8>(1)?), (b'b', b'e'));
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn extend_field(
    to: &Exclusive<'_>,
    from: &Window,
    offset: usize,
    bits: Option<Bits>,
) -> Result<Range<usize>, Error> {
    let size = to.element_size();
    check(from, offset, size, bits)?;
    to.extend_with(from.len(), |k, at, count| {
        // SAFETY: there is room for `count` elements at `at`, where nobody else looks; they are written before they are
        // looked at.
        unsafe {
            from.read_parts_to(k, offset, size, at, count);
            if let Some(bits) = bits {
                let elements = std::slice::from_raw_parts_mut(at, count * size);
                for scalar in elements.chunks_exact_mut(size) {
                    let value = bits.get(scalar);
                    bits.as_scalar(value, scalar);
                }
            }
        }
        Ok(())
    })
}

/// Writes the elements of `from` into a field of the records of `to`, that at `offset`, as many as both have. `bits` as
/// for [`extend_field`]; of a value that does not fit the lowest bits are written, and nobody else may write to other
/// bits of the scalar meanwhile.
///
/// ```
/// use chunkarray_core::kernels::{Window, assign_field};
/// use chunkarray_core::{Options, RawArray};
///
/// let (from, to) = (RawArray::new(1, &Options::default())?, RawArray::new(3, &Options::default())?);
/// from.extend(b"xy")?;
/// to.extend(&[*b"abc", *b"def"])?;
/// assign_field(&Window::all(&to)?, 1, None, &Window::all(&from)?)?;
/// assert_eq!(&to.read::<[u8; 3]>(1)?, b"dyf");
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn assign_field(
    to: &Window,
    offset: usize,
    bits: Option<Bits>,
    from: &Window,
) -> Result<(), Error> {
    let size = from.element_size();
    check(to, offset, size, bits)?;
    let count = to.len().min(from.len());
    let block = from.block_len();
    let mut values = Scratch::new(block.min(count), size)?;
    let mut scalars = Scratch::new(block.min(count), size)?;
    let mut k = 0;
    while k < count {
        let some = block.min(count - k);
        let values = values.elements(some, size);
        from.read(k, values);
        if let Some(bits) = bits {
            let scalars = scalars.elements(some, size);
            to.read_parts(k, offset, size, scalars);
            for (scalar, value) in scalars
                .chunks_exact_mut(size)
                .zip(values.chunks_exact(size))
            {
                bits.put(scalar, bits.of_scalar(value));
            }
            to.write_parts(k, offset, size, scalars);
        } else {
            to.write_parts(k, offset, size, values);
        }
        k += some;
    }
    Ok(())
}

/// The first of some scalars that these bits don't hold, if there is one; a signed one as `i64` has it.
///
/// ```
/// use chunkarray_core::kernels::{Window, first_outside};
/// use chunkarray_core::{DType, FieldKind, Options, RawArray};
///
/// let record = DType::parse("{mode@0:U1:0+3}1").unwrap().record().unwrap();
/// let FieldKind::Bits(mode) = record.fields()[0].kind() else { panic!() };
/// let values = RawArray::new(1, &Options::default())?;
/// values.extend(&[7u8, 9])?;
/// assert_eq!(first_outside(&Window::all(&values)?, *mode)?, Some(9));
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn first_outside(values: &Window, bits: Bits) -> Result<Option<u64>, Error> {
    let size = values.element_size();
    check(values, 0, size, Some(bits))?;
    values.each_block(0, |_, block| {
        block
            .chunks_exact(size)
            .map(|scalar| bits.of_scalar(scalar))
            .find(|&value| !bits.holds(value))
    })
}

fn check(window: &Window, offset: usize, size: usize, bits: Option<Bits>) -> Result<(), Error> {
    if let Some(bits) = bits
        && bits.unit().size() != size
    {
        return Err(Error::SizeMismatch {
            given: size,
            element_size: bits.unit().size(),
        });
    }
    check_part(window.element_size(), offset, size)
}
