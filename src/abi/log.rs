//! Twins for logs.

use std::ptr;

use chunkarray_core::{Bounds, Log, LogError, jsonl};

use super::Handle;
use super::array::{bytes_at, size};
use super::handle::Call;
use super::objects::{Made, Object};
use super::status::{Answer, Status, done, number};

impl From<LogError> for Status {
    #[cold]
    fn from(error: LogError) -> Status {
        match error {
            LogError::Memory(error) => error.into(),
            LogError::Closed => Status::Closed,
            LogError::TooLarge { .. } | LogError::BoundTooSmall { .. } => Status::BadArgument,
        }
    }
}

fn new_log(max_bytes: u64, max_entries: u64) -> Answer<Handle> {
    let bound = |most: u64| match most {
        0 => Ok(None),
        most => size(most).map(Some),
    };
    let bounds = Bounds {
        bytes: bound(max_bytes)?,
        entries: bound(max_entries)?,
    };
    Ok(Made::leak(Object::Log(Log::new(bounds)?), None)?)
}

unsafe fn append(log: Handle, kind: u8, from: *const u8, bytes: u64, text: bool) -> i64 {
    number(|| {
        let call = Call::<Log>::new(log)?;
        let bytes = bytes_at(from, bytes, 1)?;
        let entry = if bytes == 0 {
            &[]
        } else {
            // SAFETY: the caller has so many bytes there.
            unsafe { std::slice::from_raw_parts(from, bytes) }
        };
        if text && std::str::from_utf8(entry).is_err() {
            return Err(Status::BadArgument);
        }
        let position = call.lock().push(kind, entry)?;
        Ok(position)
    })
}

hpy_twins::twins! {
    /// Logs.
    pub const LOG = {
        /// A new log: its handle, or null if a bound is too small or there is no memory. It keeps at most so many bytes
        /// (an entry costs 9 more than its own) and so many entries, and drops the oldest; 0 for no bound. The caller
        /// owns the log, and deletes it with log_delete.
        safe fn log_new(max_bytes: u64, max_entries: u64) -> Handle {
            new_log(max_bytes, max_entries).unwrap_or(Handle::NULL)
        }

        /// Deletes a log that log_new made, after waiting for calls of other threads. Errors: BAD_HANDLE, BAD_ARGUMENT
        /// for a log of Python's.
        safe fn log_delete(log: Handle) -> i32 {
            done(|| Made::delete::<Log>(log))
        }

        /// Appends an entry of `bytes` bytes, which Python reads as bytes. Its position, which counts from the first
        /// entry that there ever was. Errors: BAD_HANDLE, BAD_ARGUMENT if it is larger than the log, NO_MEMORY, CLOSED.
        unsafe fn log_append(log: Handle, from: *const u8, bytes: u64) -> i64 {
            // SAFETY: promised by the caller.
            unsafe { append(log, jsonl::BYTES, from, bytes, false) }
        }

        /// As log_append, for UTF-8 that Python reads as a str. Errors: BAD_HANDLE, BAD_ARGUMENT also if it is no UTF-8,
        /// NO_MEMORY, CLOSED.
        unsafe fn log_append_text(log: Handle, from: *const u8, bytes: u64) -> i64 {
            // SAFETY: promised by the caller.
            unsafe { append(log, jsonl::TEXT, from, bytes, true) }
        }

        /// How many entries there are. Errors: BAD_HANDLE.
        safe fn log_len(log: Handle) -> i64 {
            number(|| Ok(Call::<Log>::new(log)?.lock().len()))
        }

        /// The position of the oldest entry. Errors: BAD_HANDLE.
        safe fn log_first(log: Handle) -> i64 {
            number(|| Ok(Call::<Log>::new(log)?.lock().first()))
        }

        /// How many entries were dropped because of the bounds. Errors: BAD_HANDLE.
        safe fn log_dropped(log: Handle) -> i64 {
            number(|| Ok(Call::<Log>::new(log)?.lock().dropped()))
        }

        /// Copies the entry at a position to `out`, which has room for `room` bytes, as far as it fits. How many bytes the
        /// entry has. Errors: BAD_HANDLE, INDEX if there is no such entry, BAD_ARGUMENT if `out` is null and `room` is
        /// not 0.
        unsafe fn log_get(log: Handle, position: u64, out: *mut u8, room: u64) -> i64 {
            number(|| {
                let call = Call::<Log>::new(log)?;
                let room = bytes_at(out, room, 1)?;
                let read = call.lock().read(size(position)?, |_, entry| {
                    let fits = entry.len().min(room);
                    if fits > 0 {
                        // SAFETY: the caller has room for so many, in memory of its own.
                        unsafe { ptr::copy_nonoverlapping(entry.as_ptr(), out, fits) };
                    }
                    entry.len()
                })?;
                read.ok_or(Status::Index)
            })
        }

        /// Removes all entries. Errors: BAD_HANDLE.
        safe fn log_clear(log: Handle) -> i32 {
            done(|| {
                Call::<Log>::new(log)?.lock().clear();
                Ok(())
            })
        }
    }
}
