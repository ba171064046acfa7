//! Handles as twins get them, and the calls in which they hold.

use std::marker::PhantomData;

use chunkarray_core::{Arena, ChunkRef, Entered, HandleKind, KeyTable, Log, RawArray};

use super::objects::Detail;
use super::status::{Answer, Status};

/// Any number, and maybe a handle. It crosses as a pointer, which C programs can't do arithmetic on by accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Handle(pub u64);

impl Handle {
    /// No handle.
    pub const NULL: Handle = Handle(0);
}

// SAFETY: eight bytes, which every C compiler for 64 bits passes as it does a pointer.
unsafe impl hpy_twins::Plain for Handle {
    const NAME: &'static str = "P";
    const FAILURE: Self = Handle::NULL;
}

const _: () = assert!(size_of::<Handle>() == size_of::<*const ()>());

/// What a handle stands for, and the kind that says so.
///
/// # Safety
/// Whatever is registered with the kind is of this type, and has a [`Detail`].
pub unsafe trait Callable {
    /// The kind.
    const KIND: HandleKind;
}

macro_rules! callable {
    ($($type:ty = $kind:ident;)*) => {$(
        // SAFETY: `objects` registers such objects so.
        unsafe impl Callable for $type {
            const KIND: HandleKind = HandleKind::$kind;
        }
    )*};
}
callable! {
    RawArray = Array;
    Arena = Arena;
    Log = Log;
    KeyTable = KeyTable;
    ChunkRef = Chunk;
}

/// A call with a valid handle. The object stays until it ends.
pub struct Call<T> {
    entered: Entered,
    of: PhantomData<T>,
}

impl<T: Callable> Call<T> {
    /// Looks at the handle.
    #[inline(always)]
    pub fn new(handle: Handle) -> Answer<Self> {
        match Entered::new(handle.0, T::KIND) {
            Some(entered) => Ok(Call {
                entered,
                of: PhantomData,
            }),
            None => Err(Status::BadHandle),
        }
    }

    /// Which typed twins the object is for.
    #[inline(always)]
    pub fn tag(&self) -> u32 {
        self.entered.tag()
    }

    /// What is known of the object beside.
    #[inline]
    pub fn detail(&self) -> &Detail {
        // SAFETY: given by `objects`, and kept as long as the handle is valid.
        unsafe { &*self.entered.detail().cast::<Detail>() }
    }
}

impl<T: Callable> std::ops::Deref for Call<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the kind says that this is a T, which stays as long as the call.
        unsafe { self.entered.target().cast().as_ref() }
    }
}
