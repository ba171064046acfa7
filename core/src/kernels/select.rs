//! Appending elements of a window: all of them, those at given indices, those that a mask marks.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::reorder;
use super::window::{Lookup, Scratch, Window};
use crate::element::Element;
use crate::{DType, Error, Exclusive, Kind, element};

/// Appends the elements of a window. All of them, or none.
///
/// ```
/// use chunkarray_core::kernels::{Window, extend_window};
/// use chunkarray_core::{Options, RawArray};
///
/// let (from, to) = (RawArray::new(1, &Options::default())?, RawArray::new(1, &Options::default())?);
/// from.extend(b"abcde")?;
/// extend_window(&to.lock(), &Window::new(&from, 4, -2, 3)?)?;
/// assert_eq!((to.read::<u8>(0)?, to.read::<u8>(2)?), (b'e', b'a'));
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn extend_window(to: &Exclusive<'_>, from: &Window) -> Result<Range<usize>, Error> {
    check_size(to, from)?;
    to.extend_with(from.len(), |k, at, count| {
        // SAFETY: there is room for `count` elements at `at`, where nobody else looks.
        unsafe { from.read_to(k, at, count) };
        Ok(())
    })
}

fn check_size(to: &Exclusive<'_>, from: &Window) -> Result<(), Error> {
    let element_size = to.element_size();
    if from.element_size() == element_size {
        Ok(())
    } else {
        Err(Error::SizeMismatch {
            given: from.element_size(),
            element_size,
        })
    }
}

/// Integers that elements are chosen by.
#[derive(Clone, Copy, Debug)]
pub enum Integers<'a> {
    /// In memory of one's own.
    Values(&'a [i64]),
    /// In memory that others may write to meanwhile.
    Memory(Memory<'a>),
    /// In an array of a dtype of integers.
    Window(&'a Window, &'a DType),
}

/// Scalars in one piece of memory that others may write to meanwhile, as a Python buffer's.
#[derive(Clone, Copy, Debug)]
pub struct Memory<'a> {
    at: *const u8,
    count: usize,
    dtype: &'a DType,
}

// SAFETY: the memory is read, byte by byte, while its maker's promise holds.
unsafe impl Send for Memory<'_> {}
// SAFETY: as above.
unsafe impl Sync for Memory<'_> {}

impl<'a> Memory<'a> {
    /// `count` scalars at an address.
    ///
    /// ```
    /// use chunkarray_core::DType;
    /// use chunkarray_core::kernels::Memory;
    ///
    /// let indices = [1u16, 2];
    /// let dtype = DType::parse("U2")?;
    /// // SAFETY: two scalars of two bytes are readable there while they are borrowed.
    /// let memory = unsafe { Memory::new(indices.as_ptr().cast(), 2, &dtype) };
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    ///
    /// # Safety
    /// So many scalars of the dtype are readable there for `'a`.
    pub unsafe fn new(at: *const u8, count: usize, dtype: &'a DType) -> Self {
        Memory { at, count, dtype }
    }

    /// Copies the bytes of the scalars from the `k`th on.
    ///
    /// ```
    /// use chunkarray_core::DType;
    /// use chunkarray_core::kernels::Memory;
    ///
    /// let (scalars, dtype) = (*b"abc", DType::parse("U1")?);
    /// // SAFETY: three scalars of one byte are readable there while they are borrowed.
    /// let memory = unsafe { Memory::new(scalars.as_ptr(), 3, &dtype) };
    /// let mut last = [0; 2];
    /// memory.read(1, &mut last);
    /// assert_eq!(&last, b"bc");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    ///
    /// # Panics
    /// Where there are not so many.
    pub fn read(&self, k: usize, into: &mut [u8]) {
        let size = self.dtype.item_size();
        assert!(k + into.len() / size <= self.count);
        // SAFETY: they lie within what `new` was promised. Byte by byte, as they need not be aligned.
        unsafe { element::load_many(into.as_mut_ptr(), self.at.add(k * size), into.len(), 1) };
    }
}

impl Integers<'_> {
    /// How many there are.
    ///
    /// ```
    /// assert_eq!(chunkarray_core::kernels::Integers::Values(&[5, 7]).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        match self {
            Integers::Values(values) => values.len(),
            Integers::Memory(memory) => memory.count,
            Integers::Window(window, _) => window.len(),
        }
    }

    /// Whether there is none.
    ///
    /// ```
    /// assert!(chunkarray_core::kernels::Integers::Values(&[]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The integers from the `k`th on, as what they count of `len` elements: from the end where they are negative.
    fn read(
        &self,
        k: usize,
        into: &mut [usize],
        len: usize,
        spare: &mut [u8],
    ) -> Result<(), Error> {
        let count = into.len();
        let dtype = match self {
            Integers::Values(values) => {
                return resolve(into, &values[k..k + count], len, |&value| value);
            }
            Integers::Memory(memory) => {
                memory.read(k, &mut spare[..count * memory.dtype.item_size()]);
                memory.dtype
            }
            Integers::Window(window, dtype) => {
                window.read(k, &mut spare[..count * dtype.item_size()]);
                dtype
            }
        };
        let size = dtype.item_size();
        let bytes = &mut spare[..count * size];
        if !dtype.is_native() {
            reorder::swap_scalars(bytes, size);
        }
        macro_rules! of {
            ($type:ty) => {
                resolve(into, bytemuck::cast_slice::<u8, $type>(bytes), len, |&v| {
                    v as i64
                })
            };
        }
        match (dtype.kind(), size) {
            (Kind::S, 1) => of!(i8),
            (Kind::S, 2) => of!(i16),
            (Kind::S, 4) => of!(i32),
            (Kind::S, _) => of!(i64),
            (_, 1) => of!(u8),
            (_, 2) => of!(u16),
            (_, 4) => of!(u32),
            (_, _) => {
                let large = bytemuck::cast_slice::<u8, u64>(bytes);
                match large.iter().find(|&&value| value > i64::MAX as u64) {
                    Some(&value) => Err(Error::NoSuchElement {
                        index: i128::from(value),
                        len,
                    }),
                    None => of!(i64),
                }
            }
        }
    }
}

/// Which elements the indices mean.
fn resolve<T>(
    into: &mut [usize],
    from: &[T],
    len: usize,
    value: impl Fn(&T) -> i64,
) -> Result<(), Error> {
    let mut good = true;
    for (k, from) in into.iter_mut().zip(from) {
        let index = value(from);
        let counted = if index < 0 {
            (index as usize).wrapping_add(len)
        } else {
            index as usize
        };
        good &= counted < len;
        *k = counted;
    }
    if good {
        return Ok(());
    }
    let bad = into.iter().position(|&k| k >= len).unwrap_or(0);
    Err(Error::NoSuchElement {
        index: i128::from(value(&from[bad])),
        len,
    })
}

/// So many indices are looked at together.
const TOGETHER: usize = 1024;

/// Appends the elements of a window at the given indices, which count from its end where they are negative. All of
/// them, or none.
///
/// ```
/// use chunkarray_core::kernels::{Integers, Window, extend_taken};
/// use chunkarray_core::{Options, RawArray};
///
/// let (from, to) = (RawArray::new(1, &Options::default())?, RawArray::new(1, &Options::default())?);
/// from.extend(b"abcde")?;
/// let window = Window::new(&from, 0, 1, 5)?;
/// extend_taken(&to.lock(), &window, Integers::Values(&[3, -1, 3]))?;
/// assert_eq!((to.read::<u8>(1)?, to.read::<u8>(2)?), (b'e', b'd'));
/// let refused = extend_taken(&to.lock(), &window, Integers::Values(&[5])).unwrap_err();
/// assert_eq!(refused.to_string(), "index 5 is out of range for length 5");
/// assert_eq!(to.len(), 3);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn extend_taken(
    to: &Exclusive<'_>,
    from: &Window,
    indices: Integers<'_>,
) -> Result<Range<usize>, Error> {
    check_size(to, from)?;
    let size = from.element_size();
    let lookup = from.lookup()?;
    let mut chosen = [0; TOGETHER];
    let mut spare = Scratch::new(TOGETHER, 8)?;
    to.extend_with(indices.len(), |first, at, count| {
        let mut done = 0;
        while done < count {
            let some = TOGETHER.min(count - done);
            let chosen = &mut chosen[..some];
            let spare = spare.elements(some, 8);
            indices.read(first + done, chosen, from.len(), spare)?;
            // SAFETY: all of them are less than the window's length, and there is room for them at `at`, where nobody
            // else looks.
            unsafe { lookup.gather(chosen, at.add(done * size), size) };
            done += some;
        }
        Ok(())
    })
}

/// Truth values, one byte each, that mark elements.
#[derive(Clone, Copy, Debug)]
pub enum Mask<'a> {
    /// In memory of one's own.
    Values(&'a [u8]),
    /// In memory that others may write to meanwhile.
    Memory(Memory<'a>),
    /// In an array.
    Window(&'a Window),
}

impl Mask<'_> {
    /// How many there are.
    ///
    /// ```
    /// assert_eq!(chunkarray_core::kernels::Mask::Values(&[0, 1, 1]).len(), 3);
    /// ```
    pub fn len(&self) -> usize {
        match self {
            Mask::Values(values) => values.len(),
            Mask::Memory(memory) => memory.count,
            Mask::Window(window) => window.len(),
        }
    }

    /// Whether there is none.
    ///
    /// ```
    /// assert!(chunkarray_core::kernels::Mask::Values(&[]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A bit for each, 64 to a word: a copy, since others may change the bytes.
    fn bits(&self) -> Result<Vec<u64>, Error> {
        let len = self.len();
        let words = len.div_ceil(64);
        let mut bits = Vec::new();
        let refused = |_| Error::OutOfMemory { bytes: words * 8 };
        bits.try_reserve_exact(words).map_err(refused)?;
        let mut bytes = [0; 4096];
        let mut k = 0;
        while k < len {
            let some = bytes.len().min(len - k);
            let block = &mut bytes[..some];
            match self {
                Mask::Values(values) => block.copy_from_slice(&values[k..k + some]),
                Mask::Memory(memory) => memory.read(k, block),
                Mask::Window(window) => window.read(k, block),
            }
            // What is behind the end marks nothing.
            bytes[some..].fill(0);
            bits.extend(
                bytes[..some.next_multiple_of(64)]
                    .as_chunks::<64>()
                    .0
                    .iter()
                    .map(packed),
            );
            k += some;
        }
        Ok(bits)
    }
}

/// A bit for each byte that is not zero.
#[inline]
fn packed(bytes: &[u8; 64]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let mut word = 0;
    for (k, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let eight = u64::from_le_bytes(*eight);
        // The highest bit of each byte, if it is not zero; then these bits side by side, by one multiplication.
        let marks = (((eight & LOW) + LOW) | eight) & !LOW;
        let side_by_side = (marks >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= side_by_side << (8 * k);
    }
    word
}

/// Appends the elements of a window that a mask of the same length marks. All of them, or none.
///
/// ```
/// use chunkarray_core::kernels::{Mask, Window, extend_masked};
/// use chunkarray_core::{Options, RawArray};
///
/// let (from, to) = (RawArray::new(1, &Options::default())?, RawArray::new(1, &Options::default())?);
/// from.extend(b"abc")?;
/// let window = Window::new(&from, 0, 1, 3)?;
/// extend_masked(&to.lock(), &window, Mask::Values(&[1, 0, 1]))?;
/// assert_eq!((to.len(), to.read::<u8>(1)?), (2, b'c'));
/// let refused = extend_masked(&to.lock(), &window, Mask::Values(&[1])).unwrap_err();
/// assert_eq!(refused.to_string(), "boolean mask of length 1 for length 3");
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub fn extend_masked(
    to: &Exclusive<'_>,
    from: &Window,
    mask: Mask<'_>,
) -> Result<Range<usize>, Error> {
    check_size(to, from)?;
    if mask.len() != from.len() {
        return Err(Error::MaskLength {
            given: mask.len(),
            len: from.len(),
        });
    }
    let bits = mask.bits()?;
    let total = bits.iter().map(|word| word.count_ones() as usize).sum();
    let mut marked = Marked {
        from,
        lookup: from.lookup()?,
        block: Scratch::new(BLOCK, from.element_size())?,
        loaded: usize::MAX,
        word: 0,
        left: bits.first().copied().unwrap_or(0),
        bits,
    };
    to.extend_with(total, |_, at, count| {
        // SAFETY: there is room for `count` elements at `at`, where nobody else looks.
        unsafe {
            match from.element_size() {
                1 => marked.take_words::<u8>(at.cast(), count),
                2 => marked.take_words::<u16>(at.cast(), count),
                4 => marked.take_words::<u32>(at.cast(), count),
                8 => marked.take_words::<u64>(at.cast(), count),
                _ => marked.take_some(at, count),
            }
        }
        Ok(())
    })
}

/// Elements are read so many at a time where a good part of them is marked.
const BLOCK: usize = 1024;
/// Of 64 elements, up to so many are fetched one by one.
const SPARSE: u32 = 5;

/// Goes through marked elements.
struct Marked<'a> {
    from: &'a Window,
    lookup: Lookup<'a>,
    bits: Vec<u64>,
    /// The word that is next, and those of its bits that are left.
    word: usize,
    left: u64,
    /// Copies of the elements from number `loaded` on.
    block: Scratch,
    loaded: usize,
}

impl Marked<'_> {
    /// Copies the next marked elements.
    ///
    /// # Safety
    /// There are so many, and room for them at `to`, where nobody else looks.
    unsafe fn take_some(&mut self, to: *mut u8, count: usize) {
        let size = self.from.element_size();
        for k in 0..count {
            while self.left == 0 {
                self.word += 1;
                self.left = self.bits[self.word];
            }
            let chosen = self.word * 64 + self.left.trailing_zeros() as usize;
            self.left &= self.left - 1;
            // SAFETY: the caller's promise; the bits count the window's elements.
            unsafe { self.lookup.gather(&[chosen], to.add(k * size), size) };
        }
    }

    /// As [`take_some`](Self::take_some), for elements of the size of `W`.
    ///
    /// # Safety
    /// As for [`take_some`](Self::take_some).
    unsafe fn take_words<W: Element>(&mut self, to: *mut W, count: usize) {
        let mut done = 0;
        while done < count {
            if self.left == 0 {
                self.word += 1;
                self.left = self.bits[self.word];
                continue;
            }
            let marked = self.left.count_ones();
            if marked <= SPARSE || done + 64 > count {
                let some = (marked as usize).min(count - done);
                // SAFETY: the caller's promise.
                unsafe { self.take_some(to.add(done).cast(), some) };
                done += some;
                continue;
            }
            let left = self.left;
            let words: &[W; 64] = self.load();
            // SAFETY: there is room for 64 more.
            let room = unsafe { &mut *to.add(done).cast::<[MaybeUninit<W>; 64]>() };
            if left == u64::MAX {
                for (to, &word) in room.iter_mut().zip(words) {
                    to.write(word);
                }
            } else {
                // Each is written, and the next one over it where it is not marked: no branch to guess.
                let mut next = 0;
                for (k, &word) in words.iter().enumerate() {
                    room[next & 63].write(word);
                    next += (left >> k & 1) as usize;
                }
            }
            done += marked as usize;
            self.left = 0;
        }
    }

    /// The 64 elements of the word that is next.
    fn load<W: Element>(&mut self) -> &[W; 64] {
        let first = self.word * 64;
        let size = size_of::<W>();
        if self.loaded == usize::MAX || first < self.loaded || first >= self.loaded + BLOCK {
            self.loaded = first;
            let count = BLOCK.min(self.from.len() - first);
            self.from.read(first, self.block.elements(count, size));
        }
        let words = bytemuck::cast_slice(self.block.elements(BLOCK, size));
        let at = first - self.loaded;
        words[at..].first_chunk().expect("a block is whole words")
    }
}
