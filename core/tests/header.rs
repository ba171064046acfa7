//! What programs in other languages read: the header at its documented offsets, and nothing else.

#![cfg(not(loom))]

use chunkarray_core::{Error, Growth, Options, RawArray};

/// A reader that knows no more than [`RawArray::LAYOUT`] says.
#[derive(Clone, Copy)]
struct Reader(*const u8);

impl Reader {
    fn of(array: &RawArray) -> Reader {
        Reader(std::ptr::from_ref(array).cast())
    }

    fn field(self, name: &str) -> usize {
        let (_, _, offset) = RawArray::LAYOUT
            .iter()
            .find(|(field, ..)| *field == name)
            .unwrap();
        // SAFETY: the array lives, and has eight bytes there.
        unsafe { self.0.add(*offset).cast::<usize>().read_volatile() }
    }

    /// The address of the element at a position.
    fn address(self, p: usize) -> usize {
        let at = |bias: usize| bias.wrapping_add(p * self.field("element_size"));
        let front = self.field("front_len");
        if p < front {
            return at(self.field("front"));
        }
        let (shift, behind) = (self.field("shift"), p - front);
        let q = behind >> shift;
        let entries = self.field("entries") as *const usize;
        // SAFETY: the element lives, so its chunk is entered.
        unsafe {
            if self.field("growth") == 0 {
                let slot = usize::BITS - (2 * q + 1).leading_zeros() - 1;
                at(entries.add(slot as usize).read_volatile())
            } else {
                let chunk = entries.add(2 + (q & *entries)).read_volatile();
                chunk + (behind - (q << shift)) * self.field("element_size")
            }
        }
    }

    fn all(self) -> Vec<u64> {
        (self.field("first")..self.field("end"))
            // SAFETY: the elements live, and are of eight bytes.
            .map(|p| unsafe { (self.address(p) as *const u64).read_volatile() })
            .collect()
    }
}

#[test]
fn a_reader_of_the_header_finds_every_element() {
    for growth in [Growth::Double, Growth::Fixed] {
        for capacity in [0, 3, 300_000] {
            for chunk_size in [1, 4, 64] {
                let options = Options {
                    chunk_size,
                    growth,
                    capacity,
                    ..Options::default()
                };
                let array = RawArray::new(8, &options).unwrap();
                let reader = Reader::of(&array);
                assert_eq!(reader.all(), []);
                for k in 0..5000u64 {
                    array.push(k).unwrap();
                    if k % 700 == 650 {
                        array.drop_front(300).unwrap();
                    }
                }
                assert_eq!(reader.field("first"), array.first());
                let wanted: Vec<u64> = (array.first() as u64..5000).collect();
                assert_eq!(reader.all(), wanted, "{options:?}");
                let last = array.address_at(4999).unwrap().as_ptr() as usize;
                assert_eq!(reader.address(4999), last);
                assert_eq!(reader.field("tail_bias").wrapping_add(8 * 4999), last);
            }
        }
    }
}

#[test]
fn cuts_tell_when_to_look_again() {
    let array = RawArray::new(8, &Options::default()).unwrap();
    let reader = Reader::of(&array);
    let mut before = reader.field("cuts");
    let mut told = |what: &str, wanted: bool, work: &dyn Fn()| {
        work();
        let now = reader.field("cuts");
        assert_eq!(now != before, wanted, "{what}");
        before = now;
    };
    told("extend", false, &|| done(array.extend(&[1u64; 5000])));
    told("push", false, &|| done(array.push(1u64)));
    told("write", false, &|| done(array.write(0, 2u64)));
    told("reserve", false, &|| done(array.reserve(10_000)));
    told("save", false, &|| done(array.save()));
    told("commit", false, &|| {
        done(array.commit(array.begin().unwrap()))
    });
    told("pop", true, &|| done(array.pop::<u64>()));
    told("truncate", true, &|| done(array.truncate(4000)));
    told("truncate to more", false, &|| done(array.truncate(4001)));
    told("drop_front", true, &|| done(array.drop_front(1)));
    told("abort", true, &|| {
        let depth = array.begin().unwrap();
        done(array.push(1u64));
        done(array.abort(depth));
    });
    // SAFETY: this thread alone has the array.
    told("shrink", true, &|| done(unsafe { array.lock().shrink() }));
    told("open_appender", true, &|| done(array.open_appender()));
    told("put", false, &|| done(array.put(1u64)));
    told("close_appender", true, &|| done(array.close_appender()));
    told("share", true, &|| array.share());
    told("share again", false, &|| array.share());
    told("export", true, &|| array.export());
    told("clear", true, &|| done(array.clear()));
    told("freeze", true, &|| done(array.freeze()));
    told("close", true, &|| done(array.close()));
}

fn done<T>(outcome: Result<T, Error>) {
    assert!(outcome.is_ok());
}

#[test]
fn states_are_bits() {
    let array = RawArray::new(8, &Options::default()).unwrap();
    let state = || Reader::of(&array).field("state");
    assert_eq!(state(), 0);
    array.open_appender().unwrap();
    assert_eq!(state(), 16);
    array.close_appender().unwrap();
    assert_eq!(state(), 0);
    array.share();
    assert_eq!(state(), 4);
    array.export();
    assert_eq!(state(), 4 | 8);
    array.freeze().unwrap();
    assert_eq!(state(), 1 | 4 | 8);
    array.close().unwrap();
    assert_eq!(state(), 1 | 2 | 4 | 8);
}

#[test]
fn limits_are_0_where_plain_stores_are_not_for_all() {
    let array = RawArray::new(8, &Options::default()).unwrap();
    let reader = Reader::of(&array);
    let limits = || (reader.field("append_limit"), reader.field("put_limit"));
    array.push(1u64).unwrap();
    assert_eq!(limits(), (1024, 0));
    let guard = array.lock();
    assert_eq!(limits(), (0, 0));
    drop(guard);
    assert_eq!(limits(), (1024, 0));
    array.open_appender().unwrap();
    assert_eq!(limits(), (0, 1024));
    array.watch(5).unwrap();
    assert_eq!(limits(), (0, 4));
    array.close_appender().unwrap();
    assert_eq!(limits(), (4, 0), "somebody watches still");
    array.share();
    assert_eq!(limits(), (0, 0));
}

#[test]
fn what_was_exported_stays_readable() {
    for growth in [Growth::Double, Growth::Fixed] {
        let options = Options {
            growth,
            ..Options::default()
        };
        let array = RawArray::new(8, &options).unwrap();
        array.extend(&(0..100_000u64).collect::<Vec<_>>()).unwrap();
        array.export();
        let reader = Reader::of(&array);
        let held = array.committed_bytes();
        let addresses: Vec<usize> = (0..100_000).map(|p| reader.address(p)).collect();
        array.truncate(10).unwrap();
        // SAFETY: this thread alone changes the array; the reader below is what export() is for.
        unsafe {
            array.lock().shrink().unwrap();
            array.lock().close_and_release().unwrap();
        }
        assert_eq!(array.committed_bytes(), held);
        for (k, &address) in addresses.iter().enumerate() {
            assert_eq!(reader.address(k), address);
            // SAFETY: the memory of an exported array stays as long as it lives.
            assert_eq!(unsafe { (address as *const u64).read_volatile() }, k as u64);
        }
    }
}
