//! What has a handle, what is known of it beside, and its extension table.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chunkarray_core::{DType, Error, HandleKind, Kind, RawArray, Registered};

use super::Handle;
use super::handle::Call;
use super::typed::{self, Typed};
use crate::code;

/// The first eight bytes of every extension table: `ChunkExt`, in the order in which they lie in memory.
pub const MAGIC: u64 = u64::from_le_bytes(*b"ChunkExt");

/// What an extension table of an object can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Extension {
    /// The table of twins, `hpy_twins_table`.
    Table = 1,
    /// The object's handle.
    Handle = 2,
    /// The array's `chunkarray_array`.
    Header = 3,
    /// The name of the dtype, a text.
    DType = 4,
    /// `array_push_T` of the array's own type.
    Push = 5,
    /// `array_at_T`.
    At = 6,
    /// `array_set_T`.
    Set = 7,
}

const EXTENSIONS: [(Extension, &CStr); 7] = [
    (Extension::Table, c"TABLE"),
    (Extension::Handle, c"HANDLE"),
    (Extension::Header, c"HEADER"),
    (Extension::DType, c"DTYPE"),
    (Extension::Push, c"PUSH"),
    (Extension::At, c"AT"),
    (Extension::Set, c"SET"),
];

/// The name of an id, or null.
pub fn extension_name(id: u64) -> *const c_char {
    EXTENSIONS
        .iter()
        .find(|row| row.0 as u64 == id)
        .map_or(ptr::null(), |row| row.1.as_ptr())
}

/// One entry, `chunkarray_extension` in C: 16 bytes.
#[repr(C)]
#[derive(Debug)]
struct Pair {
    id: u64,
    pointer: AtomicPtr<c_void>,
}

/// `chunkarray_extensions` in C: 32 bytes. Readers step over entries by their size, and over ids that they don't know.
#[repr(C)]
#[derive(Debug)]
pub struct Extensions {
    magic: u64,
    major: u32,
    minor: u32,
    count: AtomicU32,
    entry_size: u32,
    entries: AtomicPtr<Pair>,
}

const _: () = assert!(size_of::<Pair>() == 16 && size_of::<Extensions>() == 32);

/// What is known of an object beside what it is.
#[derive(Debug)]
pub struct Detail {
    /// The dtype, where there is one, and its name.
    pub dtype: Option<(DType, CString)>,
    /// The array that a twin made, and one deletes.
    pub made: Option<NonNull<MadeArray>>,
    extensions: Extensions,
    pairs: [Pair; EXTENSIONS.len()],
}

/// An object with a handle, which is valid until this is dropped.
#[derive(Debug)]
pub struct Named {
    // In this order: no call is in progress when the detail goes.
    registered: Registered,
    detail: Box<Detail>,
}

impl Named {
    /// Gives an object a handle.
    ///
    /// # Safety
    /// The object is of the type that belongs to the kind, stays where it is as long as the new value lives, and may be
    /// used by all threads; its elements are of the dtype.
    pub unsafe fn new(
        kind: HandleKind,
        object: NonNull<()>,
        dtype: Option<DType>,
        made: Option<NonNull<MadeArray>>,
    ) -> Result<Box<Named>, Error> {
        let tag = dtype.as_ref().map_or(0, tag_of);
        let dtype = dtype.map(|dtype| (dtype, CString::new(dtype.name()).unwrap_or_default()));
        let detail = Box::new(Detail {
            dtype,
            made,
            extensions: Extensions {
                magic: MAGIC,
                major: 1,
                minor: 0,
                count: AtomicU32::new(0),
                entry_size: size_of::<Pair>() as u32,
                entries: AtomicPtr::new(ptr::null_mut()),
            },
            pairs: EXTENSIONS.map(|(id, _)| Pair {
                id: id as u64,
                pointer: AtomicPtr::new(ptr::null_mut()),
            }),
        });
        // SAFETY: the object is the caller's promise; the detail is dropped after the registration.
        let registered =
            unsafe { Registered::new(kind, object, (&raw const *detail).cast(), tag)? };
        let named = Box::new(Named { registered, detail });
        named.fill_extensions(kind, object, tag);
        Ok(named)
    }

    fn fill_extensions(&self, kind: HandleKind, object: NonNull<()>, tag: u32) {
        let [table, handle, header, dtype, push, at, set] = &self.detail.pairs;
        let put = |pair: &Pair, pointer: *const c_void| {
            pair.pointer.store(pointer.cast_mut(), Ordering::Relaxed);
        };
        put(table, (&raw const super::HPyTwins__core).cast());
        put(handle, self.registered.handle() as *const c_void);
        let mut count = 2;
        if kind == HandleKind::Array
            && let Some((_, name)) = &self.detail.dtype
        {
            put(header, object.as_ptr().cast());
            put(dtype, name.as_ptr().cast());
            count = 4;
            if let Some(functions) = typed::functions(tag) {
                for (pair, function) in [push, at, set].into_iter().zip(functions) {
                    put(pair, function as *const c_void);
                }
                count = 7;
            }
        }
        let extensions = &self.detail.extensions;
        extensions
            .entries
            .store(self.detail.pairs.as_ptr().cast_mut(), Ordering::Relaxed);
        extensions.count.store(count, Ordering::Release);
    }

    /// The owner's side of the handle.
    pub fn registered(&self) -> &Registered {
        &self.registered
    }

    /// The handle.
    pub fn handle(&self) -> Handle {
        Handle(self.registered.handle())
    }
}

impl Detail {
    /// The extension table, which lives as long as this.
    pub fn extensions(&self) -> *const Extensions {
        &raw const self.extensions
    }
}

/// Which typed twins are for arrays of a dtype, as a number; 0 if none are.
pub fn tag_of(dtype: &DType) -> u32 {
    let scalar = dtype.shape().is_empty() && dtype.is_native();
    match (dtype.kind(), code::of(dtype)) {
        (Kind::Time(_) | Kind::Span(_), _) if scalar => i64::TAG,
        (_, code::OTHER) => 0,
        (_, code) => code.into(),
    }
}

/// An array that a twin made. It is reached by its handle, and lives until it is deleted.
#[derive(Debug)]
pub struct MadeArray {
    raw: RawArray,
    /// None while it is made, and from its deletion on.
    named: Mutex<Option<Box<Named>>>,
}

impl MadeArray {
    /// Makes one.
    pub fn leak(raw: RawArray, dtype: DType) -> Result<Handle, Error> {
        raw.export();
        let made = NonNull::from(Box::leak(Box::new(MadeArray {
            raw,
            named: Mutex::new(None),
        })));
        // SAFETY: leaked above, and it stays until `delete`, which takes the name away first.
        let array = unsafe { made.as_ref() };
        let object = NonNull::from(&array.raw).cast();
        // SAFETY: as above.
        match unsafe { Named::new(HandleKind::Array, object, Some(dtype), Some(made)) } {
            Ok(named) => {
                let handle = named.handle();
                *array.named() = Some(named);
                Ok(handle)
            }
            Err(error) => {
                // SAFETY: leaked above, and known to nobody.
                drop(unsafe { Box::from_raw(made.as_ptr()) });
                Err(error)
            }
        }
    }

    fn named(&self) -> MutexGuard<'_, Option<Box<Named>>> {
        // Nothing is done under the lock that a panic could leave half done.
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes an array after the call is over, and those of other threads; false if another call has begun to.
    ///
    /// # Safety
    /// The call is by the array's own handle, and this thread is in no other call.
    pub unsafe fn delete(made: NonNull<MadeArray>, call: Call<RawArray>) -> bool {
        // SAFETY: the array stays while the call lasts.
        let Some(named) = unsafe { made.as_ref() }.named().take() else {
            return false;
        };
        drop(call);
        // Waits for other calls.
        drop(named);
        // SAFETY: leaked, this call alone took the name, and nobody looks any more.
        drop(unsafe { Box::from_raw(made.as_ptr()) });
        true
    }
}
