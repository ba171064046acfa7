//! From a plan to Cranelift's instructions.
//!
//! Each phase of the plan is a loop. One that can go in vectors has two bodies: elements whose positions are no multiple
//! of eight, in front of those that are and behind the last eight, go one by one; the others eight at a time:
//!
//! ```text
//! one by one, up to the first position that is a multiple of 8
//! eight at a time, as long as there are so many
//! one by one, up to the count
//! ```

mod eights;
mod ends;
mod single;

use std::collections::HashMap;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, InstBuilder, MemFlagsData, SigRef, Signature, Type as Machine, Value as Place, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, Variable};

use super::plan::{Phase, Plan};
use super::vector::{self, Registers};
use super::{one, tables};
use crate::engine::{Piece, Source};
use crate::layout::{LANES, Layout};
use crate::native::{self, Bound};
use crate::program::{Binary, Id, MOST_ARGUMENTS, Program, Scan, Step, Terminal, Value};
use crate::{Type, math};

/// Elements of arrays: at any address; others may write them, so nothing may be read twice.
const ELEMENT: MemFlagsData = MemFlagsData::new().with_notrap();
/// What belongs to this piece alone; columns and scratch are written in vectors, so it is of no use to say that they
/// are aligned.
const OWN: MemFlagsData = MemFlagsData::new().with_notrap();

/// A value of eight elements, in the forms that were asked for.
#[derive(Clone, Default)]
struct Many {
    registers: Option<Registers>,
    lanes: Option<[Place; LANES]>,
    /// A BOOL for values of 1, 2, 4 and 8 bytes.
    masks: [Option<Registers>; 4],
}

pub struct Emitter<'e, 'f> {
    b: FunctionBuilder<'f>,
    program: &'e Program,
    layout: &'e Layout,
    plan: &'e Plan,
    call: CallConv,
    count: Variable,
    /// The element that is looked at, and how many came to the end of this piece before it.
    at: Variable,
    came: Variable,
    position: Place,
    state: Place,
    scratch: Place,
    functions: Place,
    /// Of each input that is read: its first element, and bytes from one to the next.
    sources: Vec<Option<(Place, Place)>>,
    parameters: Vec<Option<Place>>,
    columns: Vec<Place>,
    /// Words of the state that are in registers, in a loop that goes one by one only; others are in memory.
    words: HashMap<usize, Variable>,
    /// Which phase is written, and the values that it has so far.
    phase: usize,
    single: Vec<Option<Place>>,
    many: Vec<Many>,
    /// Which of the eight came so far; none if all did.
    alive: Option<Many>,
}

impl<'e, 'f> Emitter<'e, 'f> {
    /// Writes the whole function.
    pub fn emit(
        mut b: FunctionBuilder<'f>,
        program: &'e Program,
        layout: &'e Layout,
        plan: &'e Plan,
        call: CallConv,
    ) -> FunctionBuilder<'f> {
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let piece = b.block_params(entry)[0];
        let field = |b: &mut FunctionBuilder<'f>, offset: usize| {
            b.ins().load(types::I64, OWN, piece, offset as i32)
        };
        let position = field(&mut b, std::mem::offset_of!(Piece, position));
        let state = field(&mut b, std::mem::offset_of!(Piece, state));
        let scratch = field(&mut b, std::mem::offset_of!(Piece, scratch));
        let functions = field(&mut b, std::mem::offset_of!(Piece, functions));
        let first = field(&mut b, std::mem::offset_of!(Piece, count));
        let count = b.declare_var(types::I64);
        b.def_var(count, first);
        let at = b.declare_var(types::I64);
        let came = b.declare_var(types::I64);
        let zero = b.ins().iconst(types::I64, 0);
        b.def_var(at, zero);
        b.def_var(came, zero);
        let mut emitter = Emitter {
            b,
            program,
            layout,
            plan,
            call,
            count,
            at,
            came,
            position,
            state,
            scratch,
            functions,
            sources: vec![None; program.inputs()],
            parameters: vec![None; program.values().len()],
            columns: Vec::new(),
            words: HashMap::new(),
            phase: 0,
            single: vec![None; program.values().len()],
            many: vec![Many::default(); program.values().len()],
            alive: None,
        };
        emitter.prologue(piece);
        for k in 0..plan.phases.len() {
            emitter.phase = k;
            emitter.phase(&plan.phases[k]);
        }
        let came = match plan.filtered {
            true => emitter.b.use_var(emitter.came),
            false => emitter.b.use_var(emitter.count),
        };
        let before = emitter.load_word(Layout::CAME, types::I64);
        let after = emitter.b.ins().iadd(before, came);
        emitter.store_word(Layout::CAME, after);
        emitter.b.ins().return_(&[]);
        emitter.b.seal_all_blocks();
        emitter.b
    }

    /// Reads where things are, and the parameters.
    fn prologue(&mut self, piece: Place) {
        let pointer = |b: &mut FunctionBuilder<'f>, offset: usize| {
            b.ins().load(types::I64, OWN, piece, offset as i32)
        };
        let sources = pointer(&mut self.b, std::mem::offset_of!(Piece, sources));
        for value in self.program.values() {
            let Value::In { input, .. } = *value else {
                continue;
            };
            let k = input as usize;
            if self.sources[k].is_none() {
                let offset = k * size_of::<Source>();
                let at = offset + std::mem::offset_of!(Source, at);
                let at = self.b.ins().load(types::I64, OWN, sources, at as i32);
                let stride = offset + std::mem::offset_of!(Source, stride);
                let stride = self.b.ins().load(types::I64, OWN, sources, stride as i32);
                self.sources[k] = Some((at, stride));
            }
        }
        let parameters = pointer(&mut self.b, std::mem::offset_of!(Piece, parameters));
        for (id, value) in self.program.values().iter().enumerate() {
            let Value::Par { index, ty } = *value else {
                continue;
            };
            let machine = one::machine(ty);
            let x = self
                .b
                .ins()
                .load(machine, OWN, parameters, 8 * index as i32);
            self.parameters[id] = Some(self.truth_of_byte(ty, x));
        }
        let columns = pointer(&mut self.b, std::mem::offset_of!(Piece, columns));
        for k in 0..self.layout.columns().len() {
            let column = self.b.ins().load(types::I64, OWN, columns, 8 * k as i32);
            self.columns.push(column);
        }
        if self.plan.phases.iter().any(|phase| !phase.sequential) {
            self.copy_strided();
        }
    }

    /// BOOLs that people wrote are true for every byte but 0.
    fn truth_of_byte(&mut self, ty: Type, x: Place) -> Place {
        match ty {
            Type::Bool => one::cast(&mut self.b, Type::U1, Type::Bool, x),
            _ => x,
        }
    }

    /// Puts elements of plain inputs side by side where they don't lie so.
    fn copy_strided(&mut self) {
        for (k, copy) in self.plan.copies.iter().enumerate() {
            let (Some((at, stride)), Some((offset, ty))) = (self.sources[k], *copy) else {
                continue;
            };
            let size = self.b.ins().iconst(types::I64, ty.size() as i64);
            let plain = self.b.ins().icmp(IntCC::Equal, stride, size);
            let (copies, then) = (self.b.create_block(), self.b.create_block());
            self.b.set_cold_block(copies);
            let base = self.b.append_block_param(then, types::I64);
            self.b.ins().brif(plain, then, &[at.into()], copies, &[]);
            self.b.switch_to_block(copies);
            let to = self.b.ins().iadd_imm_s(self.scratch, offset as i64);
            let count = self.b.use_var(self.count);
            let gather = tables::gather as *const () as usize;
            self.routine(gather, &[to, at, stride, count, size]);
            self.b.ins().jump(then, &[to.into()]);
            self.b.switch_to_block(then);
            self.sources[k] = Some((base, size));
        }
    }

    fn signature(&mut self, arguments: usize) -> SigRef {
        let mut signature = Signature::new(self.call);
        signature.params = vec![AbiParam::new(types::I64); arguments];
        self.b.import_signature(signature)
    }

    fn routine(&mut self, address: usize, arguments: &[Place]) {
        let signature = self.signature(arguments.len());
        let address = self.b.ins().iconst(types::I64, address as i64);
        self.b.ins().call_indirect(signature, address, arguments);
    }

    fn load_word(&mut self, word: usize, ty: Machine) -> Place {
        match self.words.get(&word) {
            None => self.b.ins().load(ty, OWN, self.state, 8 * word as i32),
            Some(&variable) => self.b.use_var(variable),
        }
    }

    fn store_word(&mut self, word: usize, x: Place) {
        match self.words.get(&word) {
            None => {
                self.b.ins().store(OWN, x, self.state, 8 * word as i32);
            }
            Some(&variable) => self.b.def_var(variable, x),
        }
    }

    // Phases.

    fn phase(&mut self, phase: &Phase) {
        let last = self.phase + 1 == self.plan.phases.len();
        let (head, body, tail) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        let count = self.b.use_var(self.count);
        let zero = self.b.ins().iconst(types::I64, 0);
        self.b.def_var(self.at, zero);
        if phase.sequential {
            let words = self.keep_words(last);
            self.b.ins().jump(head, &[]);
            self.b.switch_to_block(head);
            let at = self.b.use_var(self.at);
            let more = self.b.ins().icmp(IntCC::UnsignedLessThan, at, count);
            self.b.ins().brif(more, body, &[], tail, &[]);
            self.b.switch_to_block(body);
            self.single_body(phase, last, head, tail);
            self.b.switch_to_block(tail);
            self.write_words(&words);
        } else {
            // The positions of eight that go together begin at a multiple of eight, so that lanes are those of sums.
            let limit = self.b.declare_var(types::I64);
            let floats = self
                .program
                .terminals()
                .iter()
                .enumerate()
                .any(|(k, terminal)| {
                    matches!(terminal, Terminal::Sum { ty, .. } if ty.is_float())
                        && self.layout.terminal(k).is_some()
                });
            let first = if last && floats {
                let before = self.b.ins().ineg(self.position);
                let before = self.b.ins().band_imm_u(before, LANES as i64 - 1);
                self.b.ins().umin(before, count)
            } else {
                zero
            };
            self.b.def_var(limit, first);
            self.b.ins().jump(head, &[]);

            self.b.switch_to_block(head);
            let at = self.b.use_var(self.at);
            let until = self.b.use_var(limit);
            let more = self.b.ins().icmp(IntCC::UnsignedLessThan, at, until);
            let done = self.b.create_block();
            self.b.ins().brif(more, body, &[], done, &[]);
            self.b.switch_to_block(done);
            let (eights, over) = (self.b.create_block(), self.b.create_block());
            let all = self.b.ins().icmp(IntCC::Equal, until, count);
            self.b.ins().brif(all, tail, &[], eights, &[]);

            self.b.switch_to_block(eights);
            self.vector_loop(phase, last, count, over);
            self.b.switch_to_block(over);
            self.b.def_var(limit, count);
            self.b.ins().jump(head, &[]);

            self.b.switch_to_block(body);
            let end = self.b.create_block();
            self.single_body(phase, last, head, end);
            self.b.switch_to_block(end);
            self.b.ins().jump(tail, &[]);
            self.b.switch_to_block(tail);
        }
        for &id in &phase.calls {
            self.call_block(id);
        }
    }

    /// Takes the words that change often into registers; gives those.
    fn keep_words(&mut self, last: bool) -> Vec<usize> {
        let mut words = Vec::new();
        let values = self.program.values();
        let phase = &self.plan.phases[self.phase];
        let mut keep = |emitter: &mut Self, word: usize, ty: Machine| {
            if !emitter.words.contains_key(&word) {
                let x = emitter.load_word(word, ty);
                let variable = emitter.variable(ty, x);
                emitter.words.insert(word, variable);
                words.push(word);
            }
        };
        for step in &phase.steps {
            if let Step::Value(id) = *step
                && let Some(word) = self.layout.value(id)
            {
                keep(self, word, one::machine(values[id as usize].ty()));
            }
        }
        for (k, &ty) in self.program.accumulators().iter().enumerate() {
            keep(self, self.layout.accumulator(k as u32), one::machine(ty));
        }
        if last {
            for (k, terminal) in self.program.terminals().iter().enumerate() {
                let Some(word) = self.layout.terminal(k) else {
                    continue;
                };
                match *terminal {
                    Terminal::Sum { ty, .. } if !ty.is_float() => keep(self, word, types::I64),
                    Terminal::Min { ty, .. } | Terminal::Max { ty, .. } => {
                        keep(self, word, one::machine(ty));
                    }
                    _ => {}
                }
            }
        }
        words
    }

    fn write_words(&mut self, words: &[usize]) {
        for &word in words {
            if let Some(variable) = self.words.remove(&word) {
                let x = self.b.use_var(variable);
                self.store_word(word, x);
            }
        }
    }

    /// Computes values for the whole piece, from scratch to scratch.
    fn call_block(&mut self, id: Id) {
        let place = |emitter: &mut Self, id: Id| {
            let (offset, _) = emitter.plan.temporaries[id as usize].unwrap_or_default();
            emitter.b.ins().iadd_imm_s(emitter.scratch, offset as i64)
        };
        let count = self.b.use_var(self.count);
        let value = self.program.values()[id as usize];
        let arguments: Vec<Place> = value.arguments().map(|a| place(self, a)).collect();
        let to = place(self, id);
        let mask = self.plan.phases[self.phase]
            .mask_after
            .then_some(self.plan.mask);
        self.call_routine(&value, arguments, to, count, mask);
    }

    /// Calls what computes a value, with the places of arguments and results side by side. Functions that the run is
    /// given see only those elements that came so far, if there is a mask, of which this is the place in scratch.
    fn call_routine(
        &mut self,
        value: &Value,
        mut arguments: Vec<Place>,
        to: Place,
        count: Place,
        mask: Option<usize>,
    ) {
        let Value::Call { function, .. } = *value else {
            arguments.push(to);
            arguments.push(count);
            self.routine(address(value), &arguments);
            return;
        };
        let null = self.b.ins().iconst(types::I64, 0);
        let mask = match mask {
            Some(offset) => self.b.ins().iadd_imm_s(self.scratch, offset as i64),
            None => null,
        };
        let offset = function as usize * size_of::<Bound>();
        let bound = self.b.ins().iadd_imm_s(self.functions, offset as i64);
        arguments.resize(MOST_ARGUMENTS, null);
        arguments.splice(0..0, [bound, mask, count, to]);
        self.routine(native::call as *const () as usize, &arguments);
    }
}

/// The integer that is as wide as a mask.
fn signed(size: usize) -> Type {
    match size {
        1 => Type::S1,
        2 => Type::S2,
        4 => Type::S4,
        _ => Type::S8,
    }
}

fn width_of(many: &Many) -> usize {
    let widest = many.masks.iter().rposition(Option::is_some);
    widest.map_or(1, |k| 1 << k)
}

fn scanned(op: Scan) -> Binary {
    match op {
        Scan::Sum => Binary::Add,
        Scan::Min => Binary::Min,
        Scan::Max => Binary::Max,
    }
}

fn limit_of(terminal: &Terminal) -> Binary {
    match terminal {
        Terminal::Min { .. } => Binary::Min,
        _ => Binary::Max,
    }
}

/// What does not change a limit.
fn neutral(op: Binary, ty: Type) -> u64 {
    match op {
        Binary::Min => crate::layout::most(ty),
        _ => crate::layout::least(ty),
    }
}

/// Whether a value is computed for eight elements at once.
pub fn in_vectors(program: &Program, value: &Value) -> bool {
    match *value {
        Value::Cast { from, to, .. } => {
            from == Type::Bool || to == Type::Bool || vector::has_cast(from, to)
        }
        Value::Binary {
            op: Binary::Shl | Binary::Shr,
            b,
            ..
        } => {
            matches!(program.values()[b as usize], Value::Par { .. })
        }
        Value::Binary { op, ty, .. } => ty == Type::Bool || vector::has_binary(op),
        Value::Unary { op, ty, .. } => vector::has_unary(op, ty),
        _ => true,
    }
}

/// The routine of a value.
fn address(value: &Value) -> usize {
    let routine = match *value {
        Value::Unary { op, ty, .. } => math::unary(op, ty).map(|routine| routine as usize),
        Value::Binary { op, ty, .. } => math::binary(op, ty).map(|routine| routine as usize),
        _ => None,
    };
    routine.unwrap_or_else(|| unreachable!("a routine"))
}
