//! What becomes of an array beside growing: marks, transactions, dropping, waiting, freezing.

use std::ffi::c_void;

use chunkarray_core::{Growth, Options};
use hpy_host::bind;
use hpy_host::define::{
    Error, Exception, Result, Trampolines, attribute, checked, checked_status, method,
};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::abi::python::without_readers;
use crate::arguments::{self, Owned, Parameters};
use crate::array::{Filled, filled};
use crate::locking::{Hold, exclusive, outside, raised};
use crate::memory_pressure;

/// The methods of this file.
pub fn methods(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"_at",
            bind!(t, o: at, crate::array::at_position_quick),
            c"_at($self, position, /)\n--\n\nThe element at a position, which counts from the first that there ever was.",
        ),
        method(
            c"_set_at",
            bind!(t, keywords: set_at),
            c"_set_at($self, position, value, /)\n--\n\nOverwrite the element at a position.",
        ),
        method(
            c"_save",
            bind!(t, noargs: save),
            c"_save($self, /)\n--\n\nRemember where the array ends: the mark and its position.",
        ),
        method(
            c"_rewind",
            bind!(t, o: rewind),
            c"_rewind($self, mark, /)\n--\n\nRemove the elements that were appended since a mark.\n\n\
              ValueError if the array was cut below it meanwhile, or its position was dropped.",
        ),
        method(
            c"reset",
            bind!(t, noargs: reset),
            c"reset($self, /)\n--\n\nRemove all elements, as clear(), and make all marks invalid.",
        ),
        method(
            c"drop_front",
            bind!(t, o: drop_front),
            c"drop_front($self, n, /)\n--\n\nDrop the oldest elements, or all if there are fewer: `first` grows by as many.\n\n\
              The others keep their places, and so do views of the dropped ones. The memory of whole\n\
              chunks is reused. ValueError for a negative number, RuntimeError inside a transaction.",
        ),
        method(
            c"shrink",
            bind!(t, noargs: shrink),
            c"shrink($self, /)\n--\n\nGive memory back that holds no elements. Python without a GIL keeps it until\n\
              the array goes.",
        ),
        method(
            c"_begin",
            bind!(t, o: begin),
            c"_begin($self, wait, /)\n--\n\nBegin a transaction of the calling thread, and return its depth.\n\n\
              BlockingIOError, instead of waiting, if another thread is at work and `wait` is false.",
        ),
        method(
            c"_commit",
            bind!(t, o: commit),
            c"_commit($self, depth, /)\n--\n\nEnd the innermost transaction, which has that depth. RuntimeError for another one.",
        ),
        method(
            c"_abort",
            bind!(t, o: abort),
            c"_abort($self, depth, /)\n--\n\nEnd the innermost transaction, and remove what was appended in it. Errors as _commit's.",
        ),
        method(
            c"_watch",
            bind!(t, o: watch),
            c"_watch($self, position, /)\n--\n\nAsk for a call of `_wake` when `_settled` reaches a position, or elements were removed.",
        ),
        method(
            c"freeze",
            bind!(t, keywords: freeze),
            c"freeze($self, force=False)\n--\n\nMake the array read-only for good: every later change is a ValueError, and\n\
              chunks and views are read-only.\n\n\
              BufferError while chunks or views of it live through which it could be changed;\n\
              force=True freezes it all the same. A frozen array can be closed, and has a hash, by\n\
              identity. Its copies are not frozen.",
        ),
        method(
            c"_refuse_views",
            bind!(t, noargs: refuse_views),
            c"_refuse_views($self, /)\n--\n\nRaise the BufferError that freeze() would, and do nothing else.",
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

pub fn at<D: Door>(door: D, this: HPy, at: HPy) -> Result<HPy> {
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
    let [at, value] = unsafe { arguments::positional(door, "_set_at", arguments, count, names)? };
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
    checked(door.int(filled(door, this)?.raw.settled_end() as i64))
}

fn depth<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    checked(door.int(filled(door, this)?.raw.transaction_depth() as i64))
}

fn keep<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    match filled(door, this)?.raw.options().keep {
        Some(keep) => checked(door.int(keep as i64)),
        None => Ok(door.none()),
    }
}

fn keep_bytes<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    let array = filled(door, this)?;
    match array.raw.options().keep {
        Some(keep) => checked(door.int((keep * array.dtype.size()) as i64)),
        None => Ok(door.none()),
    }
}

fn frozen<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    truth(door, filled(door, this)?.raw.is_frozen())
}

fn closed<D: Door>(door: D, this: HPy, _: *mut c_void) -> Result<HPy> {
    truth(door, filled(door, this)?.raw.is_closed())
}

/// A bool.
pub fn truth<D: Door>(door: D, value: bool) -> Result<HPy> {
    // SAFETY: nothing but the context and a flag is passed.
    checked(unsafe { HPyBool_FromBool(door.ctx(), value) })
}

fn save<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let mark = exclusive(door, array.raw, Hold::Briefly)
        .save()
        .map_err(raised)?;
    let id = Owned::new(door, door.int(mark.id() as i64))?;
    let position = Owned::new(door, door.int(mark.position() as i64))?;
    // SAFETY: the handles are live; the tuple takes references of its own.
    checked(unsafe { HPyTuple_FromArray(door.ctx(), [id.get(), position.get()].as_mut_ptr(), 2) })
}

fn rewind<D: Door>(door: D, this: HPy, mark: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let id = arguments::size(door, "mark", mark)?;
    array.shorten(door, |guard| guard.rewind_to(id as u64))?;
    Ok(door.none())
}

fn reset<D: Door>(door: D, this: HPy) -> Result<HPy> {
    filled(door, this)?.shorten(door, |guard| guard.reset())?;
    Ok(door.none())
}

fn drop_front<D: Door>(door: D, this: HPy, count: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let count = arguments::count(door, "n", count)?;
    array.shorten(door, |guard| guard.drop_front(count))?;
    Ok(door.none())
}

fn shrink<D: Door>(door: D, this: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    {
        let guard = exclusive(door, array.raw, Hold::Briefly);
        let shrunk = without_readers(door, array.raw, || {
            // SAFETY: nobody looks at elements without the array's lock.
            unsafe { guard.shrink() }
        });
        shrunk
            .unwrap_or_else(|| guard.check_no_appender())
            .map_err(raised)?;
    }
    array.tell_collector(door);
    Ok(door.none())
}

fn begin<D: Door>(door: D, this: HPy, wait: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    // SAFETY: `wait` is live.
    let wait = checked_status(unsafe { HPy_IsTrue(door.ctx(), wait) })? != 0;
    let depth = loop {
        if let Some(depth) = array.raw.try_begin().map_err(raised)? {
            break depth;
        }
        if !wait {
            return Err(Error::New(
                Exception::BlockingIOError,
                "another thread is at work on the array".into(),
            ));
        }
        if !door.has_gil() {
            // As in `exclusive`.
            break outside(door, || array.raw.begin()).map_err(raised)?;
        }
        outside(door, || array.raw.wait_until_idle());
    };
    checked(door.int(depth as i64))
}

fn commit<D: Door>(door: D, this: HPy, depth: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let depth = arguments::size(door, "depth", depth)?;
    array.raw.commit(depth).map_err(raised)?;
    array.tell_collector(door);
    array.tell_waiters(door)?;
    Ok(door.none())
}

fn abort<D: Door>(door: D, this: HPy, depth: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let depth = arguments::size(door, "depth", depth)?;
    array.raw.abort(depth).map_err(raised)?;
    array.tell_collector(door);
    array.tell_waiters(door)?;
    Ok(door.none())
}

fn watch<D: Door>(door: D, this: HPy, at: HPy) -> Result<HPy> {
    let array = filled(door, this)?;
    let at = position(door, at)?;
    // Not behind a transaction of another thread, which may last: who watches has a timeout, and
    // wants to be interrupted.
    while array.raw.watch_beside(at).is_none() {
        if let Some(guard) = array.raw.try_lock_briefly() {
            guard.watch(at).map_err(raised)?;
            break;
        }
        outside(door, || array.raw.wait_until_idle());
    }
    Ok(door.none())
}

const FREEZE: Parameters<1> = Parameters {
    function: "freeze",
    names: [c"force"],
    positional: 1,
};

fn freeze<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [force] = unsafe { FREEZE.read(door, arguments, count as isize, names)? };
    let force = match force {
        // SAFETY: the argument is live.
        Some(force) => checked_status(unsafe { HPy_IsTrue(door.ctx(), force.get()) })? != 0,
        None => false,
    };
    let array = filled(door, this)?;
    if array.raw.is_closed() {
        return Err(raised(chunkarray_core::Error::Closed));
    }
    if array.raw.is_frozen() {
        return Ok(door.none());
    }
    if !force {
        no_views(door, &array)?;
    }
    {
        let guard = exclusive(door, array.raw, Hold::Briefly);
        guard.freeze().map_err(raised)?;
        array.refuse_changes();
    }
    array.raw.wake_all();
    array.tell_waiters(door)?;
    Ok(door.none())
}

/// What `freeze` refuses, without freezing: who has several arrays to freeze asks each of them first.
fn refuse_views<D: Door>(door: D, this: HPy) -> Result<HPy> {
    no_views(door, &filled(door, this)?)?;
    Ok(door.none())
}

fn no_views<D: Door>(door: D, array: &Filled<'_>) -> Result<()> {
    if array.raw.has_views() {
        memory_pressure::collect_cycles(door, || !array.raw.has_views());
        if array.raw.has_views() {
            return Err(Error::New(
                Exception::BufferError,
                "the array could be changed through chunks or views of it that live; \
                 freeze(force=True) freezes it all the same"
                    .into(),
            ));
        }
    }
    Ok(())
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
    options.keep = Some(keep);
    Ok(())
}
