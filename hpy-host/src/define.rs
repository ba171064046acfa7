//! Makes HPy definitions out of Rust functions.
//!
//! Each signature of HPy is a module here with a trait of one function. A type that implements the
//! trait is compiled into three C functions: the HPy implementation (any host), the HPy trampoline
//! (a host on CPython calls it with object pointers; it goes back through the context), and the
//! direct one (the own host: object pointers in, no context on the way, nothing looked up). The
//! [`bind`](crate::bind) macro spells such a type for a function.
//!
//! A panic inside a binding function becomes a RuntimeError; it never crosses into the interpreter.

use std::any::Any;
use std::ffi::{CStr, CString, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use hpy_sys::*;

use crate::door::{CPYTHON_HEADER_BYTES, Door, Native, Own, OwnHost};

use crate::interpreter;

/// The door of the slow ways under the own host.
const OWN: Own = OwnHost::<false>;

/// Which trampolines the definitions of a module carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trampolines {
    /// HPy's: they work under any host.
    Hpy,
    /// Straight into the function: for the own host only.
    Direct,
    /// The same, compiled for CPython with its lock.
    DirectCPython,
}

impl Trampolines {
    /// Those that the own host should get on this interpreter. A module's `PyInit_<name>` asks,
    /// with the interpreter's lock held.
    pub fn own() -> Self {
        match interpreter::detect() {
            Ok(found)
                if found.kind == interpreter::Kind::CPython
                    && !found.free_threaded
                    && found.header_bytes == CPYTHON_HEADER_BYTES =>
            {
                Trampolines::DirectCPython
            }
            // What is wrong with an unsupported one, `init_module` says.
            _ => Trampolines::Direct,
        }
    }
}

/// A built-in exception type that a binding function raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Python's")]
pub enum Exception {
    AttributeError,
    BlockingIOError,
    BufferError,
    ImportError,
    IndexError,
    MemoryError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
}

/// Why a binding function failed.
#[derive(Debug)]
pub enum Error {
    /// The interpreter holds the exception already.
    Raised,
    /// To be raised on the way out.
    New(Exception, String),
    /// A MemoryError without words: making some would take memory.
    NoMemory,
}

/// What a binding function gives back.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A TypeError.
    #[cold]
    pub fn type_error(message: impl Into<String>) -> Self {
        Error::New(Exception::TypeError, message.into())
    }

    /// A ValueError.
    #[cold]
    pub fn value_error(message: impl Into<String>) -> Self {
        Error::New(Exception::ValueError, message.into())
    }

    /// Sets the exception in the interpreter.
    #[cold]
    pub fn raise<D: Door>(self, door: D) {
        let ctx = door.ctx();
        let (exception, message) = match self {
            Error::Raised => return,
            Error::NoMemory => {
                // SAFETY: the context is live during the call.
                unsafe { HPyErr_NoMemory(ctx) };
                return;
            }
            Error::New(exception, message) => (exception, message),
        };
        let message = CString::new(message.replace('\0', "\\0")).unwrap_or_default();
        // SAFETY: the context is live during the call, the message is NUL-terminated.
        unsafe {
            let kind = match exception {
                Exception::AttributeError => (*ctx).h_AttributeError,
                Exception::BlockingIOError => (*ctx).h_BlockingIOError,
                Exception::BufferError => (*ctx).h_BufferError,
                Exception::ImportError => (*ctx).h_ImportError,
                Exception::IndexError => (*ctx).h_IndexError,
                Exception::MemoryError => (*ctx).h_MemoryError,
                Exception::OverflowError => (*ctx).h_OverflowError,
                Exception::RuntimeError => (*ctx).h_RuntimeError,
                Exception::TypeError => (*ctx).h_TypeError,
                Exception::ValueError => (*ctx).h_ValueError,
            };
            HPyErr_SetString(ctx, kind, message.as_ptr());
        }
    }
}

/// The handle if it is one; the exception that is set where it is null.
#[inline(always)]
pub fn checked(h: HPy) -> Result<HPy> {
    if h.is_null() {
        Err(Error::Raised)
    } else {
        Ok(h)
    }
}

/// The status if it tells of success; the exception that is set where it is negative.
#[inline(always)]
pub fn checked_status(status: c_int) -> Result<c_int> {
    if status < 0 {
        Err(Error::Raised)
    } else {
        Ok(status)
    }
}

/// A type that crosses the boundary: how it looks in the C API, and what tells of failure.
pub trait Abi: Copy {
    /// The same value in a C-API signature: of the same size and class.
    type C: Copy;
    /// Returned when an exception is set.
    const FAILURE: Self;
    /// From the C API's form.
    fn from_c(c: Self::C) -> Self;
    /// To the C API's form.
    fn into_c(self) -> Self::C;
}

impl Abi for HPy {
    type C = *mut cpy_PyObject;
    const FAILURE: Self = HPY_NULL;
    #[inline(always)]
    fn from_c(c: Self::C) -> Self {
        crate::door::handle(c)
    }
    #[inline(always)]
    fn into_c(self) -> Self::C {
        crate::door::pointer(self)
    }
}

macro_rules! same_in_c {
    ($($type:ty = $failure:expr),* $(,)?) => {$(
        impl Abi for $type {
            type C = $type;
            const FAILURE: Self = $failure;
            #[inline(always)]
            fn from_c(c: Self::C) -> Self { c }
            #[inline(always)]
            fn into_c(self) -> Self::C { self }
        }
    )*};
}
same_in_c!(isize = -1, c_int = -1, u32 = 0, usize = 0, *mut c_void = ptr::null_mut());

impl Abi for *const HPy {
    type C = *const *mut cpy_PyObject;
    const FAILURE: Self = ptr::null();
    #[inline(always)]
    fn from_c(c: Self::C) -> Self {
        c.cast()
    }
    #[inline(always)]
    fn into_c(self) -> Self::C {
        self.cast()
    }
}

/// The context that HPy trampolines go back through: what the host handed to
/// `HPyInitGlobalContext_<module>`.
static GLOBAL: AtomicPtr<HPyContext> = AtomicPtr::new(ptr::null_mut());

/// Remembers the context for the HPy trampolines. A module's `HPyInitGlobalContext_<name>` is this.
///
/// # Safety
/// A host calls it with its context, which lives as long as the process.
pub unsafe extern "C" fn set_global_context(ctx: *mut HPyContext) {
    GLOBAL.store(ctx, Ordering::Relaxed);
}

#[inline(always)]
fn global() -> *mut HPyContext {
    GLOBAL.load(Ordering::Relaxed)
}

/// Runs a binding function: its error is raised, its panic caught.
#[inline(always)]
pub fn guarded<D: Door, R: Abi>(door: D, body: impl FnOnce() -> Result<R>) -> R {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => {
            error.raise(door);
            R::FAILURE
        }
        Err(panic) => {
            panicked(door, panic);
            R::FAILURE
        }
    }
}

#[cold]
#[inline(never)]
fn panicked<D: Door>(door: D, panic: Box<dyn Any + Send>) {
    let what = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown");
    Error::New(
        Exception::RuntimeError,
        format!("internal error (please report it): {what}"),
    )
    .raise(door);
}

/// One signature: the trait that a function of it implements, and the C functions made of it.
macro_rules! signature {
    (
        $(#[$doc:meta])*
        $module:ident $function:ident $signature:ident $args:ident
        ($($field:ident : $type:ty),*) -> $ret:ty
    ) => {
        $(#[$doc])*
        pub mod $module {
            use super::*;

            /// A function of this signature.
            pub trait Function {
                /// Tried first and without a net: must not panic. `None` leaves it to `call`.
                #[inline(always)]
                #[allow(unused_variables, reason = "most functions have no quick way")]
                fn quick<D: Door>(door: D, $($field: $type),*) -> Option<$ret> {
                    None
                }
                /// Whether there is a `second`.
                const HAS_SECOND: bool = false;
                /// Tried where `quick` declined, out of its line so that it costs that nothing. Must not panic
                /// either. `None` leaves it to `call`.
                #[inline(always)]
                #[allow(unused_variables, reason = "most functions have one quick way at most")]
                fn second<D: Door>(door: D, $($field: $type),*) -> Option<$ret> {
                    None
                }
                /// The function.
                fn call<D: Door>(door: D, $($field: $type),*) -> Result<$ret>;
            }

            unsafe extern "C" fn implementation<F: Function>(
                ctx: *mut HPyContext, $($field: $type),*
            ) -> $ret {
                let door = Native(ctx);
                if let Some(value) = F::quick(door, $($field),*) {
                    return value;
                }
                if let Some(value) = F::second(door, $($field),*) {
                    return value;
                }
                guarded(door, || F::call(door, $($field),*))
            }

            unsafe extern "C" fn direct<F: Function, const CPYTHON: bool>(
                $($field: <$type as Abi>::C),*
            ) -> <$ret as Abi>::C {
                $(let $field = <$type as Abi>::from_c($field);)*
                if let Some(value) = F::quick(OwnHost::<CPYTHON>, $($field),*) {
                    return value.into_c();
                }
                if F::HAS_SECOND {
                    second::<F, CPYTHON>($($field),*).into_c()
                } else {
                    slow::<F>($($field),*).into_c()
                }
            }

            #[inline(never)]
            extern "C" fn second<F: Function, const CPYTHON: bool>($($field: $type),*) -> $ret {
                match F::second(OwnHost::<CPYTHON>, $($field),*) {
                    Some(value) => value,
                    None => slow::<F>($($field),*),
                }
            }

            /// Apart, so that the quick way keeps its registers; and of C's convention, which
            /// can't unwind, so that the quick way needs no frame and ends in jumps.
            #[inline(never)]
            extern "C" fn slow<F: Function>($($field: $type),*) -> $ret {
                guarded(OWN, || F::call(OWN, $($field),*))
            }

            unsafe extern "C" fn through_context<F: Function>(
                $($field: <$type as Abi>::C),*
            ) -> <$ret as Abi>::C {
                // The struct's fields stand in the order of the parameters, the result last.
                let mut packed = Packed { $($field,)* result: <$ret as Abi>::FAILURE.into_c() };
                // SAFETY: `Packed` is laid out as the struct that belongs to the signature.
                unsafe {
                    call_back($signature, implementation::<F> as *const (), &raw mut packed);
                }
                packed.result
            }

            #[repr(C)]
            struct Packed {
                $($field: <$type as Abi>::C,)*
                result: <$ret as Abi>::C,
            }
            // The host knows this struct by HPy's own name for it.
            const _: () = assert!(size_of::<Packed>() == size_of::<$args>());

            /// The implementation and the trampoline for a definition.
            pub fn functions<F: Function>(trampolines: Trampolines) -> Functions {
                Functions {
                    signature: $signature,
                    implementation: as_function(implementation::<F> as *const ()),
                    trampoline: as_function(match trampolines {
                        Trampolines::Hpy => through_context::<F> as *const (),
                        Trampolines::Direct => direct::<F, false> as *const (),
                        Trampolines::DirectCPython => direct::<F, true> as *const (),
                    }),
                }
            }
        }
    };
}

type CFunction = unsafe extern "C" fn() -> *mut c_void;

/// A C function of any signature, as HPy's definitions carry it.
fn as_function(function: *const ()) -> CFunction {
    // SAFETY: all function pointers have one representation; whoever calls this one casts it back
    // to the signature that stands beside it in the definition.
    unsafe { std::mem::transmute::<*const (), CFunction>(function) }
}

/// The two C functions of a definition, and their signature.
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    signature: HPyFunc_Signature,
    implementation: CFunction,
    trampoline: CFunction,
}

signature! {
    /// A method without arguments.
    noargs Function HPyFunc_NOARGS _HPyFunc_args_NOARGS (this: HPy) -> HPy
}
signature! {
    /// A method of one argument.
    o Function HPyFunc_O _HPyFunc_args_O (this: HPy, argument: HPy) -> HPy
}
signature! {
    /// A method of positional and keyword arguments: the values of the keywords follow the
    /// positional ones, `names` is null or a tuple of their names.
    keywords Function HPyFunc_KEYWORDS _HPyFunc_args_KEYWORDS
    (this: HPy, arguments: *const HPy, count: usize, names: HPy) -> HPy
}
signature! {
    /// A slot of one operand.
    unary Function HPyFunc_UNARYFUNC _HPyFunc_args_UNARYFUNC (this: HPy) -> HPy
}
signature! {
    /// A slot of two operands.
    binary Function HPyFunc_BINARYFUNC _HPyFunc_args_BINARYFUNC (this: HPy, other: HPy) -> HPy
}
signature! {
    /// A length.
    length Function HPyFunc_LENFUNC _HPyFunc_args_LENFUNC (this: HPy) -> isize
}
signature! {
    /// An item by position; a negative one comes with the length added.
    item Function HPyFunc_SSIZEARGFUNC _HPyFunc_args_SSIZEARGFUNC (this: HPy, index: isize) -> HPy
}
signature! {
    /// Item assignment; a null value asks for deletion.
    assign Function HPyFunc_OBJOBJARGPROC _HPyFunc_args_OBJOBJARGPROC
    (this: HPy, key: HPy, value: HPy) -> c_int
}
signature! {
    /// An attribute's getter.
    getter Function HPyFunc_GETTER _HPyFunc_args_GETTER (this: HPy, closure: *mut c_void) -> HPy
}

signature! {
    /// An attribute's setter; a null value asks for deletion.
    setter Function HPyFunc_SETTER _HPyFunc_args_SETTER
    (this: HPy, value: HPy, closure: *mut c_void) -> c_int
}
signature! {
    /// A question to an object; `HPy_mod_exec` is one.
    inquiry Function HPyFunc_INQUIRY _HPyFunc_args_INQUIRY (this: HPy) -> c_int
}

/// `tp_new`. Not made by `signature!`: a C-API `tp_new` gets a tuple, HPy's an array.
pub mod new {
    use super::*;

    /// A function of this signature.
    pub trait Function {
        /// Makes an instance of `class`; `names` is null or a dict of the keyword arguments.
        fn call<D: Door>(
            door: D,
            class: HPy,
            arguments: *const HPy,
            count: isize,
            names: HPy,
        ) -> Result<HPy>;
    }

    unsafe extern "C" fn implementation<F: Function>(
        ctx: *mut HPyContext,
        class: HPy,
        arguments: *const HPy,
        count: isize,
        names: HPy,
    ) -> HPy {
        // The host unpacked the tuple, so all goes through a context; which door it is decides how
        // the function reaches instance data.
        if ctx == crate::context::own() {
            guarded(OWN, || F::call(OWN, class, arguments, count, names))
        } else {
            guarded(Native(ctx), || {
                F::call(Native(ctx), class, arguments, count, names)
            })
        }
    }

    unsafe extern "C" fn through_context<F: Function>(
        class: *mut cpy_PyObject,
        arguments: *mut cpy_PyObject,
        names: *mut cpy_PyObject,
    ) -> *mut cpy_PyObject {
        let mut packed = _HPyFunc_args_NEWFUNC {
            self_: class,
            args: arguments,
            kw: names,
            result: ptr::null_mut(),
        };
        // SAFETY: the host reads the struct that belongs to this signature.
        unsafe {
            call_back(
                HPyFunc_NEWFUNC,
                implementation::<F> as *const (),
                &raw mut packed,
            );
        }
        packed.result
    }

    /// The implementation and the trampoline for a definition.
    pub fn functions<F: Function>(_: Trampolines) -> Functions {
        Functions {
            signature: HPyFunc_NEWFUNC,
            implementation: as_function(implementation::<F> as *const ()),
            trampoline: as_function(through_context::<F> as *const ()),
        }
    }
}

/// `bf_getbuffer`. Not made by `signature!`: the host translates between two buffer structs.
pub mod get_buffer {
    use super::*;

    /// A function of this signature.
    pub trait Function {
        /// Fills the view, `obj` included (a new handle); the view comes in zeroed or stale.
        fn call<D: Door>(door: D, this: HPy, view: &mut HPy_buffer, flags: c_int) -> Result<c_int>;
    }

    unsafe extern "C" fn implementation<F: Function>(
        ctx: *mut HPyContext,
        this: HPy,
        view: *mut HPy_buffer,
        flags: c_int,
    ) -> c_int {
        // SAFETY: the host passes a struct to be filled, used by nobody else during the call.
        let view = unsafe { &mut *view };
        if ctx == crate::context::own() {
            guarded(OWN, || F::call(OWN, this, view, flags))
        } else {
            guarded(Native(ctx), || F::call(Native(ctx), this, view, flags))
        }
    }

    unsafe extern "C" fn through_context<F: Function>(
        this: *mut cpy_PyObject,
        view: *mut cpy_Py_buffer,
        flags: c_int,
    ) -> c_int {
        let mut packed = _HPyFunc_args_GETBUFFERPROC {
            self_: this,
            view,
            flags,
            result: -1,
        };
        // SAFETY: the host reads the struct that belongs to this signature.
        unsafe {
            call_back(
                HPyFunc_GETBUFFERPROC,
                implementation::<F> as *const (),
                &raw mut packed,
            );
        }
        packed.result
    }

    /// The implementation and the trampoline for a definition.
    pub fn functions<F: Function>(_: Trampolines) -> Functions {
        Functions {
            signature: HPyFunc_GETBUFFERPROC,
            implementation: as_function(implementation::<F> as *const ()),
            trampoline: as_function(through_context::<F> as *const ()),
        }
    }
}

/// Calls an implementation through the context that the host gave the trampolines.
///
/// # Safety
/// `packed` is the argument struct of `signature`, `function` an implementation of it.
unsafe fn call_back<P>(signature: HPyFunc_Signature, function: *const (), packed: *mut P) {
    // SAFETY: promised by the caller; the host set the context before it called any trampoline.
    unsafe {
        _HPy_CallRealFunctionFromTrampoline(
            global(),
            signature,
            Some(as_function(function)),
            packed.cast(),
        );
    }
}

/// The C functions of a Rust function, for [`method`], [`slot`] and [`attribute`]: the module of
/// the signature, the function, and, where there are any, its quick way and a second one behind that.
///
/// ```ignore
/// method(c"append", bind!(trampolines, o: append, append_quick), c"append($self, value, /)")
/// ```
#[macro_export]
macro_rules! bind {
    (@functions $trampolines:expr, $signature:ident, $function:path, $quick:path, $second:path,
     ($($name:ident : $type:ty),*) -> $ret:ty) => {{
        struct Bound;
        impl $crate::define::$signature::Function for Bound {
            const HAS_SECOND: bool = true;
            #[inline(always)]
            fn quick<D: $crate::door::Door>(door: D, $($name: $type),*) -> Option<$ret> {
                $quick(door, $($name),*)
            }
            #[inline(always)]
            fn second<D: $crate::door::Door>(door: D, $($name: $type),*) -> Option<$ret> {
                $second(door, $($name),*)
            }
            fn call<D: $crate::door::Door>(door: D, $($name: $type),*)
                -> $crate::define::Result<$ret>
            {
                $function(door, $($name),*)
            }
        }
        $crate::define::$signature::functions::<Bound>($trampolines)
    }};
    (@functions $trampolines:expr, $signature:ident, $function:path, $quick:path,
     ($($name:ident : $type:ty),*) -> $ret:ty) => {{
        struct Bound;
        impl $crate::define::$signature::Function for Bound {
            #[inline(always)]
            fn quick<D: $crate::door::Door>(door: D, $($name: $type),*) -> Option<$ret> {
                $quick(door, $($name),*)
            }
            fn call<D: $crate::door::Door>(door: D, $($name: $type),*)
                -> $crate::define::Result<$ret>
            {
                $function(door, $($name),*)
            }
        }
        $crate::define::$signature::functions::<Bound>($trampolines)
    }};
    (@functions $trampolines:expr, $signature:ident, $function:path,
     ($($name:ident : $type:ty),*) -> $ret:ty) => {{
        struct Bound;
        impl $crate::define::$signature::Function for Bound {
            fn call<D: $crate::door::Door>(door: D, $($name: $type),*)
                -> $crate::define::Result<$ret>
            {
                $function(door, $($name),*)
            }
        }
        $crate::define::$signature::functions::<Bound>($trampolines)
    }};
    ($t:expr, noargs: $($f:path),+) => {
        $crate::bind!(@functions $t, noargs, $($f),+, (this: hpy_sys::HPy) -> hpy_sys::HPy)
    };
    ($t:expr, o: $($f:path),+) => {
        $crate::bind!(@functions $t, o, $($f),+,
            (this: hpy_sys::HPy, argument: hpy_sys::HPy) -> hpy_sys::HPy)
    };
    ($t:expr, keywords: $($f:path),+) => {
        $crate::bind!(@functions $t, keywords, $($f),+,
            (this: hpy_sys::HPy, arguments: *const hpy_sys::HPy, count: usize,
             names: hpy_sys::HPy) -> hpy_sys::HPy)
    };
    ($t:expr, unary: $($f:path),+) => {
        $crate::bind!(@functions $t, unary, $($f),+, (this: hpy_sys::HPy) -> hpy_sys::HPy)
    };
    ($t:expr, binary: $($f:path),+) => {
        $crate::bind!(@functions $t, binary, $($f),+,
            (this: hpy_sys::HPy, other: hpy_sys::HPy) -> hpy_sys::HPy)
    };
    ($t:expr, length: $($f:path),+) => {
        $crate::bind!(@functions $t, length, $($f),+, (this: hpy_sys::HPy) -> isize)
    };
    ($t:expr, item: $($f:path),+) => {
        $crate::bind!(@functions $t, item, $($f),+,
            (this: hpy_sys::HPy, index: isize) -> hpy_sys::HPy)
    };
    ($t:expr, assign: $($f:path),+) => {
        $crate::bind!(@functions $t, assign, $($f),+,
            (this: hpy_sys::HPy, key: hpy_sys::HPy, value: hpy_sys::HPy) -> std::ffi::c_int)
    };
    ($t:expr, getter: $($f:path),+) => {
        $crate::bind!(@functions $t, getter, $($f),+,
            (this: hpy_sys::HPy, closure: *mut std::ffi::c_void) -> hpy_sys::HPy)
    };
    ($t:expr, inquiry: $($f:path),+) => {
        $crate::bind!(@functions $t, inquiry, $($f),+, (this: hpy_sys::HPy) -> std::ffi::c_int)
    };
    ($t:expr, new: $f:path) => {
        $crate::bind!(@functions $t, new, $f,
            (class: hpy_sys::HPy, arguments: *const hpy_sys::HPy, count: isize,
             names: hpy_sys::HPy) -> hpy_sys::HPy)
    };
    ($t:expr, get_buffer: $f:path) => {
        $crate::bind!(@functions $t, get_buffer, $f,
            (this: hpy_sys::HPy, view: &mut hpy_sys::HPy_buffer, flags: std::ffi::c_int)
                -> std::ffi::c_int)
    };
}

/// A definition of a method.
pub fn method(name: &'static CStr, functions: Functions, doc: &'static CStr) -> HPyDef {
    HPyDef {
        kind: HPyDef_Kind_Meth,
        __bindgen_anon_1: HPyDef_Union {
            meth: HPyMeth {
                name: name.as_ptr(),
                impl_: Some(functions.implementation),
                cpy_trampoline: cpy_function(functions.trampoline),
                signature: functions.signature,
                doc: doc.as_ptr(),
            },
        },
    }
}

/// A definition of a slot.
pub fn slot(slot: HPySlot_Slot, functions: Functions) -> HPyDef {
    slot_with(
        slot,
        functions.implementation,
        cpy_function(functions.trampoline),
    )
}

fn slot_with(slot: HPySlot_Slot, function: CFunction, trampoline: cpy_PyCFunction) -> HPyDef {
    HPyDef {
        kind: HPyDef_Kind_Slot,
        __bindgen_anon_1: HPyDef_Union {
            slot: HPySlot {
                slot,
                impl_: Some(function),
                cpy_trampoline: trampoline,
            },
        },
    }
}

/// A definition of a read-only attribute.
///
/// It has a setter, which refuses: where there is none, PyPy's HPy ends the process when somebody
/// assigns to the attribute. That same HPy does not look at what a setter returns, so that an
/// exception would come up in some later call: there the assignment is ignored.
pub fn attribute(name: &'static CStr, functions: Functions, doc: &'static CStr) -> HPyDef {
    struct ReadOnly;
    impl setter::Function for ReadOnly {
        fn call<D: Door>(door: D, _: HPy, _: HPy, closure: *mut c_void) -> Result<c_int> {
            let foreign = door.ctx() != crate::context::own();
            if foreign && interpreter::get().kind == interpreter::Kind::PyPy {
                return Ok(0);
            }
            // SAFETY: the closure of such an attribute is its name, which is static.
            let name = unsafe { CStr::from_ptr(closure.cast()) };
            let message = format!("attribute {:?} is read-only", name.to_string_lossy());
            Err(Error::New(
                Exception::AttributeError,
                message.replace('"', "'"),
            ))
        }
    }
    let refusal = setter::functions::<ReadOnly>(Trampolines::Hpy);
    HPyDef {
        kind: HPyDef_Kind_GetSet,
        __bindgen_anon_1: HPyDef_Union {
            getset: HPyGetSet {
                name: name.as_ptr(),
                getter_impl: Some(functions.implementation),
                setter_impl: Some(refusal.implementation),
                // SAFETY: `functions` is a getter's, so the trampoline has the getter's signature.
                getter_cpy_trampoline: unsafe {
                    std::mem::transmute::<CFunction, cpy_getter>(functions.trampoline)
                },
                // SAFETY: `refusal` is a setter's.
                setter_cpy_trampoline: unsafe {
                    std::mem::transmute::<CFunction, cpy_setter>(refusal.trampoline)
                },
                doc: doc.as_ptr(),
                closure: name.as_ptr().cast_mut().cast(),
            },
        },
    }
}

fn cpy_function(function: CFunction) -> cpy_PyCFunction {
    // SAFETY: HPy keeps trampolines of every signature behind this one type, and so does Python.
    unsafe { std::mem::transmute::<CFunction, cpy_PyCFunction>(function) }
}

/// A definition of `HPy_tp_destroy`: `function` is handed the instance data and frees what that
/// owns. It runs on whichever thread drops the object, and calls nothing of the interpreter.
pub fn destroy(function: unsafe extern "C" fn(*mut c_void)) -> HPyDef {
    unsafe extern "C" fn never_called() -> *mut c_void {
        // Hosts call the implementation from their own dealloc.
        std::process::abort()
    }
    slot_with(
        HPy_tp_destroy,
        as_function(function as *const ()),
        cpy_function(never_called),
    )
}

/// A definition of `HPy_tp_traverse` for instance data that holds fields.
pub fn traverse<F: Traverse>() -> HPyDef {
    unsafe extern "C" fn implementation<F: Traverse>(
        data: *mut c_void,
        visit: HPyFunc_visitproc,
        argument: *mut c_void,
    ) -> c_int {
        let visit = visit.expect("a host passes a visitor");
        // SAFETY: the host passes instance data of the type that carries this definition; all-zero
        // data (an instance that was never filled) has no fields, which `fields` must bear.
        for field in unsafe { F::fields(data) } {
            // SAFETY: the field lives in the data, the visitor and its argument are the host's.
            let stop = unsafe {
                if (*field)._i == 0 {
                    0
                } else {
                    visit(field, argument)
                }
            };
            if stop != 0 {
                return stop;
            }
        }
        0
    }
    unsafe extern "C" fn through_context<F: Traverse>(
        this: *mut cpy_PyObject,
        visit: cpy_visitproc,
        argument: *mut c_void,
    ) -> c_int {
        let mut packed = _HPyFunc_args_TRAVERSEPROC {
            self_: this,
            visit,
            arg: argument,
            result: 0,
        };
        // SAFETY: the host reads the struct that belongs to this signature.
        unsafe {
            call_back(
                HPyFunc_TRAVERSEPROC,
                implementation::<F> as *const (),
                &raw mut packed,
            );
        }
        packed.result
    }
    slot_with(
        HPy_tp_traverse,
        as_function(implementation::<F> as *const ()),
        cpy_function(as_function(through_context::<F> as *const ())),
    )
}

/// Instance data that holds Python objects.
pub trait Traverse {
    /// The fields of one instance.
    ///
    /// # Safety
    /// `data` is instance data of the type, or all zero.
    unsafe fn fields(data: *mut c_void) -> impl IntoIterator<Item = *mut HPyField>;
}

/// A definition of a member that Python reads straight from the instance data.
pub fn member(name: &'static CStr, kind: HPyMember_FieldType, offset: usize) -> HPyDef {
    HPyDef {
        kind: HPyDef_Kind_Member,
        __bindgen_anon_1: HPyDef_Union {
            member: HPyMember {
                name: name.as_ptr(),
                type_: kind,
                offset: offset as HPy_ssize_t,
                readonly: 1,
                doc: ptr::null(),
            },
        },
    }
}
