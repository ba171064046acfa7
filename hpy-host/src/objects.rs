//! Handles that close themselves, and what messages say about an object.

use std::ffi::CStr;
use std::ptr;

use hpy_sys::*;

use crate::capi::capi;
use crate::define::{Error, Result};
use crate::door::Door;

/// A handle that is closed when it goes out of scope.
pub struct Owned<D: Door> {
    door: D,
    handle: HPy,
}

impl<D: Door> Owned<D> {
    /// Takes over a handle; an exception is set where it is null.
    pub fn new(door: D, handle: HPy) -> Result<Self> {
        if handle.is_null() {
            Err(Error::Raised)
        } else {
            Ok(Owned { door, handle })
        }
    }

    /// The handle, lent.
    pub fn get(&self) -> HPy {
        self.handle
    }

    /// The handle, to be closed by whoever takes it.
    pub fn take(self) -> HPy {
        let handle = self.handle;
        std::mem::forget(self);
        handle
    }
}

impl<D: Door> Drop for Owned<D> {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and closed once.
        unsafe { HPy_Close(self.door.ctx(), self.handle) };
    }
}

/// The text of a `str`; a TypeError that begins with `what` for everything else, and a ValueError for surrogates.
pub fn text<D: Door>(door: D, what: &str, h: HPy) -> Result<String> {
    let ctx = door.ctx();
    // SAFETY: `h` is live; the UTF-8 text lives as long as the object and is copied at once.
    unsafe {
        if HPyUnicode_Check(ctx, h) == 0 {
            return Err(Error::type_error(format!(
                "{what} is a str, not {}",
                type_name(door, h)
            )));
        }
        let mut size = 0;
        let utf8 = HPyUnicode_AsUTF8AndSize(ctx, h, &raw mut size);
        if utf8.is_null() {
            return Err(Error::Raised);
        }
        let bytes = std::slice::from_raw_parts(utf8.cast::<u8>(), size as usize);
        // PyPy also lends the text of a str that UTF-8 has no place for.
        String::from_utf8(bytes.to_vec())
            .map_err(|_| Error::value_error(format!("{what} has surrogates")))
    }
}

/// The name of an object's type, for messages.
pub fn type_name<D: Door>(door: D, h: HPy) -> String {
    let ctx = door.ctx();
    let name = || -> Result<String> {
        // SAFETY: `h` is live, so is its type.
        unsafe {
            let class = Owned::new(door, HPy_Type(ctx, h))?;
            let name = Owned::new(door, HPy_GetAttr_s(ctx, class.get(), c"__name__".as_ptr()))?;
            text(door, "a type's name", name.get())
        }
    };
    name().unwrap_or_else(|_| {
        // SAFETY: nothing but the context is passed.
        unsafe { HPyErr_Clear(ctx) };
        "object".into()
    })
}

/// `repr(h)`, shortened, for messages.
pub fn shown<D: Door>(door: D, h: HPy) -> String {
    let ctx = door.ctx();
    let repr = || -> Result<String> {
        // SAFETY: `h` is live.
        let repr = Owned::new(door, unsafe { HPy_Repr(ctx, h) })?;
        text(door, "a repr", repr.get())
    };
    match repr() {
        Ok(text) if text.chars().count() <= 60 => text,
        Ok(text) => format!("{}...", text.chars().take(60).collect::<String>()),
        Err(error) => {
            drop(error);
            // SAFETY: nothing but the context is passed. An int too long to print ends here.
            unsafe { HPyErr_Clear(ctx) };
            "the value".into()
        }
    }
}

/// Whether the object's class has one of these methods, so that an error may be its own and tell more
/// than ours would.
pub fn defines<D: Door>(door: D, value: HPy, methods: &[&CStr]) -> bool {
    let ctx = door.ctx();
    let mut aside = [ptr::null_mut(); 3];
    // SAFETY: `value` is live. Looking a name up beside a pending exception loses it on CPython 3.9, so it is put aside;
    // that takes the C API, and goes back to where it was taken from.
    unsafe {
        let class = HPy_Type(ctx, value);
        if class.is_null() {
            return true;
        }
        if D::OWN {
            let [kind, exception, traceback] = &mut aside;
            (capi().PyErr_Fetch)(kind, exception, traceback);
        }
        let found = methods
            .iter()
            .any(|name| HPy_HasAttr_s(ctx, class, name.as_ptr()) != 0);
        if D::OWN {
            let [kind, exception, traceback] = aside;
            (capi().PyErr_Restore)(kind, exception, traceback);
        }
        HPy_Close(ctx, class);
        found
    }
}

/// The arguments of a method that takes `N` positional ones.
///
/// # Safety
/// The host's arguments of a method, alive.
pub unsafe fn positional<D: Door, const N: usize>(
    door: D,
    function: &str,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<[HPy; N]> {
    // SAFETY: `names` is null or a live tuple.
    if !names.is_null() && unsafe { HPy_Length(door.ctx(), names) } != 0 {
        return Err(Error::type_error(format!(
            "{function}() takes no keyword arguments"
        )));
    }
    if count != N {
        return Err(Error::type_error(format!(
            "{function}() takes exactly {N} arguments ({count} given)"
        )));
    }
    // SAFETY: the host passes `count` handles.
    Ok(std::array::from_fn(|k| unsafe { *arguments.add(k) }))
}
