//! Transactions: a thread appends for a while alone, and may take it all back.

use crate::Error;
use crate::exclusive::Exclusive;
use crate::lock::Hold;
use crate::raw::RawArray;
use crate::sync::{AtomicUsize, Ordering, fence, this_thread};

/// What a look from outside tells about transactions.
pub(crate) struct Settled {
    /// Odd while one runs.
    turn: AtomicUsize,
    /// Where the outermost one began.
    start: AtomicUsize,
}

impl Settled {
    pub(crate) fn new() -> Self {
        Settled {
            turn: AtomicUsize::new(0),
            start: AtomicUsize::new(0),
        }
    }

    fn begin(&self, start: usize) {
        self.start.store(start, Ordering::Relaxed);
        // Who sees the odd turn sees the start.
        self.turn.fetch_add(1, Ordering::Release);
        // Who sees an end that is published from here on sees the odd turn.
        fence(Ordering::Release);
    }

    fn finish(&self) {
        // Who sees this sees the end that the transaction left.
        self.turn.fetch_add(1, Ordering::Release);
    }
}

impl RawArray {
    /// Position behind the elements that no running transaction can take back.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// let depth = array.begin()?;
    /// array.push(2u64)?;
    /// assert_eq!((array.end(), array.settled_end()), (2, 1));
    /// array.commit(depth)?;
    /// assert_eq!(array.settled_end(), 2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn settled_end(&self) -> usize {
        loop {
            // The end first: if it is a transaction's, the extra is there.
            let end = self.end();
            let Some(extra) = self.extra() else {
                return end;
            };
            let turn = extra.settled.turn.load(Ordering::Acquire);
            let start = extra.settled.start.load(Ordering::Relaxed);
            let end = self.end();
            fence(Ordering::Acquire);
            if turn == extra.settled.turn.load(Ordering::Relaxed) {
                return if turn % 2 == 1 { end.min(start) } else { end };
            }
            crate::sync::wait_a_little(0);
        }
    }

    /// Waits until nobody else works on the array, and begins a transaction of this thread: until it is committed or
    /// aborted, other threads that want to append or shorten wait, and this one may go back to where it began. Gives
    /// its depth: 1, or more for one that is begun within another.
    ///
    /// Everything that this thread does with the array in between belongs to the transaction. What it writes over
    /// elements is not undone. A thread that ends without having finished leaves the array locked for good.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// let depth = array.begin()?;
    /// array.extend(&[2u64, 3])?;
    /// array.abort(depth)?;
    /// assert_eq!(array.len(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn begin(&self) -> Result<usize, Error> {
        self.lock().begin()
    }

    /// As [`begin`](Self::begin), without waiting: nothing where somebody else works on the array.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let depth = array.try_begin()?.unwrap();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| assert_eq!(array.try_begin(), Ok(None)));
    /// });
    /// assert_eq!(array.try_begin()?, Some(depth + 1));
    /// array.commit(depth + 1)?;
    /// array.commit(depth)?;
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn try_begin(&self) -> Result<Option<usize>, Error> {
        match self.try_lock() {
            Some(exclusive) => exclusive.begin().map(Some),
            None => Ok(None),
        }
    }

    /// Ends this thread's innermost transaction, whose depth is `depth`. What was appended in the outermost one is
    /// then there for good. Refused while an appender is open.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.commit(1), Err(Error::OutOfOrder { given: 1, depth: 0 }));
    /// let depth = array.begin()?;
    /// let exclusive = array.lock();
    /// assert_eq!(array.commit(depth), Err(Error::ExclusiveInUse));
    /// drop(exclusive);
    /// array.commit(depth)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn commit(&self, depth: usize) -> Result<(), Error> {
        let exclusive = self.check_order(depth)?;
        exclusive.check_no_appender()?;
        exclusive.finish();
        Ok(())
    }

    /// Takes everything back that was appended in this thread's innermost transaction, whose depth is `depth`, and ends
    /// it. An appender that was opened within it is closed.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let outer = array.begin()?;
    /// let inner = array.begin()?;
    /// assert_eq!(array.abort(outer), Err(Error::OutOfOrder { given: 1, depth: 2 }));
    /// array.abort(inner)?;
    /// array.abort(outer)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn abort(&self, depth: usize) -> Result<(), Error> {
        let exclusive = self.check_order(depth)?;
        // SAFETY: it was opened within the transaction, so by this thread, which is not in put_plain.
        unsafe { exclusive.abandon_appender() };
        if let Some(start) = exclusive.innermost_transaction() {
            exclusive.cut(start)?;
        }
        exclusive.finish();
        Ok(())
    }

    /// Whether this thread is in a transaction of the array.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let depth = array.begin()?;
    /// assert!(array.in_transaction_of_this_thread());
    /// array.commit(depth)?;
    /// assert!(!array.in_transaction_of_this_thread());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn in_transaction_of_this_thread(&self) -> bool {
        self.is_own()
    }

    /// How many transactions of the array this thread is in.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let depth = array.begin()?;
    /// assert_eq!(array.transaction_depth(), depth);
    /// array.commit(depth)?;
    /// assert_eq!(array.transaction_depth(), 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn transaction_depth(&self) -> usize {
        if self.is_own() {
            self.lock().transactions().0
        } else {
            0
        }
    }

    /// The lock, for the thread whose innermost transaction is the one of `given` depth.
    fn check_order(&self, given: usize) -> Result<Exclusive<'_>, Error> {
        if !self.is_own() {
            return Err(Error::OutOfOrder { given, depth: 0 });
        }
        let exclusive = self.lock();
        let (depth, nested) = exclusive.transactions();
        if given != depth {
            return Err(Error::OutOfOrder { given, depth });
        }
        // The outermost one gives the lock back, so nobody may go on as if it were held.
        if depth == 1 && nested > 1 {
            return Err(Error::ExclusiveInUse);
        }
        Ok(exclusive)
    }
}

impl Exclusive<'_> {
    /// Where the innermost of the running transactions began; these are this thread's, as it holds the lock.
    pub(crate) fn innermost_transaction(&self) -> Option<usize> {
        if self.hold != Hold::Nested {
            return None;
        }
        let extra = self.array.extra()?;
        self.with(extra, |locked| locked.transactions.last().copied())
    }

    /// How many transactions run, and how many exclusives of theirs are in use.
    fn transactions(&self) -> (usize, usize) {
        self.array.extra().map_or((0, 0), |extra| {
            self.with(extra, |locked| (locked.transactions.len(), locked.nested))
        })
    }

    /// Counts an exclusive of a transaction that begins or ends to be used.
    #[cold]
    pub(crate) fn count(&self, by: isize) {
        if let Some(extra) = self.array.extra() {
            self.with(extra, |locked| {
                locked.nested = locked.nested.wrapping_add_signed(by)
            });
        }
    }

    /// Keeps the lock for this thread, which must hold it long.
    fn begin(self) -> Result<usize, Error> {
        self.check_growable()?;
        let extra = self.make_extra()?;
        let end = self.end();
        let depth = self.with(extra, |locked| {
            let refused = Error::OutOfMemory {
                bytes: size_of::<usize>(),
            };
            let starts = &mut locked.transactions;
            starts.try_reserve(1).map_err(|_| refused)?;
            starts.push(end);
            Ok(starts.len())
        })?;
        if depth == 1 {
            extra.settled.begin(end);
            self.watch_transaction(extra);
            extra.owner.store(this_thread(), Ordering::Relaxed);
            // The transaction has the lock now.
            std::mem::forget(self);
        }
        Ok(depth)
    }

    /// Ends the innermost transaction, and with the outermost one gives the lock back.
    fn finish(self) {
        let array = self.array;
        let Some(extra) = array.extra() else { return };
        let depth = self.with(extra, |locked| {
            locked.transactions.pop();
            locked.transactions.len()
        });
        if depth == 0 {
            extra.settled.finish();
            extra.owner.store(0, Ordering::Relaxed);
            drop(self);
            let outermost = Exclusive::new(array, Hold::Long);
            outermost.retain();
            // The next append finds out what `keep` asks for from here on.
            array.limit.fetch_min(array.end(), Ordering::Relaxed);
        }
    }
}
