//! A chunk's memory for a reader that keeps the array itself.
//!
//! A `Chunk` keeps memory, and counts as a view, until a collector finds that nobody has it any more. Where that takes
//! long, who only wants to read elements takes a window, which keeps nothing.

use chunkarray_core::Growth;
use hpy_host::bind;
use hpy_host::buffer;
use hpy_host::define::{Error, Exception, Result, Trampolines, checked, method};
use hpy_host::door::{Door, handle};
use hpy_sys::*;

use crate::arguments::{self, Owned};
use crate::array::filled;

/// The methods of this file.
pub fn methods(t: Trampolines) -> Vec<HPyDef> {
    vec![method(
        c"_chunk_at",
        bind!(t, o: window),
        c"_chunk_at($self, index, /)\n--\n\nThe elements of the chunk that has an index: (start, stop, memory), two indices and a\n\
          memoryview of the bytes, which keeps neither the chunk nor the array: it may be used as long\n\
          as the array lives and neither close() nor shrink() gave memory back. It is for reading\n\
          only where the array is frozen or uses chunks again, else for writing too.\n\n\
          IndexError if there is no such element.",
    )]
}

fn window<D: Door>(door: D, this: HPy, index: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let position = array.position(arguments::index(door, index)?)?;
    // Before the chunk, so that none of its elements lies in front of it.
    let first = array.raw.first();
    let chunk = array.raw.chunk_at(position).ok_or_else(|| {
        let message = format!("the element at position {position} was taken away meanwhile");
        Error::New(Exception::IndexError, message)
    })?;
    let start = chunk.start.saturating_sub(first);
    let bytes = chunk.len * array.dtype.size();
    // Chunks of the fixed growth are used again for other elements, which nobody may write by mistake.
    let writable = !array.raw.is_frozen() && array.raw.options().growth == Growth::Double;
    // SAFETY: the memory is that of elements; how long it may be looked at, the documentation says.
    let memory = unsafe { buffer::view_of(chunk.pointer(), bytes, writable) };
    let memory = Owned::new(door, handle(memory))?;
    let start_and_stop = [
        Owned::new(door, door.int(start as i64))?,
        Owned::new(door, door.int((start + chunk.len) as i64))?,
    ];
    let [start, stop] = &start_and_stop;
    let mut items = [start.get(), stop.get(), memory.get()];
    // SAFETY: the handles are live; the tuple takes references of its own.
    checked(unsafe { HPyTuple_FromArray(door.ctx(), items.as_mut_ptr(), items.len() as isize) })
}
