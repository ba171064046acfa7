//! HPy definitions the way C code has them: an implementation, a trampoline that goes back through
//! the context, and a struct that names both. HPy's headers make these with C macros; this file does
//! the same for Rust, and uses nothing of hpy-host, so that what works here works for any module.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

use hpy_sys::*;

/// A static that C code reads and writes through a pointer.
#[repr(transparent)]
pub struct Static<T>(UnsafeCell<T>);

// SAFETY: the interpreter reads definitions only, and serialises what it writes (globals).
unsafe impl<T> Sync for Static<T> {}

impl<T> Static<T> {
    /// Wraps the first value.
    pub const fn new(value: T) -> Self {
        Static(UnsafeCell::new(value))
    }

    /// The address.
    pub const fn get(&self) -> *mut T {
        self.0.get()
    }
}

/// What `HPyInitGlobalContext_example` was given: C has one such variable a module.
static CONTEXT: AtomicPtr<HPyContext> = AtomicPtr::new(std::ptr::null_mut());

/// `HPyInitGlobalContext_example`.
pub unsafe extern "C" fn set_context(ctx: *mut HPyContext) {
    CONTEXT.store(ctx, Ordering::Relaxed);
}

/// Where a trampoline goes back to.
///
/// # Safety
/// `packed` is the struct that belongs to the signature, `function` has the signature.
pub unsafe fn call_real_function(
    signature: HPyFunc_Signature,
    function: HPyCFunction,
    packed: *mut c_void,
) {
    let ctx = CONTEXT.load(Ordering::Relaxed);
    // SAFETY: a host has set the context before the interpreter can reach a trampoline; the rest is
    // promised by the caller.
    unsafe {
        let Some(call) = (*ctx).ctx_CallRealFunctionFromTrampoline else {
            std::process::abort()
        };
        call(ctx, signature, function, packed);
    }
}

/// A function pointer as another type of function pointer, as definitions carry them.
pub const fn cast<F: Copy, T: Copy>(function: F) -> T {
    union Both<F: Copy, T: Copy> {
        from: F,
        to: T,
    }
    const { assert!(size_of::<F>() == size_of::<T>()) };
    // SAFETY: function pointers have one representation; who calls the result casts it back to the
    // signature that stands beside it.
    unsafe { Both { from: function }.to }
}

/// The implementation and the trampoline of one signature, as two functions in scope.
macro_rules! functions {
    (@ $signature:ident $packed:ident; $ctx:ident;
     ($($name:ident: $type:ty => $field:ident: $in_c:ty),*) -> $ret:ty => $ret_in_c:ty; $body:block
    ) => {
        #[allow(unused_unsafe, reason = "some bodies call nothing")]
        unsafe extern "C" fn implementation(
            $ctx: *mut hpy_sys::HPyContext, $($name: $type),*
        ) -> $ret {
            // SAFETY: the host passes its own context and live handles; the body keeps HPy's rules.
            unsafe { $body }
        }

        unsafe extern "C" fn trampoline($($field: $in_c),*) -> $ret_in_c {
            // SAFETY: integers and pointers, all zero is a value of each.
            let mut packed = unsafe {
                std::mem::MaybeUninit::<hpy_sys::$packed>::zeroed().assume_init()
            };
            $(packed.$field = $field;)*
            let function: unsafe extern "C" fn(
                *mut hpy_sys::HPyContext, $($type),*
            ) -> $ret = implementation;
            // SAFETY: the struct and the function belong to the signature.
            unsafe {
                $crate::define::call_real_function(
                    hpy_sys::$signature,
                    $crate::define::cast(function),
                    (&raw mut packed).cast(),
                );
            }
            packed.result
        }

        const IMPLEMENTATION: unsafe extern "C" fn(
            *mut hpy_sys::HPyContext, $($type),*
        ) -> $ret = implementation;
        const TRAMPOLINE: unsafe extern "C" fn($($in_c),*) -> $ret_in_c = trampoline;
    };
    (HPyFunc_NOARGS($ctx:ident, $this:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_NOARGS _HPyFunc_args_NOARGS; $ctx;
            ($this: HPy => self_: *mut cpy_PyObject) -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_O($ctx:ident, $this:ident, $argument:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_O _HPyFunc_args_O; $ctx;
            ($this: HPy => self_: *mut cpy_PyObject, $argument: HPy => arg: *mut cpy_PyObject)
            -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_VARARGS($ctx:ident, $this:ident, $arguments:ident, $count:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_VARARGS _HPyFunc_args_VARARGS; $ctx;
            ($this: HPy => self_: *mut cpy_PyObject,
             $arguments: *const HPy => args: *const *mut cpy_PyObject,
             $count: usize => nargs: isize)
            -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_KEYWORDS($ctx:ident, $this:ident, $arguments:ident, $count:ident, $names:ident)
     $body:block) => {
        $crate::define::functions! { @ HPyFunc_KEYWORDS _HPyFunc_args_KEYWORDS; $ctx;
            ($this: HPy => self_: *mut cpy_PyObject,
             $arguments: *const HPy => args: *const *mut cpy_PyObject,
             $count: usize => nargsf: usize,
             $names: HPy => kwnames: *mut cpy_PyObject)
            -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_NEWFUNC($ctx:ident, $kind:ident, $arguments:ident, $count:ident, $keywords:ident)
     $body:block) => {
        $crate::define::functions! { @@ HPyFunc_NEWFUNC _HPyFunc_args_NEWFUNC; $ctx;
            ($kind: HPy, $arguments: *const HPy, $count: isize, $keywords: HPy) -> HPy;
            (self_: *mut cpy_PyObject, args: *mut cpy_PyObject, kw: *mut cpy_PyObject)
            -> *mut cpy_PyObject; $body }
    };
    (HPyFunc_INITPROC($ctx:ident, $this:ident, $arguments:ident, $count:ident, $keywords:ident)
     $body:block) => {
        $crate::define::functions! { @@ HPyFunc_INITPROC _HPyFunc_args_INITPROC; $ctx;
            ($this: HPy, $arguments: *const HPy, $count: isize, $keywords: HPy)
            -> std::ffi::c_int;
            (self_: *mut cpy_PyObject, args: *mut cpy_PyObject, kw: *mut cpy_PyObject)
            -> std::ffi::c_int; $body }
    };
    (HPyFunc_UNARYFUNC($ctx:ident, $this:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_UNARYFUNC _HPyFunc_args_UNARYFUNC; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject) -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_REPRFUNC($ctx:ident, $this:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_REPRFUNC _HPyFunc_args_REPRFUNC; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject) -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_BINARYFUNC($ctx:ident, $a:ident, $b:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_BINARYFUNC _HPyFunc_args_BINARYFUNC; $ctx;
            ($a: HPy => arg0: *mut cpy_PyObject, $b: HPy => arg1: *mut cpy_PyObject)
            -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_TERNARYFUNC($ctx:ident, $a:ident, $b:ident, $c:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_TERNARYFUNC _HPyFunc_args_TERNARYFUNC; $ctx;
            ($a: HPy => arg0: *mut cpy_PyObject, $b: HPy => arg1: *mut cpy_PyObject,
             $c: HPy => arg2: *mut cpy_PyObject)
            -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_INQUIRY($ctx:ident, $this:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_INQUIRY _HPyFunc_args_INQUIRY; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject)
            -> std::ffi::c_int => std::ffi::c_int; $body }
    };
    (HPyFunc_LENFUNC($ctx:ident, $this:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_LENFUNC _HPyFunc_args_LENFUNC; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject) -> isize => isize; $body }
    };
    (HPyFunc_HASHFUNC($ctx:ident, $this:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_HASHFUNC _HPyFunc_args_HASHFUNC; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject) -> isize => isize; $body }
    };
    (HPyFunc_SSIZEARGFUNC($ctx:ident, $this:ident, $index:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_SSIZEARGFUNC _HPyFunc_args_SSIZEARGFUNC; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject, $index: isize => arg1: isize)
            -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_SSIZEOBJARGPROC($ctx:ident, $this:ident, $index:ident, $value:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_SSIZEOBJARGPROC _HPyFunc_args_SSIZEOBJARGPROC; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject, $index: isize => arg1: isize,
             $value: HPy => arg2: *mut cpy_PyObject)
            -> std::ffi::c_int => std::ffi::c_int; $body }
    };
    (HPyFunc_OBJOBJPROC($ctx:ident, $this:ident, $other:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_OBJOBJPROC _HPyFunc_args_OBJOBJPROC; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject, $other: HPy => arg1: *mut cpy_PyObject)
            -> std::ffi::c_int => std::ffi::c_int; $body }
    };
    (HPyFunc_RICHCMPFUNC($ctx:ident, $a:ident, $b:ident, $operator:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_RICHCMPFUNC _HPyFunc_args_RICHCMPFUNC; $ctx;
            ($a: HPy => arg0: *mut cpy_PyObject, $b: HPy => arg1: *mut cpy_PyObject,
             $operator: HPy_RichCmpOp => arg2: HPy_RichCmpOp)
            -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_GETTER($ctx:ident, $this:ident, $closure:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_GETTER _HPyFunc_args_GETTER; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject,
             $closure: *mut std::ffi::c_void => arg1: *mut std::ffi::c_void)
            -> HPy => *mut cpy_PyObject; $body }
    };
    (HPyFunc_SETTER($ctx:ident, $this:ident, $value:ident, $closure:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_SETTER _HPyFunc_args_SETTER; $ctx;
            ($this: HPy => arg0: *mut cpy_PyObject, $value: HPy => arg1: *mut cpy_PyObject,
             $closure: *mut std::ffi::c_void => arg2: *mut std::ffi::c_void)
            -> std::ffi::c_int => std::ffi::c_int; $body }
    };
    (HPyFunc_GETBUFFERPROC($ctx:ident, $this:ident, $view:ident, $flags:ident) $body:block) => {
        $crate::define::functions! { @ HPyFunc_GETBUFFERPROC _HPyFunc_args_GETBUFFERPROC; $ctx;
            ($this: HPy => self_: *mut cpy_PyObject, $view: *mut HPy_buffer => view: *mut cpy_Py_buffer,
             $flags: std::ffi::c_int => flags: std::ffi::c_int)
            -> std::ffi::c_int => std::ffi::c_int; $body }
    };
    // A host unpacks the argument tuple, so the two functions differ in their parameters.
    (@@ $signature:ident $packed:ident; $ctx:ident;
     ($($name:ident: $type:ty),*) -> $ret:ty;
     ($($field:ident: $in_c:ty),*) -> $ret_in_c:ty; $body:block
    ) => {
        #[allow(unused_unsafe, reason = "some bodies call nothing")]
        unsafe extern "C" fn implementation(
            $ctx: *mut hpy_sys::HPyContext, $($name: $type),*
        ) -> $ret {
            // SAFETY: the host passes its own context and live handles; the body keeps HPy's rules.
            unsafe { $body }
        }

        unsafe extern "C" fn trampoline($($field: $in_c),*) -> $ret_in_c {
            // SAFETY: integers and pointers, all zero is a value of each.
            let mut packed = unsafe {
                std::mem::MaybeUninit::<hpy_sys::$packed>::zeroed().assume_init()
            };
            $(packed.$field = $field;)*
            // SAFETY: the struct and the function belong to the signature.
            unsafe {
                $crate::define::call_real_function(
                    hpy_sys::$signature,
                    $crate::define::cast(IMPLEMENTATION),
                    (&raw mut packed).cast(),
                );
            }
            packed.result
        }

        const IMPLEMENTATION: unsafe extern "C" fn(
            *mut hpy_sys::HPyContext, $($type),*
        ) -> $ret = implementation;
        const TRAMPOLINE: unsafe extern "C" fn($($in_c),*) -> $ret_in_c = trampoline;
    };
}
pub(crate) use functions;

/// A method: `NAME: c"name", c"docstring" = HPyFunc_O(ctx, this, argument) { ... }`.
macro_rules! methods {
    ($($static:ident: $name:literal, $doc:literal = $signature:ident($($p:ident),*) $body:block)*) => {$(
        pub static $static: $crate::define::Static<hpy_sys::HPyDef> = {
            $crate::define::functions! { $signature($($p),*) $body }
            $crate::define::Static::new(hpy_sys::HPyDef {
                kind: hpy_sys::HPyDef_Kind_Meth,
                __bindgen_anon_1: hpy_sys::HPyDef_Union {
                    meth: hpy_sys::HPyMeth {
                        name: $name.as_ptr(),
                        impl_: $crate::define::cast(IMPLEMENTATION),
                        cpy_trampoline: $crate::define::cast(TRAMPOLINE),
                        signature: hpy_sys::$signature,
                        doc: $doc.as_ptr(),
                    },
                },
            })
        };
    )*};
}
pub(crate) use methods;

/// A slot: `NAME = HPy_tp_repr: HPyFunc_REPRFUNC(ctx, this) { ... }`.
macro_rules! slots {
    ($($static:ident = $slot:expr, $signature:ident($($p:ident),*) $body:block)*) => {$(
        pub static $static: $crate::define::Static<hpy_sys::HPyDef> = {
            $crate::define::functions! { $signature($($p),*) $body }
            $crate::define::slot_def(
                $slot,
                $crate::define::cast(IMPLEMENTATION),
                $crate::define::cast(TRAMPOLINE),
            )
        };
    )*};
}
pub(crate) use slots;

/// A list of definitions, with the null at its end: `NAME = [A, B];`.
macro_rules! definitions {
    ($static:ident = [$($def:expr),* $(,)?];) => {
        static $static: $crate::define::Static<
            [*mut hpy_sys::HPyDef; [$(stringify!($def)),*].len() + 1]
        > = $crate::define::Static::new([$($def.get(),)* std::ptr::null_mut()]);
    };
}
pub(crate) use definitions;

/// `HPy_tp_traverse` of a type: `NAME = Type [field, field];`. A host frees what the fields hold
/// through it as well.
macro_rules! traverse {
    ($static:ident = $type:ty [$($field:ident),+];) => {
        static $static: $crate::define::Static<hpy_sys::HPyDef> = {
            unsafe extern "C" fn implementation(
                data: *mut std::ffi::c_void,
                visit: hpy_sys::HPyFunc_visitproc,
                argument: *mut std::ffi::c_void,
            ) -> std::ffi::c_int {
                let data = data.cast::<$type>();
                // SAFETY: the host passes the data of an instance, and its own visitor.
                unsafe {
                    $(
                        let stop = hpy_sys::HPy_VISIT(&raw mut (*data).$field, visit, argument);
                        if stop != 0 {
                            return stop;
                        }
                    )+
                }
                0
            }

            unsafe extern "C" fn trampoline(
                this: *mut hpy_sys::cpy_PyObject,
                visit: hpy_sys::cpy_visitproc,
                argument: *mut std::ffi::c_void,
            ) -> std::ffi::c_int {
                let mut packed = hpy_sys::_HPyFunc_args_TRAVERSEPROC {
                    self_: this,
                    visit,
                    arg: argument,
                    result: 0,
                };
                // SAFETY: the struct and the function belong to the signature.
                unsafe {
                    $crate::define::call_real_function(
                        hpy_sys::HPyFunc_TRAVERSEPROC,
                        $crate::define::cast(IMPLEMENTATION),
                        (&raw mut packed).cast(),
                    );
                }
                packed.result
            }

            const IMPLEMENTATION: unsafe extern "C" fn(
                *mut std::ffi::c_void,
                hpy_sys::HPyFunc_visitproc,
                *mut std::ffi::c_void,
            ) -> std::ffi::c_int = implementation;
            const TRAMPOLINE: unsafe extern "C" fn(
                *mut hpy_sys::cpy_PyObject,
                hpy_sys::cpy_visitproc,
                *mut std::ffi::c_void,
            ) -> std::ffi::c_int = trampoline;

            $crate::define::slot_def(
                hpy_sys::HPy_tp_traverse,
                $crate::define::cast(IMPLEMENTATION),
                $crate::define::cast(TRAMPOLINE),
            )
        };
    };
}
pub(crate) use traverse;

/// A slot's definition.
pub const fn slot_def(
    slot: HPySlot_Slot,
    implementation: HPyCFunction,
    trampoline: cpy_PyCFunction,
) -> Static<HPyDef> {
    Static::new(HPyDef {
        kind: HPyDef_Kind_Slot,
        __bindgen_anon_1: HPyDef_Union {
            slot: HPySlot {
                slot,
                impl_: implementation,
                cpy_trampoline: trampoline,
            },
        },
    })
}

/// A member's definition.
pub const fn member(
    name: &'static CStr,
    kind: HPyMember_FieldType,
    offset: usize,
    readonly: bool,
) -> Static<HPyDef> {
    Static::new(HPyDef {
        kind: HPyDef_Kind_Member,
        __bindgen_anon_1: HPyDef_Union {
            member: HPyMember {
                name: name.as_ptr(),
                type_: kind,
                offset: offset as isize,
                readonly: readonly as i32,
                doc: c"A member of the instance data.".as_ptr(),
            },
        },
    })
}

/// The arguments as an array of `N`; `None` with a TypeError set if there are others.
///
/// # Safety
/// The context is live, `arguments` has `count` handles, used no longer than the call.
pub unsafe fn exactly<'a, const N: usize>(
    ctx: *mut HPyContext,
    arguments: *const HPy,
    count: usize,
) -> Option<&'a [HPy; N]> {
    // SAFETY: promised by the caller.
    unsafe {
        if count != N {
            HPyErr_SetString(
                ctx,
                (*ctx).h_TypeError,
                c"wrong number of arguments".as_ptr(),
            );
            return None;
        }
        Some(&*arguments.cast())
    }
}

/// The text of a str; `None` with an exception set.
///
/// # Safety
/// The context and the handle are live, and stay so while the text is used.
pub unsafe fn text<'a>(ctx: *mut HPyContext, h: HPy) -> Option<&'a CStr> {
    // SAFETY: promised by the caller; the interpreter ends the text with a NUL.
    unsafe {
        let text = HPyUnicode_AsUTF8AndSize(ctx, h, std::ptr::null_mut());
        (!text.is_null()).then(|| CStr::from_ptr(text))
    }
}

/// The text of a str, or null for None; the outer `None` with an exception set.
///
/// # Safety
/// As for [`text`].
pub unsafe fn text_or_none(ctx: *mut HPyContext, h: HPy) -> Option<*const c_char> {
    // SAFETY: promised by the caller.
    unsafe {
        if HPy_Is(ctx, h, (*ctx).h_None) != 0 {
            return Some(std::ptr::null());
        }
        text(ctx, h).map(CStr::as_ptr)
    }
}

/// The handle, or null where it is None.
///
/// # Safety
/// The context and the handle are live.
pub unsafe fn or_null(ctx: *mut HPyContext, h: HPy) -> HPy {
    // SAFETY: promised by the caller.
    if unsafe { HPy_Is(ctx, h, (*ctx).h_None) } != 0 {
        HPY_NULL
    } else {
        h
    }
}

/// True or False for a status, null for a negative one (whose exception is set).
///
/// # Safety
/// The context is live.
pub unsafe fn truth(ctx: *mut HPyContext, status: std::ffi::c_int) -> HPy {
    if status < 0 {
        return HPY_NULL;
    }
    // SAFETY: promised by the caller.
    unsafe { HPyBool_FromBool(ctx, status != 0) }
}

/// None for a status, null for a negative one (whose exception is set).
///
/// # Safety
/// The context is live.
pub unsafe fn none(ctx: *mut HPyContext, status: std::ffi::c_int) -> HPy {
    if status < 0 {
        return HPY_NULL;
    }
    // SAFETY: promised by the caller.
    unsafe { HPy_Dup(ctx, (*ctx).h_None) }
}

/// A tuple of what each expression makes, in turn; nothing more is made after one that failed.
macro_rules! tuple {
    ($ctx:expr, $($item:expr),+ $(,)?) => {{
        let mut items = [hpy_sys::HPY_NULL; [$(stringify!($item)),+].len()];
        let mut count = 0;
        let complete = 'all: {
            $(
                items[count] = $item;
                if items[count].is_null() {
                    break 'all false;
                }
                count += 1;
            )+
            true
        };
        $crate::define::tuple_of($ctx, &mut items[..count], complete)
    }};
}
pub(crate) use tuple;

/// A tuple of handles, which are given up; null if they are not complete.
///
/// # Safety
/// The context is live, the handles are the caller's own.
pub unsafe fn tuple_of(ctx: *mut HPyContext, items: &mut [HPy], complete: bool) -> HPy {
    // SAFETY: promised by the caller.
    unsafe {
        let result = if complete {
            HPyTuple_FromArray(ctx, items.as_mut_ptr(), items.len() as isize)
        } else {
            HPY_NULL
        };
        for item in items {
            HPy_Close(ctx, *item);
        }
        result
    }
}
