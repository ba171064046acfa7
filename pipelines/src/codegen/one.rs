//! Operations on one value: what stands in loops that go one by one, and in vectors for what has no vector form.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Type as Machine, Value, types};
use cranelift_frontend::FunctionBuilder;

use crate::Type;
use crate::program::{Binary, Compare, Test, Unary};

type Builder<'f> = FunctionBuilder<'f>;

/// How a value is held; BOOL is 0 or 1.
pub fn machine(ty: Type) -> Machine {
    match ty {
        Type::F4 => types::F32,
        Type::F8 => types::F64,
        _ => word(ty.size()),
    }
}

/// The integer of so many bytes.
pub fn word(size: usize) -> Machine {
    match size {
        1 => types::I8,
        2 => types::I16,
        4 => types::I32,
        _ => types::I64,
    }
}

/// A constant: the bits of an integer or BOOL.
pub fn bits(b: &mut Builder<'_>, ty: Machine, value: u64) -> Value {
    // What does not fit is refused, so signs go away.
    let value = value & (u64::MAX >> (64 - ty.bits()));
    b.ins().iconst(ty, value as i64)
}

/// A constant of the type, of an integer or float.
pub fn number(b: &mut Builder<'_>, ty: Type, value: f64) -> Value {
    match ty {
        Type::F4 => b.ins().f32const(value as f32),
        Type::F8 => b.ins().f64const(value),
        _ => bits(b, machine(ty), value as i64 as u64),
    }
}

/// A wider integer of the same value.
pub fn widen(b: &mut Builder<'_>, ty: Type, to: Machine, x: Value) -> Value {
    if b.func.dfg.value_type(x) == to {
        x
    } else if ty.is_signed() {
        b.ins().sextend(to, x)
    } else {
        b.ins().uextend(to, x)
    }
}

fn narrow(b: &mut Builder<'_>, to: Machine, x: Value) -> Value {
    if b.func.dfg.value_type(x) == to {
        x
    } else {
        b.ins().ireduce(to, x)
    }
}

pub fn binary(b: &mut Builder<'_>, op: Binary, ty: Type, x: Value, y: Value) -> Value {
    let signed = ty.is_signed();
    let float = ty.is_float();
    match op {
        Binary::Add if float => b.ins().fadd(x, y),
        Binary::Add => b.ins().iadd(x, y),
        Binary::Sub if float => b.ins().fsub(x, y),
        Binary::Sub => b.ins().isub(x, y),
        Binary::Mul if float => b.ins().fmul(x, y),
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
        Binary::Xor => b.ins().bxor(x, y),
        Binary::Shl | Binary::Shr => shift(b, op, ty, x, y),
        Binary::FloorDiv | Binary::Mod => divide(b, op, ty, x, y),
        Binary::Pow | Binary::Hypot | Binary::Atan2 => unreachable!("a routine"),
    }
}

fn shift(b: &mut Builder<'_>, op: Binary, ty: Type, x: Value, y: Value) -> Value {
    let machine = machine(ty);
    let width = bits(b, machine, u64::from(machine.bits()));
    // A negative count is a large unsigned one.
    let inside = b.ins().icmp(IntCC::UnsignedLessThan, y, width);
    if op == Binary::Shr && ty.is_signed() {
        let most = bits(b, machine, u64::from(machine.bits()) - 1);
        let count = b.ins().select(inside, y, most);
        return b.ins().sshr(x, count);
    }
    let shifted = match op {
        Binary::Shl => b.ins().ishl(x, y),
        _ => b.ins().ushr(x, y),
    };
    let zero = bits(b, machine, 0);
    b.ins().select(inside, shifted, zero)
}

/// Integers, rounded down; never a trap: what the processor can't divide is divided by 1, and replaced.
fn divide(b: &mut Builder<'_>, op: Binary, ty: Type, x: Value, y: Value) -> Value {
    let machine = machine(ty);
    // There is no division of few bits.
    let wide = if machine.bits() < 32 {
        types::I32
    } else {
        machine
    };
    let (a, d) = (widen(b, ty, wide, x), widen(b, ty, wide, y));
    let zero = bits(b, wide, 0);
    let one = bits(b, wide, 1);
    let nothing = b.ins().icmp(IntCC::Equal, d, zero);
    let result = if ty.is_signed() {
        let minus = bits(b, wide, u64::MAX);
        let negates = b.ins().icmp(IntCC::Equal, d, minus);
        let bad = b.ins().bor(nothing, negates);
        let safe = b.ins().select(bad, one, d);
        let quotient = b.ins().sdiv(a, safe);
        let product = b.ins().imul(quotient, safe);
        let rest = b.ins().isub(a, product);
        let signs = b.ins().bxor(rest, safe);
        let differ = b.ins().icmp(IntCC::SignedLessThan, signs, zero);
        let some = b.ins().icmp(IntCC::NotEqual, rest, zero);
        let below = b.ins().band(differ, some);
        let (plain, negated) = match op {
            Binary::FloorDiv => {
                let lower = b.ins().isub(quotient, one);
                let floor = b.ins().select(below, lower, quotient);
                (floor, b.ins().ineg(a))
            }
            _ => {
                let other = b.ins().iadd(rest, safe);
                (b.ins().select(below, other, rest), zero)
            }
        };
        b.ins().select(negates, negated, plain)
    } else {
        let safe = b.ins().select(nothing, one, d);
        match op {
            Binary::FloorDiv => b.ins().udiv(a, safe),
            _ => b.ins().urem(a, safe),
        }
    };
    let result = b.ins().select(nothing, zero, result);
    narrow(b, machine, result)
}

pub fn int_condition(op: Compare, signed: bool) -> IntCC {
    match (op, signed) {
        (Compare::Eq, _) => IntCC::Equal,
        (Compare::Ne, _) => IntCC::NotEqual,
        (Compare::Lt, true) => IntCC::SignedLessThan,
        (Compare::Le, true) => IntCC::SignedLessThanOrEqual,
        (Compare::Gt, true) => IntCC::SignedGreaterThan,
        (Compare::Ge, true) => IntCC::SignedGreaterThanOrEqual,
        (Compare::Lt, false) => IntCC::UnsignedLessThan,
        (Compare::Le, false) => IntCC::UnsignedLessThanOrEqual,
        (Compare::Gt, false) => IntCC::UnsignedGreaterThan,
        (Compare::Ge, false) => IntCC::UnsignedGreaterThanOrEqual,
    }
}

pub fn float_condition(op: Compare) -> FloatCC {
    match op {
        Compare::Eq => FloatCC::Equal,
        Compare::Ne => FloatCC::NotEqual,
        Compare::Lt => FloatCC::LessThan,
        Compare::Le => FloatCC::LessThanOrEqual,
        Compare::Gt => FloatCC::GreaterThan,
        Compare::Ge => FloatCC::GreaterThanOrEqual,
    }
}

pub fn compare(b: &mut Builder<'_>, op: Compare, ty: Type, x: Value, y: Value) -> Value {
    if ty.is_float() {
        b.ins().fcmp(float_condition(op), x, y)
    } else {
        b.ins().icmp(int_condition(op, ty.is_signed()), x, y)
    }
}

pub fn unary(b: &mut Builder<'_>, op: Unary, ty: Type, x: Value) -> Value {
    let machine = machine(ty);
    match op {
        Unary::Neg if ty.is_float() => b.ins().fneg(x),
        Unary::Neg => b.ins().ineg(x),
        Unary::Abs if ty.is_float() => b.ins().fabs(x),
        Unary::Abs if ty.is_signed() => b.ins().iabs(x),
        Unary::Abs => x,
        Unary::Not if ty == Type::Bool => {
            let one = bits(b, types::I8, 1);
            b.ins().bxor(x, one)
        }
        Unary::Not => b.ins().bnot(x),
        Unary::Sign if ty.is_float() => {
            let zero = number(b, ty, 0.0);
            let one = number(b, ty, 1.0);
            let minus = number(b, ty, -1.0);
            let nan = b.ins().fcmp(FloatCC::Unordered, x, x);
            let above = b.ins().fcmp(FloatCC::GreaterThan, x, zero);
            let below = b.ins().fcmp(FloatCC::LessThan, x, zero);
            let rest = b.ins().select(nan, x, zero);
            let rest = b.ins().select(below, minus, rest);
            b.ins().select(above, one, rest)
        }
        Unary::Sign => {
            let zero = bits(b, machine, 0);
            let some = b.ins().icmp(IntCC::NotEqual, x, zero);
            let some = resize(b, machine, some);
            if ty.is_signed() {
                let below = b.ins().icmp(IntCC::SignedLessThan, x, zero);
                let below = resize(b, machine, below);
                let twice = b.ins().iadd(below, below);
                b.ins().isub(some, twice)
            } else {
                some
            }
        }
        Unary::Sqrt => b.ins().sqrt(x),
        Unary::Floor => b.ins().floor(x),
        Unary::Ceil => b.ins().ceil(x),
        Unary::Round => b.ins().nearest(x),
        Unary::Trunc => b.ins().trunc(x),
        Unary::Popcount => b.ins().popcnt(x),
        Unary::Clz => b.ins().clz(x),
        Unary::Ctz => b.ins().ctz(x),
        Unary::Bswap if ty.size() == 1 => x,
        Unary::Bswap => b.ins().bswap(x),
        _ => unreachable!("a routine"),
    }
}

pub fn test(b: &mut Builder<'_>, op: Test, ty: Type, x: Value) -> Value {
    if op == Test::IsNan {
        return b.ins().fcmp(FloatCC::Unordered, x, x);
    }
    let size = b.ins().fabs(x);
    let infinity = number(b, ty, f64::INFINITY);
    let condition = match op {
        Test::IsInf => FloatCC::Equal,
        _ => FloatCC::LessThan,
    };
    b.ins().fcmp(condition, size, infinity)
}

/// An unsigned integer (or BOOL) as wide as is wanted.
pub fn resize(b: &mut Builder<'_>, to: Machine, x: Value) -> Value {
    let is = b.func.dfg.value_type(x);
    match is.bits().cmp(&to.bits()) {
        std::cmp::Ordering::Equal => x,
        std::cmp::Ordering::Less => b.ins().uextend(to, x),
        std::cmp::Ordering::Greater => b.ins().ireduce(to, x),
    }
}

pub fn cast(b: &mut Builder<'_>, from: Type, to: Type, x: Value) -> Value {
    let machine_to = machine(to);
    match (from, to) {
        _ if from == to => x,
        (Type::F4 | Type::F8, Type::Bool) => {
            let zero = number(b, from, 0.0);
            b.ins().fcmp(FloatCC::NotEqual, x, zero)
        }
        (_, Type::Bool) => {
            let zero = bits(b, machine(from), 0);
            b.ins().icmp(IntCC::NotEqual, x, zero)
        }
        (Type::F4, Type::F8) => b.ins().fpromote(types::F64, x),
        (Type::F8, Type::F4) => b.ins().fdemote(types::F32, x),
        (Type::F4 | Type::F8, Type::S8 | Type::U4) => {
            let whole = truncate(b, from, types::I64, x);
            narrow(b, machine_to, whole)
        }
        (Type::F4 | Type::F8, Type::U8) => {
            let half = number(b, from, 9_223_372_036_854_775_808.0);
            let less = b.ins().fsub(x, half);
            let low = truncate(b, from, types::I64, x);
            let high = truncate(b, from, types::I64, less);
            let sign = bits(b, types::I64, 1 << 63);
            let high = b.ins().bxor(high, sign);
            let large = b.ins().fcmp(FloatCC::GreaterThanOrEqual, x, half);
            b.ins().select(large, high, low)
        }
        (Type::F4 | Type::F8, _) => {
            let whole = truncate(b, from, types::I32, x);
            narrow(b, machine_to, whole)
        }
        (_, Type::F4 | Type::F8) => {
            // Through 64 bits the sign doesn't matter but for U8.
            if from == Type::U8 {
                b.ins().fcvt_from_uint(machine_to, x)
            } else {
                let x = widen(b, from, types::I64, x);
                b.ins().fcvt_from_sint(machine_to, x)
            }
        }
        _ if machine_to.bits() <= machine(from).bits() => narrow(b, machine_to, x),
        _ => widen(b, from, machine_to, x),
    }
}

/// Towards zero; the minimum for NaN and what does not fit, as x86's own instructions give.
fn truncate(b: &mut Builder<'_>, from: Type, to: Machine, x: Value) -> Value {
    // This gives the limits for what is outside, and 0 for NaN.
    let whole = b.ins().fcvt_to_sint_sat(to, x);
    let limit = number(b, from, 2.0_f64.powi(to.bits() as i32 - 1));
    let below = b.ins().fcmp(FloatCC::LessThan, x, limit);
    let minimum = bits(b, to, 1 << (to.bits() - 1));
    b.ins().select(below, whole, minimum)
}
