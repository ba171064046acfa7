//! Tells tracing collectors about native memory.
//!
//! A tracing collector sees a small object where there are megabytes of chunks behind it, and lets
//! dead arrays pile up. PyPy takes a hint (`__pypy__.add_memory_pressure`), but waits with it until
//! a multiple of its nursery, which on large machines is gigabytes; GraalPy takes none. So the bytes
//! that live are counted here, and a collection is asked for whenever they have doubled. CPython
//! counts references and needs nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_host::define::Result;
use hpy_host::door::Door;
use hpy_host::interpreter::{self, Kind};
use hpy_sys::*;

use crate::arguments::Owned;

/// Hints are collected up to this size: a hint costs a call.
const HINT: usize = 1 << 20;
/// No collection is asked for below this many live bytes.
const FLOOR: usize = 128 << 20;

/// Bytes of native memory behind live arrays and chunks.
static LIVE: AtomicUsize = AtomicUsize::new(0);
/// Bytes that grew since the last hint.
static UNTOLD: AtomicUsize = AtomicUsize::new(0);
/// Live bytes at which the next collection is due.
static DUE: AtomicUsize = AtomicUsize::new(FLOOR);

/// Memory was taken. No lock is held: this calls into the interpreter.
pub fn grown<D: Door>(door: D, bytes: usize) {
    let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
    let kind = interpreter::get().kind;
    if kind == Kind::CPython {
        return;
    }
    if live >= DUE.load(Ordering::Relaxed) {
        collect(door);
        let after = LIVE.load(Ordering::Relaxed);
        DUE.store((2 * after).max(FLOOR), Ordering::Relaxed);
    }
    if kind == Kind::PyPy {
        let untold = UNTOLD.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if untold >= HINT {
            UNTOLD.fetch_sub(untold, Ordering::Relaxed);
            // SAFETY: nothing but the context and a number is passed.
            quietly(door, || unsafe {
                let argument = Owned::new(door, HPyLong_FromSize_t(door.ctx(), untold))?;
                call(door, c"__pypy__", c"add_memory_pressure", &[argument.get()])
            });
        }
    }
}

/// Memory was given back, on any thread: no interpreter call.
pub fn released(bytes: usize) {
    LIVE.fetch_sub(bytes, Ordering::Relaxed);
}

/// Asks a tracing collector to run: before a MemoryError, dead arrays may still hold the memory.
/// Returns whether it is worth another try.
pub fn collect<D: Door>(door: D) -> bool {
    if interpreter::get().kind == Kind::CPython {
        return false;
    }
    quietly(door, || call(door, c"gc", c"collect", &[]));
    true
}

/// Asks any collector to run, since objects that nobody can reach may hold views, until there is
/// `enough`. A tracing collector may take several turns: an object that C code knows goes one later
/// than what refers to it.
pub fn collect_cycles<D: Door>(door: D, enough: impl Fn() -> bool) {
    let turns = if interpreter::get().kind == Kind::CPython {
        1
    } else {
        3
    };
    for _ in 0..turns {
        quietly(door, || call(door, c"gc", c"collect", &[]));
        if enough() {
            break;
        }
    }
}

fn call<D: Door>(
    door: D,
    module: &std::ffi::CStr,
    function: &std::ffi::CStr,
    arguments: &[HPy],
) -> Result<()> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let module = Owned::new(door, HPyImport_ImportModule(ctx, module.as_ptr()))?;
        let function = Owned::new(door, HPy_GetAttr_s(ctx, module.get(), function.as_ptr()))?;
        let arguments = Owned::new(
            door,
            HPyTuple_FromArray(ctx, arguments.as_ptr().cast_mut(), arguments.len() as isize),
        )?;
        Owned::new(
            door,
            HPy_CallTupleDict(ctx, function.get(), arguments.get(), HPY_NULL),
        )?;
    }
    Ok(())
}

/// A hint that fails is no error of the caller's.
fn quietly<D: Door>(door: D, hint: impl FnOnce() -> Result<()>) {
    if hint().is_err() {
        // SAFETY: nothing but the context is passed.
        unsafe { HPyErr_Clear(door.ctx()) };
    }
}
