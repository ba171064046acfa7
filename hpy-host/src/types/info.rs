//! What the host knows of the types it made.
//!
//! What the C API has no place for (destroy and traverse functions, the call function, where the
//! data lies) stands in a [`TypeInfo`], found by the type's address in a table that is read without
//! locks: freeing an object looks there, on any thread. A type in the table is kept alive for good,
//! so that its address never comes to mean another type.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use hpy_sys::*;

use super::{PY_TP_BASE, TPFLAGS_HEAPTYPE};
use crate::capi::{PyObject, capi};
use crate::interpreter;

/// `tp_traverse` of HPy: gets the instance data.
pub(crate) type TraverseFunction =
    unsafe extern "C" fn(*mut c_void, HPyFunc_visitproc, *mut c_void) -> c_int;
/// `tp_destroy` of HPy: gets the instance data.
pub(crate) type DestroyFunction = unsafe extern "C" fn(*mut c_void);

/// What a type inherits from a built-in base other than `object`, and the host's own functions have
/// to pass on to. All null where there is no such base.
#[derive(Clone, Copy)]
pub(crate) struct Inherited {
    pub dealloc: Option<FreeFunction>,
    pub traverse: Option<TraverseSlot>,
    pub clear: Option<ClearSlot>,
}

/// `visitproc` of the C API.
pub(crate) type Visit = unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int;
/// `traverseproc` of the C API.
pub(crate) type TraverseSlot = unsafe extern "C" fn(*mut PyObject, Visit, *mut c_void) -> c_int;
/// `tp_clear` of the C API.
pub(crate) type ClearSlot = unsafe extern "C" fn(*mut PyObject) -> c_int;
/// `tp_dealloc` and `tp_free` of the C API.
pub(crate) type FreeFunction = unsafe extern "C" fn(*mut PyObject);

/// What the host knows of a type that it made.
pub(crate) struct TypeInfo {
    /// The type, a reference that is never given back.
    pub object: *mut PyObject,
    /// The next entry of the same bucket.
    pub next: *const TypeInfo,
    /// The nearest base that the host made as well.
    pub base: Option<&'static TypeInfo>,
    pub shape: HPyType_BuiltinShape,
    /// From the object's pointer to the instance data.
    pub data_offset: usize,
    pub destroy: Option<DestroyFunction>,
    pub traverse: Option<TraverseFunction>,
    /// Whether `tp_dealloc` of the type itself is the host's (else: its interpreter's default).
    pub own_dealloc: bool,
    pub has_finalizer: bool,
    pub collected: bool,
    /// Where in an instance the list of its weak references begins; zero for none.
    pub weaklist_offset: usize,
    pub inherited: Inherited,
    /// `HPy_tp_call`: what instances without a function of their own do when called.
    pub call: cpy_vectorcallfunc,
    /// Where in an instance its own call function stands; zero for nowhere.
    pub call_offset: usize,
    pub alloc: Option<AllocFunction>,
}

/// `tp_alloc` of the C API.
pub(crate) type AllocFunction = unsafe extern "C" fn(*mut PyObject, isize) -> *mut PyObject;

impl TypeInfo {
    /// This type and those of its bases that the host made, the most derived first.
    pub fn chain(&'static self) -> impl Iterator<Item = &'static TypeInfo> {
        std::iter::successors(Some(self), |info| info.base)
    }
}

/// Number of buckets: types are few, and a chain is short.
const BUCKETS: usize = 256;

/// The table: chains that only ever grow at their heads.
static TABLE: [AtomicPtr<TypeInfo>; BUCKETS] = [const { AtomicPtr::new(null_mut()) }; BUCKETS];

fn bucket(kind: *mut PyObject) -> &'static AtomicPtr<TypeInfo> {
    let address = kind as usize;
    &TABLE[(address >> 4 ^ address >> 12) % BUCKETS]
}

/// What is known of exactly this type, if the host made it.
#[inline]
pub(crate) fn lookup(kind: *mut PyObject) -> Option<&'static TypeInfo> {
    let mut entry: *const TypeInfo = bucket(kind).load(Ordering::Acquire);
    // SAFETY: entries are published complete, by a release store, and never freed or changed.
    while let Some(info) = unsafe { entry.as_ref() } {
        if info.object == kind {
            return Some(info);
        }
        entry = info.next;
    }
    None
}

/// What is known of this type, or of the nearest of its bases that the host made.
///
/// # Safety
/// The C API is loaded, `kind` is a live type. Safe while an instance is being freed: no function
/// that is called here takes an instance.
pub(crate) unsafe fn lookup_nearest(mut kind: *mut PyObject) -> Option<&'static TypeInfo> {
    while !kind.is_null() {
        if let Some(info) = lookup(kind) {
            return Some(info);
        }
        // SAFETY: a live type; a type keeps its base alive. Static types are asked nothing: older
        // versions raise for them, and none derives from a type of ours.
        unsafe {
            if (capi().PyType_GetFlags)(kind) & TPFLAGS_HEAPTYPE == 0 {
                return None;
            }
            kind = (capi().PyType_GetSlot)(kind, PY_TP_BASE).cast();
        }
    }
    None
}

/// Puts a type into the table, for good.
pub(super) fn remember(mut info: TypeInfo) -> &'static TypeInfo {
    let bucket = bucket(info.object);
    // Types are made under the interpreter's lock or, without one, rarely: a retry is enough.
    info.next = bucket.load(Ordering::Acquire);
    let info = Box::into_raw(Box::new(info));
    // SAFETY: the box is leaked; until the exchange succeeds nobody else has its address.
    unsafe {
        while let Err(head) = bucket.compare_exchange(
            (*info).next.cast_mut(),
            info,
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            (*info).next = head;
        }
        &*info
    }
}

/// The type of an instance whose type the host made: the last word of the object's header.
///
/// # Safety
/// `this` is such an instance. It may be in the middle of being freed, where no call that takes it
/// is allowed (PyPy aborts): so the field is read.
#[inline(always)]
pub(crate) unsafe fn type_of(this: *mut PyObject) -> *mut PyObject {
    let offset = interpreter::get().header_bytes - size_of::<usize>();
    // SAFETY: an instance of a type of ours is native memory on every interpreter, and begins with
    // a header of the detected size. Another thread may assign to its `__class__` meanwhile.
    unsafe {
        let kind = this.cast::<u8>().add(offset).cast::<AtomicPtr<PyObject>>();
        (*kind).load(Ordering::Relaxed)
    }
}

/// The instance data of an object.
///
/// # Safety
/// `this` is an instance of a type that the host made.
pub(crate) unsafe fn data(this: *mut PyObject) -> *mut c_void {
    // SAFETY: promised by the caller.
    unsafe {
        let offset = lookup_nearest(type_of(this))
            .map_or(interpreter::get().header_bytes, |info| info.data_offset);
        this.cast::<u8>().add(offset).cast()
    }
}
