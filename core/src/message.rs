//! Where messages begin that lie one behind the other, where each one's own bytes tell how long it is.
//!
//! A [`Program`] says how to get over one message: what to load from it, what to compute and how far to go. It is read from
//! words and checked once; after that it runs without allocation, never reads outside of the data and always ends: jumps go
//! forward only, and each round of a loop has to get on.
//!
//! It measures, it does not judge. Where anything is odd it stops with [`Stop::Look`], and whoever asked looks at that
//! message with the full description at hand, which knows names and so can say what is wrong.
//!
//! ```
//! use chunkarray_core::message::{Program, Stop};
//!
//! // A byte that says how many more follow it.
//! let load = [1, 0, 0, 1, 0, 0, 0]; // LOAD register 0, at +0, one byte, unsigned, all its bits
//! let words: Vec<i64> = [&load[..], &[4, 1], &[5, 0, 1], &[0]].concat(); // SKIP 1, SKIP_BY register 0, DONE
//! let program = Program::new(&words)?;
//! let mut offsets = [0; 8];
//! let run = program.scan(b"\x02ab\x00\x03xyz\x05ab", 0, 100, &mut offsets);
//! assert_eq!(&offsets[..run.count], [0, 3, 4]);
//! assert_eq!((run.at, run.stop), (8, Stop::Cut));
//! # Ok::<(), chunkarray_core::message::ProgramError>(())
//! ```

mod program;
mod scan;
#[cfg(test)]
mod tests;

pub use program::{MOST_WORDS, Program, ProgramError};
pub use scan::{Run, Stop};
