//! The methods of `Array` that read and write one field of its records.
//!
//! A field is named by its leaf, a number that the layout gives to each field that is no record, and by its offset from
//! the start of the element, which differs from record to record where they lie in a shape.

use chunkarray_core::kernels::{self, Window};
use chunkarray_core::{Bits, DType, FieldKind, Leaf};
use hpy_host::bind;
use hpy_host::define::{Error, Exception, Result, Trampolines, checked_status, method};
use hpy_host::door::Door;
use hpy_sys::*;

use crate::arguments::{self, Owned, positional, type_name};
use crate::array::{Filled, as_array, filled, parse_dtype, with_room};
use crate::chunk::{self, Content};
use crate::element::{Path, about};
use crate::kernels::{Positions, add, rewrite_positions};
use crate::locking::{Hold, exclusive, raised};
use crate::record;

/// The methods.
pub fn methods(t: Trampolines) -> Vec<HPyDef> {
    vec![
        method(
            c"_field",
            bind!(t, keywords: field),
            c"_field($self, position, offset, leaf, /)\n--\n\n\
              The value of a field of the element at a position; the field lies `offset` bytes behind its start.\n\n\
              IndexError if the element is gone, TypeError if elements have no fields.",
        ),
        method(
            c"_set_field",
            bind!(t, keywords: set_field),
            c"_set_field($self, position, offset, leaf, value, /)\n--\n\n\
              Overwrite a field of the element at a position, and nothing else of it.\n\n\
              Errors as _field's, and for the value as append's.",
        ),
        method(
            c"_field_chunks",
            bind!(t, keywords: field_chunks),
            c"_field_chunks($self, start, step, count, offset, dtype, /)\n--\n\n\
              What lies at an offset of a window's elements as a list of Chunk of a dtype.",
        ),
        method(
            c"_extend_field",
            bind!(t, keywords: extend_field),
            c"_extend_field($self, source, start, step, count, offset, leaf, /)\n--\n\n\
              Add a field of each element of a window of an array of records, or none.",
        ),
        method(
            c"_set_fields",
            bind!(t, keywords: set_fields),
            c"_set_fields($self, start, step, count, offset, leaf, source, /)\n--\n\n\
              Overwrite a field of each element of a window with the elements of an array.",
        ),
    ]
}

/// A leaf of an array's records, and the offset at which it was asked for.
fn leaf_of<D: Door>(
    door: D,
    array: &Filled<'_>,
    offset: HPy,
    leaf: HPy,
) -> Result<(usize, &'static Leaf)> {
    let Some(record) = array.dtype.record() else {
        return Err(no_fields(array));
    };
    let number = arguments::size(door, "leaf", leaf)?;
    let Some(leaf) = record.leaves().get(number) else {
        let message = format!("leaf {number} of {}", record.leaves().len());
        return Err(Error::New(Exception::IndexError, message));
    };
    let offset = arguments::size(door, "offset", offset)?;
    let size = leaf.kind().size();
    array.raw.check_part(offset, size).map_err(raised)?;
    Ok((offset, leaf))
}

fn no_fields(array: &Filled<'_>) -> Error {
    Error::type_error(format!("elements of {} have no fields", array.dtype))
}

fn field<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [position, offset, leaf] = unsafe { positional(door, "_field", arguments, count, names)? };
    let array = filled(door, this)?;
    let (offset, leaf) = leaf_of(door, &array, offset, leaf)?;
    let position = arguments::size(door, "position", position)?;
    with_room(leaf.kind().size(), |bytes| {
        let read = array.raw.read_part_at(position, offset, bytes);
        read.map_err(raised)?;
        record::decode_leaf(door, leaf.kind(), bytes)
    })
}

fn set_field<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [position, offset, leaf, value] =
        unsafe { positional(door, "_set_field", arguments, count, names)? };
    let array = filled(door, this)?;
    let (offset, leaf) = leaf_of(door, &array, offset, leaf)?;
    let position = arguments::size(door, "position", position)?;
    let path = Path {
        name: &leaf.path(),
        outer: None,
    };
    // As a list: a bad position is told before a bad value is looked at.
    array.raw.check_position(position).map_err(raised)?;
    if let FieldKind::Bits(bits) = leaf.kind() {
        let value = record::bits_of(door, bits, value, &path)?;
        // With nobody else writing to other bits of the scalar.
        let _guard = exclusive(door, array.raw, Hold::Briefly);
        return with_room(leaf.kind().size(), |bytes| {
            array.writable()?;
            let raw = array.raw;
            raw.read_part_at(position, offset, bytes).map_err(raised)?;
            bits.put(bytes, value);
            raw.write_part_at(position, offset, bytes).map_err(raised)?;
            Ok(door.none())
        });
    }
    with_room(leaf.kind().size(), |bytes| {
        record::encode_leaf(door, leaf.kind(), value, bytes, &path)?;
        array.writable()?;
        // The conversion may have run Python code that shortened the array.
        let written = array.raw.write_part_at(position, offset, bytes);
        written.map_err(raised)?;
        Ok(door.none())
    })
}

fn field_chunks<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [start, step, count, offset, dtype] =
        unsafe { positional(door, "_field_chunks", arguments, count, names)? };
    let ctx = door.ctx();
    let array = filled(door, this)?;
    if array.dtype.record().is_none() {
        return Err(no_fields(&array));
    }
    let dtype = parse_dtype(door, dtype)?;
    let offset = arguments::size(door, "offset", offset)?;
    let size = dtype.size();
    array.raw.check_part(offset, size).map_err(raised)?;
    let positions = Positions::read(door, [start, step, count])?;
    let window = positions.of(&array)?;
    // SAFETY: all handles are live; the field lies within each element.
    unsafe {
        let list = Owned::new(door, HPyList_New(ctx, 0))?;
        for (k, at, count, block) in window.pieces() {
            let content = Content {
                address: at.as_ptr().add(offset),
                start: positions.part(k, 1).start,
                len: count,
                stride: positions.step.wrapping_mul(array.dtype.size() as isize),
                block: block.clone(),
                dtype,
                readonly: array.raw.is_frozen(),
            };
            let chunk = Owned::new(door, chunk::make(door, content)?)?;
            checked_status(HPyList_Append(ctx, list.get(), chunk.get()))?;
        }
        Ok(list.take())
    }
}

/// Whether elements of a dtype are what a leaf has: with its shape, or one scalar of it. If so, the bits that it takes
/// of them.
fn bits_for(leaf: &Leaf, dtype: &DType) -> Result<Option<Bits>> {
    let whole = leaf.kind().dtype();
    let scalar = dtype.is_scalar()
        && dtype.kind() == whole.kind()
        && dtype.item_size() == whole.item_size()
        && dtype.is_big_endian() == whole.is_big_endian();
    if *dtype != whole && !scalar {
        return Err(Error::type_error(format!(
            "{}: the elements are {dtype}, not {whole}",
            leaf.path()
        )));
    }
    Ok(match leaf.kind() {
        FieldKind::Bits(bits) => Some(*bits),
        _ => None,
    })
}

fn source_of<'a, D: Door>(door: D, h: HPy) -> Result<Filled<'a>> {
    as_array(door, h)?.ok_or_else(|| {
        Error::type_error(format!(
            "the source is an array, not {}",
            type_name(door, h)
        ))
    })
}

fn extend_field<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [from, start, step, count, offset, leaf] =
        unsafe { positional(door, "_extend_field", arguments, count, names)? };
    let array = filled(door, this)?;
    let from = source_of(door, from)?;
    let (offset, leaf) = leaf_of(door, &from, offset, leaf)?;
    let bits = bits_for(leaf, array.dtype)?;
    let window = Positions::read(door, [start, step, count])?.of(&from)?;
    // What is between the fields is fetched from memory as well.
    let bytes = window.len().saturating_mul(from.dtype.size());
    add(door, array, bytes, |guard| {
        kernels::extend_field(guard, &window, offset, bits)
    })
}

fn set_fields<D: Door>(
    door: D,
    this: HPy,
    arguments: *const HPy,
    count: usize,
    names: HPy,
) -> Result<HPy> {
    // SAFETY: the host's arguments.
    let [start, step, count, offset, leaf, source] =
        unsafe { positional(door, "_set_fields", arguments, count, names)? };
    let array = filled(door, this)?;
    let (offset, leaf) = leaf_of(door, &array, offset, leaf)?;
    let source = source_of(door, source)?;
    let bits = bits_for(leaf, source.dtype)?;
    let positions = Positions::read(door, [start, step, count])?;
    let values = Window::all(source.raw).map_err(raised)?;
    if values.len() != positions.count {
        return Err(Error::value_error(format!(
            "{}: {} values for {} elements",
            leaf.path(),
            values.len(),
            positions.count
        )));
    }
    if let Some(bits) = bits
        && let Some(outside) = kernels::first_outside(&values, bits).map_err(raised)?
    {
        let (least, most) = bits.range();
        let shown = if least < 0 {
            (outside as i64).to_string()
        } else {
            outside.to_string()
        };
        let message = format!("{shown} is out of range for {bits} ({least} to {most})");
        let path = Path {
            name: &leaf.path(),
            outer: None,
        };
        let error = Error::New(Exception::OverflowError, message);
        return Err(about(Some(&path), error));
    }
    rewrite_positions(door, array, positions, |window| {
        kernels::assign_field(window, offset, bits, &values)
    })?;
    Ok(door.none())
}
