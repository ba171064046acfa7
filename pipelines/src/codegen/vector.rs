//! Operations on eight values at a time, in as many registers of 128 bits as they need.
//!
//! Eight values of 8 bytes are four registers, of 4 bytes two, of 2 bytes one; of 1 byte the lower half of one, whose
//! upper half holds anything. A BOOL is a mask, all bits set or none, as wide as the values that it chooses from.

use std::ops::Deref;

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{
    ConstantData, Endianness, InstBuilder, MemFlagsData, Type as Machine, Value, types,
};
use cranelift_frontend::FunctionBuilder;

use super::one;
use crate::Type;
use crate::layout::LANES;
use crate::program::{Binary, Compare, Test, Unary};

type Builder<'f> = FunctionBuilder<'f>;

/// Registers that hold eight values.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    values: [Value; 4],
    count: usize,
}

impl Deref for Registers {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.values[..self.count]
    }
}

impl Registers {
    /// `count` of them, each made by a function of its number.
    pub fn new(count: usize, mut make: impl FnMut(usize) -> Value) -> Registers {
        let first = make(0);
        let mut values = [first; 4];
        for (k, value) in values.iter_mut().enumerate().take(count).skip(1) {
            *value = make(k);
        }
        Registers { values, count }
    }

    pub fn same(count: usize, value: Value) -> Registers {
        Registers::new(count, |_| value)
    }

    pub fn map(self, mut f: impl FnMut(Value) -> Value) -> Registers {
        Registers::new(self.count, |k| f(self[k]))
    }

    pub fn zip(self, other: Registers, mut f: impl FnMut(Value, Value) -> Value) -> Registers {
        Registers::new(self.count, |k| f(self[k], other[k]))
    }

    /// All made one.
    pub fn fold(self, mut f: impl FnMut(Value, Value) -> Value) -> Value {
        match self.count {
            4 => {
                let (low, high) = (f(self[0], self[1]), f(self[2], self[3]));
                f(low, high)
            }
            2 => f(self[0], self[1]),
            _ => self[0],
        }
    }
}

/// How many registers eight values of so many bytes take.
pub fn registers(size: usize) -> usize {
    (size / 2).max(1)
}

/// What a register of values of a type is.
pub fn machine(ty: Type) -> Machine {
    match ty {
        Type::F4 => types::F32X4,
        Type::F8 => types::F64X2,
        _ => whole(ty.size()),
    }
}

/// The same of integers of so many bytes.
pub fn whole(size: usize) -> Machine {
    match size {
        1 => types::I8X16,
        2 => types::I16X8,
        4 => types::I32X4,
        _ => types::I64X2,
    }
}

/// The same bits as another type.
pub fn as_type(b: &mut Builder<'_>, to: Machine, x: Value) -> Value {
    if b.func.dfg.value_type(x) == to {
        return x;
    }
    let flags = MemFlagsData::new().with_endianness(Endianness::Little);
    b.ins().bitcast(to, flags, x)
}

pub fn constant(b: &mut Builder<'_>, ty: Machine, bytes: [u8; 16]) -> Value {
    let constant = b.func.dfg.constants.insert(ConstantData::from(&bytes[..]));
    b.ins().vconst(ty, constant)
}

/// A constant in all lanes, from the bits that the state has it in.
pub fn splat(b: &mut Builder<'_>, ty: Type, bits: u64) -> Value {
    let size = ty.size();
    let bytes = std::array::from_fn(|k| bits.to_le_bytes()[k % size]);
    constant(b, machine(ty), bytes)
}

fn splat_number(b: &mut Builder<'_>, ty: Type, value: f64) -> Value {
    let bits = match ty {
        Type::F4 => u64::from((value as f32).to_bits()),
        Type::F8 => value.to_bits(),
        _ => value as i64 as u64,
    };
    splat(b, ty, bits)
}

/// Bytes of two registers, by their numbers in both.
pub fn shuffle(b: &mut Builder<'_>, x: Value, y: Value, mask: [u8; 16]) -> Value {
    let mask = b.func.dfg.immediates.push(ConstantData::from(&mask[..]));
    let (x, y) = (as_type(b, types::I8X16, x), as_type(b, types::I8X16, y));
    b.ins().shuffle(x, y, mask)
}

/// The upper half below.
fn upper(b: &mut Builder<'_>, ty: Machine, x: Value) -> Value {
    let high = shuffle(b, x, x, std::array::from_fn(|k| 8 | k as u8 & 7));
    as_type(b, ty, high)
}

/// Two registers of 64-bit lanes as one of their lower halves.
fn halves(b: &mut Builder<'_>, x: Value, y: Value) -> Value {
    let low = shuffle(b, x, y, std::array::from_fn(|k| (k / 4 * 8 + k % 4) as u8));
    as_type(b, types::I32X4, low)
}

/// Integers (or masks) twice as wide.
fn wider(b: &mut Builder<'_>, size: usize, signed: bool, x: Registers) -> Registers {
    let count = registers(2 * size);
    if count == x.len() {
        // The lower half of the register is all there is.
        return x.map(|x| match signed {
            true => b.ins().swiden_low(x),
            false => b.ins().uwiden_low(x),
        });
    }
    Registers::new(count, |k| match (k % 2, signed) {
        (0, true) => b.ins().swiden_low(x[k / 2]),
        (0, false) => b.ins().uwiden_low(x[k / 2]),
        (_, true) => b.ins().swiden_high(x[k / 2]),
        (_, false) => b.ins().uwiden_high(x[k / 2]),
    })
}

/// Integers half as wide: their lower bits.
fn narrower(b: &mut Builder<'_>, size: usize, x: Registers) -> Registers {
    if size == 8 {
        return Registers::new(2, |k| halves(b, x[2 * k], x[2 * k + 1]));
    }
    // Packing cuts off at the limits, so the upper bits go first.
    let ty = whole(size);
    let low = match size {
        4 => constant(
            b,
            ty,
            std::array::from_fn(|k| if k % 4 < 2 { 255 } else { 0 }),
        ),
        _ => constant(
            b,
            ty,
            std::array::from_fn(|k| if k % 2 < 1 { 255 } else { 0 }),
        ),
    };
    let x = x.map(|x| b.ins().band(x, low));
    match size {
        4 => Registers::same(1, b.ins().unarrow(x[0], x[1])),
        _ => Registers::same(1, b.ins().unarrow(x[0], x[0])),
    }
}

/// Integers of another width.
pub fn resize(
    b: &mut Builder<'_>,
    from: usize,
    to: usize,
    signed: bool,
    x: Registers,
) -> Registers {
    let (mut size, mut x) = (from, x);
    while size < to {
        x = wider(b, size, signed, x);
        size *= 2;
    }
    while size > to {
        x = narrower(b, size, x);
        size /= 2;
    }
    x
}

/// A mask for values of another width.
pub fn resize_mask(b: &mut Builder<'_>, from: usize, to: usize, x: Registers) -> Registers {
    let (mut size, mut x) = (from, x);
    while size < to {
        x = wider(b, size, true, x);
        size *= 2;
    }
    while size > to {
        // Masks are -1 or 0, which packing leaves alone.
        x = match size {
            8 => Registers::new(2, |k| halves(b, x[2 * k], x[2 * k + 1])),
            4 => Registers::same(1, b.ins().snarrow(x[0], x[1])),
            _ => Registers::same(1, b.ins().snarrow(x[0], x[0])),
        };
        size /= 2;
    }
    x
}

/// A mask's bits, the first element's the lowest; the mask is one of bytes.
pub fn mask_bits(b: &mut Builder<'_>, mask: Registers) -> Value {
    let bits = b.ins().vhigh_bits(types::I32, mask[0]);
    let bits = b.ins().uextend(types::I64, bits);
    b.ins().band_imm_u(bits, 0xff)
}

/// One value for each element as registers; BOOLs make a mask of bytes.
pub fn from_lanes(b: &mut Builder<'_>, ty: Type, lanes: [Value; LANES]) -> Registers {
    let each = 16 / ty.size();
    let vector = machine(ty);
    let count = registers(ty.size());
    let made = Registers::new(count, |k| {
        // Registers take nothing smaller than 4 bytes at their beginning.
        let mut x = match ty.size() {
            1 | 2 => {
                let first = b.ins().uextend(types::I32, lanes[k * each]);
                let first = b.ins().scalar_to_vector(types::I32X4, first);
                as_type(b, vector, first)
            }
            _ => b.ins().scalar_to_vector(vector, lanes[k * each]),
        };
        for j in 1..each.min(LANES) {
            x = b.ins().insertlane(x, lanes[k * each + j], j as u8);
        }
        x
    });
    match ty {
        Type::Bool => made.map(|x| b.ins().ineg(x)),
        _ => made,
    }
}

/// The other way round. Of masks: of bytes.
pub fn to_lanes(b: &mut Builder<'_>, ty: Type, x: Registers) -> [Value; LANES] {
    let each = 16 / ty.size();
    std::array::from_fn(|k| {
        let lane = b.ins().extractlane(x[k / each], (k % each) as u8);
        match ty {
            Type::Bool => {
                let one = one::bits(b, types::I8, 1);
                b.ins().band(lane, one)
            }
            _ => lane,
        }
    })
}

/// One or the other, by a mask as wide as they are.
pub fn choose(b: &mut Builder<'_>, mask: Registers, x: Registers, y: Registers) -> Registers {
    Registers::new(x.len(), |k| {
        let ty = b.func.dfg.value_type(x[k]);
        let mask = as_type(b, ty, mask[k]);
        b.ins().bitselect(mask, x[k], y[k])
    })
}

/// One of those that [`has_binary`] knows.
pub fn binary(b: &mut Builder<'_>, op: Binary, ty: Type, x: Registers, y: Registers) -> Registers {
    let signed = ty.is_signed();
    let float = ty.is_float();
    x.zip(y, |x, y| match op {
        Binary::Add if float => b.ins().fadd(x, y),
        Binary::Add => b.ins().iadd(x, y),
        Binary::Sub if float => b.ins().fsub(x, y),
        Binary::Sub => b.ins().isub(x, y),
        Binary::Mul if float => b.ins().fmul(x, y),
        Binary::Mul if ty.size() == 1 => {
            let (x, y) = (b.ins().uwiden_low(x), b.ins().uwiden_low(y));
            let product = b.ins().imul(x, y);
            narrower(b, 2, Registers::same(1, product))[0]
        }
        Binary::Mul => b.ins().imul(x, y),
        Binary::Div => b.ins().fdiv(x, y),
        Binary::Min if float => b.ins().fmin(x, y),
        Binary::Min if signed => b.ins().smin(x, y),
        Binary::Min => b.ins().umin(x, y),
        Binary::Max if float => b.ins().fmax(x, y),
        Binary::Max if signed => b.ins().smax(x, y),
        Binary::Max => b.ins().umax(x, y),
        Binary::And => b.ins().band(x, y),
        Binary::Or => b.ins().bor(x, y),
        _ => b.ins().bxor(x, y),
    })
}

/// Whether it needs not be done lane by lane.
pub fn has_binary(op: Binary) -> bool {
    matches!(
        op,
        Binary::Add
            | Binary::Sub
            | Binary::Mul
            | Binary::Div
            | Binary::Min
            | Binary::Max
            | Binary::And
            | Binary::Or
            | Binary::Xor
    )
}

/// By one count for all.
pub fn shift(b: &mut Builder<'_>, op: Binary, ty: Type, x: Registers, count: Value) -> Registers {
    let machine = one::machine(ty);
    let width = one::bits(b, machine, u64::from(machine.bits()));
    let inside = b.ins().icmp(IntCC::UnsignedLessThan, count, width);
    if op == Binary::Shr && ty.is_signed() {
        let most = one::bits(b, machine, u64::from(machine.bits()) - 1);
        let count = b.ins().select(inside, count, most);
        return x.map(|x| b.ins().sshr(x, count));
    }
    let all = one::bits(b, machine, u64::MAX);
    let none = one::bits(b, machine, 0);
    let kept = b.ins().select(inside, all, none);
    let kept = b.ins().splat(whole(ty.size()), kept);
    x.map(|x| {
        let shifted = match op {
            Binary::Shl => b.ins().ishl(x, count),
            _ => b.ins().ushr(x, count),
        };
        b.ins().band(shifted, kept)
    })
}

/// A mask as wide as the values.
pub fn compare(
    b: &mut Builder<'_>,
    op: Compare,
    ty: Type,
    x: Registers,
    y: Registers,
) -> Registers {
    x.zip(y, |x, y| {
        if ty.is_float() {
            b.ins().fcmp(one::float_condition(op), x, y)
        } else {
            b.ins().icmp(one::int_condition(op, ty.is_signed()), x, y)
        }
    })
}

/// A mask.
pub fn test(b: &mut Builder<'_>, op: Test, ty: Type, x: Registers) -> Registers {
    let infinity = splat_number(b, ty, f64::INFINITY);
    x.map(|x| match op {
        Test::IsNan => b.ins().fcmp(FloatCC::Unordered, x, x),
        Test::IsInf => {
            let size = b.ins().fabs(x);
            b.ins().fcmp(FloatCC::Equal, size, infinity)
        }
        Test::IsFinite => {
            let size = b.ins().fabs(x);
            b.ins().fcmp(FloatCC::LessThan, size, infinity)
        }
    })
}

/// Whether it needs not be done lane by lane.
pub fn has_unary(op: Unary, ty: Type) -> bool {
    match op {
        Unary::Popcount => ty.size() == 1,
        Unary::Clz | Unary::Ctz => false,
        _ => true,
    }
}

/// One of those that [`has_unary`] knows. Not of masks.
pub fn unary(b: &mut Builder<'_>, op: Unary, ty: Type, x: Registers) -> Registers {
    match op {
        Unary::Neg if ty.is_float() => x.map(|x| b.ins().fneg(x)),
        Unary::Neg => x.map(|x| b.ins().ineg(x)),
        Unary::Abs if ty.is_float() => x.map(|x| b.ins().fabs(x)),
        Unary::Abs if ty.is_signed() => x.map(|x| b.ins().iabs(x)),
        Unary::Abs => x,
        Unary::Not => x.map(|x| b.ins().bnot(x)),
        Unary::Sign if ty.is_float() => {
            let zero = splat_number(b, ty, 0.0);
            let plus = splat_number(b, ty, 1.0);
            let minus = splat_number(b, ty, -1.0);
            let vector = machine(ty);
            x.map(|x| {
                let nan = b.ins().fcmp(FloatCC::Unordered, x, x);
                let above = b.ins().fcmp(FloatCC::GreaterThan, x, zero);
                let below = b.ins().fcmp(FloatCC::LessThan, x, zero);
                let nan = as_type(b, vector, nan);
                let above = as_type(b, vector, above);
                let below = as_type(b, vector, below);
                let rest = b.ins().band(nan, x);
                let rest = b.ins().bitselect(below, minus, rest);
                b.ins().bitselect(above, plus, rest)
            })
        }
        Unary::Sign => {
            let zero = splat_number(b, ty, 0.0);
            x.map(|x| {
                if ty.is_signed() {
                    let above = b.ins().icmp(IntCC::SignedGreaterThan, x, zero);
                    let below = b.ins().icmp(IntCC::SignedLessThan, x, zero);
                    b.ins().isub(below, above)
                } else {
                    let some = b.ins().icmp(IntCC::NotEqual, x, zero);
                    b.ins().ineg(some)
                }
            })
        }
        Unary::Sqrt => x.map(|x| b.ins().sqrt(x)),
        Unary::Floor => x.map(|x| b.ins().floor(x)),
        Unary::Ceil => x.map(|x| b.ins().ceil(x)),
        Unary::Round => x.map(|x| b.ins().nearest(x)),
        Unary::Trunc => x.map(|x| b.ins().trunc(x)),
        Unary::Bswap => swap(b, ty, x),
        _ => x.map(|x| b.ins().popcnt(x)),
    }
}

/// The bytes of each value in the other order.
pub fn swap(b: &mut Builder<'_>, ty: Type, x: Registers) -> Registers {
    let size = ty.size();
    if size == 1 {
        return x;
    }
    let mask = std::array::from_fn(|k| (k / size * size + size - 1 - k % size) as u8);
    let vector = machine(ty);
    x.map(|x| {
        let swapped = shuffle(b, x, x, mask);
        as_type(b, vector, swapped)
    })
}

/// Whether it needs not be done lane by lane.
pub fn has_cast(from: Type, to: Type) -> bool {
    match (from, to) {
        (Type::F4 | Type::F8, Type::S8 | Type::U4 | Type::U8) => false,
        // Rounded once.
        (Type::S8 | Type::U8, Type::F4) => false,
        _ => true,
    }
}

/// One of those that [`has_cast`] knows. Neither type is BOOL.
pub fn cast(b: &mut Builder<'_>, from: Type, to: Type, x: Registers) -> Registers {
    let signed = from.is_signed();
    match (from, to) {
        _ if from == to => x,
        (Type::F4, Type::F8) => Registers::new(4, |k| {
            let low = match k % 2 {
                0 => x[k / 2],
                _ => upper(b, types::F32X4, x[k / 2]),
            };
            b.ins().fvpromote_low(low)
        }),
        (Type::F8, Type::F4) => {
            let x = x.map(|x| b.ins().fvdemote(x));
            Registers::new(2, |k| join(b, types::F32X4, x[2 * k], x[2 * k + 1]))
        }
        (Type::F4, Type::S1 | Type::S2 | Type::S4 | Type::U1 | Type::U2) => {
            let whole = x.map(|x| b.ins().x86_cvtt2dq(types::I32X4, x));
            resize(b, 4, to.size(), true, whole)
        }
        (Type::F8, Type::S1 | Type::S2 | Type::S4 | Type::U1 | Type::U2) => {
            let zero = constant(b, types::I64X2, [0; 16]);
            let whole = x.map(|x| {
                let whole = b.ins().x86_cvtt2dq(types::I64X2, x);
                b.ins().snarrow(whole, zero)
            });
            let whole =
                Registers::new(2, |k| join(b, types::I32X4, whole[2 * k], whole[2 * k + 1]));
            resize(b, 4, to.size(), true, whole)
        }
        (Type::S8, Type::F8) => x.map(|x| b.ins().fcvt_from_sint(types::F64X2, x)),
        (Type::U8, Type::F8) => x.map(|x| b.ins().fcvt_from_uint(types::F64X2, x)),
        (_, Type::F4) => {
            let whole = resize(b, from.size(), 4, signed, x);
            whole.map(|x| match from {
                Type::U4 => b.ins().fcvt_from_uint(types::F32X4, x),
                _ => b.ins().fcvt_from_sint(types::F32X4, x),
            })
        }
        (_, Type::F8) => {
            let whole = resize(b, from.size(), 4, signed, x);
            Registers::new(4, |k| {
                let low = match k % 2 {
                    0 => whole[k / 2],
                    _ => upper(b, types::I32X4, whole[k / 2]),
                };
                if from == Type::U4 {
                    let wide = b.ins().uwiden_low(low);
                    b.ins().fcvt_from_uint(types::F64X2, wide)
                } else {
                    let wide = b.ins().swiden_low(low);
                    b.ins().fcvt_from_sint(types::F64X2, wide)
                }
            })
        }
        _ => resize(b, from.size(), to.size(), signed, x),
    }
}

/// The lower halves of two registers in one.
fn join(b: &mut Builder<'_>, ty: Machine, x: Value, y: Value) -> Value {
    let joined = shuffle(b, x, y, std::array::from_fn(|k| (k / 8 * 16 + k % 8) as u8));
    as_type(b, ty, joined)
}

/// A mask from values: which are not 0.
pub fn truth(b: &mut Builder<'_>, ty: Type, x: Registers) -> Registers {
    let zero = splat_number(b, ty, 0.0);
    let zero = Registers::same(x.len(), zero);
    compare(b, Compare::Ne, ty, x, zero)
}

/// Values from a mask as wide as they are: 1 or 0.
pub fn from_mask(b: &mut Builder<'_>, to: Type, mask: Registers) -> Registers {
    let one = splat_number(b, to, 1.0);
    let vector = machine(to);
    mask.map(|mask| {
        let mask = as_type(b, vector, mask);
        b.ins().band(mask, one)
    })
}
