//! Which interpreter this process runs, and the few facts about it that the C API does not tell.

use std::cell::UnsafeCell;
use std::ffi::CStr;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::capi::{self, PyObject, capi};

/// An implementation of Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The reference implementation.
    CPython,
    /// PyPy, through its emulation of the C API.
    PyPy,
    /// GraalPy, through its emulation of the C API.
    GraalPy,
}

impl Kind {
    /// The implementation's usual name.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::CPython => "CPython",
            Kind::PyPy => "PyPy",
            Kind::GraalPy => "GraalPy",
        }
    }
}

/// Major, minor and micro.
pub type Version = (u8, u8, u8);

/// The running interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The implementation.
    pub kind: Kind,
    /// The implementation's usual name.
    pub name: &'static str,
    /// Version of the language (`sys.version_info`).
    pub version: Version,
    /// Version of the implementation itself (`sys.implementation.version`).
    pub implementation_version: Version,
    /// Bytes that an object's header takes; instance data lies behind them. The type pointer is the
    /// header's last word.
    pub header_bytes: usize,
    /// Whether threads run at the same time (a build without the interpreter's lock).
    pub free_threaded: bool,
}

impl fmt::Display for Interpreter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, micro) = self.implementation_version;
        write!(f, "{} {major}.{minor}.{micro}", self.name)?;
        if self.kind != Kind::CPython {
            let (major, minor, micro) = self.version;
            write!(f, " (Python {major}.{minor}.{micro})")?;
        }
        if self.free_threaded {
            write!(f, " free-threaded")?;
        }
        Ok(())
    }
}

/// The oldest version of the language that is supported.
const OLDEST: (u8, u8) = (3, 9);

/// The detected interpreter's cell, as [`capi`]'s table: written once before anyone reads.
struct Cell(UnsafeCell<Interpreter>);

// SAFETY: `detect` writes before the functions that read can be reached, see there.
unsafe impl Sync for Cell {}

static INTERPRETER: Cell = Cell(UnsafeCell::new(Interpreter {
    kind: Kind::CPython,
    name: "unknown",
    version: (0, 0, 0),
    implementation_version: (0, 0, 0),
    header_bytes: 0,
    free_threaded: false,
}));
static DETECTED: AtomicBool = AtomicBool::new(false);

/// The interpreter that [`detect`] found; before that a placeholder named "unknown".
#[inline(always)]
pub fn get() -> &'static Interpreter {
    // SAFETY: written once, by `detect`, before another thread can read it.
    unsafe { &*INTERPRETER.0.get() }
}

/// Loads the C API and finds out which interpreter this is. Once; later calls give the same.
///
/// The caller holds the interpreter's lock and is a module's entry point: no function that calls
/// [`get`] can run before it returned. The error's text is for an ImportError: it says what was
/// found and what is supported.
pub fn detect() -> Result<&'static Interpreter, String> {
    if DETECTED.load(Ordering::Acquire) {
        return Ok(get());
    }
    let kind = kind_by_symbols().ok_or_else(|| unsupported("no Python's C API in this process"))?;
    capi::load().map_err(|missing| unsupported(&format!("{}: {missing}", kind.name())))?;
    let interpreter = describe(kind).map_err(|found| unsupported(&found))?;
    // SAFETY: the caller's promise; two threads that both come here hold the interpreter's lock in
    // turn and write the same.
    unsafe { *INTERPRETER.0.get() = interpreter };
    let none = crate::context::singleton("_Py_NoneStruct")
        .ok_or_else(|| unsupported(&format!("{}, without None", kind.name())))?;
    let immortal = kind == Kind::CPython && interpreter.version >= (3, 12, 0);
    // SAFETY: as above.
    unsafe { capi::set_none(none, immortal) };
    DETECTED.store(true, Ordering::Release);
    Ok(get())
}

/// The text of an ImportError about what was found.
fn unsupported(found: &str) -> String {
    format!(
        "unsupported interpreter: found {found}; supported are CPython 3.9 and newer (with or \
         without the GIL), PyPy 7.3.11 and newer, and GraalPy 24.2 and newer"
    )
}

/// Each implementation exports a name that no other does.
fn kind_by_symbols() -> Option<Kind> {
    if capi::symbol("PyPy_IncRef").is_some() {
        Some(Kind::PyPy)
    } else if capi::symbol("_Py_NoneStructReference").is_some() {
        Some(Kind::GraalPy)
    } else if capi::symbol("_Py_NoneStruct").is_some() {
        Some(Kind::CPython)
    } else {
        None
    }
}

fn describe(kind: Kind) -> Result<Interpreter, String> {
    let free_threaded = kind == Kind::CPython && capi::symbol("_Py_DecRefShared").is_some();
    // SAFETY: the table is loaded and the caller holds the interpreter's lock; both objects are
    // borrowed from `sys`, which keeps them.
    let (implementation, version_info) = unsafe {
        let get = capi().PySys_GetObject;
        (
            get(c"implementation".as_ptr()),
            get(c"version_info".as_ptr()),
        )
    };
    if implementation.is_null() || version_info.is_null() {
        return Err(format!("{} without sys.implementation", kind.name()));
    }
    let version = read_version(version_info)
        .ok_or_else(|| format!("{} with an unreadable sys.version_info", kind.name()))?;
    let name = string_attribute(implementation, c"name").unwrap_or_default();
    let expected = kind.name().to_ascii_lowercase();
    if name != expected {
        return Err(format!(
            "an implementation named {name:?} that exports the C API of {expected}"
        ));
    }
    if (version.0, version.1) < OLDEST {
        return Err(format!(
            "{} for Python {}.{}",
            kind.name(),
            version.0,
            version.1
        ));
    }
    let implementation_version = attribute(implementation, c"version")
        .and_then(|object| {
            let version = read_version(object);
            // SAFETY: `attribute` gave a new reference.
            unsafe { (capi().Py_DecRef)(object) };
            version
        })
        .unwrap_or(version);
    let header_bytes = header_bytes(kind, free_threaded)?;
    Ok(Interpreter {
        kind,
        name: kind.name(),
        version,
        implementation_version,
        header_bytes,
        free_threaded,
    })
}

/// `object.__basicsize__` where there is one; PyPy has none, and its header is known.
fn header_bytes(kind: Kind, free_threaded: bool) -> Result<usize, String> {
    let expected = match (kind, free_threaded) {
        (Kind::CPython, true) => 32,
        (Kind::CPython, false) | (Kind::GraalPy, _) => 16,
        (Kind::PyPy, _) => 24,
    };
    let object_type = capi::symbol("PyBaseObject_Type")
        .ok_or_else(|| format!("{} without PyBaseObject_Type", kind.name()))?;
    match size_attribute(object_type.cast(), c"__basicsize__") {
        None if kind == Kind::PyPy => Ok(expected),
        Some(found) if found == expected => Ok(expected),
        found => Err(format!(
            "{} whose objects have a header of {found:?} bytes, not {expected}",
            kind.name()
        )),
    }
}

/// An attribute that is a small non-negative int.
pub(crate) fn size_attribute(object: *mut PyObject, name: &CStr) -> Option<usize> {
    let value = attribute(object, name)?;
    let api = capi();
    // SAFETY: a live int, a new reference that is given back.
    unsafe {
        let number = (api.PyLong_AsSsize_t)(value);
        (api.Py_DecRef)(value);
        if number == -1 {
            (api.PyErr_Clear)();
        }
        usize::try_from(number).ok()
    }
}

/// A new reference to an attribute; no exception is left behind where there is none.
fn attribute(object: *mut PyObject, name: &CStr) -> Option<*mut PyObject> {
    let api = capi();
    // SAFETY: the table is loaded, the object is live and the caller holds the interpreter's lock.
    unsafe {
        let value = (api.PyObject_GetAttrString)(object, name.as_ptr());
        if value.is_null() {
            (api.PyErr_Clear)();
            return None;
        }
        Some(value)
    }
}

fn string_attribute(object: *mut PyObject, name: &CStr) -> Option<String> {
    let value = attribute(object, name)?;
    let api = capi();
    // SAFETY: a live object, a new reference that is given back after its text was copied.
    unsafe {
        let mut length = 0;
        let text = (api.PyUnicode_AsUTF8AndSize)(value, &raw mut length);
        let copy = (!text.is_null())
            .then(|| std::slice::from_raw_parts(text.cast::<u8>(), length as usize).to_vec());
        if copy.is_none() {
            (api.PyErr_Clear)();
        }
        (api.Py_DecRef)(value);
        String::from_utf8(copy?).ok()
    }
}

fn read_version(object: *mut PyObject) -> Option<Version> {
    let part = |name| size_attribute(object, name).and_then(|n| u8::try_from(n).ok());
    Some((part(c"major")?, part(c"minor")?, part(c"micro")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_without_python_is_told_so() {
        let text = detect().unwrap_err();
        assert!(text.contains("no Python's C API"), "{text}");
        assert!(text.contains("CPython 3.9"), "{text}");
    }
}
