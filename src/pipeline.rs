//! `Kernel`: a program of `chunkarray_pipelines`, run over windows of arrays.
//!
//! Arguments are converted first. The run itself is outside of Python and comes by every now and then, for signals and
//! for who wants to know how far it is. Arrays that others may know are appended to at the end, by the rules of
//! [`crate::locking`]: until then the elements are kept aside.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chunkarray_core::kernels::{self, Window};
use chunkarray_core::{Options, RawArray};
use chunkarray_pipelines as pipelines;
use chunkarray_pipelines::{
    Answer, Calling, Column, Engine, Function, Kernel, Output, Program, Run, Type,
};
use hpy_host::bind;
use hpy_host::define::{
    Error, Exception, Result, Trampolines, attribute, checked, checked_status, destroy, method,
    slot,
};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::abi::python::unsigned;
use crate::arguments::{self, Owned, Parameters, type_name};
use crate::array::{Filled, as_array};
use crate::kernels::Positions;
use crate::locking::{Hold, LONG, away, exclusive, outside, raised};
use crate::{memory_pressure, module};

/// Instance data. All zero is a valid, unfilled instance.
#[repr(C)]
pub struct KernelObject {
    filled: AtomicBool,
    kernel: MaybeUninit<Box<Kernel>>,
}

/// Name and documentation of the type.
pub const NAME: &CStr = c"chunkarray._core.Kernel";
pub const DOC: &CStr = c"Kernel(text, engine=\"best\")\n--\n\n\
A program over elements, made ready to run over windows of arrays, any number of times.\n\n\
engine: 'best', 'compiled' (ValueError where no code can be generated) or 'interpreted'. ValueError if the text is no\n\
program.";

/// The definitions of the type.
pub fn definitions(t: Trampolines) -> Vec<HPyDef> {
    vec![
        slot(HPy_tp_new, bind!(t, new: new)),
        attribute(
            c"engine",
            bind!(t, getter: engine),
            c"What runs the program: 'cranelift' or 'interpreter'.",
        ),
        attribute(
            c"lanes",
            bind!(t, getter: lanes),
            c"Elements that one step works on.",
        ),
        method(
            c"code",
            bind!(t, noargs: code),
            c"code($self, /)\n--\n\nThe machine code that was made, as text; empty where none was.",
        ),
        method(
            c"explain",
            bind!(t, noargs: explain),
            c"explain($self, /)\n--\n\nHow the program runs, as text.",
        ),
        method(
            c"run",
            bind!(t, keywords: run),
            c"run($self, inputs, count, params, outputs, threads, stop=None, fresh=False, functions=(), /)\n--\n\n\
              Run over `count` elements of each input, a tuple of (array, start, step), and give a tuple of results.\n\n\
              Elements are those at the positions start, start + step, ... `params` has 8 bytes for each parameter,\n\
              `outputs` are the arrays that are appended to, all or none; an input may be among them, unless they are\n\
              `fresh`, which says that nobody else knows them. `threads` is how many may work, 0 for one on each core.\n\
              `stop`, if given, is called now and then with how many elements are done; if it gives something true or\n\
              raises, the run ends: with RuntimeError or with what was raised. `functions` are what the program calls:\n\
              a tuple of (kind, address, data), of the kinds 0, a C function of numbers, 1, one that takes `data` behind\n\
              them, and 2, the loop of a ufunc. They are called as the program says: whoever gives them answers for it.\n\n\
              IndexError if an element is gone, ValueError if something does not fit the program.",
        ),
        destroy(free),
    ]
}

unsafe extern "C" fn free(data: *mut c_void) {
    // SAFETY: the host passes instance data once, at its end.
    unsafe {
        let object = &mut *data.cast::<KernelObject>();
        if std::mem::replace(object.filled.get_mut(), false) {
            object.kernel.assume_init_drop();
        }
    }
}

/// The kernel behind `self`.
fn kernel<'a, D: Door>(door: D, this: HPy) -> Result<&'a Kernel> {
    // SAFETY: methods are called on instances of the type only, which outlive the call.
    let object = unsafe { &*door.data(this).cast::<KernelObject>() };
    if object.filled.load(Ordering::Relaxed) {
        // SAFETY: it was filled.
        Ok(unsafe { object.kernel.assume_init_ref() })
    } else {
        let message = "the kernel was never initialised".into();
        Err(Error::New(Exception::RuntimeError, message))
    }
}

const PARAMETERS: Parameters<2> = Parameters {
    function: "Kernel",
    names: [c"text", c"engine"],
    positional: 2,
};

fn new<D: Door>(
    door: D,
    class: HPy,
    arguments: *const HPy,
    count: isize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host passes live handles.
    let [text, engine] = unsafe { PARAMETERS.read(door, arguments, count, names)? };
    let Some(text) = text else {
        return Err(Error::type_error("Kernel() needs the text of a program"));
    };
    let text = arguments::text(door, "text", text.get())?;
    let engine = match engine {
        None => Engine::Best,
        Some(engine) => match arguments::text(door, "engine", engine.get())?.as_str() {
            "best" => Engine::Best,
            "compiled" => Engine::Compiled,
            "interpreted" => Engine::Interpreted,
            other => {
                return Err(Error::value_error(format!(
                    "engine is \"best\", \"compiled\" or \"interpreted\", not {other:?}"
                )));
            }
        },
    };
    let made = outside(door, || Kernel::new(Program::parse(&text)?, engine));
    let kernel = Box::new(made.map_err(refused)?);
    // SAFETY: `class` is Kernel, so a new instance has zeroed instance data of our type behind it,
    // which has nothing to drop.
    unsafe {
        let mut data = std::ptr::null_mut();
        let this = Owned::new(door, HPy_New(door.ctx(), class, &raw mut data))?;
        let object = door.data(this.get()).cast::<KernelObject>();
        (*object).kernel.write(kernel);
        (*object).filled = AtomicBool::new(true);
        Ok(this.take())
    }
}

/// The Python exception for what a kernel refuses.
#[cold]
fn refused(error: pipelines::Error) -> Error {
    match error {
        pipelines::Error::Array(error) => raised(error),
        pipelines::Error::Stopped => Error::New(Exception::RuntimeError, error.to_string()),
        error => Error::value_error(error.to_string()),
    }
}

fn engine<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    module::string(door, kernel(door, this)?.engine())
}

fn lanes<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    checked(door.int(kernel(door, this)?.lanes() as i64))
}

fn code<D: Door>(door: D, this: HPy) -> Result<HPy> {
    module::string(door, &kernel(door, this)?.code())
}

fn explain<D: Door>(door: D, this: HPy) -> Result<HPy> {
    module::string(door, &kernel(door, this)?.explain())
}

/// The items of a tuple.
fn items<D: Door>(door: D, what: &str, h: HPy) -> Result<Vec<Owned<D>>> {
    let ctx = door.ctx();
    // SAFETY: `h` is live.
    unsafe {
        if HPyTuple_Check(ctx, h) == 0 {
            let found = type_name(door, h);
            return Err(Error::type_error(format!(
                "{what} are a tuple, not {found}"
            )));
        }
        let length = HPy_Length(ctx, h);
        (0..length)
            .map(|k| Owned::new(door, HPy_GetItem_i(ctx, h, k)))
            .collect()
    }
}

/// The window that an input is.
fn window<D: Door>(door: D, input: HPy, count: HPy) -> Result<Window> {
    let wrong = || Error::type_error("an input is a tuple of an array, a start and a step");
    // SAFETY: the handle is live.
    if unsafe { HPyTuple_Check(door.ctx(), input) } == 0 {
        return Err(wrong());
    }
    let parts = items(door, "inputs", input)?;
    let [array, start, step] = parts.as_slice() else {
        return Err(wrong());
    };
    let array = as_array(door, array.get())?.ok_or_else(wrong)?;
    Positions::read(door, [start.get(), step.get(), count])?.of(&array)
}

/// A window of elements that nothing is read from, for programs that have none.
fn nothing(count: usize) -> Result<Window> {
    let array = RawArray::new(1, &Options::default()).map_err(raised)?;
    array.push(0_u8).map_err(raised)?;
    Window::new(&array, 0, 0, count).map_err(raised)
}

/// The parameters: eight bytes each.
fn parameters<D: Door>(door: D, kernel: &Kernel, h: HPy) -> Result<Vec<u64>> {
    let ctx = door.ctx();
    // SAFETY: `h` is live, and while it is, so are its bytes.
    let bytes = unsafe {
        if HPyBytes_Check(ctx, h) == 0 {
            let found = type_name(door, h);
            return Err(Error::type_error(format!("params are bytes, not {found}")));
        }
        let (text, size) = (HPyBytes_AsString(ctx, h), HPyBytes_Size(ctx, h));
        if text.is_null() || size < 0 {
            return Err(Error::Raised);
        }
        std::slice::from_raw_parts(text.cast::<u8>(), size as usize)
    };
    let wanted = kernel.program().parameters().len();
    if bytes.len() != 8 * wanted {
        return Err(Error::value_error(format!(
            "{wanted} parameters have {} bytes, not {}",
            8 * wanted,
            bytes.len()
        )));
    }
    let (words, _) = bytes.as_chunks();
    Ok(words.iter().map(|&word| u64::from_le_bytes(word)).collect())
}

/// The functions that a program calls.
fn functions<D: Door>(door: D, given: HPy) -> Result<Vec<Function>> {
    let wrong = || Error::type_error("a function is a tuple of a kind, an address and data");
    let read = |function: &Owned<D>| {
        // SAFETY: the handle is live.
        if unsafe { HPyTuple_Check(door.ctx(), function.get()) } == 0 {
            return Err(wrong());
        }
        let parts = items(door, "functions", function.get())?;
        let [kind, address, data] = parts.as_slice() else {
            return Err(wrong());
        };
        let calling = match arguments::size(door, "kind", kind.get())? {
            0 => Calling::Each,
            1 => Calling::EachWithData,
            2 => Calling::Block,
            other => {
                return Err(Error::value_error(format!(
                    "functions are of the kinds 0 to 2, not {other}"
                )));
            }
        };
        let address = arguments::size(door, "address", address.get())?;
        let data = arguments::size(door, "data", data.get())?;
        // SAFETY: whoever calls this promises it; chunkarray._pipeline.native looks at functions before, and says in
        // its documentation what can't be seen.
        Ok(unsafe { Function::new(address, data, calling) })
    };
    let given = items(door, "functions", given)?;
    given.iter().map(read).collect()
}

/// The arrays to append to. The handles keep them.
fn arrays<'a, D: Door>(door: D, outputs: &'a [Owned<D>]) -> Result<Vec<Filled<'a>>> {
    let mut arrays: Vec<Filled<'_>> = Vec::with_capacity(outputs.len());
    for output in outputs {
        let Some(array) = as_array(door, output.get())? else {
            return Err(Error::type_error("outputs are arrays"));
        };
        if arrays
            .iter()
            .any(|other| std::ptr::eq(other.raw, array.raw))
        {
            return Err(Error::value_error("an array is given as two outputs"));
        }
        arrays.push(array);
    }
    Ok(arrays)
}

/// Refuses what no elements can be added to, before any work is done.
fn check_open<D: Door>(door: D, arrays: &[Filled<'_>]) -> Result<()> {
    arrays.iter().try_for_each(|array| {
        let none = Window::new(array.raw, 0, 1, 0).map_err(raised)?;
        array.grow(door, Hold::Briefly, |guard| {
            kernels::extend_window(guard, &none)
        })?;
        Ok(())
    })
}

fn run<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    given: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: `names` is null or a live tuple.
    let named = !names.is_null() && unsafe { HPy_Length(door.ctx(), names) } != 0;
    if named || !(5..=8).contains(&given) {
        return Err(Error::type_error(format!(
            "run() takes 5 to 8 arguments, none by name ({given} given)"
        )));
    }
    // SAFETY: the host passes so many live handles.
    let argument = |k: usize| unsafe { *arguments.add(k) };
    let kernel = kernel(door, this)?;
    let count = arguments::size(door, "count", argument(1))?;
    let threads = match arguments::size(door, "threads", argument(4))? {
        // Asking the system takes longer than the work of one thread's least share.
        0 if count <= pipelines::TASK => 1,
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let inputs = items(door, "inputs", argument(0))?;
    let inputs: Result<Vec<Window>> = inputs
        .iter()
        .map(|input| window(door, input.get(), argument(1)))
        .collect();
    let mut inputs = inputs?;
    let parameters = parameters(door, kernel, argument(2))?;
    let outputs = items(door, "outputs", argument(3))?;
    let outputs = arrays(door, &outputs)?;
    // SAFETY: the handles are live; None is the context's.
    let (watch, fresh) = unsafe {
        let ctx = door.ctx();
        let watch =
            (given > 5 && HPy_Is(ctx, argument(5), (*ctx).h_None) == 0).then(|| argument(5));
        let fresh = given > 6 && checked_status(HPy_IsTrue(ctx, argument(6)))? != 0;
        (watch, fresh)
    };
    let functions = match given {
        8 => functions(door, argument(7))?,
        _ => Vec::new(),
    };
    check_open(door, &outputs)?;
    if inputs.is_empty() {
        // Which has elements that a program could read.
        let (given, wanted) = (0, kernel.program().inputs());
        if wanted > 0 {
            return Err(refused(pipelines::Error::InputCount { given, wanted }));
        }
        inputs.push(nothing(count)?);
    }
    let job = Job {
        kernel,
        inputs,
        parameters,
        functions,
        threads,
        watch,
    };
    let answers = if fresh {
        let arrays: Vec<&RawArray> = outputs.iter().map(|array| array.raw).collect();
        let answers = job.run(door, &arrays)?;
        for array in &outputs {
            array.tell_collector(door);
            array.tell_waiters(door)?;
        }
        answers
    } else {
        let aside = outputs
            .iter()
            .map(|array| RawArray::new(array.dtype.size(), &Options::default()))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(raised)?;
        let answers = job.run(door, &aside.iter().collect::<Vec<_>>())?;
        append_all(door, &outputs, &aside)?;
        answers
    };
    let answers: Result<Vec<Owned<D>>> = answers
        .into_iter()
        .map(|answer| Owned::new(door, answered(door, answer)?))
        .collect();
    tuple(door, &answers?)
}

/// A run whose arguments were converted.
struct Job<'a> {
    kernel: &'a Kernel,
    inputs: Vec<Window>,
    parameters: Vec<u64>,
    functions: Vec<Function>,
    threads: usize,
    /// Who wants to be called now and then.
    watch: Option<HPy>,
}

impl Job<'_> {
    /// Runs it, into arrays that nobody else knows, and once more after a collection where there was no memory.
    fn run<D: Door>(&self, door: D, outputs: &[&RawArray]) -> Result<Vec<Answer>> {
        let mut result = self.attempt(door, outputs)?;
        if result.as_ref().is_err_and(pipelines::Error::is_memory) && memory_pressure::collect(door)
        {
            result = self.attempt(door, outputs)?;
        }
        result.map_err(refused)
    }

    fn attempt<D: Door>(
        &self,
        door: D,
        outputs: &[&RawArray],
    ) -> Result<std::result::Result<Vec<Answer>, pipelines::Error>> {
        let outputs: Vec<Output<'_>> = outputs
            .iter()
            .map(|array| Output {
                array,
                private: true,
            })
            .collect();
        let start = |run: &Run<'_>| {
            self.kernel
                .run(&self.inputs, &self.parameters, &outputs, run)
        };
        let (stop, progress) = (AtomicBool::new(false), AtomicUsize::new(0));
        let run = Run {
            threads: self.threads,
            functions: &self.functions,
            stop: Some(&stop),
            progress: Some(&progress),
            poll: None,
        };
        // What takes less time than letting others run. Functions that are called may want to get into Python, from
        // other threads, too.
        let work = self.inputs[0].len() * self.kernel.program().steps().len().max(1);
        if work < LONG / 8 && self.functions.is_empty() {
            return Ok(start(&run));
        }
        let problem: Cell<Option<Error>> = Cell::new(None);
        let result = away(door, |away| {
            let poll = || {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let done = progress.load(Ordering::Relaxed);
                match away.inside(|door| look(door, self.watch, done)) {
                    Ok(false) => {}
                    ended => {
                        problem.set(ended.err());
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            };
            start(&Run {
                poll: Some(&poll),
                ..run
            })
        });
        match problem.take() {
            Some(error) => Err(error),
            None => Ok(result),
        }
    }
}

/// Comes by in Python, where signals are noticed, and says whether the run shall end.
fn look<D: Door>(door: D, watch: Option<HPy>, done: usize) -> Result<bool> {
    let ctx = door.ctx();
    // SAFETY: nothing but the context is passed.
    if unsafe { HPyErr_Occurred(ctx) } != 0 {
        // A handler that was called on the way back into Python.
        return Err(Error::Raised);
    }
    let own = match watch {
        Some(_) => None,
        None => Some(looking(door)?),
    };
    // SAFETY: all handles are live.
    unsafe {
        let function = own
            .as_ref()
            .map_or_else(|| watch.unwrap_or(HPY_NULL), Owned::get);
        let done = Owned::new(door, door.int(done as i64))?;
        let arguments = Owned::new(door, HPyTuple_FromArray(ctx, [done.get()].as_mut_ptr(), 1))?;
        let answer = HPy_CallTupleDict(ctx, function, arguments.get(), HPY_NULL);
        let answer = Owned::new(door, answer)?;
        Ok(checked_status(HPy_IsTrue(ctx, answer.get()))? != 0)
    }
}

/// The function `chunkarray._signals.look`.
fn looking<D: Door>(door: D) -> Result<Owned<D>> {
    let ctx = door.ctx();
    // SAFETY: the name is a C string; the module is live while the handle is.
    unsafe {
        let name = c"chunkarray._signals".as_ptr();
        let module = Owned::new(door, HPyImport_ImportModule(ctx, name))?;
        Owned::new(door, HPy_GetAttr_s(ctx, module.get(), c"look".as_ptr()))
    }
}

/// Appends what was kept aside, all or none.
fn append_all<D: Door>(door: D, arrays: &[Filled<'_>], aside: &[RawArray]) -> Result<()> {
    let mut done: Vec<Range<usize>> = Vec::with_capacity(arrays.len());
    for (array, aside) in arrays.iter().zip(aside) {
        match append(door, array, aside) {
            Ok(range) => done.push(range),
            Err(error) => {
                for (array, range) in arrays.iter().zip(done) {
                    take_back(door, array, range);
                }
                return Err(error);
            }
        }
    }
    Ok(())
}

fn append<D: Door>(door: D, array: &Filled<'_>, aside: &RawArray) -> Result<Range<usize>> {
    let window = Window::all(aside).map_err(raised)?;
    if aside.nbytes() < LONG {
        array.grow(door, Hold::Briefly, |guard| {
            kernels::extend_window(guard, &window)
        })
    } else {
        array.grow(door, Hold::Long, |guard| {
            outside(door, || kernels::extend_window(guard, &window))
        })
    }
}

/// Takes elements away again, unless others have appended behind them.
fn take_back<D: Door>(door: D, array: &Filled<'_>, range: Range<usize>) {
    let guard = exclusive(door, array.raw, Hold::Briefly);
    let first = array.raw.first();
    if first + guard.len() == range.end {
        // What refuses that (a transaction that began meanwhile) keeps the elements.
        let _ = guard.truncate(range.start.saturating_sub(first));
    }
}

/// A result as a Python object.
fn answered<D: Door>(door: D, answer: Answer) -> Result<HPy> {
    match answer {
        Answer::Empty => Ok(door.none()),
        Answer::Bool(truth) => boolean(door, truth),
        Answer::Int(number) => checked(door.int(number)),
        Answer::Uint(number) => unsigned(door, number),
        Answer::Float(number) => checked(door.float(number)),
        Answer::Written(count) => checked(door.int(count as i64)),
        Answer::Bins(counts) => list(door, counts.len(), |k| unsigned(door, counts[k])),
        Answer::Column(column) => listed(door, &column),
        Answer::Keys(columns) => {
            let lists: Result<Vec<Owned<D>>> = columns
                .iter()
                .map(|column| Owned::new(door, listed(door, column)?))
                .collect();
            tuple(door, &lists?)
        }
    }
}

fn boolean<D: Door>(door: D, truth: bool) -> Result<HPy> {
    // SAFETY: nothing but the context and a flag is passed.
    checked(unsafe { HPyBool_FromBool(door.ctx(), truth) })
}

fn tuple<D: Door>(door: D, items: &[Owned<D>]) -> Result<HPy> {
    let mut handles: Vec<HPy> = items.iter().map(Owned::get).collect();
    // SAFETY: the handles are live; the tuple takes references of its own.
    checked(unsafe { HPyTuple_FromArray(door.ctx(), handles.as_mut_ptr(), handles.len() as isize) })
}

fn list<D: Door>(door: D, length: usize, item: impl Fn(usize) -> Result<HPy>) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        for k in 0..length {
            let item = Owned::new(door, item(k)?)?;
            checked_status(HPyList_Append(ctx, list.get(), item.get()))?;
        }
        Ok(list.take())
    }
}

/// A column as a list.
fn listed<D: Door>(door: D, column: &Column) -> Result<HPy> {
    let size = column.ty.size();
    list(door, column.bytes.len() / size, |k| {
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(&column.bytes[k * size..][..size]);
        let word = u64::from_ne_bytes(bytes);
        match column.ty {
            Type::Bool => boolean(door, bytes[0] != 0),
            Type::F8 => checked(door.float(f64::from_bits(word))),
            Type::F4 => checked(door.float(f64::from(f32::from_bits(word as u32)))),
            ty if ty.is_signed() => {
                let unused = 64 - 8 * size as u32;
                checked(door.int((word << unused) as i64 >> unused))
            }
            _ => unsigned(door, word),
        }
    })
}
