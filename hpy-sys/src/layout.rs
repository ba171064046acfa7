//! The three layouts of the context that all call themselves ABI 0.0.
//!
//! ```text
//! slot     0 ..= 243              244              245 ..= 262               263 ..
//!   A      h_None .. h_Builtins   ctx_Capsule_New  .. ctx_CallMethod         (the end)
//!   B      h_None .. h_Builtins   ctx_Capsule_New  .. ctx_CallMethod         more functions
//!   C      h_None .. h_Builtins   h_DictType       ctx_Capsule_New ..        ctx_CallMethod
//! ```
//!
//! A is what HPy 0.9.0 and these bindings have. C is A with a handle pushed in between, so that the
//! functions 244 to 262 sit one word later. Nothing in the context says so, but the word behind
//! `h_Builtins` does: is it a handle or a function? PyPy's handles are small indices (its trace mode
//! leaves this one null), and the address of a function is never small. Those of its debug mode are
//! addresses of small structs made one after the other, so there a handle lies close to the handle
//! before it, on the heap, and far from any code. The wrappers of the moved functions look at each
//! call: three loads and a few comparisons, and there is nothing to set up and nothing to forget.

use crate::bindings::HPyContext;

/// Addresses below this are never code: no system maps the first page.
const LOWEST_CODE_ADDRESS: usize = 4096;

/// Handles of a debug mode that were made together are not farther apart.
const CLOSE: usize = 64 << 10;

/// Functions of one host are not farther apart: they are in one shared library.
const FAR: usize = 1 << 30;

const WORD: usize = size_of::<usize>();

/// One word of the context: a handle or a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The name of the field of [`HPyContext`].
    pub name: &'static str,
    /// Its offset in [`HPyContext`], in bytes.
    pub offset: usize,
    /// Whether it holds a function, not a handle.
    pub is_function: bool,
}

impl Slot {
    pub(crate) const fn handle(name: &'static str, offset: usize) -> Slot {
        Slot {
            name,
            offset,
            is_function: false,
        }
    }

    pub(crate) const fn function(name: &'static str, offset: usize) -> Slot {
        Slot {
            name,
            offset,
            is_function: true,
        }
    }
}

/// How a host lays out its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// HPy 0.9.0, PyPy 7.3.14 to 7.3.17, and PyPy for Python 3.10 also after that.
    A,
    /// A with functions appended: HPy after 0.9.0. The wrappers treat it as A.
    B,
    /// PyPy 7.3.18 to 7.3.23 for 3.11: the functions from `ctx_Capsule_New` on sit one word later.
    C,
}

impl Layout {
    /// Finds out how a context is laid out.
    ///
    /// C is told by the word that makes it C (see the module). B is told from A by the word behind the last slot,
    /// which A does not own: if it looks like one more function of the same host, the layout is B.
    /// A host of layout B that keeps that function far from all others is taken for A. Nothing but
    /// reports should depend on the difference, and no wrapper does.
    ///
    /// # Safety
    /// `ctx` points to a context whose function slots are all filled.
    pub unsafe fn of(ctx: *const HPyContext) -> Layout {
        // SAFETY: the caller's promise is what both functions ask for.
        unsafe {
            if shift(ctx) != 0 {
                Layout::C
            } else if has_more_functions(ctx) {
                Layout::B
            } else {
                Layout::A
            }
        }
    }

    /// The letter.
    pub const fn name(self) -> &'static str {
        match self {
            Layout::A => "A",
            Layout::B => "B",
            Layout::C => "C",
        }
    }
}

/// Reads a function that layout C moves: `slot` is where A has it.
///
/// # Safety
/// `ctx` points to a context whose function slots are all filled, and `slot` to one of 244 to 262 in it.
#[inline(always)]
pub(crate) unsafe fn moved<F: Copy>(ctx: *const HPyContext, slot: *const Option<F>) -> F {
    // SAFETY: with the shift, the address is inside of the host's context, and what is there is the
    // function that `slot` stands for. Hosts leave no slot empty.
    unsafe { slot.byte_add(shift(ctx)).read().unwrap_unchecked() }
}

/// How many bytes the functions 244 to 262 sit behind their places in [`HPyContext`].
///
/// # Safety
/// `ctx` points to a context whose function slots are all filled.
#[inline(always)]
unsafe fn shift(ctx: *const HPyContext) -> usize {
    // SAFETY: all layouts have these words; as numbers, they can be read whatever they are.
    let [before, word, behind] =
        unsafe { (&raw const (*ctx).h_Builtins).cast::<[usize; 3]>().read() };
    let is_handle = word < LOWEST_CODE_ADDRESS
        || (word.abs_diff(before) < CLOSE && word.abs_diff(behind) > FAR);
    if is_handle { WORD } else { 0 }
}

/// Whether a context that is not of layout C goes on behind the slots of HPy 0.9.0.
///
/// # Safety
/// `ctx` points to a context whose function slots are all filled.
#[inline(never)] // the optimiser is not to see a read behind a context whose size it knows
unsafe fn has_more_functions(ctx: *const HPyContext) -> bool {
    const SMALLEST_PAGE: usize = 4096;
    let behind = ctx.wrapping_add(1).cast::<usize>();
    if behind.addr().is_multiple_of(SMALLEST_PAGE) {
        return false; // on a page of its own, which might not be there
    }
    // SAFETY: the word shares a page with the last slot, so it is mapped; it is read as a number,
    // once, and volatile because somebody else may own it.
    let word = unsafe { behind.read_volatile() };
    let (mut lowest, mut highest) = (usize::MAX, 0);
    for slot in crate::SLOTS.iter().filter(|slot| slot.is_function) {
        // SAFETY: the offset is that of a word of the context.
        let function = unsafe { ctx.byte_add(slot.offset).cast::<usize>().read() };
        lowest = lowest.min(function);
        highest = highest.max(function);
    }
    (lowest..=highest).contains(&word)
}
