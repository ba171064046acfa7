//! What has a handle, what is known of it beside, and its extension table.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chunkarray_core::{Arena, ChunkRef, DType, Error, HandleKind, Kind, Log, RawArray, Registered};

use super::Handle;
use super::handle::{Call, Callable};
use super::status::{Answer, Status};
use super::typed::{self, Typed};
use crate::code;

/// The first eight bytes of every extension table: `ChunkExt`, in the order in which they lie in memory.
pub const MAGIC: u64 = u64::from_le_bytes(*b"ChunkExt");

/// What an extension table of an object can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
enum Id {
    /// The table of twins, `hpy_twins_table`.
    Table = 1,
    /// The object's handle.
    Handle = 2,
    /// The name of the dtype, a text: of arrays and key tables.
    DType = 3,
    /// The array's `chunkarray_array`.
    Header = 4,
    /// `array_push_T` of the array's own type.
    Push = 5,
    /// `array_at_T`.
    At = 6,
    /// `array_set_T`.
    Set = 7,
}

const IDS: [(Id, &CStr); 7] = [
    (Id::Table, c"TABLE"),
    (Id::Handle, c"HANDLE"),
    (Id::DType, c"DTYPE"),
    (Id::Header, c"HEADER"),
    (Id::Push, c"PUSH"),
    (Id::At, c"AT"),
    (Id::Set, c"SET"),
];

/// The name of an id, or null.
pub fn extension_name(id: u64) -> *const c_char {
    IDS.iter()
        .find(|row| row.0 as u64 == id)
        .map_or(ptr::null(), |row| row.1.as_ptr())
}

/// One entry, `chunkarray_extension` in C: 16 bytes.
#[repr(C)]
#[derive(Debug)]
pub struct Extension {
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
    entries: AtomicPtr<Extension>,
}

const _: () = assert!(size_of::<Extension>() == 16 && size_of::<Extensions>() == 32);

/// What is known of an object beside what it is.
#[derive(Debug)]
pub struct Detail {
    /// The dtype, where there is one, and its name.
    pub dtype: Option<(DType, CString)>,
    /// The object that a twin made, and one deletes.
    made: Option<NonNull<Made>>,
    extensions: Extensions,
    pairs: [Extension; IDS.len()],
}

/// The name that an object has among callers of twins: it is valid until this is dropped.
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
    ) -> Result<Box<Named>, Error> {
        // SAFETY: promised by the caller.
        unsafe { Self::of_made(kind, object, dtype, None) }
    }

    unsafe fn of_made(
        kind: HandleKind,
        object: NonNull<()>,
        dtype: Option<DType>,
        made: Option<NonNull<Made>>,
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
                entry_size: size_of::<Extension>() as u32,
                entries: AtomicPtr::new(ptr::null_mut()),
            },
            pairs: IDS.map(|(id, _)| Extension {
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
        let [table, handle, dtype, header, push, at, set] = &self.detail.pairs;
        let put = |pair: &Extension, pointer: *const c_void| {
            pair.pointer.store(pointer.cast_mut(), Ordering::Relaxed);
        };
        put(table, (&raw const super::HPyTwins__core).cast());
        put(handle, self.registered.handle() as *const c_void);
        let mut count = 2;
        if let Some((_, name)) = &self.detail.dtype {
            put(dtype, name.as_ptr().cast());
            count = 3;
        }
        if kind == HandleKind::Array {
            put(header, object.as_ptr().cast());
            count = 4;
            if let Some(functions) = typed::functions(tag) {
                for (pair, function) in [push, at, set].into_iter().zip(functions) {
                    put(pair, function as *const c_void);
                }
                count = 7;
            }
        }
        let extensions = &self.detail.extensions;
        let entries = self.detail.pairs.as_ptr().cast_mut();
        extensions.entries.store(entries, Ordering::Relaxed);
        extensions.count.store(count, Ordering::Release);
    }

    /// The handle.
    pub fn handle(&self) -> Handle {
        Handle(self.registered.handle())
    }

    /// The owner's side of the handle.
    pub fn registered(&self) -> &Registered {
        &self.registered
    }

    /// The extension table, which lives as long as this.
    pub fn extensions(&self) -> *const Extensions {
        self.detail.extensions()
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
    let scalar = dtype.is_scalar() && dtype.is_native();
    match (dtype.kind(), code::of(dtype)) {
        (Kind::Bool, _) if scalar => typed::BOOL,
        (Kind::Time(_) | Kind::Span(_), _) if scalar => i64::TAG,
        (_, code::OTHER | code::RECORD) => 0,
        (_, code) => code.into(),
    }
}

/// What twins make.
#[derive(Debug)]
pub enum Object {
    /// By `array_new`.
    Array(RawArray),
    /// By `arena_new`.
    Arena(Arc<Arena>),
    /// By `log_new`.
    Log(Log),
    /// By `chunk_retain`.
    Chunk(ChunkRef),
}

impl Object {
    fn kind_and_address(&self) -> (HandleKind, NonNull<()>) {
        match self {
            Object::Array(array) => (HandleKind::Array, NonNull::from(array).cast()),
            Object::Arena(arena) => (HandleKind::Arena, NonNull::from(&**arena).cast()),
            Object::Log(log) => (HandleKind::Log, NonNull::from(log).cast()),
            Object::Chunk(chunk) => (HandleKind::Chunk, NonNull::from(chunk).cast()),
        }
    }
}

/// An object that a twin made. It is reached by its handle, and lives until it is deleted.
#[derive(Debug)]
pub struct Made {
    object: Object,
    /// None while it is made, and from its deletion on.
    named: Mutex<Option<Box<Named>>>,
}

impl Made {
    /// Makes one.
    pub fn leak(object: Object, dtype: Option<DType>) -> Result<Handle, Error> {
        let made = NonNull::from(Box::leak(Box::new(Made {
            object,
            named: Mutex::new(None),
        })));
        // SAFETY: leaked above, and it stays until `delete`, which takes the name away first.
        let this = unsafe { made.as_ref() };
        let (kind, object) = this.object.kind_and_address();
        // SAFETY: as above.
        match unsafe { Named::of_made(kind, object, dtype, Some(made)) } {
            Ok(named) => {
                let handle = named.handle();
                *this.named() = Some(named);
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

    /// Deletes the object after calls of other threads. BAD_ARGUMENT for one that no twin made.
    pub fn delete<T: Callable>(handle: Handle) -> Answer<()> {
        let call = Call::<T>::new(handle)?;
        let made = call.detail().made.ok_or(Status::BadArgument)?;
        // SAFETY: the object stays while the call lasts. Another call may have begun to delete it.
        let named = unsafe { made.as_ref() }.named().take();
        let named = named.ok_or(Status::BadHandle)?;
        drop(call);
        // Waits for other calls.
        drop(named);
        // SAFETY: leaked, this call alone took the name, and nobody looks any more.
        drop(unsafe { Box::from_raw(made.as_ptr()) });
        Ok(())
    }
}
