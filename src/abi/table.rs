//! Twins for key tables.

use chunkarray_core::KeyTable;

use super::Handle;
use super::array::bytes_at;
use super::handle::Call;
use super::status::{Answer, Status, done, number, truth};

/// The caller's bytes.
unsafe fn bytes<'a>(at: *const u8, count: usize) -> Answer<&'a [u8]> {
    let count = bytes_at(at, count as u64, 1)?;
    if count == 0 {
        return Ok(&[]);
    }
    // SAFETY: the caller has so many bytes there.
    Ok(unsafe { std::slice::from_raw_parts(at, count) })
}

hpy_twins::twins! {
    /// Key tables.
    pub const TABLE = {
        /// How many keys there are. Errors: BAD_HANDLE.
        safe fn table_len(table: Handle) -> i64 {
            number(|| Ok(Call::<KeyTable>::new(table)?.len()))
        }

        /// Bytes of a value. Errors: BAD_HANDLE.
        safe fn table_element_size(table: Handle) -> i64 {
            number(|| Ok(Call::<KeyTable>::new(table)?.values().element_size()))
        }

        /// Copies the value of a key, which is `count` bytes of UTF-8 at `key`, to `out`: 1, or 0 if there is no such key.
        /// `out` has room for a value. Errors: BAD_HANDLE, BAD_ARGUMENT.
        unsafe fn table_get(table: Handle, key: *const u8, count: u64, out: *mut u8) -> i32 {
            truth(|| {
                let call = Call::<KeyTable>::new(table)?;
                let size = bytes_at(out, 1, call.values().element_size())?;
                // SAFETY: promised by the caller.
                let (key, out) = unsafe {
                    (
                        bytes(key, count as usize)?,
                        std::slice::from_raw_parts_mut(out, size),
                    )
                };
                Ok(call.read(key, out)?)
            })
        }

        /// Sets the value of a key, which is `count` bytes of UTF-8 at `key`, to the one at `from`. Errors: BAD_HANDLE,
        /// BAD_ARGUMENT also if the key is no UTF-8, NO_MEMORY.
        unsafe fn table_set(table: Handle, key: *const u8, count: u64, from: *const u8) -> i32 {
            done(|| {
                let call = Call::<KeyTable>::new(table)?;
                let size = bytes_at(from, 1, call.values().element_size())?;
                // SAFETY: promised by the caller.
                let (key, value) = unsafe { (bytes(key, count as usize)?, bytes(from, size)?) };
                if std::str::from_utf8(key).is_err() {
                    return Err(Status::BadArgument);
                }
                call.write(key, value)?;
                Ok(())
            })
        }
    }
}
