//! A buffer beside an array.

use crate::{Element, Error};

/// Elements that are collected beside an array and then appended in one piece, so that what fails half-way adds
/// nothing and no lock is held while they are made.
///
/// ```
/// use chunkarray_core::{Options, RawArray, SideBlock};
///
/// let array = RawArray::new(8, &Options::default())?;
/// let mut side = SideBlock::new();
/// for k in 0..3 {
///     side.push(f64::from(k))?;
/// }
/// assert_eq!(array.extend_from_bytes(side.as_bytes())?, 0..3);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct SideBlock {
    bytes: Vec<u8>,
}

impl SideBlock {
    /// An empty buffer, which holds no memory.
    pub fn new() -> Self {
        SideBlock::default()
    }

    /// Makes place for `additional` bytes.
    pub fn reserve(&mut self, additional: usize) -> Result<(), Error> {
        if additional <= self.bytes.capacity() - self.bytes.len() {
            return Ok(());
        }
        let refused = Error::OutOfMemory {
            bytes: self.bytes.len().saturating_add(additional),
        };
        self.bytes.try_reserve(additional).map_err(|_| refused)
    }

    /// Appends an element.
    #[inline]
    pub fn push<T: Element>(&mut self, value: T) -> Result<(), Error> {
        self.push_bytes(bytemuck::bytes_of(&value))
    }

    /// Appends an element given as bytes.
    #[inline]
    pub fn push_bytes(&mut self, value: &[u8]) -> Result<(), Error> {
        self.reserve(value.len())?;
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    /// What was collected.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}
