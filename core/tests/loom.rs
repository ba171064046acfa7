//! All orders in which threads can meet, within small bounds. Run with
//! `RUSTFLAGS="--cfg loom" cargo test -p chunkarray-core --release --test loom --target-dir target/loom`
#![cfg(loom)]

use chunkarray_core::{Growth, Options, RawArray};
use loom::sync::{Arc, Mutex};
use loom::thread;

fn small(growth: Growth) -> Arc<RawArray> {
    let options = Options {
        chunk_size: 1,
        growth,
        capacity: 0,
    };
    Arc::new(RawArray::new(8, &options).unwrap())
}

/// Everything below a length that a reader sees was written, whatever chunk it lies in.
fn read_all(array: &RawArray) -> Vec<u64> {
    (0..array.len()).map(|i| array.read(i).unwrap()).collect()
}

fn a_reader_sees_what_a_length_promises(growth: Growth) {
    loom::model(move || {
        let array = small(growth);
        let writer = {
            let array = array.clone();
            thread::spawn(move || {
                array.push(1u64).unwrap();
                array.push(2u64).unwrap();
                array.extend(&[3u64, 4]).unwrap();
            })
        };
        for _ in 0..2 {
            let seen = read_all(&array);
            assert_eq!(seen, [1, 2, 3, 4][..seen.len()]);
            assert_ne!(seen.len(), 3, "an extend was visible in parts");
        }
        writer.join().unwrap();
        assert_eq!(read_all(&array), [1, 2, 3, 4]);
    });
}

#[test]
fn double_publishes_elements_before_their_length() {
    a_reader_sees_what_a_length_promises(Growth::Double);
}

#[test]
fn fixed_publishes_elements_before_their_length() {
    a_reader_sees_what_a_length_promises(Growth::Fixed);
}

#[test]
fn no_push_is_lost() {
    loom::model(|| {
        let array = small(Growth::Double);
        let other = {
            let array = array.clone();
            thread::spawn(move || array.push(7u64).unwrap())
        };
        let mine = array.push(8u64).unwrap();
        let theirs = other.join().unwrap();
        assert_eq!(mine + theirs, 1);
        assert_eq!(array.read::<u64>(theirs), Ok(7));
        assert_eq!(array.read::<u64>(mine), Ok(8));
        assert_eq!(array.len(), 2);
    });
}

#[test]
fn a_reader_that_races_with_a_truncation_sees_old_or_new() {
    loom::model(|| {
        let array = small(Growth::Double);
        array.push(1u64).unwrap();
        let writer = {
            let array = array.clone();
            thread::spawn(move || {
                array.truncate(0);
                array.push(2u64).unwrap();
            })
        };
        if let Ok(seen) = array.read::<u64>(0) {
            assert!(seen == 1 || seen == 2);
        }
        writer.join().unwrap();
        assert_eq!(read_all(&array), [2]);
    });
}

/// Appends as under Python's GIL: plainly where that goes, else with the lock, which is taken under the token.
fn append_with_token(array: &RawArray, token: &Mutex<()>, value: u64) {
    loop {
        let held = token.lock().unwrap();
        // SAFETY: everybody in this test who appends plainly or takes the lock holds the token meanwhile.
        if unsafe { array.push_plain(value) }.is_ok() {
            return;
        }
        if let Some(exclusive) = array.try_lock() {
            exclusive.push(value).unwrap();
            return;
        }
        drop(held);
        thread::yield_now();
    }
}

#[test]
fn plain_appends_and_a_lock_that_outlives_the_token() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let options = Options {
            chunk_size: 4,
            ..Options::default()
        };
        let array = Arc::new(RawArray::new(8, &options).unwrap());
        array.push(0u64).unwrap();
        let token = Arc::new(Mutex::new(()));
        let worker = {
            let (array, token) = (array.clone(), token.clone());
            thread::spawn(move || {
                let held = token.lock().unwrap();
                // Where the other thread is in between, its own push is short: so wait for it in this one.
                let exclusive = array.lock();
                drop(held);
                exclusive.extend(&[10u64, 11]).unwrap();
                drop(exclusive);
            })
        };
        append_with_token(&array, &token, 20);
        let seen = read_all(&array);
        worker.join().unwrap();
        let all = read_all(&array);
        assert!(all == [0, 10, 11, 20] || all == [0, 20, 10, 11], "{all:?}");
        assert_eq!(seen, all[..seen.len()]);
    });
}
