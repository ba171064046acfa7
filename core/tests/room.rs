//! Room behind the end, which is filled before anybody sees it.

use chunkarray_core::{Error, Growth, Options, RawArray};

/// Fills the room of `array` with `from`, and gives how many elements fit.
fn fill(array: &RawArray, from: &[u8], tear: bool) -> Option<usize> {
    let exclusive = array.lock();
    let room = exclusive.room(from.len(), tear).unwrap()?;
    // SAFETY: the room is that of so many elements of one byte, and nobody else appends.
    unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), room.pointer().as_ptr(), room.len) };
    // SAFETY: they were written.
    unsafe { exclusive.fill(room.start, room.len) }.unwrap();
    Some(room.len)
}

fn bytes(array: &RawArray) -> Vec<u8> {
    let mut found = vec![0; array.len()];
    for (position, byte) in found.iter_mut().enumerate() {
        let at = array.first() + position;
        array.read_bytes_at(at, std::slice::from_mut(byte)).unwrap();
    }
    found
}

#[test]
fn rooms_end_with_their_chunks() {
    for growth in [Growth::Double, Growth::Fixed] {
        let options = Options {
            chunk_size: 4,
            growth,
            capacity: 3,
            ..Options::default()
        };
        let array = RawArray::new(1, &options).unwrap();
        array.push(9u8).unwrap();
        assert_eq!(fill(&array, &[1, 2, 3, 4], false), Some(2));
        assert_eq!(fill(&array, &[3, 4, 5, 6, 7, 8], false), Some(4));
        assert_eq!(bytes(&array), [9, 1, 2, 3, 4, 5, 6]);
        assert_eq!(fill(&array, &[7], false), Some(1));
        array.push(8u8).unwrap();
        assert_eq!(bytes(&array)[6..], [6, 7, 8]);
    }
}

#[test]
fn nothing_is_there_before_it_is_filled() {
    let array = RawArray::new(4, &Options::default()).unwrap();
    let exclusive = array.lock();
    let room = exclusive.room(10, false).unwrap().unwrap();
    assert_eq!((room.start, room.len, exclusive.len()), (0, 10, 0));
    assert!(exclusive.room(0, false).unwrap().is_none());
    // SAFETY: none of these is added.
    unsafe {
        assert_eq!(exclusive.fill(1, 1), Err(Error::RoomTaken));
        assert_eq!(exclusive.fill(0, usize::MAX), Err(Error::RoomTaken));
        assert_eq!(exclusive.fill(0, 1025), Err(Error::RoomTaken));
    }
    exclusive.push(7u32).unwrap();
    // SAFETY: nor is this.
    assert_eq!(unsafe { exclusive.fill(0, 1) }, Err(Error::RoomTaken));
    assert_eq!(exclusive.len(), 1);
}

#[test]
fn memory_that_held_elements_is_room_where_they_may_tear() {
    let array = RawArray::new(1, &Options::default()).unwrap();
    array.lock().extend(&[1u8, 2, 3, 4]).unwrap();
    array.lock().truncate(1).unwrap();
    assert_eq!(fill(&array, &[7, 8], false), None);
    assert_eq!(fill(&array, &[7, 8], true), Some(2));
    assert_eq!(bytes(&array), [1, 7, 8]);
    array.push(9u8).unwrap();
    assert_eq!(fill(&array, &[5], false), Some(1));
    assert_eq!(bytes(&array), [1, 7, 8, 9, 5]);
}

#[test]
fn arrays_that_don_t_grow_give_no_room() {
    let array = RawArray::new(1, &Options::default()).unwrap();
    array.open_appender().unwrap();
    assert_eq!(
        array.lock().room(1, false).unwrap_err(),
        Error::AppenderOpen
    );
    array.close_appender().unwrap();
    array.lock().room(1, false).unwrap();
    array.lock().freeze().unwrap();
    assert_eq!(array.lock().room(1, false).unwrap_err(), Error::Frozen);
    // SAFETY: nothing is added.
    assert_eq!(unsafe { array.lock().fill(0, 1) }, Err(Error::Frozen));
}

#[test]
fn what_keep_does_not_keep_goes() {
    let options = Options {
        chunk_size: 2,
        growth: Growth::Fixed,
        keep: Some(4),
        ..Options::default()
    };
    let array = RawArray::new(1, &options).unwrap();
    for k in 0..20u8 {
        assert_eq!(fill(&array, &[k], true), Some(1));
    }
    assert_eq!((array.first(), bytes(&array)), (16, vec![16, 17, 18, 19]));
}
