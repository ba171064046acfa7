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

        /// A context of layout A with null handles, filled field by field: the compiler finds one that is missing.
        fn filled() -> HPyContext {
            HPyContext {
                name: c"fake".as_ptr(),
                _private: ptr::null_mut(),
                abi_version: hpy_sys::ABI_VERSION as _,
                $($handle: hpy_sys::HPY_NULL,)*
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

/// What a host's handles look like.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Handles {
    /// Small numbers, as PyPy's.
    Indices,
    /// Addresses on the heap, as the debug mode's: close to each other, far from code.
    Addresses,
}

impl Handles {
    fn handle(self, number: usize) -> *const () {
        const STRUCT: usize = 80;
        match self {
            Handles::Indices => ptr::without_provenance(number),
            Handles::Addresses => {
                let heap = (fake::ctx_Dup as *const ()).addr() ^ (1 << 40);
                ptr::without_provenance(heap + number * STRUCT)
            }
        }
    }
}

/// The words of a context of that layout. One zero follows, as some memory always does.
fn context(layout: Layout, handles: Handles) -> Vec<*const ()> {
    let filled = filled();
    let slots = SLOTS
        .iter()
        .enumerate()
        .map(|(number, slot)| match slot.is_function {
            // SAFETY: every slot is a word of the context.
            true => unsafe {
                (&raw const filled)
                    .byte_add(slot.offset)
                    .cast::<*const ()>()
                    .read()
            },
            false => handles.handle(number + 1),
        });
    let mut words = vec![ptr::null(); WORDS_BEFORE_SLOTS];
    words.extend(slots);
    match layout {
        Layout::A => {}
        Layout::B => words.extend([fake::ctx_Dup as *const (); 10]),
        Layout::C => words.insert(
            WORDS_BEFORE_SLOTS + FIRST_MOVED,
            handles.handle(SLOTS.len()),
        ),
    }
    words.push(ptr::null());
    words
}

const HOSTS: [(Layout, Handles); 6] = [
    (Layout::A, Handles::Indices),
    (Layout::B, Handles::Indices),
    (Layout::C, Handles::Indices),
    (Layout::A, Handles::Addresses),
    (Layout::B, Handles::Addresses),
    (Layout::C, Handles::Addresses),
];

#[test]
fn layouts_are_told_apart() {
    for (layout, handles) in HOSTS {
        let words = context(layout, handles);
        // SAFETY: all slots of the fake context are filled.
        let found = unsafe { Layout::of(words.as_ptr().cast()) };
        assert_eq!(found, layout, "{handles:?}");
    }
}

/// A host whose objects happen to be mapped right beside its code is not of layout C.
#[test]
fn a_handle_close_to_code_does_not_mislead() {
    let mut words = context(Layout::A, Handles::Indices);
    let code = words[WORDS_BEFORE_SLOTS + FIRST_MOVED];
    words[WORDS_BEFORE_SLOTS + FIRST_MOVED - 1] = code.wrapping_byte_sub(16);
    // SAFETY: all slots of the fake context are filled.
    assert_eq!(unsafe { Layout::of(words.as_ptr().cast()) }, Layout::A);
}

/// PyPy's trace mode does not know the handle that its own context has.
#[test]
fn a_null_handle_is_a_handle() {
    for handles in [Handles::Indices, Handles::Addresses] {
        let mut words = context(Layout::C, handles);
        words[WORDS_BEFORE_SLOTS + FIRST_MOVED] = ptr::null();
        // SAFETY: all slots of functions are filled.
        let found = unsafe { Layout::of(words.as_ptr().cast()) };
        assert_eq!(found, Layout::C, "{handles:?}");
    }
}

#[test]
fn every_function_reaches_its_own_slot_in_every_layout() {
    for (layout, handles) in HOSTS {
        let mut words = context(layout, handles);
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
            assert_eq!(REACHED.get(), Some(call.slot), "{layout:?}, {handles:?}");
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
    let mut words = context(Layout::C, Handles::Indices);
    let ctx: *mut HPyContext = words.as_mut_ptr().cast();
    // SAFETY: on layout C the field holds the function of the slot before, which takes anything.
    unsafe {
        (*ctx).ctx_Capsule_IsValid.unwrap()(ctx, zeroed(), ptr::null());
    }
    assert_eq!(REACHED.get(), Some("ctx_Capsule_Get"));
}
