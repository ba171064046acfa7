//! Positions, dropping, marks, transactions and freezing of typed arrays.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chunkarray_core::{ChunkArray, Error, Growth, Options};

fn fixed(chunk_size: usize, keep: Option<usize>) -> Options {
    Options {
        chunk_size,
        growth: Growth::Fixed,
        keep,
        ..Options::default()
    }
}

#[test]
fn positions_outlive_what_is_dropped() {
    let array = ChunkArray::with_options(&fixed(4, Some(8))).unwrap();
    for k in 0..1000u32 {
        assert_eq!(array.push(k), Ok(k as usize));
        assert!((8..12).contains(&array.len()) || k < 12);
        for position in array.positions() {
            assert_eq!(array.at(position), Ok(position as u32));
        }
    }
    let first = array.first();
    assert_eq!(array.get(0), Some(first as u32));
    let (position, end) = (1000, 1000);
    assert_eq!(array.at(position), Err(Error::Gone { position, end }));
}

#[test]
fn an_iterator_passes_over_what_is_dropped_meanwhile() {
    let array = ChunkArray::with_options(&fixed(4, None)).unwrap();
    array
        .extend_from_slice(&(0..20).collect::<Vec<u32>>())
        .unwrap();
    let mut iter = array.iter();
    assert_eq!(iter.by_ref().take(2).last(), Some(1));
    array.drop_front(10).unwrap();
    // The chunks of what was dropped hold new elements.
    array
        .extend_from_slice(&(20..40).collect::<Vec<u32>>())
        .unwrap();
    assert!(iter.eq(10..40));
}

#[test]
fn a_view_shows_what_its_chunk_held_when_it_was_dropped() {
    let array = ChunkArray::with_options(&fixed(4, None)).unwrap();
    array
        .extend_from_slice(&(0..20).collect::<Vec<u32>>())
        .unwrap();
    array.drop_front(6).unwrap();
    let view = array.chunks().next().unwrap();
    assert_eq!((view.start, view.len, view.capacity), (6, 2, 2));
    assert_eq!(view.pointer().cast(), array.address_of(0).unwrap());
    array.drop_front(14).unwrap();
    assert!(array.is_empty());
    array.extend_from_slice(&[7; 100]).unwrap();
    // SAFETY: the view holds two elements, which nobody writes any more.
    let shown = unsafe { std::slice::from_raw_parts(view.pointer().cast::<u32>().as_ptr(), 2) };
    assert_eq!(shown, [6, 7]);
}

#[test]
fn marks_of_other_arrays_and_below_a_cut_are_refused() {
    let (one, other) = (
        ChunkArray::from_iter([1u8, 2]),
        ChunkArray::from_iter([3u8]),
    );
    let (low, mark) = (one.save().unwrap(), other.save().unwrap());
    assert_eq!(one.rewind(mark), Err(Error::StaleMark));
    one.push(3).unwrap();
    let high = one.save().unwrap();
    one.push(4).unwrap();
    one.rewind(low).unwrap();
    one.extend_from_slice(&[5, 6, 7]).unwrap();
    assert_eq!(one.rewind(high), Err(Error::StaleMark));
    one.rewind(low).unwrap();
    assert_eq!((one.len(), other.len()), (2, 1));
    one.drop_front(1).unwrap();
    one.rewind(low).unwrap();
    one.pop().unwrap();
    assert_eq!(one.rewind(low), Err(Error::StaleMark));
}

#[test]
fn a_transaction_takes_back_what_failed() {
    let array = ChunkArray::from_iter([1u32]);
    let view = array.chunks().next().unwrap();
    let failed = array.transaction(|array| {
        array.extend_from_slice(&[2; 5000])?;
        // Nested ones are taken back with the one around them.
        array.transaction(|array| array.push(3))?;
        assert_eq!(array.pop(), Ok(3));
        Err::<(), Error>(Error::Empty)
    });
    assert_eq!((failed, array.len()), (Err(Error::Empty), 1));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        array.transaction(|array| -> Result<(), Error> {
            array.push(2)?;
            panic!("half-way");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((array.len(), view.len), (1, 1));
    array
        .transaction(|array| {
            assert_eq!(array.truncate(0), Err(Error::InTransaction));
            assert_eq!(array.pop(), Err(Error::InTransaction));
            assert_eq!(array.drop_front(1), Err(Error::InTransaction));
            assert_eq!(array.freeze(), Err(Error::InTransaction));
            assert_eq!(array.drop_front(0), Ok(0));
            array.push(2)
        })
        .unwrap();
    assert!(array.iter().eq([1, 2]));
    assert!(!array.raw().is_busy());
}

#[test]
fn a_transaction_that_ends_out_of_order_is_taken_back() {
    let array = ChunkArray::from_iter([1u32]);
    let left_open = array.transaction(|array| {
        array.push(2)?;
        array.raw().begin()?;
        array.push(3)?;
        Ok::<(), Error>(())
    });
    assert_eq!(left_open, Err(Error::OutOfOrder { given: 1, depth: 2 }));
    assert!(array.iter().eq([1]));
    assert!(!array.raw().is_busy() && !array.raw().in_transaction_of_this_thread());
    array.push(2).unwrap();
}

#[test]
fn keep_waits_for_the_end_of_a_transaction() {
    let array = ChunkArray::with_options(&fixed(4, Some(8))).unwrap();
    array.extend_from_slice(&[0u32; 10]).unwrap();
    array
        .transaction(|array| {
            for k in 0..100 {
                array.push(k)?;
            }
            assert_eq!((array.first(), array.len()), (0, 110));
            Ok::<(), Error>(())
        })
        .unwrap();
    assert_eq!((array.first(), array.len()), (100, 10));
    for k in 0..100 {
        array.push(k).unwrap();
        assert!((8..12).contains(&array.len()));
    }
}

#[test]
fn an_array_left_in_a_transaction_can_be_dropped() {
    let array: ChunkArray<u32> = ChunkArray::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            array.raw().begin().unwrap();
            array.push(1).unwrap();
        });
    });
    assert!(array.raw().is_busy() && array.raw().try_lock().is_none());
    assert_eq!((array.get(0), array.raw().settled_end()), (Some(1), 0));
    drop(array);
}

#[test]
fn a_frozen_array_refuses_every_change() {
    let array = ChunkArray::from_iter(0..2000u32);
    let mark = array.save().unwrap();
    array.freeze().unwrap();
    let frozen = Error::Frozen;
    assert_eq!(array.push(1), Err(frozen));
    assert_eq!(array.extend_from_slice(&[1]), Err(frozen));
    assert_eq!(array.set(0, 1), Err(frozen));
    assert_eq!(array.raw().write_at(0, 1u32), Err(frozen));
    assert_eq!(array.raw().write_bytes(0, &[0; 4]), Err(frozen));
    assert_eq!(array.pop(), Err(frozen));
    assert_eq!(array.truncate(5), Err(frozen));
    assert_eq!(array.clear(), Err(frozen));
    assert_eq!(array.drop_front(1), Err(frozen));
    assert_eq!(array.rewind(mark), Err(frozen));
    assert_eq!(array.reset(), Err(frozen));
    assert_eq!(array.raw().reserve(1), Err(frozen));
    assert_eq!(array.transaction(|_| Ok::<(), Error>(())), Err(frozen));
    assert!(array.iter().eq(0..2000));
    let mut array = array;
    assert_eq!(array.push_mut(1), Err(frozen));
    array.shrink().unwrap();
    assert_eq!(array.push_mut(1), Err(frozen));
    assert!(array.iter().eq(0..2000));
}
