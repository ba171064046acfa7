//! Finding where messages begin: the module's function `scan`, over `chunkarray_core::message`.

use chunkarray_core::message::{Program, Run, Stop};
use hpy_host::define::{Error, Exception, Result, Trampolines, method};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::abi::python::unsigned;
use crate::arguments::{Owned, positional, size, type_name};
use crate::array::as_array;
use crate::extend::{self, Held, contiguous_buffer};
use crate::locking::outside;
use crate::module::{string, tuple};

/// Offsets that are found before they are appended, without the interpreter's lock.
const ROOM: usize = 1 << 16;

/// The definition of the function.
pub fn definition(t: Trampolines) -> HPyDef {
    method(
        c"scan",
        hpy_host::bind!(t, keywords: scan),
        c"scan($module, program, data, start, base, limit, offsets, /)\n--\n\n\
          Append to `offsets`, an array of U8, where each message in `data` begins, from `start` on.\n\n\
          `base` is added to each. Gives where it stopped and why: 'end', 'cut' (the data ends inside of\n\
          a message) or 'look' (the message is odd, or longer than `limit` bytes).",
    )
}

fn scan<D: Door>(door: D, _: HPy, arguments: *const HPy, count: usize, names: HPy) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [program, data, start, base, limit, offsets] =
        unsafe { positional(door, "scan", arguments, count, names)? };
    let words = buffer(door, "program", program)?;
    let program = read_program(words_of(&words))?;
    let held = buffer(door, "data", data)?;
    let mut start = size(door, "start", start)?;
    let base = size(door, "base", base)? as u64;
    let limit = size(door, "limit", limit)?;
    let array = as_array(door, offsets)?.filter(|array| array.dtype.name() == "U8");
    let Some(array) = array else {
        return Err(Error::type_error("offsets is an array of U8"));
    };
    // SAFETY: the exporter keeps the memory while the buffer is held. Where others write to it meanwhile, the scan
    // sees old or new bytes; what it reads once it does not rely on twice.
    let data =
        unsafe { std::slice::from_raw_parts(held.buffer.pointer().as_ptr(), held.buffer.len()) };
    let mut found = Vec::new();
    found.try_reserve_exact(ROOM).map_err(|_| Error::NoMemory)?;
    found.resize(ROOM, 0_u64);
    loop {
        let run = outside(door, || {
            let run = program.scan(data, start, limit, &mut found);
            for offset in &mut found[..run.count] {
                *offset = offset.wrapping_add(base).to_le();
            }
            run
        });
        extend::append_u64(door, array, &found[..run.count])?;
        let Run { at, stop, .. } = run;
        let why = match stop {
            Stop::End => "end",
            Stop::Cut => "cut",
            Stop::Look => "look",
            Stop::Full => {
                start = at;
                continue;
            }
        };
        let at = Owned::new(door, unsigned(door, at as u64)?)?;
        return tuple(door, [at, Owned::new(door, string(door, why)?)?]);
    }
}

fn buffer<D: Door>(door: D, what: &str, object: HPy) -> Result<Held> {
    contiguous_buffer(door, object).ok_or_else(|| {
        let found = type_name(door, object);
        Error::type_error(format!("{what} takes a contiguous buffer, not {found}"))
    })
}

/// The words of a program: eight bytes each, little-endian.
fn words_of(held: &Held) -> Vec<i64> {
    // SAFETY: as in `scan`.
    let bytes =
        unsafe { std::slice::from_raw_parts(held.buffer.pointer().as_ptr(), held.buffer.len()) };
    let (words, _) = bytes.as_chunks();
    words
        .iter()
        .take(chunkarray_core::message::MOST_WORDS + 1)
        .map(|&word| i64::from_le_bytes(word))
        .collect()
}

fn read_program(words: Vec<i64>) -> Result<Program> {
    Program::new(&words).map_err(|error| Error::New(Exception::ValueError, error.to_string()))
}
