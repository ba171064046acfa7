//! Twins that copy or work on many elements.

use chunkarray_core::kernels::{self, Window};

use super::Handle;
use super::array::{Array, bytes_at, index_of, size};
use super::status::{Answer, Status, done, number};

/// The elements that an index, a step and a count mean.
fn window(call: &Array, start: i64, step: i64, count: u64) -> Answer<Window> {
    let count = size(count)?;
    if step == 0 && count > 1 {
        return Err(Status::BadArgument);
    }
    let position = if count == 0 {
        call.first()
    } else {
        call.position(start as isize).ok_or(Status::Index)?
    };
    Ok(Window::new(call, position, step as isize, count)?)
}

hpy_twins::twins! {
    /// Many elements at once.
    pub const WINDOW = {
        /// Appends `count` elements that lie one behind the other at `from`: adjacent, all of them or none. The index of
        /// the first one. Errors: BAD_HANDLE, BAD_ARGUMENT, NO_MEMORY, FROZEN, CLOSED, APPENDER_OPEN.
        unsafe fn array_extend(array: Handle, from: *const u8, count: u64) -> i64 {
            number(|| {
                let call = Array::new(array)?;
                let bytes = bytes_at(from, count, call.element_size())?;
                let elements = if bytes == 0 {
                    &[]
                } else {
                    // SAFETY: the caller has so many bytes there.
                    unsafe { std::slice::from_raw_parts(from, bytes) }
                };
                let positions = call.extend_from_bytes(elements)?;
                Ok(index_of(&call, positions.start))
            })
        }

        /// Copies `count` elements to `out`, one behind the other: element `start`, which counts from the end where it is
        /// negative, and then every `step`-th, backwards if that is negative. Errors:
        /// BAD_HANDLE, INDEX if one of them does not exist, BAD_ARGUMENT.
        unsafe fn array_read(array: Handle, start: i64, step: i64, count: u64, out: *mut u8) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                bytes_at(out, count, call.element_size())?;
                let window = window(&call, start, step, count)?;
                // SAFETY: the caller has room for so many elements.
                unsafe { window.read_to(0, out, window.len()) };
                Ok(())
            })
        }

        /// Overwrites `count` elements, chosen as by array_read, with those at `from`, which is not the array's own
        /// memory. Errors: BAD_HANDLE, INDEX, BAD_ARGUMENT, FROZEN.
        unsafe fn array_write(array: Handle, start: i64, step: i64, count: u64, from: *const u8) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                let bytes = bytes_at(from, count, call.element_size())?;
                let window = window(&call, start, step, count)?;
                if call.is_frozen() {
                    return Err(Status::Frozen);
                }
                if bytes > 0 {
                    // SAFETY: the caller has so many bytes there.
                    window.write(0, unsafe { std::slice::from_raw_parts(from, bytes) });
                }
                Ok(())
            })
        }

        /// Reverses the order of the elements. Errors: BAD_HANDLE, FROZEN, NO_MEMORY.
        safe fn array_reverse(array: Handle) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                if call.is_frozen() {
                    return Err(Status::Frozen);
                }
                Ok(kernels::reverse(&Window::all(&call)?)?)
            })
        }

        /// Sorts the elements, stably, the smallest first and not-a-numbers last; `descending` other than 0: the largest
        /// first. Errors: BAD_HANDLE, WRONG_TYPE for elements that have no order, FROZEN, NO_MEMORY.
        safe fn array_sort(array: Handle, descending: i32) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                if call.is_frozen() {
                    return Err(Status::Frozen);
                }
                let Some((dtype, _)) = &call.detail().dtype else {
                    return Err(Status::WrongType);
                };
                if !dtype.is_scalar() {
                    return Err(Status::WrongType);
                }
                Ok(kernels::sort(dtype, &Window::all(&call)?, descending != 0)?)
            })
        }
    }
}
