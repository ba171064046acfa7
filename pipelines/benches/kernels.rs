//! Nanoseconds an element of some programs, by engine and number of threads: the best of several runs.
//!
//! `cargo bench -p chunkarray-pipelines [-- FILTER]`

use std::time::Instant;

use chunkarray_core::kernels::Window;
use chunkarray_core::{Options, RawArray};
use chunkarray_pipelines::{Engine, Kernel, Output, Program, Run};

const COUNT: usize = 1 << 24;
const TIMES: usize = 5;

const PROGRAMS: &[(&str, &str)] = &[
    ("sum", "in 0 0 F8;sum F8 0"),
    (
        "sum of v > k, v = a*b + c",
        "in 0 0 F8;par 0 F8;par 1 F8;mul F8 0 1;add F8 3 2;par 2 F8;gt F8 4 5;filter 6;sum F8 4",
    ),
    ("min", "in 0 0 F8;min F8 0"),
    ("argmin", "in 0 0 F8;argmin F8 0"),
    (
        "filter, collect",
        "in 0 0 F8;par 2 F8;gt F8 0 1;filter 2;out 0 F8 0",
    ),
    ("collect", "in 0 0 F8;par 0 F8;mul F8 0 1;out 0 F8 2"),
    ("histogram", "in 0 0 F8;hist F8 0 3 4 100"),
    (
        "group by 10 keys",
        "in 0 0 F8;par 5 F8;mul F8 0 1;cast F8 S4 2;group 100 3;sum F8 0;n",
    ),
    ("exp", "in 0 0 F8;exp F8 0;sum F8 1"),
    ("log", "in 0 0 F8;log F8 0;sum F8 1"),
    ("sin", "in 0 0 F8;sin F8 0;sum F8 1"),
    ("cos", "in 0 0 F8;cos F8 0;sum F8 1"),
    ("scan", "in 0 0 F8;scan sum F8 0;max F8 1"),
    ("fold", "in 0 0 F8;acc 0 F8;add F8 0 1;fold 0 F8 2 0"),
];

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let array = RawArray::new(8, &Options::default()).unwrap();
    let values: Vec<f64> = (0..COUNT as u32)
        .map(|k| f64::from(k.wrapping_mul(2_654_435_761)) / 4_294_967_296.0)
        .collect();
    array.extend(&values).unwrap();
    drop(values);
    let parameters = [1.5, 0.25, 0.5, 0.0, 1.0, 10.0].map(f64::to_bits);
    for &(name, text) in PROGRAMS {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| name.contains(wanted.as_str())) {
            continue;
        }
        print!("{name:28}");
        for engine in [Engine::Interpreted, Engine::Compiled] {
            let Ok(kernel) = Kernel::new(Program::parse(text).unwrap(), engine) else {
                continue;
            };
            for threads in [1, 2] {
                let time = (0..TIMES).map(|_| time(&kernel, &array, &parameters, threads));
                let best = time.fold(f64::INFINITY, f64::min);
                print!(
                    "  {} x{threads} {:6.2} ns",
                    kernel.engine(),
                    best / COUNT as f64 * 1e9
                );
            }
        }
        println!();
    }
}

fn time(kernel: &Kernel, array: &RawArray, parameters: &[u64], threads: usize) -> f64 {
    let windows = [Window::all(array).unwrap()];
    let to = RawArray::new(8, &Options::default()).unwrap();
    let output = [Output {
        array: &to,
        private: true,
    }];
    let outputs = &output[..kernel.program().outputs()];
    let run = Run {
        threads,
        ..Run::default()
    };
    let start = Instant::now();
    std::hint::black_box(kernel.run(&windows, parameters, outputs, &run)).unwrap();
    start.elapsed().as_secs_f64()
}
