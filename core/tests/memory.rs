//! What arrays take from the system, and what happens when it refuses. Each case runs in a process of its own, since
//! limits and resident memory are a process's.
#![cfg(target_os = "linux")]

use std::process::Command;

use chunkarray_core::{Error, Growth, Options, RawArray};

/// Runs `case` in a child process: this same test again, told so by a variable.
fn in_child(name: &str, case: fn()) {
    const TOLD: &str = "CHUNKARRAY_TEST_CHILD";
    if std::env::var_os(TOLD).is_some() {
        return case();
    }
    let program = std::env::current_exe().unwrap();
    let child = Command::new(program)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(TOLD, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&child.stdout);
    let failed = String::from_utf8_lossy(&child.stderr);
    assert!(
        child.status.success(),
        "{}\n{printed}\n{failed}",
        child.status
    );
    assert!(
        printed.contains("1 passed"),
        "the child ran no test: {printed}"
    );
}

/// Bytes of address space and of resident memory that this process has.
fn sizes() -> (usize, usize) {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let mut pages = text
        .split(' ')
        .map(|field| field.parse::<usize>().unwrap() * 4096);
    (pages.next().unwrap(), pages.next().unwrap())
}

fn resident() -> usize {
    sizes().1
}

/// Lets this process have `more` bytes of address space than it has.
fn limit_address_space(more: usize) {
    let limit = (sizes().0 + more) as libc::rlim_t;
    let limit = libc::rlimit {
        rlim_cur: limit,
        rlim_max: limit,
    };
    // SAFETY: the struct is read during the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
}

#[test]
fn ten_million_floats_take_eighty_one_megabytes() {
    in_child("ten_million_floats_take_eighty_one_megabytes", || {
        for growth in [Growth::Double, Growth::Fixed] {
            let before = resident();
            let array = RawArray::new(
                8,
                &Options {
                    growth,
                    ..Options::default()
                },
            )
            .unwrap();
            let count = 10_000_000;
            // Single pushes throughout take their time in a debug build.
            let pushed = if cfg!(debug_assertions) {
                count / 10
            } else {
                count
            };
            for k in 0..pushed {
                array.push(k as f64).unwrap();
            }
            let piece = [0.5; 1000];
            while array.len() < count {
                array.extend(&piece).unwrap();
            }
            let taken = (resident() - before) as f64 / count as f64;
            let held = array.committed_bytes() as f64 / count as f64;
            assert!(
                (8.0..=8.1).contains(&held),
                "{growth:?}: {held} bytes an element are held"
            );
            assert!(
                taken <= 8.2,
                "{growth:?}: {taken} bytes an element are resident"
            );
            assert!(
                growth == Growth::Fixed || taken <= 8.1,
                "{taken} bytes an element are resident"
            );
        }
    });
}

#[test]
fn capacity_costs_nothing_until_it_is_used() {
    in_child("capacity_costs_nothing_until_it_is_used", || {
        let before = resident();
        let options = Options {
            capacity: 1_000_000_000,
            ..Options::default()
        };
        let array = RawArray::new(8, &options).unwrap();
        assert!(array.committed_bytes() <= 1 << 16);
        for k in 0..300_000u64 {
            array.push(k).unwrap();
        }
        assert!(array.is_contiguous());
        assert_eq!(array.chunk_count(), 1);
        assert!(resident() - before < 4 << 20);
        assert!(array.committed_bytes() < 3 << 20);
    });
}

#[test]
fn memory_goes_back_with_the_last_reference() {
    in_child("memory_goes_back_with_the_last_reference", || {
        let before = resident();
        let array = RawArray::new(8, &Options::default()).unwrap();
        array.extend(&vec![1u64; 4 << 20]).unwrap();
        let chunk = array.chunks().last().unwrap();
        drop(array);
        let kept = resident() - before;
        assert!(
            (15 << 20..18 << 20).contains(&kept),
            "a view kept {kept} bytes"
        );
        assert_eq!(chunk.block.references(), 1);
        std::thread::spawn(move || drop(chunk)).join().unwrap();
        assert!(resident() - before < 1 << 20);
    });
}

/// Fills an array until the system refuses; checks that the refusal changed nothing, and that the array still works.
fn fill_until_refused(growth: Growth, capacity: usize, chunk_size: usize) {
    // More than there will be, so that an extend gets some chunks before one is refused.
    let many = vec![0u64; 8 << 20];
    limit_address_space(48 << 20);
    let array = RawArray::new(
        8,
        &Options {
            growth,
            capacity,
            chunk_size,
            ..Options::default()
        },
    )
    .unwrap();
    let mut count = 0u64;
    let refused = loop {
        match array.push(count) {
            Ok(index) => assert_eq!(index as u64, count),
            Err(refused) => break refused,
        }
        count += 1;
    };
    assert!(refused.is_memory(), "{refused}");
    let before = (
        array.len(),
        array.arena_capacity(),
        array.committed_bytes(),
        array.chunk_count(),
    );
    assert_eq!(before.0 as u64, count);
    assert!(array.extend(&many).unwrap_err().is_memory());
    assert!(array.reserve(1 << 40).unwrap_err().is_memory());
    assert!(array.reserve(usize::MAX).unwrap_err().is_memory());
    let after = (
        array.len(),
        array.arena_capacity(),
        array.committed_bytes(),
        array.chunk_count(),
    );
    assert_eq!(after, before);
    for index in 0..array.len() {
        assert_eq!(array.read::<u64>(index), Ok(index as u64));
    }
    assert!(
        count > 100_000,
        "the limit left room for {count} elements only"
    );
    array.truncate(10).unwrap();
    assert_eq!(array.push(10u64), Ok(10));
    assert_eq!(array.pop::<u64>(), Ok(10));
}

#[test]
fn refused_memory_changes_nothing_in_doubling_chunks() {
    in_child("refused_memory_changes_nothing_in_doubling_chunks", || {
        fill_until_refused(Growth::Double, 0, 1024);
    });
}

#[test]
fn refused_memory_changes_nothing_in_small_chunks() {
    in_child("refused_memory_changes_nothing_in_small_chunks", || {
        fill_until_refused(Growth::Fixed, 0, 1024);
    });
}

#[test]
fn refused_memory_changes_nothing_in_large_chunks() {
    in_child("refused_memory_changes_nothing_in_large_chunks", || {
        fill_until_refused(Growth::Fixed, 0, 1 << 18);
    });
}

#[test]
fn refused_memory_changes_nothing_behind_a_region() {
    in_child("refused_memory_changes_nothing_behind_a_region", || {
        fill_until_refused(Growth::Double, 1 << 20, 4);
    });
}

#[test]
fn refused_capacity_is_an_error() {
    in_child("refused_capacity_is_an_error", || {
        limit_address_space(64 << 20);
        let options = Options {
            capacity: 1 << 27,
            ..Options::default()
        };
        let bytes = match RawArray::new(8, &options).unwrap_err() {
            Error::OutOfMemory { bytes } => bytes,
            other => panic!("{other}"),
        };
        assert!(bytes >= 1 << 30);
    });
}

#[test]
fn sizes_that_overflow_are_errors() {
    let sizes = [1, 2, 3, 8, 12, 1 << 20, isize::MAX as usize];
    let counts = [
        1usize << 62,
        1 << 63,
        (1 << 60) + 1,
        usize::MAX,
        isize::MAX as usize,
        usize::MAX / 8,
    ];
    for element_size in sizes {
        for count in counts {
            let capacity = Options {
                capacity: count,
                ..Options::default()
            };
            let refused = RawArray::new(element_size, &capacity)
                .map(|array| array.len())
                .unwrap_err();
            assert!(refused.is_memory(), "{refused}");
            if let Ok(array) = RawArray::new(element_size, &Options::default()) {
                assert!(array.reserve(count).unwrap_err().is_memory());
                assert_eq!((array.len(), array.arena_capacity()), (0, 0));
                assert!(
                    array.committed_bytes() <= 512,
                    "more than the table is held"
                );
            }
            if count.is_power_of_two() {
                for growth in [Growth::Double, Growth::Fixed] {
                    let options = Options {
                        chunk_size: count,
                        growth,
                        capacity: 0,
                        ..Options::default()
                    };
                    // What is refused only when the first chunk is made is refused then.
                    let refused = RawArray::new(element_size, &options)
                        .and_then(|array| array.push_bytes(&vec![0; element_size.min(1 << 20)]));
                    assert!(refused.is_err());
                }
            }
        }
    }
}

#[test]
fn bad_options_are_errors() {
    let new = |element_size, chunk_size| {
        RawArray::new(
            element_size,
            &Options {
                chunk_size,
                ..Options::default()
            },
        )
        .err()
    };
    assert_eq!(new(0, 1024), Some(Error::BadElementSize { given: 0 }));
    assert_eq!(new(8, 0), Some(Error::BadChunkSize { given: 0 }));
    assert_eq!(new(8, 1000), Some(Error::BadChunkSize { given: 1000 }));
    assert_eq!(new(8, 1), None);
}

#[test]
fn wrong_sizes_are_errors() {
    let array = RawArray::new(8, &Options::default()).unwrap();
    array.push(1u64).unwrap();
    let mismatch = Error::SizeMismatch {
        given: 4,
        element_size: 8,
    };
    assert_eq!(array.push(1u32), Err(mismatch));
    assert_eq!(array.read::<u32>(0), Err(mismatch));
    assert_eq!(array.write(0, 1u32), Err(mismatch));
    assert_eq!(array.pop::<u32>(), Err(mismatch));
    assert_eq!(array.extend(&[1u32, 2]), Err(mismatch));
    assert_eq!(array.push_bytes(&[0; 4]), Err(mismatch));
    assert_eq!(array.read_bytes(0, &mut [0; 4]), Err(mismatch));
    assert_eq!(array.write_bytes(0, &[0; 4]), Err(mismatch));
    assert_eq!(array.pop_bytes(&mut [0; 4]), Err(mismatch));
    let ragged = Error::RaggedBytes {
        given: 12,
        element_size: 8,
    };
    assert_eq!(array.extend_from_bytes(&[0; 12]), Err(ragged));
    assert_eq!((array.len(), array.read::<u64>(0)), (1, Ok(1)));
}

#[test]
fn an_empty_array_is_small() {
    assert!(size_of::<RawArray>() <= 168, "{}", size_of::<RawArray>());
    let array = RawArray::new(8, &Options::default()).unwrap();
    assert_eq!(
        (
            array.committed_bytes(),
            array.arena_capacity(),
            array.chunk_count()
        ),
        (0, 0, 0)
    );
}

#[test]
fn released_chunks_go_but_for_those_that_a_view_keeps() {
    for growth in [Growth::Double, Growth::Fixed] {
        for capacity in [0, 3, 1 << 20] {
            let options = Options {
                chunk_size: 4,
                growth,
                capacity,
                ..Options::default()
            };
            let array = RawArray::new(8, &options).unwrap();
            array.extend(&(0..1000u64).collect::<Vec<_>>()).unwrap();
            let view = array.chunks().last().unwrap();
            array.clear().unwrap();
            // SAFETY: this thread alone uses the array, and reads only what a block keeps.
            unsafe { array.lock().shrink() }.unwrap();
            assert_eq!((array.len(), array.committed_bytes()), (0, 0));
            assert_eq!(array.read::<u64>(0).ok(), None);
            // SAFETY: the view's block keeps its elements, the first of which is `start`.
            let first = unsafe { view.pointer().cast::<u64>().read() };
            assert_eq!(first, view.start as u64);
            assert_eq!(array.push(7u64), Ok(0), "and the array is as new");
            assert_eq!(array.read(0), Ok(7u64));
        }
    }
}

#[test]
fn memory_stays_flat_while_an_array_keeps_the_newest() {
    in_child("memory_stays_flat_while_an_array_keeps_the_newest", || {
        let keep = 1_000_000;
        let options = Options {
            growth: Growth::Fixed,
            keep: Some(keep),
            ..Options::default()
        };
        let array = RawArray::new(8, &options).unwrap();
        let piece = vec![0u64; 1000];
        let fill = |count: usize| {
            let end = array.end() + count;
            while array.end() < end {
                array.extend(&piece).unwrap();
                for k in 0..24u64 {
                    array.push(k).unwrap();
                }
                assert!((keep..keep + 2048).contains(&array.len()) || array.end() < keep + 2048);
            }
        };
        fill(2 * keep);
        let (before, held) = (resident(), array.committed_bytes());
        // An hour's worth of a thousand times as many would be the same.
        fill(if cfg!(debug_assertions) { 10 } else { 100 } * keep);
        let grown = resident().saturating_sub(before);
        assert!(grown < 1 << 18, "{grown} bytes more are resident");
        assert_eq!(array.committed_bytes(), held);
        assert!(held < 8_200_000, "{held} bytes for a million elements");
    });
}

#[test]
fn chunks_that_views_hold_are_used_again_when_the_views_have_gone() {
    let options = Options {
        chunk_size: 16,
        growth: Growth::Fixed,
        keep: Some(64),
        ..Options::default()
    };
    let array = RawArray::new(8, &options).unwrap();
    let fill = |count: usize| {
        for k in 0..count {
            array.push(k as u64).unwrap();
        }
    };
    fill(1000);
    let views: Vec<_> = array.chunks().collect();
    fill(1000);
    let held = array.committed_bytes();
    drop(views);
    fill(10_000);
    assert_eq!(array.committed_bytes(), held, "nothing new was taken");
    // SAFETY: this thread alone uses the array.
    unsafe { array.lock().shrink() }.unwrap();
    assert!(array.committed_bytes() < held);
    fill(10_000);
    assert!(array.committed_bytes() <= held);
}

#[test]
fn what_is_dropped_of_doubling_chunks_goes_back() {
    in_child("what_is_dropped_of_doubling_chunks_goes_back", || {
        let array = RawArray::new(8, &Options::default()).unwrap();
        let count = 4 << 20;
        array.extend(&vec![1u64; count]).unwrap();
        let view = array.chunks().nth(10).unwrap();
        let (before, held) = (resident(), array.committed_bytes());
        array.drop_front(count / 2).unwrap();
        let expected = 8 * (count / 2 - view.capacity - (1 << 17));
        assert!(before - resident() >= expected);
        assert!(held - array.committed_bytes() >= expected);
        // SAFETY: the view keeps its elements.
        assert_eq!(unsafe { view.pointer().cast::<u64>().read() }, 1);
        assert_eq!(array.read::<u64>(0), Ok(1));
        // The chunk that the view holds goes back with a later drop.
        let kept = view.capacity * 8;
        drop(view);
        let held = array.committed_bytes();
        array.drop_front(1).unwrap();
        assert!(held - array.committed_bytes() >= kept);
    });
}

#[test]
fn shrinking_gives_back_what_no_element_needs() {
    in_child("shrinking_gives_back_what_no_element_needs", || {
        for growth in [Growth::Double, Growth::Fixed] {
            for (chunk_size, capacity) in [(1024, 0), (1 << 18, 0), (1024, 8 << 20)] {
                let options = Options {
                    chunk_size,
                    growth,
                    capacity,
                    ..Options::default()
                };
                let array = RawArray::new(8, &options).unwrap();
                let values: Vec<u64> = (0..4 << 20).collect();
                array.extend(&values).unwrap();
                array.truncate(1 << 20).unwrap();
                array.drop_front((1 << 20) - 1000).unwrap();
                // SAFETY: this thread alone uses the array.
                unsafe { array.lock().shrink() }.unwrap();
                let held = array.committed_bytes();
                let needed = array
                    .chunks()
                    .map(|chunk| chunk.block.size())
                    .sum::<usize>();
                assert!(
                    held <= needed + (1 << 17),
                    "{held} bytes, {needed} are needed"
                );
                let first = array.first();
                for index in 0..1000 {
                    assert_eq!(array.read(index), Ok((first + index) as u64));
                }
                for k in 0..300_000u64 {
                    let position = array.push(k).unwrap();
                    assert_eq!(array.read_at(position), Ok(k));
                }
                array.clear().unwrap();
                // SAFETY: as above.
                unsafe { array.lock().shrink() }.unwrap();
                assert_eq!((array.committed_bytes(), array.arena_capacity()), (0, 0));
                assert_eq!(array.push(5u64), Ok(first));
            }
        }
    });
}

#[test]
fn options_that_keep_too_little_are_errors() {
    let options = Options {
        keep: Some(1023),
        growth: Growth::Fixed,
        ..Options::default()
    };
    let small = Error::KeepTooSmall {
        keep: 1023,
        chunk_size: 1024,
    };
    assert_eq!(RawArray::new(8, &options).err(), Some(small));
    let doubling = Options {
        growth: Growth::Double,
        ..options
    };
    assert_eq!(
        RawArray::new(8, &doubling).err(),
        Some(Error::KeepNeedsFixed)
    );
}
