//! Twins for arenas.

use std::ptr;

use chunkarray_core::{Arena, ArenaOptions};

use super::Handle;
use super::array::{bytes_at, size};
use super::handle::Call;
use super::objects::{Made, Object};
use super::status::{Answer, done, number};

fn new_arena(chunk_size: u64, alignment: u64) -> Answer<Handle> {
    let mut options = ArenaOptions::default();
    if chunk_size > 0 {
        options.chunk_size = size(chunk_size)?;
    }
    if alignment > 0 {
        options.alignment = size(alignment)?;
    }
    Ok(Made::leak(Object::Arena(Arena::new(&options)?), None)?)
}

/// Room at the top, in which a copy of `from` is put unless that is null, else zeros.
unsafe fn take(arena: Handle, from: *const u8, bytes: u64, alignment: u64) -> Answer<*mut u8> {
    let call = Call::<Arena>::new(arena)?;
    let bytes = size(bytes)?;
    let alignment = if alignment > 0 {
        size(alignment)?
    } else {
        call.options().alignment
    };
    let room = call.room(bytes, alignment)?.pointer.as_ptr();
    // SAFETY: room for so many bytes that was given to nobody else; the rest is the caller's promise.
    unsafe {
        if from.is_null() {
            room.write_bytes(0, bytes);
        } else {
            ptr::copy_nonoverlapping(from, room, bytes);
        }
    }
    Ok(room)
}

hpy_twins::twins! {
    /// Arenas.
    pub const ARENA = {
        /// A new arena: its handle, or null if a number is no power of two or there is no memory. `chunk_size` is in
        /// bytes, `alignment` is what addresses of pieces are a multiple of; 0 for the defaults (65536, 8). The caller
        /// owns the arena, and deletes it with arena_delete.
        safe fn arena_new(chunk_size: u64, alignment: u64) -> Handle {
            new_arena(chunk_size, alignment).unwrap_or(Handle::NULL)
        }

        /// Deletes an arena that arena_new made, and all of its pieces, after waiting for calls of other threads. Errors:
        /// BAD_HANDLE, BAD_ARGUMENT for an arena of Python's.
        safe fn arena_delete(arena: Handle) -> i32 {
            done(|| Made::delete::<Arena>(arena))
        }

        /// Copies `bytes` bytes to the top of the arena. Their address there; null for a bad handle or without memory.
        /// Borrowed: valid until the arena is rewound below it, reset, closed or gone.
        unsafe fn arena_push(arena: Handle, from: *const u8, bytes: u64) -> *mut u8 {
            if bytes_at(from, bytes, 1).is_err() {
                return ptr::null_mut();
            }
            // SAFETY: promised by the caller.
            unsafe { take(arena, from, bytes, 0) }.unwrap_or(ptr::null_mut())
        }

        /// So many bytes at the top of the arena that are zero. Their address, a multiple of `alignment`, which is a
        /// power of two or 0 for the arena's own; null for a bad handle or without memory. Borrowed as arena_push's.
        safe fn arena_zeroed(arena: Handle, bytes: u64, alignment: u64) -> *mut u8 {
            // SAFETY: nothing is copied.
            unsafe { take(arena, ptr::null(), bytes, alignment) }.unwrap_or(ptr::null_mut())
        }

        /// Remembers the top, for arena_rewind: a mark from 0 on. Errors: BAD_HANDLE, NO_MEMORY, CLOSED.
        safe fn arena_save(arena: Handle) -> i64 {
            number(|| Ok(Call::<Arena>::new(arena)?.save()?.id() as usize))
        }

        /// Goes back to a mark, which stays good: memory above it is used again. Errors: BAD_HANDLE, BAD_ARGUMENT if the
        /// mark is not valid, IN_USE if an array lives above it, CLOSED.
        safe fn arena_rewind(arena: Handle, mark: u64) -> i32 {
            done(|| {
                let call = Call::<Arena>::new(arena)?;
                Ok(call.rewind(&call.mark(mark))?)
            })
        }

        /// Takes all pieces back; marks are then no longer valid. Errors: BAD_HANDLE, IN_USE if an array lives there,
        /// CLOSED.
        safe fn arena_reset(arena: Handle) -> i32 {
            done(|| Ok(Call::<Arena>::new(arena)?.reset()?))
        }

        /// Bytes handed out, gaps between them included. Errors: BAD_HANDLE.
        safe fn arena_used(arena: Handle) -> i64 {
            number(|| Ok(Call::<Arena>::new(arena)?.used()))
        }

        /// Bytes that the chunks have place for. Errors: BAD_HANDLE.
        safe fn arena_capacity(arena: Handle) -> i64 {
            number(|| Ok(Call::<Arena>::new(arena)?.capacity()))
        }
    }
}
