//! Kernels that write to a window: reversing, swapping bytes, copying from another window.

use super::wide::widely;
use super::window::{Scratch, Window};
use crate::{DType, Error};

/// Reverses the order of the elements.
///
/// ```
/// use chunkarray_core::kernels::{Window, reverse};
/// use chunkarray_core::{Options, RawArray};
///
/// let array = RawArray::new(1, &Options::default())?;
/// array.extend(b"abcde")?;
/// reverse(&Window::new(&array, 1, 1, 4)?)?;
/// assert_eq!(array.read::<u8>(1)?, b'e');
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn reverse(window: &Window) -> Result<(), Error> {
    let size = window.element_size();
    let block = window.block_len();
    let mut front = Scratch::new(block, size)?;
    let mut back = Scratch::new(block, size)?;
    let (mut low, mut high) = (0, window.len());
    while high - low >= 2 {
        // Where the two would meet, the middle element of an odd number stays.
        let count = block.min((high - low) / 2);
        let (front, back) = (front.elements(count, size), back.elements(count, size));
        window.read(low, front);
        window.read(high - count, back);
        reverse_elements(front, size);
        reverse_elements(back, size);
        window.write(low, back);
        window.write(high - count, front);
        low += count;
        high -= count;
    }
    Ok(())
}

fn reverse_elements(bytes: &mut [u8], size: usize) {
    match size {
        1 => bytes.reverse(),
        2 => bytemuck::cast_slice_mut::<u8, u16>(bytes).reverse(),
        4 => bytemuck::cast_slice_mut::<u8, u32>(bytes).reverse(),
        8 => bytemuck::cast_slice_mut::<u8, u64>(bytes).reverse(),
        _ => {
            let count = bytes.len() / size;
            let (front, back) = bytes.split_at_mut(count / 2 * size);
            for (x, y) in front
                .chunks_exact_mut(size)
                .zip(back.rchunks_exact_mut(size))
            {
                x.swap_with_slice(y);
            }
        }
    }
}

/// Reverses the order of the bytes in each scalar, in records in each field's.
///
/// ```
/// use chunkarray_core::kernels::{Window, byteswap};
/// use chunkarray_core::{DType, Options, RawArray};
///
/// let array = RawArray::new(2, &Options::default())?;
/// array.extend(&[0x1234u16])?;
/// byteswap(&DType::parse("U2").unwrap(), &Window::new(&array, 0, 1, 1)?)?;
/// assert_eq!(array.read::<u16>(0)?, 0x3412);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn byteswap(dtype: &DType, window: &Window) -> Result<(), Error> {
    let size = window.element_size();
    if dtype.item_size() == 1 {
        return Ok(());
    }
    let block = window.block_len();
    let mut scratch = Scratch::new(block, size)?;
    let mut k = 0;
    while k < window.len() {
        let count = block.min(window.len() - k);
        let bytes = scratch.elements(count, size);
        window.read(k, bytes);
        match dtype.record() {
            Some(record) => {
                for item in bytes.chunks_exact_mut(record.size()) {
                    record.byteswap(item);
                }
            }
            None => swap_scalars(bytes, dtype.item_size()),
        }
        window.write(k, bytes);
        k += count;
    }
    Ok(())
}

/// Reverses the bytes of each scalar in aligned memory.
pub(super) fn swap_scalars(bytes: &mut [u8], item_size: usize) {
    widely(|| match item_size {
        2 => each(bytes, u16::swap_bytes),
        4 => each(bytes, u32::swap_bytes),
        8 => each(bytes, u64::swap_bytes),
        _ => {}
    });
}

#[inline(always)]
fn each<W: bytemuck::Pod>(bytes: &mut [u8], change: impl Fn(W) -> W) {
    for word in bytemuck::cast_slice_mut::<u8, W>(bytes) {
        *word = change(*word);
    }
}

/// Copies the elements of `from` to `to`, as many as both have, as if all had been read before one is written.
///
/// ```
/// use chunkarray_core::kernels::{Window, assign};
/// use chunkarray_core::{Options, RawArray};
///
/// let array = RawArray::new(1, &Options::default())?;
/// array.extend(b"abcde")?;
/// assign(&Window::new(&array, 1, 1, 4)?, &Window::new(&array, 0, 1, 4)?)?;
/// assert_eq!(array.read::<u8>(4)?, b'd');
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn assign(to: &Window, from: &Window) -> Result<(), Error> {
    let size = to.element_size();
    if from.element_size() != size {
        return Err(Error::SizeMismatch {
            given: from.element_size(),
            element_size: size,
        });
    }
    let count = to.len().min(from.len());
    // Windows of one array, or of two that lie in the same memory, may overlap: all is read first then.
    let apart = to.len() <= to.block_len() || !to.shares_memory(from);
    let block = if apart { to.block_len() } else { count };
    let mut scratch = Scratch::new(block.min(count), size)?;
    let mut k = 0;
    while k < count {
        let bytes = scratch.elements(block.min(count - k), size);
        from.read(k, bytes);
        to.write(k, bytes);
        k += bytes.len() / size;
    }
    Ok(())
}
