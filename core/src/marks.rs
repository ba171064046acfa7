//! Marks: ends of an array to which it can go back.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;
use crate::exclusive::Exclusive;
use crate::raw::RawArray;

/// The end that an array had when [`save`](RawArray::save) was called.
///
/// It is valid until the array is cut below it, or its position is dropped at the front; going back to a mark does not
/// use it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    id: u64,
    position: usize,
}

impl Mark {
    /// A number that no other mark of this process has, but for those of the same array and moment.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.save()?.id(), array.save()?.id());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn id(self) -> u64 {
        self.id
    }

    /// Where the array goes back to.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// assert_eq!(array.save()?.position(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn position(self) -> usize {
        self.position
    }
}

/// The valid marks of one array, the oldest first: ids and positions ascend.
#[derive(Default)]
pub(crate) struct Marks {
    valid: VecDeque<Mark>,
    /// The newest of those whose position was dropped.
    dropped: u64,
}

impl Marks {
    fn save(&mut self, position: usize) -> Result<Mark, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        if let Some(&last) = self.valid.back()
            && last.position == position
        {
            return Ok(last);
        }
        let refused = Error::OutOfMemory {
            bytes: size_of::<Mark>(),
        };
        self.valid.try_reserve(1).map_err(|_| refused)?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let mark = Mark { id, position };
        self.valid.push_back(mark);
        Ok(mark)
    }

    /// Forgets those behind `end`.
    pub(crate) fn cut(&mut self, end: usize) {
        while self.valid.back().is_some_and(|mark| mark.position > end) {
            self.valid.pop_back();
        }
    }

    /// Forgets those in front of `first`.
    pub(crate) fn purge(&mut self, first: usize) {
        while let Some(mark) = self.valid.pop_front_if(|mark| mark.position < first) {
            self.dropped = mark.id;
        }
    }

    fn find(&self, id: u64, first: usize) -> Result<Mark, Error> {
        match self.valid.binary_search_by_key(&id, |mark| mark.id) {
            Ok(k) => Ok(self.valid[k]),
            Err(_) if id <= self.dropped => Err(Error::MarkDropped { first }),
            Err(_) => Err(Error::StaleMark),
        }
    }
}

impl RawArray {
    /// Remembers the end of the array, for [`rewind`](Self::rewind).
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// let mark = array.save()?;
    /// array.extend(&[2u64, 3])?;
    /// array.rewind(mark)?;
    /// assert_eq!(array.len(), 1);
    /// array.clear()?;
    /// assert_eq!(array.rewind(mark), Err(Error::StaleMark));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn save(&self) -> Result<Mark, Error> {
        self.briefly().save()
    }

    /// Goes back to a mark: removes what was appended since. A mark that the array was cut below, or of another array,
    /// is refused.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// # let array = RawArray::new(8, &Options::default())?;
    /// let mark = array.save()?;
    /// array.push(1u64)?;
    /// array.drop_front(1)?;
    /// assert_eq!(array.rewind(mark), Err(Error::MarkDropped { first: 1 }));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn rewind(&self, mark: Mark) -> Result<(), Error> {
        self.briefly().rewind_to(mark.id)
    }

    /// Removes all elements, as [`clear`](Self::clear), and makes all marks invalid.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let mark = array.save()?;
    /// array.push(1u64)?;
    /// array.reset()?;
    /// assert!(array.is_empty());
    /// assert_eq!(array.rewind(mark), Err(Error::StaleMark));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn reset(&self) -> Result<(), Error> {
        self.briefly().reset()
    }
}

impl Exclusive<'_> {
    /// Remembers the end of the array.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// let mark = exclusive.save()?;
    /// exclusive.push(1u64)?;
    /// exclusive.rewind_to(mark.id())?;
    /// assert!(exclusive.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn save(&self) -> Result<Mark, Error> {
        let extra = self.make_extra()?;
        self.with(extra, |locked| locked.marks.save(self.end()))
    }

    /// Goes back to the mark with this [`id`](Mark::id).
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.lock().rewind_to(u64::MAX), Err(Error::StaleMark));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn rewind_to(&self, id: u64) -> Result<(), Error> {
        self.check_cuttable()?;
        let extra = self.array.extra().ok_or(Error::StaleMark)?;
        let mark = self.with(extra, |locked| locked.marks.find(id, self.array.first()))?;
        self.cut(mark.position)
    }

    /// Removes all elements, and makes all marks invalid.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// array.lock().reset()?;
    /// assert!(array.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn reset(&self) -> Result<(), Error> {
        self.clear()?;
        if let Some(extra) = self.array.extra() {
            self.with(extra, |locked| locked.marks = Marks::default());
        }
        Ok(())
    }
}
