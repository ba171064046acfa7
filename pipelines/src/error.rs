//! What a kernel refuses.

use std::fmt;

use crate::Type;

/// Why a program is no program, or a run was refused or ended early. The outputs are then what they were before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The text is no program.
    Program {
        /// Which statement, from 0 on.
        statement: usize,
        /// That statement.
        text: String,
        /// What is wrong with it.
        what: String,
    },
    /// No code can be generated here, and none else was wanted.
    NoCode {
        /// Why not.
        why: String,
    },
    /// The program reads other inputs than were given.
    InputCount {
        /// How many were given.
        given: usize,
        /// How many it reads.
        wanted: usize,
    },
    /// Not all inputs are as long as the first.
    InputLength {
        /// Which input.
        input: usize,
        /// Its length.
        given: usize,
        /// That of the first.
        wanted: usize,
    },
    /// A field reaches behind the elements of its input or output.
    FieldOutside {
        /// Where it begins.
        offset: usize,
        /// Its type.
        ty: Type,
        /// Bytes of an element.
        element_size: usize,
    },
    /// The program has other parameters than were given.
    ParameterCount {
        /// How many were given.
        given: usize,
        /// How many it has.
        wanted: usize,
    },
    /// The program calls other functions than were given.
    FunctionCount {
        /// How many were given.
        given: usize,
        /// How many it calls.
        wanted: usize,
    },
    /// A function that was given is none: its address is 0.
    NoFunction {
        /// Which one.
        index: usize,
    },
    /// How functions of C are called is not known for this kind of machine.
    NoCalls,
    /// The program writes to other outputs than were given.
    OutputCount {
        /// How many were given.
        given: usize,
        /// How many it has.
        wanted: usize,
    },
    /// The elements of an output have another size than what is written there.
    OutputSize {
        /// Which output.
        output: usize,
        /// Bytes of its elements.
        given: usize,
        /// Bytes of what is written.
        wanted: usize,
    },
    /// An output was given twice.
    OutputTwice {
        /// The second time, by its number.
        output: usize,
    },
    /// The edges of a histogram are no range: not finite, or the lower one is not below.
    Edges,
    /// There are more groups than were allowed.
    TooManyGroups {
        /// How many were allowed.
        most: usize,
    },
    /// The run was stopped from outside.
    Stopped,
    /// An array refused.
    Array(chunkarray_core::Error),
}

impl Error {
    /// Whether this is a lack of memory (Python's `MemoryError`).
    ///
    /// ```
    /// assert!(!chunkarray_pipelines::Error::Edges.is_memory());
    /// ```
    pub fn is_memory(&self) -> bool {
        matches!(self, Error::Array(error) if error.is_memory())
    }
}

impl From<chunkarray_core::Error> for Error {
    fn from(error: chunkarray_core::Error) -> Error {
        Error::Array(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Program {
                statement,
                text,
                what,
            } => write!(f, "statement {statement} ({text:?}): {what}"),
            Error::NoCode { why } => write!(f, "no code can be generated: {why}"),
            Error::InputCount { given, wanted } => {
                write!(f, "the program reads {wanted} inputs, not {given}")
            }
            Error::InputLength {
                input,
                given,
                wanted,
            } => write!(
                f,
                "arrays of equal length go together: number {input} has {given} elements, the first {wanted}"
            ),
            Error::FieldOutside {
                offset,
                ty,
                element_size,
            } => write!(
                f,
                "a {ty} at offset {offset} reaches behind an element of {element_size} bytes"
            ),
            Error::ParameterCount { given, wanted } => {
                write!(f, "the program has {wanted} parameters, not {given}")
            }
            Error::FunctionCount { given, wanted } => {
                write!(f, "the program calls {wanted} functions, not {given}")
            }
            Error::NoFunction { index } => write!(f, "function {index} is a null pointer"),
            Error::NoCalls => {
                f.write_str("functions of C can't be called one by one on this kind of machine")
            }
            Error::OutputCount { given, wanted } => {
                write!(f, "the program writes to {wanted} outputs, not {given}")
            }
            Error::OutputSize {
                output,
                given,
                wanted,
            } => write!(
                f,
                "output {output} has elements of {given} bytes, and {wanted} are written"
            ),
            Error::OutputTwice { output } => {
                write!(f, "output {output} is the array of another output")
            }
            Error::Edges => {
                f.write_str("a histogram's range is finite, and its end above its begin")
            }
            Error::TooManyGroups { most } => write!(f, "there are more than {most} groups"),
            Error::Stopped => f.write_str("the run was stopped"),
            Error::Array(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
