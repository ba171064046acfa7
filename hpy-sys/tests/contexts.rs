//! Every function of the crate, called through a context of each layout: which slot did it reach?

use hpy_sys::{HPyContext, Layout, SLOTS, Slot};
use std::cell::Cell;
use std::mem::{MaybeUninit, offset_of, zeroed};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

const WORD: usize = size_of::<usize>();
const WORDS_BEFORE_SLOTS: usize = offset_of!(HPyContext, h_None) / WORD;
const FIRST_MOVED: usize = 244;

thread_local! {
    static REACHED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// What the fake functions return: a null handle, a zero, a null pointer, or nothing.
fn zero<T>() -> T {
    // SAFETY: T is only ever a result or an argument of a slot: numbers, pointers, handles.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

/// A call of one function of the crate, with zeros for all arguments but the context.
struct Call {
    slot: &'static str,
    run: unsafe fn(*mut HPyContext),
}

macro_rules! fake_functions {
    (
        handles { $($handle:ident;)* }
        functions {$(
            $slot:ident = $wrapper:ident(
                ctx: $context:ty $(, $argument:ident: $ty:ty)*
            ) $(-> $result:ty)?;
        )*}
    ) => {
        /// Functions of the right types, which only note that they were reached.
        mod fake {
            use super::{REACHED, zero};
            $(
                pub unsafe extern "C" fn $slot(_: $context $(, _: $ty)*) $(-> $result)? {
                    REACHED.set(Some(stringify!($slot)));
                    zero()
                }
            )*
        }

        /// A context of layout A, filled field by field: the compiler finds one that is missing.
        fn filled() -> HPyContext {
            let mut next_handle = 0;
            let mut handle = || {
                next_handle += 1;
                hpy_sys::HPy { _i: next_handle }
            };
            HPyContext {
                name: c"fake".as_ptr(),
                _private: ptr::null_mut(),
                abi_version: hpy_sys::ABI_VERSION as _,
                $($handle: handle(),)*
                $($slot: Some(fake::$slot),)*
            }
        }

        static CALLS: &[Call] = &[$(
            Call {
                slot: stringify!($slot),
                run: |ctx| {
                    // SAFETY: the fake functions look at none of their arguments.
                    unsafe { hpy_sys::$wrapper(ctx $(, zero::<$ty>())*); }
                },
            },
        )*];
    };
}

hpy_sys::for_each_slot!(fake_functions);

/// The words of a context of that layout. One zero follows, as some memory always does.
fn context(layout: Layout) -> Vec<*const ()> {
    let filled = filled();
    let slots = SLOTS.iter().map(|slot| {
        // SAFETY: every slot is a word of the context.
        unsafe {
            (&raw const filled)
                .byte_add(slot.offset)
                .cast::<*const ()>()
                .read()
        }
    });
    let mut words = vec![ptr::null(); WORDS_BEFORE_SLOTS];
    words.extend(slots);
    match layout {
        Layout::A => {}
        Layout::B => words.extend([fake::ctx_Dup as *const (); 10]),
        Layout::C => {
            let dict_type = ptr::without_provenance(300);
            words.insert(WORDS_BEFORE_SLOTS + FIRST_MOVED, dict_type);
        }
    }
    words.push(ptr::null());
    words
}

const LAYOUTS: [Layout; 3] = [Layout::A, Layout::B, Layout::C];

#[test]
fn layouts_are_told_apart() {
    for layout in LAYOUTS {
        let words = context(layout);
        // SAFETY: all slots of the fake context are filled.
        assert_eq!(unsafe { Layout::of(words.as_ptr().cast()) }, layout);
    }
}

#[test]
fn every_function_reaches_its_own_slot_in_every_layout() {
    for layout in LAYOUTS {
        let mut words = context(layout);
        for call in CALLS {
            REACHED.set(None);
            // HPy_FatalError panics, because the fake comes back from it.
            // SAFETY: all slots of the fake context are filled with functions that take anything.
            let done = catch_unwind(AssertUnwindSafe(|| unsafe {
                (call.run)(words.as_mut_ptr().cast());
            }));
            assert_eq!(
                done.is_err(),
                call.slot == "ctx_FatalError",
                "{}",
                call.slot
            );
            assert_eq!(REACHED.get(), Some(call.slot), "layout {}", layout.name());
        }
    }
}

#[test]
fn all_functions_are_called_and_19_of_them_move() {
    let functions = SLOTS
        .iter()
        .filter(|slot| slot.is_function)
        .map(|slot| slot.name);
    assert!(functions.eq(CALLS.iter().map(|call| call.slot)));
    let moved = &SLOTS[FIRST_MOVED..];
    assert!(moved.iter().all(|slot| slot.is_function));
    assert_eq!(moved.len(), 19);
    assert_eq!(moved[0].name, "ctx_Capsule_New");
    assert_eq!(moved[18].name, "ctx_CallMethod");
}

#[test]
fn slots_are_all_the_words_behind_the_head() {
    for (number, Slot { name, offset, .. }) in SLOTS.iter().enumerate() {
        assert_eq!(*offset, (WORDS_BEFORE_SLOTS + number) * WORD, "{name}");
    }
    assert_eq!(
        (WORDS_BEFORE_SLOTS + SLOTS.len()) * WORD,
        size_of::<HPyContext>()
    );
}

/// Why the moved functions need a wrapper at all: the plain field reaches the neighbour.
#[test]
fn a_plain_field_is_wrong_in_layout_c() {
    let mut words = context(Layout::C);
    let ctx: *mut HPyContext = words.as_mut_ptr().cast();
    // SAFETY: on layout C the field holds the function of the slot before, which takes anything.
    unsafe {
        (*ctx).ctx_Capsule_IsValid.unwrap()(ctx, zeroed(), ptr::null());
    }
    assert_eq!(REACHED.get(), Some("ctx_Capsule_Get"));
}
