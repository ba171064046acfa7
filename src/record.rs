//! Records between Python and memory: tuples of what their fields take and give.

use std::ffi::c_char;

use chunkarray_core::{Bits, DType, Field, FieldKind, Kind, Record, Stored};
use hpy_host::capi::capi;
use hpy_host::define::{Error, Result, checked, checked_status};
use hpy_host::door::{self, Door};
use hpy_host::interpreter;
use hpy_host::numbers::{self, Integer};
use hpy_sys::*;

use crate::arguments::{Owned, type_name};
use crate::element::{self, Path, Within, about};
use crate::quick::Scalar;
use crate::{extend, module};

/// Names in a message are so many at most.
const NAMES: usize = 6;

/// What is in a tuple of so many objects, lent for as long as the caller has the tuple; none for all else, and where that
/// is not the quickest way to them.
#[inline(always)]
fn items_of<D: Door>(_: D, value: HPy, count: usize) -> Option<impl Iterator<Item = HPy>> {
    if !D::OWN || interpreter::get().kind != interpreter::Kind::CPython {
        return None;
    }
    let tuple = door::pointer(value);
    // SAFETY: the object is live. For what is no tuple an exception is set.
    let given = unsafe { (capi().PyTuple_Size)(tuple) };
    if given < 0 {
        // SAFETY: the interpreter's lock is held.
        unsafe { (capi().PyErr_Clear)() };
    }
    // SAFETY: there are so many, and they stay as long as the tuple does.
    let item = move |k| door::handle(unsafe { (capi().PyTuple_GetItem)(tuple, k as isize) });
    (given as usize == count).then(|| (0..count).map(item))
}

/// Writes a tuple of plain numbers into `out`, which has the record's size and is all zero. Runs no Python code, and
/// leaves no exception; false where something takes the general way.
#[inline]
pub fn encode_numbers<D: Door>(door: D, record: &Record, value: HPy, out: &mut [u8]) -> bool {
    let fields = record.fields();
    let Some(items) = items_of(door, value, fields.len()) else {
        return false;
    };
    let put = |(field, item): (&Field, HPy)| {
        let (stored, swapped) = field.number()?;
        let out = out.get_mut(field.offset()..)?;
        match stored {
            Stored::U1 => put_number::<u8, D, 1>(door, item, swapped, out),
            Stored::U2 => put_number::<u16, D, 2>(door, item, swapped, out),
            Stored::U4 => put_number::<u32, D, 4>(door, item, swapped, out),
            Stored::U8 => put_number::<u64, D, 8>(door, item, swapped, out),
            Stored::S1 => put_number::<i8, D, 1>(door, item, swapped, out),
            Stored::S2 => put_number::<i16, D, 2>(door, item, swapped, out),
            Stored::S4 => put_number::<i32, D, 4>(door, item, swapped, out),
            Stored::S8 => put_number::<i64, D, 8>(door, item, swapped, out),
            Stored::F4 => put_number::<f32, D, 4>(door, item, swapped, out),
            Stored::F8 => put_number::<f64, D, 8>(door, item, swapped, out),
            Stored::Bool => match u8::take(door, item)? {
                truth @ (0 | 1) => {
                    out[0] = truth;
                    Some(())
                }
                _ => None,
            },
        }
    };
    fields.iter().zip(items).map(put).all(|put| put.is_some())
}

#[inline(always)]
fn put_number<T: Scalar, D: Door, const N: usize>(
    door: D,
    value: HPy,
    swapped: bool,
    out: &mut [u8],
) -> Option<()> {
    let number = T::take(door, value)?;
    let out: &mut [u8; N] = out.first_chunk_mut()?;
    // SAFETY: plain bytes, as many as N.
    *out = unsafe { std::mem::transmute_copy(&number) };
    if swapped {
        out.reverse();
    }
    Some(())
}

/// Writes a record into `out`, which has its size and is all zero.
pub fn encode<D: Door>(
    door: D,
    record: &Record,
    value: HPy,
    out: &mut [u8],
    within: Within<'_>,
) -> Result<()> {
    let fields = record.fields();
    // SAFETY: `value` is live. Asked first, as the exception below costs more than that.
    let is_tuple = unsafe { HPyTuple_Check(door.ctx(), value) } != 0;
    if is_tuple && record.is_numbers() && encode_numbers(door, record, value, out) {
        return Ok(());
    }
    if is_tuple && let Some(items) = items_of(door, value, fields.len()) {
        for (field, item) in fields.iter().zip(items) {
            encode_field(door, field, item, out, within)?;
        }
        return Ok(());
    }
    if encode_bytes(door, record, value, out, within)? {
        return Ok(());
    }
    let ctx = door.ctx();
    // SAFETY: `value` is live.
    let length = unsafe {
        // Both have a length, and items that are no values.
        let refused = HPyUnicode_Check(ctx, value) != 0 || HPyDict_Check(ctx, value) != 0;
        if refused { -1 } else { HPy_Length(ctx, value) }
    };
    let takes = |what: &str| {
        let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
        let more = if names.len() > NAMES { ", ..." } else { "" };
        let names = names[..names.len().min(NAMES)].join(", ");
        let count = names_count(fields.len());
        format!("a record takes {what}{count} ({names}{more}), not ")
    };
    if length < 0 {
        // SAFETY: nothing but the context is passed.
        unsafe { HPyErr_Clear(ctx) };
        let message = takes("a tuple of ") + &type_name(door, value);
        return Err(about(within, Error::type_error(message)));
    }
    if length as usize != fields.len() {
        let message = takes("") + &length.to_string();
        return Err(about(within, Error::value_error(message)));
    }
    for (k, field) in fields.iter().enumerate() {
        // SAFETY: `value` is live; the item is a new handle.
        let item = Owned::new(door, unsafe { HPy_GetItem_i(ctx, value, k as isize) })?;
        encode_field(door, field, item.get(), out, within)?;
    }
    Ok(())
}

fn names_count(count: usize) -> String {
    format!("{count} value{}", if count == 1 { "" } else { "s" })
}

/// Copies a bytes object of the record's size; false if the value is no bytes object.
fn encode_bytes<D: Door>(
    door: D,
    record: &Record,
    value: HPy,
    out: &mut [u8],
    within: Within<'_>,
) -> Result<bool> {
    let Some(bytes) = bytes_of(door, value)? else {
        return Ok(false);
    };
    if bytes.len() != record.size() {
        let message = format!(
            "a record takes bytes of length {}, not {}",
            record.size(),
            bytes.len()
        );
        return Err(about(within, Error::value_error(message)));
    }
    out.copy_from_slice(bytes);
    Ok(true)
}

/// What is in a bytes object, for as long as the caller has it; none for all else.
pub(crate) fn bytes_of<'a, D: Door>(door: D, value: HPy) -> Result<Option<&'a [u8]>> {
    let ctx = door.ctx();
    // SAFETY: `value` is live, and so are the bytes in it while it is.
    unsafe {
        if HPyBytes_Check(ctx, value) == 0 {
            return Ok(None);
        }
        let size = HPyBytes_Size(ctx, value);
        let bytes = HPyBytes_AsString(ctx, value);
        if bytes.is_null() {
            return Err(Error::Raised);
        }
        Ok(Some(std::slice::from_raw_parts(
            bytes.cast::<u8>(),
            size as usize,
        )))
    }
}

#[inline(always)]
fn encode_field<D: Door>(
    door: D,
    field: &Field,
    value: HPy,
    record: &mut [u8],
    outer: Within<'_>,
) -> Result<()> {
    let path = Path {
        name: &field.name(),
        outer,
    };
    let out = &mut record[field.offset()..][..field.kind().size()];
    encode_leaf(door, field.kind(), value, out, &path)
}

/// Writes the value of a field into its bytes, which are those that it had, for bits, else zeros.
#[inline]
pub fn encode_leaf<D: Door>(
    door: D,
    kind: &FieldKind,
    value: HPy,
    out: &mut [u8],
    path: &Path<'_>,
) -> Result<()> {
    match kind {
        FieldKind::Plain(dtype) => {
            if kind.is_bytes() && encode_row_of_bytes(door, dtype, value, out, path)? {
                return Ok(());
            }
            element::encode_within(door, dtype, value, out, Some(path))
        }
        FieldKind::Text(size) => encode_text(door, *size, value, out, path),
        FieldKind::Bits(bits) => {
            bits.put(out, bits_of(door, bits, value, path)?);
            Ok(())
        }
    }
}

/// Copies what is in a bytes object or in a buffer of bytes; false for all else.
fn encode_row_of_bytes<D: Door>(
    door: D,
    dtype: &DType,
    value: HPy,
    out: &mut [u8],
    path: &Path<'_>,
) -> Result<bool> {
    let refused = |size: usize| {
        let message = format!("{dtype} takes bytes of length {}, not {size}", dtype.size());
        Err(about(Some(path), Error::value_error(message)))
    };
    if let Some(bytes) = bytes_of(door, value)? {
        if bytes.len() != out.len() {
            return refused(bytes.len());
        }
        out.copy_from_slice(bytes);
        return Ok(true);
    }
    // SAFETY: `value` is live.
    if unsafe { HPyUnicode_Check(door.ctx(), value) } != 0 {
        return Ok(false);
    }
    let Some(held) = extend::contiguous_buffer(door, value) else {
        return Ok(false);
    };
    let buffer = &held.buffer;
    if buffer.item_size() != 1 || !matches!(buffer.format().to_bytes(), b"B" | b"c") {
        return Ok(false);
    }
    if buffer.len() != out.len() {
        return refused(buffer.len());
    }
    for (k, byte) in out.iter_mut().enumerate() {
        // SAFETY: the buffer has so many bytes. Others may write to them meanwhile.
        *byte = unsafe { buffer.pointer().as_ptr().add(k).read_volatile() };
    }
    Ok(true)
}

/// Writes text as UTF-8 with NULs behind it.
fn encode_text<D: Door>(
    door: D,
    size: usize,
    value: HPy,
    out: &mut [u8],
    path: &Path<'_>,
) -> Result<()> {
    let ctx = door.ctx();
    let mut put = |text: &[u8]| {
        if text.len() > size {
            let message = format!("{} bytes of UTF-8 for TEXT[{size}]", text.len());
            return Err(about(Some(path), Error::value_error(message)));
        }
        out[..text.len()].copy_from_slice(text);
        out[text.len()..].fill(0);
        Ok(())
    };
    // SAFETY: `value` is live, and so is its text; the constants are the context's.
    unsafe {
        if HPyUnicode_Check(ctx, value) == 0 {
            let message = format!("TEXT[{size}] takes a str, not {}", type_name(door, value));
            return Err(about(Some(path), Error::type_error(message)));
        }
        let mut length = 0;
        let text = HPyUnicode_AsUTF8AndSize(ctx, value, &raw mut length);
        if !text.is_null() {
            let text = std::slice::from_raw_parts(text.cast::<u8>(), length as usize);
            // PyPy also lends the text of a str that UTF-8 has no place for.
            if std::str::from_utf8(text).is_ok() {
                return put(text);
            }
        } else if HPyErr_ExceptionMatches(ctx, (*ctx).h_ValueError) == 0 {
            return Err(Error::Raised);
        }
        HPyErr_Clear(ctx);
        // What was decoded from other bytes goes back to these.
        let name = c"encode".as_ptr();
        let encode = Owned::new(door, HPy_GetAttr_s(ctx, (*ctx).h_UnicodeType, name))?;
        let (utf8, escape) = (
            Owned::new(door, module::string(door, "utf-8")?)?,
            Owned::new(door, module::string(door, "surrogateescape")?)?,
        );
        let arguments = [value, utf8.get(), escape.get()];
        let bytes = HPy_Call(ctx, encode.get(), arguments.as_ptr(), 3, HPY_NULL);
        let bytes = Owned::new(door, bytes)?;
        match bytes_of(door, bytes.get())? {
            Some(text) => put(text),
            None => Err(Error::type_error("str.encode() gave no bytes")),
        }
    }
}

/// The value for some bits.
pub fn bits_of<D: Door>(door: D, bits: &Bits, value: HPy, path: &Path<'_>) -> Result<u64> {
    let told = |error| about(Some(path), error);
    if bits.unit().kind() == Kind::Bool {
        return element::boolean(door, bits.unit(), value)
            .map(u64::from)
            .map_err(told);
    }
    let wrong_type = || {
        Error::type_error(format!(
            "{bits} takes an int, not {}",
            type_name(door, value)
        ))
    };
    let number = match numbers::integer(door, value, wrong_type).map_err(told)? {
        Integer::Small(small) => Some(i128::from(small)),
        Integer::Large(large) => Some(i128::from(large)),
        Integer::Huge { .. } => None,
    };
    let (least, most) = bits.range();
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(number as u64),
        _ => {
            let range = format!("{least} to {most}");
            Err(told(numbers::out_of_range(
                door,
                value,
                &bits.to_string(),
                &range,
            )))
        }
    }
}

/// The tuple for a record's bytes.
pub fn decode<D: Door>(door: D, record: &Record, bytes: &[u8]) -> Result<HPy> {
    let values = record.fields().iter().map(|field| {
        let kind = field.kind();
        decode_leaf(door, kind, &bytes[field.offset()..][..kind.size()])
    });
    element::tuple_of(door, values)
}

/// The object for a field's bytes.
#[inline]
pub fn decode_leaf<D: Door>(door: D, kind: &FieldKind, bytes: &[u8]) -> Result<HPy> {
    match kind {
        FieldKind::Plain(_) if kind.is_bytes() => bytes_object(door, bytes),
        FieldKind::Plain(dtype) => element::decode(door, dtype, bytes),
        FieldKind::Text(_) => text(door, bytes),
        FieldKind::Bits(bits) => {
            let value = bits.get(bytes);
            checked(match bits.unit().kind() {
                // SAFETY: nothing but the context and a flag is passed.
                Kind::Bool => unsafe { HPyBool_FromBool(door.ctx(), value != 0) },
                Kind::S => door.int(value as i64),
                _ => match i64::try_from(value) {
                    Ok(value) => door.int(value),
                    // SAFETY: nothing but the context and a number is passed.
                    Err(_) => unsafe { HPyLong_FromUInt64_t(door.ctx(), value) },
                },
            })
        }
    }
}

fn bytes_object<D: Door>(door: D, bytes: &[u8]) -> Result<HPy> {
    // SAFETY: the bytes are copied.
    checked(unsafe {
        HPyBytes_FromStringAndSize(door.ctx(), bytes.as_ptr().cast(), bytes.len() as isize)
    })
}

/// The str for UTF-8 with NULs behind it; bytes that are none become surrogates.
fn text<D: Door>(door: D, bytes: &[u8]) -> Result<HPy> {
    let end = bytes.iter().rposition(|&byte| byte != 0);
    let bytes = &bytes[..end.map_or(0, |last| last + 1)];
    let ctx = door.ctx();
    // SAFETY: the bytes are copied; all handles are live.
    unsafe {
        if bytes.is_ascii() {
            let (at, size) = (bytes.as_ptr().cast::<c_char>(), bytes.len() as isize);
            return checked(HPyUnicode_DecodeASCII(ctx, at, size, c"strict".as_ptr()));
        }
        let bytes = Owned::new(door, bytes_object(door, bytes)?)?;
        let (encoding, errors) = (c"utf-8".as_ptr(), c"surrogateescape".as_ptr());
        checked(HPyUnicode_FromEncodedObject(
            ctx,
            bytes.get(),
            encoding,
            errors,
        ))
    }
}

/// NumPy's description of a record's fields, as in `__array_interface__`: a list of tuples of name, type and shape; gaps
/// have no name, and bits of one scalar are a field of that scalar, with the name of the first of them.
pub fn description<D: Door>(door: D, record: &Record) -> Result<HPy> {
    let ctx = door.ctx();
    // SAFETY: all handles are live.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        let add = |items: &[Owned<D>]| -> Result<()> {
            let mut handles: Vec<HPy> = items.iter().map(Owned::get).collect();
            let count = handles.len() as isize;
            let tuple = HPyTuple_FromArray(ctx, handles.as_mut_ptr(), count);
            let tuple = Owned::new(door, tuple)?;
            checked_status(HPyList_Append(ctx, list.get(), tuple.get()))?;
            Ok(())
        };
        let string = |text: &str| Owned::new(door, self::text(door, text.as_bytes())?);
        let gap = |bytes: usize| match bytes {
            0 => Ok(()),
            _ => add(&[string("")?, string(&format!("|V{bytes}"))?]),
        };
        let mut at = 0;
        for field in record.regions() {
            let kind = field.kind();
            gap(field.offset() - at)?;
            at = field.offset() + kind.size();
            let mut items = vec![string(field.name())?];
            let dtype = match kind {
                FieldKind::Text(size) => {
                    items.push(string(&format!("|S{size}"))?);
                    add(&items)?;
                    continue;
                }
                FieldKind::Plain(dtype) => dtype,
                FieldKind::Bits(bits) => bits.unit(),
            };
            items.push(match dtype.record() {
                Some(inner) => Owned::new(door, description(door, inner)?)?,
                None => string(&dtype.typestr())?,
            });
            if !dtype.shape().is_empty() {
                let shape = dtype.shape().iter();
                let shape = element::tuple_of(door, shape.map(|&n| Ok(door.int(n as i64))))?;
                items.push(Owned::new(door, shape)?);
            }
            add(&items)?;
        }
        gap(record.size() - at)?;
        Ok(list.take())
    }
}
