//! All orders in which threads can meet, within small bounds. Run with
//! `RUSTFLAGS="--cfg loom" cargo test -p chunkarray-core --release --test loom --target-dir target/loom`
#![cfg(loom)]

use chunkarray_core::{Error, Growth, Options, RawArray};
use loom::sync::{Arc, Mutex};
use loom::thread;

fn small(growth: Growth) -> Arc<RawArray> {
    let options = Options {
        chunk_size: 1,
        growth,
        capacity: 0,
        ..Options::default()
    };
    Arc::new(RawArray::new(8, &options).unwrap())
}

/// Four elements fit into its first chunk.
fn of_four() -> Arc<RawArray> {
    let options = Options {
        chunk_size: 4,
        ..Options::default()
    };
    Arc::new(RawArray::new(8, &options).unwrap())
}

/// Everything below a length that a reader sees was written, whatever chunk it lies in.
fn read_all(array: &RawArray) -> Vec<u64> {
    (0..array.len()).map(|i| array.read(i).unwrap()).collect()
}

/// Counts what happened in all executions, so that a test can tell that loom did try the orders that it is about.
#[derive(Default)]
struct Seen(std::sync::Mutex<std::collections::BTreeSet<Vec<u64>>>);

impl Seen {
    fn note(&self, values: &[u64]) {
        self.0.lock().unwrap().insert(values.to_vec());
    }

    fn all(&self) -> Vec<Vec<u64>> {
        self.0.lock().unwrap().iter().cloned().collect()
    }
}

fn a_reader_sees_what_a_length_promises(growth: Growth) {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    loom::model(move || {
        let array = small(growth);
        // The reader is the other thread: loom runs this one first, and then lets each load of the reader's give any
        // value that was ever stored and is not ruled out by what the reader has acquired.
        let reader = {
            let (array, noted) = (array.clone(), noted.clone());
            thread::spawn(move || {
                let first = read_all(&array);
                let second = read_all(&array);
                assert!(first.len() <= second.len(), "the length went back");
                noted.note(&first);
                noted.note(&second);
            })
        };
        array.push(1u64).unwrap();
        array.push(2u64).unwrap();
        array.extend(&[3u64, 4]).unwrap();
        reader.join().unwrap();
    });
    // Never a length of 3, which would be half of the extend, nor a value that was not written.
    assert_eq!(seen.all(), [&[][..], &[1], &[1, 2], &[1, 2, 3, 4]]);
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
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    loom::model(move || {
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
        noted.note(&read_all(&array));
    });
    assert_eq!(seen.all(), [[7, 8], [8, 7]]);
}

#[test]
fn a_reader_that_races_with_a_truncation_sees_old_or_new() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    loom::model(move || {
        let array = small(Growth::Double);
        array.push(1u64).unwrap();
        let reader = {
            let (array, noted) = (array.clone(), noted.clone());
            thread::spawn(move || noted.note(&array.read(0).into_iter().collect::<Vec<_>>()))
        };
        array.truncate(0).unwrap();
        array.push(2u64).unwrap();
        reader.join().unwrap();
    });
    assert_eq!(seen.all(), [&[][..], &[1], &[2]]);
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
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = of_four();
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
        let before = read_all(&array);
        worker.join().unwrap();
        let all = read_all(&array);
        assert_eq!(before, all[..before.len()]);
        noted.note(&all);
    });
    assert_eq!(seen.all(), [[0, 10, 11, 20], [0, 20, 10, 11]]);
}

#[test]
fn plain_appends_publish_elements_before_their_length() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    loom::model(move || {
        let array = of_four();
        array.push(0u64).unwrap();
        let reader = {
            let (array, noted) = (array.clone(), noted.clone());
            thread::spawn(move || noted.note(&read_all(&array)))
        };
        for value in [1u64, 2] {
            // SAFETY: only this thread appends.
            unsafe { array.push_plain(value) }.unwrap();
        }
        reader.join().unwrap();
    });
    assert_eq!(seen.all(), [&[0][..], &[0, 1], &[0, 1, 2]]);
}

#[test]
fn pushes_and_long_work_exclude_each_other() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = of_four();
        let worker = {
            let array = array.clone();
            thread::spawn(move || {
                let exclusive = array.lock();
                let before = exclusive.len();
                exclusive.push(10u64).unwrap();
                exclusive.push(11u64).unwrap();
                assert_eq!(exclusive.len(), before + 2, "somebody else appended");
            })
        };
        array.push(20u64).unwrap();
        if let Some(exclusive) = array.try_lock() {
            assert_eq!(exclusive.pop::<u64>().map(|last| last != 10), Ok(true));
        }
        worker.join().unwrap();
        noted.note(&read_all(&array));
    });
    // The pop found the push, the work's last element, or did not get the lock.
    assert_eq!(
        seen.all(),
        [&[10, 11][..], &[10, 11, 20], &[20, 10], &[20, 10, 11]]
    );
}

/// A reader of position 0, and by index, beside a thread that drops that element and appends others.
fn a_reader_beside_drops(growth: Growth, pushes: u64) -> Vec<Vec<u64>> {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = small(growth);
        array.push(10u64).unwrap();
        let reader = {
            let (array, noted) = (array.clone(), noted.clone());
            thread::spawn(move || {
                match array.read_at::<u64>(0) {
                    Ok(value) => assert_eq!(value, 10, "another element's value"),
                    Err(error) => assert_eq!(
                        error,
                        Error::Dropped {
                            position: 0,
                            first: 1
                        }
                    ),
                }
                noted.note(&array.read(0).into_iter().collect::<Vec<_>>());
            })
        };
        array.drop_front(1).unwrap();
        for k in 0..pushes {
            array.push(11 + k).unwrap();
        }
        reader.join().unwrap();
        assert_eq!(read_all(&array), (11..11 + pushes).collect::<Vec<_>>());
    });
    seen.all()
}

#[test]
fn a_reader_beside_drops_finds_no_other_element_in_a_ring() {
    // The chunk of the dropped element holds the next one. By index, a reader may find that too late.
    assert_eq!(
        a_reader_beside_drops(Growth::Fixed, 1),
        [&[][..], &[10], &[11]]
    );
}

#[test]
fn a_reader_beside_drops_finds_no_other_element_in_a_spine() {
    assert_eq!(
        a_reader_beside_drops(Growth::Double, 1),
        [&[][..], &[10], &[11]]
    );
}

#[test]
fn a_ring_is_replaced_under_its_readers() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = small(Growth::Fixed);
        array.extend(&[1u64, 2]).unwrap();
        let reader = {
            let (array, noted) = (array.clone(), noted.clone());
            thread::spawn(move || noted.note(&read_all(&array)))
        };
        array.push(3u64).unwrap();
        reader.join().unwrap();
    });
    assert_eq!(seen.all(), [&[1, 2][..], &[1, 2, 3]]);
}

#[test]
fn a_view_taken_beside_a_drop_keeps_its_element() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = small(Growth::Fixed);
        array.push(10u64).unwrap();
        let viewer = {
            let (array, noted) = (array.clone(), noted.clone());
            thread::spawn(move || {
                let view = array.chunks().next();
                let start = view.as_ref().map(|view| view.start as u64);
                // Not used again while the view lives, whoever was first.
                if let Some(view) = &view
                    && array.first() > view.start
                {
                    assert!(view.block.references() >= 1);
                }
                noted.note(&start.into_iter().collect::<Vec<_>>());
                view.map(|view| (view.pointer().as_ptr() as usize, view))
            })
        };
        array.drop_front(1).unwrap();
        array.push(11u64).unwrap();
        let now = array.address_at(1).unwrap().as_ptr() as usize;
        if let Some((address, view)) = viewer.join().unwrap()
            && view.start == 0
        {
            assert_ne!(address, now, "the chunk of a view was used again");
        }
    });
    assert_eq!(seen.all(), [&[][..], &[0], &[1]]);
}

#[test]
fn a_transaction_is_alone() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = small(Growth::Double);
        let other = {
            let array = array.clone();
            thread::spawn(move || {
                let depth = array.begin().unwrap();
                let start = array.settled_end();
                assert_eq!(array.push(10u64), Ok(start));
                assert_eq!(array.push(11u64), Ok(start + 1));
                array.commit(depth).unwrap();
            })
        };
        array.push(20u64).unwrap();
        other.join().unwrap();
        noted.note(&read_all(&array));
    });
    assert_eq!(seen.all(), [[10, 11, 20], [20, 10, 11]]);
}

#[test]
fn what_is_settled_is_never_taken_back() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = small(Growth::Double);
        array.push(1u64).unwrap();
        let reader = {
            let (array, noted) = (array.clone(), noted.clone());
            thread::spawn(move || noted.note(&[array.settled_end() as u64]))
        };
        let depth = array.begin().unwrap();
        array.push(2u64).unwrap();
        array.abort(depth).unwrap();
        array.push(3u64).unwrap();
        array.push(4u64).unwrap();
        reader.join().unwrap();
    });
    assert_eq!(seen.all(), [[1], [2], [3]]);
}

/// Somebody who asks for the second element beside `work`, which appends it, is told, or it is there already.
fn who_watches_is_told(work: fn(&RawArray)) {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = small(Growth::Double);
        array.push(1u64).unwrap();
        let waiter = {
            let array = array.clone();
            thread::spawn(move || array.watch(2).unwrap())
        };
        work(&array);
        let there = waiter.join().unwrap();
        assert_ne!(there, array.take_due());
        noted.note(&[there.into()]);
    });
    assert_eq!(seen.all(), [[0], [1]]);
}

#[test]
fn who_watches_beside_a_push_is_told() {
    who_watches_is_told(|array| {
        array.push(2u64).unwrap();
    });
}

#[test]
fn who_watches_beside_a_transaction_is_told() {
    who_watches_is_told(|array| {
        let depth = array.begin().unwrap();
        array.push(2u64).unwrap();
        array.commit(depth).unwrap();
    });
}

/// Puts as a door does under Python's GIL: plainly where that goes, else under the lock, each time with the token.
fn put_with_token(array: &RawArray, token: &Mutex<()>, value: u64) {
    let _held = token.lock().unwrap();
    // SAFETY: the callers opened the appender, and everybody else who takes the lock holds the token meanwhile.
    if unsafe { array.put_plain(value) }.is_err() {
        array.put(value).unwrap();
    }
}

#[test]
fn puts_publish_elements_before_their_length() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    loom::model(move || {
        let array = of_four();
        array.push(0u64).unwrap();
        array.open_appender().unwrap();
        let reader = {
            let (array, noted) = (array.clone(), noted.clone());
            thread::spawn(move || noted.note(&read_all(&array)))
        };
        for value in [1u64, 2] {
            // SAFETY: this thread opened the appender.
            unsafe { array.put_plain(value) }.unwrap();
        }
        array.close_appender().unwrap();
        reader.join().unwrap();
    });
    assert_eq!(seen.all(), [&[0][..], &[0, 1], &[0, 1, 2]]);
}

#[test]
fn puts_beside_drops() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let options = Options {
            chunk_size: 2,
            growth: Growth::Fixed,
            ..Options::default()
        };
        let array = Arc::new(RawArray::new(8, &options).unwrap());
        array.extend(&[0u64, 1]).unwrap();
        array.open_appender().unwrap();
        // No token: a plain put beside somebody else's lock.
        let other = {
            let array = array.clone();
            thread::spawn(move || {
                let dropped = array.drop_front(3).unwrap();
                assert_eq!(array.push(9u64), Err(Error::AppenderOpen));
                dropped as u64
            })
        };
        for value in 2..5u64 {
            // SAFETY: this thread opened the appender.
            if unsafe { array.put_plain(value) }.is_err() {
                array.put(value).unwrap();
            }
        }
        let dropped = other.join().unwrap();
        assert_eq!(array.live(), dropped as usize..5);
        for position in array.live() {
            assert_eq!(array.read_at(position), Ok(position as u64));
        }
        noted.note(&[dropped]);
    });
    assert_eq!(seen.all(), [[2], [3]]);
}

#[test]
fn a_reader_beside_puts_and_a_drop() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(move || {
        let array = small(Growth::Fixed);
        array.push(0u64).unwrap();
        array.open_appender().unwrap();
        let reader = {
            let (array, noted) = (array.clone(), noted.clone());
            thread::spawn(move || {
                for position in array.live() {
                    match array.read_at::<u64>(position) {
                        Ok(value) => assert_eq!(value, position as u64),
                        Err(error) => assert_eq!(
                            error,
                            Error::Dropped {
                                position: 0,
                                first: 1
                            }
                        ),
                    }
                }
                noted.note(&[array.first() as u64]);
            })
        };
        array.drop_front(1).unwrap();
        // The chunk of the dropped element is used again.
        array.put(1u64).unwrap();
        reader.join().unwrap();
    });
    assert_eq!(seen.all(), [[0], [1]]);
}

#[test]
fn who_watches_beside_a_put_is_told() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = of_four();
        array.push(0u64).unwrap();
        array.open_appender().unwrap();
        let token = Arc::new(Mutex::new(()));
        let waiter = {
            let (array, token) = (array.clone(), token.clone());
            thread::spawn(move || {
                let _held = token.lock().unwrap();
                array.watch(2).unwrap()
            })
        };
        put_with_token(&array, &token, 1);
        let there = waiter.join().unwrap();
        assert_ne!(there, array.take_due());
        noted.note(&[there.into()]);
    });
    assert_eq!(seen.all(), [[0], [1]]);
}

#[test]
fn who_watches_without_the_token_is_told_at_the_close() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = of_four();
        array.push(0u64).unwrap();
        array.open_appender().unwrap();
        let waiter = {
            let array = array.clone();
            thread::spawn(move || array.watch(2).unwrap())
        };
        // SAFETY: this thread opened the appender.
        if unsafe { array.put_plain(1u64) }.is_err() {
            array.put(1u64).unwrap();
        }
        let there = waiter.join().unwrap();
        array.close_appender().unwrap();
        assert_ne!(there, array.take_due());
    });
}

#[test]
fn an_appender_is_alone() {
    let seen = std::sync::Arc::new(Seen::default());
    let noted = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let array = of_four();
        array.push(0u64).unwrap();
        let other = {
            let array = array.clone();
            thread::spawn(move || match array.open_appender() {
                Ok(()) => {
                    array.put(10u64).unwrap();
                    // SAFETY: this thread opened the appender.
                    if unsafe { array.put_plain(11u64) }.is_err() {
                        array.put(11u64).unwrap();
                    }
                    array.close_appender().unwrap();
                }
                Err(error) => assert_eq!(error, Error::AppenderOpen),
            })
        };
        let pushed = array.push(20u64);
        if pushed.is_err() {
            assert_eq!(pushed, Err(Error::AppenderOpen));
        }
        other.join().unwrap();
        noted.note(&read_all(&array));
    });
    assert_eq!(
        seen.all(),
        [&[0, 10, 11][..], &[0, 10, 11, 20], &[0, 20, 10, 11]]
    );
}
