//! Appenders: one thread appends with plain stores for as long as it likes, and nobody else does.

use std::marker::PhantomData;
use std::ops::Range;

use crate::array::ChunkArray;
use crate::element::{self, Element};
use crate::exclusive::Exclusive;
use crate::extra::Extra;
use crate::raw::{PushSlow, RawArray};
use crate::sync::{AtomicUsize, Ordering, this_thread};
use crate::{Error, watch};

/// What an array knows of its appender.
///
/// While one is open, only its thread writes behind the array's end or moves it, and the array's own `limit` is 0: so
/// every other way to append asks for room, and every way to shorten looks at the state, and both are refused. The
/// others' lock is still theirs for all else (dropping at the front, reserving, watching, sorting), beside puts that
/// take no lock.
pub(crate) struct Opened {
    /// The thread that puts, or 0.
    thread: AtomicUsize,
    /// Puts need nothing new below this position. `put_limit` is lower where somebody watches.
    limit: AtomicUsize,
    /// Another number whenever one is opened or closed.
    turn: AtomicUsize,
}

impl Opened {
    pub(crate) fn new() -> Self {
        Opened {
            thread: AtomicUsize::new(0),
            limit: AtomicUsize::new(0),
            turn: AtomicUsize::new(0),
        }
    }

    fn next_turn(&self) {
        let turn = self.turn.load(Ordering::Relaxed);
        self.turn.store(turn.wrapping_add(1), Ordering::Relaxed);
    }
}

impl RawArray {
    /// Opens the array's appender for this thread: until it is closed, only [`put`](Self::put) and
    /// [`put_plain`](Self::put_plain) append, and nothing is removed at the end. Waits for others who work on the array.
    ///
    /// An appender may be opened within a transaction, which can't be committed before it is closed; aborting closes it.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.open_appender()?;
    /// assert_eq!(array.open_appender(), Err(Error::AppenderOpen));
    /// assert_eq!(array.put(1.5f64)?, 0);
    /// assert_eq!(array.push(2.5f64), Err(Error::AppenderOpen));
    /// assert_eq!(array.pop::<f64>(), Err(Error::AppenderOpen));
    /// array.close_appender()?;
    /// assert_eq!(array.push(2.5f64)?, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn open_appender(&self) -> Result<(), Error> {
        self.lock().open_appender()
    }

    /// Closes the appender that this thread opened.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.open_appender()?;
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| assert_eq!(array.close_appender(), Err(Error::NotTheAppendersThread)));
    /// });
    /// array.close_appender()?;
    /// assert_eq!(array.close_appender(), Err(Error::AppenderClosed));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn close_appender(&self) -> Result<(), Error> {
        self.briefly().close_appender()
    }

    /// Closes the appender, whoever opened it, and tells whether one was open.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.open_appender()?;
    /// // SAFETY: nobody uses put_plain.
    /// assert!(unsafe { array.abandon_appender() });
    /// assert!(!array.has_appender());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// No other thread is in [`put_plain`](Self::put_plain) meanwhile: the caller holds the token that it speaks of, or
    /// nobody puts that way, or the thread that did is over.
    pub unsafe fn abandon_appender(&self) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.briefly().abandon_appender() }
    }

    /// Whether an appender is open.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert!(!array.has_appender());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn has_appender(&self) -> bool {
        self.has_state(Self::APPENDER)
    }

    /// Another number whenever an appender is opened or closed, so that who asked for it after opening one knows if
    /// that is over.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.open_appender()?;
    /// let mine = array.appender_turn();
    /// array.close_appender()?;
    /// array.open_appender()?;
    /// assert_ne!(array.appender_turn(), mine);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn appender_turn(&self) -> usize {
        self.extra()
            .map_or(0, |extra| extra.opened.turn.load(Ordering::Relaxed))
    }

    /// Appends an element through the appender of this thread, and gives its position.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.put(1u64), Err(Error::AppenderClosed));
    /// array.open_appender()?;
    /// assert_eq!(array.put(1u64)?, 0);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| assert_eq!(array.put(2u64), Err(Error::NotTheAppendersThread)));
    /// });
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn put<T: Element>(&self, value: T) -> Result<usize, Error> {
        self.briefly().put(value)
    }

    /// Appends an element given as bytes through the appender of this thread, and gives its position.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.open_appender()?;
    /// assert_eq!(array.put_bytes(b"abc")?, 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn put_bytes(&self, value: &[u8]) -> Result<usize, Error> {
        self.briefly().put_bytes(value)
    }

    /// Appends an element through the open appender with plain loads and stores and one test, and gives its position.
    ///
    /// Where it answers with [`PushSlow`], nothing has happened, and [`put`](Self::put) knows why: the tail chunk is
    /// full, somebody watches the position that would be reached, or no appender is open.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.open_appender()?;
    /// for k in 0..3 {
    ///     // SAFETY: this thread opened the appender, and elements have the size of an f64.
    ///     if unsafe { array.put_plain(f64::from(k)) }.is_err() {
    ///         array.put(f64::from(k))?;
    ///     }
    /// }
    /// assert_eq!(array.len(), 3);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// Who [watches](Self::watch) without the token of [`push_plain`](Self::push_plain), or where the caller has none,
    /// may be told one put late, or when the appender is closed.
    ///
    /// # Safety
    /// - `T` has the size of an element.
    /// - If an appender is open, this thread opened it, and no other thread closes it meanwhile.
    #[inline(always)]
    pub unsafe fn put_plain<T: Element>(&self, value: T) -> Result<usize, PushSlow> {
        // Relaxed, other than in push_plain: this thread set limit, end and tail itself. Others only lower the limit.
        let limit = self.put_limit.load(Ordering::Relaxed);
        // SAFETY: the appender's thread alone appends.
        unsafe { self.append_below(limit, value) }
    }
}

impl Exclusive<'_> {
    /// As [`RawArray::open_appender`].
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// exclusive.open_appender()?;
    /// assert_eq!(exclusive.push(1u64), Err(Error::AppenderOpen));
    /// assert_eq!(exclusive.put(1u64), Ok(0));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn open_appender(&self) -> Result<(), Error> {
        self.check_growable()?;
        let extra = self.make_extra()?;
        let (array, opened) = (self.array, &extra.opened);
        opened.next_turn();
        opened.thread.store(this_thread(), Ordering::Relaxed);
        let limit = array.limit.load(Ordering::Relaxed);
        opened.limit.store(limit, Ordering::Relaxed);
        array.limit.store(0, Ordering::Relaxed);
        self.change_state(RawArray::APPENDER, 0);
        self.open_to_puts(extra);
        Ok(())
    }

    /// As [`RawArray::close_appender`].
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let exclusive = array.lock();
    /// assert_eq!(exclusive.close_appender(), Err(Error::AppenderClosed));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn close_appender(&self) -> Result<(), Error> {
        self.own_appender()?;
        // SAFETY: this thread alone may be in put_plain, and is not.
        unsafe { self.abandon_appender() };
        Ok(())
    }

    /// As [`RawArray::abandon_appender`].
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// // SAFETY: nobody uses put_plain.
    /// assert!(!unsafe { array.lock().abandon_appender() });
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// As for [`RawArray::abandon_appender`].
    pub unsafe fn abandon_appender(&self) -> bool {
        let array = self.array;
        let Some(extra) = array.extra().filter(|_| array.has_appender()) else {
            return false;
        };
        let limit = extra.opened.limit.load(Ordering::Relaxed);
        array.limit.store(limit, Ordering::Relaxed);
        extra.opened.next_turn();
        extra.opened.thread.store(0, Ordering::Relaxed);
        array.put_limit.store(0, Ordering::Relaxed);
        self.change_state(0, RawArray::APPENDER);
        true
    }

    /// As [`RawArray::put`].
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.open_appender()?;
    /// assert_eq!(array.lock().put(1u64)?, 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn put<T: Element>(&self, value: T) -> Result<usize, Error> {
        self.array.check_size(size_of::<T>())?;
        // SAFETY: the place is that of an element behind the end, and this thread alone appends.
        self.put_with(size_of::<T>(), |at| unsafe { element::store(at, value) })
    }

    /// As [`RawArray::put_bytes`].
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.open_appender()?;
    /// assert_eq!(array.lock().put_bytes(b"abc")?, 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn put_bytes(&self, value: &[u8]) -> Result<usize, Error> {
        self.array.check_size(value.len())?;
        // SAFETY: as in put.
        self.put_with(value.len(), |at| unsafe { element::store_bytes(at, value) })
    }

    #[inline(always)]
    fn put_with(&self, size: usize, write: impl FnOnce(*mut u8)) -> Result<usize, Error> {
        let extra = self.own_appender()?;
        let (array, limit) = (self.array, &extra.opened.limit);
        let position = self.end();
        let at_limit = position >= limit.load(Ordering::Relaxed);
        if at_limit {
            limit.store(self.next_tail(position)?, Ordering::Relaxed);
        }
        let bias = array.tail_bias.load(Ordering::Relaxed);
        write(bias.wrapping_add(position * size));
        array.end.store(position + 1, Ordering::Release);
        if at_limit {
            self.retain();
        }
        if position >= array.put_limit.load(Ordering::Relaxed) {
            self.open_to_puts(extra);
        }
        Ok(position)
    }

    /// Appends whole elements that were put and held back elsewhere, given as bytes: adjacent, all of them or none,
    /// visible at once. Gives their positions. Any thread may, while an appender is open.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let held = [1u64, 2, 3];
    /// // SAFETY: the array of three is readable, and nobody uses put_plain.
    /// let put = || unsafe { array.lock().put_from_pointer(held.as_ptr().cast(), 24) };
    /// assert_eq!(put(), Err(Error::AppenderClosed));
    /// array.open_appender()?;
    /// assert_eq!(put(), Ok(0..3));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Safety
    /// `bytes` bytes at `from` are readable during the call, and no other thread is in
    /// [`put_plain`](RawArray::put_plain) meanwhile.
    pub unsafe fn put_from_pointer(
        &self,
        from: *const u8,
        bytes: usize,
    ) -> Result<Range<usize>, Error> {
        if !self.array.has_appender() {
            return Err(Error::AppenderClosed);
        }
        // SAFETY: the caller's promise.
        unsafe { self.copy_new(from, bytes) }
    }

    /// What belongs to the open appender, if this thread opened it.
    #[inline]
    fn own_appender(&self) -> Result<&Extra, Error> {
        let array = self.array;
        let extra = array.extra().filter(|_| array.has_appender());
        let extra = extra.ok_or(Error::AppenderClosed)?;
        if extra.opened.thread.load(Ordering::Relaxed) == this_thread() {
            Ok(extra)
        } else {
            Err(Error::NotTheAppendersThread)
        }
    }

    /// Lets the appender put plainly as far as there is room and nobody watches.
    #[cold]
    #[inline(never)]
    fn open_to_puts(&self, extra: &Extra) {
        extra.watch.bounded(|watched| {
            let limit = extra.opened.limit.load(Ordering::Relaxed);
            // A position that was reached is not due yet within a transaction, and will be when that ends.
            let bound = if watched > self.end() {
                watched - 1
            } else {
                watch::NEVER
            };
            self.array
                .put_limit
                .store(limit.min(bound), Ordering::Relaxed);
        });
    }
}

/// An open appender of a [`ChunkArray`], for the thread that opened it; closed when it is dropped.
///
/// ```
/// use chunkarray_core::{ChunkArray, Error};
///
/// let array = ChunkArray::new();
/// let mut appender = array.appender()?;
/// for k in 0..5000u32 {
///     appender.put(k)?;
/// }
/// assert_eq!((array.len(), array.push(0)), (5000, Err(Error::AppenderOpen)));
/// drop(appender);
/// array.push(0)?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Appender<'a, T: Element> {
    array: &'a RawArray,
    turn: usize,
    /// It stays on its thread.
    elements: PhantomData<*mut T>,
}

impl<T: Element> ChunkArray<T> {
    /// Opens the array's appender, the quickest way to append while others read: see [`Appender`]. An error if one is
    /// open.
    ///
    /// ```
    /// # use chunkarray_core::{ChunkArray, Error};
    /// let array = ChunkArray::<u8>::new();
    /// let appender = array.appender()?;
    /// assert_eq!(array.appender().err(), Some(Error::AppenderOpen));
    /// # drop(appender);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn appender(&self) -> Result<Appender<'_, T>, Error> {
        self.raw().open_appender()?;
        Ok(Appender {
            array: self.raw(),
            turn: self.raw().appender_turn(),
            elements: PhantomData,
        })
    }
}

impl<T: Element> Appender<'_, T> {
    /// Appends an element and gives its position.
    ///
    /// ```
    /// # use chunkarray_core::ChunkArray;
    /// let array = ChunkArray::new();
    /// assert_eq!(array.appender()?.put(0.5f32)?, 0);
    /// assert_eq!(array.len(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn put(&mut self, value: T) -> Result<usize, Error> {
        if self.is_over() {
            return Err(Error::AppenderClosed);
        }
        // SAFETY: elements are of this type, and this thread's appender is open: only this thread closes it, or unsafe
        // code that promises not to do so now.
        match unsafe { self.array.put_plain(value) } {
            Ok(position) => Ok(position),
            Err(PushSlow) => self.array.put(value),
        }
    }

    /// Whether it was closed, as by the abort of the transaction around it.
    #[inline]
    fn is_over(&self) -> bool {
        self.array.appender_turn() != self.turn
    }
}

impl<T: Element> Drop for Appender<'_, T> {
    fn drop(&mut self) {
        if !self.is_over() {
            let closed = self.array.close_appender();
            debug_assert_eq!(closed, Ok(()));
        }
    }
}
