//! What becomes of an array's elements beside growing: how many are kept.

use std::ffi::c_void;

use chunkarray_core::{Growth, Options};
use hpy_host::bind;
use hpy_host::define::{Error, Result, Trampolines, attribute, checked, method};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::arguments::{self, Owned};
use crate::array::filled;
use crate::locking::raised;

/// The methods of this file.
pub fn methods(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"_at",
            bind!(t, o: at),
            c"_at($self, position, /)\n--\n\nThe element at a position, which counts from the first that there ever was.",
        ),
        method(
            c"_set_at",
            bind!(t, keywords: set_at),
            c"_set_at($self, position, value, /)\n--\n\nOverwrite the element at a position.",
        ),
    ]
}

/// The attributes of this file.
pub fn attributes(t: Trampolines) -> Vec<HPyDef> {
    vec![
        attribute(
            c"first",
            bind!(t, getter: first),
            c"How many elements were dropped at the front: the position of the oldest one.",
        ),
        attribute(
            c"_end",
            bind!(t, getter: end),
            c"Position behind the newest element.",
        ),
        attribute(
            c"_settled",
            bind!(t, getter: settled),
            c"As _end, without the elements of a transaction that is not over.",
        ),
        attribute(
            c"_depth",
            bind!(t, getter: depth),
            c"How many transactions the calling thread is in.",
        ),
        attribute(
            c"keep",
            bind!(t, getter: keep),
            c"How many of the newest elements are kept at least, or None for all.",
        ),
        attribute(
            c"keep_bytes",
            bind!(t, getter: keep_bytes),
            c"Bytes of the elements that are kept at least, or None for all.",
        ),
        attribute(
            c"frozen",
            bind!(t, getter: frozen),
            c"Whether freeze() was called.",
        ),
        attribute(
            c"closed",
            bind!(t, getter: closed),
            c"Whether close() was called.",
        ),
    ]
}

fn position<D: Door>(door: D, position: HPy) -> Result<usize> {
    arguments::size(door, "position", position)
}

fn at<D: Door>(door: D, this: HPy, at: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    array.item(door, position(door, at)?)
}

fn set_at<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [at, value] = unsafe { arguments::exactly("_set_at", arguments, count, names)? };
    let array = filled(door, this)?;
    array.set_item(door, value, || {
        let at = position(door, at)?;
        array.raw.check_position(at).map_err(raised)?;
        Ok(at)
    })?;
    Ok(door.none())
}

fn first<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    checked(door.int(filled(door, this)?.raw.first() as i64))
}

fn end<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    checked(door.int(filled(door, this)?.raw.end() as i64))
}

fn settled<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    checked(door.int(filled(door, this)?.raw.end() as i64))
}

fn depth<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    filled(door, this)?;
    checked(door.int(0))
}

fn keep<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    filled(door, this)?;
    Ok(door.none())
}

fn keep_bytes<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    filled(door, this)?;
    Ok(door.none())
}

fn frozen<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    truth(door, filled(door, this)?.is_frozen())
}

fn closed<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    truth(door, filled(door, this)?.is_closed())
}

fn truth<D: Door>(door: D, value: bool) -> Result<HPy> {
    // SAFETY: nothing but the context and a flag is passed.
    checked(unsafe { HPyBool_FromBool(door.ctx(), value) })
}

/// Reads `growth`, `keep` and `keep_bytes`, which depend on each other.
pub fn retain<D: Door>(
    door: D,
    options: &mut Options,
    element_size: usize,
    growth: Option<Growth>,
    keep: Option<Owned<D>>,
    keep_bytes: Option<Owned<D>>,
) -> Result<()> {
    let (name, given, unit) = match (keep, keep_bytes) {
        (None, None) => {
            options.growth = growth.unwrap_or_default();
            return Ok(());
        }
        (Some(_), Some(_)) => {
            return Err(Error::type_error("either keep or keep_bytes, not both"));
        }
        (Some(keep), None) => ("keep", keep, 1),
        (None, Some(bytes)) => ("keep_bytes", bytes, element_size),
    };
    let amount = arguments::size(door, name, given.get())?;
    if growth == Some(Growth::Double) {
        return Err(Error::value_error(format!(
            "{name} goes with growth='fixed': chunks that double would not stay bounded"
        )));
    }
    options.growth = Growth::Fixed;
    let keep = amount / unit;
    if keep < options.chunk_size {
        let chunk = options.chunk_size.saturating_mul(unit);
        return Err(Error::value_error(format!(
            "{name} is {amount}, less than one chunk ({chunk})"
        )));
    }
    Ok(())
}
