//! What an element is, and how one is read and written while others look.

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, Ordering};

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
    // SAFETY: the caller's promise; `piece` keeps within the element and to the alignment that its size gives.
    unsafe {
        match into.len() {
            1 => into.copy_from_slice(&load::<u8>(at).to_ne_bytes()),
            2 => into.copy_from_slice(&load::<u16>(at).to_ne_bytes()),
            4 => into.copy_from_slice(&load::<u32>(at).to_ne_bytes()),
            8 => into.copy_from_slice(&load::<u64>(at).to_ne_bytes()),
            size if size.is_multiple_of(8) => {
                for (k, piece) in into.chunks_exact_mut(8).enumerate() {
                    piece.copy_from_slice(&load::<u64>(at.add(8 * k)).to_ne_bytes());
                }
            }
            _ => {
                for (k, byte) in into.iter_mut().enumerate() {
                    *byte = load::<u8>(at.add(k));
                }
            }
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
    // SAFETY: the caller's promise; the pieces keep within the element and to the alignment that its size gives.
    unsafe {
        match from.len() {
            1 => store(at, bytemuck::pod_read_unaligned::<u8>(from)),
            2 => store(at, bytemuck::pod_read_unaligned::<u16>(from)),
            4 => store(at, bytemuck::pod_read_unaligned::<u32>(from)),
            8 => store(at, bytemuck::pod_read_unaligned::<u64>(from)),
            size if size.is_multiple_of(8) => {
                for (k, piece) in from.chunks_exact(8).enumerate() {
                    store(at.add(8 * k), bytemuck::pod_read_unaligned::<u64>(piece));
                }
            }
            _ => {
                for (k, &byte) in from.iter().enumerate() {
                    store(at.add(k), byte);
                }
            }
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
    unsafe {
        match size {
            1 => (0..count).for_each(|k| store(to.add(k), from.add(k).read())),
            2 => store_words::<u16>(to, from, count),
            4 => store_words::<u32>(to, from, count),
            _ if size.is_multiple_of(8) => store_words::<u64>(to, from, count * (size / 8)),
            _ => (0..count * size).for_each(|k| store(to.add(k), from.add(k).read())),
        }
    }
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
    unsafe { gather(to, from, size as isize, count, size) }
}

/// Reads `count` elements of `size` bytes that lie `stride` bytes apart into private memory, side by side.
///
/// # Safety
/// As for [`load_many`], with the elements `stride` bytes apart.
pub(crate) unsafe fn gather(
    to: *mut u8,
    from: *const u8,
    stride: isize,
    count: usize,
    size: usize,
) {
    /// # Safety
    /// As for `gather`.
    #[inline(always)]
    unsafe fn words<W: Element>(to: *mut u8, from: *const u8, stride: isize, count: usize) {
        for k in 0..count {
            // SAFETY: the caller's promise.
            unsafe {
                let value: W = load(from.offset(stride * k as isize));
                to.add(k * size_of::<W>())
                    .cast::<W>()
                    .write_unaligned(value);
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        match size {
            1 => words::<u8>(to, from, stride, count),
            2 => words::<u16>(to, from, stride, count),
            4 => words::<u32>(to, from, stride, count),
            8 => words::<u64>(to, from, stride, count),
            _ => (0..count).for_each(|k| {
                let into = std::slice::from_raw_parts_mut(to.add(k * size), size);
                load_bytes(from.offset(stride * k as isize), into);
            }),
        }
    }
}

/// Writes `count` elements of `size` bytes from private memory to places `stride` bytes apart.
///
/// # Safety
/// As for [`store_many`], with the elements `stride` bytes apart and a source that nobody else writes.
pub(crate) unsafe fn scatter(
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
            store_bytes(to.offset(stride * k as isize), from);
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
