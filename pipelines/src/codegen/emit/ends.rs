//! What becomes of eight elements that came to the end.

use cranelift_codegen::ir::{InstBuilder, Type as Machine, Value as Place, types};
use cranelift_frontend::Variable;

use super::super::one;
use super::super::tables::Tables;
use super::super::vector::{self, Registers, registers};
use super::{Emitter, OWN, limit_of, neutral, signed, width_of};
use crate::Type;
use crate::layout::LANES;
use crate::program::{Binary, Id, Terminal, Unary};

/// The sums, limits and so on of vectors, in registers while the loop goes.
pub(super) enum Running {
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

impl Emitter<'_, '_> {
    pub(super) fn variable(&mut self, ty: Machine, x: Place) -> Variable {
        let variable = self.b.declare_var(ty);
        self.b.def_var(variable, x);
        variable
    }

    /// Begins what runs through the loop.
    pub(super) fn running(&mut self) -> Vec<Running> {
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

    pub(super) fn truths(&mut self, a: Option<Id>, word: Option<usize>) -> Running {
        let zero = vector::splat(&mut self.b, Type::U8, 0);
        // The width is known with the first use.
        Running::Truths(a, self.variable(types::I64X2, zero), 0, word)
    }

    /// Elements that came, where a BOOL is a mask.
    pub(super) fn with_alive(&mut self, mask: Registers, size: usize) -> Registers {
        match self.alive_mask(size) {
            None => mask,
            Some(alive) => mask.zip(alive, |x, y| self.b.ins().band(x, y)),
        }
    }

    pub(super) fn vector_terminals(&mut self, running: &mut [Running]) {
        for running in running {
            match *running {
                Running::Floats(a, ty, ref lanes, _) => {
                    let x = self.registers(a);
                    let mut x = vector::cast(&mut self.b, ty, Type::F8, x);
                    // What did not come must add -0.0, the only number that changes nothing: 0.0 less is the same, and
                    // the mask makes that at once.
                    let alive = self.alive_mask(8);
                    if let Some(alive) = alive {
                        let sign = vector::splat(&mut self.b, Type::F8, (-0.0_f64).to_bits());
                        x = x.zip(alive, |x, mask| {
                            let less = self.b.ins().bxor(x, sign);
                            let mask = vector::as_type(&mut self.b, types::F64X2, mask);
                            self.b.ins().band(less, mask)
                        });
                    }
                    for (&lane, &x) in lanes.iter().zip(x.iter()) {
                        let sum = self.b.use_var(lane);
                        let sum = match alive {
                            None => self.b.ins().fadd(sum, x),
                            Some(_) => self.b.ins().fsub(sum, x),
                        };
                        self.b.def_var(lane, sum);
                    }
                }
                Running::Whole(a, ty, variable, _) => {
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
                Running::Truths(a, variable, ref mut size, _) => {
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
                Running::Limit(op, a, ty, ref limits, _) => {
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
                Running::Any(a, of, variable, _) => {
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
    pub(super) fn gather_running(&mut self, running: &[Running]) {
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
    pub(super) fn sum_lanes(&mut self, x: Place, size: usize) -> Place {
        let mut sum = self.zero();
        for k in 0..16 / size {
            let lane = self.b.ins().extractlane(x, k as u8);
            let lane = one::widen(&mut self.b, signed(size), types::I64, lane);
            sum = self.b.ins().iadd(sum, lane);
        }
        sum
    }

    /// Writes what came, side by side.
    pub(super) fn vector_columns(&mut self) {
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
                let (index, row) = self.part(bits, came, j * each, each);
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
        let after = self.b.ins().iadd(came, those);
        self.b.def_var(self.came, after);
    }

    /// Where the first of some elements that came goes, after those that a mask's bits have in front of it; and how far
    /// into the table the row for those elements is.
    pub(super) fn part(
        &mut self,
        bits: Place,
        came: Place,
        first: usize,
        each: usize,
    ) -> (Place, Place) {
        // A row has 16 bytes.
        let shifted = match 4 - first as i64 {
            0 => bits,
            up if up > 0 => self.b.ins().ishl_imm_s(bits, up),
            down => self.b.ins().ushr_imm_s(bits, -down),
        };
        let row = match each {
            LANES => shifted,
            _ => self.b.ins().band_imm_u(shifted, ((1 << each) - 1) << 4),
        };
        let index = match first {
            0 => came,
            _ => {
                let below = self.b.ins().band_imm_u(bits, (1 << first) - 1);
                let before = self.b.ins().popcnt(below);
                self.b.ins().iadd(came, before)
            }
        };
        (index, row)
    }
}
