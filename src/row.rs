//! `_append_row`: append as arrays of records have it, where a row may also be given by the names of its fields.

use hpy_host::bind;
use hpy_host::define::{Result, Trampolines, checked, method};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::arguments::Owned;
use crate::array::append;
use crate::quick;

/// The method.
pub fn methods(t: Trampolines) -> Vec<HPyDef> {
    vec![method(
        c"_append_row",
        bind!(t, keywords: append_row, append_tuple),
        c"_append_row($self, value=None, /, **fields)\n--\n\n\
          Add one record at the end: a tuple, a list, a dict, a row, an object with its fields, or values by name.\n\n\
          The hook `_append_other` adds all but tuples and lists.",
    )]
}

/// Appends a tuple of numbers without a detour.
#[inline(always)]
fn append_tuple<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Option<HPy> {
    if count != 1 || !names.is_null() {
        return None;
    }
    // SAFETY: the host's arguments, as many as it says.
    quick::append(door, this, unsafe { *arguments })
}

fn append_row<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: the host's arguments, as many as it says.
    unsafe {
        if count == 1
            && names.is_null()
            && (HPyTuple_Check(ctx, *arguments) != 0 || HPyList_Check(ctx, *arguments) != 0)
        {
            return append(door, this, *arguments);
        }
        let hook = Owned::new(door, HPy_GetAttr_s(ctx, this, c"_append_other".as_ptr()))?;
        checked(HPy_Call(ctx, hook.get(), arguments, count, names))
    }
}
