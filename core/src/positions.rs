//! Elements by position: the number that an element has for good.

use std::hint;
use std::ops::Range;
use std::ptr::NonNull;

use crate::Error;
use crate::chunks::Run;
use crate::element::{self, Element};
use crate::raw::RawArray;
use crate::sync::{Ordering, fence};

impl RawArray {
    /// Position of the oldest element: how many were ever dropped at the front.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[1.5f64, 2.5])?;
    /// assert_eq!((array.first(), array.end()), (0, 2));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline(always)]
    pub fn first(&self) -> usize {
        self.first.load(Ordering::Acquire)
    }

    /// Position behind the newest element: that of the next one.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(array.push(1.5f64)?, 0);
    /// assert_eq!(array.end(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline(always)]
    pub fn end(&self) -> usize {
        self.end.load(Ordering::Acquire)
    }

    /// The positions of the elements. Who has seen them may read every one of them, also after they are gone: that
    /// reads an old or a new value.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[1.5f64, 2.5])?;
    /// assert_eq!(array.live(), 0..2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline(always)]
    pub fn live(&self) -> Range<usize> {
        // In this order: the end never lies in front of a first one that was published before.
        let first = self.first();
        first..self.end()
    }

    /// The position that a signed index means, counted from the end where it is negative; `None` where there is no
    /// such element.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[1.5f64, 2.5])?;
    /// assert_eq!((array.position(-1), array.position(2), array.position(-3)), (Some(1), None, None));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline(always)]
    pub fn position(&self, index: isize) -> Option<usize> {
        let Range { start: first, end } = self.live();
        // Positions fit an isize, so the sums can't overflow.
        if index < 0 {
            // Told apart by a jump, which is foreseen, and not by a choice, which the address would wait for.
            hint::cold_path();
            // What lies in front of position 0 is huge here.
            let position = end.wrapping_add_signed(index);
            return (first..end).contains(&position).then_some(position);
        }
        let position = first + index as usize;
        (position < end).then_some(position)
    }

    /// Whether there is an element at `position`, and why not.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1.5f64)?;
    /// assert_eq!(array.check_position(0), Ok(()));
    /// assert_eq!(array.check_position(3), Err(Error::Gone { position: 3, end: 1 }));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn check_position(&self, position: usize) -> Result<(), Error> {
        let Range { start: first, end } = self.live();
        if position < first {
            Err(Error::Dropped { position, first })
        } else if position < end {
            Ok(())
        } else {
            Err(Error::Gone { position, end })
        }
    }

    /// The address of the element at `position`, unchecked.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// // SAFETY: the array has an element there.
    /// assert_eq!(unsafe { array.pointer(0) }, array.address_of(0)?.as_ptr());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// This thread has seen `position` among the [`live`](Self::live) ones.
    #[inline(always)]
    pub unsafe fn pointer(&self, position: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.table.pointer(position, self.table.element_size()) }
    }

    /// The address of an element of a type known to the compiler, unchecked: shifts instead of multiplying.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1.5f64)?;
    /// // SAFETY: the array has an element there, and it is an f64, which nobody else writes.
    /// assert_eq!(unsafe { array.pointer_of::<f64>(0).read() }, 1.5);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// As for [`pointer`](Self::pointer), and `T` has the size of an element.
    #[inline(always)]
    pub unsafe fn pointer_of<T: Element>(&self, position: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe { self.table.pointer(position, size_of::<T>()).cast() }
    }

    /// The element at `position`, unchecked.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1.5f64)?;
    /// // SAFETY: the array has an element there, and it is an f64.
    /// assert_eq!(unsafe { array.load::<f64>(0) }, 1.5);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// As for [`pointer_of`](Self::pointer_of).
    #[inline(always)]
    pub unsafe fn load<T: Element>(&self, position: usize) -> T {
        // SAFETY: the caller's promise; elements in front of the end were written.
        unsafe { element::load(self.pointer_of::<T>(position).cast()) }
    }

    /// Overwrites the element at `position`, unchecked.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1.5f64)?;
    /// // SAFETY: the array has an element there, and it is an f64.
    /// unsafe { array.store(0, 2.5f64) };
    /// assert_eq!(array.read::<f64>(0)?, 2.5);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// As for [`pointer_of`](Self::pointer_of).
    #[inline(always)]
    pub unsafe fn store<T: Element>(&self, position: usize, value: T) {
        // SAFETY: the caller's promise.
        unsafe { element::store(self.pointer_of::<T>(position).cast(), value) }
    }

    /// The element at `position`.
    ///
    /// What is dropped while it is read is an error, never another element's value.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(2.5f64)?;
    /// assert_eq!(array.read_at::<f64>(0)?, 2.5);
    /// assert_eq!(array.read_at::<f64>(5), Err(Error::Gone { position: 5, end: 1 }));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn read_at<T: Element>(&self, position: usize) -> Result<T, Error> {
        self.check_size(size_of::<T>())?;
        self.check_position(position)?;
        // SAFETY: position and size were checked.
        let value = unsafe { self.load(position) };
        self.check_kept(position)?;
        Ok(value)
    }

    /// Overwrites the element at `position`.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// array.write_at(0, 2u64)?;
    /// assert_eq!(array.read_at::<u64>(0)?, 2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn write_at<T: Element>(&self, position: usize, value: T) -> Result<(), Error> {
        self.check_size(size_of::<T>())?;
        self.check_position(position)?;
        self.check_thawed()?;
        // SAFETY: position and size were checked.
        unsafe { self.store(position, value) };
        Ok(())
    }

    /// Copies the element at `position` into `into`, which has an element's size.
    ///
    /// What is dropped while it is read is an error, never another element's value.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.push(*b"abc")?;
    /// let mut element = [0; 3];
    /// array.read_bytes_at(0, &mut element)?;
    /// assert_eq!(&element, b"abc");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn read_bytes_at(&self, position: usize, into: &mut [u8]) -> Result<(), Error> {
        self.check_size(into.len())?;
        self.check_position(position)?;
        // SAFETY: position and size were checked.
        unsafe { element::load_bytes(self.pointer(position), into) };
        self.check_kept(position)
    }

    /// Overwrites the element at `position` with `from`, which has an element's size.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.push(*b"abc")?;
    /// array.write_bytes_at(0, b"xyz")?;
    /// assert_eq!(&array.read::<[u8; 3]>(0)?, b"xyz");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn write_bytes_at(&self, position: usize, from: &[u8]) -> Result<(), Error> {
        self.check_size(from.len())?;
        self.check_position(position)?;
        self.check_thawed()?;
        // SAFETY: position and size were checked.
        unsafe { element::store_bytes(self.pointer(position), from) };
        Ok(())
    }

    /// Copies a part of the element at `position`, the bytes from `offset` on, into `into`. An error where it reaches
    /// behind the element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.push(*b"abc")?;
    /// let mut part = [0; 2];
    /// array.read_part_at(0, 1, &mut part)?;
    /// assert_eq!(&part, b"bc");
    /// assert!(array.read_part_at(0, 2, &mut part).is_err());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn read_part_at(
        &self,
        position: usize,
        offset: usize,
        into: &mut [u8],
    ) -> Result<(), Error> {
        self.check_part(offset, into.len())?;
        self.check_position(position)?;
        // SAFETY: position and part were checked.
        unsafe { element::load_part(self.pointer(position).add(offset), into) };
        self.check_kept(position)
    }

    /// Overwrites a part of the element at `position`, the bytes from `offset` on. An error where it reaches behind the
    /// element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.push(*b"abc")?;
    /// array.write_part_at(0, 1, b"xy")?;
    /// assert_eq!(&array.read::<[u8; 3]>(0)?, b"axy");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn write_part_at(&self, position: usize, offset: usize, from: &[u8]) -> Result<(), Error> {
        self.check_part(offset, from.len())?;
        self.check_position(position)?;
        self.check_thawed()?;
        // SAFETY: position and part were checked.
        unsafe { element::store_part(self.pointer(position).add(offset), from) };
        Ok(())
    }

    /// [`Error::PartOutside`] if `size` bytes from `offset` on do not lie within an element.
    ///
    /// ```
    /// # use chunkarray_core::{Error, Options, RawArray};
    /// let array = RawArray::new(3, &Options::default())?;
    /// assert!(array.check_part(1, 2).is_ok());
    /// assert!(matches!(array.check_part(2, 2), Err(Error::PartOutside { .. })));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn check_part(&self, offset: usize, size: usize) -> Result<(), Error> {
        element::check_part(self.element_size(), offset, size)
    }

    /// The address of the element at `position`: it stays the same as long as the array has the element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// let position = array.push(1u64)?;
    /// assert_eq!(array.address_at(position)?, array.address_of(0)?);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn address_at(&self, position: usize) -> Result<NonNull<u8>, Error> {
        self.check_position(position)?;
        // SAFETY: the position was checked; a chunk's memory is never at null.
        Ok(unsafe { NonNull::new_unchecked(self.pointer(position)) })
    }

    /// The longest run of elements in one chunk that begins at `position`, or nothing where there is no element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[0u64; 2000])?;
    /// let run = array.run(1000).unwrap();
    /// assert_eq!((run.start, run.end), (1000, 1024));
    /// assert!(array.run(2000).is_none());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn run(&self, position: usize) -> Option<Run> {
        let live = self.live();
        if !live.contains(&position) {
            return None;
        }
        let end = live.end.min(self.table.place(position).end());
        // SAFETY: this thread saw the position among the live ones.
        let pointer = unsafe { NonNull::new_unchecked(self.pointer(position)) };
        Some(Run {
            start: position,
            end,
            pointer,
        })
    }

    /// What was read at `position` was its value, if that was not dropped meanwhile: whoever writes another one there
    /// has told before that it was dropped.
    #[inline(always)]
    fn check_kept(&self, position: usize) -> Result<(), Error> {
        // Pairs with the fence before a chunk is used again.
        fence(Ordering::Acquire);
        let first = self.first.load(Ordering::Relaxed);
        if position < first {
            return Err(Error::Dropped { position, first });
        }
        Ok(())
    }
}
