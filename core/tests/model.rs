//! Random operations on an array and on a `Vec` give the same elements.

use chunkarray_core::{Element, Error, Growth, Options, RawArray};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Push(u64),
    PushPlain(u64),
    PushBytes(u64),
    Extend(Vec<u64>),
    Set(usize, u64),
    Truncate(usize),
    Pop,
    PopBytes,
    Clear,
    Reserve(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => any::<u64>().prop_map(Step::Push),
        6 => any::<u64>().prop_map(Step::PushPlain),
        2 => any::<u64>().prop_map(Step::PushBytes),
        4 => prop::collection::vec(any::<u64>(), 0..200).prop_map(Step::Extend),
        1 => prop::collection::vec(any::<u64>(), 0..3000).prop_map(Step::Extend),
        3 => (any::<usize>(), any::<u64>()).prop_map(|(i, x)| Step::Set(i, x)),
        2 => any::<usize>().prop_map(Step::Truncate),
        3 => Just(Step::Pop),
        1 => Just(Step::PopBytes),
        1 => Just(Step::Clear),
        1 => (0..5000usize).prop_map(Step::Reserve),
    ];
    prop::collection::vec(step, 0..60)
}

fn options() -> impl Strategy<Value = Options> {
    let chunk_size = prop::sample::select(vec![1, 2, 4, 1024]);
    let growth = prop::sample::select(vec![Growth::Double, Growth::Fixed]);
    let capacity = prop::sample::select(vec![0, 1, 5, 1000, 200_000]);
    (chunk_size, growth, capacity).prop_map(|(chunk_size, growth, capacity)| Options {
        chunk_size,
        growth,
        capacity,
        ..Options::default()
    })
}

/// Elements whose bytes all depend on the number.
fn make<T: Element>(x: u64) -> T {
    let mut value = T::zeroed();
    for (k, byte) in bytemuck::bytes_of_mut(&mut value).iter_mut().enumerate() {
        *byte = (x >> (8 * (k % 8))) as u8 ^ (k / 8) as u8;
    }
    value
}

fn check<T: Element + PartialEq + std::fmt::Debug>(array: &RawArray, model: &[T]) {
    assert_eq!(array.len(), model.len());
    assert_eq!(array.is_empty(), model.is_empty());
    assert_eq!(array.nbytes(), size_of_val(model));
    assert!(array.arena_capacity() >= model.len());
    let mut next = 0;
    for chunk in array.chunks() {
        assert_eq!(chunk.start, next);
        assert!(chunk.len <= chunk.capacity && chunk.len > 0);
        assert_eq!(chunk.pointer().as_ptr() as usize % 64, 0);
        // SAFETY: the chunk holds so many elements of T, and nobody writes to them meanwhile.
        let seen =
            unsafe { std::slice::from_raw_parts(chunk.pointer().as_ptr().cast::<T>(), chunk.len) };
        assert_eq!(seen, &model[next..next + chunk.len]);
        next += chunk.len;
    }
    assert_eq!(next, model.len());
    assert_eq!(array.is_contiguous(), array.chunk_count() <= 1);
    for (i, &x) in model.iter().enumerate() {
        assert_eq!(array.read::<T>(i), Ok(x));
    }
    let past = Err(Error::IndexOutOfRange {
        index: model.len(),
        len: model.len(),
    });
    assert_eq!(array.read::<T>(model.len()), past);
}

fn run<T: Element + PartialEq + std::fmt::Debug>(options: &Options, steps: &[Step]) {
    let array = RawArray::new(size_of::<T>(), options).unwrap();
    let mut model: Vec<T> = Vec::new();
    let mut addresses = Vec::new();
    for step in steps {
        match step {
            Step::Push(x) => {
                assert_eq!(array.push(make::<T>(*x)), Ok(model.len()));
                model.push(make(*x));
            }
            Step::PushPlain(x) => {
                // SAFETY: there is one thread, and T is the element.
                let index = unsafe { array.push_plain(make::<T>(*x)) };
                let index = index.unwrap_or_else(|_| array.push(make::<T>(*x)).unwrap());
                assert_eq!(index, model.len());
                model.push(make(*x));
            }
            Step::PushBytes(x) => {
                let value = make::<T>(*x);
                assert_eq!(
                    array.push_bytes(bytemuck::bytes_of(&value)),
                    Ok(model.len())
                );
                model.push(value);
            }
            Step::Extend(xs) => {
                let xs: Vec<T> = xs.iter().map(|&x| make(x)).collect();
                assert_eq!(array.extend(&xs), Ok(model.len()..model.len() + xs.len()));
                model.extend(xs);
            }
            Step::Set(i, x) if !model.is_empty() => {
                let i = i % model.len();
                array.write(i, make::<T>(*x)).unwrap();
                model[i] = make(*x);
            }
            Step::Set(i, x) => {
                assert_eq!(
                    array.write(*i, make::<T>(*x)),
                    Err(Error::IndexOutOfRange { index: *i, len: 0 })
                );
            }
            Step::Truncate(n) => {
                let n = n % (model.len() + 2);
                array.truncate(n).unwrap();
                model.truncate(n);
            }
            Step::Pop => assert_eq!(array.pop::<T>(), model.pop().ok_or(Error::Empty)),
            Step::PopBytes => {
                let mut value = T::zeroed();
                let popped = array.pop_bytes(bytemuck::bytes_of_mut(&mut value));
                assert_eq!(popped.map(|()| value), model.pop().ok_or(Error::Empty));
            }
            Step::Clear => {
                array.clear().unwrap();
                model.clear();
            }
            Step::Reserve(n) => {
                array.reserve(*n).unwrap();
                assert!(array.arena_capacity() >= model.len() + n);
            }
        }
        for &(i, address) in &addresses {
            if i < model.len() {
                assert_eq!(array.address_of(i), Ok(address), "element {i} moved");
            }
        }
        if let Some(last) = model.len().checked_sub(1) {
            addresses.push((last, array.address_of(last).unwrap()));
        }
    }
    check(&array, &model);
}

proptest! {
    #[test]
    fn elements_of_1_byte(options in options(), steps in steps()) {
        run::<u8>(&options, &steps);
    }

    #[test]
    fn elements_of_2_bytes(options in options(), steps in steps()) {
        run::<i16>(&options, &steps);
    }

    #[test]
    fn elements_of_3_bytes(options in options(), steps in steps()) {
        run::<[u8; 3]>(&options, &steps);
    }

    #[test]
    fn elements_of_4_bytes(options in options(), steps in steps()) {
        run::<u32>(&options, &steps);
    }

    #[test]
    fn elements_of_8_bytes(options in options(), steps in steps()) {
        run::<u64>(&options, &steps);
    }

    #[test]
    fn elements_of_12_bytes(options in options(), steps in steps()) {
        run::<[u32; 3]>(&options, &steps);
    }

    #[test]
    fn elements_of_16_bytes(options in options(), steps in steps()) {
        run::<u128>(&options, &steps);
    }
}
