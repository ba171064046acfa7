//! The kernels beside what slices do, on windows of arrays of every layout.

use chunkarray_core::kernels::{
    Integers, Mask, Needle, Number, Window, assign, byteswap, count, extend_masked,
    extend_searched, extend_taken, extend_window, find, mismatch, reverse, sort,
};
use chunkarray_core::{DType, Growth, Options, RawArray};
use proptest::prelude::*;

fn layouts() -> impl Strategy<Value = Options> {
    let layout = |chunk_size, growth, capacity| Options {
        chunk_size,
        growth,
        capacity,
        ..Options::default()
    };
    prop_oneof![
        Just(layout(2, Growth::Double, 0)),
        Just(layout(2, Growth::Fixed, 0)),
        Just(layout(4, Growth::Double, 5)),
        Just(layout(1024, Growth::Double, 0)),
    ]
}

/// Positions of a window on `len` elements: start, step, count.
fn window(len: usize) -> impl Strategy<Value = (usize, isize, usize)> {
    let step = prop_oneof![1..4_isize, -3..0_isize];
    (0..len.max(1), step, any::<prop::sample::Index>()).prop_map(move |(start, step, part)| {
        let room = if step < 0 {
            start
        } else {
            len.max(1) - 1 - start
        };
        let most = if len == 0 {
            0
        } else {
            room / step.unsigned_abs() + 1
        };
        (start, step, part.index(most + 1))
    })
}

fn array<T: chunkarray_core::Element>(values: &[T], options: &Options) -> RawArray {
    let array = RawArray::new(size_of::<T>(), options).unwrap();
    array.extend(values).unwrap();
    array
}

fn all<T: chunkarray_core::Element>(array: &RawArray) -> Vec<T> {
    let window = Window::all(array).unwrap();
    let mut values = vec![T::zeroed(); window.len()];
    window.read(0, bytemuck::cast_slice_mut(&mut values));
    values
}

fn positions((start, step, count): (usize, isize, usize)) -> Vec<usize> {
    (0..count)
        .map(|k| start.wrapping_add_signed(step * k as isize))
        .collect()
}

fn dtype(name: &str) -> DType {
    DType::parse(name).unwrap()
}

prop_compose! {
    fn case()(values in prop::collection::vec(0..9_i32, 0..60))(
        place in window(values.len()),
        options in layouts(),
        values in Just(values),
    ) -> (Vec<i32>, (usize, isize, usize), Options) {
        (values, place, options)
    }
}

proptest! {
    #[test]
    fn reading_and_choosing(
        (values, place, options) in case(),
        indices in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
        marks in prop::collection::vec(any::<bool>(), 60),
    ) {
        let from = array(&values, &options);
        let window = Window::new(&from, place.0, place.1, place.2).unwrap();
        let chosen: Vec<i32> = positions(place).iter().map(|&k| values[k]).collect();

        let to = array::<i32>(&[], &options);
        extend_window(&to.lock(), &window).unwrap();
        prop_assert_eq!(&all::<i32>(&to), &chosen);

        let to = array::<i32>(&[7], &options);
        let indices: Vec<i64> = if chosen.is_empty() {
            Vec::new()
        } else {
            indices.iter().map(|k| k.index(chosen.len()) as i64).collect()
        };
        extend_taken(&to.lock(), &window, Integers::Values(&indices)).unwrap();
        let mut expected = vec![7];
        expected.extend(indices.iter().map(|&k| chosen[k as usize]));
        prop_assert_eq!(all::<i32>(&to), expected);
        let bad = [0, chosen.len() as i64];
        prop_assert!(extend_taken(&to.lock(), &window, Integers::Values(&bad)).is_err());
        prop_assert_eq!(to.len(), 1 + indices.len());

        let to = array::<i32>(&[], &options);
        let bytes: Vec<u8> = marks[..chosen.len()].iter().map(|&m| u8::from(m)).collect();
        extend_masked(&to.lock(), &window, Mask::Values(&bytes)).unwrap();
        let expected: Vec<i32> = chosen.iter().zip(&marks).filter(|(_, m)| **m).map(|(x, _)| *x).collect();
        prop_assert_eq!(all::<i32>(&to), expected);
    }

    #[test]
    fn searching_and_comparing((values, place, options) in case(), wanted in 0..9_i32) {
        let from = array(&values, &options);
        let window = Window::new(&from, place.0, place.1, place.2).unwrap();
        let chosen: Vec<i32> = positions(place).iter().map(|&k| values[k]).collect();
        let needle = Needle::new(&dtype("S4"), Number::Int(wanted.into())).unwrap();
        prop_assert_eq!(find(&window, 0, needle).unwrap(), chosen.iter().position(|&x| x == wanted));
        prop_assert_eq!(count(&window, needle).unwrap(), chosen.iter().filter(|&&x| x == wanted).count());

        let others: Vec<i32> = chosen.iter().map(|&x| x.min(wanted)).collect();
        let other = array(&others, &options);
        let first = chosen.iter().zip(&others).position(|(x, y)| x != y).unwrap_or(chosen.len());
        prop_assert_eq!(mismatch(&dtype("S4"), &window, &Window::all(&other).unwrap()).unwrap(), first);
    }

    #[test]
    fn writing((values, place, options) in case(), from in any::<prop::sample::Index>()) {
        let places = positions(place);
        let chosen: Vec<i32> = places.iter().map(|&k| values[k]).collect();
        let placed = |new: &[i32]| {
            let mut expected = values.clone();
            places.iter().zip(new).for_each(|(&k, &x)| expected[k] = x);
            expected
        };
        let (start, step, count) = place;

        let mine = array(&values, &options);
        reverse(&Window::new(&mine, start, step, count).unwrap()).unwrap();
        let reversed: Vec<i32> = chosen.iter().rev().copied().collect();
        prop_assert_eq!(all::<i32>(&mine), placed(&reversed));

        let mine = array(&values, &options);
        byteswap(&dtype("S4"), &Window::new(&mine, start, step, count).unwrap()).unwrap();
        let swapped: Vec<i32> = chosen.iter().map(|x| x.swap_bytes()).collect();
        prop_assert_eq!(all::<i32>(&mine), placed(&swapped));

        let mine = array(&values, &options);
        sort(&dtype("S4"), &Window::new(&mine, start, step, count).unwrap(), false).unwrap();
        let mut sorted = chosen.clone();
        sorted.sort_unstable();
        prop_assert_eq!(all::<i32>(&mine), placed(&sorted));

        // From another place in the same array, which may overlap.
        let mine = array(&values, &options);
        let begin = from.index(values.len() - count + 1);
        let source = Window::new(&mine, begin, 1, count).unwrap();
        assign(&Window::new(&mine, start, step, count).unwrap(), &source).unwrap();
        prop_assert_eq!(all::<i32>(&mine), placed(&values[begin..begin + count]));
    }

    #[test]
    fn sorted_floats(mut bits in prop::collection::vec(any::<u64>(), 0..2000), right: bool, wanted: f64) {
        // Small ones too, of either sign, and zeros.
        bits.iter_mut().step_by(3).for_each(|x| *x &= 0x8000_0000_0000_0003);
        let mine = array(&bits, &Options::default());
        sort(&dtype("F8"), &Window::all(&mine).unwrap(), false).unwrap();
        let sorted: Vec<u64> = all(&mine);
        let floats: Vec<f64> = sorted.iter().map(|&x| f64::from_bits(x)).collect();
        let numbers = floats.iter().take_while(|x| !x.is_nan()).count();
        prop_assert!(floats[..numbers].is_sorted());
        prop_assert!(floats[numbers..].iter().all(|x| x.is_nan()));
        let mut before = bits.clone();
        let mut after = sorted.clone();
        before.sort_unstable();
        after.sort_unstable();
        prop_assert_eq!(before, after);

        let places = array::<i64>(&[], &Options::default());
        let number = [Number::Float(wanted)];
        extend_searched(&places.lock(), &Window::all(&mine).unwrap(), &dtype("F8"), &number, right).unwrap();
        let in_front = |x: &f64| match (wanted.is_nan(), right) {
            (true, true) => true,
            (true, false) => !x.is_nan(),
            (false, true) => *x <= wanted,
            (false, false) => *x < wanted,
        };
        prop_assert_eq!(places.read::<i64>(0).unwrap() as usize, floats.partition_point(in_front));
    }
}

/// Elements that change while they are divided among buckets: nothing is lost but what was overwritten.
#[test]
fn sorting_what_others_write_to() {
    let count: usize = 300_000;
    let scattered = |k: usize| (k as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let values: Vec<u64> = (0..count).map(scattered).collect();
    let mine = array(&values, &Options::default());
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut k = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                mine.write(k % count, scattered(k * 7)).unwrap();
                k += 1;
            }
        });
        for reverse in [false, true, false, true] {
            sort(&dtype("U8"), &Window::all(&mine).unwrap(), reverse).unwrap();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    sort(&dtype("U8"), &Window::all(&mine).unwrap(), false).unwrap();
    assert!(all::<u64>(&mine).is_sorted());
}

/// Many equal ones, and many that differ in their lowest bits only.
#[test]
fn sorting_many() {
    let count: usize = 300_000;
    let scattered = |k: usize| (k as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let shapes: [fn(u64) -> u64; 5] = [
        |x| x,
        |x| x & 0xff,
        |x| if x % 2 == 0 { 7 } else { x },
        |x| (x & 0xffff) | (x & 1) << 63,
        |x| {
            if x % 1000 == 0 {
                x
            } else {
                1 << 40 | x & 0xfff
            }
        },
    ];
    for shape in shapes {
        let mut values: Vec<u64> = (0..count).map(|k| shape(scattered(k))).collect();
        let mine = array(&values, &Options::default());
        sort(&dtype("U8"), &Window::all(&mine).unwrap(), false).unwrap();
        values.sort_unstable();
        assert_eq!(all::<u64>(&mine), values);
        sort(&dtype("U8"), &Window::all(&mine).unwrap(), true).unwrap();
        values.reverse();
        assert_eq!(all::<u64>(&mine), values);
    }
}
