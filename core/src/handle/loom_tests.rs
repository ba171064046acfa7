//! Callers beside the owner who takes the object away, in all orders.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::AtomicU64 as Count;
use loom::thread;

use super::*;

const HANDLE: u64 = 1 << GENERATION_SHIFT | HandleKind::Array as u64;

struct World {
    slot: Slot,
    seats: [Seat; 1],
    /// Freed memory, as loom sees it: it finds who reads while it is written, and who reads without having to.
    object: UnsafeCell<u64>,
}

// SAFETY: the protocol under test keeps readers and the writer of the object apart; loom checks it.
unsafe impl Send for World {}
// SAFETY: as above.
unsafe impl Sync for World {}

fn world() -> Arc<World> {
    let world = World {
        slot: Slot::new(),
        seats: [Seat {
            owner: AtomicUsize::new(1),
            using: AtomicU64::new(0),
        }],
        object: UnsafeCell::new(7),
    };
    let nothing = std::ptr::null_mut();
    world.slot.fill(HANDLE, nothing, nothing, 0);
    Arc::new(world)
}

/// What a call sees of the object: nothing, or 7.
fn call(world: &World, seated: bool) -> Option<u64> {
    let entered = if seated {
        world.slot.enter_seated(&world.seats[0], HANDLE)
    } else {
        world.slot.enter_counted(HANDLE)
    };
    if !entered {
        return None;
    }
    // SAFETY: within a call nobody writes.
    let value = world.object.with(|object| unsafe { *object });
    if seated {
        Slot::leave_seated(&world.seats[0]);
    } else {
        world.slot.leave_counted();
    }
    Some(value)
}

fn nobody_is_within_when_the_object_goes(seated: bool) {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
    let noted = seen.clone();
    loom::model(move || {
        let world = world();
        let caller = {
            let (world, noted) = (world.clone(), noted.clone());
            thread::spawn(move || {
                let value = call(&world, seated);
                noted.lock().unwrap().insert(value);
            })
        };
        world.slot.take_back(&world.seats, HANDLE);
        // SAFETY: nobody is within.
        world.object.with_mut(|object| unsafe { *object = 0 });
        caller.join().unwrap();
        assert_eq!(call(&world, seated), None);
    });
    assert!(seen.lock().unwrap().iter().eq(&[None, Some(7)]));
}

#[test]
fn nobody_is_seated_when_the_object_goes() {
    nobody_is_within_when_the_object_goes(true);
}

#[test]
fn nobody_is_counted_when_the_object_goes() {
    nobody_is_within_when_the_object_goes(false);
}

#[test]
fn who_is_alone_is_alone() {
    let done = std::sync::Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
    let noted = done.clone();
    loom::model(move || {
        let world = world();
        let changes = Arc::new(Count::new(0));
        let caller = {
            let world = world.clone();
            thread::spawn(move || {
                let values = [call(&world, true), call(&world, false)];
                assert!(values.iter().flatten().all(|&value| value >= 7));
            })
        };
        let work = || {
            // SAFETY: nobody is within.
            world.object.with_mut(|object| unsafe { *object += 1 });
            changes.fetch_add(1, Ordering::Relaxed)
        };
        let worked = world.slot.alone(&world.seats, HANDLE, 2, work).is_some();
        noted.lock().unwrap().insert(worked);
        caller.join().unwrap();
        assert!(call(&world, true) >= Some(7), "callers come in again");
    });
    assert!(done.lock().unwrap().iter().eq(&[false, true]));
}
