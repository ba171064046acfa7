//! Twins for chunks: where elements lie, and references that keep their memory.

use chunkarray_core::{ChunkRef, HandleKind, Registered};
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Handle;
use super::array::{Array, size};
use super::handle::{Call, Named};
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

/// A chunk that a caller keeps. Its address is what its handle stands for.
pub struct Kept {
    chunk: ChunkRef,
    /// None while it is made, and from its release on.
    registered: Mutex<Option<Registered>>,
}

// SAFETY: chunks are registered here only.
unsafe impl Named for Kept {
    const KIND: HandleKind = HandleKind::Chunk;
}

fn retain(array: Handle, k: u64) -> Answer<Handle> {
    let chunk = Array::new(array)?
        .chunks()
        .nth(size(k)?)
        .ok_or(Status::Index)?;
    let object = NonNull::from(Box::leak(Box::new(Kept {
        chunk,
        registered: Mutex::new(None),
    })));
    // SAFETY: the box stays where it is until `chunk_release`, which ends the registration first.
    match unsafe { Registered::new(HandleKind::Chunk, object.cast(), std::ptr::null(), 0) } {
        Ok(registered) => {
            let handle = Handle(registered.handle());
            // SAFETY: the handle is known to nobody yet.
            *lock(unsafe { object.as_ref() }) = Some(registered);
            Ok(handle)
        }
        Err(error) => {
            // SAFETY: leaked above, and known to nobody.
            drop(unsafe { Box::from_raw(object.as_ptr()) });
            Err(error.into())
        }
    }
}

fn lock(kept: &Kept) -> MutexGuard<'_, Option<Registered>> {
    // Nothing is done under the lock that a panic could leave half done.
    kept.registered
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
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
        /// How many chunks hold elements.
        safe fn array_chunk_count(array: Handle) -> i64 {
            number(|| Ok(Array::new(array)?.chunk_count()))
        }

        /// Where the elements of the array's `k`-th chunk lie, counted from 0: writes chunkarray_chunk (address, position
        /// of the first element, number of elements) to `out`. Borrowed: the memory is valid while the array lives. INDEX
        /// if there is no such chunk.
        unsafe fn array_chunk(array: Handle, k: u64, out: *mut ChunkSpan) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                call.export();
                let chunk = call.chunks().nth(size(k)?).ok_or(Status::Index)?;
                // SAFETY: promised by the caller.
                unsafe { write(&chunk, out) }
            })
        }

        /// Keeps the memory of the array's `k`-th chunk, whatever becomes of the array, until chunk_release: the chunk's
        /// handle, or null if there is no such chunk. The caller owns it.
        safe fn chunk_retain(array: Handle, k: u64) -> Handle {
            retain(array, k).unwrap_or(Handle::NULL)
        }

        /// Where the elements of a chunk lie that was retained, as array_chunk tells: those that it had then.
        unsafe fn chunk_span(chunk: Handle, out: *mut ChunkSpan) -> i32 {
            done(|| {
                let call = Call::<Kept>::new(chunk)?;
                // SAFETY: promised by the caller.
                unsafe { write(&call.chunk, out) }
            })
        }

        /// Lets go of a chunk that chunk_retain gave. After it every use of the handle is BAD_HANDLE.
        safe fn chunk_release(chunk: Handle) -> i32 {
            done(|| {
                let call = Call::<Kept>::new(chunk)?;
                let registered = lock(&call).take().ok_or(Status::BadHandle)?;
                let kept = NonNull::from(&*call);
                drop(call);
                // Waits for other calls.
                drop(registered);
                // SAFETY: leaked by `retain`, this call alone was told to release it, and nobody looks any more.
                drop(unsafe { Box::from_raw(kept.as_ptr()) });
                Ok(())
            })
        }
    }
}
