//! Files without a copy: `_room` and `_fill`, between which a file writes into the array's own memory.

use hpy_host::bind;
use hpy_host::define::{Result, Trampolines, method};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::arguments::{self, positional};
use crate::array::filled;
use crate::chunk::{self, Content};
use crate::locking::Hold;

/// The methods.
pub fn methods(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"_room",
            bind!(t, o: room),
            c"_room($self, most, /)\n--\n\n\
              A Chunk over memory for up to so many elements behind the end, which are not there yet; None where\n\
              they have to be appended.\n\n\
              For who is in a transaction: else others may append there meanwhile.",
        ),
        method(
            c"_fill",
            bind!(t, keywords: fill),
            c"_fill($self, start, count, /)\n--\n\n\
              Add so many elements that were written into the room that begins at a position.\n\n\
              ValueError if the end is elsewhere.",
        ),
    ]
}

fn room<D: Door>(door: D, this: HPy, most: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let most = arguments::count(door, "most", most)?;
    // As records do, which are assigned byte by byte.
    let tear = array.dtype.record().is_some();
    let found = array.grow(door, Hold::Briefly, |guard| guard.room(most, tear))?;
    let Some(chunk) = found else {
        return Ok(door.none());
    };
    chunk::make(
        door,
        Content {
            address: chunk.pointer().as_ptr(),
            start: chunk.start,
            len: chunk.len,
            stride: array.dtype.size() as isize,
            block: chunk.block,
            dtype: *array.dtype,
            readonly: false,
        },
    )
}

fn fill<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [start, count] = unsafe { positional(door, "_fill", arguments, count, names)? };
    let array = filled(door, this)?;
    let start = arguments::size(door, "start", start)?;
    let count = arguments::size(door, "count", count)?;
    // SAFETY: memory behind the end is open, and as good as any bytes whoever wrote there; whether somebody still does
    // is the Python code's business, as with every view of an array.
    array.grow(door, Hold::Briefly, |guard| unsafe {
        guard.fill(start, count)
    })?;
    Ok(door.none())
}
