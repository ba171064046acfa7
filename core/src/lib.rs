//! Typed, growable arrays whose elements never move.
//!
//! An array is a table of chunks and a length. Appending makes new chunks and leaves the old ones where they are, so
//! addresses, views and exported buffers stay good while the array grows, and readers need no lock.
//!
//! ```
//! use chunkarray_core::ChunkArray;
//!
//! let mut readings: ChunkArray<f64> = ChunkArray::new();
//! readings.push(1.5)?;
//! let address = readings.address_of(0)?;
//! readings.extend_from_slice(&[2.5; 100_000])?;
//! assert_eq!(readings.address_of(0)?, address);
//! assert_eq!(readings.get(0), Some(1.5));
//! # Ok::<(), chunkarray_core::Error>(())
//! ```
//!
//! - [`ChunkArray<T>`] is the array for Rust programs; [`RawArray`] is what it is made of, blind to the element's type.
//! - [`Appender`] is the quickest way to append, for one thread at a time.
//! - [`DType`] gives element types their names, for programs whose types are known only at run time.
//! - [`Record`] is the layout of elements that are made of named fields.
//! - [`Arena`] hands out memory piece by piece and takes it back all at once; [`KeyTable`] finds values by name.
//! - [`Log`] is a bounded queue of byte strings; [`jsonl`] writes it as JSON Lines.
//! - [`message`] finds where messages of variable size begin.
//! - [`Block`] is the memory of one chunk: reference-counted, so that a view may outlive its array.

mod appender;
mod arena;
mod array;
mod block;
mod byte_queue;
mod chunks;
mod dtype;
mod element;
mod error;
mod exclusive;
mod extra;
mod handle;
mod history;
pub mod jsonl;
pub mod kernels;
mod key_table;
mod lock;
mod log;
mod marks;
mod memory;
pub mod message;
mod options;
mod positions;
mod raw;
mod record;
mod retention;
mod ring;
mod room;
mod side;
mod spine;
mod state;
mod sync;
mod table;
mod transaction;
mod watch;

pub use appender::Appender;
pub use arena::{Arena, ArenaMark, ArenaOptions, ArenaSlice};
pub use array::{ChunkArray, Iter};
pub use block::Block;
pub use chunks::{ChunkRef, Chunks, Run};
pub use dtype::{DType, DTypeError, Kind, Notation, Spelling, Unit};
pub use element::{
    Element, load as load_element, load_bytes, load_part, load_parts, store_bytes, store_part,
};
pub use error::Error;
pub use exclusive::Exclusive;
pub use handle::HandleKind;
#[cfg(not(loom))]
pub use handle::{Entered, Registered};
pub use key_table::{KeyTable, Snapshot, fnv1a};
pub use log::{Bounds, Log, LogError, LogGuard};
pub use marks::Mark;
pub use options::{Growth, Options};
pub use raw::{PushSlow, RawArray};
pub use record::{Bits, Field, FieldKind, Leaf, Record, RecordError, Stored};
pub use side::SideBlock;
pub use sync::this_thread;

/// The README's example is a test too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
