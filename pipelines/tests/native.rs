//! Functions that programs call: by both engines, with all types, behind filters, from several threads.
#![cfg(all(unix, target_arch = "x86_64", not(miri)))]

use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chunkarray_core::kernels::Window;
use chunkarray_core::{Element, Options, RawArray};
use chunkarray_pipelines::{
    Answer, Calling, Engine, Error, Function, Kernel, Output, Program, Run, Type,
};

const ENGINES: [Engine; 2] = [Engine::Compiled, Engine::Interpreted];

/// A function for `call`.
///
/// It is used in programs that call it with its own types only.
fn function(address: *const (), calling: Calling, data: usize) -> Function {
    // SAFETY: the tests' functions are what their programs say, and may be called from anywhere.
    unsafe { Function::new(address as usize, data, calling) }
}

fn each(address: *const ()) -> Function {
    function(address, Calling::Each, 0)
}

fn array<T: Element>(values: &[T]) -> RawArray {
    let options = Options {
        chunk_size: 256,
        ..Options::default()
    };
    let array = RawArray::new(size_of::<T>(), &options).unwrap();
    array.extend(values).unwrap();
    array
}

fn run(
    engine: Engine,
    text: &str,
    inputs: &[&RawArray],
    parameters: &[u64],
    functions: &[Function],
    threads: usize,
) -> Result<Vec<Answer>, Error> {
    let kernel = Kernel::new(Program::parse(text)?, engine)?;
    let windows: Vec<Window> = inputs
        .iter()
        .map(|array| Window::all(array).unwrap())
        .collect();
    let run = Run {
        threads,
        functions,
        ..Run::default()
    };
    kernel.run(&windows, parameters, &[], &run)
}

/// What is written to an output of F8.
fn collected(
    engine: Engine,
    text: &str,
    input: &RawArray,
    parameters: &[u64],
    function: Function,
) -> Vec<f64> {
    let kernel = Kernel::new(Program::parse(text).unwrap(), engine).unwrap();
    let output = array::<f64>(&[]);
    let run = Run {
        functions: &[function],
        ..Run::default()
    };
    let outputs = [Output {
        array: &output,
        private: true,
    }];
    let windows = [Window::all(input).unwrap()];
    kernel.run(&windows, parameters, &outputs, &run).unwrap();
    (0..output.len()).map(|k| output.read(k).unwrap()).collect()
}

/// `$T(S4, F4, $T, F8)`: registers of both kinds, in turns, and what each type looks like in one.
macro_rules! of_type {
    ($T:ident, $ty:expr) => {{
        extern "C" fn mixed(k: i32, x: f32, value: $T, y: f64) -> $T {
            if k < 0 && x == -0.5 && y == 1e300 { value } else { $T::default() }
        }
        let ty = $ty;
        let values: Vec<u64> = vec![0, 1, 2, 127, 128, 255, 32768, 65535, 1 << 31, 1 << 63, u64::MAX];
        let values: Vec<u64> = values.into_iter().cycle().take(3000).collect();
        let array = array(&values);
        for engine in ENGINES {
            // The value is the lower bytes of the words.
            let text = format!(
                "in 0 0 {ty};par 0 S4;par 1 F4;par 2 F8;call 0 {ty} S4 1 F4 2 {ty} 0 F8 3;ne {ty} 0 4;any 5;last {ty} 4"
            );
            let parameters = [-7_i64 as u64, u64::from((-0.5_f32).to_bits()), 1e300_f64.to_bits()];
            let function = each(mixed as *const ());
            let answers = run(engine, &text, &[&array], &parameters, &[function], 1).unwrap();
            // NaN, which the last one is of F4 and F8, is equal to nothing.
            let differs = matches!(ty, Type::F4 | Type::F8);
            assert_eq!(answers[0], Answer::Bool(differs), "{ty} {engine:?}");
            let plain = format!("in 0 0 {ty};last {ty} 0");
            let wanted = run(engine, &plain, &[&array], &[], &[], 1).unwrap();
            assert_eq!(format!("{:?}", answers[1]), format!("{:?}", wanted[0]));
        }
    }};
}

#[test]
fn every_type_is_given_and_taken() {
    of_type!(bool, Type::Bool);
    of_type!(u8, Type::U1);
    of_type!(u16, Type::U2);
    of_type!(u32, Type::U4);
    of_type!(u64, Type::U8);
    of_type!(i8, Type::S1);
    of_type!(i16, Type::S2);
    of_type!(i32, Type::S4);
    of_type!(i64, Type::S8);
    of_type!(f32, Type::F4);
    of_type!(f64, Type::F8);
}

extern "C" fn four_floats(a: f64, b: f32, c: f64, d: f32) -> f32 {
    (a - f64::from(b) * c) as f32 + d
}

extern "C" fn four_integers(a: i8, b: u16, c: i32, d: i64) -> i64 {
    i64::from(a) + i64::from(b) * 1000 + i64::from(c) - d
}

extern "C" fn scaled(x: f64, by: *mut c_void) -> f64 {
    // SAFETY: the test passes a pointer to a float.
    x * unsafe { *by.cast::<f64>() }
}

#[test]
fn numbers_go_to_their_registers() {
    let floats = array(&[1.5_f64, -2.5, 1e10]);
    let bytes = array(&[-1_i8, 127, -128]);
    for engine in ENGINES {
        let text = "in 0 0 F8;cast F8 F4 0;call 0 F4 F8 0 F4 1 F8 0 F4 1;sum F4 2;first F4 2";
        let call = each(four_floats as *const ());
        let answers = run(engine, text, &[&floats], &[], &[call], 1).unwrap();
        assert_eq!(answers[1], Answer::Float(0.75));
        let text =
            "in 0 0 S1;par 0 U2;cast S1 S4 0;cast S1 S8 0;call 0 S8 S1 0 U2 1 S4 2 S8 3;sum S8 4";
        let call = each(four_integers as *const ());
        let answers = run(engine, text, &[&bytes], &[65535], &[call], 1).unwrap();
        assert_eq!(answers, [Answer::Int(3 * 65_535_000 - 2)]);
        let by = 2.5;
        let call = function(
            scaled as *const (),
            Calling::EachWithData,
            &raw const by as usize,
        );
        let text = "in 0 0 F8;call 0 F8 F8 0;first F8 1";
        let answers = run(engine, text, &[&floats], &[], &[call], 1).unwrap();
        assert_eq!(answers, [Answer::Float(3.75)]);
    }
}

/// A loop as NumPy's: each value and what `data` points to are multiplied.
unsafe extern "C" fn block(
    arguments: *mut *mut u8,
    count: *const isize,
    steps: *const isize,
    data: *mut c_void,
) {
    // SAFETY: that is what loops are given.
    unsafe {
        for k in 0..*count {
            let from = (*arguments).offset(k * *steps).cast::<f64>();
            let to = (*arguments.add(1)).offset(k * *steps.add(1)).cast::<f64>();
            *to = *from * *data.cast::<f64>();
        }
    }
}

#[test]
fn loops_take_blocks_and_what_passed_the_filter() {
    let values: Vec<f64> = (0..5000).map(f64::from).collect();
    let input = array(&values);
    let by = 3.0;
    let call = function(block as *const (), Calling::Block, &raw const by as usize);
    for engine in ENGINES {
        let text = "in 0 0 F8;call 0 F8 F8 0;out 0 F8 1";
        let wanted: Vec<f64> = values.iter().map(|x| 3.0 * x).collect();
        assert_eq!(collected(engine, text, &input, &[], call), wanted);
        let text = "in 0 0 F8;par 0 F8;mod F8 0 1;eq F8 2 1;not BOOL 3;par 1 F8;lt F8 2 5;filter 6;\
                    call 0 F8 F8 0;out 0 F8 7";
        let parameters = [7.0_f64.to_bits(), 2.0_f64.to_bits()];
        let wanted: Vec<f64> = values
            .iter()
            .filter(|x| *x % 7.0 < 2.0)
            .map(|x| 3.0 * x)
            .collect();
        assert_eq!(collected(engine, text, &input, &parameters, call), wanted);
    }
}

static SEEN: Mutex<Vec<f64>> = Mutex::new(Vec::new());

extern "C" fn watched(x: f64) -> f64 {
    SEEN.lock().unwrap().push(x);
    -x
}

#[test]
fn what_a_filter_held_back_is_never_seen() {
    let values: Vec<f64> = (0..5000).map(f64::from).collect();
    let input = array(&values);
    let below: Vec<f64> = values.iter().copied().filter(|x| *x < 100.0).collect();
    // Behind a filter; behind one that depends on a routine; where elements go one by one; where the run ends.
    let programs = [
        "in 0 0 F8;par 0 F8;lt F8 0 1;filter 2;call 0 F8 F8 0;sum F8 3",
        "in 0 0 F8;par 0 F8;exp F8 0;exp F8 1;lt F8 2 3;filter 4;call 0 F8 F8 0;exp F8 5;sum F8 6",
        "in 0 0 F8;par 0 F8;lt F8 0 1;filter 2;call 0 F8 F8 0;acc 0 F8;add F8 3 4;fold 0 F8 5 1",
        "in 0 0 F8;par 0 F8;lt F8 0 1;filter 2;count;call 0 F8 F8 0;scan sum F8 4;last F8 5",
        "in 0 0 F8;par 0 F8;lt F8 0 1;until 2;call 0 F8 F8 0;sum F8 3",
    ];
    for engine in ENGINES {
        for text in programs {
            let parameters = [100.0_f64.to_bits(), 0.0_f64.to_bits()];
            let call = each(watched as *const ());
            let kernel = run(engine, text, &[&input], &parameters, &[call], 1);
            let mut seen = std::mem::take(&mut *SEEN.lock().unwrap());
            kernel.unwrap();
            seen.sort_by(f64::total_cmp);
            assert_eq!(seen, below, "{engine:?} {text}");
        }
    }
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn counted(x: f64) -> f64 {
    CALLS.fetch_add(1, Ordering::Relaxed);
    x.sqrt()
}

#[test]
fn many_threads_call_once_for_each_element() {
    let values: Vec<f64> = (0..400_000).map(f64::from).collect();
    let input = array(&values);
    let text = "in 0 0 F8;call 0 F8 F8 0;sum F8 1";
    let wanted = run(
        ENGINES[1],
        "in 0 0 F8;sqrt F8 0;sum F8 1",
        &[&input],
        &[],
        &[],
        1,
    )
    .unwrap();
    for engine in ENGINES {
        CALLS.store(0, Ordering::Relaxed);
        let call = each(counted as *const ());
        let answers = run(engine, text, &[&input], &[], &[call], 4).unwrap();
        assert_eq!(answers, wanted);
        assert_eq!(CALLS.load(Ordering::Relaxed), values.len());
    }
}

#[test]
fn functions_are_as_many_as_are_called_and_none_is_null() {
    let input = array(&[1.0_f64]);
    let text = "in 0 0 F8;call 0 F8 F8 0;call 1 F8 F8 1;sum F8 2";
    let call = each(four_floats as *const ());
    for engine in ENGINES {
        let given = |functions: &[Function]| run(engine, text, &[&input], &[], functions, 1);
        let error = given(&[call]).unwrap_err();
        assert_eq!(error.to_string(), "the program calls 2 functions, not 1");
        let null = each(std::ptr::null());
        assert_eq!(
            given(&[call, null]).unwrap_err(),
            Error::NoFunction { index: 1 }
        );
    }
}

#[test]
fn texts_of_calls() {
    let text = "pos;par 0 F4;call 0 U1 S8 0 F4 1;call 0 U1 S8 0 F4 1;call 1 BOOL U1 3;filter 4;n";
    let program = Program::parse(text).unwrap();
    assert_eq!(program.to_string(), text);
    let shown: Vec<String> = program
        .functions()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(shown, ["U1(S8,F4)", "BOOL(U1)"]);
    for (text, what) in [
        (
            "pos;call 0 F8;n",
            "call takes types and values of 1 to 4 arguments",
        ),
        (
            "pos;call 0 F8 S8;n",
            "call takes types and values of 1 to 4 arguments",
        ),
        (
            "pos;call 0 F8 S8 0 S8 0 S8 0 S8 0 S8 0;n",
            "call takes types and values of 1 to 4 arguments",
        ),
        ("pos;call 0 F8 F8 0;n", "value 0 is S8, not F8"),
        ("pos;call 0 F8 S8 1;n", "there is no value 1 yet"),
        ("pos;call 0 X8 S8 0;n", "there is no type \"X8\""),
        (
            "pos;call 0 F8 S8 0;call 0 F4 S8 0;n",
            "function 0 is F8(S8), not F4(S8)",
        ),
        ("pos;call 1 F8 S8 0;n", "function 0 is not called"),
    ] {
        let error = Program::parse(text).unwrap_err().to_string();
        assert!(error.ends_with(what), "{error}");
    }
}
