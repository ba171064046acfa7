//! Loops that go one by one.

use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value as Place, types};

use super::super::one;
use super::super::plan::{Phase, is_call};
use super::{ELEMENT, Emitter, OWN, limit_of, scanned};
use crate::Type;
use crate::layout::{LANES, Layout};
use crate::program::{Bits, Id, MOST_ARGUMENTS, Step, Terminal, Value};

impl Emitter<'_, '_> {
    /// One element: goes on to `next` with the one behind it, or to `end`.
    pub(super) fn single_body(&mut self, phase: &Phase, last: bool, next: Block, end: Block) {
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

    pub(super) fn mask_place(&mut self, at: Place) -> Place {
        let place = self.b.ins().iadd(self.scratch, at);
        self.b.ins().iadd_imm_s(place, self.plan.mask as i64)
    }

    /// Where an element lies among others side by side.
    pub(super) fn element_of(&mut self, base: Place, at: Place, size: usize) -> Place {
        let offset = match size {
            1 => at,
            _ => self
                .b
                .ins()
                .ishl_imm_s(at, i64::from(size.trailing_zeros())),
        };
        self.b.ins().iadd(base, offset)
    }

    pub(super) fn one(&mut self, id: Id) -> Place {
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

    pub(super) fn field(
        &mut self,
        ty: Type,
        at: Place,
        offset: u32,
        big: bool,
        bits: Option<Bits>,
    ) -> Place {
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

    pub(super) fn single_value(&mut self, id: Id) -> Place {
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
            Value::Call { .. } => unreachable!("a call"),
        }
    }

    /// A routine for one value.
    pub(super) fn inline_call(&mut self, value: &Value) -> Place {
        const RESULT: usize = 8 * MOST_ARGUMENTS;
        let arguments: Vec<Id> = value.arguments().collect();
        let mut places = Vec::new();
        for (k, &id) in arguments.iter().enumerate() {
            let x = self.one(id);
            let offset = 8 * k;
            self.b.ins().store(OWN, x, self.scratch, offset as i32);
            places.push(self.b.ins().iadd_imm_s(self.scratch, offset as i64));
        }
        let to = self.b.ins().iadd_imm_s(self.scratch, RESULT as i64);
        let count = self.b.ins().iconst(types::I64, 1);
        self.call_routine(value, places, to, count, None);
        let machine = one::machine(value.ty());
        self.b.ins().load(machine, OWN, self.scratch, RESULT as i32)
    }

    pub(super) fn single_terminals(&mut self, at: Place) {
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
}
