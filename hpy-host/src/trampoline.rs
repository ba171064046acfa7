//! The way from a module's trampolines back to its functions.
//!
//! The interpreter calls a definition's `cpy_trampoline` with object pointers. HPy's own trampolines
//! pack them into a struct and come back through `ctx_CallRealFunctionFromTrampoline`, which has to
//! know every signature. (Modules made by [`define`](crate::define) bring trampolines that need none
//! of this.)

use std::ffi::c_void;
use std::mem::MaybeUninit;

use hpy_sys::*;

use crate::capi::{PyObject, capi};
use crate::door::{handle, pointer};

pub(crate) fn fill(ctx: &mut HPyContext) {
    ctx.ctx_CallRealFunctionFromTrampoline = Some(call_real_function);
}

/// `PY_VECTORCALL_ARGUMENTS_OFFSET`: a flag in the count of a vectorcall's arguments.
pub(crate) const ARGUMENTS_OFFSET: usize = 1 << (usize::BITS - 1);

/// Dispatches on the signature. `h` marks what crosses as an object, `v` what crosses as it is.
macro_rules! dispatch {
    (
        ($ctx:ident, $signature:ident, $function:ident, $args:ident)
        plain {
            $( $name:ident $struct:ident $type:ident ( $($cross:ident $field:ident),* )
               $(-> $ret:ident)?; )*
        }
        apart { $($other:ident $special:ident;)* }
    ) => {
        match $signature {
            $( $name => {
                // SAFETY: the caller packed the struct that belongs to this signature and passes
                // an implementation of it.
                unsafe {
                    let args = &mut *$args.cast::<$struct>();
                    let real = std::mem::transmute::<HPyCFunction, $type>($function);
                    let Some(real) = real else { return };
                    let _result = real($ctx, $(dispatch!(@in $cross args.$field)),*);
                    $( args.result = dispatch!(@out $ret _result); )?
                }
            } )*
            // SAFETY: as above.
            $( $other => unsafe { $special($ctx, $function, $args.cast()) }, )*
            _ => unknown_signature($signature),
        }
    };
    (@in h $value:expr) => { handle($value) };
    (@in v $value:expr) => { $value };
    (@out h $value:expr) => { pointer($value) };
    (@out v $value:expr) => { $value };
}

/// `ctx_CallRealFunctionFromTrampoline`: `packed` is the argument struct of `signature`.
unsafe extern "C" fn call_real_function(
    ctx: *mut HPyContext,
    signature: HPyFunc_Signature,
    function: HPyCFunction,
    packed: *mut c_void,
) {
    dispatch! {
        (ctx, signature, function, packed)
        plain {
        HPyFunc_NOARGS _HPyFunc_args_NOARGS HPyFunc_noargs (h self_) -> h;
        HPyFunc_O _HPyFunc_args_O HPyFunc_o (h self_, h arg) -> h;
        HPyFunc_UNARYFUNC _HPyFunc_args_UNARYFUNC HPyFunc_unaryfunc (h arg0) -> h;
        HPyFunc_BINARYFUNC _HPyFunc_args_BINARYFUNC HPyFunc_binaryfunc (h arg0, h arg1) -> h;
        HPyFunc_TERNARYFUNC _HPyFunc_args_TERNARYFUNC HPyFunc_ternaryfunc
            (h arg0, h arg1, h arg2) -> h;
        HPyFunc_INQUIRY _HPyFunc_args_INQUIRY HPyFunc_inquiry (h arg0) -> v;
        HPyFunc_LENFUNC _HPyFunc_args_LENFUNC HPyFunc_lenfunc (h arg0) -> v;
        HPyFunc_SSIZEARGFUNC _HPyFunc_args_SSIZEARGFUNC HPyFunc_ssizeargfunc
            (h arg0, v arg1) -> h;
        HPyFunc_SSIZESSIZEARGFUNC _HPyFunc_args_SSIZESSIZEARGFUNC HPyFunc_ssizessizeargfunc
            (h arg0, v arg1, v arg2) -> h;
        HPyFunc_SSIZEOBJARGPROC _HPyFunc_args_SSIZEOBJARGPROC HPyFunc_ssizeobjargproc
            (h arg0, v arg1, h arg2) -> v;
        HPyFunc_SSIZESSIZEOBJARGPROC _HPyFunc_args_SSIZESSIZEOBJARGPROC
            HPyFunc_ssizessizeobjargproc (h arg0, v arg1, v arg2, h arg3) -> v;
        HPyFunc_OBJOBJARGPROC _HPyFunc_args_OBJOBJARGPROC HPyFunc_objobjargproc
            (h arg0, h arg1, h arg2) -> v;
        HPyFunc_FREEFUNC _HPyFunc_args_FREEFUNC HPyFunc_freefunc (v arg0);
        HPyFunc_GETATTRFUNC _HPyFunc_args_GETATTRFUNC HPyFunc_getattrfunc (h arg0, v arg1) -> h;
        HPyFunc_GETATTROFUNC _HPyFunc_args_GETATTROFUNC HPyFunc_getattrofunc
            (h arg0, h arg1) -> h;
        HPyFunc_SETATTRFUNC _HPyFunc_args_SETATTRFUNC HPyFunc_setattrfunc
            (h arg0, v arg1, h arg2) -> v;
        HPyFunc_SETATTROFUNC _HPyFunc_args_SETATTROFUNC HPyFunc_setattrofunc
            (h arg0, h arg1, h arg2) -> v;
        HPyFunc_REPRFUNC _HPyFunc_args_REPRFUNC HPyFunc_reprfunc (h arg0) -> h;
        HPyFunc_HASHFUNC _HPyFunc_args_HASHFUNC HPyFunc_hashfunc (h arg0) -> v;
        HPyFunc_RICHCMPFUNC _HPyFunc_args_RICHCMPFUNC HPyFunc_richcmpfunc
            (h arg0, h arg1, v arg2) -> h;
        HPyFunc_GETITERFUNC _HPyFunc_args_GETITERFUNC HPyFunc_getiterfunc (h arg0) -> h;
        HPyFunc_ITERNEXTFUNC _HPyFunc_args_ITERNEXTFUNC HPyFunc_iternextfunc (h arg0) -> h;
        HPyFunc_DESCRGETFUNC _HPyFunc_args_DESCRGETFUNC HPyFunc_descrgetfunc
            (h arg0, h arg1, h arg2) -> h;
        HPyFunc_DESCRSETFUNC _HPyFunc_args_DESCRSETFUNC HPyFunc_descrsetfunc
            (h arg0, h arg1, h arg2) -> v;
        HPyFunc_GETTER _HPyFunc_args_GETTER HPyFunc_getter (h arg0, v arg1) -> h;
        HPyFunc_SETTER _HPyFunc_args_SETTER HPyFunc_setter (h arg0, h arg1, v arg2) -> v;
        HPyFunc_OBJOBJPROC _HPyFunc_args_OBJOBJPROC HPyFunc_objobjproc (h arg0, h arg1) -> v;
        HPyFunc_DESTRUCTOR _HPyFunc_args_DESTRUCTOR HPyFunc_destructor (h arg0);
        HPyFunc_MOD_CREATE _HPyFunc_args_MOD_CREATE HPyFunc_mod_create (h spec) -> h;
        }
        apart {
            HPyFunc_VARARGS varargs;
            HPyFunc_KEYWORDS keywords;
            HPyFunc_INITPROC init;
            HPyFunc_NEWFUNC new;
            HPyFunc_GETBUFFERPROC get_buffer;
            HPyFunc_RELEASEBUFFERPROC release_buffer;
            HPyFunc_TRAVERSEPROC traverse;
            HPyFunc_CAPSULE_DESTRUCTOR capsule_destructor;
        }
    }
}

#[cold]
fn unknown_signature(signature: HPyFunc_Signature) {
    eprintln!("fatal: this HPy host knows no function signature {signature}");
    std::process::abort()
}

/// The function with its real type.
///
/// # Safety
/// `T` is the `HPyFunc_*` type of the signature that the function has.
unsafe fn real<T>(function: HPyCFunction) -> T {
    const { assert!(size_of::<T>() == size_of::<HPyCFunction>()) };
    // SAFETY: optional function pointers have one representation; the type is the caller's promise.
    unsafe { std::mem::transmute_copy(&function) }
}

unsafe fn varargs(ctx: *mut HPyContext, function: HPyCFunction, args: *mut _HPyFunc_args_VARARGS) {
    // SAFETY: the signature is this one. Handles are object pointers, so their arrays are the same.
    unsafe {
        let args = &mut *args;
        let Some(function) = real::<HPyFunc_varargs>(function) else {
            return;
        };
        let count = args.nargs as usize;
        args.result = pointer(function(ctx, handle(args.self_), args.args.cast(), count));
    }
}

unsafe fn keywords(
    ctx: *mut HPyContext,
    function: HPyCFunction,
    args: *mut _HPyFunc_args_KEYWORDS,
) {
    // SAFETY: as in `varargs`.
    unsafe {
        let args = &mut *args;
        let Some(function) = real::<HPyFunc_keywords>(function) else {
            return;
        };
        let count = args.nargsf & !ARGUMENTS_OFFSET;
        let names = handle(args.kwnames);
        args.result = pointer(function(
            ctx,
            handle(args.self_),
            args.args.cast(),
            count,
            names,
        ));
    }
}

unsafe fn init(ctx: *mut HPyContext, function: HPyCFunction, args: *mut _HPyFunc_args_INITPROC) {
    // SAFETY: the signature is this one; the interpreter passes a tuple or null.
    unsafe {
        let args = &mut *args;
        let Some(function) = real::<HPyFunc_initproc>(function) else {
            return;
        };
        args.result = match Items::of(args.args) {
            Some(items) => {
                let (first, count) = (items.as_ptr(), items.len() as isize);
                function(ctx, handle(args.self_), first, count, handle(args.kw))
            }
            None => -1,
        };
    }
}

unsafe fn new(ctx: *mut HPyContext, function: HPyCFunction, args: *mut _HPyFunc_args_NEWFUNC) {
    // SAFETY: as in `init`.
    unsafe {
        let args = &mut *args;
        let Some(function) = real::<HPyFunc_newfunc>(function) else {
            return;
        };
        args.result = match Items::of(args.args) {
            Some(items) => {
                let (first, count) = (items.as_ptr(), items.len() as isize);
                pointer(function(
                    ctx,
                    handle(args.self_),
                    first,
                    count,
                    handle(args.kw),
                ))
            }
            None => std::ptr::null_mut(),
        };
    }
}

unsafe fn get_buffer(
    ctx: *mut HPyContext,
    function: HPyCFunction,
    args: *mut _HPyFunc_args_GETBUFFERPROC,
) {
    // The fields that HPy names come first in every interpreter's `Py_buffer`, in the same order:
    // see `buffer`. Whatever an interpreter keeps behind them is left alone.
    // SAFETY: the signature is this one; the interpreter passes a struct to be filled. A stale
    // `obj` must not look like a reference if the function fails.
    unsafe {
        let args = &mut *args;
        let view = args.view.cast::<HPy_buffer>();
        let Some(function) = real::<HPyFunc_getbufferproc>(function) else {
            return;
        };
        (*view).obj = HPY_NULL;
        args.result = function(ctx, handle(args.self_), view, args.flags);
        if args.result < 0 {
            (*view).obj = HPY_NULL;
        }
    }
}

unsafe fn release_buffer(
    ctx: *mut HPyContext,
    function: HPyCFunction,
    args: *mut _HPyFunc_args_RELEASEBUFFERPROC,
) {
    // SAFETY: as in `get_buffer`. The interpreter gives the reference `obj` back itself.
    unsafe {
        let args = &mut *args;
        let Some(function) = real::<HPyFunc_releasebufferproc>(function) else {
            return;
        };
        function(ctx, handle(args.self_), args.view.cast());
    }
}

/// Reached only if a module calls its own trampoline: for types that this host makes, the slot
/// holds the host's own function.
unsafe fn traverse(
    _ctx: *mut HPyContext,
    function: HPyCFunction,
    args: *mut _HPyFunc_args_TRAVERSEPROC,
) {
    // SAFETY: the signature is this one, `self` an instance of a type that this host made.
    unsafe {
        let args = &mut *args;
        let Some(visit) = args.visit else { return };
        let Some(function) = real::<HPyFunc_traverseproc>(function) else {
            return;
        };
        let data = crate::types::data(args.self_);
        args.result = crate::dealloc::visit_fields(function, data, visit, args.arg);
    }
}

/// A capsule's destructor gets the capsule itself instead of a struct.
unsafe fn capsule_destructor(
    _ctx: *mut HPyContext,
    function: HPyCFunction,
    capsule: *mut PyObject,
) {
    let api = capi();
    // SAFETY: the signature is this one; the interpreter frees a valid capsule and holds its lock.
    unsafe {
        let Some(function) = real::<HPyFunc_Capsule_Destructor>(function) else {
            return;
        };
        let name = (api.PyCapsule_GetName)(capsule);
        let address = (api.PyCapsule_GetPointer)(capsule, name);
        let context = (api.PyCapsule_GetContext)(capsule);
        function(name, address, context);
    }
}

/// How many items are kept without an allocation.
const INLINE: usize = 8;

/// The items of an argument tuple, as the array of handles that HPy functions take. Borrowed: the
/// tuple keeps them.
pub struct Items {
    inline: [MaybeUninit<HPy>; INLINE],
    heap: Vec<HPy>,
    count: usize,
}

impl Items {
    /// Copies the handles out of a tuple; null counts as empty. `None`: an exception is set.
    ///
    /// # Safety
    /// The C API is loaded, the interpreter's lock held, `tuple` null or live. The items must not
    /// be used after the tuple is gone.
    pub unsafe fn of(tuple: *mut PyObject) -> Option<Items> {
        let mut items = Items {
            inline: [MaybeUninit::uninit(); INLINE],
            heap: Vec::new(),
            count: 0,
        };
        if tuple.is_null() {
            return Some(items);
        }
        let api = capi();
        // SAFETY: promised by the caller; each index is below the tuple's size.
        unsafe {
            let count = usize::try_from((api.PyTuple_Size)(tuple)).ok()?;
            if count > INLINE {
                items.heap.reserve_exact(count);
            }
            for index in 0..count {
                let item = (api.PyTuple_GetItem)(tuple, index as isize);
                if item.is_null() {
                    return None;
                }
                if count > INLINE {
                    items.heap.push(handle(item));
                } else {
                    items.inline[index].write(handle(item));
                }
            }
            items.count = count;
        }
        Some(items)
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first of the handles.
    pub fn as_ptr(&self) -> *const HPy {
        if self.count > INLINE {
            self.heap.as_ptr()
        } else {
            self.inline.as_ptr().cast()
        }
    }
}
