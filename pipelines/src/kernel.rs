//! A program made ready to run, and what a run gives.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use chunkarray_core::RawArray;
use chunkarray_core::kernels::Window;

use crate::engine::Code;
use crate::layout::Layout;
use crate::program::Program;
use crate::{Error, Type, codegen};

/// Who runs a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Machine code where it can be generated, else the interpreter.
    #[default]
    Best,
    /// Machine code, or an error.
    Compiled,
    /// The interpreter, which works block by block.
    Interpreted,
}

/// A program made ready to run, any number of times, from any thread.
pub struct Kernel {
    program: Program,
    layout: Layout,
    code: Box<dyn Code>,
}

/// How to run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// How many threads may work, the caller's among them.
    pub threads: usize,
    /// Whether to end early: [`Error::Stopped`].
    pub stop: Option<&'a AtomicBool>,
    /// Elements done so far are counted here.
    pub progress: Option<&'a AtomicUsize>,
    /// Called on the caller's thread about every 50 ms, with no lock held.
    pub poll: Option<&'a dyn Fn()>,
}

impl Default for Run<'_> {
    fn default() -> Self {
        Run {
            threads: 1,
            stop: None,
            progress: None,
            poll: None,
        }
    }
}

/// An array to append to.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// The array.
    pub array: &'a RawArray,
    /// Whether nobody else knows it: elements are then appended as they are made. Else all appear at once, when the
    /// run has ended well.
    pub private: bool,
}

/// What a terminal gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Nothing came: of min, max, argmin, argmax, first, last.
    Empty,
    /// A BOOL.
    Bool(bool),
    /// S1 to S8.
    Int(i64),
    /// U1 to U8.
    Uint(u64),
    /// F4 and F8.
    Float(f64),
    /// A histogram's bins.
    Bins(Vec<u64>),
    /// How many elements `out` wrote.
    Written(usize),
    /// The keys of `group`: one column for each, of one value for each group.
    Keys(Vec<Column>),
    /// One value for each group.
    Column(Column),
}

/// Values side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Their type.
    pub ty: Type,
    /// Their bytes, in the machine's order.
    pub bytes: Vec<u8>,
}

impl Kernel {
    /// Makes a program ready.
    pub fn new(program: Program, engine: Engine) -> Result<Kernel, Error> {
        let layout = Layout::new(&program);
        let _ = engine;
        let code = codegen::compile(&program, &layout)?;
        Ok(Kernel {
            program,
            layout,
            code,
        })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// `cranelift` or `interpreter`.
    pub fn engine(&self) -> &'static str {
        self.code.engine()
    }

    /// Elements in one step of the main loop; 1 if it goes one by one.
    pub fn lanes(&self) -> usize {
        self.code.lanes()
    }

    /// How the program runs, for people.
    pub fn explain(&self) -> String {
        self.code.explain()
    }

    /// The machine code, for people; nothing if there is none.
    pub fn code(&self) -> String {
        self.code.code()
    }

    /// Runs it over elements; gives one answer for each terminal.
    pub fn run(
        &self,
        inputs: &[Window],
        parameters: &[u64],
        outputs: &[Output<'_>],
        run: &Run<'_>,
    ) -> Result<Vec<Answer>, Error> {
        let _ = (inputs, outputs, run);
        self.layout.start(parameters)?;
        Err(Error::Stopped)
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kernel")
            .field("program", &self.program.to_string())
            .field("engine", &self.engine())
            .finish_non_exhaustive()
    }
}
