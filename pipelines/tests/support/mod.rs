//! A plain evaluation of programs, one element after the other, written to be obviously right; and random programs.

#![allow(dead_code)] // Not every test uses all of it.

use std::collections::HashMap;

use chunkarray_pipelines::{
    Answer, Binary, Column, Compare, Program, Scan, Step, Terminal, Test, Type, Unary, Value,
};
use proptest::prelude::*;

/// A value: its bits, above which there are zeros.
pub type Bits = u64;

/// What NaN is compared as: payloads don't matter.
const NAN: u64 = 0x7ff8_0000_0000_0000;

pub fn f4(bits: Bits) -> f32 {
    f32::from_bits(bits as u32)
}

pub fn f8(bits: Bits) -> f64 {
    f64::from_bits(bits)
}

/// An integer or BOOL as a number.
pub fn integer(ty: Type, bits: Bits) -> i128 {
    let unused = 64 - 8 * ty.size() as u32;
    if ty.is_signed() {
        i128::from((bits << unused) as i64 >> unused)
    } else {
        i128::from(bits)
    }
}

/// A number as an integer that wraps.
pub fn wrapped(ty: Type, number: i128) -> Bits {
    number as u64 & (u64::MAX >> (64 - 8 * ty.size()))
}

/// A float as a number.
pub fn float(ty: Type, bits: Bits) -> f64 {
    match ty {
        Type::F4 => f4(bits).into(),
        _ => f8(bits),
    }
}

/// The float next to a number.
pub fn rounded(ty: Type, number: f64) -> Bits {
    match ty {
        Type::F4 => (number as f32).to_bits().into(),
        _ => number.to_bits(),
    }
}

/// The bits, with one NaN.
pub fn same(ty: Type, bits: Bits) -> Bits {
    if ty.is_float() && float(ty, bits).is_nan() {
        NAN
    } else {
        bits
    }
}

/// The lesser one (or the greater one).
fn best(ty: Type, a: Bits, b: Bits, greater: bool) -> Bits {
    let takes_a = if ty.is_float() {
        let (x, y) = (float(ty, a), float(ty, b));
        if x.is_nan() || y.is_nan() {
            return if x.is_nan() { a } else { b };
        }
        if x == y {
            x.is_sign_negative() != greater
        } else {
            (x < y) != greater
        }
    } else {
        (integer(ty, a) < integer(ty, b)) != greater
    };
    if takes_a { a } else { b }
}

fn div_floor(a: i128, b: i128) -> i128 {
    let quotient = a / b;
    if a % b != 0 && (a < 0) != (b < 0) {
        quotient - 1
    } else {
        quotient
    }
}

/// Division of floats, each step rounded to the type.
fn float_division(ty: Type, a: Bits, b: Bits, quotient: bool) -> Bits {
    macro_rules! divide {
        ($a:expr, $b:expr, $zero:expr) => {{
            let (a, b) = ($a, $b);
            let mut rest = a % b;
            if b == 0.0 {
                return if quotient {
                    rounded(ty, f64::from(a / b))
                } else {
                    rounded(ty, f64::from(rest))
                };
            }
            let mut whole = (a - rest) / b;
            if rest == 0.0 {
                rest = $zero.copysign(b);
            } else if (b < 0.0) != (rest < 0.0) {
                rest += b;
                whole -= 1.0;
            }
            let mut floor = whole.floor();
            if whole - floor > 0.5 {
                floor += 1.0;
            }
            if whole == 0.0 {
                floor = $zero.copysign(a / b);
            }
            rounded(ty, f64::from(if quotient { floor } else { rest }))
        }};
    }
    match ty {
        Type::F4 => divide!(f4(a), f4(b), 0.0_f32),
        _ => divide!(f8(a), f8(b), 0.0_f64),
    }
}

pub fn binary(op: Binary, ty: Type, a: Bits, b: Bits) -> Bits {
    match op {
        Binary::Min => return best(ty, a, b, false),
        Binary::Max => return best(ty, a, b, true),
        _ => {}
    }
    if ty.is_float() {
        let (x, y) = (float(ty, a), float(ty, b));
        return match op {
            // Rounded twice is rounded once here: 53 bits are more than twice 24 and 2.
            Binary::Add => rounded(ty, x + y),
            Binary::Sub => rounded(ty, x - y),
            Binary::Mul => rounded(ty, x * y),
            Binary::Div => rounded(ty, x / y),
            Binary::FloorDiv => float_division(ty, a, b, true),
            Binary::Mod => float_division(ty, a, b, false),
            Binary::Pow => rounded(ty, x.powf(y)),
            Binary::Hypot => rounded(ty, x.hypot(y)),
            Binary::Atan2 => rounded(ty, x.atan2(y)),
            _ => unreachable!("{op:?} of {ty}"),
        };
    }
    let (x, y) = (integer(ty, a), integer(ty, b));
    let bits = 8 * ty.size() as i128;
    let inside = (0..bits).contains(&y);
    match op {
        Binary::Add => wrapped(ty, x + y),
        Binary::Sub => wrapped(ty, x - y),
        Binary::Mul => wrapped(ty, x.wrapping_mul(y)),
        Binary::FloorDiv if y == 0 => 0,
        Binary::FloorDiv => wrapped(ty, div_floor(x, y)),
        Binary::Mod if y == 0 => 0,
        Binary::Mod => wrapped(ty, x - y * div_floor(x, y)),
        Binary::And => a & b,
        Binary::Or => a | b,
        Binary::Xor => a ^ b,
        Binary::Shl if inside => wrapped(ty, x << y),
        Binary::Shl => 0,
        Binary::Shr if inside => wrapped(ty, x >> y),
        Binary::Shr => wrapped(ty, if x < 0 { -1 } else { 0 }),
        Binary::Pow => {
            let power = (0..64).rev().fold(1_u64, |power, bit| {
                let square = power.wrapping_mul(power);
                if b >> bit & 1 != 0 {
                    square.wrapping_mul(x as u64)
                } else {
                    square
                }
            });
            wrapped(ty, power.into())
        }
        _ => unreachable!("{op:?} of {ty}"),
    }
}

pub fn compare(op: Compare, ty: Type, a: Bits, b: Bits) -> bool {
    let order = if ty.is_float() {
        float(ty, a).partial_cmp(&float(ty, b))
    } else {
        Some(integer(ty, a).cmp(&integer(ty, b)))
    };
    match op {
        Compare::Eq => order.is_some_and(|order| order.is_eq()),
        Compare::Ne => order.is_none_or(|order| order.is_ne()),
        Compare::Lt => order.is_some_and(|order| order.is_lt()),
        Compare::Le => order.is_some_and(|order| order.is_le()),
        Compare::Gt => order.is_some_and(|order| order.is_gt()),
        Compare::Ge => order.is_some_and(|order| order.is_ge()),
    }
}

/// Whether a routine's result may differ from what the standard library gives: in its last bits.
pub fn is_approximate(op: Unary) -> bool {
    op.takes(Type::F8)
        && !matches!(
            op,
            Unary::Neg
                | Unary::Abs
                | Unary::Sign
                | Unary::Sqrt
                | Unary::Floor
                | Unary::Ceil
                | Unary::Round
                | Unary::Trunc
        )
}

pub fn unary(op: Unary, ty: Type, a: Bits) -> Bits {
    if ty.is_float() {
        let x = float(ty, a);
        return rounded(
            ty,
            match op {
                Unary::Neg => -x,
                Unary::Abs => x.abs(),
                Unary::Sign if x == 0.0 => 0.0,
                Unary::Sign => x.signum(),
                Unary::Sqrt => x.sqrt(),
                Unary::Floor => x.floor(),
                Unary::Ceil => x.ceil(),
                Unary::Round => x.round_ties_even(),
                Unary::Trunc => x.trunc(),
                Unary::Exp => x.exp(),
                Unary::Exp2 => x.exp2(),
                Unary::Expm1 => x.exp_m1(),
                Unary::Log => x.ln(),
                Unary::Log2 => x.log2(),
                Unary::Log10 => x.log10(),
                Unary::Log1p => x.ln_1p(),
                Unary::Sin => x.sin(),
                Unary::Cos => x.cos(),
                Unary::Tan => x.tan(),
                Unary::Asin => x.asin(),
                Unary::Acos => x.acos(),
                Unary::Atan => x.atan(),
                Unary::Sinh => x.sinh(),
                Unary::Cosh => x.cosh(),
                Unary::Tanh => x.tanh(),
                _ => unreachable!("{op:?} of {ty}"),
            },
        );
    }
    let x = integer(ty, a);
    let bits = 8 * ty.size() as u32;
    match op {
        Unary::Not if ty == Type::Bool => a ^ 1,
        Unary::Not => wrapped(ty, !x),
        Unary::Neg => wrapped(ty, -x),
        Unary::Abs => wrapped(ty, x.abs()),
        Unary::Sign => wrapped(ty, x.signum()),
        Unary::Popcount => a.count_ones().into(),
        Unary::Clz => (a.leading_zeros() - (64 - bits)).into(),
        Unary::Ctz => a.trailing_zeros().min(bits).into(),
        Unary::Bswap => a.swap_bytes() >> (64 - bits),
        _ => unreachable!("{op:?} of {ty}"),
    }
}

pub fn cast(from: Type, to: Type, a: Bits) -> Bits {
    if from.is_float() {
        let x = float(from, a);
        // What the instructions give: the minimum for what they can't hold.
        let whole = |bits: u32| {
            let limit = 2_f64.powi(bits as i32 - 1);
            let cut = x.trunc();
            if cut >= -limit && cut < limit {
                cut as i128
            } else {
                -(1_i128 << (bits - 1))
            }
        };
        let half = 2_f64.powi(63);
        return match to {
            Type::Bool => u64::from(x != 0.0),
            Type::F4 | Type::F8 => rounded(to, x),
            Type::U4 | Type::S8 => wrapped(to, whole(64)),
            Type::U8 if x >= 2.0 * half => 0,
            Type::U8 if x >= half => x as u64,
            Type::U8 => wrapped(to, whole(64)),
            _ => wrapped(to, whole(32)),
        };
    }
    let x = integer(from, a);
    match to {
        Type::Bool => u64::from(x != 0),
        Type::F4 => (x as f32).to_bits().into(),
        Type::F8 => (x as f64).to_bits(),
        _ => wrapped(to, x),
    }
}

/// A field of an element.
pub fn field(element: &[u8], offset: usize, ty: Type, big: bool) -> Bits {
    let mut bytes = [0; 8];
    let field = &element[offset..offset + ty.size()];
    bytes[..ty.size()].copy_from_slice(field);
    if big {
        bytes[..ty.size()].reverse();
    }
    let bits = u64::from_le_bytes(bytes);
    if ty == Type::Bool {
        u64::from(bits != 0)
    } else {
        bits
    }
}

/// Float sums of elements with positions: by blocks and lanes.
pub fn sum_by_position(values: &[(usize, f64)]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let blocks = values.last().map_or(0, |last| last.0 / 1024 + 1);
    let mut sums = Vec::new();
    for block in 0..blocks {
        let mut lanes = [-0.0; 8];
        for &(position, value) in values {
            if position / 1024 == block {
                lanes[position % 8] += value;
            }
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        sums.push(((a + e) + (c + g)) + ((b + f) + (d + h)));
    }
    // Trees of powers of two, the largest first.
    fn tree(sums: &[f64]) -> f64 {
        match sums {
            [one] => *one,
            _ => {
                let (low, high) = sums.split_at(sums.len() / 2);
                tree(low) + tree(high)
            }
        }
    }
    let mut rest = &sums[..];
    let mut trees = Vec::new();
    while !rest.is_empty() {
        let (first, behind) = rest.split_at(1 << rest.len().ilog2());
        trees.push(tree(first));
        rest = behind;
    }
    trees
        .into_iter()
        .rev()
        .reduce(|sum, tree| tree + sum)
        .unwrap()
}

/// Those that came to the end: their positions and values.
pub struct Came {
    pub positions: Vec<usize>,
    pub values: Vec<Vec<Bits>>,
    accumulators: Vec<Bits>,
}

/// Takes elements through the steps of a program.
pub fn walk(program: &Program, inputs: &[Vec<Vec<u8>>], parameters: &[u64]) -> Came {
    let parameter = |index: u32, ty: Type| {
        let bits = parameters[index as usize] & (u64::MAX >> (64 - 8 * ty.size()));
        if ty == Type::Bool {
            u64::from(bits != 0)
        } else {
            bits
        }
    };
    let mut accumulators = vec![0; program.accumulators().len()];
    for terminal in program.terminals() {
        if let Terminal::Fold {
            index, ty, start, ..
        } = *terminal
        {
            accumulators[index as usize] = parameter(start, ty);
        }
    }
    let mut counts: HashMap<u32, i64> = HashMap::new();
    let mut scans: HashMap<u32, Bits> = HashMap::new();
    let mut came = Came {
        positions: Vec::new(),
        values: Vec::new(),
        accumulators: Vec::new(),
    };
    let positions = 0..inputs[0].len();
    'elements: for position in positions {
        let mut values: Vec<Bits> = Vec::new();
        for step in program.steps() {
            match *step {
                Step::Filter(c) if values[c as usize] == 0 => continue 'elements,
                Step::Until(c) if values[c as usize] == 0 => break 'elements,
                Step::Filter(_) | Step::Until(_) => {}
                Step::Value(id) => {
                    let of = |id: u32| values[id as usize];
                    let value = match program.values()[id as usize] {
                        Value::In {
                            input,
                            offset,
                            ty,
                            big,
                            bits,
                        } => {
                            let element = &inputs[input as usize][position];
                            let whole = field(element, offset as usize, ty, big);
                            match bits {
                                None => whole,
                                Some(bits) => {
                                    let cut =
                                        (whole >> bits.shift) & (u64::MAX >> (64 - bits.width));
                                    let negative = ty.is_signed() && cut >> (bits.width - 1) != 0;
                                    let below = if negative { 1_i128 << bits.width } else { 0 };
                                    wrapped(ty, i128::from(cut) - below)
                                }
                            }
                        }
                        Value::Pos => position as u64,
                        Value::Par { index, ty } => parameter(index, ty),
                        Value::Cast { from, to, a } => cast(from, to, of(a)),
                        Value::Binary { op, ty, a, b } => binary(op, ty, of(a), of(b)),
                        Value::Compare { op, ty, a, b } => compare(op, ty, of(a), of(b)).into(),
                        Value::Unary { op, ty, a } => unary(op, ty, of(a)),
                        Value::Test { op, ty, a } => {
                            let x = float(ty, of(a));
                            u64::from(match op {
                                Test::IsNan => x.is_nan(),
                                Test::IsInf => x.is_infinite(),
                                Test::IsFinite => x.is_finite(),
                            })
                        }
                        Value::Where { c, a, b, .. } => of(if of(c) != 0 { a } else { b }),
                        Value::Acc { index, .. } => accumulators[index as usize],
                        Value::Call { .. } => unreachable!("random programs call nothing"),
                        Value::Count => {
                            let count = counts.entry(id).or_default();
                            *count += 1;
                            (*count - 1) as u64
                        }
                        Value::Scan { op, ty, a } => {
                            let next = match (scans.get(&id), op) {
                                // From -0.0 on, which changes nothing.
                                (None, _) => of(a),
                                (Some(&so_far), Scan::Sum) => {
                                    binary(Binary::Add, ty, so_far, of(a))
                                }
                                (Some(&so_far), Scan::Min) => best(ty, so_far, of(a), false),
                                (Some(&so_far), Scan::Max) => best(ty, so_far, of(a), true),
                            };
                            scans.insert(id, next);
                            next
                        }
                    };
                    values.push(value);
                }
            }
        }
        for terminal in program.terminals() {
            if let Terminal::Fold { index, a, .. } = *terminal {
                accumulators[index as usize] = values[a as usize];
            }
        }
        came.positions.push(position);
        came.values.push(values);
    }
    came.accumulators = accumulators;
    came
}

/// A value as an answer.
pub fn answer(ty: Type, bits: Bits) -> Answer {
    match ty {
        Type::Bool => Answer::Bool(bits != 0),
        Type::F4 | Type::F8 => Answer::Float(float(ty, bits)),
        _ if ty.is_signed() => Answer::Int(integer(ty, bits) as i64),
        _ => Answer::Uint(bits),
    }
}

/// What a program answers, and what it writes to its outputs, whose elements have these sizes.
pub fn answers(
    program: &Program,
    inputs: &[Vec<Vec<u8>>],
    parameters: &[u64],
    sizes: &[usize],
) -> (Vec<Answer>, Vec<Vec<u8>>) {
    let came = walk(program, inputs, parameters);
    let all: Vec<usize> = (0..came.positions.len()).collect();
    let mut outputs: Vec<Vec<u8>> = sizes.iter().map(|size| vec![0; size * all.len()]).collect();
    let mut answers = Vec::new();
    let mut terminals = program.terminals().iter();
    for terminal in terminals.by_ref() {
        if let Terminal::Group { keys, .. } = terminal {
            let mut groups: Vec<(Vec<Bits>, Vec<usize>)> = Vec::new();
            for &k in &all {
                let key: Vec<Bits> = keys
                    .iter()
                    .map(
                        |&key| match (program.ty(key), came.values[k][key as usize]) {
                            (Type::F8, bits) if f8(bits) == 0.0 => 0,
                            (ty, bits) => same(ty, bits),
                        },
                    )
                    .collect();
                match groups.iter_mut().find(|group| group.0 == key) {
                    Some(group) => group.1.push(k),
                    None => groups.push((key, vec![k])),
                }
            }
            let column = |ty: Type, words: &mut dyn Iterator<Item = u64>| Column {
                ty,
                bytes: words
                    .flat_map(|word| word.to_le_bytes().into_iter().take(ty.size()))
                    .collect(),
            };
            let of_keys = keys.iter().enumerate().map(|(k, &key)| {
                column(program.ty(key), &mut groups.iter().map(|group| group.0[k]))
            });
            answers.push(Answer::Keys(of_keys.collect()));
            for terminal in terminals.by_ref() {
                let mut ty = Type::Bool;
                let words: Vec<u64> = groups
                    .iter()
                    .map(|group| {
                        let (is, bits) = match one(terminal, &came, &group.1, true) {
                            (Answer::Bool(is), _) => (Type::Bool, u64::from(is)),
                            (Answer::Uint(is), ty) => (ty.unwrap_or(Type::U8), is),
                            (Answer::Int(is), ty) => (ty.unwrap_or(Type::S8), is as u64),
                            (Answer::Float(is), Some(Type::F4)) => {
                                (Type::F4, (is as f32).to_bits().into())
                            }
                            (Answer::Float(is), _) => (Type::F8, is.to_bits()),
                            (other, _) => unreachable!("{other:?}"),
                        };
                        ty = is;
                        bits
                    })
                    .collect();
                answers.push(Answer::Column(column(ty, &mut words.into_iter())));
            }
            break;
        }
        if let Terminal::Out {
            output,
            offset,
            ty,
            big,
            a,
        } = *terminal
        {
            let size = sizes[output as usize];
            for &k in &all {
                let mut bytes = came.values[k][a as usize].to_le_bytes()[..ty.size()].to_vec();
                if big {
                    bytes.reverse();
                }
                let at = k * size + offset.unwrap_or(0) as usize;
                outputs[output as usize][at..at + ty.size()].copy_from_slice(&bytes);
            }
            answers.push(Answer::Written(all.len()));
            continue;
        }
        if let Terminal::Hist {
            ty,
            a,
            lo,
            hi,
            bins,
        } = *terminal
        {
            let edge = |parameter: u32| f8(parameters[parameter as usize]);
            let (lo, hi) = (edge(lo), edge(hi));
            let edges: Vec<f64> = (0..=bins)
                .map(|k| match k {
                    k if k == bins => hi,
                    k => f64::from(k) * ((hi - lo) / f64::from(bins)) + lo,
                })
                .collect();
            let mut counts = vec![0; bins as usize];
            for &k in &all {
                let bits = came.values[k][a as usize];
                let value = if ty.is_float() {
                    float(ty, bits)
                } else {
                    integer(ty, bits) as f64
                };
                let last = bins as usize - 1;
                let bin = (0..=last).find(|&bin| {
                    let below = value < edges[bin + 1] || bin == last && value == hi;
                    value >= edges[bin] && below
                });
                if let Some(bin) = bin {
                    counts[bin] += 1;
                }
            }
            answers.push(Answer::Bins(counts));
            continue;
        }
        answers.push(one(terminal, &came, &all, false).0);
    }
    (answers, outputs)
}

/// What a terminal answers for some of those that came, and the type of that if it is its argument's.
fn one(terminal: &Terminal, came: &Came, which: &[usize], grouped: bool) -> (Answer, Option<Type>) {
    let values = |a: u32| which.iter().map(move |&k| came.values[k][a as usize]);
    let reduced = |ty: Type, a: u32, greater: bool| {
        let best = values(a).reduce(|x, y| best(ty, x, y, greater));
        (
            best.map_or(Answer::Empty, |bits| answer(ty, bits)),
            Some(ty),
        )
    };
    let first_best = |ty: Type, a: u32, greater: bool| {
        let nan = |bits| ty.is_float() && float(ty, bits).is_nan();
        let better = |x, y| {
            let op = if greater { Compare::Gt } else { Compare::Lt };
            compare(op, ty, x, y) || nan(x) && !nan(y)
        };
        let mut found: Option<usize> = None;
        for &k in which {
            let value = |k: usize| came.values[k][a as usize];
            if found.is_none_or(|found| better(value(k), value(found))) {
                found = Some(k);
            }
        }
        found.map_or(Answer::Empty, |k| Answer::Uint(k as u64))
    };
    let end = |ty: Type, bits: Option<Bits>| {
        (
            bits.map_or(Answer::Empty, |bits| answer(ty, bits)),
            Some(ty),
        )
    };
    match *terminal {
        Terminal::Sum { ty, a } if ty.is_float() => {
            let all: Vec<(usize, f64)> = which
                .iter()
                .map(|&k| (came.positions[k], float(ty, came.values[k][a as usize])))
                .collect();
            let sum = if grouped {
                let segments = all.chunk_by(|x, y| x.0 / 65536 == y.0 / 65536);
                segments.fold(-0.0, |sum, segment| {
                    sum + segment.iter().fold(-0.0, |sum, one| sum + one.1)
                })
            } else {
                sum_by_position(&all)
            };
            (Answer::Float(sum), None)
        }
        Terminal::Sum { ty, a } => {
            let sum: i128 = values(a).map(|bits| integer(ty, bits)).sum();
            if ty.is_integer() && !ty.is_signed() {
                (Answer::Uint(sum as u64), None)
            } else {
                (Answer::Int(sum as i64), None)
            }
        }
        Terminal::Min { ty, a } => reduced(ty, a, false),
        Terminal::Max { ty, a } => reduced(ty, a, true),
        Terminal::ArgMin { ty, a } => (first_best(ty, a, false), None),
        Terminal::ArgMax { ty, a } => (first_best(ty, a, true), None),
        Terminal::Any { a } => (Answer::Bool(values(a).any(|bits| bits != 0)), None),
        Terminal::All { a } => (Answer::Bool(values(a).all(|bits| bits != 0)), None),
        Terminal::N => (Answer::Uint(which.len() as u64), None),
        Terminal::First { ty, a } => end(ty, values(a).next()),
        Terminal::Last { ty, a } => end(ty, values(a).next_back()),
        Terminal::Fold { index, ty, .. } => {
            (answer(ty, came.accumulators[index as usize]), Some(ty))
        }
        Terminal::Out { .. } | Terminal::Hist { .. } | Terminal::Group { .. } => unreachable!(),
    }
}

/// Answers with one NaN.
pub fn canonical(answers: Vec<Answer>) -> Vec<String> {
    let float_column = |column: &Column| match column.ty {
        Type::F4 => column
            .bytes
            .chunks(4)
            .map(|bytes| format!("{:?}", f32::from_le_bytes(bytes.try_into().unwrap())))
            .collect(),
        Type::F8 => column
            .bytes
            .chunks(8)
            .map(|bytes| format!("{:?}", f64::from_le_bytes(bytes.try_into().unwrap())))
            .collect(),
        // The plain evaluation doesn't know the type of what isn't there.
        _ if column.bytes.is_empty() => Vec::new(),
        _ => vec![format!("{column:?}")],
    };
    answers
        .into_iter()
        .map(|answer| match answer {
            Answer::Column(column) => format!("{:?}", float_column(&column)),
            Answer::Keys(keys) => {
                format!("{:?}", keys.iter().map(float_column).collect::<Vec<_>>())
            }
            // NaN of either sign is printed alike, zeros are not.
            other => format!("{other:?}"),
        })
        .collect()
}

/// Bits that make trouble, for any type.
pub fn bits() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (-20_i64..20).prop_map(|small| small as u64),
        (-20_i32..20).prop_map(|small| (f64::from(small) / 4.0).to_bits()),
        (-20_i16..20)
            .prop_map(|small| u64::from((f32::from(small) / 4.0).to_bits()) * 0x1_0000_0001),
        prop::sample::select(vec![
            0,
            1 << 63,
            0x8000_0000,
            u64::MAX,
            u64::MAX >> 1,
            0x7f7f_7f7f_7f7f_7f7f,
            0x8080_8080_8080_8080,
            f64::NAN.to_bits(),
            f64::INFINITY.to_bits(),
            f64::NEG_INFINITY.to_bits(),
            f64::MIN_POSITIVE.to_bits(),
            (2_f64.powi(63)).to_bits(),
            (-2_f64.powi(63)).to_bits(),
            (2_f64.powi(31)).to_bits(),
            (2_f64.powi(64)).to_bits(),
            u64::from(f32::NAN.to_bits()),
            u64::from(f32::INFINITY.to_bits()),
            u64::from((2_f32.powi(31)).to_bits()),
        ]),
    ]
}

/// Which random programs are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any thread may work on any element.
    Free,
    /// With count, scan, until.
    InOrder,
    /// With accumulators as well.
    Folding,
}

/// The text of a random program over elements of 16 bytes (and another input of 8), 4 parameters for each type.
pub fn program(kind: Kind) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<[u16; 5]>(), 2..30).prop_map(move |choices| text(kind, &choices))
}

/// The number of a parameter.
fn parameter(ty: Type, which: u16) -> usize {
    let at = Type::ALL.iter().position(|&is| is == ty).unwrap();
    4 * at + usize::from(which % 4)
}

/// Parameters that [`program`] reads.
pub const PARAMETERS: usize = 4 * Type::ALL.len();

fn text(kind: Kind, choices: &[[u16; 5]]) -> String {
    let mut statements: Vec<String> = Vec::new();
    let mut types: Vec<Type> = Vec::new();
    let pick = |ty: Type, which: u16, types: &[Type]| {
        let fit: Vec<usize> = (0..types.len()).filter(|&k| types[k] == ty).collect();
        fit.get(usize::from(which) % fit.len().max(1)).copied()
    };
    let mut folds = Vec::new();
    for &[what, which, a, b, c] in choices {
        let ty = Type::ALL[usize::from(which) % Type::ALL.len()];
        let operand = |which: u16| pick(ty, which, &types);
        let mut made = None;
        match what % 16 {
            0 | 1 => {
                let big = ty.size() > 1 && b % 3 == 0;
                let input = c % 4 / 3;
                let room = if input == 0 { 16 } else { 8 } - ty.size();
                let offset = usize::from(a) % (room + 1);
                let mut text = format!("in {input} {offset} {}{ty}", if big { ">" } else { "" });
                if ty.is_integer() && b % 5 == 0 {
                    let shift = usize::from(a) % (8 * ty.size());
                    let width = 1 + usize::from(c) % (8 * ty.size() - shift);
                    text += &format!(":{shift}+{width}");
                }
                made = Some((text, ty));
            }
            2 => made = Some((format!("par {} {ty}", parameter(ty, a)), ty)),
            3 => made = Some(("pos".to_owned(), Type::S8)),
            4 | 5 => {
                let to = Type::ALL[usize::from(b) % Type::ALL.len()];
                made = operand(a).map(|a| (format!("cast {ty} {to} {a}"), to));
            }
            6..=8 => {
                let op = Binary::ALL[usize::from(c) % Binary::ALL.len()];
                let exact =
                    !(ty.is_float() && matches!(op, Binary::Pow | Binary::Hypot | Binary::Atan2));
                if let (true, true, Some(a), Some(b)) =
                    (op.takes(ty), exact, operand(a), operand(b))
                {
                    made = Some((format!("{} {ty} {a} {b}", op.name()), ty));
                }
            }
            9 => {
                let op = Compare::ALL[usize::from(c) % Compare::ALL.len()];
                if let (Some(a), Some(b)) = (operand(a), operand(b)) {
                    made = Some((format!("{} {ty} {a} {b}", op.name()), Type::Bool));
                }
            }
            10 | 11 => {
                let op = Unary::ALL[usize::from(c) % Unary::ALL.len()];
                if let (true, false, Some(a)) = (op.takes(ty), is_approximate(op), operand(a)) {
                    made = Some((format!("{} {ty} {a}", op.name()), ty));
                }
            }
            12 => {
                let op = Test::ALL[usize::from(c) % Test::ALL.len()];
                if let (true, Some(a)) = (ty.is_float(), operand(a)) {
                    made = Some((format!("{} {ty} {a}", op.name()), Type::Bool));
                }
            }
            13 => {
                if let (Some(c), Some(a), Some(b)) =
                    (pick(Type::Bool, c, &types), operand(a), operand(b))
                {
                    made = Some((format!("where {ty} {c} {a} {b}"), ty));
                }
            }
            14 => {
                if let Some(c) = pick(Type::Bool, c, &types) {
                    let stops = kind != Kind::Free && a % 4 == 0;
                    statements.push(format!("{} {c}", if stops { "until" } else { "filter" }));
                }
            }
            _ if kind == Kind::Free => {}
            _ => match a % 3 {
                0 if kind == Kind::Folding => {
                    let index = folds.len();
                    folds.push(ty);
                    made = Some((format!("acc {index} {ty}"), ty));
                }
                1 => made = Some(("count".to_owned(), Type::S8)),
                _ => {
                    let op = Scan::ALL[usize::from(c) % Scan::ALL.len()];
                    let sums = ty == Type::Bool && op == Scan::Sum;
                    if let (false, Some(a)) = (sums, operand(b)) {
                        made = Some((format!("scan {} {ty} {a}", op.name()), ty));
                    }
                }
            },
        }
        if let Some((text, ty)) = made {
            statements.push(text);
            types.push(ty);
        }
    }
    for (index, &ty) in folds.iter().enumerate() {
        let a = types.iter().rposition(|&is| is == ty).unwrap();
        statements.push(format!("fold {index} {ty} {a} {}", parameter(ty, 0)));
    }
    statements.push("n".to_owned());
    for (id, ty) in types.iter().enumerate().rev().take(4) {
        for name in ["sum", "min", "max", "argmin", "argmax", "first", "last"] {
            statements.push(format!("{name} {ty} {id}"));
        }
        if *ty == Type::Bool {
            statements.push(format!("any {id}"));
            statements.push(format!("all {id}"));
        }
    }
    if let Some((id, ty)) = types.iter().enumerate().next_back() {
        statements.push(format!(
            "hist {ty} {id} {} {} 7",
            PARAMETERS,
            PARAMETERS + 1
        ));
        statements.push(format!("out 0 0 {ty} {id}"));
        statements.push(format!(
            "out 0 9 {}U1 {}",
            "",
            pick(Type::U1, 0, &types).unwrap_or(id)
        ));
        if pick(Type::U1, 0, &types).is_none() {
            statements.pop();
        }
        statements.push(format!("out 1 {ty} {id}"));
        if kind == Kind::InOrder && *ty != Type::F4 {
            statements.push(format!("group 100000 {id}"));
            for name in ["sum", "min", "max", "argmin", "argmax", "first", "last"] {
                statements.push(format!("{name} {ty} {}", id));
            }
            statements.push("n".to_owned());
        }
    }
    statements.join(";")
}
