//! What only some arrays need, so that the others don't carry it.

use std::alloc::{Layout, alloc};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::Arc;

use crate::Error;
use crate::appender::Opened;
use crate::arena::Arena;
use crate::exclusive::Exclusive;
use crate::marks::Marks;
use crate::raw::RawArray;
use crate::retention::Aside;
use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
use crate::transaction::Settled;
use crate::watch::Watch;

/// Made when it is first needed, under the lock, and kept until the array goes.
pub(crate) struct Extra {
    /// Elements to keep, where the array drops older ones by itself.
    pub(crate) keep: Option<usize>,
    /// Where the chunks' memory comes from, if not from the system.
    pub(crate) arena: Option<Arc<Arena>>,
    /// The thread that keeps the lock for a transaction, or 0. Only a comparison with the looking thread itself means
    /// something.
    pub(crate) owner: AtomicUsize,
    pub(crate) settled: Settled,
    pub(crate) watch: Watch,
    /// The owner's, see [`RawArray::attachment`].
    attachment: AtomicPtr<()>,
    pub(crate) opened: Opened,
    /// For the holder of the array's lock.
    locked: UnsafeCell<Locked>,
}

/// The part that only the holder of the lock looks at.
#[derive(Default)]
pub(crate) struct Locked {
    pub(crate) aside: Aside,
    pub(crate) marks: Marks,
    /// Where each of the running, nested transactions began.
    pub(crate) transactions: Vec<usize>,
    /// Exclusives of the running transactions that are in use.
    pub(crate) nested: usize,
}

impl Extra {
    /// A new one in memory of its own.
    pub(crate) fn allocate(
        keep: Option<usize>,
        arena: Option<Arc<Arena>>,
    ) -> Result<*mut Extra, Error> {
        let layout = Layout::new::<Extra>();
        // SAFETY: the layout is not empty.
        let extra: *mut Extra = unsafe { alloc(layout) }.cast();
        if extra.is_null() {
            return Err(Error::OutOfMemory {
                bytes: layout.size(),
            });
        }
        let fresh = Extra {
            keep,
            arena,
            owner: AtomicUsize::new(0),
            settled: Settled::new(),
            watch: Watch::new(),
            attachment: AtomicPtr::new(ptr::null_mut()),
            opened: Opened::new(),
            locked: UnsafeCell::default(),
        };
        // SAFETY: fresh memory of the right layout.
        unsafe { extra.write(fresh) };
        Ok(extra)
    }

    /// # Safety
    /// `extra` is null or came from `allocate`, and nobody uses it any more.
    pub(crate) unsafe fn free(extra: *mut Extra) {
        if !extra.is_null() {
            // SAFETY: allocated with the layout that a box has, by the same allocator.
            drop(unsafe { Box::from_raw(extra) });
        }
    }
}

impl RawArray {
    /// What the array's owner has [attached](Exclusive::attach) to it, or null.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert!(array.attachment().is_null());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn attachment(&self) -> *mut () {
        self.extra().map_or(ptr::null_mut(), |extra| {
            extra.attachment.load(Ordering::Acquire)
        })
    }

    #[inline(always)]
    pub(crate) fn extra(&self) -> Option<&Extra> {
        // SAFETY: null, or made by `Exclusive::make_extra` and kept until the array goes.
        unsafe { self.extra.load(Ordering::Acquire).as_ref() }
    }
}

impl Exclusive<'_> {
    /// The array's [attachment](RawArray::attachment), for a pointer that few arrays need. Where there is none, `make`
    /// makes it. The array does nothing with it: whoever attached it frees it.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let mut note = 7;
    /// let note: *mut () = (&raw mut note).cast();
    /// assert_eq!(array.lock().attach(|| Ok(note))?, note);
    /// assert_eq!(array.lock().attach(|| unreachable!())?, array.attachment());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn attach(&self, make: impl FnOnce() -> Result<*mut (), Error>) -> Result<*mut (), Error> {
        let extra = self.make_extra()?;
        let mut attachment = extra.attachment.load(Ordering::Relaxed);
        if attachment.is_null() {
            attachment = make()?;
            extra.attachment.store(attachment, Ordering::Release);
        }
        Ok(attachment)
    }

    /// What only some arrays need; made if it is not there.
    pub(crate) fn make_extra(&self) -> Result<&Extra, Error> {
        let array = self.array;
        if let Some(extra) = array.extra() {
            return Ok(extra);
        }
        let extra = Extra::allocate(None, None)?;
        array.extra.store(extra, Ordering::Release);
        // SAFETY: kept until the array goes.
        Ok(unsafe { &*extra })
    }

    /// Runs `work` with the part of `extra` that belongs to the holder of the lock. It must not call back here.
    pub(crate) fn with<T>(&self, extra: &Extra, work: impl FnOnce(&mut Locked) -> T) -> T {
        debug_assert!(ptr::eq(
            extra,
            self.array.extra.load(Ordering::Relaxed).cast_const()
        ));
        // SAFETY: this thread holds the lock of the array that the extra belongs to; nobody else looks.
        work(unsafe { &mut *extra.locked.get() })
    }
}
