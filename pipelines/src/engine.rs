//! What runs a program over elements: what engines have in common.

use crate::native::Bound;

/// Where the elements of an input lie.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The first element.
    pub at: *const u8,
    /// Bytes from one element to the next; may be negative.
    pub stride: isize,
}

/// Elements to work on, which lie in one chunk of each input, and within one block of the run.
///
/// Compiled code gets a pointer to it.
#[repr(C)]
#[derive(Debug)]
pub struct Piece {
    /// Where the elements of each input lie.
    pub sources: *const Source,
    /// How many there are: 1 to [`BLOCK`](crate::layout::BLOCK).
    pub count: usize,
    /// The number of the first one in the run. All lie in the same block: it and the last one are equal if divided by
    /// `BLOCK`.
    pub position: usize,
    /// The parameters: 8 bytes each; a BOOL is 0 or 1 in its first byte.
    pub parameters: *const u64,
    /// The functions that are called.
    pub functions: *const Bound,
    /// The state: see [`Layout`](crate::layout::Layout).
    pub state: *mut u64,
    /// Of each column of [`Layout::columns`](crate::layout::Layout::columns): where the next values go, of their type, in the machine's order of bytes
    /// (BOOL: 0 or 1), as aligned as they want to be. Behind room for `count` of them [`SLACK`] more bytes may be
    /// written.
    pub columns: *const *mut u8,
    /// Memory of [`Code::scratch`] bytes, aligned to 64. What it holds when a piece begins is not defined.
    pub scratch: *mut u8,
}

/// Bytes that an engine may write behind the values of a column.
pub const SLACK: usize = 64;

/// A program made ready to run.
pub trait Code: Send + Sync {
    /// Works on a piece: counts those that came to the end in `Layout::CAME`, writes their columns, updates what else
    /// the state has. Where an `until` is false it sets `Layout::ENDED` and leaves the rest alone; it is not called
    /// again then.
    ///
    /// # Safety
    /// The piece's pointers are what their descriptions say, for the program that this was made from: elements are
    /// readable (and may be written by others meanwhile) and large enough for the fields that are read; functions are
    /// what was promised of them; nobody else touches state, columns and scratch.
    unsafe fn run(&self, piece: &Piece);

    /// Bytes of scratch that a piece needs.
    fn scratch(&self) -> usize;

    /// The engine's name.
    fn engine(&self) -> &'static str;

    /// Elements in one step of the main loop; 1 if it goes one by one.
    fn lanes(&self) -> usize;

    /// How the program runs, for people.
    fn explain(&self) -> String;

    /// The machine code, for people; nothing if there is none.
    fn code(&self) -> String;
}
