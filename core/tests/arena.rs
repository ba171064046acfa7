//! The arena against a simple model: a list of pieces, and what each must still hold.

use std::sync::Arc;

use chunkarray_core::{
    Arena, ArenaMark, ArenaOptions, ArenaSlice, Error, Growth, Options, RawArray,
};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Push {
        bytes: usize,
        alignment: usize,
    },
    Save,
    /// Rewinds to a mark, of which there are so many.
    Rewind(usize),
    Array {
        chunk_size: usize,
        elements: u64,
    },
    Append {
        array: usize,
        elements: u64,
    },
    DropArray(usize),
    Reset,
    Shrink,
    /// Writes over an old piece, as who kept it may.
    Scribble(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let sizes = prop_oneof![4 => 0..40usize, 4 => 0..3000usize, 1 => Just(200_000usize)];
    let step = prop_oneof![
        6 => (sizes, 0..8u32).prop_map(|(bytes, log)| Step::Push { bytes, alignment: 1 << log }),
        3 => Just(Step::Save),
        2 => (0..4usize).prop_map(Step::Rewind),
        2 => (0..7u32, 0..300u64).prop_map(|(log, elements)| Step::Array { chunk_size: 1 << log, elements }),
        2 => (0..4usize, 0..300u64).prop_map(|(array, elements)| Step::Append { array, elements }),
        2 => (0..4usize).prop_map(Step::DropArray),
        1 => Just(Step::Reset),
        1 => Just(Step::Shrink),
        2 => (0..50usize).prop_map(Step::Scribble),
    ];
    vec(step, 0..80)
}

#[derive(Default)]
struct Model {
    /// Pieces that were not rewound, each with the byte that it is full of.
    pieces: Vec<(ArenaSlice, u8)>,
    /// Pieces that were, of which only the memory is promised.
    old: Vec<ArenaSlice>,
    /// Marks, the number of pieces then, and of the arrays' chunks.
    marks: Vec<(ArenaMark, usize, usize)>,
    /// Arrays with the number of the first one's place among all chunks that arrays took.
    arrays: Vec<(RawArray, Vec<u64>)>,
    gone: Vec<ArenaMark>,
}

/// How many chunks of arrays were made so far: what is above a mark is what was made after it.
fn chunks_of(arrays: &[(RawArray, Vec<u64>)]) -> usize {
    arrays
        .iter()
        .map(|(array, _)| array.chunk_count())
        .sum::<usize>()
}

fn run(options: ArenaOptions, steps: Vec<Step>) {
    let arena = Arena::new(&options).unwrap();
    let mut model = Model::default();
    let mut fill = 0u8;
    for step in steps {
        match step {
            Step::Push { bytes, alignment } => {
                fill = fill.wrapping_add(1);
                let before = arena.used();
                let slice = arena.room(bytes, alignment).unwrap();
                // SAFETY: room for so many bytes.
                unsafe { slice.pointer.as_ptr().write_bytes(fill, bytes) };
                assert!(slice.pointer.as_ptr().addr().is_multiple_of(alignment));
                assert!(arena.used() >= before + bytes);
                model.pieces.push((slice, fill));
            }
            Step::Save => {
                let mark = arena.save().unwrap();
                model
                    .marks
                    .push((mark, model.pieces.len(), chunks_of(&model.arrays)));
            }
            Step::Rewind(k) => {
                if k >= model.marks.len() {
                    continue;
                }
                let (mark, pieces, _) = model.marks[k];
                match arena.rewind(&mark) {
                    Ok(()) => {
                        model
                            .old
                            .extend(model.pieces.drain(pieces..).map(|(slice, _)| slice));
                        let gone = model.marks.drain(k + 1..).map(|(mark, ..)| mark);
                        model.gone.extend(gone.filter(|other| *other != mark));
                    }
                    Err(Error::ArenaInUse { chunks }) => {
                        assert!((1..=chunks_of(&model.arrays)).contains(&chunks));
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            Step::Array {
                chunk_size,
                elements,
            } => {
                let options = Options {
                    chunk_size,
                    ..Options::default()
                };
                let array = RawArray::new_in(8, &options, Some(arena.clone())).unwrap();
                let values: Vec<u64> = (0..elements).collect();
                array.extend(&values).unwrap();
                model.arrays.push((array, values));
            }
            Step::Append { array, elements } => {
                if let Some((array, values)) = model.arrays.get_mut(array) {
                    let more: Vec<u64> = (0..elements).collect();
                    array.extend(&more).unwrap();
                    values.extend(more);
                }
            }
            Step::DropArray(k) => {
                if k < model.arrays.len() {
                    model.arrays.remove(k);
                }
            }
            Step::Reset => match arena.reset() {
                Ok(()) => {
                    assert_eq!(chunks_of(&model.arrays), 0);
                    assert_eq!(arena.used(), 0);
                    model
                        .old
                        .extend(model.pieces.drain(..).map(|(slice, _)| slice));
                    model
                        .gone
                        .extend(model.marks.drain(..).map(|(mark, ..)| mark));
                }
                Err(error) => {
                    let chunks = chunks_of(&model.arrays);
                    assert_eq!(error, Error::ArenaInUse { chunks });
                }
            },
            Step::Shrink => arena.shrink(),
            Step::Scribble(k) => {
                // Old pieces may lie where newer ones are, so nothing is known of those afterwards.
                if let Some(slice) = model.old.get(k) {
                    // SAFETY: the slice keeps its memory.
                    unsafe { slice.pointer.as_ptr().write_bytes(0xFF, slice.len) };
                    let (from, to) = range(slice);
                    model
                        .pieces
                        .retain(|(piece, _)| range(piece).0 >= to || range(piece).1 <= from);
                    // Marks count pieces.
                    let left = model.pieces.len();
                    model
                        .marks
                        .iter_mut()
                        .for_each(|mark| mark.1 = mark.1.min(left));
                }
            }
        }
        for (slice, fill) in &model.pieces {
            // SAFETY: written above, and nobody writes there now.
            assert!(unsafe { slice.as_slice() } == vec![*fill; slice.len]);
        }
        for (array, values) in &model.arrays {
            let found: Vec<u64> = (0..array.len()).map(|i| array.read(i).unwrap()).collect();
            assert_eq!(&found, values);
        }
        for mark in &model.gone {
            assert_eq!(arena.rewind(mark), Err(Error::MarkGone));
        }
        assert!(arena.used() <= arena.capacity());
        assert!(arena.committed_bytes() <= arena.capacity() + arena.chunk_count() * 8192);
    }
    model.arrays.clear();
    arena.close().unwrap();
    assert_eq!((arena.used(), arena.committed_bytes()), (0, 0));
    for slice in model.old.iter().chain(model.pieces.iter().map(|(s, _)| s)) {
        // SAFETY: the slice keeps its memory.
        unsafe { slice.pointer.as_ptr().write_bytes(1, slice.len) };
    }
}

fn range(slice: &ArenaSlice) -> (usize, usize) {
    let start = slice.pointer.as_ptr().addr();
    (start, start + slice.len)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn behaves_as_the_model(steps in steps(), log in 6..14u32, fixed: bool) {
        let growth = if fixed { Growth::Fixed } else { Growth::Double };
        run(ArenaOptions { chunk_size: 1 << log, growth, ..ArenaOptions::default() }, steps);
    }
}

fn small() -> Arc<Arena> {
    let options = ArenaOptions {
        chunk_size: 4096,
        ..ArenaOptions::default()
    };
    Arena::new(&options).unwrap()
}

#[test]
fn an_old_piece_cannot_reach_an_arrays_header() {
    let arena = small();
    let mark = arena.save().unwrap();
    let old = arena.push(&[1; 1000]).unwrap();
    arena.rewind(&mark).unwrap();
    let options = Options {
        chunk_size: 16,
        ..Options::default()
    };
    let array = RawArray::new_in(8, &options, Some(arena.clone())).unwrap();
    array.push(7u64).unwrap();
    // SAFETY: the slice keeps its memory.
    unsafe { old.pointer.as_ptr().write_bytes(0xFF, old.len) };
    assert_eq!(array.read::<u64>(0).unwrap(), 7);
    assert_eq!(array.chunks().next().unwrap().block.references(), 2);
    drop(array);
    // Where nobody has the piece any more, its place is used again.
    arena.rewind(&mark).unwrap();
    drop(old);
    let array = RawArray::new_in(8, &options, Some(arena.clone())).unwrap();
    array.push(7u64).unwrap();
    assert!(arena.used() < 300);
}

#[test]
fn an_array_outlives_the_last_handle_of_its_arena() {
    let arena = small();
    let array = RawArray::new_in(8, &Options::default(), Some(arena.clone())).unwrap();
    array.push(1u64).unwrap();
    drop(arena);
    array.extend(&[2u64; 100_000]).unwrap();
    let chunk = array.chunks().next().unwrap();
    drop(array);
    // SAFETY: the chunk keeps its memory, which nobody writes to.
    assert_eq!(unsafe { chunk.pointer().cast::<u64>().read() }, 1);
}

#[test]
fn views_of_an_array_keep_an_arena_from_being_rewound() {
    let arena = small();
    let mark = arena.save().unwrap();
    let array = RawArray::new_in(8, &Options::default(), Some(arena.clone())).unwrap();
    array.push(1u64).unwrap();
    let chunk = array.chunks().next().unwrap();
    drop(array);
    assert_eq!(arena.rewind(&mark), Err(Error::ArenaInUse { chunks: 1 }));
    assert_eq!(arena.close(), Err(Error::ArenaInUse { chunks: 1 }));
    drop(chunk);
    arena.rewind(&mark).unwrap();
    arena.close().unwrap();
    arena.close().unwrap();
    arena.reset().unwrap();
    arena.shrink();
    assert_eq!(arena.save(), Err(Error::ArenaClosed));
    assert_eq!(arena.rewind(&mark), Err(Error::ArenaClosed));
}

#[test]
fn an_array_below_the_mark_stays() {
    let arena = small();
    let array = RawArray::new_in(8, &Options::default(), Some(arena.clone())).unwrap();
    array.push(1u64).unwrap();
    let mark = arena.save().unwrap();
    arena.push(&[1; 100_000]).unwrap();
    arena.rewind(&mark).unwrap();
    assert_eq!(array.read::<u64>(0).unwrap(), 1);
}

#[test]
fn what_no_memory_has() {
    let arena = small();
    arena.push(b"abc").unwrap();
    let before = (arena.used(), arena.capacity(), arena.chunk_count());
    for (bytes, alignment) in [
        (usize::MAX, 1),
        (isize::MAX as usize, 1),
        (isize::MAX as usize - 4096, 1 << 62),
        (1, 1 << 63),
        (1 << 62, 1),
    ] {
        let error = arena.room(bytes, alignment).unwrap_err();
        assert!(error.is_memory(), "{error}");
    }
    assert_eq!(
        arena.room(1, 0).unwrap_err(),
        Error::BadAlignment { given: 0 }
    );
    assert_eq!(
        (arena.used(), arena.capacity(), arena.chunk_count()),
        before
    );
}

#[test]
fn marks_of_another_arena() {
    let (one, other) = (small(), small());
    assert_eq!(one.rewind(&other.save().unwrap()), Err(Error::ForeignMark));
}

#[test]
fn a_rewinding_loop_takes_no_more_memory() {
    let arena = small();
    let mut most = 0;
    for k in 0..1000 {
        let mark = arena.save().unwrap();
        for size in [10, 5000, 100, 70_000, 1_500_000] {
            arena.push(&vec![1; size + k]).unwrap();
        }
        arena.rewind(&mark).unwrap();
        if k == 10 {
            most = arena.committed_bytes();
        }
    }
    assert!(arena.committed_bytes() <= most + (1 << 20));
    assert_eq!(arena.used(), 0);
}

#[test]
fn many_threads_push_and_make_arrays() {
    let arena = Arena::new(&ArenaOptions::default()).unwrap();
    let threads: Vec<_> = (0..8u8)
        .map(|number| {
            let arena = arena.clone();
            std::thread::spawn(move || {
                let options = Options {
                    chunk_size: 16,
                    ..Options::default()
                };
                let array = RawArray::new_in(1, &options, Some(arena.clone())).unwrap();
                let mut pieces = Vec::new();
                for k in 0..500 {
                    pieces.push(arena.push(&vec![number; k % 97]).unwrap());
                    array.push(number).unwrap();
                    // Some other thread's array is above nearly always.
                    let _ = arena.used();
                }
                for piece in &pieces {
                    // SAFETY: nobody writes to it.
                    let bytes = unsafe { piece.as_slice() };
                    assert!(bytes.iter().all(|&byte| byte == number));
                }
                assert!((0..500).all(|k| array.read::<u8>(k) == Ok(number)));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    arena.reset().unwrap();
}

#[test]
fn threads_that_rewind_beside_threads_with_arrays() {
    let arena = small();
    let bottom = arena.save().unwrap();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let rewinder = {
        let (arena, stop) = (arena.clone(), stop.clone());
        std::thread::spawn(move || {
            let (mut done, mut refused) = (0, 0);
            while !stop.load(std::sync::atomic::Ordering::Relaxed) || done == 0 {
                match arena.rewind(&bottom) {
                    Ok(()) => done += 1,
                    Err(Error::ArenaInUse { .. }) => refused += 1,
                    Err(other) => panic!("{other}"),
                }
            }
            (done, refused)
        })
    };
    let threads: Vec<_> = (0..3u64)
        .map(|number| {
            let arena = arena.clone();
            std::thread::spawn(move || {
                for round in 0..2000 {
                    let options = Options {
                        chunk_size: 4,
                        ..Options::default()
                    };
                    let array = RawArray::new_in(8, &options, Some(arena.clone())).unwrap();
                    for k in 0..20 {
                        array.push(number + k + round).unwrap();
                        let piece = arena.room(40, 8).unwrap();
                        // SAFETY: room for so many bytes; what is rewound meanwhile stays memory.
                        unsafe { piece.pointer.as_ptr().write_bytes(0xFF, 40) };
                    }
                    for k in 0..20 {
                        assert_eq!(array.read::<u64>(k as usize), Ok(number + k + round));
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let (done, _) = rewinder.join().unwrap();
    assert!(done > 0);
}
