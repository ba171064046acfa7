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
    for (text, lanes) in [(&plain, 8), (&filtered, 8), (&counted, 8), (&ordered, 1)] {
        let kernel = Kernel::new(Program::parse(text).unwrap(), Engine::Best).unwrap();
        let made = (kernel.engine(), kernel.lanes());
        assert_eq!(made, ("cranelift", lanes), "{text}");
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

/// Makes a program from numbers, each of which is one statement if it can be.
struct Writer {
    statements: Vec<String>,
    types: Vec<Type>,
    accumulators: Vec<Type>,
}

impl Writer {
    /// A value of a type, if there is one.
    fn find(&self, ty: Type, number: u64) -> Option<usize> {
        let fit: Vec<usize> = (0..self.types.len())
            .filter(|&k| self.types[k] == ty)
            .collect();
        // Late ones are more often results.
        let back = (number % 7).min(number % 23) as usize;
        (!fit.is_empty()).then(|| fit[fit.len() - 1 - back.min(fit.len() - 1)])
    }

    fn any(&self, number: u64) -> Option<(usize, Type)> {
        if self.types.is_empty() {
            return None;
        }
        let back = (number % self.types.len() as u64).min(number / 64 % 6) as usize;
        let at = self.types.len() - 1 - back;
        Some((at, self.types[at]))
    }

    fn value(&mut self, statement: String, ty: Type) -> Option<()> {
        self.statements.push(statement);
        self.types.push(ty);
        Some(())
    }

    fn statement(&mut self, choice: u64) -> Option<()> {
        let mut numbers = Numbers(choice);
        let kind = numbers.next() % 24;
        let [n, m, l] = std::array::from_fn(|_| numbers.next());
        let ty = Type::ALL[(n % 11) as usize];
        match kind {
            0..=2 => {
                let plain = [
                    &[Type::F8, Type::S8, Type::U8][..],
                    &[Type::S4, Type::F4, Type::U4],
                    &[Type::U1, Type::S1, Type::Bool],
                ];
                let input = (m % 3) as usize;
                let ty = plain[input][(l % 3) as usize];
                let order = if ty.size() > 1 && n % 5 == 0 { ">" } else { "" };
                self.value(format!("in {input} 0 {order}{ty}"), ty)
            }
            3 | 4 => {
                let order = if ty.size() > 1 && m % 3 == 0 { ">" } else { "" };
                let width = 8 * ty.size() as u64;
                let bits = if ty.is_integer() && l % 3 == 0 {
                    let shift = l / 8 % width;
                    format!(":{shift}+{}", 1 + m % (width - shift))
                } else {
                    String::new()
                };
                self.value(format!("in 3 {} {order}{ty}{bits}", m % 17), ty)
            }
            5 => self.value("pos".to_owned(), Type::S8),
            6 => self.value(format!("par {} {ty}", n % 11), ty),
            7 | 8 => {
                let (a, from) = self.any(m)?;
                self.value(format!("cast {from} {ty} {a}"), ty)
            }
            9..=12 => {
                let (a, ty) = self.any(m)?;
                let fit = Binary::ALL.iter().filter(|op| op.takes(ty));
                let fit: Vec<&Binary> = fit.collect();
                let op = fit[l as usize % fit.len()];
                let b = self.find(ty, n)?;
                self.value(format!("{} {ty} {a} {b}", op.name()), ty)
            }
            13 | 14 => {
                let (a, ty) = self.any(m)?;
                let fit: Vec<&Unary> = Unary::ALL.iter().filter(|op| op.takes(ty)).collect();
                let op = fit.get(l as usize % fit.len().max(1))?;
                self.value(format!("{} {ty} {a}", op.name()), ty)
            }
            15 | 16 => {
                let (a, ty) = self.any(m)?;
                let b = self.find(ty, n)?;
                let op = Compare::ALL[l as usize % 6];
                self.value(format!("{} {ty} {a} {b}", op.name()), Type::Bool)
            }
            17 => {
                let a = self.find(Type::F8, m)?;
                let op = Test::ALL[l as usize % 3];
                self.value(format!("{} F8 {a}", op.name()), Type::Bool)
            }
            18 => {
                let (a, ty) = self.any(m)?;
                let (c, b) = (self.find(Type::Bool, l)?, self.find(ty, n)?);
                self.value(format!("where {ty} {c} {a} {b}"), ty)
            }
            19 | 20 => {
                let c = self.find(Type::Bool, m)?;
                self.statements.push(format!("filter {c}"));
                Some(())
            }
            21 if n % 4 == 0 => {
                // Most runs shouldn't end at once.
                let c = self.find(Type::Bool, m)?;
                self.statements.push(format!("until {c}"));
                Some(())
            }
            21 if n % 4 == 1 => self.value("count".to_owned(), Type::S8),
            22 if n % 3 == 0 => {
                let (a, ty) = self.any(m)?;
                let op =
                    ["min", "max", "sum"][if ty == Type::Bool { l % 2 } else { l % 3 } as usize];
                self.value(format!("scan {op} {ty} {a}"), ty)
            }
            23 if n % 3 == 0 && self.accumulators.len() < 2 => {
                self.accumulators.push(ty);
                self.value(format!("acc {} {ty}", self.accumulators.len() - 1), ty)
            }
            _ => None,
        }
    }

    fn terminal(&mut self, choice: u64, outputs: &mut usize) -> Option<()> {
        let mut numbers = Numbers(choice);
        let kind = numbers.next() % 10;
        let (a, ty) = self.any(numbers.next())?;
        self.statements.push(match kind {
            0 | 1 => format!("sum {ty} {a}"),
            2 => format!("min {ty} {a}"),
            3 => format!("max {ty} {a}"),
            4 => format!("last {ty} {a}"),
            5 => format!("argmax {ty} {a}"),
            6 => {
                let a = self.find(Type::Bool, choice)?;
                format!("{} {a}", ["any", "all"][numbers.next() as usize % 2])
            }
            _ => {
                *outputs += 1;
                format!("out {} {ty} {a}", *outputs - 1)
            }
        });
        Some(())
    }
}

/// The program of some numbers.
fn program(statements: &[u64], terminals: &[u64]) -> String {
    let mut writer = Writer {
        statements: Vec::new(),
        types: Vec::new(),
        accumulators: Vec::new(),
    };
    for &choice in statements {
        writer.statement(choice);
    }
    let mut outputs = 0;
    for &choice in terminals {
        writer.terminal(choice, &mut outputs);
    }
    for (k, ty) in writer.accumulators.clone().into_iter().enumerate() {
        let a = writer.find(ty, terminals[0]).unwrap();
        let parameter = Type::ALL.iter().position(|&other| other == ty).unwrap();
        writer
            .statements
            .push(format!("fold {k} {ty} {a} {parameter}"));
    }
    writer.statements.push("n".to_owned());
    writer.statements.join(";")
}

#[test]
fn programs_tell_how_they_run() {
    let kernel = |text: &str| Kernel::new(Program::parse(text).unwrap(), Engine::Compiled).unwrap();
    let summing = kernel("in 0 0 F8;exp F8 0;sum F8 1");
    let explained = summing.explain();
    assert!(
        explained.contains("1: exp F8 0  (a routine, for up to 1024 values)"),
        "{explained}"
    );
    assert!(summing.code().contains("vaddpd") || summing.code().contains("addpd"));
    let counting = kernel("in 0 0 U4;clz U4 0;sum U4 1").explain();
    assert!(
        counting.contains("1: clz U4 0  (each of the 8 by itself)"),
        "{counting}"
    );
    let ordered = kernel("in 0 0 U4;scan max U4 0;last U4 1");
    assert!(
        ordered
            .explain()
            .starts_with("loop 0: one element at a time\n")
    );
}

#[test]
fn long_programs_are_left_to_the_interpreter() {
    let long = format!("in 0 0 F8{};sum F8 1200", ";add F8 0 0".repeat(1200));
    let program = || Program::parse(&long).unwrap();
    assert!(Kernel::new(program(), Engine::Compiled).is_err());
    assert_eq!(
        Kernel::new(program(), Engine::Best).unwrap().engine(),
        "interpreter"
    );
    // What is not quite so long is compiled, however many values are needed at the same time.
    let wide: String = (0..450).map(|k| format!(";mul F8 0 {k}")).collect();
    let sums: String = (0..449)
        .map(|k| format!(";add F8 {} {}", 450 + k, 449 - k))
        .collect();
    same_of_f8(&format!("in 0 0 F8{wide}{sums};sum F8 899"));
}

fn same_of_f8(text: &str) {
    let array = array(Type::F8, 300, 5, false);
    same(text, &[Window::all(&array).unwrap()], &[]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: std::env::var("PIPELINES_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300),
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn random_programs(
        statements in proptest::collection::vec(proptest::prelude::any::<u64>(), 1..40),
        terminals in proptest::collection::vec(proptest::prelude::any::<u64>(), 1..5),
        seed in 0u64..1000,
        window in 0usize..4,
    ) {
        let text = program(&statements, &terminals);
        let record = RawArray::new(24, &Options { chunk_size: 256, ..Options::default() }).unwrap();
        let mut numbers = Numbers(seed);
        let bytes: Vec<u8> = (0..24 * COUNT).map(|_| numbers.next() as u8).collect();
        record.extend_from_bytes(&bytes).unwrap();
        let arrays = [
            array(Type::F8, COUNT, seed, false),
            array(Type::S4, COUNT, seed + 1, false),
            array(Type::U1, COUNT, seed + 2, false),
            record,
        ];
        let (start, step, count) =
            [(0, 1, COUNT), (COUNT - 1, -1, COUNT - 3), (3, 1, 300), (1, 7, 200)][window];
        let windows: Vec<Window> =
            arrays.iter().map(|array| Window::new(array, start, step, count).unwrap()).collect();
        let parameters: Vec<u64> = Type::ALL.iter().map(|&ty| value(ty, &mut numbers)).collect();
        same(&text, &windows, &parameters);
    }
}
