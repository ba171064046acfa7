//! Handles against a model, beside threads, and in a forked process.

use std::collections::HashMap;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use chunkarray_core::{Entered, HandleKind, Registered};
use proptest::prelude::*;

const KINDS: [HandleKind; 5] = [
    HandleKind::Array,
    HandleKind::Arena,
    HandleKind::Log,
    HandleKind::KeyTable,
    HandleKind::Chunk,
];

/// A handle for a number, which it finds again.
fn register(kind: HandleKind, number: &'static u64) -> Registered {
    // SAFETY: the number is never freed.
    unsafe {
        Registered::new(
            kind,
            NonNull::from(number).cast(),
            ptr::null(),
            *number as u32,
        )
    }
    .unwrap()
}

fn numbered(number: u64) -> &'static u64 {
    Box::leak(Box::new(number))
}

/// What a handle leads to.
fn look(handle: u64, kind: HandleKind) -> Option<u64> {
    let entered = Entered::new(handle, kind)?;
    // SAFETY: all targets of this file are numbers that are never freed.
    let number = unsafe { *entered.target().cast::<u64>().as_ref() };
    assert_eq!(entered.tag(), number as u32);
    Some(number)
}

#[derive(Clone, Debug)]
enum Step {
    Make(usize),
    Drop(usize),
    Look(usize, usize),
    LookAnywhere(u64, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..5_usize).prop_map(Step::Make),
        2 => any::<usize>().prop_map(Step::Drop),
        4 => (any::<usize>(), 0..5_usize).prop_map(|(which, kind)| Step::Look(which, kind)),
        1 => (any::<u64>(), 0..5_usize).prop_map(|(handle, kind)| Step::LookAnywhere(handle, kind)),
    ]
}

proptest! {
    #[test]
    fn only_what_was_given_out_and_not_taken_back_is_found(
        steps in prop::collection::vec(step(), 1..200)
    ) {
        let mut alive: HashMap<u64, (Registered, HandleKind, u64)> = HashMap::new();
        let mut all = vec![0];
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Make(kind) => {
                    let made = register(KINDS[kind], numbered(number as u64));
                    let handle = made.handle();
                    prop_assert!(!all.contains(&handle), "a handle was given out twice");
                    all.push(handle);
                    alive.insert(handle, (made, KINDS[kind], number as u64));
                }
                Step::Drop(which) => {
                    alive.remove(&all[which % all.len()]);
                }
                Step::Look(which, kind) => {
                    let handle = all[which % all.len()];
                    let expected = alive.get(&handle).filter(|(_, of, _)| *of == KINDS[kind]);
                    prop_assert_eq!(look(handle, KINDS[kind]), expected.map(|(_, _, number)| *number));
                }
                Step::LookAnywhere(handle, kind) => {
                    // (Others' tests may have such a handle, with a probability of nearly nothing.)
                    if !alive.contains_key(&handle) {
                        prop_assert_eq!(look(handle, KINDS[kind]), None);
                    }
                }
            }
        }
    }
}

#[test]
fn calls_within_calls_and_from_many_threads() {
    let outer = register(HandleKind::Array, numbered(1));
    let inner = register(HandleKind::Log, numbered(2));
    thread::scope(|scope| {
        // More than there are seats.
        for _ in 0..300 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let first = Entered::new(outer.handle(), HandleKind::Array).unwrap();
                    assert_eq!(look(inner.handle(), HandleKind::Log), Some(2));
                    assert_eq!(look(outer.handle(), HandleKind::Array), Some(1));
                    drop(first);
                }
            });
        }
    });
    assert_eq!(outer.alone(|| 5), Some(5));
}

#[test]
fn nobody_uses_what_is_gone() {
    // Memory that says whether it may be used: as if it were freed, but for the crash.
    static USABLE: [AtomicU64; 64] = [const { AtomicU64::new(0) }; 64];
    let current = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let handle = current.load(Ordering::Relaxed);
                    if let Some(entered) = Entered::new(handle, HandleKind::Arena) {
                        // SAFETY: the target is one of the array above.
                        let usable = unsafe { entered.target().cast::<AtomicU64>().as_ref() };
                        for _ in 0..10 {
                            assert_eq!(usable.load(Ordering::Relaxed), 1);
                        }
                    }
                }
            });
        }
        for round in 0..20_000 {
            let object = &USABLE[round % USABLE.len()];
            object.store(1, Ordering::Relaxed);
            // SAFETY: the object is static.
            let registered = unsafe {
                Registered::new(
                    HandleKind::Arena,
                    NonNull::from(object).cast(),
                    ptr::null(),
                    0,
                )
            };
            let registered = registered.unwrap();
            current.store(registered.handle(), Ordering::Relaxed);
            for _ in 0..round % 50 {
                std::hint::spin_loop();
            }
            if round % 4 == 0 {
                // Whoever is alone may do with it what it likes.
                registered.alone(|| {
                    object.store(0, Ordering::Relaxed);
                    std::hint::spin_loop();
                    object.store(1, Ordering::Relaxed);
                });
            }
            drop(registered);
            object.store(0, Ordering::Relaxed);
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[cfg(all(unix, not(miri)))]
#[test]
fn a_child_process_waits_for_nobody_of_its_parent() {
    let registered = register(HandleKind::Array, numbered(3));
    let (handle, inside, over) = (
        registered.handle(),
        AtomicBool::new(false),
        AtomicBool::new(false),
    );
    let (status, registered) = thread::scope(|scope| {
        for _ in 0..2 {
            // By a seat, and within another call without one.
            scope.spawn(|| {
                let calls = [
                    Entered::new(handle, HandleKind::Array),
                    Entered::new(handle, HandleKind::Array),
                ];
                inside.store(true, Ordering::Release);
                while !over.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
                drop(calls);
            });
        }
        while !inside.load(Ordering::Acquire) {
            thread::yield_now();
        }
        // SAFETY: the child only uses handles, which take no lock that another thread could hold now.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: ends the child, should it wait for threads that it does not have.
            unsafe { libc::alarm(10) };
            drop(registered);
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(look(handle, HandleKind::Array).is_some().into()) };
        }
        let mut status = 0;
        // SAFETY: the child is this process's own.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
        over.store(true, Ordering::Relaxed);
        (status, registered)
    });
    assert_eq!(status, 0);
    assert_eq!(
        look(handle, HandleKind::Array),
        Some(3),
        "the parent's is another"
    );
    drop(registered);
}
