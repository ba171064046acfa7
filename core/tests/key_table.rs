//! The key table against a list of pairs.

use chunkarray_core::{KeyTable, Options, fnv1a};
use proptest::collection::vec;
use proptest::prelude::*;

/// Two keys with one hash, found by others long ago.
const TWINS: [&[u8]; 2] = [b"8yn0iYCKYHlIj4-BwPqk", b"GReLUrM4wMqfg9yzV3KQ"];

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<u8>, u16),
    ReadOrWrite(Vec<u8>, u16),
    Remove(Vec<u8>),
    Pop,
    Clear,
    Merge(Vec<(Vec<u8>, u16)>),
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    // Few letters, so that keys meet again, and keys that are the end of others.
    vec(prop_oneof![Just(b'a'), Just(b'b'), Just(0u8)], 0..4)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (key(), any::<u16>()).prop_map(|(key, value)| Step::Insert(key, value)),
        3 => (key(), any::<u16>()).prop_map(|(key, value)| Step::ReadOrWrite(key, value)),
        3 => key().prop_map(Step::Remove),
        1 => Just(Step::Pop),
        1 => Just(Step::Clear),
        1 => vec((key(), any::<u16>()), 0..6).prop_map(Step::Merge),
    ];
    vec(step, 0..120)
}

fn put(model: &mut Vec<(Vec<u8>, u16)>, key: Vec<u8>, value: u16) -> Option<u16> {
    match model.iter_mut().find(|(known, _)| *known == key) {
        Some((_, old)) => Some(std::mem::replace(old, value)),
        None => {
            model.push((key, value));
            None
        }
    }
}

fn run(table: &KeyTable, steps: Vec<Step>) {
    let mut model: Vec<(Vec<u8>, u16)> = Vec::new();
    for step in steps {
        match step {
            Step::Insert(key, value) => {
                let old = table.insert(&key, value).unwrap();
                assert_eq!(old, put(&mut model, key, value));
            }
            Step::ReadOrWrite(key, value) => {
                let known = model.iter().find(|(known, _)| *known == key);
                let known = known.map(|&(_, value)| value);
                let mut bytes = value.to_ne_bytes();
                let found = table.read_or_write(&key, &mut bytes).unwrap();
                assert_eq!(found, known.is_some());
                assert_eq!(u16::from_ne_bytes(bytes), known.unwrap_or(value));
                if !found {
                    model.push((key, value));
                }
            }
            Step::Remove(key) => {
                let place = model.iter().position(|(known, _)| *known == key);
                let mut bytes = [0; 2];
                assert_eq!(table.remove(&key, &mut bytes).unwrap(), place.is_some());
                if let Some(place) = place {
                    assert_eq!(u16::from_ne_bytes(bytes), model.remove(place).1);
                }
            }
            Step::Pop => {
                let mut bytes = [0; 2];
                let found = table.pop(&mut bytes).unwrap();
                let found = found.map(|key| (key, u16::from_ne_bytes(bytes)));
                assert_eq!(found, model.pop());
            }
            Step::Clear => {
                table.clear().unwrap();
                model.clear();
            }
            Step::Merge(entries) => {
                let other = KeyTable::new(2).unwrap();
                for (key, value) in entries {
                    other.insert(&key, value).unwrap();
                    put(&mut model, key, value);
                }
                table.merge(&other.snapshot().unwrap()).unwrap();
            }
        }
        let snapshot = table.snapshot().unwrap();
        let found: Vec<_> = snapshot
            .entries()
            .map(|(key, value)| (key.to_vec(), u16::from_ne_bytes([value[0], value[1]])))
            .collect();
        assert_eq!(found, model);
        assert_eq!(table.len(), model.len());
        for (key, value) in &model {
            assert_eq!(table.get::<u16>(key), Ok(Some(*value)));
            assert!(table.contains(key));
        }
        assert!(!table.contains(b"c"));
    }
}

proptest! {
    #[test]
    fn behaves_as_a_list_of_pairs(steps in steps()) {
        run(&KeyTable::new(2).unwrap(), steps);
    }

    #[test]
    fn collisions_confuse_nothing(steps in steps()) {
        let few = |key: &[u8]| key.len() as u64 / 2;
        run(&KeyTable::with_hash(2, &KeyTable::OPTIONS, few).unwrap(), steps);
    }
}

#[test]
fn keys_with_one_hash() {
    assert_eq!(fnv1a(TWINS[0]), fnv1a(TWINS[1]));
    let table = KeyTable::new(8).unwrap();
    table.insert(TWINS[0], 1u64).unwrap();
    assert!(!table.contains(TWINS[1]));
    table.insert(TWINS[1], 2u64).unwrap();
    assert_eq!(table.get::<u64>(TWINS[0]), Ok(Some(1)));
    assert_eq!(table.get::<u64>(TWINS[1]), Ok(Some(2)));
    assert!(table.remove(TWINS[0], &mut [0; 8]).unwrap());
    assert_eq!(table.get::<u64>(TWINS[1]), Ok(Some(2)));
}

#[test]
fn values_never_move_while_keys_are_added() {
    let table = KeyTable::new(8).unwrap();
    table.insert(b"first", 1u64).unwrap();
    let address = table.values().address_of(0).unwrap();
    for k in 0..5000u64 {
        table.insert(format!("key {k}").as_bytes(), k).unwrap();
    }
    assert_eq!(table.values().address_of(0).unwrap(), address);
    assert_eq!(table.get::<u64>(b"key 4999"), Ok(Some(4999)));
    assert_eq!(table.len(), 5001);
}

#[test]
fn wrong_sizes() {
    let table = KeyTable::new(8).unwrap();
    assert!(table.insert(b"a", 1u32).is_err());
    assert!(table.write(b"a", &[1]).is_err());
    assert!(table.read(b"a", &mut [1]).is_err());
    assert!(KeyTable::new(0).is_err());
    assert!(
        KeyTable::with_options(
            8,
            &Options {
                chunk_size: 3,
                ..KeyTable::OPTIONS
            }
        )
        .is_err()
    );
    assert!(table.is_empty());
}

#[test]
fn many_threads() {
    let table = KeyTable::new(8).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let table = &table;
            scope.spawn(move || {
                for k in 0..200u64 {
                    let own = format!("{thread}/{k}");
                    table.insert(own.as_bytes(), k).unwrap();
                    table.insert(b"shared", thread).unwrap();
                    assert_eq!(table.get::<u64>(own.as_bytes()), Ok(Some(k)));
                    if k % 2 == 1 {
                        assert!(table.remove(own.as_bytes(), &mut [0; 8]).unwrap());
                    }
                    assert!(table.snapshot().unwrap().len() <= table.values().len() + 1600);
                }
            });
        }
    });
    assert_eq!(table.len(), 8 * 100 + 1);
    assert!(table.snapshot().unwrap().entries().all(|(key, value)| {
        let value = u64::from_ne_bytes(value.try_into().unwrap());
        key == b"shared" && value < 8 || key.ends_with(format!("/{value}").as_bytes())
    }));
}
