//! `ArrayIterator`: walks an array by native code, on interpreters where `ChunkArray` is the native
//! type itself. Elsewhere an iterator class in Python walks the chunks.

use std::ffi::{CStr, c_void};
use std::ptr;

use chunkarray_core::load_element;
use hpy_host::bind;
use hpy_host::define::{Error, Result, Trampolines, Traverse, checked, slot, traverse};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::arguments::Owned;
use crate::array::{ArrayObject, filled};
use crate::{module, quick};

/// Instance data; all zero when new or exhausted.
#[repr(C)]
pub struct ArrayIteratorObject {
    /// Keeps the array alive: `array` points into its instance data.
    owner: HPyField,
    array: *const ArrayObject,
    /// Position of the next element.
    next: usize,
    /// Elements at `next..end` are of F8 and lie in one chunk, and the one at `p` at `base + p * size`.
    end: usize,
    base: *const u8,
    /// As `end`, where the elements are other plain numbers.
    other_end: usize,
}

impl Traverse for ArrayIteratorObject {
    unsafe fn fields(data: *mut c_void) -> impl IntoIterator<Item = *mut HPyField> {
        // SAFETY: promised by the caller.
        [unsafe { &raw mut (*data.cast::<ArrayIteratorObject>()).owner }]
    }
}

/// The definitions of the type.
pub fn definitions(t: Trampolines) -> Vec<HPyDef> {
    vec![
        slot(HPy_tp_new, bind!(t, new: new)),
        slot(hpy_host::slots::TP_ITER, bind!(t, unary: this)),
        slot(
            hpy_host::slots::TP_ITERNEXT,
            bind!(t, unary: next, next_quick, next_number),
        ),
        traverse::<ArrayIteratorObject>(),
    ]
}

/// Name and documentation of the type.
pub const NAME: &CStr = c"chunkarray._core.ArrayIterator";
pub const DOC: &CStr = c"Walks an array; sees elements that are appended meanwhile.";

/// A new iterator over `array`.
pub fn make<D: Door>(door: D, array: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: the global holds the type since the module was executed; the new instance is zeroed.
    unsafe {
        let class = Owned::new(door, HPyGlobal_Load(ctx, *module::ARRAY_ITERATOR.get()))?;
        let mut data = ptr::null_mut();
        let iterator = checked(HPy_New(ctx, class.get(), &raw mut data))?;
        let object: *mut ArrayIteratorObject = door.data(iterator).cast();
        HPyField_Store(ctx, iterator, &raw mut (*object).owner, array);
        (*object).array = door.data(array).cast();
        (*object).next = (*(*object).array).raw().first();
        Ok(iterator)
    }
}

fn new<D: Door>(_: D, _: HPy, _: *const HPy, _: isize, _: HPy) -> Result<HPy> {
    Err(Error::type_error("array iterators are made by iter()"))
}

fn this<D: Door>(door: D, this: HPy) -> Result<HPy> {
    // SAFETY: `this` is live.
    Ok(unsafe { HPy_Dup(door.ctx(), this) })
}

/// The next float, while the walk stays in the chunk that it is in.
#[inline(always)]
fn next_quick<D: Door>(door: D, this: HPy) -> Option<HPy> {
    // SAFETY: slots are called on instances of the type only. The array lives while the iterator
    // holds it, and so does the memory of elements below its length.
    unsafe {
        let object: *mut ArrayIteratorObject = door.data(this).cast();
        let next = (*object).next;
        // First: a walk that is over has no array any more.
        if next >= (*object).end {
            return None;
        }
        let raw = (*(*object).array).raw();
        if next < raw.first() || next >= raw.end() {
            return None;
        }
        (*object).next = next + 1;
        let value = load_element::<f64>((*object).base.wrapping_add(next * 8));
        Some(door.float(value))
    }
}

/// The next number of another type, while the walk stays in the chunk that it is in.
#[inline(always)]
fn next_number<D: Door>(door: D, this: HPy) -> Option<HPy> {
    // SAFETY: as in `next_quick`; the code belongs to the elements.
    unsafe {
        let object: *mut ArrayIteratorObject = door.data(this).cast();
        let next = (*object).next;
        if next >= (*object).other_end {
            return None;
        }
        let array = &*(*object).array;
        if next < array.raw().first() || next >= array.raw().end() {
            return None;
        }
        let value = quick::read(door, array.code(), (*object).base, next)?;
        (*object).next = next + 1;
        Some(value)
    }
}

fn next<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: as in `next_quick`; a null handle without an exception ends the iteration.
    unsafe {
        let object: *mut ArrayIteratorObject = door.data(this).cast();
        if (*object).array.is_null() {
            return Ok(HPY_NULL);
        }
        let owner = Owned::new(door, HPyField_Load(ctx, this, (*object).owner))?;
        let array = filled(door, owner.get())?;
        // As elements that are appended meanwhile are seen, those that are dropped are not.
        let position = (*object).next.max(array.raw.first());
        let Some(run) = array.raw.run(position) else {
            // As a list's iterator, an exhausted one stays exhausted.
            (*object).array = ptr::null();
            (*object).end = 0;
            (*object).other_end = 0;
            HPyField_Store(ctx, this, &raw mut (*object).owner, HPY_NULL);
            return Ok(HPY_NULL);
        };
        let (floats, others) = (
            (*(*object).array).has_floats(),
            quick::is_quick((*(*object).array).code()),
        );
        (*object).end = if floats { run.end } else { 0 };
        (*object).other_end = if others { run.end } else { 0 };
        (*object).base = run
            .pointer
            .as_ptr()
            .wrapping_sub(position * array.raw.element_size());
        (*object).next = position + 1;
        array.item(door, position)
    }
}
