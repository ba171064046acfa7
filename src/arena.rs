//! `Arena`: the native arena behind `chunkarray.Arena`.
//!
//! It refers to no Python object: pieces are chunk objects of their own, and arrays that live in it
//! keep the core's arena, not this one.

use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use chunkarray_core::{Arena, ArenaOptions, ArenaSlice, DType, Growth};
use hpy_host::bind;
use hpy_host::define::{
    Error, Exception, Result, Trampolines, attribute, checked, destroy, method, slot,
};
use hpy_host::door::Door;
use hpy_host::interpreter::{self, Kind};
use hpy_sys::*;

use crate::abi::objects::Named;
use crate::abi::python::{self, EXTENSIONS_DOC, HANDLE_DOC, Name, unsigned};
use crate::arguments::{self, Owned, Parameters, given, positional};
use crate::array::parse_growth;
use crate::chunk::{self, Content};
use crate::extend::contiguous_buffer;
use crate::locking::{LONG, outside, raised};
use crate::{memory_pressure, module};

/// Instance data. All zero is a valid, unfilled instance.
#[repr(C)]
pub struct ArenaObject {
    filled: AtomicBool,
    /// Bytes of memory that the collector was told about.
    told: AtomicUsize,
    /// For callers of the typed twins.
    name: Name,
    arena: MaybeUninit<Arc<Arena>>,
}

/// The filled instance behind `self`.
fn filled<'a, D: Door>(door: D, this: HPy) -> Result<&'a ArenaObject> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { &*door.data(this).cast::<ArenaObject>() };
    if object.filled.load(Ordering::Relaxed) {
        Ok(object)
    } else {
        let message = "the arena was never initialised".into();
        Err(Error::New(Exception::RuntimeError, message))
    }
}

impl ArenaObject {
    fn arena(&self) -> &Arc<Arena> {
        // SAFETY: `filled` hands out filled instances only.
        unsafe { self.arena.assume_init_ref() }
    }

    /// Tells the collector what the arena grew or shrank by since it was last told.
    fn tell_collector<D: Door>(&self, door: D) {
        let now = self.arena().committed_bytes();
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

    /// Room in the arena, asked for once more after a collection where there is none.
    fn room<D: Door>(&self, door: D, bytes: usize, alignment: usize) -> Result<ArenaSlice> {
        let mut room = self.arena().room(bytes, alignment);
        if matches!(room, Err(chunkarray_core::Error::OutOfMemory { .. }))
            && memory_pressure::collect(door)
        {
            room = self.arena().room(bytes, alignment);
        }
        let room = room.map_err(raised)?;
        self.tell_collector(door);
        Ok(room)
    }

    /// A chunk object of a copy of `bytes` bytes.
    ///
    /// # Safety
    /// `bytes` bytes at `from` are readable during the call.
    unsafe fn copy<D: Door>(
        &self,
        door: D,
        from: *const u8,
        bytes: usize,
        alignment: usize,
    ) -> Result<HPy> {
        let room = self.room(door, bytes, alignment)?;
        let to = room.pointer.as_ptr();
        // Others may rewind the arena meanwhile and put something else there: the memory stays.
        // SAFETY: room for so many bytes, which the slice keeps; the rest is the caller's promise.
        let copy = || unsafe { ptr::copy(from, to, bytes) };
        if bytes >= LONG {
            outside(door, copy);
        } else {
            copy();
        }
        show(door, room, bytes, byte()?)
    }
}

/// The dtype of pieces that are bytes, looked up once.
fn byte() -> Result<DType> {
    static BYTE: OnceLock<DType> = OnceLock::new();
    if let Some(dtype) = BYTE.get() {
        return Ok(*dtype);
    }
    let dtype = DType::parse("U1").map_err(unknown)?;
    Ok(*BYTE.get_or_init(|| dtype))
}

fn unknown(error: chunkarray_core::DTypeError) -> Error {
    Error::value_error(error.to_string())
}

/// A chunk object of a piece that holds `len` elements.
fn show<D: Door>(door: D, piece: ArenaSlice, len: usize, dtype: DType) -> Result<HPy> {
    chunk::make(
        door,
        Content {
            address: piece.pointer.as_ptr(),
            block: piece.block,
            start: 0,
            len,
            stride: dtype.size() as isize,
            dtype,
            readonly: false,
        },
    )
}

/// Name and documentation of the type.
pub const NAME: &CStr = c"chunkarray._core.Arena";
pub const DOC: &CStr = c"Arena(chunk_size=65536, growth='double', alignment=8)\n--\n\n\
A bump allocator for bytes: the native part of chunkarray.Arena.";

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
        method(
            c"push",
            bind!(t, o: push),
            c"push($self, data, /)\n--\n\nCopy a str (as UTF-8) or a buffer into the arena; return a Chunk.\n\n\
              NotImplemented for what is neither, or a buffer with gaps.",
        ),
        method(
            c"push_aligned",
            bind!(t, keywords: push_aligned),
            c"push_aligned($self, data, alignment, /)\n--\n\nAs push(), at a multiple of an alignment.",
        ),
        method(
            c"array",
            bind!(t, keywords: array),
            c"array($self, dtype, count, alignment, /)\n--\n\nA Chunk of so many elements that are zero.\n\n\
              Without an alignment it is the arena's, or an element's where that is larger.",
        ),
        method(
            c"save",
            bind!(t, noargs: save),
            c"save($self, /)\n--\n\nThe number of a mark at the top.",
        ),
        method(
            c"rewind",
            bind!(t, o: rewind),
            c"rewind($self, mark, /)\n--\n\nGo back to the mark of this number.\n\n\
              ValueError if there is none, BufferError if an array lives above it.",
        ),
        method(
            c"reset",
            bind!(t, noargs: reset),
            c"reset($self, /)\n--\n\nTake everything back. BufferError if an array lives here.",
        ),
        method(
            c"shrink",
            bind!(t, noargs: shrink),
            c"shrink($self, /)\n--\n\nGive the memory of spare chunks back.",
        ),
        method(
            c"close",
            bind!(t, noargs: close),
            c"close($self, /)\n--\n\nTake everything back for good. BufferError if an array lives here.",
        ),
        method(
            c"__sizeof__",
            bind!(t, noargs: size_of_object),
            c"Bytes of the object and its chunks.",
        ),
        attribute(
            c"id",
            bind!(t, getter: id),
            c"A number that no other arena ever has.",
        ),
        attribute(
            c"used",
            bind!(t, getter: used),
            c"Bytes handed out, gaps between them included.",
        ),
        attribute(
            c"capacity",
            bind!(t, getter: capacity),
            c"Bytes that the chunks have place for.",
        ),
        attribute(
            c"chunk_count",
            bind!(t, getter: chunk_count),
            c"Number of chunks.",
        ),
        attribute(
            c"committed_bytes",
            bind!(t, getter: committed_bytes),
            c"Bytes of memory taken for chunks.",
        ),
        attribute(
            c"chunk_size",
            bind!(t, getter: chunk_size),
            c"Bytes of the first chunk.",
        ),
        attribute(
            c"growth",
            bind!(t, getter: growth),
            c"How chunks grow: 'double' or 'fixed'.",
        ),
        attribute(
            c"alignment",
            bind!(t, getter: alignment),
            c"What addresses are a multiple of.",
        ),
        attribute(
            c"closed",
            bind!(t, getter: closed),
            c"Whether the arena was closed.",
        ),
        destroy(free),
    ]
}

unsafe extern "C" fn free(data: *mut c_void) {
    // SAFETY: the host passes instance data once, at its end.
    unsafe {
        let object = &mut *data.cast::<ArenaObject>();
        if std::mem::replace(object.filled.get_mut(), false) {
            memory_pressure::released(*object.told.get_mut());
            object.name.forget();
            object.arena.assume_init_drop();
        }
    }
}

const PARAMETERS: Parameters<3> = Parameters {
    function: "Arena",
    names: [c"chunk_size", c"growth", c"alignment"],
    positional: 0,
};

fn new<D: Door>(
    door: D,
    class: HPy,
    arguments: *const HPy,
    count: isize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host passes live handles.
    let [chunk_size, growth, alignment] =
        unsafe { PARAMETERS.read(door, arguments, count, names)? };
    let mut options = ArenaOptions::default();
    if let Some(chunk_size) = given(door, chunk_size) {
        options.chunk_size = arguments::size(door, "chunk_size", chunk_size.get())?;
    }
    if let Some(growth) = given(door, growth) {
        options.growth = parse_growth(door, growth.get())?;
    }
    if let Some(alignment) = given(door, alignment) {
        options.alignment = arguments::size(door, "alignment", alignment.get())?;
    }
    instance(door, class, Arena::new(&options).map_err(raised)?)
}

fn instance<D: Door>(door: D, class: HPy, arena: Arc<Arena>) -> Result<HPy> {
    // SAFETY: `class` is Arena, so a new instance has zeroed instance data of our type behind it,
    // which has nothing to drop.
    unsafe {
        let mut data = ptr::null_mut();
        let this = Owned::new(door, HPy_New(door.ctx(), class, &raw mut data))?;
        let object = door.data(this.get()).cast::<ArenaObject>();
        (*object).told = AtomicUsize::new(0);
        (*object).name = Name::new();
        (*object).arena.write(arena);
        (*object).filled = AtomicBool::new(true);
        Ok(this.take())
    }
}

/// A native object for an arena.
pub fn make<D: Door>(door: D, arena: Arc<Arena>) -> Result<HPy> {
    // SAFETY: the global holds the type since the module was executed.
    let class = unsafe { HPyGlobal_Load(door.ctx(), *module::ARENA.get()) };
    let class = Owned::new(door, class)?;
    instance(door, class.get(), arena)
}

/// The arena that a constructor was given: a native one, or the Python class that holds one.
pub fn of<D: Door>(door: D, given: HPy) -> Result<Arc<Arena>> {
    let ctx = door.ctx();
    // SAFETY: all handles are live; the global holds the type since the module was executed.
    unsafe {
        let class = Owned::new(door, HPyGlobal_Load(ctx, *module::ARENA.get()))?;
        if HPy_TypeCheck(ctx, given, class.get()) != 0 {
            return Ok(filled(door, given)?.arena().clone());
        }
        if HPy_HasAttr_s(ctx, given, c"_native".as_ptr()) != 0 {
            let native = Owned::new(door, HPy_GetAttr_s(ctx, given, c"_native".as_ptr()))?;
            if HPy_TypeCheck(ctx, native.get(), class.get()) != 0 {
                return Ok(filled(door, native.get())?.arena().clone());
            }
        }
    }
    Err(Error::type_error(format!(
        "arena is an Arena, not {}",
        arguments::type_name(door, given)
    )))
}

fn push<D: Door>(door: D, this: HPy, data: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    put(door, object, data, object.arena().options().alignment)
}

fn push_aligned<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [data, alignment] = unsafe { positional(door, "push_aligned", arguments, count, names)? };
    let object = filled(door, this)?;
    let alignment = arguments::size(door, "alignment", alignment)?;
    put(door, object, data, alignment)
}

fn put<D: Door>(door: D, object: &ArenaObject, data: HPy, alignment: usize) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: `data` is live; what it keeps in memory lives as long as it does, and bytes and str
    // never change.
    unsafe {
        if HPyBytes_Check(ctx, data) != 0 {
            let bytes = HPyBytes_AsString(ctx, data);
            if bytes.is_null() {
                return Err(Error::Raised);
            }
            let size = HPyBytes_Size(ctx, data) as usize;
            return object.copy(door, bytes.cast(), size, alignment);
        }
        if HPyUnicode_Check(ctx, data) != 0 {
            let mut size = 0;
            let text = HPyUnicode_AsUTF8AndSize(ctx, data, &raw mut size);
            if text.is_null() {
                return Err(Error::Raised);
            }
            let bytes = std::slice::from_raw_parts(text.cast(), size as usize);
            // PyPy also lends the text of a str that UTF-8 has no place for.
            if interpreter::get().kind == Kind::PyPy && std::str::from_utf8(bytes).is_err() {
                Owned::new(door, strict_utf8(door, data)?)?;
            }
            return object.copy(door, bytes.as_ptr(), bytes.len(), alignment);
        }
        let Some(held) = contiguous_buffer(door, data) else {
            return Ok(HPy_Dup(ctx, (*ctx).h_NotImplemented));
        };
        let buffer = &held.buffer;
        object.copy(door, buffer.pointer().as_ptr(), buffer.len(), alignment)
    }
}

/// `text.encode()`, for the error that it raises.
fn strict_utf8<D: Door>(door: D, text: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let encode = Owned::new(door, HPy_GetAttr_s(ctx, text, c"encode".as_ptr()))?;
        let nothing = Owned::new(door, HPyTuple_FromArray(ctx, ptr::null_mut(), 0))?;
        checked(HPy_CallTupleDict(
            ctx,
            encode.get(),
            nothing.get(),
            HPY_NULL,
        ))
    }
}

fn array<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [dtype, count, alignment] = unsafe { positional(door, "array", arguments, count, names)? };
    let object = filled(door, this)?;
    let dtype = arguments::text(door, "dtype", dtype)?;
    let dtype = DType::parse(&dtype).map_err(unknown)?;
    let count = arguments::size(door, "count", count)?;
    // SAFETY: the handle is live, None is the context's.
    let alignment = if unsafe { HPy_Is(door.ctx(), alignment, (*door.ctx()).h_None) } != 0 {
        object.arena().options().alignment.max(dtype.align())
    } else {
        arguments::size(door, "alignment", alignment)?
    };
    let bytes = count
        .checked_mul(dtype.size())
        .filter(|&bytes| bytes <= isize::MAX as usize);
    let Some(bytes) = bytes else {
        return Err(raised(chunkarray_core::Error::TooLarge {
            elements: count,
            element_size: dtype.size(),
        }));
    };
    let room = object.room(door, bytes, alignment)?;
    let to = room.pointer.as_ptr();
    // SAFETY: room for so many bytes, which the slice keeps.
    let clear = || unsafe { to.write_bytes(0, bytes) };
    if bytes >= LONG {
        outside(door, clear);
    } else {
        clear();
    }
    show(door, room, count, dtype)
}

fn save<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let mark = filled(door, this)?.arena().save().map_err(raised)?;
    checked(door.int(mark.id() as i64))
}

fn rewind<D: Door>(door: D, this: HPy, mark: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    let arena = object.arena();
    let mark = arena.mark(arguments::size(door, "a mark", mark)? as u64);
    arena.rewind(&mark).map_err(raised)?;
    Ok(door.none())
}

fn reset<D: Door>(door: D, this: HPy) -> Result<HPy> {
    filled(door, this)?.arena().reset().map_err(raised)?;
    Ok(door.none())
}

fn shrink<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    object.arena().shrink();
    object.tell_collector(door);
    Ok(door.none())
}

fn close<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    object.arena().close().map_err(raised)?;
    object.tell_collector(door);
    Ok(door.none())
}

fn size_of_object<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let object = filled(door, this)?;
    let header = hpy_host::interpreter::get().header_bytes;
    let own = size_of::<ArenaObject>() + size_of::<Arena>();
    checked(door.int((header + own + object.arena().committed_bytes()) as i64))
}

fn growth<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    let growth = match filled(door, this)?.arena().options().growth {
        Growth::Double => "double",
        Growth::Fixed => "fixed",
    };
    module::string(door, growth)
}

fn closed<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    let closed = filled(door, this)?.arena().is_closed();
    // SAFETY: nothing but the context and a flag is passed.
    checked(unsafe { HPyBool_FromBool(door.ctx(), closed) })
}

/// Read-only attributes that are one number.
macro_rules! numbers {
    ($($name:ident = |$arena:ident| $number:expr;)*) => {$(
        fn $name<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
            let $arena = filled(door, this)?.arena();
            checked(door.int($number as i64))
        }
    )*};
}

numbers! {
    id = |arena| arena.id();
    used = |arena| arena.used();
    capacity = |arena| arena.capacity();
    chunk_count = |arena| arena.chunk_count();
    committed_bytes = |arena| arena.committed_bytes();
    chunk_size = |arena| arena.options().chunk_size;
    alignment = |arena| arena.options().alignment;
}

/// What callers of the typed twins know the instance by.
fn name<'a, D: Door>(door: D, this: HPy) -> Result<&'a Named> {
    let object = filled(door, this)?;
    // SAFETY: the object outlives its name, see `free`.
    unsafe { object.name.get(&**object.arena(), None) }
}

fn handle<D: Door>(door: D, this: HPy) -> Result<HPy> {
    unsigned(door, name(door, this)?.handle().0)
}

fn extensions<D: Door>(door: D, this: HPy) -> Result<HPy> {
    python::extensions(door, name(door, this)?)
}
