//! Twins of what arrays do whatever their elements are.

use std::ffi::{CStr, c_char};

use chunkarray_core::{DType, Growth, Options, RawArray};

use super::Handle;
use super::handle::Call;
use super::objects::{Extensions, Made, Object};
use super::status::{Answer, Status, done, number, truth};

/// An array by its handle.
pub type Array = Call<RawArray>;

/// The index of an element that was just appended.
#[inline(always)]
pub fn index_of(raw: &RawArray, position: usize) -> usize {
    // Other threads may have appended so much meanwhile that it was dropped.
    position.saturating_sub(raw.first())
}

/// Elements or bytes that a caller counted.
pub fn size(count: u64) -> Answer<usize> {
    match usize::try_from(count) {
        Ok(count) if isize::try_from(count).is_ok() => Ok(count),
        _ => Err(Status::BadArgument),
    }
}

/// Bytes of `count` elements that lie in the caller's memory at a pointer.
pub fn bytes_at<T>(at: *const T, count: u64, element_size: usize) -> Answer<usize> {
    if at.is_null() && count > 0 {
        return Err(Status::BadArgument);
    }
    size(count)?
        .checked_mul(element_size)
        .filter(|&bytes| isize::try_from(bytes).is_ok())
        .ok_or(Status::BadArgument)
}

fn new_array(dtype: *const c_char, chunk_size: u64, capacity: u64, keep: u64) -> Answer<Handle> {
    if dtype.is_null() {
        return Err(Status::BadArgument);
    }
    // SAFETY: the caller passes a text.
    let dtype = unsafe { CStr::from_ptr(dtype) };
    let dtype = dtype.to_str().map_err(|_| Status::BadArgument)?;
    let dtype = DType::parse(dtype).map_err(|_| Status::BadArgument)?;
    let mut options = Options {
        capacity: size(capacity)?,
        ..Options::default()
    };
    if chunk_size > 0 {
        options.chunk_size = size(chunk_size)?;
    }
    if keep > 0 {
        options.keep = Some(size(keep)?);
        options.growth = Growth::Fixed;
    }
    let raw = RawArray::new(dtype.size(), &options)?;
    raw.export();
    Ok(Made::leak(Object::Array(raw), Some(dtype))?)
}

hpy_twins::twins! {
    /// Arrays, whatever their elements are.
    pub const ARRAY = {
        /// A new array of a dtype, such as "F8": its handle, or null if the dtype is unknown, an option is out of range
        /// or there is no memory. `chunk_size` is in elements, a power of two, 0 for the default (1024); `capacity` is
        /// how many elements lie in one piece in front, 0 for none; `keep` is how many of the newest elements are kept
        /// at least, 0 for all. The caller owns the array, and deletes it with array_delete.
        unsafe fn array_new(dtype: *const c_char, chunk_size: u64, capacity: u64, keep: u64) -> Handle {
            new_array(dtype, chunk_size, capacity, keep).unwrap_or(Handle::NULL)
        }

        /// Deletes an array that array_new made, after waiting for calls of other threads. Chunks that were retained
        /// keep their memory. After it every use of the handle is BAD_HANDLE. Errors: BAD_HANDLE,
        /// BAD_ARGUMENT for an array of Python's.
        safe fn array_delete(array: Handle) -> i32 {
            done(|| Made::delete::<RawArray>(array))
        }

        /// The array's header, for reads without a call: chunkarray_array in C. Borrowed: it is valid while the array
        /// lives, and from now on the array gives no memory back before it goes. Null for a bad handle.
        safe fn array_header(array: Handle) -> *const RawArray {
            match Array::new(array) {
                Ok(call) => {
                    call.export();
                    &*call
                }
                Err(_) => std::ptr::null(),
            }
        }

        /// The array's extension table: chunkarray_extensions in C. Borrowed: it is valid while the array lives. It
        /// names the header, see array_header. Null for a bad handle.
        safe fn extensions_of(array: Handle) -> *const Extensions {
            match Array::new(array) {
                Ok(call) => {
                    call.export();
                    call.detail().extensions()
                }
                Err(_) => std::ptr::null(),
            }
        }

        /// How many elements there are. Errors: BAD_HANDLE.
        safe fn array_len(array: Handle) -> i64 {
            number(|| Ok(Array::new(array)?.len()))
        }

        /// How many elements were dropped at the front: the position of the oldest one. Errors: BAD_HANDLE.
        safe fn array_first(array: Handle) -> i64 {
            number(|| Ok(Array::new(array)?.first()))
        }

        /// Bytes of an element. Errors: BAD_HANDLE.
        safe fn array_element_size(array: Handle) -> i64 {
            number(|| Ok(Array::new(array)?.element_size()))
        }

        /// The name of the dtype, such as "F8". Borrowed: it is valid while the array lives. Null for a bad handle.
        safe fn array_dtype(array: Handle) -> *const c_char {
            let name = |call: &Array| Some(call.detail().dtype.as_ref()?.1.as_ptr());
            match Array::new(array) {
                Ok(call) => name(&call).unwrap_or(std::ptr::null()),
                Err(_) => std::ptr::null(),
            }
        }

        /// The address of an element, which stays as long as the array lives; a negative index counts from the end. Null
        /// for a bad handle or where there is no such element.
        safe fn array_address(array: Handle, index: i64) -> *mut u8 {
            let address = || -> Answer<*mut u8> {
                let call = Array::new(array)?;
                let position = call.position(index as isize).ok_or(Status::Index)?;
                call.export();
                Ok(call.address_at(position)?.as_ptr())
            };
            address().unwrap_or(std::ptr::null_mut())
        }

        /// Shortens the array to `length` elements; one that is not longer stays as it is. The memory is kept for reuse. Errors: BAD_HANDLE, FROZEN, IN_TRANSACTION,
        /// APPENDER_OPEN, BAD_ARGUMENT.
        safe fn array_truncate(array: Handle, length: u64) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                call.truncate(size(length)?)?;
                call.wake_all();
                Ok(())
            })
        }

        /// Removes all elements. The memory is kept for reuse. Errors: as array_truncate.
        safe fn array_clear(array: Handle) -> i32 {
            array_truncate(array, 0)
        }

        /// Removes all elements, and makes all marks invalid. Errors: as array_truncate.
        safe fn array_reset(array: Handle) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                call.reset()?;
                call.wake_all();
                Ok(())
            })
        }

        /// Drops the `count` oldest elements, or all if there are fewer. How many were dropped. The others keep their
        /// places, positions and addresses. Errors: BAD_HANDLE, FROZEN, IN_TRANSACTION, BAD_ARGUMENT.
        safe fn array_drop_front(array: Handle, count: u64) -> i64 {
            number(|| {
                let call = Array::new(array)?;
                let dropped = call.drop_front(size(count)?)?;
                call.wake_all();
                Ok(dropped)
            })
        }

        /// Makes place for `additional` more elements, or changes nothing. Errors: BAD_HANDLE, NO_MEMORY, FROZEN, CLOSED, BAD_ARGUMENT.
        safe fn array_reserve(array: Handle, additional: u64) -> i32 {
            done(|| Ok(Array::new(array)?.reserve(size(additional)?)?))
        }

        /// Remembers the array's end, for array_rewind: a mark above 0, valid until the array is cut below it or its
        /// position is dropped. Errors: BAD_HANDLE, NO_MEMORY.
        safe fn array_save(array: Handle) -> i64 {
            number(|| Ok(Array::new(array)?.save()?.id() as usize))
        }

        /// Goes back to a mark: removes what was appended since. BAD_ARGUMENT if the mark is not valid. The mark stays
        /// good. Errors: BAD_HANDLE, BAD_ARGUMENT, FROZEN, IN_TRANSACTION, APPENDER_OPEN.
        safe fn array_rewind(array: Handle, mark: u64) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                call.lock().rewind_to(mark)?;
                call.wake_all();
                Ok(())
            })
        }

        /// Begins a transaction of this thread, and gives its depth: others that append or shorten wait until it is
        /// over. It waits for others' as well, so a caller that holds an interpreter's lock gives that up before, or
        /// uses array_try_begin. Transactions nest. Errors: BAD_HANDLE, NO_MEMORY, FROZEN, CLOSED, APPENDER_OPEN.
        safe fn array_begin(array: Handle) -> i64 {
            number(|| Ok(Array::new(array)?.begin()?))
        }

        /// As array_begin; BUSY, instead of waiting, if another thread is at work on the array. Errors: BAD_HANDLE, BUSY,
        /// NO_MEMORY, FROZEN, CLOSED, APPENDER_OPEN.
        safe fn array_try_begin(array: Handle) -> i64 {
            number(|| Array::new(array)?.try_begin()?.ok_or(Status::Busy))
        }

        /// Ends this thread's innermost transaction, which has that depth. Errors: BAD_HANDLE, IN_TRANSACTION if there is no such one, IN_USE,
        /// APPENDER_OPEN.
        safe fn array_commit(array: Handle, depth: u64) -> i32 {
            done(|| Ok(Array::new(array)?.commit(size(depth)?)?))
        }

        /// Ends this thread's innermost transaction, which has that depth, and removes what was appended in it. Errors: BAD_HANDLE,
        /// IN_TRANSACTION if there is no such one, IN_USE.
        safe fn array_abort(array: Handle, depth: u64) -> i32 {
            done(|| Ok(Array::new(array)?.abort(size(depth)?)?))
        }

        /// Whether somebody else would have to be waited for by whoever appends: 1 or 0. Errors: BAD_HANDLE.
        safe fn array_is_busy(array: Handle) -> i32 {
            truth(|| Ok(Array::new(array)?.is_busy()))
        }

        /// Whether the array has come to where a waiter of Python's wants it, which a caller in Python is to tell: 1 at
        /// most once, then 0. Waiters of an array whose header or extension table was given out look every 10 ms by
        /// themselves.
        safe fn array_take_due(array: Handle) -> i32 {
            truth(|| Ok(Array::new(array)?.take_due()))
        }

        /// Opens the array's appender for this thread, which alone may append until appender_close, by appender_put_T.
        /// Errors: BAD_HANDLE, APPENDER_OPEN if there is one already, NO_MEMORY, FROZEN, CLOSED.
        safe fn appender_open(array: Handle) -> i32 {
            done(|| {
                let call = Array::new(array)?;
                call.export();
                Ok(call.open_appender()?)
            })
        }

        /// Closes the appender that this thread opened. Errors: BAD_HANDLE, APPENDER_OPEN if this thread's appender is
        /// not open.
        safe fn appender_close(array: Handle) -> i32 {
            done(|| Ok(Array::new(array)?.close_appender()?))
        }
    }
}
