//! Which elements a kernel works on, and how they get in and out.

use std::ptr::{self, NonNull};

use crate::block::Block;
use crate::element::{self, Element, Part, Whole};
use crate::memory::Mapping;
use crate::options::bytes_of;
use crate::{Error, RawArray};

/// Kernels work on so many bytes at a time: they stay in the first-level cache.
const BLOCK: usize = 16 << 10;

/// Elements of an array at positions `start`, `start + step`, ... that were there when the window was made.
///
/// It keeps the memory of their chunks, so it stays readable and writable whatever becomes of the array, and may be
/// used from any thread.
///
/// ```
/// use chunkarray_core::{Options, RawArray, kernels::Window};
///
/// let array = RawArray::new(8, &Options::default())?;
/// array.extend(&[1u64, 2, 3, 4, 5])?;
/// let window = Window::new(&array, 4, -2, 3)?;
/// let mut bytes = [0; 24];
/// window.read(0, &mut bytes);
/// assert_eq!(bytemuck::cast_slice::<u8, u64>(&bytes), [5, 3, 1]);
/// assert!(Window::new(&array, 4, 1, 2).is_err());
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Window {
    pieces: Vec<Piece>,
    count: usize,
    size: usize,
}

/// The elements of a window that lie in one chunk.
#[derive(Debug)]
struct Piece {
    /// Which element of the window the first one is.
    first: usize,
    at: NonNull<u8>,
    /// Bytes from one element to the next.
    stride: isize,
    /// Keeps the memory.
    block: Block,
}

// SAFETY: the addresses are those of memory that the blocks keep, and it is read and written by element only.
unsafe impl Send for Window {}
// SAFETY: as above.
unsafe impl Sync for Window {}

impl Window {
    /// The elements at `count` positions from `start` on, `step` apart: an error where one of them is not there.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(Window::new(&array, 0, 1, 0)?.len(), 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn new(array: &RawArray, start: usize, step: isize, count: usize) -> Result<Window, Error> {
        check(array, start, step, count)?;
        let size = array.element_size();
        let stride = step.saturating_mul(size as isize);
        let mut pieces = Vec::new();
        let (mut first, mut position) = (0, start);
        while first < count {
            let place = array.table.place(position);
            // SAFETY: the position lies in front of an end that this thread acquired.
            let (block, at) = unsafe { (array.table.block(&place), array.pointer(position)) };
            // SAFETY: a chunk's memory is never at null.
            let at = unsafe { NonNull::new_unchecked(at) };
            pieces.push(Piece {
                first,
                at,
                stride,
                block,
            });
            // Steps that stay in the chunk.
            let room = if step < 0 {
                position - place.start
            } else {
                place.end() - 1 - position
            };
            let steps = room.checked_div(step.unsigned_abs()).unwrap_or(count) + 1;
            first += steps;
            if first < count {
                position = position.wrapping_add_signed(step.wrapping_mul(steps as isize));
            }
        }
        Ok(Window {
            pieces,
            count,
            size,
        })
    }

    /// All elements that an array has at this moment.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.push(1u64)?;
    /// assert_eq!(Window::all(&array)?.len(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn all(array: &RawArray) -> Result<Window, Error> {
        loop {
            let live = array.live();
            match Window::new(array, live.start, 1, live.len()) {
                // Another thread took elements away in between.
                Err(_) if array.live() != live => continue,
                window => return window,
            }
        }
    }

    /// How many elements there are.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[1u64, 2])?;
    /// assert_eq!(Window::new(&array, 0, 1, 2)?.len(), 2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert!(Window::new(&array, 0, 1, 0)?.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of an element.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(8, &Options::default())?;
    /// assert_eq!(Window::new(&array, 0, 1, 0)?.element_size(), 8);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn element_size(&self) -> usize {
        self.size
    }

    /// Copies elements from the `k`th on into `into`, which takes a whole number of them.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(2, &Options::default())?;
    /// array.extend(&[*b"ab", *b"cd", *b"ef"])?;
    /// let mut bytes = [0; 4];
    /// Window::new(&array, 2, -1, 3)?.read(1, &mut bytes);
    /// assert_eq!(&bytes, b"cdab");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// Where the window has not so many elements.
    pub fn read(&self, k: usize, into: &mut [u8]) {
        // SAFETY: `into` has room for so many.
        unsafe { self.read_to(k, into.as_mut_ptr(), into.len() / self.size) }
    }

    /// As [`read`](Self::read), to memory that need not have been written before.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(2, &Options::default())?;
    /// array.extend(&[*b"ab", *b"cd"])?;
    /// let mut bytes = Vec::with_capacity(4);
    /// // SAFETY: there is room for two elements, all of which are then written.
    /// unsafe {
    ///     Window::all(&array)?.read_to(0, bytes.as_mut_ptr(), 2);
    ///     bytes.set_len(4);
    /// }
    /// assert_eq!(bytes, b"abcd");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// There is room for `count` elements at `to`, where nobody else looks.
    ///
    /// # Panics
    /// Where the window has not so many elements.
    pub unsafe fn read_to(&self, k: usize, to: *mut u8, count: usize) {
        let size = self.size;
        let mut to = to;
        self.each_piece(k, count, |at, stride, count| {
            // SAFETY: the piece has so many elements, whose memory its block keeps, written before they were published;
            // there is room for them, as the counts add up to what the caller promised.
            unsafe {
                if stride == size as isize {
                    element::load_many(to, at, count, size);
                } else {
                    element::gather::<Whole>(to, at, stride, count, size);
                }
                to = to.add(count * size);
            }
        });
    }

    /// Overwrites elements from the `k`th on with `from`, a whole number of them.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(2, &Options::default())?;
    /// array.extend(&[*b"ab", *b"cd", *b"ef"])?;
    /// Window::new(&array, 2, -1, 3)?.write(1, b"xyuv");
    /// assert_eq!(array.read::<[u8; 2]>(0)?, *b"uv");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// Where the window has not so many elements.
    pub fn write(&self, k: usize, from: &[u8]) {
        let size = self.size;
        let mut from_at = from.as_ptr();
        self.each_piece(k, from.len() / size, |at, stride, count| {
            // SAFETY: as in `read`.
            unsafe {
                if stride == size as isize {
                    element::store_many(at, from_at, count, size);
                } else {
                    element::scatter::<Whole>(at, stride, from_at, count, size);
                }
                from_at = from_at.add(count * size);
            }
        });
    }

    /// Copies a part of each element from the `k`th on, the `size` bytes from `offset` on, into `into`, which takes a
    /// whole number of them.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.extend(&[*b"abc", *b"def", *b"ghi"])?;
    /// let mut bytes = [0; 4];
    /// Window::new(&array, 2, -1, 3)?.read_parts(1, 1, 2, &mut bytes);
    /// assert_eq!(&bytes, b"efbc");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// Where the part reaches behind an element, or the window has not so many.
    pub fn read_parts(&self, k: usize, offset: usize, size: usize, into: &mut [u8]) {
        // SAFETY: `into` has room for so many.
        unsafe { self.read_parts_to(k, offset, size, into.as_mut_ptr(), into.len() / size) }
    }

    /// As [`read_parts`](Self::read_parts), to memory that need not have been written before.
    ///
    /// # Safety
    /// There is room for `count` parts at `to`, where nobody else looks.
    pub(super) unsafe fn read_parts_to(
        &self,
        k: usize,
        offset: usize,
        size: usize,
        to: *mut u8,
        count: usize,
    ) {
        self.check_part(offset, size);
        let mut to = to;
        self.each_piece(k, count, |at, stride, count| {
            // SAFETY: the piece has so many elements, whose memory its block keeps, written before they were published,
            // and the part lies within each; there is room, as the counts add up to what the caller promised.
            unsafe {
                element::load_parts(to, at.add(offset), stride, count, size);
                to = to.add(count * size);
            }
        });
    }

    /// Overwrites a part of each element from the `k`th on, the `size` bytes from `offset` on, with `from`, a whole
    /// number of them.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(3, &Options::default())?;
    /// array.extend(&[*b"abc", *b"def", *b"ghi"])?;
    /// Window::new(&array, 0, 2, 2)?.write_parts(0, 1, 2, b"xyuv");
    /// assert_eq!(&array.read::<[u8; 3]>(2)?, b"guv");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// As [`read_parts`](Self::read_parts).
    pub fn write_parts(&self, k: usize, offset: usize, size: usize, from: &[u8]) {
        self.check_part(offset, size);
        let mut from_at = from.as_ptr();
        self.each_piece(k, from.len() / size, |at, stride, count| {
            // SAFETY: as in `read_parts_to`.
            unsafe {
                element::scatter::<Part>(at.add(offset), stride, from_at, count, size);
                from_at = from_at.add(count * size);
            }
        });
    }

    fn check_part(&self, offset: usize, size: usize) {
        let inside = element::check_part(self.size, offset, size).is_ok();
        assert!(inside, "{size} bytes at {offset} of {}", self.size);
    }

    /// Calls `work` with address, stride and count of the elements from the `k`th on, chunk by chunk.
    fn each_piece(&self, k: usize, count: usize, mut work: impl FnMut(*mut u8, isize, usize)) {
        let end = k.checked_add(count).filter(|&end| end <= self.count);
        let Some(end) = end else {
            panic!("elements {k} to {} of {}", k + count, self.count);
        };
        let mut next = k;
        let mut piece = self.pieces.partition_point(|piece| piece.first <= k);
        while next < end {
            let stop = self.pieces.get(piece).map_or(self.count, |next| next.first);
            let stop = stop.min(end);
            let of = &self.pieces[piece - 1];
            let offset = of.stride.wrapping_mul((next - of.first) as isize);
            work(
                of.at.as_ptr().wrapping_offset(offset),
                of.stride,
                stop - next,
            );
            next = stop;
            piece += 1;
        }
    }

    /// The elements that lie side by side in memory or evenly spaced, chunk by chunk: which one the first is, where it
    /// lies, how many there are, and the memory that holds them.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[0u64; 1030])?;
    /// let window = Window::new(&array, 0, 2, 515)?;
    /// let counts: Vec<_> = window.pieces().map(|(_, _, count, _)| count).collect();
    /// assert_eq!(counts, [512, 3]);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn pieces(&self) -> impl Iterator<Item = (usize, NonNull<u8>, usize, &Block)> {
        let ends = self.pieces.iter().skip(1).map(|next| next.first);
        self.pieces
            .iter()
            .zip(ends.chain([self.count]))
            .map(|(piece, end)| (piece.first, piece.at, end - piece.first, &piece.block))
    }

    /// Bytes from one element to the next within a chunk; 0 where there is none.
    ///
    /// ```
    /// # use chunkarray_core::{Options, RawArray, kernels::Window};
    /// let array = RawArray::new(8, &Options::default())?;
    /// array.extend(&[0u64; 10])?;
    /// assert_eq!(Window::new(&array, 9, -2, 5)?.stride(), -16);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn stride(&self) -> isize {
        self.pieces.first().map_or(0, |piece| piece.stride)
    }

    /// Chunks that the elements lie in.
    pub(super) fn piece_count(&self) -> usize {
        self.pieces.len()
    }

    /// Which elements a chunk holds.
    pub(super) fn piece_range(&self, piece: usize) -> (usize, usize) {
        let end = self
            .pieces
            .get(piece + 1)
            .map_or(self.count, |next| next.first);
        (self.pieces[piece].first, end)
    }

    /// The bytes of a chunk's `k`th element of up to 8 bytes, in an integer.
    #[inline(always)]
    pub(super) fn word(&self, piece: usize, k: usize, size: usize) -> u64 {
        let (first, end) = self.piece_range(piece);
        assert!(k < end - first && size == self.size);
        let piece = &self.pieces[piece];
        let at = piece
            .at
            .as_ptr()
            .wrapping_offset(piece.stride.wrapping_mul(k as isize));
        // SAFETY: the chunk holds this element, of this size, written before it was published.
        unsafe {
            match size {
                1 => u64::from(element::load::<u8>(at)),
                2 => u64::from(element::load::<u16>(at)),
                4 => u64::from(element::load::<u32>(at)),
                8 => element::load::<u64>(at),
                _ => unreachable!("a scalar of {size} bytes"),
            }
        }
    }

    /// Whether some memory holds elements of both windows.
    pub(super) fn shares_memory(&self, other: &Window) -> bool {
        let blocks = |window: &Window| -> Vec<NonNull<u8>> {
            let mut blocks: Vec<_> = window.pieces.iter().map(|p| p.block.pointer()).collect();
            blocks.sort_unstable();
            blocks
        };
        let others = blocks(other);
        blocks(self)
            .iter()
            .any(|block| others.binary_search(block).is_ok())
    }

    /// Finds elements in any order.
    pub(super) fn lookup(&self) -> Result<Lookup<'_>, Error> {
        let entries = (4 * self.pieces.len()).min(self.count).max(1);
        let shift = self
            .count
            .div_ceil(entries)
            .max(1)
            .next_power_of_two()
            .ilog2();
        let mut directory = Vec::new();
        let wanted = (self.count >> shift) + 1;
        let refused = |_| Error::OutOfMemory {
            bytes: wanted * size_of::<Entry>(),
        };
        directory.try_reserve_exact(wanted).map_err(refused)?;
        let mut piece = 0;
        for k in 0..wanted {
            let next = |piece: usize| self.pieces.get(piece + 1).map_or(usize::MAX, |p| p.first);
            while next(piece) <= k << shift {
                piece += 1;
            }
            let bias = self.pieces.get(piece).map_or(ptr::null(), |piece| {
                let offset = piece.stride.wrapping_mul(piece.first as isize);
                piece.at.as_ptr().wrapping_offset(offset.wrapping_neg())
            });
            directory.push(Entry {
                bias,
                piece,
                end: next(piece),
            });
        }
        Ok(Lookup {
            window: self,
            stride: self.pieces.first().map_or(0, |piece| piece.stride),
            shift,
            directory,
        })
    }

    /// Elements in a block of scratch memory.
    pub(super) fn block_len(&self) -> usize {
        (BLOCK / self.size).clamp(1, self.count.max(1))
    }

    /// Reads the elements from the `from`th on block by block, until `look` has found something; it is given the number
    /// of the block's first element and their bytes.
    pub(super) fn each_block<R>(
        &self,
        from: usize,
        mut look: impl FnMut(usize, &[u8]) -> Option<R>,
    ) -> Result<Option<R>, Error> {
        let block = self.block_len();
        let mut scratch = Scratch::new(block.min(self.count - from), self.size)?;
        let mut k = from;
        while k < self.count {
            let bytes = scratch.elements(block.min(self.count - k), self.size);
            self.read(k, bytes);
            let found = look(k, bytes);
            if found.is_some() {
                return Ok(found);
            }
            k += bytes.len() / self.size;
        }
        Ok(None)
    }
}

/// Finds elements of a window in any order.
pub(super) struct Lookup<'a> {
    window: &'a Window,
    stride: isize,
    /// An entry for every `1 << shift` elements.
    directory: Vec<Entry>,
    shift: u32,
}

/// The chunk in which the first of some elements lies.
struct Entry {
    /// Where element 0 would lie if all lay in one piece around this chunk.
    bias: *const u8,
    /// Its elements end here.
    end: usize,
    piece: usize,
}

impl Lookup<'_> {
    /// Where an element lies.
    ///
    /// # Safety
    /// There is such an element.
    #[inline(always)]
    unsafe fn address(&self, k: usize) -> *const u8 {
        debug_assert!(k < self.window.count);
        // SAFETY: there is an entry for every element.
        let entry = unsafe { self.directory.get_unchecked(k >> self.shift) };
        if k < entry.end {
            entry
                .bias
                .wrapping_offset(self.stride.wrapping_mul(k as isize))
        } else {
            self.address_behind(entry.piece, k)
        }
    }

    /// Where an element lies in one of the chunks behind.
    #[cold]
    fn address_behind(&self, piece: usize, k: usize) -> *const u8 {
        let pieces = &self.window.pieces[piece + 1..];
        let of = &pieces[pieces.partition_point(|piece| piece.first <= k) - 1];
        let offset = of.stride.wrapping_mul((k - of.first) as isize);
        of.at.as_ptr().wrapping_offset(offset)
    }

    /// Copies the chosen elements.
    ///
    /// # Safety
    /// All are less than the window's length, and there is room for them at `to`, where nobody else looks.
    pub(super) unsafe fn gather(&self, chosen: &[usize], to: *mut u8, size: usize) {
        /// # Safety
        /// As for `gather`.
        #[inline(always)]
        unsafe fn words<W: Element>(lookup: &Lookup<'_>, chosen: &[usize], to: *mut u8) {
            let to: *mut W = to.cast();
            for (j, &k) in chosen.iter().enumerate() {
                // SAFETY: the caller's promise.
                unsafe { to.add(j).write_unaligned(element::load(lookup.address(k))) };
            }
        }
        debug_assert_eq!(size, self.window.size);
        // SAFETY: the caller's promise; elements of a window are readable while it lives.
        unsafe {
            match size {
                1 => words::<u8>(self, chosen, to),
                2 => words::<u16>(self, chosen, to),
                4 => words::<u32>(self, chosen, to),
                8 => words::<u64>(self, chosen, to),
                _ => {
                    for (j, &k) in chosen.iter().enumerate() {
                        let into = std::slice::from_raw_parts_mut(to.add(j * size), size);
                        element::load_bytes(self.address(k), into);
                    }
                }
            }
        }
    }
}

/// An error unless the array has all these elements.
pub(super) fn check(
    array: &RawArray,
    start: usize,
    step: isize,
    count: usize,
) -> Result<(), Error> {
    if count == 0 {
        return Ok(());
    }
    let last = (count - 1)
        .try_into()
        .ok()
        .and_then(|steps: isize| step.checked_mul(steps))
        .and_then(|distance| start.checked_add_signed(distance))
        // In front of all, or behind all.
        .unwrap_or(if step < 0 { 0 } else { usize::MAX });
    array.check_position(start)?;
    array.check_position(last)?;
    // In front of position 0 there is none either.
    let distance = step.unsigned_abs().checked_mul(count - 1);
    if step < 0 && distance != Some(start - last) {
        let first = array.first();
        return Err(Error::Dropped { position: 0, first });
    }
    Ok(())
}

/// Private memory, aligned for words of every size.
pub(super) enum Scratch {
    Small(Vec<u64>),
    /// Memory from the system, in large pages where it has them: a fault for each small one would cost more than what
    /// is done in it.
    Large(Mapping),
}

impl Scratch {
    /// Room for `count` elements of `size` bytes.
    pub(super) fn new(count: usize, size: usize) -> Result<Scratch, Error> {
        let bytes = bytes_of(count, size)?;
        let refused = |_| Error::OutOfMemory { bytes };
        let words = bytes.div_ceil(8);
        let mut memory = Vec::new();
        memory.try_reserve_exact(words).map_err(refused)?;
        memory.resize(words, 0);
        Ok(Scratch::Small(memory))
    }

    /// As [`new`](Self::new), for megabytes.
    pub(super) fn large(count: usize, size: usize) -> Result<Scratch, Error> {
        Ok(Scratch::Large(Mapping::new(bytes_of(count, size)?)?))
    }

    /// The first `count` elements of `size` bytes.
    pub(super) fn elements(&mut self, count: usize, size: usize) -> &mut [u8] {
        let bytes = match self {
            Scratch::Small(words) => bytemuck::cast_slice_mut(words),
            Scratch::Large(mapping) => mapping.bytes(),
        };
        &mut bytes[..count * size]
    }
}
