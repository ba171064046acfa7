//! What a typed array had and will have: positions, dropping, marks, transactions, freezing.

use std::ops::Range;

use crate::{ChunkArray, Element, Error, Mark, RawArray};

impl<T: Element> ChunkArray<T> {
    /// The positions of the elements: how many were dropped at the front, and how many were ever appended (less those
    /// that were removed at the end). An element's position never changes; its index counts from the first position.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter(0..10u8);
    /// array.drop_front(4)?;
    /// assert_eq!((array.positions(), array.len()), (4..10, 6));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn positions(&self) -> Range<usize> {
        self.raw().live()
    }

    /// Position of the oldest element: how many were ever dropped.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter(0..10u8);
    /// array.drop_front(4)?;
    /// assert_eq!(array.first(), 4);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn first(&self) -> usize {
        self.raw().first()
    }

    /// The element at a position. What is dropped while it is read is an error, never another element.
    ///
    /// ```
    /// # use chunkarray_core::{ChunkArray, Error};
    /// let array = ChunkArray::from_iter(0..10u8);
    /// array.drop_front(4)?;
    /// assert_eq!((array.at(5), array.get(1)), (Ok(5), Some(5)));
    /// assert_eq!(array.at(3), Err(Error::Dropped { position: 3, first: 4 }));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn at(&self, position: usize) -> Result<T, Error> {
        self.raw().read_at(position)
    }

    /// Drops the `count` oldest elements, or all if there are fewer, and tells how many these were. The memory of
    /// chunks is used again, or goes back to the system. An array made with `keep` does so by itself.
    ///
    /// ```
    /// use chunkarray_core::{ChunkArray, Growth, Options};
    ///
    /// let array = ChunkArray::with_options(&Options {
    ///     growth: Growth::Fixed,
    ///     keep: Some(10_000),
    ///     ..Options::default()
    /// })?;
    /// for k in 0..1_000_000u32 {
    ///     array.push(k)?;
    /// }
    /// assert!((10_000..10_000 + 1024).contains(&array.len()));
    /// assert_eq!(array.drop_front(5)?, 5);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn drop_front(&self, count: usize) -> Result<usize, Error> {
        self.raw().drop_front(count)
    }

    /// Gives back the memory that no element needs.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let mut array = ChunkArray::from_iter(0..100_000u32);
    /// array.truncate(10)?;
    /// array.shrink()?;
    /// assert!(array.raw().committed_bytes() < 10_000);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn shrink(&mut self) -> Result<(), Error> {
        // SAFETY: the unique borrow keeps all readers away.
        unsafe { self.raw().lock().shrink() }
    }

    /// Remembers the end of the array, for [`rewind`](Self::rewind).
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter([1u8]);
    /// let mark = array.save()?;
    /// array.extend_from_slice(&[2, 3])?;
    /// array.rewind(mark)?;
    /// assert_eq!(array.iter().collect::<Vec<_>>(), [1]);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn save(&self) -> Result<Mark, Error> {
        self.raw().save()
    }

    /// Goes back to a mark: removes what was appended since. A mark that the array was cut below is refused.
    ///
    /// ```
    /// # use chunkarray_core::{ChunkArray, Error};
    /// let array = ChunkArray::from_iter([1u8]);
    /// let mark = array.save()?;
    /// array.clear()?;
    /// assert_eq!(array.rewind(mark), Err(Error::StaleMark));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn rewind(&self, mark: Mark) -> Result<(), Error> {
        self.raw().rewind(mark)
    }

    /// Removes all elements, and makes all marks invalid.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::from_iter([1u8]);
    /// array.reset()?;
    /// assert!(array.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn reset(&self) -> Result<(), Error> {
        self.raw().reset()
    }

    /// Runs `work`, and takes back what it appended if it fails or panics. Other threads that want to append or to
    /// shorten the array wait meanwhile. Transactions nest. What `work` writes over elements is not taken back.
    ///
    /// ```
    /// use chunkarray_core::{ChunkArray, Error};
    ///
    /// let array: ChunkArray<u64> = ChunkArray::new();
    /// let sum = array.transaction(|array| {
    ///     array.push(1)?;
    ///     array.push(2)?;
    ///     Ok::<u64, Error>(array.iter().sum())
    /// })?;
    /// let failed = array.transaction(|array| {
    ///     array.extend_from_slice(&[7; 5000])?;
    ///     Err::<(), Error>(Error::Empty)
    /// });
    /// assert_eq!((sum, failed, array.len()), (3, Err(Error::Empty), 2));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn transaction<R, E: From<Error>>(
        &self,
        work: impl FnOnce(&Self) -> Result<R, E>,
    ) -> Result<R, E> {
        let running = Running {
            raw: self.raw(),
            depth: self.raw().begin()?,
        };
        let result = work(self)?;
        running.raw.commit(running.depth)?;
        std::mem::forget(running);
        Ok(result)
    }

    /// Makes every later change an error, for good.
    ///
    /// ```
    /// # use chunkarray_core::{ChunkArray, Error};
    /// let array = ChunkArray::from_iter([1u8]);
    /// array.freeze()?;
    /// assert_eq!(array.push(2), Err(Error::Frozen));
    /// assert_eq!(array.set(0, 2), Err(Error::Frozen));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn freeze(&self) -> Result<(), Error> {
        self.raw().freeze()
    }

    /// Whether the array changes no more.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// assert!(!ChunkArray::<u8>::new().is_frozen());
    /// ```
    pub fn is_frozen(&self) -> bool {
        self.raw().is_frozen()
    }
}

/// A transaction that is aborted where it is dropped, with all that were begun in it and not ended.
struct Running<'a> {
    raw: &'a RawArray,
    depth: usize,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        while let Err(Error::OutOfOrder { depth, .. }) = self.raw.abort(self.depth) {
            if depth <= self.depth || self.raw.abort(depth).is_err() {
                // It was ended by hand, or is still in use.
                break;
            }
        }
    }
}
