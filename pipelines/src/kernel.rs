//! A program made ready to run, and what a run gives.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use chunkarray_core::RawArray;
use chunkarray_core::kernels::Window;

use crate::driver::{Given, Job};
use crate::engine::Code;
use crate::layout::Layout;
use crate::native::{self, Function};
use crate::output::Outputs;
use crate::program::{Program, Value};
use crate::{Error, Type, codegen, interpreter, memory};

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
    /// The functions that the program calls.
    pub functions: &'a [Function],
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
            functions: &[],
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
        let code = match engine {
            Engine::Interpreted => interpreter::prepare(&program, &layout),
            Engine::Compiled => codegen::compile(&program, &layout)?,
            Engine::Best => codegen::compile(&program, &layout)
                .unwrap_or_else(|_| interpreter::prepare(&program, &layout)),
        };
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

    /// Runs it over the elements of windows, one for each input, all as long as the first, and gives one answer for
    /// each terminal. There may be more windows and parameters than the program has; a parameter is 8 bytes, of which
    /// its type takes the first.
    ///
    /// # Sums of floats
    /// are the same for every engine, number of threads and layout of chunks: a block is made of 1024 positions of the
    /// run, beginning with those from 0 on. Within it there are 8 sums, of the elements whose positions are equal modulo
    /// 8, each added in order, from -0.0 on; they are added as `((0+4)+(2+6))+((1+5)+(3+7))`. The sums of blocks are
    /// added pairwise as a binary counter carries, and what is left over from the smallest to the largest. Elements
    /// that were filtered out keep their positions, and add nothing. A sum of nothing is 0.0.
    ///
    /// Within `group`, the elements of each group are added in order within a segment of 65,536 positions, from -0.0 on,
    /// and then the segments' sums in order.
    ///
    /// # Errors
    /// Whatever does not fit the program; too many groups; a lack of memory; [`Error::Stopped`]. Outputs are then what
    /// they were before, but for private ones.
    ///
    /// ```
    /// use chunkarray_core::kernels::Window;
    /// use chunkarray_core::{Options, RawArray};
    /// use chunkarray_pipelines::{Answer, Engine, Kernel, Output, Program, Run};
    ///
    /// let from = RawArray::new(4, &Options::default())?;
    /// let to = RawArray::new(8, &Options::default())?;
    /// from.extend(&[3i32, -1, 4])?;
    /// let program = Program::parse("in 0 0 S4;par 0 S4;gt S4 0 1;filter 2;cast S4 F8 0;out 0 F8 3")?;
    /// let kernel = Kernel::new(program, Engine::Interpreted)?;
    /// let output = Output { array: &to, private: false };
    /// let answers = kernel.run(&[Window::all(&from)?], &[0], &[output], &Run::default())?;
    /// assert_eq!((answers, to.read::<f64>(1)?), (vec![Answer::Written(2)], 4.0));
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn run(
        &self,
        inputs: &[Window],
        parameters: &[u64],
        outputs: &[Output<'_>],
        run: &Run<'_>,
    ) -> Result<Vec<Answer>, Error> {
        self.check(inputs, parameters)?;
        let program = &self.program;
        let outputs = Outputs::new(program, &self.layout, outputs)?;
        let parameters = &self.normal(parameters)?[..];
        let functions = &native::bind(program, run.functions)?[..];
        let given = Given {
            inputs,
            parameters,
            functions,
        };
        let job = Job::new(program, &self.layout, &*self.code, given, run);
        let answers = job.run(&outputs, run)?;
        outputs.finish()?;
        Ok(answers)
    }

    /// Parameters whose BOOLs are 0 or 1.
    fn normal(&self, parameters: &[u64]) -> Result<Vec<u64>, Error> {
        let types = self.program.parameters();
        let mut normal = memory::empty(types.len())?;
        normal.extend(types.iter().zip(parameters).map(|(ty, &word)| match ty {
            Some(Type::Bool) => u64::from(word as u8 != 0),
            _ => word,
        }));
        Ok(normal)
    }

    fn check(&self, inputs: &[Window], parameters: &[u64]) -> Result<(), Error> {
        let wanted = self.program.inputs();
        if inputs.len() < wanted.max(1) {
            return Err(Error::InputCount {
                given: inputs.len(),
                wanted: wanted.max(1),
            });
        }
        let length = inputs[0].len();
        for (input, window) in inputs.iter().enumerate() {
            if window.len() != length {
                return Err(Error::InputLength {
                    input,
                    given: window.len(),
                    wanted: length,
                });
            }
        }
        for value in self.program.values() {
            if let Value::In {
                input, offset, ty, ..
            } = *value
            {
                let element_size = inputs[input as usize].element_size();
                let offset = offset as usize;
                if offset + ty.size() > element_size {
                    return Err(Error::FieldOutside {
                        offset,
                        ty,
                        element_size,
                    });
                }
            }
        }
        let wanted = self.program.parameters().len();
        if parameters.len() < wanted {
            return Err(Error::ParameterCount {
                given: parameters.len(),
                wanted,
            });
        }
        Ok(())
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
