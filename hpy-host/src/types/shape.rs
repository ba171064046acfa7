//! Shapes: where the instance data lies.
//!
//! HPy's instance struct has no object header. The host puts one in front of it, so that an
//! instance's data lies `header` bytes behind the object's pointer; for a type that extends a
//! built-in one the header is the whole built-in struct.

use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_sys::*;

use super::info::lookup_nearest;
use super::instance::is_type;
use super::raise;
use crate::capi;
use crate::door::pointer;
use crate::interpreter::{self, Kind};

/// Fills the slots that lead to instance data.
pub(super) fn fill(ctx: &mut HPyContext) {
    ctx.ctx_Type_GetBuiltinShape = Some(builtin_shape);
    ctx.ctx_AsStruct_Object = Some(as_struct::<{ HPyType_BuiltinShape_Object }>);
    ctx.ctx_AsStruct_Legacy = Some(as_struct::<{ HPyType_BuiltinShape_Legacy }>);
    ctx.ctx_AsStruct_Type = Some(as_struct::<{ HPyType_BuiltinShape_Type }>);
    ctx.ctx_AsStruct_Long = Some(as_struct::<{ HPyType_BuiltinShape_Long }>);
    ctx.ctx_AsStruct_Float = Some(as_struct::<{ HPyType_BuiltinShape_Float }>);
    ctx.ctx_AsStruct_Unicode = Some(as_struct::<{ HPyType_BuiltinShape_Unicode }>);
    ctx.ctx_AsStruct_Tuple = Some(as_struct::<{ HPyType_BuiltinShape_Tuple }>);
    ctx.ctx_AsStruct_List = Some(as_struct::<{ HPyType_BuiltinShape_List }>);
    measure_shapes();
}

/// Bytes of a built-in type's struct, by shape; zero where they are not known.
static SHAPE_BYTES: [AtomicUsize; 7] = [const { AtomicUsize::new(0) }; 7];

/// The alignment that a C compiler gives a struct behind a built-in one.
const ALIGNMENT: usize = 16;

/// Asks the built-in types for their sizes, once.
fn measure_shapes() {
    let header = interpreter::get().header_bytes;
    SHAPE_BYTES[HPyType_BuiltinShape_Object as usize].store(header, Ordering::Relaxed);
    // Elsewhere an instance of a built-in type's subclass is a handle, or its struct's size is not
    // told.
    if interpreter::get().kind != Kind::CPython {
        return;
    }
    let builtin = [
        (HPyType_BuiltinShape_Type, "PyType_Type"),
        (HPyType_BuiltinShape_Long, "PyLong_Type"),
        (HPyType_BuiltinShape_Float, "PyFloat_Type"),
        (HPyType_BuiltinShape_Unicode, "PyUnicode_Type"),
        (HPyType_BuiltinShape_Tuple, "PyTuple_Type"),
        (HPyType_BuiltinShape_List, "PyList_Type"),
    ];
    for (shape, symbol) in builtin {
        let bytes = capi::symbol(symbol)
            .and_then(|kind| interpreter::size_attribute(kind.cast(), c"__basicsize__"))
            .map_or(0, |bytes| bytes.next_multiple_of(ALIGNMENT));
        SHAPE_BYTES[shape as usize].store(bytes, Ordering::Relaxed);
    }
}

/// Where instance data lies in an object of this shape. `None` where that is not known.
pub(super) fn shape_offset(shape: HPyType_BuiltinShape) -> Option<usize> {
    if shape == HPyType_BuiltinShape_Legacy {
        return Some(0);
    }
    let bytes = SHAPE_BYTES
        .get(usize::try_from(shape).ok()?)?
        .load(Ordering::Relaxed);
    (bytes != 0).then_some(bytes)
}

unsafe extern "C" fn as_struct<const SHAPE: HPyType_BuiltinShape>(
    _ctx: *mut HPyContext,
    h: HPy,
) -> *mut c_void {
    let offset = match SHAPE {
        HPyType_BuiltinShape_Legacy => 0,
        HPyType_BuiltinShape_Object => interpreter::get().header_bytes,
        _ => SHAPE_BYTES[SHAPE as usize].load(Ordering::Relaxed),
    };
    // SAFETY: the caller hands in an instance of a type of this shape, whose data lies there.
    unsafe { pointer(h).cast::<u8>().add(offset).cast() }
}

unsafe extern "C" fn builtin_shape(ctx: *mut HPyContext, h_type: HPy) -> HPyType_BuiltinShape {
    // SAFETY: the caller keeps HPy's rules: a live handle, the interpreter's lock.
    unsafe {
        if !is_type(ctx, h_type) {
            raise((*ctx).h_TypeError, c"arg must be a type");
            return -2;
        }
        lookup_nearest(pointer(h_type)).map_or(HPyType_BuiltinShape_Legacy, |info| info.shape)
    }
}
