//! What becomes of an array's elements beside growing: how many are kept.

use chunkarray_core::{Growth, Options};
use hpy_host::define::{Error, Result, Trampolines};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::arguments::{self, Owned};

/// The methods of this file.
pub fn methods(_: Trampolines) -> Vec<HPyDef> {
    vec![]
}

/// The attributes of this file.
pub fn attributes(_: Trampolines) -> Vec<HPyDef> {
    vec![]
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
