//! The array for Rust programs.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::{self, NonNull};

use crate::{Chunks, Element, Error, Options, RawArray};

/// A growable array of `T` whose elements never move.
///
/// Any number of threads may append to it and read from it at the same time; nobody waits for readers, and readers
/// wait for nobody. Elements are copied in and out: there are no references to them, since another thread may assign
/// to one at any time. Elements of 1, 2, 4 and 8 bytes never tear.
///
/// ```
/// use chunkarray_core::ChunkArray;
///
/// let log: ChunkArray<u64> = ChunkArray::new();
/// std::thread::scope(|scope| {
///     for k in 0..4 {
///         let log = &log;
///         scope.spawn(move || log.push(k).unwrap());
///     }
/// });
/// assert_eq!(log.iter().sum::<u64>(), 6);
/// ```
pub struct ChunkArray<T: Element> {
    raw: RawArray,
    elements: PhantomData<T>,
}

impl<T: Element> ChunkArray<T> {
    /// An empty array with the default options. It holds no memory.
    ///
    /// ```
    /// use chunkarray_core::ChunkArray;
    ///
    /// assert!(ChunkArray::<f64>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        const { assert!(size_of::<T>() > 0, "an element has at least one byte") };
        match Self::with_options(&Options::default()) {
            Ok(array) => array,
            // A chunk of 1024 elements of more than isize::MAX / 1024 bytes.
            Err(error) => panic!("{error}"),
        }
    }

    /// An empty array.
    ///
    /// ```
    /// use chunkarray_core::{ChunkArray, Options};
    ///
    /// // One region for a billion elements, of which only what is used takes memory.
    /// let array = ChunkArray::<f64>::with_options(&Options { capacity: 1_000_000_000, ..Options::default() })?;
    /// array.extend_from_slice(&[1.0; 5000])?;
    /// assert!(array.is_contiguous());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn with_options(options: &Options) -> Result<Self, Error> {
        Ok(ChunkArray {
            raw: RawArray::new(size_of::<T>(), options)?,
            elements: PhantomData,
        })
    }

    /// How many elements there are.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// assert_eq!(ChunkArray::from_iter([1u8, 2, 3]).len(), 3);
    /// ```
    #[inline]
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether there is no element.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// assert!(!ChunkArray::from_iter([1u8]).is_empty());
    /// ```
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// Appends an element and gives its position, which is its index as long as nothing was dropped at the front.
    /// Any thread may.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::new();
    /// assert_eq!(array.push(0.5f32)?, 0);
    /// assert_eq!(array.push(1.5f32)?, 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn push(&self, value: T) -> Result<usize, Error> {
        self.raw.push(value)
    }

    /// Appends an element to an array that nobody else holds: as [`push`](Self::push), without the lock.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let mut array = ChunkArray::new();
    /// assert_eq!(array.push_mut(7i16)?, 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn push_mut(&mut self, value: T) -> Result<usize, Error> {
        // SAFETY: the unique borrow is the token: nobody else can reach the array.
        match unsafe { self.raw.push_plain(value) } {
            Ok(index) => Ok(index),
            Err(_) => self.raw.push(value),
        }
    }

    /// Appends elements: adjacent, all of them or none, visible at once. Gives their positions.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::new();
    /// assert_eq!(array.extend_from_slice(&[1u32, 2, 3])?, 0..3);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn extend_from_slice(&self, from: &[T]) -> Result<Range<usize>, Error> {
        self.raw.extend(from)
    }

    /// Element `index`, if there is one.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter([1.5f64]);
    /// assert_eq!((array.get(0), array.get(1)), (Some(1.5), None));
    /// ```
    #[inline]
    pub fn get(&self, index: usize) -> Option<T> {
        self.raw.read(index).ok()
    }

    /// Overwrites element `index`.
    ///
    /// ```
    /// # use chunkarray_core::{ChunkArray, Error};
    /// let array = ChunkArray::from_iter([1u8, 2]);
    /// array.set(1, 5)?;
    /// assert_eq!(array.set(2, 6), Err(Error::IndexOutOfRange { index: 2, len: 2 }));
    /// assert_eq!(array.iter().collect::<Vec<_>>(), [1, 5]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn set(&self, index: usize, value: T) -> Result<(), Error> {
        self.raw.write(index, value)
    }

    /// Shortens the array to `len` elements; does nothing where it is not longer. The memory stays for reuse.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter(0..10u8);
    /// array.truncate(4)?;
    /// assert_eq!(array.len(), 4);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn truncate(&self, len: usize) -> Result<(), Error> {
        self.raw.truncate(len)
    }

    /// Removes the last element and gives it.
    ///
    /// ```
    /// # use chunkarray_core::{ChunkArray, Error};
    /// let array = ChunkArray::from_iter([8i64]);
    /// assert_eq!((array.pop(), array.pop()), (Ok(8), Err(Error::Empty)));
    /// ```
    pub fn pop(&self) -> Result<T, Error> {
        self.raw.pop()
    }

    /// Removes all elements. The memory stays for reuse.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter([8i64]);
    /// array.clear()?;
    /// assert!(array.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn clear(&self) -> Result<(), Error> {
        self.raw.clear()
    }

    /// The array's elements at this moment as chunks that keep their memory alive.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter(0..5000u32);
    /// let sizes: Vec<_> = array.chunks().map(|chunk| chunk.len).collect();
    /// assert_eq!(sizes, [1024, 1024, 2048, 904]);
    /// ```
    pub fn chunks(&self) -> Chunks<'_> {
        self.raw.chunks()
    }

    /// Whether all elements lie in one piece.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// assert!(ChunkArray::from_iter(0..1024u32).is_contiguous());
    /// assert!(!ChunkArray::from_iter(0..1025u32).is_contiguous());
    /// ```
    pub fn is_contiguous(&self) -> bool {
        self.raw.is_contiguous()
    }

    /// The address of element `index`, which stays the same as long as the array lives.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter(0..3u32);
    /// let address = array.address_of(2)?;
    /// array.extend_from_slice(&[9; 1_000_000])?;
    /// assert_eq!(array.address_of(2)?, address);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn address_of(&self, index: usize) -> Result<NonNull<T>, Error> {
        Ok(self.raw.address_of(index)?.cast())
    }

    /// The elements in order, those too that are appended meanwhile.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter([1u8, 2]);
    /// let mut seen = Vec::new();
    /// for x in &array {
    ///     seen.push(x);
    ///     if x < 5 {
    ///         array.push(x + 2)?;
    ///     }
    /// }
    /// assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            array: self,
            next: self.raw.first(),
            at: ptr::null(),
            end: 0,
        }
    }

    /// The array beneath, with all that is not about the element's type.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// assert_eq!(ChunkArray::<f64>::new().raw().element_size(), 8);
    /// ```
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

impl<T: Element + PartialEq> PartialEq for ChunkArray<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<T: Element + Eq> Eq for ChunkArray<T> {}

/// Panics where memory runs out, as collections do; `push_mut` reports it.
impl<T: Element> Extend<T> for ChunkArray<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            if let Err(error) = self.push_mut(value) {
                panic!("{error}");
            }
        }
    }
}

impl<T: Element> FromIterator<T> for ChunkArray<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut array = Self::new();
        array.extend(values);
        array
    }
}

impl<'a, T: Element> IntoIterator for &'a ChunkArray<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// Iterates over an array's elements; made by [`ChunkArray::iter`].
///
/// After its end it goes on if elements were appended.
pub struct Iter<'a, T: Element> {
    array: &'a ChunkArray<T>,
    /// Position of the next element, its address, and where the run that it lies in ends.
    next: usize,
    at: *const T,
    end: usize,
}

// SAFETY: the address is one of the borrowed array's elements, and that may be used from any thread.
unsafe impl<T: Element> Send for Iter<'_, T> {}

impl<T: Element> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        // Each time, since the array may be shortened at either end meanwhile.
        let live = self.array.raw.live();
        if self.next >= live.end {
            return None;
        }
        if self.next < live.start {
            (self.next, self.end) = (live.start, live.start);
        }
        if self.next == self.end {
            let run = self.array.raw.run(self.next)?;
            (self.at, self.end) = (run.pointer.as_ptr().cast(), run.end);
        }
        // SAFETY: the element lies in a run of the array, which is borrowed.
        let value = unsafe { crate::element::load(self.at.cast()) };
        self.at = self.at.wrapping_add(1);
        self.next += 1;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (
            {
                let live = self.array.raw.live();
                live.end.saturating_sub(self.next.max(live.start))
            },
            None,
        )
    }
}
