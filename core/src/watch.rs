//! Telling somebody that an array has reached a position, at no cost for appends that nobody waits for.

use crate::Error;
use crate::exclusive::Exclusive;
use crate::extra::Extra;
use crate::raw::RawArray;
use crate::sync::{AtomicBool, AtomicUsize, Ordering, wait_a_little};

/// Nobody waits.
pub(crate) const NEVER: usize = usize::MAX;

/// What is waited for.
///
/// A watched position lowers the array's `append_limit` and `put_limit`, so that the append that reaches it takes the lock; whoever
/// gives the lock back looks here. `active` is set under the array's lock; while it is set, `section` orders those who
/// give the lock back and those who begin to watch, also where a transaction holds the lock for long.
pub(crate) struct Watch {
    /// Somebody waits, or a transaction runs.
    active: AtomicBool,
    section: AtomicBool,
    /// The lowest position that is waited for.
    position: AtomicUsize,
    /// It was reached, and nobody was told yet.
    due: AtomicBool,
}

/// Within [`Watch::section`], until it is dropped.
struct Section<'a>(&'a Watch);

impl Drop for Section<'_> {
    fn drop(&mut self) {
        self.0.section.store(false, Ordering::Release);
    }
}

impl Watch {
    pub(crate) fn new() -> Self {
        Watch {
            active: AtomicBool::new(false),
            section: AtomicBool::new(false),
            position: AtomicUsize::new(NEVER),
            due: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(crate) fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    fn enter(&self) -> Section<'_> {
        let mut round = 0;
        while self
            .section
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            wait_a_little(round);
            round = round.saturating_add(1);
        }
        Section(self)
    }

    /// Runs `work` with the position that is waited for, while nobody begins to wait.
    pub(crate) fn bounded(&self, work: impl FnOnce(usize)) {
        let _section = self.enter();
        work(self.position.load(Ordering::Relaxed));
    }
}

impl Section<'_> {
    /// Watches `position`, and tells whether the array is there already.
    fn add(&self, array: &RawArray, position: usize) -> bool {
        if array.settled_end() >= position {
            return true;
        }
        self.0.position.fetch_min(position, Ordering::Relaxed);
        for limit in [&array.append_limit, &array.put_limit] {
            let now = limit.load(Ordering::Relaxed);
            // The append that makes `position` the end is to be a slow one. If the limit changes now, somebody takes
            // the lock, and sets it anew when the lock is given back; or closes the appender.
            if now >= position {
                let _ =
                    limit.compare_exchange(now, position - 1, Ordering::Release, Ordering::Relaxed);
            }
        }
        false
    }

    fn fire(&self) {
        self.0.position.store(NEVER, Ordering::Relaxed);
        self.0.due.store(true, Ordering::Release);
    }
}

impl RawArray {
    /// Asks to be told once there are elements in front of `position` that no transaction can take back: the first
    /// [`take_due`](Self::take_due) after that says yes. True, and nothing is asked for, if they are there already.
    ///
    /// One position is watched at a time: the lowest that was asked for. The caller holds the token that
    /// [`push_plain`](Self::push_plain) speaks of.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// assert!(array.watch(1)?);
    /// assert!(!array.watch(3)?);
    /// array.push(2u64)?;
    /// assert!(!array.take_due());
    /// array.push(3u64)?;
    /// assert!(array.take_due());
    /// assert!(!array.take_due(), "once");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn watch(&self, position: usize) -> Result<bool, Error> {
        match self.watch_beside(position) {
            Some(there) => Ok(there),
            None => self.briefly().watch(position),
        }
    }

    /// As [`watch`](Self::watch) without the lock; nothing where that is needed, which is never while somebody's
    /// transaction runs.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.watch_beside(1), None);
    /// let depth = array.begin()?;
    /// assert_eq!(array.watch_beside(1), Some(false));
    /// array.push(1u64)?;
    /// assert!(!array.take_due());
    /// array.commit(depth)?;
    /// assert!(array.take_due());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn watch_beside(&self, position: usize) -> Option<bool> {
        let watch = &self.extra()?.watch;
        if !watch.is_active() {
            return None;
        }
        let section = watch.enter();
        watch.is_active().then(|| section.add(self, position))
    }

    /// Whether a watched position was reached since the last call that said so. To be asked after each append, commit
    /// or close, when the lock is given back.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.watch(1)?;
    /// array.extend(&[1u64; 100])?;
    /// assert!(array.take_due());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn take_due(&self) -> bool {
        match self.extra() {
            Some(extra) => {
                extra.watch.due.load(Ordering::Relaxed)
                    && extra.watch.due.swap(false, Ordering::Acquire)
            }
            None => false,
        }
    }

    /// Makes what is watched due, as nothing more will come.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.watch(1)?;
    /// array.wake_all();
    /// assert!(array.take_due());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn wake_all(&self) {
        if let Some(extra) = self.extra() {
            let section = extra.watch.enter();
            if extra.watch.position.load(Ordering::Relaxed) != NEVER {
                section.fire();
            }
        }
    }
}

impl Exclusive<'_> {
    /// As [`RawArray::watch`].
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert!(!array.lock().watch(1)?);
    /// array.push(1u64)?;
    /// assert!(array.take_due());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn watch(&self, position: usize) -> Result<bool, Error> {
        let array = self.array;
        if array.settled_end() >= position {
            return Ok(true);
        }
        let watch = &self.make_extra()?.watch;
        let section = watch.enter();
        watch.active.store(true, Ordering::Release);
        Ok(section.add(array, position))
    }

    /// Lets others watch without the lock until the transaction ends that this thread begins.
    pub(crate) fn watch_transaction(&self, extra: &Extra) {
        let _section = extra.watch.enter();
        extra.watch.active.store(true, Ordering::Release);
    }

    /// Looks whether what is watched was reached, when the lock is given back; opens the array to plain appends.
    #[cold]
    #[inline(never)]
    pub(crate) fn look_at_watch(&self, extra: &Extra) {
        let (array, watch) = (self.array, &extra.watch);
        let section = watch.enter();
        if self.end() >= watch.position.load(Ordering::Relaxed) {
            section.fire();
        }
        let position = watch.position.load(Ordering::Relaxed);
        if position == NEVER {
            watch.active.store(false, Ordering::Release);
        }
        if !array.has_state(RawArray::SHARED | RawArray::APPENDER) {
            let limit = array.limit.load(Ordering::Relaxed).min(position - 1);
            // Release: see push_plain.
            array.append_limit.store(limit, Ordering::Release);
        }
    }
}
