//! An HPy host for interpreters without HPy, over the C API found at run time.
//!
//! A module that is written against HPy's universal ABI usually needs an interpreter that hosts
//! HPy. This crate lets it bring its own host: the module's `PyInit_<name>` calls [`init_module`],
//! which finds the interpreter's C API by name ([`capi`]), fills an `HPyContext` over it
//! ([`context`]), and makes the module from the very definition that a native host would use. One
//! binary then loads on CPython 3.9 and newer (free-threaded builds too), PyPy and GraalPy.
//!
//! Beyond HPy 0.9 it offers what that lacks: iterator slots ([`slots`]), consuming buffers
//! ([`buffer`]) and iterators ([`iter`]).
//!
//! It calls functions only: no header macro, and of an object's fields it reads the type pointer
//! (where an instance is freed) and a float's value (where a self-test proved it), nothing else.
//! On GraalPy, where an object pointer may be a tagged handle, nothing but instances of types that
//! this host made is ever dereferenced.

#![allow(
    non_upper_case_globals,
    reason = "patterns name HPy's constants as C does"
)]

mod adopt;
pub mod buffer;
pub mod capi;
pub mod context;
mod dealloc;
pub mod define;
pub mod door;
pub mod float;
pub mod interpreter;
pub mod iter;
mod module;
pub mod numbers;
pub mod objects;
pub mod slots;
pub mod trampoline;
pub mod types;

pub use adopt::adopt;
pub use module::init_module;
