//! Work on many elements at once: searching, comparing, sorting, selecting.
//!
//! Every kernel works on a [`Window`], reads elements into memory of its own block by block, and computes there: another
//! thread may write to the array at any time, and a value that changes between two looks at it must change no more than
//! the result.

mod compare;
mod fields;
mod find;
mod reorder;
mod search;
mod select;
mod sort;
mod wide;
mod window;

pub use compare::mismatch;
pub use fields::{assign_field, extend_field, first_outside};
pub use find::{Needle, count, find};
pub use reorder::{assign, byteswap, reverse};
pub use search::{Number, extend_searched, search_sorted, search_window};
pub use select::{Integers, Mask, Memory, extend_masked, extend_taken, extend_window};
pub use sort::sort;
pub use window::Window;
