//! Loops that go eight at a time: their values.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value as Place, types};

use super::super::one;
use super::super::plan::Phase;
use super::super::vector::{self, Registers, registers};
use super::ends::Running;
use super::{ELEMENT, Emitter, Many, OWN, in_vectors, signed, width_of};
use crate::Type;
use crate::layout::LANES;
use crate::program::{Binary, Bits, Id, Step, Unary, Value};

impl Emitter<'_, '_> {
    /// As long as there are eight; goes to `over` then.
    pub(super) fn vector_loop(&mut self, phase: &Phase, last: bool, count: Place, over: Block) {
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

    pub(super) fn zero(&mut self) -> Place {
        self.b.ins().iconst(types::I64, 0)
    }

    /// Parameters in all lanes.
    pub(super) fn splat_parameters(&mut self) {
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

    pub(super) fn vector_body(&mut self, phase: &Phase, last: bool, running: &mut [Running]) {
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

    pub(super) fn alive_in(&mut self, mut many: Many, size: usize) -> Registers {
        let mask = self.mask_of(&mut many, size);
        self.alive = Some(many);
        mask
    }

    /// Which came so far, as a mask; none if all did.
    pub(super) fn alive_mask(&mut self, size: usize) -> Option<Registers> {
        let many = self.alive.take()?;
        Some(self.alive_in(many, size))
    }

    /// Bytes that are 0 or not, as a mask.
    pub(super) fn load_mask(&mut self, place: Place) -> Many {
        let bytes = self.load_eight(place, 0, ELEMENT);
        let mut many = Many::default();
        let mask = vector::truth(&mut self.b, Type::U1, Registers::same(1, bytes));
        many.masks[0] = Some(mask);
        many
    }

    /// Eight bytes, in the lower half of a register.
    pub(super) fn load_eight(&mut self, place: Place, offset: i32, flags: MemFlagsData) -> Place {
        let bytes = self.b.ins().load(types::I64, flags, place, offset);
        let half = self.b.ins().scalar_to_vector(types::I64X2, bytes);
        vector::as_type(&mut self.b, types::I8X16, half)
    }

    pub(super) fn store_eight(&mut self, x: Place, place: Place, offset: i32) {
        let half = vector::as_type(&mut self.b, types::I64X2, x);
        let bytes = self.b.ins().extractlane(half, 0);
        self.b.ins().store(OWN, bytes, place, offset);
    }

    /// As bytes that are 0 or 1.
    pub(super) fn store_mask(&mut self, mask: Registers, place: Place, offset: i32) {
        let bytes = vector::from_mask(&mut self.b, Type::U1, mask);
        self.store_eight(bytes[0], place, offset);
    }

    /// All eight of a value, side by side.
    pub(super) fn store_many(&mut self, id: Id, place: Place, offset: i32) {
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
    pub(super) fn width(&mut self, id: Id) -> usize {
        self.find(id);
        width_of(&self.many[id as usize])
    }

    /// A value that needs no step of its own.
    pub(super) fn find(&mut self, id: Id) {
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
    pub(super) fn load_many(
        &mut self,
        ty: Type,
        place: Place,
        offset: i32,
        flags: MemFlagsData,
    ) -> Many {
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

    pub(super) fn fields(
        &mut self,
        input: u32,
        offset: u32,
        ty: Type,
        big: bool,
        bits: Option<Bits>,
    ) -> Many {
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
    pub(super) fn registers(&mut self, id: Id) -> Registers {
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
    pub(super) fn mask(&mut self, id: Id, size: usize) -> Registers {
        self.find(id);
        let mut many = std::mem::take(&mut self.many[id as usize]);
        let mask = self.mask_of(&mut many, size);
        self.many[id as usize] = many;
        mask
    }

    pub(super) fn mask_of(&mut self, many: &mut Many, size: usize) -> Registers {
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
    pub(super) fn lanes(&mut self, id: Id) -> [Place; LANES] {
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

    pub(super) fn many_value(&mut self, id: Id) {
        let value = self.program.values()[id as usize];
        let many = self
            .vectorised(&value)
            .unwrap_or_else(|| self.lane_by_lane(&value));
        self.many[id as usize] = many;
    }

    /// A value in vectors; none where it has no such form.
    pub(super) fn vectorised(&mut self, value: &Value) -> Option<Many> {
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
    pub(super) fn lane_by_lane(&mut self, value: &Value) -> Many {
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
}
