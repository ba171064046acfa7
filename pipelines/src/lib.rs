//! Fused loops over the elements of chunk arrays: filter, map and reduce in one pass.
//!
//! A [`Program`] says what is computed for each element and what becomes of it. A [`Kernel`] is a program made ready by
//! an [`Engine`]; it runs over windows of arrays, on several threads, and gives one [`Answer`] for each terminal.
//!
//! ```
//! use chunkarray_core::kernels::Window;
//! use chunkarray_core::{Options, RawArray};
//! use chunkarray_pipelines::{Answer, Engine, Kernel, Program, Run};
//!
//! let array = RawArray::new(8, &Options::default())?;
//! array.extend(&[1.0, 5.0, 7.0])?;
//! let program = Program::parse("in 0 0 F8;par 0 F8;gt F8 0 1;filter 2;sum F8 0;n")?;
//! let kernel = Kernel::new(program, Engine::Best)?;
//! let answers = kernel.run(&[Window::all(&array)?], &[2.0_f64.to_bits()], &[], &Run::default())?;
//! assert_eq!(answers, [Answer::Float(12.0), Answer::Uint(2)]);
//! # Ok::<(), chunkarray_pipelines::Error>(())
//! ```

mod codegen;
mod driver;
mod elementary;
mod engine;
mod error;
mod group;
mod hist;
mod interpreter;
mod kernel;
mod layout;
mod math;
mod memory;
mod native;
mod output;
mod program;
mod scalar;
mod sink;
mod tree;
mod types;
mod wide;

pub use driver::TASK;
pub use error::Error;
pub use kernel::{Answer, Column, Engine, Kernel, Output, Run};
pub use native::{Calling, Function};
pub use program::{
    Binary, Bits, Compare, Id, MOST_ARGUMENTS, MOST_BINS, MOST_STATEMENTS, Program, Scan,
    Signature, Step, Terminal, Test, Unary, Value,
};
pub use types::Type;

use layout::BLOCK;
