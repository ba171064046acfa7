//! Elements between Python and memory: what a dtype takes, what it gives, and the errors.
//!
//! Conversions may run Python code (`__float__`, `__index__`), so they come before any lock is
//! taken: an element is encoded into bytes first and stored afterwards.

use std::fmt;

use chunkarray_core::{DType, Kind};
use hpy_host::capi::capi;
use hpy_host::define::{Error, Exception, Result, checked_status};
use hpy_host::door::{self, Door};
use hpy_host::interpreter;
use hpy_host::numbers::{self, Integer};
use hpy_sys::*;

use crate::arguments::{self, Owned, type_name};
use crate::{record, times};

/// The largest scalar, in bytes.
pub const SCALAR: usize = 8;

/// The names that lead to a field of a record, for messages.
#[derive(Clone, Copy)]
pub struct Path<'a> {
    pub name: &'a dyn fmt::Display,
    pub outer: Within<'a>,
}

/// The field that a value is for; none for an element by itself.
pub type Within<'a> = Option<&'a Path<'a>>;

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(outer) = self.outer {
            write!(f, "{outer}.")?;
        }
        self.name.fmt(f)
    }
}

/// An error that names the field.
#[cold]
pub fn about(within: Within<'_>, error: Error) -> Error {
    match (within, error) {
        (Some(path), Error::New(exception, message)) => {
            Error::New(exception, format!("{path}: {message}"))
        }
        (_, error) => error,
    }
}

/// Writes one element into `out`, which has the dtype's size.
pub fn encode<D: Door>(door: D, dtype: &DType, value: HPy, out: &mut [u8]) -> Result<()> {
    if dtype.record().is_some() {
        // What no field covers.
        out.fill(0);
    }
    encode_within(door, dtype, value, out, None)
}

/// The same for a field, in zeros.
#[inline]
pub fn encode_within<D: Door>(
    door: D,
    dtype: &DType,
    value: HPy,
    out: &mut [u8],
    within: Within<'_>,
) -> Result<()> {
    if dtype.shape().is_empty() {
        encode_item(door, dtype, value, out, within)
    } else {
        // A fixed shape, row by row: the scalars of a nested sequence.
        encode_rows(door, dtype, dtype.shape(), value, out, within)
    }
}

fn encode_rows<D: Door>(
    door: D,
    dtype: &DType,
    shape: &[usize],
    value: HPy,
    out: &mut [u8],
    within: Within<'_>,
) -> Result<()> {
    let Some((&rows, inner)) = shape.split_first() else {
        return encode_item(door, dtype, value, out, within);
    };
    let ctx = door.ctx();
    let refused = |exception, why: String| {
        let name = shown_name(dtype);
        let message = format!("{name} takes a sequence of {rows}, not {why}");
        about(within, Error::New(exception, message))
    };
    // SAFETY: `value` is live.
    let length = unsafe { HPy_Length(ctx, value) };
    if length < 0 {
        // SAFETY: an exception is set.
        unsafe { HPyErr_Clear(ctx) };
        return Err(refused(Exception::TypeError, type_name(door, value)));
    }
    if length as usize != rows {
        return Err(refused(Exception::ValueError, format!("of {length}")));
    }
    let step = out.len() / rows.max(1);
    for (row, part) in out
        .chunks_exact_mut(step.max(dtype.item_size()))
        .enumerate()
    {
        // SAFETY: `value` is live; the item is a new handle.
        let item = Owned::new(door, unsafe { HPy_GetItem_i(ctx, value, row as isize) })?;
        encode_rows(door, dtype, inner, item.get(), part, within)?;
    }
    Ok(())
}

/// A dtype in a message, where the layout of a record would be too much.
fn shown_name(dtype: &DType) -> String {
    match dtype.record() {
        None => dtype.name(),
        Some(record) => dtype.name().replacen(record.text(), "record", 1),
    }
}

#[inline(always)]
fn encode_item<D: Door>(
    door: D,
    dtype: &DType,
    value: HPy,
    out: &mut [u8],
    within: Within<'_>,
) -> Result<()> {
    match dtype.record() {
        Some(record) => record::encode(door, record, value, out, within),
        None => {
            encode_scalar(door, dtype, value, out, within).map_err(|error| about(within, error))
        }
    }
}

#[inline]
fn encode_scalar<D: Door>(
    door: D,
    dtype: &DType,
    value: HPy,
    out: &mut [u8],
    within: Within<'_>,
) -> Result<()> {
    let bytes: [u8; SCALAR] = match dtype.kind() {
        Kind::F if out.len() == 8 => float(door, dtype, value)?.to_le_bytes(),
        Kind::F => widen(single(door, dtype, value)?.to_le_bytes()),
        Kind::U => unsigned(door, dtype, value)?.to_le_bytes(),
        Kind::S => signed(door, dtype, value)?.to_le_bytes(),
        Kind::Bool => widen([boolean(door, dtype, value)? as u8]),
        Kind::B => match raw_bytes(door, dtype, value, out)? {
            // Bytes are taken as they stand, whatever the byte order.
            true => return Ok(()),
            false => unsigned(door, dtype, value)?.to_le_bytes(),
        },
        Kind::Time(_) | Kind::Span(_) => time(door, dtype, value, within)?.to_le_bytes(),
        Kind::Record => unreachable!("a record is no scalar"),
    };
    let size = out.len();
    out.copy_from_slice(&bytes[..size]);
    if dtype.is_big_endian() {
        out.reverse();
    }
    Ok(())
}

fn widen<const N: usize>(bytes: [u8; N]) -> [u8; SCALAR] {
    let mut wide = [0; SCALAR];
    wide[..N].copy_from_slice(&bytes);
    wide
}

/// Whether elements are little-endian doubles, which the quick ways are for.
pub fn is_plain_f64(dtype: &DType) -> bool {
    dtype.kind() == Kind::F && dtype.item_size() == 8 && !dtype.is_big_endian() && dtype.is_scalar()
}

/// A float, from what `PyFloat_AsDouble` takes.
#[inline]
pub fn float<D: Door>(door: D, dtype: &DType, value: HPy) -> Result<f64> {
    door.to_float(value)
        .ok_or_else(|| float_failed(door, dtype, value))
}

/// Why a value was no float: our own words for a built-in object that is no number.
#[cold]
pub fn float_failed<D: Door>(door: D, dtype: &DType, value: HPy) -> Error {
    numbers::float_failed(
        door,
        value,
        || wrong_type(door, dtype, value),
        || overflow(door, dtype, value),
    )
}

/// What an integer dtype takes: ints and whatever has `__index__`.
pub fn integer<D: Door>(door: D, dtype: &DType, value: HPy) -> Result<Integer> {
    numbers::integer(door, value, || wrong_type(door, dtype, value))
}

fn single<D: Door>(door: D, dtype: &DType, value: HPy) -> Result<f32> {
    let wide = float(door, dtype, value)?;
    let narrow = wide as f32;
    if narrow.is_infinite() && wide.is_finite() {
        return Err(overflow(door, dtype, value));
    }
    Ok(narrow)
}

fn unsigned<D: Door>(door: D, dtype: &DType, value: HPy) -> Result<u64> {
    let number = match integer(door, dtype, value)? {
        Integer::Large(large) => Some(large),
        Integer::Small(small) => u64::try_from(small).ok(),
        Integer::Huge { .. } => None,
    };
    let most = u64::MAX >> (64 - 8 * dtype.item_size());
    number
        .filter(|&number| number <= most)
        .ok_or_else(|| overflow(door, dtype, value))
}

fn signed<D: Door>(door: D, dtype: &DType, value: HPy) -> Result<i64> {
    let spare = 64 - 8 * dtype.item_size();
    match integer(door, dtype, value)? {
        Integer::Small(small) if small << spare >> spare == small => Ok(small),
        _ => Err(overflow(door, dtype, value)),
    }
}

pub fn boolean<D: Door>(door: D, dtype: &DType, value: HPy) -> Result<bool> {
    let ctx = door.ctx();
    // SAFETY: `value` is live.
    unsafe {
        if HPy_Is(ctx, value, (*ctx).h_True) != 0 {
            return Ok(true);
        }
        if HPy_Is(ctx, value, (*ctx).h_False) != 0 {
            return Ok(false);
        }
        if HPy_TypeCheck(ctx, value, (*ctx).h_LongType) == 0 && is_numpy_bool(door, value) {
            return Ok(checked_status(HPy_IsTrue(ctx, value))? != 0);
        }
    }
    // 0 and 1 are what NumPy's and Arrow's booleans come back as from other formats.
    match integer(door, dtype, value)? {
        Integer::Small(number @ (0 | 1)) => Ok(number == 1),
        _ => Err(overflow(door, dtype, value)),
    }
}

/// Whether this is one of NumPy's booleans, which have no `__index__`. Told by their name, so that
/// nobody needs NumPy.
fn is_numpy_bool<D: Door>(door: D, value: HPy) -> bool {
    let ctx = door.ctx();
    if !matches!(type_name(door, value).as_str(), "bool" | "bool_") {
        return false;
    }
    let module = || -> Result<String> {
        // SAFETY: `value` is live, so is its type.
        unsafe {
            let class = Owned::new(door, HPy_Type(ctx, value))?;
            let name = HPy_GetAttr_s(ctx, class.get(), c"__module__".as_ptr());
            arguments::text(door, "a type's module", Owned::new(door, name)?.get())
        }
    };
    match module() {
        Ok(module) => module == "numpy",
        Err(_) => {
            // SAFETY: nothing but the context is passed.
            unsafe { HPyErr_Clear(ctx) };
            false
        }
    }
}

/// The count that a TIME or a SPAN takes. An int is one itself; all else `_times.py` knows about.
fn time<D: Door>(door: D, dtype: &DType, value: HPy, within: Within<'_>) -> Result<i64> {
    // SAFETY: `value` is live.
    if unsafe { HPy_TypeCheck(door.ctx(), value, (*door.ctx()).h_LongType) } != 0 {
        return signed(door, dtype, value);
    }
    times::encode(door, dtype, value, within)
}

/// Copies a bytes object of the right length; false if the value is no bytes object.
fn raw_bytes<D: Door>(door: D, dtype: &DType, value: HPy, out: &mut [u8]) -> Result<bool> {
    let Some(bytes) = record::bytes_of(door, value)? else {
        return Ok(false);
    };
    if bytes.len() != out.len() {
        return Err(Error::value_error(format!(
            "{} takes bytes of length {}, not {}",
            dtype.name(),
            out.len(),
            bytes.len()
        )));
    }
    out.copy_from_slice(bytes);
    Ok(true)
}

#[cold]
fn wrong_type<D: Door>(door: D, dtype: &DType, value: HPy) -> Error {
    let takes = match dtype.kind() {
        Kind::F => "a float",
        Kind::U | Kind::S => "an int",
        Kind::B => "an int or bytes",
        Kind::Bool => "a bool",
        Kind::Time(_) => "a datetime, a date or an int",
        Kind::Span(_) => "a timedelta or an int",
        Kind::Record => "a tuple",
    };
    Error::type_error(format!(
        "{} takes {takes}, not {}",
        dtype.name(),
        type_name(door, value)
    ))
}

#[cold]
fn overflow<D: Door>(door: D, dtype: &DType, value: HPy) -> Error {
    let bits = 8 * dtype.item_size() as u32;
    let range = match dtype.kind() {
        Kind::U | Kind::B => format!("0 to {}", u64::MAX >> (64 - bits)),
        Kind::S | Kind::Time(_) | Kind::Span(_) => {
            format!("{} to {}", i64::MIN >> (64 - bits), i64::MAX >> (64 - bits))
        }
        Kind::F if bits == 32 => format!("-{0:e} to {0:e}", f32::MAX),
        Kind::F => format!("-{0:e} to {0:e}", f64::MAX),
        Kind::Bool => "0 to 1".into(),
        Kind::Record => String::new(),
    };
    numbers::out_of_range(door, value, &dtype.name(), &range)
}

/// The Python object for one element's bytes: float, int, bool, a time or a span of time, a tuple of a record's fields,
/// or a tuple of rows.
pub fn decode<D: Door>(door: D, dtype: &DType, bytes: &[u8]) -> Result<HPy> {
    if dtype.shape().is_empty() {
        return decode_item(door, dtype, bytes);
    }
    decode_rows(door, dtype, dtype.shape(), bytes)
}

#[inline(always)]
fn decode_item<D: Door>(door: D, dtype: &DType, bytes: &[u8]) -> Result<HPy> {
    match dtype.record() {
        Some(record) => record::decode(door, record, bytes),
        None => decode_scalar(door, dtype, bytes),
    }
}

fn decode_rows<D: Door>(door: D, dtype: &DType, shape: &[usize], bytes: &[u8]) -> Result<HPy> {
    let Some((&rows, inner)) = shape.split_first() else {
        return decode_item(door, dtype, bytes);
    };
    let step = (bytes.len() / rows.max(1)).max(dtype.item_size());
    let rows = bytes.chunks_exact(step);
    tuple_of(door, rows.map(|row| decode_rows(door, dtype, inner, row)))
}

/// A tuple of new objects.
pub fn tuple_of<D: Door>(
    door: D,
    items: impl ExactSizeIterator<Item = Result<HPy>>,
) -> Result<HPy> {
    if D::OWN && interpreter::get().kind == interpreter::Kind::CPython {
        // There a new tuple may be filled in as long as nobody else has it.
        // SAFETY: the interpreter's lock is held; each place takes over the object's reference.
        return unsafe {
            let object = (capi().PyTuple_New)(items.len() as isize);
            let tuple = Owned::new(door, door::handle(object))?;
            for (k, item) in items.enumerate() {
                let item = hpy_host::define::checked(item?)?;
                (capi().PyTuple_SetItem)(object, k as isize, door::pointer(item));
            }
            Ok(tuple.take())
        };
    }
    let items: Vec<Owned<D>> = items
        .map(|item| Owned::new(door, item?))
        .collect::<Result<_>>()?;
    let mut handles: Vec<HPy> = items.iter().map(Owned::get).collect();
    // SAFETY: the handles are live; the tuple takes references of its own.
    hpy_host::define::checked(unsafe {
        HPyTuple_FromArray(door.ctx(), handles.as_mut_ptr(), handles.len() as isize)
    })
}

#[inline]
fn decode_scalar<D: Door>(door: D, dtype: &DType, bytes: &[u8]) -> Result<HPy> {
    let mut wide = [0; SCALAR];
    wide[..bytes.len()].copy_from_slice(bytes);
    if dtype.is_big_endian() {
        wide[..bytes.len()].reverse();
    }
    let number = u64::from_le_bytes(wide);
    let spare = 64 - 8 * bytes.len() as u32;
    let object = match dtype.kind() {
        Kind::F if spare == 0 => door.float(f64::from_bits(number)),
        Kind::F => door.float(f64::from(f32::from_bits(number as u32))),
        Kind::S => door.int((number << spare) as i64 >> spare),
        Kind::Bool => {
            // SAFETY: nothing but the context and a flag is passed.
            unsafe { HPyBool_FromBool(door.ctx(), number != 0) }
        }
        Kind::U | Kind::B => match i64::try_from(number) {
            Ok(number) => door.int(number),
            // SAFETY: nothing but the context and a number is passed.
            Err(_) => unsafe { HPyLong_FromUInt64_t(door.ctx(), number) },
        },
        Kind::Time(_) | Kind::Span(_) => return times::decode(door, dtype, number as i64),
        Kind::Record => unreachable!("a record is no scalar"),
    };
    hpy_host::define::checked(object)
}
