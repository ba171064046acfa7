//! What an array refuses, with the numbers that explain it.

use std::fmt;

/// Why an operation on an array was refused. The array is then what it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no element at `index`.
    IndexOutOfRange {
        /// The index asked for.
        index: usize,
        /// The array's length at that moment.
        len: usize,
    },
    /// An index that was given from outside names no element.
    NoSuchElement {
        /// The index asked for.
        index: i128,
        /// How many elements there are to choose from.
        len: usize,
    },
    /// A mask does not say of each element whether it is meant.
    MaskLength {
        /// Truth values in the mask.
        given: usize,
        /// How many elements there are to choose from.
        len: usize,
    },
    /// The element at `position` was dropped at the front.
    Dropped {
        /// The position asked for.
        position: usize,
        /// That of the oldest element at that moment.
        first: usize,
    },
    /// The array ends in front of `position`: it was shortened, or was never so long.
    Gone {
        /// The position asked for.
        position: usize,
        /// The array's end at that moment.
        end: usize,
    },
    /// The array was frozen.
    Frozen,
    /// The array was closed.
    Closed,
    /// Only the open appender changes the array's end.
    AppenderOpen,
    /// The appender was opened by another thread.
    NotTheAppendersThread,
    /// No appender is open.
    AppenderClosed,
    /// Elements from before a transaction can't be removed within it, and nothing can be dropped at the front.
    InTransaction,
    /// Not the innermost transaction of this thread was to be ended.
    OutOfOrder {
        /// The depth that was given.
        given: usize,
        /// That of the innermost transaction, 0 if there is none.
        depth: usize,
    },
    /// A transaction can't end while an [`Exclusive`](crate::Exclusive) that was taken within it is in use.
    ExclusiveInUse,
    /// The array's end is not where the room begins that was to be filled.
    RoomTaken,
    /// The array was cut below the mark, or the mark is another array's.
    StaleMark,
    /// The mark's position was dropped at the front.
    MarkDropped {
        /// Position of the oldest element.
        first: usize,
    },
    /// `keep` is at least a chunk.
    KeepTooSmall {
        /// The elements to keep.
        keep: usize,
        /// Elements of a chunk.
        chunk_size: usize,
    },
    /// Only with chunks of one size is memory bounded by `keep`.
    KeepNeedsFixed,
    /// `pop` found no element.
    Empty,
    /// The system would not give memory or address space.
    OutOfMemory {
        /// How much was asked for.
        bytes: usize,
    },
    /// So many elements have no place in an address space.
    TooLarge {
        /// Elements asked for.
        elements: usize,
        /// Bytes of each.
        element_size: usize,
    },
    /// Elements take 1 to `isize::MAX` bytes.
    BadElementSize {
        /// The size asked for.
        given: usize,
    },
    /// A chunk holds a power of two of elements.
    BadChunkSize {
        /// The size asked for.
        given: usize,
    },
    /// The value has another size than the array's elements.
    SizeMismatch {
        /// Bytes of the value.
        given: usize,
        /// Bytes of an element.
        element_size: usize,
    },
    /// A part of an element reaches behind it.
    PartOutside {
        /// Where it begins.
        offset: usize,
        /// Bytes of the part.
        size: usize,
        /// Bytes of an element.
        element_size: usize,
    },
    /// Elements that can't be sorted.
    Unordered,
    /// The bytes are no whole number of elements.
    RaggedBytes {
        /// How many bytes came.
        given: usize,
        /// Bytes of an element.
        element_size: usize,
    },
    /// An alignment is a power of two.
    BadAlignment {
        /// The alignment asked for.
        given: usize,
    },
    /// The arena was rewound below the mark, or reset.
    MarkGone,
    /// The mark was made by another arena.
    ForeignMark,
    /// Arrays, or views of them, live where the arena was to be rewound.
    ArenaInUse {
        /// How many chunks they have there.
        chunks: usize,
    },
    /// The arena was closed.
    ArenaClosed,
}

impl Error {
    /// Whether this is a lack of memory or address space (Python's `MemoryError`).
    ///
    /// ```
    /// use chunkarray_core::{ChunkArray, Options};
    ///
    /// let refused = ChunkArray::<u64>::with_options(&Options { capacity: usize::MAX, ..Options::default() });
    /// assert!(refused.unwrap_err().is_memory());
    /// ```
    pub fn is_memory(&self) -> bool {
        matches!(self, Error::OutOfMemory { .. } | Error::TooLarge { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::IndexOutOfRange { index, len } => {
                write!(f, "index {index} is out of range for length {len}")
            }
            Error::NoSuchElement { index, len } => {
                write!(f, "index {index} is out of range for length {len}")
            }
            Error::MaskLength { given, len } => {
                write!(f, "boolean mask of length {given} for length {len}")
            }
            Error::Dropped { position, first } => {
                write!(f, "position {position} was dropped (first is {first})")
            }
            Error::Gone { position, end } => write!(
                f,
                "position {position} is gone: the array was truncated to {end}"
            ),
            Error::Frozen => f.write_str("the array is frozen"),
            Error::Closed => f.write_str("the array is closed"),
            Error::AppenderOpen => f.write_str("an appender of this array is open"),
            Error::NotTheAppendersThread => {
                f.write_str("put() belongs to the thread that opened the appender")
            }
            Error::AppenderClosed => f.write_str("the appender is closed"),
            Error::InTransaction => f.write_str(
                "elements from before the transaction can't be removed before it has ended",
            ),
            Error::OutOfOrder { given, depth: 0 } => write!(
                f,
                "transaction {given} was ended, but this thread is in no transaction"
            ),
            Error::OutOfOrder { given, depth } => write!(
                f,
                "transactions end in reverse order: {given} was ended, but {depth} is the innermost"
            ),
            Error::ExclusiveInUse => {
                f.write_str("the transaction can't end while a lock taken within it is in use")
            }
            Error::RoomTaken => f.write_str("the array does not end where the room begins"),
            Error::StaleMark => {
                f.write_str("the mark is no longer valid: the array was cut below it")
            }
            Error::MarkDropped { first } => write!(
                f,
                "the mark is no longer valid: its position was dropped (first is {first})"
            ),
            Error::KeepTooSmall { keep, chunk_size } => write!(
                f,
                "keep must be at least chunk_size ({chunk_size}), not {keep}"
            ),
            Error::KeepNeedsFixed => f.write_str(
                "keep needs growth='fixed': memory would not stay bounded with growing chunks",
            ),
            Error::Empty => f.write_str("pop from empty ChunkArray"),
            Error::OutOfMemory { bytes } => {
                write!(f, "the system refused {bytes} bytes of memory")
            }
            Error::TooLarge {
                elements,
                element_size,
            } => write!(
                f,
                "{elements} elements of {element_size} bytes are more than an address space holds"
            ),
            Error::BadElementSize { given } => {
                write!(
                    f,
                    "element_size must be at least 1 and fit the address space, not {given}"
                )
            }
            Error::BadChunkSize { given } => {
                write!(f, "chunk_size must be a power of two, not {given}")
            }
            Error::SizeMismatch {
                given,
                element_size,
            } => {
                write!(f, "an element takes {element_size} bytes, not {given}")
            }
            Error::PartOutside {
                offset,
                size,
                element_size,
            } => {
                write!(
                    f,
                    "{size} bytes at offset {offset} reach behind an element of {element_size}"
                )
            }
            Error::Unordered => f.write_str("the elements have no order"),
            Error::RaggedBytes {
                given,
                element_size,
            } => write!(
                f,
                "{given} bytes are not a whole number of elements of {element_size} bytes"
            ),
            Error::BadAlignment { given } => {
                write!(f, "an alignment is a power of two, not {given}")
            }
            Error::MarkGone => {
                f.write_str("the mark is no longer valid: the arena was rewound below it, or reset")
            }
            Error::ForeignMark => f.write_str("the mark belongs to another arena"),
            Error::ArenaInUse { chunks } => write!(
                f,
                "an array lives above the mark: {chunks} chunks there belong to arrays, or views of them, that live"
            ),
            Error::ArenaClosed => f.write_str("the arena is closed"),
        }
    }
}

impl std::error::Error for Error {}
