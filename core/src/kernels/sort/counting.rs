//! Sorting elements of one or two bytes: how often each value occurs is all there is to know.

use super::{Key, Keys};
use crate::Error;
use crate::kernels::window::{Scratch, Window};

/// Sorts the elements of a window.
pub(super) fn sort<K: Key>(window: &Window, keys: Keys) -> Result<(), Error> {
    let size = size_of::<K>();
    let values = 1 << (8 * size);
    let mut counts = Vec::new();
    let bytes = values * size_of::<usize>();
    counts
        .try_reserve_exact(values)
        .map_err(|_| Error::OutOfMemory { bytes })?;
    counts.resize(values, 0_usize);
    window.each_block(0, |_, bytes| {
        for &element in bytemuck::cast_slice::<u8, K>(bytes) {
            counts[keys.key(element).above(zero(), 0)] += 1;
        }
        None::<()>
    })?;
    let block = window.block_len();
    let mut scratch = Scratch::new(block, size)?;
    let (mut k, mut value) = (0, 0);
    let mut key = zero::<K>();
    while k < window.len() {
        let bytes = scratch.elements(block.min(window.len() - k), size);
        let elements = bytemuck::cast_slice_mut::<u8, K>(bytes);
        let mut rest = &mut elements[..];
        while !rest.is_empty() {
            while counts[value] == 0 {
                value += 1;
                key = key.plus(K::ONE);
            }
            let (run, behind) = rest.split_at_mut(counts[value].min(rest.len()));
            run.fill(keys.element(key));
            counts[value] -= run.len();
            rest = behind;
        }
        window.write(k, bytes);
        k += bytes.len() / size;
    }
    Ok(())
}

fn zero<K: Key>() -> K {
    K::ONE.minus(K::ONE)
}
