//! `Point`: a type with most of the slots, an object in a field, a buffer, and call functions.

use std::ffi::{c_int, c_void};
use std::mem::offset_of;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_sys::*;

use crate::define::{
    Static, call_real_function, cast, definitions, exactly, functions, member, methods, none,
    slot_def, slots, text, traverse, tuple,
};

/// The instance data.
#[repr(C)]
struct Point {
    x: f64,
    y: f64,
    /// Any object; null until it is set.
    label: HPyField,
    serial: i64,
}

static MADE: AtomicUsize = AtomicUsize::new(0);
static DESTROYED: AtomicUsize = AtomicUsize::new(0);
/// Buffers that were released. Some interpreters hardly ever say so.
static RELEASED: AtomicUsize = AtomicUsize::new(0);

/// The type, for operators whose first operand need not be a point.
pub static TYPE: Static<HPyGlobal> = Static::new(HPYGLOBAL_NULL);

/// The data of a point.
unsafe fn data<'a>(ctx: *mut HPyContext, point: HPy) -> &'a mut Point {
    // SAFETY: the caller's handle is a point; the interpreter runs one of its methods at a time.
    unsafe { &mut *_HPy_AsStruct_Object(ctx, point).cast() }
}

/// The coordinates, if it is a point.
unsafe fn coordinates(ctx: *mut HPyContext, h: HPy) -> Option<(f64, f64)> {
    // SAFETY: the context and the handle are live, the type was stored when the module was made.
    unsafe {
        let kind = HPyGlobal_Load(ctx, *TYPE.get());
        let is_point = HPy_TypeCheck(ctx, h, kind) != 0;
        HPy_Close(ctx, kind);
        is_point.then(|| {
            let point = data(ctx, h);
            (point.x, point.y)
        })
    }
}

/// A new point of a type.
unsafe fn new_of(ctx: *mut HPyContext, kind: HPy, x: f64, y: f64) -> HPy {
    // SAFETY: the context and the type are live.
    unsafe {
        let mut unused = ptr::null_mut();
        let point = HPy_New(ctx, kind, &mut unused);
        if !point.is_null() {
            let data = data(ctx, point);
            (data.x, data.y) = (x, y);
            data.serial = MADE.fetch_add(1, Ordering::Relaxed) as i64;
        }
        point
    }
}

/// A new point.
unsafe fn new(ctx: *mut HPyContext, x: f64, y: f64) -> HPy {
    // SAFETY: as for `new_of`.
    unsafe {
        let kind = HPyGlobal_Load(ctx, *TYPE.get());
        let point = new_of(ctx, kind, x, y);
        HPy_Close(ctx, kind);
        point
    }
}

unsafe fn not_implemented(ctx: *mut HPyContext) -> HPy {
    // SAFETY: the context is live.
    unsafe { HPy_Dup(ctx, (*ctx).h_NotImplemented) }
}

/// A float argument, or the exception that is set.
unsafe fn double(ctx: *mut HPyContext, h: HPy) -> Option<f64> {
    // SAFETY: the context and the handle are live.
    unsafe {
        let value = HPyFloat_AsDouble(ctx, h);
        (value != -1.0 || HPyErr_Occurred(ctx) == 0).then_some(value)
    }
}

/// Which of the two coordinates an index means; `None` with an IndexError set.
unsafe fn place(ctx: *mut HPyContext, this: HPy, index: isize) -> Option<*mut f64> {
    // SAFETY: the context is live, `this` is a point.
    unsafe {
        match index {
            0 => Some(&raw mut data(ctx, this).x),
            1 => Some(&raw mut data(ctx, this).y),
            _ => {
                HPyErr_SetString(
                    ctx,
                    (*ctx).h_IndexError,
                    c"a point has two coordinates".as_ptr(),
                );
                None
            }
        }
    }
}

slots! {
    NEW = HPy_tp_new, HPyFunc_NEWFUNC(ctx, kind, arguments, count, keywords) {
        let mut values = [0.0, 0.0];
        if count > 2 {
            return HPyErr_SetString(
                ctx, (*ctx).h_TypeError, c"Point takes at most two coordinates".as_ptr(),
            );
        }
        for (i, value) in values.iter_mut().enumerate().take(count as usize) {
            let Some(given) = double(ctx, *arguments.add(i)) else { return HPY_NULL };
            *value = given;
        }
        if !keywords.is_null() {
            for (name, value) in [c"x", c"y"].into_iter().zip(&mut values) {
                let given = HPy_GetItem_s(ctx, keywords, name.as_ptr());
                if given.is_null() {
                    if HPyErr_ExceptionMatches(ctx, (*ctx).h_KeyError) == 0 {
                        return HPY_NULL;
                    }
                    HPyErr_Clear(ctx);
                    continue;
                }
                let given_value = double(ctx, given);
                HPy_Close(ctx, given);
                let Some(given) = given_value else { return HPY_NULL };
                *value = given;
            }
        }
        new_of(ctx, kind, values[0], values[1])
    }
    REPR = HPy_tp_repr, HPyFunc_REPRFUNC(ctx, this) {
        let point = data(ctx, this);
        let text = format!("Point({:?}, {:?})\0", point.x, point.y);
        HPyUnicode_FromString(ctx, text.as_ptr().cast())
    }
    STR = HPy_tp_str, HPyFunc_REPRFUNC(ctx, this) {
        let point = data(ctx, this);
        let text = format!("({}, {})\0", point.x, point.y);
        HPyUnicode_FromString(ctx, text.as_ptr().cast())
    }
    COMPARE = HPy_tp_richcompare, HPyFunc_RICHCMPFUNC(ctx, a, b, operator) {
        let (Some(a), Some(b)) = (coordinates(ctx, a), coordinates(ctx, b)) else {
            return not_implemented(ctx);
        };
        HPyBool_FromBool(ctx, match operator {
            _ if operator == HPy_EQ => a == b,
            _ if operator == HPy_NE => a != b,
            _ if operator == HPy_LT => a < b,
            _ if operator == HPy_LE => a <= b,
            _ if operator == HPy_GT => a > b,
            _ => a >= b,
        })
    }
    HASH = HPy_tp_hash, HPyFunc_HASHFUNC(ctx, this) {
        let point = data(ctx, this);
        // -1 tells of an error.
        ((point.x.to_bits() ^ point.y.to_bits().rotate_left(17)) as isize).max(0)
    }
    CALL = HPy_tp_call, HPyFunc_KEYWORDS(ctx, this, arguments, count, names) {
        let names_count = if names.is_null() { 0 } else { HPy_Length(ctx, names) };
        let positional = HPyTuple_FromArray(ctx, arguments.cast_mut(), count as isize);
        tuple!(ctx,
            HPyFloat_FromDouble(ctx, data(ctx, this).x),
            positional,
            HPyLong_FromSsize_t(ctx, names_count),
        )
    }
    ADD = HPy_nb_add, HPyFunc_BINARYFUNC(ctx, a, b) {
        let (Some(a), Some(b)) = (coordinates(ctx, a), coordinates(ctx, b)) else {
            return not_implemented(ctx);
        };
        new(ctx, a.0 + b.0, a.1 + b.1)
    }
    IN_PLACE_ADD = HPy_nb_inplace_add, HPyFunc_BINARYFUNC(ctx, this, other) {
        let Some((x, y)) = coordinates(ctx, other) else { return not_implemented(ctx) };
        let point = data(ctx, this);
        point.x += x;
        point.y += y;
        HPy_Dup(ctx, this)
    }
    MULTIPLY = HPy_nb_multiply, HPyFunc_BINARYFUNC(ctx, a, b) {
        // Either operand may be the point.
        let (point, factor) = match (coordinates(ctx, a), coordinates(ctx, b)) {
            (Some(point), None) => (point, b),
            (None, Some(point)) => (point, a),
            _ => return not_implemented(ctx),
        };
        if HPyNumber_Check(ctx, factor) == 0 {
            return not_implemented(ctx);
        }
        let Some(factor) = double(ctx, factor) else { return HPY_NULL };
        new(ctx, point.0 * factor, point.1 * factor)
    }
    POWER = HPy_nb_power, HPyFunc_TERNARYFUNC(ctx, a, b, modulus) {
        let Some((x, y)) = coordinates(ctx, a) else { return not_implemented(ctx) };
        if HPy_Is(ctx, modulus, (*ctx).h_None) == 0 {
            return not_implemented(ctx);
        }
        let Some(exponent) = double(ctx, b) else { return HPY_NULL };
        new(ctx, x.powf(exponent), y.powf(exponent))
    }
    NEGATIVE = HPy_nb_negative, HPyFunc_UNARYFUNC(ctx, this) {
        let point = data(ctx, this);
        new(ctx, -point.x, -point.y)
    }
    BOOL = HPy_nb_bool, HPyFunc_INQUIRY(ctx, this) {
        let point = data(ctx, this);
        c_int::from(point.x != 0.0 || point.y != 0.0)
    }
    FLOAT = HPy_nb_float, HPyFunc_UNARYFUNC(ctx, this) {
        let point = data(ctx, this);
        HPyFloat_FromDouble(ctx, point.x.hypot(point.y))
    }
    LENGTH = HPy_sq_length, HPyFunc_LENFUNC(_ctx, _this) {
        2
    }
    ITEM = HPy_sq_item, HPyFunc_SSIZEARGFUNC(ctx, this, index) {
        match place(ctx, this, index) {
            Some(place) => HPyFloat_FromDouble(ctx, *place),
            None => HPY_NULL,
        }
    }
    SET_ITEM = HPy_sq_ass_item, HPyFunc_SSIZEOBJARGPROC(ctx, this, index, value) {
        if value.is_null() {
            HPyErr_SetString(ctx, (*ctx).h_TypeError, c"a coordinate cannot be deleted".as_ptr());
            return -1;
        }
        let Some(value) = double(ctx, value) else { return -1 };
        let Some(place) = place(ctx, this, index) else { return -1 };
        *place = value;
        0
    }
    CONTAINS = HPy_sq_contains, HPyFunc_OBJOBJPROC(ctx, this, value) {
        let Some(value) = double(ctx, value) else { return -1 };
        let point = data(ctx, this);
        c_int::from(point.x == value || point.y == value)
    }
    GET_BUFFER = HPy_bf_getbuffer, HPyFunc_GETBUFFERPROC(ctx, this, view, _flags) {
        static SHAPE: Static<[isize; 1]> = Static::new([2]);
        static STRIDES: Static<[isize; 1]> = Static::new([size_of::<f64>() as isize]);
        *view = HPy_buffer {
            buf: (&raw mut data(ctx, this).x).cast(),
            obj: HPy_Dup(ctx, this),
            len: 2 * size_of::<f64>() as isize,
            itemsize: size_of::<f64>() as isize,
            readonly: 0,
            ndim: 1,
            format: c"d".as_ptr().cast_mut(),
            shape: SHAPE.get().cast(),
            strides: STRIDES.get().cast(),
            suboffsets: ptr::null_mut(),
            internal: ptr::null_mut(),
        };
        0
    }
}

unsafe extern "C" fn destroy(_data: *mut c_void) {
    DESTROYED.fetch_add(1, Ordering::Relaxed);
}

/// Never called: hosts call the implementation.
unsafe extern "C" fn destroy_trampoline() {
    std::process::abort()
}

static DESTROY: Static<HPyDef> = {
    let function: unsafe extern "C" fn(*mut c_void) = destroy;
    let trampoline: unsafe extern "C" fn() = destroy_trampoline;
    slot_def(HPy_tp_destroy, cast(function), cast(trampoline))
};

traverse! { TRAVERSE = Point [label]; }

unsafe extern "C" fn release_buffer(_ctx: *mut HPyContext, _this: HPy, _view: *mut HPy_buffer) {
    RELEASED.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn release_buffer_trampoline(this: *mut cpy_PyObject, view: *mut cpy_Py_buffer) {
    let function: unsafe extern "C" fn(*mut HPyContext, HPy, *mut HPy_buffer) = release_buffer;
    let mut packed = _HPyFunc_args_RELEASEBUFFERPROC { self_: this, view };
    // SAFETY: the struct and the function belong to the signature.
    unsafe {
        call_real_function(
            HPyFunc_RELEASEBUFFERPROC,
            cast(function),
            (&raw mut packed).cast(),
        );
    }
}

static RELEASE_BUFFER: Static<HPyDef> = {
    let function: unsafe extern "C" fn(*mut HPyContext, HPy, *mut HPy_buffer) = release_buffer;
    let trampoline: unsafe extern "C" fn(*mut cpy_PyObject, *mut cpy_Py_buffer) =
        release_buffer_trampoline;
    slot_def(HPy_bf_releasebuffer, cast(function), cast(trampoline))
};

static X: Static<HPyDef> = member(c"x", HPyMember_DOUBLE, offset_of!(Point, x), false);
static Y: Static<HPyDef> = member(c"y", HPyMember_DOUBLE, offset_of!(Point, y), false);
static SERIAL: Static<HPyDef> = member(
    c"serial",
    HPyMember_LONGLONG,
    offset_of!(Point, serial),
    true,
);

/// The two halves of the attribute `label`, told apart from `name` by the closure.
mod attribute {
    use super::*;

    mod get {
        use super::super::*;
        functions! { HPyFunc_GETTER(ctx, this, closure) {
            if !closure.is_null() {
                let kind = HPy_Type(ctx, this);
                let name = HPyType_GetName(ctx, kind);
                HPy_Close(ctx, kind);
                return HPyUnicode_FromString(ctx, name);
            }
            let label = data(ctx, this).label;
            if label.is_null() {
                return HPyErr_SetString(ctx, (*ctx).h_AttributeError, c"no label yet".as_ptr());
            }
            HPyField_Load(ctx, this, label)
        }}
        pub(super) const PAIR: (HPyCFunction, cpy_getter) =
            (cast(IMPLEMENTATION), cast(TRAMPOLINE));
    }

    mod set {
        use super::super::*;
        functions! { HPyFunc_SETTER(ctx, this, value, _closure) {
            HPyField_Store(ctx, this, &raw mut data(ctx, this).label, value);
            0
        }}
        pub(super) const PAIR: (HPyCFunction, cpy_setter) =
            (cast(IMPLEMENTATION), cast(TRAMPOLINE));
    }

    const fn get_set(
        name: &'static std::ffi::CStr,
        setter: (HPyCFunction, cpy_setter),
        closure: *mut c_void,
    ) -> Static<HPyDef> {
        Static::new(HPyDef {
            kind: HPyDef_Kind_GetSet,
            __bindgen_anon_1: HPyDef_Union {
                getset: HPyGetSet {
                    name: name.as_ptr(),
                    getter_impl: get::PAIR.0,
                    setter_impl: setter.0,
                    getter_cpy_trampoline: get::PAIR.1,
                    setter_cpy_trampoline: setter.1,
                    doc: c"An attribute with functions behind it.".as_ptr(),
                    closure,
                },
            },
        })
    }

    pub(super) static LABEL: Static<HPyDef> = get_set(c"label", set::PAIR, ptr::null_mut());
    pub(super) static TYPE_NAME: Static<HPyDef> =
        get_set(c"type_name", (None, None), ptr::without_provenance_mut(1));
}

/// A call function that one instance can have instead of the type's.
mod own_call {
    use super::*;

    functions! { HPyFunc_KEYWORDS(ctx, this, _arguments, count, _names) {
        let point = data(ctx, this);
        HPyFloat_FromDouble(ctx, (point.x + point.y) * count as f64)
    }}

    pub(super) static FUNCTION: Static<HPyCallFunction> = Static::new(HPyCallFunction {
        cpy_trampoline: cast(TRAMPOLINE),
        impl_: Some(IMPLEMENTATION),
    });
}

methods! {
    FLIPPED: c"flipped", c"flipped(): with the coordinates exchanged." = HPyFunc_NOARGS(ctx, this) {
        let point = data(ctx, this);
        new(ctx, point.y, point.x)
    }
    DOT: c"dot", c"dot(other): the dot product." = HPyFunc_O(ctx, this, other) {
        let Some((x, y)) = coordinates(ctx, other) else {
            return HPyErr_SetString(ctx, (*ctx).h_TypeError, c"dot takes a Point".as_ptr());
        };
        let point = data(ctx, this);
        HPyFloat_FromDouble(ctx, point.x * x + point.y * y)
    }
    MOVED: c"moved", c"moved(dx, dy): elsewhere." = HPyFunc_VARARGS(ctx, this, arguments, count) {
        let Some([dx, dy]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let (Some(dx), Some(dy)) = (double(ctx, *dx), double(ctx, *dy)) else { return HPY_NULL };
        let point = data(ctx, this);
        new(ctx, point.x + dx, point.y + dy)
    }
    SCALED: c"scaled", c"scaled(factor, *, times=1): larger."
        = HPyFunc_KEYWORDS(ctx, this, arguments, count, names) {
        let Some([factor]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(factor) = double(ctx, *factor) else { return HPY_NULL };
        let mut times = 1;
        let names_count = if names.is_null() { 0 } else { HPy_Length(ctx, names) };
        for i in 0..names_count {
            let name = HPy_GetItem_i(ctx, names, i);
            if name.is_null() {
                return HPY_NULL;
            }
            let is_times = text(ctx, name).is_some_and(|name| name == c"times");
            HPy_Close(ctx, name);
            if !is_times {
                return HPyErr_SetString(
                    ctx, (*ctx).h_TypeError, c"scaled takes the keyword times".as_ptr(),
                );
            }
            times = HPyLong_AsInt32_t(ctx, *arguments.add(count + i as usize));
            if times == -1 && HPyErr_Occurred(ctx) != 0 {
                return HPY_NULL;
            }
        }
        let factor = factor.powi(times);
        let point = data(ctx, this);
        new(ctx, point.x * factor, point.y * factor)
    }
    SET_CALL: c"set_call", c"set_call(): from now on a call of this point gives (x + y) * arguments."
        = HPyFunc_NOARGS(ctx, this) {
        none(ctx, HPy_SetCallFunction(ctx, this, own_call::FUNCTION.get()))
    }
    COUNTS: c"point_counts", c"point_counts(): points (made, destroyed), buffers released."
        = HPyFunc_NOARGS(ctx, _this) {
        tuple!(
            ctx,
            HPyLong_FromSize_t(ctx, MADE.load(Ordering::Relaxed)),
            HPyLong_FromSize_t(ctx, DESTROYED.load(Ordering::Relaxed)),
            HPyLong_FromSize_t(ctx, RELEASED.load(Ordering::Relaxed)),
        )
    }
    SET_CALL_OF: c"set_call_of", c"set_call_of(x): the same for any object."
        = HPyFunc_O(ctx, _this, x) {
        none(ctx, HPy_SetCallFunction(ctx, x, own_call::FUNCTION.get()))
    }
}

definitions! {
    DEFINES = [
        NEW,
        DESTROY,
        TRAVERSE,
        REPR,
        STR,
        COMPARE,
        HASH,
        CALL,
        ADD,
        IN_PLACE_ADD,
        MULTIPLY,
        POWER,
        NEGATIVE,
        BOOL,
        FLOAT,
        LENGTH,
        ITEM,
        SET_ITEM,
        CONTAINS,
        GET_BUFFER,
        RELEASE_BUFFER,
        X,
        Y,
        SERIAL,
        attribute::LABEL,
        attribute::TYPE_NAME,
        FLIPPED,
        DOT,
        MOVED,
        SCALED,
        SET_CALL,
    ];
}

/// Makes the type and adds it to the module.
pub unsafe fn add(ctx: *mut HPyContext, module: HPy, subclassable: bool) -> c_int {
    let mut flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC;
    if subclassable {
        flags |= HPy_TPFLAGS_BASETYPE;
    }
    let mut spec = HPyType_Spec {
        name: c"example.Point".as_ptr(),
        basicsize: size_of::<Point>() as c_int,
        itemsize: 0,
        flags,
        builtin_shape: HPyType_BuiltinShape_Object,
        legacy_slots: ptr::null_mut(),
        defines: DEFINES.get().cast(),
        doc: c"Point(x=0, y=0): a point in the plane.".as_ptr(),
    };
    // SAFETY: the context and the module are live; the definitions are static.
    unsafe {
        let kind = HPyType_FromSpec(ctx, &mut spec, ptr::null_mut());
        if kind.is_null() {
            return -1;
        }
        HPyGlobal_Store(ctx, TYPE.get(), kind);
        let status = HPy_SetAttr_s(ctx, module, c"Point".as_ptr(), kind);
        HPy_Close(ctx, kind);
        status
    }
}
