//! The host's one HPyContext.
//!
//! A static: [`own`] costs nothing. Its handles are object pointers, `HPyField` and `HPyGlobal`
//! hold counted object pointers. [`boot`] fills every slot; one that this host does not implement
//! ends the process with its own name, so that no slot is ever null.

use std::cell::UnsafeCell;
use std::ffi::{CString, c_void};
use std::mem::MaybeUninit;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use hpy_sys::{ABI_VERSION, HPy, HPyContext};

use crate::capi::{self, Missing, PyObject, capi};
use crate::door::handle;
use crate::interpreter;

/// Declares the files of `context/`, and the function that lets each fill its slots. One name a
/// file, each with `pub(crate) fn fill(ctx: &mut HPyContext)`.
macro_rules! parts {
    ($($part:ident),* $(,)?) => {
        $(mod $part;)*
        fn fill_parts(ctx: &mut HPyContext) {
            $($part::fill(ctx);)*
        }
    };
}

mod shim;
parts! {
    builder, bytes, call, capsule, code, container, contextvar, error, execution, long, number,
    object, reference, tracker, type_object, unicode,
}

/// The context's cell: written by [`boot`], read by everyone after it.
struct Cell(UnsafeCell<HPyContext>);

// SAFETY: `boot` writes under a lock before the first function that could read is reachable.
unsafe impl Sync for Cell {}

// SAFETY: integers, pointers and optional function pointers: all zero is a value of each.
static CONTEXT: Cell = Cell(UnsafeCell::new(unsafe {
    MaybeUninit::<HPyContext>::zeroed().assume_init()
}));

static BOOTING: Mutex<()> = Mutex::new(());
static BOOTED: AtomicBool = AtomicBool::new(false);

/// The host's context. All zero until [`boot`] succeeded.
#[inline(always)]
pub fn own() -> *mut HPyContext {
    CONTEXT.0.get()
}

/// Starts the host, once: finds the C API and fills the context.
///
/// The caller holds the interpreter's lock. The error's text is for an ImportError.
pub fn boot() -> Result<*mut HPyContext, String> {
    if BOOTED.load(Ordering::Acquire) {
        return Ok(own());
    }
    let _guard = BOOTING
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    if !BOOTED.load(Ordering::Acquire) {
        interpreter::detect()?;
        // SAFETY: the lock is held, and nobody reads the context before it is booted.
        let ctx = unsafe { &mut *own() };
        fill(ctx).map_err(|missing| missing.to_string())?;
        crate::float::self_test();
        BOOTED.store(true, Ordering::Release);
    }
    Ok(own())
}

fn fill(ctx: &mut HPyContext) -> Result<(), Missing> {
    ctx.name = c"HPy over the C API".as_ptr();
    ctx.abi_version = ABI_VERSION as _;
    fill_with_aborts(ctx);
    fill_parts(ctx);
    crate::types::fill(ctx);
    crate::trampoline::fill(ctx);
    fill_constants(ctx)
}

/// Says which slot was called and ends the process: HPy has no error return for this.
#[cold]
fn not_implemented(slot: &str) -> ! {
    eprintln!("fatal: this HPy host does not implement {slot}");
    std::process::abort()
}

/// The function as a slot of another signature.
///
/// # Safety
/// `Slot` is an optional function pointer that may be called with this function behind it.
unsafe fn as_slot<Slot>(function: unsafe extern "C" fn() -> !) -> Slot {
    const { assert!(size_of::<Slot>() == size_of::<usize>()) };
    // SAFETY: promised by the caller.
    unsafe { std::mem::transmute_copy(&function) }
}

/// Puts into each slot a function that aborts with the slot's name.
macro_rules! aborting_slots {
    ($($slot:ident),* $(,)?) => {
        fn fill_with_aborts(ctx: &mut HPyContext) {
            $({
                unsafe extern "C" fn abort() -> ! {
                    not_implemented(stringify!($slot))
                }
                // SAFETY: function pointers have one representation, and the callee looks at none
                // of its arguments and never returns.
                ctx.$slot = unsafe { as_slot(abort) };
            })*
        }

        /// The names of all slots, in the order of the context.
        #[cfg(test)]
        const SLOTS: &[&str] = &[$(stringify!($slot)),*];
    };
}

aborting_slots! {
    ctx_Dup, ctx_Close, ctx_Long_FromInt32_t, ctx_Long_FromUInt32_t, ctx_Long_FromInt64_t,
    ctx_Long_FromUInt64_t, ctx_Long_FromSize_t, ctx_Long_FromSsize_t, ctx_Long_AsInt32_t,
    ctx_Long_AsUInt32_t, ctx_Long_AsUInt32_tMask, ctx_Long_AsInt64_t, ctx_Long_AsUInt64_t,
    ctx_Long_AsUInt64_tMask, ctx_Long_AsSize_t, ctx_Long_AsSsize_t, ctx_Long_AsVoidPtr,
    ctx_Long_AsDouble, ctx_Float_FromDouble, ctx_Float_AsDouble, ctx_Bool_FromBool, ctx_Length,
    ctx_Number_Check, ctx_Add, ctx_Subtract, ctx_Multiply, ctx_MatrixMultiply, ctx_FloorDivide,
    ctx_TrueDivide, ctx_Remainder, ctx_Divmod, ctx_Power, ctx_Negative, ctx_Positive,
    ctx_Absolute, ctx_Invert, ctx_Lshift, ctx_Rshift, ctx_And, ctx_Xor, ctx_Or, ctx_Index,
    ctx_Long, ctx_Float, ctx_InPlaceAdd, ctx_InPlaceSubtract, ctx_InPlaceMultiply,
    ctx_InPlaceMatrixMultiply, ctx_InPlaceFloorDivide, ctx_InPlaceTrueDivide,
    ctx_InPlaceRemainder, ctx_InPlacePower, ctx_InPlaceLshift, ctx_InPlaceRshift,
    ctx_InPlaceAnd, ctx_InPlaceXor, ctx_InPlaceOr, ctx_Callable_Check, ctx_CallTupleDict,
    ctx_FatalError, ctx_Err_SetString, ctx_Err_SetObject, ctx_Err_SetFromErrnoWithFilename,
    ctx_Err_SetFromErrnoWithFilenameObjects, ctx_Err_Occurred, ctx_Err_ExceptionMatches,
    ctx_Err_NoMemory, ctx_Err_Clear, ctx_Err_NewException, ctx_Err_NewExceptionWithDoc,
    ctx_Err_WarnEx, ctx_Err_WriteUnraisable, ctx_IsTrue, ctx_Type_FromSpec, ctx_Type_GenericNew,
    ctx_GetAttr, ctx_GetAttr_s, ctx_HasAttr, ctx_HasAttr_s, ctx_SetAttr, ctx_SetAttr_s,
    ctx_GetItem, ctx_GetItem_i, ctx_GetItem_s, ctx_Contains, ctx_SetItem, ctx_SetItem_i,
    ctx_SetItem_s, ctx_Type, ctx_TypeCheck, ctx_Is, ctx_AsStruct_Object, ctx_AsStruct_Legacy,
    ctx_New, ctx_Repr, ctx_Str, ctx_ASCII, ctx_Bytes, ctx_RichCompare, ctx_RichCompareBool,
    ctx_Hash, ctx_Bytes_Check, ctx_Bytes_Size, ctx_Bytes_GET_SIZE, ctx_Bytes_AsString,
    ctx_Bytes_AS_STRING, ctx_Bytes_FromString, ctx_Bytes_FromStringAndSize,
    ctx_Unicode_FromString, ctx_Unicode_Check, ctx_Unicode_AsASCIIString,
    ctx_Unicode_AsLatin1String, ctx_Unicode_AsUTF8String, ctx_Unicode_AsUTF8AndSize,
    ctx_Unicode_FromWideChar, ctx_Unicode_DecodeFSDefault, ctx_Unicode_DecodeFSDefaultAndSize,
    ctx_Unicode_EncodeFSDefault, ctx_Unicode_ReadChar, ctx_Unicode_DecodeASCII,
    ctx_Unicode_DecodeLatin1, ctx_List_Check, ctx_List_New, ctx_List_Append, ctx_Dict_Check,
    ctx_Dict_New, ctx_Tuple_Check, ctx_Tuple_FromArray, ctx_Import_ImportModule,
    ctx_FromPyObject, ctx_AsPyObject, ctx_CallRealFunctionFromTrampoline, ctx_ListBuilder_New,
    ctx_ListBuilder_Set, ctx_ListBuilder_Build, ctx_ListBuilder_Cancel, ctx_TupleBuilder_New,
    ctx_TupleBuilder_Set, ctx_TupleBuilder_Build, ctx_TupleBuilder_Cancel, ctx_Tracker_New,
    ctx_Tracker_Add, ctx_Tracker_ForgetAll, ctx_Tracker_Close, ctx_Field_Store, ctx_Field_Load,
    ctx_ReenterPythonExecution, ctx_LeavePythonExecution, ctx_Global_Store, ctx_Global_Load,
    ctx_Dump, ctx_AsStruct_Type, ctx_AsStruct_Long, ctx_AsStruct_Float, ctx_AsStruct_Unicode,
    ctx_AsStruct_Tuple, ctx_AsStruct_List, ctx_Type_GetBuiltinShape, ctx_DelItem, ctx_DelItem_i,
    ctx_DelItem_s, ctx_Capsule_New, ctx_Capsule_Get, ctx_Capsule_IsValid, ctx_Capsule_Set,
    ctx_Compile_s, ctx_EvalCode, ctx_ContextVar_New, ctx_ContextVar_Get, ctx_ContextVar_Set,
    ctx_Type_GetName, ctx_Type_IsSubtype, ctx_Unicode_FromEncodedObject, ctx_Unicode_Substring,
    ctx_Dict_Keys, ctx_Dict_Copy, ctx_Slice_Unpack, ctx_SetCallFunction, ctx_Call,
    ctx_CallMethod,
}

/// Reads the constants of the context: singletons, exception types, types.
macro_rules! constants {
    (
        singletons { $($one:ident: $one_symbol:ident,)* }
        exceptions { $($exception:ident: $exception_symbol:ident,)* }
        types { $($kind:ident: $kind_symbol:ident,)* }
    ) => {
        fn fill_constants(ctx: &mut HPyContext) -> Result<(), Missing> {
            let mut missing = Vec::new();
            $( ctx.$one = constant(singleton(stringify!($one_symbol)),
                                   stringify!($one_symbol), &mut missing); )*
            $( ctx.$exception = constant(variable(stringify!($exception_symbol)),
                                         stringify!($exception_symbol), &mut missing); )*
            $( ctx.$kind = constant(capi::symbol(stringify!($kind_symbol)).map(<*mut c_void>::cast),
                                    stringify!($kind_symbol), &mut missing); )*
            ctx.h_Builtins = constant(builtins(), "builtins.__dict__", &mut missing);
            if missing.is_empty() { Ok(()) } else { Err(Missing(missing)) }
        }
    };
}

constants! {
    singletons {
        h_None: _Py_NoneStruct,
        h_True: _Py_TrueStruct,
        h_False: _Py_FalseStruct,
        h_NotImplemented: _Py_NotImplementedStruct,
        h_Ellipsis: _Py_EllipsisObject,
    }
    exceptions {
        h_BaseException: PyExc_BaseException,
        h_Exception: PyExc_Exception,
        h_StopAsyncIteration: PyExc_StopAsyncIteration,
        h_StopIteration: PyExc_StopIteration,
        h_GeneratorExit: PyExc_GeneratorExit,
        h_ArithmeticError: PyExc_ArithmeticError,
        h_LookupError: PyExc_LookupError,
        h_AssertionError: PyExc_AssertionError,
        h_AttributeError: PyExc_AttributeError,
        h_BufferError: PyExc_BufferError,
        h_EOFError: PyExc_EOFError,
        h_FloatingPointError: PyExc_FloatingPointError,
        h_OSError: PyExc_OSError,
        h_ImportError: PyExc_ImportError,
        h_ModuleNotFoundError: PyExc_ModuleNotFoundError,
        h_IndexError: PyExc_IndexError,
        h_KeyError: PyExc_KeyError,
        h_KeyboardInterrupt: PyExc_KeyboardInterrupt,
        h_MemoryError: PyExc_MemoryError,
        h_NameError: PyExc_NameError,
        h_OverflowError: PyExc_OverflowError,
        h_RuntimeError: PyExc_RuntimeError,
        h_RecursionError: PyExc_RecursionError,
        h_NotImplementedError: PyExc_NotImplementedError,
        h_SyntaxError: PyExc_SyntaxError,
        h_IndentationError: PyExc_IndentationError,
        h_TabError: PyExc_TabError,
        h_ReferenceError: PyExc_ReferenceError,
        h_SystemError: PyExc_SystemError,
        h_SystemExit: PyExc_SystemExit,
        h_TypeError: PyExc_TypeError,
        h_UnboundLocalError: PyExc_UnboundLocalError,
        h_UnicodeError: PyExc_UnicodeError,
        h_UnicodeEncodeError: PyExc_UnicodeEncodeError,
        h_UnicodeDecodeError: PyExc_UnicodeDecodeError,
        h_UnicodeTranslateError: PyExc_UnicodeTranslateError,
        h_ValueError: PyExc_ValueError,
        h_ZeroDivisionError: PyExc_ZeroDivisionError,
        h_BlockingIOError: PyExc_BlockingIOError,
        h_BrokenPipeError: PyExc_BrokenPipeError,
        h_ChildProcessError: PyExc_ChildProcessError,
        h_ConnectionError: PyExc_ConnectionError,
        h_ConnectionAbortedError: PyExc_ConnectionAbortedError,
        h_ConnectionRefusedError: PyExc_ConnectionRefusedError,
        h_ConnectionResetError: PyExc_ConnectionResetError,
        h_FileExistsError: PyExc_FileExistsError,
        h_FileNotFoundError: PyExc_FileNotFoundError,
        h_InterruptedError: PyExc_InterruptedError,
        h_IsADirectoryError: PyExc_IsADirectoryError,
        h_NotADirectoryError: PyExc_NotADirectoryError,
        h_PermissionError: PyExc_PermissionError,
        h_ProcessLookupError: PyExc_ProcessLookupError,
        h_TimeoutError: PyExc_TimeoutError,
        h_Warning: PyExc_Warning,
        h_UserWarning: PyExc_UserWarning,
        h_DeprecationWarning: PyExc_DeprecationWarning,
        h_PendingDeprecationWarning: PyExc_PendingDeprecationWarning,
        h_SyntaxWarning: PyExc_SyntaxWarning,
        h_RuntimeWarning: PyExc_RuntimeWarning,
        h_FutureWarning: PyExc_FutureWarning,
        h_ImportWarning: PyExc_ImportWarning,
        h_UnicodeWarning: PyExc_UnicodeWarning,
        h_BytesWarning: PyExc_BytesWarning,
        h_ResourceWarning: PyExc_ResourceWarning,
    }
    types {
        h_BaseObjectType: PyBaseObject_Type,
        h_TypeType: PyType_Type,
        h_BoolType: PyBool_Type,
        h_LongType: PyLong_Type,
        h_FloatType: PyFloat_Type,
        h_UnicodeType: PyUnicode_Type,
        h_TupleType: PyTuple_Type,
        h_ListType: PyList_Type,
        h_ComplexType: PyComplex_Type,
        h_BytesType: PyBytes_Type,
        h_MemoryViewType: PyMemoryView_Type,
        h_SliceType: PySlice_Type,
        h_CapsuleType: PyCapsule_Type,
    }
}

/// The handle of a constant, or its name among the missing.
fn constant(
    object: Option<*mut PyObject>,
    name: &'static str,
    missing: &mut Vec<&'static str>,
) -> HPy {
    match object {
        Some(object) => handle(object),
        None => {
            missing.push(name);
            hpy_sys::HPY_NULL
        }
    }
}

/// A singleton such as None: the object itself is exported, or (GraalPy, whose pointers to it may
/// be tagged) a variable that holds the pointer.
pub(crate) fn singleton(name: &str) -> Option<*mut PyObject> {
    let reference = CString::new(format!("{name}Reference")).ok()?;
    variable(reference.to_str().ok()?).or_else(|| capi::symbol(name).map(<*mut c_void>::cast))
}

/// The object that an exported `PyObject *` variable holds.
pub(crate) fn variable(name: &str) -> Option<*mut PyObject> {
    let variable = capi::symbol(name)?.cast::<*mut PyObject>();
    // SAFETY: the name is that of a variable of this type, set before any module is loaded.
    let object = unsafe { *variable };
    (!object.is_null()).then_some(object)
}

/// The dict of the module `builtins`, kept for good.
fn builtins() -> Option<*mut PyObject> {
    let api = capi();
    // SAFETY: the table is loaded, and the caller of `boot` holds the interpreter's lock.
    unsafe {
        let module = (api.PyImport_ImportModule)(c"builtins".as_ptr());
        if module.is_null() {
            (api.PyErr_Clear)();
            return None;
        }
        let dict = (api.PyObject_GetAttrString)(module, c"__dict__".as_ptr());
        (api.Py_DecRef)(module);
        if dict.is_null() {
            (api.PyErr_Clear)();
            return None;
        }
        Some(dict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_slot_is_left_null() {
        // A context is three words, its constants, and its slots: every word must have been set
        // once the aborting functions and the constants are in.
        // SAFETY: as for the static.
        let mut ctx = unsafe { MaybeUninit::<HPyContext>::zeroed().assume_init() };
        fill_with_aborts(&mut ctx);
        let words = size_of::<HPyContext>() / size_of::<usize>();
        // SAFETY: the context is made of words only.
        let words = unsafe { std::slice::from_raw_parts((&raw const ctx).cast::<usize>(), words) };
        let set = words.iter().filter(|word| **word != 0).count();
        assert_eq!(set, SLOTS.len());
        assert_eq!(
            words.len() - set,
            3 + 83,
            "name, private, version and the constants"
        );
    }

    #[test]
    fn every_slot_is_implemented() {
        // SAFETY: as for the static.
        let mut ctx = unsafe { MaybeUninit::<HPyContext>::zeroed().assume_init() };
        let read = |ctx: &HPyContext, offset: usize| {
            // SAFETY: a slot's offset lies inside of the context, and a slot is a word.
            unsafe { (&raw const *ctx).byte_add(offset).cast::<usize>().read() }
        };
        fill_with_aborts(&mut ctx);
        let functions = || hpy_sys::SLOTS.iter().filter(|slot| slot.is_function);
        let aborting: Vec<usize> = functions().map(|slot| read(&ctx, slot.offset)).collect();
        fill_parts(&mut ctx);
        crate::types::fill(&mut ctx);
        crate::trampoline::fill(&mut ctx);
        let left: Vec<&str> = functions()
            .zip(aborting)
            .filter(|(slot, before)| read(&ctx, slot.offset) == *before)
            .map(|(slot, _)| slot.name)
            .collect();
        assert_eq!(left, Vec::<&str>::new());
    }
}
