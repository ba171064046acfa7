//! The typed twins: what arrays, arenas and logs can do, as C functions that take no Python object.
//!
//! Objects are named by [handles](chunkarray_core::Registered), so whatever a caller passes as one is
//! looked up and never followed: a wrong one is a status. All other pointers are the caller's memory,
//! as each twin says. No twin calls the interpreter or needs its lock, and any thread may call any.
//!
//! A result of type S4 or S8 below zero is a [`status`]. The table at the end of this file is the only
//! list of the twins; headers, docs and doors are made from it.

mod arena;
mod array;
mod atomics;
mod chunks;
mod handle;
mod log;
pub mod objects;
pub mod python;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod typed;
mod window;

pub use handle::Handle;

hpy_twins::table! {
    HPyTwins__core: module "_core", version 1.0, groups [
        status::TEXTS,
        array::ARRAY,
        window::WINDOW,
        chunks::CHUNKS,
        typed::U1,
        typed::U2,
        typed::U4,
        typed::U8,
        typed::S1,
        typed::S2,
        typed::S4,
        typed::S8,
        typed::F4,
        typed::F8,
        atomics::U1,
        atomics::U2,
        atomics::U4,
        atomics::U8,
        atomics::S1,
        atomics::S2,
        atomics::S4,
        atomics::S8,
        arena::ARENA,
        log::LOG,
        table::TABLE,
    ],
    fn definitions []
}
