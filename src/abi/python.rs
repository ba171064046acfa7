//! What Python code asks for: the table, handles and headers, as ints.

use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

use chunkarray_core::{DType, HandleKind, RawArray};
use hpy_host::bind;
use hpy_host::define::{Result, Trampolines, checked, method};
use hpy_host::door::Door;
use hpy_sys::*;

use super::objects::Named;
use crate::array::filled;
use crate::locking::{Hold, exclusive, raised};

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
    pub unsafe fn get(
        &self,
        kind: HandleKind,
        object: NonNull<()>,
        dtype: Option<DType>,
    ) -> std::result::Result<&Named, chunkarray_core::Error> {
        let mut named = self.0.load(Ordering::Acquire);
        if named.is_null() {
            // SAFETY: promised by the caller.
            let fresh = Box::into_raw(unsafe { Named::new(kind, object, dtype, None)? });
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
    ]
}

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
        let named = unsafe { Named::new(HandleKind::Array, raw, Some(*array.dtype), None)? };
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

fn array_header<D: Door>(door: D, this: HPy) -> Result<HPy> {
    unsigned(door, ptr::from_ref(filled(door, this)?.raw) as u64)
}

/// Functions of the module.
pub fn functions(t: Trampolines) -> Vec<HPyDef> {
    vec![method(
        c"abi",
        bind!(t, noargs: abi),
        c"abi($module, /)\n--\n\nThe address of the table of typed twins, HPyTwins__core.",
    )]
}

fn abi<D: Door>(door: D, _: HPy) -> Result<HPy> {
    unsigned(door, (&raw const super::HPyTwins__core) as u64)
}
