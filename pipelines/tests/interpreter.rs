//! The engines against a plain evaluation, over random programs and arrays.

mod support;

use chunkarray_core::kernels::Window;
use chunkarray_core::{Growth, Options, RawArray};
use chunkarray_pipelines::{Answer, Engine, Error, Kernel, Output, Program, Run, Terminal};
use proptest::prelude::*;
use support::{Kind, PARAMETERS};

/// An array with other elements in front, and a window of every `step`th.
fn array(elements: &[Vec<u8>], size: usize, chunk_size: usize, step: isize) -> (RawArray, Window) {
    let options = Options {
        chunk_size,
        growth: Growth::Fixed,
        ..Options::default()
    };
    let array = RawArray::new(size, &options).unwrap();
    let gap = vec![0xa5; size];
    array.push_bytes(&gap).unwrap();
    let mut push = |element: &Vec<u8>| {
        array.push_bytes(element).unwrap();
        for _ in 1..step.unsigned_abs() {
            array.push_bytes(&gap).unwrap();
        }
    };
    if step < 0 {
        elements.iter().rev().for_each(&mut push);
    } else {
        elements.iter().for_each(&mut push);
    }
    let start = match (step < 0, elements.len()) {
        (_, 0) => 0,
        (false, _) => 1,
        (true, len) => 1 + (len - 1) * step.unsigned_abs(),
    };
    let window = Window::new(&array, start, step, elements.len()).unwrap();
    (array, window)
}

/// Elements of two inputs, made from a few words.
fn elements(words: &[u64], count: usize) -> [Vec<Vec<u8>>; 2] {
    let word = |k: usize| words[(k * 7 + k / 13) % words.len()].to_le_bytes();
    let wide = (0..count).map(|k| [word(2 * k), word(2 * k + 1)].concat());
    let narrow = (0..count).map(|k| word(k + 5).to_vec());
    [wide.collect(), narrow.collect()]
}

fn sizes(program: &Program) -> Vec<usize> {
    let mut sizes = vec![0; program.outputs()];
    for terminal in program.terminals() {
        if let Terminal::Out {
            output, offset, ty, ..
        } = *terminal
        {
            sizes[output as usize] = offset.map_or(ty.size(), |_| 11);
        }
    }
    sizes
}

fn contents(array: &RawArray) -> Vec<u8> {
    let mut bytes = vec![0; array.len() * array.element_size()];
    Window::all(array).unwrap().read(0, &mut bytes);
    bytes
}

/// Runs a program by an engine, and compares.
fn check(
    text: &str,
    engine: Engine,
    words: &[u64],
    parameters: &[u64],
    (count, chunk_size, step, threads): (usize, usize, isize, usize),
) {
    let program = Program::parse(text).unwrap();
    assert_eq!(program.to_string(), text);
    let sizes = sizes(&program);
    let inputs = elements(words, count);
    let (answers, outputs) = support::answers(&program, &inputs, parameters, &sizes);
    let kernel = Kernel::new(program, engine).unwrap();
    let windows: Vec<(RawArray, Window)> = [(&inputs[0], 16), (&inputs[1], 8)]
        .into_iter()
        .map(|(input, size)| array(input, size, chunk_size, step))
        .collect();
    let windows: Vec<Window> = windows.into_iter().map(|(_, window)| window).collect();
    let arrays: Vec<RawArray> = sizes
        .iter()
        .map(|&size| RawArray::new(size, &Options::default()).unwrap())
        .collect();
    let to: Vec<Output<'_>> = arrays
        .iter()
        .enumerate()
        .map(|(k, array)| Output {
            array,
            private: k == 0,
        })
        .collect();
    let run = Run {
        threads,
        ..Run::default()
    };
    let given = kernel.run(&windows, parameters, &to, &run).unwrap();
    assert_eq!(
        support::canonical(given),
        support::canonical(answers),
        "{text}"
    );
    for (k, array) in arrays.iter().enumerate() {
        let (given, wanted) = (contents(array), &outputs[k]);
        if given != *wanted {
            // NaN may have another payload: the values must be the same then.
            assert_eq!(given.len(), wanted.len(), "output {k} of {text}");
            same_but_nan(&kernel, k, sizes[k], &given, wanted);
        }
    }
}

fn same_but_nan(kernel: &Kernel, output: usize, size: usize, given: &[u8], wanted: &[u8]) {
    for terminal in kernel.program().terminals() {
        let Terminal::Out {
            output: to,
            offset,
            ty,
            big,
            ..
        } = *terminal
        else {
            continue;
        };
        if to as usize == output {
            let value = |element: &[u8]| {
                let offset = offset.unwrap_or(0) as usize;
                support::same(ty, support::field(element, offset, ty, big))
            };
            for (given, wanted) in given.chunks(size).zip(wanted.chunks(size)) {
                assert_eq!(value(given), value(wanted), "{}", kernel.program());
            }
        }
    }
}

/// Engines that there are.
fn engines() -> Vec<Engine> {
    let compiles = Program::parse("n").map(|program| Kernel::new(program, Engine::Compiled));
    match compiles {
        Ok(Ok(_)) => vec![Engine::Interpreted, Engine::Compiled],
        _ => vec![Engine::Interpreted],
    }
}

fn layouts() -> impl Strategy<Value = (usize, usize, isize, usize)> {
    (
        prop_oneof![0..40_usize, 1000..1100_usize, 2000..5000_usize],
        prop::sample::select(vec![1, 16, 64, 1024, 4096]),
        prop::sample::select(vec![1, 1, 1, 2, -1, -3]),
        1..3_usize,
    )
}

/// Parameters of every type, and the edges of histograms.
fn parameters() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(support::bits(), PARAMETERS).prop_map(|mut parameters| {
        parameters.extend([(-3.5_f64).to_bits(), 100.25_f64.to_bits()]);
        parameters
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn programs_without_order(
        text in support::program(Kind::Free),
        words in prop::collection::vec(support::bits(), 1..60),
        parameters in parameters(),
        layout in layouts(),
    ) {
        for engine in engines() {
            check(&text, engine, &words, &parameters, layout);
        }
    }

    #[test]
    fn programs_in_order(
        text in support::program(Kind::InOrder),
        words in prop::collection::vec(support::bits(), 1..60),
        parameters in parameters(),
        layout in layouts(),
    ) {
        for engine in engines() {
            check(&text, engine, &words, &parameters, layout);
        }
    }

    #[test]
    fn programs_that_fold(
        text in support::program(Kind::Folding),
        words in prop::collection::vec(support::bits(), 1..60),
        parameters in parameters(),
        layout in layouts(),
    ) {
        for engine in engines() {
            check(&text, engine, &words, &parameters, layout);
        }
    }
}

#[test]
fn threads_and_layouts_change_nothing() {
    let begin = "in 0 0 F8;in 1 0 F8;mul F8 0 1;par 0 F8;lt F8 1 3;filter 4";
    let each = "sum F8 2;n;argmin F8 0;argmax F8 2;first F8 2;last F8 2;min F8 2;max F8 0;any 4";
    let bytes = "par 2 F8;mul F8 0 5;cast F8 U1 6";
    everywhere_the_same(&format!(
        "{begin};sum F8 2;min F8 2;max F8 0;argmax F8 2;n;first F8 2;last F8 2;hist F8 1 1 0 10;out 0 F8 2"
    ));
    // Keys of one byte, of two, of one word, and of two.
    everywhere_the_same(&format!("{begin};{bytes};group 256 7;{each};sum U1 7"));
    everywhere_the_same(&format!(
        "{begin};{bytes};eq U1 7 7;group 256 7 8;{each};all 8;sum BOOL 8"
    ));
    everywhere_the_same(&format!(
        "{begin};cast F8 F4 2;group 4001 0;{each};sum F4 5;sum F8 0;sum F8 1;sum F4 5"
    ));
    everywhere_the_same(&format!(
        "{begin};{bytes};cast F8 S4 1;group 4001 7 0;sum S4 8;{each}"
    ));
}

/// A program of two F8, which may write F8, gives the same for all engines, layouts and numbers of threads.
fn everywhere_the_same(text: &str) {
    let words: Vec<u64> = (0..4001_u32)
        .map(|k| f64::from(k.wrapping_mul(2_654_435_761)) / 2e9)
        .map(f64::to_bits)
        .collect();
    let count = 200_000;
    let parameters = [1.2, 0.3, 100.0].map(f64::to_bits);
    let program = Program::parse(text).unwrap();
    let inputs = elements(&words, count);
    let mut first = None;
    for engine in engines() {
        let kernel = Kernel::new(program.clone(), engine).unwrap();
        for (chunk_size, step, threads) in
            [(1024, 1, 1), (1024, 1, 2), (64, 2, 3), (1 << 16, -1, 7)]
        {
            let (_wide, wide) = array(&inputs[0], 16, chunk_size, step);
            let (_narrow, narrow) = array(&inputs[1], 8, chunk_size, step);
            let windows = [wide, narrow];
            for private in [true, false] {
                let to = RawArray::new(8, &Options::default()).unwrap();
                let output = Output {
                    array: &to,
                    private,
                };
                let run = Run {
                    threads,
                    ..Run::default()
                };
                let outputs = &[output][..program.outputs()];
                let answers = kernel.run(&windows, &parameters, outputs, &run).unwrap();
                let all = (support::canonical(answers), contents(&to));
                match &first {
                    None => first = Some(all),
                    Some(first) => {
                        assert_eq!((&all.0, all.1 == first.1), (&first.0, true), "{text}")
                    }
                }
                if outputs.is_empty() {
                    break;
                }
            }
        }
    }
}

fn kernel(text: &str) -> Kernel {
    Kernel::new(Program::parse(text).unwrap(), Engine::Interpreted).unwrap()
}

fn window(values: &[f64]) -> Window {
    let array = RawArray::new(8, &Options::default()).unwrap();
    array.extend(values).unwrap();
    Window::all(&array).unwrap()
}

#[test]
fn what_does_not_fit_is_refused() {
    let run = Run::default();
    let sum = kernel("in 0 0 F8;par 0 F8;add F8 0 1;sum F8 2");
    assert_eq!(
        sum.run(&[], &[0], &[], &run),
        Err(Error::InputCount {
            given: 0,
            wanted: 1
        })
    );
    let error = sum.run(&[window(&[1.0])], &[], &[], &run).unwrap_err();
    assert_eq!(
        error,
        Error::ParameterCount {
            given: 0,
            wanted: 1
        }
    );
    let windows = [window(&[1.0]), window(&[1.0, 2.0])];
    let error = sum.run(&windows, &[0], &[], &run).unwrap_err();
    assert_eq!(
        error.to_string(),
        "arrays of equal length go together: number 1 has 2 elements, the first 1"
    );
    let behind = kernel("in 0 1 F8;sum F8 0").run(&[window(&[1.0])], &[], &[], &run);
    assert_eq!(
        behind.unwrap_err().to_string(),
        "a F8 at offset 1 reaches behind an element of 8 bytes"
    );
    let to = RawArray::new(4, &Options::default()).unwrap();
    let output = Output {
        array: &to,
        private: true,
    };
    let out = kernel("in 0 0 F8;out 0 F8 0");
    assert!(matches!(
        out.run(&[window(&[1.0])], &[], &[output], &run),
        Err(Error::OutputSize {
            given: 4,
            wanted: 8,
            ..
        })
    ));
    assert!(matches!(
        out.run(&[window(&[1.0])], &[], &[], &run),
        Err(Error::OutputCount {
            given: 0,
            wanted: 1
        })
    ));
    let hist = kernel("in 0 0 F8;hist F8 0 0 1 4");
    for edges in [[1.0, 1.0], [f64::NAN, 1.0], [-1e308, 1e308]] {
        let edges = edges.map(f64::to_bits);
        assert_eq!(
            hist.run(&[window(&[1.0])], &edges, &[], &run),
            Err(Error::Edges)
        );
    }
    let group = kernel("in 0 0 F8;group 2 0;n");
    assert_eq!(
        group.run(&[window(&[1.0, 2.0, 1.0, 3.0])], &[], &[], &run),
        Err(Error::TooManyGroups { most: 2 })
    );
}

#[test]
fn a_run_can_be_stopped_and_watched() {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    let values = vec![1.0; 1 << 18];
    let input = window(&values);
    let (stop, progress) = (AtomicBool::new(false), AtomicUsize::new(0));
    let to = RawArray::new(8, &Options::default()).unwrap();
    for threads in [1, 2] {
        let run = Run {
            threads,
            stop: Some(&stop),
            progress: Some(&progress),
            ..Run::default()
        };
        let output = Output {
            array: &to,
            private: false,
        };
        let out = kernel("in 0 0 F8;out 0 F8 0");
        stop.store(true, Ordering::Relaxed);
        let windows = [window(&values)];
        assert_eq!(out.run(&windows, &[], &[output], &run), Err(Error::Stopped));
        assert_eq!(to.len(), 0);
        stop.store(false, Ordering::Relaxed);
        progress.store(0, Ordering::Relaxed);
        let windows = [window(&values)];
        assert_eq!(
            out.run(&windows, &[], &[output], &run),
            Ok(vec![Answer::Written(values.len())])
        );
        assert_eq!(progress.load(Ordering::Relaxed), input.len());
        to.clear().unwrap();
    }
}

#[test]
fn texts_that_are_no_programs() {
    for (text, what) in [
        ("", "there is no such statement"),
        ("pos", "there is no terminal"),
        ("pos ;n", "there is no such statement"),
        ("n;pos", "terminals stand at the end"),
        ("in 0 0 F9;n", "there is no type \"F9\""),
        ("in 0 00 F8;n", "\"00\" is no number"),
        ("in 0 0 >U1;n", "a U1 has no order of bytes"),
        ("in 0 0 U1:5+4;n", "a U1 has no bits 5+4"),
        ("in 0 0 F8;not F8 0;n", "there is no not of F8"),
        ("in 0 0 F8;add F8 0 1;n", "there is no value 1 yet"),
        ("in 0 0 F8;filter 0;n", "value 0 is F8, not BOOL"),
        ("par 0 F8;par 0 U1;n", "parameter 0 is F8, not U1"),
        ("acc 0 F8;n", "accumulator 0 is not folded"),
        ("in 0 0 F8;out 1 F8 0", "nothing is written to output 0"),
        (
            "in 0 0 F8;out 0 F8 0;out 0 F8 0",
            "output 0 is written already",
        ),
        ("in 0 0 F4;group 1 0;n", "which is no key"),
        ("pos;group 1 0;out 0 S8 0", "there is none for each group"),
        ("pos;hist S8 0 0 1 0", "a histogram has bins"),
        ("add", "there is no such statement"),
        ("add F8", "takes another number of arguments"),
    ] {
        let error = Program::parse(text).unwrap_err().to_string();
        assert!(error.contains(what), "{text:?}: {error}");
    }
    let long = vec!["pos"; 5000].join(";");
    assert!(Program::parse(&long).is_err());
}
