//! The module itself: its types, its functions, and the definition that both doors hand out.

use std::cell::UnsafeCell;
use std::ffi::{CStr, CString, c_int, c_ulong};
use std::ptr;
use std::sync::OnceLock;

use hpy_host::bind;
use hpy_host::define::{
    Error, Exception, Result, Trampolines, checked, checked_status, method, slot,
};
use hpy_host::door::Door;
use hpy_host::interpreter::{self, Kind};

use hpy_sys::*;

use crate::arguments::Owned;
use crate::{abi, appender, arena, array, array_iterator, chunk, key_table, log, pipeline, scan};

/// A module-level object that the host keeps for us.
pub struct Global(UnsafeCell<HPyGlobal>);

// SAFETY: written once, while the module is executed under the import lock; read afterwards.
unsafe impl Sync for Global {}

impl Global {
    const fn new() -> Self {
        Global(UnsafeCell::new(HPyGlobal { _i: 0 }))
    }

    /// Where the host stores it.
    pub fn get(&self) -> *mut HPyGlobal {
        self.0.get()
    }
}

/// The type `Array`.
pub static ARRAY: Global = Global::new();
/// The type `Arena`.
pub static ARENA: Global = Global::new();
/// The type `KeyTable`.
pub static KEY_TABLE: Global = Global::new();
/// The type `Chunk`.
pub static CHUNK: Global = Global::new();
/// The type `Log`.
pub static LOG: Global = Global::new();
/// The type `Kernel`.
static KERNEL: Global = Global::new();
/// The type `ArrayIterator`, where there is one.
pub static ARRAY_ITERATOR: Global = Global::new();
/// The type `Appender`, where there is one.
static APPENDER: Global = Global::new();

/// The Python module `_times`, from its first use on.
pub static TIMES: Global = Global::new();

/// Definitions that live as long as the process, as hosts expect of them.
struct Definitions(*mut HPyModuleDef);

// SAFETY: built once and never written again by us.
unsafe impl Send for Definitions {}
// SAFETY: as above.
unsafe impl Sync for Definitions {}

/// The module's definition, with the trampolines of the door that asks for it.
pub fn definition(trampolines: Trampolines) -> *mut HPyModuleDef {
    static HPY: OnceLock<Definitions> = OnceLock::new();
    static OWN: OnceLock<Definitions> = OnceLock::new();
    let cell = if trampolines == Trampolines::Hpy {
        &HPY
    } else {
        &OWN
    };
    cell.get_or_init(|| {
        let execute = if trampolines == Trampolines::Hpy {
            bind!(trampolines, inquiry: execute_hpy)
        } else {
            bind!(trampolines, inquiry: execute_own)
        };
        let mut defines = vec![
            slot(HPy_mod_exec, execute),
            method(
                c"host",
                bind!(trampolines, noargs: host),
                c"host($module, /)\n--\n\nWhich host runs this module: (name, ABI layout).",
            ),
            method(
                c"adopt",
                bind!(trampolines, o: adopt),
                c"adopt($module, class, /)\n--\n\nGive a subclass of Array method descriptors of its own.\n\n\
                  CPython calls a descriptor's function without a detour only on instances of the\n\
                  very class that it belongs to.",
            ),
            method(
                c"memory",
                bind!(trampolines, o: memory),
                c"memory($module, chunk, /)\n--\n\nA memoryview of a chunk's bytes that does not keep the chunk.\n\n\
                  Whoever asks keeps the chunk beside it, and hands it to nobody: GraalPy never frees\n\
                  an object that memoryview() was called with.",
            ),
            method(
                c"version",
                bind!(trampolines, noargs: version),
                c"version($module, /)\n--\n\nThe version of this binary.",
            ),
            method(
                c"spellings",
                bind!(trampolines, noargs: spellings),
                c"spellings($module, /)\n--\n\nEvery accepted name of a dtype, and the canonical name of each.",
            ),
            method(
                c"dtypes",
                bind!(trampolines, noargs: dtypes),
                c"dtypes($module, /)\n--\n\nWhat there is to tell of each scalar dtype: a list of dicts of strings.",
            ),
        ];
        defines.push(scan::definition(trampolines));
        defines.extend(abi::python::functions(trampolines));
        let globals = vec![
            ARRAY.get(),
            CHUNK.get(),
            ARENA.get(),
            KEY_TABLE.get(),
            LOG.get(),
            KERNEL.get(),
            ARRAY_ITERATOR.get(),
            APPENDER.get(),
            TIMES.get(),
            ptr::null_mut(),
        ];
        Definitions(Box::into_raw(Box::new(HPyModuleDef {
            doc: c"The native part of chunkarray.".as_ptr(),
            size: 0,
            legacy_methods: ptr::null_mut(),
            defines: forever(defines),
            globals: Box::leak(globals.into_boxed_slice()).as_mut_ptr(),
        })))
    })
    .0
}

/// Definitions as a null-terminated list that is never freed.
fn forever(definitions: Vec<HPyDef>) -> *mut *mut HPyDef {
    let mut list: Vec<*mut HPyDef> = definitions
        .into_iter()
        .map(|definition| Box::into_raw(Box::new(definition)))
        .collect();
    list.push(ptr::null_mut());
    Box::leak(list.into_boxed_slice()).as_mut_ptr()
}

fn execute_hpy<D: Door>(door: D, module: HPy) -> Result<c_int> {
    execute(door, module, Trampolines::Hpy)
}

fn execute_own<D: Door>(door: D, module: HPy) -> Result<c_int> {
    execute(door, module, Trampolines::own())
}

/// Fills the new module.
fn execute<D: Door>(door: D, module: HPy, trampolines: Trampolines) -> Result<c_int> {
    // Another host has no reason to have loaded the C API; buffers and iterators need it.
    interpreter::detect().map_err(|found| Error::New(Exception::ImportError, found))?;
    // A Python subclass of an HPy type is sound under the own host only, and native iterators need
    // slots that only the own host has; both are for CPython, where calls into native code are cheap.
    let own = trampolines != Trampolines::Hpy;
    let subclassed = own && interpreter::get().kind == Kind::CPython;
    let flags = HPy_TPFLAGS_DEFAULT | if subclassed { HPy_TPFLAGS_BASETYPE } else { 0 };
    add_type(
        door,
        module,
        own,
        &ARRAY,
        array::NAME,
        array::DOC,
        flags,
        size_of::<array::ArrayObject>(),
        array::definitions(trampolines, subclassed),
    )?;
    add_type(
        door,
        module,
        own,
        &CHUNK,
        chunk::NAME,
        chunk::DOC,
        HPy_TPFLAGS_DEFAULT,
        size_of::<chunk::ChunkObject>(),
        chunk::definitions(trampolines),
    )?;
    add_type(
        door,
        module,
        own,
        &ARENA,
        arena::NAME,
        arena::DOC,
        HPy_TPFLAGS_DEFAULT,
        size_of::<arena::ArenaObject>(),
        arena::definitions(trampolines),
    )?;
    add_type(
        door,
        module,
        own,
        &KEY_TABLE,
        key_table::NAME,
        key_table::DOC,
        HPy_TPFLAGS_DEFAULT,
        size_of::<key_table::KeyTableObject>(),
        key_table::definitions(trampolines),
    )?;
    add_type(
        door,
        module,
        own,
        &LOG,
        log::NAME,
        log::DOC,
        HPy_TPFLAGS_DEFAULT,
        size_of::<log::LogObject>(),
        log::definitions(trampolines),
    )?;
    add_type(
        door,
        module,
        own,
        &KERNEL,
        pipeline::NAME,
        pipeline::DOC,
        HPy_TPFLAGS_DEFAULT,
        size_of::<pipeline::KernelObject>(),
        pipeline::definitions(trampolines),
    )?;
    if subclassed {
        let flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC;
        add_type(
            door,
            module,
            own,
            &ARRAY_ITERATOR,
            array_iterator::NAME,
            array_iterator::DOC,
            flags,
            size_of::<array_iterator::ArrayIteratorObject>(),
            array_iterator::definitions(trampolines),
        )?;
        add_type(
            door,
            module,
            own,
            &APPENDER,
            appender::NAME,
            appender::DOC,
            flags | HPy_TPFLAGS_BASETYPE,
            size_of::<appender::AppenderObject>(),
            appender::definitions(trampolines),
        )?;
    }
    abi::python::add_to(door, module)?;
    Ok(0)
}

#[expect(
    clippy::too_many_arguments,
    reason = "they are the fields of a type's specification"
)]
fn add_type<D: Door>(
    door: D,
    module: HPy,
    own: bool,
    global: &Global,
    name: &'static CStr,
    doc: &'static CStr,
    flags: c_ulong,
    size: usize,
    definitions: Vec<HPyDef>,
) -> Result<()> {
    let ctx = door.ctx();
    let mut spec = HPyType_Spec {
        name: name.as_ptr(),
        basicsize: size as c_int,
        itemsize: 0,
        flags,
        builtin_shape: HPyType_BuiltinShape_Object,
        legacy_slots: ptr::null_mut(),
        defines: forever(definitions),
        doc: doc.as_ptr(),
    };
    let short = name
        .to_bytes()
        .rsplit(|&byte| byte == b'.')
        .next()
        .unwrap_or_default();
    let short = CString::new(short).unwrap_or_default();
    // SAFETY: the specification is complete, the definitions live forever, the module is live.
    unsafe {
        let class = Owned::new(door, HPyType_FromSpec(ctx, &raw mut spec, ptr::null_mut()))?;
        if !own {
            refuse_object_new(door, class.get())?;
        }
        HPyGlobal_Store(ctx, global.get(), class.get());
        checked_status(HPy_SetAttr_s(ctx, module, short.as_ptr(), class.get()))?;
    }
    Ok(())
}

/// Makes `object.__new__(class)` a TypeError, by the mark that abstract classes have. On CPython it
/// is one already; PyPy's HPy would make an instance without data, and ends the process when a method of
/// ours asks for that. `HPy_New` does not look at the mark.
fn refuse_object_new<D: Door>(door: D, class: HPy) -> Result<()> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let builtins = (*ctx).h_Builtins;
        let frozenset = Owned::new(door, HPy_GetItem_s(ctx, builtins, c"frozenset".as_ptr()))?;
        let names = Owned::new(
            door,
            tuple(door, [Owned::new(door, string(door, "__new__")?)?])?,
        )?;
        let arguments = Owned::new(door, HPyTuple_FromArray(ctx, [names.get()].as_mut_ptr(), 1))?;
        let mark = HPy_CallTupleDict(ctx, frozenset.get(), arguments.get(), HPY_NULL);
        let mark = Owned::new(door, mark)?;
        let status = HPy_SetAttr_s(ctx, class, c"__abstractmethods__".as_ptr(), mark.get());
        checked_status(status)?;
    }
    Ok(())
}

/// A `str`.
pub fn string<D: Door>(door: D, text: &str) -> Result<HPy> {
    let text = CString::new(text).unwrap_or_default();
    // SAFETY: the text is NUL-terminated UTF-8.
    checked(unsafe { HPyUnicode_FromString(door.ctx(), text.as_ptr()) })
}

/// A tuple of objects, which it takes over.
pub fn tuple<D: Door, const N: usize>(door: D, items: [Owned<D>; N]) -> Result<HPy> {
    let mut handles = items.each_ref().map(Owned::get);
    // SAFETY: the handles are live; the tuple takes references of its own.
    checked(unsafe { HPyTuple_FromArray(door.ctx(), handles.as_mut_ptr(), N as isize) })
}

fn adopt<D: Door>(door: D, _: HPy, class: HPy) -> Result<HPy> {
    if D::OWN {
        // SAFETY: under the own host handles are object pointers; whether it is a class, and one of
        // the right kind, is looked at there.
        unsafe { hpy_host::adopt(class, forever(array::methods(Trampolines::own())))? };
    }
    Ok(door.none())
}

fn memory<D: Door>(door: D, _: HPy, chunk: HPy) -> Result<HPy> {
    chunk::memory(door, chunk)
}

fn version<D: Door>(door: D, _: HPy) -> Result<HPy> {
    string(door, env!("CARGO_PKG_VERSION"))
}

fn host<D: Door>(door: D, _: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: a context's name is a C string that lives as long as it does. The layout is told by
    // fields that every foreign layout has; our own host's is that of the bindings.
    let (name, layout) = unsafe {
        let layout = if D::OWN { Layout::A } else { Layout::of(ctx) };
        (
            CStr::from_ptr((*ctx).name).to_string_lossy().into_owned(),
            layout,
        )
    };
    tuple(
        door,
        [
            Owned::new(door, string(door, &name)?)?,
            Owned::new(door, string(door, layout.name())?)?,
        ],
    )
}

fn spellings<D: Door>(door: D, _: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let dict = Owned::new(door, HPyDict_New(ctx))?;
        for spelling in chunkarray_core::DType::spellings() {
            let key = CString::new(spelling.text.as_str()).unwrap_or_default();
            let value = Owned::new(door, string(door, &spelling.dtype.name())?)?;
            checked_status(HPy_SetItem_s(ctx, dict.get(), key.as_ptr(), value.get()))?;
        }
        Ok(dict.take())
    }
}

fn dtypes<D: Door>(door: D, _: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        for dtype in chunkarray_core::DType::all() {
            let dict = Owned::new(door, HPyDict_New(ctx))?;
            for (key, fact) in dtype.facts() {
                let key = CString::new(key).unwrap_or_default();
                let fact = Owned::new(door, string(door, &fact)?)?;
                checked_status(HPy_SetItem_s(ctx, dict.get(), key.as_ptr(), fact.get()))?;
            }
            checked_status(HPyList_Append(ctx, list.get(), dict.get()))?;
        }
        Ok(list.take())
    }
}
