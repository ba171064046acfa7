//! What Python code asks for: the table, handles and headers, as ints.

use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

use chunkarray_core::{DType, HandleKind, RawArray};
use hpy_host::bind;
use hpy_host::define::{Result, Trampolines, attribute, checked, checked_status, method};
use hpy_host::door::Door;
use hpy_sys::*;

use super::handle::Callable;
use super::objects::Named;
use crate::arguments::Owned;
use crate::array::filled;
use crate::locking::{Hold, exclusive, raised};
use crate::state::truth;

/// The name that an object gets when it is first asked for its handle. All zero: none yet.
#[repr(transparent)]
pub struct Name(AtomicPtr<Named>);

impl Name {
    /// No name yet.
    pub const fn new() -> Self {
        Name(AtomicPtr::new(ptr::null_mut()))
    }

    /// The name, made now if there is none.
    ///
    /// # Safety
    /// As for [`Named::new`], where the new value lives until [`forget`](Self::forget).
    pub unsafe fn get<T: Callable>(&self, object: &T, dtype: Option<DType>) -> Result<&Named> {
        let mut named = self.0.load(Ordering::Acquire);
        if named.is_null() {
            // SAFETY: promised by the caller.
            let fresh = unsafe { Named::new(T::KIND, NonNull::from(object).cast(), dtype) };
            let fresh = Box::into_raw(fresh.map_err(raised)?);
            let exchange =
                self.0
                    .compare_exchange(named, fresh, Ordering::AcqRel, Ordering::Acquire);
            named = match exchange {
                Ok(_) => fresh,
                Err(other) => {
                    // SAFETY: made above, and known to nobody.
                    drop(unsafe { Box::from_raw(fresh) });
                    other
                }
            };
        }
        // SAFETY: made as a box, and kept until `forget`.
        Ok(unsafe { &*named })
    }

    /// Whether there is one.
    pub fn is_known(&self) -> bool {
        !self.0.load(Ordering::Relaxed).is_null()
    }

    /// Waits for calls in progress, and makes the handle invalid. To be called before the object goes.
    pub fn forget(&mut self) {
        let named = std::mem::replace(self.0.get_mut(), ptr::null_mut());
        if !named.is_null() {
            // SAFETY: made as a box by `get`.
            drop(unsafe { Box::from_raw(named) });
        }
    }
}

/// A number of eight bytes as an int without a sign.
pub fn unsigned<D: Door>(door: D, number: u64) -> Result<HPy> {
    // SAFETY: nothing but the context and a number is passed.
    checked(unsafe { HPyLong_FromUInt64_t(door.ctx(), number) })
}

/// Methods of arrays.
pub fn array_methods(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"_handle",
            bind!(t, noargs: array_handle),
            c"_handle($self, /)\n--\n\nThe array's handle for the typed twins. It is never valid for anything else, and for\n\
              nothing once the array is gone. From the first call on, every append takes the array's lock.",
        ),
        method(
            c"_header",
            bind!(t, noargs: array_header),
            c"_header($self, /)\n--\n\nThe address of the array's header, valid while the array lives: for readers that hold\n\
              the interpreter's lock.",
        ),
        method(
            c"_extensions",
            bind!(t, noargs: array_extensions),
            EXTENSIONS_DOC,
        ),
    ]
}

/// Attributes of arrays.
pub fn array_attributes(t: Trampolines) -> Vec<HPyDef> {
    vec![attribute(
        c"_exported",
        bind!(t, getter: array_exported),
        c"Whether C code may know the array.",
    )]
}

/// The documentation of `_exported` of what is no array.
pub const EXPORTED_DOC: &CStr = c"Whether C code may know the object.";

/// The documentation of `_extensions`.
pub const EXTENSIONS_DOC: &CStr = c"_extensions($self, /)\n--\n\nThe extension table as a capsule named \"chunkarray.extensions\".";

/// The documentation of `_handle` of what is no array.
pub const HANDLE_DOC: &CStr = c"_handle($self, /)\n--\n\nThe handle for the typed twins. It is never valid for anything else, and for nothing once\n\
the object is gone.";

/// The name of an array, made now if it has none; the array is shared from now on, or exported.
fn array_name<D: Door>(door: D, this: HPy, export: bool) -> Result<NonNull<Named>> {
    let array = filled(door, this)?;
    // Waited for outside of Python, where somebody holds it for long.
    let guard = exclusive(door, array.raw, Hold::Briefly);
    if export {
        guard.export();
    } else {
        guard.share();
    }
    let named = guard.attach(|| {
        let raw = NonNull::from(array.raw).cast();
        // SAFETY: the array outlives its name: see `forget_array`.
        let named = unsafe { Named::new(HandleKind::Array, raw, Some(*array.dtype))? };
        Ok(Box::into_raw(named).cast())
    });
    // SAFETY: attached above, or earlier.
    Ok(unsafe { NonNull::new_unchecked(named.map_err(raised)?.cast()) })
}

/// Waits for calls in progress, and makes an array's handle invalid. To be called before the array goes.
pub fn forget_array(raw: &RawArray) {
    let named: *mut Named = raw.attachment().cast();
    if !named.is_null() {
        // SAFETY: attached by `array_name`; who drops an array does so once.
        drop(unsafe { Box::from_raw(named) });
    }
}

/// Does what needs that nobody reads elements without the array's lock. None, and nothing done, where that can't be
/// told: without an interpreter's lock, or with a call in progress by the array's handle.
pub fn without_readers<D: Door, R>(door: D, raw: &RawArray, work: impl FnOnce() -> R) -> Option<R> {
    // Readers that take no lock hold the interpreter's, as this thread does, or come by the handle.
    if !door.has_gil() {
        return None;
    }
    let named: *const Named = raw.attachment().cast();
    // SAFETY: null, or attached by `array_name` and kept as long as the array.
    match unsafe { named.as_ref() } {
        Some(named) => named.registered().alone(work),
        None => Some(work()),
    }
}

fn array_handle<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let named = array_name(door, this, false)?;
    // SAFETY: the instance outlives the call, and its name with it.
    unsigned(door, unsafe { named.as_ref() }.handle().0)
}

fn array_extensions<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let named = array_name(door, this, true)?;
    // SAFETY: the instance outlives the call, and its name with it.
    extensions(door, unsafe { named.as_ref() })
}

fn array_exported<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    truth(door, filled(door, this)?.raw.is_exported())
}

/// An extension table as a capsule. It keeps nothing: the table lives as long as the object.
pub fn extensions<D: Door>(door: D, named: &Named) -> Result<HPy> {
    capsule(door, c"chunkarray.extensions", named.extensions().cast())
}

fn capsule<D: Door>(door: D, name: &'static CStr, pointer: *const c_void) -> Result<HPy> {
    // No destructor: PyPy's HPy calls it twice.
    // SAFETY: the name lives as long as the process, and the pointer is not null.
    checked(unsafe {
        HPyCapsule_New(
            door.ctx(),
            pointer.cast_mut(),
            name.as_ptr(),
            ptr::null_mut(),
        )
    })
}

/// What the module has beside functions: the table as a capsule, for `PyCapsule_Import`.
pub fn add_to<D: Door>(door: D, module: HPy) -> Result<()> {
    let table = (&raw const super::HPyTwins__core).cast();
    let twins = Owned::new(door, capsule(door, c"chunkarray._core._twins", table)?)?;
    // SAFETY: both handles are live.
    checked_status(unsafe { HPy_SetAttr_s(door.ctx(), module, c"_twins".as_ptr(), twins.get()) })?;
    Ok(())
}

fn array_header<D: Door>(door: D, this: HPy) -> Result<HPy> {
    unsigned(door, ptr::from_ref(filled(door, this)?.raw) as u64)
}

/// Functions of the module.
pub fn functions(t: Trampolines) -> Vec<HPyDef> {
    let mut functions = super::definitions(t);
    functions.push(method(
        c"abi",
        bind!(t, noargs: abi),
        c"abi($module, /)\n--\n\nThe address of the table of typed twins, HPyTwins__core.",
    ));
    functions
}

fn abi<D: Door>(door: D, _: HPy) -> Result<HPy> {
    unsigned(door, (&raw const super::HPyTwins__core) as u64)
}
