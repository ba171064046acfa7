//! The memory of one chunk, owned by everybody who holds a reference to it.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use crate::{Error, memory};

/// The alignment of every chunk's first element: a cache line, as Arrow asks for.
pub(crate) const ALIGN: usize = 64;
/// Chunks from here on are reserved address space, opened as they are used; smaller ones come from the allocator.
pub(crate) const LARGE: usize = 1 << 20;
/// Large chunks are opened in steps of so many bytes: small enough to waste nothing, large enough to cost nothing.
const STEP: usize = 256 << 10;
/// Chunks of this size and more may lie in the system's large pages: what reads all over a chunk finds its memory in a
/// fraction of the time.
const HUGE: usize = 2 * memory::LARGE_PAGE;
/// Once so many bytes are open, the steps are as large as these pages; before, that would waste too much.
const WIDE: usize = 8 * memory::LARGE_PAGE;

/// Stands in front of a block's bytes.
#[repr(C, align(64))]
struct Header {
    references: AtomicUsize,
    /// Bytes behind the header that the chunk may use once they are open.
    bytes: usize,
    /// Bytes that may be touched. Only grows, and only under the array's lock.
    open: AtomicUsize,
    /// Bytes of the mapping, 0 for memory from the allocator.
    mapped: usize,
    /// The first byte of the block that this one lies within, which it keeps alive; null for memory of its own.
    parent: *mut u8,
}

const HEADER: usize = size_of::<Header>();
const _: () = assert!(HEADER == ALIGN);

/// The memory of one chunk.
///
/// A reference keeps the memory alive, also after the array is gone, and may be dropped on any thread.
///
/// ```text
///  from the allocator              reserved (1 MiB and more)
///  +--------+------------------+   +--- page ------+---------- open -----------+--- reserved ------+
///  | Header | elements ...     |   |      | Header | elements ...              | no access yet     |
///  +--------+------------------+   +---------------+---------------------------+-------------------+
///           ^ pointer()                            ^ pointer()                 ^ moves in steps
/// ```
/// The header always lies right in front of the elements, so the address of a chunk's first element is all that a
/// table has to keep. The chunk of an array that lives in an arena lies, with its header, within a block of the arena.
///
/// ```
/// use chunkarray_core::ChunkArray;
///
/// let array: ChunkArray<u32> = ChunkArray::new();
/// array.push(7)?;
/// let chunk = array.chunks().next().unwrap();
/// let block = chunk.block.clone();
/// drop(array);
/// // SAFETY: the block keeps the element's memory alive, and nobody writes to it any more.
/// assert_eq!(unsafe { block.pointer().cast::<u32>().read() }, 7);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub struct Block {
    data: NonNull<u8>,
}

// SAFETY: a block is a counted reference to plain memory; the count is atomic, and reading or writing the memory is
// unsafe and the business of whoever does it.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// Memory for `bytes` (more than 0, at most `isize::MAX`) that nobody else holds; all zero where it has to be
    /// `readable` before it is written.
    pub(crate) fn new(bytes: usize, readable: bool) -> Result<Block, Error> {
        let refused = Error::OutOfMemory { bytes };
        let (header, mapped, open) = if bytes < LARGE {
            let layout = Self::layout(bytes).ok_or(refused)?;
            // SAFETY: the layout is not empty.
            let base = unsafe {
                if readable {
                    alloc_zeroed(layout)
                } else {
                    alloc(layout)
                }
            };
            let base = NonNull::new(base).ok_or(refused)?;
            (base, 0, bytes)
        } else {
            let page = memory::page_size();
            let mapped = bytes
                .checked_next_multiple_of(page)
                .and_then(|whole| whole.checked_add(page));
            let mapped = mapped
                .filter(|&all| all <= isize::MAX as usize)
                .ok_or(refused)?;
            let base = memory::reserve(mapped)?;
            // SAFETY: the first page lies within the reservation, which nobody else knows.
            if let Err(error) = unsafe { memory::open(base.as_ptr(), page) } {
                // SAFETY: the reservation is unused.
                unsafe { memory::release(base.as_ptr(), mapped) };
                return Err(error);
            }
            if bytes >= HUGE {
                // SAFETY: the range is the reservation.
                unsafe { memory::prefer_large_pages(base.as_ptr(), mapped) };
            }
            // SAFETY: a page is larger than the header.
            (unsafe { base.add(page - HEADER) }, mapped, 0)
        };
        let open = AtomicUsize::new(open);
        let fresh = Header {
            references: AtomicUsize::new(1),
            bytes,
            open,
            mapped,
            parent: std::ptr::null_mut(),
        };
        // SAFETY: the header's place is fresh memory, aligned (the allocation is, and so is a page).
        unsafe { header.cast::<Header>().write(fresh) };
        // SAFETY: the elements follow the header within the same allocation.
        let data = unsafe { header.add(HEADER) };
        #[cfg(loom)]
        // SAFETY: loom's tests stay below LARGE, so all of these bytes are open.
        unsafe {
            crate::sync::cells::prepare(data.as_ptr(), bytes);
        }
        Ok(Block { data })
    }

    /// What a block within another one takes besides its bytes.
    pub(crate) const HEADER: usize = HEADER;

    /// A block of `bytes` bytes whose header is put at `place`, within the memory of `parent`.
    ///
    /// # Safety
    /// `place` is aligned to [`ALIGN`]; the header and the bytes behind it lie within what is open of the parent; and
    /// nobody else uses that memory as long as the block lives, nor ever writes to the header.
    pub(crate) unsafe fn within(parent: Block, place: NonNull<u8>, bytes: usize) -> Block {
        let header = Header {
            references: AtomicUsize::new(1),
            bytes,
            open: AtomicUsize::new(bytes),
            mapped: 0,
            parent: parent.into_pointer(),
        };
        // SAFETY: the caller's promise.
        unsafe {
            place.cast::<Header>().write(header);
            let data = place.add(HEADER);
            Block { data }
        }
    }

    /// Something that tells whether the block still lives, without keeping it.
    pub(crate) fn downgrade(&self) -> WeakBlock {
        WeakBlock { data: self.data }
    }

    fn layout(bytes: usize) -> Option<Layout> {
        Layout::from_size_align(bytes.checked_add(HEADER)?, ALIGN).ok()
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: the header lies in front of the data and lives as long as any reference.
        unsafe { self.data.sub(HEADER).cast::<Header>().as_ref() }
    }

    /// The address of the first byte. What may be read and written there, the chunk knows that the block came with.
    ///
    /// ```
    /// # use chunkarray_core::{ChunkArray};
    /// let array: ChunkArray<u32> = ChunkArray::from_iter([1, 2]);
    /// let block = array.chunks().next().unwrap().block;
    /// assert_eq!(block.pointer().cast(), array.address_of(0)?);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    #[inline]
    pub fn pointer(&self) -> NonNull<u8> {
        self.data
    }

    /// The bytes that the block has place for; of a large one, not all of them may be open yet.
    ///
    /// ```
    /// # use chunkarray_core::{ChunkArray};
    /// let array: ChunkArray<u32> = ChunkArray::from_iter([1, 2]);
    /// let block = array.chunks().next().unwrap().block;
    /// assert_eq!(block.size(), 4096);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn size(&self) -> usize {
        self.header().bytes
    }

    /// How many references keep this block alive, the array's own among them.
    ///
    /// ```
    /// # use chunkarray_core::{ChunkArray};
    /// let array: ChunkArray<u32> = ChunkArray::from_iter([1, 2]);
    /// let block = array.chunks().next().unwrap().block;
    /// assert_eq!(block.references(), 2);
    /// drop(array);
    /// assert_eq!(block.references(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn references(&self) -> usize {
        self.header().references.load(Ordering::Relaxed)
    }

    /// As [`references`](Self::references), ordered after all uses of the memory through references that are gone.
    pub(crate) fn references_acquired(&self) -> usize {
        self.header().references.load(Ordering::Acquire)
    }

    /// Bytes of memory that the block holds at this moment.
    pub(crate) fn held(&self) -> usize {
        let header = self.header();
        let around = if header.mapped == 0 {
            HEADER
        } else {
            memory::page_size()
        };
        around + header.open.load(Ordering::Relaxed)
    }

    /// Opens at least the first `bytes`, which the block has place for, and tells how many are open now.
    /// `fill` takes the memory at once, for who is about to write there.
    /// Only one thread may do so at a time.
    pub(crate) fn open_to(&self, bytes: usize, fill: bool) -> Result<usize, Error> {
        let header = self.header();
        debug_assert!(bytes <= header.bytes);
        let open = header.open.load(Ordering::Relaxed);
        if bytes <= open {
            return Ok(open);
        }
        // The mapping ends on a page, so it may be opened to its end; the elements end at `bytes`.
        let end = header.mapped - memory::page_size();
        let wanted = if bytes < WIDE {
            bytes.checked_next_multiple_of(STEP)
        } else {
            // Large pages lie at multiples of their size.
            let at = self.data.as_ptr() as usize;
            (at + bytes)
                .checked_next_multiple_of(memory::LARGE_PAGE)
                .map(|stop| stop - at)
        };
        let wanted = wanted.map_or(end, |steps| steps.min(end));
        let from = open.next_multiple_of(memory::page_size());
        // SAFETY: the range begins behind the first page and ends within the reservation.
        unsafe {
            memory::open(self.data.as_ptr().add(from), wanted - from)?;
            if fill {
                memory::populate(self.data.as_ptr().add(from), wanted - from)?;
            }
        }
        let open = wanted.min(header.bytes);
        header.open.store(open, Ordering::Relaxed);
        Ok(open)
    }

    /// Bytes that may be touched.
    pub(crate) fn open(&self) -> usize {
        self.header().open.load(Ordering::Relaxed)
    }

    /// Gives the pages of a large block back if nobody else holds it, and tells how many bytes these were. The memory
    /// may still be read, and is zero then, but must not be written any more.
    pub(crate) fn discard(&self) -> usize {
        let header = self.header();
        let open = header.open.load(Ordering::Relaxed);
        if header.mapped == 0 || open == 0 || self.references_acquired() > 1 {
            return 0;
        }
        // SAFETY: the range is open, and its content is not needed.
        unsafe { memory::discard(self.data.as_ptr(), self.pages(open)) };
        header.open.store(0, Ordering::Relaxed);
        open
    }

    /// Takes the access to what lies behind the first `bytes` of a large block away, with its pages, if only the array
    /// and the caller hold it. Tells how many bytes these were.
    pub(crate) fn shut(&self, bytes: usize) -> usize {
        let header = self.header();
        let open = header.open.load(Ordering::Relaxed);
        let kept = self.pages(bytes);
        if header.mapped == 0 || kept >= open || self.references_acquired() > 2 {
            return 0;
        }
        // SAFETY: the range is open, and its content is not needed.
        unsafe { memory::shut(self.data.as_ptr().add(kept), self.pages(open) - kept) };
        header.open.store(kept, Ordering::Relaxed);
        open - kept
    }

    /// The bytes of the pages that the first `bytes` lie on.
    fn pages(&self, bytes: usize) -> usize {
        bytes.next_multiple_of(memory::page_size())
    }

    /// Turns the reference into the bare address of the first byte.
    pub(crate) fn into_pointer(self) -> *mut u8 {
        std::mem::ManuallyDrop::new(self).data.as_ptr()
    }

    /// Takes a reference back.
    ///
    /// # Safety
    /// `data` came from `into_pointer`, and this reference was not taken back before.
    pub(crate) unsafe fn from_pointer(data: *mut u8) -> Block {
        // SAFETY: into_pointer gives no null.
        let data = unsafe { NonNull::new_unchecked(data) };
        Block { data }
    }
}

impl Clone for Block {
    fn clone(&self) -> Self {
        // Relaxed is enough: who clones a reference has one, so the memory can't go away meanwhile.
        let before = self.header().references.fetch_add(1, Ordering::Relaxed);
        if before > isize::MAX as usize {
            // Only a program that forgets references in a loop comes here; going on would free memory in use.
            std::process::abort();
        }
        Block { data: self.data }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // Read first: as soon as nobody refers to a block within another one, an arena may write over its header.
        let parent = self.header().parent;
        // Release and the fence order everybody's last use of the memory before it is freed.
        if self.header().references.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        fence(Ordering::Acquire);
        if !parent.is_null() {
            // SAFETY: `within` put the parent's reference there, and this was the last one to this block.
            drop(unsafe { Block::from_pointer(parent) });
            return;
        }
        let (bytes, mapped) = (self.header().bytes, self.header().mapped);
        #[cfg(loom)]
        // SAFETY: this was the last reference.
        unsafe {
            crate::sync::cells::discard(self.data.as_ptr(), bytes);
        }
        if mapped != 0 {
            // SAFETY: this was the last reference; the reservation begins one page before the elements.
            unsafe {
                memory::release(self.data.as_ptr().sub(memory::page_size()), mapped);
            }
        } else if let Some(layout) = Self::layout(bytes) {
            // SAFETY: this was the last reference, and the layout is that of the allocation.
            unsafe { dealloc(self.data.as_ptr().sub(HEADER), layout) };
        }
    }
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block")
            .field("pointer", &self.data)
            .field("size", &self.size())
            .field("references", &self.references())
            .finish()
    }
}

/// A look at a block within another one, which does not keep it alive.
pub(crate) struct WeakBlock {
    data: NonNull<u8>,
}

// SAFETY: as for Block.
unsafe impl Send for WeakBlock {}
// SAFETY: as for Block.
unsafe impl Sync for WeakBlock {}

impl WeakBlock {
    /// Whether anybody refers to the block.
    ///
    /// # Safety
    /// The parent's memory is still there, and nothing else was put where the block's header lies.
    pub(crate) unsafe fn is_alive(&self) -> bool {
        // SAFETY: the caller's promise. Acquire: who finds it dead may write there.
        unsafe {
            let header = self.data.sub(HEADER).cast::<Header>();
            header.as_ref().references.load(Ordering::Acquire) > 0
        }
    }
}
