//! What an array may do no more: frozen, closed, shared and exported arrays.

use crate::Error;
use crate::exclusive::Exclusive;
use crate::raw::RawArray;
use crate::sync::Ordering;

impl RawArray {
    /// A bit of the header's `state`: the array was [frozen](Self::freeze).
    pub const FROZEN: usize = 1;
    /// A bit of the header's `state`: the array was [closed](Self::close).
    pub const CLOSED: usize = 2;
    /// A bit of the header's `state`: [`push_plain`](Self::push_plain) is [over](Self::share).
    pub const SHARED: usize = 4;
    /// A bit of the header's `state`: memory stays for readers that nobody can keep away ([`export`](Self::export)).
    pub const EXPORTED: usize = 8;
    /// A bit of the header's `state`: an appender is open.
    pub const APPENDER: usize = 16;

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
        self.has_state(Self::FROZEN)
    }

    /// Removes all elements for good, of a frozen array too: nothing is ever appended again. The memory goes when the
    /// array does. A transaction's array is refused.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// array.close()?;
    /// assert!(array.is_closed() && array.is_empty());
    /// assert_eq!(array.push(2u64), Err(Error::Closed));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn close(&self) -> Result<(), Error> {
        self.lock().close()
    }

    /// Whether the array was closed.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert!(!array.is_closed());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.has_state(Self::CLOSED)
    }

    /// Makes [`push_plain`](Self::push_plain) answer [`PushSlow`](crate::PushSlow) from now on, so that threads without
    /// the token may append. Can't be undone. The caller holds the token.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// array.share();
    /// // SAFETY: nobody else has this array, and its elements have the size of a u64.
    /// assert!(unsafe { array.push_plain(2u64) }.is_err());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn share(&self) {
        self.enter(Self::SHARED);
    }

    /// [Shares](Self::share) the array with somebody who reads through its [header](Self::LAYOUT) at any time: from now
    /// on no memory is given back before the array itself goes.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// array.export();
    /// // SAFETY: nobody else has this array.
    /// unsafe { array.lock().close_and_release() }?;
    /// assert!(array.committed_bytes() > 8000);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn export(&self) {
        self.enter(Self::SHARED | Self::EXPORTED);
    }

    /// Whether somebody may read through the header at any time.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.share();
    /// assert!(!array.is_exported());
    /// array.export();
    /// assert!(array.is_exported());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn is_exported(&self) -> bool {
        self.has_state(Self::EXPORTED)
    }

    /// Enters states that need nothing else, unless the array is in them.
    fn enter(&self, states: usize) {
        if self.state.load(Ordering::Relaxed) & states != states {
            self.lock().enter(states);
        }
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

    /// Whether the array is in one of the states.
    #[inline(always)]
    pub(crate) fn has_state(&self, states: usize) -> bool {
        self.state.load(Ordering::Relaxed) & states != 0
    }

    /// Refuses where the array is in one of the states.
    #[inline(always)]
    fn refuse_if(&self, states: usize) -> Result<(), Error> {
        if self.has_state(states) {
            Err(self.refusal(states))
        } else {
            Ok(())
        }
    }

    /// The error of an array that is in one of the states.
    #[cold]
    fn refusal(&self, states: usize) -> Error {
        let state = self.state.load(Ordering::Relaxed) & states;
        if state & Self::CLOSED != 0 {
            Error::Closed
        } else if state & Self::FROZEN != 0 {
            Error::Frozen
        } else {
            Error::AppenderOpen
        }
    }

    /// Refuses where elements may not be written over.
    #[inline(always)]
    pub(crate) fn check_thawed(&self) -> Result<(), Error> {
        self.refuse_if(Self::FROZEN)
    }
}

impl Exclusive<'_> {
    /// As [`RawArray::share`].
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.lock().share();
    /// // SAFETY: nobody else has this array, and its elements have the size of a u64.
    /// assert!(unsafe { array.push_plain(2u64) }.is_err());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn share(&self) {
        self.enter(RawArray::SHARED);
    }

    /// As [`RawArray::export`].
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.lock().export();
    /// assert!(array.is_exported());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn export(&self) {
        self.enter(RawArray::SHARED | RawArray::EXPORTED);
    }

    fn enter(&self, states: usize) {
        if self.array.state.load(Ordering::Relaxed) & states != states {
            self.change_state(states, 0);
        }
    }

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
        let array = self.array;
        array.refuse_if(RawArray::CLOSED | RawArray::APPENDER)?;
        if self.innermost_transaction().is_some() {
            return Err(Error::InTransaction);
        }
        // Appends find no room, and are told why where they ask for some.
        array.limit.store(0, Ordering::Relaxed);
        self.change_state(RawArray::FROZEN, 0);
        Ok(())
    }

    /// Removes all elements for good, of a frozen array too. The memory goes when the array does.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.push(1u64)?;
    /// exclusive.close()?;
    /// assert_eq!(exclusive.push(2u64), Err(Error::Closed));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn close(&self) -> Result<(), Error> {
        self.check_no_appender()?;
        if self.innermost_transaction().is_some() {
            return Err(Error::InTransaction);
        }
        let array = self.array;
        let first = array.first.load(Ordering::Relaxed);
        array.limit.store(0, Ordering::Relaxed);
        self.take_back(first);
        self.change_state(RawArray::CLOSED, 0);
        Ok(())
    }

    /// [Closes](Self::close) the array and gives the memory of all chunks back, but for those that a
    /// [`Block`](crate::Block) elsewhere keeps. An [exported](RawArray::export) array keeps it until it goes.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// // SAFETY: nobody else has this array.
    /// unsafe { array.lock().close_and_release() }?;
    /// assert_eq!(array.committed_bytes(), 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// No other thread reads elements meanwhile, or uses a pointer to one that no block keeps: readers take no lock,
    /// so the caller keeps them away by other means (Python's GIL). Readers that [`export`](RawArray::export) was
    /// called for are the exception.
    pub unsafe fn close_and_release(&self) -> Result<(), Error> {
        self.close()?;
        if !self.array.is_exported() {
            // SAFETY: the caller's promise.
            unsafe { self.release_all() };
        }
        Ok(())
    }

    /// Refuses while an appender is open, whose thread alone changes the array's end.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.lock().check_no_appender(), Ok(()));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn check_no_appender(&self) -> Result<(), Error> {
        self.array.refuse_if(RawArray::APPENDER)
    }

    /// Refuses where nothing may be written over or dropped.
    #[inline]
    pub(crate) fn check_thawed(&self) -> Result<(), Error> {
        self.array.check_thawed()
    }

    /// Refuses where nothing may be removed at the end.
    #[inline]
    pub(crate) fn check_cuttable(&self) -> Result<(), Error> {
        self.array.refuse_if(RawArray::FROZEN | RawArray::APPENDER)
    }

    /// Refuses where nothing may be appended.
    #[inline]
    pub(crate) fn check_growable(&self) -> Result<(), Error> {
        self.array
            .refuse_if(RawArray::CLOSED | RawArray::FROZEN | RawArray::APPENDER)
    }

    /// Refuses where chunks behind the end may not even be reserved.
    pub(crate) fn check_reservable(&self) -> Result<(), Error> {
        self.array.refuse_if(RawArray::CLOSED | RawArray::FROZEN)
    }

    /// Enters and leaves states.
    pub(crate) fn change_state(&self, enter: usize, leave: usize) {
        let array = self.array;
        let state = array.state.load(Ordering::Relaxed) & !leave | enter;
        array.state.store(state, Ordering::Release);
        self.count_cut();
    }

    /// Tells whoever keeps a pointer to elements to look again.
    #[inline]
    pub(crate) fn count_cut(&self) {
        let cuts = self.array.cuts.load(Ordering::Relaxed);
        self.array
            .cuts
            .store(cuts.wrapping_add(1), Ordering::Release);
    }
}
