//! Appenders: who may do what while one is open, and what becomes of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use chunkarray_core::{Arena, ArenaOptions, ChunkArray, Error, Growth, Options, RawArray};

fn small(growth: Growth) -> RawArray {
    let options = Options {
        chunk_size: 4,
        growth,
        ..Options::default()
    };
    RawArray::new(8, &options).unwrap()
}

/// Puts as doors do: plainly where that goes.
fn put(array: &RawArray, value: u64) -> Result<usize, Error> {
    // SAFETY: the callers opened the appender in the same thread, and nobody else closes it.
    match unsafe { array.put_plain(value) } {
        Ok(position) => Ok(position),
        Err(_) => array.put(value),
    }
}

fn all(array: &RawArray) -> Vec<u64> {
    (0..array.len()).map(|k| array.read(k).unwrap()).collect()
}

#[test]
fn nothing_else_changes_the_end() {
    let array = small(Growth::Fixed);
    array.extend(&[1u64, 2, 3]).unwrap();
    let mark = array.save().unwrap();
    array.open_appender().unwrap();
    let open = Error::AppenderOpen;
    assert_eq!(array.open_appender(), Err(open));
    assert_eq!(array.push(4u64), Err(open));
    assert_eq!(array.push_bytes(&[0; 8]), Err(open));
    assert_eq!(array.extend(&[4u64]), Err(open));
    assert_eq!(array.extend::<u64>(&[]), Err(open));
    assert_eq!(array.pop::<u64>(), Err(open));
    assert_eq!(array.pop_bytes(&mut [0; 8]), Err(open));
    assert_eq!(array.truncate(1), Err(open));
    assert_eq!(array.truncate(100), Err(open));
    assert_eq!(array.clear(), Err(open));
    assert_eq!(array.rewind(mark), Err(open));
    assert_eq!(array.reset(), Err(open));
    assert_eq!(array.begin(), Err(open));
    assert_eq!(array.try_begin(), Err(open));
    assert_eq!(array.freeze(), Err(open));
    assert_eq!(array.close(), Err(open));
    // SAFETY: this thread alone has the array.
    unsafe {
        assert_eq!(array.push_plain(4u64).ok(), None);
        assert_eq!(array.lock().shrink(), Err(open));
        assert_eq!(array.lock().close_and_release(), Err(open));
    }
    assert_eq!(all(&array), [1, 2, 3], "and nothing happened");

    assert_eq!(put(&array, 4), Ok(3));
    array.write(0, 10u64).unwrap();
    array.reserve(100).unwrap();
    assert_eq!(array.save().unwrap().position(), 4);
    assert_eq!(array.drop_front(2), Ok(2));
    assert_eq!(put(&array, 5), Ok(4));
    assert_eq!(all(&array), [3, 4, 5]);

    array.close_appender().unwrap();
    assert_eq!(array.put(6u64), Err(Error::AppenderClosed));
    // SAFETY: this thread alone has the array.
    assert!(unsafe { array.put_plain(6u64) }.is_err());
    assert_eq!(array.push(6u64), Ok(5));
    assert_eq!(array.pop(), Ok(6u64));
}

#[test]
fn what_ended_for_good_has_no_appender() {
    let array = small(Growth::Double);
    array.freeze().unwrap();
    assert_eq!(array.open_appender(), Err(Error::Frozen));
    array.close().unwrap();
    assert_eq!(array.open_appender(), Err(Error::Closed));
    assert_eq!(array.begin(), Err(Error::Closed));
    assert_eq!(array.reserve(1), Err(Error::Closed));
    assert_eq!(array.freeze(), Err(Error::Closed));
    array.close().unwrap();
    array.clear().unwrap_err();
}

#[test]
fn a_full_tail_asks_for_the_next_one() {
    for growth in [Growth::Double, Growth::Fixed] {
        let array = small(growth);
        array.push(0u64).unwrap();
        array.open_appender().unwrap();
        for k in 1..1000 {
            assert_eq!(put(&array, k), Ok(k as usize));
            assert_eq!(array.len(), k as usize + 1, "seen at once");
        }
        array.close_appender().unwrap();
        array.push(1000u64).unwrap();
        assert_eq!(all(&array), (0..=1000).collect::<Vec<_>>());
    }
}

#[test]
fn memory_stays_bounded() {
    let options = Options {
        chunk_size: 16,
        growth: Growth::Fixed,
        keep: Some(64),
        ..Options::default()
    };
    let array = RawArray::new(8, &options).unwrap();
    array.open_appender().unwrap();
    for k in 0..10_000 {
        put(&array, k).unwrap();
        assert!(array.len() < 64 + 16);
    }
    assert!(array.committed_bytes() < 4096);
    assert_eq!(array.read_at(9_999), Ok(9_999u64));
}

#[test]
fn records_and_odd_sizes() {
    let array = RawArray::new(3, &Options::default()).unwrap();
    array.open_appender().unwrap();
    let wrong = Error::SizeMismatch {
        given: 4,
        element_size: 3,
    };
    assert_eq!(array.put(7u32), Err(wrong));
    assert_eq!(array.put_bytes(b"abcd"), Err(wrong));
    for k in 0..5000 {
        assert_eq!(array.put_bytes(b"abc"), Ok(k));
    }
    // SAFETY: this thread opened the appender, and an element has three bytes.
    assert_eq!(unsafe { array.put_plain(*b"xyz") }, Ok(5000));
    assert_eq!(array.read(5000), Ok(*b"xyz"));
}

#[test]
fn transactions_and_appenders_nest_one_way() {
    let array = small(Growth::Double);
    array.push(1u64).unwrap();
    let outer = array.begin().unwrap();
    array.push(2u64).unwrap();
    let inner = array.begin().unwrap();
    array.open_appender().unwrap();
    assert_eq!(array.begin(), Err(Error::AppenderOpen));
    for k in 3..20 {
        put(&array, k).unwrap();
    }
    assert_eq!((array.settled_end(), array.end()), (1, 19));
    assert_eq!(array.commit(inner), Err(Error::AppenderOpen));
    assert_eq!(array.end(), 19, "and the transaction goes on");
    put(&array, 20).unwrap();

    // Aborting closes it and takes back what was put.
    array.abort(inner).unwrap();
    assert!(!array.has_appender());
    assert_eq!(put(&array, 21), Err(Error::AppenderClosed));
    assert_eq!(all(&array), [1, 2]);

    array.open_appender().unwrap();
    put(&array, 3).unwrap();
    array.close_appender().unwrap();
    array.commit(outer).unwrap();
    assert_eq!(all(&array), [1, 2, 3]);
}

#[test]
fn it_belongs_to_its_thread() {
    let array = small(Growth::Double);
    array.open_appender().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(array.put(1u64), Err(Error::NotTheAppendersThread));
            assert_eq!(array.put_bytes(&[0; 8]), Err(Error::NotTheAppendersThread));
            assert_eq!(array.close_appender(), Err(Error::NotTheAppendersThread));
            assert_eq!(array.open_appender(), Err(Error::AppenderOpen));
        });
    });
    assert_eq!(put(&array, 1), Ok(0));
    thread::scope(|scope| {
        // SAFETY: this thread is not in put_plain meanwhile.
        scope.spawn(|| assert!(unsafe { array.abandon_appender() }));
    });
    // SAFETY: as above.
    assert!(!unsafe { array.abandon_appender() });
    assert_eq!(put(&array, 2), Err(Error::AppenderClosed));
    array.push(2u64).unwrap();
}

#[test]
fn a_watched_position_is_told() {
    let array = small(Growth::Double);
    array.open_appender().unwrap();
    for watched in [1, 3, 4, 5, 100, 101] {
        assert_eq!(array.watch(watched), Ok(false));
        while array.end() < watched {
            assert!(!array.take_due());
            put(&array, 7).unwrap();
        }
        assert!(array.take_due(), "{watched}");
    }
    // Within a transaction it is due when that ends.
    array.close_appender().unwrap();
    let depth = array.begin().unwrap();
    array.open_appender().unwrap();
    assert_eq!(array.watch(105), Ok(false));
    for k in 0..20 {
        put(&array, k).unwrap();
    }
    assert!(!array.take_due());
    array.close_appender().unwrap();
    assert!(!array.take_due());
    array.commit(depth).unwrap();
    assert!(array.take_due());
}

#[test]
fn a_shared_array_has_one_too() {
    let array = small(Growth::Double);
    array.open_appender().unwrap();
    array.export();
    for k in 0..100 {
        put(&array, k).unwrap();
    }
    array.close_appender().unwrap();
    array.push(100u64).unwrap();
    // SAFETY: this thread alone has the array.
    assert!(unsafe { array.push_plain(101u64) }.is_err());
    assert_eq!(all(&array), (0..=100).collect::<Vec<_>>());
}

#[test]
fn a_put_without_memory_changes_nothing() {
    let arena = Arena::new(&ArenaOptions::default()).unwrap();
    let array = RawArray::new_in(8, &Options::default(), Some(arena.clone())).unwrap();
    array.open_appender().unwrap();
    arena.close().unwrap();
    for _ in 0..2 {
        assert_eq!(put(&array, 1), Err(Error::ArenaClosed));
        assert!(array.is_empty());
    }
    array.close_appender().unwrap();
    assert_eq!(array.push(1u64), Err(Error::ArenaClosed));
}

/// A writer that puts, beside one that drops, watches and reserves, and one that reads.
#[test]
fn puts_beside_all_that_is_allowed() {
    const PUTS: u64 = if cfg!(miri) { 300 } else { 300_000 };
    for growth in [Growth::Double, Growth::Fixed] {
        let array = small(growth);
        array.open_appender().unwrap();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    array.drop_front(3).unwrap();
                    array.watch(array.end() + 1).unwrap();
                    array.reserve(5).unwrap();
                    array.take_due();
                    assert_eq!(array.push(0u64), Err(Error::AppenderOpen));
                }
            });
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    for position in array.live() {
                        match array.read_at::<u64>(position) {
                            Ok(value) => assert_eq!(value, position as u64),
                            Err(error) => assert!(matches!(error, Error::Dropped { .. })),
                        }
                    }
                }
            });
            for k in 0..PUTS {
                assert_eq!(put(&array, k), Ok(k as usize));
            }
            over.store(true, Ordering::Relaxed);
        });
        assert_eq!(array.end(), PUTS as usize);
        array.close_appender().unwrap();
    }
}

#[test]
fn a_guard_closes() {
    let array = ChunkArray::<u64>::new();
    {
        let mut appender = array.appender().unwrap();
        for k in 0..5000 {
            assert_eq!(appender.put(k), Ok(k as usize));
        }
        assert_eq!(array.push(1), Err(Error::AppenderOpen));
    }
    assert_eq!(array.push(5000), Ok(5000));
    assert!(array.iter().eq(0..=5000));
}

#[test]
fn a_guard_that_an_abort_closed_is_of_no_use() {
    let array = ChunkArray::<u64>::new();
    let depth = array.raw().begin().unwrap();
    let mut stale = array.appender().unwrap();
    stale.put(1).unwrap();
    array.raw().abort(depth).unwrap();
    assert_eq!(stale.put(2), Err(Error::AppenderClosed));
    let mut other = array.appender().unwrap();
    assert_eq!(stale.put(3), Err(Error::AppenderClosed));
    drop(stale);
    assert_eq!(other.put(4), Ok(0), "the other one is still open");
}
