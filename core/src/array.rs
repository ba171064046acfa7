//! The array for Rust programs.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::NonNull;

use crate::{Chunks, Element, Error, Options, RawArray};

/// A growable array of `T` whose elements never move.
pub struct ChunkArray<T: Element> {
    raw: RawArray,
    elements: PhantomData<T>,
}

impl<T: Element> ChunkArray<T> {
    /// An empty array with the default options. It holds no memory.
    ///
    /// # Panics
    /// If `T` has no size.
    pub fn new() -> Self {
        match Self::with_options(&Options::default()) {
            Ok(array) => array,
            Err(error) => panic!("{error}"),
        }
    }

    /// An empty array.
    pub fn with_options(options: &Options) -> Result<Self, Error> {
        Ok(ChunkArray {
            raw: RawArray::new(size_of::<T>(), options)?,
            elements: PhantomData,
        })
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// Appends an element and gives its index. Any thread may.
    pub fn push(&self, value: T) -> Result<usize, Error> {
        self.raw.push(value)
    }

    /// Appends elements: adjacent, all of them or none, visible at once.
    pub fn extend_from_slice(&self, from: &[T]) -> Result<Range<usize>, Error> {
        self.raw.extend(from)
    }

    /// Element `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<T> {
        self.raw.read(index).ok()
    }

    /// Overwrites element `index`.
    pub fn set(&self, index: usize, value: T) -> Result<(), Error> {
        self.raw.write(index, value)
    }

    /// Shortens the array to `len` elements.
    pub fn truncate(&self, len: usize) {
        self.raw.truncate(len);
    }

    /// Removes the last element and gives it.
    pub fn pop(&self) -> Option<T> {
        self.raw.pop().ok()
    }

    /// Removes all elements.
    pub fn clear(&self) {
        self.raw.clear();
    }

    /// The array's chunks at this moment.
    pub fn chunks(&self) -> Chunks<'_> {
        self.raw.chunks()
    }

    /// The address of element `index`, which stays the same as long as the array lives.
    pub fn address_of(&self, index: usize) -> Result<NonNull<T>, Error> {
        Ok(self.raw.address_of(index)?.cast())
    }

    /// The elements in order, those too that are appended meanwhile.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            array: self,
            next: 0,
        }
    }

    /// The array beneath.
    pub fn raw(&self) -> &RawArray {
        &self.raw
    }
}

impl<T: Element> Default for ChunkArray<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Element + fmt::Debug> fmt::Debug for ChunkArray<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// Iterates over an array's elements.
pub struct Iter<'a, T: Element> {
    array: &'a ChunkArray<T>,
    next: usize,
}

impl<T: Element> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let value = self.array.get(self.next)?;
        self.next += 1;
        Some(value)
    }
}

impl<'a, T: Element> IntoIterator for &'a ChunkArray<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
