//! A program as code.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{AbiParam, Function, Signature, UserFuncName, types};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{CompiledCode, Context};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::emit::Emitter;
use super::pages::Pages;
use super::plan::Plan;
use crate::Error;
use crate::engine::{Code, Piece};
use crate::layout::{LANES, Layout};
use crate::program::{Program, Step, Value};

/// Programs of more statements are left to the interpreter: compiling them would take longer than it saves.
const MOST_STATEMENTS: usize = 1000;

#[derive(Debug)]
pub struct Compiled {
    program: Program,
    layout: Layout,
    plan: Plan,
    pages: Pages,
}

impl Compiled {
    pub fn new(program: &Program, layout: &Layout) -> Result<Compiled, Error> {
        if program.steps().len() > MOST_STATEMENTS {
            return Err(Error::NoCode {
                why: format!("the program has more than {MOST_STATEMENTS} statements"),
            });
        }
        let plan = Plan::new(program, layout);
        let code = translate(program, layout, &plan, false)?;
        // The address of a routine in the table of a library would have to be written into the code: what is called is
        // called by its address instead, so there is none but for what this processor has no instruction for.
        if !code.buffer.relocs().is_empty() {
            return Err(Error::NoCode {
                why: "this processor lacks instructions".to_owned(),
            });
        }
        let pages = Pages::new(code.buffer.data())?;
        Ok(Compiled {
            program: program.clone(),
            layout: layout.clone(),
            plan,
            pages,
        })
    }

    pub fn program(&self) -> &Program {
        &self.program
    }
}

impl Code for Arc<Compiled> {
    unsafe fn run(&self, piece: &Piece) {
        // SAFETY: the pages hold a function of this type, made for this program, which lives as long as `self`.
        let function: unsafe extern "sysv64" fn(&Piece) =
            unsafe { std::mem::transmute(self.pages.start()) };
        // SAFETY: it reads fields of the elements' types within the count, at the places that the piece gives, and
        // writes within what the piece says may be written: the words of the layout, for each column as many values as
        // there are elements and less than SLACK bytes, and as much scratch as the plan has.
        unsafe { function(piece) }
    }

    fn scratch(&self) -> usize {
        self.plan.scratch
    }

    fn engine(&self) -> &'static str {
        "cranelift"
    }

    fn lanes(&self) -> usize {
        if self.plan.in_vectors() { LANES } else { 1 }
    }

    fn explain(&self) -> String {
        explain(&self.program, &self.plan)
    }

    fn code(&self) -> String {
        match translate(&self.program, &self.layout, &self.plan, true) {
            Ok(code) => code.vcode.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }
}

/// What machine there is to compile for; an error where there is none.
fn target() -> Result<&'static OwnedTargetIsa, Error> {
    static TARGET: OnceLock<Result<OwnedTargetIsa, String>> = OnceLock::new();
    let target = TARGET.get_or_init(|| {
        let mut flags = settings::builder();
        let options = [
            ("opt_level", "speed"),
            (
                "enable_verifier",
                if cfg!(debug_assertions) {
                    "true"
                } else {
                    "false"
                },
            ),
            // Large frames touch their pages in order, so that a stack that is too small is met at its guard page.
            ("enable_probestack", "true"),
            ("probestack_strategy", "inline"),
            ("unwind_info", "false"),
        ];
        for (name, value) in options {
            flags.set(name, value).map_err(|error| error.to_string())?;
        }
        let flags = settings::Flags::new(flags);
        let target = cranelift_native::builder().map_err(str::to_owned)?;
        if !std::is_x86_feature_detected!("sse4.2") {
            return Err("this processor lacks SSE4.2".to_owned());
        }
        target.finish(flags).map_err(|error| error.to_string())
    });
    target
        .as_ref()
        .map_err(|why| Error::NoCode { why: why.clone() })
}

fn translate(
    program: &Program,
    layout: &Layout,
    plan: &Plan,
    text: bool,
) -> Result<CompiledCode, Error> {
    let target = target()?;
    // The compiler panics where it has no instruction for an operation. There is none such that a test has not seen;
    // but an error is an answer, and the end of the process would be none.
    catch_unwind(AssertUnwindSafe(|| {
        let mut signature = Signature::new(target.default_call_conv());
        signature.params.push(AbiParam::new(types::I64));
        let mut function = Function::with_name_signature(UserFuncName::default(), signature);
        let mut builder = FunctionBuilderContext::new();
        let b = FunctionBuilder::new(&mut function, &mut builder);
        let b = Emitter::emit(b, program, layout, plan, target.default_call_conv());
        b.finalize(target.frontend_config());
        let mut context = Context::for_function(function);
        context.set_disasm(text);
        let done = context.compile(target.as_ref(), &mut ControlPlane::default());
        done.map_err(|error| error.inner.to_string())?;
        let code = context.take_compiled_code();
        code.ok_or_else(|| "nothing was compiled".to_owned())
    }))
    .unwrap_or_else(|_| Err("the compiler failed".to_owned()))
    .map_err(|why| Error::NoCode { why })
}

/// How a program runs, for people.
fn explain(program: &Program, plan: &Plan) -> String {
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{line}");
    };
    for (k, phase) in plan.phases.iter().enumerate() {
        let how = match phase.sequential {
            true => "one element at a time",
            false => "8 elements at a time, in registers of 128 bits",
        };
        line(format_args!("loop {k}: {how}"));
        for step in &phase.steps {
            match *step {
                Step::Value(id) => {
                    let value = program.values()[id as usize];
                    let form = match phase.sequential || super::emit::in_vectors(program, &value) {
                        true => "",
                        false => "  (each of the 8 by itself)",
                    };
                    line(format_args!("  {id}: {value}{form}"));
                }
                Step::Filter(c) => line(format_args!("  filter {c}")),
                Step::Until(c) => line(format_args!("  until {c}")),
            }
        }
        for &id in &phase.calls {
            let value = program.values()[id as usize];
            let what = match value {
                Value::Call { .. } => "a function of the run's",
                _ => "a routine",
            };
            line(format_args!(
                "  {id}: {value}  ({what}, for up to 1024 values)"
            ));
        }
    }
    for terminal in program.terminals() {
        line(format_args!("  {terminal}"));
    }
    for (k, copy) in plan.copies.iter().enumerate() {
        match copy {
            Some((_, ty)) => line(format_args!(
                "input {k}: {ty} side by side; those that lie apart are copied first"
            )),
            None => line(format_args!("input {k}: fields one by one")),
        }
    }
    text
}
