//! Programs as machine code, by Cranelift.
//!
//! `plan` says which loops a piece goes through, `emit` writes them, with `one` and `vector` for operations on one value
//! and on eight; `compiled` turns them into code in `pages` that are never writable and executable at once, and `cache`
//! keeps what was compiled.

use crate::Error;
use crate::engine::Code;
use crate::layout::Layout;
use crate::program::Program;

#[cfg(all(target_arch = "x86_64", unix))]
mod cache;
#[cfg(all(target_arch = "x86_64", unix))]
mod compiled;
#[cfg(all(target_arch = "x86_64", unix))]
mod emit;
#[cfg(all(target_arch = "x86_64", unix))]
mod one;
#[cfg(all(target_arch = "x86_64", unix))]
mod pages;
#[cfg(all(target_arch = "x86_64", unix))]
mod plan;
#[cfg(all(target_arch = "x86_64", unix))]
mod tables;
#[cfg(all(target_arch = "x86_64", unix))]
mod vector;

/// Compiles a program, or finds it compiled; [`Error::NoCode`] where that can't be done.
#[cfg(all(target_arch = "x86_64", unix))]
pub fn compile(program: &Program, layout: &Layout) -> Result<Box<dyn Code>, Error> {
    Ok(Box::new(cache::find(program, layout)?))
}

/// Compiles a program; [`Error::NoCode`] where that can't be done.
#[cfg(not(all(target_arch = "x86_64", unix)))]
pub fn compile(_program: &Program, _layout: &Layout) -> Result<Box<dyn Code>, Error> {
    Err(Error::NoCode {
        why: "there is a compiler for x86-64 only".to_owned(),
    })
}
