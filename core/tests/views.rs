//! Views of an array's memory while the array goes on: appending, shortening, dropped.

use chunkarray_core::{ChunkArray, ChunkRef, Growth, Options};

/// What a view sees at this moment.
fn seen(chunk: &ChunkRef) -> Vec<u32> {
    // SAFETY: the chunk held so many elements, its memory is alive, and these tests have one thread.
    unsafe { std::slice::from_raw_parts(chunk.pointer().as_ptr().cast::<u32>(), chunk.len) }
        .to_vec()
}

fn layouts() -> impl Iterator<Item = Options> {
    [Growth::Double, Growth::Fixed]
        .into_iter()
        .flat_map(|growth| {
            [(4, 0), (4, 3), (1024, 0), (1024, 500_000)].map(|(chunk_size, capacity)| Options {
                chunk_size,
                growth,
                capacity,
                ..Options::default()
            })
        })
}

#[test]
fn a_view_stays_while_the_array_grows() {
    for options in layouts() {
        let array = ChunkArray::with_options(&options).unwrap();
        array.extend_from_slice(&[1u32, 2, 3]).unwrap();
        let view = array.chunks().next().unwrap();
        let address = array.address_of(0).unwrap();
        for k in 0..300_000 {
            array.push(k).unwrap();
        }
        assert_eq!(array.address_of(0), Ok(address));
        assert_eq!(view.pointer().cast(), address);
        assert_eq!(seen(&view), [1, 2, 3]);
        array.set(1, 20).unwrap();
        assert_eq!(seen(&view), [1, 20, 3]);
    }
}

#[test]
fn a_view_sees_what_the_array_writes_after_a_truncation() {
    for options in layouts() {
        let array = ChunkArray::with_options(&options).unwrap();
        array.extend_from_slice(&[1u32, 2, 3]).unwrap();
        let view = array.chunks().next().unwrap();
        array.truncate(1).unwrap();
        assert_eq!(seen(&view), [1, 2, 3]);
        array.push(20).unwrap();
        array.extend_from_slice(&[30, 40]).unwrap();
        assert_eq!(seen(&view), [1, 20, 30]);
        array.clear().unwrap();
        array.push(10).unwrap();
        assert_eq!(seen(&view), [10, 20, 30]);
        assert_eq!(array.address_of(0).unwrap(), view.pointer().cast());
    }
}

#[test]
fn an_array_may_be_extended_with_its_own_memory() {
    for options in layouts() {
        let array = ChunkArray::with_options(&options).unwrap();
        array.extend_from_slice(&[1u32, 2, 3]).unwrap();
        let view = array.chunks().next().unwrap();
        let exclusive = array.raw().lock();
        // SAFETY: the view keeps these bytes readable.
        unsafe { exclusive.extend_from_pointer(view.pointer().as_ptr(), 12) }.unwrap();
        exclusive.truncate(1).unwrap();
        // SAFETY: as above. The source overlaps with where it goes, so what arrives is a mix of old and new.
        unsafe { exclusive.extend_from_pointer(view.pointer().as_ptr(), 12) }.unwrap();
        drop(exclusive);
        assert_eq!(
            (array.len(), array.get(0), array.get(1)),
            (4, Some(1), Some(1))
        );
    }
}

#[test]
fn views_outlive_the_array_and_die_on_any_thread() {
    for options in layouts() {
        let array = ChunkArray::with_options(&options).unwrap();
        array
            .extend_from_slice(&(0..5000).collect::<Vec<u32>>())
            .unwrap();
        let views: Vec<ChunkRef> = array.chunks().collect();
        assert_eq!(array.chunks().len(), views.len());
        drop(array);
        let threads: Vec<_> = views
            .into_iter()
            .map(|view| {
                assert_eq!(view.block.references(), 1);
                std::thread::spawn(move || {
                    let wanted: Vec<u32> =
                        (view.start as u32..(view.start + view.len) as u32).collect();
                    assert_eq!(seen(&view), wanted);
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
}

#[test]
fn iterators_follow_the_array() {
    let array: ChunkArray<u32> = (0..3000).collect();
    assert!(array.iter().eq(0..3000));
    let mut iter = array.iter();
    assert_eq!(iter.by_ref().take(2000).last(), Some(1999));
    assert_eq!(iter.size_hint(), (1000, None));
    array.truncate(2010).unwrap();
    assert_eq!(iter.by_ref().count(), 10);
    array.extend_from_slice(&[7; 5]).unwrap();
    assert_eq!(iter.collect::<Vec<_>>(), [7; 5]);
    // An iterator that is ahead of the end waits there.
    let mut iter = array.iter();
    assert_eq!(iter.nth(100), Some(100));
    array.truncate(50).unwrap();
    assert_eq!((iter.next(), iter.size_hint()), (None, (0, None)));
}

#[test]
fn arrays_compare_and_print_like_collections() {
    let fixed = Options {
        chunk_size: 1,
        growth: Growth::Fixed,
        capacity: 2,
        ..Options::default()
    };
    let one: ChunkArray<u8> = ChunkArray::with_options(&fixed).unwrap();
    one.extend_from_slice(&[1, 2, 3]).unwrap();
    let other: ChunkArray<u8> = [1, 2, 3].into_iter().collect();
    assert_eq!(one, other);
    assert_eq!(format!("{one:?}"), "[1, 2, 3]");
    other.push(4).unwrap();
    assert_ne!(one, other);
    one.push(5).unwrap();
    assert_ne!(one, other);
}
