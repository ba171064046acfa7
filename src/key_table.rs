//! `KeyTable`: the native table behind `chunkarray.KeyTable`.
//!
//! Keys are the UTF-8 bytes of a str; surrogates, which UTF-8 has no place for, are written as
//! Python's error handler "surrogatepass" does. Values are converted before the table's lock is taken.

use std::ffi::{CStr, CString, c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chunkarray_core::{DType, KeyTable, Snapshot};
use hpy_host::bind;
use hpy_host::define::{
    Error, Exception, Result, Trampolines, attribute, checked, checked_status, destroy, method,
    slot,
};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::abi::objects::Named;
use crate::abi::python::{self, EXTENSIONS_DOC, HANDLE_DOC, Name, unsigned};
use crate::arguments::{self, Owned, Parameters, given, positional};
use crate::array::{chunk_list, with_room};
use crate::locking::raised;
use crate::{element, memory_pressure, module};

/// Instance data. All zero is a valid, unfilled instance.
#[repr(C)]
pub struct KeyTableObject {
    filled: AtomicBool,
    /// Bytes of memory that the collector was told about.
    told: AtomicUsize,
    /// For callers of the typed twins.
    name: Name,
    content: MaybeUninit<Box<Content>>,
}

struct Content {
    dtype: DType,
    table: KeyTable,
}

/// The filled instance behind `self`.
fn filled<'a, D: Door>(door: D, this: HPy) -> Result<&'a KeyTableObject> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { &*door.data(this).cast::<KeyTableObject>() };
    if object.filled.load(Ordering::Relaxed) {
        Ok(object)
    } else {
        let message = "the table was never initialised".into();
        Err(Error::New(Exception::RuntimeError, message))
    }
}

impl KeyTableObject {
    fn content(&self) -> &Content {
        // SAFETY: `filled` hands out filled instances only.
        unsafe { self.content.assume_init_ref() }
    }

    fn table(&self) -> &KeyTable {
        &self.content().table
    }

    fn dtype(&self) -> &DType {
        &self.content().dtype
    }

    /// Tells the collector what the values grew by since it was last told.
    fn tell_collector<D: Door>(&self, door: D) {
        let now = self.table().values().committed_bytes();
        if now == self.told.load(Ordering::Relaxed) {
            return;
        }
        let before = self.told.swap(now, Ordering::Relaxed);
        if now > before {
            memory_pressure::grown(door, now - before);
        } else {
            memory_pressure::released(before - now);
        }
    }
}

/// Name and documentation of the type.
pub const NAME: &CStr = c"chunkarray._core.KeyTable";
pub const DOC: &CStr = c"KeyTable(dtype, capacity=64)\n--\n\n\
Typed values by str: the native part of chunkarray.KeyTable.";

/// The definitions of the type.
pub fn definitions(t: Trampolines) -> Vec<HPyDef> {
    vec![
        slot(HPy_tp_new, bind!(t, new: new)),
        method(c"_handle", bind!(t, noargs: handle), HANDLE_DOC),
        method(
            c"_extensions",
            bind!(t, noargs: extensions),
            EXTENSIONS_DOC,
        ),
        slot(HPy_mp_length, bind!(t, length: length)),
        slot(HPy_mp_subscript, bind!(t, binary: subscript)),
        slot(HPy_mp_ass_subscript, bind!(t, assign: assign)),
        method(
            c"contains",
            bind!(t, o: contains),
            c"contains($self, key, /)\n--\n\nWhether there is such a key.",
        ),
        method(
            c"find",
            bind!(t, keywords: find),
            c"find($self, key, default, /)\n--\n\nThe value of a key, or the default.",
        ),
        method(
            c"setdefault",
            bind!(t, keywords: setdefault),
            c"setdefault($self, key, default, /)\n--\n\nThe value of a key, which gets the default if there is none.",
        ),
        method(
            c"pop",
            bind!(t, o: pop),
            c"pop($self, key, /)\n--\n\nTake a key away and return its value. KeyError if there is none.",
        ),
        method(
            c"popitem",
            bind!(t, noargs: popitem),
            c"popitem($self, /)\n--\n\nTake the last key away and return it with its value. KeyError if there is none.",
        ),
        method(
            c"merge",
            bind!(t, o: merge),
            c"merge($self, other, /)\n--\n\nTake over all entries of another table of the same dtype, or none.",
        ),
        method(
            c"clear",
            bind!(t, noargs: clear),
            c"clear($self, /)\n--\n\nTake all keys away.",
        ),
        method(
            c"keys",
            bind!(t, noargs: keys),
            c"keys($self, /)\n--\n\nThe keys as a list.",
        ),
        method(
            c"values",
            bind!(t, noargs: values),
            c"values($self, /)\n--\n\nThe values as a list.",
        ),
        method(
            c"items",
            bind!(t, noargs: items),
            c"items($self, /)\n--\n\nThe entries as a list of pairs.",
        ),
        method(
            c"state",
            bind!(t, noargs: state),
            c"state($self, /)\n--\n\nThe keys as a list, and the values' bytes.",
        ),
        method(
            c"chunks",
            bind!(t, noargs: chunks),
            c"chunks($self, /)\n--\n\nThe values' chunks as a list of Chunk, each a writable buffer.",
        ),
        method(
            c"__sizeof__",
            bind!(t, noargs: size_of_object),
            c"Bytes of the object, its keys and its values.",
        ),
        attribute(
            c"dtype",
            bind!(t, getter: dtype),
            c"Name of the values' type.",
        ),
        attribute(
            c"itemsize",
            bind!(t, getter: itemsize),
            c"Bytes of a value.",
        ),
        attribute(
            c"nbytes",
            bind!(t, getter: nbytes),
            c"Bytes of all values.",
        ),
        attribute(
            c"capacity",
            bind!(t, getter: capacity),
            c"Values that lie in one piece at the front.",
        ),
        attribute(
            c"committed_bytes",
            bind!(t, getter: committed_bytes),
            c"Bytes of memory taken for keys and values.",
        ),
        destroy(free),
    ]
}

unsafe extern "C" fn free(data: *mut c_void) {
    // SAFETY: the host passes instance data once, at its end.
    unsafe {
        let object = &mut *data.cast::<KeyTableObject>();
        if std::mem::replace(object.filled.get_mut(), false) {
            memory_pressure::released(*object.told.get_mut());
            object.name.forget();
            object.content.assume_init_drop();
        }
    }
}

const PARAMETERS: Parameters<2> = Parameters {
    function: "KeyTable",
    names: [c"dtype", c"capacity"],
    positional: 1,
};

fn new<D: Door>(
    door: D,
    class: HPy,
    arguments: *const HPy,
    count: isize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host passes live handles.
    let [dtype, capacity] = unsafe { PARAMETERS.read(door, arguments, count, names)? };
    let Some(dtype) = dtype else {
        return Err(Error::type_error("KeyTable() needs a dtype, such as 'F8'"));
    };
    let dtype = arguments::text(door, "dtype", dtype.get())?;
    let dtype = DType::parse(&dtype).map_err(|error| Error::value_error(error.to_string()))?;
    let mut options = KeyTable::OPTIONS;
    if let Some(capacity) = given(door, capacity) {
        let asked = arguments::size(door, "capacity", capacity.get())?;
        options.capacity = asked.max(options.capacity);
    }
    let table = KeyTable::with_options(dtype.size(), &options).map_err(raised)?;
    // SAFETY: `class` is KeyTable, so a new instance has zeroed instance data of our type behind it,
    // which has nothing to drop.
    unsafe {
        let mut data = std::ptr::null_mut();
        let this = Owned::new(door, HPy_New(door.ctx(), class, &raw mut data))?;
        let object = door.data(this.get()).cast::<KeyTableObject>();
        (*object).told = AtomicUsize::new(0);
        (*object).name = Name::new();
        (*object).content.write(Box::new(Content { dtype, table }));
        (*object).filled = AtomicBool::new(true);
        Ok(this.take())
    }
}

/// Calls `work` with a key's bytes, which are the interpreter's own where it can lend them.
#[inline]
fn with_key<D: Door, T>(door: D, key: HPy, work: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
    let ctx = door.ctx();
    // SAFETY: `key` is live, and so is the text that its object keeps.
    unsafe {
        if HPyUnicode_Check(ctx, key) == 0 {
            return Err(Error::type_error(format!(
                "the keys of a KeyTable are str, not {}",
                arguments::type_name(door, key)
            )));
        }
        let mut size = 0;
        let text = HPyUnicode_AsUTF8AndSize(ctx, key, &raw mut size);
        if !text.is_null() {
            return work(std::slice::from_raw_parts(text.cast(), size as usize));
        }
        if HPyErr_ExceptionMatches(ctx, (*ctx).h_UnicodeEncodeError) == 0 {
            return Err(Error::Raised);
        }
        HPyErr_Clear(ctx);
        let bytes = recode(door, key, c"encode")?;
        let text = HPyBytes_AsString(ctx, bytes.get());
        let size = HPyBytes_Size(ctx, bytes.get());
        if text.is_null() || size < 0 {
            return Err(Error::Raised);
        }
        work(std::slice::from_raw_parts(text.cast(), size as usize))
    }
}

/// `object.encode("utf-8", "surrogatepass")`, or decode.
fn recode<D: Door>(door: D, object: HPy, way: &CStr) -> Result<Owned<D>> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let method = Owned::new(door, HPy_GetAttr_s(ctx, object, way.as_ptr()))?;
        let encoding = Owned::new(door, module::string(door, "utf-8")?)?;
        let errors = Owned::new(door, module::string(door, "surrogatepass")?)?;
        let mut arguments = [encoding.get(), errors.get()];
        let arguments = HPyTuple_FromArray(ctx, arguments.as_mut_ptr(), 2);
        let arguments = Owned::new(door, arguments)?;
        let result = HPy_CallTupleDict(ctx, method.get(), arguments.get(), HPY_NULL);
        Owned::new(door, result)
    }
}

/// The str of a key's bytes.
fn key_object<D: Door>(door: D, key: &[u8]) -> Result<Owned<D>> {
    let ctx = door.ctx();
    // SAFETY: the text is NUL-terminated UTF-8; the bytes are copied; the handles are live.
    unsafe {
        if std::str::from_utf8(key).is_ok()
            && let Ok(text) = CString::new(key)
        {
            return Owned::new(door, HPyUnicode_FromString(ctx, text.as_ptr()));
        }
        let bytes = HPyBytes_FromStringAndSize(ctx, key.as_ptr().cast(), key.len() as isize);
        let bytes = Owned::new(door, bytes)?;
        recode(door, bytes.get(), c"decode")
    }
}

/// Raises `KeyError(key)`.
fn key_error<D: Door>(door: D, key: HPy) -> Error {
    let ctx = door.ctx();
    // SAFETY: `key` is live.
    unsafe { HPyErr_SetObject(ctx, (*ctx).h_KeyError, key) };
    Error::Raised
}

/// The value of a key as an object, or nothing.
fn look_up<D: Door>(door: D, this: HPy, key: HPy) -> Result<Option<HPy>> {
    let object = filled(door, this)?;
    with_room(object.dtype().size(), |value| {
        let found = with_key(door, key, |key| {
            object.table().read(key, value).map_err(raised)
        })?;
        if found {
            element::decode(door, object.dtype(), value).map(Some)
        } else {
            Ok(None)
        }
    })
}

fn length<D: Door>(door: D, this: HPy) -> Result<isize> {
    Ok(filled(door, this)?.table().len() as isize)
}

fn subscript<D: Door>(door: D, this: HPy, key: HPy) -> Result<HPy> {
    match look_up(door, this, key)? {
        Some(value) => Ok(value),
        None => Err(key_error(door, key)),
    }
}

fn assign<D: Door>(door: D, this: HPy, key: HPy, value: HPy) -> Result<c_int> {
    let object = filled(door, this)?;
    with_room(object.dtype().size(), |bytes| {
        if value.is_null() {
            let found = with_key(door, key, |key| {
                object.table().remove(key, bytes).map_err(raised)
            })?;
            return if found {
                Ok(0)
            } else {
                Err(key_error(door, key))
            };
        }
        element::encode(door, object.dtype(), value, bytes)?;
        with_key(door, key, |key| {
            object.table().write(key, bytes).map_err(raised)
        })?;
        object.tell_collector(door);
        Ok(0)
    })
}

fn contains<D: Door>(door: D, this: HPy, key: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    let found = with_key(door, key, |key| Ok(object.table().contains(key)))?;
    // SAFETY: nothing but the context and a flag is passed.
    checked(unsafe { HPyBool_FromBool(door.ctx(), found) })
}

fn find<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [key, default] = unsafe { positional(door, "find", arguments, count, names)? };
    match look_up(door, this, key)? {
        Some(value) => Ok(value),
        // SAFETY: the handle is live.
        None => checked(unsafe { HPy_Dup(door.ctx(), default) }),
    }
}

fn setdefault<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [key, default] = unsafe { positional(door, "setdefault", arguments, count, names)? };
    // As a dict's: a default that is not needed may be anything.
    if let Some(value) = look_up(door, this, key)? {
        return Ok(value);
    }
    let object = filled(door, this)?;
    with_room(object.dtype().size(), |value| {
        element::encode(door, object.dtype(), default, value)?;
        // Another thread may have come first.
        with_key(door, key, |key| {
            object.table().read_or_write(key, value).map_err(raised)
        })?;
        object.tell_collector(door);
        element::decode(door, object.dtype(), value)
    })
}

fn pop<D: Door>(door: D, this: HPy, key: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    with_room(object.dtype().size(), |value| {
        let found = with_key(door, key, |key| {
            object.table().remove(key, value).map_err(raised)
        })?;
        if found {
            element::decode(door, object.dtype(), value)
        } else {
            Err(key_error(door, key))
        }
    })
}

fn popitem<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    with_room(object.dtype().size(), |value| {
        match object.table().pop(value).map_err(raised)? {
            Some(key) => pair(door, object.dtype(), &key, value),
            None => {
                let message = module::string(door, "popitem(): the table is empty")?;
                let message = Owned::new(door, message)?;
                Err(key_error(door, message.get()))
            }
        }
    })
}

/// A tuple of a key and its value.
fn pair<D: Door>(door: D, dtype: &DType, key: &[u8], value: &[u8]) -> Result<HPy> {
    let key = key_object(door, key)?;
    let value = Owned::new(door, element::decode(door, dtype, value)?)?;
    let mut items = [key.get(), value.get()];
    // SAFETY: the handles are live; the tuple takes references of its own.
    checked(unsafe { HPyTuple_FromArray(door.ctx(), items.as_mut_ptr(), 2) })
}

fn merge<D: Door>(door: D, this: HPy, other: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    let object = filled(door, this)?;
    // SAFETY: all handles are live; the global holds the type since the module was executed.
    let is_table = unsafe {
        let class = Owned::new(door, HPyGlobal_Load(ctx, *module::KEY_TABLE.get()))?;
        HPy_TypeCheck(ctx, other, class.get()) != 0
    };
    if !is_table {
        return Err(Error::type_error("merge() takes a native KeyTable"));
    }
    let other = filled(door, other)?;
    if other.dtype() != object.dtype() {
        return Err(Error::type_error("merge() takes a table of the same dtype"));
    }
    // A copy first: two tables that take over each other's entries must not wait for each other.
    let snapshot = other.table().snapshot().map_err(raised)?;
    object.table().merge(&snapshot).map_err(raised)?;
    object.tell_collector(door);
    Ok(door.none())
}

fn clear<D: Door>(door: D, this: HPy) -> Result<HPy> {
    filled(door, this)?.table().clear().map_err(raised)?;
    Ok(door.none())
}

/// A list of what `make` gives for each entry.
fn list<D: Door>(
    door: D,
    snapshot: &Snapshot,
    make: impl Fn(&[u8], &[u8]) -> Result<HPy>,
) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: all handles are live. No list builder: PyPy's HPy leaks what is put into one.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        for (key, value) in snapshot.entries() {
            let item = Owned::new(door, make(key, value)?)?;
            checked_status(HPyList_Append(ctx, list.get(), item.get()))?;
        }
        Ok(list.take())
    }
}

fn keys<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let snapshot = filled(door, this)?.table().snapshot().map_err(raised)?;
    list(door, &snapshot, |key, _| Ok(key_object(door, key)?.take()))
}

fn values<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    let snapshot = object.table().snapshot().map_err(raised)?;
    list(door, &snapshot, |_, value| {
        element::decode(door, object.dtype(), value)
    })
}

fn items<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    let snapshot = object.table().snapshot().map_err(raised)?;
    list(door, &snapshot, |key, value| {
        pair(door, object.dtype(), key, value)
    })
}

fn state<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    let snapshot = filled(door, this)?.table().snapshot().map_err(raised)?;
    let keys = list(door, &snapshot, |key, _| Ok(key_object(door, key)?.take()))?;
    let keys = Owned::new(door, keys)?;
    let bytes = snapshot.values();
    // SAFETY: the bytes are copied; the handles are live.
    unsafe {
        let bytes = HPyBytes_FromStringAndSize(ctx, bytes.as_ptr().cast(), bytes.len() as isize);
        let bytes = Owned::new(door, bytes)?;
        let mut items = [keys.get(), bytes.get()];
        checked(HPyTuple_FromArray(ctx, items.as_mut_ptr(), 2))
    }
}

fn chunks<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    chunk_list(door, object.table().chunks(), object.dtype(), false)
}

fn size_of_object<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    let header = hpy_host::interpreter::get().header_bytes;
    let own = size_of::<KeyTableObject>() + size_of::<Content>();
    checked(door.int((header + own + object.table().committed_bytes()) as i64))
}

fn dtype<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    module::string(door, &filled(door, this)?.dtype().name())
}

/// Read-only attributes that are one number.
macro_rules! numbers {
    ($($name:ident = |$object:ident| $number:expr;)*) => {$(
        fn $name<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
            let $object = filled(door, this)?;
            checked(door.int($number as i64))
        }
    )*};
}

numbers! {
    itemsize = |object| object.dtype().size();
    nbytes = |object| object.table().values().nbytes();
    capacity = |object| object.table().values().options().capacity;
    committed_bytes = |object| object.table().committed_bytes();
}

/// What callers of the typed twins know the instance by.
fn name<'a, D: Door>(door: D, this: HPy) -> Result<&'a Named> {
    let object = filled(door, this)?;
    // SAFETY: the object outlives its name, see `free`.
    unsafe { object.name.get(object.table(), Some(*object.dtype())) }
}

fn handle<D: Door>(door: D, this: HPy) -> Result<HPy> {
    unsigned(door, name(door, this)?.handle().0)
}

fn extensions<D: Door>(door: D, this: HPy) -> Result<HPy> {
    python::extensions(door, name(door, this)?)
}
