//! What an element costs, beside `Vec`: `cargo bench -p chunkarray-core`.
//!
//! Each figure is the best of several rounds, in nanoseconds an element. "fresh" rounds pay for new memory, the others
//! fill memory that was touched before.

use std::hint::black_box;
use std::time::Instant;

use chunkarray_core::{ChunkArray, Growth, Options, RawArray};

const COUNT: usize = 1 << 20;
const ROUNDS: usize = 30;

/// Best time of a round, in nanoseconds an element.
fn best(mut round: impl FnMut()) -> f64 {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            round();
            start.elapsed().as_nanos() as f64 / COUNT as f64
        })
        .fold(f64::INFINITY, f64::min)
}

fn line(what: &str, ours: f64, vec: Option<f64>) {
    match vec {
        Some(vec) => println!("{what:<44} {ours:>7.2} {vec:>7.2} {:>6.2}", ours / vec),
        None => println!("{what:<44} {ours:>7.2}"),
    }
}

/// Appends without the lock, as with Python's GIL.
fn push_plain(array: &RawArray, value: f64) {
    // SAFETY: this program has one thread, and the elements are floats.
    if unsafe { array.push_plain(value) }.is_err() {
        array.push(value).unwrap();
    }
}

fn array(growth: Growth, capacity: usize) -> RawArray {
    RawArray::new(
        8,
        &Options {
            growth,
            capacity,
            ..Options::default()
        },
    )
    .unwrap()
}

/// The sum of elements at scattered indices.
fn scattered(len: usize, get: impl Fn(usize) -> f64) -> f64 {
    let (mut index, mut sum) = (1usize, 0.0);
    for _ in 0..COUNT {
        index = index
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        sum += get((index >> 40) & (len - 1));
    }
    sum
}

fn appends() {
    let mut vec = Vec::new();
    let warm_vec = best(|| {
        vec.clear();
        (0..COUNT).for_each(|k| vec.push(black_box(k as f64)));
    });
    let fresh_vec = best(|| {
        let mut vec = Vec::new();
        (0..COUNT).for_each(|k| vec.push(black_box(k as f64)));
        black_box(&vec);
    });
    for growth in [Growth::Double, Growth::Fixed] {
        let warm = array(growth, 0);
        let time = best(|| {
            warm.clear().unwrap();
            (0..COUNT).for_each(|k| push_plain(&warm, black_box(k as f64)));
        });
        line(&format!("push_plain, {growth:?}"), time, Some(warm_vec));
        let time = best(|| {
            let fresh = array(growth, 0);
            (0..COUNT).for_each(|k| push_plain(&fresh, black_box(k as f64)));
        });
        line(
            &format!("push_plain, {growth:?}, fresh"),
            time,
            Some(fresh_vec),
        );
        let time = best(|| {
            warm.clear().unwrap();
            (0..COUNT).for_each(|k| {
                warm.push(black_box(k as f64)).unwrap();
            });
        });
        line(
            &format!("push (any thread), {growth:?}"),
            time,
            Some(warm_vec),
        );
        let typed = ChunkArray::with_options(&warm.options()).unwrap();
        let time = best(|| {
            typed.clear().unwrap();
            let mut appender = typed.appender().unwrap();
            (0..COUNT).for_each(|k| {
                appender.put(black_box(k as f64)).unwrap();
            });
        });
        line(&format!("Appender::put, {growth:?}"), time, Some(warm_vec));
    }
}

fn extends() {
    let source = vec![0.5f64; COUNT];
    let mut target = vec![0.0; COUNT];
    let copy = best(|| black_box(&mut target).copy_from_slice(black_box(&source)));
    let fresh_vec = best(|| drop(black_box(source.clone())));
    let warm = array(Growth::Double, COUNT);
    let time = best(|| {
        // A new array over warm memory would move it; so this one is emptied, and its elements written atomically.
        warm.clear().unwrap();
        warm.extend(black_box(&source)).unwrap();
    });
    line("extend after clear / copy_from_slice", time, Some(copy));
    for capacity in [0, COUNT] {
        let time = best(|| {
            let fresh = array(Growth::Double, capacity);
            fresh.extend(black_box(&source)).unwrap();
        });
        line(
            &format!("extend, fresh, capacity {capacity} / Vec::clone"),
            time,
            Some(fresh_vec),
        );
    }
    const PIECE: usize = 512;
    let time = best(|| {
        let fresh = array(Growth::Double, 0);
        for piece in black_box(&source).chunks(PIECE) {
            fresh.extend(piece).unwrap();
        }
    });
    let vec = best(|| {
        let mut fresh = Vec::new();
        for piece in black_box(&source).chunks(PIECE) {
            fresh.extend_from_slice(piece);
        }
        black_box(&fresh);
    });
    line("extend by 512, fresh", time, Some(vec));
}

fn reads() {
    let len = COUNT / 8;
    let vec: Vec<f64> = (0..len).map(|k| k as f64).collect();
    let small = 4096;
    let every = best(|| {
        black_box(
            (0..COUNT)
                .map(|k| *black_box(&vec).get(k & (len - 1)).unwrap())
                .sum::<f64>(),
        );
    });
    let near = best(|| _ = black_box(scattered(small, |i| *black_box(&vec).get(i).unwrap())));
    let far = best(|| _ = black_box(scattered(len, |i| *black_box(&vec).get(i).unwrap())));
    for (what, growth, capacity) in [
        ("Double", Growth::Double, 0),
        ("Fixed", Growth::Fixed, 0),
        ("capacity", Growth::Double, len),
    ] {
        let array = array(growth, capacity);
        array.extend(&vec).unwrap();
        let get = |i: usize| black_box(&array).read::<f64>(i).unwrap();
        let time = best(|| {
            black_box((0..COUNT).map(|k| get(k & (len - 1))).sum::<f64>());
        });
        line(&format!("read in order, {what}"), time, Some(every));
        let time = best(|| _ = black_box(scattered(small, get)));
        line(
            &format!("read scattered over 32 KiB, {what}"),
            time,
            Some(near),
        );
        let time = best(|| _ = black_box(scattered(len, get)));
        line(
            &format!("read scattered over 1 MiB, {what}"),
            time,
            Some(far),
        );
    }
    let chunked: ChunkArray<f64> = vec.iter().copied().collect();
    let rounds = COUNT / len;
    let time = best(|| {
        for _ in 0..rounds {
            black_box(black_box(&chunked).iter().sum::<f64>());
        }
    });
    let vec = best(|| {
        for _ in 0..rounds {
            black_box(black_box(&vec).iter().sum::<f64>());
        }
    });
    let scale = COUNT as f64 / (rounds * len) as f64;
    line("iterate", time * scale, Some(vec * scale));
}

fn whole_arrays() {
    let time = best(|| {
        for _ in 0..COUNT / 10 {
            black_box(array(Growth::Double, 0));
        }
    });
    line("make and drop an empty array", time * 10.0, None);
    let time = best(|| {
        for _ in 0..COUNT / 100 {
            push_plain(&black_box(array(Growth::Double, 0)), 1.0);
        }
    });
    line("make, append one, drop", time * 100.0, None);
}

fn main() {
    println!(
        "{:<44} {:>7} {:>7} {:>6}",
        "ns an element", "ours", "Vec", "ratio"
    );
    appends();
    extends();
    reads();
    whole_arrays();
}
