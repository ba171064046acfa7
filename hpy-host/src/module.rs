//! Making a module out of its definition: what a module's `PyInit_<name>` calls.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, null_mut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use hpy_sys::*;

use crate::capi::{self, PyMethodDef, PyObject, PyTypeSlot, capi};
use crate::context;
use crate::door::pointer;
use crate::interpreter::{self, Kind};
use crate::types::{NO_METHOD, definitions, keep, legacy_table, method_def};

/// `PYTHON_API_VERSION`: the same since Python 2.5.
const API_VERSION: c_int = 1013;

/// Slots of a module definition in the C API, by their numbers.
const PY_MOD_CREATE: c_int = 1;
const PY_MOD_GIL: c_int = 4;
/// The value of the slot [`PY_MOD_GIL`] for a module that needs no lock around it.
const GIL_NOT_USED: *mut c_void = std::ptr::without_provenance_mut(1);

/// Starts the host (once) and makes a module from its definition. A module's `PyInit_<name>`
/// returns what this returns:
///
/// ```no_run
/// use hpy_sys::{HPyContext, HPyModuleDef, cpy_PyObject};
///
/// unsafe extern "C" {
///     // What every HPy module exports for its hosts.
///     fn HPyInit_example() -> *mut HPyModuleDef;
///     fn HPyInitGlobalContext_example(ctx: *mut HPyContext);
/// }
///
/// #[unsafe(no_mangle)]
/// unsafe extern "C" fn PyInit_example() -> *mut cpy_PyObject {
///     // SAFETY: called by the interpreter that imports the module.
///     unsafe {
///         let def = HPyInit_example();
///         hpy_host::init_module(c"example", def, HPyInitGlobalContext_example)
///     }
/// }
/// ```
///
/// `init_global` gets the host's context, for the module's trampolines. The module is declared not
/// to need the interpreter's lock on free-threaded CPython: whoever uses this host there takes care
/// of threads. Several modules of one library share the host.
///
/// A null result comes with an exception set: an ImportError if the interpreter is not supported,
/// lacks functions that the host needs, or is a second one in the process; else what the module
/// itself raised. Nothing here unwinds or aborts.
///
/// # Safety
/// An interpreter calls this while it imports the module. `def` is a complete definition that lives
/// as long as the process, and so do the definitions that it points to.
pub unsafe fn init_module(
    name: &CStr,
    def: *mut HPyModuleDef,
    init_global: unsafe extern "C" fn(*mut HPyContext),
) -> *mut PyObject {
    // SAFETY: promised by the caller.
    let start = || unsafe { start(name, def, init_global) };
    match catch_unwind(AssertUnwindSafe(start)) {
        Ok(Ok(module)) => module,
        Ok(Err(Failure::Raised)) => null_mut(),
        Ok(Err(Failure::Import(text))) => {
            import_error(name, &text);
            null_mut()
        }
        Err(_panic) => {
            import_error(name, "internal error while the module was made");
            null_mut()
        }
    }
}

/// Why there is no module.
enum Failure {
    /// An exception is set.
    Raised,
    /// The text of an ImportError.
    Import(String),
}

/// Sets an ImportError, with nothing but the linker to rely on: the host may not have started.
fn import_error(name: &CStr, text: &str) {
    let message = format!("cannot load {}: {text}", name.to_string_lossy());
    let kind = context::variable("PyExc_ImportError");
    let (Some(kind), Some(raise)) = (kind, capi::symbol("PyErr_SetString")) else {
        eprintln!("{message}");
        return;
    };
    let message = CString::new(message).unwrap_or_default();
    // SAFETY: the C API's function of this name has this signature; an interpreter that imports the
    // module holds its lock.
    unsafe {
        type SetString = unsafe extern "C" fn(*mut PyObject, *const c_char);
        let raise = std::mem::transmute::<*mut c_void, SetString>(raise);
        raise(kind, message.as_ptr());
    }
}

/// # Safety
/// As for [`init_module`].
unsafe fn start(
    name: &CStr,
    def: *mut HPyModuleDef,
    init_global: unsafe extern "C" fn(*mut HPyContext),
) -> Result<*mut PyObject, Failure> {
    let ctx = context::boot().map_err(Failure::Import)?;
    only_one_interpreter()?;
    // SAFETY: promised by the caller; the context is booted.
    unsafe {
        let Some(def) = def.as_ref() else {
            return Err(system_error(ctx, "the module has no definition"));
        };
        init_global(ctx);
        let parts = read(ctx, def)?;
        match parts.create {
            Some(create) => create_later(def, name, create),
            None => create_now(def, name, parts),
        }
    }
}

/// Identity of the interpreter that the host serves; negative before the first module.
static SERVED: AtomicI64 = AtomicI64::new(-1);

/// The host's objects belong to one interpreter. Only CPython has more than one in a process that
/// share a library's statics.
fn only_one_interpreter() -> Result<(), Failure> {
    if interpreter::get().kind != Kind::CPython {
        return Ok(());
    }
    let (Some(get), Some(identity)) = (
        capi().PyInterpreterState_Get,
        capi().PyInterpreterState_GetID,
    ) else {
        return Ok(());
    };
    // SAFETY: the interpreter that imports a module is the current one.
    let current = unsafe { identity(get()) };
    match SERVED.compare_exchange(-1, current, Ordering::AcqRel, Ordering::Acquire) {
        Err(first) if first != current => Err(Failure::Import(
            "it serves one interpreter a process, and another one has loaded it already \
             (sub-interpreters are not supported)"
                .into(),
        )),
        _ => Ok(()),
    }
}

type Exec = unsafe extern "C" fn(*mut PyObject) -> c_int;

/// A definition's parts, in the C API's terms.
struct Parts {
    methods: Vec<PyMethodDef>,
    exec: Vec<Exec>,
    /// The trampoline of `HPy_mod_create`.
    create: Option<*mut c_void>,
}

#[cold]
unsafe fn system_error(ctx: *mut HPyContext, message: &str) -> Failure {
    let message = CString::new(message).unwrap_or_default();
    // SAFETY: the context is booted, the lock held.
    unsafe { (capi().PyErr_SetString)(pointer((*ctx).h_SystemError), message.as_ptr()) };
    Failure::Raised
}

/// # Safety
/// As for [`init_module`]; the host has started.
unsafe fn read(ctx: *mut HPyContext, def: &HPyModuleDef) -> Result<Parts, Failure> {
    let mut parts = Parts {
        methods: Vec::new(),
        exec: Vec::new(),
        create: None,
    };
    // SAFETY: promised by the caller; a definition's kind tells which member of the union is set,
    // and each slot's trampoline has the slot's signature.
    unsafe {
        if def.size != 0 {
            return Err(system_error(
                ctx,
                "HPy 0.9 has no module state: HPyModuleDef.size must be 0",
            ));
        }
        for define in definitions(def.defines) {
            match define.kind {
                HPyDef_Kind_Meth => {
                    let Some(method) = method_def(&define.__bindgen_anon_1.meth) else {
                        return Err(system_error(ctx, "Unsupported HPyMeth signature"));
                    };
                    parts.methods.push(method);
                }
                HPyDef_Kind_Slot => {
                    let slot = &define.__bindgen_anon_1.slot;
                    let Some(trampoline) = slot.cpy_trampoline else {
                        return Err(system_error(ctx, "a module slot has no trampoline"));
                    };
                    match slot.slot {
                        HPy_mod_exec => parts.exec.push(std::mem::transmute::<
                            unsafe extern "C" fn(
                                *mut PyObject,
                                *const *mut PyObject,
                                isize,
                            ) -> *mut PyObject,
                            Exec,
                        >(trampoline)),
                        HPy_mod_create if parts.create.is_some() => {
                            let message = "more than one HPy_mod_create slot";
                            return Err(system_error(ctx, message));
                        }
                        HPy_mod_create => parts.create = Some(trampoline as *mut c_void),
                        number => {
                            let message = format!("slot {number} is not for modules");
                            return Err(system_error(ctx, &message));
                        }
                    }
                }
                kind => {
                    let message = format!("a module cannot have an HPyDef of kind {kind}");
                    return Err(system_error(ctx, &message));
                }
            }
        }
        let legacy = legacy_table(def.legacy_methods.cast::<PyMethodDef>(), |m| {
            m.name.is_null()
        });
        parts.methods.extend(legacy);
        let alone = parts.methods.is_empty() && parts.exec.is_empty();
        if parts.create.is_some() && !(alone && def.doc.is_null() && def.globals.is_null()) {
            let message =
                "HPy_mod_create makes the whole module: its definition can hold nothing else";
            return Err(system_error(ctx, message));
        }
    }
    Ok(parts)
}

/// `PyModuleDef` of the C API, behind the object header whose size only the interpreter knows.
#[repr(C)]
struct ModuleDefBody {
    init: *mut c_void,
    index: isize,
    copy: *mut c_void,
    name: *const c_char,
    doc: *const c_char,
    size: isize,
    methods: *mut PyMethodDef,
    slots: *mut PyTypeSlot,
    traverse: *mut c_void,
    clear: *mut c_void,
    free: *mut c_void,
}

/// The largest header that an interpreter is known to have, in words.
const HEADER_WORDS: usize = 4;

/// The `PyModuleDef`s that were made, by the address of HPy's definition.
static DEFS: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// The `PyModuleDef` of a definition, as a static of C would be: one for good, also when the module
/// is imported again.
///
/// The state's size is zero, not -1: CPython then comes back to `PyInit_<name>` when another
/// interpreter imports the module, instead of copying the first one's module behind our back.
fn module_def(def: &HPyModuleDef, body: impl FnOnce() -> ModuleDefBody) -> *mut c_void {
    let mut defs = DEFS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let key = ptr::from_ref(def).addr();
    if let Some((_, known)) = defs.iter().find(|(other, _)| *other == key) {
        return ptr::with_exposed_provenance_mut(*known);
    }
    let made = lay_out(body());
    defs.push((key, made.expose_provenance()));
    made
}

/// Puts the object header of this interpreter in front of a definition.
fn lay_out(body: ModuleDefBody) -> *mut c_void {
    let interpreter = interpreter::get();
    let words = HEADER_WORDS + size_of::<ModuleDefBody>() / size_of::<usize>();
    let def = Box::leak(vec![0_usize; words].into_boxed_slice())
        .as_mut_ptr()
        .cast::<u8>();
    // What PyModuleDef_HEAD_INIT of that version puts into the header.
    // SAFETY: the block has room for the header and the body; both are 8-aligned.
    unsafe {
        if interpreter.free_threaded {
            // The owner's part of the count, behind a thread, flags, a lock and bits: immortal.
            def.add(12).cast::<u32>().write(u32::MAX);
        } else {
            let immortal = interpreter.kind == Kind::CPython && interpreter.version >= (3, 12, 0);
            def.cast::<usize>()
                .write(if immortal { u32::MAX as usize } else { 1 });
        }
        def.add(interpreter.header_bytes)
            .cast::<ModuleDefBody>()
            .write(body);
    }
    def.cast()
}

impl ModuleDefBody {
    fn new(def: &HPyModuleDef, name: &CStr) -> Self {
        ModuleDefBody {
            init: null_mut(),
            index: 0,
            copy: null_mut(),
            // The interpreter keeps pointing at it.
            name: name.to_owned().into_raw(),
            doc: def.doc,
            size: 0,
            methods: null_mut(),
            slots: null_mut(),
            traverse: null_mut(),
            clear: null_mut(),
            free: null_mut(),
        }
    }
}

/// Makes the module and runs its exec slots.
///
/// # Safety
/// As for [`read`], whose result `parts` is.
unsafe fn create_now(
    def: &HPyModuleDef,
    name: &CStr,
    parts: Parts,
) -> Result<*mut PyObject, Failure> {
    let api = capi();
    let c_def = module_def(def, || ModuleDefBody {
        methods: keep(parts.methods, NO_METHOD),
        ..ModuleDefBody::new(def, name)
    });
    // SAFETY: the definition is laid out for this interpreter and lives on; each exec function
    // takes the module.
    unsafe {
        let module = (api.PyModule_Create2)(c_def, API_VERSION);
        if module.is_null() {
            return Err(Failure::Raised);
        }
        if let Some(set_gil) = api.PyUnstable_Module_SetGIL
            && interpreter::get().free_threaded
            && set_gil(module, GIL_NOT_USED) < 0
        {
            (api.Py_DecRef)(module);
            return Err(Failure::Raised);
        }
        for exec in parts.exec {
            if exec(module) < 0 {
                (api.Py_DecRef)(module);
                return Err(Failure::Raised);
            }
        }
        Ok(module)
    }
}

/// Hands the interpreter a definition whose create slot it will call with the module's spec: what
/// that makes need not be a module, so that it cannot be returned from `PyInit_<name>` itself.
///
/// # Safety
/// As for [`read`]; `create` is the trampoline of `HPy_mod_create`.
unsafe fn create_later(
    def: &HPyModuleDef,
    name: &CStr,
    create: *mut c_void,
) -> Result<*mut PyObject, Failure> {
    let Some(init) = capi().PyModuleDef_Init else {
        return Err(Failure::Import(
            "the interpreter does not export PyModuleDef_Init".into(),
        ));
    };
    let mut slots = vec![PyTypeSlot {
        slot: PY_MOD_CREATE,
        pfunc: create,
    }];
    if interpreter::get().free_threaded {
        slots.push(PyTypeSlot {
            slot: PY_MOD_GIL,
            pfunc: GIL_NOT_USED,
        });
    }
    let c_def = module_def(def, || ModuleDefBody {
        slots: keep(
            slots,
            PyTypeSlot {
                slot: 0,
                pfunc: null_mut(),
            },
        ),
        ..ModuleDefBody::new(def, name)
    });
    // SAFETY: as in `create_now`; `PyModuleDef_Slot` is laid out as `PyType_Slot`.
    let object = unsafe { init(c_def) };
    if object.is_null() {
        Err(Failure::Raised)
    } else {
        Ok(object)
    }
}
