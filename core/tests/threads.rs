//! Many threads on one array. Loom tries all orders within small bounds; here are large numbers on real cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use chunkarray_core::{Error, Growth, Options, RawArray};

const THREADS: u64 = 4;
const EACH: u64 = match (cfg!(miri), cfg!(debug_assertions)) {
    (true, _) => 50,
    (_, true) => 10_000,
    _ => 100_000,
};

/// A value that says who made it and the how-many-eth it was; torn ones fail the check.
fn tagged(thread: u64, k: u64) -> u64 {
    let tag = thread << 24 | k;
    tag | (!tag & 0xffff_ffff) << 32
}

fn untag(value: u64) -> (u64, u64) {
    assert_eq!(value as u32, !(value >> 32) as u32, "torn: {value:#x}");
    ((value as u32 >> 24).into(), value & 0x00ff_ffff)
}

fn layouts() -> impl Iterator<Item = Options> {
    [Growth::Double, Growth::Fixed]
        .into_iter()
        .flat_map(|growth| {
            [(1, 0), (64, 0), (1024, 5000)].map(|(chunk_size, capacity)| Options {
                chunk_size,
                growth,
                capacity,
                ..Options::default()
            })
        })
}

/// Reads everything below the length again and again until told to stop.
fn watch(array: &RawArray, stop: &AtomicBool) {
    let mut longest = 0;
    while !stop.load(Ordering::Relaxed) {
        let len = array.len();
        assert!(len >= longest, "the length went back");
        for index in longest.saturating_sub(100)..len {
            untag(array.read(index).unwrap());
        }
        longest = len;
    }
}

#[test]
fn appends_lose_and_tear_nothing() {
    for options in layouts() {
        let array = RawArray::new(8, &options).unwrap();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| watch(&array, &stop));
            let writers: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let array = &array;
                    scope.spawn(move || {
                        for k in 0..EACH {
                            let index = array.push(tagged(thread, k)).unwrap();
                            assert_eq!(untag(array.read(index).unwrap()), (thread, k));
                        }
                    })
                })
                .collect();
            for writer in writers {
                writer.join().unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        });
        check_all(&array);
    }
}

/// Every thread's values are there, each once and in the thread's order.
fn check_all(array: &RawArray) {
    let mut next = [0; THREADS as usize];
    for index in 0..array.len() {
        let (thread, k) = untag(array.read(index).unwrap());
        assert_eq!(k, next[thread as usize], "of thread {thread}");
        next[thread as usize] += 1;
    }
    assert_eq!(next, [EACH; THREADS as usize]);
}

#[test]
fn an_extends_elements_are_adjacent() {
    for options in layouts() {
        let array = RawArray::new(8, &options).unwrap();
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let array = &array;
                scope.spawn(move || {
                    let mut k = 0;
                    while k < EACH {
                        let count = (k % 97 + 1).min(EACH - k);
                        let values: Vec<u64> = (k..k + count).map(|k| tagged(thread, k)).collect();
                        let range = array.extend(&values).unwrap();
                        for (index, &value) in range.clone().zip(&values) {
                            assert_eq!(array.read(index), Ok(value));
                        }
                        assert_eq!(range.len(), values.len());
                        k += count;
                    }
                });
            }
        });
        check_all(&array);
    }
}

#[test]
fn pops_and_pushes_keep_the_balance() {
    for options in layouts() {
        let array = RawArray::new(8, &options).unwrap();
        let popped = AtomicUsize::new(0);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (array, popped) = (&array, &popped);
                scope.spawn(move || {
                    for k in 0..EACH {
                        array.push(tagged(thread, k)).unwrap();
                        if k % 3 == 0 {
                            // Not empty: this thread has pushed more than it popped, and so has each other.
                            untag(array.pop().unwrap());
                            popped.fetch_add(1, Ordering::Relaxed);
                        }
                        if let Ok(value) = array.read(array.len() / 2) {
                            untag(value);
                        }
                    }
                });
            }
        });
        let pushed = (THREADS * EACH) as usize;
        assert_eq!(array.len(), pushed - popped.load(Ordering::Relaxed));
        for index in 0..array.len() {
            untag(array.read(index).unwrap());
        }
    }
}

#[test]
fn readers_that_race_with_truncations_read_values() {
    for options in layouts() {
        let array = RawArray::new(8, &options).unwrap();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let len = array.len();
                        for index in 0..len {
                            // SAFETY: the index lies below a length that this thread has seen.
                            untag(unsafe { array.load(index) });
                        }
                    }
                });
            }
            for round in 0..EACH / 50 {
                for k in 0..round % 500 {
                    array.push(tagged(1, k)).unwrap();
                }
                array.truncate((round % 100) as usize).unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}

#[test]
fn plain_appends_under_a_token_and_long_work_without_it() {
    for options in layouts() {
        let array = RawArray::new(8, &options).unwrap();
        let token = Mutex::new(());
        let stop = AtomicBool::new(false);
        let append = |value: u64| {
            loop {
                let held = token.lock().unwrap();
                // SAFETY: all threads here append plainly, and take the lock, under the token.
                if unsafe { array.push_plain(value) }.is_ok() {
                    return;
                }
                if let Some(exclusive) = array.try_lock_briefly() {
                    exclusive.push(value).unwrap();
                    return;
                }
                drop(held);
                array.wait_until_idle();
            }
        };
        let extend = |values: &[u64]| {
            loop {
                let held = token.lock().unwrap();
                if let Some(exclusive) = array.try_lock() {
                    drop(held);
                    exclusive.extend(values).unwrap();
                    return;
                }
                drop(held);
                array.wait_until_idle();
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| watch(&array, &stop));
            let writers: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (append, extend) = (&append, &extend);
                    scope.spawn(move || {
                        let mut k = 0;
                        while k < EACH {
                            if thread == 0 {
                                let count = (k % 97 + 1).min(EACH - k);
                                let values: Vec<u64> =
                                    (k..k + count).map(|k| tagged(thread, k)).collect();
                                extend(&values);
                                k += count;
                            } else {
                                append(tagged(thread, k));
                                k += 1;
                            }
                        }
                    })
                })
                .collect();
            for writer in writers {
                writer.join().unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        });
        check_all(&array);
    }
}

#[test]
fn a_shared_array_takes_no_plain_append() {
    let array = RawArray::new(8, &Options::default()).unwrap();
    array.push(1u64).unwrap();
    // SAFETY: there is one thread.
    assert!(unsafe { array.push_plain(2u64) }.is_ok());
    array.share();
    // SAFETY: as above.
    assert!(unsafe { array.push_plain(3u64) }.is_err());
    array.push(3u64).unwrap();
    // SAFETY: as above.
    assert!(unsafe { array.push_plain(4u64) }.is_err());
    assert_eq!(array.len(), 3);
}

#[test]
fn a_lock_sends_plain_appends_to_the_slow_path() {
    let array = RawArray::new(8, &Options::default()).unwrap();
    array.push(1u64).unwrap();
    let exclusive = array.lock();
    assert!(array.is_busy() && array.try_lock().is_none());
    // SAFETY: there is one thread.
    assert!(unsafe { array.push_plain(2u64) }.is_err());
    drop(exclusive);
    assert!(!array.is_busy());
    // SAFETY: as above.
    assert_eq!(unsafe { array.push_plain(2u64) }, Ok(1));
}

#[test]
fn eight_appenders_beside_failing_transactions() {
    for options in layouts() {
        let array = RawArray::new(8, &options).unwrap();
        let committed = Mutex::new(Vec::new());
        let each = EACH / 10;
        thread::scope(|scope| {
            for thread in 0..8 {
                let array = &array;
                scope.spawn(move || {
                    for k in 0..each {
                        array.push(tagged(thread, k)).unwrap();
                    }
                });
            }
            for thread in 8..10 {
                let (array, committed) = (&array, &committed);
                scope.spawn(move || {
                    for k in 0..each / 10 {
                        let depth = array.begin().unwrap();
                        let start = array.settled_end();
                        assert_eq!(array.push(tagged(thread, 2 * k)), Ok(start));
                        let inner = array.begin().unwrap();
                        array
                            .extend(&[tagged(thread, 1 << 20), tagged(thread, 1 << 21)])
                            .unwrap();
                        array.abort(inner).unwrap();
                        assert_eq!(array.push(tagged(thread, 2 * k + 1)), Ok(start + 1));
                        assert_eq!((array.end(), array.settled_end()), (start + 2, start));
                        if k % 3 == 0 {
                            array.abort(depth).unwrap();
                        } else {
                            array.commit(depth).unwrap();
                            committed.lock().unwrap().extend([2 * k, 2 * k + 1]);
                        }
                    }
                });
            }
        });
        // Every appended or committed value once, the appenders' in their order, nothing of the aborted ones.
        let mut next = [0; 8];
        let mut found = Vec::new();
        for position in array.live() {
            let (thread, k) = untag(array.read_at(position).unwrap());
            match next.get_mut(thread as usize) {
                Some(next) => {
                    assert_eq!(k, *next, "of thread {thread}");
                    *next += 1;
                }
                None => found.push(k),
            }
        }
        assert_eq!(next, [each; 8]);
        let mut committed = committed.into_inner().unwrap();
        committed.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, committed);
        assert!(!array.is_busy());
    }
}

/// Options that keep few elements, whose chunks are used again all the time.
fn keeping() -> impl Iterator<Item = Options> {
    [(1, 1, 0), (16, 40, 0), (64, 500, 100)]
        .map(|(chunk_size, keep, capacity)| Options {
            chunk_size,
            growth: Growth::Fixed,
            capacity,
            keep: Some(keep),
        })
        .into_iter()
}

#[test]
fn readers_by_position_read_that_element_or_learn_that_it_is_gone() {
    for options in keeping() {
        let array = RawArray::new(8, &options).unwrap();
        let stop = AtomicBool::new(false);
        // One writer, so that the value says at which position it lies.
        let value = |position: usize| tagged(1, position as u64 & 0x00ff_ffff);
        thread::scope(|scope| {
            for k in 0..3 {
                let (array, stop) = (&array, &stop);
                scope.spawn(move || {
                    let mut back = k;
                    while !stop.load(Ordering::Relaxed) {
                        let live = array.live();
                        assert!(live.start <= live.end);
                        // From the oldest ones on, which are about to be dropped.
                        back = (back + 7) % 50;
                        let position = live.start + back;
                        match array.read_at::<u64>(position) {
                            Ok(read) => assert_eq!(read, value(position)),
                            Err(Error::Dropped { .. } | Error::Gone { .. }) => {}
                            Err(other) => panic!("{other}"),
                        }
                        if let Ok(read) = array.read::<u64>(0) {
                            untag(read);
                        }
                        for chunk in array.chunks() {
                            // SAFETY: the chunk has at least one element, which may be written meanwhile.
                            let first = unsafe { array_word(chunk.pointer().as_ptr()) };
                            assert_eq!(first, value(chunk.start), "chunk at {}", chunk.start);
                        }
                    }
                });
            }
            let mut position = 0;
            while position < EACH as usize {
                if position % 10 == 0 {
                    let values: Vec<u64> = (position..position + 5).map(value).collect();
                    array.extend(&values).unwrap();
                    position += 5;
                } else {
                    array.push(value(position)).unwrap();
                    position += 1;
                }
                if position % 97 == 0 {
                    array.drop_front(position % 7).unwrap();
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}

/// # Safety
/// `at` is the address of an element of 8 bytes.
unsafe fn array_word(at: *mut u8) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { std::sync::atomic::AtomicU64::from_ptr(at.cast()).load(Ordering::Relaxed) }
}

#[test]
fn who_waits_is_told() {
    for (shared, growth) in [(false, Growth::Double), (true, Growth::Fixed)] {
        let options = Options {
            chunk_size: 16,
            growth,
            ..Options::default()
        };
        let array = RawArray::new(8, &options).unwrap();
        if shared {
            array.share();
        }
        let token = Mutex::new(());
        let (told, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let note = || {
            if array.take_due() {
                told.fetch_add(1, Ordering::SeqCst);
            }
        };
        thread::scope(|scope| {
            let (array, token, told, done, note) = (&array, &token, &told, &done, &note);
            // The waiter asks for the next but one element, and is told each time.
            scope.spawn(move || {
                let mut waited = 0;
                while waited < EACH / 500 {
                    let seen = told.load(Ordering::SeqCst);
                    let wanted = array.settled_end() + 2;
                    let held = token.lock().unwrap();
                    let there = array.watch(wanted).unwrap();
                    drop(held);
                    if there {
                        continue;
                    }
                    while told.load(Ordering::SeqCst) == seen {
                        thread::yield_now();
                    }
                    assert!(array.settled_end() >= wanted);
                    waited += 1;
                }
                done.store(true, Ordering::SeqCst);
            });
            scope.spawn(move || {
                while !done.load(Ordering::SeqCst) {
                    let end = array.end();
                    if end % 50 == 49 {
                        let depth = array.begin().unwrap();
                        array.push(1u64).unwrap();
                        array.push(2u64).unwrap();
                        if end % 100 == 99 {
                            array.abort(depth).unwrap();
                            array.push(3u64).unwrap();
                        } else {
                            array.commit(depth).unwrap();
                        }
                    } else if end % 7 == 3 {
                        let held = token.lock().unwrap();
                        array.extend(&[1u64, 2]).unwrap();
                        drop(held);
                    } else {
                        let held = token.lock().unwrap();
                        // SAFETY: who appends plainly or takes the lock holds the token; the transactions above are
                        // of the thread that appends.
                        if shared || unsafe { array.push_plain(1u64) }.is_err() {
                            array.push(1u64).unwrap();
                        }
                        drop(held);
                    }
                    note();
                }
            });
        });
    }
}
