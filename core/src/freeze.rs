//! Arrays that change no more.

use crate::Error;
use crate::exclusive::Exclusive;
use crate::raw::RawArray;
use crate::sync::Ordering;

impl RawArray {
    /// Makes every later change an error, for good. A thread that writes to an element at the same time may still do
    /// so.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// array.freeze()?;
    /// assert_eq!(array.push(2u64), Err(Error::Frozen));
    /// assert_eq!(array.write(0, 2u64), Err(Error::Frozen));
    /// assert_eq!(array.read::<u64>(0), Ok(1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn freeze(&self) -> Result<(), Error> {
        self.lock().freeze()
    }

    /// Whether the array changes no more. Who writes with [`store`](Self::store) or through a pointer asks first.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert!(!array.is_frozen());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline(always)]
    pub fn is_frozen(&self) -> bool {
        self.frozen.load(Ordering::Relaxed)
    }

    /// Whether a [`Block`](crate::Block) elsewhere refers to a chunk of an element that the array has.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// let view = array.chunks().next();
    /// assert!(array.has_views());
    /// drop(view);
    /// assert!(!array.has_views());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn has_views(&self) -> bool {
        // Each is held by the array and, at this moment, by the iterator.
        self.chunks().any(|chunk| chunk.block.references() > 2)
    }

    #[inline(always)]
    pub(crate) fn check_thawed(&self) -> Result<(), Error> {
        if self.is_frozen() {
            Err(Error::Frozen)
        } else {
            Ok(())
        }
    }
}

impl Exclusive<'_> {
    /// Makes every later change an error, for good.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.freeze()?;
    /// assert_eq!(exclusive.clear(), Err(Error::Frozen));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn freeze(&self) -> Result<(), Error> {
        if self.innermost_transaction().is_some() {
            return Err(Error::InTransaction);
        }
        self.array.frozen.store(true, Ordering::Relaxed);
        // Appends find no room, and are told why where they ask for some.
        self.array.limit.store(0, Ordering::Relaxed);
        Ok(())
    }

    #[inline]
    pub(crate) fn check_thawed(&self) -> Result<(), Error> {
        self.array.check_thawed()
    }
}
