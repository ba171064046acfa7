//! What an element is, and how one is read and written while others look.

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, Ordering};

use crate::Error;
use crate::sync::cells;

/// A type that an array can hold: plain bytes without padding, every pattern of which is a value.
///
/// All of bytemuck's [`Pod`](bytemuck::Pod) types that may cross threads are elements: integers, floats, arrays of
/// them, and records that derive `Pod`.
pub trait Element: bytemuck::Pod + Send + Sync {}

impl<T: bytemuck::Pod + Send + Sync> Element for T {}

/// Reads an element, while others may write it.
///
/// ```
/// use chunkarray_core::{Options, RawArray, load_element};
///
/// let array = RawArray::new(8, &Options::default())?;
/// array.push(2.5f64)?;
/// let chunk = array.chunks().next().unwrap();
/// // SAFETY: the chunk has an element of eight bytes there, and keeps its memory.
/// assert_eq!(unsafe { load_element::<f64>(chunk.pointer().as_ptr()) }, 2.5);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
///
/// # Safety
/// `at` is the address of an element of `T`'s size in a chunk (so a size of 1, 2, 4 or 8 is aligned to itself), was
/// written before, and its memory is alive.
#[inline(always)]
pub unsafe fn load<T: Element>(at: *const u8) -> T {
    let at = at.cast_mut();
    // SAFETY: the caller's promise; the sizes agree, and every pattern of bytes is a T.
    unsafe {
        match size_of::<T>() {
            1 => std::mem::transmute_copy(&AtomicU8::from_ptr(at).load(Ordering::Relaxed)),
            2 => std::mem::transmute_copy(&AtomicU16::from_ptr(at.cast()).load(Ordering::Relaxed)),
            4 => std::mem::transmute_copy(&AtomicU32::from_ptr(at.cast()).load(Ordering::Relaxed)),
            8 => std::mem::transmute_copy(&cells::load_word(at)),
            _ => {
                let mut value = T::zeroed();
                load_bytes(at, bytemuck::bytes_of_mut(&mut value));
                value
            }
        }
    }
}

/// Writes an element.
///
/// # Safety
/// `at` is the address of an element of `T`'s size in a chunk, and its memory is alive.
#[inline(always)]
pub(crate) unsafe fn store<T: Element>(at: *mut u8, value: T) {
    // SAFETY: the caller's promise; the sizes agree, and T has no padding.
    unsafe {
        match size_of::<T>() {
            1 => AtomicU8::from_ptr(at).store(std::mem::transmute_copy(&value), Ordering::Relaxed),
            2 => AtomicU16::from_ptr(at.cast())
                .store(std::mem::transmute_copy(&value), Ordering::Relaxed),
            4 => AtomicU32::from_ptr(at.cast())
                .store(std::mem::transmute_copy(&value), Ordering::Relaxed),
            8 => cells::store_word(at, std::mem::transmute_copy(&value)),
            _ => store_bytes(at, bytemuck::bytes_of(&value)),
        }
    }
}

/// Reads an element as bytes, while others may write it: in one piece where its size allows (1, 2, 4 or 8), else piece
/// by piece.
///
/// ```
/// use chunkarray_core::{Options, RawArray, load_bytes};
///
/// let array = RawArray::new(2, &Options::default())?;
/// array.push(*b"ab")?;
/// let chunk = array.chunks().next().unwrap();
/// let mut element = [0; 2];
/// // SAFETY: the chunk has an element of two bytes there, and keeps its memory.
/// unsafe { load_bytes(chunk.pointer().as_ptr(), &mut element) };
/// assert_eq!(&element, b"ab");
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
///
/// # Safety
/// `at` is the address of an element of `into.len()` bytes in a chunk (so a size of 1, 2, 4 or 8 is aligned to itself),
/// was written before, and its memory is alive.
pub unsafe fn load_bytes(at: *const u8, into: &mut [u8]) {
    /// # Safety
    /// As for `load_bytes`, in pieces of the size of `W`.
    #[inline(always)]
    unsafe fn pieces<W: Element>(at: *const u8, into: &mut [u8]) {
        for (k, piece) in into.chunks_exact_mut(size_of::<W>()).enumerate() {
            // SAFETY: the caller's promise; the piece lies within the element.
            let word: W = unsafe { load(at.add(k * size_of::<W>())) };
            piece.copy_from_slice(bytemuck::bytes_of(&word));
        }
    }
    // SAFETY: the caller's promise; elements of a chunk are as aligned as their size is even.
    unsafe {
        match into.len().trailing_zeros() {
            0 => pieces::<u8>(at, into),
            1 => pieces::<u16>(at, into),
            2 => pieces::<u32>(at, into),
            _ => pieces::<u64>(at, into),
        }
    }
}

/// Writes an element from bytes, while others may read it: in one piece where its size allows (1, 2, 4 or 8), else piece
/// by piece.
///
/// ```
/// use chunkarray_core::{Options, RawArray, store_bytes};
///
/// let array = RawArray::new(2, &Options::default())?;
/// array.push(*b"ab")?;
/// let chunk = array.chunks().next().unwrap();
/// // SAFETY: the chunk has an element of two bytes there, and keeps its memory.
/// unsafe { store_bytes(chunk.pointer().as_ptr(), b"cd") };
/// assert_eq!(array.read::<[u8; 2]>(0)?, *b"cd");
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
///
/// # Safety
/// `at` is the address of an element of `from.len()` bytes in a chunk (so a size of 1, 2, 4 or 8 is aligned to itself),
/// and its memory is alive.
pub unsafe fn store_bytes(at: *mut u8, from: &[u8]) {
    // SAFETY: the caller's promise.
    unsafe { store_words_of(at, from.as_ptr(), from.len(), from.len()) }
}

/// Writes bytes in pieces as large as the alignment of elements of `size` bytes allows.
///
/// # Safety
/// As for [`store_many`], for `bytes` bytes in all.
#[inline(always)]
unsafe fn store_words_of(to: *mut u8, from: *const u8, bytes: usize, size: usize) {
    // SAFETY: the caller's promise; elements of a chunk are as aligned as their size is even.
    unsafe {
        match size.trailing_zeros() {
            0 => (0..bytes).for_each(|k| store(to.add(k), from.add(k).read())),
            1 => store_words::<u16>(to, from, bytes / 2),
            2 => store_words::<u32>(to, from, bytes / 4),
            _ => store_words::<u64>(to, from, bytes / 8),
        }
    }
}

/// Writes `count` elements of `size` bytes, each as [`store_bytes`] does.
///
/// # Safety
/// As for [`store`], for each element; `count * size` bytes are readable at `from`, which may be the elements' own
/// memory.
pub(crate) unsafe fn store_many(to: *mut u8, from: *const u8, count: usize, size: usize) {
    #[cfg(all(target_arch = "x86_64", not(loom), not(miri)))]
    if count * size >= STRING_MOVE {
        // SAFETY: the caller's promise.
        return unsafe { string_move(to, from, count, size) };
    }
    // SAFETY: the caller's promise. The source is read through a copy, as it may overlap with what is written.
    unsafe { store_words_of(to, from, count * size, size) }
}

/// Reads `count` elements of `size` bytes into private memory, each as [`load_bytes`] does.
///
/// # Safety
/// As for [`load`], for each element; there is room for them at `to`, where nobody else looks.
pub(crate) unsafe fn load_many(to: *mut u8, from: *const u8, count: usize, size: usize) {
    #[cfg(all(target_arch = "x86_64", not(loom), not(miri)))]
    if count * size >= STRING_MOVE {
        // SAFETY: the caller's promise. Elements of other sizes are read byte by byte.
        return unsafe { string_move(to, from, count, size) };
    }
    // SAFETY: the caller's promise.
    unsafe { gather::<Whole>(to, from, size as isize, count, size) }
}

/// What [`gather`] and [`scatter`] move: whole elements, which are as aligned as chunks are, or parts of them, which lie
/// anywhere.
pub(crate) trait Moved {
    /// # Safety
    /// As for [`load`], or [`load_part`].
    unsafe fn word<W: Element>(at: *const u8) -> W;

    /// # Safety
    /// As for [`load_bytes`], or [`load_part`].
    unsafe fn load(at: *const u8, into: &mut [u8]);

    /// # Safety
    /// As for [`store_bytes`], or [`store_part`].
    unsafe fn store(at: *mut u8, from: &[u8]);
}

pub(crate) struct Whole;

impl Moved for Whole {
    #[inline(always)]
    unsafe fn word<W: Element>(at: *const u8) -> W {
        // SAFETY: the caller's promise.
        unsafe { load(at) }
    }

    #[inline(always)]
    unsafe fn load(at: *const u8, into: &mut [u8]) {
        // SAFETY: the caller's promise.
        unsafe { load_bytes(at, into) }
    }

    #[inline(always)]
    unsafe fn store(at: *mut u8, from: &[u8]) {
        // SAFETY: the caller's promise.
        unsafe { store_bytes(at, from) }
    }
}

pub(crate) struct Part;

impl Moved for Part {
    #[inline(always)]
    unsafe fn word<W: Element>(at: *const u8) -> W {
        // SAFETY: the caller's promise.
        unsafe { load_anywhere(at) }
    }

    #[inline(always)]
    unsafe fn load(at: *const u8, into: &mut [u8]) {
        // SAFETY: the caller's promise.
        unsafe { load_part(at, into) }
    }

    #[inline(always)]
    unsafe fn store(at: *mut u8, from: &[u8]) {
        // SAFETY: the caller's promise.
        unsafe { store_part(at, from) }
    }
}

/// Reads `size` bytes of each of `count` elements, `stride` bytes apart, into private memory, side by side.
///
/// # Safety
/// As for [`load_many`], with the elements `stride` bytes apart; for parts, each lies within its element.
pub(crate) unsafe fn gather<M: Moved>(
    to: *mut u8,
    from: *const u8,
    stride: isize,
    count: usize,
    size: usize,
) {
    /// # Safety
    /// As for `gather`.
    #[inline(always)]
    unsafe fn words<M: Moved, W: Element>(
        to: *mut u8,
        from: *const u8,
        stride: isize,
        count: usize,
    ) {
        for k in 0..count {
            // SAFETY: the caller's promise.
            unsafe {
                let value: W = M::word(from.offset(stride * k as isize));
                to.add(k * size_of::<W>())
                    .cast::<W>()
                    .write_unaligned(value);
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        match size {
            1 => words::<M, u8>(to, from, stride, count),
            2 => words::<M, u16>(to, from, stride, count),
            4 => words::<M, u32>(to, from, stride, count),
            8 => words::<M, u64>(to, from, stride, count),
            _ => (0..count).for_each(|k| {
                let into = std::slice::from_raw_parts_mut(to.add(k * size), size);
                M::load(from.offset(stride * k as isize), into);
            }),
        }
    }
}

/// Writes `size` bytes of each of `count` elements from private memory to places `stride` bytes apart.
///
/// # Safety
/// As for [`store_many`], with the elements `stride` bytes apart and a source that nobody else writes; for parts, each
/// lies within its element.
pub(crate) unsafe fn scatter<M: Moved>(
    to: *mut u8,
    stride: isize,
    from: *const u8,
    count: usize,
    size: usize,
) {
    for k in 0..count {
        // SAFETY: the caller's promise.
        unsafe {
            let from = std::slice::from_raw_parts(from.add(k * size), size);
            M::store(to.offset(stride * k as isize), from);
        }
    }
}

/// Whether `size` bytes from `offset` on lie within an element.
pub(crate) fn check_part(element_size: usize, offset: usize, size: usize) -> Result<(), Error> {
    if offset <= element_size && size <= element_size - offset {
        return Ok(());
    }
    Err(Error::PartOutside {
        offset,
        size,
        element_size,
    })
}

/// Reads a part of an element, at whatever address it lies there, while others may write it.
///
/// ```
/// use chunkarray_core::{Options, RawArray, load_part};
///
/// let array = RawArray::new(3, &Options::default())?;
/// array.push(*b"abc")?;
/// let chunk = array.chunks().next().unwrap();
/// let mut part = [0; 2];
/// // SAFETY: the element has two bytes behind its first one, and the chunk keeps its memory.
/// unsafe { load_part(chunk.pointer().as_ptr().add(1), &mut part) };
/// assert_eq!(&part, b"bc");
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
///
/// # Safety
/// `into.len()` bytes at `at` lie within an element of a chunk that was written before, and their memory is alive.
#[inline]
pub unsafe fn load_part(at: *const u8, into: &mut [u8]) {
    let mut k = 0;
    while k < into.len() {
        let size = 1 << (into.len() - k).ilog2().min(3);
        // SAFETY: the caller's promise.
        unsafe {
            let at = at.add(k);
            match size {
                1 => into[k] = load(at),
                2 => into[k..k + 2].copy_from_slice(&load_anywhere::<u16>(at).to_ne_bytes()),
                4 => into[k..k + 4].copy_from_slice(&load_anywhere::<u32>(at).to_ne_bytes()),
                _ => into[k..k + 8].copy_from_slice(&load_anywhere::<u64>(at).to_ne_bytes()),
            }
        }
        k += size;
    }
}

/// Writes a part of an element, at whatever address it lies there, while others may read it.
///
/// ```
/// use chunkarray_core::{Options, RawArray, store_part};
///
/// let array = RawArray::new(3, &Options::default())?;
/// array.push(*b"abc")?;
/// let chunk = array.chunks().next().unwrap();
/// // SAFETY: the element has two bytes behind its first one, and the chunk keeps its memory.
/// unsafe { store_part(chunk.pointer().as_ptr().add(1), b"xy") };
/// assert_eq!(&array.read::<[u8; 3]>(0)?, b"axy");
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
///
/// # Safety
/// `from.len()` bytes at `at` lie within an element of a chunk, and their memory is alive.
#[inline]
pub unsafe fn store_part(at: *mut u8, from: &[u8]) {
    let mut k = 0;
    while k < from.len() {
        let size = 1 << (from.len() - k).ilog2().min(3);
        let piece = &from[k..k + size];
        // SAFETY: the caller's promise.
        unsafe {
            let at = at.add(k);
            match size {
                1 => store(at, piece[0]),
                2 => store_anywhere(at, bytemuck::pod_read_unaligned::<u16>(piece)),
                4 => store_anywhere(at, bytemuck::pod_read_unaligned::<u32>(piece)),
                _ => store_anywhere(at, bytemuck::pod_read_unaligned::<u64>(piece)),
            }
        }
        k += size;
    }
}

/// Reads parts of `size` bytes of `count` elements, the parts `stride` bytes apart, into private memory, side by side,
/// while others may write them.
///
/// ```
/// use chunkarray_core::{Options, RawArray, load_parts};
///
/// let array = RawArray::new(3, &Options::default())?;
/// array.extend(&[*b"abc", *b"def"])?;
/// let chunk = array.chunks().next().unwrap();
/// let mut parts = [0; 4];
/// // SAFETY: both elements have two bytes behind their first one, and the chunk keeps its memory.
/// unsafe { load_parts(parts.as_mut_ptr(), chunk.pointer().as_ptr().add(1), 3, 2, 2) };
/// assert_eq!(&parts, b"bcef");
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
///
/// # Safety
/// As for [`load_part`], for each of them; there is room for them at `to`, where nobody else looks.
pub unsafe fn load_parts(to: *mut u8, from: *const u8, stride: isize, count: usize, size: usize) {
    #[cfg(all(target_arch = "x86_64", not(loom), not(miri)))]
    if stride == size as isize && count * size >= STRING_MOVE {
        // SAFETY: the caller's promise.
        return unsafe { string_move(to, from, count, size) };
    }
    // SAFETY: the caller's promise.
    unsafe { gather::<Part>(to, from, stride, count, size) }
}

/// Reads a word at any address.
///
/// # Safety
/// As for [`load_part`].
#[inline(always)]
unsafe fn load_anywhere<W: Element>(at: *const u8) -> W {
    #[cfg(all(target_arch = "x86_64", not(loom), not(miri)))]
    {
        use std::arch::asm;
        let word: u64;
        // As in `string_move`: to the compiler it is what a relaxed load would be, of which there is none for such
        // addresses.
        // SAFETY: the caller's promise.
        unsafe {
            match size_of::<W>() {
                2 => {
                    asm!("movzx {0:e}, word ptr [{1}]", out(reg) word, in(reg) at, options(nostack, preserves_flags, readonly))
                }
                4 => {
                    asm!("mov {0:e}, dword ptr [{1}]", out(reg) word, in(reg) at, options(nostack, preserves_flags, readonly))
                }
                8 => {
                    asm!("mov {0}, qword ptr [{1}]", out(reg) word, in(reg) at, options(nostack, preserves_flags, readonly))
                }
                _ => return load(at),
            }
            // The machine is little-endian.
            std::mem::transmute_copy(&word)
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(loom), not(miri))))]
    {
        if at.cast::<W>().is_aligned() {
            // SAFETY: the caller's promise.
            return unsafe { load(at) };
        }
        let mut value = W::zeroed();
        for (k, byte) in bytemuck::bytes_of_mut(&mut value).iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *byte = unsafe { load(at.add(k)) };
        }
        value
    }
}

/// Writes a word at any address.
///
/// # Safety
/// As for [`store_part`].
#[inline(always)]
unsafe fn store_anywhere<W: Element>(at: *mut u8, value: W) {
    #[cfg(all(target_arch = "x86_64", not(loom), not(miri)))]
    {
        use std::arch::asm;
        let mut word = 0u64;
        bytemuck::bytes_of_mut(&mut word)[..size_of::<W>()]
            .copy_from_slice(bytemuck::bytes_of(&value));
        // SAFETY: the caller's promise; as in `load_anywhere`.
        unsafe {
            match size_of::<W>() {
                2 => {
                    asm!("mov word ptr [{1}], {0:x}", in(reg) word, in(reg) at, options(nostack, preserves_flags))
                }
                4 => {
                    asm!("mov dword ptr [{1}], {0:e}", in(reg) word, in(reg) at, options(nostack, preserves_flags))
                }
                8 => {
                    asm!("mov qword ptr [{1}], {0}", in(reg) word, in(reg) at, options(nostack, preserves_flags))
                }
                _ => store(at, value),
            }
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(loom), not(miri))))]
    {
        if at.cast::<W>().is_aligned() {
            // SAFETY: the caller's promise.
            return unsafe { store(at, value) };
        }
        for (k, &byte) in bytemuck::bytes_of(&value).iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { store(at.add(k), byte) };
        }
    }
}

/// # Safety
/// As for [`store_many`].
unsafe fn store_words<W: Element>(to: *mut u8, from: *const u8, count: usize) {
    for k in (0..count).map(|k| k * size_of::<W>()) {
        // SAFETY: the caller's promise.
        unsafe { store(to.add(k), from.add(k).cast::<W>().read_unaligned()) };
    }
}

/// Below so many bytes the loop is quicker than starting a string instruction.
#[cfg(all(target_arch = "x86_64", not(loom), not(miri)))]
const STRING_MOVE: usize = 512;

/// [`store_many`] or [`load_many`] at the speed of a plain copy, which the compiler's loop of single moves does not
/// reach.
///
/// # Safety
/// As for these.
#[cfg(all(target_arch = "x86_64", not(loom), not(miri)))]
unsafe fn string_move(to: *mut u8, from: *const u8, count: usize, size: usize) {
    use std::arch::asm;

    // Each instruction is by definition a sequence of moves of one element, so an aligned element is written in one
    // piece; processors run it in larger steps all the same. To the compiler it is what relaxed stores would be.
    macro_rules! repeat {
        ($instruction:literal, $times:expr) => {
            // SAFETY: the caller's promise for both ranges; the direction flag is clear, as the ABI demands.
            unsafe {
                asm!(
                    concat!("rep ", $instruction),
                    inout("rcx") $times => _,
                    inout("rdi") to => _,
                    inout("rsi") from => _,
                    options(nostack, preserves_flags)
                )
            }
        };
    }
    match size {
        1 => repeat!("movsb", count),
        2 => repeat!("movsw", count),
        4 => repeat!("movsd", count),
        _ if size.is_multiple_of(8) => repeat!("movsq", count * (size / 8)),
        _ => repeat!("movsb", count * size),
    }
}
