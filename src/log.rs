//! `Log`: the native log behind `chunkarray.Log`.
//!
//! It keeps bytes and their kinds; what they mean, JSON above all, is the Python class's business.
//! Its lock is held for copies only, never while the interpreter is called.

use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chunkarray_core::{Bounds, Log, LogError, LogGuard, jsonl};
use hpy_host::bind;
use hpy_host::define::{
    Error, Exception, Result, Trampolines, attribute, checked, checked_status, destroy, method,
    slot,
};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::abi::objects::Named;
use crate::abi::python::{self, EXPORTED_DOC, EXTENSIONS_DOC, HANDLE_DOC, Name, unsigned};
use crate::arguments::{self, Owned, Parameters};
use crate::locking::{self, outside};
use crate::memory_pressure;
use crate::module::tuple;

/// Instance data. All zero is a valid, unfilled instance.
#[repr(C)]
pub struct LogObject {
    filled: AtomicBool,
    /// Bytes of memory that the collector was told about.
    told: AtomicUsize,
    /// For callers of the typed twins.
    name: Name,
    log: MaybeUninit<Log>,
}

/// The filled instance behind `self`.
fn filled<'a, D: Door>(door: D, this: HPy) -> Result<&'a LogObject> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { &*door.data(this).cast::<LogObject>() };
    if object.filled.load(Ordering::Relaxed) {
        Ok(object)
    } else {
        Err(Error::New(
            Exception::RuntimeError,
            "the log was never initialised".into(),
        ))
    }
}

impl LogObject {
    fn log(&self) -> &Log {
        // SAFETY: `filled` hands out filled instances only.
        unsafe { self.log.assume_init_ref() }
    }

    /// The log's lock. Who finds it taken leaves Python before waiting.
    #[inline]
    fn lock<D: Door>(&self, door: D) -> LogGuard<'_> {
        loop {
            if let Some(guard) = self.log().try_lock() {
                return guard;
            }
            outside(door, || drop(self.log().lock()));
        }
    }

    /// Changes the log, once more after a collection where the first try found no memory, and
    /// tells the collector what became of its size.
    #[inline]
    fn change<D: Door, T>(
        &self,
        door: D,
        mut work: impl FnMut(&mut LogGuard<'_>) -> std::result::Result<T, LogError>,
    ) -> Result<T> {
        let mut attempt = || {
            let mut guard = self.lock(door);
            let outcome = work(&mut guard);
            (outcome, guard.committed_bytes())
        };
        let (mut outcome, mut size) = attempt();
        if matches!(outcome, Err(LogError::Memory(_))) && memory_pressure::collect(door) {
            (outcome, size) = attempt();
        }
        if self.told.load(Ordering::Relaxed) != size {
            let before = self.told.swap(size, Ordering::Relaxed);
            if size > before {
                memory_pressure::grown(door, size - before);
            } else {
                memory_pressure::released(before - size);
            }
        }
        outcome.map_err(raised)
    }

    /// A copy of the entry at `position`, if it is there.
    fn copy_of<D: Door>(&self, door: D, position: usize) -> Result<Option<(u8, Vec<u8>)>> {
        read(&self.lock(door), position)
    }
}

/// A copy of the entry at `position`, if it is there.
fn read(guard: &LogGuard<'_>, position: usize) -> Result<Option<(u8, Vec<u8>)>> {
    let copy = guard.read(position, |kind, bytes| {
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len())
            .map_err(|_| Error::NoMemory)?;
        copy.extend_from_slice(bytes);
        Ok((kind, copy))
    });
    copy.map_err(raised)?.transpose()
}

/// The Python exception for an error of the log.
#[cold]
fn raised(error: LogError) -> Error {
    match error {
        LogError::Memory(error) => locking::raised(error),
        error => Error::value_error(error.to_string()),
    }
}

/// Name and documentation of the type.
pub const NAME: &CStr = c"chunkarray._core.Log";
pub const DOC: &CStr = c"Log(max_bytes=None, max_entries=None)\n--\n\n\
A bounded, thread-safe log of str, bytes and JSON texts: the native part of chunkarray.Log.";

/// The definitions of the type.
pub fn definitions(t: Trampolines) -> Vec<HPyDef> {
    vec![
        slot(HPy_tp_new, bind!(t, new: new)),
        attribute(c"_exported", bind!(t, getter: exported), EXPORTED_DOC),
        method(c"_handle", bind!(t, noargs: handle), HANDLE_DOC),
        method(
            c"_extensions",
            bind!(t, noargs: extensions),
            EXTENSIONS_DOC,
        ),
        slot(HPy_mp_length, bind!(t, length: length)),
        method(
            c"append",
            bind!(t, o: append),
            c"append($self, value, /)\n--\n\nAdd a str or bytes and return its position.",
        ),
        method(
            c"append_json",
            bind!(t, o: append_json),
            c"append_json($self, text, /)\n--\n\nAdd a JSON text without line breaks and return its position.",
        ),
        method(
            c"extend",
            bind!(t, o: extend),
            c"extend($self, pairs, /)\n--\n\nAdd the entries of a flat list of kinds and values, or none; return the first one's position.\n\n\
              A kind is ord of 's' (str), 'b' (bytes) or 'j' (JSON); a value is a str, or bytes that are\n\
              UTF-8 with surrogates.",
        ),
        method(
            c"at",
            bind!(t, o: at),
            c"at($self, index, /)\n--\n\nThe entry at an index: a str, bytes, or a tuple of a JSON text.",
        ),
        method(
            c"read",
            bind!(t, o: read_at),
            c"read($self, position, /)\n--\n\nThe entry at a position, as at() gives it; None where it is gone or not there yet.",
        ),
        method(
            c"read_next",
            bind!(t, o: read_next),
            c"read_next($self, position, /)\n--\n\nThe first entry from a position on, as (position, entry); None where there is none.",
        ),
        method(
            c"raw",
            bind!(t, keywords: raw),
            c"raw($self, start, stop, /)\n--\n\nThe entries at these positions, as extend() takes them, the values all bytes.",
        ),
        method(
            c"jsonl",
            bind!(t, keywords: jsonl_of),
            c"jsonl($self, start, stop, limit, /)\n--\n\nThe entries at these positions as JSON Lines: (bytes, the position to go on from).\n\n\
              Ends behind the entry that makes them longer than the limit.",
        ),
        method(
            c"bounds",
            bind!(t, noargs: bounds),
            c"bounds($self, /)\n--\n\nThe positions of the oldest entry and of the next one.",
        ),
        method(
            c"limit",
            bind!(t, keywords: limit),
            c"limit($self, max_bytes, max_entries, /)\n--\n\nSet other bounds; None is none.",
        ),
        method(
            c"clear",
            bind!(t, noargs: clear),
            c"clear($self, /)\n--\n\nRemove all entries; they don't count as dropped.",
        ),
        method(
            c"close",
            bind!(t, noargs: close),
            c"close($self, /)\n--\n\nRemove all entries for good.",
        ),
        method(
            c"__sizeof__",
            bind!(t, noargs: size_of_object),
            c"Bytes of the object and its entries.",
        ),
        attribute(
            c"first",
            bind!(t, getter: first),
            c"Position of the oldest entry.",
        ),
        attribute(
            c"end",
            bind!(t, getter: end),
            c"Position of the next entry.",
        ),
        attribute(
            c"dropped",
            bind!(t, getter: dropped),
            c"How many entries the bounds pushed out.",
        ),
        attribute(
            c"nbytes",
            bind!(t, getter: nbytes),
            c"Bytes that all entries cost.",
        ),
        attribute(
            c"committed_bytes",
            bind!(t, getter: committed_bytes),
            c"Bytes of memory that the log holds.",
        ),
        attribute(
            c"max_bytes",
            bind!(t, getter: max_bytes),
            c"The most bytes that all entries may cost, or None.",
        ),
        attribute(
            c"max_entries",
            bind!(t, getter: max_entries),
            c"The most entries, or None.",
        ),
        attribute(
            c"closed",
            bind!(t, getter: closed),
            c"Whether the log was closed.",
        ),
        destroy(free),
    ]
}

unsafe extern "C" fn free(data: *mut c_void) {
    // SAFETY: the host passes instance data once, at its end.
    unsafe {
        let object = &mut *data.cast::<LogObject>();
        if std::mem::replace(object.filled.get_mut(), false) {
            memory_pressure::released(*object.told.get_mut());
            object.name.forget();
            object.log.assume_init_drop();
        }
    }
}

const PARAMETERS: Parameters<2> = Parameters {
    function: "Log",
    names: [c"max_bytes", c"max_entries"],
    positional: 2,
};

fn new<D: Door>(
    door: D,
    class: HPy,
    arguments: *const HPy,
    count: isize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host passes live handles.
    let [max_bytes, max_entries] = unsafe { PARAMETERS.read(door, arguments, count, names)? };
    let bounds = Bounds {
        bytes: bound(door, "max_bytes", max_bytes)?,
        entries: bound(door, "max_entries", max_entries)?,
    };
    let log = Log::new(bounds).map_err(raised)?;
    // SAFETY: `class` is Log, so a new instance has zeroed instance data of our type behind it,
    // which has nothing to drop.
    unsafe {
        let mut data = std::ptr::null_mut();
        let this = Owned::new(door, HPy_New(door.ctx(), class, &raw mut data))?;
        let object = door.data(this.get()).cast::<LogObject>();
        (*object).told = AtomicUsize::new(0);
        (*object).name = Name::new();
        (*object).log.write(log);
        (*object).filled = AtomicBool::new(true);
        Ok(this.take())
    }
}

/// A bound: a number; none where it is None or was not given.
fn bound<D: Door>(door: D, name: &str, value: Option<Owned<D>>) -> Result<Option<usize>> {
    arguments::given(door, value)
        .map(|value| arguments::size(door, name, value.get()))
        .transpose()
}

/// The bytes of a str (as UTF-8) or a bytes object; they live as long as the object.
#[inline]
fn bytes_of<'a, D: Door>(door: D, value: HPy) -> Result<(u8, &'a [u8])> {
    let ctx = door.ctx();
    // SAFETY: the handle is live, and so is the memory that its object keeps.
    unsafe {
        if HPyUnicode_Check(ctx, value) != 0 {
            let mut size = 0;
            let utf8 = HPyUnicode_AsUTF8AndSize(ctx, value, &raw mut size);
            if utf8.is_null() {
                return Err(Error::Raised);
            }
            let bytes = std::slice::from_raw_parts(utf8.cast::<u8>(), size as usize);
            return Ok((jsonl::TEXT, bytes));
        }
        if HPyBytes_Check(ctx, value) != 0 {
            let size = HPyBytes_Size(ctx, value);
            let bytes = HPyBytes_AsString(ctx, value);
            if bytes.is_null() || size < 0 {
                return Err(Error::Raised);
            }
            let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), size as usize);
            return Ok((jsonl::BYTES, bytes));
        }
    }
    Err(Error::type_error(format!(
        "a log keeps str and bytes, not {}",
        arguments::type_name(door, value)
    )))
}

fn push<D: Door>(door: D, this: HPy, kind: u8, bytes: &[u8]) -> Result<HPy> {
    let position = filled(door, this)?.change(door, |log| log.push(kind, bytes))?;
    checked(door.int(position as i64))
}

fn append<D: Door>(door: D, this: HPy, value: HPy) -> Result<HPy> {
    let (kind, bytes) = bytes_of(door, value)?;
    push(door, this, kind, bytes)
}

fn append_json<D: Door>(door: D, this: HPy, text: HPy) -> Result<HPy> {
    let (_, bytes) = bytes_of(door, text)?;
    push(door, this, jsonl::JSON, bytes)
}

/// All values are copied aside first: on free-threaded builds the list may change meanwhile.
fn extend<D: Door>(door: D, this: HPy, pairs: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    let object = filled(door, this)?;
    let mut all = Vec::new();
    let mut entries = Vec::new();
    // SAFETY: all handles are live.
    unsafe {
        if HPyList_Check(ctx, pairs) == 0 {
            return Err(Error::type_error("extend() takes a list"));
        }
        let mut index = 0;
        while index + 1 < HPy_Length(ctx, pairs) {
            let kind = Owned::new(door, HPy_GetItem_i(ctx, pairs, index))?;
            let value = Owned::new(door, HPy_GetItem_i(ctx, pairs, index + 1))?;
            let kind = match u8::try_from(arguments::size(door, "a kind", kind.get())?) {
                Ok(kind @ (jsonl::TEXT | jsonl::BYTES | jsonl::JSON)) => kind,
                _ => return Err(Error::value_error("no such kind of entry")),
            };
            let (_, bytes) = bytes_of(door, value.get())?;
            let start = all.len();
            let room = all.try_reserve(bytes.len()).is_ok() && entries.try_reserve(1).is_ok();
            if !room {
                return Err(Error::NoMemory);
            }
            all.extend_from_slice(bytes);
            entries.push((kind, start..all.len()));
            index += 2;
        }
    }
    let slices = entries
        .iter()
        .map(|(kind, range)| (*kind, &all[range.clone()]));
    let position = object.change(door, |log| log.extend(slices.clone()))?;
    checked(door.int(position as i64))
}

/// An entry as a Python object: a str, bytes, or a tuple of a JSON text.
fn value<D: Door>(door: D, kind: u8, bytes: &[u8]) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: the bytes are copied; all handles are live.
    unsafe {
        if kind != jsonl::BYTES && bytes.is_ascii() {
            let (text, size) = (bytes.as_ptr().cast(), bytes.len() as isize);
            let text = checked(HPyUnicode_DecodeASCII(ctx, text, size, c"strict".as_ptr()))?;
            return if kind == jsonl::JSON {
                boxed(door, text)
            } else {
                Ok(text)
            };
        }
        let raw = Owned::new(door, bytes_object(door, bytes)?)?;
        if kind == jsonl::BYTES {
            return Ok(raw.take());
        }
        let (encoding, errors) = (c"utf-8".as_ptr(), c"surrogatepass".as_ptr());
        let text = checked(HPyUnicode_FromEncodedObject(
            ctx,
            raw.get(),
            encoding,
            errors,
        ))?;
        if kind == jsonl::JSON {
            boxed(door, text)
        } else {
            Ok(text)
        }
    }
}

/// A tuple of one object, which it takes over.
fn boxed<D: Door>(door: D, item: HPy) -> Result<HPy> {
    tuple(door, [Owned::new(door, item)?])
}

fn bytes_object<D: Door>(door: D, bytes: &[u8]) -> Result<HPy> {
    let (start, size) = (bytes.as_ptr().cast(), bytes.len() as isize);
    // SAFETY: the bytes are copied.
    checked(unsafe { HPyBytes_FromStringAndSize(door.ctx(), start, size) })
}

fn at<D: Door>(door: D, this: HPy, index: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    let index = arguments::index(door, index)?;
    let (found, len) = {
        let guard = object.lock(door);
        let len = guard.len();
        let from_front = if index < 0 {
            index.checked_add_unsigned(len)
        } else {
            Some(index)
        };
        let position = from_front
            .and_then(|index| usize::try_from(index).ok())
            .and_then(|index| guard.first().checked_add(index));
        (position.map(|position| read(&guard, position)), len)
    };
    match found.transpose()?.flatten() {
        Some((kind, bytes)) => value(door, kind, &bytes),
        None => Err(Error::New(
            Exception::IndexError,
            format!("index {index} is out of range for length {len}"),
        )),
    }
}

fn none<D: Door>(door: D) -> Result<HPy> {
    Ok(door.none())
}

fn read_at<D: Door>(door: D, this: HPy, position: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    let position = arguments::size(door, "a position", position)?;
    match object.copy_of(door, position)? {
        Some((kind, bytes)) => value(door, kind, &bytes),
        None => none(door),
    }
}

fn read_next<D: Door>(door: D, this: HPy, position: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    let position = arguments::size(door, "a position", position)?;
    let (position, found) = {
        let guard = object.lock(door);
        let position = position.max(guard.first());
        (position, read(&guard, position)?)
    };
    let Some((kind, bytes)) = found else {
        return none(door);
    };
    let entry = Owned::new(door, value(door, kind, &bytes)?)?;
    let position = Owned::new(door, door.int(position as i64))?;
    tuple(door, [position, entry])
}

fn raw<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    let ctx = door.ctx();
    let object = filled(door, this)?;
    // SAFETY: the host passes live handles.
    let [start, stop] = unsafe { arguments::positional(door, "raw", arguments, count, names)? };
    let start = arguments::size(door, "start", start)?;
    let stop = arguments::size(door, "stop", stop)?;
    // SAFETY: all handles are live. No list builder: PyPy's HPy leaks what is put into one.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        let mut position = start;
        loop {
            let found = {
                let guard = object.lock(door);
                position = position.max(guard.first());
                if position >= stop.min(guard.end()) {
                    return Ok(list.take());
                }
                read(&guard, position)?
            };
            let Some((kind, bytes)) = found else {
                return Ok(list.take());
            };
            let kind = Owned::new(door, door.int(kind.into()))?;
            let bytes = Owned::new(door, bytes_object(door, &bytes)?)?;
            checked_status(HPyList_Append(ctx, list.get(), kind.get()))?;
            checked_status(HPyList_Append(ctx, list.get(), bytes.get()))?;
            position += 1;
        }
    }
}

fn jsonl_of<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    let object = filled(door, this)?;
    // SAFETY: the host passes live handles.
    let [start, stop, limit] =
        unsafe { arguments::positional(door, "jsonl", arguments, count, names)? };
    let start = arguments::size(door, "start", start)?;
    let stop = arguments::size(door, "stop", stop)?;
    let limit = arguments::size(door, "limit", limit)?;
    let mut out = Vec::new();
    let next = outside(door, || {
        object
            .log()
            .lock()
            .write_jsonl(start, stop, limit, &mut out)
    });
    let next = next.map_err(raised)?;
    let lines = Owned::new(door, bytes_object(door, &out)?)?;
    let next = Owned::new(door, door.int(next as i64))?;
    tuple(door, [lines, next])
}

fn bounds<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let (first, end) = {
        let guard = filled(door, this)?.lock(door);
        (guard.first(), guard.end())
    };
    let first = Owned::new(door, door.int(first as i64))?;
    let end = Owned::new(door, door.int(end as i64))?;
    tuple(door, [first, end])
}

fn limit<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host passes live handles.
    let [max_bytes, max_entries] =
        unsafe { arguments::positional(door, "limit", arguments, count, names)? };
    // SAFETY: the handles are live.
    let dup = |value| Owned::new(door, unsafe { HPy_Dup(door.ctx(), value) }).map(Some);
    let bounds = Bounds {
        bytes: bound(door, "max_bytes", dup(max_bytes)?)?,
        entries: bound(door, "max_entries", dup(max_entries)?)?,
    };
    filled(door, this)?.change(door, |log| log.set_bounds(bounds))?;
    none(door)
}

fn clear<D: Door>(door: D, this: HPy) -> Result<HPy> {
    filled(door, this)?.change(door, |log| {
        log.clear();
        Ok(())
    })?;
    none(door)
}

fn close<D: Door>(door: D, this: HPy) -> Result<HPy> {
    filled(door, this)?.change(door, |log| {
        log.close();
        Ok(())
    })?;
    none(door)
}

fn length<D: Door>(door: D, this: HPy) -> Result<isize> {
    Ok(filled(door, this)?.lock(door).len() as isize)
}

fn size_of_object<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let committed = filled(door, this)?.lock(door).committed_bytes();
    let header = hpy_host::interpreter::get().header_bytes;
    checked(door.int((header + size_of::<LogObject>() + committed) as i64))
}

fn max_bytes<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    let bound = filled(door, this)?.lock(door).bounds().bytes;
    number_or_none(door, bound)
}

fn max_entries<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    let bound = filled(door, this)?.lock(door).bounds().entries;
    number_or_none(door, bound)
}

fn number_or_none<D: Door>(door: D, number: Option<usize>) -> Result<HPy> {
    match number {
        Some(number) => checked(door.int(number as i64)),
        None => none(door),
    }
}

fn closed<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    let closed = filled(door, this)?.lock(door).is_closed();
    // SAFETY: nothing but the context and a flag is passed.
    checked(unsafe { HPyBool_FromBool(door.ctx(), closed) })
}

/// Read-only attributes that are one number.
macro_rules! numbers {
    ($($name:ident = $question:ident;)*) => {$(
        fn $name<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
            let number = filled(door, this)?.lock(door).$question();
            checked(door.int(number as i64))
        }
    )*};
}

numbers! {
    first = first;
    end = end;
    dropped = dropped;
    nbytes = nbytes;
    committed_bytes = committed_bytes;
}

/// What callers of the typed twins know the instance by.
fn name<'a, D: Door>(door: D, this: HPy) -> Result<&'a Named> {
    let object = filled(door, this)?;
    // SAFETY: the object outlives its name, see `free`.
    unsafe { object.name.get(object.log(), None) }
}

fn handle<D: Door>(door: D, this: HPy) -> Result<HPy> {
    unsigned(door, name(door, this)?.handle().0)
}

fn extensions<D: Door>(door: D, this: HPy) -> Result<HPy> {
    python::extensions(door, name(door, this)?)
}

fn exported<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    crate::state::truth(door, filled(door, this)?.name.is_known())
}
