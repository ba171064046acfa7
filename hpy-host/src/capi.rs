//! The interpreter's C API: one table of the functions that the host calls, found at run time.
//!
//! No libpython is linked and no header is used: [`load`] asks the dynamic linker for each name
//! and writes what it finds into one static table, so that a call through [`capi`] costs a single
//! load. PyPy exports its functions under mangled names (`PyLong_FromLong` is
//! `PyPyLong_FromLong`, `_Py_NoneStruct` is `_PyPy_NoneStruct`); the lookup tries both.
//!
//! Loading the table starts nothing: a module that runs under an interpreter's native HPy may use
//! it as well, to reach what HPy lacks (buffers, iterators).

use std::cell::UnsafeCell;
use std::ffi::{CStr, CString, c_char, c_double, c_int, c_long, c_longlong, c_uint, c_void};
use std::ffi::{c_ulong, c_ulonglong};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// An object of the interpreter. Opaque: on GraalPy the pointer may be a tagged handle.
pub type PyObject = hpy_sys::cpy_PyObject;

/// The C API's `Py_ssize_t`.
pub type PySsize = isize;

/// `PyType_Slot` of the C API.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PyTypeSlot {
    /// The slot's number, zero at the end of a list.
    pub slot: c_int,
    /// The function, or the table of definitions.
    pub pfunc: *mut c_void,
}

/// `PyType_Spec` of the C API.
#[repr(C)]
pub struct PyTypeSpec {
    /// Dotted name of the type.
    pub name: *const c_char,
    /// Bytes of an instance, header included; zero inherits.
    pub basicsize: c_int,
    /// Bytes of one item of a variable-sized instance.
    pub itemsize: c_int,
    /// `Py_TPFLAGS_*`.
    pub flags: c_uint,
    /// Slots, ended by a slot 0.
    pub slots: *mut PyTypeSlot,
}

/// `PyMethodDef` of the C API.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PyMethodDef {
    /// Name, null at the end of a list.
    pub name: *const c_char,
    /// The function, whose signature follows from `flags`.
    pub function: *const c_void,
    /// `METH_*`.
    pub flags: c_int,
    /// Docstring or null.
    pub doc: *const c_char,
}

/// `PyMemberDef` of the C API.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PyMemberDef {
    /// Name, null at the end of a list.
    pub name: *const c_char,
    /// `T_*`.
    pub kind: c_int,
    /// Bytes from the beginning of the object.
    pub offset: PySsize,
    /// 1 for read-only.
    pub flags: c_int,
    /// Docstring or null.
    pub doc: *const c_char,
}

/// `PyGetSetDef` of the C API.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PyGetSetDef {
    /// Name, null at the end of a list.
    pub name: *const c_char,
    /// Getter or null.
    pub get: *const c_void,
    /// Setter or null.
    pub set: *const c_void,
    /// Docstring or null.
    pub doc: *const c_char,
    /// Passed to both.
    pub closure: *mut c_void,
}

/// Writes the table: the struct, what its entries hold before [`load`], and the loading itself.
macro_rules! c_api {
    (
        required { $( fn $required:ident( $($rarg:ty),* $(,)? ) $(-> $rret:ty)?; )* }
        optional { $( fn $optional:ident( $($oarg:ty),* $(,)? ) $(-> $oret:ty)?; )* }
    ) => {
        /// Functions of the C API, by their own names. Those that some interpreter of the grid
        /// lacks are an `Option`.
        #[allow(non_snake_case, missing_docs)]
        pub struct CApi {
            $( pub $required: unsafe extern "C" fn($($rarg),*) $(-> $rret)?, )*
            $( pub $optional: Option<unsafe extern "C" fn($($oarg),*) $(-> $oret)?>, )*
            /// The object None.
            pub none: *mut PyObject,
            /// Whether None, True and False need no counting.
            pub immortal_constants: bool,
        }

        /// What the required entries hold until [`load`] ran: functions that say so and abort.
        #[allow(non_snake_case)]
        mod unloaded {
            use super::*;
            $( pub(super) unsafe extern "C" fn $required($(_: $rarg),*) $(-> $rret)? {
                super::called_before_load(stringify!($required))
            } )*
        }

        static TABLE: Table = Table(UnsafeCell::new(CApi {
            $( $required: unloaded::$required, )*
            $( $optional: None, )*
            none: std::ptr::null_mut(),
            immortal_constants: false,
        }));

        /// Looks each name up and writes it into `table`; gives the required names not found.
        fn fill(table: &mut CApi) -> Vec<&'static str> {
            let mut missing = Vec::new();
            $( match symbol(stringify!($required)) {
                // SAFETY: the interpreter exports a function of this name, whose C signature the
                // table repeats; code and data pointers have one size on every supported system.
                Some(address) => table.$required = unsafe {
                    std::mem::transmute::<
                        *mut c_void,
                        unsafe extern "C" fn($($rarg),*) $(-> $rret)?,
                    >(address)
                },
                None => missing.push(stringify!($required)),
            } )*
            $( table.$optional = symbol(stringify!($optional)).map(|address| {
                // SAFETY: as above.
                unsafe {
                    std::mem::transmute::<
                        *mut c_void,
                        unsafe extern "C" fn($($oarg),*) $(-> $oret)?,
                    >(address)
                }
            }); )*
            missing
        }
    };
}

// One line a function; the order is that of the C API's own chapters.
c_api! {
    required {
        // Reference counts and errors
        fn Py_IncRef(*mut PyObject);
        fn Py_DecRef(*mut PyObject);
        fn PyErr_SetString(*mut PyObject, *const c_char);
        fn PyErr_Occurred() -> *mut PyObject;
        fn PyErr_Clear();
        fn PyErr_NoMemory() -> *mut PyObject;
        fn PyErr_ExceptionMatches(*mut PyObject) -> c_int;
        fn PyErr_SetObject(*mut PyObject, *mut PyObject);
        fn PyErr_SetFromErrnoWithFilename(*mut PyObject, *const c_char) -> *mut PyObject;
        fn PyErr_SetFromErrnoWithFilenameObjects(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyErr_NewException(*const c_char, *mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyErr_NewExceptionWithDoc(*const c_char, *const c_char, *mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyErr_WarnEx(*mut PyObject, *const c_char, PySsize) -> c_int;
        fn PyErr_WriteUnraisable(*mut PyObject);
        fn PyErr_Fetch(*mut *mut PyObject, *mut *mut PyObject, *mut *mut PyObject);
        fn PyErr_Restore(*mut PyObject, *mut PyObject, *mut PyObject);
        fn Py_FatalError(*const c_char);
        // The interpreter
        fn PyImport_ImportModule(*const c_char) -> *mut PyObject;
        fn PySys_GetObject(*const c_char) -> *mut PyObject;
        fn PyEval_SaveThread() -> *mut c_void;
        fn PyEval_RestoreThread(*mut c_void);
        fn PyEval_EvalCode(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyContextVar_New(*const c_char, *mut PyObject) -> *mut PyObject;
        fn PyContextVar_Get(*mut PyObject, *mut PyObject, *mut *mut PyObject) -> c_int;
        fn PyContextVar_Set(*mut PyObject, *mut PyObject) -> *mut PyObject;
        // Objects
        fn PyObject_GetAttrString(*mut PyObject, *const c_char) -> *mut PyObject;
        fn PyObject_Type(*mut PyObject) -> *mut PyObject;
        fn PyObject_Call(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyObject_GetAttr(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyObject_HasAttr(*mut PyObject, *mut PyObject) -> c_int;
        fn PyObject_HasAttrString(*mut PyObject, *const c_char) -> c_int;
        fn PyObject_SetAttr(*mut PyObject, *mut PyObject, *mut PyObject) -> c_int;
        fn PyObject_SetAttrString(*mut PyObject, *const c_char, *mut PyObject) -> c_int;
        fn PyObject_GetItem(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyObject_SetItem(*mut PyObject, *mut PyObject, *mut PyObject) -> c_int;
        fn PyObject_DelItem(*mut PyObject, *mut PyObject) -> c_int;
        fn PyObject_Size(*mut PyObject) -> PySsize;
        fn PyObject_IsTrue(*mut PyObject) -> c_int;
        fn PyObject_Repr(*mut PyObject) -> *mut PyObject;
        fn PyObject_Str(*mut PyObject) -> *mut PyObject;
        fn PyObject_ASCII(*mut PyObject) -> *mut PyObject;
        fn PyObject_Bytes(*mut PyObject) -> *mut PyObject;
        fn PyObject_RichCompare(*mut PyObject, *mut PyObject, c_int) -> *mut PyObject;
        fn PyObject_RichCompareBool(*mut PyObject, *mut PyObject, c_int) -> c_int;
        fn PyObject_Hash(*mut PyObject) -> PySsize;
        fn PyObject_VectorcallMethod(*mut PyObject, *const *mut PyObject, usize, *mut PyObject) -> *mut PyObject;
        fn PyCallable_Check(*mut PyObject) -> c_int;
        fn PySequence_Contains(*mut PyObject, *mut PyObject) -> c_int;
        fn PySlice_Unpack(*mut PyObject, *mut PySsize, *mut PySsize, *mut PySsize) -> c_int;
        // Numbers
        fn PyLong_FromSsize_t(PySsize) -> *mut PyObject;
        fn PyLong_FromLongLong(c_longlong) -> *mut PyObject;
        fn PyLong_AsSsize_t(*mut PyObject) -> PySsize;
        fn PyFloat_FromDouble(c_double) -> *mut PyObject;
        fn PyFloat_AsDouble(*mut PyObject) -> c_double;
        fn PyLong_FromLong(c_long) -> *mut PyObject;
        fn PyLong_FromUnsignedLongLong(c_ulonglong) -> *mut PyObject;
        fn PyLong_FromSize_t(usize) -> *mut PyObject;
        fn PyLong_AsLong(*mut PyObject) -> c_long;
        fn PyLong_AsUnsignedLong(*mut PyObject) -> c_ulong;
        fn PyLong_AsUnsignedLongMask(*mut PyObject) -> c_ulong;
        fn PyLong_AsLongLong(*mut PyObject) -> c_longlong;
        fn PyLong_AsUnsignedLongLong(*mut PyObject) -> c_ulonglong;
        fn PyLong_AsUnsignedLongLongMask(*mut PyObject) -> c_ulonglong;
        fn PyLong_AsSize_t(*mut PyObject) -> usize;
        fn PyLong_AsVoidPtr(*mut PyObject) -> *mut c_void;
        fn PyLong_AsDouble(*mut PyObject) -> c_double;
        fn PyBool_FromLong(c_long) -> *mut PyObject;
        fn PyNumber_Check(*mut PyObject) -> c_int;
        fn PyNumber_Index(*mut PyObject) -> *mut PyObject;
        fn PyNumber_Long(*mut PyObject) -> *mut PyObject;
        fn PyNumber_Float(*mut PyObject) -> *mut PyObject;
        fn PyNumber_Negative(*mut PyObject) -> *mut PyObject;
        fn PyNumber_Positive(*mut PyObject) -> *mut PyObject;
        fn PyNumber_Absolute(*mut PyObject) -> *mut PyObject;
        fn PyNumber_Invert(*mut PyObject) -> *mut PyObject;
        fn PyNumber_Add(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_Subtract(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_Multiply(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_MatrixMultiply(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_FloorDivide(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_TrueDivide(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_Remainder(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_Divmod(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_Lshift(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_Rshift(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_And(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_Xor(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_Or(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceAdd(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceSubtract(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceMultiply(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceMatrixMultiply(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceFloorDivide(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceTrueDivide(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceRemainder(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceLshift(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceRshift(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceAnd(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceXor(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlaceOr(*mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_Power(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;
        fn PyNumber_InPlacePower(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;
        // Strings
        fn PyUnicode_FromString(*const c_char) -> *mut PyObject;
        fn PyUnicode_AsUTF8AndSize(*mut PyObject, *mut PySsize) -> *const c_char;
        fn PyUnicode_AsASCIIString(*mut PyObject) -> *mut PyObject;
        fn PyUnicode_AsLatin1String(*mut PyObject) -> *mut PyObject;
        fn PyUnicode_AsUTF8String(*mut PyObject) -> *mut PyObject;
        fn PyUnicode_FromWideChar(*const c_int, PySsize) -> *mut PyObject;
        fn PyUnicode_DecodeFSDefault(*const c_char) -> *mut PyObject;
        fn PyUnicode_DecodeFSDefaultAndSize(*const c_char, PySsize) -> *mut PyObject;
        fn PyUnicode_EncodeFSDefault(*mut PyObject) -> *mut PyObject;
        fn PyUnicode_ReadChar(*mut PyObject, PySsize) -> u32;
        fn PyUnicode_DecodeASCII(*const c_char, PySsize, *const c_char) -> *mut PyObject;
        fn PyUnicode_DecodeLatin1(*const c_char, PySsize, *const c_char) -> *mut PyObject;
        fn PyUnicode_FromEncodedObject(*mut PyObject, *const c_char, *const c_char) -> *mut PyObject;
        fn PyUnicode_Substring(*mut PyObject, PySsize, PySsize) -> *mut PyObject;
        fn PyBytes_Size(*mut PyObject) -> PySsize;
        fn PyBytes_AsString(*mut PyObject) -> *const c_char;
        fn PyBytes_FromString(*const c_char) -> *mut PyObject;
        fn PyBytes_FromStringAndSize(*const c_char, PySsize) -> *mut PyObject;
        // Lists, tuples and dicts
        fn PyTuple_New(PySsize) -> *mut PyObject;
        fn PyTuple_Size(*mut PyObject) -> PySsize;
        fn PyTuple_GetItem(*mut PyObject, PySsize) -> *mut PyObject;
        fn PyTuple_SetItem(*mut PyObject, PySsize, *mut PyObject) -> c_int;
        fn PyDict_Size(*mut PyObject) -> PySsize;
        fn PyDict_Next(*mut PyObject, *mut PySsize, *mut *mut PyObject, *mut *mut PyObject) -> c_int;
        fn PyList_New(PySsize) -> *mut PyObject;
        fn PyList_Append(*mut PyObject, *mut PyObject) -> c_int;
        fn PyList_SetItem(*mut PyObject, PySsize, *mut PyObject) -> c_int;
        fn PyDict_New() -> *mut PyObject;
        fn PyDict_SetItem(*mut PyObject, *mut PyObject, *mut PyObject) -> c_int;
        fn PyDict_Keys(*mut PyObject) -> *mut PyObject;
        fn PyDict_Copy(*mut PyObject) -> *mut PyObject;
        // Iterators and buffers
        fn PyObject_GetIter(*mut PyObject) -> *mut PyObject;
        fn PyIter_Next(*mut PyObject) -> *mut PyObject;
        fn PyObject_GetBuffer(*mut PyObject, *mut c_void, c_int) -> c_int;
        fn PyBuffer_Release(*mut c_void);
        // Types and modules
        fn PyType_FromSpecWithBases(*mut PyTypeSpec, *mut PyObject) -> *mut PyObject;
        fn PyType_GetSlot(*mut PyObject, c_int) -> *mut c_void;
        fn PyType_GetFlags(*mut PyObject) -> c_ulong;
        fn PyType_IsSubtype(*mut PyObject, *mut PyObject) -> c_int;
        fn PyModule_Create2(*mut c_void, c_int) -> *mut PyObject;
        // Capsules
        fn PyCapsule_GetName(*mut PyObject) -> *const c_char;
        fn PyCapsule_GetPointer(*mut PyObject, *const c_char) -> *mut c_void;
        fn PyCapsule_GetContext(*mut PyObject) -> *mut c_void;
        fn PyCapsule_New(*mut c_void, *const c_char, Option<unsafe extern "C" fn(*mut PyObject)>) -> *mut PyObject;
        fn PyCapsule_IsValid(*mut PyObject, *const c_char) -> c_int;
        fn PyCapsule_SetPointer(*mut PyObject, *mut c_void) -> c_int;
        fn PyCapsule_SetName(*mut PyObject, *const c_char) -> c_int;
        fn PyCapsule_SetContext(*mut PyObject, *mut c_void) -> c_int;
        fn PyCapsule_SetDestructor(*mut PyObject, Option<unsafe extern "C" fn(*mut PyObject)>) -> c_int;
    }
    optional {
        fn PyDescr_NewMethod(*mut PyObject, *mut PyMethodDef) -> *mut PyObject;
        fn PyMemoryView_FromMemory(*mut c_char, PySsize, c_int) -> *mut PyObject;
        fn PyEval_GetBuiltins() -> *mut PyObject;
        fn PyInterpreterState_Get() -> *mut c_void;
        fn PyInterpreterState_GetID(*mut c_void) -> i64;
        fn PyModuleDef_Init(*mut c_void) -> *mut PyObject;
        fn PyObject_CallFinalizerFromDealloc(*mut PyObject) -> c_int;
        fn PyObject_ClearWeakRefs(*mut PyObject);
        fn PyObject_GC_UnTrack(*mut c_void);
        fn PyObject_Vectorcall(*mut PyObject, *const *mut PyObject, usize, *mut PyObject) -> *mut PyObject;
        fn PyType_FromMetaclass(*mut PyObject, *mut PyObject, *mut PyTypeSpec, *mut PyObject) -> *mut PyObject;
        fn PyUnstable_Module_SetGIL(*mut PyObject, *mut c_void) -> c_int;
        fn PyObject_VectorcallDict(*mut PyObject, *const *mut PyObject, usize, *mut PyObject) -> *mut PyObject;
        fn PyType_GetName(*mut PyObject) -> *mut PyObject;
        fn Py_CompileString(*const c_char, *const c_char, c_int) -> *mut PyObject;
        fn Py_CompileStringFlags(*const c_char, *const c_char, c_int, *mut c_void) -> *mut PyObject;
        fn Py_Is(*mut PyObject, *mut PyObject) -> c_int;
        fn _PyObject_Dump(*mut PyObject);
    }
}

/// The table's cell. Written once, by [`load`], before anything else can look at it.
struct Table(UnsafeCell<CApi>);

// SAFETY: `load` writes under a lock and before any other use (its contract); after that the
// table is only read.
unsafe impl Sync for Table {}

/// Serialises [`load`].
static LOADING: Mutex<()> = Mutex::new(());
/// Whether the table is filled.
static LOADED: AtomicBool = AtomicBool::new(false);

/// Required functions that the process does not export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(pub Vec<&'static str>);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the interpreter does not export {}", self.0.join(", "))
    }
}

impl std::error::Error for Missing {}

/// The table. Entries that were not loaded yet abort with their own name when called.
#[inline(always)]
pub fn capi() -> &'static CApi {
    // SAFETY: after `load` nobody writes; before it nobody else knows of the table.
    unsafe { &*TABLE.0.get() }
}

/// Fills the table, once. Must have returned before another thread calls [`capi`]: a module calls
/// it from its entry point, before the interpreter can reach any function of the module.
pub fn load() -> Result<&'static CApi, Missing> {
    if LOADED.load(Ordering::Acquire) {
        return Ok(capi());
    }
    let _guard = LOADING
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    if !LOADED.load(Ordering::Acquire) {
        // SAFETY: the lock is held and nobody reads before the first `load` returned.
        let missing = fill(unsafe { &mut *TABLE.0.get() });
        if !missing.is_empty() {
            return Err(Missing(missing));
        }
        LOADED.store(true, Ordering::Release);
    }
    Ok(capi())
}

/// Completes the table with what only a detected interpreter tells.
///
/// # Safety
/// As for [`load`]: nobody else looks at the table yet.
pub(crate) unsafe fn set_none(none: *mut PyObject, immortal_constants: bool) {
    // SAFETY: promised by the caller.
    let table = unsafe { &mut *TABLE.0.get() };
    table.none = none;
    table.immortal_constants = immortal_constants;
}

/// Address of a function or variable of the C API, under its plain or its PyPy name.
pub fn symbol(name: &str) -> Option<*mut c_void> {
    let plain = CString::new(name).ok()?;
    lookup(&plain).or_else(|| lookup(&CString::new(pypy_name(name)).ok()?))
}

/// Asks the dynamic linker, in all libraries that the process has loaded globally.
fn lookup(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name is NUL-terminated; RTLD_DEFAULT needs no handle.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!address.is_null()).then_some(address)
}

/// `PyLong_FromLong` -> `PyPyLong_FromLong`, `_Py_NoneStruct` -> `_PyPy_NoneStruct`.
fn pypy_name(name: &str) -> String {
    name.replacen("Py", "PyPy", 1)
}

/// Ends the process, since there is no interpreter to raise in.
#[cold]
fn called_before_load(name: &str) -> ! {
    eprintln!("fatal: {name} was called before the C API was loaded");
    std::process::abort()
}

/// Types that the table's signatures use, so that a line can be added without touching imports.
#[allow(unused)]
type Signatures = (c_long, c_longlong, c_ulonglong, c_uint);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pypy_mangles_the_first_py_only() {
        assert_eq!(pypy_name("PyLong_FromLong"), "PyPyLong_FromLong");
        assert_eq!(pypy_name("_Py_NoneStruct"), "_PyPy_NoneStruct");
        assert_eq!(
            pypy_name("PyCapsule_GetPyPointer"),
            "PyPyCapsule_GetPyPointer"
        );
    }

    #[test]
    fn without_an_interpreter_the_missing_names_are_listed() {
        let Err(missing) = load() else {
            panic!("no interpreter is linked into this test")
        };
        assert!(missing.0.contains(&"PyModule_Create2"));
        assert!(missing.to_string().contains("PyLong_FromSsize_t"));
    }
}
