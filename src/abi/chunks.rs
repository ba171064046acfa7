//! Twins for chunks: where elements lie, and references that keep their memory.

use chunkarray_core::{ChunkRef, RawArray};

use super::Handle;
use super::array::{Array, size};
use super::handle::Call;
use super::objects::{Made, Object};
use super::status::{Answer, Status, done, number};

/// `chunkarray_chunk` in C.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ChunkSpan {
    /// The address of the first element.
    pub data: *mut u8,
    /// Its position.
    pub start: u64,
    /// How many elements there are.
    pub count: u64,
}

const _: () = assert!(size_of::<ChunkSpan>() == 24);

impl ChunkSpan {
    fn of(chunk: &ChunkRef) -> Self {
        ChunkSpan {
            data: chunk.pointer().as_ptr(),
            start: chunk.start as u64,
            count: chunk.len as u64,
        }
    }
}

fn chunk_of(array: &RawArray, k: u64) -> Answer<ChunkRef> {
    array.chunks().nth(size(k)?).ok_or(Status::Index)
}

fn retain(array: Handle, k: u64) -> Answer<Handle> {
    let call = Array::new(array)?;
    let chunk = Object::Chunk(chunk_of(&call, k)?);
    Ok(Made::leak(chunk, None)?)
}

/// Writes a span to the caller's memory.
///
/// # Safety
/// `out` is null or has room for one.
unsafe fn write(chunk: &ChunkRef, out: *mut ChunkSpan) -> Answer<()> {
    if out.is_null() {
        return Err(Status::BadArgument);
    }
    // SAFETY: promised by the caller.
    unsafe { out.write(ChunkSpan::of(chunk)) };
    Ok(())
}

hpy_twins::twins! {
    /// Chunks.
    pub const CHUNKS = {
        /// How many chunks hold elements. Errors: BAD_HANDLE.
        safe fn array_chunk_count(array: Handle) -> i64 {
            number(|| Ok(Array::new(array)?.chunk_count()))
        }

        /// Where the elements of the array's `k`-th chunk lie, counted from 0: writes chunkarray_chunk (address, position
        /// of the first element, number of elements) to `out`. Borrowed: the memory is valid while the array lives. Errors:
        /// BAD_HANDLE, INDEX if there is no such chunk, BAD_ARGUMENT.
        unsafe fn array_chunk(array: Handle, k: u64, out: *mut ChunkSpan) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                call.export();
                let chunk = chunk_of(&call, k)?;
                // SAFETY: promised by the caller.
                unsafe { write(&chunk, out) }
            })
        }

        /// Keeps the memory of the array's `k`-th chunk, whatever becomes of the array, until chunk_release: the chunk's
        /// handle, or null if there is no such chunk. The caller owns it.
        safe fn chunk_retain(array: Handle, k: u64) -> Handle {
            retain(array, k).unwrap_or(Handle::NULL)
        }

        /// Where the elements of a chunk lie that was retained, as array_chunk tells: those that it had then. Errors: BAD_HANDLE,
        /// BAD_ARGUMENT.
        unsafe fn chunk_span(chunk: Handle, out: *mut ChunkSpan) -> i32 {
            done(|| {
                let call = Call::<ChunkRef>::new(chunk)?;
                // SAFETY: promised by the caller.
                unsafe { write(&call, out) }
            })
        }

        /// Lets go of a chunk that chunk_retain gave. After it every use of the handle is BAD_HANDLE.
        /// Errors: BAD_HANDLE.
        safe fn chunk_release(chunk: Handle) -> i32 {
            done(|| Made::delete::<ChunkRef>(chunk))
        }
    }
}
