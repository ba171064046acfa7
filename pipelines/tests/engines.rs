//! Both engines give the same for every operation on every type, and for random programs.
#![cfg(all(target_arch = "x86_64", unix))]

use chunkarray_core::kernels::Window;
use chunkarray_core::{Options, RawArray};
use chunkarray_pipelines::{
    Answer, Binary, Column, Compare, Engine, Kernel, Output, Program, Run, Test, Type, Unary,
};

/// Numbers that repeat, as different as can be.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Values of a type, as bits: those at its edges, small ones and any.
fn value(ty: Type, numbers: &mut Numbers) -> u64 {
    let chosen = numbers.next();
    let any = numbers.next();
    let floats = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        2.5,
        -3.5,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e300,
        -1e300,
        1e-310,
        127.9,
        -128.5,
        255.5,
        32767.5,
        65536.0,
        2147483647.5,
        -2147483648.5,
        2147483648.0,
        -2147483649.0,
        4294967296.0,
        9.3e18,
        1.9e19,
        -9.3e18,
        9.2e18,
    ];
    let float = match chosen % 3 {
        0 => floats[any as usize % floats.len()],
        1 => (any as i64 % 2000) as f64 / 8.0,
        _ => (any as i64) as f64 / 2.0_f64.powi((chosen >> 8) as i32 % 64),
    };
    match ty {
        Type::F8 => float.to_bits(),
        Type::F4 => u64::from((float as f32).to_bits()),
        Type::Bool => any & 1,
        _ => match chosen % 4 {
            0 => [
                0,
                1,
                u64::MAX,
                2,
                1 << (8 * ty.size() - 1),
                u64::MAX >> (65 - 8 * ty.size()),
            ][any as usize % 6],
            1 => any % 100,
            2 => (any % 100).wrapping_neg(),
            _ => any,
        },
    }
}

/// An array of values, in chunks that end anywhere; big-endian if wanted.
fn array(ty: Type, count: usize, seed: u64, big: bool) -> RawArray {
    let options = Options {
        chunk_size: 256,
        ..Options::default()
    };
    let array = RawArray::new(ty.size(), &options).unwrap();
    let mut numbers = Numbers(seed);
    let mut bytes = Vec::new();
    for _ in 0..count {
        let mut element = value(ty, &mut numbers).to_le_bytes()[..ty.size()].to_vec();
        if big {
            element.reverse();
        }
        bytes.extend(element);
    }
    array.extend_from_bytes(&bytes).unwrap();
    array
}

/// Bytes with all NaNs made one.
fn plain(ty: Type, bytes: &[u8]) -> Vec<u64> {
    bytes
        .chunks(ty.size())
        .map(|value| {
            let mut word = [0; 8];
            word[..value.len()].copy_from_slice(value);
            let bits = u64::from_le_bytes(word);
            match ty {
                Type::F8 if f64::from_bits(bits).is_nan() => f64::NAN.to_bits(),
                Type::F4 if f32::from_bits(bits as u32).is_nan() => u64::from(f32::NAN.to_bits()),
                _ => bits,
            }
        })
        .collect()
}

/// An answer of which equal ones are equal, NaN too.
fn comparable(answer: &Answer) -> String {
    let column = |column: &Column| format!("{} {:?}", column.ty, plain(column.ty, &column.bytes));
    match answer {
        Answer::Float(x) if x.is_nan() => "nan".to_owned(),
        Answer::Float(x) => format!("{:#x} {x}", x.to_bits()),
        Answer::Keys(columns) => columns.iter().map(column).collect(),
        Answer::Column(values) => column(values),
        other => format!("{other:?}"),
    }
}

/// What a program gives with an engine: its answers, and its outputs.
fn run(
    text: &str,
    engine: Engine,
    windows: &[Window],
    parameters: &[u64],
    threads: usize,
) -> Vec<String> {
    let program = Program::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut types = vec![Type::U1; program.outputs()];
    for terminal in program.terminals() {
        if let chunkarray_pipelines::Terminal::Out { output, ty, .. } = *terminal {
            types[output as usize] = ty;
        }
    }
    let kernel = Kernel::new(program, engine).unwrap_or_else(|error| panic!("{text}: {error}"));
    let arrays: Vec<RawArray> = types
        .iter()
        .map(|ty| RawArray::new(ty.size(), &Options::default()).unwrap())
        .collect();
    let outputs: Vec<Output<'_>> = arrays
        .iter()
        .map(|array| Output {
            array,
            private: true,
        })
        .collect();
    let how = Run {
        threads,
        ..Run::default()
    };
    let answers = kernel.run(windows, parameters, &outputs, &how);
    let answers = answers.unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut given: Vec<String> = answers.iter().map(comparable).collect();
    for (array, ty) in arrays.iter().zip(types) {
        let mut bytes = vec![0; array.len() * ty.size()];
        if !bytes.is_empty() {
            Window::all(array).unwrap().read(0, &mut bytes);
        }
        given.push(format!("{:?}", plain(ty, &bytes)));
    }
    given
}

/// Both engines give the same.
fn same(text: &str, windows: &[Window], parameters: &[u64]) {
    let one = run(text, Engine::Interpreted, windows, parameters, 1);
    let other = run(text, Engine::Compiled, windows, parameters, 1);
    for (k, (one, other)) in one.iter().zip(&other).enumerate() {
        if one == other {
            continue;
        }
        let differs = one
            .split(' ')
            .zip(other.split(' '))
            .position(|(a, b)| a != b);
        let at = differs.unwrap_or_default();
        let values: Vec<String> = windows
            .iter()
            .map(|window| {
                let mut bytes = vec![0; window.element_size()];
                if at < window.len() {
                    window.read(at, &mut bytes);
                }
                format!("{bytes:?}")
            })
            .collect();
        let near = |text: &str| {
            text.split(' ')
                .skip(at)
                .take(3)
                .collect::<Vec<_>>()
                .join(" ")
        };
        panic!(
            "{text}: answer {k} differs at {at} ({values:?}, {parameters:?}):\n interpreter {}\n compiled    {}",
            near(one),
            near(other)
        );
    }
}

const COUNT: usize = 1500;

/// A value statement over two values (and a BOOL), and the type of what it gives: alone, filtered, in order, with a
/// parameter, of elements that lie apart.
fn everywhere(statement: &str, ty: Type, result: Type) {
    let a = array(ty, COUNT, 1, false);
    let b = array(ty, COUNT, 2, false);
    let c = array(Type::Bool, COUNT, 3, false);
    let big = array(ty, COUNT, 1, true);
    let all = || [&a, &b, &c].map(|array| Window::all(array).unwrap());
    let apart = || [&a, &b, &c].map(|array| Window::new(array, COUNT - 1, -3, 450).unwrap());
    let later = || [&a, &b, &c].map(|array| Window::new(array, 5, 1, 777).unwrap());
    let mut swapped = all();
    swapped[0] = Window::all(&big).unwrap();
    let mut numbers = Numbers(4);

    let inputs = format!("in 0 0 {ty};in 1 0 {ty};in 2 0 BOOL");
    let terminals = match result {
        Type::Bool => "any 3;all 3;sum BOOL 3;min BOOL 3;max BOOL 3".to_owned(),
        _ => format!("sum {result} 3;min {result} 3;max {result} 3"),
    };
    let plain = format!("{inputs};{statement};{terminals};n;out 0 {result} 3");
    let filtered = format!("{inputs};{statement};filter 2;{terminals};n;out 0 {result} 3");
    let counted = format!("{inputs};{statement};filter 2;{terminals};n");
    let ordered =
        format!("{inputs};{statement};filter 2;count;{terminals};sum S8 4;out 0 {result} 3");
    for text in [&plain, &filtered, &counted, &ordered] {
        same(text, &all(), &[]);
        same(text, &apart(), &[]);
        same(text, &later(), &[]);
    }
    if ty.size() > 1 {
        let turned = plain.replacen("in 0 0 ", "in 0 0 >", 1);
        same(&turned, &swapped, &[]);
        same(&turned.replace("any 3;", "count;any 3;"), &swapped, &[]);
    }
    // The second one the same for all.
    for text in [&plain, &filtered, &ordered] {
        let text = text.replacen(&format!("in 1 0 {ty}"), &format!("par 0 {ty}"), 1);
        let text = text.replacen("in 2 0", "in 1 0", 1);
        for _ in 0..6 {
            let [a, _, c] = all();
            same(&text, &[a, c], &[value(ty, &mut numbers)]);
        }
    }
}

#[test]
fn binary() {
    for ty in Type::ALL {
        for op in Binary::ALL.iter().filter(|op| op.takes(ty)) {
            everywhere(&format!("{} {ty} 0 1", op.name()), ty, ty);
        }
    }
}

#[test]
fn comparisons() {
    for ty in Type::ALL {
        for op in Compare::ALL {
            everywhere(&format!("{} {ty} 0 1", op.name()), ty, Type::Bool);
        }
    }
}

#[test]
fn unary() {
    for ty in Type::ALL {
        for op in Unary::ALL.iter().filter(|op| op.takes(ty)) {
            everywhere(&format!("{} {ty} 0", op.name()), ty, ty);
        }
    }
    for ty in [Type::F4, Type::F8] {
        for op in Test::ALL {
            everywhere(&format!("{} {ty} 0", op.name()), ty, Type::Bool);
        }
    }
}

#[test]
fn casts_and_choices() {
    for ty in Type::ALL {
        everywhere(&format!("where {ty} 2 0 1"), ty, ty);
        for to in Type::ALL {
            everywhere(&format!("cast {ty} {to} 0"), ty, to);
        }
    }
}
