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

use std::collections::HashMap;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, InstBuilder, MemFlagsData, SigRef, Signature, Type as Machine, Value as Place,
    types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, Variable};

use super::plan::{Phase, Plan, is_call};
use super::tables::Tables;
use super::vector::{self, Registers, registers};
use super::{one, tables};
use crate::engine::{Piece, Source};
use crate::layout::{LANES, Layout};
use crate::program::{Binary, Bits, Id, Program, Scan, Step, Terminal, Unary, Value};
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

/// The sums, limits and so on of vectors, in registers while the loop goes.
enum Running {
    /// Lanes of a float sum, in the order of the state.
    Floats(Id, Type, [Variable; 4], usize),
    /// 64-bit sums.
    Whole(Id, Type, Variable, usize),
    /// Less the number of elements for which a BOOL held: a mask's lanes, and bytes of a lane.
    Truths(Option<Id>, Variable, usize, Option<usize>),
    /// Limits.
    Limit(Binary, Id, Type, Vec<Variable>, usize),
    /// Bits that were set in a mask: of true ones, or of false ones.
    Any(Id, bool, Variable, usize),
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
        let mut arguments: Vec<Place> = value.arguments().map(|a| place(self, a)).collect();
        arguments.push(place(self, id));
        arguments.push(count);
        self.routine(address(&value), &arguments);
    }

    // One by one.

    /// One element: goes on to `next` with the one behind it, or to `end`.
    fn single_body(&mut self, phase: &Phase, last: bool, next: Block, end: Block) {
        self.single.fill(None);
        let on = self.b.create_block();
        let at = self.b.use_var(self.at);
        if phase.mask_before {
            let mask = self.mask_place(at);
            let mask = self.b.ins().load(types::I8, OWN, mask, 0);
            let alive = self.b.create_block();
            self.b.ins().brif(mask, alive, &[], on, &[]);
            self.b.switch_to_block(alive);
        }
        if phase.mask_after {
            let mask = self.mask_place(at);
            let none = self.b.ins().iconst(types::I8, 0);
            self.b.ins().store(OWN, none, mask, 0);
        }
        for step in &phase.steps {
            match *step {
                Step::Value(id) => {
                    let x = self.single_value(id);
                    self.single[id as usize] = Some(x);
                }
                Step::Filter(c) => {
                    let c = self.one(c);
                    let alive = self.b.create_block();
                    self.b.ins().brif(c, alive, &[], on, &[]);
                    self.b.switch_to_block(alive);
                }
                Step::Until(c) => {
                    let c = self.one(c);
                    let (alive, ends) = (self.b.create_block(), self.b.create_block());
                    self.b.ins().brif(c, alive, &[], ends, &[]);
                    self.b.switch_to_block(ends);
                    self.b.set_cold_block(ends);
                    let ended = self.b.ins().iconst(types::I64, 1);
                    self.b
                        .ins()
                        .store(OWN, ended, self.state, 8 * Layout::ENDED as i32);
                    self.b.def_var(self.count, at);
                    self.b.ins().jump(end, &[]);
                    self.b.switch_to_block(alive);
                }
            }
        }
        for &id in &phase.stores {
            let x = self.one(id);
            let (offset, _) = self.plan.temporaries[id as usize].unwrap_or_default();
            let place = self.element_of(self.scratch, at, self.program.ty(id).size());
            self.b.ins().store(OWN, x, place, offset as i32);
        }
        if phase.mask_after {
            let mask = self.mask_place(at);
            let some = self.b.ins().iconst(types::I8, 1);
            self.b.ins().store(OWN, some, mask, 0);
        }
        if last {
            self.single_terminals(at);
        }
        self.b.ins().jump(on, &[]);
        self.b.switch_to_block(on);
        let after = self.b.ins().iadd_imm_s(at, 1);
        self.b.def_var(self.at, after);
        self.b.ins().jump(next, &[]);
    }

    fn mask_place(&mut self, at: Place) -> Place {
        let place = self.b.ins().iadd(self.scratch, at);
        self.b.ins().iadd_imm_s(place, self.plan.mask as i64)
    }

    /// Where an element lies among others side by side.
    fn element_of(&mut self, base: Place, at: Place, size: usize) -> Place {
        let offset = match size {
            1 => at,
            _ => self
                .b
                .ins()
                .ishl_imm_s(at, i64::from(size.trailing_zeros())),
        };
        self.b.ins().iadd(base, offset)
    }

    fn one(&mut self, id: Id) -> Place {
        if let Some(x) = self.single[id as usize] {
            return x;
        }
        let at = self.b.use_var(self.at);
        let ty = self.program.ty(id);
        let x = match (
            self.plan.temporaries[id as usize],
            self.program.values()[id as usize],
        ) {
            (Some((offset, home)), _) if home < self.phase => {
                let place = self.element_of(self.scratch, at, ty.size());
                self.b
                    .ins()
                    .load(one::machine(ty), OWN, place, offset as i32)
            }
            (
                _,
                Value::In {
                    input,
                    offset,
                    ty,
                    big,
                    bits,
                },
            ) => {
                let Some((base, stride)) = self.sources[input as usize] else {
                    unreachable!("the prologue read all");
                };
                let distance = self.b.ins().imul(at, stride);
                let place = self.b.ins().iadd(base, distance);
                self.field(ty, place, offset, big, bits)
            }
            (_, Value::Pos) => self.b.ins().iadd(self.position, at),
            (_, Value::Par { .. }) => {
                let Some(x) = self.parameters[id as usize] else {
                    unreachable!("the prologue read all");
                };
                x
            }
            _ => unreachable!("computed before it is used"),
        };
        self.single[id as usize] = Some(x);
        x
    }

    fn field(&mut self, ty: Type, at: Place, offset: u32, big: bool, bits: Option<Bits>) -> Place {
        // Floats of the other order of bytes are turned round as integers.
        let machine = match big {
            true => one::word(ty.size()),
            false => one::machine(ty),
        };
        let mut x = self.b.ins().load(machine, ELEMENT, at, offset as i32);
        if big && ty.size() > 1 {
            x = self.b.ins().bswap(x);
        }
        if big && ty.is_float() {
            let flags = MemFlagsData::new();
            x = self.b.ins().bitcast(one::machine(ty), flags, x);
        }
        if let Some(Bits { shift, width }) = bits {
            let whole = 8 * ty.size() as u32;
            x = self.b.ins().ishl_imm_s(x, i64::from(whole - shift - width));
            let down = i64::from(whole - width);
            x = match ty.is_signed() {
                true => self.b.ins().sshr_imm_s(x, down),
                false => self.b.ins().ushr_imm_s(x, down),
            };
        }
        self.truth_of_byte(ty, x)
    }

    fn single_value(&mut self, id: Id) -> Place {
        let value = self.program.values()[id as usize];
        if is_call(&value) {
            return self.inline_call(&value);
        }
        match value {
            Value::Cast { from, to, a } => {
                let a = self.one(a);
                one::cast(&mut self.b, from, to, a)
            }
            Value::Binary { op, ty, a, b } => {
                let (x, y) = (self.one(a), self.one(b));
                one::binary(&mut self.b, op, ty, x, y)
            }
            Value::Compare { op, ty, a, b } => {
                let (x, y) = (self.one(a), self.one(b));
                one::compare(&mut self.b, op, ty, x, y)
            }
            Value::Unary { op, ty, a } => {
                let x = self.one(a);
                one::unary(&mut self.b, op, ty, x)
            }
            Value::Test { op, ty, a } => {
                let x = self.one(a);
                one::test(&mut self.b, op, ty, x)
            }
            Value::Where { c, a, b, .. } => {
                let (c, x, y) = (self.one(c), self.one(a), self.one(b));
                self.b.ins().select(c, x, y)
            }
            Value::Acc { index, ty } => {
                self.load_word(self.layout.accumulator(index), one::machine(ty))
            }
            Value::Count => {
                let word = self.layout.value(id).unwrap_or_default();
                let before = self.load_word(word, types::I64);
                let after = self.b.ins().iadd_imm_s(before, 1);
                self.store_word(word, after);
                before
            }
            Value::Scan { op, ty, a } => {
                let word = self.layout.value(id).unwrap_or_default();
                let before = self.load_word(word, one::machine(ty));
                let x = self.one(a);
                let after = one::binary(&mut self.b, scanned(op), ty, before, x);
                self.store_word(word, after);
                after
            }
            Value::In { .. } | Value::Pos | Value::Par { .. } => self.one(id),
        }
    }

    /// A routine for one value.
    fn inline_call(&mut self, value: &Value) -> Place {
        let arguments: Vec<Id> = value.arguments().collect();
        let mut places = Vec::new();
        for (k, &id) in arguments.iter().enumerate() {
            let x = self.one(id);
            let offset = 8 * k;
            self.b.ins().store(OWN, x, self.scratch, offset as i32);
            places.push(self.b.ins().iadd_imm_s(self.scratch, offset as i64));
        }
        places.push(self.b.ins().iadd_imm_s(self.scratch, 16));
        places.push(self.b.ins().iconst(types::I64, 1));
        self.routine(address(value), &places);
        let machine = one::machine(value.ty());
        self.b.ins().load(machine, OWN, self.scratch, 16)
    }

    fn single_terminals(&mut self, at: Place) {
        let mut folded = Vec::new();
        for (k, terminal) in self.program.terminals().iter().enumerate() {
            let Some(word) = self.layout.terminal(k) else {
                continue;
            };
            match *terminal {
                Terminal::Sum { ty, a } if ty.is_float() => {
                    let x = self.one(a);
                    let x = one::cast(&mut self.b, ty, Type::F8, x);
                    let position = self.b.ins().iadd(self.position, at);
                    let lane = self.b.ins().band_imm_u(position, LANES as i64 - 1);
                    let place = self.element_of(self.state, lane, 8);
                    let offset = 8 * word as i32;
                    let sum = self.b.ins().load(types::F64, OWN, place, offset);
                    let sum = self.b.ins().fadd(sum, x);
                    self.b.ins().store(OWN, sum, place, offset);
                }
                Terminal::Sum { ty, a } => {
                    let x = self.one(a);
                    let x = one::widen(&mut self.b, ty, types::I64, x);
                    let sum = self.load_word(word, types::I64);
                    let sum = self.b.ins().iadd(sum, x);
                    self.store_word(word, sum);
                }
                Terminal::Min { ty, a } | Terminal::Max { ty, a } => {
                    let x = self.one(a);
                    let limit = self.load_word(word, one::machine(ty));
                    let limit = one::binary(&mut self.b, limit_of(terminal), ty, limit, x);
                    self.store_word(word, limit);
                }
                Terminal::Any { a } | Terminal::All { a } => {
                    let x = self.one(a);
                    let x = self.b.ins().uextend(types::I64, x);
                    let so_far = self.load_word(word, types::I64);
                    let so_far = match terminal {
                        Terminal::Any { .. } => self.b.ins().bor(so_far, x),
                        _ => self.b.ins().band(so_far, x),
                    };
                    self.store_word(word, so_far);
                }
                // All accumulators change together.
                Terminal::Fold { a, .. } => {
                    let x = self.one(a);
                    folded.push((word, x));
                }
                _ => {}
            }
        }
        for (word, x) in folded {
            self.store_word(word, x);
        }
        let index = match self.plan.filtered {
            true => self.b.use_var(self.came),
            false => at,
        };
        for (k, &id) in self.layout.columns().iter().enumerate() {
            let x = self.one(id);
            let place = self.element_of(self.columns[k], index, self.program.ty(id).size());
            self.b.ins().store(OWN, x, place, 0);
        }
        if self.plan.filtered {
            let after = self.b.ins().iadd_imm_s(index, 1);
            self.b.def_var(self.came, after);
        }
    }

    // Eight at a time.

    /// As long as there are eight; goes to `over` then.
    fn vector_loop(&mut self, phase: &Phase, last: bool, count: Place, over: Block) {
        self.many.fill(Many::default());
        self.splat_parameters();
        let mut running = match last {
            true => self.running(),
            false => Vec::new(),
        };
        let (head, body, end) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        // Behind the last eight.
        let at = self.b.use_var(self.at);
        let room = self.b.ins().isub(count, at);
        let eights = self.b.ins().band_imm_s(room, -(LANES as i64));
        let stop = self.b.ins().iadd(at, eights);
        self.b.ins().jump(head, &[]);
        self.b.switch_to_block(head);
        let at = self.b.use_var(self.at);
        let more = self.b.ins().icmp(IntCC::UnsignedLessThan, at, stop);
        self.b.ins().brif(more, body, &[], end, &[]);
        self.b.switch_to_block(body);
        self.vector_body(phase, last, &mut running);
        let after = self.b.ins().iadd_imm_s(at, LANES as i64);
        self.b.def_var(self.at, after);
        self.b.ins().jump(head, &[]);
        self.b.switch_to_block(end);
        self.gather_running(&running);
        self.b.ins().jump(over, &[]);
    }

    fn zero(&mut self) -> Place {
        self.b.ins().iconst(types::I64, 0)
    }

    /// Parameters in all lanes.
    fn splat_parameters(&mut self) {
        for (id, value) in self.program.values().iter().enumerate() {
            let (Value::Par { ty, .. }, Some(x)) = (*value, self.parameters[id]) else {
                continue;
            };
            if ty == Type::Bool {
                let wide = self.b.ins().uextend(types::I64, x);
                let all = self.b.ins().ineg(wide);
                let mask = self.b.ins().splat(types::I64X2, all);
                for (k, masks) in self.many[id].masks.iter_mut().enumerate() {
                    let size = 1 << k;
                    let mask = vector::as_type(&mut self.b, vector::whole(size), mask);
                    *masks = Some(Registers::same(registers(size), mask));
                }
            } else {
                let splat = self.b.ins().splat(vector::machine(ty), x);
                self.many[id].registers = Some(Registers::same(registers(ty.size()), splat));
            }
            self.many[id].lanes = Some([x; LANES]);
        }
    }

    fn vector_body(&mut self, phase: &Phase, last: bool, running: &mut [Running]) {
        let at = self.b.use_var(self.at);
        self.alive = None;
        if phase.mask_before {
            let place = self.mask_place(at);
            let mask = self.load_mask(place);
            self.alive = Some(mask);
        }
        for step in &phase.steps {
            match *step {
                Step::Value(id) => self.many_value(id),
                Step::Filter(c) => {
                    let size = self.width(c);
                    let mask = self.mask(c, size);
                    let all = match self.alive.take() {
                        None => mask,
                        Some(before) => {
                            let before = self.alive_in(before, size);
                            before.zip(mask, |x, y| self.b.ins().band(x, y))
                        }
                    };
                    let mut many = Many::default();
                    many.masks[size.trailing_zeros() as usize] = Some(all);
                    self.alive = Some(many);
                }
                Step::Until(_) => unreachable!("goes one by one"),
            }
        }
        for &id in &phase.stores {
            let (offset, _) = self.plan.temporaries[id as usize].unwrap_or_default();
            let place = self.element_of(self.scratch, at, self.program.ty(id).size());
            self.store_many(id, place, offset as i32);
        }
        if phase.mask_after {
            let place = self.mask_place(at);
            let mask = match self.alive_mask(1) {
                Some(mask) => mask,
                None => Registers::same(1, vector::splat(&mut self.b, Type::U1, 0xff)),
            };
            self.store_mask(mask, place, 0);
        }
        if last {
            self.vector_terminals(running);
            self.vector_columns();
        }
    }

    fn alive_in(&mut self, mut many: Many, size: usize) -> Registers {
        let mask = self.mask_of(&mut many, size);
        self.alive = Some(many);
        mask
    }

    /// Which came so far, as a mask; none if all did.
    fn alive_mask(&mut self, size: usize) -> Option<Registers> {
        let many = self.alive.take()?;
        Some(self.alive_in(many, size))
    }

    /// Bytes that are 0 or not, as a mask.
    fn load_mask(&mut self, place: Place) -> Many {
        let bytes = self.load_eight(place, 0, ELEMENT);
        let mut many = Many::default();
        let mask = vector::truth(&mut self.b, Type::U1, Registers::same(1, bytes));
        many.masks[0] = Some(mask);
        many
    }

    /// Eight bytes, in the lower half of a register.
    fn load_eight(&mut self, place: Place, offset: i32, flags: MemFlagsData) -> Place {
        let bytes = self.b.ins().load(types::I64, flags, place, offset);
        let half = self.b.ins().scalar_to_vector(types::I64X2, bytes);
        vector::as_type(&mut self.b, types::I8X16, half)
    }

    fn store_eight(&mut self, x: Place, place: Place, offset: i32) {
        let half = vector::as_type(&mut self.b, types::I64X2, x);
        let bytes = self.b.ins().extractlane(half, 0);
        self.b.ins().store(OWN, bytes, place, offset);
    }

    /// As bytes that are 0 or 1.
    fn store_mask(&mut self, mask: Registers, place: Place, offset: i32) {
        let bytes = vector::from_mask(&mut self.b, Type::U1, mask);
        self.store_eight(bytes[0], place, offset);
    }

    /// All eight of a value, side by side.
    fn store_many(&mut self, id: Id, place: Place, offset: i32) {
        match self.program.ty(id) {
            Type::Bool => {
                let mask = self.mask(id, 1);
                self.store_mask(mask, place, offset);
            }
            Type::U1 | Type::S1 => {
                let x = self.registers(id);
                self.store_eight(x[0], place, offset);
            }
            _ => {
                let x = self.registers(id);
                for (k, &x) in x.iter().enumerate() {
                    self.b.ins().store(OWN, x, place, offset + 16 * k as i32);
                }
            }
        }
    }

    /// The width that a mask has already, or the one that it is made in best.
    fn width(&mut self, id: Id) -> usize {
        self.find(id);
        width_of(&self.many[id as usize])
    }

    /// A value that needs no step of its own.
    fn find(&mut self, id: Id) {
        let many = &self.many[id as usize];
        if many.registers.is_some()
            || many.lanes.is_some()
            || many.masks.iter().any(Option::is_some)
        {
            return;
        }
        let at = self.b.use_var(self.at);
        let ty = self.program.ty(id);
        let many = match (
            self.plan.temporaries[id as usize],
            self.program.values()[id as usize],
        ) {
            (Some((offset, home)), _) if home < self.phase => {
                let place = self.element_of(self.scratch, at, ty.size());
                self.load_many(ty, place, offset as i32, OWN)
            }
            (
                _,
                Value::In {
                    input,
                    offset,
                    ty,
                    big,
                    bits,
                },
            ) => self.fields(input, offset, ty, big, bits),
            (_, Value::Pos) => {
                let first = self.b.ins().iadd(self.position, at);
                let first = self.b.ins().splat(types::I64X2, first);
                let each = Registers::new(4, |k| {
                    let mut bytes = [0; 16];
                    bytes[0] = 2 * k as u8;
                    bytes[8] = 2 * k as u8 + 1;
                    let steps = vector::constant(&mut self.b, types::I64X2, bytes);
                    self.b.ins().iadd(first, steps)
                });
                Many {
                    registers: Some(each),
                    ..Many::default()
                }
            }
            _ => unreachable!("computed before it is used"),
        };
        self.many[id as usize] = many;
    }

    /// Eight values that lie side by side.
    fn load_many(&mut self, ty: Type, place: Place, offset: i32, flags: MemFlagsData) -> Many {
        if ty == Type::Bool {
            let place = self.b.ins().iadd_imm_s(place, i64::from(offset));
            return self.load_mask(place);
        }
        let values = match ty.size() {
            1 => Registers::same(1, self.load_eight(place, offset, flags)),
            size => Registers::new(registers(size), |k| {
                let offset = offset + 16 * k as i32;
                self.b.ins().load(vector::machine(ty), flags, place, offset)
            }),
        };
        Many {
            registers: Some(values),
            ..Many::default()
        }
    }

    fn fields(&mut self, input: u32, offset: u32, ty: Type, big: bool, bits: Option<Bits>) -> Many {
        let Some((base, stride)) = self.sources[input as usize] else {
            unreachable!("the prologue read all");
        };
        let at = self.b.use_var(self.at);
        if self.plan.copies[input as usize].is_none() {
            // Fields of records: one after the other.
            let distance = self.b.ins().imul(at, stride);
            let mut place = self.b.ins().iadd(base, distance);
            let lanes = std::array::from_fn(|k| {
                if k > 0 {
                    place = self.b.ins().iadd(place, stride);
                }
                self.field(ty, place, offset, big, bits)
            });
            return Many {
                lanes: Some(lanes),
                ..Many::default()
            };
        }
        let place = self.element_of(base, at, ty.size());
        let mut many = self.load_many(ty, place, 0, ELEMENT);
        if let Some(mut x) = many.registers {
            if big {
                x = vector::swap(&mut self.b, ty, x);
            }
            if let Some(Bits { shift, width }) = bits {
                let whole = 8 * ty.size() as u32;
                let up = self
                    .b
                    .ins()
                    .iconst(types::I32, i64::from(whole - shift - width));
                let down = self.b.ins().iconst(types::I32, i64::from(whole - width));
                x = x.map(|x| {
                    let x = self.b.ins().ishl(x, up);
                    match ty.is_signed() {
                        true => self.b.ins().sshr(x, down),
                        false => self.b.ins().ushr(x, down),
                    }
                });
            }
            many.registers = Some(x);
        }
        many
    }

    /// A value (not BOOL) in registers.
    fn registers(&mut self, id: Id) -> Registers {
        self.find(id);
        let many = &self.many[id as usize];
        if let Some(x) = many.registers {
            return x;
        }
        let Some(lanes) = many.lanes else {
            unreachable!("found");
        };
        let x = vector::from_lanes(&mut self.b, self.program.ty(id), lanes);
        self.many[id as usize].registers = Some(x);
        x
    }

    /// A BOOL as a mask for values of so many bytes.
    fn mask(&mut self, id: Id, size: usize) -> Registers {
        self.find(id);
        let mut many = std::mem::take(&mut self.many[id as usize]);
        let mask = self.mask_of(&mut many, size);
        self.many[id as usize] = many;
        mask
    }

    fn mask_of(&mut self, many: &mut Many, size: usize) -> Registers {
        let wanted = size.trailing_zeros() as usize;
        if let Some(mask) = many.masks[wanted] {
            return mask;
        }
        if many.masks.iter().all(Option::is_none)
            && let Some(lanes) = many.lanes
        {
            many.masks[0] = Some(vector::from_lanes(&mut self.b, Type::Bool, lanes));
        }
        // From the next one, and what lies between is kept, too.
        let has = |many: &Many, k: usize| many.masks[k].is_some();
        let near = (0..4)
            .filter(|&k| has(many, k))
            .min_by_key(|&k| k.abs_diff(wanted));
        let Some(mut near) = near else {
            unreachable!("found");
        };
        while near != wanted {
            let next = if near < wanted { near + 1 } else { near - 1 };
            let Some(mask) = many.masks[near] else {
                unreachable!("made just now");
            };
            let mask = vector::resize_mask(&mut self.b, 1 << near, 1 << next, mask);
            many.masks[next] = Some(mask);
            near = next;
        }
        many.masks[wanted].unwrap_or_else(|| unreachable!("made just now"))
    }

    /// A value one by one.
    fn lanes(&mut self, id: Id) -> [Place; LANES] {
        self.find(id);
        if let Some(lanes) = self.many[id as usize].lanes {
            return lanes;
        }
        let ty = self.program.ty(id);
        let x = match ty {
            Type::Bool => self.mask(id, 1),
            _ => self.registers(id),
        };
        let lanes = vector::to_lanes(&mut self.b, ty, x);
        self.many[id as usize].lanes = Some(lanes);
        lanes
    }

    fn many_value(&mut self, id: Id) {
        let value = self.program.values()[id as usize];
        let many = self
            .vectorised(&value)
            .unwrap_or_else(|| self.lane_by_lane(&value));
        self.many[id as usize] = many;
    }

    /// A value in vectors; none where it has no such form.
    fn vectorised(&mut self, value: &Value) -> Option<Many> {
        if !in_vectors(self.program, value) {
            return None;
        }
        let mut many = Many::default();
        let mask_at = |size: usize| size.trailing_zeros() as usize;
        match *value {
            Value::Cast { from, to, a } => match (from, to) {
                (Type::Bool, Type::Bool) => {
                    self.find(a);
                    many = self.many[a as usize].clone();
                }
                (Type::Bool, _) => {
                    let mask = self.mask(a, to.size());
                    many.registers = Some(vector::from_mask(&mut self.b, to, mask));
                }
                (_, Type::Bool) => {
                    let x = self.registers(a);
                    let mask = vector::truth(&mut self.b, from, x);
                    many.masks[mask_at(from.size())] = Some(mask);
                }
                _ => {
                    let x = self.registers(a);
                    many.registers = Some(vector::cast(&mut self.b, from, to, x));
                }
            },
            Value::Binary {
                op,
                ty: Type::Bool,
                a,
                b,
            } => {
                let size = self.width(a).max(self.width(b));
                let (x, y) = (self.mask(a, size), self.mask(b, size));
                let mask = x.zip(y, |x, y| match op {
                    Binary::And | Binary::Min => self.b.ins().band(x, y),
                    Binary::Or | Binary::Max => self.b.ins().bor(x, y),
                    _ => self.b.ins().bxor(x, y),
                });
                many.masks[mask_at(size)] = Some(mask);
            }
            Value::Binary {
                op: op @ (Binary::Shl | Binary::Shr),
                ty,
                a,
                b,
            } => {
                // Only a count that is the same for all.
                let count = self.parameters[b as usize]?;
                let x = self.registers(a);
                many.registers = Some(vector::shift(&mut self.b, op, ty, x, count));
            }
            Value::Binary { op, ty, a, b } => {
                let (x, y) = (self.registers(a), self.registers(b));
                many.registers = Some(vector::binary(&mut self.b, op, ty, x, y));
            }
            Value::Compare {
                op,
                ty: Type::Bool,
                a,
                b,
            } => {
                let size = self.width(a).max(self.width(b));
                let (x, y) = (self.mask(a, size), self.mask(b, size));
                // As integers masks are 0 and -1, so their order is the other way round.
                let mask = vector::compare(&mut self.b, op, signed(size), y, x);
                many.masks[mask_at(size)] = Some(mask);
            }
            Value::Compare { op, ty, a, b } => {
                let (x, y) = (self.registers(a), self.registers(b));
                let mask = vector::compare(&mut self.b, op, ty, x, y);
                many.masks[mask_at(ty.size())] = Some(mask);
            }
            Value::Unary {
                op: Unary::Not,
                ty: Type::Bool,
                a,
            } => {
                let size = self.width(a);
                let mask = self.mask(a, size);
                many.masks[mask_at(size)] = Some(mask.map(|x| self.b.ins().bnot(x)));
            }
            Value::Unary { op, ty, a } => {
                let x = self.registers(a);
                many.registers = Some(vector::unary(&mut self.b, op, ty, x));
            }
            Value::Test { op, ty, a } => {
                let x = self.registers(a);
                let mask = vector::test(&mut self.b, op, ty, x);
                many.masks[mask_at(ty.size())] = Some(mask);
            }
            Value::Where {
                ty: Type::Bool,
                c,
                a,
                b,
            } => {
                let size = self.width(c).max(self.width(a)).max(self.width(b));
                let (c, x, y) = (self.mask(c, size), self.mask(a, size), self.mask(b, size));
                let mask = vector::choose(&mut self.b, c, x, y);
                many.masks[mask_at(size)] = Some(mask);
            }
            Value::Where { ty, c, a, b } => {
                let c = self.mask(c, ty.size());
                let (x, y) = (self.registers(a), self.registers(b));
                many.registers = Some(vector::choose(&mut self.b, c, x, y));
            }
            _ => return None,
        }
        Some(many)
    }

    /// A value as eight.
    fn lane_by_lane(&mut self, value: &Value) -> Many {
        let arguments: Vec<[Place; LANES]> = value.arguments().map(|a| self.lanes(a)).collect();
        let b = &mut self.b;
        let lanes = std::array::from_fn(|k| {
            let x = arguments[0][k];
            match *value {
                Value::Cast { from, to, .. } => one::cast(b, from, to, x),
                Value::Binary { op, ty, .. } => one::binary(b, op, ty, x, arguments[1][k]),
                Value::Compare { op, ty, .. } => one::compare(b, op, ty, x, arguments[1][k]),
                Value::Unary { op, ty, .. } => one::unary(b, op, ty, x),
                Value::Test { op, ty, .. } => one::test(b, op, ty, x),
                Value::Where { .. } => b.ins().select(x, arguments[1][k], arguments[2][k]),
                _ => unreachable!("goes one by one"),
            }
        });
        Many {
            lanes: Some(lanes),
            ..Many::default()
        }
    }

    // Terminals of vectors.

    fn variable(&mut self, ty: Machine, x: Place) -> Variable {
        let variable = self.b.declare_var(ty);
        self.b.def_var(variable, x);
        variable
    }

    /// Begins what runs through the loop.
    fn running(&mut self) -> Vec<Running> {
        let mut running = Vec::new();
        for (k, terminal) in self.program.terminals().iter().enumerate() {
            let Some(word) = self.layout.terminal(k) else {
                continue;
            };
            running.push(match *terminal {
                Terminal::Sum { ty, a } if ty.is_float() => {
                    let lanes = std::array::from_fn(|k| {
                        let offset = 8 * word as i32 + 16 * k as i32;
                        let lanes = self.b.ins().load(types::F64X2, OWN, self.state, offset);
                        self.variable(types::F64X2, lanes)
                    });
                    Running::Floats(a, ty, lanes, word)
                }
                Terminal::Sum { ty: Type::Bool, a } => self.truths(Some(a), Some(word)),
                Terminal::Sum { ty, a } => {
                    let zero = vector::splat(&mut self.b, Type::U8, 0);
                    Running::Whole(a, ty, self.variable(types::I64X2, zero), word)
                }
                // Of BOOLs whether all are, and whether one is.
                Terminal::Min { ty: Type::Bool, a } | Terminal::All { a } => {
                    let zero = vector::splat(&mut self.b, Type::U8, 0);
                    Running::Any(a, false, self.variable(types::I64X2, zero), word)
                }
                Terminal::Max { ty: Type::Bool, a } | Terminal::Any { a } => {
                    let zero = vector::splat(&mut self.b, Type::U8, 0);
                    Running::Any(a, true, self.variable(types::I64X2, zero), word)
                }
                Terminal::Min { ty, a } | Terminal::Max { ty, a } => {
                    let op = limit_of(terminal);
                    let limit = vector::splat(&mut self.b, ty, neutral(op, ty));
                    let limits = (0..registers(ty.size()))
                        .map(|_| self.variable(vector::machine(ty), limit))
                        .collect();
                    Running::Limit(op, a, ty, limits, word)
                }
                _ => continue,
            });
        }
        if self.plan.filtered && self.layout.columns().is_empty() {
            running.push(self.truths(None, None));
        }
        running
    }

    fn truths(&mut self, a: Option<Id>, word: Option<usize>) -> Running {
        let zero = vector::splat(&mut self.b, Type::U8, 0);
        // The width is known with the first use.
        Running::Truths(a, self.variable(types::I64X2, zero), 0, word)
    }

    /// Elements that came, where a BOOL is a mask.
    fn with_alive(&mut self, mask: Registers, size: usize) -> Registers {
        match self.alive_mask(size) {
            None => mask,
            Some(alive) => mask.zip(alive, |x, y| self.b.ins().band(x, y)),
        }
    }

    fn vector_terminals(&mut self, running: &mut [Running]) {
        for running in running {
            match running {
                &mut Running::Floats(a, ty, ref lanes, _) => {
                    let x = self.registers(a);
                    let mut x = vector::cast(&mut self.b, ty, Type::F8, x);
                    if let Some(alive) = self.alive_mask(8) {
                        let nothing = vector::splat(&mut self.b, Type::F8, (-0.0_f64).to_bits());
                        let nothing = Registers::same(4, nothing);
                        x = vector::choose(&mut self.b, alive, x, nothing);
                    }
                    for (&lane, &x) in lanes.iter().zip(x.iter()) {
                        let sum = self.b.use_var(lane);
                        let sum = self.b.ins().fadd(sum, x);
                        self.b.def_var(lane, sum);
                    }
                }
                &mut Running::Whole(a, ty, variable, _) => {
                    let mut x = self.registers(a);
                    // What did not come is 0 before it is made wider: that is less to do.
                    if let Some(alive) = self.alive_mask(ty.size()) {
                        x = x.zip(alive, |x, y| self.b.ins().band(x, y));
                    }
                    let wide = if ty.is_signed() { Type::S8 } else { Type::U8 };
                    let x = vector::cast(&mut self.b, ty, wide, x);
                    let x = x.fold(|x, y| self.b.ins().iadd(x, y));
                    let sum = self.b.use_var(variable);
                    let sum = self.b.ins().iadd(sum, x);
                    self.b.def_var(variable, sum);
                }
                &mut Running::Truths(a, variable, ref mut size, _) => {
                    let mask = match a {
                        Some(a) => {
                            *size = self.width(a).max(2);
                            let mask = self.mask(a, *size);
                            self.with_alive(mask, *size)
                        }
                        None => {
                            *size = self.alive.as_ref().map_or(8, width_of).max(2);
                            self.alive_mask(*size).unwrap_or_else(|| {
                                let all = vector::splat(&mut self.b, Type::U8, u64::MAX);
                                Registers::same(4, all)
                            })
                        }
                    };
                    let mask = mask.fold(|x, y| self.b.ins().iadd(x, y));
                    let ty = vector::whole(*size);
                    let sum = self.b.use_var(variable);
                    let sum = vector::as_type(&mut self.b, ty, sum);
                    let sum = self.b.ins().iadd(sum, mask);
                    let sum = vector::as_type(&mut self.b, types::I64X2, sum);
                    self.b.def_var(variable, sum);
                }
                &mut Running::Limit(op, a, ty, ref limits, _) => {
                    let mut x = self.registers(a);
                    if let Some(alive) = self.alive_mask(ty.size()) {
                        let nothing = vector::splat(&mut self.b, ty, neutral(op, ty));
                        let nothing = Registers::same(x.len(), nothing);
                        x = vector::choose(&mut self.b, alive, x, nothing);
                    }
                    for (&limit, &x) in limits.iter().zip(x.iter()) {
                        let so_far = Registers::same(1, self.b.use_var(limit));
                        let x = Registers::same(1, x);
                        let so_far = vector::binary(&mut self.b, op, ty, so_far, x);
                        self.b.def_var(limit, so_far[0]);
                    }
                }
                &mut Running::Any(a, of, variable, _) => {
                    // The upper half of a mask of bytes holds anything.
                    let size = self.width(a).max(2);
                    let mut mask = self.mask(a, size);
                    if !of {
                        mask = mask.map(|x| self.b.ins().bnot(x));
                    }
                    let mask = self.with_alive(mask, size);
                    let mask = mask.fold(|x, y| self.b.ins().bor(x, y));
                    let mask = vector::as_type(&mut self.b, types::I64X2, mask);
                    let some = self.b.use_var(variable);
                    let some = self.b.ins().bor(some, mask);
                    self.b.def_var(variable, some);
                }
            }
        }
    }

    /// Brings what ran through the loop to the state.
    fn gather_running(&mut self, running: &[Running]) {
        for running in running {
            match *running {
                Running::Floats(_, _, ref lanes, word) => {
                    for (k, &lane) in lanes.iter().enumerate() {
                        let sum = self.b.use_var(lane);
                        let offset = 8 * word as i32 + 16 * k as i32;
                        self.b.ins().store(OWN, sum, self.state, offset);
                    }
                }
                Running::Whole(_, _, variable, word) => {
                    let sum = self.b.use_var(variable);
                    let sum = self.sum_lanes(sum, 8);
                    let before = self.load_word(word, types::I64);
                    let after = self.b.ins().iadd(before, sum);
                    self.store_word(word, after);
                }
                Running::Truths(_, variable, size, word) => {
                    let sum = self.b.use_var(variable);
                    let size = size.max(2);
                    let sum = vector::as_type(&mut self.b, vector::whole(size), sum);
                    let less = self.sum_lanes(sum, size);
                    let before = match word {
                        Some(word) => self.load_word(word, types::I64),
                        None => self.b.use_var(self.came),
                    };
                    let after = self.b.ins().isub(before, less);
                    match word {
                        Some(word) => self.store_word(word, after),
                        None => self.b.def_var(self.came, after),
                    }
                }
                Running::Limit(op, _, ty, ref limits, word) => {
                    let limits = Registers::new(limits.len(), |k| self.b.use_var(limits[k]));
                    let lanes = vector::to_lanes(&mut self.b, ty, limits);
                    let mut limit = self.load_word(word, one::machine(ty));
                    for lane in lanes {
                        limit = one::binary(&mut self.b, op, ty, limit, lane);
                    }
                    self.store_word(word, limit);
                }
                Running::Any(_, of, variable, word) => {
                    let mask = self.b.use_var(variable);
                    let some = self.b.ins().vany_true(mask);
                    let before = self.load_word(word, types::I8);
                    let after = if of {
                        self.b.ins().bor(before, some)
                    } else {
                        let none = one::unary(&mut self.b, Unary::Not, Type::Bool, some);
                        self.b.ins().band(before, none)
                    };
                    self.store_word(word, after);
                }
            }
        }
    }

    /// The sum of a register's signed lanes.
    fn sum_lanes(&mut self, x: Place, size: usize) -> Place {
        let mut sum = self.zero();
        for k in 0..16 / size {
            let lane = self.b.ins().extractlane(x, k as u8);
            let lane = one::widen(&mut self.b, signed(size), types::I64, lane);
            sum = self.b.ins().iadd(sum, lane);
        }
        sum
    }

    /// Writes what came, side by side.
    fn vector_columns(&mut self) {
        let columns = self.layout.columns();
        if columns.is_empty() {
            return;
        }
        let at = self.b.use_var(self.at);
        if !self.plan.filtered {
            for (k, &id) in columns.iter().enumerate() {
                let size = self.program.ty(id).size();
                let place = self.element_of(self.columns[k], at, size);
                self.store_many(id, place, 0);
            }
            return;
        }
        let came = self.b.use_var(self.came);
        let Some(mask) = self.alive_mask(1) else {
            unreachable!("there is a filter");
        };
        let bits = vector::mask_bits(&mut self.b, mask);
        for (k, &id) in columns.iter().enumerate() {
            let ty = self.program.ty(id);
            let packed = match ty {
                Type::Bool => {
                    let mask = self.mask(id, 2);
                    vector::from_mask(&mut self.b, Type::U2, mask)
                }
                Type::U1 | Type::S1 => {
                    let x = self.registers(id);
                    vector::resize(&mut self.b, 1, 2, false, x)
                }
                _ => self.registers(id),
            };
            // Bytes are packed as pairs of them.
            let size = ty.size().max(2);
            let each = 16 / size;
            for (j, &x) in packed.iter().enumerate() {
                let (before, these) = self.part(bits, j, each);
                let index = match before {
                    None => came,
                    Some(before) => {
                        let before = self.b.ins().uextend(types::I64, before);
                        self.b.ins().iadd(came, before)
                    }
                };
                let row = self.b.ins().uextend(types::I64, these);
                let row = self.b.ins().ishl_imm_s(row, 4);
                let table = Tables::address(size);
                let table = self.b.ins().iconst(types::I64, table as i64);
                let row = self.b.ins().iadd(table, row);
                let order = self.b.ins().load(types::I8X16, OWN, row, 0);
                let bytes = vector::as_type(&mut self.b, types::I8X16, x);
                let bytes = self.b.ins().x86_pshufb(bytes, order);
                let place = self.element_of(self.columns[k], index, ty.size());
                if ty.size() == 1 {
                    let pairs = vector::as_type(&mut self.b, types::I16X8, bytes);
                    let bytes = vector::resize(&mut self.b, 2, 1, false, Registers::same(1, pairs));
                    self.store_eight(bytes[0], place, 0);
                } else {
                    self.b.ins().store(OWN, bytes, place, 0);
                }
            }
        }
        let those = self.b.ins().popcnt(bits);
        let those = self.b.ins().uextend(types::I64, those);
        let after = self.b.ins().iadd(came, those);
        self.b.def_var(self.came, after);
    }

    /// Of a mask's bits those of the `part`th `each` elements, and how many are set before them.
    fn part(&mut self, bits: Place, part: usize, each: usize) -> (Option<Place>, Place) {
        let first = part * each;
        let shifted = match first {
            0 => bits,
            _ => self.b.ins().ushr_imm_s(bits, first as i64),
        };
        let these = match each {
            8 => shifted,
            _ => self.b.ins().band_imm_u(shifted, (1 << each) - 1),
        };
        let before = (first > 0).then(|| {
            let below = self.b.ins().band_imm_u(bits, (1 << first) - 1);
            self.b.ins().popcnt(below)
        });
        (before, these)
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
