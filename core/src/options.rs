//! How an array grows.

use crate::{Error, retention};

/// The sizes of an array's chunks.
// As wide as the header that others look at has it: see RawArray::LAYOUT.
#[repr(u64)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Growth {
    /// `chunk_size`, `chunk_size`, then twice as much each time: few chunks, found by counting leading zeros.
    #[default]
    Double = 0,
    /// Every chunk holds `chunk_size` elements: even blocks, found by shift and mask.
    Fixed = 1,
}

/// What an array is made with.
///
/// ```
/// use chunkarray_core::{Growth, Options};
///
/// let options = Options { growth: Growth::Fixed, chunk_size: 4096, ..Options::default() };
/// assert_eq!(options.capacity, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Elements in the first chunk (or in every chunk): a power of two, 1024 by default.
    pub chunk_size: usize,
    /// How the chunks after the first one grow.
    pub growth: Growth,
    /// Elements in one contiguous region in front of the chunks. Its memory is taken as it is used.
    pub capacity: usize,
    /// Of the newest elements so many are kept: while the array grows, it drops whole chunks of older ones, so that
    /// its memory stays bounded. At least `chunk_size`, and with [`Growth::Fixed`] only. `None` keeps all.
    pub keep: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Options::DEFAULT
    }
}

impl Options {
    /// The default, for constants.
    pub const DEFAULT: Options = Options {
        chunk_size: 1024,
        growth: Growth::Double,
        capacity: 0,
        keep: None,
    };

    /// Checks the options for elements of `element_size` bytes.
    pub(crate) fn check(&self, element_size: usize) -> Result<(), Error> {
        if element_size == 0 || element_size > isize::MAX as usize {
            return Err(Error::BadElementSize {
                given: element_size,
            });
        }
        if !self.chunk_size.is_power_of_two() {
            return Err(Error::BadChunkSize {
                given: self.chunk_size,
            });
        }
        retention::check_keep(self)?;
        for elements in [self.chunk_size, self.capacity, self.keep.unwrap_or(0)] {
            bytes_of(elements, element_size)?;
        }
        Ok(())
    }
}

/// The bytes that `elements` take, or the refusal of what no address space holds.
pub(crate) fn bytes_of(elements: usize, element_size: usize) -> Result<usize, Error> {
    match elements.checked_mul(element_size) {
        Some(bytes) if bytes <= isize::MAX as usize => Ok(bytes),
        _ => Err(Error::TooLarge {
            elements,
            element_size,
        }),
    }
}
